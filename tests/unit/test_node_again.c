/* Goal: screening again finds exactly what a search of every name finds and the lane had not shown,
 * each once, whatever is cut off where (AGAIN-1). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "node/again.h"
#include "node/lane.h"
#include "node/node_int.h"
#include "node/published.h"
#include "node_made.h"
#include "record/vehicle.h"

#define NOW       INT64_C(1790000000000)
#define MIN       INT64_C(60000)
#define PEOPLE    12u
#define CROSSINGS 80u
#define FOUND_MAX 256u

static const char *const surnames[PEOPLE] = { "VONTRELI", "KELVARI", "MERENDI",  "GJYSHORI",
                                              "KATERVI",  "BRAKULI", "OSKRELI",  "JEVRELOF",
                                              "SHKREPTI", "BREGASI", "VELTHURI", "KOSTANDELI" };
static const struct ptn_officer besa = {
    .user = "besa", .name = "Besa", .role = PTN_STAFF_SUPERVISOR, .discreet = true
};
static int64_t clock_ms;

struct found {
    struct ptn_record_id crossing;
    char list[40], entry[40], plate[24];
    bool then, discreet;
};

struct crossed {
    struct ptn_record_id id;
    unsigned person;
    uint32_t shown; /* of the list's entries, a bit for each person */
};

struct fixture {
    struct ptn_world world; /* the real one, with a clock of its own */
    char folder[FOLDER_SIZE], dir[DIR_SIZE];
    struct ptn_node *node;
    struct ptn_vault *vault;
    struct ptn_ledger *reader;
    struct ptn_arena *arena;
    struct ptn_again *again;
    struct crossed crossed[CROSSINGS];
    size_t crossed_count;
    struct found found[FOUND_MAX];
    size_t found_count, known_count;
    size_t cut_at; /* durable, and then the process is gone; 0: never */
    bool brute;
    uint64_t seed;
    unsigned done;
    char scan[PTN_LANE_ID_SIZE];
};

static int64_t now_ms(void *context)
{
    (void)context;
    return clock_ms;
}

static unsigned below(struct fixture *fixture, unsigned most)
{
    fixture->seed = fixture->seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)((fixture->seed >> 33) % most);
}

/* ---- a node ---- */

/* A list with these people, one bit each, made now. */
static void put_lists(struct fixture *fixture, uint32_t people)
{
    struct ptn_snapshot_input input = { .name = PTN_BYTES_LITERAL("wanted"),
                                        .format = PTN_LIST_POSTERN };
    char list[FOLDER_SIZE + 16], made[PTN_INSTANT_TEXT_SIZE];
    unsigned count = 0;
    FILE *file;

    (void)snprintf(list, sizeof(list), "%s/wanted.ndjson", fixture->folder);
    for (unsigned i = 0; i < PEOPLE; i++)
        count += people >> i & 1u;
    file = fopen(list, "wb");
    assert_non_null(file);
    (void)fprintf(file, "{\"postern-list\":1,\"made\":\"%s\",\"entries\":%u}\n",
                  ptn_instant_write(clock_ms / 1000 * 1000, made), count);
    for (unsigned i = 0; i < PEOPLE; i++)
        if ((people >> i & 1u) != 0)
            (void)fprintf(
                file,
                "{\"id\":\"W-%u\",\"kind\":\"person\",\"names\":[{\"text\":\"%s, MALVINA\","
                "\"alias\":\"primary\"}],\"births\":[\"1988-02-03\"],"
                "\"on_entry\":\"%s\",\"on_exit\":\"%s\",\"listed\":\"2025-01-01\"}\n",
                i, surnames[i], i % 5 == 4 ? "discreet" : "refer",
                i % 5 == 4 ? "discreet" : "refer");
    assert_int_equal(fclose(file), 0);
    input.path = list;
    made_lists(&fixture->world, fixture->dir, &input, 1);
    if (fixture->node != NULL)
        assert_true(ptn_ok(ptn_node_reload(fixture->node, NULL)));
    clock_ms += 10 * MIN; /* they are not fresh any more */
}

static void step_node(struct fixture *fixture)
{
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
    fixture->seed = 7;
    fixture->world = *ptn_world_real();
    fixture->world.now_ms = now_ms;
    fixture->arena = ptn_arena_new((size_t)64 << 20);
    made_node(&fixture->world, &plan, fixture->folder, fixture->dir);
    put_lists(fixture, 1);
    assert_true(ptn_ok(ptn_node_open(&fixture->world, fixture->dir, NULL, &fixture->node, NULL)));
    step_node(fixture);
    assert_true(ptn_ok(ptn_vault_open(&fixture->world, fixture->dir, &fixture->vault, NULL)));
    assert_true(ptn_ok(ptn_ledger_open_reader(&fixture->world, fixture->vault, fixture->dir,
                                              &fixture->reader, NULL)));
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    ptn_again_free(fixture->again);
    ptn_ledger_close(fixture->reader);
    ptn_vault_close(fixture->vault);
    ptn_node_close(fixture->node);
    ptn_arena_free(fixture->arena);
    unmade(fixture->folder);
    free(fixture);
    return 0;
}

