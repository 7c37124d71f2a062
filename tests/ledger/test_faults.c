/*
 * tests/ledger/test_faults.c -- every operation of the disk under a ledger fails once, or for good,
 * or is the last before the power goes; after each of these the ledger is opened again and holds
 * what was acknowledged (LEDGER-1), as it was, under checkpoints that continue each other
 * (LEDGER-3).
 *
 * POSTERN_FAULT_STEP (default below) is the stride through the operations; 1 tries every one.
 */
#include "../unit/stride.h"
#include "fault_disk.h"

#include "base/world.h"
#include "ledger/ledger_int.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define VFS_NAME    "fault-disk"
#define DIR         "/node"
#define ORIGIN      "postern.example/fault"
#define BASE_SIZE   250u
#define NOTES_MAX   64u
#define PAYLOAD_LEN 200u

/* ---- the world and the scenario ---- */

struct setting {
    struct fault_disk *disk;
    struct ptn_world *seeded;
    struct ptn_world world; /* the seeded one, on the fault disk */
    struct ptn_vault *vault;
    struct fault_image *image; /* a closed ledger of BASE_SIZE entries */
};

/* What a run was told: it must all be true afterwards. */
struct told {
    uint64_t acknowledged;
    uint64_t attempted; /* more than this cannot be there */
    bool unknown;       /* a batch failed with its outcome unknown */
    struct {
        uint64_t size;
        struct ptn_hash root;
    } heads[NOTES_MAX];
    size_t head_count;
};

static size_t payload_of(uint64_t seq, uint8_t at[PAYLOAD_LEN])
{
    if (seq % 5 == 4)
        return 0;
    for (size_t i = 0; i < PAYLOAD_LEN; i++)
        at[i] = (uint8_t)(seq * 13 + i);
    return PAYLOAD_LEN - seq % 100;
}

static void remember_head(void *context, const struct ptn_ledger_batch *batch)
{
    struct told *told = context;
    struct ptn_note note;
    struct ptn_checkpoint checkpoint;

    assert_int_equal(ptn_note_parse(batch->checkpoint, &note, NULL).code, PTN_C_OK);
    assert_int_equal(ptn_checkpoint_parse(note.text, &checkpoint, NULL).code, PTN_C_OK);
    assert_true(told->head_count < NOTES_MAX);
    told->heads[told->head_count].size = checkpoint.size;
    told->heads[told->head_count].root = checkpoint.root;
    told->head_count++;
}

static struct ptn_status append(struct ptn_ledger *ledger, struct told *told, size_t count)
{
    struct ptn_ledger_entry *entries = calloc(count, sizeof(*entries));
    uint8_t *payloads = malloc(count * PAYLOAD_LEN);
    uint64_t first = UINT64_MAX;
    struct ptn_status status;

    assert_non_null(entries);
    assert_non_null(payloads);
    for (size_t i = 0; i < count; i++) {
        uint8_t *at = payloads + i * PAYLOAD_LEN;

        entries[i] = (struct ptn_ledger_entry){
            .kind = 3,
            .time_ms = 1790000000000,
            .retention = 1,
            .payload = ptn_bytes_of(at, payload_of(told->acknowledged + i, at)),
        };
    }
    told->attempted = told->acknowledged + count;
    status = ptn_ledger_append(ledger, entries, count, &first, NULL);
    if (ptn_ok(status)) {
        assert_int_equal(first, told->acknowledged);
        told->acknowledged += count;
    } else {
        assert_int_equal(first, UINT64_MAX);
        told->unknown = ptn_ledger_state(ledger) == PTN_LEDGER_STOPPED ||
                        ptn_ledger_state(ledger) == PTN_LEDGER_BROKEN;
    }
    free(entries);
    free(payloads);
    return status;
}

/* Open, append in batches across a full subtree, tidy, append, close; stops at the first failure.
 */
static struct ptn_status scenario(struct setting *setting, struct told *told)
{
    static const size_t batches[] = { 1, 3, 5, 0, 2, 1 };
    struct ptn_ledger *ledger = NULL;
    struct ptn_status status = ptn_ledger_open(&setting->world, setting->vault, DIR, &ledger, NULL);

    if (!ptn_ok(status))
        return status;
    ptn_ledger_on_append(ledger, remember_head, told);
    for (size_t i = 0; ptn_ok(status) && i < sizeof(batches) / sizeof(batches[0]); i++)
        status = batches[i] == 0 ? ptn_ledger_tidy(ledger, NULL) : append(ledger, told, batches[i]);
    ptn_ledger_close(ledger);
    return status;
}

