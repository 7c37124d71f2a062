/* main/up_erase.c -- what a centre and a gateway erase, between two of their rounds. */
#include "ledger/ledger.h"
#include "main/log.h"
#include "main/relay.h"
#include "main/up_int.h"
#include "record/record.h"

#define ERASE_MS 1000 /* between two looks for what is to be erased */

struct own {
    const struct ptn_world *world;
    struct ptn_ledger *ledger;
    struct ptn_relay *relay;
};

static struct ptn_status append(void *context, unsigned kind, struct ptn_bytes payload)
{
    const struct own *own = context;
    const struct ptn_ledger_entry entry = { .kind = kind,
                                            .time_ms = own->world->now_ms(own->world->context),
                                            .retention = (uint8_t)ptn_record_retention(
                                                (enum ptn_record_kind)kind),
                                            .payload = payload };
    uint64_t seq;
    struct ptn_status status = ptn_ledger_append(own->ledger, &entry, 1, &seq, NULL);

    if (ptn_ok(status))
        ptn_relay_wake(own->relay);
    return status;
}

void ptn_up_erase(const struct ptn_up *up, struct ptn_up_erasing *erasing,
                  struct ptn_ledger *ledger, struct ptn_gather *gather, struct ptn_relay *relay,
                  unsigned steps)
{
    struct own own = { up->world, ledger, relay };
    struct ptn_erasures_at at = {
        .own = ledger, .gather = gather, .append = append, .context = &own
    };
    int64_t now_ms = up->world->monotonic_us(up->world->context) / 1000;
    struct ptn_diag diag = { 0 };
    struct ptn_status status = PTN_OK;
    bool more = true;

    if (now_ms < erasing->at_ms)
        return;
    at.follow = ptn_links_follow(ptn_relay_lock(relay));
    at.country = ptn_relay_country(relay);
    for (unsigned i = 0; ptn_ok(status) && more && i < steps; i++)
        status = ptn_erasures_turn(erasing->erasures, &at, &more, &diag);
    ptn_relay_unlock(relay);
    if (!ptn_ok(status) && !erasing->failed)
        ptn_log_failure(PTN_EVENT_ERASURE_FAILED, status, &diag);
    erasing->failed = !ptn_ok(status);
    erasing->at_ms = now_ms + (more && ptn_ok(status) ? 0 : ERASE_MS);
}
