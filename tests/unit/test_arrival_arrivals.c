/* Goal: the store says what the carrier said last, keeps what changed, knows a message again, and
 * stays within its bounds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "arrival_made.h"
#include "fault.h"
#include "record/person.h"

#define ANNA  MADE_PERSON("VORLANDEK:ANNA", "740812", "L898902C3", "R1")
#define TOM   MADE_PERSON("GREYMOOR:TOM", "810203", "P7788990", "R2")
#define LOMA  MADE_PERSON("OSTRAVEL:LOMA", "900115", "K5550012", "R3")
#define TOMAS MADE_PERSON("GREYMOOR:TOMAS", "810203", "P7788990", "R2")
#define CREW  "NAD+FM+++HELMSTED:ODA'DTM+329:690101'DOC+P+C1'LOC+91+UTO'"
#define ONE   MADE_PAXLST("745", 8, ANNA TOM)
#define TWO   MADE_PAXLST("745", 8, ANNA TOMAS LOMA)
#define HOUR  INT64_C(3600000)

static void test_arrivals__an_empty_store_has_nothing(void **state)
{
    struct made made = made_new();
    struct ptn_arrival_whole whole;
    struct ptn_arrival *voyages = NULL;
    size_t count = 9;
    uint64_t gone = 9;

    (void)state;
    assert_true(ptn_ok(ptn_arrivals_list(made.arrivals, made.arena, &voyages, &count, &gone)));
    assert_int_equal(count, 0);
    assert_int_equal(gone, 0);
    assert_int_equal(ptn_arrivals_open(made.arrivals, "00", true, made.arena, &whole).code,
                     PTN_C_NOT_FOUND);
    made_free(&made);
}

static void test_arrivals__a_list_is_there_with_everybody_on_it(void **state)
{
    struct made made = made_new();
    struct ptn_arrival_whole whole;
    const struct ptn_arrival_row *anna;

    (void)state;
    made_take(&made, ONE, MADE_DAY_MS);
    whole = made_open(&made);
    assert_string_equal(whole.voyage.name, "UX 204 2026-11-28");
    assert_true(ptn_bytes_is(whole.voyage.to, "TIA"));
    assert_int_equal(whole.voyage.due_ms, MADE_DAY_MS + 10 * HOUR + HOUR / 2); /* 11:30 in Tirana */
    assert_false(whole.voyage.leaves);
    assert_int_equal(whole.row_count, 2);
    assert_int_equal(whole.voyage.counts.people, 2);
    assert_int_equal(whole.voyage.counts.waiting, 2);
    anna = made_row(&whole, "VORLANDEK");
    assert_non_null(anna);
    assert_int_equal(anna->person.birth.year, 1974);
    assert_int_equal(anna->together, 2);
    assert_string_equal(anna->person.nationality, "UTO");
    assert_int_equal(anna->person.document_count, 1);
    assert_true(ptn_bytes_is(anna->person.documents[0].number, "L898902C3"));
    assert_true(ptn_bytes_is(whole.origin, "utopia.example/gateway"));
    made_free(&made);
}

static void test_arrivals__a_new_version_replaces_and_tells_what_changed(void **state)
{
    struct made made = made_new();
    struct ptn_arrival_whole whole;

    (void)state;
    made_take(&made, MADE_PAXLST("745", 8, ANNA TOM CREW), MADE_DAY_MS);
    made_take(&made, TWO, MADE_DAY_MS + HOUR);
    whole = made_open(&made);
    assert_int_equal(whole.voyage.version, 2);
    assert_int_equal(whole.row_count, 3);
    assert_int_equal(whole.voyage.counts.added, 1);
    assert_int_equal(whole.voyage.counts.removed, 1);
    assert_int_equal(whole.voyage.counts.changed, 1);
    assert_int_equal(whole.change_count, 3);
    for (size_t i = 0; i < whole.change_count; i++) {
        const struct ptn_arrival_change *change = &whole.changes[i];

        if (change->kind == PTN_ARRIVAL_ADDED)
            assert_true(ptn_bytes_is(change->now.surname, "OSTRAVEL"));
        if (change->kind == PTN_ARRIVAL_REMOVED)
            assert_true(ptn_bytes_is(change->before.surname, "HELMSTED"));
        if (change->kind == PTN_ARRIVAL_CHANGED) {
            assert_true(ptn_bytes_is(change->before.given, "TOM"));
            assert_true(ptn_bytes_is(change->now.given, "TOMAS"));
        }
    }
    made_free(&made);
}

