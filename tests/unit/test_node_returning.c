/* Goal: a post comes back from an attack when, and only when, each fact of the gate holds; lane by
 * lane, by signatures and time; a touched decoy takes it down; and a start anew forgets none of it.
 */
#include "node_orders.h"

#include "node/returning.h"
#include "node/staff.h"
#include "record/stage.h"
#include "vault/tls.h"

#define ATTACK                                                                                     \
    "verb withdraw\nrung manual\ncause attack\nall\nfunction lanes-in\nfunction lanes-out\n"
#define BUILD "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"

/* What the gate lacks, its words parted by spaces. */
static const char *lacks(struct fixture *fixture)
{
    static char words[256];
    struct ptn_returning now;

    fixture->ahead_ms += 1000; /* the next look */
    while (ptn_node_step(fixture->node))
        ;
    ptn_returning_now(fixture->node, &now);
    words[0] = '\0';
    for (size_t i = 0; i < now.missing_count; i++) {
        if (i > 0)
            strcat(words, " "); /* NOLINT(clang-analyzer-security.insecureAPI.strcpy): all fit */
        strcat(words, now.missing[i].word); /* NOLINT(clang-analyzer-security.insecureAPI.strcpy) */
    }
    return words;
}

static enum ptn_stage stage(struct fixture *fixture)
{
    struct ptn_returning now;

    (void)lacks(fixture);
    ptn_returning_now(fixture->node, &now);
    return now.stage;
}

/* An order of cause attack from before this ledger was begun: the node was made anew since. */
static void attack_before(struct fixture *fixture, struct ptn_hash *ret_name)
{
    struct ptn_bytes bytes;

    fixture->ahead_ms -= 10 * MINUTE;
    bytes = order(fixture, ATTACK, D(0) | D(1));
    fixture->ahead_ms += 10 * MINUTE;
    assert_int_equal(note(fixture, bytes, ret_name), PTN_C_OK);
}

/* An order that names another. */
static struct ptn_bytes naming(struct fixture *fixture, const char *head,
                               const struct ptn_hash *name, const char *tail, unsigned who)
{
    struct ptn_buffer body = { .len_max = 2048 };
    struct ptn_bytes bytes;

    assert_true(ptn_ok(ptn_buffer_add_text(&body, head)));
    assert_true(ptn_ok(ptn_buffer_add_hex(&body, ptn_bytes_of(name->at, PTN_HASH_LEN))));
    assert_true(ptn_ok(ptn_buffer_addf(&body, "\n%s", tail)));
    assert_true(ptn_ok(ptn_buffer_add_u8(&body, 0)));
    bytes = order(fixture, (const char *)body.at, who);
    ptn_buffer_release(&body);
    return bytes;
}

static void tell_kept(struct fixture *fixture, unsigned keepers)
{
    struct ptn_kept_keeper said[4];

    memset(said, 0, sizeof(said));
    for (unsigned i = 0; i < keepers; i++) {
        (void)snprintf(said[i].name, sizeof(said[i].name), "u.example/k%u", i);
        said[i].answers = true;
        said[i].acknowledged = ptn_node_ledger_size(fixture->node);
    }
    ptn_node_kept(fixture->node, said, keepers, 3);
}

/* Staff and a certificate, put there before the node is opened. */
static void furnish(struct fixture *fixture)
{
    ptn_node_close(fixture->node);
    assert_true(ptn_ok(ptn_tls_create(&fixture->world, fixture->dir, "some", NULL)));
    assert_true(ptn_ok(ptn_staff_set(&fixture->world, fixture->dir, &arta,
                                     PTN_BYTES_LITERAL("a long password"), NULL)));
    open_node(fixture);
}

/* All that the gate asks for but what is signed. */
static void fulfil(struct fixture *fixture)
{
    uint8_t program[PTN_SHA256_LEN];

    assert_true(ptn_hex_read_exactly(PTN_BYTES_LITERAL(BUILD), program, sizeof(program)));
    ptn_returning_program(fixture->node, program);
    tell_kept(fixture, 3);
}

