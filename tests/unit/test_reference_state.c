/* tests/unit/test_reference_state.c -- reference/state: codes as documents print them. */
#include "reference/state.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static void test_state__every_row_is_found_by_its_codes(void **state)
{
    size_t count;
    const struct ptn_state *all = ptn_state_all(&count);

    (void)state;
    assert_true(count > 270);
    for (size_t i = 0; i < count; i++) {
        assert_ptr_equal(ptn_state_find(all[i].alpha3), &all[i]);
        assert_true(all[i].name[0] != '\0' && all[i].name_sq[0] != '\0');
        if (all[i].alpha2[0] != '\0')
            assert_ptr_equal(ptn_state_find_alpha2(all[i].alpha2), &all[i]);
        assert_true(i == 0 || strcmp(all[i - 1].alpha3, all[i].alpha3) < 0);
    }
}

static void test_state__icao_codes_have_their_kind(void **state)
{
    static const struct {
        const char *code;
        enum ptn_state_kind kind;
    } cases[] = {
        { "ALB", PTN_STATE_COUNTRY },      { "D", PTN_STATE_COUNTRY },
        { "RKS", PTN_STATE_COUNTRY },      { "GBD", PTN_STATE_BRITISH },
        { "GBN", PTN_STATE_BRITISH },      { "GBO", PTN_STATE_BRITISH },
        { "GBP", PTN_STATE_BRITISH },      { "GBS", PTN_STATE_BRITISH },
        { "EUE", PTN_STATE_ORGANISATION }, { "UNO", PTN_STATE_ORGANISATION },
        { "UNA", PTN_STATE_ORGANISATION }, { "UNK", PTN_STATE_ORGANISATION },
        { "XOM", PTN_STATE_ORGANISATION }, { "XPO", PTN_STATE_ORGANISATION },
        { "XXA", PTN_STATE_PERSON },       { "XXB", PTN_STATE_PERSON },
        { "XXC", PTN_STATE_PERSON },       { "XXX", PTN_STATE_PERSON },
        { "ANT", PTN_STATE_FORMER },       { "NTZ", PTN_STATE_FORMER },
        { "UTO", PTN_STATE_SPECIMEN },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct ptn_state *found = ptn_state_find(cases[i].code);

        assert_non_null(found);
        assert_int_equal(found->kind, cases[i].kind);
        assert_string_equal(found->alpha3, cases[i].code);
    }
}

static void test_state__germany_has_two_codes_and_one_row(void **state)
{
    (void)state;
    assert_ptr_equal(ptn_state_find("D"), ptn_state_find("DEU"));
    assert_ptr_equal(ptn_state_find("D"), ptn_state_find_alpha2("DE"));
    assert_string_equal(ptn_state_find("DEU")->alpha3, "D");
    assert_string_equal(ptn_state_find("RKS")->alpha2, "XK");
}

static void test_state__unknown_codes_are_unknown(void **state)
{
    static const char *const codes[] = { "",    "A",   "AL",  "ALBA", "alb",     "AL<",
                                         "ZZZ", "A1B", "D<<", "DEV",  "ALA\x80", "XXD",
                                         "@@@", "[[[", "A[A", "A@A" };

    (void)state;
    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
        assert_null(ptn_state_find(codes[i]));
    assert_null(ptn_state_find(NULL));
    assert_null(ptn_state_find_alpha2(NULL));
    assert_null(ptn_state_find_alpha2(""));
    assert_null(ptn_state_find_alpha2("A"));
    assert_null(ptn_state_find_alpha2("ALB"));
    assert_null(ptn_state_find_alpha2("ZZ"));
    assert_null(ptn_state_find_alpha2("a!"));
}

static void test_state__names_are_in_two_languages(void **state)
{
    const struct ptn_state *albania = ptn_state_find("ALB");

    (void)state;
    assert_string_equal(ptn_state_name(albania, "en"), "Albania");
    assert_string_equal(ptn_state_name(albania, "sq"), "Shqipëri");
    assert_string_equal(ptn_state_name(albania, "it"), "Albania");
    assert_string_equal(ptn_state_name(albania, NULL), "Albania");
}

static void test_state__canonical_code_joins_what_rules_count_together(void **state)
{
    (void)state;
    assert_string_equal(ptn_state_canonical("DEU"), "D");
    assert_string_equal(ptn_state_canonical("D"), "D");
    assert_string_equal(ptn_state_canonical("GBN"), "GBR");
    assert_string_equal(ptn_state_canonical("ITA"), "ITA");
    assert_string_equal(ptn_state_canonical("ZZZ"), "ZZZ");
}

/* Every code of the shared list, which was read from the standard independently of our table. */
static void test_state__shared_codes_are_all_known(void **state)
{
    const char *shared = getenv("POSTERN_SHARED");
    char path[4096], line[512];
    unsigned count = 0;
    FILE *file;

    (void)state;
    (void)snprintf(path, sizeof(path), "%s/data/documents/codes.tsv",
                   shared != NULL ? shared : "../shared");
    file = fopen(path, "r");
    if (file == NULL) {
        (void)printf("# skipped: no shared data\n");
        return;
    }
    while (fgets(line, sizeof(line), file) != NULL) {
        line[strcspn(line, "\t\n")] = '\0';
        if (strcmp(line, "alpha3") == 0)
            continue;
        assert_non_null(ptn_state_find(line));
        count++;
    }
    (void)fclose(file);
    assert_int_equal(count, 279);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_state__every_row_is_found_by_its_codes),
        cmocka_unit_test(test_state__icao_codes_have_their_kind),
        cmocka_unit_test(test_state__germany_has_two_codes_and_one_row),
        cmocka_unit_test(test_state__unknown_codes_are_unknown),
        cmocka_unit_test(test_state__names_are_in_two_languages),
        cmocka_unit_test(test_state__canonical_code_joins_what_rules_count_together),
        cmocka_unit_test(test_state__shared_codes_are_all_known),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
