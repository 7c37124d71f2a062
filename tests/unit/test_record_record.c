#include "record/record.h"

#include "fault.h"
#include "record_any.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static struct ptn_buffer bytes_of_hex(const char *hex)
{
    struct ptn_buffer out;

    ptn_buffer_init(&out, strlen(hex) / 2);
    assert_true(ptn_ok(ptn_hex_read(ptn_bytes_from_text(hex), &out, NULL)));
    return out;
}

/* ---- the header ---- */

static void test_record_header__known_bytes(void **state)
{
    struct ptn_record_header header =
        ptn_record_header_of(PTN_RECORD_ACCESS, 1700000000123, PTN_RUNG_LOCAL);
    struct ptn_buffer expected = bytes_of_hex("a5010102"
                                              "03031b0000018bcfe5687b0401"
                                              "0502");
    struct ptn_record_header back;
    struct ptn_buffer out;

    (void)state;
    ptn_buffer_init(&out, 100);
    assert_true(ptn_ok(ptn_record_header_write(&header, &out)));
    assert_true(ptn_bytes_equal(ptn_buffer_bytes(&out), ptn_buffer_bytes(&expected)));
    assert_true(ptn_ok(ptn_record_header_parse(ptn_buffer_bytes(&out), &back, NULL)));
    assert_int_equal(back.version, 1);
    assert_int_equal(back.kind, PTN_RECORD_ACCESS);
    assert_true(back.time_ms == 1700000000123);
    assert_int_equal(back.rung, PTN_RUNG_LOCAL);
    assert_int_equal(back.retention, PTN_RETENTION_AUDIT);
    ptn_buffer_release(&out);
    ptn_buffer_release(&expected);
}