/* ARRIVAL-1. */
static void test_arrivals__the_same_message_and_an_older_one_change_nothing(void **state)
{
    struct made made = made_new();
    struct ptn_arrival_whole whole;

    (void)state;
    made_take(&made, TWO, MADE_DAY_MS + HOUR);
    made_take(&made, TWO, MADE_DAY_MS + 2 * HOUR);
    made_take(&made, ONE, MADE_DAY_MS); /* came late by another way */
    whole = made_open(&made);
    assert_int_equal(whole.voyage.version, 1);
    assert_int_equal(whole.row_count, 3);
    assert_int_equal(whole.change_count, 0);
    made_free(&made);
}

static void test_arrivals__changes_and_cancellations_do_what_they_say(void **state)
{
    static const struct {
        const char *then;
        size_t people, not_on_board;
        enum ptn_arrival_state state;
    } cases[] = {
        { MADE_PAXLST("745+CP", 8, TOMAS), 2, 0, PTN_ARRIVAL_EXPECTED },
        { MADE_PAXLST("745+CP", 8, LOMA), 3, 0, PTN_ARRIVAL_EXPECTED },
        { MADE_PAXLST("745+XR", 8, TOM), 1, 0, PTN_ARRIVAL_EXPECTED },
        { MADE_PAXLST("745+RP", 8, TOM ANNA), 0, 0, PTN_ARRIVAL_EXPECTED },
        { MADE_PAXLST("266+CL", 8, ""), 2, 0, PTN_ARRIVAL_CLOSED },
        { MADE_PAXLST("266+CLNB", 8, TOM), 2, 1, PTN_ARRIVAL_CLOSED },
        { MADE_PAXLST("266+CLOB", 8, TOM), 2, 1, PTN_ARRIVAL_CLOSED },
        { MADE_PAXLST("266+XF", 8, ""), 2, 0, PTN_ARRIVAL_CANCELLED },
        { MADE_PAXLST("250", 8, CREW), 3, 0, PTN_ARRIVAL_EXPECTED },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct made made = made_new();
        struct ptn_arrival_whole whole;

        made_take(&made, ONE, MADE_DAY_MS);
        made_take(&made, cases[i].then, MADE_DAY_MS + HOUR);
        whole = made_open(&made);
        if (whole.row_count != cases[i].people ||
            whole.voyage.counts.not_on_board != cases[i].not_on_board ||
            whole.voyage.state != cases[i].state)
            fail_msg("case %zu: %zu people, %zu not on board, state %d", i, whole.row_count,
                     whole.voyage.counts.not_on_board, (int)whole.voyage.state);
        made_free(&made);
    }
}

#define PART(n, mark, people)                                                                      \
    "UNB+UNOA:4+UXAIR+GOV+261128:0900+1'UNH+1+PAXLST:D:12B:UN:IATA+UX204/1+" n ":" mark            \
    "'BGM+745'TDT+20+UX204+++UX'LOC+125+XQA'DTM+189:2611280900:201'LOC+87+TIA'DTM+232:"            \
    "2611281130:201'" people "UNT+1+1'UNZ+1+1'"

/* ARRIVAL-1. */
static void test_arrivals__parts_of_a_list_are_one_list_in_whatever_order(void **state)
{
    static const char *const parts[] = { PART("1", "C", ANNA), PART("2", "C", TOM),
                                         PART("3", "F", LOMA) };
    static const unsigned orders[][3] = { { 0, 1, 2 }, { 2, 0, 1 }, { 1, 2, 0 }, { 2, 1, 0 } };

    (void)state;
    for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
        struct made made = made_new();
        struct ptn_arrival_whole whole;

        for (size_t j = 0; j < 3; j++) {
            made_take(&made, parts[orders[i][j]], MADE_DAY_MS);
            whole = made_open(&made);
            assert_int_equal(whole.row_count, j + 1);
            assert_int_equal(whole.voyage.counts.parts_missing == 0, j == 2);
        }
        made_free(&made);
    }
}

static void test_arrivals__who_crossed_is_marked_now_and_when_the_list_comes_again(void **state)
{
    struct made made = made_new();
    struct ptn_arrival_whole whole;
    const struct ptn_person anna = {
        .surname = PTN_BYTES_LITERAL("VORLANDEK"),
        .given = PTN_BYTES_LITERAL("ANNA MARIA"),
        .document = { .issuer = "UTO", .number = PTN_BYTES_LITERAL("L898902C3") },
    };

    (void)state;
    ptn_arrivals_saw(made.arrivals, "UX 204 2026-11-28", &anna, MADE_DAY_MS + HOUR);
    made_take(&made, ONE, MADE_DAY_MS);
    whole = made_open(&made);
    assert_int_equal(whole.voyage.counts.arrived, 1);
    made_take(&made, TWO, MADE_DAY_MS + 2 * HOUR);
    whole = made_open(&made);
    assert_int_equal(made_row(&whole, "VORLANDEK")->arrived_ms, MADE_DAY_MS + HOUR);
    assert_int_equal(made_row(&whole, "GREYMOOR")->arrived_ms, 0);
    made_free(&made);
}

