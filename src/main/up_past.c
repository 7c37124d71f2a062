/*
 * main/up_past.c -- whether keepers hold more of a node's own ledger, or another history of it,
 * than it has itself: then it signs nothing more (docs/design/0005-a-ledger-that-went-back.md).
 */
#include <stdio.h>

#include "main/log.h"
#include "main/up_int.h"
#include "serve/courier.h"

#define FIRST_MS 1000 /* a start waits no longer for its site keeper, and for no other machine */

/* ---- while it runs ---- */

bool ptn_up_look_back(const struct ptn_links *links,
                      struct ptn_status (*retire)(void *context, struct ptn_bytes checkpoint),
                      void *context)
{
    for (size_t i = 0; i < ptn_links_count(links); i++) {
        struct ptn_bytes proof = ptn_links_proof(links, i);

        if (proof.len == 0 || !ptn_ok(retire(context, proof)))
            continue;
        ptn_log_event(PTN_EVENT_GONE_BACK);
        return true;
    }
    return false;
}

static struct ptn_status retire_ledger(void *context, struct ptn_bytes checkpoint)
{
    return ptn_ledger_retire(context, checkpoint, NULL);
}

struct ptn_status ptn_up_past(struct ptn_ledger *ledger, struct ptn_relay *relay,
                              struct ptn_diag *reterr)
{
    struct ptn_links *links = relay == NULL ? NULL : ptn_relay_try(relay);

    if (links != NULL) {
        if (ptn_ledger_state(ledger) != PTN_LEDGER_RETIRED)
            (void)ptn_up_look_back(links, retire_ledger, ledger);
        ptn_relay_unlock(relay);
    }
    if (ptn_ledger_state(ledger) != PTN_LEDGER_RETIRED)
        return PTN_OK;
    return ptn_fail(PTN_C_CORRUPT, reterr, 0,
                    "its ledger went back and signs nothing more: postern recover");
}

/* ---- before it signs at a start ---- */

static int64_t now_ms(const struct ptn_up *up)
{
    return up->world->monotonic_us(up->world->context) / 1000;
}

/* Ask until it agrees, has shown something, or does not answer. */
static void ask(const struct ptn_up *up, const struct ptn_roster_node *site,
                struct ptn_pusher *pusher)
{
    const int64_t until_ms = now_ms(up) + FIRST_MS;
    struct ptn_pusher_standing standing = { .agrees = false };
    char address[PTN_COURIER_ADDRESS_MAX + 1];

    (void)snprintf(address, sizeof(address), "%.*s", (int)site->address.len,
                   (const char *)site->address.at);
    while (!standing.agrees && ptn_pusher_proof(pusher).len == 0 && now_ms(up) < until_ms) {
        struct ptn_exchange exchange = { .status = 0 };
        int left_ms = (int)(until_ms - now_ms(up));
        bool answered;

        if (!ptn_pusher_next(pusher, &exchange))
            return;
        ptn_buffer_init(&exchange.answer, PTN_WIRE_BODY_MAX);
        answered = ptn_ok(ptn_courier_carry(up->world, up->dir, address, site->tls,
                                            left_ms < 1 ? 1 : left_ms, &exchange, NULL, NULL));
        if (answered)
            ptn_pusher_take(pusher, &exchange);
        ptn_buffer_release(&exchange.answer);
        if (!answered)
            return;
        ptn_pusher_standing(pusher, &standing);
    }
}

/* What the site keeper showed, judged by a reader: nothing is signed for it. */
static void judge(const struct ptn_up *up, struct ptn_bytes proof)
{
    struct ptn_vault *vault = NULL;
    struct ptn_ledger *reader = NULL;
    struct ptn_status status = ptn_vault_open_to_sign(up->world, up->dir, &vault, NULL);

    if (ptn_ok(status))
        status = ptn_ledger_open_reader(up->world, vault, up->dir, &reader, NULL);
    if (ptn_ok(status) && ptn_ok(ptn_ledger_retire(reader, proof, NULL)))
        ptn_log_event(PTN_EVENT_GONE_BACK);
    ptn_ledger_close(reader);
    ptn_vault_close(vault);
}

static void ask_site(const struct ptn_up *up, const struct ptn_country *country)
{
    struct ptn_ledger *reader = NULL;
    struct ptn_pusher *pusher = NULL;
    const struct ptn_roster_node *site = NULL;
    struct ptn_status status = ptn_ledger_open_reader(up->world, NULL, up->dir, &reader, NULL);

    if (ptn_ok(status))
        site =
            ptn_roster_find_site(&country->roster, ptn_bytes_from_text(ptn_ledger_origin(reader)));
    if (site != NULL && ptn_ok(ptn_pusher_new(up->world, reader, &site->mirror, &pusher))) {
        ask(up, site, pusher);
        if (ptn_pusher_proof(pusher).len > 0)
            judge(up, ptn_pusher_proof(pusher));
    }
    ptn_pusher_free(pusher);
    ptn_ledger_close(reader);
}

void ptn_up_look_first(const struct ptn_up *up)
{
    struct ptn_buffer mark = { .len_max = PTN_NOTE_LEN_MAX };
    struct ptn_country country;
    bool marked = ptn_ok(ptn_ledger_retired(up->world, up->dir, &mark));

    ptn_buffer_release(&mark);
    if (marked || !ptn_ok(ptn_country_read(up->world, up->dir, &country, NULL)))
        return;
    ask_site(up, &country);
    ptn_country_release(&country);
}
