/* Goal: whoever stands at the lane is found on the carrier's list however the carrier spelt them,
 * and nobody else is; what differs is said; a generated list gives everybody back by their own
 * document. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "arrival/match.h"
#include "arrival_made.h"

#define NOW_MS (MADE_DAY_MS + INT64_C(11) * 3600000) /* half an hour after UX 204 is due */

/* A person of Utopia as an MRZ reads. */
static struct ptn_person person_of(const char *surname, const char *given, const char *birth,
                                   const char *number)
{
    struct ptn_person person = {
        .surname = ptn_bytes_from_text(surname),
        .given = ptn_bytes_from_text(given),
        .nationality = "UTO",
        .sex = 'F',
        .document = { .issuer = "UTO", .number = ptn_bytes_from_text(number) },
    };

    if (birth[0] != '\0')
        assert_true(ptn_ok(ptn_date_parse(ptn_bytes_from_text(birth), &person.birth, NULL)));
    return person;
}

static struct ptn_arrival_found find(struct made *made, const struct ptn_person *person)
{
    const struct ptn_arrival_ask ask = { person, PTN_DIRECTION_ENTRY, NOW_MS, false, NULL };
    struct ptn_arrival_found found;

    assert_true(ptn_ok(ptn_arrivals_find(made->arrivals, &ask, made->arena, &found)));
    return found;
}

/* Find the traveller ERIKSDOTTIR, ANNA MARIA, born 1974-08-12, L898902C3, on a list with one row.
 */
static struct ptn_arrival_found find_on(struct made *made, const char *row)
{
    const struct ptn_person anna =
        person_of("ERIKSDOTTIR", "ANNA MARIA", "1974-08-12", "L898902C3");
    char text[2048];

    (void)snprintf(text, sizeof(text), MADE_PAXLST("745", 8, "%s"), row);
    made_take(made, text, MADE_DAY_MS);
    return find(made, &anna);
}

static bool differs(const struct ptn_arrival_found *found, const char *field)
{
    for (size_t i = 0; i < found->differ_count; i++)
        if (strcmp(found->differs[i].field, field) == 0)
            return true;
    return false;
}

