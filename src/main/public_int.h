/* main/public_int.h -- what the files of the public page share. */
#ifndef PTN_MAIN_PUBLIC_INT_H
#define PTN_MAIN_PUBLIC_INT_H
#include <jansson.h>

#include "base/bytes.h"

#define PTN_PUBLIC_PAGE_MAX 50000u /* bytes of a page */
#define PTN_PUBLIC_ROWS     60u    /* crossing points on one page */

/* How many pages that status makes in each language. */
size_t ptn_public_page_count(const json_t *status);

/* The file name of a page; number from 1. */
void ptn_public_page_name(bool albanian, size_t number, char name[32]);

/* Append one page. The buffer's codes. */
PTN_MUST_USE struct ptn_status ptn_public_page(const json_t *status, bool albanian, size_t number,
                                               struct ptn_buffer *out);

extern const char ptn_public_css[];
extern const char ptn_public_age_js[];
#endif
