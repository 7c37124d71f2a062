/*
 * node/forget.c -- days that are over for long enough, by a time that keepers vouch for, are
 * forgotten (SEAL-4, STAYS-1, docs/design/0002-what-a-post-forgets.md).
 *
 *   vouched -> stays of those days go into a table that opens with the passport (past.c), one
 *   traveller a turn -> the table's file is durable -> the file of known stays has them no more ->
 *   the keys of those days are removed
 *
 * Cut off anywhere, it begins again: a stay is in the history or in the table, and the keys go
 * last.
 */
#include "node/past_int.h"

#include <stdlib.h>

#define DAY_MS   INT64_C(86400000)
#define AGAIN_US (INT64_C(60) * 1000000) /* after a disk that failed */
#define ROWS_MAX ((size_t)1 << 29)

struct ptn_forgetting {
    int64_t after_ms;
    int64_t vouched_ms;
    int32_t done; /* the newest day that is forgotten */
    bool running; /* file and rows are of a run that goes on */
    struct ptn_past_file file;
    struct ptn_buffer rows;
    size_t at;        /* the event that is looked at next */
    int64_t again_us; /* not before */
};

void ptn_forget_classes(const struct ptn_node_plan *plan, struct ptn_ledger *ledger)
{
    if (plan->role == PTN_NODE_POST && plan->forget_after_h != PTN_NODE_FORGETS_NEVER)
        ptn_ledger_forgets(ledger, 1u << PTN_RETENTION_CROSSING);
}

struct ptn_status ptn_forget_open(struct ptn_node *node)
{
    struct ptn_forgetting *forgetting;

    ptn_forget_classes(&node->plan, node->ledger);
    if (node->plan.forget_after_h == PTN_NODE_FORGETS_NEVER)
        return PTN_OK;
    forgetting = calloc(1, sizeof(*forgetting));
    if (forgetting == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    forgetting->after_ms = (int64_t)(node->plan.forget_after_h == 0 ? PTN_NODE_FORGET_AFTER_H
                                                                    : node->plan.forget_after_h) *
                           3600000;
    forgetting->done = -1;
    ptn_buffer_init(&forgetting->rows, ROWS_MAX);
    node->forgetting = forgetting;
    return PTN_OK;
}

void ptn_forget_close(struct ptn_node *node)
{
    if (node->forgetting == NULL)
        return;
    ptn_buffer_release(&node->forgetting->rows);
    free(node->forgetting);
    node->forgetting = NULL;
}

int64_t ptn_node_forgotten_ms(struct ptn_node *node)
{
    int64_t forgotten_ms;

    ptn_node_lock(node);
    forgotten_ms = node->forgotten_ms;
    ptn_node_unlock(node);
    return forgotten_ms;
}

void ptn_forget_vouched(struct ptn_node *node, int64_t vouched_ms)
{
    if (node->forgetting != NULL && vouched_ms > node->forgetting->vouched_ms)
        node->forgetting->vouched_ms = vouched_ms;
}

static bool goes(const struct ptn_forgetting *forgetting, const struct ptn_history_event *event)
{
    return event->written <= forgetting->file.day && event->index < forgetting->file.end;
}

/* Is there anything of the history to be put away? */
static bool finds_any(const struct ptn_node *node)
{
    for (size_t i = 0; i < node->history.count; i++)
        if (goes(node->forgetting, &node->history.events[i]))
            return true;
    return false;
}

static void begin(struct ptn_node *node, int32_t day)
{
    struct ptn_forgetting *forgetting = node->forgetting;
    const struct ptn_past *past = &node->past;

    forgetting->file = (struct ptn_past_file){
        .from = past->count == 0 ? 0 : ptn_past_last(past) + 1,
        .day = day,
        .end = node->ledger_size,
        .low = UINT64_MAX,
        .since = node->since,
    };
    if (past->count > 0)
        memcpy(forgetting->file.salt, past->files[0].salt, sizeof(forgetting->file.salt));
    else
        node->world->random(node->world->context, forgetting->file.salt,
                            sizeof(forgetting->file.salt));
    if (!node->learnt) /* what is not in the history goes with the keys */
        ptn_records_shut(&forgetting->file.since, day + 1, PTN_RECORDS_NO_KEY);
    ptn_buffer_clear(&forgetting->rows);
    forgetting->at = 0;
    forgetting->running = true;
}

/* All rows of the traveller whose first crossing that goes is this one. OK also when it is not the
 * first: that one did it. */
static struct ptn_status put_traveller(struct ptn_node *node, size_t first, bool *ret_did)
{
    struct ptn_forgetting *forgetting = node->forgetting;
    const struct ptn_history *history = &node->history;
    const struct ptn_history_event *event = &history->events[first];
    uint8_t slow[PTN_SLOW_KEY_LEN];
    uint32_t nth = 0;
    size_t earliest = first;
    uint32_t at;
    struct ptn_status status;