static void test_match__a_table_of_what_carriers_write(void **state)
{
    static const struct {
        const char *row;
        enum ptn_arrival_how how;
        const char *differs; /* a field that must be named; "": none at all; NULL: any */
    } cases[] = {
        { MADE_PERSON("ERIKSDOTTIR:ANNA:MARIA", "740812", "L898902C3", ""), PTN_ARRIVAL_BY_DOCUMENT,
          "" },
        /* by document, whatever the name */
        { MADE_PERSON("ERIKSDOTIR:ANA", "740812", "L898902C3", ""), PTN_ARRIVAL_BY_DOCUMENT,
          "name" },
        { MADE_PERSON("ANNA MARIA:ERIKSDOTTIR", "740812", "L898902C3", ""), PTN_ARRIVAL_BY_DOCUMENT,
          "name" },
        { MADE_PERSON("QUITE:OTHER", "500101", "L898902C3", ""), PTN_ARRIVAL_BY_DOCUMENT, "name" },
        { MADE_PERSON("ERIKSDOTTIR:ANNA", "470812", "L898902C3", ""), PTN_ARRIVAL_BY_DOCUMENT,
          "birth" },
        { MADE_PERSON("ERIKSDOTTIR:ANNA MARIA", "740812", "L 898902-c3", ""),
          PTN_ARRIVAL_BY_DOCUMENT, "" },
        /* a number misread */
        { MADE_PERSON("ERIKSDOTTIR:ANNA", "740812", "L8989O2C3", ""), PTN_ARRIVAL_BY_ALIKE,
          "number" },
        { MADE_PERSON("ERIKSDOTTIR:ANNA", "740812", "1898902C3", ""), PTN_ARRIVAL_BY_ALIKE,
          "number" },
        { MADE_PERSON("QUITE:OTHER", "500101", "L8989O2C3", ""), PTN_ARRIVAL_NOT_FOUND, NULL },
        /* no number, or an old one: the name */
        { MADE_PERSON("ERIKSDOTTIR:ANNA:MARIA", "740812", "", ""), PTN_ARRIVAL_BY_NAME, "" },
        { MADE_PERSON("ERIKSDOTTIR:ANNA", "740812", "K1112223", ""), PTN_ARRIVAL_BY_NAME,
          "number" },
        { MADE_PERSON("ERIKSDOTTIR:ANNAMRS", "740812", "", ""), PTN_ARRIVAL_BY_NAME, "name" },
        { MADE_PERSON("ERIKSDOTTIR:ANNA MARIA MISS", "740812", "", ""), PTN_ARRIVAL_BY_NAME,
          "name" },
        { MADE_PERSON("ERICSDOTTIR:ANA MARIJA", "740812", "", ""), PTN_ARRIVAL_BY_NAME, "name" },
        { MADE_PERSON("MARIA ANNA:ERIKSDOTTIR", "740812", "", ""), PTN_ARRIVAL_BY_NAME, "name" },
        { MADE_PERSON("ERIKSDOTTIR ANNA MARIA", "740812", "", ""), PTN_ARRIVAL_BY_NAME, NULL },
        { MADE_PERSON("ERIKSDOTTIRAN", "740812", "", ""), PTN_ARRIVAL_BY_NAME, "name" },
        { MADE_PERSON("ERIKSDOTTIR:A", "740812", "", ""), PTN_ARRIVAL_BY_NAME, "name" },
        { MADE_PERSON("ERIKSDOTTIR:ANNA", "740821", "", ""), PTN_ARRIVAL_BY_NAME, "birth" },
        { MADE_PERSON("ERIKSDOTTIR:ANNA", "741208", "", ""), PTN_ARRIVAL_BY_NAME, "birth" },
        { MADE_PERSON("ERIKSDOTTIR:ANNA:MARIA", "", "", ""), PTN_ARRIVAL_BY_NAME, NULL },
        /* others */
        { MADE_PERSON("ERIKSDOTTIR:ANNA", "520230", "", ""), PTN_ARRIVAL_BY_NAME, NULL },
        { MADE_PERSON("ERIKSDOTTIR:ANNA", "520203", "", ""), PTN_ARRIVAL_NOT_FOUND, NULL },
        { MADE_PERSON("ERIKSDOTTIR:SVEN", "740812", "", ""), PTN_ARRIVAL_NOT_FOUND, NULL },
        { MADE_PERSON("VORLANDEK:ANNA", "740812", "", ""), PTN_ARRIVAL_NOT_FOUND, NULL },
        { MADE_PERSON("GREYMOOR:TOM", "740812", "P7788990", ""), PTN_ARRIVAL_NOT_FOUND, NULL },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct made made = made_new();
        struct ptn_arrival_found found = find_on(&made, cases[i].row);

        if (found.how != cases[i].how)
            fail_msg("case %zu %s: %s, score %u", i, cases[i].row, ptn_arrival_how_word(found.how),
                     found.score);
        if (cases[i].differs != NULL && cases[i].differs[0] == '\0' && found.differ_count > 0)
            fail_msg("case %zu %s: differs in %s", i, cases[i].row, found.differs[0].field);
        if (cases[i].differs != NULL && cases[i].differs[0] != '\0' &&
            !differs(&found, cases[i].differs))
            fail_msg("case %zu %s: %s is not said", i, cases[i].row, cases[i].differs);
        assert_int_equal(found.here, 1);
        made_free(&made);
    }
}

static void test_match__a_number_alone_finds_its_row_only_exactly(void **state)
{
    struct made made = made_new();
    struct ptn_person person = { .document = { .number = PTN_BYTES_LITERAL("L898902C3") } };
    const struct ptn_arrival_ask ask = { &person, PTN_DIRECTION_ENTRY, NOW_MS, true, NULL };
    struct ptn_arrival_found found;

    (void)state;
    made_take(&made,
              MADE_PAXLST("745", 8, MADE_PERSON("VORLANDEK:ANNA", "740812", "L898902C3", "")),
              MADE_DAY_MS);
    assert_true(ptn_ok(ptn_arrivals_find(made.arrivals, &ask, made.arena, &found)));
    assert_int_equal(found.how, PTN_ARRIVAL_BY_DOCUMENT);
    assert_true(ptn_bytes_is(found.row.person.given, "ANNA"));
    person.document.number = PTN_BYTES_LITERAL("L8989O2C3");
    assert_true(ptn_ok(ptn_arrivals_find(made.arrivals, &ask, made.arena, &found)));
    assert_int_equal(found.how, PTN_ARRIVAL_NOT_FOUND);
    person.document.number = PTN_BYTES_LITERAL("L898902C3");
    memcpy(person.document.issuer, "ITA", 4);
    assert_true(ptn_ok(ptn_arrivals_find(made.arrivals, &ask, made.arena, &found)));
    assert_int_equal(found.how, PTN_ARRIVAL_NOT_FOUND);
    made_free(&made);
}

