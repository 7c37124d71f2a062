#include "base/text.h"

#include <stdlib.h>

/* ---- UTF-8 ---- */

static bool is_follower(uint8_t byte)
{
    return (byte & 0xc0u) == 0x80u;
}

/*
 * Bytes of the well-formed sequence at the start of at, or 0. The bounds on the second byte shut
 * out overlong forms, surrogates and numbers past U+10FFFF. Standard: Unicode table 3-7, RFC 3629
 * section 4.
 */
static size_t sequence_len(const uint8_t *at, size_t left)
{
    uint8_t lowest = 0x80;
    uint8_t highest = 0xbf;
    size_t len;

    if (at[0] < 0x80)
        return 1;
    if (at[0] < 0xc2 || at[0] > 0xf4)
        return 0;
    len = at[0] < 0xe0 ? 2 : at[0] < 0xf0 ? 3 : 4;
    if (at[0] == 0xe0)
        lowest = 0xa0;
    if (at[0] == 0xf0)
        lowest = 0x90;
    if (at[0] == 0xed)
        highest = 0x9f;
    if (at[0] == 0xf4)
        highest = 0x8f;
    if (left < len || at[1] < lowest || at[1] > highest)
        return 0;
    if ((len > 2 && !is_follower(at[2])) || (len > 3 && !is_follower(at[3])))
        return 0;
    return len;
}

uint32_t ptn_utf8_next(struct ptn_bytes text, size_t *offset)
{
    static const uint8_t mask_of_len[] = { 0, 0x7f, 0x1f, 0x0f, 0x07 };
    const uint8_t *at = text.at + *offset;
    uint32_t code_point;
    size_t len;

    PTN_PRE(*offset < text.len);
    len = sequence_len(at, text.len - *offset);
    if (len == 0) {
        *offset += 1;
        return PTN_CODE_POINT_BAD;
    }
    code_point = at[0] & mask_of_len[len];
    for (size_t i = 1; i < len; i++)
        code_point = code_point << 6 | (at[i] & 0x3fu);
    *offset += len;
    return code_point;
}

size_t ptn_utf8_put(uint32_t code_point, uint8_t ret_bytes[4])
{
    if (code_point > 0x10ffff || (code_point >= 0xd800 && code_point <= 0xdfff))
        code_point = PTN_CODE_POINT_BAD;
    if (code_point < 0x80) {
        ret_bytes[0] = (uint8_t)code_point;
        return 1;
    }
    if (code_point < 0x800) {
        ret_bytes[0] = (uint8_t)(0xc0u | code_point >> 6);
        ret_bytes[1] = (uint8_t)(0x80u | (code_point & 0x3fu));
        return 2;
    }
    if (code_point < 0x10000) {
        ret_bytes[0] = (uint8_t)(0xe0u | code_point >> 12);
        ret_bytes[1] = (uint8_t)(0x80u | (code_point >> 6 & 0x3fu));
        ret_bytes[2] = (uint8_t)(0x80u | (code_point & 0x3fu));
        return 3;
    }
    ret_bytes[0] = (uint8_t)(0xf0u | code_point >> 18);
    ret_bytes[1] = (uint8_t)(0x80u | (code_point >> 12 & 0x3fu));
    ret_bytes[2] = (uint8_t)(0x80u | (code_point >> 6 & 0x3fu));
    ret_bytes[3] = (uint8_t)(0x80u | (code_point & 0x3fu));
    return 4;
}

#define EACH_BYTE(byte) (UINT64_C(0x0101010101010101) * (byte))
#define TOP_BITS        EACH_BYTE(0x80u)

/* Eight bytes as one number; their order in it does not matter to the tests made on it. */
static uint64_t load_eight(const uint8_t *at)
{
    uint64_t eight;

    memcpy(&eight, at, sizeof(eight));
    return eight;
}

/* Where ASCII ends, from offset on. */
static size_t ascii_end(struct ptn_bytes text, size_t offset)
{
    while (text.len - offset >= 8 && (load_eight(text.at + offset) & TOP_BITS) == 0)
        offset += 8;
    while (offset < text.len && text.at[offset] < 0x80)
        offset++;
    return offset;
}

