#include "base/text.h"

#include "fault.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* ---- UTF-8 ---- */

static void test_utf8__every_code_point_there_and_back(void **state)
{
    (void)state;
    for (uint32_t code_point = 0; code_point <= 0x110000; code_point++) {
        bool known = code_point <= 0x10ffff && (code_point < 0xd800 || code_point > 0xdfff);
        uint8_t bytes[4];
        size_t len = ptn_utf8_put(code_point, bytes);
        size_t offset = 0;

        if (ptn_utf8_next(ptn_bytes_of(bytes, len), &offset) !=
                (known ? code_point : PTN_CODE_POINT_BAD) ||
            offset != len || !ptn_utf8_valid(ptn_bytes_of(bytes, len), NULL))
            fail_msg("U+%04X", code_point);
    }
}

static void test_utf8__lengths_change_where_the_standard_says(void **state)
{
    static const struct {
        uint32_t code_point;
        size_t len;
    } cases[] = { { 0, 1 },      { 0x7f, 1 },    { 0x80, 2 },     { 0x7ff, 2 },  { 0x800, 3 },
                  { 0xffff, 3 }, { 0x10000, 4 }, { 0x10ffff, 4 }, { 0xd800, 3 }, { 0x110000, 3 } };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        uint8_t bytes[4];

        assert_int_equal(ptn_utf8_put(cases[i].code_point, bytes), cases[i].len);
    }
}

/* Each is ill-formed from its offset on: overlong, surrogate, past the end of Unicode, cut short,
 * stray. */
static void test_utf8__ill_formed_bytes_are_located(void **state)
{
    static const struct {
        const char *text;
        size_t offset;
    } cases[] = {
        { "\x80", 0 },
        { "a\xbf", 1 },
        { "\xc0\x80", 0 },
        { "\xc1\xbf", 0 },
        { "\xe0\x9f\xbf", 0 },
        { "\xf0\x8f\xbf\xbf", 0 },
        { "ab\xed\xa0\x80", 2 },
        { "\xed\xbf\xbf", 0 },
        { "\xf4\x90\x80\x80", 0 },
        { "\xf5\x80\x80\x80", 0 },
        { "\xff", 0 },
        { "\xc3", 0 },
        { "\xe2\x82", 0 },
        { "\xf0\x9f\x92", 0 },
        { "\xc3(", 0 },
        { "\xe2(\x82", 0 },
        { "\xe2\x82(", 0 },
        { "\xf0\x9f\x92(", 0 },
        { "12345678\x80", 8 },
        { "1234567\xc3\xab\xc3", 9 },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct ptn_bytes text = ptn_bytes_from_text(cases[i].text);
        size_t offset = 99;
        size_t next = cases[i].offset;

        assert_false(ptn_utf8_valid(text, &offset));
        assert_int_equal(offset, cases[i].offset);
        assert_false(ptn_utf8_valid(text, NULL));
        assert_int_equal(ptn_utf8_next(text, &next), PTN_CODE_POINT_BAD);
        assert_int_equal(next, cases[i].offset + 1);
    }
    assert_true(ptn_utf8_valid(PTN_BYTES_NONE, NULL));
    assert_true(ptn_utf8_valid(PTN_BYTES_LITERAL("\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbd"), NULL));
}

/* ---- JSON ---- */

static void test_json__texts_are_escaped_where_they_must_be(void **state)
{
    static const struct {
        const char *text;
        const char *json;
    } cases[] = {
        { "", "\"\"" },
        { "plain", "\"plain\"" },
        { "\"\\/", "\"\\\"\\\\/\"" },
        { "\b\f\n\r\t", "\"\\b\\f\\n\\r\\t\"" },
        { "\x01\x1f\x7f", "\"\\u0001\\u001f\x7f\"" },
        { "\xc3\xab\xe2\x82\xac\xf0\x9f\x9b\x82", "\"\xc3\xab\xe2\x82\xac\xf0\x9f\x9b\x82\"" },
        { "a\x80z", "\"a\xef\xbf\xbdz\"" },
        { "\xed\xa0\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"" },
        { "cut\xe2\x82", "\"cut\xef\xbf\xbd\xef\xbf\xbd\"" },
        { "12345678\"", "\"12345678\\\"\"" },
        { "1234567\n890123456789", "\"1234567\\n890123456789\"" },
        { "1234\\678", "\"1234\\\\678\"" },
    };
    struct ptn_buffer out;

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct ptn_json json = { .out = &out };

        ptn_buffer_init(&out, 1000);
        ptn_json_text(&json, ptn_bytes_from_text(cases[i].text));
        assert_true(ptn_ok(ptn_json_end(&json)));
        assert_true(ptn_bytes_is(ptn_buffer_bytes(&out), cases[i].json));
        ptn_buffer_release(&out);
    }
}