static void test_match__cancelled_and_far_off_voyages_are_not_looked_at(void **state)
{
    const struct ptn_person anna = person_of("VORLANDEK", "ANNA", "1974-08-12", "L898902C3");
    static const char *const then[] = {
        MADE_PAXLST("266+XF", 8, ""),
        MADE_PAXLST("745+XR", 8, MADE_PERSON("VORLANDEK:ANNA", "740812", "L898902C3", "")),
    };

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct made made = made_new();
        struct ptn_arrival_found found;

        if (i == 2) {
            made_take(
                &made,
                MADE_PAXLST("745", 4, MADE_PERSON("VORLANDEK:ANNA", "740812", "L898902C3", "")),
                MADE_DAY_MS);
        } else {
            made_take(
                &made,
                MADE_PAXLST("745", 8, MADE_PERSON("VORLANDEK:ANNA", "740812", "L898902C3", "")),
                MADE_DAY_MS);
            assert_int_equal(find(&made, &anna).how, PTN_ARRIVAL_BY_DOCUMENT);
            made_take(&made, then[i], MADE_DAY_MS + 1);
        }
        found = find(&made, &anna);
        assert_int_equal(found.how, PTN_ARRIVAL_NOT_FOUND);
        assert_int_equal(found.here, i == 1);
        made_free(&made);
    }
}

static void test_match__two_of_one_name_are_told_apart_or_said_to_be_two(void **state)
{
    const struct ptn_person anna = person_of("VORLANDEK", "ANNA", "1974-08-12", "Z9");
    struct made made = made_new();
    struct ptn_arrival_found found;

    (void)state;
    made_take(&made,
              MADE_PAXLST("745", 8,
                          MADE_PERSON("VORLANDEK:ANNA", "740812", "", "A")
                              MADE_PERSON("VORLANDEK:ANNA", "740812", "", "B")),
              MADE_DAY_MS);
    assert_true(find(&made, &anna).others);
    made_take(&made,
              MADE_PAXLST("745", 8,
                          MADE_PERSON("VORLANDEK:ANNA", "740813", "", "A")
                              MADE_PERSON("VORLANDEK:ANNA", "740812", "", "B")),
              MADE_DAY_MS + 1);
    found = find(&made, &anna);
    assert_false(found.others);
    assert_true(ptn_bytes_is(found.row.person.reference, "B"));
    made_free(&made);
}

/* ---- a property: whoever is on a generated list is found by a scan of their own document ---- */

static uint64_t chance = 42;

static unsigned draw(unsigned below)
{
    chance = chance * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)((chance >> 33) % below);
}

struct one {
    char surname[32], given[32], birth[12], number[12];
};

static void make_word(char *at, size_t size, unsigned syllables)
{
    static const char *const parts[] = { "ZU",  "VOR", "MEL", "TIQ", "RAN", "OSH", "LU",  "DRE",
                                         "KAV", "IMO", "YEL", "BRU", "FEX", "GOL", "NIV", "PYR",
                                         "SUT", "WEN", "XAL", "HOD", "QUE", "CIV", "JAX", "EBU" };
    size_t len = 0;

    for (unsigned i = 0; i < syllables; i++)
        len += (size_t)snprintf(at + len, size - len, "%s", parts[draw(24)]);
}

#define PEOPLE 521u

