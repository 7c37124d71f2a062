#include "names/score.h"

#include <stdlib.h>

#include "names/score_int.h"

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

static uint8_t cover_of(uint8_t weight, bool initial)
{
    return initial && weight > PTN_INITIAL_COVER ? PTN_INITIAL_COVER : weight;
}

/* One unit of a pair: its parts' bits, its number, the weight of its part. */
struct end {
    uint16_t parts;
    uint8_t unit;
    uint8_t weight;
};

static uint32_t pair_value(struct end x, uint8_t weight, struct ptn_likeness likeness)
{
    bool initial = likeness.rule == PTN_SCORE_INITIAL;

    return ((uint32_t)cover_of(x.weight, initial) + cover_of(weight, initial)) *
           ptn_score_gain(likeness.similarity);
}

static void add_pair(struct match *match, struct end x, struct end y, struct ptn_likeness likeness)
{
    bool initial = likeness.rule == PTN_SCORE_INITIAL;
    struct edge *edge = &match->edges[match->edge_count++];

    edge->a_parts = x.parts;
    edge->b_parts = y.parts;
    edge->a_unit = x.unit;
    edge->b_unit = y.unit;
    edge->a_cover = cover_of(x.weight, initial);
    edge->b_cover = cover_of(y.weight, initial);
    edge->similarity = likeness.similarity;
    edge->rule = likeness.rule;
    edge->value = ((uint32_t)edge->a_cover + edge->b_cover) * ptn_score_gain(likeness.similarity);
}

static struct end end_of(const struct ptn_side *side, unsigned unit)
{
    return (struct end){ parts_of(&side->units[unit]), (uint8_t)unit,
                         side->units[unit].part->weight };
}

