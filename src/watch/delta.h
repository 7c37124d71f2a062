/*
 * watch/delta.h -- what changed since a snapshot was made: a small snapshot of the entries that
 * came, beside the big one, the base, of which some entries do not count any more.
 *
 * DELTA-1: base and delta answer every question as one snapshot made of what counts in both would:
 * the same matches in the same order, and the same of whether there are more. An open delta is
 * read-only: any number of threads may use it. Format and argument: docs/format/delta.md.
 */
#ifndef PTN_WATCH_DELTA_H
#define PTN_WATCH_DELTA_H
#include "watch/screen.h"

#define PTN_DELTA_LEN_MAX ((size_t)1 << 30)

/* Opaque. */
struct ptn_delta;

/*
 * ptn_delta_write(base, gone, gone_count, snapshot, out, reterr):
 * Append a delta: ordinals of the base that do not count, ascending, and the bytes of a snapshot
 * that has all lists in force. TOO_BIG, NO_MEMORY, IO; the buffer is as before then.
 */
PTN_MUST_USE struct ptn_status ptn_delta_write(const struct ptn_snapshot *base,
                                               const uint32_t *gone, size_t gone_count,
                                               struct ptn_bytes snapshot, struct ptn_buffer *out,
                                               struct ptn_diag *reterr);

/*
 * ptn_delta_open(world, path, base, ret_delta, reterr):
 * Map a delta and check it whole. *ret_delta is Owned; world and base are Borrowed and outlive it.
 *
 * OK; NOT_FOUND: there is none, or it is of another base; IO; NO_MEMORY; CORRUPT with the offset;
 * BAD_INPUT for a file that is no delta or of another version.
 */
PTN_MUST_USE struct ptn_status ptn_delta_open(const struct ptn_world *world, const char *path,
                                              const struct ptn_snapshot *base,
                                              struct ptn_delta **ret_delta,
                                              struct ptn_diag *reterr);
/* The same over bytes that outlive it (8-byte aligned). */
PTN_MUST_USE struct ptn_status ptn_delta_open_bytes(struct ptn_bytes bytes,
                                                    const struct ptn_snapshot *base,
                                                    struct ptn_delta **ret_delta,
                                                    struct ptn_diag *reterr);
void ptn_delta_close(struct ptn_delta *delta); /* NULL is fine */

/* Names it, with the base it is of. */
void ptn_delta_digest(const struct ptn_delta *delta, uint8_t ret_digest[PTN_SHA256_LEN]);

/* The entries that the base does not have. */
const struct ptn_snapshot *ptn_delta_snapshot(const struct ptn_delta *delta);

/* Whether an entry of the base does not count any more. NULL: all count. */
bool ptn_delta_is_gone(const struct ptn_delta *delta, size_t ordinal);
size_t ptn_delta_gone_count(const struct ptn_delta *delta);

/* All lists that are in force, with the entries and names that count in both; index below the
 * delta's snapshot's list_count. */
struct ptn_snapshot_list ptn_delta_list(const struct ptn_delta *delta, size_t index);

/*
 * As ptn_screen of one snapshot made of both. delta may be NULL: of the base alone. A match's
 * ordinal is the one in the snapshot that has it.
 */
PTN_MUST_USE struct ptn_status ptn_delta_screen(const struct ptn_snapshot *base,
                                                const struct ptn_delta *delta,
                                                const struct ptn_screen_query *query,
                                                struct ptn_arena *arena,
                                                struct ptn_match **ret_matches, size_t *ret_count,
                                                bool *ret_more, struct ptn_diag *reterr);

/* ---- folding: base and delta become one snapshot again ---- */

/* Append the snapshot of all that counts in both: to the byte what ptn_rows_build makes of those
 * rows, the moment of making aside. The codes of ptn_snapshot_builder_make. */
PTN_MUST_USE struct ptn_status ptn_delta_fold(const struct ptn_snapshot *base,
                                              const struct ptn_delta *delta,
                                              const struct ptn_world *world, struct ptn_buffer *out,
                                              struct ptn_diag *reterr);

/*
 * ptn_delta_check(base, delta, folded, ret_same):
 * Ask folded about some that the delta brought, some it took away and some of all (DELTA-2): with
 * the index, without it, and base and delta. Fewer questions the more names there are: about four
 * million names are scored in all.
 *
 * ret_same  All answers are the same.
 * OK; NO_MEMORY.
 */
PTN_MUST_USE struct ptn_status ptn_delta_check(const struct ptn_snapshot *base,
                                               const struct ptn_delta *delta,
                                               const struct ptn_snapshot *folded, bool *ret_same);
#endif
