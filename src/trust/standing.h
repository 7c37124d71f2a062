/*
 * trust/standing.h -- all orders a node has seen, and what they come to at one post.
 *
 * Pure but for memory; one thread's at a time. ORDER-1: orders are a set. What stands is worked out
 * from all of them at once, so that any order of arrival and any number of copies give the same.
 * Layout and rules: docs/format/order.md.
 */
#ifndef PTN_TRUST_STANDING_H
#define PTN_TRUST_STANDING_H
#include "trust/authorise.h"

#define PTN_ORDERS_MAX       8192u
#define PTN_ORDERS_ALONE_MAX 64u /* orders that stand on one person's key alone, a key */

struct ptn_orders; /* opaque */

/* Owned by the caller; NULL: no memory. */
struct ptn_orders *ptn_orders_new(void);
void ptn_orders_free(struct ptn_orders *orders);

/**
 * ptn_orders_add(orders, roster, note, seen_ms, ret_name, ret_new, reterr):
 * Take in a note. One that is there already brings its further signatures.
 *
 * note      Borrowed; copied.
 * seen_ms   When it came here: kept from the first time.
 * ret_name  Set on success.
 * ret_new   Set on success: a new order, or new signatures on a known one.
 *
 * Signatures once found good under a roster stay good under later ones (ORDER-2). OK; BAD_INPUT
 * when it is no order, or another country's, or nobody known signed it; CORRUPT when a known key's
 * signature is wrong: forged; TOO_BIG when its one signer has given too many alone; NO_MEMORY, IO.
 */
PTN_MUST_USE struct ptn_status
ptn_orders_add(struct ptn_orders *orders, const struct ptn_roster *roster, struct ptn_bytes note,
               int64_t seen_ms, struct ptn_hash *ret_name, bool *ret_new, struct ptn_diag *reterr);

/*
 * The post's own step: an order's text that nobody signed, in the hands given (node, supervisor,
 * code). OK; BAD_INPUT when it is no withdraw; TOO_BIG, NO_MEMORY, IO.
 */
PTN_MUST_USE struct ptn_status ptn_orders_add_own(struct ptn_orders *orders, struct ptn_bytes text,
                                                  const struct ptn_signers *hands, int64_t seen_ms,
                                                  struct ptn_hash *ret_name,
                                                  struct ptn_diag *reterr);

/* The supervisor on the spot says yes to an order (a restore from manual). NOT_FOUND. */
PTN_MUST_USE struct ptn_status ptn_orders_confirm(struct ptn_orders *orders,
                                                  const struct ptn_hash *name);

/*
 * The post steps back from its own step down by itself. conditions: BRIEF and ALONE as they are.
 * OK; NOT_FOUND; BUSY when it may not.
 */
PTN_MUST_USE struct ptn_status ptn_orders_step_back(struct ptn_orders *orders,
                                                    const struct ptn_roster *roster,
                                                    const struct ptn_hash *name,
                                                    unsigned conditions);

/*
 * At a node's start: what its own ledger says of an order, so that what stood or was ended still
 * is, whoever left the roster since and whatever closed again. ended: it was ended. NOT_FOUND.
 */
PTN_MUST_USE struct ptn_status ptn_orders_recall(struct ptn_orders *orders,
                                                 const struct ptn_hash *name, bool ended);

/* At a node's start: an order that the node's own ledger says stood, and whose signers are on no
 * roster any more. The codes of ptn_orders_add_own. */
PTN_MUST_USE struct ptn_status ptn_orders_add_former(struct ptn_orders *orders,
                                                     struct ptn_bytes text, int64_t seen_ms,
                                                     struct ptn_hash *ret_name,
                                                     struct ptn_diag *reterr);

/* For whom the set is judged. */
struct ptn_orders_post {
    struct ptn_bytes origin; /* Borrowed */
    struct ptn_bytes former; /* whose successor it is: orders that name that one hold here too; may
                                be empty; Borrowed */
    unsigned kind;           /* one bit of enum ptn_order_kind */
    unsigned conditions;     /* SERIALS, GATE, STEADY as they are now */
};

