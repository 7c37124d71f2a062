/*
 * tests/ledger/test_copy_faults.c -- every operation of the disk under a copy fails once, or for
 * good, or is the last before the power goes; after each of these the copy is opened again, holds
 * what was acknowledged (COPY-2), as the source signed it (COPY-1), and can be filled to the end.
 *
 * POSTERN_FAULT_STEP (default below) is the stride through the operations; 1 tries every one.
 */
#include "../unit/stride.h"
#include "fault_disk.h"
#include "source.h"

#include "ledger/copy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define VFS_NAME  "fault-disk"
#define DIR       "/centre"
#define ORIGIN    "postern.example/fault"
#define BASE_SIZE 250u
#define LAST_SIZE 300u

struct setting {
    struct fault_disk *disk;
    struct ptn_world *seeded;
    struct ptn_world world;
    struct ptn_vault *vault;
    struct source *source;
    struct source *fork; /* shares BASE_SIZE entries */
    struct fault_image *none;
    struct fault_image *image; /* a closed copy, proved to BASE_SIZE */
};

/* What a run was told: it must all be true afterwards. */
struct told {
    struct ptn_copy_standing standing;
    bool payloads[LAST_SIZE];
};

static struct ptn_status open_copy(struct setting *setting, struct ptn_copy **ret_copy,
                                   struct ptn_diag *reterr)
{
    struct ptn_vkey key = source_key(setting->source);

    return ptn_copy_open(&setting->world, DIR, &key, ret_copy, reterr);
}

/* ---- the scenario: every call that writes, across a full subtree ---- */

static struct ptn_status take_note(struct setting *setting, struct ptn_copy *copy, uint64_t from,
                                   uint64_t size)
{
    struct ptn_buffer note = source_note(setting->source, size);
    struct ptn_proof proof = { 0 };
    struct ptn_status status;

    if (from > 0)
        proof = source_consistency(setting->source, from, size);
    status =
        ptn_copy_take_checkpoint(copy, ptn_buffer_bytes(&note), from > 0 ? &proof : NULL, NULL);
    ptn_buffer_release(&note);
    return status;
}

static struct ptn_status take_package(struct setting *setting, struct ptn_copy *copy,
                                      uint64_t first, uint64_t end, uint64_t size)
{
    struct ptn_proof proof = source_subtree(setting->source, first / 256 * 256, end, size);

    return ptn_copy_take_package(copy, first, source_leaves(setting->source, first),
                                 (size_t)(end - first), size, &proof, NULL);
}

static struct ptn_status take_entries(struct setting *setting, struct ptn_copy *copy,
                                      uint64_t first, uint64_t end)
{
    return ptn_copy_take_entries(copy, first, source_leaves(setting->source, first),
                                 (size_t)(end - first), NULL);
}

static struct ptn_status take_payloads(struct setting *setting, struct ptn_copy *copy,
                                       uint64_t first, uint64_t end)
{
    return ptn_copy_put_payloads_at(copy, first, source_sealed(setting->source, first),
                                    (size_t)(end - first), NULL);
}

static struct ptn_status take_waiting(struct setting *setting, struct ptn_copy *copy,
                                      uint64_t index)
{
    struct ptn_hash name;

    if (source_sealed(setting->source, index)->at == NULL)
        return PTN_OK;
    name = source_name(setting->source, index);
    return ptn_copy_put_payload(copy, &name, *source_sealed(setting->source, index), NULL);
}

static struct ptn_status cosign(struct setting *setting, struct ptn_copy *copy, uint64_t size)
{
    struct ptn_buffer note = source_note(setting->source, size);
    struct ptn_status status = ptn_copy_cosign(copy, ptn_buffer_bytes(&note), NULL);

    ptn_buffer_release(&note);
    return status;
}

