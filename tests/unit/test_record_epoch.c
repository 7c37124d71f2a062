#include "record/notice.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

static void test_epoch__known_bytes(void **state)
{
    struct ptn_record_epoch_box boxes[2] = { { { 1 }, { 2 } }, { { 3 }, { 4 } } };
    struct ptn_record_epoch epoch = { 20785, PTN_RETENTION_AUDIT, boxes, 2 };
    struct ptn_record_epoch back;
    struct ptn_arena *arena = ptn_arena_new(10000);
    struct ptn_buffer out;
    uint8_t expected[9 + 2 * 119] = { 0xa3, 1, 0x19, 0x51, 0x31, 2, 2, 3, 0x82 };

    (void)state;
    assert_non_null(arena);
    for (size_t i = 0; i < 2; i++) {
        static const uint8_t head[] = { 0xa2, 1, 0x58, 32 };
        static const uint8_t next[] = { 2, 0x58, 80 };
        uint8_t *at = expected + 9 + i * 119;

        memcpy(at, head, 4);
        memcpy(at + 4, boxes[i].reader, 32);
        memcpy(at + 36, next, 3);
        memcpy(at + 39, boxes[i].sealed, 80);
    }
    ptn_buffer_init(&out, 1000);
    assert_true(ptn_ok(ptn_record_epoch_write(&epoch, &out)));
    assert_int_equal(out.len, sizeof(expected));
    assert_memory_equal(out.at, expected, sizeof(expected));
    assert_true(ptn_ok(ptn_record_epoch_parse(ptn_buffer_bytes(&out), arena, &back, NULL)));
    assert_int_equal(back.day, 20785);
    assert_int_equal(back.retention, PTN_RETENTION_AUDIT);
    assert_int_equal(back.box_count, 2);
    assert_memory_equal(back.boxes, boxes, sizeof(boxes));
    ptn_buffer_release(&out);
    ptn_arena_free(arena);
}

static void test_epoch__has_at_least_one_box_and_no_reader_twice(void **state)
{
    static struct ptn_record_epoch_box boxes[PTN_RECORD_EPOCH_BOX_MAX + 1];
    static const size_t counts[] = {
        0, 1, 2, 64, PTN_RECORD_EPOCH_BOX_MAX, PTN_RECORD_EPOCH_BOX_MAX + 1
    };
    struct ptn_record_epoch epoch = { 0, 0, boxes, 0 };
    struct ptn_diag diag = { 0, "" };

    (void)state;
    for (size_t i = 0; i < PTN_RECORD_EPOCH_BOX_MAX + 1; i++) {
        boxes[i].reader[0] = (uint8_t)((i + 1) % 256);
        boxes[i].reader[1] = (uint8_t)((i + 1) / 256);
        boxes[i].sealed[0] = 1;
    }
    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
        size_t count = counts[i];

        epoch.box_count = count;
        assert_int_equal(ptn_record_epoch_validate(&epoch, &diag).code,
                         count == 0                         ? PTN_C_BAD_INPUT
                         : count > PTN_RECORD_EPOCH_BOX_MAX ? PTN_C_TOO_BIG
                                                            : PTN_C_OK);
    }
    epoch.box_count = 3;
    boxes[2] = boxes[0];
    assert_int_equal(ptn_record_epoch_validate(&epoch, &diag).code, PTN_C_BAD_INPUT);
    assert_string_equal(diag.text, "boxes");
    boxes[2].reader[0] = 0; /* no key at all */
    assert_int_equal(ptn_record_epoch_validate(&epoch, &diag).code, PTN_C_BAD_INPUT);
    assert_string_equal(diag.text, "reader");
}

static void test_epoch__day_and_class_have_limits(void **state)
{
    struct ptn_record_epoch_box box = { { 1 }, { 1 } };
    struct ptn_record_epoch epoch = { UINT32_MAX, UINT8_MAX, &box, 1 };
    struct ptn_diag diag = { 0, "" };

    (void)state;
    assert_true(ptn_ok(ptn_record_epoch_validate(&epoch, NULL)));
    epoch.day++;
    assert_false(ptn_ok(ptn_record_epoch_validate(&epoch, &diag)));
    assert_string_equal(diag.text, "day");
    epoch.day = 0;
    epoch.retention++;
    assert_false(ptn_ok(ptn_record_epoch_validate(&epoch, &diag)));
    assert_string_equal(diag.text, "retention");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_epoch__known_bytes),
        cmocka_unit_test(test_epoch__has_at_least_one_box_and_no_reader_twice),
        cmocka_unit_test(test_epoch__day_and_class_have_limits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
