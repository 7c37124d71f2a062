/*
 * node/cases.h -- the second line: cases of travellers whom a lane sent there, until their outcome
 * is back at the lane.
 *
 *   waiting -- taken --> taken -- ended --> ended
 *      ^                   |                  |
 *      +---- passed on ----+                  |
 *      +--------------- reopened -------------+   (only an outcome that was no crossing)
 *
 * A referral opens a case in the same durable request (settle.c). What happens in a case is a
 * record each; the cases in memory are learnt again from the ledger at start: all that are open,
 * and the last that ended (CASE-1). Nothing here waits for anything outside the site: it works in
 * every fall-back that lanes work in. Functions queue what they record and return; done is called
 * by the owner's turn, as node/lane.h has it.
 */
#ifndef PTN_NODE_CASES_H
#define PTN_NODE_CASES_H
#include "node/lane.h"
#include "record/case.h"
#include "reference/casebook.h"

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
};
#define PTN_CASE_REFUSAL_COUNT 12u

/* The country's and post's own files of the second line. Lives as long as the node. */
const struct ptn_casebook *ptn_cases_book(const struct ptn_node *node);

/* ---- the queue ---- */

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

/* ---- one case ---- */

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

/* ---- a step ---- */

/* What is asked for. Texts are Borrowed until done. */
struct ptn_case_ask {
    enum ptn_case_act act; /* not OPENED */
    struct ptn_bytes words, item, list, entry, ground;
    enum ptn_case_outcome outcome;
    const struct ptn_officer *second; /* who signed in to confirm it; or NULL */
    struct ptn_bytes key;             /* idempotency key; empty: none */
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

/* ---- at the next scan ---- */

/* When the second line last said that a person is not the one of an entry. */
struct ptn_cleared {
    struct ptn_date on;                    /* none: never */
    char edition[PTN_RECORD_WORD_MAX + 1]; /* of the list, then */
};

/* By the person's document and the match's list and entry. Information: nothing is decided by it
 * (DECIDE-2). */
struct ptn_cleared ptn_cases_cleared(struct ptn_node *node, const struct ptn_person *person,
                                     struct ptn_bytes list, struct ptn_bytes entry);
#endif
