/* Goal: a carrier's file loaded at a post is there after a restart; the lane finds its rows, marks
 * who came, and gives the advice it would have given without them (ARRIVAL-3); without memory
 * nothing is half done. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "fault.h"
#include "node/arrivals.h"
#include "node/paper.h"
#include "node/published.h"
#include "node_made.h"
#include "reference/place.h"

#define CLEAR                                                                                      \
    "P<UTOVONTRELI<<ELISIDA<<<<<<<<<<<<<<<<<<<<<<\nU004129073UTO9004126F3404115<<<<<<<<<<<<<<06"
#define OTHER                                                                                      \
    "P<UTOKELVARI<<ODRIN<<<<<<<<<<<<<<<<<<<<<<<<<\nU004129154UTO8803045M3404115<<<<<<<<<<<<<<06"

static const struct ptn_officer arta = { .user = "arta", .name = "Arta" };

struct fixture {
    char folder[FOLDER_SIZE];
    char dir[DIR_SIZE];
    char file[4096];
    struct ptn_node *node;
    struct ptn_arena *arena;
    struct ptn_lane_answer answer;
    struct ptn_lane_crossing crossing;
    struct ptn_node_loading loading;
    struct ptn_node_looking looking;
    unsigned done;
};

static void open_node(struct fixture *fixture)
{
    struct ptn_diag diag = { 0 };

    assert_true(ptn_ok(ptn_node_open(ptn_world_real(), fixture->dir, NULL, &fixture->node, &diag)));
    (void)ptn_node_step(fixture->node);
}

/* A list of a flight that is due now: somebody whose name the carrier wrote another way, and
 * others. */
static void make_file(struct fixture *fixture)
{
    const struct ptn_world *world = ptn_world_real();
    int64_t now_ms = world->now_ms(world->context);
    int64_t local_ms = now_ms + ptn_place_utc_offset_minutes(now_ms) * INT64_C(60000);
    struct ptn_date date = ptn_instant_date(local_ms);
    unsigned minutes = (unsigned)(local_ms / 60000 % 1440);
    char time[11];

    (void)snprintf(time, sizeof(time), "%02u%02u%02u%02u%02u", date.year % 100u, date.month % 100u,
                   date.day % 100u, minutes / 60 % 100, minutes % 60);
    (void)snprintf(fixture->file, sizeof(fixture->file),
                   "UNB+UNOA:4+UX+GOV+%.6s:0900+1'UNH+1+PAXLST:D:12B:UN:IATA'BGM+745'TDT+20+UX204+"
                   "++UX'LOC+125+XQA'DTM+189:%s:201'LOC+87+TIA'DTM+232:%s:201'"
                   "NAD+FL+++VONTRELI:ELIZIDA'DTM+329:900412'NAT+2+UTO'DOC+P+U00412907'"
                   "DTM+36:340411'LOC+91+UTO'"
                   "NAD+FL+++MERENDI:SOLVA'DTM+329:910704'NAT+2+UTO'DOC+P+U00412923'LOC+91+UTO'"
                   "UNT+1+1'UNZ+1+1'",
                   time, time, time);
}

static int begin(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));

    assert_non_null(fixture);
    made_post(ptn_world_real(), PTN_POST_AIRPORT, fixture->folder, fixture->dir);
    fixture->arena = ptn_arena_new(64u << 20);
    make_file(fixture);
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

/* ---- acts ---- */

static void scan_done(struct ptn_lane_answer *answer)
{
    ((struct fixture *)answer->context)->done++;
}

static void crossing_done(struct ptn_lane_crossing *crossing)
{
    ((struct fixture *)crossing->context)->done++;
}

static void load_done(struct ptn_node_loading *loading)
{
    ((struct fixture *)loading->context)->done++;
}

static void look_done(struct ptn_node_looking *looking)
{
    ((struct fixture *)looking->context)->done++;
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
    (void)ptn_node_step(fixture->node);
    assert_true(ptn_ok(fixture->answer.write.status));
}

static struct ptn_status load(struct fixture *fixture, const char *file)
{
    const struct ptn_lane_who who = { &arta, "1" };
    struct ptn_status status;

    fixture->loading = (struct ptn_node_loading){ .done = load_done, .context = fixture };
    status = ptn_node_manifest_load(fixture->node, &who, ptn_bytes_from_text(file), fixture->arena,
                                    &fixture->loading, NULL);
    if (ptn_ok(status)) {
        (void)ptn_node_step(fixture->node);
        assert_true(ptn_ok(fixture->loading.write.status));
        status = ptn_node_manifest_take(&fixture->loading);
    }
    return status;
}

