/*
 * watch/evidence.c -- what is known beside the name. It can only lower a score: a birth date that
 * agrees makes nobody of another name listed, one that differs makes a listed name less likely to
 * be meant.
 */
#include "reference/state.h"
#include "watch/screen_int.h"

/* per cent of the name's score that is left */
static const unsigned birth_percent[PTN_BIRTH_EVIDENCE_COUNT] = {
    [PTN_BIRTH_UNKNOWN] = 100, [PTN_BIRTH_AGREES] = 100, [PTN_BIRTH_SWAPPED] = 98,
    [PTN_BIRTH_ABOUT] = 97,    [PTN_BIRTH_HIJRA] = 96,   [PTN_BIRTH_YEAR] = 94,
    [PTN_BIRTH_NEAR] = 86,     [PTN_BIRTH_DIFFERS] = 74,
};
#define NATION_DIFFERS_PERCENT 92u
#define NO_BIRTH_PERCENT       95u /* the traveller's birth date is known, the entry's is not */
#define SEX_DIFFERS_PERCENT    85u

/* A weak alias identifies nobody: without something that agrees it stays below the usual threshold.
 */
#define WEAK_UNCHECKED_MAX   7500u /* nothing to compare with, or only a nationality that agrees */
#define WEAK_UNSUPPORTED_MAX 6900u

#define CIRCA_DAYS 731
#define NEAR_DAYS  1827

struct span {
    int32_t first;
    int32_t last;
};

static int32_t distance(struct span a, struct span b)
{
    if (a.first > b.last)
        return a.first - b.last;
    return b.first > a.last ? b.first - a.last : 0;
}

static bool span_of(struct ptn_date date, struct span *ret_span)
{
    if (date.year == 0 || !ptn_date_is_possible(date))
        return false;
    if (date.month == 0)
        date.day = 0;
    *ret_span = (struct span){ ptn_date_to_days(ptn_date_first(date)),
                               ptn_date_to_days(ptn_date_last(date)) };
    return true;
}

/* Day and month exchanged, when that is another date. */
static bool swapped(struct ptn_date date, struct span *ret_span)
{
    struct ptn_date other = { date.year, date.day, date.month };

    return ptn_date_is_full(date) && date.day <= 12 && date.day != date.month &&
           span_of(other, ret_span);
}

/* The ways to read a birth: one, unless it is of a Hijra calendar. */
static unsigned ways_of(struct ptn_birth_span birth, struct ptn_birth_span ret_ways[PTN_HIJRA_WAYS])
{
    ret_ways[0] = birth;
    if (!ptn_is_hijra(birth))
        return 1;
    ptn_hijra_read(birth, ret_ways);
    return PTN_HIJRA_WAYS;
}

/* WATCH-7: at least one of the two is of a Hijra calendar; both are read in the same one then. */
static enum ptn_birth_evidence compare_hijra(struct ptn_birth_span known,
                                             struct ptn_birth_span listed,
                                             struct ptn_birth_span *ret_meant)
{
    struct ptn_birth_span ways[2][PTN_HIJRA_WAYS];
    unsigned counts[2] = { ways_of(known, ways[0]), ways_of(listed, ways[1]) };
    unsigned count = counts[0] > counts[1] ? counts[0] : counts[1];
    int32_t least = INT32_MAX;

    for (unsigned i = 0; i < count; i++) {
        struct ptn_birth_span a = ways[0][i < counts[0] ? i : 0];
        struct ptn_birth_span b = ways[1][i < counts[1] ? i : 0];
        int32_t apart =
            distance((struct span){ a.first, a.last }, (struct span){ b.first, b.last });

        if (apart < least) {
            least = apart;
            *ret_meant = counts[1] > 1 ? b : a;
        }
    }
    if (least == 0)
        return PTN_BIRTH_HIJRA;
    return least <= NEAR_DAYS ? PTN_BIRTH_NEAR : PTN_BIRTH_DIFFERS;
}

static enum ptn_birth_evidence compare_birth(struct ptn_date birth, struct span known,
                                             struct ptn_birth_span one,
                                             struct ptn_birth_span *ret_meant)
{
    const struct ptn_birth_span mine = { known.first, known.last, false };
    struct span listed = { one.first, one.last };
    struct span other;
    int32_t apart = distance(known, listed);

    if (ptn_is_hijra(mine) || ptn_is_hijra(one))
        return compare_hijra(mine, one, ret_meant);
    if (apart == 0)
        return PTN_BIRTH_AGREES;
    if (listed.first == listed.last && swapped(birth, &other) && distance(other, listed) == 0)
        return PTN_BIRTH_SWAPPED;
    if (one.circa && apart <= CIRCA_DAYS)
        return PTN_BIRTH_ABOUT;
    if (ptn_date_from_days(listed.first).year <= birth.year &&
        ptn_date_from_days(listed.last).year >= birth.year)
        return PTN_BIRTH_YEAR;
    return apart <= NEAR_DAYS ? PTN_BIRTH_NEAR : PTN_BIRTH_DIFFERS;
}

static void birth_evidence(const struct ptn_snapshot *snapshot, struct ptn_date birth,
                           const uint8_t *entry, struct ptn_evidence *evidence)
{
    uint32_t first = ptn_le32(entry + ENTRY_FIRST_BIRTH),
             count = ptn_le16(entry + ENTRY_BIRTH_COUNT);
    struct span known;

    if (count == 0 || !span_of(birth, &known))
        return;
    for (uint32_t i = 0; i < count; i++) {
        struct ptn_birth_span meant = { 0, 0, false };
        enum ptn_birth_evidence one =
            compare_birth(birth, known, ptn_snapshot_birth(snapshot, (size_t)first + i), &meant);

        if (evidence->birth == PTN_BIRTH_UNKNOWN || one < evidence->birth) {
            evidence->birth = one;
            evidence->birth_record = (size_t)first + i;
            evidence->meant = meant;
        }
    }
}

