#include <stdlib.h>

#include "names/index.h"
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

#define HITS_MAX 16384u
#define NOT_KEPT UINT32_MAX
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
    uint64_t *marked_twice; /* the same of the likely where names are counted */
    uint32_t *ranks;        /* of each word of these, how many likely names come before it */
    uint64_t *initialed;    /* a bit a name: it has two initials or more */
    uint64_t *quick;        /* the same, or it has one full part twice */
    uint32_t *touched;      /* names */
    uint32_t touched_count;
    uint32_t *likely; /* of those, the ones touched in two parts, or with initials */
    uint32_t likely_count;
    uint32_t *candidates; /* names by bound, best first */
    uint16_t *bounds;     /* of candidates before sorting */
    struct ptn_near_seen seen;
    uint32_t skeleton_count;
    struct hit hits[HITS_MAX];
    struct memo *memos; /* by form */
    uint32_t memo_stamp;
    struct ptn_score_rows rows;
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

    scratch->initialed = calloc(mark_words(index), sizeof(*scratch->initialed));
    scratch->quick = calloc(mark_words(index), sizeof(*scratch->quick));
    if (scratch->initialed == NULL || scratch->quick == NULL)
        return false;
    for (uint32_t i = 0; i < view.counts[PTN_SECTION_INITIALS]; i++)
        if (view.initials[i] < scratch->name_count)
            scratch->initialed[view.initials[i] / 64] |= 1ull << view.initials[i] % 64;
    memcpy(scratch->quick, scratch->initialed, mark_words(index) * sizeof(*scratch->quick));
    for (uint32_t i = 0; i < view.counts[PTN_SECTION_REPEATED]; i++)
        if (view.repeated[i] < scratch->name_count)
            scratch->quick[view.repeated[i] / 64] |= 1ull << view.repeated[i] % 64;
    return true;
}

