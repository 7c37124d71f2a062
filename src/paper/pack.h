/*
 * paper/pack.h -- a pack for screening by hand, as one PDF: instruction, look-up list, numbered
 * sheets.
 *
 * Pure but for the library's fonts, which come from the machine. Standard: docs/format/paper.md.
 */
#ifndef PTN_PAPER_PACK_H
#define PTN_PAPER_PACK_H
#include "paper/sheet_entry.h"

#define PTN_PACK_ROWS_MAX   2000u              /* people on the look-up list */
#define PTN_PACK_PDF_MAX    ((size_t)64 << 20) /* bytes */
#define PTN_PACK_CHECK_SIZE 11u                /* ten hex digits and a NUL */

/* One person on the look-up list. All Borrowed. */
struct ptn_pack_row {
    struct ptn_bytes name;
    struct ptn_bytes birth; /* as printed: "1974-08-12", "1974", or empty */
    struct ptn_bytes nationality;
    struct ptn_bytes number; /* of a document; or empty */
    bool stop;               /* call the supervisor; else send to the second line */
};

/* What is printed. All Borrowed. */
struct ptn_pack_plan {
    struct ptn_bytes post;      /* its code */
    struct ptn_bytes post_name; /* as people know it */
    unsigned number;
    unsigned sheets;
    struct ptn_date made, expires; /* full */
    const struct ptn_pack_row *rows;
    size_t row_count;
    bool demonstration; /* every page says SPECIMEN */
};

/* The verification code of a plan. OK or IO. */
PTN_MUST_USE struct ptn_status ptn_pack_check(const struct ptn_pack_plan *plan,
                                              char ret_check[PTN_PACK_CHECK_SIZE]);

/*
 * Append the PDF to out. The same plan gives the same pages. OK; BAD_INPUT for a number, count or
 * date that no pack has; TOO_BIG past PTN_PACK_ROWS_MAX or out's cap; NO_MEMORY; IO when the
 * library fails.
 */
PTN_MUST_USE struct ptn_status ptn_pack_print(const struct ptn_pack_plan *plan,
                                              struct ptn_buffer *out, struct ptn_diag *reterr);
#endif
