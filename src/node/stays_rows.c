/* node/stays_rows.c -- see stays_rows_int.h. */
#include "node/stays_rows_int.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "node/permit_slots_int.h"

#define DOMAIN   "postern stays 1\n"
#define NAME_LEN 12u
#define MARK_AT  14u
#define EXIT     1u
#define EXEMPT   2u
#define MINUTES  1440u
#define HEADS    65536u /* by the first two bytes of a name */
#define A_DAY    64u    /* crossings of one traveller on one day that are looked for */

static_assert(MARK_AT + PTN_STAYS_MARK_LEN == PTN_STAYS_ROW_LEN, "a name, what is hidden, a mark");

/* ---- a row ---- */

struct ptn_status ptn_stays_key_of(const struct ptn_person *person,
                                   const uint8_t salt[PTN_SHA256_LEN],
                                   struct ptn_stays_key *ret_key)
{
    struct ptn_permit_key key;
    struct ptn_status status = ptn_permit_key_of(person, salt, &key);

    if (ptn_ok(status))
        memcpy(ret_key->key, key.key, sizeof(ret_key->key));
    explicit_bzero(&key, sizeof(key));
    return status;
}

static struct ptn_status pad_of(struct ptn_hasher *hasher, const struct ptn_stays_key *key,
                                int32_t day, uint32_t nth, uint8_t ret_pad[PTN_SHA256_LEN])
{
    uint8_t place[8];
    const struct ptn_bytes parts[] = { PTN_BYTES_LITERAL(DOMAIN),
                                       ptn_bytes_of(key->key, sizeof(key->key)),
                                       ptn_bytes_of(place, sizeof(place)) };

    for (unsigned i = 0; i < 4; i++) {
        place[i] = (uint8_t)((uint32_t)day >> (24 - 8 * i));
        place[4 + i] = (uint8_t)(nth >> (24 - 8 * i));
    }
    return ptn_hasher_digest(hasher, parts, 3, ret_pad);
}

struct ptn_status ptn_stays_row(struct ptn_hasher *hasher, const struct ptn_stays_key *key,
                                const struct ptn_stays_crossing *crossing, uint32_t nth,
                                const uint8_t mark[PTN_STAYS_MARK_LEN],
                                uint8_t ret_row[PTN_STAYS_ROW_LEN])
{
    const unsigned hidden = crossing->minute << 2 | (crossing->exempt ? EXEMPT : 0u) |
                            (crossing->move == PTN_STAY_EXIT ? EXIT : 0u);
    uint8_t pad[PTN_SHA256_LEN];
    struct ptn_status status;

    PTN_PRE(crossing->minute < MINUTES);
    status = pad_of(hasher, key, crossing->day, nth, pad);
    if (!ptn_ok(status))
        return status;
    memcpy(ret_row, pad, NAME_LEN);
    ret_row[NAME_LEN] = (uint8_t)(pad[NAME_LEN] ^ (hidden >> 8));
    ret_row[NAME_LEN + 1] = (uint8_t)(pad[NAME_LEN + 1] ^ hidden);
    memcpy(ret_row + MARK_AT, mark, PTN_STAYS_MARK_LEN);
    return PTN_OK;
}

/* ---- the table ---- */

/* A row in memory. */
struct row {
    uint8_t at[PTN_STAYS_ROW_LEN];
    uint32_t day : 24; /* its edition came out; 16 bits of them end in 2149 */
    uint32_t salt : 8; /* which */
};

#define DAY_MAX ((1 << 24) - 1) /* in the year 47,904: later ones count as that */
static_assert(PTN_STAYS_SALTS < 256, "one is told from another");

static_assert(sizeof(struct row) == 24, "what docs/format/stays.md counts with");

/* Shared by tables that differ in what is said only. */
struct rows {
    atomic_uint users;
    size_t count;
    struct row *at;
    uint32_t heads[HEADS + 1];
};

