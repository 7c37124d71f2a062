/*
 * reference/plate.h -- vehicles: plates as they are compared, nationality signs, VINs.
 *
 * The one place that says when two plates are the same. Pure. Standard: docs/format/plates.md;
 * signs: the Convention on Road Traffic (Vienna, 1968), annex 3, as listed by row in
 * data/reference/vehicle-signs.tsv; VIN: ISO 3779 and 49 CFR 565.15.
 */
#ifndef PTN_REFERENCE_PLATE_H
#define PTN_REFERENCE_PLATE_H
#include "base/bytes.h"

#define PTN_PLATE_KEY_MAX                                                                          \
    64u /* bytes of a key; what is longer is left off at a character's start */

/*
 * ptn_plate_key(plate, ret_key): the normal form: capital letters and digits alone, separators
 * gone, Cyrillic and Greek letters that look Latin as these, other scripts' digits as 0 to 9, any
 * other letter as it is. Returns how many bytes of UTF-8, 0 when nothing is left. Bytes that are no
 * UTF-8 become U+FFFD. Idempotent.
 */
size_t ptn_plate_key(struct ptn_bytes plate, uint8_t ret_key[PTN_PLATE_KEY_MAX]);

/*
 * ptn_plate_alike(plate, ret_key): coarser: what a camera or an eye mistakes for one another is one
 * character as well (0 O D Q, 1 I L, 2 Z, 5 S, 6 G, 8 B, letters with and without a mark). Two
 * plates with the same key have the same alike.
 */
size_t ptn_plate_alike(struct ptn_bytes plate, uint8_t ret_key[PTN_PLATE_KEY_MAX]);

/* ---- nationality signs ---- */

/* The State of a sign as vehicles show it ("AL", "D", "NMK"): its code as in reference/state.h. Any
 * case. NULL: no such sign. A literal. */
const char *ptn_plate_sign_state(struct ptn_bytes sign);

/* One row of data/reference/vehicle-signs.tsv. */
struct ptn_plate_sign {
    char sign[4];
    char state[4];
};

/* All of them, in byte order of the sign: for lists and tests. */
const struct ptn_plate_sign *ptn_plate_signs(size_t *ret_count);

/* ---- vehicle identification numbers ---- */

#define PTN_VIN_LEN 17u

enum ptn_vin {
    PTN_VIN_NONE,      /* not 17 characters of the VIN's alphabet (no I, O, Q) */
    PTN_VIN_AGREES,    /* the check digit is right */
    PTN_VIN_WRONG,     /* of North America, where the check digit is the law, and it is wrong */
    PTN_VIN_UNCHECKED, /* from elsewhere: the ninth character need not be a check digit */
};

/* Lower case and separators are taken as plates are. */
enum ptn_vin ptn_vin_check(struct ptn_bytes vin);

/* "none", "agrees", "wrong", "unchecked": a literal. */
const char *ptn_vin_word(enum ptn_vin vin);
#endif
