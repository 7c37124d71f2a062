#include "names/score.h"

#include "names/part_int.h"

/* Below the published minimum on purpose: one shared full part is never an answer by itself. */
#define ONE_SHARED_MAX 6900u
#define REORDER_LOSS   100u
#define LEGAL_OTHER    9000u
#define INITIAL_NEAR   15u

/* One possible pair of units. */
struct edge {
    uint32_t value;            /* covered weight of both sides times gain */
    uint16_t a_parts, b_parts; /* bit sets of the parts it takes */
    uint8_t a_unit, b_unit;
    uint8_t a_cover, b_cover;
    uint16_t similarity, rule;
};

/* every unit of one side with every part of the other */
#define EDGES_MAX (2u * PTN_UNITS_MAX * PTN_NAME_PARTS_MAX)
/* up to so many conflicting edges the best choice is searched for, above it the largest first */
#define SEARCH_EDGES_MAX 12u

struct match {
    struct edge edges[EDGES_MAX];
    uint16_t edge_count;
    uint16_t chosen[PTN_NAME_PARTS_MAX];
    uint8_t chosen_count;
};

static uint16_t parts_of(const struct ptn_unit *unit)
{
    return (uint16_t)(((1u << unit->count) - 1u) << unit->first);
}

/* ---- likeness of two units, whatever their kinds ---- */

/* An initial and a part, or two initials. */
static bool starts_alike(const struct ptn_name_part *a, const struct ptn_name_part *b)
{
    return ptn_sound_near[a->symbols[0] % PTN_SOUNDS][b->symbols[0] % PTN_SOUNDS] <= INITIAL_NEAR;
}

static struct ptn_likeness likeness_light(const struct ptn_name_part *a,
                                          const struct ptn_name_part *b)
{
    struct ptn_likeness likeness = ptn_part_likeness(a, b, false);

    if (a->kind == PTN_NAME_LEGAL && likeness.similarity < LEGAL_OTHER)
        likeness.similarity = LEGAL_OTHER;
    likeness.rule = PTN_SCORE_LIGHT;
    return likeness;
}

static struct ptn_likeness unit_likeness(const struct ptn_side *a, const struct ptn_unit *x,
                                         const struct ptn_side *b, const struct ptn_unit *y)
{
    const struct ptn_name_part *p = x->part;
    const struct ptn_name_part *q = y->part;
    struct ptn_likeness likeness = { 0, 0 };
    bool joined = x->count > 1 || y->count > 1;

    if (p->kind == PTN_NAME_INITIAL || q->kind == PTN_NAME_INITIAL) {
        if (joined ||
            (p->kind != q->kind && p->kind != PTN_NAME_FULL && q->kind != PTN_NAME_FULL) ||
            !starts_alike(p, q))
            return likeness;
        return (struct ptn_likeness){ PTN_SCORE_ONE, PTN_SCORE_INITIAL };
    }
    if (p->kind != q->kind)
        return likeness;
    if (p->kind != PTN_NAME_FULL)
        return likeness_light(p, q);
    likeness = ptn_part_likeness(p, q, joined);
    if (likeness.similarity < PTN_CUT_SHORT && !joined &&
        ((a->truncated && x->first + 1u == a->part_count && ptn_part_is_start(p, q)) ||
         (b->truncated && y->first + 1u == b->part_count && ptn_part_is_start(q, p))))
        return (struct ptn_likeness){ PTN_CUT_SHORT, PTN_SCORE_CUT_SHORT };
    return likeness;
}

/* ---- the best one-to-one assignment ---- */

static uint8_t cover_of(const struct ptn_unit *unit, bool initial)
{
    uint8_t weight = unit->part->weight;

    return initial && weight > PTN_INITIAL_COVER ? PTN_INITIAL_COVER : weight;
}