/* ---- crossings ---- */

static struct ptn_person person_of(unsigned number)
{
    struct ptn_person person = { .surname = ptn_bytes_from_text(surnames[number]),
                                 .given = PTN_BYTES_LITERAL("MALVINA"),
                                 .birth = { 1988, 2, 3 },
                                 .nationality = "UTO" };
    static char numbers[PEOPLE][16];

    (void)snprintf(numbers[number], sizeof(numbers[number]), "U555%05u", number);
    person.document.number = ptn_bytes_from_text(numbers[number]);
    memcpy(person.document.issuer, "UTO", 4);
    return person;
}

static void scan_done(struct ptn_lane_answer *answer)
{
    ((struct fixture *)answer->context)->done++;
}

static void crossing_done(struct ptn_lane_crossing *crossing)
{
    ((struct fixture *)crossing->context)->done++;
}

/* What the lane shows of the list. */
static uint32_t scan(struct fixture *fixture, unsigned person)
{
    const struct ptn_lane_who who = { &besa, "1" };
    struct ptn_lane_answer *answer = ptn_arena_take(fixture->arena, sizeof(*answer));
    struct ptn_lane_scan question = { .person = person_of(person),
                                      .direction = PTN_DIRECTION_EXIT };
    uint32_t shown = 0;

    *answer = (struct ptn_lane_answer){ .done = scan_done, .context = fixture };
    assert_true(
        ptn_ok(ptn_lane_scan(fixture->node, &who, &question, fixture->arena, answer, NULL)));
    step_node(fixture);
    for (size_t i = 0; i < answer->match_count; i++) {
        struct ptn_bytes entry = answer->matches[i].entry;
        uint64_t number = PEOPLE;

        if (ptn_bytes_is(answer->matches[i].list, "wanted") &&
            ptn_decimal_read(ptn_bytes_slice(entry, 2, entry.len), PEOPLE - 1, &number))
            shown |= 1u << number;
    }
    memcpy(fixture->scan, answer->scan, sizeof(fixture->scan));
    ptn_lane_answer_release(answer);
    return shown;
}

static struct ptn_record_id settle(struct fixture *fixture)
{
    const struct ptn_lane_who who = { &besa, "1" };
    const struct ptn_lane_settlement acts[] = {
        { .scan = fixture->scan, .act = PTN_LANE_RECORD },
        { .scan = fixture->scan,
          .act = PTN_LANE_OVERRIDE,
          .reason = PTN_BYTES_LITERAL("known"),
          .supervisor = &besa },
    };
    struct ptn_lane_crossing *crossing = ptn_arena_take(fixture->arena, sizeof(*crossing));
    struct ptn_record_id id = { { 0 } };
    struct ptn_status status = { PTN_C_BAD_INPUT };

    for (size_t i = 0; i < 2 && !ptn_ok(status); i++) {
        *crossing = (struct ptn_lane_crossing){ .done = crossing_done, .context = fixture };
        status = ptn_lane_settle(fixture->node, &who, &acts[i], fixture->arena, crossing);
    }
    assert_true(ptn_ok(status));
    step_node(fixture);
    assert_true(ptn_ok(crossing->write.status));
    assert_true(ptn_ok(ptn_record_id_parse(ptn_bytes_from_text(crossing->crossing), &id, NULL)));
    return id;
}

static void cross(struct fixture *fixture, unsigned person)
{
    struct crossed *crossed = &fixture->crossed[fixture->crossed_count++];

    assert_true(fixture->crossed_count <= CROSSINGS);
    ptn_arena_clear(fixture->arena);
    clock_ms += MIN;
    crossed->person = person;
    crossed->shown = scan(fixture, person);
    crossed->id = settle(fixture);
}

/* ---- screening again ---- */

static void written(struct ptn_writer_request *request)
{
    assert_true(ptn_ok(request->status));
}

