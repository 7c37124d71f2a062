/* Goal: everybody on a list is screened when it is taken and again when lists change; a discreet
 * check counts for those alone who may know; slices add up to the whole. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "arrival_made.h"
#include "base/world.h"
#include "decision/decide.h"
#include "fault.h"

#define HEAD "{\"postern-list\":1,\"made\":\"2026-01-01T00:00:00Z\",\"entries\":1}\n"
#define ENTRY(name, action, more)                                                                  \
    HEAD "{\"id\":\"E-1\",\"kind\":\"person\",\"names\":[{\"text\":\"" name                        \
         "\",\"alias\":\"primary\"}],\"on_entry\":\"" action "\",\"on_exit\":\"" action            \
         "\",\"listed\":\"2025-01-01\"" more "}\n"

static const char people[] =
    MADE_PAXLST("745", 8,
                MADE_PERSON("VORLANDEK:ANNA", "740812", "L898902C3", "R1")
                    MADE_PERSON("GREYMOOR:TOM", "810203", "P7788990", "R2")
                        MADE_PERSON("OSTRAVEL:LOMA", "900115", "K5550012", "R3"));

/* A snapshot of one list of one entry. */
static struct ptn_snapshot *lists(struct ptn_world *world, const char *text)
{
    struct ptn_snapshot_builder *builder = ptn_snapshot_builder_new(world);
    const struct ptn_snapshot_input input = { .name = PTN_BYTES_LITERAL("OWN"),
                                              .format = PTN_LIST_POSTERN,
                                              .path = "/list" };
    struct ptn_snapshot *snapshot = NULL;
    struct ptn_list_summary summary;

    assert_true(ptn_ok(world->files->replace(world->context, "/list", ptn_bytes_from_text(text))));
    assert_true(ptn_ok(ptn_snapshot_builder_add(builder, &input, &summary, NULL)));
    assert_true(ptn_ok(ptn_snapshot_builder_save(builder, "/snap", NULL)));
    ptn_snapshot_builder_free(builder);
    assert_true(ptn_ok(ptn_snapshot_open(world, "/snap", &snapshot, NULL)));
    return snapshot;
}

static unsigned searches;   /* since it was last set */
static unsigned born_there; /* and so many of them for somebody who was born in Utopolis */

static struct ptn_status search(void *context, const struct ptn_screen_query *query,
                                struct ptn_arena *arena, struct ptn_check *check)
{
    struct ptn_match *matches = NULL;
    struct ptn_status status = ptn_screen(context, query, arena, &matches, &check->match_count,
                                          &check->more_matches, NULL);

    searches++;
    born_there += ptn_bytes_is(query->birth_place, "UTOPOLIS") ? 1 : 0;
    check->matches = matches;
    return status;
}

static struct ptn_arrivals_watch watch_of(struct ptn_snapshot *snapshot)
{
    struct ptn_snapshot_info info = ptn_snapshot_info(snapshot);

    return (struct ptn_arrivals_watch){ .search = search,
                                        .context = snapshot,
                                        .edition = (uint64_t)info.hash[0] << 8 | info.hash[1] | 1u,
                                        .today = { 2026, 11, 28 },
                                        .own_state = "ALB" };
}

static size_t screen(struct made *made, struct ptn_snapshot *snapshot, size_t most)
{
    const struct ptn_arrivals_watch watch = watch_of(snapshot);
    size_t left = 99;

    assert_true(ptn_ok(ptn_arrivals_screen(made->arrivals, &watch, most, &left)));
    return left;
}

