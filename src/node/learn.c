/* What a node learns from its ledger when it opens: stays, last crossings, reports that are due. */
#include "node/apply_int.h"
#include "node/calls_int.h"
#include "node/cases_int.h"
#include "node/idle_int.h"
#include "node/paper.h"
#include "node/past_int.h"
#include "node/permits_int.h"
#include "node/staff_int.h"

#include "record/decision.h"

#define RECENT_MAX                                                                                 \
    ((size_t)PTN_NODE_LINES_MAX * 4u) /* entries at the ledger's end in which advice is read too,  \
                                         and crossings for the last ones shown */
#define START_ARENA (8u << 20)
#define DAY_MS      INT64_C(86400000)

/* Which advice of late asked for a report: only that is needed of decision records. */
struct recent {
    struct ptn_record_id ids[1024];
    size_t count;
};

static void learn_decision(struct ptn_node *node, struct recent *recent, struct ptn_bytes payload,
                           struct ptn_arena *arena)
{
    struct ptn_decision decision;

    ptn_arena_clear(arena);
    if (!ptn_ok(ptn_decision_parse(payload, arena, &decision, NULL)))
        return;
    if (!ptn_bytes_is(decision.lane, PTN_PAPER_LANE)) { /* as ptn_lane_scan counts */
        ptn_idle_looked(node->idle, decision.lane, decision.officer,
                        ptn_idle_mark(&decision.person, PTN_BYTES_NONE), decision.time_ms);
        for (size_t i = 0; i < decision.reason_count; i++)
            ptn_node_rule_met(node, decision.reasons[i].rule, decision.time_ms);
    }
    for (size_t i = 0; i < decision.action_count; i++)
        if (ptn_bytes_is(decision.actions[i], "report"))
            recent->ids[recent->count++ % (sizeof(recent->ids) / sizeof(recent->ids[0]))] =
                decision.id;
}

static bool asked_report(const struct recent *recent, struct ptn_record_id id)
{
    for (size_t i = 0; i < recent->count && i < sizeof(recent->ids) / sizeof(recent->ids[0]); i++)
        if (ptn_record_id_equal(recent->ids[i], id))
            return true;
    return false;
}

struct learning {
    struct ptn_node *node;
    struct recent *recent;
    struct ptn_arena *arena;
    int64_t since_ms; /* vehicles from then on are a shift's */
};

/* What is read again at every start. One that cannot follow is left out: it changes no account. */
static struct ptn_status learn_again(struct ptn_node *node, uint64_t index, uint32_t kind,
                                     struct ptn_bytes payload)
{
    struct ptn_status status;

    if (kind == PTN_RECORD_SHIFT) {
        ptn_shift_learn(node, payload);
        return PTN_OK;
    }
    if (kind == PTN_RECORD_STAFF) {
        ptn_staffing_learn(node->staffing, payload);
        return PTN_OK;
    }
    if (kind == PTN_RECORD_MESSAGE)
        status = ptn_node_arrivals_learn(node, index, payload);
    else if (kind == PTN_RECORD_CASE)
        status = ptn_cases_learn(node, payload, index);
    else if (kind == PTN_RECORD_ALERT)
        status = ptn_publishing_learn(node, payload);
    else if (kind == PTN_RECORD_CALL)
        status = ptn_calls_learn(node, payload, index);
    else if (kind == PTN_RECORD_PERMIT)
        status = ptn_permits_learn(&node->permits, payload);
    else if (ptn_record_is_paper(kind))
        status = ptn_node_learn_paper(node, (enum ptn_record_kind)kind, payload);
    else
        status = ptn_apply_learn(node, (enum ptn_record_kind)kind, payload);

    return status.code == PTN_C_NO_MEMORY ? status : PTN_OK;
}

/* Whether its stay is in the table of what was forgotten. */
static bool is_past(const struct ptn_node *node, uint64_t index,
                    const struct ptn_ledger_header *header)
{
    return ptn_past_covers(&node->past, (int32_t)(header->time_ms / DAY_MS), index);
}

