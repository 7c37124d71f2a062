/* Goal: what a centre's view has of crossings comes to a post's table once each, in whatever pieces
 * and restarts; editions count in the order of their ledger and only ever add. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fault.h"
#include "node/country.h"
#include "node/node_int.h"
#include "node/published_int.h"
#include "node_made.h"
#include "view_made.h"

#define PAYLOADS_MAX 64u
#define DAY_MS       INT64_C(86400000)
#define MAX          64u

static const char *const origins[] = { "utopia.example/a", "utopia.example/b" };

struct setting {
    struct ptn_world world; /* the real one, with a clock of its own */
    char folder[FOLDER_SIZE];
    struct ptn_view *view;
    uint64_t seq[2];
    int64_t today_ms;
    struct ptn_stays_press *press;
    struct ptn_buffer payloads[PAYLOADS_MAX];
    size_t count;
    size_t (*gaps)(void *context, struct ptn_paper_gap ret_gaps[PTN_PAPER_GAPS_MAX]);
    unsigned fail; /* the append that fails, from 1; 0: none */
};

static int64_t clock_ms;

static int64_t now_ms(void *context)
{
    (void)context;
    return clock_ms;
}

/* Any that is another for another entry. */
static struct ptn_status name(void *context, const char *origin, uint64_t seq,
                              struct ptn_hash *ret_name)
{
    uint8_t bytes[2] = { (uint8_t)origin[strlen(origin) - 1], (uint8_t)seq };
    const struct ptn_bytes part = ptn_bytes_of(bytes, sizeof(bytes));

    (void)context;
    return ptn_sha256(&part, 1, ret_name->at);
}

static struct ptn_status append(void *context, unsigned kind, struct ptn_bytes payload)
{
    struct setting *setting = context;
    struct ptn_status status;

    if (setting->fail > 0 && --setting->fail == 0)
        return (struct ptn_status){ PTN_C_IO };
    assert_int_equal(kind, PTN_RECORD_STAYS);
    assert_true(setting->count < PAYLOADS_MAX);
    ptn_buffer_init(&setting->payloads[setting->count], PTN_RECORD_LEN_MAX);
    status = ptn_buffer_add(&setting->payloads[setting->count], payload);
    setting->count += ptn_ok(status) ? 1 : 0;
    return status;
}

static void set_up(struct setting *setting)
{
    char path[FOLDER_SIZE + 16];

    *setting = (struct setting){ .world = *ptn_world_real() };
    setting->world.now_ms = now_ms;
    clock_ms = MADE_START_MS;
    setting->today_ms = MADE_START_MS;
    (void)snprintf(setting->folder, sizeof(setting->folder), "/tmp/postern-press-XXXXXX");
    assert_non_null(mkdtemp(setting->folder));
    (void)snprintf(path, sizeof(path), "%s/view.sqlite", setting->folder);
    assert_true(ptn_ok(ptn_view_open(&setting->world, path, PTN_VIEW_WRITE, &setting->view, NULL)));
    setting->press = ptn_stays_press_new(&setting->world, "centre");
    assert_non_null(setting->press);
}

static void tear_down(struct setting *setting)
{
    ptn_stays_press_free(setting->press);
    ptn_view_close(setting->view);
    for (size_t i = 0; i < setting->count; i++)
        ptn_buffer_release(&setting->payloads[i]);
    unmade(setting->folder);
}

/* Somebody crosses: their number, days ago, the minute. */
static void cross(struct setting *setting, size_t ledger, uint64_t who, int32_t ago, int minute,
                  enum ptn_direction direction, enum ptn_outcome outcome)
{
    static struct made made;
    struct ptn_ledger_header header = { .kind = PTN_RECORD_CROSSING,
                                        .retention = PTN_RETENTION_CROSSING,
                                        .has_payload = true,
                                        .sealed_len = 100 };
    struct ptn_view_entry entry = { origins[ledger], setting->seq[ledger], &header,
                                    PTN_BYTES_NONE };

