#include "base/date.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static struct ptn_date date_of(const char *text)
{
    struct ptn_date date = PTN_DATE_NONE;

    if (!ptn_ok(ptn_date_parse(ptn_bytes_from_text(text), &date, NULL)))
        fail_msg("%s does not parse", text);
    return date;
}

static void test_date__known_days(void **state)
{
    static const struct {
        const char *date;
        int32_t days;
    } cases[] = {
        { "1970-01-01", 0 },       { "1969-12-31", -1 },      { "2000-02-29", 11016 },
        { "2000-03-01", 11017 },   { "1900-03-01", -25508 },  { "2038-01-19", 24855 },
        { "0001-01-01", -719162 }, { "9999-12-31", 2932896 },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_int_equal(ptn_date_to_days(date_of(cases[i].date)), cases[i].days);
        assert_true(ptn_date_equal(ptn_date_from_days(cases[i].days), date_of(cases[i].date)));
    }
}

/* Walk every day there is: each follows the one before as the calendar says. */
static void test_date__every_day_follows_the_day_before(void **state)
{
    struct ptn_date date = { 1, 1, 1 };
    int32_t days = -719162;

    (void)state;
    while (days <= 2932896) {
        struct ptn_date back = ptn_date_from_days(days);
        char text[PTN_DATE_TEXT_SIZE];
        struct ptn_date parsed;

        if (!ptn_date_equal(back, date) || ptn_date_to_days(date) != days)
            fail_msg("day %d", days);
        if (days % 97 == 0) {
            assert_true(ptn_ok(
                ptn_date_parse(ptn_bytes_from_text(ptn_date_write(date, text)), &parsed, NULL)));
            assert_true(ptn_date_equal(parsed, date));
        }
        days++;
        date.day++;
        if (date.day > ptn_date_month_days(date.year, date.month)) {
            date.day = 1;
            date.month++;
        }
        if (date.month > 12) {
            date.month = 1;
            date.year++;
        }
    }
    assert_true(ptn_date_equal(ptn_date_from_days(INT32_MIN), date_of("0001-01-01")));
    assert_true(ptn_date_equal(ptn_date_from_days(INT32_MAX), date_of("9999-12-31")));
}

static void test_date__leap_years(void **state)
{
    (void)state;
    assert_int_equal(ptn_date_month_days(2000, 2), 29);
    assert_int_equal(ptn_date_month_days(1900, 2), 28);
    assert_int_equal(ptn_date_month_days(2024, 2), 29);
    assert_int_equal(ptn_date_month_days(2023, 2), 28);
    assert_int_equal(ptn_date_month_days(2023, 12), 31);
    assert_int_equal(ptn_date_month_days(2023, 4), 30);
}

