/* Goal: how a post stands comes out of what its ledger says, whoever reads it; what is wrong stands
 * first, and who has not answered an order is named. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "node/glance.h"
#include "record/crossing.h"
#include "record/notice.h"
#include "record/stage.h"
#include "trust/order.h"

#define NOW  INT64_C(1790000000000)
#define MIN  INT64_C(60000)
#define LAND "u/land"
#define PORT "u/port"

struct fixture {
    struct ptn_country country; /* its roster put together here, without a note */
    struct ptn_roster_node nodes[4];
    struct ptn_roster_spare spare;
    struct ptn_glance *glance;
    struct ptn_buffer payload, out;
};

static int set_up(void **state)
{
    static const char *const names[] = { "u/keeper-a", "u/centre", LAND, PORT };
    static const enum ptn_roster_role roles[] = { PTN_ROSTER_KEEPER, PTN_ROSTER_CENTRE,
                                                  PTN_ROSTER_POST, PTN_ROSTER_POST };
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    struct ptn_roster *roster = &fixture->country.roster;

    for (size_t i = 0; i < 4; i++) {
        uint8_t key[PTN_PUBLIC_KEY_LEN];

        memset(key, (int)i + 1, sizeof(key));
        fixture->nodes[i].role = roles[i];
        assert_true(
            ptn_ok(ptn_vkey_make(ptn_bytes_from_text(names[i]), key, &fixture->nodes[i].ledger)));
    }
    fixture->spare.origin = PTN_BYTES_LITERAL(PORT);
    fixture->spare.ledger = fixture->nodes[3].ledger;
    fixture->spare.ledger.name = PTN_BYTES_LITERAL("u/port-2");
    roster->origin = PTN_BYTES_LITERAL("u/roster");
    roster->version = 1;
    roster->quorum_n = 4;
    roster->quorum_q = 3;
    roster->nodes = fixture->nodes;
    roster->node_count = 4;
    roster->spares = &fixture->spare;
    roster->spare_count = 1;
    roster->publishing = fixture->nodes[1].ledger.name;
    fixture->glance = ptn_glance_new();
    assert_non_null(fixture->glance);
    ptn_buffer_init(&fixture->payload, PTN_RECORD_LEN_MAX);
    ptn_buffer_init(&fixture->out, PTN_GLANCE_TEXT);
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    ptn_glance_free(fixture->glance);
    ptn_buffer_release(&fixture->payload);
    ptn_buffer_release(&fixture->out);
    free(fixture);
    return 0;
}

/* Let the payload be an entry of that ledger. */
static void take(struct fixture *fixture, const char *origin, enum ptn_record_kind kind,
                 int64_t time_ms)
{
    struct ptn_ledger_header header = { .kind = kind, .time_ms = time_ms, .has_payload = true };

    assert_true(
        ptn_ok(ptn_glance_take(fixture->glance, &fixture->country, ptn_bytes_from_text(origin),
                               &header, fixture->payload.len > 0 ? &fixture->payload : NULL, NOW)));
    ptn_buffer_clear(&fixture->payload);
}

/* The country as text, ended with a NUL. */
static const char *country_at(struct fixture *fixture, int64_t now_ms)
{
    ptn_buffer_clear(&fixture->out);
    assert_true(ptn_ok(ptn_glance_write(fixture->glance, &fixture->country, NULL, "u/centre",
                                        now_ms, &fixture->out)));
    assert_true(ptn_ok(ptn_buffer_add_u8(&fixture->out, 0)));
    return (const char *)fixture->out.at;
}

static const char *country(struct fixture *fixture)
{
    return country_at(fixture, NOW);
}

#define assert_says(fixture, text)   assert_non_null(strstr(country(fixture), text))
#define assert_silent(fixture, text) assert_null(strstr(country(fixture), text))