static void add_edge(struct match *match, const struct ptn_side *a, unsigned i,
                     const struct ptn_side *b, unsigned j)
{
    struct ptn_likeness likeness = unit_likeness(a, &a->units[i], b, &b->units[j]);

    if (likeness.similarity > 0)
        add_pair(match, end_of(a, i), end_of(b, j), likeness);
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

/* Take every edge, when no two of them take one part. */
static bool choose_all(struct match *match)
{
    unsigned a_taken = 0;
    unsigned b_taken = 0;

    match->chosen_count = 0;
    for (unsigned i = 0; i < match->edge_count; i++) {
        const struct edge *edge = &match->edges[i];

        if ((edge->a_parts & a_taken) != 0 || (edge->b_parts & b_taken) != 0)
            return false;
        a_taken |= edge->a_parts;
        b_taken |= edge->b_parts;
        match->chosen[match->chosen_count++] = (uint16_t)i;
    }
    return true;
}

static void choose(struct match *match)
{
    unsigned a_taken = 0;
    unsigned b_taken = 0;
    bool conflict = false;

    if (choose_all(match))
        return;
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

/* NAMES-2: one order of two sides, whichever came first, so that ties inside fall alike. */
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

/* ---- one name against many ---- */

/* The first sound of a form, of an initial with the bit FIRST_OF_INITIAL; forms of other light
 * parts pair with no initial. */
#define FIRST_OF_INITIAL 128u
#define FIRST_OF_NONE    255u

static_assert(PTN_SOUNDS <= FIRST_OF_INITIAL, "a first sound leaves room for a bit");

static uint8_t first_of(const struct ptn_name_part *form)
{
    if (form->kind == PTN_NAME_INITIAL)
        return (uint8_t)(form->symbols[0] % PTN_SOUNDS | FIRST_OF_INITIAL);
    return (uint8_t)(form->kind == PTN_NAME_FULL ? form->symbols[0] % PTN_SOUNDS : FIRST_OF_NONE);
}

bool ptn_score_rows_init(struct ptn_score_rows *rows, const struct ptn_index_view *view)
{
    uint32_t low = 0;
    uint32_t high = view->part_form_count;

    *rows = (struct ptn_score_rows){ .part_end = high };
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (view->forms[middle].full_count > 0)
            low = middle + 1;
        else
            high = middle;
    }
    rows->full_end = low;
    rows->rows = calloc((size_t)view->counts[PTN_SECTION_FORMS] + 1, sizeof(*rows->rows));
    rows->cells = calloc(PTN_SCORE_CELLS, sizeof(*rows->cells));
    rows->firsts = malloc((size_t)rows->part_end + 1);
    if (rows->rows == NULL || rows->cells == NULL || rows->firsts == NULL) {
        ptn_score_rows_release(rows);
        return false;
    }
    for (uint32_t i = 0; i < rows->part_end; i++)
        rows->firsts[i] = first_of(&view->forms[i]);
    return true;
}

void ptn_score_rows_release(struct ptn_score_rows *rows)
{
    free(rows->rows);
    free(rows->cells);
    free(rows->firsts);
    rows->rows = NULL;
    rows->cells = NULL;
    rows->firsts = NULL;
}

/* The first sounds that start alike with a part's. */
static void add_firsts(uint64_t sounds[PTN_SOUNDS / 64], const struct ptn_name_part *part)
{
    const uint8_t *near = ptn_sound_near[part->symbols[0] % PTN_SOUNDS];

    for (unsigned i = 0; i < PTN_SOUNDS; i++)
        sounds[i / 64] |= (uint64_t)(near[i] <= INITIAL_NEAR) << i % 64;
}

void ptn_score_rows_begin(struct ptn_score_rows *rows, const struct ptn_side *side)
{
    rows->side = side;
    rows->cell_count = 0;
    rows->stamp++;
    rows->working++;
    rows->initials = 0;
    rows->initial_count = 0;
    rows->light_weight = 0;
    memset(rows->filter, 0, sizeof(rows->filter));
    memset(rows->by_initial, 0, sizeof(rows->by_initial));
    memset(rows->by_part, 0, sizeof(rows->by_part));
    for (unsigned i = 0; i < side->part_count; i++) {
        const struct ptn_name_part *part = side->units[i].part;

        if (part->kind == PTN_NAME_INITIAL) {
            rows->initials |= 1ull << i;
            rows->initial_count++;
            add_firsts(rows->by_initial, part);
        } else if (side->units[i].full_count == 0) {
            rows->light_weight += part->weight;
        }
        if (part->kind == PTN_NAME_INITIAL || part->kind == PTN_NAME_FULL)
            add_firsts(rows->by_part, part);
    }
    rows->unsure = rows->initials;
}

static bool has_first(const uint64_t *sounds, unsigned first)
{
    return (sounds[first / 64] >> first % 64 & 1u) != 0;
}

/* Whether a part that no look-up found, or a join, may pair with a unit of the question: full ones
 * with an initial only; joins with none. */
static bool may_pair(const struct ptn_score_rows *rows, uint32_t form)
{
    if (rows->unsure != rows->initials || (form >= rows->full_end && form < rows->part_end))
        return true;
    return rows->initials != 0 && form < rows->full_end &&
           has_first(rows->by_initial, rows->firsts[form] % PTN_SOUNDS);
}

/* Work out what a form is to the units of the question that it may be like. */
static void work_out(struct ptn_score_rows *rows, const struct ptn_index_view *view, uint32_t form)
{
    const struct ptn_side *side = rows->side;
    struct ptn_score_row *row = &rows->rows[form];
    bool join = form >= rows->part_end;
    bool light = form >= rows->full_end && !join;
    struct ptn_unit unit = { &view->forms[form], 0, join ? 2 : 1, 0 };
    struct ptn_side other; /* of a list's names none is cut; nothing else of it is looked at */
    uint64_t units = row->stamp == rows->stamp ? row->units : 0;

    other.part_count = 0;
    other.truncated = false;
    unit.full_count = unit.part->full_count;
    if (rows->cell_count > PTN_SCORE_CELLS - PTN_UNITS_MAX) {
        rows->cell_count = 0; /* full: all are worked out again */
        rows->working++;
    }
    units |= rows->unsure;
    if (light)
        units = side->unit_count == 0 ? 0 : ~0ull >> (64u - side->unit_count);
    row->worked = rows->working;
    row->first = rows->cell_count;
    row->count = 0;
    row->weight = unit.part->weight;
    row->full_count = unit.full_count;
    for (; units != 0; units &= units - 1) {
        unsigned i = (unsigned)__builtin_ctzll(units);
        struct ptn_likeness likeness;

        if (join && i >= side->part_count)
            break; /* a join is compared with single parts only */
        likeness = unit_likeness(side, &side->units[i], &other, &unit);
        if (likeness.similarity == 0)
            continue;
        rows->cells[rows->cell_count++] =
            (struct ptn_score_cell){ pair_value(end_of(side, i), unit.part->weight, likeness),
                                     likeness.similarity, (uint8_t)likeness.rule, (uint8_t)i };
        row->count++;
    }
}

/* Turn a match round: the sides change places. */
static void swap_match(struct match *match)
{
    for (unsigned i = 0; i < match->edge_count; i++) {
        struct edge edge = match->edges[i];

        match->edges[i].a_parts = edge.b_parts;
        match->edges[i].b_parts = edge.a_parts;
        match->edges[i].a_unit = edge.b_unit;
        match->edges[i].b_unit = edge.a_unit;
        match->edges[i].a_cover = edge.b_cover;
        match->edges[i].b_cover = edge.a_cover;
    }
}

/* The order of the question's side and a name's; their parts are looked at only where they must be.
 */
static bool read_order(const struct ptn_side *asked, const struct ptn_index_view *view,
                       uint32_t name, const struct ptn_side *found, int *ret_order)
{
    struct ptn_side whole;

    if (asked->weight != found->weight || asked->part_count != found->part_count) {
        *ret_order = compare_sides(asked, found);
        return true;
    }
    if (!ptn_index_side(view, name, &whole))
        return false;
    *ret_order = compare_sides(asked, &whole);
    return true;
}

/* What a name's marked forms could bring it at most. */
struct most {
    int64_t surpluses[PTN_NAME_PARTS_MAX]; /* by part of the question */
    int64_t surplus;                       /* the sum of the most by unit of the name */
    unsigned raw_needed;                   /* that surpluses are above */
    uint32_t b_cover;
    unsigned parts;      /* a bit a part of the question that may be covered */
    unsigned full_parts; /* of those, the full ones */
    unsigned units;      /* of the name, how many have a marked form */
    unsigned a_initials; /* of the question, how many may be paired */
    unsigned b_initials; /* of the name */
    bool joined;
};

/* A pair may be made of a unit of the question and one of the name: its surplus goes to the full
 * parts of the question's. */
static void add_surplus(struct most *most, const struct ptn_unit *unit, int64_t surplus,
                        const struct ptn_side *asked)
{
    surplus = unit->full_count > 1 ? (surplus + 1) / 2 : surplus;
    for (unsigned i = unit->first; i < unit->first + unit->count; i++) {
        most->parts |= 1u << i;
        if (asked->units[i].full_count == 0)
            continue;
        most->full_parts |= 1u << i;
        most->surpluses[i] = surplus > most->surpluses[i] ? surplus : most->surpluses[i];
    }
}

/* Whether the surplus lets the name reach what is needed. */
static bool has_surplus(const struct ptn_score_rows *rows, const struct most *most,
                        const struct ptn_index_entry *entry)
{
    const struct ptn_side *asked = rows->side;
    struct ptn_score_most all = {
        .a_weight = asked->weight,
        .b_weight = entry->weight,
        .b_cover = most->b_cover,
        .a_initials = most->a_initials,
        .b_initials = most->b_initials,
        .a_light = rows->light_weight,
    };
    int64_t surplus = 0;

    for (unsigned parts = most->parts; parts != 0; parts &= parts - 1) {
        unsigned i = (unsigned)__builtin_ctz(parts);

        all.a_cover += asked->units[i].part->weight;
        surplus += most->surpluses[i];
    }
    return ptn_score_has_surplus(&all, entry, most->surplus < surplus ? most->surplus : surplus,
                                 most->raw_needed);
}

static const struct ptn_score_row *row_of(struct ptn_score_rows *rows,
                                          const struct ptn_index_view *view, uint32_t form)
{
    const struct ptn_score_row *row = &rows->rows[form];

    if (row->worked != rows->working)
        work_out(rows, view, form);
    return row;
}

static bool is_marked(const struct ptn_score_rows *rows, uint32_t form)
{
    return ptn_score_rows_may_mark(rows, form) && rows->rows[form].stamp == rows->stamp;
}

/* How many initials of either side find a part or initial of the other that starts alike. The
 * name's forms lie in their section. */
static void count_initials(const struct ptn_score_rows *rows, const uint32_t *units,
                           const struct ptn_index_entry *entry, struct most *most)
{
    if (rows->initial_count == 0 && entry->initial_count == 0)
        return;
    for (unsigned k = 0; k < entry->part_count && k < entry->unit_count; k++) {
        uint32_t form = units[k] & PTN_UNIT_FORM_MAX;
        unsigned first = form < rows->part_end ? rows->firsts[form] : FIRST_OF_NONE;

        if (first == FIRST_OF_NONE)
            continue;
        most->a_initials += has_first(rows->by_initial, first % PTN_SOUNDS);
        most->b_initials +=
            first >= FIRST_OF_INITIAL && has_first(rows->by_part, first % PTN_SOUNDS);
    }
    if (most->a_initials > rows->initial_count)
        most->a_initials = rows->initial_count;
}

/* Look at the marked forms of a name only; false when the bytes are no index. */
static bool look_at_marked(struct ptn_score_rows *rows, const struct ptn_index_view *view,
                           const struct ptn_index_entry *entry, struct most *most)
{
    const struct ptn_side *asked = rows->side;
    const uint32_t *units = &view->units[entry->units_at];
    uint32_t forms[UINT8_MAX + 1];
    unsigned count = 0;

    for (unsigned k = 0; k < entry->unit_count; k++) {
        forms[count] = units[k] & PTN_UNIT_FORM_MAX;
        if (forms[count] >= view->counts[PTN_SECTION_FORMS])
            return false;
        count += ptn_score_rows_may_mark(rows, forms[count]) ? 1u : 0u; /* hard to guess */
    }
    for (unsigned k = 0; k < count; k++) {
        const struct ptn_score_row *row;
        int64_t best;

        if (rows->rows[forms[k]].stamp != rows->stamp)
            continue;
        row = row_of(rows, view, forms[k]);
        if (row->count == 0)
            continue; /* alike by initials at most */
        most->units++;
        best = 0;
        for (unsigned i = 0; i < row->count; i++) {
            const struct ptn_score_cell *cell = &rows->cells[row->first + i];
            const struct ptn_unit *unit = &asked->units[cell->unit];
            int64_t surplus = ptn_score_surplus(
                cell->value, (int64_t)unit->part->weight + row->weight, most->raw_needed);

            most->joined = most->joined || cell->rule == PTN_SCORE_JOINED;
            if (cell->rule == PTN_SCORE_INITIAL)
                continue;
            add_surplus(most, unit, surplus, asked);
            best = surplus > best ? surplus : best;
        }
        most->surplus += best;
        most->b_cover += row->weight;
    }
    count_initials(rows, units, entry, most);
    return true;
}

/* Whether the marked forms let the name reach what is needed. Two full parts, or one and two
 * initials, must be shared (see one_shared); a join stands for two. */
static bool may_reach(const struct ptn_score_rows *rows, const struct most *most,
                      const struct ptn_index_entry *entry)
{
    unsigned shared = 0;

    if (!most->joined) {
        for (unsigned parts = most->full_parts; parts != 0; parts &= parts - 1)
            shared++;
        shared = shared < most->units ? shared : most->units;
        if (shared == 0 || (2 * shared + most->a_initials + most->b_initials < 4 &&
                            (rows->side->full_count > 1 || entry->full_count > 1)))
            return false;
    }
    return has_surplus(rows, most, entry);
}

/* Whether two full parts, or one and two initials, may be shared: without that no score reaches the
 * minimum (see one_shared). A join stands for two. */
static bool may_share_two(const struct match *match, const struct ptn_side *asked,
                          const struct ptn_side *found)
{
    unsigned a_parts = 0;
    unsigned b_parts = 0;
    unsigned halves = 0;
    unsigned shared;

    if (asked->full_count <= 1 && found->full_count <= 1)
        return true;
    for (unsigned i = 0; i < match->edge_count; i++) {
        const struct edge *edge = &match->edges[i];

        if (edge->rule == PTN_SCORE_JOINED)
            return true;
        if (edge->rule == PTN_SCORE_INITIAL) {
            halves++;
        } else if (edge->rule != PTN_SCORE_LIGHT) {
            a_parts |= edge->a_parts;
            b_parts |= edge->b_parts;
        }
    }
    shared = (unsigned)__builtin_popcount(a_parts);
    if ((unsigned)__builtin_popcount(b_parts) < shared)
        shared = (unsigned)__builtin_popcount(b_parts);
    return 2 * shared + halves >= 4;
}

/* Whether an edge's ends are looked at differently from its two sides, so that the sides' order
 * matters though no two edges take one part. */
static bool is_lopsided(const struct match *match, const struct ptn_side *asked,
                        const struct ptn_side *found)
{
    for (unsigned i = 0; i < match->edge_count; i++)
        if ((asked->units[match->edges[i].a_unit].full_count > 0) !=
            (found->units[match->edges[i].b_unit].full_count > 0))
            return true;
    return false;
}

/* All pairs of the question's units and a name's. */
static void find_edges_by_rows(struct ptn_score_rows *rows, const struct ptn_index_view *view,
                               uint32_t name, struct ptn_side *found, struct match *match)
{
    match->edge_count = 0;
    for (unsigned k = 0; k < found->unit_count; k++) {
        uint32_t form = view->units[view->names[name].units_at + k] & PTN_UNIT_FORM_MAX;
        struct end y = { parts_of(&found->units[k]), (uint8_t)k, 0 };
        const struct ptn_score_row *row;

        if (!is_marked(rows, form) && !may_pair(rows, form))
            continue; /* like nothing */
        row = row_of(rows, view, form);
        y.weight = row->weight;
        found->units[k].full_count = row->full_count;
        for (unsigned i = 0; i < row->count; i++) {
            const struct ptn_score_cell *cell = &rows->cells[row->first + i];

            add_pair(match, end_of(rows->side, cell->unit), y,
                     (struct ptn_likeness){ cell->similarity, cell->rule });
        }
    }
}

bool ptn_score_by_rows(struct ptn_score_rows *rows, const struct ptn_index_view *view,
                       uint32_t name, unsigned needed, unsigned *ret_score)
{
    const struct ptn_side *asked = rows->side;
    const struct ptn_index_entry *entry = &view->names[name];
    struct most most = { .raw_needed = ptn_score_raw_of(needed) };
    struct ptn_side found;
    struct ptn_score_why why;
    struct match match;
    int order = 0;

    *ret_score = 0;
    if (entry->units_at > view->counts[PTN_SECTION_UNITS] ||
        entry->unit_count > view->counts[PTN_SECTION_UNITS] - entry->units_at)
        return false;
    if (rows->unsure == rows->initials) {
        if (!look_at_marked(rows, view, entry, &most))
            return false;
        if (!may_reach(rows, &most, entry))
            return true;
    }
    if (!ptn_index_shape(view, name, &found))
        return false;
    find_edges_by_rows(rows, view, name, &found, &match);
    if (!may_share_two(&match, asked, &found))
        return true;
    if (choose_all(&match) && !is_lopsided(&match, asked, &found)) {
        *ret_score = score_match(&match, asked, &found, &why);
        return true;
    }
    if (!read_order(asked, view, name, &found, &order))
        return false;
    if (order > 0)
        swap_match(&match);
    choose(&match);
    *ret_score = order > 0 ? score_match(&match, &found, asked, &why)
                           : score_match(&match, asked, &found, &why);
    return true;
}