static void test_date__texts_with_unknown_parts(void **state)
{
    static const struct {
        const char *text;
        struct ptn_date date;
        const char *written;
    } cases[] = {
        { "1980-05-17", { 1980, 5, 17 }, "1980-05-17" },
        { "1980-05", { 1980, 5, 0 }, "1980-05-XX" },
        { "1980", { 1980, 0, 0 }, "1980-XX-XX" },
        { "1980-XX-XX", { 1980, 0, 0 }, "1980-XX-XX" },
        { "1980-XX-17", { 1980, 0, 17 }, "1980-XX-17" },
        { "XXXX-05-17", { 0, 5, 17 }, "XXXX-05-17" },
        { "XXXX-02-29", { 0, 2, 29 }, "XXXX-02-29" },
        { "XXXX", { 0, 0, 0 }, "XXXX-XX-XX" },
        { "XXXX-XX-31", { 0, 0, 31 }, "XXXX-XX-31" },
        { "2024-02-29", { 2024, 2, 29 }, "2024-02-29" },
        { "0001-01-01", { 1, 1, 1 }, "0001-01-01" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char text[PTN_DATE_TEXT_SIZE];

        assert_true(ptn_date_equal(date_of(cases[i].text), cases[i].date));
        assert_string_equal(ptn_date_write(cases[i].date, text), cases[i].written);
    }
}

static void test_date__bad_texts_are_located_and_output_untouched(void **state)
{
    static const struct {
        const char *text;
        size_t offset;
    } cases[] = {
        { "", 0 },           { "198", 0 },        { "0000-01-01", 0 }, { "19X0-01-01", 0 },
        { "xxxx-01-01", 0 }, { "1980-", 5 },      { "1980-1-1", 5 },   { "1980-00-01", 5 },
        { "1980-13-01", 5 }, { "1980/01/01", 4 }, { "1980-01-", 8 },   { "1980-01-00", 8 },
        { "1980-01-32", 8 }, { "1980-01-1", 8 },  { "1980-0101", 7 },  { "1980-01-01 ", 10 },
        { "1980-02-30", 8 }, { "1900-02-29", 8 }, { "1980-04-31", 8 }, { "XXXX-02-30", 8 },
        { "1980-X1-01", 5 }, { "+198-01-01", 0 },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct ptn_date date = { 7, 7, 7 };
        struct ptn_diag diag = { 0 };

        assert_int_equal(ptn_date_parse(ptn_bytes_from_text(cases[i].text), &date, &diag).code,
                         PTN_C_BAD_INPUT);
        assert_int_equal(diag.offset, cases[i].offset);
        assert_true(ptn_date_equal(date, (struct ptn_date){ 7, 7, 7 }));
    }
}

static void test_date__possible_dates(void **state)
{
    static const struct {
        struct ptn_date date;
        bool possible;
    } cases[] = {
        { { 0, 0, 0 }, true },      { { 9999, 12, 31 }, true },  { { 10000, 1, 1 }, false },
        { { 2023, 13, 1 }, false }, { { 2023, 1, 32 }, false },  { { 2023, 2, 29 }, false },
        { { 0, 2, 29 }, true },     { { 0, 2, 30 }, false },     { { 2023, 0, 31 }, true },
        { { 2023, 0, 32 }, false }, { { 2023, 11, 31 }, false }, { { 0, 13, 0 }, false },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_int_equal(ptn_date_is_possible(cases[i].date), cases[i].possible);
    assert_true(ptn_date_is_none(PTN_DATE_NONE));
    assert_false(ptn_date_is_none((struct ptn_date){ 0, 0, 1 }));
    assert_false(ptn_date_is_full((struct ptn_date){ 2023, 0, 1 }));
    assert_true(ptn_date_is_full((struct ptn_date){ 2023, 1, 1 }));
}

static void test_date__first_and_last_of_what_is_known(void **state)
{
    static const char *const cases[][3] = {
        { "1980-05-17", "1980-05-17", "1980-05-17" }, { "1980-05", "1980-05-01", "1980-05-31" },
        { "1980-02", "1980-02-01", "1980-02-29" },    { "1981-02", "1981-02-01", "1981-02-28" },
        { "1980", "1980-01-01", "1980-12-31" },       { "1980-XX-30", "1980-01-30", "1980-12-30" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct ptn_date date = date_of(cases[i][0]);

        assert_true(ptn_date_equal(ptn_date_first(date), date_of(cases[i][1])));
        assert_true(ptn_date_equal(ptn_date_last(date), date_of(cases[i][2])));
    }
}

static void test_date__order_and_distance(void **state)
{
    static const struct {
        const char *a;
        const char *b;
        int32_t days;
    } cases[] = {
        { "2024-01-01", "2024-01-01", 0 },   { "2024-02-28", "2024-03-01", 2 },
        { "2023-02-28", "2023-03-01", 1 },   { "2024-03-01", "2024-02-28", -2 },
        { "2023-12-31", "2024-01-01", 1 },   { "2024-01-31", "2024-02-01", 1 },
        { "2024-01-01", "2025-01-01", 366 },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct ptn_date a = date_of(cases[i].a);
        struct ptn_date b = date_of(cases[i].b);
        int order = ptn_date_compare(a, b);

        assert_int_equal(ptn_date_days_between(a, b), cases[i].days);
        assert_int_equal((order < 0) - (order > 0), (cases[i].days > 0) - (cases[i].days < 0));
    }
}

static void test_date__months_follow_each_other(void **state)
{
    static const struct {
        struct ptn_date date;
        unsigned count;
        struct ptn_date after;
    } cases[] = {
        { { 2026, 11, 29 }, 0, { 2026, 11, 0 } }, { { 2026, 11, 29 }, 1, { 2026, 12, 0 } },
        { { 2026, 12, 31 }, 1, { 2027, 1, 0 } },  { { 2026, 12, 0 }, 13, { 2028, 1, 0 } },
        { { 2026, 1, 31 }, 11, { 2026, 12, 0 } }, { { 2026, 1, 31 }, 12, { 2027, 1, 0 } },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_true(
            ptn_date_equal(ptn_date_month_after(cases[i].date, cases[i].count), cases[i].after));
        assert_int_equal(ptn_date_month_number(cases[i].after),
                         ptn_date_month_number(cases[i].date) + cases[i].count);
    }
}

static void test_date__ages(void **state)
{
    static const struct {
        const char *birth;
        const char *on;
        unsigned years;
    } cases[] = {
        { "2000-05-17", "2000-05-17", 0 },  { "2000-05-17", "2018-05-16", 17 },
        { "2000-05-17", "2018-05-17", 18 }, { "2004-02-29", "2022-02-28", 17 },
        { "2004-02-29", "2022-03-01", 18 }, { "2004-02-29", "2024-02-29", 20 },
        { "2000-12-31", "2001-01-01", 0 },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_int_equal(ptn_date_years_between(date_of(cases[i].birth), date_of(cases[i].on)),
                         cases[i].years);
}

static void test_instant__there_and_back(void **state)
{
    static const struct {
        int64_t ms;
        const char *text;
    } cases[] = {
        { 0, "1970-01-01T00:00:00.000Z" },
        { -1, "1969-12-31T23:59:59.999Z" },
        { 1700000000123, "2023-11-14T22:13:20.123Z" },
        { 951782400000, "2000-02-29T00:00:00.000Z" },
        { -62135596800000, "0001-01-01T00:00:00.000Z" },
        { 253402300799999, "9999-12-31T23:59:59.999Z" },
    };
    char text[PTN_INSTANT_TEXT_SIZE];
    int64_t ms = 0;

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_string_equal(ptn_instant_write(cases[i].ms, text), cases[i].text);
        assert_true(ptn_ok(ptn_instant_parse(ptn_bytes_from_text(cases[i].text), &ms, NULL)));
        assert_true(ms == cases[i].ms);
        assert_true(
            ptn_date_equal(ptn_instant_date(cases[i].ms),
                           date_of((char[11]){ text[0], text[1], text[2], text[3], '-', text[5],
                                               text[6], '-', text[8], text[9], '\0' })));
    }
    assert_true(ptn_ok(ptn_instant_parse(PTN_BYTES_LITERAL("1970-01-01T00:00:01Z"), &ms, NULL)));
    assert_int_equal(ms, 1000);
    assert_string_equal(ptn_instant_write(INT64_MAX, text), "9999-12-31T23:59:59.999Z");
    assert_string_equal(ptn_instant_write(INT64_MIN, text), "0001-01-01T00:00:00.000Z");
}

static void test_instant__bad_texts_are_located_and_output_untouched(void **state)
{
    static const struct {
        const char *text;
        size_t offset;
    } cases[] = {
        { "", 0 },
        { "2023-11-14", 10 },
        { "2023-11-XXT00:00:00Z", 0 },
        { "2023-11T00:00:00Z", 7 },
        { "2023-11-14 00:00:00Z", 10 },
        { "2023-11-14T24:00:00Z", 11 },
        { "2023-11-14T00:60:00Z", 14 },
        { "2023-11-14T00:00:60Z", 17 },
        { "2023-11-14T00:00:00", 19 },
        { "2023-11-14T00:00:00+01:00", 19 },
        { "2023-11-14T00:00:00.12Z", 20 },
        { "2023-11-14T00:00:00.1234Z", 23 },
        { "2023-11-14T00:00:00.123", 23 },
        { "2023-11-14T00:00:00.123Z ", 24 },
        { "2023-11-14T00-00:00Z", 13 },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        int64_t ms = 7;
        struct ptn_diag diag = { 0 };

        assert_int_equal(ptn_instant_parse(ptn_bytes_from_text(cases[i].text), &ms, &diag).code,
                         PTN_C_BAD_INPUT);
        assert_int_equal(diag.offset, cases[i].offset);
        assert_int_equal(ms, 7);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_date__known_days),
        cmocka_unit_test(test_date__every_day_follows_the_day_before),
        cmocka_unit_test(test_date__leap_years),
        cmocka_unit_test(test_date__texts_with_unknown_parts),
        cmocka_unit_test(test_date__bad_texts_are_located_and_output_untouched),
        cmocka_unit_test(test_date__possible_dates),
        cmocka_unit_test(test_date__first_and_last_of_what_is_known),
        cmocka_unit_test(test_date__order_and_distance),
        cmocka_unit_test(test_date__months_follow_each_other),
        cmocka_unit_test(test_date__ages),
        cmocka_unit_test(test_instant__there_and_back),
        cmocka_unit_test(test_instant__bad_texts_are_located_and_output_untouched),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