/* ---- what must be true afterwards ---- */

static void check_payloads(struct ptn_ledger *ledger, uint64_t from, uint64_t to)
{
    struct ptn_buffer payload;

    ptn_buffer_init(&payload, 4096);
    for (uint64_t seq = from; seq < to; seq++) {
        uint8_t expected[PAYLOAD_LEN];
        size_t len = payload_of(seq, expected);
        struct ptn_ledger_header header;

        ptn_buffer_clear(&payload);
        assert_int_equal(ptn_ledger_read(ledger, seq, &header, &payload, NULL).code, PTN_C_OK);
        assert_int_equal(header.has_payload, len > 0);
        assert_int_equal(payload.len, len);
        if (len > 0)
            assert_memory_equal(payload.at, expected, len);
    }
    ptn_buffer_release(&payload);
}

static void check_intact(struct ptn_ledger *ledger, const struct setting *setting)
{
    struct ptn_ledger_verdict verdict;
    struct ptn_diag diag = { 0, NULL };
    struct ptn_vkey key;
    struct ptn_status status;

    assert_int_equal(ptn_vkey_make(PTN_BYTES_LITERAL(ORIGIN),
                                   ptn_vault_public_key(setting->vault, PTN_ROLE_LEDGER), &key)
                         .code,
                     PTN_C_OK);
    status = ptn_ledger_verify(ledger, &key, &verdict, &diag);
    if (!ptn_ok(status))
        fail_msg("verify: %s at %zu", diag.text, diag.offset);
}

static void check_after(struct setting *setting, struct told *told)
{
    struct ptn_ledger *ledger = NULL;
    struct ptn_diag diag = { 0, NULL };
    struct ptn_status status =
        ptn_ledger_open(&setting->world, setting->vault, DIR, &ledger, &diag);
    uint64_t size = 0;

    if (!ptn_ok(status))
        fail_msg("open: %s (%s)", diag.text, ptn_code_word(status.code));
    assert_int_equal(ptn_ledger_size(ledger, &size, NULL).code, PTN_C_OK);
    assert_true(size >= told->acknowledged);
    assert_true(size == told->acknowledged || (told->unknown && size == told->attempted));
    check_payloads(ledger, BASE_SIZE - 2, size);
    for (size_t i = 0; i < told->head_count; i++) {
        struct ptn_range range;
        struct ptn_hash root;

        assert_int_equal(ptn_store_range(ledger, told->heads[i].size, &range).code, PTN_C_OK);
        assert_int_equal(ptn_range_root(ledger->hasher, &range, &root).code, PTN_C_OK);
        assert_memory_equal(root.at, told->heads[i].root.at, PTN_HASH_LEN);
    }
    told->acknowledged = size;
    assert_int_equal(append(ledger, told, 2).code, PTN_C_OK);
    check_intact(ledger, setting);
    ptn_ledger_close(ledger);
}

/* ---- the loops ---- */

static struct told start(struct setting *setting)
{
    fault_disk_load(setting->disk, setting->image);
    return (struct told){ .acknowledged = BASE_SIZE, .attempted = BASE_SIZE };
}

/* Fail every operation in turn until a run gets through without meeting the fault. */
static void loop(struct setting *setting, enum fault_mode mode, bool for_good, unsigned long step)
{
    unsigned long runs = 0;
    bool fired = true;

    for (unsigned long nth = 1; fired; nth += step, runs++) {
        struct told told = start(setting);
        struct ptn_status status;

        fault_disk_arm(setting->disk, mode, nth, for_good);
        status = scenario(setting, &told);
        fired = fault_disk_off(setting->disk);
        if (!fired)
            assert_int_equal(status.code, PTN_C_OK);
        check_after(setting, &told);
    }
    assert_true(runs > 10);
}

static void test_faults__an_io_error_loses_nothing(void **state)
{
    loop(*state, FAULT_ERROR, false, stride_of("POSTERN_FAULT_STEP", 2));
    loop(*state, FAULT_ERROR, true, stride_of("POSTERN_FAULT_STEP", 3));
}

static void test_faults__a_full_disk_loses_nothing(void **state)
{
    loop(*state, FAULT_FULL, false, stride_of("POSTERN_FAULT_STEP", 2));
    loop(*state, FAULT_FULL, true, stride_of("POSTERN_FAULT_STEP", 3));
}

