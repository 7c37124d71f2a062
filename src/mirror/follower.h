/*
 * mirror/follower.h -- the two ways of a node to a keeper: pushing its own ledger, pulling others'.
 *
 * Pure functions from exchange to exchange: _next says what to ask now, whoever carries it brings
 * the answer to _take. What was lost, doubled or came late does no harm: every step is worked out
 * again from what is durable. One exchange of a pusher or puller at a time. All of one follow (and
 * its pullers) belongs to one thread.
 *
 * Standard: docs/format/keeper.md "How a writer pushes", "How a reader pulls".
 */
#ifndef PTN_MIRROR_FOLLOWER_H
#define PTN_MIRROR_FOLLOWER_H
#include "ledger/copy.h"
#include "mirror/wire.h"
#include "trust/roster.h"

/* ---- pushing: one (own ledger, keeper) ---- */

/* Why nothing moves. Words: ptn_push_trouble_word. */
enum ptn_push_trouble {
    PTN_PUSH_FINE,
    PTN_PUSH_NO_ANSWER, /* the last exchange came back unanswered */
    PTN_PUSH_REFUSED,   /* answered with a refusal that says nothing of sizes: 403, 404, 429, 5xx */
    PTN_PUSH_BAD_ANSWER,   /* an answer of no known form, or a cosignature that is wrong */
    PTN_PUSH_PAYLOAD_GONE, /* the keeper wants a payload that is not here either */
    PTN_PUSH_AHEAD,      /* the keeper says that it holds more than this ledger ever came to: a lost
                            or rolled-back disk. Nothing is pushed any more */
    PTN_PUSH_OWN_LEDGER, /* the own ledger cannot be read */
    PTN_PUSH_CONTRADICTED, /* the keeper was signed something else before: a lost or rolled-back
                              disk that was written on. Tried again now and then, and never taken */
};

const char *ptn_push_trouble_word(enum ptn_push_trouble trouble);

struct ptn_pusher_standing {
    uint64_t acknowledged; /* entries under a cosignature of this keeper seen in this run */
    uint64_t keeper_next;  /* entries it holds, as far as known */
    uint64_t size;         /* of the own ledger, when last looked at */
    enum ptn_push_trouble trouble;
    bool agrees; /* it took a checkpoint of this ledger in this run: it knows no other history */
    unsigned status; /* of the last answer */
    uint64_t lost;   /* payloads that the keeper wants, that the own ledger has lost, and that no
                        erasure explains: told to the keeper, which goes on without them. An alarm */
    int64_t acknowledged_ms; /* when; 0: never in this run */
    int64_t keeper_s;        /* the time in that cosignature, by the keeper's clock; 0: none */
};

struct ptn_pusher;

/*
 * ptn_pusher_new(world, reader, mirror, ret_pusher):
 * reader: the own ledger, opened for reading; Borrowed. mirror: the keeper's cosigning key; copied.
 * OK; NO_MEMORY.
 */
PTN_MUST_USE struct ptn_status ptn_pusher_new(const struct ptn_world *world,
                                              struct ptn_ledger *reader,
                                              const struct ptn_vkey *mirror,
                                              struct ptn_pusher **ret_pusher);
/* The same with the copy of the ledger that this node succeeds: what only its site keeper had. */
PTN_MUST_USE struct ptn_status ptn_pusher_new_copy(const struct ptn_world *world,
                                                   struct ptn_copy *copy,
                                                   const struct ptn_vkey *mirror,
                                                   struct ptn_pusher **ret_pusher);
void ptn_pusher_free(struct ptn_pusher *pusher);

/* True: the exchange's verb, path and body are set, Borrowed until take or the next call. False:
 * nothing to do until the ledger grows (or, with a trouble, until time has passed). */
bool ptn_pusher_next(struct ptn_pusher *pusher, struct ptn_exchange *exchange);
void ptn_pusher_take(struct ptn_pusher *pusher, const struct ptn_exchange *exchange);
void ptn_pusher_standing(const struct ptn_pusher *pusher, struct ptn_pusher_standing *ret_standing);

/* The checkpoint that a keeper showed for its AHEAD or CONTRADICTED, whatever it is worth: for
 * ptn_ledger_retire, which believes nobody. Empty: none. Borrowed until the next take. */
struct ptn_bytes ptn_pusher_proof(const struct ptn_pusher *pusher);

/* ---- following: the copies, shared by one puller a keeper ---- */

#define PTN_FOLLOW_MAX         2200u /* ledgers */
#define PTN_FOLLOW_KEEPERS_MAX PTN_ROSTER_KEEPER_MAX

struct ptn_follow;

/* quorum: how many keepers must agree for a head to count as cosigned. dir: where the copies lie;
 * copied. */
PTN_MUST_USE struct ptn_status ptn_follow_new(const struct ptn_world *world, const char *dir,
                                              uint32_t quorum, struct ptn_follow **ret_follow);
/* Closes the copies. Free the pullers first. */
void ptn_follow_free(struct ptn_follow *follow);

/* Order in which is pulled: lower first. */
#define PTN_FOLLOW_NOTES  0u /* keepers' own ledgers */
#define PTN_FOLLOW_LISTS  1u /* centres' */
#define PTN_FOLLOW_OTHERS 2u

