/*
 * view/looks.h -- who looked, at whom and what for: for an auditor, who sees no traveller.
 *
 * AUDIT-1: whom a look was at is told as the digest that the view keeps of their document, never by
 * a name, a number or the key of a page; of a reason only its first line, the looker's own words,
 * since what they searched for stands below it. Standard: docs/format/view.md "Looks".
 */
#ifndef PTN_VIEW_LOOKS_H
#define PTN_VIEW_LOOKS_H
#include "view/search.h"

#define PTN_VIEW_LOOKS_MAX 100000u /* of one question */

/* Whose they were, what of and when. */
struct ptn_view_look {
    int64_t at; /* its place: of this database only */
    int64_t time_ms;
    enum ptn_purpose purpose;
    uint64_t shown;   /* how many people */
    bool of_one;      /* whom is known: */
    uint8_t whom[16]; /* the same for every look at one document */
    bool first_line;  /* an advice was given to somebody at a lane: */
    bool answered;    /* and a crossing answers it */
    const char *origin;
    uint64_t seq;
    struct ptn_bytes officer, post, lane, reason;
};

/* Borrowed for the call. A failure ends it and is passed on. */
typedef struct ptn_status (*ptn_view_look_fn)(void *context, const struct ptn_view_look *look);

/*
 * ptn_view_looks(view, from_ms, take, context, ret_since_ms, reterr):
 * Looks from that time on, ledger after ledger, the latest of each first: at most
 * PTN_VIEW_LOOKS_MAX, as many of each ledger. *ret_since_ms: from then on none is left out; from_ms
 * when none is at all.
 *
 * A look from before does not end a ledger's: entries are read back to a day before from_ms.
 *
 * OK; NO_MEMORY; IO; BUSY; CORRUPT; what take says. Memory: a page of rows, and the ids of advice
 * that crossings answer.
 */
PTN_MUST_USE struct ptn_status ptn_view_looks(struct ptn_view *view, int64_t from_ms,
                                              ptn_view_look_fn take, void *context,
                                              int64_t *ret_since_ms, struct ptn_diag *reterr);

/* Those at these places, in their order; what is not there is passed over. answered is not set. The
 * codes of ptn_view_looks. */
PTN_MUST_USE struct ptn_status ptn_view_looks_at(struct ptn_view *view, const int64_t *places,
                                                 size_t count, ptn_view_look_fn take, void *context,
                                                 struct ptn_diag *reterr);
#endif
