/*
 * node/country.h -- a node's place in its country: who is in the roster, its lines to the keepers
 * (one that pushes its own ledger, one that pulls others' into copies), and how a centre comes to
 * know: copies, opened entry by entry, into one view.
 *
 * Stepped, like what it is made of (mirror/follower.h): no thread, no socket. A courier asks each
 * line what to carry and brings the answer; only one line, and only one caller, at a time. Nobody
 * at a lane waits for any of it (POST-1).
 */
#ifndef PTN_NODE_COUNTRY_H
#define PTN_NODE_COUNTRY_H
#include "base/text.h"
#include "base/world.h"
#include "ledger/copy.h"
#include "mirror/erasing.h"
#include "mirror/follower.h"
#include "paper/days.h"
#include "trust/roster.h"
#include "view/view.h"

/* ---- the roster ---- */

#define PTN_COUNTRY_FILE "roster" /* in the node's folder: the roster note */

struct ptn_country {
    struct ptn_roster roster; /* views into note */
    struct ptn_buffer note;
    struct ptn_arena *arena;
};

/*
 * Read and check DIR/roster: it holds by itself; that it is the right one is why it was put there
 * by hand. OK; NOT_FOUND: there is none, a node by itself; the codes of ptn_roster_first.
 */
PTN_MUST_USE struct ptn_status ptn_country_read(const struct ptn_world *world, const char *dir,
                                                struct ptn_country *ret_country,
                                                struct ptn_diag *reterr);
void ptn_country_release(struct ptn_country *country);

/* The node that an origin stands for, be it its own ledger's or a spare's; NULL: a stranger. */
const struct ptn_roster_node *ptn_country_node(const struct ptn_country *country,
                                               struct ptn_bytes origin);

/*
 * ptn_country_seal(world, dir, ledger, reterr):
 * Let the ledger of the node in dir seal for those who may read it: itself, the centres, recovery,
 * as DIR/roster names their keys; a gateway's for the posts, the centres and recovery, and not for
 * itself; of a centre's the class `crossing`, which holds what it publishes, for the posts too.
 * Without a roster it goes on sealing for itself alone.
 *
 * OK; the codes of ptn_country_read and ptn_ledger_readers.
 */
PTN_MUST_USE struct ptn_status ptn_country_seal(const struct ptn_world *world, const char *dir,
                                                struct ptn_ledger *ledger, struct ptn_diag *reterr);

/*
 * ptn_country_take(world, dir, country, note, reterr):
 * A note came that may be the next roster: when it follows country's, by its rules, it replaces
 * DIR/roster. country itself stays as it is: read it anew.
 *
 * OK: it does, and it is in place. NOT_FOUND: it is no roster of this country. BAD_INPUT, CORRUPT:
 * it is one, and does not follow (an older one, too). BUSY: it is over and would trust more: it
 * lies in DIR/roster-N until a later one comes that is not (ROSTER-1); IO; NO_MEMORY.
 */
PTN_MUST_USE struct ptn_status ptn_country_take(const struct ptn_world *world, const char *dir,
                                                const struct ptn_country *country,
                                                struct ptn_bytes note, struct ptn_diag *reterr);

/* Does a note follow old, over those that wait in dir? Nothing is written. The codes of
 * ptn_roster_follows; what ret_roster is made of is the note's and the arena's. */
PTN_MUST_USE struct ptn_status ptn_country_follows(const struct ptn_world *world, const char *dir,
                                                   const struct ptn_roster *old,
                                                   struct ptn_bytes note, struct ptn_arena *arena,
                                                   struct ptn_roster *ret_roster,
                                                   struct ptn_diag *reterr);

/* Lay down a roster note for which that said BUSY. */
PTN_MUST_USE struct ptn_status ptn_country_wait(const struct ptn_world *world, const char *dir,
                                                struct ptn_bytes note);

/* ---- the lines ---- */

struct ptn_links; /* opaque */

enum ptn_link_kind {
    PTN_LINK_SITE,   /* pushes to the site keeper */
    PTN_LINK_PUSH,   /* pushes to a keeper */
    PTN_LINK_PULL,   /* pulls from a keeper */
    PTN_LINK_FORMER, /* pushes to a keeper what is held here of the ledger that this node succeeds
                      */
};

struct ptn_link {
    enum ptn_link_kind kind;
    struct ptn_bytes keeper;  /* its origin */
    struct ptn_bytes address; /* HOST:PORT */
    const uint8_t *tls;       /* PTN_TLS_ID_LEN bytes */
};

