/* Goal: each act of a shift has its own fields and no other's; one person alone hands nothing over.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "record/notice.h"

static struct ptn_shift_entry entry_of(enum ptn_shift_act act)
{
    struct ptn_shift_entry entry = { .id = { { 1 } },
                                     .time_ms = 1700000000000,
                                     .act = act,
                                     .post = PTN_BYTES_LITERAL("durres"),
                                     .officer = PTN_BYTES_LITERAL("mira") };

    if (act == PTN_SHIFT_LANE_OPENED || act == PTN_SHIFT_LANE_CLOSED)
        entry.lane = PTN_BYTES_LITERAL("3");
    if (act == PTN_SHIFT_LANE_OPENED)
        entry.category = PTN_LANE_CREW;
    if (act == PTN_SHIFT_HANDED_OVER) {
        entry.words = PTN_BYTES_LITERAL("Lane 4's reader is slow.\nCall the port.");
        entry.second = PTN_BYTES_LITERAL("luan");
    }
    if (act == PTN_SHIFT_WAIT) {
        entry.direction = PTN_DIRECTION_ENTRY;
        entry.method = PTN_WAIT_CARD;
    }
    return entry;
}

static void assert_fault(const struct ptn_shift_entry *entry, const char *field)
{
    struct ptn_diag diag = { 0, "" };

    assert_int_equal(ptn_shift_entry_validate(entry, &diag).code, PTN_C_BAD_INPUT);
    assert_string_equal(diag.text, field);
}

static void test_shift__every_act_comes_back_as_it_was(void **state)
{
    (void)state;
    for (unsigned act = 1; act < PTN_SHIFT_ACT_COUNT; act++) {
        struct ptn_shift_entry entry = entry_of((enum ptn_shift_act)act);
        struct ptn_shift_entry again = { 0 };
        struct ptn_buffer out = { .len_max = 4096 };

        entry.minutes = act == PTN_SHIFT_WAIT ? 45 : 0;
        assert_true(ptn_ok(ptn_shift_entry_write(&entry, &out)));
        assert_true(ptn_ok(ptn_shift_entry_parse(ptn_buffer_bytes(&out), &again, NULL)));
        assert_int_equal(again.act, entry.act);
        assert_int_equal(again.minutes, entry.minutes);
        assert_true(ptn_bytes_equal(again.words, entry.words));
        ptn_buffer_release(&out);
    }
}

static void test_shift__an_act_has_its_own_fields_only(void **state)
{
    struct ptn_shift_entry opened = entry_of(PTN_SHIFT_LANE_OPENED);
    struct ptn_shift_entry closed = entry_of(PTN_SHIFT_LANE_CLOSED);
    struct ptn_shift_entry wait = entry_of(PTN_SHIFT_WAIT);

    (void)state;
    opened.category = PTN_LANE_ANY;
    assert_fault(&opened, "category");
    closed.category = PTN_LANE_CREW;
    assert_fault(&closed, "category");
    closed = entry_of(PTN_SHIFT_LANE_CLOSED);
    closed.minutes = 5;
    assert_fault(&closed, "minutes");
    closed = entry_of(PTN_SHIFT_LANE_CLOSED);
    closed.lane = PTN_BYTES_NONE;
    assert_fault(&closed, "lane");
    wait.method = (enum ptn_wait_method)0;
    assert_fault(&wait, "method");
    wait = entry_of(PTN_SHIFT_WAIT);
    wait.words = PTN_BYTES_LITERAL("x");
    assert_fault(&wait, "words");
    wait = entry_of(PTN_SHIFT_WAIT);
    wait.minutes = PTN_SHIFT_MINUTES_MAX + 1;
    assert_false(ptn_ok(ptn_shift_entry_validate(&wait, NULL)));
}

static void test_shift__nobody_hands_over_to_themselves(void **state)
{
    struct ptn_shift_entry over = entry_of(PTN_SHIFT_HANDED_OVER);

    (void)state;
    over.second = over.officer;
    assert_fault(&over, "second");
    over.second = PTN_BYTES_NONE;
    assert_fault(&over, "second");
}

static void test_shift__words_go_both_ways(void **state)
{
    (void)state;
    for (unsigned i = 1; i < PTN_LANE_CATEGORY_COUNT; i++)
        assert_int_equal(ptn_lane_category_from_word(ptn_bytes_from_text(
                             ptn_lane_category_word((enum ptn_lane_category)i))),
                         i);
    for (unsigned i = 1; i < PTN_WAIT_METHOD_COUNT; i++)
        assert_int_equal(ptn_wait_method_from_word(
                             ptn_bytes_from_text(ptn_wait_method_word((enum ptn_wait_method)i))),
                         i);
    assert_int_equal(ptn_lane_category_from_word(PTN_BYTES_LITERAL("anybody")), PTN_LANE_ANY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shift__every_act_comes_back_as_it_was),
        cmocka_unit_test(test_shift__an_act_has_its_own_fields_only),
        cmocka_unit_test(test_shift__nobody_hands_over_to_themselves),
        cmocka_unit_test(test_shift__words_go_both_ways),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
