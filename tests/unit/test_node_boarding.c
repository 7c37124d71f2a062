/* Goal: who may not board is whom a ban on entry keeps out on the day, known by the document and by
 * nothing else; and a table that is not what was pressed says nothing. */
#include "node/inbox_int.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "record/alert.h"

#define START_MS INT64_C(1795800000000) /* 2026-11-27 */
#define DAY_MS   INT64_C(86400000)

struct fixture {
    struct ptn_world *world;
    struct ptn_boarding_press *press;
    struct ptn_buffer file, note;
    struct ptn_boarding table;
    struct ptn_arena *arena;
    struct ptn_manifest *manifest;
    struct ptn_manifest_reader *reader;
};

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));

    fixture->world = ptn_world_seeded(1, START_MS);
    fixture->press = ptn_boarding_press_new(fixture->world, START_MS + DAY_MS);
    fixture->arena = ptn_arena_new((size_t)64 << 20);
    fixture->manifest = malloc(sizeof(*fixture->manifest));
    ptn_buffer_init(&fixture->file, PTN_BOARDING_FILE_MAX);
    ptn_buffer_init(&fixture->note, PTN_MESSAGE_BOARDING_MAX);
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    ptn_manifest_reader_free(fixture->reader);
    ptn_boarding_press_free(fixture->press);
    ptn_buffer_release(&fixture->file);
    ptn_buffer_release(&fixture->note);
    ptn_arena_free(fixture->arena);
    free(fixture->manifest);
    ptn_world_seeded_free(fixture->world);
    free(fixture);
    return 0;
}

static struct ptn_person person(const char *issuer, const char *number, struct ptn_date birth)
{
    struct ptn_person one = { .surname = PTN_BYTES_LITERAL("SPECIMEN"),
                              .birth = birth,
                              .document.number = ptn_bytes_from_text(number) };

    (void)snprintf(one.document.issuer, sizeof(one.document.issuer), "%s", issuer);
    return one;
}

/* An order of one person, whose ban holds from that deadline to that day. */
static size_t ban(struct fixture *fixture, uint8_t id, const struct ptn_person *one,
                  int64_t deadline_ms, struct ptn_date until)
{
    struct ptn_leave leave = {
        .id = { { id } }, .ban_until = until, .people = one, .people_count = 1
    };
    size_t left_out = 99;

    assert_true(ptn_ok(ptn_boarding_press_add(fixture->press, &leave, deadline_ms, &left_out)));
    return left_out;
}

static void press(struct fixture *fixture)
{
    ptn_buffer_clear(&fixture->file);
    assert_true(ptn_ok(ptn_boarding_press_write(fixture->press, &fixture->file)));
    assert_true(ptn_ok(ptn_boarding_parse(ptn_buffer_bytes(&fixture->file), &fixture->table)));
}

static const struct ptn_manifest *read_list(struct fixture *fixture, const char *text)
{
    ptn_manifest_reader_free(fixture->reader);
    fixture->reader = NULL;
    ptn_arena_clear(fixture->arena);
    assert_true(ptn_ok(ptn_manifest_reader_new(ptn_bytes_from_text(text), &fixture->reader, NULL)));
    assert_true(ptn_ok(ptn_manifest_next(fixture->reader, fixture->arena, fixture->manifest)));
    return fixture->manifest;
}

#define HEAD(function, common)                                                                     \
    "UNB+UNOA:4+UT+UTO+261127:0800+1++IAPI'UNH+1+PAXLST:D:05B:UN:IATA" common "'BGM+" function     \
    "'TDT+20+UT451+++UT'"
#define TAIL                          "UNT+9+1'UNZ+1+1'"
#define LIST(places, arrival, people) HEAD("745", "") places "DTM+232:" arrival ":201'" people TAIL
#define INTO                          "LOC+125+UTA'LOC+87+TIA'"
#define ON_28(people)                 LIST(INTO, "2611281230", people)
#define ONE(role, birth, nationality, documents)                                                   \
    "NAD+" role "+++SPECIMEN:ANA'DTM+329:" birth "'NAT+2+" nationality "'" documents
#define DOC(type, number, issuer) "DOC+" type "+" number "'LOC+91+" issuer "'"
#define LISTED                    ONE("FL", "800101", "UTO", DOC("P", "X1234", "UTO"))

/* What the one person of the list is told. */
static enum ptn_reply_answer told(struct fixture *fixture, const char *text)
{
    const struct ptn_manifest *manifest = read_list(fixture, text);
    uint8_t answer[1] = { 0 };

    ptn_buffer_clear(&fixture->note);
    assert_int_equal(manifest->person_count, 1);
    assert_true(ptn_boarding_is_asked(manifest, "ALB"));
    assert_true(ptn_ok(
        ptn_boarding_answer(&fixture->table, manifest, "ALB", START_MS, answer, &fixture->note)));
    return (enum ptn_reply_answer)answer[0];
}

