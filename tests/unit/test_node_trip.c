/* Goal: TRIP-1 to TRIP-3 on a whole node: one key records a car whole or not at all, who sits there
 * is the party, and the vehicle is asked about once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fault.h"
#include "node/node_int.h"
#include "node/overlay_int.h"
#include "node/published.h"
#include "node/trip_int.h"
#include "node_made.h"

static const struct ptn_officer arta = { .user = "arta", .name = "Arta" };
static const struct ptn_officer besa = { .user = "besa",
                                         .name = "Besa",
                                         .role = PTN_STAFF_SUPERVISOR };

struct fixture {
    char folder[FOLDER_SIZE];
    char dir[DIR_SIZE];
    struct ptn_node *node;
    struct ptn_arena *arena;
    struct ptn_lane_answer answer;
    struct ptn_trip_begun begun;
    struct ptn_trip_record record;
    struct ptn_trip_seat_act seats[PTN_TRIP_SEATS_MAX];
    unsigned done;
};

static void open_node(struct fixture *fixture)
{
    assert_true(ptn_ok(ptn_node_open(ptn_world_real(), fixture->dir, NULL, &fixture->node, NULL)));
    (void)ptn_node_step(fixture->node); /* what the start had to say */
}

static int begin(void **state)
{
    const struct ptn_snapshot_input list = made_demo_list();
    struct fixture *fixture = calloc(1, sizeof(*fixture));

    assert_non_null(fixture);
    made_post(ptn_world_real(), PTN_POST_LAND, fixture->folder, fixture->dir);
    made_lists(ptn_world_real(), fixture->dir, &list, 1);
    fixture->arena = ptn_arena_new(256u << 20);
    open_node(fixture);
    *state = fixture;
    return 0;
}

