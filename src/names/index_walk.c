/* names/index_walk.c -- the names under a form: touched, counted, filled or noted. */
#include "names/index_find_int.h"
#include "names/index_posted_int.h"

/* A name that nothing has touched yet. */
static void mark(struct ptn_index_scratch *scratch, uint32_t name)
{
    scratch->marks[name / 64] |= 1ull << name % 64;
    scratch->touched[scratch->touched_count++] = name;
    memset(&scratch->touches[name], 0, sizeof(scratch->touches[name]));
    if (ptn_find_is_marked(scratch->initialed, name))
        scratch->likely[scratch->likely_count++] = name;
}

/* Give a name what a form brings it. */
static void bring(const struct ptn_find *question, unsigned part, struct ptn_find_touch *touch,
                  const struct ptn_find_bringing *bringing)
{
    if (touch->last_part != part + 1) {
        touch->gained += touch->part_share;
        touch->part_share = 0;
        touch->part_weight = 0;
        touch->part_full = 0;
        touch->a_cover = (uint16_t)(touch->a_cover + question->part_cover[part]);
        touch->last_part = (uint8_t)(part + 1);
    }
    if (bringing->share > touch->part_share)
        touch->part_share = bringing->share;
    if (bringing->weight > touch->part_weight) {
        touch->b_cover = (uint16_t)(touch->b_cover + bringing->weight - touch->part_weight);
        touch->part_weight = bringing->weight;
    }
    if (bringing->full > touch->part_full) {
        touch->touches = (uint8_t)(touch->touches + bringing->full - touch->part_full);
        touch->part_full = bringing->full;
    }
}

void ptn_walk_touch(struct ptn_find *question, const struct ptn_find_asked *asked, uint32_t name,
                    const struct ptn_find_bringing *bringing)
{
    struct ptn_index_scratch *scratch = question->scratch;
    struct ptn_find_touch *touch = &scratch->touches[name];
    unsigned before;

    if (!ptn_find_is_marked(scratch->marks, name))
        mark(scratch, name);
    before = touch->touches;
    bring(question, asked->part, touch, bringing);
    if (before < 2 && touch->touches >= 2 && !ptn_find_is_marked(scratch->initialed, name))
        scratch->likely[scratch->likely_count++] = name;
}

/* How the names under one form are walked. */
struct list_walk {
    const struct ptn_find_asked *asked;
    const struct ptn_find_bringing *bringing;
    bool only_marked;
};

/* The names of a list, from at on, touched one by one. */
static void touch_names(struct ptn_find *question, const struct list_walk *list, const uint32_t *at,
                        const uint32_t *end)
{
    const struct ptn_index_scratch *scratch = question->scratch;

    for (; at < end; at++) {
        uint32_t name = *at;

        if (end - at > 8)
            __builtin_prefetch(&scratch->touches[at[8]]);
        if (!list->only_marked || ptn_find_is_marked(scratch->marks, name) ||
            ptn_find_is_marked(scratch->initialed, name))
            ptn_walk_touch(question, list->asked, name, list->bringing);
    }
}

/* The place among the likely of a name that is one. */
static uint32_t place_of(const struct ptn_index_scratch *scratch, uint32_t name)
{
    uint64_t before = scratch->marked_twice[name / 64] & ((1ull << name % 64) - 1);

    return scratch->ranks[name / 64] + (uint32_t)__builtin_popcountll(before);
}

void ptn_walk_fill_met(struct ptn_find *question, unsigned part, uint32_t end)
{
    const struct ptn_index_scratch *scratch = question->scratch;

    for (; question->met_all && question->met_at < end; question->met_at++) {
        const struct ptn_find_met *met = &scratch->met[question->met_at];

        bring(question, part, &scratch->touches[place_of(scratch, met->name)],
              &(struct ptn_find_bringing){ met->share, met->weight, met->full });
    }
}

struct ptn_find_words ptn_walk_words(const struct ptn_cohort_tier *tier, uint32_t span)
{
    struct ptn_find_words words = { tier->spans[span].first / 64,
                                    (tier->spans[span].end + 63) / 64 };

