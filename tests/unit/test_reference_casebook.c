/* Goal: the second line's files are read row by row, strictly, and the shipped ones are whole. */
#include "reference/casebook.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void test_casebook__the_shipped_files_are_whole(void **state)
{
    static const char *const kinds[] = { "match",      "document", "identity",
                                         "conditions", "minor",    "trafficking",
                                         "protection", "vehicle",  "unwell" };
    struct ptn_casebook book = { 0 };

    (void)state;
    for (unsigned i = 0; i < PTN_CASEBOOK_FILE_COUNT; i++)
        assert_true(ptn_ok(
            ptn_casebook_read(&book, ptn_casebook_shipped((enum ptn_casebook_file)i), NULL)));
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        struct ptn_bytes kind = ptn_bytes_from_text(kinds[i]);
        const struct ptn_casebook_end *refused =
            ptn_casebook_end(&book, kind, PTN_BYTES_LITERAL("refused"));

        assert_true(ptn_casebook_urgency(&book, kind).len > 0);
        /* whoever asks for protection is handed over, whatever brought them here */
        assert_true(strcmp(kinds[i], "trafficking") == 0 ||
                    ptn_casebook_end(&book, kind, PTN_BYTES_LITERAL("protection")) != NULL);
        assert_true(refused == NULL || refused->people == 2);
    }
    assert_null(
        ptn_casebook_end(&book, PTN_BYTES_LITERAL("protection"), PTN_BYTES_LITERAL("refused")));
    assert_int_equal(book.ground_count, 9);
    for (size_t i = 0; i < 9; i++)
        assert_non_null(ptn_casebook_ground(&book, ptn_bytes_of(&"ABCDEFGHI"[i], 1)));
    assert_true(book.form_count >= 8);
    ptn_casebook_release(&book);
}

static void test_casebook__a_bad_row_is_named_by_its_line(void **state)
{
    static const char *const bad[] = {
        "end\tmatch\tadmitted\t3",
        "end\tmatch\tadmitted",
        "check\tmatch\tpoint\tshall\tEnglish\tShqip",
        "check\tmatch\tpoint\tmust\tEnglish",
        "check\tma tch\tpoint\tmust\tEnglish\tShqip",
        "ground\tA\tEnglish\t",
        "form\ttitle\tEnglish\tShqip\tmore",
        "urgency\tmatch",
        "other\tmatch\tx",
        "check\tmatch\tpoint\tmust\tEnglish\t\xff",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct ptn_casebook book = { 0 };
        struct ptn_diag diag = { 0 };
        char text[200] = "# comment\n\n";

        strcat(text, bad[i]);
        assert_int_equal(ptn_casebook_read(&book, ptn_bytes_from_text(text), &diag).code,
                         PTN_C_BAD_INPUT);
        assert_int_equal(diag.offset, 3);
        ptn_casebook_release(&book);
    }
}

static void test_casebook__nothing_is_there_twice(void **state)
{
    static const char *const twice[] = {
        "end\tmatch\tadmitted\t1\n",
        "check\tmatch\tpoint\tmust\tEnglish\tShqip\n",
        "ground\tA\tEnglish\tShqip\n",
        "urgency\tmatch\tsoon\n",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(twice) / sizeof(twice[0]); i++) {
        struct ptn_casebook book = { 0 };

        assert_true(ptn_ok(ptn_casebook_read(&book, ptn_bytes_from_text(twice[i]), NULL)));
        assert_int_equal(ptn_casebook_read(&book, ptn_bytes_from_text(twice[i]), NULL).code,
                         PTN_C_BAD_INPUT);
        ptn_casebook_release(&book);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_casebook__the_shipped_files_are_whole),
        cmocka_unit_test(test_casebook__a_bad_row_is_named_by_its_line),
        cmocka_unit_test(test_casebook__nothing_is_there_twice),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
