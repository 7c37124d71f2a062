/*
 * names/index_near_int.h -- the forms of an index that may be like a part.
 */
#ifndef PTN_NAMES_INDEX_NEAR_INT_H
#define PTN_NAMES_INDEX_NEAR_INT_H
#include "names/index_int.h"

/* Which skeletons a look-up has already come by; at holds one number a skeleton, zero at first. */
struct ptn_near_seen {
    uint32_t *at;
    uint32_t stamp;
};

typedef void (*ptn_near_fn)(void *context, uint32_t form);

/*
 * Call found for every form of a part (or of a join) whose distance to this part is within the
 * limit; likeness by table (variants) and cut starts are not looked for here. is_join: the part is
 * itself a join. False when the bytes are no index.
 */
bool ptn_near_forms(const struct ptn_index_view *view, const struct ptn_name_part *part,
                    bool is_join, bool among_joins, struct ptn_near_seen *seen, ptn_near_fn found,
                    void *context);

#endif
