/* Goal: one form of each body is read, every cut of it refused, and what is written is read back.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mirror/wire.h"

#define HEX_A "5f0c9a3be1d2a4c75f0c9a3be1d2a4c75f0c9a3be1d2a4c75f0c9a3be1d2a4c7"
#define HEX_B "6f0c9a3be1d2a4c75f0c9a3be1d2a4c75f0c9a3be1d2a4c75f0c9a3be1d2a4c7"
#define B64   "KgEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"

static void test_wire__reads_an_add_checkpoint_of_the_standard(void **state)
{
    static const char good[] = "old 1\n" B64 B64 "\norigin\n3\nroot\n\n— x y\n";
    struct ptn_wire_checkpoint read;
    struct ptn_buffer out;

    (void)state;
    ptn_buffer_init(&out, PTN_WIRE_BODY_MAX);
    assert_true(ptn_ok(ptn_wire_checkpoint_parse(ptn_bytes_from_text(good), &read, NULL)));
    assert_int_equal(read.old_size, 1);
    assert_int_equal(read.proof.count, 2);
    assert_int_equal(read.proof.hashes[1].at[0], 0x2a);
    assert_memory_equal(read.note.at, "origin\n", 7);
    assert_true(ptn_ok(ptn_wire_checkpoint_write(&out, &read)));
    assert_true(ptn_bytes_equal(ptn_buffer_bytes(&out), ptn_bytes_from_text(good)));
    ptn_buffer_release(&out);
}

static void test_wire__refuses_an_add_checkpoint_of_another_form(void **state)
{
    static const char *const bad[] = {
        "",
        "old 1",
        "old 01\n\nx\n",
        "old\n\nx\n",
        "Old 1\n\nx\n",
        "old -1\n\nx\n",
        "old 9223372036854775808\n\nx\n",
        "old 1\n\n",
        ("old 1\n" B64),
        "old 1\nKgE=\n\nx\n",
        "old 1\nKgEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==\n\nx\n"
    };
    struct ptn_wire_checkpoint read;
    struct ptn_buffer out;

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_int_equal(ptn_wire_checkpoint_parse(ptn_bytes_from_text(bad[i]), &read, NULL).code,
                         PTN_C_BAD_INPUT);
    ptn_buffer_init(&out, PTN_WIRE_BODY_MAX);
    assert_true(ptn_ok(ptn_buffer_add_text(&out, "old 1\n")));
    for (unsigned i = 0; i < 64; i++)
        assert_true(ptn_ok(ptn_buffer_add_text(&out, B64)));
    assert_true(ptn_ok(ptn_buffer_add_text(&out, "\nx\n")));
    assert_int_equal(ptn_wire_checkpoint_parse(ptn_buffer_bytes(&out), &read, NULL).code,
                     PTN_C_TOO_BIG);
    ptn_buffer_release(&out);
}

/* A body of every package of [start, end), each leaf two bytes. */
static void write_entries(struct ptn_buffer *out, uint64_t start, uint64_t end)
{
    static struct ptn_wire_package package;
    struct ptn_wire_entries head = { .origin = PTN_BYTES_LITERAL("a.example/x"),
                                     .start = start,
                                     .end = end,
                                     .ticket = PTN_BYTES_LITERAL("tk") };

    assert_true(ptn_ok(ptn_wire_entries_write(out, &head)));
    for (uint64_t first = start; first < end; first = package.end) {
        package =
            (struct ptn_wire_package){ .first = first, .end = ptn_wire_package_end(first, end) };
        package.count = (size_t)(package.end - first);
        for (size_t i = 0; i < package.count; i++)
            package.leaves[i] = PTN_BYTES_LITERAL("ab");
        package.proof.count = 2;
        assert_true(ptn_ok(ptn_wire_package_write(out, &package)));
    }
}

