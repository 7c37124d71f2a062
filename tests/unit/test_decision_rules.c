/* Unit tests of decision/rules.c and the files beside it: what a rules file may say, and what no
 * expression may do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "decision/rules.h"
#include "fault.h"
#include "record/person.h"

/* Where lateness is not what is tested: more than a busy machine under a sanitizer ever takes. */
#define AMPLE_US 10000000

static struct ptn_status load(const char *file, struct ptn_rules **ret_rules, struct ptn_diag *diag)
{
    return ptn_rules_load(ptn_world_real(), ptn_bytes_from_text(file), ret_rules, diag);
}

/* A file with one rule around an expression; the tests in it are such that any yes-or-no expression
 * over age passes. */
static const char *around(const char *expr, const char *tests)
{
    static char file[8192];

    (void)snprintf(file, sizeof(file),
                   "postern-rules 1\nversion t\nrule one\nleads refer\nen A.\nsq B.\nwhen %s\n%s"
                   "end\n",
                   expr, tests);
    return file;
}

static void assert_refused(const char *expr, const char *tests)
{
    struct ptn_rules *rules = NULL;
    struct ptn_diag diag = { 0 };
    struct ptn_status status = load(around(expr, tests), &rules, &diag);

    if (ptn_ok(status))
        fail_msg("accepted: %s", expr);
    assert_int_equal(status.code, PTN_C_BAD_INPUT);
    assert_null(rules);
    assert_true(diag.offset >= 3);
}

#define YES_NO "test yes age=12\ntest no age=30\n"

static void test_rules__expressions_that_are_fine(void **state)
{
    static const char *const fine[] = {
        "age < 18",
        "age < 18 AND (sex IS NULL OR sex = 'M')",
        "coalesce(age, 0) BETWEEN 1 AND 17 -- a comment ends with its line",
        "(age < 18)",
        "iif(age < 18, 1, 0)",
        "CASE WHEN age < 18 THEN 1 ELSE 0 END",
        "age IN (10, 11, 12)",
        "nationality IS NULL AND age < 18",
        "days('2024-01-01', '2024-01-31') = 30 AND age < 18",
        "years('2000-02-29', '2018-02-28') = 17 AND age < 18",
        "days('2024-01-XX', '2024-01-31') IS NULL AND age < 18",
        "'ROSSI' LIKE 'ross%' AND age < 18",
        "18.5 - age",
        "age < 18 AND ';' <> '--'",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(fine) / sizeof(fine[0]); i++) {
        struct ptn_rules *rules = NULL;
        struct ptn_diag diag = { 0 };
        const char *tests =
            strcmp(fine[i], "18.5 - age") == 0 ? "test yes age=12\ntest no age=null\n" : YES_NO;

        if (!ptn_ok(load(around(fine[i], tests), &rules, &diag)))
            fail_msg("%s: %s (line %zu)", fine[i], diag.text, diag.offset);
        assert_int_equal(ptn_rules_count(rules), 1);
        assert_int_equal(ptn_rules_test_count(rules), 2);
        ptn_rules_free(rules);
    }
}

static const char *const abuse[] = {
    "age < 18) OR (1",
    "age < 18) FROM traveller WHERE (1",
    "1, 2",
    "1 AS x",
    "*",
    "age FROM traveller",
    "1; DROP TABLE traveller",
    "1;",
    "SELECT 1",
    "(SELECT 1)",
    "EXISTS (SELECT 1)",
    "age IN (SELECT 1)",
    "age IN (SELECT age FROM traveller)",
    "(WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT max(x) FROM c)",
    "(SELECT count(*) FROM sqlite_master)",
    "(SELECT 1 UNION SELECT 2)",
    "1 UNION SELECT 2",
    "(VALUES (1))",
    "printf('%999999999d', 1)",
    "format('%d', 1)",
    "zeroblob(1000000000)",
    "hex(zeroblob(1000))",
    "randomblob(1000000000)",
    "random() > 0",
    "replace('a', 'a', 'b')",
    "group_concat(age)",
    "count(*)",
    "sum(age) OVER ()",
    "date('now')",
    "datetime('now')",
    "strftime('%s', 'now')",
    "julianday('now')",
    "current_timestamp",
    "load_extension('x')",
    "sqlite_version()",
    "pragma_table_info('traveller')",
    "(SELECT name FROM pragma_database_list)",
    "json('{}')",
    "'{}' -> 'a'",
    "readfile('x')",
    "writefile('x', 'y')",
    "eval('1')",
    "?1",
    ":age",
    "$age",
    "nowhere = 1",
    "rowid_of(1)",
    "\"nowhere\" = 1",
    "age MATCH 'x'",
    "age REGEXP 'x'",
    "age < 18 /* never closed",
    "age < 18 )",
    "( age < 18",
    "ATTACH 'x' AS y",
    "PRAGMA user_version",
    "RAISE(ABORT, 'x')",
    "'never closed",
    "main.sqlite_master.name = 'x'",
    "instr('a', 'b')",
    "trim(surname, given) = ''",
    "min(1, 2, 3, 4, 5, 6, 7, 8, 9) > age",
};

