/* Goal: no sheet is ever out of sight: whatever is written of it, it is in exactly one state. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/world.h"
#include "paper/reconcile.h"

#define SHEETS 6u

static const struct ptn_record_id some_id = { { 1 } };

static struct ptn_paper *with_pack(unsigned number)
{
    struct ptn_paper *paper = ptn_paper_new();
    struct ptn_pack pack = { .id = some_id, .number = number, .sheets = SHEETS, .time_ms = 1 };

    pack.expires = (struct ptn_date){ 2026, 9, 10 };
    pack.check = PTN_BYTES_LITERAL("0123456789");
    assert_true(ptn_ok(ptn_paper_pack(paper, &pack)));
    assert_int_equal(ptn_paper_pack(paper, &pack).code, PTN_C_BAD_INPUT);
    return paper;
}

static struct ptn_sheet keying(unsigned number, enum ptn_keying turn, const char *by, bool settles)
{
    struct ptn_sheet sheet = { .id = some_id, .pack = 7, .number = number, .turn = turn };

    sheet.keyed_ms = sheet.time_ms = 1;
    sheet.date = (struct ptn_date){ 2026, 9, 9 };
    sheet.keyed_by = ptn_bytes_from_text(by);
    sheet.post = PTN_BYTES_LITERAL("land");
    sheet.officer = PTN_BYTES_LITERAL("AH");
    sheet.direction = PTN_DIRECTION_ENTRY;
    sheet.outcome = PTN_OUTCOME_RECORDED;
    sheet.person.surname = PTN_BYTES_LITERAL("SPECIMEN");
    if (settles)
        sheet.crossing = some_id;
    return sheet;
}

static enum ptn_paper_next next_of(const struct ptn_paper *paper, unsigned sheet, const char *by)
{
    struct ptn_sheet before, other;

    return ptn_paper_may_key(paper, (struct ptn_serial){ 7, sheet }, ptn_bytes_from_text(by),
                             &before, &other);
}

/* PAPER-2. */
static void test_paper__two_people_then_a_third(void **state)
{
    struct ptn_paper *paper = with_pack(7);
    struct ptn_sheet sheet = keying(2, PTN_KEYING_FIRST, "a", false);

    (void)state;
    assert_int_equal(next_of(paper, 2, "a"), PTN_PAPER_FIRST);
    assert_true(ptn_ok(ptn_paper_sheet(paper, &sheet)));
    assert_int_equal(ptn_paper_sheet(paper, &sheet).code, PTN_C_BAD_INPUT);
    assert_int_equal(next_of(paper, 2, "a"), PTN_PAPER_SAME_PERSON);
    assert_int_equal(next_of(paper, 2, "b"), PTN_PAPER_SECOND);
    sheet = keying(2, PTN_KEYING_SECOND, "b", false);
    assert_true(ptn_ok(ptn_paper_sheet(paper, &sheet)));
    assert_int_equal(next_of(paper, 2, "a"), PTN_PAPER_SAME_PERSON);
    assert_int_equal(next_of(paper, 2, "b"), PTN_PAPER_SAME_PERSON);
    assert_int_equal(next_of(paper, 2, "c"), PTN_PAPER_THIRD);
    sheet = keying(2, PTN_KEYING_THIRD, "c", true);
    assert_true(ptn_ok(ptn_paper_sheet(paper, &sheet)));
    assert_int_equal(next_of(paper, 2, "d"), PTN_PAPER_SETTLED);
    ptn_paper_free(paper);
}

/* Somebody else's, or not of this sheet: not there. */
static void assert_not_before(const struct ptn_paper *paper, unsigned sheet, uint8_t id)
{
    struct ptn_paper_keyed keyed;

    assert_false(ptn_paper_keyed_before(paper, (struct ptn_serial){ 7, sheet },
                                        (struct ptn_record_id){ { id } }, &keyed));
}

static struct ptn_paper_keyed before(const struct ptn_paper *paper, unsigned sheet, uint8_t id)
{
    struct ptn_paper_keyed keyed = { .differ_count = 99 };

    assert_true(ptn_paper_keyed_before(paper, (struct ptn_serial){ 7, sheet },
                                       (struct ptn_record_id){ { id } }, &keyed));
    return keyed;
}

