/*
 * main/public.h -- the public page: a static folder in English and Albanian, and its data signed by
 * the node. What it says: docs/format/public.md.
 */
#ifndef PTN_MAIN_PUBLIC_H
#define PTN_MAIN_PUBLIC_H
#include "base/world.h"
#include "vault/vault.h"

#define PTN_PUBLIC_MS 60000 /* a running node writes it so often */

struct ptn_public {
    const struct ptn_world *world;
    const struct ptn_vault *vault; /* its ledger key signs */
    const char *origin;            /* the name it signs by */
    const char *out;               /* the folder; made when missing */
    const char *notices;           /* a file; NULL or empty: none */
};

/*
 * ptn_public_write(plan, country, reterr):
 * Write the page of the country, given as ptn_glance_write has it (docs/format/country.md).
 *
 * OK; BAD_INPUT for notices or a country that cannot be read; IO, TOO_BIG, NO_MEMORY. On failure a
 * file is the former one or the new one, whole.
 */
PTN_MUST_USE struct ptn_status ptn_public_write(const struct ptn_public *plan,
                                                struct ptn_bytes country, struct ptn_diag *reterr);
#endif