static void sign_release(struct fixture *fixture, unsigned who)
{
    assert_int_equal(
        note(fixture,
             order(fixture,
                   "verb release\nbuild " BUILD "\nversion 2\nminimum 1\nmedium " BUILD "\n", who),
             NULL),
        PTN_C_OK);
}

/* RETURN-1, RETURN-2: one thing after the other, in an order that no list has; the restore, signed
 * first of all, comes into force with the last. */
static void test_returning__each_thing_is_asked_for_and_the_last_one_opens(void **state)
{
    struct fixture *fixture = *state;
    struct ptn_hash stop, back;

    attack_before(fixture, &stop);
    assert_string_equal(lacks(fixture), "cause swept software certificate credentials kept");
    assert_int_equal(note(fixture, end_order(fixture, &stop, A(0) | A(1)), &back), PTN_C_OK);
    furnish(fixture);
    assert_string_equal(lacks(fixture), "cause swept software kept");
    fulfil(fixture);
    assert_string_equal(lacks(fixture), "cause swept software");
    sign_release(fixture, A(0));
    assert_string_equal(lacks(fixture), "cause swept software");
    sign_release(fixture, A(0) | A(2));
    assert_string_equal(lacks(fixture), "cause swept");
    ptn_returning_ledgers(fixture->node, &(struct ptn_returning_ledgers){ .forked = true });
    assert_string_equal(lacks(fixture), "cause swept fork");
    assert_int_equal(
        note(fixture,
             naming(fixture, "verb close\nall\ncloses ", &stop, "swept " BUILD "\n", A(1) | A(2)),
             NULL),
        PTN_C_OK);
    assert_string_equal(lacks(fixture), "fork");
    assert_int_equal(entry_rung(fixture), PTN_RUNG_MANUAL);
    assert_int_equal(stage(fixture), PTN_STAGE_NONE);
    ptn_returning_ledgers(fixture->node, &(struct ptn_returning_ledgers){ .forked = false });
    assert_int_equal(stage(fixture), PTN_STAGE_CANARY);
    assert_int_equal(entry_rung(fixture), PTN_RUNG_MANUAL); /* of lanes that are not let in */
    assert_string_equal(lacks(fixture), "");
}

/* The receipt of the restore says what was missing, and another list is another receipt. */
static void test_returning__the_receipt_names_what_is_missing(void **state)
{
    struct fixture *fixture = *state;
    struct ptn_hash stop;
    unsigned receipts;

    furnish(fixture);
    attack_before(fixture, &stop);
    assert_int_equal(note(fixture, end_order(fixture, &stop, A(0) | A(1)), NULL), PTN_C_OK);
    receipts = count_records(fixture, PTN_RECORD_RECEIPT, NULL);
    assert_int_equal(receipts, 2);
    (void)lacks(fixture);
    assert_int_equal(count_records(fixture, PTN_RECORD_RECEIPT, NULL), receipts);
    sign_release(fixture, A(0) | A(2));
    fulfil(fixture);
    (void)lacks(fixture);
    assert_true(count_records(fixture, PTN_RECORD_RECEIPT, NULL) > receipts + 1);
    receipts = count_records(fixture, PTN_RECORD_RECEIPT, NULL);
    start_anew(fixture);
    fulfil(fixture);
    (void)lacks(fixture);
    assert_in_range(count_records(fixture, PTN_RECORD_RECEIPT, NULL), receipts, receipts + 2);
}