    made_crossing(&made, ledger, setting->seq[ledger] + 1, 10);
    made_person(&made, who);
    made.crossing.time_ms =
        setting->today_ms - ago * DAY_MS - setting->today_ms % DAY_MS + minute * INT64_C(60000);
    made.crossing.date = ptn_instant_date(made.crossing.time_ms);
    made.crossing.direction = direction;
    made.crossing.outcome = outcome;
    if (outcome != PTN_OUTCOME_RECORDED) {
        made.crossing.reason = PTN_BYTES_LITERAL("because");
        made.crossing.supervisor = PTN_BYTES_LITERAL("sara");
    }
    if (outcome == PTN_OUTCOME_REFERRED)
        made.crossing.referral = PTN_REFERRAL_MATCH;
    ptn_buffer_init(&made.payload, PTN_RECORD_LEN_MAX);
    assert_true(ptn_ok(ptn_crossing_write(&made.crossing, &made.payload)));
    header.time_ms = made.crossing.time_ms;
    header.sealed_sha256.at[0] = (uint8_t)setting->seq[ledger];
    entry.payload = ptn_buffer_bytes(&made.payload);
    assert_true(ptn_ok(ptn_view_begin(setting->view, NULL)));
    assert_true(ptn_ok(ptn_view_apply(setting->view, &entry, NULL)));
    assert_true(ptn_ok(ptn_view_commit(setting->view, NULL)));
    ptn_buffer_release(&made.payload);
    setting->seq[ledger]++;
}

/* A whole round; how many turns failed. */
static unsigned press(struct setting *setting)
{
    const struct ptn_stays_press_at at = { .view = setting->view,
                                           .name = name,
                                           .append = append,
                                           .gaps = setting->gaps,
                                           .context = setting };
    unsigned failed = 0;
    bool more = true;

    for (unsigned turns = 0; more; turns++) {
        struct ptn_status status = ptn_stays_press_turn(setting->press, &at, &more, NULL);

        assert_true(turns < 1000);
        failed += ptn_ok(status) ? 0 : 1;
        more = more || !ptn_ok(status);
    }
    return failed;
}

static void start_again(struct setting *setting)
{
    ptn_stays_press_free(setting->press);
    setting->press = ptn_stays_press_new(&setting->world, "centre");
    assert_non_null(setting->press);
    for (size_t i = 0; i < setting->count; i++)
        assert_true(
            ptn_ok(ptn_stays_press_learn(setting->press, ptn_buffer_bytes(&setting->payloads[i]))));
}

static struct ptn_stays_edition read_payload(const struct setting *setting, size_t index)
{
    struct ptn_stays_edition said;

    assert_true(index < setting->count);
    assert_true(
        ptn_ok(ptn_stays_edition_parse(ptn_buffer_bytes(&setting->payloads[index]), &said, NULL)));
    return said;
}

static size_t rows_of(const struct setting *setting, size_t index)
{
    return read_payload(setting, index).rows.len / PTN_STAYS_ROW_LEN;
}

static void test_stays_press__each_crossing_is_published_once(void **state)
{
    struct setting setting;

    (void)state;
    set_up(&setting);
    assert_int_equal(press(&setting), 0); /* a round without a crossing says until when */
    assert_int_equal(setting.count, 1);
    assert_int_equal(rows_of(&setting, 0), 0);
    assert_int_equal(read_payload(&setting, 0).until_ms, clock_ms);
    cross(&setting, 0, 1, 60, 10, PTN_DIRECTION_ENTRY, PTN_OUTCOME_RECORDED);
    cross(&setting, 0, 1, 60, 10, PTN_DIRECTION_EXIT, PTN_OUTCOME_RECORDED);
    cross(&setting, 1, 1, 60, 500, PTN_DIRECTION_ENTRY, PTN_OUTCOME_RECORDED);
    cross(&setting, 1, 2, 3, 500, PTN_DIRECTION_ENTRY, PTN_OUTCOME_REFERRED);
    cross(&setting, 1, 2, 3, 501, PTN_DIRECTION_ENTRY, PTN_OUTCOME_OVERRIDDEN);
    cross(&setting, 1, 2, 400, 501, PTN_DIRECTION_ENTRY, PTN_OUTCOME_RECORDED); /* too old */
    assert_int_equal(press(&setting), 0);
    assert_int_equal(setting.count, 2);
    assert_int_equal(rows_of(&setting, 1), 4);
    assert_int_equal(read_payload(&setting, 1).edition, 2);
    assert_int_equal(ptn_date_to_days(read_payload(&setting, 1).since),
                     setting.today_ms / DAY_MS - 60);
    assert_int_equal(press(&setting), 0);
    assert_int_equal(rows_of(&setting, 2), 0);
    start_again(&setting); /* nothing is kept beside the ledger */
    assert_int_equal(press(&setting), 0);
    assert_int_equal(rows_of(&setting, 3), 0);
    assert_int_equal(read_payload(&setting, 3).edition, 4);
    assert_memory_equal(read_payload(&setting, 3).salt, read_payload(&setting, 0).salt,
                        PTN_SHA256_LEN);
    cross(&setting, 0, 1, 60, 600, PTN_DIRECTION_EXIT, PTN_OUTCOME_RECORDED);
    ptn_stays_press_again(setting.press);
    assert_int_equal(press(&setting), 0);
    assert_int_equal(rows_of(&setting, 4), 1);
    assert_int_equal(ptn_stays_press_rows(setting.press), 5);
    tear_down(&setting);
}

