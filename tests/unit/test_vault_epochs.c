#include "vault/seal.h"

#include "fault.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#define DIR    "/node"
#define PATH   DIR "/vault/epoch/2026-11-28.keys"
#define DAY    20785u
#define ORIGIN PTN_BYTES_LITERAL("postern.example/a")

static struct ptn_world *new_world(uint64_t seed)
{
    struct ptn_world *world = ptn_world_seeded(seed, 0);

    assert_non_null(world);
    assert_true(ptn_ok(world->files->make_dir(world->context, DIR)));
    assert_true(ptn_ok(world->files->make_dir(world->context, DIR "/vault")));
    return world;
}

static enum ptn_code recall(const struct ptn_world *world, struct ptn_bytes origin,
                            const struct ptn_epoch *epoch)
{
    struct ptn_epoch asked = { 2, epoch->retention, epoch->day, epoch->entry, { 0 } };
    struct ptn_status status = ptn_epoch_recall(world, DIR, origin, &asked);

    if (ptn_ok(status))
        assert_memory_equal(asked.key, epoch->key, sizeof(asked.key));
    return status.code;
}

static void test_epochs__what_is_kept_is_recalled_and_nothing_else(void **state)
{
    struct ptn_world *world = new_world(1);
    struct ptn_epoch epochs[20];
    struct ptn_epoch other;

    (void)state;
    for (unsigned i = 0; i < 20; i++) {
        ptn_epoch_new(world, DAY + i % 2, (uint8_t)(1 + i % 3), i, &epochs[i]);
        assert_int_equal(recall(world, ORIGIN, &epochs[i]), PTN_C_NOT_FOUND);
        assert_true(ptn_ok(ptn_epoch_keep(world, DIR, ORIGIN, &epochs[i], NULL)));
    }
    for (unsigned i = 0; i < 20; i++)
        assert_int_equal(recall(world, ORIGIN, &epochs[i]), PTN_C_OK);
    assert_int_equal(recall(world, PTN_BYTES_LITERAL("postern.example/b"), &epochs[0]),
                     PTN_C_NOT_FOUND);
    other = epochs[0];
    other.entry = 77;
    assert_int_equal(recall(world, ORIGIN, &other), PTN_C_NOT_FOUND);
    other = epochs[0];
    other.retention = 9;
    assert_int_equal(recall(world, ORIGIN, &other), PTN_C_NOT_FOUND);
    /* The same place again: the later key counts. */
    ptn_epoch_new(world, DAY, epochs[0].retention, 0, &other);
    assert_true(ptn_ok(ptn_epoch_keep(world, DIR, ORIGIN, &other, NULL)));
    assert_int_equal(recall(world, ORIGIN, &other), PTN_C_OK);
    assert_int_equal(recall(world, ORIGIN, &epochs[2]), PTN_C_OK);
    ptn_world_seeded_free(world);
}

static void test_epochs__days_are_dropped_whole(void **state)
{
    struct ptn_world *world = new_world(2);
    struct ptn_epoch epochs[4];
    static const uint32_t days[] = { DAY - 800, DAY - 1, DAY, DAY + 1 };

    (void)state;
    assert_true(ptn_ok(ptn_epoch_drop_before(world, DIR, DAY, NULL))); /* nothing there */
    for (unsigned i = 0; i < 4; i++) {
        ptn_epoch_new(world, days[i], 1, i, &epochs[i]);
        assert_true(ptn_ok(ptn_epoch_keep(world, DIR, ORIGIN, &epochs[i], NULL)));
    }
    assert_true(ptn_ok(ptn_epoch_drop_before(world, DIR, DAY, NULL)));
    assert_int_equal(recall(world, ORIGIN, &epochs[0]), PTN_C_NOT_FOUND);
    assert_int_equal(recall(world, ORIGIN, &epochs[1]), PTN_C_NOT_FOUND);
    assert_int_equal(recall(world, ORIGIN, &epochs[2]), PTN_C_OK);
    assert_int_equal(recall(world, ORIGIN, &epochs[3]), PTN_C_OK);
    assert_true(ptn_ok(ptn_epoch_drop_before(world, DIR, 0, NULL)));
    ptn_world_seeded_free(world);
}

