/*
 * document/bcbp.h -- the barcode of a boarding pass: which flight, never who.
 *
 * Pure. Anybody can print one, so that a boarding pass identifies nobody and changes no advice: it
 * says which flight's list to look at. Format M, mandatory items only; what else is in it is
 * stepped over by its stated length. Standard: IATA resolution 792 (BCBP); docs/format/boarding-
 * pass.md.
 */
#ifndef PTN_DOCUMENT_BCBP_H
#define PTN_DOCUMENT_BCBP_H
#include "base/date.h"
#include "base/text.h"

#define PTN_BCBP_LEGS_MAX 4u
#define PTN_BCBP_LEN_MAX  2048u /* bytes of one barcode */

/* Texts are views of what was read, without the blanks that fill them. */
struct ptn_bcbp_leg {
    struct ptn_bytes booking;
    struct ptn_bytes from, to; /* three letters, or none */
    struct ptn_bytes carrier;  /* that flies it */
    struct ptn_bytes number;   /* without zeros before it; may end in a letter */
    unsigned day;              /* of the year, 1 to 366; 0: not said */
    struct ptn_bytes seat, sequence;
};

struct ptn_bcbp {
    struct ptn_bytes name; /* SURNAME/GIVEN, cut at 20 letters */
    struct ptn_bcbp_leg legs[PTN_BCBP_LEGS_MAX];
    size_t leg_count; /* at least one */
};

/* True when bytes begin as a boarding pass of format M does: not yet that they are one. */
bool ptn_bcbp_is_shaped(struct ptn_bytes bytes);

/*
 * Read one barcode, with or without a line's end. OK; BAD_INPUT with the offset of what cannot be
 * so; TOO_BIG. ret_pass is untouched on failure.
 */
PTN_MUST_USE struct ptn_status ptn_bcbp_parse(struct ptn_bytes bytes, struct ptn_bcbp *ret_pass,
                                              struct ptn_diag *reterr);

/* The date of a leg: a pass has no year, so the day nearest to today that is that day of its year.
 * None: it says no day, or no year near has it. today is full. */
struct ptn_date ptn_bcbp_date(const struct ptn_bcbp_leg *leg, struct ptn_date today);

/* {"name", "legs": [{"carrier", "number", "date", "from", "to", "booking", "seat", "sequence"}]},
 * what is not said left out. */
void ptn_bcbp_write_json(struct ptn_json *json, const struct ptn_bcbp *pass, struct ptn_date today);
#endif