static void test_wire__cuts_entries_into_the_canonical_packages(void **state)
{
    /* from the text of tlog-mirror: aligned at multiples of 256 */
    static const struct {
        uint64_t start, end;
        uint64_t ends[4];
        size_t count;
    } cases[] = { { 0, 0, { 0 }, 0 },
                  { 7, 7, { 0 }, 0 },
                  { 0, 3, { 3 }, 1 },
                  { 0, 256, { 256 }, 1 },
                  { 255, 257, { 256, 257 }, 2 },
                  { 256, 700, { 512, 700 }, 2 },
                  { 100, 600, { 256, 512, 600 }, 3 } };
    static struct ptn_wire_package package;
    struct ptn_buffer out;

    (void)state;
    ptn_buffer_init(&out, PTN_WIRE_BODY_MAX);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct ptn_wire_entries read;
        uint64_t first = cases[i].start;

        ptn_buffer_clear(&out);
        write_entries(&out, cases[i].start, cases[i].end);
        assert_true(ptn_ok(ptn_wire_entries_parse(ptn_buffer_bytes(&out), &read, NULL)));
        assert_true(ptn_bytes_is(read.origin, "a.example/x") && ptn_bytes_is(read.ticket, "tk"));
        for (size_t j = 0; j < cases[i].count; j++) {
            assert_true(ptn_ok(ptn_wire_entries_next(&read, &package, NULL)));
            assert_int_equal(package.first, first);
            assert_int_equal(package.end, cases[i].ends[j]);
            assert_int_equal(package.subtree_start % 256, 0);
            assert_int_equal(package.count, package.end - package.first);
            first = package.end;
        }
        assert_int_equal(ptn_wire_entries_next(&read, &package, NULL).code, PTN_C_NOT_FOUND);
    }
    ptn_buffer_release(&out);
}

static void test_wire__every_cut_of_entries_ends_between_packages_or_is_refused(void **state)
{
    static struct ptn_wire_package package;
    struct ptn_buffer out;

    (void)state;
    ptn_buffer_init(&out, PTN_WIRE_BODY_MAX);
    write_entries(&out, 250, 260);
    for (size_t len = 0; len < out.len; len++) {
        struct ptn_wire_entries read;
        struct ptn_status status = ptn_wire_entries_parse(ptn_bytes_of(out.at, len), &read, NULL);
        unsigned count = 0;

        while (ptn_ok(status)) {
            status = ptn_wire_entries_next(&read, &package, NULL);
            count += ptn_ok(status) ? 1 : 0;
        }
        assert_true(count < 2);
        if (status.code == PTN_C_NOT_FOUND)
            assert_true(len == 33 || len == 33 + 6 * 4 + 1 + 64);
        else
            assert_int_equal(status.code, PTN_C_BAD_INPUT);
    }
    ptn_buffer_release(&out);
}

static void test_wire__refuses_entries_that_are_no_interval(void **state)
{
    uint8_t body[] = { 0, 1, 'a', 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0 };
    struct ptn_wire_entries read;

    (void)state;
    assert_int_equal(ptn_wire_entries_parse(ptn_bytes_of(body, sizeof(body)), &read, NULL).code,
                     PTN_C_BAD_INPUT);
    body[18] = 5;
    assert_true(ptn_ok(ptn_wire_entries_parse(ptn_bytes_of(body, sizeof(body)), &read, NULL)));
    body[11] = 0x80; /* past 2^63 - 1 */
    assert_int_equal(ptn_wire_entries_parse(ptn_bytes_of(body, sizeof(body)), &read, NULL).code,
                     PTN_C_BAD_INPUT);
}

static void test_wire__a_batch_tells_payloads_from_none_and_gone(void **state)
{
    struct ptn_cursor cursor;
    struct ptn_buffer out;
    enum ptn_wire_payload what;
    struct ptn_bytes payload;

    (void)state;
    ptn_buffer_init(&out, 64);
    assert_true(ptn_ok(ptn_wire_payload_write(&out, PTN_WIRE_PAYLOAD_NONE, PTN_BYTES_NONE)));
    assert_true(
        ptn_ok(ptn_wire_payload_write(&out, PTN_WIRE_PAYLOAD_HERE, PTN_BYTES_LITERAL("abc"))));
    assert_true(ptn_ok(ptn_wire_payload_write(&out, PTN_WIRE_PAYLOAD_GONE, PTN_BYTES_NONE)));
    cursor = ptn_cursor_at(ptn_buffer_bytes(&out));
    assert_true(ptn_ok(ptn_wire_payload_next(&cursor, &what, &payload, NULL)));
    assert_int_equal(what, PTN_WIRE_PAYLOAD_NONE);
    assert_true(ptn_ok(ptn_wire_payload_next(&cursor, &what, &payload, NULL)));
    assert_true(what == PTN_WIRE_PAYLOAD_HERE && ptn_bytes_is(payload, "abc"));
    assert_true(ptn_ok(ptn_wire_payload_next(&cursor, &what, &payload, NULL)));
    assert_int_equal(what, PTN_WIRE_PAYLOAD_GONE);
    assert_int_equal(ptn_wire_payload_next(&cursor, &what, &payload, NULL).code, PTN_C_NOT_FOUND);
    cursor = ptn_cursor_at(ptn_bytes_of(out.at + 4, 6));
    assert_int_equal(ptn_wire_payload_next(&cursor, &what, &payload, NULL).code, PTN_C_BAD_INPUT);
    ptn_buffer_release(&out);
}

