/*
 * mirror/erasing.h -- erasures at one node: which orders to erase are in force, what of all that
 * the node holds they name, and what the node has said of it. The same at a keeper, a post and a
 * centre.
 *
 * Stepped: a bounded piece of work a call, from one thread. Nothing is kept on disk but what
 * ledgers hold: a crash costs reading them again. ERASE-1: nothing is erased but by an order that
 * an `erasure` record proves to be in force (trust/erasure.h), and nothing is believed of whoever
 * wrote that record. Rules: docs/format/order.md "Erasing".
 */
#ifndef PTN_MIRROR_ERASING_H
#define PTN_MIRROR_ERASING_H
#include "ledger/copy.h"
#include "ledger/ledger.h"
#include "trust/erasure.h"
#include "trust/roster.h"

#define PTN_ERASING_ORDERS_MAX  4096u
#define PTN_ERASING_ANSWERS_MAX 65536u

struct ptn_erasing; /* opaque */

/* world is Borrowed until free. Owned. NULL: no memory. */
struct ptn_erasing *ptn_erasing_new(const struct ptn_world *world);
void ptn_erasing_free(struct ptn_erasing *erasing);

/*
 * A ledger that this node holds: its own, or a copy; exactly one of the two is set.
 */
struct ptn_erasing_ledger {
    struct ptn_ledger *own;
    struct ptn_copy *copy;
};

/*
 * ptn_erasing_read(erasing, roster, ledger, ret_more, reterr):
 * Read on in a ledger, some hundred entries: `erasure` records are checked and, when they hold,
 * their orders are in force here; receipts and deletion receipts are remembered. A record that does
 * not hold is passed over.
 *
 * ret_more  There is more to read.
 *
 * OK; the codes of reading the ledger; NO_MEMORY: nothing is passed over.
 */
PTN_MUST_USE struct ptn_status ptn_erasing_read(struct ptn_erasing *erasing,
                                                const struct ptn_roster *roster,
                                                const struct ptn_erasing_ledger *ledger,
                                                bool *ret_more, struct ptn_diag *reterr);

/* A note that this node has seen: an annul takes an order back that is not in force here yet. */
void ptn_erasing_note(struct ptn_erasing *erasing, const struct ptn_roster *roster,
                      struct ptn_bytes bytes);

/* The payload of an `erasure` record by another way. The codes of ptn_erasure_check; BUSY also for
 * one that was annulled; TOO_BIG past PTN_ERASING_ORDERS_MAX. */
PTN_MUST_USE struct ptn_status ptn_erasing_take(struct ptn_erasing *erasing,
                                                const struct ptn_roster *roster,
                                                struct ptn_bytes record, struct ptn_diag *reterr);

/* Grows whenever everything must be looked at again: another order came into force. */
uint64_t ptn_erasing_changes(const struct ptn_erasing *erasing);

/* The index-th payload that orders in force name, by its digest, and the time that the order's
 * newest record vouches for. False: no more. */
bool ptn_erasing_named(const struct ptn_erasing *erasing, size_t index, struct ptn_hash *ret_sha256,
                       int64_t *ret_now_ms);

/* Does an order in force name the payload? */
bool ptn_erasing_names(const struct ptn_erasing *erasing, const struct ptn_hash *sha256);

/*
 * ptn_erasing_carry_out(erasing, roster, ledger, gone, context, ret_more, reterr):
 * Erase in a ledger what orders in force name and whose least period is over: some thousand entries
 * are looked at.
 *
 * gone  Called with the index of each entry whose payload is erased, also by an earlier run; NULL:
 * nobody asks. Again and again is to be expected.
 *
 * OK; the codes of ptn_ledger_erase. What failed is done again by the next call.
 */
PTN_MUST_USE struct ptn_status
ptn_erasing_carry_out(struct ptn_erasing *erasing, const struct ptn_roster *roster,
                      const struct ptn_erasing_ledger *ledger,
                      struct ptn_status (*gone)(void *context, uint64_t index), void *context,
                      bool *ret_more, struct ptn_diag *reterr);

/*
 * ptn_erasing_months(erasing, roster, destroy, context):
 * Let the private halves of months go that orders in force name and that are due
 * (ptn_erasure_month_is_due). destroy: OK or NOT_FOUND (there is none here); another code is tried
 * again by the next call, and handed on.
 */
PTN_MUST_USE struct ptn_status
ptn_erasing_months(struct ptn_erasing *erasing, const struct ptn_roster *roster,
                   struct ptn_status (*destroy)(void *context, struct ptn_date month),
                   void *context);

/* Puts a record into the node's own ledger; the payload is the callee's for the call. */
typedef struct ptn_status (*ptn_erasing_append_fn)(void *context, unsigned kind,
                                                   struct ptn_bytes payload);

/*
 * Everything that the node holds was read and carried out (no call said more): append a deletion
 * receipt for each order whose numbers are not what the own ledger, origin, says already. The
 * append's codes.
 */
PTN_MUST_USE struct ptn_status ptn_erasing_receipts(struct ptn_erasing *erasing,
                                                    struct ptn_bytes origin,
                                                    ptn_erasing_append_fn append, void *context);

/* Append the `erasure` records that the own ledger does not hold: a post does it, for its site
 * keeper follows nobody else. The append's codes. */
PTN_MUST_USE struct ptn_status ptn_erasing_hand_on(struct ptn_erasing *erasing,
                                                   ptn_erasing_append_fn append, void *context);

/* ---- for whoever puts such records together, and for people ---- */

/* The first receipt that was read of an order that waits for its 72 hours: where it stands. payload
 * is Borrowed until the next call. NOT_FOUND. */
struct ptn_erasing_place {
    struct ptn_hash order;
    char origin[PTN_NOTE_NAME_LEN_MAX + 1];
    uint64_t index;
    struct ptn_bytes payload;
};
PTN_MUST_USE struct ptn_status ptn_erasing_place(const struct ptn_erasing *erasing, size_t index,
                                                 struct ptn_erasing_place *ret_place);

/* An order to erase whose note was read, in force or not, by as many of the roster's authorities as
 * the most signed of its notes has. Borrowed until the next call. NOT_FOUND. */
struct ptn_erasing_order {
    struct ptn_hash name;
    struct ptn_bytes note;
    unsigned authorities;
};
PTN_MUST_USE struct ptn_status ptn_erasing_order(const struct ptn_erasing *erasing, size_t index,
                                                 struct ptn_erasing_order *ret_order);

/* Is the order of that name in force here, or was it annulled? */
bool ptn_erasing_is_in_force(const struct ptn_erasing *erasing, const struct ptn_hash *order);
bool ptn_erasing_is_annulled(const struct ptn_erasing *erasing, const struct ptn_hash *order);

/* The time that the newest record of it vouches for, and whether a node has said that something of
 * it is kept longer: then a record of a later time lets more go. False: not in force. */
bool ptn_erasing_stands(const struct ptn_erasing *erasing, const struct ptn_hash *order,
                        int64_t *ret_now_ms, bool *ret_left);

/* What a node has said of an order: the newest of its deletion receipts. False: nothing yet. */
struct ptn_erasing_answer {
    uint64_t erased, left;
    int64_t time_ms;
};
bool ptn_erasing_answer(const struct ptn_erasing *erasing, const struct ptn_hash *order,
                        struct ptn_bytes origin, struct ptn_erasing_answer *ret_answer);
#endif
