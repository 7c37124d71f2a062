/* Goal: a receipt says what became of an order; a step of the post's own has a text and hands. */
#include "record/notice.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

static void test_moved__a_receipt_comes_back_and_is_whole(void **state)
{
    const struct ptn_order_receipt receipt = { .time_ms = 5,
                                               .order = { 1, 2 },
                                               .fate = PTN_RECEIPT_STANDING,
                                               .why = PTN_BYTES_LITERAL("yes"),
                                               .hand = PTN_RECEIPT_STICK };
    struct ptn_order_receipt wrong[5] = { receipt, receipt, receipt, receipt, receipt };
    struct ptn_order_receipt back;
    struct ptn_buffer out;

    (void)state;
    ptn_buffer_init(&out, 400);
    assert_true(ptn_ok(ptn_order_receipt_write(&receipt, &out)));
    assert_true(ptn_ok(ptn_order_receipt_parse(ptn_buffer_bytes(&out), &back, NULL)));
    assert_int_equal(back.fate, PTN_RECEIPT_STANDING);
    assert_int_equal(back.hand, PTN_RECEIPT_STICK);
    assert_memory_equal(back.order, receipt.order, sizeof(back.order));
    wrong[0].time_ms = 0;
    memset(wrong[1].order, 0, sizeof(wrong[1].order));
    wrong[2].fate = (enum ptn_receipt_fate)PTN_RECEIPT_FATE_COUNT;
    wrong[3].why = PTN_BYTES_NONE;
    wrong[4].hand = (enum ptn_receipt_hand)0;
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(ptn_order_receipt_validate(&wrong[i], NULL).code, PTN_C_BAD_INPUT);
    ptn_buffer_release(&out);
}

static void test_moved__a_step_has_a_text_and_hands_or_neither(void **state)
{
    static const struct {
        const char *own;
        enum ptn_rung_hands hands;
        enum ptn_code code;
    } cases[] = {
        { "", PTN_RUNG_HANDS_NONE, PTN_C_OK },
        { "postern order 1\n", PTN_RUNG_HANDS_SUPERVISOR, PTN_C_OK },
        { "postern order 1\n", PTN_RUNG_HANDS_NONE, PTN_C_BAD_INPUT },
        { "", PTN_RUNG_HANDS_NODE, PTN_C_BAD_INPUT },
        { "x", (enum ptn_rung_hands)PTN_RUNG_HANDS_COUNT, PTN_C_BAD_INPUT },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct ptn_rung_moved moved = { .time_ms = 1,
                                        .entry = PTN_RUNG_MANUAL,
                                        .exit = PTN_RUNG_NORMAL,
                                        .cause = 4,
                                        .own = ptn_bytes_from_text(cases[i].own),
                                        .hands = cases[i].hands };
        struct ptn_rung_moved back;
        struct ptn_buffer out;

        ptn_buffer_init(&out, 400);
        assert_int_equal(ptn_rung_moved_write(&moved, &out).code, cases[i].code);
        if (cases[i].code == PTN_C_OK) {
            assert_true(ptn_ok(ptn_rung_moved_parse(ptn_buffer_bytes(&out), &back, NULL)));
            assert_int_equal(back.entry, PTN_RUNG_MANUAL);
            assert_int_equal(back.exit, PTN_RUNG_NORMAL);
            assert_int_equal(back.hands, cases[i].hands);
        }
        ptn_buffer_release(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_moved__a_receipt_comes_back_and_is_whole),
        cmocka_unit_test(test_moved__a_step_has_a_text_and_hands_or_neither),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
