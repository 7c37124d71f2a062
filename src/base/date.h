/*
 * base/date.h -- civil dates with unknown parts, and instants.
 *
 * Pure. Proleptic Gregorian calendar. An instant is an int64_t of milliseconds since
 * 1970-01-01T00:00:00Z, named
 * *_ms; a date has no time zone.
 * Standard: ISO 8601 (extended form).
 */
#ifndef PTN_BASE_DATE_H
#define PTN_BASE_DATE_H
#include "base/bytes.h"

/* A part that is 0 is unknown. A date with every part 0 is "no date". */
struct ptn_date {
    uint16_t year; /* 1 to 9999 */
    uint8_t month; /* 1 to 12 */
    uint8_t day;   /* 1 to 31 */
};

#define PTN_DATE_NONE ((struct ptn_date){ 0, 0, 0 })

/* 0001-01-01 and 9999-12-31, in days since 1970-01-01. */
#define PTN_DATE_DAYS_FIRST (-719162)
#define PTN_DATE_DAYS_LAST  2932896

/* "YYYY-MM-DD" and its NUL; unknown parts print as X ("XXXX", "XX"). */
#define PTN_DATE_TEXT_SIZE 11u
/* "YYYY-MM-DDThh:mm:ss.mmmZ" and its NUL */
#define PTN_INSTANT_TEXT_SIZE 25u

static inline bool ptn_date_is_none(struct ptn_date date)
{
    return date.year == 0 && date.month == 0 && date.day == 0;
}

/* Year, month and day all known. */
static inline bool ptn_date_is_full(struct ptn_date date)
{
    return date.year != 0 && date.month != 0 && date.day != 0;
}

static inline bool ptn_date_equal(struct ptn_date a, struct ptn_date b)
{
    return a.year == b.year && a.month == b.month && a.day == b.day;
}

/* The known parts can be part of some real date (29 February needs a leap year or an unknown one).
 */
bool ptn_date_is_possible(struct ptn_date date);

/* The number of a date's month: the next month's is one more, in the next year, too. */
static inline uint32_t ptn_date_month_number(struct ptn_date date)
{
    return date.year * 12u + date.month;
}

/* The month that many after a date's, day 0. */
static inline struct ptn_date ptn_date_month_after(struct ptn_date date, unsigned count)
{
    const uint32_t before = ptn_date_month_number(date) - 1 + count; /* its own not counted */

    return (struct ptn_date){ (uint16_t)(before / 12), (uint8_t)(before % 12 + 1), 0 };
}

/* Days in a month, 28 to 31; month 1 to 12. */
unsigned ptn_date_month_days(unsigned year, unsigned month);

/*
 * "YYYY-MM-DD", "YYYY-MM", "YYYY", and the same with X for unknown digits of a whole part.
 * BAD_INPUT with the offset for anything else or a date no calendar has.
 */
PTN_MUST_USE struct ptn_status ptn_date_parse(struct ptn_bytes text, struct ptn_date *ret_date,
                                              struct ptn_diag *reterr);

/* Prints the date with a NUL; returns text. */
const char *ptn_date_write(struct ptn_date date, char text[PTN_DATE_TEXT_SIZE]);

/* Days since 1970-01-01 (negative before) of a full date, and back. Past the years 1 to 9999: the
 * nearest in them. */
int32_t ptn_date_to_days(struct ptn_date date);
struct ptn_date ptn_date_from_days(int32_t days);

/* b - a in days; both full. */
int32_t ptn_date_days_between(struct ptn_date a, struct ptn_date b);

/* Full dates in order: negative, 0, positive. */
int ptn_date_compare(struct ptn_date a, struct ptn_date b);

/* The earliest and the latest full date that a date with unknown parts can mean; year must be
 * known. */
struct ptn_date ptn_date_first(struct ptn_date date);
struct ptn_date ptn_date_last(struct ptn_date date);

/* Whole years from birth to on (both full, birth not after on): an age. 29 February counts from 1
 * March. */
unsigned ptn_date_years_between(struct ptn_date birth, struct ptn_date on);

/* The UTC date of an instant, and its printed form; returns text. Past the years 1 to 9999: the
 * nearest in them. */
struct ptn_date ptn_instant_date(int64_t instant_ms);
const char *ptn_instant_write(int64_t instant_ms, char text[PTN_INSTANT_TEXT_SIZE]);

/* "YYYY-MM-DDThh:mm:ss[.mmm]Z". BAD_INPUT with the offset. */
PTN_MUST_USE struct ptn_status ptn_instant_parse(struct ptn_bytes text, int64_t *ret_ms,
                                                 struct ptn_diag *reterr);
#endif
