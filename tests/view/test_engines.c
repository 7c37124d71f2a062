/*
 * tests/view/test_engines.c -- the two engines of a view beside each other: the same digest, the
 * same answers. POSTERN_VIEW says where the PostgreSQL database is (tests/view/postgres.py).
 */
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "view/search.h"

#include "../unit/view_setting.h"

#define ARENA_SIZE ((size_t)16 << 20)

struct both {
    struct ptn_view *views[2];
    struct ptn_arena *arenas[2];
    struct made made;
    char dir[64];
    char path[96];
};

static int set_up_both(void **state)
{
    struct both *both = calloc(1, sizeof(*both));

    assert_non_null(both);
    (void)snprintf(both->dir, sizeof(both->dir), "/tmp/ptn-view-XXXXXX");
    assert_non_null(mkdtemp(both->dir));
    (void)snprintf(both->path, sizeof(both->path), "%s/view.sqlite", both->dir);
    ptn_buffer_init(&both->made.payload, 65536);
    for (size_t i = 0; i < 2; i++) {
        both->arenas[i] = ptn_arena_new(ARENA_SIZE);
        assert_int_equal(ptn_view_open(ptn_world_real(),
                                       i == 0 ? both->path : getenv("POSTERN_VIEW"), PTN_VIEW_WRITE,
                                       &both->views[i], NULL)
                             .code,
                         PTN_C_OK);
        assert_int_equal(ptn_view_clear(both->views[i], NULL).code, PTN_C_OK);
    }
    *state = both;
    return 0;
}

static int tear_down_both(void **state)
{
    struct both *both = *state;

    for (size_t i = 0; i < 2; i++) {
        ptn_view_close(both->views[i]);
        ptn_arena_free(both->arenas[i]);
    }
    ptn_buffer_release(&both->made.payload);
    (void)unlink(both->path);
    (void)rmdir(both->dir);
    free(both);
    return 0;
}

/* The second gets the ledgers the other way round; some payloads never come, some are erased. */
static void feed_both(struct both *both, uint64_t entries)
{
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(ptn_view_begin(both->views[i], NULL).code, PTN_C_OK);
        for (uint64_t turn = 0; turn < 3; turn++) {
            uint64_t ledger = i == 0 ? turn : 2 - turn;

            for (uint64_t seq = 0; seq < entries; seq++) {
                struct ptn_view_entry entry;

                assert_int_equal(made_entry(&both->made, ledger, seq, 50).code, PTN_C_OK);
                both->made.header.time_ms += (int64_t)(seq % 5) * 2678400000; /* other months */
                entry = made_as_entry(&both->made);
                if (made_mix(seq + ledger) % 13 == 0)
                    entry.payload = PTN_BYTES_NONE;
                assert_int_equal(ptn_view_apply(both->views[i], &entry, NULL).code, PTN_C_OK);
                if (made_mix(seq + ledger) % 17 == 0)
                    assert_int_equal(
                        ptn_view_forget(both->views[i], both->made.origin, seq, NULL).code,
                        PTN_C_OK);
            }
        }
        assert_int_equal(ptn_view_commit(both->views[i], NULL).code, PTN_C_OK);
    }
}

static void test_engines__come_to_the_same_digest(void **state)
{
    struct both *both = *state;
    uint8_t digests[2][PTN_SHA256_LEN];
    struct ptn_buffer texts[2];

    feed_both(both, 400);
    for (size_t i = 0; i < 2; i++) {
        const struct ptn_view_head heads[] = { { "postern.example/post-0", 311 },
                                               { "postern.example/post-2", 400 } };

        ptn_buffer_init(&texts[i], 65536);
        assert_int_equal(ptn_view_digest(both->views[i], NULL, 0, &texts[i], digests[i], NULL).code,
                         PTN_C_OK);
        assert_int_equal(
            ptn_view_digest(both->views[i], heads, 2, &texts[i], digests[i], NULL).code, PTN_C_OK);
    }
    assert_non_null(memmem(texts[0].at, texts[0].len, "\ncrossing 2027-03 1 ", 20));
    assert_int_equal(texts[0].len, texts[1].len);
    assert_memory_equal(texts[0].at, texts[1].at, texts[0].len);
    assert_memory_equal(digests[0], digests[1], PTN_SHA256_LEN);
    ptn_buffer_release(&texts[0]);
    ptn_buffer_release(&texts[1]);
}

