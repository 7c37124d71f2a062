#include <stdlib.h>

#include "names/index.h"
#include "names/index_near_int.h"

/*
 * How find works (the proof that it misses nothing is in docs/NAMES.md): every full part and join
 * of the question is looked up among the index's forms by shortened skeletons and variants; the
 * names under each form found are touched and given the most that part could bring them; a name
 * touched in too few parts, or whose bound is below the threshold, is passed over; the others are
 * scored, the highest bounds first.
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
    uint8_t last_part; /* 1 + the part at hand; 0 = not touched */
};

/* The likeness of a form to the part looked at last, worked out once. */
struct memo {
    uint32_t stamp;
    uint32_t similarity;
};

/* A form found like a join of the question: needed for each of the two parts it joins, looked up
 * once. */
struct join_hit {
    uint32_t form;
    uint32_t similarity;
};

#define JOIN_HITS_MAX 8192u
#define NOT_KEPT      UINT32_MAX

#define BUCKETS 128u

struct ptn_index_scratch {
    uint32_t name_count;
    struct touch *touches; /* all zero between questions */
    uint32_t *touched;     /* names */
    uint32_t touched_count;
    uint32_t *candidates; /* names by bound, best first */
    uint16_t *bounds;     /* of candidates before sorting */
    struct ptn_near_seen seen;
    uint32_t skeleton_count;
    struct join_hit join_hits[JOIN_HITS_MAX];
    struct memo *memos; /* by form */
    uint32_t memo_stamp;
    uint32_t form_count;
};

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
    scratch->touched = calloc(names, sizeof(*scratch->touched));
    scratch->candidates = calloc(names, sizeof(*scratch->candidates));
    scratch->bounds = calloc(names, sizeof(*scratch->bounds));
    scratch->seen.at = calloc(skeletons, sizeof(*scratch->seen.at));
    scratch->form_count = index->counts[PTN_SECTION_FORMS];
    scratch->memos = calloc((size_t)scratch->form_count + 1, sizeof(*scratch->memos));
    if (scratch->memos == NULL || scratch->touches == NULL || scratch->touched == NULL ||
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
    free(scratch->touched);
    free(scratch->candidates);
    free(scratch->bounds);
    free(scratch->seen.at);
    free(scratch->memos);
    free(scratch);
}

/* ---- one question ---- */

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
    uint32_t join_hits_at[PTN_UNITS_MAX]; /* of a join already looked up, NOT_KEPT of others */
    uint32_t join_hits_end[PTN_UNITS_MAX];
    uint32_t join_hit_count;
    bool keep_hits;   /* of the join being looked up */
    unsigned skipped; /* the part that is not looked up, PTN_NAME_PARTS_MAX for none */
    bool corrupt;
};

/* One part (or join) of the question as it is looked up. */
struct asked {
    const struct ptn_unit *unit;
    unsigned part;      /* the full part of the question the shares go to */
    unsigned share;     /* 1 of the whole, or 2: half of it */
    bool counts_weight; /* the other's weight is counted with this part */
};

static void touch(struct question *question, const struct asked *asked, uint32_t name,
                  uint32_t share, const struct ptn_name_part *form)
{
    struct touch *touch = &question->scratch->touches[name];
    uint8_t weight = asked->counts_weight ? form->weight : 0;
    uint8_t full = asked->unit->count > 1 ? 1 : form->full_count;

    if (touch->last_part != asked->part + 1) {
        if (touch->last_part == 0)
            question->scratch->touched[question->scratch->touched_count++] = name;
        touch->gained += touch->part_share;
        touch->part_share = 0;
        touch->part_weight = 0;
        touch->part_full = 0;
        touch->a_cover = (uint16_t)(touch->a_cover + question->part_cover[asked->part]);
        touch->last_part = (uint8_t)(asked->part + 1);
    }
    if (share > touch->part_share)
        touch->part_share = share;
    if (weight > touch->part_weight) {
        touch->b_cover = (uint16_t)(touch->b_cover + weight - touch->part_weight);
        touch->part_weight = weight;
    }
    if (full > touch->part_full) {
        touch->touches = (uint8_t)(touch->touches + full - touch->part_full);
        touch->part_full = full;
    }
}

/* Touch every name under a form that is like what is asked. */
static void touch_form(struct question *question, const struct asked *asked, uint32_t number,
                       unsigned similarity)
{
    const struct ptn_index_view *view = &question->view;
    const struct ptn_name_part *form = &view->forms[number];
    uint32_t value =
        ((uint32_t)asked->unit->part->weight + form->weight) * ptn_score_gain(similarity);
    uint32_t share = (value + asked->share - 1) / asked->share;
    uint32_t end = view->postings[number + 1];

    if (end > view->counts[PTN_SECTION_POSTED])
        question->corrupt = true;
    for (uint32_t i = view->postings[number]; !question->corrupt && i < end; i++) {
        if (view->posted[i] >= view->counts[PTN_SECTION_NAMES])
            question->corrupt = true;
        else
            touch(question, asked, view->posted[i], share, form);
    }
}

