/*
 * node/stays_press.c -- at a centre: what is new of who crossed anywhere becomes editions of stays.
 * See country.h, docs/format/stays.md.
 *
 * What was published stands in the rows themselves: their marks say which crossings, their names
 * which places of a traveller's day are taken. So nothing is kept beside the ledger, and whatever
 * is looked at again is not published again.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "node/country.h"
#include "node/node.h"
#include "node/stays_rows_int.h"
#include "view/search.h"

#define DAY_MS    INT64_C(86400000)
#define SLICE     PTN_VIEW_PAGE_MAX
#define NTH_MAX   64u
#define ARENA_MAX ((size_t)8 << 20)
#define SET_FIRST 4096u

/* No further round is begun with that salt; the rest is for one round's records. */
#define EDITIONS_FULL (PTN_STAYS_EDITIONS_MAX - 1000000u)

/* Numbers, 0 never among them. */
struct set {
    uint64_t *at;
    size_t room, count;
};

/* How far one ledger of the view was looked through. */
struct cursor {
    char origin[PTN_VIEW_ORIGIN_MAX + 1];
    uint64_t next, end; /* in this round */
};

struct ptn_stays_press {
    const struct ptn_world *world;
    char post[PTN_NODE_CODE_MAX + 1];
    struct ptn_hasher *hasher;
    struct ptn_arena *arena;
    struct set marks, names;
    uint8_t salt[PTN_SHA256_LEN];
    bool has_salt;
    uint64_t edition;
    int32_t first_day; /* of a published crossing; 0: none yet */
    struct cursor *cursors;
    size_t cursor_count, cursor_room;
    struct ptn_buffer rows;
    int64_t round_ms; /* it began; 0: none is under way */
    size_t at;        /* the cursor at hand */
};

/* ---- sets ---- */

static size_t place_of(const struct set *set, uint64_t number)
{
    size_t at = (size_t)(number * UINT64_C(0x9E3779B97F4A7C15)) & (set->room - 1);

    while (set->at[at] != 0 && set->at[at] != number)
        at = (at + 1) & (set->room - 1);
    return at;
}

static bool has(const struct set *set, uint64_t number)
{
    return set->room > 0 && set->at[place_of(set, number)] != 0;
}

static struct ptn_status grow(struct set *set)
{
    struct set larger = { .room = set->room == 0 ? SET_FIRST : 2 * set->room, .count = set->count };

    larger.at = calloc(larger.room, sizeof(*larger.at));
    if (larger.at == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    for (size_t i = 0; i < set->room; i++)
        if (set->at[i] != 0)
            larger.at[place_of(&larger, set->at[i])] = set->at[i];
    free(set->at);
    *set = larger;
    return PTN_OK;
}

/* Room for one more. */
static struct ptn_status make_room(struct set *set)
{
    return 2 * (set->count + 1) > set->room ? grow(set) : PTN_OK;
}

/* There is room. */
static void put(struct set *set, uint64_t number)
{
    size_t at = place_of(set, number);

    set->count += set->at[at] == 0 ? 1 : 0;
    set->at[at] = number;
}

/* The first bytes as a number that is not 0. */
static uint64_t number_of(const uint8_t *at, size_t len)
{
    uint64_t number = 0;

    for (size_t i = 0; i < len; i++)
        number = number << 8 | at[i];
    return number == 0 ? 1 : number;
}

static uint64_t name_of(const uint8_t *row)
{
    return number_of(row, 8);
}

static uint64_t mark_of(const uint8_t *row)
{
    return number_of(row + (PTN_STAYS_ROW_LEN - PTN_STAYS_MARK_LEN), PTN_STAYS_MARK_LEN);
}

/* Both or none: a name that is taken by no row would hide those behind it. */
static struct ptn_status remember(struct set *marks, struct set *names, const uint8_t *row)
{
    struct ptn_status status = make_room(marks);

