/* Goal: every cell of the ladder's table; down never waits, up is never a matter of time alone,
 * nothing flaps. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "trust/ladder.h"

#define START  INT64_C(1790000000000)
#define MINUTE INT64_C(60000)

static enum ptn_ladder_act move(struct ptn_ladder *ladder, enum ptn_ladder_event_kind kind,
                                enum ptn_cause cause, int64_t now_ms)
{
    const struct ptn_ladder_event event = { kind, cause, now_ms };
    struct ptn_ladder next;
    enum ptn_ladder_act act = ptn_ladder_move(ladder, &event, &next);

    *ladder = next;
    return act;
}

/* N, O, L, M by place; O -> heartbeat has tests of its own. */
static void test_ladder__every_cell(void **state)
{
    static const char *const expected[PTN_LADDER_PLACE_COUNT] = { "ONLMN", "OOLMN", "LLLMN",
                                                                  "MMLMN" };
    static const char letters[] = "NOLM";

    (void)state;
    for (unsigned place = 0; place < PTN_LADDER_PLACE_COUNT; place++) {
        for (unsigned kind = 0; kind < PTN_LADDER_EVENT_COUNT; kind++) {
            struct ptn_ladder ladder = PTN_LADDER_START;
            enum ptn_ladder_act act;

            ladder.place = (enum ptn_ladder_place)place;
            ladder.since_ms = START;
            act = move(&ladder, (enum ptn_ladder_event_kind)kind, PTN_CAUSE_NONE, START + 1);
            assert_int_equal(letters[ladder.place], expected[place][kind]);
            assert_int_equal(ladder.since_ms, START + (ladder.place != place));
            assert_int_equal(act != PTN_LADDER_STAY, ladder.place != place);
            assert_int_equal(act == PTN_LADDER_STEP_DOWN,
                             place == PTN_LADDER_NORMAL && kind == PTN_LADDER_SILENCE);
        }
    }
}

static void test_ladder__a_rung_for_every_place(void **state)
{
    static const enum ptn_rung rungs[] = { PTN_RUNG_NORMAL, PTN_RUNG_LOCAL, PTN_RUNG_LOCAL,
                                           PTN_RUNG_MANUAL };

    (void)state;
    for (unsigned place = 0; place < PTN_LADDER_PLACE_COUNT; place++) {
        struct ptn_ladder ladder = { .place = (enum ptn_ladder_place)place };

        assert_int_equal(ptn_ladder_rung(&ladder), rungs[place]);
    }
}

/* Down for `down` ms, heartbeats for `steady` ms up to now: does it step back by itself? */
static bool steps_back(int64_t down, int64_t steady)
{
    struct ptn_ladder ladder = PTN_LADDER_START;

    assert_int_equal(move(&ladder, PTN_LADDER_SILENCE, PTN_CAUSE_NONE, START),
                     PTN_LADDER_STEP_DOWN);
    (void)move(&ladder, PTN_LADDER_HEARTBEAT, PTN_CAUSE_NONE, START + down - steady);
    if (ladder.place == PTN_LADDER_NORMAL)
        return true;
    return move(&ladder, PTN_LADDER_HEARTBEAT, PTN_CAUSE_NONE, START + down) ==
           PTN_LADDER_STEP_BACK;
}

static void test_ladder__its_own_step_back_has_limits(void **state)
{
    (void)state;
    assert_true(steps_back(5 * MINUTE, PTN_LADDER_STEADY_MS));
    assert_false(steps_back(5 * MINUTE, PTN_LADDER_STEADY_MS - 1));
    assert_true(steps_back(PTN_LADDER_BRIEF_MS - 1, 3 * MINUTE));
    assert_false(steps_back(PTN_LADDER_BRIEF_MS, 3 * MINUTE));
    assert_false(steps_back(PTN_LADDER_DAY_MS, 3 * MINUTE));
}

/* Silence in between starts the two minutes anew. */
static void test_ladder__heartbeats_must_be_steady(void **state)
{
    struct ptn_ladder ladder = PTN_LADDER_START;

    (void)state;
    (void)move(&ladder, PTN_LADDER_SILENCE, PTN_CAUSE_NONE, START);
    (void)move(&ladder, PTN_LADDER_HEARTBEAT, PTN_CAUSE_NONE, START + MINUTE);
    (void)move(&ladder, PTN_LADDER_SILENCE, PTN_CAUSE_NONE, START + 2 * MINUTE);
    assert_int_equal(move(&ladder, PTN_LADDER_HEARTBEAT, PTN_CAUSE_NONE, START + 4 * MINUTE),
                     PTN_LADDER_STAY);
    assert_int_equal(move(&ladder, PTN_LADDER_HEARTBEAT, PTN_CAUSE_NONE, START + 6 * MINUTE),
                     PTN_LADDER_STEP_BACK);
}

/* The fourth time in a day it stays down. */
static void test_ladder__does_not_flap(void **state)
{
    struct ptn_ladder ladder = PTN_LADDER_START;
    int64_t now = START;

    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        (void)move(&ladder, PTN_LADDER_SILENCE, PTN_CAUSE_NONE, now);
        (void)move(&ladder, PTN_LADDER_HEARTBEAT, PTN_CAUSE_NONE, now + MINUTE);
        assert_int_equal(move(&ladder, PTN_LADDER_HEARTBEAT, PTN_CAUSE_NONE, now + 4 * MINUTE),
                         i < 3 ? PTN_LADDER_STEP_BACK : PTN_LADDER_STAY);
        now += 10 * MINUTE;
    }
    /* a duty key ends it; a day later the post may again by itself */
    assert_int_equal(move(&ladder, PTN_LADDER_CLEARED, PTN_CAUSE_NONE, now), PTN_LADDER_MOVED);
    now += PTN_LADDER_DAY_MS;
    (void)move(&ladder, PTN_LADDER_SILENCE, PTN_CAUSE_NONE, now);
    (void)move(&ladder, PTN_LADDER_HEARTBEAT, PTN_CAUSE_NONE, now + MINUTE);
    assert_int_equal(move(&ladder, PTN_LADDER_HEARTBEAT, PTN_CAUSE_NONE, now + 4 * MINUTE),
                     PTN_LADDER_STEP_BACK);
}