/* Wrong entries up to the largest checkpoint: held, then dropped. */
static struct ptn_status be_misled(struct setting *setting, struct ptn_copy *copy, uint64_t from,
                                   uint64_t size)
{
    struct ptn_status status =
        ptn_copy_take_entries(copy, from, source_leaves(setting->fork, from), 2, NULL);

    if (ptn_ok(status))
        status = ptn_copy_take_entries(copy, from + 2, source_leaves(setting->fork, from + 2),
                                       (size_t)(size - from - 2), NULL);
    if (status.code == PTN_C_CORRUPT && ptn_copy_state(copy) == PTN_LEDGER_READY)
        return PTN_OK;
    assert_false(ptn_ok(status));
    return status;
}

/* The fork's checkpoint of a size that is proved. */
static struct ptn_status see_fork(struct setting *setting, struct ptn_copy *copy, uint64_t size)
{
    struct ptn_buffer note = source_note(setting->fork, size);
    struct ptn_copy_standing standing;
    struct ptn_status status = ptn_copy_take_checkpoint(copy, ptn_buffer_bytes(&note), NULL, NULL);

    ptn_buffer_release(&note);
    ptn_copy_standing(copy, &standing);
    if (status.code == PTN_C_CORRUPT && standing.evidence_count > 0)
        return PTN_OK;
    assert_false(ptn_ok(status));
    return status;
}

static struct ptn_status step(struct setting *setting, struct ptn_copy *copy, unsigned number,
                              struct told *told)
{
    struct ptn_status status = PTN_OK;

    switch (number) {
    case 0:
        return take_note(setting, copy, BASE_SIZE, 253);
    case 1:
        for (uint64_t i = 250; ptn_ok(status) && i < 253; i++)
            status = take_waiting(setting, copy, i);
        return status;
    case 2:
        status = take_entries(setting, copy, 250, 253);
        for (uint64_t i = 250; ptn_ok(status) && i < 253; i++)
            told->payloads[i] = true;
        return status;
    case 3:
        return take_note(setting, copy, 0, 260);
    case 4:
        return take_note(setting, copy, 260, 270);
    case 5:
        return take_package(setting, copy, 253, 256, 270);
    case 6:
        return take_package(setting, copy, 256, 264, 270);
    case 7:
        status = take_payloads(setting, copy, 253, 262);
        for (uint64_t i = 253; ptn_ok(status) && i < 262; i++)
            told->payloads[i] = true;
        return status;
    case 8:
        return ptn_copy_tidy(copy, NULL);
    case 9:
        return take_package(setting, copy, 264, 270, 270);
    case 10:
        status = take_waiting(setting, copy, 265);
        told->payloads[265] = ptn_ok(status);
        return status;
    case 11:
        return cosign(setting, copy, 270);
    case 12:
        return take_note(setting, copy, 0, 276);
    case 13:
        return be_misled(setting, copy, 270, 276);
    case 14:
        return take_entries(setting, copy, 270, 276);
    default:
        return see_fork(setting, copy, 272);
    }
}

#define STEP_COUNT 16u

/* Stops at the first failure. */
static struct ptn_status scenario(struct setting *setting, struct told *told)
{
    struct ptn_copy *copy = NULL;
    struct ptn_status status = open_copy(setting, &copy, NULL);

    if (!ptn_ok(status))
        return status;
    for (unsigned number = 0; ptn_ok(status) && number < STEP_COUNT; number++) {
        status = step(setting, copy, number, told);
        if (ptn_ok(status))
            ptn_copy_standing(copy, &told->standing);
    }
    ptn_copy_close(copy);
    return status;
}

/* ---- what must be true afterwards ---- */

/* Nothing read is wrong; with all, nothing told is missing. */
static void check_entries(struct setting *setting, struct ptn_copy *copy, const struct told *told)
{
    struct ptn_copy_standing standing;
    struct ptn_buffer sealed;

    ptn_copy_standing(copy, &standing);
    ptn_buffer_init(&sealed, 4096);
    for (uint64_t i = 0; i < standing.size; i++) {
        const struct ptn_bytes *expected = source_sealed(setting->source, i);
        struct ptn_ledger_header header;
        struct ptn_status status;

        ptn_buffer_clear(&sealed);
        status = ptn_copy_read(copy, i, &header, &sealed, NULL);
        if (ptn_ok(status))
            assert_true(ptn_bytes_equal(ptn_buffer_bytes(&sealed), *expected));
        else if (told == NULL)
            assert_true(status.code == PTN_C_CORRUPT || status.code == PTN_C_NOT_FOUND);
        else
            assert_true(status.code == PTN_C_NOT_FOUND && !told->payloads[i]);
    }
    ptn_buffer_release(&sealed);
}