static void cross(struct fixture *fixture, const char *origin, int64_t time_ms, const char *lane,
                  enum ptn_referral_kind referral)
{
    struct ptn_crossing crossing = {
        .id.at = { 1 },
        .time_ms = time_ms,
        .date = { 2026, 9, 21 },
        .direction = PTN_DIRECTION_ENTRY,
        .outcome = referral == PTN_REFERRAL_NONE ? PTN_OUTCOME_RECORDED : PTN_OUTCOME_REFERRED,
        .referral = referral,
        .post = PTN_BYTES_LITERAL("land"),
        .lane = ptn_bytes_from_text(lane),
        .officer = PTN_BYTES_LITERAL("ina"),
        .person.surname = PTN_BYTES_LITERAL("SHEHU"),
        .person.name = PTN_BYTES_LITERAL("SHEHU"),
    };

    assert_true(ptn_ok(ptn_crossing_write(&crossing, &fixture->payload)));
    take(fixture, origin, PTN_RECORD_CROSSING, time_ms);
}

static void test_glance__counts_crossings_and_lanes_and_names_nobody(void **state)
{
    struct fixture *fixture = *state;

    cross(fixture, LAND, NOW - 2 * MIN, "1", PTN_REFERRAL_NONE);
    cross(fixture, LAND, NOW - 3 * MIN, "2", PTN_REFERRAL_MATCH);
    cross(fixture, LAND, NOW - 50 * MIN, "3", PTN_REFERRAL_UNWELL);
    cross(fixture, LAND, NOW - 70 * MIN, "1", PTN_REFERRAL_NONE);
    assert_says(fixture, "\"hour\":3");
    assert_says(fixture, "\"lanes\":2");
    assert_says(fixture, "\"matches\":1,\"referrals\":1");
    assert_silent(fixture, "SHEHU");
    assert_silent(fixture, "ina");
}

static void test_glance__sealed_crossings_are_counted_by_their_headers(void **state)
{
    struct fixture *fixture = *state;

    take(fixture, LAND, PTN_RECORD_CROSSING, NOW - MIN);
    assert_says(fixture, "\"hour\":1");
    assert_says(fixture, "\"lanes\":0");
}

/* GLANCE-1. */
static void test_glance__a_spare_speaks_for_its_post(void **state)
{
    struct fixture *fixture = *state;

    cross(fixture, PORT, NOW - 2 * MIN, "1", PTN_REFERRAL_NONE);
    cross(fixture, "u/port-2", NOW - MIN, "1", PTN_REFERRAL_NONE);
    take(fixture, "u/stranger", PTN_RECORD_CROSSING, NOW);
    assert_says(fixture, "\"hour\":2");
    assert_silent(fixture, "stranger");
    assert_silent(fixture, "port-2");
}

static void move(struct fixture *fixture, const char *origin, enum ptn_rung rung, int64_t time_ms)
{
    struct ptn_rung_moved moved = { .time_ms = time_ms,
                                    .entry = rung,
                                    .exit = rung,
                                    .cause = rung == PTN_RUNG_NORMAL ? 0 : PTN_CAUSE_ATTACK };

    assert_true(ptn_ok(ptn_rung_moved_write(&moved, &fixture->payload)));
    take(fixture, origin, PTN_RECORD_RUNG, time_ms);
}

/* GLANCE-1. */
static void test_glance__what_is_wrong_stands_first(void **state)
{
    struct fixture *fixture = *state;
    const char *said;

    move(fixture, LAND, PTN_RUNG_LOCAL, NOW - 9 * MIN);
    move(fixture, PORT, PTN_RUNG_MANUAL, NOW - 8 * MIN);
    said = country(fixture);
    assert_true(strstr(said, "\"origin\":\"u/port\"") < strstr(said, "\"origin\":\"u/land\""));
    assert_non_null(strstr(said, "\"person\":true,\"trouble\":[\"manual\"]"));
    assert_non_null(strstr(said, "\"person\":false,\"trouble\":[\"local\"]"));
    assert_non_null(strstr(said, "\"cause\":\"attack\""));
    move(fixture, PORT, PTN_RUNG_NORMAL, NOW - 7 * MIN);
    move(fixture, PORT, PTN_RUNG_MANUAL, NOW - 8 * MIN); /* older: it changes nothing */
    said = country(fixture);
    assert_true(strstr(said, "\"origin\":\"u/land\"") < strstr(said, "\"origin\":\"u/port\""));
}