static int end(void **state)
{
    struct fixture *fixture = *state;

    ptn_lane_answer_release(&fixture->answer);
    ptn_trip_begun_release(&fixture->begun);
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

static void record_done(struct ptn_trip_record *record)
{
    ((struct fixture *)record->context)->done++;
}

static struct ptn_status begin_trip(struct fixture *fixture, const char *plate)
{
    const struct ptn_lane_who who = { &arta, "1" };
    const struct ptn_trip_start start = { .direction = PTN_DIRECTION_ENTRY,
                                          .plate = ptn_bytes_from_text(plate),
                                          .kind = PTN_VEHICLE_CAR };

    ptn_trip_begun_release(&fixture->begun);
    fixture->begun = (struct ptn_trip_begun){ .refusal = PTN_LANE_ACCEPTED };
    return ptn_trip_begin(fixture->node, &who, &start, fixture->arena, &fixture->begun, NULL);
}

/* Seat the person of this number, born in that year, and make the advice durable. */
static struct ptn_status seat_born(struct fixture *fixture, unsigned number, unsigned year)
{
    const struct ptn_lane_who who = { &arta, "1" };
    char name[32];
    char document[16];
    struct ptn_lane_scan scan = {
        .direction = PTN_DIRECTION_ENTRY,
        .trip = fixture->begun.trip,
        .person = { .given = PTN_BYTES_LITERAL("Qoxebu"),
                    .birth = { (uint16_t)year, 2, 3 },
                    .nationality = "UTO",
                    .document = { .kind = PTN_DOCUMENT_PASSPORT,
                                  .code = "P",
                                  .issuer = "UTO",
                                  .expiry = { 2039, 1, 1 } } },
    };
    struct ptn_status status;

    (void)snprintf(name, sizeof(name), "Zuv%c%c%c", 'a' + (int)(number / 26 % 26),
                   'a' + (int)(number % 26), 'x');
    (void)snprintf(document, sizeof(document), "T%07u", number);
    scan.person.surname = ptn_bytes_from_text(name);
    scan.person.document.number = ptn_bytes_from_text(document);
    ptn_lane_answer_release(&fixture->answer);
    fixture->answer = (struct ptn_lane_answer){ .done = scan_done, .context = fixture };
    fixture->done = 0;
    status = ptn_lane_scan(fixture->node, &who, &scan, fixture->arena, &fixture->answer, NULL);
    if (!ptn_ok(status))
        return status;
    (void)ptn_node_step(fixture->node);
    assert_int_equal(fixture->done, 1);
    if (fixture->answer.trip != NULL) {
        struct ptn_trip_seat_act *act = &fixture->seats[fixture->answer.trip->seat - 1];

        *act = (struct ptn_trip_seat_act){ .act = PTN_LANE_RECORD };
        memcpy(act->scan, fixture->answer.scan, sizeof(act->scan));
    }
    return PTN_OK;
}

static struct ptn_trip_settlement settlement_of(struct fixture *fixture, size_t count,
                                                const char *key)
{
    return (struct ptn_trip_settlement){ .trip = fixture->begun.trip,
                                         .seats = fixture->seats,
                                         .seat_count = count,
                                         .key = ptn_bytes_from_text(key) };
}

static enum ptn_lane_refusal settle(struct fixture *fixture, struct ptn_trip_settlement settlement)
{
    const struct ptn_lane_who who = { &arta, "1" };
    struct ptn_status status;

    fixture->record = (struct ptn_trip_record){ .done = record_done, .context = fixture };
    fixture->done = 0;
    status = ptn_trip_settle(fixture->node, &who, &settlement, fixture->arena, &fixture->record);
    if (!ptn_ok(status)) {
        assert_int_equal(status.code, PTN_C_BAD_INPUT);
        assert_int_equal(fixture->done, 0);
        assert_int_equal(ptn_writer_turn(fixture->node), 0); /* nothing was queued */
        return fixture->record.refusal;
    }
    (void)ptn_node_step(fixture->node);
    assert_int_equal(fixture->done, 1);
    assert_true(ptn_ok(fixture->record.write.status));
    return PTN_LANE_ACCEPTED;
}

/* ---- tests ---- */

static void test_node_trip__a_coach_is_one_batch(void **state)
{
    struct fixture *fixture = *state;
    uint64_t before;

    assert_true(ptn_ok(begin_trip(fixture, "AA 100 BB")));
    assert_int_equal(fixture->begun.advice.verdict, PTN_VERDICT_CLEAR);
    (void)ptn_node_step(fixture->node);
    for (unsigned i = 0; i < PTN_TRIP_SEATS_MAX; i++) {
        assert_true(ptn_ok(seat_born(fixture, 100 + i, 1980)));
        assert_int_equal(fixture->answer.trip->seat, i + 1);
    }
    assert_int_equal(seat_born(fixture, 999, 1980).code, PTN_C_BAD_INPUT); /* full */
    assert_true(fixture->answer.no_trip);
    assert_true(ptn_ok(seat_born(fixture, 100, 1980))); /* scanned twice: the same seat */
    assert_int_equal(fixture->answer.trip->seat, 1);
    assert_int_equal(fixture->answer.trip->count, PTN_TRIP_SEATS_MAX);
    before = ptn_node_ledger_size(fixture->node);
    assert_int_equal(settle(fixture, settlement_of(fixture, PTN_TRIP_SEATS_MAX, "key-1")),
                     PTN_LANE_ACCEPTED);
    assert_int_equal(ptn_node_ledger_size(fixture->node), before + 1 + PTN_TRIP_SEATS_MAX);
    assert_int_equal(fixture->record.seq, before + PTN_TRIP_SEATS_MAX);
    assert_int_equal(fixture->record.occupants, PTN_TRIP_SEATS_MAX);
    assert_int_equal(fixture->record.crossings[0].seq, before + 1);
    assert_int_equal(settle(fixture, settlement_of(fixture, PTN_TRIP_SEATS_MAX, "key-2")),
                     PTN_LANE_ALREADY_SETTLED);
    assert_int_equal(ptn_node_ledger_size(fixture->node), before + 1 + PTN_TRIP_SEATS_MAX);
}

static void test_node_trip__a_key_is_known_again_after_a_restart(void **state)
{
    struct fixture *fixture = *state;
    char first[PTN_LANE_ID_SIZE];
    uint64_t size;
    uint64_t seq;

    assert_true(ptn_ok(begin_trip(fixture, "AA 101 BB")));
    assert_true(ptn_ok(seat_born(fixture, 1, 1980)));
    assert_true(ptn_ok(seat_born(fixture, 2, 1985)));
    assert_int_equal(settle(fixture, settlement_of(fixture, 2, "key-1")), PTN_LANE_ACCEPTED);
    memcpy(first, fixture->record.crossings[1].crossing, sizeof(first));
    seq = fixture->record.seq;
    ptn_lane_answer_release(&fixture->answer);
    ptn_trip_begun_release(&fixture->begun);
    ptn_node_close(fixture->node);
    open_node(fixture);
    size = ptn_node_ledger_size(fixture->node);
    assert_int_equal(settle(fixture, settlement_of(fixture, 2, "key-1")), PTN_LANE_ACCEPTED);
    assert_true(fixture->record.again);
    assert_string_equal(fixture->record.crossings[1].crossing, first);
    assert_int_equal(fixture->record.seq, seq);
    assert_int_equal(settle(fixture, settlement_of(fixture, 2, "key-2")), PTN_LANE_TRIP_UNKNOWN);
    assert_int_equal(ptn_node_ledger_size(fixture->node), size);
}

/* TRIP-2. */
static void test_node_trip__who_sits_there_is_the_party(void **state)
{
    struct fixture *fixture = *state;

    assert_true(ptn_ok(begin_trip(fixture, "")));
    assert_true(ptn_ok(seat_born(fixture, 1, 2020)));
    assert_int_equal(fixture->answer.advice.verdict, PTN_VERDICT_REFER);
    assert_int_equal(settle(fixture, settlement_of(fixture, 1, "key-0")), PTN_LANE_NOT_CLEAR);
    assert_string_equal(fixture->record.refused, fixture->seats[0].scan);
    assert_true(ptn_ok(seat_born(fixture, 2, 1980)));
    assert_int_equal(fixture->answer.trip->ask_again_count, 1);
    assert_string_equal(fixture->answer.trip->ask_again[0], fixture->seats[0].scan);
    assert_int_equal(settle(fixture, settlement_of(fixture, 2, "key-1")), PTN_LANE_ASK_AGAIN);
    assert_true(ptn_ok(seat_born(fixture, 1, 2020)));
    assert_int_equal(fixture->answer.trip->seat, 1);
    assert_int_equal(fixture->answer.trip->ask_again_count, 0);
    assert_int_equal(fixture->answer.advice.verdict, PTN_VERDICT_CLEAR);
    assert_int_equal(settle(fixture, settlement_of(fixture, 1, "key-2")), PTN_LANE_TRIP_CHANGED);
    assert_int_equal(settle(fixture, settlement_of(fixture, 2, "key-3")), PTN_LANE_ACCEPTED);
    assert_false(fixture->record.has_vehicle); /* on foot */
}

static void test_node_trip__the_vehicle_is_asked_about_once(void **state)
{
    static const char *const wanted[] = { "UT 999 ZZ", "ut-999-zz", "U\xd0\xa2 999 ZZ",
                                          "UT 999 2Z" };
    struct fixture *fixture = *state;

    for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
        char key[16];
        struct ptn_trip_settlement settlement;

        assert_true(ptn_ok(begin_trip(fixture, wanted[i])));
        assert_int_equal(fixture->begun.advice.verdict, PTN_VERDICT_REFER);
        assert_true(ptn_ok(seat_born(fixture, 40 + (unsigned)i, 1980)));
        assert_int_equal(fixture->answer.advice.verdict, PTN_VERDICT_CLEAR);
        (void)snprintf(key, sizeof(key), "key-%zu", i);
        settlement = settlement_of(fixture, 1, key);
        assert_int_equal(settle(fixture, settlement), PTN_LANE_NOT_CLEAR);
        settlement.vehicle = PTN_LANE_OVERRIDE;
        assert_int_equal(settle(fixture, settlement), PTN_LANE_NEEDS_REASON);
        settlement.vehicle = PTN_LANE_REFER;
        assert_int_equal(settle(fixture, settlement), PTN_LANE_NEEDS_KIND);
        settlement.vehicle_kind = PTN_REFERRAL_VEHICLE;
        settlement.supervisor = &besa;
        assert_int_equal(settle(fixture, settlement), PTN_LANE_ACCEPTED);
        assert_int_equal(fixture->record.vehicle_outcome, PTN_OUTCOME_REFERRED);
        /* the driver goes with it; asked again with the same key, it is the same */
        assert_int_equal(fixture->record.crossings[0].outcome, PTN_OUTCOME_REFERRED);
        assert_int_equal(settle(fixture, settlement), PTN_LANE_ACCEPTED);
        assert_true(fixture->record.again);
        assert_int_equal(fixture->record.crossings[0].outcome, PTN_OUTCOME_REFERRED);
    }
}

