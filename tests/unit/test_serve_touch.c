/* Goal: STAFF-5. A touch counts for the one who is asked, for the one request, at a page of this
 * node, for two minutes. */
#include "serve/serve_int.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>

#include "passkey_made.h"

#define ORIGIN "http://airport.localhost:8080"
#define HOST   "airport.localhost"
#define USER   PTN_BYTES_LITERAL("besa")

struct fixture {
    struct ptn_world *world;
    struct ptn_guard guard;
    uint8_t secret[PTN_PASSKEY_SECRET_LEN];
    struct passkey_made made;
    struct ptn_touch touch;
    char challenge[PTN_PASSKEY_ASK_LEN / 3 * 4 + 1]; /* as a browser writes it into client data */
    char header[4096];
};

/* Ask for a touch, as an answer does, and remember the challenge. */
static void ask(struct fixture *fixture)
{
    struct ptn_buffer out = { .len_max = 4096 };
    struct ptn_json json = { .out = &out };
    json_t *problem, *keys;
    const char *text;

    fixture->touch.staff.user = USER;
    fixture->touch.staff.keys[0] = fixture->made.key;
    fixture->touch.staff.key_count = 1;
    ptn_answer_needs_key(&json, 403, &fixture->touch);
    assert_true(ptn_ok(ptn_json_end(&json)));
    problem = json_loadb((const char *)out.at, out.len, 0, NULL);
    assert_string_equal(json_string_value(json_object_get(problem, "code")), "needs-key");
    assert_string_equal(json_string_value(json_object_get(problem, "user")), "besa");
    keys = json_object_get(problem, "keys");
    assert_int_equal(json_array_size(keys), 1);
    text = json_string_value(json_object_get(problem, "challenge"));
    assert_int_equal(strlen(text), sizeof(fixture->challenge) - 1);
    for (size_t i = 0; i < sizeof(fixture->challenge); i++)
        fixture->challenge[i] = (char)(text[i] == '+' ? '-' : text[i] == '/' ? '_' : text[i]);
    json_decref(problem);
    ptn_buffer_release(&out);
}

/* Touch the key at a page of that origin: the header that a page would send. */
static void touch(struct fixture *fixture, const char *type, const char *origin, const char *host,
                  const char *more)
{
    struct ptn_buffer out = { .len_max = sizeof(fixture->header) - 1 };
    char client[1024];
    struct ptn_passkey_answer answer;
    const struct ptn_bytes *parts[4] = { &answer.id, &answer.client, &answer.authenticator,
                                         &answer.signature };

    (void)snprintf(client, sizeof(client),
                   "{\"type\":\"%s\",\"challenge\":\"%s\",\"origin\":\"%s\"%s}", type,
                   fixture->challenge, origin, more);
    answer = passkey_answer(&fixture->made, host, client, PASSKEY_UP);
    for (size_t i = 0; i < 4; i++) {
        assert_true(i == 0 || ptn_ok(ptn_buffer_add(&out, PTN_BYTES_LITERAL("."))));
        assert_true(ptn_ok(ptn_buffer_add_base64(&out, *parts[i])));
    }
    memcpy(fixture->header, out.at, out.len);
    fixture->header[out.len] = '\0';
    fixture->touch.given = fixture->header;
    ptn_buffer_release(&out);
}

static bool counts(struct fixture *fixture)
{
    return fixture->touch.staff.touched(fixture->touch.staff.context, USER, &fixture->made.key);
}

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));

    if (fixture == NULL || (fixture->world = ptn_world_seeded(1, INT64_C(1790000000000))) == NULL)
        return -1;
    (void)snprintf(fixture->guard.code, sizeof(fixture->guard.code), "airport");
    (void)snprintf(fixture->guard.host, sizeof(fixture->guard.host), "airport.border.example");
    fixture->guard.port = 8080;
    fixture->secret[0] = 9;
    passkey_make(&fixture->made, 5, 32);
    fixture->touch = (struct ptn_touch){ .guard = &fixture->guard,
                                         .secret = fixture->secret,
                                         .world = fixture->world,
                                         .path = "/v1/session",
                                         .body = PTN_BYTES_LITERAL("{\"user\":\"besa\"}") };
    ptn_touch_begin(&fixture->touch);
    ask(fixture);
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    passkey_free(&fixture->made);
    ptn_world_seeded_free(fixture->world);
    free(fixture);
    return 0;
}

