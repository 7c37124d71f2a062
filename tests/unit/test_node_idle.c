/* Goal: a list cannot be read out by questions unseen, and nobody who works is slowed (ACCESS-2).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "node/idle_int.h"
#include "node/node_int.h"
#include "node_made.h"

#define NOW  INT64_C(1790000000000)
#define SEC  INT64_C(1000)
#define HOUR (3600 * SEC)
#define MANY (PTN_IDLE_FREE + 1)

static const struct ptn_officer ina = { .user = "ina", .name = "Ina", .role = PTN_STAFF_OFFICER };
static const struct ptn_officer besa = { .user = "besa",
                                         .name = "Besa",
                                         .role = PTN_STAFF_OFFICER };
static int64_t clock_ms;

struct fixture {
    struct ptn_world world; /* the real one, with a clock of its own */
    char folder[FOLDER_SIZE], dir[DIR_SIZE];
    struct ptn_node *node;
    struct ptn_arena *arena;
    struct ptn_lane_answer answer;
    struct ptn_lane_crossing crossing;
};

static int64_t now_ms(void *context)
{
    (void)context;
    return clock_ms;
}

static void work(struct fixture *fixture)
{
    while (ptn_node_step(fixture->node))
        ;
}

static void open_node(struct fixture *fixture)
{
    assert_true(ptn_ok(ptn_node_open(&fixture->world, fixture->dir, NULL, &fixture->node, NULL)));
    work(fixture);
}

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));

    clock_ms = NOW;
    fixture->world = *ptn_world_real();
    fixture->world.now_ms = now_ms;
    fixture->arena = ptn_arena_new(64u << 20);
    made_post(&fixture->world, PTN_POST_LAND, fixture->folder, fixture->dir);
    open_node(fixture);
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    ptn_node_close(fixture->node);
    ptn_arena_free(fixture->arena);
    unmade(fixture->folder);
    free(fixture);
    return 0;
}

static void scan_done(struct ptn_lane_answer *answer)
{
    assert_true(ptn_ok(answer->write.status));
}

static void crossing_done(struct ptn_lane_crossing *crossing)
{
    assert_true(ptn_ok(crossing->write.status));
}

/* Ask about a person of that number at a lane. False: not answered now. */
static bool ask(struct fixture *fixture, const struct ptn_officer *officer, const char *lane,
                unsigned person)
{
    const struct ptn_lane_who who = { officer, lane };
    char number[16], name[32];
    struct ptn_lane_scan scan = { .direction = PTN_DIRECTION_ENTRY };
    struct ptn_status status;

    (void)snprintf(number, sizeof(number), "U%07u", person);
    (void)snprintf(name, sizeof(name), "QENDRIMI %u", person);
    scan.person = (struct ptn_person){ .surname = ptn_bytes_from_text(name),
                                       .given = PTN_BYTES_LITERAL("LIRA"),
                                       .birth = { 1988, 4, 12 },
                                       .nationality = "UTO",
                                       .document.issuer = "UTO",
                                       .document.number = ptn_bytes_from_text(number),
                                       .document.expiry = { 2033, 1, 1 } };
    ptn_arena_clear(fixture->arena);
    fixture->answer = (struct ptn_lane_answer){ .done = scan_done };
    status = ptn_lane_scan(fixture->node, &who, &scan, fixture->arena, &fixture->answer, NULL);
    if (!ptn_ok(status)) {
        assert_int_equal(status.code, PTN_C_BAD_INPUT);
        assert_true(fixture->answer.slowed);
        return false;
    }
    work(fixture);
    ptn_lane_answer_release(&fixture->answer);
    return true;
}

/* And send them to the second line, as nobody would say no to. */
static void settle(struct fixture *fixture, const struct ptn_officer *officer, const char *lane)
{
    const struct ptn_lane_who who = { officer, lane };
    const struct ptn_lane_settlement settlement = { .scan = fixture->answer.scan,
                                                    .act = PTN_LANE_REFER,
                                                    .kind = PTN_REFERRAL_CONDITIONS };

    fixture->crossing = (struct ptn_lane_crossing){ .done = crossing_done };
    assert_true(ptn_ok(
        ptn_lane_settle(fixture->node, &who, &settlement, fixture->arena, &fixture->crossing)));
    work(fixture);
}

/* How many of so many questions, half a second apart, are answered. */
static unsigned answered(struct fixture *fixture, const struct ptn_officer *officer,
                         const char *lane, unsigned first, unsigned count)
{
    unsigned good = 0;

    for (unsigned i = 0; i < count; i++) {
        clock_ms += SEC / 2;
        good += ask(fixture, officer, lane, first + i) ? 1 : 0;
    }
    return good;
}

static void test_idle__past_so_many_an_answer_comes_every_four_seconds(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(answered(fixture, &ina, "1", 0, MANY), MANY);
    assert_int_equal(answered(fixture, &ina, "1", 1000, 80), 10); /* of forty seconds */
}

static void test_idle__whoever_works_is_not_slowed(void **state)
{
    struct fixture *fixture = *state;

    for (unsigned i = 0; i < 300; i++) {
        clock_ms += SEC / 2;
        assert_true(ask(fixture, &ina, "1", i));
        settle(fixture, &ina, "1");
        if (i % 2 == 0)
            assert_true(ask(fixture, &ina, "1", 1000 + i)); /* put aside */
    }
}

static void test_idle__one_person_looked_at_again_is_one_look(void **state)
{
    struct fixture *fixture = *state;

    for (unsigned i = 0; i < 40; i++)
        assert_int_equal(answered(fixture, &ina, "1", 0, 10), 10);
}

