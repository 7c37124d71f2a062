#include "vault/seal.h"

#include "fault.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define DIR "/node"

static const struct ptn_date november = { 2026, 11, 28 };
static const struct ptn_date december = { 2026, 12, 0 };

static struct ptn_world *new_world(uint64_t seed)
{
    struct ptn_world *world = ptn_world_seeded(seed, 0);

    assert_non_null(world);
    assert_true(ptn_ok(world->files->make_dir(world->context, DIR)));
    assert_true(ptn_ok(ptn_vault_create(world, DIR, NULL)));
    return world;
}

static struct ptn_vault *open_vault(const struct ptn_world *world)
{
    struct ptn_vault *vault = NULL;

    assert_true(ptn_ok(ptn_vault_open(world, DIR, &vault, NULL)));
    return vault;
}

static void test_reading__a_month_has_one_key_until_it_is_destroyed(void **state)
{
    struct ptn_world *world = new_world(1);
    struct ptn_reading made;
    struct ptn_reading found;
    struct ptn_reading other;

    (void)state;
    assert_int_equal(ptn_reading_find(world, DIR, november, &found, NULL).code, PTN_C_NOT_FOUND);
    assert_true(ptn_ok(ptn_reading_make(world, DIR, november, &made, NULL)));
    assert_true(ptn_date_equal(made.month, (struct ptn_date){ 2026, 11, 0 }));
    assert_int_equal(ptn_reading_make(world, DIR, november, &other, NULL).code, PTN_C_BUSY);
    assert_true(ptn_ok(ptn_reading_make(world, DIR, december, &other, NULL)));
    assert_memory_not_equal(made.key, other.key, PTN_READING_KEY_LEN);
    assert_true(ptn_ok(ptn_reading_find(world, DIR, november, &found, NULL)));
    assert_memory_equal(made.key, found.key, PTN_READING_KEY_LEN);
    assert_true(ptn_ok(ptn_reading_destroy(world, DIR, november, NULL)));
    assert_int_equal(ptn_reading_find(world, DIR, november, &found, NULL).code, PTN_C_NOT_FOUND);
    assert_int_equal(ptn_reading_destroy(world, DIR, november, NULL).code, PTN_C_NOT_FOUND);
    assert_true(ptn_ok(ptn_reading_find(world, DIR, december, &found, NULL)));
    ptn_world_seeded_free(world);
}

static void test_reading__what_came_into_memory_is_kept_when_asked(void **state)
{
    struct ptn_world *world = new_world(9);
    struct ptn_vault *vault = open_vault(world);
    uint8_t half[PTN_READING_KEY_LEN] = { 7 };
    struct ptn_reading found;
    struct ptn_reading kept;

    (void)state;
    assert_int_equal(ptn_reading_keep(world, DIR, vault, november, NULL).code, PTN_C_NOT_FOUND);
    assert_true(ptn_ok(ptn_vault_reading_add(vault, november, half)));
    assert_int_equal(ptn_reading_keep(world, DIR, vault, december, NULL).code, PTN_C_NOT_FOUND);
    assert_true(ptn_ok(ptn_reading_keep(world, DIR, vault, november, NULL)));
    assert_int_equal(ptn_reading_keep(world, DIR, vault, november, NULL).code, PTN_C_BUSY);
    assert_int_equal(ptn_reading_find(world, DIR, november, &found, NULL).code, PTN_C_NOT_FOUND);
    assert_true(ptn_reading_kept(world, DIR, november) && !ptn_reading_kept(world, DIR, december));
    kept = ptn_vault_reading(vault, 0);
    ptn_vault_close(vault);
    vault = open_vault(world);
    assert_int_equal(ptn_vault_reading_count(vault, NULL), 1);
    assert_memory_equal(kept.key, ptn_vault_reading(vault, 0).key, PTN_READING_KEY_LEN);
    /* beside it there is room for the node's own, and both are read with */
    assert_true(ptn_ok(ptn_reading_make(world, DIR, november, &found, NULL)));
    assert_true(ptn_ok(ptn_vault_reading_again(world, DIR, vault)));
    assert_int_equal(ptn_vault_reading_count(vault, NULL), 2);
    assert_true(ptn_ok(ptn_reading_destroy(world, DIR, november, NULL)));
    assert_false(ptn_reading_kept(world, DIR, november));
    assert_int_equal(ptn_reading_find(world, DIR, november, &found, NULL).code, PTN_C_NOT_FOUND);
    ptn_vault_close(vault);
    ptn_world_seeded_free(world);
}

