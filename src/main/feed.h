/*
 * main/feed.h -- carriers' messages on their way into a running post: a thread of its own reads
 * them out of the copies of the gateways' ledgers (node/messages.h) and hands them on. Reading a
 * message takes longer than an order may wait, so the courier's thread does not do it.
 */
#ifndef PTN_MAIN_FEED_H
#define PTN_MAIN_FEED_H
#include "main/relay.h"
#include "node/messages.h"

struct ptn_feed; /* opaque */

/*
 * ptn_feed_new(world, dir, days, take, context, ret_feed, reterr):
 * For the node in dir, whose reading keys open the messages; those of the last so many days are
 * handed on first. take is called on the feed's thread. world and dir are Borrowed until
 * free. Owned: ptn_feed_free.
 *
 * The codes of ptn_vault_open and ptn_messages_open.
 */
PTN_MUST_USE struct ptn_status ptn_feed_new(const struct ptn_world *world, const char *dir,
                                            unsigned days, ptn_message_take_fn take, void *context,
                                            struct ptn_feed **ret_feed, struct ptn_diag *reterr);
/* Detach it first. NULL is fine, here and below. */
void ptn_feed_free(struct ptn_feed *feed);

/* Begin to read from this relay's copies, by the months' keys that lie in dir now; and stop, before
 * the relay is stopped. A feed remembers how far it has read. */
void ptn_feed_attach(struct ptn_feed *feed, struct ptn_relay *relay);
void ptn_feed_detach(struct ptn_feed *feed);

/* While held nothing is handed on; what came meanwhile is afterwards. Any thread, cheap. */
void ptn_feed_hold(struct ptn_feed *feed, bool held);

/* Something was pulled: any thread, cheap. */
void ptn_feed_ring(struct ptn_feed *feed);

/* Append "messages" to an open object: counts, nothing personal. */
void ptn_feed_write(struct ptn_feed *feed, struct ptn_json *json);
#endif