/* An alert that a centre published on a plate is in force here; it asks for a seizure. */
static void put_alert(struct fixture *fixture, const char *plate)
{
    const struct ptn_alert alert = { .id = { { 7 } },
                                     .time_ms = INT64_C(1795800000000),
                                     .act = PTN_ALERT_ENTERED,
                                     .post = PTN_BYTES_LITERAL("centre"),
                                     .officer = PTN_BYTES_LITERAL("ana"),
                                     .owner = PTN_BYTES_LITERAL("State Police"),
                                     .basis = PTN_BYTES_LITERAL("Law 108"),
                                     .purpose = PTN_BYTES_LITERAL("to keep it"),
                                     .action = PTN_ALERT_SEIZE,
                                     .until = { 2099, 1, 1 },
                                     .plate = ptn_bytes_from_text(plate) };
    struct ptn_published *published = ptn_published_new(ptn_world_real());
    struct ptn_buffer payload = { .len_max = PTN_RECORD_LEN_MAX };
    struct ptn_overlay *overlay = NULL;
    bool new = false;

    assert_non_null(published);
    assert_true(ptn_ok(ptn_alert_write(&alert, &payload)));
    assert_true(ptn_ok(
        ptn_published_add(published, PTN_RECORD_ALERT, ptn_buffer_bytes(&payload), &new, NULL)));
    assert_true(
        ptn_ok(ptn_published_overlay(published, (struct ptn_date){ 2026, 11, 28 }, &overlay)));
    assert_non_null(overlay);
    ptn_publishing_put(fixture->node, overlay);
    ptn_buffer_release(&payload);
    ptn_published_free(published);
}

