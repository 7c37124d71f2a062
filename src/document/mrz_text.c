/*
 * From what a reader or a person sends to clean lines. Nothing here looks at what the characters
 * mean: line ends, spaces and additions outside the alphabet go, letters become capitals, and all
 * of it is told.
 */
#include "document/mrz_int.h"

#define LABEL_MAX 12u /* characters before the colon of "MRZ 1:" */

const uint8_t ptn_mrz_value_plus_1[256] = {
    ['<'] = 1,  ['0'] = 1,  ['1'] = 2,  ['2'] = 3,  ['3'] = 4,  ['4'] = 5,  ['5'] = 6,  ['6'] = 7,
    ['7'] = 8,  ['8'] = 9,  ['9'] = 10, ['A'] = 11, ['B'] = 12, ['C'] = 13, ['D'] = 14, ['E'] = 15,
    ['F'] = 16, ['G'] = 17, ['H'] = 18, ['I'] = 19, ['J'] = 20, ['K'] = 21, ['L'] = 22, ['M'] = 23,
    ['N'] = 24, ['O'] = 25, ['P'] = 26, ['Q'] = 27, ['R'] = 28, ['S'] = 29, ['T'] = 30, ['U'] = 31,
    ['V'] = 32, ['W'] = 33, ['X'] = 34, ['Y'] = 35, ['Z'] = 36,
};

static bool is_in_alphabet(char c)
{
    return ptn_mrz_value_plus_1[(uint8_t)c] != 0;
}

/* A length that a line of some format has, or all lines of one. */
static bool is_known_length(size_t len)
{
    return len == 30 || len == 34 || len == 36 || len == 44 || len == 72 || len == 88 || len == 90;
}

/* The bytes of a blank that begins here: space, tab, no-break space, byte order mark; 0: it is
 * none. */
static size_t blank_at(struct ptn_bytes bytes, size_t i)
{
    static const uint8_t no_break[] = { 0xc2, 0xa0 };
    static const uint8_t order_mark[] = { 0xef, 0xbb, 0xbf };

    if (bytes.at[i] == ' ' || bytes.at[i] == '\t')
        return 1;
    if (bytes.len - i >= 2 && memcmp(bytes.at + i, no_break, 2) == 0)
        return 2;
    if (bytes.len - i >= 3 && memcmp(bytes.at + i, order_mark, 3) == 0)
        return 3;
    return 0;
}

static struct ptn_bytes without_outer_blanks(struct ptn_bytes bytes)
{
    size_t from = 0, end = 0;

    for (size_t i = 0; i < bytes.len;) {
        size_t blank = blank_at(bytes, i);

        if (blank == 0 && end == 0)
            from = i;
        i += blank == 0 ? 1 : blank;
        if (blank == 0)
            end = i;
    }
    return ptn_bytes_slice(bytes, from, end - from);
}