static void test_reading__months_out_of_range_are_refused(void **state)
{
    static const struct {
        struct ptn_date month;
        bool good;
    } cases[] = {
        { { PTN_READING_YEAR_FIRST, 1, 0 }, true },
        { { PTN_READING_YEAR_FIRST - 1, 12, 0 }, false },
        { { PTN_READING_YEAR_LAST, 12, 31 }, true },
        { { PTN_READING_YEAR_LAST + 1, 1, 0 }, false },
        { { 2026, 0, 0 }, false },
        { { 2026, 13, 0 }, false },
        { { 0, 0, 0 }, false },
    };
    struct ptn_world *world = new_world(2);

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct ptn_reading reading;
        struct ptn_vault *vault;

        assert_int_equal(ptn_reading_make(world, DIR, cases[i].month, &reading, NULL).code,
                         cases[i].good ? PTN_C_OK : PTN_C_BAD_INPUT);
        vault = open_vault(world);
        assert_int_equal(ptn_vault_reading_count(vault, NULL), cases[i].good);
        ptn_vault_close(vault);
        assert_int_equal(ptn_reading_destroy(world, DIR, cases[i].month, NULL).code,
                         cases[i].good ? PTN_C_OK : PTN_C_BAD_INPUT);
    }
    ptn_world_seeded_free(world);
}

static void test_reading__an_open_vault_has_every_month_in_order(void **state)
{
    static const uint8_t private_half[PTN_READING_KEY_LEN] = { 1, 2, 3 };
    struct ptn_world *world = new_world(3);
    struct ptn_reading made[3];
    struct ptn_vault *vault;
    size_t damaged = 9;

    (void)state;
    for (unsigned i = 0; i < 3; i++)
        assert_true(ptn_ok(ptn_reading_make(
            world, DIR, (struct ptn_date){ (uint16_t)(2027 - i), 5, 0 }, &made[i], NULL)));
    vault = open_vault(world);
    assert_int_equal(ptn_vault_reading_count(vault, &damaged), 3);
    assert_int_equal(damaged, 0);
    for (unsigned i = 0; i < 3; i++) {
        struct ptn_reading reading = ptn_vault_reading(vault, i);

        assert_int_equal(reading.month.year, 2025 + i);
        assert_memory_equal(reading.key, made[2 - i].key, PTN_READING_KEY_LEN);
    }
    /* One from elsewhere, between them; and not twice. */
    for (unsigned i = 0; i < 2; i++)
        assert_true(
            ptn_ok(ptn_vault_reading_add(vault, (struct ptn_date){ 2026, 4, 30 }, private_half)));
    assert_int_equal(ptn_vault_reading_count(vault, NULL), 4);
    assert_int_equal(ptn_vault_reading(vault, 1).month.month, 4);
    ptn_vault_reading_forget(vault, (struct ptn_date){ 2026, 4, 0 });
    ptn_vault_reading_forget(vault, (struct ptn_date){ 2025, 5, 1 });
    assert_int_equal(ptn_vault_reading_count(vault, NULL), 2);
    assert_int_equal(ptn_vault_reading(vault, 0).month.year, 2026);
    assert_int_equal(ptn_vault_reading(vault, 1).month.year, 2027);
    ptn_vault_reading_forget(vault, (struct ptn_date){ 2026, 5, 1 });
    ptn_vault_reading_forget(vault, (struct ptn_date){ 2027, 5, 1 });
    ptn_vault_reading_forget(vault, (struct ptn_date){ 2027, 5, 1 });
    assert_int_equal(ptn_vault_reading_count(vault, NULL), 0);
    ptn_vault_close(vault);
    ptn_world_seeded_free(world);
}

