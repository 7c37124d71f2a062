/* Goal: a booking file's good rows are read whatever stands beside them, and each bad one is said
 * with its line. */
#include "message/booking.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static void test_booking__rows_are_read_in_any_order_of_columns(void **state)
{
    struct ptn_arena *arena = ptn_arena_new(4u << 20);
    struct ptn_bookings bookings;

    (void)state;
    assert_true(ptn_ok(ptn_bookings_read(
        PTN_BYTES_LITERAL("People,cabin,PLATE,booking,kind\r\n5,12,UT 204 KX,B-1,car\r\n"
                          ",,\"UT, 7\",B-2,\r\n"),
        arena, &bookings, NULL)));
    assert_int_equal(bookings.count, 2);
    assert_int_equal(bookings.left_out, 0);
    assert_true(ptn_bytes_is(bookings.rows[0].plate, "UT 204 KX"));
    assert_true(ptn_bytes_is(bookings.rows[0].reference, "B-1"));
    assert_true(ptn_bytes_is(bookings.rows[0].kind, "car"));
    assert_int_equal(bookings.rows[0].people, 5);
    assert_true(ptn_bytes_is(bookings.rows[1].plate, "UT, 7"));
    assert_int_equal(bookings.rows[1].people, 0);
    ptn_arena_free(arena);
}

static void test_booking__a_bad_row_is_noted_and_the_others_stand(void **state)
{
    struct ptn_arena *arena = ptn_arena_new(4u << 20);
    struct ptn_bookings bookings;
    static const char file[] = "booking,plate,people\nB-1,UT 1,2\n,UT 2,2\nB-3,,2\nB-4,UT 4,two\n"
                               "B-5,UT 5,201\nB-6,UT \xff,1\nB-7,UT 7,200\n";

    (void)state;
    assert_true(ptn_ok(ptn_bookings_read(ptn_bytes_from_text(file), arena, &bookings, NULL)));
    assert_int_equal(bookings.count, 2);
    assert_int_equal(bookings.left_out, 5);
    assert_int_equal(bookings.note_count, 5);
    for (size_t i = 0; i < bookings.note_count; i++)
        assert_int_equal(bookings.notes[i].line, 3 + i);
    assert_int_equal(bookings.rows[1].people, 200);
    ptn_arena_free(arena);
}

static void test_booking__what_is_no_booking_file(void **state)
{
    static const struct {
        const char *file;
        enum ptn_code code;
    } cases[] = {
        { "", PTN_C_BAD_INPUT },
        { "plate,people\nUT 1,2\n", PTN_C_BAD_INPUT },
        { "booking,plate,people\nB-1,\"UT 1,2\n", PTN_C_BAD_INPUT },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct ptn_arena *arena = ptn_arena_new(4u << 20);
        struct ptn_bookings bookings = { .count = 99 };

        assert_int_equal(
            ptn_bookings_read(ptn_bytes_from_text(cases[i].file), arena, &bookings, NULL).code,
            cases[i].code);
        assert_int_equal(bookings.count, 99);
        ptn_arena_free(arena);
    }
}

static void test_booking__limits(void **state)
{
    struct ptn_arena *arena = ptn_arena_new(16u << 20);
    struct ptn_bookings bookings;
    struct ptn_buffer file = { .len_max = PTN_BOOKING_FILE_MAX + 10 };

    (void)state;
    assert_true(ptn_ok(ptn_buffer_add_text(&file, "booking,plate,people\n")));
    for (unsigned i = 0; i <= PTN_BOOKING_ROWS_MAX; i++)
        assert_true(ptn_ok(ptn_buffer_addf(&file, "B-%u,UT %u,1\n", i, i)));
    assert_int_equal(ptn_bookings_read(ptn_buffer_bytes(&file), arena, &bookings, NULL).code,
                     PTN_C_TOO_BIG);
    ptn_buffer_release(&file);
    ptn_arena_free(arena);
    arena = ptn_arena_new(1024);
    assert_int_equal(
        ptn_bookings_read(PTN_BYTES_LITERAL("booking,plate,people\n"), arena, &bookings, NULL).code,
        PTN_C_NO_MEMORY);
    ptn_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_booking__rows_are_read_in_any_order_of_columns),
        cmocka_unit_test(test_booking__a_bad_row_is_noted_and_the_others_stand),
        cmocka_unit_test(test_booking__what_is_no_booking_file),
        cmocka_unit_test(test_booking__limits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
