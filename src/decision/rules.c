/*
 * decision/rules.c -- see rules.h. The only file here that includes sqlite3.h.
 *
 * What keeps a hostile expression harmless, outermost first:
 *   1. It is prepared twice, bare and in brackets: `age < 18) OR (1` fails bare, `1, 2` and `1 FROM
 * x` in brackets.
 *   2. The authorizer lets one SELECT read one table and call the functions listed below, nothing
 * else.
 *   3. SQLite's limits: length, depth, operations, arguments, patterns. No step can build or walk
 * much.
 *   4. A deadline, asked for between steps. One step can outlast it, which is why 2 and 3 come
 * first. The heap limit of SQLite counts for the whole process, the ledger's connections too, so it
 * is not used here: with 3, a rule can hold a few times LENGTH_MAX.
 */
#include "decision/rules.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

#include "decision/rules_int.h"

#define LENGTH_MAX      8192 /* 16 of the longest columns: a step walks no text for a deadline long */
#define EXPR_DEPTH_MAX  64
#define VDBE_OP_MAX     4096
#define ARGUMENT_MAX    8
#define PATTERN_LEN_MAX 64
#define STEPS_A_LOOK    100

/* For one test at loading: nobody waits at a lane, and a busy machine is no fault of the file. */
#define TEST_BUDGET_US 1000000

#define ARENA_SIZE_MAX (16u << 20)
#define TABLE_SQL_MAX  2048u

/*
 * May be called by an expression. Each takes time linear in its arguments. instr, replace and the
 * trims walk one argument for each byte of another (seconds, in one step), printf and the blob
 * makers make length out of a number.
 */
static const char *const functions[] = {
    "abs",    "coalesce",  "days",   "glob",    "ifnull", "iif",   "length",
    "like",   "lower",     "max",    "min",     "nullif", "round", "sign",
    "substr", "substring", "typeof", "unicode", "upper",  "years",
};

struct ptn_rules {
    const struct ptn_world *world; /* Borrowed */
    struct ptn_arena *arena;       /* Owned; the file, expressions and tests */
    struct rule_file *file;        /* in the arena */
    sqlite3 *db;
    sqlite3_stmt *set_row;
    sqlite3_stmt *statements[PTN_RULES_MAX];
    bool ours;        /* the authorizer lets our own statements pass */
    unsigned selects; /* seen while one expression is prepared */
    int64_t deadline_us;
    bool any_day; /* rules are run on days that are not theirs, too */
};

/* ---- functions offered to rules ---- */

/* The full date that a text value is; false for NULL, other kinds and partly known dates. */
static bool date_of(sqlite3_value *value, struct ptn_date *ret_date)
{
    struct ptn_date date;

    if (sqlite3_value_type(value) != SQLITE_TEXT)
        return false;
    if (!ptn_ok(ptn_date_parse(
            ptn_bytes_of(sqlite3_value_text(value), (size_t)sqlite3_value_bytes(value)), &date,
            NULL)) ||
        !ptn_date_is_full(date))
        return false;
    *ret_date = date;
    return true;
}

/* days(a, b): b - a in days; NULL unless both are full dates. */
static void sql_days(sqlite3_context *context, int count, sqlite3_value **values)
{
    struct ptn_date a, b;

    (void)count;
    if (date_of(values[0], &a) && date_of(values[1], &b))
        sqlite3_result_int(context, ptn_date_days_between(a, b));
}

/* years(birth, on): whole years; NULL unless both are full dates in order. */
static void sql_years(sqlite3_context *context, int count, sqlite3_value **values)
{
    struct ptn_date birth, on;

    (void)count;
    if (date_of(values[0], &birth) && date_of(values[1], &on) && ptn_date_compare(birth, on) <= 0)
        sqlite3_result_int(context, (int)ptn_date_years_between(birth, on));
}

/* ---- walls ---- */

static bool function_allowed(const char *name)
{
    for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++)
        if (sqlite3_stricmp(functions[i], name) == 0)
            return true;
    return false;
}

static int authorize(void *context, int action, const char *first, const char *second,
                     const char *database, const char *trigger)
{
    struct ptn_rules *rules = context;

    (void)database;
    (void)trigger;
    if (rules->ours)
        return SQLITE_OK;
    if (action == SQLITE_SELECT)
        return rules->selects++ == 0 ? SQLITE_OK : SQLITE_DENY;
    if (action == SQLITE_READ)
        return first != NULL && strcmp(first, "traveller") == 0 ? SQLITE_OK : SQLITE_DENY;
    if (action == SQLITE_FUNCTION)
        return second != NULL && function_allowed(second) ? SQLITE_OK : SQLITE_DENY;
    return SQLITE_DENY;
}

