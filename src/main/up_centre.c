/*
 * main/up_centre.c -- a centre, run: its lines pull everybody's ledgers into copies; this thread
 * opens them into the view, and writes down in the centre's own ledger what the view comes to.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "console/console.h"
#include "ledger/ledger.h"
#include "ledger/serving.h"
#include "main/figures.h"
#include "main/log.h"
#include "main/publish.h"
#include "main/relay.h"
#include "main/round.h"
#include "main/standing.h"
#include "main/up_int.h"
#include "node/country.h"
#include "record/record.h"
#include "serve/desk.h"

#define IDLE_MS        50
#define STANDING_MS    2000
#define MEND_MS        15000
#define TIMES_MS       1000
#define ERASE_STEPS    8u    /* ledgers of one look for what is to be erased */
#define DIGEST_MS      60000 /* between two digests */
#define DIGEST_DEMO_MS 2000
#define PULSE_MS       30000 /* between two signs of life when nothing else is written */
#define PULSE_DEMO_MS  5000
#define FIRST_TRIES    200u
#define FIRST_PAUSE_MS 5
#define DIGEST_SHARE   20 /* and at least so many times as long as the last one took */

struct centre {
    const struct ptn_up *up;
    int signals, lock;
    bool stop;
    struct ptn_vault *vault;
    struct ptn_ledger *ledger;
    struct ptn_gather *gather;
    struct ptn_relay *relay;
    struct ptn_round *round;
    struct ptn_times *times; /* NULL: no memory for it */
    struct ptn_up_erasing erasing;
    struct ptn_up_stays *stays;
    struct ptn_desk *desk;   /* NULL: nobody asks here */
    struct ptn_board *board; /* what it has published */
    int64_t handed_us;       /* when it last looked for what is handed to it */
    struct ptn_publish_notes *notes;
    struct ptn_up_staff *staff;
    bool again; /* somebody may sign in who could not: start with a desk */
    char view[PTN_GATHER_WHERE_SIZE];
    uint64_t applied;   /* entries taken into the view, in this run */
    uint64_t told;      /* of them, those in the last digest */
    uint64_t gathered;  /* of them, those of this turn */
    size_t gather_from; /* the place of the copy that is next */
    int64_t staff_at_ms, digest_at_ms, pulse_at_ms, mend_at_ms, standing_at_ms, times_at_ms;
    struct ptn_buffer text, note;
    struct ptn_figures_due figures;
};

static int64_t now_ms(const struct centre *centre)
{
    return centre->up->world->monotonic_us(centre->up->world->context) / 1000;
}

/* ---- turns ---- */

/* The copy at that place of those that are followed, one turn of it: read under the relay's lock,
 * put into the view without, while the lines go on. *ret_end: there is none at that place. */
static struct ptn_status gather_one(struct centre *centre, size_t place, bool mend, bool *ret_end,
                                    bool *ret_more, struct ptn_diag *reterr)
{
    struct ptn_follow *follow = ptn_links_follow(ptn_relay_lock(centre->relay));
    struct ptn_bytes origin = ptn_follow_origin(follow, place);
    struct ptn_copy *copy = origin.len == 0 ? NULL : ptn_follow_copy(follow, origin);
    struct ptn_status status = PTN_OK;
    size_t applied = 0;
    size_t mended = 0;
    bool more = false;

    *ret_end = origin.len == 0;
    if (copy != NULL && mend)
        status = ptn_gather_mend(centre->gather, copy, &mended, reterr);
    if (ptn_ok(status) && copy != NULL && place >= centre->gather_from)
        status = ptn_gather_take(centre->gather, copy, &more, reterr);
    if (copy != NULL &&
        ptn_round_look(centre->round, ptn_relay_country(centre->relay), copy, PTN_GLANCE_BATCH))
        *ret_more = true;
    ptn_relay_unlock(centre->relay);
    if (ptn_ok(status))
        status = ptn_gather_apply(centre->gather, &applied, reterr);
    centre->applied += applied + mended;
    centre->gathered += applied;
    if (mended > 0)
        ptn_up_stays_again(centre->stays);
    *ret_more = *ret_more || more;
    return status;
}

/* One turn over every copy, or over as many as make one transaction: then the next call goes on
 * with those after them, so that whoever asks here need not wait long. *ret_more: some have more to
 * give. */