/* Whoever had the key for a moment may use the numbers up, and stops nobody by it. */
static void test_stays_press__numbers_that_are_used_up_begin_anew(void **state)
{
    struct setting setting;
    struct ptn_stays_edition said;
    struct ptn_buffer last = { .len_max = PTN_RECORD_LEN_MAX };

    (void)state;
    set_up(&setting);
    cross(&setting, 0, 1, 60, 10, PTN_DIRECTION_ENTRY, PTN_OUTCOME_RECORDED);
    assert_int_equal(press(&setting), 0);
    said = read_payload(&setting, 0);
    said.edition = PTN_STAYS_EDITIONS_MAX;
    said.rows = PTN_BYTES_NONE;
    assert_true(ptn_ok(ptn_stays_edition_write(&said, &last)));
    said.edition++;
    assert_int_equal(ptn_stays_edition_validate(&said, NULL).code, PTN_C_TOO_BIG);
    assert_true(ptn_ok(append(&setting, PTN_RECORD_STAYS, ptn_buffer_bytes(&last))));
    start_again(&setting);
    cross(&setting, 0, 1, 50, 10, PTN_DIRECTION_EXIT, PTN_OUTCOME_RECORDED);
    assert_int_equal(press(&setting), 0);
    assert_int_equal(rows_of(&setting, 2), 1);
    assert_int_equal(read_payload(&setting, 2).edition, 1);
    assert_memory_not_equal(read_payload(&setting, 2).salt, read_payload(&setting, 0).salt,
                            PTN_SHA256_LEN);
    ptn_buffer_release(&last);
    tear_down(&setting);
}

static void test_stays_press__a_failed_append_loses_and_doubles_nothing(void **state)
{
    struct setting setting;

    (void)state;
    set_up(&setting);
    for (int32_t i = 0; i < 5; i++)
        cross(&setting, 0, (uint64_t)i, i, 10, PTN_DIRECTION_ENTRY, PTN_OUTCOME_RECORDED);
    setting.fail = 1;
    assert_int_equal(press(&setting), 1);
    assert_int_equal(setting.count, 1);
    assert_int_equal(rows_of(&setting, 0), 5);
    assert_int_equal(read_payload(&setting, 0).edition, 1);
    tear_down(&setting);
}

/* Without memory somewhere nothing is lost, nothing is doubled, and no place of a traveller's day
 * is left empty. */
static void test_stays_press__any_allocation_may_fail(void **state)
{
    unsigned long nth = 0;
    bool failed = true;

    (void)state;
    while (failed) {
        struct setting setting;
        struct ptn_stays_part part = { .day = (int32_t)(MADE_START_MS / DAY_MS) };
        struct ptn_stays_change change = { .parts = &part, .part_count = 1, .today = part.day };
        struct ptn_stays_table *table = NULL;
        struct ptn_stay_event events[MAX];
        struct made *made = calloc(1, sizeof(*made));
        size_t found = 0;
        size_t left_out = 0;

        assert_non_null(made);
        set_up(&setting);
        for (int i = 0; i < 4; i++)
            cross(&setting, 0, 1, 5, 10 * i, i % 2 == 0 ? PTN_DIRECTION_ENTRY : PTN_DIRECTION_EXIT,
                  PTN_OUTCOME_RECORDED);
        fault_allocation(++nth, FAULT_ONCE);
        (void)press(&setting);
        failed = fault_off();
        assert_true(setting.count >= 1);
        assert_int_equal(rows_of(&setting, setting.count - 1), 4);
        memcpy(part.salt, read_payload(&setting, setting.count - 1).salt, sizeof(part.salt));
        part.rows = read_payload(&setting, setting.count - 1).rows;
        assert_true(ptn_ok(ptn_stays_table_make(NULL, &change, &table, &left_out)));
        made_person(made, 1);
        assert_true(ptn_ok(ptn_stays_table_find(table, &made->crossing.person,
                                                ptn_instant_date(MADE_START_MS), NULL, 0, events,
                                                MAX, &found)));
        assert_int_equal(found, 4);
        ptn_stays_table_leave(table);
        free(made);
        tear_down(&setting);
    }
    assert_true(nth > 10);
}

