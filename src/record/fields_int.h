/*
 * record/fields_int.h -- a kind's fields as one table, from which it is read, written and checked.
 *
 * On the wire a struct is a canonical CBOR map with small unsigned keys. A field at its empty value
 * is left out (except PTN_FIELD_ALWAYS), and must be: one meaning has one form. Keys from
 * PTN_FIELD_KEY_OPTIONAL up that are not known are stepped over; lower ones are refused. Standard:
 * docs/format/records.md "Rules".
 */
#ifndef PTN_RECORD_FIELDS_INT_H
#define PTN_RECORD_FIELDS_INT_H
#include "record/record.h"

#define PTN_FIELD_KEY_OPTIONAL 64u

enum ptn_field_type {
    PTN_FIELD_TEXT,    /* struct ptn_bytes: one line, at most max bytes */
    PTN_FIELD_NOTE,    /* struct ptn_bytes: lines, tabs and LF allowed, at most max bytes */
    PTN_FIELD_BLOB,    /* struct ptn_bytes: any bytes, at most max */
    PTN_FIELD_CODE,    /* char[max + 1]: NUL-terminated, of the MRZ's alphabet */
    PTN_FIELD_SEX,     /* char: 'M', 'F' or 0 */
    PTN_FIELD_OCTETS,  /* uint8_t[max]: ids and digests; all zero is empty */
    PTN_FIELD_NUMBER,  /* uint64_t: at most max */
    PTN_FIELD_ENUM,    /* an enum: less than max */
    PTN_FIELD_TIME,    /* int64_t: milliseconds since 1970, to the end of 9999 */
    PTN_FIELD_BOOL,    /* bool */
    PTN_FIELD_DATE,    /* struct ptn_date: possible */
    PTN_FIELD_DAY,     /* struct ptn_date: full */
    PTN_FIELD_STRUCT,  /* the struct that inner tells of; empty when all of it is */
    PTN_FIELD_STRUCTS, /* pointer to at most max such structs, their count at count_offset */
    PTN_FIELD_WORDS, /* pointer to at most max struct ptn_bytes of PTN_RECORD_WORD_MAX, likewise */
};

enum ptn_field_presence {
    PTN_FIELD_OPTIONAL, /* left out when empty */
    PTN_FIELD_REQUIRED, /* never empty */
    PTN_FIELD_ALWAYS,   /* zero is a value like others */
};

struct ptn_layout;

struct ptn_field {
    uint8_t key;
    const char *name; /* a literal, for diagnostics */
    size_t offset;
    enum ptn_field_type type;
    enum ptn_field_presence presence;
    uint64_t max;
    const struct ptn_layout *inner;
    size_t count_offset;
};

/* Rows of a table: of struct owner, by key. The name of a field is its member's. */
#define PTN_FIELD(owner, key_, member, type_, presence_, max_)                                     \
    {                                                                                              \
        .key = (key_), .name = #member, .offset = offsetof(struct owner, member),                  \
        .type = PTN_FIELD_##type_, .presence = PTN_FIELD_##presence_, .max = (max_)                \
    }
#define PTN_FIELD_INNER(owner, key_, member, presence_, inner_)                                    \
    {                                                                                              \
        .key = (key_), .name = #member, .offset = offsetof(struct owner, member),                  \
        .type = PTN_FIELD_STRUCT, .presence = PTN_FIELD_##presence_, .inner = (inner_)             \
    }
#define PTN_FIELD_ITEMS(owner, key_, member, count_member, type_, max_, inner_)                    \
    {                                                                                              \
        .key = (key_), .name = #member, .offset = offsetof(struct owner, member),                  \
        .type = PTN_FIELD_##type_, .presence = PTN_FIELD_OPTIONAL, .max = (max_),                  \
        .inner = (inner_), .count_offset = offsetof(struct owner, count_member)                    \
    }
#define PTN_LAYOUT(owner, fields_, fault_)                                                         \
    {                                                                                              \
        .fields = (fields_), .field_count = sizeof(fields_) / sizeof((fields_)[0]),                \
        .size = sizeof(struct owner), .fault = (fault_)                                            \
    }

#define PTN_FIELD_COUNT_MAX  32u
#define PTN_FIELD_NUMBER_MAX ((uint64_t)INT64_MAX) /* JSON and SQL hold it too */

struct ptn_layout {
    const struct ptn_field *fields; /* by key */
    size_t field_count;             /* at most PTN_FIELD_COUNT_MAX */
    size_t size;                    /* of the struct */
    /* What a table cannot say. NULL, or the name of the field at fault; may itself be NULL. */
    const char *(*fault)(const void *object);
};

/* True when every field is at its empty value. */
bool ptn_fields_empty(const struct ptn_layout *layout, const void *object);

/* BAD_INPUT or TOO_BIG with the field's name in text. */
PTN_MUST_USE struct ptn_status ptn_fields_validate(const struct ptn_layout *layout,
                                                   const void *object, struct ptn_diag *reterr);

/*
 * Read one map into a zeroed struct and validate it. Arrays are taken from arena, which may be NULL
 * where the layout has none. BAD_INPUT, TOO_BIG with the offset; NO_MEMORY. After a failure the
 * struct is of no use.
 */
PTN_MUST_USE struct ptn_status ptn_fields_read(struct ptn_cbor_reader *reader,
                                               const struct ptn_layout *layout, void *object,
                                               struct ptn_arena *arena, struct ptn_diag *reterr);

/* The same from exactly these bytes, at most PTN_RECORD_LEN_MAX of them. */
PTN_MUST_USE struct ptn_status ptn_fields_parse(struct ptn_bytes bytes,
                                                const struct ptn_layout *layout, void *object,
                                                struct ptn_arena *arena, struct ptn_diag *reterr);

/* Validate, then append the map. The buffer is as before on failure. */
PTN_MUST_USE struct ptn_status ptn_fields_write(const struct ptn_layout *layout, const void *object,
                                                struct ptn_buffer *out);
#endif
