/*
 * node/arrivals.h -- carriers' lists at a post: the store, what fills it again at a start, a file
 * that a supervisor loads, and who has looked.
 *
 * Messages come from two sides: out of the gateways' ledgers (main/feed.h, which gives them to
 * ptn_node_arrivals' store) and, when that road is shut, from a file that a supervisor loads here.
 * Such a file is a record of the post's own ledger (kind message), so that it is there after a
 * restart. People are screened by the owner, some at each turn.
 *
 * And the calls of ships in port: who of those on a ship's lists is ashore.
 *
 *   open -> out, in, signed off, signed on -> close
 *
 * Docs: docs/format/arrivals.md "A ship's call". Any thread may call.
 */
#ifndef PTN_NODE_ARRIVALS_H
#define PTN_NODE_ARRIVALS_H
#include "arrival/arrivals.h"
#include "arrival/match.h"
#include "node/lane.h"
#include "record/vehicle.h"

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

/* ---- the call of a ship in port ---- */

#define PTN_CALLS_MAX 32u /* known at once: open ones, then the last that were closed */
#define PTN_CALLS_CLOSE_MAX                                                                        \
    250u /* people missing that one act records; more are the next one's                           \
          */
#define PTN_CALLS_SHOWN_MAX 1000u
#define PTN_CALLS_NAME_MAX  160u /* bytes of a surname or of given names */
#define PTN_CALLS_PLACE_MAX 60u  /* of a cabin, booking or rank */

/* Why an act was refused; each is one problem code of the interface. */
enum ptn_calls_refusal {
    PTN_CALLS_ACCEPTED,
    PTN_CALLS_NOT_ALLOWED, /* a call is opened and closed by a supervisor */
    PTN_CALLS_UNKNOWN,
    PTN_CALLS_OVER,            /* it was closed */
    PTN_CALLS_NO_LIST,         /* no carrier's list of that voyage is held here */
    PTN_CALLS_NO_SHIP,         /* it is no ship's, or no good IMO number is known of it */
    PTN_CALLS_OTHER_SHIP,      /* the list names another IMO number */
    PTN_CALLS_STANDS,          /* a call of this voyage is open already */
    PTN_CALLS_SCAN_UNKNOWN,    /* at this lane, for this call, and in this direction */
    PTN_CALLS_ALREADY_SETTLED, /* this scan was tallied or settled */
    PTN_CALLS_NOT_LISTED,      /* on no list of the ship: to the second line */
    PTN_CALLS_WHICH,           /* two rows of the list would do: pick one */
    PTN_CALLS_NOT_CLEAR,
    PTN_CALLS_NEEDS_REASON,
    PTN_CALLS_NEEDS_SUPERVISOR,
    PTN_CALLS_STANDS_SO, /* counted so already: nobody is counted twice */
    PTN_CALLS_FULL,
};
#define PTN_CALLS_REFUSAL_COUNT 17u

/* Counts are of people, each once. */
struct ptn_calls_counts {
    size_t out; /* who was ever counted out */
    size_t ashore, ashore_crew;
    size_t signed_off, signed_on;
    size_t referred, strangers; /* sent to the second line from the gangway */
    size_t uncounted;           /* came in whom nobody had counted out: others may be ashore so */
    size_t missing;             /* recorded as missing at the close */
    bool all_aboard; /* somebody was counted out, all of these are back, and nobody came in whom
                        nobody had counted out */
};

struct ptn_calls_line {
    char id[PTN_LANE_ID_SIZE];
    char voyage[PTN_ARRIVAL_NAME_MAX + 1];
    char arrival[PTN_ARRIVAL_ID_SIZE]; /* the voyage's id */
    char ship[49];
    char imo[8];
    int64_t opened_ms, sails_ms, closed_ms; /* 0: not said; not closed */
    char opened_by[PTN_STAFF_USER_MAX + 1], closed_by[PTN_STAFF_USER_MAX + 1];
    bool passengers_enter;
    struct ptn_calls_counts counts;
};

/* All that are known: open ones first, then the newest. Names nobody who is on a list. OK;
 * NO_MEMORY. */