    if (span > 0 && words.first < (tier->spans[span - 1].end + 63) / 64)
        words.first = (tier->spans[span - 1].end + 63) / 64;
    return words;
}

/* Nothing has come up yet but what one touch makes likely. */
void ptn_walk_count_anew(const struct ptn_find *question)
{
    const struct ptn_index_scratch *scratch = question->scratch;
    const uint64_t *quick = question->one_quick ? scratch->one_quick : scratch->quick;

    for (uint32_t i = 0; i < question->tier->span_count; i++) {
        struct ptn_find_words words = ptn_walk_words(question->tier, i);
        size_t len = (words.end - words.first) * sizeof(*scratch->once);

        memcpy(scratch->once + words.first, quick + words.first, len);
        for (uint32_t k = words.first; question->likely == PTN_LIKELY_ALONE && k < words.end; k++)
            scratch->once[k] |= question->view.alone[k];
        memset(scratch->marked_twice + words.first, 0, len);
    }
}

/* Number the likely names in their order, and let nothing be brought to them yet. */
void ptn_walk_rank(struct ptn_find *question)
{
    struct ptn_index_scratch *scratch = question->scratch;
    uint32_t count = 0;

    for (uint32_t span = 0; span < question->tier->span_count; span++) {
        struct ptn_find_words words = ptn_walk_words(question->tier, span);

        for (uint32_t i = words.first; i < words.end; i++) {
            scratch->ranks[i] = count;
            for (uint64_t left = scratch->marked_twice[i]; left != 0; left &= left - 1)
                scratch->likely[count++] = i * 64 + (uint32_t)__builtin_ctzll(left);
        }
    }
    scratch->likely_count = count;
    memset(scratch->touches, 0, count * sizeof(*scratch->touches));
}

/* Note the names of a list: all, or those with two initials. */
static void note_names(struct ptn_find *question, const struct list_walk *list, const uint32_t *at,
                       const uint32_t *end)
{
    struct ptn_index_scratch *scratch = question->scratch;

    for (; at < end; at++) {
        uint32_t name = *at;
        uint64_t bit = 1ull << name % 64;

        if ((scratch->marks[name / 64] & bit) != 0 ||
            (list->only_marked && (scratch->initialed[name / 64] & bit) == 0))
            continue;
        scratch->marks[name / 64] |= bit;
        scratch->touched[scratch->touched_count++] = name;
    }
}

static void walk_names(struct ptn_find *question, const struct list_walk *list, const uint32_t *at,
                       const uint32_t *end)
{
    if (question->walk == PTN_WALK_NOTES)
        note_names(question, list, at, end);
    else
        touch_names(question, list, at, end);
}

/* Of a list the names that are in the tier. */
static void walk_tier(struct ptn_find *question, struct list_walk *list, const uint32_t *at,
                      const uint32_t *end)
{
    const struct ptn_cohort_tier *tier = question->tier;

    for (uint32_t i = 0; i < tier->span_count && at < end; i++) {
        const uint32_t *last = end;

        if (end[-1] < tier->spans[i].first)
            return;
        if (*at < tier->spans[i].first)
            at = ptn_cohort_lower(at, end, tier->spans[i].first);
        if (end[-1] >= tier->spans[i].end)
            last = ptn_cohort_lower(at, end, tier->spans[i].end);
        walk_names(question, list, at, last);
        at = last;
    }
}

/*
 * Whether no name that reaches what is needed pairs the unit with a form of this weight: with this
 * value the rest may be as alike as can be, and it is too little.
 */
static bool is_loss(const struct ptn_find *question, const struct ptn_unit *unit,
                    const struct ptn_find_piece *piece)
{
    uint64_t whole = ((uint64_t)unit->part->weight + piece->weight) * PTN_SCORE_ONE;

    return question->filters && whole - piece->value > question->loss_allowed;
}