static void test_wire__heads_stand_in_order(void **state)
{
    static const char good[] = "t ab-1\n" HEX_A " 12\n" HEX_B " 0\n";
    static const char *const bad[] = { "",
                                       "ab\n",
                                       "t \n",
                                       "t AB\n",
                                       "t ab",
                                       "t ab\n" HEX_A " 12",
                                       "t ab\n" HEX_A " 012\n",
                                       "t ab\n" HEX_A "\n",
                                       "t ab\n" HEX_B " 1\n" HEX_A " 1\n",
                                       "t ab\n" HEX_A " 1\n" HEX_A " 1\n" };
    struct ptn_wire_heads heads;
    struct ptn_wire_head head;

    (void)state;
    assert_true(ptn_ok(ptn_wire_heads_parse(ptn_bytes_from_text(good), &heads, NULL)));
    assert_true(ptn_bytes_is(heads.token, "ab-1"));
    assert_true(ptn_ok(ptn_wire_heads_next(&heads, &head, NULL)));
    assert_int_equal(head.size, 12);
    assert_int_equal(head.origin.at[31], 0xc7);
    assert_true(ptn_ok(ptn_wire_heads_next(&heads, &head, NULL)));
    assert_int_equal(ptn_wire_heads_next(&heads, &head, NULL).code, PTN_C_NOT_FOUND);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct ptn_status status = ptn_wire_heads_parse(ptn_bytes_from_text(bad[i]), &heads, NULL);

        while (ptn_ok(status))
            status = ptn_wire_heads_next(&heads, &head, NULL);
        assert_int_equal(status.code, PTN_C_BAD_INPUT);
    }
}

static void test_wire__paths_have_one_writing(void **state)
{
    static const struct {
        const char *path;
        enum ptn_wire_verb what;
    } good[] = { { "/add-checkpoint", PTN_WIRE_ADD_CHECKPOINT },
                 { "/add-entries", PTN_WIRE_ADD_ENTRIES },
                 { "/notes", PTN_WIRE_POST_NOTE },
                 { "/heads", PTN_WIRE_GET_HEADS },
                 { "/heads?after=ab-12", PTN_WIRE_GET_HEADS },
                 { "/" HEX_A "/payload/" HEX_B, PTN_WIRE_PUT_PAYLOAD },
                 { "/" HEX_A "/payloads", PTN_WIRE_POST_PAYLOADS },
                 { "/" HEX_A "/payloads/3-9", PTN_WIRE_GET_PAYLOADS },
                 { "/" HEX_A "/checkpoint", PTN_WIRE_GET_FILE },
                 { "/" HEX_A "/pending", PTN_WIRE_GET_FILE },
                 { "/" HEX_A "/tile/entries/x001/067.p/3", PTN_WIRE_GET_FILE },
                 { "/" HEX_A "/payload/" HEX_B, PTN_WIRE_GET_FILE } };
    struct ptn_buffer out;

    (void)state;
    ptn_buffer_init(&out, 512);
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        struct ptn_wire_path path;

        ptn_buffer_clear(&out);
        assert_true(
            ptn_ok(ptn_wire_path_parse(ptn_bytes_from_text(ptn_wire_verb_word(good[i].what)),
                                       ptn_bytes_from_text(good[i].path), &path)));
        assert_int_equal(path.what, good[i].what);
        assert_true(ptn_ok(ptn_wire_path_write(&out, &path)));
        assert_true(ptn_bytes_is(ptn_buffer_bytes(&out), good[i].path));
    }
    ptn_buffer_release(&out);
}

