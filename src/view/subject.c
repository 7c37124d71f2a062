/*
 * view/subject.c -- what may be told to a person, row by row. SUBJECT-1: what may not is kept out
 * by what is asked of the tables, not by what is left out afterwards.
 */
#include "view/subject.h"

#include "view/search_int.h"

#define ROW_MEMORY ((size_t)256 << 10) /* the texts of one row are under 20 KiB */
#define PAGE       200

/* One person's rows while they are taken. */
struct taking {
    struct ptn_view *view;
    const struct ptn_view_teller *teller;
    struct ptn_arena *arena;
    struct ptn_sql_value number, issuer, birth;
    struct ptn_bytes subject; /* as accesses name them */
    int64_t before_ms, before_at;
    struct ptn_record_id last; /* of the crossing before, and when it was */
    int64_t last_ms;
    struct ptn_diag *reterr;
};

/* One kind of rows: how a page of it is asked for, and what is done with each. */
struct kind {
    void (*start)(struct taking *taking, struct ptn_view_ask *ask);
    struct ptn_status (*row)(struct taking *taking, struct ptn_view_ask *ask);
};

/* Page after page, the latest first; a row's columns live until the next one. */
static struct ptn_status take_kind(struct taking *taking, const struct kind *kind)
{
    size_t count = PAGE;
    struct ptn_status status = PTN_OK;

    taking->before_ms = INT64_MAX;
    taking->before_at = INT64_MAX;
    while (ptn_ok(status) && count == PAGE) {
        struct ptn_view_ask ask = { .view = taking->view,
                                    .arena = taking->arena,
                                    .reterr = taking->reterr };

        count = 0;
        kind->start(taking, &ask);
        while (ptn_ok(status) && ptn_view_ask_next(&ask)) {
            ptn_arena_clear(taking->arena);
            count++;
            status = kind->row(taking, &ask);
        }
        ptn_view_ask_end(taking->view);
        if (ptn_ok(status))
            status = ask.status;
    }
    return status;
}

/* ---- crossings ---- */

static void start_crossings(struct taking *taking, struct ptn_view_ask *ask)
{
    const struct ptn_sql_value values[] = { ptn_sql_number(taking->before_ms),
                                            ptn_sql_number(taking->before_at),
                                            ptn_sql_number(0),
                                            taking->number,
                                            taking->issuer,
                                            taking->birth,
                                            ptn_sql_number(PAGE) };

    ptn_view_ask_start(ask, PTN_SQL_FIND_SUBJECT, PTN_VIEW_CROSSING_TYPES, values, 7);
}

static struct ptn_status take_crossing(struct taking *taking, struct ptn_view_ask *ask)
{
    struct ptn_view_crossing row = { 0 };
    bool again;

    ptn_view_take_crossing(ask, &row);
    if (!ptn_ok(ask->status))
        return ask->status;
    again = row.crossing.time_ms == taking->last_ms &&
            ptn_record_id_equal(row.crossing.id, taking->last);
    taking->before_ms = row.crossing.time_ms;
    taking->before_at = row.at;
    taking->last_ms = row.crossing.time_ms;
    taking->last = row.crossing.id;
    return again ? PTN_OK : taking->teller->crossing(taking->teller->context, &row);
}

/* ---- how cases ended ---- */

static void start_ends(struct taking *taking, struct ptn_view_ask *ask)
{
    const struct ptn_sql_value values[] = { taking->number,
                                            taking->issuer,
                                            taking->birth,
                                            ptn_sql_number(taking->before_ms),
                                            ptn_sql_number(taking->before_at),
                                            ptn_sql_number(PAGE) };

    ptn_view_ask_start(ask, PTN_SQL_SUBJECT_ENDS, "nntnt", values, 6);
}

static struct ptn_status take_end(struct taking *taking, struct ptn_view_ask *ask)
{
    struct ptn_view_case_step row = { .act = PTN_CASE_ENDED };

    taking->before_at = ask->row[0].number;
    row.origin = ptn_view_ask_place(ask, 0, &row.seq);
    row.time_ms = ask->row[1].number;
    row.ground = ptn_view_ask_text(ask, 2);
    row.outcome = (enum ptn_case_outcome)ptn_view_ask_enum(ask, 3, 1, PTN_CASE_OUTCOME_COUNT);
    row.post = ptn_view_ask_text(ask, 4);
    taking->before_ms = row.time_ms;
    return ptn_ok(ask->status) ? taking->teller->ended(taking->teller->context, &row) : ask->status;
}

/* ---- visas and permits ---- */