#define BOARD      PTN_REPLY_PERSON_BOARD
#define NO_BOARD   PTN_REPLY_PERSON_NO_BOARD
#define INCOMPLETE PTN_REPLY_PERSON_BOARD_INCOMPLETE

/* GATEWAY-6 */
static void test_boarding__a_ban_stops_the_document_and_nobody_else(void **state)
{
    static const struct {
        const char *text;
        enum ptn_reply_answer answer;
    } cases[] = {
        { ON_28(LISTED), NO_BOARD },
        { LIST("LOC+125+UTA'LOC+87+ALTIA'", "2611281230", LISTED), NO_BOARD },
        /* the number is compared without what stands between */
        { ON_28(ONE("FL", "800101", "UTO", DOC("P", "x12-34", "uto"))), NO_BOARD },
        /* a second document, after a visa */
        { ON_28(ONE("FL", "800101", "UTO",
                    DOC("V", "X9", "UTO") DOC("I", "Q9", "UTO") DOC("P", "X1234", "UTO"))),
          NO_BOARD },
        /* three are asked */
        { ON_28(ONE("FL", "800101", "UTO",
                    DOC("P", "Q7", "UTO") DOC("I", "Q8", "UTO") DOC("I", "Q9", "UTO")
                        DOC("P", "X1234", "UTO"))),
          BOARD },
        { ON_28("NAD+FL+++OTHER:NAME'DTM+329:800101'" DOC("P", "X1234", "UTO")), NO_BOARD },
        /* the name alone is nobody */
        { ON_28(ONE("FL", "800101", "UTO", DOC("P", "X1235", "UTO"))), BOARD },
        { ON_28(ONE("FL", "800102", "UTO", DOC("P", "X1234", "UTO"))), BOARD },
        { ON_28(ONE("FL", "800101", "UTO", DOC("P", "X1234", "DEU"))), BOARD },
        { ON_28(ONE("FL", "800101", "UTO", DOC("V", "X1234", "UTO") DOC("P", "Q9", "UTO"))),
          BOARD },
        /* no ban keeps an own national out: DECIDE-4 */
        { ON_28(ONE("FL", "800101", "ALB", DOC("P", "X1234", "UTO"))), BOARD },
        { ON_28(ONE("DDU", "800101", "UTO", DOC("P", "X1234", "UTO"))), BOARD },
        /* the day of arrival: before the deadline, the last day, and the day after */
        { LIST(INTO, "2611251230", LISTED), BOARD },
        { LIST(INTO, "2612311230", LISTED), NO_BOARD },
        { LIST(INTO, "2701011230", LISTED), BOARD },
        { ON_28(ONE("FL", "800101", "UTO", "DOC+P'LOC+91+UTO'")), INCOMPLETE },
        { ON_28("NAD+FL+++SPECIMEN:ANA'" DOC("P", "X1234", "UTO")), INCOMPLETE },
        { ON_28(ONE("FL", "800101", "UTO", "DOC+P+X1234'")), INCOMPLETE },
        { ON_28(ONE("FL", "800101", "UTO", DOC("V", "X1234", "UTO"))), INCOMPLETE },
    };
    struct fixture *fixture = *state;
    struct ptn_person listed = person("UTO", "X 1234", (struct ptn_date){ 1980, 1, 1 });

    assert_int_equal(ban(fixture, 7, &listed, START_MS, (struct ptn_date){ 2026, 12, 31 }), 0);
    press(fixture);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        enum ptn_reply_answer answer = told(fixture, cases[i].text);

        if (answer != cases[i].answer)
            fail_msg("case %zu: %u", i, (unsigned)answer);
    }
}

static void test_boarding__what_is_recorded_names_nobody(void **state)
{
    struct fixture *fixture = *state;
    struct ptn_person listed = person("UTO", "X1234", (struct ptn_date){ 1980, 1, 1 });
    struct ptn_person second = person("UTO", "Q9", (struct ptn_date){ 1981, 2, 2 });
    const struct ptn_manifest *manifest;
    uint8_t answers[3];
    char text[PTN_MESSAGE_BOARDING_MAX + 1];

    assert_int_equal(ban(fixture, 0xab, &listed, START_MS, PTN_DATE_NONE), 0); /* for ever */
    assert_int_equal(ban(fixture, 0x01, &second, START_MS, (struct ptn_date){ 2020, 1, 1 }), 0);
    press(fixture);
    manifest = read_list(fixture, ON_28(ONE("FL", "810202", "UTO", DOC("P", "Q9", "UTO"))
                                            LISTED ONE("FL", "810202", "UTO", "")));
    assert_true(ptn_ok(
        ptn_boarding_answer(&fixture->table, manifest, "ALB", START_MS, answers, &fixture->note)));
    (void)snprintf(text, sizeof(text), "%.*s", (int)fixture->note.len,
                   (const char *)fixture->note.at);
    assert_int_equal(strncmp(text, "asked 3 board 1 no 1 incomplete 1 table ", 40), 0);
    assert_non_null(strstr(text, "\n2 no-board order.banned ab000000000000000000000000000000\n"));
    assert_null(strstr(text, "SPECIMEN"));
    assert_null(strstr(text, "X1234"));
    assert_null(memmem(fixture->file.at, fixture->file.len, "1234", 4)); /* nor does the table */
}

