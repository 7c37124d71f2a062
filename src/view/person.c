/*
 * view/person.c -- one person's page: crossings, stays, advice, and who looked.
 */
#include <stdlib.h>

#include "view/search_int.h"

struct page {
    struct ptn_view *view;
    struct ptn_arena *arena;
    struct ptn_sql_value key;
    struct ptn_sql_value number, issuer, birth;
    bool by_document;
    struct ptn_view_history history;
    struct ptn_diag *reterr;
};

static struct ptn_view_ask ask_of(const struct page *page)
{
    return (
        struct ptn_view_ask){ .view = page->view, .arena = page->arena, .reterr = page->reterr };
}

static void *room(struct page *page, struct ptn_view_ask *ask, size_t size)
{
    void *at = ptn_arena_take(page->arena, size * (PTN_VIEW_HISTORY_MAX + 1));

    if (at == NULL)
        ptn_view_ask_fail(ask, PTN_C_NO_MEMORY, "the answer does not fit its arena");
    return at;
}

/* How many of count rows stand on the page. */
static size_t held(struct page *page, size_t count)
{
    if (count <= PTN_VIEW_HISTORY_MAX)
        return count;
    page->history.more = true;
    return PTN_VIEW_HISTORY_MAX;
}

static struct ptn_status take_person(struct page *page)
{
    struct ptn_view_ask ask = ask_of(page);
    struct ptn_person *person = &page->history.person;

    ptn_view_ask_start(&ask, PTN_SQL_GET_PERSON, "b", &page->key, 1);
    if (ptn_view_ask_next(&ask))
        ptn_view_ask_person(&ask, 0, person);
    else
        ptn_view_ask_fail(&ask, PTN_C_NOT_FOUND, "nobody has this key");
    ptn_view_ask_end(page->view);
    page->by_document = person->document.number.len > 0;
    page->number = ptn_sql_text(person->document.number);
    page->issuer = ptn_sql_text(ptn_bytes_from_text(person->document.issuer));
    page->birth = ptn_sql_number(ptn_view_day_number(person->birth));
    return ask.status;
}

static struct ptn_status take_crossings(struct page *page)
{
    struct ptn_view_ask ask = ask_of(page);
    struct ptn_view_crossing *rows = room(page, &ask, sizeof(*rows));
    const struct ptn_sql_value limit = ptn_sql_number(PTN_VIEW_HISTORY_MAX + 1);
    struct ptn_sql_value values[7] = { ptn_sql_number(INT64_MAX), ptn_sql_number(0),
                                       ptn_sql_number(0) };
    size_t seen = 0;

    if (page->by_document) {
        values[3] = page->number;
        values[4] = page->issuer;
        values[5] = page->birth;
        values[6] = limit;
        ptn_view_ask_start(&ask, PTN_SQL_FIND_SUBJECT, PTN_VIEW_CROSSING_TYPES, values, 7);
    } else {
        values[3] = ptn_sql_text(PTN_BYTES_NONE);
        values[4] = page->key;
        values[5] = limit;
        ptn_view_ask_start(&ask, PTN_SQL_FIND_PERSON, PTN_VIEW_CROSSING_TYPES, values, 6);
    }
    if (!ptn_ok(ask.status))
        return ask.status;
    page->history.crossings = rows;
    page->history.crossing_count =
        held(page, ptn_view_take_crossings(&ask, rows, PTN_VIEW_HISTORY_MAX + 1, &seen));
    page->history.more = page->history.more || seen > PTN_VIEW_HISTORY_MAX;
    return ask.status;
}

static struct ptn_status take_decisions(struct page *page)
{
    struct ptn_view_ask ask = ask_of(page);
    struct ptn_view_decision *rows = room(page, &ask, sizeof(*rows));
    const struct ptn_sql_value limit = ptn_sql_number(PTN_VIEW_HISTORY_MAX + 1);
    const struct ptn_sql_value by_document[] = { page->number, page->issuer, page->birth, limit };
    const struct ptn_sql_value by_key[] = { page->key, limit };
    size_t count = 0;

