/*
 * watch/rows.h -- a list as a set of rows, and how editions of it come and go.
 *
 * ROWS-1: what an edition adds is in force; what it leaves out stays in force until an offline
 * note names the record that left it out, unless another row of the same entry covers it: finds
 * whoever it did and asks for the same. ROWS-2: an edition counts whole or not at all. Pure but for
 * memory; one thread's at a time. Standard: docs/format/editions.md.
 */
#ifndef PTN_WATCH_ROWS_H
#define PTN_WATCH_ROWS_H
#include "base/world.h"
#include "record/edition.h"
#include "watch/snapshot.h"

#define PTN_ROW_LEN_MAX        PTN_LIST_EDITION_BLOB_MAX
#define PTN_ROW_ITEM_MAX       8192u
#define PTN_ROWS_LIST_MAX      64u
#define PTN_ROWS_BYTES_MAX     ((size_t)256 << 20)
#define PTN_ROWS_CONFIRMED_MAX 8192u

/* More than one row in so many taken away asks for a second person. */
#define PTN_ROWS_BRAKE 50u

/* What follows a list's name where its rows are not confirmed to be gone; the rule that says so. */
#define PTN_ROWS_UNCONFIRMED "-unconfirmed"
#define PTN_ROWS_RULE        "list.not-confirmed"

/* ---- one row ---- */

/* A row's name: SHA-256(0x00 || row). */
struct ptn_row_name {
    uint8_t at[PTN_SHA256_LEN];
};

/* Append the entry as a row. BAD_INPUT for what no row can say; TOO_BIG; NO_MEMORY. The buffer is
 * as before on failure. */
PTN_MUST_USE struct ptn_status ptn_row_write(const struct ptn_list_entry *entry,
                                             struct ptn_buffer *out, struct ptn_diag *reterr);

/*
 * ptn_row_parse(bytes, arena, ret_entry, ret_len, reterr):
 * Read the row that bytes begin with. Texts are views into bytes, arrays are the arena's.
 *
 * ret_len  How long the row is.
 * OK; BAD_INPUT, TOO_BIG with the offset; NO_MEMORY.
 */
PTN_MUST_USE struct ptn_status ptn_row_parse(struct ptn_bytes bytes, struct ptn_arena *arena,
                                             struct ptn_list_entry *ret_entry, size_t *ret_len,
                                             struct ptn_diag *reterr);

/* Whether whoever former finds is found by newer, at least as surely and for the same. */
bool ptn_row_covers(const struct ptn_list_entry *newer, const struct ptn_list_entry *former);

/* ---- sets ---- */

struct ptn_rows; /* opaque */

/* NULL: no memory. Owned: ptn_rows_free. */
struct ptn_rows *ptn_rows_new(void);
void ptn_rows_free(struct ptn_rows *rows);

/*
 * ptn_rows_take(rows, source, payload, ret_whole, reterr):
 * Take in a record of kind list. Of one source (a ledger) they must come in its order.
 *
 * ret_whole  An edition is whole with it, and counts.
 * OK; BAD_INPUT: the edition it is of is refused, and counted; TOO_BIG likewise, it is over a
 * bound; NO_MEMORY, IO: what was there stays.
 */
PTN_MUST_USE struct ptn_status ptn_rows_take(struct ptn_rows *rows, unsigned source,
                                             struct ptn_bytes payload, bool *ret_whole,
                                             struct ptn_diag *reterr);

/* An offline note names this record. Also before the record comes; idempotent. TOO_BIG, NO_MEMORY.
 */
PTN_MUST_USE struct ptn_status ptn_rows_confirm(struct ptn_rows *rows,
                                                const struct ptn_row_name *record);

/* Changes whenever what is in force does. */
uint64_t ptn_rows_version(const struct ptn_rows *rows);
/* Editions that do not count: each once, however many parts it came in. */
size_t ptn_rows_refused(const struct ptn_rows *rows);

enum ptn_row_fate {
    PTN_ROW_IN_FORCE, /* the newest edition has it */
    PTN_ROW_DOUBTED,  /* in force: gone, and no note says so */
    PTN_ROW_COVERED,  /* gone: another row in force does all it did */
    PTN_ROW_REMOVED,  /* gone by an offline note */
};

/* One list. Views live until the next change. */
struct ptn_rows_list {
    unsigned source;
    struct ptn_bytes name;
    uint64_t edition;
    size_t count, doubted;
    uint8_t root[PTN_SHA256_LEN];
    int64_t time_ms, published_ms;
    struct ptn_bytes officer, second;
    struct ptn_bytes profile, on_entry, on_exit, set_by, set_reason;
    bool gone_on; /* another ledger's list has all of its editions and went on from them (ROWS-4) */
};
size_t ptn_rows_list_count(const struct ptn_rows *rows);
struct ptn_rows_list ptn_rows_list(const struct ptn_rows *rows, size_t index);

/* One edition that counted. Likewise. */
struct ptn_rows_edition {
    uint64_t edition;
    int64_t time_ms, published_ms;
    size_t count;                   /* rows of it */
    size_t added, removed, changed; /* entries, against the former */
    uint8_t root[PTN_SHA256_LEN];
    char officer[PTN_RECORD_WORD_MAX + 1], second[PTN_RECORD_WORD_MAX + 1];
};
#define PTN_ROWS_EDITIONS_MAX 32u /* the last ones are kept */
/* The nth of a list's editions, the newest first, from 0; NULL: no more are kept. */
const struct ptn_rows_edition *ptn_rows_edition(const struct ptn_rows *rows, size_t index,
                                                size_t nth);

