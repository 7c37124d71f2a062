/*
 * view/person.c -- one person's page: crossings, stays, advice, and who looked.
 */
#include <stdlib.h>

#include "view/search_int.h"

/* One page in the making. */
struct page {
    struct ptn_view *view;
    struct ptn_arena *arena;
    struct ptn_view_identity own;
    size_t room; /* rows of each kind: of every identity at most one more than a page has */

    /* the identity that is being asked for */
    struct ptn_sql_value key;
    struct ptn_sql_value number, issuer, birth;
    bool by_document;

    struct ptn_view_crossing *crossings;
    struct ptn_view_decision *decisions;
    struct ptn_view_case_step *cases;
    struct ptn_view_permit *permits;
    struct ptn_view_access *accesses;
    struct ptn_view_correction *corrections;
    struct ptn_view_history history;
    struct ptn_diag *reterr;
};

static struct ptn_view_ask ask_of(const struct page *page)
{
    return (
        struct ptn_view_ask){ .view = page->view, .arena = page->arena, .reterr = page->reterr };
}

/* Room for one kind's rows; NULL with the failure in status. */
static void *room(struct page *page, struct ptn_status *status, size_t size)
{
    void *at = ptn_arena_take(page->arena, size * page->room);

    if (at == NULL)
        *status = ptn_fail(PTN_C_NO_MEMORY, page->reterr, 0, "the answer does not fit its arena");
    return at;
}

static struct ptn_status take_person(struct page *page)
{
    struct ptn_view_ask ask = ask_of(page);
    const struct ptn_sql_value key =
        ptn_sql_blob(ptn_bytes_of(page->own.key.at, sizeof(page->own.key.at)));

    ptn_view_ask_start(&ask, PTN_SQL_GET_PERSON, "b", &key, 1);
    if (ptn_view_ask_next(&ask))
        ptn_view_ask_person(&ask, 0, &page->own.person);
    else
        ptn_view_ask_fail(&ask, PTN_C_NOT_FOUND, "nobody has this key");
    ptn_view_ask_end(page->view);
    page->history.person = page->own.person;
    return ask.status;
}

static void turn_to(struct page *page, const struct ptn_view_identity *identity)
{
    const struct ptn_person *person = &identity->person;

    page->by_document = person->document.number.len > 0;
    page->key = ptn_sql_blob(ptn_bytes_of(identity->key.at, sizeof(identity->key.at)));
    page->number = ptn_sql_text(person->document.number);
    page->issuer = ptn_sql_text(ptn_bytes_from_text(person->document.issuer));
    page->birth = ptn_sql_number(ptn_view_day_number(person->birth));
}

static struct ptn_status take_crossings(struct page *page)
{
    struct ptn_view_ask ask = ask_of(page);
    struct ptn_view_history *history = &page->history;
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
    history->crossing_count += ptn_view_take_crossings(
        &ask, page->crossings + history->crossing_count, PTN_VIEW_HISTORY_MAX + 1, &seen);
    history->more = history->more || seen > PTN_VIEW_HISTORY_MAX;
    return ask.status;
}

static struct ptn_status take_decisions(struct page *page)
{
    struct ptn_view_ask ask = ask_of(page);
    struct ptn_view_decision *rows = page->decisions + page->history.decision_count;
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
    page->history.decision_count += count;
    return ask.status;
}

static struct ptn_status take_cases(struct page *page)
{
    struct ptn_view_ask ask = ask_of(page);
    struct ptn_view_case_step *rows = page->cases + page->history.case_count;
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
    page->history.case_count += count;
    return ask.status;
}

static struct ptn_status take_permits(struct page *page)
{
    struct ptn_view_ask ask = ask_of(page);
    struct ptn_view_permit *rows = page->permits + page->history.permit_count;
    const struct ptn_sql_value limit = ptn_sql_number(PTN_VIEW_HISTORY_MAX + 1);
    const struct ptn_sql_value by_document[] = { page->number, page->issuer, page->birth, limit };
    const struct ptn_sql_value by_key[] = { page->key, limit };

