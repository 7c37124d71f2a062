/*
 * node/import.h -- what another system knew, out of CSV files: past crossings, alerts, visas and
 * permits, people who sign in.
 *
 * Columns, rules and what a second run does: docs/format/import.md. The reader is pure; the run
 * needs the node's folder to itself.
 */
#ifndef PTN_NODE_IMPORT_H
#define PTN_NODE_IMPORT_H
#include "base/text.h"
#include "base/world.h"
#include "node/staff.h"
#include "record/alert.h"
#include "record/crossing.h"
#include "record/permit.h"

enum ptn_import_kind {
    PTN_IMPORT_CROSSINGS,
    PTN_IMPORT_ALERTS,
    PTN_IMPORT_USERS,
    PTN_IMPORT_PERMITS,
};
#define PTN_IMPORT_KIND_COUNT 4u

/* "crossings", "alerts", "users", "permits": a literal; and back, PTN_IMPORT_KIND_COUNT for no
 * known word. */
const char *ptn_import_kind_word(enum ptn_import_kind kind);
enum ptn_import_kind ptn_import_kind_from_word(const char *word);

/* ---- reading ---- */

#define PTN_IMPORT_COLUMNS_MAX 32u

/* Zeroed, then opened. Views point into the bytes and the arena of the row. */
struct ptn_import_reader {
    enum ptn_import_kind kind;
    struct ptn_csv csv;
    size_t columns[PTN_IMPORT_COLUMNS_MAX]; /* the field of each column of the kind */
    size_t width;                           /* fields of the header */
};

/* One row; of the kind's own member only. Ids, who imports, and when are not set. */
struct ptn_import_row {
    struct ptn_crossing crossing;
    struct ptn_alert alert; /* identities: at person, or none */
    struct ptn_person person;
    struct ptn_permit permit;       /* issuer: empty when the row has none */
    struct ptn_staff_member member; /* hash: empty when the row has none */
};

/*
 * ptn_import_open(reader, kind, bytes, arena, reterr):
 * Read the header: every column is known, none is there twice, those that must be there are.
 * bytes is Borrowed by the reader. arena is for the header alone. BAD_INPUT with the column's
 * number, from 1.
 */
PTN_MUST_USE struct ptn_status ptn_import_open(struct ptn_import_reader *reader,
                                               enum ptn_import_kind kind, struct ptn_bytes bytes,
                                               struct ptn_arena *arena, struct ptn_diag *reterr);

/*
 * ptn_import_next(reader, arena, ret_row, ret_line, reterr):
 * The next row. *ret_line: the line it begins on, from 1.
 *
 * OK; BAD_INPUT: this row is rejected, reterr->text names the column or says why: ask again;
 * NOT_FOUND at the end; CORRUPT: the file is cut off inside a row, or a row is past every limit:
 * nothing after it can be read; NO_MEMORY.
 */
PTN_MUST_USE struct ptn_status ptn_import_next(struct ptn_import_reader *reader,
                                               struct ptn_arena *arena,
                                               struct ptn_import_row *ret_row, size_t *ret_line,
                                               struct ptn_diag *reterr);

/* ---- into a node ---- */

/* All Borrowed for the call. */
struct ptn_import {
    enum ptn_import_kind kind;
    const char *source;  /* what the other system is called: the mark on every record */
    const char *officer; /* who imports; alerts */
    const char *second;  /* the second person; alerts; may be NULL */
    bool dry_run;        /* read, check and count; write nothing */
    void *context;
    /* Told of each row that is rejected, in order; reason is a literal. May be NULL. */
    void (*reject)(void *context, size_t line, const char *reason);
    /* After each batch that is durable. May be NULL. */
    void (*progress)(void *context, uint64_t rows);
};

struct ptn_import_counts {
    uint64_t rows; /* taken + there + rejected */
    uint64_t taken;
    uint64_t there; /* the same row was imported before, or stands twice in the file */
    uint64_t rejected;
};

#define PTN_IMPORT_BATCH 512u /* rows made durable at once */

/*
 * ptn_import_run(world, dir, import, bytes, ret_counts, reterr):
 * Take the file into the node in dir, whose lock is taken: a node that runs must be stopped.
 * Crossings and permits into the ledger of a post or a centre, alerts into a centre's. People into
 * the file of people that dir then is (made when missing, no lock: what `postern staff sign` seals
 * and signs), or into the `staff` of a centre, or of a post that is in no country.
 * *ret_counts is set also on failure, as far as it came.
 *
 * Each batch is durable whole or not at all; a run that was cut off is run again, and a row that is
 * in the ledger is not written a second time.
 *
 * OK, also with rejected rows; BUSY when the node runs; BAD_INPUT for a header, a name or a node
 * that does not take this kind; CORRUPT: the file ends inside a row (what came before is in), or
 * the ledger fails its proof; IO; NO_MEMORY; TOO_BIG.
 */
PTN_MUST_USE struct ptn_status ptn_import_run(const struct ptn_world *world, const char *dir,
                                              const struct ptn_import *import,
                                              struct ptn_bytes bytes,
                                              struct ptn_import_counts *ret_counts,
                                              struct ptn_diag *reterr);
#endif
