/*
 * serve/typed.c -- what was typed into the one box, and so what is searched for. Pure; nothing is
 * guessed: a text that could be several things is looked for as each of them.
 */
#include "serve/request.h"

#define YEAR_LEAST 1900u
#define YEAR_MOST  2100u

#define VOYAGE_LEAST 3u /* letters: what is shorter begins too many */

/* Letters and digits of ASCII; everything else separates or stands for itself. */
static bool is_digit(uint8_t byte)
{
    return byte >= '0' && byte <= '9';
}

static bool is_letter(uint8_t byte)
{
    return (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z');
}

static bool has_digit(struct ptn_bytes text)
{
    for (size_t i = 0; i < text.len; i++)
        if (is_digit(text.at[i]))
            return true;
    return false;
}

/* The next word and what is after it; false at the end. */
static bool next_word(struct ptn_bytes *rest, struct ptn_bytes *ret_word)
{
    size_t len = 0;

    *rest = ptn_bytes_trim(*rest);
    while (len < rest->len && rest->at[len] != ' ' && rest->at[len] != '\t')
        len++;
    *ret_word = ptn_bytes_slice(*rest, 0, len);
    *rest = ptn_bytes_slice(*rest, len, SIZE_MAX);
    return len > 0;
}

/* ---- dates ---- */

/* A number of one or two digits at *offset, stepped over with the '.' or '/' after it. */
static bool take_number(struct ptn_bytes word, size_t *offset, unsigned *ret_number)
{
    unsigned number = 0;
    size_t start = *offset;

    while (*offset < word.len && is_digit(word.at[*offset]) && *offset - start < 2)
        number = number * 10 + (word.at[(*offset)++] - '0');
    if (*offset == start || *offset >= word.len ||
        (word.at[*offset] != '.' && word.at[*offset] != '/'))
        return false;
    (*offset)++;
    *ret_number = number;
    return true;
}

/* "17.5.1980" or "17/05/1980". */
static bool day_first(struct ptn_bytes word, struct ptn_date *ret_date)
{
    size_t offset = 0;
    unsigned day = 0;
    unsigned month = 0;
    uint64_t year = 0;

    if (!take_number(word, &offset, &day) || !take_number(word, &offset, &month) ||
        !ptn_decimal_read(ptn_bytes_slice(word, offset, SIZE_MAX), YEAR_MOST, &year) || day == 0 ||
        month == 0)
        return false;
    *ret_date = (struct ptn_date){ (uint16_t)year, (uint8_t)month, (uint8_t)day };
    return true;
}

/* A day, month or year as people write it; not one that no living person was born in. */
static bool is_date(struct ptn_bytes word, struct ptn_date *ret_date)
{
    struct ptn_date date = PTN_DATE_NONE;

    if (word.len > 0 && word.at[word.len - 1] == ',')
        word.len--;
    if (word.len < 4 || !is_digit(word.at[0]) ||
        !(ptn_ok(ptn_date_parse(word, &date, NULL)) || day_first(word, &date)))
        return false;
    if (date.year < YEAR_LEAST || date.year > YEAR_MOST || !ptn_date_is_possible(date))
        return false;
    *ret_date = date;
    return true;
}

/* ---- the text without its date, and in capitals ---- */

/* Words that are no date, a blank between; all of them when there is nothing else. */
static struct ptn_bytes without_date(struct ptn_bytes text, char *at, struct ptn_date *ret_date)
{
    struct ptn_bytes rest = text;
    struct ptn_bytes word;
    size_t len = 0;

    *ret_date = PTN_DATE_NONE;
    while (next_word(&rest, &word)) {
        if (ptn_date_is_none(*ret_date) && is_date(word, ret_date))
            continue;
        if (len > 0)
            at[len++] = ' ';
        memcpy(at + len, word.at, word.len);
        len += word.len;
    }
    if (len > 0)
        return ptn_bytes_of(at, len);
    *ret_date = PTN_DATE_NONE;
    return text;
}

/* Capitals and digits, nothing between. */
static struct ptn_bytes capitals_of(struct ptn_bytes text, char *at)
{
    size_t len = 0;

    for (size_t i = 0; i < text.len; i++)
        if (is_digit(text.at[i]) || is_letter(text.at[i]))
            at[len++] = (char)(text.at[i] >= 'a' ? text.at[i] - 'a' + 'A' : text.at[i]);
    return ptn_bytes_of(at, len);
}

/* ---- sheets ---- */

/* Written as a serial is: five digits, three, two, with hyphens; "P-" may stand before. */
static bool looks_like_serial(struct ptn_bytes text)
{
    static const char shape[] = "ddddd-ddd-dd";

    if (text.len != sizeof(shape) - 1)
        return false;
    for (size_t i = 0; i < text.len; i++)
        if (shape[i] == 'd' ? !is_digit(text.at[i]) : text.at[i] != '-')
            return false;
    return true;
}

static struct ptn_status read_serial(struct ptn_bytes text, struct ptn_typed *typed,
                                     struct ptn_diag *reterr)
{
    if (text.len > 2 && (text.at[0] == 'P' || text.at[0] == 'p') && text.at[1] == '-')
        text = ptn_bytes_slice(text, 2, SIZE_MAX);
    if (ptn_ok(ptn_serial_parse(text, &typed->serial, &typed->post, NULL)))
        typed->is_sheet = true;
    else if (looks_like_serial(text))
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "the serial's check digits are wrong");
    return PTN_OK;
}

/* The words, and after them the day when a whole one was typed: as voyages are named. at has room
 * for both. */
static struct ptn_bytes voyage_of(struct ptn_bytes rest, struct ptn_date date, char *at)
{
    size_t len = rest.len;

    memcpy(at, rest.at, len);
    if (ptn_date_is_full(date)) {
        at[len++] = ' ';
        len += strlen(ptn_date_write(date, at + len));
    }
    return ptn_bytes_of(at, len);
}

struct ptn_status ptn_typed_read(struct ptn_bytes text, struct ptn_arena *arena,
                                 struct ptn_typed *ret_typed, struct ptn_diag *reterr)
{
    struct ptn_typed typed = { .birth = PTN_DATE_NONE };
    struct ptn_status status;
    struct ptn_bytes rest;
    char *words;
    char *capitals;
    char *voyage;

    text = ptn_bytes_trim(text);
    if (text.len == 0)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "text is needed");
    status = read_serial(text, &typed, reterr);
    words = ptn_arena_take(arena, text.len + 1);
    capitals = ptn_arena_take(arena, text.len + 1);
    voyage = ptn_arena_take(arena, text.len + 1 + PTN_DATE_TEXT_SIZE);
    if (words == NULL || capitals == NULL || voyage == NULL)
        return ptn_fail(PTN_C_NO_MEMORY, reterr, 0, "no memory for the request");
    if (!ptn_ok(status))
        return status;
    rest = without_date(text, words, &typed.birth);
    if (!has_digit(rest)) {
        typed.name = rest;
    } else if (typed.post.len == 0) { /* a sheet's QR code is nothing else */
        typed.number = capitals_of(rest, capitals);
        typed.plate = rest;
    }
    if (typed.post.len == 0 && rest.len >= VOYAGE_LEAST)
        typed.voyage = voyage_of(rest, typed.birth, voyage);
    *ret_typed = typed;
    return PTN_OK;
}
