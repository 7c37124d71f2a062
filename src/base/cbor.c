#include "base/cbor.h"

#include "base/text.h"

#define MAJOR_SIMPLE 7u
#define SIMPLE_FALSE 20u
#define SIMPLE_TRUE  21u
#define SIMPLE_NULL  22u
#define HEAD_LEN_MAX 9u

/* ---- reading ---- */

static struct ptn_status bad(const struct ptn_cbor_reader *reader, struct ptn_diag *reterr,
                             const char *text)
{
    return ptn_fail(PTN_C_BAD_INPUT, reterr, reader->cursor.next, text);
}

/* The number in the head at the cursor, stepped over; false when it is cut short or not in its
 * shortest form. */
static bool take_head(struct ptn_cursor *cursor, unsigned *ret_major, uint64_t *ret_number)
{
    const uint8_t *at = cursor->bytes.at + cursor->next;
    unsigned info = at[0] & 0x1fu;
    size_t len = info < 24 ? 0 : (size_t)1 << (info - 24);
    uint64_t number = info;

    /* 28 to 30 are reserved; 31 is an indefinite length or a break. */
    if (info > 27 || ptn_cursor_left(cursor) < 1 + len)
        return false;
    if (len > 0) {
        number = 0;
        for (size_t i = 1; i <= len; i++)
            number = number << 8 | at[i];
        if (len == 1 ? number < 24 : number >> (len * 4) == 0)
            return false;
    }
    *ret_major = at[0] >> 5;
    *ret_number = number;
    cursor->next += 1 + len;
    return true;
}

/* False for a simple value other than false, true and null, and for every float. */
static bool simple_type(uint64_t number, unsigned info, enum ptn_cbor_type *ret_type)
{
    if (info != number || number < SIMPLE_FALSE || number > SIMPLE_NULL)
        return false;
    *ret_type = number == SIMPLE_FALSE  ? PTN_CBOR_FALSE
                : number == SIMPLE_TRUE ? PTN_CBOR_TRUE
                                        : PTN_CBOR_NULL;
    return true;
}

struct ptn_status ptn_cbor_next(struct ptn_cbor_reader *reader, struct ptn_cbor_item *ret_item,
                                struct ptn_diag *reterr)
{
    static const enum ptn_cbor_type types[] = { PTN_CBOR_UINT, PTN_CBOR_NEGATIVE, PTN_CBOR_BYTES,
                                                PTN_CBOR_TEXT, PTN_CBOR_ARRAY,    PTN_CBOR_MAP };
    struct ptn_cursor cursor = reader->cursor;
    struct ptn_cbor_item item = { PTN_CBOR_NULL, 0, PTN_BYTES_NONE };
    unsigned major = 0;
    size_t left;

    PTN_PRE(cursor.next <= cursor.bytes.len);
    if (ptn_cursor_left(&cursor) == 0)
        return ptn_fail(PTN_C_NOT_FOUND, reterr, cursor.next, "end of the input");
    if (!take_head(&cursor, &major, &item.number))
        return bad(reader, reterr, "CBOR head is cut short, reserved or not the shortest");
    left = ptn_cursor_left(&cursor);
    if (major == MAJOR_SIMPLE) {
        if (!simple_type(item.number, reader->cursor.bytes.at[reader->cursor.next] & 0x1fu,
                         &item.type))
            return bad(reader, reterr, "CBOR floats and other simple values are not used");
        item.number = 0;
    } else if (major < sizeof(types) / sizeof(types[0])) {
        item.type = types[major];
    } else {
        return bad(reader, reterr, "CBOR tags are not used");
    }
    if (item.type == PTN_CBOR_BYTES || item.type == PTN_CBOR_TEXT) {
        if (item.number > left)
            return bad(reader, reterr, "CBOR string is longer than the input");
        item.bytes = ptn_bytes_slice(cursor.bytes, cursor.next, (size_t)item.number);
        cursor.next += (size_t)item.number;
    }
    if (item.type == PTN_CBOR_TEXT && !ptn_utf8_valid(item.bytes, NULL))
        return bad(reader, reterr, "CBOR text is not UTF-8");
    /* An item takes a byte, a pair two: no count may promise more than is there. */
    if ((item.type == PTN_CBOR_ARRAY && item.number > left) ||
        (item.type == PTN_CBOR_MAP && item.number > left / 2))
        return bad(reader, reterr, "CBOR array or map has more items than bytes are left");
    reader->cursor = cursor;
    *ret_item = item;
    return PTN_OK;
}

/* The next item if it is of the type; the end of the input is then bad input too. */
static struct ptn_status next_of(struct ptn_cbor_reader *reader, enum ptn_cbor_type type,
                                 struct ptn_cbor_item *ret_item, struct ptn_diag *reterr,
                                 const char *expected)
{
    struct ptn_cbor_reader ahead = *reader;
    struct ptn_cbor_item item = { 0 };
    struct ptn_status status = ptn_cbor_next(&ahead, &item, reterr);

    if (status.code == PTN_C_NOT_FOUND || (ptn_ok(status) && item.type != type))
        return bad(reader, reterr, expected);
    if (!ptn_ok(status))
        return status;
    *reader = ahead;
    *ret_item = item;
    return PTN_OK;
}