static bool wants(void *context, uint64_t index, const struct ptn_ledger_header *header)
{
    const struct learning *learning = context;
    const struct ptn_node *node = learning->node;
    const bool recent = node->ledger_size - index <= RECENT_MAX;

    if (node->locked) /* nothing sealed opens: its orders alone, and where it stood. LOCK-2 */
        return ptn_node_rereads(header->kind) && header->retention == PTN_RETENTION_PUBLIC;
    if (header->kind == PTN_RECORD_CROSSING)
        return recent || !is_past(node, index, header);
    if (header->kind == PTN_RECORD_VEHICLE)
        return recent || header->time_ms >= learning->since_ms;
    if (header->kind == PTN_RECORD_DECISION)
        return recent;
    return ptn_node_rereads(header->kind) && index >= node->known_size;
}

/*
 * A crossing that was not opened. Erased in the name of an order, the person is to be gone, and
 * whoever they were has no such stay. Anything else is a stay that is short by it: lost, or sealed
 * with a key that is not here.
 */
static struct ptn_status take_shut(struct ptn_node *node, uint64_t index,
                                   const struct ptn_ledger_header *header, struct ptn_diag *reterr)
{
    struct ptn_buffer sealed = { .len_max = PTN_PAYLOAD_LEN_MAX + PTN_SEAL_OVERHEAD };
    struct ptn_ledger_header again;
    struct ptn_hash by;
    uint64_t erased = 0;
    struct ptn_status status = ptn_ledger_erased(node->ledger, index, &erased, &by, reterr);

    if (ptn_ok(status) && erased == index)
        return PTN_OK;
    if (!ptn_ok(status) && status.code != PTN_C_NOT_FOUND)
        return status;
    status = ptn_ledger_read_sealed(node->ledger, index, &again, &sealed, reterr);
    ptn_buffer_release(&sealed);
    if (!ptn_ok(status) && status.code != PTN_C_NOT_FOUND)
        return status;
    /* STAYS-2 */
    ptn_records_shut(&node->since, ptn_date_to_days(ptn_place_local_date(header->time_ms)),
                     ptn_ok(status) ? PTN_RECORDS_NO_KEY : PTN_RECORDS_LOST);
    return PTN_OK;
}

static struct ptn_status take_crossing(struct learning *learning, uint64_t index,
                                       const struct ptn_ledger_header *header,
                                       struct ptn_bytes payload, struct ptn_diag *reterr)
{
    struct ptn_node *node = learning->node;
    struct ptn_crossing crossing;

    if (!ptn_ok(ptn_crossing_parse(payload, &crossing, reterr)))
        return (struct ptn_status){ PTN_C_CORRUPT };
    if (crossing.imported.len == 0) {
        ptn_node_arrivals_saw(node, &crossing);
    } else { /* another system's records reach further back */
        int32_t day = ptn_date_to_days(crossing.date);

        node->since.begin = day < node->since.begin ? day : node->since.begin;
    }
    return ptn_node_learn(node, &crossing, asked_report(learning->recent, crossing.advice), index,
                          header->time_ms);
}

static struct ptn_status take(void *context, uint64_t index, const struct ptn_ledger_header *header,
                              const struct ptn_buffer *payload, struct ptn_diag *reterr)
{
    struct learning *learning = context;

    if (ptn_node_rereads(header->kind))
        ptn_known_paper(learning->node, index);
    if (payload == NULL && learning->node->locked)
        return PTN_OK;
    if (payload == NULL)
        return header->kind == PTN_RECORD_CROSSING && header->has_payload &&
                       !is_past(learning->node, index, header)
                   ? take_shut(learning->node, index, header, reterr)
                   : PTN_OK;
    if (header->kind == PTN_RECORD_DECISION) {
        learn_decision(learning->node, learning->recent, ptn_buffer_bytes(payload),
                       learning->arena);
        return PTN_OK;
    }
    if (header->kind == PTN_RECORD_VEHICLE) {
        ptn_node_bookings_saw(learning->node, ptn_buffer_bytes(payload));
        ptn_shift_learn_vehicle(learning->node, ptn_buffer_bytes(payload));
        return PTN_OK;
    }
    if (ptn_node_rereads(header->kind))
        return learn_again(learning->node, index, header->kind, ptn_buffer_bytes(payload));
    return take_crossing(learning, index, header, ptn_buffer_bytes(payload), reterr);
}