static struct ptn_status take(void *context, const struct ptn_screened_again *found,
                              struct ptn_bytes payload)
{
    struct fixture *fixture = context;
    struct ptn_writer_request request = { .records = { { .kind = PTN_RECORD_AGAIN,
                                                         .retention = PTN_RETENTION_REPORT,
                                                         .payload = payload } },
                                          .record_count = 1,
                                          .done = written };
    struct found *one = &fixture->found[fixture->found_count++];

    assert_true(fixture->found_count <= FOUND_MAX);
    *one = (struct found){ .crossing = found->crossing,
                           .then = found->then,
                           .discreet = found->discreet };
    (void)snprintf(one->list, sizeof(one->list), "%.*s", (int)found->list.len,
                   (const char *)found->list.at);
    (void)snprintf(one->entry, sizeof(one->entry), "%.*s", (int)found->entry.len,
                   (const char *)found->entry.at);
    if (found->plate.len > 0)
        (void)snprintf(one->plate, sizeof(one->plate), "%.*s", (int)found->plate.len,
                       (const char *)found->plate.at);
    ptn_writer_submit(fixture->node, &request);
    step_node(fixture);
    if (fixture->cut_at != 0 && fixture->found_count == fixture->cut_at)
        return (struct ptn_status){ PTN_C_IO };
    return PTN_OK;
}

static void known(void *context, struct ptn_bytes payload)
{
    struct fixture *fixture = context;

    ptn_late_learn(fixture->node, payload);
    fixture->known_count++;
}

static void begin_again(struct fixture *fixture)
{
    const struct ptn_again_plan plan = { .world = &fixture->world,
                                         .ledger = fixture->reader,
                                         .node = fixture->node,
                                         .brute = fixture->brute,
                                         .found = take,
                                         .known = known,
                                         .context = fixture };

    ptn_again_free(fixture->again);
    fixture->known_count = 0;
    fixture->again = ptn_again_new(&plan);
    assert_non_null(fixture->again);
}

/* False: it was cut off. */
static bool run(struct fixture *fixture)
{
    bool more = true;

    while (more)
        if (!ptn_ok(ptn_again_step(fixture->again, &more)))
            return false;
    return true;
}

static size_t times_found(const struct fixture *fixture, const struct crossed *crossed,
                          unsigned person)
{
    char entry[16];
    size_t times = 0;

    (void)snprintf(entry, sizeof(entry), "W-%u", person);
    for (size_t i = 0; i < fixture->found_count; i++)
        times += ptn_record_id_equal(fixture->found[i].crossing, crossed->id) &&
                 strcmp(fixture->found[i].entry, entry) == 0;
    return times;
}

/* Each name of the list against each crossing, by the score itself. */
static void assert_exactly(struct fixture *fixture, const uint32_t *lists, size_t list_count)
{
    size_t expected = 0;

    for (size_t i = 0; i < fixture->crossed_count; i++)
        for (unsigned person = 0; person < PEOPLE; person++) {
            const struct crossed *crossed = &fixture->crossed[i];
            bool listed = false;

            for (size_t k = 0; k < list_count; k++)
                listed = listed || (lists[k] >> person & 1u) != 0;
            listed = listed && person == crossed->person && (crossed->shown >> person & 1u) == 0;
            assert_int_equal(times_found(fixture, crossed, person), listed ? 1 : 0);
            expected += listed ? 1 : 0;
        }
    assert_int_equal(fixture->found_count, expected);
}

/* ---- tests ---- */

static void test_again__finds_exactly_what_every_name_scored_finds(void **state)
{
    struct fixture *fixture = *state;
    uint32_t lists[4] = { 1 };
    struct ptn_again_standing standing;

    begin_again(fixture);
    for (size_t round = 1; round < 4; round++) {
        for (unsigned i = 0; i < 8; i++)
            cross(fixture, below(fixture, PEOPLE));
        clock_ms += 60 * MIN;
        lists[round] = below(fixture, 1u << PEOPLE);
        put_lists(fixture, lists[round]);
        fixture->brute = round == 2;
        assert_true(run(fixture));
    }
    /* a crossing meets the list after it, and those after that */
    for (size_t i = 0; i < fixture->crossed_count; i++)
        for (unsigned person = 0; person < PEOPLE; person++) {
            const struct crossed *crossed = &fixture->crossed[i];
            bool listed = false;

            for (size_t k = i / 8 + 1; k < 4; k++)
                listed = listed || (lists[k] >> person & 1u) != 0;
            assert_int_equal(
                times_found(fixture, crossed, person),
                listed && person == crossed->person && (crossed->shown >> person & 1u) == 0 ? 1
                                                                                            : 0);
        }
    assert_true(fixture->found_count > 3);
    ptn_again_standing(fixture->again, &standing);
    assert_int_equal(standing.left, 0);
    assert_int_equal(standing.found, fixture->found_count);
    assert_int_equal(standing.differs, 0);
    assert_int_equal(standing.left_out, 0);
    assert_true(standing.screened >= 24);
}