/* One row that was ever there. */
struct ptn_rows_row {
    struct ptn_bytes bytes;
    struct ptn_row_name name;
    enum ptn_row_fate fate;
    uint64_t gone_in;           /* the edition that left it out; 0: it is there */
    struct ptn_row_name record; /* which of its records says so */
};
/* Called for each; false: enough. */
typedef bool (*ptn_rows_fn)(void *context, const struct ptn_rows_row *row);
void ptn_rows_each(const struct ptn_rows *rows, size_t index, ptn_rows_fn take, void *context);

/* Append the snapshot of all rows in force. NOT_FOUND: there is none; else the codes of
 * ptn_snapshot_builder_make. */
PTN_MUST_USE struct ptn_status ptn_rows_build(const struct ptn_rows *rows,
                                              const struct ptn_world *world, struct ptn_buffer *out,
                                              struct ptn_diag *reterr);

/* ---- beside a snapshot that is there already (rows_delta.c): docs/format/delta.md ---- */

struct ptn_rows_base; /* opaque: which rows a snapshot has */

/*
 * ptn_rows_base_new(rows, snapshot, ret_base):
 * Find which rows in force the snapshot has, to the last field and under the list they are of. A
 * few microseconds a row. snapshot is Borrowed and outlives it, rows must be the same at each call
 * below. NO_MEMORY. Owned: ptn_rows_base_free.
 */
PTN_MUST_USE struct ptn_status ptn_rows_base_new(const struct ptn_rows *rows,
                                                 const struct ptn_snapshot *snapshot,
                                                 struct ptn_rows_base **ret_base);
void ptn_rows_base_free(struct ptn_rows_base *base); /* NULL is fine */

/* What a delta would have. */
struct ptn_rows_changes {
    size_t added; /* rows in force that the base does not have */
    size_t gone;  /* entries of the base that do not count */
    size_t base;  /* entries of it */
};
PTN_MUST_USE struct ptn_status ptn_rows_compare(const struct ptn_rows *rows,
                                                const struct ptn_rows_base *base,
                                                struct ptn_rows_changes *ret_changes);

/* Append the delta. Its cost is that of what changed, and a few nanoseconds a row. NOT_FOUND:
 * nothing is in force; else the codes of ptn_rows_build and ptn_delta_write. */
PTN_MUST_USE struct ptn_status ptn_rows_delta(const struct ptn_rows *rows,
                                              const struct ptn_rows_base *base,
                                              const struct ptn_world *world, struct ptn_buffer *out,
                                              struct ptn_diag *reterr);

/* ---- publishing ---- */

/*
 * Of the index-th list of a snapshot that is to be replaced: how many of its entries newer's list
 * of that name does not have, or not so that they find whoever they did, as surely
 * (ptn_row_covers). Where there is no such list: all. NO_MEMORY.
 */
PTN_MUST_USE struct ptn_status ptn_rows_taken(const struct ptn_snapshot *former, size_t index,
                                              const struct ptn_snapshot *newer, size_t *ret_taken);

/* What stands in every part; list, profile, actions, officer, post and times are set. The rest is
 * worked out. */
struct ptn_rows_plan {
    struct ptn_list_edition edition;
    unsigned source;
    const struct ptn_snapshot *snapshot;                /* the list of that name in it */
    void (*taken)(void *context, struct ptn_bytes row); /* called for each row of the difference's
                                                           taken; NULL: nobody asks */
    void *taken_context;
};

/* What a difference comes to. */
struct ptn_rows_difference {
    uint64_t edition;
    size_t former, count, added, gone;
    size_t taken; /* of those gone, what nothing covers */
};

/* Takes each part's payload, in order. */
typedef struct ptn_status (*ptn_rows_put_fn)(void *context, struct ptn_bytes payload);

/* The payloads, kept. Zeroed at first. */
struct ptn_rows_parts {
    struct ptn_bytes *at; /* in order; Owned, with what they are views of */
    uint8_t **owned;
    size_t count, room;
};

/* A ptn_rows_put_fn: copies each part into the ptn_rows_parts at context. NO_MEMORY. */
PTN_MUST_USE struct ptn_status ptn_rows_keep(void *context, struct ptn_bytes payload);
void ptn_rows_parts_release(struct ptn_rows_parts *parts);

/*
 * ptn_rows_publish(rows, plan, put, context, ret_difference, reterr):
 * The records of the next edition of a list: of what differs from the one that counts. Nothing is
 * taken in.
 *
 * OK, also when nothing differs: one part then says so. BAD_INPUT: the profile is another, a row
 * cannot be said, or it takes away more than the brake allows and nobody is second (*ret_difference
 * is set then too); NOT_FOUND: no such list in the snapshot; TOO_BIG; NO_MEMORY; put's.
 */
PTN_MUST_USE struct ptn_status ptn_rows_publish(const struct ptn_rows *rows,
                                                const struct ptn_rows_plan *plan,
                                                ptn_rows_put_fn put, void *context,
                                                struct ptn_rows_difference *ret_difference,
                                                struct ptn_diag *reterr);
#endif