static void test_touch__of_the_key_at_our_page_counts(void **state)
{
    struct fixture *fixture = *state;

    assert_false(counts(fixture)); /* no header */
    touch(fixture, "webauthn.get", ORIGIN, HOST, "");
    assert_true(counts(fixture));
    /* what a browser says besides is none of ours */
    touch(fixture, "webauthn.get", ORIGIN, HOST, ",\"crossOrigin\":false,\"other\":[1]");
    assert_true(counts(fixture));
    /* from another machine, by the name for those */
    touch(fixture, "webauthn.get", "https://airport.border.example", "airport.border.example", "");
    assert_true(counts(fixture));
}

static void test_touch__at_another_page_does_not(void **state)
{
    static const struct {
        const char *type, *origin, *host, *more;
    } cases[] = {
        { "webauthn.get", "http://airport.localhost:9090", HOST, "" },
        { "webauthn.get", "https://airport.border.example.evil", "airport.border.example.evil",
          "" },
        { "webauthn.get", "http://airport.border.example", "airport.border.example", "" },
        { "webauthn.get", "https://airport.border.example", HOST, "" },
        { "webauthn.get", "airport.localhost:8080", HOST, "" },
        { "webauthn.get", ORIGIN, HOST, ",\"crossOrigin\":true" },
        { "webauthn.create", ORIGIN, HOST, "" },
    };
    struct fixture *fixture = *state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        touch(fixture, cases[i].type, cases[i].origin, cases[i].host, cases[i].more);
        assert_false(counts(fixture));
    }
}

static void test_touch__for_another_request_does_not(void **state)
{
    struct fixture *fixture = *state;

    touch(fixture, "webauthn.get", ORIGIN, HOST, "");
    assert_false(fixture->touch.staff.touched(&fixture->touch, PTN_BYTES_LITERAL("arta"),
                                              &fixture->made.key));
    fixture->touch.path = "/v1/crossings";
    assert_false(counts(fixture));
    fixture->touch.path = "/v1/session";
    fixture->touch.body = PTN_BYTES_LITERAL("{\"user\":\"besa\" }");
    assert_false(counts(fixture));
    fixture->touch.body = PTN_BYTES_LITERAL("{\"user\":\"besa\"}");
    assert_true(counts(fixture));
    fixture->secret[0]++; /* the node was started anew */
    assert_false(counts(fixture));
}

static void test_touch__two_minutes_later_does_not(void **state)
{
    struct fixture *fixture = *state;

    touch(fixture, "webauthn.get", ORIGIN, HOST, "");
    ptn_world_advance(fixture->world, INT64_C(1000) * PTN_PASSKEY_ASK_S);
    assert_true(counts(fixture));
    ptn_world_advance(fixture->world, 1);
    assert_false(counts(fixture));
}

static void test_touch__a_header_that_is_none_counts_nothing(void **state)
{
    static const char *const headers[] = {
        "", ",", ".", "...", "....", "A.B.C.D", "AAAA.AAAA.AA,", "AQID.e30=.AA==.AA=="
    };
    struct fixture *fixture = *state;

    for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
        fixture->touch.given = headers[i];
        assert_false(counts(fixture));
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_touch__of_the_key_at_our_page_counts),
        TEST(test_touch__at_another_page_does_not),
        TEST(test_touch__for_another_request_does_not),
        TEST(test_touch__two_minutes_later_does_not),
        TEST(test_touch__a_header_that_is_none_counts_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