/* However much there is, a step does a part of it and says that there is more: AGAIN-2. */
static void test_again__a_step_is_bounded(void **state)
{
    struct fixture *fixture = *state;
    struct ptn_again_standing standing;
    uint64_t before = 0;
    unsigned steps = 0;
    bool more = true;

    begin_again(fixture);
    for (unsigned i = 0; i < 2 * PTN_AGAIN_STEP; i++)
        cross(fixture, i % PEOPLE);
    put_lists(fixture, 1);
    for (; more; steps++) {
        assert_true(ptn_ok(ptn_again_step(fixture->again, &more)));
        ptn_again_standing(fixture->again, &standing);
        assert_true(standing.screened - before <= PTN_AGAIN_STEP);
        before = standing.screened;
    }
    assert_true(steps > 2);
    assert_true(before >= (uint64_t)2 * PTN_AGAIN_STEP);
}

static void test_again__a_kill_loses_nothing_and_doubles_nothing(void **state)
{
    struct fixture *fixture = *state;
    const uint32_t all = (1u << PEOPLE) - 1;
    size_t cuts = 0;

    for (unsigned i = 0; i < 14; i++)
        cross(fixture, i % PEOPLE);
    clock_ms += 60 * MIN;
    put_lists(fixture, all);
    fixture->cut_at = 1;
    do { /* each time one more is durable, and the process ends before it knows */
        begin_again(fixture);
        fixture->cut_at = fixture->found_count + 1;
        cuts++;
        assert_true(cuts < 100);
    } while (!run(fixture));
    assert_true(cuts > 10);
    assert_int_equal(fixture->known_count, fixture->found_count);
    assert_exactly(fixture, &all, 1);
}

static void test_again__what_could_not_be_written_is_found_again(void **state)
{
    struct fixture *fixture = *state;
    const uint32_t all = (1u << PEOPLE) - 1;
    bool more;

    cross(fixture, 3);
    clock_ms += 60 * MIN;
    put_lists(fixture, all);
    begin_again(fixture);
    fixture->found_count = 5; /* durable in nothing: the callback below writes it anew */
    fixture->cut_at = 6;
    assert_false(run(fixture));
    assert_int_equal(fixture->found_count, 6);
    fixture->cut_at = 0;
    assert_true(ptn_ok(ptn_again_step(fixture->again, &more)));
    assert_int_equal(fixture->found_count, 7); /* the same again, by the same process */
}

static void test_again__the_recorded_answer_comes_out_again(void **state)
{
    struct fixture *fixture = *state;
    struct ptn_again_standing standing;

    put_lists(fixture, 0x15);
    for (unsigned i = 0; i < PEOPLE; i++)
        cross(fixture, i);
    begin_again(fixture);
    assert_true(run(fixture));
    ptn_again_standing(fixture->again, &standing);
    assert_int_equal(standing.same, PEOPLE);
    assert_int_equal(standing.differs, 0);
    assert_int_equal(fixture->found_count, 0);
}

static void test_again__a_discreet_check_is_marked(void **state)
{
    struct fixture *fixture = *state;

    cross(fixture, 4);
    cross(fixture, 5);
    clock_ms += 60 * MIN;
    put_lists(fixture, 1u << 4 | 1u << 5);
    begin_again(fixture);
    assert_true(run(fixture));
    assert_int_equal(fixture->found_count, 2);
    assert_true(fixture->found[0].discreet);
    assert_false(fixture->found[1].discreet);
    assert_false(fixture->found[0].then); /* the edition is younger than the crossing */
}

/* An alert of that time, in force now: on a person, or on a plate. */
static void put_alert_on(struct fixture *fixture, unsigned person, const char *plate,
                         int64_t time_ms)
{
    struct ptn_published *published = ptn_published_new(&fixture->world);
    struct ptn_buffer payload = { .len_max = PTN_RECORD_LEN_MAX };
    struct ptn_person people[] = { person_of(person) };
    struct ptn_alert alert = { .id = { { (uint8_t)(person + 1) } },
                               .time_ms = time_ms,
                               .act = PTN_ALERT_ENTERED,
                               .post = PTN_BYTES_LITERAL("centre"),
                               .officer = PTN_BYTES_LITERAL("ana"),
                               .owner = PTN_BYTES_LITERAL("State Police"),
                               .basis = PTN_BYTES_LITERAL("Law 108"),
                               .purpose = PTN_BYTES_LITERAL("to ask"),
                               .action = PTN_ALERT_INQUIRY,
                               .until = { 2099, 1, 1 },
                               .identities = plate == NULL ? people : NULL,
                               .identity_count = plate == NULL ? 1 : 0,
                               .plate = ptn_bytes_from_text(plate == NULL ? "" : plate) };
    struct ptn_overlay *overlay = NULL;
    bool new = false;

    assert_true(ptn_ok(ptn_alert_write(&alert, &payload)));
    assert_true(ptn_ok(
        ptn_published_add(published, PTN_RECORD_ALERT, ptn_buffer_bytes(&payload), &new, NULL)));
    assert_true(ptn_ok(ptn_published_overlay(published, ptn_place_local_date(clock_ms), &overlay)));
    ptn_publishing_put(fixture->node, overlay);
    ptn_buffer_release(&payload);
    ptn_published_free(published);
}

