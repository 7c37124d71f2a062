/* Goal: who may not board is whom a ban on entry, a refusal or a register keeps out on the day,
 * known by the document and by nothing else, and told where the carrier is told of it; and a table
 * that is not what was pressed says nothing. */
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
    unsigned sources; /* that the carrier is told of */
    struct ptn_arena *arena;
    struct ptn_manifest *manifest;
    struct ptn_manifest_reader *reader;
};

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));

    fixture->world = ptn_world_seeded(1, START_MS);
    fixture->press = ptn_boarding_press_new(
        fixture->world,
        &(struct ptn_boarding_plan){ START_MS + DAY_MS, PTN_BOARDING_BANS, PTN_BYTES_NONE, NULL });
    fixture->sources = PTN_BOARDING_BANS;
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
        ptn_boarding_answer(&(struct ptn_boarding_ask){ &fixture->table, fixture->sources, "ALB" },
                            manifest, START_MS, answer, &fixture->note, NULL, NULL)));
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
        ptn_boarding_answer(&(struct ptn_boarding_ask){ &fixture->table, fixture->sources, "ALB" },
                            manifest, START_MS, answers, &fixture->note, NULL, NULL)));
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
    week = ptn_boarding_press_new(
        fixture->world, &(struct ptn_boarding_plan){ START_MS + 7 * DAY_MS + 1, PTN_BOARDING_BANS,
                                                     PTN_BYTES_NONE, NULL });
    ptn_buffer_clear(&fixture->file);
    assert_true(ptn_ok(ptn_boarding_press_write(week, &fixture->file)));
    assert_int_equal(ptn_boarding_parse(ptn_buffer_bytes(&fixture->file), &table).code,
                     PTN_C_BAD_INPUT); /* longer than a table may be used */
    ptn_boarding_press_free(week);
}

/* ---- alerts and documents ---- */

/* A press of more than bans takes the place of the fixture's. */
static void press_anew(struct fixture *fixture, unsigned sources, const char *carrier)
{
    const struct ptn_boarding_plan plan = { START_MS + DAY_MS, sources,
                                            ptn_bytes_from_text(carrier), NULL };

    ptn_boarding_press_free(fixture->press);
    fixture->press = ptn_boarding_press_new(fixture->world, &plan);
    assert_non_null(fixture->press);
}

static size_t alert(struct fixture *fixture, uint8_t id, enum ptn_alert_action action,
                    const struct ptn_person *one)
{
    const struct ptn_alert said = { .id = { { id } },
                                    .action = action,
                                    .from = { 2026, 11, 28 },
                                    .until = { 2026, 12, 31 },
                                    .identities = one,
                                    .identity_count = 1 };
    size_t left_out = 99;

    assert_true(ptn_ok(ptn_boarding_press_alert(fixture->press, &said, &left_out)));
    return left_out;
}

static const struct ptn_record_id stolen_list = { { 0xee } };

/* GATEWAY-6 */
static void test_boarding__a_refusal_stops_where_the_carrier_is_told_of_alerts(void **state)
{
    struct fixture *fixture = *state;
    struct ptn_person refused = person("UTO", "X1234", (struct ptn_date){ 1980, 1, 1 });
    struct ptn_person nameless = person("", "", (struct ptn_date){ 1980, 1, 1 });

    press_anew(fixture, PTN_BOARDING_BANS | PTN_BOARDING_ALERTS, "");
    assert_int_equal(alert(fixture, 9, PTN_ALERT_REFUSE, &refused), 0);
    assert_int_equal(alert(fixture, 8, PTN_ALERT_REFUSE, &nameless), 1);
    press(fixture);
    assert_int_equal(fixture->table.count, 1);
    assert_int_equal(told(fixture, ON_28(LISTED)), BOARD); /* told of bans alone, as ever */
    fixture->sources = PTN_BOARDING_DOCUMENTS;
    assert_int_equal(told(fixture, ON_28(LISTED)), BOARD);
    fixture->sources = PTN_BOARDING_SOURCES;
    assert_int_equal(told(fixture, ON_28(LISTED)), NO_BOARD);
    assert_non_null(memmem(fixture->note.at, fixture->note.len,
                           "told bans,alerts\n1 no-board match.refuse 0900", 44));
    assert_int_equal(told(fixture, ON_28(ONE("FL", "800101", "ALB", DOC("P", "X1234", "UTO")))),
                     BOARD); /* DECIDE-4 */
    assert_int_equal(told(fixture, ON_28(ONE("FL", "800102", "UTO", DOC("P", "X1234", "UTO")))),
                     BOARD);
    /* the day before its first, its last, and the day after */
    assert_int_equal(told(fixture, LIST(INTO, "2611271230", LISTED)), BOARD);
    assert_int_equal(told(fixture, LIST(INTO, "2612311230", LISTED)), NO_BOARD);
    assert_int_equal(told(fixture, LIST(INTO, "2701011230", LISTED)), BOARD);
}

