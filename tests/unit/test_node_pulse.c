/* Goal: a post takes for a sign of life only what the centre said after it had read this post's
 * newest entries, and each once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "node/country.h"
#include "record/notice.h"
#include "record/record.h"

#define CENTRE "u/centre"
#define POST   "u/post"

struct fixture {
    char folder[64];
    struct ptn_vault *vault;
    struct ptn_ledger *ledger; /* the centre's */
    struct ptn_copy *copy;     /* the post's */
    uint64_t size;             /* of it */
    struct ptn_pulse *pulse;
};

/* What the centre wrote goes into the post's copy, payload and all. */
static void bring(void *context, const struct ptn_ledger_batch *batch)
{
    struct fixture *fixture = context;
    struct ptn_copy *copy = fixture->copy;

    fixture->size = batch->first + batch->count;
    assert_true(ptn_ok(ptn_copy_take_checkpoint(copy, batch->checkpoint, NULL, NULL)));
    assert_true(
        ptn_ok(ptn_copy_take_entries(copy, batch->first, batch->leaves, batch->count, NULL)));
    assert_true(
        ptn_ok(ptn_copy_put_payloads_at(copy, batch->first, batch->sealed, batch->count, NULL)));
}

static int set_up(void **state)
{
    const struct ptn_world *world = ptn_world_real();
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    struct ptn_vkey key;

    (void)snprintf(fixture->folder, sizeof(fixture->folder), "/tmp/postern-pulse-XXXXXX");
    assert_non_null(mkdtemp(fixture->folder));
    assert_true(ptn_ok(ptn_vault_create(world, fixture->folder, NULL)));
    assert_true(ptn_ok(ptn_vault_open(world, fixture->folder, &fixture->vault, NULL)));
    assert_true(ptn_ok(ptn_ledger_create(world, fixture->vault, fixture->folder, CENTRE, NULL)));
    assert_true(
        ptn_ok(ptn_ledger_open(world, fixture->vault, fixture->folder, &fixture->ledger, NULL)));
    ptn_ledger_on_append(fixture->ledger, bring, fixture);
    assert_true(ptn_ok(ptn_vkey_make(PTN_BYTES_LITERAL(CENTRE),
                                     ptn_vault_public_key(fixture->vault, PTN_ROLE_LEDGER), &key)));
    assert_true(ptn_ok(ptn_copy_open(world, fixture->folder, &key, &fixture->copy, NULL)));
    fixture->pulse = ptn_pulse_new();
    assert_non_null(fixture->pulse);
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    char command[96];

    ptn_pulse_free(fixture->pulse);
    ptn_copy_close(fixture->copy);
    ptn_ledger_close(fixture->ledger);
    ptn_vault_close(fixture->vault);
    (void)snprintf(command, sizeof(command), "rm -rf %s", fixture->folder);
    assert_int_equal(system(command), 0); /* NOLINT(cert-env33-c,bugprone-command-processor) */
    free(fixture);
    return 0;
}

/* The centre says that it has read so much of the post's ledger. */
static void beat(struct fixture *fixture, const char *origin, uint64_t echoed)
{
    struct ptn_ledger_head head = { ptn_bytes_from_text(origin), echoed };
    struct ptn_view_digest_record record = { .time_ms = 1, .heads = &head, .head_count = 1 };
    struct ptn_buffer payload = { .len_max = 1024 };
    struct ptn_ledger_entry entry = { .kind = PTN_RECORD_DIGEST,
                                      .time_ms = 1,
                                      .retention = PTN_RETENTION_PUBLIC };
    uint64_t seq;

    assert_true(ptn_ok(ptn_view_digest_record_write(&record, &payload)));
    entry.payload = ptn_buffer_bytes(&payload);
    assert_true(ptn_ok(ptn_ledger_append(fixture->ledger, &entry, 1, &seq, NULL)));
    ptn_buffer_release(&payload);
}

/* Look with the own ledger of that size at that second; how old is the last sign of life, in
 * seconds? */
static int64_t look(struct fixture *fixture, uint64_t size, int64_t second)
{
    ptn_pulse_own(fixture->pulse, size, second * 1000);
    ptn_pulse_hear(fixture->pulse, fixture->copy, fixture->size, PTN_BYTES_LITERAL(POST),
                   second * 1000);
    return ptn_pulse_age_ms(fixture->pulse, second * 1000) / 1000;
}

static void test_pulse__silence_is_counted_from_the_first_look(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(ptn_pulse_age_ms(fixture->pulse, 5000), 0);
    assert_int_equal(look(fixture, 10, 100), 0);
    assert_int_equal(look(fixture, 10, 160), 60);
}

/* PULSE-1. */
static void test_pulse__a_heartbeat_counts_once(void **state)
{
    struct fixture *fixture = *state;

    (void)look(fixture, 10, 100);
    beat(fixture, POST, 10);
    assert_int_equal(look(fixture, 10, 160), 0);
    assert_int_equal(look(fixture, 10, 190), 30); /* nothing new: the same beat is no new one */
    beat(fixture, POST, 10);
    assert_int_equal(look(fixture, 10, 200), 0);
}

/* PULSE-1. */
static void test_pulse__what_was_delayed_is_as_old_as_what_it_echoes(void **state)
{
    struct fixture *fixture = *state;

    (void)look(fixture, 10, 100);
    (void)look(fixture, 20, 200);
    (void)look(fixture, 30, 300);
    beat(fixture, POST, 20); /* said before the ledger had grown past 20, wherever it was since */
    assert_int_equal(look(fixture, 40, 400), 200);
    beat(fixture, POST, 10);
    assert_int_equal(look(fixture, 40, 401), 201); /* an older one takes nothing back */
    beat(fixture, POST, 40);
    assert_int_equal(look(fixture, 40, 402), 0);
}

/* One that no quorum has cosigned says nothing yet, though it is here: PULSE-1. */
static void test_pulse__only_a_cosigned_heartbeat_counts(void **state)
{
    struct fixture *fixture = *state;

    (void)look(fixture, 10, 100);
    beat(fixture, POST, 5); /* says nothing: older than this post remembers */
    beat(fixture, POST, 10);
    fixture->size = 1;
    assert_int_equal(look(fixture, 10, 160), 60);
    fixture->size = 2;
    assert_int_equal(look(fixture, 10, 170), 0);
}

static void test_pulse__who_never_read_this_post_is_no_sign_of_life(void **state)
{
    struct fixture *fixture = *state;

    (void)look(fixture, 10, 100);
    beat(fixture, "u/other", 1000);
    assert_int_equal(look(fixture, 10, 160), 60);
    beat(fixture, POST, 5); /* older than this post remembers */
    assert_int_equal(look(fixture, 10, 161), 61);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_pulse__silence_is_counted_from_the_first_look, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_pulse__a_heartbeat_counts_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_pulse__what_was_delayed_is_as_old_as_what_it_echoes,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_pulse__only_a_cosigned_heartbeat_counts, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_pulse__who_never_read_this_post_is_no_sign_of_life,
                                        set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