/* What the lines are for. */
enum ptn_links_way {
    PTN_LINKS_FOLLOW,    /* every day: push the own ledger, pull others' from the keepers */
    PTN_LINKS_PULL,      /* a node that has no ledger yet: pull from the keepers only */
    PTN_LINKS_RECOVER,   /* the same, and what they have of this node's own ledger: nothing, or its
                            identity has been used */
    PTN_LINKS_PULL_SITE, /* the same from the site keeper, and of the former ledger alone */
};

/*
 * ptn_links_open(world, dir, country, origin, way, ret_links, reterr):
 * Lines of the node in dir whose ledger is origin. What it follows comes from its role: a centre
 * everybody, a post the keepers' notes, the centres and the gateways, a gateway the keepers' notes.
 * Copies lie in DIR/copies.
 *
 * country   Borrowed until close, like world.
 *
 * OK; NOT_FOUND when there is no such keeper; BAD_INPUT when the roster does not name the origin as
 * a post's, a centre's or a gateway's; the codes of
 * ptn_ledger_open_reader and ptn_copy_open.
 */
PTN_MUST_USE struct ptn_status ptn_links_open(const struct ptn_world *world, const char *dir,
                                              const struct ptn_country *country,
                                              struct ptn_bytes origin, enum ptn_links_way way,
                                              struct ptn_links **ret_links,
                                              struct ptn_diag *reterr);
void ptn_links_close(struct ptn_links *links);

size_t ptn_links_count(const struct ptn_links *links);
/* All Borrowed from the country. index below the count. */
struct ptn_link ptn_links_at(const struct ptn_links *links, size_t index);

/* True: carry this, in at most *timeout_ms (-1: as usual). False: nothing to do for *timeout_ms
 * (-1: as usual) or until something changes. */
bool ptn_links_next(struct ptn_links *links, size_t index, struct ptn_exchange *exchange,
                    int *timeout_ms);
void ptn_links_take(struct ptn_links *links, size_t index, const struct ptn_exchange *exchange);

/*
 * Keepers whose key a standing order revokes, by the notes that have come from any of them: nothing
 * of theirs counts, and to the first n - q of them nothing is carried. REVOKE-2.
 */
struct ptn_links_revoked {
    unsigned count, counted, needed; /* of keepers: revoked; the others; as many as a quorum is */
    bool site;                       /* the site keeper's is */
};

struct ptn_links_revoked ptn_links_revoked(const struct ptn_links *links);
/* Is that line's? *ret_shut: nothing is carried on it. */
bool ptn_links_is_revoked(const struct ptn_links *links, size_t index, bool *ret_shut);

/* What is followed. Borrowed. */
struct ptn_follow *ptn_links_follow(struct ptn_links *links);

/* What one keeper has of the own ledger. */
struct ptn_link_push {
    struct ptn_bytes keeper; /* its origin. Borrowed from the country */
    bool site;
    bool answers;          /* the last exchange with it was answered */
    uint64_t acknowledged; /* entries under its cosignature */
    uint64_t lost;         /* payloads that it wanted and that this node has lost */
    int64_t keeper_s;      /* the time in it, by the keeper's clock; 0: none in this run */
    int64_t own_s;         /* the node's own clock when it came */
};

/* How far the node's clock is ahead of the keepers', in seconds: the median over those that have
 * cosigned; *ret_off is 0 when it is known and within a minute. False: nobody has cosigned. */
bool ptn_links_clock(const struct ptn_link_push *pushes, size_t count, int64_t *ret_off_s);

/* All that the own ledger is pushed to: at most max of them. Returns how many. */
size_t ptn_links_pushes(const struct ptn_links *links, struct ptn_link_push *ret_pushes,
                        size_t max);

/* What a line's keeper showed against the own ledger (ptn_pusher_proof). Borrowed; empty: nothing.
 */
struct ptn_bytes ptn_links_proof(const struct ptn_links *links, size_t index);

/* How one line stands; the other of the two is zero. */
void ptn_links_standing(const struct ptn_links *links, size_t index,
                        struct ptn_pusher_standing *ret_push, struct ptn_puller_standing *ret_pull);

/*
 * ---- when entries were written, by keepers' clocks (times.c) ----
 *
 * The time in an entry is its writer's. What keepers cosign says more: by then they held it. Kept
 * in DIR/times, a file a ledger; its loss makes bounds wider.
 */

struct ptn_times; /* opaque */

/* Make DIR/times when it is missing. world is Borrowed until close. NULL: no memory. */
struct ptn_times *ptn_times_open(const struct ptn_world *world, const char *dir);
void ptn_times_close(struct ptn_times *times);

