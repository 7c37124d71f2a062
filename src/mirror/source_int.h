/*
 * mirror/source_int.h -- what a pusher pushes: the own ledger, or the copy of the one that this
 * node succeeds. One of the two is set. The functions say what those of ledger/serving.h say.
 */
#ifndef PTN_MIRROR_SOURCE_INT_H
#define PTN_MIRROR_SOURCE_INT_H
#include "ledger/serving.h"

struct ptn_source {
    struct ptn_ledger *ledger;
    struct ptn_copy *copy;
};

const char *ptn_source_origin(const struct ptn_source *source);
/* Of a copy: NOT_FOUND while a payload is missing in it. What it has not got yet is not lost, and a
 * keeper that were told so would go on without. */
PTN_MUST_USE struct ptn_status ptn_source_checkpoint(const struct ptn_source *source,
                                                     struct ptn_buffer *out);
PTN_MUST_USE struct ptn_status ptn_source_root(const struct ptn_source *source, uint64_t size,
                                               struct ptn_hash *ret_root);
PTN_MUST_USE struct ptn_status ptn_source_consistency(const struct ptn_source *source,
                                                      uint64_t size1, uint64_t size2,
                                                      struct ptn_proof *ret_proof);
PTN_MUST_USE struct ptn_status ptn_source_subtree(const struct ptn_source *source, uint64_t start,
                                                  uint64_t end, uint64_t size,
                                                  struct ptn_proof *ret_proof);
PTN_MUST_USE struct ptn_status ptn_source_run(const struct ptn_source *source, uint64_t first,
                                              uint64_t end, bool with_payloads,
                                              ptn_serving_entry_fn take, void *context);
bool ptn_source_erased(const struct ptn_source *source, uint64_t index);
#endif