/* Whatever byte of it is wrong: the vault opens without the key and says so. */
/* SEAL-5: what is opened by a month that was there stays open to whoever holds on to it. */
static void test_reading__months_made_later_are_taken_in_without_opening_again(void **state)
{
    struct ptn_world *world = new_world(8);
    struct ptn_reading made[3];
    struct ptn_vault *vault;
    struct ptn_epoch epoch;
    struct ptn_epoch opened = { .scheme = 2, .retention = 1, .day = 20785, .entry = 3 };
    uint8_t box[PTN_EPOCH_BOX_LEN];
    size_t damaged = 7;

    (void)state;
    assert_true(ptn_ok(ptn_reading_make(world, DIR, december, &made[1], NULL)));
    vault = open_vault(world);
    assert_true(ptn_ok(ptn_vault_reading_again(world, DIR, vault)));
    assert_int_equal(ptn_vault_reading_count(vault, NULL), 1);
    assert_true(ptn_ok(ptn_reading_make(world, DIR, november, &made[0], NULL)));
    assert_true(
        ptn_ok(ptn_reading_make(world, DIR, (struct ptn_date){ 2027, 1, 0 }, &made[2], NULL)));
    ptn_epoch_new(world, 20785, 1, 3, &epoch);
    assert_true(ptn_ok(ptn_epoch_box(world, &epoch, made[2].key, box)));
    assert_int_equal(ptn_epoch_unbox(vault, made[2].key, box, &opened).code, PTN_C_NOT_FOUND);
    assert_true(ptn_ok(ptn_vault_reading_again(world, DIR, vault)));
    assert_int_equal(ptn_vault_reading_count(vault, &damaged), 3);
    assert_int_equal(damaged, 0);
    for (size_t i = 0; i < 3; i++)
        assert_memory_equal(ptn_vault_reading(vault, i).key, made[i].key, PTN_READING_KEY_LEN);
    assert_true(ptn_ok(ptn_epoch_unbox(vault, made[2].key, box, &opened)));
    assert_memory_equal(opened.key, epoch.key, sizeof(epoch.key));
    assert_true(ptn_ok(ptn_reading_destroy(world, DIR, december, NULL)));
    assert_true(ptn_ok(ptn_vault_reading_again(world, DIR, vault)));
    assert_int_equal(ptn_vault_reading_count(vault, NULL), 3); /* until it is closed, or forgets */
    ptn_vault_reading_forget(vault, december);
    assert_int_equal(ptn_vault_reading_count(vault, NULL), 2);
    ptn_vault_close(vault);
    ptn_world_seeded_free(world);
}

static void test_reading__a_damaged_file_is_counted_and_passed_over(void **state)
{
    struct ptn_world *world = new_world(4);
    const char *path = DIR "/vault/reading/2026-11.key";
    struct ptn_reading reading;
    struct ptn_buffer file;
    size_t len;

    (void)state;
    assert_true(ptn_ok(ptn_reading_make(world, DIR, november, &reading, NULL)));
    ptn_buffer_init(&file, 4096);
    assert_true(ptn_ok(world->files->read(world->context, path, &file)));
    len = file.len;
    assert_true(ptn_ok(ptn_buffer_add_u8(&file, 0)));
    for (size_t at = 0; at <= len + 1; at++) {
        size_t now = at < len ? len : at == len ? len - 1 : len + 1;
        struct ptn_vault *vault;
        size_t damaged = 0;

        file.at[at] ^= at < len ? 0x04 : 0;
        assert_true(
            ptn_ok(world->files->replace(world->context, path, ptn_bytes_of(file.at, now))));
        vault = open_vault(world);
        assert_int_equal(ptn_vault_reading_count(vault, &damaged), 0);
        assert_int_equal(damaged, 1);
        assert_int_equal(ptn_reading_find(world, DIR, november, &reading, NULL).code,
                         PTN_C_CORRUPT);
        ptn_vault_close(vault);
        file.at[at] ^= at < len ? 0x04 : 0;
    }
    /* Another month's file under this name is none of this month. */
    assert_true(ptn_ok(ptn_reading_make(world, DIR, december, &reading, NULL)));
    assert_true(ptn_ok(world->files->replace(world->context, DIR "/vault/reading/2026-12.key",
                                             ptn_bytes_of(file.at, len))));
    assert_int_equal(ptn_reading_find(world, DIR, december, &reading, NULL).code, PTN_C_CORRUPT);
    ptn_buffer_release(&file);
    ptn_world_seeded_free(world);
}