static void test_screen__who_is_listed_is_trouble_as_the_list_says(void **state)
{
    static const struct {
        const char *list;
        unsigned trouble, discreet;
    } cases[] = {
        { ENTRY("Greymoor, Tom", "refer", ",\"births\":[\"1981-02-03\"]"), 2, 2 },
        { ENTRY("Greymoor, Tom", "inform", ",\"births\":[\"1981-02-03\"]"), 1, 1 },
        { ENTRY("Greymoor, Tom", "discreet", ",\"births\":[\"1981-02-03\"]"), 0, 1 },
        { ENTRY("Greymoor, Tom", "off", ",\"births\":[\"1981-02-03\"]"), 0, 0 },
        { ENTRY("Greymoor, Kim", "refer", ",\"births\":[\"1940-02-03\"]"), 0, 0 },
        { ENTRY(
              "Nobody, Known", "seize",
              ",\"numbers\":[{\"type\":\"passport\",\"number\":\"P7788990\",\"issuer\":\"UTO\"}]"),
          3, 3 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct ptn_world *world = ptn_world_seeded(1, MADE_DAY_MS);
        struct ptn_snapshot *snapshot = lists(world, cases[i].list);
        struct made made = made_new();
        struct ptn_arrival_whole whole;

        made_take(&made, people, MADE_DAY_MS);
        assert_int_equal(screen(&made, snapshot, 100), 0);
        whole = made_open(&made);
        if (made_row(&whole, "GREYMOOR")->trouble_discreet != cases[i].discreet ||
            whole.voyage.counts.trouble != (cases[i].trouble > 0) ||
            whole.voyage.counts.trouble_discreet != (cases[i].discreet > 0))
            fail_msg("case %zu: %u", i, made_row(&whole, "GREYMOOR")->trouble_discreet);
        assert_int_equal(made_row(&whole, "OSTRAVEL")->trouble_discreet, 0);
        assert_int_equal(whole.voyage.counts.waiting, 0);
        /* who may not know of discreet checks sees rows and their order without them */
        assert_true(
            ptn_ok(ptn_arrivals_open(made.arrivals, whole.voyage.id, false, made.arena, &whole)));
        assert_int_equal(made_row(&whole, "GREYMOOR")->trouble, cases[i].trouble);
        made_free(&made);
        ptn_snapshot_close(snapshot);
        ptn_world_seeded_free(world);
    }
}

/* What a carrier has and no machine readable zone: it stands beside a match, for or against. */
static void test_screen__where_somebody_was_born_goes_along(void **state)
{
    static const char born[] = MADE_PAXLST(
        "745", 8,
        MADE_PERSON("GREYMOOR:TOM", "810203", "P7788990", "R2") "LOC+180+:::UTOPOLIS'" MADE_PERSON(
            "OSTRAVEL:LOMA", "900115", "K5550012", "R3"));
    struct ptn_world *world = ptn_world_seeded(1, MADE_DAY_MS);
    struct ptn_snapshot *snapshot =
        lists(world, ENTRY("Greymoor, Tom", "refer", ",\"births\":[\"1981-02-03\"]"));
    struct made made = made_new();
    struct ptn_arrival_whole whole;

    (void)state;
    made_take(&made, born, MADE_DAY_MS);
    searches = 0;
    born_there = 0;
    assert_int_equal(screen(&made, snapshot, 100), 0);
    assert_true(born_there > 0);
    assert_int_equal(born_there * 2, searches); /* one of the two */
    whole = made_open(&made);
    assert_true(ptn_bytes_is(made_row(&whole, "GREYMOOR")->person.birth_place, "UTOPOLIS"));
    made_free(&made);
    ptn_snapshot_close(snapshot);
    ptn_world_seeded_free(world);
}

static void test_screen__other_lists_and_other_people_are_screened_again(void **state)
{
    struct ptn_world *world = ptn_world_seeded(1, MADE_DAY_MS);
    struct ptn_snapshot *first = lists(world, ENTRY("Greymoor, Tom", "refer", ""));
    struct ptn_snapshot *second = lists(world, ENTRY("Ostravel, Loma", "refer", ""));
    struct made made = made_new();
    struct ptn_arrival_whole whole;

    (void)state;
    made_take(&made, people, MADE_DAY_MS);
    assert_int_equal(screen(&made, first, 1), 2); /* slices */
    assert_int_equal(screen(&made, first, 1), 1);
    assert_int_equal(screen(&made, first, 1), 0);
    whole = made_open(&made);
    assert_int_equal(made_row(&whole, "GREYMOOR")->trouble, 2);
    assert_int_equal(screen(&made, second, 0), 3);
    assert_int_equal(screen(&made, second, 100), 0);
    whole = made_open(&made);
    assert_int_equal(made_row(&whole, "GREYMOOR")->trouble, 0);
    assert_int_equal(made_row(&whole, "OSTRAVEL")->trouble, 2);
    made_take(&made, MADE_PAXLST("745+CP", 8, MADE_PERSON("NEWLAND:IDA", "910101", "N1", "R4")),
              MADE_DAY_MS + 1);
    assert_int_equal(screen(&made, second, 100), 0);
    whole = made_open(&made);
    assert_int_equal(whole.row_count, 4);
    assert_int_equal(whole.voyage.counts.waiting, 0);
    assert_int_equal(made_row(&whole, "OSTRAVEL")->trouble, 2);
    made_free(&made);
    ptn_snapshot_close(first);
    ptn_snapshot_close(second);
    ptn_world_seeded_free(world);
}

/* ARRIVAL-4 */
static void test_screen__however_fast_lists_change_everybody_is_screened(void **state)
{
    struct ptn_world *world = ptn_world_seeded(1, MADE_DAY_MS);
    struct ptn_snapshot *turns[] = { lists(world, ENTRY("Greymoor, Tom", "refer", "")),
                                     lists(world, ENTRY("Ostravel, Loma", "refer", "")) };
    struct made made = made_new();
    struct ptn_arrival_whole whole;

    (void)state;
    made_take(&made, people, MADE_DAY_MS);
    for (unsigned i = 0; i < 3; i++) /* other lists at each turn */
        assert_int_equal(screen(&made, turns[i % 2], 1), 2 - i);
    whole = made_open(&made);
    assert_int_equal(whole.voyage.counts.waiting, 0);
    /* and then all of them with the last, once */
    assert_int_equal(screen(&made, turns[1], 100), 0);
    searches = 0;
    assert_int_equal(screen(&made, turns[1], 100), 0);
    assert_int_equal(searches, 0);
    whole = made_open(&made);
    assert_int_equal(made_row(&whole, "GREYMOOR")->trouble, 0);
    assert_int_equal(made_row(&whole, "OSTRAVEL")->trouble, 2);
    made_free(&made);
    ptn_snapshot_close(turns[0]);
    ptn_snapshot_close(turns[1]);
    ptn_world_seeded_free(world);
}

static void test_screen__who_has_arrived_is_not_screened_again(void **state)
{
    struct ptn_world *world = ptn_world_seeded(1, MADE_DAY_MS);
    struct ptn_snapshot *first = lists(world, ENTRY("Greymoor, Tom", "refer", ""));
    struct ptn_snapshot *second = lists(world, ENTRY("Ostravel, Loma", "refer", ""));
    struct made made = made_new();
    struct ptn_arrival_whole whole;
    struct ptn_person person;

    (void)state;
    made_take(&made, people, MADE_DAY_MS);
    assert_int_equal(screen(&made, first, 100), 0);
    whole = made_open(&made);
    person = ptn_arrival_person_as(&made_row(&whole, "OSTRAVEL")->person);
    ptn_arrivals_saw(made.arrivals, whole.voyage.name, &person, MADE_DAY_MS);
    searches = 0;
    assert_int_equal(screen(&made, second, 0), 3);
    assert_int_equal(screen(&made, second, 100), 0);
    assert_int_equal(searches, 2);
    whole = made_open(&made);
    assert_int_equal(made_row(&whole, "OSTRAVEL")->trouble, 0);
    assert_int_equal(made_row(&whole, "GREYMOOR")->trouble, 0);
    made_free(&made);
    ptn_snapshot_close(first);
    ptn_snapshot_close(second);
    ptn_world_seeded_free(world);
}

static void test_screen__without_memory_they_wait(void **state)
{
    struct ptn_world *world = ptn_world_seeded(1, MADE_DAY_MS);
    struct ptn_snapshot *snapshot = lists(world, ENTRY("Greymoor, Tom", "refer", ""));
    const struct ptn_arrivals_watch watch = watch_of(snapshot);
    struct made made = made_new();
    unsigned long nth = 0;
    size_t left = 0;
    struct ptn_status status;

    (void)state;
    made_take(&made, people, MADE_DAY_MS);
    do {
        assert_true(++nth < 200);
        fault_allocation(nth, FAULT_ONCE);
        status = ptn_arrivals_screen(made.arrivals, &watch, 100, &left);
        (void)fault_off();
    } while (!ptn_ok(status) || left > 0);
    assert_true(nth > 1);
    assert_int_equal(made_open(&made).voyage.counts.trouble, 1);
    made_free(&made);
    ptn_snapshot_close(snapshot);
    ptn_world_seeded_free(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_screen__who_is_listed_is_trouble_as_the_list_says),
        cmocka_unit_test(test_screen__where_somebody_was_born_goes_along),
        cmocka_unit_test(test_screen__other_lists_and_other_people_are_screened_again),
        cmocka_unit_test(test_screen__however_fast_lists_change_everybody_is_screened),
        cmocka_unit_test(test_screen__who_has_arrived_is_not_screened_again),
        cmocka_unit_test(test_screen__without_memory_they_wait),
    };

    return cmocka_run_group_tests_name("screen", tests, NULL, NULL);
}
