/* Goal: only the passphrase opens a key file, a changed file does not open, and what it signs is
 * good. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fault.h"
#include "vault/authority.h"

#define PATH "duty.key"

#define NAME       PTN_BYTES_LITERAL("utopia.example/duty-1")
#define PASSPHRASE PTN_BYTES_LITERAL("a long passphrase")

/* A seeded world with one key file in it. */
static struct ptn_world *world_with_key(uint8_t ret_public_key[PTN_PUBLIC_KEY_LEN])
{
    struct ptn_world *world = ptn_world_seeded(11, 0);

    assert_non_null(world);
    assert_true(ptn_ok(ptn_authority_new(world, PATH, NAME, PASSPHRASE, PTN_AUTHORITY_COST_LEAST,
                                         ret_public_key, NULL)));
    return world;
}

static struct ptn_buffer read_file(const struct ptn_world *world)
{
    struct ptn_buffer text;

    ptn_buffer_init(&text, PTN_AUTHORITY_FILE_LEN_MAX);
    assert_true(ptn_ok(world->files->read(world->context, PATH, &text)));
    return text;
}

static void test_authority__opens_with_its_passphrase_and_signs(void **state)
{
    const struct ptn_bytes message = PTN_BYTES_LITERAL("withdraw\n");
    uint8_t public_key[PTN_PUBLIC_KEY_LEN];
    uint8_t signature[PTN_SIGNATURE_LEN];
    struct ptn_world *world = world_with_key(public_key);
    struct ptn_authority *authority = NULL;

    (void)state;
    assert_true(ptn_ok(ptn_authority_unlock(world, PATH, PASSPHRASE, &authority, NULL)));
    assert_memory_equal(ptn_authority_public_key(authority), public_key, sizeof(public_key));
    assert_true(ptn_bytes_equal(ptn_authority_name(authority), NAME));
    assert_true(ptn_ok(ptn_authority_sign(authority, message, signature)));
    assert_true(ptn_signature_good(public_key, message, signature));
    assert_false(ptn_signature_good(public_key, PTN_BYTES_LITERAL("restore\n"), signature));
    ptn_authority_lock(authority);
    ptn_world_seeded_free(world);
}

static void test_authority__another_passphrase_does_not_open(void **state)
{
    static const char *const wrong[] = { "", "a long passphrasf", "a long passphras", "x" };
    uint8_t public_key[PTN_PUBLIC_KEY_LEN];
    struct ptn_world *world = world_with_key(public_key);

    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        struct ptn_authority *authority = NULL;

        assert_int_equal(
            ptn_authority_unlock(world, PATH, ptn_bytes_from_text(wrong[i]), &authority, NULL).code,
            PTN_C_BAD_INPUT);
        assert_null(authority);
    }
    ptn_world_seeded_free(world);
}

/* A change anywhere is refused; all but changes within the box need no passphrase to find, or bind
 * it. */
static void test_authority__a_changed_file_does_not_open(void **state)
{
    uint8_t public_key[PTN_PUBLIC_KEY_LEN];
    struct ptn_world *world = world_with_key(public_key);
    struct ptn_buffer text = read_file(world);

    (void)state;
    for (size_t i = 0; i < text.len; i += 3) {
        struct ptn_authority *authority = NULL;
        uint8_t former = text.at[i];

        text.at[i] = former == '1' ? '2' : '1';
        assert_true(ptn_ok(world->files->replace(world->context, PATH, ptn_buffer_bytes(&text))));
        assert_int_equal(ptn_authority_unlock(world, PATH, PASSPHRASE, &authority, NULL).code,
                         PTN_C_BAD_INPUT);
        assert_null(authority);
        text.at[i] = former;
    }
    ptn_buffer_release(&text);
    ptn_world_seeded_free(world);
}

static void test_authority__a_key_is_never_made_over_another(void **state)
{
    uint8_t public_key[PTN_PUBLIC_KEY_LEN];
    uint8_t again[PTN_PUBLIC_KEY_LEN] = { 7 };
    struct ptn_world *world = world_with_key(public_key);

    (void)state;
    assert_int_equal(
        ptn_authority_new(world, PATH, NAME, PASSPHRASE, PTN_AUTHORITY_COST_LEAST, again, NULL)
            .code,
        PTN_C_BUSY);
    assert_int_equal(again[0], 7);
    ptn_world_seeded_free(world);
}

static void test_authority__names_and_passphrases_have_limits(void **state)
{
    struct ptn_world *world = ptn_world_seeded(1, 0);
    char text[PTN_PASSPHRASE_LEN_MAX + 1];
    uint8_t key[PTN_PUBLIC_KEY_LEN];
    static const char *const names[] = { "", "a b", "a+b", "a\n", "\xc3\xab" };

    (void)state;
    memset(text, 'x', sizeof(text));
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        assert_int_equal(ptn_authority_new(world, PATH, ptn_bytes_from_text(names[i]), PASSPHRASE,
                                           PTN_AUTHORITY_COST_LEAST, key, NULL)
                             .code,
                         PTN_C_BAD_INPUT);
    for (size_t len = 254; len <= 256; len++) {
        bool good = len <= PTN_AUTHORITY_NAME_LEN_MAX;
        char path[32];

        (void)snprintf(path, sizeof(path), "name-%zu", len);
        assert_int_equal(ptn_authority_new(world, path, ptn_bytes_of(text, len), PASSPHRASE,
                                           PTN_AUTHORITY_COST_LEAST, key, NULL)
                             .code,
                         good ? PTN_C_OK : PTN_C_BAD_INPUT);
    }
    for (size_t i = 0; i < 6; i++) {
        static const size_t lens[] = { 11, 12, 13, 1023, 1024, 1025 };
        char path[32];

        (void)snprintf(path, sizeof(path), "passphrase-%zu", i);
        assert_int_equal(ptn_authority_new(world, path, NAME, ptn_bytes_of(text, lens[i]),
                                           PTN_AUTHORITY_COST_LEAST, key, NULL)
                             .code,
                         lens[i] >= 12 && lens[i] <= 1024 ? PTN_C_OK : PTN_C_BAD_INPUT);
    }
    ptn_world_seeded_free(world);
}