static void put_alert(struct fixture *fixture, unsigned person, int64_t time_ms)
{
    put_alert_on(fixture, person, NULL, time_ms);
}

/* A crossing with that scan's advice, on that rung. */
static void cross_on(struct fixture *fixture, unsigned person, enum ptn_rung rung)
{
    struct ptn_buffer payload = { .len_max = PTN_RECORD_LEN_MAX };
    struct ptn_crossing crossing = { .id = { { 9, (uint8_t)person } },
                                     .time_ms = clock_ms,
                                     .date = ptn_place_local_date(clock_ms),
                                     .direction = PTN_DIRECTION_EXIT,
                                     .outcome = PTN_OUTCOME_RECORDED,
                                     .post = PTN_BYTES_LITERAL("durres"),
                                     .lane = PTN_BYTES_LITERAL("1"),
                                     .officer = PTN_BYTES_LITERAL("besa"),
                                     .person = person_of(person) };
    struct ptn_writer_request request = {
        .record_count = 1, .has_rung = true, .rung = (uint8_t)rung, .done = written
    };

    ptn_arena_clear(fixture->arena);
    (void)scan(fixture, person);
    assert_true(
        ptn_ok(ptn_record_id_parse(ptn_bytes_from_text(fixture->scan), &crossing.advice, NULL)));
    assert_true(ptn_ok(ptn_crossing_write(&crossing, &payload)));
    request.records[0] = (struct ptn_writer_record){ .kind = PTN_RECORD_CROSSING,
                                                     .retention = PTN_RETENTION_CROSSING,
                                                     .payload = ptn_buffer_bytes(&payload) };
    ptn_writer_submit(fixture->node, &request);
    step_node(fixture);
    ptn_buffer_release(&payload);
}

static void test_again__an_alert_that_came_late_was_missed(void **state)
{
    static const struct {
        enum ptn_rung rung;
        int64_t published; /* minutes after the crossing */
        bool found, then;
    } rows[] = {
        { PTN_RUNG_NORMAL, -5, true, true },  /* it was on its way */
        { PTN_RUNG_NORMAL, 5, false, false }, /* nothing was missed: there was nothing */
        { PTN_RUNG_LOCAL, -5, true, true },   { PTN_RUNG_LOCAL, 5, true, false },
        { PTN_RUNG_MANUAL, 5, true, false },
    };
    struct fixture *fixture = *state;

    begin_again(fixture);
    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        size_t before = fixture->found_count;

        cross_on(fixture, i, rows[i].rung);
        put_alert(fixture, i, clock_ms + rows[i].published * MIN);
        clock_ms += 10 * MIN;
        assert_true(run(fixture));
        assert_int_equal(fixture->found_count - before, rows[i].found ? 1 : 0);
        if (rows[i].found)
            assert_int_equal(fixture->found[before].then, rows[i].then);
        put_alert(fixture, i, clock_ms - 9 * MIN); /* another version of it is nothing new */
        assert_true(run(fixture));
        assert_int_equal(fixture->found_count - before, rows[i].found ? 1 : 0);
    }
}

struct trip_row {
    enum ptn_rung rung;
    enum ptn_outcome vehicle, first; /* what became of the vehicle, and of the first of two in it */
    bool shown;                      /* the lane had another alert on the plate */
    int64_t published;               /* minutes after the crossing */
    bool found;
};

