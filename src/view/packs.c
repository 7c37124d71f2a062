/*
 * view/packs.c -- what has become of every sheet of every pack, as the post that made it would
 * count (paper/reconcile.h): each row is taken in the order of its ledger, and one that cannot
 * follow what is known changes nothing. PAPER-7.
 */
#include <stdlib.h>
#include <string.h>

#include "record/crossing.h"
#include "view/search_int.h"

#define PACKS_MAX ((size_t)1 << 20)

static const char *const words[PTN_VIEW_PACK_STATE_COUNT] = {
    [PTN_VIEW_PACK_MISSING] = "missing", [PTN_VIEW_PACK_KEYED_ONCE] = "keyed-once",
    [PTN_VIEW_PACK_DIFFERS] = "differs", [PTN_VIEW_PACK_SETTLED] = "settled",
    [PTN_VIEW_PACK_SPOILED] = "spoiled", [PTN_VIEW_PACK_UNUSED] = "unused",
    [PTN_VIEW_PACK_LOST] = "lost",
};

const char *ptn_view_pack_word(enum ptn_view_pack_state state)
{
    return words[state];
}

bool ptn_view_pack_closed(const struct ptn_view_pack *pack)
{
    return pack->counts[PTN_VIEW_PACK_MISSING] + pack->counts[PTN_VIEW_PACK_KEYED_ONCE] +
               pack->counts[PTN_VIEW_PACK_DIFFERS] ==
           0;
}

void ptn_view_pack_write(const struct ptn_view_pack *pack, struct ptn_json *json)
{
    char made[PTN_INSTANT_TEXT_SIZE];

    ptn_json_field_text(json, "ledger", ptn_bytes_from_text(pack->origin));
    ptn_json_field_number(json, "entry", (int64_t)pack->seq);
    ptn_json_field_number(json, "pack", (int64_t)pack->number);
    ptn_json_field_text(json, "post", pack->post);
    if (pack->made_ms != 0)
        ptn_json_field_text(json, "made",
                            ptn_bytes_from_text(ptn_instant_write(pack->made_ms, made)));
    ptn_json_field_number(json, "issued", (int64_t)pack->issued);
    for (size_t i = 0; i < PTN_VIEW_PACK_STATE_COUNT; i++)
        ptn_json_field_number(json, words[i], (int64_t)pack->counts[i]);
    ptn_json_field_number(json, "shut", (int64_t)pack->shut);
    ptn_json_field_bool(json, "accounted", ptn_view_pack_closed(pack));
}

/* All packs while they are counted; the one at hand is the last. */
struct counting {
    struct ptn_view_pack *packs; /* Owned */
    size_t count, room;
    uint8_t states[PTN_PACK_SHEETS_MAX]; /* of the pack at hand */
    uint64_t highest;                    /* sheet that a row of it names */
    struct ptn_view_ask ask;
};

/* The ledger of the row at hand, as the view keeps its name, and the index in it; NULL: damaged. */
static const char *place_of(struct ptn_view_ask *ask, uint64_t *ret_seq)
{
    const int64_t at = ask->row[0].number;
    const int64_t no = at >> PTN_VIEW_SEQ_BITS;

    *ret_seq = (uint64_t)at & (PTN_VIEW_ENTRIES_MAX - 1);
    if (no >= 1 && no <= (int64_t)ask->view->origin_count)
        return ask->view->origins[no - 1].origin;
    ptn_view_ask_fail(ask, PTN_C_CORRUPT, "the view lacks a ledger a row is of");
    return NULL;
}

static struct ptn_view_pack *at_hand(struct counting *counting)
{
    return counting->count == 0 ? NULL : &counting->packs[counting->count - 1];
}

/* The pack at hand has no further row. */
static void close_pack(struct counting *counting)
{
    struct ptn_view_pack *pack = at_hand(counting);

    if (pack == NULL)
        return;
    if (pack->issued == 0) /* its own record cannot be read: as many as others speak of */
        pack->issued = counting->highest;
    for (uint64_t i = 0; i < pack->issued; i++)
        pack->counts[counting->states[i]]++;
}

