#include <stdlib.h>

#include "names/index.h"
#include "names/index_cohort_int.h"
#include "names/index_near_int.h"
#include "names/score_int.h"

/*
 * How find works (the proof that it misses nothing is in docs/NAMES.md): the forms like each full
 * part and join of the question are gathered; the names under them are touched and given the most
 * that part could bring them, the part with the most names last, and only names that another part
 * has touched; a name touched in too few parts, or whose bound is below the threshold, is passed
 * over; the others are scored, the highest bounds first.
 *
 * Where two parts must be shared, the lists are walked twice: the first time only bits are set, so
 * that most names, which one part touches and no other, cost next to nothing; the second time the
 * names that are likely are given what each part brings them, side by side in memory.
 *
 * Where the question says what is left of the scores of each cohort, the names of the cohorts that
 * are left most are walked first, then the others, as long as they can still change the answers.
 */

/* What one question has gathered of one name. */
struct touch {
    uint32_t gained;     /* sum over the parts before this one of the best share */
    uint32_t part_share; /* the best share of the part at hand */
    uint16_t a_cover;
    uint16_t b_cover;
    uint8_t part_weight;
    uint8_t part_full;
    uint8_t touches;
    uint8_t last_part; /* 1 + the part at hand */
};

/* A form like a part or join of the question. */
struct hit {
    uint32_t form;
    uint32_t similarity;
};

/* The likeness of a form to the part that is not looked up, worked out once. */
struct memo {
    uint32_t stamp;
    uint32_t similarity;
};

/* What is found like a question's units is kept up to so many forms, or twice those of the index.
 */
#define HITS_MAX 65536u
#define NOT_KEPT UINT32_MAX

/* Names under a form like a unit of the question, those that lie in one span of a tier. */
struct piece {
    uint32_t at, end; /* in the section of posted names */
    uint32_t value;   /* of a pair of the two */
    uint16_t span;
    uint8_t weight;
    uint8_t full_count;
    bool is_join;
    bool is_again; /* a part before this one has the same names */
};

/* All of a tier: those of each unit lie together. */
struct pieces {
    struct piece *at;
    uint32_t count, max;
    uint32_t firsts[PTN_UNITS_MAX];
    uint32_t ends[PTN_UNITS_MAX];
    uint64_t names[PTN_NAME_PARTS_MAX]; /* how many there are under each part */
};

/* As many pieces a hit there is room for in each tier. */
#define PIECES_A_HIT 2u
/* How many places on memory is asked for what lies under a form. */
#define FORMS_AHEAD 6u
/* The same of names that are only weighed. */
#define NAMES_AHEAD 24u

#define BUCKETS 128u

struct ptn_index_scratch {
    uint32_t name_count;
    struct touch *touches;  /* by name, or by place among the likely where names are counted; set
                               only where the name is marked */
    uint64_t *marks;        /* a bit a name: touched; all zero between questions */
    uint64_t *initialed;    /* a bit a name: it has two initials or more */
    uint64_t *once;         /* where names are counted: it came up, or one touch makes it likely */
    uint64_t *marked_twice; /* the same of the likely where names are counted */
    uint32_t *ranks;        /* of each word of these, how many likely names come before it */
    uint64_t *quick;        /* a bit a name: two initials or more, or one full part twice */
    uint64_t *one_quick;    /* the same, or one initial */
    uint32_t *touched;      /* names */
    uint32_t touched_count;
    uint32_t *likely; /* of those, the ones touched in two parts, or with initials */
    uint32_t likely_count;
    uint32_t *candidates; /* names by bound, best first */
    uint16_t *bounds;     /* of candidates before sorting */
    struct ptn_near_seen seen;
    uint32_t skeleton_count;
    struct hit *hits; /* room for hits_max */
    uint32_t hits_max;
    struct memo *memos; /* by form */
    uint32_t memo_stamp;
    struct ptn_score_rows rows;
    struct ptn_cohort_tier tiers[PTN_COHORT_TIERS];
    struct ptn_cohort_cuts cuts;
    struct ptn_index_costs costs;
    struct pieces pieces[PTN_COHORT_TIERS];
    uint32_t form_count;
};

static size_t mark_words(const struct ptn_index *index)
{
    return ((size_t)index->counts[PTN_SECTION_NAMES] + 63) / 64 + 1;
}

/* The names that one touch makes likely; false: no memory. */
static bool note_quick(struct ptn_index_scratch *scratch, const struct ptn_index *index)
{
    struct ptn_index_view view = ptn_index_view_of(index);
    size_t words = mark_words(index);

    scratch->initialed = calloc(words, sizeof(*scratch->initialed));
    scratch->quick = calloc(words, sizeof(*scratch->quick));
    scratch->one_quick = calloc(words, sizeof(*scratch->one_quick));
    if (scratch->initialed == NULL || scratch->quick == NULL || scratch->one_quick == NULL)
        return false;
    for (uint32_t i = 0; i < view.counts[PTN_SECTION_INITIALS]; i++) {
        uint32_t name = view.initials[i];
        uint64_t bit = 1ull << name % 64;

        if (name >= scratch->name_count)
            continue;
        scratch->one_quick[name / 64] |= bit;
        scratch->initialed[name / 64] |= i < view.header->initials_count ? bit : 0;
    }
    for (uint32_t i = 0; i < view.counts[PTN_SECTION_REPEATED]; i++)
        if (view.repeated[i] < scratch->name_count)
            scratch->quick[view.repeated[i] / 64] |= 1ull << view.repeated[i] % 64;
    for (size_t i = 0; i < words; i++) {
        scratch->one_quick[i] |= scratch->quick[i];
        scratch->quick[i] |= scratch->initialed[i];
    }
    return true;
}

static bool init_rows(struct ptn_index_scratch *scratch, const struct ptn_index *index)
{
    struct ptn_index_view view = ptn_index_view_of(index);

    return ptn_score_rows_init(&scratch->rows, &view);
}

void ptn_index_scratch_set(struct ptn_index_scratch *scratch, const struct ptn_index_costs *costs)
{
    scratch->costs = *costs;
}

/* Room for what is found like a question's units; false: no memory. */
static bool init_hits(struct ptn_index_scratch *scratch)
{
    bool good;

    scratch->hits_max = 2 * scratch->form_count + 16;
    scratch->hits_max = scratch->hits_max < HITS_MAX ? scratch->hits_max : HITS_MAX;
    scratch->hits = calloc(scratch->hits_max, sizeof(*scratch->hits));
    good = scratch->hits != NULL;
    for (unsigned i = 0; i < PTN_COHORT_TIERS; i++) {
        scratch->pieces[i].max = PIECES_A_HIT * scratch->hits_max;
        scratch->pieces[i].at = calloc(scratch->pieces[i].max, sizeof(*scratch->pieces[i].at));
        good = good && scratch->pieces[i].at != NULL;
    }
    return good;
}

struct ptn_index_scratch *ptn_index_scratch_new(const struct ptn_index *index)
{
    struct ptn_index_scratch *scratch = calloc(1, sizeof(*scratch));
    size_t names = (size_t)index->counts[PTN_SECTION_NAMES] + 1;
    size_t skeletons = (size_t)index->counts[PTN_SECTION_SKELETONS] + 1;

