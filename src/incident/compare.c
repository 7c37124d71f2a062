/*
 * incident/compare.c -- which clues two incidents share and what that weighs.
 *
 * Techniques and everybody's tools do not tell actors apart: half of all known actors share the
 * common ones. So a tie weighs by its class first, and a tool by how few use it.
 */
#include "incident/compare.h"

#include <string.h>

#include "incident/net_block_int.h"

/* A tool that at most one known actor in fifty uses ties strongly; past one in twenty it says
 * nothing. */
#define STRONG_SHARE 50u
#define SOME_SHARE   20u

static uint8_t lower(uint8_t byte)
{
    return byte >= 'A' && byte <= 'Z' ? (uint8_t)(byte + ('a' - 'A')) : byte;
}

static bool same_text(struct ptn_bytes a, struct ptn_bytes b)
{
    if (a.len != b.len)
        return false;
    for (size_t i = 0; i < a.len; i++)
        if (lower(a.at[i]) != lower(b.at[i]))
            return false;
    return true;
}

/* The value without a remark in brackets: "AnyDesk (suspected)" is AnyDesk. */
static struct ptn_bytes bare(struct ptn_bytes value)
{
    const uint8_t *bracket = value.len > 0 ? memchr(value.at, '(', value.len) : NULL;
    struct ptn_bytes without =
        bracket == NULL ? value
                        : ptn_bytes_trim(ptn_bytes_slice(value, 0, (size_t)(bracket - value.at)));

    return without.len > 0 ? without : value;
}

static bool same_key(const struct ptn_clue *a, const struct ptn_clue *b)
{
    return a->class == b->class && ptn_bytes_equal(a->key, b->key);
}

static bool same_clue(const struct ptn_clue *a, const struct ptn_clue *b)
{
    /* habits and secrets are compared to the letter; a remark may differ where names are meant */
    if (!same_key(a, b))
        return false;
    return a->class == PTN_CLUE_TOOL || a->class == PTN_CLUE_COMMODITY
               ? same_text(bare(a->value), bare(b->value))
               : ptn_bytes_equal(a->value, b->value);
}

static bool has_clue(const struct ptn_incident *incident, const struct ptn_clue *clue)
{
    for (size_t i = 0; i < incident->clue_count; i++)
        if (same_clue(&incident->clues[i], clue))
            return true;
    return false;
}

static bool has_key(const struct ptn_incident *incident, const struct ptn_clue *clue)
{
    for (size_t i = 0; i < incident->clue_count; i++)
        if (same_key(&incident->clues[i], clue))
            return true;
    return false;
}

/* Whether the two share any value under the clue's key. */
static bool shares_key(const struct ptn_incident *a, const struct ptn_incident *b,
                       const struct ptn_clue *clue)
{
    for (size_t i = 0; i < a->clue_count; i++)
        if (same_key(&a->clues[i], clue) && has_clue(b, &a->clues[i]))
            return true;
    return false;
}

static const struct ptn_rate *rate_of(const struct ptn_rates *rates, const struct ptn_clue *clue)
{
    struct ptn_bytes value = bare(clue->value);

    for (size_t i = 0; i < rates->count; i++)
        if (same_text(rates->rates[i].name, value) || same_text(rates->rates[i].id, value))
            return &rates->rates[i];
    return NULL;
}

static bool is_ignored(const struct ptn_compare_with *with, const struct ptn_clue *clue)
{
    for (size_t i = 0; i < with->ignored_count; i++)
        if (same_text(with->ignored[i], clue->value) ||
            ptn_net_block_holds(with->ignored[i], clue->value))
            return true;
    return false;
}

/* What a tie by this clue weighs. */
static enum ptn_clue_weight weight_of(const struct ptn_clue *clue, const struct ptn_rate *rate,
                                      const struct ptn_compare_with *with)
{
    bool rare = rate == NULL || rate->actors * STRONG_SHARE <= rate->total;
    bool common = rate != NULL && rate->actors * SOME_SHARE > rate->total;

    if (is_ignored(with, clue) || common)
        return PTN_WEIGHT_NONE;
    switch (clue->class) {
    case PTN_CLUE_SECRET:
    case PTN_CLUE_SIGNING:
    case PTN_CLUE_HASH:
        return PTN_WEIGHT_STRONG;
    case PTN_CLUE_TOOL:
        return rare ? PTN_WEIGHT_STRONG : PTN_WEIGHT_SOME;
    case PTN_CLUE_CODE:
    case PTN_CLUE_INFRASTRUCTURE:
    case PTN_CLUE_MESSAGE:
    case PTN_CLUE_MUTABLE:
        return PTN_WEIGHT_SOME;
    case PTN_CLUE_TECHNIQUE: /* of a rate that is not known it could be anybody's */
        return rate != NULL ? PTN_WEIGHT_SOME : PTN_WEIGHT_NONE;
    case PTN_CLUE_COMMODITY:
        break;
    }
    return PTN_WEIGHT_NONE;
}

