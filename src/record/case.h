/*
 * record/case.h -- one step of a second-line case: opened, taken, noted, ended. A case is its
 * steps, in the order of the ledger.
 *
 * Pure. Texts are Borrowed from the bytes read, arrays live in the arena given to _parse. Standard:
 * docs/format/records.md "case".
 */
#ifndef PTN_RECORD_CASE_H
#define PTN_RECORD_CASE_H
#include "record/crossing.h"
#include "record/decision.h"

enum ptn_case_act {
    PTN_CASE_OPENED = 1,
    PTN_CASE_TAKEN = 2,     /* by the officer of the step */
    PTN_CASE_NOTED = 3,     /* in words */
    PTN_CASE_TICKED = 4,    /* a point of the checklist was done */
    PTN_CASE_NOT_SAME = 5,  /* not the person of this entry of a list, in this edition */
    PTN_CASE_PASSED_ON = 6, /* back into the queue, for another officer */
    PTN_CASE_ENDED = 7,     /* with an outcome */
    PTN_CASE_REOPENED = 8,
};
#define PTN_CASE_ACT_COUNT 9u /* acts are 1 to one less */

enum ptn_case_urgency {
    PTN_CASE_AT_ONCE = 1,
    PTN_CASE_SOON = 2,
    PTN_CASE_IN_TURN = 3,
};
#define PTN_CASE_URGENCY_COUNT 4u

enum ptn_case_outcome {
    PTN_CASE_NO_OUTCOME = 0,
    PTN_CASE_ADMITTED = 1,   /* let pass: a crossing says so */
    PTN_CASE_REFUSED = 2,    /* refused entry: a crossing says so; blocks nothing but that entry */
    PTN_CASE_PROTECTION = 3, /* a request for international protection, handed over */
    PTN_CASE_RETURNED = 4,   /* back to the lane, which settles it */
    PTN_CASE_HANDED_OVER =
        5, /* to whoever else it belongs to: police, doctor, customs, child care */
};
#define PTN_CASE_OUTCOME_COUNT 6u

#define PTN_CASE_MATCH_MAX 16u
#define PTN_CASE_RULE_MAX  64u

struct ptn_case_step {
    struct ptn_record_id id;
    struct ptn_record_id of; /* the case: the id of the crossing that sent the traveller there */
    int64_t time_ms;
    enum ptn_case_act act;
    struct ptn_bytes post;
    struct ptn_bytes lane;    /* where the step was made; may be empty */
    struct ptn_bytes officer; /* user name */
    struct ptn_bytes second;  /* who confirmed it: another person; must be there when REFUSED */
    struct ptn_bytes words;   /* must be there when NOTED, PASSED_ON, REOPENED or REFUSED */

    /* OPENED */
    enum ptn_referral_kind kind;   /* set then and only then */
    enum ptn_case_urgency urgency; /* likewise */
    struct ptn_record_id scan;     /* the advice it came from; none: no scan */
    enum ptn_verdict advised;      /* what that came to */
    enum ptn_direction direction;  /* set when and only when OPENED */
    struct ptn_bytes plate;        /* may be empty */
    bool exempt;                   /* as a crossing has it */
    struct ptn_person person;      /* set when and only when OPENED or NOT_SAME */
    const struct ptn_bytes *rules; /* ids of the reasons, those that are not discreet */
    size_t rule_count;
    const struct ptn_decision_match *matches; /* what the lane saw, discreet ones marked */
    size_t match_count;

    struct ptn_bytes item; /* TICKED: the point's word */

    /* NOT_SAME */
    struct ptn_bytes list, edition, entry;

    /* ENDED */
    enum ptn_case_outcome outcome;
    struct ptn_bytes ground;       /* REFUSED: a letter of the form */
    struct ptn_record_id crossing; /* ADMITTED and REFUSED: the crossing that says so */
};

/* BAD_INPUT or TOO_BIG with the field's name in text. */
PTN_MUST_USE struct ptn_status ptn_case_step_validate(const struct ptn_case_step *step,
                                                      struct ptn_diag *reterr);

/*
 * Exactly these bytes, validated; arrays are taken from the arena. BAD_INPUT or TOO_BIG with the
 * offset; NO_MEMORY when the arena is full; ret_step untouched on failure. _write: the buffer's
 * codes, and what _validate says; the buffer is as before on failure.
 */
PTN_MUST_USE struct ptn_status ptn_case_step_parse(struct ptn_bytes bytes, struct ptn_arena *arena,
                                                   struct ptn_case_step *ret_step,
                                                   struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status ptn_case_step_write(const struct ptn_case_step *step,
                                                   struct ptn_buffer *out);

/* "opened", "not-same"; "at-once"; "admitted" and back (0 for no known word). Literals. */
const char *ptn_case_act_word(enum ptn_case_act act);
enum ptn_case_act ptn_case_act_from_word(struct ptn_bytes word);
const char *ptn_case_urgency_word(enum ptn_case_urgency urgency);
enum ptn_case_urgency ptn_case_urgency_from_word(struct ptn_bytes word);
const char *ptn_case_outcome_word(enum ptn_case_outcome outcome);
enum ptn_case_outcome ptn_case_outcome_from_word(struct ptn_bytes word);
#endif
