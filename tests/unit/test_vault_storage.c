/* Goal: where a folder has a lock, what reads lies sealed, opens with the storage key at its own
 * place, and is never lost on the way there. */
#include "vault/seal.h"

#include "fault.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#define DIR        "/node"
#define DAY        20785u
#define DAY_FILE   DIR "/vault/epoch/2026-11-28.keys"
#define ORIGIN     PTN_BYTES_LITERAL("postern.example/a")
#define STAFF      PTN_BYTES_LITERAL("officer.one\tofficer\t-\ten\tOfficer One\t$argon2id$hash\n")
#define FILE_MAX   65536u
#define SECRET_LEN 32u

static const struct ptn_lock_key key = { { (const uint8_t *)"a long passphrase", 17 },
                                         { NULL, 0 },
                                         false };
static const char *const names[] = { "staff" };
static const char *const files[] = { DIR "/vault/node.key",
                                     DIR "/vault/payload.key",
                                     DIR "/vault/lock",
                                     DIR "/vault/reading/2026-11.key",
                                     DIR "/vault/reading/2026-12.key",
                                     DAY_FILE,
                                     DIR "/staff" };

/* A node's folder with everything that a lock seals, and what is secret of it. */
struct folder {
    struct ptn_world *world;
    struct ptn_storage *storage;              /* once it was opened */
    uint8_t readings[2][PTN_READING_KEY_LEN]; /* public halves */
    uint8_t secrets[4][SECRET_LEN];           /* payload key, two private halves, epoch */
    struct ptn_epoch epoch;
    uint8_t signing[PTN_PUBLIC_KEY_LEN];
};

static void read_raw(const struct folder *folder, const char *path, struct ptn_buffer *out)
{
    ptn_buffer_init(out, FILE_MAX);
    assert_true(ptn_ok(folder->world->files->read(folder->world->context, path, out)));
}

static void keep_secret(struct folder *folder, const char *path, size_t at, unsigned nth)
{
    struct ptn_buffer file;

    read_raw(folder, path, &file);
    assert_true(file.len >= at + SECRET_LEN);
    memcpy(folder->secrets[nth], file.at + at, SECRET_LEN);
    ptn_buffer_release(&file);
}

static void make(struct folder *folder, uint64_t seed)
{
    static const struct ptn_date months[] = { { 2026, 11, 1 }, { 2026, 12, 1 } };
    struct ptn_vault *vault = NULL;

    *folder = (struct folder){ .world = ptn_world_seeded(seed, 0) };
    assert_non_null(folder->world);
    assert_true(ptn_ok(folder->world->files->make_dir(folder->world->context, DIR)));
    assert_true(ptn_ok(ptn_vault_create(folder->world, DIR, NULL)));
    for (unsigned i = 0; i < 2; i++) {
        struct ptn_reading reading;

        assert_true(ptn_ok(ptn_reading_make(folder->world, DIR, months[i], &reading, NULL)));
        memcpy(folder->readings[i], reading.key, sizeof(reading.key));
        keep_secret(folder, files[3 + i], 30, 1 + i);
    }
    ptn_epoch_new(folder->world, DAY, 1, 5, &folder->epoch);
    assert_true(ptn_ok(ptn_epoch_keep(folder->world, DIR, ORIGIN, &folder->epoch, NULL)));
    memcpy(folder->secrets[3], folder->epoch.key, SECRET_LEN);
    assert_true(ptn_ok(folder->world->files->replace(folder->world->context, DIR "/staff", STAFF)));
    keep_secret(folder, files[0], 51, 0);
    assert_true(ptn_ok(ptn_vault_open(folder->world, DIR, &vault, NULL)));
    memcpy(folder->signing, ptn_vault_public_key(vault, PTN_ROLE_LEDGER), sizeof(folder->signing));
    ptn_vault_close(vault);
}

static void finish(struct folder *folder)
{
    ptn_storage_close(folder->storage);
    ptn_world_seeded_free(folder->world);
}

static void put_lock(struct folder *folder)
{
    assert_true(
        ptn_ok(ptn_lock_set(folder->world, DIR, NULL, &key, PTN_AUTHORITY_COST_LEAST, NULL)));
}

static struct ptn_status seal_all(struct folder *folder, size_t *ret_count)
{
    return ptn_lock_seal_all(folder->world, DIR, names, 1, ret_count, NULL);
}

static void unlock(struct folder *folder)
{
    assert_true(ptn_ok(ptn_lock_open(folder->world, DIR, &key, &folder->storage, NULL)));
    folder->world->storage = folder->storage;
}

static enum ptn_code recall(const struct folder *folder)
{
    struct ptn_epoch asked = folder->epoch;
    struct ptn_status status;

