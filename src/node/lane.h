/*
 * node/lane.h -- one lane's work: screen a traveller, settle the crossing, look back, report; and
 * people who cross together.
 *
 * Every function computes its answer at once, from memory and mapped files only, queues what must
 * be recorded, and returns; `done` is called by the owner's turn when the record is durable or has
 * failed. Until then the answer is the node's: its memory (and its arena's) must stay. Any thread
 * may call; one answer belongs to one call.
 *
 *   scan      decision record (the advice) + access record (who looked, why)
 *   settle    crossing record; of a referral the record that opens its case, too
 *   last      access record
 *   report    report record
 */
#ifndef PTN_NODE_LANE_H
#define PTN_NODE_LANE_H
#include "arrival/match.h"
#include "decision/decide.h"
#include "document/mrz.h"
#include "message/booking.h"
#include "node/node.h"
#include "node/staff.h"
#include "record/access.h"
#include "record/case.h"
#include "record/crossing.h"
#include "record/person.h"
#include "record/vehicle.h"
#include "reference/casebook.h"
#include "reference/plate.h"
#include "watch/screen.h"

struct ptn_node;
struct ptn_node_lists;
struct ptn_overlay;
struct ptn_snapshot;
struct ptn_cleared;
struct ptn_trip_seats; /* below */

#define PTN_LANE_NAME_MAX 16u                     /* of a lane: lower-case letters, digits, '-' */
#define PTN_LANE_ID_SIZE  PTN_RECORD_ID_TEXT_SIZE /* a scan's or crossing's id in hex */
#define PTN_LANE_LINE_MAX                                                                          \
    160u /* bytes of a name in the list of last crossings; longer ones are cut */

/* All lists in force at a moment, held as long as matches of them are read. The node's own. */
struct ptn_force {
    struct ptn_node *node;
    struct ptn_node_lists *lists;    /* NULL: there are none in its folder */
    struct ptn_overlay *overlay;     /* what centres publish; NULL: nothing */
    const struct ptn_snapshot *file; /* of lists */
    struct ptn_node_rules *rules;    /* that centres publish; NULL: none */
};

/* Whether it can be a lane's. */
bool ptn_lane_is_name(struct ptn_bytes name);

/* Who acts, and where. Borrowed during the call. */
struct ptn_lane_who {
    const struct ptn_officer *officer;
    const char *lane;
};

/* Why an act was refused; each is one problem code of the interface. */
#define PTN_LANE_SLOWED_MS 4000 /* between two answers to whom SLOWED refuses */

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
    PTN_LANE_KEY_REUSED,   /* the idempotency key belongs to another act */
    PTN_LANE_TRIP_UNKNOWN, /* no open trip of this lane */
    PTN_LANE_TRIP_CHANGED, /* others sit in it than this act names */
    PTN_LANE_ASK_AGAIN,    /* who else sits there has changed what an advice stands on */
    PTN_LANE_SLOWED,       /* asks about many people and settles few: after PTN_LANE_SLOWED_MS */
};

/* ---- screening ---- */

struct ptn_lane_scan {
    struct ptn_bytes mrz;     /* as a reader or a hand gave it; empty when the person was typed */
    struct ptn_person person; /* the typed person, when mrz is empty */
    enum ptn_direction direction;
    bool party_known;
    unsigned adults, children; /* who travels together, this traveller counted */
    struct ptn_bytes plate;
    struct ptn_bytes chip_sod, chip_dg1; /* EF.SOD and EF.DG1 of the chip, as a reader took them;
                                            empty: none was read */
    bool chip_copied;                    /* it could not prove to its reader that it is no copy */
    bool chip_refused;                   /* none was: there is one that does not open with mrz */
    const char *trip;                    /* an open trip of this lane: who crosses with whom, and in
                                            what; NULL: alone */
    struct ptn_date on;                  /* the civil day it happened; none: today */
    bool is_known;     /* its crossing is on record already: it does not count for itself */
    bool born_earlier; /* the officer says: born a century before the one the MRZ's rule reads */
    bool picked; /* a row of a carrier's list: what the person does not say is filled from it */
    char voyage[PTN_ARRIVAL_ID_SIZE]; /* of that row, like the next two */
    unsigned version, row;
    bool permit_shown; /* a visa or permit, as the officer states it */
    struct ptn_check_permit permit;
    const char *call; /* the open call of a ship: the person stands at its gangway (arrivals.h);
                         NULL: at a lane */
    const char
        *flight;   /* the id of a voyage that a boarding pass named: looked at first; NULL: none */
    bool for_good; /* leaves the ship for good, or joins it: who crosses, not a shore leave */
    enum ptn_entry_proof proof; /* at exit: what the officer saw of an entry on paper */
    struct ptn_date entered; /* the day it names, a paper day: counted as that of the entry; none:
                                it names none */
};

