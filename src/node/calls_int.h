/* node/calls_int.h -- calls of ships in memory: what the node's other files do with them. */
#ifndef PTN_NODE_CALLS_INT_H
#define PTN_NODE_CALLS_INT_H
#include "node/arrivals.h"
#include "node/node_int.h"

#define PTN_CALLS_PLACES_NONE SIZE_MAX

/* One person, as the ship's list had them when they first stood at the gangway. */
struct ptn_aboard {
    char surname[PTN_CALLS_NAME_MAX + 1], given[PTN_CALLS_NAME_MAX + 1];
    char number[PTN_DOCUMENT_NUMBER_MAX + 1];
    char place[PTN_CALLS_PLACE_MAX + 1];
    char lane[PTN_LANE_NAME_MAX + 1];
    struct ptn_person facts; /* what is no text */
    bool crew, signed_on, was_out, uncounted;
    bool busy; /* a tally is on its way to the disk */
    enum ptn_calls_standing standing;
    int64_t since_ms;
    struct ptn_record_id last; /* the newest record of them */
};

/* Of a person's number, and of name and birth date: looked through before the people are. 0: there
 * is none. */
struct ptn_aboard_key {
    uint32_t number, name;
};

struct ptn_called {
    struct ptn_calls_line line; /* its counts are worked out when they are asked for */
    struct ptn_record_id id;
    bool busy; /* it is being closed */
    size_t referred, strangers;
    struct ptn_aboard *people;   /* Owned */
    struct ptn_aboard_key *keys; /* Owned: of each of them */
    size_t count, room;
    uint64_t *entries; /* Owned: where its records lie in the ledger */
    size_t entry_count, entry_room;
};

struct ptn_calls {
    struct ptn_called *at[PTN_CALLS_MAX]; /* Owned; in the order of their opening */
    size_t count;
    bool opening; /* a call that is being opened is on its way to the disk */
};

/* Room for calls at all. Under the lock. False: no memory. */
bool ptn_calls_ready(struct ptn_node *node);

/* What was closed PTN_ARRIVALS_KEEP_MS ago is forgotten. The owner's. */
void ptn_calls_turn(struct ptn_node *node);

void ptn_calls_close_all(struct ptn_node *node);

/* Learn from one record, just written or read at start. Under the lock, or before all others.
 * BAD_INPUT for one that cannot follow: it is left out. NO_MEMORY. */
PTN_MUST_USE struct ptn_status ptn_calls_learn(struct ptn_node *node, struct ptn_bytes payload,
                                               uint64_t index);

/* The call, or NULL. Under the lock. */
struct ptn_called *ptn_calls_of(const struct ptn_node *node, struct ptn_record_id id);

/* How it stands. Under the lock. */
struct ptn_calls_counts ptn_calls_count(const struct ptn_called *called);

/* The place of this person, or PTN_CALLS_PLACES_NONE. Under the lock. */
size_t ptn_calls_place(const struct ptn_called *called, const struct ptn_person *person);

/* The person as records have them: views of the place. */
struct ptn_person ptn_aboard_person(const struct ptn_aboard *aboard);

/* ---- a scan at a gangway ---- */

/* Which voyage the person is looked for in; NULL: all that are near. */
static inline const char *ptn_calls_voyage(const struct ptn_lane_answer *answer)
{
    return answer->gangway.asked ? answer->gangway.voyage : NULL;
}

/* Take the scan's call up. BAD_INPUT with no_call set: it is not open here. */
PTN_MUST_USE struct ptn_status ptn_calls_begin(struct ptn_node *node,
                                               const struct ptn_lane_scan *scan,
                                               struct ptn_lane_answer *answer,
                                               struct ptn_diag *reterr);
/* After the row was looked for: who it is in the call, and what a check asks of them. NO_MEMORY. */
PTN_MUST_USE struct ptn_status
ptn_calls_meet(struct ptn_node *node, const struct ptn_lane_scan *scan, struct ptn_arena *arena,
               struct ptn_lane_answer *answer, struct ptn_check *check, struct ptn_diag *reterr);

/* What goes with a settlement of this scan. Under the lock. NO_MEMORY. */
PTN_MUST_USE struct ptn_status ptn_calls_settling(struct ptn_node *node,
                                                  const struct ptn_scan_slot *slot,
                                                  const struct ptn_crossing *crossing,
                                                  struct ptn_arena *arena,
                                                  struct ptn_ship_call *ret_record);
#endif
