/* Goal: what real files get wrong is said and survived; nothing is lost; a message without its end
 * is never accepted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "message/manifest.h"

#define ARENA_MAX (4u << 20)
#define HEAD      "UNB+UNOA:4+UT+POSTERN+260901:0800+42'UNH+M1+PAXLST:D:05B:UN:IATA'BGM+745'"
#define FLIGHT                                                                                     \
    "TDT+20+UT0451+++UT'LOC+125+UTA'DTM+189:2609011015:201'LOC+87+TIA'DTM+232:2609011230:201'"
#define TAIL(n) "UNT+" n "+M1'UNZ+1+42'"

/* One interchange being read. */
struct world {
    struct ptn_arena *arena;
    struct ptn_manifest *manifest;
    struct ptn_manifest_reader *reader;
};

static int set_up(void **state)
{
    struct world *world = calloc(1, sizeof(*world));

    world->arena = ptn_arena_new(ARENA_MAX);
    world->manifest = malloc(sizeof(*world->manifest));
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;

    ptn_manifest_reader_free(world->reader);
    free(world->manifest);
    ptn_arena_free(world->arena);
    free(world);
    return 0;
}

/* Open the text (which must outlive the reading) and read its first message. */
static struct ptn_manifest *read_first(struct world *world, struct ptn_bytes text)
{
    ptn_manifest_reader_free(world->reader);
    world->reader = NULL;
    ptn_arena_clear(world->arena);
    assert_true(ptn_ok(ptn_manifest_reader_new(text, &world->reader, NULL)));
    assert_true(ptn_ok(ptn_manifest_next(world->reader, world->arena, world->manifest)));
    return world->manifest;
}

static struct ptn_manifest *read_text(struct world *world, const char *text)
{
    return read_first(world, ptn_bytes_from_text(text));
}

static bool has_note(const struct ptn_manifest *manifest, const char *code)
{
    for (size_t i = 0; i < manifest->note_count; i++)
        if (strcmp(manifest->notes[i].code, code) == 0)
            return true;
    return false;
}

static void assert_text(struct ptn_bytes view, const char *text)
{
    assert_true(ptn_bytes_is(view, text));
}

static void test_manifest__a_right_message_is_accepted_whole(void **state)
{
    struct ptn_manifest *m = read_text(
        *state, HEAD FLIGHT "NAD+FL+++SPECIMEN:ANNA:MARIA'ATT+2++F'DTM+329:740812'NAT+2+UTO'"
                            "RFF+AVF:BOOK01'RFF+ABO:A1'DOC+P+L898902C3'DTM+36:320415'LOC+91+UTO'"
                            "CNT+42:1'" TAIL("18"));
    const struct ptn_manifest_person *p = m->people;

    assert_int_equal(m->type, PTN_MANIFEST_PAXLST);
    assert_int_equal(m->note_count, 0);
    assert_int_equal(m->verdict, PTN_MANIFEST_ACCEPTED);
    assert_int_equal(m->flight_count, 1);
    assert_text(m->flights[0].carrier, "UT");
    assert_text(m->flights[0].number, "451");
    assert_text(m->flights[0].from, "UTA");
    assert_text(m->flights[0].to, "TIA");
    assert_int_equal(m->flights[0].arrival.hour, 12);
    assert_int_equal(m->flights[0].arrival.minute, 30);
    assert_int_equal(m->person_count, 1);
    assert_text(p->surname, "SPECIMEN");
    assert_text(p->given, "ANNA");
    assert_text(p->second, "MARIA");
    assert_true(ptn_date_equal(p->birth, (struct ptn_date){ 1974, 8, 12 }));
    assert_text(p->documents->number, "L898902C3");
    assert_true(ptn_date_equal(p->documents->expiry, (struct ptn_date){ 2032, 4, 15 }));
    assert_text(p->documents->issuer, "UTO");
}

