/*
 * record/decision.h -- the advice that was given at a lane, with every reason and the data behind
 * it.
 *
 * Pure. Texts are Borrowed from the bytes read, arrays live in the arena given to _parse. The
 * advice itself is worked out in decision/decide.h; this is how it is written down. Standard:
 * docs/format/records.md "decision".
 */
#ifndef PTN_RECORD_DECISION_H
#define PTN_RECORD_DECISION_H
#include "record/person.h"
#include "record/record.h"

#define PTN_DECISION_REASON_MAX 256u
#define PTN_DECISION_FACT_MAX   16u /* a reason */
#define PTN_DECISION_MATCH_MAX  128u
#define PTN_DECISION_LIST_MAX   64u
#define PTN_DECISION_ACTION_MAX 8u
#define PTN_DECISION_COUNT_MAX  10000u /* days and entries of a visa */

/* What kind of visa or permit was shown. */
enum ptn_permit_kind {
    PTN_PERMIT_NONE = 0,
    PTN_PERMIT_SHORT_VISA = 1,
    PTN_PERMIT_LONG_VISA = 2,
    PTN_PERMIT_RESIDENCE = 3,
    PTN_PERMIT_TRANSIT_VISA = 4,
};
#define PTN_PERMIT_COUNT 5u

/* One piece of the data behind a reason; the value may be empty. */
struct ptn_decision_fact {
    struct ptn_bytes key; /* snake case */
    struct ptn_bytes value;
};

struct ptn_decision_reason {
    struct ptn_bytes rule; /* stable id, "document.expired" */
    enum ptn_verdict verdict;
    bool discreet;         /* shown only to officers with the discreet right */
    struct ptn_bytes text; /* as shown, in English; may be empty */
    const struct ptn_decision_fact *facts;
    size_t fact_count;
};

struct ptn_decision_match {
    struct ptn_bytes list;
    struct ptn_bytes edition;
    struct ptn_bytes entry;
    struct ptn_bytes name; /* the listed name or number that matched */
    uint64_t score;        /* 0 to 10000 */
    bool discreet;
};

struct ptn_decision_list {
    struct ptn_bytes list;
    struct ptn_bytes edition;
    bool age_known;
    uint64_t age_s;
    uint64_t entries;
};

struct ptn_decision_stay {
    bool known; /* false: the rest is zero */
    uint64_t used;
    uint64_t left;
    struct ptn_date leave_by;    /* none: no limit reached in sight */
    struct ptn_date known_since; /* none: unknown how far back */
};

/* The visa or permit the traveller showed, as the officer stated it; else what was on record. */
struct ptn_decision_permit {
    enum ptn_permit_kind kind;
    char issuer[4];
    struct ptn_bytes number;
    struct ptn_date valid_from, valid_until; /* none: not stated */
    uint64_t days;                           /* of stay it allows; 0: not stated */
    uint64_t entries;                        /* it allows; 0: any number */
    uint64_t entries_used;
    bool used_before; /* another country's visa was used there first */
};

struct ptn_decision {
    struct ptn_record_id id; /* the scan's */
    int64_t time_ms;
    struct ptn_date date; /* the post's civil day then; full */
    enum ptn_direction direction;
    struct ptn_bytes post;
    struct ptn_bytes lane;
    struct ptn_bytes officer;
    struct ptn_person person;
    struct ptn_bytes mrz;            /* as read, lines separated by LF; empty: typed by hand */
    struct ptn_bytes plate;          /* may be empty */
    enum ptn_verdict verdict;        /* at least that of every reason */
    const struct ptn_bytes *actions; /* words, "report" */
    size_t action_count;
    const struct ptn_decision_reason *reasons;
    size_t reason_count;
    const struct ptn_decision_match *matches;
    size_t match_count;
    bool more_matches; /* some above the threshold were left out */
    bool stay_applies; /* false: own national, or a permit that exempts; stay is then zero */
    struct ptn_decision_stay stay;
    const struct ptn_decision_list *lists; /* what was searched; none: screening was not possible */
    size_t list_count;
    bool born_earlier; /* the officer chose the century before the one the MRZ's rule reads; the
                          person has the birth chosen */
    struct ptn_decision_permit permit; /* kind NONE: none was stated, the rest is empty */
};

/* BAD_INPUT or TOO_BIG with the field's name in text. */
PTN_MUST_USE struct ptn_status ptn_decision_validate(const struct ptn_decision *decision,
                                                     struct ptn_diag *reterr);

/*
 * Exactly these bytes, validated; arrays are taken from the arena. BAD_INPUT or TOO_BIG with the
 * offset; NO_MEMORY when the arena is full; ret_decision untouched on failure. _write: the buffer's
 * codes, and what _validate says; the buffer is as before on failure.
 */
PTN_MUST_USE struct ptn_status ptn_decision_parse(struct ptn_bytes bytes, struct ptn_arena *arena,
                                                  struct ptn_decision *ret_decision,
                                                  struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status ptn_decision_write(const struct ptn_decision *decision,
                                                  struct ptn_buffer *out);

/* "short-visa", "long-visa", "residence", "transit-visa" and back (NONE for no known word). */
const char *ptn_permit_kind_word(enum ptn_permit_kind kind);
enum ptn_permit_kind ptn_permit_kind_from_word(struct ptn_bytes word);
#endif
