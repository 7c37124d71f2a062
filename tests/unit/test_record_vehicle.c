/* Goal: a vehicle's crossing has one form, and an alert on it is followed or overridden, never
 * passed over. */
#include "record/vehicle.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static struct ptn_vehicle good(void)
{
    struct ptn_vehicle vehicle = {
        .id = { { 1 } },
        .trip = { { 2 } },
        .time_ms = INT64_C(1795800000000),
        .date = { 2026, 11, 28 },
        .direction = PTN_DIRECTION_ENTRY,
        .kind = PTN_VEHICLE_CAR,
        .plate = PTN_BYTES_LITERAL("UT 204 KX"),
        .key = PTN_BYTES_LITERAL("UT204KX"),
        .occupants = 5,
        .outcome = PTN_OUTCOME_RECORDED,
        .post = PTN_BYTES_LITERAL("kakavije"),
        .officer = PTN_BYTES_LITERAL("ana"),
    };

    return vehicle;
}

static void test_vehicle__comes_back_whole(void **state)
{
    struct ptn_vehicle vehicle = good();
    struct ptn_vehicle back;
    struct ptn_buffer out;

    (void)state;
    ptn_buffer_init(&out, PTN_RECORD_LEN_MAX);
    vehicle.sign = PTN_BYTES_LITERAL("GR");
    vehicle.booking = PTN_BYTES_LITERAL("B-1");
    vehicle.booked = 4;
    assert_true(ptn_ok(ptn_vehicle_write(&vehicle, &out)));
    assert_true(ptn_ok(ptn_vehicle_parse(ptn_buffer_bytes(&out), &back, NULL)));
    assert_true(ptn_record_id_equal(back.trip, vehicle.trip));
    assert_true(ptn_bytes_is(back.plate, "UT 204 KX"));
    assert_true(ptn_bytes_is(back.key, "UT204KX"));
    assert_true(ptn_bytes_is(back.sign, "GR"));
    assert_int_equal(back.occupants, 5);
    assert_int_equal(back.booked, 4);
    assert_int_equal(back.kind, PTN_VEHICLE_CAR);
    ptn_buffer_release(&out);
}

static void test_vehicle__rules_between_fields(void **state)
{
    static const struct {
        enum ptn_verdict advised;
        enum ptn_outcome outcome;
        enum ptn_referral_kind referral;
        const char *reason, *supervisor, *list, *entry, *fault;
    } cases[] = {
        { PTN_VERDICT_REFER, PTN_OUTCOME_REFERRED, PTN_REFERRAL_VEHICLE, "", "", "l", "e", NULL },
        { PTN_VERDICT_REFER, PTN_OUTCOME_RECORDED, PTN_REFERRAL_NONE, "", "", "", "", "outcome" },
        { PTN_VERDICT_CLEAR, PTN_OUTCOME_REFERRED, PTN_REFERRAL_NONE, "", "", "", "", "referral" },
        { PTN_VERDICT_REFER, PTN_OUTCOME_OVERRIDDEN, PTN_REFERRAL_NONE, "", "", "", "", "reason" },
        { PTN_VERDICT_STOP, PTN_OUTCOME_OVERRIDDEN, PTN_REFERRAL_NONE, "r", "", "", "",
          "supervisor" },
        { PTN_VERDICT_STOP, PTN_OUTCOME_OVERRIDDEN, PTN_REFERRAL_NONE, "r", "s", "", "", NULL },
        { PTN_VERDICT_CLEAR, PTN_OUTCOME_RECORDED, PTN_REFERRAL_NONE, "", "", "l", "", "list" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct ptn_vehicle vehicle = good();
        struct ptn_diag diag = { 0, "" };

        vehicle.advised = cases[i].advised;
        vehicle.outcome = cases[i].outcome;
        vehicle.referral = cases[i].referral;
        vehicle.reason = ptn_bytes_from_text(cases[i].reason);
        vehicle.supervisor = ptn_bytes_from_text(cases[i].supervisor);
        vehicle.list = ptn_bytes_from_text(cases[i].list);
        vehicle.entry = ptn_bytes_from_text(cases[i].entry);
        assert_int_equal(ptn_ok(ptn_vehicle_validate(&vehicle, &diag)), cases[i].fault == NULL);
        if (cases[i].fault != NULL)
            assert_string_equal(diag.text, cases[i].fault);
    }
}

static void test_vehicle__words_go_both_ways(void **state)
{
    (void)state;
    for (unsigned i = 1; i < PTN_VEHICLE_KIND_COUNT; i++) {
        enum ptn_vehicle_kind kind = (enum ptn_vehicle_kind)i;

        assert_int_equal(
            ptn_vehicle_kind_from_word(ptn_bytes_from_text(ptn_vehicle_kind_word(kind))), kind);
    }
    assert_int_equal(ptn_vehicle_kind_from_word(PTN_BYTES_LITERAL("hovercraft")),
                     PTN_VEHICLE_UNKNOWN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vehicle__comes_back_whole),
        cmocka_unit_test(test_vehicle__rules_between_fields),
        cmocka_unit_test(test_vehicle__words_go_both_ways),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
