/* Goal: an erasure holds all by which it is checked; a deletion receipt says which order and how
 * many. */
#include "record/notice.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void test_erased__an_erasure_lacks_nothing_that_shows_it(void **state)
{
    const struct ptn_erasure_due due = { .time_ms = 5,
                                         .order = PTN_BYTES_LITERAL("order\n"),
                                         .entry = PTN_BYTES_LITERAL("receipt"),
                                         .seen = PTN_BYTES_LITERAL("proof\n"),
                                         .now = PTN_BYTES_LITERAL("checkpoint\n") };
    struct ptn_erasure_due wrong[5] = { due, due, due, due, due };
    struct ptn_erasure_due back;
    struct ptn_buffer out;

    (void)state;
    ptn_buffer_init(&out, PTN_RECORD_LEN_MAX);
    assert_true(ptn_ok(ptn_erasure_due_write(&due, &out)));
    assert_true(ptn_ok(ptn_erasure_due_parse(ptn_buffer_bytes(&out), &back, NULL)));
    assert_true(ptn_bytes_equal(back.order, due.order));
    assert_true(ptn_bytes_equal(back.entry, due.entry));
    assert_true(ptn_bytes_equal(back.seen, due.seen));
    assert_true(ptn_bytes_equal(back.now, due.now));
    ptn_buffer_release(&out);
    wrong[0].time_ms = 0;
    wrong[1].order = PTN_BYTES_NONE;
    wrong[2].entry = PTN_BYTES_NONE;
    wrong[3].seen = PTN_BYTES_NONE;
    wrong[4].now = PTN_BYTES_NONE;
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(ptn_erasure_due_validate(&wrong[i], NULL).code, PTN_C_BAD_INPUT);
}

static void test_erased__a_receipt_names_its_order(void **state)
{
    struct ptn_erasure_done done = { .time_ms = 5, .order = { 1 }, .erased = 0, .left = 2 };
    struct ptn_erasure_done back;
    struct ptn_buffer out;

    (void)state;
    ptn_buffer_init(&out, PTN_RECORD_LEN_MAX);
    assert_true(ptn_ok(ptn_erasure_done_write(&done, &out)));
    assert_true(ptn_ok(ptn_erasure_done_parse(ptn_buffer_bytes(&out), &back, NULL)));
    assert_memory_equal(back.order, done.order, sizeof(back.order));
    assert_int_equal(back.erased, 0);
    assert_int_equal(back.left, 2);
    ptn_buffer_release(&out);
    done.order[0] = 0;
    assert_int_equal(ptn_erasure_done_validate(&done, NULL).code, PTN_C_BAD_INPUT);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_erased__an_erasure_lacks_nothing_that_shows_it),
        cmocka_unit_test(test_erased__a_receipt_names_its_order),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
