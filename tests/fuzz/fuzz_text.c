/*
 * Texts: UTF-8, JSON strings, lines, dates, instants, hex and base64. The first byte chooses how
 * lines are cut; the rest is the text for all of them.
 */
#include "base/date.h"
#include "base/text.h"

#include <stdlib.h>

#define LINE_MAX 16u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void check_utf8(struct ptn_bytes text)
{
    size_t bad_offset = SIZE_MAX;
    bool valid = ptn_utf8_valid(text, &bad_offset);
    size_t offset = 0;
    bool seen_bad = false;

    while (offset < text.len) {
        size_t before = offset;
        uint32_t code_point = ptn_utf8_next(text, &offset);
        uint8_t bytes[4];
        size_t len = ptn_utf8_put(code_point, bytes);
        bool same = len == offset - before && memcmp(bytes, text.at + before, len) == 0;

        must(offset > before && offset <= text.len);
        if (!same) {
            must(code_point == PTN_CODE_POINT_BAD && offset == before + 1);
            must(!valid && (seen_bad || before == bad_offset));
            seen_bad = true;
        }
    }
    must(valid != seen_bad);
}

/* Read a JSON string back, far enough to compare it with the text it was written from. */
static void check_json(struct ptn_bytes text)
{
    struct ptn_buffer out;
    struct ptn_json json = { .out = &out };
    size_t offset = 0;
    size_t at = 1;

    ptn_buffer_init(&out, text.len * 6 + 2);
    ptn_json_text(&json, text);
    must(ptn_ok(ptn_json_end(&json)));
    must(ptn_utf8_valid(ptn_buffer_bytes(&out), NULL));
    must(out.at[0] == '"' && out.at[out.len - 1] == '"');
    while (offset < text.len) {
        uint32_t code_point = ptn_utf8_next(text, &offset);
        static const char from[] = "\"\\bfnrt";
        static const char to[] = "\"\\\b\f\n\r\t";
        const char *escape;
        uint32_t back;

        must(at < out.len - 1 && out.at[at] >= 0x20 && out.at[at] != '"');
        if (out.at[at] != '\\') {
            back = ptn_utf8_next(ptn_buffer_bytes(&out), &at);
        } else if (out.at[at + 1] == 'u') {
            must(out.at[at + 2] == '0' && out.at[at + 3] == '0');
            back = (uint32_t)strtoul((char[3]){ (char)out.at[at + 4], (char)out.at[at + 5], 0 },
                                     NULL, 16);
            must(back < 0x20);
            at += 6;
        } else {
            escape = strchr(from, out.at[at + 1]);
            must(escape != NULL && *escape != '\0');
            back = (uint8_t)to[escape - from];
            at += 2;
        }
        must(back == code_point);
    }
    must(at == out.len - 1);
    ptn_buffer_release(&out);
}

struct stream {
    struct ptn_cursor cursor;
    size_t step;
};

static struct ptn_status read_stream(void *context, uint8_t *at, size_t len, size_t *ret_len)
{
    struct stream *stream = context;
    size_t left = ptn_cursor_left(&stream->cursor);
    struct ptn_bytes piece;

    len = len < stream->step ? len : stream->step;
    len = len < left ? len : left;
    must(ptn_ok(ptn_cursor_take(&stream->cursor, len, &piece)));
    if (len > 0)
        memcpy(at, piece.at, len);
    *ret_len = len;
    return PTN_OK;
}

/* Lines read piece by piece are those a cursor finds in the whole. */
static void check_lines(struct ptn_bytes text, size_t step)
{
    struct stream stream = { ptn_cursor_at(text), step };
    struct ptn_cursor cursor = ptn_cursor_at(text);
    struct ptn_lines *lines = ptn_lines_new(read_stream, &stream, LINE_MAX);
    struct ptn_bytes expected;
    struct ptn_bytes line;
    size_t number = 0;
    size_t count = 0;

    must(lines != NULL);
    while (ptn_ok(ptn_cursor_take_line(&cursor, &expected))) {
        struct ptn_status status = ptn_lines_next(lines, &line, &number);

        must(number == ++count);
        must(status.code == (expected.len > LINE_MAX ? PTN_C_TOO_BIG : PTN_C_OK));
        must(!ptn_ok(status) || ptn_bytes_equal(line, expected));
    }
    must(ptn_lines_next(lines, &line, &number).code == PTN_C_NOT_FOUND);
    ptn_lines_free(lines);
}

static void check_date(struct ptn_bytes text)
{
    char written[PTN_INSTANT_TEXT_SIZE];
    struct ptn_date date = PTN_DATE_NONE;
    struct ptn_date back = PTN_DATE_NONE;
    struct ptn_diag diag = { 0, NULL };
    int64_t ms = 0;
    int64_t again_ms = 0;

    if (ptn_ok(ptn_date_parse(text, &date, &diag))) {
        must(ptn_date_is_possible(date));
        (void)ptn_date_write(date, written);
        must(strncmp(written, (const char *)text.at, text.len) == 0);
        must(ptn_ok(ptn_date_parse(ptn_bytes_from_text(written), &back, NULL)));
        must(ptn_date_equal(date, back));
        if (date.year != 0)
            must(ptn_date_compare(ptn_date_first(date), ptn_date_last(date)) <= 0);
        if (ptn_date_is_full(date))
            must(ptn_date_equal(ptn_date_from_days(ptn_date_to_days(date)), date));
    } else {
        must(diag.offset <= text.len && diag.text != NULL);
    }
    if (ptn_ok(ptn_instant_parse(text, &ms, &diag))) {
        (void)ptn_instant_write(ms, written);
        must(ptn_ok(ptn_instant_parse(ptn_bytes_from_text(written), &again_ms, NULL)));
        must(ms == again_ms);
        must(strncmp(written, (const char *)text.at, 19) == 0);
    }
}

static void check_encodings(struct ptn_bytes text)
{
    struct ptn_buffer bytes;
    struct ptn_buffer back;

    ptn_buffer_init(&bytes, text.len);
    ptn_buffer_init(&back, text.len + 4);
    if (ptn_ok(ptn_hex_read(text, &bytes, NULL))) {
        must(ptn_ok(ptn_buffer_add_hex(&back, ptn_buffer_bytes(&bytes))));
        must(ptn_bytes_equal(ptn_buffer_bytes(&back), text));
    } else {
        must(bytes.len == 0);
    }
    ptn_buffer_clear(&bytes);
    ptn_buffer_clear(&back);
    if (ptn_ok(ptn_base64_read(text, &bytes, NULL))) {
        must(ptn_ok(ptn_buffer_add_base64(&back, ptn_buffer_bytes(&bytes))));
        must(ptn_bytes_equal(ptn_buffer_bytes(&back), text));
    } else {
        must(bytes.len == 0);
    }
    ptn_buffer_release(&bytes);
    ptn_buffer_release(&back);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ptn_bytes text;

    if (size == 0)
        return 0;
    text = ptn_bytes_of(data + 1, size - 1);
    check_utf8(text);
    check_json(text);
    check_lines(text, 1u + data[0] % 32u);
    check_date(text);
    check_encodings(text);
    return 0;
}
