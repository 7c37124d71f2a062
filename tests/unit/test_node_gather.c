/* Goal: what a post sealed for a centre comes into its view once, whenever its payloads come, and
 * what the view comes to is said the same way by whoever replays. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "node/country.h"
#include "record/notice.h"
#include "record/record.h"
#include "vault/seal.h"
#include "view_made.h"

#define ORIGIN      "utopia.example/post"
#define ENTRIES_MAX 64u

/* One append's leaves and sealed payloads, as a keeper would hold them. */
struct kept {
    struct ptn_buffer leaves[ENTRIES_MAX], sealed[ENTRIES_MAX];
    size_t count;
    struct ptn_buffer checkpoint;
};

struct fixture {
    struct ptn_world world; /* the real one, with a clock of its own */
    char folder[64], post_dir[96], centre_dir[96], again_dir[96], copies[96];
    struct ptn_vault *post, *centre;
    struct ptn_ledger *ledger;
    struct ptn_copy *copy;
    struct ptn_gather *gather;
    struct kept kept;
};

static int64_t clock_us = 1;

static int64_t monotonic_us(void *context)
{
    (void)context;
    return clock_us;
}

static void keep(void *context, const struct ptn_ledger_batch *batch)
{
    struct kept *kept = context;

    for (size_t i = 0; i < batch->count; i++, kept->count++) {
        assert_true(kept->count < ENTRIES_MAX);
        ptn_buffer_init(&kept->leaves[kept->count], 1u << 16);
        ptn_buffer_init(&kept->sealed[kept->count], 1u << 20);
        assert_true(ptn_ok(ptn_buffer_add(&kept->leaves[kept->count], batch->leaves[i])));
        if (batch->sealed[i].at != NULL)
            assert_true(ptn_ok(ptn_buffer_add(&kept->sealed[kept->count], batch->sealed[i])));
    }
    ptn_buffer_clear(&kept->checkpoint);
    assert_true(ptn_ok(ptn_buffer_add(&kept->checkpoint, batch->checkpoint)));
}

static void make_vault(const struct fixture *fixture, const char *dir)
{
    assert_true(ptn_ok(fixture->world.files->make_dir(fixture->world.context, dir)));
    assert_true(ptn_ok(ptn_vault_create(&fixture->world, dir, NULL)));
}

static void seal_for(struct fixture *fixture, const struct ptn_reading *post,
                     const struct ptn_reading *centre)
{
    struct ptn_ledger_reader readers[2] = {
        { .reader = PTN_BYTES_LITERAL("post"), .month = post->month, .own = true },
        { .reader = PTN_BYTES_LITERAL("centre"), .month = centre->month },
    };

    memcpy(readers[0].key, post->key, PTN_READING_KEY_LEN);
    memcpy(readers[1].key, centre->key, PTN_READING_KEY_LEN);
    assert_true(ptn_ok(ptn_ledger_readers(fixture->ledger, readers, 2, NULL)));
}

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    struct ptn_date month = ptn_instant_date(MADE_START_MS);
    struct ptn_reading post;
    struct ptn_reading centre;
    struct ptn_vkey key;

    fixture->world = *ptn_world_real();
    fixture->world.monotonic_us = monotonic_us;
    (void)snprintf(fixture->folder, sizeof(fixture->folder), "/tmp/postern-gather-XXXXXX");
    assert_non_null(mkdtemp(fixture->folder));
    (void)snprintf(fixture->post_dir, sizeof(fixture->post_dir), "%s/post", fixture->folder);
    (void)snprintf(fixture->centre_dir, sizeof(fixture->centre_dir), "%s/centre", fixture->folder);
    (void)snprintf(fixture->again_dir, sizeof(fixture->again_dir), "%s/again", fixture->folder);
    (void)snprintf(fixture->copies, sizeof(fixture->copies), "%s/copies", fixture->folder);
    make_vault(fixture, fixture->post_dir);
    make_vault(fixture, fixture->centre_dir);
    assert_true(ptn_ok(ptn_reading_make(&fixture->world, fixture->post_dir, month, &post, NULL)));
    assert_true(
        ptn_ok(ptn_reading_make(&fixture->world, fixture->centre_dir, month, &centre, NULL)));
    assert_true(ptn_ok(ptn_vault_open(&fixture->world, fixture->post_dir, &fixture->post, NULL)));
    assert_true(
        ptn_ok(ptn_vault_open(&fixture->world, fixture->centre_dir, &fixture->centre, NULL)));
    assert_true(
        ptn_ok(ptn_ledger_create(&fixture->world, fixture->post, fixture->post_dir, ORIGIN, NULL)));
    assert_true(ptn_ok(ptn_ledger_open(&fixture->world, fixture->post, fixture->post_dir,
                                       &fixture->ledger, NULL)));
    seal_for(fixture, &post, &centre);
    ptn_buffer_init(&fixture->kept.checkpoint, 1u << 16);
    ptn_ledger_on_append(fixture->ledger, keep, &fixture->kept);
    assert_true(ptn_ok(ptn_vkey_make(PTN_BYTES_LITERAL(ORIGIN),
                                     ptn_vault_public_key(fixture->post, PTN_ROLE_LEDGER), &key)));
    assert_true(ptn_ok(fixture->world.files->make_dir(fixture->world.context, fixture->copies)));
    assert_true(
        ptn_ok(ptn_copy_open(&fixture->world, fixture->copies, &key, &fixture->copy, NULL)));
    assert_true(ptn_ok(ptn_gather_open(&fixture->world, fixture->centre_dir, fixture->centre,
                                       &fixture->gather, NULL)));
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    char command[128];

    ptn_gather_close(fixture->gather);
    ptn_copy_close(fixture->copy);
    ptn_ledger_close(fixture->ledger);
    ptn_vault_close(fixture->post);
    ptn_vault_close(fixture->centre);
    for (size_t i = 0; i < fixture->kept.count; i++) {
        ptn_buffer_release(&fixture->kept.leaves[i]);
        ptn_buffer_release(&fixture->kept.sealed[i]);
    }
    ptn_buffer_release(&fixture->kept.checkpoint);
    (void)snprintf(command, sizeof(command), "rm -rf %s", fixture->folder);
    assert_int_equal(system(command), 0); /* NOLINT(cert-env33-c): our own folder */
    free(fixture);
    return 0;
}