/* Where somebody on a ship's list is, as tallies have it. */
enum ptn_calls_standing {
    PTN_CALLS_ABOARD, /* also who was never tallied */
    PTN_CALLS_ASHORE,
    PTN_CALLS_GONE,       /* signed off */
    PTN_CALLS_NOT_ABOARD, /* was ashore when the call was closed */
};
#define PTN_CALLS_STANDING_COUNT 4u

/* "aboard", "ashore", "gone", "missing": a literal. */
const char *ptn_calls_standing_word(enum ptn_calls_standing standing);

/* What is known of who stands at a gangway. */
struct ptn_lane_gangway {
    bool asked;                       /* the scan names an open call */
    char voyage[PTN_ARRIVAL_ID_SIZE]; /* the id of the call's voyage */
    bool listed;                      /* found on the ship's lists, and nobody else is as good */
    bool for_good;
    bool crew;
    bool enters; /* the call's passengers meet the conditions of entry */
    enum ptn_calls_standing standing;
    int64_t since_ms; /* 0: never tallied */
    char lane[PTN_LANE_NAME_MAX + 1];
    size_t place; /* the node's own: of the person in the call */
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
    const struct ptn_cleared *cleared; /* of each match: what the second line said */
    enum ptn_direction direction;
    bool more; /* matches above the threshold were left out */
    bool has_mrz;
    char scan[PTN_LANE_ID_SIZE];
    struct ptn_mrz mrz;
    struct ptn_date other_birth; /* the birth in the other century an MRZ can mean; none: it means
                                    one only */

    struct ptn_arrival_found arrival; /* the row that carriers wrote of this person, or none */
    bool filled; /* the person's particulars are that row's: nobody read them */
    const struct ptn_trip_seats *trip; /* who sits in the trip now; NULL: alone */
    bool no_trip;                      /* BAD_INPUT: the trip is not open at this lane, or full */
    bool no_call;                      /* BAD_INPUT: no such call is open here */
    bool no_paper; /* BAD_INPUT: nobody screened by hand on the day that a proof names */
    bool slowed;   /* BAD_INPUT: ACCESS-2, not before four seconds after the last answer */
    struct ptn_lane_gangway gangway;
    bool not_listed; /* people of a voyage stand here now, and this one is on no list of theirs */