/* Asked every STEPS_A_LOOK steps of SQLite's machine; not 0 interrupts. */
static int look_at_clock(void *context)
{
    const struct ptn_rules *rules = context;

    return rules->world->monotonic_us(rules->world->context) > rules->deadline_us;
}

static void set_walls(struct ptn_rules *rules)
{
    static const int limits[][2] = {
        { SQLITE_LIMIT_LENGTH, LENGTH_MAX },
        { SQLITE_LIMIT_SQL_LENGTH, (int)PTN_RULES_EXPR_LEN_MAX + 64 },
        { SQLITE_LIMIT_COLUMN, 64 },
        { SQLITE_LIMIT_EXPR_DEPTH, EXPR_DEPTH_MAX },
        { SQLITE_LIMIT_COMPOUND_SELECT, 1 },
        { SQLITE_LIMIT_VDBE_OP, VDBE_OP_MAX },
        { SQLITE_LIMIT_FUNCTION_ARG, ARGUMENT_MAX },
        { SQLITE_LIMIT_ATTACHED, 0 },
        { SQLITE_LIMIT_LIKE_PATTERN_LENGTH, PATTERN_LEN_MAX },
        { SQLITE_LIMIT_VARIABLE_NUMBER, 0 },
        { SQLITE_LIMIT_TRIGGER_DEPTH, 0 },
        { SQLITE_LIMIT_WORKER_THREADS, 0 },
    };

    for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++)
        (void)sqlite3_limit(rules->db, limits[i][0], limits[i][1]);
    rules->ours = false;
}

/* ---- opening ---- */

/* The table with its one row, and the statement that fills the row. */
static bool make_table(struct ptn_rules *rules)
{
    char create[TABLE_SQL_MAX] = "CREATE TABLE traveller(";
    char fill[TABLE_SQL_MAX] = "UPDATE traveller SET ";
    size_t create_len = strlen(create);
    size_t fill_len = strlen(fill);

    for (size_t i = 0; i < RULE_COLUMN_COUNT; i++) {
        const char *comma = i == 0 ? "" : ",";

        create_len += (size_t)snprintf(create + create_len, sizeof(create) - create_len, "%s%s %s",
                                       comma, ptn_rule_columns[i].name,
                                       ptn_rule_columns[i].text ? "TEXT" : "INTEGER");
        fill_len += (size_t)snprintf(fill + fill_len, sizeof(fill) - fill_len, "%s%s=?%zu", comma,
                                     ptn_rule_columns[i].name, i + 1);
        PTN_PRE(create_len < sizeof(create) - 2 && fill_len < sizeof(fill));
    }
    (void)memcpy(create + create_len, ")", 2);
    return sqlite3_exec(rules->db, "PRAGMA journal_mode=OFF", NULL, NULL, NULL) == SQLITE_OK &&
           sqlite3_exec(rules->db, create, NULL, NULL, NULL) == SQLITE_OK &&
           sqlite3_exec(rules->db, "INSERT INTO traveller DEFAULT VALUES", NULL, NULL, NULL) ==
               SQLITE_OK &&
           sqlite3_prepare_v3(rules->db, fill, -1, SQLITE_PREPARE_PERSISTENT, &rules->set_row,
                              NULL) == SQLITE_OK;
}

