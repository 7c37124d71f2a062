/*
 * tests/ledger/test_flip.c -- a bit flipped anywhere in what a ledger holds is found, or provably
 * changed nothing (LEDGER-4).
 *
 * Every byte of ledger.sqlite and of ledger.head after an orderly close is found, without
 * exception: page checksums, and the slots' digests. Of a log left by a crash, a byte is found, or
 * the ledger it leaves is the same entry for entry under the same signed checkpoint: the rest of
 * the log after its last commit, the read marks' file, and frames that were folded in already are
 * read by nobody.
 *
 * POSTERN_FLIP_STEP (default below) is the stride through the bytes; 1 tries every one.
 */
#include "../unit/stride.h"
#include "fault_disk.h"

#include "base/world.h"
#include "ledger/ledger.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define VFS_NAME  "flip-disk"
#define DIR       "/node"
#define ORIGIN    "postern.example/flip"
#define SIZE      12u
#define TREE_SIZE ((size_t)1 << 20)
/* of SQLite's files */
#define HEADER_LEN  ((size_t)100)
#define ZEROS_TRIED 8192u

struct setting {
    struct fault_disk *disk;
    struct ptn_world *seeded;
    struct ptn_world world;
    struct ptn_vault *vault;
    struct ptn_vkey key;
    struct fault_image *closed;   /* folded in, closed in order */
    struct fault_image *with_log; /* as a crash left it: everything in the log */
};

/* ptn_ledger_put_fn: the whole exported tree as one text, to compare. */
static struct ptn_status collect(void *context, const char *path, struct ptn_bytes bytes)
{
    struct ptn_buffer *tree = context;
    struct ptn_status status = ptn_buffer_add_text(tree, path);

    return ptn_ok(status) ? ptn_buffer_add(tree, bytes) : status;
}

/* True when the ledger on the disk verifies; its exported tree is then in tree. */
static bool is_intact(struct setting *setting, struct ptn_buffer *tree)
{
    struct ptn_ledger *ledger = NULL;
    struct ptn_ledger_verdict verdict = { .size = 0 };
    struct ptn_diag diag = { 0, NULL };
    struct ptn_status status =
        ptn_ledger_open_reader(&setting->world, setting->vault, DIR, &ledger, &diag);

    if (ptn_ok(status))
        status = ptn_ledger_verify(ledger, &setting->key, &verdict, &diag);
    /* What is wrong is always said, and never as anything but damage. */
    if (!ptn_ok(status)) {
        assert_int_equal(status.code, PTN_C_CORRUPT);
        assert_non_null(diag.text);
    } else {
        ptn_buffer_clear(tree);
        assert_int_equal(ptn_ledger_export(ledger, collect, tree, NULL).code, PTN_C_OK);
    }
    ptn_ledger_close(ledger);
    return ptn_ok(status);
}

/* Flip that bit, look, and turn it back: a reader writes nothing. True when it changed nothing. */
static bool flip_is_harmless(struct setting *setting, const char *name, size_t at, unsigned bit,
                             const struct ptn_buffer *before)
{
    struct ptn_buffer after;
    size_t len;
    bool intact;

    ptn_buffer_init(&after, TREE_SIZE);
    fault_disk_bytes(setting->disk, name, &len)[at] ^= (uint8_t)(1u << bit);
    intact = is_intact(setting, &after);
    fault_disk_bytes(setting->disk, name, &len)[at] ^= (uint8_t)(1u << bit);
    if (intact && !ptn_bytes_equal(ptn_buffer_bytes(before), ptn_buffer_bytes(&after)))
        fail_msg("bit %u of byte %zu of %s changed the ledger unseen", bit, at, name);
    ptn_buffer_release(&after);
    return intact;
}

/* Flip one bit of every step-th byte of the file, and every bit of its header; how many changed
 * nothing? */
static unsigned long sweep(struct setting *setting, const struct fault_image *image,
                           const char *name, unsigned long step)
{
    struct ptn_buffer before;
    unsigned long harmless = 0;
    size_t len;
    size_t full;

    ptn_buffer_init(&before, TREE_SIZE);
    fault_disk_load(setting->disk, image);
    assert_true(is_intact(setting, &before));
    assert_non_null(fault_disk_bytes(setting->disk, name, &len));
    full = len;
    /* Past the last byte that is not zero, two pages stand for all the zeros of a log. */
    while (len > HEADER_LEN && fault_disk_bytes(setting->disk, name, &(size_t){ 0 })[len - 1] == 0)
        len--;
    len = len + ZEROS_TRIED < full ? len + ZEROS_TRIED : full;
    for (size_t bit = 0; bit < 8 * HEADER_LEN && bit < 8 * len; bit++)
        harmless += flip_is_harmless(setting, name, bit / 8, bit % 8, &before);
    for (size_t at = HEADER_LEN; at < len; at += step)
        harmless += flip_is_harmless(setting, name, at, (unsigned)(at / step % 8), &before);
    ptn_buffer_release(&before);
    return harmless;
}

