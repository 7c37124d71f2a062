/*
 * trust/roster.h -- who is trusted: the nodes, keepers, authorities and reading keys of a country,
 * in one signed note.
 *
 * Pure. A parsed roster is views into the caller's text and arrays in the caller's arena. Layout
 * and rules: docs/format/roster.md. Standard: C2SP signed-note; the hand-over rule is TUF's
 * (SOURCES.md).
 */
#ifndef PTN_TRUST_ROSTER_H
#define PTN_TRUST_ROSTER_H
#include "base/date.h"
#include "ledger/note.h"
#include "vault/tls.h"

#define PTN_ROSTER_TEXT_MAX      ((size_t)1 << 20) /* bytes of text */
#define PTN_ROSTER_AUTHORITY_MAX 32u
#define PTN_ROSTER_DUTY_MAX      32u
#define PTN_ROSTER_PERSONNEL_MAX 32u
#define PTN_ROSTER_KEEPER_MAX    16u
#define PTN_ROSTER_NODE_MAX      2100u /* all nodes together */
#define PTN_ROSTER_ADDRESS_MAX   255u

enum ptn_roster_role {
    PTN_ROSTER_KEEPER,
    PTN_ROSTER_SITE, /* a keeper beside one post: not counted in the quorum */
    PTN_ROSTER_CENTRE,
    PTN_ROSTER_POST,
    PTN_ROSTER_GATEWAY, /* takes in carriers' messages and reads nothing back */
};

/* "keeper", "site", "centre", "post", "gateway": a literal. */
const char *ptn_roster_role_word(enum ptn_roster_role role);

/* A node: its origin is ledger.name. */
struct ptn_roster_node {
    enum ptn_roster_role role;
    struct ptn_vkey ledger;
    struct ptn_vkey mirror; /* keepers and site keepers */
    uint8_t tls[PTN_TLS_ID_LEN];
    struct ptn_bytes address; /* keepers and site keepers: HOST:PORT */
    struct ptn_bytes post;    /* site keepers: the origin of the post it stands beside */
};

/* An identity that a node opens when it lost its disk. */
struct ptn_roster_spare {
    struct ptn_bytes origin; /* of the node it is for */
    struct ptn_vkey ledger;
    uint8_t tls[PTN_TLS_ID_LEN];
};

/* Who can read what is sealed in one month. */
struct ptn_roster_reading {
    struct ptn_bytes origin; /* empty: recovery */
    struct ptn_date month;   /* day 0 */
    uint8_t key[PTN_READING_KEY_LEN];
};

struct ptn_roster_retention {
    uint8_t retention; /* class, as record/record.h numbers them */
    uint32_t days;
};

struct ptn_roster {
    struct ptn_bytes origin;
    uint32_t version;
    struct ptn_date expires;
    uint32_t quorum_n, quorum_q, quorum_f;
    uint32_t authorities_needed;
    struct ptn_vkey *authorities;
    size_t authority_count;
    struct ptn_vkey *duties;
    size_t duty_count;
    struct ptn_vkey *personnel; /* who signs posts' staff lists */
    size_t personnel_count;
    struct ptn_roster_node
        *nodes; /* keepers, site keepers, centres, posts, gateways: in this order */
    size_t node_count;
    struct ptn_roster_spare *spares;
    size_t spare_count;
    struct ptn_bytes publishing; /* empty: none */
    struct ptn_roster_reading *readings;
    size_t reading_count;
    struct ptn_roster_retention *retentions;
    size_t retention_count;
};

/**
 * ptn_roster_parse(text, arena, ret_roster, reterr):
 * Read a roster's text (a note's, without its signatures).
 *
 * text        Borrowed, must outlive the roster.
 * arena       Arrays are taken from it.
 * ret_roster  Set on success only.
 *
 * OK; BAD_INPUT with the offset of the line for anything but the one form, a quorum that is not
 * safe, or a public key that stands twice; TOO_BIG past the limits; NO_MEMORY.
 */
PTN_MUST_USE struct ptn_status ptn_roster_parse(struct ptn_bytes text, struct ptn_arena *arena,
                                                struct ptn_roster *ret_roster,
                                                struct ptn_diag *reterr);

/*
 * The same text back. Lines of a kind are sorted, so that a roster put together by hand comes out
 * in the one form. The buffer's codes.
 */
PTN_MUST_USE struct ptn_status ptn_roster_write(const struct ptn_roster *roster,
                                                struct ptn_buffer *out);

/*
 * ptn_roster_first(note, arena, ret_roster, reterr):
 * Read and check a whole roster note that stands at the beginning: enough of its own authorities
 * signed it. Whether they are the right people is not in the bytes: the reader must have the roster
 * from a hand they trust.
 *
 * OK; the codes of parse; CORRUPT when a signature is wrong or too few are there.
 */