    memset(asked.key, 0, sizeof(asked.key));
    status = ptn_epoch_recall(folder->world, DIR, ORIGIN, &asked);
    if (ptn_ok(status))
        assert_memory_equal(asked.key, folder->epoch.key, sizeof(asked.key));
    return status.code;
}

/* All that was there before the lock opens. */
static void check_whole(const struct folder *folder)
{
    struct ptn_vault *vault = NULL;
    struct ptn_epoch ours;
    struct ptn_buffer staff;
    uint8_t derived[SECRET_LEN];

    assert_true(ptn_ok(ptn_vault_open(folder->world, DIR, &vault, NULL)));
    assert_false(ptn_vault_locked(vault));
    assert_memory_equal(ptn_vault_public_key(vault, PTN_ROLE_LEDGER), folder->signing,
                        sizeof(folder->signing));
    assert_int_equal(ptn_vault_reading_count(vault, NULL), 2);
    for (unsigned i = 0; i < 2; i++)
        assert_memory_equal(ptn_vault_reading(vault, i).key, folder->readings[i],
                            PTN_READING_KEY_LEN);
    ptn_epoch_open(vault, DAY, 1, &ours);
    memcpy(derived, ours.key, sizeof(derived));
    ptn_vault_close(vault);
    /* the payload key is the one that the folder had: the same epoch out of it each time */
    assert_true(ptn_ok(ptn_vault_open(folder->world, DIR, &vault, NULL)));
    ptn_epoch_open(vault, DAY, 1, &ours);
    assert_memory_equal(derived, ours.key, sizeof(derived));
    ptn_vault_close(vault);
    assert_int_equal(recall(folder), PTN_C_OK);
    ptn_buffer_init(&staff, FILE_MAX);
    assert_true(ptn_ok(ptn_sealed_file_read(folder->world, DIR, "staff", &staff)));
    assert_true(ptn_bytes_equal(ptn_buffer_bytes(&staff), STAFF));
    ptn_buffer_release(&staff);
}

static bool holds(struct ptn_bytes file, const uint8_t *at, size_t len)
{
    return file.len >= len && memmem(file.at, file.len, at, len) != NULL;
}

/* LOCK-1: with the lock on and everything sealed, no file of the folder holds a secret that reads,
 * nor one's name; the signing key alone lies there. */
static void test_storage__no_file_holds_a_secret_that_reads(void **state)
{
    struct folder folder;
    size_t count = 0;

    (void)state;
    make(&folder, 1);
    put_lock(&folder);
    assert_true(ptn_ok(seal_all(&folder, &count)));
    assert_int_equal(count, 5); /* node.key, two months, a day, staff */
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        struct ptn_buffer file;

        read_raw(&folder, files[i], &file);
        for (unsigned nth = 0; nth < 4; nth++)
            assert_false(holds(ptn_buffer_bytes(&file), folder.secrets[nth], SECRET_LEN));
        assert_false(holds(ptn_buffer_bytes(&file), (const uint8_t *)"officer.one", 11));
        assert_false(holds(ptn_buffer_bytes(&file), (const uint8_t *)"$argon2id$", 10));
        ptn_buffer_release(&file);
    }
    assert_true(ptn_ok(seal_all(&folder, &count)));
    assert_int_equal(count, 0);
    unlock(&folder);
    check_whole(&folder);
    finish(&folder);
}

static void test_storage__a_locked_vault_signs_and_reads_nothing(void **state)
{
    const struct ptn_bytes message = PTN_BYTES_LITERAL("a checkpoint");
    uint8_t signature[PTN_SIGNATURE_LEN];
    struct folder folder;
    struct ptn_vault *vault = NULL;
    struct ptn_buffer staff;

    (void)state;
    make(&folder, 2);
    put_lock(&folder);
    ptn_buffer_init(&staff, FILE_MAX);
    for (unsigned sealed = 0; sealed < 2; sealed++) { /* locked before all is sealed, too */
        assert_int_equal(ptn_vault_open(folder.world, DIR, &vault, NULL).code, PTN_C_BUSY);
        assert_true(ptn_ok(ptn_vault_open_to_sign(folder.world, DIR, &vault, NULL)));
        assert_true(ptn_vault_locked(vault));
        assert_int_equal(ptn_vault_reading_count(vault, NULL), 0);
        assert_true(ptn_ok(ptn_vault_sign(vault, PTN_ROLE_LEDGER, message, signature)));
        assert_true(ptn_signature_good(folder.signing, message, signature));
        ptn_vault_close(vault);
        assert_int_equal(recall(&folder), PTN_C_BUSY);
        assert_int_equal(ptn_sealed_file_read(folder.world, DIR, "staff", &staff).code, PTN_C_BUSY);
        assert_int_equal(staff.len, 0);
        assert_true(ptn_ok(seal_all(&folder, NULL)));
    }
    ptn_buffer_release(&staff);
    finish(&folder);
}

