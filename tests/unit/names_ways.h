/* tests/unit/names_ways.h -- every way of finding in an index of names, also the ones that only
 * large lists are worth: for what compares finding with a scan. */
#ifndef PTN_TESTS_NAMES_WAYS_H
#define PTN_TESTS_NAMES_WAYS_H
#include "names/index_int.h"

/* Let the next questions be found in any way. below(limit): a number below limit, by the caller's
 * seed. */
static inline void choose_way(struct ptn_index_scratch *scratch, uint32_t (*below)(uint32_t limit))
{
    const struct ptn_index_costs costs = {
        .look = below(2) == 0 ? 300 : below(4),
        .counted = below(2) == 0 ? 1 : UINT32_MAX,
        .met = below(3) == 0 ? below(8) : PTN_INDEX_MET_MAX,
        .form = below(2) * 8,
        .low = below(2) == 0 ? 2 : below(3) * 100,
    };

    ptn_index_scratch_set(scratch, &costs);
    ptn_index_scratch_compare(scratch, (enum ptn_block_way)below(PTN_BLOCK_NOWHERE + 1));
}
#endif
