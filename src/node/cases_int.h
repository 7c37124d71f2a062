/* node/cases_int.h -- cases in memory: what the node's other files do with them. */
#ifndef PTN_NODE_CASES_INT_H
#define PTN_NODE_CASES_INT_H
#include "node/lane.h"
#include "node/node_int.h"

#define PTN_CLEARED_MAX 16384u /* the last ones */

/* A step as it lies in the ledger. */
struct ptn_case_entry {
    uint64_t seq;
    size_t len;
    uint8_t *payload; /* Owned */
};

struct ptn_case {
    struct ptn_case_line line;
    struct ptn_record_id scan;
    bool exempt;
    bool busy;                    /* a step is on its way to the disk */
    struct ptn_case_entry *steps; /* Owned */
    size_t step_count;
};

struct ptn_cleared_row {
    uint8_t key[PTN_NODE_ID_LEN]; /* of person and entry */
    struct ptn_cleared cleared;
};

struct ptn_cases {
    struct ptn_casebook book;
    struct ptn_arena *arena; /* for learning, under the lock */
    struct ptn_case **at;    /* Owned; in the order of their opening */
    size_t count, room;
    size_t open_count;
    uint64_t lost;
    struct ptn_cleared_row *cleared; /* Owned; PTN_CLEARED_MAX, a ring */
    size_t cleared_count;            /* ever */
};

/* Read the post's files of the second line. BAD_INPUT with the line; NO_MEMORY; IO. */
PTN_MUST_USE struct ptn_status ptn_cases_open(struct ptn_node *node, struct ptn_diag *reterr);
void ptn_cases_close(struct ptn_node *node);

/* Learn from one case record, just written or read at start. Under the lock; owner only. BAD_INPUT
 * for one that cannot follow: it is left out. */
PTN_MUST_USE struct ptn_status ptn_cases_learn(struct ptn_node *node, struct ptn_bytes payload,
                                               uint64_t seq);

/* The case, or NULL. Under the lock. */
struct ptn_case *ptn_cases_find(const struct ptn_cases *cases, struct ptn_record_id of);

/* How a case stands: its state's or outcome's word, or NULL. Under the lock. */
const char *ptn_cases_word(const struct ptn_cases *cases, struct ptn_record_id of);

/* Its steps' bytes, copied into the arena: under the lock. Then read, without it. NO_MEMORY. */
PTN_MUST_USE struct ptn_status ptn_cases_copy(const struct ptn_case *one, struct ptn_arena *arena,
                                              struct ptn_bytes **ret_payloads);
PTN_MUST_USE struct ptn_status ptn_cases_parse(const struct ptn_bytes *payloads, size_t count,
                                               struct ptn_arena *arena,
                                               struct ptn_case_step **ret_steps);

/* ---- doing a step ---- */

/* What a step is judged by. */
struct ptn_case_judging {
    const struct ptn_casebook *book;
    const struct ptn_lane_who *who;
    const struct ptn_case_ask *ask;
    struct ptn_case one;               /* as it stood: its own steps are not to be followed */
    const struct ptn_case_step *steps; /* so far */
    size_t count;
    struct ptn_bytes kind;
};

/* May anybody of this role look at cases at all? */
bool ptn_cases_may(const struct ptn_lane_who *who);

/*
 * Take the case for this step, and judge it. OK: the case is held, for ptn_case_write or
 * ptn_case_let_go; or doing->again, and it is not. BAD_INPUT with doing->refusal, BUSY, NO_MEMORY:
 * it is not held.
 */
PTN_MUST_USE struct ptn_status ptn_case_begin(struct ptn_node *node, const struct ptn_lane_who *who,
                                              struct ptn_bytes id, const struct ptn_case_ask *ask,
                                              struct ptn_arena *arena, struct ptn_case_doing *doing,
                                              struct ptn_case_judging *judging);
/* Submit the records of a step that was judged. NO_MEMORY: the case is let go. */
PTN_MUST_USE struct ptn_status ptn_case_write(const struct ptn_case_judging *judging,
                                              struct ptn_arena *arena,
                                              struct ptn_case_doing *doing);
/* Answer a step that was written before. */
void ptn_case_again(struct ptn_case_doing *doing);
void ptn_case_let_go(struct ptn_node *node, struct ptn_record_id of);
/* The rung of its records. POST-5 */
uint8_t ptn_case_rung(struct ptn_node *node, const struct ptn_case_line *line);

/* Owner only: read a part of an attachment that is waited for; answer all of them. */
bool ptn_cases_read_turn(struct ptn_node *node);
void ptn_cases_read_none(struct ptn_node *node);

/* Append the record that opens the case of a referral. decision: the advice's record, or empty. */
PTN_MUST_USE struct ptn_status
ptn_cases_write_opening(struct ptn_node *node, const struct ptn_crossing *referral,
                        struct ptn_bytes decision, struct ptn_arena *arena, struct ptn_buffer *out);
#endif
