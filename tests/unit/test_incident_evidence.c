/* Goal: a manifest of evidence has one form; each byte of it flipped or cut is refused or is
 * another manifest; what a sweep printed leads to files below the root and nowhere else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "fault.h"
#include "incident/evidence.h"

#define ARENA ((size_t)4 << 20)
#define H     "5d41402abc4b2a76b9719d911017c5925d41402abc4b2a76b9719d911017c592"

static struct ptn_taken_line lines[] = {
    { .word = PTN_TAKEN_GONE },
    { .word = PTN_TAKEN_FILE, .kind = PTN_TAKEN_LOG, .sha256 = { 1 }, .length = 7 },
    { .word = PTN_TAKEN_FILE, .kind = PTN_TAKEN_CONFIG, .sha256 = { 2 }, .length = 5 },
    { .word = PTN_TAKEN_FILE, .kind = PTN_TAKEN_CONFIG, .sha256 = { 2 }, .length = 5 },
    { .word = PTN_TAKEN_DIFFERS, .sha256 = { 3 } },
    { .word = PTN_TAKEN_GAP, .from = 3, .to = 9 },
    { .word = PTN_TAKEN_SEALED, .sha256 = { 1 }, .sealed_sha256 = { 4 }, .length = 99 },
};
#define LINES (sizeof(lines) / sizeof(lines[0]))

static struct ptn_taken made(void)
{
    static const char *const paths[] = { "a b", "x\xff%y", "node.conf", "node.conf",
                                         "d",   "log\n",   "" };
    struct ptn_taken taken = { .ledger = PTN_BYTES_LITERAL("utopia.example/a"),
                               .time_ms = 1000,
                               .sealed = true,
                               .key = { 9 },
                               .findings = 3,
                               .lines = lines,
                               .line_count = LINES };

    for (size_t i = 0; i < LINES; i++)
        lines[i].path = ptn_bytes_from_text(paths[i]);
    return taken;
}

static void test_evidence__a_manifest_comes_back_in_its_one_form(void **state)
{
    struct ptn_arena *arena = ptn_arena_new(ARENA);
    struct ptn_buffer out = { .len_max = 1u << 16 }, again = { .len_max = 1u << 16 };
    struct ptn_taken taken = made(), back;
    struct ptn_diag diag = { 0 };

    (void)state;
    assert_true(ptn_ok(ptn_taken_write(&taken, arena, &out)));
    assert_int_equal(taken.files, 2);
    assert_int_equal(taken.length, 12);
    assert_non_null(memmem(out.at, out.len, "x%FF%25y\n", 9));
    assert_non_null(memmem(out.at, out.len, "\ngone a%20b\n", 12));
    assert_true(ptn_ok(ptn_taken_parse(ptn_buffer_bytes(&out), arena, &back, &diag)));
    assert_int_equal(back.line_count, LINES - 1); /* what was there twice is there once */
    assert_int_equal(back.lines[0].word, PTN_TAKEN_DIFFERS);
    assert_true(ptn_bytes_is(back.lines[2].path, "x\xff%y"));
    assert_true(ptn_ok(ptn_taken_write(&back, arena, &again)));
    assert_true(ptn_bytes_equal(ptn_buffer_bytes(&out), ptn_buffer_bytes(&again)));
    lines[0].path = PTN_BYTES_NONE;
    assert_int_equal(ptn_taken_write(&taken, arena, &out).code, PTN_C_BAD_INPUT);
    ptn_buffer_release(&out);
    ptn_buffer_release(&again);
    ptn_arena_free(arena);
}

static void test_evidence__each_byte_flipped_and_cut_is_seen(void **state)
{
    struct ptn_arena *arena = ptn_arena_new(ARENA);
    struct ptn_buffer good = { .len_max = 1u << 16 };
    struct ptn_taken taken = made();

    (void)state;
    assert_true(ptn_ok(ptn_taken_write(&taken, arena, &good)));
    for (size_t i = 0; i < good.len; i++)
        for (unsigned bit = 0; bit <= 8; bit++) {
            struct ptn_buffer again = { .len_max = 1u << 16 };
            size_t len = bit == 8 ? i : good.len;
            struct ptn_bytes text = ptn_bytes_of(good.at, len);

            ptn_arena_clear(arena);
            if (bit < 8)
                good.at[i] = (uint8_t)(good.at[i] ^ 1u << bit);
            if (ptn_ok(ptn_taken_parse(text, arena, &taken, NULL))) {
                assert_int_equal(len, good.len); /* no cut is one */
                assert_true(ptn_ok(ptn_taken_write(&taken, arena, &again)));
                assert_true(ptn_bytes_equal(ptn_buffer_bytes(&again), text));
            }
            if (bit < 8)
                good.at[i] = (uint8_t)(good.at[i] ^ 1u << bit);
            ptn_buffer_release(&again);
        }
    ptn_buffer_release(&good);
    ptn_arena_free(arena);
}

