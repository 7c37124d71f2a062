/* The lists in force are read again while a post runs: what changes in memory or in the file is
 * found, said at every scan, and something whole takes its place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "node/lane.h"
#include "node/node_int.h"
#include "node_made.h"
#include "watch/register.h"

#define LISTED                                                                                     \
    "P<UTOJEVRELOFF<<TICHORAD<<<<<<<<<<<<<<<<<<<<\nU007015337UTO7010011M3203189<<<<<<<<<<<<<<04"

static const struct ptn_officer arta = { .user = "arta", .name = "Arta" };

struct fixture {
    char folder[FOLDER_SIZE];
    char dir[DIR_SIZE];
    char current[160];
    char former[160];
    struct ptn_node *node;
    struct ptn_arena *arena;
    struct ptn_lane_answer answer;
};

static struct ptn_world later; /* the real one, with a clock that is pushed on */
static int64_t ahead_us;

static int64_t later_us(void *context)
{
    return ptn_world_real()->monotonic_us(context) + ahead_us;
}

static int begin(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    const struct ptn_snapshot_input input = made_demo_list();
    struct ptn_diag diag = { 0 };

    assert_non_null(fixture);
    later = *ptn_world_real();
    later.monotonic_us = later_us;
    ahead_us = 0;
    made_post(&later, PTN_POST_LAND, fixture->folder, fixture->dir);
    made_lists(&later, fixture->dir, &input, 1);
    (void)snprintf(fixture->current, sizeof(fixture->current), "%s/lists/current.snap",
                   fixture->dir);
    (void)snprintf(fixture->former, sizeof(fixture->former), "%s/lists/former.snap", fixture->dir);
    fixture->arena = ptn_arena_new((size_t)64 << 20);
    assert_true(ptn_ok(ptn_node_open(&later, fixture->dir, NULL, &fixture->node, &diag)));
    *state = fixture;
    return 0;
}

static int end(void **state)
{
    struct fixture *fixture = *state;

    ptn_lane_answer_release(&fixture->answer);
    ptn_node_close(fixture->node);
    ptn_arena_free(fixture->arena);
    unmade(fixture->folder);
    free(fixture);
    return 0;
}

static void scan_done(struct ptn_lane_answer *answer)
{
    (void)answer;
}

static bool advised(struct fixture *fixture, const char *rule)
{
    struct ptn_lane_who who = { &arta, "1" };
    struct ptn_lane_scan question = { .mrz = PTN_BYTES_LITERAL(LISTED),
                                      .direction = PTN_DIRECTION_ENTRY };

    ptn_lane_answer_release(&fixture->answer);
    fixture->answer = (struct ptn_lane_answer){ .done = scan_done };
    assert_true(ptn_ok(
        ptn_lane_scan(fixture->node, &who, &question, fixture->arena, &fixture->answer, NULL)));
    (void)ptn_node_step(fixture->node);
    for (size_t i = 0; i < fixture->answer.advice.reason_count; i++)
        if (ptn_bytes_is(fixture->answer.advice.reasons[i].rule, rule))
            return true;
    return false;
}

/* Long enough for the rest of a pass before, and one over everything. */
static void pass(struct fixture *fixture)
{
    ahead_us += INT64_C(61) * 1000000;
    for (unsigned i = 0; i < 60; i++) {
        ahead_us += INT64_C(100000);
        (void)ptn_node_step(fixture->node);
    }
}

/* Turn a bit over in what is searched. */
static void flip_memory(struct fixture *fixture, size_t at)
{
    struct ptn_bytes bytes = ptn_snapshot_bytes(fixture->node->lists->snapshot);
    uint8_t *from;

    memcpy(&from, &bytes.at, sizeof(from)); /* it is the snapshot's, and meant to be read only */
    assert_int_equal(mprotect(from, bytes.len, PROT_READ | PROT_WRITE), 0);
    from[at % bytes.len] ^= 4;
}

