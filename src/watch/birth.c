/*
 * watch/birth.c -- dates of birth in words, as lists write them: atoms (a day, a month, a year),
 * joined by words that make a range of two, with others around them that say how sure the publisher
 * is.
 */
#include "watch/list_int.h"

/* What the words since the last atom said. */
struct between {
    bool range; /* "to", "-", "and" after "between" */
    bool circa;
    bool pair;    /* "between" was seen: the next "and" joins */
    bool unknown; /* a word we do not know */
};

struct scan {
    struct ptn_bytes text;
    size_t at;
    struct between words;
    bool trouble;
};

static const char *const months[] = { "jan", "feb", "mar", "apr", "may", "jun",
                                      "jul", "aug", "sep", "oct", "nov", "dec" };
static const char *const month_rests[] = { "uary", "ruary", "ch",     "il",   "",      "e",
                                           "y",    "ust",   "tember", "ober", "ember", "ember" };

static bool is_digit(uint8_t byte)
{
    return byte >= '0' && byte <= '9';
}

static bool is_letter(uint8_t byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || byte >= 0x80;
}

static uint8_t peek(const struct scan *scan, size_t ahead)
{
    return scan->at + ahead < scan->text.len ? scan->text.at[scan->at + ahead] : 0;
}

static void skip_spaces(struct scan *scan)
{
    while (peek(scan, 0) == ' ' || peek(scan, 0) == '\t' || peek(scan, 0) == '\n' ||
           peek(scan, 0) == '\r')
        scan->at++;
}

/* Up to 9 digits; *ret_digits says how many there were. */
static unsigned take_number(struct scan *scan, unsigned *ret_digits)
{
    unsigned value = 0;

    *ret_digits = 0;
    while (is_digit(peek(scan, 0))) {
        if (*ret_digits < 9)
            value = value * 10u + (unsigned)(peek(scan, 0) - '0');
        (*ret_digits)++;
        scan->at++;
    }
    return value;
}

/* "dd", "mm", "XX": two of one letter stand for a day or a month that is not known. */
static bool is_blank_part(struct ptn_bytes word)
{
    return ptn_text_is(word, "dd") || ptn_text_is(word, "mm") || ptn_text_is(word, "xx");
}

/* A number of one or two digits, or two letters for one that is not known, which is 0. */
static bool take_part(struct scan *scan, unsigned *ret_part)
{
    unsigned digits = 2;

    *ret_part = 0;
    if (is_blank_part(ptn_bytes_slice(scan->text, scan->at, 2)) && !is_letter(peek(scan, 2)))
        scan->at += 2;
    else
        *ret_part = take_number(scan, &digits);
    return digits == 1 || digits == 2;
}

static bool is_joint(uint8_t byte)
{
    return byte == '.' || byte == '/' || byte == '-';
}

static struct ptn_bytes take_word(struct scan *scan)
{
    size_t start = scan->at;

    while (is_letter(peek(scan, 0)))
        scan->at++;
    return ptn_bytes_slice(scan->text, start, scan->at - start);
}

/* 1 to 12 for a month's English name or its beginning of three or more letters, 0 for another word.
 */
static unsigned month_of(struct ptn_bytes word)
{
    for (unsigned i = 0; i < 12; i++) {
        struct ptn_bytes rest;

        if (!ptn_text_begins(word, months[i]))
            continue;
        rest = ptn_bytes_slice(word, 3, word.len);
        if (rest.len == 0 || ptn_text_is(rest, month_rests[i]) ||
            (i == 8 && ptn_text_is(rest, "t")))
            return i + 1;
    }
    return 0;
}

/* A month's word ahead: step over it, its full stop, a comma and spaces. 0 and nothing moved if
 * there is none. */
static unsigned take_month(struct scan *scan)
{
    size_t back = scan->at;
    unsigned month;

    skip_spaces(scan);
    month = month_of(take_word(scan));
    if (month == 0) {
        scan->at = back;
        return 0;
    }
    if (peek(scan, 0) == '.' || (peek(scan, 0) == '-' && is_digit(peek(scan, 1))))
        scan->at++;
    if (peek(scan, 0) == ',')
        scan->at++;
    skip_spaces(scan);
    return month;
}

/* A number of exactly four digits ahead, else 0 and nothing moved. */
static unsigned take_year(struct scan *scan)
{
    size_t back = scan->at;
    unsigned digits, year;

    skip_spaces(scan);
    year = take_number(scan, &digits);
    if (digits != 4) {
        scan->at = back;
        return 0;
    }
    return year;
}

