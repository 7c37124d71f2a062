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
 *   vault/             the node's keys; where it has a lock (vault/lock), those that read sealed
 *   ledger.sqlite      its ledger
 *   staff              who may sign in (node/staff.h)
 *   stays.known        what was learnt of the ledger: safe to delete
 *   stays/             days of stay of what was forgotten (docs/format/stays.md)
 *   lists/current.snap the watch lists in force
 *   lists/documents.reg, lists/vehicles.reg  registers of numbers, where there are any
 *   lists/former.snap  a copy of the last ones that passed their check, for when current.snap fails
 * it rules/             the post's own rules roster             the country's roster
 * (docs/format/roster.md); none: a post by itself copies/            copies of other nodes' ledgers
 */
#ifndef PTN_NODE_NODE_H
#define PTN_NODE_NODE_H
#include "base/date.h"
#include "base/world.h"

/* ---- making and opening ---- */

enum ptn_node_role {
    PTN_NODE_POST,
    PTN_NODE_KEEPER,
    PTN_NODE_SITE_KEEPER, /* the same program beside one post */
    PTN_NODE_CENTRE,
    PTN_NODE_GATEWAY, /* carriers' messages in, answers out (node/inbox.h) */
};

enum ptn_post_kind { PTN_POST_AIRPORT, PTN_POST_SEAPORT, PTN_POST_LAND };

/* "airport", "seaport", "land": a literal. */
const char *ptn_post_kind_word(enum ptn_post_kind kind);

#define PTN_NODE_NAME_MAX   120u /* bytes of the node's name */
#define PTN_NODE_CODE_MAX   20u  /* bytes of its code: lower-case letters, digits, '-' */
#define PTN_NODE_ORIGIN_MAX 120u /* bytes of its ledger's name */
#define PTN_NODE_LISTEN_MAX 63u
#define PTN_NODE_VIEW_MAX   255u
#define PTN_NODE_FOLDER_MAX 255u

/* A post screens again whoever crossed in the last 14 days (node/again.h). */
#define PTN_NODE_FORGET_AFTER_H 360u
#define PTN_NODE_FORGETS_NEVER  UINT32_MAX

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
    char view[PTN_NODE_VIEW_MAX + 1]; /* a centre's view: "postgresql://…"; empty: a file in its
                                         folder */
    char public_dir[PTN_NODE_FOLDER_MAX + 1];  /* where it writes the public page; empty: nowhere */
    char notices[PTN_NODE_FOLDER_MAX + 1];     /* the page's file of notices; may be empty */
    char metrics_dir[PTN_NODE_FOLDER_MAX + 1]; /* where its figures are written; empty: its own */
    unsigned forget_after_h; /* a post's: how long a day is over before it is forgotten; 0: the
                                usual PTN_NODE_FORGET_AFTER_H */
    bool demonstration; /* accepts specimens, has a tray, marks everything as a demonstration */
};

/* The plan's kind as node.conf has it: a post's kind, "keeper", "site-keeper", "centre" or
 * "gateway". */
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

/*
 * Whether its vault was locked when it opened (docs/design/0004-a-locked-post.md): it appends,
 * signs and takes orders; it knows nothing of travellers or staff, screens nobody, and learns
 * nothing but orders. Opened anew with the world's storage key it is a node like any other. LOCK-2.
 * Any thread.
 */
bool ptn_node_locked(const struct ptn_node *node);

/* What a lock seals beside the vault: for ptn_lock_seal_all. */
#define PTN_NODE_SEALED_COUNT 2u
extern const char *const ptn_node_sealed[PTN_NODE_SEALED_COUNT];

const struct ptn_node_plan *ptn_node_plan_of(const struct ptn_node *node);
const struct ptn_world *ptn_node_world(const struct ptn_node *node);

/* ---- writing down: group commit, many lanes, one durable append ----
 *
 * A plain queue. Anyone submits; the owner's turn takes all that waits as one batch, appends it,
 * and answers each request through its function. Nobody blocks here: who waits, and how, is the
 * caller's affair.
 *
 *   submit -> waiting -> (turn: append, fsync, read back, sign) -> done(request)
 */

