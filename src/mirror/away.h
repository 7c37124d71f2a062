/*
 * mirror/away.h -- whose machine's key an order revokes (docs/format/order.md): notes in, names
 * out.
 *
 * Judged by the same rules as at a post. What orders came to is kept in a file: who signed may have
 * left the roster by the next start, and an order that stood still stands (ORDER-2). One thread's.
 */
#ifndef PTN_MIRROR_AWAY_H
#define PTN_MIRROR_AWAY_H
#include "ledger/note.h"
#include "trust/roster.h"

#define PTN_AWAY_MAX 8u /* machines that a keeper's door is shut to */

struct ptn_away; /* opaque */

/*
 * ptn_away_open(world, path, ret_away):
 * path: the file; copied, and made when there is something to keep. world is Borrowed until close.
 * Owned: ptn_away_close. Then every note of before comes again (ptn_away_take, remembered), and
 * ptn_away_judge. OK; IO; NO_MEMORY; TOO_BIG.
 */
PTN_MUST_USE struct ptn_status ptn_away_open(const struct ptn_world *world, const char *path,
                                             struct ptn_away **ret_away);
/* NULL is fine. */
void ptn_away_close(struct ptn_away *away);

/* For whom it is judged. */
struct ptn_away_at {
    const struct ptn_roster *roster; /* in force. Borrowed */
    struct ptn_bytes own;            /* whose name is never among them */
    /* Keepers alone, and the site keeper of the post with this name: as many as there are. Empty:
     * any machine, the first PTN_AWAY_MAX of them. */
    struct ptn_bytes beside;
};

/* A note that may be an order; what is none passes. remembered: of an earlier run. *ret_news (may
 * be NULL): names may have changed. OK, NO_MEMORY. */
PTN_MUST_USE struct ptn_status ptn_away_take(struct ptn_away *away, const struct ptn_away_at *at,
                                             struct ptn_bytes note, int64_t seen_ms,
                                             bool remembered, bool *ret_news);

/* Judge all of them anew: the roster is another. */
void ptn_away_judge(struct ptn_away *away, const struct ptn_away_at *at);

/* Ledgers' names, in the order in which the orders came: index below the count. Borrowed until the
 * next judging. */
size_t ptn_away_count(const struct ptn_away *away);
struct ptn_bytes ptn_away_name(const struct ptn_away *away, size_t index);
bool ptn_away_has(const struct ptn_away *away, struct ptn_bytes name);
#endif
