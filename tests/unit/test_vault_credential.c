#include "vault/credential.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

static void test_credential__only_the_password_checks(void **state)
{
    struct ptn_bytes password = PTN_BYTES_LITERAL("fjal\xc3\xabkalimi im");
    char hash[PTN_PASSWORD_HASH_SIZE];
    char again[PTN_PASSWORD_HASH_SIZE];
    bool stale = true;

    (void)state;
    assert_int_equal(ptn_password_hash(password, hash).code, PTN_C_OK);
    assert_int_equal(ptn_password_hash(password, again).code, PTN_C_OK);
    assert_string_not_equal(hash, again); /* a fresh salt each time */
    assert_int_equal(strncmp(hash, "$argon2id$v=19$m=65536,t=2,p=1$", 31), 0);
    assert_int_equal(ptn_password_check(hash, password, &stale).code, PTN_C_OK);
    assert_false(stale);
    assert_int_equal(ptn_password_check(hash, PTN_BYTES_LITERAL("fjalekalimi im"), NULL).code,
                     PTN_C_BAD_INPUT);
    assert_int_equal(ptn_password_check(hash, PTN_BYTES_NONE, NULL).code, PTN_C_BAD_INPUT);
    /* A NUL inside is part of the password, not its end. */
    assert_int_equal(
        ptn_password_check(hash, ptn_bytes_of("fjal\xc3\xabkalimi im\0", 16), NULL).code,
        PTN_C_BAD_INPUT);
}

static void test_credential__nobody_never_checks(void **state)
{
    (void)state;
    assert_int_equal(ptn_password_check(NULL, PTN_BYTES_LITERAL("nobody"), NULL).code,
                     PTN_C_BAD_INPUT);
    assert_int_equal(ptn_password_check("", PTN_BYTES_LITERAL("x"), NULL).code, PTN_C_BAD_INPUT);
    assert_int_equal(
        ptn_password_check("$argon2id$v=19$m=65536,t=2,p=1$x$y", PTN_BYTES_LITERAL("x"), NULL).code,
        PTN_C_BAD_INPUT);
}

static void test_credential__weaker_limits_are_stale(void **state)
{
    /* "weak" with m=8192 (KiB), t=1 */
    static const char weak[] = "$argon2id$v=19$m=8192,t=1,p=1$q+fEsyzDVu1sOOS+5QTZTg$"
                               "lFDQ7CePyzwC8t2X73UULWsTlc3QzyiW+3MJmg6YfKU";
    bool stale = false;

    (void)state;
    assert_int_equal(ptn_password_check(weak, PTN_BYTES_LITERAL("weak"), &stale).code, PTN_C_OK);
    assert_true(stale);
}

static void test_credential__limits(void **state)
{
    static uint8_t long_password[PTN_PASSWORD_LEN_MAX + 1];
    char hash[PTN_PASSWORD_HASH_SIZE] = "as before";

    (void)state;
    assert_int_equal(ptn_password_hash(PTN_BYTES_NONE, hash).code, PTN_C_BAD_INPUT);
    assert_int_equal(
        ptn_password_hash(ptn_bytes_of(long_password, sizeof(long_password)), hash).code,
        PTN_C_TOO_BIG);
    assert_string_equal(hash, "as before");
    assert_int_equal(
        ptn_password_check(hash, ptn_bytes_of(long_password, sizeof(long_password)), NULL).code,
        PTN_C_BAD_INPUT);
    assert_int_equal(
        ptn_password_hash(ptn_bytes_of(long_password, PTN_PASSWORD_LEN_MAX), hash).code, PTN_C_OK);
}

static void test_credential__secrets_compare_whole(void **state)
{
    (void)state;
    assert_true(ptn_secret_equal(PTN_BYTES_NONE, PTN_BYTES_NONE));
    assert_true(ptn_secret_equal(PTN_BYTES_LITERAL("token"), PTN_BYTES_LITERAL("token")));
    assert_false(ptn_secret_equal(PTN_BYTES_LITERAL("token"), PTN_BYTES_LITERAL("tokem")));
    assert_false(ptn_secret_equal(PTN_BYTES_LITERAL("token"), PTN_BYTES_LITERAL("toke")));
    assert_false(ptn_secret_equal(PTN_BYTES_LITERAL("token"), PTN_BYTES_NONE));
}

/* The layout of what is written with it depends on it: argon2 -id -t 1 -m 13 -p 1 -l 32 says the
 * same. */
static void test_credential__a_slow_key_is_the_same_for_the_same_text(void **state)
{
    const uint8_t salt[PTN_SLOW_SALT_LEN] = "0123456789abcdef";
    const uint8_t other[PTN_SLOW_SALT_LEN] = "0123456789abcdeg";
    const uint8_t expected[PTN_SLOW_KEY_LEN] = { 0x54, 0xb6, 0xb9, 0x75, 0x50, 0x56, 0x98, 0x3a,
                                                 0x9d, 0x9d, 0x2d, 0x5e, 0xee, 0x28, 0x85, 0x58,
                                                 0x8c, 0xd1, 0x4e, 0x9b, 0xb5, 0xe7, 0x7e, 0xc2,
                                                 0xb9, 0x9a, 0x77, 0xf8, 0xd9, 0xce, 0xf6, 0x4c };
    uint8_t key[PTN_SLOW_KEY_LEN];
    uint8_t next[PTN_SLOW_KEY_LEN];

    (void)state;
    assert_true(ptn_ok(ptn_slow_key(salt, PTN_BYTES_LITERAL("U004129073"), key)));
    assert_memory_equal(key, expected, sizeof(key));
    assert_true(ptn_ok(ptn_slow_key(other, PTN_BYTES_LITERAL("U004129073"), next)));
    assert_memory_not_equal(key, next, sizeof(key));
    assert_true(ptn_ok(ptn_slow_key(salt, PTN_BYTES_LITERAL("U004129074"), next)));
    assert_memory_not_equal(key, next, sizeof(key));
    assert_true(ptn_ok(ptn_slow_key(salt, PTN_BYTES_NONE, next)));
    assert_memory_not_equal(key, next, sizeof(key));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_credential__only_the_password_checks),
        cmocka_unit_test(test_credential__nobody_never_checks),
        cmocka_unit_test(test_credential__weaker_limits_are_stale),
        cmocka_unit_test(test_credential__limits),
        cmocka_unit_test(test_credential__secrets_compare_whole),
        cmocka_unit_test(test_credential__a_slow_key_is_the_same_for_the_same_text),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
