/* Who may ask: hosts, origins, how often, and how long after wrong passwords. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "serve/serve_int.h"

static void test_serve_guard__only_its_own_names_with_its_own_port(void **state)
{
    static const struct ptn_guard guard = { .code = "port-1",
                                            .host = "post.example",
                                            .port = 8080 };
    static const struct {
        const char *host;
        bool good;
    } cases[] = {
        { "localhost:8080", true },
        { "LOCALHOST:8080", true },
        { "127.0.0.1:8080", true },
        { "[::1]:8080", true },
        { "port-1.localhost:8080", true },
        { "post.example:8080", true },
        { "post.example", true }, /* where TLS ends before it */
        { "Post.Example:443", true },
        { "post.example:80", false },
        { "post.example:4430", false },
        { "port-1.localhost:443", false },
        { NULL, false },
        { "", false },
        { "localhost", false },
        { "localhost:8081", false },
        { "localhost:80800", false },
        { "localhost:8080 ", false },
        { "localhost:8080.evil", false },
        { "evil.example:8080", false },
        { "other.localhost:8080", false },
        { "localhost.evil.example:8080", false },
        { "xlocalhost:8080", false },
        { ":8080", false },
        { "post.example.evil:8080", false },
    };
    static const struct ptn_guard unnamed = { .code = "a", .port = 80 };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_int_equal(ptn_guard_host(&guard, cases[i].host), cases[i].good);
    assert_true(ptn_guard_host(&unnamed, "localhost")); /* port 80 need not be said */
    assert_false(ptn_guard_host(&unnamed, ":80"));      /* no name of its own is no name at all */
}

static void test_serve_guard__origins_are_its_own_or_not_sent(void **state)
{
    static const struct ptn_guard guard = { .code = "p", .port = 81 };

    (void)state;
    assert_true(ptn_guard_origin(&guard, NULL));
    assert_true(ptn_guard_origin(&guard, "http://p.localhost:81"));
    assert_false(ptn_guard_origin(&guard, "null"));
    assert_false(ptn_guard_origin(&guard, "https://p.localhost:81"));
    assert_false(ptn_guard_origin(&guard, "http://evil.example"));
    assert_false(ptn_guard_origin(&guard, "http://p.localhost:81/"));
}

static void test_serve_guard__another_machine_comes_by_its_name_and_encrypted(void **state)
{
    static const struct ptn_guard guard = { .code = "p", .host = "post.example", .port = 81 };
    static const struct ptn_guard unnamed = { .code = "p", .port = 443 };

    (void)state;
    assert_true(ptn_guard_tls(&guard, "post.example"));
    assert_true(ptn_guard_tls(&guard, "post.example:443"));
    assert_false(ptn_guard_tls(&guard, "post.example:81"));
    assert_false(ptn_guard_tls(&guard, "localhost:81"));
    assert_false(ptn_guard_tls(&guard, NULL));
    assert_false(ptn_guard_tls(&unnamed, ""));
    assert_false(ptn_guard_tls(&unnamed, ":443"));
    assert_true(ptn_guard_origin(&guard, "https://post.example"));
    assert_true(ptn_guard_origin(&guard, "http://post.example:81"));
    assert_false(ptn_guard_origin(&guard, "http://post.example"));
    assert_false(ptn_guard_origin(&guard, "https://post.example:81"));
    assert_false(ptn_guard_origin(&guard, "https://post.example.evil"));
    assert_false(ptn_guard_origin(&guard, "https://localhost"));
}

static void test_serve_guard__a_bucket_gives_its_burst_then_its_rate(void **state)
{
    struct ptn_bucket bucket = { 0 };
    int64_t now_us = 1000000000;

    (void)state;
    for (unsigned i = 0; i < 5; i++)
        assert_true(ptn_bucket_take(&bucket, now_us, 100000, 5));
    assert_false(ptn_bucket_take(&bucket, now_us, 100000, 5));
    assert_false(ptn_bucket_take(&bucket, now_us + 99999, 100000, 5));
    assert_true(ptn_bucket_take(&bucket, now_us + 100000, 100000, 5));
    assert_false(ptn_bucket_take(&bucket, now_us + 100000, 100000, 5));
}