/* An order that came while it was down by itself takes the step back away. */
static void test_ladder__an_order_takes_its_own_step_over(void **state)
{
    struct ptn_ladder ladder = PTN_LADDER_START;

    (void)state;
    (void)move(&ladder, PTN_LADDER_SILENCE, PTN_CAUSE_NONE, START);
    assert_int_equal(ptn_ladder_conditions(&ladder, START + 1),
                     PTN_PROVISO_BRIEF | PTN_PROVISO_ALONE);
    assert_int_equal(ptn_ladder_conditions(&ladder, START - 1), PTN_PROVISO_ALONE);
    (void)move(&ladder, PTN_LADDER_ORDERED_LOCAL, PTN_CAUSE_ATTACK, START + 1);
    assert_int_equal(ptn_ladder_conditions(&ladder, START + 2), 0);
    (void)move(&ladder, PTN_LADDER_HEARTBEAT, PTN_CAUSE_NONE, START + MINUTE);
    (void)move(&ladder, PTN_LADDER_HEARTBEAT, PTN_CAUSE_NONE, START + 9 * MINUTE);
    assert_int_equal(ladder.place, PTN_LADDER_LOCAL);
    assert_int_equal(ladder.cause, PTN_CAUSE_ATTACK);
}

/* TRUST-3: over every sequence of four events the cause only rises until normal, and only CLEARED,
 * a manual order's end and the own step back lead up. */
static void test_ladder__causes_rise_and_only_these_lead_up(void **state)
{
    const unsigned kinds = PTN_LADDER_EVENT_COUNT * PTN_CAUSE_COUNT;

    (void)state;
    for (unsigned sequence = 0; sequence < kinds * kinds * kinds; sequence++) {
        struct ptn_ladder ladder = PTN_LADDER_START;
        unsigned rest = sequence;

        for (unsigned step = 0; step < 3; step++, rest /= kinds) {
            struct ptn_ladder former = ladder;
            enum ptn_ladder_event_kind kind =
                (enum ptn_ladder_event_kind)(rest % kinds % PTN_LADDER_EVENT_COUNT);
            enum ptn_cause cause = (enum ptn_cause)(rest % kinds / PTN_LADDER_EVENT_COUNT);
            enum ptn_ladder_act act =
                move(&ladder, kind, cause, START + (int64_t)step * 3 * MINUTE);

            if (ladder.place == PTN_LADDER_NORMAL)
                assert_int_equal(ladder.cause, PTN_CAUSE_NONE);
            else
                assert_true(ladder.cause >= former.cause && ladder.cause >= cause);
            if (ptn_ladder_rung(&ladder) < ptn_ladder_rung(&former))
                assert_true(
                    kind == PTN_LADDER_CLEARED || act == PTN_LADDER_STEP_BACK ||
                    (kind == PTN_LADDER_ORDERED_LOCAL && former.place == PTN_LADDER_MANUAL));
        }
    }
}

static void test_ladder__the_event_of_what_stands(void **state)
{
    static const struct {
        struct ptn_standing standing;
        bool own;
        enum ptn_ladder_event_kind kind;
    } rows[] = {
        { { .count = 0 }, false, PTN_LADDER_CLEARED },
        { { .entry = PTN_RUNG_LOCAL, .exit = PTN_RUNG_LOCAL, .count = 1 },
          true,
          PTN_LADDER_SILENCE },
        { { .entry = PTN_RUNG_LOCAL, .exit = PTN_RUNG_LOCAL, .count = 1 },
          false,
          PTN_LADDER_ORDERED_LOCAL },
        { { .entry = PTN_RUNG_LOCAL, .count = 2 }, true, PTN_LADDER_ORDERED_LOCAL },
        { { .exit = PTN_RUNG_MANUAL, .count = 1 }, false, PTN_LADDER_ORDERED_MANUAL },
        { { .entry = PTN_RUNG_MANUAL, .exit = PTN_RUNG_LOCAL, .count = 2 },
          true,
          PTN_LADDER_ORDERED_MANUAL },
        { { .stopped = PTN_FUNCTION_EXPORTS, .count = 1 }, false, PTN_LADDER_CLEARED },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_int_equal(ptn_ladder_event_of(&rows[i].standing, rows[i].own, START).kind,
                         rows[i].kind);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ladder__every_cell),
        cmocka_unit_test(test_ladder__a_rung_for_every_place),
        cmocka_unit_test(test_ladder__its_own_step_back_has_limits),
        cmocka_unit_test(test_ladder__heartbeats_must_be_steady),
        cmocka_unit_test(test_ladder__does_not_flap),
        cmocka_unit_test(test_ladder__an_order_takes_its_own_step_over),
        cmocka_unit_test(test_ladder__causes_rise_and_only_these_lead_up),
        cmocka_unit_test(test_ladder__the_event_of_what_stands),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
