/*
 * view/company.c -- who crossed together with the person of a page, and who else used the document.
 *
 * Bounded: of the person's latest crossings PTN_VIEW_COMPANY_LOOK are looked at, each gives at most
 * what find_company's limits say, and no more than MET_MAX of all are compared. docs/format/view.md
 * "A person's page".
 */
#include <stdlib.h>

#include "view/search_int.h"

#define MET_MAX 2000u

/* A crossing of somebody else that a crossing of the person's is linked with. */
struct met {
    struct ptn_view_identity who;
    struct ptn_record_id id;
    size_t of; /* which crossing of the person's */
    enum ptn_view_link link;
    int64_t at, time_ms;
    enum ptn_direction direction;
};

struct meeting {
    struct ptn_view_ask ask;
    struct met *met;
    size_t count;
    bool more;
};

static int order_of(int64_t a, int64_t b)
{
    return a < b ? -1 : a > b;
}

static int by_page(const struct met *a, const struct met *b)
{
    return ptn_view_identity_order(&a->who, &b->who);
}

/* ---- what was met ---- */

static void take_met(struct meeting *meeting, size_t of)
{
    struct ptn_view_ask *ask = &meeting->ask;

    while (meeting->count < MET_MAX && ptn_view_ask_next(ask)) {
        struct met *met = &meeting->met[meeting->count++];

        *met = (struct met){ .of = of };
        met->link = (enum ptn_view_link)(ptn_view_ask_enum(ask, 0, 1, PTN_VIEW_LINK_COUNT + 1) - 1);
        met->at = ask->row[1].number;
        met->id = ptn_view_ask_id(ask, 2);
        met->time_ms = ask->row[3].number;
        met->direction = (enum ptn_direction)ptn_view_ask_enum(ask, 4, 1, PTN_DIRECTION_COUNT);
        met->who.key = ptn_view_ask_key(ask, 5);
        ptn_view_ask_person(ask, 6, &met->who.person);
    }
    meeting->more = meeting->more || meeting->count == MET_MAX;
    ptn_view_ask_end(ask->view);
}

static void look(struct meeting *meeting, const struct ptn_view_history *history)
{
    for (size_t i = 0; i < history->crossing_count && !meeting->more; i++) {
        const struct ptn_view_crossing *row = &history->crossings[i];
        const struct ptn_crossing *crossing = &row->crossing;
        const struct ptn_sql_value values[] = {
            ptn_sql_number(row->at),         ptn_view_id_value(&crossing->trip),
            ptn_sql_text(crossing->booking), ptn_sql_text(crossing->post),
            ptn_sql_text(crossing->lane),    ptn_sql_number(crossing->time_ms),
            ptn_sql_number(row->written_ms),
        };

        if (i == PTN_VIEW_COMPANY_LOOK) {
            meeting->more = true;
            break;
        }
        ptn_view_ask_start(&meeting->ask, PTN_SQL_FIND_COMPANY, "nnbnnbb", values, 7);
        take_met(meeting, i);
    }
}

/* ---- counted ---- */

/* By page, then the surest link of each crossing, then the latest. */
static int by_companion(const void *a, const void *b)
{
    const struct met *first = a;
    const struct met *second = b;
    int order = by_page(first, second);

    if (order == 0)
        order = order_of((int64_t)first->of, (int64_t)second->of);
    if (order == 0)
        order = order_of(first->link, second->link);
    return order == 0 ? order_of(first->at, second->at) : order;
}

static size_t sure(const struct ptn_view_companion *one)
{
    return one->times[PTN_VIEW_BY_TRIP] + one->times[PTN_VIEW_BY_BOOKING];
}

static int most_first(const void *a, const void *b)
{
    const struct ptn_view_companion *first = a;
    const struct ptn_view_companion *second = b;
    int order = order_of((int64_t)sure(second), (int64_t)sure(first));

    if (order == 0)
        order = order_of((int64_t)second->times[PTN_VIEW_BY_LANE],
                         (int64_t)first->times[PTN_VIEW_BY_LANE]);
    if (order == 0)
        order = order_of(second->last_ms, first->last_ms);
    return order == 0 ? memcmp(first->key.at, second->key.at, sizeof(first->key.at)) : order;
}