bool ptn_utf8_valid(struct ptn_bytes text, size_t *ret_offset)
{
    size_t offset = ascii_end(text, 0);

    while (offset < text.len) {
        size_t len = sequence_len(text.at + offset, text.len - offset);

        if (len == 0) {
            if (ret_offset != NULL)
                *ret_offset = offset;
            return false;
        }
        /* After one letter of a script that is not Latin mostly comes another. */
        offset += len;
        if (offset < text.len && text.at[offset] < 0x80)
            offset = ascii_end(text, offset);
    }
    return true;
}

/* ---- JSON writer ---- */

/* Append to the output, after a comma when there is to be one, unless something failed before. */
static void add(struct ptn_json *json, bool comma, const void *bytes, size_t len)
{
    uint8_t *at;

    if (ptn_ok(json->status))
        json->status = ptn_buffer_reserve(json->out, len + comma, &at);
    if (!ptn_ok(json->status))
        return;
    if (comma)
        *at++ = ',';
    memcpy(at, bytes, len);
    json->out->len += len + comma;
}

/* Every value and key goes through here once: checks the place and tells whether a comma comes
 * first. */
static bool begin_item(struct ptn_json *json, bool is_key)
{
    bool comma;

    PTN_PRE(json->depth > 0 || (!is_key && !json->complete));
    PTN_PRE(!is_key || !json->after_key);
    if (json->after_key) {
        json->after_key = false;
        return false;
    }
    /* Past the deepest level the status is TOO_BIG already and nothing is written. */
    if (json->depth == 0 || json->depth > PTN_JSON_DEPTH_MAX)
        return false;
    comma = json->has_item[json->depth - 1];
    json->has_item[json->depth - 1] = true;
    return comma;
}

static void end_value(struct ptn_json *json)
{
    json->complete = json->depth == 0;
}

static void open_level(struct ptn_json *json, const char *bracket)
{
    add(json, begin_item(json, /* is_key= */ false), bracket, 1);
    json->depth++;
    if (json->depth <= PTN_JSON_DEPTH_MAX)
        json->has_item[json->depth - 1] = false;
    else if (ptn_ok(json->status))
        json->status = (struct ptn_status){ PTN_C_TOO_BIG };
}

static void close_level(struct ptn_json *json, const char *bracket)
{
    PTN_PRE(json->depth > 0);
    PTN_PRE(!json->after_key);
    add(json, false, bracket, 1);
    json->depth--;
    end_value(json);
}

void ptn_json_object(struct ptn_json *json)
{
    open_level(json, "{");
}

void ptn_json_object_end(struct ptn_json *json)
{
    close_level(json, "}");
}

void ptn_json_array(struct ptn_json *json)
{
    open_level(json, "[");
}

void ptn_json_array_end(struct ptn_json *json)
{
    close_level(json, "]");
}

/* The bytes of ASCII that stand in a JSON string as they are. */
static bool is_plain(uint8_t byte)
{
    return byte >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\';
}

/* Whether any of eight bytes is not plain; rarely says so in vain. */
static bool eight_stop(uint64_t eight)
{
    uint64_t quote = eight ^ EACH_BYTE('"');
    uint64_t slash = eight ^ EACH_BYTE('\\');

    /* A top bit gets set by a byte below 0x20, a quote, a backslash or a byte past ASCII. */
    return (((eight - EACH_BYTE(0x20u)) | (quote - EACH_BYTE(1u)) | (slash - EACH_BYTE(1u)) |
             eight) &
            TOP_BITS) != 0;
}

/* Bytes at the start of text that stand in JSON as they are: plain ones and well-formed sequences.
 */
static size_t plain_len(struct ptn_bytes text)
{
    size_t offset = 0;
    size_t len;

    do {
        while (text.len - offset >= 8 && !eight_stop(load_eight(text.at + offset)))
            offset += 8;
        /* The last few bytes with those before them, which were looked at already. */
        if (offset < text.len && text.len - offset < 8 && text.len >= 8 &&
            !eight_stop(load_eight(text.at + text.len - 8)))
            return text.len;
        while (offset < text.len && is_plain(text.at[offset]))
            offset++;
        len = 0;
        while (offset < text.len && text.at[offset] >= 0x80) {
            len = sequence_len(text.at + offset, text.len - offset);
            if (len == 0)
                return offset;
            offset += len;
        }
    } while (len > 0);
    return offset;
}