static void test_boarding__is_answered_to_lists_of_flights_that_come_in(void **state)
{
    static const char *const not_asked[] = {
        LIST("LOC+125+TIA'LOC+87+UTA'", "2611281230", LISTED),
        LIST("LOC+125+TIA'LOC+87+TIA'", "2611281230", LISTED),
        LIST("LOC+125+UTA'LOC+87+UTB'", "2611281230", LISTED),
        LIST("LOC+87+TIA'", "2611281230", LISTED),
        HEAD("250", "") INTO LISTED TAIL,
        HEAD("745+XR", "") INTO LISTED TAIL,
        HEAD("745", "+c+01:C") INTO LISTED TAIL,
        HEAD("745", "") INTO LISTED,
    };
    struct fixture *fixture = *state;

    for (size_t i = 0; i < sizeof(not_asked) / sizeof(not_asked[0]); i++)
        if (ptn_boarding_is_asked(read_list(fixture, not_asked[i]), "ALB"))
            fail_msg("case %zu", i);
    assert_true(ptn_boarding_is_asked(
        read_list(fixture, HEAD("745+CP", "+c+01:F") INTO LISTED TAIL), "ALB"));
}

static void test_boarding__a_person_without_a_document_is_counted_and_left_out(void **state)
{
    struct fixture *fixture = *state;
    struct ptn_person bad[] = {
        person("", "X1234", (struct ptn_date){ 1980, 1, 1 }),
        person("UTO", " - ", (struct ptn_date){ 1980, 1, 1 }),
        person("UTO", "X1234", (struct ptn_date){ 1980, 1, 0 }),
    };
    struct ptn_person good = person("UTO", "X1234", (struct ptn_date){ 1980, 1, 1 });

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_int_equal(ban(fixture, 1, &bad[i], START_MS, PTN_DATE_NONE), 1);
    press(fixture);
    assert_int_equal(fixture->table.count, 0);
    for (uint8_t id = 40; id > 0; id--) { /* the same order twice is one stop */
        assert_int_equal(ban(fixture, id, &good, START_MS, PTN_DATE_NONE), 0);
        assert_int_equal(ban(fixture, id, &good, START_MS, PTN_DATE_NONE), 0);
    }
    press(fixture);
    assert_int_equal(fixture->table.count, 40);
    assert_int_equal(told(fixture, ON_28(LISTED)), NO_BOARD);
}

static void test_boarding__a_table_that_was_changed_is_none(void **state)
{
    struct fixture *fixture = *state;
    struct ptn_person listed = person("UTO", "X1234", (struct ptn_date){ 1980, 1, 1 });
    struct ptn_boarding table;
    struct ptn_boarding_press *week;

    for (uint8_t id = 1; id < 4; id++)
        assert_int_equal(ban(fixture, id, &listed, START_MS, PTN_DATE_NONE), 0);
    press(fixture);
    assert_true(fixture->table.until_ms == START_MS + DAY_MS);
    for (size_t i = 0; i < fixture->file.len; i++) {
        fixture->file.at[i] ^= 1;
        assert_int_equal(ptn_boarding_parse(ptn_buffer_bytes(&fixture->file), &table).code,
                         PTN_C_BAD_INPUT);
        fixture->file.at[i] ^= 1;
        assert_int_equal(ptn_boarding_parse(ptn_bytes_of(fixture->file.at, i), &table).code,
                         PTN_C_BAD_INPUT);
    }
    assert_true(ptn_ok(ptn_boarding_parse(ptn_buffer_bytes(&fixture->file), &table)));
    week = ptn_boarding_press_new(fixture->world, START_MS + 7 * DAY_MS + 1);
    ptn_buffer_clear(&fixture->file);
    assert_true(ptn_ok(ptn_boarding_press_write(week, &fixture->file)));
    assert_int_equal(ptn_boarding_parse(ptn_buffer_bytes(&fixture->file), &table).code,
                     PTN_C_BAD_INPUT); /* longer than a table may be used */
    ptn_boarding_press_free(week);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_boarding__a_ban_stops_the_document_and_nobody_else,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_boarding__what_is_recorded_names_nobody, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_boarding__is_answered_to_lists_of_flights_that_come_in,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_boarding__a_person_without_a_document_is_counted_and_left_out, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_boarding__a_table_that_was_changed_is_none, set_up,
                                        tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
