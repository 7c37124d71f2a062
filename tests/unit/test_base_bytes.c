#include "base/bytes.h"

#include "fault.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* ---- views ---- */

static void test_bytes__compare_is_bytewise_and_shorter_first(void **state)
{
    static const struct {
        const char *a;
        const char *b;
        int sign;
    } cases[] = {
        { "", "", 0 },     { "", "a", -1 },        { "a", "", 1 },
        { "a", "a", 0 },   { "a", "b", -1 },       { "ab", "a", 1 },
        { "a", "ab", -1 }, { "\x7f", "\x80", -1 }, { "z", "\xff", -1 },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct ptn_bytes a = ptn_bytes_from_text(cases[i].a);
        struct ptn_bytes b = ptn_bytes_from_text(cases[i].b);
        int order = ptn_bytes_compare(a, b);

        assert_int_equal((order > 0) - (order < 0), cases[i].sign);
        assert_int_equal(ptn_bytes_equal(a, b), cases[i].sign == 0);
        assert_int_equal(ptn_bytes_is(a, cases[i].b), cases[i].sign == 0);
    }
    assert_int_equal(ptn_bytes_compare(PTN_BYTES_NONE, PTN_BYTES_NONE), 0);
    assert_true(ptn_bytes_is(PTN_BYTES_NONE, ""));
}