/* The record of that kind that was written last. */
static void last_of(const struct fixture *fixture, uint32_t kind, struct ptn_buffer *payload)
{
    uint64_t index = ptn_node_ledger_size(fixture->node);
    struct ptn_ledger_header header = { .kind = PTN_RECORD_NOTE };

    while (header.kind != kind && index-- > 0) {
        ptn_buffer_clear(payload);
        assert_true(ptn_ok(ptn_ledger_read(fixture->node->ledger, index, &header, payload, NULL)));
    }
    assert_int_equal(header.kind, kind);
}

static void last_vehicle(const struct fixture *fixture, struct ptn_buffer *payload,
                         struct ptn_vehicle *ret_vehicle)
{
    last_of(fixture, PTN_RECORD_VEHICLE, payload);
    assert_true(ptn_ok(ptn_vehicle_parse(ptn_buffer_bytes(payload), ret_vehicle, NULL)));
}

/* An alert on a plate is said of the vehicle and beside each who sits in it, and is written down,
 * also where a list says something milder of the same plate. */
static void test_node_trip__an_alert_on_the_plate_is_everybodys(void **state)
{
    static const char *const plates[] = { "AA 777 BB", "UT 999 ZZ" };
    struct fixture *fixture = *state;
    struct ptn_buffer payload = { .len_max = PTN_RECORD_LEN_MAX };
    struct ptn_trip_settlement settlement;
    struct ptn_vehicle vehicle;

    for (size_t i = 0; i < sizeof(plates) / sizeof(plates[0]); i++) {
        char key[16];

        put_alert(fixture, plates[i]);
        assert_true(ptn_ok(begin_trip(fixture, plates[i])));
        assert_int_not_equal(fixture->begun.advice.verdict, PTN_VERDICT_CLEAR);
        for (unsigned k = 0; k < 2; k++) {
            assert_true(ptn_ok(seat_born(fixture, 200 + 2 * (unsigned)i + k, 1980)));
            assert_int_equal(fixture->answer.advice.verdict, PTN_VERDICT_CLEAR);
            assert_int_equal(fixture->answer.trip->vehicle, fixture->begun.advice.verdict);
        }
        (void)snprintf(key, sizeof(key), "key-%zu", i);
        settlement = settlement_of(fixture, 2, key);
        assert_int_equal(settle(fixture, settlement), PTN_LANE_NOT_CLEAR);
        settlement.vehicle = PTN_LANE_REFER;
        settlement.vehicle_kind = PTN_REFERRAL_VEHICLE;
        assert_int_equal(settle(fixture, settlement), PTN_LANE_ACCEPTED);
        last_vehicle(fixture, &payload, &vehicle);
        assert_int_equal(vehicle.occupants, 2);
        assert_int_equal(vehicle.advised, fixture->begun.advice.verdict);
        assert_true(ptn_bytes_is(vehicle.list, PTN_OVERLAY_ALERTS));
        assert_true(vehicle.entry.len > 0);
    }
    ptn_buffer_release(&payload);
}