/* What a locked node seals to itself is there when it is unlocked. LOCK-5. */
static void test_storage__what_is_kept_while_locked_opens_later(void **state)
{
    static const struct ptn_date month = { 2027, 1, 1 };
    struct folder folder;
    struct ptn_epoch day;
    struct ptn_epoch boxed;
    struct ptn_epoch again;
    struct ptn_vault *vault = NULL;
    struct ptn_reading reading;
    uint8_t box[PTN_EPOCH_BOX_LEN];

    (void)state;
    make(&folder, 3);
    put_lock(&folder);
    ptn_epoch_new(folder.world, DAY, 2, 9, &day); /* into the day's file, which is still plain */
    assert_true(ptn_ok(ptn_epoch_keep(folder.world, DIR, ORIGIN, &day, NULL)));
    assert_true(ptn_ok(ptn_reading_make(folder.world, DIR, month, &reading, NULL)));
    assert_true(ptn_ok(ptn_vault_open_to_sign(folder.world, DIR, &vault, NULL)));
    ptn_epoch_new(folder.world, DAY, 3, 10, &boxed);
    assert_true(ptn_ok(ptn_epoch_box(folder.world, &boxed, ptn_vault_storage_key(vault), box)));
    again = (struct ptn_epoch){ 2, 3, DAY, 10, { 0 } };
    assert_int_equal(ptn_epoch_unbox(vault, ptn_vault_storage_key(vault), box, &again).code,
                     PTN_C_NOT_FOUND);
    ptn_vault_close(vault);
    unlock(&folder);
    assert_true(ptn_ok(ptn_vault_open(folder.world, DIR, &vault, NULL)));
    assert_int_equal(ptn_vault_reading_count(vault, NULL), 3);
    assert_true(ptn_ok(ptn_epoch_unbox(vault, ptn_vault_storage_key(vault), box, &again)));
    assert_memory_equal(again.key, boxed.key, sizeof(boxed.key));
    ptn_vault_close(vault);
    again = (struct ptn_epoch){ 2, 2, DAY, 9, { 0 } };
    assert_true(ptn_ok(ptn_epoch_recall(folder.world, DIR, ORIGIN, &again)));
    assert_memory_equal(again.key, day.key, sizeof(day.key));
    assert_int_equal(recall(&folder), PTN_C_OK);
    finish(&folder);
}

/* LOCK-3: whatever operation fails, all is there when it is unlocked; done again, all is sealed. */
static void test_storage__cut_off_anywhere_nothing_is_lost(void **state)
{
    struct ptn_status status;
    uint64_t nth = 0;

    (void)state;
    do {
        struct folder folder;

        make(&folder, 4);
        put_lock(&folder);
        ptn_world_fail_nth(folder.world, ++nth);
        status = seal_all(&folder, NULL);
        ptn_world_fail_nth(folder.world, 0);
        unlock(&folder);
        check_whole(&folder);
        assert_true(ptn_ok(seal_all(&folder, NULL)));
        check_whole(&folder);
        finish(&folder);
    } while (!ptn_ok(status));
    assert_true(nth > 10);
}

/* The same of memory; and a vault is opened whole or not at all. */
static void test_storage__memory_may_end_anywhere(void **state)
{
    struct folder folder;
    struct ptn_vault *vault = NULL;
    struct ptn_status status;
    unsigned long nth = 0;

    (void)state;
    make(&folder, 8);
    put_lock(&folder);
    unlock(&folder);
    do {
        fault_allocation(++nth, FAULT_ONCE);
        status = seal_all(&folder, NULL);
        if (fault_off())
            check_whole(&folder);
    } while (!ptn_ok(status));
    assert_true(nth > 1);
    check_whole(&folder);
    nth = 0;
    do {
        fault_allocation(++nth, FAULT_ONCE);
        status = ptn_vault_open(folder.world, DIR, &vault, NULL);
        if (fault_off() && !ptn_ok(status))
            assert_null(vault);
    } while (!ptn_ok(status));
    assert_int_equal(ptn_vault_reading_count(vault, NULL), 2);
    ptn_vault_close(vault);
    finish(&folder);
}

