#include "base/date.h"

#define DAYS_PER_ERA  146097 /* 400 Gregorian years */
#define DAYS_TO_EPOCH 719468 /* from 0000-03-01 to 1970-01-01 */
#define DAYS_FIRST    PTN_DATE_DAYS_FIRST
#define DAYS_LAST     PTN_DATE_DAYS_LAST
#define DAY_MS        86400000

/* ---- the calendar ---- */

static bool is_leap(unsigned year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

unsigned ptn_date_month_days(unsigned year, unsigned month)
{
    static const uint8_t days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

    PTN_PRE(month >= 1 && month <= 12);
    return month == 2 && is_leap(year) ? 29u : days[month - 1];
}

bool ptn_date_is_possible(struct ptn_date date)
{
    if (date.year > 9999 || date.month > 12 || date.day > 31)
        return false;
    if (date.month == 0 || date.day == 0)
        return true;
    /* An unknown year may be a leap year. */
    return date.day <= ptn_date_month_days(date.year == 0 ? 4u : date.year, date.month);
}

int32_t ptn_date_to_days(struct ptn_date date)
{
    int32_t year;
    int32_t era;
    int32_t day_of_year;

    PTN_PRE(ptn_date_is_full(date) && ptn_date_is_possible(date));
    /* Years are counted from March, so that the leap day is a year's last. */
    year = date.month > 2 ? date.year : date.year - 1;
    era = year / 400;
    year %= 400;
    day_of_year = (153 * ((date.month + 9) % 12) + 2) / 5 + date.day - 1;
    return era * DAYS_PER_ERA + year * 365 + year / 4 - year / 100 + day_of_year - DAYS_TO_EPOCH;
}

struct ptn_date ptn_date_from_days(int32_t days)
{
    int32_t era;
    int32_t day_of_era;
    int32_t year;
    int32_t day_of_year;
    int32_t month; /* 0 = March */

    if (days < DAYS_FIRST)
        days = DAYS_FIRST;
    if (days > DAYS_LAST)
        days = DAYS_LAST;
    days += DAYS_TO_EPOCH;
    era = days / DAYS_PER_ERA;
    day_of_era = days % DAYS_PER_ERA;
    year = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    day_of_year = day_of_era - (365 * year + year / 4 - year / 100);
    month = (5 * day_of_year + 2) / 153;
    return (struct ptn_date){
        .year = (uint16_t)(era * 400 + year + (month >= 10)),
        .month = (uint8_t)((month + 2) % 12 + 1),
        .day = (uint8_t)(day_of_year - (153 * month + 2) / 5 + 1),
    };
}

int32_t ptn_date_days_between(struct ptn_date a, struct ptn_date b)
{
    return ptn_date_to_days(b) - ptn_date_to_days(a);
}

int ptn_date_compare(struct ptn_date a, struct ptn_date b)
{
    PTN_PRE(ptn_date_is_full(a) && ptn_date_is_full(b));
    if (a.year != b.year)
        return a.year - b.year;
    return a.month != b.month ? a.month - b.month : a.day - b.day;
}

/* A known day with an unknown month lies in January at the earliest and December at the latest:
 * both have 31. */
struct ptn_date ptn_date_first(struct ptn_date date)
{
    PTN_PRE(date.year != 0);
    date.month = date.month == 0 ? 1 : date.month;
    date.day = date.day == 0 ? 1 : date.day;
    return date;
}

struct ptn_date ptn_date_last(struct ptn_date date)
{
    PTN_PRE(date.year != 0);
    date.month = date.month == 0 ? 12 : date.month;
    date.day = date.day == 0 ? (uint8_t)ptn_date_month_days(date.year, date.month) : date.day;
    return date;
}

unsigned ptn_date_years_between(struct ptn_date birth, struct ptn_date on)
{
    bool before_birthday = on.month != birth.month ? on.month < birth.month : on.day < birth.day;

    PTN_PRE(ptn_date_compare(birth, on) <= 0);
    return (unsigned)(on.year - birth.year - before_birthday);
}

/* ---- text ---- */

/* Write value as exactly count decimal digits. */
static void put_digits(char *at, unsigned value, unsigned count)
{
    while (count-- > 0) {
        at[count] = (char)('0' + value % 10);
        value /= 10;
    }
}

/*
 * Read count decimal digits at *offset and step over them. False when there are fewer or the number
 * is not in lowest to highest; *offset then stays.
 */
static bool take_digits(struct ptn_bytes text, size_t *offset, unsigned count, unsigned lowest,
                        unsigned highest, unsigned *ret_value)
{
    unsigned value = 0;

    if (text.len - *offset < count)
        return false;
    for (size_t i = *offset; i < *offset + count; i++) {
        if (text.at[i] < '0' || text.at[i] > '9')
            return false;
        value = value * 10 + (unsigned)(text.at[i] - '0');
    }
    if (value < lowest || value > highest)
        return false;
    *offset += count;
    *ret_value = value;
    return true;
}

static bool take_byte(struct ptn_bytes text, size_t *offset, char byte)
{
    if (*offset >= text.len || text.at[*offset] != (uint8_t)byte)
        return false;
    *offset += 1;
    return true;
}

/* One part of a date: all X (0, unknown) or a number from 1 to highest. */
static bool take_part(struct ptn_bytes text, size_t *offset, unsigned count, unsigned highest,
                      unsigned *ret_part)
{
    if (text.len - *offset >= count && memcmp(text.at + *offset, "XXXX", count) == 0) {
        *offset += count;
        *ret_part = 0;
        return true;
    }
    return take_digits(text, offset, count, 1, highest, ret_part);
}

struct ptn_status ptn_date_parse(struct ptn_bytes text, struct ptn_date *ret_date,
                                 struct ptn_diag *reterr)
{
    unsigned year = 0;
    unsigned month = 0;
    unsigned day = 0;
    size_t offset = 0;
    struct ptn_date date;

    if (!take_part(text, &offset, 4, 9999, &year))
        return ptn_fail(PTN_C_BAD_INPUT, reterr, offset, "not a year from 0001 to 9999 or XXXX");
    if (offset < text.len &&
        (!take_byte(text, &offset, '-') || !take_part(text, &offset, 2, 12, &month)))
        return ptn_fail(PTN_C_BAD_INPUT, reterr, offset, "not a month from 01 to 12 or XX");
    if (offset < text.len &&
        (!take_byte(text, &offset, '-') || !take_part(text, &offset, 2, 31, &day)))
        return ptn_fail(PTN_C_BAD_INPUT, reterr, offset, "not a day from 01 to 31 or XX");
    if (offset < text.len)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, offset, "bytes after the date");
    date = (struct ptn_date){ (uint16_t)year, (uint8_t)month, (uint8_t)day };
    if (!ptn_date_is_possible(date))
        return ptn_fail(PTN_C_BAD_INPUT, reterr, offset - 2, "no such day in that month");
    *ret_date = date;
    return PTN_OK;
}