/* The one voyage there is; NULL: none. */
static const struct ptn_arrival *the_voyage(struct fixture *fixture)
{
    struct ptn_arrival *voyages = NULL;
    size_t count = 0;
    uint64_t gone;

    assert_true(ptn_ok(ptn_arrivals_list(ptn_node_arrivals(fixture->node), fixture->arena, &voyages,
                                         &count, &gone)));
    assert_true(count <= 1);
    return count == 1 ? &voyages[0] : NULL;
}

static char *advice(struct fixture *fixture)
{
    struct ptn_buffer out = { .len_max = 65536 };
    struct ptn_json json = { .out = &out };
    char *text;

    ptn_advice_write_json(&json, &fixture->answer.advice, true);
    assert_true(ptn_ok(ptn_json_end(&json)));
    text = ptn_arena_text(fixture->arena, ptn_buffer_bytes(&out));
    ptn_buffer_release(&out);
    return text;
}

/* ---- tests ---- */

static void test_arrivals__the_row_is_found_and_changes_no_advice(void **state)
{
    static const char *const lines[] = { CLEAR, OTHER };
    struct fixture *fixture = *state;
    char *before[2];

    for (size_t i = 0; i < 2; i++) {
        scan(fixture, lines[i]);
        assert_int_equal(fixture->answer.arrival.how, PTN_ARRIVAL_NOT_FOUND);
        assert_false(fixture->answer.not_listed); /* nobody is expected */
        before[i] = advice(fixture);
    }
    assert_true(ptn_ok(load(fixture, fixture->file)));
    for (size_t i = 0; i < 2; i++) {
        scan(fixture, lines[i]);
        assert_string_equal(advice(fixture), before[i]); /* ARRIVAL-3 */
        assert_int_equal(fixture->answer.arrival.how,
                         i == 0 ? PTN_ARRIVAL_BY_DOCUMENT : PTN_ARRIVAL_NOT_FOUND);
        assert_int_equal(fixture->answer.not_listed, i == 1);
    }
}

static void test_arrivals__who_came_is_marked_and_all_of_it_outlives_a_restart(void **state)
{
    struct fixture *fixture = *state;
    const struct ptn_lane_who who = { &arta, "1" };
    struct ptn_lane_settlement settlement = { .act = PTN_LANE_RECORD };

    assert_true(ptn_ok(load(fixture, fixture->file)));
    scan(fixture, CLEAR);
    settlement.scan = fixture->answer.scan;
    if (fixture->answer.advice.verdict != PTN_VERDICT_CLEAR) {
        settlement.act = PTN_LANE_REFER;
        settlement.kind = PTN_REFERRAL_CONDITIONS;
    }
    fixture->crossing = (struct ptn_lane_crossing){ .done = crossing_done, .context = fixture };
    assert_true(ptn_ok(
        ptn_lane_settle(fixture->node, &who, &settlement, fixture->arena, &fixture->crossing)));
    (void)ptn_node_step(fixture->node);
    for (unsigned start = 0; start < 3; start++) {
        const struct ptn_arrival *voyage = the_voyage(fixture);

        assert_non_null(voyage);
        assert_int_equal(voyage->counts.people, 2);
        assert_int_equal(voyage->counts.arrived, 1);
        assert_int_equal(voyage->version, 1);
        ptn_lane_answer_release(&fixture->answer);
        ptn_node_close(fixture->node);
        open_node(fixture);
    }
}