static void test_manifest__every_oddity_has_its_note_and_loses_nothing(void **state)
{
    static const struct {
        const char *text;
        const char *note;
    } odd[] = {
        { HEAD FLIGHT "NAD+FL+++A:B'" TAIL("12"), "unt-count" },
        { HEAD FLIGHT "NAD+FL+++A:B'UNT+9+OTHER'UNZ+1+42'", "unt-reference" },
        { HEAD FLIGHT "NAD+FL+++A:B'UNT+9+M1'UNZ+1+43'", "unz-reference" },
        { HEAD FLIGHT "NAD+FL+++A:B'UNT+9+M1'UNZ+7+42'", "unz-count" },
        { HEAD FLIGHT "NAD+FL+++A:B'UNT+9+M1'", "unz-missing" },
        { HEAD FLIGHT "NAD+FL+++A:B'CNT+42:3'" TAIL("10"), "count-people" },
        { HEAD FLIGHT "NAD +FL+++A:B'" TAIL("9"), "blank-in-tag" },
        { HEAD FLIGHT "NAD+FL+++A:B'DTM+329:991332'" TAIL("10"), "date" },
        { HEAD FLIGHT "NAD+FL+++A\xff:B'" TAIL("9"), "not-text" },
        { HEAD FLIGHT "NAD+FL+++A:B'" TAIL("9") "13Nov09", "junk" },
        { HEAD "TDT+20+UT1'LOC+125+UTA'NAD+FL+++A:B'" TAIL("6"), "flight-half" },
        { HEAD "TDT+20+KL451+++UT'LOC+125+UTA'LOC+87+TIA'NAD+FL+++A:B'" TAIL("7"),
          "flight-carrier" },
        { HEAD FLIGHT "NAD+FL+++:B'" TAIL("9"), "person-name" },
        { "UNA:+.'" HEAD FLIGHT "NAD+FL+++A:B'" TAIL("9"), "una" },
        { HEAD FLIGHT "NAD+FL+++A:B\xe2\x80\x99" TAIL("9"), "quote" },
    };

    for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
        struct ptn_manifest *m = read_text(*state, odd[i].text);

        assert_int_equal(m->verdict, PTN_MANIFEST_ACCEPTED_WITH_NOTES);
        assert_true(has_note(m, odd[i].note));
        assert_int_equal(m->person_count, 1);
        assert_int_equal(m->flight_count, 1);
    }
}

static void test_manifest__data_survives_line_breaks_and_releases(void **state)
{
    struct ptn_manifest *m = read_text(*state, HEAD FLIGHT "NAD+FL+++VANDENBE\r\nRG:O?'NE?+?:?"
                                                           "?'" TAIL("9"));

    assert_text(m->people->surname, "VANDENBERG");
    assert_text(m->people->given, "O'NE+:?");
    assert_int_equal(m->verdict, PTN_MANIFEST_ACCEPTED);
}

static void test_manifest__other_service_characters_and_a_teletype_envelope(void **state)
{
    struct ptn_manifest *m = read_text(
        *state, "QK UTAPPXS\r\n.UTAXS 010926\r\n\x02"
                "UNA:*.? $\r\nUNB*UNOA:4*UT*POSTERN*260901:0800*42$"
                "UNH*M1*PAXLST:D:05B:UN:IATA$NAD*FL***SPECIMEN:A+B$UNT*3*M1$UNZ*1*42$\x03rest");

    assert_text(m->people->given, "A+B");
    assert_int_equal(m->note_count, 0);
}

static void test_manifest__two_places_of_one_transport_are_one_sector(void **state)
{
    static const char *const forms[] = {
        HEAD
        "TDT+20+UT250+++UT'LOC+92+AAA'LOC+92+BBB'TDT+20+UT250+++UT'LOC+125+BBB'LOC+87+CCC'" TAIL(
            "9"),
        HEAD "TDT+20+UT250+++UT'LOC+92+AAA'LOC+92+BBB'LOC+125+BBB'LOC+87+CCC'" TAIL("8"),
    };

    for (size_t i = 0; i < 2; i++) {
        struct ptn_manifest *m = read_text(*state, forms[i]);

        assert_int_equal(m->flight_count, 2);
        assert_text(m->flights[0].from, "AAA");
        assert_text(m->flights[0].to, "BBB");
        assert_text(m->flights[1].from, "BBB");
        assert_text(m->flights[1].to, "CCC");
        assert_int_equal(m->note_count, 0);
    }
}

