/*
 * paper/leave_paper.h -- an order to leave as it is handed to whom it names: one PDF, a page a
 * person, in English and Albanian, the deadline in figures and in words.
 *
 * Pure but for the library's fonts, which come from the machine. Standard: docs/format/paper.md
 * "An order to leave".
 */
#ifndef PTN_PAPER_LEAVE_PAPER_H
#define PTN_PAPER_LEAVE_PAPER_H
#include "record/alert.h"

#define PTN_LEAVE_PAPER_PDF_MAX ((size_t)16 << 20) /* bytes; 128 people are under 4 MiB */
#define PTN_LEAVE_SAID_SIZE     256u

/* What is printed. All Borrowed. */
struct ptn_leave_paper {
    const struct ptn_leave *leave; /* the order as it was given */
    const uint8_t *name;           /* of its record: PTN_SHA256_LEN bytes */
    int64_t deadline_ms;           /* the one that counts */
    size_t nth;                    /* whose page, of people then dependants, from 1; 0: all */
    bool demonstration;            /* every page says SPECIMEN */
};

/*
 * An instant as it is said in Tirana, in words: "twenty-nine November two thousand and twenty-six,
 * at twenty-three hours and zero minutes". Returns text. Years 2000 to 2099; else empty.
 */
const char *ptn_leave_said(int64_t instant_ms, bool albanian, char text[PTN_LEAVE_SAID_SIZE]);

/*
 * Append the PDF to out. The same plan gives the same pages. OK; BAD_INPUT when the record orders
 * nobody to leave, nth names nobody or the deadline is in no year that can be said; NO_MEMORY; IO
 * when the library fails or out is full.
 */
PTN_MUST_USE struct ptn_status ptn_leave_paper_print(const struct ptn_leave_paper *paper,
                                                     struct ptn_buffer *out,
                                                     struct ptn_diag *reterr);
#endif
