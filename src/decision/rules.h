/*
 * decision/rules.h -- a country's own rules: SQL expressions over documented columns, run in
 * SQLite's memory.
 *
 * Rules can only add reasons. A rules file carries its own tests and is refused when one of them
 * fails (docs/format/rules.md). Only rules.c includes sqlite3.h. A struct ptn_rules holds one
 * SQLite connection: one thread at a time. A single expression cannot loop, and functions that can
 * run long inside one step are not on the allow-list; the deadline is a second line behind that.
 */
#ifndef PTN_DECISION_RULES_H
#define PTN_DECISION_RULES_H
#include "base/world.h"
#include "decision/decide.h"

#define PTN_RULES_MAX          256u
#define PTN_RULES_FILE_MAX     (1u << 20)
#define PTN_RULES_EXPR_LEN_MAX 4096u
#define PTN_RULES_BUDGET_US    5000 /* for all rules of one traveller */

/* Opaque. */
struct ptn_rules;

enum ptn_rule_result {
    PTN_RULE_NO = 0, /* also when the expression is NULL: nothing known, nothing said */
    PTN_RULE_YES,
    PTN_RULE_FAILED, /* an error, or not a number: itself a reason to refer */
    PTN_RULE_LATE,   /* not run, or cut off, when the time was used up: itself a reason to refer */
    PTN_RULE_UNREADABLE, /* id is a file that cannot be read: itself a reason to refer. Never of
                            ptn_rules_run */
};

/* What one rule said of one traveller; only rules that did not say no. Views live as long as the
 * rules. */
struct ptn_rule_outcome {
    struct ptn_bytes id;
    enum ptn_rule_result result;
    enum ptn_verdict verdict; /* REFER or STOP; CLEAR for a rule that leads to a report */
    bool report;
    struct ptn_bytes text, text_sq;
    struct ptn_bytes version; /* of the rules file */
};

/*
 * ptn_rules_load(world, file, ret_rules, reterr):
 * Read a rules file, compile each rule and run the tests beside them. The bytes are copied.
 *
 * world      Borrowed for as long as the rules live; its monotonic clock is used.
 * ret_rules  Owned by the caller: ptn_rules_free. Set on success only.
 *
 * OK; BAD_INPUT (reterr's offset is the line, from 1) for a malformed file, an expression that is
 * not one expression over the columns and functions allowed, or a test that fails; TOO_BIG past a
 * limit; NO_MEMORY.
 */
PTN_MUST_USE struct ptn_status ptn_rules_load(const struct ptn_world *world, struct ptn_bytes file,
                                              struct ptn_rules **ret_rules,
                                              struct ptn_diag *reterr);
void ptn_rules_free(struct ptn_rules *rules);

size_t ptn_rules_count(const struct ptn_rules *rules);
size_t ptn_rules_test_count(const struct ptn_rules *rules);
struct ptn_bytes ptn_rules_version(const struct ptn_rules *rules);

/* The id of a rule, index below the count. Lives as long as the rules. */
struct ptn_bytes ptn_rules_id(const struct ptn_rules *rules, size_t index);
/* How many tests stand beside it. */
size_t ptn_rules_tests_of(const struct ptn_rules *rules, size_t index);
/* Append the rule in its one form, from its line "rule" to its "end", under another id when id is
 * not empty: two rules say the same when these are the same bytes. The codes of the buffer. */
PTN_MUST_USE struct ptn_status ptn_rules_write(const struct ptn_rules *rules, size_t index,
                                               struct ptn_bytes id, struct ptn_buffer *out);

/* ---- heightened checks: rules with a first and a last day ---- */

struct ptn_heightened {
    struct ptn_bytes id, text, text_sq; /* as those of a rule */
    struct ptn_date from, until;
};

/* Whether that rule is one that is run at a post on that day, and what it says. Of one that leads
 * to a report nothing is said: only some officers may know. */
bool ptn_rules_heightened(const struct ptn_rules *rules, size_t index, struct ptn_date today,
                          struct ptn_bytes post, struct ptn_heightened *ret_heightened);
/* Whether it is one at all. */
bool ptn_rules_has_days(const struct ptn_rules *rules, size_t index);
/* From now on days are not looked at: what would it have met last month? */
void ptn_rules_any_day(struct ptn_rules *rules);

/*
 * ptn_rules_run(rules, check, budget_us, arena, ret_outcomes, ret_count, reterr):
 * Run every rule on one traveller, but those of other days or posts. The check's outcomes field is
 * not read; set it to the answer for ptn_decide.
 *
 * budget_us     For all rules together, by the world's monotonic clock; renewed once, so twice that
 * at most. ret_outcomes  From the arena, in the file's order; set on success only.
 *
 * OK, also when rules failed or were late; BAD_INPUT as ptn_decide; NO_MEMORY.
 */
PTN_MUST_USE struct ptn_status ptn_rules_run(struct ptn_rules *rules, const struct ptn_check *check,
                                             int64_t budget_us, struct ptn_arena *arena,
                                             const struct ptn_rule_outcome **ret_outcomes,
                                             size_t *ret_count, struct ptn_diag *reterr);
#endif
