/*
 * main/rescreen.h -- crossings screened again (node/again.h) at a running post: a thread of its
 * own, at the lowest priority and at most a third of one core, so that no lane is slower for it
 * (POST-1, AGAIN-2).
 */
#ifndef PTN_MAIN_RESCREEN_H
#define PTN_MAIN_RESCREEN_H
#include "base/text.h"
#include "node/again.h"

struct ptn_rescreen; /* opaque */

/*
 * ptn_rescreen_start(world, dir, node, ret_rescreen, reterr):
 * For the running node in dir, whose reading keys open its ledger. All are Borrowed. The codes of
 * ptn_vault_open and ptn_ledger_open_reader.
 */
PTN_MUST_USE struct ptn_status ptn_rescreen_start(const struct ptn_world *world, const char *dir,
                                                  struct ptn_node *node,
                                                  struct ptn_rescreen **ret_rescreen,
                                                  struct ptn_diag *reterr);
/* Before the node closes: nothing more is read. NULL is fine, here and below. */
void ptn_rescreen_stop(struct ptn_rescreen *rescreen);
/* After the node has closed, which answers whatever still waits to be written. */
void ptn_rescreen_free(struct ptn_rescreen *rescreen);

/* Append "again" to an open object: counts, nothing personal. */
void ptn_rescreen_write(struct ptn_rescreen *rescreen, struct ptn_json *json);

/*
 * `postern screen --again DIR`: read a node's ledger and print one object for each match that its
 * lanes did not have, this snapshot has and the node has not found itself: {"crossed_ms","post",
 * "direction","rung","list","entry","score","published_ms","then"}, and {"summary": {...}} last.
 * Nobody is named; nothing is written. Returns the exit code: 1 when there is one.
 */
int ptn_rescreen_print(const struct ptn_snapshot *snapshot, const char *dir, bool brute);
#endif
