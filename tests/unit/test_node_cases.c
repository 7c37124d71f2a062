/* Goal: a referral becomes a case that outlives the node, is handled by the second line's rules,
 * and what it found is beside the next scan. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "node/cases_int.h"
#include "node_made.h"

#define LISTED                                                                                     \
    "P<UTOJEVRELOFF<<TICHORAD<<<<<<<<<<<<<<<<<<<<\nU007015337UTO7010011M3203189<<<<<<<<<<<<<<04"
#define CLEAR                                                                                      \
    "P<UTOVONTRELI<<ELISIDA<<<<<<<<<<<<<<<<<<<<<<\nU004129073UTO9004126F3404115<<<<<<<<<<<<<<06"

static const struct ptn_officer arta = { .user = "arta", .name = "Arta" };
static const struct ptn_officer sara = { .user = "sara", .name = "Sara", .role = PTN_STAFF_SECOND };
static const struct ptn_officer teuta = { .user = "teuta",
                                          .name = "Teuta",
                                          .role = PTN_STAFF_SECOND };
static const struct ptn_officer besa = { .user = "besa",
                                         .name = "Besa",
                                         .role = PTN_STAFF_SUPERVISOR };

struct fixture {
    char folder[FOLDER_SIZE];
    char dir[DIR_SIZE];
    struct ptn_node *node;
    struct ptn_arena *arena;
    struct ptn_lane_answer answer;
    struct ptn_lane_crossing crossing;
    struct ptn_case_look look;
    struct ptn_case_doing doing;
    struct ptn_case_queue queue;
    unsigned done;
};

static void open_node(struct fixture *fixture)
{
    assert_true(ptn_ok(ptn_node_open(ptn_world_real(), fixture->dir, NULL, &fixture->node, NULL)));
    while (ptn_node_step(fixture->node))
        ;
}

static int begin(void **state)
{
    const struct ptn_snapshot_input list = made_demo_list();
    struct fixture *fixture = calloc(1, sizeof(*fixture));

    assert_non_null(fixture);
    made_post(ptn_world_real(), PTN_POST_LAND, fixture->folder, fixture->dir);
    made_lists(ptn_world_real(), fixture->dir, &list, 1);
    fixture->arena = ptn_arena_new(64u << 20);
    open_node(fixture);
    *state = fixture;
    return 0;
}

static int end(void **state)
{
    struct fixture *fixture = *state;

    ptn_lane_answer_release(&fixture->answer);
    ptn_node_close(fixture->node);
    ptn_arena_free(fixture->arena);
    unmade(fixture->folder);
    free(fixture);
    return 0;
}

static void again(struct fixture *fixture)
{
    ptn_lane_answer_release(&fixture->answer);
    fixture->answer = (struct ptn_lane_answer){ 0 };
    ptn_node_close(fixture->node);
    fixture->node = NULL;
    ptn_arena_clear(fixture->arena);
    open_node(fixture);
}

/* ---- acts ---- */

static void scan_done(struct ptn_lane_answer *answer)
{
    ((struct fixture *)answer->context)->done++;
}

static void crossing_done(struct ptn_lane_crossing *crossing)
{
    ((struct fixture *)crossing->context)->done++;
}

static void look_done(struct ptn_case_look *look)
{
    ((struct fixture *)look->context)->done++;
}

static void queue_done(struct ptn_case_queue *queue)
{
    ((struct fixture *)queue->context)->done++;
}

static void step_done(struct ptn_case_doing *doing)
{
    ((struct fixture *)doing->context)->done++;
}

static void scan(struct fixture *fixture, const char *mrz)
{
    const struct ptn_lane_who who = { &arta, "1" };
    const struct ptn_lane_scan question = { .mrz = ptn_bytes_from_text(mrz),
                                            .direction = PTN_DIRECTION_ENTRY };

    ptn_lane_answer_release(&fixture->answer);
    fixture->answer = (struct ptn_lane_answer){ .done = scan_done, .context = fixture };
    assert_true(ptn_ok(
        ptn_lane_scan(fixture->node, &who, &question, fixture->arena, &fixture->answer, NULL)));
    assert_true(ptn_node_step(fixture->node));
}