static void test_manifest__the_century_of_a_birth_is_the_messages_not_the_readers(void **state)
{
    static const struct {
        const char *birth;
        struct ptn_date date;
    } births[] = {
        { "260901", { 2026, 9, 1 } },  { "260902", { 1926, 9, 2 } },
        { "740812", { 1974, 8, 12 } }, { "19740812", { 1974, 8, 12 } },
        { "740800", { 1974, 8, 0 } },  { "740000", { 1974, 0, 0 } },
        { "000000", { 0, 0, 0 } },
    };

    for (size_t i = 0; i < sizeof(births) / sizeof(births[0]); i++) {
        char text[256];
        struct ptn_manifest *m;

        (void)snprintf(text, sizeof(text), HEAD "NAD+FL+++A:B'DTM+329:%s'" TAIL("5"),
                       births[i].birth);
        m = read_text(*state, text);
        assert_true(ptn_date_equal(m->people->birth, births[i].date));
    }
}

static void test_manifest__check_ins_and_history_are_no_further_people(void **state)
{
    struct ptn_manifest *m = read_text(
        *state, "UNB+IATA:1+UT++260901:0800+77'UNH+1+PNRGOV:11:1:IA'MSG+:22'TVL+010926:1015:1230+"
                "UTA+TIA+UT+0451'"
                "EQN+2'SRC'RCI+UT:BOOK02'TIF+SPECIMEN+LEA MS:A:1'TIF+SPECIMEN+JON MR:A:2'"
                "SSR+DOCS:HK:1:UT:::::/P/UTO/X2/UTO/02JAN90/M/03FEB30/SPECIMEN/JON+::2'"
                "TVL+010926:1015::1230+UTA+TIA+UT+451:Y'TRI++1:::1'TIF+SPECIMEN+LEA MS:A:1'"
                "SSR+DOCS:HK:1:UT:::::/P/UTO/X1/UTO/02JAN91/F/03FEB30/SPECIMEN/LEA'"
                "FOP+CC::1.00:VI:4000000000000002:0930'ABI+1'SAC'TIF+GONE+BEFORE:A:9'"
                "SRC'TIF+SPECIMEN+ANA:A:1'UNT+20+1'UNZ+1+77'");

    assert_int_equal(m->person_count, 3);
    assert_text(m->people->given, "LEA MS");
    assert_text(m->people->documents->number, "X1");
    assert_text(m->people->next->documents->number, "X2");
    assert_null(m->people->next->documents->next);
    assert_text(m->people->next->next->given, "ANA");
    assert_int_equal(m->flights[0].departure.date.day, 1);
    assert_int_equal(m->flights[0].departure.date.month, 9);
    assert_int_equal(m->flights[0].arrival.hour, 12);
    assert_int_equal(m->verdict, PTN_MANIFEST_ACCEPTED);
}

#define PUSH                                                                                       \
    "UNB+IATA:1+UT++260901:0800+77'UNH+1+PNRGOV:11:1:IA'MSG+:22'"                                  \
    "TVL+010926:1015:1230+UTA+TIA+UT+0451'EQN+1'SRC'RCI+UT:BOOK02'"

/* IATA-PNRGOV: the gender FI or MI in DOCS is an infant's, and the reference is that of the adult.
 */
