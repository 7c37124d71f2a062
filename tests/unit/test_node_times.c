/* Goal: when an entry was written is bounded by what keepers said, however old it is, after a
 * restart too, and by no clock of this machine. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "node/country.h"

#define ORIGIN  PTN_BYTES_LITERAL("utopia.example/airport")
#define START_S INT64_C(1795800000)

static struct ptn_times_bounds bounds_of(const struct ptn_times *times, uint64_t index)
{
    struct ptn_times_bounds bounds = { -1, -1 };

    (void)ptn_times_bounds(times, ORIGIN, index, &bounds);
    return bounds;
}

/* TIME-1. */
static void test_times__an_entry_lies_between_two_marks(void **state)
{
    struct ptn_world *world = ptn_world_seeded(1, START_S * 1000);
    struct ptn_times *times = ptn_times_open(world, "/n");
    struct ptn_times_bounds bounds;

    (void)state;
    assert_non_null(times);
    assert_false(ptn_times_bounds(times, ORIGIN, 0, &bounds));
    ptn_times_saw(times, ORIGIN, 10, START_S + 100);
    ptn_times_saw(times, ORIGIN, 10, START_S + 200); /* nothing new */
    ptn_times_saw(times, ORIGIN, 11, START_S + 102); /* gives way to the next, which is as near */
    ptn_times_saw(times, ORIGIN, 12, START_S + 105);
    ptn_times_saw(times, ORIGIN, 20, START_S + 300);
    ptn_times_saw(times, ORIGIN, 19, START_S + 400); /* nothing goes back */
    bounds = bounds_of(times, 9);
    assert_int_equal(bounds.from_s, 0);
    assert_int_equal(bounds.until_s, START_S + 100);
    for (uint64_t i = 10; i < 20; i++) {
        bounds = bounds_of(times, i);
        assert_int_equal(bounds.from_s, START_S + (i < 12 ? 100 : 105));
        assert_int_equal(bounds.until_s, START_S + (i < 12 ? 105 : 300));
    }
    bounds = bounds_of(times, 20);
    assert_int_equal(bounds.from_s, START_S + 300);
    assert_int_equal(bounds.until_s, 0);
    assert_false(ptn_times_bounds(times, PTN_BYTES_LITERAL("utopia.example/other"), 0, &bounds));
    ptn_times_close(times);
    ptn_world_seeded_free(world);
}

/* Its last entries came right after a mark, and nothing after them. */
static void test_times__a_ledger_that_falls_silent_has_a_bound_for_its_last_entry(void **state)
{
    struct ptn_world *world = ptn_world_seeded(1, START_S * 1000);
    struct ptn_times *times = ptn_times_open(world, "/n");

    (void)state;
    ptn_times_saw(times, ORIGIN, 10, START_S + 100);
    ptn_times_saw(times, ORIGIN, 12, START_S + 101);
    ptn_times_saw(times, ORIGIN, 13, START_S + 101); /* within the same second */
    ptn_times_saw(times, ORIGIN, 14, START_S + 99);  /* by other keepers, earlier */
    assert_int_equal(bounds_of(times, 10).until_s, START_S + 101);
    assert_int_equal(bounds_of(times, 13).until_s, START_S + 101);
    assert_int_equal(bounds_of(times, 13).from_s, START_S + 100);
    ptn_times_close(times);
    ptn_world_seeded_free(world);
}

/* TIME-1. */
static void test_times__a_clock_ten_years_ahead_moves_no_bound(void **state)
{
    struct ptn_world *world = ptn_world_seeded(1, START_S * 1000);
    struct ptn_times *times = ptn_times_open(world, "/n");
    struct ptn_times_bounds bounds;

    (void)state;
    ptn_times_saw(times, ORIGIN, 10, START_S);
    ptn_world_advance(world, INT64_C(315576000000));
    ptn_times_saw(times, ORIGIN, 20, START_S + 60);
    bounds = bounds_of(times, 15);
    assert_int_equal(bounds.from_s, START_S);
    assert_int_equal(bounds.until_s, START_S + 60);
    ptn_times_close(times);
    ptn_world_seeded_free(world);
}

