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
 * no least period.
 */
bool ptn_erasure_is_due(const struct ptn_roster *roster, const struct ptn_ledger_header *header,
                        int64_t now_ms);
#endif
