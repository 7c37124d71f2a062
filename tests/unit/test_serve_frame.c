/* Frames between the front and the keeper: what may be one, and what bodies a path may have. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "serve/frame_int.h"

static const uint8_t somebody[PTN_TLS_ID_LEN] = { 1, 2, 3 };

static const struct ptn_frame frames[] = {
    { .kind = PTN_FRAME_ASK,
      .ticket = 7,
      .tls = somebody,
      .verb = PTN_FRAME_PUT,
      .path = { (const uint8_t *)"/x?y", 4 },
      .body = { (const uint8_t *)"body", 4 } },
    { .kind = PTN_FRAME_ASK,
      .ticket = UINT64_MAX,
      .tls = somebody,
      .verb = PTN_FRAME_GET,
      .path = { (const uint8_t *)"/", 1 } },
    { .kind = PTN_FRAME_ANSWER, .ticket = 8, .status = 599, .body = { (const uint8_t *)"no", 2 } },
    { .kind = PTN_FRAME_ANSWER, .ticket = 9, .status = 0 },
    { .kind = PTN_FRAME_ADMIT, .body = { somebody, PTN_TLS_ID_LEN } },
    { .kind = PTN_FRAME_ADMIT },
    { .kind = PTN_FRAME_GONE, .ticket = 10 },
    { .kind = PTN_FRAME_READY },
};

#define FRAMES (sizeof(frames) / sizeof(frames[0]))

static void add(struct ptn_buffer *out, const struct ptn_frame *frame)
{
    assert_true(ptn_ok(ptn_frame_write_head(frame, out)));
    assert_true(ptn_ok(ptn_buffer_add(out, frame->body)));
}

static void test_frame__all_kinds_come_back_as_they_went(void **state)
{
    struct ptn_buffer out = { .len_max = 4096 };
    size_t start = 0;

    (void)state;
    for (size_t i = 0; i < FRAMES; i++)
        add(&out, &frames[i]);
    for (size_t i = 0; i < FRAMES; i++) {
        struct ptn_bytes rest = ptn_bytes_slice(ptn_buffer_bytes(&out), start, SIZE_MAX);
        struct ptn_frame frame;
        size_t used = 0;

        assert_true(ptn_ok(ptn_frame_parse(rest, &frame, &used)));
        assert_int_equal(frame.kind, frames[i].kind);
        assert_int_equal(frame.ticket, frames[i].ticket);
        assert_int_equal(frame.status, frames[i].status);
        assert_true(ptn_bytes_equal(frame.path, frames[i].path));
        assert_true(ptn_bytes_equal(frame.body, frames[i].body));
        if (frame.kind == PTN_FRAME_ASK) {
            assert_int_equal(frame.verb, frames[i].verb);
            assert_memory_equal(frame.tls, somebody, PTN_TLS_ID_LEN);
        }
        for (size_t len = 0; len < used; len++) /* a part of it is none yet */
            assert_int_equal(ptn_frame_parse(ptn_bytes_slice(rest, 0, len), &frame, &used).code,
                             PTN_C_BUSY);
        start += used;
    }
    assert_int_equal(start, out.len);
    ptn_buffer_release(&out);
}

/* DOOR-2. */
static void test_frame__what_breaks_a_rule_is_none(void **state)
{
    static const struct {
        const char *bytes;
        size_t len;
        enum ptn_code code;
    } cases[] = {
        { "\x00\x00\x00\x00", 4, PTN_C_BAD_INPUT },             /* no kind */
        { "\x00\x00\x00\x01\x00", 5, PTN_C_BAD_INPUT },         /* unknown kinds */
        { "\x00\x00\x00\x01\x06", 5, PTN_C_BAD_INPUT },         /* */
        { "\x00\x00\x00\x02\x05x", 6, PTN_C_BAD_INPUT },        /* READY says nothing */
        { "\x00\x00\x00\x02\x03x", 6, PTN_C_BAD_INPUT },        /* ADMIT: a whole number */
        { "\x00\x00\x00\x05\x04\0\0\0\0", 9, PTN_C_BAD_INPUT }, /* GONE: short ticket */
        { "\x00\x00\x00\x0b\x02\0\0\0\0\0\0\0\1\0\x63", 15, PTN_C_BAD_INPUT }, /* status 99 */
        { "\x00\x00\x00\x0b\x02\0\0\0\0\0\0\0\1\2\x58", 15, PTN_C_BAD_INPUT }, /* status 600 */
        { "\x00\x00\x00\x0c\x02\0\0\0\0\0\0\0\1\0\0x", 16, PTN_C_BAD_INPUT },  /* 0 with a body */
        { "\x01\x10\x00\x01", 4, PTN_C_TOO_BIG },                              /* 17 MiB + 1 */
        { "\x01\x10\x00\x00", 4, PTN_C_BUSY },
    };
    static const uint8_t paths[][2] = { { 'x', 'x' }, { '/', ' ' }, { '/', '\n' }, { '/', 0x80 } };
    struct ptn_frame ask = frames[0];
    struct ptn_buffer out = { .len_max = 4096 };
    uint8_t longest[PTN_FRAME_PATH_MAX + 1];
    struct ptn_frame frame;
    size_t used;

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_int_equal(
            ptn_frame_parse(ptn_bytes_of(cases[i].bytes, cases[i].len), &frame, &used).code,
            cases[i].code);
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        ask.path = ptn_bytes_of(paths[i], 2);
        assert_int_equal(ptn_frame_write_head(&ask, &out).code, PTN_C_BAD_INPUT);
    }
    memset(longest, '/', sizeof(longest));
    ask.path = ptn_bytes_of(longest, sizeof(longest));
    assert_int_equal(ptn_frame_write_head(&ask, &out).code, PTN_C_BAD_INPUT);
    ask.path.len--;
    assert_int_equal(out.len, 0);
    add(&out, &ask);
    assert_true(ptn_ok(ptn_frame_parse(ptn_buffer_bytes(&out), &frame, &used)));
    out.at[4 + 1 + 8 + PTN_TLS_ID_LEN] = 4; /* a verb that is none */
    assert_int_equal(ptn_frame_parse(ptn_buffer_bytes(&out), &frame, &used).code, PTN_C_BAD_INPUT);
    ptn_buffer_release(&out);
}

