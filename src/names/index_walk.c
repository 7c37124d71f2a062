/* names/index_walk.c -- the names under a form: touched, counted, filled or noted. */
#include "names/index_find_int.h"

/* A name that nothing has touched yet. */
static void mark(struct ptn_index_scratch *scratch, uint32_t name)
{
    scratch->marks[name / 8] |= (uint8_t)(1u << name % 8);
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
        uint32_t number = ptn_eight_number(*at);
        uint32_t bits = ptn_eight_bits(*at);

        if (end - at > 8)
            __builtin_prefetch(&scratch->touches[ptn_eight_first(at[8])]);
        if (list->only_marked)
            bits &= scratch->marks[number] | (uint32_t)scratch->initialed[number];
        for (; bits != 0; bits &= bits - 1)
            ptn_walk_touch(question, list->asked, ptn_eight_name(*at, bits), list->bringing);
    }
}

/* How many bits are set: inline, as no instruction for it can be counted on. */
static inline uint32_t count_bits(uint64_t bits)
{
    bits -= bits >> 1 & 0x5555555555555555u;
    bits = (bits & 0x3333333333333333u) + (bits >> 2 & 0x3333333333333333u);
    bits = (bits + (bits >> 4)) & 0x0f0f0f0f0f0f0f0fu;
    return (uint32_t)(bits * 0x0101010101010101u >> 56);
}

/* Bits of names, 64 at a time. */
static inline uint64_t bits_of(const uint8_t *marks, uint32_t word)
{
    uint64_t bits;

    memcpy(&bits, marks + (size_t)word * 8, sizeof(bits));
    return bits;
}

