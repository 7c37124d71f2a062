/*
 * base/cbor.h -- canonical CBOR: what is not in the one canonical form is refused.
 *
 * Pure; the reader allocates nothing and returns views into the input. Supported: unsigned and
 * negative integers, byte strings, text strings (valid UTF-8), arrays, maps with unsigned integer
 * keys, false, true, null. Floats, tags, indefinite lengths and other simple values are refused.
 * Nesting at most PTN_CBOR_DEPTH_MAX. Standard: RFC 8949 section 4.2 (shortest heads, map keys in
 * bytewise order, no duplicates).
 */
#ifndef PTN_BASE_CBOR_H
#define PTN_BASE_CBOR_H
#include "base/bytes.h"

#define PTN_CBOR_DEPTH_MAX 16u

enum ptn_cbor_type {
    PTN_CBOR_UINT,
    PTN_CBOR_NEGATIVE, /* value is -1 - number */
    PTN_CBOR_BYTES,
    PTN_CBOR_TEXT,
    PTN_CBOR_ARRAY, /* number = how many items follow */
    PTN_CBOR_MAP,   /* number = how many pairs follow */
    PTN_CBOR_FALSE,
    PTN_CBOR_TRUE,
    PTN_CBOR_NULL,
};

struct ptn_cbor_item {
    enum ptn_cbor_type type;
    uint64_t number;
    struct ptn_bytes bytes; /* of byte and text strings */
};

struct ptn_cbor_reader {
    struct ptn_cursor cursor;
};

static inline struct ptn_cbor_reader ptn_cbor_reader_at(struct ptn_bytes bytes)
{
    return (struct ptn_cbor_reader){ ptn_cursor_at(bytes) };
}

/*
 * The next item's head (and string). BAD_INPUT with the offset for bytes that are not canonical,
 * for an array or map whose count cannot fit in what is left, and for invalid UTF-8. NOT_FOUND at
 * the end of the input.
 */
PTN_MUST_USE struct ptn_status ptn_cbor_next(struct ptn_cbor_reader *reader,
                                             struct ptn_cbor_item *ret_item,
                                             struct ptn_diag *reterr);

/*
 * The same, and BAD_INPUT when the item is of another type or the input is at its end. Whatever
 * fails, the reader stays where it was.
 */
PTN_MUST_USE struct ptn_status ptn_cbor_read_u64(struct ptn_cbor_reader *reader,
                                                 uint64_t *ret_value, struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status ptn_cbor_read_i64(struct ptn_cbor_reader *reader, int64_t *ret_value,
                                                 struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status ptn_cbor_read_bool(struct ptn_cbor_reader *reader, bool *ret_value,
                                                  struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status ptn_cbor_read_bytes(struct ptn_cbor_reader *reader,
                                                   struct ptn_bytes *ret_bytes,
                                                   struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status ptn_cbor_read_text(struct ptn_cbor_reader *reader,
                                                  struct ptn_bytes *ret_text,
                                                  struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status ptn_cbor_read_array(struct ptn_cbor_reader *reader,
                                                   size_t *ret_count, struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status ptn_cbor_read_map(struct ptn_cbor_reader *reader, size_t *ret_count,
                                                 struct ptn_diag *reterr);

/*
 * The next key of a map with unsigned integer keys. *previous is -1 before the first key and is
 * updated; BAD_INPUT unless the key is larger than it (order, duplicates).
 */
PTN_MUST_USE struct ptn_status ptn_cbor_read_key(struct ptn_cbor_reader *reader, int64_t *previous,
                                                 uint64_t *ret_key, struct ptn_diag *reterr);

/* Step over one whole item, checking it and all within: BAD_INPUT for nesting past
 * PTN_CBOR_DEPTH_MAX too. */
PTN_MUST_USE struct ptn_status ptn_cbor_skip(struct ptn_cbor_reader *reader,
                                             struct ptn_diag *reterr);

/* BAD_INPUT when bytes are left. */
PTN_MUST_USE struct ptn_status ptn_cbor_end(const struct ptn_cbor_reader *reader,
                                            struct ptn_diag *reterr);

/*
 * Writers: append one item in canonical form. The buffer's codes, and BAD_INPUT for text that is
 * not UTF-8; the buffer is as before on failure. Map keys in order are the caller's duty.
 */
PTN_MUST_USE struct ptn_status ptn_cbor_write_u64(struct ptn_buffer *out, uint64_t value);
PTN_MUST_USE struct ptn_status ptn_cbor_write_i64(struct ptn_buffer *out, int64_t value);
PTN_MUST_USE struct ptn_status ptn_cbor_write_bool(struct ptn_buffer *out, bool value);
PTN_MUST_USE struct ptn_status ptn_cbor_write_null(struct ptn_buffer *out);
PTN_MUST_USE struct ptn_status ptn_cbor_write_bytes(struct ptn_buffer *out, struct ptn_bytes bytes);
PTN_MUST_USE struct ptn_status ptn_cbor_write_text(struct ptn_buffer *out, struct ptn_bytes text);
PTN_MUST_USE struct ptn_status ptn_cbor_write_array(struct ptn_buffer *out, size_t count);
PTN_MUST_USE struct ptn_status ptn_cbor_write_map(struct ptn_buffer *out, size_t count);
#endif
