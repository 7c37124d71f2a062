/* Goal: a node's certificate is made once, is its own, and is known by its key alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "vault/tls.h"

/* The certificate's text and its digest, of a node made in the world's folder dir. */
static void make(struct ptn_world *world, const char *dir, struct ptn_buffer *certificate,
                 uint8_t id[PTN_TLS_ID_LEN])
{
    char vault[64];
    struct ptn_buffer key = { .len_max = PTN_TLS_PEM_LEN_MAX };

    assert_true(ptn_ok(world->files->make_dir(world->context, dir)));
    (void)snprintf(vault, sizeof(vault), "%s/vault", dir);
    assert_true(ptn_ok(world->files->make_dir(world->context, vault)));
    assert_true(ptn_ok(ptn_tls_create(world, dir, "utopia.example/post", NULL)));
    assert_true(ptn_ok(ptn_tls_read(world, dir, &key, certificate)));
    assert_non_null(memmem(key.at, key.len, "BEGIN PRIVATE KEY", 17));
    assert_true(ptn_ok(ptn_tls_id(ptn_buffer_bytes(certificate), id)));
    ptn_buffer_release(&key);
}

static void test_tls__each_node_has_a_key_of_its_own(void **state)
{
    struct ptn_world *world = ptn_world_seeded(1, 1790000000000);
    struct ptn_buffer a = { .len_max = PTN_TLS_PEM_LEN_MAX };
    struct ptn_buffer b = { .len_max = PTN_TLS_PEM_LEN_MAX };
    uint8_t a_id[PTN_TLS_ID_LEN];
    uint8_t b_id[PTN_TLS_ID_LEN];
    uint8_t again[PTN_TLS_ID_LEN];
    struct ptn_date first;
    struct ptn_date last;

    (void)state;
    make(world, "a", &a, a_id);
    make(world, "b", &b, b_id);
    assert_memory_not_equal(a_id, b_id, PTN_TLS_ID_LEN);
    assert_true(ptn_ok(ptn_tls_id(ptn_buffer_bytes(&a), again)));
    assert_memory_equal(a_id, again, PTN_TLS_ID_LEN);
    /* 2026-09-21T14:13:20Z less a day, and twenty years on: its last whole day */
    assert_true(ptn_ok(ptn_tls_days(ptn_buffer_bytes(&a), &first, &last)));
    assert_true(ptn_date_equal(first, (struct ptn_date){ 2026, 9, 20 }));
    assert_true(ptn_date_equal(last, (struct ptn_date){ 2046, 9, 20 }));
    assert_int_equal(ptn_tls_create(world, "a", "utopia.example/post", NULL).code, PTN_C_BUSY);
    ptn_buffer_release(&a);
    ptn_buffer_release(&b);
    ptn_world_seeded_free(world);
}

static void test_tls__what_is_no_certificate_is_refused(void **state)
{
    uint8_t id[PTN_TLS_ID_LEN] = { 9 };
    struct ptn_date first;
    struct ptn_date last;

    (void)state;
    assert_int_equal(ptn_tls_id(PTN_BYTES_NONE, id).code, PTN_C_BAD_INPUT);
    assert_int_equal(ptn_tls_id(PTN_BYTES_LITERAL("-----BEGIN CERTIFICATE-----\nAAAA\n"), id).code,
                     PTN_C_BAD_INPUT);
    assert_int_equal(id[0], 9);
    assert_int_equal(
        ptn_tls_days(PTN_BYTES_LITERAL("-----BEGIN CERTIFICATE-----\nAAAA\n"), &first, &last).code,
        PTN_C_BAD_INPUT);
}

static void test_tls__done_is_said_only_when_both_files_are_there(void **state)
{
    (void)state;
    for (uint64_t nth = 1; nth < 8; nth++) {
        struct ptn_world *world = ptn_world_seeded(nth, 1790000000000);
        struct ptn_buffer key = { .len_max = PTN_TLS_PEM_LEN_MAX };
        struct ptn_buffer certificate = { .len_max = PTN_TLS_PEM_LEN_MAX };
        struct ptn_status status;

        assert_true(ptn_ok(world->files->make_dir(world->context, "n")));
        assert_true(ptn_ok(world->files->make_dir(world->context, "n/vault")));
        ptn_world_fail_nth(world, nth);
        status = ptn_tls_create(world, "n", "utopia.example/post", NULL);
        ptn_world_fail_nth(world, 0);
        assert_true(!ptn_ok(status) || ptn_ok(ptn_tls_read(world, "n", &key, &certificate)));
        ptn_buffer_release(&key);
        ptn_buffer_release(&certificate);
        ptn_world_seeded_free(world);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tls__each_node_has_a_key_of_its_own),
        cmocka_unit_test(test_tls__what_is_no_certificate_is_refused),
        cmocka_unit_test(test_tls__done_is_said_only_when_both_files_are_there),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
