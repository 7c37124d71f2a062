/*
 * node/again.h -- screened again: whoever was let through with lists that were old, or while the
 * post was on its own, is compared with what has come since.
 *
 * AGAIN-1: everybody let through in the last 14 days meets everything that comes into force at this
 * post, lists, registers and alerts; what would have matched and was not before the lane is
 * written down, once for each crossing and entry. The own ledger is all that is remembered: where
 * the reading stands is worked out from it, so that a kill loses nothing and doubles nothing.
 * AGAIN-2: it is bounded work a step, on a thread that no lane waits for (POST-1).
 * Format: docs/format/published.md "Screened again".
 */
#ifndef PTN_NODE_AGAIN_H
#define PTN_NODE_AGAIN_H
#include "ledger/ledger.h"
#include "node/lane.h"
#include "node/node.h"
#include "record/again.h"
#include "record/decision.h"
#include "watch/screen.h"

#define PTN_AGAIN_WINDOW_MS (INT64_C(14) * 24 * 3600 * 1000)
#define PTN_AGAIN_FRESH_S                                                                          \
    300u                     /* a list that was older than this when it was asked is asked again */
#define PTN_AGAIN_LOOKS 512u /* entries of one step */
#define PTN_AGAIN_STEP  32u  /* crossings screened in one step */
#define PTN_AGAIN_EACH  8u   /* entries written of one crossing in one reading */

/* ---- what was recorded, compared with what the same lists give now ---- */

/* Every list that the decision rests on is in the snapshot in its edition, and none else is. */
bool ptn_again_same_lists(const struct ptn_snapshot *snapshot, const struct ptn_decision *decision);

/* Called for each entry whose scores differ; 0: it is not there. */
typedef void (*ptn_again_differs_fn)(void *context, struct ptn_bytes list, struct ptn_bytes entry,
                                     uint64_t recorded, uint64_t again);

/* Compare a search of the snapshot with what the decision has of these lists, both ways. take may
 * be NULL. Returns how many differ. */
size_t ptn_again_compare(const struct ptn_snapshot *snapshot, const struct ptn_decision *decision,
                         const struct ptn_match *matches, size_t count, ptn_again_differs_fn take,
                         void *context);

/* ---- screening again ---- */

/*
 * A missed match, and its record; Borrowed for the call. OK: it is durable, or was only to be
 * shown. Any other: the same is found again by a later step.
 */
typedef struct ptn_status (*ptn_again_found_fn)(void *context,
                                                const struct ptn_screened_again *found,
                                                struct ptn_bytes payload);

/* A record that was found earlier, out of the ledger, oldest first. */
typedef void (*ptn_again_known_fn)(void *context, struct ptn_bytes payload);

struct ptn_again_plan {
    const struct ptn_world *world;
    struct ptn_ledger *ledger; /* of the node, open for reading; the caller's */
    struct ptn_node *node;     /* what is in force there; NULL: the snapshot alone */
    const struct ptn_snapshot *snapshot;
    bool brute; /* every name scored, no index: the same answers */
    ptn_again_found_fn found;
    ptn_again_known_fn known; /* may be NULL */
    void *context;
};

struct ptn_again; /* opaque; one thread's */

/* All of plan is Borrowed and outlives it. NULL: no memory. Owned: ptn_again_free. */
struct ptn_again *ptn_again_new(const struct ptn_again_plan *plan);
void ptn_again_free(struct ptn_again *again);

/*
 * Do some of what is to be done. *ret_more: there is more to do now.
 * OK; IO, NO_MEMORY, and the codes of found: what was at hand is tried again by the next call.
 */
PTN_MUST_USE struct ptn_status ptn_again_step(struct ptn_again *again, bool *ret_more);

struct ptn_again_standing {
    uint64_t screened; /* crossings, each reading counted */
    uint64_t found;    /* matches missed, by this start */
    uint64_t same;     /* recorded answers that came out again */
    uint64_t differs;  /* recorded answers that did not */
    uint64_t left_out; /* crossings and matches that could not be read or written down */
    uint64_t left;     /* entries of the ledger that wait to be read */
    uint64_t readings; /* whole ones */
};
void ptn_again_standing(const struct ptn_again *again, struct ptn_again_standing *ret_standing);

/* ---- for people, at a post (late.c): any thread ---- */

#define PTN_LATE_MAX 200u /* the last ones are shown; the ledger has all */

/* A record that is in the ledger, oldest first. One there is no memory for is shown after a start.
 */
void ptn_late_learn(struct ptn_node *node, struct ptn_bytes payload);

/* Of those that officer may see: how many there are, and how many have no case yet. */
struct ptn_late_count {
    size_t found, open;
};
struct ptn_late_count ptn_late_count(struct ptn_node *node, const struct ptn_officer *officer);

struct ptn_late_row {
    struct ptn_screened_again found;
    const char *second_line; /* the state or outcome of its case, a literal; NULL: there is none */
};

struct ptn_late_look {
    void (*done)(struct ptn_late_look *look);
    void *context;
    enum ptn_case_refusal refusal;
    struct ptn_late_row *rows; /* the newest first; discreet ones for whoever may see them */
    size_t count;
    struct ptn_writer_request write; /* the look itself; show nothing unless it is OK (ACCESS-1) */
};

/* OK: done will be called; BAD_INPUT with refusal: only the second line and supervisors; NO_MEMORY.
 */
PTN_MUST_USE struct ptn_status ptn_late_look(struct ptn_node *node, const struct ptn_lane_who *who,
                                             struct ptn_arena *arena, struct ptn_late_look *look);

struct ptn_late_referral {
    void (*done)(struct ptn_late_referral *referral);
    void *context;
    enum ptn_case_refusal refusal;
    struct ptn_record_id of;         /* the case: the crossing's id */
    struct ptn_writer_request write; /* its status says whether it is recorded */
    struct ptn_node *node;           /* the node's own */
};

/*
 * ptn_late_refer(node, who, id, arena, referral):
 * Open a case of the second line for the late match with this id (32 hex digits). A discreet check
 * is never one: its record is the report. OK: done will be called; BAD_INPUT with refusal, also
 * where there is a case already; NO_MEMORY.
 */
PTN_MUST_USE struct ptn_status ptn_late_refer(struct ptn_node *node, const struct ptn_lane_who *who,
                                              struct ptn_bytes id, struct ptn_arena *arena,
                                              struct ptn_late_referral *referral);
#endif
