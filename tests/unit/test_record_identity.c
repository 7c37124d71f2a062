/* Goal: who is said to be whom has one form; neither description is missing, and one person alone
 * takes no reason away and no joining back. */
#include "record/case.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static struct ptn_identity good(void)
{
    return (struct ptn_identity){
        .id = { { 1 } },
        .time_ms = 1793491200000,
        .act = PTN_IDENTITY_JOINED,
        .post = PTN_BYTES_LITERAL("centre"),
        .officer = PTN_BYTES_LITERAL("ana"),
        .reason = PTN_BYTES_LITERAL("the new passport names the old one"),
        .one = { .surname = PTN_BYTES_LITERAL("OKAFOREKU"),
                 .birth = { 1990, 4, 2 },
                 .document = { .issuer = "UTO", .number = PTN_BYTES_LITERAL("U7700012") } },
        .other = { .surname = PTN_BYTES_LITERAL("OKAFOR"),
                   .birth = { 1990, 4, 2 },
                   .document = { .issuer = "UTO", .number = PTN_BYTES_LITERAL("U8800012") } },
    };
}

static void test_identity__comes_back_whole(void **state)
{
    struct ptn_identity identity = good();
    struct ptn_identity back;
    struct ptn_buffer out;

    (void)state;
    ptn_buffer_init(&out, PTN_RECORD_LEN_MAX);
    identity.lessens = true;
    identity.second = PTN_BYTES_LITERAL("ben");
    assert_true(ptn_ok(ptn_identity_write(&identity, &out)));
    assert_true(ptn_ok(ptn_identity_parse(ptn_buffer_bytes(&out), &back, NULL)));
    assert_int_equal(back.act, PTN_IDENTITY_JOINED);
    assert_true(back.lessens);
    assert_true(ptn_bytes_is(back.second, "ben"));
    assert_true(ptn_bytes_is(back.one.document.number, "U7700012"));
    assert_true(ptn_bytes_is(back.other.surname, "OKAFOR"));
    ptn_buffer_clear(&out);
    identity.act = PTN_IDENTITY_PARTED;
    identity.lessens = false;
    identity.of = (struct ptn_record_id){ { 9 } };
    assert_true(ptn_ok(ptn_identity_write(&identity, &out)));
    assert_true(ptn_ok(ptn_identity_parse(ptn_buffer_bytes(&out), &back, NULL)));
    assert_int_equal(back.of.at[0], 9);
    ptn_buffer_release(&out);
}

static void assert_refused(const struct ptn_identity *identity, const char *field)
{
    struct ptn_diag diag = { 0 };

    assert_int_equal(ptn_identity_validate(identity, &diag).code, PTN_C_BAD_INPUT);
    assert_string_equal(diag.text, field);
}

/* IDENTITY-1 */
static void test_identity__one_person_alone_takes_nothing_away(void **state)
{
    struct ptn_identity identity = good();

    (void)state;
    assert_true(ptn_ok(ptn_identity_validate(&identity, NULL)));
    identity.lessens = true;
    assert_refused(&identity, "second");
    identity.second = identity.officer;
    assert_refused(&identity, "second");
    identity = good();
    identity.act = PTN_IDENTITY_PARTED;
    assert_refused(&identity, "of");
    identity.of.at[0] = 9;
    assert_refused(&identity, "second");
    identity.second = PTN_BYTES_LITERAL("ben");
    assert_true(ptn_ok(ptn_identity_validate(&identity, NULL)));
    identity.act = PTN_IDENTITY_JOINED;
    assert_refused(&identity, "of");
    identity = good();
    identity.other = (struct ptn_person){ 0 };
    assert_refused(&identity, "other");
    identity = good();
    identity.reason = PTN_BYTES_NONE;
    assert_refused(&identity, "reason");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_identity__comes_back_whole),
        cmocka_unit_test(test_identity__one_person_alone_takes_nothing_away),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
