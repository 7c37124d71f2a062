/* main/leave_int.h -- what the files of postern leave share. */
#ifndef PTN_MAIN_LEAVE_INT_H
#define PTN_MAIN_LEAVE_INT_H
#include "record/record.h"

struct ptn_leave_print {
    const char *dir;     /* a centre's folder */
    const char *officer; /* who prints */
    const char *out;     /* a file */
    struct ptn_record_id id;
    uint64_t nth; /* whose page; 0: everybody's */
};

/* Record the look, then write the PDF (ACCESS-1). NOT_FOUND: no such order stands; the codes of
 * ptn_publish_hand and ptn_leave_paper_print; IO. */
PTN_MUST_USE struct ptn_status ptn_leave_print(const struct ptn_leave_print *print,
                                               struct ptn_diag *reterr);
#endif