/* Look at what is followed. Cheap; call it every second or so. */
void ptn_times_turn(struct ptn_times *times, struct ptn_follow *follow);
/* By time_s keepers held so many entries of that ledger. */
void ptn_times_saw(struct ptn_times *times, struct ptn_bytes origin, uint64_t size, int64_t time_s);

/* Seconds since 1970; 0: not known. */
struct ptn_times_bounds {
    int64_t from_s;  /* the entry was not with the keepers yet: a node that is not cut off wrote it
                        after this */
    int64_t until_s; /* they held it: it was written before */
};

/* False: neither is known. */
bool ptn_times_bounds(const struct ptn_times *times, struct ptn_bytes origin, uint64_t index,
                      struct ptn_times_bounds *ret_bounds);

/* What keepers held of a ledger at some moment. */
struct ptn_times_held {
    uint64_t size;
    int64_t time_s; /* by then, not after what was asked */
    bool passed;    /* a later one is noted, too: nothing stands between */
};

/* As the files in DIR/times have it; none is made. NOT_FOUND: nothing is noted so early; BAD_INPUT,
 * TOO_BIG, IO. */
PTN_MUST_USE struct ptn_status ptn_times_held(const struct ptn_world *world, const char *dir,
                                              struct ptn_bytes origin, int64_t by_s,
                                              struct ptn_times_held *ret_held);

/* A file of DIR/times. Pure. BAD_INPUT for bytes that are none; NO_MEMORY when take says false. */
PTN_MUST_USE struct ptn_status
ptn_times_parse(struct ptn_bytes bytes, bool (*take)(void *context, uint64_t size, int64_t time_s),
                void *context);

/* ---- the centre's pulse, as a post feels it ---- */

struct ptn_pulse; /* opaque */

/* NULL: no memory. */
struct ptn_pulse *ptn_pulse_new(void);
void ptn_pulse_free(struct ptn_pulse *pulse);

/* The post's own ledger has this size now, by the post's own monotonic clock. Before each hear. */
void ptn_pulse_own(struct ptn_pulse *pulse, uint64_t size, int64_t now_ms);

/*
 * ptn_pulse_hear(pulse, copy, cosigned, origin, now_ms):
 * Look for a newer heartbeat in a centre's ledger, in the entries before cosigned: those that a
 * quorum vouches for. It counts when no larger one was seen, and as of the time when the post's own
 * ledger, origin, had not yet grown past what it echoes: whoever delays it does not make it look
 * fresh. copy is the caller's for the time of the call.
 */
void ptn_pulse_hear(struct ptn_pulse *pulse, struct ptn_copy *copy, uint64_t cosigned,
                    struct ptn_bytes origin, int64_t now_ms);

/* The same for the publishing centre of the roster, and its spares, as far as they are followed. */
void ptn_pulse_look(struct ptn_pulse *pulse, const struct ptn_country *country,
                    struct ptn_follow *follow, struct ptn_bytes origin, int64_t now_ms);

/* How long ago the centre is known to have been alive; counted from the start before the first
 * heartbeat. */
int64_t ptn_pulse_age_ms(const struct ptn_pulse *pulse, int64_t now_ms);

/*
 * ---- gathering ----
 *
 * A gathering is one thread's, and so are the copies it is given for the time of a call. It keeps
 * nothing that the copies and the view do not say: a crash costs the turn it was in.
 */

struct ptn_gather; /* opaque */

/* Entries taken from a copy at a time, and bytes of opened payloads after which there are enough.
 */
#define PTN_GATHER_BATCH 4096u
#define PTN_GATHER_ROOM  ((size_t)16 << 20)
/* Entries after which a transaction ends: a second. With fewer the same pages of indexes are
 * written again and again. */
#define PTN_GATHER_TOGETHER 32768u

#define PTN_GATHER_WHERE_SIZE 1100u

/* Where the view of the node in dir is: what DIR/node.conf says, else DIR/view.sqlite. The codes of
 * reading and parsing node.conf, but for a folder without one; TOO_BIG. */
PTN_MUST_USE struct ptn_status ptn_gather_where(const struct ptn_world *world, const char *dir,
                                                char ret_where[PTN_GATHER_WHERE_SIZE],
                                                struct ptn_diag *reterr);

/* The same for a node of that plan, whose node.conf is not there yet. */
struct ptn_node_plan;
void ptn_gather_where_of(const struct ptn_node_plan *plan, const char *dir,
                         char ret_where[PTN_GATHER_WHERE_SIZE]);

/*
 * ptn_gather_open(world, dir, vault, ret_gather, reterr):
 * Open the view where ptn_gather_where says, for writing (made when missing). world and vault are
 * Borrowed until close; vault's reading keys open the payloads. Owned: ptn_gather_close.
 *
 * The codes of ptn_view_open.
 */
