/*
 * node/stays_rows_int.h -- crossings of the whole country as a centre publishes them: rows that
 * open with the traveller's document, and the table of them that lanes ask.
 *
 * STAYS-3: a row only adds. It goes by its age, and in the name of an order to erase. A struct
 * ptn_stays_table never changes once it is made: any thread may ask it. Standard:
 * docs/format/stays.md "Stays that a centre publishes".
 */
#ifndef PTN_NODE_STAYS_ROWS_INT_H
#define PTN_NODE_STAYS_ROWS_INT_H
#include "base/world.h"
#include "decision/stays.h"
#include "paper/days.h"
#include "record/edition.h"
#include "record/person.h"

#define PTN_STAYS_KEPT_DAYS 270 /* a stay of 90 days that reaches into the last 180 */
#define PTN_STAYS_SALTS     4u
#define PTN_STAYS_MARK_LEN  6u
#define PTN_STAYS_ROWS_MAX  48000000u /* of a table: 1.2 GB; further ones are counted */

/* What a document's rows are found and opened by. Secret: wipe it after use. */
struct ptn_stays_key {
    uint8_t key[PTN_SHA256_LEN];
};

/* A thousand hashes, the permits' own. NOT_FOUND: no issuer, number or birth; IO, NO_MEMORY. */
PTN_MUST_USE struct ptn_status ptn_stays_key_of(const struct ptn_person *person,
                                                const uint8_t salt[PTN_SHA256_LEN],
                                                struct ptn_stays_key *ret_key);

struct ptn_stays_crossing {
    int32_t day;     /* the post's civil day, since 1970-01-01 */
    unsigned minute; /* of the day by UTC when it was settled, below 1440 */
    enum ptn_stay_move move;
    bool exempt;
};

/* The row of the nth crossing of that day, from 0. The codes of ptn_hasher_digest. */
PTN_MUST_USE struct ptn_status ptn_stays_row(struct ptn_hasher *hasher,
                                             const struct ptn_stays_key *key,
                                             const struct ptn_stays_crossing *crossing,
                                             uint32_t nth, const uint8_t mark[PTN_STAYS_MARK_LEN],
                                             uint8_t ret_row[PTN_STAYS_ROW_LEN]);

/* ---- the table ---- */

struct ptn_stays_table; /* opaque, counted */

/* How far it reaches. */
struct ptn_stays_said {
    int32_t since;    /* the first day of which it knows who crossed anywhere */
    int64_t until_ms; /* and the time until which */
    struct ptn_paper_gap gaps[PTN_PAPER_GAPS_MAX]; /* paper days of any post, ascending */
    size_t gap_count;
};

/* Rows of one edition. */
struct ptn_stays_part {
    uint8_t salt[PTN_SHA256_LEN];
    struct ptn_bytes rows; /* whole rows */
    int32_t day;           /* it came out, since 1970-01-01 */
};

/* A crossing that an order to erase names: its rows go when their edition came out on that day or
 * before. Sorted by mark. */
struct ptn_stays_erased {
    uint8_t mark[PTN_STAYS_MARK_LEN];
    int32_t day;
};

/* What is in it, beside said. */
struct ptn_stays_change {
    const struct ptn_stays_part *parts;
    size_t part_count;
    const struct ptn_stays_erased *erased;
    size_t erased_count;
    int32_t today;
    struct ptn_stays_said said;
};

/*
 * ptn_stays_table_make(former, change, ret_table, ret_left_out):
 * The former's rows (NULL: none) and the new ones, without those that are too old or erased, each
 * once. One user is the caller. Nothing is copied where no row comes or goes.
 *
 * *ret_left_out: rows for which there is no room, of too many salts or past PTN_STAYS_ROWS_MAX.
 *
 * OK; NO_MEMORY. Cost: linear in the rows, and sorting the new ones.
 */
PTN_MUST_USE struct ptn_status ptn_stays_table_make(const struct ptn_stays_table *former,
                                                    const struct ptn_stays_change *change,
                                                    struct ptn_stays_table **ret_table,
                                                    size_t *ret_left_out);
/* NULL is fine in both. */
struct ptn_stays_table *ptn_stays_table_hold(struct ptn_stays_table *table);
void ptn_stays_table_leave(struct ptn_stays_table *table);

size_t ptn_stays_table_count(const struct ptn_stays_table *table);
struct ptn_stays_said ptn_stays_table_said(const struct ptn_stays_table *table);

/*
 * ptn_stays_table_find(table, person, today, with, count, ret_events, max, ret_count):
 * The crossings of whoever holds that document, up to today, joined with those that are known
 * already (with, count: by date), oldest first: each day in an order in which both are contained,
 * so that what both know is there once (STAYS-5).
 *
 * ret_events  Room for max; past it the oldest are left out.
 *
 * OK, also for none; IO; NO_MEMORY. Cost: a thousand hashes and one a day, of each salt.
 */
PTN_MUST_USE struct ptn_status
ptn_stays_table_find(const struct ptn_stays_table *table, const struct ptn_person *person,
                     struct ptn_date today, const struct ptn_stay_event *with, size_t count,
                     struct ptn_stay_event *ret_events, size_t max, size_t *ret_count);

/* Both, day by day. out has room for a_count + b_count. Returns how many. */
size_t ptn_stays_join(const struct ptn_stay_event *a, size_t a_count,
                      const struct ptn_stay_event *b, size_t b_count, struct ptn_stay_event *out);
#endif