    page->history.permit_count +=
        ptn_view_take_permits(&ask, page->by_document, page->by_document ? by_document : by_key,
                              rows, PTN_VIEW_HISTORY_MAX + 1);
    return ask.status;
}

static struct ptn_status take_accesses(struct page *page, const struct ptn_person *person)
{
    struct ptn_view_ask ask = ask_of(page);
    struct ptn_view_access *rows = page->accesses + page->history.access_count;
    uint8_t subject[PTN_VIEW_KEY_LEN];
    struct ptn_sql_value values[5] = {
        { 0 }, page->number, page->issuer, page->birth, ptn_sql_number(PTN_VIEW_HISTORY_MAX + 1)
    };
    size_t count = 0;

    values[0].type = PTN_SQL_BLOB;
    ask.status = ptn_view_subject(page->view, person, subject, &values[0].bytes, page->reterr);
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
    page->history.access_count += count;
    return ask.status;
}

/* ---- several identities' rows as one page's ---- */

/* What every row but a permit's begins with. */
struct placed {
    const char *origin;
    uint64_t seq;
};

static int by_time(const void *a, const void *b, void *time_at)
{
    const size_t offset = *(const size_t *)time_at;
    struct placed first, second;
    int64_t first_ms, second_ms;

    memcpy(&first, a, sizeof(first));
    memcpy(&second, b, sizeof(second));
    memcpy(&first_ms, (const uint8_t *)a + offset, sizeof(first_ms));
    memcpy(&second_ms, (const uint8_t *)b + offset, sizeof(second_ms));
    if (first_ms != second_ms)
        return first_ms > second_ms ? -1 : 1;
    if (first.seq != second.seq)
        return first.seq > second.seq ? -1 : 1;
    return strcmp(first.origin, second.origin);
}

/* The latest first, each once; at most a page of them. time_at: where a row says when. */
static void settle(struct page *page, void *rows, size_t *count, size_t size, size_t time_at)
{
    uint8_t *at = rows;
    size_t kept = 0;

    if (page->history.identity_count > 1) {
        qsort_r(rows, *count, size, by_time, &time_at);
        for (size_t i = 0; i < *count; i++) /* a case of two of them was found twice */
            if (kept == 0 || by_time(at + (kept - 1) * size, at + i * size, &time_at) != 0)
                memmove(at + kept++ * size, at + i * size, size);
        *count = kept;
    }
    if (*count > PTN_VIEW_HISTORY_MAX) {
        page->history.more = true;
        *count = PTN_VIEW_HISTORY_MAX;
    }
}

static void settle_all(struct page *page)
{
    struct ptn_view_history *history = &page->history;

    settle(page, page->crossings, &history->crossing_count, sizeof(*page->crossings),
           offsetof(struct ptn_view_crossing, crossing) + offsetof(struct ptn_crossing, time_ms));
    settle(page, page->decisions, &history->decision_count, sizeof(*page->decisions),
           offsetof(struct ptn_view_decision, time_ms));
    settle(page, page->cases, &history->case_count, sizeof(*page->cases),
           offsetof(struct ptn_view_case_step, time_ms));
    settle(page, page->accesses, &history->access_count, sizeof(*page->accesses),
           offsetof(struct ptn_view_access, time_ms));
    settle(page, page->corrections, &history->correction_count, sizeof(*page->corrections),
           offsetof(struct ptn_view_correction, correction) +
               offsetof(struct ptn_correction, time_ms));
    if (history->permit_count > PTN_VIEW_HISTORY_MAX) {
        history->more = true;
        history->permit_count = PTN_VIEW_HISTORY_MAX;
    }
    history->crossings = page->crossings;
    history->decisions = page->decisions;
    history->cases = page->cases;
    history->permits = page->permits;
    history->accesses = page->accesses;
    history->corrections = page->corrections;
}

/* Everything of every identity. crossings_only: the rest is not asked for. */
static struct ptn_status take_rows(struct page *page, bool crossings_only)
{
    struct ptn_status status = PTN_OK;