/* ---- at a post ---- */

struct post {
    char folder[FOLDER_SIZE], dir[DIR_SIZE];
    struct ptn_node *node;
    struct ptn_published *published;
};

static void open_post(struct post *post)
{
    made_post(ptn_world_real(), PTN_POST_LAND, post->folder, post->dir);
    assert_true(ptn_ok(ptn_node_open(ptn_world_real(), post->dir, NULL, &post->node, NULL)));
    post->published = ptn_published_new(ptn_world_real());
    assert_non_null(post->published);
}

static void close_post(struct post *post)
{
    ptn_published_free(post->published);
    ptn_node_close(post->node);
    unmade(post->folder);
}

static struct ptn_published_stays_standing standing_of(const struct post *post)
{
    struct ptn_published_stays_standing standing;

    ptn_published_stays_standing(post->published, &standing);
    return standing;
}

/* What the post has of that person, after what changed was put before its lanes. */
static size_t found(struct post *post, uint64_t who)
{
    static struct made made;
    const struct ptn_date today = ptn_instant_date(MADE_START_MS);
    struct ptn_stays_table *table = NULL;
    struct ptn_stay_event events[MAX];
    size_t count = 0;

    made_person(&made, who);
    assert_true(ptn_ok(ptn_published_stays(post->published, post->node, today, &table)));
    if (table != NULL)
        ptn_publishing_put_stays(post->node, table);
    table = ptn_node_stays_enter(post->node);
    if (table == NULL)
        return 0;
    assert_true(ptn_ok(
        ptn_stays_table_find(table, &made.crossing.person, today, NULL, 0, events, MAX, &count)));
    ptn_stays_table_leave(table);
    return count;
}

/* STAYS-4: in the order of the ledger, each once; what is rolled back counts for nothing, and what
 * is missing is said. STAYS-3: whatever comes, nobody has fewer crossings than before. */
static void test_stays_press__editions_count_in_their_order(void **state)
{
    struct setting setting;
    struct post post;
    struct ptn_stays_edition said;
    struct ptn_buffer empty = { .len_max = PTN_RECORD_LEN_MAX };

    (void)state;
    set_up(&setting);
    open_post(&post);
    for (int32_t round = 0; round < 3; round++) {
        cross(&setting, 0, 1, 50 - round, 10, PTN_DIRECTION_ENTRY, PTN_OUTCOME_RECORDED);
        assert_int_equal(press(&setting), 0);
    }
    assert_int_equal(found(&post, 1), 0);
    assert_true(
        ptn_ok(ptn_published_add_stays(post.published, 0, ptn_buffer_bytes(&setting.payloads[0]))));
    assert_int_equal(found(&post, 1), 1);
    assert_int_equal(
        ptn_published_add_stays(post.published, 0, ptn_buffer_bytes(&setting.payloads[0])).code,
        PTN_C_BAD_INPUT);
    assert_int_equal(standing_of(&post).refused, 1);
    assert_true(
        ptn_ok(ptn_published_add_stays(post.published, 0, ptn_buffer_bytes(&setting.payloads[2]))));
    assert_int_equal(standing_of(&post).missing, 1);
    assert_int_equal(found(&post, 1), 2); /* what is there counts */
    assert_int_equal(ptn_date_to_days(standing_of(&post).since), MADE_START_MS / DAY_MS - 50);
    assert_int_equal(
        ptn_published_add_stays(post.published, 0, ptn_buffer_bytes(&setting.payloads[1])).code,
        PTN_C_BAD_INPUT);
    assert_int_equal(found(&post, 1), 2);
    /* a thief's edition without a row, a thief's beginning anew, bytes that are none */
    said = read_payload(&setting, 2);
    said.edition = 9;
    said.since = ptn_instant_date(MADE_START_MS); /* as if nothing had been known before */
    said.rows = PTN_BYTES_NONE;
    assert_true(ptn_ok(ptn_stays_edition_write(&said, &empty)));
    assert_true(ptn_ok(ptn_published_add_stays(post.published, 0, ptn_buffer_bytes(&empty))));
    said.salt[0] ^= 1;
    said.edition = 1;
    ptn_buffer_clear(&empty);
    assert_true(ptn_ok(ptn_stays_edition_write(&said, &empty)));
    assert_true(ptn_ok(ptn_published_add_stays(post.published, 0, ptn_buffer_bytes(&empty))));
    assert_int_equal(ptn_published_add_stays(post.published, 0, PTN_BYTES_LITERAL("none")).code,
                     PTN_C_BAD_INPUT);
    assert_int_equal(found(&post, 1), 2);
    assert_int_equal(ptn_date_to_days(standing_of(&post).since), MADE_START_MS / DAY_MS - 50);
    /* a rebuilt centre's ledger has the same records again */
    for (size_t i = 0; i < 3; i++)
        assert_true(ptn_ok(
            ptn_published_add_stays(post.published, 1, ptn_buffer_bytes(&setting.payloads[i]))));
    assert_int_equal(found(&post, 1), 3);
    assert_int_equal(standing_of(&post).rows, 3);
    ptn_buffer_release(&empty);
    close_post(&post);
    tear_down(&setting);
}

