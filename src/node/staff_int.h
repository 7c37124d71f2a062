/* node/staff_int.h -- what the files of node's staff share: who is on the list, and what a node
 * remembers of lists. */
#ifndef PTN_NODE_STAFF_INT_H
#define PTN_NODE_STAFF_INT_H
#include "node/node_int.h"
#include "record/access.h"

#define PTN_STAFF_LIST_FILE "staff.list"
#define PTN_STAFF_KNOWN_MAX 256u /* lists remembered, so that each is recorded once */
#define PTN_STAFF_AHEAD_MAX 4u   /* lists that wait for the version before them */

struct ptn_staff_table {
    struct ptn_staff_member *members; /* Owned */
    size_t count;
};

/* Somebody whose password alone is enough until then, by the keepers' clocks. */
struct ptn_staff_vouched {
    char user[PTN_STAFF_USER_MAX + 1]; /* empty: free */
    int64_t until_ms;
};

/* A list that was recorded, and how. */
struct ptn_staff_known {
    struct ptn_hash name;
    bool final; /* taken, or refused for what no later day changes */
};

struct ptn_staffing {
    struct ptn_staff_host host;

    /* the owner's */
    struct ptn_staff_known known[PTN_STAFF_KNOWN_MAX]; /* a ring */
    size_t known_count;                                /* ever */
    struct ptn_buffer ahead[PTN_STAFF_AHEAD_MAX];      /* whole notes; empty: free */
    struct ptn_hash learned;                           /* the last list taken, by the ledger */
    uint32_t learned_version;                          /* 0: none */
    int64_t learned_until_ms;                          /* as it was taken or extended */

    /* under the lock */
    struct ptn_staff_table table;
    bool has_list, lost;
    struct ptn_hash name;
    uint32_t version;
    int64_t given_ms, until_ms;
    uint64_t changes;
    struct ptn_staff_vouched vouched[PTN_STAFF_VOUCHED_MAX];
};

/* Read members line by line. BAD_INPUT with the line; NO_MEMORY. */
PTN_MUST_USE struct ptn_status ptn_staff_table_read(struct ptn_bytes text,
                                                    struct ptn_staff_table *ret_table,
                                                    struct ptn_diag *reterr);

/* What the file `staff` holds; nobody when there is none. */
PTN_MUST_USE struct ptn_status ptn_staff_file(const struct ptn_world *world, const char *dir,
                                              struct ptn_staff_table *ret_table,
                                              struct ptn_diag *reterr);

/* At a post's start: open, learn each record, begin before orders are judged: what the way back
 * asks of passwords is asked of the list's. */
PTN_MUST_USE struct ptn_status ptn_staff_open(struct ptn_node *node, struct ptn_diag *reterr);
void ptn_staff_close(struct ptn_node *node);

/* The time now by the keepers' clocks, where they are known; under the lock. */
int64_t ptn_staffing_vouched_ms(const struct ptn_staffing *staffing);
#endif
