/*
 * decision/decide.h -- the advice of a first line: what a check knows in, clear, refer or stop with
 * reasons out.
 *
 * Pure: data in, advice out; no I/O, no clock, no globals, so any thread may call it. The advice
 * depends on nothing but the check, and the order of its reasons is fixed. Invariants: DECIDE-1,
 * DECIDE-2, DECIDE-4 and DECIDE-6 of docs/ARCHITECTURE.md. Every reason: docs/DECISIONS.md.
 */
#ifndef PTN_DECISION_DECIDE_H
#define PTN_DECISION_DECIDE_H
#include "base/date.h"
#include "base/text.h"
#include "decision/stays.h"
#include "record/record.h" /* enum ptn_verdict */

struct ptn_person;       /* record/person.h */
struct ptn_match;        /* watch/screen.h */
struct ptn_conditions;   /* decision/conditions.h */
struct ptn_rule_outcome; /* decision/rules.h */
struct ptn_chip_answer;  /* document/chip.h */

/* Bits of ptn_advice.actions. */
#define PTN_ACTION_REPORT                                                                          \
    1u /* report the crossing after the person has gone; only for officers with that right */
#define PTN_ACTION_RECORD                                                                          \
    2u /* record the exit against an order to leave; nobody is held for it                         \
        */

/* What a second line would look at; the words of a referral's kind. */
enum ptn_reason_kind {
    PTN_REASON_MATCH = 0,
    PTN_REASON_DOCUMENT,
    PTN_REASON_IDENTITY,
    PTN_REASON_CONDITIONS,
    PTN_REASON_MINOR,
    PTN_REASON_VEHICLE,
    PTN_REASON_RULE,
    PTN_REASON_LISTS,
};

/* ---- what a check knows ---- */

enum ptn_check_mrz_state {
    PTN_CHECK_MRZ_NONE = 0, /* typed by hand, no lines read */
    PTN_CHECK_MRZ_VALID,
    PTN_CHECK_MRZ_INVALID,
};

enum ptn_check_document_status {
    PTN_CHECK_DOCUMENT_NOT_KNOWN = 0, /* no register asked */
    PTN_CHECK_DOCUMENT_IN_ORDER,
    PTN_CHECK_DOCUMENT_LOST,
    PTN_CHECK_DOCUMENT_STOLEN,
    PTN_CHECK_DOCUMENT_WITHDRAWN,
};

/* Who stands there. A shore leave is no crossing: whoever comes back to their ship has not entered,
 * so nobody asks for visa, days or means; what lists, orders and rules say stays as it is. */
enum ptn_check_gangway {
    PTN_CHECK_CROSSING = 0,  /* somebody who crosses */
    PTN_CHECK_SHORE_LEAVE,   /* on the list of a ship in port, and goes ashore or comes back */
    PTN_CHECK_SHORE_OTHER,   /* the same, but the list has that name with another document */
    PTN_CHECK_SHORE_STRANGER /* at such a ship's gangway, and on no list of it */
};

enum ptn_check_permit_kind {
    PTN_CHECK_PERMIT_SHORT_VISA = 0, /* days count */
    PTN_CHECK_PERMIT_LONG_VISA,      /* days do not count */
    PTN_CHECK_PERMIT_RESIDENCE,      /* days do not count */
    PTN_CHECK_PERMIT_TRANSIT_VISA,   /* days count */
};

/* A visa or permit the traveller shows, of this country or of another whose visas it accepts; or
 * one that is on record for their document. */
struct ptn_check_permit {
    enum ptn_check_permit_kind kind;
    char issuer[4]; /* "" = own state */
    struct ptn_bytes number;
    struct ptn_date valid_from, valid_until; /* no date: not stated */
    unsigned days;                           /* of stay it still allows; 0: not stated */
    unsigned entries;                        /* it allows; 0: any number */
    unsigned entries_used;
    bool used_before; /* other countries' visas are accepted only once used there */
    bool withdrawn;   /* the record says so, whoever shows it */
    bool on_record;   /* nobody showed it: it was found by the document */
};

/* Who travels together, this person included. */
struct ptn_check_party {
    bool known; /* false: nobody said */
    unsigned adults, children;
    bool consent; /* for a child: the parents' consent or a guardian's authority was shown */
};

