#include "base/bytes.h"

#include <openssl/evp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define CAPACITY_FIRST 256u

/* ---- views ---- */

int ptn_bytes_compare(struct ptn_bytes a, struct ptn_bytes b)
{
    size_t shared = a.len < b.len ? a.len : b.len;
    int order = shared == 0 ? 0 : memcmp(a.at, b.at, shared);

    if (order != 0)
        return order;
    return a.len < b.len ? -1 : a.len > b.len;
}

struct ptn_bytes ptn_bytes_slice(struct ptn_bytes view, size_t offset, size_t len)
{
    if (offset >= view.len)
        return PTN_BYTES_NONE;
    if (len > view.len - offset)
        len = view.len - offset;
    return ptn_bytes_of(view.at + offset, len);
}

static bool is_space(uint8_t byte)
{
    return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n';
}

struct ptn_bytes ptn_bytes_trim(struct ptn_bytes view)
{
    size_t from = 0;

    while (from < view.len && is_space(view.at[from]))
        from++;
    while (view.len > from && is_space(view.at[view.len - 1]))
        view.len--;
    return ptn_bytes_slice(view, from, view.len - from);
}

/* ---- cursors ---- */

struct ptn_status ptn_cursor_take(struct ptn_cursor *cursor, size_t len,
                                  struct ptn_bytes *ret_bytes)
{
    PTN_PRE(cursor->next <= cursor->bytes.len);

    if (len > ptn_cursor_left(cursor))
        return (struct ptn_status){ PTN_C_BAD_INPUT };
    *ret_bytes = len == 0 ? PTN_BYTES_NONE : ptn_bytes_of(cursor->bytes.at + cursor->next, len);
    cursor->next += len;
    return PTN_OK;
}

/* Take len (1 to 8) bytes as a big-endian number. */
static struct ptn_status take_number(struct ptn_cursor *cursor, size_t len, uint64_t *ret_value)
{
    struct ptn_bytes bytes;
    struct ptn_status status = ptn_cursor_take(cursor, len, &bytes);
    uint64_t value = 0;

    if (!ptn_ok(status))
        return status;
    for (size_t i = 0; i < len; i++)
        value = value << 8 | bytes.at[i];
    *ret_value = value;
    return PTN_OK;
}

struct ptn_status ptn_cursor_take_u8(struct ptn_cursor *cursor, uint8_t *ret_value)
{
    uint64_t value = 0;
    struct ptn_status status = take_number(cursor, 1, &value);

    if (ptn_ok(status))
        *ret_value = (uint8_t)value;
    return status;
}

struct ptn_status ptn_cursor_take_u16(struct ptn_cursor *cursor, uint16_t *ret_value)
{
    uint64_t value = 0;
    struct ptn_status status = take_number(cursor, 2, &value);

    if (ptn_ok(status))
        *ret_value = (uint16_t)value;
    return status;
}

struct ptn_status ptn_cursor_take_u32(struct ptn_cursor *cursor, uint32_t *ret_value)
{
    uint64_t value = 0;
    struct ptn_status status = take_number(cursor, 4, &value);

    if (ptn_ok(status))
        *ret_value = (uint32_t)value;
    return status;
}

struct ptn_status ptn_cursor_take_u64(struct ptn_cursor *cursor, uint64_t *ret_value)
{
    return take_number(cursor, 8, ret_value);
}

struct ptn_status ptn_cursor_take_line(struct ptn_cursor *cursor, struct ptn_bytes *ret_line)
{
    size_t left = ptn_cursor_left(cursor);
    const uint8_t *from;
    const uint8_t *end;
    size_t len;

    if (left == 0)
        return (struct ptn_status){ PTN_C_NOT_FOUND };
    from = cursor->bytes.at + cursor->next;
    end = memchr(from, '\n', left);
    len = end == NULL ? left : (size_t)(end - from);
    cursor->next += end == NULL ? len : len + 1;
    if (len > 0 && from[len - 1] == '\r')
        len--;
    *ret_line = ptn_bytes_of(from, len);
    return PTN_OK;
}

