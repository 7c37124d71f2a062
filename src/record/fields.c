#include "record/fields_int.h"

#include "base/text.h"

#include <assert.h>

#define TIME_MS_MAX INT64_C(253402300799999) /* 9999-12-31T23:59:59.999Z */

static_assert(sizeof(enum ptn_verdict) == sizeof(unsigned),
              "enums are read and written as unsigned");
static_assert(sizeof(size_t) == sizeof(uint64_t), "counts and numbers are of one size");

/* ---- members ---- */

static const void *member_of(const struct ptn_field *field, const void *object)
{
    return (const uint8_t *)object + field->offset;
}

static void *own_member_of(const struct ptn_field *field, void *object)
{
    return (uint8_t *)object + field->offset;
}

static struct ptn_bytes bytes_of(const struct ptn_field *field, const void *object)
{
    struct ptn_bytes bytes;

    memcpy(&bytes, member_of(field, object), sizeof(bytes));
    return bytes;
}

static struct ptn_date date_of(const struct ptn_field *field, const void *object)
{
    struct ptn_date date;

    memcpy(&date, member_of(field, object), sizeof(date));
    return date;
}

/* The value of a field that is a number of some width; a negative time becomes a very large one. */
static uint64_t number_of(const struct ptn_field *field, const void *object)
{
    const void *member = member_of(field, object);
    uint64_t number = 0;
    unsigned narrow;
    bool flag;

    if (field->type == PTN_FIELD_ENUM) {
        memcpy(&narrow, member, sizeof(narrow));
        return narrow;
    }
    if (field->type == PTN_FIELD_BOOL) {
        memcpy(&flag, member, sizeof(flag));
        return flag;
    }
    if (field->type == PTN_FIELD_SEX)
        return *(const uint8_t *)member;
    memcpy(&number, member, sizeof(number));
    return number;
}

static size_t count_of(const struct ptn_field *field, const void *object)
{
    size_t count;

    memcpy(&count, (const uint8_t *)object + field->count_offset, sizeof(count));
    return count;
}

/* The array a pointer field points to. */
static const uint8_t *items_of(const struct ptn_field *field, const void *object)
{
    const uint8_t *items;

    memcpy(&items, member_of(field, object), sizeof(items));
    return items;
}

/* Layouts nest no deeper than the tables of this folder say, so neither do the functions below that
 * call themselves. */
/* NOLINTBEGIN(misc-no-recursion) */

static bool field_empty(const struct ptn_field *field, const void *object)
{
    switch (field->type) {
    case PTN_FIELD_TEXT:
    case PTN_FIELD_NOTE:
    case PTN_FIELD_BLOB:
        return bytes_of(field, object).len == 0;
    case PTN_FIELD_CODE:
        return *(const char *)member_of(field, object) == '\0';
    case PTN_FIELD_OCTETS:
        return ptn_is_zero(member_of(field, object), (size_t)field->max);
    case PTN_FIELD_SEX:
    case PTN_FIELD_NUMBER:
    case PTN_FIELD_ENUM:
    case PTN_FIELD_TIME:
    case PTN_FIELD_BOOL:
        return number_of(field, object) == 0;
    case PTN_FIELD_DATE:
    case PTN_FIELD_DAY:
        return ptn_date_is_none(date_of(field, object));
    case PTN_FIELD_STRUCT:
        return ptn_fields_empty(field->inner, member_of(field, object));
    case PTN_FIELD_STRUCTS:
    case PTN_FIELD_WORDS:
        break;
    }
    return count_of(field, object) == 0;
}

bool ptn_fields_empty(const struct ptn_layout *layout, const void *object)
{
    for (size_t i = 0; i < layout->field_count; i++)
        if (!field_empty(&layout->fields[i], object))
            return false;
    return true;
}

/* ---- checking ---- */

/* UTF-8 without control characters: C0 (tab and LF may be allowed), DEL and C1. */
static bool text_is_clean(struct ptn_bytes text, bool lines)
{
    if (!ptn_utf8_valid(text, NULL))
        return false;
    for (size_t i = 0; i < text.len; i++) {
        uint8_t byte = text.at[i];

        if (byte < 0x20 ? !lines || (byte != '\n' && byte != '\t') : byte == 0x7f)
            return false;
        /* C1 is C2 80 to C2 9F; in well-formed text C2 begins a sequence and one byte follows. */
        if (byte == 0xc2 && text.at[i + 1] < 0xa0)
            return false;
    }
    return true;
}

