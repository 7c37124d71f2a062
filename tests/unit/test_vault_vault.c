#include "vault/vault.h"

#include "fault.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define DIR "/node"
#define KEY "/node/vault/node.key"

static struct ptn_world *new_world(uint64_t seed)
{
    struct ptn_world *world = ptn_world_seeded(seed, 0);

    assert_non_null(world);
    assert_int_equal(world->files->make_dir(world->context, DIR).code, PTN_C_OK);
    return world;
}

static struct ptn_vault *new_vault(const struct ptn_world *world)
{
    struct ptn_vault *vault = NULL;

    assert_int_equal(ptn_vault_create(world, DIR, NULL).code, PTN_C_OK);
    assert_int_equal(ptn_vault_open(world, DIR, &vault, NULL).code, PTN_C_OK);
    return vault;
}

static void test_vault__key_is_made_once(void **state)
{
    struct ptn_world *world = new_world(1);
    struct ptn_vault *vault = NULL;
    struct ptn_vault *again = NULL;
    struct ptn_diag diag = { 0, NULL };

    (void)state;
    assert_int_equal(ptn_vault_open(world, DIR, &vault, &diag).code, PTN_C_NOT_FOUND);
    assert_null(vault);
    vault = new_vault(world);
    assert_int_equal(ptn_vault_create(world, DIR, &diag).code, PTN_C_BUSY);
    assert_int_equal(ptn_vault_open(world, DIR, &again, NULL).code, PTN_C_OK);
    for (unsigned role = 0; role < PTN_ROLE_COUNT; role++)
        assert_memory_equal(ptn_vault_public_key(vault, (enum ptn_role)role),
                            ptn_vault_public_key(again, (enum ptn_role)role), PTN_PUBLIC_KEY_LEN);
    ptn_vault_close(again);
    ptn_vault_close(vault);
    ptn_world_seeded_free(world);
}

static void test_vault__roles_do_not_verify_each_other(void **state)
{
    struct ptn_world *world = new_world(2);
    struct ptn_vault *vault = new_vault(world);
    struct ptn_bytes message = PTN_BYTES_LITERAL("a message");

    (void)state;
    for (unsigned signer = 0; signer < PTN_ROLE_COUNT; signer++) {
        uint8_t signature[PTN_SIGNATURE_LEN];
        uint8_t again[PTN_SIGNATURE_LEN];

        assert_int_equal(ptn_vault_sign(vault, (enum ptn_role)signer, message, signature).code,
                         PTN_C_OK);
        assert_int_equal(ptn_vault_sign(vault, (enum ptn_role)signer, message, again).code,
                         PTN_C_OK);
        assert_memory_equal(signature, again, sizeof(again));
        for (unsigned other = 0; other < PTN_ROLE_COUNT; other++)
            assert_int_equal(ptn_signature_good(ptn_vault_public_key(vault, (enum ptn_role)other),
                                                message, signature),
                             other == signer);
        assert_false(ptn_signature_good(ptn_vault_public_key(vault, (enum ptn_role)signer),
                                        PTN_BYTES_LITERAL("a massage"), signature));
    }
    ptn_vault_close(vault);
    ptn_world_seeded_free(world);
}

/* RFC 8032 section 7.1, TEST 1 to 3; and an S that is not reduced, which some verifiers take. */
static void test_vault__signatures_follow_rfc_8032_strictly(void **state)
{
    static const struct {
        const char *public_key;
        const char *message;
        const char *signature;
        bool good;
    } cases[] = {
        { "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
          "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
          "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
          true },
        { "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
          "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
          "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
          true },
        { "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
          "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
          "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
          true },
        { "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
          "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
          "4c8c7872aa064e049dbb3013fbf29380d25bf5f0595bbe24655141438e7a101b",
          false },
        { "0000000000000000000000000000000000000000000000000000000000000000", "",
          "0000000000000000000000000000000000000000000000000000000000000000"
          "0000000000000000000000000000000000000000000000000000000000000000",
          false },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct ptn_buffer bytes;

        ptn_buffer_init(&bytes, 1024);
        assert_int_equal(ptn_hex_read(ptn_bytes_from_text(cases[i].public_key), &bytes, NULL).code,
                         PTN_C_OK);
        assert_int_equal(ptn_hex_read(ptn_bytes_from_text(cases[i].signature), &bytes, NULL).code,
                         PTN_C_OK);
        assert_int_equal(bytes.len, PTN_PUBLIC_KEY_LEN + PTN_SIGNATURE_LEN);
        assert_int_equal(ptn_hex_read(ptn_bytes_from_text(cases[i].message), &bytes, NULL).code,
                         PTN_C_OK);
        assert_int_equal(
            ptn_signature_good(bytes.at,
                               ptn_bytes_slice(ptn_buffer_bytes(&bytes),
                                               PTN_PUBLIC_KEY_LEN + PTN_SIGNATURE_LEN, SIZE_MAX),
                               bytes.at + PTN_PUBLIC_KEY_LEN),
            cases[i].good);
        ptn_buffer_release(&bytes);
    }
}

