/*
 * reference/state.h -- States, organisations and special codes as travel documents print them.
 *
 * Pure over constant tables made at build time from data/reference/states.tsv, which gives each
 * row's source and date. Standard: ISO 3166-1; ICAO Doc 9303 part 3 section 5 for what ISO does not
 * have.
 */
#ifndef PTN_REFERENCE_STATE_H
#define PTN_REFERENCE_STATE_H
#include "base/bytes.h"

enum ptn_state_kind {
    PTN_STATE_COUNTRY,      /* ISO 3166-1, and D and RKS as documents print them */
    PTN_STATE_BRITISH,      /* GBD GBN GBO GBP GBS: a nationality whose issuer is GBR */
    PTN_STATE_ORGANISATION, /* EUE, UNO, XPO...: an issuer, printed in the place of the nationality
                               as well */
    PTN_STATE_PERSON, /* XXA XXB XXC XXX: stateless, refugees, unspecified: a nationality, never an
                         issuer */
    PTN_STATE_FORMER, /* ANT, NTZ, SUN...: no longer in use; documents may live on */
    PTN_STATE_SPECIMEN, /* UTO: on no genuine document */
};

struct ptn_state {
    char alpha3[4]; /* as printed, "D" for Germany */
    char alpha2[3]; /* empty where ISO 3166-1 has none; DE for D, XK for RKS */
    enum ptn_state_kind kind;
    const char *name;    /* English */
    const char *name_sq; /* Albanian */
};

/* By the code as printed in a document: three letters, or "D" (also "DEU", which is its ISO code).
 * NULL: unknown. */
const struct ptn_state *ptn_state_find(const char *code);
const struct ptn_state *ptn_state_find_bytes(struct ptn_bytes code);

/* By ISO 3166-1 alpha-2 (capitals). NULL: unknown. "DE" gives D. */
const struct ptn_state *ptn_state_find_alpha2(const char *alpha2);

/* The name in "en" or "sq"; English for any other language. */
const char *ptn_state_name(const struct ptn_state *state, const char *language);

/*
 * The code under which a State's people are counted for rules: DEU becomes D, the British codes
 * GBR; others stay.
 */
const char *ptn_state_canonical(const char *code);

/* All of them, in order of alpha3: for lists and tests. */
const struct ptn_state *ptn_state_all(size_t *ret_count);
#endif
