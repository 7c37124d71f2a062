/* Check digits and dates. Standard: ICAO-9303-3 4.9 (weights 7 3 1), ICAO-9303-5 4.2.4 (long
 * numbers). */
#include "document/mrz_int.h"

/* The values of a fixed number of characters; 0 when all are of the alphabet. */
static inline uint8_t values_of(const char *chars, size_t count, uint8_t *ret_values)
{
    uint8_t bad = 0;

    /* Arithmetic instead of the table: compilers turn it into vector instructions. */
    for (size_t i = 0; i < count; i++) {
        uint8_t c = (uint8_t)chars[i], digit = (uint8_t)(c - '0'), letter = (uint8_t)(c - 'A');
        uint8_t is_digit = (uint8_t)(digit <= 9 ? 0xff : 0);
        uint8_t is_letter = (uint8_t)(letter <= 25 ? 0xff : 0);
        uint8_t is_filler = (uint8_t)(c == '<' ? 0xff : 0);

        bad |= (uint8_t) ~(is_digit | is_letter | is_filler);
        ret_values[i] = (uint8_t)((digit & is_digit) | ((uint8_t)(letter + 10) & is_letter));
    }
    return bad;
}

bool ptn_mrz_values(const char *chars, size_t count, uint8_t *ret_values)
{
    uint8_t bad = 0;
    size_t i = 0;

    for (; i + 16 <= count; i += 16)
        bad |= values_of(chars + i, 16, ret_values + i);
    bad |= values_of(chars + i, count - i, ret_values + i);
    return bad == 0;
}

unsigned ptn_mrz_sum(const uint8_t *values, size_t count, size_t phase)
{
    static const uint8_t weights[] = { 7, 3, 1, 7, 3 };
    unsigned first = weights[phase % 3], second = weights[phase % 3 + 1],
             third = weights[phase % 3 + 2];
    unsigned sum = 0;
    size_t i = 0;

    for (; i + 3 <= count; i += 3)
        sum += values[i] * first + values[i + 1] * second + values[i + 2] * third;
    if (i < count)
        sum += values[i] * first;
    if (i + 1 < count)
        sum += values[i + 1] * second;
    return sum;
}

static bool digit_is(char c, unsigned sum)
{
    return c == (char)('0' + sum % 10u);
}

static bool is_all_filler(const char *chars, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (chars[i] != '<')
            return false;
    return true;
}

/* A number that goes on in the optional field: its rest, then its digit, then a filler. */
static bool long_number_is_right(const struct ptn_mrz_layout *layout, const char *chars,
                                 const uint8_t *values, struct ptn_mrz_checked *checked)
{
    struct ptn_mrz_span number = layout->fields[PTN_MRZ_FIELD_NUMBER];
    struct ptn_mrz_span optional = layout->fields[PTN_MRZ_FIELD_OPTIONAL];
    unsigned begin = ptn_mrz_sum(values + number.at, number.len, 0);
    size_t run = 0, rest;
    char digit;

    while (run < optional.len && chars[optional.at + run] != '<')
        run++;
    if (run == 0) /* nothing there: right only for a card that has no number at all */
        return is_all_filler(chars + number.at, number.len);
    rest = run - 1;
    digit = chars[optional.at + rest];
    checked->run = (uint8_t)run;
    if (digit_is(digit, begin + ptn_mrz_sum(values + optional.at, rest, number.len)))
        return true;
    checked->with_filler =
        digit_is(digit, begin + ptn_mrz_sum(values + optional.at, rest, number.len + 1u));
    return checked->with_filler;
}

static bool number_is_right(const struct ptn_mrz_layout *layout, const char *chars,
                            const uint8_t *values, struct ptn_mrz_checked *checked)
{
    struct ptn_mrz_span number = layout->fields[PTN_MRZ_FIELD_NUMBER];
    char digit = chars[layout->checks[PTN_MRZ_CHECK_NUMBER]];

    if (digit == '<' && (layout->format == PTN_MRZ_TD1 || layout->format == PTN_MRZ_TD2))
        return long_number_is_right(layout, chars, values, checked);
    return digit_is(digit, ptn_mrz_sum(values + number.at, number.len, 0));
}

static bool composite_is_right(const struct ptn_mrz_layout *layout, const char *chars,
                               const uint8_t *values)
{
    unsigned sum = 0, phase = 0;

    for (size_t i = 0; i < PTN_MRZ_PARTS && layout->composite[i].len > 0; i++) {
        sum += ptn_mrz_sum(values + layout->composite[i].at, layout->composite[i].len, phase);
        phase += layout->composite[i].len;
    }
    return digit_is(chars[layout->checks[PTN_MRZ_CHECK_COMPOSITE]], sum);
}