/* GATEWAY-6, DECIDE-6: whatever else an alert asks for, the table of who is under it and that of
 * who is under none have the same rows: their answers cannot differ in a byte, nor in time. */
static void test_boarding__whoever_is_only_looked_at_leaves_no_trace_in_a_table(void **state)
{
    struct fixture *fixture = *state;
    struct ptn_person watched = person("UTO", "X1234", (struct ptn_date){ 1980, 1, 1 });

    press_anew(fixture, PTN_BOARDING_SOURCES, "");
    for (int action = PTN_ALERT_INFORM; action <= PTN_ALERT_SEIZE; action++)
        if (action != PTN_ALERT_REFUSE)
            assert_int_equal(alert(fixture, 9, (enum ptn_alert_action)action, &watched), 0);
    press(fixture);
    assert_int_equal(fixture->table.count, 0);
    fixture->sources = PTN_BOARDING_SOURCES;
    assert_int_equal(told(fixture, ON_28(LISTED)), BOARD);
}

static void test_boarding__a_stolen_document_stops_whoever_shows_it(void **state)
{
    struct fixture *fixture = *state;

    press_anew(fixture, PTN_BOARDING_DOCUMENTS, "");
    assert_true(ptn_ok(ptn_boarding_press_document(fixture->press, stolen_list, "UTO",
                                                   PTN_BYTES_LITERAL("X 1234"))));
    assert_int_equal(
        ptn_boarding_press_document(fixture->press, stolen_list, "", PTN_BYTES_LITERAL("X1235"))
            .code,
        PTN_C_NOT_FOUND);
    press(fixture);
    fixture->sources = PTN_BOARDING_SOURCES;
    assert_int_equal(told(fixture, ON_28(LISTED)), NO_BOARD);
    assert_non_null(memmem(fixture->note.at, fixture->note.len, "1 no-board match.seize ee00", 27));
    assert_int_equal(told(fixture, ON_28(ONE("FL", "991231", "UTO", DOC("I", "x1234", "UTO")))),
                     NO_BOARD);
    assert_int_equal(told(fixture, ON_28("NAD+FL+++SPECIMEN:ANA'" DOC("P", "X1234", "UTO"))),
                     NO_BOARD);
    assert_int_equal(told(fixture, ON_28(ONE("FL", "800101", "UTO", DOC("P", "X1234", "DEU")))),
                     BOARD);
    /* whoever comes home is looked at there */
    assert_int_equal(told(fixture, ON_28(ONE("FL", "800101", "ALB", DOC("P", "X1234", "UTO")))),
                     BOARD);
    fixture->sources = PTN_BOARDING_BANS | PTN_BOARDING_ALERTS;
    assert_int_equal(told(fixture, ON_28(LISTED)), BOARD);
}

