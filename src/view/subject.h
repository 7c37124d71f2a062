/*
 * view/subject.h -- all that may be told to a person of what is held under their document, row by
 * row and however much it is.
 *
 * What may not be told is not asked for (SUBJECT-1): no advice and no reason of it, no match, no
 * alert, no report, no step of a case but an end that the person was told of. So who has a discreet
 * alert and who has none get the same rows. Whoever asks records the look: nothing here does.
 * Standard: docs/privacy.md "A person's own copy".
 */
#ifndef PTN_VIEW_SUBJECT_H
#define PTN_VIEW_SUBJECT_H
#include "view/search.h"

/* A document, exactly as it was read, and its holder's birth. Borrowed. */
struct ptn_view_document {
    struct ptn_bytes issuer, number;
    struct ptn_date birth;
};

/* Who takes the rows; each is Borrowed for the call. A failure ends it and is passed on. */
struct ptn_view_teller {
    void *context;
    struct ptn_status (*crossing)(void *context, const struct ptn_view_crossing *row);
    struct ptn_status (*ended)(void *context, const struct ptn_view_case_step *row);
    struct ptn_status (*permit)(void *context, const struct ptn_view_permit *row);
    struct ptn_status (*look)(void *context, const struct ptn_view_access *row);
};

/*
 * ptn_view_tell(view, document, teller, reterr):
 * Crossings first, then ends of cases (admitted, refused, handed over for protection: place, time,
 * outcome, ground and post are set), then permits, then looks; each the latest first, from one
 * state of the view. A record that two ledgers hold is given once. Only what stands under this
 * document itself: what somebody joined with it may be another person's.
 *
 * OK, also for nothing; BAD_INPUT: no number, issuer or full birth; NO_MEMORY; IO; BUSY; CORRUPT;
 * what the teller says. Memory: one row, and what the engine needs to sort two hundred.
 */
PTN_MUST_USE struct ptn_status ptn_view_tell(struct ptn_view *view,
                                             const struct ptn_view_document *document,
                                             const struct ptn_view_teller *teller,
                                             struct ptn_diag *reterr);
#endif
