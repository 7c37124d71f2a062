/*
 * paper/subject_paper.h -- a person's own copy as they take it away: one PDF, in English and
 * Albanian, part by part and row by row, however many pages that is.
 *
 * Pure but for the library's fonts, which come from the machine. What stands on it is the caller's
 * choice: docs/privacy.md "A person's own copy".
 */
#ifndef PTN_PAPER_SUBJECT_PAPER_H
#define PTN_PAPER_SUBJECT_PAPER_H
#include "record/access.h"
#include "record/alert.h"
#include "record/case.h"
#include "record/crossing.h"
#include "record/permit.h"

#define PTN_SUBJECT_PAPER_PDF_MAX ((size_t)32 << 20) /* bytes; 10,000 rows are under 4 MiB */

/* Who asked, by which document, and who made the copy. Borrowed until the paper is closed. */
struct ptn_subject_title {
    struct ptn_bytes issuer, number;
    struct ptn_date birth;
    int64_t made_ms;
    struct ptn_bytes centre, officer; /* code; user name */
    bool demonstration;               /* every page says SPECIMEN */
};

/* The parts, in the order in which they are begun. A part without rows says so. */
enum ptn_subject_part {
    PTN_SUBJECT_CROSSINGS,
    PTN_SUBJECT_STAY,
    PTN_SUBJECT_ORDERS,
    PTN_SUBJECT_CASES,
    PTN_SUBJECT_PERMITS,
    PTN_SUBJECT_LOOKS,
};
#define PTN_SUBJECT_PART_COUNT 6u

struct ptn_subject_paper; /* opaque */

/* Begin a PDF in out. Owned: ptn_subject_paper_close. NULL: no memory. */
struct ptn_subject_paper *ptn_subject_paper_open(const struct ptn_subject_title *title,
                                                 struct ptn_buffer *out);

/* Each part is begun once, then come its rows. */
void ptn_subject_paper_part(struct ptn_subject_paper *paper, enum ptn_subject_part part);
void ptn_subject_paper_crossing(struct ptn_subject_paper *paper,
                                const struct ptn_crossing *crossing, bool on_paper);
void ptn_subject_paper_stay(struct ptn_subject_paper *paper, unsigned used, unsigned left,
                            struct ptn_date on);
void ptn_subject_paper_order(struct ptn_subject_paper *paper, const struct ptn_leave *leave,
                             int64_t deadline_ms, bool annulled);
void ptn_subject_paper_case(struct ptn_subject_paper *paper, int64_t time_ms,
                            enum ptn_case_outcome outcome, struct ptn_bytes ground,
                            struct ptn_bytes post);
void ptn_subject_paper_permit(struct ptn_subject_paper *paper, const struct ptn_permit *permit);
void ptn_subject_paper_look(struct ptn_subject_paper *paper, const struct ptn_access *look);

/*
 * The last page ends, and paper is given back. The same calls give the same bytes. OK; TOO_BIG when
 * out is full, or the library failed: out is as before. NULL is fine.
 */
PTN_MUST_USE struct ptn_status ptn_subject_paper_close(struct ptn_subject_paper *paper,
                                                       struct ptn_diag *reterr);
#endif