static void test_evidence__a_note_comes_back_and_every_cut_is_refused(void **state)
{
    const struct ptn_taken_note note = { PTN_BYTES_LITERAL("utopia.example/a"), 7, { 1 }, 2, 12 };
    struct ptn_taken_note back;
    struct ptn_buffer out = { .len_max = 1024 };

    (void)state;
    assert_true(ptn_ok(ptn_taken_note_write(&note, &out)));
    assert_true(ptn_ok(ptn_taken_note_parse(ptn_buffer_bytes(&out), &back, NULL)));
    assert_int_equal(back.entry, 7);
    assert_memory_equal(back.manifest, note.manifest, 32);
    for (size_t i = 0; i < out.len; i++)
        assert_int_equal(ptn_taken_note_parse(ptn_bytes_of(out.at, i), &back, NULL).code,
                         PTN_C_BAD_INPUT);
    ptn_buffer_release(&out);
}

static void test_evidence__findings_lead_below_the_root_only(void **state)
{
    static const struct {
        const char *line, *path;
        bool finding;
        enum ptn_code code;
    } cases[] = {
        { "{\"class\":\"hash\",\"path\":\"a/b\",\"sha256\":\"" H "\"}", "a/b", true, PTN_C_OK },
        { "{\"class\":\"hash\",\"path\":\"x\",\"path_hex\":\"612fff\"}", "a/\xff", true, PTN_C_OK },
        { "{\"class\":\"hash\",\"path\":\"../a\"}", "", true, PTN_C_OK },
        { "{\"class\":\"hash\",\"path\":\"/etc/shadow\"}", "", true, PTN_C_OK },
        { "{\"class\":\"hash\",\"path\":\"a//b\"}", "", true, PTN_C_OK },
        { "{\"class\":\"hash\",\"path_hex\":\"612e\"}", "a.", true, PTN_C_OK },
        { "{\"class\":\"hash\",\"path_hex\":\"2e2e2f61\"}", "", true, PTN_C_OK },
        { "{\"class\":\"hash\",\"path_hex\":\"6100\"}", "", true, PTN_C_OK },
        { "{\"unread\":{\"path\":\"a\",\"why\":\"x\"}}", "", false, PTN_C_OK },
        { "[]", "", false, PTN_C_BAD_INPUT },
        { "", "", false, PTN_C_BAD_INPUT },
        { "{\"class\":", "", false, PTN_C_BAD_INPUT },
    };
    struct ptn_arena *arena = ptn_arena_new(ARENA);
    struct ptn_taken_named named;

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(
            ptn_taken_named_read(ptn_bytes_from_text(cases[i].line), arena, &named, NULL).code,
            cases[i].code);
        if (cases[i].code != PTN_C_OK)
            continue;
        assert_int_equal(named.finding, cases[i].finding);
        assert_true(ptn_bytes_is(named.path, cases[i].path));
        assert_int_equal(named.has_sha256, i == 0);
    }
    assert_true(ptn_ok(
        ptn_taken_named_read(PTN_BYTES_LITERAL("{\"summary\":{\"root\":\"/mnt\",\"findings\":4}}"),
                             arena, &named, NULL)));
    assert_true(named.summary && ptn_bytes_is(named.root, "/mnt") && named.findings == 4);
    ptn_arena_free(arena);
}

static void test_evidence__no_memory_is_said(void **state)
{
    unsigned long nth = 0;
    struct ptn_status status;

    (void)state;
    do {
        struct ptn_arena *arena;
        struct ptn_taken taken = made();
        struct ptn_buffer out = { .len_max = 1u << 16 };

        fault_allocation(++nth, FAULT_ONCE);
        arena = ptn_arena_new(ARENA);
        status = (struct ptn_status){ arena == NULL ? PTN_C_NO_MEMORY : PTN_C_OK };
        if (ptn_ok(status))
            status = ptn_taken_write(&taken, arena, &out);
        if (ptn_ok(status))
            status = ptn_taken_parse(ptn_buffer_bytes(&out), arena, &taken, NULL);
        if (fault_off())
            assert_int_equal(status.code, PTN_C_NO_MEMORY);
        ptn_buffer_release(&out);
        ptn_arena_free(arena);
    } while (!ptn_ok(status));
    assert_true(nth > 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_evidence__a_manifest_comes_back_in_its_one_form),
        cmocka_unit_test(test_evidence__each_byte_flipped_and_cut_is_seen),
        cmocka_unit_test(test_evidence__a_note_comes_back_and_every_cut_is_refused),
        cmocka_unit_test(test_evidence__findings_lead_below_the_root_only),
        cmocka_unit_test(test_evidence__no_memory_is_said),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
