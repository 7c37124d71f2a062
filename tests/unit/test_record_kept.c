/* Goal: what a keeper writes has one form, keeps a note whole, and knows its limits. */
#include "record/notice.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

static void test_kept__a_note_comes_back_whole(void **state)
{
    static const char text[] = "a\n1\n\n\xe2\x80\x94 k AAAA\n";
    const uint8_t expected[] = {
        0xa2, 1,    0x63, 'p',  '/', 'x', 2,   0x70, 'a', '\n', '1', '\n',
        '\n', 0xe2, 0x80, 0x94, ' ', 'k', ' ', 'A',  'A', 'A',  'A', '\n'
    };
    struct ptn_handed_note note = { PTN_BYTES_LITERAL("p/x"), ptn_bytes_from_text(text) };
    struct ptn_handed_note back;
    struct ptn_buffer out;

    (void)state;
    ptn_buffer_init(&out, 200);
    assert_true(ptn_ok(ptn_handed_note_write(&note, &out)));
    assert_int_equal(out.len, sizeof(expected));
    assert_memory_equal(out.at, expected, sizeof(expected));
    assert_true(ptn_ok(ptn_handed_note_parse(ptn_buffer_bytes(&out), &back, NULL)));
    assert_true(ptn_bytes_is(back.note, text) && ptn_bytes_is(back.from, "p/x"));
    ptn_buffer_release(&out);
}

static void test_kept__a_note_has_a_largest_size(void **state)
{
    static uint8_t bytes[PTN_RECORD_SIGNED_MAX + 1];
    struct ptn_handed_note note = { PTN_BYTES_NONE, { bytes, PTN_RECORD_SIGNED_MAX } };

    (void)state;
    memset(bytes, 'a', sizeof(bytes));
    assert_true(ptn_ok(ptn_handed_note_validate(&note, NULL)));
    note.note.len++;
    assert_int_equal(ptn_handed_note_validate(&note, NULL).code, PTN_C_TOO_BIG);
    note.note.len = 0;
    assert_int_equal(ptn_handed_note_validate(&note, NULL).code, PTN_C_BAD_INPUT);
}

static void test_kept__refused_names_ledger_reason_and_both_checkpoints(void **state)
{
    static struct ptn_bytes proof[PTN_REFUSED_PROOF_MAX + 1];
    struct ptn_record_refused refused = { .origin = PTN_BYTES_LITERAL("p/x"),
                                          .why = PTN_REFUSED_FORK,
                                          .refused = PTN_BYTES_LITERAL("a\n"),
                                          .held = PTN_BYTES_LITERAL("b\n"),
                                          .proof = proof };
    struct ptn_record_refused without;
    struct ptn_diag diag = { 0, "" };

    (void)state;
    for (size_t i = 0; i < PTN_REFUSED_PROOF_MAX + 1; i++)
        proof[i] = PTN_BYTES_LITERAL("KgE=");
    refused.proof_count = PTN_REFUSED_PROOF_MAX;
    assert_true(ptn_ok(ptn_record_refused_validate(&refused, NULL)));
    refused.proof_count++;
    assert_int_equal(ptn_record_refused_validate(&refused, &diag).code, PTN_C_TOO_BIG);
    refused.proof_count = 0;
    without = refused;
    without.held = PTN_BYTES_NONE;
    assert_false(ptn_ok(ptn_record_refused_validate(&without, &diag)));
    assert_string_equal(diag.text, "held");
    without = refused;
    without.why = (enum ptn_refused_why)3;
    assert_false(ptn_ok(ptn_record_refused_validate(&without, &diag)));
    assert_string_equal(diag.text, "why");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kept__a_note_comes_back_whole),
        cmocka_unit_test(test_kept__a_note_has_a_largest_size),
        cmocka_unit_test(test_kept__refused_names_ledger_reason_and_both_checkpoints),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
