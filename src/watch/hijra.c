/*
 * watch/hijra.c -- years that only a calendar counted from the Hijra has. Lists and papers write
 * them as they stand in somebody's document, and do not always say which calendar it was: the lunar
 * one, or the solar one of Iran and Afghanistan, whose years of the same number lie forty years
 * apart. They are kept as published, and compared as the days that they can mean.
 */
#include "watch/list_int.h"
#include "watch/screen_int.h"

/* Days by which a month may have begun otherwise than by reckoning: the moon is looked for, and the
 * solar year begins with the equinox, on 20, 21 or 22 March. */
#define LUNAR_MARGIN 2
#define SOLAR_MARGIN 1

#define LUNAR_EPOCH                                                                                \
    (-492149) /* days from 1970-01-01 to the day before 1 Muharram of the year 1                   \
               */
#define SOLAR_YEARS 621u

/* The tabular calendar: 354 days, and 11 more in thirty years; months of 30 and 29 days. */
static int32_t lunar_day(struct ptn_date date)
{
    int32_t years = (int32_t)date.year - 1;

    return LUNAR_EPOCH + 354 * years + (11 * years + 14) / 30 + 29 * (date.month - 1) +
           date.month / 2 + date.day;
}

/* Six months of 31 days, five of 30, and the rest. */
static int32_t solar_day(struct ptn_date date)
{
    int32_t months = date.month - 1;

    return ptn_date_to_days((struct ptn_date){ (uint16_t)(date.year + SOLAR_YEARS), 3, 21 }) +
           30 * months + (months < 6 ? months : 6) + date.day - 1;
}

bool ptn_is_hijra(struct ptn_birth_span birth)
{
    struct ptn_date first = ptn_date_from_days(birth.first);
    struct ptn_date last = ptn_date_from_days(birth.last);

    return ptn_hijra_has(first.year) && ptn_hijra_has(last.year);
}

/* WATCH-7. */
void ptn_hijra_read(struct ptn_birth_span birth, struct ptn_birth_span ret_meant[PTN_HIJRA_WAYS])
{
    struct ptn_date first = ptn_date_from_days(birth.first);
    struct ptn_date last = ptn_date_from_days(birth.last);
    struct ptn_date lunar = last;
    struct ptn_date solar = last;

    /* a month's end is where that calendar has it */
    if (last.day == ptn_date_month_days(last.year, last.month)) {
        lunar.day = 30;
        solar.day = 31;
    }
    ret_meant[0] = (struct ptn_birth_span){ lunar_day(first) - LUNAR_MARGIN,
                                            lunar_day(lunar) + LUNAR_MARGIN, birth.circa };
    ret_meant[1] = (struct ptn_birth_span){ solar_day(first) - SOLAR_MARGIN,
                                            solar_day(solar) + SOLAR_MARGIN, birth.circa };
}
