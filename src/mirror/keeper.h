/*
 * mirror/keeper.h -- a keeper: what it takes, what it signs, what it gives.
 *
 * One answer an exchange, from one thread. No socket, no clock but the world's. What a peer is
 * allowed comes from the roster alone; who the peer is, its TLS certificate told the door before.
 *
 * States of one origin's copy, and what moves it (docs/format/keeper.md):
 *   unknown --add-checkpoint--> pending --add-entries, payloads--> whole --cosigned--> shown
 * and back to pending with the next checkpoint; what is shown stays shown. Nothing goes back.
 *
 * Standard: C2SP tlog-mirror, tlog-witness; docs/format/keeper.md.
 */
#ifndef PTN_MIRROR_KEEPER_H
#define PTN_MIRROR_KEEPER_H
#include "ledger/copy.h"
#include "ledger/ledger.h"
#include "mirror/wire.h"
#include "trust/roster.h"

#define PTN_KEEPER_REFUSED_MAX 64u    /* REFUSED entries an origin */
#define PTN_KEEPER_NOTES_MAX   65536u /* notes taken in all */
#define PTN_KEEPER_OPEN_MAX    1024u  /* copies open at the same time */
#define PTN_KEEPER_AWAY_MAX    8u     /* nodes that orders turn away */

/* Bounds; zero: the default. */
struct ptn_keeper_limits {
    uint64_t day_bytes_max; /* of entries and payloads taken from an origin in 24 hours; default
                               64 GiB */
    uint64_t headroom;      /* bytes of disk that stay free; default 256 MiB */
};

struct ptn_keeper_setup {
    const struct ptn_world *world; /* Borrowed */
    const struct ptn_vault *vault; /* Borrowed: its PTN_ROLE_MIRROR key cosigns */
    const char *dir;               /* where the copies lie; copied */
    struct ptn_ledger *ledger;     /* the keeper's own, open for writing; Borrowed */
    struct ptn_bytes roster;       /* the roster note to begin with; copied */
    struct ptn_keeper_limits limits;
    /* Free bytes of the disk; NULL: not known, so not asked. */
    uint64_t (*disk_free)(void *context);
    /* NULL, or true for payloads that are not waited for, besides those that an erasure in force
     * names (ptn_keeper_erase). */
    bool (*erased)(void *context, const struct ptn_hash *sha256);
    void *context;
};

/* Who asks: a node of the roster, by its certificate. origin is Borrowed for the call. */
struct ptn_keeper_peer {
    struct ptn_bytes origin;
    enum ptn_roster_role role;
};

struct ptn_keeper;

/*
 * ptn_keeper_open(setup, ret_keeper, reterr):
 * *ret_keeper is Owned. Reads the keeper's own ledger once: notes taken before are known again, and
 * rosters among them are walked from the one given.
 *
 * OK; NOT_FOUND when the roster does not name this keeper (its ledger's origin, as keeper or site
 * keeper, with the vault's two keys); the codes of ptn_roster_first, ptn_ledger_read and
 * ptn_copy_open.
 */
PTN_MUST_USE struct ptn_status ptn_keeper_open(const struct ptn_keeper_setup *setup,
                                               struct ptn_keeper **ret_keeper,
                                               struct ptn_diag *reterr);
void ptn_keeper_close(struct ptn_keeper *keeper);

/*
 * ptn_keeper_answer(keeper, who, exchange, last):
 * Answer one request: status and answer of the exchange are set (its answer's cap bounds the body;
 * PTN_WIRE_BODY_MAX is enough).
 *
 * OK: answered, be it with a refusal. BUSY: a long poll with nothing new: hold it and ask again
 * after a change (ptn_keeper_changes), or without the path's query when its time is up; nothing was
 * written.
 */
PTN_MUST_USE struct ptn_status ptn_keeper_answer(struct ptn_keeper *keeper,
                                                 const struct ptn_keeper_peer *who,
                                                 struct ptn_exchange *exchange);

/* Grows with every change a long poll would tell of. */
uint64_t ptn_keeper_changes(const struct ptn_keeper *keeper);

