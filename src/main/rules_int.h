/*
 * main/rules_int.h -- what the files of `postern rules` share: rules tried on who crossed. Private
 * to main/.
 */
#ifndef PTN_MAIN_RULES_INT_H
#define PTN_MAIN_RULES_INT_H
#include "decision/rules.h"
#include "node/node.h"

/* How many of the newest crossings each rule would have met: counted, nobody is shown. */
struct ptn_rules_tried {
    size_t counted;
    size_t met[PTN_RULES_MAX]; /* by the rule's place in its file */
};

/*
 * ptn_rules_try(world, dir, plan, rules, ret_tried, reterr):
 * Run the rules on the newest crossings in the centre's view, 2,000 of the last 30 days at most.
 * Of a crossing are known the day, the place, the direction, the person, the document and the
 * plate; all else is NULL.
 *
 * OK, also when there is no view: then nobody was met; the codes of ptn_view_open.
 */
PTN_MUST_USE struct ptn_status
ptn_rules_try(const struct ptn_world *world, const char *dir, const struct ptn_node_plan *plan,
              struct ptn_rules *rules, struct ptn_rules_tried *ret_tried, struct ptn_diag *reterr);

/* Met so many that a second person must agree. */
bool ptn_rules_meets_many(const struct ptn_rules_tried *tried, size_t index);
#endif
