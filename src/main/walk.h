/* main/walk.h -- a node's ledger read by a command, beside whoever runs the node. */
#ifndef PTN_MAIN_WALK_H
#define PTN_MAIN_WALK_H
#include "ledger/ledger.h"

/* Every entry of the ledger in dir that walk wants, opened with the node's own key. The codes of
 * ptn_vault_open, ptn_ledger_open_reader and ptn_ledger_walk. */
PTN_MUST_USE struct ptn_status ptn_walk_node(const char *dir, const struct ptn_ledger_walk *walk,
                                             struct ptn_diag *reterr);
#endif
