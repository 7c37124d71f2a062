/* Goal: an answer says what the message was and nothing else, in a form that reads back; and a
 * rejection says where and what is expected. */
#include "message/reply.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define TIME_MS      INT64_C(1795800000000) /* 2026-11-27T17:20Z */

struct world {
    struct ptn_arena *arena;
    struct ptn_manifest *manifest;
    struct ptn_manifest_reader *reader;
    struct ptn_reply_codes codes;
    struct ptn_buffer out;
};

static int set_up(void **state)
{
    struct world *world = calloc(1, sizeof(*world));

    world->arena = ptn_arena_new(8u << 20);
    world->manifest = malloc(sizeof(*world->manifest));
    ptn_buffer_init(&world->out, 1u << 20);
    assert_true(ptn_ok(ptn_reply_codes_parse(ptn_reply_codes_shipped(), &world->codes, NULL)));
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;

    ptn_manifest_reader_free(world->reader);
    free(world->manifest);
    ptn_arena_free(world->arena);
    ptn_buffer_release(&world->out);
    free(world);
    return 0;
}

static struct ptn_manifest *read_first(struct world *world, struct ptn_bytes text)
{
    ptn_manifest_reader_free(world->reader);
    world->reader = NULL;
    ptn_arena_clear(world->arena);
    assert_true(ptn_ok(ptn_manifest_reader_new(text, &world->reader, NULL)));
    assert_true(ptn_ok(ptn_manifest_next(world->reader, world->arena, world->manifest)));
    return world->manifest;
}

static struct ptn_bytes reply_to(struct world *world, const char *text, unsigned missing)
{
    struct ptn_reply reply = { .codes = &world->codes, .time_ms = TIME_MS, .out = &world->out };

    ptn_buffer_clear(&world->out);
    ptn_reply_add(&reply, read_first(world, ptn_bytes_from_text(text)), missing, NULL);
    assert_true(ptn_ok(ptn_reply_end(&reply)));
    return ptn_buffer_bytes(&world->out);
}

#define ASKED                                                                                      \
    "UNB+UNOA:4+CA+NIAC+190819:0900+19081900020001++IAPI+O'"                                       \
    "UNH+11085B+PAXLST:D:05B:UN:IATA+1908190002+01:F'BGM+745'RFF+TN:0000100'"                      \
    "TDT+20+CA339+++CA'LOC+125+PEK'DTM+189:1908192150:201'LOC+87+ICN'DTM+232:1908200435:201'"      \
    "NAD+FL+++ONE:TWO'DTM+329:560620'RFF+AVF:MWZ?'Q'RFF+ABO:1001'DOC+P:110:ZZZ+E63'"               \
    "NAD+FL+++THREE'RFF+AVF:MWZRDQ'RFF+ABO:1002'CNT+42:2'UNT+18+11085B'UNZ+1+19081900020001'"

static void test_reply__echoes_what_the_carrier_matches_by(void **state)
{
    struct world *world = *state;
    struct ptn_bytes answer = reply_to(world, ASKED, 0);

    if (!ptn_bytes_is(answer,
                      "UNB+UNOA:4+NIAC+CA+261127:1720+19081900020001++IAPI'\n"
                      "UNH+11085B+CUSRES:D:05B:UN:IATA+1908190002'\nBGM+962'\nRFF+TN:0000100'\n"
                      "RFF+AF:CA339'\nDTM+189:1908192150:201'\nDTM+232:1908200435:201'\n"
                      "LOC+125+PEK'\nLOC+87+ICN'\n"
                      "ERP+1'\nERC+R0'\nFTX+AAP+++RECEIVED. 2 PEOPLE, 0 NOTES'\n"
                      "ERP+2'\nRFF+AVF:MWZ?'Q'\nRFF+ABO:1001'\nERC+R0'\n"
                      "ERP+2'\nRFF+AVF:MWZRDQ'\nRFF+ABO:1002'\nERC+R2'\n"
                      "UNT+20+11085B'\nUNZ+1+19081900020001'\n"))
        fail_msg("%.*s", (int)answer.len, (const char *)answer.at);
}