bool ptn_cursor_take_whole_line(struct ptn_cursor *cursor, struct ptn_bytes *ret_line)
{
    struct ptn_bytes left = ptn_bytes_slice(cursor->bytes, cursor->next, cursor->bytes.len);
    const uint8_t *end = left.len == 0 ? NULL : memchr(left.at, '\n', left.len);

    if (end == NULL)
        return false;
    *ret_line = ptn_bytes_slice(left, 0, (size_t)(end - left.at));
    cursor->next += ret_line->len + 1;
    return true;
}

bool ptn_decimal_read(struct ptn_bytes text, uint64_t most, uint64_t *ret_value)
{
    uint64_t value = 0;

    if (text.len == 0 || text.len > 19 || (text.len > 1 && text.at[0] == '0'))
        return false;
    for (size_t i = 0; i < text.len; i++) {
        if (text.at[i] < '0' || text.at[i] > '9')
            return false;
        value = value * 10 + (uint64_t)(text.at[i] - '0'); /* 19 digits fit in 64 bits */
    }
    if (value > most)
        return false;
    *ret_value = value;
    return true;
}

/* ---- buffers ---- */

void ptn_buffer_init(struct ptn_buffer *buffer, size_t len_max)
{
    *buffer = (struct ptn_buffer){ .len_max = len_max };
}

void ptn_buffer_release(struct ptn_buffer *buffer)
{
    free(buffer->at);
    *buffer = (struct ptn_buffer){ .len_max = buffer->len_max };
}

void ptn_buffer_clear(struct ptn_buffer *buffer)
{
    buffer->len = 0;
}

/* Room for len bytes within the cap, and for extra (0 or 1) past it, which are never kept. */
static struct ptn_status make_room(struct ptn_buffer *buffer, size_t len, size_t extra,
                                   uint8_t **ret_at)
{
    size_t need;
    size_t most = buffer->len_max < SIZE_MAX ? buffer->len_max + extra : SIZE_MAX;
    size_t capacity = buffer->capacity;
    uint8_t *at;

    if (len > buffer->len_max || buffer->len > buffer->len_max - len)
        return (struct ptn_status){ PTN_C_TOO_BIG };
    need = buffer->len + len;
    need = need < most ? need + extra : need;
    if (need > capacity) {
        if (capacity < CAPACITY_FIRST)
            capacity = CAPACITY_FIRST;
        while (capacity < need)
            capacity = capacity > SIZE_MAX / 2 ? SIZE_MAX : capacity * 2;
        if (capacity > most)
            capacity = most;
        at = realloc(buffer->at, capacity);
        if (at == NULL)
            return (struct ptn_status){ PTN_C_NO_MEMORY };
        buffer->at = at;
        buffer->capacity = capacity;
    }
    *ret_at = len == 0 ? buffer->at : buffer->at + buffer->len;
    return PTN_OK;
}

struct ptn_status ptn_buffer_reserve(struct ptn_buffer *buffer, size_t len, uint8_t **ret_at)
{
    return make_room(buffer, len, 0, ret_at);
}

struct ptn_status ptn_buffer_add(struct ptn_buffer *buffer, struct ptn_bytes bytes)
{
    uint8_t *at;
    struct ptn_status status;

    if (bytes.len == 0)
        return PTN_OK;
    status = ptn_buffer_reserve(buffer, bytes.len, &at);
    if (!ptn_ok(status))
        return status;
    memcpy(at, bytes.at, bytes.len);
    buffer->len += bytes.len;
    return PTN_OK;
}

struct ptn_status ptn_buffer_add_text(struct ptn_buffer *buffer, const char *text)
{
    return ptn_buffer_add(buffer, ptn_bytes_from_text(text));
}

/* Append the low len bytes of value, big-endian. */
static struct ptn_status add_number(struct ptn_buffer *buffer, uint64_t value, size_t len)
{
    uint8_t bytes[8];

    for (size_t i = 0; i < len; i++)
        bytes[i] = (uint8_t)(value >> (8 * (len - 1 - i)));
    return ptn_buffer_add(buffer, ptn_bytes_of(bytes, len));
}

struct ptn_status ptn_buffer_add_u8(struct ptn_buffer *buffer, uint8_t value)
{
    return add_number(buffer, value, 1);
}

struct ptn_status ptn_buffer_add_u16(struct ptn_buffer *buffer, uint16_t value)
{
    return add_number(buffer, value, 2);
}