static void test_manifest__an_infants_document_is_the_infants(void **state)
{
    static const struct {
        const char *text;
        const char *adult, *infant; /* document numbers; NULL: none */
        uint16_t adult_year, infant_year;
    } cases[] = {
        /* both at the flight, both with the adult's reference */
        { PUSH "TIF+SPECIMEN:I+LEA MS:A:2:1'TIF+SPECIMEN:I+ANA:IN:3'TVL+010926:1015::1230+UTA+TIA+"
               "UT+451:Y'SSR+DOCS:HK:1:UT:::UTA:TIA:/P/UTO/X2/UTO/20SEP25/FI/25OCT30/SPECIMEN/"
               "ANA ROSE/+::2'SSR+DOCS:HK:1:UT:::UTA:TIA:/P/UTO/X1/UTO/01JUL90/F/12NOV32/SPECIMEN/"
               "LEA/+::2'UNT+11+1'UNZ+1+77'",
          "X1", "X2", 1990, 2025 },
        /* at the name of the adult, before the infant is named, and once more at the flight */
        { PUSH "TIF+SPECIMEN:I+LEA MS:A:2:1'"
               "SSR+DOCS:HK:1:UT:::::/P/UTO/X2/UTO/20SEP25/MI/25OCT30/SPECIMEN/ANA ROSE/'"
               "SSR+DOCS:HK:1:UT:::::/P/UTO/X1/UTO/01JUL90/F/12NOV32/SPECIMEN/LEA/'"
               "TIF+SPECIMEN:I+ANA:IN:3'TVL+010926:1015::1230+UTA+TIA+UT+451:Y'"
               "SSR+DOCS:HK:1:UT:::UTA:TIA:/P/UTO/X2/UTO/20SEP25/MI/25OCT30/SPECIMEN/ANA ROSE/+::2'"
               "UNT+12+1'UNZ+1+77'",
          "X1", "X2", 1990, 2025 },
        /* no TIF: the number is kept, the adult's birth is not the infant's */
        { PUSH "TIF+SPECIMEN:I+LEA MS:A:2:1'"
               "SSR+DOCS:HK:1:UT:::::/P/UTO/X2/UTO/20SEP25/FI/25OCT30/SPECIMEN/ANA/'UNT+8+1'"
               "UNZ+1+77'",
          "X2", NULL, 0, 0 },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct ptn_manifest *m = read_text(*state, cases[i].text);
        const struct ptn_manifest_person *adult = m->people, *infant = adult->next;

        assert_text(adult->given, "LEA MS");
        assert_text(adult->documents->number, cases[i].adult);
        assert_null(adult->documents->next);
        assert_int_equal(adult->birth.year, cases[i].adult_year);
        assert_int_equal(m->person_count, cases[i].infant == NULL ? 1 : 2);
        if (cases[i].infant == NULL)
            continue;
        assert_text(infant->documents->number, cases[i].infant);
        assert_null(infant->documents->next);
        assert_int_equal(infant->birth.year, cases[i].infant_year);
    }
}

static void test_manifest__a_visa_of_a_booking_is_a_document(void **state)
{
    struct ptn_manifest *m =
        read_text(*state, PUSH "TIF+SPECIMEN+LEA MS:A:1+JON MR:A:2'"
                               "SSR+DOCO:HK:1:UT:::::UTAVILLE/V/V77/UTOPOLIS/14MAR25/ALB+::2'"
                               "SSR+DOCO:HK:1:UT:::::/K/998877///ALB+::1'UNT+9+1'UNZ+1+77'");
    const struct ptn_manifest_person *second = m->people->next;

    assert_int_equal(m->person_count, 2); /* one TIF, two people of one surname */
    assert_null(m->people->documents);    /* a known traveller's number is no document */
    assert_text(second->given, "JON MR");
    assert_text(second->birth_place, "UTAVILLE");
    assert_text(second->documents->type, "V");
    assert_text(second->documents->number, "V77");
    assert_text(second->documents->issuer, "ALB");
}