/* The lists that a centre published, and an alert of its own, as the lanes have them. */
static void put_published(struct fixture *fixture, const char *list, enum ptn_alert_action action)
{
    const struct ptn_world *world = ptn_world_real();
    const struct ptn_person people[] = { { .surname = PTN_BYTES_LITERAL("VONTRELI"),
                                           .given = PTN_BYTES_LITERAL("ELIZIDA"),
                                           .birth = { 1990, 4, 12 } } };
    const struct ptn_alert alert = { .id = { { 7 } },
                                     .time_ms = world->now_ms(world->context),
                                     .act = PTN_ALERT_ENTERED,
                                     .post = PTN_BYTES_LITERAL("centre"),
                                     .officer = PTN_BYTES_LITERAL("ana"),
                                     .owner = PTN_BYTES_LITERAL("State Police"),
                                     .basis = PTN_BYTES_LITERAL("Law 108"),
                                     .purpose = PTN_BYTES_LITERAL("to ask"),
                                     .action = action,
                                     .until = { 2099, 1, 1 },
                                     .identities = people,
                                     .identity_count = 1 };
    struct ptn_snapshot_builder *builder = ptn_snapshot_builder_new(world);
    struct ptn_published *published = ptn_published_new(world);
    struct ptn_buffer payload = { .len_max = PTN_RECORD_LEN_MAX };
    struct ptn_snapshot_input input = { .name = PTN_BYTES_LITERAL("PUBLISHED"),
                                        .format = PTN_LIST_POSTERN };
    struct ptn_overlay *overlay = NULL;
    struct ptn_list_summary summary;
    char from[DIR_SIZE + 32];
    char path[DIR_SIZE + 32];
    bool new = false;

    (void)snprintf(from, sizeof(from), "%s/list.ndjson", fixture->dir);
    (void)snprintf(path, sizeof(path), "%s/lists/published.snap", fixture->dir);
    input.path = from;
    assert_true(ptn_ok(world->files->replace(world->context, from, ptn_bytes_from_text(list))));
    assert_true(ptn_ok(ptn_snapshot_builder_add(builder, &input, &summary, NULL)));
    assert_true(ptn_ok(ptn_snapshot_builder_save(builder, path, NULL)));
    ptn_snapshot_builder_free(builder);
    assert_true(ptn_ok(ptn_published_open_lists(published, path, NULL)));
    assert_true(ptn_ok(ptn_alert_write(&alert, &payload)));
    assert_true(ptn_ok(
        ptn_published_add(published, PTN_RECORD_ALERT, ptn_buffer_bytes(&payload), &new, NULL)));
    assert_true(ptn_ok(ptn_published_overlay(
        published, ptn_place_local_date(world->now_ms(world->context)), &overlay)));
    ptn_publishing_put(fixture->node, overlay);
    ptn_buffer_release(&payload);
    ptn_published_free(published);
}

#define MERENDI(action)                                                                            \
    "{\"postern-list\":1,\"made\":\"2026-01-01T00:00:00Z\",\"entries\":1}\n"                       \
    "{\"id\":\"E-1\",\"kind\":\"person\",\"names\":[{\"text\":\"Merendi, "                         \
    "Solva\",\"alias\":\"primary\"}],\"births\":[\"1991-07-04\"],\"on_entry\":\"" action           \
    "\",\"on_exit\":\"" action "\",\"listed\":\"2025-01-01\"}\n"

/* Step until nobody waits to be screened and so many are trouble; ten seconds at most. */
static void step_until(struct fixture *fixture, size_t trouble)
{
    const struct timespec moment = { .tv_nsec = 20000000 };
    const struct ptn_arrival *voyage = the_voyage(fixture);

    for (unsigned i = 0;
         i < 500 && (voyage->counts.waiting > 0 || voyage->counts.trouble != trouble); i++) {
        (void)nanosleep(&moment, NULL);
        (void)ptn_node_step(fixture->node);
        voyage = the_voyage(fixture);
    }
    assert_int_equal(voyage->counts.waiting, 0);
    assert_int_equal(voyage->counts.trouble, trouble);
}

/* The people of the one voyage as somebody with that right sees them. */
static void look(struct fixture *fixture, bool discreet)
{
    const struct ptn_officer officer = { .user = "arta", .discreet = discreet };
    const struct ptn_lane_who who = { &officer, "1" };

    fixture->looking = (struct ptn_node_looking){ .done = look_done, .context = fixture };
    assert_true(ptn_ok(ptn_node_look(fixture->node, &who, the_voyage(fixture)->id, 0, 10,
                                     fixture->arena, &fixture->looking)));
    (void)ptn_node_step(fixture->node);
    assert_int_equal(fixture->looking.passenger_count, 2);
}

static void pack_done(struct ptn_pack_order *order)
{
    ((struct fixture *)order->context)->done++;
}

/* How many a pack's look-up list has. */
static uint64_t listed(struct fixture *fixture)
{
    const struct ptn_lane_who who = { &arta, PTN_PAPER_LANE };
    struct ptn_pack_order order = { .done = pack_done, .context = fixture };

    ptn_buffer_init(&order.pdf, (size_t)8 << 20);
    assert_true(ptn_ok(ptn_paper_make_pack(fixture->node, &who, 1, fixture->arena, &order, NULL)));
    (void)ptn_node_step(fixture->node);
    assert_true(ptn_ok(order.write.status));
    ptn_buffer_release(&order.pdf);
    return order.record.listed;
}

