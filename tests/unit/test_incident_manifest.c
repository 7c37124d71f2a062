/* Goal: a manifest has one form, every byte of it flipped or cut is refused or is another manifest;
 * what packages say of themselves is taken with its faults. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "fault.h"
#include "incident/manifest.h"

#define A "00000000000000000000000000000000000000000000000000000000000000aa"
#define M "000000000000000000000000000000cc"

static const char good[] = A "  a b\n" A "  etc/x\n" A "  usr/bin/y\n";

static void test_manifest__is_read_asked_and_written_again(void **state)
{
    struct ptn_manifest *manifest = ptn_manifest_new();
    struct ptn_buffer out = { .len_max = 4096 };

    (void)state;
    assert_true(ptn_ok(ptn_manifest_read(manifest, ptn_bytes_from_text(good), NULL)));
    ptn_manifest_ready(manifest);
    assert_int_equal(ptn_manifest_count(manifest), 3);
    assert_int_equal(ptn_manifest_find(manifest, PTN_BYTES_LITERAL("etc/x"))->digest[31], 0xaa);
    assert_null(ptn_manifest_find(manifest, PTN_BYTES_LITERAL("etc/")));
    for (size_t i = 0; i < 3; i++)
        assert_true(ptn_ok(ptn_manifest_add_line(&out, ptn_manifest_at(manifest, i)->digest,
                                                 ptn_manifest_at(manifest, i)->path)));
    assert_true(ptn_bytes_is(ptn_buffer_bytes(&out), good));
    assert_int_equal(
        ptn_manifest_add_line(&out, ptn_manifest_at(manifest, 0)->digest, PTN_BYTES_LITERAL("a\nb"))
            .code,
        PTN_C_BAD_INPUT);
    assert_true(ptn_bytes_is(ptn_buffer_bytes(&out), good));
    ptn_buffer_release(&out);
    ptn_manifest_free(manifest);
}

static void test_manifest__any_other_form_is_refused_with_its_line(void **state)
{
    static const struct {
        const char *text;
        size_t line;
    } cases[] = {
        { "", 1 },
        { A "  a", 1 },
        { A "  a\n" A "  b", 2 },
        { A " a\n", 1 },
        { A "  \n", 1 },
        { "x" A "  a\n", 1 },
        { "00000000000000000000000000000000000000000000000000000000000000AA  a\n", 1 },
        { A "  b\n" A "  a\n", 2 },
        { A "  a\n" A "  a\n", 2 },
        { A "  /a\n", 1 },
        { A "  a//b\n", 1 },
        { A "  a/./b\n", 1 },
        { A "  a/../b\n", 1 },
        { A "  ..\n", 1 },
        { A "  a/\n", 1 },
        { A "  a\r\n", 1 },
        { A "  a\\b\n", 1 },
        { A "  a\n\n", 2 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct ptn_manifest *manifest = ptn_manifest_new();
        struct ptn_diag diag = { 0 };

        assert_int_equal(
            ptn_manifest_read(manifest, ptn_bytes_from_text(cases[i].text), &diag).code,
            PTN_C_BAD_INPUT);
        assert_int_equal(diag.offset, cases[i].line);
        ptn_manifest_free(manifest);
    }
}

/* Every byte flipped and every cut: refused, or another manifest, never the same one. */
static void test_manifest__each_byte_flipped_and_cut_is_seen(void **state)
{
    char text[sizeof(good)];

    (void)state;
    for (size_t i = 0; i < sizeof(good) - 1; i++)
        for (unsigned bit = 0; bit <= 8; bit++) {
            struct ptn_manifest *manifest = ptn_manifest_new();
            struct ptn_buffer out = { .len_max = 4096 };
            size_t len = bit == 8 ? i : sizeof(good) - 1;

            memcpy(text, good, sizeof(good));
            if (bit < 8)
                text[i] = (char)((unsigned char)text[i] ^ 1u << bit);
            if (ptn_ok(ptn_manifest_read(manifest, ptn_bytes_of(text, len), NULL))) {
                ptn_manifest_ready(manifest);
                for (size_t k = 0; k < ptn_manifest_count(manifest); k++)
                    assert_true(
                        ptn_ok(ptn_manifest_add_line(&out, ptn_manifest_at(manifest, k)->digest,
                                                     ptn_manifest_at(manifest, k)->path)));
                assert_true(ptn_bytes_equal(ptn_buffer_bytes(&out), ptn_bytes_of(text, len)));
                assert_false(ptn_bytes_is(ptn_buffer_bytes(&out), good));
            }
            ptn_buffer_release(&out);
            ptn_manifest_free(manifest);
        }
}

static void test_manifest__packages_are_taken_with_their_faults_and_diversions(void **state)
{
    struct ptn_manifest *manifest = ptn_manifest_new();
    size_t bad = 0;

    (void)state;
    assert_true(ptn_ok(ptn_manifest_read_md5sums(
        manifest, PTN_BYTES_LITERAL("one"),
        PTN_BYTES_LITERAL(M "  usr/bin/x\nrubbish\n" M "  ../etc/shadow\n" M "  usr/bin/y"),
        &bad)));
    assert_int_equal(bad, 2);
    assert_true(ptn_ok(ptn_manifest_divert(
        manifest, PTN_BYTES_LITERAL(
                      "/usr/bin/x\n/usr/bin/x.real\ntwo\n/usr/bin/y\n/usr/bin/y.real\none\n"))));
    ptn_manifest_ready(manifest);
    assert_null(ptn_manifest_find(manifest, PTN_BYTES_LITERAL("usr/bin/x")));
    assert_true(ptn_bytes_is(
        ptn_manifest_find(manifest, PTN_BYTES_LITERAL("usr/bin/x.real"))->owner, "one"));
    assert_non_null(ptn_manifest_find(manifest, PTN_BYTES_LITERAL("usr/bin/y")));
    assert_int_equal(ptn_manifest_at(manifest, 0)->digest_len, 16);
    ptn_manifest_free(manifest);
}

static void test_manifest__no_memory_is_said(void **state)
{
    unsigned long nth = 0;
    struct ptn_status status;

    (void)state;
    do {
        struct ptn_manifest *manifest;

        fault_allocation(++nth, FAULT_ONCE);
        manifest = ptn_manifest_new();
        status = (struct ptn_status){ manifest == NULL ? PTN_C_NO_MEMORY : PTN_C_OK };
        if (ptn_ok(status))
            status = ptn_manifest_read(manifest, ptn_bytes_from_text(good), NULL);
        if (fault_off())
            assert_int_equal(status.code, PTN_C_NO_MEMORY);
        ptn_manifest_free(manifest);
    } while (!ptn_ok(status));
    assert_true(nth > 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_manifest__is_read_asked_and_written_again),
        cmocka_unit_test(test_manifest__any_other_form_is_refused_with_its_line),
        cmocka_unit_test(test_manifest__each_byte_flipped_and_cut_is_seen),
        cmocka_unit_test(test_manifest__packages_are_taken_with_their_faults_and_diversions),
        cmocka_unit_test(test_manifest__no_memory_is_said),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
