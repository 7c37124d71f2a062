/*
 * mirror/recover.h -- bringing ledgers back from keepers: how far is enough, and what is missing.
 *
 * Looks at a follow whose pullers are carried by somebody else; asks nothing, signs nothing, writes
 * nothing. A ledger is back when enough keepers told of it and the copy holds all that any of them
 * showed well signed, payloads included. Standard: docs/format/keeper.md "Recovering".
 */
#ifndef PTN_MIRROR_RECOVER_H
#define PTN_MIRROR_RECOVER_H
#include "mirror/follower.h"

enum ptn_recover_state {
    PTN_RECOVER_ASKING, /* fewer keepers than the quorum told of it: how far it goes is not known */
    PTN_RECOVER_PULLING, /* entries or payloads are still to come */
    PTN_RECOVER_BACK,    /* all of it is here and proved */
    PTN_RECOVER_NEVER,   /* enough keepers told, and none holds anything */
};

/* "asking", "pulling", "back", "never": a literal. */
const char *ptn_recover_state_word(enum ptn_recover_state state);

struct ptn_recover_ledger {
    struct ptn_bytes origin; /* Borrowed from the follow */
    enum ptn_recover_state state;
    unsigned answered; /* keepers that told of it */
    uint64_t target;   /* entries it must have at least; grows when a keeper shows more */
    uint64_t size;     /* entries here and proved */
    uint64_t
        cosigned; /* of them under checkpoints that a quorum cosigned and the copy agrees with */
    uint64_t missing; /* payloads named by entries here and not here */
    bool forked;      /* evidence against the ledger's key was found on the way */
};

/*
 * How one ledger stands; quorum: how many keepers must have told of it. NOT_FOUND when the follow
 * does not have it; the codes of ptn_follow_head.
 */
PTN_MUST_USE struct ptn_status ptn_recover_look(struct ptn_follow *follow, struct ptn_bytes origin,
                                                uint32_t quorum,
                                                struct ptn_recover_ledger *ret_ledger);

/*
 * What is missing, one after another: *ret_entry is the first entry from `from` on that is not here
 * (*ret_payload false: entry and all) or whose payload is not (true). NOT_FOUND: nothing from there
 * on, as far as the target goes.
 */
PTN_MUST_USE struct ptn_status ptn_recover_missing(struct ptn_follow *follow,
                                                   const struct ptn_recover_ledger *ledger,
                                                   uint64_t from, uint64_t *ret_entry,
                                                   bool *ret_payload);
#endif