static void test_glance__a_post_never_heard_needs_a_person(void **state)
{
    struct fixture *fixture = *state;

    take(fixture, LAND, PTN_RECORD_ACCESS, NOW - MIN);
    assert_says(fixture, "\"origin\":\"u/port\",\"person\":true,\"trouble\":[\"unknown\"]");
    assert_says(fixture, "\"origin\":\"u/land\",\"person\":false,\"trouble\":[]");
    assert_non_null(strstr(country_at(fixture, NOW + 61 * MIN), "[\"quiet\"]"));
}

static void test_glance__a_clock_that_is_ahead_is_seen(void **state)
{
    struct fixture *fixture = *state;

    take(fixture, LAND, PTN_RECORD_ACCESS, NOW + 20000);
    assert_says(fixture, "[\"clock\"]");
    assert_says(fixture, "\"delay_ms\":-20000");
}

/* That ledger has an order of that number and minute. */
static void give_nth(struct fixture *fixture, const char *origin, uint8_t number, int64_t given_ms,
                     struct ptn_hash *ret_name)
{
    struct ptn_order order = { .country = PTN_BYTES_LITERAL("u/roster"),
                               .number = { number },
                               .given_ms = given_ms,
                               .until_ms = PTN_ORDER_NEVER,
                               .verb = PTN_ORDER_WITHDRAW,
                               .rung = PTN_RUNG_LOCAL,
                               .cause = PTN_CAUSE_ATTACK,
                               .scope.all = true,
                               .functions = PTN_FUNCTION_LANES,
                               .reason = PTN_BYTES_LITERAL("The servers are being wiped.") };
    struct ptn_buffer note = { .len_max = 65536 };
    struct ptn_handed_note handed = { .from = PTN_BYTES_LITERAL("u/land") };

    assert_true(ptn_ok(ptn_order_write(&order, &note)));
    assert_true(ptn_ok(ptn_order_name(ptn_buffer_bytes(&note), ret_name)));
    assert_true(ptn_ok(ptn_buffer_add_text(
        &note,
        "\n— duty "
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
        "AAA=\n")));
    handed.note = ptn_buffer_bytes(&note);
    assert_true(ptn_ok(ptn_handed_note_write(&handed, &fixture->payload)));
    take(fixture, origin, PTN_RECORD_NOTE, given_ms + MIN);
    ptn_buffer_release(&note);
}

static void give_order(struct fixture *fixture, struct ptn_hash *ret_name)
{
    give_nth(fixture, "u/keeper-a", 7, NOW - 5 * MIN, ret_name);
}

static void test_glance__who_has_not_answered_is_named(void **state)
{
    struct fixture *fixture = *state;
    struct ptn_order_receipt receipt = { .time_ms = NOW - 3 * MIN,
                                         .fate = PTN_RECEIPT_STANDING,
                                         .why = PTN_BYTES_LITERAL("yes"),
                                         .hand = PTN_RECEIPT_KEEPER };
    struct ptn_hash name;

    take(fixture, LAND, PTN_RECORD_ACCESS, NOW - MIN);
    take(fixture, PORT, PTN_RECORD_ACCESS, NOW - MIN);
    give_order(fixture, &name);
    memcpy(receipt.order, name.at, sizeof(receipt.order));
    assert_true(ptn_ok(ptn_order_receipt_write(&receipt, &fixture->payload)));
    take(fixture, LAND, PTN_RECORD_RECEIPT, NOW - 3 * MIN);
    assert_says(fixture, "\"verb\":\"withdraw\",\"rung\":\"local\",\"cause\":\"attack\","
                         "\"where\":[\"all\"],\"functions\":[\"lanes-in\",\"lanes-out\"]");
    assert_says(fixture, "\"name\":\"land\",\"fate\":\"standing\",\"why\":\"yes\"");
    assert_says(fixture, "\"code\":\"port\",\"name\":\"port\",\"silent\":true");
    assert_says(fixture, "\"origin\":\"u/port\",\"person\":true,\"trouble\":[\"unanswered\"]");
    assert_says(fixture, "\"signers\":[]"); /* nobody of the roster signed it */
}