    if (ptn_ok(status))
        status = make_room(names);
    if (!ptn_ok(status))
        return status;
    put(marks, mark_of(row));
    put(names, name_of(row));
    return PTN_OK;
}

/* ---- a press ---- */

struct ptn_stays_press *ptn_stays_press_new(const struct ptn_world *world, const char *code)
{
    struct ptn_stays_press *press = calloc(1, sizeof(*press));

    if (press == NULL)
        return NULL;
    press->world = world;
    (void)snprintf(press->post, sizeof(press->post), "%s", code);
    ptn_buffer_init(&press->rows, PTN_STAYS_EDITION_ROWS_MAX);
    press->hasher = ptn_hasher_new();
    press->arena = ptn_arena_new(ARENA_MAX);
    if (press->hasher != NULL && press->arena != NULL)
        return press;
    ptn_stays_press_free(press);
    return NULL;
}

void ptn_stays_press_free(struct ptn_stays_press *press)
{
    if (press == NULL)
        return;
    ptn_buffer_release(&press->rows);
    ptn_hasher_free(press->hasher);
    ptn_arena_free(press->arena);
    free(press->marks.at);
    free(press->names.at);
    free(press->cursors);
    free(press);
}

struct ptn_status ptn_stays_press_learn(struct ptn_stays_press *press, struct ptn_bytes payload)
{
    struct ptn_stays_edition said;
    struct ptn_status status = PTN_OK;

    if (!ptn_ok(ptn_stays_edition_parse(payload, &said, NULL)))
        return PTN_OK;
    if (!press->has_salt || memcmp(press->salt, said.salt, sizeof(press->salt)) != 0)
        press->edition = 0;
    memcpy(press->salt, said.salt, sizeof(press->salt));
    press->has_salt = true;
    if (said.edition > press->edition)
        press->edition = said.edition;
    press->first_day = ptn_date_to_days(said.since);
    for (size_t at = 0; ptn_ok(status) && at < said.rows.len; at += PTN_STAYS_ROW_LEN)
        status = remember(&press->marks, &press->names, said.rows.at + at);
    return status;
}

void ptn_stays_press_again(struct ptn_stays_press *press)
{
    for (size_t i = 0; i < press->cursor_count; i++)
        press->cursors[i].next = 0;
}

/* ---- a round ---- */

static struct ptn_status begin_ledger(void *context, const char *origin,
                                      const struct ptn_view_cursor *cursor)
{
    struct ptn_stays_press *press = context;
    struct cursor *cursors = press->cursors;

    for (size_t i = 0; i < press->cursor_count; i++)
        if (strcmp(cursors[i].origin, origin) == 0) {
            cursors[i].end = cursor->next;
            return PTN_OK;
        }
    if (press->cursor_count == press->cursor_room) {
        size_t room = press->cursor_room == 0 ? 16 : 2 * press->cursor_room;

        cursors = realloc(press->cursors, room * sizeof(*cursors));
        if (cursors == NULL)
            return (struct ptn_status){ PTN_C_NO_MEMORY };
        press->cursors = cursors;
        press->cursor_room = room;
    }
    cursors += press->cursor_count++;
    *cursors = (struct cursor){ .end = cursor->next };
    (void)snprintf(cursors->origin, sizeof(cursors->origin), "%s", origin);
    return PTN_OK;
}

static struct ptn_status begin(struct ptn_stays_press *press, struct ptn_view *view,
                               struct ptn_diag *reterr)
{
    int64_t now_ms = press->world->now_ms(press->world->context);
    struct ptn_status status = ptn_view_ledgers(view, begin_ledger, press, reterr);

