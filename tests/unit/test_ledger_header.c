#include "ledger/ledger.h"

#include "base/cbor.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct ptn_ledger_header full = {
    .kind = 0x01020304,
    .time_ms = 1790000000123,
    .rung = 2,
    .retention = 24,
    .has_payload = true,
    .sealed_len = 694,
    .commitment = { 1, 2, 3, 32 },
    .sealed_sha256 = { { 4, 5, 6, 33 } },
};

static void assert_header_equal(const struct ptn_ledger_header *a,
                                const struct ptn_ledger_header *b)
{
    assert_int_equal(a->kind, b->kind);
    assert_int_equal(a->time_ms, b->time_ms);
    assert_int_equal(a->rung, b->rung);
    assert_int_equal(a->retention, b->retention);
    assert_int_equal(a->has_payload, b->has_payload);
    assert_int_equal(a->sealed_len, b->sealed_len);
    assert_memory_equal(a->commitment, b->commitment, PTN_COMMITMENT_LEN);
    assert_memory_equal(a->sealed_sha256.at, b->sealed_sha256.at, PTN_HASH_LEN);
}

static void test_header__known_bytes(void **state)
{
    static const uint8_t bare[] = { 0xa5, 1, 1, 2, 0x18, 24, 3, 0x19, 0x01, 0x00, 4, 1, 5, 23 };
    struct ptn_ledger_header header = { .kind = 24, .time_ms = 256, .rung = 1, .retention = 23 };
    struct ptn_ledger_header back;
    struct ptn_buffer out;

    (void)state;
    ptn_buffer_init(&out, 256);
    assert_int_equal(ptn_ledger_header_write(&out, &header).code, PTN_C_OK);
    assert_int_equal(out.len, sizeof(bare));
    assert_memory_equal(out.at, bare, sizeof(bare));
    assert_int_equal(ptn_ledger_header_parse(ptn_buffer_bytes(&out), &back, NULL).code, PTN_C_OK);
    assert_header_equal(&header, &back);
    ptn_buffer_release(&out);
}

static void test_header__round_trip_at_the_limits(void **state)
{
    static const uint64_t numbers[] = { 0, 1, 23, 24, 255, 256, 65535, 65536, UINT32_MAX };
    struct ptn_buffer out;

    (void)state;
    ptn_buffer_init(&out, 256);
    for (size_t i = 0; i < COUNT(numbers); i++) {
        struct ptn_ledger_header header = full;
        struct ptn_ledger_header back;

        header.kind = (uint32_t)numbers[i];
        header.sealed_len = (uint32_t)numbers[i];
        header.time_ms = i % 2 == 0 ? INT64_MAX : (int64_t)numbers[i];
        header.rung = (uint8_t)numbers[i];
        header.retention = (uint8_t)numbers[i];
        ptn_buffer_clear(&out);
        assert_int_equal(ptn_ledger_header_write(&out, &header).code, PTN_C_OK);
        assert_true(out.len <= 105);
        assert_int_equal(ptn_ledger_header_parse(ptn_buffer_bytes(&out), &back, NULL).code,
                         PTN_C_OK);
        assert_header_equal(&header, &back);
    }
    ptn_buffer_release(&out);
}

/* What the straight reader takes, the general reader of canonical CBOR takes too. */
static void test_header__is_canonical_cbor(void **state)
{
    struct ptn_buffer out;
    struct ptn_cbor_reader reader;

    (void)state;
    ptn_buffer_init(&out, 256);
    assert_int_equal(ptn_ledger_header_write(&out, &full).code, PTN_C_OK);
    reader = ptn_cbor_reader_at(ptn_buffer_bytes(&out));
    assert_int_equal(ptn_cbor_skip(&reader, NULL).code, PTN_C_OK);
    assert_int_equal(ptn_cbor_end(&reader, NULL).code, PTN_C_OK);
    ptn_buffer_release(&out);
}