static void test_glance__a_fork_is_told_of_whose_ledger_it_is(void **state)
{
    struct fixture *fixture = *state;
    struct ptn_record_refused refused = { .origin = PTN_BYTES_LITERAL(LAND),
                                          .why = PTN_REFUSED_FORK,
                                          .refused = PTN_BYTES_LITERAL("x\n\n"),
                                          .evidence = PTN_BYTES_LITERAL("y") };

    assert_true(ptn_ok(ptn_record_refused_write(&refused, &fixture->payload)));
    take(fixture, "u/keeper-a", PTN_RECORD_REFUSED, NOW - MIN);
    assert_says(fixture,
                "\"origin\":\"u/land\",\"person\":true,\"trouble\":[\"forked\",\"unknown\"]");
    take(fixture, LAND, PTN_RECORD_ACCESS, NOW - MIN);
    assert_says(fixture, "\"origin\":\"u/land\",\"person\":true,\"trouble\":[\"forked\"]");
}

static void test_glance__sheets_printed_and_not_filed_are_open(void **state)
{
    struct fixture *fixture = *state;
    struct ptn_pack pack = { .id.at = { 2 },
                             .number = 1,
                             .sheets = 30,
                             .time_ms = NOW - MIN,
                             .expires = { 2026, 9, 22 },
                             .post = PTN_BYTES_LITERAL("land"),
                             .officer = PTN_BYTES_LITERAL("mira"),
                             .check = PTN_BYTES_LITERAL("K7Q2") };
    struct ptn_sheets_told told = { .id.at = { 3 },
                                    .pack = 1,
                                    .first = 1,
                                    .count = 12,
                                    .state = PTN_SHEETS_UNUSED,
                                    .time_ms = NOW - MIN,
                                    .post = PTN_BYTES_LITERAL("land"),
                                    .officer = PTN_BYTES_LITERAL("mira") };

    assert_true(ptn_ok(ptn_pack_write(&pack, &fixture->payload)));
    take(fixture, LAND, PTN_RECORD_PACK, NOW - MIN);
    assert_true(ptn_ok(ptn_sheets_told_write(&told, &fixture->payload)));
    take(fixture, LAND, PTN_RECORD_SHEETS_TOLD, NOW - MIN);
    assert_says(fixture, "\"sheets\":30,\"sheets_open\":18");
}

static void test_glance__a_post_says_what_it_is_called(void **state)
{
    struct fixture *fixture = *state;
    struct ptn_node_started started = { .time_ms = NOW - MIN,
                                        .post = PTN_BYTES_LITERAL("durres"),
                                        .name = PTN_BYTES_LITERAL("Port of Durrës"),
                                        .program = PTN_BYTES_LITERAL("0.1.0") };

    assert_true(ptn_ok(ptn_node_started_write(&started, &fixture->payload)));
    take(fixture, PORT, PTN_RECORD_NODE_STARTED, NOW - MIN);
    assert_says(fixture, "\"code\":\"durres\",\"name\":\"Port of Durrës\"");
}

