/* Goal: what a supervisor told of the shift is there after a restart, a hand-over begins the counts
 * anew, and an old wait is no wait. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "node/node_int.h"
#include "node/paper.h"
#include "node/shift.h"
#include "node_made.h"
#include "record/vehicle.h"

#define NOW INT64_C(1790000000000)
#define MIN INT64_C(60000)

static const struct ptn_officer mira = { .user = "mira",
                                         .name = "Mira",
                                         .role = PTN_STAFF_SUPERVISOR };
static const struct ptn_officer luan = { .user = "luan",
                                         .name = "Luan",
                                         .role = PTN_STAFF_SUPERVISOR };
static int64_t clock_ms;

struct fixture {
    struct ptn_world world; /* the real one, with a clock of its own */
    char folder[FOLDER_SIZE], dir[DIR_SIZE];
    struct ptn_node *node;
    struct ptn_arena *arena;
    struct ptn_shift_standing standing;
    unsigned done;
};

static int64_t now_ms(void *context)
{
    (void)context;
    return clock_ms;
}

static void open_node(struct fixture *fixture)
{
    assert_true(ptn_ok(ptn_node_open(&fixture->world, fixture->dir, NULL, &fixture->node, NULL)));
    while (ptn_node_step(fixture->node))
        ;
}