static void add_edge(struct match *match, const struct ptn_side *a, unsigned i,
                     const struct ptn_side *b, unsigned j)
{
    const struct ptn_unit *x = &a->units[i];
    const struct ptn_unit *y = &b->units[j];
    struct ptn_likeness likeness = unit_likeness(a, x, b, y);
    bool initial = likeness.rule == PTN_SCORE_INITIAL;
    struct edge *edge = &match->edges[match->edge_count];

    if (likeness.similarity == 0)
        return;
    edge->a_parts = parts_of(x);
    edge->b_parts = parts_of(y);
    edge->a_unit = (uint8_t)i;
    edge->b_unit = (uint8_t)j;
    edge->a_cover = cover_of(x, initial);
    edge->b_cover = cover_of(y, initial);
    edge->similarity = likeness.similarity;
    edge->rule = likeness.rule;
    edge->value = ((uint32_t)edge->a_cover + edge->b_cover) * ptn_score_gain(likeness.similarity);
    match->edge_count++;
}

/* The most alike first, then the largest; then in the order of the parts, so that equal edges are
 * taken in order. */
static bool goes_before(const struct edge *x, const struct edge *y)
{
    if (x->similarity != y->similarity)
        return x->similarity > y->similarity;
    if (x->value != y->value)
        return x->value > y->value;
    return x->a_unit != y->a_unit ? x->a_unit < y->a_unit : x->b_unit < y->b_unit;
}

static void sort_edges(struct edge *edges, unsigned count)
{
    static const unsigned gaps[] = { 301, 132, 57, 23, 10, 4, 1 };

    for (unsigned g = 0; g < sizeof(gaps) / sizeof(gaps[0]); g++)
        for (unsigned i = gaps[g]; i < count; i++) {
            struct edge moving = edges[i];
            unsigned at = i;

            for (; at >= gaps[g] && goes_before(&moving, &edges[at - gaps[g]]); at -= gaps[g])
                edges[at] = edges[at - gaps[g]];
            edges[at] = moving;
        }
}

/*
 * The subset of few edges without a part taken twice that has the largest value, if larger than the
 * one chosen: each edge is first taken, then left out, and a branch ends where even all that is
 * left could not help.
 */
static void choose_best(struct match *match)
{
    uint32_t left[SEARCH_EDGES_MAX + 1] = { 0 };
    struct {
        unsigned a_taken, b_taken;
        uint32_t value;
    } at[SEARCH_EDGES_MAX + 1] = { { 0, 0, 0 } };
    unsigned count = match->edge_count;
    uint32_t best_value = 0;
    unsigned best = 0;
    unsigned taken = 0;
    unsigned i = 0;

    for (unsigned k = 0; k < match->chosen_count; k++)
        best_value += match->edges[match->chosen[k]].value;
    for (unsigned k = count; k > 0; k--)
        left[k - 1] = left[k] + match->edges[k - 1].value;
    for (;;) {
        if (i < count && at[i].value + left[i] > best_value) {
            const struct edge *edge = &match->edges[i];

            at[i + 1] = at[i];
            if ((edge->a_parts & at[i].a_taken) == 0 && (edge->b_parts & at[i].b_taken) == 0) {
                at[i + 1].a_taken |= edge->a_parts;
                at[i + 1].b_taken |= edge->b_parts;
                at[i + 1].value += edge->value;
                taken |= 1u << i;
            }
            i++;
            continue;
        }
        if (at[i].value > best_value) {
            best_value = at[i].value;
            best = taken;
        }
        while (i > 0 && (taken >> (i - 1) & 1u) == 0)
            i--;
        if (i == 0)
            break;
        taken &= ~(1u << (i - 1));
        at[i] = at[i - 1]; /* the same without the edge last taken */
    }
    if (best == 0)
        return;
    match->chosen_count = 0;
    for (unsigned k = 0; k < count; k++)
        if ((best >> k & 1u) != 0)
            match->chosen[match->chosen_count++] = (uint16_t)k;
}

