/*
 * main/round.h -- a running node looks round the country: it reads the copies it follows into a
 * glance, writes DIR/country.json, hands the same to who asks here, and writes the public page.
 * One thread's at a time.
 */
#ifndef PTN_MAIN_ROUND_H
#define PTN_MAIN_ROUND_H
#include "main/relay.h"
#include "main/up_int.h"
#include "node/glance.h"
#include "vault/vault.h"

struct ptn_round; /* opaque */

/* vault may be NULL: what is sealed is not read, and no page is signed. All Borrowed. Owned:
 * ptn_round_free. NULL: no memory. */
struct ptn_round *ptn_round_new(const struct ptn_up *up, const struct ptn_vault *vault,
                                const char *origin);
void ptn_round_free(struct ptn_round *round);

/* Read on in one copy, whose lock the caller holds, at most max entries. True: there is more. */
bool ptn_round_look(struct ptn_round *round, const struct ptn_country *country,
                    struct ptn_copy *copy, size_t max);

/* The days of paper of all posts, as far as their ledgers have come; the codes of ptn_glance_gaps.
 */
size_t ptn_round_gaps(const struct ptn_round *round, const struct ptn_country *country,
                      struct ptn_paper_gap ret_gaps[PTN_PAPER_GAPS_MAX]);

/* True when it is time to write. */
bool ptn_round_due(const struct ptn_round *round);

/* At a post: how it stands itself. */
void ptn_round_here(struct ptn_round *round, const struct ptn_country *country,
                    const struct ptn_glance_here *here);
void ptn_round_answer(struct ptn_round *round, const struct ptn_country *country,
                      const struct ptn_order_receipt *receipt);

/* Put the country together; the caller holds the relay's lock. True: ptn_round_country gives it. */
bool ptn_round_write(struct ptn_round *round, const struct ptn_country *country,
                     struct ptn_follow *follow);

/* Lay it down in the node's folder, and write the public page when that is due. Nothing is synced:
 * both are old in a moment. */
void ptn_round_keep(struct ptn_round *round);

/* What was written last, as JSON (docs/format/country.md); Borrowed until the next write. */
struct ptn_bytes ptn_round_country(const struct ptn_round *round);
#endif