struct ptn_status ptn_cbor_read_u64(struct ptn_cbor_reader *reader, uint64_t *ret_value,
                                    struct ptn_diag *reterr)
{
    struct ptn_cbor_item item;
    struct ptn_status status =
        next_of(reader, PTN_CBOR_UINT, &item, reterr, "expected an unsigned number");

    if (ptn_ok(status))
        *ret_value = item.number;
    return status;
}

struct ptn_status ptn_cbor_read_i64(struct ptn_cbor_reader *reader, int64_t *ret_value,
                                    struct ptn_diag *reterr)
{
    struct ptn_cbor_reader ahead = *reader;
    struct ptn_cbor_item item;
    struct ptn_status status = ptn_cbor_next(&ahead, &item, reterr);

    if (!ptn_ok(status) && status.code != PTN_C_NOT_FOUND)
        return status;
    if (!ptn_ok(status) || (item.type != PTN_CBOR_UINT && item.type != PTN_CBOR_NEGATIVE))
        return bad(reader, reterr, "expected a number");
    if (item.number > INT64_MAX)
        return bad(reader, reterr, "number does not fit in 64 signed bits");
    *ret_value = item.type == PTN_CBOR_UINT ? (int64_t)item.number : -1 - (int64_t)item.number;
    *reader = ahead;
    return PTN_OK;
}

struct ptn_status ptn_cbor_read_bool(struct ptn_cbor_reader *reader, bool *ret_value,
                                     struct ptn_diag *reterr)
{
    struct ptn_cbor_reader ahead = *reader;
    struct ptn_cbor_item item;
    struct ptn_status status = ptn_cbor_next(&ahead, &item, reterr);

    if (!ptn_ok(status) && status.code != PTN_C_NOT_FOUND)
        return status;
    if (!ptn_ok(status) || (item.type != PTN_CBOR_TRUE && item.type != PTN_CBOR_FALSE))
        return bad(reader, reterr, "expected true or false");
    *ret_value = item.type == PTN_CBOR_TRUE;
    *reader = ahead;
    return PTN_OK;
}

struct ptn_status ptn_cbor_read_bytes(struct ptn_cbor_reader *reader, struct ptn_bytes *ret_bytes,
                                      struct ptn_diag *reterr)
{
    struct ptn_cbor_item item;
    struct ptn_status status =
        next_of(reader, PTN_CBOR_BYTES, &item, reterr, "expected a byte string");

    if (ptn_ok(status))
        *ret_bytes = item.bytes;
    return status;
}

struct ptn_status ptn_cbor_read_text(struct ptn_cbor_reader *reader, struct ptn_bytes *ret_text,
                                     struct ptn_diag *reterr)
{
    struct ptn_cbor_item item;
    struct ptn_status status =
        next_of(reader, PTN_CBOR_TEXT, &item, reterr, "expected a text string");

    if (ptn_ok(status))
        *ret_text = item.bytes;
    return status;
}

struct ptn_status ptn_cbor_read_array(struct ptn_cbor_reader *reader, size_t *ret_count,
                                      struct ptn_diag *reterr)
{
    struct ptn_cbor_item item;
    struct ptn_status status = next_of(reader, PTN_CBOR_ARRAY, &item, reterr, "expected an array");

    if (ptn_ok(status))
        *ret_count = (size_t)item.number;
    return status;
}

struct ptn_status ptn_cbor_read_map(struct ptn_cbor_reader *reader, size_t *ret_count,
                                    struct ptn_diag *reterr)
{
    struct ptn_cbor_item item;
    struct ptn_status status = next_of(reader, PTN_CBOR_MAP, &item, reterr, "expected a map");

    if (ptn_ok(status))
        *ret_count = (size_t)item.number;
    return status;
}

struct ptn_status ptn_cbor_read_key(struct ptn_cbor_reader *reader, int64_t *previous,
                                    uint64_t *ret_key, struct ptn_diag *reterr)
{
    struct ptn_cbor_reader ahead = *reader;
    uint64_t key = 0;
    struct ptn_status status = ptn_cbor_read_u64(&ahead, &key, reterr);

    if (!ptn_ok(status))
        return status;
    if (key > INT64_MAX)
        return bad(reader, reterr, "map key is too large");
    if ((int64_t)key <= *previous)
        return bad(reader, reterr, "map keys are out of order or doubled");
    *previous = (int64_t)key;
    *ret_key = key;
    *reader = ahead;
    return PTN_OK;
}

/* An array or map that is being stepped over. */
struct level {
    uint64_t left; /* items or pairs not yet begun */
    bool is_map;
    int64_t previous_key;
};

struct ptn_status ptn_cbor_skip(struct ptn_cbor_reader *reader, struct ptn_diag *reterr)
{
    struct ptn_cbor_reader ahead = *reader;
    struct level levels[PTN_CBOR_DEPTH_MAX];
    size_t depth = 0;