static void choose(struct match *match)
{
    unsigned a_taken = 0;
    unsigned b_taken = 0;
    bool conflict = false;

    sort_edges(match->edges, match->edge_count);
    match->chosen_count = 0;
    for (unsigned i = 0; i < match->edge_count; i++) {
        const struct edge *edge = &match->edges[i];

        if ((edge->a_parts & a_taken) != 0 || (edge->b_parts & b_taken) != 0) {
            conflict = true;
            continue;
        }
        a_taken |= edge->a_parts;
        b_taken |= edge->b_parts;
        match->chosen[match->chosen_count++] = (uint16_t)i;
    }
    if (conflict && match->edge_count <= SEARCH_EDGES_MAX)
        choose_best(match);
}

static void find_edges(struct match *match, const struct ptn_side *a, const struct ptn_side *b)
{
    match->edge_count = 0;
    for (unsigned i = 0; i < a->unit_count; i++)
        for (unsigned j = 0; j < (a->units[i].count > 1 ? b->part_count : b->unit_count); j++)
            add_edge(match, a, i, b, j);
}

/* ---- the score of an assignment ---- */

/* How often the order of a's parts steps back in b, going round: once is a rotation ("Surname,
 * Given"). */
static bool is_reordered(const struct match *match, const struct ptn_side *a,
                         const struct ptn_side *b)
{
    uint8_t at[PTN_NAME_PARTS_MAX];
    uint8_t order[PTN_NAME_PARTS_MAX] = { 0 };
    unsigned count = 0;
    unsigned back = 0;

    memset(at, 0xff, sizeof(at));
    for (unsigned i = 0; i < match->chosen_count; i++) {
        const struct edge *edge = &match->edges[match->chosen[i]];

        if (a->units[edge->a_unit].full_count > 0)
            at[a->units[edge->a_unit].first] = b->units[edge->b_unit].first;
    }
    for (unsigned i = 0; i < PTN_NAME_PARTS_MAX; i++)
        if (at[i] != 0xff)
            order[count++] = at[i];
    for (unsigned i = 0; i < count; i++)
        back += order[i] > order[(i + 1) % count];
    return back > 1;
}

static void explain(const struct match *match, const struct ptn_side *a, const struct ptn_side *b,
                    struct ptn_score_why *why)
{
    unsigned a_taken = 0;
    unsigned b_taken = 0;

    for (unsigned i = 0; i < match->chosen_count; i++) {
        const struct edge *edge = &match->edges[match->chosen[i]];
        const struct ptn_unit *x = &a->units[edge->a_unit];
        const struct ptn_unit *y = &b->units[edge->b_unit];
        unsigned at = why->pair_count++;

        for (; at > 0 && why->pairs[at - 1].a_first > x->first; at--)
            why->pairs[at] = why->pairs[at - 1];
        why->pairs[at] = (struct ptn_score_pair){ x->first, x->count,   y->first,
                                                  y->count, edge->rule, edge->similarity };
        a_taken |= edge->a_parts;
        b_taken |= edge->b_parts;
    }
    why->a_left = (uint16_t)(~a_taken & ((1u << a->part_count) - 1u));
    why->b_left = (uint16_t)(~b_taken & ((1u << b->part_count) - 1u));
}

