/*
 * trust/authorise.h -- who may do what: one table, used alike by centre, keeper and post.
 *
 * Pure. TRUST-1: tightening needs online hands, at once; loosening needs m of n offline keys, or
 * for what is no attack a person's duty key, and is never a question of time alone. The effect
 * decides which is which: an act is tightening only if no traveller's reasons to be checked get
 * fewer by it.
 */
#ifndef PTN_TRUST_AUTHORISE_H
#define PTN_TRUST_AUTHORISE_H
#include "trust/order.h"
#include "trust/roster.h"

enum ptn_action {
    /* tightening */
    PTN_ACTION_ADD,             /* a list addition, an alert, anything that adds a reason */
    PTN_ACTION_SELF_LOCAL,      /* a post steps down to local */
    PTN_ACTION_SELF_MANUAL,     /* … to manual */
    PTN_ACTION_WITHDRAW_FEW,    /* local, or other functions: at most two posts by this key */
    PTN_ACTION_WITHDRAW_MANY,   /* the same at any posts; carriers' messages anywhere */
    PTN_ACTION_WITHDRAW_MANUAL, /* lanes to manual */
    PTN_ACTION_REVOKE,          /* an officer, a device */
    PTN_ACTION_REVOKE_KEY,      /* a node's or a person's key */
    PTN_ACTION_DISTRUST,        /* a ledger past a size removes nothing any more */
    /* loosening */
    PTN_ACTION_SELF_BACK,       /* a post steps up again from its own step down, within 30 min */
    PTN_ACTION_RESTORE_LOCAL,   /* end an order to local that was no attack */
    PTN_ACTION_RESTORE_MANUAL,  /* end an order to manual that was no attack */
    PTN_ACTION_RESTORE_ATTACK,  /* end an order with cause attack */
    PTN_ACTION_RESTORE_REVOKED, /* end a revocation or a distrust */
    PTN_ACTION_ANNUL,           /* end a stop that was forged or a mistake */
    PTN_ACTION_REMOVE,          /* a removal, or an edit that takes a reason away */
    PTN_ACTION_VOID,            /* all that a ledger published past a size */
    PTN_ACTION_CLEAR,           /* a clearance; a stay made longer */
    PTN_ACTION_RULES,           /* rules, thresholds */
    PTN_ACTION_STAFF,           /* a post's staff list */
    PTN_ACTION_RELEASE,         /* software that may run */
    PTN_ACTION_ERASE,           /* payloads deleted */
    PTN_ACTION_CLOSE,           /* the cause of an attack's orders is recorded as closed */
    PTN_ACTION_ADVANCE,         /* a return from an attack goes a stage further */
    PTN_ACTION_COUNT,
};

/* "add", "withdraw-few": a literal. */
const char *ptn_action_word(enum ptn_action action);

/* True when a traveller's reasons can get fewer by it, or an order can end. */
bool ptn_action_loosens(enum ptn_action action);

/* Whose hands an act is in. The counts are of different keys. */
struct ptn_signers {
    unsigned authorities; /* offline */
    unsigned duties;      /* persons' keys */
    unsigned personnel;   /* offline */
    bool centre;          /* the publishing centre's key */
    bool node;            /* the node's own key */
    bool supervisor;      /* signed in at the post, on the spot */
    bool code;            /* a one-time code from the post's sealed sheet */
};

/* What must be true besides; a set of bits. */
enum ptn_proviso {
    PTN_PROVISO_SERIALS = 1,      /* every sheet's serial is accounted for */
    PTN_PROVISO_GATE = 2,         /* the gate is open: nothing is missing */
    PTN_PROVISO_NEVER_MANUAL = 4, /* the post has not been at manual since */
    PTN_PROVISO_WAITED = 8,       /* 72 hours since keepers' median time */
    PTN_PROVISO_BRIEF = 16,       /* under 30 minutes since it stepped down by itself */
    PTN_PROVISO_ALONE = 32,       /* no other order stands */
    PTN_PROVISO_STEADY = 64,      /* the lanes let in before have run long enough, untouched */
};

enum ptn_answer {
    PTN_ANSWER_NO,      /* refused: more signatures would not help */
    PTN_ANSWER_NOT_YET, /* signatures or conditions are missing */
    PTN_ANSWER_YES,
};

struct ptn_ruling {
    enum ptn_answer answer;
    const char *word; /* "yes", "signatures", "roster-expired", …: a literal for machines */
    const char *why;  /* a sentence, a literal */
    const char *why_sq;
};

/*
 * One way to be allowed an action. Counts are the least numbers; PTN_MANY stands for the roster's
 * authorities-needed. Where duty keys are asked for, authorities' keys count as well.
 */
#define PTN_MANY 255u

struct ptn_action_way {
    uint8_t authorities, duties, personnel;
    bool centre, node, supervisor, code;
    uint8_t conditions; /* bits of enum ptn_proviso */
};

#define PTN_ACTION_WAY_MAX 4u

struct ptn_action_rule {
    const char *word;
    bool loosens;
    struct ptn_action_way ways[PTN_ACTION_WAY_MAX];
    size_t way_count;
};

/* The row of an action; Borrowed, constant. */
const struct ptn_action_rule *ptn_action_rule(enum ptn_action action);

/* What is asked. */
struct ptn_asked {
    enum ptn_action action;
    struct ptn_signers signers;
    unsigned conditions; /* bits of enum ptn_proviso that are true */
    int64_t given_ms, until_ms;
    int64_t seen_ms; /* when it was first seen here */
};

/**
 * ptn_authorise(roster, asked):
 * May these hands do this?
 *
 * TRUST-1, TRUST-2: more signatures and more fulfilled conditions never turn a yes into a no; an
 * expired roster, or a time past `until`, refuses what loosens and nothing else.
 */
struct ptn_ruling ptn_authorise(const struct ptn_roster *roster, const struct ptn_asked *asked);

/* Did this key sign the note? OK; CORRUPT when its signature is there and wrong; NO_MEMORY. */
PTN_MUST_USE struct ptn_status ptn_key_signed(const struct ptn_note *note,
                                              const struct ptn_vkey *key, bool *ret_signed,
                                              struct ptn_diag *reterr);

/*
 * ptn_signers_of(roster, note, revoked, revoked_count, ret_signers, reterr):
 * Count which of the roster's people signed. Keys that are revoked do not count.
 *
 * revoked  Borrowed: Ed25519 public keys.
 *
 * OK, also with nobody known; CORRUPT when a known key's signature is wrong; NO_MEMORY.
 */
PTN_MUST_USE struct ptn_status ptn_signers_of(const struct ptn_roster *roster,
                                              const struct ptn_note *note,
                                              const uint8_t (*revoked)[PTN_PUBLIC_KEY_LEN],
                                              size_t revoked_count, struct ptn_signers *ret_signers,
                                              struct ptn_diag *reterr);
#endif
