/*
 * watch/cohort.c -- the index of names keeps names whose entries were born at about the same time
 * beside each other; which time that is, one number says.
 */
#include "watch/screen_int.h"

/*
 * The numbers after PTN_COHORT_UNBORN, in this order: runs of 20 years that begin every 8 years,
 * runs of 8 that begin every 4, single years of dates that are not approximate. An entry is in the
 * narrowest one that holds all its births.
 */
#define YEAR_FIRST 1900u
#define FIRST      (PTN_COHORT_UNBORN + 1u)

static const struct {
    uint8_t count, every, years;
} runs[] = { { 20, 8, 20 }, { 40, 4, 8 }, { 160, 1, 1 } };
#define RUNS (sizeof(runs) / sizeof(runs[0]))

uint8_t ptn_cohort_of(const uint8_t *entry, const uint8_t *births)
{
    uint32_t first = ptn_le32(entry + ENTRY_FIRST_BIRTH);
    uint32_t count = ptn_le16(entry + ENTRY_BIRTH_COUNT);
    unsigned from = UINT16_MAX;
    unsigned to = 0;
    bool circa = false;
    unsigned next = FIRST;
    uint8_t found = PTN_COHORT_ANY;

    if (entry[ENTRY_KIND] != PTN_ENTRY_PERSON)
        return PTN_COHORT_NO_PERSON;
    if (count == 0)
        return PTN_COHORT_UNBORN;
    for (uint32_t i = 0; i < count; i++) {
        const uint8_t *birth = births + ((size_t)first + i) * BIRTH_LEN;
        unsigned first_year = ptn_date_from_days((int32_t)ptn_le32(birth + BIRTH_FIRST)).year;
        unsigned last_year = ptn_date_from_days((int32_t)ptn_le32(birth + BIRTH_LAST)).year;

        from = first_year < from ? first_year : from;
        to = last_year > to ? last_year : to;
        circa = circa || birth[BIRTH_CIRCA] != 0;
    }
    for (unsigned i = 0; i < RUNS && from >= YEAR_FIRST && from <= to; i++) {
        unsigned number = (from - YEAR_FIRST) / runs[i].every;

        if (number < runs[i].count && (runs[i].years > 1 || !circa) &&
            to < YEAR_FIRST + number * runs[i].every + runs[i].years)
            found = (uint8_t)(next + number);
        next += runs[i].count;
    }
    return found;
}

bool ptn_cohort_years(unsigned cohort, struct ptn_cohort_years *ret_years)
{
    unsigned next = FIRST;

    for (unsigned i = 0; i < RUNS && cohort >= next; i++) {
        unsigned number = cohort - next;

        if (number < runs[i].count) {
            ret_years->first = (uint16_t)(YEAR_FIRST + number * runs[i].every);
            ret_years->last = (uint16_t)(ret_years->first + runs[i].years - 1u);
            ret_years->circa = runs[i].years > 1;
            return true;
        }
        next += runs[i].count;
    }
    return false;
}