static void try_form(struct question *question, const struct asked *asked, uint32_t number,
                     bool joined)
{
    struct ptn_likeness likeness =
        ptn_part_likeness(asked->unit->part, &question->view.forms[number], joined);

    if (likeness.similarity == 0)
        return;
    if (question->keep_hits && question->join_hit_count < JOIN_HITS_MAX)
        question->scratch->join_hits[question->join_hit_count++] =
            (struct join_hit){ number, likeness.similarity };
    touch_form(question, asked, number, likeness.similarity);
}

/* What a look-up of near forms carries along. */
struct look_up {
    struct question *question;
    const struct asked *asked;
    bool joined;
};

static void on_near(void *context, uint32_t form)
{
    const struct look_up *look_up = context;

    try_form(look_up->question, look_up->asked, form, look_up->joined);
}

/* What was found near this form when the index was built. */
static void touch_known(struct question *question, const struct asked *asked, uint32_t form)
{
    const struct ptn_index_view *view = &question->view;
    uint32_t end = view->near[form + 1];

    if (end > view->counts[PTN_SECTION_NEARBY])
        question->corrupt = true;
    for (uint32_t i = view->near[form]; !question->corrupt && i < end; i++) {
        uint32_t number = view->nearby[i] & PTN_UNIT_FORM_MAX;

        if (number >= view->counts[PTN_SECTION_FORMS])
            question->corrupt = true;
        else
            touch_form(question, asked, number, ptn_near_similarity(view->nearby[i]));
    }
}

static void try_near(struct question *question, const struct asked *asked, bool among_joins)
{
    bool is_join = asked->unit->count > 1;
    struct look_up look_up = { question, asked, is_join || among_joins };

    if (!ptn_near_forms(&question->view, asked->unit->part, is_join, among_joins,
                        &question->scratch->seen, on_near, &look_up))
        question->corrupt = true;
}

static void try_variants(struct question *question, const struct asked *asked)
{
    const struct ptn_index_view *view = &question->view;
    uint32_t group = asked->unit->part->variant;

    if (group == 0 || group + 1u >= view->counts[PTN_SECTION_VARIANTS])
        return;
    for (uint32_t i = view->variants[group]; i < view->variants[group + 1]; i++) {
        if (i >= view->counts[PTN_SECTION_VARIED] ||
            view->varied[i] >= view->counts[PTN_SECTION_FORMS]) {
            question->corrupt = true;
            return;
        }
        try_form(question, asked, view->varied[i], false);
    }
}

/* The cut last part of a machine readable zone: every form is looked at, which is rare enough. */
static void try_starts(struct question *question, const struct asked *asked)
{
    for (uint32_t i = 0; i < question->view.header->part_form_count; i++)
        if (question->view.forms[i].full_count > 0 &&
            ptn_part_is_start(asked->unit->part, &question->view.forms[i]))
            touch_form(question, asked, i, PTN_CUT_SHORT);
}

/* One join that no form is known of, for one of its parts: what is kept from the other is used
 * again. */
static void look_up_join(struct question *question, const struct asked *asked, unsigned unit)
{
    const struct join_hit *hits = question->scratch->join_hits;
    uint32_t start = question->join_hits_at[unit];

    if (start != NOT_KEPT) {
        for (uint32_t i = start; i < question->join_hits_end[unit] && !question->corrupt; i++)
            touch_form(question, asked, hits[i].form, hits[i].similarity);
        return;
    }
    start = question->join_hit_count;
    question->keep_hits = true;
    try_near(question, asked, false);
    question->keep_hits = false;
    if (question->join_hit_count == JOIN_HITS_MAX)
        return; /* there may be more */
    question->join_hits_at[unit] = start;
    question->join_hits_end[unit] = question->join_hit_count;
}

/* The joins of the question that a part is a full part of. */
static void look_up_joins(struct question *question, unsigned part)
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
        if (question->known[i] != PTN_UNIT_FORM_MAX)
            touch_known(question, &asked, question->known[i]);
        else
            look_up_join(question, &asked, i);
    }
}