/* What a form of this value, weight and count of full parts brings. */
static struct ptn_find_bringing bringing_of(const struct ptn_find_asked *asked, uint32_t value,
                                            uint8_t weight, uint8_t full_count)
{
    return (struct ptn_find_bringing){
        .share = (value + asked->share - 1) >> (asked->share - 1),
        .weight = asked->counts_weight ? weight : 0,
        .full = asked->unit->count > 1 ? 1 : full_count,
    };
}

static struct ptn_find_bringing piece_brings(const struct ptn_find_asked *asked,
                                             const struct ptn_find_piece *piece)
{
    return bringing_of(asked, piece->value, piece->weight, piece->full_count);
}

/* Whether names that have not come up before are left alone. */
static bool is_only_marked(const struct ptn_find *question, const struct ptn_find_piece *piece)
{
    return (question->only_marked && !piece->is_join) || question->likely == PTN_LIKELY_ALONE;
}

/* A list that is walked for one part says nothing new for another: a name with only this form in
 * common shares one part, unless it has the form twice, and then it is likely already. */
static bool is_again(const struct ptn_find *question, const struct ptn_find_piece *piece)
{
    return piece->is_again && !question->filters;
}

/* Whether a piece is not walked at all. */
static bool is_left_out(const struct ptn_find *question, const struct ptn_find_asked *asked,
                        const struct ptn_find_piece *piece)
{
    return is_loss(question, asked->unit, piece) ||
           (question->which == PTN_PIECES_JOINS && !piece->is_join) ||
           (question->which == PTN_PIECES_PARTS && piece->is_join);
}

/* The names of a piece are likely, or not, and come up. */
static void count_names(const struct ptn_index_scratch *scratch, const struct ptn_find_piece *piece,
                        bool is_enough)
{
    const uint32_t *end = scratch->listed + piece->end;
    uint64_t *once = scratch->once;
    uint64_t enough = is_enough ? ~0ull : 0;

    for (const uint32_t *at = scratch->listed + piece->at; at < end; at++) {
        uint32_t word = *at / 64;
        uint64_t bit = 1ull << *at % 64;
        uint64_t before = once[word];

        if (((before | enough) & bit) != 0)
            scratch->marked_twice[word] |= bit;
        once[word] = before | bit;
    }
}

/* The same of a piece that marks no name; so few are likely that each is noted. */
static void meet_names(struct ptn_find *question, const struct ptn_find_asked *asked,
                       const struct ptn_find_piece *piece, bool is_enough)
{
    struct ptn_index_scratch *scratch = question->scratch;
    const uint32_t *end = scratch->listed + piece->end;
    const uint64_t *once = scratch->once;
    uint64_t enough = is_enough ? ~0ull : 0;

    for (const uint32_t *at = scratch->listed + piece->at; at < end; at++) {
        uint32_t word = *at / 64;
        uint64_t bit = 1ull << *at % 64;
        struct ptn_find_bringing brings;

        if (((once[word] | enough) & bit) == 0)
            continue;
        scratch->marked_twice[word] |= bit;
        question->met_all = question->met_all && scratch->met_count < scratch->costs.met;
        if (!question->met_all)
            continue;
        brings = piece_brings(asked, piece);
        scratch->met[scratch->met_count++] =
            (struct ptn_find_met){ *at, brings.share, brings.weight, brings.full };
    }
}

/*
 * Say by bits which names of a unit's pieces are touched once, and which are likely: touched
 * before, or with initials, or with a part twice, or by what stands for two parts. Being touched
 * before by the same part makes some likely that are not: they are found out when they are given
 * their touches.
 */
static void count_pieces(struct ptn_find *question, const struct ptn_find_asked *asked,
                         const struct ptn_find_piece *at, const struct ptn_find_piece *end)
{
    bool is_part = asked->unit->count == 1;

    for (; at < end; at++) {
        bool is_enough = (is_part && at->full_count > 1) || question->likely == PTN_LIKELY_ALL;

        if (is_left_out(question, asked, at) || is_again(question, at))
            continue;
        if (is_only_marked(question, at))
            meet_names(question, asked, at, is_enough);
        else
            count_names(question->scratch, at, is_enough);
    }
}