static struct ptn_status gather_all(struct centre *centre, bool mend, bool *ret_more,
                                    struct ptn_diag *reterr)
{
    struct ptn_status status = PTN_OK;
    size_t kept = 0;
    size_t place = 0;
    bool end = false;

    *ret_more = false;
    centre->gathered = 0;
    while (ptn_ok(status) && !end && centre->gathered < PTN_GATHER_TOGETHER)
        status = gather_one(centre, place++, mend, &end, ret_more, reterr);
    *ret_more = *ret_more || !end;
    centre->gather_from = end ? 0 : place;
    if (ptn_ok(status))
        status = ptn_gather_settle(centre->gather, reterr);
    if (ptn_ok(status))
        status = ptn_gather_own(centre->gather, centre->ledger, &kept, reterr);
    centre->applied += kept;
    return status;
}

/* Write down how far the view has come; whole: and what it comes to, so that whoever rebuilds it
 * can tell that it is the same. Either is a sign of life. */
static struct ptn_status log_digest(struct centre *centre, bool whole, struct ptn_diag *reterr)
{
    const struct ptn_world *world = centre->up->world;
    struct ptn_buffer record = { .len_max = PTN_RECORD_LEN_MAX };
    struct ptn_ledger_entry entry = { .kind = PTN_RECORD_DIGEST,
                                      .time_ms = world->now_ms(world->context),
                                      .retention = PTN_RETENTION_PUBLIC };
    uint64_t seq;
    struct ptn_status status = ptn_gather_digest(centre->gather, whole, &record, reterr);

    entry.payload = ptn_buffer_bytes(&record);
    if (ptn_ok(status))
        status = ptn_ledger_append(centre->ledger, &entry, 1, &seq, reterr);
    if (ptn_ok(status))
        ptn_relay_wake(centre->relay);
    ptn_buffer_release(&record);
    centre->pulse_at_ms =
        now_ms(centre) + (centre->up->plan.demonstration ? PULSE_DEMO_MS : PULSE_MS);
    return status;
}

/* A digest when there is something new and the last one was long enough ago, by what it took. */
static struct ptn_status log_whole(struct centre *centre, struct ptn_diag *reterr)
{
    int64_t began_ms = now_ms(centre);
    int64_t pause_ms = centre->up->plan.demonstration ? DIGEST_DEMO_MS : DIGEST_MS;
    struct ptn_status status = log_digest(centre, true, reterr);

    if (pause_ms < DIGEST_SHARE * (now_ms(centre) - began_ms))
        pause_ms = DIGEST_SHARE * (now_ms(centre) - began_ms);
    centre->digest_at_ms = now_ms(centre) + pause_ms;
    centre->told = centre->applied;
    return status;
}

struct writing {
    struct ptn_json *json;
};

static struct ptn_status write_cursor(void *context, const char *origin,
                                      const struct ptn_view_cursor *cursor)
{
    struct ptn_json *json = ((struct writing *)context)->json;

    ptn_json_object(json);
    ptn_json_field_text(json, "origin", ptn_bytes_from_text(origin));
    ptn_json_field_number(json, "next", (int64_t)cursor->next);
    ptn_json_field_number(json, "kept", (int64_t)cursor->kept);
    ptn_json_field_number(json, "unreadable", (int64_t)cursor->unreadable);
    ptn_json_object_end(json);
    return PTN_OK;
}

static void write_standing(struct centre *centre)
{
    struct ptn_json json = ptn_standing_begin(centre->up->world, "centre", &centre->text);
    struct writing writing = { &json };
    const struct ptn_staff_standing staff = ptn_staffing_standing(ptn_up_staff_list(centre->staff));
    const struct ptn_up *up = centre->up;
    uint64_t size = 0;

    (void)ptn_ok(ptn_ledger_size(centre->ledger, &size, NULL));
    ptn_standing_node(&json, up->world, up->dir, ptn_ledger_origin(centre->ledger), size,
                      &ptn_relay_country(centre->relay)->roster);
    ptn_json_field_bool(&json, "locked", false);
    ptn_relay_write(centre->relay, &json);
    ptn_json_key(&json, "view");
    ptn_json_array(&json);
    (void)ptn_ok(ptn_view_ledgers(ptn_gather_view(centre->gather), write_cursor, &writing, NULL));
    ptn_json_array_end(&json);
    ptn_erasures_write(centre->erasing.erasures, ptn_relay_country(centre->relay), &json);
    ptn_standing_staff(&json, &staff);
    ptn_standing_end(&json, up->dir);
    ptn_figures_keep(&centre->figures, up->world, up->dir, &up->plan,
                     ptn_buffer_bytes(&centre->text));
    centre->standing_at_ms = now_ms(centre) + STANDING_MS;
}