/* Everything like one full part of the question, alone or as a piece of a join. */
static void look_up_part(struct question *question, unsigned part)
{
    const struct ptn_side *side = &question->side;
    struct asked asked = { &side->units[part], part, 1, true };

    if (question->known[part] != PTN_UNIT_FORM_MAX) {
        touch_known(question, &asked, question->known[part]);
    } else {
        try_near(question, &asked, false);
        try_near(question, &asked, true);
        try_variants(question, &asked);
    }
    if (side->truncated && part + 1 == side->part_count)
        try_starts(question, &asked);
    look_up_joins(question, part);
}

/* ---- the part that is not looked up ---- */

/* What looking a part up costs, about, by the length of its skeleton: short ones have the most
 * neighbours. */
static unsigned look_up_cost(const struct question *question, unsigned part)
{
    static const uint8_t costs[] = { 20, 28, 57, 31, 15, 29, 6 };
    unsigned len = question->side.units[part].part->skeleton_len;

    if (question->side.truncated && part + 1u == question->side.part_count)
        return UINT8_MAX; /* every form would be looked at */
    if (question->known[part] != PTN_UNIT_FORM_MAX)
        return 0;
    return len < sizeof(costs) ? costs[len] : 4u;
}

/*
 * A name shares at least two full parts with a question of two or more, or has two initials that
 * fit: so one part, the dearest, need not be looked up but only compared with the names that the
 * others found.
 */
static unsigned choose_skipped(const struct question *question)
{
    unsigned best = PTN_NAME_PARTS_MAX;

    if (question->side.full_count < 2 || question->initial_count > 0)
        return best;
    for (unsigned i = 0; i < question->side.part_count; i++)
        if (question->side.units[i].full_count > 0 &&
            (best == PTN_NAME_PARTS_MAX ||
             look_up_cost(question, i) > look_up_cost(question, best)))
            best = i;
    return best < PTN_NAME_PARTS_MAX && look_up_cost(question, best) > 0 ? best
                                                                         : PTN_NAME_PARTS_MAX;
}

static unsigned similarity_of(struct question *question, const struct asked *asked, uint32_t number)
{
    struct memo *memo = &question->scratch->memos[number];
    const struct ptn_name_part *form = &question->view.forms[number];
    const struct ptn_side *side = &question->side;

    if (memo->stamp == question->scratch->memo_stamp)
        return memo->similarity;
    memo->stamp = question->scratch->memo_stamp;
    memo->similarity = 0;
    if (form->full_count == 0)
        return 0;
    memo->similarity = ptn_part_likeness(asked->unit->part, form, false).similarity;
    if (side->truncated && asked->part + 1u == side->part_count &&
        memo->similarity < PTN_CUT_SHORT && ptn_part_is_start(asked->unit->part, form))
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
                  ((uint32_t)asked->unit->part->weight + view->forms[number].weight) *
                      ptn_score_gain(similarity),
                  &view->forms[number]);
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

static void look_up_skipped(struct question *question, unsigned part)
{
    const struct ptn_index_view *view = &question->view;
    struct asked asked = { &question->side.units[part], part, 1, true };
    uint32_t touched_count;

    try_near(question, &asked, true);
    look_up_joins(question, part);
    touched_count = question->scratch->touched_count; /* touching again adds none */
    question->scratch->memo_stamp++;
    for (uint32_t i = 0; i < touched_count && !question->corrupt; i++) {
        fetch_ahead(question, i, touched_count);
        compare_skipped(question, &asked, question->scratch->touched[i]);
    }
    for (uint32_t i = 0; i < view->counts[PTN_SECTION_INITIALS] && !question->corrupt; i++)
        if (view->initials[i] >= view->counts[PTN_SECTION_NAMES])
            question->corrupt = true;
        else if (question->scratch->touches[view->initials[i]].last_part == 0)
            compare_skipped(question, &asked, view->initials[i]);
}

static void ask(struct question *question, const struct ptn_name *name)
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
    memset(question->join_hits_at, 0xff, sizeof(question->join_hits_at));
    for (unsigned i = 0; i < side->unit_count; i++)
        question->known[i] =
            side->units[i].full_count == 0
                ? PTN_UNIT_FORM_MAX
                : ptn_index_known_form(&question->view, side->units[i].part, i >= side->part_count);
    question->skipped = choose_skipped(question);
    for (unsigned i = 0; i < side->part_count && !question->corrupt; i++)
        if (side->units[i].full_count > 0 && i != question->skipped)
            look_up_part(question, i);
    if (question->skipped < PTN_NAME_PARTS_MAX && !question->corrupt)
        look_up_skipped(question, question->skipped);
}

/* ---- bounds ---- */

/* The least an assignment can be divided by when one side is left with less: see docs/NAMES.md,
 * "The bound". */