/* Until a later start says that it is not. */
/* ACCESS-2. Sealed: by headers alone. */
static void test_glance__a_post_that_asks_about_many_and_settles_few_is_trouble(void **state)
{
    struct fixture *fixture = *state;

    for (unsigned i = 0; i < 360; i++)
        take(fixture, LAND, PTN_RECORD_DECISION, NOW - MIN);
    assert_says(fixture, "\"looks\":360");
    assert_says(fixture, "\"origin\":\"u/land\",\"person\":false,\"trouble\":[]");
    take(fixture, LAND, PTN_RECORD_DECISION, NOW - MIN);
    assert_says(fixture, "\"origin\":\"u/land\",\"person\":true,\"trouble\":[\"looks\"]");
    take(fixture, LAND, PTN_RECORD_CALL, NOW - MIN); /* one was counted at a gangway */
    assert_says(fixture, "\"origin\":\"u/land\",\"person\":false,\"trouble\":[]");
    for (unsigned i = 0; i < 200; i++) { /* a busy post: half of its looks are scanned again */
        take(fixture, LAND, PTN_RECORD_CROSSING, NOW - MIN);
        take(fixture, LAND, PTN_RECORD_DECISION, NOW - MIN);
        take(fixture, LAND, PTN_RECORD_DECISION, NOW - MIN);
    }
    assert_says(fixture, "\"origin\":\"u/land\",\"person\":false,\"trouble\":[]");
    assert_silent(fixture, "\"looks\"]");
}

static void test_glance__a_post_that_started_locked_is_trouble(void **state)
{
    struct fixture *fixture = *state;
    struct ptn_node_started started = { .time_ms = NOW - MIN,
                                        .post = PTN_BYTES_LITERAL("durres"),
                                        .name = PTN_BYTES_LITERAL("Port of Durrës"),
                                        .program = PTN_BYTES_LITERAL("0.1.0"),
                                        .locked = true };

    assert_true(ptn_ok(ptn_node_started_write(&started, &fixture->payload)));
    take(fixture, PORT, PTN_RECORD_NODE_STARTED, NOW - MIN);
    assert_says(fixture, "\"person\":true,\"trouble\":[\"locked\"");
    started.time_ms = NOW;
    started.locked = false;
    assert_true(ptn_ok(ptn_node_started_write(&started, &fixture->payload)));
    take(fixture, PORT, PTN_RECORD_NODE_STARTED, NOW);
    assert_null(strstr(country(fixture), "locked"));
}

static void stage(struct fixture *fixture, enum ptn_stage_step step, int64_t time_ms)
{
    struct ptn_stage_moved moved = { .time_ms = time_ms, .step = step };

    if (step == PTN_STAGE_STEP_DECOY)
        moved.lane = PTN_BYTES_LITERAL("1");
    assert_true(ptn_ok(ptn_stage_moved_write(&moved, &fixture->payload)));
    take(fixture, LAND, PTN_RECORD_STAGE, time_ms);
}

static void test_glance__the_way_back_and_a_touched_decoy_are_told(void **state)
{
    struct fixture *fixture = *state;

    stage(fixture, PTN_STAGE_STEP_GATE, NOW - 9 * MIN);
    stage(fixture, PTN_STAGE_STEP_CANARY, NOW - 8 * MIN);
    assert_says(fixture, "\"stage\":\"canary\"");
    assert_silent(fixture, "decoy");
    stage(fixture, PTN_STAGE_STEP_DECOY, NOW - MIN);
    assert_says(fixture, "\"origin\":\"u/land\",\"person\":true,\"trouble\":[\"decoy\"]");
    assert_says(fixture, "\"stage\":\"canary\"");
}

static void test_glance__what_is_no_record_is_passed_over(void **state)
{
    struct fixture *fixture = *state;

    for (unsigned kind = 1; kind < PTN_RECORD_KIND_COUNT; kind++) {
        assert_true(ptn_ok(ptn_buffer_add_text(&fixture->payload, "rubbish")));
        take(fixture, LAND, (enum ptn_record_kind)kind, NOW - MIN);
    }
    assert_says(fixture, "\"rung\":\"normal\"");
}