/* So many places in memory are asked for before they are looked at. */
#define PLACES 32u

/* Likely names, by their places, and the pieces that bring them something. */
struct places {
    struct ptn_find_touch *touches[PLACES];
    const struct ptn_find_piece *pieces[PLACES];
    unsigned count;
};

static void bring_all(const struct ptn_find *question, const struct ptn_find_asked *asked,
                      struct places *places)
{
    for (unsigned i = 0; i < places->count; i++) {
        struct ptn_find_bringing brings = piece_brings(asked, places->pieces[i]);

        bring(question, asked->part, places->touches[i], &brings);
    }
    places->count = 0;
}

/* Give the likely names of a unit's pieces what these bring. */
static void fill_pieces(const struct ptn_find *question, const struct ptn_find_asked *asked,
                        const struct ptn_find_piece *piece, const struct ptn_find_piece *end)
{
    const struct ptn_index_scratch *scratch = question->scratch;
    struct places places;

    places.count = 0;
    for (; piece < end; piece++) {
        const uint32_t *last = scratch->listed + piece->end;

        if (is_left_out(question, asked, piece) ||
            (is_only_marked(question, piece) && !is_again(question, piece) && question->met_all))
            continue; /* the likely ones were met */
        for (const uint32_t *at = scratch->listed + piece->at; at < last; at++) {
            struct ptn_find_touch *touch;

            if (!ptn_find_is_marked(scratch->marked_twice, *at))
                continue;
            touch = &scratch->touches[place_of(scratch, *at)];
            __builtin_prefetch(touch, 1);
            places.touches[places.count] = touch;
            places.pieces[places.count++] = piece;
            if (places.count == PLACES)
                bring_all(question, asked, &places);
        }
    }
    bring_all(question, asked, &places);
}

void ptn_walk_pieces(struct ptn_find *question, const struct ptn_find_asked *asked,
                     const struct ptn_find_piece *at, const struct ptn_find_piece *end)
{
    const uint32_t *listed = question->scratch->listed;

    if (question->walk == PTN_WALK_COUNTS) {
        count_pieces(question, asked, at, end);
        return;
    }
    if (question->walk == PTN_WALK_FILLS) {
        fill_pieces(question, asked, at, end);
        return;
    }
    for (; at < end; at++) {
        struct ptn_find_bringing brings = piece_brings(asked, at);
        const struct list_walk list = { asked, &brings, is_only_marked(question, at) };

        if (!is_left_out(question, asked, at) &&
            (question->walk != PTN_WALK_NOTES || !is_again(question, at)))
            walk_names(question, &list, listed + at->at, listed + at->end);
    }
}

/* Walk the names under a form that is like what is asked, where nothing is kept. */
void ptn_walk_form(struct ptn_find *question, const struct ptn_find_asked *asked, uint32_t number,
                   unsigned similarity)
{
    const struct ptn_index_view *view = &question->view;
    const struct ptn_name_part *form = &view->forms[number];
    uint32_t value =
        ((uint32_t)asked->unit->part->weight + form->weight) * ptn_score_gain(similarity);
    struct ptn_find_bringing bringing = bringing_of(asked, value, form->weight, form->full_count);
    struct list_walk list = { asked, &bringing,
                              question->only_marked && number < view->header->part_form_count };
    uint32_t *names = question->scratch->listed;
    uint32_t count = ptn_posted_count(view, number);

    if (count > view->counts[PTN_SECTION_NAMES] || !ptn_posted_read(view, number, names)) {
        question->corrupt = true;
        return;
    }
    ptn_score_rows_mark(&question->scratch->rows, number,
                        (unsigned)(asked->unit - question->side.units));
    walk_tier(question, &list, names, names + count);
}

/* Forget all touches. */
void ptn_walk_forget(struct ptn_find *question)
{
    struct ptn_index_scratch *scratch = question->scratch;

    for (uint32_t i = 0; i < scratch->touched_count; i++)
        scratch->marks[scratch->touched[i] / 64] = 0;
    scratch->touched_count = 0;
    scratch->likely_count = 0;
}
