/* main/walk.h -- a node's ledger read by a command, beside whoever runs the node. */
#ifndef PTN_MAIN_WALK_H
#define PTN_MAIN_WALK_H
#include "ledger/ledger.h"
#include "record/record.h"

/* Every entry of the ledger in dir that walk wants, opened with the node's own key. The codes of
 * ptn_vault_open, ptn_ledger_open_reader and ptn_ledger_walk. */
PTN_MUST_USE struct ptn_status ptn_walk_node(const char *dir, const struct ptn_ledger_walk *walk,
                                             struct ptn_diag *reterr);

/* Who takes what a centre published, and of which kinds. */
struct ptn_walk_published {
    enum ptn_record_kind kinds[2]; /* twice the same: one */
    struct ptn_status (*take)(void *context, enum ptn_record_kind kind, struct ptn_bytes payload);
    void *context;
};

/* Every record of these kinds that the centre in dir wrote and nobody erased, in order. One that
 * take refuses counts for nothing, as at a post; NO_MEMORY and IO end the walk. The codes of
 * ptn_walk_node. */
PTN_MUST_USE struct ptn_status ptn_walk_published(const char *dir,
                                                  const struct ptn_walk_published *published,
                                                  struct ptn_diag *reterr);
#endif