static bool is_label_byte(uint8_t byte)
{
    return (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z') ||
           (byte >= '0' && byte <= '9') || byte == ' ' || byte == '-' || byte == '_';
}

/*
 * Bytes at the start that a reader puts before its data: an AIM identifier ("]L0"), a label
 * ("MRZ:", "line 2: "), or the one and then the other.
 */
static size_t prefix_len(struct ptn_bytes bytes)
{
    size_t aim = bytes.len >= 3 && bytes.at[0] == ']' ? 3 : 0;
    size_t i = aim;

    while (i < bytes.len && i < aim + LABEL_MAX && is_label_byte(bytes.at[i]))
        i++;
    return i < bytes.len && i > aim && (bytes.at[i] == ':' || bytes.at[i] == '=') ? i + 1 : aim;
}

/* One line being made; column counts characters, not bytes. */
struct line {
    char at[PTN_MRZ_TEXT_LINE_MAX];
    size_t len;
    size_t lower_column;
    size_t blanks;
    bool too_long;
};

static void line_add(struct line *line, char c)
{
    if (line->len == PTN_MRZ_TEXT_LINE_MAX) {
        line->too_long = true;
        return;
    }
    line->at[line->len++] = c;
}

/* The characters of bytes as capitals of the alphabet; blanks are left out or kept as ' '. */
static void line_fill(struct line *line, struct ptn_bytes bytes, bool keep_blanks)
{
    line->len = line->lower_column = line->blanks = 0;
    line->too_long = false;
    for (size_t i = 0; i < bytes.len;) {
        char c = (char)bytes.at[i];
        size_t blank = blank_at(bytes, i);

        i += blank == 0 ? 1 : blank;
        if (blank > 0) {
            line->blanks++;
            if (keep_blanks)
                line_add(line, ' ');
        } else if (is_in_alphabet(c)) {
            line_add(line, c);
        } else if (c >= 'a' && c <= 'z') {
            line_add(line, (char)(c - 'a' + 'A'));
            if (line->lower_column == 0)
                line->lower_column = line->len;
        } else if (((uint8_t)c & 0xc0u) != 0x80u) {
            line_add(line, '?'); /* the first byte of one character; the others add nothing */
        }
    }
}

/* Drop characters outside the alphabet from the ends, when that leaves a line of a known length. */
static bool line_strip_ends(struct line *line)
{
    size_t from = 0, end = line->len;

    while (from < end && !is_in_alphabet(line->at[from]))
        from++;
    while (end > from && !is_in_alphabet(line->at[end - 1]))
        end--;
    if (end - from == line->len || !is_known_length(end - from))
        return false;
    memmove(line->at, line->at + from, end - from);
    line->len = end - from;
    line->lower_column = line->lower_column > from ? line->lower_column - from : 0;
    return true;
}

static void add_line(struct ptn_mrz_text *text, struct ptn_bytes raw)
{
    struct ptn_bytes bytes = without_outer_blanks(raw);
    size_t prefix = prefix_len(bytes);
    struct line line;

    bytes = without_outer_blanks(ptn_bytes_slice(bytes, prefix, bytes.len));
    line_fill(&line, bytes, false);
    if (!is_known_length(line.len) && line.blanks > 0 && is_known_length(line.len + line.blanks))
        line_fill(&line, bytes, true);
    if (!is_known_length(line.len) && line_strip_ends(&line))
        text->reader_text = true;
    text->reader_text |= prefix > 0;
    text->spaces |= bytes.len != raw.len - prefix || line.blanks > 0;
    if (line.len == 0)
        return;
    if (text->line_count == PTN_MRZ_TEXT_LINES_MAX || line.too_long) {
        text->too_long = true;
        return;
    }
    memcpy(text->lines[text->line_count], line.at, line.len);
    text->len[text->line_count++] = (uint8_t)line.len;
    if (line.lower_column > 0 && text->lower_line == 0) {
        text->lower_line = text->line_count;
        text->lower_column = (uint8_t)line.lower_column;
    }
}

void ptn_mrz_text_split(struct ptn_mrz_text *text)
{
    size_t len = text->len[0];
    size_t count = len == 90 ? 3 : 2;
    size_t each = len / count;

    if (text->line_count != 1 || text->too_long || (len != 72 && len != 88 && len != 90))
        return;
    for (size_t i = 1; i < count; i++) {
        memcpy(text->lines[i], text->lines[0] + i * each, each);
        text->len[i] = (uint8_t)each;
    }
    text->len[0] = (uint8_t)each;
    text->line_count = (uint8_t)count;
    text->run_together = true;
    if (text->lower_line > 0) {
        text->lower_line = (uint8_t)((text->lower_column - 1u) / each + 1);
        text->lower_column = (uint8_t)((text->lower_column - 1u) % each + 1);
    }
}

static bool is_line_end(uint8_t byte)
{
    return (byte < ' ' && byte != '\t') || byte == 0x7f;
}

void ptn_mrz_text_read(struct ptn_bytes bytes, struct ptn_mrz_text *ret_text)
{
    size_t from = 0;

    *ret_text = (struct ptn_mrz_text){ 0 };
    for (size_t i = 0; i <= bytes.len; i++) {
        if (i < bytes.len && !is_line_end(bytes.at[i]))
            continue;
        if (i > from)
            add_line(ret_text, ptn_bytes_of(bytes.at + from, i - from));
        from = i + 1;
    }
}
