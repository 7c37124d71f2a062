/*
 * node/staff.h -- who may sign in at this post or centre, and with which rights.
 *
 * Each in a country has a staff list: a signed note, sealed to it (docs/format/staff.md).
 * Until it has taken its first one the file `staff` counts, which has one line a person: user,
 * role, rights, language, name, Argon2id hash and security keys, parted by tabs. Checking a
 * password takes about a tenth of a second of one core and some memory: the caller bounds how many
 * run at once.
 */
#ifndef PTN_NODE_STAFF_H
#define PTN_NODE_STAFF_H
#include "base/date.h"
#include "record/notice.h"
#include "trust/standing.h"
#include "vault/credential.h"

struct ptn_node;

/* In the node's folder; sealed where it has a lock. */
#define PTN_STAFF_FILE "staff"

#define PTN_STAFF_USER_MAX 64u
#define PTN_STAFF_NAME_MAX 120u
#define PTN_STAFF_HASH_MAX 160u
#define PTN_STAFF_KEYS_MAX 4u /* security keys of one person, here */

enum ptn_staff_role {
    PTN_STAFF_OFFICER,
    PTN_STAFF_SUPERVISOR,
    PTN_STAFF_SECOND,  /* of the second line */
    PTN_STAFF_AUDITOR, /* at a centre only: sees who looked, and no traveller */
};

/* "officer", "supervisor", "second", "auditor" and back; false: no such word. Literals. */
const char *ptn_staff_role_word(enum ptn_staff_role role);
bool ptn_staff_role_from_word(struct ptn_bytes word, enum ptn_staff_role *ret_role);

struct ptn_officer {
    char user[PTN_STAFF_USER_MAX + 1];
    char name[PTN_STAFF_NAME_MAX + 1];
    enum ptn_staff_role role;
    bool discreet; /* may see discreet matches */
    bool albanian; /* the language of choice: Albanian, else English */
};

struct ptn_staff_member {
    struct ptn_officer officer;
    char hash[PTN_STAFF_HASH_MAX + 1];
    struct ptn_date from, until; /* the first and the last day; none: without */
    bool revoked;                /* by an order that stands; in no file */
    struct ptn_passkey keys[PTN_STAFF_KEYS_MAX];
    size_t key_count; /* 0: the password is enough */
};

/*
 * How somebody with security keys shows one. A password of theirs alone is answered NOT_FOUND, as a
 * wrong one is, with `wanted` set and their keys, for whoever asks them to touch one.
 */
struct ptn_staff_touch {
    /* Whether this user touched this key for what is being asked. */
    bool (*touched)(void *context, struct ptn_bytes user, const struct ptn_passkey *key);
    void *context;
    bool wanted;
    struct ptn_bytes user; /* whose; as it was asked for */
    struct ptn_passkey keys[PTN_STAFF_KEYS_MAX];
    size_t key_count;
};

/* Read the next member of a staff file or of a list's people. OK; NOT_FOUND at the end; BAD_INPUT
 * with the line. Pure. */
PTN_MUST_USE struct ptn_status ptn_staff_parse(struct ptn_cursor *cursor, size_t *line,
                                               struct ptn_staff_member *ret_member,
                                               struct ptn_diag *reterr);

/* Append one member's line. BAD_INPUT when a field holds what a line cannot. */
PTN_MUST_USE struct ptn_status ptn_staff_write(const struct ptn_staff_member *member,
                                               struct ptn_buffer *out);

/* Add a person with a password to DIR/staff, or replace the one of that name, who keeps their keys.
 * Nothing but the hash is kept. */
PTN_MUST_USE struct ptn_status ptn_staff_set(const struct ptn_world *world, const char *dir,
                                             const struct ptn_officer *officer,
                                             struct ptn_bytes password, struct ptn_diag *reterr);

/* Give a member one more security key. BAD_INPUT: it is theirs already, or one too many. */
PTN_MUST_USE struct ptn_status ptn_staff_add_key(struct ptn_staff_member *member,
                                                 const struct ptn_passkey *key,
                                                 struct ptn_diag *reterr);

/* Append the lines of all but one person, who is *ret_member where they are there. The codes of
 * ptn_staff_parse and ptn_staff_write but NOT_FOUND. */
PTN_MUST_USE struct ptn_status ptn_staff_without(struct ptn_bytes people, struct ptn_bytes user,
                                                 struct ptn_buffer *out,
                                                 struct ptn_staff_member *ret_member,
                                                 bool *ret_found, struct ptn_diag *reterr);

/* The member called so, without asking for a password: for commands on the node's own machine.
 * False when there is none. */
bool ptn_staff_find(struct ptn_node *node, struct ptn_bytes user, struct ptn_officer *ret_officer);

/* Whether anybody is called so. Safe for threads. */
bool ptn_staff_knows(struct ptn_node *node, struct ptn_bytes user);