bool ptn_same_state(const char *a, const char *b)
{
    return strcmp(ptn_state_canonical(a), ptn_state_canonical(b)) == 0;
}

struct ptn_evidence ptn_evidence_of(const struct ptn_snapshot *snapshot,
                                    const struct ptn_screen_query *query, size_t ordinal)
{
    struct ptn_evidence evidence = { 0 };
    const uint8_t *entry = ptn_record(snapshot, PTN_SECTION_ENTRIES, ordinal);
    uint32_t first = ptn_le32(entry + ENTRY_FIRST_NATION),
             count = ptn_le16(entry + ENTRY_NATION_COUNT);

    if (entry[ENTRY_KIND] != PTN_ENTRY_PERSON)
        return evidence;
    evidence.person = true;
    birth_evidence(snapshot, query->birth, entry, &evidence);
    if (query->nationality[0] != '\0' && count > 0) {
        evidence.nationality = PTN_SIDE_DIFFERS;
        for (uint32_t i = 0; i < count; i++) {
            char code[4];

            ptn_snapshot_code(ptn_record(snapshot, PTN_SECTION_NATIONS, (size_t)first + i), code);
            if (ptn_same_state(query->nationality, code))
                evidence.nationality = PTN_SIDE_AGREES;
        }
    }
    if (query->sex != 0 && entry[ENTRY_SEX] != 0)
        evidence.sex = query->sex == (char)entry[ENTRY_SEX] ? PTN_SIDE_AGREES : PTN_SIDE_DIFFERS;
    return evidence;
}

/* The most that a cohort's births can say for a traveller born then. */
static unsigned years_percent(struct ptn_cohort_years years, unsigned birth_year, struct span known)
{
    struct span born;
    int32_t apart;

    if (years.last + 7u <= birth_year || years.first >= birth_year + 7u)
        return birth_percent[PTN_BIRTH_DIFFERS]; /* more than six years apart */
    born.first = ptn_date_to_days((struct ptn_date){ years.first, 1, 1 });
    born.last = ptn_date_to_days((struct ptn_date){ years.last, 12, 31 });
    apart = distance(known, born);
    if (apart == 0)
        return birth_percent[PTN_BIRTH_AGREES]; /* day and month exchanged leave the year, too */
    if (years.circa && apart <= CIRCA_DAYS)
        return birth_percent[PTN_BIRTH_ABOUT];
    return birth_percent[apart <= NEAR_DAYS ? PTN_BIRTH_NEAR : PTN_BIRTH_DIFFERS];
}

void ptn_evidence_most(const struct ptn_screen_query *query, unsigned kinds,
                       uint16_t ret_most[PTN_INDEX_COHORTS])
{
    const unsigned percent = PTN_SCREEN_SCORE_MAX / 100;
    bool persons = (kinds & PTN_SCREEN_PERSONS) != 0;
    bool others = (kinds & ~PTN_SCREEN_PERSONS) != 0;
    struct span known = { 0, 0 };
    bool is_known = span_of(query->birth, &known) &&
                    !ptn_is_hijra((struct ptn_birth_span){ known.first, known.last, false });

    for (unsigned i = 0; i < PTN_INDEX_COHORTS; i++) {
        struct ptn_cohort_years years;
        unsigned most = PTN_SCREEN_SCORE_MAX;

        if (i == PTN_COHORT_UNBORN && query->birth.year != 0)
            most = NO_BIRTH_PERCENT * percent;
        else if (is_known && ptn_cohort_years(i, &years))
            most = years_percent(years, query->birth.year, known) * percent;
        if (i == PTN_COHORT_NO_PERSON ? !others : !persons)
            most = 0;
        ret_most[i] = (uint16_t)most;
    }
}

static unsigned weak_max(const struct ptn_evidence *evidence, const struct ptn_screen_query *query)
{
    switch (evidence->birth) {
    case PTN_BIRTH_AGREES:
    case PTN_BIRTH_SWAPPED:
        return PTN_SCREEN_SCORE_MAX;
    case PTN_BIRTH_ABOUT:
    case PTN_BIRTH_HIJRA:
        return WEAK_UNCHECKED_MAX;
    case PTN_BIRTH_UNKNOWN:
        if (evidence->nationality == PTN_SIDE_AGREES ||
            (query->birth.year == 0 && query->nationality[0] == '\0'))
            return WEAK_UNCHECKED_MAX;
        return WEAK_UNSUPPORTED_MAX;
    case PTN_BIRTH_YEAR:
    case PTN_BIRTH_NEAR:
    case PTN_BIRTH_DIFFERS:
    case PTN_BIRTH_EVIDENCE_COUNT:
        break;
    }
    return WEAK_UNSUPPORTED_MAX;
}

unsigned ptn_evidence_score(const struct ptn_evidence *evidence,
                            const struct ptn_screen_query *query, enum ptn_alias alias,
                            unsigned name_score)
{
    unsigned score = name_score * birth_percent[evidence->birth] / 100;

    if (evidence->birth == PTN_BIRTH_UNKNOWN && evidence->person && query->birth.year != 0)
        score = score * NO_BIRTH_PERCENT / 100;
    if (evidence->nationality == PTN_SIDE_DIFFERS)
        score = score * NATION_DIFFERS_PERCENT / 100;
    if (evidence->sex == PTN_SIDE_DIFFERS)
        score = score * SEX_DIFFERS_PERCENT / 100;
    if (alias == PTN_ALIAS_WEAK) {
        unsigned max = weak_max(evidence, query);

        score = score > max ? max : score;
    }
    return score;
}