static enum ptn_code check_text(struct ptn_bytes text, uint64_t len_max, bool lines)
{
    if (text.len > len_max)
        return PTN_C_TOO_BIG;
    return text_is_clean(text, lines) ? PTN_C_OK : PTN_C_BAD_INPUT;
}

static enum ptn_code check_code(const char *code, uint64_t len_max)
{
    size_t len = strnlen(code, len_max + 1);

    if (len > len_max)
        return PTN_C_BAD_INPUT;
    for (size_t i = 0; i < len; i++)
        if (!(code[i] >= 'A' && code[i] <= 'Z') && !(code[i] >= '0' && code[i] <= '9') &&
            code[i] != '<')
            return PTN_C_BAD_INPUT;
    return PTN_C_OK;
}

static enum ptn_code check_words(const struct ptn_field *field, const void *object)
{
    const uint8_t *items = items_of(field, object);
    size_t count = count_of(field, object);

    if (count > field->max)
        return PTN_C_TOO_BIG;
    for (size_t i = 0; i < count; i++) {
        struct ptn_bytes word;
        enum ptn_code code;

        memcpy(&word, items + i * sizeof(word), sizeof(word));
        code = word.len == 0 ? PTN_C_BAD_INPUT : check_text(word, PTN_RECORD_WORD_MAX, false);
        if (code != PTN_C_OK)
            return code;
    }
    return PTN_C_OK;
}

/* What can be said of a field by itself, not of what lies within it. */
static enum ptn_code check_field(const struct ptn_field *field, const void *object)
{
    uint64_t number;

    if (field_empty(field, object))
        return field->presence == PTN_FIELD_REQUIRED ? PTN_C_BAD_INPUT : PTN_C_OK;
    switch (field->type) {
    case PTN_FIELD_TEXT:
    case PTN_FIELD_NOTE:
        return check_text(bytes_of(field, object), field->max, field->type == PTN_FIELD_NOTE);
    case PTN_FIELD_BLOB:
        return bytes_of(field, object).len <= field->max ? PTN_C_OK : PTN_C_TOO_BIG;
    case PTN_FIELD_CODE:
        return check_code(member_of(field, object), field->max);
    case PTN_FIELD_SEX:
        number = number_of(field, object);
        return number == 'M' || number == 'F' ? PTN_C_OK : PTN_C_BAD_INPUT;
    case PTN_FIELD_NUMBER:
        return number_of(field, object) <= field->max ? PTN_C_OK : PTN_C_TOO_BIG;
    case PTN_FIELD_ENUM:
        return number_of(field, object) < field->max ? PTN_C_OK : PTN_C_BAD_INPUT;
    case PTN_FIELD_TIME:
        return number_of(field, object) <= TIME_MS_MAX ? PTN_C_OK : PTN_C_BAD_INPUT;
    case PTN_FIELD_DATE:
        return ptn_date_is_possible(date_of(field, object)) ? PTN_C_OK : PTN_C_BAD_INPUT;
    case PTN_FIELD_DAY:
        return ptn_date_is_possible(date_of(field, object)) &&
                       ptn_date_is_full(date_of(field, object))
                   ? PTN_C_OK
                   : PTN_C_BAD_INPUT;
    case PTN_FIELD_STRUCTS:
        return count_of(field, object) <= field->max ? PTN_C_OK : PTN_C_TOO_BIG;
    case PTN_FIELD_WORDS:
        return check_words(field, object);
    case PTN_FIELD_OCTETS:
    case PTN_FIELD_BOOL:
    case PTN_FIELD_STRUCT:
        break;
    }
    return PTN_C_OK;
}

static struct ptn_status check_fault(const struct ptn_layout *layout, const void *object,
                                     size_t offset, struct ptn_diag *reterr)
{
    const char *name = layout->fault == NULL ? NULL : layout->fault(object);

    return name == NULL ? PTN_OK : ptn_fail(PTN_C_BAD_INPUT, reterr, offset, name);
}

struct ptn_status ptn_fields_validate(const struct ptn_layout *layout, const void *object,
                                      struct ptn_diag *reterr)
{
    for (size_t i = 0; i < layout->field_count; i++) {
        const struct ptn_field *field = &layout->fields[i];
        enum ptn_code code = check_field(field, object);
        struct ptn_status status = PTN_OK;

        if (code != PTN_C_OK)
            return ptn_fail(code, reterr, 0, field->name);
        if (field->type == PTN_FIELD_STRUCT && !field_empty(field, object))
            status = ptn_fields_validate(field->inner, member_of(field, object), reterr);
        for (size_t k = 0;
             field->type == PTN_FIELD_STRUCTS && ptn_ok(status) && k < count_of(field, object); k++)
            status = ptn_fields_validate(field->inner,
                                         items_of(field, object) + k * field->inner->size, reterr);
        if (!ptn_ok(status))
            return status;
    }
    return check_fault(layout, object, 0, reterr);
}