static void add(struct ptn_comparison *comparison, const struct ptn_compare_with *with,
                const struct ptn_clue *clue, enum ptn_clue_verdict verdict)
{
    struct ptn_finding finding = { .clue = clue, .verdict = verdict };

    finding.rate = rate_of(&with->rates, clue);
    finding.weight = weight_of(clue, finding.rate, with);
    comparison->findings[comparison->finding_count++] = finding;
    if (clue->class == PTN_CLUE_HASH && verdict == PTN_CLUE_SHARED)
        comparison->hash_overlap++;
}

/* Whether an earlier clue of the incident already spoke for this one. */
static bool said_before(const struct ptn_incident *incident, size_t index, bool by_key)
{
    const struct ptn_clue *clue = &incident->clues[index];

    for (size_t i = 0; i < index; i++)
        if (by_key ? same_key(&incident->clues[i], clue) : same_clue(&incident->clues[i], clue))
            return true;
    return false;
}

static void take_class(struct ptn_comparison *comparison, const struct ptn_compare_with *with,
                       enum ptn_clue_class class)
{
    const struct ptn_incident *a = comparison->a, *b = comparison->b;

    for (size_t i = 0; i < a->clue_count; i++) {
        const struct ptn_clue *clue = &a->clues[i];

        if (clue->class != class)
            continue;
        if (has_clue(b, clue)) {
            if (!said_before(a, i, false))
                add(comparison, with, clue, PTN_CLUE_SHARED);
        } else if (!has_key(b, clue)) {
            if (!said_before(a, i, false))
                add(comparison, with, clue, PTN_CLUE_NOT_COMPARABLE);
        } else if (!shares_key(a, b, clue) && !said_before(a, i, true)) {
            add(comparison, with, clue, PTN_CLUE_CHANGED);
        }
    }
    for (size_t i = 0; i < b->clue_count; i++)
        if (b->clues[i].class == class && !has_key(a, &b->clues[i]) && !said_before(b, i, false))
            add(comparison, with, &b->clues[i], PTN_CLUE_NOT_COMPARABLE);
}

/* Strong ties of two classes make a toolkit: one alone can be bought, found or planted. */
static enum ptn_likeness likeness_of(const struct ptn_comparison *comparison)
{
    bool strong[PTN_CLUE_CLASS_COUNT] = { false };
    size_t classes = 0;
    bool some = false;

    for (size_t i = 0; i < comparison->finding_count; i++) {
        const struct ptn_finding *finding = &comparison->findings[i];

        if (finding->verdict != PTN_CLUE_SHARED)
            continue;
        some = some || finding->weight != PTN_WEIGHT_NONE;
        if (finding->weight == PTN_WEIGHT_STRONG && !strong[finding->clue->class]) {
            strong[finding->clue->class] = true;
            classes++;
        }
    }
    if (classes >= 2)
        return PTN_LIKENESS_TOOLKIT;
    return some ? PTN_LIKENESS_SOME : PTN_LIKENESS_NOT_SHOWN;
}

struct ptn_status ptn_compare(const struct ptn_incident *a, const struct ptn_incident *b,
                              const struct ptn_compare_with *with, struct ptn_arena *arena,
                              struct ptn_comparison *ret_comparison)
{
    struct ptn_comparison comparison = { .a = a, .b = b };

    comparison.findings =
        ptn_arena_take(arena, (a->clue_count + b->clue_count + 1) * sizeof(*comparison.findings));
    if (comparison.findings == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    for (size_t class = 0; class < PTN_CLUE_CLASS_COUNT; class ++)
        take_class(&comparison, with, (enum ptn_clue_class) class);
    comparison.likeness = likeness_of(&comparison);
    *ret_comparison = comparison;
    return PTN_OK;
}
