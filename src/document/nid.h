/*
 * document/nid.h -- the Albanian personal number (numri personal i identifikimit, NID) in passports
 * and identity cards.
 *
 * Pure. Ten characters: decade of birth, year, month (with sex and citizenship), day, serial of
 * three, check letter.
 */
#ifndef PTN_DOCUMENT_NID_H
#define PTN_DOCUMENT_NID_H
#include "base/date.h"

#define PTN_NID_LEN 10u

struct ptn_nid {
    struct ptn_date birth; /* full, with its century */
    char sex;              /* 'M' or 'F' */
    bool national;         /* false: a foreigner with a number */
};

/*
 * Ten characters with a letter or digit, eight digits and a letter: what a NID looks like before it
 * is checked.
 */
bool ptn_nid_is_shaped(struct ptn_bytes text);

/*
 * Read and check one. OK; BAD_INPUT with the offset of the character at fault (the check letter's
 * for a wrong sum).
 */
PTN_MUST_USE struct ptn_status ptn_nid_parse(struct ptn_bytes text, struct ptn_nid *ret_nid,
                                             struct ptn_diag *reterr);

/* The check letter of the first nine characters, or 0 when they are not of the shape. */
char ptn_nid_check_letter(const char nine[9]);
#endif
