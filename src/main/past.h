/* main/past.h -- the invented past that a demonstration's post is born with. */
#ifndef PTN_MAIN_PAST_H
#define PTN_MAIN_PAST_H
#include "base/world.h"

/* Put it into the empty ledger of the post in dir; code is the post's. The codes of ptn_lane_seed.
 */
PTN_MUST_USE struct ptn_status ptn_past_seed(const struct ptn_world *world, const char *dir,
                                             const char *code, struct ptn_diag *reterr);
#endif
