/* main/look_back.h -- the newest crossings of a centre's view, for asking what something new would
 * have done to them. Nobody is shown. */
#ifndef PTN_MAIN_LOOK_BACK_H
#define PTN_MAIN_LOOK_BACK_H
#include "base/world.h"
#include "record/crossing.h"

#define PTN_LOOK_BACK_COUNT 2000u /* crossings at most, the newest */
#define PTN_LOOK_BACK_LEAST 3u    /* that are no accident of a small number */
#define PTN_LOOK_BACK_SHARE 200u  /* one in so many: 0.5 % */

/* arena: for the time of the call. */
typedef struct ptn_status (*ptn_look_back_fn)(void *context, const struct ptn_crossing *crossing,
                                              struct ptn_arena *arena, struct ptn_diag *reterr);

/*
 * ptn_look_back(world, dir, each, context, ret_counted, reterr):
 * Give each of the newest crossings of the last 30 days to each, the newest first, until it is not
 * OK. dir: a centre's folder; a centre that has made no view yet has none.
 *
 * OK with how many there were; the codes of ptn_view_open, ptn_view_crossings and each.
 */
PTN_MUST_USE struct ptn_status ptn_look_back(const struct ptn_world *world, const char *dir,
                                             ptn_look_back_fn each, void *context,
                                             size_t *ret_counted, struct ptn_diag *reterr);

/* Whether so many of those counted are so many that a second person must agree. */
static inline bool ptn_look_back_is_many(size_t met, size_t counted)
{
    return met >= PTN_LOOK_BACK_LEAST && met * PTN_LOOK_BACK_SHARE > counted;
}
#endif
