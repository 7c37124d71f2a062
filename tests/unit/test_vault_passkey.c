#include "vault/credential.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#include "passkey_made.h"

#define HOST "airport.localhost"
#define CLIENT                                                                                     \
    "{\"type\":\"webauthn.get\",\"challenge\":\"AA\",\"origin\":\"http://"                         \
    "airport.localhost:8080\"}"

static void test_passkey__a_touch_for_this_host_checks(void **state)
{
    struct passkey_made made;
    struct ptn_passkey_answer answer;

    (void)state;
    passkey_make(&made, 7, 64);
    answer = passkey_answer(&made, HOST, CLIENT, PASSKEY_UP);
    assert_int_equal(ptn_passkey_check(&made.key, HOST, &answer).code, PTN_C_OK);
    passkey_free(&made);
}

static void test_passkey__nothing_else_does(void **state)
{
    static uint8_t much[PTN_PASSKEY_CLIENT_MAX + 1];
    struct passkey_made made, other;
    struct ptn_passkey_answer good, bad;

    (void)state;
    passkey_make(&made, 7, 64);
    passkey_make(&other, 7, 64);
    good = passkey_answer(&made, HOST, CLIENT, PASSKEY_UP);
    /* another post's page, as one that was made to look like ours */
    assert_int_equal(ptn_passkey_check(&made.key, "seaport.localhost", &good).code,
                     PTN_C_BAD_INPUT);
    /* another key with the same id */
    assert_int_equal(ptn_passkey_check(&other.key, HOST, &good).code, PTN_C_BAD_INPUT);
    bad = good; /* another request's challenge */
    bad.client = PTN_BYTES_LITERAL("{\"type\":\"webauthn.get\",\"challenge\":\"AB\"}");
    assert_int_equal(ptn_passkey_check(&made.key, HOST, &bad).code, PTN_C_BAD_INPUT);
    bad = good;
    bad.id = PTN_BYTES_LITERAL("another");
    assert_int_equal(ptn_passkey_check(&made.key, HOST, &bad).code, PTN_C_BAD_INPUT);
    bad = good;
    bad.authenticator.len = 36;
    assert_int_equal(ptn_passkey_check(&made.key, HOST, &bad).code, PTN_C_BAD_INPUT);
    bad.authenticator = PTN_BYTES_NONE;
    assert_int_equal(ptn_passkey_check(&made.key, HOST, &bad).code, PTN_C_BAD_INPUT);
    bad = good;
    bad.signature.len--;
    assert_int_equal(ptn_passkey_check(&made.key, HOST, &bad).code, PTN_C_BAD_INPUT);
    bad.signature = PTN_BYTES_NONE;
    assert_int_equal(ptn_passkey_check(&made.key, HOST, &bad).code, PTN_C_BAD_INPUT);
    bad = good;
    bad.client = ptn_bytes_of(much, sizeof(much));
    assert_int_equal(ptn_passkey_check(&made.key, HOST, &bad).code, PTN_C_BAD_INPUT);
    /* signed, and nobody touched it; a new key's data; extensions that are not there */
    for (size_t i = 0; i < 3; i++) {
        static const uint8_t flags[] = { 0, PASSKEY_UP | 0x40, PASSKEY_UP | 0x80 };

        bad = passkey_answer(&made, HOST, CLIENT, flags[i]);
        assert_int_equal(ptn_passkey_check(&made.key, HOST, &bad).code, PTN_C_BAD_INPUT);
    }
    passkey_free(&made);
    passkey_free(&other);
}