    page->room = page->history.identity_count * (PTN_VIEW_HISTORY_MAX + 1);
    page->crossings = room(page, &status, sizeof(*page->crossings));
    if (!crossings_only) {
        page->decisions = room(page, &status, sizeof(*page->decisions));
        page->cases = room(page, &status, sizeof(*page->cases));
        page->permits = room(page, &status, sizeof(*page->permits));
        page->accesses = room(page, &status, sizeof(*page->accesses));
        page->corrections =
            ptn_arena_take(page->arena, PTN_VIEW_CORRECTION_MAX * sizeof(*page->corrections));
        if (page->corrections == NULL)
            status =
                ptn_fail(PTN_C_NO_MEMORY, page->reterr, 0, "the answer does not fit its arena");
    }
    for (size_t i = 0; i < page->history.identity_count && ptn_ok(status); i++) {
        turn_to(page, &page->history.identities[i]);
        status = take_crossings(page);
        if (crossings_only)
            continue;
        if (ptn_ok(status))
            status = take_decisions(page);
        if (ptn_ok(status))
            status = take_cases(page);
        if (ptn_ok(status))
            status = take_permits(page);
        if (ptn_ok(status))
            status = take_accesses(page, &page->history.identities[i].person);
        if (ptn_ok(status))
            status =
                ptn_view_take_corrections(page->view, page->arena, &page->history.identities[i],
                                          &page->history, page->corrections, page->reterr);
    }
    return status;
}

/* ---- days of stay ---- */

/* A crossing as it counts. */
struct counted {
    struct ptn_date date;
    bool entry, exempt;
    int64_t time_ms, at;
};

static int by_day(const void *a, const void *b)
{
    const struct counted *first = a;
    const struct counted *second = b;
    int order = ptn_date_compare(first->date, second->date);

    if (order != 0)
        return order;
    if (first->time_ms != second->time_ms)
        return first->time_ms < second->time_ms ? -1 : 1;
    return first->at < second->at ? -1 : first->at > second->at;
}

/* A page's days while they are counted. */
struct counting {
    const struct ptn_view_history *history;
    const struct ptn_correction **chosen; /* of each crossing; NULL: as it was recorded */
    struct counted *sorted;
    struct ptn_stay_event *events;
    struct ptn_stay_limit limit;
    struct ptn_date on;
    struct ptn_diag *reterr;
};

static struct counted counted_as(const struct ptn_view_crossing *row,
                                 const struct ptn_correction *correction)
{
    const struct ptn_crossing *crossing = &row->crossing;
    struct counted counted = { .date = crossing->date,
                               .entry = crossing->direction == PTN_DIRECTION_ENTRY,
                               .exempt = crossing->exempt,
                               .time_ms = crossing->time_ms,
                               .at = row->at };

    if (correction != NULL && correction->direction != 0)
        counted.entry = correction->direction == PTN_DIRECTION_ENTRY;
    if (correction != NULL && !ptn_date_is_none(correction->date))
        counted.date = correction->date;
    return counted;
}

/* The crossings that count, by day, as the events of stays; whoever was sent to the second line has
 * not crossed by that. A zeroed stay when there are none. */
static struct ptn_status count_once(struct counting *counting, struct ptn_stay *ret_stay)
{
    const struct ptn_view_history *history = counting->history;
    struct ptn_stay_history stays = { .known = true, .events = counting->events };
    struct counted *sorted = counting->sorted;
    size_t count = 0;

