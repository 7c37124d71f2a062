/*
 * main/up_gateway.c -- a gateway, run: it takes in carriers' messages, writes them to its own
 * ledger, and lets its lines push that to the keepers. It follows nobody but the keepers' notes,
 * for the next roster.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#include "ledger/ledger.h"
#include "main/relay.h"
#include "main/standing.h"
#include "main/up_int.h"
#include "node/country.h"
#include "node/inbox.h"
#include "vault/vault.h"

#define IDLE_MS     200
#define STANDING_MS 2000
#define PROGRESS_MS 5000 /* between two words about files that wait */

struct gateway {
    const struct ptn_up *up;
    int signals, lock;
    bool stop;
    struct ptn_vault *vault;
    struct ptn_ledger *ledger;
    struct ptn_inbox *inbox;
    struct ptn_relay *relay;
    int64_t standing_at_ms, progress_at_ms;
    struct ptn_buffer text, note;
    struct ptn_up_erasing erasing;
};

static int64_t now_ms(const struct gateway *gateway)
{
    return gateway->up->world->monotonic_us(gateway->up->world->context) / 1000;
}

static void write_inbox(const struct gateway *gateway, struct ptn_json *json)
{
    struct ptn_inbox_standing inbox;

    ptn_inbox_standing(gateway->inbox, &inbox);
    ptn_json_field_bool(json, "disk_full", ptn_ledger_state(gateway->ledger) == PTN_LEDGER_FULL);
    ptn_json_key(json, "inbox");
    ptn_json_object(json);
    ptn_json_field_number(json, "waiting", (int64_t)inbox.waiting);
    ptn_json_field_number(json, "files", (int64_t)inbox.files);
    ptn_json_field_number(json, "messages", (int64_t)inbox.messages);
    ptn_json_field_number(json, "accepted", (int64_t)inbox.accepted);
    ptn_json_field_number(json, "accepted_with_notes", (int64_t)inbox.noted);
    ptn_json_field_number(json, "quarantined", (int64_t)inbox.quarantined);
    ptn_json_field_number(json, "duplicates", (int64_t)inbox.duplicates);
    ptn_json_field_number(json, "tests", (int64_t)inbox.tests);
    ptn_json_field_number(json, "answers", (int64_t)inbox.answers);
    ptn_json_field_number(json, "parts_awaited", (int64_t)inbox.sets_waiting);
    ptn_json_field_number(json, "parts_missing", (int64_t)inbox.sets_late);
    ptn_json_object_end(json);
}

/* Whoever watches a long queue sees it shrink. */
static void say_progress(struct gateway *gateway)
{
    struct ptn_inbox_standing inbox;

    if (now_ms(gateway) < gateway->progress_at_ms)
        return;
    gateway->progress_at_ms = now_ms(gateway) + PROGRESS_MS;
    ptn_inbox_standing(gateway->inbox, &inbox);
    if (inbox.waiting > 0)
        (void)fprintf(stderr, "postern: %llu files wait, %llu messages taken in\n",
                      (unsigned long long)inbox.waiting, (unsigned long long)inbox.messages);
}

static void write_standing(struct gateway *gateway)
{
    struct ptn_json json;

    if (now_ms(gateway) < gateway->standing_at_ms)
        return;
    gateway->standing_at_ms = now_ms(gateway) + STANDING_MS;
    json = ptn_standing_begin(gateway->up->world, "gateway", &gateway->text);
    ptn_relay_write(gateway->relay, &json);
    write_inbox(gateway, &json);
    ptn_standing_end(&json, gateway->up->dir);
}

/* Rosters that were handed to any keeper: whom the gateway seals for changes with them. */
static struct ptn_status take_notes(struct gateway *gateway, struct ptn_diag *reterr)
{
    const struct ptn_up *up = gateway->up;
    struct ptn_status status;

    for (;;) {
        ptn_buffer_clear(&gateway->note);
        if (!ptn_ok(ptn_relay_note(gateway->relay, &gateway->note)))
            return PTN_OK;
        if (!ptn_ok(ptn_country_take(up->world, up->dir, ptn_relay_country(gateway->relay),
                                     ptn_buffer_bytes(&gateway->note), NULL)))
            continue;
        ptn_relay_stop(gateway->relay);
        gateway->relay = NULL;
        status = ptn_country_seal(up->world, up->dir, gateway->ledger, reterr);
        if (ptn_ok(status))
            status = ptn_relay_start(up->world, up->dir, ptn_ledger_origin(gateway->ledger),
                                     PTN_LINKS_FOLLOW, NULL, &gateway->relay, reterr);
        if (!ptn_ok(status))
            return status;
    }
}