static void test_record_header__every_wrong_value_is_refused(void **state)
{
    static const struct {
        struct ptn_record_header header;
        const char *field; /* NULL: good */
    } cases[] = {
        { { 1, PTN_RECORD_CROSSING, 1, PTN_RUNG_NORMAL, PTN_RETENTION_CROSSING }, NULL },
        { { 1, PTN_RECORD_NODE_STARTED, 253402300799999, PTN_RUNG_MANUAL, PTN_RETENTION_OPERATION },
          NULL },
        { { 1, PTN_RECORD_CASE, 1, PTN_RUNG_NORMAL, PTN_RETENTION_CASEWORK }, NULL },
        /* as they were written before there was a class casework */
        { { 1, PTN_RECORD_CASE, 1, PTN_RUNG_NORMAL, PTN_RETENTION_CROSSING }, NULL },
        { { 1, PTN_RECORD_SHEET, 1, PTN_RUNG_NORMAL, PTN_RETENTION_CROSSING }, NULL },
        { { 1, PTN_RECORD_ALERT, 1, PTN_RUNG_NORMAL, PTN_RETENTION_CROSSING }, NULL },
        { { 1, PTN_RECORD_LEAVE, 1, PTN_RUNG_NORMAL, PTN_RETENTION_CROSSING }, NULL },
        { { 1, PTN_RECORD_MESSAGE, 1, PTN_RUNG_NORMAL, PTN_RETENTION_CROSSING }, NULL },
        { { 1, PTN_RECORD_CASE, 1, PTN_RUNG_NORMAL, PTN_RETENTION_AUDIT }, "retention" },
        { { 1, PTN_RECORD_CROSSING, 1, PTN_RUNG_NORMAL, PTN_RETENTION_CASEWORK }, "retention" },
        { { 1, PTN_RECORD_PACK, 1, PTN_RUNG_NORMAL, PTN_RETENTION_CROSSING }, "retention" },
        { { 0, PTN_RECORD_CROSSING, 1, PTN_RUNG_NORMAL, PTN_RETENTION_CROSSING }, "version" },
        { { 2, PTN_RECORD_CROSSING, 1, PTN_RUNG_NORMAL, PTN_RETENTION_CROSSING }, "version" },
        { { 1, 0, 1, PTN_RUNG_NORMAL, PTN_RETENTION_CROSSING }, "kind" },
        { { 1, PTN_RECORD_KIND_COUNT - 1, 1, PTN_RUNG_NORMAL, PTN_RETENTION_CROSSING }, "kind" },
        { { 1, PTN_RECORD_KIND_COUNT, 1, PTN_RUNG_NORMAL, PTN_RETENTION_CROSSING }, "kind" },
        { { 1, PTN_RECORD_CROSSING, 0, PTN_RUNG_NORMAL, PTN_RETENTION_CROSSING }, "time_ms" },
        { { 1, PTN_RECORD_CROSSING, -1, PTN_RUNG_NORMAL, PTN_RETENTION_CROSSING }, "time_ms" },
        { { 1, PTN_RECORD_CROSSING, 253402300800000, PTN_RUNG_NORMAL, PTN_RETENTION_CROSSING },
          "time_ms" },
        { { 1, PTN_RECORD_CROSSING, 1, PTN_RUNG_COUNT, PTN_RETENTION_CROSSING }, "rung" },
        { { 1, PTN_RECORD_CROSSING, 1, PTN_RUNG_NORMAL, 0 }, "retention" },
        { { 1, PTN_RECORD_CROSSING, 1, PTN_RUNG_NORMAL, PTN_RETENTION_COUNT }, "retention" },
        { { 1, PTN_RECORD_CROSSING, 1, PTN_RUNG_NORMAL, PTN_RETENTION_AUDIT }, "retention" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct ptn_buffer out;
        struct ptn_diag diag = { 0, NULL };
        struct ptn_status status = ptn_record_header_validate(&cases[i].header, &diag);

        ptn_buffer_init(&out, 100);
        assert_int_equal(status.code, cases[i].field == NULL ? PTN_C_OK : PTN_C_BAD_INPUT);
        if (cases[i].field != NULL)
            assert_string_equal(diag.text, cases[i].field);
        assert_int_equal(ptn_record_header_write(&cases[i].header, &out).code, status.code);
        if (!ptn_ok(status))
            assert_int_equal(out.len, 0);
        ptn_buffer_release(&out);
    }
}

static void test_record_header__bytes_that_are_refused(void **state)
{
    static const struct {
        const char *hex;
        size_t offset;
    } cases[] = {
        { "", 0 },
        { "80", 0 },
        { "a0", 0 },
        { "a40101020104000501", 0 },          /* no time */
        { "a501010201030104000501ff", 11 },   /* bytes after it */
        { "a501020201030104000501", 2 },      /* version 2 */
        { "a50101021829030104000501", 4 },    /* kind 41, past the last */
        { "a50101021828030104000501", 0 },    /* kind 40, which is free */
        { "a501010201030004000501", 6 },      /* time 0 */
        { "a50101020103016161000501", 7 },    /* a key that is text */
        { "a501010201030104030501", 8 },      /* rung 3 */
        { "a501010201030104000502", 0 },      /* class of another kind */
        { "a6010102010301040005010601", 11 }, /* a key that is not known */
        { "a501010201030104000401", 9 },      /* a key twice */
        { "a502010101030104000501", 3 },      /* out of order */
        { "a501010201031801040005"
          "01",
          6 }, /* a number not in its shortest form */
        { "a5010102010320"
          "04000501",
          6 }, /* a negative time */
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct ptn_buffer in = bytes_of_hex(cases[i].hex);
        struct ptn_record_header header = { 9, 9, 9, 9, 9 };
        struct ptn_diag diag = { 99, NULL };
        struct ptn_status status = ptn_record_header_parse(ptn_buffer_bytes(&in), &header, &diag);

        if (status.code != PTN_C_BAD_INPUT || diag.offset != cases[i].offset)
            fail_msg("%s: %d at %zu", cases[i].hex, (int)status.code, diag.offset);
        assert_int_equal(header.version, 9);
        ptn_buffer_release(&in);
    }
}

/* A later version may add keys from 64 up: they are stepped over, checked to be good CBOR. */
static void test_record__optional_keys_are_stepped_over(void **state)
{
    static const struct {
        const char *hex;
        enum ptn_code code;
    } cases[] = {
        { "a6010102010301040005011840"
          "f6",
          PTN_C_OK },
        { "a6010102010301040005011840"
          "a20001"
          "0182"
          "0361"
          "61",
          PTN_C_OK },
        { "a6010102010301040005011840"
          "f7",
          PTN_C_BAD_INPUT },
        { "a6010102010301040005011840"
          "a201010001",
          PTN_C_BAD_INPUT },
        { "a601010201030104000501183f"
          "f6",
          PTN_C_BAD_INPUT },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct ptn_buffer in = bytes_of_hex(cases[i].hex);
        struct ptn_record_header header;

        assert_int_equal(ptn_record_header_parse(ptn_buffer_bytes(&in), &header, NULL).code,
                         cases[i].code);
        ptn_buffer_release(&in);
    }
}

/* ---- ids and words ---- */

static void test_record_id__there_and_back(void **state)
{
    static const char *const bad[] = { "",
                                       "000102030405060708090a0b0c0d0e0",
                                       "000102030405060708090a0b0c0d0e0f0",
                                       "000102030405060708090a0b0c0d0e0F",
                                       "000102030405060708090a0b0c0d0e0g",
                                       "00000000000000000000000000000000" };
    static const char good[] = "000102030405060708090a0b0c0d0eff";
    struct ptn_record_id id = { { 0 } };
    char text[PTN_RECORD_ID_TEXT_SIZE];

    (void)state;
    assert_true(ptn_record_id_is_none(id));
    for (size_t i = 0; i < COUNT(bad); i++) {
        assert_int_equal(ptn_record_id_parse(ptn_bytes_from_text(bad[i]), &id, NULL).code,
                         PTN_C_BAD_INPUT);
        assert_true(ptn_record_id_is_none(id));
    }
    assert_true(ptn_ok(ptn_record_id_parse(ptn_bytes_from_text(good), &id, NULL)));
    assert_int_equal(id.at[1], 1);
    assert_int_equal(id.at[15], 255);
    assert_string_equal(ptn_record_id_write(id, text), good);
    assert_false(ptn_record_id_is_none(id));
    assert_true(ptn_record_id_equal(id, id));
    assert_false(ptn_record_id_equal(id, (struct ptn_record_id){ { 0 } }));
}

static void test_record__words(void **state)
{
    unsigned known = 0;

    (void)state;
    assert_string_equal(ptn_record_kind_word(PTN_RECORD_CROSSING), "crossing");
    assert_string_equal(ptn_record_kind_word(PTN_RECORD_LIST_LOADED), "list-loaded");
    assert_string_equal(ptn_record_kind_word((enum ptn_record_kind)0), "unknown");
    assert_string_equal(ptn_record_kind_word((enum ptn_record_kind)PTN_RECORD_KIND_COUNT),
                        "unknown");
    for (unsigned kind = 1; kind < PTN_RECORD_KIND_COUNT; kind++)
        known += any_is_kind(kind);
    assert_in_range(known, 17, PTN_RECORD_KIND_COUNT - 1);
    assert_string_equal(ptn_rung_word(PTN_RUNG_NORMAL), "normal");
    assert_string_equal(ptn_rung_word(PTN_RUNG_MANUAL), "manual");
    assert_string_equal(ptn_direction_word(PTN_DIRECTION_ENTRY), "entry");
    assert_string_equal(ptn_direction_word(PTN_DIRECTION_EXIT), "exit");
    assert_string_equal(ptn_direction_word((enum ptn_direction)0), "unknown");
}

/* ---- every kind ---- */

/* A copy of exactly its size, so that a sanitizer sees one read too far. */
static struct ptn_status rewrite_copy(unsigned any, struct ptn_bytes bytes, struct ptn_arena *arena,
                                      struct ptn_buffer *out)
{
    uint8_t *copy = malloc(bytes.len + (bytes.len == 0));
    struct ptn_diag diag = { SIZE_MAX, NULL };
    struct ptn_status status;

    assert_non_null(copy);
    if (bytes.len > 0)
        memcpy(copy, bytes.at, bytes.len);
    ptn_buffer_clear(out);
    ptn_arena_clear(arena);
    status = any_rewrite(any, ptn_bytes_of(copy, bytes.len), arena, out, &diag);
    if (!ptn_ok(status)) {
        assert_non_null(diag.text);
        assert_true(diag.offset <= bytes.len);
    }
    free(copy);
    return status;
}

/* Random good records: the same bytes after reading and writing; no part of one is one; a flipped
 * bit is refused or is another record's one form. */
static void test_record__every_kind_has_one_form(void **state)
{
    struct ptn_world *world = ptn_world_seeded(20221124, 0);
    struct any_source source = { world, ptn_arena_new(1000000) };
    struct ptn_arena *arena = ptn_arena_new(1000000);
    struct ptn_buffer bytes;
    struct ptn_buffer again;

    (void)state;
    assert_non_null(world);
    assert_non_null(source.arena);
    assert_non_null(arena);
    ptn_buffer_init(&bytes, PTN_RECORD_LEN_MAX);
    ptn_buffer_init(&again, PTN_RECORD_LEN_MAX);
    for (unsigned any = 0; any < ANY_COUNT; any++) {
        if (!any_exists(any))
            continue;
        for (unsigned round = 0; round < 100; round++) {
            size_t step = 1 + any_below(&source, 50);

            ptn_arena_clear(source.arena);
            ptn_buffer_clear(&bytes);
            assert_true(ptn_ok(any_write(any, &source, &bytes)));
            step += bytes.len / 256; /* of long ones not more places */
            assert_true(ptn_ok(rewrite_copy(any, ptn_buffer_bytes(&bytes), arena, &again)));
            assert_true(ptn_bytes_equal(ptn_buffer_bytes(&again), ptn_buffer_bytes(&bytes)));
            for (size_t len = 0; len < bytes.len; len += step)
                assert_int_equal(rewrite_copy(any, ptn_bytes_of(bytes.at, len), arena, &again).code,
                                 PTN_C_BAD_INPUT);
            for (size_t i = 0; i < bytes.len; i += step) {
                uint8_t bit = (uint8_t)(1u << any_below(&source, 8));
                struct ptn_status status;

                bytes.at[i] ^= bit;
                status = rewrite_copy(any, ptn_buffer_bytes(&bytes), arena, &again);
                if (ptn_ok(status))
                    assert_true(/* shorter: the flip made an optional key of the last one */
                                again.len < bytes.len || ptn_bytes_equal(ptn_buffer_bytes(&again),
                                                                         ptn_buffer_bytes(&bytes)));
                else
                    assert_true(status.code == PTN_C_BAD_INPUT || status.code == PTN_C_TOO_BIG);
                bytes.at[i] ^= bit;
            }
        }
    }
    ptn_buffer_release(&bytes);
    ptn_buffer_release(&again);
    ptn_arena_free(source.arena);
    ptn_arena_free(arena);
    ptn_world_seeded_free(world);
}

static void test_record__check_reads_every_kind_and_no_other(void **state)
{
    struct ptn_world *world = ptn_world_seeded(7, 0);
    struct any_source source = { world, ptn_arena_new(1000000) };
    struct ptn_buffer bytes;

    (void)state;
    assert_non_null(world);
    assert_non_null(source.arena);
    ptn_buffer_init(&bytes, PTN_RECORD_LEN_MAX);
    for (unsigned kind = 1; kind < PTN_RECORD_KIND_COUNT; kind++) {
        if (!any_is_kind(kind))
            continue;
        ptn_buffer_clear(&bytes);
        assert_true(ptn_ok(any_write(kind, &source, &bytes)));
        assert_true(ptn_ok(ptn_record_check((enum ptn_record_kind)kind, ptn_buffer_bytes(&bytes),
                                            source.arena, NULL)));
        /* none is taken for another */
        for (unsigned other = 1; other < PTN_RECORD_KIND_COUNT; other++)
            if (other != kind && any_is_kind(other)) {
                enum ptn_code code = ptn_record_check((enum ptn_record_kind)other,
                                                      ptn_buffer_bytes(&bytes), source.arena, NULL)
                                         .code;

                /* TOO_BIG: a time where a day stands */
                assert_true(code == PTN_C_BAD_INPUT || code == PTN_C_TOO_BIG);
            }
    }
    assert_int_equal(ptn_record_check((enum ptn_record_kind)0, PTN_BYTES_NONE, NULL, NULL).code,
                     PTN_C_NOT_FOUND);
    assert_int_equal(
        ptn_record_check((enum ptn_record_kind)PTN_RECORD_KIND_COUNT, PTN_BYTES_NONE, NULL, NULL)
            .code,
        PTN_C_NOT_FOUND);
    ptn_buffer_release(&bytes);
    ptn_arena_free(source.arena);
    ptn_world_seeded_free(world);
}

static void test_record__a_payload_has_a_largest_size(void **state)
{
    struct ptn_arena *arena = ptn_arena_new(1000);
    uint8_t *bytes = calloc(1, PTN_RECORD_LEN_MAX + 1);

    (void)state;
    assert_non_null(arena);
    assert_non_null(bytes);
    assert_int_equal(
        ptn_record_check(PTN_RECORD_REPORT, ptn_bytes_of(bytes, PTN_RECORD_LEN_MAX), arena, NULL)
            .code,
        PTN_C_BAD_INPUT);
    assert_int_equal(ptn_record_check(PTN_RECORD_REPORT,
                                      ptn_bytes_of(bytes, PTN_RECORD_LEN_MAX + 1), arena, NULL)
                         .code,
                     PTN_C_TOO_BIG);
    free(bytes);
    ptn_arena_free(arena);
}

static void test_record__a_full_or_failing_buffer_is_as_before(void **state)
{
    struct ptn_world *world = ptn_world_seeded(3, 0);
    struct any_source source = { world, ptn_arena_new(1000000) };
    struct ptn_arena *arena = ptn_arena_new(1000000);
    struct ptn_buffer bytes;

    (void)state;
    assert_non_null(world);
    assert_non_null(source.arena);
    assert_non_null(arena);
    ptn_buffer_init(&bytes, PTN_RECORD_LEN_MAX);
    for (unsigned any = 0; any < ANY_COUNT; any++) {
        if (!any_exists(any))
            continue;
        ptn_buffer_clear(&bytes);
        assert_true(ptn_ok(any_write(any, &source, &bytes)));
        for (size_t cap = 1; cap <= bytes.len + 1; cap += 1 + bytes.len / 50) {
            struct ptn_buffer out;
            struct ptn_status status;

            ptn_buffer_init(&out, cap);
            assert_true(ptn_ok(ptn_buffer_add_u8(&out, '.')));
            ptn_arena_clear(arena);
            status = any_rewrite(any, ptn_buffer_bytes(&bytes), arena, &out, NULL);
            assert_int_equal(status.code, cap == bytes.len + 1 ? PTN_C_OK : PTN_C_TOO_BIG);
            if (!ptn_ok(status))
                assert_true(ptn_bytes_is(ptn_buffer_bytes(&out), "."));
            ptn_buffer_release(&out);
        }
        for (unsigned long nth = 1; nth < 3; nth++) {
            struct ptn_buffer out;
            struct ptn_status status;

            ptn_buffer_init(&out, PTN_RECORD_LEN_MAX);
            ptn_arena_clear(arena);
            fault_allocation(nth, FAULT_ONCE);
            status = any_rewrite(any, ptn_buffer_bytes(&bytes), arena, &out, NULL);
            assert_int_equal(status.code, fault_off() ? PTN_C_NO_MEMORY : PTN_C_OK);
            assert_int_equal(out.len, ptn_ok(status) ? bytes.len : 0);
            ptn_buffer_release(&out);
        }
    }
    ptn_buffer_release(&bytes);
    ptn_arena_free(source.arena);
    ptn_arena_free(arena);
    ptn_world_seeded_free(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_record_header__known_bytes),
        cmocka_unit_test(test_record_header__every_wrong_value_is_refused),
        cmocka_unit_test(test_record_header__bytes_that_are_refused),
        cmocka_unit_test(test_record__optional_keys_are_stepped_over),
        cmocka_unit_test(test_record_id__there_and_back),
        cmocka_unit_test(test_record__words),
        cmocka_unit_test(test_record__every_kind_has_one_form),
        cmocka_unit_test(test_record__check_reads_every_kind_and_no_other),
        cmocka_unit_test(test_record__a_payload_has_a_largest_size),
        cmocka_unit_test(test_record__a_full_or_failing_buffer_is_as_before),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
