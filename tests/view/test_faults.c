/*
 * tests/view/test_faults.c -- every operation of the disk under a view fails once, or for good, or
 * is the last before the power goes; after each of these the view is opened again, goes on from its
 * cursors, and comes to the same digest as one that nothing happened to (VIEW-1, VIEW-2).
 *
 * POSTERN_FAULT_STEP (default below) is the stride through the operations; 1 tries every one.
 */
#include "../ledger/fault_disk.h"
#include "../unit/stride.h"

#include "base/world.h"
#include "view/view.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "../unit/view_made.h"

#define VFS_NAME "fault-disk"
#define PATH     "/view.sqlite"
#define LEDGERS  3u
#define ENTRIES  36u
#define PEOPLE   20u

struct setting {
    struct fault_disk *disk;
    struct ptn_world world; /* the real one, on the fault disk */
    struct fault_image *image;
    struct made made;
    struct ptn_buffer plain; /* the digest nothing happened to */
};

static struct ptn_status apply(struct setting *setting, struct ptn_view *view, uint64_t ledger,
                               uint64_t seq)
{
    struct ptn_view_entry entry;

    assert_int_equal(made_entry(&setting->made, ledger, seq, PEOPLE).code, PTN_C_OK);
    entry = made_as_entry(&setting->made);
    return ptn_view_apply(view, &entry, NULL);
}

/* From the cursors on to the end, in small transactions, the ledgers by turns. */
static struct ptn_status go_on(struct setting *setting, struct ptn_view *view)
{
    struct ptn_status status = PTN_OK;

    for (uint64_t upto = 6; ptn_ok(status) && upto <= ENTRIES; upto += 6) {
        status = ptn_view_begin(view, NULL);
        for (uint64_t ledger = 0; ptn_ok(status) && ledger < LEDGERS; ledger++) {
            struct ptn_view_cursor cursor = { 0 };
            char origin[64];

            (void)snprintf(origin, sizeof(origin), "postern.example/post-%u", (unsigned)ledger);
            status = ptn_view_cursor(view, origin, &cursor, NULL);
            for (uint64_t seq = cursor.next; ptn_ok(status) && seq < upto; seq++)
                status = apply(setting, view, ledger, seq);
            if (ptn_ok(status) && upto > 6)
                status = ptn_view_forget(view, origin, upto - 6, NULL);
        }
        if (ptn_ok(status))
            status = ptn_view_commit(view, NULL);
        ptn_view_rollback(view);
    }
    return status;
}

static struct ptn_status digest_of(struct ptn_view *view, struct ptn_buffer *out)
{
    uint8_t digest[PTN_SHA256_LEN];

    return ptn_view_digest(view, NULL, 0, out, digest, NULL);
}

static struct ptn_status scenario(struct setting *setting)
{
    struct ptn_view *view = NULL;
    struct ptn_buffer text;
    struct ptn_status status = ptn_view_open(&setting->world, PATH, PTN_VIEW_WRITE, &view, NULL);

    if (!ptn_ok(status))
        return status;
    ptn_buffer_init(&text, 65536);
    status = go_on(setting, view);
    if (ptn_ok(status))
        status = digest_of(view, &text);
    if (ptn_ok(status)) /* a failure is said, never turned into another answer */
        assert_true(ptn_bytes_equal(ptn_buffer_bytes(&text), ptn_buffer_bytes(&setting->plain)));
    ptn_buffer_release(&text);
    ptn_view_close(view);
    return status;
}

/* What happened is over: open again and go on. */
static void check(struct setting *setting)
{
    struct ptn_view *view = NULL;
    struct ptn_buffer text;

    ptn_buffer_init(&text, 65536);
    assert_int_equal(ptn_view_open(&setting->world, PATH, PTN_VIEW_WRITE, &view, NULL).code,
                     PTN_C_OK);
    assert_int_equal(go_on(setting, view).code, PTN_C_OK);
    assert_int_equal(digest_of(view, &text).code, PTN_C_OK);
    assert_true(ptn_bytes_equal(ptn_buffer_bytes(&text), ptn_buffer_bytes(&setting->plain)));
    ptn_buffer_release(&text);
    ptn_view_close(view);
}

static void run_faults(struct setting *setting, enum fault_mode mode, bool for_good)
{
    unsigned long fired = 0;
    bool happened = true;

    for (unsigned long nth = 1; happened; nth += stride_of("POSTERN_FAULT_STEP", 3)) {
        struct ptn_status status;

        fault_disk_load(setting->disk, setting->image);
        fault_disk_arm(setting->disk, mode, nth, for_good);
        status = scenario(setting);
        happened = fault_disk_off(setting->disk);
        if (!happened)
            assert_int_equal(status.code, PTN_C_OK);
        if (mode == FAULT_POWER)
            fault_disk_restart(setting->disk, nth);
        check(setting);
        fired += happened ? 1 : 0;
    }
    assert_true(fired > 10);
}

static void test_faults__an_operation_that_fails_once(void **state)
{
    run_faults(*state, FAULT_ERROR, false);
}

static void test_faults__a_disk_that_fails_for_good(void **state)
{
    run_faults(*state, FAULT_ERROR, true);
}

static void test_faults__a_full_disk(void **state)
{
    run_faults(*state, FAULT_FULL, true);
}

static void test_faults__a_power_cut(void **state)
{
    run_faults(*state, FAULT_POWER, true);
}

static int set_up(void **state)
{
    struct setting *setting = calloc(1, sizeof(*setting));
    struct ptn_view *view = NULL;

    assert_non_null(setting);
    setting->disk = fault_disk_new(VFS_NAME);
    assert_non_null(setting->disk);
    setting->world = *ptn_world_real();
    setting->world.sqlite_vfs_name = VFS_NAME;
    ptn_buffer_init(&setting->made.payload, 65536);
    ptn_buffer_init(&setting->plain, 65536);
    setting->image = fault_disk_save(setting->disk); /* nothing there yet */
    assert_int_equal(ptn_view_open(&setting->world, PATH, PTN_VIEW_WRITE, &view, NULL).code,
                     PTN_C_OK);
    assert_int_equal(go_on(setting, view).code, PTN_C_OK);
    assert_int_equal(digest_of(view, &setting->plain).code, PTN_C_OK);
    ptn_view_close(view);
    *state = setting;
    return 0;
}

static int tear_down(void **state)
{
    struct setting *setting = *state;

    fault_image_free(setting->image);
    fault_disk_free(setting->disk);
    ptn_buffer_release(&setting->made.payload);
    ptn_buffer_release(&setting->plain);
    free(setting);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_faults__an_operation_that_fails_once),
        cmocka_unit_test(test_faults__a_disk_that_fails_for_good),
        cmocka_unit_test(test_faults__a_full_disk),
        cmocka_unit_test(test_faults__a_power_cut),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
