/* Goal: ISO 9735's syntax, each thing real files get wrong, and every limit from both sides. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "message/edifact.h"

/* A reader and the segment it read last: too large for a stack frame. */
struct reading {
    struct ptn_edifact reader;
    struct ptn_edifact_segment segment;
};

static int set_up(void **state)
{
    *state = calloc(1, sizeof(struct reading));
    return *state == NULL;
}

static int tear_down(void **state)
{
    free(*state);
    return 0;
}

static void open_text(struct reading *reading, const char *text)
{
    assert_true(ptn_ok(ptn_edifact_open(&reading->reader, ptn_bytes_from_text(text), NULL)));
}

static void next(struct reading *reading)
{
    assert_true(ptn_ok(ptn_edifact_next(&reading->reader, &reading->segment)));
}

static void assert_at(const struct reading *reading, size_t element, size_t component,
                      const char *text)
{
    assert_true(ptn_bytes_is(ptn_edifact_at(&reading->segment, element, component), text));
}

static void test_edifact__elements_and_components_are_where_they_stand(void **state)
{
    struct reading *reading = *state;

    open_text(reading, "UNB+UNOA:4++C'SRC'DTM+189:2609011015:201+'");
    next(reading);
    assert_true(ptn_bytes_is(reading->segment.tag, "UNB"));
    assert_int_equal(reading->segment.element_count, 3);
    assert_at(reading, 0, 0, "UNOA");
    assert_at(reading, 0, 1, "4");
    assert_at(reading, 0, 2, "");
    assert_at(reading, 1, 0, "");
    assert_at(reading, 2, 0, "C");
    assert_at(reading, 3, 0, "");
    assert_int_equal(ptn_edifact_component_count(&reading->segment, 0), 2);
    assert_int_equal(ptn_edifact_component_count(&reading->segment, 3), 0);
    next(reading);
    assert_true(ptn_bytes_is(reading->segment.tag, "SRC"));
    assert_int_equal(reading->segment.element_count, 0);
    assert_int_equal(reading->segment.offset, 14);
    next(reading);
    assert_int_equal(reading->segment.element_count, 2);
    assert_at(reading, 0, 2, "201");
    assert_at(reading, 1, 0, "");
    assert_int_equal(ptn_edifact_next(&reading->reader, &reading->segment).code, PTN_C_NOT_FOUND);
    assert_int_equal(ptn_edifact_next(&reading->reader, &reading->segment).code, PTN_C_NOT_FOUND);
}

static void test_edifact__una_says_the_service_characters_or_is_said_to_be_odd(void **state)
{
    static const struct {
        const char *text;
        bool odd;
        const char *second; /* the second component of UNB's first element */
    } heads[] = {
        { "UNA:+.? 'UNB+A:B'", false, "B" }, { "UNA:+.? '\r\n UNB+A:B'", false, "B" },
        { "UNA*|.! ~UNB|A*B~", false, "B" }, { "UNA:+.  'UNB+A?:B'", false, "B" },
        { "UNA:+.'UNB+A:B'", true, "B" },    { "UNA:+.? 'xUNB+A:B'", true, "B" },
        { "UNA::.? 'UNB+A:B'", true, "B" },  { "UNA:+.? +UNB+A:B'", true, "B" },
        { "UNA:+.? :UNB+A:B'", true, "B" },  { "UNA:+.: 'UNB+A:B'", true, "B" },
        { "UNA:+.+ 'UNB+A:B'", true, "B" },  { "UNA:+.' 'UNB+A:B'", true, "B" },
        { "UNA:+.A 'UNB+A:B'", true, "B" },  { "UNAa+.? 'UNB+A:B'", true, "B" },
        { "UNA:0.? 'UNB+A:B'", true, "B" },  { "UNA:+.? \xe2UNB+A:B'", true, "B" },
        { "UNA:+.? \nUNB+A:B'", true, "B" }, { "UNB+A:B'", false, "B" },
        { "junk UNB+A:B'", false, "B" },     { "XUNBY+ UNB+A:B'", false, "B" },
    };
    struct reading *reading = *state;

    for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
        open_text(reading, heads[i].text);
        assert_int_equal(reading->reader.una_odd, heads[i].odd);
        next(reading);
        assert_true(ptn_bytes_is(reading->segment.tag, "UNB"));
        assert_at(reading, 0, 1, heads[i].second);
    }
}

static void test_edifact__released_bytes_and_line_breaks_are_no_syntax(void **state)
{
    static const struct {
        const char *text, *data;
    } datas[] = {
        { "UNB+A?+B'", "A+B" },
        { "UNB+A\?\?'", "A?" },
        { "UNB+A?'B'", "A'B" },
        { "UNB+A?:B?:'", "A:B:" },
        { "UNB+A\r\nB'", "AB" },
        { "UNB+\nA\n'", "A" },
        { "UNB+A?\nB'", "A\nB" },
        { "UNB+A ?B'", "A B" },
        { "UNB+A?", "A" },
        { "UNB+A\xe2\x80\x99s'", "A\xe2\x80\x99s" },
        { "UNB+A?B\xe2\x82\xac'", "AB\xe2\x82\xac" },
    };
    struct reading *reading = *state;

    for (size_t i = 0; i < sizeof(datas) / sizeof(datas[0]); i++) {
        open_text(reading, datas[i].text);
        next(reading);
        assert_at(reading, 0, 0, datas[i].data);
    }
}

