/*
 * main/post_round.h -- a post looks round: the orders that keepers wrote down, and how it stands
 * itself, for its incident room and, when node.conf names a folder, its public page. It follows
 * keepers and centres, not other posts: of those it says that it does not know.
 */
#ifndef PTN_MAIN_POST_ROUND_H
#define PTN_MAIN_POST_ROUND_H
#include "main/relay.h"
#include "main/up_int.h"
#include "serve/serve.h"

struct ptn_post_round; /* opaque */

/* All Borrowed. Owned: ptn_post_round_free. NULL: no memory. */
struct ptn_post_round *ptn_post_round_new(const struct ptn_up *up, struct ptn_node *node,
                                          struct ptn_serve *serve, const char *origin);
void ptn_post_round_free(struct ptn_post_round *round);

/* On the thread that lanes wait for: a bounded bit, and nothing while the courier is at work. Both
 * may be NULL. */
void ptn_post_round_turn(struct ptn_post_round *round, struct ptn_relay *relay);
#endif