/* The day the ledger begins; today when it is empty. */
static struct ptn_status learn_since(struct ptn_node *node, struct ptn_diag *reterr)
{
    struct ptn_ledger_header header = { .time_ms = node->world->now_ms(node->world->context) };
    struct ptn_status status = PTN_OK;

    if (node->ledger_size > 0)
        status = ptn_ledger_read(node->ledger, 0, &header, NULL, reterr);
    node->since.begin = ptn_date_to_days(ptn_place_local_date(header.time_ms));
    return status;
}

/* What the file of known stays says of paper: where to read it. */
static struct ptn_status learn_known_paper(struct ptn_node *node, struct ptn_diag *reterr)
{
    struct ptn_buffer payload = { .len_max = PTN_PAYLOAD_LEN_MAX };
    struct ptn_status status = PTN_OK;

    for (size_t i = 0; ptn_ok(status) && i < node->paper_count;) {
        uint64_t index = node->paper_at[i];
        struct ptn_ledger_header header;

        ptn_buffer_clear(&payload);
        status = ptn_ledger_read(node->ledger, index, &header, &payload, reterr);
        if (ptn_ok(status))
            status = learn_again(node, index, header.kind, ptn_buffer_bytes(&payload));
        else if (status.code == PTN_C_NOT_FOUND)
            status = PTN_OK; /* erased */
        while (i < node->paper_count && node->paper_at[i] <= index)
            i++; /* learning may have let places go, this one and others before it */
        while (i > 0 && node->paper_at[i - 1] > index)
            i--;
    }
    ptn_buffer_release(&payload);
    return status;
}

struct ptn_status ptn_node_learn_all(struct ptn_node *node, struct ptn_diag *reterr)
{
    struct learning learning = { .node = node,
                                 .since_ms = node->world->now_ms(node->world->context) - DAY_MS };
    const struct ptn_ledger_walk walk = { &learning, wants, take };
    uint64_t first = 0;
    struct ptn_status status = { PTN_C_NO_MEMORY };

    learning.arena = ptn_arena_new(START_ARENA);
    learning.recent = calloc(1, sizeof(*learning.recent));
    if (learning.arena != NULL && learning.recent != NULL)
        status = ptn_ledger_size(node->ledger, &node->ledger_size, reterr);
    if (ptn_ok(status))
        status = learn_since(node, reterr);
    if (ptn_ok(status) && !node->locked)
        status = ptn_past_open(node);
    if (ptn_ok(status) && !node->locked) {
        status = ptn_known_load(node);
        first = node->ledger_size > RECENT_MAX ? node->ledger_size - RECENT_MAX : 0;
        if (node->known_size < first)
            first = node->known_size;
    }
    if (ptn_ok(status))
        status = learn_known_paper(node, reterr);
    if (ptn_ok(status))
        status = ptn_ledger_walk(node->ledger, first, node->ledger_size, &walk, reterr);
    if (ptn_ok(status) && !node->locked) /* what it does not know is written to no file */
        ptn_known_learnt(node);
    if (ptn_ok(status) && node->ledger_size > 0) /* when they were written is not asked again */
        ptn_kept_mark(node, node->ledger_size, node->world->now_ms(node->world->context));
    free(learning.recent);
    ptn_arena_free(learning.arena);
    return status;
}