static bool init_rows(struct ptn_index_scratch *scratch, const struct ptn_index *index)
{
    struct ptn_index_view view = ptn_index_view_of(index);

    return ptn_score_rows_init(&scratch->rows, &view);
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
    scratch->ranks = calloc(mark_words(index), sizeof(*scratch->ranks));
    scratch->touched = calloc(names, sizeof(*scratch->touched));
    scratch->likely = calloc(names, sizeof(*scratch->likely));
    scratch->candidates = calloc(names, sizeof(*scratch->candidates));
    scratch->bounds = calloc(names, sizeof(*scratch->bounds));
    scratch->seen.at = calloc(skeletons, sizeof(*scratch->seen.at));
    scratch->form_count = index->counts[PTN_SECTION_FORMS];
    scratch->memos = calloc((size_t)scratch->form_count + 1, sizeof(*scratch->memos));
    if (!note_quick(scratch, index) || scratch->memos == NULL || !init_rows(scratch, index) ||
        scratch->touches == NULL || scratch->marks == NULL || scratch->marked_twice == NULL ||
        scratch->ranks == NULL || scratch->touched == NULL || scratch->likely == NULL ||
        scratch->candidates == NULL || scratch->bounds == NULL || scratch->seen.at == NULL) {
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
    free(scratch->marked_twice);
    free(scratch->ranks);
    free(scratch->initialed);
    free(scratch->quick);
    free(scratch->touched);
    free(scratch->likely);
    free(scratch->candidates);
    free(scratch->bounds);
    free(scratch->seen.at);
    free(scratch->memos);
    ptn_score_rows_release(&scratch->rows);
    free(scratch);
}

/* ---- one question ---- */

/* What walking a list does with its names. */
enum walk {
    WALK_TOUCHES, /* each is touched */
    WALK_COUNTS,  /* bits say which were touched once and which are likely */
    WALK_FILLS,   /* the likely are touched */
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
    bool only_marked; /* names that nothing has touched are left alone */
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

/* The names of a list, from at on, touched one by one. */
static void touch_names(struct question *question, const struct asked *asked, const uint32_t *at,
                        const uint32_t *end, const struct bringing *bringing, bool only_marked)
{
    const struct ptn_index_scratch *scratch = question->scratch;
    uint32_t name_count = question->view.counts[PTN_SECTION_NAMES];

    for (; !question->corrupt && at < end; at++) {
        uint32_t name = *at;

        if (end - at > 8 && at[8] < name_count)
            __builtin_prefetch(&scratch->touches[at[8]]);
        if (name >= name_count)
            question->corrupt = true;
        else if (!only_marked || is_marked(scratch->marks, name) ||
                 is_marked(scratch->initialed, name))
            touch(question, asked, name, bringing);
    }
}

/*
 * Say by bits which names of a list are touched once, and which are likely: touched before, or with
 * initials, or with a part twice, or by what stands for two parts. Being touched before by the same
 * part makes some likely that are not: they are found out when they are given their touches.
 */
static void count_names(struct question *question, const uint32_t *at, const uint32_t *end,
                        bool stands_for_two, bool only_marked)
{
    const struct ptn_index_scratch *scratch = question->scratch;
    uint32_t name_count = question->view.counts[PTN_SECTION_NAMES];
    uint64_t always = stands_for_two ? ~0ull : 0;
    uint64_t marks = only_marked ? 0 : ~0ull;

    for (; at < end; at++) {
        uint32_t name = *at;
        uint32_t word = name / 64;
        uint64_t bit = 1ull << name % 64;

        if (name >= name_count) {
            question->corrupt = true;
            return;
        }
        scratch->marked_twice[word] |= bit & (scratch->marks[word] | scratch->quick[word] | always);
        scratch->marks[word] |= bit & marks;
    }
}

/* Give the likely names of a list what its form brings. */
static void fill_names(const struct question *question, const struct asked *asked,
                       const uint32_t *at, const uint32_t *end, const struct bringing *bringing)
{
    const struct ptn_index_scratch *scratch = question->scratch;
    uint32_t name_count = question->view.counts[PTN_SECTION_NAMES];

    for (; at < end; at++) {
        uint32_t name = *at;
        uint64_t bit = 1ull << name % 64;
        uint64_t likely = name < name_count ? scratch->marked_twice[name / 64] : 0;

        if ((likely & bit) != 0)
            bring(question, asked,
                  &scratch->touches[scratch->ranks[name / 64] +
                                    (unsigned)__builtin_popcountll(likely & (bit - 1))],
                  bringing);
    }
}

/* Number the likely names in their order, and let nothing be brought to them yet. */
static void rank_likely(struct question *question)
{
    struct ptn_index_scratch *scratch = question->scratch;
    uint32_t words = question->view.counts[PTN_SECTION_NAMES] / 64 + 1;
    uint32_t count = 0;

    for (uint32_t i = 0; i < words; i++) {
        scratch->ranks[i] = count;
        for (uint64_t left = scratch->marked_twice[i]; left != 0; left &= left - 1)
            scratch->likely[count++] = i * 64 + (uint32_t)__builtin_ctzll(left);
    }
    scratch->likely_count = count;
    memset(scratch->touches, 0, count * sizeof(*scratch->touches));
}

/* Walk the names under a form that is like what is asked. */
static void touch_form(struct question *question, const struct asked *asked, uint32_t number,
                       unsigned similarity)
{
    const struct ptn_index_view *view = &question->view;
    const struct ptn_name_part *form = &view->forms[number];
    bool only_marked = question->only_marked && number < view->header->part_form_count;
    uint32_t value =
        ((uint32_t)asked->unit->part->weight + form->weight) * ptn_score_gain(similarity);
    struct bringing bringing = {
        .share = (value + asked->share - 1) / asked->share,
        .weight = asked->counts_weight ? form->weight : 0,
        .full = asked->unit->count > 1 ? 1 : form->full_count,
    };
    uint32_t first = view->postings[number];
    uint32_t last = view->postings[number + 1];
    const uint32_t *at;
    const uint32_t *end;
    bool known;

    if (first > last || last > view->counts[PTN_SECTION_POSTED]) {
        question->corrupt = true;
        return;
    }
    at = view->posted + first;
    end = view->posted + last;
    if (question->walk == WALK_FILLS) {
        fill_names(question, asked, at, end, &bringing);
        return;
    }
    /* a list that is walked for one part says nothing new for another: a name with only this form
     * in common shares one part, unless it has the form twice, and then it is likely already */
    known = asked->unit->count == 1 && ptn_score_rows_has_part(&question->scratch->rows, number);
    ptn_score_rows_mark(&question->scratch->rows, number,
                        (unsigned)(asked->unit - question->side.units));
    if (question->walk == WALK_COUNTS && known)
        return;
    if (question->walk == WALK_COUNTS)
        count_names(question, at, end, bringing.full > 1, only_marked);
    else
        touch_names(question, asked, at, end, &bringing, only_marked);
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
    else if (question->hit_count < HITS_MAX)
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
    if (question->hit_count == HITS_MAX)
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
    struct look_up look_up = { question, asked->unit, false, asked };

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

/* What the skipped part brings to the names that the others touched. */
static void touch_skipped(struct question *question, unsigned part)
{
    const struct ptn_index_view *view = &question->view;
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
    for (uint32_t i = 0; i < view->counts[PTN_SECTION_INITIALS] && !question->corrupt; i++)
        if (view->initials[i] >= view->counts[PTN_SECTION_NAMES])
            question->corrupt = true;
        else if (!is_marked(question->scratch->marks, view->initials[i]))
            compare_skipped(question, &asked, view->initials[i]);
}

/* ---- asking ---- */

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

/* Lists are walked twice when they hold one of so many of the index's names. */
#define COUNTED_WORTH 128u

/* As many names as a look-up costs time for, when each is compared instead; of a cut part. */
#define NAMES_A_LOOK_UP  600u
#define NAMES_A_CUT_PART 20000u

/* The full parts, those with fewer names first; returns how many. */
static unsigned order_parts(struct question *question, unsigned skipped,
                            uint8_t ret_parts[PTN_NAME_PARTS_MAX], uint64_t *ret_names)
{
    uint32_t names[PTN_NAME_PARTS_MAX];
    unsigned count = 0;

    *ret_names = 0;
    for (unsigned i = 0; i < question->side.part_count; i++) {
        uint32_t under;
        unsigned at = count;

        if (question->side.units[i].full_count == 0 || i == skipped)
            continue;
        under = names_under(question, i);
        *ret_names += under;
        for (; at > 0 && names[at - 1] > under; at--) {
            names[at] = names[at - 1];
            ret_parts[at] = ret_parts[at - 1];
        }
        names[at] = under;
        ret_parts[at] = (uint8_t)i;
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

/* Whether walking lists of so many names twice is worth its fixed cost, which goes with the names
 * of the index. */
static bool is_worth_counting(const struct question *question, uint64_t names)
{
    return names >= question->view.counts[PTN_SECTION_NAMES] / COUNTED_WORTH &&
           is_all_kept(question);
}

/* last_marked: the last part touches only names that another has touched. */
static void touch_parts(struct question *question, const uint8_t *parts, unsigned count,
                        bool last_marked)
{
    for (unsigned i = 0; i < count && !question->corrupt; i++)
        touch_part(question, parts[i], last_marked && i + 1 == count);
}

static void ask(struct question *question, const struct ptn_name *name)
{
    const struct ptn_side *side = &question->side;
    uint8_t parts[PTN_NAME_PARTS_MAX];
    unsigned skipped;
    unsigned count;
    uint64_t names;

    read_question(question, name);
    ptn_score_rows_begin(&question->scratch->rows, side);
    skipped = choose_skipped(question);
    for (unsigned i = 0; i < side->unit_count && !question->corrupt; i++)
        if (side->units[i].full_count > 0 && (i != skipped || skipped == PTN_NAME_PARTS_MAX))
            gather(question, i);
    count = order_parts(question, skipped, parts, &names);
    if (skipped < PTN_NAME_PARTS_MAX && !question->corrupt &&
        names > (is_cut(question, skipped) ? NAMES_A_CUT_PART : NAMES_A_LOOK_UP)) {
        gather(question, skipped);
        skipped = PTN_NAME_PARTS_MAX;
        count = order_parts(question, skipped, parts, &names);
    }
    if (question->two_needed && skipped == PTN_NAME_PARTS_MAX &&
        is_worth_counting(question, names)) {
        question->walk = WALK_COUNTS;
        touch_parts(question, parts, count, true);
        rank_likely(question);
        question->walk = WALK_FILLS;
    }
    touch_parts(question, parts, count, question->two_needed && skipped == PTN_NAME_PARTS_MAX);
    if (skipped < PTN_NAME_PARTS_MAX && !question->corrupt) {
        question->scratch->rows.unsure |= 1ull << skipped;
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
    uint32_t words = question->view.counts[PTN_SECTION_NAMES] / 64 + 1;

    for (uint32_t i = 0; i < scratch->touched_count; i++)
        scratch->marks[scratch->touched[i] / 64] = 0;
    if (question->walk != WALK_TOUCHES) {
        memset(scratch->marks, 0, words * sizeof(*scratch->marks));
        memset(scratch->marked_twice, 0, words * sizeof(*scratch->marked_twice));
    }
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
    const uint32_t *from = question->two_needed ? scratch->likely : scratch->touched;
    uint32_t from_count = question->two_needed ? scratch->likely_count : scratch->touched_count;
    bool by_place = question->walk != WALK_TOUCHES;
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
            unsigned score;

            fetch_candidate(question, at, ends[BUCKETS - 1]);
            if (most < ptn_index_best_needed(best))
                return true;
            if (!ptn_score_by_rows(&scratch->rows, &question->view, name,
                                   ptn_index_best_needed(best), &score))
                return false;
            ptn_index_best_offer(best, question->view.names[name].entry, name, score);
        }
    }
    return true;
}

struct ptn_status ptn_index_find(const struct ptn_index *index, const struct ptn_index_query *query,
                                 struct ptn_index_scratch *scratch, struct ptn_index_hit *ret_hits,
                                 size_t *ret_count, bool *ret_more)
{
    struct question question = { .scratch = scratch };
    struct ptn_index_best best;
    uint32_t ends[BUCKETS];
    bool good;

    PTN_PRE(scratch->name_count >= index->counts[PTN_SECTION_NAMES] &&
            scratch->skeleton_count >= index->counts[PTN_SECTION_SKELETONS] &&
            scratch->form_count >= index->counts[PTN_SECTION_FORMS]);
    question.view = ptn_index_view_of(index);
    ptn_index_best_init(&best, query, ret_hits);
    ask(&question, query->name);
    take_candidates(&question, best.threshold, ends);
    good = !question.corrupt && score_candidates(&question, &best, ends);
    if (!good)
        return (struct ptn_status){ PTN_C_CORRUPT };
    *ret_count = best.count;
    *ret_more = best.more;
    return PTN_OK;
}