/* A ferry's booking is found by its plate, the later of two counts, and is through when its vehicle
 * is recorded; what is too old is not expected. */
static int64_t at_once(const struct fixture *fixture)
{
    const struct ptn_world *world = ptn_node_world(fixture->node);

    return world->now_ms(world->context);
}

static void loaded(struct ptn_bookings_loading *loading)
{
    (*(unsigned *)loading->context)++;
}

/* What a supervisor loaded is there after a restart, with which of them came. */
static void test_node_trip__bookings_outlive_a_restart(void **state)
{
    static const char file[] =
        "booking,plate,kind,people\nB-1,UT 431 KX,car,5\nB-2,UT 777 CO,coach,50\n,UT 1,car,1\n";
    const struct ptn_lane_who who = { &besa, "1" };
    const struct ptn_lane_who lane = { &arta, "1" };
    struct fixture *fixture = *state;
    struct ptn_bookings_loading loading = { .done = loaded, .context = &fixture->done };
    struct ptn_trip_expectation all;
    struct ptn_buffer payload = { .len_max = PTN_RECORD_LEN_MAX };
    struct ptn_crossing crossing;
    uint64_t size = ptn_node_ledger_size(fixture->node);

    fixture->done = 0;
    assert_int_equal(ptn_bookings_load(fixture->node, &who, PTN_BYTES_LITERAL("plate\n"),
                                       fixture->arena, &loading, NULL)
                         .code,
                     PTN_C_BAD_INPUT);
    assert_int_equal(ptn_node_ledger_size(fixture->node), size);
    assert_true(ptn_ok(ptn_bookings_load(fixture->node, &who, ptn_bytes_from_text(file),
                                         fixture->arena, &loading, NULL)));
    (void)ptn_node_step(fixture->node);
    assert_int_equal(fixture->done, 1);
    assert_true(ptn_ok(loading.write.status));
    assert_true(ptn_ok(ptn_bookings_take(&loading)));
    assert_int_equal(loading.bookings.left_out, 1);
    assert_true(ptn_ok(begin_trip(fixture, "UT431KX")));
    assert_string_equal(fixture->begun.booking, "B-1");
    assert_true(ptn_ok(seat_born(fixture, 400, 1980)));
    assert_int_equal(settle(fixture, settlement_of(fixture, 1, "key-1")), PTN_LANE_ACCEPTED);
    last_of(fixture, PTN_RECORD_CROSSING, &payload);
    assert_true(ptn_ok(ptn_crossing_parse(ptn_buffer_bytes(&payload), &crossing, NULL)));
    assert_true(ptn_bytes_is(crossing.booking, "B-1"));
    assert_false(ptn_record_id_is_none(crossing.trip));
    ptn_buffer_release(&payload);
    for (unsigned i = 0; i < 2; i++) { /* from the ledger, and from what is known of it */
        ptn_lane_answer_release(&fixture->answer);
        ptn_trip_begun_release(&fixture->begun);
        ptn_node_close(fixture->node);
        open_node(fixture);
        assert_true(ptn_ok(ptn_trip_expected(fixture->node, &lane, fixture->arena, &all)));
        assert_int_equal(all.count, 2);
        assert_int_equal(all.came, 1);
        assert_string_equal(all.rows[0].plate, "UT 777 CO");
        assert_int_equal(all.rows[0].came_ms, 0);
        assert_int_equal(all.rows[1].occupants, 1);
    }
    assert_true(ptn_ok(begin_trip(fixture, "UT777CO")));
    assert_string_equal(fixture->begun.booking, "B-2");
    assert_int_equal(fixture->begun.booked, 50);
}

