#include "base/cbor.h"
#include "base/world.h"

#include "fault.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Bytes written as hex, in a buffer of exactly their size so that a sanitizer sees one read too
 * far. */
static struct ptn_buffer bytes_of_hex(const char *hex)
{
    struct ptn_buffer out;

    ptn_buffer_init(&out, strlen(hex) / 2);
    assert_true(ptn_ok(ptn_hex_read(ptn_bytes_from_text(hex), &out, NULL)));
    return out;
}

static void assert_hex(const struct ptn_buffer *buffer, const char *hex)
{
    struct ptn_buffer expected = bytes_of_hex(hex);

    assert_true(ptn_bytes_equal(ptn_buffer_bytes(buffer), ptn_buffer_bytes(&expected)));
    ptn_buffer_release(&expected);
}

/* ---- RFC 8949 appendix A ---- */

static const struct {
    const char *hex;
    bool negative;
    uint64_t number; /* the value, or -1 - the value */
} numbers[] = {
    { "00", false, 0 },
    { "01", false, 1 },
    { "0a", false, 10 },
    { "17", false, 23 },
    { "1818", false, 24 },
    { "1819", false, 25 },
    { "1864", false, 100 },
    { "1903e8", false, 1000 },
    { "1a000f4240", false, 1000000 },
    { "1b000000e8d4a51000", false, 1000000000000 },
    { "1bffffffffffffffff", false, UINT64_MAX },
    { "3bffffffffffffffff", true, UINT64_MAX },
    { "20", true, 0 },
    { "29", true, 9 },
    { "3863", true, 99 },
    { "3903e7", true, 999 },
    /* where one head ends and the next begins */
    { "18ff", false, 255 },
    { "190100", false, 256 },
    { "19ffff", false, 65535 },
    { "1a00010000", false, 65536 },
    { "1affffffff", false, 4294967295 },
    { "1b0000000100000000", false, 4294967296 },
    { "1b7fffffffffffffff", false, INT64_MAX },
    { "3b7fffffffffffffff", true, INT64_MAX },
    { "1b8000000000000000", false, UINT64_C(0x8000000000000000) },
    { "3b8000000000000000", true, UINT64_C(0x8000000000000000) },
};

static void test_cbor__rfc_8949_numbers_there_and_back(void **state)
{

    (void)state;
    for (size_t i = 0; i < COUNT(numbers); i++) {
        struct ptn_buffer in = bytes_of_hex(numbers[i].hex);
        struct ptn_cbor_reader reader = ptn_cbor_reader_at(ptn_buffer_bytes(&in));
        bool fits = numbers[i].number <= INT64_MAX;
        struct ptn_cbor_item item;
        struct ptn_buffer out;
        uint64_t number = 7;
        int64_t value = 7;

        ptn_buffer_init(&out, 100);
        assert_true(ptn_ok(ptn_cbor_next(&reader, &item, NULL)));
        assert_int_equal(item.type, numbers[i].negative ? PTN_CBOR_NEGATIVE : PTN_CBOR_UINT);
        assert_true(item.number == numbers[i].number);
        assert_true(ptn_ok(ptn_cbor_end(&reader, NULL)));

        reader = ptn_cbor_reader_at(ptn_buffer_bytes(&in));
        assert_int_equal(ptn_cbor_read_u64(&reader, &number, NULL).code,
                         numbers[i].negative ? PTN_C_BAD_INPUT : PTN_C_OK);
        assert_true(number == (numbers[i].negative ? 7 : numbers[i].number));

        reader = ptn_cbor_reader_at(ptn_buffer_bytes(&in));
        assert_int_equal(ptn_cbor_read_i64(&reader, &value, NULL).code,
                         fits ? PTN_C_OK : PTN_C_BAD_INPUT);
        assert_true(value == (!fits                 ? 7
                              : numbers[i].negative ? -1 - (int64_t)numbers[i].number
                                                    : (int64_t)numbers[i].number));
        if (fits) {
            assert_true(ptn_ok(ptn_cbor_write_i64(&out, value)));
            assert_hex(&out, numbers[i].hex);
        }
        if (!numbers[i].negative) {
            ptn_buffer_clear(&out);
            assert_true(ptn_ok(ptn_cbor_write_u64(&out, number)));
            assert_hex(&out, numbers[i].hex);
        }
        ptn_buffer_release(&out);
        ptn_buffer_release(&in);
    }
}