/* The node that was there when the attack came writes down, once, what must be others. */
static void test_returning__a_step_down_is_written_once(void **state)
{
    struct fixture *fixture = *state;
    struct ptn_hash stop;

    furnish(fixture);
    fixture->ahead_ms += MINUTE;
    assert_int_equal(note(fixture, order(fixture, ATTACK, D(0) | D(1)), &stop), PTN_C_OK);
    assert_string_equal(lacks(fixture),
                        "cause swept software identity certificate credentials ledger kept");
    assert_int_equal(count_records(fixture, PTN_RECORD_STAGE, NULL), 2); /* and the account */
    start_anew(fixture);
    assert_string_equal(lacks(fixture),
                        "cause swept software identity certificate credentials ledger kept");
    assert_int_equal(count_records(fixture, PTN_RECORD_STAGE, NULL), 2);
    /* a new password is a new one; the rest is as before */
    ptn_node_close(fixture->node);
    assert_true(ptn_ok(ptn_staff_set(&fixture->world, fixture->dir, &arta,
                                     PTN_BYTES_LITERAL("another password"), NULL)));
    open_node(fixture);
    assert_string_equal(lacks(fixture), "cause swept software identity certificate ledger kept");
}

/* Through the gate, into the canary. */
static void return_from(struct fixture *fixture, struct ptn_hash *ret_back)
{
    struct ptn_hash stop;

    furnish(fixture);
    attack_before(fixture, &stop);
    fulfil(fixture);
    sign_release(fixture, A(0) | A(1));
    assert_int_equal(
        note(fixture,
             naming(fixture, "verb close\nall\ncloses ", &stop, "swept " BUILD "\n", A(1) | A(2)),
             NULL),
        PTN_C_OK);
    assert_int_equal(
        note(fixture,
             naming(fixture, "verb restore\nall\nends ", &stop, "canary 600\n", A(0) | A(1)),
             ret_back),
        PTN_C_OK);
    assert_int_equal(stage(fixture), PTN_STAGE_CANARY);
}

static enum ptn_rung rung_at(struct fixture *fixture, const char *lane,
                             enum ptn_direction direction)
{
    return ptn_apply_rung_at(fixture->node, direction, lane);
}

static void crossing_done(struct ptn_lane_crossing *crossing)
{
    ((struct fixture *)crossing->context)->done++;
}

static void step_done(struct ptn_case_doing *doing)
{
    ((struct fixture *)doing->context)->done++;
}

/* The rung of the last step of a case: sent from lane 1 to the second line, and taken there. */
static uint8_t rung_of_case(struct fixture *fixture)
{
    static const struct ptn_officer sara = { .user = "sara",
                                             .name = "Sara",
                                             .role = PTN_STAFF_SECOND };
    const struct ptn_lane_who lane = { &arta, "1" };
    const struct ptn_lane_who room = { &sara, PTN_CASES_LANE };
    const struct ptn_lane_scan question = { .mrz = PTN_BYTES_LITERAL(MRZ),
                                            .direction = PTN_DIRECTION_ENTRY };
    const struct ptn_case_ask take = { .act = PTN_CASE_TAKEN };
    struct ptn_lane_settlement refer = { .act = PTN_LANE_REFER, .kind = PTN_REFERRAL_UNWELL };
    struct ptn_lane_answer answer = { .done = scan_done, .context = fixture };
    struct ptn_lane_crossing crossing = { .done = crossing_done, .context = fixture };
    struct ptn_case_doing doing = { .done = step_done, .context = fixture };
    uint8_t rung = 9;

    assert_true(
        ptn_ok(ptn_lane_scan(fixture->node, &lane, &question, fixture->arena, &answer, NULL)));
    (void)ptn_node_step(fixture->node);
    refer.scan = answer.scan;
    assert_true(ptn_ok(ptn_lane_settle(fixture->node, &lane, &refer, fixture->arena, &crossing)));
    (void)ptn_node_step(fixture->node);
    assert_true(ptn_ok(ptn_cases_do(fixture->node, &room, ptn_bytes_from_text(crossing.crossing),
                                    &take, fixture->arena, &doing)));
    (void)ptn_node_step(fixture->node);
    ptn_lane_answer_release(&answer);
    assert_int_equal(count_records(fixture, PTN_RECORD_CASE, &rung), 2);
    return rung;
}

