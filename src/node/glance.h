/*
 * node/glance.h -- the country at a glance: how each post stands and who has answered which order,
 * worked out from the ledgers that a node follows.
 *
 * A glance reads every entry's header once, and the payloads of the few kinds that say how a post
 * stands. It keeps nothing on disk: after a start it reads on from the first entry, a bounded
 * number a turn. It names no traveller: of crossings it keeps how many and when, by lane. What it
 * cannot open (a node without a reading key) it leaves out. Stepped, one thread's. What it writes:
 * docs/format/country.md.
 */
#ifndef PTN_NODE_GLANCE_H
#define PTN_NODE_GLANCE_H
#include "base/text.h"
#include "node/country.h"
#include "node/node.h"
#include "node/shift.h"

struct ptn_glance; /* opaque */

#define PTN_GLANCE_BATCH  512u              /* entries of one turn */
#define PTN_GLANCE_TEXT   ((size_t)4 << 20) /* bytes that ptn_glance_write may need */
#define PTN_GLANCE_FILE   "country.json"    /* in the node's folder: what it wrote last */
#define PTN_GLANCE_ORDERS 64u               /* the newest orders that are remembered */

/* Owned by the caller: ptn_glance_free, for which NULL is fine. NULL: no memory. */
struct ptn_glance *ptn_glance_new(void);
void ptn_glance_free(struct ptn_glance *glance);

/*
 * ptn_glance_turn(glance, country, copy, vault, max, now_ms, ret_read, reterr):
 * Read the next entries of one copy, at most max.
 *
 * vault     Its reading keys open payloads; NULL: only what is not sealed is read.
 * ret_read  How many; max: there may be more.
 *
 * OK; the codes of ptn_copy_read, and NO_MEMORY. An entry that is not what its kind promises is
 * passed over: a glance judges nobody.
 */
PTN_MUST_USE struct ptn_status ptn_glance_turn(struct ptn_glance *glance,
                                               const struct ptn_country *country,
                                               struct ptn_copy *copy, const struct ptn_vault *vault,
                                               size_t max, int64_t now_ms, size_t *ret_read,
                                               struct ptn_diag *reterr);

/* Whether the payload of an entry with this header says something here. */
bool ptn_glance_wants(const struct ptn_ledger_header *header, int64_t now_ms);

/*
 * ptn_glance_take(glance, country, origin, header, payload, now_ms):
 * Take one entry of the ledger of that origin. payload: opened, or NULL when it is not wanted, gone
 * or sealed for others. OK, NO_MEMORY.
 */
PTN_MUST_USE struct ptn_status ptn_glance_take(struct ptn_glance *glance,
                                               const struct ptn_country *country,
                                               struct ptn_bytes origin,
                                               const struct ptn_ledger_header *header,
                                               const struct ptn_buffer *payload, int64_t now_ms);

/* How the post that a glance is held at stands: it knows of itself without a copy of its ledger. */
struct ptn_glance_here {
    const char *origin, *code, *name;
    enum ptn_rung entry, exit;
    uint64_t cause; /* as trust/order.h numbers them */
    int64_t rung_ms, crossing_ms;
    uint32_t lanes, hour, looks, matches, referrals;
    int64_t lists_ms;
    uint64_t sheets, sheets_open;
    const struct ptn_shift_wait *waits; /* PTN_DIRECTION_COUNT of them */
};

/* Say so. Whatever entries of that post are taken as well are not: at a post there are none. OK,
 * NO_MEMORY; NOT_FOUND when the roster does not name it. */
PTN_MUST_USE struct ptn_status ptn_glance_here(struct ptn_glance *glance,
                                               const struct ptn_country *country,
                                               const struct ptn_glance_here *here, int64_t now_ms);

/* What that post last said of an order. The codes of ptn_glance_here. */
PTN_MUST_USE struct ptn_status ptn_glance_answer(struct ptn_glance *glance,
                                                 const struct ptn_country *country,
                                                 const char *origin,
                                                 const struct ptn_order_receipt *receipt);

/*
 * ptn_glance_write(glance, country, follow, here, now_ms, out):
 * Append the country as one JSON object.
 *
 * follow  Where the copies stand: lag, quorum and forks come from it. NULL: they are left out.
 * here    The origin of the node that says so.
 *
 * The buffer's codes.
 */
PTN_MUST_USE struct ptn_status ptn_glance_write(struct ptn_glance *glance,
                                                const struct ptn_country *country,
                                                struct ptn_follow *follow, const char *here,
                                                int64_t now_ms, struct ptn_buffer *out);

/*
 * ptn_glance_gaps(glance, country, now_ms, ret_gaps):
 * Days on which some post of the roster screened by hand and sheets are not all keyed
 * (paper/days.h), or of which nothing has come for a day: from its last entry on. Returns how many.
 */
size_t ptn_glance_gaps(const struct ptn_glance *glance, const struct ptn_country *country,
                       int64_t now_ms, struct ptn_paper_gap ret_gaps[PTN_PAPER_GAPS_MAX]);

/*
 * ---- what the public page is given by hand (notices.c) ----
 *
 * Its title, the names of crossing points, and notices, each in English and Albanian: lines of
 * `word: English | Albanian`; docs/format/public.md "The notices file". Pure.
 */

#define PTN_NOTICES_TEXT_MAX 65536u /* bytes of the file */
#define PTN_NOTICES_MAX      64u    /* lines of each kind */
#define PTN_NOTICES_LINE_MAX 600u   /* bytes of one language's text */

/* One text in both languages; where one was left out it is the other. */
struct ptn_notice {
    struct ptn_bytes code; /* of a crossing point; empty: for all */
    struct ptn_bytes english, albanian;
};

struct ptn_notices {
    struct ptn_notice title; /* empty: none given */
    struct ptn_notice places[PTN_NOTICES_MAX];
    size_t place_count;
    struct ptn_notice notices[PTN_NOTICES_MAX];
    size_t notice_count;
};

/*
 * ptn_notices_parse(text, ret_notices, reterr):
 * text: Borrowed, must outlive the notices. OK; BAD_INPUT with the number of the line; TOO_BIG past
 * the limits. ret_notices is set on success only.
 */
PTN_MUST_USE struct ptn_status
ptn_notices_parse(struct ptn_bytes text, struct ptn_notices *ret_notices, struct ptn_diag *reterr);
#endif
