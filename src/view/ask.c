/*
 * view/ask.c -- rows from the engine into an arena, every value checked before it is used.
 */
#include <assert.h>

#include "view/search_int.h"

void ptn_view_ask_fail(struct ptn_view_ask *ask, enum ptn_code code, const char *text)
{
    if (ptn_ok(ask->status))
        ask->status = ptn_fail(code, ask->reterr, 0, text);
}

void ptn_view_ask_start(struct ptn_view_ask *ask, enum ptn_sql_statement which, const char *types,
                        const struct ptn_sql_value *values, size_t count)
{
    struct ptn_sql *sql = ask->view->sql;

    if (!ptn_ok(ask->status))
        return;
    ask->column_count = strlen(types);
    PTN_PRE(ask->column_count <= PTN_SQL_VALUES_MAX);
    for (size_t i = 0; i < ask->column_count; i++)
        ask->row[i] = (struct ptn_sql_value){ .type = types[i] == 'n'   ? PTN_SQL_NUMBER
                                                      : types[i] == 'b' ? PTN_SQL_BLOB
                                                                        : PTN_SQL_TEXT };
    ask->status = sql->engine->ask(sql, which, values, count, ask->reterr);
    if (!ptn_ok(ask->status))
        sql->engine->end(sql);
}

bool ptn_view_ask_next(struct ptn_view_ask *ask)
{
    struct ptn_sql *sql = ask->view->sql;
    bool row = false;

    if (ptn_ok(ask->status))
        ask->status = sql->engine->next(sql, ask->row, ask->column_count, &row, ask->reterr);
    if (!ptn_ok(ask->status) || !row)
        sql->engine->end(sql);
    return ptn_ok(ask->status) && row;
}

struct ptn_bytes ptn_view_ask_text(struct ptn_view_ask *ask, size_t column)
{
    struct ptn_bytes bytes = ask->row[column].bytes;
    const char *copy;

    if (bytes.len == 0)
        return PTN_BYTES_NONE;
    copy = ptn_arena_text(ask->arena, bytes);
    if (copy == NULL) {
        ptn_view_ask_fail(ask, PTN_C_NO_MEMORY, "the answer does not fit its arena");
        return PTN_BYTES_NONE;
    }
    return ptn_bytes_of(copy, bytes.len);
}

struct ptn_record_id ptn_view_ask_id(struct ptn_view_ask *ask, size_t column)
{
    struct ptn_bytes bytes = ask->row[column].bytes;
    struct ptn_record_id id = { { 0 } };

    if (bytes.len == sizeof(id.at))
        memcpy(id.at, bytes.at, sizeof(id.at));
    else if (bytes.len != 0)
        ptn_view_ask_fail(ask, PTN_C_CORRUPT, "the view holds an id that is none");
    return id;
}

struct ptn_view_key ptn_view_ask_key(struct ptn_view_ask *ask, size_t column)
{
    struct ptn_record_id id = ptn_view_ask_id(ask, column);
    struct ptn_view_key key;

    static_assert(sizeof(id.at) == sizeof(key.at), "keys and ids are of one size");
    memcpy(key.at, id.at, sizeof(key.at));
    return key;
}

struct ptn_date ptn_view_ask_date(struct ptn_view_ask *ask, size_t column)
{
    int64_t number = ask->row[column].number;
    struct ptn_date date = PTN_DATE_NONE;

    if (number >= 0 && number <= 99999999)
        date = (struct ptn_date){ (uint16_t)(number / 10000), (uint8_t)(number / 100 % 100),
                                  (uint8_t)(number % 100) };
    if (number < 0 || number > 99999999 || !ptn_date_is_possible(date))
        ptn_view_ask_fail(ask, PTN_C_CORRUPT, "the view holds a date that is none");
    return date;
}

unsigned ptn_view_ask_enum(struct ptn_view_ask *ask, size_t column, unsigned least, unsigned count)
{
    int64_t number = ask->row[column].number;

    if (number >= (int64_t)least && number < (int64_t)count)
        return (unsigned)number;
    ptn_view_ask_fail(ask, PTN_C_CORRUPT, "the view holds a number that means nothing");
    return least;
}

const char *ptn_view_ask_place(struct ptn_view_ask *ask, size_t column, uint64_t *ret_seq)
{
    int64_t at = ask->row[column].number;
    int64_t no = at >> PTN_VIEW_SEQ_BITS;

    *ret_seq = (uint64_t)at & (PTN_VIEW_ENTRIES_MAX - 1);
    if (no >= 1 && no <= (int64_t)ask->view->origin_count) {
        const char *origin = ask->view->origins[no - 1].origin;
        const char *copy = ptn_arena_text(ask->arena, ptn_bytes_from_text(origin));

        if (copy == NULL)
            ptn_view_ask_fail(ask, PTN_C_NO_MEMORY, "the answer does not fit its arena");
        return copy == NULL ? "" : copy;
    }
    ptn_view_ask_fail(ask, PTN_C_CORRUPT, "the view lacks a ledger a row is of");
    return "";
}

void ptn_view_ask_person(struct ptn_view_ask *ask, size_t column, struct ptn_person *ret_person)
{
    struct ptn_cbor_reader reader = ptn_cbor_reader_at(ptn_view_ask_text(ask, column));

    *ret_person = (struct ptn_person){ 0 };
    if (ptn_ok(ask->status) && !ptn_ok(ptn_person_parse(&reader, ret_person, NULL)))
        ptn_view_ask_fail(ask, PTN_C_CORRUPT, "the view holds a person that is none");
}

struct ptn_status ptn_view_read_begin(struct ptn_view *view, struct ptn_diag *reterr)
{
    struct ptn_status status;

    PTN_PRE(!view->in_transaction);
    status = view->sql->engine->begin(view->sql, false, reterr);
    if (!ptn_ok(status))
        return status;
    status = ptn_view_origins_load(view, reterr);
    if (!ptn_ok(status))
        ptn_view_read_end(view);
    return status;
}

void ptn_view_read_end(struct ptn_view *view)
{
    view->sql->engine->rollback(view->sql);
}