const char *ptn_date_write(struct ptn_date date, char text[PTN_DATE_TEXT_SIZE])
{
    memcpy(text, "XXXX-XX-XX", PTN_DATE_TEXT_SIZE);
    if (date.year != 0)
        put_digits(text, date.year, 4);
    if (date.month != 0)
        put_digits(text + 5, date.month, 2);
    if (date.day != 0)
        put_digits(text + 8, date.day, 2);
    return text;
}

/* ---- instants ---- */

/* Split into whole days (rounded down) and what is left of the last one. */
static int64_t split_days(int64_t instant_ms, int64_t *ret_left_ms)
{
    int64_t days = instant_ms / DAY_MS;
    int64_t left_ms = instant_ms % DAY_MS;

    if (left_ms < 0) {
        days--;
        left_ms += DAY_MS;
    }
    *ret_left_ms = left_ms;
    return days;
}

/* The nearest instant that has a date with a year from 1 to 9999. */
static int64_t nearest_dated(int64_t instant_ms)
{
    const int64_t first_ms = (int64_t)DAYS_FIRST * DAY_MS;
    const int64_t last_ms = (int64_t)(DAYS_LAST + 1) * DAY_MS - 1;

    if (instant_ms < first_ms)
        return first_ms;
    return instant_ms > last_ms ? last_ms : instant_ms;
}

struct ptn_date ptn_instant_date(int64_t instant_ms)
{
    int64_t left_ms;

    return ptn_date_from_days((int32_t)split_days(nearest_dated(instant_ms), &left_ms));
}

const char *ptn_instant_write(int64_t instant_ms, char text[PTN_INSTANT_TEXT_SIZE])
{
    int64_t left_ms;
    int64_t days = split_days(nearest_dated(instant_ms), &left_ms);
    unsigned ms = (unsigned)left_ms;

    (void)ptn_date_write(ptn_date_from_days((int32_t)days), text);
    memcpy(text + 10, "Thh:mm:ss.mmmZ", PTN_INSTANT_TEXT_SIZE - 10);
    put_digits(text + 11, ms / 3600000, 2);
    put_digits(text + 14, ms / 60000 % 60, 2);
    put_digits(text + 17, ms / 1000 % 60, 2);
    put_digits(text + 20, ms % 1000, 3);
    return text;
}

struct ptn_status ptn_instant_parse(struct ptn_bytes text, int64_t *ret_ms, struct ptn_diag *reterr)
{
    struct ptn_date date = PTN_DATE_NONE;
    unsigned hour;
    unsigned minute;
    unsigned second;
    unsigned ms = 0;
    size_t offset = 10;
    struct ptn_status status = ptn_date_parse(ptn_bytes_slice(text, 0, offset), &date, reterr);

    if (!ptn_ok(status))
        return status;
    if (!ptn_date_is_full(date))
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "an instant needs a full date");
    if (!take_byte(text, &offset, 'T') || !take_digits(text, &offset, 2, 0, 23, &hour))
        return ptn_fail(PTN_C_BAD_INPUT, reterr, offset, "not T and an hour");
    if (!take_byte(text, &offset, ':') || !take_digits(text, &offset, 2, 0, 59, &minute))
        return ptn_fail(PTN_C_BAD_INPUT, reterr, offset, "not : and a minute");
    if (!take_byte(text, &offset, ':') || !take_digits(text, &offset, 2, 0, 59, &second))
        return ptn_fail(PTN_C_BAD_INPUT, reterr, offset, "not : and a second");
    if (take_byte(text, &offset, '.') && !take_digits(text, &offset, 3, 0, 999, &ms))
        return ptn_fail(PTN_C_BAD_INPUT, reterr, offset, "not three digits of milliseconds");
    if (!take_byte(text, &offset, 'Z') || offset != text.len)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, offset, "an instant ends in Z");
    *ret_ms = (int64_t)ptn_date_to_days(date) * DAY_MS +
              (int64_t)((hour * 60 + minute) * 60 + second) * 1000 + ms;
    return PTN_OK;
}
