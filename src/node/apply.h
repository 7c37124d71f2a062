/*
 * node/apply.h -- orders at a post: taken in, judged by the post's own roster, and the rung they
 * come to.
 *
 * POST-6: an order is in force when the call that brought it returns; no disk, no other machine and
 * no person at the post is waited for. The owner's thread brings and judges; lanes read the rung.
 * What is recorded: a receipt when an order's fate here changes, a rung record when the rung moves
 * (record/notice.h). Layout of what is kept: docs/format/order.md "At a node".
 */
#ifndef PTN_NODE_APPLY_H
#define PTN_NODE_APPLY_H
#include "node/node.h"
#include "record/notice.h"
#include "trust/ladder.h"

/**
 * ptn_apply_note(node, note, hand, ret_name, reterr):
 * Owner only: a note came. From a keeper's ledger, a stick, or by hand; any number of times.
 *
 * note      Borrowed.
 * ret_name  Set on success. May be NULL.
 *
 * A note that is the next roster is put into DIR/roster and judged by from now on.
 *
 * OK: known here, whether it stands or waits. BAD_INPUT when it is no order or nobody of the roster
 * signed it; CORRUPT when it is forged: both are recorded, once. NOT_FOUND: the post has no roster
 * and follows no orders. TOO_BIG, NO_MEMORY.
 */
PTN_MUST_USE struct ptn_status ptn_apply_note(struct ptn_node *node, struct ptn_bytes note,
                                              enum ptn_receipt_hand hand, struct ptn_hash *ret_name,
                                              struct ptn_diag *reterr);

/* A step down at the post: whose hands, how far, why. */
struct ptn_apply_step {
    enum ptn_rung_hands hands;
    enum ptn_rung rung; /* local or manual */
    enum ptn_cause cause;
    struct ptn_bytes reason; /* as docs/format/order.md has it; Borrowed */
};

/* Owner only. OK; BAD_INPUT for a reason or rung that will not do in these hands; NOT_FOUND without
 * a roster; TOO_BIG, NO_MEMORY. */
PTN_MUST_USE struct ptn_status
ptn_apply_step(struct ptn_node *node, const struct ptn_apply_step *step, struct ptn_diag *reterr);

/* Owner only: the supervisor on the spot agrees to a restore, by its name. NOT_FOUND when it is not
 * here. */
PTN_MUST_USE struct ptn_status ptn_apply_confirm(struct ptn_node *node,
                                                 const struct ptn_hash *name);

/* Owner only: which conditions hold now: PTN_PROVISO_SERIALS, PTN_PROVISO_GATE. */
void ptn_apply_conditions(struct ptn_node *node, unsigned conditions);

/* Owner only: a fresh heartbeat came, or none has for the time the post is set to. */
void ptn_apply_heartbeat(struct ptn_node *node, bool fresh);

/* Owner only: take what lies in DIR/orders as from a stick. Cheap: at most five looks a second. */
void ptn_apply_turn(struct ptn_node *node);

/* Owner only: read DIR/roster again. An older version than the present is refused: BAD_INPUT. */
PTN_MUST_USE struct ptn_status ptn_apply_reload(struct ptn_node *node, struct ptn_diag *reterr);

/* ---- from any thread ---- */

#define PTN_APPLY_ASKS_MAX 64u

/*
 * The same three acts, done at the owner's next turn, which is woken: for couriers and web servers.
 * Everything is copied. OK: queued; BUSY when PTN_APPLY_ASKS_MAX wait; TOO_BIG; NO_MEMORY. What
 * becomes of it stands in the receipts.
 */
PTN_MUST_USE struct ptn_status ptn_apply_ask_note(struct ptn_node *node, struct ptn_bytes note,
                                                  enum ptn_receipt_hand hand);
PTN_MUST_USE struct ptn_status ptn_apply_ask_step(struct ptn_node *node,
                                                  const struct ptn_apply_step *step);
PTN_MUST_USE struct ptn_status ptn_apply_ask_confirm(struct ptn_node *node,
                                                     const struct ptn_hash *name);

/*
 * ---- by telephone ----
 *
 * A sealed sheet of numbered one-time codes of 12 digits lies at the post; the post has their
 * Argon2id hashes only. Whoever calls reads one out. A code takes this post to local and no
 * further. One try in 30 seconds: 5e-4 forgeries a year over 500 posts.
 */
