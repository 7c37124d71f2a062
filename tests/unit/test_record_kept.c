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
    static uint8_t bytes[PTN_RECORD_ROSTER_MAX + 1];
    struct ptn_handed_note note = { PTN_BYTES_NONE, { bytes, PTN_RECORD_ROSTER_MAX } };

    (void)state;
    memset(bytes, 'a', sizeof(bytes));
    assert_true(ptn_ok(ptn_handed_note_validate(&note, NULL)));
    note.note.len++;
    assert_int_equal(ptn_handed_note_validate(&note, NULL).code, PTN_C_TOO_BIG);
    note.note.len = 0;
    assert_int_equal(ptn_handed_note_validate(&note, NULL).code, PTN_C_BAD_INPUT);
}

static void test_kept__refused_has_evidence_or_what_is_held(void **state)
{
    static const struct {
        enum ptn_refused_why why;
        const char *held, *evidence, *fault;
    } cases[] = { { PTN_REFUSED_FORK, "", "e\n", NULL },
                  { PTN_REFUSED_NOT_SHOWN, "h\n", "", NULL },
                  { PTN_REFUSED_FORK, "", "", "evidence" },
                  { PTN_REFUSED_FORK, "h\n", "e\n", "held" },
                  { PTN_REFUSED_NOT_SHOWN, "h\n", "e\n", "evidence" },
                  { PTN_REFUSED_NOT_SHOWN, "", "", "held" },
                  { (enum ptn_refused_why)3, "", "", "why" } };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct ptn_record_refused refused = { PTN_BYTES_LITERAL("p/x"), cases[i].why,
                                              PTN_BYTES_LITERAL("a\n"),
                                              ptn_bytes_from_text(cases[i].held),
                                              ptn_bytes_from_text(cases[i].evidence) };
        struct ptn_diag diag = { 0, "" };
        struct ptn_status status = ptn_record_refused_validate(&refused, &diag);

        assert_int_equal(ptn_ok(status), cases[i].fault == NULL);
        if (cases[i].fault != NULL)
            assert_string_equal(diag.text, cases[i].fault);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kept__a_note_comes_back_whole),
        cmocka_unit_test(test_kept__a_note_has_a_largest_size),
        cmocka_unit_test(test_kept__refused_has_evidence_or_what_is_held),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