static void compare_pages(struct both *both, const struct ptn_view_key *key)
{
    struct ptn_view_history pages[2];

    for (size_t i = 0; i < 2; i++)
        assert_int_equal(ptn_view_person(both->views[i], key, (struct ptn_stay_limit){ 90, 180 },
                                         (struct ptn_date){ 2026, 12, 1 }, both->arenas[i],
                                         &pages[i], NULL)
                             .code,
                         PTN_C_OK);
    assert_int_equal(pages[0].crossing_count, pages[1].crossing_count);
    assert_int_equal(pages[0].decision_count, pages[1].decision_count);
    assert_int_equal(pages[0].access_count, pages[1].access_count);
    for (size_t i = 0; i < pages[0].crossing_count; i++) {
        assert_string_equal(pages[0].crossings[i].origin, pages[1].crossings[i].origin);
        assert_int_equal(pages[0].crossings[i].seq, pages[1].crossings[i].seq);
    }
    assert_int_equal(pages[0].stay.used, pages[1].stay.used);
}

static void compare_packs(struct both *both)
{
    const struct ptn_view_pack *rows[2];
    struct ptn_view_pack sums[2];
    size_t counts[2];

    for (size_t i = 0; i < 2; i++)
        assert_int_equal(ptn_view_packs(both->views[i], 50, both->arenas[i], &rows[i], &counts[i],
                                        &sums[i], NULL)
                             .code,
                         PTN_C_OK);
    assert_true(counts[0] > 0);
    assert_int_equal(counts[0], counts[1]);
    assert_memory_equal(sums[0].counts, sums[1].counts, sizeof(sums[0].counts));
    for (size_t i = 0; i < counts[0]; i++) {
        assert_string_equal(rows[0][i].origin, rows[1][i].origin);
        assert_int_equal(rows[0][i].number, rows[1][i].number);
        assert_int_equal(rows[0][i].seq, rows[1][i].seq);
        assert_int_equal(rows[0][i].issued, rows[1][i].issued);
        assert_int_equal(rows[0][i].shut, rows[1][i].shut);
        assert_memory_equal(rows[0][i].counts, rows[1][i].counts, sizeof(rows[0][i].counts));
    }
}

static void test_engines__give_the_same_answers(void **state)
{
    struct both *both = *state;
    static const char *const names[] = { "Ardit", "Muhamed", "Elena Ho*", "She*", "Klaudia" };

    feed_both(both, 200);
    compare_packs(both);
    for (size_t n = 0; n < sizeof(names) / sizeof(names[0]); n++) {
        const struct ptn_view_who who = { .name = ptn_bytes_from_text(names[n]), .count = 40 };
        const struct ptn_view_person *rows[2];
        size_t counts[2];
        bool more[2];

        for (size_t i = 0; i < 2; i++)
            assert_int_equal(ptn_view_persons(both->views[i], &who, both->arenas[i], &rows[i],
                                              &counts[i], &more[i], NULL)
                                 .code,
                             PTN_C_OK);
        assert_int_equal(counts[0], counts[1]);
        assert_int_equal(more[0], more[1]);
        for (size_t i = 0; i < counts[0]; i++) {
            assert_memory_equal(&rows[0][i].key, &rows[1][i].key, sizeof(rows[0][i].key));
            assert_int_equal(rows[0][i].score, rows[1][i].score);
            assert_int_equal(rows[0][i].last_ms, rows[1][i].last_ms);
            compare_pages(both, &rows[0][i].key);
        }
    }
}

static void test_engines__one_writes_and_who_has_just_gone_is_waited_for(void **state)
{
    struct both *both = *state;
    struct ptn_view *other = NULL;
    int line[2];
    int ended = 0;
    uint8_t there = 0;
    pid_t child;

    assert_int_equal(
        ptn_view_open(ptn_world_real(), getenv("POSTERN_VIEW"), PTN_VIEW_WRITE, &other, NULL).code,
        PTN_C_BUSY);
    ptn_view_close(both->views[1]);
    both->views[1] = NULL;
    assert_int_equal(pipe(line), 0);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct timespec moment = { .tv_nsec = 300000000 };

        there = ptn_ok(ptn_view_open(ptn_world_real(), getenv("POSTERN_VIEW"), PTN_VIEW_WRITE,
                                     &other, NULL))
                    ? 1
                    : 0;
        (void)!write(line[1], &there, 1);
        (void)nanosleep(&moment, NULL);
        _exit(0); /* killed: nothing is closed in order */
    }
    assert_int_equal(read(line[0], &there, 1), 1);
    assert_int_equal(there, 1);
    assert_int_equal(ptn_view_open(ptn_world_real(), getenv("POSTERN_VIEW"), PTN_VIEW_WRITE,
                                   &both->views[1], NULL)
                         .code,
                     PTN_C_OK);
    assert_int_equal(waitpid(child, &ended, 0), child);
    (void)close(line[0]);
    (void)close(line[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_engines__come_to_the_same_digest, set_up_both,
                                        tear_down_both),
        cmocka_unit_test_setup_teardown(
            test_engines__one_writes_and_who_has_just_gone_is_waited_for, set_up_both,
            tear_down_both),
        cmocka_unit_test_setup_teardown(test_engines__give_the_same_answers, set_up_both,
                                        tear_down_both),
    };

    if (getenv("POSTERN_VIEW") == NULL)
        return 77;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
