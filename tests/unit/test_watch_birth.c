/* Dates of birth in words: the shapes counted in published lists, and texts that are none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "watch/list_int.h"

/* Births as "first..last", "~" before an approximate one, "; " between; "?" at the end: something
 * was left over. */
static void print(struct ptn_bytes text, char out[1024])
{
    struct ptn_list_birth births[PTN_BIRTH_TEXT_MAX];
    size_t count = 99, len = 0;
    bool whole = ptn_birth_read(text, births, &count);

    out[0] = '\0';
    assert_true(count <= PTN_BIRTH_TEXT_MAX);
    for (size_t i = 0; i < count; i++) {
        char a[PTN_DATE_TEXT_SIZE], b[PTN_DATE_TEXT_SIZE];

        assert_true(ptn_date_compare(births[i].first, births[i].last) <= 0);
        len += (size_t)snprintf(out + len, 1024 - len, "%s%s%s..%s", i > 0 ? "; " : "",
                                births[i].circa ? "~" : "", ptn_date_write(births[i].first, a),
                                ptn_date_write(births[i].last, b));
    }
    (void)snprintf(out + len, 1024 - len, "%s", whole ? "" : "?");
}

static void test_birth__shapes_of_published_lists(void **state)
{
    static const struct {
        const char *text;
        const char *births;
    } cases[] = {
        { "10 Dec 1948", "1948-12-10..1948-12-10" },
        { "1936", "1936-01-01..1936-12-31" },
        { "circa 1951", "~1951-01-01..1951-12-31" },
        { "1950 to 1955", "1950-01-01..1955-12-31" },
        { "10 Mar 1950 to 12 Apr 1951", "1950-03-10..1951-04-12" },
        { "Mar 1970", "1970-03-01..1970-03-31" },
        { "Feb 1972", "1972-02-01..1972-02-29" },
        { "circa 15 Sep 1960", "~1960-09-15..1960-09-15" },
        { "circa 1950-1960", "~1950-01-01..1960-12-31" },
        { "Mar 1950 to Jun 1951", "1950-03-01..1951-06-30" },
        { "1965-02-03", "1965-02-03..1965-02-03" },
        { "1965-02", "1965-02-01..1965-02-28" },
        { "17.3.2014", "2014-03-17..2014-03-17" },
        { "03/02/1965", "1965-02-03..1965-02-03" },
        { "00/05/1971", "1971-05-01..1971-05-31" },
        { "00/00/1971", "1971-01-01..1971-12-31" },
        { "24-Oct-2025", "2025-10-24..2025-10-24" },
        { "28 September 1962", "1962-09-28..1962-09-28" },
        { "20 Feb. 1962", "1962-02-20..1962-02-20" },
        { "March 3, 1965", "1965-03-03..1965-03-03" },
        { "1st May 1970", "1970-05-01..1970-05-01" },
        { "1960s", "1960-01-01..1969-12-31" },
        { "1958; 1959", "1958-01-01..1958-12-31; 1959-01-01..1959-12-31" },
        { "Between 1975 and 1976", "1975-01-01..1976-12-31" },
        { "between 1963 and 1968", "1963-01-01..1968-12-31" },
        { "(a) 1.2.1960, (b) 3.4.1961", "1960-02-01..1960-02-01; 1961-04-03..1961-04-03" },
        { "(a) 1.2.1960, (b) approximately 1961",
          "1960-02-01..1960-02-01; ~1961-01-01..1961-12-31" },
        { "(c) 1961", "1961-01-01..1961-12-31" },
        { "c. 1961", "~1961-01-01..1961-12-31" },
        { "(probably) 1944", "~1944-01-01..1944-12-31" },
        { "1958\xe2\x80\x93"
          "1960",
          "1958-01-01..1960-12-31" },
        { "29 Feb 1972", "1972-02-29..1972-02-29" },
        { "dd/mm/1965", "1965-01-01..1965-12-31" }, /* the UK's, for what is not known */
        { "dd/05/1971", "1971-05-01..1971-05-31" },
        { "DD/MM/1965", "1965-01-01..1965-12-31" },
        { "(1) 01/02/1970 (12) 02/03/1971", "1970-02-01..1970-02-01; 1971-03-02..1971-03-02" },
        { "(i) 1.2.1960, (ii) 3.4.1961", "1960-02-01..1960-02-01; 1961-04-03..1961-04-03" },
        { "28.01 1966", "1966-01-28..1966-01-28" },
        { "24/06/1402 (Hijri Calendar)", "1402-06-24..1402-06-24" }, /* as published: hijra.c */
        { "24.6.1402 (Hijri Calendar)", "1402-06-24..1402-06-24" },
        { "1405 AH", "1405-01-01..1405-12-31" },
        { "1405H", "1405-01-01..1405-12-31" },
        { "1385 A.H.", "1385-01-01..1385-12-31" },
        { "1343 (solar)", "1343-01-01..1343-12-31" },
        { "30/02/1385", "1385-02-01..1385-02-28" }, /* a day that our second month has not */
        { "30/02/1985", "?" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char out[1024];

        print(ptn_bytes_from_text(cases[i].text), out);
        assert_string_equal(out, cases[i].births);
    }
}

static void test_birth__what_is_not_understood_is_said(void **state)
{
    static const struct {
        const char *text;
        const char *births;
    } cases[] = {
        { "N/D", "?" },
        { "29 Feb 1971", "?" },
        { "31.4.1960", "?" },
        { "10 October (year unknown)", "?" },
        { "12345", "?" },
        { "15/08/19yy", "?" },
        { "dd/08", "?" },
        { "dd", "?" },
        { "(123) 1970", "1970-01-01..1970-12-31?" },
        { "1960 to 1950", "1960-01-01..1960-12-31; 1950-01-01..1950-12-31?" },
        { "to 1950", "1950-01-01..1950-12-31?" },
        { "24.6.1402 of the Martyrs", "1402-06-24..1402-06-24?" },
        { "1.2.1960 in Leningrad", "1960-02-01..1960-02-01?" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char out[1024];

        print(ptn_bytes_from_text(cases[i].text), out);
        assert_string_equal(out, cases[i].births);
    }
}

static void test_birth__many_dates_stop_at_the_limit(void **state)
{
    char text[64 * 5 + 1], out[1024];
    struct ptn_list_birth births[PTN_BIRTH_TEXT_MAX];
    size_t count;

    (void)state;
    (void)out;
    for (size_t i = 0; i < 64; i++)
        (void)snprintf(text + i * 5, 6, "1960;");
    assert_true(ptn_birth_read(ptn_bytes_of(text, (size_t)32 * 5), births, &count));
    assert_int_equal(count, 32);
    assert_false(ptn_birth_read(ptn_bytes_of(text, (size_t)33 * 5), births, &count));
    assert_int_equal(count, 32);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_birth__shapes_of_published_lists),
        cmocka_unit_test(test_birth__what_is_not_understood_is_said),
        cmocka_unit_test(test_birth__many_dates_stop_at_the_limit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
