/* Goal: one person alone never makes a crossing of a sheet, nor loses one. */
#include "record/crossing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

static const struct ptn_record_id some_id = { { 1 } };

static struct ptn_sheet good_sheet(enum ptn_keying turn)
{
    struct ptn_sheet sheet = { .id = some_id, .pack = 7, .number = 3, .turn = turn };

    sheet.keyed_ms = sheet.time_ms = 1700000000000;
    sheet.date = (struct ptn_date){ 2023, 11, 14 };
    sheet.keyed_by = PTN_BYTES_LITERAL("officer");
    sheet.post = PTN_BYTES_LITERAL("land");
    sheet.officer = PTN_BYTES_LITERAL("A. Hoxha");
    sheet.direction = PTN_DIRECTION_ENTRY;
    sheet.outcome = PTN_OUTCOME_RECORDED;
    sheet.person.surname = PTN_BYTES_LITERAL("SPECIMEN");
    if (turn == PTN_KEYING_THIRD)
        sheet.crossing = some_id;
    return sheet;
}

static void assert_fault(const struct ptn_sheet *sheet, const char *field)
{
    struct ptn_diag diag = { 0, "" };

    assert_int_equal(ptn_sheet_validate(sheet, &diag).code, PTN_C_BAD_INPUT);
    assert_string_equal(diag.text, field);
}

/* PAPER-2. */
static void test_sheet__a_crossing_needs_a_second_person(void **state)
{
    struct ptn_sheet first = good_sheet(PTN_KEYING_FIRST);
    struct ptn_sheet second = good_sheet(PTN_KEYING_SECOND);
    struct ptn_sheet third = good_sheet(PTN_KEYING_THIRD);

    (void)state;
    assert_true(ptn_ok(ptn_sheet_validate(&first, NULL)));
    assert_true(ptn_ok(ptn_sheet_validate(&second, NULL)));
    assert_true(ptn_ok(ptn_sheet_validate(&third, NULL)));
    first.crossing = some_id;
    assert_fault(&first, "crossing");
    second.crossing = some_id;
    assert_true(ptn_ok(ptn_sheet_validate(&second, NULL)));
    third.crossing = (struct ptn_record_id){ { 0 } };
    assert_fault(&third, "crossing");
}

static void test_sheet__outcomes_keep_the_rules_of_a_crossing(void **state)
{
    struct ptn_sheet sheet = good_sheet(PTN_KEYING_FIRST);

    (void)state;
    sheet.outcome = PTN_OUTCOME_REFERRED;
    assert_fault(&sheet, "referral");
    sheet.referral = PTN_REFERRAL_MATCH;
    assert_true(ptn_ok(ptn_sheet_validate(&sheet, NULL)));
    sheet.outcome = PTN_OUTCOME_OVERRIDDEN;
    sheet.referral = PTN_REFERRAL_NONE;
    assert_fault(&sheet, "reason");
}

/* PAPER-2. */
static void test_sheet__lost_needs_two_people(void **state)
{
    struct ptn_sheets_told told = { .id = some_id, .pack = 7, .first = 3, .count = 2 };
    struct ptn_diag diag = { 0, "" };

    (void)state;
    told.state = PTN_SHEETS_LOST;
    told.time_ms = 1;
    told.post = PTN_BYTES_LITERAL("land");
    told.officer = PTN_BYTES_LITERAL("officer");
    assert_int_equal(ptn_sheets_told_validate(&told, &diag).code, PTN_C_BAD_INPUT);
    assert_string_equal(diag.text, "second");
    told.second = PTN_BYTES_LITERAL("officer");
    assert_int_equal(ptn_sheets_told_validate(&told, &diag).code, PTN_C_BAD_INPUT);
    told.second = PTN_BYTES_LITERAL("second");
    assert_true(ptn_ok(ptn_sheets_told_validate(&told, NULL)));
    told.first = PTN_PACK_SHEETS_MAX;
    assert_int_equal(ptn_sheets_told_validate(&told, &diag).code, PTN_C_BAD_INPUT);
    assert_string_equal(diag.text, "count");
    assert_int_equal(ptn_sheets_state_from_word(PTN_BYTES_LITERAL("spoiled")), PTN_SHEETS_SPOILED);
    assert_int_equal(ptn_sheets_state_from_word(PTN_BYTES_LITERAL("eaten")), 0);
    assert_string_equal(ptn_sheets_state_word(PTN_SHEETS_LOST), "lost");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sheet__a_crossing_needs_a_second_person),
        cmocka_unit_test(test_sheet__outcomes_keep_the_rules_of_a_crossing),
        cmocka_unit_test(test_sheet__lost_needs_two_people),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