static void test_rules__abuse_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(abuse) / sizeof(abuse[0]); i++) {
        struct ptn_rules *rules = NULL;
        struct ptn_diag diag = { 0 };

        /* refused for what it is, at its rule's line, and not because the tests beside it fail */
        assert_int_equal(load(around(abuse[i], YES_NO), &rules, &diag).code, PTN_C_BAD_INPUT);
        if (diag.offset != 3)
            fail_msg("%s: line %zu, %s", abuse[i], diag.offset, diag.text);
    }
}

/* An expression that repeats a piece count times, between a head and a tail. */
static const char *repeated(const char *head, const char *piece, unsigned count, const char *tail)
{
    static char text[PTN_RULES_EXPR_LEN_MAX + 512];
    size_t len = (size_t)snprintf(text, sizeof(text), "%s", head);

    for (unsigned i = 0; i < count && len < sizeof(text) - 64; i++)
        len += (size_t)snprintf(text + len, sizeof(text) - len, "%s", piece);
    (void)snprintf(text + len, sizeof(text) - len, "%s", tail);
    return text;
}

static void test_rules__sizes_are_bounded(void **state)
{
    struct ptn_rules *rules = NULL;

    (void)state;
    /* depth, patterns and length */
    assert_refused(repeated("age < 18 AND ", "NOT NOT ", 40, "1"), YES_NO);
    assert_refused(repeated("age < 18 AND 1", "+1", 80, ""), YES_NO);
    assert_refused(repeated("age < 18 AND 'x' NOT LIKE '", "%a", 40, "'"), YES_NO);
    assert_int_equal(
        load(around(repeated("age < 18 AND '", "aaaaaaaa", 520, "' <> ''"), YES_NO), &rules, NULL)
            .code,
        PTN_C_TOO_BIG);
    assert_null(rules);
}

static void test_rules__a_file_whose_own_tests_fail_is_refused(void **state)
{
    (void)state;
    assert_refused("age < 18", "test yes age=18\ntest no age=30\n");
    assert_refused("age < 18", "test yes age=12\ntest no age=17\n");
    assert_refused("age < 18", "test yes age=12\n");
    assert_refused("age < 18", "test no age=30\n");
    assert_refused("age < 18", "test yes age=12\ntest no nowhere=3\n");
    assert_refused("age < 18", "test yes age='12'\ntest no age=30\n");
    assert_refused("age < 18", "test yes age=12x\ntest no age=30\n");
    assert_refused("age < 18", "test yes sex='M\ntest no age=30\n");
    assert_refused("abs(age) > 1", "test yes age=12\ntest no age=30\n");
    /* a text says neither yes nor no */
    assert_refused("iif(age < 18, 'yes', 0)", YES_NO);
}

