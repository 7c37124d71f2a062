/*
 * node/arrivals.h -- carriers' lists at a post: the store, what fills it again at a start, a file
 * that a supervisor loads, and who has looked.
 *
 * Messages come from two sides: out of the gateways' ledgers (main/feed.h, which gives them to
 * ptn_node_arrivals' store) and, when that road is shut, from a file that a supervisor loads here.
 * Such a file is a record of the post's own ledger (kind message), so that it is there after a
 * restart. People are screened by the owner, some at each turn.
 */
#ifndef PTN_NODE_ARRIVALS_H
#define PTN_NODE_ARRIVALS_H
#include "arrival/arrivals.h"
#include "arrival/match.h"
#include "node/lane.h"

/* The node's store: any thread. Lives as long as the node. */
struct ptn_arrivals *ptn_node_arrivals(struct ptn_node *node);

/* ---- a file that is loaded at the post ---- */

#define PTN_NODE_MANIFEST_PARTS 3u      /* records of one file */
#define PTN_NODE_MANIFEST_MAX   737280u /* bytes of it: what they hold */
#define PTN_NODE_LOADED_MAX     16u     /* messages of a file that are told of */

/* What became of one message of the file. */
struct ptn_node_loaded {
    const char *type, *verdict; /* literals */
    bool named;                 /* it speaks of a voyage, below */
    char id[PTN_ARRIVAL_ID_SIZE];
    char name[PTN_ARRIVAL_NAME_MAX + 1];
    size_t people;
    struct ptn_manifest_note notes[8]; /* the first */
    size_t note_count;                 /* in all */
};

struct ptn_node_loading {
    void (*done)(struct ptn_node_loading *loading);
    void *context;
    struct ptn_node_loaded messages[PTN_NODE_LOADED_MAX];
    size_t message_count; /* in all; more than PTN_NODE_LOADED_MAX are taken too */
    size_t usable;        /* not quarantined, and of a voyage */
    struct ptn_writer_request write;
    struct ptn_bytes file; /* the node's own, like node and time_ms */
    struct ptn_node *node;
    int64_t time_ms;
};

/*
 * ptn_node_manifest_load(node, who, file, arena, loading, reterr):
 * Read a carrier's file and queue its record, with who loaded it. done: it is recorded or not; then
 * call ptn_node_manifest_take, which puts it into the store.
 *
 * file   Borrowed until taken.
 * arena  As for a scan.
 *
 * OK; BAD_INPUT: it is no file of a carrier, or nothing in it can be used: loading says what is
 * wrong; TOO_BIG; NO_MEMORY.
 */
PTN_MUST_USE struct ptn_status
ptn_node_manifest_load(struct ptn_node *node, const struct ptn_lane_who *who, struct ptn_bytes file,
                       struct ptn_arena *arena, struct ptn_node_loading *loading,
                       struct ptn_diag *reterr);
/* After done, on any thread, when the record is durable. NO_MEMORY: it is there after a restart. */
PTN_MUST_USE struct ptn_status ptn_node_manifest_take(struct ptn_node_loading *loading);

/* ---- looking before they arrive ---- */

/* A person with what the lists say of them, as this officer may see it. */
struct ptn_node_passenger {
    struct ptn_arrival_row row;
    struct ptn_match *matches;
    size_t match_count;
};

struct ptn_node_looking {
    void (*done)(struct ptn_node_looking *looking);
    void *context;
    struct ptn_arrival_whole whole; /* its rows are cut to those asked for */
    size_t people;                  /* before the cut */
    struct ptn_node_passenger *passengers;
    size_t passenger_count;
    struct ptn_writer_request write; /* the look itself; show nothing unless it is OK (ACCESS-1) */
    struct ptn_force force;          /* the node's own: what matches are views of */
};

/*
 * The people of one voyage, most trouble first: at most limit of them from the from-th on. OK: done
 * will be called, and ptn_node_look_release is owed. NOT_FOUND: no such voyage. NO_MEMORY.
 */
PTN_MUST_USE struct ptn_status ptn_node_look(struct ptn_node *node, const struct ptn_lane_who *who,
                                             const char *id, size_t from, size_t limit,
                                             struct ptn_arena *arena,
                                             struct ptn_node_looking *looking);
void ptn_node_look_release(struct ptn_node_looking *looking);
#endif
