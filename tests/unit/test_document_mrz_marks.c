/* tests/unit/test_document_mrz_marks.c -- document/mrz_marks: what is right, wrong or open while an
 * MRZ is being typed. */
#include "document/mrz.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static const struct ptn_date today = { 2026, 9, 1 };

#define TD3                                                                                        \
    "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C36UTO7408122F1204159ZE184226B<<<<<10"
#define TD1                                                                                        \
    "I<UTOD231458907<<<<<<<<<<<<<<<\n7408122F1204159UTO<<<<<<<<<<<6\nERIKSSON<<ANNA<MARIA<<<<<<<<" \
    "<<"

static struct ptn_mrz_marks marks_of(const char *text)
{
    struct ptn_mrz_marks marks;

    assert_true(ptn_ok(ptn_mrz_marks(ptn_bytes_from_text(text), today, &marks, NULL)));
    return marks;
}

/* The mark of a field: 'r'ight, 'w'rong, 'o'pen, or '-' when there is none. */
static char state_of(const struct ptn_mrz_marks *marks, const char *what)
{
    for (unsigned i = 0; i < marks->count; i++)
        if (strcmp(marks->marks[i].what, what) == 0)
            return "orw"[marks->marks[i].state];
    return '-';
}

static void test_marks__format_is_guessed_from_what_is_there(void **state)
{
    static const struct {
        const char *text;
        const char *format;
    } cases[] = {
        { "", "?" },
        { "P", "TD3" },
        { "V", "MRV-A" },
        { "I", "TD1" },
        { "C<", "TD1" },
        { "AC", "TD1" },
        { "X", "?" },
        { "9", "?" },
        { "I<UTOD231458907<<<<<<<<<<<<<<<", "TD1" },
        { "I<UTOERIKSSON<<ANNA<MARIA<<<<<<<", "TD2" },
        { "I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<\n", "TD2" },
        { "I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<\nD", "TD2" },
        { "I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<\nD", "TD3" },
        { "I<UTOD231458907<<<<<<<<<<<<<<<7408122F1204159UT", "TD1" },
        { "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<\nD", "TD2" },
        { "V<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<\nL", "MRV-B" },
        { "V<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL", "MRV-A" },
        { "I<SVKNOVAK<<JAN<<<<<<<<<<<<<<<<<<<\n1", "SVK-34" },
        { "I<CZENOVAK<<JAN<<<<<<<<<<<<<<<<<<<\n1", "TD2" },
        { "IDFRABERTHIER<<<<<<<<<<<<<<<<<<<<<<<\n8806923102858", "FRA-ID" },
        { "IDFRABERTHIER<<<<<<<<<<<<<<<<<<<<<<<\n88069231028", "TD2" },
        { "XXUTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL", "TD3" },
        { "XXUTOERIKSSON\nL", "?" },
        { "I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<", "TD3" },
        { "I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<D231458907", "TD2" },
        { "V<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<L8988901C4XXX4", "MRV-A" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct ptn_mrz_marks marks = marks_of(cases[i].text);

        assert_string_equal(ptn_mrz_format_name(marks.format), cases[i].format);
        assert_false(marks.complete);
        assert_int_equal(marks.lines_wanted == 0, strcmp(cases[i].format, "?") == 0);
    }
}

/* Every text on the way to a whole MRZ, letter by letter: nothing right is ever marked wrong, and
 * the end is complete. */
static void test_marks__typing_a_right_mrz_never_shows_a_fault(void **state)
{
    static const char *const texts[] = {
        TD3,
        TD1,
        "I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<\nD231458907UTO7408122F1204159<<<<<<<6",
        "I<UTOSTEVENSON<<PETER<JOHN<<<<<<<<<<\nD23145890<UTO3407127M95071227349<<<8",
        "V<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL8988901C4XXX4009078F96121096ZE184226B<<<<<"
        "<",
        "I<UTOD23145890<7349<<<<<<<<<<<3407127M9507122UTO<<<<<<<<<<<2STEVENSON<<PETER<JOHN<<<<<<<<"
        "<",
        "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<L898902C36UTO7408122F1204159ZE184226B<<<<<10",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        size_t len = strlen(texts[i]);

        for (size_t n = 1; n <= len; n++) {
            struct ptn_mrz_marks marks;
            unsigned position = 0;

            assert_true(ptn_ok(ptn_mrz_marks(ptn_bytes_of(texts[i], n), today, &marks, NULL)));
            for (unsigned m = 0; m < marks.count; m++) {
                const struct ptn_mrz_mark *mark = &marks.marks[m];

                assert_true(mark->length > 0 && mark->line >= 1 && mark->column >= 1);
                assert_true(mark->line * 100u + mark->column > position);
                position = mark->line * 100u + mark->column;
                /* TD2 begins like TD1, so a half typed first line may look like one. */
                if (mark->state == PTN_MRZ_MARK_WRONG && strchr(texts[i], '\n') != texts[i] + 36)
                    fail_msg("text %zu after %zu characters: %s is wrong", i, n, mark->what);
            }
            assert_int_equal(marks.complete, n == len);
        }
    }
}

static void test_marks__fields_turn_right_or_wrong_with_their_digit(void **state)
{
    struct ptn_mrz_marks marks =
        marks_of("P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C3");

    (void)state;
    assert_int_equal(state_of(&marks, "number"), 'o');
    assert_int_equal(state_of(&marks, "number-check"), '-');
    assert_int_equal(state_of(&marks, "type"), 'o');
    assert_int_equal(state_of(&marks, "issuer"), 'r');
    assert_int_equal(state_of(&marks, "name"), 'o');
    marks = marks_of("P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C36");
    assert_int_equal(state_of(&marks, "number"), 'r');
    assert_int_equal(state_of(&marks, "number-check"), 'r');
    marks = marks_of("P<ZZZER1KSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C37UT074081");
    assert_int_equal(state_of(&marks, "number"), 'w');
    assert_int_equal(state_of(&marks, "number-check"), 'w');
    assert_int_equal(state_of(&marks, "issuer"), 'w');
    assert_int_equal(state_of(&marks, "name"), 'w');
    assert_int_equal(state_of(&marks, "nationality"), 'w');
    assert_int_equal(state_of(&marks, "birth"), 'o');
    marks = marks_of("P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C36UTO7413122X12O4");
    assert_int_equal(state_of(&marks, "birth"), 'w'); /* month 13 */
    assert_int_equal(state_of(&marks, "sex"), 'w');
    assert_int_equal(state_of(&marks, "expiry"), 'w'); /* a letter */
    marks = marks_of("P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<"
                     "\nL898902C36UTO7408122F1202309ZE184226B<<<<<20");
    assert_int_equal(state_of(&marks, "birth"), 'r');
    assert_int_equal(state_of(&marks, "birth-check"), 'r');
    assert_int_equal(state_of(&marks, "sex"), 'r');
    assert_int_equal(state_of(&marks, "expiry"), 'w'); /* 30 February */
    assert_int_equal(state_of(&marks, "optional"), 'w');
    assert_int_equal(state_of(&marks, "personal-check"), 'w');
    assert_int_equal(state_of(&marks, "composite-check"), 'w');
    assert_true(marks.complete);
    marks = marks_of("P<UTOERIKS?ON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\n");
    assert_int_equal(state_of(&marks, "name"), 'w');
}

static void test_marks__codes_and_sex_by_their_meaning(void **state)
{
    struct ptn_mrz_marks marks =
        marks_of("P<D<<MUSTERMANN<<ERIKA<<<<<<<<<<<<<<<<<<<<<<\nC01XGY7661<<<6408125<");

    (void)state;
    assert_int_equal(state_of(&marks, "issuer"), 'r');
    assert_int_equal(state_of(&marks, "nationality"), 'w');
    assert_int_equal(state_of(&marks, "sex"), 'r');
    marks = marks_of("P<D<<MUSTERMANN<<ERIKA<<<<<<<<<<<<<<<<<<<<<<\nC01XGY7661D<<6408125M");
    assert_int_equal(state_of(&marks, "nationality"), 'r');
    assert_int_equal(state_of(&marks, "sex"), 'r');
}

/* The last digit of TD1 covers the first line too: it says nothing while that is short. */
static void test_marks__composite_waits_for_every_line(void **state)
{
    struct ptn_mrz_marks marks =
        marks_of("I<UTOD231458907<<<<<<<<<\n7408122F1204159UTO<<<<<<<<<<<6\nERIKSSON");

    (void)state;
    assert_int_equal(state_of(&marks, "composite-check"), 'o');
    assert_int_equal(state_of(&marks, "too-short"), 'w');
}

static void test_marks__lengths_that_cannot_be(void **state)
{
    struct ptn_mrz_marks marks = marks_of("P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<"
                                          "\nL898902C36UTO7408122F1204159ZE184226B<<<<<10<<<");

    (void)state;
    assert_int_equal(state_of(&marks, "too-long"), 'w');
    assert_false(marks.complete);
    assert_int_equal(marks.marks[marks.count - 1].column, 45);
    assert_int_equal(marks.marks[marks.count - 1].length, 3);
    marks = marks_of("P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<\nL898902C36UTO");
    assert_int_equal(state_of(&marks, "too-short"), 'w');
    marks = marks_of(TD1 "\n" TD1);
    assert_false(marks.complete);
    assert_int_equal(marks.line_count, 3);
    marks = marks_of(TD3 "\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
                         "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
    assert_false(marks.complete);
    marks = marks_of(TD3 "\nP");
    assert_false(marks.complete);
}

static void test_marks__text_at_its_limit(void **state)
{
    static char text[PTN_MRZ_TEXT_MAX + 2];
    struct ptn_mrz_marks marks = { .count = 77 };
    struct ptn_diag diag = { 0 };

    (void)state;
    memset(text, 'P', sizeof(text) - 1);
    assert_int_equal(ptn_mrz_marks(ptn_bytes_from_text(text), today, &marks, &diag).code,
                     PTN_C_TOO_BIG);
    assert_int_equal(marks.count, 77);
    text[PTN_MRZ_TEXT_MAX] = '\0';
    assert_true(ptn_ok(ptn_mrz_marks(ptn_bytes_from_text(text), today, &marks, NULL)));
}

static void expect_json(const char *text, const char *wanted)
{
    struct ptn_mrz_marks marks = marks_of(text);
    struct ptn_buffer out;
    struct ptn_json json = { .out = &out };

    ptn_buffer_init(&out, 1u << 16);
    ptn_json_object(&json);
    ptn_mrz_marks_write_json_members(&json, &marks);
    ptn_json_object_end(&json);
    assert_true(ptn_ok(ptn_json_end(&json)));
    assert_true(ptn_ok(ptn_buffer_add_u8(&out, 0)));
    if (strstr((const char *)out.at, wanted) == NULL)
        fail_msg("no %s in %s", wanted, (const char *)out.at);
    ptn_buffer_release(&out);
}

static void test_marks__json_for_the_lane_page(void **state)
{
    (void)state;
    expect_json("p<ut", "{\"lines\":[\"P<UT\"],\"wanted\":{\"format\":\"TD3\",\"lines\":2,"
                        "\"length\":44},\"marks\":[{\"line\":1,"
                        "\"column\":1,\"length\":2,\"what\":\"type\",\"ok\":null},{\"line\":1,"
                        "\"column\":3,\"length\":2,"
                        "\"what\":\"issuer\",\"ok\":null}],\"complete\":false}");
    expect_json(TD3, "\"what\":\"number\",\"ok\":true}");
    expect_json(TD3, "\"complete\":true}");
    expect_json("P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C30",
                "\"what\":\"number-check\",\"ok\":false}");
    expect_json("", "{\"lines\":[],\"wanted\":{\"format\":\"?\",\"lines\":0,\"length\":0},"
                    "\"marks\":[],\"complete\":false}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_marks__format_is_guessed_from_what_is_there),
        cmocka_unit_test(test_marks__typing_a_right_mrz_never_shows_a_fault),
        cmocka_unit_test(test_marks__fields_turn_right_or_wrong_with_their_digit),
        cmocka_unit_test(test_marks__codes_and_sex_by_their_meaning),
        cmocka_unit_test(test_marks__composite_waits_for_every_line),
        cmocka_unit_test(test_marks__lengths_that_cannot_be),
        cmocka_unit_test(test_marks__text_at_its_limit),
        cmocka_unit_test(test_marks__json_for_the_lane_page),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