/* One record to be written: its kind and retention class as record/ numbers them, and its
 * sealed-to-be bytes. */
struct ptn_writer_record {
    unsigned kind;
    unsigned retention;
    struct ptn_bytes payload; /* Borrowed until done */
    bool on_paper; /* of a sheet written by hand: rung manual, wherever the post stands now */
};

#define PTN_WRITER_RECORDS_MAX 4u   /* records in one request */
#define PTN_WRITER_MANY_MAX    512u /* records that it points to instead */

/* All records of one request are durable together or not at all. Lives with the caller until done
 * is called. */
struct ptn_writer_request {
    struct ptn_writer_record records[PTN_WRITER_RECORDS_MAX];
    const struct ptn_writer_record
        *many; /* Borrowed until done, in the place of records; or NULL */
    size_t record_count;
    bool has_rung; /* false: the post's rung when it is submitted */
    uint8_t rung;  /* the rung its records carry for life */
    void (*done)(struct ptn_writer_request *request); /* on the owner's thread, no lock held */
    void *context;

    /* Set before done is called. */
    struct ptn_status status; /* OK: durable, read back and signed */
    bool disk_full;           /* the status is IO because the disk is full */
    bool gone_back; /* … because the ledger was retired: nothing is recorded here again */
    uint64_t seq;   /* of the first record; the others follow */
    int64_t time_ms;

    struct ptn_writer_request *next; /* the writer's own */
};

/*
 * Queue the request and ring the owner's bell. It is answered exactly once by done, also when the
 * node is stopped (status IO) or closed before its turn (BUSY).
 */
void ptn_writer_submit(struct ptn_node *node, struct ptn_writer_request *request);

/* Owner only: write all that waits as one batch. Returns how many requests were answered. */
size_t ptn_writer_turn(struct ptn_node *node);

/*
 * ---- who else holds it (kept.c) ----
 *
 * Whoever pushes the post's ledger to keepers tells here what each of them acknowledged. A crossing
 * is answered when the site keeper has it or 250 ms are over, whichever is first; once it was too
 * late nobody waits again until it has caught up (POST-1: nothing off the site is ever awaited).
 *
 *   none -- first told of a site keeper --> late -- it answers and has caught up --> keeps
 *   keeps -- a crossing waited in vain, or it does not answer --> late
 */

#define PTN_KEPT_KEEPERS_MAX 17u /* a site keeper and the country's */
#define PTN_KEPT_NAME_MAX    127u
#define PTN_KEPT_WAIT_MS     250u

/* Who holds a record; more is later. */
enum ptn_kept {
    PTN_KEPT_NOT,    /* nobody: it could not be written */
    PTN_KEPT_LOCAL,  /* this machine alone */
    PTN_KEPT_SITE,   /* two machines on this site */
    PTN_KEPT_ONE,    /* a keeper off the site, too */
    PTN_KEPT_QUORUM, /* as many keepers as the roster asks for */
};

/* "not-recorded", "local", "site-kept", "kept", "quorum": a literal. */
const char *ptn_kept_word(enum ptn_kept kept);

/* What one keeper has said of this post's ledger. */
struct ptn_kept_keeper {
    char name[PTN_KEPT_NAME_MAX + 1]; /* its origin */
    bool site;                        /* it stands on this site */
    bool answers;                     /* the last exchange with it was answered */
    uint64_t acknowledged;            /* entries under its cosignature */
    uint64_t lost;                    /* payloads that it wanted and that this post has lost */
};

/* Entries from the ledger's start that are held so widely. */
struct ptn_kept_sizes {
    uint64_t site, one, quorum;
};

/* Count. quorum: how many keepers are one, at least 1; the site keeper is not among them. Pure. */
struct ptn_kept_sizes ptn_kept_count(const struct ptn_kept_keeper *keepers, size_t count,
                                     uint32_t quorum);

