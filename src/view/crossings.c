#include <assert.h>

#include "view/search_int.h"

#define LAST "\xf4\x8f\xbf\xbf" /* U+10FFFF: above all that is text */

/* As the statements find_… give them. */
enum column {
    AT,
    WRITTEN,
    RUNG,
    ID,
    ADVICE,
    ADVISED,
    TIME,
    DATE,
    DIRECTION,
    OUTCOME,
    REFERRAL,
    REASON,
    POST,
    LANE,
    OFFICER,
    SUPERVISOR,
    PLATE,
    EXEMPT,
    PERSON,
    CBOR,
    VOYAGE,
    IMPORTED,
    TRIP,
    BOOKING,
    COLUMN_COUNT,
};

static_assert(sizeof(PTN_VIEW_CROSSING_TYPES) - 1 == COLUMN_COUNT, "a letter a column");

void ptn_view_take_crossing(struct ptn_view_ask *ask, struct ptn_view_crossing *row)
{
    struct ptn_crossing *crossing = &row->crossing;

    row->at = ask->row[AT].number;
    row->origin = ptn_view_ask_place(ask, AT, &row->seq);
    row->written_ms = ask->row[WRITTEN].number;
    row->rung = (enum ptn_rung)ptn_view_ask_enum(ask, RUNG, 0, PTN_RUNG_COUNT);
    row->person = ptn_view_ask_key(ask, PERSON);
    crossing->id = ptn_view_ask_id(ask, ID);
    crossing->advice = ptn_view_ask_id(ask, ADVICE);
    crossing->advised = (enum ptn_verdict)ptn_view_ask_enum(ask, ADVISED, 0, PTN_VERDICT_COUNT);
    crossing->time_ms = ask->row[TIME].number;
    crossing->date = ptn_view_ask_date(ask, DATE);
    crossing->direction =
        (enum ptn_direction)ptn_view_ask_enum(ask, DIRECTION, 1, PTN_DIRECTION_COUNT);
    crossing->outcome = (enum ptn_outcome)ptn_view_ask_enum(ask, OUTCOME, 1, PTN_OUTCOME_COUNT);
    crossing->referral =
        (enum ptn_referral_kind)ptn_view_ask_enum(ask, REFERRAL, 0, PTN_REFERRAL_COUNT);
    crossing->reason = ptn_view_ask_text(ask, REASON);
    crossing->post = ptn_view_ask_text(ask, POST);
    crossing->lane = ptn_view_ask_text(ask, LANE);
    crossing->officer = ptn_view_ask_text(ask, OFFICER);
    crossing->supervisor = ptn_view_ask_text(ask, SUPERVISOR);
    crossing->plate = ptn_view_ask_text(ask, PLATE);
    crossing->exempt = ptn_view_ask_enum(ask, EXEMPT, 0, 2) != 0;
    crossing->imported = ptn_view_ask_text(ask, IMPORTED);
    ptn_view_ask_person(ask, CBOR, &crossing->person);
    crossing->voyage = ptn_view_ask_text(ask, VOYAGE);
    crossing->trip = ptn_view_ask_id(ask, TRIP);
    crossing->booking = ptn_view_ask_text(ask, BOOKING);
}

/* The same record from two ledgers: a post that lost its disk, and its former ledger turned up. */
static bool is_there(const struct ptn_view_crossing *rows, size_t count,
                     const struct ptn_view_crossing *row)
{
    for (size_t i = count; i > 0 && rows[i - 1].crossing.time_ms == row->crossing.time_ms; i--)
        if (ptn_record_id_equal(rows[i - 1].crossing.id, row->crossing.id))
            return true;
    return false;
}

size_t ptn_view_take_crossings(struct ptn_view_ask *ask, struct ptn_view_crossing *ret_rows,
                               size_t max, size_t *ret_seen)
{
    size_t count = 0;

    *ret_seen = 0;
    while (*ret_seen < max && ptn_view_ask_next(ask)) {
        struct ptn_view_crossing row = { 0 };

        (*ret_seen)++;
        ptn_view_take_crossing(ask, &row);
        if (ptn_ok(ask->status) && !is_there(ret_rows, count, &row))
            ret_rows[count++] = row;
    }
    ask->view->sql->engine->end(ask->view->sql);
    return count;
}

static struct ptn_status check(const struct ptn_view_question *question, struct ptn_diag *reterr)
{
    if (question->count < 1 || question->count > PTN_VIEW_PAGE_MAX)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "count is out of range");
    if (question->number.len > 0 && question->plate.len > 0)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "a document or a plate, not both");
    if (question->voyage.len > 0 && (question->number.len > 0 || question->plate.len > 0))
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "a voyage, a document or a plate");
    if (question->issuer.len > 0 && question->number.len == 0)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "an issuer needs a document's number");
    return PTN_OK;
}

/* Where the page begins: before this time and, at the same time, before this place. */
static void page_of(const struct ptn_view_question *question, struct ptn_sql_value values[3])
{
    int64_t time = question->to_ms > 0 ? question->to_ms : INT64_MAX;
    int64_t at = 0; /* nothing stands at place 0: up to the time, without it */

    if (question->before_ms > 0 && question->before_ms < time) {
        time = question->before_ms;
        at = question->before_at;
    }
    values[0] = ptn_sql_number(time);
    values[1] = ptn_sql_number(at);
    values[2] = ptn_sql_number(question->from_ms);
}

/* The beginning of the keys that are meant, and a character above all that can follow: an end of
 * the range whose beginning is the same without that character. Empty: none is meant. */
static struct ptn_status voyage_range(struct ptn_bytes voyage, struct ptn_buffer *out)
{
    struct ptn_status status;