/* The next note that was handed to any keeper, or that a stick brought. */
static struct ptn_status next_note(struct centre *centre, enum ptn_receipt_hand *ret_hand)
{
    struct ptn_status status;

    ptn_buffer_clear(&centre->note);
    status = ptn_relay_note(centre->relay, &centre->note);
    *ret_hand = PTN_RECEIPT_KEEPER;
    if (status.code == PTN_C_NOT_FOUND && ptn_up_staff_stick(centre->staff, &centre->note)) {
        *ret_hand = PTN_RECEIPT_STICK;
        return PTN_OK;
    }
    return status;
}

/* The next roster is in place: whom the centre speaks to changes with it. */
static struct ptn_status begin_relay(struct centre *centre, struct ptn_diag *reterr)
{
    const struct ptn_up *up = centre->up;
    struct ptn_status status;

    ptn_up_say_new_roster(up, ptn_ledger_origin(centre->ledger));
    ptn_relay_stop(centre->relay);
    centre->relay = NULL;
    (void)ptn_ok(ptn_vault_reading_again(up->world, up->dir, centre->vault)); /* SEAL-5 */
    status = ptn_country_seal(up->world, up->dir, centre->ledger, reterr);
    if (ptn_ok(status))
        status = ptn_relay_start(up->world, up->dir, ptn_ledger_origin(centre->ledger),
                                 PTN_LINKS_FOLLOW, NULL, &centre->relay, reterr);
    if (ptn_ok(status))
        ptn_up_staff_relay(centre->staff, centre->relay);
    return status;
}

/* Rosters, orders and staff lists, as far as they have come. *ret_busy: the courier has more. */
static struct ptn_status take_notes(struct centre *centre, bool *ret_busy, struct ptn_diag *reterr)
{
    const struct ptn_up *up = centre->up;
    enum ptn_receipt_hand hand;
    struct ptn_status status;

    while (ptn_ok(status = next_note(centre, &hand))) {
        const bool signs_in = ptn_up_staff_signs_in(centre->staff);

        if (ptn_ok(ptn_country_take(up->world, up->dir, ptn_relay_country(centre->relay),
                                    ptn_buffer_bytes(&centre->note), NULL))) {
            status = begin_relay(centre, reterr);
            if (!ptn_ok(status))
                return status;
            continue;
        }
        ptn_up_staff_note(centre->staff, ptn_buffer_bytes(&centre->note), hand, centre->board);
        if (ptn_up_staff_turn(centre->staff))
            ptn_relay_wake(centre->relay);
        centre->staff_at_ms = 0;
        centre->again = centre->again ||
                        (!signs_in && up->listen_fd < 0 && ptn_up_staff_signs_in(centre->staff));
    }
    *ret_busy = status.code == PTN_C_BUSY;
    return PTN_OK;
}

/* What keepers had of the orders in an earlier run, before anybody may sign in. */
static struct ptn_status take_first_notes(struct centre *centre, struct ptn_diag *reterr)
{
    struct ptn_status status = PTN_OK;
    bool busy = true;

    for (unsigned i = 0; ptn_ok(status) && busy && i < FIRST_TRIES; i++) {
        status = take_notes(centre, &busy, reterr);
        if (busy)
            (void)poll(NULL, 0, FIRST_PAUSE_MS);
    }
    return status;
}

static void take_calls(struct centre *centre)
{
    enum ptn_up_call call;

    while ((call = ptn_up_next_call(centre->signals)) != PTN_UP_NOTHING)
        centre->stop = centre->stop || call == PTN_UP_STOP;
}

