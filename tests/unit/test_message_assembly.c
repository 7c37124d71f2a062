/* Goal: parts come in any order and make one message; what stays incomplete is said, and memory has
 * a cap. */
#include "message/assembly.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define PARTS 4u

struct world {
    struct ptn_arena *arena;
    struct ptn_manifest *manifest;
    struct ptn_assembly *assembly;
};

static int set_up(void **state)
{
    struct world *world = calloc(1, sizeof(*world));

    world->arena = ptn_arena_new(4u << 20);
    world->manifest = malloc(sizeof(*world->manifest));
    world->assembly = ptn_assembly_new(1u << 16);
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;

    ptn_assembly_free(world->assembly);
    free(world->manifest);
    ptn_arena_free(world->arena);
    free(world);
    return 0;
}

/* One part with one person, of a message of four people. */
static struct ptn_bytes part_of(char text[400], const char *sender, const char *common,
                                unsigned number)
{
    (void)snprintf(text, 400,
                   "UNB+UNOA:4+%s+UTO+260901:0800+42%u'UNH+M%u+PAXLST:D:05B:UN:IATA+%s+%02u:%s'"
                   "BGM+745'TDT+20+UT451+++UT'LOC+125+UTA'LOC+87+TIA'"
                   "NAD+FL+++SPECIMEN%u:ANA'CNT+42:4'UNT+8+M%u'UNZ+1+42%u'",
                   sender, number, number, common, number, number == PARTS ? "F" : "C", number,
                   number, number);
    return ptn_bytes_from_text(text);
}

static struct ptn_status add(struct world *world, struct ptn_bytes input, int64_t now_ms,
                             struct ptn_assembly_set *ret_set)
{
    struct ptn_manifest_reader *reader = NULL;
    struct ptn_status status;

    ptn_arena_clear(world->arena);
    assert_true(ptn_ok(ptn_manifest_reader_new(input, &reader, NULL)));
    assert_true(ptn_ok(ptn_manifest_next(reader, world->arena, world->manifest)));
    assert_int_equal(world->manifest->note_count, 0); /* a part's people are not all */
    status = ptn_assembly_add(world->assembly, &world->manifest->sent, input, now_ms, ret_set);
    ptn_manifest_reader_free(reader);
    return status;
}

static struct ptn_manifest *join(struct world *world, struct ptn_bytes whole)
{
    struct ptn_manifest_reader *reader = NULL;

    ptn_arena_clear(world->arena);
    assert_true(ptn_ok(ptn_manifest_reader_new(whole, &reader, NULL)));
    ptn_manifest_reader_join(reader);
    assert_true(ptn_ok(ptn_manifest_next(reader, world->arena, world->manifest)));
    ptn_manifest_reader_free(reader);
    return world->manifest;
}

static void test_assembly__parts_in_any_order_are_one_message(void **state)
{
    static const unsigned orders[][PARTS] = {
        { 1, 2, 3, 4 }, { 4, 3, 2, 1 }, { 3, 1, 4, 2 }, { 2, 4, 1, 3 }
    };
    struct world *world = *state;
    char text[400];

    for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
        struct ptn_assembly_set set = { .missing = 9 };
        const struct ptn_manifest *manifest;
        const struct ptn_manifest_person *person;

        for (size_t k = 0; k < PARTS; k++) {
            assert_int_equal(add(world, part_of(text, "UT", "ref", orders[i][k]), 0, &set).code,
                             k + 1 < PARTS ? PTN_C_NOT_FOUND : PTN_C_OK);
            /* the same part again takes the place of the former */
            if (k == 1)
                assert_int_equal(add(world, part_of(text, "UT", "ref", orders[i][k]), 0, &set).code,
                                 PTN_C_NOT_FOUND);
            assert_int_equal(ptn_assembly_count(world->assembly), k + 1 < PARTS ? 1 : 0);
        }
        assert_int_equal(set.missing, 0);
        assert_int_equal(set.part_count, PARTS);
        manifest = join(world, set.whole);
        assert_int_equal(manifest->verdict, PTN_MANIFEST_ACCEPTED);
        assert_int_equal(manifest->flight_count, 1);
        assert_int_equal(manifest->person_count, PARTS);
        person = manifest->people;
        for (unsigned k = 1; k <= PARTS; k++, person = person->next) {
            char name[16];

            (void)snprintf(name, sizeof(name), "SPECIMEN%u", k);
            assert_true(ptn_bytes_is(person->surname, name));
        }
    }
}

static void test_assembly__sets_are_kept_apart_by_sender_and_reference(void **state)
{
    struct world *world = *state;
    struct ptn_assembly_set set;
    char text[400];

    assert_int_equal(add(world, part_of(text, "UT", "a", 4), 0, &set).code, PTN_C_NOT_FOUND);
    assert_int_equal(add(world, part_of(text, "UT", "b", 1), 0, &set).code, PTN_C_NOT_FOUND);
    assert_int_equal(add(world, part_of(text, "U", "Ta", 2), 0, &set).code, PTN_C_NOT_FOUND);
    assert_int_equal(ptn_assembly_count(world->assembly), 3);
}

static void test_assembly__what_is_missing_too_long_is_said(void **state)
{
    struct world *world = *state;
    struct ptn_assembly_set set = { .missing = 0 };
    char text[400];

    assert_int_equal(add(world, part_of(text, "UT", "new", 2), 9000, &set).code, PTN_C_NOT_FOUND);
    assert_int_equal(add(world, part_of(text, "UT", "old", 1), 1000, &set).code, PTN_C_NOT_FOUND);
    assert_int_equal(add(world, part_of(text, "UT", "old", 4), 9000, &set).code, PTN_C_NOT_FOUND);
    assert_false(ptn_assembly_late(world->assembly, 999, &set));
    assert_true(ptn_assembly_late(world->assembly, 1000, &set));
    assert_true(ptn_bytes_is(set.common, "old") && ptn_bytes_is(set.sender, "UT"));
    assert_int_equal(set.missing, 2);
    assert_int_equal(set.part_count, 2);
    assert_int_equal(join(world, set.whole)->person_count, 2);
    assert_int_equal(world->manifest->verdict, PTN_MANIFEST_ACCEPTED_WITH_NOTES); /* CNT says 4 */
    assert_false(ptn_assembly_late(world->assembly, 8999, &set));
    assert_true(ptn_assembly_late(world->assembly, 9000, &set));
    assert_int_equal(set.missing, 1);
    assert_int_equal(ptn_assembly_count(world->assembly), 0);
}

static void test_assembly__memory_has_a_cap(void **state)
{
    struct world *world = *state;
    struct ptn_assembly_set set;
    char text[400];
    char common[16];
    unsigned count = 0;

    while (count < PTN_ASSEMBLY_SETS_MAX + 10) {
        struct ptn_status status;

        (void)snprintf(common, sizeof(common), "%u", count);
        status = add(world, part_of(text, "UT", common, 1), 0, &set);
        if (status.code == PTN_C_TOO_BIG)
            break;
        assert_int_equal(status.code, PTN_C_NOT_FOUND);
        count++;
    }
    assert_in_range(count, 150, PTN_ASSEMBLY_SETS_MAX);
    while (ptn_assembly_late(world->assembly, 0, &set))
        count--;
    assert_int_equal(count, 0);
    assert_int_equal(add(world, part_of(text, "UT", "x", 1), 0, &set).code, PTN_C_NOT_FOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_assembly__parts_in_any_order_are_one_message, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_assembly__sets_are_kept_apart_by_sender_and_reference,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_assembly__what_is_missing_too_long_is_said, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_assembly__memory_has_a_cap, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