static void test_faults__a_short_read_loses_nothing(void **state)
{
    loop(*state, FAULT_SHORT_READ, false, stride_of("POSTERN_FAULT_STEP", 2));
}

static void test_faults__a_bit_flipped_in_reading_loses_nothing(void **state)
{
    loop(*state, FAULT_FLIP, false, stride_of("POSTERN_FAULT_STEP", 2));
}

/* Another process reads while the log is full: what it read wrong once it does not keep. */
static void test_faults__a_bit_flipped_in_another_readers_reading_is_read_again(void **state)
{
    struct setting *setting = *state;
    bool fired = true;

    for (unsigned long nth = 1; fired; nth++) {
        struct told told = start(setting);
        struct ptn_ledger *writer = NULL;
        struct ptn_ledger *reader = NULL;

        assert_int_equal(ptn_ledger_open(&setting->world, setting->vault, DIR, &writer, NULL).code,
                         PTN_C_OK);
        assert_int_equal(append(writer, &told, 60).code, PTN_C_OK);
        assert_int_equal(
            ptn_ledger_open_reader(&setting->world, setting->vault, DIR, &reader, NULL).code,
            PTN_C_OK);
        fault_disk_arm(setting->disk, FAULT_FLIP, nth, false);
        check_payloads(reader, 0, told.acknowledged);
        fired = fault_disk_off(setting->disk);
        check_payloads(reader, 0, told.acknowledged);
        ptn_ledger_close(reader);
        ptn_ledger_close(writer);
        assert_true(!fired || nth < 10000);
    }
}

/* What a disk does to bytes on their way down cannot always be undone, but it is never acknowledged
 * over, and found. */
static void test_faults__a_bit_flipped_in_writing_is_found(void **state)
{
    struct setting *setting = *state;
    unsigned long step = stride_of("POSTERN_FAULT_STEP", 2);
    unsigned found = 0;
    bool fired = true;

    for (unsigned long nth = 1; fired; nth += step) {
        struct told told = start(setting);
        struct ptn_ledger *ledger = NULL;
        struct ptn_ledger_verdict verdict;
        struct ptn_vkey key;
        struct ptn_status status;

        fault_disk_arm(setting->disk, FAULT_MISWRITE, nth, false);
        (void)scenario(setting, &told);
        fired = fault_disk_off(setting->disk);
        assert_int_equal(ptn_vkey_make(PTN_BYTES_LITERAL(ORIGIN),
                                       ptn_vault_public_key(setting->vault, PTN_ROLE_LEDGER), &key)
                             .code,
                         PTN_C_OK);
        status = ptn_ledger_open_reader(&setting->world, setting->vault, DIR, &ledger, NULL);
        if (ptn_ok(status))
            status = ptn_ledger_verify(ledger, &key, &verdict, NULL);
        assert_true(ptn_ok(status) || status.code == PTN_C_CORRUPT);
        if (ptn_ok(status)) {
            assert_true(verdict.size >= told.acknowledged);
            check_payloads(ledger, 0, told.acknowledged);
        } else {
            found++;
        }
        ptn_ledger_close(ledger);
    }
    assert_true(found > 0);
}

/* LEDGER-2: bytes that did not go down as they were are not acknowledged. */
static void test_faults__what_was_written_wrong_is_not_acknowledged(void **state)
{
    struct setting *setting = *state;
    unsigned refused = 0;
    bool fired = true;

    for (unsigned long nth = 1; fired; nth++) {
        struct told told = start(setting);
        struct ptn_ledger *ledger = NULL;
        struct ptn_ledger *reader = NULL;
        struct ptn_ledger_verdict verdict = { .wrong = 0 };
        struct ptn_vkey key;
        struct ptn_status status;

        assert_int_equal(ptn_vkey_make(PTN_BYTES_LITERAL(ORIGIN),
                                       ptn_vault_public_key(setting->vault, PTN_ROLE_LEDGER), &key)
                             .code,
                         PTN_C_OK);
        assert_int_equal(ptn_ledger_open(&setting->world, setting->vault, DIR, &ledger, NULL).code,
                         PTN_C_OK);
        fault_disk_arm(setting->disk, FAULT_MISWRITE, nth, false);
        status = append(ledger, &told, 3);
        fired = fault_disk_off(setting->disk);
        if (ptn_ok(status)) {
            assert_int_equal(
                ptn_ledger_open_reader(&setting->world, setting->vault, DIR, &reader, NULL).code,
                PTN_C_OK);
            /* What may be wrong then is the published head, or bytes that no entry has. */
            if (!ptn_ok(ptn_ledger_verify(reader, &key, &verdict, NULL)))
                assert_int_equal(verdict.wrong, PTN_LEDGER_NO_ENTRY);
            ptn_ledger_close(reader);
        } else {
            assert_true(ptn_ledger_state(ledger) == PTN_LEDGER_BROKEN ||
                        ptn_ledger_state(ledger) == PTN_LEDGER_STOPPED);
            refused++;
        }
        ptn_ledger_close(ledger);
    }
    assert_true(refused > 1);
}

