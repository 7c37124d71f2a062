/* node/apply_int.h -- what the files of node's orders share: the set, the ladder, what was told. */
#ifndef PTN_NODE_APPLY_INT_H
#define PTN_NODE_APPLY_INT_H
#include "node/apply.h"
#include "node/node_int.h"

#define PTN_APPLY_MISSING_SIZE 160u
#define PTN_APPLY_REFUSED_MAX  64u /* refused notes remembered, so that each is recorded once */

/* What a receipt last said of an order. */
struct ptn_apply_told {
    enum ptn_receipt_fate fate; /* 0: nothing yet */
    char why[PTN_RECORD_WORD_MAX + 1];
    char missing[PTN_APPLY_MISSING_SIZE]; /* what the gate lacked, when why is "gate" */
    enum ptn_receipt_hand hand;
};

/* A record of the node's own ledger, met at the start before the orders are read. */
struct ptn_apply_learned {
    struct ptn_hash name;
    struct ptn_apply_told told;
};

struct ptn_apply {
    /* the owner's */
    struct ptn_orders *orders;
    struct ptn_arena *arena; /* the roster's arrays */
    struct ptn_buffer roster_file;
    struct ptn_roster roster; /* version 0: none */
    struct ptn_ladder ladder;
    struct ptn_apply_told *told; /* one an order, by its index */
    size_t told_capacity;
    struct ptn_apply_learned *learned; /* at the start only */
    size_t learned_count, learned_capacity;
    bool has_own; /* its own step down stands: own_name */
    struct ptn_hash own_name;
    unsigned conditions;
    unsigned file_count; /* DIR/orders/1 to here */
    int64_t looked_us;
    uint8_t refused[PTN_APPLY_REFUSED_MAX][PTN_SHA256_LEN];
    size_t refused_count; /* ever */

    struct ptn_returning_state *returning; /* Owned: node/returning_int.h */

    /* under the node's lock */
    struct ptn_apply_ask *asks, **asks_last; /* oldest first */
    size_t ask_count;
    int64_t code_us;     /* the last try of a telephone code; 0: none */
    unsigned code_wrong; /* ever */
    struct ptn_apply_standing standing;
    struct ptn_apply_line lines[PTN_APPLY_LINES_MAX];
    size_t line_count;
};

/* At the node's start, in this order: open, learn each record of the two kinds, then begin. */
PTN_MUST_USE struct ptn_status ptn_apply_open(struct ptn_node *node, struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status ptn_apply_learn(struct ptn_node *node, enum ptn_record_kind kind,
                                               struct ptn_bytes payload);
PTN_MUST_USE struct ptn_status ptn_apply_begin(struct ptn_node *node, struct ptn_diag *reterr);
void ptn_apply_close(struct ptn_node *node);

/* A note that starts as no order does: the next roster, or nothing for us (BAD_INPUT). */
PTN_MUST_USE struct ptn_status ptn_apply_roster(struct ptn_node *node, struct ptn_bytes note,
                                                struct ptn_diag *reterr);

/* Do what other threads asked for. */
void ptn_apply_answer_asks(struct ptn_node *node);
void ptn_apply_release_asks(struct ptn_apply *apply);

/* A receipt of what is no order: named by what names it. */
void ptn_apply_refuse(struct ptn_node *node, struct ptn_bytes what, const char *why,
                      enum ptn_receipt_hand hand);

/* The post for which orders are judged. */
struct ptn_orders_post ptn_apply_post(const struct ptn_node *node);

/* What stands, for lanes that a return from an attack has not let in. */
struct ptn_standing ptn_apply_shown(const struct ptn_standing *found);

/* Judge anew, move, record. hand: by which what changed came. */
void ptn_apply_judge(struct ptn_node *node, enum ptn_receipt_hand hand);

/* Append the own step's text: an order for this post alone. The buffer's codes. */
PTN_MUST_USE struct ptn_status ptn_apply_own_text(struct ptn_node *node,
                                                  const struct ptn_apply_step *step,
                                                  struct ptn_buffer *out);

/* Keep a note in DIR/orders; its failure shows at the next write of the ledger. */
void ptn_apply_keep(struct ptn_node *node, struct ptn_bytes note, int64_t seen_ms,
                    enum ptn_receipt_hand hand);
#endif
