/*
 * main/up_gateway.c -- a gateway, run: it takes in carriers' messages, writes them to its own
 * ledger, and lets its lines push that to the keepers. It follows nobody but the keepers' notes,
 * for the next roster.
 *
 * Files come by its folder. Where node.conf has it listen there is a door for carriers as well: its
 * front is forked before the vault is opened, and the door's loop then does the rest between two
 * requests.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#include "ledger/ledger.h"
#include "main/confine.h"
#include "main/figures.h"
#include "main/log.h"
#include "main/relay.h"
#include "main/standing.h"
#include "main/up_int.h"
#include "node/country.h"
#include "node/inbox.h"
#include "serve/door.h"
#include "vault/vault.h"

#define IDLE_MS     200
#define STANDING_MS 2000
#define PROGRESS_MS 5000 /* between two words about files that wait */
#define LOOK_MS     1000 /* between two looks at the register of carriers */
#define FILES_MS    90   /* of batches at once, while carriers wait at the door */

struct gateway {
    const struct ptn_up *up;
    int signals, lock;
    bool stop;
    struct ptn_vault *vault;
    struct ptn_ledger *ledger;
    struct ptn_inbox *inbox;
    struct ptn_relay *relay;
    struct ptn_door *door; /* NULL: it listens to nobody */
    struct ptn_carrier_door *carriers;
    struct ptn_status status; /* what ended the door's loop */
    struct ptn_diag *diag;
    bool unread_said;
    int64_t look_at_ms;
    int64_t standing_at_ms, progress_at_ms;
    struct ptn_buffer text, note;
    struct ptn_figures_due figures;
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

static void write_carriers(const struct gateway *gateway, struct ptn_json *json)
{
    struct ptn_carrier_door_standing carriers;
    struct ptn_inbox_standing inbox;
    char words[PTN_BOARDING_WORDS_SIZE];

    if (gateway->carriers == NULL)
        return;
    ptn_carrier_door_standing(gateway->carriers, &carriers);
    ptn_inbox_standing(gateway->inbox, &inbox);
    ptn_json_key(json, "carriers");
    ptn_json_object(json);
    ptn_json_field_number(json, "keys", (int64_t)carriers.keys);
    ptn_json_field_bool(json, "register_unread", carriers.unread);
    ptn_json_field_number(json, "asked", (int64_t)carriers.asked);
    ptn_json_field_number(json, "taken", (int64_t)inbox.posted);
    ptn_json_field_number(json, "again", (int64_t)carriers.again);
    ptn_json_field_number(json, "refused", (int64_t)carriers.refused);
    ptn_json_field_number(json, "too_many", (int64_t)carriers.too_many);
    ptn_json_field_number(json, "failed", (int64_t)carriers.failed);
    ptn_json_field_number(json, "stops", (int64_t)carriers.stops);
    ptn_json_field_bool(json, "stops_unread", carriers.stops_unread);
    ptn_json_field_number(json, "stops_until_ms", carriers.stops_until_ms);
    ptn_json_field_number(json, "changes", (int64_t)carriers.changes);
    ptn_json_field_number(json, "changes_flights", (int64_t)carriers.changes_flights);
    ptn_json_field_number(json, "changes_blind", (int64_t)carriers.changes_blind);
    ptn_json_field_number(json, "changes_left_out", (int64_t)inbox.untold);
    ptn_json_field_text(
        json, "stops_of",
        ptn_bytes_from_text(ptn_boarding_sources_write(carriers.stops_sources, words)));
    ptn_json_field_text(
        json, "stops_lack",
        ptn_bytes_from_text(ptn_boarding_sources_write(carriers.stops_lack, words)));
    ptn_json_object_end(json);
}

/* Whoever watches a long queue sees it shrink. */
static void say_progress(struct gateway *gateway)
{
    struct ptn_log_field fields[] = { { PTN_LOG_FILES, NULL, 0 }, { PTN_LOG_MESSAGES, NULL, 0 } };
    struct ptn_inbox_standing inbox;

    if (now_ms(gateway) < gateway->progress_at_ms)
        return;
    gateway->progress_at_ms = now_ms(gateway) + PROGRESS_MS;
    ptn_inbox_standing(gateway->inbox, &inbox);
    fields[0].number = (int64_t)inbox.waiting;
    fields[1].number = (int64_t)inbox.messages;
    if (inbox.waiting > 0)
        ptn_log(PTN_EVENT_INBOX_WAITS, fields, sizeof(fields) / sizeof(fields[0]));
}

static void write_standing(struct gateway *gateway)
{
    const struct ptn_up *up = gateway->up;
    struct ptn_json json;
    uint64_t size = 0;

    if (now_ms(gateway) < gateway->standing_at_ms)
        return;
    gateway->standing_at_ms = now_ms(gateway) + STANDING_MS;
    (void)ptn_ok(ptn_ledger_size(gateway->ledger, &size, NULL));
    json = ptn_standing_begin(up->world, "gateway", &gateway->text);
    ptn_standing_node(&json, up->world, up->dir, ptn_ledger_origin(gateway->ledger), size,
                      &ptn_relay_country(gateway->relay)->roster);
    ptn_relay_write(gateway->relay, &json);
    write_inbox(gateway, &json);
    write_carriers(gateway, &json);
    ptn_standing_end(&json, up->dir);
    ptn_figures_keep(&gateway->figures, up->world, up->dir, &up->plan,
                     ptn_buffer_bytes(&gateway->text));
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
        ptn_up_say_new_roster(up, ptn_ledger_origin(gateway->ledger));
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

/* All that is done again and again. *ret_more: files wait. */
static struct ptn_status turn(struct gateway *gateway, bool *ret_more, struct ptn_diag *reterr)
{
    struct ptn_status status = ptn_up_past(gateway->ledger, gateway->relay, reterr);

    *ret_more = false;
    if (ptn_ok(status))
        status = take_notes(gateway, reterr);
    if (ptn_ok(status))
        status = take_files(gateway, ret_more, reterr);
    ptn_up_erase(gateway->up, &gateway->erasing, gateway->ledger, NULL, gateway->relay, 1);
    say_progress(gateway);
    write_standing(gateway);
    take_calls(gateway);
    return status;
}

static struct ptn_status run(struct gateway *gateway, struct ptn_diag *reterr)
{
    struct ptn_status status = PTN_OK;

    while (ptn_ok(status) && !gateway->stop) {
        struct pollfd wait = { .fd = gateway->signals, .events = POLLIN };
        bool more = false;

        status = turn(gateway, &more, reterr);
        (void)poll(&wait, 1, more ? 0 : IDLE_MS);
        take_calls(gateway);
    }
    return status;
}

/* ---- with a door ---- */

/* Who may come in now. */
static struct ptn_status look(struct gateway *gateway)
{
    struct ptn_carrier_door_standing standing;
    const uint8_t(*keys)[PTN_TLS_ID_LEN];
    size_t count;

    if (now_ms(gateway) < gateway->look_at_ms)
        return PTN_OK;
    gateway->look_at_ms = now_ms(gateway) + LOOK_MS;
    if (!ptn_carrier_door_look(gateway->carriers))
        return PTN_OK;
    ptn_carrier_door_standing(gateway->carriers, &standing);
    if (standing.unread && !gateway->unread_said)
        ptn_log_event(PTN_EVENT_REGISTER_UNREAD);
    gateway->unread_said = standing.unread;
    keys = ptn_carrier_door_keys(gateway->carriers, &count);
    return ptn_door_admit(gateway->door, keys, count);
}

static void end(struct gateway *gateway, struct ptn_status status)
{
    if (ptn_ok(gateway->status))
        gateway->status = status;
    ptn_door_stop(gateway->door);
}

static void answer(void *context, const struct ptn_door_peer *peer, struct ptn_exchange *exchange,
                   bool *ret_hold)
{
    struct gateway *gateway = context;
    struct ptn_inbox_standing before;
    struct ptn_inbox_standing after;
    struct ptn_status status;

    (void)ret_hold;
    ptn_inbox_standing(gateway->inbox, &before);
    status = ptn_carrier_door_answer(gateway->carriers, peer->index, exchange, gateway->diag);
    ptn_inbox_standing(gateway->inbox, &after);
    if (after.messages != before.messages)
        ptn_relay_wake(gateway->relay);
    if (!ptn_ok(status) && status.code != PTN_C_BUSY &&
        ptn_ledger_state(gateway->ledger) != PTN_LEDGER_FULL)
        end(gateway, status);
}

/* Unsolicited answers, some at a time. A full disk is waited out. */
static struct ptn_status tell_changes(struct gateway *gateway)
{
    struct ptn_carrier_door_standing before;
    struct ptn_carrier_door_standing after;
    struct ptn_status status;

    ptn_carrier_door_standing(gateway->carriers, &before);
    status = ptn_carrier_door_turn(gateway->carriers, gateway->diag);
    ptn_carrier_door_standing(gateway->carriers, &after);
    if (after.changes != before.changes)
        ptn_relay_wake(gateway->relay);
    return status.code == PTN_C_BUSY || ptn_ledger_state(gateway->ledger) == PTN_LEDGER_FULL
               ? PTN_OK
               : status;
}

static void tick(void *context)
{
    struct gateway *gateway = context;
    int64_t until_ms = now_ms(gateway) + FILES_MS;
    struct ptn_status status = look(gateway);
    bool more = true;

    if (ptn_ok(status))
        status = tell_changes(gateway);
    while (ptn_ok(status) && more && !gateway->stop) {
        status = turn(gateway, &more, gateway->diag);
        more = more && now_ms(gateway) < until_ms;
    }
    if (!ptn_ok(status) || gateway->stop)
        end(gateway, status);
}

static struct ptn_status run_door(struct gateway *gateway)
{
    const struct ptn_door_serving serving = { gateway, answer, tick };
    struct ptn_status status = look(gateway);

    if (ptn_ok(status))
        status = ptn_door_run(gateway->door, &serving);
    return ptn_ok(gateway->status) ? status : gateway->status;
}

/* The front, before any secret is in memory. DOOR-2. */
static struct ptn_status open_door(struct gateway *gateway, struct ptn_diag *reterr)
{
    const struct ptn_up *up = gateway->up;
    const struct ptn_door_plan plan = {
        .world = up->world, .dir = up->dir, .listen_fd = up->listen_fd, .confine = ptn_confine_front
    };

    return up->listen_fd < 0 ? PTN_OK : ptn_door_open(&plan, &gateway->door, reterr);
}

static struct ptn_status open_all(struct gateway *gateway, struct ptn_diag *reterr)
{
    const struct ptn_up *up = gateway->up;
    struct ptn_status status = up->world->files->lock(up->world->context, up->dir, &gateway->lock);

    if (status.code == PTN_C_BUSY)
        return ptn_fail(PTN_C_BUSY, reterr, 0, "another process runs this node");
    if (ptn_ok(status))
        status = open_door(gateway, reterr);
    if (ptn_ok(status))
        status = ptn_vault_open(up->world, up->dir, &gateway->vault, reterr);
    if (ptn_ok(status))
        status = ptn_ledger_open(up->world, gateway->vault, up->dir, &gateway->ledger, reterr);
    if (ptn_ok(status))
        status = ptn_up_past(gateway->ledger, NULL, reterr);
    if (ptn_ok(status))
        status = ptn_country_seal(up->world, up->dir, gateway->ledger, reterr);
    if (ptn_ok(status))
        status = ptn_inbox_open(up->world, up->dir, gateway->ledger, &gateway->inbox, reterr);
    if (ptn_ok(status) && gateway->door != NULL)
        status = ptn_carrier_door_new(up->world, up->dir, up->plan.state, gateway->inbox,
                                      &gateway->carriers);
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
    bool ready = false;
    struct ptn_status status;

    ptn_buffer_init(&gateway.text, PTN_STANDING_LEN_MAX);
    ptn_buffer_init(&gateway.note, PTN_NOTE_LEN_MAX);
    gateway.diag = &diag;
    status = open_all(&gateway, &diag);
    if (ptn_ok(status)) {
        ready = true;
        ptn_up_ready(ready_fd);
        status = gateway.door == NULL ? run(&gateway, &diag) : run_door(&gateway);
    }
    if (!ptn_ok(status))
        ptn_log_failure(ready ? PTN_EVENT_FAILED : PTN_EVENT_CANNOT_START, status, &diag);
    ptn_door_close(gateway.door);
    ptn_carrier_door_free(gateway.carriers);
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
