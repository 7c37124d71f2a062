/* main/carrier_int.h -- what the files of postern carrier share. */
#ifndef PTN_MAIN_CARRIER_INT_H
#define PTN_MAIN_CARRIER_INT_H
#include "base/bytes.h"

struct ptn_carrier_stops {
    const char *dir;          /* a centre's folder */
    const char *out;          /* a file */
    const char *documents;    /* a list of stolen, lost and withdrawn documents; NULL: none */
    const char *after;        /* the former table; NULL: none */
    struct ptn_bytes carrier; /* whom the table is for; empty: all */
    struct ptn_bytes officer;
    unsigned sources; /* PTN_BOARDING_* */
    unsigned hours;   /* it may be used */
};

/* Record the look, write the table, print counts (ACCESS-1). BAD_INPUT: no centre, no such list or
 * no such table;
 * TOO_BIG: more stops than a table holds; the codes of ptn_publish_hand; IO. */
PTN_MUST_USE struct ptn_status ptn_carrier_stops(const struct ptn_carrier_stops *asked,
                                                 struct ptn_diag *reterr);
#endif