    ptn_buffer_clear(out);
    status = ptn_view_voyage_key(voyage, out);
    if (!ptn_ok(status) || out->len == 0)
        return status;
    if (memchr(out->at, ' ', out->len) == NULL) /* a flight or ship alone: all its days */
        status = ptn_buffer_add_u8(out, ' ');
    return ptn_ok(status) ? ptn_buffer_add_text(out, LAST) : status;
}

static void start(struct ptn_view_ask *ask, const struct ptn_view_question *question,
                  struct ptn_bytes plate_key, const struct ptn_buffer *voyage_key)
{
    struct ptn_sql_value values[7];
    const struct ptn_sql_value limit = ptn_sql_number((int64_t)question->count + 1);

    page_of(question, values);
    values[3] = ptn_sql_text(question->post);
    if (question->number.len > 0) {
        values[4] = ptn_sql_text(question->number);
        values[5] = ptn_sql_text(question->issuer);
        values[6] = limit;
        ptn_view_ask_start(ask, PTN_SQL_FIND_DOCUMENT, PTN_VIEW_CROSSING_TYPES, values, 7);
    } else if (question->plate.len > 0) {
        values[4] = ptn_sql_text(plate_key);
        values[5] = limit;
        ptn_view_ask_start(ask, PTN_SQL_FIND_PLATE, PTN_VIEW_CROSSING_TYPES, values, 6);
    } else if (voyage_key->len > 0) {
        struct ptn_bytes from = ptn_buffer_bytes(voyage_key);

        values[4] = ptn_sql_text(ptn_bytes_slice(from, 0, from.len - strlen(LAST)));
        values[5] = ptn_sql_text(from);
        values[6] = limit;
        ptn_view_ask_start(ask, PTN_SQL_FIND_VOYAGE, PTN_VIEW_CROSSING_TYPES, values, 7);
    } else if (question->post.len > 0) {
        values[4] = limit;
        ptn_view_ask_start(ask, PTN_SQL_FIND_POST, PTN_VIEW_CROSSING_TYPES, values, 5);
    } else {
        values[3] = limit;
        ptn_view_ask_start(ask, PTN_SQL_FIND_TIME, PTN_VIEW_CROSSING_TYPES, values, 4);
    }
}

struct ptn_status ptn_view_crossings(struct ptn_view *view,
                                     const struct ptn_view_question *question,
                                     struct ptn_arena *arena,
                                     const struct ptn_view_crossing **ret_rows, size_t *ret_count,
                                     bool *ret_more, struct ptn_diag *reterr)
{
    struct ptn_view_ask ask = { .view = view, .arena = arena, .reterr = reterr };
    struct ptn_view_crossing *rows;
    size_t count;
    size_t seen = 0;

    ask.status = check(question, reterr);
    if (!ptn_ok(ask.status))
        return ask.status;
    rows = ptn_arena_take(arena, (question->count + 1) * sizeof(*rows));
    if (rows == NULL)
        return ptn_fail(PTN_C_NO_MEMORY, reterr, 0, "the answer does not fit its arena");
    ptn_buffer_clear(&view->text);
    ask.status = ptn_view_plate_key(question->plate, &view->text);
    if (ptn_ok(ask.status))
        ask.status = voyage_range(question->voyage, &view->voyage);
    if (ptn_ok(ask.status))
        ask.status = ptn_view_read_begin(view, reterr);
    if (!ptn_ok(ask.status))
        return ask.status;
    start(&ask, question, ptn_buffer_bytes(&view->text), &view->voyage);
    count = ptn_view_take_crossings(&ask, rows, question->count + 1, &seen);
    ptn_view_read_end(view);
    if (!ptn_ok(ask.status))
        return ask.status;
    *ret_more = seen > question->count;
    *ret_count = count > question->count ? question->count : count;
    *ret_rows = rows;
    return PTN_OK;
}

struct ptn_status ptn_view_stretch(struct ptn_view *view, const struct ptn_view_stretch *stretch,
                                   struct ptn_arena *arena,
                                   const struct ptn_view_crossing **ret_rows, size_t *ret_count,
                                   bool *ret_more, struct ptn_diag *reterr)
{
    struct ptn_view_ask ask = { .view = view, .arena = arena, .reterr = reterr };
    const struct ptn_view_origin *origin;
    struct ptn_view_crossing *rows;
    size_t count = 0;
    size_t seen = 0;

    if (stretch->count < 1 || stretch->count > PTN_VIEW_PAGE_MAX ||
        stretch->end > PTN_VIEW_ENTRIES_MAX)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "count is out of range");
    rows = ptn_arena_take(arena, (stretch->count + 1) * sizeof(*rows));
    if (rows == NULL)
        return ptn_fail(PTN_C_NO_MEMORY, reterr, 0, "the answer does not fit its arena");
    ask.status = ptn_view_read_begin(view, reterr);
    if (!ptn_ok(ask.status))
        return ask.status;
    origin = ptn_view_origin_find(view, stretch->origin);
    if (origin != NULL && stretch->from < stretch->end) {
        const struct ptn_sql_value values[] = {
            ptn_sql_number(ptn_view_at(origin->no, stretch->from)),
            ptn_sql_number(ptn_view_at(origin->no, stretch->end)),
            ptn_sql_number(stretch->from_ms),
            ptn_sql_number((int64_t)stretch->count + 1),
        };

        ptn_view_ask_start(&ask, PTN_SQL_FIND_STRETCH, PTN_VIEW_CROSSING_TYPES, values, 4);
        count = ptn_view_take_crossings(&ask, rows, stretch->count + 1, &seen);
    }
    ptn_view_read_end(view);
    if (!ptn_ok(ask.status))
        return ask.status;
    *ret_more = seen > stretch->count;
    *ret_rows = rows;
    *ret_count = count > stretch->count ? stretch->count : count;
    return PTN_OK;
}