static void test_node_trip__without_memory_no_booking_is_half_loaded(void **state)
{
    static const char file[] = "booking,plate,people\nB-1,UT 431 KX,5\n";
    const struct ptn_lane_who who = { &besa, "1" };
    struct fixture *fixture = *state;
    struct ptn_bookings_loading loading;
    struct ptn_status status;
    unsigned long nth = 0;
    uint64_t size = ptn_node_ledger_size(fixture->node);

    do {
        ptn_arena_free(fixture->arena); /* a fresh one: what it has to spare would hide a failure */
        fixture->arena = ptn_arena_new(64u << 20);
        loading = (struct ptn_bookings_loading){ .done = loaded, .context = &fixture->done };
        fixture->done = 0;
        fault_allocation(++nth, FAULT_ONCE);
        status = ptn_bookings_load(fixture->node, &who, ptn_bytes_from_text(file), fixture->arena,
                                   &loading, NULL);
        if (fault_off() && !ptn_ok(status)) {
            assert_int_equal(status.code, PTN_C_NO_MEMORY);
            assert_int_equal(ptn_writer_turn(fixture->node), 0);
        }
    } while (!ptn_ok(status));
    assert_true(nth > 2);
    (void)ptn_node_step(fixture->node);
    assert_int_equal(fixture->done, 1);
    assert_int_equal(ptn_node_ledger_size(fixture->node), size + 2);
    fault_allocation(1, FAULT_ONCE);
    status = ptn_bookings_take(&loading);
    (void)fault_off();
    assert_int_equal(status.code, PTN_C_NO_MEMORY);
    assert_true(ptn_ok(ptn_bookings_take(&loading)));
}

static void test_node_trip__a_booked_vehicle_is_expected_until_it_is_through(void **state)
{
    const struct ptn_booking rows[] = {
        { PTN_BYTES_LITERAL("B-1"), PTN_BYTES_LITERAL("UT 431 KX"), PTN_BYTES_LITERAL("car"), 5,
          2 },
        { PTN_BYTES_LITERAL("B-2"), PTN_BYTES_LITERAL("UT 777 CO"), PTN_BYTES_LITERAL("coach"), 50,
          3 },
        { PTN_BYTES_LITERAL("B-3"), PTN_BYTES_LITERAL("ut-431-kx"), PTN_BYTES_LITERAL("van"), 2,
          4 },
        { PTN_BYTES_LITERAL("B-4"), PTN_BYTES_LITERAL("- -"), PTN_BYTES_NONE, 1, 5 },
    };
    const struct ptn_lane_who who = { &arta, "1" };
    struct fixture *fixture = *state;
    struct ptn_trip_expectation all;

    assert_true(ptn_ok(ptn_trip_expected(fixture->node, &who, fixture->arena, &all)));
    assert_int_equal(all.count, 0);
    assert_true(ptn_ok(
        ptn_trip_expect(fixture->node, rows, sizeof(rows) / sizeof(rows[0]), at_once(fixture))));
    assert_true(ptn_ok(ptn_trip_expected(fixture->node, &who, fixture->arena, &all)));
    assert_int_equal(all.count, 2);
    assert_int_equal(all.came, 0);
    assert_string_equal(all.rows[0].reference, "B-3");
    assert_int_equal(all.rows[0].kind, PTN_VEHICLE_UNKNOWN);
    assert_string_equal(all.rows[1].plate, "UT 777 CO");
    assert_int_equal(all.rows[1].kind, PTN_VEHICLE_COACH);
    assert_true(ptn_ok(begin_trip(fixture, "UT431KX")));
    assert_string_equal(fixture->begun.booking, "B-3");
    assert_int_equal(fixture->begun.booked, 2);
    assert_true(ptn_ok(seat_born(fixture, 400, 1980)));
    assert_int_equal(settle(fixture, settlement_of(fixture, 1, "key-1")), PTN_LANE_ACCEPTED);
    assert_true(ptn_ok(ptn_trip_expected(fixture->node, &who, fixture->arena, &all)));
    assert_int_equal(all.came, 1);
    assert_int_equal(all.rows[0].occupants, 1);
    assert_true(all.rows[0].came_ms > 0);
    assert_int_equal(all.rows[1].came_ms, 0);
}