/* How many gaps lanes have, after what changed was put before them. */
static size_t gaps_of(struct post *post)
{
    struct ptn_stays_table *table;
    size_t count = 0;

    (void)found(post, 1);
    table = ptn_node_stays_enter(post->node);
    if (table != NULL)
        count = ptn_stays_table_said(table).gap_count;
    ptn_stays_table_leave(table);
    return count;
}

static size_t one_gap(void *context, struct ptn_paper_gap ret_gaps[PTN_PAPER_GAPS_MAX])
{
    (void)context;
    return ptn_paper_gaps_add(ret_gaps, 0, (struct ptn_paper_gap){ 20700, 20703 });
}

/* PAPER-6: paper days go out with a round, and the next one without them takes them back. */
static void test_stays_press__paper_days_come_with_a_round(void **state)
{
    struct setting setting;
    struct ptn_stays_edition said;
    struct post post;

    (void)state;
    set_up(&setting);
    open_post(&post);
    setting.gaps = one_gap;
    cross(&setting, 0, 1, 50, 10, PTN_DIRECTION_ENTRY, PTN_OUTCOME_RECORDED);
    assert_int_equal(press(&setting), 0);
    setting.gaps = NULL;
    clock_ms += 3600000;
    assert_int_equal(press(&setting), 0);
    assert_int_equal(setting.count, 2);
    assert_int_equal(gaps_of(&post), 0);
    assert_true(
        ptn_ok(ptn_published_add_stays(post.published, 0, ptn_buffer_bytes(&setting.payloads[0]))));
    assert_int_equal(gaps_of(&post), 1);
    assert_true(
        ptn_ok(ptn_published_add_stays(post.published, 0, ptn_buffer_bytes(&setting.payloads[1]))));
    assert_int_equal(gaps_of(&post), 0);
    said = read_payload(&setting, 0);
    assert_int_equal(said.gaps.len, PTN_STAYS_GAP_LEN);
    said.gaps = PTN_BYTES_LITERAL("\0\0\x50\2\0\0\x50\1"); /* the other way round */
    assert_int_equal(ptn_stays_edition_validate(&said, NULL).code, PTN_C_BAD_INPUT);
    said.gaps = PTN_BYTES_LITERAL("\0\0\x50");
    assert_int_equal(ptn_stays_edition_validate(&said, NULL).code, PTN_C_BAD_INPUT);
    close_post(&post);
    tear_down(&setting);
}

/* A record for which there is no memory comes again, and a table that cannot be made is made later:
 * the one that is there stays. */