static void test_manifest__a_persons_own_places_and_position(void **state)
{
    struct ptn_manifest *m =
        read_text(*state, HEAD FLIGHT "NAD+FM+++SPECIMEN:ANNA'LOC+22+TIA'LOC+178+UTA'LOC+179+TIA'"
                                      "LOC+180+:::UTAVILLE'EMP+1+CR1:110:111'DOC+P+X1'LOC+91+UTO'"
                                      "NAD+FL+++SPECIMEN:JON'LOC+180+UTO'" TAIL("16"));
    const struct ptn_manifest_person *p = m->people;

    assert_int_equal(m->flight_count, 1);
    assert_text(p->embark, "UTA");
    assert_text(p->debark, "TIA");
    assert_text(p->birth_place, "UTAVILLE");
    assert_text(p->rank, "CR1");
    assert_text(p->documents->issuer, "UTO");
    assert_text(p->next->birth_place, "UTO");
    assert_int_equal(p->next->embark.len, 0);
}

/* PAXLST:001:000 with places as some write them: 5 and 8, and PT between. */
static void test_manifest__the_older_us_form_has_ports_on_the_way(void **state)
{
    struct ptn_manifest *m =
        read_text(*state, "UNB+UNOA:1+UT+P+260901:0800+42'UNH+1+PAXLST:001:000:NZ+UT451'TDT++UT451+"
                          "40+UT'LOC+5+UTA:50'DTM+136+260901+1015'LOC+PT+UTB:50'DTM+132+260901+1130"
                          "'DTM+136+260901+1200'LOC+8+TIA:50'DTM+132+260901+1330'UNS+D'"
                          "PDT+P/X1:300701:UT+SPECIMEN:LEA::901230'UNT+12+1'UNZ+1+42'");

    assert_int_equal(m->flight_count, 2);
    assert_text(m->flights[0].from, "UTA");
    assert_text(m->flights[0].to, "UTB");
    assert_int_equal(m->flights[0].departure.hour, 10);
    assert_int_equal(m->flights[0].arrival.hour, 11);
    assert_text(m->flights[1].from, "UTB");
    assert_text(m->flights[1].to, "TIA");
    assert_int_equal(m->flights[1].departure.hour, 12);
    assert_int_equal(m->flights[1].arrival.hour, 13);
    assert_int_equal(m->people->role, PTN_MANIFEST_PASSENGER); /* nothing says crew */
    assert_int_equal(m->note_count, 0);
}

static void test_manifest__an_answer_is_read_by_person(void **state)
{
    struct ptn_manifest *m = read_text(
        *state, "UNB+UNOA:4+POSTERN+UT+260901:0801+43'UNH+C1+CUSRES:D:05B:UN:IATA'BGM+962'RFF+TN:"
                "TX1'RFF+AF:UT451'"
                "LOC+125+UTA'LOC+87+TIA'ERP+2'RFF+AVF:B1'RFF+ABO:A1'ERC+0Z'FTX+AAP+++OK TO BOARD'"
                "ERP+2'RFF+ABO:A2'ERC+1Z'UNT+15+C1'UNZ+1+43'");

    assert_int_equal(m->result_count, 2);
    assert_text(m->results->passenger, "A1");
    assert_text(m->results->code, "0Z");
    assert_text(m->results->text, "OK TO BOARD");
    assert_text(m->results->next->passenger, "A2");
    assert_text(m->results->next->code, "1Z");
    assert_int_equal(m->note_count, 0);
}

