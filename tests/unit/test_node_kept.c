/* Who holds what: counting, and a crossing that waits for the site keeper and for nobody else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "node/lane.h"
#include "node/node.h"
#include "node_made.h"

#define MRZ                                                                                        \
    "P<UTOVONTRELI<<ELISIDA<<<<<<<<<<<<<<<<<<<<<<\nU004129073UTO9004126F3404115<<<<<<<<<<<<<<06"

/* ---- counting ---- */

static void test_kept__counts_keepers_and_not_the_site_among_them(void **state)
{
    struct ptn_kept_keeper keepers[] = {
        { .name = "site", .site = true, .acknowledged = 90 },
        { .name = "a", .acknowledged = 10 },
        { .name = "b", .acknowledged = 30 },
        { .name = "c", .acknowledged = 20 },
        { .name = "d", .acknowledged = 0 },
    };
    static const struct {
        uint32_t quorum;
        uint64_t size;
    } cases[] = { { 1, 30 }, { 2, 20 }, { 3, 10 }, { 4, 0 }, { 5, 0 } };
    struct ptn_kept_sizes sizes;

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        sizes = ptn_kept_count(keepers, 5, cases[i].quorum);
        assert_int_equal(sizes.site, 90);
        assert_int_equal(sizes.one, 30);
        assert_int_equal(sizes.quorum, cases[i].size);
    }
    sizes = ptn_kept_count(keepers, 1, 1); /* a site keeper alone is no quorum */
    assert_int_equal(sizes.one, 0);
    assert_int_equal(sizes.quorum, 0);
    sizes = ptn_kept_count(NULL, 0, 3);
    assert_int_equal(sizes.site + sizes.one + sizes.quorum, 0);
}