static void flip_file(const char *path, long at)
{
    FILE *file = fopen(path, "r+b");
    int byte;

    assert_non_null(file);
    assert_int_equal(fseek(file, at, SEEK_SET), 0);
    byte = fgetc(file);
    assert_int_equal(fseek(file, at, SEEK_SET), 0);
    assert_int_not_equal(fputc(byte ^ 4, file), EOF);
    assert_int_equal(fclose(file), 0);
}

/* POST-9. */
static void test_node_recheck__memory_that_changes_is_found_and_the_file_read_again(void **state)
{
    struct fixture *fixture = *state;
    size_t len = ptn_snapshot_bytes(fixture->node->lists->snapshot).len;

    pass(fixture);
    assert_int_equal(ptn_node_lists_found(fixture->node), 0);
    for (unsigned i = 0; i < 12; i++) {
        const struct ptn_snapshot *before = fixture->node->lists->snapshot;

        flip_memory(fixture, i * (len - 1) / 11);
        pass(fixture);
        assert_int_equal(ptn_node_lists_found(fixture->node), i + 1);
        assert_ptr_not_equal(fixture->node->lists->snapshot, before);
        assert_int_equal(ptn_node_lists_state(fixture->node), PTN_LISTS_CURRENT);
        assert_false(advised(fixture, "lists.damaged"));
        assert_int_equal(fixture->answer.match_count, 1);
    }
}

/* POST-9: where the file is no good either the copy is used, and where that is none, every scan
 * says so until there is. */
static void test_node_recheck__with_nothing_whole_left_every_scan_says_so(void **state)
{
    struct fixture *fixture = *state;
    const struct ptn_snapshot_input input = made_demo_list();

    flip_file(fixture->current, 5000);
    flip_memory(fixture, 5000);
    pass(fixture);
    assert_int_equal(ptn_node_lists_state(fixture->node), PTN_LISTS_FORMER);
    assert_false(advised(fixture, "lists.damaged"));
    assert_int_equal(fixture->answer.match_count, 1);

    flip_file(fixture->former, 5000);
    flip_memory(fixture, 5000);
    pass(fixture);
    assert_int_equal(ptn_node_lists_state(fixture->node), PTN_LISTS_DAMAGED);
    assert_true(advised(fixture, "lists.damaged"));
    assert_int_not_equal(fixture->answer.advice.verdict, PTN_VERDICT_STOP);
    assert_true(advised(fixture, "lists.damaged"));

    made_lists(&later, fixture->dir, &input, 1);
    pass(fixture);
    pass(fixture);
    assert_int_equal(ptn_node_lists_state(fixture->node), PTN_LISTS_CURRENT);
    assert_false(advised(fixture, "lists.damaged"));
}

/* POST-9: what is searched is memory of the post's own. */
static void test_node_recheck__a_file_that_is_cut_or_changed_reaches_no_scan(void **state)
{
    struct fixture *fixture = *state;

    flip_file(fixture->current, 5000);
    assert_false(advised(fixture, "lists.damaged"));
    assert_int_equal(fixture->answer.match_count, 1);
    pass(fixture);
    assert_int_equal(ptn_node_lists_state(fixture->node), PTN_LISTS_FORMER);
    assert_int_equal(ptn_node_lists_found(fixture->node), 1);
    flip_file(fixture->current, 5000);
    assert_true(ptn_ok(ptn_node_reload(fixture->node, NULL)));

    assert_int_equal(truncate(fixture->current, 4096), 0); /* no bus error */
    assert_false(advised(fixture, "lists.damaged"));
    assert_int_equal(fixture->answer.match_count, 1);
    pass(fixture);
    assert_int_equal(ptn_node_lists_state(fixture->node), PTN_LISTS_FORMER);
    assert_int_equal(ptn_node_lists_found(fixture->node), 2);
    assert_false(advised(fixture, "lists.damaged"));
    assert_int_equal(fixture->answer.match_count, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            test_node_recheck__memory_that_changes_is_found_and_the_file_read_again, begin, end),
        cmocka_unit_test_setup_teardown(
            test_node_recheck__with_nothing_whole_left_every_scan_says_so, begin, end),
        cmocka_unit_test_setup_teardown(
            test_node_recheck__a_file_that_is_cut_or_changed_reaches_no_scan, begin, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