/* Where the entry at seq, durable here, is held. Pure. */
enum ptn_kept ptn_kept_level(const struct ptn_kept_sizes *sizes, uint64_t seq);

/*
 * ptn_node_kept(node, keepers, count, quorum):
 * Tell how all keepers stand now; copied. Call it whenever one has answered or failed to. At most
 * PTN_KEPT_KEEPERS_MAX. Any thread; cheap.
 */
void ptn_node_kept(struct ptn_node *node, const struct ptn_kept_keeper *keepers, size_t count,
                   uint32_t quorum);

/* How far this node's clock is ahead of the keepers' (behind: negative), in seconds; 0: not by a
 * minute, or not known. Any thread. */
void ptn_node_clock(struct ptn_node *node, int64_t off_s);

/* Owner only: in how many milliseconds ptn_node_step wants to be called although nothing rings; -1:
 * not at all. */
int ptn_node_wait_ms(struct ptn_node *node);

/* ---- how it stands ---- */

enum ptn_site_state {
    PTN_SITE_NONE,  /* this post has no site keeper */
    PTN_SITE_KEEPS, /* it holds what was written, or will in a moment */
    PTN_SITE_LATE,  /* it does not: this machine is alone with its last entries */
};

/* "none", "keeps", "late": a literal. */
const char *ptn_site_word(enum ptn_site_state site);

struct ptn_kept_lag {
    struct ptn_kept_keeper keeper;
    uint64_t entries; /* written here and not acknowledged by it */
    int64_t seconds;  /* how old the oldest of them is, by this start; 0: none */
};

struct ptn_kept_standing {
    struct ptn_kept_sizes sizes;
    enum ptn_site_state site;
    uint32_t quorum;
    int64_t clock_off_s; /* see ptn_node_clock */
    size_t keeper_count;
    struct ptn_kept_lag keepers[PTN_KEPT_KEEPERS_MAX];
};

/* Any thread. */
void ptn_node_kept_standing(struct ptn_node *node, struct ptn_kept_standing *ret_standing);

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
    PTN_RECORDING_STOPPED,
    PTN_RECORDING_GONE_BACK, /* a keeper holds more of this ledger, or another history of it: it
                                signs nothing more, for good. FOLLOW-5 */
};
enum ptn_recording ptn_node_recording(struct ptn_node *node);

/*
 * Owner only. A keeper shows this checkpoint of the node's own ledger, which may be larger or of
 * another history: when the node's own key signed it, nothing is recorded here any more, the mark
 * of that is durable, and the lanes go on screening. The codes of ptn_ledger_retire.
 */
PTN_MUST_USE struct ptn_status ptn_node_look_back(struct ptn_node *node,
                                                  struct ptn_bytes checkpoint);

/* Entries durably kept. Any thread. */
uint64_t ptn_node_ledger_size(struct ptn_node *node);

#define PTN_NODE_EXIT_AGAIN 75

/* How the lists in force stand to the newest file. */
enum ptn_lists_state {
    PTN_LISTS_NONE,    /* there never were any */
    PTN_LISTS_CURRENT, /* lists/current.snap is in force */
    PTN_LISTS_FORMER,  /* it failed its check; the last ones that passed are in force */
    PTN_LISTS_FAILED,  /* it failed its check and there are no others: nothing is searched */
    PTN_LISTS_DAMAGED, /* lists in force have changed since they were opened: they are searched, and
                          what they say is not to be relied on */
};

/* "none", "current", "former", "failed", "damaged". Literals. */
const char *ptn_lists_state_word(enum ptn_lists_state state);
enum ptn_lists_state ptn_node_lists_state(struct ptn_node *node);
/* How often since the start something was found changed in the lists in force, or in the file they
 * are in. Any thread. */
unsigned ptn_node_lists_found(const struct ptn_node *node);

/* ---- files of rules in a post's folder (own_files.c) ---- */

