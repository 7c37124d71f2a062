/* reference/tables_int.h -- the constant tables that tools/reference_tables.py makes. Private to
 * reference/. */
#ifndef PTN_REFERENCE_TABLES_INT_H
#define PTN_REFERENCE_TABLES_INT_H
#include "reference/place.h"
#include "reference/plate.h"
#include "reference/state.h"

/* In byte order of alpha3. */
extern const size_t ptn_state_table_count;
extern const struct ptn_state ptn_state_table[];

/*
 * Rows whose alpha3 has three letters, and for each pair of first letters (26 * first + second)
 * where its rows begin among them; one past the last pair is their number. A look-up reads one or
 * two rows.
 */
extern const uint16_t ptn_state_three_letters[];
extern const uint16_t ptn_state_pairs[677];

/* For each alpha2, its row plus 1; 0 for none. */
extern const uint16_t ptn_state_alpha2[676];

/* In byte order of code. */
extern const size_t ptn_place_table_count;
extern const struct ptn_place ptn_place_table[];

/* In byte order of sign; made by tools/sign_table.py. */
extern const size_t ptn_sign_table_count;
extern const struct ptn_plate_sign ptn_sign_table[];
#endif