/* Unasked: under the carrier's own references, and of nobody and nothing else. */
static void test_reply__a_change_is_told_under_the_carriers_own_references(void **state)
{
    struct world *world = *state;
    struct ptn_reply reply = { .codes = &world->codes, .time_ms = TIME_MS, .out = &world->out };
    const struct ptn_manifest_sent sent = { .sender = PTN_BYTES_LITERAL("CA"),
                                            .recipient = PTN_BYTES_LITERAL("NIAC"),
                                            .application = PTN_BYTES_LITERAL("IAPI"),
                                            .interchange = PTN_BYTES_LITERAL("00ff1") };
    const struct ptn_manifest_flight flight = { .carrier = PTN_BYTES_LITERAL("CA"),
                                                .number = PTN_BYTES_LITERAL("339"),
                                                .from = PTN_BYTES_LITERAL("PEK"),
                                                .to = PTN_BYTES_LITERAL("ICN") };
    const struct ptn_reply_change people[] = {
        { .transaction = PTN_BYTES_LITERAL("T+1"),
          .common = PTN_BYTES_LITERAL("19:2"),
          .booking = PTN_BYTES_LITERAL("MWZ'Q"),
          .reference = PTN_BYTES_LITERAL("1001"),
          .answer = PTN_REPLY_PERSON_NO_BOARD },
        { .reference = PTN_BYTES_LITERAL("1002"), .answer = PTN_REPLY_PERSON_BOARD },
    };
    const struct ptn_manifest *manifest;
    struct ptn_bytes answer;

    ptn_reply_change(&reply, &sent, &flight, &people[0], 2);
    ptn_reply_change(&reply, &sent, &flight, &people[1], 1);
    assert_true(ptn_ok(ptn_reply_end(&reply)));
    answer = ptn_buffer_bytes(&world->out);
    if (!ptn_bytes_is(answer, "UNB+UNOA:4+NIAC+CA+261127:1720+00ff1++IAPI'\n"
                              "UNH+1+CUSRES:D:05B:UN:IATA+19?:2'\nBGM+132'\nRFF+TN:T?+1'\n"
                              "RFF+AF:CA339'\nLOC+125+PEK'\nLOC+87+ICN'\n"
                              "ERP+2'\nRFF+AVF:MWZ?'Q'\nRFF+ABO:1001'\nERC+1Z'\n"
                              "ERP+2'\nRFF+ABO:1002'\nERC+0Z'\nUNT+14+1'\n"
                              "UNH+2+CUSRES:D:05B:UN:IATA'\nBGM+132'\n"
                              "RFF+AF:CA339'\nLOC+125+PEK'\nLOC+87+ICN'\n"
                              "ERP+2'\nRFF+ABO:1002'\nERC+0Z'\nUNT+9+2'\nUNZ+2+00ff1'\n"))
        fail_msg("%.*s", (int)answer.len, (const char *)answer.at);
    manifest = read_first(world, answer);
    assert_int_equal(manifest->verdict, PTN_MANIFEST_ACCEPTED);
    assert_int_equal(manifest->result_count, 2);
}

/* Our own reader takes an answer as it takes a government's. */
static void test_reply__reads_back(void **state)
{
    struct world *world = *state;
    struct ptn_buffer kept = { .len_max = 1u << 16 };
    const struct ptn_manifest *manifest;
    const struct ptn_manifest_result *result;

    assert_true(ptn_ok(ptn_buffer_add(&kept, reply_to(world, ASKED, 0))));
    manifest = read_first(world, ptn_buffer_bytes(&kept));
    assert_int_equal(manifest->type, PTN_MANIFEST_CUSRES);
    assert_int_equal(manifest->verdict, PTN_MANIFEST_ACCEPTED);
    assert_int_equal(manifest->note_count, 0);
    assert_true(ptn_bytes_is(manifest->reference, "0000100"));
    assert_true(ptn_bytes_is(manifest->sent.common, "1908190002"));
    assert_int_equal(manifest->result_count, 3);
    result = manifest->results;
    assert_true(ptn_bytes_is(result->section, "1") && ptn_bytes_is(result->code, "R0"));
    result = result->next;
    assert_true(ptn_bytes_is(result->section, "2") && ptn_bytes_is(result->booking, "MWZ'Q"));
    assert_true(ptn_bytes_is(result->passenger, "1001") && ptn_bytes_is(result->code, "R0"));
    assert_true(ptn_bytes_is(result->next->code, "R2"));
    ptn_buffer_release(&kept);
}

