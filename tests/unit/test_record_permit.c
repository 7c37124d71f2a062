/* Goal: a visa or permit on record has one form, and is nobody's without a document and a birth. */
#include "record/permit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static struct ptn_permit good(void)
{
    struct ptn_permit permit = {
        .id = { { 1 } },
        .kind = PTN_PERMIT_LONG_VISA,
        .issuer = "ALB",
        .number = PTN_BYTES_LITERAL("D0012345"),
        .status = PTN_PERMIT_VALID,
        .from = { 2026, 9, 1 },
        .until = { 2027, 8, 31 },
        .entries = 2,
        .person = { .surname = PTN_BYTES_LITERAL("OKAFOREKU"),
                    .birth = { 1990, 4, 2 },
                    .document = { .issuer = "UTO", .number = PTN_BYTES_LITERAL("U7700012") } },
        .imported = PTN_BYTES_LITERAL("visa register"),
    };

    return permit;
}

static void test_permit__comes_back_whole(void **state)
{
    struct ptn_permit permit = good();
    struct ptn_permit back;
    struct ptn_buffer out;

    (void)state;
    ptn_buffer_init(&out, PTN_RECORD_LEN_MAX);
    permit.status = PTN_PERMIT_WITHDRAWN;
    permit.days = 60;
    permit.entries_used = 1;
    assert_true(ptn_ok(ptn_permit_write(&permit, &out)));
    assert_true(ptn_ok(ptn_permit_parse(ptn_buffer_bytes(&out), &back, NULL)));
    assert_int_equal(back.kind, PTN_PERMIT_LONG_VISA);
    assert_int_equal(back.status, PTN_PERMIT_WITHDRAWN);
    assert_string_equal(back.issuer, "ALB");
    assert_true(ptn_bytes_is(back.number, "D0012345"));
    assert_true(ptn_date_equal(back.from, permit.from));
    assert_true(ptn_date_equal(back.until, permit.until));
    assert_int_equal(back.days, 60);
    assert_int_equal(back.entries, 2);
    assert_int_equal(back.entries_used, 1);
    assert_true(ptn_bytes_is(back.person.document.number, "U7700012"));
    assert_true(ptn_bytes_is(back.imported, "visa register"));
    ptn_buffer_release(&out);
}

static void assert_refused(const struct ptn_permit *permit, const char *field)
{
    struct ptn_buffer out = { .len_max = PTN_RECORD_LEN_MAX };
    struct ptn_diag diag = { 0 };

    assert_int_equal(ptn_permit_validate(permit, &diag).code, PTN_C_BAD_INPUT);
    assert_string_equal(diag.text, field);
    assert_int_equal(ptn_permit_write(permit, &out).code, PTN_C_BAD_INPUT);
    assert_int_equal(out.len, 0);
    ptn_buffer_release(&out);
}

static void test_permit__is_nobodys_without_a_document_and_a_birth(void **state)
{
    struct ptn_permit permit = good();

    (void)state;
    permit.person.document.number = PTN_BYTES_NONE;
    assert_refused(&permit, "person");
    permit = good();
    permit.person.document.issuer[0] = '\0';
    assert_refused(&permit, "person");
    permit = good();
    permit.person.birth = PTN_DATE_NONE;
    assert_refused(&permit, "person");
}

static void test_permit__does_not_end_before_it_begins(void **state)
{
    struct ptn_permit permit = good();

    (void)state;
    permit.until = (struct ptn_date){ 2026, 8, 31 };
    assert_refused(&permit, "until");
    permit.until = permit.from;
    assert_true(ptn_ok(ptn_permit_validate(&permit, NULL)));
    permit.kind = PTN_PERMIT_NONE;
    assert_refused(&permit, "kind");
}

static void test_permit__words_go_both_ways(void **state)
{
    (void)state;
    assert_string_equal(ptn_permit_status_word(PTN_PERMIT_WITHDRAWN), "withdrawn");
    assert_int_equal(ptn_permit_status_from_word(PTN_BYTES_LITERAL("valid")), PTN_PERMIT_VALID);
    assert_int_equal(ptn_permit_status_from_word(PTN_BYTES_LITERAL("revoked")), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_permit__comes_back_whole),
        cmocka_unit_test(test_permit__is_nobodys_without_a_document_and_a_birth),
        cmocka_unit_test(test_permit__does_not_end_before_it_begins),
        cmocka_unit_test(test_permit__words_go_both_ways),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