static unsigned score_match(const struct match *match, const struct ptn_side *a,
                            const struct ptn_side *b, struct ptn_score_why *why)
{
    uint64_t gained = 0;
    unsigned a_cover = 0;
    unsigned b_cover = 0;
    unsigned halves = 0; /* initials that fit: two are as good as a full part */
    unsigned a_full = 0;
    unsigned b_full = 0;
    unsigned a_left;
    unsigned b_left;
    unsigned full = a->full_count > b->full_count ? a->full_count : b->full_count;
    unsigned score;

    for (unsigned i = 0; i < match->chosen_count; i++) {
        const struct edge *edge = &match->edges[match->chosen[i]];

        gained += edge->value;
        a_cover += edge->a_cover;
        b_cover += edge->b_cover;
        if (edge->rule == PTN_SCORE_INITIAL) {
            halves++;
            continue;
        }
        a_full += a->units[edge->a_unit].full_count;
        b_full += b->units[edge->b_unit].full_count;
    }
    if (gained == 0)
        return 0;
    a_left = a->weight > a_cover ? a->weight - a_cover : 0;
    b_left = b->weight > b_cover ? b->weight - b_cover : 0;
    score =
        ptn_score_published((unsigned)(gained * 100u /
                                       (100u * (a_cover + b_cover) +
                                        PTN_UNMATCHED_LESS * (a_left < b_left ? a_left : b_left) +
                                        PTN_UNMATCHED_MORE * (a_left < b_left ? b_left : a_left))));
    why->reordered = is_reordered(match, a, b);
    if (why->reordered)
        score = score > REORDER_LOSS ? score - REORDER_LOSS : 0;
    a_full = a_full > b_full ? a_full : b_full;
    why->one_shared = a_full == 0 || (2 * a_full + halves < 4 && full > 1);
    if (why->one_shared && score > ONE_SHARED_MAX)
        score = ONE_SHARED_MAX;
    return score;
}

static unsigned score_sides(const struct ptn_side *a, const struct ptn_side *b,
                            struct ptn_score_why *ret_why)
{
    struct match match;
    struct ptn_score_why why = { .pair_count = 0 };
    unsigned score;

    find_edges(&match, a, b);
    choose(&match);
    score = score_match(&match, a, b, &why);
    if (ret_why != NULL) {
        explain(&match, a, b, &why);
        *ret_why = why;
    }
    return score;
}

/* One order of two sides, the same whichever came first, so that ties inside fall alike. */
static int compare_sides(const struct ptn_side *a, const struct ptn_side *b)
{
    if (a->weight != b->weight)
        return a->weight < b->weight ? -1 : 1;
    if (a->part_count != b->part_count)
        return a->part_count < b->part_count ? -1 : 1;
    for (unsigned i = 0; i < a->part_count; i++) {
        const struct ptn_name_part *x = a->units[i].part;
        const struct ptn_name_part *y = b->units[i].part;
        int order;

        if (x->symbol_count != y->symbol_count)
            return x->symbol_count < y->symbol_count ? -1 : 1;
        order = memcmp(x->symbols, y->symbols, x->symbol_count);
        if (order != 0)
            return order;
        if (x->script != y->script)
            return x->script < y->script ? -1 : 1;
    }
    return (int)a->truncated - (int)b->truncated;
}

static void swap_why(struct ptn_score_why *why)
{
    struct ptn_score_why turned = *why;

    for (unsigned i = 0; i < why->pair_count; i++) {
        const struct ptn_score_pair *pair = &why->pairs[i];
        unsigned at = i;

        for (; at > 0 && turned.pairs[at - 1].a_first > pair->b_first; at--)
            turned.pairs[at] = turned.pairs[at - 1];
        turned.pairs[at] =
            (struct ptn_score_pair){ pair->b_first, pair->b_count, pair->a_first,
                                     pair->a_count, pair->rule,    pair->similarity };
    }
    turned.a_left = why->b_left;
    turned.b_left = why->a_left;
    *why = turned;
}

unsigned ptn_score_ordered(const struct ptn_side *a, const struct ptn_side *b,
                           struct ptn_score_why *ret_why)
{
    unsigned score;

    if (compare_sides(a, b) <= 0)
        return score_sides(a, b, ret_why);
    score = score_sides(b, a, ret_why);
    if (ret_why != NULL)
        swap_why(ret_why);
    return score;
}

unsigned ptn_score(const struct ptn_name *a, const struct ptn_name *b,
                   struct ptn_score_why *ret_why)
{
    struct ptn_name_part joined[2][PTN_JOINS_MAX];
    struct ptn_side sides[2];

    ptn_side_init(&sides[0], a, joined[0]);
    ptn_side_init(&sides[1], b, joined[1]);
    return ptn_score_ordered(&sides[0], &sides[1], ret_why);
}