/* What people at the desk did goes into the centre's own ledger. */
static struct ptn_status append_looks(void *context, const struct ptn_writer_record *records,
                                      size_t count)
{
    struct centre *centre = context;
    const struct ptn_world *world = centre->up->world;
    struct ptn_ledger_entry entries[PTN_DESK_BATCH_MAX] = { { 0 } };
    uint64_t first;
    struct ptn_status status;

    for (size_t i = 0; i < count; i++)
        entries[i] = (struct ptn_ledger_entry){ .kind = records[i].kind,
                                                .time_ms = world->now_ms(world->context),
                                                .retention = (uint8_t)records[i].retention,
                                                .payload = records[i].payload };
    status = ptn_ledger_append(centre->ledger, entries, count, &first, NULL);
    for (size_t i = 0; ptn_ok(status) && i < count; i++)
        ptn_board_add(centre->board, records[i].kind, records[i].payload);
    return status;
}

/* Whoever an order revoked, or the list leaves out, is signed in at the desk no more. */
static void look_at_staff(struct centre *centre)
{
    centre->staff_at_ms = now_ms(centre) + STANDING_MS;
    if (centre->desk != NULL)
        ptn_desk_staff_look(centre->desk, append_looks, centre);
    ptn_up_staff_clock(centre->staff, centre->relay);
}

/* One entry of a ledger that is followed, or of the centre's own. */
static struct ptn_status prove(void *context, struct ptn_bytes origin, uint64_t index,
                               struct ptn_desk_when *ret_when, struct ptn_buffer *out)
{
    struct centre *centre = context;
    struct ptn_times_bounds bounds;
    struct ptn_copy *copy;
    struct ptn_status status = { PTN_C_NOT_FOUND };

    if (centre->times != NULL && ptn_times_bounds(centre->times, origin, index, &bounds))
        *ret_when = (struct ptn_desk_when){ bounds.from_s, bounds.until_s };
    if (ptn_bytes_is(origin, ptn_ledger_origin(centre->ledger)))
        return ptn_serving_proof(centre->ledger, index, out, NULL);
    copy = ptn_follow_copy(ptn_links_follow(ptn_relay_lock(centre->relay)), origin);
    if (copy != NULL)
        status = ptn_serving_copy_proof(copy, index, out, NULL);
    ptn_relay_unlock(centre->relay);
    return status;
}

/* The payload of one entry, opened with the centre's keys. */
static struct ptn_status open_entry(void *context, struct ptn_bytes origin, uint64_t index,
                                    unsigned *ret_kind, struct ptn_buffer *payload)
{
    struct centre *centre = context;
    struct ptn_ledger_header header = { 0 };
    struct ptn_copy *copy;
    struct ptn_status status = { PTN_C_NOT_FOUND };

    if (ptn_bytes_is(origin, ptn_ledger_origin(centre->ledger))) {
        status = ptn_ledger_read(centre->ledger, index, &header, payload, NULL);
    } else {
        copy = ptn_follow_copy(ptn_links_follow(ptn_relay_lock(centre->relay)), origin);
        if (copy != NULL)
            status = ptn_copy_open_payload(copy, centre->vault, index, &header, payload, NULL);
        ptn_relay_unlock(centre->relay);
    }
    *ret_kind = header.kind;
    return status;
}

/* When keepers saw what. */
static void look_at_times(struct centre *centre)
{
    if (centre->times == NULL || now_ms(centre) < centre->times_at_ms)
        return;
    centre->times_at_ms = now_ms(centre) + TIMES_MS;
    ptn_times_turn(centre->times, ptn_links_follow(ptn_relay_lock(centre->relay)));
    ptn_relay_unlock(centre->relay);
}

static void serve_desk(struct centre *centre)
{
    if (centre->desk != NULL)
        ptn_desk_prove_turn(centre->desk, prove, open_entry, centre);
    if (centre->desk != NULL && ptn_desk_turn(centre->desk, append_looks, centre) > 0)
        ptn_relay_wake(centre->relay);
}

/* Put the country together, for those who ask here and for the public. */
static void look_round(struct centre *centre)
{
    struct ptn_links *links;
    bool good;

    if (!ptn_round_due(centre->round))
        return;
    links = ptn_relay_lock(centre->relay);
    good =
        ptn_round_write(centre->round, ptn_relay_country(centre->relay), ptn_links_follow(links));
    ptn_relay_unlock(centre->relay);
    if (!good)
        return;
    ptn_round_keep(centre->round);
    if (centre->desk != NULL)
        (void)ptn_ok(ptn_desk_tell(centre->desk, ptn_round_country(centre->round)));
}