static void test_authority__one_form_is_read_and_written(void **state)
{
    uint8_t public_key[PTN_PUBLIC_KEY_LEN];
    struct ptn_world *world = world_with_key(public_key);
    struct ptn_buffer text = read_file(world);
    struct ptn_authority_file file;
    struct ptn_buffer again;

    (void)state;
    assert_true(ptn_ok(ptn_authority_parse(ptn_buffer_bytes(&text), &file, NULL)));
    ptn_buffer_init(&again, PTN_AUTHORITY_FILE_LEN_MAX);
    assert_true(ptn_ok(ptn_authority_write(&again, &file)));
    assert_true(ptn_bytes_equal(ptn_buffer_bytes(&text), ptn_buffer_bytes(&again)));
    for (size_t len = 0; len < text.len; len++)
        assert_int_equal(ptn_authority_parse(ptn_bytes_of(text.at, len), &file, NULL).code,
                         PTN_C_BAD_INPUT);
    assert_true(ptn_ok(ptn_buffer_add_text(&text, "\n")));
    assert_int_equal(ptn_authority_parse(ptn_buffer_bytes(&text), &file, NULL).code,
                     PTN_C_BAD_INPUT);
    ptn_buffer_release(&again);
    ptn_buffer_release(&text);
    ptn_world_seeded_free(world);
}

/* A file may not ask for more memory or passes than anybody would. */
static void test_authority__limits_of_a_file_are_bounded(void **state)
{
    static const struct {
        uint32_t passes, memory_kib;
        bool good;
    } rows[] = { { 0, 8192, false },    { 1, 8191, false },    { 1, 8192, true },
                 { 10, 1048576, true }, { 11, 8192, false },   { 10, 1048577, false },
                 { 1, 9999999, false }, { 10, 1048575, true }, { 9, 8193, true } };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct ptn_authority_file file = { .name = NAME,
                                           .passes = rows[i].passes,
                                           .memory_kib = rows[i].memory_kib };
        struct ptn_buffer text;

        ptn_buffer_init(&text, PTN_AUTHORITY_FILE_LEN_MAX);
        assert_true(ptn_ok(ptn_authority_write(&text, &file)));
        assert_int_equal(ptn_ok(ptn_authority_parse(ptn_buffer_bytes(&text), &file, NULL)),
                         rows[i].good);
        ptn_buffer_release(&text);
    }
}

static void test_authority__a_failing_disk_leaves_no_key(void **state)
{
    uint8_t key[PTN_PUBLIC_KEY_LEN];
    bool failed = true;

    (void)state;
    for (uint64_t nth = 1; failed; nth++) {
        struct ptn_world *world = ptn_world_seeded(3, 0);
        struct ptn_authority *authority = NULL;

        ptn_world_fail_nth(world, nth);
        failed = !ptn_ok(
            ptn_authority_new(world, PATH, NAME, PASSPHRASE, PTN_AUTHORITY_COST_LEAST, key, NULL));
        ptn_world_fail_nth(world, 0);
        if (!failed)
            assert_true(ptn_ok(ptn_authority_unlock(world, PATH, PASSPHRASE, &authority, NULL)));
        ptn_authority_lock(authority);
        ptn_world_seeded_free(world);
        assert_true(nth < 10);
    }
}

static void test_authority__survives_without_memory(void **state)
{
    uint8_t public_key[PTN_PUBLIC_KEY_LEN];
    struct ptn_world *world = world_with_key(public_key);
    struct ptn_authority *authority = NULL;
    struct ptn_status status;
    unsigned long nth = 0;

    (void)state;
    do {
        fault_allocation(++nth, FAULT_ONCE);
        status = ptn_authority_unlock(world, PATH, PASSPHRASE, &authority, NULL);
        if (fault_off()) {
            assert_false(ptn_ok(status));
            assert_null(authority);
        }
    } while (!ptn_ok(status));
    assert_true(nth > 1);
    ptn_authority_lock(authority);
    ptn_world_seeded_free(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_authority__opens_with_its_passphrase_and_signs),
        cmocka_unit_test(test_authority__another_passphrase_does_not_open),
        cmocka_unit_test(test_authority__a_changed_file_does_not_open),
        cmocka_unit_test(test_authority__a_key_is_never_made_over_another),
        cmocka_unit_test(test_authority__names_and_passphrases_have_limits),
        cmocka_unit_test(test_authority__one_form_is_read_and_written),
        cmocka_unit_test(test_authority__limits_of_a_file_are_bounded),
        cmocka_unit_test(test_authority__a_failing_disk_leaves_no_key),
        cmocka_unit_test(test_authority__survives_without_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