static void test_faults__a_power_cut_loses_nothing(void **state)
{
    struct setting *setting = *state;
    unsigned long step = stride_of("POSTERN_FAULT_STEP", 2);
    bool fired = true;

    for (unsigned long nth = 1; fired; nth += step) {
        for (uint64_t seed = 1; seed <= 3; seed++) {
            struct told told = start(setting);

            fault_disk_arm(setting->disk, FAULT_POWER, nth, true);
            (void)scenario(setting, &told);
            fired = fault_disk_off(setting->disk);
            told.unknown = told.unknown || fired;
            fault_disk_restart(setting->disk, seed * 1000 + nth);
            check_after(setting, &told);
        }
    }
}

static void test_faults__a_power_cut_in_recovery_loses_nothing(void **state)
{
    struct setting *setting = *state;
    unsigned long step = stride_of("POSTERN_FAULT_STEP", 5);
    bool fired = true;

    for (unsigned long nth = 20; fired; nth += 4 * step) {
        bool again = true;

        for (unsigned long second = 1; again; second += step) {
            struct told told = start(setting);
            struct ptn_ledger *ledger = NULL;

            fault_disk_arm(setting->disk, FAULT_POWER, nth, true);
            (void)scenario(setting, &told);
            fired = fault_disk_off(setting->disk);
            told.unknown = told.unknown || fired;
            fault_disk_restart(setting->disk, nth);
            fault_disk_arm(setting->disk, FAULT_POWER, second, true);
            if (ptn_ok(ptn_ledger_open(&setting->world, setting->vault, DIR, &ledger, NULL)))
                ptn_ledger_close(ledger);
            again = fault_disk_off(setting->disk);
            fault_disk_restart(setting->disk, second);
            check_after(setting, &told);
        }
    }
}

/* A failed sync may leave pages that read well and are not on the disk: nothing may be signed over
 * them. */
static void test_faults__after_a_failed_sync_power_may_go_and_nothing_signed_is_lost(void **state)
{
    struct setting *setting = *state;
    bool fired = true;

    for (unsigned long nth = 1; fired; nth++) {
        struct told told = start(setting);
        struct ptn_ledger *ledger = NULL;

        fault_disk_arm(setting->disk, FAULT_ERROR, nth, false);
        (void)scenario(setting, &told);
        fired = fault_disk_off(setting->disk);
        /* The process opens again at once, on what the kernel's cache shows, and acknowledges more.
         */
        if (ptn_ok(ptn_ledger_open(&setting->world, setting->vault, DIR, &ledger, NULL))) {
            assert_int_equal(ptn_ledger_size(ledger, &told.acknowledged, NULL).code, PTN_C_OK);
            ptn_ledger_on_append(ledger, remember_head, &told);
            assert_int_equal(append(ledger, &told, 1).code, PTN_C_OK);
            fault_disk_arm(setting->disk, FAULT_POWER, 1, true);
            ptn_ledger_close(ledger);
            told.unknown = false;
            fault_disk_restart(setting->disk, nth);
        }
        check_after(setting, &told);
    }
}

/* The same where nothing more is written: opening signs what it found and cuts the log, and the cut
 * may be lost. The old log, without what was lost, must not hide what was signed since. */
static void test_faults__a_log_that_comes_back_hides_nothing_that_was_signed(void **state)
{
    struct setting *setting = *state;
    bool fired = true;

    for (unsigned long nth = 1; fired; nth++) {
        struct told told = start(setting);
        struct ptn_ledger *ledger = NULL;

        fault_disk_arm(setting->disk, FAULT_ERROR, nth, false);
        (void)scenario(setting, &told);
        fired = fault_disk_off(setting->disk);
        if (ptn_ok(ptn_ledger_open(&setting->world, setting->vault, DIR, &ledger, NULL))) {
            assert_int_equal(ptn_ledger_size(ledger, &told.acknowledged, NULL).code, PTN_C_OK);
            told.unknown = false;
            fault_disk_arm(setting->disk, FAULT_POWER, 1, true);
            ptn_ledger_close(ledger);
            fault_disk_restart(setting->disk, nth);
        }
        check_after(setting, &told);
    }
}