/* What standing orders come to. */
struct ptn_standing {
    enum ptn_rung entry, exit; /* of the lanes in and out */
    enum ptn_cause cause;      /* the gravest */
    unsigned stopped;          /* functions but lanes: bits of enum ptn_function */
    size_t count;              /* orders that stand at this post */
    int64_t since_ms;          /* when the first of them came here; 0: none */
    int64_t attack_ms;         /* when the newest with cause attack was given, or came if that was
                                  earlier; 0: none stands */
    int64_t return_ms;         /* the same of those from which a return is or was made */
    enum ptn_stage stage;      /* of the least far return from an attack */
    enum ptn_rung held_entry, held_exit; /* of lanes that the return has not let in: RETURN-3 */
    uint32_t canary_s;                   /* as that return asks; 0: as usual */
};

/*
 * Judge the whole set anew. An order that stood stands until a restore or annul that names it is
 * authorised.
 */
struct ptn_standing ptn_orders_judge(struct ptn_orders *orders, const struct ptn_roster *roster,
                                     const struct ptn_orders_post *post);

/* What release notes in force say of a program, by its SHA-256. */
struct ptn_released {
    bool named;       /* one of them names it, given after since_ms */
    bool too_old;     /* … but another wants a higher version */
    uint32_t version; /* as the newest of them says */
};

/* As last judged. since_ms: notes given up to then do not count; 0: all do. */
struct ptn_released ptn_orders_released(const struct ptn_orders *orders,
                                        const uint8_t build[PTN_SHA256_LEN], int64_t since_ms);

/* What close notes in force at the judged post say. */
struct ptn_closed {
    bool cause;  /* of every order with cause attack that stands */
    bool swept;  /* … and each names a sweep's manifest */
    bool sheets; /* one accounts for the sheets of that ledger */
};

/* As last judged. ledger: an origin; may be empty. */
struct ptn_closed ptn_orders_closed(const struct ptn_orders *orders, struct ptn_bytes ledger);

/* The names of the restores whose return is under way at the judged post: what an advance names.
 * At most max; returns how many. */
size_t ptn_orders_returns(const struct ptn_orders *orders, struct ptn_hash *ret_names, size_t max);

/* The names of orders with cause attack that stand there: what a restore ends and a close closes.
 */
size_t ptn_orders_attacks(const struct ptn_orders *orders, struct ptn_hash *ret_names, size_t max);

enum ptn_order_fate {
    PTN_ORDER_REFUSED,
    PTN_ORDER_WAITING,
    PTN_ORDER_STANDING, /* withdraw, revoke, distrust in force; restore … accepted */
    PTN_ORDER_ENDED,
    PTN_ORDER_ELSEWHERE, /* in force, but not for this post */
};

/* "refused", "waiting", "standing", "ended", "elsewhere": a literal. */
const char *ptn_order_fate_word(enum ptn_order_fate fate);

/* One order of the set, as last judged. Everything is Borrowed, until the next change. */
struct ptn_orders_entry {
    struct ptn_hash name;
    struct ptn_bytes text;
    struct ptn_order order;
    enum ptn_order_fate fate;
    struct ptn_ruling verdict;
    struct ptn_signers signers; /* revoked ones not counted off */
    int64_t seen_ms;
    bool own;
};

size_t ptn_orders_count(const struct ptn_orders *orders);
struct ptn_orders_entry ptn_orders_at(const struct ptn_orders *orders, size_t index);

/* The index of an order; ptn_orders_count when it is not there. */
size_t ptn_orders_find(const struct ptn_orders *orders, const struct ptn_hash *name);

/* Is this officer, device (at the judged post) or key revoked by an order that stands? */
bool ptn_orders_is_revoked(const struct ptn_orders *orders, enum ptn_order_target target,
                           struct ptn_bytes name_or_key);

/* Past which size a ledger's removals and clearances no longer count; PTN_TREE_SIZE_MAX: trusted.
 * Nobody asks yet: docs/format/order.md. */
uint64_t ptn_orders_trusted_until(const struct ptn_orders *orders,
                                  const uint8_t key[PTN_PUBLIC_KEY_LEN]);

/* Past which size nothing counts that a ledger published; PTN_TREE_SIZE_MAX: all does. The least of
 * the void orders accepted at the judged post. */
uint64_t ptn_orders_void_after(const struct ptn_orders *orders,
                               const uint8_t key[PTN_PUBLIC_KEY_LEN]);
#endif