static bool begin_pack(struct counting *counting, const char *origin, uint64_t seq, uint64_t number)
{
    const struct ptn_view_pack *before = at_hand(counting);
    const struct ptn_bytes post = before != NULL ? before->post : PTN_BYTES_NONE;

    close_pack(counting);
    if (counting->count == counting->room) {
        size_t room = counting->room == 0 ? 64 : 2 * counting->room;
        struct ptn_view_pack *packs =
            room > PACKS_MAX ? NULL : realloc(counting->packs, room * sizeof(*packs));

        if (packs == NULL) {
            ptn_view_ask_fail(&counting->ask, PTN_C_NO_MEMORY, "no memory for so many packs");
            return false;
        }
        counting->packs = packs;
        counting->room = room;
    }
    counting->packs[counting->count++] = (struct ptn_view_pack){
        .origin = origin,
        .number = number,
        .seq = seq,
        /* that of the pack before, most often: then it is not kept again */
        .post = ptn_bytes_equal(post, counting->ask.row[8].bytes)
                    ? post
                    : ptn_view_ask_text(&counting->ask, 8),
    };
    memset(counting->states, PTN_VIEW_PACK_MISSING, sizeof(counting->states));
    counting->highest = 0;
    return ptn_ok(counting->ask.status);
}

static void take_keyed(uint8_t *state, enum ptn_keying turn, bool settles)
{
    if (*state == PTN_VIEW_PACK_SETTLED)
        return;
    if (settles)
        *state = PTN_VIEW_PACK_SETTLED;
    else if (turn == PTN_KEYING_FIRST &&
             (*state == PTN_VIEW_PACK_MISSING || *state == PTN_VIEW_PACK_LOST))
        *state = PTN_VIEW_PACK_KEYED_ONCE;
    else if (turn == PTN_KEYING_SECOND && *state == PTN_VIEW_PACK_KEYED_ONCE)
        *state = PTN_VIEW_PACK_DIFFERS;
}

/* All of the sheets or none, as ptn_paper_may_tell has it. */
static void take_told(uint8_t *states, uint64_t count, enum ptn_view_sheet_state told)
{
    const uint8_t state = told == PTN_VIEW_SHEET_SPOILED  ? PTN_VIEW_PACK_SPOILED
                          : told == PTN_VIEW_SHEET_UNUSED ? PTN_VIEW_PACK_UNUSED
                                                          : PTN_VIEW_PACK_LOST;

    for (uint64_t i = 0; i < count; i++)
        if (states[i] == PTN_VIEW_PACK_KEYED_ONCE || states[i] == PTN_VIEW_PACK_DIFFERS ||
            states[i] == PTN_VIEW_PACK_SETTLED ||
            (state == PTN_VIEW_PACK_LOST &&
             (states[i] == PTN_VIEW_PACK_SPOILED || states[i] == PTN_VIEW_PACK_UNUSED)))
            return;
    memset(states, state, count);
}

static void take(struct counting *counting)
{
    struct ptn_view_ask *ask = &counting->ask;
    const uint64_t number = (uint64_t)ask->row[1].number;
    const uint64_t first = (uint64_t)ask->row[2].number;
    const uint64_t count = (uint64_t)ask->row[3].number;
    const enum ptn_view_sheet_state state =
        (enum ptn_view_sheet_state)ptn_view_ask_enum(ask, 4, 0, PTN_VIEW_SHEET_STATE_COUNT);
    const enum ptn_keying turn = (enum ptn_keying)ptn_view_ask_enum(ask, 5, 0, PTN_KEYING_COUNT);
    uint64_t seq = 0;
    const char *origin = place_of(ask, &seq);
    struct ptn_view_pack *pack = at_hand(counting);

    if (ptn_ok(ask->status) && (first < 1 || count < 1 || first > PTN_PACK_SHEETS_MAX ||
                                count > PTN_PACK_SHEETS_MAX - first + 1))
        ptn_view_ask_fail(ask, PTN_C_CORRUPT, "the view's file is damaged: no such sheet");
    if (!ptn_ok(ask->status))
        return;
    if (pack == NULL || pack->origin != origin || pack->number != number) {
        if (!begin_pack(counting, origin, seq, number))
            return;
        pack = at_hand(counting);
    }
    if (state == PTN_VIEW_SHEET_PRINTED) {
        if (pack->made_ms == 0)
            *pack = (struct ptn_view_pack){ .origin = origin,
                                            .number = number,
                                            .seq = seq,
                                            .made_ms = ask->row[6].number,
                                            .post = pack->post,
                                            .issued = count };
        return;
    }
    if (pack->issued > 0 && first + count - 1 > pack->issued)
        return; /* of no sheet that there is */
    if (first + count - 1 > counting->highest)
        counting->highest = first + count - 1;
    if (state == PTN_VIEW_SHEET_KEYED)
        take_keyed(&counting->states[first - 1], turn, ask->row[7].number > 0);
    else
        take_told(&counting->states[first - 1], count, state);
}

