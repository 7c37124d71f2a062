#include "trust/erasure.h"

#include "record/record.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void test_erasure__times_are_medians_of_a_quorum(void **state)
{
    static const struct ptn_roster roster = { .quorum_n = 4, .quorum_q = 3, .quorum_f = 1 };
    static const struct {
        int64_t times_s[5];
        size_t count;
        int64_t seen_s; /* -1: not known */
        int64_t now_s;
    } cases[] = {
        { { 10, 20, 30 }, 3, 20, 20 },
        { { 30, 10, 20 }, 3, 20, 20 },
        { { 10, 20, 30, 40 }, 4, 30, 20 }, /* whichever makes the wait longer */
        { { 40, -1, 10, 30 }, 4, 30, 30 },
        { { 10, -1, 20, -1 }, 4, -1, -1 },
        { { 0 }, 0, -1, -1 },
        { { 0, 0, 0 }, 3, 0, 0 },
        { { 1, 20, 21, INT64_MAX }, 4, 20, 20 }, /* no clock shows that: it counts as none */
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        int64_t seen_ms = -1000;
        int64_t now_ms = -1000;

        assert_int_equal(ptn_erasure_seen(&roster, cases[i].times_s, cases[i].count, &seen_ms),
                         cases[i].seen_s >= 0);
        assert_int_equal(ptn_erasure_now(&roster, cases[i].times_s, cases[i].count, &now_ms),
                         cases[i].now_s >= 0);
        assert_true(seen_ms == cases[i].seen_s * 1000);
        assert_true(now_ms == cases[i].now_s * 1000);
    }
}

/* One liar of four, whatever it says: both times stay between those of honest keepers. */
static void test_erasure__one_liar_moves_nothing_past_the_honest(void **state)
{
    static const struct ptn_roster roster = { .quorum_n = 4, .quorum_q = 3, .quorum_f = 1 };
    static const int64_t lies[] = { 0, 1, 999, 1000, 1005, 1010, 1011, 99999999, INT64_MAX / 1000 };

    (void)state;
    for (size_t i = 0; i < COUNT(lies); i++) {
        for (size_t place = 0; place < 4; place++) {
            int64_t times_s[4] = { 1000, 1005, 1010, 1000 };
            int64_t seen_ms = 0;
            int64_t now_ms = 0;

            times_s[3] = times_s[place];
            times_s[place] = lies[i];
            assert_true(ptn_erasure_seen(&roster, times_s, 4, &seen_ms));
            assert_true(ptn_erasure_now(&roster, times_s, 4, &now_ms));
            assert_true(seen_ms >= 1000000 && seen_ms <= 1010000);
            assert_true(now_ms >= 1000000 && now_ms <= 1010000);
        }
    }
}

