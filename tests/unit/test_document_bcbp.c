/* Goal: of a boarding pass the flight is read where the standard has it, with nothing read past
 * what is there; its year is the one that makes it nearest to today. Nobody named here exists. */
#include "document/bcbp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ONE_LEG "M1VONTRELI/ELIZIDA    EX7K2LM XQATIAUX 0204 333Y012A0041 100"
#define TWO_LEGS                                                                                   \
    "M2VONTRELI/ELIZIDA    EX7K2LM XQBXQAUX 0098A332Y014C0007 105ABCDEX7K2LM XQATIAUX 0204 "       \
    "333Y012A0041 100^160SIGNATURE"

static void test_bcbp__the_flight_is_read_where_it_stands(void **state)
{
    struct ptn_bcbp pass;

    (void)state;
    assert_true(ptn_ok(ptn_bcbp_parse(PTN_BYTES_LITERAL(ONE_LEG "\r\n"), &pass, NULL)));
    assert_int_equal(pass.leg_count, 1);
    assert_true(ptn_bytes_is(pass.name, "VONTRELI/ELIZIDA"));
    assert_true(ptn_bytes_is(pass.legs[0].booking, "X7K2LM"));
    assert_true(ptn_bytes_is(pass.legs[0].from, "XQA"));
    assert_true(ptn_bytes_is(pass.legs[0].to, "TIA"));
    assert_true(ptn_bytes_is(pass.legs[0].carrier, "UX"));
    assert_true(ptn_bytes_is(pass.legs[0].number, "204"));
    assert_int_equal(pass.legs[0].day, 333);
    assert_true(ptn_bytes_is(pass.legs[0].seat, "012A"));
    assert_true(ptn_bytes_is(pass.legs[0].sequence, "0041"));
}

static void test_bcbp__what_follows_a_leg_is_stepped_over(void **state)
{
    struct ptn_bcbp pass;

    (void)state;
    assert_true(ptn_ok(ptn_bcbp_parse(PTN_BYTES_LITERAL(TWO_LEGS), &pass, NULL)));
    assert_int_equal(pass.leg_count, 2);
    assert_true(ptn_bytes_is(pass.legs[0].number, "98A"));
    assert_true(ptn_bytes_is(pass.legs[1].number, "204"));
    assert_true(ptn_bytes_is(pass.legs[1].to, "TIA"));
}

/* Cut at every byte and spoiled at every byte: refused or read, and never past the end. */
static void test_bcbp__cut_or_spoiled_anywhere_it_is_bounded(void **state)
{
    const size_t len = strlen(TWO_LEGS);

    (void)state;
    for (size_t i = 0; i <= len; i++) {
        char *copy = malloc(len + 1); /* of exactly that size: the sanitizer sees a step too far */
        struct ptn_bcbp pass;
        struct ptn_diag diag = { SIZE_MAX, NULL };

        assert_non_null(copy);
        memcpy(copy, TWO_LEGS, i);
        if (!ptn_ok(ptn_bcbp_parse(ptn_bytes_of(copy, i), &pass, &diag)))
            assert_true(diag.offset <= i);
        else
            assert_true(i >= strlen("M2VONTRELI/ELIZIDA    E") + 79);
        memcpy(copy, TWO_LEGS, len);
        if (i < len) {
            copy[i] = (char)(copy[i] ^ 0x80);
            assert_int_equal(ptn_bcbp_parse(ptn_bytes_of(copy, len), &pass, &diag).code,
                             PTN_C_BAD_INPUT);
            assert_int_equal(diag.offset, i);
        }
        free(copy);
    }
}

static void test_bcbp__what_cannot_be_is_located(void **state)
{
    static const struct {
        const char *text;
        size_t offset;
    } cases[] = {
        { "", 0 },
        { "P<UTOVONTRELI<<ELISIDA<<<<<<<<<<<<<<<<<<<<<<", 0 },
        { "M5VONTRELI/ELIZIDA    EX7K2LM XQATIAUX 0204 333Y012A0041 100", 0 },
        { "M1VONTRELI/ELIZIDA    EX7K2LM 1QATIAUX 0204 333Y012A0041 100", 30 },
        { "M1VONTRELI/ELIZIDA    EX7K2LM XQATIAU  0204 333Y012A0041 100", 36 },
        { "M1VONTRELI/ELIZIDA    EX7K2LM XQATIAUX 02X4 333Y012A0041 100", 39 },
        { "M1VONTRELI/ELIZIDA    EX7K2LM XQATIAUX 0204 367Y012A0041 100", 44 },
        { "M1VONTRELI/ELIZIDA    EX7K2LM XQATIAUX 0204 333Y012A0041 10G", 58 },
        { "M1VONTRELI/ELIZIDA    EX7K2LM XQATIAUX 0204 333Y012A0041 101", 60 },
        { "M2VONTRELI/ELIZIDA    EX7K2LM XQATIAUX 0204 333Y012A0041 100", 60 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct ptn_diag diag = { SIZE_MAX, NULL };
        struct ptn_bcbp pass;

        assert_int_equal(ptn_bcbp_parse(ptn_bytes_from_text(cases[i].text), &pass, &diag).code,
                         PTN_C_BAD_INPUT);
        assert_int_equal(diag.offset, cases[i].offset);
    }
}

static void test_bcbp__its_year_is_the_nearest(void **state)
{
    static const struct {
        unsigned day;
        struct ptn_date today, date;
    } cases[] = {
        { 333, { 2026, 11, 29 }, { 2026, 11, 29 } }, { 365, { 2027, 1, 1 }, { 2026, 12, 31 } },
        { 1, { 2026, 12, 31 }, { 2027, 1, 1 } },     { 366, { 2028, 12, 1 }, { 2028, 12, 31 } },
        { 366, { 2026, 6, 1 }, { 0, 0, 0 } },        { 0, { 2026, 6, 1 }, { 0, 0, 0 } },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct ptn_bcbp_leg leg = { .day = cases[i].day };

        assert_true(ptn_date_equal(ptn_bcbp_date(&leg, cases[i].today), cases[i].date));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bcbp__the_flight_is_read_where_it_stands),
        cmocka_unit_test(test_bcbp__what_follows_a_leg_is_stepped_over),
        cmocka_unit_test(test_bcbp__cut_or_spoiled_anywhere_it_is_bounded),
        cmocka_unit_test(test_bcbp__what_cannot_be_is_located),
        cmocka_unit_test(test_bcbp__its_year_is_the_nearest),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