/* An answer may speak of UNA; the reader once took that for one. */
static void test_reply__an_answer_about_una_reads_back(void **state)
{
    struct world *world = *state;
    struct ptn_buffer kept = { .len_max = 1u << 16 };
    const struct ptn_manifest *manifest;

    assert_true(ptn_ok(ptn_buffer_add(&kept, reply_to(world, "UNA:+.?" ASKED, 0))));
    manifest = read_first(world, ptn_buffer_bytes(&kept));
    assert_int_equal(manifest->verdict, PTN_MANIFEST_ACCEPTED);
    assert_non_null(memmem(kept.at, kept.len, "UNA is not", 10));
    ptn_buffer_release(&kept);
}

static void test_reply__notes_and_rejections_say_where(void **state)
{
    struct world *world = *state;
    struct ptn_buffer kept = { .len_max = 1u << 16 };
    const struct ptn_manifest *manifest;

    /* the end is lost */
    assert_true(ptn_ok(ptn_buffer_add(
        &kept, reply_to(world,
                        "UNB+UNOA:4+CA+NIAC+190819:0900+7'UNH+1+PAXLST:D:05B:UN:IATA+X'"
                        "TDT+20+CA339'LOC+125+PEK'LOC+87+ICN'NAD+FL+++ONE:TWO'RFF+ABO:1001'",
                        0))));
    manifest = read_first(world, ptn_buffer_bytes(&kept));
    assert_int_equal(manifest->note_count, 0);
    assert_int_equal(manifest->result_count, 3); /* the message, and two notes; nobody by name */
    assert_true(ptn_bytes_is(manifest->results->code, "R4"));
    assert_true(ptn_bytes_is(manifest->results->next->text,
                             "NOT ACCEPTED. SEGMENT 7 BYTE 115 unt-missing: the message ends "
                             "without UNT"));
    /* a part never came */
    ptn_buffer_clear(&kept);
    assert_true(ptn_ok(ptn_buffer_add(&kept, reply_to(world, ASKED, 3))));
    manifest = read_first(world, ptn_buffer_bytes(&kept));
    assert_true(ptn_bytes_is(manifest->results->text, "NOT ACCEPTED. PART 3 HAS NOT COME"));
    assert_int_equal(manifest->result_count, 1);
    ptn_buffer_release(&kept);
}

static void test_reply__lines_for_people_say_what_is_expected(void **state)
{
    struct world *world = *state;
    struct ptn_diag diag = { 0, "neither an EDIFACT interchange nor a ship's list" };
    const char *text;

    assert_true(ptn_ok(ptn_reply_reject(
        read_first(world, PTN_BYTES_LITERAL("UNB+UNOA:4+CA+NIAC+190819:0900+7'UNH+1+PNRGOV'")),
        PTN_BYTES_LITERAL("a.edi"), &world->out)));
    assert_true(ptn_ok(ptn_reply_refuse(PTN_BYTES_LITERAL("b.txt"), &diag, &world->out)));
    assert_true(ptn_ok(ptn_buffer_add_u8(&world->out, 0)));
    text = (const char *)world->out.at;
    assert_non_null(strstr(text, "a.edi: PNRGOV message 1 quarantined\n"));
    assert_non_null(strstr(text, "unt-missing: the message ends without UNT; expected: UNT, the"));
    assert_non_null(strstr(text, "b.txt: quarantined\n  byte 0: neither an EDIFACT"));
}

static void test_reply__who_waits_for_an_answer(void **state)
{
    static const struct {
        const char *text;
        bool wanted;
    } cases[] = {
        { "UNB+UNOA:4+A+B+1+7'UNH+1+PAXLST:D:05B:UN:IATA'", false },
        { "UNB+UNOA:4+A+B+1+7'UNH+1+PAXLST:D:05B:UN:IATA+REF'", true },
        { "UNB+UNOA:4+A+B+1+7++IAPI'UNH+1+PAXLST:D:05B:UN:IATA'", true },
        { "UNB+UNOA:4+A+B+1+7++X+O+1'UNH+1+PAXLST:D:05B:UN:IATA'", true },
        { "UNB+UNOA:4+A+B+1+7++IAPI'UNH+1+CUSRES:D:05B:UN:IATA+REF'", false },
        { "UNB+UNOA:4+A+B+1+7++IAPI'UNH+1+PNRGOV:11:1:IA+REF'", false },
    };
    struct world *world = *state;

    for (size_t i = 0; i < COUNT(cases); i++)
        assert_int_equal(ptn_reply_wanted(read_first(world, ptn_bytes_from_text(cases[i].text))),
                         cases[i].wanted);
}