/*
 * Follow one more ledger, or the same one again (nothing changes). of_keeper: it is a keeper's own,
 * which no cosignature is needed for. BAD_INPUT for the same origin with another key; TOO_BIG; the
 * codes of ptn_copy_open.
 */
PTN_MUST_USE struct ptn_status ptn_follow_add(struct ptn_follow *follow, const struct ptn_vkey *key,
                                              unsigned order, bool of_keeper,
                                              struct ptn_diag *reterr);

struct ptn_follow_head {
    uint64_t size;      /* proved entries of the copy */
    uint64_t missing;   /* payloads named by them and not here */
    uint64_t cosigned;  /* the largest size that a quorum of keepers cosigned and the copy agrees
                           with; at most size */
    uint64_t shown;     /* the largest size any keeper showed well signed */
    unsigned answered;  /* keepers that told of it, be it that they hold nothing */
    int64_t cosigned_s; /* the quorum's time of cosigned: the q-th newest; 0: none */
    int64_t seen_s;     /* the median of the times at which keepers cosigned as much: one that lies
                           moves it no further than an honest one's; 0: none */
    bool forked;        /* the copy holds evidence against its ledger */
};

/* How a ledger stands. NOT_FOUND when it is not followed; the codes of ptn_copy_standing. */
PTN_MUST_USE struct ptn_status ptn_follow_head(struct ptn_follow *follow, struct ptn_bytes origin,
                                               struct ptn_follow_head *ret_head);

/* The copy itself, Borrowed; NULL when the origin is not followed. Origins in the order they were
 * added: index from 0, the empty view past the end. */
struct ptn_copy *ptn_follow_copy(struct ptn_follow *follow, struct ptn_bytes origin);
struct ptn_bytes ptn_follow_origin(const struct ptn_follow *follow, size_t index);

/*
 * ptn_follow_note(follow, ret_origin, ret_index, note):
 * The next note in keepers' ledgers, each keeper's in order; appended to note. *ret_origin
 * (Borrowed) and *ret_index say where it stands: hand the index + 1 to ptn_follow_notes_from after
 * a restart. The same note may stand in several.
 *
 * OK; NOT_FOUND: no more now; the codes of ptn_copy_read.
 */
PTN_MUST_USE struct ptn_status ptn_follow_note(struct ptn_follow *follow,
                                               struct ptn_bytes *ret_origin, uint64_t *ret_index,
                                               struct ptn_buffer *note);
void ptn_follow_notes_from(struct ptn_follow *follow, struct ptn_bytes origin, uint64_t index);

/* The same notes once more, for who looks at them before anybody else does: from the first on. */
PTN_MUST_USE struct ptn_status ptn_follow_order(struct ptn_follow *follow, struct ptn_buffer *note);

/* Grows with every entry or payload that came. */
uint64_t ptn_follow_changes(const struct ptn_follow *follow);

/* ---- pulling ---- */

/* Why a keeper is passed over. */
enum ptn_pull_trouble {
    PTN_PULL_FINE,
    PTN_PULL_NO_ANSWER,
    PTN_PULL_REFUSED,    /* a status of 400 or above where the thing must be there */
    PTN_PULL_BAD_ANSWER, /* of no known form */
    PTN_PULL_LIES,       /* signed or gave what does not verify: passed over for an hour */
    PTN_PULL_FORK_SHOWN, /* it shows another history of a ledger: evidence was kept */
    PTN_PULL_WITHHOLDS,  /* others' cosigned heads are ahead of what it shows for 10 minutes */
    PTN_PULL_OWN_DISK,   /* a copy cannot be written */
};

const char *ptn_pull_trouble_word(enum ptn_pull_trouble trouble);

struct ptn_puller_standing {
    enum ptn_pull_trouble trouble;
    unsigned status;         /* of the last answer */
    struct ptn_bytes origin; /* what the trouble is about; empty: nothing in particular. Borrowed */
    int64_t until_ms;        /* passed over until then; 0: not */
    int64_t heads_ms;        /* when it last told its heads */
    uint64_t entries, payloads; /* taken from it in this run */
};

struct ptn_puller;

/* mirror: the keeper's cosigning key; copied. TOO_BIG past PTN_FOLLOW_KEEPERS_MAX made of this
 * follow; NO_MEMORY. */
PTN_MUST_USE struct ptn_status ptn_puller_new(struct ptn_follow *follow,
                                              const struct ptn_vkey *mirror,
                                              struct ptn_puller **ret_puller);
void ptn_puller_free(struct ptn_puller *puller);

/* True: ask this now. *ret_holds: the keeper may hold it until something changes (a long poll).
 * False: nothing for a second or so: passed over, or another keeper brings what this one has. */
bool ptn_puller_next(struct ptn_puller *puller, struct ptn_exchange *exchange, bool *ret_holds);
void ptn_puller_take(struct ptn_puller *puller, const struct ptn_exchange *exchange);
void ptn_puller_standing(const struct ptn_puller *puller, struct ptn_puller_standing *ret_standing);

/* Whether what the keeper cosigns counts: towards the quorum, for times, as an answer. A head that
 * counted with it stays. REVOKE-2. */
void ptn_puller_counts(struct ptn_puller *puller, bool counts);

/* The follow has more ledgers, or somebody waits: ask for the heads again without holding. */
void ptn_puller_wake(struct ptn_puller *puller);
#endif