/* ---- reading ---- */

static struct ptn_status read_number(struct ptn_cbor_reader *reader, const struct ptn_field *field,
                                     void *object, struct ptn_diag *reterr)
{
    uint64_t number = 0;
    unsigned narrow;
    struct ptn_status status = ptn_cbor_read_u64(reader, &number, reterr);

    if (!ptn_ok(status))
        return status;
    if (field->type == PTN_FIELD_ENUM) {
        narrow = number < field->max ? (unsigned)number : (unsigned)field->max;
        memcpy(own_member_of(field, object), &narrow, sizeof(narrow));
    } else {
        memcpy(own_member_of(field, object), &number, sizeof(number));
    }
    return PTN_OK;
}

/* YYYYMMDD as one number, unknown parts zero. What does not fit its part becomes a date no calendar
 * has. */
static struct ptn_status read_date(struct ptn_cbor_reader *reader, const struct ptn_field *field,
                                   void *object, struct ptn_diag *reterr)
{
    uint64_t number = 0;
    struct ptn_date date = { UINT16_MAX, UINT8_MAX, UINT8_MAX };
    struct ptn_status status = ptn_cbor_read_u64(reader, &number, reterr);

    if (!ptn_ok(status))
        return status;
    if (number <= 99991231)
        date = (struct ptn_date){ (uint16_t)(number / 10000), (uint8_t)(number / 100 % 100),
                                  (uint8_t)(number % 100) };
    memcpy(own_member_of(field, object), &date, sizeof(date));
    return PTN_OK;
}

static struct ptn_status read_code(struct ptn_cbor_reader *reader, const struct ptn_field *field,
                                   void *object, struct ptn_diag *reterr)
{
    size_t offset = reader->cursor.next;
    struct ptn_bytes text;
    struct ptn_status status = ptn_cbor_read_text(reader, &text, reterr);

    if (!ptn_ok(status))
        return status;
    if (text.len > field->max)
        return ptn_fail(PTN_C_TOO_BIG, reterr, offset, field->name);
    /* A NUL inside would end the code early and be lost on the way back. */
    if (text.len > 0 && memchr(text.at, 0, text.len) != NULL)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, offset, field->name);
    if (text.len > 0)
        memcpy(own_member_of(field, object), text.at, text.len);
    return PTN_OK;
}

static struct ptn_status read_octets(struct ptn_cbor_reader *reader, const struct ptn_field *field,
                                     void *object, struct ptn_diag *reterr)
{
    size_t offset = reader->cursor.next;
    struct ptn_bytes octets;
    struct ptn_status status = ptn_cbor_read_bytes(reader, &octets, reterr);

    if (!ptn_ok(status))
        return status;
    if (octets.len != field->max)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, offset, field->name);
    memcpy(own_member_of(field, object), octets.at, octets.len);
    return PTN_OK;
}

/* An array of structs or words, its items in the arena. */
static struct ptn_status read_items(struct ptn_cbor_reader *reader, const struct ptn_field *field,
                                    void *object, struct ptn_arena *arena, struct ptn_diag *reterr)
{
    size_t offset = reader->cursor.next;
    bool words = field->type == PTN_FIELD_WORDS;
    size_t size = words ? sizeof(struct ptn_bytes) : field->inner->size;
    size_t count = 0;
    uint8_t *items;
    struct ptn_status status = ptn_cbor_read_array(reader, &count, reterr);

    if (!ptn_ok(status))
        return status;
    if (count > field->max)
        return ptn_fail(PTN_C_TOO_BIG, reterr, offset, field->name);
    PTN_PRE(arena != NULL);
    items = ptn_arena_take(arena, count * size);
    if (items == NULL)
        return ptn_fail(PTN_C_NO_MEMORY, reterr, offset, field->name);
    for (size_t i = 0; i < count; i++) {
        struct ptn_bytes word;

        if (!words) {
            status = ptn_fields_read(reader, field->inner, items + i * size, arena, reterr);
        } else {
            status = ptn_cbor_read_text(reader, &word, reterr);
            if (ptn_ok(status))
                memcpy(items + i * size, &word, sizeof(word));
        }
        if (!ptn_ok(status))
            return status;
    }
    memcpy(own_member_of(field, object), &items, sizeof(items));
    memcpy((uint8_t *)object + field->count_offset, &count, sizeof(count));
    return PTN_OK;
}

