/* Goal: whoever is ordered to leave is handed one page, with the deadline in words that cannot be
 * misread, and nobody else's name on it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "paper/leave_paper.h"

#define NOVEMBER INT64_C(1795989600000) /* 2026-11-29T22:00:00Z */

/* for static tables: a compound literal is no constant */
#define LITERAL(text)                                                                              \
    {                                                                                              \
        (const uint8_t *)(text), sizeof(text) - 1                                                  \
    }

static const uint8_t name[PTN_SHA256_LEN] = { 0xab, 0xcd, 0xef, 0x01, 0x23 };
static const struct ptn_bytes points[] = { LITERAL("tirana"), LITERAL("durres") };
static const struct ptn_person people[] = {
    { .surname = LITERAL("TELISHTI"),
      .given = LITERAL("ORNELA"),
      .birth = { 1988, 2, 3 },
      .nationality = "UTO",
      .document = { .kind = PTN_DOCUMENT_DIPLOMATIC_PASSPORT,
                    .issuer = "UTO",
                    .number = LITERAL("D0012345") } },
    { .name = LITERAL("\xd9\x85\xd8\xab\xd8\xa7\xd9\x84") },
};
static const struct ptn_person dependants[] = { { .surname = LITERAL("TELISHTI"),
                                                  .given = LITERAL("DRITAN") } };

static struct ptn_leave good_leave(void)
{
    return (struct ptn_leave){
        .id = { { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 } },
        .time_ms = NOVEMBER - 86400000,
        .act = PTN_LEAVE_ORDERED,
        .reference = PTN_BYTES_LITERAL("OL-2026-7"),
        .issuer = PTN_BYTES_LITERAL("Ministry"),
        .contact = PTN_BYTES_LITERAL("+355 4 000 000"),
        .deadline_ms = NOVEMBER,
        .ban_until = { 2031, 11, 29 },
        .points = points,
        .point_count = 2,
        .protocol = true,
        .liaison = PTN_BYTES_LITERAL("+355 4 000 001"),
        .people = people,
        .people_count = 2,
        .dependants = dependants,
        .dependant_count = 1,
    };
}

static size_t pages_of(const struct ptn_buffer *pdf)
{
    static const char mark[] = "/Type /Page ";
    size_t count = 0;

    for (size_t i = 0; i + sizeof(mark) < pdf->len; i++)
        count += memcmp(pdf->at + i, mark, sizeof(mark) - 1) == 0 ? 1 : 0;
    return count;
}

static void test_leave_paper__moments_are_said(void **state)
{
    static const struct {
        int64_t ms;
        const char *en, *sq;
    } cases[] = {
        { NOVEMBER,
          "twenty-nine November two thousand and twenty-six, at twenty-three hours and "
          "zero minutes",
          "njëzet e nëntë nëntor dy mijë e njëzet e gjashtë, ora njëzet e tre e zero minuta" },
        { INT64_C(946681200000), /* 1999-12-31T23:00:00Z: midnight in Tirana */
          "one January two thousand, at zero hours and zero minutes",
          "një janar dy mijë, ora zero e zero minuta" },
        { INT64_C(1783213260000), /* 2026-07-05T01:01:00Z, summer time */
          "five July two thousand and twenty-six, at three hours and one minute",
          "pesë korrik dy mijë e njëzet e gjashtë, ora tre e një minuta" },
        { INT64_C(4102441140000), /* 2099-12-31T22:59:00Z */
          "thirty-one December two thousand and ninety-nine, at twenty-three hours and fifty-nine "
          "minutes",
          "tridhjetë e një dhjetor dy mijë e nëntëdhjetë e nëntë, ora njëzet e tre e pesëdhjetë e "
          "nëntë minuta" },
        { INT64_C(4102441200000), "", "" }, /* 2100 on the wall */
        { INT64_C(946681199999), "", "" },  /* 1999 */
    };
    char text[PTN_LEAVE_SAID_SIZE];

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_string_equal(ptn_leave_said(cases[i].ms, false, text), cases[i].en);
        assert_string_equal(ptn_leave_said(cases[i].ms, true, text), cases[i].sq);
    }
}

static void test_leave_paper__every_minute_of_every_day_fits(void **state)
{
    char text[PTN_LEAVE_SAID_SIZE];

    (void)state;
    for (int64_t ms = INT64_C(946684800000); ms < INT64_C(4102000000000); ms += 86399 * 61000LL) {
        size_t len = strlen(ptn_leave_said(ms, true, text));

        assert_true(len > 20 && len + 1 < PTN_LEAVE_SAID_SIZE);
        assert_string_equal(text + len - 6, "minuta");
    }
}