static struct ptn_status take_permits(struct taking *taking)
{
    const struct ptn_sql_value values[] = { taking->number, taking->issuer, taking->birth,
                                            ptn_sql_number(INT64_MAX) };
    struct ptn_view_ask ask = { .view = taking->view,
                                .arena = taking->arena,
                                .reterr = taking->reterr };
    struct ptn_status status = PTN_OK;

    ptn_view_start_permits(&ask, true, values);
    while (ptn_ok(status) && ptn_view_ask_next(&ask)) {
        struct ptn_view_permit row;

        ptn_arena_clear(taking->arena);
        ptn_view_take_permit(&ask, &row);
        status =
            ptn_ok(ask.status) ? taking->teller->permit(taking->teller->context, &row) : PTN_OK;
    }
    ptn_view_ask_end(taking->view);
    return ptn_ok(status) ? ask.status : status;
}

/* ---- looks ---- */

static void start_looks(struct taking *taking, struct ptn_view_ask *ask)
{
    const struct ptn_sql_value values[] = { taking->number,
                                            taking->issuer,
                                            taking->birth,
                                            ptn_sql_blob(taking->subject),
                                            ptn_sql_number(taking->before_ms),
                                            ptn_sql_number(taking->before_at),
                                            ptn_sql_number(PAGE) };

    ptn_view_ask_start(ask, PTN_SQL_SUBJECT_LOOKS, "nnnttt", values, 7);
}

static struct ptn_status take_look(struct taking *taking, struct ptn_view_ask *ask)
{
    struct ptn_view_access row = { .shown = 1 };

    taking->before_at = ask->row[0].number;
    row.origin = ptn_view_ask_place(ask, 0, &row.seq);
    row.time_ms = ask->row[1].number;
    row.purpose = (enum ptn_purpose)ptn_view_ask_enum(ask, 2, 1, PTN_PURPOSE_COUNT);
    row.officer = ptn_view_ask_text(ask, 3);
    row.post = ptn_view_ask_text(ask, 4);
    row.lane = ptn_view_ask_text(ask, 5);
    taking->before_ms = row.time_ms;
    return ptn_ok(ask->status) ? taking->teller->look(taking->teller->context, &row) : ask->status;
}

/* ---- all of it ---- */

static struct ptn_status take_all(struct taking *taking)
{
    static const struct kind crossings = { start_crossings, take_crossing };
    static const struct kind ends = { start_ends, take_end };
    static const struct kind looks = { start_looks, take_look };
    struct ptn_status status = take_kind(taking, &crossings);

    if (ptn_ok(status))
        status = take_kind(taking, &ends);
    if (ptn_ok(status))
        status = take_permits(taking);
    return ptn_ok(status) ? take_kind(taking, &looks) : status;
}

static struct ptn_status name_subject(struct taking *taking,
                                      const struct ptn_view_document *document,
                                      uint8_t at[PTN_VIEW_KEY_LEN])
{
    struct ptn_person person = { .birth = document->birth,
                                 .document = { .number = document->number } };

    if (document->number.len == 0 || document->issuer.len == 0 ||
        document->issuer.len >= sizeof(person.document.issuer) ||
        !ptn_date_is_full(document->birth))
        return ptn_fail(PTN_C_BAD_INPUT, taking->reterr, 0,
                        "a document's issuer and number and a full date of birth are needed");
    memcpy(person.document.issuer, document->issuer.at, document->issuer.len);
    return ptn_view_subject(taking->view, &person, at, &taking->subject, taking->reterr);
}

struct ptn_status ptn_view_tell(struct ptn_view *view, const struct ptn_view_document *document,
                                const struct ptn_view_teller *teller, struct ptn_diag *reterr)
{
    struct taking taking = {
        .view = view,
        .teller = teller,
        .number = ptn_sql_text(document->number),
        .issuer = ptn_sql_text(document->issuer),
        .birth = ptn_sql_number(ptn_view_day_number(document->birth)),
        .reterr = reterr,
    };
    uint8_t at[PTN_VIEW_KEY_LEN];
    struct ptn_status status = name_subject(&taking, document, at);

    if (!ptn_ok(status))
        return status;
    taking.arena = ptn_arena_new(ROW_MEMORY);
    if (taking.arena == NULL)
        return ptn_fail(PTN_C_NO_MEMORY, reterr, 0, "no memory for a row");
    status = ptn_view_read_begin(view, reterr);
    if (ptn_ok(status)) {
        status = take_all(&taking);
        ptn_view_read_end(view);
    }
    ptn_arena_free(taking.arena);
    return status;
}
