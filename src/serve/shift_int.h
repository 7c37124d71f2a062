/*
 * serve/shift_int.h -- bodies of what a supervisor tells of a shift. Pure. Everything that is not
 * in the form openapi.json gives is refused.
 */
#ifndef PTN_SERVE_SHIFT_INT_H
#define PTN_SERVE_SHIFT_INT_H
#include "record/notice.h"

#define PTN_SHIFT_BODY_MAX 16384u

/* Who takes the shift over. */
struct ptn_shift_second {
    struct ptn_bytes user, password;
};

/* Texts are in the arena. OK; BAD_INPUT or TOO_BIG with a sentence; NO_MEMORY. */
PTN_MUST_USE struct ptn_status ptn_shift_lane_parse(struct ptn_bytes body, struct ptn_arena *arena,
                                                    struct ptn_shift_entry *ret_entry,
                                                    struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status ptn_shift_wait_parse(struct ptn_bytes body, struct ptn_arena *arena,
                                                    struct ptn_shift_entry *ret_entry,
                                                    struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status ptn_shift_over_parse(struct ptn_bytes body, struct ptn_arena *arena,
                                                    struct ptn_shift_entry *ret_entry,
                                                    struct ptn_shift_second *ret_second,
                                                    struct ptn_diag *reterr);
#endif