static void test_returning__lane_by_lane(void **state)
{
    struct fixture *fixture = *state;
    struct ptn_node *node = fixture->node;
    struct ptn_returning now;
    struct ptn_hash back, half, all;
    uint8_t rung = 9;

    assert_int_equal(ptn_returning_let_in(node, "1", PTN_DIRECTION_ENTRY).code, PTN_C_NOT_FOUND);
    return_from(fixture, &back);
    node = fixture->node;
    for (char name[2] = "1"; name[0] <= '6'; name[0]++)
        ptn_returning_lane(node, name);
    assert_int_equal(ptn_returning_let_in(node, "9", PTN_DIRECTION_ENTRY).code, PTN_C_BAD_INPUT);
    assert_int_equal(ptn_returning_let_in(node, "1", PTN_DIRECTION_ENTRY).code, PTN_C_OK);
    assert_int_equal(ptn_returning_let_in(node, "1", PTN_DIRECTION_ENTRY).code, PTN_C_OK);
    assert_int_equal(ptn_returning_let_in(node, "2", PTN_DIRECTION_ENTRY).code, PTN_C_BUSY);
    assert_int_equal(rung_at(fixture, "1", PTN_DIRECTION_ENTRY), PTN_RUNG_NORMAL);
    assert_int_equal(rung_at(fixture, "1", PTN_DIRECTION_EXIT), PTN_RUNG_MANUAL);
    assert_int_equal(rung_at(fixture, "2", PTN_DIRECTION_ENTRY), PTN_RUNG_MANUAL);
    scan(fixture, PTN_DIRECTION_ENTRY); /* at lane 1 */
    (void)count_records(fixture, PTN_RECORD_DECISION, &rung);
    assert_int_equal(rung, PTN_RUNG_NORMAL);
    /* what the second line writes of a traveller of lane 1, too: POST-5 */
    assert_int_equal(rung_of_case(fixture), PTN_RUNG_NORMAL);

    /* time does not run before each way has its lane, and alone it does nothing */
    assert_int_equal(
        note(fixture,
             naming(fixture, "verb advance\nall\nstage half\nreturns ", &back, "", A(0) | A(1)),
             &half),
        PTN_C_OK);
    fixture->ahead_ms += 20 * MINUTE;
    assert_int_equal(stage(fixture), PTN_STAGE_CANARY);
    assert_int_equal(ptn_returning_let_in(node, "2", PTN_DIRECTION_EXIT).code, PTN_C_OK);
    assert_int_equal(stage(fixture), PTN_STAGE_CANARY);
    fixture->ahead_ms += 5 * MINUTE;
    start_anew(fixture);
    node = fixture->node;
    assert_int_equal(stage(fixture), PTN_STAGE_CANARY);
    assert_int_equal(rung_at(fixture, "1", PTN_DIRECTION_ENTRY), PTN_RUNG_NORMAL);
    assert_int_equal(rung_at(fixture, "2", PTN_DIRECTION_EXIT), PTN_RUNG_NORMAL);
    fixture->ahead_ms += 5 * MINUTE;
    assert_int_equal(stage(fixture), PTN_STAGE_HALF);
    for (char name[2] = "1"; name[0] <= '6'; name[0]++)
        ptn_returning_lane(node, name);
    assert_int_equal(ptn_returning_let_in(node, "3", PTN_DIRECTION_ENTRY).code, PTN_C_OK);
    (void)stage(fixture);
    ptn_returning_now(node, &now);
    assert_int_equal(now.places, 3);
    assert_int_equal(now.return_count, 1);
    assert_true(ptn_hash_equal(&now.returns[0], &back));

    assert_int_equal(
        note(fixture,
             naming(fixture, "verb advance\nall\nstage all\nreturns ", &back, "", A(0) | A(1)),
             &all),
        PTN_C_OK);
    fixture->ahead_ms += 5 * MINUTE;
    assert_int_equal(stage(fixture), PTN_STAGE_HALF);
    fixture->ahead_ms += 6 * MINUTE;
    assert_int_equal(stage(fixture), PTN_STAGE_ALL);
    assert_int_equal(entry_rung(fixture), PTN_RUNG_NORMAL);
    assert_int_equal(ptn_apply_standing(node).cause, PTN_CAUSE_NONE);
    start_anew(fixture);
    assert_int_equal(stage(fixture), PTN_STAGE_ALL);
    ptn_returning_now(fixture->node, &now);
    assert_true(now.system_ms > 0 && now.service_ms > now.system_ms && now.backlog_ms > 0);
}