/* Scan, refer; the case's id. */
static struct ptn_bytes refer(struct fixture *fixture, const char *mrz, enum ptn_referral_kind kind)
{
    const struct ptn_lane_who who = { &arta, "1" };
    struct ptn_lane_settlement settlement = { .act = PTN_LANE_REFER, .kind = kind };

    scan(fixture, mrz);
    settlement.scan = fixture->answer.scan;
    fixture->crossing = (struct ptn_lane_crossing){ .done = crossing_done, .context = fixture };
    assert_true(ptn_ok(
        ptn_lane_settle(fixture->node, &who, &settlement, fixture->arena, &fixture->crossing)));
    (void)ptn_node_step(fixture->node);
    assert_true(ptn_ok(fixture->crossing.write.status));
    assert_int_equal(fixture->crossing.write.record_count, 2);
    return ptn_bytes_from_text(
        ptn_arena_text(fixture->arena, ptn_bytes_from_text(fixture->crossing.crossing)));
}

static enum ptn_case_refusal do_step(struct fixture *fixture, const struct ptn_officer *officer,
                                     struct ptn_bytes id, struct ptn_case_ask ask)
{
    const struct ptn_lane_who who = { officer, PTN_CASES_LANE };
    struct ptn_status status;

    fixture->doing = (struct ptn_case_doing){ .done = step_done, .context = fixture };
    fixture->done = 0;
    status = ptn_cases_do(fixture->node, &who, id, &ask, fixture->arena, &fixture->doing);
    if (!ptn_ok(status)) {
        assert_int_equal(status.code, PTN_C_BAD_INPUT);
        assert_int_equal(fixture->done, 0);
        return fixture->doing.refusal;
    }
    (void)ptn_node_step(fixture->node);
    assert_int_equal(fixture->done, 1);
    assert_true(ptn_ok(fixture->doing.write.status));
    return PTN_CASE_ACCEPTED;
}

static const struct ptn_case_look *look(struct fixture *fixture, struct ptn_bytes id)
{
    const struct ptn_lane_who who = { &sara, PTN_CASES_LANE };

    fixture->look = (struct ptn_case_look){ .done = look_done, .context = fixture };
    assert_true(ptn_ok(ptn_cases_look(fixture->node, &who, id, fixture->arena, &fixture->look)));
    (void)ptn_node_step(fixture->node);
    assert_true(ptn_ok(fixture->look.write.status));
    return &fixture->look;
}

static const struct ptn_case_ask take = { .act = PTN_CASE_TAKEN };

static struct ptn_case_ask tick(const char *item)
{
    return (struct ptn_case_ask){ .act = PTN_CASE_TICKED, .item = ptn_bytes_from_text(item) };
}

/* ---- tests ---- */

/* CASE-1. */
static void test_cases__a_referral_is_a_case_and_outlives_the_node(void **state)
{
    struct fixture *fixture = *state;
    struct ptn_bytes id = refer(fixture, LISTED, PTN_REFERRAL_MATCH);
    char kept[PTN_LANE_ID_SIZE];

    (void)snprintf(kept, sizeof(kept), "%s", fixture->crossing.crossing);
    assert_int_equal(do_step(fixture, &sara, id, take), PTN_CASE_ACCEPTED);
    for (unsigned restart = 0; restart < 3; restart++) {
        const struct ptn_case_look *seen;

        again(fixture);
        id = ptn_bytes_from_text(kept);
        seen = look(fixture, id);
        assert_int_equal(seen->line.state, PTN_CASE_IS_TAKEN);
        assert_string_equal(seen->line.taken_by, "sara");
        assert_string_equal(seen->line.lane, "1");
        assert_int_equal(seen->line.urgency, PTN_CASE_SOON);
        assert_int_equal(seen->count, 2 + restart);
        assert_true(seen->steps[0].match_count >= 1); /* what the lane saw came along */
        assert_true(seen->steps[0].rule_count >= 1);
        assert_int_equal(do_step(fixture, &sara, id,
                                 (struct ptn_case_ask){ .act = PTN_CASE_NOTED,
                                                        .words = PTN_BYTES_LITERAL("still here") }),
                         PTN_CASE_ACCEPTED);
    }
}

