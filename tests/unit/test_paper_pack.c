/* Goal: a pack is one PDF that says which pack it is; the same plan gives the same code, another
 * list another. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "paper/pack.h"

static struct ptn_pack_plan good_plan(struct ptn_pack_row rows[2])
{
    rows[0] =
        (struct ptn_pack_row){ PTN_BYTES_LITERAL("SPECIMEN LISTED"), PTN_BYTES_LITERAL("1974"),
                               PTN_BYTES_LITERAL("UTO"), PTN_BYTES_LITERAL("X1234567"), true };
    rows[1] =
        (struct ptn_pack_row){ .name = PTN_BYTES_LITERAL("\xd9\x85\xd8\xab\xd8\xa7\xd9\x84") };
    return (struct ptn_pack_plan){
        .post = PTN_BYTES_LITERAL("land"),
        .post_name = PTN_BYTES_LITERAL("Kapshtic\xc3\xab"),
        .number = 7,
        .sheets = 3,
        .made = { 2026, 9, 9 },
        .expires = { 2026, 9, 10 },
        .rows = rows,
        .row_count = 2,
        .demonstration = true,
    };
}

static void test_pack__is_a_pdf(void **state)
{
    struct ptn_buffer out = { .len_max = PTN_PACK_PDF_MAX };
    struct ptn_pack_row rows[2];
    struct ptn_pack_plan plan = good_plan(rows);

    (void)state;
    assert_true(ptn_ok(ptn_pack_print(&plan, &out, NULL)));
    assert_true(out.len > 5000 && memcmp(out.at, "%PDF-", 5) == 0);
    ptn_buffer_release(&out);
}

static void test_pack__a_full_buffer_is_as_before(void **state)
{
    struct ptn_buffer out = { .len_max = 2000 };
    struct ptn_pack_row rows[2];
    struct ptn_pack_plan plan = good_plan(rows);

    (void)state;
    assert_true(ptn_ok(ptn_buffer_add_text(&out, "before")));
    assert_int_equal(ptn_pack_print(&plan, &out, NULL).code, PTN_C_IO);
    assert_int_equal(out.len, 6);
    ptn_buffer_release(&out);
}

static void test_pack__the_code_tells_packs_and_lists_apart(void **state)
{
    struct ptn_pack_row rows[2];
    struct ptn_pack_plan plan = good_plan(rows);
    char code[PTN_PACK_CHECK_SIZE], again[PTN_PACK_CHECK_SIZE];

    (void)state;
    assert_true(ptn_ok(ptn_pack_check(&plan, code)));
    assert_true(ptn_ok(ptn_pack_check(&plan, again)));
    assert_string_equal(code, again);
    plan.row_count = 1;
    assert_true(ptn_ok(ptn_pack_check(&plan, again)));
    assert_string_not_equal(code, again);
    plan = good_plan(rows);
    plan.number = 8;
    assert_true(ptn_ok(ptn_pack_check(&plan, again)));
    assert_string_not_equal(code, again);
}

static void test_pack__impossible_packs_are_refused(void **state)
{
    struct ptn_buffer out = { .len_max = PTN_PACK_PDF_MAX };
    struct ptn_pack_row rows[2];
    struct ptn_pack_plan plan = good_plan(rows);

    (void)state;
    plan.sheets = PTN_PACK_SHEETS_MAX + 1;
    assert_int_equal(ptn_pack_print(&plan, &out, NULL).code, PTN_C_BAD_INPUT);
    plan = good_plan(rows);
    plan.number = 0;
    assert_int_equal(ptn_pack_print(&plan, &out, NULL).code, PTN_C_BAD_INPUT);
    plan = good_plan(rows);
    plan.expires.day = 0;
    assert_int_equal(ptn_pack_print(&plan, &out, NULL).code, PTN_C_BAD_INPUT);
    plan = good_plan(rows);
    plan.row_count = PTN_PACK_ROWS_MAX + 1;
    assert_int_equal(ptn_pack_print(&plan, &out, NULL).code, PTN_C_TOO_BIG);
    assert_int_equal(out.len, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pack__is_a_pdf),
        cmocka_unit_test(test_pack__a_full_buffer_is_as_before),
        cmocka_unit_test(test_pack__the_code_tells_packs_and_lists_apart),
        cmocka_unit_test(test_pack__impossible_packs_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
