/* Goal: of many looks, those that somebody should ask about stand out, and the rest do not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "serve/audit_int.h"

#define NOW           INT64_C(1795993200000) /* 2026-11-29T23:00:00Z: midnight in Tirana */
#define HOUR          INT64_C(3600000)
#define DAY           INT64_C(86400000)
#define AT(day, hour) (NOW - (day)*DAY + (hour)*HOUR - DAY)

static int64_t places;

/* A look by somebody, at somebody; whom 0: nobody who is known. */
static void put(struct ptn_audit *audit, const char *officer, int64_t time_ms,
                enum ptn_purpose purpose, uint8_t whom, bool answered)
{
    struct ptn_view_look look = {
        .at = ++places,
        .time_ms = time_ms,
        .purpose = purpose,
        .shown = 1,
        .of_one = whom != 0,
        .whom = { whom },
        .first_line = purpose == PTN_PURPOSE_FIRST_LINE,
        .answered = answered,
        .origin = "x",
        .officer = ptn_bytes_from_text(officer),
        .post = PTN_BYTES_LITERAL("airport"),
    };

    assert_true(ptn_ok(ptn_audit_take(audit, &look)));
}

static const struct ptn_audit_officer *called(const struct ptn_audit *audit, const char *user)
{
    for (size_t i = 0; i < audit->officer_count; i++)
        if (strcmp(audit->officers[i].user, user) == 0)
            return &audit->officers[i];
    fail();
    return NULL;
}

/* Somebody who works by day, every day, and once looked at three in the morning. */
static void test_audit__a_look_at_an_odd_hour_stands_out(void **state)
{
    struct ptn_audit audit;
    size_t odd = 0;

    (void)state;
    assert_true(ptn_ok(ptn_audit_init(&audit, NOW)));
    for (int day = 0; day < 10; day++)
        for (int hour = 8; hour < 16; hour++)
            put(&audit, "ina", AT(day, hour), PTN_PURPOSE_FIRST_LINE, (uint8_t)(hour + day), true);
    put(&audit, "ina", AT(2, 3), PTN_PURPOSE_SEARCH, 7, true);
    put(&audit, "ina", AT(5, 17), PTN_PURPOSE_SEARCH, 7,
        true);                                                 /* an hour longer is no other hour */
    put(&audit, "new", AT(1, 3), PTN_PURPOSE_SEARCH, 8, true); /* of whom no hours are known */
    assert_true(ptn_ok(ptn_audit_settle(&audit)));
    assert_int_equal(called(&audit, "ina")->odd, 1);
    assert_int_equal(called(&audit, "new")->odd, 0);
    for (size_t i = 0; i < audit.count; i++)
        if ((audit.looks[i].marks & PTN_AUDIT_ODD) != 0) {
            odd++;
            assert_int_equal(audit.looks[i].time_ms, AT(2, 3));
            assert_int_equal(audit.looks[i].hour, 3);
        }
    assert_int_equal(odd, 1);
    ptn_audit_release(&audit);
}

/* Two nights before midnight and two after are one shift. */
static void test_audit__midnight_parts_no_night(void **state)
{
    struct ptn_audit audit;

    (void)state;
    assert_true(ptn_ok(ptn_audit_init(&audit, NOW)));
    for (int day = 1; day < 9; day++)
        put(&audit, "ina", AT(day, day % 2 == 0 ? 23 : 0), PTN_PURPOSE_FIRST_LINE, 1, true);
    assert_true(ptn_ok(ptn_audit_settle(&audit)));
    assert_int_equal(called(&audit, "ina")->odd, 0);
    ptn_audit_release(&audit);
}