static void test_match__everybody_on_a_generated_list_is_found_by_their_document(void **state)
{
    struct made made = made_new();
    struct one *ones = calloc(PEOPLE, sizeof(*ones));
    struct ptn_buffer text;
    unsigned by_name = 0;

    (void)state;
    ptn_buffer_init(&text, 1u << 20);
    assert_true(ptn_ok(ptn_buffer_add_text(
        &text, "UNB+UNOA:4+UX+GOV+261128:0900+1'UNH+1+PAXLST:D:12B:UN:IATA'BGM+745'TDT+20+UX204+++"
               "UX'LOC+125+XQA'DTM+189:2611280900:201'LOC+87+TIA'DTM+232:2611281130:201'")));
    for (size_t i = 0; i < PEOPLE; i++) {
        struct one *one = &ones[i];
        unsigned year = 1940 + draw(80);
        unsigned month = 1 + draw(12);
        unsigned day = 1 + draw(28);
        const char *title = draw(4) == 0 ? "MR" : "";
        bool swapped = draw(8) == 0;
        bool without = draw(6) == 0;

        make_word(one->surname, sizeof(one->surname), 3);
        make_word(one->given, sizeof(one->given), 2);
        (void)snprintf(one->number, sizeof(one->number), "%c%07u", 'A' + (int)draw(26),
                       draw(10000000));
        (void)snprintf(one->birth, sizeof(one->birth), "%04u-%02u-%02u", year, month, day);
        by_name += without;
        assert_true(ptn_ok(ptn_buffer_addf(
            &text, "NAD+FL+++%s:%s%s'DTM+329:%02u%02u%02u'NAT+2+UTO'%s%s%s",
            swapped ? one->given : one->surname, swapped ? one->surname : one->given, title,
            year % 100, month, day, without ? "" : "DOC+P+", without ? "" : one->number,
            without ? "" : "'LOC+91+UTO'")));
    }
    assert_true(ptn_ok(ptn_buffer_add_text(&text, "UNT+1+1'UNZ+1+1'")));
    assert_int_equal(made_take_all(&made, ptn_buffer_bytes(&text), MADE_DAY_MS), 1);
    assert_int_equal(made_open(&made).row_count, PEOPLE);
    assert_true(by_name > 20);
    for (size_t i = 0; i < PEOPLE; i++) {
        const struct ptn_person person =
            person_of(ones[i].surname, ones[i].given, ones[i].birth, ones[i].number);
        struct ptn_arrival_found found;

        ptn_arena_clear(made.arena);
        found = find(&made, &person);
        if (found.how == PTN_ARRIVAL_NOT_FOUND || found.row.number != i)
            fail_msg("%s, %s: %s, row %u", ones[i].surname, ones[i].given,
                     ptn_arrival_how_word(found.how), found.row.number);
    }
    ptn_buffer_release(&text);
    free(ones);
    made_free(&made);
}

static struct ptn_arrival_booked booked(struct made *made, const char *reference)
{
    struct ptn_arrival_booked found;

    assert_true(ptn_ok(ptn_arrivals_booked(made->arrivals, ptn_bytes_from_text(reference),
                                           PTN_DIRECTION_ENTRY, NOW_MS, made->arena, &found)));
    return found;
}

static void test_match__a_booking_names_its_people_in_the_order_of_the_list(void **state)
{
    struct made made = made_new();
    struct ptn_arrival_booked found;

    (void)state;
    assert_int_equal(booked(&made, "BOOK1").count, 0);
    made_take(&made,
              MADE_PAXLST("745", 8,
                          MADE_PERSON("ZUVRAN:ANA", "740812", "L1000001", "")
                              MADE_PERSON("ADRE:LUSUT", "800101", "L1000002", "")),
              MADE_DAY_MS);
    found = booked(&made, "BOOK1");
    assert_int_equal(found.count, 2);
    assert_true(ptn_bytes_is(found.rows[0].person.surname, "ZUVRAN"));
    assert_true(ptn_bytes_is(found.rows[1].person.surname, "ADRE"));
    assert_int_equal(found.rows[1].number, 1);
    assert_int_equal(found.rows[0].arrived_ms, 0);
    assert_true(ptn_bytes_is(found.voyage.carrier, "UX"));
    assert_int_equal(booked(&made, "BOOK").count, 0);
    assert_int_equal(booked(&made, "").count, 0);
    made_take(&made, MADE_PAXLST("266+XF", 8, ""), MADE_DAY_MS); /* cancelled */
    assert_int_equal(booked(&made, "BOOK1").count, 0);
    made_free(&made);
}

static void test_match__an_empty_store_finds_nobody(void **state)
{
    const struct ptn_person anna = person_of("VORLANDEK", "ANNA", "", "L898902C3");
    struct made made = made_new();
    struct ptn_arrival_found found = find(&made, &anna);

    (void)state;
    assert_int_equal(found.how, PTN_ARRIVAL_NOT_FOUND);
    assert_int_equal(found.here, 0);
    made_free(&made);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_match__a_table_of_what_carriers_write),
        cmocka_unit_test(test_match__a_number_alone_finds_its_row_only_exactly),
        cmocka_unit_test(test_match__cancelled_and_far_off_voyages_are_not_looked_at),
        cmocka_unit_test(test_match__two_of_one_name_are_told_apart_or_said_to_be_two),
        cmocka_unit_test(test_match__everybody_on_a_generated_list_is_found_by_their_document),
        cmocka_unit_test(test_match__a_booking_names_its_people_in_the_order_of_the_list),
        cmocka_unit_test(test_match__an_empty_store_finds_nobody),
    };

    return cmocka_run_group_tests_name("match", tests, NULL, NULL);
}