    struct ptn_writer_request write; /* its status says whether the advice is recorded */
    struct ptn_force force;          /* the node's own: what matches are views of */
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
 * a person with no name and no document, born_earlier where the birth can mean one century only,
 * or a proof of an entry on no paper day;
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

/* ---- people who cross together ----
 *
 * A trip belongs to one lane and one direction. Its scans come by ptn_lane_scan with its id,
 * without pause; each is screened by itself and takes a seat. The vehicle is screened by itself,
 * once. One act records vehicle and people in one batch: all are durable or none (TRIP-1). Trips
 * live in memory: what is not recorded when the node stops was not accepted, and is scanned again.
 *
 *   begin -> scans, each with its seat -> record -> over
 *
 * Standard: docs/format/records.md "vehicle".
 */

#define PTN_TRIP_SEATS_MAX 120u
#define PTN_TRIP_SIGN_MAX  8u
#define PTN_TRIP_VIN_MAX   40u
#define PTN_TRIP_PLATE_MAX 40u

/* ---- beginning ---- */

/* All Borrowed during the call. */
struct ptn_trip_start {
    const char *trip; /* one that is open: it gets another vehicle; NULL: a new one */
    enum ptn_direction direction;
    struct ptn_bytes plate; /* empty: on foot, or not read yet */
    struct ptn_bytes sign, vin;
    enum ptn_vehicle_kind kind;
};

/* What is known of the vehicle, at once. */
struct ptn_trip_begun {
    enum ptn_lane_refusal refusal;
    char trip[PTN_LANE_ID_SIZE];
    enum ptn_direction direction;
    bool has_vehicle;
    char plate[PTN_RECORD_WORD_MAX + 1]; /* as given */
    char key[PTN_RECORD_WORD_MAX + 1];   /* as compared */
    const char *state;                   /* of the sign; NULL: no State has it, or there is none */
    enum ptn_vin vin;
    enum ptn_vehicle_kind kind;
    char booking[PTN_BOOKING_TEXT_MAX + 1]; /* a ferry's, of this plate; empty: none known */
    unsigned booked;                        /* people it names; 0: not said */
    struct ptn_arrival_booked list;         /* those whom a carrier's list has under that booking */
    struct ptn_advice advice; /* for the vehicle; of no vehicle: clear, without reasons */
    struct ptn_force force;   /* the node's own: what the reasons are views of */
};

/*
 * ptn_trip_begin(node, who, start, arena, begun, reterr): open a trip at this lane, or give an open
 * one its vehicle, and screen the plate. The look is noted in the ledger; nobody waits for that.
 * begun is zeroed by the caller, who owes ptn_trip_begun_release after OK. BAD_INPUT with refusal
 * set when the trip is not open here, else for a plate without a letter or digit; NO_MEMORY. The
 * oldest trip is forgotten when too many are open.
 */
PTN_MUST_USE struct ptn_status ptn_trip_begin(struct ptn_node *node, const struct ptn_lane_who *who,
                                              const struct ptn_trip_start *start,
                                              struct ptn_arena *arena, struct ptn_trip_begun *begun,
                                              struct ptn_diag *reterr);
void ptn_trip_begun_release(struct ptn_trip_begun *begun);

/* The match whose action in the check's direction is the gravest, the first of these: it stands in
 * the vehicle's record. NULL: none asks for anything. */
const struct ptn_match *ptn_trip_gravest(const struct ptn_check *check);

/* ---- what a ferry expects ---- */

#define PTN_TRIP_BOOKINGS_MAX 20000u /* known at once; the oldest make room */
#define PTN_TRIP_BOOKING_MS   (INT64_C(72) * 3600 * 1000)

/* Know these bookings, of a file that came then, for 72 hours. Of two for one plate the later
 * counts. NO_MEMORY: nothing changed. */
PTN_MUST_USE struct ptn_status ptn_trip_expect(struct ptn_node *node,
                                               const struct ptn_booking *rows, size_t count,
                                               int64_t time_ms);

/* A booking file that a supervisor loads. */
struct ptn_bookings_loading {
    void (*done)(struct ptn_bookings_loading *loading);
    void *context;
    struct ptn_bookings bookings; /* what is in it */
    struct ptn_writer_request write;
    struct ptn_node *node; /* the node's own, like time_ms */
    int64_t time_ms;
};

/*
 * ptn_bookings_load(node, who, file, arena, loading, reterr):
 * Read a booking file and queue its record (kind message) with who loaded it, so that it is there
 * after a restart. done: it is recorded or not; when it is, call ptn_bookings_take.
 *
 * file   Borrowed until taken.
 * arena  As for a scan.
 *
 * OK; BAD_INPUT and TOO_BIG as ptn_bookings_read has them; NO_MEMORY.
 */
PTN_MUST_USE struct ptn_status ptn_bookings_load(struct ptn_node *node,
                                                 const struct ptn_lane_who *who,
                                                 struct ptn_bytes file, struct ptn_arena *arena,
                                                 struct ptn_bookings_loading *loading,
                                                 struct ptn_diag *reterr);
/* After done, on any thread, when the record is durable. NO_MEMORY: it is there after a restart. */
PTN_MUST_USE struct ptn_status ptn_bookings_take(struct ptn_bookings_loading *loading);

#define PTN_TRIP_EXPECTED_MAX 500u

struct ptn_trip_expected {
    char plate[PTN_BOOKING_TEXT_MAX + 1]; /* as the booking has it */
    char reference[PTN_BOOKING_TEXT_MAX + 1];
    unsigned people; /* 0: not said */
    enum ptn_vehicle_kind kind;
    int64_t came_ms;    /* when it was recorded here; 0: not yet */
    unsigned occupants; /* who were in it then */
};

struct ptn_trip_expectation {
    struct ptn_trip_expected *rows; /* in the arena; of each plate the row that counts */
    size_t count, came;
    bool more; /* older ones are left out */
};

/* Which vehicles are booked, the newest first. The look is noted in the ledger. OK; NO_MEMORY. */
PTN_MUST_USE struct ptn_status ptn_trip_expected(struct ptn_node *node,
                                                 const struct ptn_lane_who *who,
                                                 struct ptn_arena *arena,
                                                 struct ptn_trip_expectation *ret_expectation);

/* ---- who sits there ---- */

/* As it stands when a scan has taken its seat. From the arena of the scan's answer. */
struct ptn_trip_seats {
    size_t seat; /* of this scan, from 1: a document scanned twice keeps its seat */
    size_t count;
    unsigned adults, children;
    unsigned booked;          /* people of the booking; 0: none known */
    enum ptn_verdict vehicle; /* what the lists said of the vehicle that all of them sit in */
    /* Scans whose advice would be another now that others sit there too: to be asked again. */
    char (*ask_again)[PTN_LANE_ID_SIZE];
    size_t ask_again_count;
};

/* ---- recording ---- */

/* One seat's act. The key of the settlement is the trip's. */
struct ptn_trip_seat_act {
    char scan[PTN_LANE_ID_SIZE];
    enum ptn_lane_act act;
    enum ptn_referral_kind kind;
    struct ptn_bytes reason;
};

/* All Borrowed until done. */
struct ptn_trip_settlement {
    const char *trip;
    const struct ptn_trip_seat_act *seats; /* everybody who is not settled yet, each once */
    size_t seat_count;
    enum ptn_lane_act vehicle; /* RECORD where it is clear. REFER: where no seat is sent to the
                                  second line, the first that is waved through goes with it */
    enum ptn_referral_kind vehicle_kind;
    struct ptn_bytes vehicle_reason;
    const struct ptn_officer *supervisor; /* or NULL */
    struct ptn_bytes key;                 /* never empty */
};

struct ptn_trip_record {
    void (*done)(struct ptn_trip_record *record); /* set by the caller, like context */
    void *context;

