/* Goal: a notices file says what a page shows, in both languages, and a wrong line is named. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "node/glance.h"

static struct ptn_status parse(const char *text, struct ptn_notices *notices, struct ptn_diag *diag)
{
    return ptn_notices_parse(ptn_bytes_from_text(text), notices, diag);
}

static void test_notices__says_both_languages(void **state)
{
    struct ptn_notices notices;

    (void)state;
    assert_true(
        ptn_ok(parse("# first\n\ntitle: Borders | Kufijtë\nplace durres: Durrës port|Porti\n"
                     "notice: Come early | \nnotice durres: | Prisni\n",
                     &notices, NULL)));
    assert_true(ptn_bytes_is(notices.title.english, "Borders"));
    assert_true(ptn_bytes_is(notices.title.albanian, "Kufijtë"));
    assert_int_equal(notices.place_count, 1);
    assert_true(ptn_bytes_is(notices.places[0].code, "durres"));
    assert_true(ptn_bytes_is(notices.places[0].albanian, "Porti"));
    assert_int_equal(notices.notice_count, 2);
    assert_true(ptn_bytes_is(notices.notices[0].albanian, "Come early"));
    assert_true(ptn_bytes_is(notices.notices[1].english, "Prisni"));
}

static void test_notices__names_the_wrong_line(void **state)
{
    static const char *const wrong[] = {
        "notice: fine\nnotice\n",       "notice: fine\nnotice:\n",
        "notice: fine\nhead: x\n",      "notice: fine\nplace: x\n",
        "notice: fine\ntitle tia: x\n", "notice: fine\nnotice Tia: x\n",
        "notice: fine\nnotice: a\tb\n", "notice: fine\nnotice: \xff\n",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        struct ptn_notices notices = { .notice_count = 99 };
        struct ptn_diag diag = { 0 };

        assert_int_equal(parse(wrong[i], &notices, &diag).code, PTN_C_BAD_INPUT);
        assert_int_equal(diag.offset, 2);
        assert_int_equal(notices.notice_count, 99);
    }
}

static void test_notices__is_bounded(void **state)
{
    static char text[PTN_NOTICES_TEXT_MAX + 2];
    struct ptn_notices notices;

    (void)state;
    for (unsigned i = 0; i <= PTN_NOTICES_MAX; i++)
        (void)strcat(text, "notice: x\n"); /* NOLINT(clang-analyzer-security.insecureAPI.strcpy) */
    assert_int_equal(parse(text, &notices, NULL).code, PTN_C_BAD_INPUT);
    memset(text, '#', sizeof(text) - 1);
    assert_int_equal(parse(text, &notices, NULL).code, PTN_C_TOO_BIG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_notices__says_both_languages),
        cmocka_unit_test(test_notices__names_the_wrong_line),
        cmocka_unit_test(test_notices__is_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