/* Whoever is sent to the second line out of a trip has a case, in the same batch. */
static void test_node_trip__a_referral_opens_its_case(void **state)
{
    struct fixture *fixture = *state;
    uint64_t size;

    assert_true(ptn_ok(begin_trip(fixture, "AA 104 BB")));
    for (unsigned i = 0; i < 3; i++)
        assert_true(ptn_ok(seat_born(fixture, 300 + i, 1980)));
    size = ptn_node_ledger_size(fixture->node);
    fixture->seats[1].act = PTN_LANE_REFER;
    fixture->seats[1].kind = PTN_REFERRAL_VEHICLE;
    assert_int_equal(settle(fixture, settlement_of(fixture, 3, "key-1")), PTN_LANE_ACCEPTED);
    assert_int_equal(ptn_node_ledger_size(fixture->node), size + 5);
    assert_int_equal(fixture->record.crossings[1].outcome, PTN_OUTCOME_REFERRED);
    assert_int_equal(fixture->record.crossings[2].seq, size + 4);
}

/* A seat that may not be recorded leaves all the others free. */
static void test_node_trip__one_refusal_leaves_everybody_open(void **state)
{
    struct fixture *fixture = *state;
    uint64_t size;

    assert_true(ptn_ok(begin_trip(fixture, "AA 102 BB")));
    for (unsigned i = 0; i < 3; i++)
        assert_true(ptn_ok(seat_born(fixture, 60 + i, 1980)));
    size = ptn_node_ledger_size(fixture->node);
    fixture->seats[2].act = PTN_LANE_REFER;
    assert_int_equal(settle(fixture, settlement_of(fixture, 3, "key-1")), PTN_LANE_NEEDS_KIND);
    assert_string_equal(fixture->record.refused, fixture->seats[2].scan);
    assert_int_equal(ptn_node_ledger_size(fixture->node), size);
    fixture->seats[2].act = PTN_LANE_RECORD;
    assert_int_equal(settle(fixture, settlement_of(fixture, 3, "key-2")), PTN_LANE_ACCEPTED);
    assert_int_equal(ptn_node_ledger_size(fixture->node), size + 4);
}