static void test_cbor__rfc_8949_strings_there_and_back(void **state)
{
    static const struct {
        const char *hex;
        bool text;
        const char *value;
    } cases[] = {
        { "40", false, "" },
        { "4401020304", false, "\x01\x02\x03\x04" },
        { "60", true, "" },
        { "6161", true, "a" },
        { "6449455446", true, "IETF" },
        { "62225c", true, "\"\\" },
        { "62c3bc", true, "\xc3\xbc" },
        { "63e6b0b4", true, "\xe6\xb0\xb4" },
        { "64f0908591", true, "\xf0\x90\x85\x91" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct ptn_buffer in = bytes_of_hex(cases[i].hex);
        struct ptn_cbor_reader reader = ptn_cbor_reader_at(ptn_buffer_bytes(&in));
        struct ptn_bytes value = PTN_BYTES_LITERAL("before");
        struct ptn_buffer out;

        ptn_buffer_init(&out, 100);
        if (cases[i].text) {
            assert_int_equal(ptn_cbor_read_bytes(&reader, &value, NULL).code, PTN_C_BAD_INPUT);
            assert_true(ptn_bytes_is(value, "before"));
            assert_true(ptn_ok(ptn_cbor_read_text(&reader, &value, NULL)));
            assert_true(ptn_ok(ptn_cbor_write_text(&out, value)));
        } else {
            assert_int_equal(ptn_cbor_read_text(&reader, &value, NULL).code, PTN_C_BAD_INPUT);
            assert_true(ptn_bytes_is(value, "before"));
            assert_true(ptn_ok(ptn_cbor_read_bytes(&reader, &value, NULL)));
            assert_true(ptn_ok(ptn_cbor_write_bytes(&out, value)));
        }
        assert_true(ptn_bytes_is(value, cases[i].value));
        assert_hex(&out, cases[i].hex);
        ptn_buffer_release(&out);
        ptn_buffer_release(&in);
    }
}

/* Arrays, maps with number keys, false, true and null of the appendix, whole. */
static void test_cbor__rfc_8949_nested_items_are_stepped_over(void **state)
{
    static const char *const cases[] = {
        "80",
        "83010203",
        "8301820203820405",
        "98190102030405060708090a0b0c0d0e0f101112131415161718181819",
        "a0",
        "a201020304",
        "f4",
        "f5",
        "f6",
        "a10180",
        "a2018202030203",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct ptn_buffer in = bytes_of_hex(cases[i]);
        struct ptn_cbor_reader reader = ptn_cbor_reader_at(ptn_buffer_bytes(&in));

        assert_true(ptn_ok(ptn_cbor_skip(&reader, NULL)));
        assert_true(ptn_ok(ptn_cbor_end(&reader, NULL)));
        /* and every part of it, cut short, is refused with the reader where it was */
        for (size_t len = 0; len < in.len; len++) {
            struct ptn_buffer cut;

            ptn_buffer_init(&cut, len);
            assert_true(ptn_ok(ptn_buffer_add(&cut, ptn_bytes_of(in.at, len))));
            reader = ptn_cbor_reader_at(ptn_buffer_bytes(&cut));
            assert_int_equal(ptn_cbor_skip(&reader, NULL).code, PTN_C_BAD_INPUT);
            assert_int_equal(reader.cursor.next, 0);
            ptn_buffer_release(&cut);
        }
        ptn_buffer_release(&in);
    }
}

/* ---- what is not canonical, or not used ---- */

static const struct {
    const char *hex;
    size_t offset;
} refused[] = {
    /* heads that are not the shortest */
    { "1800", 0 },
    { "1817", 0 },
    { "190000", 0 },
    { "1900ff", 0 },
    { "1a0000ffff", 0 },
    { "1b00000000ffffffff", 0 },
    { "3817", 0 },
    { "5800", 0 },
    { "7800", 0 },
    { "580161", 0 },
    { "980101", 0 },
    { "b8010101", 0 },
    /* reserved heads, indefinite lengths, break */
    { "1c", 0 },
    { "1c0102030405060708090a0b0c0d0e0f1011", 0 },
    { "1d", 0 },
    { "1e", 0 },
    { "1f", 0 },
    { "5f42010243030405ff", 0 },
    { "7f657374726561646d696e67ff", 0 },
    { "9fff", 0 },
    { "bf0102ff", 0 },
    { "ff", 0 },
    /* tags */
    { "c074323031332d30332d32315432303a30343a30305a", 0 },
    { "c11a514b67b0", 0 },
    { "c249010000000000000000", 0 },
    { "d74401020304", 0 },
    { "d818456449455446", 0 },
    /* floats, undefined, other simple values */
    { "f90000", 0 },
    { "f93c00", 0 },
    { "fa47c35000", 0 },
    { "fb3ff199999999999a", 0 },
    { "f7", 0 },
    { "f0", 0 },
    { "e0", 0 },
    { "f818", 0 },
    { "f8ff", 0 },
    { "f814", 0 },
    /* text that is not UTF-8 */
    { "61ff", 0 },
    { "62c328", 0 },
    { "8161ff", 1 },
    { "63eda080", 0 },
    /* maps: order, doubles, keys that are no unsigned numbers */
    { "a202010102", 3 },
    { "a201010102", 3 },
    { "a1616101", 1 },
    { "a12001", 1 },
    { "a1f401", 1 },
    { "a11bffffffffffffffff01", 1 },
    /* counts and lengths past the input */
    { "81", 0 },
    { "a101", 0 },
    { "8201", 0 },
    { "a10101a1", 3 },
    { "9bffffffffffffffff", 0 },
    { "bbffffffffffffffff", 0 },
    { "bb8000000000000000", 0 },
    { "9b000000010000000000", 0 },
    { "5bffffffffffffffff", 0 },
    { "7bffffffffffffffff00", 0 },
    { "4101", 99 }, /* good: says that the table is read */
    { "420101", 99 },
    { "4201", 0 },
    { "6261", 0 },
    { "18", 0 },
    { "1901", 0 },
    { "1a010203", 0 },
    { "1b01020304050607", 0 },
};

static void test_cbor__everything_else_is_refused_and_located(void **state)
{

    (void)state;
    for (size_t i = 0; i < COUNT(refused); i++) {
        struct ptn_buffer in = bytes_of_hex(refused[i].hex);
        struct ptn_cbor_reader reader = ptn_cbor_reader_at(ptn_buffer_bytes(&in));
        struct ptn_diag diag = { 99, NULL };
        struct ptn_status status = ptn_cbor_skip(&reader, &diag);

        if (ptn_ok(status))
            status = ptn_cbor_end(&reader, &diag);
        if (status.code != (refused[i].offset == 99 ? PTN_C_OK : PTN_C_BAD_INPUT) ||
            diag.offset != refused[i].offset)
            fail_msg("%s: %d at %zu", refused[i].hex, (int)status.code, diag.offset);
        ptn_buffer_release(&in);
    }
}

static void test_cbor__nothing_moves_when_the_type_is_another(void **state)
{
    struct ptn_buffer in = bytes_of_hex("f6");
    struct ptn_cbor_reader reader = ptn_cbor_reader_at(ptn_buffer_bytes(&in));
    uint64_t number = 7;
    int64_t value = 7;
    bool flag = true;
    size_t count = 7;
    int64_t previous = -1;
    struct ptn_bytes bytes = PTN_BYTES_LITERAL("before");

    (void)state;
    /* the second round is at the end of the input */
    for (unsigned round = 0; round < 2; round++) {
        assert_int_equal(ptn_cbor_read_u64(&reader, &number, NULL).code, PTN_C_BAD_INPUT);
        assert_int_equal(ptn_cbor_read_i64(&reader, &value, NULL).code, PTN_C_BAD_INPUT);
        assert_int_equal(ptn_cbor_read_bool(&reader, &flag, NULL).code, PTN_C_BAD_INPUT);
        assert_int_equal(ptn_cbor_read_bytes(&reader, &bytes, NULL).code, PTN_C_BAD_INPUT);
        assert_int_equal(ptn_cbor_read_text(&reader, &bytes, NULL).code, PTN_C_BAD_INPUT);
        assert_int_equal(ptn_cbor_read_array(&reader, &count, NULL).code, PTN_C_BAD_INPUT);
        assert_int_equal(ptn_cbor_read_map(&reader, &count, NULL).code, PTN_C_BAD_INPUT);
        assert_int_equal(ptn_cbor_read_key(&reader, &previous, &number, NULL).code,
                         PTN_C_BAD_INPUT);
        assert_int_equal(reader.cursor.next, round);
        reader.cursor.next = 1;
    }
    assert_int_equal(number, 7);
    assert_int_equal(value, 7);
    assert_true(flag);
    assert_int_equal(count, 7);
    assert_int_equal(previous, -1);
    assert_true(ptn_bytes_is(bytes, "before"));
    ptn_buffer_release(&in);
}

static void test_cbor__the_end_is_not_found_for_next_alone(void **state)
{
    struct ptn_cbor_reader reader = ptn_cbor_reader_at(PTN_BYTES_NONE);
    struct ptn_cbor_item item;

    (void)state;
    assert_int_equal(ptn_cbor_next(&reader, &item, NULL).code, PTN_C_NOT_FOUND);
    assert_int_equal(ptn_cbor_skip(&reader, NULL).code, PTN_C_BAD_INPUT);
    assert_true(ptn_ok(ptn_cbor_end(&reader, NULL)));
}

static void test_cbor__keys_are_told_in_order(void **state)
{
    struct ptn_buffer in = bytes_of_hex("a301f518187818303132333435363738393031323334353637383930"
                                        "3132331901000a");
    struct ptn_cbor_reader reader = ptn_cbor_reader_at(ptn_buffer_bytes(&in));
    static const uint64_t expected[] = { 1, 24, 256 };
    int64_t previous = -1;
    size_t count = 0;

    (void)state;
    assert_true(ptn_ok(ptn_cbor_read_map(&reader, &count, NULL)));
    assert_int_equal(count, COUNT(expected));
    for (size_t i = 0; i < COUNT(expected); i++) {
        uint64_t key = 0;

        assert_true(ptn_ok(ptn_cbor_read_key(&reader, &previous, &key, NULL)));
        assert_int_equal(key, expected[i]);
        assert_true(ptn_ok(ptn_cbor_skip(&reader, NULL)));
    }
    assert_true(ptn_ok(ptn_cbor_end(&reader, NULL)));
    ptn_buffer_release(&in);
}

static void test_cbor__nesting_has_a_limit(void **state)
{
    (void)state;
    for (size_t depth = PTN_CBOR_DEPTH_MAX - 1; depth <= PTN_CBOR_DEPTH_MAX + 1; depth++) {
        struct ptn_buffer in;
        struct ptn_cbor_reader reader;
        struct ptn_diag diag = { 0 };

        ptn_buffer_init(&in, depth + 1);
        for (size_t i = 0; i < depth; i++)
            assert_true(ptn_ok(ptn_cbor_write_array(&in, 1)));
        assert_true(ptn_ok(ptn_cbor_write_null(&in)));
        reader = ptn_cbor_reader_at(ptn_buffer_bytes(&in));
        assert_int_equal(ptn_cbor_skip(&reader, &diag).code,
                         depth <= PTN_CBOR_DEPTH_MAX ? PTN_C_OK : PTN_C_BAD_INPUT);
        ptn_buffer_release(&in);
    }
}

/* ---- writing ---- */

static struct ptn_status write_all(struct ptn_buffer *out)
{
    struct ptn_status status = ptn_cbor_write_map(out, 6);
    struct ptn_status steps[] = {
        status,
        ptn_cbor_write_u64(out, 1),
        ptn_cbor_write_text(out, PTN_BYTES_LITERAL("abcdefghijklmnopqrstuvwxyz")),
        ptn_cbor_write_u64(out, 2),
        ptn_cbor_write_bytes(out, PTN_BYTES_LITERAL("xyz")),
        ptn_cbor_write_u64(out, 3),
        ptn_cbor_write_array(out, 1),
        ptn_cbor_write_null(out),
        ptn_cbor_write_u64(out, 4),
        ptn_cbor_write_bool(out, true),
        ptn_cbor_write_u64(out, 5),
        ptn_cbor_write_bool(out, false),
        ptn_cbor_write_u64(out, 6),
        ptn_cbor_write_i64(out, -70000),
    };

    for (size_t i = 0; i < COUNT(steps); i++)
        if (!ptn_ok(steps[i]))
            return steps[i];
    return PTN_OK;
}

static void test_cbor__a_failed_write_leaves_whole_items(void **state)
{
    struct ptn_buffer whole;
    struct ptn_cbor_reader reader;

    (void)state;
    ptn_buffer_init(&whole, 1000);
    assert_true(ptn_ok(write_all(&whole)));
    reader = ptn_cbor_reader_at(ptn_buffer_bytes(&whole));
    assert_true(ptn_ok(ptn_cbor_skip(&reader, NULL)));
    assert_true(ptn_ok(ptn_cbor_end(&reader, NULL)));
    for (size_t cap = 0; cap < whole.len; cap++) {
        struct ptn_buffer out;
        struct ptn_status status = PTN_OK;
        struct ptn_cbor_item item;

        ptn_buffer_init(&out, cap);
        assert_int_equal(write_all(&out).code, PTN_C_TOO_BIG);
        reader = ptn_cbor_reader_at(ptn_buffer_bytes(&out));
        /* the map's and the array's own heads promise more than is there: step past their heads
         * only */
        while (ptn_ok(status) && ptn_cursor_left(&reader.cursor) > 0) {
            uint8_t head = out.at[reader.cursor.next];

            if (head == 0xa6 || head == 0x81)
                reader.cursor.next++;
            else
                status = ptn_cbor_next(&reader, &item, NULL);
        }
        assert_true(ptn_ok(status));
        ptn_buffer_release(&out);
    }
    ptn_buffer_release(&whole);
}

static void test_cbor__text_that_is_not_utf_8_is_not_written(void **state)
{
    struct ptn_buffer out;

    (void)state;
    ptn_buffer_init(&out, 100);
    assert_int_equal(ptn_cbor_write_text(&out, PTN_BYTES_LITERAL("a\xff")).code, PTN_C_BAD_INPUT);
    assert_int_equal(out.len, 0);
    ptn_buffer_release(&out);
}

static void test_cbor__no_memory_leaves_the_buffer_empty(void **state)
{
    struct ptn_buffer out;

    (void)state;
    ptn_buffer_init(&out, 1000);
    fault_allocation(1, FAULT_FOR_GOOD);
    assert_int_equal(write_all(&out).code, PTN_C_NO_MEMORY);
    assert_true(fault_off());
    assert_int_equal(out.len, 0);
    ptn_buffer_release(&out);
}

/* Write the item as the reader understood it; negative numbers past int64_t are not written. */
static struct ptn_status write_item(struct ptn_buffer *out, const struct ptn_cbor_item *item)
{
    switch (item->type) {
    case PTN_CBOR_UINT:
        return ptn_cbor_write_u64(out, item->number);
    case PTN_CBOR_NEGATIVE:
        return ptn_cbor_write_i64(out, -1 - (int64_t)item->number);
    case PTN_CBOR_BYTES:
        return ptn_cbor_write_bytes(out, item->bytes);
    case PTN_CBOR_TEXT:
        return ptn_cbor_write_text(out, item->bytes);
    case PTN_CBOR_ARRAY:
        return ptn_cbor_write_array(out, (size_t)item->number);
    case PTN_CBOR_MAP:
        return ptn_cbor_write_map(out, (size_t)item->number);
    case PTN_CBOR_FALSE:
    case PTN_CBOR_TRUE:
        return ptn_cbor_write_bool(out, item->type == PTN_CBOR_TRUE);
    case PTN_CBOR_NULL:
        break;
    }
    return ptn_cbor_write_null(out);
}

/* Random bytes: what is accepted, written again item by item, is the same bytes. */
static void test_cbor__what_is_accepted_has_one_form(void **state)
{
    struct ptn_world *world = ptn_world_seeded(8949, 0);
    size_t accepted = 0;

    (void)state;
    assert_non_null(world);
    for (unsigned round = 0; round < 200000; round++) {
        uint8_t bytes[12];
        struct ptn_cbor_reader reader = ptn_cbor_reader_at(ptn_bytes_of(bytes, sizeof(bytes)));
        struct ptn_cbor_item item;
        uint8_t space[32];
        struct ptn_buffer out = { space, 0, sizeof(space), sizeof(space) };

        world->random(world->context, bytes, sizeof(bytes));
        if (!ptn_ok(ptn_cbor_next(&reader, &item, NULL)))
            continue;
        accepted++;
        if (item.type == PTN_CBOR_NEGATIVE && item.number > INT64_MAX)
            continue;
        assert_true(ptn_ok(write_item(&out, &item)));
        assert_int_equal(out.len, reader.cursor.next);
        assert_memory_equal(out.at, bytes, out.len);
    }
    assert_true(accepted > 50000);
    ptn_world_seeded_free(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cbor__rfc_8949_numbers_there_and_back),
        cmocka_unit_test(test_cbor__rfc_8949_strings_there_and_back),
        cmocka_unit_test(test_cbor__rfc_8949_nested_items_are_stepped_over),
        cmocka_unit_test(test_cbor__everything_else_is_refused_and_located),
        cmocka_unit_test(test_cbor__nothing_moves_when_the_type_is_another),
        cmocka_unit_test(test_cbor__the_end_is_not_found_for_next_alone),
        cmocka_unit_test(test_cbor__keys_are_told_in_order),
        cmocka_unit_test(test_cbor__nesting_has_a_limit),
        cmocka_unit_test(test_cbor__a_failed_write_leaves_whole_items),
        cmocka_unit_test(test_cbor__text_that_is_not_utf_8_is_not_written),
        cmocka_unit_test(test_cbor__no_memory_leaves_the_buffer_empty),
        cmocka_unit_test(test_cbor__what_is_accepted_has_one_form),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