static bool make(struct ptn_list_birth *ret_birth, unsigned year, unsigned month, unsigned day)
{
    struct ptn_date date = { (uint16_t)year, (uint8_t)month, (uint8_t)day };

    if (year == 0 || year > 9999 || month > 12 || day > 31)
        return false;
    if (month == 0)
        date.day = 0;
    if (ptn_hijra_has(year) && !ptn_date_is_possible(date))
        date.day = 0; /* the 29th or 30th of a second month: that month */
    return ptn_birth_from_date(date, false, ret_birth);
}

/* After a first number of four digits: "-MM", "-MM-DD", "s" (a decade), or the year alone. */
static bool after_year(struct scan *scan, unsigned year, struct ptn_list_birth *ret_birth)
{
    unsigned digits, month, day = 0;
    size_t back = scan->at;

    if (peek(scan, 0) == 's' && !is_letter(peek(scan, 1)) && year % 10 == 0) {
        struct ptn_list_birth end;

        scan->at++;
        if (!make(ret_birth, year, 0, 0) || !make(&end, year + 9, 0, 0))
            return false;
        ret_birth->last = end.last;
        return true;
    }
    if (is_joint(peek(scan, 0)) && is_digit(peek(scan, 1)) && is_digit(peek(scan, 2)) &&
        !is_digit(peek(scan, 3))) {
        uint8_t separator = peek(scan, 0);

        scan->at++;
        month = take_number(scan, &digits);
        if (peek(scan, 0) == separator && is_digit(peek(scan, 1))) {
            scan->at++;
            day = take_number(scan, &digits);
            if (digits > 2)
                return false;
        }
        if (month <= 12)
            return make(ret_birth, year, month, day);
        scan->at = back;
        return false;
    }
    return make(ret_birth, year, 0, 0);
}

/* After a first number of one or two digits, or "dd" for one (then 0): ".MM.YYYY", "/MM/YYYY",
 * "-MM-YYYY", or a month's name and a year. */
static bool after_day(struct scan *scan, unsigned day, struct ptn_list_birth *ret_birth)
{
    uint8_t separator = peek(scan, 0);
    unsigned month, year;

    if (is_joint(separator) &&
        (is_digit(peek(scan, 1)) || is_blank_part(ptn_bytes_slice(scan->text, scan->at + 1, 2)))) {
        scan->at++;
        if (!take_part(scan, &month) || (peek(scan, 0) != separator && peek(scan, 0) != ' '))
            return false;
        scan->at++;
        year = take_year(scan);
        return make(ret_birth, year, month, day);
    }
    if (separator == '.' || (separator == '-' && is_letter(peek(scan, 1))))
        scan->at++; /* "24. March", "24-Oct-2025" */
    else if (is_letter(separator) && month_of(ptn_bytes_slice(scan->text, scan->at, 3)) == 0)
        scan->at += 2; /* "1st", "2nd" */
    month = take_month(scan);
    return month != 0 && make(ret_birth, take_year(scan), month, day);
}

static bool number_atom(struct scan *scan, struct ptn_list_birth *ret_birth)
{
    unsigned digits;
    unsigned value = take_number(scan, &digits);

    if (digits == 4)
        return after_year(scan, value, ret_birth);
    return digits <= 2 && after_day(scan, value, ret_birth);
}

/* "(1)", "(12)": a number that only counts; stepped over. */
static bool take_numbering(struct scan *scan)
{
    size_t digits = 1;

    while (digits <= 2 && is_digit(peek(scan, digits)))
        digits++;
    if (peek(scan, 0) != '(' || digits == 1 || peek(scan, digits) != ')')
        return false;
    scan->at += digits + 1;
    return true;
}

/* "March 1965", "March 3, 1965": the month is read already. */
static bool month_atom(struct scan *scan, unsigned month, struct ptn_list_birth *ret_birth)
{
    unsigned day, digits, year;

    if (peek(scan, 0) == '.')
        scan->at++;
    if (peek(scan, 0) == ',')
        scan->at++;
    year = take_year(scan);
    if (year != 0)
        return make(ret_birth, year, month, 0);
    skip_spaces(scan);
    day = take_number(scan, &digits);
    if (digits == 0 || digits > 2)
        return false;
    if (peek(scan, 0) == ',')
        scan->at++;
    return make(ret_birth, take_year(scan), month, day);
}