struct ptn_status ptn_buffer_add_u32(struct ptn_buffer *buffer, uint32_t value)
{
    return add_number(buffer, value, 4);
}

struct ptn_status ptn_buffer_add_u64(struct ptn_buffer *buffer, uint64_t value)
{
    return add_number(buffer, value, 8);
}

struct ptn_status ptn_buffer_add_decimal(struct ptn_buffer *buffer, int64_t value)
{
    char text[21];
    size_t at = sizeof(text);
    uint64_t left = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;

    do {
        text[--at] = (char)('0' + left % 10);
        left /= 10;
    } while (left > 0);
    if (value < 0)
        text[--at] = '-';
    return ptn_buffer_add(buffer, ptn_bytes_of(text + at, sizeof(text) - at));
}

struct ptn_status ptn_buffer_addf(struct ptn_buffer *buffer, const char *format, ...)
{
    char small[256];
    uint8_t *at;
    va_list args;
    int len;
    struct ptn_status status;

    va_start(args, format);
    len = vsnprintf(small, sizeof(small), format, args);
    va_end(args);
    if (len < 0)
        return (struct ptn_status){ PTN_C_BAD_INPUT };
    if ((size_t)len < sizeof(small))
        return ptn_buffer_add(buffer, ptn_bytes_of(small, (size_t)len));
    /* vsnprintf writes a NUL too, for which the cap need not leave room. */
    status = make_room(buffer, (size_t)len, 1, &at);
    if (!ptn_ok(status))
        return status;
    va_start(args, format);
    len = vsnprintf((char *)at, (size_t)len + 1, format, args);
    va_end(args);
    if (len < 0)
        return (struct ptn_status){ PTN_C_BAD_INPUT };
    buffer->len += (size_t)len;
    return PTN_OK;
}

/* ---- arenas ---- */

#define BLOCK_SIZE 16384u

struct block {
    struct block *next;
    size_t size;
    size_t used;
    max_align_t data[];
};

struct ptn_arena {
    size_t size_max;
    size_t taken;
    struct block *first; /* kept by clear */
    struct block *last;
};

static struct block *block_new(size_t size)
{
    struct block *block = malloc(sizeof(*block) + size);

    if (block != NULL) {
        block->next = NULL;
        block->size = size;
        block->used = 0;
    }
    return block;
}

static void blocks_free(struct block *block)
{
    while (block != NULL) {
        struct block *next = block->next;

        free(block);
        block = next;
    }
}

struct ptn_arena *ptn_arena_new(size_t size_max)
{
    struct ptn_arena *arena = malloc(sizeof(*arena));

    if (arena == NULL)
        return NULL;
    arena->size_max = size_max;
    arena->taken = 0;
    arena->first = block_new(BLOCK_SIZE);
    arena->last = arena->first;
    if (arena->first == NULL) {
        free(arena);
        return NULL;
    }
    return arena;
}

void ptn_arena_free(struct ptn_arena *arena)
{
    if (arena == NULL)
        return;
    blocks_free(arena->first);
    free(arena);
}

void ptn_arena_clear(struct ptn_arena *arena)
{
    blocks_free(arena->first->next);
    arena->first->next = NULL;
    arena->first->used = 0;
    arena->last = arena->first;
    arena->taken = 0;
}

void *ptn_arena_take(struct ptn_arena *arena, size_t size)
{
    size_t step = _Alignof(max_align_t);
    size_t rounded;
    void *at;

    if (size > SIZE_MAX - step)
        return NULL;
    rounded = (size + step - 1) / step * step;
    if (rounded > arena->size_max - arena->taken)
        return NULL;
    if (rounded > arena->last->size - arena->last->used) {
        struct block *block = block_new(rounded > BLOCK_SIZE ? rounded : BLOCK_SIZE);

        if (block == NULL)
            return NULL;
        arena->last->next = block;
        arena->last = block;
    }
    at = (uint8_t *)arena->last->data + arena->last->used;
    arena->last->used += rounded;
    arena->taken += rounded;
    memset(at, 0, rounded);
    return at;
}

char *ptn_arena_text(struct ptn_arena *arena, struct ptn_bytes text)
{
    char *at = text.len == SIZE_MAX ? NULL : ptn_arena_take(arena, text.len + 1);

    if (at != NULL && text.len > 0)
        memcpy(at, text.at, text.len);
    return at;
}

