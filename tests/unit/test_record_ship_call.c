/* Goal: what is done in a ship's call has one form; a person passes against the advice with words
 * and, against stop, with a supervisor; who was ashore at the end is named (SHORE-2). */
#include "record/vehicle.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static struct ptn_ship_call good(enum ptn_call_act act)
{
    struct ptn_ship_call call = {
        .id = { { 1 } },
        .of = { { 2 } },
        .time_ms = INT64_C(1795800000000),
        .act = act,
        .post = PTN_BYTES_LITERAL("durres"),
        .lane = PTN_BYTES_LITERAL("1"),
        .officer = PTN_BYTES_LITERAL("ana"),
    };

    if (act == PTN_CALL_OPENED || act == PTN_CALL_CLOSED) {
        call.supervisor = PTN_BYTES_LITERAL("arta");
    } else {
        call.person.surname = PTN_BYTES_LITERAL("VONTRELI");
        call.person.document.number = PTN_BYTES_LITERAL("U00412907");
        call.advice = (struct ptn_record_id){ { 3 } };
    }
    if (act == PTN_CALL_OPENED) {
        call.of = call.id;
        call.voyage = PTN_BYTES_LITERAL("IMO9074729 V112");
        call.imo = PTN_BYTES_LITERAL("9074729");
    }
    if (act >= PTN_CALL_SIGNED_OFF && act <= PTN_CALL_STRANGER)
        call.crossing = (struct ptn_record_id){ { 4 } };
    if (act == PTN_CALL_MISSING) {
        call.advice = (struct ptn_record_id){ { 0 } };
        call.since_ms = 1;
    }
    return call;
}

static void test_ship_call__every_act_comes_back_whole(void **state)
{
    (void)state;
    for (unsigned act = 1; act < PTN_CALL_ACT_COUNT; act++) {
        struct ptn_ship_call call = good((enum ptn_call_act)act);
        struct ptn_ship_call back;
        struct ptn_buffer out;

        ptn_buffer_init(&out, PTN_RECORD_LEN_MAX);
        assert_true(ptn_ok(ptn_ship_call_write(&call, &out)));
        assert_true(ptn_ok(ptn_ship_call_parse(ptn_buffer_bytes(&out), &back, NULL)));
        assert_int_equal(back.act, act);
        assert_true(ptn_record_id_equal(back.of, call.of));
        assert_true(ptn_bytes_equal(back.person.surname, call.person.surname));
        assert_true(ptn_bytes_equal(back.imo, call.imo));
        assert_string_not_equal(ptn_call_act_word((enum ptn_call_act)act), "unknown");
        ptn_buffer_release(&out);
    }
}

static void test_ship_call__a_field_of_another_act_is_refused(void **state)
{
    (void)state;
    for (unsigned act = 1; act < PTN_CALL_ACT_COUNT; act++)
        for (unsigned other = 0; other < 8; other++) {
            struct ptn_ship_call call = good((enum ptn_call_act)act);
            bool person = act != PTN_CALL_OPENED && act != PTN_CALL_CLOSED;
            bool crossing = act >= PTN_CALL_SIGNED_OFF && act <= PTN_CALL_STRANGER;
            bool fits = false;

            switch (other) {
            case 0:
                call.voyage = PTN_BYTES_LITERAL("v");
                fits = act == PTN_CALL_OPENED;
                break;
            case 1:
                call.imo = PTN_BYTES_LITERAL("9074729");
                fits = act == PTN_CALL_OPENED;
                break;
            case 2:
                call.sails_ms = 1;
                fits = act == PTN_CALL_OPENED;
                break;
            case 3:
                call.person.surname = PTN_BYTES_LITERAL("X");
                fits = person;
                break;
            case 4:
                call.crossing = (struct ptn_record_id){ { 4 } };
                fits = crossing;
                break;
            case 5:
                call.since_ms = 1;
                fits = act == PTN_CALL_MISSING;
                break;
            case 6:
                call.ashore = 1;
                fits = act == PTN_CALL_CLOSED;
                break;
            default:
                call.advice = (struct ptn_record_id){ { 3 } };
                fits = person && act != PTN_CALL_MISSING;
                break;
            }
            assert_int_equal(ptn_ok(ptn_ship_call_validate(&call, NULL)), fits);
        }
}

/* SHORE-2 */
static void test_ship_call__nobody_passes_against_the_advice_without_words(void **state)
{
    static const enum ptn_call_act acts[] = { PTN_CALL_OUT, PTN_CALL_IN, PTN_CALL_SIGNED_OFF,
                                              PTN_CALL_SIGNED_ON };

    (void)state;
    for (size_t i = 0; i < sizeof(acts) / sizeof(acts[0]); i++) {
        struct ptn_ship_call call = good(acts[i]);
        struct ptn_diag diag = { 0, "" };

        call.advised = PTN_VERDICT_REFER;
        assert_false(ptn_ok(ptn_ship_call_validate(&call, &diag)));
        assert_string_equal(diag.text, "reason");
        call.reason = PTN_BYTES_LITERAL("the captain vouches");
        assert_true(ptn_ok(ptn_ship_call_validate(&call, NULL)));
        call.advised = PTN_VERDICT_STOP;
        assert_false(ptn_ok(ptn_ship_call_validate(&call, &diag)));
        assert_string_equal(diag.text, "supervisor");
        call.supervisor = PTN_BYTES_LITERAL("arta");
        assert_true(ptn_ok(ptn_ship_call_validate(&call, NULL)));
    }
}

static void test_ship_call__a_call_is_opened_and_closed_by_a_named_supervisor(void **state)
{
    (void)state;
    for (unsigned act = PTN_CALL_OPENED; act <= PTN_CALL_CLOSED;
         act += PTN_CALL_CLOSED - PTN_CALL_OPENED) {
        struct ptn_ship_call call = good((enum ptn_call_act)act);
        struct ptn_diag diag = { 0, "" };

        call.supervisor = PTN_BYTES_NONE;
        assert_false(ptn_ok(ptn_ship_call_validate(&call, &diag)));
        assert_string_equal(diag.text, "supervisor");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ship_call__every_act_comes_back_whole),
        cmocka_unit_test(test_ship_call__a_field_of_another_act_is_refused),
        cmocka_unit_test(test_ship_call__nobody_passes_against_the_advice_without_words),
        cmocka_unit_test(test_ship_call__a_call_is_opened_and_closed_by_a_named_supervisor),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
