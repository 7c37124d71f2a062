/*
 * node/node.h -- one running node: its folder, its configuration, and what holds its parts
 * together.
 *
 * The node starts no thread and opens no socket. Lanes call in from as many threads as they like;
 * one thread, the owner, steps the node. The three seams of struct ptn_node_seams are all it needs
 * to know of threads: a lock for the little it changes in memory, and a bell that tells the owner
 * that records wait. A node folder is:
 *
 *   node.conf          key = value: what the post is called, which State's border it is
 *   lock               held while the node runs: a second process is refused
 *   vault/             the node's keys
 *   ledger.sqlite      its ledger
 *   staff              who may sign in (node/staff.h)
 *   stays.known        what was learnt of the ledger: safe to delete
 *   lists/current.snap the watch lists in force
 *   lists/former.snap  a copy of the last ones that passed their check, for when current.snap fails
 * it rules/             the post's own rules roster             the country's roster
 * (docs/format/roster.md); none: a post by itself copies/            copies of other nodes' ledgers
 */
#ifndef PTN_NODE_NODE_H
#define PTN_NODE_NODE_H
#include "base/world.h"
#include "node/writer.h"

/* ---- making and opening ---- */

enum ptn_node_role {
    PTN_NODE_POST,
    PTN_NODE_KEEPER,
    PTN_NODE_SITE_KEEPER, /* the same program beside one post */
    PTN_NODE_CENTRE,
};

enum ptn_post_kind { PTN_POST_AIRPORT, PTN_POST_SEAPORT, PTN_POST_LAND };

/* "airport", "seaport", "land": a literal. */
const char *ptn_post_kind_word(enum ptn_post_kind kind);

#define PTN_NODE_NAME_MAX   120u /* bytes of the node's name */
#define PTN_NODE_CODE_MAX   20u  /* bytes of its code: lower-case letters, digits, '-' */
#define PTN_NODE_ORIGIN_MAX 120u /* bytes of its ledger's name */
#define PTN_NODE_LISTEN_MAX 63u

/* What node.conf says. */
struct ptn_node_plan {
    char name[PTN_NODE_NAME_MAX + 1];
    char code[PTN_NODE_CODE_MAX + 1];
    char origin[PTN_NODE_ORIGIN_MAX + 1]; /* empty: postern.example/CODE */
    enum ptn_node_role role;
    enum ptn_post_kind kind; /* of a post */
    char state[4];           /* the State whose border it is: ICAO alpha-3 */
    unsigned port;           /* 0 = any free one */
    char host[128];          /* one more host name that browsers may use; may be empty */
    char listen[PTN_NODE_LISTEN_MAX + 1]; /* keepers: the address and port of the door */
    bool demonstration; /* accepts specimens, has a tray, marks everything as a demonstration */
};

/* The plan's kind as node.conf has it: a post's kind, "keeper", "site-keeper" or "centre". */
const char *ptn_node_kind_word(const struct ptn_node_plan *plan);

/* ptn_node_plan_parse(text, ret_plan, reterr): read node.conf; reterr counts lines from 1. Pure.
 * BAD_INPUT, TOO_BIG. */
PTN_MUST_USE struct ptn_status
ptn_node_plan_parse(struct ptn_bytes text, struct ptn_node_plan *ret_plan, struct ptn_diag *reterr);

/* The same bytes back, in canonical order. The buffer's codes. */
PTN_MUST_USE struct ptn_status ptn_node_plan_write(const struct ptn_node_plan *plan,
                                                   struct ptn_buffer *out);

/*
 * Make the folder of a node of any role: node.conf, keys, an empty ledger, no staff. snapshot may
 * be empty: no lists yet.
 * BAD_INPUT when the folder already holds a node or the plan is not whole; IO.
 */
PTN_MUST_USE struct ptn_status ptn_node_make(const struct ptn_world *world, const char *dir,
                                             const struct ptn_node_plan *plan,
                                             struct ptn_bytes snapshot, struct ptn_diag *reterr);

/* How the node meets threads. Any of them may be NULL: one thread does everything. */
struct ptn_node_seams {
    void *context;
    void (*lock)(void *context); /* never held across I/O */
    void (*unlock)(void *context);
    void (*wake)(void *context); /* records wait: let the owner call ptn_node_step soon */
};

