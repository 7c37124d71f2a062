/*
 * paper/leave_said.c -- a moment in words: figures on paper are changed with one stroke of a pen,
 * words are not.
 */
#include <stdio.h>

#include "paper/leave_paper.h"
#include "reference/place.h"

#define DAY_MS    INT64_C(86400000)
#define MINUTE_MS INT64_C(60000)

static const char *const units[][2] = {
    { "zero", "zero" },
    { "one", "një" },
    { "two", "dy" },
    { "three", "tre" },
    { "four", "katër" },
    { "five", "pesë" },
    { "six", "gjashtë" },
    { "seven", "shtatë" },
    { "eight", "tetë" },
    { "nine", "nëntë" },
    { "ten", "dhjetë" },
    { "eleven", "njëmbëdhjetë" },
    { "twelve", "dymbëdhjetë" },
    { "thirteen", "trembëdhjetë" },
    { "fourteen", "katërmbëdhjetë" },
    { "fifteen", "pesëmbëdhjetë" },
    { "sixteen", "gjashtëmbëdhjetë" },
    { "seventeen", "shtatëmbëdhjetë" },
    { "eighteen", "tetëmbëdhjetë" },
    { "nineteen", "nëntëmbëdhjetë" },
};
static const char *const tens[][2] = {
    { "twenty", "njëzet" },     { "thirty", "tridhjetë" },    { "forty", "dyzet" },
    { "fifty", "pesëdhjetë" },  { "sixty", "gjashtëdhjetë" }, { "seventy", "shtatëdhjetë" },
    { "eighty", "tetëdhjetë" }, { "ninety", "nëntëdhjetë" },
};
static const char *const months[][2] = {
    { "January", "janar" }, { "February", "shkurt" }, { "March", "mars" },
    { "April", "prill" },   { "May", "maj" },         { "June", "qershor" },
    { "July", "korrik" },   { "August", "gusht" },    { "September", "shtator" },
    { "October", "tetor" }, { "November", "nëntor" }, { "December", "dhjetor" },
};

#define NUMBER_SIZE 40u

/* 0 to 99. */
static const char *number(unsigned value, bool sq, char text[NUMBER_SIZE])
{
    if (value < 20)
        (void)snprintf(text, NUMBER_SIZE, "%s", units[value][sq]);
    else if (value % 10 == 0)
        (void)snprintf(text, NUMBER_SIZE, "%s", tens[value / 10 - 2][sq]);
    else
        (void)snprintf(text, NUMBER_SIZE, "%s%s%s", tens[value / 10 - 2][sq], sq ? " e " : "-",
                       units[value % 10][sq]);
    return text;
}

/* 2000 to 2099. */
static const char *year(unsigned value, bool sq, char text[2 * NUMBER_SIZE])
{
    char rest[NUMBER_SIZE];

    if (value == 2000)
        (void)snprintf(text, (size_t)2 * NUMBER_SIZE, "%s", sq ? "dy mijë" : "two thousand");
    else
        (void)snprintf(text, (size_t)2 * NUMBER_SIZE, "%s %s",
                       sq ? "dy mijë e" : "two thousand and", number(value - 2000, sq, rest));
    return text;
}

const char *ptn_leave_said(int64_t instant_ms, bool albanian, char text[PTN_LEAVE_SAID_SIZE])
{
    int64_t local_ms = instant_ms + ptn_place_utc_offset_minutes(instant_ms) * MINUTE_MS;
    struct ptn_date date = ptn_place_local_date(instant_ms);
    unsigned minute = (unsigned)((local_ms % DAY_MS + DAY_MS) % DAY_MS / MINUTE_MS);
    char d[NUMBER_SIZE], y[2 * NUMBER_SIZE], h[NUMBER_SIZE], m[NUMBER_SIZE];

    text[0] = '\0';
    if (date.year < 2000 || date.year > 2099)
        return text;
    (void)number(date.day, albanian, d);
    (void)year(date.year, albanian, y);
    (void)number(minute / 60, albanian, h);
    (void)number(minute % 60, albanian, m);
    if (albanian)
        (void)snprintf(text, PTN_LEAVE_SAID_SIZE, "%s %s %s, ora %s e %s minuta", d,
                       months[date.month - 1][1], y, h, m);
    else
        (void)snprintf(text, PTN_LEAVE_SAID_SIZE, "%s %s %s, at %s hour%s and %s minute%s", d,
                       months[date.month - 1][0], y, h, minute / 60 == 1 ? "" : "s", m,
                       minute % 60 == 1 ? "" : "s");
    return text;
}