/*
 * Who this is, if the password is right, one of their security keys was touched where they have
 * any, and they may sign in today. NOT_FOUND alike for an unknown or revoked user and a wrong
 * password, after the same time; and with touch->wanted. BUSY: it is right, and the staff list has
 * run out. touch may be NULL: nothing was touched. Safe for threads.
 */
PTN_MUST_USE struct ptn_status ptn_staff_check(struct ptn_node *node, struct ptn_bytes user,
                                               struct ptn_bytes password,
                                               struct ptn_staff_touch *touch,
                                               struct ptn_officer *ret_officer);

/* ---- staff lists: the note ---- */

#define PTN_STAFF_LIST_LEN_MAX   65536u /* bytes of a note: what a keeper takes */
#define PTN_STAFF_PEOPLE_LEN_MAX 44000u /* bytes of the people, before they are sealed */
#define PTN_STAFF_PEOPLE_MAX     512u
#define PTN_STAFF_BOX_MAX        16u
#define PTN_STAFF_DAYS_MAX       7

/* A list's text. Borrowed from it. */
struct ptn_staff_list {
    struct ptn_bytes country, post; /* the roster's origin; the post's or centre's ledger */
    uint32_t version;               /* from 1 */
    int64_t given_ms, until_ms;     /* whole seconds */
    struct ptn_bytes bound;         /* the lines above: the people are bound to them */
    uint8_t commitment[32];
    struct ptn_bytes boxes; /* "box" lines, sorted */
    size_t box_count;
    struct ptn_bytes sealed; /* base64 */
};

/* True when the text starts as a staff list does. */
bool ptn_staff_list_looks_like(struct ptn_bytes text);

/* Read a note's text. Pure; nothing is opened or believed. OK; BAD_INPUT with the offset of the
 * line; TOO_BIG. */
PTN_MUST_USE struct ptn_status ptn_staff_list_parse(struct ptn_bytes text,
                                                    struct ptn_staff_list *ret_list,
                                                    struct ptn_diag *reterr);

/*
 * ptn_staff_list_seal(world, roster, plan, people, out, reterr):
 * Seal people for a post or a centre and append the text that a personnel officer signs.
 *
 * plan    post, version, given_ms and until_ms; the rest is not looked at.
 * people  Lines as ptn_staff_write writes them, in any order; sealed sorted by user.
 *
 * OK; BAD_INPUT for people that are no list, none of whom is a supervisor, or twice the same user,
 * one that the roster does not name as either or that has no reading key for those months, times
 * that will not do; TOO_BIG; IO; NO_MEMORY.
 */
PTN_MUST_USE struct ptn_status ptn_staff_list_seal(const struct ptn_world *world,
                                                   const struct ptn_roster *roster,
                                                   const struct ptn_staff_list *plan,
                                                   struct ptn_bytes people, struct ptn_buffer *out,
                                                   struct ptn_diag *reterr);

/* Open the people with a vault that has one of the reading keys. OK; NOT_FOUND when it has none;
 * CORRUPT when what is there does not open with it; NO_MEMORY. */
struct ptn_vault;
PTN_MUST_USE struct ptn_status ptn_staff_list_open(const struct ptn_vault *vault,
                                                   const struct ptn_staff_list *list,
                                                   struct ptn_buffer *ret_people,
                                                   struct ptn_diag *reterr);

/* ---- staff lists: a node's own ---- */

#define PTN_STAFF_WARN_MS     INT64_C(86400000) /* so long before the end it is said */
#define PTN_STAFF_EXTEND_MS   INT64_C(72000000) /* so long before it may be put off */
#define PTN_STAFF_LONGER_S    86400             /* what two people on the spot add */
#define PTN_STAFF_VOUCHED_S   43200             /* so long a password alone is enough: a shift */
#define PTN_STAFF_VOUCHED_MAX 32u /* people at a time; whoever ends first makes room */

struct ptn_staffing; /* opaque: who is on the list of one node, a post or a centre */

/* What it is told of its node. All Borrowed. */
struct ptn_staff_host {
    const struct ptn_world *world;
    const char *dir, *code;
    const struct ptn_vault *vault;
    void *context; /* of what follows */
    void (*lock)(void *context);
    void (*unlock)(void *context);
    int64_t (*clock_off_s)(void *context); /* ahead of the keepers' clocks; under the lock */
    /* by what a list is judged: owner only */
    const struct ptn_roster *(*roster)(void *context);
    const struct ptn_orders *(*orders)(void *context); /* as last judged for this node */
    struct ptn_orders_post (*self)(void *context);
    /* A staff record is to be written: any thread, not under the lock. */
    void (*note)(void *context, struct ptn_bytes payload);
};

/*
 * At a node's start, in this order: open, learn each record of kind staff, begin when the roster
 * and the vault are there. The codes of reading the file `staff`; BAD_INPUT with its line;
 * NO_MEMORY. Owned: ptn_staffing_close.
 */
