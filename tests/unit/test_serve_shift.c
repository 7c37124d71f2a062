/* Goal: a body of the shift page says one thing in one form, or is refused with a sentence. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "serve/shift_int.h"

static int set_up(void **state)
{
    *state = ptn_arena_new(1u << 20);
    return *state == NULL ? -1 : 0;
}

static int tear_down(void **state)
{
    ptn_arena_free(*state);
    return 0;
}

static void test_shift__lanes(void **state)
{
    static const char *const wrong[] = {
        "",
        "[]",
        "{}",
        "{\"lane\":\"3\"}",
        "{\"lane\":\"3\",\"open\":1}",
        "{\"lane\":\"3\",\"open\":true}",
        "{\"lane\":\"3\",\"open\":true,\"category\":\"anybody\"}",
        "{\"lane\":\"3\",\"open\":false,\"category\":\"crew\"}",
        "{\"lane\":\"3\",\"open\":false,\"category\":\"any\"}",
        "{\"lane\":\"12345678901234567\",\"open\":false}",
        "{\"lane\":\"3\",\"open\":false,\"more\":1}",
        "{\"lane\":\"3\",\"lane\":\"4\",\"open\":false}",
    };
    struct ptn_shift_entry entry = { 0 };

    assert_true(ptn_ok(ptn_shift_lane_parse(
        PTN_BYTES_LITERAL("{\"lane\":\"3\",\"open\":true,\"category\":\"crew\"}"), *state, &entry,
        NULL)));
    assert_int_equal(entry.act, PTN_SHIFT_LANE_OPENED);
    assert_int_equal(entry.category, PTN_LANE_CREW);
    assert_true(ptn_bytes_is(entry.lane, "3"));
    assert_true(ptn_ok(ptn_shift_lane_parse(PTN_BYTES_LITERAL("{\"lane\":\"3\",\"open\":false}"),
                                            *state, &entry, NULL)));
    assert_int_equal(entry.act, PTN_SHIFT_LANE_CLOSED);
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        struct ptn_diag diag = { 0 };

        assert_int_equal(
            ptn_shift_lane_parse(ptn_bytes_from_text(wrong[i]), *state, &entry, &diag).code,
            PTN_C_BAD_INPUT);
        assert_non_null(diag.text);
    }
}

static void test_shift__waits(void **state)
{
    static const char *const wrong[] = {
        "{\"direction\":\"entry\",\"minutes\":40}",
        "{\"direction\":\"in\",\"minutes\":40,\"method\":\"card\"}",
        "{\"direction\":\"exit\",\"minutes\":-1,\"method\":\"card\"}",
        "{\"direction\":\"exit\",\"minutes\":1441,\"method\":\"card\"}",
        "{\"direction\":\"exit\",\"minutes\":1.5,\"method\":\"card\"}",
        "{\"direction\":\"exit\",\"minutes\":\"5\",\"method\":\"card\"}",
        "{\"direction\":\"exit\",\"minutes\":5,\"method\":\"a guess\"}",
    };
    struct ptn_shift_entry entry = { 0 };

    assert_true(ptn_ok(ptn_shift_wait_parse(
        PTN_BYTES_LITERAL("{\"direction\":\"exit\",\"minutes\":0,\"method\":\"arrival\"}"), *state,
        &entry, NULL)));
    assert_int_equal(entry.direction, PTN_DIRECTION_EXIT);
    assert_int_equal(entry.minutes, 0);
    assert_int_equal(entry.method, PTN_WAIT_ARRIVAL);
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        assert_int_equal(
            ptn_shift_wait_parse(ptn_bytes_from_text(wrong[i]), *state, &entry, NULL).code,
            PTN_C_BAD_INPUT);
}

static void test_shift__hand_overs(void **state)
{
    static const char *const wrong[] = {
        "{\"words\":\"x\"}",
        "{\"words\":\" \",\"second\":{\"user\":\"luan\",\"password\":\"p\"}}",
        "{\"words\":\"x\",\"second\":{\"user\":\"luan\"}}",
        "{\"words\":\"x\",\"second\":\"luan\"}",
        "{\"words\":\"x\\u0007\",\"second\":{\"user\":\"luan\",\"password\":\"p\"}}",
        "{\"words\":\"x\",\"second\":{\"user\":\"luan\",\"password\":\"p\",\"role\":\"any\"}}",
    };
    struct ptn_shift_entry entry = { 0 };
    struct ptn_shift_second second = { 0 };

    assert_true(ptn_ok(ptn_shift_over_parse(
        PTN_BYTES_LITERAL("{\"words\":\"One\\ntwo\",\"second\":{\"user\":\"luan\","
                          "\"password\":\"p\"}}"),
        *state, &entry, &second, NULL)));
    assert_int_equal(entry.act, PTN_SHIFT_HANDED_OVER);
    assert_true(ptn_bytes_is(entry.words, "One\ntwo"));
    assert_true(ptn_bytes_is(second.user, "luan"));
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        assert_int_equal(
            ptn_shift_over_parse(ptn_bytes_from_text(wrong[i]), *state, &entry, &second, NULL).code,
            PTN_C_BAD_INPUT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_shift__lanes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_shift__waits, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_shift__hand_overs, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