static void read_word(struct scan *scan, struct ptn_bytes word)
{
    static const char *const circa[] = {
        "circa",    "approximately", "approx", "about", "around", "c",        "ca",
        "possibly", "probably",      "early",  "late",  "mid",    "estimated"
    };
    static const char *const plain[] = {
        "or",      "and",        "born",    "in",     "on",
        "of",      "dob",        "date",    "birth",  "alternatively",
        "alt",     "a",          "b",       "d",      "e",
        "f",       "g",          "h",       "i",      "j",
        "also",    "also known", "unknown", "the",    "year",
        "between", "ii",         "iii",     "iv",     "v",
        "ah",      "hijri",      "hijra",   "hijrah", "hegira",
        "islamic", "calendar",   "lunar",   "solar",  "qamari",
        "shamsi",  "persian"
    };

    for (size_t i = 0; i < sizeof(circa) / sizeof(circa[0]); i++)
        if (ptn_text_is(word, circa[i])) {
            scan->words.circa = scan->words.circa || !(word.len == 1 && peek(scan, 0) == ')');
            return;
        }
    if (ptn_text_is(word, "to") || ptn_text_is(word, "\xe2\x80\x93") ||
        ptn_text_is(word, "until") || (ptn_text_is(word, "and") && scan->words.pair)) {
        scan->words.range = true;
    } else if (ptn_text_is(word, "between") || ptn_text_is(word, "from")) {
        scan->words.pair = true;
    } else {
        bool known = false;

        for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
            known = known || ptn_text_is(word, plain[i]);
        scan->words.unknown = scan->words.unknown || !known;
    }
}

/* A word that begins a date, or says something about the dates around it. */
static void word_atom(struct scan *scan, bool *ret_atom, bool *ret_good,
                      struct ptn_list_birth *ret_birth)
{
    struct ptn_bytes word = take_word(scan);
    unsigned month = month_of(word);

    if (month != 0) {
        *ret_atom = true;
        *ret_good = month_atom(scan, month, ret_birth);
    } else if (is_blank_part(word) && is_joint(peek(scan, 0))) {
        *ret_atom = true;
        *ret_good = after_day(scan, 0, ret_birth);
    } else {
        read_word(scan, word);
    }
}

static void add(struct scan *scan, struct ptn_list_birth birth, struct ptn_list_birth *births,
                size_t *count)
{
    birth.circa = scan->words.circa;
    if (scan->words.range && *count > 0 &&
        ptn_date_compare(births[*count - 1].first, birth.last) <= 0) {
        births[*count - 1].last = birth.last;
        births[*count - 1].circa = births[*count - 1].circa || birth.circa;
        scan->words = (struct between){ 0 };
        return;
    }
    scan->trouble =
        scan->trouble || scan->words.range; /* a range that has no beginning, or runs backwards */
    if (*count < PTN_BIRTH_TEXT_MAX)
        births[(*count)++] = birth;
    else
        scan->trouble = true;
    /* "between 1963 and ...": the next "and" joins */
    scan->words = (struct between){ .pair = scan->words.pair };
}

bool ptn_birth_read(struct ptn_bytes text, struct ptn_list_birth ret_births[PTN_BIRTH_TEXT_MAX],
                    size_t *ret_count)
{
    struct scan scan = { .text = text };
    size_t count = 0;

    while (scan.at < text.len) {
        struct ptn_list_birth birth = { 0 };
        bool atom = false, good = true;

        if (is_digit(peek(&scan, 0))) {
            atom = true;
            good = number_atom(&scan, &birth);
        } else if (is_letter(peek(&scan, 0))) {
            word_atom(&scan, &atom, &good, &birth);
        } else if (!take_numbering(&scan)) {
            scan.words.range = scan.words.range || peek(&scan, 0) == '-';
            scan.at++;
        }
        if (atom && good)
            add(&scan, birth, ret_births, &count);
        scan.trouble = scan.trouble || !good || scan.words.unknown;
        scan.words.unknown = false;
    }
    *ret_count = count;
    return !scan.trouble;
}

bool ptn_birth_from_date(struct ptn_date date, bool circa, struct ptn_list_birth *ret_birth)
{
    if (date.year == 0 || !ptn_date_is_possible(date))
        return false;
    if (date.month == 0)
        date.day = 0;
    *ret_birth = (struct ptn_list_birth){ ptn_date_first(date), ptn_date_last(date), circa };
    return true;
}
