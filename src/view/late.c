/*
 * view/late.c -- matches that were missed, of all posts: their rows, and how each one's case
 * stands.
 */
#include "record/again.h"
#include "view/search_int.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct ptn_status ptn_view_put_late(struct ptn_view *view, int64_t at, int64_t tag,
                                    const struct ptn_view_entry *entry, struct ptn_diag *reterr)
{
    const struct ptn_ledger_header *header = entry->header;
    struct ptn_screened_again late;
    uint8_t key[PTN_VIEW_KEY_LEN];
    struct ptn_bytes person = PTN_BYTES_NONE;
    struct ptn_status status = ptn_screened_again_parse(entry->payload, &late, reterr);

    if (ptn_ok(status))
        status = ptn_view_put_person(view, &late.person, key, &person, reterr);
    if (ptn_ok(status)) {
        const struct ptn_sql_value values[] = {
            PTN_VIEW_ENTRY_VALUES(at, tag, header),
            ptn_view_id_value(&late.id),
            ptn_view_id_value(&late.crossing),
            ptn_sql_number(late.time_ms),
            ptn_sql_number(late.crossed_ms),
            ptn_sql_number(late.rung),
            ptn_sql_number(late.direction),
            ptn_sql_number((int64_t)late.score),
            ptn_sql_number(late.published_ms),
            ptn_sql_number(late.then ? 1 : 0),
            ptn_sql_number(late.discreet ? 1 : 0),
            ptn_sql_text(late.post),
            ptn_sql_text(late.list),
            ptn_sql_text(late.entry),
            ptn_sql_text(late.action),
            ptn_sql_blob(person),
        };

        status = ptn_view_put(view, PTN_SQL_PUT_LATE, values, COUNT(values), NULL, reterr);
    }
    return status;
}

/* ---- asking ---- */

static void take(struct ptn_view_ask *ask, struct ptn_view_late *row)
{
    *row = (struct ptn_view_late){ .at = ask->row[0].number };
    row->origin = ptn_view_ask_place(ask, 0, &row->seq);
    row->found.id = ptn_view_ask_id(ask, 1);
    row->found.crossing = ptn_view_ask_id(ask, 2);
    row->found.time_ms = ask->row[3].number;
    row->found.crossed_ms = ask->row[4].number;
    row->found.rung = (enum ptn_rung)ptn_view_ask_enum(ask, 5, 0, PTN_RUNG_COUNT);
    row->found.direction = (enum ptn_direction)ptn_view_ask_enum(ask, 6, 0, PTN_DIRECTION_COUNT);
    row->found.score = (uint64_t)ask->row[7].number;
    row->found.published_ms = ask->row[8].number;
    row->found.then = ask->row[9].number != 0;
    row->found.discreet = ask->row[10].number != 0;
    row->found.post = ptn_view_ask_text(ask, 11);
    row->found.list = ptn_view_ask_text(ask, 12);
    row->found.entry = ptn_view_ask_text(ask, 13);
    row->found.action = ptn_view_ask_text(ask, 14);
    row->key = ptn_view_ask_key(ask, 15);
    if (ask->row[16].bytes.len > 0)
        ptn_view_ask_person(ask, 16, &row->found.person);
    row->case_steps = (uint64_t)ask->row[17].number;
    row->outcome = (enum ptn_case_outcome)ptn_view_ask_enum(ask, 18, 0, PTN_CASE_OUTCOME_COUNT);
}

/* A record that two ledgers hold is given once a page. */
static bool is_there(const struct ptn_view_late *rows, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (ptn_record_id_equal(rows[i].found.id, rows[count].found.id))
            return true;
    return false;
}

struct ptn_status ptn_view_late(struct ptn_view *view, const struct ptn_view_late_ask *asked,
                                struct ptn_arena *arena, const struct ptn_view_late **ret_rows,
                                size_t *ret_count, bool *ret_more, struct ptn_diag *reterr)
{
    struct ptn_view_ask ask = { .view = view, .arena = arena, .reterr = reterr };
    const struct ptn_sql_value values[] = {
        ptn_sql_number(asked->before_ms == 0 ? INT64_MAX : asked->before_ms),
        ptn_sql_number(asked->before_at),
        ptn_sql_text(asked->post),
        ptn_sql_number(asked->discreet ? 1 : 0),
        ptn_sql_number((int64_t)asked->count + 1),
    };
    struct ptn_view_late *rows;
    size_t count = 0;
    bool more = false;

    if (asked->count < 1 || asked->count > PTN_VIEW_PAGE_MAX)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "count is out of range");
    rows = ptn_arena_take(arena, (asked->count + 1) * sizeof(*rows));
    if (rows == NULL)
        return ptn_fail(PTN_C_NO_MEMORY, reterr, 0, "the answer does not fit its arena");
    ask.status = ptn_view_read_begin(view, reterr);
    if (!ptn_ok(ask.status))
        return ask.status;
    ptn_view_ask_start(&ask, PTN_SQL_FIND_LATE, "nbbnnnnnnnnttttbbnn", values, COUNT(values));
    while (!more && ptn_view_ask_next(&ask)) {
        more = count == asked->count;
        take(&ask, &rows[count]);
        count += more || is_there(rows, count) ? 0 : 1;
    }
    ptn_view_ask_end(view);
    ptn_view_read_end(view);
    if (!ptn_ok(ask.status))
        return ask.status;
    *ret_rows = rows;
    *ret_count = count;
    *ret_more = more;
    return PTN_OK;
}

struct ptn_status ptn_view_late_standing(struct ptn_view *view, bool discreet,
                                         struct ptn_view_late_standing *ret_standing,
                                         struct ptn_diag *reterr)
{
    const struct ptn_sql_value values[] = { ptn_sql_number(discreet ? 1 : 0) };
    struct ptn_view_ask ask = { .view = view, .reterr = reterr };

    ask.status = ptn_view_read_begin(view, reterr);
    if (!ptn_ok(ask.status))
        return ask.status;
    ptn_view_ask_start(&ask, PTN_SQL_COUNT_LATE, "nnnn", values, COUNT(values));
    if (ptn_view_ask_next(&ask))
        *ret_standing =
            (struct ptn_view_late_standing){ .found = (uint64_t)ask.row[0].number,
                                             .open = (uint64_t)ask.row[1].number,
                                             .newest_ms = ask.row[2].number,
                                             .case_steps = (uint64_t)ask.row[3].number };
    ptn_view_ask_end(view);
    ptn_view_read_end(view);
    return ask.status;
}