/* FORCE-1, DECIDE-6, PAPER-3 */
static void test_arrivals__published_lists_are_asked_before_arrival_and_on_paper(void **state)
{
    struct fixture *fixture = *state;
    const struct ptn_node_passenger *first;

    assert_true(ptn_ok(load(fixture, fixture->file)));
    look(fixture, true); /* there are no lists at all */
    assert_int_equal(fixture->looking.passengers[0].match_count, 0);
    ptn_node_look_release(&fixture->looking);
    assert_int_equal(listed(fixture), 0);

    put_published(fixture, MERENDI("refuse"), PTN_ALERT_DISCREET);
    step_until(fixture, 1);
    look(fixture, true);
    first = &fixture->looking.passengers[0];
    assert_true(ptn_bytes_is(first->row.person.surname, "MERENDI"));
    assert_int_equal(first->row.trouble, 3);
    assert_int_equal(first->match_count, 1);
    assert_true(ptn_bytes_is(first->matches[0].list, "PUBLISHED"));
    assert_int_equal(first[1].match_count, 1);
    assert_true(ptn_bytes_is(first[1].matches[0].list, "national-alerts"));
    ptn_node_look_release(&fixture->looking);
    look(fixture, false);
    assert_int_equal(fixture->looking.passengers[0].match_count, 1);
    assert_int_equal(fixture->looking.passengers[1].match_count, 0);
    ptn_node_look_release(&fixture->looking);
    assert_int_equal(listed(fixture), 1);

    /* other lists: who waits is screened again */
    put_published(fixture, MERENDI("refuse"), PTN_ALERT_INQUIRY);
    step_until(fixture, 2);
    assert_int_equal(listed(fixture), 2);
    put_published(fixture, MERENDI("discreet"), PTN_ALERT_INQUIRY);
    step_until(fixture, 1);
    look(fixture, false);
    assert_true(ptn_bytes_is(fixture->looking.passengers[0].row.person.surname, "VONTRELI"));
    assert_int_equal(fixture->looking.passengers[0].match_count, 1);
    assert_int_equal(fixture->looking.passengers[1].match_count, 0);
    ptn_node_look_release(&fixture->looking);
    assert_int_equal(listed(fixture), 1);
}

static struct ptn_status order_pack(struct fixture *fixture, const char *key, unsigned sheets,
                                    struct ptn_pack_order *ret_order)
{
    const struct ptn_lane_who who = { &arta, PTN_PAPER_LANE };
    struct ptn_status status;

    *ret_order = (struct ptn_pack_order){ .done = pack_done,
                                          .context = fixture,
                                          .key = ptn_bytes_from_text(key) };
    ptn_buffer_init(&ret_order->pdf, (size_t)8 << 20);
    status = ptn_paper_make_pack(fixture->node, &who, sheets, fixture->arena, ret_order, NULL);
    (void)ptn_node_step(fixture->node);
    ptn_buffer_release(&ret_order->pdf);
    return status;
}

/* PAPER-5 */
static void test_arrivals__a_pack_ordered_again_is_the_same_pack(void **state)
{
    struct fixture *fixture = *state;
    struct ptn_pack_order first, again;
    uint64_t before;

    put_published(fixture, MERENDI("refuse"), PTN_ALERT_INQUIRY);
    assert_true(ptn_ok(order_pack(fixture, "pack-one", 3, &first)));
    assert_int_equal(first.record.number, 1);
    assert_false(first.again);
    before = ptn_node_ledger_size(fixture->node);
    assert_true(ptn_ok(order_pack(fixture, "pack-one", 3, &again)));
    assert_true(again.again);
    assert_true(ptn_ok(again.write.status));
    assert_int_equal(again.record.number, 1);
    assert_true(ptn_bytes_equal(again.record.check, first.record.check));
    assert_true(ptn_record_id_equal(again.record.id, first.record.id));
    assert_int_equal(ptn_node_ledger_size(fixture->node), before);
    /* other words, another key, or none: another pack */
    assert_true(ptn_ok(order_pack(fixture, "pack-one", 4, &again)));
    assert_int_equal(again.record.number, 2);
    assert_true(ptn_ok(order_pack(fixture, "pack-two", 3, &again)));
    assert_int_equal(again.record.number, 3);
    for (unsigned number = 4; number < 6; number++) {
        assert_true(ptn_ok(order_pack(fixture, "", 3, &again)));
        assert_int_equal(again.record.number, number);
    }
    /* the lists are others: no paper that its record does not know */
    put_published(fixture, MERENDI("discreet"), PTN_ALERT_INQUIRY);
    before = ptn_node_ledger_size(fixture->node);
    assert_int_equal(order_pack(fixture, "pack-one", 3, &again).code, PTN_C_BAD_INPUT);
    assert_true(again.changed);
    assert_int_equal(ptn_node_ledger_size(fixture->node), before);
    assert_true(ptn_ok(order_pack(fixture, "pack-new", 3, &again))); /* and it holds nobody up */
    assert_int_equal(again.record.number, 6);
}