static void test_node_trip__without_memory_nothing_is_half_done(void **state)
{
    struct fixture *fixture = *state;
    const struct ptn_lane_who who = { &arta, "1" };
    struct ptn_trip_settlement settlement;
    struct ptn_status status;
    unsigned long nth = 0;
    uint64_t size;

    assert_true(ptn_ok(begin_trip(fixture, "AA 103 BB")));
    for (unsigned i = 0; i < 3; i++)
        assert_true(ptn_ok(seat_born(fixture, 80 + i, 1980)));
    size = ptn_node_ledger_size(fixture->node);
    settlement = settlement_of(fixture, 3, "key-1");
    ptn_lane_answer_release(&fixture->answer);
    do {
        ptn_arena_free(fixture->arena); /* a fresh one: what it has to spare would hide a failure */
        fixture->arena = ptn_arena_new(64u << 20);
        fixture->record = (struct ptn_trip_record){ .done = record_done, .context = fixture };
        fixture->done = 0;
        fault_allocation(++nth, FAULT_ONCE);
        status =
            ptn_trip_settle(fixture->node, &who, &settlement, fixture->arena, &fixture->record);
        if (fault_off() && !ptn_ok(status)) {
            assert_int_equal(status.code, PTN_C_NO_MEMORY);
            assert_int_equal(ptn_writer_turn(fixture->node), 0);
        }
    } while (!ptn_ok(status));
    assert_true(nth > 3);
    (void)ptn_node_step(fixture->node);
    assert_int_equal(fixture->done, 1);
    assert_int_equal(ptn_node_ledger_size(fixture->node), size + 4);
}

/* Closed before its turn: answered, and nothing of it is in the ledger. */
static void test_node_trip__closing_answers_what_waits(void **state)
{
    struct fixture *fixture = *state;
    const struct ptn_lane_who who = { &arta, "1" };
    struct ptn_trip_settlement settlement;
    uint64_t size;

    assert_true(ptn_ok(begin_trip(fixture, "AA 104 BB")));
    assert_true(ptn_ok(seat_born(fixture, 90, 1980)));
    assert_true(ptn_ok(seat_born(fixture, 91, 1980)));
    size = ptn_node_ledger_size(fixture->node);
    settlement = settlement_of(fixture, 2, "key-1");
    fixture->record = (struct ptn_trip_record){ .done = record_done, .context = fixture };
    fixture->done = 0;
    assert_true(ptn_ok(
        ptn_trip_settle(fixture->node, &who, &settlement, fixture->arena, &fixture->record)));
    ptn_lane_answer_release(&fixture->answer);
    ptn_trip_begun_release(&fixture->begun);
    ptn_node_close(fixture->node);
    assert_int_equal(fixture->done, 1);
    assert_int_equal(fixture->record.write.status.code, PTN_C_BUSY);
    open_node(fixture);
    assert_true(ptn_node_ledger_size(fixture->node) >= size);
    assert_int_equal(settle(fixture, settlement), PTN_LANE_TRIP_UNKNOWN);
}

static void test_node_trip__many_trips_forget_the_oldest(void **state)
{
    struct fixture *fixture = *state;
    char first[PTN_LANE_ID_SIZE];

    assert_true(ptn_ok(begin_trip(fixture, "AA 1")));
    memcpy(first, fixture->begun.trip, sizeof(first));
    for (unsigned i = 0; i < PTN_TRIPS_MAX; i++)
        assert_true(ptn_ok(begin_trip(fixture, "")));
    assert_true(ptn_ok(seat_born(fixture, 1, 1980)));
    memcpy(fixture->begun.trip, first, sizeof(first));
    assert_int_equal(seat_born(fixture, 2, 1980).code, PTN_C_BAD_INPUT);
    assert_true(fixture->answer.no_trip);
    assert_int_equal(begin_trip(fixture, "- -").code, PTN_C_BAD_INPUT);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_node_trip__a_coach_is_one_batch),
        TEST(test_node_trip__a_key_is_known_again_after_a_restart),
        TEST(test_node_trip__who_sits_there_is_the_party),
        TEST(test_node_trip__the_vehicle_is_asked_about_once),
        TEST(test_node_trip__an_alert_on_the_plate_is_everybodys),
        TEST(test_node_trip__bookings_outlive_a_restart),
        TEST(test_node_trip__without_memory_no_booking_is_half_loaded),
        TEST(test_node_trip__a_booked_vehicle_is_expected_until_it_is_through),
        TEST(test_node_trip__a_referral_opens_its_case),
        TEST(test_node_trip__one_refusal_leaves_everybody_open),
        TEST(test_node_trip__without_memory_nothing_is_half_done),
        TEST(test_node_trip__closing_answers_what_waits),
        TEST(test_node_trip__many_trips_forget_the_oldest),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
