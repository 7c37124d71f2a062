/* Goal: rare ties weigh, common ones do not, whatever changed is said; and nobody is ever named. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "incident/compare.h"

#define ARENA_MAX (4u << 20)
#define CLUE(class, key, value)                                                                    \
    "{\"class\":\"" class "\",\"key\":\"" key "\",\"value\":\"" value "\"}"
#define FILE_OF(a, b)                                                                              \
    "{\"incidents\":[{\"id\":\"A\",\"observations\":[" a "]},{\"id\":\"B\",\"observations\":[" b   \
    "]}]}"
#define RATES                                                                                      \
    "attack_id\tname\tactors_using\tactors_total\tshare\n"                                         \
    "S1\tGREYMOTH\t2\t224\t0.01\nS2\tHALFRARE\t8\t224\t0.03\nS3\tEVERYBODY\t99\t224\t0.44\n"       \
    "T1\tRare way\t3\t224\t0.01\n"

/* Compare the file's two incidents; the JSON is Owned: free. */
static char *compare(const char *file, const char *warning)
{
    struct ptn_arena *arena = ptn_arena_new(ARENA_MAX);
    struct ptn_incident incidents[4];
    struct ptn_bytes ignored[16];
    struct ptn_compare_with with = { .ignored = ignored };
    struct ptn_comparison comparison;
    struct ptn_buffer out = { .len_max = 1u << 20 };
    struct ptn_json json = { .out = &out };
    struct ptn_diag diag = { 0 };
    size_t count = 0;

    assert_true(ptn_ok(ptn_rates_read(PTN_BYTES_LITERAL(RATES), arena, &with.rates, &diag)));
    if (warning != NULL)
        assert_true(ptn_ok(ptn_warning_list_read(ptn_bytes_from_text(warning), arena, ignored, 16,
                                                 &with.ignored_count, &diag)));
    if (!ptn_ok(ptn_incidents_read(ptn_bytes_from_text(file), arena, incidents, 4, &count, &diag)))
        fail_msg("%s at %zu", diag.text, diag.offset);
    assert_int_equal(count, 2);
    assert_true(ptn_ok(ptn_compare(&incidents[0], &incidents[1], &with, arena, &comparison)));
    ptn_comparison_write(&comparison, &json);
    assert_true(ptn_ok(ptn_json_end(&json)));
    assert_true(ptn_ok(ptn_buffer_add(&out, PTN_BYTES_LITERAL("\0"))));
    ptn_arena_free(arena);
    return (char *)out.at;
}