/* Fill it to the end. */
static void finish(struct setting *setting, struct ptn_copy *copy)
{
    struct ptn_copy_standing standing;
    struct ptn_hash expected = source_root(setting->source, LAST_SIZE);
    struct ptn_hash root;

    assert_int_equal(take_note(setting, copy, 0, LAST_SIZE).code, PTN_C_OK);
    ptn_copy_standing(copy, &standing);
    /* What is held was never proved here, so it may be what misled the run. */
    if (!ptn_ok(take_entries(setting, copy, standing.next, LAST_SIZE))) {
        ptn_copy_standing(copy, &standing);
        assert_int_equal(take_entries(setting, copy, standing.next, LAST_SIZE).code, PTN_C_OK);
    }
    assert_int_equal(take_payloads(setting, copy, 0, LAST_SIZE).code, PTN_C_OK);
    ptn_copy_standing(copy, &standing);
    assert_int_equal(standing.size, LAST_SIZE);
    assert_int_equal(standing.missing, 0);
    assert_true(standing.evidence_count <= 1);
    assert_int_equal(ptn_copy_root_at(copy, LAST_SIZE, &root, NULL).code, PTN_C_OK);
    assert_memory_equal(root.at, expected.at, PTN_HASH_LEN);
}

static void check_after(struct setting *setting, const struct told *told)
{
    struct ptn_copy *copy = NULL;
    struct ptn_copy_standing standing;
    struct ptn_diag diag = { 0, NULL };
    struct told everything;
    struct ptn_status status = open_copy(setting, &copy, &diag);

    memset(everything.payloads, 1, sizeof(everything.payloads));
    if (!ptn_ok(status))
        fail_msg("open: %s (%s)", diag.text, ptn_code_word(status.code));
    ptn_copy_standing(copy, &standing);
    assert_true(standing.size >= told->standing.size);
    assert_true(standing.next >= told->standing.size);
    /* Entries held and not proved may be dropped by what came after them: told.next only when
     * nothing did. */
    assert_true(standing.next >= told->standing.next || told->standing.next > 270);
    assert_true(standing.pending_size >= told->standing.pending_size);
    assert_true(standing.cosigned_size >= told->standing.cosigned_size);
    assert_true(standing.evidence_count >= told->standing.evidence_count);
    check_entries(setting, copy, told);
    finish(setting, copy);
    ptn_copy_close(copy);
    assert_int_equal(open_copy(setting, &copy, NULL).code, PTN_C_OK);
    ptn_copy_standing(copy, &standing);
    assert_int_equal(standing.size, LAST_SIZE);
    check_entries(setting, copy, &everything);
    ptn_copy_close(copy);
}

/* ---- the loops ---- */

static struct told start(struct setting *setting)
{
    struct told told = { .standing = {
                             .size = BASE_SIZE, .next = BASE_SIZE, .pending_size = BASE_SIZE } };

    fault_disk_load(setting->disk, setting->image);
    for (unsigned i = 0; i < BASE_SIZE; i++)
        told.payloads[i] = true;
    return told;
}