static struct ptn_status run(struct centre *centre, struct ptn_diag *reterr)
{
    struct ptn_status status = PTN_OK;

    while (ptn_ok(status) && !centre->stop && !centre->again) {
        struct pollfd waits[] = {
            { .fd = centre->signals, .events = POLLIN },
            { .fd = centre->desk == NULL ? -1 : ptn_desk_bell(centre->desk), .events = POLLIN },
        };
        bool mend = now_ms(centre) >= centre->mend_at_ms;
        bool more = false;
        bool busy;

        if (mend)
            centre->mend_at_ms = now_ms(centre) + MEND_MS;
        status = ptn_up_past(centre->ledger, centre->relay, reterr);
        if (ptn_ok(status))
            status = take_notes(centre, &busy, reterr);
        if (ptn_ok(status))
            status = gather_all(centre, mend, &more, reterr);
        if (ptn_ok(status) && !more && centre->applied != centre->told &&
            now_ms(centre) >= centre->digest_at_ms)
            status = log_whole(centre, reterr);
        if (ptn_ok(status) && now_ms(centre) >= centre->pulse_at_ms)
            status = log_digest(centre, false, reterr);
        if (now_ms(centre) >= centre->staff_at_ms)
            look_at_staff(centre);
        if (ptn_up_staff_turn(centre->staff))
            ptn_relay_wake(centre->relay);
        if (now_ms(centre) >= centre->standing_at_ms)
            write_standing(centre);
        look_round(centre);
        look_at_times(centre);
        ptn_up_erase(centre->up, &centre->erasing, centre->ledger, centre->gather, centre->relay,
                     ERASE_STEPS);
        more = ptn_up_stays_turn(centre->stays, ptn_gather_view(centre->gather), centre->relay,
                                 centre->round, centre->applied, !more) ||
               more;
        (void)poll(waits, 2, more ? 0 : IDLE_MS);
        serve_desk(centre);
        if (ptn_publish_turn(centre->up->world, centre->up->dir, centre->ledger, centre->board,
                             &centre->handed_us))
            ptn_relay_wake(centre->relay);
        take_calls(centre);
    }
    return status;
}

/* ---- opening and closing ---- */

static struct ptn_status open_all(struct centre *centre, struct ptn_diag *reterr)
{
    const struct ptn_up *up = centre->up;
    struct ptn_up_staff_at at;
    struct ptn_status status = up->world->files->lock(up->world->context, up->dir, &centre->lock);

    if (status.code == PTN_C_BUSY)
        return ptn_fail(PTN_C_BUSY, reterr, 0, "another process runs this node");
    if (ptn_ok(status))
        status = ptn_vault_open(up->world, up->dir, &centre->vault, reterr);
    if (ptn_ok(status))
        status = ptn_ledger_open(up->world, centre->vault, up->dir, &centre->ledger, reterr);
    if (ptn_ok(status))
        status = ptn_up_past(centre->ledger, NULL, reterr);
    if (ptn_ok(status))
        status = ptn_country_seal(up->world, up->dir, centre->ledger, reterr);
    if (ptn_ok(status))
        status = ptn_publish_open(up->world, centre->ledger, &centre->board, reterr);
    centre->notes = ptn_publish_notes_new(up->world);
    if (ptn_ok(status))
        status = ptn_gather_open(up->world, up->dir, centre->vault, &centre->gather, reterr);
    if (ptn_ok(status))
        status = ptn_up_stays_open(up, centre->ledger, &centre->stays, reterr);
    if (ptn_ok(status))
        status = ptn_relay_start(up->world, up->dir, ptn_ledger_origin(centre->ledger),
                                 PTN_LINKS_FOLLOW, NULL, &centre->relay, reterr);
    if (status.code == PTN_C_NOT_FOUND)
        status = ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "a centre needs a roster");
    at = (struct ptn_up_staff_at){ centre->vault, centre->ledger, centre->notes, centre->board,
                                   centre->relay };
    if (ptn_ok(status))
        status = ptn_up_staff_open(up, &at, &centre->staff, reterr);
    centre->times = ptn_times_open(up->world, up->dir);
    centre->erasing.erasures = ptn_erasures_new(up->world, up->dir);
    if (ptn_ok(status) && centre->erasing.erasures == NULL)
        status = (struct ptn_status){ PTN_C_NO_MEMORY };
    if (ptn_ok(status)) {
        centre->round = ptn_round_new(up, centre->vault, ptn_ledger_origin(centre->ledger));
        status.code = centre->round == NULL ? PTN_C_NO_MEMORY : PTN_C_OK;
    }
    return status;
}

