/* Goal: an alert and an order to leave have one form each, and no record of them says two things.
 */
#include "record/alert.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static const struct ptn_person someone = { .surname = { (const uint8_t *)"KRASNIQI", 8 },
                                           .given = { (const uint8_t *)"LULE", 4 } };
static const struct ptn_date day = { 2026, 11, 28 };
static const struct ptn_date before = { 2026, 11, 27 };

static struct ptn_alert good_alert(void)
{
    return (struct ptn_alert){ .id = { { 1 } },
                               .time_ms = INT64_C(1795800000000),
                               .act = PTN_ALERT_ENTERED,
                               .post = PTN_BYTES_LITERAL("tirana"),
                               .officer = PTN_BYTES_LITERAL("ana"),
                               .owner = PTN_BYTES_LITERAL("State Police"),
                               .basis = PTN_BYTES_LITERAL("Law 108, article 9"),
                               .purpose = PTN_BYTES_LITERAL("find the person"),
                               .action = PTN_ALERT_INQUIRY,
                               .until = day,
                               .identities = &someone,
                               .identity_count = 1 };
}

static struct ptn_leave good_leave(void)
{
    return (struct ptn_leave){ .id = { { 2 } },
                               .time_ms = INT64_C(1795800000000),
                               .act = PTN_LEAVE_ORDERED,
                               .post = PTN_BYTES_LITERAL("tirana"),
                               .officer = PTN_BYTES_LITERAL("ana"),
                               .reference = PTN_BYTES_LITERAL("OL-1"),
                               .issuer = PTN_BYTES_LITERAL("Ministry"),
                               .deadline_ms = INT64_C(1795886400000),
                               .people = &someone,
                               .people_count = 1 };
}

static void test_alert__rules_between_fields(void **state)
{
    static const char *const faults[] = { NULL,         "owner", "basis",  "purpose", "action",
                                          "until",      "until", "second", "reason",  "act",
                                          "identities", NULL,    NULL };

    (void)state;
    for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
        struct ptn_alert alert = good_alert();
        struct ptn_diag diag = { 0, "" };

        alert.owner = i == 1 ? PTN_BYTES_NONE : alert.owner;
        alert.basis = i == 2 ? PTN_BYTES_NONE : alert.basis;
        alert.purpose = i == 3 ? PTN_BYTES_NONE : alert.purpose;
        alert.action = i == 4 ? 0 : alert.action;
        alert.until = i == 5 ? PTN_DATE_NONE : i == 6 ? before : alert.until;
        alert.from = i == 6 ? day : alert.from;
        alert.second = i == 7 ? alert.officer : alert.second;
        alert.act = i == 8 || i == 9 ? PTN_ALERT_END : alert.act;
        if (i == 8 || i == 12)
            alert = (struct ptn_alert){ .id = alert.id,
                                        .time_ms = alert.time_ms,
                                        .act = PTN_ALERT_END,
                                        .post = alert.post,
                                        .officer = alert.officer };
        alert.reason = i == 9 || i == 12 ? PTN_BYTES_LITERAL("found") : alert.reason;
        alert.identity_count = i == 10 || i == 11 ? 0 : alert.identity_count;
        alert.plate = i == 11 ? PTN_BYTES_LITERAL("AA123BB") : alert.plate;
        assert_int_equal(ptn_ok(ptn_alert_validate(&alert, &diag)), faults[i] == NULL);
        if (faults[i] != NULL)
            assert_string_equal(diag.text, faults[i]);
    }
}

static void test_alert__an_order_says_whom_and_its_changes_do_not(void **state)
{
    static const char *const faults[] = { NULL,     "reference", "issuer", "deadline_ms",
                                          "people", "liaison",   "nth",    "reason",
                                          "act",    NULL,        NULL,     "nth" };

    (void)state;
    for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
        struct ptn_leave leave = good_leave();
        struct ptn_leave change = { .id = leave.id,
                                    .time_ms = leave.time_ms,
                                    .act = PTN_LEAVE_ANNULLED,
                                    .post = leave.post,
                                    .officer = leave.officer,
                                    .reason = PTN_BYTES_LITERAL("a mistake") };
        struct ptn_diag diag = { 0, "" };

        leave.reference = i == 1 ? PTN_BYTES_NONE : leave.reference;
        leave.issuer = i == 2 ? PTN_BYTES_NONE : leave.issuer;
        leave.deadline_ms = i == 3 ? 0 : leave.deadline_ms;
        leave.people_count = i == 4 ? 0 : 1;
        leave.protocol = i == 5;
        leave.nth = i == 6 ? 1 : 0;
        if (i >= 7)
            leave = change;
        if (i == 7)
            leave.reason = PTN_BYTES_NONE;
        if (i == 8)
            leave.issuer = PTN_BYTES_LITERAL("Ministry");
        if (i >= 10)
            leave.act = PTN_LEAVE_PAPER;
        leave.nth = i == 10 ? 2 : leave.nth;
        assert_int_equal(ptn_ok(ptn_leave_validate(&leave, &diag)), faults[i] == NULL);
        if (faults[i] != NULL)
            assert_string_equal(diag.text, faults[i]);
    }
}

static void test_alert__words_go_both_ways(void **state)
{
    (void)state;
    for (unsigned i = 1; i < PTN_ALERT_ACTION_COUNT; i++)
        assert_int_equal(ptn_alert_action_from_word(
                             ptn_bytes_from_text(ptn_alert_action_word((enum ptn_alert_action)i))),
                         i);
    assert_int_equal(ptn_alert_action_from_word(PTN_BYTES_LITERAL("kill")), 0);
    assert_string_equal(ptn_alert_act_word(PTN_ALERT_END), "end");
    assert_string_equal(ptn_leave_act_word(PTN_LEAVE_PAPER), "paper");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_alert__rules_between_fields),
        cmocka_unit_test(test_alert__an_order_says_whom_and_its_changes_do_not),
        cmocka_unit_test(test_alert__words_go_both_ways),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