/* ERASE-1. */
static void test_erasure__the_wait_is_seventy_two_hours(void **state)
{
    static const struct {
        int64_t seen_ms;
        int64_t now_ms;
        bool waited;
    } cases[] = {
        { 1000, 1000 + PTN_ERASURE_WAIT_MS, true },
        { 1000, 999 + PTN_ERASURE_WAIT_MS, false },
        { 1000, 1000, false },
        { 1000, 0, false },
        { 1000, INT64_MIN, false },
        { 0, PTN_ERASURE_WAIT_MS, true },
        { -1, INT64_MAX, false },
        { INT64_MAX, INT64_MAX, false },
        { 0, INT64_MAX, true },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_int_equal(ptn_erasure_has_waited(cases[i].seen_ms, cases[i].now_ms),
                         cases[i].waited);
}

/* ERASE-1. */
static void test_erasure__a_class_has_its_least_period(void **state)
{
    static struct ptn_roster_retention periods[] = { { PTN_RETENTION_CROSSING, 1825 },
                                                     { PTN_RETENTION_AUDIT, UINT32_MAX } };
    static const struct ptn_roster roster = { .retentions = periods,
                                              .retention_count = COUNT(periods) };
    const int64_t day_ms = INT64_C(86400000);
    const int64_t time_ms = 1790000000000;
    const struct {
        struct ptn_ledger_header header;
        int64_t now_ms;
        bool due;
    } cases[] = {
        { { .time_ms = time_ms, .retention = 1, .has_payload = true },
          time_ms + 1825 * day_ms,
          true },
        { { .time_ms = time_ms, .retention = 1, .has_payload = true },
          time_ms + 1825 * day_ms - 1,
          false },
        { { .time_ms = time_ms, .retention = 2, .has_payload = true },
          time_ms + 99999 * day_ms,
          false },
        { { .time_ms = time_ms, .retention = 3, .has_payload = true }, time_ms, true },
        { { .time_ms = time_ms, .retention = 3, .has_payload = true }, time_ms - 1, false },
        { { .time_ms = time_ms, .retention = 3, .has_payload = true }, -1, false },
        { { .time_ms = INT64_MAX, .retention = 3, .has_payload = true }, time_ms, false },
        { { .time_ms = time_ms, .retention = 3 }, time_ms, false },
        { { .time_ms = 0, .retention = PTN_RETENTION_PUBLIC, .has_payload = true },
          INT64_MAX,
          false },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_int_equal(ptn_erasure_is_due(&roster, &cases[i].header, cases[i].now_ms),
                         cases[i].due);
}

static void test_erasure__a_month_goes_when_its_last_class_has_expired(void **state)
{
    struct ptn_roster_retention retentions[] = { { PTN_RETENTION_CROSSING, 30 },
                                                 { PTN_RETENTION_AUDIT, 365 },
                                                 { PTN_RETENTION_REPORT, 10 },
                                                 { PTN_RETENTION_OPERATION, 0 } };
    struct ptn_roster roster = { .retentions = retentions, .retention_count = 4 };
    const struct ptn_date december = { 2026, 12, 0 };
    const struct ptn_date after = { 2027, 1, 1 };
    const int64_t due_ms = ((int64_t)ptn_date_to_days(after) + 365) * 86400000;

    (void)state;
    assert_true(ptn_erasure_month_is_due(&roster, december, due_ms));
    assert_false(ptn_erasure_month_is_due(&roster, december, due_ms - 1));
    assert_false(ptn_erasure_month_is_due(&roster, december, 0));
    assert_false(ptn_erasure_month_is_due(&roster, december, -1));
    assert_true(ptn_erasure_month_is_due(&roster, december, INT64_MAX));
    /* nobody has said how long one of the classes is kept: never */
    roster.retention_count = 3;
    assert_false(ptn_erasure_month_is_due(&roster, december, INT64_MAX));
}

/* A roster that was signed before there was a class casework keeps what is in it as it did. */
static void test_erasure__casework_is_kept_as_crossings_where_the_roster_does_not_say(void **state)
{
    struct ptn_roster_retention retentions[] = { { PTN_RETENTION_AUDIT, 1 },
                                                 { PTN_RETENTION_CROSSING, 30 },
                                                 { PTN_RETENTION_REPORT, 1 },
                                                 { PTN_RETENTION_OPERATION, 1 },
                                                 { PTN_RETENTION_CASEWORK, 40 } };
    struct ptn_roster roster = { .retentions = retentions, .retention_count = 4 };
    const struct ptn_ledger_header sheet = { .retention = PTN_RETENTION_CASEWORK,
                                             .has_payload = true };
    const struct ptn_date december = { 2026, 12, 0 };
    const struct ptn_date after = { 2027, 1, 1 };
    const int64_t end_ms = (int64_t)ptn_date_to_days(after) * 86400000;
    const int64_t day_ms = 86400000;

    (void)state;
    assert_false(ptn_erasure_is_due(&roster, &sheet, 30 * day_ms - 1));
    assert_true(ptn_erasure_is_due(&roster, &sheet, 30 * day_ms));
    assert_true(ptn_erasure_month_is_due(&roster, december, end_ms + 30 * day_ms));
    /* its own line counts, wherever it stands */
    roster.retention_count = 5;
    assert_false(ptn_erasure_is_due(&roster, &sheet, 40 * day_ms - 1));
    assert_true(ptn_erasure_is_due(&roster, &sheet, 40 * day_ms));
    assert_false(ptn_erasure_month_is_due(&roster, december, end_ms + 40 * day_ms - 1));
    assert_true(ptn_erasure_month_is_due(&roster, december, end_ms + 40 * day_ms));
    retentions[4].days = 20;
    assert_true(ptn_erasure_is_due(&roster, &sheet, 20 * day_ms));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_erasure__a_month_goes_when_its_last_class_has_expired),
        cmocka_unit_test(test_erasure__casework_is_kept_as_crossings_where_the_roster_does_not_say),
        cmocka_unit_test(test_erasure__times_are_medians_of_a_quorum),
        cmocka_unit_test(test_erasure__one_liar_moves_nothing_past_the_honest),
        cmocka_unit_test(test_erasure__the_wait_is_seventy_two_hours),
        cmocka_unit_test(test_erasure__a_class_has_its_least_period),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