PTN_MUST_USE struct ptn_status ptn_calls_list(struct ptn_node *node, struct ptn_arena *arena,
                                              struct ptn_calls_line **ret_lines, size_t *ret_count);

/* One of a ship's people, as tallies have them. Texts are the arena's. */
struct ptn_calls_person {
    struct ptn_person person;
    struct ptn_bytes place; /* cabin, booking or rank */
    bool crew, signed_on;
    enum ptn_calls_standing standing;
    int64_t since_ms;      /* of the last tally; 0: none */
    struct ptn_bytes lane; /* where that was */
    bool uncounted;        /* came in whom nobody had counted out */
    unsigned version, row; /* on the voyage's list, for who is looked for; else 0 */
};

struct ptn_calls_look {
    void (*done)(struct ptn_calls_look *look);
    void *context;
    enum ptn_calls_refusal refusal;
    struct ptn_calls_line line;
    struct ptn_calls_person *people; /* ashore, or missing: who went first comes first */
    size_t count, left_out;
    struct ptn_writer_request write; /* the look itself; show nothing unless it is OK (ACCESS-1) */
};

/* Who is ashore now, and who was missing when it was closed. OK: done will be called. BAD_INPUT
 * with refusal; NO_MEMORY. */
PTN_MUST_USE struct ptn_status ptn_calls_look(struct ptn_node *node, const struct ptn_lane_who *who,
                                              const char *id, struct ptn_arena *arena,
                                              struct ptn_calls_look *look);

/* Those on the ship's lists in whose name, booking or document number the text is, of any case; at
 * most limit. The codes of ptn_calls_look. */
PTN_MUST_USE struct ptn_status ptn_calls_search(struct ptn_node *node,
                                                const struct ptn_lane_who *who, const char *id,
                                                struct ptn_bytes text, size_t limit,
                                                struct ptn_arena *arena,
                                                struct ptn_calls_look *look);

/* What is asked for. Texts are Borrowed until done. */
struct ptn_calls_ask {
    enum ptn_call_act act;   /* OPENED, OUT, IN or CLOSED */
    const char *call;        /* not OPENED */
    const char *arrival;     /* OPENED: the voyage's id */
    struct ptn_bytes imo;    /* OPENED: as the supervisor read it on the ship; empty: the list's */
    int64_t sails_ms;        /* OPENED; 0: not said */
    bool passengers_enter;   /* OPENED */
    const char *scan;        /* OUT, IN */
    struct ptn_bytes reason; /* OUT, IN: the officer's words; CLOSED */
    const struct ptn_officer *supervisor; /* OUT, IN: who signed in for it; or NULL */
    struct ptn_bytes key;                 /* idempotency key; empty: none */
};

struct ptn_calls_doing {
    void (*done)(struct ptn_calls_doing *doing);
    void *context;
    enum ptn_calls_refusal refusal;
    struct ptn_calls_line line;     /* as it stands after it */
    struct ptn_calls_person person; /* OUT, IN */
    struct ptn_calls_person former; /* STANDS_SO: how that one stands, since when and where */
    bool again;                     /* the same key and act as before: nothing new was written */
    uint64_t seq;
    size_t left; /* CLOSED: so many are missing that are not recorded yet, and the call is open */
    struct ptn_writer_request write; /* its status says whether it is recorded */
    struct ptn_node *node;           /* the node's own, like what follows */
    struct ptn_ship_call record;
    struct ptn_record_id scan;
    struct ptn_arena *arena;
    size_t place;
};

/*
 * Do it, durably. OK: done will be called, once. BAD_INPUT with refusal, and nothing is written or
 * changed; BUSY: an act of this person or call is on its way to the disk; NO_MEMORY. Two lanes that
 * tally one person at once: one of them is refused (SHORE-3). A close records everybody who is
 * ashore as missing and opens a case for each.
 */
PTN_MUST_USE struct ptn_status ptn_calls_do(struct ptn_node *node, const struct ptn_lane_who *who,
                                            const struct ptn_calls_ask *ask,
                                            struct ptn_arena *arena, struct ptn_calls_doing *doing);
#endif
