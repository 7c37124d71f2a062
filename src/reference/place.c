#include "reference/place.h"

#include "reference/tables_int.h"

#define HOUR_MS INT64_C(3600000)
#define DAY_MS  (24 * HOUR_MS)

const struct ptn_place *ptn_place_find(const char *code)
{
    for (size_t i = 0; code != NULL && i < ptn_place_table_count; i++)
        if (strcmp(ptn_place_table[i].code, code) == 0)
            return &ptn_place_table[i];
    return NULL;
}

const struct ptn_place *ptn_place_all(size_t *ret_count)
{
    *ret_count = ptn_place_table_count;
    return ptn_place_table;
}

const char *ptn_place_name(const struct ptn_place *place, const char *language)
{
    PTN_PRE(place != NULL);

    return language != NULL && strcmp(language, "sq") == 0 ? place->name_sq : place->name;
}

const char *ptn_place_kind_word(enum ptn_place_kind kind)
{
    switch (kind) {
    case PTN_PLACE_AIRPORT:
        return "airport";
    case PTN_PLACE_SEAPORT:
        return "seaport";
    case PTN_PLACE_LAND:
        break;
    }
    return "land";
}

/* 01:00 UTC on the last Sunday of a month of 31 days. */
static int64_t change_ms(uint16_t year, uint8_t month)
{
    int32_t last = ptn_date_to_days((struct ptn_date){ year, month, 31 });
    /* Day 0, 1970-01-01, was a Thursday: day 3 a Sunday. */
    int32_t past_sunday = ((last - 3) % 7 + 7) % 7;

    return (last - past_sunday) * DAY_MS + HOUR_MS;
}

int ptn_place_utc_offset_minutes(int64_t instant_ms)
{
    uint16_t year = ptn_instant_date(instant_ms).year;
    bool summer = instant_ms >= change_ms(year, 3) && instant_ms < change_ms(year, 10);

    return summer ? 120 : 60;
}

struct ptn_date ptn_place_local_date(int64_t instant_ms)
{
    return ptn_instant_date(instant_ms + ptn_place_utc_offset_minutes(instant_ms) * INT64_C(60000));
}