static void test_edifact__a_typographic_quote_ends_a_segment_where_a_tag_follows(void **state)
{
    static const char *const texts[] = { "UNB+A\xe2\x80\x99\nUNH+1'", "UNB+A\xe2\x80\x98UNH+1'",
                                         "UNB+A\xe2\x80\x99UNH'" };
    struct reading *reading = *state;

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        open_text(reading, texts[i]);
        next(reading);
        assert_true(reading->segment.odd_end);
        assert_at(reading, 0, 0, "A");
        next(reading);
        assert_false(reading->segment.odd_end);
        assert_true(ptn_bytes_is(reading->segment.tag, "UNH"));
    }
    open_text(reading, "UNB+A\xe2\x80\x99  ");
    next(reading);
    assert_true(reading->segment.odd_end);
    open_text(reading, "UNB+A\xe2\x80\x9aUNH+1'");
    next(reading);
    assert_false(reading->segment.odd_end);
}

static void test_edifact__the_end_of_the_input_is_told(void **state)
{
    struct reading *reading = *state;

    open_text(reading, "UNB+A'13Nov09");
    next(reading);
    assert_false(reading->segment.unterminated);
    next(reading);
    assert_true(reading->segment.unterminated);
    assert_true(ptn_bytes_is(reading->segment.tag, "13Nov09"));
    open_text(reading, "\x02UNB+A\x03 trailing UNB+B'");
    next(reading);
    assert_true(reading->segment.unterminated);
    assert_at(reading, 0, 0, "A");
    assert_int_equal(ptn_edifact_next(&reading->reader, &reading->segment).code, PTN_C_NOT_FOUND);
}

static void test_edifact__a_blank_beside_a_tag_and_a_colon_in_it(void **state)
{
    struct reading *reading = *state;

    open_text(reading, "UNB+A'UNG +B'X:Y+C'");
    next(reading);
    assert_false(reading->segment.blank_in_tag);
    next(reading);
    assert_true(reading->segment.blank_in_tag);
    assert_true(ptn_bytes_is(reading->segment.tag, "UNG"));
    next(reading);
    assert_true(ptn_bytes_is(reading->segment.tag, "X:Y"));
}

/* "UNB" with count elements (or components of one element), each "x". */
static void many(char *text, size_t count, char separator)
{
    char *at = text;

    memcpy(at, "UNB+x", 5);
    at += 5;
    for (size_t i = 1; i < count; i++) {
        *at++ = separator;
        *at++ = 'x';
    }
    memcpy(at, "'UNH'", 6);
}

static void test_edifact__more_than_there_is_room_for_is_cut_and_said(void **state)
{
    struct reading *reading = *state;
    char text[4096];

    for (size_t over = 0; over < 2; over++) {
        many(text, PTN_EDIFACT_ELEMENTS_MAX + over, '+');
        open_text(reading, text);
        next(reading);
        assert_int_equal(reading->segment.cut, over == 1);
        assert_int_equal(reading->segment.element_count, PTN_EDIFACT_ELEMENTS_MAX);
        many(text, PTN_EDIFACT_COMPONENTS_MAX + over, ':');
        open_text(reading, text);
        next(reading);
        assert_int_equal(reading->segment.cut, over == 1);
        assert_int_equal(ptn_edifact_component_count(&reading->segment, 0),
                         PTN_EDIFACT_COMPONENTS_MAX);
        next(reading);
        assert_true(ptn_bytes_is(reading->segment.tag, "UNH"));
    }
}

static void test_edifact__a_segment_past_the_limit_is_stepped_over(void **state)
{
    struct reading *reading = *state;
    size_t size = PTN_EDIFACT_SEGMENT_MAX + 64;
    char *text = malloc(size);

    assert_non_null(text);
    for (size_t len = PTN_EDIFACT_SEGMENT_MAX - 1; len <= PTN_EDIFACT_SEGMENT_MAX + 1; len++) {
        memset(text, 'x', len);
        memcpy(text, "UNB+", 4);
        memcpy(text + len, "?'y'UNH'", 9);
        open_text(reading, text);
        next(reading);
        assert_true(reading->segment.too_long);
        assert_int_equal(reading->segment.element_count, 0);
        assert_false(reading->segment.unterminated);
        next(reading);
        assert_true(ptn_bytes_is(reading->segment.tag, "UNH"));
    }
    text[PTN_EDIFACT_SEGMENT_MAX + 8] = '\0';
    memset(text + 4, 'x', PTN_EDIFACT_SEGMENT_MAX + 4);
    open_text(reading, text);
    next(reading);
    assert_true(reading->segment.too_long);
    assert_true(reading->segment.unterminated);
    free(text);
}

static void test_edifact__no_interchange_is_found_past_the_first_4096_bytes(void **state)
{
    struct reading *reading = *state;
    struct ptn_diag diag = { 0 };
    char text[4200];

    for (size_t at = 4092; at <= 4095; at++) {
        memset(text, ' ', sizeof(text));
        memcpy(text + at, "UNB+A'", 7);
        assert_int_equal(ptn_edifact_open(&reading->reader, ptn_bytes_from_text(text), &diag).code,
                         at <= 4093 ? PTN_C_OK : PTN_C_BAD_INPUT);
    }
    assert_non_null(diag.text);
    assert_int_equal(ptn_edifact_open(&reading->reader, PTN_BYTES_NONE, NULL).code,
                     PTN_C_BAD_INPUT);
}

#define TEST(name) cmocka_unit_test_setup_teardown(test_edifact__##name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(elements_and_components_are_where_they_stand),
        TEST(una_says_the_service_characters_or_is_said_to_be_odd),
        TEST(released_bytes_and_line_breaks_are_no_syntax),
        TEST(a_typographic_quote_ends_a_segment_where_a_tag_follows),
        TEST(the_end_of_the_input_is_told),
        TEST(a_blank_beside_a_tag_and_a_colon_in_it),
        TEST(more_than_there_is_room_for_is_cut_and_said),
        TEST(a_segment_past_the_limit_is_stepped_over),
        TEST(no_interchange_is_found_past_the_first_4096_bytes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
