/*
 * base/bytes.h -- views, bounded cursors, capped buffers and arenas: how every room holds bytes.
 *
 * A view borrows. A cursor reads from a view and never past it. A buffer grows to the cap it was
 * given and no further. An arena is freed whole. None of them is safe to share between threads
 * without a lock.
 */
#ifndef PTN_BASE_BYTES_H
#define PTN_BASE_BYTES_H
#include <stdint.h>
#include <string.h>

#include "base/status.h"

/* ---- views ---- */

/* Borrowed bytes. at may be NULL only when len is 0. Text is UTF-8 and not NUL-terminated. */
struct ptn_bytes {
    const uint8_t *at;
    size_t len;
};

#define PTN_BYTES_NONE          ((struct ptn_bytes){ NULL, 0 })
#define PTN_BYTES_LITERAL(text) ((struct ptn_bytes){ (const uint8_t *)("" text), sizeof(text) - 1 })

static inline struct ptn_bytes ptn_bytes_of(const void *at, size_t len)
{
    return (struct ptn_bytes){ (const uint8_t *)at, len };
}

/* A view of a C string without its NUL; NULL gives the empty view. */
static inline struct ptn_bytes ptn_bytes_from_text(const char *text)
{
    return text == NULL ? PTN_BYTES_NONE : ptn_bytes_of(text, strlen(text));
}

/* Whether all len bytes are zero, also when there are none. Inline: opening a snapshot asks it of
 * three or four bytes, millions of times. */
static inline bool ptn_is_zero(const uint8_t *at, size_t len)
{
    uint8_t any = 0;

    for (size_t i = 0; i < len; i++)
        any |= at[i];
    return any == 0;
}