    if (page->by_document)
        ptn_view_ask_start(&ask, PTN_SQL_FIND_DECISIONS_SUBJECT, "nbnnnnntttt", by_document, 4);
    else
        ptn_view_ask_start(&ask, PTN_SQL_FIND_DECISIONS_PERSON, "nbnnnnntttt", by_key, 2);
    while (count <= PTN_VIEW_HISTORY_MAX && ptn_view_ask_next(&ask)) {
        struct ptn_view_decision *row = &rows[count++];

        row->origin = ptn_view_ask_place(&ask, 0, &row->seq);
        row->id = ptn_view_ask_id(&ask, 1);
        row->time_ms = ask.row[2].number;
        row->date = ptn_view_ask_date(&ask, 3);
        row->direction = (enum ptn_direction)ptn_view_ask_enum(&ask, 4, 1, PTN_DIRECTION_COUNT);
        row->verdict = (enum ptn_verdict)ptn_view_ask_enum(&ask, 5, 0, PTN_VERDICT_COUNT);
        row->discreet = ptn_view_ask_enum(&ask, 6, 0, 2) != 0;
        row->rules = ptn_view_ask_text(&ask, 7);
        row->post = ptn_view_ask_text(&ask, 8);
        row->lane = ptn_view_ask_text(&ask, 9);
        row->officer = ptn_view_ask_text(&ask, 10);
    }
    ptn_view_ask_end(page->view);
    page->history.decisions = rows;
    page->history.decision_count = held(page, count);
    return ask.status;
}

static struct ptn_status take_cases(struct page *page)
{
    struct ptn_view_ask ask = ask_of(page);
    struct ptn_view_case_step *rows = room(page, &ask, sizeof(*rows));
    const struct ptn_sql_value limit = ptn_sql_number(PTN_VIEW_HISTORY_MAX + 1);
    const struct ptn_sql_value by_document[] = { page->number, page->issuer, page->birth, limit };
    const struct ptn_sql_value by_key[] = { page->key, limit };
    size_t count = 0;

    if (page->by_document)
        ptn_view_ask_start(&ask, PTN_SQL_FIND_CASES_SUBJECT, "nbnnnnttttttttt", by_document, 4);
    else
        ptn_view_ask_start(&ask, PTN_SQL_FIND_CASES_PERSON, "nbnnnnttttttttt", by_key, 2);
    while (count <= PTN_VIEW_HISTORY_MAX && ptn_view_ask_next(&ask)) {
        struct ptn_view_case_step *row = &rows[count++];
        struct ptn_bytes *const texts[] = { &row->ground, &row->post,    &row->officer,
                                            &row->second, &row->words,   &row->item,
                                            &row->list,   &row->edition, &row->entry };

        row->origin = ptn_view_ask_place(&ask, 0, &row->seq);
        row->of = ptn_view_ask_id(&ask, 1);
        row->time_ms = ask.row[2].number;
        row->act = (enum ptn_case_act)ptn_view_ask_enum(&ask, 3, 1, PTN_CASE_ACT_COUNT);
        row->kind = (enum ptn_referral_kind)ptn_view_ask_enum(&ask, 4, 0, PTN_REFERRAL_COUNT);
        row->outcome = (enum ptn_case_outcome)ptn_view_ask_enum(&ask, 5, 0, PTN_CASE_OUTCOME_COUNT);
        for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
            *texts[i] = ptn_view_ask_text(&ask, 6 + i);
    }
    ptn_view_ask_end(page->view);
    page->history.cases = rows;
    page->history.case_count = held(page, count);
    return ask.status;
}

static struct ptn_status take_permits(struct page *page)
{
    struct ptn_view_ask ask = ask_of(page);
    struct ptn_view_permit *rows = room(page, &ask, sizeof(*rows));
    const struct ptn_sql_value limit = ptn_sql_number(PTN_VIEW_HISTORY_MAX + 1);
    const struct ptn_sql_value by_document[] = { page->number, page->issuer, page->birth, limit };
    const struct ptn_sql_value by_key[] = { page->key, limit };
    size_t count =
        ptn_view_take_permits(&ask, page->by_document, page->by_document ? by_document : by_key,
                              rows, PTN_VIEW_HISTORY_MAX + 1);

    page->history.permits = rows;
    page->history.permit_count = held(page, count);
    return ask.status;
}

static struct ptn_status take_accesses(struct page *page)
{
    struct ptn_view_ask ask = ask_of(page);
    struct ptn_view_access *rows = room(page, &ask, sizeof(*rows));
    uint8_t subject[PTN_VIEW_KEY_LEN];
    struct ptn_sql_value values[5] = {
        { 0 }, page->number, page->issuer, page->birth, ptn_sql_number(PTN_VIEW_HISTORY_MAX + 1)
    };
    size_t count = 0;

