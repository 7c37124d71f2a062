/* watch/screen_int.h -- evidence beside a name, and the words for it. Private to watch/. */
#ifndef PTN_WATCH_SCREEN_INT_H
#define PTN_WATCH_SCREEN_INT_H
#include "watch/screen.h"
#include "watch/snapshot_int.h"

/* How the traveller's birth date stands to the entry's. In order of how much it says for them being
 * one. */
enum ptn_birth_evidence {
    PTN_BIRTH_UNKNOWN, /* one of the two is not known */
    PTN_BIRTH_AGREES,
    PTN_BIRTH_SWAPPED, /* day and month exchanged */
    PTN_BIRTH_ABOUT,   /* within two years of a date that the list says is approximate */
    PTN_BIRTH_HIJRA,   /* one of the two is of a Hijra calendar, and can mean the other */
    PTN_BIRTH_YEAR,    /* the same year, another day */
    PTN_BIRTH_NEAR,    /* up to five years apart */
    PTN_BIRTH_DIFFERS,
    PTN_BIRTH_EVIDENCE_COUNT,
};

enum ptn_side_evidence {
    PTN_SIDE_UNKNOWN,
    PTN_SIDE_AGREES,
    PTN_SIDE_DIFFERS,
};

struct ptn_evidence {
    bool person; /* nothing of this is asked of bodies and ships */
    enum ptn_birth_evidence birth;
    size_t birth_record;         /* the listed birth that fits best, in PTN_SECTION_BIRTHS */
    struct ptn_birth_span meant; /* PTN_BIRTH_HIJRA: the days that the one of a Hijra calendar means
                                  */
    enum ptn_side_evidence nationality;
    enum ptn_side_evidence sex;
};

/* In the order of how much each says for it: of several listed places the last one counts. */
enum ptn_place_evidence {
    PTN_PLACE_UNKNOWN,
    PTN_PLACE_OTHER,
    PTN_PLACE_STATE, /* only the State agrees */
    PTN_PLACE_AGREES,
};

/* place.c: a place of birth beside a listed one, and beside those of the entry at this ordinal;
 * *ret_listed is set to the one that is meant unless it is UNKNOWN. It changes no score. */
enum ptn_place_evidence ptn_place_compare(struct ptn_bytes known, struct ptn_bytes listed);
enum ptn_place_evidence ptn_place_of(const struct ptn_snapshot *snapshot,
                                     const struct ptn_screen_query *query, size_t ordinal,
                                     struct ptn_bytes *ret_listed);

/* Compare everything known of the traveller with the entry at this ordinal. */
struct ptn_evidence ptn_evidence_of(const struct ptn_snapshot *snapshot,
                                    const struct ptn_screen_query *query, size_t ordinal);

/*
 * The score of a name with the evidence taken into account: never above name_score. The factors and
 * caps: docs/format/list.md, "Screening".
 */
unsigned ptn_evidence_score(const struct ptn_evidence *evidence,
                            const struct ptn_screen_query *query, enum ptn_alias alias,
                            unsigned name_score);

/* ---- years of the Hijra (hijra.c) ---- */

/* Whether a birth, read as if its digits were of our calendar, can only be of another. */
bool ptn_is_hijra(struct ptn_birth_span birth);

#define PTN_HIJRA_WAYS 2u /* the lunar calendar, the solar one */
/* The days that it can mean, in each. */
void ptn_hijra_read(struct ptn_birth_span birth, struct ptn_birth_span ret_meant[PTN_HIJRA_WAYS]);

/* ---- who was born when, for the index of names ---- */

enum ptn_cohort {
    PTN_COHORT_ANY,    /* a person whose births are spread wider than any other cohort */
    PTN_COHORT_UNBORN, /* a person without a birth date */
    PTN_COHORT_NO_PERSON = 255,
    /* all others: persons born in certain years, see watch/cohort.c */
};

/* The cohort of an entry; births is the section of births. */
uint8_t ptn_cohort_of(const uint8_t *entry, const uint8_t *births);

/* All births of a cohort lie in these years; circa: some may be approximate. */
struct ptn_cohort_years {
    uint16_t first, last;
    bool circa;
};

/* False for a cohort that says nothing of years. */
bool ptn_cohort_years(unsigned cohort, struct ptn_cohort_years *ret_years);

/*
 * What evidence leaves at most of the score of a name in each of the 256 cohorts, 1/10000: what
 * ptn_evidence_score gives is never more than this of name_score. kinds: those that are searched.
 */
void ptn_evidence_most(const struct ptn_screen_query *query, unsigned kinds,
                       uint16_t ret_most[PTN_INDEX_COHORTS]);

/* The lists' codes "D" and "DEU", "GBD" and "GBR" are one State each. */
bool ptn_same_state(const char *a, const char *b);

/* ---- explanations ---- */

#define PTN_WHY_MAX 24u

/* Lines of one match, in the arena. A line that cannot be had for lack of memory sets failed. */
struct ptn_whys {
    struct ptn_arena *arena;
    struct ptn_buffer text;      /* for the one being printed; the owner releases it */
    struct ptn_match_why *lines; /* room for PTN_WHY_MAX */
    size_t count;
    bool failed;
};

void ptn_why_name(struct ptn_whys *whys, const struct ptn_name *query, struct ptn_bytes query_text,
                  struct ptn_bytes listed, enum ptn_alias alias);
void ptn_why_evidence(struct ptn_whys *whys, const struct ptn_snapshot *snapshot,
                      const struct ptn_screen_query *query, const struct ptn_evidence *evidence,
                      size_t ordinal);
/* A number: rule "document.listed", "document.number", "document.near", "plate.listed",
 * "plate.alike" or "vessel.listed". */
void ptn_why_number(struct ptn_whys *whys, const char *rule, struct ptn_bytes number,
                    const char *issuer);
/* Why a document or vehicle was listed, in the list's words. */
void ptn_why_reported(struct ptn_whys *whys, struct ptn_bytes reason);
#endif