/* The fast way looks at eight bytes at once: every byte at every place among them. */
static void test_json__every_byte_at_every_place_of_eight(void **state)
{
    (void)state;
    for (unsigned byte = 0; byte < 256; byte++) {
        for (size_t place = 0; place < 17; place++) {
            char text[17];
            struct ptn_buffer out;
            struct ptn_json json = { .out = &out };
            bool plain = byte >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\';
            size_t len;

            memset(text, '!', sizeof(text));
            text[place] = (char)byte;
            ptn_buffer_init(&out, 1000);
            ptn_json_text(&json, ptn_bytes_of(text, sizeof(text)));
            assert_true(ptn_ok(ptn_json_end(&json)));
            len = byte >= 0x80                                       ? 3
                  : plain                                            ? 1
                  : strchr("\"\\\b\f\n\r\t", (int)byte) && byte != 0 ? 2
                                                                     : 6;
            assert_int_equal(out.len, 2 + 16 + len);
            assert_int_equal(out.at[1 + place], byte >= 0x80 ? 0xef
                                                : plain      ? (uint8_t)byte
                                                             : (uint8_t)'\\');
            ptn_buffer_release(&out);
        }
    }
}

static void test_json__numbers_and_decimals(void **state)
{
    static const struct {
        int64_t value;
        unsigned decimals;
        const char *json;
    } cases[] = {
        { 0, 0, "0" },
        { 7, 0, "7" },
        { -7, 0, "-7" },
        { 9123, 4, "0.9123" },
        { 10000, 4, "1.0000" },
        { 5, 4, "0.0005" },
        { 0, 2, "0.00" },
        { -5, 2, "-0.05" },
        { 12345, 2, "123.45" },
        { INT64_MAX, 0, "9223372036854775807" },
        { INT64_MIN, 0, "-9223372036854775808" },
        { INT64_MAX, 18, "9.223372036854775807" },
        { INT64_MIN, 18, "-9.223372036854775808" },
        { 1, 18, "0.000000000000000001" },
        { -1, 18, "-0.000000000000000001" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct ptn_buffer out;
        struct ptn_json json = { .out = &out };

        ptn_buffer_init(&out, 1000);
        ptn_json_decimal(&json, cases[i].value, cases[i].decimals);
        assert_true(ptn_ok(ptn_json_end(&json)));
        assert_true(ptn_bytes_is(ptn_buffer_bytes(&out), cases[i].json));
        ptn_buffer_clear(&out);
        json = (struct ptn_json){ .out = &out };
        ptn_json_number(&json, cases[i].value);
        assert_true(ptn_ok(ptn_json_end(&json)));
        if (cases[i].decimals == 0)
            assert_true(ptn_bytes_is(ptn_buffer_bytes(&out), cases[i].json));
        ptn_buffer_release(&out);
    }
}

static void write_sample(struct ptn_json *json)
{
    ptn_json_object(json);
    ptn_json_field_text(json, "a", PTN_BYTES_LITERAL("x"));
    ptn_json_field_text_if(json, "left out", PTN_BYTES_NONE);
    ptn_json_field_text_if(json, "b", PTN_BYTES_LITERAL("y"));
    ptn_json_key(json, "list");
    ptn_json_array(json);
    ptn_json_array(json);
    ptn_json_array_end(json);
    ptn_json_object(json);
    ptn_json_object_end(json);
    ptn_json_null(json);
    ptn_json_bool(json, true);
    ptn_json_array_end(json);
    ptn_json_field_number(json, "n", -3);
    ptn_json_field_bool(json, "f", false);
    ptn_json_object_end(json);
}

static const char sample[] =
    "{\"a\":\"x\",\"b\":\"y\",\"list\":[[],{},null,true],\"n\":-3,\"f\":false}";

static void test_json__commas_and_colons_are_where_they_belong(void **state)
{
    struct ptn_buffer out;
    struct ptn_json json = { .out = &out };

    (void)state;
    ptn_buffer_init(&out, 1000);
    write_sample(&json);
    assert_true(ptn_ok(ptn_json_end(&json)));
    assert_true(ptn_bytes_is(ptn_buffer_bytes(&out), sample));
    ptn_buffer_release(&out);
}

static void test_json__a_full_buffer_is_said_at_the_end(void **state)
{
    (void)state;
    for (size_t cap = 0; cap <= sizeof(sample); cap++) {
        struct ptn_buffer out;
        struct ptn_json json = { .out = &out };

        ptn_buffer_init(&out, cap);
        write_sample(&json);
        assert_int_equal(ptn_json_end(&json).code,
                         cap >= sizeof(sample) - 1 ? PTN_C_OK : PTN_C_TOO_BIG);
        ptn_buffer_release(&out);
    }
}

static void test_json__no_memory_is_said_at_the_end(void **state)
{
    struct ptn_buffer out;
    struct ptn_json json = { .out = &out };

    (void)state;
    ptn_buffer_init(&out, 1000);
    fault_allocation(1, FAULT_ONCE);
    write_sample(&json);
    assert_true(fault_off());
    assert_int_equal(ptn_json_end(&json).code, PTN_C_NO_MEMORY);
    assert_int_equal(out.len, 0);
    ptn_buffer_release(&out);
}

static void test_json__nesting_has_a_limit(void **state)
{
    (void)state;
    for (unsigned depth = PTN_JSON_DEPTH_MAX - 1; depth <= PTN_JSON_DEPTH_MAX + 2; depth++) {
        struct ptn_buffer out;
        struct ptn_json json = { .out = &out };

        ptn_buffer_init(&out, 1000);
        for (unsigned i = 0; i < depth; i++)
            ptn_json_array(&json);
        ptn_json_number(&json, 1);
        for (unsigned i = 0; i < depth; i++)
            ptn_json_array_end(&json);
        assert_int_equal(ptn_json_end(&json).code,
                         depth <= PTN_JSON_DEPTH_MAX ? PTN_C_OK : PTN_C_TOO_BIG);
        if (depth <= PTN_JSON_DEPTH_MAX)
            assert_int_equal(out.len, 2 * depth + 1);
        ptn_buffer_release(&out);
    }
}

/* ---- lines ---- */

/* A stream that gives at most step bytes at a time, and IO where fail_at says. */
struct stream {
    struct ptn_cursor cursor;
    size_t step;
    size_t fail_at; /* this call, from 1, fails once; 0: none */
    size_t calls;
};

static struct ptn_status read_stream(void *context, uint8_t *at, size_t len, size_t *ret_len)
{
    struct stream *stream = context;
    struct ptn_bytes piece;
    size_t left = ptn_cursor_left(&stream->cursor);

    stream->calls++;
    if (stream->calls == stream->fail_at)
        return (struct ptn_status){ PTN_C_IO };
    len = len < stream->step ? len : stream->step;
    len = len < left ? len : left;
    assert_true(ptn_ok(ptn_cursor_take(&stream->cursor, len, &piece)));
    if (len > 0)
        memcpy(at, piece.at, len);
    *ret_len = len;
    return PTN_OK;
}

static void test_lines__ends_and_caps_whatever_the_pieces(void **state)
{
    /* Cap 4. NULL: too long. */
    static const struct {
        const char *text;
        const char *lines[5];
        size_t count;
    } cases[] = {
        { "", { NULL }, 0 },
        { "a", { "a" }, 1 },
        { "a\n", { "a" }, 1 },
        { "a\r\nb\r", { "a", "b" }, 2 },
        { "\n\r\n\n", { "", "", "" }, 3 },
        { "1234\n12345\n1", { "1234", NULL, "1" }, 3 },
        { "1234\r\n12345\r\n1", { "1234", NULL, "1" }, 3 },
        { "1234\r5\n1", { NULL, "1" }, 2 },
        { "1234\r\r\n1", { NULL, "1" }, 2 },
        { "12345", { NULL }, 1 },
        { "1234\r", { "1234" }, 1 },
        { "123456789012\n\n1", { NULL, "", "1" }, 3 },
        { "123456789012", { NULL }, 1 },
        { "123\r\n", { "123" }, 1 },
        { "a\rb\n", { "a\rb" }, 1 },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        for (size_t step = 1; step < 8; step++) {
            struct stream stream = { ptn_cursor_at(ptn_bytes_from_text(cases[i].text)), step, 0,
                                     0 };
            struct ptn_lines *lines = ptn_lines_new(read_stream, &stream, 4);
            struct ptn_bytes line = PTN_BYTES_NONE;
            size_t number = 0;

            assert_non_null(lines);
            for (size_t k = 0; k < cases[i].count; k++) {
                struct ptn_status status = ptn_lines_next(lines, &line, &number);

                assert_int_equal(status.code, cases[i].lines[k] != NULL ? PTN_C_OK : PTN_C_TOO_BIG);
                assert_int_equal(number, k + 1);
                if (ptn_ok(status))
                    assert_true(ptn_bytes_is(line, cases[i].lines[k]));
            }
            for (unsigned again = 0; again < 2; again++)
                assert_int_equal(ptn_lines_next(lines, &line, &number).code, PTN_C_NOT_FOUND);
            ptn_lines_free(lines);
        }
    }
    ptn_lines_free(NULL);
}

static void test_lines__a_failed_read_loses_nothing(void **state)
{
    (void)state;
    for (size_t fail_at = 1; fail_at < 12; fail_at++) {
        struct stream stream = { ptn_cursor_at(PTN_BYTES_LITERAL("ab\n123456789\ncd")), 2, fail_at,
                                 0 };
        struct ptn_lines *lines = ptn_lines_new(read_stream, &stream, 4);
        enum ptn_code codes[5] = { PTN_C_OK };
        struct ptn_bytes line = PTN_BYTES_NONE;
        size_t count = 0;
        size_t number = 0;
        bool failed = false;

        assert_non_null(lines);
        do {
            codes[count] = ptn_lines_next(lines, &line, &number).code;
            if (codes[count] == PTN_C_IO)
                failed = true;
            else
                count++;
        } while (count < COUNT(codes) && (count == 0 || codes[count - 1] != PTN_C_NOT_FOUND));
        assert_int_equal(failed, fail_at <= 9);
        assert_int_equal(count, 4);
        for (size_t i = 0; i < 3; i++)
            assert_int_equal(codes[i], i == 1 ? PTN_C_TOO_BIG : PTN_C_OK);
        assert_true(ptn_bytes_is(line, "cd"));
        assert_int_equal(number, 3);
        ptn_lines_free(lines);
    }
}

/* Lines longer than one read, and memory that does not come: the same lines in the end. */
static void test_lines__long_lines_survive_every_failing_allocation(void **state)
{
    static char text[400001];
    unsigned long nth = 0;
    bool fired;

    (void)state;
    memset(text, 'x', sizeof(text));
    text[200000] = '\n';
    do {
        struct stream stream = { ptn_cursor_at(ptn_bytes_of(text, sizeof(text))), 70000, 0, 0 };
        struct ptn_bytes line = PTN_BYTES_NONE;
        size_t number = 0;
        struct ptn_lines *lines;
        size_t count = 0;

        fault_allocation(++nth, FAULT_ONCE);
        lines = ptn_lines_new(read_stream, &stream, 200000);
        for (unsigned tries = 0; lines != NULL && tries < 10; tries++) {
            struct ptn_status status = ptn_lines_next(lines, &line, &number);

            if (status.code == PTN_C_NO_MEMORY)
                continue;
            if (status.code == PTN_C_NOT_FOUND)
                break;
            assert_true(ptn_ok(status));
            assert_int_equal(line.len, 200000);
            count++;
        }
        fired = fault_off();
        assert_int_equal(count, lines == NULL ? 0 : 2);
        ptn_lines_free(lines);
    } while (fired);
    assert_true(nth > 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_utf8__every_code_point_there_and_back),
        cmocka_unit_test(test_utf8__lengths_change_where_the_standard_says),
        cmocka_unit_test(test_utf8__ill_formed_bytes_are_located),
        cmocka_unit_test(test_json__texts_are_escaped_where_they_must_be),
        cmocka_unit_test(test_json__every_byte_at_every_place_of_eight),
        cmocka_unit_test(test_json__numbers_and_decimals),
        cmocka_unit_test(test_json__commas_and_colons_are_where_they_belong),
        cmocka_unit_test(test_json__a_full_buffer_is_said_at_the_end),
        cmocka_unit_test(test_json__no_memory_is_said_at_the_end),
        cmocka_unit_test(test_json__nesting_has_a_limit),
        cmocka_unit_test(test_lines__ends_and_caps_whatever_the_pieces),
        cmocka_unit_test(test_lines__a_failed_read_loses_nothing),
        cmocka_unit_test(test_lines__long_lines_survive_every_failing_allocation),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