/* In place of the code about their data, and of that alone. */
static void test_reply__says_who_may_board_where_it_is_told(void **state)
{
    static const uint8_t board[] = { PTN_REPLY_PERSON_BOARD, PTN_REPLY_PERSON_NO_BOARD };
    static const uint8_t missing[] = { PTN_REPLY_PERSON_BOARD_INCOMPLETE, PTN_REPLY_PERSON_BOARD };
    struct world *world = *state;
    struct ptn_reply reply = { .codes = &world->codes, .time_ms = TIME_MS, .out = &world->out };
    const struct ptn_manifest *manifest = read_first(world, ptn_bytes_from_text(ASKED));
    const char *text;

    ptn_reply_add(&reply, manifest, 0, board);
    ptn_reply_add(&reply, manifest, 0, missing);
    assert_true(ptn_ok(ptn_reply_end(&reply)));
    assert_true(ptn_ok(ptn_buffer_add_u8(&world->out, 0)));
    text = (const char *)world->out.at;
    assert_non_null(strstr(text, "RFF+ABO:1001'\nERC+0Z'\nERP+2'\nRFF+AVF:MWZRDQ'\n"
                                 "RFF+ABO:1002'\nERC+1Z'\n"));
    assert_non_null(strstr(text, "RFF+ABO:1001'\nERC+4Z'\n"));
    assert_non_null(strstr(text, "ERP+1'\nERC+R0'\n"));
    assert_null(strstr(text, "ERC+R2"));
}

static void test_reply__codes_are_a_countrys_own(void **state)
{
    static const struct {
        const char *text;
        size_t line;
    } bad[] = {
        { "", 0 },
        { "message-received\tR0\n", 1 },
        { "message-received\tR0\tRECEIVED\nmessage-received\tR0\tRECEIVED\n", 2 },
        { "nobody\tR0\tRECEIVED\n", 1 },
        { "message-received\tR0LONGERTHAN8\tRECEIVED\n", 1 },
        { "message-received\tR'0\tRECEIVED\n", 1 },
        { "message-received\tR0\tRECEIVED\tMORE\n", 1 },
        { "message-received\tR0\tR\xc3\x89\n", 1 },
    };
    static const char good[] = "# ours\nmessage-received\t0\tA\nmessage-noted\t1\tB\n"
                               "message-rejected\t4\tC\nperson-received\t0Z\tD\n"
                               "person-incomplete\t4Z\tE?\n";
    struct world *world = *state;
    struct ptn_reply_codes codes;
    struct ptn_bytes answer;

    for (size_t i = 0; i < COUNT(bad); i++) {
        struct ptn_diag diag = { 99, NULL };

        assert_int_equal(
            ptn_reply_codes_parse(ptn_bytes_from_text(bad[i].text), &codes, &diag).code,
            PTN_C_BAD_INPUT);
        assert_int_equal(diag.offset, bad[i].line);
    }
    assert_true(ptn_ok(ptn_reply_codes_parse(ptn_bytes_from_text(good), &world->codes, NULL)));
    answer = reply_to(world, ASKED, 0);
    assert_non_null(memmem(answer.at, answer.len, "ERC+0Z'", 7));
    assert_non_null(memmem(answer.at, answer.len, "ERC+4Z'", 7));
    assert_non_null(memmem(answer.at, answer.len, "+++A. 2 PEOPLE", 14));
    /* a file of before boarding answers goes on, with the shipped ones */
    assert_string_equal(world->codes.codes[PTN_REPLY_PERSON_NO_BOARD], "1Z");
    assert_int_equal(
        ptn_reply_codes_parse(PTN_BYTES_LITERAL("person-board\t0Z\tGO\n"), &codes, NULL).code,
        PTN_C_BAD_INPUT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_reply__echoes_what_the_carrier_matches_by, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(
            test_reply__a_change_is_told_under_the_carriers_own_references, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_reply__reads_back, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_reply__says_who_may_board_where_it_is_told, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_reply__an_answer_about_una_reads_back, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_reply__notes_and_rejections_say_where, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_reply__lines_for_people_say_what_is_expected, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_reply__who_waits_for_an_answer, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_reply__codes_are_a_countrys_own, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