static void test_header__only_the_one_form_is_taken(void **state)
{
    static const struct {
        uint8_t bytes[16];
        size_t len;
        size_t offset;
    } cases[] = {
        { { 0 }, 0, 0 },
        { { 0xa5 }, 1, 1 },
        { { 0xa4, 1, 1, 2, 0, 3, 0, 4, 0 }, 9, 0 },                          /* too few */
        { { 0xa6, 1, 1, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0 }, 13, 0 },             /* neither 5 nor 8 */
        { { 0xb8, 5, 1, 1, 2, 0, 3, 0, 4, 0, 5, 0 }, 12, 0 },                /* long head */
        { { 0xbf, 1, 1, 2, 0, 3, 0, 4, 0, 5, 0, 0xff }, 12, 0 },             /* no length */
        { { 0x85, 1, 1, 2, 0, 3, 0, 4, 0, 5, 0 }, 11, 0 },                   /* an array */
        { { 0xa5, 1, 2, 2, 0, 3, 0, 4, 0, 5, 0 }, 11, 2 },                   /* version 2 */
        { { 0xa5, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0 }, 11, 3 },                   /* version 0 */
        { { 0xa5, 1, 1, 3, 0, 2, 0, 4, 0, 5, 0 }, 11, 3 },                   /* order */
        { { 0xa5, 1, 1, 1, 0, 3, 0, 4, 0, 5, 0 }, 11, 3 },                   /* twice */
        { { 0xa5, 1, 1, 2, 0x18, 23, 3, 0, 4, 0, 5, 0 }, 12, 4 },            /* not shortest */
        { { 0xa5, 1, 1, 2, 0x19, 0, 255, 3, 0, 4, 0, 5, 0 }, 13, 4 },        /* not shortest */
        { { 0xa5, 1, 1, 2, 0, 3, 0x20, 4, 0, 5, 0 }, 11, 6 },                /* before 1970 */
        { { 0xa5, 1, 1, 2, 0, 3, 0, 4, 0x19, 1, 0, 5, 0 }, 13, 8 },          /* rung 256 */
        { { 0xa5, 1, 1, 2, 0, 3, 0, 4, 0, 5, 0, 0 }, 12, 11 },               /* trailing */
        { { 0xa5, 1, 1, 2, 0, 3, 0, 4, 0, 5 }, 10, 10 },                     /* cut */
        { { 0xa5, 1, 1, 2, 0x1b, 0, 0, 0, 1, 0, 0, 0, 0, 3, 0, 4 }, 16, 4 }, /* kind 2^32 */
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct ptn_ledger_header header = full;
        struct ptn_diag diag = { 0, NULL };

        assert_int_equal(
            ptn_ledger_header_parse(ptn_bytes_of(cases[i].bytes, cases[i].len), &header, &diag)
                .code,
            PTN_C_BAD_INPUT);
        assert_int_equal(diag.offset, cases[i].offset);
        assert_header_equal(&header, &full);
    }
}

static void test_header__every_cut_and_every_longer_one_is_refused(void **state)
{
    struct ptn_buffer out;
    struct ptn_ledger_header header;

    (void)state;
    ptn_buffer_init(&out, 256);
    assert_int_equal(ptn_ledger_header_write(&out, &full).code, PTN_C_OK);
    for (size_t len = 0; len < out.len; len++)
        assert_int_equal(ptn_ledger_header_parse(ptn_bytes_of(out.at, len), &header, NULL).code,
                         PTN_C_BAD_INPUT);
    assert_int_equal(ptn_buffer_add_u8(&out, 0).code, PTN_C_OK);
    assert_int_equal(ptn_ledger_header_parse(ptn_buffer_bytes(&out), &header, NULL).code,
                     PTN_C_BAD_INPUT);
    ptn_buffer_release(&out);
}

static void test_header__no_room_leaves_the_buffer_alone(void **state)
{
    (void)state;
    for (size_t cap = 0; cap < 90; cap++) {
        struct ptn_buffer out;

        ptn_buffer_init(&out, cap);
        assert_int_equal(ptn_ledger_header_write(&out, &full).code, PTN_C_TOO_BIG);
        assert_int_equal(out.len, 0);
        ptn_buffer_release(&out);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_header__known_bytes),
        cmocka_unit_test(test_header__round_trip_at_the_limits),
        cmocka_unit_test(test_header__is_canonical_cbor),
        cmocka_unit_test(test_header__only_the_one_form_is_taken),
        cmocka_unit_test(test_header__every_cut_and_every_longer_one_is_refused),
        cmocka_unit_test(test_header__no_room_leaves_the_buffer_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
