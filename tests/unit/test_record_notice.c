#include "record/notice.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void test_report__there_and_back(void **state)
{
    struct ptn_report report = { .id = { { 1 } },
                                 .crossing = { { 2 } },
                                 .time_ms = 1,
                                 .post = PTN_BYTES_LITERAL("tia"),
                                 .officer = PTN_BYTES_LITERAL("ana"),
                                 .note = PTN_BYTES_LITERAL("two suitcases,\nleft by taxi") };
    struct ptn_report back;
    struct ptn_buffer out;

    (void)state;
    ptn_buffer_init(&out, 1000);
    assert_true(ptn_ok(ptn_report_write(&report, &out)));
    assert_true(ptn_ok(ptn_report_parse(ptn_buffer_bytes(&out), &back, NULL)));
    assert_true(ptn_record_id_equal(back.crossing, report.crossing));
    assert_true(ptn_bytes_equal(back.note, report.note));
    ptn_buffer_release(&out);
}

static void test_report__needs_its_crossing_its_officer_and_a_note(void **state)
{
    static const char *const fields[] = { "id", "crossing", "time_ms", "post", "officer", "note" };

    (void)state;
    for (unsigned i = 0; i < COUNT(fields); i++) {
        struct ptn_report report = { .id.at[0] = i != 0,
                                     .crossing.at[0] = i != 1,
                                     .time_ms = i != 2,
                                     .post = { (const uint8_t *)"p", i != 3 },
                                     .officer = { (const uint8_t *)"o", i != 4 },
                                     .note = { (const uint8_t *)"n", i != 5 } };
        struct ptn_diag diag = { 0, "" };

        assert_int_equal(ptn_report_validate(&report, &diag).code, PTN_C_BAD_INPUT);
        assert_string_equal(diag.text, fields[i]);
    }
}

static void test_report__a_note_has_a_limit(void **state)
{
    static uint8_t text[PTN_RECORD_NOTE_MAX + 1];

    (void)state;
    memset(text, 'a', sizeof(text));
    for (size_t len = PTN_RECORD_NOTE_MAX - 1; len <= PTN_RECORD_NOTE_MAX + 1; len++) {
        struct ptn_report report = { .id = { { 1 } },
                                     .crossing = { { 2 } },
                                     .time_ms = 1,
                                     .post = PTN_BYTES_LITERAL("tia"),
                                     .officer = PTN_BYTES_LITERAL("ana"),
                                     .note = { text, len } };

        assert_int_equal(ptn_report_validate(&report, NULL).code,
                         len <= PTN_RECORD_NOTE_MAX ? PTN_C_OK : PTN_C_TOO_BIG);
    }
}

static void test_list_loaded__there_and_back(void **state)
{
    static const struct ptn_list_loaded_list lists[] = {
        { { (const uint8_t *)"un", 2 },
          { (const uint8_t *)"un-xml", 6 },
          { (const uint8_t *)"2023-12-28", 10 },
          712,
          0 },
        { { (const uint8_t *)"national", 8 }, { NULL, 0 }, { NULL, 0 }, 0, 3 },
    };
    struct ptn_list_loaded loaded = { .time_ms = 1,
                                      .post = PTN_BYTES_LITERAL("tia"),
                                      .snapshot_len = 1000,
                                      .snapshot_sha256 = { 1, 2, 3 },
                                      .lists = lists,
                                      .list_count = 2 };
    struct ptn_list_loaded back;
    struct ptn_arena *arena = ptn_arena_new(10000);
    struct ptn_buffer out;

    (void)state;
    assert_non_null(arena);
    ptn_buffer_init(&out, 1000);
    assert_true(ptn_ok(ptn_list_loaded_write(&loaded, &out)));
    assert_true(ptn_ok(ptn_list_loaded_parse(ptn_buffer_bytes(&out), arena, &back, NULL)));
    assert_int_equal(back.list_count, 2);
    assert_true(ptn_bytes_is(back.lists[0].format, "un-xml"));
    assert_int_equal(back.lists[0].entries, 712);
    assert_int_equal(back.lists[1].rejected, 3);
    assert_memory_equal(back.snapshot_sha256, loaded.snapshot_sha256, PTN_SHA256_LEN);
    ptn_buffer_release(&out);
    ptn_arena_free(arena);
}

static void test_list_loaded__has_a_limit(void **state)
{
    static struct ptn_list_loaded_list lists[PTN_LIST_LOADED_MAX + 1];

    (void)state;
    for (size_t i = 0; i < COUNT(lists); i++)
        lists[i].list = PTN_BYTES_LITERAL("un");
    for (size_t count = PTN_LIST_LOADED_MAX - 1; count <= PTN_LIST_LOADED_MAX + 1; count++) {
        struct ptn_list_loaded loaded = { .time_ms = 1,
                                          .post = PTN_BYTES_LITERAL("tia"),
                                          .snapshot_len = 1,
                                          .snapshot_sha256 = { 1 },
                                          .lists = lists,
                                          .list_count = count };

        assert_int_equal(ptn_list_loaded_validate(&loaded, NULL).code,
                         count <= PTN_LIST_LOADED_MAX ? PTN_C_OK : PTN_C_TOO_BIG);
    }
}

/* Written by hand from docs/format/records.md. */
static void test_node_started__known_bytes(void **state)
{
    static const char hex[] = "a5"
                              "011b0000018bcfe5687b"
                              "0263746961"
                              "036654697261"
                              "6e61"
                              "0465302e312e30"
                              "05f5";
    struct ptn_node_started started = { 1700000000123,
                                        PTN_BYTES_LITERAL("tia"),
                                        PTN_BYTES_LITERAL("Tirana"),
                                        PTN_BYTES_LITERAL("0.1.0"),
                                        true,
                                        false };
    struct ptn_node_started back;
    struct ptn_buffer expected;
    struct ptn_buffer out;

    (void)state;
    ptn_buffer_init(&expected, sizeof(hex) / 2);
    ptn_buffer_init(&out, 1000);
    assert_true(ptn_ok(ptn_hex_read(ptn_bytes_from_text(hex), &expected, NULL)));
    assert_true(ptn_ok(ptn_node_started_write(&started, &out)));
    assert_true(ptn_bytes_equal(ptn_buffer_bytes(&out), ptn_buffer_bytes(&expected)));
    assert_true(ptn_ok(ptn_node_started_parse(ptn_buffer_bytes(&expected), &back, NULL)));
    assert_true(back.after_crash);
    assert_true(ptn_bytes_is(back.name, "Tirana"));
    started.name = PTN_BYTES_NONE;
    assert_int_equal(ptn_node_started_validate(&started, NULL).code, PTN_C_BAD_INPUT);
    ptn_buffer_release(&out);
    ptn_buffer_release(&expected);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_report__there_and_back),
        cmocka_unit_test(test_report__needs_its_crossing_its_officer_and_a_note),
        cmocka_unit_test(test_report__a_note_has_a_limit),
        cmocka_unit_test(test_list_loaded__there_and_back),
        cmocka_unit_test(test_list_loaded__has_a_limit),
        cmocka_unit_test(test_node_started__known_bytes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
