/*
 * names/index_order_int.h -- the order in which names lie in an index: by cohort, then those beside
 * each other that have parts in common, so that what one question looks at lies close together.
 */
#ifndef PTN_NAMES_INDEX_ORDER_INT_H
#define PTN_NAMES_INDEX_ORDER_INT_H
#include "names/index_int.h"

struct ptn_order_source {
    const struct ptn_index_name *named;
    const struct ptn_index_entry *names;
    size_t count; /* of both */
    const uint32_t *units;
    const struct ptn_name_part *forms; /* of parts, in their order */
    uint32_t form_count;
};

/* ret_order gets count numbers of names. False: no memory. */
bool ptn_index_order(const struct ptn_order_source *source, uint32_t *ret_order);

#endif