    enum ptn_lane_refusal refusal;
    char refused[PTN_LANE_ID_SIZE]; /* which scan; empty: the trip, or its vehicle */
    char trip[PTN_LANE_ID_SIZE];
    bool has_vehicle;
    enum ptn_outcome vehicle_outcome;
    size_t occupants;                    /* who crossed in it, whenever they were settled */
    struct ptn_lane_crossing *crossings; /* in the order of the settlement's seats */
    size_t count;
    bool again;   /* recorded before with this key: the first answer */
    uint64_t seq; /* of the batch's last entry */
    enum ptn_kept kept;

    struct ptn_writer_request write;
    struct ptn_node *node; /* the node's own, like those below */
    struct ptn_record_id id;
    struct ptn_bytes *keys; /* of the seats */
    size_t waiting;
};

/*
 * Record the whole trip: its vehicle and a crossing for each seat, one batch. record is zeroed but
 * for done and context. OK: done will be called, once. BAD_INPUT with refusal set, and nothing is
 * written or changed: NOT_CLEAR where a seat or the vehicle needs an act of its own, TRIP_CHANGED
 * when others sit there than seats names, ASK_AGAIN when an advice stands on a party that has
 * changed. BUSY: the same key is on its way to the disk. NO_MEMORY.
 */
PTN_MUST_USE struct ptn_status ptn_trip_settle(struct ptn_node *node,
                                               const struct ptn_lane_who *who,
                                               const struct ptn_trip_settlement *settlement,
                                               struct ptn_arena *arena,
                                               struct ptn_trip_record *record);

/* ---- who was signed in ---- */

/* Note a sign-in, sign-out, relief or refusal in the ledger. Nobody waits for it. former: who was
 * relieved, or NULL. */
void ptn_lane_session(struct ptn_node *node, enum ptn_session_event event, struct ptn_bytes user,
                      const struct ptn_officer *officer, const char *former, const char *lane);

/* ---- the second line ----
 *
 * Cases of travellers whom a lane sent there, until their outcome is back at the lane.
 *
 *   waiting -- taken --> taken -- ended --> ended
 *      ^                   |                  |
 *      +---- passed on ----+                  |
 *      +--------------- reopened -------------+   (only an outcome that was no crossing)
 *
 * A referral opens a case in the same durable request (settle.c). What happens in a case is a
 * record each; the cases in memory are learnt again from the ledger at start: all that are open,
 * and the last that ended (CASE-1). Nothing here waits for anything outside the site: it works in
 * every fall-back that lanes work in.
 */

/* The lane under which the second line signs in: its events are told there. */
#define PTN_CASES_LANE "second-line"

#define PTN_CASES_OPEN_MAX  2048u /* more are in the ledger, and counted as lost here */
#define PTN_CASES_ENDED_MAX 512u  /* the last ones, for looking back and reopening */
#define PTN_CASES_STEPS_MAX 256u  /* of one case */

enum ptn_case_state { PTN_CASE_WAITS, PTN_CASE_IS_TAKEN, PTN_CASE_IS_ENDED };

/* "waiting", "taken", "ended": a literal. */
const char *ptn_case_state_word(enum ptn_case_state state);

/* Why a step was refused; each is one problem code of the interface. */
enum ptn_case_refusal {
    PTN_CASE_ACCEPTED,
    PTN_CASE_NOT_ALLOWED, /* second line and supervisors only */
    PTN_CASE_UNKNOWN,
    PTN_CASE_NOT_YOURS,    /* another officer has it, or nobody yet */
    PTN_CASE_OVER,         /* it has ended */
    PTN_CASE_STILL_OPEN,   /* to be reopened it must have ended, and not with a crossing */
    PTN_CASE_NO_SUCH_STEP, /* a point, match, outcome or ground that this kind of case has not */
    PTN_CASE_NEEDS_WORDS,
    PTN_CASE_NEEDS_POINTS, /* of the checklist, first */
    PTN_CASE_NEEDS_SECOND, /* another person of the second line, or a supervisor, confirms it */
    PTN_CASE_FULL,         /* PTN_CASES_STEPS_MAX */
    PTN_CASE_KEY_REUSED,
    PTN_CASE_NO_SUCH_TYPE,     /* a file that is no photograph or page of those that are taken */
    PTN_CASE_TOO_MUCH,         /* attached to one case, in files or bytes */
    PTN_CASE_NOT_ATTACHED,     /* no step of the case attaches that */
    PTN_CASE_ATTACHMENT_GONE,  /* erased, or not to be opened any more */
    PTN_CASE_ATTACHMENT_OTHER, /* its bytes are not the ones that were attached (CASE-5) */
};
#define PTN_CASE_REFUSAL_COUNT 17u

/* The country's and post's own files of the second line. Lives as long as the node. */
const struct ptn_casebook *ptn_cases_book(const struct ptn_node *node);

/* A case as it stands. */
struct ptn_case_line {
    struct ptn_record_id of;
    char name[PTN_LANE_LINE_MAX + 1];
    char lane[PTN_LANE_NAME_MAX + 1];
    char taken_by[PTN_STAFF_USER_MAX + 1]; /* empty: nobody has it */
    enum ptn_referral_kind kind;
    enum ptn_case_urgency urgency;
    enum ptn_direction direction;
    enum ptn_verdict advised;
    enum ptn_case_state state;
    enum ptn_case_outcome outcome;
    int64_t opened_ms, ended_ms;
};

/* The rule of a case of a match that was missed: whoever it is has crossed, so that none of its
 * ends is a crossing (admitted, refused). */
#define PTN_CASE_RULE_LATE "match.late"
/* Likewise of a ship's people: sent to the second line from shore leave; not back when the call was
 * closed. */
#define PTN_CASE_RULE_SHORE   "call.shore-leave"
#define PTN_CASE_RULE_MISSING "call.missing"

/* May a case that was opened so end with this outcome at all? */
bool ptn_case_may_end(const struct ptn_case_step *opened, enum ptn_case_outcome outcome);

struct ptn_case_queue {
    void (*done)(struct ptn_case_queue *queue);
    void *context;
    enum ptn_case_refusal refusal;
    struct ptn_case_line *lines; /* open ones by urgency, then by age; then ended ones, latest
                                    first */
    size_t count;
    uint64_t lost;                   /* open cases that found no room in memory */
    struct ptn_writer_request write; /* the look itself; show nothing unless it is OK (ACCESS-1) */
};

/* The queue and the last that ended. OK: done will be called; BAD_INPUT with refusal; NO_MEMORY. */
PTN_MUST_USE struct ptn_status ptn_cases_queue(struct ptn_node *node,
                                               const struct ptn_lane_who *who,
                                               struct ptn_arena *arena,
                                               struct ptn_case_queue *queue);

struct ptn_case_look {
    void (*done)(struct ptn_case_look *look);
    void *context;
    enum ptn_case_refusal refusal;
    struct ptn_case_line line;
    const struct ptn_case_step *steps; /* in order; the first opened it. Discreet matches are among
                                          them: not to be shown to who may not see them */
    size_t count;
    struct ptn_writer_request write; /* show nothing unless it is OK */
};

/* One case whole. id is 32 hex digits. The codes of ptn_cases_queue. */
PTN_MUST_USE struct ptn_status ptn_cases_look(struct ptn_node *node, const struct ptn_lane_who *who,
                                              struct ptn_bytes id, struct ptn_arena *arena,
                                              struct ptn_case_look *look);

/* What is asked for. Texts are Borrowed until done. */
struct ptn_case_ask {
    enum ptn_case_act act; /* not OPENED */
    struct ptn_bytes words, item, list, entry, ground;
    enum ptn_case_outcome outcome;
    const struct ptn_officer *second;        /* who signed in to confirm it; or NULL */
    struct ptn_bytes key;                    /* idempotency key; empty: none */
    const struct ptn_attachment *attachment; /* ptn_cases_attach's own; else NULL */
};

struct ptn_case_doing {
    void (*done)(struct ptn_case_doing *doing);
    void *context;
    enum ptn_case_refusal refusal;
    struct ptn_case_step step;        /* as it was recorded */
    char lane[PTN_LANE_NAME_MAX + 1]; /* that sent the traveller */
    enum ptn_case_state state;        /* of the case, after it */
    enum ptn_kept kept;
    uint64_t seq;
    bool again; /* the same key and act as before: nothing new was written */