struct ptn_node; /* opaque */

/**
 * ptn_node_open(world, dir, seams, ret_node, reterr):
 * Take the folder's lock, open vault, ledger, lists, rules and staff, and learn the stays from the
 * ledger.
 *
 * world     Borrowed, must outlive the node.
 * dir       Borrowed for the call.
 * ret_node  Owned by the caller: ptn_node_close.
 *
 * OK; BUSY when another process runs this node; NOT_FOUND when there is no node; BAD_INPUT for a
 * configuration or list that cannot be read, or a node that is no post; CORRUPT when the ledger
 * fails its proof; IO; NO_MEMORY. Cost: one pass over the ledger.
 */
PTN_MUST_USE struct ptn_status ptn_node_open(const struct ptn_world *world, const char *dir,
                                             const struct ptn_node_seams *seams,
                                             struct ptn_node **ret_node, struct ptn_diag *reterr);
void ptn_node_close(struct ptn_node *node);

const struct ptn_node_plan *ptn_node_plan_of(const struct ptn_node *node);
const struct ptn_world *ptn_node_world(const struct ptn_node *node);

/* ---- running ---- */

/* Owner only: make one batch of all records that wait durable and answer them. True when there were
 * any. */
bool ptn_node_step(struct ptn_node *node);

/*
 * Owner only: map lists/current.snap anew, for those who ask from now on. Lanes at work finish with
 * the former. A file that fails its check is not used: those in force stay, or, when there are
 * none, lists/former.snap comes into force; ptn_node_standing says so (POST-2, POST-3). OK;
 * NOT_FOUND: there is no such file, nothing changed; else what was wrong with it.
 */
PTN_MUST_USE struct ptn_status ptn_node_reload(struct ptn_node *node, struct ptn_diag *reterr);

/*
 * Whether the node can record. STOPPED: the disk lied (an fsync failed, or bytes read back were
 * others): the node signs nothing more and must be opened anew by a fresh process (exit code
 * PTN_NODE_EXIT_AGAIN).
 */
enum ptn_recording {
    PTN_RECORDING,
    PTN_RECORDING_DISK_FULL,
    PTN_RECORDING_FAILING,
    PTN_RECORDING_STOPPED
};
enum ptn_recording ptn_node_recording(struct ptn_node *node);

#define PTN_NODE_EXIT_AGAIN 75

/* How the lists in force stand to the newest file. */
enum ptn_lists_state {
    PTN_LISTS_NONE,    /* there never were any */
    PTN_LISTS_CURRENT, /* lists/current.snap is in force */
    PTN_LISTS_FORMER,  /* it failed its check; the last ones that passed are in force */
    PTN_LISTS_FAILED,  /* it failed its check and there are no others: nothing is searched */
};

/* "none", "current", "former", "failed". Literals. */
const char *ptn_lists_state_word(enum ptn_lists_state state);
enum ptn_lists_state ptn_node_lists_state(struct ptn_node *node);

/* One list in force. Texts live as long as the arena they were taken from. */
struct ptn_node_list {
    struct ptn_bytes list, edition;
    int64_t age_s;
    uint64_t entries;
};

struct ptn_node_standing {
    const char *rung; /* "normal", "local", "manual": a literal; the lower of the next two */
    const char *rung_entry, *rung_exit; /* of the lanes in and out */
    const char *cause;                  /* "none", "drill", "mistake", "technical", "attack" */
    int64_t rung_since_ms;              /* when it last moved; 0: never */
    enum ptn_recording recording;
    uint64_t ledger_size;     /* entries durably kept */
    uint64_t readers_lacking; /* readers that were sealed to with another month's key, or not at
                                 all: some will not read what this node writes (payload.md) */
    const char *ledger; /* the ledger's origin, as in its checkpoints. Lives as long as the node */
    enum ptn_lists_state lists_state;
    struct ptn_node_list *lists;
    size_t list_count;
    struct ptn_kept_standing kept;
};

/* How the node stands now. OK, NO_MEMORY. */
PTN_MUST_USE struct ptn_status ptn_node_standing(struct ptn_node *node, struct ptn_arena *arena,
                                                 struct ptn_node_standing *ret_standing);
#endif
