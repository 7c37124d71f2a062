/*
 * node/lane.h -- one lane's work: screen a traveller, settle the crossing, look back, report.
 *
 * Every function computes its answer at once, from memory and mapped files only, queues what must
 * be recorded, and returns; `done` is called by the owner's turn when the record is durable or has
 * failed. Until then the answer is the node's: its memory (and its arena's) must stay. Any thread
 * may call; one answer belongs to one call.
 *
 *   scan      decision record (the advice) + access record (who looked, why)
 *   settle    crossing record; of a referral the record that opens its case, too (node/cases.h)
 *   last      access record
 *   report    report record
 */
#ifndef PTN_NODE_LANE_H
#define PTN_NODE_LANE_H
#include "arrival/match.h"
#include "decision/decide.h"
#include "document/mrz.h"
#include "node/node.h"
#include "node/staff.h"
#include "record/access.h"
#include "record/crossing.h"
#include "record/person.h"
#include "watch/screen.h"

struct ptn_node;
struct ptn_cleared; /* node/cases.h */

#define PTN_LANE_NAME_MAX 16u                     /* of a lane: lower-case letters, digits, '-' */
#define PTN_LANE_ID_SIZE  PTN_RECORD_ID_TEXT_SIZE /* a scan's or crossing's id in hex */
#define PTN_LANE_LINE_MAX                                                                          \
    160u /* bytes of a name in the list of last crossings; longer ones are cut */

/* Who acts, and where. Borrowed during the call. */
struct ptn_lane_who {
    const struct ptn_officer *officer;
    const char *lane;
};

/* Why an act was refused; each is one problem code of the interface. */
enum ptn_lane_refusal {
    PTN_LANE_ACCEPTED,
    PTN_LANE_SCAN_UNKNOWN,
    PTN_LANE_CROSSING_UNKNOWN,
    PTN_LANE_ALREADY_SETTLED,
    PTN_LANE_NOT_CLEAR,        /* record: the advice is not clear */
    PTN_LANE_NEEDS_KIND,       /* refer */
    PTN_LANE_NEEDS_REASON,     /* override */
    PTN_LANE_NEEDS_SUPERVISOR, /* override of stop */
    PTN_LANE_NOT_ALLOWED,
    PTN_LANE_KEY_REUSED, /* the idempotency key belongs to another act */
};

/* ---- screening ---- */

struct ptn_lane_scan {
    struct ptn_bytes mrz;     /* as a reader or a hand gave it; empty when the person was typed */
    struct ptn_person person; /* the typed person, when mrz is empty */
    enum ptn_direction direction;
    bool party_known;
    unsigned adults, children; /* who travels together, this traveller counted */
    struct ptn_bytes plate;
    struct ptn_date on; /* the civil day it happened; none: today */
    bool born_earlier;  /* the officer says: born a century before the one the MRZ's rule reads */
    bool picked; /* a row of a carrier's list: what the person does not say is filled from it */
    char voyage[PTN_ARRIVAL_ID_SIZE]; /* of that row, like the next two */
    unsigned version, row;
    bool permit_shown; /* a visa or permit, as the officer states it */
    struct ptn_check_permit permit;
};

/* An MRZ has no centuries: a person of this age or less, in whole years of the calendar, may be a
 * hundred years older. */
#define PTN_LANE_CENTURY_AGE 15

/* The lane on which a demonstration's invented travellers arrive; its crossings are shown at every
 * lane. */
#define PTN_LANE_AUTOMATIC "egate-1"

struct ptn_lane_answer {
    void (*done)(struct ptn_lane_answer *answer); /* set by the caller before the call */
    void *context;                                /* the caller's */

    struct ptn_person person;  /* views into mrz or the caller's scan */
    struct ptn_advice advice;  /* whole: ptn_advice_write_json shows what an officer may see */
    struct ptn_match *matches; /* those this officer may see */
    size_t match_count;
    const struct ptn_cleared *cleared; /* of each match (node/cases.h) */
    enum ptn_direction direction;
    bool more; /* matches above the threshold were left out */
    bool has_mrz;
    char scan[PTN_LANE_ID_SIZE];
    struct ptn_mrz mrz;
    struct ptn_date other_birth; /* the birth in the other century an MRZ can mean; none: it means
                                    one only */

    struct ptn_arrival_found arrival; /* the row that carriers wrote of this person, or none */
    bool filled;     /* the person's particulars are that row's: nobody read them */
    bool not_listed; /* people of a voyage stand here now, and this one is on no list of theirs */

    struct ptn_writer_request write; /* its status says whether the advice is recorded */
    struct ptn_node *node;           /* the node's own, like job */
    void *job;
};

/**
 * ptn_lane_scan(node, who, scan, arena, answer, reterr):
 * Screen one traveller and queue the records of it. POST-1: waits for nothing outside the site.
 *
 * scan    Borrowed until done.
 * arena   The answer's memory, until done and as long as the answer is read.
 * answer  Zeroed but for done and context; filled at once. done tells whether it is recorded
 * (POST-3: when it is not, the advice stands, and the officer must see that nobody has written it
 * down).
 *
 * OK: done will be called, once, and the caller owes ptn_lane_answer_release. NOT_FOUND: there is
 * no such row of a carrier's list; BUSY: that list has changed. BAD_INPUT for an MRZ that is none,
 * a person with no name and no document, or born_earlier where the birth can mean one century only;
 * TOO_BIG; NO_MEMORY; then nothing is queued.
 */
