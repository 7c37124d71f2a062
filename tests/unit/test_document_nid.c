/* tests/unit/test_document_nid.c -- document/nid: the Albanian personal number. All numbers are
 * invented. */
#include "document/nid.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void test_nid__known_numbers_give_birth_sex_and_citizenship(void **state)
{
    static const struct {
        const char *nid;
        struct ptn_date birth;
        char sex;
        bool national;
    } cases[] = {
        { "J00101999W", { 1990, 1, 1 }, 'M', true },  { "J03101999F", { 1990, 1, 1 }, 'M', false },
        { "J05115999K", { 1990, 1, 15 }, 'F', true }, { "J08101999P", { 1990, 1, 1 }, 'F', false },
        { "J00215012V", { 1990, 2, 15 }, 'M', true }, { "I55622034U", { 1985, 6, 22 }, 'F', true },
        { "K45106001T", { 2004, 1, 6 }, 'F', true },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct ptn_nid nid;

        assert_true(ptn_ok(ptn_nid_parse(ptn_bytes_from_text(cases[i].nid), &nid, NULL)));
        assert_true(ptn_date_equal(nid.birth, cases[i].birth));
        assert_int_equal(nid.sex, cases[i].sex);
        assert_int_equal(nid.national, cases[i].national);
    }
}

static void test_nid__fault_is_located_and_output_untouched(void **state)
{
    static const struct {
        const char *nid;
        size_t offset;
    } cases[] = {
        { "J00101999A", 9 },  /* check letter */
        { "J01301999H", 2 },  /* month 13 */
        { "J04401999H", 2 },  /* 44 is no month of any range */
        { "J09301999H", 2 },  /* 93 neither */
        { "J00001999H", 2 },  /* month 0 */
        { "J00230123C", 4 },  /* 30 February */
        { "J00100123C", 4 },  /* day 0 */
        { "Z00101999A", 0 },  /* no decade */
        { "U00101999A", 0 },  /* the decade after the last */
        { "J0010199W", 0 },   /* nine characters */
        { "J00101999WW", 0 }, /* eleven */
        { "j00101999W", 0 },  { "J00101999w", 0 }, { "J001O1999W", 0 },
        { "<00101999W", 0 },  { "J001/1999W", 0 }, { "", 0 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct ptn_nid nid = { .sex = '!' };
        struct ptn_diag diag = { 99, NULL };

        assert_int_equal(ptn_nid_parse(ptn_bytes_from_text(cases[i].nid), &nid, &diag).code,
                         PTN_C_BAD_INPUT);
        assert_int_equal(diag.offset, cases[i].offset);
        assert_int_equal(nid.sex, '!');
    }
}

/* The sum is over weights 1 to 8 modulo 23, a prime: any one digit changed changes it, and so do
 * two neighbours swapped. */
static void test_nid__check_letter_sees_every_single_change(void **state)
{
    const char *good = "J00215012V";

    (void)state;
    assert_int_equal(ptn_nid_check_letter(good), 'V');
    for (size_t at = 1; at < 9; at++)
        for (int c = '0'; c <= '9'; c++) {
            char nine[9];

            memcpy(nine, good, sizeof(nine));
            nine[at] = (char)c;
            assert_int_equal(ptn_nid_check_letter(nine) == 'V', c == good[at]);
        }
}

static void test_nid__check_letter_covers_its_alphabet(void **state)
{
    (void)state;
    assert_int_equal(ptn_nid_check_letter("W00000000"), 'W');
    assert_int_equal(ptn_nid_check_letter("V00000000"), 'V');
    assert_int_equal(ptn_nid_check_letter("A00000000"), 'A');
    assert_int_equal(ptn_nid_check_letter("000000000"), 'W');
    assert_int_equal(ptn_nid_check_letter("900000000"), 'I');
    assert_int_equal(ptn_nid_check_letter("<00000000"), 0);
    assert_int_equal(ptn_nid_check_letter("A0000000A"), 0);
}

/* Years before 1900 begin with a digit. */
static void test_nid__birth_in_the_nineteenth_century(void **state)
{
    char text[11] = "99"
                    "12"
                    "31"
                    "000";
    struct ptn_nid nid;

    (void)state;
    text[9] = ptn_nid_check_letter(text);
    assert_true(ptn_ok(ptn_nid_parse(ptn_bytes_from_text(text), &nid, NULL)));
    assert_true(ptn_date_equal(nid.birth, (struct ptn_date){ 1899, 12, 31 }));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nid__known_numbers_give_birth_sex_and_citizenship),
        cmocka_unit_test(test_nid__fault_is_located_and_output_untouched),
        cmocka_unit_test(test_nid__check_letter_sees_every_single_change),
        cmocka_unit_test(test_nid__check_letter_covers_its_alphabet),
        cmocka_unit_test(test_nid__birth_in_the_nineteenth_century),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
