/* node/returning_int.h -- what the files of a post's return share. */
#ifndef PTN_NODE_RETURNING_INT_H
#define PTN_NODE_RETURNING_INT_H
#include "node/apply_int.h"
#include "node/returning.h"
#include "record/stage.h"

/* A lane that signed in here, and which ways the return let it in. */
struct ptn_returning_lane {
    char name[PTN_LANE_NAME_MAX + 1];
    bool in[PTN_DIRECTION_COUNT];
};

struct ptn_decoy_kept {
    enum ptn_decoy_kind kind;
    char name[PTN_STAFF_USER_MAX + 1];
};

struct ptn_returning_state {
    /* the owner's */
    bool has_program, has_certificate, has_down, has_former, has_account;
    uint8_t program[PTN_SHA256_LEN];
    uint8_t certificate[PTN_SHA256_LEN];
    char former[PTN_NOTE_NAME_LEN_MAX + 1]; /* origin of the ledger that is succeeded; "" none */
    int64_t began_ms;                       /* of the own ledger's first entry */
    int64_t down_ms;                        /* what the last step down wrote */
    uint8_t down_certificate[PTN_SHA256_LEN];
    struct ptn_buffer down_credentials;
    uint64_t former_open;
    int64_t former_ms;
    uint64_t issued, open; /* of the last account written */
    int64_t account_ms;
    struct ptn_returning_ledgers ledgers;
    bool verified, verify_tried;
    enum ptn_rung held_entry, held_exit; /* as last judged */
    int64_t stage_ms, let_in_ms;         /* when the stage began; when a lane was let in last */
    int64_t service_ms;
    uint32_t canary_s;
    bool gate_told; /* the step of an open gate is written */

    /* unchanged after open */
    struct ptn_decoy_kept decoys[PTN_RETURNING_DECOYS_MAX];
    size_t decoy_count;

    /* under the node's lock */
    struct ptn_returning now;
    struct ptn_returning_lane lanes[PTN_RETURNING_LANES_MAX];
    size_t lane_count;
    bool touched; /* a decoy was; the step down is asked for */
};

/* At the node's start: after the ledger is open, before it is learnt from; each stage record; and
 * at its end. */
PTN_MUST_USE struct ptn_status ptn_returning_open(struct ptn_node *node, struct ptn_diag *reterr);
void ptn_returning_learn(struct ptn_node *node, struct ptn_bytes payload);
void ptn_returning_close(struct ptn_node *node);

/* Owner: which of GATE and STEADY hold, by what was judged without them. */
unsigned ptn_returning_conditions(struct ptn_node *node, const struct ptn_standing *found);

/* Owner: take over what was judged: stages begin and end, and are written down. */
void ptn_returning_judged(struct ptn_node *node, const struct ptn_standing *found);

/* Owner: whether the orders are to be judged again now and then, because facts may have changed. */
bool ptn_returning_is_pending(const struct ptn_node *node);

/* The words of what the gate lacks, parted by spaces; "" when nothing, or when it does not count.
 */
void ptn_returning_words(const struct ptn_node *node, char *words, size_t size);

/* Has the return let this lane in, that way? Under the lock. */
bool ptn_returning_is_in(const struct ptn_node *node, const char *lane,
                         enum ptn_direction direction);

/* Owner or, for LANE and DECOY, any thread: write a step down. */
void ptn_returning_note(struct ptn_node *node, const struct ptn_stage_moved *moved);

/* The decoys of DIR/decoys; a file that cannot be read gives those before the fault. */
void ptn_decoys_load(struct ptn_node *node);
#endif
