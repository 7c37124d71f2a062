/* Goal: a digest names each ledger once and in order; a successor shows what it says was there. */
#include "record/notice.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

static void test_heads__a_digest_comes_back_and_is_in_order(void **state)
{
    struct ptn_ledger_head heads[] = { { PTN_BYTES_LITERAL("u/a"), 0 },
                                       { PTN_BYTES_LITERAL("u/b"), 7 } };
    struct ptn_view_digest_record digest = {
        .time_ms = 1, .sha256 = { 1 }, .heads = heads, .head_count = 2
    };
    struct ptn_view_digest_record back;
    struct ptn_arena *arena = ptn_arena_new(4096);
    struct ptn_diag diag = { 0, "" };
    struct ptn_buffer out;

    (void)state;
    ptn_buffer_init(&out, 400);
    assert_true(ptn_ok(ptn_view_digest_record_write(&digest, &out)));
    assert_true(ptn_ok(ptn_view_digest_record_parse(ptn_buffer_bytes(&out), arena, &back, NULL)));
    assert_int_equal(back.head_count, 2);
    assert_true(ptn_bytes_is(back.heads[1].origin, "u/b") && back.heads[1].size == 7);
    assert_int_equal(back.sha256[0], 1);
    heads[1].origin = PTN_BYTES_LITERAL("u/a");
    assert_int_equal(ptn_view_digest_record_validate(&digest, &diag).code, PTN_C_BAD_INPUT);
    assert_string_equal(diag.text, "heads");
    heads[1].origin = PTN_BYTES_LITERAL("u/A");
    assert_int_equal(ptn_view_digest_record_validate(&digest, &diag).code, PTN_C_BAD_INPUT);
    assert_true(ptn_record_has_digest(&digest));
    memset(digest.sha256, 0, sizeof(digest.sha256)); /* a heartbeat */
    assert_false(ptn_record_has_digest(&digest));
    digest.head_count = 0; /* a view of no ledger yet */
    assert_true(ptn_ok(ptn_view_digest_record_validate(&digest, NULL)));
    ptn_buffer_release(&out);
    ptn_arena_free(arena);
}

static void test_heads__a_successor_shows_what_it_says(void **state)
{
    static const struct {
        uint64_t least;
        const char *checkpoint;
        enum ptn_code code;
    } cases[] = {
        { 0, "", PTN_C_OK },
        { 5, "u/x\n5\nAAAA\n\n\xe2\x80\x94 k AAAA\n", PTN_C_OK },
        { 5, "", PTN_C_BAD_INPUT },
        { 0, "u/x\n", PTN_C_BAD_INPUT },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct ptn_successor successor = { .time_ms = 1,
                                           .origin = PTN_BYTES_LITERAL("u/x"),
                                           .least = cases[i].least,
                                           .checkpoint = ptn_bytes_from_text(cases[i].checkpoint) };
        struct ptn_successor back;
        struct ptn_buffer out;

        ptn_buffer_init(&out, 400);
        assert_int_equal(ptn_successor_write(&successor, &out).code, cases[i].code);
        if (cases[i].code == PTN_C_OK) {
            assert_true(ptn_ok(ptn_successor_parse(ptn_buffer_bytes(&out), &back, NULL)));
            assert_int_equal(back.least, cases[i].least);
            assert_true(ptn_bytes_is(back.checkpoint, cases[i].checkpoint));
        }
        ptn_buffer_release(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_heads__a_digest_comes_back_and_is_in_order),
        cmocka_unit_test(test_heads__a_successor_shows_what_it_says),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