/* The same again, and the power goes at each operation of that opening. */
static void test_faults__power_goes_while_what_a_failed_sync_left_is_written_anew(void **state)
{
    struct setting *setting = *state;
    unsigned long step = stride_of("POSTERN_FAULT_STEP", 7);
    bool fired = true;

    for (unsigned long nth = 20; fired; nth += step) {
        bool again = true;

        for (unsigned long second = 1; again; second += step) {
            struct told told = start(setting);
            struct ptn_ledger *ledger = NULL;

            fault_disk_arm(setting->disk, FAULT_ERROR, nth, false);
            (void)scenario(setting, &told);
            fired = fault_disk_off(setting->disk);
            fault_disk_arm(setting->disk, FAULT_POWER, second, true);
            if (ptn_ok(ptn_ledger_open(&setting->world, setting->vault, DIR, &ledger, NULL)))
                ptn_ledger_close(ledger);
            again = fault_disk_off(setting->disk);
            fault_disk_restart(setting->disk, nth * 1000 + second);
            check_after(setting, &told);
        }
    }
}

static void test_faults__a_full_disk_refuses_clearly_and_goes_on_when_there_is_room(void **state)
{
    struct setting *setting = *state;
    struct told told = start(setting);
    struct ptn_ledger *ledger = NULL;
    struct ptn_diag diag = { 0, NULL };
    struct ptn_status status = PTN_OK;
    uint64_t kept;

    assert_int_equal(ptn_ledger_open(&setting->world, setting->vault, DIR, &ledger, NULL).code,
                     PTN_C_OK);
    fault_disk_limit(setting->disk, (size_t)PTN_RESERVE_LEN + 400000);
    for (unsigned i = 0; ptn_ok(status) && i < 10000; i++)
        status = append(ledger, &told, 8);
    assert_int_equal(status.code, PTN_C_IO);
    assert_int_equal(ptn_ledger_state(ledger), PTN_LEDGER_FULL);
    kept = told.acknowledged;
    /* What the reserve gave up is somebody else's now. */
    fault_disk_limit(setting->disk, 1);
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(
            ptn_ledger_append(ledger, &(struct ptn_ledger_entry){ .kind = 1 }, 1, &kept, &diag)
                .code,
            PTN_C_IO);
        assert_non_null(diag.text);
        assert_int_equal(ptn_ledger_state(ledger), PTN_LEDGER_FULL);
    }
    check_payloads(ledger, 0, told.acknowledged); /* reading goes on */
    fault_disk_limit(setting->disk, 0);
    assert_int_equal(append(ledger, &told, 8).code, PTN_C_OK);
    assert_int_equal(ptn_ledger_state(ledger), PTN_LEDGER_READY);
    ptn_ledger_close(ledger);
    told.unknown = false;
    check_after(setting, &told);
}

static void test_faults__creating_fails_cleanly(void **state)
{
    struct setting *setting = *state;
    struct fault_disk *disk = setting->disk;
    struct fault_image *nothing;
    bool fired = true;

    fault_disk_load(disk, setting->image);
    fault_disk_restart(disk, 1);
    nothing = fault_disk_save(disk);
    fault_image_free(nothing);
    for (unsigned long nth = 1; fired; nth++) {
        struct fault_disk *empty = fault_disk_new("empty-disk");
        struct ptn_world world = setting->world;
        struct ptn_ledger *ledger = NULL;
        struct ptn_status status;

        world.sqlite_vfs_name = "empty-disk";
        fault_disk_arm(empty, nth % 2 == 0 ? FAULT_ERROR : FAULT_FULL, nth, true);
        status = ptn_ledger_create(&world, setting->vault, DIR, ORIGIN, NULL);
        fired = fault_disk_off(empty);
        if (!fired)
            assert_int_equal(status.code, PTN_C_OK);
        if (ptn_ok(status)) {
            assert_int_equal(ptn_ledger_open(&world, setting->vault, DIR, &ledger, NULL).code,
                             PTN_C_OK);
            ptn_ledger_close(ledger);
        }
        fault_disk_free(empty);
    }
}

/* ---- SQLite's own allocations ---- */

/* The n-th allocation from now fails; SQLite can be given no context, so this one is global. */
static struct {
    sqlite3_mem_methods real;
    unsigned long in;
    bool fired;
} memory;

