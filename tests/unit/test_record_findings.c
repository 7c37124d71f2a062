/* Goal: the record of evidence holds counts and the manifest's name, and nothing can be left out of
 * what makes it one. */
#include "record/notice.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

static void test_findings__come_back_and_are_whole(void **state)
{
    const struct ptn_findings findings = {
        .time_ms = 5, .manifest = { 1 }, .files = 3, .length = 4096, .findings = 2, .sealed = true
    };
    struct ptn_findings wrong[2] = { findings, findings };
    struct ptn_findings back;
    struct ptn_buffer out = { .len_max = 400 };

    (void)state;
    assert_true(ptn_ok(ptn_findings_write(&findings, &out)));
    assert_true(ptn_ok(ptn_findings_parse(ptn_buffer_bytes(&out), &back, NULL)));
    assert_int_equal(back.files, 3);
    assert_int_equal(back.length, 4096);
    assert_int_equal(back.findings, 2);
    assert_int_equal(back.gaps, 0);
    assert_true(back.sealed);
    assert_memory_equal(back.manifest, findings.manifest, sizeof(back.manifest));
    for (size_t i = 0; i < out.len; i++) { /* every cut is refused, and touches nothing */
        back.files = 77;
        assert_false(
            ptn_ok(ptn_findings_parse(ptn_bytes_slice(ptn_buffer_bytes(&out), 0, i), &back, NULL)));
        assert_int_equal(back.files, 77);
    }
    wrong[0].time_ms = 0;
    wrong[1].manifest[0] = 0;
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(ptn_findings_validate(&wrong[i], NULL).code, PTN_C_BAD_INPUT);
    assert_int_equal(ptn_record_retention(PTN_RECORD_FINDINGS), PTN_RETENTION_OPERATION);
    ptn_buffer_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_findings__come_back_and_are_whole),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