static void test_flip__every_byte_of_the_database_is_found(void **state)
{
    struct setting *setting = *state;

    assert_int_equal(
        sweep(setting, setting->closed, DIR "/ledger.sqlite", stride_of("POSTERN_FLIP_STEP", 7)),
        0);
}

static void test_flip__every_byte_of_the_head_is_found(void **state)
{
    struct setting *setting = *state;

    assert_int_equal(
        sweep(setting, setting->closed, DIR "/ledger.head", stride_of("POSTERN_FLIP_STEP", 5)), 0);
}

static void test_flip__a_byte_of_the_log_is_found_or_changed_nothing(void **state)
{
    struct setting *setting = *state;

    (void)sweep(setting, setting->with_log, DIR "/ledger.sqlite-wal",
                stride_of("POSTERN_FLIP_STEP", 11));
}

static void test_flip__a_closed_ledger_verifies_from_a_read_only_medium(void **state)
{
    struct setting *setting = *state;
    struct ptn_buffer tree;
    struct ptn_ledger *ledger = NULL;

    ptn_buffer_init(&tree, TREE_SIZE);
    fault_disk_load(setting->disk, setting->closed);
    fault_disk_read_only(setting->disk, true);
    assert_true(is_intact(setting, &tree));
    assert_int_equal(ptn_ledger_open(&setting->world, setting->vault, DIR, &ledger, NULL).code,
                     PTN_C_IO);
    /* With entries still in the log it cannot be told from one that lost them: not read at all. */
    fault_disk_load(setting->disk, setting->with_log);
    assert_int_equal(
        ptn_ledger_open_reader(&setting->world, setting->vault, DIR, &ledger, NULL).code, PTN_C_IO);
    fault_disk_read_only(setting->disk, false);
    ptn_buffer_release(&tree);
}

static void append_some(struct ptn_ledger *ledger, size_t count)
{
    struct ptn_ledger_entry entries[SIZE];
    uint64_t first;

    for (size_t i = 0; i < count; i++)
        entries[i] = (struct ptn_ledger_entry){ .kind = 2,
                                                .time_ms = 1790000000000,
                                                .payload = PTN_BYTES_LITERAL("what was seen") };
    assert_int_equal(ptn_ledger_append(ledger, entries, count, &first, NULL).code, PTN_C_OK);
}

static int set_up(void **state)
{
    struct setting *setting = calloc(1, sizeof(*setting));
    struct ptn_ledger *ledger = NULL;

    assert_non_null(setting);
    setting->disk = fault_disk_new(VFS_NAME);
    setting->seeded = ptn_world_seeded(2, 1790000000000);
    assert_non_null(setting->seeded);
    setting->world = *setting->seeded;
    setting->world.sqlite_vfs_name = VFS_NAME;
    assert_int_equal(setting->world.files->make_dir(setting->world.context, DIR).code, PTN_C_OK);
    assert_int_equal(ptn_vault_create(&setting->world, DIR, NULL).code, PTN_C_OK);
    assert_int_equal(ptn_vault_open(&setting->world, DIR, &setting->vault, NULL).code, PTN_C_OK);
    assert_int_equal(ptn_vkey_make(PTN_BYTES_LITERAL(ORIGIN),
                                   ptn_vault_public_key(setting->vault, PTN_ROLE_LEDGER),
                                   &setting->key)
                         .code,
                     PTN_C_OK);
    assert_int_equal(ptn_ledger_create(&setting->world, setting->vault, DIR, ORIGIN, NULL).code,
                     PTN_C_OK);
    assert_int_equal(ptn_ledger_open(&setting->world, setting->vault, DIR, &ledger, NULL).code,
                     PTN_C_OK);
    append_some(ledger, SIZE / 2);
    append_some(ledger, SIZE / 2);
    setting->with_log = fault_disk_save(setting->disk);
    ptn_ledger_close(ledger);
    setting->closed = fault_disk_save(setting->disk);
    *state = setting;
    return 0;
}

static int tear_down(void **state)
{
    struct setting *setting = *state;

    fault_image_free(setting->closed);
    fault_image_free(setting->with_log);
    ptn_vault_close(setting->vault);
    ptn_world_seeded_free(setting->seeded);
    fault_disk_free(setting->disk);
    free(setting);
    return 0;
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_flip__every_byte_of_the_database_is_found),
        cmocka_unit_test(test_flip__every_byte_of_the_head_is_found),
        cmocka_unit_test(test_flip__a_closed_ledger_verifies_from_a_read_only_medium),
        cmocka_unit_test(test_flip__a_byte_of_the_log_is_found_or_changed_nothing),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