static struct ptn_status read_value(struct ptn_cbor_reader *reader, const struct ptn_field *field,
                                    void *object, struct ptn_arena *arena, struct ptn_diag *reterr)
{
    void *member = own_member_of(field, object);
    struct ptn_bytes text;
    struct ptn_status status;

    switch (field->type) {
    case PTN_FIELD_TEXT:
    case PTN_FIELD_NOTE:
        status = ptn_cbor_read_text(reader, &text, reterr);
        if (ptn_ok(status))
            memcpy(member, &text, sizeof(text));
        return status;
    case PTN_FIELD_BLOB:
        status = ptn_cbor_read_bytes(reader, &text, reterr);
        if (ptn_ok(status))
            memcpy(member, &text, sizeof(text));
        return status;
    case PTN_FIELD_SEX:
        status = ptn_cbor_read_text(reader, &text, reterr);
        if (ptn_ok(status))
            *(uint8_t *)member = text.len == 1 ? text.at[0] : (uint8_t)'?';
        return status;
    case PTN_FIELD_BOOL:
        return ptn_cbor_read_bool(reader, member, reterr);
    case PTN_FIELD_CODE:
        return read_code(reader, field, object, reterr);
    case PTN_FIELD_OCTETS:
        return read_octets(reader, field, object, reterr);
    case PTN_FIELD_DATE:
    case PTN_FIELD_DAY:
        return read_date(reader, field, object, reterr);
    case PTN_FIELD_STRUCT:
        return ptn_fields_read(reader, field->inner, member, arena, reterr);
    case PTN_FIELD_STRUCTS:
    case PTN_FIELD_WORDS:
        return read_items(reader, field, object, arena, reterr);
    case PTN_FIELD_NUMBER:
    case PTN_FIELD_ENUM:
    case PTN_FIELD_TIME:
        break;
    }
    return read_number(reader, field, object, reterr);
}

static const struct ptn_field *find_field(const struct ptn_layout *layout, uint64_t key)
{
    for (size_t i = 0; i < layout->field_count; i++)
        if (layout->fields[i].key == key)
            return &layout->fields[i];
    return NULL;
}

/* One key and its value. */
static struct ptn_status read_pair(struct ptn_cbor_reader *reader, const struct ptn_layout *layout,
                                   void *object, int64_t *previous, uint32_t *seen,
                                   struct ptn_arena *arena, struct ptn_diag *reterr)
{
    uint64_t key = 0;
    size_t offset = reader->cursor.next;
    const struct ptn_field *field;
    enum ptn_code code;
    struct ptn_status status = ptn_cbor_read_key(reader, previous, &key, reterr);

    if (!ptn_ok(status))
        return status;
    field = find_field(layout, key);
    if (field == NULL && key < PTN_FIELD_KEY_OPTIONAL)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, offset, "key is not known and not optional");
    if (field == NULL)
        return ptn_cbor_skip(reader, reterr);
    offset = reader->cursor.next;
    status = read_value(reader, field, object, arena, reterr);
    if (!ptn_ok(status))
        return status;
    if (field->presence != PTN_FIELD_ALWAYS && field_empty(field, object))
        return ptn_fail(PTN_C_BAD_INPUT, reterr, offset, "an empty field is left out");
    code = check_field(field, object);
    if (code != PTN_C_OK)
        return ptn_fail(code, reterr, offset, field->name);
    *seen |= UINT32_C(1) << (field - layout->fields);
    return PTN_OK;
}

struct ptn_status ptn_fields_read(struct ptn_cbor_reader *reader, const struct ptn_layout *layout,
                                  void *object, struct ptn_arena *arena, struct ptn_diag *reterr)
{
    size_t offset = reader->cursor.next;
    size_t pair_count = 0;
    int64_t previous = -1;
    uint32_t seen = 0;
    struct ptn_status status = ptn_cbor_read_map(reader, &pair_count, reterr);

    PTN_PRE(layout->field_count <= PTN_FIELD_COUNT_MAX);
    for (size_t i = 0; ptn_ok(status) && i < pair_count; i++)
        status = read_pair(reader, layout, object, &previous, &seen, arena, reterr);
    if (!ptn_ok(status))
        return status;
    for (size_t i = 0; i < layout->field_count; i++)
        if (layout->fields[i].presence != PTN_FIELD_OPTIONAL && (seen >> i & 1u) == 0)
            return ptn_fail(PTN_C_BAD_INPUT, reterr, offset, layout->fields[i].name);
    return check_fault(layout, object, offset, reterr);
}