static void test_arrivals__what_names_no_voyage_is_left_out(void **state)
{
    static const char *const texts[] = {
        "UNB+UNOA:4+A+B+261128:0900+1'UNH+1+PAXLST:D:12B:UN:IATA'BGM+745'" ANNA "UNT+1+1'UNZ+1+1'",
        "UNB+UNOA:4+A+B+261128:0900+1'UNH+1+CUSRES:D:05B:UN:IATA'BGM+962'UNT+1+1'UNZ+1+1'",
        "UNB+UNOA:4+A+B+261128:0900+1'UNH+1+PAXLST:D:12B:UN:IATA'BGM+745'TDT+20+UX204+++UX'"
        "LOC+125+XQA'LOC+87+TIA'" ANNA "UNT+1+1'UNZ+1+1'",
        /* cut short: quarantined */
        "UNB+UNOA:4+A+B+261128:0900+1'UNH+1+PAXLST:D:12B:UN:IATA'BGM+745'TDT+20+UX204+++UX'"
        "LOC+125+XQA'DTM+189:2611280900:201'LOC+87+TIA'" ANNA,
    };
    struct made made = made_new();
    struct ptn_arrival *voyages = NULL;
    size_t count = 9;
    uint64_t gone;

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        made_take(&made, texts[i], MADE_DAY_MS);
    assert_true(ptn_ok(ptn_arrivals_list(made.arrivals, made.arena, &voyages, &count, &gone)));
    assert_int_equal(count, 0);
    made_free(&made);
}

#define SAID_MAX 3u

/* Messages of one flight, an hour apart, in the order in which they were received. */
struct said {
    const char *texts[SAID_MAX];
    const char *given; /* names on the list at the end, sorted */
    const char
        *overtaken; /* who is left on it besides, where a message that took them off came first */
    enum ptn_arrival_state state;
};

static int by_text(const void *a, const void *b)
{
    return strcmp(a, b);
}

/* Take them in that order; the names then on the list, each followed by a blank. */
static enum ptn_arrival_state take_as(const struct said *said, const unsigned *order, size_t count,
                                      char text[1024])
{
    struct made made = made_new();
    struct ptn_arrival_whole whole;
    enum ptn_arrival_state state;
    char names[16][32];

    for (size_t i = 0; i < count; i++)
        made_take(&made, said->texts[order[i]], MADE_DAY_MS + order[i] * HOUR);
    whole = made_open(&made);
    state = whole.voyage.state;
    assert_true(whole.row_count < 16);
    for (size_t i = 0; i < whole.row_count; i++)
        (void)snprintf(names[i], sizeof(names[i]), "%.*s", (int)whole.rows[i].person.given.len,
                       (const char *)whole.rows[i].person.given.at);
    qsort(names, whole.row_count, sizeof(names[0]), by_text);
    text[0] = '\0';
    for (size_t i = 0; i < whole.row_count; i++)
        (void)snprintf(text + strlen(text), 1024 - strlen(text), "%s ", names[i]);
    made_free(&made);
    return state;
}

/* Whatever came first, by several gateways, late, or after a start: what the carrier said last
 * stands, and nobody who is on the list is lost: ARRIVAL-1. */