static void test_boarding__a_table_of_bans_is_written_as_ever(void **state)
{
    struct fixture *fixture = *state;
    struct ptn_person listed = person("UTO", "X1234", (struct ptn_date){ 1980, 1, 1 });
    struct ptn_boarding table;

    assert_int_equal(ban(fixture, 7, &listed, START_MS, PTN_DATE_NONE), 0);
    press(fixture);
    assert_memory_equal(fixture->file.at, "postern.boarding/v1\n", 20);
    assert_int_equal(fixture->file.len, 20 + 8 + 8 + 32 + 4 + 40 + 32);
    assert_int_equal(fixture->table.sources, PTN_BOARDING_BANS);
    fixture->sources = PTN_BOARDING_SOURCES; /* told of more than it has: by what it has */
    assert_int_equal(told(fixture, ON_28(LISTED)), NO_BOARD);

    press_anew(fixture, PTN_BOARDING_SOURCES, "UT");
    for (uint8_t id = 1; id < 4; id++)
        assert_int_equal(ban(fixture, id, &listed, START_MS, PTN_DATE_NONE), 0);
    press(fixture);
    assert_memory_equal(fixture->file.at, "postern.boarding/v2\n", 20);
    assert_int_equal(fixture->table.count, 3);
    assert_string_equal(fixture->table.carrier, "UT");
    for (size_t i = 0; i < fixture->file.len; i++) {
        fixture->file.at[i] ^= 1;
        assert_int_equal(ptn_boarding_parse(ptn_buffer_bytes(&fixture->file), &table).code,
                         PTN_C_BAD_INPUT);
        fixture->file.at[i] ^= 1;
        assert_int_equal(ptn_boarding_parse(ptn_bytes_of(fixture->file.at, i), &table).code,
                         PTN_C_BAD_INPUT);
    }
}

/* A table whose digest is good and that says what none can. */
static void test_boarding__a_table_that_says_what_none_can_is_refused(void **state)
{
    static const struct {
        size_t at;
        uint8_t byte;
    } wrong[] = { { 83, 1 },        /* behind a NUL of the carrier's code */
                  { 87, 8 },        /* a source that is none */
                  { 87, 0 },        /* none at all */
                  { 87, 2 },        /* made of other sources than its row is */
                  { 92 + 40, 3 },   /* two sources of one row */
                  { 92 + 40, 0 },   /* none */
                  { 92 + 43, 1 } }; /* and what follows it */
    struct fixture *fixture = *state;
    struct ptn_person listed = person("UTO", "X1234", (struct ptn_date){ 1980, 1, 1 });
    struct ptn_boarding table;

    press_anew(fixture, PTN_BOARDING_BANS | PTN_BOARDING_ALERTS, "UT");
    assert_int_equal(ban(fixture, 1, &listed, START_MS, PTN_DATE_NONE), 0);
    press(fixture);
    assert_int_equal(fixture->file.len, 92 + 44 + 32);
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        uint8_t file[92 + 44 + 32];
        const struct ptn_bytes covered = ptn_bytes_of(file, 92 + 44);

        memcpy(file, fixture->file.at, sizeof(file));
        file[wrong[i].at] = wrong[i].byte;
        assert_true(ptn_ok(ptn_sha256(&covered, 1, file + 92 + 44)));
        if (ptn_boarding_parse(ptn_bytes_of(file, sizeof(file)), &table).code != PTN_C_BAD_INPUT)
            fail_msg("case %zu", i);
    }
}

static void test_boarding__sources_are_words_each_once(void **state)
{
    static const char *const none[] = { "",      ",",           "bans,",
                                        ",bans", "bans,bans",   "Bans",
                                        "ban",   "bans alerts", "bans,alerts,documents,bans" };
    char text[PTN_BOARDING_WORDS_SIZE];
    unsigned sources = 99;

    (void)state;
    for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
        if (ptn_boarding_sources_read(ptn_bytes_from_text(none[i]), &sources) || sources != 99)
            fail_msg("case %zu", i);
    for (unsigned every = 1; every <= PTN_BOARDING_SOURCES; every++) {
        assert_true(ptn_boarding_sources_read(
            ptn_bytes_from_text(ptn_boarding_sources_write(every, text)), &sources));
        assert_int_equal(sources, every);
    }
    assert_string_equal(text, "bans,alerts,documents");
    assert_true(ptn_boarding_sources_read(PTN_BYTES_LITERAL("documents,bans"), &sources));
    assert_int_equal(sources, PTN_BOARDING_BANS | PTN_BOARDING_DOCUMENTS);
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
        cmocka_unit_test_setup_teardown(
            test_boarding__a_refusal_stops_where_the_carrier_is_told_of_alerts, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_boarding__whoever_is_only_looked_at_leaves_no_trace_in_a_table, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_boarding__a_stolen_document_stops_whoever_shows_it,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_boarding__a_table_of_bans_is_written_as_ever, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_boarding__a_table_that_says_what_none_can_is_refused,
                                        set_up, tear_down),
        cmocka_unit_test(test_boarding__sources_are_words_each_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