static void test_glance__of_a_post_never_heard_nothing_is_said(void **state)
{
    struct fixture *fixture = *state;

    assert_silent(fixture, "\"rung\"");
    assert_says(fixture,
                "\"origin\":\"u/centre\",\"heard_ms\":1790000000000"); /* it says so itself */
}

/* A wait is told as it was measured, for 30 minutes, or not at all: PUBLIC-1. */
static void test_glance__a_wait_is_told_for_half_an_hour(void **state)
{
    struct fixture *fixture = *state;
    const struct ptn_shift_entry wait = { .id.at = { 4 },
                                          .time_ms = NOW,
                                          .act = PTN_SHIFT_WAIT,
                                          .post = PTN_BYTES_LITERAL("land"),
                                          .officer = PTN_BYTES_LITERAL("mira"),
                                          .direction = PTN_DIRECTION_EXIT,
                                          .minutes = 40,
                                          .method = PTN_WAIT_QUEUE_WALK };

    take(fixture, LAND, PTN_RECORD_ACCESS, NOW - MIN);
    assert_says(fixture, "\"waits\":[]");
    assert_true(ptn_ok(ptn_shift_entry_write(&wait, &fixture->payload)));
    take(fixture, LAND, PTN_RECORD_SHIFT, NOW);
    assert_non_null(strstr(country_at(fixture, NOW + 30 * MIN),
                           "\"waits\":[{\"direction\":\"exit\",\"minutes\":40,\"method\":\"queue-"
                           "walk\",\"time_ms\":1790000000000}]"));
    assert_null(strstr(country_at(fixture, NOW + 30 * MIN + 1), "queue-walk"));
}

/* Copies of one order may come with other signatures: whoever signed any of them is named. */
static void test_glance__signers_of_all_copies_are_named(void **state)
{
    struct fixture *fixture = *state;
    struct ptn_world *world = ptn_world_seeded(1, NOW);
    static const char *const names[] = { "u/duty-2", "u/duty-1" };
    struct ptn_buffer text = { .len_max = PTN_ORDER_TEXT_MAX };
    struct ptn_vault *vaults[2];
    struct ptn_vkey keys[2];
    struct ptn_order order = { .country = PTN_BYTES_LITERAL("u/roster"),
                               .number = { 7 },
                               .given_ms = NOW - 5 * MIN,
                               .until_ms = PTN_ORDER_NEVER,
                               .verb = PTN_ORDER_WITHDRAW,
                               .rung = PTN_RUNG_LOCAL,
                               .cause = PTN_CAUSE_ATTACK,
                               .scope.all = true,
                               .functions = PTN_FUNCTION_LANES,
                               .reason = PTN_BYTES_LITERAL("The servers are being wiped.") };

    assert_true(ptn_ok(ptn_order_write(&order, &text)));
    for (unsigned i = 0; i < 2; i++) {
        assert_true(ptn_ok(world->files->make_dir(world->context, names[i] + 1)));
        assert_true(ptn_ok(ptn_vault_create(world, names[i] + 1, NULL)));
        assert_true(ptn_ok(ptn_vault_open(world, names[i] + 1, &vaults[i], NULL)));
        assert_true(
            ptn_ok(ptn_vkey_make(ptn_bytes_from_text(names[i]),
                                 ptn_vault_public_key(vaults[i], PTN_ROLE_NODE), &keys[i])));
    }
    fixture->country.roster.duties = keys;
    fixture->country.roster.duty_count = 2;
    for (unsigned i = 0; i < 4; i++) {
        struct ptn_buffer note = { .len_max = 65536 };
        struct ptn_handed_note handed = { .from = PTN_BYTES_LITERAL("u/land") };

        assert_true(ptn_ok(ptn_note_sign(vaults[i % 2], PTN_ROLE_NODE, keys[i % 2].name,
                                         ptn_buffer_bytes(&text), &note, NULL)));
        handed.note = ptn_buffer_bytes(&note);
        assert_true(ptn_ok(ptn_handed_note_write(&handed, &fixture->payload)));
        take(fixture, "u/keeper-a", PTN_RECORD_NOTE, NOW - 4 * MIN);
        ptn_buffer_release(&note);
        if (i == 0)
            assert_says(fixture, "\"signers\":[\"u/duty-2\"]");
    }
    assert_says(fixture, "\"signers\":[\"u/duty-1\",\"u/duty-2\"]");
    for (unsigned i = 0; i < 2; i++)
        ptn_vault_close(vaults[i]);
    ptn_buffer_release(&text);
    ptn_world_seeded_free(world);
}

