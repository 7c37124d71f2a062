/*
 * tests/mirror/test_erase_disk.c -- a keeper carries an order to erase out on a disk that fails or
 * loses power at any operation: its payload is there or gone, never half; the keeper says that it
 * erased only once that is so for good; and what it was interrupted in it does when it is asked
 * again.
 *
 * POSTERN_FAULT_STEP (default 1) is the stride through the operations.
 */
#include "../ledger/fault_disk.h"
#include "../unit/mirror_erasure.h"

#include "record/record.h"

#define VFS_NAME "erase-keeper"
#define KEEPER   0u

struct setting {
    struct country *country;
    struct fault_disk *disk;
    struct fault_image *image; /* in force, and nobody has erased yet */
    struct works works;
    struct proof proof;
    struct ptn_hash payloads[2];
    struct ptn_hash other;
};

/* All ledgers and copies of the country on one disk; only what the keeper does meets its faults. */
static int set_up(void **state)
{
    struct setting *setting = calloc(1, sizeof(*setting));
    struct country *country;

    assert_non_null(setting);
    setting->disk = fault_disk_new(VFS_NAME);
    assert_non_null(setting->disk);
    country_ms = INT64_C(1795800000000);
    country_vfs_name = VFS_NAME;
    country = country_new();
    country_vfs_name = NULL;
    setting->country = country;
    open_all(&setting->works, country);
    for (unsigned i = 0; i < 2; i++)
        setting->payloads[i] =
            name_of(country, POST,
                    append(country, POST, 1, PTN_RETENTION_CROSSING,
                           i == 0 ? PTN_BYTES_LITERAL("who") : PTN_BYTES_LITERAL("and whose")));
    setting->other = name_of(
        country, POST,
        append(country, POST, 1, PTN_RETENTION_CROSSING, PTN_BYTES_LITERAL("somebody else")));
    prove(&setting->works, &setting->proof, setting->payloads, 2, PTN_ERASURE_WAIT_MS);
    (void)append(country, CENTRE, PTN_RECORD_ERASURE, PTN_RETENTION_PUBLIC,
                 ptn_buffer_bytes(&setting->proof.record));
    push_all(&setting->works, CENTRE);
    close_all(&setting->works);
    for (unsigned i = 0; i < NODES; i++) {
        ptn_ledger_close(country->members[i].ledger);
        country->members[i].ledger = NULL;
    }
    setting->image = fault_disk_save(setting->disk);
    *state = setting;
    return 0;
}

static int tear_down(void **state)
{
    struct setting *setting = *state;

    release(&setting->proof);
    country_free(setting->country);
    fault_image_free(setting->image);
    fault_disk_free(setting->disk);
    free(setting);
    return 0;
}

/* False: the disk did not let it open. */
static bool open_keeper(struct setting *setting)
{
    struct country *country = setting->country;
    struct member *member = &country->members[KEEPER];
    struct ptn_keeper_setup setup = { .world = &country->world,
                                      .vault = member->vault,
                                      .dir = member->dir,
                                      .roster = ptn_buffer_bytes(&country->roster) };

    memset(&setting->works, 0, sizeof(setting->works));
    setting->works.country = country;
    if (!ptn_ok(
            ptn_ledger_open(&country->world, member->vault, member->dir, &member->ledger, NULL)))
        return false;
    setup.ledger = member->ledger;
    if (ptn_ok(ptn_keeper_open(&setup, &setting->works.keepers[KEEPER], NULL))) {
        ptn_buffer_init(&setting->works.exchange.answer, PTN_WIRE_BODY_MAX);
        return true;
    }
    ptn_ledger_close(member->ledger);
    member->ledger = NULL;
    return false;
}

static void close_keeper(struct setting *setting)
{
    close_all(&setting->works);
    memset(&setting->works, 0, sizeof(setting->works));
    ptn_ledger_close(setting->country->members[KEEPER].ledger);
    setting->country->members[KEEPER].ledger = NULL;
}

/* Turn by turn for as long as the disk lets it, and a few turns past a failure. */
static void erase_as_far_as_it_goes(struct setting *setting)
{
    bool more = true;

    for (unsigned i = 0, failed = 0; more && failed < 3 && i < 200; i++)
        failed += ptn_ok(ptn_keeper_erase(setting->works.keepers[KEEPER], &more, NULL)) ? 0 : 1;
}

/* How many of both are gone; what else the keeper holds is there. */
static unsigned gone(struct setting *setting)
{
    unsigned count = 0;

    for (unsigned i = 0; i < 2; i++) {
        unsigned status = payload_status(&setting->works, KEEPER, POST, &setting->payloads[i]);

        assert_true(status == 200 || status == 404);
        count += status == 404 ? 1 : 0;
    }
    assert_int_equal(payload_status(&setting->works, KEEPER, POST, &setting->other), 200);
    return count;
}

/* One run with the nth operation of the disk failing so. False: there was none. */
static bool run(struct setting *setting, enum fault_mode mode, unsigned long nth, bool for_good,
                unsigned *ret_half)
{
    struct ptn_keeper_standing standing;
    uint64_t erased = 0;
    unsigned receipts;
    bool happened;

    fault_disk_load(setting->disk, setting->image);
    assert_true(open_keeper(setting));
    fault_disk_arm(setting->disk, mode, nth, for_good);
    erase_as_far_as_it_goes(setting);
    close_keeper(setting);
    happened = fault_disk_off(setting->disk);
    if (mode == FAULT_POWER && happened)
        fault_disk_restart(setting->disk, nth);
    assert_true(open_keeper(setting));
    receipts = receipts_of(setting->country, KEEPER, &erased);
    *ret_half += gone(setting) > 0 && receipts == 0 ? 1 : 0;
    assert_int_not_equal(gone(setting), 1); /* one order in one ledger: both or none */
    if (receipts > 0) {                     /* said: then it is so */
        assert_int_equal(receipts, 1);
        assert_int_equal(erased, 2);
        assert_int_equal(gone(setting), 2);
    }
    erase_at(setting->works.keepers[KEEPER]);
    assert_int_equal(gone(setting), 2);
    assert_int_equal(receipts_of(setting->country, KEEPER, &erased), 1);
    assert_int_equal(erased, 2);
    ptn_keeper_standing(setting->works.keepers[KEEPER], &standing);
    assert_int_equal(standing.corrupt, 0);
    close_keeper(setting);
    return happened;
}

static void run_all(struct setting *setting, enum fault_mode mode, bool for_good)
{
    const char *text = getenv("POSTERN_FAULT_STEP");
    const unsigned long step = text == NULL ? 1 : strtoul(text, NULL, 10);
    unsigned long runs = 0;
    unsigned half = 0;

    for (unsigned long nth = 1; run(setting, mode, nth, for_good, &half); nth += step)
        runs += step;
    assert_true(runs > 20);
    if (mode == FAULT_POWER && step == 1)
        assert_true(half > 0); /* a cut between the deletion and its receipt was among them */
}

static void test_erase_disk__power_may_go_at_any_operation(void **state)
{
    run_all(*state, FAULT_POWER, true);
}

static void test_erase_disk__any_operation_may_fail(void **state)
{
    run_all(*state, FAULT_ERROR, false);
    run_all(*state, FAULT_ERROR, true);
}

static void test_erase_disk__the_disk_may_be_full_from_any_write_on(void **state)
{
    run_all(*state, FAULT_FULL, true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_erase_disk__power_may_go_at_any_operation, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_erase_disk__any_operation_may_fail, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_erase_disk__the_disk_may_be_full_from_any_write_on,
                                        set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
