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

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_credential__only_the_password_checks),
        cmocka_unit_test(test_credential__nobody_never_checks),
        cmocka_unit_test(test_credential__weaker_limits_are_stale),
        cmocka_unit_test(test_credential__limits),
        cmocka_unit_test(test_credential__secrets_compare_whole),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
