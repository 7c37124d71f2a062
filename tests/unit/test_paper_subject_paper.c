/* Goal: a copy is drawn in both languages, on as many pages as it needs, and the same each time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "paper/subject_paper.h"

#define NOVEMBER INT64_C(1795989600000) /* 2026-11-29T22:00:00Z */

static size_t pages_of(const struct ptn_buffer *pdf)
{
    static const char mark[] = "/Type /Page ";
    size_t count = 0;

    for (size_t i = 0; i + sizeof(mark) < pdf->len; i++)
        count += memcmp(pdf->at + i, mark, sizeof(mark) - 1) == 0 ? 1 : 0;
    return count;
}

static struct ptn_status draw(size_t rows, const char *surname, struct ptn_buffer *out)
{
    const struct ptn_subject_title title = {
        .issuer = PTN_BYTES_LITERAL("UTO"),
        .number = PTN_BYTES_LITERAL("L898902C3"),
        .birth = { 1974, 8, 12 },
        .made_ms = NOVEMBER,
        .centre = PTN_BYTES_LITERAL("centre"),
        .officer = PTN_BYTES_LITERAL("dita"),
    };
    const struct ptn_crossing crossing = { .time_ms = NOVEMBER - 86400000,
                                           .direction = PTN_DIRECTION_ENTRY,
                                           .outcome = PTN_OUTCOME_RECORDED,
                                           .post = PTN_BYTES_LITERAL("airport"),
                                           .person = { .surname = ptn_bytes_from_text(surname) } };
    struct ptn_subject_paper *paper = ptn_subject_paper_open(&title, out);

    assert_non_null(paper);
    for (unsigned part = 0; part < PTN_SUBJECT_PART_COUNT; part++) {
        ptn_subject_paper_part(paper, (enum ptn_subject_part)part);
        for (size_t i = 0; part == 0 && i < rows; i++)
            ptn_subject_paper_crossing(paper, &crossing, i % 2 == 1);
    }
    return ptn_subject_paper_close(paper, NULL);
}

static void test_subject_paper__as_many_pages_as_it_needs(void **state)
{
    struct ptn_buffer one = { .len_max = PTN_SUBJECT_PAPER_PDF_MAX };
    struct ptn_buffer many = { .len_max = PTN_SUBJECT_PAPER_PDF_MAX };
    struct ptn_buffer again = { .len_max = PTN_SUBJECT_PAPER_PDF_MAX };

    (void)state;
    assert_true(ptn_ok(draw(1, "TELISHTI", &one)));
    assert_int_equal(pages_of(&one), 1);
    assert_true(ptn_ok(draw(500, "TELISHTI", &many)));
    assert_in_range(pages_of(&many), 7, 16);
    assert_true(ptn_ok(draw(500, "TELISHTI", &again)));
    assert_int_equal(many.len, again.len);
    assert_memory_equal(many.at, again.at, many.len);
    ptn_buffer_release(&one);
    ptn_buffer_release(&many);
    ptn_buffer_release(&again);
}

/* A name of any length takes the room that it needs. */
static void test_subject_paper__a_long_name_takes_lines(void **state)
{
    char name[PTN_RECORD_LINE_MAX];
    struct ptn_buffer narrow = { .len_max = PTN_SUBJECT_PAPER_PDF_MAX };
    struct ptn_buffer wide = { .len_max = PTN_SUBJECT_PAPER_PDF_MAX };

    (void)state;
    memset(name, 'W', sizeof(name) - 1);
    for (size_t i = 10; i < sizeof(name); i += 10)
        name[i] = ' ';
    name[sizeof(name) - 1] = '\0';
    assert_true(ptn_ok(draw(60, "W", &narrow)));
    assert_true(ptn_ok(draw(60, name, &wide)));
    assert_true(pages_of(&wide) > 3 * pages_of(&narrow));
    ptn_buffer_release(&narrow);
    ptn_buffer_release(&wide);
}

static void test_subject_paper__a_full_buffer_is_left_as_it_was(void **state)
{
    struct ptn_buffer out = { .len_max = 1000 };

    (void)state;
    assert_true(ptn_ok(ptn_buffer_add_text(&out, "before")));
    assert_int_equal(draw(1, "TELISHTI", &out).code, PTN_C_TOO_BIG);
    assert_int_equal(out.len, 6);
    ptn_buffer_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_subject_paper__as_many_pages_as_it_needs),
        cmocka_unit_test(test_subject_paper__a_long_name_takes_lines),
        cmocka_unit_test(test_subject_paper__a_full_buffer_is_left_as_it_was),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