static void test_arrivals__in_any_order_it_is_what_was_said_last(void **state)
{
    static const struct said cases[] = {
        { { MADE_PAXLST("745", 8, ANNA TOM), MADE_PAXLST("745+CP", 8, LOMA),
            MADE_PAXLST("745+CP", 8, TOMAS) },
          "ANNA LOMA TOMAS ",
          NULL,
          PTN_ARRIVAL_EXPECTED },
        { { MADE_PAXLST("745", 8, ANNA TOM), MADE_PAXLST("745", 8, ANNA TOMAS LOMA),
            MADE_PAXLST("266+XF", 8, "") },
          "ANNA LOMA TOMAS ",
          NULL,
          PTN_ARRIVAL_CANCELLED },
        { { MADE_PAXLST("745", 8, ANNA TOM), MADE_PAXLST("266+XF", 8, ""),
            MADE_PAXLST("745", 8, ANNA TOMAS LOMA) },
          "ANNA LOMA TOMAS ",
          NULL,
          PTN_ARRIVAL_EXPECTED },
        { { MADE_PAXLST("745", 8, ANNA TOM), MADE_PAXLST("266+CL", 8, "") },
          "ANNA TOM ",
          NULL,
          PTN_ARRIVAL_CLOSED },
        { { PART("1", "C", ANNA), PART("2", "F", TOM), MADE_PAXLST("745+CP", 8, LOMA) },
          "ANNA LOMA TOM ",
          NULL,
          PTN_ARRIVAL_EXPECTED },
        { { MADE_PAXLST("745", 8, ANNA TOM), MADE_PAXLST("745+XR", 8, TOM),
            MADE_PAXLST("745+CP", 8, LOMA) },
          "ANNA LOMA ",
          "ANNA LOMA TOM ",
          PTN_ARRIVAL_EXPECTED },
    };
    static const unsigned orders[][3] = { { 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 },
                                          { 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 } };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        for (size_t k = 0; k < sizeof(orders) / sizeof(orders[0]); k++) {
            size_t count = cases[i].texts[2] == NULL ? 2 : 3;
            enum ptn_arrival_state now;
            char text[1024];

            if (count == 2 && orders[k][0] + orders[k][1] != 1)
                continue;
            now = take_as(&cases[i], orders[k], count, text);
            if (now != cases[i].state ||
                (strcmp(text, cases[i].given) != 0 &&
                 (k == 0 || cases[i].overtaken == NULL || strcmp(text, cases[i].overtaken) != 0)))
                fail_msg("case %zu, order %zu: state %d, %s", i, k, (int)now, text);
        }
}

/* However long each list is, so many people and no more: ARRIVAL-2. */
static void test_arrivals__people_have_a_limit_too(void **state)
{
    enum { EACH = 18000 };
    struct made made = made_new();
    struct ptn_buffer text = { .len_max = (size_t)8 << 20 };
    struct ptn_arrival *voyages = NULL;
    size_t count = 0;
    uint64_t gone = 0;

    (void)state;
    ptn_arena_free(made.arena);
    made.arena = ptn_arena_new((size_t)256 << 20);
    assert_non_null(made.arena);
    for (unsigned day = 1; day <= 7; day++) {
        size_t people = 0;

        ptn_buffer_clear(&text);
        assert_true(ptn_ok(ptn_buffer_addf(
            &text,
            "UNB+UNOA:4+A+B+261128:0900+1'UNH+1+PAXLST:D:12B:UN:IATA'BGM+745'TDT+20+UX%u+++UX'"
            "LOC+125+XQA'DTM+189:2611%02u0900:201'LOC+87+TIA'DTM+232:2611%02u1100:201'",
            1000 + day, day, day)));
        for (unsigned i = 0; i < EACH; i++)
            assert_true(ptn_ok(
                ptn_buffer_addf(&text, "NAD+FL+++OSTRAVEL:LOMA'DTM+329:900115'DOC+P+K%u'", i)));
        assert_true(ptn_ok(ptn_buffer_add_text(&text, "UNT+1+1'UNZ+1+1'")));
        (void)made_take_all(&made, ptn_buffer_bytes(&text), MADE_DAY_MS);
        ptn_arena_clear(made.arena);
        assert_true(ptn_ok(ptn_arrivals_list(made.arrivals, made.arena, &voyages, &count, &gone)));
        for (size_t i = 0; i < count; i++)
            people += voyages[i].counts.people;
        assert_true(people <= PTN_ARRIVALS_PEOPLE_MAX);
        assert_int_equal(count, day < 6 ? day : 5);
        assert_int_equal(gone, day < 6 ? 0 : day - 5);
    }
    assert_string_equal(voyages[count - 1].name, "UX 1007 2026-11-07");
    ptn_buffer_release(&text);
    made_free(&made);
}

/* ARRIVAL-2. */
static void test_arrivals__the_oldest_voyage_makes_room(void **state)
{
    struct made made = made_new();
    struct ptn_arrival *voyages = NULL;
    size_t count = 0;
    uint64_t gone = 0;
    char text[1024];

    (void)state;
    for (unsigned i = 0; i < PTN_ARRIVALS_VOYAGES_MAX + 3; i++) {
        (void)snprintf(text, sizeof(text),
                       "UNB+UNOA:4+A+B+261128:0900+1'UNH+1+PAXLST:D:12B:UN:IATA'BGM+745'TDT+20+"
                       "UX%u+++UX'LOC+125+XQA'DTM+189:2611%02u0900:201'LOC+87+TIA'DTM+232:"
                       "2611%02u1100:201'" ANNA "UNT+1+1'UNZ+1+1'",
                       1000 + i, 1 + i % 28, 1 + i % 28);
        made_take(&made, text, MADE_DAY_MS);
    }
    assert_true(ptn_ok(ptn_arrivals_list(made.arrivals, made.arena, &voyages, &count, &gone)));
    assert_int_equal(count, PTN_ARRIVALS_VOYAGES_MAX);
    assert_int_equal(gone, 3);
    for (size_t i = 1; i < count; i++)
        assert_true(voyages[i - 1].due_ms <= voyages[i].due_ms);
    made_free(&made);
}