enum ptn_own_file {
    PTN_OWN_RULES,       /* rules/post.rules */
    PTN_OWN_CONDITIONS,  /* rules/entry-conditions.tsv */
    PTN_OWN_AUTHORITIES, /* rules/authorities.pem: whose signature on a chip counts */
    PTN_OWN_READERS,     /* rules/readers.tsv: the lanes' chip readers */
};
#define PTN_OWN_FILE_COUNT 4u

/* How one of them was found. state: NONE: there is no such file; CURRENT: it is in force; FORMER:
 * it is damaged, and the copy of the last good one is in force; FAILED: there is no such copy
 * either, and whoever crosses is referred for it, but for readers: no lane has one. */
struct ptn_own_found {
    enum ptn_lists_state state;
    struct ptn_diag diag; /* FORMER, FAILED: what is wrong, offset is the line; text may be NULL */
};

/* Its name below the post's folder. A literal. */
const char *ptn_own_file_name(enum ptn_own_file which);
/* Whether somebody is referred where it cannot be read: nothing is screened by a reader. */
bool ptn_own_file_refers(enum ptn_own_file which);

/* As a post that starts now would find it; nothing is written. NO_MEMORY. */
PTN_MUST_USE struct ptn_status ptn_own_file_look(const struct ptn_world *world, const char *dir,
                                                 enum ptn_own_file which,
                                                 struct ptn_own_found *ret_found);

/* Put a file there, in force from the next start on; readers in a second. The codes of
 * ptn_rules_load, ptn_conditions_load or ptn_readers_parse (offset: the line), or
 * ptn_chip_trust_add; IO. What was there stays on
 * failure. */
PTN_MUST_USE struct ptn_status ptn_own_file_install(const struct ptn_world *world, const char *dir,
                                                    enum ptn_own_file which, struct ptn_bytes file,
                                                    struct ptn_diag *reterr);

/* One list in force. Texts live as long as the arena they were taken from. */
struct ptn_node_list {
    struct ptn_bytes list, edition;
    int64_t age_s;
    uint64_t entries;
};

/* Why the days of stay are known from some day on and not from before. */
enum ptn_records_why {
    PTN_RECORDS_BEGIN,  /* the records begin then */
    PTN_RECORDS_NO_KEY, /* older ones are sealed, and nothing here opens them any more */
    PTN_RECORDS_LOST,   /* an older one is missing, and no order erased it */
};

/* "begin", "no-key", "lost": a literal. */
const char *ptn_records_why_word(enum ptn_records_why why);

/* A heightened check that is in force here today (docs/format/rules.md). */
#define PTN_NODE_HEIGHTENED_MAX 16u
struct ptn_node_heightened {
    struct ptn_bytes rule, text, text_sq;
    struct ptn_date from, until;
    uint32_t met; /* travellers in the last 24 hours, as far as this post remembers */
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
    unsigned lists_found; /* changes found in lists in force, or in their file, since the start */
    enum ptn_lists_state rules_state, conditions_state; /* of the post's own files */
    bool fold_refused; /* a new base of published lists answered otherwise: the former is used */
    struct ptn_node_list *lists;
    size_t list_count;
    struct ptn_node_heightened *heightened;
    size_t heightened_count;
    struct ptn_kept_standing kept;
    size_t idle_looks;             /* lanes and officers who ask about many and settle few */
    struct ptn_date records_since; /* the first day of which this post can say who crossed */
    enum ptn_records_why records_why;
    int64_t stays_until_ms; /* until when what centres publish of crossings speaks; 0: nothing is
                               published here */
};

/* Of days before this time nothing on the post is to be opened any more: whoever has the ledger
 * open for reading tells it that (ptn_ledger_forget). 0: none in this run. Any thread. */
int64_t ptn_node_forgotten_ms(struct ptn_node *node);

/* How the node stands now. OK, NO_MEMORY. */
PTN_MUST_USE struct ptn_status ptn_node_standing(struct ptn_node *node, struct ptn_arena *arena,
                                                 struct ptn_node_standing *ret_standing);
#endif