/* People ask here when the centre has a port to listen on. */
static struct ptn_status open_desk(struct centre *centre, struct ptn_diag *reterr)
{
    const struct ptn_up *up = centre->up;
    struct ptn_desk_plan plan = { .world = up->world,
                                  .dir = up->dir,
                                  .view = centre->view,
                                  .centre = &up->plan,
                                  .listen_fd = up->listen_fd,
                                  .port = up->port,
                                  .asset_find = ptn_console_centre_find,
                                  .staffing = ptn_up_staff_list(centre->staff),
                                  .board = centre->board };
    struct ptn_status status;

    if (up->listen_fd < 0)
        return PTN_OK;
    status = ptn_gather_where(up->world, up->dir, centre->view, reterr);
    return ptn_ok(status) ? ptn_desk_start(&plan, &centre->desk, reterr) : status;
}

static int run_centre(const struct ptn_up *up, int signals, int ready_fd)
{
    struct centre *centre = calloc(1, sizeof(*centre));
    struct ptn_diag diag = { 0 };
    struct ptn_status status = { PTN_C_NO_MEMORY };
    int code = PTN_EXIT_ENVIRONMENT;
    bool ready = false;

    if (centre == NULL)
        return code;
    centre->up = up;
    centre->signals = signals;
    centre->lock = -1;
    ptn_buffer_init(&centre->text, PTN_STANDING_LEN_MAX);
    ptn_buffer_init(&centre->note, PTN_NOTE_LEN_MAX);
    status = open_all(centre, &diag);
    if (ptn_ok(status))
        status = take_first_notes(centre, &diag);
    if (ptn_ok(status))
        status = open_desk(centre, &diag);
    if (ptn_ok(status)) {
        ready = true;
        ptn_up_ready(ready_fd);
        status = run(centre, &diag);
    }
    if (!ptn_ok(status))
        ptn_log_failure(ready ? PTN_EVENT_FAILED : PTN_EVENT_CANNOT_START, status, &diag);
    /* a disk that failed a write, a view that cannot be written: a fresh start may mend it */
    code = status.code == PTN_C_IO || (ptn_ok(status) && centre->again && !centre->stop)
               ? PTN_NODE_EXIT_AGAIN
               : ptn_exit_for(status);
    ptn_desk_stop(centre->desk);
    if (centre->staff != NULL) /* what two people did in the last moment */
        (void)ptn_up_staff_turn(centre->staff);
    ptn_up_staff_close(centre->staff);
    ptn_board_free(centre->board);
    ptn_publish_notes_free(centre->notes);
    ptn_relay_stop(centre->relay);
    ptn_round_free(centre->round);
    ptn_up_stays_free(centre->stays);
    ptn_times_close(centre->times);
    ptn_erasures_free(centre->erasing.erasures);
    ptn_gather_close(centre->gather);
    ptn_ledger_close(centre->ledger);
    ptn_vault_close(centre->vault);
    if (centre->lock >= 0)
        up->world->files->unlock(up->world->context, centre->lock);
    ptn_buffer_release(&centre->text);
    ptn_buffer_release(&centre->note);
    free(centre);
    return code;
}

int ptn_up_centre(const struct ptn_up *up, int signals, int ready_fd)
{
    struct ptn_world world = *up->world;
    struct ptn_up own = *up;
    int code;

    own.world = &world;
    if (!ptn_up_is_locked(&own))
        return run_centre(&own, signals, ready_fd);
    if (!ptn_up_wait(&own, &world, signals, ready_fd, &code))
        return code;
    return run_centre(&own, signals, -1);
}