/* Append so many crossings to the post's ledger, one batch each. */
static void cross(struct fixture *fixture, unsigned from, unsigned count)
{
    struct made *made = calloc(1, sizeof(*made));

    ptn_buffer_init(&made->payload, PTN_RECORD_LEN_MAX);
    for (unsigned trip = from; trip < from + count; trip++) {
        struct ptn_ledger_entry entry = { .kind = PTN_RECORD_CROSSING,
                                          .time_ms = MADE_START_MS + trip,
                                          .retention = PTN_RETENTION_CROSSING };
        uint64_t seq;

        made_crossing(made, 1, trip, 1000);
        ptn_buffer_clear(&made->payload);
        assert_true(ptn_ok(ptn_crossing_write(&made->crossing, &made->payload)));
        entry.payload = ptn_buffer_bytes(&made->payload);
        assert_true(ptn_ok(ptn_ledger_append(fixture->ledger, &entry, 1, &seq, NULL)));
    }
    ptn_buffer_release(&made->payload);
    free(made);
}

/* Bring entries from `from` on into the copy; payloads only of those below `payloads`. */
static void bring(struct fixture *fixture, size_t from, size_t payloads)
{
    struct ptn_bytes leaves[ENTRIES_MAX];
    struct ptn_bytes sealed[ENTRIES_MAX] = { { NULL, 0 } };
    size_t count = fixture->kept.count - from;

    for (size_t i = 0; i < count; i++) {
        leaves[i] = ptn_buffer_bytes(&fixture->kept.leaves[from + i]);
        if (from + i < payloads && fixture->kept.sealed[from + i].len > 0)
            sealed[i] = ptn_buffer_bytes(&fixture->kept.sealed[from + i]);
    }
    assert_true(ptn_ok(ptn_copy_take_checkpoint(
        fixture->copy, ptn_buffer_bytes(&fixture->kept.checkpoint), NULL, NULL)));
    assert_true(ptn_ok(ptn_copy_take_entries(fixture->copy, from, leaves, count, NULL)));
    assert_true(ptn_ok(ptn_copy_put_payloads_at(fixture->copy, from, sealed, count, NULL)));
}

static struct ptn_view_cursor cursor_of(struct ptn_gather *gather)
{
    struct ptn_view_cursor cursor;

    assert_true(ptn_ok(ptn_view_cursor(ptn_gather_view(gather), ORIGIN, &cursor, NULL)));
    return cursor;
}

static size_t turn(struct fixture *fixture)
{
    size_t applied = 0;

    assert_true(ptn_ok(ptn_gather_turn(fixture->gather, fixture->copy, &applied, NULL)));
    return applied;
}

