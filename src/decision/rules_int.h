/*
 * decision/rules_int.h -- a rules file read, and the row of columns that a rule sees of one
 * traveller.
 *
 * A row leaves out matches, orders and other rules on purpose: a rule that could say "no match"
 * would take its reason away when a match comes (DECIDE-2).
 */
#ifndef PTN_DECISION_RULES_INT_H
#define PTN_DECISION_RULES_INT_H
#include "decision/rules.h"

/* The columns, in the order of docs/format/rules.md. */
enum rule_column {
    RULE_COLUMN_DIRECTION = 0,
    RULE_COLUMN_TODAY,
    RULE_COLUMN_POST,
    RULE_COLUMN_SURNAME,
    RULE_COLUMN_GIVEN,
    RULE_COLUMN_NAME,
    RULE_COLUMN_BIRTH,
    RULE_COLUMN_AGE,
    RULE_COLUMN_SEX,
    RULE_COLUMN_NATIONALITY,
    RULE_COLUMN_OWN_NATIONAL,
    RULE_COLUMN_DOCUMENT_KIND,
    RULE_COLUMN_DOCUMENT_CODE,
    RULE_COLUMN_ISSUER,
    RULE_COLUMN_NUMBER,
    RULE_COLUMN_EXPIRY,
    RULE_COLUMN_DAYS_TO_EXPIRY,
    RULE_COLUMN_MRZ,
    RULE_COLUMN_PLATE,
    RULE_COLUMN_PARTY_ADULTS,
    RULE_COLUMN_PARTY_CHILDREN,
    RULE_COLUMN_PERMIT_KIND,
    RULE_COLUMN_PERMIT_ISSUER,
    RULE_COLUMN_STAY_USED,
    RULE_COLUMN_STAY_LEFT,
    RULE_COLUMN_STAY_OVER,
    RULE_COLUMN_ENTRIES_30D,
    RULE_COLUMN_ENTRIES_180D,
    RULE_COLUMN_DAYS_SINCE_EXIT,
    RULE_COLUMN_COUNT,
};

struct rule_column_entry {
    const char *name;
    bool text; /* else a whole number */
};

extern const struct rule_column_entry ptn_rule_columns[RULE_COLUMN_COUNT];

enum rule_value_kind { RULE_VALUE_NULL = 0, RULE_VALUE_NUMBER, RULE_VALUE_TEXT };

struct rule_value {
    enum rule_value_kind kind;
    int64_t number;
    struct ptn_bytes text; /* Borrowed */
};

/* Longest text of a column in bytes; what is past it is cut off. */
#define RULE_TEXT_MAX 512u

/* Not to be copied: texts can point into dates. */
struct rule_row {
    struct rule_value values[RULE_COLUMN_COUNT];
    char dates[3][PTN_DATE_TEXT_SIZE];
};

/* The row of one check. BAD_INPUT as ptn_decide_stay. */
PTN_MUST_USE struct ptn_status ptn_rule_row_fill(const struct ptn_check *check,
                                                 struct rule_row *ret_row, struct ptn_diag *reterr);

/* The row that a test line spells: NAME=VALUE ..., all else NULL. BAD_INPUT with no offset. */
PTN_MUST_USE struct ptn_status ptn_rule_row_parse(struct ptn_bytes text, struct rule_row *ret_row,
                                                  struct ptn_diag *reterr);

struct rule_test {
    struct rule_test *next;
    struct ptn_bytes row;
    size_t line;
    bool yes;
};

struct rule {
    struct ptn_bytes id;
    struct ptn_bytes expr;
    enum ptn_verdict verdict;
    bool report;
    bool leads;                  /* "leads" was given */
    struct ptn_date from, until; /* a heightened check: run on these days alone; none: always */
    struct ptn_bytes posts;      /* codes, a space between; empty: everywhere */
    struct ptn_bytes text, text_sq;
    struct rule_test *tests;
    size_t test_count;
    bool tested_yes, tested_no;
    size_t line;
};

/* The first of a rule's posts, and what follows its space: how they are read and asked. */
static inline struct ptn_bytes ptn_rule_take_post(struct ptn_bytes *posts)
{
    const uint8_t *space = posts->len == 0 ? NULL : memchr(posts->at, ' ', posts->len);
    size_t len = space == NULL ? posts->len : (size_t)(space - posts->at);
    struct ptn_bytes post = ptn_bytes_slice(*posts, 0, len);

    *posts = ptn_bytes_slice(*posts, len + 1, SIZE_MAX);
    return post;
}

struct rule_file {
    struct ptn_bytes version;
    struct rule rules[PTN_RULES_MAX];
    size_t rule_count;
    size_t test_count;
};

/* The rule in its one form, under that id: lines from "rule" to "end", white space and comments
 * gone. Read again and written again it is the same bytes. out is as before on failure. */
PTN_MUST_USE struct ptn_status ptn_rule_write(const struct rule *rule, struct ptn_bytes id,
                                              struct ptn_buffer *out);

/* Read a file into file; expressions and tests come from the arena, all else are views. The codes
 * of ptn_rules_load. */
PTN_MUST_USE struct ptn_status ptn_rule_file_parse(struct ptn_bytes bytes, struct ptn_arena *arena,
                                                   struct rule_file *file, struct ptn_diag *reterr);
#endif
