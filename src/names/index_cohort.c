#include "names/index_cohort_int.h"

/* Tiers by what is left of a score: birth dates that may agree, ones that are near, others. */
static unsigned tier_of(uint32_t most)
{
    if (most >= 9000)
        return 0;
    return most >= 8000 ? 1 : 2;
}

static void add_range(struct ptn_cohort_tier *tier, struct ptn_cohort_range range)
{
    struct ptn_cohort_range *last = NULL;

    if (tier->range_count > 0)
        last = &tier->ranges[tier->range_count - 1];
    if (last != NULL && last->end == range.first && last->most == range.most)
        last->end = range.end;
    else
        tier->ranges[tier->range_count++] = range;
    last = NULL;
    if (tier->span_count > 0)
        last = &tier->spans[tier->span_count - 1];
    if (last != NULL && last->end == range.first)
        last->end = range.end;
    else
        tier->spans[tier->span_count++] = range;
    tier->most = range.most > tier->most ? range.most : tier->most;
}

bool ptn_cohort_tier_init(const struct ptn_index_view *view, const uint16_t *most, unsigned tier,
                          struct ptn_cohort_tier *ret_tier)
{
    uint32_t name_count = view->counts[PTN_SECTION_NAMES];
    uint32_t before = 0;

    ret_tier->range_count = 0;
    ret_tier->span_count = 0;
    ret_tier->most = 0;
    ret_tier->is_whole = most == NULL && (tier == 0 || tier == PTN_COHORT_TIERS);
    if (ret_tier->is_whole)
        add_range(ret_tier, (struct ptn_cohort_range){ 0, name_count, PTN_SCORE_ONE });
    if (most == NULL)
        return true;
    for (uint32_t i = 0; i + 1 < view->counts[PTN_SECTION_COHORTS]; i++) {
        struct ptn_cohort_range range = { view->cohorts[i].first, view->cohorts[i + 1].first, 0 };

        if (range.first != before || range.end < range.first || range.end > name_count ||
            view->cohorts[i].cohort >= PTN_INDEX_COHORTS)
            return false;
        before = range.end;
        range.most = most[view->cohorts[i].cohort];
        range.most = range.most < PTN_SCORE_ONE ? range.most : PTN_SCORE_ONE;
        if (range.most > 0 && (tier == PTN_COHORT_TIERS || tier_of(range.most) == tier))
            add_range(ret_tier, range);
    }
    return before == name_count;
}

const struct ptn_cohort_range *ptn_cohort_range_of(const struct ptn_cohort_tier *tier,
                                                   uint32_t name)
{
    uint32_t low = 0;
    uint32_t high = tier->range_count;

    while (low + 1 < high) {
        uint32_t middle = low + (high - low) / 2;

        if (tier->ranges[middle].first <= name)
            low = middle;
        else
            high = middle;
    }
    return &tier->ranges[low];
}

void ptn_cohort_cut(const struct ptn_cohort_tier *tiers, unsigned tier_count,
                    struct ptn_cohort_cuts *ret_cuts)
{
    uint32_t next[PTN_COHORT_TIERS] = { 0 };

    ret_cuts->count = 0;
    for (;;) {
        unsigned best = tier_count;

        for (unsigned i = 0; i < tier_count; i++)
            if (next[i] < tiers[i].span_count &&
                (best == tier_count ||
                 tiers[i].spans[next[i]].first < tiers[best].spans[next[best]].first))
                best = i;
        if (best == tier_count)
            return;
        ret_cuts->at[ret_cuts->count++] = (struct ptn_cohort_cut){
            tiers[best].spans[next[best]].first,
            tiers[best].spans[next[best]].end,
            (uint16_t)next[best],
            (uint16_t)best,
        };
        next[best]++;
    }
}

const uint32_t *ptn_cohort_lower(const uint32_t *at, const uint32_t *end, uint32_t wanted)
{
    while (at < end) {
        const uint32_t *middle = at + (end - at) / 2;

        if (*middle < wanted)
            at = middle + 1;
        else
            end = middle;
    }
    return at;
}
