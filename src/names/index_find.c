#include <stdlib.h>

#include "names/index.h"
#include "names/index_int.h"

struct ptn_index_scratch {
    uint32_t name_count;
};

struct ptn_index_scratch *ptn_index_scratch_new(const struct ptn_index *index)
{
    struct ptn_index_scratch *scratch = calloc(1, sizeof(*scratch));

    if (scratch != NULL)
        scratch->name_count = index->counts[PTN_SECTION_NAMES];
    return scratch;
}

void ptn_index_scratch_free(struct ptn_index_scratch *scratch)
{
    free(scratch);
}

struct ptn_status ptn_index_find(const struct ptn_index *index, const struct ptn_index_query *query,
                                 struct ptn_index_scratch *scratch, struct ptn_index_hit *ret_hits,
                                 size_t *ret_count, bool *ret_more)
{
    return ptn_index_scan(index, query, scratch, ret_hits, ret_count, ret_more);
}