/* A car with two people, in one batch as a lane writes it. */
static void cross_trip(struct fixture *fixture, const struct trip_row *row, unsigned number,
                       const char *plate)
{
    struct ptn_buffer payloads[3] = { { .len_max = PTN_RECORD_LEN_MAX },
                                      { .len_max = PTN_RECORD_LEN_MAX },
                                      { .len_max = PTN_RECORD_LEN_MAX } };
    struct ptn_vehicle vehicle = { .id = { { 7, (uint8_t)number } },
                                   .trip = { { 8, (uint8_t)number } },
                                   .time_ms = clock_ms,
                                   .date = ptn_place_local_date(clock_ms),
                                   .direction = PTN_DIRECTION_EXIT,
                                   .plate = ptn_bytes_from_text(plate),
                                   .key = ptn_bytes_from_text(plate),
                                   .occupants = 2,
                                   .advised = PTN_VERDICT_CLEAR,
                                   .outcome = row->vehicle,
                                   .post = PTN_BYTES_LITERAL("durres"),
                                   .lane = PTN_BYTES_LITERAL("1"),
                                   .officer = PTN_BYTES_LITERAL("besa") };
    struct ptn_writer_request request = {
        .record_count = 3, .has_rung = true, .rung = (uint8_t)row->rung, .done = written
    };

    if (row->shown) {
        vehicle.advised = PTN_VERDICT_REFER;
        vehicle.list = PTN_BYTES_LITERAL("wanted");
        vehicle.entry = PTN_BYTES_LITERAL("V-1");
    }
    if (row->vehicle == PTN_OUTCOME_REFERRED)
        vehicle.referral = PTN_REFERRAL_VEHICLE;
    if (row->vehicle == PTN_OUTCOME_OVERRIDDEN)
        vehicle.reason = PTN_BYTES_LITERAL("known");
    assert_true(ptn_ok(ptn_vehicle_write(&vehicle, &payloads[0])));
    request.records[0] = (struct ptn_writer_record){ .kind = PTN_RECORD_VEHICLE,
                                                     .retention = PTN_RETENTION_CROSSING };
    for (unsigned i = 1; i < 3; i++) {
        struct ptn_crossing crossing = { .id = { { (uint8_t)(20 + i), (uint8_t)number } },
                                         .time_ms = clock_ms,
                                         .date = ptn_place_local_date(clock_ms),
                                         .direction = PTN_DIRECTION_EXIT,
                                         .outcome = i == 1 ? row->first : PTN_OUTCOME_RECORDED,
                                         .plate = ptn_bytes_from_text(plate),
                                         .trip = vehicle.trip,
                                         .post = PTN_BYTES_LITERAL("durres"),
                                         .lane = PTN_BYTES_LITERAL("1"),
                                         .officer = PTN_BYTES_LITERAL("besa"),
                                         .person = person_of(PEOPLE - i) };

        ptn_arena_clear(fixture->arena);
        (void)scan(fixture, PEOPLE - i);
        assert_true(ptn_ok(
            ptn_record_id_parse(ptn_bytes_from_text(fixture->scan), &crossing.advice, NULL)));
        if (crossing.outcome == PTN_OUTCOME_REFERRED)
            crossing.referral = PTN_REFERRAL_VEHICLE;
        assert_true(ptn_ok(ptn_crossing_write(&crossing, &payloads[i])));
        request.records[i] = (struct ptn_writer_record){ .kind = PTN_RECORD_CROSSING,
                                                         .retention = PTN_RETENTION_CROSSING };
    }
    for (size_t i = 0; i < 3; i++)
        request.records[i].payload = ptn_buffer_bytes(&payloads[i]);
    ptn_writer_submit(fixture->node, &request);
    step_node(fixture);
    for (size_t i = 0; i < 3; i++)
        ptn_buffer_release(&payloads[i]);
}

/* The vehicle of a trip meets what came later once, with the first of its people who were let
 * through. */