PTN_MUST_USE struct ptn_status ptn_gather_open(const struct ptn_world *world, const char *dir,
                                               const struct ptn_vault *vault,
                                               struct ptn_gather **ret_gather,
                                               struct ptn_diag *reterr);
/* The same for a view that is there. */
PTN_MUST_USE struct ptn_status ptn_gather_open_at(const struct ptn_world *world, const char *where,
                                                  const struct ptn_vault *vault,
                                                  struct ptn_gather **ret_gather,
                                                  struct ptn_diag *reterr);
void ptn_gather_close(struct ptn_gather *gather);

/* The view, Borrowed, for asking between turns. */
struct ptn_view *ptn_gather_view(struct ptn_gather *gather);

/*
 * ptn_gather_take(gather, copy, ret_more, reterr):
 * Read and open the next entries of one copy, at most PTN_GATHER_BATCH of them; the view is only
 * asked how far it has come. They wait for ptn_gather_apply, which must be the next call. An entry
 * whose payload is still on its way is waited for, for ten seconds; then it counts as not readable,
 * and is mended when the payload comes.
 *
 * OK; *ret_more: there are more to take after these. CORRUPT when the copy fails its own hashes,
 * IO, NO_MEMORY: nothing waits.
 */
PTN_MUST_USE struct ptn_status ptn_gather_take(struct ptn_gather *gather, struct ptn_copy *copy,
                                               bool *ret_more, struct ptn_diag *reterr);

/*
 * ptn_gather_apply(gather, ret_applied, reterr):
 * Put what was taken into the view; no copy is touched (but the one it was taken from must be open
 * still). Several of these share a transaction, which ends after PTN_GATHER_TOGETHER entries or
 * with ptn_gather_settle. On a failure all of the transaction is as if it had never been taken.
 *
 * OK with how many were applied; CORRUPT when they contradict what the view has; the codes of the
 * view.
 */
PTN_MUST_USE struct ptn_status ptn_gather_apply(struct ptn_gather *gather, size_t *ret_applied,
                                                struct ptn_diag *reterr);

/* End the transaction, if one is open: before anybody asks the view. The codes of
 * ptn_view_commit. */
PTN_MUST_USE struct ptn_status ptn_gather_settle(struct ptn_gather *gather,
                                                 struct ptn_diag *reterr);

/* All three for one copy. *ret_applied is 0 when there is nothing to do. The codes of the three. */
PTN_MUST_USE struct ptn_status ptn_gather_turn(struct ptn_gather *gather, struct ptn_copy *copy,
                                               size_t *ret_applied, struct ptn_diag *reterr);

/*
 * The same for the centre's own ledger, which it has itself: who looked at whom there. Sets how
 * many entries the view has a use for: what the view comes to is written down in that ledger, too,
 * and is nothing new to it. The codes of ptn_gather_turn and of the ledger.
 */
PTN_MUST_USE struct ptn_status ptn_gather_own(struct ptn_gather *gather, struct ptn_ledger *ledger,
                                              size_t *ret_kept, struct ptn_diag *reterr);

/* Fill in entries of one copy that were not readable and are now; a bounded number a call. Sets how
 * many. The codes of ptn_gather_turn. */
PTN_MUST_USE struct ptn_status ptn_gather_mend(struct ptn_gather *gather, struct ptn_copy *copy,
                                               size_t *ret_mended, struct ptn_diag *reterr);

/*
 * ptn_gather_still(gather, record, reterr):
 * From here on nothing comes any more, and no payload is waited for: an entry without it is taken
 * as far as the DIGEST record says that a view had come (empty: nowhere), and ends the taking of
 * its ledger otherwise. Once in a gathering's life. NO_MEMORY; BAD_INPUT for no such record.
 */
PTN_MUST_USE struct ptn_status ptn_gather_still(struct ptn_gather *gather, struct ptn_bytes record,
                                                struct ptn_diag *reterr);

/*
 * ptn_gather_digest(gather, whole, out, reterr):
 * Append the record (kind DIGEST) of how far the view stands; whole: and of what it comes to there,
 * for which every row is read. The codes of ptn_view_digest and of the buffer.
 */
PTN_MUST_USE struct ptn_status ptn_gather_digest(struct ptn_gather *gather, bool whole,
                                                 struct ptn_buffer *out, struct ptn_diag *reterr);

