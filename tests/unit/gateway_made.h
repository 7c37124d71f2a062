/*
 * tests/unit/gateway_made.h -- a gateway for tests, with a door for carriers and a post whose month
 * its ledger is sealed to; its clock stands, and the nth change of its disk can be made to fail.
 */
#ifndef TESTS_UNIT_GATEWAY_MADE_H
#define TESTS_UNIT_GATEWAY_MADE_H
#include "node/inbox_int.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "vault/seal.h"

#define ORIGIN   "utopia.example/gateway"
#define START_MS INT64_C(1795800000000) /* 2026-11-27 */

struct fixture {
    struct ptn_world world; /* the real one, with a clock and files of its own */
    struct ptn_files files;
    char folder[64], dir[80], post_dir[80];
    struct ptn_vault *vault, *post;
    struct ptn_ledger *ledger;
    struct ptn_inbox *inbox;
    struct ptn_carrier_door *door;
    struct ptn_reading reading;
};

static int64_t clock_ms;
static unsigned fail_in; /* the nth change of the disk from now fails; 0: never */
static const struct ptn_files *real;

static int64_t now_ms(void *context)
{
    (void)context;
    return clock_ms;
}

static int64_t monotonic_us(void *context)
{
    (void)context;
    return clock_ms * 1000;
}

static bool fails(void)
{
    return fail_in > 0 && --fail_in == 0;
}

static struct ptn_status replace(void *context, const char *path, struct ptn_bytes bytes)
{
    return fails() ? (struct ptn_status){ PTN_C_IO } : real->replace(context, path, bytes);
}

static struct ptn_status put(void *context, const char *path, struct ptn_bytes bytes)
{
    return fails() ? (struct ptn_status){ PTN_C_IO } : real->put(context, path, bytes);
}

static struct ptn_status settle(void *context, const char *dir)
{
    return fails() ? (struct ptn_status){ PTN_C_IO } : real->settle(context, dir);
}

static struct ptn_status move(void *context, const char *from, const char *to)
{
    return fails() ? (struct ptn_status){ PTN_C_IO } : real->move(context, from, to);
}

static struct ptn_status take_away(void *context, const char *path)
{
    return fails() ? (struct ptn_status){ PTN_C_IO } : real->remove(context, path);
}

static void open_again(struct fixture *fixture)
{
    struct ptn_ledger_reader reader = { .reader = PTN_BYTES_LITERAL("post"),
                                        .month = fixture->reading.month };
    struct ptn_diag diag = { 0 };

    ptn_carrier_door_free(fixture->door);
    ptn_inbox_close(fixture->inbox);
    ptn_ledger_close(fixture->ledger);
    fixture->door = NULL;
    fixture->inbox = NULL;
    fixture->ledger = NULL;
    assert_true(ptn_ok(
        ptn_ledger_open(&fixture->world, fixture->vault, fixture->dir, &fixture->ledger, NULL)));
    memcpy(reader.key, fixture->reading.key, PTN_READING_KEY_LEN);
    assert_true(ptn_ok(ptn_ledger_readers(fixture->ledger, &reader, 1, NULL)));
    if (!ptn_ok(
            ptn_inbox_open(&fixture->world, fixture->dir, fixture->ledger, &fixture->inbox, &diag)))
        fail_msg("%s", diag.text == NULL ? "no text" : diag.text);
    assert_true(ptn_ok(ptn_carrier_door_new(&fixture->world, fixture->dir, "ALB", fixture->inbox,
                                            &fixture->door)));
    (void)ptn_carrier_door_look(fixture->door);
}

static void keep_register(const struct fixture *fixture, const char *text)
{
    char path[1200];

    (void)snprintf(path, sizeof(path), "%s/carriers", fixture->dir);
    assert_true(ptn_ok(real->make_dir(NULL, path)));
    (void)snprintf(path, sizeof(path), "%s/carriers/register", fixture->dir);
    assert_true(ptn_ok(real->replace(NULL, path, ptn_bytes_from_text(text))));
}

/* registered: what stands in the register of carriers at first. */
static int set_up_registered(void **state, const char *registered)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));

    clock_ms = START_MS;
    fail_in = 0;
    fixture->world = *ptn_world_real();
    real = fixture->world.files;
    fixture->files = *real;
    fixture->files.replace = replace;
    fixture->files.put = put;
    fixture->files.settle = settle;
    fixture->files.move = move;
    fixture->files.remove = take_away;
    fixture->world.files = &fixture->files;
    fixture->world.now_ms = now_ms;
    fixture->world.monotonic_us = monotonic_us;
    (void)snprintf(fixture->folder, sizeof(fixture->folder), "/tmp/postern-gateway-XXXXXX");
    assert_non_null(mkdtemp(fixture->folder));
    (void)snprintf(fixture->dir, sizeof(fixture->dir), "%s/gateway", fixture->folder);
    (void)snprintf(fixture->post_dir, sizeof(fixture->post_dir), "%s/post", fixture->folder);
    assert_true(ptn_ok(real->make_dir(NULL, fixture->dir)));
    assert_true(ptn_ok(real->make_dir(NULL, fixture->post_dir)));
    assert_true(ptn_ok(ptn_vault_create(&fixture->world, fixture->dir, NULL)));
    assert_true(ptn_ok(ptn_vault_create(&fixture->world, fixture->post_dir, NULL)));
    assert_true(ptn_ok(ptn_reading_make(&fixture->world, fixture->post_dir,
                                        ptn_instant_date(START_MS), &fixture->reading, NULL)));
    assert_true(ptn_ok(ptn_vault_open(&fixture->world, fixture->dir, &fixture->vault, NULL)));
    assert_true(ptn_ok(ptn_vault_open(&fixture->world, fixture->post_dir, &fixture->post, NULL)));
    assert_true(
        ptn_ok(ptn_ledger_create(&fixture->world, fixture->vault, fixture->dir, ORIGIN, NULL)));
    keep_register(fixture, registered);
    open_again(fixture);
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    char command[128];

    ptn_carrier_door_free(fixture->door);
    ptn_inbox_close(fixture->inbox);
    ptn_ledger_close(fixture->ledger);
    ptn_vault_close(fixture->vault);
    ptn_vault_close(fixture->post);
    (void)snprintf(command, sizeof(command), "rm -rf %s", fixture->folder);
    assert_int_equal(system(command), 0); /* NOLINT(cert-env33-c): our own folder */
    free(fixture);
    return 0;
}
#endif
