/* main/screen_replay.h -- `postern screen --replay DIR`: the matches that a node's decisions rest
 * on, worked out again. */
#ifndef PTN_MAIN_SCREEN_REPLAY_H
#define PTN_MAIN_SCREEN_REPLAY_H
#include "watch/snapshot.h"

/*
 * Read every decision in the ledger of the node in dir, screen its person against the snapshot as
 * the lane did, and print one object a decision: {"entry", "same", "recorded", "again", "differs":
 * [{"list", "entry", "recorded", "again"}]}, and {"summary": {...}} last. Nobody is named. Lists
 * that the snapshot does not hold in the recorded edition are left out and counted. Returns the
 * exit code: 1 when a decision differs.
 */
int ptn_screen_replay(const struct ptn_snapshot *snapshot, const char *dir);
#endif