/* ---- encodings and digests ---- */

struct ptn_status ptn_sha256(const struct ptn_bytes *parts, size_t part_count,
                             uint8_t ret_digest[PTN_SHA256_LEN])
{
    EVP_MD_CTX *digest = EVP_MD_CTX_new();
    bool good = digest != NULL && EVP_DigestInit_ex(digest, EVP_sha256(), NULL) == 1;

    for (size_t i = 0; good && i < part_count; i++)
        good = EVP_DigestUpdate(digest, parts[i].at, parts[i].len) == 1;
    good = good && EVP_DigestFinal_ex(digest, ret_digest, NULL) == 1;
    EVP_MD_CTX_free(digest);
    return (struct ptn_status){ good ? PTN_C_OK : PTN_C_IO };
}

struct ptn_hasher {
    EVP_MD_CTX *digest;
    EVP_MD *sha256; /* fetched once: fetching costs more than hashing a short piece */
};

struct ptn_hasher *ptn_hasher_new(void)
{
    struct ptn_hasher *hasher = calloc(1, sizeof(*hasher));

    if (hasher == NULL)
        return NULL;
    hasher->digest = EVP_MD_CTX_new();
    hasher->sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
    if (hasher->digest == NULL || hasher->sha256 == NULL) {
        ptn_hasher_free(hasher);
        return NULL;
    }
    return hasher;
}

void ptn_hasher_free(struct ptn_hasher *hasher)
{
    if (hasher == NULL)
        return;
    EVP_MD_CTX_free(hasher->digest);
    EVP_MD_free(hasher->sha256);
    free(hasher);
}

struct ptn_status ptn_hasher_digest(struct ptn_hasher *hasher, const struct ptn_bytes *parts,
                                    size_t part_count, uint8_t ret_digest[PTN_SHA256_LEN])
{
    bool good = EVP_DigestInit_ex2(hasher->digest, hasher->sha256, NULL) == 1;

    for (size_t i = 0; good && i < part_count; i++)
        good = EVP_DigestUpdate(hasher->digest, parts[i].at, parts[i].len) == 1;
    good = good && EVP_DigestFinal_ex(hasher->digest, ret_digest, NULL) == 1;
    return (struct ptn_status){ good ? PTN_C_OK : PTN_C_IO };
}

static const char hex_digits[] = "0123456789abcdef";

const char *ptn_hex_write(const uint8_t *at, size_t len, char *text)
{
    for (size_t i = 0; i < len; i++) {
        text[2 * i] = hex_digits[at[i] >> 4];
        text[2 * i + 1] = hex_digits[at[i] & 15];
    }
    text[2 * len] = '\0';
    return text;
}

struct ptn_status ptn_buffer_add_hex(struct ptn_buffer *buffer, struct ptn_bytes bytes)
{
    uint8_t *at;
    struct ptn_status status;

    if (bytes.len > SIZE_MAX / 2)
        return (struct ptn_status){ PTN_C_TOO_BIG };
    status = ptn_buffer_reserve(buffer, bytes.len * 2, &at);
    if (!ptn_ok(status))
        return status;
    for (size_t i = 0; i < bytes.len; i++) {
        at[2 * i] = (uint8_t)hex_digits[bytes.at[i] >> 4];
        at[2 * i + 1] = (uint8_t)hex_digits[bytes.at[i] & 15];
    }
    buffer->len += bytes.len * 2;
    return PTN_OK;
}

static const char base64_digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

struct ptn_status ptn_buffer_add_base64(struct ptn_buffer *buffer, struct ptn_bytes bytes)
{
    uint8_t *at;
    size_t groups = bytes.len / 3 + (bytes.len % 3 != 0);
    struct ptn_status status;