/* CASE-2, CASE-3. */
static void test_cases__an_ending_settles_the_crossing_with_it(void **state)
{
    struct fixture *fixture = *state;
    struct ptn_bytes id = refer(fixture, LISTED, PTN_REFERRAL_MATCH);
    struct ptn_case_ask admit = { .act = PTN_CASE_ENDED, .outcome = PTN_CASE_ADMITTED };
    struct ptn_case_ask refuse = { .act = PTN_CASE_ENDED,
                                   .outcome = PTN_CASE_REFUSED,
                                   .ground = PTN_BYTES_LITERAL("H"),
                                   .words = PTN_BYTES_LITERAL("listed"),
                                   .second = &teuta };

    assert_int_equal(do_step(fixture, &sara, id, admit), PTN_CASE_NOT_YOURS);
    assert_int_equal(do_step(fixture, &arta, id, take), PTN_CASE_NOT_ALLOWED);
    assert_int_equal(do_step(fixture, &sara, id, take), PTN_CASE_ACCEPTED);
    assert_int_equal(do_step(fixture, &teuta, id, take), PTN_CASE_NOT_YOURS);
    assert_int_equal(do_step(fixture, &sara, id, admit), PTN_CASE_NEEDS_WORDS);
    admit.words = PTN_BYTES_LITERAL("not him");
    assert_int_equal(do_step(fixture, &sara, id, admit), PTN_CASE_NEEDS_POINTS);
    assert_int_equal(do_step(fixture, &sara, id, tick("identity-compared")), PTN_CASE_ACCEPTED);
    refuse.second = &sara;
    assert_int_equal(do_step(fixture, &sara, id, refuse), PTN_CASE_NEEDS_SECOND);
    refuse.second = &arta;
    assert_int_equal(do_step(fixture, &sara, id, refuse), PTN_CASE_NEEDS_SECOND);
    refuse.second = NULL;
    assert_int_equal(do_step(fixture, &sara, id, refuse), PTN_CASE_NEEDS_SECOND);
    refuse.second = &teuta;
    assert_int_equal(do_step(fixture, &sara, id, refuse), PTN_CASE_ACCEPTED);
    assert_int_equal(fixture->doing.write.record_count, 2);
    assert_int_equal(fixture->doing.crossing.outcome, PTN_OUTCOME_REFUSED);
    assert_true(ptn_bytes_is(fixture->doing.crossing.supervisor, "teuta"));
    assert_int_equal(do_step(fixture, &sara, id, admit), PTN_CASE_OVER);
    /* a refusal is no crossing: no stay begins with it, now or after a restart */
    assert_int_equal(fixture->node->history.count, 0);
    again(fixture);
    assert_int_equal(fixture->node->history.count, 0);
}

static void test_cases__a_key_does_a_step_once_also_after_a_restart(void **state)
{
    struct fixture *fixture = *state;
    struct ptn_bytes id = refer(fixture, CLEAR, PTN_REFERRAL_UNWELL);
    struct ptn_case_ask note = { .act = PTN_CASE_NOTED,
                                 .words = PTN_BYTES_LITERAL("help is on its way"),
                                 .key = PTN_BYTES_LITERAL("key-key-1") };
    char kept[PTN_LANE_ID_SIZE];

    (void)snprintf(kept, sizeof(kept), "%s", fixture->crossing.crossing);
    assert_int_equal(do_step(fixture, &sara, id, take), PTN_CASE_ACCEPTED);
    assert_int_equal(do_step(fixture, &sara, id, note), PTN_CASE_ACCEPTED);
    assert_false(fixture->doing.again);
    for (unsigned restart = 0; restart < 2; restart++) {
        assert_int_equal(do_step(fixture, &sara, id, note), PTN_CASE_ACCEPTED);
        assert_true(fixture->doing.again);
        assert_int_equal(look(fixture, id)->count, 3);
        again(fixture);
        id = ptn_bytes_from_text(kept);
    }
    note.act = PTN_CASE_PASSED_ON;
    assert_int_equal(do_step(fixture, &sara, id, note), PTN_CASE_KEY_REUSED);
}