struct ptn_status ptn_fields_parse(struct ptn_bytes bytes, const struct ptn_layout *layout,
                                   void *object, struct ptn_arena *arena, struct ptn_diag *reterr)
{
    struct ptn_cbor_reader reader = ptn_cbor_reader_at(bytes);
    struct ptn_status status;

    if (bytes.len > PTN_RECORD_LEN_MAX)
        return ptn_fail(PTN_C_TOO_BIG, reterr, PTN_RECORD_LEN_MAX, "record is too long");
    status = ptn_fields_read(&reader, layout, object, arena, reterr);
    return ptn_ok(status) ? ptn_cbor_end(&reader, reterr) : status;
}

/* ---- writing ---- */

static struct ptn_status write_struct(struct ptn_buffer *out, const struct ptn_layout *layout,
                                      const void *object);

static struct ptn_status write_items(struct ptn_buffer *out, const struct ptn_field *field,
                                     const void *object)
{
    const uint8_t *items = items_of(field, object);
    size_t count = count_of(field, object);
    struct ptn_status status = ptn_cbor_write_array(out, count);

    for (size_t i = 0; ptn_ok(status) && i < count; i++) {
        struct ptn_bytes word;

        if (field->type == PTN_FIELD_STRUCTS) {
            status = write_struct(out, field->inner, items + i * field->inner->size);
        } else {
            memcpy(&word, items + i * sizeof(word), sizeof(word));
            status = ptn_cbor_write_text(out, word);
        }
    }
    return status;
}

static struct ptn_status write_value(struct ptn_buffer *out, const struct ptn_field *field,
                                     const void *object)
{
    const void *member = member_of(field, object);
    struct ptn_date date;

    switch (field->type) {
    case PTN_FIELD_TEXT:
    case PTN_FIELD_NOTE:
        return ptn_cbor_write_text(out, bytes_of(field, object));
    case PTN_FIELD_BLOB:
        return ptn_cbor_write_bytes(out, bytes_of(field, object));
    case PTN_FIELD_SEX:
        return ptn_cbor_write_text(out, ptn_bytes_of(member, 1));
    case PTN_FIELD_BOOL:
        return ptn_cbor_write_bool(out, number_of(field, object) != 0);
    case PTN_FIELD_CODE:
        return ptn_cbor_write_text(out, ptn_bytes_from_text(member));
    case PTN_FIELD_OCTETS:
        return ptn_cbor_write_bytes(out, ptn_bytes_of(member, (size_t)field->max));
    case PTN_FIELD_DATE:
    case PTN_FIELD_DAY:
        date = date_of(field, object);
        return ptn_cbor_write_u64(out, date.year * 10000u + date.month * 100u + date.day);
    case PTN_FIELD_STRUCT:
        return write_struct(out, field->inner, member);
    case PTN_FIELD_STRUCTS:
    case PTN_FIELD_WORDS:
        return write_items(out, field, object);
    case PTN_FIELD_NUMBER:
    case PTN_FIELD_ENUM:
    case PTN_FIELD_TIME:
        break;
    }
    return ptn_cbor_write_u64(out, number_of(field, object));
}

static struct ptn_status write_struct(struct ptn_buffer *out, const struct ptn_layout *layout,
                                      const void *object)
{
    uint32_t written = 0;
    size_t pair_count = 0;
    struct ptn_status status;

    for (size_t i = 0; i < layout->field_count; i++) {
        const struct ptn_field *field = &layout->fields[i];

        if (field->presence == PTN_FIELD_ALWAYS || !field_empty(field, object)) {
            written |= UINT32_C(1) << i;
            pair_count++;
        }
    }
    status = ptn_cbor_write_map(out, pair_count);
    for (size_t i = 0; ptn_ok(status) && i < layout->field_count; i++) {
        if ((written >> i & 1u) == 0)
            continue;
        status = ptn_cbor_write_u64(out, layout->fields[i].key);
        if (ptn_ok(status))
            status = write_value(out, &layout->fields[i], object);
    }
    return status;
}

/* NOLINTEND(misc-no-recursion) */

struct ptn_status ptn_fields_write(const struct ptn_layout *layout, const void *object,
                                   struct ptn_buffer *out)
{
    size_t len_before = out->len;
    struct ptn_status status = ptn_fields_validate(layout, object, NULL);

    PTN_PRE(layout->field_count <= PTN_FIELD_COUNT_MAX);
    if (!ptn_ok(status))
        return status;
    status = write_struct(out, layout, object);
    if (ptn_ok(status) && out->len - len_before > PTN_RECORD_LEN_MAX)
        status = (struct ptn_status){ PTN_C_TOO_BIG };
    if (!ptn_ok(status))
        out->len = len_before;
    return status;
}