static void learn(struct ptn_paper *paper, struct ptn_sheet sheet, uint8_t id)
{
    sheet.id = (struct ptn_record_id){ { id } };
    assert_true(ptn_ok(ptn_paper_sheet(paper, &sheet)));
}

/* PAPER-4: what came of each keying is told, whatever came after it. */
static void test_paper__what_came_of_a_keying_is_known_by_its_id(void **state)
{
    struct ptn_paper *paper = with_pack(7);
    struct ptn_sheet other = keying(2, PTN_KEYING_SECOND, "b", false);
    struct ptn_paper_keyed keyed;

    (void)state;
    assert_not_before(paper, 1, 0);
    /* both the same */
    learn(paper, keying(1, PTN_KEYING_FIRST, "a", false), 11);
    learn(paper, keying(1, PTN_KEYING_SECOND, "b", true), 12);
    keyed = before(paper, 1, 11);
    assert_int_equal(keyed.turn, PTN_KEYING_FIRST);
    assert_true(ptn_record_id_is_none(keyed.crossing));
    assert_int_equal(keyed.differ_count, 0);
    keyed = before(paper, 1, 12);
    assert_int_equal(keyed.turn, PTN_KEYING_SECOND);
    assert_true(ptn_record_id_equal(keyed.crossing, some_id));
    assert_not_before(paper, 1, 13);
    assert_not_before(paper, 2, 11);
    assert_not_before(paper, 9999, 11);
    /* two that differ, and a third */
    other.direction = PTN_DIRECTION_EXIT;
    other.person.surname = PTN_BYTES_LITERAL("MUSTER");
    learn(paper, keying(2, PTN_KEYING_FIRST, "a", false), 21);
    learn(paper, other, 22);
    learn(paper, keying(2, PTN_KEYING_THIRD, "c", true), 23);
    assert_int_equal(before(paper, 2, 21).turn, PTN_KEYING_FIRST);
    keyed = before(paper, 2, 22);
    assert_int_equal(keyed.turn, PTN_KEYING_SECOND);
    assert_true(ptn_record_id_is_none(keyed.crossing));
    assert_int_equal(keyed.differ_count, 2);
    assert_string_equal(keyed.differs[0], "surname");
    assert_string_equal(keyed.differs[1], "direction");
    keyed = before(paper, 2, 23);
    assert_int_equal(keyed.turn, PTN_KEYING_THIRD);
    assert_true(ptn_record_id_equal(keyed.crossing, some_id));
    assert_int_equal(keyed.differ_count, 0);
    ptn_paper_free(paper);
}

/* PAPER-5: a pack is known by the id of its record, as it says. */
static void test_paper__a_pack_is_known_by_its_id(void **state)
{
    struct ptn_paper *paper = with_pack(7);
    struct ptn_pack other = { .id = { { 0x77 } },
                              .number = 9,
                              .sheets = 3,
                              .time_ms = INT64_C(1700000000000),
                              .expires = { 2026, 12, 1 },
                              .post = PTN_BYTES_LITERAL("p"),
                              .officer = PTN_BYTES_LITERAL("o"),
                              .check = PTN_BYTES_LITERAL("00112233aa") };
    struct ptn_paper_made made;

    (void)state;
    assert_false(ptn_paper_made_before(paper, other.id, &made));
    assert_true(ptn_ok(ptn_paper_pack(paper, &other)));
    assert_true(ptn_paper_made_before(paper, other.id, &made));
    assert_int_equal(made.number, 9);
    assert_int_equal(made.sheets, 3);
    assert_int_equal(made.time_ms, other.time_ms);
    assert_true(ptn_date_equal(made.expires, other.expires));
    assert_string_equal(made.check, "00112233aa");
    ptn_paper_free(paper);
}

