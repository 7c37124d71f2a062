/*
 * node/writer.h -- group commit: many lanes, one durable append.
 *
 * A plain queue. Anyone submits; the owner's turn takes all that waits as one batch, appends it,
 * and answers each request through its function. Nobody blocks here: who waits, and how, is the
 * caller's affair.
 *
 *   submit -> waiting -> (turn: append, fsync, read back, sign) -> done(request)
 */
#ifndef PTN_NODE_WRITER_H
#define PTN_NODE_WRITER_H
#include "base/bytes.h"

struct ptn_node;

/* One record to be written: its kind and retention class as record/ numbers them, and its
 * sealed-to-be bytes. */
struct ptn_writer_record {
    unsigned kind;
    unsigned retention;
    struct ptn_bytes payload; /* Borrowed until done */
    bool on_paper; /* of a sheet written by hand: rung manual, wherever the post stands now */
};

#define PTN_WRITER_RECORDS_MAX 4u /* records of one request */

/* All records of one request are durable together or not at all. Lives with the caller until done
 * is called. */
struct ptn_writer_request {
    struct ptn_writer_record records[PTN_WRITER_RECORDS_MAX];
    size_t record_count;
    bool has_rung; /* false: the post's rung when it is submitted */
    uint8_t rung;  /* the rung its records carry for life */
    void (*done)(struct ptn_writer_request *request); /* on the owner's thread, no lock held */
    void *context;

    /* Set before done is called. */
    struct ptn_status status; /* OK: durable, read back and signed */
    bool disk_full;           /* the status is IO because the disk is full */
    uint64_t seq;             /* of the first record; the others follow */
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
    size_t keeper_count;
    struct ptn_kept_lag keepers[PTN_KEPT_KEEPERS_MAX];
};

/* Any thread. */
void ptn_node_kept_standing(struct ptn_node *node, struct ptn_kept_standing *ret_standing);
#endif