static void test_vault__a_changed_key_file_is_refused(void **state)
{
    struct ptn_world *world = new_world(3);
    struct ptn_buffer file;
    size_t len;

    (void)state;
    ptn_vault_close(new_vault(world));
    ptn_buffer_init(&file, 4096);
    assert_int_equal(world->files->read(world->context, KEY, &file).code, PTN_C_OK);
    len = file.len;
    for (size_t at = 0; at <= len; at++) {
        struct ptn_vault *vault = NULL;
        struct ptn_diag diag = { 0, NULL };
        struct ptn_bytes changed = ptn_bytes_of(file.at, at < len ? len : len - 1);

        if (at < len)
            file.at[at] ^= 0x20;
        assert_int_equal(world->files->replace(world->context, KEY, changed).code, PTN_C_OK);
        assert_int_equal(ptn_vault_open(world, DIR, &vault, &diag).code, PTN_C_CORRUPT);
        assert_null(vault);
        assert_non_null(diag.text);
        if (at < len)
            file.at[at] ^= 0x20;
    }
    assert_int_equal(ptn_buffer_add_u8(&file, 0).code, PTN_C_OK);
    assert_int_equal(world->files->replace(world->context, KEY, ptn_buffer_bytes(&file)).code,
                     PTN_C_OK);
    assert_int_equal(ptn_vault_open(world, DIR, &(struct ptn_vault *){ NULL }, NULL).code,
                     PTN_C_CORRUPT);
    ptn_buffer_release(&file);
    ptn_world_seeded_free(world);
}

static void test_vault__every_failing_file_operation_is_reported(void **state)
{
    uint64_t nth = 0;
    bool done = false;

    (void)state;
    while (!done) {
        struct ptn_world *world = new_world(4);
        struct ptn_vault *vault = NULL;
        struct ptn_status status;

        ptn_world_fail_nth(world, ++nth);
        status = ptn_vault_create(world, DIR, NULL);
        if (ptn_ok(status))
            status = ptn_vault_open(world, DIR, &vault, NULL);
        done = ptn_ok(status);
        assert_true(done || status.code == PTN_C_IO || status.code == PTN_C_BUSY ||
                    status.code == PTN_C_NOT_FOUND);
        assert_int_equal(done, vault != NULL);
        ptn_vault_close(vault);
        ptn_world_seeded_free(world);
    }
    assert_true(nth > 2);
}

static void test_vault__no_memory_is_reported(void **state)
{
    struct ptn_world *world = new_world(5);
    struct ptn_vault *vault = NULL;
    unsigned long nth = 0;
    struct ptn_status status;

    (void)state;
    ptn_vault_close(new_vault(world));
    do {
        fault_allocation(++nth, FAULT_ONCE);
        status = ptn_vault_open(world, DIR, &vault, NULL);
        if (fault_off())
            assert_int_equal(status.code, PTN_C_NO_MEMORY);
    } while (!ptn_ok(status));
    assert_true(nth > 1);
    ptn_vault_close(vault);
    ptn_world_seeded_free(world);
}

/* On a real machine: nobody but the owner reads the key. */
static void test_vault__key_file_is_for_its_owner_alone(void **state)
{
    char dir[] = "/tmp/postern-vault-XXXXXX";
    char path[64];
    struct stat stat_of;
    struct ptn_vault *vault;

    (void)state;
    assert_non_null(mkdtemp(dir));
    assert_int_equal(ptn_vault_create(ptn_world_real(), dir, NULL).code, PTN_C_OK);
    assert_int_equal(ptn_vault_open(ptn_world_real(), dir, &vault, NULL).code, PTN_C_OK);
    ptn_vault_close(vault);
    (void)snprintf(path, sizeof(path), "%s/vault", dir);
    assert_int_equal(stat(path, &stat_of), 0);
    assert_int_equal(stat_of.st_mode & 0777, 0700);
    (void)snprintf(path, sizeof(path), "%s/vault/node.key", dir);
    assert_int_equal(stat(path, &stat_of), 0);
    assert_int_equal(stat_of.st_mode & 0777, 0600);
    assert_int_equal(ptn_world_real()->files->remove(ptn_world_real()->context, path).code,
                     PTN_C_OK);
    (void)snprintf(path, sizeof(path), "%s/vault", dir);
    (void)rmdir(path);
    (void)rmdir(dir);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vault__key_is_made_once),
        cmocka_unit_test(test_vault__roles_do_not_verify_each_other),
        cmocka_unit_test(test_vault__signatures_follow_rfc_8032_strictly),
        cmocka_unit_test(test_vault__a_changed_key_file_is_refused),
        cmocka_unit_test(test_vault__every_failing_file_operation_is_reported),
        cmocka_unit_test(test_vault__no_memory_is_reported),
        cmocka_unit_test(test_vault__key_file_is_for_its_owner_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