static void test_gather__a_centre_reads_what_was_sealed_for_it_once(void **state)
{
    struct fixture *fixture = *state;
    struct ptn_view_cursor cursor;

    cross(fixture, 0, 5);
    assert_int_equal(fixture->kept.count, 6); /* the epoch's entry is in front */
    bring(fixture, 0, 6);
    assert_int_equal(turn(fixture), 6);
    assert_int_equal(turn(fixture), 0);
    cursor = cursor_of(fixture->gather);
    assert_int_equal(cursor.kept, 5);
    assert_int_equal(cursor.unreadable, 0);
    cross(fixture, 5, 2);
    bring(fixture, 6, 8);
    assert_int_equal(turn(fixture), 2);
    assert_int_equal(cursor_of(fixture->gather).kept, 7);
}

static void test_gather__a_late_payload_is_waited_for_then_mended(void **state)
{
    struct fixture *fixture = *state;
    size_t mended = 0;

    cross(fixture, 0, 3);
    bring(fixture, 0, 2); /* the epoch and one crossing; two payloads are on their way */
    assert_int_equal(turn(fixture), 2);
    assert_int_equal(turn(fixture), 0);
    clock_us += INT64_C(9000000);
    assert_int_equal(turn(fixture), 0);
    clock_us += INT64_C(2000000);
    assert_int_equal(turn(fixture), 1); /* that one was waited for long enough */
    clock_us += INT64_C(11000000);
    assert_int_equal(turn(fixture), 1);
    assert_int_equal(cursor_of(fixture->gather).unreadable, 2);
    assert_true(ptn_ok(ptn_gather_mend(fixture->gather, fixture->copy, &mended, NULL)));
    assert_int_equal(mended, 0);
    for (size_t i = 2; i < 4; i++) {
        struct ptn_bytes sealed = ptn_buffer_bytes(&fixture->kept.sealed[i]);

        assert_true(ptn_ok(ptn_copy_put_payloads_at(fixture->copy, i, &sealed, 1, NULL)));
    }
    assert_true(ptn_ok(ptn_gather_mend(fixture->gather, fixture->copy, &mended, NULL)));
    assert_int_equal(mended, 2);
    assert_int_equal(cursor_of(fixture->gather).unreadable, 0);
    assert_int_equal(cursor_of(fixture->gather).kept, 3);
}

static void test_gather__whoever_replays_comes_to_the_same_digest(void **state)
{
    struct fixture *fixture = *state;
    struct ptn_buffer record = { .len_max = PTN_RECORD_LEN_MAX };
    struct ptn_gather *again = NULL;
    size_t applied = 1;
    bool same = false;

    cross(fixture, 0, 4);
    bring(fixture, 0, 5);
    (void)turn(fixture);
    assert_true(ptn_ok(ptn_gather_digest(fixture->gather, true, &record, NULL)));
    cross(fixture, 4, 2); /* more came after it was written down */
    bring(fixture, 5, 7);
    assert_true(ptn_ok(fixture->world.files->make_dir(fixture->world.context, fixture->again_dir)));
    assert_true(ptn_ok(
        ptn_gather_open(&fixture->world, fixture->again_dir, fixture->centre, &again, NULL)));
    assert_int_equal(ptn_gather_check(again, ptn_buffer_bytes(&record), &same, NULL).code,
                     PTN_C_NOT_FOUND); /* not come so far yet */
    while (applied > 0)
        assert_true(ptn_ok(ptn_gather_turn(again, fixture->copy, &applied, NULL)));
    assert_true(ptn_ok(ptn_gather_check(again, ptn_buffer_bytes(&record), &same, NULL)));
    assert_true(same);
    record.at[record.len - 40] ^= 1; /* somewhere in it: the digest or a head */
    same = true;
    assert_false(ptn_ok(ptn_gather_check(again, ptn_buffer_bytes(&record), &same, NULL)) && same);
    ptn_gather_close(again);
    ptn_buffer_release(&record);
}

/* A gathering of everything the copy has, where nothing comes any more: how far it gets. */
static struct ptn_view_cursor replay_still(struct fixture *fixture, struct ptn_bytes record)
{
    struct ptn_gather *again = NULL;
    struct ptn_view_cursor cursor;
    char where[PTN_GATHER_WHERE_SIZE];
    size_t applied = 1;