/*
 * ptn_keeper_erase(keeper, ret_more, reterr):
 * A piece of work on erasures (mirror/erasing.h): read what centres' ledgers say is in force (a
 * site keeper: its post's), erase what it names in one of the copies, and when all were looked
 * through append deletion receipts to the own ledger. Call it now and then; ret_more: at once
 * again.
 *
 * OK; the codes of ptn_copy_erase and of the own ledger. A copy that failed is passed over and
 * tried again.
 */
PTN_MUST_USE struct ptn_status ptn_keeper_erase(struct ptn_keeper *keeper, bool *ret_more,
                                                struct ptn_diag *reterr);

/* The roster in force here, Borrowed until the next call that takes a note; and its note. */
const struct ptn_roster *ptn_keeper_roster(const struct ptn_keeper *keeper);
struct ptn_bytes ptn_keeper_roster_note(const struct ptn_keeper *keeper);

/* Is it a node, or a spare, whose key an order revokes that stands? The first PTN_KEEPER_AWAY_MAX
 * in the order in which the orders came. REVOKE-1. */
bool ptn_keeper_turns_away(const struct ptn_keeper *keeper, struct ptn_bytes name);
/* How many; *ret_version grows when they may have changed. */
size_t ptn_keeper_away(const struct ptn_keeper *keeper, uint64_t *ret_version);

/* ---- how it stands ---- */

/* Why a request was refused: by the answer's status. */
enum ptn_keeper_refusal {
    PTN_KEEPER_REFUSED_FORM,    /* 400: of no known form */
    PTN_KEEPER_REFUSED_PEER,    /* 403: not theirs to ask, or not signed by a key that counts */
    PTN_KEEPER_REFUSED_UNKNOWN, /* 404: no such thing, no such ledger */
    PTN_KEEPER_REFUSED_BEHIND,  /* 409: something else comes next; every catching up begins so */
    PTN_KEEPER_REFUSED_LONG,    /* 413 */
    PTN_KEEPER_REFUSED_DOUBTED, /* 422: it does not follow from what was signed before */
    PTN_KEEPER_REFUSED_QUOTA,   /* 429 */
    PTN_KEEPER_REFUSED_TROUBLE, /* 503: a trouble of the keeper's own */
    PTN_KEEPER_REFUSED_DISK,    /* 507: its disk is nearly full */
    PTN_KEEPER_REFUSAL_COUNT
};

/* "form", "peer", "unknown", "behind", "long", "doubted", "quota", "trouble", "disk": a literal. */
const char *ptn_keeper_refusal_word(enum ptn_keeper_refusal refusal);

struct ptn_keeper_standing {
    uint64_t origins;  /* copies held */
    uint64_t shown;    /* of them with a cosigned checkpoint */
    uint64_t entries;  /* in all mirror checkpoints */
    uint64_t notes;    /* taken */
    uint64_t refused;  /* answers of 400 and above, ever since open */
    uint64_t evidence; /* REFUSED entries written since open */
    uint64_t corrupt;  /* copies that failed their own proof */
    uint64_t lost;     /* payloads under what is shown that are not here and that no erasure names:
                          their writers have said that they lost them. An alarm */
    uint64_t evidence_kept;                         /* REFUSED entries in the own ledger, ever */
    uint64_t refused_for[PTN_KEEPER_REFUSAL_COUNT]; /* the same as refused, by why */
};

void ptn_keeper_standing(const struct ptn_keeper *keeper, struct ptn_keeper_standing *ret_standing);

/* One ledger of which a copy lies here. */
struct ptn_keeper_ledger {
    struct ptn_bytes origin; /* Borrowed until the next roster */
    bool listed;             /* the roster in force names it: it may still be written to */
    bool corrupt;            /* the copy failed its own proof */
    bool forked;             /* its key signed two histories: the evidence is in the own ledger */
    uint64_t entries;        /* cosigned and shown */
    uint64_t behind;         /* entries that its writer signed besides, and that are not cosigned */
    int64_t behind_s;        /* for how long there have been such; 0: none, or just now */
    int64_t cosigned_ms;     /* when it was last cosigned, in this run; 0: not */
    uint64_t missing;        /* payloads under what is shown that are not here */
};

/* The next one from *index on, which is moved past it. False: no more. */
bool ptn_keeper_ledger_next(const struct ptn_keeper *keeper, size_t *index,
                            struct ptn_keeper_ledger *ret_ledger);
#endif