/* An order to leave the country, or a ban to enter it. */
struct ptn_check_order {
    struct ptn_bytes reference;
    struct ptn_date issued;
    struct ptn_date leave_by;     /* no date: no day set */
    struct ptn_date banned_until; /* no date: no ban on entry */
    bool departed;                /* an exit after `issued` is on record */
    bool protocol; /* diplomatic or service passports: no search, no delay, the liaison is called */
    struct ptn_bytes liaison; /* whom to call */
    struct ptn_bytes points;  /* crossing points allowed, as text; empty: any */
};

/* What centres publish of this person's crossings anywhere, joined with the post's own. */
struct ptn_check_country {
    struct ptn_stay_history history;
    unsigned elsewhere; /* crossings that the post does not know itself */
    int64_t until_ms;   /* what is published knew everything until then, */
    int64_t age_s;      /* which is so long ago */
};

/* A list that was searched, for the advice and the officer to show its age. */
struct ptn_check_list {
    struct ptn_bytes list, edition;
    int64_t age_s; /* negative: not known */
    uint64_t entries;
};

#define PTN_CHECK_PAPER_MAX 128u /* paper days that are looked at, */
#define PTN_CHECK_GAPS_MAX  512u /* beside so many gaps of a history */

/* One check of one traveller. Every pointer is Borrowed and may be NULL where its count is 0. */
struct ptn_check {
    char own_state[4];  /* "ALB" */
    bool demonstration; /* this post is a demonstration: specimen documents (issuer UTO) are no
                           fault */
    enum ptn_stay_move direction;
    struct ptn_date today; /* the post's civil day; full */
    struct ptn_bytes post; /* the post's code, for rules */

    const struct ptn_person *person; /* not NULL */
    enum ptn_check_gangway gangway;
    enum ptn_check_mrz_state mrz;
    const struct ptn_bytes *mrz_problems; /* codes of document/, in its order */
    size_t mrz_problem_count;
    const struct ptn_chip_answer *chip; /* NULL: none was read. CHIP-1: it only ever adds reasons */
    bool chip_differs;                  /* its lines are not those of the page */
    bool chip_copied;                   /* it could not prove to its reader that it is no copy */
    bool chip_refused; /* chip is NULL: one is there that does not open with these lines */
    enum ptn_check_document_status document_status;
    struct ptn_check_party party;
    struct ptn_bytes plate;

    const struct ptn_conditions *conditions; /* NULL: none loaded, every visitor is referred */
    const struct ptn_check_permit *permits;
    size_t permit_count;
    struct ptn_stay_history history;         /* the post's own */
    const struct ptn_check_country *country; /* NULL: nothing is published */
    /* Days on which some post screened by hand and whose sheets are not all keyed, by date: who
     * seems too long in the country may have crossed then (PAPER-6). */
    const struct ptn_stay_period *paper;
    size_t paper_count;
    const struct ptn_check_order *orders;
    size_t order_count;

    bool screened; /* lists were searched; false is itself said in the advice */
    const struct ptn_match *matches;
    size_t match_count;
    bool more_matches; /* some above the threshold were left out */
    const struct ptn_match
        *near; /* listed numbers that a reader may have taken for the one shown */
    size_t near_count;
    bool register_failed; /* a register of documents or vehicles is there and could not be asked */
    bool lists_damaged;   /* lists that were searched have changed since they were opened */
    const struct ptn_check_list *lists;
    size_t list_count;
    const struct ptn_rule_outcome *outcomes; /* of ptn_rules_run; NULL when no rules are loaded */
    size_t outcome_count;
};

/* ---- the advice ---- */

/* One piece of the data behind a reason. key is a literal in snake case; value is UTF-8. */
struct ptn_reason_fact {
    const char *key;
    struct ptn_bytes value;
};

struct ptn_reason {
    struct ptn_bytes
        rule; /* stable id, "document.expired"; a country's own rule is "rule.<its id>" */
    enum ptn_verdict verdict; /* what this reason alone leads to; CLEAR: said for information */
    enum ptn_reason_kind kind;
    bool discreet;                  /* shown only to officers with the discreet right */
    struct ptn_bytes text, text_sq; /* one sentence, English and Albanian */
    const struct ptn_reason_fact *facts;
    size_t fact_count;
};