/* Append what stands in JSON for one byte that cannot stand as it is. */
static void add_escape(struct ptn_json *json, uint8_t byte)
{
    static const char hex[] = "0123456789abcdef";
    static const char from[] = "\"\\\b\f\n\r\t";
    static const char to[] = "\"\\bfnrt";
    char escape[6] = { '\\', 'u', '0', '0', hex[byte >> 4], hex[byte & 15] };
    const char *known = byte == 0 ? NULL : strchr(from, byte);

    if (byte >= 0x80) {
        add(json, false, "\xef\xbf\xbd", 3);
        return;
    }
    if (known != NULL) {
        escape[1] = to[known - from];
        add(json, false, escape, 2);
        return;
    }
    add(json, false, escape, sizeof(escape));
}

/* The text in quotes, after a comma and before a colon where there is to be one. */
static void add_quoted(struct ptn_json *json, struct ptn_bytes text, bool comma, bool colon)
{
    size_t plain = plain_len(text);
    uint8_t *at;

    /* Nearly every text is plain: one reservation, one copy. */
    if (plain == text.len && text.len <= SIZE_MAX - 4) {
        if (ptn_ok(json->status))
            json->status = ptn_buffer_reserve(json->out, text.len + 2 + comma + colon, &at);
        if (!ptn_ok(json->status))
            return;
        if (comma)
            *at++ = ',';
        *at++ = '"';
        if (text.len > 0)
            memcpy(at, text.at, text.len);
        at[text.len] = '"';
        if (colon)
            at[text.len + 1] = ':';
        json->out->len += text.len + 2 + comma + colon;
        return;
    }
    add(json, comma, "\"", 1);
    while (text.len > 0) {
        if (plain > 0)
            add(json, false, text.at, plain);
        text = ptn_bytes_slice(text, plain, SIZE_MAX);
        if (text.len == 0)
            break;
        add_escape(json, text.at[0]);
        text = ptn_bytes_slice(text, 1, SIZE_MAX);
        plain = plain_len(text);
    }
    add(json, false, "\":", colon ? 2 : 1);
}

void ptn_json_key(struct ptn_json *json, const char *key)
{
    add_quoted(json, ptn_bytes_from_text(key), begin_item(json, /* is_key= */ true),
               /* colon= */ true);
    json->after_key = true;
}

void ptn_json_text(struct ptn_json *json, struct ptn_bytes text)
{
    add_quoted(json, text, begin_item(json, /* is_key= */ false), /* colon= */ false);
    end_value(json);
}

void ptn_json_number(struct ptn_json *json, int64_t value)
{
    ptn_json_decimal(json, value, 0);
}

void ptn_json_decimal(struct ptn_json *json, int64_t value, unsigned decimals)
{
    char digits[24]; /* sign, 19 digits, point and a zero before it */
    size_t first = sizeof(digits);
    uint64_t left = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;

    PTN_PRE(decimals <= 18);
    for (unsigned i = 0; left > 0 || i <= decimals; i++) {
        if (i == decimals && decimals > 0)
            digits[--first] = '.';
        digits[--first] = (char)('0' + left % 10);
        left /= 10;
    }
    if (value < 0)
        digits[--first] = '-';
    add(json, begin_item(json, /* is_key= */ false), digits + first, sizeof(digits) - first);
    end_value(json);
}

void ptn_json_bool(struct ptn_json *json, bool value)
{
    add(json, begin_item(json, /* is_key= */ false), value ? "true" : "false", value ? 4 : 5);
    end_value(json);
}

void ptn_json_null(struct ptn_json *json)
{
    add(json, begin_item(json, /* is_key= */ false), "null", 4);
    end_value(json);
}

void ptn_json_field_text(struct ptn_json *json, const char *key, struct ptn_bytes text)
{
    ptn_json_key(json, key);
    ptn_json_text(json, text);
}

void ptn_json_field_text_if(struct ptn_json *json, const char *key, struct ptn_bytes text)
{
    if (text.len > 0)
        ptn_json_field_text(json, key, text);
}

void ptn_json_field_number(struct ptn_json *json, const char *key, int64_t value)
{
    ptn_json_key(json, key);
    ptn_json_number(json, value);
}

void ptn_json_field_bool(struct ptn_json *json, const char *key, bool value)
{
    ptn_json_key(json, key);
    ptn_json_bool(json, value);
}