static void test_compare__each_class_weighs_what_it_is_worth(void **state)
{
    static const struct {
        const char *a, *b;
        const char *warning;
        const char *said;
    } cases[] = {
        { CLUE("secret", "k", "v"), CLUE("secret", "k", "v"), NULL, "\"shared_strong\":[\"k\"]" },
        { CLUE("signing", "k", "v"), CLUE("signing", "k", "v"), NULL, "\"shared_strong\":[\"k\"]" },
        { CLUE("code", "k", "v"), CLUE("code", "k", "v"), NULL, "\"shared_some\":[\"k\"]" },
        { CLUE("message", "k", "v"), CLUE("message", "k", "v"), NULL, "\"shared_some\":[\"k\"]" },
        { CLUE("mutable", "k", "v"), CLUE("mutable", "k", "w"), NULL, "\"changed\":[\"k\"]" },
        { CLUE("secret", "k", "v"), CLUE("secret", "l", "v"), NULL,
          "\"not_comparable\":[\"k\",\"l\"]" },
        { CLUE("commodity", "k", "v (perhaps)"), CLUE("commodity", "l", "w"), NULL,
          "\"no_weight\":[\"v\",\"w\"]" },
        { CLUE("commodity", "k", "v"), CLUE("commodity", "k", "v"), NULL,
          "\"likeness\":\"not-shown\"" },
        /* a tool, by how many use it */
        { CLUE("campaign-tool", "k", "greymoth"), CLUE("campaign-tool", "k", "GREYMOTH (new)"),
          NULL, "\"shared_strong\":[\"k\"]" },
        { CLUE("campaign-tool", "k", "HALFRARE"), CLUE("campaign-tool", "k", "HALFRARE"), NULL,
          "\"shared_some\":[\"k\"]" },
        { CLUE("campaign-tool", "k", "EVERYBODY"), CLUE("campaign-tool", "k", "EVERYBODY"), NULL,
          "\"no_weight\":[\"EVERYBODY\"]" },
        { CLUE("campaign-tool", "k", "NEVERSEEN"), CLUE("campaign-tool", "k", "NEVERSEEN"), NULL,
          "\"shared_strong\":[\"k\"]" },
        /* a technique never ties strongly, and a common one not at all */
        { CLUE("technique", "k", "T1"), CLUE("technique", "k", "T1"), NULL,
          "\"shared_some\":[\"k\"]" },
        { CLUE("technique", "k", "T9"), CLUE("technique", "k", "T9"), NULL,
          "\"no_weight\":[\"T9\"]" },
        /* what a warning list names */
        { CLUE("infrastructure", "k", "10.1.2.3"), CLUE("infrastructure", "k", "10.1.2.3"), NULL,
          "\"shared_some\":[\"k\"]" },
        { CLUE("infrastructure", "k", "10.1.2.3"), CLUE("infrastructure", "k", "10.1.2.3"),
          "{\"list\":[\"10.0.0.0/8\"]}", "\"no_weight\":[\"10.1.2.3\"]" },
        { CLUE("infrastructure", "k", "11.1.2.3"), CLUE("infrastructure", "k", "11.1.2.3"),
          "{\"list\":[\"10.0.0.0/8\"]}", "\"shared_some\":[\"k\"]" },
        { CLUE("hash", "k", "AA"), CLUE("hash", "k", "AA"), "{\"list\":[\"aa\"]}",
          "\"no_weight\":[\"AA\"]" },
        { CLUE("hash", "k", "ab") "," CLUE("hash", "k", "ac"), CLUE("hash", "k", "ac"), NULL,
          "\"hash_overlap\":1" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char file[1024];
        char *json;

        (void)snprintf(file, sizeof(file),
                       "{\"incidents\":[{\"id\":\"A\",\"observations\":[%s]},"
                       "{\"id\":\"B\",\"observations\":[%s]}]}",
                       cases[i].a, cases[i].b);
        json = compare(file, cases[i].warning);
        if (strstr(json, cases[i].said) == NULL)
            fail_msg("case %zu wants %s: %s", i, cases[i].said, json);
        free(json);
    }
}

static void test_compare__one_strong_class_is_no_toolkit(void **state)
{
    char *one = compare(FILE_OF(CLUE("secret", "k", "v") "," CLUE("secret", "l", "v"),
                                CLUE("secret", "k", "v") "," CLUE("secret", "l", "v")),
                        NULL);
    char *two = compare(FILE_OF(CLUE("secret", "k", "v") "," CLUE("signing", "l", "v"),
                                CLUE("secret", "k", "v") "," CLUE("signing", "l", "v")),
                        NULL);

    (void)state;
    assert_non_null(strstr(one, "\"likeness\":\"some-ties\""));
    assert_non_null(strstr(two, "\"likeness\":\"same-toolkit\""));
    free(one);
    free(two);
}

static void test_compare__evidence_against_is_never_left_empty(void **state)
{
    char *none = compare(FILE_OF(CLUE("secret", "k", "v"), CLUE("secret", "k", "v")), NULL);
    char *some = compare(FILE_OF(CLUE("signing", "k", "v"), CLUE("signing", "k", "w")), NULL);

    (void)state;
    assert_non_null(strstr(none, "\"against\":[\"nothing that both have differs"));
    assert_non_null(strstr(some, "\"against\":[{\"class\":\"signing\",\"key\":\"k\""));
    free(none);
    free(some);
}

/* Which of the two is named first changes nothing but the order. */
static void test_compare__likeness_is_symmetric(void **state)
{
    static const char *const classes[] = { "secret", "code", "signing", "commodity", "hash" };

    (void)state;
    for (size_t i = 0; i < 25; i++) {
        char there[512], back[512];
        char *a, *b;

        (void)snprintf(there, sizeof(there), FILE_OF(CLUE("%s", "k", "v"), CLUE("%s", "k", "v")),
                       classes[i % 5], classes[i / 5]);
        (void)snprintf(back, sizeof(back), FILE_OF(CLUE("%s", "k", "v"), CLUE("%s", "k", "v")),
                       classes[i / 5], classes[i % 5]);
        a = compare(there, NULL);
        b = compare(back, NULL);
        assert_string_equal(strstr(a, "\"likeness\""), strstr(b, "\"likeness\""));
        free(a);
        free(b);
    }
}

static void test_compare__bad_files_are_refused(void **state)
{
    static const char *const files[] = {
        "",
        "{",
        "[]",
        "{\"incidents\":{}}",
        "{\"incidents\":[{\"observations\":[]}]}",
        "{\"incidents\":[{\"id\":\"A\"}]}",
        "{\"incidents\":[{\"id\":\"A\",\"observations\":[{}]}]}",
        "{\"incidents\":[{\"id\":\"A\",\"observations\":[" CLUE("magic", "k", "v") "]}]}",
        "{\"incidents\":[{\"id\":\"A\",\"observations\":[" CLUE("secret", "", "v") "]}]}",
    };
    struct ptn_arena *arena = ptn_arena_new(ARENA_MAX);
    struct ptn_incident incidents[4];
    struct ptn_rates rates;
    size_t count = 0;

    (void)state;
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
        assert_int_equal(
            ptn_incidents_read(ptn_bytes_from_text(files[i]), arena, incidents, 4, &count, NULL)
                .code,
            PTN_C_BAD_INPUT);
    assert_int_equal(
        ptn_rates_read(PTN_BYTES_LITERAL("head\nS1\tX\tmany\t224\n"), arena, &rates, NULL).code,
        PTN_C_BAD_INPUT);
    ptn_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_compare__each_class_weighs_what_it_is_worth),
        cmocka_unit_test(test_compare__one_strong_class_is_no_toolkit),
        cmocka_unit_test(test_compare__evidence_against_is_never_left_empty),
        cmocka_unit_test(test_compare__likeness_is_symmetric),
        cmocka_unit_test(test_compare__bad_files_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
