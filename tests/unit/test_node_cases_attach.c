/* Goal: what is attached to a case comes back whole or not at all, whatever stopped it on its way,
 * and no lane waits for it. */
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
#include "record/access.h"

#define FILE_LEN (2u * PTN_ATTACHMENT_PART_MAX + 4321u)

#define CLEAR                                                                                      \
    "P<UTOVONTRELI<<ELISIDA<<<<<<<<<<<<<<<<<<<<<<\nU004129073UTO9004126F3404115<<<<<<<<<<<<<<06"

static const struct ptn_officer arta = { .user = "arta", .name = "Arta" };
static const struct ptn_officer sara = { .user = "sara", .name = "Sara", .role = PTN_STAFF_SECOND };
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
    struct ptn_case_reading reading;
    struct ptn_bytes file; /* Owned: of three parts */
    unsigned done;
};

/* A photograph by its first bytes; the rest is any. */
static uint8_t *make_file(void)
{
    uint8_t *file = calloc(1, FILE_LEN);

    assert_non_null(file);
    for (size_t i = 0; i < FILE_LEN; i++)
        file[i] = (uint8_t)(i * 31 + i / 257);
    memcpy(file, "\xff\xd8\xff\xe0", 4);
    return file;
}

static void *unconst(const void *at)
{
    void *same;

    memcpy(&same, &at, sizeof(same));
    return same;
}

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
    fixture->file = ptn_bytes_of(make_file(), FILE_LEN);
    open_node(fixture);
    *state = fixture;
    return 0;
}