/* ACCESS-2. */
static void test_serve_guard__whoever_asks_about_many_is_paced_and_nobody_else(void **state)
{
    static struct ptn_pacing pacing;
    const struct ptn_bytes ana = PTN_BYTES_LITERAL("ana");
    int64_t now_us = INT64_C(5000000000);
    char name[16];

    (void)state;
    for (unsigned i = 0; i < PTN_PACING_BURST; i++)
        assert_true(ptn_pacing_take(&pacing, ana, now_us + i));
    assert_false(ptn_pacing_take(&pacing, ana, now_us + 1000));
    for (unsigned i = 0; i < PTN_PACING_USERS; i++) { /* nor is room made for her to begin anew */
        (void)snprintf(name, sizeof(name), "user%u", i);
        assert_true(ptn_pacing_take(&pacing, ptn_bytes_from_text(name), now_us + 2000));
    }
    assert_false(ptn_pacing_take(&pacing, ana, now_us + 3000));
    now_us += (int64_t)PTN_PACING_STEP_S * 1000000;
    assert_true(ptn_pacing_take(&pacing, ana, now_us));
    assert_false(ptn_pacing_take(&pacing, ana, now_us));
}

static void test_serve_guard__wrong_passwords_wait_longer_each_time(void **state)
{
    static struct ptn_throttle throttle;
    struct ptn_bytes user = PTN_BYTES_LITERAL("arta");
    int64_t now_us = 1000000;
    int64_t last_us = 0;

    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        ptn_throttle_note(&throttle, user, false, now_us);
        assert_int_equal(ptn_throttle_wait(&throttle, user, now_us), 0);
    }
    for (unsigned i = 0; i < 8; i++) {
        int64_t wait_us;

        ptn_throttle_note(&throttle, user, false, now_us);
        wait_us = ptn_throttle_wait(&throttle, user, now_us);
        assert_true(wait_us > 0 && wait_us >= last_us && wait_us <= 30000000);
        assert_int_equal(ptn_throttle_wait(&throttle, PTN_BYTES_LITERAL("besa"), now_us), 0);
        last_us = wait_us;
        now_us += wait_us;
        assert_int_equal(ptn_throttle_wait(&throttle, user, now_us), 0);
    }
    ptn_throttle_note(&throttle, user, true, now_us);
    ptn_throttle_note(&throttle, user, false, now_us);
    assert_int_equal(ptn_throttle_wait(&throttle, user, now_us), 0); /* forgiven */
}

static void test_serve_guard__sessions_end_when_idle_and_are_never_mixed_up(void **state)
{
    static struct ptn_sessions sessions;
    struct ptn_world *world = ptn_world_seeded(7, 0);
    struct ptn_officer officer = { .user = "arta" };
    struct ptn_serve_session one;
    struct ptn_serve_session two;
    struct ptn_serve_session found;
    char token[PTN_SERVE_TOKEN_SIZE];
    bool too_fast = false;
    int64_t now_us;

    (void)state;
    (void)pthread_mutex_init(&sessions.lock, NULL);
    ptn_session_begin(&sessions, world, &officer, "1", false, &one);
    ptn_session_begin(&sessions, world, &officer, "2", true, &two);
    now_us = world->monotonic_us(world->context);
    assert_string_not_equal(one.token, two.token);
    assert_string_not_equal(one.token, one.csrf);
    assert_true(ptn_session_find(&sessions, one.token, now_us, &found, &too_fast));
    assert_string_equal(found.lane, "1");
    assert_false(too_fast);
    memcpy(token, one.token, sizeof(token));
    token[0] = token[0] == 'a' ? 'b' : 'a';
    assert_false(ptn_session_find(&sessions, token, now_us, &found, &too_fast));
    assert_false(ptn_session_find(&sessions, "", now_us, &found, &too_fast));
    assert_false(ptn_session_find(&sessions, NULL, now_us, &found, &too_fast));
    ptn_session_end(&sessions, one.serial);
    assert_false(ptn_session_find(&sessions, one.token, now_us, &found, &too_fast));
    assert_true(ptn_session_lives(&sessions, two.serial, now_us));
    now_us += (int64_t)PTN_SERVE_SESSION_S * 1000000;
    assert_false(ptn_session_lives(&sessions, two.serial, now_us));
    assert_false(ptn_session_find(&sessions, two.token, now_us, &found, &too_fast));
    assert_int_equal(ptn_session_count(&sessions, now_us), 0);
    assert_true(ptn_session_take_expired(&sessions, now_us, &found)); /* two's, once */
    assert_string_equal(found.lane, "2");
    assert_false(ptn_session_take_expired(&sessions, now_us, &found));
    ptn_world_seeded_free(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_serve_guard__only_its_own_names_with_its_own_port),
        cmocka_unit_test(test_serve_guard__origins_are_its_own_or_not_sent),
        cmocka_unit_test(test_serve_guard__another_machine_comes_by_its_name_and_encrypted),
        cmocka_unit_test(test_serve_guard__a_bucket_gives_its_burst_then_its_rate),
        cmocka_unit_test(test_serve_guard__whoever_asks_about_many_is_paced_and_nobody_else),
        cmocka_unit_test(test_serve_guard__wrong_passwords_wait_longer_each_time),
        cmocka_unit_test(test_serve_guard__sessions_end_when_idle_and_are_never_mixed_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
