/* The courier: addresses, pauses, refusals; what its owner hears when nobody answers. */
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
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

static void test_courier__who_is_not_reached_is_tried_again_soon_and_never_more_often(void **state)
{
    static const unsigned tries[] = { 0, 1, 300, 1000, 1199, 1200, 1400, 5000, UINT16_MAX };

    (void)state;
    assert_int_equal(ptn_courier_probe_ms(1, 0, 0, 0), 200);
    assert_int_equal(ptn_courier_probe_ms(1, 0, 0, UINT32_MAX), 100);
    assert_int_equal(ptn_courier_probe_ms(3, 0, 0, 0), 800);
    assert_int_equal(ptn_courier_probe_ms(UINT32_MAX, 0, 0, 0), PTN_COURIER_PROBE_MS);
    assert_int_equal(ptn_courier_probe_ms(9, 0, 500, 0), PTN_COURIER_PROBE_MS - 500);
    assert_int_equal(ptn_courier_probe_ms(9, 0, 1400, 0), PTN_COURIER_PROBE_MIN_MS);
    assert_int_equal(ptn_courier_probe_ms(9, 1000, 0, 0), 1000);
    for (unsigned failures = 4; failures < 40; failures++)
        for (size_t i = 0; i < sizeof(tries) / sizeof(tries[0]); i++)
            for (uint64_t random = 0; random <= UINT32_MAX; random += UINT32_MAX / 7) {
                unsigned ms = ptn_courier_probe_ms(failures, 0, tries[i], (uint32_t)random);

                assert_true(ms >= PTN_COURIER_PROBE_MIN_MS);
                assert_true(ms + tries[i] >= PTN_COURIER_PROBE_MS / 2);
                assert_true(ms == PTN_COURIER_PROBE_MIN_MS ||
                            ms + tries[i] <= PTN_COURIER_PROBE_MS);
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

/* ---- by the world's clock ---- */

/* A world that stands still until it is told to go on, and takes the longest pause each time. */
struct still {
    struct ptn_world world;
    atomic_llong now_us;
};

static int64_t still_monotonic_us(void *context)
{
    struct still *still = context;

    return atomic_load(&still->now_us);
}

static void still_random(void *context, uint8_t *out, size_t len)
{
    (void)context;
    memset(out, 0, len);
}

static void still_init(struct still *still)
{
    still->world = *ptn_world_real();
    still->world.context = still; /* the real one's functions look at none */
    still->world.monotonic_us = still_monotonic_us;
    still->world.random = still_random;
    atomic_init(&still->now_us, 1000000);
}

/* Let the courier look around until so many exchanges came to an end. */
static bool taken(struct ptn_courier *courier, const struct seen *seen, unsigned count)
{
    for (int i = 0; i < 5000 && atomic_load(&seen->taken) < count; i++) {
        ptn_courier_wake(courier);
        sleep_ms(2);
    }
    return atomic_load(&seen->taken) >= count;
}

/* It looks around often, and asks nothing. */
static bool rests(struct ptn_courier *courier, const struct seen *seen, unsigned count)
{
    for (int i = 0; i < 10; i++) {
        ptn_courier_wake(courier);
        sleep_ms(2);
    }
    return atomic_load(&seen->asked) == count;
}

/* COURIER-2, with the next. */
static void test_courier__a_dead_line_is_tried_once_in_so_long_for_a_month(void **state)
{
    const struct bench *bench = *state;
    struct still still;
    struct ptn_courier *courier = NULL;
    struct seen seen = { 0 };
    struct ptn_courier_link link = {
        .address = bench->address, .context = &seen, .next = next, .take = take
    };

    still_init(&still);
    assert_true(ptn_ok(ptn_courier_new(&still.world, bench->dir, &courier, NULL)));
    assert_true(ptn_ok(ptn_courier_add(courier, &link, NULL, NULL)));
    assert_true(ptn_ok(ptn_courier_start(courier)));
    assert_true(taken(courier, &seen, 1));
    for (unsigned count = 1; count < 20; count++) {
        unsigned pause_ms = ptn_courier_probe_ms(count, 0, 0, 0);

        assert_true(pause_ms <= PTN_COURIER_PROBE_MS);
        (void)atomic_fetch_add(&still.now_us, (pause_ms - 1) * 1000LL);
        assert_true(rests(courier, &seen, count));
        (void)atomic_fetch_add(&still.now_us, 1000);
        assert_true(taken(courier, &seen, count + 1));
    }
    (void)atomic_fetch_add(&still.now_us, 30LL * 86400 * 1000000);
    assert_true(taken(courier, &seen, 21)); /* none of those that a month would have held */
    assert_true(rests(courier, &seen, 21));
    ptn_courier_free(courier);
}

/* Takes every connection and closes it at once, as a peer does that wants none of us. */
static void *turn_away(void *context)
{
    const int *fd = context;
    int peer;

    while ((peer = accept(*fd, NULL, NULL)) >= 0)
        (void)close(peer);
    return NULL;
}

static void test_courier__who_turns_us_away_is_asked_ever_more_seldom(void **state)
{
    const struct bench *bench = *state;
    struct still still;
    struct ptn_courier *courier = NULL;
    struct seen seen = { 0 };
    char address[32];
    struct ptn_courier_link link = {
        .address = address, .context = &seen, .next = next, .take = take
    };
    pthread_t thread;
    unsigned port;
    int fd;

    assert_true(ptn_ok(ptn_serve_listen(0, &fd, &port)));
    (void)snprintf(address, sizeof(address), "127.0.0.1:%u", port);
    assert_int_equal(fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK), 0);
    assert_int_equal(pthread_create(&thread, NULL, turn_away, &fd), 0);
    still_init(&still);
    assert_true(ptn_ok(ptn_courier_new(&still.world, bench->dir, &courier, NULL)));
    assert_true(ptn_ok(ptn_courier_add(courier, &link, NULL, NULL)));
    assert_true(ptn_ok(ptn_courier_start(courier)));
    assert_true(taken(courier, &seen, 1));
    for (unsigned count = 1; count < 12; count++) {
        unsigned pause_ms = ptn_courier_pause_ms(count, 0, 0);

        (void)atomic_fetch_add(&still.now_us, (pause_ms - 1) * 1000LL);
        assert_true(rests(courier, &seen, count));
        (void)atomic_fetch_add(&still.now_us, 1000);
        assert_true(taken(courier, &seen, count + 1));
    }
    assert_true(ptn_courier_pause_ms(11, 0, 0) == PTN_COURIER_PAUSE_MAX_MS);
    ptn_courier_free(courier);
    (void)shutdown(fd, SHUT_RDWR);
    (void)pthread_join(thread, NULL);
    (void)close(fd);
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
        cmocka_unit_test(test_courier__who_is_not_reached_is_tried_again_soon_and_never_more_often),
        cmocka_unit_test(test_courier__a_refusal_is_what_asking_again_does_not_mend),
        cmocka_unit_test_setup_teardown(test_courier__nobody_there_is_told_and_paused_for, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(
            test_courier__a_dead_line_is_tried_once_in_so_long_for_a_month, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_courier__who_turns_us_away_is_asked_ever_more_seldom,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_courier__memory_that_runs_out_is_said_and_given_back,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_courier__one_exchange_waited_for_says_why_it_failed,
                                        set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
