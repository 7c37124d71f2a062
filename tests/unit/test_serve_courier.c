/* The courier: addresses, pauses, refusals; what its owner hears when nobody answers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "fault.h"
#include "serve/courier_int.h"
#include "serve/serve_int.h"

static void test_courier__addresses_are_a_host_and_a_port(void **state)
{
    static const struct {
        const char *address;
        bool good;
    } cases[] = {
        { "127.0.0.1:8443", true },
        { "keeper-1.example:1", true },
        { "[::1]:65535", true },
        { "[fe80::1]:443", true },
        { "", false },
        { ":443", false },
        { "host", false },
        { "host:", false },
        { "host:0", false },
        { "host:65536", false },
        { "host:443x", false },
        { "host:-1", false },
        { "host:4 3", false },
        { "user@host:443", false },
        { "host/path:443", false },
        { "https://host:443", false },
        { "[::1:443", false },
        { "[]:443", false },
        { "::1:443", false },
        { "[a]b]:443", false },
        { "ho st:443", false },
    };
    char longest[PTN_COURIER_ADDRESS_MAX + 2];

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        if (ptn_courier_address_good(cases[i].address) != cases[i].good)
            fail_msg("%s", cases[i].address);
    memset(longest, 'a', sizeof(longest));
    memcpy(longest + PTN_COURIER_ADDRESS_MAX - 4, ":443", 5);
    assert_true(ptn_courier_address_good(longest));
    memcpy(longest + PTN_COURIER_ADDRESS_MAX - 4, "a:443", 6);
    assert_false(ptn_courier_address_good(longest));
}

static void test_courier__pauses_double_to_a_bound_and_spread_over_a_half(void **state)
{
    (void)state;
    assert_int_equal(ptn_courier_pause_ms(1, 0, 0), 200);
    assert_int_equal(ptn_courier_pause_ms(1, 0, UINT32_MAX), 100);
    assert_int_equal(ptn_courier_pause_ms(2, 0, 0), 400);
    assert_int_equal(ptn_courier_pause_ms(5, 0, 0), 3200);
    assert_int_equal(ptn_courier_pause_ms(60, 0, 0), PTN_COURIER_PAUSE_MAX_MS);
    assert_int_equal(ptn_courier_pause_ms(UINT32_MAX, 1000, 0), 1000);
    assert_int_equal(ptn_courier_pause_ms(9, 50, UINT32_MAX), 25);
    for (unsigned failures = 1; failures < 40; failures++)
        for (uint64_t random = 0; random <= UINT32_MAX; random += UINT32_MAX / 7) {
            unsigned ms = ptn_courier_pause_ms(failures, 0, (uint32_t)random);
            unsigned most = ptn_courier_pause_ms(failures, 0, 0);

            assert_true(ms <= most && ms >= most / 2);
        }
}

static void test_courier__a_refusal_is_what_asking_again_does_not_mend(void **state)
{
    static const unsigned mended[] = { 200, 202, 204, 304, 404, 409, 424 };
    static const unsigned refused[] = { 100, 400, 401, 403, 413, 422, 429, 500, 503 };

    (void)state;
    for (size_t i = 0; i < sizeof(mended) / sizeof(mended[0]); i++)
        assert_false(ptn_courier_refusal(mended[i]));
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
        assert_true(ptn_courier_refusal(refused[i]));
}

/* ---- with nobody at the other end ---- */

struct bench {
    char dir[64];
    char address[32];
    uint8_t tls[PTN_TLS_ID_LEN];
};

static int set_up(void **state)
{
    const struct ptn_world *world = ptn_world_real();
    struct bench *bench = calloc(1, sizeof(*bench));
    char vault[80];
    unsigned port;
    int fd;

    assert_non_null(bench);
    (void)snprintf(bench->dir, sizeof(bench->dir), "/tmp/ptn-courier-XXXXXX");
    assert_non_null(mkdtemp(bench->dir));
    (void)snprintf(vault, sizeof(vault), "%s/vault", bench->dir);
    assert_true(ptn_ok(world->files->make_dir(world->context, vault)));
    assert_true(ptn_ok(ptn_tls_create(world, bench->dir, "test", NULL)));
    assert_true(ptn_ok(ptn_serve_listen(0, &fd, &port)));
    (void)close(fd); /* a port where nobody listens */
    (void)snprintf(bench->address, sizeof(bench->address), "127.0.0.1:%u", port);
    *state = bench;
    return 0;
}

static int tear_down(void **state)
{
    struct bench *bench = *state;
    static const char *const files[] = { "vault/tls.key", "vault/tls.crt", "vault", "" };

    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        char path[128];

        (void)snprintf(path, sizeof(path), "%s/%s", bench->dir, files[i]);
        (void)remove(path);
    }
    free(bench);
    return 0;
}

struct seen {
    atomic_uint asked, taken, answered;
    atomic_bool out_of_turn;
    bool busy;
};

