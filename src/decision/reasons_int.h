/*
 * decision/reasons_int.h -- the table of built-in reasons, and the draft in which one advice's
 * reasons are gathered.
 *
 * A draft that fails once stays failed: the checks run on, ptn_reasons_end says so.
 */
#ifndef PTN_DECISION_REASONS_INT_H
#define PTN_DECISION_REASONS_INT_H
#include "decision/decide.h"

/* In the order in which reasons of one verdict are shown. docs/DECISIONS.md has a row for each. */
enum reason_id {
    REASON_ORDER_BANNED = 0,
    REASON_ORDER_OVERDUE,
    REASON_ORDER_OPEN,
    REASON_ORDER_LEAVING,
    REASON_ORDER_PROTOCOL,
    REASON_DOCUMENT_SPECIMEN,
    REASON_DOCUMENT_STOLEN,
    REASON_DOCUMENT_WITHDRAWN,
    REASON_DOCUMENT_LOST,
    REASON_DOCUMENT_MRZ,
    REASON_CHIP_ALTERED,
    REASON_CHIP_COPIED,
    REASON_CHIP_UNREADABLE,
    REASON_CHIP_REVOKED,
    REASON_CHIP_OTHER,
    REASON_CHIP_UNKNOWN,
    REASON_CHIP_EXPIRED,
    REASON_CHIP_REFUSED,
    REASON_CHIP_DIFFERS,
    REASON_CHIP_NOT_HELD,
    REASON_CHIP_GENUINE,
    REASON_DOCUMENT_CODE,
    REASON_DOCUMENT_EXPIRED,
    REASON_DOCUMENT_EXPIRY_UNKNOWN,
    REASON_DOCUMENT_EXPIRES_EARLY,
    REASON_DOCUMENT_NOT_ACCEPTED,
    REASON_IDENTITY_INCOMPLETE,
    REASON_IDENTITY_BIRTH,
    REASON_CONDITIONS_NONE,
    REASON_CONDITIONS_VISA_MISSING,
    REASON_CONDITIONS_VISA_NOT_VALID,
    REASON_CONDITIONS_PERMIT_ON_RECORD,
    REASON_CALL_SHORE_LEAVE,
    REASON_CALL_OTHER_DOCUMENT,
    REASON_CALL_STRANGER,
    REASON_STAY_USED_UP,
    REASON_STAY_OVER,
    REASON_STAY_PAPER,
    REASON_STAY_NOT_KNOWN,
    REASON_STAY_NO_HISTORY,
    REASON_MINOR_ALONE,
    REASON_MINOR_PARTY_UNKNOWN,
    REASON_MATCH_BAN,
    REASON_MATCH_REFUSE,
    REASON_MATCH_ARREST,
    REASON_MATCH_SEIZE,
    REASON_MATCH_PROTECT,
    REASON_MATCH_SPECIFIC,
    REASON_MATCH_INQUIRY,
    REASON_MATCH_REFER,
    REASON_MATCH_INFORM,
    REASON_MATCH_DISCREET,
    REASON_MATCH_MORE,
    REASON_MATCH_WEAK,
    REASON_DOCUMENT_NEAR,
    REASON_RULE,
    REASON_RULE_FAILED,
    REASON_RULE_LATE,
    REASON_RULES_UNREADABLE,
    REASON_LISTS_NONE,
    REASON_LISTS_REGISTER,
    REASON_LISTS_DAMAGED,
    REASON_COUNT,
};

struct reason_entry {
    const char *rule;
    enum ptn_reason_kind kind;
    enum ptn_verdict verdict;
    const char *text;
    const char *text_sq;
};

extern const struct reason_entry ptn_reason_table[REASON_COUNT];

#define DRAFT_FACT_MAX 12u

struct draft {
    const struct ptn_check *check;
    struct ptn_arena *arena;
    bool own;    /* an own national */
    bool failed; /* the arena is full */
    unsigned actions;
    struct ptn_reason *reasons;
    size_t count;
    size_t count_max;
    struct ptn_reason_fact *facts; /* of the last reason */
    struct ptn_reason nowhere;     /* what a failed draft writes into */
};

/* Room for count_max reasons. */
void ptn_reasons_begin(struct draft *draft, const struct ptn_check *check, struct ptn_arena *arena,
                       size_t count_max);

/* Add a reason as the table has it, and return it to be changed; never NULL. */
struct ptn_reason *ptn_reasons_reason(struct draft *draft, enum reason_id id);

/* Facts of the last reason. Texts are Borrowed, printed ones are copied; an empty text is left out.
 */
void ptn_reasons_fact(struct draft *draft, const char *key, struct ptn_bytes value);
void ptn_reasons_fact_date(struct draft *draft, const char *key, struct ptn_date date);
void ptn_reasons_fact_number(struct draft *draft, const char *key, int64_t value);

/* A text of the arena's: the parts one after another. */
struct ptn_bytes ptn_reasons_join(struct draft *draft, const struct ptn_bytes *parts,
                                  size_t part_count);

/* Sort, work out the verdict, hand over. OK or NO_MEMORY. */
PTN_MUST_USE struct ptn_status ptn_reasons_end(struct draft *draft, struct ptn_advice *ret_advice,
                                               struct ptn_diag *reterr);
#endif