static void test_passkey__text_is_read_back(void **state)
{
    static const size_t lens[] = { 1, 16, 64, PTN_PASSKEY_ID_MAX };

    (void)state;
    for (size_t i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
        struct ptn_buffer text = { .len_max = PTN_PASSKEY_TEXT_MAX };
        struct ptn_passkey again = { .id_len = 0 };
        struct passkey_made made = { 0 };

        passkey_make(&made, (uint8_t)i, lens[i]);
        assert_int_equal(ptn_passkey_write(&made.key, &text).code, PTN_C_OK);
        assert_int_equal(ptn_passkey_read(ptn_buffer_bytes(&text), &again).code, PTN_C_OK);
        assert_int_equal(again.id_len, lens[i]);
        assert_memory_equal(again.id, made.key.id, lens[i]);
        assert_memory_equal(again.point, made.key.point, sizeof(again.point));
        ptn_buffer_release(&text);
        passkey_free(&made);
    }
}

static void test_passkey__no_key_is_refused(void **state)
{
    static const char *const texts[] = {
        "", "es256.", "es256.AAAA", "es256..AAAA", "es256.AAAA.AAAA", "eddsa.AAAA.AAAA",
    };
    static const struct ptn_passkey off_the_curve = { .id = { 1 }, .id_len = 1 };
    struct ptn_buffer out = { .len_max = PTN_PASSKEY_TEXT_MAX };
    struct ptn_passkey key;

    (void)state;
    assert_int_equal(ptn_passkey_write(&off_the_curve, &out).code, PTN_C_OK);
    assert_int_equal(ptn_passkey_read(ptn_buffer_bytes(&out), &key).code, PTN_C_BAD_INPUT);
    ptn_buffer_release(&out);
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        assert_int_equal(ptn_passkey_read(ptn_bytes_from_text(texts[i]), &key).code,
                         PTN_C_BAD_INPUT);
}

static void test_passkey__a_challenge_serves_what_it_was_made_for_and_no_longer(void **state)
{
    static const uint8_t secret[PTN_PASSKEY_SECRET_LEN] = { 1 };
    static const uint8_t another[PTN_PASSKEY_SECRET_LEN] = { 2 };
    const struct ptn_bytes asked = PTN_BYTES_LITERAL("besa\nPOST /v1/session\n{}");
    const int64_t now_ms = INT64_C(1790000000000);
    const int64_t last_ms = now_ms + INT64_C(1000) * PTN_PASSKEY_ASK_S;
    uint8_t challenge[PTN_PASSKEY_ASK_LEN] = { 0 };
    uint8_t again[PTN_PASSKEY_ASK_LEN];
    const struct ptn_bytes made = ptn_bytes_of(challenge, sizeof(challenge));

    (void)state;
    assert_int_equal(ptn_passkey_challenge(secret, now_ms, asked, challenge).code, PTN_C_OK);
    assert_int_equal(ptn_passkey_challenge(secret, now_ms, asked, again).code, PTN_C_OK);
    assert_memory_not_equal(challenge, again, sizeof(again));
    assert_true(ptn_passkey_challenge_is(secret, now_ms, asked, made));
    assert_true(ptn_passkey_challenge_is(secret, last_ms, asked, made));
    assert_false(ptn_passkey_challenge_is(secret, last_ms + 1, asked, made));
    assert_false(ptn_passkey_challenge_is(secret, now_ms - 1, asked, made));
    assert_false(ptn_passkey_challenge_is(another, now_ms, asked, made));
    assert_false(ptn_passkey_challenge_is(secret, now_ms,
                                          PTN_BYTES_LITERAL("sokol\nPOST /v1/session\n{}"), made));
    assert_false(ptn_passkey_challenge_is(secret, now_ms, asked, ptn_bytes_slice(made, 0, 47)));
    challenge[3]++; /* a time that somebody made up */
    assert_false(ptn_passkey_challenge_is(secret, now_ms, asked, made));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_passkey__a_touch_for_this_host_checks),
        cmocka_unit_test(test_passkey__nothing_else_does),
        cmocka_unit_test(test_passkey__text_is_read_back),
        cmocka_unit_test(test_passkey__no_key_is_refused),
        cmocka_unit_test(test_passkey__a_challenge_serves_what_it_was_made_for_and_no_longer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
