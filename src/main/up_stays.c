/* main/up_stays.c -- a centre publishes who crossed anywhere: when a round is due, and into its own
 * ledger. See node/country.h, docs/format/stays.md. */
#include <stdlib.h>

#include "main/log.h"
#include "main/round.h"
#include "main/up_int.h"
#include "record/record.h"

#define ROUND_MS      INT64_C(3600000)
#define ROUND_DEMO_MS 3000
#define KEPT_MS       (272 * INT64_C(86400000)) /* docs/format/stays.md */
#define ENTRIES_MANY  20000u /* in the view since the round before: it is not waited longer */

struct ptn_up_stays {
    const struct ptn_up *up;
    struct ptn_ledger *ledger;
    struct ptn_relay *relay; /* of the call, like the next */
    const struct ptn_round *round;
    struct ptn_stays_press *press;
    int64_t due_ms;
    uint64_t applied; /* entries in the view when the last round began */
    bool under_way, failed;
};

/* What is published already, as far back as crossings are looked at. */
struct learning {
    struct ptn_stays_press *press;
    int64_t since_ms;
};

static bool wants(void *context, uint64_t index, const struct ptn_ledger_header *header)
{
    const struct learning *learning = context;

    (void)index;
    return header->kind == PTN_RECORD_STAYS && header->time_ms >= learning->since_ms;
}

static struct ptn_status learn(void *context, uint64_t index,
                               const struct ptn_ledger_header *header,
                               const struct ptn_buffer *payload, struct ptn_diag *reterr)
{
    (void)index;
    (void)header;
    (void)reterr;
    return payload == NULL ? PTN_OK
                           : ptn_stays_press_learn(((struct learning *)context)->press,
                                                   ptn_buffer_bytes(payload));
}

struct ptn_status ptn_up_stays_open(const struct ptn_up *up, struct ptn_ledger *ledger,
                                    struct ptn_up_stays **ret_stays, struct ptn_diag *reterr)
{
    struct ptn_up_stays *stays = calloc(1, sizeof(*stays));
    uint64_t size = 0;
    struct ptn_status status = { PTN_C_NO_MEMORY };

    if (stays == NULL)
        return status;
    stays->up = up;
    stays->ledger = ledger;
    stays->press = ptn_stays_press_new(up->world, up->plan.code);
    if (stays->press != NULL)
        status = ptn_ledger_size(ledger, &size, reterr);
    if (ptn_ok(status)) {
        struct learning learning = { stays->press,
                                     up->world->now_ms(up->world->context) - KEPT_MS };
        const struct ptn_ledger_walk walk = { &learning, wants, learn };

        status = ptn_ledger_walk(ledger, 0, size, &walk, reterr);
    }
    if (ptn_ok(status))
        *ret_stays = stays;
    else
        ptn_up_stays_free(stays);
    return status;
}

void ptn_up_stays_free(struct ptn_up_stays *stays)
{
    if (stays == NULL)
        return;
    ptn_stays_press_free(stays->press);
    free(stays);
}

void ptn_up_stays_again(struct ptn_up_stays *stays)
{
    ptn_stays_press_again(stays->press);
}

static struct ptn_status name(void *context, const char *origin, uint64_t seq,
                              struct ptn_hash *ret_name)
{
    const struct ptn_up_stays *stays = context;
    struct ptn_bytes text = ptn_bytes_from_text(origin);
    struct ptn_ledger_header header = { .kind = 0 };
    struct ptn_copy *copy;
    struct ptn_status status = { PTN_C_NOT_FOUND };

    if (ptn_bytes_is(text, ptn_ledger_origin(stays->ledger))) {
        status = ptn_ledger_read(stays->ledger, seq, &header, NULL, NULL);
    } else {
        copy = ptn_follow_copy(ptn_links_follow(ptn_relay_lock(stays->relay)), text);
        if (copy != NULL)
            status = ptn_copy_read(copy, seq, &header, NULL, NULL);
        ptn_relay_unlock(stays->relay);
    }
    if (ptn_ok(status) && !header.has_payload)
        status.code = PTN_C_NOT_FOUND;
    if (ptn_ok(status))
        *ret_name = header.sealed_sha256;
    return status;
}

static struct ptn_status append(void *context, unsigned kind, struct ptn_bytes payload)
{
    const struct ptn_up_stays *stays = context;
    const struct ptn_world *world = stays->up->world;
    const struct ptn_ledger_entry entry = { .kind = kind,
                                            .time_ms = world->now_ms(world->context),
                                            .retention = (uint8_t)ptn_record_retention(
                                                (enum ptn_record_kind)kind),
                                            .payload = payload };
    uint64_t seq;
    struct ptn_status status = ptn_ledger_append(stays->ledger, &entry, 1, &seq, NULL);

    if (ptn_ok(status))
        ptn_relay_wake(stays->relay);
    return status;
}

static size_t gaps(void *context, struct ptn_paper_gap ret_gaps[PTN_PAPER_GAPS_MAX])
{
    const struct ptn_up_stays *stays = context;
    size_t count;

    (void)ptn_relay_lock(stays->relay);
    count = ptn_round_gaps(stays->round, ptn_relay_country(stays->relay), ret_gaps);
    ptn_relay_unlock(stays->relay);
    return count;
}

bool ptn_up_stays_turn(struct ptn_up_stays *stays, struct ptn_view *view, struct ptn_relay *relay,
                       const struct ptn_round *round, uint64_t applied, bool settled)
{
    const struct ptn_stays_press_at at = {
        .view = view, .name = name, .append = append, .gaps = gaps, .context = stays
    };
    const struct ptn_world *world = stays->up->world;
    int64_t now_ms = world->monotonic_us(world->context) / 1000;
    bool due = now_ms >= stays->due_ms || applied - stays->applied >= ENTRIES_MANY;
    struct ptn_diag diag = { 0 };
    struct ptn_status status;
    bool more = false;

    if (!stays->under_way && (!due || !settled))
        return false;
    if (!stays->under_way) {
        stays->applied = applied;
        stays->due_ms = now_ms + (stays->up->plan.demonstration ? ROUND_DEMO_MS : ROUND_MS);
    }
    stays->relay = relay;
    stays->round = round;
    status = ptn_stays_press_turn(stays->press, &at, &more, &diag);
    if (!ptn_ok(status) && !stays->failed)
        ptn_log_failure(PTN_EVENT_STAYS_FAILED, status, &diag);
    stays->failed = !ptn_ok(status);
    stays->under_way = more;
    return more && ptn_ok(status);
}