/* POST-2. */
static void test_rules__malformed_files_are_refused_with_their_line(void **state)
{
    static const struct {
        const char *file;
        size_t line;
    } cases[] = {
        { "", 0 },
        { "rules 1\n", 1 },
        { "postern-rules 2\n", 1 },
        { "postern-rules 1\n", 1 },
        { "postern-rules 1\nversion Demo\n", 2 },
        { "postern-rules 1\nversion a\nversion b\n", 3 },
        { "postern-rules 1\nversion a\nrule A\n", 3 },
        { "postern-rules 1\nversion a\nrule a\n", 3 },
        { "postern-rules 1\nversion a\nrule a\nend\n", 4 },
        { "postern-rules 1\nversion a\nrule a\nleads clear\n", 4 },
        { "postern-rules 1\nversion a\nrule a\nleads stop\nleads stop\n", 5 },
        { "postern-rules 1\nversion a\nrule a\nwhen\n", 4 },
        { "postern-rules 1\nversion a\nrule a\nen\n", 4 },
        { "postern-rules 1\nversion a\nrule a\nen \xff\n", 4 },
        { "postern-rules 1\nversion a\nrule a\nen a\nen b\n", 5 },
        { "postern-rules 1\nversion a\nrule a\ntest maybe\n", 4 },
        { "postern-rules 1\nversion a\nend\n", 3 },
        { "postern-rules 1\nversion a\nrule a\nleads stop\nen a\nsq a\nwhen age<1\ntest yes age=0\n"
          "test no age=1\nend\nrule a\n",
          11 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct ptn_rules *rules = NULL;
        struct ptn_diag diag = { 99, NULL };

        assert_int_equal(load(cases[i].file, &rules, &diag).code, PTN_C_BAD_INPUT);
        assert_null(rules);
        if (diag.offset != cases[i].line)
            fail_msg("case %zu: line %zu, %s", i, diag.offset, diag.text);
        assert_non_null(diag.text);
    }
}

/* ---- running ---- */

static struct ptn_person ana(void)
{
    return (struct ptn_person){
        .surname = PTN_BYTES_LITERAL("SPECIMEN"),
        .given = PTN_BYTES_LITERAL("ANA"),
        .birth = { 1990, 5, 17 },
        .sex = 'F',
        .nationality = "ITA",
        .document = { .kind = PTN_DOCUMENT_PASSPORT,
                      .code = "P",
                      .issuer = "ITA",
                      .number = PTN_BYTES_LITERAL("YA1234567"),
                      .expiry = { 2030, 1, 1 } },
    };
}

static struct ptn_check check_of(const struct ptn_person *person)
{
    return (struct ptn_check){ .own_state = "ALB",
                               .today = { 2026, 11, 24 },
                               .post = PTN_BYTES_LITERAL("TIA"),
                               .person = person,
                               .mrz = PTN_CHECK_MRZ_VALID,
                               .history = { .known = true } };
}

static void test_rules__columns_hold_what_the_check_says(void **state)
{
    static const char *const truths[] = {
        "direction = 'entry'",
        "today = '2026-11-24'",
        "post = 'TIA'",
        "surname = 'SPECIMEN' AND given = 'ANA' AND name IS NULL",
        "birth = '1990-05-17' AND age = 36 AND age = years(birth, today)",
        "sex = 'F'",
        "nationality = 'ITA' AND own_national = 0",
        "document_kind = 'passport' AND document_code = 'P' AND issuer = 'ITA'",
        "number = 'YA1234567'",
        "expiry = '2030-01-01' AND days_to_expiry = days(today, expiry)",
        "mrz = 'valid' AND plate IS NULL",
        "party_adults = 2 AND party_children = 1",
        "permit_kind = 'short-visa' AND permit_issuer = 'ALB'",
        "stay_used = 2 AND stay_left = 88 AND stay_over = 0",
        "entries_30d = 1 AND entries_180d = 3 AND days_since_exit = 10",
    };
    static const struct ptn_stay_event events[] = {
        /* 180 days ago, 179, 30 and 10: the first is outside both windows, the third outside the
           short one */
        { { 2026, 5, 28 }, PTN_STAY_ENTRY, true },   { { 2026, 5, 28 }, PTN_STAY_EXIT, true },
        { { 2026, 5, 29 }, PTN_STAY_ENTRY, true },   { { 2026, 5, 29 }, PTN_STAY_EXIT, true },
        { { 2026, 10, 25 }, PTN_STAY_ENTRY, false }, { { 2026, 10, 25 }, PTN_STAY_EXIT, false },
        { { 2026, 11, 14 }, PTN_STAY_ENTRY, false }, { { 2026, 11, 14 }, PTN_STAY_EXIT, false },
    };
    const struct ptn_check_permit permit = { .kind = PTN_CHECK_PERMIT_SHORT_VISA };
    struct ptn_person person = ana();
    struct ptn_check check = check_of(&person);
    struct ptn_arena *arena = ptn_arena_new(1u << 16);

    (void)state;
    check.party.known = true;
    check.party.adults = 2;
    check.party.children = 1;
    check.permits = &permit;
    check.permit_count = 1;
    check.history.events = events;
    check.history.event_count = 8;
    for (size_t i = 0; i < sizeof(truths) / sizeof(truths[0]); i++) {
        char expr[512];
        struct ptn_rules *rules = NULL;
        struct ptn_diag diag = { 0 };
        const struct ptn_rule_outcome *outcomes = NULL;
        size_t count = 0;

        /* made to pass its own tests by a row that no check gives */
        (void)snprintf(expr, sizeof(expr), "days_to_expiry = -999 OR (%s)", truths[i]);
        if (!ptn_ok(
                load(around(expr, "test yes days_to_expiry=-999\ntest no days_to_expiry=null\n"),
                     &rules, &diag)))
            fail_msg("%s: %s", truths[i], diag.text);
        assert_int_equal(
            ptn_rules_run(rules, &check, AMPLE_US, arena, &outcomes, &count, NULL).code, PTN_C_OK);
        if (count != 1 || outcomes[0].result != PTN_RULE_YES)
            fail_msg("not so: %s", truths[i]);
        assert_true(ptn_bytes_is(outcomes[0].id, "one"));
        assert_true(ptn_bytes_is(outcomes[0].version, "t"));
        ptn_rules_free(rules);
        ptn_arena_clear(arena);
    }
    ptn_arena_free(arena);
}

/* DECIDE-3: abs() prepares and fails on one number only; the rule then says so instead of nothing.
 */
static void test_rules__a_rule_that_fails_on_a_traveller_is_told(void **state)
{
    struct ptn_person person = ana();
    struct ptn_check check = check_of(&person);
    struct ptn_arena *arena = ptn_arena_new(1u << 16);
    struct ptn_rules *rules = NULL;
    const struct ptn_rule_outcome *outcomes = NULL;
    size_t count = 0;

    (void)state;
    assert_int_equal(
        load(around("age < 18 OR abs(-9223372036854775807 - 1 - own_national) > 0", YES_NO), &rules,
             NULL)
            .code,
        PTN_C_OK);
    assert_int_equal(ptn_rules_run(rules, &check, AMPLE_US, arena, &outcomes, &count, NULL).code,
                     PTN_C_OK);
    assert_int_equal(count, 1);
    assert_int_equal(outcomes[0].result, PTN_RULE_FAILED);
    ptn_rules_free(rules);
    ptn_arena_free(arena);
}

static void test_rules__no_time_left_is_told_for_each_rule(void **state)
{
    struct ptn_person person = ana();
    struct ptn_check check = check_of(&person);
    struct ptn_arena *arena = ptn_arena_new(1u << 16);
    struct ptn_rules *rules = NULL;
    const struct ptn_rule_outcome *outcomes = NULL;
    size_t count = 0;

    (void)state;
    assert_int_equal(load(around("age < 18", YES_NO), &rules, NULL).code, PTN_C_OK);
    assert_int_equal(ptn_rules_run(rules, &check, -1, arena, &outcomes, &count, NULL).code,
                     PTN_C_OK);
    assert_int_equal(count, 1);
    assert_int_equal(outcomes[0].result, PTN_RULE_LATE);
    /* and the next traveller is served as if nothing had been */
    assert_int_equal(ptn_rules_run(rules, &check, AMPLE_US, arena, &outcomes, &count, NULL).code,
                     PTN_C_OK);
    assert_int_equal(count, 0);
    ptn_rules_free(rules);
    ptn_arena_free(arena);
}

/* What this thread itself has worked: a machine busy with others takes nothing from it. */
static int64_t thread_us(void)
{
    struct timespec now = { 0 };

    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static const char two_rules[] =
    "postern-rules 1\nversion t\n"
    "rule a\nleads refer\nen A.\nsq B.\nwhen age > 30 AND surname LIKE 'spec%'\n"
    "test yes age=31 surname='SPECIMEN'\ntest no age=30 surname='SPECIMEN'\nend\n"
    "rule b\nleads stop\nen A.\nsq B.\nwhen lower(surname) || given = 'x'\n"
    "test yes surname='X' given=''\ntest no surname='Y' given='Z'\nend\n";

/* A world whose clock jumps on its nth look, as for a thread that had to wait. */
struct jumping {
    int64_t now_us;
    unsigned looks;
    unsigned jump_at;
};

static int64_t jumping_clock(void *context)
{
    struct jumping *jumping = context;

    if (++jumping->looks == jumping->jump_at)
        jumping->now_us += 60000000;
    return ++jumping->now_us;
}

static void test_rules__one_wait_for_a_processor_makes_no_rule_late(void **state)
{
    struct jumping jumping = { 0 };
    struct ptn_world world = { .context = &jumping, .monotonic_us = jumping_clock };
    struct ptn_person person = ana();
    struct ptn_check check = check_of(&person);
    struct ptn_arena *arena = ptn_arena_new(1u << 16);
    struct ptn_rules *rules = NULL;
    const struct ptn_rule_outcome *outcomes = NULL;
    size_t count = 0;

    (void)state;
    assert_int_equal(ptn_rules_load(&world, ptn_bytes_from_text(two_rules), &rules, NULL).code,
                     PTN_C_OK);
    for (unsigned jump_at = 1; jump_at < 6; jump_at++) {
        jumping.looks = 0;
        jumping.jump_at = jump_at;
        assert_int_equal(
            ptn_rules_run(rules, &check, PTN_RULES_BUDGET_US, arena, &outcomes, &count, NULL).code,
            PTN_C_OK);
        assert_int_equal(count, 1);
        assert_int_equal(outcomes[0].result, PTN_RULE_YES);
    }
    ptn_rules_free(rules);
    ptn_arena_free(arena);
}

/* The longest texts that can be made of a row, searched as badly as the allow-list and the limits
 * let one. */
static void test_rules__the_worst_single_step_stays_short(void **state)
{
#define EIGHT                                                                                      \
    "(surname || surname || surname || surname || surname || surname || surname || surname)"
#define LONG "(" EIGHT "||" EIGHT ")"
    static const char *const worst[] = {
        LONG " LIKE '%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%b'",
        LONG " LIKE '%_%_%_%_%_%_%_%_%_%_%_%_%_%_%_%b'",
        LONG " GLOB '*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b'",
        LONG " GLOB '*[!b]*[!b]*[!b]*[!b]*[!b]*[!b]*[!b]*b'",
        LONG " GLOB '*[ab][ab][ab][ab][ab][ab][ab][ab][ab][ab][ab][ab][ab][ab][ab]c'",
        LONG " GLOB '*aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa[!a]'",
        LONG " LIKE '%aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab'",
        "lower(upper(" LONG ")) = 'x'",
        "substr(" LONG ", length(" LONG ") - 1) = 'x'",
    };
    char letters[513];
    struct ptn_person person = ana();
    struct ptn_check check = check_of(&person);
    struct ptn_arena *arena = ptn_arena_new(1u << 16);

    (void)state;
    memset(letters, 'a', sizeof(letters) - 1);
    letters[512] = '\0';
    person.surname = ptn_bytes_from_text(letters);
    for (size_t i = 0; i < sizeof(worst) / sizeof(worst[0]); i++) {
        char expr[PTN_RULES_EXPR_LEN_MAX];
        struct ptn_rules *rules = NULL;
        const struct ptn_rule_outcome *outcomes = NULL;
        size_t count = 0;
        int64_t best_us = INT64_MAX;

        (void)snprintf(expr, sizeof(expr), "age < 18 OR (age = 36 AND %s)", worst[i]);
        assert_int_equal(load(around(expr, YES_NO), &rules, NULL).code, PTN_C_OK);
        for (unsigned again = 0; again < 3; again++) {
            int64_t start_us = thread_us();
            int64_t took_us;

            assert_int_equal(
                ptn_rules_run(rules, &check, PTN_RULES_BUDGET_US, arena, &outcomes, &count, NULL)
                    .code,
                PTN_C_OK);
            took_us = thread_us() - start_us;
            best_us = took_us < best_us ? took_us : best_us;
            ptn_arena_clear(arena);
        }
        print_message("# %lld us: %.40s\n", (long long)best_us,
                      strstr(worst[i], "||") == NULL ? worst[i] : strrchr(worst[i], ')'));
        if (best_us > 50000)
            fail_msg("%s: %lld us", worst[i], (long long)best_us);
        ptn_rules_free(rules);
    }
    ptn_arena_free(arena);
#undef LONG
#undef EIGHT
}

static void test_rules__the_shipped_demonstration_rules_load(void **state)
{
    static uint8_t bytes[1u << 16];
    FILE *file = fopen("data/rules/demo.rules", "rb");
    struct ptn_rules *rules = NULL;
    struct ptn_diag diag = { 0 };
    size_t len;

    (void)state;
    assert_non_null(file);
    len = fread(bytes, 1, sizeof(bytes), file);
    (void)fclose(file);
    if (!ptn_ok(ptn_rules_load(ptn_world_real(), ptn_bytes_of(bytes, len), &rules, &diag)))
        fail_msg("line %zu: %s", diag.offset, diag.text);
    assert_int_equal(ptn_rules_count(rules), 3);
    assert_true(ptn_bytes_is(ptn_rules_version(rules), "demo-1"));
    ptn_rules_free(rules);
}

/* ---- no memory ---- */

/* SQLite's own allocations, the nth of which can be made to fail. Set up once, before SQLite
 * starts. */
static sqlite3_mem_methods real_memory;
static unsigned long memory_left; /* 0: never fails */
static bool memory_failed;

static bool memory_due(void)
{
    if (memory_left == 0 || --memory_left > 0)
        return false;
    memory_failed = true;
    return true;
}

static void *faulty_malloc(int size)
{
    return memory_due() ? NULL : real_memory.xMalloc(size);
}

static void *faulty_realloc(void *at, int size)
{
    return memory_due() ? NULL : real_memory.xRealloc(at, size);
}

static void fail_sqlite_at(unsigned long nth)
{
    memory_left = nth;
    memory_failed = false;
}

static void test_rules__loading_fails_clean_at_every_allocation(void **state)
{
    struct ptn_status status = { PTN_C_NO_MEMORY };
    struct ptn_rules *rules = NULL;
    unsigned long nth = 0;

    (void)state;
    do {
        fault_allocation(++nth, FAULT_ONCE);
        status = load(two_rules, &rules, NULL);
        if (fault_off()) {
            assert_int_equal(status.code, PTN_C_NO_MEMORY);
            assert_null(rules);
        }
    } while (!ptn_ok(status));
    assert_true(nth > 3);
    ptn_rules_free(rules);
    rules = NULL;
    nth = 0;
    do {
        fail_sqlite_at(++nth);
        status = load(two_rules, &rules, NULL);
        memory_left = 0;
        assert_true(memory_failed == !ptn_ok(status) || ptn_ok(status));
        if (!ptn_ok(status)) {
            assert_true(status.code == PTN_C_NO_MEMORY || status.code == PTN_C_TOO_BIG);
            assert_null(rules);
        } else if (memory_failed) { /* SQLite could do without that one */
            ptn_rules_free(rules);
            rules = NULL;
            status.code = PTN_C_NO_MEMORY;
        }
    } while (!ptn_ok(status));
    assert_true(nth > 20);
    ptn_rules_free(rules);
}

/* DECIDE-3: whatever allocation fails while rules run, each rule says yes, no or that it failed. */
static void test_rules__running_without_memory_is_told(void **state)
{
    struct ptn_person person = ana();
    struct ptn_check check = check_of(&person);
    struct ptn_arena *arena = ptn_arena_new(1u << 16);
    struct ptn_rules *rules = NULL;
    unsigned long nth = 0;
    bool seen = false;

    (void)state;
    do {
        const struct ptn_rule_outcome *outcomes = NULL;
        size_t count = 0;

        /* a fresh connection each time: a warm one allocates next to nothing */
        assert_int_equal(load(two_rules, &rules, NULL).code, PTN_C_OK);
        fail_sqlite_at(++nth);
        assert_int_equal(ptn_rules_run(rules, &check, 1000000, arena, &outcomes, &count, NULL).code,
                         PTN_C_OK);
        memory_left = 0;
        assert_true(count >= 1);
        assert_true(outcomes[0].result == PTN_RULE_YES || outcomes[0].result == PTN_RULE_FAILED);
        seen = seen || outcomes[0].result == PTN_RULE_FAILED ||
               (count == 2 && outcomes[1].result == PTN_RULE_FAILED);
        ptn_rules_free(rules);
        ptn_arena_clear(arena);
    } while (memory_failed);
    assert_true(nth == 1 || seen);
    ptn_arena_free(arena);
}

/* ---- heightened checks: RULES-3 ---- */

/* A rule that meets everybody, with these lines beside. */
static const char *with_lines(const char *lines)
{
    static char file[4096];

    (void)snprintf(file, sizeof(file),
                   "postern-rules 1\nversion t\nrule one\nleads refer\n%sen A.\nsq B.\n"
                   "when coalesce(age, 99) > 18\ntest yes age=19\ntest no age=18\nend\n",
                   lines);
    return file;
}

static size_t met_on(struct ptn_rules *rules, struct ptn_date today, const char *post)
{
    struct ptn_person person = ana();
    struct ptn_check check = check_of(&person);
    struct ptn_arena *arena = ptn_arena_new(1u << 16);
    const struct ptn_rule_outcome *outcomes = NULL;
    size_t count = 0;

    check.today = today;
    check.post = ptn_bytes_from_text(post);
    assert_int_equal(ptn_rules_run(rules, &check, AMPLE_US, arena, &outcomes, &count, NULL).code,
                     PTN_C_OK);
    ptn_arena_free(arena);
    return count;
}

static void test_rules__a_heightened_check_is_run_where_and_while_it_is_meant(void **state)
{
    static const struct {
        struct ptn_date today;
        const char *post;
        bool run;
    } cases[] = {
        { { 2026, 11, 29 }, "airport", false }, { { 2026, 11, 30 }, "airport", true },
        { { 2026, 12, 1 }, "durres", true },    { { 2026, 12, 2 }, "airport", true },
        { { 2026, 12, 3 }, "airport", false }, /* over by itself */
        { { 2026, 12, 1 }, "air", false },      { { 2026, 12, 1 }, "airport2", false },
        { { 2026, 12, 1 }, "", false },
    };
    struct ptn_heightened found;
    struct ptn_rules *rules = NULL;

    (void)state;
    assert_int_equal(
        load(with_lines("days 2026-11-30 2026-12-02\nposts airport durres\n"), &rules, NULL).code,
        PTN_C_OK);
    assert_true(ptn_rules_has_days(rules, 0));
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(met_on(rules, cases[i].today, cases[i].post), cases[i].run ? 1 : 0);
        assert_int_equal(ptn_rules_heightened(rules, 0, cases[i].today,
                                              ptn_bytes_from_text(cases[i].post), &found),
                         cases[i].run);
    }
    assert_true(ptn_rules_heightened(rules, 0, (struct ptn_date){ 2026, 12, 1 },
                                     PTN_BYTES_LITERAL("airport"), &found));
    assert_true(ptn_bytes_is(found.id, "one") && ptn_bytes_is(found.text, "A.") &&
                ptn_bytes_is(found.text_sq, "B."));
    /* tried on last month's travellers: the days do not count, the places do */
    ptn_rules_any_day(rules);
    assert_int_equal(met_on(rules, (struct ptn_date){ 2026, 10, 1 }, "airport"), 1);
    assert_int_equal(met_on(rules, (struct ptn_date){ 2026, 10, 1 }, "saranda"), 0);
    ptn_rules_free(rules);
}

static void test_rules__days_and_posts_are_written_as_they_are_read(void **state)
{
    static const char *const fine[] = { "days 2026-11-30 2026-11-30\n", "posts airport\n",
                                        "days 2026-01-01 2026-04-02\nposts a b c-1.x\n" };
    struct ptn_heightened found;

    (void)state;
    for (size_t i = 0; i < sizeof(fine) / sizeof(fine[0]); i++) {
        struct ptn_buffer out = { .len_max = 4096 };
        struct ptn_rules *rules = NULL;

        assert_int_equal(load(with_lines(fine[i]), &rules, NULL).code, PTN_C_OK);
        assert_int_equal(ptn_rules_write(rules, 0, PTN_BYTES_NONE, &out).code, PTN_C_OK);
        assert_true(ptn_bytes_is(ptn_buffer_bytes(&out), strstr(with_lines(fine[i]), "rule one")));
        ptn_buffer_release(&out);
        ptn_rules_free(rules);
    }
    { /* of one that leads to a report nothing is said to a lane */
        struct ptn_rules *rules = NULL;

        assert_int_equal(load("postern-rules 1\nversion t\nrule one\nleads report\ndays 2026-11-30 "
                              "2026-11-30\nen A.\nsq B.\nwhen age > 18\ntest yes age=19\ntest no "
                              "age=18\nend\n",
                              &rules, NULL)
                             .code,
                         PTN_C_OK);
        assert_false(ptn_rules_heightened(rules, 0, (struct ptn_date){ 2026, 11, 30 },
                                          PTN_BYTES_LITERAL("TIA"), &found));
        ptn_rules_free(rules);
    }
}

static void test_rules__days_and_posts_that_are_none_are_refused(void **state)
{
    static const char *const bad[] = {
        "days\n",
        "days 2026-11-30\n",
        "days 2026-11-30 2026-11-29\n", /* over before it begins */
        "days 2026-11-30 2026-XX-XX\n",
        "days 2026-01-01 2026-04-03\n", /* 93 days */
        "days 2026-11-30 2026-12-01 2026-12-02\n",
        "days 2026-11-30 2026-12-01\ndays 2026-11-30 2026-12-01\n",
        "posts\n",
        "posts Airport\n",
        "posts a  b\n",
        "posts a\tb\n",
        "posts a\nposts b\n",
        "posts a b c d e f g h i j k l m n o p q\n", /* seventeen */
    };

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct ptn_rules *rules = NULL;
        struct ptn_diag diag = { 0 };

        assert_int_equal(load(with_lines(bad[i]), &rules, &diag).code, PTN_C_BAD_INPUT);
        assert_true(diag.offset >= 5);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rules__a_heightened_check_is_run_where_and_while_it_is_meant),
        cmocka_unit_test(test_rules__days_and_posts_are_written_as_they_are_read),
        cmocka_unit_test(test_rules__days_and_posts_that_are_none_are_refused),
        cmocka_unit_test(test_rules__expressions_that_are_fine),
        cmocka_unit_test(test_rules__abuse_is_refused),
        cmocka_unit_test(test_rules__sizes_are_bounded),
        cmocka_unit_test(test_rules__a_file_whose_own_tests_fail_is_refused),
        cmocka_unit_test(test_rules__malformed_files_are_refused_with_their_line),
        cmocka_unit_test(test_rules__columns_hold_what_the_check_says),
        cmocka_unit_test(test_rules__a_rule_that_fails_on_a_traveller_is_told),
        cmocka_unit_test(test_rules__no_time_left_is_told_for_each_rule),
        cmocka_unit_test(test_rules__one_wait_for_a_processor_makes_no_rule_late),
        cmocka_unit_test(test_rules__the_worst_single_step_stays_short),
        cmocka_unit_test(test_rules__loading_fails_clean_at_every_allocation),
        cmocka_unit_test(test_rules__running_without_memory_is_told),
        cmocka_unit_test(test_rules__the_shipped_demonstration_rules_load),
    };

    sqlite3_mem_methods faulty;

    (void)sqlite3_config(SQLITE_CONFIG_GETMALLOC, &real_memory);
    faulty = real_memory;
    faulty.xMalloc = faulty_malloc;
    faulty.xRealloc = faulty_realloc;
    (void)sqlite3_config(SQLITE_CONFIG_MALLOC, &faulty);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
