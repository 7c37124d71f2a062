/*
 * names/index_cohort_int.h -- the names that a question looks at together: those of the cohorts
 * whose evidence speaks against them about as much.
 */
#ifndef PTN_NAMES_INDEX_COHORT_INT_H
#define PTN_NAMES_INDEX_COHORT_INT_H
#include "names/index_int.h"

/* Names from first to end, and what is left of their scores at most. */
struct ptn_cohort_range {
    uint32_t first, end;
    uint32_t most;
};

/* A tier: its names in ascending order. */
struct ptn_cohort_tier {
    struct ptn_cohort_range ranges[PTN_INDEX_COHORTS]; /* those beside each other differ in most */
    struct ptn_cohort_range spans[PTN_INDEX_COHORTS];  /* the same, those beside each other as one
                                                        */
    uint32_t range_count;
    uint32_t span_count;
    uint32_t most; /* the largest of the ranges */
    bool is_whole; /* one span of all names */
};

/* The spans of several tiers in ascending order. */
struct ptn_cohort_cut {
    uint32_t first, end;
    uint16_t span;
    uint16_t tier;
};

struct ptn_cohort_cuts {
    struct ptn_cohort_cut at[PTN_INDEX_COHORTS];
    uint32_t count;
};

/* Cohorts that are left much of a score are looked at first: when those give the answers wanted,
 * the others need not be looked at. */
#define PTN_COHORT_TIERS 3u

/*
 * The names of one tier, or of all of them (PTN_COHORT_TIERS). most: PTN_INDEX_COHORTS numbers or
 * NULL, see struct ptn_index_query; a cohort with 0 is in none. False when the bytes are no index.
 */
bool ptn_cohort_tier_init(const struct ptn_index_view *view, const uint16_t *most, unsigned tier,
                          struct ptn_cohort_tier *ret_tier);

void ptn_cohort_cut(const struct ptn_cohort_tier *tiers, unsigned tier_count,
                    struct ptn_cohort_cuts *ret_cuts);

/* The range of a name, which is one of the tier's. */
const struct ptn_cohort_range *ptn_cohort_range_of(const struct ptn_cohort_tier *tier,
                                                   uint32_t name);

/* What is left of a name's score at most; it is one of the tier's. */
static inline uint32_t ptn_cohort_most(const struct ptn_cohort_tier *tier, uint32_t name)
{
    return tier->range_count == 1 ? tier->ranges[0].most : ptn_cohort_range_of(tier, name)->most;
}

/* The least a name must score so that needed may be left of it; above PTN_SCORE_ONE: it cannot. */
static inline unsigned ptn_cohort_needed(unsigned needed, uint32_t most)
{
    return most == 0 ? PTN_SCORE_ONE + 1u : (needed * PTN_SCORE_ONE + most - 1u) / most;
}

/* The first place from at on, at or before end, that holds no number below wanted; they ascend. */
const uint32_t *ptn_cohort_lower(const uint32_t *at, const uint32_t *end, uint32_t wanted);

#endif