static void test_arrivals__no_memory_leaves_everything_as_it_was(void **state)
{
    struct made made = made_new();
    struct ptn_manifest *manifest = malloc(sizeof(*manifest));
    struct ptn_manifest_reader *reader = NULL;
    struct ptn_arena *arena = ptn_arena_new(1u << 20);
    struct ptn_status status = { PTN_C_NO_MEMORY };
    struct ptn_arrival_whole whole;
    const char *text = TWO;

    (void)state;
    made_take(&made, ONE, MADE_DAY_MS);
    assert_true(ptn_ok(ptn_manifest_reader_new(ptn_bytes_from_text(text), &reader, NULL)));
    assert_true(ptn_ok(ptn_manifest_next(reader, arena, manifest)));
    for (unsigned long nth = 1; !ptn_ok(status); nth++) {
        assert_true(nth < 50);
        fault_allocation(nth, FAULT_ONCE);
        status = ptn_arrivals_take(made.arrivals, ptn_bytes_from_text(text), manifest,
                                   MADE_DAY_MS + HOUR, PTN_BYTES_LITERAL("o"), 1);
        (void)fault_off();
        whole = made_open(&made);
        assert_int_equal(whole.row_count, ptn_ok(status) ? 3 : 2);
        assert_int_equal(whole.voyage.version, ptn_ok(status) ? 2 : 1);
    }
    ptn_manifest_reader_free(reader);
    ptn_arena_free(arena);
    free(manifest);
    made_free(&made);
}

static void test_arrivals__a_row_is_of_its_version(void **state)
{
    struct made made = made_new();
    struct ptn_arrival_whole whole;
    struct ptn_arrival_row row;

    (void)state;
    made_take(&made, ONE, MADE_DAY_MS);
    whole = made_open(&made);
    assert_true(ptn_ok(ptn_arrivals_row(made.arrivals, whole.voyage.id, 1, whole.rows[0].number,
                                        made.arena, &row)));
    assert_true(ptn_bytes_equal(row.person.surname, whole.rows[0].person.surname));
    assert_int_equal(
        ptn_arrivals_row(made.arrivals, whole.voyage.id, 2, whole.rows[0].number, made.arena, &row)
            .code,
        PTN_C_BUSY);
    assert_int_equal(
        ptn_arrivals_row(made.arrivals, whole.voyage.id, 0, 4711, made.arena, &row).code,
        PTN_C_NOT_FOUND);
    assert_int_equal(
        ptn_arrivals_row(made.arrivals, whole.voyage.id, 0, UINT32_MAX, made.arena, &row).code,
        PTN_C_NOT_FOUND);
    made_free(&made);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_arrivals__an_empty_store_has_nothing),
        cmocka_unit_test(test_arrivals__a_list_is_there_with_everybody_on_it),
        cmocka_unit_test(test_arrivals__a_new_version_replaces_and_tells_what_changed),
        cmocka_unit_test(test_arrivals__the_same_message_and_an_older_one_change_nothing),
        cmocka_unit_test(test_arrivals__changes_and_cancellations_do_what_they_say),
        cmocka_unit_test(test_arrivals__parts_of_a_list_are_one_list_in_whatever_order),
        cmocka_unit_test(test_arrivals__who_crossed_is_marked_now_and_when_the_list_comes_again),
        cmocka_unit_test(test_arrivals__what_names_no_voyage_is_left_out),
        cmocka_unit_test(test_arrivals__the_oldest_voyage_makes_room),
        cmocka_unit_test(test_arrivals__in_any_order_it_is_what_was_said_last),
        cmocka_unit_test(test_arrivals__people_have_a_limit_too),
        cmocka_unit_test(test_arrivals__no_memory_leaves_everything_as_it_was),
        cmocka_unit_test(test_arrivals__a_row_is_of_its_version),
    };

    return cmocka_run_group_tests_name("arrivals", tests, NULL, NULL);
}