static void take_calls(struct gateway *gateway)
{
    enum ptn_up_call call;

    while ((call = ptn_up_next_call(gateway->signals)) != PTN_UP_NOTHING)
        gateway->stop = gateway->stop || call == PTN_UP_STOP;
}

/* One batch out of the inbox. *ret_more: there is more. A full disk is waited out. */
static struct ptn_status take_files(struct gateway *gateway, bool *ret_more,
                                    struct ptn_diag *reterr)
{
    struct ptn_inbox_standing before;
    struct ptn_inbox_standing after;
    struct ptn_status status;

    ptn_inbox_standing(gateway->inbox, &before);
    status = ptn_inbox_turn(gateway->inbox, ret_more, reterr);
    ptn_inbox_standing(gateway->inbox, &after);
    if (after.messages != before.messages)
        ptn_relay_wake(gateway->relay);
    if (status.code == PTN_C_BUSY || ptn_ledger_state(gateway->ledger) == PTN_LEDGER_FULL)
        return PTN_OK;
    return status;
}

static struct ptn_status run(struct gateway *gateway, struct ptn_diag *reterr)
{
    struct ptn_status status = PTN_OK;

    while (ptn_ok(status) && !gateway->stop) {
        struct pollfd wait = { .fd = gateway->signals, .events = POLLIN };
        bool more = false;

        status = take_notes(gateway, reterr);
        if (ptn_ok(status))
            status = take_files(gateway, &more, reterr);
        ptn_up_erase(gateway->up, &gateway->erasing, gateway->ledger, NULL, gateway->relay, 1);
        say_progress(gateway);
        write_standing(gateway);
        (void)poll(&wait, 1, more ? 0 : IDLE_MS);
        take_calls(gateway);
    }
    return status;
}

static struct ptn_status open_all(struct gateway *gateway, struct ptn_diag *reterr)
{
    const struct ptn_up *up = gateway->up;
    struct ptn_status status = up->world->files->lock(up->world->context, up->dir, &gateway->lock);

    if (status.code == PTN_C_BUSY)
        return ptn_fail(PTN_C_BUSY, reterr, 0, "another process runs this node");
    if (ptn_ok(status))
        status = ptn_vault_open(up->world, up->dir, &gateway->vault, reterr);
    if (ptn_ok(status))
        status = ptn_ledger_open(up->world, gateway->vault, up->dir, &gateway->ledger, reterr);
    if (ptn_ok(status))
        status = ptn_country_seal(up->world, up->dir, gateway->ledger, reterr);
    if (ptn_ok(status))
        status = ptn_inbox_open(up->world, up->dir, gateway->ledger, &gateway->inbox, reterr);
    if (ptn_ok(status))
        status = ptn_relay_start(up->world, up->dir, ptn_ledger_origin(gateway->ledger),
                                 PTN_LINKS_FOLLOW, NULL, &gateway->relay, reterr);
    if (status.code == PTN_C_NOT_FOUND)
        status = ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "a gateway needs a roster");
    gateway->erasing.erasures = ptn_erasures_new(up->world, up->dir);
    if (ptn_ok(status) && gateway->erasing.erasures == NULL)
        status = (struct ptn_status){ PTN_C_NO_MEMORY };
    return status;
}

int ptn_up_gateway(const struct ptn_up *up, int signals, int ready_fd)
{
    struct gateway gateway = { .up = up, .signals = signals, .lock = -1 };
    struct ptn_diag diag = { 0 };
    struct ptn_status status;

    ptn_buffer_init(&gateway.text, PTN_STANDING_LEN_MAX);
    ptn_buffer_init(&gateway.note, PTN_NOTE_LEN_MAX);
    status = open_all(&gateway, &diag);
    if (ptn_ok(status)) {
        ptn_up_ready(ready_fd);
        status = run(&gateway, &diag);
    }
    if (!ptn_ok(status))
        ptn_say_failure(up->dir, status, &diag);
    ptn_relay_stop(gateway.relay);
    ptn_erasures_free(gateway.erasing.erasures);
    ptn_inbox_close(gateway.inbox);
    ptn_ledger_close(gateway.ledger);
    ptn_vault_close(gateway.vault);
    if (gateway.lock >= 0)
        up->world->files->unlock(up->world->context, gateway.lock);
    ptn_buffer_release(&gateway.text);
    ptn_buffer_release(&gateway.note);
    /* a disk that failed a write: a fresh start may mend it */
    return status.code == PTN_C_IO ? PTN_NODE_EXIT_AGAIN : ptn_exit_for(status);
}