    if (scratch == NULL)
        return NULL;
    scratch->name_count = index->counts[PTN_SECTION_NAMES];
    scratch->skeleton_count = index->counts[PTN_SECTION_SKELETONS];
    scratch->touches = calloc(names, sizeof(*scratch->touches));
    scratch->marks = calloc(mark_words(index), sizeof(*scratch->marks));
    scratch->marked_twice = calloc(mark_words(index), sizeof(*scratch->marked_twice));
    scratch->once = calloc(mark_words(index), sizeof(*scratch->once));
    scratch->ranks = calloc(mark_words(index), sizeof(*scratch->ranks));
    scratch->touched = calloc(names, sizeof(*scratch->touched));
    scratch->likely = calloc(names, sizeof(*scratch->likely));
    scratch->candidates = calloc(names, sizeof(*scratch->candidates));
    scratch->bounds = calloc(names, sizeof(*scratch->bounds));
    scratch->seen.at = calloc(skeletons, sizeof(*scratch->seen.at));
    scratch->form_count = index->counts[PTN_SECTION_FORMS];
    scratch->costs = (struct ptn_index_costs){ .look = 300, .counted = 128, .form = 8 };
    scratch->memos = calloc((size_t)scratch->form_count + 1, sizeof(*scratch->memos));
    if (!init_hits(scratch) || !note_quick(scratch, index) || scratch->memos == NULL ||
        !init_rows(scratch, index) || scratch->touches == NULL || scratch->marks == NULL ||
        scratch->marked_twice == NULL || scratch->once == NULL || scratch->ranks == NULL ||
        scratch->touched == NULL || scratch->likely == NULL || scratch->candidates == NULL ||
        scratch->bounds == NULL || scratch->seen.at == NULL) {
        ptn_index_scratch_free(scratch);
        return NULL;
    }
    return scratch;
}

void ptn_index_scratch_free(struct ptn_index_scratch *scratch)
{
    if (scratch == NULL)
        return;
    free(scratch->touches);
    free(scratch->marks);
    free(scratch->once);
    free(scratch->marked_twice);
    free(scratch->ranks);
    free(scratch->initialed);
    free(scratch->quick);
    free(scratch->one_quick);
    free(scratch->touched);
    free(scratch->likely);
    free(scratch->candidates);
    free(scratch->bounds);
    free(scratch->seen.at);
    free(scratch->memos);
    free(scratch->hits);
    for (unsigned i = 0; i < PTN_COHORT_TIERS; i++)
        free(scratch->pieces[i].at);
    ptn_score_rows_release(&scratch->rows);
    free(scratch);
}

/* ---- one question ---- */

/* What walking a list does with its names. */
enum walk {
    WALK_TOUCHES, /* each is touched */
    WALK_COUNTS,  /* bits say which were touched once and which are likely */
    WALK_FILLS,   /* the likely are touched */
    WALK_NOTES,   /* each is noted */
};

struct question {
    struct ptn_index_view view;
    struct ptn_index_scratch *scratch;
    struct ptn_side side;
    struct ptn_name_part joined[PTN_JOINS_MAX];
    uint16_t part_cover[PTN_NAME_PARTS_MAX]; /* the most a part, alone or joined with light ones,
                                                covers */
    uint32_t known[PTN_UNITS_MAX]; /* the form of each part and join, PTN_UNIT_FORM_MAX if there is
                                      none */
    unsigned light_weight;         /* of particles, titles and legal forms */
    unsigned initial_count;
    bool two_needed;                 /* a name must be touched in two parts, or have initials */
    uint32_t hits_at[PTN_UNITS_MAX]; /* what is like each unit, NOT_KEPT where it is not gathered */
    uint32_t hits_end[PTN_UNITS_MAX];
    uint32_t hit_count;
    uint8_t parts[PTN_NAME_PARTS_MAX]; /* the full parts looked up, those with fewer names first */
    unsigned asked_count;
    unsigned skipped; /* the part that is not looked up, or PTN_NAME_PARTS_MAX */
    unsigned tier_count;
    bool kept; /* all that is like a unit of the question is gathered, and cut into pieces */
    unsigned heaviest[PTN_NAME_PARTS_MAX];   /* the most that a part like it weighs */
    unsigned most_cover[PTN_NAME_PARTS_MAX]; /* the most that it covers of a name, joined or not */
    unsigned light_count;
    bool filters;                       /* whether there are such pairs: */
    uint64_t loss_allowed;              /* a pair that loses more is in no answer of the tier */
    const struct ptn_cohort_tier *tier; /* the names that are looked at */
    const struct pieces *pieces;        /* where they are kept */
    bool one_quick;                     /* one initial makes a name likely, not only two */
    bool only_marked;                   /* names that nothing has touched are left alone */
    enum walk walk;
    bool corrupt;
};

/* One part (or join) of the question as it is looked up. */
struct asked {
    const struct ptn_unit *unit;
    unsigned part;      /* the full part of the question the shares go to */
    unsigned share;     /* 1 of the whole, or 2: half of it */
    bool counts_weight; /* the other's weight is counted with this part */
};

/* What a form brings to each name under it. */
struct bringing {
    uint32_t share;
    uint8_t weight;
    uint8_t full;
};

static bool is_marked(const uint64_t *marks, uint32_t name)
{
    return (marks[name / 64] >> name % 64 & 1u) != 0;
}

/* A name that nothing has touched yet. */
static void mark(struct ptn_index_scratch *scratch, uint32_t name)
{
    scratch->marks[name / 64] |= 1ull << name % 64;
    scratch->touched[scratch->touched_count++] = name;
    memset(&scratch->touches[name], 0, sizeof(scratch->touches[name]));
    if (is_marked(scratch->initialed, name))
        scratch->likely[scratch->likely_count++] = name;
}