    *ret_stay = (struct ptn_stay){ .known = false };
    for (size_t i = 0; i < history->crossing_count; i++) {
        const enum ptn_outcome outcome = history->crossings[i].crossing.outcome;
        const struct counted counted = counted_as(&history->crossings[i], counting->chosen[i]);

        if (outcome != PTN_OUTCOME_REFERRED && outcome != PTN_OUTCOME_REFUSED &&
            ptn_date_compare(counted.date, counting->on) <= 0)
            sorted[count++] = counted;
    }
    if (count == 0)
        return PTN_OK;
    qsort(sorted, count, sizeof(*sorted), by_day);
    for (size_t i = 0; i < count; i++)
        counting->events[i] = (struct ptn_stay_event){
            sorted[i].date, sorted[i].entry ? PTN_STAY_ENTRY : PTN_STAY_EXIT, sorted[i].exempt
        };
    stays.event_count = count;
    return ptn_stays_count(&stays, counting->limit,
                           sorted[count - 1].entry ? PTN_STAY_EXIT : PTN_STAY_ENTRY, counting->on,
                           ret_stay, counting->reterr);
}

/* Whether the second has a reason fewer than the first; none at all has none. */
static bool is_milder(const struct ptn_stay *before, const struct ptn_stay *after)
{
    if (!before->known || !after->known)
        return before->known;
    return after->used < before->used || after->left > before->left ||
           (before->inside && !after->inside) || after->over_days < before->over_days ||
           (before->inside && ptn_date_compare(after->leave_by, before->leave_by) > 0);
}

/* CORRECT-1: in the order in which they were made, each of two people counts, and each of one only
 * where the count is no milder by it than it was. */
static struct ptn_status correct(struct counting *counting, struct ptn_stay *stay)
{
    const struct ptn_view_history *history = counting->history;
    struct ptn_status status = PTN_OK;

    for (size_t i = history->correction_count; i-- > 0 && ptn_ok(status);) { /* the latest first */
        const struct ptn_correction *correction = &history->corrections[i].correction;

        for (size_t k = 0; k < history->crossing_count && ptn_ok(status); k++) {
            const struct ptn_correction *before = counting->chosen[k];
            struct ptn_stay after;

            if (!ptn_record_id_equal(history->crossings[k].crossing.id, correction->of))
                continue;
            counting->chosen[k] = correction;
            status = count_once(counting, &after);
            if (ptn_ok(status) && correction->second.len == 0 && is_milder(stay, &after))
                counting->chosen[k] = before;
            else if (ptn_ok(status))
                *stay = after;
        }
    }
    return status;
}

static struct ptn_status count_stays(struct page *page, struct ptn_stay_limit limit,
                                     struct ptn_date on)
{
    struct ptn_view_history *history = &page->history;
    const size_t room_for = history->crossing_count + 1;
    struct counting counting = {
        .history = history,
        .chosen = ptn_arena_take(page->arena, room_for * sizeof(const struct ptn_correction *)),
        .sorted = ptn_arena_take(page->arena, room_for * sizeof(*counting.sorted)),
        .events = ptn_arena_take(page->arena, room_for * sizeof(*counting.events)),
        .limit = limit,
        .on = on,
        .reterr = page->reterr,
    };
    struct ptn_stay recorded;
    struct ptn_status status;

    if (counting.chosen == NULL || counting.sorted == NULL || counting.events == NULL)
        return ptn_fail(PTN_C_NO_MEMORY, page->reterr, 0, "the answer does not fit its arena");
    if (history->more) /* what lies further back could be of the stays that count */
        return PTN_OK;
    memset(counting.chosen, 0, room_for * sizeof(const struct ptn_correction *));
    status = count_once(&counting, &recorded);
    if (!ptn_ok(status))
        return status;
    history->stay = recorded;
    status = correct(&counting, &history->stay);
    history->stay_known = ptn_ok(status) && history->stay.known;
    history->stay_corrected = ptn_ok(status) && (is_milder(&recorded, &history->stay) ||
                                                 is_milder(&history->stay, &recorded));
    return status;
}

static struct ptn_status begin_page(struct page *page, const struct ptn_view_key *key)
{
    struct ptn_status status;