static bool open_database(struct ptn_rules *rules)
{
    const int flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS;

    if (sqlite3_open_v2(":memory:", &rules->db,
                        SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_MEMORY |
                            SQLITE_OPEN_NOMUTEX,
                        NULL) != SQLITE_OK)
        return false;
    /* The authorizer first: setting it later would make every statement be prepared again. */
    rules->ours = true;
    (void)sqlite3_set_authorizer(rules->db, authorize, rules);
    (void)sqlite3_db_config(rules->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    (void)sqlite3_db_config(rules->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    (void)sqlite3_db_config(rules->db, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
    (void)sqlite3_db_config(rules->db, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
    if (sqlite3_create_function_v2(rules->db, "days", 2, flags, NULL, sql_days, NULL, NULL, NULL) !=
            SQLITE_OK ||
        sqlite3_create_function_v2(rules->db, "years", 2, flags, NULL, sql_years, NULL, NULL,
                                   NULL) != SQLITE_OK ||
        !make_table(rules))
        return false;
    sqlite3_progress_handler(rules->db, STEPS_A_LOOK, look_at_clock, rules);
    set_walls(rules);
    return true;
}

/* Prepare open + expr + close as one statement with one column and nothing after it; NULL when it
 * is not that. */
static sqlite3_stmt *prepare(struct ptn_rules *rules, const char *open, struct ptn_bytes expr,
                             const char *close)
{
    char sql[PTN_RULES_EXPR_LEN_MAX + 64];
    sqlite3_stmt *statement = NULL;
    const char *tail = NULL;
    int len =
        snprintf(sql, sizeof(sql), "%s%.*s%s", open, (int)expr.len, (const char *)expr.at, close);

    PTN_PRE(len > 0 && (size_t)len < sizeof(sql));
    rules->selects = 0;
    if (sqlite3_prepare_v3(rules->db, sql, len + 1, SQLITE_PREPARE_PERSISTENT, &statement, &tail) ==
            SQLITE_OK &&
        statement != NULL && *tail == '\0' && sqlite3_column_count(statement) == 1 &&
        sqlite3_bind_parameter_count(statement) == 0 && sqlite3_stmt_readonly(statement) != 0)
        return statement;
    (void)sqlite3_finalize(statement);
    return NULL;
}

/* ---- running ---- */

/* Our own statement: it is never cut off, however little time is left for the rules. */
static struct ptn_status put_row(struct ptn_rules *rules, const struct rule_row *row)
{
    int64_t deadline_us = rules->deadline_us;
    int result = SQLITE_OK;

    rules->deadline_us = INT64_MAX;

    for (int i = 0; i < RULE_COLUMN_COUNT && result == SQLITE_OK; i++) {
        const struct rule_value *value = &row->values[i];

        switch (value->kind) {
        case RULE_VALUE_NUMBER:
            result = sqlite3_bind_int64(rules->set_row, i + 1, value->number);
            break;
        case RULE_VALUE_TEXT:
            result = sqlite3_bind_text(rules->set_row, i + 1, (const char *)value->text.at,
                                       (int)value->text.len, SQLITE_STATIC);
            break;
        case RULE_VALUE_NULL:
            result = sqlite3_bind_null(rules->set_row, i + 1);
            break;
        }
    }
    if (result == SQLITE_OK && sqlite3_step(rules->set_row) != SQLITE_DONE)
        result = SQLITE_ERROR;
    (void)sqlite3_reset(rules->set_row);
    (void)sqlite3_clear_bindings(rules->set_row);
    rules->deadline_us = deadline_us;
    return result == SQLITE_OK ? PTN_OK : (struct ptn_status){ PTN_C_NO_MEMORY };
}

static enum ptn_rule_result run_one(sqlite3_stmt *statement)
{
    enum ptn_rule_result result = PTN_RULE_FAILED;
    int step = sqlite3_step(statement);

    if (step == SQLITE_INTERRUPT)
        result = PTN_RULE_LATE;
    if (step == SQLITE_ROW) {
        switch (sqlite3_column_type(statement, 0)) {
        case SQLITE_NULL:
            result = PTN_RULE_NO;
            break;
        case SQLITE_INTEGER:
        case SQLITE_FLOAT:
            result = sqlite3_column_double(statement, 0) != 0.0 ? PTN_RULE_YES : PTN_RULE_NO;
            break;
        default: /* a text or a blob says neither yes nor no */
            break;
        }
    }
    (void)sqlite3_reset(statement);
    return result;
}

/* Start the clock for the statements that follow. */
static void set_deadline(struct ptn_rules *rules, int64_t budget_us)
{
    rules->deadline_us = rules->world->monotonic_us(rules->world->context) + budget_us;
}

static struct ptn_status run_tests(struct ptn_rules *rules, size_t index, struct ptn_diag *reterr)
{
    for (const struct rule_test *test = rules->file->rules[index].tests; test != NULL;
         test = test->next) {
        struct rule_row row;
        struct ptn_diag diag = { 0 };
        struct ptn_status status = ptn_rule_row_parse(test->row, &row, &diag);
        enum ptn_rule_result result;

        if (!ptn_ok(status))
            return ptn_fail(status.code, reterr, test->line, diag.text);
        set_deadline(rules, TEST_BUDGET_US);
        status = put_row(rules, &row);
        if (!ptn_ok(status))
            return ptn_fail(status.code, reterr, test->line, "no memory for a test");
        result = run_one(rules->statements[index]);
        if (result == PTN_RULE_FAILED && sqlite3_errcode(rules->db) == SQLITE_NOMEM)
            return ptn_fail(PTN_C_NO_MEMORY, reterr, test->line, "no memory for a test");
        if (result != (test->yes ? PTN_RULE_YES : PTN_RULE_NO))
            return ptn_fail(PTN_C_BAD_INPUT, reterr, test->line, "a test beside a rule fails");
    }
    return PTN_OK;
}

static struct ptn_status compile(struct ptn_rules *rules, struct ptn_diag *reterr)
{
    for (size_t i = 0; i < rules->file->rule_count; i++) {
        const struct rule *rule = &rules->file->rules[i];
        sqlite3_stmt *bare;
        bool twice;
        bool full;
        struct ptn_status status;

        bare = prepare(rules, "SELECT\n", rule->expr, "\nFROM traveller");
        if (bare != NULL)
            rules->statements[i] = prepare(rules, "SELECT (\n", rule->expr, "\n) FROM traveller");
        twice = rules->statements[i] != NULL;
        /* SQLite says "no memory" for too many operations as well as for none left. */
        full = !twice && sqlite3_errcode(rules->db) == SQLITE_NOMEM;
        (void)sqlite3_finalize(bare);
        if (full)
            return ptn_fail(PTN_C_TOO_BIG, reterr, rule->line,
                            "the expression is too large, or there is no memory for it");
        if (!twice)
            return ptn_fail(PTN_C_BAD_INPUT, reterr, rule->line,
                            "not one expression over the columns and functions allowed");
        status = run_tests(rules, i, reterr);
        if (!ptn_ok(status))
            return status;
    }
    return PTN_OK;
}

struct ptn_status ptn_rules_load(const struct ptn_world *world, struct ptn_bytes file,
                                 struct ptn_rules **ret_rules, struct ptn_diag *reterr)
{
    struct ptn_rules *rules;
    struct ptn_status status;
    char *copy;

    PTN_PRE(world != NULL && ret_rules != NULL);
    if (file.len > PTN_RULES_FILE_MAX)
        return ptn_fail(PTN_C_TOO_BIG, reterr, 0, "the rules file is too long");
    rules = calloc(1, sizeof(*rules));
    if (rules == NULL)
        return ptn_fail(PTN_C_NO_MEMORY, reterr, 0, "no memory for the rules");
    rules->world = world;
    rules->arena = ptn_arena_new(ARENA_SIZE_MAX);
    copy = rules->arena == NULL ? NULL : ptn_arena_text(rules->arena, file);
    rules->file = copy == NULL ? NULL : ptn_arena_take(rules->arena, sizeof(*rules->file));
    if (rules->file == NULL || !open_database(rules)) {
        ptn_rules_free(rules);
        return ptn_fail(PTN_C_NO_MEMORY, reterr, 0, "no memory for the rules");
    }
    status = ptn_rule_file_parse(ptn_bytes_of(copy, file.len), rules->arena, rules->file, reterr);
    if (ptn_ok(status))
        status = compile(rules, reterr);
    if (!ptn_ok(status)) {
        ptn_rules_free(rules);
        return status;
    }
    *ret_rules = rules;
    return PTN_OK;
}

void ptn_rules_free(struct ptn_rules *rules)
{
    if (rules == NULL)
        return;
    for (size_t i = 0; i < PTN_RULES_MAX; i++)
        (void)sqlite3_finalize(rules->statements[i]);
    (void)sqlite3_finalize(rules->set_row);
    (void)sqlite3_close(rules->db);
    ptn_arena_free(rules->arena);
    free(rules);
}

size_t ptn_rules_count(const struct ptn_rules *rules)
{
    return rules->file->rule_count;
}

size_t ptn_rules_test_count(const struct ptn_rules *rules)
{
    return rules->file->test_count;
}

struct ptn_bytes ptn_rules_version(const struct ptn_rules *rules)
{
    return rules->file->version;
}

struct ptn_bytes ptn_rules_id(const struct ptn_rules *rules, size_t index)
{
    PTN_PRE(index < rules->file->rule_count);
    return rules->file->rules[index].id;
}

size_t ptn_rules_tests_of(const struct ptn_rules *rules, size_t index)
{
    PTN_PRE(index < rules->file->rule_count);
    return rules->file->rules[index].test_count;
}

struct ptn_status ptn_rules_write(const struct ptn_rules *rules, size_t index, struct ptn_bytes id,
                                  struct ptn_buffer *out)
{
    PTN_PRE(index < rules->file->rule_count);
    return ptn_rule_write(&rules->file->rules[index],
                          id.len == 0 ? rules->file->rules[index].id : id, out);
}

/*
 * A rule, or LATE. The time is renewed once for each traveller: a thread that had to wait for a
 * processor finds its time gone through no fault of any rule, and nobody should be referred for
 * that.
 */
static enum ptn_rule_result run_in_time(struct ptn_rules *rules, size_t index, int64_t budget_us,
                                        bool *renewed)
{
    enum ptn_rule_result result = PTN_RULE_LATE;

    if (look_at_clock(rules) == 0)
        result = run_one(rules->statements[index]);
    if (result != PTN_RULE_LATE || *renewed)
        return result;
    *renewed = true;
    set_deadline(rules, budget_us);
    return look_at_clock(rules) == 0 ? run_one(rules->statements[index]) : PTN_RULE_LATE;
}

/* One of the codes, with a space between them, is the post's. */
static bool names_post(struct ptn_bytes posts, struct ptn_bytes post)
{
    while (posts.len > 0)
        if (ptn_bytes_equal(ptn_rule_take_post(&posts), post))
            return true;
    return false;
}

/* RULES-3: it is one of the rule's days, and one of its posts. */
static bool is_run(const struct rule *rule, bool any_day, struct ptn_date today,
                   struct ptn_bytes post)
{
    if (!any_day && !ptn_date_is_none(rule->from) &&
        (ptn_date_compare(today, rule->from) < 0 || ptn_date_compare(rule->until, today) < 0))
        return false;
    return rule->posts.len == 0 || names_post(rule->posts, post);
}

bool ptn_rules_has_days(const struct ptn_rules *rules, size_t index)
{
    PTN_PRE(index < rules->file->rule_count);
    return !ptn_date_is_none(rules->file->rules[index].from);
}

bool ptn_rules_heightened(const struct ptn_rules *rules, size_t index, struct ptn_date today,
                          struct ptn_bytes post, struct ptn_heightened *ret_heightened)
{
    const struct rule *rule = &rules->file->rules[index];

    if (!ptn_rules_has_days(rules, index) || rule->report || !is_run(rule, false, today, post))
        return false;
    *ret_heightened =
        (struct ptn_heightened){ rule->id, rule->text, rule->text_sq, rule->from, rule->until };
    return true;
}

void ptn_rules_any_day(struct ptn_rules *rules)
{
    rules->any_day = true;
}

/* DECIDE-3: one that failed or was late says so. */
struct ptn_status ptn_rules_run(struct ptn_rules *rules, const struct ptn_check *check,
                                int64_t budget_us, struct ptn_arena *arena,
                                const struct ptn_rule_outcome **ret_outcomes, size_t *ret_count,
                                struct ptn_diag *reterr)
{
    const struct rule_file *file = rules->file;
    struct ptn_rule_outcome *outcomes =
        ptn_arena_take(arena, (file->rule_count + 1) * sizeof(*outcomes));
    struct rule_row row;
    struct ptn_status status;
    bool renewed = false;
    size_t count = 0;

    if (outcomes == NULL)
        return ptn_fail(PTN_C_NO_MEMORY, reterr, 0, "no room for what the rules say");
    status = ptn_rule_row_fill(check, &row, reterr);
    if (!ptn_ok(status))
        return status;
    set_deadline(rules, budget_us);
    status = put_row(rules, &row);
    for (size_t i = 0; i < file->rule_count; i++) {
        const struct rule *rule = &file->rules[i];
        enum ptn_rule_result result = PTN_RULE_LATE;

        if (!is_run(rule, rules->any_day, check->today, check->post))
            continue;
        /* A row that could not be set fails every rule: a rule that cannot speak is a reason to
         * refer. */
        if (!ptn_ok(status))
            result = PTN_RULE_FAILED;
        else
            result = run_in_time(rules, i, budget_us, &renewed);
        if (result == PTN_RULE_NO)
            continue;
        outcomes[count++] = (struct ptn_rule_outcome){ .id = rule->id,
                                                       .result = result,
                                                       .verdict = rule->verdict,
                                                       .report = rule->report,
                                                       .text = rule->text,
                                                       .text_sq = rule->text_sq,
                                                       .version = file->version };
    }
    *ret_outcomes = outcomes;
    *ret_count = count;
    return PTN_OK;
}
