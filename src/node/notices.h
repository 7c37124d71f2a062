/*
 * node/notices.h -- what a country's public page is given by hand: its title, the names of crossing
 * points, and notices, each in English and Albanian.
 *
 * Pure. Lines of `word: English | Albanian`; docs/format/public.md "The notices file".
 */
#ifndef PTN_NODE_NOTICES_H
#define PTN_NODE_NOTICES_H
#include "base/bytes.h"

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