static void test_paper__what_is_keyed_is_not_spoiled_and_what_is_lost_may_be_found(void **state)
{
    struct ptn_paper *paper = with_pack(7);
    struct ptn_sheet sheet = keying(2, PTN_KEYING_FIRST, "a", false);
    struct ptn_sheets_told told = { .pack = 7, .first = 3, .count = 1, .state = PTN_SHEETS_LOST };

    (void)state;
    assert_true(ptn_ok(ptn_paper_sheet(paper, &sheet)));
    assert_false(ptn_paper_may_tell(paper, 7, 1, SHEETS, PTN_SHEETS_UNUSED));
    assert_false(ptn_paper_may_tell(paper, 7, 3, SHEETS, PTN_SHEETS_UNUSED)); /* past the end */
    assert_true(ptn_ok(ptn_paper_told(paper, &told)));
    assert_int_equal(next_of(paper, 3, "a"), PTN_PAPER_FIRST);
    told.state = PTN_SHEETS_SPOILED;
    told.first = 4;
    assert_true(ptn_ok(ptn_paper_told(paper, &told)));
    assert_int_equal(next_of(paper, 4, "a"), PTN_PAPER_PUT_ASIDE);
    assert_false(ptn_paper_may_tell(paper, 7, 4, 1, PTN_SHEETS_LOST));
    assert_int_equal(next_of(paper, SHEETS + 1, "a"), PTN_PAPER_NO_PACK);
    assert_int_equal(ptn_paper_next_pack(paper), 8);
    ptn_paper_free(paper);
}

static void test_paper__an_account_names_every_open_sheet(void **state)
{
    struct ptn_paper *paper = with_pack(7);
    struct ptn_sheet sheet = keying(1, PTN_KEYING_FIRST, "a", false);
    struct ptn_sheets_told told = { .pack = 7, .first = 2, .count = 4, .state = PTN_SHEETS_UNUSED };
    struct ptn_buffer out = { .len_max = 1u << 16 };
    struct ptn_json json = { .out = &out };
    char serial[PTN_SERIAL_TEXT_SIZE];

    (void)state;
    assert_true(ptn_ok(ptn_paper_sheet(paper, &sheet)));
    sheet = keying(1, PTN_KEYING_SECOND, "b", true);
    assert_true(ptn_ok(ptn_paper_sheet(paper, &sheet)));
    assert_true(ptn_ok(ptn_paper_told(paper, &told)));
    assert_false(ptn_paper_accounted(paper));
    assert_true(ptn_ok(ptn_paper_write_json(paper, (struct ptn_date){ 2026, 9, 10 }, &json)));
    assert_true(ptn_ok(ptn_json_end(&json)));
    assert_true(ptn_ok(ptn_buffer_add(&out, PTN_BYTES_LITERAL("\0"))));
    assert_non_null(strstr((char *)out.at,
                           "\"accounted\":false,\"issued\":6,\"missing\":1,\"keyed-once\":0,"
                           "\"differs\":0,\"settled\":1,\"spoiled\":0,\"unused\":4,\"lost\":0"));
    assert_non_null(
        strstr((char *)out.at, ptn_serial_write((struct ptn_serial){ 7, SHEETS }, serial)));
    told.first = SHEETS;
    told.count = 1;
    told.state = PTN_SHEETS_LOST;
    assert_true(ptn_ok(ptn_paper_told(paper, &told)));
    assert_true(ptn_paper_accounted(paper));
    ptn_buffer_release(&out);
    ptn_paper_free(paper);
}

/* Of those who wait for another person: whom the lists ask about, then whose stay runs out soonest.
 */
