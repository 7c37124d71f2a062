/* main/order_int.h -- the verbs of `postern order` that do not write a text: main/order_give.c. */
#ifndef PTN_MAIN_ORDER_INT_H
#define PTN_MAIN_ORDER_INT_H
#include "base/status.h"

/* check NOTE [OTHER ...] --roster ROSTER: would the first do, where the others are known, by this
 * roster, at this post (may be NULL: any)? CORRUPT when not. */
PTN_MUST_USE struct ptn_status ptn_order_check(char *const *note_paths, int count,
                                               const char *roster_path, const char *post,
                                               bool albanian, struct ptn_diag *reterr);

/* give DIR NOTE: hand it to keepers with the node's certificate, until as many as asked took it (0:
 * as many as that order is for). IO when none did. */
PTN_MUST_USE struct ptn_status ptn_order_give(const char *dir, const char *note_path, unsigned want,
                                              struct ptn_diag *reterr);

/* apply DIR NOTE: lay it where the node of DIR takes it, as from a stick. BUSY when too many wait
 * there. */
PTN_MUST_USE struct ptn_status ptn_order_apply(const char *dir, const char *note_path,
                                               struct ptn_diag *reterr);

/* since DIR LEDGER TIME: print, as options of `void` and `distrust`, the key of that ledger and
 * what keepers held of it at that moment, as the centre or room of DIR noted. NOT_FOUND: it did
 * not. */
PTN_MUST_USE struct ptn_status ptn_order_since(const char *dir, const char *ledger,
                                               const char *time, struct ptn_diag *reterr);

/* codes DIR: make one-time codes for the post of DIR in place of all former ones, and print the
 * sheet that is sealed there. */
PTN_MUST_USE struct ptn_status ptn_order_codes(const char *dir, unsigned count, bool albanian,
                                               struct ptn_diag *reterr);
#endif