static void test_idle__another_name_under_one_number_is_another_look(void **state)
{
    const struct ptn_person one = { .surname = PTN_BYTES_LITERAL("SHEHU"),
                                    .document.number = PTN_BYTES_LITERAL("U1") };
    const struct ptn_person other = { .surname = PTN_BYTES_LITERAL("SHEHI"),
                                      .document.number = PTN_BYTES_LITERAL("U1") };

    (void)state;
    assert_true(ptn_idle_mark(&one, PTN_BYTES_NONE) == ptn_idle_mark(&one, PTN_BYTES_NONE));
    assert_false(ptn_idle_mark(&one, PTN_BYTES_NONE) == ptn_idle_mark(&other, PTN_BYTES_NONE));
}

static void test_idle__neither_another_lane_nor_another_officer_begins_anew(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(answered(fixture, &ina, "1", 0, MANY), MANY);
    assert_false(ask(fixture, &ina, "2", 1000));
    assert_false(ask(fixture, &besa, "1", 1001));
    assert_true(ask(fixture, &besa, "2", 1002)); /* who has done nothing waits for nothing */
}

static void test_idle__the_shift_is_told_who(void **state)
{
    static struct ptn_shift_standing shift;
    struct fixture *fixture = *state;

    assert_int_equal(answered(fixture, &ina, "1", 0, MANY - 1), MANY - 1);
    ptn_shift_standing(fixture->node, &shift);
    assert_int_equal(shift.looks, MANY - 1);
    assert_int_equal(shift.idle_count, 0);
    assert_true(ask(fixture, &ina, "1", MANY));
    ptn_shift_standing(fixture->node, &shift);
    assert_int_equal(shift.idle_count, 2);
    for (unsigned i = 0; i < 2; i++) {
        assert_string_equal(shift.idle[i].name, shift.idle[i].officer ? "ina" : "1");
        assert_int_equal(shift.idle[i].asked, MANY);
        assert_int_equal(shift.idle[i].settled, 0);
    }
    assert_true(shift.idle[0].officer != shift.idle[1].officer);
}

static void test_idle__a_restart_begins_no_count_anew(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(answered(fixture, &ina, "1", 0, MANY), MANY);
    ptn_node_close(fixture->node);
    open_node(fixture);
    assert_false(ask(fixture, &ina, "1", 1000));
}

static void test_idle__an_hour_later_it_is_forgotten(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(answered(fixture, &ina, "1", 0, MANY), MANY);
    clock_ms += HOUR + 300 * SEC;
    assert_int_equal(answered(fixture, &ina, "1", 1000, MANY), MANY);
}

static void test_idle__a_clock_set_back_makes_nobody_wait(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(answered(fixture, &ina, "1", 0, MANY), MANY);
    clock_ms -= 60 * SEC;
    assert_true(ask(fixture, &ina, "1", 1000));
}

static void test_idle__who_is_slowed_settles_at_once(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(answered(fixture, &ina, "1", 0, MANY), MANY);
    clock_ms += PTN_LANE_SLOWED_MS;
    assert_true(ask(fixture, &ina, "1", 900));
    settle(fixture, &ina, "1");
    assert_int_equal(fixture->crossing.refusal, PTN_LANE_ACCEPTED);
    assert_false(ask(fixture, &ina, "1", 1000));
}

static void test_idle__a_plate_is_a_question_too(void **state)
{
    struct fixture *fixture = *state;
    const struct ptn_lane_who who = { &ina, "1" };
    struct ptn_trip_begun begun;

    for (unsigned i = 0; i < MANY + 1; i++) {
        char plate[16];
        struct ptn_trip_start start = { .direction = PTN_DIRECTION_ENTRY, .kind = PTN_VEHICLE_CAR };
        struct ptn_status status;

        clock_ms += SEC / 2;
        (void)snprintf(plate, sizeof(plate), "UT %03u ZZ", i);
        start.plate = ptn_bytes_from_text(plate);
        ptn_arena_clear(fixture->arena);
        begun = (struct ptn_trip_begun){ .refusal = PTN_LANE_ACCEPTED };
        status = ptn_trip_begin(fixture->node, &who, &start, fixture->arena, &begun, NULL);
        assert_int_equal(begun.refusal, i < MANY ? PTN_LANE_ACCEPTED : PTN_LANE_SLOWED);
        assert_int_equal(status.code, i < MANY ? PTN_C_OK : PTN_C_BAD_INPUT);
        if (ptn_ok(status))
            ptn_trip_begun_release(&begun);
        work(fixture);
    }
}

#define IDLE_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IDLE_TEST(test_idle__past_so_many_an_answer_comes_every_four_seconds),
        IDLE_TEST(test_idle__whoever_works_is_not_slowed),
        IDLE_TEST(test_idle__one_person_looked_at_again_is_one_look),
        cmocka_unit_test(test_idle__another_name_under_one_number_is_another_look),
        IDLE_TEST(test_idle__neither_another_lane_nor_another_officer_begins_anew),
        IDLE_TEST(test_idle__the_shift_is_told_who),
        IDLE_TEST(test_idle__a_restart_begins_no_count_anew),
        IDLE_TEST(test_idle__an_hour_later_it_is_forgotten),
        IDLE_TEST(test_idle__a_clock_set_back_makes_nobody_wait),
        IDLE_TEST(test_idle__who_is_slowed_settles_at_once),
        IDLE_TEST(test_idle__a_plate_is_a_question_too),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
