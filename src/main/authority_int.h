/* main/authority_int.h -- what the files of `postern authority` share: a text, its signatures, and
 * how it is shown. */
#ifndef PTN_MAIN_AUTHORITY_INT_H
#define PTN_MAIN_AUTHORITY_INT_H
#include "ledger/note.h"

/* A file that is to be signed, or was. Views into bytes. */
struct ptn_authority_text {
    struct ptn_buffer bytes;
    struct ptn_bytes text;
    struct ptn_bytes signatures; /* empty: a bare text */
};

/* Read a note, or a bare text that ends in a newline. BAD_INPUT; TOO_BIG; IO. */
PTN_MUST_USE struct ptn_status
ptn_authority_read(const char *path, struct ptn_authority_text *ret_text, struct ptn_diag *reterr);

/*
 * ptn_authority_show(text, former, albanian, reterr):
 * Say on stderr what this is, in plain words: an order, a roster (with what changes when former is
 * not empty), or else the text itself. BAD_INPUT for an order or roster that is none, and for
 * anything that a terminal would not show as it is.
 */
PTN_MUST_USE struct ptn_status ptn_authority_show(struct ptn_bytes text, struct ptn_bytes former,
                                                  bool albanian, struct ptn_diag *reterr);
#endif