    struct ptn_writer_request write; /* its status says whether it is recorded */
    struct ptn_node *node;           /* the node's own, like what follows */
    struct ptn_crossing crossing;
    struct ptn_bytes payload;
};

/* Do a step. OK: done will be called, once; BAD_INPUT with refusal; BUSY: another step of this case
 * is on its way to the disk; NO_MEMORY. A crossing that an outcome is goes with it, together or not
 * at all. */
PTN_MUST_USE struct ptn_status ptn_cases_do(struct ptn_node *node, const struct ptn_lane_who *who,
                                            struct ptn_bytes id, const struct ptn_case_ask *ask,
                                            struct ptn_arena *arena, struct ptn_case_doing *doing);

/* ---- what is attached to a case ---- */

#define PTN_CASES_ATTACHED_MAX       32u /* files of one case */
#define PTN_CASES_ATTACHED_BYTES_MAX (64u << 20)

/* A photograph or a scanned page. Both are Borrowed until done. */
struct ptn_case_file {
    struct ptn_bytes bytes; /* 1 to PTN_ATTACHMENT_LEN_MAX */
    struct ptn_bytes name;  /* as it was given: it is cleaned; may be empty */
    struct ptn_bytes key;   /* idempotency key; empty: none */
};

/*
 * Write it down in parts, one batch each, so that no lane waits for all of it, and then the step
 * that names it (CASE-5). No other step of the case is done meanwhile. The codes of ptn_cases_do;
 * TOO_BIG.
 */
PTN_MUST_USE struct ptn_status ptn_cases_attach(struct ptn_node *node,
                                                const struct ptn_lane_who *who, struct ptn_bytes id,
                                                const struct ptn_case_file *file,
                                                struct ptn_arena *arena,
                                                struct ptn_case_doing *doing);

struct ptn_case_reading {
    void (*done)(struct ptn_case_reading *reading);
    void *context;
    enum ptn_case_refusal refusal;    /* give nothing out unless it is PTN_CASE_ACCEPTED */
    struct ptn_attachment attachment; /* places are not kept */
    struct ptn_buffer bytes;          /* Owned by the caller: ptn_buffer_release */
    struct ptn_writer_request write;  /* the look itself; show nothing unless it is OK (ACCESS-1) */

    struct ptn_node *node; /* the node's own, like what follows */
    struct ptn_case_reading *next;
    struct ptn_record_id step;
    size_t part;
};

/* Read back what the step (32 hex digits) attached to the case: a part a turn. The codes of
 * ptn_cases_queue. */
PTN_MUST_USE struct ptn_status ptn_cases_read(struct ptn_node *node, const struct ptn_lane_who *who,
                                              struct ptn_bytes id, struct ptn_bytes step,
                                              struct ptn_arena *arena,
                                              struct ptn_case_reading *reading);

/* When the second line last said that a person is not the one of an entry. */
struct ptn_cleared {
    struct ptn_date on;                    /* none: never */
    char edition[PTN_RECORD_WORD_MAX + 1]; /* of the list, then */
};

/* By the person's document and the match's list and entry. Information: nothing is decided by it
 * (DECIDE-2). */
struct ptn_cleared ptn_cases_cleared(struct ptn_node *node, const struct ptn_person *person,
                                     struct ptn_bytes list, struct ptn_bytes entry);
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