/* RETURN-4. */
static void test_returning__a_decoy_takes_it_down_and_it_stays_down(void **state)
{
    static const struct {
        bool officer;
        const char *name;
        enum ptn_rung rung;
    } rows[] = {
        { true, "arta", PTN_RUNG_NORMAL },     { true, "T7777777", PTN_RUNG_NORMAL },
        { false, "sokol", PTN_RUNG_NORMAL },   { false, "U00412907", PTN_RUNG_NORMAL },
        { false, "T7777777", PTN_RUNG_LOCAL },
    };
    struct fixture *fixture = *state;

    assert_true(ptn_ok(ptn_decoy_add(&fixture->world, fixture->dir, PTN_DECOY_OFFICER,
                                     PTN_BYTES_LITERAL("sokol"), NULL)));
    assert_true(ptn_ok(ptn_decoy_add(&fixture->world, fixture->dir, PTN_DECOY_DOCUMENT,
                                     PTN_BYTES_LITERAL("T7777777"), NULL)));
    start_anew(fixture);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (rows[i].officer)
            ptn_returning_met_officer(fixture->node, ptn_bytes_from_text(rows[i].name), "1");
        else
            ptn_returning_met_document(fixture->node, ptn_bytes_from_text(rows[i].name), "1");
        (void)ptn_node_step(fixture->node);
        assert_int_equal(entry_rung(fixture), rows[i].rung);
    }
    ptn_returning_met_officer(fixture->node, PTN_BYTES_LITERAL("sokol"), "1"); /* once is enough */
    (void)lacks(fixture);
    assert_int_equal(ptn_apply_standing(fixture->node).standing, 1);
    assert_int_equal(ptn_apply_standing(fixture->node).cause, PTN_CAUSE_ATTACK);
    for (unsigned i = 0; i < 10; i++) {
        fixture->ahead_ms += MINUTE;
        ptn_apply_heartbeat(fixture->node, true);
    }
    assert_int_equal(entry_rung(fixture), PTN_RUNG_LOCAL);
    start_anew(fixture);
    for (unsigned i = 0; i < 10; i++) {
        fixture->ahead_ms += MINUTE;
        ptn_apply_heartbeat(fixture->node, true);
    }
    assert_int_equal(entry_rung(fixture), PTN_RUNG_LOCAL);
    assert_int_equal(ptn_apply_standing(fixture->node).cause, PTN_CAUSE_ATTACK);
}

/* A decoy in the middle of a return: what was let in is out again, and the canary begins anew. */
static void test_returning__a_decoy_ends_a_canary(void **state)
{
    struct fixture *fixture = *state;
    struct ptn_hash back;
    struct ptn_returning now;

    assert_true(ptn_ok(ptn_decoy_add(&fixture->world, fixture->dir, PTN_DECOY_OFFICER,
                                     PTN_BYTES_LITERAL("sokol"), NULL)));
    return_from(fixture, &back);
    ptn_returning_lane(fixture->node, "1");
    assert_int_equal(ptn_returning_let_in(fixture->node, "1", PTN_DIRECTION_ENTRY).code, PTN_C_OK);
    ptn_returning_met_officer(fixture->node, PTN_BYTES_LITERAL("sokol"), "1");
    (void)ptn_node_step(fixture->node);
    assert_int_equal(rung_at(fixture, "1", PTN_DIRECTION_ENTRY), PTN_RUNG_MANUAL);
    assert_int_equal(stage(fixture), PTN_STAGE_NONE);
    assert_non_null(strstr(lacks(fixture), "identity"));
    ptn_returning_now(fixture->node, &now);
    assert_int_equal(now.attack_count, 1);
    assert_int_equal(
        note(fixture, naming(fixture, "verb annul\nall\nends ", &now.attacks[0], "", A(0) | A(1)),
             NULL),
        PTN_C_OK);
    assert_int_equal(stage(fixture), PTN_STAGE_CANARY);
    assert_int_equal(rung_at(fixture, "1", PTN_DIRECTION_ENTRY), PTN_RUNG_MANUAL);
}