static void test_again__the_vehicle_of_a_trip_is_asked_about_again(void **state)
{
    static const struct trip_row rows[] = {
        { PTN_RUNG_NORMAL, PTN_OUTCOME_RECORDED, PTN_OUTCOME_RECORDED, false, -5, true },
        { PTN_RUNG_NORMAL, PTN_OUTCOME_RECORDED, PTN_OUTCOME_RECORDED, false, 5, false },
        { PTN_RUNG_LOCAL, PTN_OUTCOME_RECORDED, PTN_OUTCOME_RECORDED, false, -5, true },
        { PTN_RUNG_LOCAL, PTN_OUTCOME_RECORDED, PTN_OUTCOME_RECORDED, false, 5, true },
        { PTN_RUNG_LOCAL, PTN_OUTCOME_RECORDED, PTN_OUTCOME_REFERRED, false, 5, true },
        { PTN_RUNG_LOCAL, PTN_OUTCOME_REFERRED, PTN_OUTCOME_REFERRED, false, 5, false },
        { PTN_RUNG_LOCAL, PTN_OUTCOME_OVERRIDDEN, PTN_OUTCOME_RECORDED, true, -5, false },
        { PTN_RUNG_LOCAL, PTN_OUTCOME_OVERRIDDEN, PTN_OUTCOME_RECORDED, true, 5, true },
    };
    struct fixture *fixture = *state;

    begin_again(fixture);
    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        size_t before = fixture->found_count;
        struct ptn_record_id expected = { { rows[i].first == PTN_OUTCOME_REFERRED ? 22 : 21,
                                            (uint8_t)i } };
        char plate[16];

        (void)snprintf(plate, sizeof(plate), "UT %u KX", 700 + i);
        cross_trip(fixture, &rows[i], i, plate);
        put_alert_on(fixture, i, plate, clock_ms + rows[i].published * MIN);
        clock_ms += 10 * MIN;
        for (unsigned twice = 0; twice < 2; twice++) {
            assert_true(run(fixture));
            assert_int_equal(fixture->found_count - before, rows[i].found ? 1 : 0);
            if (rows[i].found) {
                assert_string_equal(fixture->found[before].plate, plate);
                assert_true(ptn_record_id_equal(fixture->found[before].crossing, expected));
            }
            begin_again(fixture); /* a restart finds nothing twice */
        }
    }
}

static void test_again__the_window_ends(void **state)
{
    struct fixture *fixture = *state;

    cross(fixture, 6);
    clock_ms += PTN_AGAIN_WINDOW_MS;
    cross(fixture, 7);
    clock_ms += 60 * MIN;
    put_lists(fixture, 1u << 6 | 1u << 7);
    begin_again(fixture);
    assert_true(run(fixture));
    assert_int_equal(fixture->found_count, 1);
    assert_string_equal(fixture->found[0].entry, "W-7");
}

/* ---- for people ---- */

static void looked(struct ptn_late_look *look)
{
    assert_true(ptn_ok(look->write.status));
    ((struct fixture *)look->context)->done++;
}

static void referred(struct ptn_late_referral *referral)
{
    assert_true(ptn_ok(referral->write.status));
    ((struct fixture *)referral->context)->done++;
}

static const struct ptn_officer sara = { .user = "sara", .role = PTN_STAFF_SECOND };
static const struct ptn_officer ina = { .user = "ina", .discreet = true };

static struct ptn_late_look look(struct fixture *fixture, const struct ptn_officer *officer)
{
    const struct ptn_lane_who who = { officer, "second-line" };
    struct ptn_late_look *look = ptn_arena_take(fixture->arena, sizeof(*look));

    *look = (struct ptn_late_look){ .done = looked, .context = fixture };
    if (ptn_ok(ptn_late_look(fixture->node, &who, fixture->arena, look)))
        step_node(fixture);
    return *look;
}

static enum ptn_case_refusal refer(struct fixture *fixture, const struct ptn_officer *officer,
                                   struct ptn_record_id id)
{
    const struct ptn_lane_who who = { officer, "second-line" };
    struct ptn_late_referral *referral = ptn_arena_take(fixture->arena, sizeof(*referral));
    char text[PTN_RECORD_ID_TEXT_SIZE];

    *referral = (struct ptn_late_referral){ .done = referred, .context = fixture };
    if (!ptn_ok(ptn_late_refer(fixture->node, &who,
                               ptn_bytes_from_text(ptn_record_id_write(id, text)), fixture->arena,
                               referral)))
        return referral->refusal;
    step_node(fixture);
    return PTN_CASE_ACCEPTED;
}

/* Two late matches, a discreet one first; learnt as a start learns them. */
static void be_late(struct fixture *fixture)
{
    cross(fixture, 4);
    cross(fixture, 5);
    clock_ms += 60 * MIN;
    put_lists(fixture, 1u << 4 | 1u << 5);
    begin_again(fixture);
    assert_true(run(fixture));
    begin_again(fixture);
    assert_true(run(fixture));
    assert_int_equal(fixture->known_count, 2);
    ptn_arena_clear(fixture->arena);
}