static void test_arrivals__a_file_that_is_none_is_refused_and_leaves_nothing(void **state)
{
    static const char *const files[] = { "", "hello", "UNB+UNOA:4+A+B+261128:0900+1'UNZ+0+1'" };
    struct fixture *fixture = *state;
    uint64_t before = ptn_node_ledger_size(fixture->node);

    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
        assert_int_equal(load(fixture, files[i]).code, PTN_C_BAD_INPUT);
    assert_int_equal(ptn_node_ledger_size(fixture->node), before);
    assert_null(the_voyage(fixture));
}

static void test_arrivals__every_look_is_written_down(void **state)
{
    struct fixture *fixture = *state;
    const struct ptn_lane_who who = { &arta, "1" };
    uint64_t before;

    assert_true(ptn_ok(load(fixture, fixture->file)));
    before = ptn_node_ledger_size(fixture->node);
    fixture->looking = (struct ptn_node_looking){ .done = look_done, .context = fixture };
    fixture->done = 0;
    assert_true(ptn_ok(ptn_node_look(fixture->node, &who, the_voyage(fixture)->id, 0, 10,
                                     fixture->arena, &fixture->looking)));
    assert_int_equal(fixture->done, 0); /* not before it is durable */
    (void)ptn_node_step(fixture->node);
    assert_int_equal(fixture->done, 1);
    assert_true(ptn_ok(fixture->looking.write.status));
    assert_int_equal(fixture->looking.passenger_count, 2);
    assert_int_equal(ptn_node_ledger_size(fixture->node), before + 1);
    ptn_node_look_release(&fixture->looking);
}

static void test_arrivals__without_memory_nothing_is_half_done(void **state)
{
    struct fixture *fixture = *state;
    const struct ptn_lane_who who = { &arta, "1" };
    uint64_t before = ptn_node_ledger_size(fixture->node);
    unsigned long nth = 0;
    struct ptn_status status;

    do {
        assert_true(++nth < 500);
        fixture->loading = (struct ptn_node_loading){ .done = load_done, .context = fixture };
        ptn_arena_clear(fixture->arena);
        fault_allocation(nth, FAULT_ONCE);
        status = ptn_node_manifest_load(fixture->node, &who, ptn_bytes_from_text(fixture->file),
                                        fixture->arena, &fixture->loading, NULL);
        (void)fault_off();
        if (!ptn_ok(status)) {
            assert_int_equal(status.code, PTN_C_NO_MEMORY);
            (void)ptn_node_step(fixture->node);
            assert_int_equal(ptn_node_ledger_size(fixture->node), before);
        }
    } while (!ptn_ok(status));
    assert_true(nth > 1);
    (void)ptn_node_step(fixture->node);
    assert_int_equal(ptn_node_ledger_size(fixture->node), before + 2); /* the message, and who */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_arrivals__the_row_is_found_and_changes_no_advice,
                                        begin, end),
        cmocka_unit_test_setup_teardown(
            test_arrivals__who_came_is_marked_and_all_of_it_outlives_a_restart, begin, end),
        cmocka_unit_test_setup_teardown(
            test_arrivals__a_file_that_is_none_is_refused_and_leaves_nothing, begin, end),
        cmocka_unit_test_setup_teardown(
            test_arrivals__published_lists_are_asked_before_arrival_and_on_paper, begin, end),
        cmocka_unit_test_setup_teardown(test_arrivals__every_look_is_written_down, begin, end),
        cmocka_unit_test_setup_teardown(test_arrivals__a_pack_ordered_again_is_the_same_pack, begin,
                                        end),
        cmocka_unit_test_setup_teardown(test_arrivals__without_memory_nothing_is_half_done, begin,
                                        end),
    };

    return cmocka_run_group_tests_name("arrivals", tests, NULL, NULL);
}
