/*
 * trust/erasure.h -- when an order to erase may be carried out: it has waited 72 hours by keepers'
 * clocks, and the payload's class has been kept for its least period.
 *
 * Pure. Nothing is erased by one clock: both ends of the wait are medians of the times in
 * cosignatures (C2SP tlog-cosignature), of at least the roster's quorum of keepers. Whether enough
 * authorities signed the order is trust/authorise.h's to say: PTN_PROVISO_WAITED comes from here.
 * Rules: docs/format/order.md "Erasing".
 */
#ifndef PTN_TRUST_ERASURE_H
#define PTN_TRUST_ERASURE_H
#include "ledger/ledger.h"
#include "trust/order.h"
#include "trust/roster.h"

#define PTN_ERASURE_WAIT_MS ((int64_t)72 * 3600 * 1000)

/*
 * ptn_erasure_seen(roster, times_s, count, ret_ms):
 * When keepers saw the order, from the times of their cosignatures (seconds, -1: none; one a
 * keeper) under the first checkpoint that has it. Of an even number the later middle one, so that
 * the wait is never short. False when fewer than the quorum have cosigned.
 */
bool ptn_erasure_seen(const struct ptn_roster *roster, const int64_t *times_s, size_t count,
                      int64_t *ret_ms);

/* What time it is, the same way from keepers' newest cosignatures; of an even number the earlier
 * middle one. */
bool ptn_erasure_now(const struct ptn_roster *roster, const int64_t *times_s, size_t count,
                     int64_t *ret_ms);

/* True when the order has been seen for PTN_ERASURE_WAIT_MS. */
bool ptn_erasure_has_waited(int64_t seen_ms, int64_t now_ms);

/*
 * True when the entry's payload may go at that time: it is not public, and the roster's least
 * number of days for its class has passed since the entry's time. A class without such a line has
 * no least period, but casework, which then has that of crossings.
 */
bool ptn_erasure_is_due(const struct ptn_roster *roster, const struct ptn_ledger_header *header,
                        int64_t now_ms);

/* What of that class was written at that time or before has been kept for its least period. */
int64_t ptn_erasure_kept_until(const struct ptn_roster *roster, unsigned retention, int64_t now_ms);

/*
 * True when the private halves of that month may go at that time: the roster says a least period
 * for each class that is sealed, and the longest of them is over since the month's end.
 */
bool ptn_erasure_month_is_due(const struct ptn_roster *roster, struct ptn_date month,
                              int64_t now_ms);

/* ---- the proof that an order is in force, as an `erasure` record carries it ---- */

/* An order to erase that is in force. order is views into the record's bytes. */
struct ptn_erasure_order {
    struct ptn_hash name;
    struct ptn_order order;
    int64_t seen_ms; /* when keepers saw it */
    int64_t now_ms;  /* a time that keepers vouch for, 72 hours later at least */
};

/*
 * ptn_erasure_check(roster, record, ret_order, reterr):
 * Whether the payload of a record of kind `erasure` proves what it says: enough authorities signed
 * the order; a receipt of it stands in a ledger of the roster, under a checkpoint that a quorum of
 * keepers cosigned; and a quorum cosigned something 72 hours later. Nothing is believed of whoever
 * wrote the record.
 *
 * record     Borrowed; ret_order's views look into it.
 *
 * OK; BUSY: it all holds, but it is not in force: too few signatures, too early, too late; CORRUPT:
 * something in it does not hold; BAD_INPUT: no such record; IO, NO_MEMORY.
 */
PTN_MUST_USE struct ptn_status ptn_erasure_check(const struct ptn_roster *roster,
                                                 struct ptn_bytes record,
                                                 struct ptn_erasure_order *ret_order,
                                                 struct ptn_diag *reterr);

/*
 * Part of it, for whoever puts such a record together: when keepers saw the order of that name, by
 * the tlog-proof file of a receipt's entry and the receipt's payload; and what time a checkpoint's
 * cosignatures say it is. OK; CORRUPT; NOT_FOUND: fewer than a quorum cosigned; IO, NO_MEMORY.
 */
PTN_MUST_USE struct ptn_status ptn_erasure_check_seen(const struct ptn_roster *roster,
                                                      const struct ptn_hash *name,
                                                      struct ptn_bytes entry,
                                                      struct ptn_bytes proof, int64_t *ret_seen_ms,
                                                      struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status ptn_erasure_check_now(const struct ptn_roster *roster,
                                                     struct ptn_bytes checkpoint,
                                                     int64_t *ret_now_ms, struct ptn_diag *reterr);

/*
 * A ledger of the roster signed the checkpoint in the note, and the proof leads from the leaf to
 * its root: an entry of the country. OK; CORRUPT, BAD_INPUT: it does not hold; NO_MEMORY, IO.
 */
PTN_MUST_USE struct ptn_status ptn_erasure_check_place(const struct ptn_roster *roster,
                                                       const struct ptn_note *note,
                                                       const struct ptn_receipt *proof,
                                                       struct ptn_bytes leaf,
                                                       struct ptn_diag *reterr);

/* Enough authorities signed the note, and it takes the order of that name back before it is carried
 * out: an annul. False for anything else. */
bool ptn_erasure_is_annulled(const struct ptn_roster *roster, struct ptn_bytes note,
                             const struct ptn_hash *name);
#endif