static inline bool ptn_bytes_equal(struct ptn_bytes a, struct ptn_bytes b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

/* Byte order, a shorter prefix first: negative, 0 or positive. */
int ptn_bytes_compare(struct ptn_bytes a, struct ptn_bytes b);

/* True when view is exactly the C string text. Inline, so that a literal costs one comparison of a
 * known length. */
static inline bool ptn_bytes_is(struct ptn_bytes view, const char *text)
{
    size_t len = strlen(text);

    return view.len == len && (len == 0 || memcmp(view.at, text, len) == 0);
}

/* The view from offset on, at most len bytes; offset past the end gives the empty view. */
struct ptn_bytes ptn_bytes_slice(struct ptn_bytes view, size_t offset, size_t len);

/* The view without leading and trailing spaces, tabs, carriage returns and line feeds. */
struct ptn_bytes ptn_bytes_trim(struct ptn_bytes view);

/* ---- cursors ---- */

/* Reads a view from its start; next is the offset of the next byte, never past len. */
struct ptn_cursor {
    struct ptn_bytes bytes;
    size_t next;
};

static inline struct ptn_cursor ptn_cursor_at(struct ptn_bytes bytes)
{
    return (struct ptn_cursor){ bytes, 0 };
}

static inline size_t ptn_cursor_left(const struct ptn_cursor *cursor)
{
    return cursor->bytes.len - cursor->next;
}

/*
 * Take the next byte, big-endian number or len bytes. OK, or BAD_INPUT when fewer are left: the
 * cursor and the output are then as before.
 */
PTN_MUST_USE struct ptn_status ptn_cursor_take_u8(struct ptn_cursor *cursor, uint8_t *ret_value);
PTN_MUST_USE struct ptn_status ptn_cursor_take_u16(struct ptn_cursor *cursor, uint16_t *ret_value);
PTN_MUST_USE struct ptn_status ptn_cursor_take_u32(struct ptn_cursor *cursor, uint32_t *ret_value);
PTN_MUST_USE struct ptn_status ptn_cursor_take_u64(struct ptn_cursor *cursor, uint64_t *ret_value);
PTN_MUST_USE struct ptn_status ptn_cursor_take(struct ptn_cursor *cursor, size_t len,
                                               struct ptn_bytes *ret_bytes);

/*
 * Take one line: the bytes up to LF or the end, without the LF and without a CR before it.
 * NOT_FOUND at the end of the input.
 */
PTN_MUST_USE struct ptn_status ptn_cursor_take_line(struct ptn_cursor *cursor,
                                                    struct ptn_bytes *ret_line);

/* Take one line that ends in LF, without it; a CR before it stays. False, and nothing taken, where
 * no LF is left: for forms in which a line without its end is cut short. */
bool ptn_cursor_take_whole_line(struct ptn_cursor *cursor, struct ptn_bytes *ret_line);

/* A decimal in its one form, no sign and no leading zero, of at most most (below 10^19). False for
 * anything else; *ret_value is then as before. */
bool ptn_decimal_read(struct ptn_bytes text, uint64_t most, uint64_t *ret_value);

/* ---- buffers ---- */

/*
 * A growing buffer with a cap. Initialise with ptn_buffer_init, give back with ptn_buffer_release
 * (which a zeroed struct survives). at is Owned; it moves when the buffer grows.
 */
struct ptn_buffer {
    uint8_t *at;
    size_t len;
    size_t capacity;
    size_t len_max;
};

void ptn_buffer_init(struct ptn_buffer *buffer, size_t len_max);
void ptn_buffer_release(struct ptn_buffer *buffer);

/* Empty it, keeping the memory for reuse. */
void ptn_buffer_clear(struct ptn_buffer *buffer);

static inline struct ptn_bytes ptn_buffer_bytes(const struct ptn_buffer *buffer)
{
    return ptn_bytes_of(buffer->at, buffer->len);
}

/* Append. OK, TOO_BIG past the cap, NO_MEMORY; the buffer is as before on failure. Numbers are
 * big-endian. */
PTN_MUST_USE struct ptn_status ptn_buffer_add(struct ptn_buffer *buffer, struct ptn_bytes bytes);
PTN_MUST_USE struct ptn_status ptn_buffer_add_text(struct ptn_buffer *buffer, const char *text);
PTN_MUST_USE struct ptn_status ptn_buffer_add_u8(struct ptn_buffer *buffer, uint8_t value);
PTN_MUST_USE struct ptn_status ptn_buffer_add_u16(struct ptn_buffer *buffer, uint16_t value);
PTN_MUST_USE struct ptn_status ptn_buffer_add_u32(struct ptn_buffer *buffer, uint32_t value);
PTN_MUST_USE struct ptn_status ptn_buffer_add_u64(struct ptn_buffer *buffer, uint64_t value);
PTN_MUST_USE struct ptn_status ptn_buffer_add_decimal(struct ptn_buffer *buffer, int64_t value);

/* printf into the buffer; the same codes, and BAD_INPUT when the format cannot be printed. */
PTN_MUST_USE struct ptn_status ptn_buffer_addf(struct ptn_buffer *buffer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Make room for len more bytes and return where they go in *ret_at; the caller then raises
 * buffer->len. */
PTN_MUST_USE struct ptn_status ptn_buffer_reserve(struct ptn_buffer *buffer, size_t len,
                                                  uint8_t **ret_at);

/* ---- arenas ---- */

/* Memory of one request: taken piece by piece, freed whole. Opaque. */
struct ptn_arena;

/* ptn_arena_new(size_max): an arena that hands out at most size_max bytes. Owned by the caller;
 * NULL: no memory. */
struct ptn_arena *ptn_arena_new(size_t size_max);
void ptn_arena_free(struct ptn_arena *arena);

/* Forget all that was handed out, keeping the first block for reuse. */
void ptn_arena_clear(struct ptn_arena *arena);

/* size zeroed bytes aligned for any type, living until clear or free; NULL past the cap or out of
 * memory. */
void *ptn_arena_take(struct ptn_arena *arena, size_t size);

/* A copy of the bytes with a NUL after them; NULL past the cap or out of memory. */
char *ptn_arena_text(struct ptn_arena *arena, struct ptn_bytes text);

/* ---- encodings and digests ---- */

#define PTN_SHA256_LEN 32u

/* SHA-256 of the parts one after another (OpenSSL's EVP). OK or IO when the library refuses. */
PTN_MUST_USE struct ptn_status ptn_sha256(const struct ptn_bytes *parts, size_t part_count,
                                          uint8_t ret_digest[PTN_SHA256_LEN]);

/*
 * A SHA-256 that is set up once and used many times, for whoever hashes millions of short pieces.
 * Opaque; one thread's at a time. NULL: no memory. ptn_hasher_digest has the meaning and codes of
 * ptn_sha256.
 */
struct ptn_hasher;

struct ptn_hasher *ptn_hasher_new(void);
void ptn_hasher_free(struct ptn_hasher *hasher);
PTN_MUST_USE struct ptn_status ptn_hasher_digest(struct ptn_hasher *hasher,
                                                 const struct ptn_bytes *parts, size_t part_count,
                                                 uint8_t ret_digest[PTN_SHA256_LEN]);

/* Lower-case hex of len bytes, 2 * len characters and the end, into text, which is returned. */
const char *ptn_hex_write(const uint8_t *at, size_t len, char *text);
PTN_MUST_USE struct ptn_status ptn_buffer_add_hex(struct ptn_buffer *buffer,
                                                  struct ptn_bytes bytes);
PTN_MUST_USE struct ptn_status ptn_buffer_add_base64(struct ptn_buffer *buffer,
                                                     struct ptn_bytes bytes);

/* Strict readers: no white space, right padding. BAD_INPUT with the offset; appended to out on
 * success only. */
PTN_MUST_USE struct ptn_status ptn_hex_read(struct ptn_bytes text, struct ptn_buffer *out,
                                            struct ptn_diag *reterr);
/* Exactly len bytes from lower-case hex into ret_bytes. False, and nothing written, for anything
 * else. */
bool ptn_hex_read_exactly(struct ptn_bytes text, uint8_t *ret_bytes, size_t len);
PTN_MUST_USE struct ptn_status ptn_base64_read(struct ptn_bytes text, struct ptn_buffer *out,
                                               struct ptn_diag *reterr);
#endif
