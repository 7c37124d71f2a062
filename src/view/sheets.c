/*
 * view/sheets.c -- numbered sheets: packs that were made, sheets keyed, and what became of others.
 */
#include "record/crossing.h"
#include "view/search_int.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* What the three kinds of records have in common. */
struct row {
    struct ptn_record_id id, crossing;
    uint64_t pack, first, count;
    enum ptn_view_sheet_state state;
    enum ptn_keying turn; /* 0: not keyed */
    int64_t time_ms, said_ms;
    enum ptn_direction direction;
    enum ptn_outcome outcome;
    struct ptn_bytes post, officer, second;
    struct ptn_person person; /* none: nobody, or not settled */
};

static struct ptn_status read_pack(struct ptn_bytes payload, struct row *row,
                                   struct ptn_diag *reterr)
{
    struct ptn_pack pack;
    struct ptn_status status = ptn_pack_parse(payload, &pack, reterr);

    if (!ptn_ok(status))
        return status;
    *row = (struct row){ .id = pack.id,
                         .pack = pack.number,
                         .first = 1,
                         .count = pack.sheets,
                         .state = PTN_VIEW_SHEET_PRINTED,
                         .time_ms = pack.time_ms,
                         .post = pack.post,
                         .officer = pack.officer };
    return PTN_OK;
}

static struct ptn_status read_sheet(struct ptn_bytes payload, struct row *row,
                                    struct ptn_diag *reterr)
{
    struct ptn_sheet sheet;
    struct ptn_status status = ptn_sheet_parse(payload, &sheet, reterr);

    if (!ptn_ok(status))
        return status;
    *row = (struct row){ .id = sheet.id,
                         .crossing = sheet.crossing,
                         .pack = sheet.pack,
                         .first = sheet.number,
                         .count = 1,
                         .state = PTN_VIEW_SHEET_KEYED,
                         .turn = sheet.turn,
                         .time_ms = sheet.keyed_ms,
                         .said_ms = sheet.time_ms,
                         .direction = sheet.direction,
                         .outcome = sheet.outcome,
                         .post = sheet.post,
                         .officer = sheet.keyed_by };
    if (!ptn_record_id_is_none(sheet.crossing))
        row->person = sheet.person;
    return PTN_OK;
}

static struct ptn_status read_told(struct ptn_bytes payload, struct row *row,
                                   struct ptn_diag *reterr)
{
    struct ptn_sheets_told told;
    struct ptn_status status = ptn_sheets_told_parse(payload, &told, reterr);

    if (!ptn_ok(status))
        return status;
    *row = (struct row){ .id = told.id,
                         .pack = told.pack,
                         .first = told.first,
                         .count = told.count,
                         .state = (enum ptn_view_sheet_state)told.state,
                         .time_ms = told.time_ms,
                         .post = told.post,
                         .officer = told.officer,
                         .second = told.second };
    return PTN_OK;
}

struct ptn_status ptn_view_put_sheet(struct ptn_view *view, int64_t at, int64_t tag,
                                     const struct ptn_view_entry *entry, struct ptn_diag *reterr)
{
    const struct ptn_ledger_header *header = entry->header;
    uint8_t key[PTN_VIEW_KEY_LEN];
    struct ptn_bytes person = PTN_BYTES_NONE;
    struct row row = { 0 };
    struct ptn_status status =
        header->kind == PTN_RECORD_PACK    ? read_pack(entry->payload, &row, reterr)
        : header->kind == PTN_RECORD_SHEET ? read_sheet(entry->payload, &row, reterr)
                                           : read_told(entry->payload, &row, reterr);

    if (ptn_ok(status))
        status = ptn_view_put_person(view, &row.person, key, &person, reterr);
    if (ptn_ok(status)) {
        const struct ptn_sql_value values[] = {
            PTN_VIEW_ENTRY_VALUES(at, tag, header),
            ptn_view_id_value(&row.id),
            ptn_sql_number((int64_t)row.pack),
            ptn_sql_number((int64_t)row.first),
            ptn_sql_number((int64_t)row.count),
            ptn_sql_number(row.state),
            ptn_sql_number(row.turn),
            ptn_sql_number(row.time_ms),
            ptn_sql_number(row.said_ms),
            ptn_sql_number(row.direction),
            ptn_sql_number(row.outcome),
            ptn_sql_text(row.post),
            ptn_sql_text(row.officer),
            ptn_sql_text(row.second),
            ptn_view_id_value(&row.crossing),
            ptn_sql_blob(person),
        };

        status = ptn_view_put(view, PTN_SQL_PUT_SHEET, values, COUNT(values), NULL, reterr);
    }
    return status;
}

/* ---- asking ---- */

static void take(struct ptn_view_ask *ask, struct ptn_view_sheet *row)
{
    *row = (struct ptn_view_sheet){ .pack = (uint64_t)ask->row[1].number,
                                    .first = (uint64_t)ask->row[2].number,
                                    .count = (uint64_t)ask->row[3].number,
                                    .time_ms = ask->row[5].number,
                                    .said_ms = ask->row[6].number };
    row->origin = ptn_view_ask_place(ask, 0, &row->seq);
    row->state =
        (enum ptn_view_sheet_state)ptn_view_ask_enum(ask, 4, 0, PTN_VIEW_SHEET_STATE_COUNT);
    row->direction = (enum ptn_direction)ptn_view_ask_enum(ask, 7, 0, PTN_DIRECTION_COUNT);
    row->outcome = (enum ptn_outcome)ptn_view_ask_enum(ask, 8, 0, PTN_OUTCOME_COUNT);
    row->post = ptn_view_ask_text(ask, 9);
    row->officer = ptn_view_ask_text(ask, 10);
    row->second = ptn_view_ask_text(ask, 11);
    row->settled = ask->row[12].bytes.len > 0;
    if (!row->settled)
        return;
    row->key = ptn_view_ask_key(ask, 12);
    ptn_view_ask_person(ask, 13, &row->person);
}

struct ptn_status ptn_view_sheets(struct ptn_view *view, uint64_t pack, uint64_t number,
                                  struct ptn_bytes post, size_t max, struct ptn_arena *arena,
                                  const struct ptn_view_sheet **ret_rows, size_t *ret_count,
                                  struct ptn_diag *reterr)
{
    struct ptn_view_ask ask = { .view = view, .arena = arena, .reterr = reterr };
    const struct ptn_sql_value values[] = {
        ptn_sql_number((int64_t)(pack & INT32_MAX)),
        ptn_sql_number((int64_t)(number & INT32_MAX)),
        ptn_sql_text(post),
        ptn_sql_number((int64_t)max),
    };
    struct ptn_view_sheet *rows;
    size_t count = 0;

    if (max < 1 || max > PTN_VIEW_PAGE_MAX)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "count is out of range");
    rows = ptn_arena_take(arena, max * sizeof(*rows));
    if (rows == NULL)
        return ptn_fail(PTN_C_NO_MEMORY, reterr, 0, "the answer does not fit its arena");
    ask.status = ptn_view_read_begin(view, reterr);
    if (!ptn_ok(ask.status))
        return ask.status;
    ptn_view_ask_start(&ask, PTN_SQL_FIND_SHEET, "nnnnnnnnntttbb", values, COUNT(values));
    while (count < max && ptn_view_ask_next(&ask))
        take(&ask, &rows[count++]);
    ptn_view_ask_end(view);
    ptn_view_read_end(view);
    if (!ptn_ok(ask.status))
        return ask.status;
    *ret_rows = rows;
    *ret_count = count;
    return PTN_OK;
}