static int end(void **state)
{
    struct fixture *fixture = *state;

    ptn_lane_answer_release(&fixture->answer);
    ptn_buffer_release(&fixture->reading.bytes);
    free(unconst(fixture->file.at));
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

static const struct ptn_lane_who whose = { &sara, PTN_CASES_LANE };

static struct ptn_status attach(struct fixture *fixture, const struct ptn_officer *officer,
                                struct ptn_bytes id, struct ptn_case_file file)
{
    const struct ptn_lane_who who = { officer, PTN_CASES_LANE };

    fixture->doing = (struct ptn_case_doing){ .done = step_done, .context = fixture };
    fixture->done = 0;
    return ptn_cases_attach(fixture->node, &who, id, &file, fixture->arena, &fixture->doing);
}

static enum ptn_case_refusal attach_whole(struct fixture *fixture,
                                          const struct ptn_officer *officer, struct ptn_bytes id,
                                          struct ptn_case_file file)
{
    struct ptn_status status = attach(fixture, officer, id, file);

    if (!ptn_ok(status)) {
        assert_int_equal(fixture->done, 0);
        return fixture->doing.refusal;
    }
    while (fixture->done == 0)
        (void)ptn_node_step(fixture->node);
    assert_true(ptn_ok(fixture->doing.write.status));
    return PTN_CASE_ACCEPTED;
}

static struct ptn_case_file photograph(const struct fixture *fixture)
{
    return (struct ptn_case_file){ .bytes = fixture->file,
                                   .name = PTN_BYTES_LITERAL("C:\\scans\\page.jpg") };
}

static void reading_done(struct ptn_case_reading *reading)
{
    ((struct fixture *)reading->context)->done++;
}

/* Read back what the step of this id attached. */
static enum ptn_case_refusal read_back(struct fixture *fixture, const struct ptn_officer *officer,
                                       struct ptn_bytes id, struct ptn_record_id step)
{
    const struct ptn_lane_who who = { officer, PTN_CASES_LANE };
    char text[PTN_RECORD_ID_TEXT_SIZE];

    ptn_buffer_release(&fixture->reading.bytes);
    fixture->reading = (struct ptn_case_reading){ .done = reading_done, .context = fixture };
    fixture->done = 0;
    if (!ptn_ok(ptn_cases_read(fixture->node, &who, id,
                               ptn_bytes_from_text(ptn_record_id_write(step, text)), fixture->arena,
                               &fixture->reading)))
        return fixture->reading.refusal;
    while (fixture->done == 0)
        (void)ptn_node_step(fixture->node);
    assert_true(ptn_ok(fixture->reading.write.status));
    return fixture->reading.refusal;
}

static uint64_t count_kind(struct fixture *fixture, enum ptn_record_kind kind)
{
    uint64_t count = 0;
    struct ptn_ledger_header header;

    for (uint64_t i = 0; i < ptn_node_ledger_size(fixture->node); i++) {
        assert_true(ptn_ok(ptn_ledger_read(fixture->node->ledger, i, &header, NULL, NULL)));
        count += header.kind == kind ? 1 : 0;
        if (header.kind == PTN_RECORD_ATTACHMENT)
            assert_int_equal(header.retention, PTN_RETENTION_CASEWORK);
    }
    return count;
}

/* A case that sara has taken; its id outlives a restart. */
static struct ptn_bytes taken_case(struct fixture *fixture, char kept[PTN_LANE_ID_SIZE])
{
    struct ptn_bytes id = refer(fixture, CLEAR, PTN_REFERRAL_UNWELL);

    (void)snprintf(kept, PTN_LANE_ID_SIZE, "%s", fixture->crossing.crossing);
    assert_int_equal(do_step(fixture, &sara, id, take), PTN_CASE_ACCEPTED);
    return ptn_bytes_from_text(kept);
}

/* ---- tests ---- */

/* CASE-5. */
static void test_cases_attach__a_file_comes_back_whole_also_after_a_restart(void **state)
{
    struct fixture *fixture = *state;
    char kept[PTN_LANE_ID_SIZE];
    struct ptn_bytes id = taken_case(fixture, kept);
    struct ptn_record_id step;

    assert_int_equal(attach_whole(fixture, &sara, id, photograph(fixture)), PTN_CASE_ACCEPTED);
    step = fixture->doing.step.id;
    assert_int_equal(count_kind(fixture, PTN_RECORD_ATTACHMENT), 3);
    for (unsigned restart = 0; restart < 2; restart++) {
        const struct ptn_case_look *seen = look(fixture, id);

        assert_int_equal(seen->count, 3);
        assert_int_equal(seen->steps[2].act, PTN_CASE_ATTACHED);
        assert_int_equal(seen->steps[2].attachment.size, FILE_LEN);
        assert_true(ptn_bytes_is(seen->steps[2].attachment.name, "page.jpg"));
        assert_int_equal(read_back(fixture, &sara, id, step), PTN_CASE_ACCEPTED);
        assert_true(ptn_bytes_equal(ptn_buffer_bytes(&fixture->reading.bytes), fixture->file));
        assert_int_equal(fixture->reading.attachment.type, PTN_ATTACHMENT_JPEG);
        again(fixture);
    }
    assert_int_equal(read_back(fixture, &arta, id, step), PTN_CASE_NOT_ALLOWED);
    step.at[0] ^= 1;
    assert_int_equal(read_back(fixture, &sara, id, step), PTN_CASE_NOT_ATTACHED);
}

/* ACCESS-1. */
static void test_cases_attach__each_look_is_written_down_with_what_was_looked_at(void **state)
{
    struct fixture *fixture = *state;
    char kept[PTN_LANE_ID_SIZE];
    struct ptn_bytes id = taken_case(fixture, kept);
    struct ptn_buffer payload = { .len_max = PTN_PAYLOAD_LEN_MAX };
    struct ptn_ledger_header header;
    struct ptn_access access;
    char text[PTN_RECORD_ID_TEXT_SIZE];

    assert_int_equal(attach_whole(fixture, &sara, id, photograph(fixture)), PTN_CASE_ACCEPTED);
    assert_int_equal(read_back(fixture, &besa, id, fixture->doing.step.id), PTN_CASE_ACCEPTED);
    assert_true(ptn_ok(ptn_ledger_read(fixture->node->ledger, fixture->reading.write.seq, &header,
                                       &payload, NULL)));
    assert_int_equal(header.kind, PTN_RECORD_ACCESS);
    assert_true(ptn_ok(ptn_access_parse(ptn_buffer_bytes(&payload), &access, NULL)));
    assert_true(ptn_bytes_is(access.officer, "besa"));
    assert_int_equal(access.purpose, PTN_PURPOSE_SECOND_LINE);
    assert_true(ptn_bytes_equal(id, ptn_bytes_from_text(ptn_record_id_write(access.record, text))));
    assert_int_equal(access.reason.len, strlen("attachment ") + 32);
    ptn_buffer_release(&payload);
}

static void test_cases_attach__who_has_not_the_case_attaches_nothing(void **state)
{
    struct fixture *fixture = *state;
    struct ptn_bytes id = refer(fixture, CLEAR, PTN_REFERRAL_UNWELL);
    struct ptn_case_file text = { .bytes = PTN_BYTES_LITERAL("<html>"),
                                  .name = PTN_BYTES_LITERAL("page.jpg") };
    struct ptn_case_file nothing = { .name = PTN_BYTES_LITERAL("page.jpg") };

    assert_int_equal(attach_whole(fixture, &sara, id, photograph(fixture)), PTN_CASE_NOT_YOURS);
    assert_int_equal(attach_whole(fixture, &arta, id, photograph(fixture)), PTN_CASE_NOT_ALLOWED);
    assert_int_equal(do_step(fixture, &sara, id, take), PTN_CASE_ACCEPTED);
    assert_int_equal(attach_whole(fixture, &sara, id, text), PTN_CASE_NO_SUCH_TYPE);
    assert_int_equal(attach_whole(fixture, &sara, id, nothing), PTN_CASE_NO_SUCH_TYPE);
    assert_int_equal(count_kind(fixture, PTN_RECORD_ATTACHMENT), 0);
    /* a supervisor may, as with a note; and the step alone, without a file, is nobody's */
    assert_int_equal(attach_whole(fixture, &besa, id, photograph(fixture)), PTN_CASE_ACCEPTED);
    assert_int_equal(do_step(fixture, &sara, id, (struct ptn_case_ask){ .act = PTN_CASE_ATTACHED }),
                     PTN_CASE_NO_SUCH_STEP);
}

static void test_cases_attach__the_signed_form_goes_to_a_case_that_is_over(void **state)
{
    struct fixture *fixture = *state;
    char kept[PTN_LANE_ID_SIZE];
    struct ptn_bytes id = taken_case(fixture, kept);

    assert_int_equal(do_step(fixture, &sara, id,
                             (struct ptn_case_ask){ .act = PTN_CASE_TICKED,
                                                    .item = PTN_BYTES_LITERAL("help-called") }),
                     PTN_CASE_ACCEPTED);
    assert_int_equal(
        do_step(fixture, &sara, id,
                (struct ptn_case_ask){ .act = PTN_CASE_ENDED, .outcome = PTN_CASE_HANDED_OVER }),
        PTN_CASE_ACCEPTED);
    assert_int_equal(attach_whole(fixture, &sara, id, photograph(fixture)), PTN_CASE_ACCEPTED);
    again(fixture);
    assert_int_equal(look(fixture, id)->line.state, PTN_CASE_IS_ENDED);
    assert_int_equal(fixture->look.count, 5);
}

/* CASE-5. */
static void test_cases_attach__cut_off_half_way_it_leaves_parts_that_are_nobodys(void **state)
{
    struct fixture *fixture = *state;
    char kept[PTN_LANE_ID_SIZE];
    struct ptn_bytes id = taken_case(fixture, kept);
    struct ptn_case_file file = photograph(fixture);

    file.key = PTN_BYTES_LITERAL("attach-key-1");
    for (unsigned parts = 1; parts <= 3; parts++) {
        assert_true(ptn_ok(attach(fixture, &sara, id, file)));
        for (unsigned i = 0; i < parts; i++)
            (void)ptn_node_step(fixture->node);
        assert_int_equal(fixture->done, 0);
        /* nothing else of this case is done meanwhile */
        assert_int_equal(ptn_cases_attach(fixture->node, &whose, id, &file, fixture->arena,
                                          &(struct ptn_case_doing){ .done = step_done })
                             .code,
                         PTN_C_BUSY);
        ptn_lane_answer_release(&fixture->answer); /* it holds the node's lists */
        fixture->answer = (struct ptn_lane_answer){ 0 };
        ptn_node_close(fixture->node); /* who waits is answered */
        fixture->node = NULL;
        assert_int_equal(fixture->done, 1);
        assert_false(ptn_ok(fixture->doing.write.status));
        open_node(fixture);
        assert_int_equal(look(fixture, id)->count, 2);
    }
    assert_int_equal(count_kind(fixture, PTN_RECORD_ATTACHMENT), 1 + 2 + 3);
    for (unsigned restart = 0; restart < 2; restart++) {
        assert_int_equal(attach_whole(fixture, &sara, id, file), PTN_CASE_ACCEPTED);
        assert_int_equal(fixture->doing.again, restart > 0);
        assert_int_equal(look(fixture, id)->count, 3);
        assert_int_equal(read_back(fixture, &sara, id, fixture->doing.step.id), PTN_CASE_ACCEPTED);
        assert_true(ptn_bytes_equal(ptn_buffer_bytes(&fixture->reading.bytes), fixture->file));
        again(fixture);
    }
    file.bytes.len--; /* another file under the same key */
    assert_int_equal(attach_whole(fixture, &sara, id, file), PTN_CASE_KEY_REUSED);
}

/* POST-1: a lane is answered between two parts. */
static void test_cases_attach__lanes_write_between_its_parts(void **state)
{
    struct fixture *fixture = *state;
    char kept[PTN_LANE_ID_SIZE];
    struct ptn_bytes id = taken_case(fixture, kept);

    assert_true(ptn_ok(attach(fixture, &sara, id, photograph(fixture))));
    scan(fixture, CLEAR); /* one step answers it, with the first part */
    assert_true(ptn_ok(fixture->answer.write.status));
    (void)ptn_node_step(fixture->node);
    scan(fixture, CLEAR);
    while (ptn_node_step(fixture->node))
        ;
    assert_true(ptn_ok(fixture->doing.write.status));
    assert_int_equal(read_back(fixture, &sara, id, fixture->doing.step.id), PTN_CASE_ACCEPTED);
    assert_true(ptn_bytes_equal(ptn_buffer_bytes(&fixture->reading.bytes), fixture->file));
}

/* A step as some other program might have written it. */
static struct ptn_record_id write_step(struct fixture *fixture, struct ptn_case_step step)
{
    struct ptn_buffer out = { .len_max = PTN_RECORD_LEN_MAX };

    step.id.at[0]++;
    step.id.at[1]++;
    assert_true(ptn_ok(ptn_case_step_write(&step, &out)));
    ptn_node_note(fixture->node, PTN_RECORD_CASE, ptn_buffer_bytes(&out));
    ptn_buffer_release(&out);
    while (ptn_node_step(fixture->node))
        ;
    again(fixture);
    return step.id;
}

/* CASE-5. */
static void test_cases_attach__bytes_that_are_others_are_given_to_nobody(void **state)
{
    struct fixture *fixture = *state;
    char kept[PTN_LANE_ID_SIZE];
    struct ptn_bytes id = taken_case(fixture, kept);
    struct ptn_case_step step;
    uint8_t places[3 * 8];

    assert_int_equal(attach_whole(fixture, &sara, id, photograph(fixture)), PTN_CASE_ACCEPTED);
    step = fixture->doing.step;
    step.attachment.sha256[5] ^= 1;
    assert_int_equal(read_back(fixture, &sara, id, write_step(fixture, step)),
                     PTN_CASE_ATTACHMENT_OTHER);
    assert_int_equal(fixture->reading.bytes.len, 0);

    /* the parts of another step, and records that are no part */
    assert_int_equal(look(fixture, id)->count, 4);
    step = fixture->look.steps[2];
    assert_int_equal(read_back(fixture, &sara, id, write_step(fixture, step)),
                     PTN_CASE_ATTACHMENT_OTHER);
    assert_int_equal(look(fixture, id)->count, 5);
    step = fixture->look.steps[2];
    memcpy(places, step.attachment.places.at, sizeof(places));
    memset(places, 0, 8);
    step.attachment.places = ptn_bytes_of(places, sizeof(places));
    assert_int_equal(read_back(fixture, &sara, id, write_step(fixture, step)),
                     PTN_CASE_ATTACHMENT_OTHER);
}

static void test_cases_attach__what_is_erased_is_said_to_be_gone(void **state)
{
    struct fixture *fixture = *state;
    char kept[PTN_LANE_ID_SIZE];
    struct ptn_bytes id = taken_case(fixture, kept);
    struct ptn_erasure erasure = { 0 };
    struct ptn_ledger_header header;
    struct ptn_hash order = { { 1 } };
    uint64_t erased = 0;
    struct ptn_record_id step;

    assert_int_equal(attach_whole(fixture, &sara, id, photograph(fixture)), PTN_CASE_ACCEPTED);
    step = fixture->doing.step.id;
    assert_int_equal(look(fixture, id)->count, 3);
    erasure.index = ptn_attachment_place(&fixture->look.steps[2].attachment, 1);
    assert_true(ptn_ok(ptn_ledger_read(fixture->node->ledger, erasure.index, &header, NULL, NULL)));
    erasure.sealed_sha256 = header.sealed_sha256;
    assert_true(
        ptn_ok(ptn_ledger_erase(fixture->node->ledger, &erasure, 1, &order, &erased, NULL)));
    assert_int_equal(erased, 1);
    assert_int_equal(read_back(fixture, &sara, id, step), PTN_CASE_ATTACHMENT_GONE);
    assert_int_equal(fixture->reading.bytes.len, 0);
}

static void test_cases_attach__one_case_holds_so_many_files_and_bytes(void **state)
{
    struct fixture *fixture = *state;
    char kept[PTN_LANE_ID_SIZE];
    struct ptn_bytes id = taken_case(fixture, kept);
    struct ptn_case_file small = { .bytes = PTN_BYTES_LITERAL("%PDF-1.7"),
                                   .name = PTN_BYTES_LITERAL("a.pdf") };
    uint8_t places[PTN_ATTACHMENT_PLACES_MAX] = { 0 };
    struct ptn_case_step step;

    for (unsigned i = 0; i < PTN_CASES_ATTACHED_MAX; i++)
        assert_int_equal(attach_whole(fixture, &sara, id, small), PTN_CASE_ACCEPTED);
    assert_int_equal(attach_whole(fixture, &sara, id, small), PTN_CASE_TOO_MUCH);
    id = taken_case(fixture, kept);
    assert_int_equal(attach_whole(fixture, &sara, id, small), PTN_CASE_ACCEPTED);
    step = fixture->doing.step;
    for (size_t i = 0; i < PTN_ATTACHMENT_PARTS_MAX; i++)
        places[8 * i + 7] = (uint8_t)i;
    step.attachment.size = PTN_ATTACHMENT_LEN_MAX;
    step.attachment.places = ptn_bytes_of(places, sizeof(places));
    step.post = PTN_BYTES_LITERAL("some");
    step.lane = PTN_BYTES_NONE;
    step.officer = PTN_BYTES_LITERAL("sara");
    step.attachment.name = PTN_BYTES_LITERAL("a.pdf");
    for (unsigned i = 0; i < 7; i++)
        step.id = write_step(fixture, step);
    /* 7 of 8 MiB and 8 bytes: a file of 8 MiB is too much, a smaller one is not */
    assert_int_equal(attach_whole(fixture, &sara, id, photograph(fixture)), PTN_CASE_ACCEPTED);
    step.id = write_step(fixture, step);
    assert_int_equal(attach_whole(fixture, &sara, id, small), PTN_CASE_TOO_MUCH);
}

int main(void)
{
#define TEST(test) cmocka_unit_test_setup_teardown(test, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(test_cases_attach__a_file_comes_back_whole_also_after_a_restart),
        TEST(test_cases_attach__each_look_is_written_down_with_what_was_looked_at),
        TEST(test_cases_attach__who_has_not_the_case_attaches_nothing),
        TEST(test_cases_attach__the_signed_form_goes_to_a_case_that_is_over),
        TEST(test_cases_attach__cut_off_half_way_it_leaves_parts_that_are_nobodys),
        TEST(test_cases_attach__lanes_write_between_its_parts),
        TEST(test_cases_attach__bytes_that_are_others_are_given_to_nobody),
        TEST(test_cases_attach__what_is_erased_is_said_to_be_gone),
        TEST(test_cases_attach__one_case_holds_so_many_files_and_bytes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