static int64_t least_divisor(int64_t less_weight, int64_t less_cover, int64_t more_weight,
                             int64_t needed)
{
    int64_t less_left = less_weight - less_cover;
    int64_t more_left = more_weight - (needed > less_cover ? needed - less_cover : 0);

    return 100 * (less_weight + more_weight) + ((int64_t)PTN_UNMATCHED_LESS - 100) * less_left -
           (100 - (int64_t)PTN_UNMATCHED_MORE) * more_left;
}

/* No score of the name is above this; 0 when it cannot reach the minimum. */
static unsigned bound(const struct question *question, const struct touch *touch,
                      const struct ptn_index_entry *entry)
{
    int64_t a_weight = question->side.weight;
    int64_t b_weight = entry->weight;
    int64_t initials =
        (int64_t)(question->initial_count + entry->initial_count) * PTN_INITIAL_COVER;
    int64_t a_cover = touch->a_cover + initials;
    int64_t b_cover = touch->b_cover + initials;
    int64_t gained =
        (int64_t)touch->gained + touch->part_share + 2 * initials * (int64_t)PTN_SCORE_ONE;
    int64_t divisor;
    int64_t other;
    int64_t needed;
    int64_t raw;

    if (2 * touch->touches + question->initial_count + entry->initial_count < 4 &&
        (question->side.full_count > 1 || entry->full_count > 1))
        return 0;
    if (question->light_weight > 0 && entry->light_weight > 0) {
        a_cover += question->light_weight;
        b_cover += entry->light_weight;
        gained += (int64_t)(question->light_weight + entry->light_weight) * PTN_SCORE_ONE;
    }
    a_cover = a_cover < a_weight ? a_cover : a_weight;
    b_cover = b_cover < b_weight ? b_cover : b_weight;
    if (gained > (a_cover + b_cover) * (int64_t)PTN_SCORE_ONE)
        gained = (a_cover + b_cover) * (int64_t)PTN_SCORE_ONE;
    needed = gained / PTN_SCORE_ONE;
    divisor = least_divisor(a_weight, a_cover, b_weight, needed);
    other = least_divisor(b_weight, b_cover, a_weight, needed);
    divisor = other < divisor ? other : divisor;
    raw = divisor <= 0 ? (int64_t)PTN_SCORE_ONE : gained * 100 / divisor;
    return ptn_score_published(raw > (int64_t)PTN_SCORE_ONE ? PTN_SCORE_ONE : (unsigned)raw);
}

#define BUCKET_WIDTH ((PTN_SCORE_ONE - PTN_SCORE_MINIMUM) / BUCKETS + 1u)

static unsigned bucket_of(unsigned score)
{
    return (PTN_SCORE_ONE - score) / BUCKET_WIDTH;
}

/*
 * Sort the touched names that can reach the threshold by bound, best bucket first, and forget all
 * touches. ret_ends[i] is where bucket i ends among the candidates.
 */
static void take_candidates(struct question *question, unsigned threshold,
                            uint32_t ret_ends[BUCKETS])
{
    struct ptn_index_scratch *scratch = question->scratch;
    uint32_t count = 0;
    uint32_t start = 0;

    memset(ret_ends, 0, BUCKETS * sizeof(*ret_ends));
    for (uint32_t i = 0; i < scratch->touched_count; i++) {
        uint32_t name = scratch->touched[i];
        unsigned most = bound(question, &scratch->touches[name], &question->view.names[name]);

        memset(&scratch->touches[name], 0, sizeof(scratch->touches[name]));
        if (most < threshold)
            continue;
        scratch->touched[count] = name;
        scratch->bounds[count++] = (uint16_t)most;
        ret_ends[bucket_of(most)]++;
    }
    for (unsigned i = 0; i < BUCKETS; i++) {
        uint32_t size = ret_ends[i];

        ret_ends[i] = start;
        start += size;
    }
    for (uint32_t i = 0; i < count; i++)
        scratch->candidates[ret_ends[bucket_of(scratch->bounds[i])]++] = scratch->touched[i];
    scratch->touched_count = 0;
}

static bool score_candidates(struct question *question, struct ptn_index_best *best,
                             const uint32_t ends[BUCKETS])
{
    const struct ptn_index_scratch *scratch = question->scratch;
    uint32_t at = 0;

    for (unsigned bucket = 0; bucket < BUCKETS; bucket++) {
        unsigned most = PTN_SCORE_ONE - bucket * BUCKET_WIDTH;

        for (; at < ends[bucket]; at++) {
            uint32_t name = scratch->candidates[at];
            struct ptn_side found;

            if (best->more && best->count == best->top && most < best->hits[best->count - 1].score)
                return true;
            if (!ptn_index_side(&question->view, name, &found))
                return false;
            ptn_index_best_offer(best, question->view.names[name].entry, name,
                                 ptn_score_ordered(&question->side, &found, NULL));
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