static void test_wire__other_paths_are_no_paths(void **state)
{
    static const char *const bad[][2] = { { "GET", "/add-checkpoint" },
                                          { "POST", "/heads" },
                                          { "GET", "/heads?after=" },
                                          { "GET", "/heads?after=x" },
                                          { "GET", "/heads?before=1" },
                                          { "DELETE", "/" HEX_A "/checkpoint" },
                                          { "GET", "/" HEX_A "/" },
                                          { "GET", "/" HEX_A },
                                          { "GET", "/" HEX_A "/tile/../../vault" },
                                          { "GET", "/" HEX_A "/tile//0" },
                                          { "GET", "/" HEX_A "/tile/0/" },
                                          { "GET", "/" HEX_A "/payloads/9-3" },
                                          { "GET", "/" HEX_A "/payloads/3-3" },
                                          { "GET", "/" HEX_A "/payloads/03-9" },
                                          { "PUT", "/" HEX_A "/payload/" HEX_B "0" },
                                          { "PUT", "/" HEX_A "/checkpoint" },
                                          { "POST", "/" HEX_A "/payloads/1-2" },
                                          { "GET", "" } };
    struct ptn_wire_path path;

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_int_equal(ptn_wire_path_parse(ptn_bytes_from_text(bad[i][0]),
                                             ptn_bytes_from_text(bad[i][1]), &path)
                             .code,
                         PTN_C_NOT_FOUND);
}

static void test_wire__reads_the_short_answers(void **state)
{
    struct ptn_wire_info info;
    struct ptn_cursor cursor = ptn_cursor_at(PTN_BYTES_LITERAL("7\n12\nx\n"));
    uint64_t size, index;

    (void)state;
    assert_true(ptn_ok(ptn_wire_info_parse(PTN_BYTES_LITERAL("12\n9\nYQ==\n"), &info, NULL)));
    assert_true(info.size == 12 && info.next == 9 && ptn_bytes_is(info.ticket, "YQ=="));
    assert_false(ptn_ok(ptn_wire_info_parse(PTN_BYTES_LITERAL("12\n9\n"), &info, NULL)));
    assert_false(ptn_ok(ptn_wire_info_parse(PTN_BYTES_LITERAL("12\n9\n\nx"), &info, NULL)));
    assert_false(ptn_ok(ptn_wire_info_parse(PTN_BYTES_LITERAL("12\n9\na b\n"), &info, NULL)));
    assert_true(ptn_ok(ptn_wire_size_parse(PTN_BYTES_LITERAL("7\n"), &size)) && size == 7);
    assert_false(ptn_ok(ptn_wire_size_parse(PTN_BYTES_LITERAL("7"), &size)));
    assert_true(ptn_ok(ptn_wire_missing_next(&cursor, &index)) && index == 7);
    assert_true(ptn_ok(ptn_wire_missing_next(&cursor, &index)) && index == 12);
    assert_int_equal(ptn_wire_missing_next(&cursor, &index).code, PTN_C_BAD_INPUT);
    cursor = ptn_cursor_at(PTN_BYTES_NONE);
    assert_int_equal(ptn_wire_missing_next(&cursor, &index).code, PTN_C_NOT_FOUND);
}

static void test_wire__a_bundle_has_its_width_and_no_more(void **state)
{
    static const uint8_t bytes[] = { 0, 3, 'a', 'b', 'c', 0, 1, 'x', 0, 0 };
    struct ptn_bytes leaves[3];

    (void)state;
    assert_true(ptn_ok(ptn_wire_bundle_read(ptn_bytes_of(bytes, 8), 2, leaves, NULL)));
    assert_true(ptn_bytes_is(leaves[0], "abc") && ptn_bytes_is(leaves[1], "x"));
    for (size_t len = 0; len <= sizeof(bytes); len++)
        for (size_t width = 0; width <= 3; width++) {
            bool good =
                (width == 0 && len == 0) || (width == 1 && len == 5) || (width == 2 && len == 8);

            assert_int_equal(
                ptn_ok(ptn_wire_bundle_read(ptn_bytes_of(bytes, len), width, leaves, NULL)), good);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wire__reads_an_add_checkpoint_of_the_standard),
        cmocka_unit_test(test_wire__refuses_an_add_checkpoint_of_another_form),
        cmocka_unit_test(test_wire__cuts_entries_into_the_canonical_packages),
        cmocka_unit_test(test_wire__every_cut_of_entries_ends_between_packages_or_is_refused),
        cmocka_unit_test(test_wire__refuses_entries_that_are_no_interval),
        cmocka_unit_test(test_wire__a_batch_tells_payloads_from_none_and_gone),
        cmocka_unit_test(test_wire__heads_stand_in_order),
        cmocka_unit_test(test_wire__paths_have_one_writing),
        cmocka_unit_test(test_wire__other_paths_are_no_paths),
        cmocka_unit_test(test_wire__reads_the_short_answers),
        cmocka_unit_test(test_wire__a_bundle_has_its_width_and_no_more),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
