/* base/csv.c -- rows of delimiter-separated values as publishers write them. */
#include <string.h>

#include "base/text.h"

char ptn_csv_separator(struct ptn_bytes bytes, const char *candidates)
{
    size_t best = 0;
    char separator = candidates[0];

    for (const char *candidate = candidates; *candidate != '\0'; candidate++) {
        size_t count = 0;

        for (size_t i = 0; i < bytes.len && bytes.at[i] != '\n'; i++)
            count += bytes.at[i] == (uint8_t)*candidate;
        if (count > best) {
            best = count;
            separator = *candidate;
        }
    }
    return separator;
}

void ptn_csv_init(struct ptn_csv *csv, struct ptn_bytes bytes, char separator)
{
    csv->bytes = bytes;
    csv->next = bytes.len >= 3 && memcmp(bytes.at, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    csv->line = 1;
    csv->row_line = 1;
    csv->row_at = csv->next;
    csv->separator = separator;
    csv->closed = false;
    csv->field_count = 0;
}

/* A quote ends a quoted field only before a separator, a line end or the end of the file. */
static bool ends_field(const struct ptn_csv *csv, size_t at)
{
    uint8_t byte;

    if (at >= csv->bytes.len)
        return true;
    byte = csv->bytes.at[at];
    return byte == (uint8_t)csv->separator || byte == '\n' || byte == '\r';
}

/* Copy a quoted field's bytes with every doubled quote once; NULL: the arena is full. */
static uint8_t *undouble(struct ptn_arena *arena, const uint8_t *from, size_t len, size_t *ret_len)
{
    uint8_t *to = ptn_arena_take(arena, len + 1);

    *ret_len = 0;
    if (to == NULL)
        return NULL;
    for (size_t i = 0; i < len; i++) {
        to[(*ret_len)++] = from[i];
        if (from[i] == '"' && i + 1 < len && from[i + 1] == '"')
            i++;
    }
    return to;
}

PTN_MUST_USE static struct ptn_status quoted_field(struct ptn_csv *csv, struct ptn_arena *arena,
                                                   struct ptn_bytes *ret_field,
                                                   struct ptn_diag *reterr)
{
    size_t start = csv->next + 1, at = start, len;
    bool doubled = false;
    uint8_t *copy;

    for (;; at++) {
        if (at >= csv->bytes.len)
            return ptn_fail(PTN_C_BAD_INPUT, reterr, csv->row_line,
                            "the file ends inside quotes: it is cut short");
        if (at - start > PTN_CSV_ROW_LEN_MAX)
            return ptn_fail(PTN_C_BAD_INPUT, reterr, csv->row_line,
                            "a quoted field is longer than the limit, or does not end");
        if (csv->bytes.at[at] == '\n')
            csv->line++;
        if (csv->bytes.at[at] != '"')
            continue;
        if (at + 1 < csv->bytes.len && csv->bytes.at[at + 1] == '"') {
            doubled = true;
            at++;
        } else if (ends_field(csv, at + 1)) {
            break;
        }
    }
    csv->next = at + 1;
    *ret_field = ptn_bytes_slice(csv->bytes, start, at - start);
    if (!doubled)
        return PTN_OK;
    copy = undouble(arena, ret_field->at, ret_field->len, &len);
    if (copy == NULL)
        return ptn_fail(PTN_C_TOO_BIG, reterr, csv->row_line, "a row is larger than the limit");
    *ret_field = ptn_bytes_of(copy, len);
    return PTN_OK;
}

static struct ptn_bytes plain_field(struct ptn_csv *csv)
{
    size_t start = csv->next;

    while (!ends_field(csv, csv->next))
        csv->next++;
    return ptn_bytes_slice(csv->bytes, start, csv->next - start);
}

/* Step over the line end at next; true when there was one. */
static bool take_line_end(struct ptn_csv *csv)
{
    if (csv->next < csv->bytes.len && csv->bytes.at[csv->next] == '\r')
        csv->next++;
    if (csv->next >= csv->bytes.len || csv->bytes.at[csv->next] != '\n')
        return csv->next > 0 && csv->next <= csv->bytes.len && csv->bytes.at[csv->next - 1] == '\r';
    csv->next++;
    csv->line++;
    return true;
}

struct ptn_status ptn_csv_next(struct ptn_csv *csv, struct ptn_arena *arena,
                               struct ptn_diag *reterr)
{
    size_t start;

    while (csv->next < csv->bytes.len &&
           (csv->bytes.at[csv->next] == '\n' || csv->bytes.at[csv->next] == '\r'))
        (void)take_line_end(csv);
    start = csv->next;
    csv->row_line = csv->line;
    csv->row_at = start;
    csv->field_count = 0;
    csv->closed = false;
    if (csv->next >= csv->bytes.len)
        return (struct ptn_status){ PTN_C_NOT_FOUND };
    for (;;) {
        bool quoted = csv->next < csv->bytes.len && csv->bytes.at[csv->next] == '"';
        struct ptn_bytes field;

        if (csv->field_count == PTN_CSV_FIELD_MAX)
            return ptn_fail(PTN_C_BAD_INPUT, reterr, csv->row_line,
                            "a row has more fields than any list");
        if (quoted) {
            struct ptn_status status = quoted_field(csv, arena, &field, reterr);

            if (!ptn_ok(status))
                return status;
        } else {
            field = plain_field(csv);
        }
        csv->fields[csv->field_count] = field;
        csv->quoted[csv->field_count++] = quoted;
        if (csv->next - start > PTN_CSV_ROW_LEN_MAX)
            return ptn_fail(PTN_C_BAD_INPUT, reterr, csv->row_line,
                            "a row is longer than the limit");
        if (csv->next >= csv->bytes.len)
            return PTN_OK;
        if (csv->bytes.at[csv->next] == (uint8_t)csv->separator) {
            csv->next++;
            continue;
        }
        csv->closed = take_line_end(csv);
        return PTN_OK;
    }
}

struct ptn_bytes ptn_csv_field(const struct ptn_csv *csv, size_t index)
{
    return index < csv->field_count ? ptn_bytes_trim(csv->fields[index]) : PTN_BYTES_NONE;
}

static uint8_t lower(uint8_t byte)
{
    return byte >= 'A' && byte <= 'Z' ? (uint8_t)(byte + ('a' - 'A')) : byte;
}

/* Equal without ASCII case. */
static bool same_word(struct ptn_bytes text, const char *word)
{
    if (text.len != strlen(word))
        return false;
    for (size_t i = 0; i < text.len; i++)
        if (lower(text.at[i]) != lower((uint8_t)word[i]))
            return false;
    return true;
}

size_t ptn_csv_column(const struct ptn_csv *csv, const char *name)
{
    for (size_t i = 0; i < csv->field_count; i++)
        if (same_word(ptn_csv_field(csv, i), name))
            return i;
    return PTN_CSV_NO_FIELD;
}