static void test_reading__every_failing_file_operation_is_reported(void **state)
{
    uint64_t nth = 0;
    bool done = false;

    (void)state;
    while (!done) {
        struct ptn_world *world = new_world(5);
        struct ptn_reading made = { 0 };
        struct ptn_reading found = { 0 };
        struct ptn_status status;

        ptn_world_fail_nth(world, ++nth);
        status = ptn_reading_make(world, DIR, november, &made, NULL);
        if (ptn_ok(status))
            status = ptn_reading_find(world, DIR, november, &found, NULL);
        if (ptn_ok(status))
            status = ptn_reading_destroy(world, DIR, november, NULL);
        done = ptn_ok(status);
        assert_true(done || status.code == PTN_C_IO);
        ptn_world_seeded_free(world);
    }
    assert_true(nth > 3);
}

static void test_reading__no_memory_is_reported(void **state)
{
    struct ptn_world *world = new_world(6);
    struct ptn_reading reading;
    struct ptn_vault *vault = NULL;
    unsigned long nth = 0;
    struct ptn_status status;

    (void)state;
    assert_true(ptn_ok(ptn_reading_make(world, DIR, november, &reading, NULL)));
    do {
        fault_allocation(++nth, FAULT_ONCE);
        status = ptn_vault_open(world, DIR, &vault, NULL);
        if (fault_off())
            assert_int_equal(status.code, PTN_C_NO_MEMORY);
    } while (!ptn_ok(status));
    assert_true(nth > 2);
    assert_int_equal(ptn_vault_reading_count(vault, NULL), 1);
    ptn_vault_close(vault);
    ptn_world_seeded_free(world);
}

/* On a real machine: nobody but the owner reads the key. */
static void test_reading__key_files_are_for_their_owner_alone(void **state)
{
    char dir[] = "/tmp/postern-reading-XXXXXX";
    static const struct {
        const char *name;
        unsigned mode;
    } files[] = { { "vault/reading/2026-11.key", 0600 },
                  { "vault/reading", 0700 },
                  { "vault/node.key", 0600 },
                  { "vault", 0700 },
                  { "", 0700 } };
    struct ptn_reading reading;

    (void)state;
    assert_non_null(mkdtemp(dir));
    assert_true(ptn_ok(ptn_vault_create(ptn_world_real(), dir, NULL)));
    assert_true(ptn_ok(ptn_reading_make(ptn_world_real(), dir, november, &reading, NULL)));
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        char path[96];
        struct stat stat_of;

        (void)snprintf(path, sizeof(path), "%s/%s", dir, files[i].name);
        assert_int_equal(stat(path, &stat_of), 0);
        assert_int_equal(stat_of.st_mode & 0777, files[i].mode);
        assert_int_equal(remove(path), 0);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reading__a_month_has_one_key_until_it_is_destroyed),
        cmocka_unit_test(test_reading__what_came_into_memory_is_kept_when_asked),
        cmocka_unit_test(test_reading__months_out_of_range_are_refused),
        cmocka_unit_test(test_reading__months_made_later_are_taken_in_without_opening_again),
        cmocka_unit_test(test_reading__an_open_vault_has_every_month_in_order),
        cmocka_unit_test(test_reading__a_damaged_file_is_counted_and_passed_over),
        cmocka_unit_test(test_reading__every_failing_file_operation_is_reported),
        cmocka_unit_test(test_reading__no_memory_is_reported),
        cmocka_unit_test(test_reading__key_files_are_for_their_owner_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