/* KEPT-1. */
static void test_kept__a_level_needs_the_entry_itself(void **state)
{
    static const struct ptn_kept_sizes sizes = { .site = 30, .one = 20, .quorum = 10 };
    static const struct {
        uint64_t seq;
        const char *word;
    } cases[] = {
        { 0, "quorum" },     { 9, "quorum" },     { 10, "kept" },  { 19, "kept" },
        { 20, "site-kept" }, { 29, "site-kept" }, { 30, "local" }, { UINT64_MAX, "local" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_string_equal(ptn_kept_word(ptn_kept_level(&sizes, cases[i].seq)), cases[i].word);
    assert_string_equal(ptn_kept_word(PTN_KEPT_NOT), "not-recorded");
}

/* ---- a node with a clock of ours ---- */

struct fixture {
    struct ptn_world world;
    int64_t now_us;
    char folder[FOLDER_SIZE];
    char dir[DIR_SIZE];
    struct ptn_node *node;
    struct ptn_arena *arena;
    unsigned rung;
};

struct crossing {
    struct ptn_lane_answer answer;
    struct ptn_lane_crossing crossing;
    unsigned done;
};

static int64_t monotonic_us(void *context)
{
    return ((struct fixture *)context)->now_us;
}

static int64_t now_ms(void *context)
{
    return INT64_C(1800000000000) + ((struct fixture *)context)->now_us / 1000;
}

static void wake(void *context)
{
    ((struct fixture *)context)->rung++;
}

static int begin(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    struct ptn_node_seams seams = { .context = fixture, .wake = wake };

    assert_non_null(fixture);
    fixture->world = *ptn_world_real();
    fixture->world.context = fixture;
    fixture->world.monotonic_us = monotonic_us;
    fixture->world.now_ms = now_ms;
    fixture->now_us = 1;
    made_post(&fixture->world, PTN_POST_LAND, fixture->folder, fixture->dir);
    assert_true(ptn_ok(ptn_node_open(&fixture->world, fixture->dir, &seams, &fixture->node, NULL)));
    fixture->arena = ptn_arena_new(64u << 20);
    assert_non_null(fixture->arena);
    (void)ptn_node_step(fixture->node);
    *state = fixture;
    return 0;
}

static int end(void **state)
{
    struct fixture *fixture = *state;

    ptn_node_close(fixture->node);
    ptn_arena_free(fixture->arena);
    unmade(fixture->folder);
    free(fixture);
    return 0;
}

static void scanned(struct ptn_lane_answer *answer)
{
    (void)answer;
}

static void crossed(struct ptn_lane_crossing *crossing)
{
    ((struct crossing *)crossing->context)->done++;
}

/* Scan, settle, make durable. */
static void cross(struct fixture *fixture, struct crossing *one)
{
    static const struct ptn_officer arta = { .user = "arta", .name = "Arta" };
    const struct ptn_lane_who who = { &arta, "1" };
    const struct ptn_lane_scan scan = { .mrz = PTN_BYTES_LITERAL(MRZ),
                                        .direction = PTN_DIRECTION_ENTRY };
    struct ptn_lane_settlement settlement = { .act = PTN_LANE_REFER,
                                              .kind = PTN_REFERRAL_CONDITIONS };

    *one = (struct crossing){ 0 };
    one->answer.done = scanned;
    one->crossing.done = crossed;
    one->crossing.context = one;
    assert_true(
        ptn_ok(ptn_lane_scan(fixture->node, &who, &scan, fixture->arena, &one->answer, NULL)));
    assert_true(ptn_node_step(fixture->node));
    settlement.scan = one->answer.scan;
    assert_true(
        ptn_ok(ptn_lane_settle(fixture->node, &who, &settlement, fixture->arena, &one->crossing)));
    assert_true(ptn_node_step(fixture->node));
    assert_true(ptn_ok(one->crossing.write.status));
    ptn_lane_answer_release(&one->answer);
}

/* What the site keeper and two others hold. */
static void tell(struct fixture *fixture, bool answers, uint64_t site, uint64_t a, uint64_t b)
{
    const struct ptn_kept_keeper keepers[] = {
        { .name = "site", .site = true, .answers = answers, .acknowledged = site },
        { .name = "a", .answers = true, .acknowledged = a },
        { .name = "b", .answers = true, .acknowledged = b },
    };

    ptn_node_kept(fixture->node, keepers, 3, 2);
}

static enum ptn_site_state site(struct fixture *fixture)
{
    struct ptn_kept_standing standing;

    ptn_node_kept_standing(fixture->node, &standing);
    return standing.site;
}

static void test_kept__without_a_site_keeper_nobody_waits(void **state)
{
    struct fixture *fixture = *state;
    struct crossing one;

    cross(fixture, &one);
    assert_int_equal(one.done, 1);
    assert_int_equal(one.crossing.kept, PTN_KEPT_LOCAL);
    assert_int_equal(ptn_node_wait_ms(fixture->node), -1);
    assert_int_equal(site(fixture), PTN_SITE_NONE);
}

/* KEPT-1. */
static void test_kept__a_crossing_waits_until_the_site_keeper_has_it(void **state)
{
    struct fixture *fixture = *state;
    struct crossing one;
    struct crossing two;
    unsigned rung;

    tell(fixture, true, 0, 0, 0);
    cross(fixture, &one);
    cross(fixture, &two);
    assert_int_equal(one.done + two.done, 0);
    assert_int_equal(ptn_node_wait_ms(fixture->node), PTN_KEPT_WAIT_MS + 1);
    fixture->now_us += 249000;
    (void)ptn_node_step(fixture->node);
    assert_int_equal(one.done, 0);
    rung = fixture->rung;
    tell(fixture, true, one.crossing.seq, 0, 0); /* all before it, and not it */
    (void)ptn_node_step(fixture->node);
    assert_int_equal(one.done, 0);
    tell(fixture, true, one.crossing.seq + 1, 0, 0);
    assert_int_equal(fixture->rung, rung + 2);
    (void)ptn_node_step(fixture->node);
    assert_int_equal(one.done, 1);
    assert_int_equal(one.crossing.kept, PTN_KEPT_SITE);
    assert_int_equal(two.done, 0);
    tell(fixture, true, two.crossing.seq + 1, two.crossing.seq + 1, two.crossing.seq + 1);
    (void)ptn_node_step(fixture->node);
    assert_int_equal(two.done, 1);
    assert_int_equal(two.crossing.kept, PTN_KEPT_QUORUM);
    assert_int_equal(site(fixture), PTN_SITE_KEEPS);
    assert_int_equal(ptn_node_wait_ms(fixture->node), -1);
}

/* KEPT-1. */
static void test_kept__who_waited_in_vain_goes_on_and_nobody_waits_after(void **state)
{
    struct fixture *fixture = *state;
    struct crossing one;
    struct crossing two;
    struct crossing three;

    tell(fixture, true, 0, 0, 0);
    cross(fixture, &one);
    fixture->now_us += 100000;
    cross(fixture, &two);
    fixture->now_us += 150000;
    assert_int_equal(ptn_node_wait_ms(fixture->node), 0);
    (void)ptn_node_step(fixture->node);
    assert_int_equal(one.done, 1);
    assert_int_equal(one.crossing.kept, PTN_KEPT_LOCAL);
    assert_int_equal(two.done, 1); /* it would have waited in vain, too */
    assert_int_equal(site(fixture), PTN_SITE_LATE);
    cross(fixture, &three);
    assert_int_equal(three.done, 1);
    assert_int_equal(three.crossing.kept, PTN_KEPT_LOCAL);
    tell(fixture, true, one.crossing.seq, 0, 0);
    assert_int_equal(site(fixture), PTN_SITE_LATE);
    tell(fixture, true, one.crossing.seq + 1, 0, 0);
    assert_int_equal(site(fixture), PTN_SITE_KEEPS);
    cross(fixture, &three); /* and from here on they wait again */
    assert_int_equal(three.done, 0);
    tell(fixture, false, one.crossing.seq + 1, 0, 0); /* its line is cut: at once */
    (void)ptn_node_step(fixture->node);
    assert_int_equal(three.done, 1);
    assert_int_equal(site(fixture), PTN_SITE_LATE);
    assert_int_equal(three.crossing.kept, PTN_KEPT_LOCAL);
}

static void test_kept__a_node_that_closes_lets_nobody_wait(void **state)
{
    struct fixture *fixture = *state;
    struct crossing one;

    tell(fixture, true, 0, 0, 0);
    cross(fixture, &one);
    assert_int_equal(one.done, 0);
    ptn_node_close(fixture->node);
    fixture->node = NULL;
    assert_int_equal(one.done, 1);
    assert_int_equal(one.crossing.kept, PTN_KEPT_LOCAL);
}

static void test_kept__says_how_far_each_keeper_is_behind(void **state)
{
    struct fixture *fixture = *state;
    struct ptn_kept_standing standing;
    struct crossing one;
    uint64_t first;

    tell(fixture, false, 0, 0, 0);
    fixture->now_us += 60000000;
    cross(fixture, &one);
    first = one.crossing.seq;
    fixture->now_us += 10000000;
    cross(fixture, &one);
    fixture->now_us += 5000000;
    /* a referral is two entries: the crossing and the case it opens */
    tell(fixture, false, 0, first + 2, one.crossing.seq + 2);
    ptn_node_kept_standing(fixture->node, &standing);
    assert_int_equal(standing.keeper_count, 3);
    assert_int_equal(standing.quorum, 2);
    assert_int_equal(standing.keepers[0].entries, one.crossing.seq + 2);
    assert_int_equal(standing.keepers[0].seconds, 75); /* what the start had to say is the oldest */
    assert_int_equal(standing.keepers[1].entries, one.crossing.seq - first);
    assert_int_equal(standing.keepers[1].seconds, 5);
    assert_int_equal(standing.keepers[2].entries, 0);
    assert_int_equal(standing.keepers[2].seconds, 0);
    assert_int_equal(standing.sizes.quorum, first + 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kept__counts_keepers_and_not_the_site_among_them),
        cmocka_unit_test(test_kept__a_level_needs_the_entry_itself),
        cmocka_unit_test_setup_teardown(test_kept__without_a_site_keeper_nobody_waits, begin, end),
        cmocka_unit_test_setup_teardown(test_kept__a_crossing_waits_until_the_site_keeper_has_it,
                                        begin, end),
        cmocka_unit_test_setup_teardown(
            test_kept__who_waited_in_vain_goes_on_and_nobody_waits_after, begin, end),
        cmocka_unit_test_setup_teardown(test_kept__a_node_that_closes_lets_nobody_wait, begin, end),
        cmocka_unit_test_setup_teardown(test_kept__says_how_far_each_keeper_is_behind, begin, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