/* Give a name what a form brings it. */
static void bring(const struct question *question, const struct asked *asked, struct touch *touch,
                  const struct bringing *bringing)
{
    if (touch->last_part != asked->part + 1) {
        touch->gained += touch->part_share;
        touch->part_share = 0;
        touch->part_weight = 0;
        touch->part_full = 0;
        touch->a_cover = (uint16_t)(touch->a_cover + question->part_cover[asked->part]);
        touch->last_part = (uint8_t)(asked->part + 1);
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

static void touch(struct question *question, const struct asked *asked, uint32_t name,
                  const struct bringing *bringing)
{
    struct ptn_index_scratch *scratch = question->scratch;
    struct touch *touch = &scratch->touches[name];
    unsigned before;

    if (!is_marked(scratch->marks, name))
        mark(scratch, name);
    before = touch->touches;
    bring(question, asked, touch, bringing);
    if (before < 2 && touch->touches >= 2 && !is_marked(scratch->initialed, name))
        scratch->likely[scratch->likely_count++] = name;
}

/* How the names under one form are walked. */
struct list_walk {
    const struct asked *asked;
    const struct bringing *bringing;
    bool only_marked;
    const struct ptn_cohort_range *span; /* no other names may come up */
};

/* Whether a name of a list is where it must be. */
static bool is_in(const struct ptn_cohort_range *span, uint32_t name)
{
    return name >= span->first && name < span->end;
}

/* The names of a list, from at on, touched one by one. */
static void touch_names(struct question *question, const struct list_walk *list, const uint32_t *at,
                        const uint32_t *end)
{
    const struct ptn_index_scratch *scratch = question->scratch;
    uint32_t name_count = question->view.counts[PTN_SECTION_NAMES];

    for (; !question->corrupt && at < end; at++) {
        uint32_t name = *at;

        if (end - at > 8 && at[8] < name_count)
            __builtin_prefetch(&scratch->touches[at[8]]);
        if (!is_in(list->span, name))
            question->corrupt = true;
        else if (!list->only_marked || is_marked(scratch->marks, name) ||
                 is_marked(scratch->initialed, name))
            touch(question, list->asked, name, list->bringing);
    }
}

/*
 * Say by bits which names of a list are touched once, and which are likely: touched before, or with
 * initials, or with a part twice, or by what stands for two parts. Being touched before by the same
 * part makes some likely that are not: they are found out when they are given their touches.
 */
static void count_names(struct question *question, const struct list_walk *list, const uint32_t *at,
                        const uint32_t *end)
{
    const struct ptn_index_scratch *scratch = question->scratch;
    uint32_t first = list->span->first;
    uint32_t count = list->span->end - first;
    uint64_t always = list->bringing->full > 1 ? ~0ull : 0;
    uint64_t marks = list->only_marked ? 0 : ~0ull;

    for (; at < end; at++) {
        uint32_t name = *at;
        uint32_t word = name / 64;
        uint64_t bit = 1ull << name % 64;
        uint64_t once;

        if (name - first >= count) {
            question->corrupt = true;
            return;
        }
        once = scratch->once[word];
        scratch->marked_twice[word] |= bit & (once | always);
        scratch->once[word] = once | (bit & marks);
    }
}

/* So many places in memory are asked for before they are looked at. */
#define PLACES 32u

/* Give the likely names of a list what its form brings. */
static void fill_names(const struct question *question, const struct list_walk *list,
                       const uint32_t *at, const uint32_t *end)
{
    const struct ptn_index_scratch *scratch = question->scratch;
    uint32_t first = list->span->first;
    uint32_t count = list->span->end - first;
    struct touch *places[PLACES];

    while (at < end) {
        unsigned place_count = 0;

        for (; at < end && place_count < PLACES; at++) {
            uint32_t name = *at;
            uint64_t bit = 1ull << name % 64;
            uint64_t likely = name - first < count ? scratch->marked_twice[name / 64] : 0;

            if ((likely & bit) == 0)
                continue;
            places[place_count] =
                &scratch->touches[scratch->ranks[name / 64] +
                                  (unsigned)__builtin_popcountll(likely & (bit - 1))];
            __builtin_prefetch(places[place_count++], 1);
        }
        for (unsigned i = 0; i < place_count; i++)
            bring(question, list->asked, places[i], list->bringing);
    }
}

/* The words of bits that hold the names of a span and of none before it: from first to end. */
struct words {
    uint32_t first, end;
};

static struct words words_of(const struct ptn_cohort_tier *tier, uint32_t span)
{
    struct words words = { tier->spans[span].first / 64, (tier->spans[span].end + 63) / 64 };

    if (span > 0 && words.first < (tier->spans[span - 1].end + 63) / 64)
        words.first = (tier->spans[span - 1].end + 63) / 64;
    return words;
}

/* Nothing has come up yet but what one touch makes likely. */
static void forget_counts(const struct question *question)
{
    const struct ptn_index_scratch *scratch = question->scratch;
    const uint64_t *quick = question->one_quick ? scratch->one_quick : scratch->quick;

    for (uint32_t i = 0; i < question->tier->span_count; i++) {
        struct words words = words_of(question->tier, i);
        size_t len = (words.end - words.first) * sizeof(*scratch->once);

        memcpy(scratch->once + words.first, quick + words.first, len);
        memset(scratch->marked_twice + words.first, 0, len);
    }
}

/* Number the likely names in their order, and let nothing be brought to them yet. */
static void rank_likely(struct question *question)
{
    struct ptn_index_scratch *scratch = question->scratch;
    uint32_t count = 0;

    for (uint32_t span = 0; span < question->tier->span_count; span++) {
        struct words words = words_of(question->tier, span);

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
static void note_names(struct question *question, const struct list_walk *list, const uint32_t *at,
                       const uint32_t *end)
{
    struct ptn_index_scratch *scratch = question->scratch;
    const struct ptn_cohort_range span = *list->span;

    for (; at < end; at++) {
        uint32_t name = *at;
        uint64_t bit = 1ull << name % 64;

        if (!is_in(&span, name)) {
            question->corrupt = true;
            return;
        }
        if ((scratch->marks[name / 64] & bit) != 0 ||
            (list->only_marked && (scratch->initialed[name / 64] & bit) == 0))
            continue;
        scratch->marks[name / 64] |= bit;
        scratch->touched[scratch->touched_count++] = name;
    }
}

static void walk_names(struct question *question, const struct list_walk *list, const uint32_t *at,
                       const uint32_t *end)
{
    if (question->walk == WALK_FILLS)
        fill_names(question, list, at, end);
    else if (question->walk == WALK_COUNTS)
        count_names(question, list, at, end);
    else if (question->walk == WALK_NOTES)
        note_names(question, list, at, end);
    else
        touch_names(question, list, at, end);
}

/* Of a list the names that are in the tier. */
static void walk_tier(struct question *question, struct list_walk *list, const uint32_t *at,
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
        list->span = &tier->spans[i];
        walk_names(question, list, at, last);
        at = last;
    }
}

/*
 * Whether no name that reaches what is needed pairs the unit with a form of this weight: with this
 * value the rest may be as alike as can be, and it is too little.
 */
static bool is_loss(const struct question *question, const struct ptn_unit *unit,
                    const struct piece *piece)
{
    uint64_t whole = ((uint64_t)unit->part->weight + piece->weight) * PTN_SCORE_ONE;

    return question->filters && whole - piece->value > question->loss_allowed;
}

/* What a form of this value, weight and count of full parts brings. */
static struct bringing bringing_of(const struct asked *asked, uint32_t value, uint8_t weight,
                                   uint8_t full_count)
{
    return (struct bringing){
        .share = (value + asked->share - 1) / asked->share,
        .weight = asked->counts_weight ? weight : 0,
        .full = asked->unit->count > 1 ? 1 : full_count,
    };
}

/* Walk a piece of a list. */
static void walk_piece(struct question *question, const struct asked *asked,
                       const struct piece *piece)
{
    const uint32_t *posted = question->view.posted;
    struct bringing bringing = bringing_of(asked, piece->value, piece->weight, piece->full_count);
    const struct list_walk list = {
        .asked = asked,
        .bringing = &bringing,
        .only_marked = question->only_marked && !piece->is_join,
        .span = &question->tier->spans[piece->span],
    };

    if (is_loss(question, asked->unit, piece))
        return;
    /* a list that is walked for one part says nothing new for another: a name with only this form
     * in common shares one part, unless it has the form twice, and then it is likely already */
    if (piece->is_again && !question->filters &&
        (question->walk == WALK_COUNTS || question->walk == WALK_NOTES))
        return;
    walk_names(question, &list, posted + piece->at, posted + piece->end);
}

/* Walk the names under a form that is like what is asked, where nothing is kept. */
static void touch_form(struct question *question, const struct asked *asked, uint32_t number,
                       unsigned similarity)
{
    const struct ptn_index_view *view = &question->view;
    const struct ptn_name_part *form = &view->forms[number];
    uint32_t value =
        ((uint32_t)asked->unit->part->weight + form->weight) * ptn_score_gain(similarity);
    struct bringing bringing = bringing_of(asked, value, form->weight, form->full_count);
    struct list_walk list = { asked, &bringing,
                              question->only_marked && number < view->header->part_form_count,
                              NULL };
    uint32_t first = view->postings[number];
    uint32_t last = view->postings[number + 1];

    if (first > last || last > view->counts[PTN_SECTION_POSTED]) {
        question->corrupt = true;
        return;
    }
    ptn_score_rows_mark(&question->scratch->rows, number,
                        (unsigned)(asked->unit - question->side.units));
    walk_tier(question, &list, view->posted + first, view->posted + last);
}

/* ---- the forms like a part or join ---- */

/* What a look-up of near forms carries along. */
struct look_up {
    struct question *question;
    const struct ptn_unit *unit;
    bool joined;
    const struct asked *asked; /* NULL: keep what is found; else touch the names under it */
};

static void take_hit(struct look_up *look_up, uint32_t form, unsigned similarity)
{
    struct question *question = look_up->question;

    if (look_up->asked != NULL)
        touch_form(question, look_up->asked, form, similarity);
    else if (question->hit_count < question->scratch->hits_max)
        question->scratch->hits[question->hit_count++] = (struct hit){ form, similarity };
}

static void on_near(void *context, uint32_t form)
{
    struct look_up *look_up = context;
    unsigned similarity = ptn_part_likeness(look_up->unit->part,
                                            &look_up->question->view.forms[form], look_up->joined)
                              .similarity;

    if (similarity > 0)
        take_hit(look_up, form, similarity);
}

static void try_near(struct look_up *look_up, bool among_joins)
{
    struct question *question = look_up->question;
    bool is_join = look_up->unit->count > 1;

    look_up->joined = is_join || among_joins;
    if (!ptn_near_forms(&question->view, look_up->unit->part, is_join, among_joins,
                        &question->scratch->seen, on_near, look_up))
        question->corrupt = true;
}

static void try_variants(struct look_up *look_up)
{
    struct question *question = look_up->question;
    const struct ptn_index_view *view = &question->view;
    uint32_t group = look_up->unit->part->variant;

    if (group == 0 || group + 1u >= view->counts[PTN_SECTION_VARIANTS])
        return;
    look_up->joined = false;
    for (uint32_t i = view->variants[group]; i < view->variants[group + 1]; i++) {
        if (i >= view->counts[PTN_SECTION_VARIED] ||
            view->varied[i] >= view->counts[PTN_SECTION_FORMS]) {
            question->corrupt = true;
            return;
        }
        on_near(look_up, view->varied[i]);
    }
}

/* The cut last part of a machine readable zone: every form is looked at, which is rare enough. */
static void try_starts(struct look_up *look_up)
{
    const struct ptn_index_view *view = &look_up->question->view;

    for (uint32_t i = 0; i < view->header->part_form_count; i++)
        if (view->forms[i].full_count > 0 &&
            ptn_part_is_start(look_up->unit->part, &view->forms[i]))
            take_hit(look_up, i, PTN_CUT_SHORT);
}

/* Everything that is like a unit no form is known of. */
static void look_up_unit(struct look_up *look_up)
{
    try_near(look_up, false);
    if (look_up->unit->count > 1)
        return;
    try_near(look_up, true);
    try_variants(look_up);
}

static bool is_cut(const struct question *question, unsigned unit)
{
    return question->side.truncated && unit + 1u == question->side.part_count;
}

/* What is near a known unit was worked out when the index was built. */
static void read_near(struct look_up *look_up, uint32_t form)
{
    const struct ptn_index_view *view = &look_up->question->view;
    uint32_t start = view->near[form];
    uint32_t end = view->near[form + 1];
    struct ptn_near_list list;

    if (start > end || end > view->counts[PTN_SECTION_NEARBY]) {
        look_up->question->corrupt = true;
        return;
    }
    list = (struct ptn_near_list){ view->nearby + start, view->nearby + end, 0, 0 };
    while (list.at < list.end && !look_up->question->corrupt)
        if (ptn_near_next(&list) && list.form < view->counts[PTN_SECTION_FORMS])
            take_hit(look_up, list.form, list.similarity);
        else
            look_up->question->corrupt = true;
}

/* Everything that is like a unit of the question. */
static void find_unit(struct look_up *look_up, unsigned unit)
{
    uint32_t form = look_up->question->known[unit];

    if (form == PTN_UNIT_FORM_MAX)
        look_up_unit(look_up);
    else
        read_near(look_up, form);
    if (is_cut(look_up->question, unit))
        try_starts(look_up);
}

/* Keep what is like a unit. */
static void gather(struct question *question, unsigned unit)
{
    struct look_up look_up = { .question = question, .unit = &question->side.units[unit] };
    uint32_t start = question->hit_count;

    find_unit(&look_up, unit);
    if (question->hit_count == question->scratch->hits_max)
        return; /* there may be more */
    question->hits_at[unit] = start;
    question->hits_end[unit] = question->hit_count;
}

/* How many names lie under the forms like a part that is gathered; UINT32_MAX where not all could
 * be kept. */
static uint32_t names_under(const struct question *question, unsigned unit)
{
    const struct ptn_index_view *view = &question->view;
    const struct hit *hits = question->scratch->hits;
    uint64_t count = 0;

    if (question->hits_at[unit] == NOT_KEPT)
        return UINT32_MAX;
    for (uint32_t i = question->hits_at[unit]; i < question->hits_end[unit]; i++) {
        if (i + FORMS_AHEAD < question->hits_end[unit])
            __builtin_prefetch(&view->postings[hits[i + FORMS_AHEAD].form]);
        count += view->postings[hits[i].form + 1] - view->postings[hits[i].form];
    }
    return count < UINT32_MAX ? (uint32_t)count : UINT32_MAX - 1;
}

/* Ask memory early for what walking the hits some places on will need. */
static void fetch_hits(const struct question *question, uint32_t i, uint32_t end)
{
    const struct ptn_index_view *view = &question->view;
    const struct hit *hits = question->scratch->hits;

    if (i + 2 * FORMS_AHEAD < end) {
        __builtin_prefetch(&view->forms[hits[i + 2 * FORMS_AHEAD].form].weight);
        __builtin_prefetch(&view->postings[hits[i + 2 * FORMS_AHEAD].form]);
        __builtin_prefetch(&question->scratch->rows.rows[hits[i + 2 * FORMS_AHEAD].form]);
    }
    if (i + FORMS_AHEAD < end &&
        view->postings[hits[i + FORMS_AHEAD].form] < view->counts[PTN_SECTION_POSTED])
        __builtin_prefetch(view->posted + view->postings[hits[i + FORMS_AHEAD].form]);
}

/* Touch all names under what is like a unit. */
static void touch_unit(struct question *question, const struct asked *asked, unsigned unit)
{
    const struct hit *hits = question->scratch->hits;
    const struct pieces *pieces = question->pieces;
    struct look_up look_up = { question, asked->unit, false, asked };

    if (question->kept) {
        for (uint32_t i = pieces->firsts[unit]; i < pieces->ends[unit]; i++) {
            if (i + FORMS_AHEAD < pieces->ends[unit])
                __builtin_prefetch(question->view.posted + pieces->at[i + FORMS_AHEAD].at);
            walk_piece(question, asked, &pieces->at[i]);
        }
        return;
    }
    if (question->hits_at[unit] == NOT_KEPT) {
        find_unit(&look_up, unit);
        return;
    }
    for (uint32_t i = question->hits_at[unit]; i < question->hits_end[unit]; i++) {
        fetch_hits(question, i, question->hits_end[unit]);
        touch_form(question, asked, hits[i].form, hits[i].similarity);
    }
}

/* The joins of the question that a part is a full part of. */
static void touch_joins(struct question *question, unsigned part)
{
    const struct ptn_side *side = &question->side;
    struct asked asked = { .part = part };

    for (unsigned i = side->part_count; i < side->unit_count; i++) {
        const struct ptn_unit *unit = &side->units[i];
        unsigned last = unit->first + unit->count - 1u;

        if (part != unit->first && part != last)
            continue;
        asked.unit = unit;
        asked.share = unit->full_count;
        asked.counts_weight = part == unit->first || unit->full_count == 1;
        touch_unit(question, &asked, i);
    }
}

/* Everything like one full part of the question, alone or as a piece of a join. */
static void touch_part(struct question *question, unsigned part, bool only_marked)
{
    struct asked asked = { &question->side.units[part], part, 1, true };

    question->only_marked = only_marked;
    touch_unit(question, &asked, part);
    question->only_marked = false;
    touch_joins(question, part);
}

/* ---- the part that is not looked up ---- */

/* What looking a part up costs, about, by the length of its skeleton: short ones have the most
 * neighbours. */
static unsigned look_up_cost(const struct question *question, unsigned part)
{
    static const uint8_t costs[] = { 20, 28, 57, 31, 15, 29, 6 };
    unsigned len = question->side.units[part].part->skeleton_len;

    if (is_cut(question, part))
        return UINT8_MAX; /* every form would be looked at */
    if (question->known[part] != PTN_UNIT_FORM_MAX)
        return 0;
    return len < sizeof(costs) ? costs[len] : 4u;
}

/*
 * A name shares at least two full parts with a question of two or more, or has two initials that
 * fit: so one part need not be looked up but only compared with the names that the others found.
 * The dearest one of those with a cost, or PTN_NAME_PARTS_MAX.
 */
static unsigned choose_skipped(const struct question *question)
{
    unsigned best = PTN_NAME_PARTS_MAX;

    if (!question->two_needed)
        return best;
    for (unsigned i = 0; i < question->side.part_count; i++)
        if (question->side.units[i].full_count > 0 && look_up_cost(question, i) > 0 &&
            (question->side.full_count == 2 || is_cut(question, i)) &&
            (best == PTN_NAME_PARTS_MAX ||
             look_up_cost(question, i) > look_up_cost(question, best)))
            best = i;
    return best;
}

static unsigned similarity_of(struct question *question, const struct asked *asked, uint32_t number)
{
    struct memo *memo = &question->scratch->memos[number];
    const struct ptn_name_part *form = &question->view.forms[number];

    if (memo->stamp == question->scratch->memo_stamp)
        return memo->similarity;
    memo->stamp = question->scratch->memo_stamp;
    memo->similarity = 0;
    if (form->full_count == 0)
        return 0;
    memo->similarity = ptn_part_likeness(asked->unit->part, form, false).similarity;
    if (is_cut(question, asked->part) && memo->similarity < PTN_CUT_SHORT &&
        ptn_part_is_start(asked->unit->part, form))
        memo->similarity = PTN_CUT_SHORT;
    return memo->similarity;
}

/* Compare the skipped part with the parts of one name. */
static void compare_skipped(struct question *question, const struct asked *asked, uint32_t name)
{
    const struct ptn_index_view *view = &question->view;
    const struct ptn_index_entry *entry = &view->names[name];

    if (entry->units_at > view->counts[PTN_SECTION_UNITS] ||
        entry->part_count > view->counts[PTN_SECTION_UNITS] - entry->units_at) {
        question->corrupt = true;
        return;
    }
    for (unsigned i = 0; i < entry->part_count; i++) {
        uint32_t number = view->units[entry->units_at + i] & PTN_UNIT_FORM_MAX;
        unsigned similarity;

        if (number >= view->counts[PTN_SECTION_FORMS]) {
            question->corrupt = true;
            return;
        }
        similarity = similarity_of(question, asked, number);
        if (similarity > 0)
            touch(question, asked, name,
                  &(struct bringing){
                      ((uint32_t)asked->unit->part->weight + view->forms[number].weight) *
                          ptn_score_gain(similarity),
                      view->forms[number].weight, view->forms[number].full_count });
    }
}

/* Ask memory early for what the names some places on will need. */
static void fetch_ahead(const struct question *question, uint32_t i, uint32_t count)
{
    const struct ptn_index_view *view = &question->view;
    const uint32_t *touched = question->scratch->touched;

    if (i + 16 < count)
        __builtin_prefetch(&view->names[touched[i + 16]]);
    if (i + 8 < count && view->names[touched[i + 8]].units_at < view->counts[PTN_SECTION_UNITS])
        __builtin_prefetch(&view->units[view->names[touched[i + 8]].units_at]);
}

/* The same with the names of a span that have two initials and that nothing has touched. */
static void compare_initialed(struct question *question, const struct asked *asked,
                              const struct ptn_cohort_range *span)
{
    const struct ptn_index_view *view = &question->view;
    const uint32_t *end = view->initials + view->header->initials_count;
    const uint32_t *at = ptn_cohort_lower(view->initials, end, span->first);

    for (; at < end && *at < span->end && !question->corrupt; at++)
        if (!is_marked(question->scratch->marks, *at))
            compare_skipped(question, asked, *at);
}

/* What the skipped part brings to the names that the others touched. */
static void touch_skipped(struct question *question, unsigned part)
{
    struct asked asked = { &question->side.units[part], part, 1, true };
    struct look_up among_joins = { question, asked.unit, true, &asked };
    uint32_t touched_count;

    try_near(&among_joins, true);
    touch_joins(question, part);
    touched_count = question->scratch->touched_count; /* touching again adds none */
    question->scratch->memo_stamp++;
    for (uint32_t i = 0; i < touched_count && !question->corrupt; i++) {
        fetch_ahead(question, i, touched_count);
        compare_skipped(question, &asked, question->scratch->touched[i]);
    }
    if (question->side.full_count == 2)
        return; /* one full part and one initial are too little */
    for (uint32_t i = 0; i < question->tier->span_count; i++)
        compare_initialed(question, &asked, &question->tier->spans[i]);
}

/* ---- the question ---- */

/* What can be said of the question before anything is looked up. */
static void read_question(struct question *question, const struct ptn_name *name)
{
    struct ptn_side *side = &question->side;

    ptn_side_init(side, name, question->joined);
    for (unsigned i = 0; i < side->part_count; i++) {
        const struct ptn_name_part *part = side->units[i].part;

        question->part_cover[i] = part->weight;
        if (part->kind == PTN_NAME_INITIAL)
            question->initial_count++;
        else if (part->full_count == 0)
            question->light_weight += part->weight;
        question->light_count += part->kind != PTN_NAME_INITIAL && part->full_count == 0;
    }
    for (unsigned i = side->part_count; i < side->unit_count; i++) {
        const struct ptn_unit *unit = &side->units[i];
        unsigned first = unit->first;
        unsigned last = first + unit->count - 1u;
        unsigned full = side->units[first].full_count > 0 ? first : last;
        unsigned cover = unit->part->weight;

        if (unit->full_count == 2)
            cover -= side->units[last].part->weight;
        if (cover > question->part_cover[full])
            question->part_cover[full] = (uint16_t)cover;
    }
    question->two_needed = side->full_count >= 2 && question->initial_count == 0;
    memset(question->hits_at, 0xff, sizeof(question->hits_at));
    for (unsigned i = 0; i < side->unit_count; i++)
        question->known[i] =
            side->units[i].full_count == 0
                ? PTN_UNIT_FORM_MAX
                : ptn_index_known_form(&question->view, side->units[i].part, i >= side->part_count);
}

/* As many names as a look-up costs time for, when each is compared instead; of a cut part. */
#define NAMES_A_LOOK_UP  600u
#define NAMES_A_CUT_PART 20000u

/* The full parts, those with fewer names first; returns how many. */
static unsigned order_parts(struct question *question, uint64_t *ret_names)
{
    uint32_t names[PTN_NAME_PARTS_MAX];
    unsigned count = 0;

    *ret_names = 0;
    for (unsigned i = 0; i < question->side.part_count; i++) {
        uint32_t under;
        unsigned at = count;

        if (question->side.units[i].full_count == 0 || i == question->skipped)
            continue;
        under = names_under(question, i);
        *ret_names += under;
        for (; at > 0 && names[at - 1] > under; at--) {
            names[at] = names[at - 1];
            question->parts[at] = question->parts[at - 1];
        }
        names[at] = under;
        question->parts[at] = (uint8_t)i;
        count++;
    }
    return count;
}

/* Whether everything like a unit of the question is kept, so that walking it again is cheap. */
static bool is_all_kept(const struct question *question)
{
    for (unsigned i = 0; i < question->side.unit_count; i++)
        if (question->side.units[i].full_count > 0 && question->hits_at[i] == NOT_KEPT)
            return false;
    return true;
}

/* ---- lists cut into pieces ---- */

/* What the forms like a unit weigh at most goes to its full parts. */
static void weigh(struct question *question, const struct ptn_unit *unit, unsigned weight,
                  bool is_part)
{
    unsigned share = unit->full_count > 1 ? (weight + 1) / 2 : weight;

    for (unsigned i = unit->first; i < (unsigned)unit->first + unit->count; i++) {
        if (share > question->most_cover[i])
            question->most_cover[i] = share;
        if (is_part && weight > question->heaviest[i])
            question->heaviest[i] = weight;
    }
}

static bool add_piece(struct pieces *pieces, const struct piece *piece)
{
    if (pieces->count == pieces->max)
        return false;
    pieces->at[pieces->count++] = *piece;
    return true;
}

/* The pieces of a list, each to its tier; false: no room. */
static bool add_pieces(struct question *question, const struct piece *whole)
{
    const struct ptn_cohort_cuts *cuts = &question->scratch->cuts;
    const uint32_t *posted = question->view.posted;
    const uint32_t *end = posted + whole->end;
    struct piece piece = *whole;

    for (uint32_t i = 0; i < cuts->count && piece.at < whole->end; i++) {
        const struct ptn_cohort_cut *cut = &cuts->at[i];

        if (posted[piece.at] >= cut->end)
            continue;
        if (posted[piece.at] < cut->first)
            piece.at = (uint32_t)(ptn_cohort_lower(posted + piece.at, end, cut->first) - posted);
        piece.end = whole->end;
        if (piece.at < piece.end && end[-1] >= cut->end)
            piece.end = (uint32_t)(ptn_cohort_lower(posted + piece.at, end, cut->end) - posted);
        piece.span = cut->span;
        if (piece.at < piece.end && !add_piece(&question->scratch->pieces[cut->tier], &piece))
            return false;
        piece.at = piece.end;
    }
    return true;
}

/* Cut the list of a form like a unit; false: no room, or the bytes are no index. */
static bool cut_list(struct question *question, unsigned unit, const struct hit *hit)
{
    const struct ptn_index_view *view = &question->view;
    const struct ptn_name_part *form = &view->forms[hit->form];
    struct ptn_score_rows *rows = &question->scratch->rows;
    bool is_part = unit < question->side.part_count;
    struct piece whole = {
        .at = view->postings[hit->form],
        .end = view->postings[hit->form + 1],
        .value = ((uint32_t)question->side.units[unit].part->weight + form->weight) *
                 ptn_score_gain(hit->similarity),
        .weight = form->weight,
        .full_count = form->full_count,
        .is_join = hit->form >= view->header->part_form_count,
    };

    if (whole.at > whole.end || whole.end > view->counts[PTN_SECTION_POSTED]) {
        question->corrupt = true;
        return false;
    }
    whole.is_again = is_part && ptn_score_rows_has_part(rows, hit->form);
    ptn_score_rows_mark(rows, hit->form, unit);
    weigh(question, &question->side.units[unit], form->weight, is_part && !whole.is_join);
    if (whole.at == whole.end)
        return true;
    if (question->scratch->cuts.count == 1 && question->scratch->tiers[0].is_whole)
        return add_piece(&question->scratch->pieces[0], &whole);
    return add_pieces(question, &whole);
}

/* The same of everything like a unit; how many names there are is noted. */
static bool cut_unit(struct question *question, unsigned unit)
{
    struct pieces *pieces = question->scratch->pieces;

    for (unsigned t = 0; t < question->tier_count; t++)
        pieces[t].firsts[unit] = pieces[t].count;
    for (uint32_t i = question->hits_at[unit]; i < question->hits_end[unit]; i++) {
        fetch_hits(question, i, question->hits_end[unit]);
        if (!cut_list(question, unit, &question->scratch->hits[i]))
            return false;
    }
    for (unsigned t = 0; t < question->tier_count; t++) {
        pieces[t].ends[unit] = pieces[t].count;
        if (unit >= question->side.part_count)
            continue;
        pieces[t].names[unit] = 0;
        for (uint32_t i = pieces[t].firsts[unit]; i < pieces[t].ends[unit]; i++)
            pieces[t].names[unit] += pieces[t].at[i].end - pieces[t].at[i].at;
    }
    return true;
}

/* Cut all lists, those of the parts in the order in which they are walked. */
static bool cut_lists(struct question *question)
{
    const struct ptn_side *side = &question->side;

    ptn_score_rows_begin(&question->scratch->rows, side);
    for (unsigned t = 0; t < question->tier_count; t++)
        question->scratch->pieces[t].count = 0;
    for (unsigned i = 0; i < question->asked_count; i++)
        if (!cut_unit(question, question->parts[i]))
            return false;
    for (unsigned i = side->part_count; i < side->unit_count; i++)
        if (side->units[i].full_count > 0 && !cut_unit(question, i))
            return false;
    return true;
}

/* The tiers of the names: one of all, when the lists are short. False when the bytes are no index.
 */
static bool init_tiers(struct question *question, const struct ptn_index_query *query,
                       uint64_t names)
{
    bool is_tiered = query->cohort_most != NULL &&
                     names > (uint64_t)question->scratch->costs.form * question->hit_count;

    question->tier_count = is_tiered ? PTN_COHORT_TIERS : 1;
    for (unsigned i = 0; i < question->tier_count; i++)
        if (!ptn_cohort_tier_init(&question->view, query->cohort_most,
                                  is_tiered ? i : PTN_COHORT_TIERS, &question->scratch->tiers[i]))
            return false;
    ptn_cohort_cut(question->scratch->tiers, question->tier_count, &question->scratch->cuts);
    return true;
}

/* ---- asking ---- */

/* The parts from only_marked on touch only names that another part has touched. */
static void touch_parts(struct question *question, unsigned only_marked)
{
    for (unsigned i = 0; i < question->asked_count && !question->corrupt; i++)
        touch_part(question, question->parts[i], i >= only_marked);
}

/* Read the question, find the forms like its parts and decide how their names are walked. */
static void prepare(struct question *question, const struct ptn_index_query *query)
{
    const struct ptn_side *side = &question->side;
    uint64_t names;

    read_question(question, query->name);
    question->skipped = choose_skipped(question);
    for (unsigned i = 0; i < side->unit_count && !question->corrupt; i++)
        if (side->units[i].full_count > 0 &&
            (i != question->skipped || question->skipped == PTN_NAME_PARTS_MAX))
            gather(question, i);
    question->asked_count = order_parts(question, &names);
    if (question->skipped < PTN_NAME_PARTS_MAX && !question->corrupt &&
        names > (is_cut(question, question->skipped) ? NAMES_A_CUT_PART : NAMES_A_LOOK_UP)) {
        gather(question, question->skipped);
        question->skipped = PTN_NAME_PARTS_MAX;
        question->asked_count = order_parts(question, &names);
    }
    if (question->corrupt || !init_tiers(question, query, names)) {
        question->corrupt = true;
        return;
    }
    question->kept =
        question->skipped == PTN_NAME_PARTS_MAX && is_all_kept(question) && cut_lists(question);
}

/* ---- what is needed, and which lists that leaves ---- */

/* Particles, titles and legal forms weigh no more (data/names/words.tsv). */
#define LIGHT_MOST 40u

/* The least raw score that is published as at least this one, which is at least the minimum. */
static unsigned raw_of(unsigned score)
{
    unsigned above = score - PTN_SCORE_MINIMUM;

    return PTN_RAW_MINIMUM +
           (above * (PTN_SCORE_ONE - PTN_RAW_MINIMUM) + (PTN_SCORE_ONE - PTN_SCORE_MINIMUM) - 1u) /
               (PTN_SCORE_ONE - PTN_SCORE_MINIMUM);
}

/* With everything else covered and alike, a pair may lose so much. */
static void set_loss(struct question *question, unsigned needed)
{
    uint64_t cover = question->side.weight + question->light_count * LIGHT_MOST +
                     question->initial_count * PTN_INITIAL_COVER;

    for (unsigned i = 0; i < question->side.part_count; i++)
        if (question->side.units[i].full_count > 0)
            cover += question->most_cover[i] > PTN_INITIAL_COVER ? question->most_cover[i]
                                                                 : PTN_INITIAL_COVER;
    question->filters = question->kept && needed > PTN_SCORE_MINIMUM;
    question->loss_allowed = (PTN_SCORE_ONE - raw_of(needed)) * cover;
}

/*
 * Whether no name reaches what is needed that shares, of the question's full parts, only some of
 * those that come after the first ones in question->parts, each as a part alone. initials: how many
 * of the name's may stand for one of the first ones each.
 */
static bool is_too_little(const struct question *question, unsigned first_ones, unsigned initials,
                          unsigned needed)
{
    uint64_t a_cover = question->light_weight;
    uint64_t b_cover = (uint64_t)question->light_count * LIGHT_MOST;
    uint64_t left;

    initials = initials < first_ones ? initials : first_ones;
    initials += question->initial_count;
    a_cover += (uint64_t)initials * PTN_INITIAL_COVER;
    b_cover += (uint64_t)initials * PTN_INITIAL_COVER;
    for (unsigned i = first_ones; i < question->asked_count; i++) {
        unsigned heaviest = question->heaviest[question->parts[i]];

        a_cover += question->side.units[question->parts[i]].part->weight;
        b_cover += heaviest > PTN_INITIAL_COVER ? heaviest : PTN_INITIAL_COVER;
    }
    left = question->side.weight > a_cover ? question->side.weight - a_cover : 0;
    /* the score is at most (a + b) / (a + b + 0.30 left) */
    return (a_cover + b_cover) * 100 * PTN_SCORE_ONE <
           raw_of(needed) * ((a_cover + b_cover) * 100 + PTN_UNMATCHED_MORE * left);
}

/* How the names of a tier are found. */
struct plan {
    unsigned first_ones; /* in question->parts: no name reaches what is needed without one of them,
                            or a join */
    bool by_initials;    /* except names with two initials under the others */
    bool direct;         /* names under the first ones are looked at one by one */
    bool counted;        /* lists are walked twice: two parts must be shared */
    uint64_t names;      /* in the lists of the parts */
};

/* Whether no name without initials reaches what is needed by one full part of the question's. */
static bool is_one_too_little(const struct question *question, unsigned needed)
{
    struct question one = { .side.weight = question->side.weight, .asked_count = 1 };

    one.light_weight = question->light_weight;
    one.light_count = question->light_count;
    one.initial_count = question->initial_count;
    for (unsigned i = 0; i < question->asked_count; i++) {
        unsigned part = question->parts[i];

        one.side.units[0] = question->side.units[part];
        one.heaviest[0] = question->heaviest[part];
        if (!is_too_little(&one, 0, 0, needed))
            return false;
    }
    return true;
}

/*
 * Choose the first parts, as few as may be, and the cheapest way. Where the question has no
 * initial, a name shares two full parts or has two initials; where it has one, two full parts or
 * one initial.
 */
static struct plan make_plan(struct question *question, unsigned needed)
{
    unsigned count = question->asked_count;
    struct plan plan = { .first_ones = 0 };
    uint64_t looked_at = 0;
    uint32_t tier_names = 0;
    bool two;

    question->one_quick = question->initial_count > 0;
    two = question->side.full_count >= 2 &&
          (question->initial_count < 2 || is_one_too_little(question, needed));
    for (unsigned i = 1; i <= count; i++) {
        plan.names += question->pieces->names[question->parts[i - 1]];
        if (plan.first_ones > 0)
            continue;
        looked_at = plan.names;
        if (i == count || (two && i + 1 == count) ||
            is_too_little(question, i, question->one_quick ? 0 : 1, needed))
            plan.first_ones = i;
    }
    /* one initial for each of the first parts: two at least, to stand for one shared */
    plan.by_initials = plan.first_ones > 1 && plan.first_ones < count &&
                       !is_too_little(question, plan.first_ones, plan.first_ones, needed);
    for (uint32_t i = 0; i < question->tier->span_count; i++)
        tier_names += question->tier->spans[i].end - question->tier->spans[i].first;
    plan.counted = two && plan.names >= tier_names / question->scratch->costs.counted;
    plan.direct = two && !question->one_quick &&
                  looked_at * question->scratch->costs.look +
                          (plan.by_initials ? plan.names - looked_at : 0) <=
                      2 * plan.names;
    return plan;
}

/* Note the names of the tier at hand, one by one. */
static void ask_direct(struct question *question, const struct plan *plan)
{
    const struct ptn_side *side = &question->side;
    const struct pieces *pieces = question->pieces;

    question->walk = WALK_NOTES;
    for (unsigned k = 0; k < side->unit_count && !question->corrupt; k++) {
        unsigned unit = k < question->asked_count ? question->parts[k] : k;
        const struct asked asked = { &side->units[unit], 0, 1, true };
        bool is_first = k < plan->first_ones || unit >= side->part_count;

        if ((k >= question->asked_count && k < side->part_count) ||
            side->units[unit].full_count == 0)
            continue;
        question->only_marked = !is_first;
        for (uint32_t i = pieces->firsts[unit]; i < pieces->ends[unit]; i++) {
            if (i + FORMS_AHEAD < pieces->ends[unit])
                __builtin_prefetch(question->view.posted + pieces->at[i + FORMS_AHEAD].at);
            if (is_first || plan->by_initials || pieces->at[i].is_join)
                walk_piece(question, &asked, &pieces->at[i]);
        }
    }
    question->only_marked = false;
}

/* Find the likely names of the tier at hand; whether they are few enough to be looked at one by
 * one, without what each list brings them. */
static bool ask_counted(struct question *question, const struct plan *plan)
{
    question->walk = WALK_COUNTS;
    forget_counts(question);
    touch_parts(question, plan->first_ones);
    rank_likely(question);
    if ((uint64_t)question->scratch->likely_count * question->scratch->costs.look < plan->names)
        return true;
    question->walk = WALK_FILLS;
    touch_parts(question, plan->first_ones);
    return false;
}

/* Touch the names of the tier at hand. */
static void ask(struct question *question)
{
    struct ptn_score_rows *rows = &question->scratch->rows;
    unsigned skipped = question->skipped;

    if (!question->kept)
        ptn_score_rows_begin(rows, &question->side);
    question->walk = WALK_TOUCHES;
    touch_parts(question, question->two_needed && skipped == PTN_NAME_PARTS_MAX
                              ? question->asked_count - 1
                              : question->asked_count);
    if (skipped < PTN_NAME_PARTS_MAX && !question->corrupt) {
        rows->unsure |= 1ull << skipped;
        touch_skipped(question, skipped);
    }
}

/* ---- bounds ---- */

/* No score of the name is above this; 0 when it cannot reach the minimum. */
static unsigned bound(const struct question *question, const struct touch *touch,
                      const struct ptn_index_entry *entry)
{
    const struct ptn_score_most most = {
        .a_weight = question->side.weight,
        .b_weight = entry->weight,
        .a_cover = touch->a_cover,
        .b_cover = touch->b_cover,
        .gained = (int64_t)touch->gained + touch->part_share,
        .a_initials = question->initial_count,
        .b_initials = entry->initial_count,
        .a_light = question->light_weight,
    };

    if (2 * touch->touches + question->initial_count + entry->initial_count < 4 &&
        (question->side.full_count > 1 || entry->full_count > 1))
        return 0;
    return ptn_score_bound(most, entry);
}

#define BUCKET_WIDTH ((PTN_SCORE_ONE - PTN_SCORE_MINIMUM) / BUCKETS + 1u)

static unsigned bucket_of(unsigned score)
{
    return (PTN_SCORE_ONE - score) / BUCKET_WIDTH;
}

/* Forget all touches. */
static void forget(struct question *question)
{
    struct ptn_index_scratch *scratch = question->scratch;

    for (uint32_t i = 0; i < scratch->touched_count; i++)
        scratch->marks[scratch->touched[i] / 64] = 0;
    scratch->touched_count = 0;
    scratch->likely_count = 0;
}

/*
 * Sort the touched names that can reach the threshold by bound, best bucket first, and forget all
 * touches. ret_ends[i] is where bucket i ends among the candidates.
 */
static void take_candidates(struct question *question, unsigned threshold,
                            uint32_t ret_ends[BUCKETS])
{
    struct ptn_index_scratch *scratch = question->scratch;
    bool by_place = question->walk == WALK_FILLS;
    bool likely = question->two_needed || by_place;
    const uint32_t *from = likely ? scratch->likely : scratch->touched;
    uint32_t from_count = likely ? scratch->likely_count : scratch->touched_count;
    uint32_t count = 0;
    uint32_t start = 0;

    memset(ret_ends, 0, BUCKETS * sizeof(*ret_ends));
    for (uint32_t i = 0; i < from_count; i++) {
        uint32_t name = from[i];
        const struct touch *touch = &scratch->touches[by_place ? i : name];
        unsigned most;

        if (i + NAMES_AHEAD < from_count) {
            if (!by_place)
                __builtin_prefetch(&scratch->touches[from[i + NAMES_AHEAD]]);
            __builtin_prefetch(&question->view.names[from[i + NAMES_AHEAD]]);
        }
        most = bound(question, touch, &question->view.names[name]);
        most = most * ptn_cohort_most(question->tier, name) / PTN_SCORE_ONE;
        if (most < threshold)
            continue;
        scratch->likely[count] = name; /* at or before where it is read */
        scratch->bounds[count++] = (uint16_t)most;
        ret_ends[bucket_of(most)]++;
    }
    for (unsigned i = 0; i < BUCKETS; i++) {
        uint32_t size = ret_ends[i];

        ret_ends[i] = start;
        start += size;
    }
    for (uint32_t i = 0; i < count; i++)
        scratch->candidates[ret_ends[bucket_of(scratch->bounds[i])]++] = scratch->likely[i];
    forget(question);
}

/* Names that were noted are candidates as they are: scoring bounds each. */
static void take_noted(struct question *question, const uint32_t *names, uint32_t count,
                       uint32_t ret_ends[BUCKETS])
{
    memcpy(question->scratch->candidates, names, count * sizeof(*names));
    for (unsigned i = 0; i < BUCKETS; i++)
        ret_ends[i] = count;
    forget(question);
}

/* Ask memory early for what scoring the candidates some places on will need. */
static void fetch_candidate(const struct question *question, uint32_t at, uint32_t count)
{
    const struct ptn_index_view *view = &question->view;
    const struct ptn_index_scratch *scratch = question->scratch;
    const struct ptn_index_entry *entry;

    if (at + 12 < count)
        __builtin_prefetch(&view->names[scratch->candidates[at + 12]]);
    if (at + 8 < count) {
        entry = &view->names[scratch->candidates[at + 8]];
        if (entry->units_at < view->counts[PTN_SECTION_UNITS])
            __builtin_prefetch(&view->units[entry->units_at]);
    }
    if (at + 4 >= count)
        return;
    entry = &view->names[scratch->candidates[at + 4]];
    for (uint32_t i = 0;
         i < entry->unit_count && entry->units_at + i < view->counts[PTN_SECTION_UNITS]; i++) {
        uint32_t form = view->units[entry->units_at + i] & PTN_UNIT_FORM_MAX;

        if (form < scratch->form_count &&
            (scratch->rows.unsure != 0 || ptn_score_rows_may_mark(&scratch->rows, form)))
            __builtin_prefetch(&scratch->rows.rows[form]);
    }
}

static bool score_candidates(struct question *question, struct ptn_index_best *best,
                             const uint32_t ends[BUCKETS])
{
    struct ptn_index_scratch *scratch = question->scratch;
    uint32_t at = 0;

    for (unsigned bucket = 0; bucket < BUCKETS; bucket++) {
        unsigned most = PTN_SCORE_ONE - bucket * BUCKET_WIDTH;

        for (; at < ends[bucket]; at++) {
            uint32_t name = scratch->candidates[at];
            uint32_t ordinal;
            unsigned needed = ptn_index_best_needed(best);
            unsigned score;

            fetch_candidate(question, at, ends[BUCKETS - 1]);
            if (most < needed)
                return true;
            needed = ptn_cohort_needed(needed, ptn_cohort_most(question->tier, name));
            if (!ptn_score_by_rows(&scratch->rows, &question->view, name, needed, &score))
                return false;
            if (score < needed)
                continue;
            ordinal = ptn_index_ordinal(&question->view, name);
            if (ordinal == UINT32_MAX)
                return false;
            ptn_index_best_offer(best, question->view.names[name].entry, ordinal, score);
        }
    }
    return true;
}

/* The candidates of the tier at hand, best bounds first. */
static void find_candidates(struct question *question, unsigned needed, unsigned final_needed,
                            uint32_t ret_ends[BUCKETS])
{
    const struct ptn_index_scratch *scratch = question->scratch;
    struct plan plan = { .direct = false };

    set_loss(question, needed);
    if (question->kept)
        plan = make_plan(question, needed);
    if (plan.direct) {
        ask_direct(question, &plan);
        take_noted(question, scratch->touched, scratch->touched_count, ret_ends);
    } else if (plan.counted && ask_counted(question, &plan)) {
        take_noted(question, scratch->likely, scratch->likely_count, ret_ends);
    } else {
        if (!plan.counted)
            ask(question);
        take_candidates(question, final_needed, ret_ends);
    }
}

struct ptn_status ptn_index_find(const struct ptn_index *index, const struct ptn_index_query *query,
                                 struct ptn_index_scratch *scratch, struct ptn_index_hit *ret_hits,
                                 size_t *ret_count, bool *ret_more)
{
    struct question question = { .scratch = scratch };
    struct ptn_index_best best;
    uint32_t ends[BUCKETS];

    PTN_PRE(scratch->name_count >= index->counts[PTN_SECTION_NAMES] &&
            scratch->skeleton_count >= index->counts[PTN_SECTION_SKELETONS] &&
            scratch->form_count >= index->counts[PTN_SECTION_FORMS]);
    question.view = ptn_index_view_of(index);
    ptn_index_best_init(&best, query, ret_hits);
    prepare(&question, query);
    for (unsigned i = 0; i < question.tier_count && !question.corrupt; i++) {
        unsigned final_needed = ptn_index_best_needed(&best);
        unsigned needed = ptn_cohort_needed(final_needed, scratch->tiers[i].most);

        if (needed > PTN_SCORE_ONE)
            continue;
        question.tier = &scratch->tiers[i];
        question.pieces = &scratch->pieces[i];
        find_candidates(&question, needed, final_needed, ends);
        if (question.corrupt || !score_candidates(&question, &best, ends))
            question.corrupt = true;
    }
    if (question.corrupt)
        return (struct ptn_status){ PTN_C_CORRUPT };
    *ret_count = best.count;
    *ret_more = best.more;
    return PTN_OK;
}
