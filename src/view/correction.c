/*
 * view/correction.c -- what somebody said is wrong of a crossing, and what is right. The crossing's
 * own row stays as it was recorded; nobody is found by name because of a correction.
 */
#include "view/search_int.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define TYPES        "nbnbttttnnbb"

/* What a page is found by: the document, else the description word for word. */
static struct ptn_status subject_of(struct ptn_view *view, const struct ptn_person *person,
                                    struct ptn_bytes cbor, uint8_t at[PTN_VIEW_KEY_LEN],
                                    struct ptn_bytes *ret_subject, struct ptn_diag *reterr)
{
    struct ptn_status status;

    if (person->document.number.len > 0)
        return ptn_view_subject(view, person, at, ret_subject, reterr);
    status = ptn_view_key_of(view, &cbor, 1, at, reterr);
    if (ptn_ok(status))
        *ret_subject = ptn_bytes_of(at, PTN_VIEW_KEY_LEN);
    return status;
}

/* Both descriptions one after another in the view's buffer; the second may be nobody. */
static struct ptn_status write_both(struct ptn_view *view, const struct ptn_correction *correction,
                                    struct ptn_bytes cbor[2])
{
    const bool both = !ptn_person_is_none(&correction->right);
    size_t len;
    struct ptn_status status;

    ptn_buffer_clear(&view->person);
    status = ptn_person_write(&correction->person, &view->person);
    len = view->person.len;
    if (ptn_ok(status) && both)
        status = ptn_person_write(&correction->right, &view->person);
    cbor[0] = ptn_bytes_slice(ptn_buffer_bytes(&view->person), 0, len);
    cbor[1] = both ? ptn_bytes_slice(ptn_buffer_bytes(&view->person), len, view->person.len)
                   : PTN_BYTES_NONE;
    return status;
}

struct ptn_status ptn_view_put_correction(struct ptn_view *view, int64_t at, int64_t tag,
                                          const struct ptn_view_entry *entry,
                                          struct ptn_diag *reterr)
{
    const struct ptn_ledger_header *header = entry->header;
    struct ptn_correction correction;
    struct ptn_bytes cbor[2] = { PTN_BYTES_NONE, PTN_BYTES_NONE };
    struct ptn_bytes one = PTN_BYTES_NONE;
    struct ptn_bytes other = PTN_BYTES_NONE;
    uint8_t one_at[PTN_VIEW_KEY_LEN], other_at[PTN_VIEW_KEY_LEN];
    struct ptn_status status = ptn_correction_parse(entry->payload, &correction, reterr);

    if (ptn_ok(status))
        status = write_both(view, &correction, cbor);
    if (ptn_ok(status))
        status = subject_of(view, &correction.person, cbor[0], one_at, &one, reterr);
    if (ptn_ok(status) && cbor[1].len > 0)
        status = subject_of(view, &correction.right, cbor[1], other_at, &other, reterr);
    if (ptn_ok(status)) {
        const struct ptn_sql_value values[] = {
            PTN_VIEW_ENTRY_VALUES(at, tag, header),
            ptn_view_id_value(&correction.id),
            ptn_sql_number(correction.time_ms),
            ptn_view_id_value(&correction.of),
            ptn_sql_text(correction.post),
            ptn_sql_text(correction.officer),
            ptn_sql_text(correction.second),
            ptn_sql_text(correction.reason),
            ptn_sql_number(correction.direction),
            ptn_sql_number(ptn_view_day_number(correction.date)),
            ptn_sql_blob(one),
            ptn_sql_blob(other),
            ptn_sql_blob(cbor[0]),
            ptn_sql_blob(cbor[1]),
        };

        status = ptn_view_put(view, PTN_SQL_PUT_CORRECTION, values, COUNT(values), NULL, reterr);
    }
    return status;
}

/* ---- asking ---- */

static void take(struct ptn_view_ask *ask, struct ptn_view_correction *row)
{
    struct ptn_correction *correction = &row->correction;

    *row = (struct ptn_view_correction){ .seq = 0 };
    row->origin = ptn_view_ask_place(ask, 0, &row->seq);
    correction->id = ptn_view_ask_id(ask, 1);
    correction->time_ms = ask->row[2].number;
    correction->of = ptn_view_ask_id(ask, 3);
    correction->post = ptn_view_ask_text(ask, 4);
    correction->officer = ptn_view_ask_text(ask, 5);
    correction->second = ptn_view_ask_text(ask, 6);
    correction->reason = ptn_view_ask_text(ask, 7);
    correction->direction = (enum ptn_direction)ptn_view_ask_enum(ask, 8, 0, PTN_DIRECTION_COUNT);
    correction->date = ptn_view_ask_date(ask, 9);
    ptn_view_ask_person(ask, 10, &correction->person);
    if (ask->row[11].bytes.len > 0)
        ptn_view_ask_person(ask, 11, &correction->right);
}

/* One record stands there once, however many ledgers hold it. */
static bool is_there(const struct ptn_view_correction *rows, size_t count,
                     const struct ptn_view_correction *row)
{
    for (size_t i = 0; i < count; i++)
        if (ptn_record_id_equal(rows[i].correction.id, row->correction.id))
            return true;
    return false;
}

struct ptn_status ptn_view_take_corrections(struct ptn_view *view, struct ptn_arena *arena,
                                            const struct ptn_view_identity *whose,
                                            struct ptn_view_history *history,
                                            struct ptn_view_correction *rows,
                                            struct ptn_diag *reterr)
{
    struct ptn_view_ask ask = { .view = view, .arena = arena, .reterr = reterr };
    struct ptn_view_key subject = whose->key;
    struct ptn_sql_value values[2];
    struct ptn_bytes named;

    if (whose->person.document.number.len > 0)
        ask.status = ptn_view_subject(view, &whose->person, subject.at, &named, reterr);
    values[0] = ptn_sql_blob(ptn_bytes_of(subject.at, sizeof(subject.at)));
    values[1] = ptn_sql_number(PTN_VIEW_CORRECTION_MAX + 1);
    ptn_view_ask_start(&ask, PTN_SQL_FIND_CORRECTIONS, TYPES, values, 2);
    while (ptn_view_ask_next(&ask)) {
        struct ptn_view_correction row;

        take(&ask, &row);
        if (!ptn_ok(ask.status) || is_there(rows, history->correction_count, &row))
            continue;
        if (history->correction_count == PTN_VIEW_CORRECTION_MAX)
            history->more = true;
        else
            rows[history->correction_count++] = row;
    }
    ptn_view_ask_end(view);
    return ask.status;
}