PTN_MUST_USE struct ptn_status ptn_roster_first(struct ptn_bytes note, struct ptn_arena *arena,
                                                struct ptn_roster *ret_roster,
                                                struct ptn_diag *reterr);

/*
 * ptn_roster_follows(old, note, today, arena, ret_roster, reterr):
 * Read a roster note and check that it follows old: version + 1, the same origin, enough
 * authorities of both, and no ledger's name with another key than it had.
 *
 * today  The reader's. A version that is over by then may take away and tighten, and nothing else:
 *        ROSTER-1.
 *
 * OK; the codes of parse; BAD_INPUT for another origin or version; CORRUPT when a signature is
 * wrong or too few are there; BUSY when it is the next version, but over, and more would be trusted
 * by it than by old: it waits for a later one that is not (ptn_roster_follows_through).
 */
PTN_MUST_USE struct ptn_status
ptn_roster_follows(const struct ptn_roster *old, struct ptn_bytes note, struct ptn_date today,
                   struct ptn_arena *arena, struct ptn_roster *ret_roster, struct ptn_diag *reterr);

/* The most versions that wait between one that is in force and one that may be. */
#define PTN_ROSTER_WAITING_MAX 16u

/*
 * ptn_roster_follows_through(old, waiting, count, note, today, arena, ret_roster, reterr):
 * The same over versions that were BUSY: waiting is old's next one, the one after that …; note
 * comes after them all. Each is walked, the last one's date alone is asked for. count up to
 * PTN_ROSTER_WAITING_MAX. The same codes.
 */
PTN_MUST_USE struct ptn_status
ptn_roster_follows_through(const struct ptn_roster *old, const struct ptn_bytes *waiting,
                           size_t count, struct ptn_bytes note, struct ptn_date today,
                           struct ptn_arena *arena, struct ptn_roster *ret_roster,
                           struct ptn_diag *reterr);

/* All of that rule but the signatures and the day. OK or BAD_INPUT. */
PTN_MUST_USE struct ptn_status ptn_roster_may_follow(const struct ptn_roster *old,
                                                     const struct ptn_roster *next,
                                                     struct ptn_diag *reterr);

/* True up to and on the day it expires: it may loosen and bring in nodes. */
bool ptn_roster_is_current(const struct ptn_roster *roster, struct ptn_date today);

/* NULL when next trusts nobody and nothing that old does not, and asks for no less: no new node,
 * spare, key, address, month or centre that publishes; not fewer signatures or days. Else which of
 * these: a literal. */
const char *ptn_roster_widens(const struct ptn_roster *old, const struct ptn_roster *next);

/* The node of that origin, or NULL. A spare is found by its own name too when spare is not NULL. */
const struct ptn_roster_node *ptn_roster_find(const struct ptn_roster *roster,
                                              struct ptn_bytes origin);
const struct ptn_roster_spare *ptn_roster_find_spare(const struct ptn_roster *roster,
                                                     struct ptn_bytes origin);

/* The site keeper beside that post, or NULL. */
const struct ptn_roster_node *ptn_roster_find_site(const struct ptn_roster *roster,
                                                   struct ptn_bytes post);

/* The node or spare that shows this certificate, by the digest of its key; NULL when it is a
 * stranger's. */
const struct ptn_roster_node *ptn_roster_find_tls(const struct ptn_roster *roster,
                                                  const uint8_t tls[PTN_TLS_ID_LEN]);

/* The key of the ledger with that origin, be it a node's or a spare's. False when there is none. */
bool ptn_roster_ledger_key(const struct ptn_roster *roster, struct ptn_bytes origin,
                           struct ptn_vkey *ret_key);

/* The reading key of a node (empty origin: recovery) for the month of a date, or NULL. */
const uint8_t *ptn_roster_reading_key(const struct ptn_roster *roster, struct ptn_bytes origin,
                                      struct ptn_date day);

/* The first month that some reader has no key for: whoever seals in it takes the key of the month
 * before (SEAL-3). */
struct ptn_roster_lack {
    struct ptn_date month;   /* day 0 */
    struct ptn_bytes reader; /* one of them; empty: recovery. A view into the roster */
    size_t count;            /* how many have none */
};

/*
 * ptn_roster_reading_lack(roster, from, ret_lack):
 * Look from that month on, in a roster that was parsed. Readers are the posts and whoever else has
 * any month: a centre, a spare, recovery. False: there are none. Cost: the lines, once.
 */
bool ptn_roster_reading_lack(const struct ptn_roster *roster, struct ptn_date from,
                             struct ptn_roster_lack *ret_lack);

/* 2q - n > f and n - q >= 1: a forked or rewritten ledger is seen, and one lost keeper stops
 * nothing. */
bool ptn_roster_quorum_is_safe(uint32_t n, uint32_t q, uint32_t f);
#endif