static void test_paper__who_is_asked_about_is_keyed_next_then_whose_stay_runs_out(void **state)
{
    static const char wanted[] =
        "\"next\":["
        "{\"serial\":\"00007-005-35\",\"state\":\"differs\",\"because\":\"match\"},"
        "{\"serial\":\"00007-003-41\",\"state\":\"keyed-once\",\"because\":\"stay\"},"
        "{\"serial\":\"00007-002-44\",\"state\":\"keyed-once\",\"because\":\"stay\"},"
        "{\"serial\":\"00007-001-47\",\"state\":\"keyed-once\",\"because\":\"waits\"},"
        "{\"serial\":\"00007-004-38\",\"state\":\"keyed-once\",\"because\":\"waits\"}]";
    struct ptn_paper *paper = with_pack(7);
    struct ptn_buffer out = { .len_max = 1u << 16 };
    struct ptn_json json = { .out = &out };
    struct ptn_serial serial;
    struct ptn_bytes record;
    unsigned asked = 0;

    (void)state;
    for (unsigned i = 1; i < SHEETS; i++) {
        struct ptn_sheet sheet = keying(i, PTN_KEYING_FIRST, "a", false);

        if (i == 2) /* came earlier than the first */
            sheet.date = (struct ptn_date){ 2026, 6, 20 };
        if (i == 3) /* a document that runs out sooner still */
            sheet.person.document.expiry = (struct ptn_date){ 2026, 9, 12 };
        if (i == 4) { /* left: no stay runs */
            sheet.date = (struct ptn_date){ 2026, 6, 1 };
            sheet.direction = PTN_DIRECTION_EXIT;
        }
        assert_true(ptn_ok(ptn_paper_sheet(paper, &sheet)));
        sheet.turn = PTN_KEYING_SECOND;
        sheet.keyed_by = PTN_BYTES_LITERAL("b");
        sheet.outcome = PTN_OUTCOME_RECORDED;
        if (i == 5)
            assert_true(ptn_ok(ptn_paper_sheet(paper, &sheet)));
    }
    while (ptn_paper_unscreened(paper, 9, &serial, &record)) {
        struct ptn_sheet sheet;

        assert_true(ptn_ok(ptn_sheet_parse(record, &sheet, NULL)));
        assert_int_equal(sheet.number, serial.sheet);
        assert_int_equal(sheet.turn, PTN_KEYING_FIRST);
        ptn_paper_screened(paper, serial, 9, serial.sheet == 5);
        asked++;
    }
    assert_int_equal(asked, 5);
    assert_true(ptn_paper_unscreened(paper, 10, &serial, &record)); /* other lists: once more */
    assert_true(ptn_ok(ptn_paper_write_json(paper, (struct ptn_date){ 2026, 9, 10 }, &json)));
    assert_true(ptn_ok(ptn_json_end(&json)));
    assert_true(ptn_ok(ptn_buffer_add(&out, PTN_BYTES_LITERAL("\0"))));
    assert_non_null(strstr((char *)out.at, wanted));
    ptn_buffer_release(&out);
    ptn_paper_free(paper);
}

/* Whatever comes in whatever order, every sheet is counted once. PAPER-1. */
static void test_paper__issued_is_always_the_sum(void **state)
{
    struct ptn_world *world = ptn_world_seeded(16, 0);
    struct ptn_paper *paper = with_pack(7);
    static const char *const people[] = { "a", "b", "c" };

    (void)state;
    for (size_t i = 0; i < 20000; i++) {
        uint8_t dice[5];
        uint64_t counts[PTN_SHEET_STATE_COUNT], sum = 0;

        if (i % 200 == 0) {
            ptn_paper_free(paper);
            paper = with_pack(7);
        }
        world->random(world->context, dice, sizeof(dice));
        if (dice[0] % 3 == 0) {
            struct ptn_sheets_told told = { .pack = 7,
                                            .first = dice[1] % 8u,
                                            .count = dice[2] % 4u,
                                            .state = (enum ptn_sheets_state)(1 + dice[3] % 3) };

            (void)ptn_ok(ptn_paper_told(paper, &told));
        } else {
            enum ptn_keying turn = (enum ptn_keying)(1 + dice[1] % 3);
            struct ptn_sheet sheet =
                keying(dice[2] % 8u, turn, people[dice[3] % 3],
                       turn == PTN_KEYING_THIRD || (turn == PTN_KEYING_SECOND && dice[4] % 2 == 0));

            (void)ptn_ok(ptn_paper_sheet(paper, &sheet));
        }
        assert_int_equal(ptn_paper_count(paper, counts), 1);
        for (size_t s = 0; s < PTN_SHEET_STATE_COUNT; s++)
            sum += counts[s];
        assert_int_equal(sum, SHEETS);
    }
    ptn_paper_free(paper);
    ptn_world_seeded_free(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_paper__two_people_then_a_third),
        cmocka_unit_test(test_paper__what_came_of_a_keying_is_known_by_its_id),
        cmocka_unit_test(test_paper__a_pack_is_known_by_its_id),
        cmocka_unit_test(test_paper__what_is_keyed_is_not_spoiled_and_what_is_lost_may_be_found),
        cmocka_unit_test(test_paper__an_account_names_every_open_sheet),
        cmocka_unit_test(test_paper__who_is_asked_about_is_keyed_next_then_whose_stay_runs_out),
        cmocka_unit_test(test_paper__issued_is_always_the_sum),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
