/*
 * main/round.h -- a running node looks round the country: it reads the copies it follows into a
 * glance, writes DIR/country.json, hands the same to who asks here, and writes the public page.
 * One thread's.
 */
#ifndef PTN_MAIN_ROUND_H
#define PTN_MAIN_ROUND_H
#include "main/relay.h"
#include "main/up_int.h"
#include "vault/vault.h"

struct ptn_round; /* opaque */

/* vault may be NULL: what is sealed is not read, and no page is signed. All Borrowed. Owned:
 * ptn_round_free. NULL: no memory. */
struct ptn_round *ptn_round_new(const struct ptn_up *up, const struct ptn_vault *vault,
                                const char *origin);
void ptn_round_free(struct ptn_round *round);

/* Read on in one copy, whose lock the caller holds. True: there is more. */
bool ptn_round_look(struct ptn_round *round, const struct ptn_country *country,
                    struct ptn_copy *copy);

/* When it is time, write. Takes the relay's lock. True: what ptn_round_country gives is new. */
bool ptn_round_write(struct ptn_round *round, struct ptn_relay *relay);

/* What was written last, as JSON (docs/format/country.md); Borrowed until the next write. */
struct ptn_bytes ptn_round_country(const struct ptn_round *round);
#endif