/* Views live as long as the arena and the check's own bytes. */
struct ptn_advice {
    enum ptn_verdict verdict;
    unsigned actions; /* PTN_ACTION_* */
    const struct ptn_reason
        *reasons; /* stop first, then refer, then information; inside that a fixed order */
    size_t reason_count;
    bool stay_applies; /* false: own national, or a permit that exempts */
    struct ptn_stay stay;
    const struct ptn_check_list *lists; /* the check's */
    size_t list_count;
};

/*
 * ptn_decide(check, arena, ret_advice, reterr):
 * Work out the advice for one check.
 *
 * arena       Holds the reasons. About 64 KiB is plenty.
 * ret_advice  Set on success only.
 *
 * OK; BAD_INPUT for a check no lane can make (no full date, history out of order); NO_MEMORY when
 * the arena is full.
 */
PTN_MUST_USE struct ptn_status ptn_decide(const struct ptn_check *check, struct ptn_arena *arena,
                                          struct ptn_advice *ret_advice, struct ptn_diag *reterr);

/* Whether a person of this birth is under 18 today; a birth of which the year is not known says
 * nothing. A birth with unknown parts counts as late as it can be. today is a full date. */
enum ptn_decide_age { PTN_DECIDE_AGE_UNKNOWN, PTN_DECIDE_ADULT, PTN_DECIDE_MINOR };
enum ptn_decide_age ptn_decide_age(struct ptn_date birth, struct ptn_date today);

/*
 * ptn_decide_vehicle(check, arena, ret_advice, reterr): the advice for a vehicle by itself: matches
 * of its plate, and whether lists could be searched. check has no person and no near numbers; its
 * rules are not asked. OK; NO_MEMORY.
 */
PTN_MUST_USE struct ptn_status ptn_decide_vehicle(const struct ptn_check *check,
                                                  struct ptn_arena *arena,
                                                  struct ptn_advice *ret_advice,
                                                  struct ptn_diag *reterr);

/* True when one of the permits shown is this State's own residence permit or long-stay visa and is
 * valid today: the days of a stay entered on it do not count. */
bool ptn_decide_exempts(const struct ptn_check *check);

/* The days used and left for this person, as ptn_decide counts them; ret_applies false where no
 * limit applies. */
PTN_MUST_USE struct ptn_status ptn_decide_stay(const struct ptn_check *check, bool *ret_applies,
                                               struct ptn_stay *ret_stay, struct ptn_diag *reterr);

/* True when a match counts for the advice: a number, or a name that is near enough for what bears
 * it out (docs/DECISIONS.md, Matches). */
bool ptn_match_counts(const struct ptn_match *match);

/* True when this match is a discreet check in that direction: to be left out of all that is shown
 * to officers without the right (DECIDE-6). */
bool ptn_match_is_discreet(const struct ptn_match *match, enum ptn_stay_move direction);

/* What a rule says by itself, without the data that stood behind it, for whoever reads its id in a
 * record. Literals; both NULL: a rule of the country's own, or none that this version knows. */
struct ptn_rule_words {
    const char *text, *text_sq; /* one sentence, English and Albanian */
};
struct ptn_rule_words ptn_rule_words(struct ptn_bytes rule);

/* "clear", "refer", "stop"; "match", "document", ... Literals. */
const char *ptn_verdict_word(enum ptn_verdict verdict);
const char *ptn_reason_kind_word(enum ptn_reason_kind kind);

/*
 * Write the advice as one JSON object:
 * {"advice","actions","reasons":[{"rule","verdict","kind","text","text_sq",
 * "data"}],"stay","lists"}. discreet: this officer has the right to see discreet checks; without it
 * the bytes are the same as if there were none.
 */
void ptn_advice_write_json(struct ptn_json *json, const struct ptn_advice *advice, bool discreet);

/* The same members, into an object that the caller has opened and will close. */
void ptn_advice_write_json_members(struct ptn_json *json, const struct ptn_advice *advice,
                                   bool discreet);
#endif
