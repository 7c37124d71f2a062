/* Goal: what is said to be wrong has one form, says what is right, and is signed by two different
 * people or by one. */
#include "record/case.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static struct ptn_correction good(void)
{
    return (struct ptn_correction){
        .id = { { 1 } },
        .time_ms = 1793491200000,
        .of = { { 2 } },
        .post = PTN_BYTES_LITERAL("centre"),
        .officer = PTN_BYTES_LITERAL("ana"),
        .reason = PTN_BYTES_LITERAL("the passport shows an exit stamp of that day"),
        .person = { .surname = PTN_BYTES_LITERAL("OKAFOREKU"),
                    .birth = { 1990, 4, 2 },
                    .document = { .issuer = "UTO", .number = PTN_BYTES_LITERAL("U7700012") } },
        .direction = PTN_DIRECTION_EXIT,
    };
}

static void test_correction__comes_back_whole(void **state)
{
    struct ptn_correction correction = good();
    struct ptn_correction back;
    struct ptn_buffer out = { .len_max = PTN_RECORD_LEN_MAX };

    (void)state;
    correction.second = PTN_BYTES_LITERAL("ben");
    correction.right = correction.person;
    correction.right.surname = PTN_BYTES_LITERAL("OKAFOR");
    correction.date = (struct ptn_date){ 2026, 11, 3 };
    assert_true(ptn_ok(ptn_correction_write(&correction, &out)));
    assert_true(ptn_ok(ptn_correction_parse(ptn_buffer_bytes(&out), &back, NULL)));
    assert_true(ptn_bytes_is(back.right.surname, "OKAFOR"));
    assert_true(ptn_bytes_is(back.person.surname, "OKAFOREKU"));
    assert_true(ptn_bytes_is(back.second, "ben"));
    assert_int_equal(back.direction, PTN_DIRECTION_EXIT);
    assert_int_equal(back.date.day, 3);
    assert_int_equal(back.of.at[0], 2);
    ptn_buffer_release(&out);
}

static void assert_refused(const struct ptn_correction *correction, const char *field)
{
    struct ptn_diag diag = { 0 };

    assert_int_equal(ptn_correction_validate(correction, &diag).code, PTN_C_BAD_INPUT);
    assert_string_equal(diag.text, field);
}

static void test_correction__says_what_is_right(void **state)
{
    struct ptn_correction correction = good();

    (void)state;
    correction.direction = 0;
    assert_refused(&correction, "right");
    correction.date = (struct ptn_date){ 2026, 11, 0 };
    assert_refused(&correction, "date");
    correction.date.day = 3;
    assert_true(ptn_ok(ptn_correction_validate(&correction, NULL)));
    correction.reason = PTN_BYTES_NONE;
    assert_refused(&correction, "reason");
    correction = good();
    correction.of = (struct ptn_record_id){ { 0 } };
    assert_refused(&correction, "of");
    correction = good();
    correction.person = (struct ptn_person){ .sex = 0 };
    assert_refused(&correction, "person");
}

/* CORRECT-1 */
static void test_correction__two_people_are_two(void **state)
{
    struct ptn_correction correction = good();

    (void)state;
    correction.second = correction.officer;
    assert_refused(&correction, "second");
    correction.second = PTN_BYTES_LITERAL("ben");
    assert_true(ptn_ok(ptn_correction_validate(&correction, NULL)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_correction__comes_back_whole),
        cmocka_unit_test(test_correction__says_what_is_right),
        cmocka_unit_test(test_correction__two_people_are_two),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