static void test_manifest__prints_every_field_and_leaves_empty_ones_out(void **state)
{
    static const struct {
        const char *text, *json;
    } prints[] = {
        { HEAD FLIGHT
          "NAD+FM+++SPECIMEN:ANNA:MARIA'ATT+2++F'DTM+329:740800'NAT+2+UTO'RFF+AVF:B1'RFF+ABO:A1'"
          "DOC+P+L898902C3'DTM+36:320415'LOC+91+UTO'DOC++'NAD+DDU+++X'" TAIL("19"),
          "{\"file\":\"f\",\"type\":\"PAXLST\",\"verdict\":\"accepted\",\"function\":\"745\","
          "\"flights\":[{\"carrier\":\"UT\","
          "\"number\":\"451\",\"from\":\"UTA\",\"to\":\"TIA\",\"departure\":\"2026-09-01T10:15\","
          "\"arrival\":\"2026-09-01T12:30\"}],"
          "\"people\":[{\"role\":\"crew\",\"surname\":\"SPECIMEN\",\"given\":\"ANNA\",\"second\":"
          "\"MARIA\",\"birth\":\"1974-08-XX\","
          "\"sex\":\"F\",\"nationality\":\"UTO\",\"reference\":\"A1\",\"booking\":\"B1\","
          "\"documents\":[{\"type\":\"P\",\"number\":"
          "\"L898902C3\",\"issuer\":\"UTO\",\"expiry\":\"2032-04-15\"},{}]},{\"role\":\"transit\","
          "\"surname\":\"X\"}]}" },
        { "UNB+UNOA:4+P+U+260901:0801+43'UNH+C1+CUSRES:D:05B'BGM+962'RFF+TN:T'ERP+2'RFF+AVF:B'RFF+"
          "ABO:A'ERC+0Z'"
          "FTX+AAP+++OK'UNT+9+C1'",
          "{\"file\":\"f\",\"type\":\"CUSRES\",\"verdict\":\"accepted-with-notes\",\"function\":"
          "\"962\",\"reference\":\"T\","
          "\"results\":[{\"section\":\"2\",\"passenger\":\"A\",\"booking\":\"B\",\"code\":\"0Z\","
          "\"text\":\"OK\"}],\"notes\":[{\"code\":"
          "\"unz-missing\",\"text\":\"the interchange ends without "
          "UNZ\",\"segment\":10,\"offset\":113}]}" },
        { "UNB+UNOA:4+P+U+260901:0801+43'UNH+1+ORDERS:D:96A'UNT+2+1'UNZ+1+43'",
          "{\"file\":\"f\",\"verdict\":\"quarantined\",\"notes\":[{\"code\":\"type\",\"text\":\"a "
          "message type that is not read\","
          "\"segment\":2,\"offset\":30},{\"code\":\"empty\",\"text\":\"no flight, no person and no "
          "result\",\"segment\":4,\"offset\":57}]}" },
        { HEAD "TDT+20+UT1'LOC+125+A'DTM+189:260901:101'LOC+87+B'" TAIL("7"),
          "{\"file\":\"f\",\"type\":\"PAXLST\",\"verdict\":\"accepted\",\"function\":\"745\","
          "\"flights\":[{\"carrier\":\"UT\",\"number\":"
          "\"1\",\"from\":\"A\",\"to\":\"B\",\"departure\":\"2026-09-01\"}]}" },
    };

    for (size_t i = 0; i < sizeof(prints) / sizeof(prints[0]); i++) {
        struct ptn_manifest *m = read_text(*state, prints[i].text);
        struct ptn_buffer line = { .len_max = 1u << 20 };
        struct ptn_json json = { .out = &line };

        ptn_manifest_write(m, PTN_BYTES_LITERAL("f"), &json);
        assert_true(ptn_ok(ptn_json_end(&json)));
        assert_true(ptn_ok(ptn_buffer_add_u8(&line, 0)));
        assert_string_equal((const char *)line.at, prints[i].json);
        ptn_buffer_release(&line);
    }
}