    values[0].type = PTN_SQL_BLOB;
    if (ptn_ok(ask.status))
        ask.status = ptn_view_subject(page->view, &page->history.person, subject, &values[0].bytes,
                                      page->reterr);
    ptn_view_ask_start(&ask, PTN_SQL_FIND_ACCESSES, "nnnntttt", values, 5);
    while (count <= PTN_VIEW_HISTORY_MAX && ptn_view_ask_next(&ask)) {
        struct ptn_view_access *row = &rows[count++];

        row->origin = ptn_view_ask_place(&ask, 0, &row->seq);
        row->time_ms = ask.row[1].number;
        row->purpose = (enum ptn_purpose)ptn_view_ask_enum(&ask, 2, 1, PTN_PURPOSE_COUNT);
        row->shown = (uint64_t)ask.row[3].number;
        row->officer = ptn_view_ask_text(&ask, 4);
        row->post = ptn_view_ask_text(&ask, 5);
        row->lane = ptn_view_ask_text(&ask, 6);
        row->reason = ptn_view_ask_text(&ask, 7);
    }
    ptn_view_ask_end(page->view);
    page->history.accesses = rows;
    page->history.access_count = held(page, count);
    return ask.status;
}

static int by_day(const void *a, const void *b)
{
    const struct ptn_view_crossing *const *first = a;
    const struct ptn_view_crossing *const *second = b;
    int order = ptn_date_compare((*first)->crossing.date, (*second)->crossing.date);

    if (order != 0)
        return order;
    if ((*first)->crossing.time_ms != (*second)->crossing.time_ms)
        return (*first)->crossing.time_ms < (*second)->crossing.time_ms ? -1 : 1;
    return (*first)->at < (*second)->at ? -1 : (*first)->at > (*second)->at;
}

/* The crossings that count, by day, as the events of stays; whoever was sent to the second line has
 * not crossed by that. */
static struct ptn_status count_stays(struct page *page, struct ptn_stay_limit limit,
                                     struct ptn_date on)
{
    struct ptn_view_history *history = &page->history;
    size_t room_for = history->crossing_count + 1;
    const struct ptn_view_crossing **sorted =
        ptn_arena_take(page->arena, room_for * sizeof(const struct ptn_view_crossing *));
    struct ptn_stay_event *events = ptn_arena_take(page->arena, room_for * sizeof(*events));
    struct ptn_stay_history stays = { .known = true, .events = events };
    bool inside = false;
    size_t count = 0;

    if (sorted == NULL || events == NULL)
        return ptn_fail(PTN_C_NO_MEMORY, page->reterr, 0, "the answer does not fit its arena");
    for (size_t i = 0; i < history->crossing_count; i++) {
        const struct ptn_crossing *crossing = &history->crossings[i].crossing;

        if (crossing->outcome != PTN_OUTCOME_REFERRED && crossing->outcome != PTN_OUTCOME_REFUSED &&
            ptn_date_compare(crossing->date, on) <= 0)
            sorted[count++] = &history->crossings[i];
    }
    if (count == 0 || history->more) /* what lies further back could be of the stays that count */
        return PTN_OK;
    qsort(sorted, count, sizeof(const struct ptn_view_crossing *), by_day);
    for (size_t i = 0; i < count; i++) {
        const struct ptn_crossing *crossing = &sorted[i]->crossing;

        inside = crossing->direction == PTN_DIRECTION_ENTRY;
        events[i] =
            (struct ptn_stay_event){ crossing->date, inside ? PTN_STAY_ENTRY : PTN_STAY_EXIT,
                                     crossing->exempt };
    }
    stays.event_count = count;
    history->stay_known = true;
    return ptn_stays_count(&stays, limit, inside ? PTN_STAY_EXIT : PTN_STAY_ENTRY, on,
                           &history->stay, page->reterr);
}

struct ptn_status ptn_view_person(struct ptn_view *view, const struct ptn_view_key *key,
                                  struct ptn_stay_limit limit, struct ptn_date on,
                                  struct ptn_arena *arena, struct ptn_view_history *ret_history,
                                  struct ptn_diag *reterr)
{
    struct page page = { .view = view, .arena = arena, .reterr = reterr };
    struct ptn_status status;

    if (!ptn_date_is_full(on) || !ptn_date_is_possible(on))
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "the day asked for is not a full date");
    page.key = ptn_sql_blob(ptn_bytes_of(key->at, sizeof(key->at)));
    status = ptn_view_read_begin(view, reterr);
    if (!ptn_ok(status))
        return status;
    status = take_person(&page);
    if (ptn_ok(status))
        status = take_crossings(&page);
    if (ptn_ok(status))
        status = take_decisions(&page);
    if (ptn_ok(status))
        status = take_cases(&page);
    if (ptn_ok(status))
        status = take_permits(&page);
    if (ptn_ok(status))
        status = take_accesses(&page);
    ptn_view_read_end(view);
    if (ptn_ok(status))
        status = count_stays(&page, limit, on);
    if (ptn_ok(status))
        *ret_history = page.history;
    return status;
}