/* Which of a ledger's entries of paper nobody reads: to each of its packs. */
static void take_shut(struct counting *counting)
{
    uint64_t seq;
    const char *origin = place_of(&counting->ask, &seq);

    for (size_t i = 0; i < counting->count && origin != NULL; i++)
        if (counting->packs[i].origin == origin)
            counting->packs[i].shut = (uint64_t)counting->ask.row[1].number;
}

static int by_need(const void *a, const void *b)
{
    const struct ptn_view_pack *one = a;
    const struct ptn_view_pack *other = b;
    const bool closed = ptn_view_pack_closed(one);

    if (closed != ptn_view_pack_closed(other))
        return closed ? 1 : -1;
    if (one->made_ms != other->made_ms)
        return one->made_ms > other->made_ms ? -1 : 1;
    if (one->origin != other->origin)
        return strcmp(one->origin, other->origin);
    return one->number < other->number ? -1 : one->number > other->number ? 1 : 0;
}

static struct ptn_view_pack sum_of(const struct counting *counting)
{
    struct ptn_view_pack sum = { .number = counting->count };

    for (size_t i = 0; i < counting->count; i++) {
        sum.issued += counting->packs[i].issued;
        for (size_t state = 0; state < PTN_VIEW_PACK_STATE_COUNT; state++)
            sum.counts[state] += counting->packs[i].counts[state];
    }
    return sum;
}

/* The first of them, with names of ledgers of the caller's own. */
static void give(struct counting *counting, size_t count, const struct ptn_view_pack **ret_rows)
{
    struct ptn_view_ask *ask = &counting->ask;
    struct ptn_view_pack *rows = ptn_arena_take(ask->arena, (count + 1) * sizeof(*rows));
    const char *copy = NULL;

    for (size_t i = 0; i < count && rows != NULL; i++) {
        if (i == 0 || counting->packs[i].origin != counting->packs[i - 1].origin)
            copy = ptn_arena_text(ask->arena, ptn_bytes_from_text(counting->packs[i].origin));
        if (copy == NULL)
            rows = NULL;
        else
            rows[i] = counting->packs[i];
        if (rows != NULL)
            rows[i].origin = copy;
    }
    if (rows == NULL)
        ptn_view_ask_fail(ask, PTN_C_NO_MEMORY, "the answer does not fit its arena");
    else
        *ret_rows = rows;
}

struct ptn_status ptn_view_packs(struct ptn_view *view, size_t max, struct ptn_arena *arena,
                                 const struct ptn_view_pack **ret_rows, size_t *ret_count,
                                 struct ptn_view_pack *ret_sum, struct ptn_diag *reterr)
{
    struct counting counting = { .ask = { .view = view, .arena = arena, .reterr = reterr } };
    struct ptn_view_ask *ask = &counting.ask;
    const struct ptn_view_pack *rows = NULL;
    size_t count;

    if (max < 1 || max > PTN_VIEW_PAGE_MAX)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "count is out of range");
    ask->status = ptn_view_read_begin(view, reterr);
    if (!ptn_ok(ask->status))
        return ask->status;
    ptn_view_ask_start(ask, PTN_SQL_FIND_PACKS, "nnnnnnnnt", NULL, 0);
    while (ptn_view_ask_next(ask))
        take(&counting);
    ptn_view_ask_end(view);
    close_pack(&counting);
    ptn_view_ask_start(ask, PTN_SQL_COUNT_SHUT, "nn", NULL, 0);
    while (ptn_view_ask_next(ask))
        take_shut(&counting);
    ptn_view_ask_end(view);
    if (counting.count > 1)
        qsort(counting.packs, counting.count, sizeof(*counting.packs), by_need);
    count = counting.count < max ? counting.count : max;
    if (ptn_ok(ask->status))
        give(&counting, count, &rows);
    ptn_view_read_end(view);
    if (ptn_ok(ask->status)) {
        *ret_rows = rows;
        *ret_count = count;
        *ret_sum = sum_of(&counting);
    }
    free(counting.packs);
    return ask->status;
}