/* ---- the file of decoys ---- */

static void test_returning__what_a_line_of_decoys_is(void **state)
{
    static const struct {
        const char *line;
        enum ptn_code code;
        const char *name;
    } rows[] = {
        { "officer sokol\n", PTN_C_OK, "sokol" },
        { "document T1\n", PTN_C_OK, "T1" },
        { "officer \n", PTN_C_BAD_INPUT, "" },
        { "officer a b\n", PTN_C_BAD_INPUT, "" },
        { "officer a\x01z\n", PTN_C_BAD_INPUT, "" },
        { "officer a\xff\n", PTN_C_BAD_INPUT, "" },
        { "lane 1\n", PTN_C_BAD_INPUT, "" },
        { "officer 1234567890123456789012345678901234567890123456789012345678901234\n", PTN_C_OK,
          "1234567890123456789012345678901234567890123456789012345678901234" },
        { "officer 12345678901234567890123456789012345678901234567890123456789012345\n",
          PTN_C_BAD_INPUT, "" },
        { "", PTN_C_NOT_FOUND, "" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct ptn_cursor cursor = ptn_cursor_at(ptn_bytes_from_text(rows[i].line));
        struct ptn_decoy decoy;

        assert_int_equal(ptn_decoy_parse(&cursor, &decoy).code, rows[i].code);
        if (rows[i].code == PTN_C_OK)
            assert_true(ptn_bytes_is(decoy.name, rows[i].name));
    }
}

/* Every write that fails leaves the file as it was, or with the line whole. */
static void test_returning__a_decoy_is_added_whole_or_not(void **state)
{
    (void)state;
    for (uint64_t nth = 0; nth < 8; nth++) {
        struct ptn_world *world = ptn_world_seeded(1, 0);
        struct ptn_buffer file = { .len_max = 4096 };
        bool good;

        assert_true(ptn_ok(world->files->make_dir(world->context, "node")));
        assert_true(ptn_ok(
            ptn_decoy_add(world, "node", PTN_DECOY_OFFICER, PTN_BYTES_LITERAL("one"), NULL)));
        ptn_world_fail_nth(world, nth);
        good =
            ptn_ok(ptn_decoy_add(world, "node", PTN_DECOY_DOCUMENT, PTN_BYTES_LITERAL("T2"), NULL));
        ptn_world_fail_nth(world, 0);
        assert_true(ptn_ok(world->files->read(world->context, "node/decoys", &file)));
        assert_true(ptn_bytes_is(ptn_buffer_bytes(&file), "officer one\ndocument T2\n") ||
                    (!good && ptn_bytes_is(ptn_buffer_bytes(&file), "officer one\n")));
        assert_int_equal(good, nth == 0 || nth > 5);
        ptn_buffer_release(&file);
        ptn_world_seeded_free(world);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_returning__each_thing_is_asked_for_and_the_last_one_opens),
        TEST(test_returning__the_receipt_names_what_is_missing),
        TEST(test_returning__a_step_down_is_written_once),
        TEST(test_returning__lane_by_lane),
        TEST(test_returning__a_decoy_takes_it_down_and_it_stays_down),
        TEST(test_returning__a_decoy_ends_a_canary),
        cmocka_unit_test(test_returning__what_a_line_of_decoys_is),
        cmocka_unit_test(test_returning__a_decoy_is_added_whole_or_not),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
