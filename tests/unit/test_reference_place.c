/* tests/unit/test_reference_place.c -- reference/place: crossing points and local time. */
#include "reference/place.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "reference/state.h"

static void test_place__every_row_is_found_and_makes_sense(void **state)
{
    size_t count;
    const struct ptn_place *all = ptn_place_all(&count);

    (void)state;
    assert_true(count >= 10);
    for (size_t i = 0; i < count; i++) {
        assert_ptr_equal(ptn_place_find(all[i].code), &all[i]);
        assert_non_null(ptn_state_find(all[i].state));
        if (all[i].kind == PTN_PLACE_LAND)
            assert_non_null(ptn_state_find(all[i].neighbour));
        else
            assert_string_equal(all[i].neighbour, "");
        assert_true(i == 0 || strcmp(all[i - 1].code, all[i].code) < 0);
    }
    assert_null(ptn_place_find("XYZ"));
    assert_null(ptn_place_find(NULL));
}

static void test_place__the_three_of_the_demonstration(void **state)
{
    (void)state;
    assert_string_equal(ptn_place_kind_word(ptn_place_find("TIA")->kind), "airport");
    assert_string_equal(ptn_place_kind_word(ptn_place_find("DRZ")->kind), "seaport");
    assert_string_equal(ptn_place_kind_word(ptn_place_find("KAP")->kind), "land");
    assert_string_equal(ptn_place_name(ptn_place_find("DRZ"), "sq"), "Porti i Durrësit");
    assert_string_equal(ptn_place_name(ptn_place_find("DRZ"), "en"), "Port of Durrës");
    assert_string_equal(ptn_place_name(ptn_place_find("DRZ"), NULL), "Port of Durrës");
}

/* Changes of 2026 (29 March, 25 October) and 2024 (31 March, 27 October), a second before and
 * after. */
static void test_place__local_time_changes_on_the_last_sundays(void **state)
{
    static const struct {
        const char *instant;
        int minutes;
        struct ptn_date date;
    } cases[] = {
        { "2026-03-29T00:59:59Z", 60, { 2026, 3, 29 } },
        { "2026-03-29T01:00:00Z", 120, { 2026, 3, 29 } },
        { "2026-10-25T00:59:59Z", 120, { 2026, 10, 25 } },
        { "2026-10-25T01:00:00Z", 60, { 2026, 10, 25 } },
        { "2024-03-31T00:59:59Z", 60, { 2024, 3, 31 } },
        { "2024-03-31T01:00:00Z", 120, { 2024, 3, 31 } },
        { "2024-10-27T01:00:00Z", 60, { 2024, 10, 27 } },
        { "2026-07-01T21:59:59Z", 120, { 2026, 7, 1 } },
        { "2026-07-01T22:00:00Z", 120, { 2026, 7, 2 } },
        { "2026-12-31T23:00:00Z", 60, { 2027, 1, 1 } },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        int64_t instant_ms;

        assert_true(
            ptn_ok(ptn_instant_parse(ptn_bytes_from_text(cases[i].instant), &instant_ms, NULL)));
        assert_int_equal(ptn_place_utc_offset_minutes(instant_ms), cases[i].minutes);
        assert_true(ptn_date_equal(ptn_place_local_date(instant_ms), cases[i].date));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_place__every_row_is_found_and_makes_sense),
        cmocka_unit_test(test_place__the_three_of_the_demonstration),
        cmocka_unit_test(test_place__local_time_changes_on_the_last_sundays),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
