/*
 * view/looks.c -- looks of many ledgers, without whom they were at.
 */
#include "view/looks.h"

#include <stdlib.h>

#include "view/search_int.h"

#define PAGE        500
#define PAGE_MEMORY ((size_t)8 << 20) /* a row has at most three words, a note and a document */
#define DAY_MS      INT64_C(86400000)

/* As @find_looks gives them. */
enum column {
    AT,
    TIME,
    PURPOSE,
    SHOWN,
    RECORD,
    SUBJECT,
    OFFICER,
    POST,
    LANE,
    REASON,
    NUMBER,
    ISSUER,
    BIRTH
};
#define TYPES "nnnnbbttttttn"

/* Ids of advice, open addressing; an id is random, so its first bytes are its hash. */
struct ids {
    struct ptn_record_id *at;
    size_t room; /* a power of two; 0: none yet */
    size_t count;
};

struct row {
    struct ptn_view_look look;
    struct ptn_record_id record;
};

struct walk {
    struct ptn_view *view;
    struct ptn_arena *arena;
    struct row *rows; /* of a page */
    size_t count;
    struct ids answered;
    int64_t from_ms;
    size_t left; /* looks of this ledger */
    struct ptn_diag *reterr;
};

/* ---- advice that is answered ---- */

static size_t slot_of(const struct ids *ids, const struct ptn_record_id *id)
{
    uint64_t hash;
    size_t at;

    memcpy(&hash, id->at, sizeof(hash));
    at = (size_t)hash & (ids->room - 1);
    while (!ptn_record_id_is_none(ids->at[at]) && !ptn_record_id_equal(ids->at[at], *id))
        at = (at + 1) & (ids->room - 1);
    return at;
}

static bool has(const struct ids *ids, const struct ptn_record_id *id)
{
    return ids->room > 0 && !ptn_record_id_is_none(ids->at[slot_of(ids, id)]);
}

static bool grow(struct ids *ids)
{
    struct ids wider = { .room = ids->room == 0 ? 4096 : ids->room * 2, .count = ids->count };

    wider.at = calloc(wider.room, sizeof(*wider.at));
    if (wider.at == NULL)
        return false;
    for (size_t i = 0; i < ids->room; i++)
        if (!ptn_record_id_is_none(ids->at[i]))
            wider.at[slot_of(&wider, &ids->at[i])] = ids->at[i];
    free(ids->at);
    *ids = wider;
    return true;
}

static bool put(struct ids *ids, const struct ptn_record_id *id)
{
    size_t at;

    if ((ids->count + 1) * 2 > ids->room && !grow(ids))
        return false;
    at = slot_of(ids, id);
    if (ptn_record_id_is_none(ids->at[at])) {
        ids->at[at] = *id;
        ids->count++;
    }
    return true;
}

static struct ptn_status learn_answers(struct walk *walk, int64_t from, int64_t end)
{
    struct ptn_view_ask ask = { .view = walk->view, .arena = walk->arena, .reterr = walk->reterr };
    const struct ptn_sql_value values[] = { ptn_sql_number(from), ptn_sql_number(end) };

    if (from >= end)
        return PTN_OK;
    ptn_view_ask_start(&ask, PTN_SQL_FIND_ANSWERS, "b", values, 2);
    while (ptn_view_ask_next(&ask)) {
        const struct ptn_record_id id = ptn_view_ask_id(&ask, 0);

        if (!put(&walk->answered, &id))
            ptn_view_ask_fail(&ask, PTN_C_NO_MEMORY, "no memory for what crossings answer");
    }
    ptn_view_ask_end(walk->view);
    return ask.status;
}

/* ---- one row ---- */

/* Whom: as the record says itself, or as the advice does that it names. */
static void take_whom(struct ptn_view_ask *ask, struct ptn_view_look *look)
{
    const struct ptn_bytes subject = ask->row[SUBJECT].bytes;
    struct ptn_person person = { .birth = ptn_view_ask_date(ask, BIRTH),
                                 .document = { .number = ptn_view_ask_text(ask, NUMBER) } };
    const struct ptn_bytes issuer = ask->row[ISSUER].bytes;
    struct ptn_bytes found = PTN_BYTES_NONE;
    uint8_t at[PTN_VIEW_KEY_LEN];

    if (subject.len == sizeof(look->whom)) {
        memcpy(look->whom, subject.at, sizeof(look->whom));
        look->of_one = true;
        return;
    }
    if (issuer.len > 0 && issuer.len < sizeof(person.document.issuer))
        memcpy(person.document.issuer, issuer.at, issuer.len);
    if (!ptn_ok(ptn_view_subject(ask->view, &person, at, &found, NULL)) || found.len == 0)
        return;
    memcpy(look->whom, at, sizeof(look->whom));
    look->of_one = true;
}

/* AUDIT-1: what was searched for stands from the second line on. */
static struct ptn_bytes own_words(struct ptn_bytes reason)
{
    const uint8_t *end = reason.len == 0 ? NULL : memchr(reason.at, '\n', reason.len);

    return end == NULL ? reason : ptn_bytes_slice(reason, 0, (size_t)(end - reason.at));
}