PTN_MUST_USE struct ptn_status ptn_lane_scan(struct ptn_node *node, const struct ptn_lane_who *who,
                                             const struct ptn_lane_scan *scan,
                                             struct ptn_arena *arena,
                                             struct ptn_lane_answer *answer,
                                             struct ptn_diag *reterr);

/* Give back the lists that the answer's matches point into; after that nothing of it may be read.
 */
void ptn_lane_answer_release(struct ptn_lane_answer *answer);

/* ---- settling ---- */

enum ptn_lane_act { PTN_LANE_RECORD, PTN_LANE_REFER, PTN_LANE_OVERRIDE };

struct ptn_lane_settlement {
    const char *scan; /* 32 hex digits */
    enum ptn_lane_act act;
    enum ptn_referral_kind kind;          /* refer; PTN_REFERRAL_NONE otherwise */
    struct ptn_bytes reason;              /* override: the officer's own words */
    const struct ptn_officer *supervisor; /* who signed in for this act; or NULL */
    struct ptn_bytes key;                 /* idempotency key; empty: none */
};

struct ptn_lane_crossing {
    void (*done)(struct ptn_lane_crossing *crossing);
    void *context;

    enum ptn_lane_refusal refusal;
    char crossing[PTN_LANE_ID_SIZE];
    enum ptn_direction direction;
    enum ptn_outcome outcome;
    bool report; /* a discreet match asks for a report, and this officer may write it */
    char name[PTN_LANE_LINE_MAX + 1];
    char lane[PTN_LANE_NAME_MAX + 1];
    int64_t time_ms;
    uint64_t seq;
    bool again; /* the same key and act as before: this is the first answer, nothing new was written
                 */
    enum ptn_kept kept; /* who holds it by now */

    struct ptn_writer_request write; /* its status says whether the crossing is recorded */
    struct ptn_node *node;           /* the node's own, like job, until_us and next */
    void *job;
    int64_t until_us;
    struct ptn_lane_crossing *next;
};

/*
 * Settle a scan. OK: done will be called, once (for a repeated key too), when the crossing is
 * durable here and the site keeper has it as well, or PTN_KEPT_WAIT_MS later. BAD_INPUT with
 * crossing->refusal set when it may not be; NO_MEMORY. The first line refuses nobody: there is no
 * act for that.
 */
PTN_MUST_USE struct ptn_status ptn_lane_settle(struct ptn_node *node,
                                               const struct ptn_lane_who *who,
                                               const struct ptn_lane_settlement *settlement,
                                               struct ptn_arena *arena,
                                               struct ptn_lane_crossing *crossing);

/* ---- looking back ---- */

struct ptn_lane_line {
    char crossing[PTN_LANE_ID_SIZE];
    char name[PTN_LANE_LINE_MAX + 1];
    char lane[PTN_LANE_NAME_MAX + 1];
    enum ptn_direction direction;
    enum ptn_outcome outcome;
    int64_t time_ms;
    uint64_t seq;
    enum ptn_kept kept;
    const char *second_line; /* of a referral: its case's state or outcome, a literal; NULL: none,
                                or forgotten */
};

struct ptn_lane_last {
    void (*done)(struct ptn_lane_last *last);
    void *context;
    struct ptn_lane_line *lines; /* newest first */
    size_t count;
    struct ptn_writer_request write; /* the look itself; show nothing unless it is OK (ACCESS-1) */
};

/* The last crossings at this lane, at most limit (1 to 100). OK: done will be called. NO_MEMORY. */
PTN_MUST_USE struct ptn_status ptn_lane_last(struct ptn_node *node, const struct ptn_lane_who *who,
                                             size_t limit, struct ptn_arena *arena,
                                             struct ptn_lane_last *last);

/* ---- reports ---- */

struct ptn_lane_report {
    void (*done)(struct ptn_lane_report *report);
    void *context;
    enum ptn_lane_refusal refusal;
    struct ptn_writer_request write;
};

/*
 * Record the report on a crossing with a discreet match. OK: done will be called. BAD_INPUT with
 * refusal set: NOT_ALLOWED without the right, CROSSING_UNKNOWN. NO_MEMORY.
 */
PTN_MUST_USE struct ptn_status ptn_lane_report(struct ptn_node *node,
                                               const struct ptn_lane_who *who, const char *crossing,
                                               struct ptn_bytes note, struct ptn_arena *arena,
                                               struct ptn_lane_report *report);

/* ---- who was signed in ---- */

/* Note a sign-in, sign-out, relief or refusal in the ledger. Nobody waits for it. former: who was
 * relieved, or NULL. */
void ptn_lane_session(struct ptn_node *node, enum ptn_session_event event, struct ptn_bytes user,
                      const struct ptn_officer *officer, const char *former, const char *lane);

/* ---- the demonstration ---- */

/*
 * Write crossings that lie before the node's first day into its empty ledger, oldest first, each at
 * its own time. Only for a demonstration, and only before anything else is written: BAD_INPUT
 * otherwise, and for a crossing that does not validate; BUSY while the node runs; IO, NO_MEMORY.
 */
PTN_MUST_USE struct ptn_status ptn_lane_seed(const struct ptn_world *world, const char *dir,
                                             const struct ptn_crossing *crossings, size_t count,
                                             struct ptn_diag *reterr);

/*
 * True when the lists hold nobody that this person could be taken for, by far: an invented
 * traveller must not resemble a listed person. Records nothing, since nobody exists to be looked
 * at.
 */
bool ptn_lane_resembles_nobody(struct ptn_node *node, const struct ptn_person *person,
                               struct ptn_arena *arena);
#endif
