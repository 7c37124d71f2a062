/*
 * node/idle_int.h -- idle looks: people and vehicles that were asked about and then neither let
 * through nor sent to the second line. A lane that makes many of them may be reading a list out by
 * questions. Counted by lane, and by officer wherever they sit. Private to node/.
 *
 * ACCESS-2. It shuts nothing: whoever makes too many is answered more slowly, and named. Counts are
 * learnt from the ledger's last entries too, so that a restart begins no count anew.
 */
#ifndef PTN_NODE_IDLE_INT_H
#define PTN_NODE_IDLE_INT_H
#include "node/shift.h"

#define PTN_IDLE_FREE  128u /* idle looks of an hour that nobody minds: a coach waits whole */
#define PTN_IDLE_TIMES 2u   /* and as often as this for each that was settled */

struct ptn_idle; /* opaque; all of it under the node's lock, or before all others */

/* NULL: no memory. */
struct ptn_idle *ptn_idle_new(void);
void ptn_idle_free(struct ptn_idle *idle);

/* What tells one person or plate from another, for as long as it is remembered; it names nobody.
 * Pure. */
uint64_t ptn_idle_mark(const struct ptn_person *person, struct ptn_bytes plate);

/*
 * Somebody was asked about; and was settled: a crossing, a referral, a tally, a vehicle. Looking
 * twice at one of the last 64 counts once: a document is scanned again, a party grows.
 */
void ptn_idle_looked(struct ptn_idle *idle, struct ptn_bytes lane, struct ptn_bytes officer,
                     uint64_t mark, int64_t time_ms);
void ptn_idle_settled(struct ptn_idle *idle, struct ptn_bytes lane, struct ptn_bytes officer,
                      int64_t time_ms);

/* Whether the next question of this officer at this lane is answered now. */
bool ptn_idle_may(const struct ptn_idle *idle, struct ptn_bytes lane, struct ptn_bytes officer,
                  int64_t now_ms);

/* A question at a lane: whether it is answered now, and that it was, about this person or this
 * plate. They take the node's lock. */
bool ptn_node_may_look(struct ptn_node *node, const struct ptn_lane_who *who);
void ptn_node_looked(struct ptn_node *node, const struct ptn_lane_who *who,
                     const struct ptn_person *person, struct ptn_bytes plate);

/* Who makes too many now, at most PTN_SHIFT_IDLE_MAX of them; returns how many there are. */
size_t ptn_idle_over(const struct ptn_idle *idle, int64_t now_ms,
                     struct ptn_shift_idle ret_over[PTN_SHIFT_IDLE_MAX]);

/* People and vehicles that were asked about in the last hour, at all lanes. */
uint32_t ptn_idle_looks(const struct ptn_idle *idle, int64_t now_ms);
#endif