static void test_bytes__slice_never_leaves_the_view(void **state)
{
    static const struct {
        size_t offset;
        size_t len;
        const char *slice;
    } cases[] = {
        { 0, 3, "abc" },      { 0, SIZE_MAX, "abc" }, { 1, 1, "b" },       { 2, 1, "c" },
        { 2, SIZE_MAX, "c" }, { 3, 1, "" },           { SIZE_MAX, 1, "" }, { 1, 0, "" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_true(
            ptn_bytes_is(ptn_bytes_slice(PTN_BYTES_LITERAL("abc"), cases[i].offset, cases[i].len),
                         cases[i].slice));
}

static void test_bytes__zero_is_zero_in_every_byte(void **state)
{
    uint8_t bytes[40] = { 0 };

    (void)state;
    assert_true(ptn_is_zero(bytes, 0));
    for (size_t len = 1; len <= sizeof(bytes); len++) {
        assert_true(ptn_is_zero(bytes, len));
        for (size_t i = 0; i < sizeof(bytes); i++) {
            bytes[i] = (uint8_t)(1u << i % 8);
            assert_int_equal(ptn_is_zero(bytes, len), i >= len);
            bytes[i] = 0;
        }
    }
}

static void test_bytes__trim_takes_white_space_from_both_ends_only(void **state)
{
    (void)state;
    assert_true(ptn_bytes_is(ptn_bytes_trim(PTN_BYTES_LITERAL(" \t\r\na b\n ")), "a b"));
    assert_true(ptn_bytes_is(ptn_bytes_trim(PTN_BYTES_LITERAL(" \t\r\n")), ""));
    assert_true(ptn_bytes_is(ptn_bytes_trim(PTN_BYTES_LITERAL("a")), "a"));
    assert_true(ptn_bytes_is(ptn_bytes_trim(PTN_BYTES_NONE), ""));
}

/* ---- cursors ---- */

static void test_cursor__numbers_are_big_endian_and_bounded(void **state)
{
    static const uint8_t bytes[] = { 1, 2, 3, 4, 5, 6, 7, 8 };

    (void)state;
    for (size_t len = 0; len <= sizeof(bytes); len++) {
        struct ptn_cursor cursor = ptn_cursor_at(ptn_bytes_of(bytes, len));
        uint8_t one = 9;
        uint16_t two = 9;
        uint32_t four = 9;
        uint64_t eight = 9;

        assert_int_equal(ptn_cursor_take_u64(&cursor, &eight).code,
                         len >= 8 ? PTN_C_OK : PTN_C_BAD_INPUT);
        assert_true(eight == (len >= 8 ? UINT64_C(0x0102030405060708) : 9));
        cursor.next = 0;
        assert_int_equal(ptn_cursor_take_u32(&cursor, &four).code,
                         len >= 4 ? PTN_C_OK : PTN_C_BAD_INPUT);
        assert_int_equal(four, len >= 4 ? 0x01020304 : 9);
        cursor.next = 0;
        assert_int_equal(ptn_cursor_take_u16(&cursor, &two).code,
                         len >= 2 ? PTN_C_OK : PTN_C_BAD_INPUT);
        assert_int_equal(two, len >= 2 ? 0x0102 : 9);
        cursor.next = 0;
        assert_int_equal(ptn_cursor_take_u8(&cursor, &one).code,
                         len >= 1 ? PTN_C_OK : PTN_C_BAD_INPUT);
        assert_int_equal(one, len >= 1 ? 1 : 9);
        assert_int_equal(cursor.next, len >= 1 ? 1 : 0);
    }
}

static void test_cursor__take_at_the_edge(void **state)
{
    struct ptn_cursor cursor = ptn_cursor_at(PTN_BYTES_LITERAL("abc"));
    struct ptn_bytes taken = PTN_BYTES_LITERAL("before");

    (void)state;
    assert_int_equal(ptn_cursor_take(&cursor, 4, &taken).code, PTN_C_BAD_INPUT);
    assert_int_equal(ptn_cursor_take(&cursor, SIZE_MAX, &taken).code, PTN_C_BAD_INPUT);
    assert_true(ptn_bytes_is(taken, "before"));
    assert_int_equal(cursor.next, 0);
    assert_true(ptn_ok(ptn_cursor_take(&cursor, 3, &taken)));
    assert_true(ptn_bytes_is(taken, "abc"));
    assert_true(ptn_ok(ptn_cursor_take(&cursor, 0, &taken)));
    assert_int_equal(taken.len, 0);
    assert_int_equal(ptn_cursor_take(&cursor, 1, &taken).code, PTN_C_BAD_INPUT);
}

static void test_cursor__lines_end_in_lf_crlf_or_the_end(void **state)
{
    static const char *const expected[] = { "a", "", "b\rc", "d" };
    struct ptn_cursor cursor = ptn_cursor_at(PTN_BYTES_LITERAL("a\r\n\nb\rc\nd"));
    struct ptn_bytes line;

    (void)state;
    for (size_t i = 0; i < COUNT(expected); i++) {
        assert_true(ptn_ok(ptn_cursor_take_line(&cursor, &line)));
        assert_true(ptn_bytes_is(line, expected[i]));
    }
    assert_int_equal(ptn_cursor_take_line(&cursor, &line).code, PTN_C_NOT_FOUND);
    assert_true(ptn_bytes_is(line, "d"));
}

/* ---- buffers ---- */

/* INPUT-1. */
static void test_buffer__holds_its_cap_and_not_a_byte_more(void **state)
{
    static const size_t caps[] = { 0, 1, 255, 256, 257, 1000, 4096 };

    (void)state;
    for (size_t i = 0; i < COUNT(caps); i++) {
        struct ptn_buffer buffer;

        ptn_buffer_init(&buffer, caps[i]);
        for (size_t k = 0; k < caps[i]; k++)
            assert_true(ptn_ok(ptn_buffer_add_u8(&buffer, (uint8_t)k)));
        assert_int_equal(ptn_buffer_add_u8(&buffer, 1).code, PTN_C_TOO_BIG);
        assert_int_equal(ptn_buffer_add(&buffer, PTN_BYTES_LITERAL("xy")).code, PTN_C_TOO_BIG);
        assert_int_equal(buffer.len, caps[i]);
        assert_true(buffer.capacity <= caps[i]);
        for (size_t k = 0; k < caps[i]; k++)
            assert_int_equal(buffer.at[k], (uint8_t)k);
        ptn_buffer_release(&buffer);
    }
}

static void test_buffer__is_as_before_when_a_number_does_not_fit(void **state)
{
    struct ptn_buffer buffer;

    (void)state;
    ptn_buffer_init(&buffer, 3);
    assert_true(ptn_ok(ptn_buffer_add_u16(&buffer, 0x6162)));
    assert_int_equal(ptn_buffer_add_u16(&buffer, 1).code, PTN_C_TOO_BIG);
    assert_int_equal(ptn_buffer_add_u32(&buffer, 1).code, PTN_C_TOO_BIG);
    assert_int_equal(ptn_buffer_add_u64(&buffer, 1).code, PTN_C_TOO_BIG);
    assert_int_equal(ptn_buffer_add_decimal(&buffer, 10).code, PTN_C_TOO_BIG);
    assert_int_equal(ptn_buffer_addf(&buffer, "%s", "xy").code, PTN_C_TOO_BIG);
    assert_true(ptn_bytes_is(ptn_buffer_bytes(&buffer), "ab"));
    assert_true(ptn_ok(ptn_buffer_addf(&buffer, "%s", "c")));
    assert_true(ptn_bytes_is(ptn_buffer_bytes(&buffer), "abc"));
    ptn_buffer_release(&buffer);
}

static void test_buffer__decimals_are_those_of_printf(void **state)
{
    static const int64_t values[] = { 0, 1, -1, 9, 10, -10, 4294967296, INT64_MAX, INT64_MIN };

    (void)state;
    for (size_t i = 0; i < COUNT(values); i++) {
        struct ptn_buffer buffer;
        char expected[32];

        ptn_buffer_init(&buffer, 100);
        (void)snprintf(expected, sizeof(expected), "%lld", (long long)values[i]);
        assert_true(ptn_ok(ptn_buffer_add_decimal(&buffer, values[i])));
        assert_true(ptn_bytes_is(ptn_buffer_bytes(&buffer), expected));
        ptn_buffer_release(&buffer);
    }
}

/* A long text goes another way than a short one; both must fit to the last byte of the cap. */
static void test_buffer__addf_prints_any_length_up_to_the_cap(void **state)
{
    static const size_t lens[] = { 0, 1, 127, 254, 255, 256, 257, 511, 512, 513, 5000 };
    static const char text[] = "0123456789";

    (void)state;
    for (size_t i = 0; i < COUNT(lens); i++) {
        struct ptn_buffer buffer;
        int width = (int)lens[i];

        ptn_buffer_init(&buffer, lens[i] + 1);
        assert_true(ptn_ok(ptn_buffer_add_u8(&buffer, '.')));
        assert_true(ptn_ok(ptn_buffer_addf(&buffer, "%*.*s", width, width, text)));
        assert_int_equal(buffer.len, lens[i] + 1);
        if (lens[i] >= 10)
            assert_memory_equal(buffer.at + buffer.len - 10, text, 10);
        assert_int_equal(ptn_buffer_addf(&buffer, "x").code, PTN_C_TOO_BIG);
        ptn_buffer_release(&buffer);
    }
}

static void test_buffer__every_failing_allocation_leaves_it_as_it_was(void **state)
{
    unsigned long nth = 0;
    struct ptn_status status;

    (void)state;
    do {
        struct ptn_buffer buffer;
        size_t done = 0;

        ptn_buffer_init(&buffer, 100000);
        status = PTN_OK;
        fault_allocation(++nth, FAULT_ONCE);
        while (ptn_ok(status) && done < 5000) {
            status = ptn_buffer_add_u32(&buffer, (uint32_t)done);
            done += ptn_ok(status) ? 1 : 0;
        }
        if (fault_off())
            assert_int_equal(status.code, PTN_C_NO_MEMORY);
        assert_int_equal(buffer.len, 4 * done);
        for (size_t i = 0; i < done; i++)
            assert_int_equal(buffer.at[4 * i + 3], (uint8_t)i);
        assert_true(ptn_ok(ptn_buffer_add_u8(&buffer, 1)));
        ptn_buffer_release(&buffer);
    } while (!ptn_ok(status));
    assert_true(nth > 3);
}

/* ---- arenas ---- */

static void test_arena__pieces_are_zeroed_aligned_and_apart(void **state)
{
    struct ptn_arena *arena = ptn_arena_new(1000000);
    uint8_t *pieces[200];

    (void)state;
    assert_non_null(arena);
    for (unsigned round = 0; round < 2; round++) {
        for (size_t i = 0; i < COUNT(pieces); i++) {
            size_t size = 1 + i * 37 % 5000;

            pieces[i] = ptn_arena_take(arena, size);
            assert_non_null(pieces[i]);
            assert_int_equal((uintptr_t)pieces[i] % _Alignof(max_align_t), 0);
            for (size_t k = 0; k < size; k++)
                assert_int_equal(pieces[i][k], 0);
            memset(pieces[i], (int)(i + 1), size);
        }
        for (size_t i = 0; i < COUNT(pieces); i++)
            for (size_t k = 0; k < 1 + i * 37 % 5000; k++)
                assert_int_equal(pieces[i][k], (uint8_t)(i + 1));
        ptn_arena_clear(arena);
    }
    ptn_arena_free(arena);
    ptn_arena_free(NULL);
}

/* INPUT-1. */
static void test_arena__keeps_its_cap_whatever_is_asked(void **state)
{
    struct ptn_arena *arena = ptn_arena_new(64);

    (void)state;
    assert_non_null(arena);
    assert_null(ptn_arena_take(arena, 65));
    assert_null(ptn_arena_take(arena, SIZE_MAX));
    assert_null(ptn_arena_take(arena, SIZE_MAX - 15));
    assert_non_null(ptn_arena_take(arena, 64));
    assert_null(ptn_arena_take(arena, 1));
    ptn_arena_clear(arena);
    assert_non_null(ptn_arena_take(arena, 1));
    assert_string_equal(ptn_arena_text(arena, PTN_BYTES_LITERAL("ab")), "ab");
    assert_string_equal(ptn_arena_text(arena, PTN_BYTES_NONE), "");
    ptn_arena_free(arena);
}

static void test_arena__no_memory_gives_null_and_keeps_the_rest(void **state)
{
    unsigned long nth = 0;
    bool fired;

    (void)state;
    do {
        struct ptn_arena *arena;
        char *first = NULL;
        void *second = NULL;

        fault_allocation(++nth, FAULT_ONCE);
        arena = ptn_arena_new(1000000);
        if (arena != NULL) {
            first = ptn_arena_text(arena, PTN_BYTES_LITERAL("kept"));
            second = ptn_arena_take(arena, 100000);
        }
        fired = fault_off();
        assert_int_equal(fired, arena == NULL || second == NULL);
        if (arena != NULL) {
            assert_string_equal(first, "kept");
            assert_non_null(ptn_arena_take(arena, 100000));
        }
        ptn_arena_free(arena);
    } while (fired);
    assert_int_equal(nth, 4);
}

/* ---- digests and encodings ---- */

/* FIPS 180-4's examples. */
static void test_sha256__known_answers_whole_and_in_parts(void **state)
{
    static const struct {
        const char *a;
        const char *b;
        const char *digest;
    } cases[] = {
        { "", "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
        { "abc", "", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
        { "a", "bc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
        { "abcdbcdecdefdefgefghfghighijhijkijkljklmklm", "nlmnomnopnopq",
          "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct ptn_bytes parts[] = { ptn_bytes_from_text(cases[i].a), PTN_BYTES_NONE,
                                     ptn_bytes_from_text(cases[i].b) };
        uint8_t digest[PTN_SHA256_LEN];
        struct ptn_buffer hex;

        ptn_buffer_init(&hex, 64);
        assert_true(ptn_ok(ptn_sha256(parts, COUNT(parts), digest)));
        assert_true(ptn_ok(ptn_buffer_add_hex(&hex, ptn_bytes_of(digest, sizeof(digest)))));
        assert_true(ptn_bytes_is(ptn_buffer_bytes(&hex), cases[i].digest));
        ptn_buffer_release(&hex);
    }
}

/* RFC 4648 section 10. */
static void test_base64__rfc_4648_examples_there_and_back(void **state)
{
    static const char *const cases[][2] = {
        { "", "" },
        { "f", "Zg==" },
        { "fo", "Zm8=" },
        { "foo", "Zm9v" },
        { "foob", "Zm9vYg==" },
        { "fooba", "Zm9vYmE=" },
        { "foobar", "Zm9vYmFy" },
        { "\xfb\xff\xfe", "+//+" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct ptn_buffer out;

        ptn_buffer_init(&out, 100);
        assert_true(ptn_ok(ptn_buffer_add_base64(&out, ptn_bytes_from_text(cases[i][0]))));
        assert_true(ptn_bytes_is(ptn_buffer_bytes(&out), cases[i][1]));
        ptn_buffer_clear(&out);
        assert_true(ptn_ok(ptn_base64_read(ptn_bytes_from_text(cases[i][1]), &out, NULL)));
        assert_true(ptn_bytes_is(ptn_buffer_bytes(&out), cases[i][0]));
        ptn_buffer_release(&out);
    }
}

static void test_base64__one_text_only_for_each_bytes(void **state)
{
    static const struct {
        const char *text;
        size_t offset;
    } cases[] = {
        { "Z", 1 },    { "Zg=", 3 },  { "Zh==", 3 },   { "Zm9=", 3 },  { "Zg==Zg==", 2 },
        { "====", 0 }, { "Z===", 1 }, { "Zm 9", 2 },   { "Zm9\n", 3 }, { "-_9v", 0 },
        { "=m9v", 0 }, { "Zm=v", 2 }, { "Zg==\n", 5 },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct ptn_buffer out;
        struct ptn_diag diag = { 0 };

        ptn_buffer_init(&out, 100);
        assert_true(ptn_ok(ptn_buffer_add_text(&out, "before")));
        assert_int_equal(ptn_base64_read(ptn_bytes_from_text(cases[i].text), &out, &diag).code,
                         PTN_C_BAD_INPUT);
        assert_int_equal(diag.offset, cases[i].offset);
        assert_true(ptn_bytes_is(ptn_buffer_bytes(&out), "before"));
        ptn_buffer_release(&out);
    }
}

static void test_hex__lower_case_pairs_only(void **state)
{
    static const struct {
        const char *text;
        enum ptn_code code;
        size_t offset;
    } cases[] = {
        { "", PTN_C_OK, 0 },          { "00ff", PTN_C_OK, 0 },      { "0", PTN_C_BAD_INPUT, 1 },
        { "0F", PTN_C_BAD_INPUT, 1 }, { "0g", PTN_C_BAD_INPUT, 1 }, { "00 1", PTN_C_BAD_INPUT, 2 },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct ptn_buffer out;
        struct ptn_buffer back;
        struct ptn_diag diag = { 0 };

        ptn_buffer_init(&out, 100);
        ptn_buffer_init(&back, 100);
        assert_int_equal(ptn_hex_read(ptn_bytes_from_text(cases[i].text), &out, &diag).code,
                         cases[i].code);
        assert_int_equal(diag.offset, cases[i].offset);
        if (cases[i].code == PTN_C_OK) {
            assert_true(ptn_ok(ptn_buffer_add_hex(&back, ptn_buffer_bytes(&out))));
            assert_true(ptn_bytes_is(ptn_buffer_bytes(&back), cases[i].text));
        } else {
            assert_int_equal(out.len, 0);
        }
        ptn_buffer_release(&out);
        ptn_buffer_release(&back);
    }
}

static void test_bytes__decimals_have_one_form(void **state)
{
    static const struct {
        const char *text;
        uint64_t most;
        bool good;
    } cases[] = {
        { "0", 0, true },
        { "9", 9, true },
        { "10", 9, false },
        { "", 9, false },
        { "01", 9, false },
        { "+1", 9, false },
        { "1 ", 9, false },
        { "1a", 99, false },
        { "9223372036854775807", INT64_MAX, true },
        { "9223372036854775808", INT64_MAX, false },
        { "99999999999999999999", UINT64_MAX, false },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        uint64_t value = 77;

        assert_int_equal(
            ptn_decimal_read(ptn_bytes_from_text(cases[i].text), cases[i].most, &value),
            cases[i].good);
        if (!cases[i].good)
            assert_int_equal(value, 77);
    }
}

static void test_bytes__a_whole_line_has_its_end(void **state)
{
    struct ptn_cursor cursor = ptn_cursor_at(PTN_BYTES_LITERAL("a\r\n\nb"));
    struct ptn_bytes line;

    (void)state;
    assert_true(ptn_cursor_take_whole_line(&cursor, &line) && ptn_bytes_is(line, "a\r"));
    assert_true(ptn_cursor_take_whole_line(&cursor, &line) && line.len == 0);
    assert_false(ptn_cursor_take_whole_line(&cursor, &line));
    assert_int_equal(ptn_cursor_left(&cursor), 1);
}

static void test_bytes__exact_hex_is_lower_case_and_of_its_length(void **state)
{
    uint8_t bytes[2] = { 1, 2 };

    (void)state;
    assert_false(ptn_hex_read_exactly(PTN_BYTES_LITERAL("0aFF"), bytes, 2));
    assert_false(ptn_hex_read_exactly(PTN_BYTES_LITERAL("0af"), bytes, 2));
    assert_false(ptn_hex_read_exactly(PTN_BYTES_LITERAL("0aff00"), bytes, 2));
    assert_true(bytes[0] == 1 && bytes[1] == 2);
    assert_true(ptn_hex_read_exactly(PTN_BYTES_LITERAL("0aff"), bytes, 2));
    assert_true(bytes[0] == 0x0a && bytes[1] == 0xff);
    {
        char text[5] = "zzzz";

        bytes[0] = 0x0a;
        bytes[1] = 0xf0;
        assert_string_equal(ptn_hex_write(bytes, 2, text), "0af0");
        assert_string_equal(ptn_hex_write(bytes, 0, text), "");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bytes__decimals_have_one_form),
        cmocka_unit_test(test_bytes__a_whole_line_has_its_end),
        cmocka_unit_test(test_bytes__exact_hex_is_lower_case_and_of_its_length),
        cmocka_unit_test(test_bytes__compare_is_bytewise_and_shorter_first),
        cmocka_unit_test(test_bytes__slice_never_leaves_the_view),
        cmocka_unit_test(test_bytes__zero_is_zero_in_every_byte),
        cmocka_unit_test(test_bytes__trim_takes_white_space_from_both_ends_only),
        cmocka_unit_test(test_cursor__numbers_are_big_endian_and_bounded),
        cmocka_unit_test(test_cursor__take_at_the_edge),
        cmocka_unit_test(test_cursor__lines_end_in_lf_crlf_or_the_end),
        cmocka_unit_test(test_buffer__holds_its_cap_and_not_a_byte_more),
        cmocka_unit_test(test_buffer__is_as_before_when_a_number_does_not_fit),
        cmocka_unit_test(test_buffer__decimals_are_those_of_printf),
        cmocka_unit_test(test_buffer__addf_prints_any_length_up_to_the_cap),
        cmocka_unit_test(test_buffer__every_failing_allocation_leaves_it_as_it_was),
        cmocka_unit_test(test_arena__pieces_are_zeroed_aligned_and_apart),
        cmocka_unit_test(test_arena__keeps_its_cap_whatever_is_asked),
        cmocka_unit_test(test_arena__no_memory_gives_null_and_keeps_the_rest),
        cmocka_unit_test(test_sha256__known_answers_whole_and_in_parts),
        cmocka_unit_test(test_base64__rfc_4648_examples_there_and_back),
        cmocka_unit_test(test_base64__one_text_only_for_each_bytes),
        cmocka_unit_test(test_hex__lower_case_pairs_only),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