static void test_leave_paper__a_page_a_person(void **state)
{
    struct ptn_leave leave = good_leave();
    struct ptn_leave_paper paper = { .leave = &leave, .name = name, .deadline_ms = NOVEMBER };
    struct ptn_buffer all = { .len_max = PTN_LEAVE_PAPER_PDF_MAX };
    struct ptn_buffer one = { .len_max = PTN_LEAVE_PAPER_PDF_MAX };
    struct ptn_buffer again = { .len_max = PTN_LEAVE_PAPER_PDF_MAX };

    (void)state;
    assert_true(ptn_ok(ptn_leave_paper_print(&paper, &all, NULL)));
    assert_true(all.len > 2000 && memcmp(all.at, "%PDF-", 5) == 0);
    assert_int_equal(pages_of(&all), 3);
    paper.nth = 3;
    assert_true(ptn_ok(ptn_leave_paper_print(&paper, &one, NULL)));
    assert_true(ptn_ok(ptn_leave_paper_print(&paper, &again, NULL)));
    assert_int_equal(pages_of(&one), 1);
    assert_true(one.len == again.len && memcmp(one.at, again.at, one.len) == 0);
    ptn_buffer_release(&all);
    ptn_buffer_release(&one);
    ptn_buffer_release(&again);
}

static void test_leave_paper__long_texts_go_on_a_further_page(void **state)
{
    char line[PTN_RECORD_LINE_MAX];
    struct ptn_bytes many[PTN_LEAVE_POINT_MAX];
    struct ptn_leave leave = good_leave();
    struct ptn_leave_paper paper = {
        .leave = &leave, .name = name, .deadline_ms = NOVEMBER, .nth = 1
    };
    struct ptn_buffer out = { .len_max = PTN_LEAVE_PAPER_PDF_MAX };

    (void)state;
    memset(line, 'M', sizeof(line));
    for (size_t i = 0; i < PTN_LEAVE_POINT_MAX; i++)
        many[i] = ptn_bytes_of(line, PTN_RECORD_WORD_MAX);
    leave.issuer = leave.contact = leave.liaison = ptn_bytes_of(line, sizeof(line));
    leave.points = many;
    leave.point_count = PTN_LEAVE_POINT_MAX;
    assert_true(ptn_ok(ptn_leave_paper_print(&paper, &out, NULL)));
    assert_true(pages_of(&out) > 1);
    ptn_buffer_release(&out);
}

static void test_leave_paper__what_names_nobody_is_refused(void **state)
{
    struct ptn_leave leave = good_leave();
    struct ptn_leave_paper paper = {
        .leave = &leave, .name = name, .deadline_ms = NOVEMBER, .nth = 4
    };
    struct ptn_buffer out = { .len_max = PTN_LEAVE_PAPER_PDF_MAX };

    (void)state;
    assert_int_equal(ptn_leave_paper_print(&paper, &out, NULL).code, PTN_C_BAD_INPUT);
    paper.nth = 1;
    leave.act = PTN_LEAVE_EXTENDED;
    assert_int_equal(ptn_leave_paper_print(&paper, &out, NULL).code, PTN_C_BAD_INPUT);
    leave = good_leave();
    paper.deadline_ms = INT64_C(4102441200000);
    assert_int_equal(ptn_leave_paper_print(&paper, &out, NULL).code, PTN_C_BAD_INPUT);
    leave.people_count = leave.dependant_count = 0;
    paper.nth = 0;
    paper.deadline_ms = NOVEMBER;
    assert_int_equal(ptn_leave_paper_print(&paper, &out, NULL).code, PTN_C_BAD_INPUT);
    assert_int_equal(out.len, 0);
}

static void test_leave_paper__a_full_buffer_is_as_before(void **state)
{
    struct ptn_leave leave = good_leave();
    struct ptn_leave_paper paper = { .leave = &leave, .name = name, .deadline_ms = NOVEMBER };
    struct ptn_buffer out = { .len_max = 1000 };

    (void)state;
    assert_true(ptn_ok(ptn_buffer_add_text(&out, "before")));
    assert_int_equal(ptn_leave_paper_print(&paper, &out, NULL).code, PTN_C_IO);
    assert_int_equal(out.len, 6);
    ptn_buffer_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_leave_paper__moments_are_said),
        cmocka_unit_test(test_leave_paper__every_minute_of_every_day_fits),
        cmocka_unit_test(test_leave_paper__a_page_a_person),
        cmocka_unit_test(test_leave_paper__long_texts_go_on_a_further_page),
        cmocka_unit_test(test_leave_paper__what_names_nobody_is_refused),
        cmocka_unit_test(test_leave_paper__a_full_buffer_is_as_before),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