    do {
        struct ptn_cbor_item item;
        struct ptn_status status;

        if (depth > 0) {
            struct level *level = &levels[depth - 1];
            uint64_t key;

            level->left--;
            if (level->is_map) {
                status = ptn_cbor_read_key(&ahead, &level->previous_key, &key, reterr);
                if (!ptn_ok(status))
                    return status;
            }
        }
        status = ptn_cbor_next(&ahead, &item, reterr);
        if (status.code == PTN_C_NOT_FOUND)
            return bad(&ahead, reterr, "CBOR item is cut short");
        if (!ptn_ok(status))
            return status;
        if (item.type == PTN_CBOR_ARRAY || item.type == PTN_CBOR_MAP) {
            if (depth == PTN_CBOR_DEPTH_MAX)
                return bad(&ahead, reterr, "CBOR is nested too deeply");
            levels[depth++] = (struct level){ item.number, item.type == PTN_CBOR_MAP, -1 };
        }
        while (depth > 0 && levels[depth - 1].left == 0)
            depth--;
    } while (depth > 0);
    *reader = ahead;
    return PTN_OK;
}

struct ptn_status ptn_cbor_end(const struct ptn_cbor_reader *reader, struct ptn_diag *reterr)
{
    if (ptn_cursor_left(&reader->cursor) > 0)
        return bad(reader, reterr, "bytes after the CBOR item");
    return PTN_OK;
}

/* ---- writing ---- */

/* The shortest head; returns its length. */
static size_t make_head(uint8_t head[HEAD_LEN_MAX], unsigned major, uint64_t number)
{
    unsigned info = number <= UINT8_MAX    ? 24
                    : number <= UINT16_MAX ? 25
                    : number <= UINT32_MAX ? 26
                                           : 27;
    size_t len = (size_t)1 << (info - 24);

    if (number < 24) {
        head[0] = (uint8_t)(major << 5 | (unsigned)number);
        return 1;
    }
    head[0] = (uint8_t)(major << 5 | info);
    for (size_t i = len; i > 0; i--) {
        head[i] = (uint8_t)number;
        number >>= 8;
    }
    return 1 + len;
}

static struct ptn_status write_head(struct ptn_buffer *out, unsigned major, uint64_t number)
{
    uint8_t head[HEAD_LEN_MAX];

    return ptn_buffer_add(out, ptn_bytes_of(head, make_head(head, major, number)));
}

/* Head and bytes in one reservation, so that a failure leaves neither. */
static struct ptn_status write_string(struct ptn_buffer *out, unsigned major,
                                      struct ptn_bytes bytes)
{
    uint8_t head[HEAD_LEN_MAX];
    size_t head_len = make_head(head, major, bytes.len);
    uint8_t *at;
    struct ptn_status status;

    if (bytes.len > SIZE_MAX - head_len)
        return (struct ptn_status){ PTN_C_TOO_BIG };
    status = ptn_buffer_reserve(out, head_len + bytes.len, &at);
    if (!ptn_ok(status))
        return status;
    memcpy(at, head, head_len);
    if (bytes.len > 0)
        memcpy(at + head_len, bytes.at, bytes.len);
    out->len += head_len + bytes.len;
    return PTN_OK;
}

struct ptn_status ptn_cbor_write_u64(struct ptn_buffer *out, uint64_t value)
{
    return write_head(out, PTN_CBOR_UINT, value);
}

struct ptn_status ptn_cbor_write_i64(struct ptn_buffer *out, int64_t value)
{
    if (value >= 0)
        return write_head(out, PTN_CBOR_UINT, (uint64_t)value);
    return write_head(out, PTN_CBOR_NEGATIVE, (uint64_t)(-1 - value));
}

struct ptn_status ptn_cbor_write_bool(struct ptn_buffer *out, bool value)
{
    return write_head(out, MAJOR_SIMPLE, value ? SIMPLE_TRUE : SIMPLE_FALSE);
}

struct ptn_status ptn_cbor_write_null(struct ptn_buffer *out)
{
    return write_head(out, MAJOR_SIMPLE, SIMPLE_NULL);
}

struct ptn_status ptn_cbor_write_bytes(struct ptn_buffer *out, struct ptn_bytes bytes)
{
    return write_string(out, PTN_CBOR_BYTES, bytes);
}

struct ptn_status ptn_cbor_write_text(struct ptn_buffer *out, struct ptn_bytes text)
{
    if (!ptn_utf8_valid(text, NULL))
        return (struct ptn_status){ PTN_C_BAD_INPUT };
    return write_string(out, PTN_CBOR_TEXT, text);
}

struct ptn_status ptn_cbor_write_array(struct ptn_buffer *out, size_t count)
{
    return write_head(out, PTN_CBOR_ARRAY, count);
}

struct ptn_status ptn_cbor_write_map(struct ptn_buffer *out, size_t count)
{
    return write_head(out, PTN_CBOR_MAP, count);
}