#define PTN_APPLY_CODE_DIGITS 12u
#define PTN_APPLY_CODES_MAX   32u
#define PTN_APPLY_CODE_US     INT64_C(30000000)

/* Make count codes (1 to PTN_APPLY_CODES_MAX) for the node in dir, in place of all former ones;
 * codes[i] is that of number i + 1, digits and a NUL: for the sheet, then to be wiped. BAD_INPUT;
 * IO; NO_MEMORY. Slow: 50 ms a code. */
PTN_MUST_USE struct ptn_status
ptn_apply_codes_make(const struct ptn_world *world, const char *dir, size_t count,
                     char codes[PTN_APPLY_CODES_MAX][PTN_APPLY_CODE_DIGITS + 1],
                     struct ptn_diag *reterr);

/*
 * Any thread, and slow (50 ms): a code was read out. digits may hold spaces. The code is used up,
 * the step asked for. OK; BUSY within 30 seconds of the last try, or while asks wait; BAD_INPUT for
 * a wrong code, which is recorded; NOT_FOUND when the post has no code of that number left.
 */
PTN_MUST_USE struct ptn_status ptn_apply_code(struct ptn_node *node, unsigned number,
                                              struct ptn_bytes digits, enum ptn_cause cause,
                                              struct ptn_diag *reterr);

/* Any thread: the rung of the lanes of that direction, now: of this one, and of those that a return
 * from an attack has not let in. */
enum ptn_rung ptn_apply_rung_at(struct ptn_node *node, enum ptn_direction direction,
                                const char *lane);
enum ptn_rung ptn_apply_rung(struct ptn_node *node, enum ptn_direction direction);

struct ptn_apply_standing {
    enum ptn_rung entry, exit;
    enum ptn_cause cause;
    int64_t since_ms;                  /* when the rung last moved; 0: never */
    unsigned stopped;                  /* functions but lanes: bits of enum ptn_function */
    size_t standing;                   /* orders that stand here */
    size_t waiting;                    /* orders that wait for signatures or conditions */
    uint32_t roster;                   /* its version; 0: none */
    bool own;                          /* local by its own step alone */
    enum ptn_rung let_entry, let_exit; /* of lanes that a return from an attack has let in */
};

/* Any thread: a copy of how things stand. */
struct ptn_apply_standing ptn_apply_standing(struct ptn_node *node);

/* Any thread: an order that stands here stops carriers' messages. */
bool ptn_apply_stops_messages(struct ptn_node *node);
/* The same of the reading of documents' chips. */
bool ptn_apply_stops_chips(struct ptn_node *node);

/* ---- what is kept, and what a stick brings ---- */

#define PTN_APPLY_STICK_MAX 8u /* notes that wait in DIR/orders/in-1 … in-8 */

/* A kept note: "seen MS HAND", then the note. Borrowed. BAD_INPUT. */
PTN_MUST_USE struct ptn_status ptn_apply_file_parse(struct ptn_bytes bytes, int64_t *ret_seen_ms,
                                                    enum ptn_receipt_hand *ret_hand,
                                                    struct ptn_bytes *ret_note);

/* The same bytes back. seen_ms is not negative. The buffer's codes. */
PTN_MUST_USE struct ptn_status ptn_apply_file_write(struct ptn_buffer *out, int64_t seen_ms,
                                                    enum ptn_receipt_hand hand,
                                                    struct ptn_bytes note);

/* ---- for screens ---- */

/* One order as a screen lists it. Words are literals. */
struct ptn_apply_line {
    struct ptn_hash name;
    const char *verb, *fate, *why, *why_sq;
    enum ptn_rung rung;
    enum ptn_cause cause;
    int64_t given_ms, seen_ms;
    bool own;
    bool consented; /* the supervisor on the spot has said yes to it */
};

#define PTN_APPLY_LINES_MAX 64u

/* Any thread: the newest orders, at most PTN_APPLY_LINES_MAX into lines. Returns how many. */
size_t ptn_apply_lines(struct ptn_node *node, struct ptn_apply_line *lines);
#endif