    for (at = ptn_history_newest(history, event->key); at != 0; at = history->events[at - 1].next)
        if (memcmp(history->events[at - 1].key, event->key, PTN_NODE_ID_LEN) == 0 &&
            goes(forgetting, &history->events[at - 1])) {
            earliest = at - 1;
            nth++;
        }
    *ret_did = earliest == first;
    if (earliest != first)
        return PTN_OK;
    status = ptn_slow_key(forgetting->file.salt, ptn_bytes_of(event->key, PTN_NODE_ID_LEN), slow);
    for (at = ptn_history_newest(history, event->key); ptn_ok(status) && at != 0;
         at = history->events[at - 1].next) {
        const struct ptn_history_event *one = &history->events[at - 1];

        if (memcmp(one->key, event->key, PTN_NODE_ID_LEN) != 0 || !goes(forgetting, one))
            continue;
        status = ptn_past_row(&forgetting->file, slow, --nth, one, &forgetting->rows);
        if (one->index < forgetting->file.low)
            forgetting->file.low = one->index;
        if (one->index > forgetting->file.high)
            forgetting->file.high = one->index;
    }
    explicit_bzero(slow, sizeof(slow));
    return status;
}

/* The next traveller. *ret_done: there is none left. */
static struct ptn_status put_next(struct ptn_node *node, bool *ret_done)
{
    struct ptn_forgetting *forgetting = node->forgetting;
    struct ptn_status status = PTN_OK;
    bool did = false;

    while (ptn_ok(status) && !did && forgetting->at < node->history.count) {
        if (goes(forgetting, &node->history.events[forgetting->at]))
            status = put_traveller(node, forgetting->at, &did);
        if (ptn_ok(status))
            forgetting->at++;
    }
    *ret_done = forgetting->at == node->history.count;
    return status;
}

/* What lanes were shown of those days: the rows stay, for reports, name nobody and are not shown.
 * Under the lock. */
static void forget_shown(struct ptn_node *node, int64_t before_ms)
{
    const size_t kept =
        node->line_count < PTN_NODE_LINES_MAX ? node->line_count : PTN_NODE_LINES_MAX;

    for (size_t i = 0; i < kept; i++)
        if (node->lines[i].time_ms < before_ms)
            explicit_bzero(node->lines[i].name, sizeof(node->lines[i].name));
    for (size_t i = 0; i < PTN_NODE_SCANS_MAX; i++) {
        struct ptn_scan_slot *slot = &node->scans[i];

        if (slot->state == PTN_SCAN_EMPTY || slot->state == PTN_SCAN_SETTLING ||
            slot->time_ms >= before_ms)
            continue;
        if (slot->person != NULL)
            explicit_bzero(slot->person, slot->person_len);
        if (slot->decision != NULL)
            explicit_bzero(slot->decision, slot->decision_len);
        free(slot->person);
        free(slot->decision);
        explicit_bzero(slot, sizeof(*slot));
    }
}

/* Everything of those days is in the table: nothing else may know of it. */
static struct ptn_status drop(struct ptn_node *node, int32_t day)
{
    struct ptn_forgetting *forgetting = node->forgetting;
    struct ptn_status status = ptn_known_renew(node);

    if (ptn_ok(status))
        status = ptn_ledger_forget(node->ledger, (int64_t)(day + 1) * DAY_MS, 0, NULL);
    if (!ptn_ok(status))
        return status;
    forgetting->done = day;
    ptn_node_lock(node);
    node->forgotten_ms = (int64_t)(day + 1) * DAY_MS;
    forget_shown(node, node->forgotten_ms);
    ptn_node_unlock(node);
    return PTN_OK;
}

/* One step of a run. */
static struct ptn_status go_on(struct ptn_node *node)
{
    struct ptn_forgetting *forgetting = node->forgetting;
    struct ptn_records_since since;
    bool done = false;
    struct ptn_status status = put_next(node, &done);

    if (!ptn_ok(status) || !done)
        return status;
    since = forgetting->file.since;
    status = ptn_past_add(node, &forgetting->file, &forgetting->rows);
    if (!ptn_ok(status))
        return status;
    forgetting->running = false;
    ptn_node_lock(node);
    node->since = since;
    ptn_node_unlock(node);
    return drop(node, forgetting->file.day);
}

void ptn_forget_turn(struct ptn_node *node)
{
    struct ptn_forgetting *forgetting = node->forgetting;
    int64_t now_us = node->world->monotonic_us(node->world->context);
    struct ptn_status status = PTN_OK;
    int64_t day;

    if (forgetting == NULL || forgetting->vouched_ms < forgetting->after_ms ||
        now_us < forgetting->again_us)
        return;
    day = (forgetting->vouched_ms - forgetting->after_ms) / DAY_MS - 1;
    if (forgetting->running) {
        status = go_on(node);
    } else if (day > forgetting->done && day > ptn_past_last(&node->past)) {
        ptn_past_tidy(node);
        begin(node, (int32_t)day);
        status = go_on(node);
    } else if (day > forgetting->done) {
        /* cut off before the keys went; or entries with an older day came later, by a clock that
         * was set back: they go with the next day */
        forgetting->file = (struct ptn_past_file){ .day = (int32_t)day, .end = UINT64_MAX };
        if (finds_any(node))
            forgetting->done = (int32_t)day;
        else
            status = drop(node, (int32_t)day);
    }
    if (!ptn_ok(status)) {
        forgetting->running = false;
        forgetting->again_us = now_us + AGAIN_US;
    }
}