struct ptn_mrz_checked ptn_mrz_check_all(const struct ptn_mrz_layout *layout, const char *chars,
                                         const uint8_t *values)
{
    struct ptn_mrz_checked checked = { 0 };

    for (unsigned check = 0; check < PTN_MRZ_CHECK_COUNT; check++) {
        unsigned at = layout->checks[check];
        bool right;

        if (at == PTN_MRZ_NO_CHECK)
            continue;
        if (check == PTN_MRZ_CHECK_NUMBER) {
            right = number_is_right(layout, chars, values, &checked);
        } else if (check == PTN_MRZ_CHECK_COMPOSITE) {
            right = composite_is_right(layout, chars, values);
        } else {
            struct ptn_mrz_span span = layout->fields[ptn_mrz_check_field(check)];

            right = digit_is(chars[at], ptn_mrz_sum(values + span.at, span.len, 0)) ||
                    (check == PTN_MRZ_CHECK_PERSONAL && chars[at] == '<' &&
                     is_all_filler(chars + span.at, span.len));
        }
        checked.present |= (uint8_t)(1u << check);
        checked.right |= (uint8_t)((unsigned)right << check);
    }
    return checked;
}

/* ---- dates ---- */

/* Two characters: 0 to 99; -1 for two fillers; -2 for anything else. */
static int two_digits(const char *at)
{
    if (ptn_mrz_is_digit(at[0]) && ptn_mrz_is_digit(at[1]))
        return (at[0] - '0') * 10 + (at[1] - '0');
    return at[0] == '<' && at[1] == '<' ? -1 : -2;
}

/* The parts of YYMMDD; the year stays within its century, -1 when unknown. */
static enum ptn_mrz_date_fault date_parts(const char raw[6], int *ret_year,
                                          struct ptn_date *ret_date)
{
    int year = two_digits(raw), month = two_digits(raw + 2), day = two_digits(raw + 4);

    if (year == -2 || month == -2 || day == -2)
        return PTN_MRZ_DATE_NOT_DIGITS;
    if (month == 0 || day == 0 || month > 12 || day > 31)
        return PTN_MRZ_DATE_IMPOSSIBLE;
    *ret_year = year;
    *ret_date =
        (struct ptn_date){ 0, (uint8_t)(month < 0 ? 0 : month), (uint8_t)(day < 0 ? 0 : day) };
    return PTN_MRZ_DATE_GOOD;
}

static enum ptn_mrz_date_fault date_end(struct ptn_date date, struct ptn_date *ret_date)
{
    if (!ptn_date_is_possible(date))
        return PTN_MRZ_DATE_IMPOSSIBLE;
    *ret_date = date;
    return PTN_MRZ_DATE_GOOD;
}

/* Is date (its year known, other parts perhaps not) after today, whatever its unknown parts are? */
static bool is_after(struct ptn_date date, struct ptn_date today)
{
    if (date.year != today.year)
        return date.year > today.year;
    if (date.month != today.month)
        return date.month > today.month;
    return date.day > today.day;
}

enum ptn_mrz_date_fault ptn_mrz_date_birth(const char raw[6], struct ptn_date today,
                                           struct ptn_date *ret_date)
{
    struct ptn_date date;
    int year;
    enum ptn_mrz_date_fault fault = date_parts(raw, &year, &date);

    if (fault != PTN_MRZ_DATE_GOOD)
        return fault;
    if (year >= 0) {
        date.year = (uint16_t)(today.year - today.year % 100 + year);
        if (is_after(date, today))
            date.year = (uint16_t)(date.year - 100);
    }
    return date_end(date, ret_date);
}

enum ptn_mrz_date_fault ptn_mrz_date_expiry(const char raw[6], struct ptn_date today,
                                            struct ptn_date *ret_date)
{
    struct ptn_date date;
    int year;
    enum ptn_mrz_date_fault fault = date_parts(raw, &year, &date);

    if (fault != PTN_MRZ_DATE_GOOD)
        return fault;
    if (year >= 0) {
        year += today.year - today.year % 100;
        if (year > today.year + 49)
            year -= 100;
        else if (year < today.year - 50)
            year += 100;
        date.year = (uint16_t)year;
    }
    return date_end(date, ret_date);
}

bool ptn_mrz_is_valid(const struct ptn_mrz_layout *layout, const char *chars, struct ptn_date today)
{
    uint8_t values[PTN_MRZ_CHARS_MAX];
    struct ptn_mrz_checked checked;
    struct ptn_date date;
    char sex = chars[layout->fields[PTN_MRZ_FIELD_SEX].at];
    struct ptn_mrz_span expiry = layout->fields[PTN_MRZ_FIELD_EXPIRY];

    if (!ptn_mrz_values(chars, (size_t)layout->line_count * layout->line_len, values))
        return false;
    checked = ptn_mrz_check_all(layout, chars, values);
    if (checked.right != checked.present || (sex != 'M' && sex != 'F' && sex != '<'))
        return false;
    if (expiry.len > 0 && ptn_mrz_date_expiry(chars + expiry.at, today, &date) != PTN_MRZ_DATE_GOOD)
        return false;
    return ptn_mrz_date_birth(chars + layout->fields[PTN_MRZ_FIELD_BIRTH].at, today, &date) ==
           PTN_MRZ_DATE_GOOD;
}
