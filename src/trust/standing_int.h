/* trust/standing_int.h -- what the files of trust/standing.h share: the set, and one order in it.
 */
#ifndef PTN_TRUST_STANDING_INT_H
#define PTN_TRUST_STANDING_INT_H
#include "trust/standing.h"

#define PTN_ORDERS_TABLE_SIZE  16384u /* a power of two above PTN_ORDERS_MAX */
#define PTN_ORDERS_REVOKED_MAX 1024u

enum ptn_orders_hand { PTN_ORDERS_HAND_AUTHORITY, PTN_ORDERS_HAND_DUTY, PTN_ORDERS_HAND_PERSONNEL };

struct ptn_orders_signer {
    uint8_t key[PTN_PUBLIC_KEY_LEN];
    enum ptn_orders_hand hand;
};

struct ptn_orders_item {
    uint8_t *text; /* Owned; the order's views point into it */
    size_t text_len;
    struct ptn_hash name;
    struct ptn_order order;
    struct ptn_orders_signer *signers; /* Owned */
    size_t signer_count;
    struct ptn_signers hands; /* what no signature shows: node, supervisor, code */
    int64_t seen_ms;
    bool own;
    bool accepted;   /* a tightening that had hands enough once; an advance that came into force */
    bool ready;      /* an advance that could come into force when judging began */
    bool gone;       /* ended by the post's own step back, or by its ledger's word */
    bool ended;      /* as last judged */
    size_t ended_by; /* 1 + the index of the restore or annul that was enough; 0: none */
    bool is_for;     /* as last judged */
    enum ptn_order_fate fate;
    struct ptn_ruling verdict;
};

struct ptn_orders {
    struct ptn_orders_item *entries;
    size_t count, capacity;
    uint32_t table[PTN_ORDERS_TABLE_SIZE]; /* 1 + index, by the first bytes of the name */
    uint8_t revoked[PTN_ORDERS_REVOKED_MAX][PTN_PUBLIC_KEY_LEN];
    size_t revoked_count;
};

extern const struct ptn_ruling ptn_orders_in_force; /* "yes" */

/* Did the holder of that key sign it? */
bool ptn_orders_has_signer(const struct ptn_orders_item *entry,
                           const uint8_t key[PTN_PUBLIC_KEY_LEN]);

/* Whose hands the entry is in; those of revoked keys only when all is true. */
struct ptn_signers ptn_orders_hands(const struct ptn_orders *orders,
                                    const struct ptn_orders_item *entry, bool all);

/* Has any of its signers been revoked? */
bool ptn_orders_has_revoked(const struct ptn_orders *orders, const struct ptn_orders_item *entry);

/* In force here: accepted, and nothing ended it. */
bool ptn_orders_is_standing(const struct ptn_orders_item *entry);

/* When it was given or came, whichever was earlier. */
int64_t ptn_orders_since(const struct ptn_orders_item *entry);

static inline bool ptn_orders_is_advance(const struct ptn_orders_item *entry)
{
    return entry->order.verb == PTN_ORDER_ADVANCE;
}

/* Judge one that ends no other: by the table, without the hands of revoked keys. */
void ptn_orders_judge_other(const struct ptn_orders *orders, const struct ptn_roster *roster,
                            const struct ptn_orders_post *post, struct ptn_orders_item *entry);

/* Judge what takes a return a stage further, once all else is judged. */
void ptn_orders_judge_advances(struct ptn_orders *orders, const struct ptn_roster *roster,
                               const struct ptn_orders_post *post);

/* What lanes are held back, and how far the least far return is. */
void ptn_orders_hold_back(const struct ptn_orders *orders, struct ptn_standing *standing);

/* Add a name that is not there yet, as long as there is room; how many there are then. */
size_t ptn_orders_add_name(struct ptn_hash *names, size_t count, size_t max,
                           const struct ptn_hash *name);
#endif
