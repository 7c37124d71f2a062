/*
 * reference/place.h -- border crossing points, and the time on their walls.
 *
 * Pure over a constant table made at build time from data/reference/places.tsv.
 */
#ifndef PTN_REFERENCE_PLACE_H
#define PTN_REFERENCE_PLACE_H
#include "base/date.h"

enum ptn_place_kind {
    PTN_PLACE_AIRPORT,
    PTN_PLACE_SEAPORT,
    PTN_PLACE_LAND,
};

struct ptn_place {
    char code[4]; /* "TIA" */
    enum ptn_place_kind kind;
    char state[4];
    char neighbour[4]; /* the State on the other side of a land crossing; else empty */
    const char *name;
    const char *name_sq;
};

/* By code (capitals). NULL: unknown. */
const struct ptn_place *ptn_place_find(const char *code);

/* All of them, in order of code. */
const struct ptn_place *ptn_place_all(size_t *ret_count);

/* The name in "en" or "sq"; English for any other language. */
const char *ptn_place_name(const struct ptn_place *place, const char *language);

/* "airport", "seaport", "land". A literal. */
const char *ptn_place_kind_word(enum ptn_place_kind kind);

/*
 * Minutes that local time in Albania (Europe/Tirana) is ahead of UTC at an instant: 60, or 120 from
 * the last Sunday of March to the last Sunday of October, both at 01:00 UTC. Right from 1996 on, as
 * long as Albania keeps the European rule.
 */
int ptn_place_utc_offset_minutes(int64_t instant_ms);

/* The local calendar date in Albania at an instant: what "today" is at a crossing point. */
struct ptn_date ptn_place_local_date(int64_t instant_ms);
#endif