/* ---- whoever reads ---- */

static struct ptn_hash the_order;

static void start_of(struct fixture *fixture, const char *origin, const char *name, int64_t time_ms)
{
    const struct ptn_node_started started = { .time_ms = time_ms,
                                              .post = PTN_BYTES_LITERAL("durres"),
                                              .name = ptn_bytes_from_text(name),
                                              .program = PTN_BYTES_LITERAL("0.1.0") };

    assert_true(ptn_ok(ptn_node_started_write(&started, &fixture->payload)));
    take(fixture, origin, PTN_RECORD_NODE_STARTED, time_ms);
}

static void fork_of(struct fixture *fixture, const char *origin, int64_t time_ms)
{
    const struct ptn_record_refused refused = { .origin = ptn_bytes_from_text(origin),
                                                .why = PTN_REFUSED_FORK,
                                                .refused = PTN_BYTES_LITERAL("x\n\n"),
                                                .evidence = PTN_BYTES_LITERAL("y") };

    assert_true(ptn_ok(ptn_record_refused_write(&refused, &fixture->payload)));
    take(fixture, "u/keeper-a", PTN_RECORD_REFUSED, time_ms);
}

static void receipt_of(struct fixture *fixture, const char *origin, enum ptn_receipt_fate fate,
                       int64_t time_ms)
{
    struct ptn_order_receipt receipt = { .time_ms = time_ms,
                                         .fate = fate,
                                         .why = PTN_BYTES_LITERAL("yes"),
                                         .hand = PTN_RECEIPT_KEEPER };

    memcpy(receipt.order, the_order.at, sizeof(receipt.order));
    assert_true(ptn_ok(ptn_order_receipt_write(&receipt, &fixture->payload)));
    take(fixture, origin, PTN_RECORD_RECEIPT, time_ms);
}

/* The nth entry of a ledger; false: it has no more. All of them are too old to say anything of
 * delays, which are each reader's own. */
static bool tell_nth(struct fixture *fixture, unsigned ledger, unsigned nth)
{
    switch (ledger * 10 + nth) {
    case 0:
        cross(fixture, LAND, NOW - 30 * MIN, "1", PTN_REFERRAL_MATCH);
        return true;
    case 1:
        receipt_of(fixture, LAND, PTN_RECEIPT_STANDING, NOW - 14 * MIN);
        return true;
    case 2:
        move(fixture, LAND, PTN_RUNG_LOCAL, NOW - 13 * MIN);
        return true;
    case 3:
        stage(fixture, PTN_STAGE_STEP_GATE, NOW - 12 * MIN);
        return true;
    case 10:
        cross(fixture, PORT, NOW - 9 * MIN, "1", PTN_REFERRAL_NONE);
        return true;
    case 11:
        move(fixture, PORT, PTN_RUNG_MANUAL, NOW - 8 * MIN);
        return true;
    case 12:
        receipt_of(fixture, PORT, PTN_RECEIPT_STANDING, NOW - 14 * MIN);
        return true;
    case 13:
        start_of(fixture, PORT, "The old port", NOW - 13 * MIN);
        return true;
    case 20:
        start_of(fixture, "u/port-2", "The port", NOW - 11 * MIN);
        cross(fixture, "u/port-2", NOW - 7 * MIN, "2", PTN_REFERRAL_UNWELL);
        return true;
    case 21:
        move(fixture, "u/port-2", PTN_RUNG_LOCAL, NOW - 6 * MIN);
        return true;
    case 22:
        give_nth(fixture, "u/port-2", 8, NOW - 30 * MIN, &(struct ptn_hash){ { 0 } });
        return true;
    case 23:
        receipt_of(fixture, "u/port-2", PTN_RECEIPT_ENDED, NOW - 10 * MIN);
        return true;
    case 30:
        give_order(fixture, &the_order);
        return true;
    case 31:
        fork_of(fixture, LAND, NOW - 6 * MIN);
        return true;
    default:
        return false;
    }
}