static void test_late__a_discreet_check_is_seen_by_whoever_may(void **state)
{
    struct fixture *fixture = *state;
    struct ptn_late_look seen;

    be_late(fixture);
    seen = look(fixture, &ina);
    assert_int_equal(seen.refusal, PTN_CASE_NOT_ALLOWED); /* the first line sees none */
    seen = look(fixture, &sara);
    assert_int_equal(seen.count, 1);
    assert_false(seen.rows[0].found.discreet);
    assert_null(seen.rows[0].second_line);
    seen = look(fixture, &besa);
    assert_int_equal(seen.count, 2);
    assert_true(seen.rows[1].found.discreet); /* the newest first */
    assert_int_equal(refer(fixture, &sara, seen.rows[1].found.id), PTN_CASE_UNKNOWN);
    assert_int_equal(refer(fixture, &besa, seen.rows[1].found.id), PTN_CASE_NO_SUCH_STEP);
    assert_int_equal(ptn_late_count(fixture->node, &sara).found, 1);
    assert_int_equal(ptn_late_count(fixture->node, &besa).found, 2);
    assert_int_equal(ptn_late_count(fixture->node, &besa).open, 1);
}

static void test_late__one_act_opens_one_case(void **state)
{
    struct fixture *fixture = *state;
    struct ptn_record_id id;

    be_late(fixture);
    id = look(fixture, &sara).rows[0].found.id;
    assert_int_equal(refer(fixture, &ina, id), PTN_CASE_NOT_ALLOWED);
    assert_int_equal(refer(fixture, &sara, id), PTN_CASE_ACCEPTED);
    assert_int_equal(refer(fixture, &sara, id), PTN_CASE_STILL_OPEN);
    assert_string_equal(look(fixture, &sara).rows[0].second_line, "waiting");
    assert_int_equal(ptn_late_count(fixture->node, &sara).open, 0);
    ptn_again_free(fixture->again); /* it holds the node's lists */
    fixture->again = NULL;
    ptn_node_close(fixture->node);
    assert_true(ptn_ok(ptn_node_open(&fixture->world, fixture->dir, NULL, &fixture->node, NULL)));
    step_node(fixture);
    begin_again(fixture);
    assert_true(run(fixture));
    assert_string_equal(look(fixture, &sara).rows[0].second_line, "waiting");
}

static void stepped(struct ptn_case_doing *doing)
{
    ((struct fixture *)doing->context)->done++;
}

static enum ptn_case_refusal step_case(struct fixture *fixture, struct ptn_record_id of,
                                       struct ptn_case_ask ask)
{
    const struct ptn_lane_who who = { &sara, PTN_CASES_LANE };
    struct ptn_case_doing doing = { .done = stepped, .context = fixture };
    char text[PTN_RECORD_ID_TEXT_SIZE];

    if (!ptn_ok(ptn_cases_do(fixture->node, &who,
                             ptn_bytes_from_text(ptn_record_id_write(of, text)), &ask,
                             fixture->arena, &doing)))
        return doing.refusal;
    step_node(fixture);
    assert_true(ptn_ok(doing.write.status));
    return PTN_CASE_ACCEPTED;
}

/* Whoever was missed has crossed: the case says what came of it, never a second crossing. */
static void test_late__its_case_ends_with_no_crossing(void **state)
{
    struct fixture *fixture = *state;
    struct ptn_late_row row;
    struct ptn_case_ask end = { .act = PTN_CASE_ENDED,
                                .outcome = PTN_CASE_ADMITTED,
                                .words = ptn_bytes_from_text("asked, and was somebody else"),
                                .second = &besa };

    be_late(fixture);
    row = look(fixture, &sara).rows[0];
    assert_int_equal(refer(fixture, &sara, row.found.id), PTN_CASE_ACCEPTED);
    assert_int_equal(
        step_case(fixture, row.found.crossing, (struct ptn_case_ask){ .act = PTN_CASE_TAKEN }),
        PTN_CASE_ACCEPTED);
    assert_int_equal(step_case(fixture, row.found.crossing, end), PTN_CASE_NO_SUCH_STEP);
    end.outcome = PTN_CASE_REFUSED;
    end.ground = ptn_bytes_from_text("E");
    assert_int_equal(step_case(fixture, row.found.crossing, end), PTN_CASE_NO_SUCH_STEP);
    end.outcome = PTN_CASE_RETURNED;
    end.ground = (struct ptn_bytes){ 0 };
    assert_int_not_equal(step_case(fixture, row.found.crossing, end), PTN_CASE_NO_SUCH_STEP);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_again__finds_exactly_what_every_name_scored_finds,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_again__a_step_is_bounded, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_again__a_kill_loses_nothing_and_doubles_nothing,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_again__what_could_not_be_written_is_found_again,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_again__the_recorded_answer_comes_out_again, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_again__a_discreet_check_is_marked, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_again__an_alert_that_came_late_was_missed, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_again__the_vehicle_of_a_trip_is_asked_about_again,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_again__the_window_ends, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_late__a_discreet_check_is_seen_by_whoever_may, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_late__one_act_opens_one_case, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_late__its_case_ends_with_no_crossing, set_up,
                                        tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