PTN_MUST_USE struct ptn_status ptn_staffing_open(const struct ptn_staff_host *host,
                                                 struct ptn_staffing **ret_staffing,
                                                 struct ptn_diag *reterr);
void ptn_staffing_learn(struct ptn_staffing *staffing, struct ptn_bytes payload);
PTN_MUST_USE struct ptn_status ptn_staffing_begin(struct ptn_staffing *staffing);
void ptn_staffing_close(struct ptn_staffing *staffing); /* NULL is fine */

/* Owner only: orders were judged anew: who is revoked now? */
void ptn_staffing_judged(struct ptn_staffing *staffing);

/*
 * Owner only: a staff list came. Taken, it is in force when this returns, and sessions of
 * whoever is not on it end (ptn_staffing_changes). What is refused is recorded, once.
 *
 * OK: taken, taken before, or waiting for the version before it; or another's, from a
 * keeper. BAD_INPUT, CORRUPT, NOT_FOUND: refused, reterr says why; NO_MEMORY.
 */
PTN_MUST_USE struct ptn_status ptn_staffing_take(struct ptn_staffing *staffing,
                                                 struct ptn_bytes note, enum ptn_receipt_hand hand,
                                                 struct ptn_diag *reterr);

struct ptn_staff_standing {
    bool has_list;    /* false: the file `staff` counts */
    bool lost;        /* the ledger knows of a list, and the file is gone or damaged */
    uint32_t version; /* of the list */
    int64_t given_ms, until_ms;
    int64_t left_ms; /* until it runs out, by keepers' clocks where they are known; may be over */
    size_t people;
    size_t keyed;    /* of them, who has a security key */
    bool may_extend; /* it ends within PTN_STAFF_EXTEND_MS, or has ended */
};

/*
 * What two people on the spot say: a supervisor and another person on the list let it run
 * PTN_STAFF_LONGER_S longer. Any thread, and slow (two passwords). In force when this returns, and
 * recorded.
 *
 * OK; NOT_FOUND: an unknown user or a wrong password, reterr at 0 of the first (the second was not
 * asked), at 1 of the second. Of two who are who they say: BAD_INPUT: it is one person, or the
 * first is no supervisor; BUSY: there is no list, or it does not end that soon.
 */
struct ptn_staff_hands {
    struct ptn_bytes user, password, second, second_password; /* the first one is a supervisor */
    struct ptn_staff_touch *touch;                            /* of who vouches; may be NULL */
};
PTN_MUST_USE struct ptn_status ptn_staffing_extend(struct ptn_staffing *staffing,
                                                   const struct ptn_staff_hands *hands,
                                                   struct ptn_diag *reterr);

/*
 * STAFF-6: somebody who has security keys has none of them there. The first one vouches for the
 * second, who signs in by password alone for PTN_STAFF_VOUCHED_S. One of the two is a supervisor;
 * whoever vouches shows a key of their own: no number of passwords does instead. Any thread, and
 * slow; in force when this returns, and recorded.
 *
 * OK; NOT_FOUND as above; BAD_INPUT: reterr at 0, it is one person, or neither is a supervisor; at
 * 1, the first one has no key; BUSY: the second has none, and needs nobody.
 */
PTN_MUST_USE struct ptn_status ptn_staffing_vouch(struct ptn_staffing *staffing,
                                                  const struct ptn_staff_hands *hands,
                                                  struct ptn_diag *reterr);

/* ---- the same as ptn_staff_find … above, asked of the list itself. Any thread ---- */

bool ptn_staffing_find(struct ptn_staffing *staffing, struct ptn_bytes user,
                       struct ptn_officer *ret_officer);
bool ptn_staffing_knows(struct ptn_staffing *staffing, struct ptn_bytes user);
PTN_MUST_USE struct ptn_status ptn_staffing_check(struct ptn_staffing *staffing,
                                                  struct ptn_bytes user, struct ptn_bytes password,
                                                  struct ptn_staff_touch *touch,
                                                  struct ptn_officer *ret_officer);
/* May whoever signed in as this go on? A list that has run out ends nobody. */
bool ptn_staffing_may_stay(struct ptn_staffing *staffing, const struct ptn_officer *officer);
/* Grows whenever somebody may have lost a right. */
uint64_t ptn_staffing_changes(struct ptn_staffing *staffing);
struct ptn_staff_standing ptn_staffing_standing(struct ptn_staffing *staffing);

/* ---- the list of a post that is open. Any thread ---- */

struct ptn_staff_standing ptn_staff_standing(struct ptn_node *node);
PTN_MUST_USE struct ptn_status ptn_staff_extend(struct ptn_node *node,
                                                const struct ptn_staff_hands *hands,
                                                struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status ptn_staff_vouch(struct ptn_node *node,
                                               const struct ptn_staff_hands *hands,
                                               struct ptn_diag *reterr);
uint64_t ptn_staff_changes(struct ptn_node *node);
bool ptn_staff_may_stay(struct ptn_node *node, const struct ptn_officer *officer);
#endif
