/*
 * main/relay.h -- a node's lines to its keepers, carried: node/country.h under one lock, and the
 * courier whose thread steps them.
 */
#ifndef PTN_MAIN_RELAY_H
#define PTN_MAIN_RELAY_H
#include "base/text.h"
#include "node/country.h"

struct ptn_relay; /* opaque */

/* Whom to tell, on the courier's thread and under the lock, that a keeper has answered a push or a
 * pull, or failed to. Either may be NULL. */
struct ptn_relay_ear {
    void (*pushed)(void *context, const struct ptn_links *links);
    void (*pulled)(void *context, struct ptn_links *links);
    void *context;
};

/*
 * ptn_relay_start(world, dir, origin, way, ear, ret_relay, reterr):
 * Read the roster of the node in dir, open its lines and start to carry. Owned: ptn_relay_stop. ear
 * may be NULL; copied.
 *
 * OK; NOT_FOUND: there is no roster, a node by itself; the codes of ptn_country_read,
 * ptn_links_open and ptn_courier_new.
 */
PTN_MUST_USE struct ptn_status ptn_relay_start(const struct ptn_world *world, const char *dir,
                                               const char *origin, enum ptn_links_way way,
                                               const struct ptn_relay_ear *ear,
                                               struct ptn_relay **ret_relay,
                                               struct ptn_diag *reterr);
/* Stop carrying and close all of it. NULL is fine. */
void ptn_relay_stop(struct ptn_relay *relay);

/* The own ledger grew: any thread, cheap. NULL is fine. */
void ptn_relay_wake(struct ptn_relay *relay);

/* Between lock and unlock the links and their copies are the caller's. Short: the courier waits. */
struct ptn_links *ptn_relay_lock(struct ptn_relay *relay);
void ptn_relay_unlock(struct ptn_relay *relay);
/* The same for a thread that lanes wait for: NULL, and nothing to unlock, when the courier has it.
 */
struct ptn_links *ptn_relay_try(struct ptn_relay *relay);

/* Fixed while the relay lives. */
const struct ptn_country *ptn_relay_country(const struct ptn_relay *relay);

/* Append the next note that stands in a keeper's ledger, each keeper's in order, from the first on
 * after a start; the same note may come from several. OK; NOT_FOUND: no more now; BUSY: the courier
 * is at work, ask again.
 */
PTN_MUST_USE struct ptn_status ptn_relay_note(struct ptn_relay *relay, struct ptn_buffer *note);

/* Append "lines" and "ledgers" to an open object: how all of it stands, nothing personal.
 * Takes the lock. */
void ptn_relay_write(struct ptn_relay *relay, struct ptn_json *json);
#endif
