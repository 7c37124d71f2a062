/*
 * watch/register.h -- the numbers of one list, up to hundreds of millions, in a mapped file: eleven
 * bytes a row, exact, ready at once.
 *
 * For lists too long for a snapshot: stolen documents, stolen vehicles. An open register is
 * read-only; any number of threads may ask it. Format: docs/format/register.md.
 */
#ifndef PTN_WATCH_REGISTER_H
#define PTN_WATCH_REGISTER_H
#include "watch/screen.h"

/* ---- building ---- */

/**
 * ptn_register_build(world, input, path, ret_summary, reterr):
 * Read a list of documents or vehicles and replace the register at path, whole or not at all.
 *
 * input  As for a snapshot; format stolen-csv or vehicle-csv. Rows that a register cannot hold are
 *        told to its note and counted as rejected.
 *
 * OK; BAD_INPUT with the line, also for another format; NOT_FOUND, IO, NO_MEMORY. Takes 32 bytes of
 * memory a row at most.
 */
PTN_MUST_USE struct ptn_status
ptn_register_build(const struct ptn_world *world, const struct ptn_snapshot_input *input,
                   const char *path, struct ptn_list_summary *ret_summary, struct ptn_diag *reterr);

/* ---- opening ---- */

struct ptn_register; /* opaque */

/**
 * ptn_register_open(world, path, ret_register, reterr):
 * Map a register and check what every question needs; the rest is checked before its first use.
 * *ret_register is Owned; world is Borrowed and outlives it.
 *
 * OK; NOT_FOUND; IO; NO_MEMORY; CORRUPT with the offset; BAD_INPUT for a file that is no register
 * or of another version.
 */
PTN_MUST_USE struct ptn_status ptn_register_open(const struct ptn_world *world, const char *path,
                                                 struct ptn_register **ret_register,
                                                 struct ptn_diag *reterr);
/* The same over bytes that outlive it. */
PTN_MUST_USE struct ptn_status ptn_register_open_bytes(struct ptn_bytes bytes,
                                                       struct ptn_register **ret_register,
                                                       struct ptn_diag *reterr);
void ptn_register_close(struct ptn_register *reg);

/* Views live until close. */
struct ptn_register_info {
    struct ptn_bytes list;
    struct ptn_bytes edition;
    enum ptn_list_format format;
    struct ptn_list_profile profile;
    int64_t edition_ms; /* when the list says it was made, else when the register was */
    int64_t made_ms;
    uint64_t rows; /* long ones counted */
    uint64_t read, rejected, noted;
    size_t bytes;
    uint8_t hash[PTN_SHA256_LEN]; /* names this edition of the register */
};

struct ptn_register_info ptn_register_info(const struct ptn_register *reg);

/*
 * Check the next blocks that nobody has used yet, at most `blocks` of them, from *cursor (0 at
 * first). OK: go on; NOT_FOUND: all are checked; CORRUPT with the offset.
 */
PTN_MUST_USE struct ptn_status ptn_register_check(const struct ptn_register *reg, size_t blocks,
                                                  size_t *cursor, struct ptn_diag *reterr);

/* The same of all blocks, also those that were right before, at most so many from *cursor on; after
 * the last it is 0 again. OK; CORRUPT with the offset: that block has changed. */
PTN_MUST_USE struct ptn_status ptn_register_recheck(const struct ptn_register *reg, size_t blocks,
                                                    size_t *cursor, struct ptn_diag *reterr);

/* ---- asking ---- */

#define PTN_REGISTER_MATCH_MAX 16u

/**
 * ptn_register_find(reg, query, arena, ret_matches, ret_count, reterr):
 * The rows of the query's document (number, issuer) or plate, as matches like a snapshot's; their
 * ordinal is SIZE_MAX. At most PTN_REGISTER_MATCH_MAX.
 *
 * OK, also with none; CORRUPT when a block fails its check: nothing is known then; NO_MEMORY.
 */
PTN_MUST_USE struct ptn_status ptn_register_find(const struct ptn_register *reg,
                                                 const struct ptn_screen_query *query,
                                                 struct ptn_arena *arena,
                                                 struct ptn_match **ret_matches, size_t *ret_count,
                                                 struct ptn_diag *reterr);

/* The same for numbers that a reader may have mistaken for the one shown: one character apart, of
 * the same State. A second answer: never an exact one. */
PTN_MUST_USE struct ptn_status ptn_register_near(const struct ptn_register *reg,
                                                 const struct ptn_screen_query *query,
                                                 struct ptn_arena *arena,
                                                 struct ptn_match **ret_matches, size_t *ret_count,
                                                 struct ptn_diag *reterr);

/* Is this number of this issuer listed? The bare look-up, for whoever needs no match. */
PTN_MUST_USE struct ptn_status ptn_register_has(const struct ptn_register *reg,
                                                struct ptn_bytes number, const char *issuer,
                                                bool *ret_listed, struct ptn_diag *reterr);
#endif
