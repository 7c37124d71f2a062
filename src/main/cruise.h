/*
 * main/cruise.h -- a demonstration's cruise ship: some hundreds of people who do not exist, in port
 * for three hours, who go ashore and come back; the last of them is late.
 *
 * At a seaport only. Taken in, opened, tallied and closed as people would do it, at a lane of its
 * own; a call that a former run left open goes on. Stepped by the node's owner.
 */
#ifndef PTN_MAIN_CRUISE_H
#define PTN_MAIN_CRUISE_H
#include "node/node.h"

struct ptn_cruise; /* opaque */

/* NULL: no seaport, or no memory, and no ship comes. Owned: ptn_cruise_free, after the node is
 * closed. */
struct ptn_cruise *ptn_cruise_new(struct ptn_node *node);
void ptn_cruise_free(struct ptn_cruise *cruise);

/* Let the next thing happen when it is time. NULL is fine. */
void ptn_cruise_step(struct ptn_cruise *cruise, int64_t now_ms);
#endif