static void test_epochs__a_damaged_file_is_refused_and_left_alone(void **state)
{
    struct ptn_world *world = new_world(3);
    struct ptn_epoch epoch;
    struct ptn_buffer file;
    struct ptn_buffer after;
    size_t len;

    (void)state;
    ptn_epoch_new(world, DAY, 1, 5, &epoch);
    assert_true(ptn_ok(ptn_epoch_keep(world, DIR, ORIGIN, &epoch, NULL)));
    ptn_buffer_init(&file, 100000);
    ptn_buffer_init(&after, 100000);
    assert_true(ptn_ok(world->files->read(world->context, PATH, &file)));
    assert_int_equal(file.len, 21 + 57 + 32);
    len = file.len;
    assert_true(ptn_ok(ptn_buffer_add_u8(&file, 0)));
    for (size_t at = 0; at <= len + 1; at++) {
        size_t now = at < len ? len : at == len ? len - 1 : len + 1;

        file.at[at] ^= at < len ? 0x04 : 0;
        assert_true(
            ptn_ok(world->files->replace(world->context, PATH, ptn_bytes_of(file.at, now))));
        assert_int_equal(recall(world, ORIGIN, &epoch), PTN_C_CORRUPT);
        assert_int_equal(ptn_epoch_keep(world, DIR, ORIGIN, &epoch, NULL).code, PTN_C_CORRUPT);
        ptn_buffer_clear(&after);
        assert_true(ptn_ok(world->files->read(world->context, PATH, &after)));
        assert_true(ptn_bytes_equal(ptn_buffer_bytes(&after), ptn_bytes_of(file.at, now)));
        file.at[at] ^= at < len ? 0x04 : 0;
    }
    ptn_buffer_release(&file);
    ptn_buffer_release(&after);
    ptn_world_seeded_free(world);
}

static void test_epochs__a_day_has_a_limit(void **state)
{
    struct ptn_world *world = new_world(4);
    struct ptn_epoch epoch;

    (void)state;
    for (unsigned i = 0; i < 1026; i++) {
        ptn_epoch_new(world, DAY, 1, i < 1025 ? i : 7, &epoch);
        assert_int_equal(ptn_epoch_keep(world, DIR, ORIGIN, &epoch, NULL).code,
                         i == 1024 ? PTN_C_TOO_BIG : PTN_C_OK);
        assert_int_equal(recall(world, ORIGIN, &epoch), i == 1024 ? PTN_C_NOT_FOUND : PTN_C_OK);
    }
    ptn_world_seeded_free(world);
}

static void test_epochs__every_failure_is_reported_and_keeps_what_was_there(void **state)
{
    uint64_t nth = 0;
    bool done = false;

    (void)state;
    while (!done) {
        struct ptn_world *world = new_world(5);
        struct ptn_epoch first;
        struct ptn_epoch epoch;
        struct ptn_status status;

        ptn_epoch_new(world, DAY, 1, 1, &first);
        ptn_epoch_new(world, DAY, 1, 2, &epoch);
        assert_true(ptn_ok(ptn_epoch_keep(world, DIR, ORIGIN, &first, NULL)));
        ptn_world_fail_nth(world, ++nth);
        status = ptn_epoch_keep(world, DIR, ORIGIN, &epoch, NULL);
        if (ptn_ok(status))
            status = (struct ptn_status){ recall(world, ORIGIN, &epoch) };
        if (ptn_ok(status))
            status = ptn_epoch_drop_before(world, DIR, DAY + 1, NULL);
        done = ptn_ok(status);
        ptn_world_fail_nth(world, 0);
        assert_true(done || status.code == PTN_C_IO);
        assert_int_equal(recall(world, ORIGIN, &first), done ? PTN_C_NOT_FOUND : PTN_C_OK);
        ptn_world_seeded_free(world);
    }
    assert_true(nth > 3);
}

static void test_epochs__no_memory_is_reported(void **state)
{
    struct ptn_world *world = new_world(6);
    struct ptn_epoch epoch;

    (void)state;
    ptn_epoch_new(world, DAY, 1, 1, &epoch);
    fault_allocation(1, FAULT_ONCE);
    assert_int_equal(ptn_epoch_keep(world, DIR, ORIGIN, &epoch, NULL).code, PTN_C_NO_MEMORY);
    assert_true(fault_off());
    assert_true(ptn_ok(ptn_epoch_keep(world, DIR, ORIGIN, &epoch, NULL)));
    fault_allocation(1, FAULT_ONCE);
    assert_int_equal(recall(world, ORIGIN, &epoch), PTN_C_NO_MEMORY);
    assert_true(fault_off());
    ptn_world_seeded_free(world);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_epochs__what_is_kept_is_recalled_and_nothing_else),
        cmocka_unit_test(test_epochs__days_are_dropped_whole),
        cmocka_unit_test(test_epochs__a_damaged_file_is_refused_and_left_alone),
        cmocka_unit_test(test_epochs__a_day_has_a_limit),
        cmocka_unit_test(test_epochs__every_failure_is_reported_and_keeps_what_was_there),
        cmocka_unit_test(test_epochs__no_memory_is_reported),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
