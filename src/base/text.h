/*
 * base/text.h -- UTF-8, a JSON writer, and lines with a cap.
 *
 * Pure but for ptn_lines, which reads through a function the caller gives it.
 * Standard: RFC 3629 (UTF-8), RFC 8259 (JSON), NDJSON.
 */
#ifndef PTN_BASE_TEXT_H
#define PTN_BASE_TEXT_H
#include "base/bytes.h"

/* ---- UTF-8 ---- */

#define PTN_CODE_POINT_BAD 0xfffdu

/*
 * Read one code point at *offset and step over it. Ill-formed bytes (overlong, surrogate,
 * truncated, past U+10FFFF) give PTN_CODE_POINT_BAD and step over one byte, so a loop always ends.
 * *offset < text.len.
 */
uint32_t ptn_utf8_next(struct ptn_bytes text, size_t *offset);

/* Write a code point as 1 to 4 bytes; returns how many. A surrogate or too large one becomes
 * U+FFFD. */
size_t ptn_utf8_put(uint32_t code_point, uint8_t ret_bytes[4]);

/* True when every byte is part of a well-formed sequence; *ret_offset (may be NULL) is the first
 * that is not. */
bool ptn_utf8_valid(struct ptn_bytes text, size_t *ret_offset);

/* ---- JSON writer ---- */

/*
 * Writes one JSON value into a buffer. Errors stick: write everything, then ask ptn_json_end once.
 * Zero the struct and set out. Ill-formed UTF-8 is written as U+FFFD. Nesting is at most
 * PTN_JSON_DEPTH_MAX.
 */
#define PTN_JSON_DEPTH_MAX 16u

struct ptn_json {
    struct ptn_buffer *out;
    struct ptn_status status;
    unsigned depth;
    bool has_item[PTN_JSON_DEPTH_MAX];
    bool after_key;
    bool complete; /* the one value is written */
};

void ptn_json_object(struct ptn_json *json);
void ptn_json_object_end(struct ptn_json *json);
void ptn_json_array(struct ptn_json *json);
void ptn_json_array_end(struct ptn_json *json);
void ptn_json_key(struct ptn_json *json, const char *key);
void ptn_json_text(struct ptn_json *json, struct ptn_bytes text);
void ptn_json_number(struct ptn_json *json, int64_t value);
/* value / 10^decimals printed in full ("0.9123" for 9123 and 4), so that no float rounds on the
 * way; decimals <= 18. */
void ptn_json_decimal(struct ptn_json *json, int64_t value, unsigned decimals);
void ptn_json_bool(struct ptn_json *json, bool value);
void ptn_json_null(struct ptn_json *json);

/* key and value in one call; _if leaves an empty text out. */
void ptn_json_field_text(struct ptn_json *json, const char *key, struct ptn_bytes text);
void ptn_json_field_text_if(struct ptn_json *json, const char *key, struct ptn_bytes text);
void ptn_json_field_number(struct ptn_json *json, const char *key, int64_t value);
void ptn_json_field_bool(struct ptn_json *json, const char *key, bool value);

/* The value must be complete. OK, or the first failure: TOO_BIG (buffer, nesting) or NO_MEMORY. */
PTN_MUST_USE struct ptn_status ptn_json_end(const struct ptn_json *json);

/* ---- lines ---- */

/* Reads up to len bytes into at; sets *ret_len, 0 at the end. OK or IO. */
typedef struct ptn_status (*ptn_read_fn)(void *context, uint8_t *at, size_t len, size_t *ret_len);

/* Lines of a stream, one at a time, whatever their number; a line longer than the cap is skipped
 * and said. Opaque. */
struct ptn_lines;

struct ptn_lines *ptn_lines_new(ptn_read_fn read, void *context, size_t line_len_max);
void ptn_lines_free(struct ptn_lines *lines);

/*
 * The next line without its LF or CRLF, Borrowed until the next call; *ret_number counts from 1.
 * OK; NOT_FOUND at the end; TOO_BIG for a line past the cap (stepped over, *ret_number is set, ask
 * again); NO_MEMORY; IO.
 */
PTN_MUST_USE struct ptn_status ptn_lines_next(struct ptn_lines *lines, struct ptn_bytes *ret_line,
                                              size_t *ret_number);
#endif