    (void)snprintf(where, sizeof(where), "%s-still-%zu.sqlite", fixture->again_dir, record.len);
    assert_true(ptn_ok(ptn_gather_open_at(&fixture->world, where, fixture->centre, &again, NULL)));
    assert_true(ptn_ok(ptn_gather_still(again, record, NULL)));
    while (applied > 0)
        assert_true(ptn_ok(ptn_gather_turn(again, fixture->copy, &applied, NULL)));
    cursor = cursor_of(again);
    ptn_gather_close(again);
    return cursor;
}

static void test_gather__where_nothing_comes_it_stops_where_the_former_one_stood(void **state)
{
    struct fixture *fixture = *state;
    struct ptn_buffer record = { .len_max = PTN_RECORD_LEN_MAX };
    struct ptn_view_cursor again;

    cross(fixture, 0, 3);
    bring(fixture, 0, 2); /* two payloads are on their way: one of them is given up */
    assert_int_equal(turn(fixture), 2);
    assert_int_equal(turn(fixture), 0);
    clock_us += INT64_C(11000000);
    assert_int_equal(turn(fixture), 1);
    assert_true(ptn_ok(ptn_gather_digest(fixture->gather, true, &record, NULL)));
    again = replay_still(fixture, ptn_buffer_bytes(&record));
    assert_int_equal(again.next, 3);
    assert_int_equal(again.unreadable, 1);
    again = replay_still(fixture, PTN_BYTES_NONE);
    assert_int_equal(again.next, 2);
    assert_int_equal(again.unreadable, 0);
    ptn_buffer_release(&record);
}

static size_t take_some(struct fixture *fixture, size_t ends)
{
    size_t applied = 0;
    bool more = true;

    bring(fixture, ends - 2, ends);
    assert_true(ptn_ok(ptn_gather_take(fixture->gather, fixture->copy, &more, NULL)));
    assert_false(more);
    assert_true(ptn_ok(ptn_gather_apply(fixture->gather, &applied, NULL)));
    return applied;
}

/* Turns share a transaction: who asks at another connection sees none of it before it is settled,
 * and a centre that is killed meanwhile takes them again. */
static void test_gather__what_is_not_settled_is_taken_again(void **state)
{
    struct fixture *fixture = *state;
    struct ptn_view *reader = NULL;
    struct ptn_view_cursor seen;
    char path[128];

    cross(fixture, 0, 5);
    assert_int_equal(take_some(fixture, 2), 2);
    assert_true(ptn_ok(ptn_gather_settle(fixture->gather, NULL)));
    assert_int_equal(take_some(fixture, 4), 2);
    assert_int_equal(take_some(fixture, 6), 2);
    assert_int_equal(cursor_of(fixture->gather).next, 6);
    (void)snprintf(path, sizeof(path), "%s/view.sqlite", fixture->centre_dir);
    assert_true(ptn_ok(ptn_view_open(&fixture->world, path, PTN_VIEW_READ, &reader, NULL)));
    assert_true(ptn_ok(ptn_view_cursor(reader, ORIGIN, &seen, NULL)));
    assert_int_equal(seen.next, 2);
    ptn_gather_close(fixture->gather); /* as if killed: nothing is committed by that */
    fixture->gather = NULL;
    assert_true(ptn_ok(ptn_gather_open(&fixture->world, fixture->centre_dir, fixture->centre,
                                       &fixture->gather, NULL)));
    assert_int_equal(cursor_of(fixture->gather).next, 2);
    assert_int_equal(turn(fixture), 4);
    assert_true(ptn_ok(ptn_view_cursor(reader, ORIGIN, &seen, NULL)));
    assert_int_equal(seen.next, 6);
    assert_int_equal(cursor_of(fixture->gather).kept, 5);
    ptn_view_close(reader);
}

static void test_gather__who_has_no_key_reads_nothing_and_goes_on(void **state)
{
    struct fixture *fixture = *state;

    cross(fixture, 0, 3);
    bring(fixture, 0, 4);
    ptn_vault_reading_forget(fixture->centre, ptn_instant_date(MADE_START_MS));
    assert_int_equal(turn(fixture), 4); /* at once: it is here, and nobody waits for a key */
    assert_int_equal(cursor_of(fixture->gather).next, 4);
    assert_int_equal(cursor_of(fixture->gather).unreadable, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_gather__a_centre_reads_what_was_sealed_for_it_once,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_gather__where_nothing_comes_it_stops_where_the_former_one_stood, set_up,
            tear_down),
        cmocka_unit_test_setup_teardown(test_gather__a_late_payload_is_waited_for_then_mended,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_gather__whoever_replays_comes_to_the_same_digest,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_gather__what_is_not_settled_is_taken_again, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_gather__who_has_no_key_reads_nothing_and_goes_on,
                                        set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