static void loop(struct setting *setting, enum fault_mode mode, bool for_good, unsigned long by)
{
    unsigned long runs = 0;
    bool fired = true;

    for (unsigned long nth = 1; fired; nth += by, runs++) {
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

static void test_copy_faults__an_io_error_loses_nothing(void **state)
{
    loop(*state, FAULT_ERROR, false, stride_of("POSTERN_FAULT_STEP", 3));
    loop(*state, FAULT_ERROR, true, stride_of("POSTERN_FAULT_STEP", 5));
}

/* A copy whose write failed opens its files again by itself, as soon as it is asked to write. */
static void test_copy_faults__after_an_io_error_the_same_copy_goes_on(void **state)
{
    struct setting *setting = *state;
    unsigned stopped = 0;
    bool fired = true;

    for (unsigned long nth = 1; fired; nth += 2) {
        struct told told = start(setting);
        struct ptn_copy *copy = NULL;
        struct ptn_copy_standing standing;

        assert_int_equal(open_copy(setting, &copy, NULL).code, PTN_C_OK);
        fault_disk_arm(setting->disk, FAULT_ERROR, nth, false);
        for (unsigned number = 0; number < STEP_COUNT; number++)
            if (!ptn_ok(step(setting, copy, number, &told)))
                break;
        fired = fault_disk_off(setting->disk);
        stopped += ptn_copy_state(copy) == PTN_LEDGER_STOPPED ? 1 : 0;
        ptn_copy_standing(copy, &standing);
        assert_true(standing.size >= BASE_SIZE); /* what it knew, it knows */
        finish(setting, copy);
        ptn_copy_close(copy);
    }
    assert_true(stopped > 10);
}

/* Its files are opened while the former connections are there, so the log is not taken up but
 * folded in as it is read: one bad read must not end up in the main file. */
static void test_copy_faults__a_copy_opened_again_folds_in_no_bad_read(void **state)
{
    struct setting *setting = *state;
    unsigned long by = stride_of("POSTERN_FAULT_STEP", 3);
    unsigned long runs = 0;

    for (bool fired = true; fired; runs++) {
        struct told told = { .standing = { .size = LAST_SIZE } };
        struct ptn_copy *copy = NULL;

        memset(told.payloads, 1, sizeof(told.payloads));
        fault_disk_load(setting->disk, setting->none);
        assert_int_equal(open_copy(setting, &copy, NULL).code, PTN_C_OK);
        finish(setting, copy); /* all of it in the log */
        fault_disk_arm(setting->disk, FAULT_ERROR, 1, true);
        assert_int_equal(cosign(setting, copy, LAST_SIZE).code, PTN_C_IO);
        assert_int_equal(ptn_copy_state(copy), PTN_LEDGER_STOPPED);
        fault_disk_arm(setting->disk, FAULT_FLIP, 1 + runs * by, false);
        (void)cosign(setting, copy, LAST_SIZE);
        fired = fault_disk_off(setting->disk);
        assert_int_equal(cosign(setting, copy, LAST_SIZE).code, PTN_C_OK);
        check_entries(setting, copy, &told);
        ptn_copy_close(copy);
    }
    assert_true(runs > 10);
}

/* And when they do not open, it says so, and what it had proved is still read. */
static void test_copy_faults__a_copy_that_cannot_be_opened_again_is_still_read(void **state)
{
    struct setting *setting = *state;
    struct told told = start(setting);
    struct ptn_copy *copy = NULL;
    struct ptn_copy_standing standing;
    struct ptn_diag diag = { 0, NULL };

    assert_int_equal(open_copy(setting, &copy, &diag).code, PTN_C_OK);
    assert_int_equal(cosign(setting, copy, BASE_SIZE).code, PTN_C_OK);
    fault_disk_arm(setting->disk, FAULT_ERROR, 1, true); /* every operation fails from now on */
    assert_int_equal(step(setting, copy, 0, &told).code, PTN_C_IO);
    assert_int_equal(ptn_copy_state(copy), PTN_LEDGER_STOPPED);
    for (unsigned i = 0; i < 3; i++) {
        struct ptn_buffer note;

        assert_int_equal(step(setting, copy, 0, &told).code, PTN_C_IO);
        ptn_copy_standing(copy, &standing);
        assert_int_equal(standing.size, BASE_SIZE);
        assert_int_equal(standing.cosigned_size, BASE_SIZE);
        ptn_buffer_init(&note, PTN_COPY_NOTE_MAX);
        assert_int_equal(ptn_copy_cosigned(copy, &note, NULL).code, PTN_C_OK);
        ptn_buffer_release(&note);
    }
    (void)fault_disk_off(setting->disk);
    finish(setting, copy);
    ptn_copy_close(copy);
}

static void test_copy_faults__a_full_disk_loses_nothing(void **state)
{
    loop(*state, FAULT_FULL, false, stride_of("POSTERN_FAULT_STEP", 3));
    loop(*state, FAULT_FULL, true, stride_of("POSTERN_FAULT_STEP", 5));
}

static void test_copy_faults__a_bad_read_loses_nothing(void **state)
{
    loop(*state, FAULT_SHORT_READ, false, stride_of("POSTERN_FAULT_STEP", 3));
    loop(*state, FAULT_FLIP, false, stride_of("POSTERN_FAULT_STEP", 3));
}

static void test_copy_faults__a_power_cut_loses_nothing(void **state)
{
    struct setting *setting = *state;
    unsigned long by = stride_of("POSTERN_FAULT_STEP", 2);
    bool fired = true;

    for (unsigned long nth = 1; fired; nth += by) {
        for (uint64_t seed = 1; seed <= 2; seed++) {
            struct told told = start(setting);

            fault_disk_arm(setting->disk, FAULT_POWER, nth, true);
            (void)scenario(setting, &told);
            fired = fault_disk_off(setting->disk);
            fault_disk_restart(setting->disk, seed * 1000 + nth);
            check_after(setting, &told);
        }
    }
}

static void test_copy_faults__a_power_cut_while_it_is_made_leaves_one_that_works(void **state)
{
    struct setting *setting = *state;
    bool fired = true;

    for (unsigned long nth = 1; fired; nth++) {
        struct ptn_copy *copy = NULL;
        struct ptn_diag diag = { 0, NULL };
        struct ptn_status status;

        fault_disk_load(setting->disk, setting->none);
        fault_disk_arm(setting->disk, FAULT_POWER, nth, true);
        if (ptn_ok(open_copy(setting, &copy, NULL)))
            ptn_copy_close(copy);
        fired = fault_disk_off(setting->disk);
        fault_disk_restart(setting->disk, nth);
        status = open_copy(setting, &copy, &diag);
        if (!ptn_ok(status))
            fail_msg("cut at %lu, open: %s (%s)", nth, diag.text, ptn_code_word(status.code));
        finish(setting, copy);
        ptn_copy_close(copy);
    }
}

/* What a disk does to bytes on their way down cannot always be undone, but nothing wrong is read.
 */
static void test_copy_faults__a_bit_flipped_in_writing_is_never_read(void **state)
{
    struct setting *setting = *state;
    unsigned long by = stride_of("POSTERN_FAULT_STEP", 2);
    bool fired = true;

    for (unsigned long nth = 1; fired; nth += by) {
        struct told told = start(setting);
        struct ptn_copy *copy = NULL;
        struct ptn_status status;

        fault_disk_arm(setting->disk, FAULT_MISWRITE, nth, false);
        (void)scenario(setting, &told);
        fired = fault_disk_off(setting->disk);
        status = open_copy(setting, &copy, NULL);
        assert_true(ptn_ok(status) || status.code == PTN_C_CORRUPT);
        if (ptn_ok(status))
            check_entries(setting, copy, NULL);
        ptn_copy_close(copy);
    }
}

static void test_copy_faults__a_full_disk_goes_on_when_there_is_room(void **state)
{
    struct setting *setting = *state;
    struct ptn_copy *copy = NULL;
    struct ptn_copy_standing standing;
    struct ptn_status status = PTN_OK;
    uint64_t size = 0;

    fault_disk_load(setting->disk, setting->none);
    source_grow(setting->source, 4000);
    assert_int_equal(open_copy(setting, &copy, NULL).code, PTN_C_OK);
    assert_int_equal(take_note(setting, copy, 0, 4000).code, PTN_C_OK);
    fault_disk_limit(setting->disk, (size_t)2 << 20);
    for (; ptn_ok(status) && size < 4000; size += 100) {
        for (uint64_t i = size; ptn_ok(status) && i < size + 100; i++)
            status = take_waiting(setting, copy, i);
        if (ptn_ok(status))
            status = take_entries(setting, copy, size, size + 100);
    }
    assert_int_equal(status.code, PTN_C_IO);
    assert_int_equal(ptn_copy_state(copy), PTN_LEDGER_FULL);
    ptn_copy_standing(copy, &standing);
    size = standing.next;
    assert_true(size > 100 && size < 4000);
    assert_int_equal(take_entries(setting, copy, size, size + 100).code, PTN_C_IO);
    fault_disk_limit(setting->disk, 0);
    assert_int_equal(take_entries(setting, copy, size, 4000).code, PTN_C_OK);
    assert_int_equal(ptn_copy_state(copy), PTN_LEDGER_READY);
    ptn_copy_standing(copy, &standing);
    assert_int_equal(standing.size, 4000);
    ptn_copy_close(copy);
}

/* ---- setting up ---- */

static void make_image(struct setting *setting)
{
    struct ptn_copy *copy = NULL;

    assert_int_equal(open_copy(setting, &copy, NULL).code, PTN_C_OK);
    assert_int_equal(take_note(setting, copy, 0, BASE_SIZE).code, PTN_C_OK);
    assert_int_equal(take_entries(setting, copy, 0, BASE_SIZE).code, PTN_C_OK);
    assert_int_equal(take_payloads(setting, copy, 0, BASE_SIZE).code, PTN_C_OK);
    ptn_copy_close(copy);
    setting->image = fault_disk_save(setting->disk);
}

static int set_up(void **state)
{
    struct setting *setting = calloc(1, sizeof(*setting));

    assert_non_null(setting);
    setting->disk = fault_disk_new(VFS_NAME);
    setting->seeded = ptn_world_seeded(7, 1790000000000);
    assert_non_null(setting->disk);
    assert_non_null(setting->seeded);
    setting->world = *setting->seeded;
    setting->world.sqlite_vfs_name = VFS_NAME;
    assert_int_equal(setting->world.files->make_dir(setting->world.context, "/post").code,
                     PTN_C_OK);
    assert_int_equal(ptn_vault_create(&setting->world, "/post", NULL).code, PTN_C_OK);
    assert_int_equal(ptn_vault_open(&setting->world, "/post", &setting->vault, NULL).code,
                     PTN_C_OK);
    setting->source = source_new(setting->vault, ORIGIN, 0);
    source_grow(setting->source, LAST_SIZE);
    setting->fork = source_fork(setting->source, BASE_SIZE, 4);
    source_grow(setting->fork, LAST_SIZE);
    setting->none = fault_disk_save(setting->disk);
    make_image(setting);
    *state = setting;
    return 0;
}

static int tear_down(void **state)
{
    struct setting *setting = *state;

    source_free(setting->source);
    source_free(setting->fork);
    fault_image_free(setting->none);
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
        cmocka_unit_test(test_copy_faults__an_io_error_loses_nothing),
        cmocka_unit_test(test_copy_faults__after_an_io_error_the_same_copy_goes_on),
        cmocka_unit_test(test_copy_faults__a_copy_opened_again_folds_in_no_bad_read),
        cmocka_unit_test(test_copy_faults__a_copy_that_cannot_be_opened_again_is_still_read),
        cmocka_unit_test(test_copy_faults__a_full_disk_loses_nothing),
        cmocka_unit_test(test_copy_faults__a_bad_read_loses_nothing),
        cmocka_unit_test(test_copy_faults__a_power_cut_loses_nothing),
        cmocka_unit_test(test_copy_faults__a_power_cut_while_it_is_made_leaves_one_that_works),
        cmocka_unit_test(test_copy_faults__a_bit_flipped_in_writing_is_never_read),
        cmocka_unit_test(test_copy_faults__a_full_disk_goes_on_when_there_is_room),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