/* CASE-4. */
static void
test_cases__not_the_same_person_is_beside_the_next_scan_and_changes_nothing(void **state)
{
    struct fixture *fixture = *state;
    struct ptn_bytes id = refer(fixture, LISTED, PTN_REFERRAL_MATCH);
    enum ptn_verdict before = fixture->answer.advice.verdict;
    size_t reasons = fixture->answer.advice.reason_count;
    struct ptn_case_ask clear = { .act = PTN_CASE_NOT_SAME };

    assert_true(fixture->answer.match_count > 0);
    assert_true(ptn_date_is_none(fixture->answer.cleared[0].on));
    clear.list = fixture->answer.matches[0].list;
    clear.entry = fixture->answer.matches[0].entry;
    assert_int_equal(do_step(fixture, &sara, id, take), PTN_CASE_ACCEPTED);
    assert_int_equal(do_step(fixture, &sara, id, clear), PTN_CASE_ACCEPTED);
    clear.entry = PTN_BYTES_LITERAL("no such entry");
    assert_int_equal(do_step(fixture, &sara, id, clear), PTN_CASE_NO_SUCH_STEP);
    for (unsigned restart = 0; restart < 2; restart++) {
        scan(fixture, LISTED);
        assert_false(ptn_date_is_none(fixture->answer.cleared[0].on));
        assert_true(strlen(fixture->answer.cleared[0].edition) > 0);
        assert_int_equal(fixture->answer.advice.verdict, before);
        assert_int_equal(fixture->answer.advice.reason_count, reasons);
        again(fixture);
    }
}

static void test_cases__against_stop_only_a_supervisor_admits(void **state)
{
    struct fixture *fixture = *state;
    const char *stolen = "P<UTOBORSHELI<<ADRINAL<<<<<<<<<<<<<<<<<<<<<<"
                         "\nU005097771UTO8505051M3309081<<<<<<<<<<<<<<08";
    struct ptn_bytes id = refer(fixture, stolen, PTN_REFERRAL_DOCUMENT);
    struct ptn_case_ask admit = { .act = PTN_CASE_ENDED,
                                  .outcome = PTN_CASE_ADMITTED,
                                  .words = PTN_BYTES_LITERAL("found again by its owner") };

    assert_int_equal(fixture->answer.advice.verdict, PTN_VERDICT_STOP);
    assert_int_equal(do_step(fixture, &sara, id, take), PTN_CASE_ACCEPTED);
    assert_int_equal(do_step(fixture, &sara, id, tick("examined")), PTN_CASE_ACCEPTED);
    assert_int_equal(do_step(fixture, &sara, id, admit), PTN_CASE_NEEDS_SECOND);
    admit.second = &teuta;
    assert_int_equal(do_step(fixture, &sara, id, admit), PTN_CASE_NEEDS_SECOND);
    admit.second = &besa;
    assert_int_equal(do_step(fixture, &sara, id, admit), PTN_CASE_ACCEPTED);
    assert_int_equal(fixture->doing.crossing.outcome, PTN_OUTCOME_OVERRIDDEN);
    assert_true(ptn_bytes_is(fixture->doing.crossing.supervisor, "besa"));
}

