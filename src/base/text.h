/*
 * base/text.h -- UTF-8, a JSON writer, lines with a cap, and rows of CSV.
 *
 * Pure but for ptn_lines, which reads through a function the caller gives it.
 * Standard: RFC 3629 (UTF-8), RFC 8259 (JSON), NDJSON, RFC 4180 (CSV).
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
/* ---- CSV ---- */

#define PTN_CSV_FIELD_MAX   160u
#define PTN_CSV_ROW_LEN_MAX (1u << 20)

/*
 * Rows of delimiter-separated values (RFC 4180, and what publishers make of it): quotes doubled
 * inside quotes, lines inside quotes; a lone quote inside a field stands for itself.
 */
struct ptn_csv {
    struct ptn_bytes bytes;
    size_t next;
    size_t line;     /* of the next row, from 1 */
    size_t row_line; /* of the row returned */
    size_t row_at;   /* where it begins: bytes from the start */
    char separator;
    bool closed; /* the row returned ended with a line end */
    struct ptn_bytes fields[PTN_CSV_FIELD_MAX];
    bool quoted[PTN_CSV_FIELD_MAX];
    size_t field_count;
};

/* The one of candidates that stands most often in the first line; the first of them when several
 * do, or none. */
char ptn_csv_separator(struct ptn_bytes bytes, const char *candidates);
void ptn_csv_init(struct ptn_csv *csv, struct ptn_bytes bytes, char separator);

/*
 * The next row into csv->fields: views, or text in the arena where quotes were doubled. Empty lines
 * are stepped over. NOT_FOUND at the end; BAD_INPUT for a quoted field that does not end; TOO_BIG
 * for a row past a limit; NO_MEMORY.
 */
PTN_MUST_USE struct ptn_status ptn_csv_next(struct ptn_csv *csv, struct ptn_arena *arena,
                                            struct ptn_diag *reterr);

/* The field, trimmed; the empty view past the last and for PTN_CSV_NO_FIELD. */
#define PTN_CSV_NO_FIELD ((size_t)-1)
struct ptn_bytes ptn_csv_field(const struct ptn_csv *csv, size_t index);

/* The place of a column in a header row (compared without case), or PTN_CSV_NO_FIELD. */
size_t ptn_csv_column(const struct ptn_csv *csv, const char *name);
#endif