/* A scan that no crossing answers: of a traveller who paid for it, or of nobody who stood there. */
static void test_audit__what_no_crossing_answers_stands_out_an_hour_later(void **state)
{
    struct ptn_audit audit;

    (void)state;
    assert_true(ptn_ok(ptn_audit_init(&audit, NOW)));
    put(&audit, "ina", NOW - 2 * HOUR, PTN_PURPOSE_FIRST_LINE, 1, false);
    put(&audit, "ina", NOW - 2 * HOUR, PTN_PURPOSE_FIRST_LINE, 2, true);
    put(&audit, "ina", NOW - HOUR / 2, PTN_PURPOSE_FIRST_LINE, 3, false); /* still at the lane */
    put(&audit, "ina", NOW - 2 * HOUR, PTN_PURPOSE_SEARCH, 4, false);     /* no lane */
    assert_true(ptn_ok(ptn_audit_settle(&audit)));
    assert_int_equal(called(&audit, "ina")->unanswered, 1);
    assert_int_equal(called(&audit, "ina")->asked, 1);
    assert_int_equal(called(&audit, "ina")->looks, 4);
    ptn_audit_release(&audit);
}

/* Many looks at one person, by one and by several: those whom nobody asked for are left out. */
static void test_audit__who_is_looked_at_again_and_again_comes_first(void **state)
{
    struct ptn_audit audit;

    (void)state;
    assert_true(ptn_ok(ptn_audit_init(&audit, NOW)));
    for (int i = 0; i < 9; i++)
        put(&audit, "ana", NOW - (i + 1) * DAY, PTN_PURPOSE_SEARCH, 77, false);
    put(&audit, "ben", NOW - DAY, PTN_PURPOSE_SECOND_LINE, 77, false);
    put(&audit, "ben", NOW - DAY, PTN_PURPOSE_SEARCH, 5, false);
    put(&audit, "ben", NOW - DAY, PTN_PURPOSE_SEARCH, 0, false); /* a search that showed many */
    for (int i = 0; i < 30; i++)
        put(&audit, "ina", NOW - DAY, PTN_PURPOSE_FIRST_LINE, 200, true);
    assert_true(ptn_ok(ptn_audit_settle(&audit)));
    assert_int_equal(audit.person_count, 2);
    assert_int_equal(audit.people[0].whom[0], 77);
    assert_int_equal(audit.people[0].asked, 10);
    assert_int_equal(audit.people[0].officers, 2);
    assert_int_equal(audit.people[1].whom[0], 5);
    assert_int_equal(called(&audit, "ana")->most, 9);
    assert_int_equal(called(&audit, "ana")->people, 1);
    assert_int_equal(called(&audit, "ben")->people, 2);
    assert_int_equal(called(&audit, "ina")->most, 30);
    for (size_t i = 1; i < audit.count; i++)
        assert_true(audit.looks[i - 1].time_ms >= audit.looks[i].time_ms);
    ptn_audit_release(&audit);
}

/* More officers than are told apart: their looks count, and crowd nobody out. */
static void test_audit__more_officers_than_fit_are_counted(void **state)
{
    struct ptn_audit audit;
    char user[16];

    (void)state;
    assert_true(ptn_ok(ptn_audit_init(&audit, NOW)));
    for (unsigned i = 0; i < PTN_AUDIT_OFFICERS_MAX + 20; i++) {
        (void)snprintf(user, sizeof(user), "u%u", i);
        put(&audit, user, NOW - DAY, PTN_PURPOSE_SEARCH, (uint8_t)(i % 200 + 1), false);
    }
    assert_true(ptn_ok(ptn_audit_settle(&audit)));
    assert_int_equal(audit.officer_count, PTN_AUDIT_OFFICERS_MAX);
    assert_int_equal(audit.count, PTN_AUDIT_OFFICERS_MAX + 20);
    assert_int_equal(audit.person_count, 200);
    ptn_audit_release(&audit);
    assert_true(ptn_ok(ptn_audit_init(&audit, NOW))); /* and none at all */
    assert_true(ptn_ok(ptn_audit_settle(&audit)));
    assert_int_equal(audit.person_count, 0);
    ptn_audit_release(&audit);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_audit__a_look_at_an_odd_hour_stands_out),
        cmocka_unit_test(test_audit__midnight_parts_no_night),
        cmocka_unit_test(test_audit__what_no_crossing_answers_stands_out_an_hour_later),
        cmocka_unit_test(test_audit__who_is_looked_at_again_and_again_comes_first),
        cmocka_unit_test(test_audit__more_officers_than_fit_are_counted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