/* A byte changed, a tail cut off, another name: it does not open. */
static void test_storage__a_sealed_file_opens_as_it_is_and_where_it_is(void **state)
{
    struct folder folder;
    struct ptn_buffer file;
    struct ptn_buffer out;

    (void)state;
    make(&folder, 5);
    put_lock(&folder);
    assert_true(ptn_ok(seal_all(&folder, NULL)));
    unlock(&folder);
    read_raw(&folder, DIR "/staff", &file);
    assert_int_equal(file.len, STAFF.len + PTN_SEALED_OVERHEAD);
    ptn_buffer_init(&out, FILE_MAX);
    for (size_t i = 22; i < file.len; i++) { /* before that it is a plain file of another form */
        file.at[i] ^= 0x20;
        assert_true(ptn_ok(folder.world->files->replace(folder.world->context, DIR "/staff",
                                                        ptn_buffer_bytes(&file))));
        assert_int_equal(ptn_sealed_file_read(folder.world, DIR, "staff", &out).code,
                         PTN_C_CORRUPT);
        file.at[i] ^= 0x20;
    }
    for (size_t len = 22; len < file.len; len += 7) {
        assert_true(ptn_ok(folder.world->files->replace(folder.world->context, DIR "/staff",
                                                        ptn_bytes_of(file.at, len))));
        assert_int_equal(ptn_sealed_file_read(folder.world, DIR, "staff", &out).code,
                         PTN_C_CORRUPT);
    }
    assert_true(ptn_ok(folder.world->files->replace(folder.world->context, DIR "/other",
                                                    ptn_buffer_bytes(&file))));
    assert_int_equal(ptn_sealed_file_read(folder.world, DIR, "other", &out).code, PTN_C_CORRUPT);
    assert_int_equal(out.len, 0);
    ptn_buffer_release(&file);
    /* at the cap and past it */
    out.len_max = STAFF.len - 1;
    assert_true(ptn_ok(ptn_sealed_file_replace(folder.world, DIR, "staff", STAFF)));
    assert_int_equal(ptn_sealed_file_read(folder.world, DIR, "staff", &out).code, PTN_C_TOO_BIG);
    out.len_max = STAFF.len;
    assert_true(ptn_ok(ptn_sealed_file_read(folder.world, DIR, "staff", &out)));
    ptn_buffer_release(&out);
    finish(&folder);
}

/* A lock whose file is damaged or gone never makes anything be written in the clear. */
static void test_storage__without_a_good_lock_nothing_is_written(void **state)
{
    struct folder folder;
    struct ptn_vault *vault = NULL;
    struct ptn_epoch epoch;

    (void)state;
    make(&folder, 6);
    put_lock(&folder);
    assert_true(ptn_ok(seal_all(&folder, NULL)));
    assert_true(ptn_ok(folder.world->files->replace(folder.world->context, DIR "/vault/lock",
                                                    PTN_BYTES_LITERAL("x\n"))));
    assert_int_equal(ptn_sealed_file_replace(folder.world, DIR, "staff", STAFF).code,
                     PTN_C_CORRUPT);
    ptn_epoch_new(folder.world, DAY, 2, 9, &epoch);
    assert_int_equal(ptn_epoch_keep(folder.world, DIR, ORIGIN, &epoch, NULL).code, PTN_C_CORRUPT);
    assert_int_equal(ptn_vault_open(folder.world, DIR, &vault, NULL).code, PTN_C_CORRUPT);
    assert_true(ptn_ok(folder.world->files->remove(folder.world->context, DIR "/vault/lock")));
    assert_int_equal(ptn_epoch_keep(folder.world, DIR, ORIGIN, &epoch, NULL).code, PTN_C_CORRUPT);
    assert_int_equal(ptn_vault_open(folder.world, DIR, &vault, NULL).code, PTN_C_CORRUPT);
    assert_null(vault);
    finish(&folder);
}

static void test_storage__taken_off_all_opens_with_nothing(void **state)
{
    struct folder folder;

    (void)state;
    make(&folder, 7);
    put_lock(&folder);
    assert_true(ptn_ok(seal_all(&folder, NULL)));
    unlock(&folder);
    assert_true(ptn_ok(ptn_lock_take_off(folder.world, DIR, folder.storage, NULL)));
    folder.world->storage = NULL;
    check_whole(&folder);
    finish(&folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_storage__no_file_holds_a_secret_that_reads),
        cmocka_unit_test(test_storage__a_locked_vault_signs_and_reads_nothing),
        cmocka_unit_test(test_storage__what_is_kept_while_locked_opens_later),
        cmocka_unit_test(test_storage__cut_off_anywhere_nothing_is_lost),
        cmocka_unit_test(test_storage__memory_may_end_anywhere),
        cmocka_unit_test(test_storage__a_sealed_file_opens_as_it_is_and_where_it_is),
        cmocka_unit_test(test_storage__without_a_good_lock_nothing_is_written),
        cmocka_unit_test(test_storage__taken_off_all_opens_with_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