struct ptn_status ptn_json_end(const struct ptn_json *json)
{
    PTN_PRE(json->depth == 0 && json->complete);
    return json->status;
}

/* ---- lines ---- */

#define READ_SIZE 65536u

struct ptn_lines {
    ptn_read_fn read;
    void *context;
    size_t line_len_max;
    uint8_t *at;
    size_t capacity;
    size_t first; /* the bytes from first to end are read and not yet handed out */
    size_t end;
    size_t searched; /* of those, so many from first on hold no LF */
    size_t number;   /* of the last line handed out */
    bool skipping;   /* inside a line past the cap, whose start is dropped */
    bool at_end;
};

struct ptn_lines *ptn_lines_new(ptn_read_fn read, void *context, size_t line_len_max)
{
    struct ptn_lines *lines = calloc(1, sizeof(*lines));

    if (lines == NULL)
        return NULL;
    lines->read = read;
    lines->context = context;
    lines->line_len_max = line_len_max < SIZE_MAX / 4 ? line_len_max : SIZE_MAX / 4;
    lines->capacity = READ_SIZE;
    lines->at = malloc(lines->capacity);
    if (lines->at == NULL) {
        free(lines);
        return NULL;
    }
    return lines;
}

void ptn_lines_free(struct ptn_lines *lines)
{
    if (lines == NULL)
        return;
    free(lines->at);
    free(lines);
}

/* Make room for at least one more byte and read. */
static struct ptn_status fill(struct ptn_lines *lines)
{
    size_t len = 0;
    struct ptn_status status;

    if (lines->first > 0 && lines->end == lines->capacity) {
        memmove(lines->at, lines->at + lines->first, lines->end - lines->first);
        lines->end -= lines->first;
        lines->first = 0;
    }
    if (lines->end == lines->capacity) {
        /* Never past twice the cap: see ptn_lines_next. */
        size_t capacity = lines->capacity < READ_SIZE ? READ_SIZE : lines->capacity * 2;
        uint8_t *at = realloc(lines->at, capacity);

        if (at == NULL)
            return (struct ptn_status){ PTN_C_NO_MEMORY };
        lines->at = at;
        lines->capacity = capacity;
    }
    status =
        lines->read(lines->context, lines->at + lines->end, lines->capacity - lines->end, &len);
    if (!ptn_ok(status))
        return status;
    PTN_PRE(len <= lines->capacity - lines->end);
    lines->end += len;
    lines->at_end = len == 0;
    return PTN_OK;
}

/* Hand out the len bytes from first on, which a terminator of after bytes follows. */
static struct ptn_status hand_out(struct ptn_lines *lines, size_t len, size_t after,
                                  struct ptn_bytes *ret_line, size_t *ret_number)
{
    const uint8_t *from = lines->at + lines->first;
    bool too_big = lines->skipping;

    lines->first += len + after;
    lines->searched = 0;
    lines->skipping = false;
    lines->number++;
    *ret_number = lines->number;
    if (len > 0 && from[len - 1] == '\r')
        len--;
    if (too_big || len > lines->line_len_max)
        return (struct ptn_status){ PTN_C_TOO_BIG };
    *ret_line = ptn_bytes_of(from, len);
    return PTN_OK;
}

struct ptn_status ptn_lines_next(struct ptn_lines *lines, struct ptn_bytes *ret_line,
                                 size_t *ret_number)
{
    for (;;) {
        size_t left = lines->end - lines->first;
        const uint8_t *from = lines->at + lines->first;
        const uint8_t *newline = left == lines->searched
                                     ? NULL
                                     : memchr(from + lines->searched, '\n', left - lines->searched);
        struct ptn_status status;

        if (newline != NULL)
            return hand_out(lines, (size_t)(newline - from), 1, ret_line, ret_number);
        lines->searched = left;
        /* Two bytes past the cap can only be too long, whatever follows: a CR accounts for one. */
        if (lines->skipping || left >= lines->line_len_max + 2) {
            lines->skipping = true;
            lines->first = 0;
            lines->end = 0;
            lines->searched = 0;
        }
        if (lines->at_end) {
            if (!lines->skipping && left == 0)
                return (struct ptn_status){ PTN_C_NOT_FOUND };
            return hand_out(lines, lines->end - lines->first, 0, ret_line, ret_number);
        }
        status = fill(lines);
        if (!ptn_ok(status))
            return status;
    }
}