static int set_up(void **state)
{
    static const struct ptn_node_plan plan = {
        .name = "Port of Durrës", .code = "durres", .kind = PTN_POST_SEAPORT, .state = "ALB"
    };
    struct fixture *fixture = calloc(1, sizeof(*fixture));

    clock_ms = NOW;
    fixture->world = *ptn_world_real();
    fixture->world.now_ms = now_ms;
    fixture->arena = ptn_arena_new(1u << 20);
    made_node(&fixture->world, &plan, fixture->folder, fixture->dir);
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

static void written(struct ptn_writer_request *request)
{
    assert_true(ptn_ok(request->status));
}

static void told(struct ptn_shift_telling *telling)
{
    struct fixture *fixture = telling->context;

    assert_true(ptn_ok(telling->write.status));
    fixture->done++;
}

static struct ptn_status tell(struct fixture *fixture, struct ptn_shift_entry entry,
                              const struct ptn_officer *second, struct ptn_diag *diag)
{
    const struct ptn_lane_who who = { &mira, "shift" };
    struct ptn_shift_telling *telling = ptn_arena_take(fixture->arena, sizeof(*telling));
    unsigned before = fixture->done;
    struct ptn_status status;

    telling->done = told;
    telling->context = fixture;
    telling->entry = entry;
    status = ptn_shift_tell(fixture->node, &who, second, fixture->arena, telling, diag);
    while (ptn_node_step(fixture->node))
        ;
    assert_int_equal(fixture->done - before, ptn_ok(status) ? 1 : 0);
    return status;
}

static const struct ptn_shift_standing *standing(struct fixture *fixture)
{
    ptn_shift_standing(fixture->node, &fixture->standing);
    return &fixture->standing;
}

static void cross(struct fixture *fixture, const char *lane, enum ptn_outcome outcome,
                  enum ptn_referral_kind referral)
{
    const struct ptn_crossing crossing = { .time_ms = clock_ms,
                                           .lane = ptn_bytes_from_text(lane),
                                           .officer = PTN_BYTES_LITERAL("ina"),
                                           .outcome = outcome,
                                           .referral = referral };

    ptn_node_lock(fixture->node);
    ptn_shift_learn_crossing(fixture->node, &crossing);
    ptn_node_unlock(fixture->node);
}

static void cross_at(struct fixture *fixture, const char *lane, int64_t time_ms)
{
    const struct ptn_crossing crossing = { .time_ms = time_ms,
                                           .lane = ptn_bytes_from_text(lane),
                                           .officer = PTN_BYTES_LITERAL("ina"),
                                           .outcome = PTN_OUTCOME_RECORDED };

    ptn_node_lock(fixture->node);
    ptn_shift_learn_crossing(fixture->node, &crossing);
    ptn_node_unlock(fixture->node);
}

static struct ptn_shift_entry lane_entry(const char *lane, enum ptn_lane_category category)
{
    return (struct ptn_shift_entry){ .act = category == PTN_LANE_ANY ? PTN_SHIFT_LANE_CLOSED
                                                                     : PTN_SHIFT_LANE_OPENED,
                                     .lane = ptn_bytes_from_text(lane),
                                     .category = category };
}

static void test_shift__lanes_are_there_after_a_restart(void **state)
{
    struct fixture *fixture = *state;

    assert_true(ptn_ok(tell(fixture, lane_entry("2", PTN_LANE_LORRIES), NULL, NULL)));
    assert_true(ptn_ok(tell(fixture, lane_entry("1", PTN_LANE_CREW), NULL, NULL)));
    assert_true(ptn_ok(tell(fixture, lane_entry("1", PTN_LANE_ANY), NULL, NULL)));
    for (unsigned turn = 0; turn < 2; turn++) {
        const struct ptn_shift_standing *shift = standing(fixture);

        assert_int_equal(shift->lane_count, 2);
        assert_string_equal(shift->lanes[0].name, "1");
        assert_true(shift->lanes[0].told && !shift->lanes[0].open);
        assert_true(shift->lanes[1].open);
        assert_int_equal(shift->lanes[1].category, PTN_LANE_LORRIES);
        ptn_node_close(fixture->node);
        open_node(fixture);
    }
}

static void test_shift__crossings_are_counted_by_lane_and_by_time(void **state)
{
    struct fixture *fixture = *state;

    cross(fixture, "1", PTN_OUTCOME_RECORDED, PTN_REFERRAL_NONE);
    clock_ms += 30 * MIN;
    cross(fixture, "1", PTN_OUTCOME_REFERRED, PTN_REFERRAL_MATCH);
    cross(fixture, "2", PTN_OUTCOME_OVERRIDDEN, PTN_REFERRAL_NONE);
    cross(fixture, PTN_PAPER_LANE, PTN_OUTCOME_RECORDED, PTN_REFERRAL_NONE);
    assert_int_equal(standing(fixture)->hour, 3);
    assert_int_equal(fixture->standing.ten, 2);
    assert_int_equal(fixture->standing.crossings, 3);
    assert_int_equal(fixture->standing.lanes[0].hour, 2);
    assert_int_equal(fixture->standing.referrals[PTN_REFERRAL_MATCH], 1);
    assert_int_equal(fixture->standing.override_count, 1);
    assert_string_equal(fixture->standing.overrides[0].officer, "ina");
    assert_int_equal(fixture->standing.began_ms, NOW);
    clock_ms += 40 * MIN;
    assert_int_equal(standing(fixture)->hour, 2);
    clock_ms += 40 * MIN;
    assert_int_equal(standing(fixture)->hour, 0);
    cross_at(fixture, "9", clock_ms - INT64_C(25) * 60 * MIN);
    assert_int_equal(standing(fixture)->lane_count, 2); /* yesterday's lane is nobody's shift */
}

/* One that was let pass against a stop, in the ledger. */
static void drive(struct fixture *fixture, int64_t time_ms)
{
    const struct ptn_vehicle vehicle = { .id = { { 1 } },
                                         .trip = { { 2 } },
                                         .time_ms = time_ms,
                                         .date = ptn_place_local_date(time_ms),
                                         .direction = PTN_DIRECTION_ENTRY,
                                         .kind = PTN_VEHICLE_CAR,
                                         .plate = PTN_BYTES_LITERAL("UT 777 ZZ"),
                                         .key = PTN_BYTES_LITERAL("UT777ZZ"),
                                         .occupants = 1,
                                         .advised = PTN_VERDICT_STOP,
                                         .outcome = PTN_OUTCOME_OVERRIDDEN,
                                         .reason = PTN_BYTES_LITERAL("paper seen"),
                                         .post = PTN_BYTES_LITERAL("airport"),
                                         .lane = PTN_BYTES_LITERAL("4"),
                                         .officer = PTN_BYTES_LITERAL("ina"),
                                         .supervisor = PTN_BYTES_LITERAL("mira") };
    struct ptn_buffer out = { .len_max = PTN_RECORD_LEN_MAX };
    struct ptn_writer_request write = { .done = written };

    assert_true(ptn_ok(ptn_node_put(&write, PTN_RECORD_VEHICLE, ptn_vehicle_write(&vehicle, &out),
                                    &out, fixture->arena)));
    ptn_writer_submit(fixture->node, &write);
    while (ptn_node_step(fixture->node))
        ;
}

static void test_shift__a_vehicle_let_pass_is_there_after_a_restart(void **state)
{
    struct fixture *fixture = *state;

    drive(fixture, clock_ms - INT64_C(25) * 60 * MIN); /* no shift's any more */
    drive(fixture, clock_ms);
    ptn_node_close(fixture->node);
    open_node(fixture);
    assert_int_equal(standing(fixture)->overrides_made, 1);
    assert_int_equal(fixture->standing.override_count, 1);
    assert_string_equal(fixture->standing.overrides[0].lane, "4");
    assert_string_equal(fixture->standing.overrides[0].supervisor, "mira");
    assert_int_equal(fixture->standing.crossings, 0);
}

/* A list of three days and a half ago. */
static void put_list(struct fixture *fixture)
{
    static const char text[] =
        "{\"postern-list\":1,\"made\":\"2026-09-18T00:00:00Z\",\"entries\":1}\n"
        "{\"id\":\"W-1\",\"kind\":\"person\",\"names\":[\"MOLLAKUQI, BESNIKA\"],"
        "\"on_entry\":\"refer\",\"on_exit\":\"refer\"}\n";
    struct ptn_snapshot_input input = { .name = PTN_BYTES_LITERAL("wanted"),
                                        .format = PTN_LIST_POSTERN };
    char list[FOLDER_SIZE + 16];

    (void)snprintf(list, sizeof(list), "%s/wanted.ndjson", fixture->folder);
    assert_true(ptn_ok(
        fixture->world.files->replace(fixture->world.context, list, ptn_bytes_from_text(text))));
    input.path = list;
    made_lists(&fixture->world, fixture->dir, &input, 1);
    assert_true(ptn_ok(ptn_node_reload(fixture->node, NULL)));
}

/* A crossing that is in the ledger and was counted when it was made. */
static void cross_for_good(struct fixture *fixture, const char *lane, enum ptn_referral_kind kind)
{
    static uint8_t number;
    const struct ptn_crossing crossing = {
        .id = { { 1, ++number } },
        .time_ms = clock_ms,
        .date = { 2026, 9, 21 },
        .direction = PTN_DIRECTION_ENTRY,
        .outcome = kind == PTN_REFERRAL_NONE ? PTN_OUTCOME_RECORDED : PTN_OUTCOME_REFERRED,
        .referral = kind,
        .post = PTN_BYTES_LITERAL("durres"),
        .lane = ptn_bytes_from_text(lane),
        .officer = PTN_BYTES_LITERAL("ina"),
        .person.name = PTN_BYTES_LITERAL("SPECIMEN"),
    };
    struct ptn_buffer payload = { .len_max = PTN_RECORD_LEN_MAX };
    struct ptn_writer_request request = { .records = { { .kind = PTN_RECORD_CROSSING,
                                                         .retention = PTN_RETENTION_CROSSING } },
                                          .record_count = 1,
                                          .done = written };

    assert_true(ptn_ok(ptn_crossing_write(&crossing, &payload)));
    request.records[0].payload = ptn_buffer_bytes(&payload);
    ptn_writer_submit(fixture->node, &request);
    while (ptn_node_step(fixture->node))
        ;
    ptn_buffer_release(&payload);
    ptn_node_lock(fixture->node);
    ptn_shift_learn_crossing(fixture->node, &crossing);
    ptn_node_unlock(fixture->node);
}

/* In order or not, a start counts what the ledger has: SHIFT-1. */
static void test_shift__a_restart_changes_no_count(void **state)
{
    struct fixture *fixture = *state;
    const struct ptn_shift_entry over = { .act = PTN_SHIFT_HANDED_OVER,
                                          .words = PTN_BYTES_LITERAL("All is well.") };
    struct ptn_shift_standing before;

    cross_for_good(fixture, "1", PTN_REFERRAL_NONE);
    clock_ms += MIN;
    assert_true(ptn_ok(tell(fixture, over, &luan, NULL)));
    clock_ms += MIN;
    cross_for_good(fixture, "1", PTN_REFERRAL_MATCH);
    cross_for_good(fixture, "2", PTN_REFERRAL_NONE);
    for (unsigned restarts = 0; restarts < 3; restarts++) {
        before = *standing(fixture);
        assert_int_equal(before.crossings, 2 + restarts);
        assert_int_equal(before.hour, 3 + restarts);
        ptn_node_close(fixture->node);
        open_node(fixture);
        (void)standing(fixture);
        assert_int_equal(fixture->standing.crossings, before.crossings);
        assert_int_equal(fixture->standing.hour, before.hour);
        assert_int_equal(fixture->standing.ten, before.ten);
        assert_int_equal(fixture->standing.began_ms, before.began_ms);
        assert_int_equal(fixture->standing.lane_count, before.lane_count);
        assert_memory_equal(fixture->standing.lanes, before.lanes, sizeof(before.lanes));
        assert_memory_equal(fixture->standing.referrals, before.referrals,
                            sizeof(before.referrals));
        cross_for_good(fixture, "2", PTN_REFERRAL_NONE); /* past what the file of stays knows */
    }
}

/* SHIFT-1. */
static void test_shift__a_hand_over_begins_anew_and_needs_two(void **state)
{
    struct fixture *fixture = *state;
    const struct ptn_shift_entry over = { .act = PTN_SHIFT_HANDED_OVER,
                                          .words = PTN_BYTES_LITERAL("Reader 3 is slow.") };
    struct ptn_diag diag = { 0 };

    put_list(fixture);
    cross(fixture, "1", PTN_OUTCOME_REFERRED, PTN_REFERRAL_UNWELL);
    clock_ms += MIN;
    assert_int_equal(tell(fixture, over, NULL, &diag).code, PTN_C_BAD_INPUT);
    assert_string_equal(diag.text, "second");
    assert_int_equal(tell(fixture, over, &mira, NULL).code, PTN_C_BAD_INPUT);
    assert_int_equal(standing(fixture)->crossings, 1);
    assert_true(ptn_ok(tell(fixture, over, &luan, NULL)));
    assert_int_equal(standing(fixture)->crossings, 0);
    assert_int_equal(fixture->standing.referrals[PTN_REFERRAL_UNWELL], 1); /* is still there */
    assert_int_equal(fixture->standing.began_ms, clock_ms);
    assert_string_equal(fixture->standing.handed_by, "mira");
    assert_string_equal(fixture->standing.handed_to, "luan");
    ptn_node_close(fixture->node);
    open_node(fixture);
    assert_string_equal(standing(fixture)->words, "Reader 3 is slow.");
    assert_int_equal(fixture->standing.handed_lists_h, 86); /* both signed for lists that old */
}

static void test_shift__a_wait_is_measured_or_absent(void **state)
{
    struct fixture *fixture = *state;
    const struct ptn_shift_entry wait = { .act = PTN_SHIFT_WAIT,
                                          .direction = PTN_DIRECTION_ENTRY,
                                          .minutes = 40,
                                          .method = PTN_WAIT_QUEUE_WALK };

    assert_false(standing(fixture)->waits[PTN_DIRECTION_ENTRY].known);
    assert_true(ptn_ok(tell(fixture, wait, NULL, NULL)));
    clock_ms += 29 * MIN;
    assert_true(standing(fixture)->waits[PTN_DIRECTION_ENTRY].known);
    assert_false(fixture->standing.waits[PTN_DIRECTION_EXIT].known);
    assert_int_equal(fixture->standing.waits[PTN_DIRECTION_ENTRY].minutes, 40);
    clock_ms += 2 * MIN;
    assert_false(standing(fixture)->waits[PTN_DIRECTION_ENTRY].known);
}

static void test_shift__lanes_have_names_and_an_end(void **state)
{
    static const char *const wrong[] = { "Lane 1", "a-name-that-is-too-long", "ë" };
    struct fixture *fixture = *state;

    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        assert_int_equal(tell(fixture, lane_entry(wrong[i], PTN_LANE_CREW), NULL, NULL).code,
                         PTN_C_BAD_INPUT);
    for (unsigned i = 0; i <= PTN_SHIFT_LANES_MAX; i++) {
        char name[8];

        (void)snprintf(name, sizeof(name), "%u", i);
        cross(fixture, name, PTN_OUTCOME_RECORDED, PTN_REFERRAL_NONE);
    }
    assert_int_equal(standing(fixture)->lane_count, PTN_SHIFT_LANES_MAX);
    assert_int_equal(tell(fixture, lane_entry("new", PTN_LANE_CREW), NULL, NULL).code,
                     PTN_C_BAD_INPUT);
    assert_true(ptn_ok(tell(fixture, lane_entry("1", PTN_LANE_CREW), NULL, NULL)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define SHIFT_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        SHIFT_TEST(test_shift__lanes_are_there_after_a_restart),
        SHIFT_TEST(test_shift__crossings_are_counted_by_lane_and_by_time),
        SHIFT_TEST(test_shift__a_restart_changes_no_count),
        SHIFT_TEST(test_shift__a_vehicle_let_pass_is_there_after_a_restart),
        SHIFT_TEST(test_shift__a_hand_over_begins_anew_and_needs_two),
        SHIFT_TEST(test_shift__a_wait_is_measured_or_absent),
        SHIFT_TEST(test_shift__lanes_have_names_and_an_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