    if (groups > SIZE_MAX / 4)
        return (struct ptn_status){ PTN_C_TOO_BIG };
    status = ptn_buffer_reserve(buffer, groups * 4, &at);
    if (!ptn_ok(status))
        return status;
    for (size_t i = 0; i < groups; i++) {
        size_t have = bytes.len - 3 * i;
        uint32_t three = (uint32_t)bytes.at[3 * i] << 16;

        if (have > 1)
            three |= (uint32_t)bytes.at[3 * i + 1] << 8;
        if (have > 2)
            three |= bytes.at[3 * i + 2];
        at[4 * i] = (uint8_t)base64_digits[three >> 18];
        at[4 * i + 1] = (uint8_t)base64_digits[three >> 12 & 63];
        at[4 * i + 2] = have > 1 ? (uint8_t)base64_digits[three >> 6 & 63] : '=';
        at[4 * i + 3] = have > 2 ? (uint8_t)base64_digits[three & 63] : '=';
    }
    buffer->len += groups * 4;
    return PTN_OK;
}

/* The value of one digit in the alphabet of the given size (16 or 64), or 255. */
static uint8_t digit_value(uint8_t digit, unsigned alphabet)
{
    if (digit >= '0' && digit <= '9')
        return (uint8_t)(alphabet == 16 ? digit - '0' : digit - '0' + 52);
    if (alphabet == 16)
        return digit >= 'a' && digit <= 'f' ? (uint8_t)(digit - 'a' + 10) : 255;
    if (digit >= 'A' && digit <= 'Z')
        return (uint8_t)(digit - 'A');
    if (digit >= 'a' && digit <= 'z')
        return (uint8_t)(digit - 'a' + 26);
    return digit == '+' ? 62 : digit == '/' ? 63 : 255;
}

struct ptn_status ptn_hex_read(struct ptn_bytes text, struct ptn_buffer *out,
                               struct ptn_diag *reterr)
{
    uint8_t *at;
    struct ptn_status status;

    if (text.len % 2 != 0)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, text.len, "odd number of hex digits");
    for (size_t i = 0; i < text.len; i++)
        if (digit_value(text.at[i], 16) == 255)
            return ptn_fail(PTN_C_BAD_INPUT, reterr, i, "not a lower-case hex digit");
    status = ptn_buffer_reserve(out, text.len / 2, &at);
    if (!ptn_ok(status))
        return ptn_fail(status.code, reterr, 0, "no room for the decoded bytes");
    for (size_t i = 0; i < text.len / 2; i++)
        at[i] =
            (uint8_t)(digit_value(text.at[2 * i], 16) << 4 | digit_value(text.at[2 * i + 1], 16));
    out->len += text.len / 2;
    return PTN_OK;
}

bool ptn_hex_read_exactly(struct ptn_bytes text, uint8_t *ret_bytes, size_t len)
{
    if (text.len != 2 * len)
        return false;
    for (size_t i = 0; i < text.len; i++)
        if (digit_value(text.at[i], 16) == 255)
            return false;
    for (size_t i = 0; i < len; i++)
        ret_bytes[i] =
            (uint8_t)(digit_value(text.at[2 * i], 16) << 4 | digit_value(text.at[2 * i + 1], 16));
    return true;
}

struct ptn_status ptn_base64_read(struct ptn_bytes text, struct ptn_buffer *out,
                                  struct ptn_diag *reterr)
{
    size_t padding = 0;
    size_t len;
    uint32_t bits = 0;
    uint8_t *at;
    struct ptn_status status;

    if (text.len % 4 != 0)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, text.len, "base64 is not in groups of four");
    while (padding < 2 && padding < text.len && text.at[text.len - 1 - padding] == '=')
        padding++;
    for (size_t i = 0; i < text.len - padding; i++)
        if (digit_value(text.at[i], 64) == 255)
            return ptn_fail(PTN_C_BAD_INPUT, reterr, i, "not a base64 digit");
    len = text.len / 4 * 3 - padding;
    status = ptn_buffer_reserve(out, len, &at);
    if (!ptn_ok(status))
        return ptn_fail(status.code, reterr, 0, "no room for the decoded bytes");
    for (size_t i = 0, done = 0; i < text.len; i++) {
        bits = bits << 6 | (i < text.len - padding ? digit_value(text.at[i], 64) : 0u);
        if (i % 4 != 3)
            continue;
        for (size_t k = 0; k < 3; k++) {
            uint8_t byte = (uint8_t)(bits >> (16 - 8 * k));

            if (done < len)
                at[done++] = byte;
            else if (byte != 0)
                return ptn_fail(PTN_C_BAD_INPUT, reterr, i, "base64 padding hides bits");
        }
        bits = 0;
    }
    out->len += len;
    return PTN_OK;
}
