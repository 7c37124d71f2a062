/*
 * node/force_int.h -- all lists in force at a post, asked as one: the snapshot and the registers in
 * its folder, and what centres publish. Lanes, trips, carriers' lists, look-up lists on paper and
 * screening again ask here, so that none of them knows a list that another does not (FORCE-1).
 */
#ifndef PTN_NODE_FORCE_INT_H
#define PTN_NODE_FORCE_INT_H
#include "node/node_int.h"

/* What is in force now, held: matches are views of it until it is left. */
void ptn_force_enter(struct ptn_node *node, struct ptn_force *ret_force);
/* A zeroed one is fine. */
void ptn_force_leave(struct ptn_force *force);

/* Something is there to search people in, beside orders to leave. */
bool ptn_force_has_lists(const struct ptn_force *force);

/* What a search found beside the matches. */
struct ptn_force_found {
    size_t file_count;              /* of the check's matches: those of force->file come first */
    struct ptn_check_order *orders; /* the check's, to be added to */
};

/*
 * ptn_force_search(force, query, now_ms, arena, check, ret_found, reterr):
 * Search everything. The check has no matches before; it gets them, with near numbers, orders to
 * leave, whether more were left out, and whether lists were there to be searched. The codes of
 * ptn_screen.
 */
PTN_MUST_USE struct ptn_status
ptn_force_search(const struct ptn_force *force, const struct ptn_screen_query *query,
                 int64_t now_ms, struct ptn_arena *arena, struct ptn_check *check,
                 struct ptn_force_found *ret_found, struct ptn_diag *reterr);

/* The lists that it searches, with editions and ages, as an advice says which were: into the check.
 * NO_MEMORY. */
PTN_MUST_USE struct ptn_status ptn_force_ages(const struct ptn_force *force, int64_t now_ms,
                                              struct ptn_arena *arena, struct ptn_check *check,
                                              struct ptn_diag *reterr);

/* The index-th snapshot of people on lists: alerts first, then published lists, then the folder's.
 * NULL: no more. */
const struct ptn_snapshot *ptn_force_snapshot(const struct ptn_force *force, size_t index);
/* Whether an entry of one of them does not count any more. */
bool ptn_force_is_gone(const struct ptn_force *force, const struct ptn_snapshot *snapshot,
                       size_t ordinal);

/* Names what is searched: other lists, alerts or registers are another edition. 0: there are no
 * lists. */
uint64_t ptn_force_edition(const struct ptn_force *force);
#endif