static void test_stays_press__a_post_without_memory_keeps_what_it_has(void **state)
{
    struct setting setting;
    struct post post;
    unsigned long nth = 0;
    bool failed = true;

    (void)state;
    set_up(&setting);
    for (int32_t round = 0; round < 40; round++) {
        cross(&setting, 0, 1, 50 - round, 10, PTN_DIRECTION_ENTRY, PTN_OUTCOME_RECORDED);
        assert_int_equal(press(&setting), 0);
    }
    open_post(&post);
    assert_true(
        ptn_ok(ptn_published_add_stays(post.published, 0, ptn_buffer_bytes(&setting.payloads[0]))));
    assert_int_equal(found(&post, 1), 1);
    for (size_t i = 1; failed && i < setting.count; i++) {
        const struct ptn_date today = ptn_instant_date(MADE_START_MS);
        struct ptn_stays_table *table = NULL;
        struct ptn_status status;

        fault_allocation(++nth, FAULT_ONCE);
        do
            status =
                ptn_published_add_stays(post.published, 0, ptn_buffer_bytes(&setting.payloads[i]));
        while (status.code == PTN_C_NO_MEMORY);
        assert_true(ptn_ok(status));
        if (!ptn_ok(ptn_published_stays(post.published, post.node, today, &table)))
            assert_null(table);
        failed = fault_off();
        if (table != NULL)
            ptn_publishing_put_stays(post.node, table);
        assert_int_equal(found(&post, 1), i + 1);
    }
    assert_false(failed);
    assert_int_equal(standing_of(&post).refused, 0);
    close_post(&post);
    tear_down(&setting);
}

/* A ledger whose first editions are too old to be read begins with what comes. */
static void test_stays_press__old_editions_are_not_missing(void **state)
{
    struct setting setting;
    struct post post;

    (void)state;
    set_up(&setting);
    open_post(&post);
    for (int32_t round = 0; round < 2; round++) {
        cross(&setting, 0, 1, 50 - round, 10, PTN_DIRECTION_ENTRY, PTN_OUTCOME_RECORDED);
        assert_int_equal(press(&setting), 0);
    }
    ptn_published_stays_over(post.published->stays, 0);
    assert_true(
        ptn_ok(ptn_published_add_stays(post.published, 0, ptn_buffer_bytes(&setting.payloads[1]))));
    assert_int_equal(standing_of(&post).missing, 0);
    assert_int_equal(found(&post, 1), 1);
    close_post(&post);
    tear_down(&setting);
}

/* An order to erase in force takes its crossing out, and comes before or after. */
static void test_stays_press__an_erased_crossing_leaves_the_table(void **state)
{
    struct setting setting;
    struct post post;
    struct ptn_stays_erased *erased = calloc(1, sizeof(*erased));
    struct ptn_hash named;

    (void)state;
    assert_non_null(erased);
    set_up(&setting);
    open_post(&post);
    cross(&setting, 0, 1, 50, 10, PTN_DIRECTION_ENTRY, PTN_OUTCOME_RECORDED);
    cross(&setting, 0, 1, 40, 10, PTN_DIRECTION_EXIT, PTN_OUTCOME_RECORDED);
    assert_int_equal(press(&setting), 0);
    assert_true(
        ptn_ok(ptn_published_add_stays(post.published, 0, ptn_buffer_bytes(&setting.payloads[0]))));
    assert_int_equal(found(&post, 1), 2);
    assert_true(ptn_ok(name(NULL, origins[0], 1, &named)));
    memcpy(erased->mark, named.at, sizeof(erased->mark));
    erased->day = (int32_t)(MADE_START_MS / DAY_MS);
    ptn_node_stays_erase(post.node, erased, 1);
    assert_int_equal(found(&post, 1), 1);
    assert_true(
        ptn_ok(ptn_published_add_stays(post.published, 1, ptn_buffer_bytes(&setting.payloads[0]))));
    assert_int_equal(found(&post, 1), 1);
    close_post(&post);
    tear_down(&setting);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stays_press__each_crossing_is_published_once),
        cmocka_unit_test(test_stays_press__numbers_that_are_used_up_begin_anew),
        cmocka_unit_test(test_stays_press__a_failed_append_loses_and_doubles_nothing),
        cmocka_unit_test(test_stays_press__any_allocation_may_fail),
        cmocka_unit_test(test_stays_press__paper_days_come_with_a_round),
        cmocka_unit_test(test_stays_press__a_post_without_memory_keeps_what_it_has),
        cmocka_unit_test(test_stays_press__editions_count_in_their_order),
        cmocka_unit_test(test_stays_press__old_editions_are_not_missing),
        cmocka_unit_test(test_stays_press__an_erased_crossing_leaves_the_table),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