/* One more crossing of the companion. */
static void count_in(struct meeting *meeting, struct ptn_view_companion *one, const struct met *met)
{
    one->times[met->link]++;
    if (met->time_ms < one->last_ms)
        return;
    one->key = met->who.key;
    one->person = met->who.person;
    one->last_ms = met->time_ms;
    one->last_direction = met->direction;
    meeting->ask.row[0].number = met->at;
    one->origin = ptn_view_ask_place(&meeting->ask, 0, &one->seq);
}

static bool is_themselves(const struct met *met, const struct ptn_view_history *history)
{
    for (size_t i = 0; i < history->identity_count; i++)
        if (ptn_view_identity_order(&met->who, &history->identities[i]) == 0)
            return true;
    return false;
}

static void count_all(struct meeting *meeting, struct ptn_view_history *history)
{
    struct ptn_view_companion *rows =
        ptn_arena_take(meeting->ask.arena, (meeting->count + 1) * sizeof(*rows));
    const struct met *former = NULL;
    size_t count = 0;

    if (rows == NULL) {
        ptn_view_ask_fail(&meeting->ask, PTN_C_NO_MEMORY, "the answer does not fit its arena");
        return;
    }
    qsort(meeting->met, meeting->count, sizeof(*meeting->met), by_companion);
    for (size_t i = 0; i < meeting->count && ptn_ok(meeting->ask.status); i++) {
        const struct met *met = &meeting->met[i];
        bool same = former != NULL && by_page(former, met) == 0;

        if (is_themselves(met, history))
            continue;
        if (!same)
            rows[count++] = (struct ptn_view_companion){ .last_ms = INT64_MIN };
        if (!same || former->of != met->of)
            count_in(meeting, &rows[count - 1], met);
        former = met;
    }
    qsort(rows, count, sizeof(*rows), most_first);
    history->more_companions = meeting->more || count > PTN_VIEW_COMPANY_MAX;
    history->companions = rows;
    history->companion_count = count > PTN_VIEW_COMPANY_MAX ? PTN_VIEW_COMPANY_MAX : count;
}

/* ---- who used the document ---- */

/* The descriptions of one document, after those that stand there. */
static void take_users(struct ptn_view_ask *ask, const struct ptn_document *document,
                       struct ptn_view_user *rows, size_t *count)
{
    const size_t room = PTN_VIEW_COMPANY_MAX - *count;
    const struct ptn_sql_value values[] = {
        ptn_sql_text(document->number),
        ptn_sql_text(ptn_bytes_from_text(document->issuer)),
        ptn_sql_number((int64_t)room),
    };
    size_t found = 0;

    if (document->number.len == 0 || room == 0)
        return;
    ptn_view_ask_start(ask, PTN_SQL_FIND_SHARED, "bbnnn", values, 3);
    while (found < room && ptn_view_ask_next(ask)) {
        struct ptn_view_user *row = &rows[*count + found++];

        row->key = ptn_view_ask_key(ask, 0);
        ptn_view_ask_person(ask, 1, &row->person);
        row->origin = ptn_view_ask_place(ask, 2, &row->seq);
        row->last_ms = ask->row[3].number;
        row->crossings = (uint64_t)ask->row[4].number;
    }
    ptn_view_ask_end(ask->view);
    if (found > 1) /* one description alone is the page's */
        *count += found;
}

static void take_all_users(struct ptn_view_ask *ask, struct ptn_view_history *history)
{
    struct ptn_view_user *rows = ptn_arena_take(ask->arena, PTN_VIEW_COMPANY_MAX * sizeof(*rows));

    if (rows == NULL) {
        ptn_view_ask_fail(ask, PTN_C_NO_MEMORY, "the answer does not fit its arena");
        return;
    }
    for (size_t i = 0; i < history->identity_count && ptn_ok(ask->status); i++)
        take_users(ask, &history->identities[i].person.document, rows, &history->user_count);
    history->users = rows;
}

struct ptn_status ptn_view_take_company(struct ptn_view *view, struct ptn_arena *arena,
                                        struct ptn_view_history *history, struct ptn_diag *reterr)
{
    struct meeting meeting = { .ask = { .view = view, .arena = arena, .reterr = reterr } };

    meeting.met = ptn_arena_take(arena, MET_MAX * sizeof(*meeting.met));
    if (meeting.met == NULL)
        ptn_view_ask_fail(&meeting.ask, PTN_C_NO_MEMORY, "the answer does not fit its arena");
    else
        look(&meeting, history);
    if (ptn_ok(meeting.ask.status))
        count_all(&meeting, history);
    if (ptn_ok(meeting.ask.status))
        take_all_users(&meeting.ask, history);
    return meeting.ask.status;
}