struct ptn_stays_table {
    atomic_uint users;
    struct rows *rows;
    struct ptn_stays_said said;
    uint8_t salts[PTN_STAYS_SALTS][PTN_SHA256_LEN];
    size_t salt_count;
};

static void leave_rows(struct rows *rows)
{
    if (rows == NULL || atomic_fetch_sub(&rows->users, 1) != 1)
        return;
    free(rows->at);
    free(rows);
}

struct ptn_stays_table *ptn_stays_table_hold(struct ptn_stays_table *table)
{
    if (table != NULL)
        (void)atomic_fetch_add(&table->users, 1);
    return table;
}

void ptn_stays_table_leave(struct ptn_stays_table *table)
{
    if (table == NULL || atomic_fetch_sub(&table->users, 1) != 1)
        return;
    leave_rows(table->rows);
    free(table);
}

size_t ptn_stays_table_count(const struct ptn_stays_table *table)
{
    return table->rows == NULL ? 0 : table->rows->count;
}

struct ptn_stays_said ptn_stays_table_said(const struct ptn_stays_table *table)
{
    return table->said;
}

/* The number of that salt; PTN_STAYS_SALTS: there is no room for another. */
static size_t salt_of(struct ptn_stays_table *table, const uint8_t *salt)
{
    size_t i = 0;

    while (i < table->salt_count && memcmp(table->salts[i], salt, PTN_SHA256_LEN) != 0)
        i++;
    if (i == table->salt_count && i < PTN_STAYS_SALTS) {
        memcpy(table->salts[i], salt, PTN_SHA256_LEN);
        table->salt_count++;
    }
    return i;
}

static int by_row(const void *a, const void *b)
{
    return memcmp(a, b, PTN_STAYS_ROW_LEN);
}

