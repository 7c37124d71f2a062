/*
 * main/bulletin.h -- what centres publish, on its way to a running post's lanes: a thread of its
 * own reads it out of the copies of their ledgers (node/published.h) and puts what is in force
 * before the lanes. Lanes and the courier wait for none of it (POST-1).
 */
#ifndef PTN_MAIN_BULLETIN_H
#define PTN_MAIN_BULLETIN_H
#include "main/relay.h"
#include "node/published.h"

struct ptn_bulletin; /* opaque */

/*
 * ptn_bulletin_start(world, dir, node, ret_bulletin, reterr):
 * For the running node in dir, whose reading keys open the records. world, dir and node are
 * Borrowed. Owned: ptn_bulletin_stop, before the node closes. The codes of ptn_vault_open.
 */
PTN_MUST_USE struct ptn_status ptn_bulletin_start(const struct ptn_world *world, const char *dir,
                                                  struct ptn_node *node,
                                                  struct ptn_bulletin **ret_bulletin,
                                                  struct ptn_diag *reterr);
/* Detach it first. NULL is fine, here and below. */
void ptn_bulletin_stop(struct ptn_bulletin *bulletin);

/* Read from this relay's copies, by the months' keys that lie in dir now; and no more, before the
 * relay is stopped. */
void ptn_bulletin_attach(struct ptn_bulletin *bulletin, struct ptn_relay *relay);
void ptn_bulletin_detach(struct ptn_bulletin *bulletin);

/* Something was pulled, or entered here: any thread, cheap. */
void ptn_bulletin_ring(struct ptn_bulletin *bulletin);

/*
 * ptn_bulletin_once(world, dir, node, arena, reterr):
 * The same for a node that is not running but open here: what is in force by the copies in its
 * folder, put before whoever asks it. A node without a roster has what was entered at it. The codes
 * of ptn_vault_open and ptn_links_open.
 */
PTN_MUST_USE struct ptn_status ptn_bulletin_once(const struct ptn_world *world, const char *dir,
                                                 struct ptn_node *node, struct ptn_arena *arena,
                                                 struct ptn_diag *reterr);

/* Append "published" to an open object: counts, nothing personal. */
void ptn_bulletin_write(struct ptn_bulletin *bulletin, struct ptn_json *json);
#endif