#define HEX "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static void test_frame__bodies_by_path(void **state)
{
    static const struct {
        enum ptn_frame_verb verb;
        const char *path;
        size_t max;
    } cases[] = {
        { PTN_FRAME_POST, "/add-entries", 4u << 20 },
        { PTN_FRAME_POST, "/add-checkpoint", 66560 },
        { PTN_FRAME_POST, "/notes", 256u << 10 },
        { PTN_FRAME_POST, "/" HEX "/payloads", 4u << 20 },
        { PTN_FRAME_PUT, "/" HEX "/payload/" HEX, 4u << 20 },
        { PTN_FRAME_POST, "/v1/messages", 4u << 20 },
        { PTN_FRAME_GET, "/v1/messages", 0 },
        { PTN_FRAME_POST, "/v1/changes", 64 },
        { PTN_FRAME_GET, "/v1/changes", 0 },
        { PTN_FRAME_POST, "/v1/messages/", 0 },
        { PTN_FRAME_GET, "/add-entries", 0 },
        { PTN_FRAME_PUT, "/add-entries", 0 },
        { PTN_FRAME_PUT, "/notes", 0 },
        { PTN_FRAME_POST, "/notes/", 0 },
        { PTN_FRAME_GET, "/" HEX "/payloads", 0 },
        { PTN_FRAME_POST, "/" HEX "/payloads/", 0 },
        { PTN_FRAME_POST, "/" HEX "/payload/" HEX, 0 },
        { PTN_FRAME_PUT, "/" HEX "/payloads", 0 },
        { PTN_FRAME_PUT, "/" HEX "/payload/" HEX "0", 0 },
        { PTN_FRAME_PUT, "/" HEX "/payload/", 0 },
        { PTN_FRAME_PUT, "/" HEX "/payloax/" HEX, 0 },
        { PTN_FRAME_PUT,
          "/A123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef/payload/" HEX, 0 },
        { PTN_FRAME_POST, "/", 0 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        if (ptn_frame_body_max(cases[i].verb, ptn_bytes_from_text(cases[i].path)) != cases[i].max)
            fail_msg("%s %s", ptn_frame_verb_word(cases[i].verb), cases[i].path);
}

static void test_frame__a_buffer_that_is_full_is_as_before(void **state)
{
    (void)state;
    for (size_t i = 0; i < FRAMES; i++)
        for (size_t room = 0; room < 200; room++) {
            struct ptn_buffer out;
            struct ptn_status status;

            ptn_buffer_init(&out, 3 + room);
            assert_true(ptn_ok(ptn_buffer_add_text(&out, "abc")));
            status = ptn_frame_write_head(&frames[i], &out);
            assert_true(ptn_ok(status) || (status.code == PTN_C_TOO_BIG && out.len == 3));
            assert_memory_equal(out.at, "abc", 3);
            ptn_buffer_release(&out);
        }
}

static void test_frame__verbs(void **state)
{
    enum ptn_frame_verb verb = PTN_FRAME_GET;

    (void)state;
    assert_true(ptn_frame_verb_read("POST", &verb));
    assert_int_equal(verb, PTN_FRAME_POST);
    assert_string_equal(ptn_frame_verb_word(verb), "POST");
    assert_false(ptn_frame_verb_read("", &verb));
    assert_false(ptn_frame_verb_read("HEAD", &verb));
    assert_false(ptn_frame_verb_read("get", &verb));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_frame__all_kinds_come_back_as_they_went),
        cmocka_unit_test(test_frame__what_breaks_a_rule_is_none),
        cmocka_unit_test(test_frame__bodies_by_path),
        cmocka_unit_test(test_frame__a_buffer_that_is_full_is_as_before),
        cmocka_unit_test(test_frame__verbs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