static void test_times__they_are_there_after_a_restart_and_never_grow_without_bound(void **state)
{
    struct ptn_world *world = ptn_world_seeded(1, START_S * 1000);
    struct ptn_times *times = ptn_times_open(world, "/n");
    struct ptn_times_bounds before;
    struct ptn_times_bounds after;

    (void)state;
    ptn_times_close(times);
    assert_true(ptn_ok(world->files->make_dir(world->context, "/n")));
    times = ptn_times_open(world, "/n");
    for (uint64_t i = 1; i <= 40000; i++)
        ptn_times_saw(times, ORIGIN, i, START_S + (int64_t)i * 20);
    for (uint64_t i = 0; i < 40000; i += 997) { /* wider where it is old, and right */
        before = bounds_of(times, i);
        assert_true(before.until_s >= START_S + (int64_t)(i + 1) * 20);
        assert_true(before.from_s <= START_S + (int64_t)i * 20);
        assert_true(before.until_s - START_S - (int64_t)i * 20 <= INT64_C(20) * 64);
    }
    before = bounds_of(times, 39990);
    assert_int_equal(before.until_s, START_S + INT64_C(39991) * 20);
    ptn_times_close(times);
    times = ptn_times_open(world, "/n");
    ptn_times_saw(times, ORIGIN, 1, START_S); /* reads what was kept; says nothing new */
    after = bounds_of(times, 39990);
    assert_int_equal(after.until_s, before.until_s);
    assert_int_equal(after.from_s, before.from_s);
    ptn_times_close(times);
    ptn_world_seeded_free(world);
}

static bool take(void *context, uint64_t size, int64_t time_s)
{
    (void)size;
    (void)time_s;
    (*(unsigned *)context)++;
    return true;
}

static void test_times__bytes_that_are_no_file_are_refused(void **state)
{
    uint8_t good[] = "PTNTIME1\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\5\0\0\0\0\0\0\0\2\0\0\0\0\0\0\0\6";
    unsigned marks = 0;
    const size_t len = sizeof(good) - 1;

    (void)state;
    assert_true(ptn_ok(ptn_times_parse(ptn_bytes_of(good, len), take, &marks)));
    assert_int_equal(marks, 2);
    for (size_t cut = 0; cut < len; cut++)
        if (cut != 8 && cut != 24) /* whole marks */
            assert_int_equal(ptn_times_parse(ptn_bytes_of(good, cut), take, &marks).code,
                             PTN_C_BAD_INPUT);
    good[31] = 1; /* the size does not grow */
    assert_int_equal(ptn_times_parse(ptn_bytes_of(good, len), take, &marks).code, PTN_C_BAD_INPUT);
    good[31] = 2;
    good[39] = 5; /* nor does the time */
    assert_int_equal(ptn_times_parse(ptn_bytes_of(good, len), take, &marks).code, PTN_C_BAD_INPUT);
}

static void test_times__the_clock_is_compared_with_the_middle_keeper(void **state)
{
    static const struct {
        int64_t ahead[4];
        size_t count;
        int64_t off;
        bool known;
    } cases[] = {
        { { 0 }, 0, 0, false },
        { { 75 }, 1, 75, true },
        { { 60 }, 1, 0, true },
        { { -61, -61, -61 }, 3, -61, true },
        { { 0, 1, 100000 }, 3, 0, true }, /* one that lies */
        { { 90, 95, 99, -100000 }, 4, 90, true },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct ptn_link_push pushes[5] = { { .keeper_s = 0, .own_s = 0 } }; /* has not cosigned */
        int64_t off = 0;

        for (size_t k = 0; k < cases[i].count; k++) {
            pushes[k + 1].keeper_s = START_S;
            pushes[k + 1].own_s = START_S + cases[i].ahead[k];
        }
        assert_int_equal(ptn_links_clock(pushes, cases[i].count + 1, &off), cases[i].known);
        assert_int_equal(off, cases[i].off);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_times__an_entry_lies_between_two_marks),
        cmocka_unit_test(test_times__a_ledger_that_falls_silent_has_a_bound_for_its_last_entry),
        cmocka_unit_test(test_times__a_clock_ten_years_ahead_moves_no_bound),
        cmocka_unit_test(test_times__they_are_there_after_a_restart_and_never_grow_without_bound),
        cmocka_unit_test(test_times__bytes_that_are_no_file_are_refused),
        cmocka_unit_test(test_times__the_clock_is_compared_with_the_middle_keeper),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