static bool next(void *context, struct ptn_exchange *exchange, int *timeout_ms)
{
    struct seen *seen = context;

    if (seen->busy)
        atomic_store(&seen->out_of_turn, true);
    seen->busy = true;
    (void)atomic_fetch_add(&seen->asked, 1);
    exchange->verb = "GET";
    exchange->path = "/heads";
    *timeout_ms = 1000;
    return true;
}

static void take(void *context, struct ptn_exchange *exchange)
{
    struct seen *seen = context;

    if (!seen->busy)
        atomic_store(&seen->out_of_turn, true);
    seen->busy = false;
    (void)atomic_fetch_add(&seen->taken, 1);
    if (exchange->status != 0)
        (void)atomic_fetch_add(&seen->answered, 1);
}

static void sleep_ms(long ms)
{
    struct timespec time = { .tv_sec = 0, .tv_nsec = ms * 1000000 };

    (void)nanosleep(&time, NULL);
}

static void test_courier__nobody_there_is_told_and_paused_for(void **state)
{
    const struct bench *bench = *state;
    struct ptn_courier *courier = NULL;
    struct seen seen = { 0 };
    struct ptn_courier_link link = {
        .address = bench->address, .context = &seen, .next = next, .take = take
    };
    struct ptn_courier_standing standing;
    size_t index = 99;

    assert_true(ptn_ok(ptn_courier_new(ptn_world_real(), bench->dir, &courier, NULL)));
    assert_true(ptn_ok(ptn_courier_add(courier, &link, &index, NULL)));
    assert_int_equal(index, 0);
    link.address = "nowhere";
    assert_int_equal(ptn_courier_add(courier, &link, NULL, NULL).code, PTN_C_BAD_INPUT);
    assert_true(ptn_ok(ptn_courier_start(courier)));
    for (int i = 0; i < 500 && atomic_load(&seen.taken) < 2; i++) {
        ptn_courier_wake(courier); /* must not shorten the pauses */
        sleep_ms(2);
    }
    standing = ptn_courier_look(courier, 0);
    assert_int_equal(standing.trouble, PTN_COURIER_NOT_REACHED);
    assert_in_range(standing.failures, 2, 6);
    assert_int_equal(standing.answered_us, 0);
    ptn_courier_free(courier);
    assert_int_equal(atomic_load(&seen.asked), atomic_load(&seen.taken));
    assert_int_equal(atomic_load(&seen.answered), 0);
    assert_false(atomic_load(&seen.out_of_turn));
}

static void test_courier__memory_that_runs_out_is_said_and_given_back(void **state)
{
    const struct bench *bench = *state;
    struct seen seen = { 0 };
    struct ptn_courier_link link = {
        .address = bench->address, .context = &seen, .next = next, .take = take
    };
    struct ptn_courier *courier = NULL;
    unsigned long nth = 0;
    bool fell;

    do {
        struct ptn_status status;

        courier = NULL;
        fault_allocation(++nth, FAULT_ONCE);
        status = ptn_courier_new(ptn_world_real(), bench->dir, &courier, NULL);
        if (ptn_ok(status))
            status = ptn_courier_add(courier, &link, NULL, NULL);
        fell = fault_off();
        assert_int_equal(status.code, fell ? PTN_C_NO_MEMORY : PTN_C_OK);
        ptn_courier_free(courier);
    } while (fell);
    assert_true(nth > 4);
    assert_int_equal(atomic_load(&seen.asked), 0);
}

static void test_courier__one_exchange_waited_for_says_why_it_failed(void **state)
{
    const struct bench *bench = *state;
    struct ptn_exchange exchange = { .verb = "GET", .path = "/heads", .answer = { .len_max = 10 } };
    enum ptn_courier_trouble trouble = PTN_COURIER_FINE;

    assert_int_equal(ptn_courier_carry(ptn_world_real(), bench->dir, bench->address, bench->tls,
                                       1000, &exchange, &trouble, NULL)
                         .code,
                     PTN_C_IO);
    assert_int_equal(trouble, PTN_COURIER_NOT_REACHED);
    assert_int_equal(exchange.status, 0);
    assert_int_equal(ptn_courier_carry(ptn_world_real(), "/nowhere", bench->address, bench->tls,
                                       1000, &exchange, NULL, NULL)
                         .code,
                     PTN_C_NOT_FOUND);
    assert_int_equal(ptn_courier_carry(ptn_world_real(), bench->dir, "http://x", bench->tls, 1000,
                                       &exchange, NULL, NULL)
                         .code,
                     PTN_C_BAD_INPUT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_courier__addresses_are_a_host_and_a_port),
        cmocka_unit_test(test_courier__pauses_double_to_a_bound_and_spread_over_a_half),
        cmocka_unit_test(test_courier__a_refusal_is_what_asking_again_does_not_mend),
        cmocka_unit_test_setup_teardown(test_courier__nobody_there_is_told_and_paused_for, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_courier__memory_that_runs_out_is_said_and_given_back,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_courier__one_exchange_waited_for_says_why_it_failed,
                                        set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