/* Their rows, sorted. Owned. */
static struct ptn_status collect(struct ptn_stays_table *table,
                                 const struct ptn_stays_change *change, struct row **ret_rows,
                                 size_t *ret_count, size_t *ret_left_out)
{
    struct row *rows;
    size_t room = 0;
    size_t count = 0;

    for (size_t i = 0; i < change->part_count; i++)
        room += change->parts[i].rows.len / PTN_STAYS_ROW_LEN;
    rows = malloc((room + 1) * sizeof(*rows));
    if (rows == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    for (size_t i = 0; i < change->part_count; i++) {
        const struct ptn_stays_part *part = &change->parts[i];
        size_t salt = salt_of(table, part->salt);
        const int32_t day = part->day < 0 ? 0 : part->day > DAY_MAX ? DAY_MAX : part->day;

        for (size_t at = 0; at + PTN_STAYS_ROW_LEN <= part->rows.len; at += PTN_STAYS_ROW_LEN) {
            struct row *row = &rows[count];

            if (salt == PTN_STAYS_SALTS) {
                (*ret_left_out)++;
                continue;
            }
            memset(row, 0, sizeof(*row));
            memcpy(row->at, part->rows.at + at, PTN_STAYS_ROW_LEN);
            row->day = (uint32_t)day & DAY_MAX;
            row->salt = (uint32_t)salt & 0xffu;
            count++;
        }
    }
    qsort(rows, count, sizeof(*rows), by_row);
    *ret_rows = rows;
    *ret_count = count;
    return PTN_OK;
}

static int by_mark(const void *mark, const void *erased)
{
    return memcmp(mark, ((const struct ptn_stays_erased *)erased)->mark, PTN_STAYS_MARK_LEN);
}

/* STAYS-3: by its age, or in the name of an order. */
static bool goes(const struct ptn_stays_change *change, const struct row *row)
{
    const struct ptn_stays_erased *erased;

    if ((int32_t)row->day < change->today - PTN_STAYS_KEPT_DAYS)
        return true;
    if (change->erased_count == 0)
        return false;
    erased = bsearch(row->at + MARK_AT, change->erased, change->erased_count,
                     sizeof(*change->erased), by_mark);
    return erased != NULL && (int32_t)row->day <= erased->day;
}

static void add_row(const struct ptn_stays_change *change, struct rows *rows, const struct row *row,
                    size_t *ret_left_out)
{
    struct row *last = rows->count == 0 ? NULL : &rows->at[rows->count - 1];

    if (goes(change, row))
        return;
    if (last != NULL && memcmp(last->at, row->at, PTN_STAYS_ROW_LEN) == 0 &&
        last->salt == row->salt) {
        last->day = row->day > last->day ? row->day : last->day;
        return;
    }
    if (rows->count == PTN_STAYS_ROWS_MAX)
        (*ret_left_out)++;
    else
        rows->at[rows->count++] = *row;
}

static void index_rows(struct rows *rows)
{
    size_t at = 0;

    for (size_t head = 0; head <= HEADS; head++) {
        while (at < rows->count && ((size_t)rows->at[at].at[0] << 8 | rows->at[at].at[1]) < head)
            at++;
        rows->heads[head] = (uint32_t)at;
    }
}

/* Both in one order. */
static struct ptn_status merge(const struct ptn_stays_change *change, const struct rows *former,
                               const struct row *more, size_t more_count, struct rows **ret_rows,
                               size_t *ret_left_out)
{
    size_t former_count = former == NULL ? 0 : former->count;
    struct rows *rows = calloc(1, sizeof(*rows));
    size_t i = 0;
    size_t k = 0;

    if (rows != NULL)
        rows->at = malloc((former_count + more_count + 1) * sizeof(*rows->at));
    if (rows == NULL || rows->at == NULL) {
        free(rows);
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    }
    while (i < former_count || k < more_count) {
        bool first = i < former_count && (k == more_count || by_row(&former->at[i], &more[k]) <= 0);

        add_row(change, rows, first ? &former->at[i] : &more[k], ret_left_out);
        i += first ? 1 : 0;
        k += first ? 0 : 1;
    }
    index_rows(rows);
    atomic_init(&rows->users, 1);
    *ret_rows = rows;
    return PTN_OK;
}

static bool any_goes(const struct ptn_stays_change *change, const struct rows *rows)
{
    for (size_t i = 0; rows != NULL && i < rows->count; i++)
        if (goes(change, &rows->at[i]))
            return true;
    return false;
}

struct ptn_status ptn_stays_table_make(const struct ptn_stays_table *former,
                                       const struct ptn_stays_change *change,
                                       struct ptn_stays_table **ret_table, size_t *ret_left_out)
{
    struct ptn_stays_table *table = calloc(1, sizeof(*table));
    struct rows *was = former == NULL ? NULL : former->rows;
    struct row *more = NULL;
    size_t more_count = 0;
    size_t left_out = 0;
    struct ptn_status status = { PTN_C_NO_MEMORY };

    if (table == NULL)
        return status;
    atomic_init(&table->users, 1);
    if (former != NULL) {
        memcpy(table->salts, former->salts, sizeof(table->salts));
        table->salt_count = former->salt_count;
    }
    table->said = change->said;
    status = collect(table, change, &more, &more_count, &left_out);
    if (ptn_ok(status) && (more_count > 0 || any_goes(change, was)))
        status = merge(change, was, more, more_count, &table->rows, &left_out);
    else if (ptn_ok(status) && was != NULL) {
        (void)atomic_fetch_add(&was->users, 1);
        table->rows = was;
    }
    free(more);
    if (!ptn_ok(status)) {
        free(table);
        return status;
    }
    *ret_table = table;
    *ret_left_out = left_out;
    return PTN_OK;
}

/* ---- asking ---- */

static const struct row *find_name(const struct rows *rows, const uint8_t *name, size_t salt)
{
    const size_t head = (size_t)name[0] << 8 | name[1];
    size_t low = rows->heads[head];
    size_t high = rows->heads[head + 1];

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (memcmp(rows->at[middle].at, name, NAME_LEN) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < rows->count && memcmp(rows->at[low].at, name, NAME_LEN) == 0; low++)
        if (rows->at[low].salt == salt)
            return &rows->at[low];
    return NULL;
}

/* One traveller's nth crossing of a day. False: there is none. */
static bool read_row(const struct rows *rows, struct ptn_hasher *hasher,
                     const struct ptn_stays_key *key, size_t salt, int32_t day, uint32_t nth,
                     struct ptn_stays_crossing *ret_crossing)
{
    uint8_t pad[PTN_SHA256_LEN];
    const struct row *row;
    unsigned hidden;

    if (!ptn_ok(pad_of(hasher, key, day, nth, pad)))
        return false;
    row = find_name(rows, pad, salt);
    if (row == NULL)
        return false;
    hidden = (unsigned)(row->at[NAME_LEN] ^ pad[NAME_LEN]) << 8 |
             (unsigned)(row->at[NAME_LEN + 1] ^ pad[NAME_LEN + 1]);
    *ret_crossing = (struct ptn_stays_crossing){
        .day = day,
        .minute = hidden >> 2,
        .move = (hidden & EXIT) != 0 ? PTN_STAY_EXIT : PTN_STAY_ENTRY,
        .exempt = (hidden & EXEMPT) != 0,
    };
    return true;
}

/* Those of one day, by their minute; ties as they were published. */
static size_t find_day(const struct rows *rows, struct ptn_hasher *hasher,
                       const struct ptn_stays_key *key, size_t salt, int32_t day,
                       struct ptn_stays_crossing found[A_DAY])
{
    struct ptn_stays_crossing one;
    size_t count = 0;

    while (count < A_DAY && read_row(rows, hasher, key, salt, day, (uint32_t)count, &one)) {
        size_t to = count;

        for (; to > 0 && found[to - 1].minute > one.minute; to--)
            found[to] = found[to - 1];
        found[to] = one;
        count++;
    }
    return count;
}

/* Of one salt, newest max of them, oldest first. */
static struct ptn_status find_series(const struct ptn_stays_table *table, size_t salt,
                                     const struct ptn_person *person, int32_t today,
                                     struct ptn_stay_event *events, size_t max, size_t *ret_count)
{
    struct ptn_hasher *hasher = ptn_hasher_new();
    struct ptn_stays_crossing found[A_DAY];
    struct ptn_stays_key key;
    size_t left = max; /* filled from the end */
    struct ptn_status status = { PTN_C_NO_MEMORY };

    if (hasher != NULL)
        status = ptn_stays_key_of(person, table->salts[salt], &key);
    for (int32_t day = today; ptn_ok(status) && day > today - PTN_STAYS_KEPT_DAYS && left > 0;
         day--) {
        size_t count = find_day(table->rows, hasher, &key, salt, day, found);

        for (size_t i = count; i > 0 && left > 0; i--)
            events[--left] = (struct ptn_stay_event){ .date = ptn_date_from_days(day),
                                                      .move = found[i - 1].move,
                                                      .exempt = found[i - 1].exempt };
    }
    explicit_bzero(&key, sizeof(key));
    ptn_hasher_free(hasher);
    if (!ptn_ok(status))
        return status;
    memmove(events, events + left, (max - left) * sizeof(*events));
    *ret_count = max - left;
    return PTN_OK;
}

static bool is_same(const struct ptn_stay_event *a, const struct ptn_stay_event *b)
{
    return a->move == b->move && a->exempt == b->exempt;
}

/* Where those of the date that begins at `from` end. */
static size_t end_of(const struct ptn_stay_event *events, size_t count, size_t from,
                     struct ptn_date date)
{
    while (from < count && ptn_date_equal(events[from].date, date))
        from++;
    return from;
}

/* The crossings of one day from two sides. */
struct two {
    const struct ptn_stay_event *a, *b;
    size_t a_count, b_count;
};

/* The shortest order in which both are contained: what is common to both, as much of it as can be,
 * is there once. Returns how many. */
static size_t join_day(const struct two *two, struct ptn_stay_event *out)
{
    uint8_t common[A_DAY + 1][A_DAY + 1]; /* at most, from here to the ends */
    size_t count = 0;
    size_t i = 0;
    size_t k = 0;

    memset(common, 0, sizeof(common));
    for (size_t x = two->a_count; x > 0; x--)
        for (size_t y = two->b_count; y > 0; y--) {
            const uint8_t without =
                common[x][y - 1] > common[x - 1][y] ? common[x][y - 1] : common[x - 1][y];

            common[x - 1][y - 1] =
                is_same(&two->a[x - 1], &two->b[y - 1]) ? (uint8_t)(common[x][y] + 1) : without;
        }
    while (i < two->a_count && k < two->b_count) {
        const bool same = is_same(&two->a[i], &two->b[k]);
        const bool from_b = !same && common[i][k + 1] >= common[i + 1][k];

        out[count++] = from_b ? two->b[k] : two->a[i];
        i += from_b ? 0 : 1;
        k += same || from_b ? 1 : 0;
    }
    while (i < two->a_count)
        out[count++] = two->a[i++];
    while (k < two->b_count)
        out[count++] = two->b[k++];
    return count;
}

size_t ptn_stays_join(const struct ptn_stay_event *a, size_t a_count,
                      const struct ptn_stay_event *b, size_t b_count, struct ptn_stay_event *out)
{
    size_t count = 0;
    size_t i = 0;
    size_t k = 0;

    while (i < a_count || k < b_count) {
        bool b_first = i == a_count || (k < b_count && ptn_date_compare(b[k].date, a[i].date) < 0);
        struct ptn_date date = b_first ? b[k].date : a[i].date;
        size_t a_end = end_of(a, a_count, i, date);
        size_t b_end = end_of(b, b_count, k, date);

        while (i < a_end || k < b_end) { /* all of a day at once, but for whom nobody is */
            const struct two two = { i == a_end ? NULL : a + i, k == b_end ? NULL : b + k,
                                     a_end - i > A_DAY ? A_DAY : a_end - i,
                                     b_end - k > A_DAY ? A_DAY : b_end - k };

            count += join_day(&two, out + count);
            i += two.a_count;
            k += two.b_count;
        }
    }
    return count;
}

struct ptn_status ptn_stays_table_find(const struct ptn_stays_table *table,
                                       const struct ptn_person *person, struct ptn_date today,
                                       const struct ptn_stay_event *with, size_t count,
                                       struct ptn_stay_event *ret_events, size_t max,
                                       size_t *ret_count)
{
    struct ptn_stay_event *series = calloc(3 * max + 1, sizeof(*series));
    struct ptn_stay_event *joined = series == NULL ? NULL : series + max;
    struct ptn_status status = { series == NULL ? PTN_C_NO_MEMORY : PTN_C_OK };

    if (count > max) { /* the newest */
        with += count - max;
        count = max;
    }
    if (count > 0)
        memcpy(ret_events, with, count * sizeof(*with));
    for (size_t salt = 0; ptn_ok(status) && table->rows != NULL && salt < table->salt_count;
         salt++) {
        size_t found = 0;

        status = find_series(table, salt, person, ptn_date_to_days(today), series, max, &found);
        if (!ptn_ok(status))
            break;
        found = ptn_stays_join(ret_events, count, series, found, joined);
        count = found > max ? max : found;
        memcpy(ret_events, joined + (found - count), count * sizeof(*joined));
    }
    free(series);
    if (status.code == PTN_C_NOT_FOUND) /* a document that nobody is found by */
        status = PTN_OK;
    if (ptn_ok(status))
        *ret_count = count;
    return status;
}