static bool refuses(void)
{
    if (memory.in == 0 || --memory.in > 0)
        return false;
    memory.fired = true;
    return true;
}

static void *failing_malloc(int size)
{
    return refuses() ? NULL : memory.real.xMalloc(size);
}

static void *failing_realloc(void *at, int size)
{
    return refuses() ? NULL : memory.real.xRealloc(at, size);
}

static void test_faults__no_memory_in_sqlite_loses_nothing(void **state)
{
    struct setting *setting = *state;
    unsigned long step = stride_of("POSTERN_FAULT_STEP", 11);
    bool fired = true;

    for (unsigned long nth = 1; fired; nth += step) {
        struct told told = start(setting);

        memory.in = nth;
        memory.fired = false;
        (void)scenario(setting, &told);
        fired = memory.fired;
        memory.in = 0;
        check_after(setting, &told);
    }
}

/* ---- */

static int set_up(void **state)
{
    struct setting *setting = calloc(1, sizeof(*setting));
    struct told told = { .acknowledged = 0 };
    struct ptn_ledger *ledger = NULL;

    assert_non_null(setting);
    setting->disk = fault_disk_new(VFS_NAME);
    setting->seeded = ptn_world_seeded(1, 1790000000000);
    assert_non_null(setting->seeded);
    setting->world = *setting->seeded;
    setting->world.sqlite_vfs_name = VFS_NAME;
    assert_int_equal(setting->world.files->make_dir(setting->world.context, DIR).code, PTN_C_OK);
    assert_int_equal(ptn_vault_create(&setting->world, DIR, NULL).code, PTN_C_OK);
    assert_int_equal(ptn_vault_open(&setting->world, DIR, &setting->vault, NULL).code, PTN_C_OK);
    assert_int_equal(ptn_ledger_create(&setting->world, setting->vault, DIR, ORIGIN, NULL).code,
                     PTN_C_OK);
    assert_int_equal(ptn_ledger_open(&setting->world, setting->vault, DIR, &ledger, NULL).code,
                     PTN_C_OK);
    assert_int_equal(append(ledger, &told, BASE_SIZE).code, PTN_C_OK);
    ptn_ledger_close(ledger);
    setting->image = fault_disk_save(setting->disk);
    *state = setting;
    return 0;
}

static int tear_down(void **state)
{
    struct setting *setting = *state;

    fault_image_free(setting->image);
    ptn_vault_close(setting->vault);
    ptn_world_seeded_free(setting->seeded);
    fault_disk_free(setting->disk);
    free(setting);
    return 0;
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_faults__an_io_error_loses_nothing),
        cmocka_unit_test(test_faults__a_full_disk_loses_nothing),
        cmocka_unit_test(test_faults__a_short_read_loses_nothing),
        cmocka_unit_test(test_faults__a_bit_flipped_in_reading_loses_nothing),
        cmocka_unit_test(test_faults__a_bit_flipped_in_another_readers_reading_is_read_again),
        cmocka_unit_test(test_faults__a_bit_flipped_in_writing_is_found),
        cmocka_unit_test(test_faults__what_was_written_wrong_is_not_acknowledged),
        cmocka_unit_test(test_faults__a_power_cut_loses_nothing),
        cmocka_unit_test(test_faults__a_power_cut_in_recovery_loses_nothing),
        cmocka_unit_test(test_faults__after_a_failed_sync_power_may_go_and_nothing_signed_is_lost),
        cmocka_unit_test(test_faults__a_log_that_comes_back_hides_nothing_that_was_signed),
        cmocka_unit_test(test_faults__power_goes_while_what_a_failed_sync_left_is_written_anew),
        cmocka_unit_test(test_faults__a_full_disk_refuses_clearly_and_goes_on_when_there_is_room),
        cmocka_unit_test(test_faults__creating_fails_cleanly),
        cmocka_unit_test(test_faults__no_memory_in_sqlite_loses_nothing),
    };
    sqlite3_mem_methods methods;

    if (sqlite3_config(SQLITE_CONFIG_GETMALLOC, &memory.real) != SQLITE_OK)
        return 1;
    methods = memory.real;
    methods.xMalloc = failing_malloc;
    methods.xRealloc = failing_realloc;
    /* Without the pool of small pieces every allocation passes here. */
    if (sqlite3_config(SQLITE_CONFIG_MALLOC, &methods) != SQLITE_OK ||
        sqlite3_config(SQLITE_CONFIG_LOOKASIDE, 0, 0) != SQLITE_OK)
        return 1;
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
