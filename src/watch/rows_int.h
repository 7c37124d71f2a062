/* watch/rows_int.h -- what the files of watch/rows share. */
#ifndef PTN_WATCH_ROWS_INT_H
#define PTN_WATCH_ROWS_INT_H
#include "base/cbor.h"
#include "watch/list_int.h"
#include "watch/rows.h"

#define PTN_ROW_ID_MAX     256u
#define PTN_ROW_NAME_MAX   1024u
#define PTN_ROW_FACT_MAX   65536u
#define PTN_ROW_ARENA_MAX  ((size_t)16 << 20) /* more than the arrays of any one row */
#define PTN_ROWS_COUNT_MAX PTN_LIST_EDITION_ROWS_MAX

#define PTN_ROWS_NONE UINT32_MAX

/* A row as it came; never changes and never moves once it is here. */
struct ptn_rows_one {
    uint8_t *bytes; /* Owned, unless it is being published */
    uint32_t len;
    uint32_t prefix; /* bytes up to the end of its id */
    struct ptn_row_name name;
    bool present;
    uint32_t covered_by; /* the row that does all it did, when it went; else NONE */
    uint64_t gone_in;
    struct ptn_row_name gone_record;
};

/* A row that an edition leaves out, and which of its records says so. */
struct ptn_rows_gone {
    uint32_t row;
    struct ptn_row_name record;
};

/* The parts of an edition that is not whole yet. */
struct ptn_rows_pending {
    bool open;
    struct ptn_list_edition head; /* of its first part; its texts are views into text */
    struct ptn_buffer text;
    uint64_t next;
    struct ptn_row_name chain;  /* of its parts, behind the former editions' */
    struct ptn_rows_one *added; /* ascending by bytes */
    size_t added_count, added_room, added_bytes;
    struct ptn_rows_gone *gone; /* ascending by name */
    size_t gone_count, gone_room;
};

struct ptn_rows_of {
    unsigned source;
    struct ptn_list_edition head; /* of the last edition that counts; edition 0: none */
    struct ptn_buffer text;       /* its texts */
    char *name;                   /* Owned */
    struct ptn_rows_one *rows;    /* all that were ever there */
    size_t count, room;
    uint32_t *order; /* rows that are there, ascending by bytes */
    size_t order_count;
    uint32_t *by_name;           /* all rows, ascending by name */
    size_t doubted;              /* as the rows and what is confirmed have it */
    struct ptn_row_name *chains; /* of each edition from the first: which records made it */
    size_t chain_room;
    struct ptn_rows_edition editions[PTN_ROWS_EDITIONS_MAX]; /* a ring */
    size_t edition_count;                                    /* ever */
    uint8_t refused_root[PTN_SHA256_LEN]; /* of the edition that was refused last */
    uint64_t refused_edition;             /* 0: none since one counted */
    int64_t refused_ms;
    struct ptn_rows_pending pending;
};

struct ptn_rows {
    struct ptn_rows_of *lists[PTN_ROWS_LIST_MAX];
    size_t list_count;
    struct ptn_row_name *confirmed; /* ascending */
    size_t confirmed_count;
    size_t bytes, rows; /* of all rows */
    size_t refused;
    uint64_t version;
    struct ptn_arena *arena; /* of the row in hand */
    struct ptn_hasher *hasher;
};

PTN_MUST_USE struct ptn_status ptn_rows_name_of(struct ptn_hasher *hasher, struct ptn_bytes row,
                                                struct ptn_row_name *ret_name);

/* The tree head over count rows' names. NO_MEMORY, IO. */
PTN_MUST_USE struct ptn_status ptn_rows_root(struct ptn_hasher *hasher,
                                             const struct ptn_row_name *names, size_t count,
                                             uint8_t ret_root[PTN_SHA256_LEN]);

/* For qsort: whatever begins with a row's name. */
int ptn_rows_compare_names(const void *a, const void *b);

bool ptn_rows_same_profile(const struct ptn_list_edition *a, const struct ptn_list_edition *b);

/* The one of these, ascending by bytes, that is a row of the same entry; NULL: none. */
const struct ptn_rows_one *ptn_rows_find_entry(const struct ptn_rows_one *among, size_t count,
                                               const struct ptn_rows_one *row);

/* ptn_row_covers of two rows that were read before; false without memory. */
bool ptn_rows_covers(const struct ptn_rows *rows, const struct ptn_rows_one *newer,
                     const struct ptn_rows_one *former);

enum ptn_row_fate ptn_rows_fate(const struct ptn_rows *rows, const struct ptn_rows_of *list,
                                uint32_t index);

/* How many rows went and are not confirmed. */
size_t ptn_rows_count_doubted(const struct ptn_rows *rows, const struct ptn_rows_of *list);

/* Forget the parts that came of an edition. */
void ptn_rows_drop_pending(struct ptn_rows_pending *pending);

/* Another ledger's list of that name has all of its editions, record for record, and went on from
 * them, as a centre does that was built again: all that is in force of it is in force of that. */
bool ptn_rows_is_gone_on(const struct ptn_rows *rows, size_t index);

/* NULL: none yet. */
struct ptn_rows_of *ptn_rows_find(const struct ptn_rows *rows, unsigned source,
                                  struct ptn_bytes name);

/* ---- into a snapshot, and beside one (rows_build.c, rows_delta.c) ---- */

/* Whether a list is in the snapshot, and under which name what is in force of it in that way. */
bool ptn_rows_is_built(const struct ptn_rows *rows, size_t index);
void ptn_rows_built_name(const struct ptn_rows *rows, size_t index, enum ptn_row_fate fate,
                         char name[PTN_LIST_NAME_MAX + 1]);

/* An entry's id as of a row that is not confirmed to be gone. NO_MEMORY. */
PTN_MUST_USE struct ptn_status ptn_rows_mark_id(struct ptn_arena *arena,
                                                const struct ptn_rows_one *row,
                                                struct ptn_list_entry *entry);

/* The snapshot of what is in force and the base does not have, with all lists. NULL: of all. */
PTN_MUST_USE struct ptn_status ptn_rows_build_beside(const struct ptn_rows *rows,
                                                     const struct ptn_rows_base *base,
                                                     const struct ptn_world *world,
                                                     struct ptn_buffer *out,
                                                     struct ptn_diag *reterr);

/* Entries of one list in the base: from first up to end. */
struct ptn_rows_span {
    uint32_t first, end;
};
/* Of no list there: empty. base may be NULL, here and below: nothing is in it. */
struct ptn_rows_span ptn_rows_span_of(const struct ptn_rows_base *base, const char *name);

/* Whether the base has that row among those. */
bool ptn_rows_is_kept(const struct ptn_rows_base *base, size_t list, size_t row,
                      struct ptn_rows_span span);

static inline struct ptn_bytes ptn_rows_bytes(const struct ptn_rows_one *row)
{
    return ptn_bytes_of(row->bytes, row->len);
}
#endif