/* The place among the likely of a name that is one. */
static inline uint32_t place_of(const struct ptn_index_scratch *scratch, uint32_t name)
{
    uint64_t before = bits_of(scratch->twice, name / 64) & ((1ull << name % 64) - 1);

    return scratch->ranks[name / 64] + count_bits(before);
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

/* Bytes of bits from first to end. */
struct bytes {
    uint32_t first, end;
};

/* Those that hold the names of a span and of none before it. */
static struct bytes bytes_of(const struct ptn_cohort_tier *tier, uint32_t span)
{
    struct bytes bytes = { tier->spans[span].first / 8, (tier->spans[span].end + 7) / 8 };

    if (span > 0 && bytes.first < (tier->spans[span - 1].end + 7) / 8)
        bytes.first = (tier->spans[span - 1].end + 7) / 8;
    return bytes;
}

/* Of the likely no name is left. */
static void forget_likely(struct ptn_index_scratch *scratch)
{
    uint32_t count = ptn_find_words(scratch->name_count) / 64 + 1;

    for (uint32_t i = 0; i < count; i++) {
        for (uint64_t left = scratch->words[i]; left != 0; left &= left - 1)
            memset(scratch->twice + ((size_t)i * 64 + (size_t)__builtin_ctzll(left)) * 8, 0, 8);
        scratch->words[i] = 0;
    }
}

static void add_bits(uint8_t *restrict marks, const uint8_t *restrict more, size_t len)
{
    for (size_t i = 0; i < len; i++)
        marks[i] |= more[i];
}

/* Nothing has come up yet but what one touch makes likely. */
void ptn_walk_count_anew(const struct ptn_find *question)
{
    const struct ptn_index_scratch *scratch = question->scratch;
    const uint8_t *alone = (const uint8_t *)question->view.alone;
    bool repeated = question->alike;
    const uint8_t *quick = question->one_quick ? scratch->one_quick : scratch->quick;

    if (!repeated)
        quick = question->one_quick ? scratch->one_initialed : scratch->initialed;
    if (question->side.full_count == 2 && question->initial_count == 0)
        quick = repeated ? scratch->repeated : NULL;
    forget_likely(question->scratch);
    for (uint32_t i = 0; i < question->tier->span_count; i++) {
        struct bytes bytes = bytes_of(question->tier, i);
        size_t len = bytes.end - bytes.first;

        if (quick != NULL)
            memcpy(scratch->once + bytes.first, quick + bytes.first, len);
        else
            memset(scratch->once + bytes.first, 0, len);
        if (question->likely == PTN_LIKELY_ALONE)
            add_bits(scratch->once + bytes.first, alone + bytes.first, len);
    }
}

/* Names of an eight are likely. */
static inline void make_likely(const struct ptn_index_scratch *scratch, uint32_t number,
                               uint32_t bits)
{
    scratch->twice[number] |= (uint8_t)bits;
    scratch->words[number / 512] |= 1ull << number / 8 % 64;
}

/* Number the likely names in their order, and let nothing be brought to them yet. */
void ptn_walk_rank(struct ptn_find *question)
{
    struct ptn_index_scratch *scratch = question->scratch;
    uint32_t count = 0;

    for (uint32_t i = 0; i <= ptn_find_words(scratch->name_count) / 64; i++)
        for (uint64_t words = scratch->words[i]; words != 0; words &= words - 1) {
            uint32_t word = i * 64 + (uint32_t)__builtin_ctzll(words);

            scratch->ranks[word] = count;
            for (uint64_t left = bits_of(scratch->twice, word); left != 0; left &= left - 1)
                scratch->likely[count++] = word * 64 + (uint32_t)__builtin_ctzll(left);
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
        uint32_t number = ptn_eight_number(*at);
        uint32_t bits = ptn_eight_bits(*at) & ~(uint32_t)scratch->marks[number];

        if (list->only_marked)
            bits &= scratch->initialed[number];
        scratch->marks[number] |= (uint8_t)bits;
        for (; bits != 0; bits &= bits - 1)
            scratch->touched[scratch->touched_count++] = ptn_eight_name(*at, bits);
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

/* Of a list the names that are in the tier; behind it there is room for parted eights. */
static void walk_tier(struct ptn_find *question, struct list_walk *list, uint32_t *at,
                      uint32_t *end)
{
    const struct ptn_cohort_tier *tier = question->tier;

    for (uint32_t i = 0; i < tier->span_count && at < end; i++) {
        uint32_t *last;

        at = ptn_eights_cut(at, &end, tier->spans[i].first);
        last = ptn_eights_cut(at, &end, tier->spans[i].end);
        walk_names(question, list, at, last);
        at = last;
    }
}

/* What a form of this value, weight and count of full parts brings. Of a name's touches, which
 * these counts add up to, likely names have room for one each: no count may turn them over. */
static struct ptn_find_bringing bringing_of(const struct ptn_find_asked *asked, uint32_t value,
                                            uint8_t weight, uint8_t full_count)
{
    return (struct ptn_find_bringing){
        .share = (value + asked->share - 1) >> (asked->share - 1),
        .weight = asked->counts_weight ? weight : 0,
        .full = asked->unit->count > 1 ? 1 : ptn_find_full(full_count),
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
    return (question->only_marked && !piece->is_join) || question->likely == PTN_LIKELY_ALONE ||
           (piece->is & PTN_IS_LOW) != 0;
}

static bool is_again(const struct ptn_find_piece *piece)
{
    return (piece->is & PTN_IS_AGAIN) != 0;
}

/* Whether a piece is not walked at all, or not now. */
static bool is_left_out(const struct ptn_find *question, const struct ptn_find_piece *piece)
{
    if ((piece->is & PTN_IS_OUT) != 0)
        return true;
    switch (question->which) {
    case PTN_PIECES_JOINS:
        return !piece->is_join;
    case PTN_PIECES_PARTS:
        return piece->is_join;
    case PTN_PIECES_HIGH:
        return (piece->is & PTN_IS_LOW) != 0;
    case PTN_PIECES_LOW:
        return (piece->is & PTN_IS_LOW) == 0;
    case PTN_PIECES_ALL:
    default:
        return false;
    }
}

/* The names of a piece are likely, or not, and come up. */
static void count_names(const struct ptn_index_scratch *scratch, const struct ptn_find_piece *piece,
                        bool is_enough)
{
    const uint32_t *end = scratch->listed + piece->end;
    uint8_t *once = scratch->once;
    uint32_t enough = is_enough ? ~0u : 0;

    for (const uint32_t *at = scratch->listed + piece->at; at < end; at++) {
        uint32_t number = ptn_eight_number(*at);
        uint32_t before = once[number];
        uint32_t likely = (before | enough) & ptn_eight_bits(*at);

        if (likely != 0)
            make_likely(scratch, number, likely);
        once[number] = (uint8_t)(before | *at);
    }
}

/* Note a likely name and what a piece brings it. */
static void meet(struct ptn_find *question, uint32_t name, const struct ptn_find_bringing *brings)
{
    struct ptn_index_scratch *scratch = question->scratch;

    question->met_all = question->met_all && scratch->met_count < scratch->costs.met;
    if (question->met_all)
        scratch->met[scratch->met_count++] =
            (struct ptn_find_met){ name, brings->share, brings->weight, brings->full };
}

/* The same of a piece that marks no name; so few are likely that each is noted. */
static void meet_names(struct ptn_find *question, const struct ptn_find_asked *asked,
                       const struct ptn_find_piece *piece, bool is_enough)
{
    const struct ptn_index_scratch *scratch = question->scratch;
    const struct ptn_find_bringing brings = piece_brings(asked, piece);
    const uint32_t *end = scratch->listed + piece->end;
    const uint8_t *once = scratch->once;
    uint32_t enough = is_enough ? ~0u : 0;

    for (const uint32_t *at = scratch->listed + piece->at; at < end; at++) {
        uint32_t number = ptn_eight_number(*at);
        uint32_t likely = (once[number] | enough) & ptn_eight_bits(*at);

        if (likely == 0)
            continue;
        make_likely(scratch, number, likely);
        for (; likely != 0; likely &= likely - 1)
            meet(question, ptn_eight_name(*at, likely), &brings);
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

        if (is_left_out(question, at) || is_again(at))
            continue;
        if (is_only_marked(question, at))
            meet_names(question, asked, at, is_enough);
        else
            count_names(question->scratch, at, is_enough);
    }
}

/* So many places in memory are asked for before they are looked at. */
#define PLACES 32u

/* Likely names, by their places, and what they are brought. */
struct places {
    struct ptn_find_touch *touches[PLACES];
    struct ptn_find_bringing brings[PLACES];
    unsigned count;
};

static void bring_all(const struct ptn_find *question, unsigned part, struct places *places)
{
    for (unsigned i = 0; i < places->count; i++)
        bring(question, part, places->touches[i], &places->brings[i]);
    places->count = 0;
}

/* Give the likely names of a piece what it brings. */
static void fill_piece(const struct ptn_find *question, const struct ptn_find_asked *asked,
                       const struct ptn_find_piece *piece, struct places *places)
{
    const struct ptn_index_scratch *scratch = question->scratch;
    const uint32_t *end = scratch->listed + piece->end;
    const struct ptn_find_bringing brings = piece_brings(asked, piece);

    for (const uint32_t *at = scratch->listed + piece->at; at < end; at++) {
        uint32_t left = scratch->twice[ptn_eight_number(*at)] & ptn_eight_bits(*at);

        for (; left != 0; left &= left - 1) {
            struct ptn_find_touch *touch =
                &scratch->touches[place_of(scratch, ptn_eight_name(*at, left))];

            __builtin_prefetch(touch, 1);
            places->touches[places->count] = touch;
            places->brings[places->count++] = brings;
            if (places->count == PLACES)
                bring_all(question, asked->part, places);
        }
    }
}

/* The same of a unit's pieces. */
static void fill_pieces(const struct ptn_find *question, const struct ptn_find_asked *asked,
                        const struct ptn_find_piece *piece, const struct ptn_find_piece *end)
{
    struct places places;

    places.count = 0;
    for (; piece < end; piece++)
        if (!is_left_out(question, piece) &&
            (!is_only_marked(question, piece) || is_again(piece) || !question->met_all))
            fill_piece(question, asked, piece, &places); /* else the likely ones were met */
    bring_all(question, asked->part, &places);
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

        if (!is_left_out(question, at) && (question->walk != PTN_WALK_NOTES || !is_again(at)))
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
                              question->only_marked && number < view->part_form_count };
    uint32_t *eights = question->scratch->listed;
    uint32_t count = ptn_posted_count(view, number);

    if (count > view->counts[PTN_SECTION_NAMES] || !ptn_posted_read(view, number, count, eights)) {
        question->corrupt = true;
        return;
    }
    ptn_score_rows_mark(&question->scratch->rows, number,
                        (unsigned)(asked->unit - question->side.units));
    walk_tier(question, &list, eights, eights + count);
}

/* Forget all touches. */
void ptn_walk_forget(struct ptn_find *question)
{
    struct ptn_index_scratch *scratch = question->scratch;

    for (uint32_t i = 0; i < scratch->touched_count; i++)
        scratch->marks[scratch->touched[i] / 8] = 0;
    scratch->touched_count = 0;
    scratch->likely_count = 0;
}