/* The ledgers come as they come, from here and there; what is told of the country is the same, and
 * so it is at every node that follows them: GLANCE-1. */
static void test_glance__ledgers_in_any_order_tell_the_same(void **state)
{
    struct fixture *fixture = *state;
    struct ptn_buffer first = { .len_max = PTN_GLANCE_TEXT };
    uint32_t seed = 1;

    give_order(fixture, &the_order); /* its name */
    for (unsigned round = 0; round < 100; round++) {
        unsigned at[4] = { 0 };
        unsigned done = 0;

        ptn_glance_free(fixture->glance);
        fixture->glance = ptn_glance_new();
        assert_non_null(fixture->glance);
        while (done != 15) {
            unsigned ledger = (seed = seed * 1664525 + 1013904223) >> 30;

            if (tell_nth(fixture, ledger, at[ledger]))
                at[ledger]++;
            else
                done |= 1u << ledger;
        }
        (void)country(fixture);
        if (round == 0)
            assert_true(ptn_ok(ptn_buffer_add(&first, ptn_buffer_bytes(&fixture->out))));
        if (!ptn_bytes_equal(ptn_buffer_bytes(&first), ptn_buffer_bytes(&fixture->out)))
            fail_msg("round %u:\n%s\n%s", round, (char *)first.at, (char *)fixture->out.at);
    }
    assert_non_null(strstr((char *)first.at, "\"stage\":\"gate\""));
    assert_non_null(strstr((char *)first.at, "\"fate\":\"standing\""));
    assert_non_null(strstr((char *)first.at, "\"fate\":\"ended\""));
    assert_non_null(strstr((char *)first.at, "\"name\":\"The port\""));
    assert_non_null(strstr((char *)first.at, "[\"forked\","));
    ptn_buffer_release(&first);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define GLANCE_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        GLANCE_TEST(test_glance__counts_crossings_and_lanes_and_names_nobody),
        GLANCE_TEST(test_glance__sealed_crossings_are_counted_by_their_headers),
        GLANCE_TEST(test_glance__a_spare_speaks_for_its_post),
        GLANCE_TEST(test_glance__what_is_wrong_stands_first),
        GLANCE_TEST(test_glance__a_post_never_heard_needs_a_person),
        GLANCE_TEST(test_glance__a_clock_that_is_ahead_is_seen),
        GLANCE_TEST(test_glance__who_has_not_answered_is_named),
        GLANCE_TEST(test_glance__a_fork_is_told_of_whose_ledger_it_is),
        GLANCE_TEST(test_glance__sheets_printed_and_not_filed_are_open),
        GLANCE_TEST(test_glance__a_post_says_what_it_is_called),
        GLANCE_TEST(test_glance__a_post_that_asks_about_many_and_settles_few_is_trouble),
        GLANCE_TEST(test_glance__a_post_that_started_locked_is_trouble),
        GLANCE_TEST(test_glance__of_a_post_never_heard_nothing_is_said),
        GLANCE_TEST(test_glance__the_way_back_and_a_touched_decoy_are_told),
        GLANCE_TEST(test_glance__what_is_no_record_is_passed_over),
        GLANCE_TEST(test_glance__a_wait_is_told_for_half_an_hour),
        GLANCE_TEST(test_glance__signers_of_all_copies_are_named),
        GLANCE_TEST(test_glance__ledgers_in_any_order_tell_the_same),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