static void test_cases__what_could_not_be_written_changes_nothing(void **state)
{
    struct fixture *fixture = *state;
    struct ptn_bytes id = refer(fixture, CLEAR, PTN_REFERRAL_UNWELL);
    const struct ptn_lane_who who = { &sara, PTN_CASES_LANE };
    struct ptn_case_doing doing = { .done = step_done, .context = fixture };
    struct ptn_case_doing second = { .done = step_done, .context = fixture };
    struct ptn_writer_request *request;

    assert_true(ptn_ok(ptn_cases_do(fixture->node, &who, id, &take, fixture->arena, &doing)));
    /* while one is on its way, no other step of this case is begun */
    assert_int_equal(ptn_cases_do(fixture->node, &who, id, &take, fixture->arena, &second).code,
                     PTN_C_BUSY);
    request = fixture->node->first;
    fixture->node->first = NULL;
    fixture->node->last = &fixture->node->first;
    request->status = (struct ptn_status){ PTN_C_IO };
    request->done(request);
    assert_int_equal(look(fixture, id)->line.state, PTN_CASE_WAITS);
    assert_int_equal(fixture->look.count, 1);
    assert_int_equal(do_step(fixture, &sara, id, take), PTN_CASE_ACCEPTED);
}

static void test_cases__only_the_last_that_ended_are_kept(void **state)
{
    struct fixture *fixture = *state;
    struct ptn_case_step step = { .id = { { 1 } },
                                  .post = PTN_BYTES_LITERAL("some"),
                                  .officer = PTN_BYTES_LITERAL("sara") };
    const struct ptn_lane_who who = { &sara, PTN_CASES_LANE };
    struct ptn_buffer out = { .len_max = PTN_RECORD_LEN_MAX };

    for (unsigned i = 0; i < PTN_CASES_ENDED_MAX + 10; i++) {
        step.of = (struct ptn_record_id){ { (uint8_t)i, (uint8_t)(i >> 8), 1 } };
        step.time_ms = INT64_C(1795800000000) + i;
        step.act = PTN_CASE_OPENED;
        step.kind = PTN_REFERRAL_UNWELL;
        step.urgency = PTN_CASE_SOON;
        step.direction = PTN_DIRECTION_ENTRY;
        step.person.name = PTN_BYTES_LITERAL("SPECIMEN");
        step.outcome = PTN_CASE_NO_OUTCOME;
        ptn_buffer_clear(&out);
        assert_true(ptn_ok(ptn_case_step_write(&step, &out)));
        ptn_known_paper(fixture->node, 1000 + 2 * i);
        assert_true(ptn_ok(ptn_cases_learn(fixture->node, ptn_buffer_bytes(&out), 1000 + 2 * i)));
        step = (struct ptn_case_step){ .id = { { 1 } },
                                       .of = step.of,
                                       .time_ms = step.time_ms,
                                       .act = PTN_CASE_ENDED,
                                       .post = PTN_BYTES_LITERAL("some"),
                                       .officer = PTN_BYTES_LITERAL("sara"),
                                       .outcome = PTN_CASE_RETURNED };
        ptn_buffer_clear(&out);
        assert_true(ptn_ok(ptn_case_step_write(&step, &out)));
        ptn_known_paper(fixture->node, 1001 + 2 * i);
        assert_true(ptn_ok(ptn_cases_learn(fixture->node, ptn_buffer_bytes(&out), 1001 + 2 * i)));
    }
    ptn_buffer_release(&out);
    fixture->queue = (struct ptn_case_queue){ .done = queue_done, .context = fixture };
    assert_true(ptn_ok(ptn_cases_queue(fixture->node, &who, fixture->arena, &fixture->queue)));
    (void)ptn_node_step(fixture->node);
    assert_int_equal(fixture->queue.count, PTN_CASES_ENDED_MAX);
    /* of what is forgotten nothing is read again at the next start */
    assert_int_equal(fixture->node->paper_at[0], 1000 + 20);
    assert_int_equal(fixture->node->paper_count, 2 * PTN_CASES_ENDED_MAX);
}

int main(void)
{
#define TEST(test) cmocka_unit_test_setup_teardown(test, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(test_cases__a_referral_is_a_case_and_outlives_the_node),
        TEST(test_cases__an_ending_settles_the_crossing_with_it),
        TEST(test_cases__a_key_does_a_step_once_also_after_a_restart),
        TEST(test_cases__not_the_same_person_is_beside_the_next_scan_and_changes_nothing),
        TEST(test_cases__against_stop_only_a_supervisor_admits),
        TEST(test_cases__what_could_not_be_written_changes_nothing),
        TEST(test_cases__only_the_last_that_ended_are_kept),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