static void take_row(struct ptn_view_ask *ask, struct row *row)
{
    struct ptn_view_look *look = &row->look;

    *row = (struct row){ .look = { .at = ask->row[AT].number } };
    look->origin = ptn_view_ask_place(ask, AT, &look->seq);
    look->time_ms = ask->row[TIME].number;
    look->purpose = (enum ptn_purpose)ptn_view_ask_enum(ask, PURPOSE, 1, PTN_PURPOSE_COUNT);
    look->shown = (uint64_t)ask->row[SHOWN].number;
    row->record = ptn_view_ask_id(ask, RECORD);
    look->officer = ptn_view_ask_text(ask, OFFICER);
    look->post = ptn_view_ask_text(ask, POST);
    look->lane = ptn_view_ask_text(ask, LANE);
    look->reason = own_words(ptn_view_ask_text(ask, REASON));
    look->first_line =
        look->purpose == PTN_PURPOSE_FIRST_LINE && !ptn_record_id_is_none(row->record);
    take_whom(ask, look);
}

/* Rows before that place, the latest first, into walk->rows. */
static struct ptn_status take_page(struct walk *walk, int64_t from, int64_t end, int64_t max)
{
    struct ptn_view_ask ask = { .view = walk->view, .arena = walk->arena, .reterr = walk->reterr };
    const struct ptn_sql_value values[] = { ptn_sql_number(from), ptn_sql_number(end),
                                            ptn_sql_number(max) };

    ptn_arena_clear(walk->arena);
    walk->count = 0;
    ptn_view_ask_start(&ask, PTN_SQL_FIND_LOOKS, TYPES, values, 3);
    while (walk->count < PAGE && ptn_view_ask_next(&ask))
        take_row(&ask, &walk->rows[walk->count++]);
    ptn_view_ask_end(walk->view);
    return ask.status;
}

/* ---- all of them ---- */

/* *ret_since_ms: when the earliest look was that was still told, where some were left out. */
static struct ptn_status walk_ledger(struct walk *walk, const struct ptn_view_origin *origin,
                                     ptn_view_look_fn take, void *context, int64_t *since_ms)
{
    const int64_t first = ptn_view_at(origin->no, 0);
    int64_t end = ptn_view_at(origin->no, origin->next);
    int64_t known = end; /* what is answered is known from there on */
    bool over = false;
    struct ptn_status status = PTN_OK;

    walk->answered.count = 0;
    if (walk->answered.room > 0)
        memset(walk->answered.at, 0, walk->answered.room * sizeof(*walk->answered.at));
    while (ptn_ok(status) && !over) {
        status = take_page(walk, first, end, PAGE);
        over = walk->count < PAGE;
        if (!ptn_ok(status) || walk->count == 0)
            break;
        end = walk->rows[walk->count - 1].look.at;
        status = learn_answers(walk, end, known);
        known = end;
        for (size_t i = 0; ptn_ok(status) && i < walk->count && walk->left > 0; i++) {
            struct ptn_view_look *look = &walk->rows[i].look;

            over = over || look->time_ms < walk->from_ms - DAY_MS;
            if (look->time_ms < walk->from_ms)
                continue;
            look->answered = look->first_line && has(&walk->answered, &walk->rows[i].record);
            status = take(context, look);
            if (--walk->left == 0 && *since_ms < look->time_ms)
                *since_ms = look->time_ms;
        }
        over = over || walk->left == 0;
    }
    return status;
}

static struct ptn_status begin(struct walk *walk)
{
    walk->arena = ptn_arena_new(PAGE_MEMORY);
    walk->rows = calloc(PAGE, sizeof(*walk->rows));
    if (walk->arena == NULL || walk->rows == NULL)
        return ptn_fail(PTN_C_NO_MEMORY, walk->reterr, 0, "no memory for a page of looks");
    return ptn_view_read_begin(walk->view, walk->reterr);
}

static void release(struct walk *walk)
{
    ptn_arena_free(walk->arena);
    free(walk->rows);
    free(walk->answered.at);
}

struct ptn_status ptn_view_looks(struct ptn_view *view, int64_t from_ms, ptn_view_look_fn take,
                                 void *context, int64_t *ret_since_ms, struct ptn_diag *reterr)
{
    struct walk walk = { .view = view, .from_ms = from_ms, .reterr = reterr };
    int64_t since_ms = from_ms;
    struct ptn_status status = begin(&walk);

    if (ptn_ok(status)) {
        for (size_t i = 0; ptn_ok(status) && i < view->origin_count; i++) {
            walk.left = PTN_VIEW_LOOKS_MAX / view->origin_count;
            status = walk_ledger(&walk, &view->origins[i], take, context, &since_ms);
        }
        ptn_view_read_end(view);
    }
    release(&walk);
    if (ptn_ok(status))
        *ret_since_ms = since_ms;
    return status;
}

struct ptn_status ptn_view_looks_at(struct ptn_view *view, const int64_t *places, size_t count,
                                    ptn_view_look_fn take, void *context, struct ptn_diag *reterr)
{
    struct walk walk = { .view = view, .reterr = reterr };
    struct ptn_status status = begin(&walk);

    if (ptn_ok(status)) {
        for (size_t i = 0; ptn_ok(status) && i < count; i++) {
            status = take_page(&walk, places[i], places[i] + 1, 1);
            if (ptn_ok(status) && walk.count > 0)
                status = take(context, &walk.rows[0].look);
        }
        ptn_view_read_end(view);
    }
    release(&walk);
    return status;
}