    if (!ptn_ok(status))
        return status;
    /* whoever had the key may have used the numbers up: with another salt they begin anew */
    if (!press->has_salt || press->edition >= EDITIONS_FULL) {
        press->world->random(press->world->context, press->salt, sizeof(press->salt));
        press->edition = 0;
    }
    press->has_salt = true;
    press->round_ms = now_ms;
    press->at = 0;
    return PTN_OK;
}

static int by_bytes(const void *a, const void *b)
{
    return memcmp(a, b, PTN_STAYS_ROW_LEN);
}

static size_t write_gaps(const struct ptn_stays_press_at *at,
                         uint8_t ret_gaps[PTN_STAYS_GAPS_LEN_MAX])
{
    struct ptn_paper_gap gaps[PTN_PAPER_GAPS_MAX];
    size_t count = at->gaps(at->context, gaps);

    static_assert(PTN_PAPER_GAPS_MAX * PTN_STAYS_GAP_LEN == PTN_STAYS_GAPS_LEN_MAX, "they fit");
    for (size_t i = 0; i < count; i++)
        for (unsigned k = 0; k < 4; k++) {
            uint8_t *to = ret_gaps + i * PTN_STAYS_GAP_LEN;

            to[k] = (uint8_t)((uint32_t)gaps[i].first >> (24 - 8 * k));
            to[4 + k] = (uint8_t)((uint32_t)gaps[i].last >> (24 - 8 * k));
        }
    return count * PTN_STAYS_GAP_LEN;
}

/* What is gathered becomes a record; last: the round is over with it. */
static struct ptn_status print(struct ptn_stays_press *press, bool last,
                               const struct ptn_stays_press_at *at)
{
    int64_t now_ms = press->world->now_ms(press->world->context);
    int32_t floor = (int32_t)(now_ms / DAY_MS) - PTN_STAYS_KEPT_DAYS;
    int32_t since = press->first_day == 0 ? (int32_t)(press->round_ms / DAY_MS) : press->first_day;
    struct ptn_buffer record = { .len_max = PTN_RECORD_LEN_MAX };
    struct ptn_stays_edition edition = {
        .time_ms = now_ms,
        .post = ptn_bytes_from_text(press->post),
        .edition = press->edition + 1,
        .since = ptn_date_from_days(since < floor ? floor : since),
        .until_ms = last ? press->round_ms : 0,
        .rows = ptn_buffer_bytes(&press->rows),
    };
    uint8_t gaps[PTN_STAYS_GAPS_LEN_MAX];
    struct ptn_status status;

    if (last && at->gaps != NULL)
        edition.gaps = ptn_bytes_of(gaps, write_gaps(at, gaps));

    if (edition.until_ms > now_ms) /* a clock that was set back */
        edition.until_ms = now_ms;
    memcpy(edition.salt, press->salt, sizeof(edition.salt));
    if (press->rows.len > 0) /* in the order of what says nothing */
        qsort(press->rows.at, press->rows.len / PTN_STAYS_ROW_LEN, PTN_STAYS_ROW_LEN, by_bytes);
    status = ptn_stays_edition_write(&edition, &record);
    if (ptn_ok(status))
        status = at->append(at->context, PTN_RECORD_STAYS, ptn_buffer_bytes(&record));
    ptn_buffer_release(&record);
    if (!ptn_ok(status))
        return status;
    press->edition++;
    ptn_buffer_clear(&press->rows);
    return PTN_OK;
}

static bool counts(const struct ptn_view_crossing *row)
{
    const struct ptn_crossing *crossing = &row->crossing;

    return crossing->outcome != PTN_OUTCOME_REFERRED && crossing->outcome != PTN_OUTCOME_REFUSED &&
           ptn_date_is_full(crossing->date);
}

/* A place of that traveller's day that is not taken yet, and the row for it. NOT_FOUND: there is no
 * document to find it by, or too many crossed. */
static struct ptn_status make_row(struct ptn_stays_press *press,
                                  const struct ptn_crossing *crossing, const uint8_t *mark,
                                  uint8_t ret_row[PTN_STAYS_ROW_LEN])
{
    const struct ptn_stays_crossing one = {
        .day = ptn_date_to_days(crossing->date),
        .minute = (unsigned)((crossing->time_ms % DAY_MS + DAY_MS) % DAY_MS / 60000),
        .move = crossing->direction == PTN_DIRECTION_EXIT ? PTN_STAY_EXIT : PTN_STAY_ENTRY,
        .exempt = crossing->exempt,
    };
    struct ptn_stays_key key;
    struct ptn_status status = ptn_stays_key_of(&crossing->person, press->salt, &key);
    bool taken = true;

    for (uint32_t nth = 0; ptn_ok(status) && taken && nth < NTH_MAX; nth++) {
        status = ptn_stays_row(press->hasher, &key, &one, nth, mark, ret_row);
        if (ptn_ok(status))
            taken = has(&press->names, name_of(ret_row));
    }
    explicit_bzero(&key, sizeof(key));
    if (ptn_ok(status) && taken)
        status.code = PTN_C_NOT_FOUND;
    return status;
}

static struct ptn_status take(struct ptn_stays_press *press, const struct ptn_view_crossing *row,
                              const struct ptn_stays_press_at *at)
{
    const int32_t day = ptn_date_to_days(row->crossing.date);
    uint8_t bytes[PTN_STAYS_ROW_LEN];
    struct ptn_hash name;
    struct ptn_status status = { PTN_C_NOT_FOUND };

    if (counts(row))
        status = at->name(at->context, row->origin, row->seq, &name);
    if (ptn_ok(status) && has(&press->marks, number_of(name.at, PTN_STAYS_MARK_LEN)))
        status.code = PTN_C_NOT_FOUND; /* it is published */
    if (ptn_ok(status))
        status = make_row(press, &row->crossing, name.at, bytes);
    if (status.code == PTN_C_NOT_FOUND)
        return PTN_OK;
    if (ptn_ok(status) && press->rows.len == PTN_STAYS_EDITION_ROWS_MAX)
        status = print(press, false, at);
    if (ptn_ok(status))
        status = ptn_buffer_add(&press->rows, ptn_bytes_of(bytes, sizeof(bytes)));
    if (ptn_ok(status)) {
        status = remember(&press->marks, &press->names, bytes);
        press->rows.len -= ptn_ok(status) ? 0 : sizeof(bytes);
    }
    if (ptn_ok(status) && (press->first_day == 0 || day < press->first_day))
        press->first_day = day;
    return status;
}

/* Some crossings of the ledger at hand. */
static struct ptn_status look(struct ptn_stays_press *press, const struct ptn_stays_press_at *at,
                              struct ptn_diag *reterr)
{
    struct cursor *cursor = &press->cursors[press->at];
    struct ptn_view_stretch stretch = {
        .origin = cursor->origin,
        .from = cursor->next,
        .end = cursor->end,
        .from_ms = press->round_ms - (PTN_STAYS_KEPT_DAYS + 1) * DAY_MS,
        .count = SLICE,
    };
    const struct ptn_view_crossing *rows = NULL;
    size_t count = 0;
    bool more = false;
    struct ptn_status status;

    ptn_arena_clear(press->arena);
    status = ptn_view_stretch(at->view, &stretch, press->arena, &rows, &count, &more, reterr);
    for (size_t i = 0; ptn_ok(status) && i < count; i++) {
        status = take(press, &rows[i], at);
        if (ptn_ok(status))
            cursor->next = rows[i].seq + 1;
    }
    if (!ptn_ok(status) || more)
        return status;
    cursor->next = cursor->end;
    press->at++;
    return PTN_OK;
}

struct ptn_status ptn_stays_press_turn(struct ptn_stays_press *press,
                                       const struct ptn_stays_press_at *at, bool *ret_more,
                                       struct ptn_diag *reterr)
{
    struct ptn_status status;

    *ret_more = true;
    if (press->round_ms == 0)
        return begin(press, at->view, reterr);
    if (press->at < press->cursor_count)
        return look(press, at, reterr);
    status = print(press, true, at);
    if (!ptn_ok(status))
        return status;
    press->round_ms = 0;
    *ret_more = false;
    return PTN_OK;
}

size_t ptn_stays_press_rows(const struct ptn_stays_press *press)
{
    return press->marks.count;
}
