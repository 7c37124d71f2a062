/*
 * node/messages.h -- carriers' messages as they reach a post or a centre: read out of the copies of
 * the gateways' ledgers, opened, put together from their parts, and handed on.
 *
 * Stepped, and in two steps, because the copies are shared: _next looks at them, under whatever
 * lock they need, and holds at most one message; _hand reads that message and gives it to whoever
 * wants it, with nothing locked. Nothing is kept: after a start the last days are handed on again.
 * A message that its gateway quarantined is not handed on.
 */
#ifndef PTN_NODE_MESSAGES_H
#define PTN_NODE_MESSAGES_H
#include "message/manifest.h"
#include "node/country.h"
#include "record/message.h"

/* A message, or one form of a ship's list. Everything lives until the function returns. */
struct ptn_message_taken {
    struct ptn_bytes raw; /* can be read alone: the interchange's beginning, then the message */
    const struct ptn_manifest *manifest;
    const struct ptn_carrier_message *record; /* of its first part; raw and envelope empty */
    int64_t received_ms;
    struct ptn_bytes origin; /* of the gateway's ledger */
    uint64_t seq;            /* of its first part there */
};

typedef void (*ptn_message_take_fn)(void *context, const struct ptn_message_taken *taken);

struct ptn_messages; /* opaque */

/*
 * ptn_messages_open(world, vault, since_ms, take, context, ret_messages):
 * vault's reading keys open the payloads; world and vault are Borrowed until close. Entries written
 * before since_ms are passed over. OK; NO_MEMORY.
 */
PTN_MUST_USE struct ptn_status ptn_messages_open(const struct ptn_world *world,
                                                 const struct ptn_vault *vault, int64_t since_ms,
                                                 ptn_message_take_fn take, void *context,
                                                 struct ptn_messages **ret_messages);
void ptn_messages_close(struct ptn_messages *messages);

/*
 * Look for the next whole message in the ledgers of the country's gateways, as far as they are
 * followed; at most some hundred entries a call. True: one is in hand, call _hand. *ret_more: there
 * is more to look at now. A payload that is on its way is waited for, ten seconds; then the rest
 * goes on, and it is looked for again now and then.
 */
bool ptn_messages_next(struct ptn_messages *messages, const struct ptn_country *country,
                       struct ptn_follow *follow, bool *ret_more);

/* Read the message in hand and give it to take; one that cannot be read after all is counted. */
void ptn_messages_hand(struct ptn_messages *messages);

struct ptn_messages_standing {
    uint64_t taken;    /* handed on */
    uint64_t unread;   /* not readable: no key opens it, or it is damaged */
    uint64_t awaiting; /* whose payload has not come */
};

void ptn_messages_standing(const struct ptn_messages *messages,
                           struct ptn_messages_standing *ret_standing);
#endif