/*
 * ptn_gather_check(gather, record, ret_same, reterr):
 * Whether the view comes to what that DIGEST record says, at the heads it names.
 *
 * OK with the answer; NOT_FOUND when the view has not come so far; BAD_INPUT for no such record, or
 * one without a digest.
 */
PTN_MUST_USE struct ptn_status ptn_gather_check(struct ptn_gather *gather, struct ptn_bytes record,
                                                bool *ret_same, struct ptn_diag *reterr);

/*
 * ---- erasures (erasures.c) ----
 *
 * At a post, a gateway or a centre: mirror/erasing.h over everything the node holds; and at a
 * centre, the record that says to all others that an order is in force. Stepped by the node's
 * owner, a bounded piece a call. Rules: docs/format/order.md "Erasing".
 */

struct ptn_erasures; /* opaque */

/* dir is the node's folder: a centre keeps DIR/erasing there. world is Borrowed until free. NULL:
 * no memory. */
struct ptn_erasures *ptn_erasures_new(const struct ptn_world *world, const char *dir);
void ptn_erasures_free(struct ptn_erasures *erasures);

/* What a turn works on. All Borrowed for the call. */
struct ptn_erasures_at {
    const struct ptn_country *country;
    struct ptn_follow *follow;
    struct ptn_ledger *own;
    struct ptn_gather *gather;    /* a centre's, whose view forgets too; NULL: no centre */
    ptn_erasing_append_fn append; /* into the own ledger, now or soon */
    void *context;
};

/*
 * ptn_erasures_turn(erasures, at, ret_more, reterr):
 * One ledger's piece. ret_more: there is more to do.
 *
 * OK; the codes of reading and erasing, of the view and of append. A ledger that fails is tried
 * again with the next round.
 */
PTN_MUST_USE struct ptn_status ptn_erasures_turn(struct ptn_erasures *erasures,
                                                 const struct ptn_erasures_at *at, bool *ret_more,
                                                 struct ptn_diag *reterr);

/* The same for a post that is open: owner only. */
struct ptn_node;
PTN_MUST_USE struct ptn_status ptn_node_erase(struct ptn_node *node, struct ptn_erasures *erasures,
                                              const struct ptn_country *country,
                                              struct ptn_follow *follow, bool *ret_more);

/* Append "erasures" to an open object: each order that is known, how it stands, and who of the
 * roster has not answered yet. Names of nodes and digests, nothing of a person. */
void ptn_erasures_write(struct ptn_erasures *erasures, const struct ptn_country *country,
                        struct ptn_json *json);

/*
 * ---- stays, at a centre (stays_press.c) ----
 *
 * Who crossed anywhere, out of the view, as records `stays` for the centre's own ledger. Stepped,
 * some hundred crossings a call. Format: docs/format/stays.md.
 */

struct ptn_stays_press; /* opaque */

/* code: the centre's. world is Borrowed. NULL: no memory. */
struct ptn_stays_press *ptn_stays_press_new(const struct ptn_world *world, const char *code);
void ptn_stays_press_free(struct ptn_stays_press *press);

/* A record of kind stays of the centre's own ledger, in its order: what is published already. One
 * that is no good is passed over. NO_MEMORY. */
PTN_MUST_USE struct ptn_status ptn_stays_press_learn(struct ptn_stays_press *press,
                                                     struct ptn_bytes payload);

/* Look at everything again in the next round: payloads came that were missing. */
void ptn_stays_press_again(struct ptn_stays_press *press);

/* What a turn works on. All Borrowed for the call. */
struct ptn_stays_press_at {
    struct ptn_view *view;
    /* By which digest ledgers name the payload of that entry. NOT_FOUND: it is not here. */
    struct ptn_status (*name)(void *context, const char *origin, uint64_t seq,
                              struct ptn_hash *ret_name);
    ptn_erasing_append_fn append; /* into the own ledger, now */
    /* Paper days of all posts whose sheets are not all keyed (paper/days.h). NULL: none. */
    size_t (*gaps)(void *context, struct ptn_paper_gap ret_gaps[PTN_PAPER_GAPS_MAX]);
    void *context;
};

/*
 * ptn_stays_press_turn(press, at, ret_more, reterr):
 * A piece of a round, begun when none is under way. *ret_more false: the round is over; what the
 * view had when it began is published.
 *
 * OK; the codes of the view, of name and of append: the same piece is tried again.
 */
PTN_MUST_USE struct ptn_status ptn_stays_press_turn(struct ptn_stays_press *press,
                                                    const struct ptn_stays_press_at *at,
                                                    bool *ret_more, struct ptn_diag *reterr);

/* Crossings that are published. */
size_t ptn_stays_press_rows(const struct ptn_stays_press *press);
#endif