/* INPUT-2. */
static void test_manifest__many_messages_and_one_bad_among_them(void **state)
{
    struct world *world = *state;
    static const char text[] = "UNB+UNOA:4+UT+POSTERN+260901:0800+42'"
                               "UNH+1+PAXLST:D:05B'NAD+FL+++A:A'UNT+3+1'"
                               "UNH+2+PAXLST:D:05B'NAD+FL+++B:B'"
                               "UNH+3+PAXLST:D:05B'NAD+FL+++C:C'UNT+3+3'"
                               "UNH+4+ORDERS:D:96A'UNT+2+4'UNZ+4+42'";
    static const enum ptn_manifest_verdict verdicts[] = { PTN_MANIFEST_ACCEPTED,
                                                          PTN_MANIFEST_QUARANTINED,
                                                          PTN_MANIFEST_ACCEPTED,
                                                          PTN_MANIFEST_QUARANTINED };

    (void)read_text(world, text);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(world->manifest->verdict, verdicts[i]);
        assert_int_equal(world->manifest->person_count, i < 3 ? 1 : 0);
        if (i < 3)
            assert_true(ptn_ok(ptn_manifest_next(world->reader, world->arena, world->manifest)));
    }
    assert_int_equal(ptn_manifest_next(world->reader, world->arena, world->manifest).code,
                     PTN_C_NOT_FOUND);
}

static void test_manifest__cut_anywhere_it_is_never_accepted_without_a_word(void **state)
{
    static const char text[] = HEAD FLIGHT "NAD+FL+++A:B'DOC+P+X1'" TAIL("10");

    for (size_t len = 60; len < sizeof(text) - 2; len++) {
        struct ptn_manifest *m = read_first(*state, ptn_bytes_of(text, len));

        assert_int_not_equal(m->verdict, PTN_MANIFEST_ACCEPTED);
    }
}

static void test_manifest__no_interchange_is_bad_input(void **state)
{
    struct ptn_manifest_reader *reader = NULL;

    (void)state;
    assert_int_equal(ptn_manifest_reader_new(PTN_BYTES_LITERAL("hello"), &reader, NULL).code,
                     PTN_C_BAD_INPUT);
    assert_int_equal(ptn_manifest_reader_new(PTN_BYTES_NONE, &reader, NULL).code, PTN_C_BAD_INPUT);
    assert_null(reader);
}

static void test_manifest__more_people_than_the_limit_are_said_not_kept(void **state)
{
    struct world *world = *state;
    struct ptn_buffer text;

    ptn_buffer_init(&text, 8u << 20);
    assert_true(ptn_ok(ptn_buffer_add_text(&text, HEAD FLIGHT)));
    for (size_t i = 0; i <= PTN_MANIFEST_PEOPLE_MAX; i++)
        assert_true(ptn_ok(ptn_buffer_add_text(&text, "NAD+FL+++A:B'")));
    assert_true(ptn_ok(ptn_buffer_add_text(&text, TAIL("20009"))));
    ptn_arena_free(world->arena);
    world->arena = ptn_arena_new(64u << 20);
    (void)read_first(world, ptn_buffer_bytes(&text));
    assert_int_equal(world->manifest->person_count, PTN_MANIFEST_PEOPLE_MAX);
    assert_true(has_note(world->manifest, "person-full"));
    ptn_buffer_release(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_manifest__a_right_message_is_accepted_whole, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_manifest__every_oddity_has_its_note_and_loses_nothing,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_manifest__data_survives_line_breaks_and_releases,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_manifest__other_service_characters_and_a_teletype_envelope, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_manifest__two_places_of_one_transport_are_one_sector,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_manifest__the_century_of_a_birth_is_the_messages_not_the_readers, set_up,
            tear_down),
        cmocka_unit_test_setup_teardown(test_manifest__check_ins_and_history_are_no_further_people,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_manifest__an_infants_document_is_the_infants, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_manifest__a_visa_of_a_booking_is_a_document, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_manifest__a_persons_own_places_and_position, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_manifest__the_older_us_form_has_ports_on_the_way,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_manifest__an_answer_is_read_by_person, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_manifest__prints_every_field_and_leaves_empty_ones_out,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_manifest__many_messages_and_one_bad_among_them, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(
            test_manifest__cut_anywhere_it_is_never_accepted_without_a_word, set_up, tear_down),
        cmocka_unit_test(test_manifest__no_interchange_is_bad_input),
        cmocka_unit_test_setup_teardown(test_manifest__more_people_than_the_limit_are_said_not_kept,
                                        set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