    page->own.key = *key;
    status = take_person(page);
    return ptn_ok(status) ? ptn_view_take_identities(page->view, page->arena, &page->own,
                                                     &page->history, page->reterr)
                          : status;
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
    status = ptn_view_read_begin(view, reterr);
    if (!ptn_ok(status))
        return status;
    status = begin_page(&page, key);
    if (ptn_ok(status))
        status = take_rows(&page, false);
    if (ptn_ok(status)) {
        settle_all(&page);
        status = ptn_view_take_company(view, arena, &page.history, reterr);
    }
    ptn_view_read_end(view);
    if (ptn_ok(status))
        status = count_stays(&page, limit, on);
    if (ptn_ok(status))
        *ret_history = page.history;
    return status;
}

/* ---- two pages as one ---- */

/* Whether one page is a part of the other already. */
static bool is_part(const struct page *page, const struct ptn_view_identity *identity)
{
    for (size_t i = 0; i < page->history.identity_count; i++)
        if (ptn_view_identity_order(&page->history.identities[i], identity) == 0)
            return true;
    return false;
}

/* Both pages' crossings as one page's. They are of different documents: none is there twice. */
static struct ptn_status bring_together(const struct page pages[2], struct page *both)
{
    const size_t count = pages[0].history.crossing_count + pages[1].history.crossing_count;
    struct ptn_view_crossing *rows =
        ptn_arena_take(both->arena, (count + 1) * sizeof(*both->crossings));

    if (rows == NULL)
        return ptn_fail(PTN_C_NO_MEMORY, both->reterr, 0, "the answer does not fit its arena");
    for (size_t i = 0; i < count; i++)
        rows[i] = i < pages[0].history.crossing_count
                      ? pages[0].crossings[i]
                      : pages[1].crossings[i - pages[0].history.crossing_count];
    both->history.crossings = rows;
    both->history.crossing_count = count;
    both->history.more = pages[0].history.more || pages[1].history.more;
    return PTN_OK;
}

/* Whether together they have a reason fewer than this one alone. */
static bool lessens(const struct ptn_view_history *alone, const struct ptn_view_history *both)
{
    if (alone->more || both->more)
        return true; /* not known is not none */
    if (!alone->stay_known)
        return false; /* nothing was crossed: there is nothing to lose */
    return is_milder(&alone->stay, &both->stay);
}

struct ptn_status ptn_view_weigh(struct ptn_view *view, const struct ptn_view_key *one,
                                 const struct ptn_view_key *other, struct ptn_stay_limit limit,
                                 struct ptn_date on, struct ptn_arena *arena,
                                 struct ptn_view_weighed *ret_weighed, struct ptn_diag *reterr)
{
    const struct ptn_view_key *const keys[] = { one, other };
    struct page pages[3];
    struct ptn_status status;

    if (!ptn_date_is_full(on) || !ptn_date_is_possible(on))
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "the day asked for is not a full date");
    for (size_t i = 0; i < 3; i++)
        pages[i] = (struct page){ .view = view, .arena = arena, .reterr = reterr };
    status = ptn_view_read_begin(view, reterr);
    if (!ptn_ok(status))
        return status;
    for (size_t i = 0; i < 2 && ptn_ok(status); i++) {
        status = begin_page(&pages[i], keys[i]);
        if (ptn_ok(status))
            status = take_rows(&pages[i], true);
        pages[i].history.crossings = pages[i].crossings;
        pages[i].history.more = pages[i].history.more || pages[i].history.more_identities;
    }
    ptn_view_read_end(view);
    if (ptn_ok(status))
        status = bring_together(pages, &pages[2]);
    for (size_t i = 0; i < 3 && ptn_ok(status); i++)
        status = count_stays(&pages[i], limit, on);
    if (!ptn_ok(status))
        return status;
    *ret_weighed = (struct ptn_view_weighed){
        .one = pages[0].own.person,
        .other = pages[1].own.person,
        .same = is_part(&pages[0], &pages[1].own),
        .lessens = lessens(&pages[0].history, &pages[2].history) ||
                   lessens(&pages[1].history, &pages[2].history),
        .one_stay = pages[0].history.stay,
        .other_stay = pages[1].history.stay,
        .both = pages[2].history.stay,
    };
    return PTN_OK;
}
