#include <stdlib.h>

#include "names/index.h"
#include "names/index_find_int.h"
#include "names/index_posted_int.h"

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

/* What is found like a question's units is kept up to so many forms, or twice those of the index.
 */
#define HITS_MAX 65536u
/* So many names are kept under these, and twice those of the index. */
#define LISTED 65536u
/* As many pieces a hit there is room for in each tier. */
#define PIECES_A_HIT 2u
/* The same of names that are only weighed. */
#define NAMES_AHEAD 24u

#define BUCKETS 128u

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
    PTN_PRE(costs->counted > 0 && costs->met <= PTN_INDEX_MET_MAX);
    scratch->costs = *costs;
}

/* Room for what is found like a question's units; false: no memory. */
static bool init_hits(struct ptn_index_scratch *scratch)
{
    bool good;

    scratch->hits_max = 2 * scratch->form_count + 16;
    scratch->hits_max = scratch->hits_max < HITS_MAX ? scratch->hits_max : HITS_MAX;
    scratch->hits = calloc(scratch->hits_max, sizeof(*scratch->hits));
    scratch->listed_max = 2 * scratch->name_count + LISTED;
    scratch->listed =
        calloc((size_t)scratch->listed_max + PTN_POSTED_SLACK, sizeof(*scratch->listed));
    good = scratch->hits != NULL && scratch->listed != NULL;
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
    scratch->met = calloc(PTN_INDEX_MET_MAX, sizeof(*scratch->met));
    scratch->ranks = calloc(mark_words(index), sizeof(*scratch->ranks));
    scratch->touched = calloc(names, sizeof(*scratch->touched));
    scratch->likely = calloc(names, sizeof(*scratch->likely));
    scratch->candidates = calloc(names, sizeof(*scratch->candidates));
    scratch->bounds = calloc(names, sizeof(*scratch->bounds));
    scratch->seen.at = calloc(skeletons, sizeof(*scratch->seen.at));
    scratch->form_count = index->counts[PTN_SECTION_FORMS];
    scratch->costs = (struct ptn_index_costs){
        .look = 300, .counted = 320, .met = PTN_INDEX_MET_MAX, .form = 8
    };
    scratch->memos = calloc((size_t)scratch->form_count + 1, sizeof(*scratch->memos));
    if (!init_hits(scratch) || !note_quick(scratch, index) || scratch->memos == NULL ||
        !init_rows(scratch, index) || scratch->touches == NULL || scratch->marks == NULL ||
        scratch->met == NULL || scratch->marked_twice == NULL || scratch->once == NULL ||
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
    free(scratch->once);
    free(scratch->marked_twice);
    free(scratch->ranks);
    free(scratch->met);
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
    free(scratch->listed);
    for (unsigned i = 0; i < PTN_COHORT_TIERS; i++)
        free(scratch->pieces[i].at);
    ptn_score_rows_release(&scratch->rows);
    free(scratch);
}

/* ---- the question ---- */

/* What can be said of the question before anything is looked up. */
static void read_question(struct ptn_find *question, const struct ptn_name *name)
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
static unsigned order_parts(struct ptn_find *question, uint64_t *ret_names)
{
    uint32_t names[PTN_NAME_PARTS_MAX];
    unsigned count = 0;

    *ret_names = 0;
    for (unsigned i = 0; i < question->side.part_count; i++) {
        uint32_t under;
        unsigned at = count;

        if (question->side.units[i].full_count == 0 || i == question->skipped)
            continue;
        under = ptn_gather_names(question, i);
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
static bool is_all_kept(const struct ptn_find *question)
{
    for (unsigned i = 0; i < question->side.unit_count; i++)
        if (question->side.units[i].full_count > 0 && question->hits_at[i] == PTN_NOT_KEPT)
            return false;
    return true;
}

/* ---- lists cut into pieces ---- */

/* What the forms like a unit weigh at most goes to its full parts. */
static void weigh(struct ptn_find *question, const struct ptn_unit *unit, unsigned weight,
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

/* Room for one piece more; NULL: there is none. */
static struct ptn_find_piece *add_piece(struct ptn_find_pieces *pieces)
{
    return pieces->count == pieces->max ? NULL : &pieces->at[pieces->count++];
}

/* The pieces of a list, each to its tier; false: no room. */
static bool add_pieces(struct ptn_find *question, const struct ptn_find_piece *whole)
{
    const struct ptn_cohort_cuts *cuts = &question->scratch->cuts;
    const uint32_t *listed = question->scratch->listed;
    const uint32_t *end = listed + whole->end;
    struct ptn_find_piece piece = *whole;

    for (uint32_t i = 0; i < cuts->count && piece.at < whole->end; i++) {
        const struct ptn_cohort_cut *cut = &cuts->at[i];

        if (listed[piece.at] >= cut->end)
            continue;
        if (listed[piece.at] < cut->first)
            piece.at = (uint32_t)(ptn_cohort_lower(listed + piece.at, end, cut->first) - listed);
        piece.end = whole->end;
        if (piece.at < piece.end && end[-1] >= cut->end)
            piece.end = (uint32_t)(ptn_cohort_lower(listed + piece.at, end, cut->end) - listed);
        piece.span = cut->span;
        if (piece.at < piece.end) {
            struct ptn_find_piece *added = add_piece(&question->scratch->pieces[cut->tier]);

            if (added == NULL)
                return false;
            *added = piece;
        }
        piece.at = piece.end;
    }
    return true;
}

/* List the names under a form behind those of the forms before it; false: no room, or the bytes are
 * no index. */
static bool list_names(struct ptn_find *question, uint32_t form)
{
    struct ptn_index_scratch *scratch = question->scratch;
    uint32_t count = ptn_posted_count(&question->view, form);
    uint32_t *at = scratch->listed + scratch->listed_count;

    if (count > question->view.counts[PTN_SECTION_NAMES])
        question->corrupt = true;
    else if (count > scratch->listed_max - scratch->listed_count)
        return false;
    else
        question->corrupt = !ptn_posted_read(&question->view, form, at);
    scratch->listed_count += question->corrupt ? 0 : count;
    return !question->corrupt;
}

/* What is to be known of a list whose names were listed from `at` on. */
static void describe_list(struct ptn_find *question, unsigned unit, const struct ptn_find_hit *hit,
                          uint32_t at, struct ptn_find_piece *ret_whole)
{
    const struct ptn_index_view *view = &question->view;
    const struct ptn_name_part *form = &view->forms[hit->form];
    struct ptn_score_rows *rows = &question->scratch->rows;
    bool is_part = unit < question->side.part_count;

    ret_whole->at = at;
    ret_whole->end = question->scratch->listed_count;
    ret_whole->value = ((uint32_t)question->side.units[unit].part->weight + form->weight) *
                       ptn_score_gain(hit->similarity);
    ret_whole->span = 0;
    ret_whole->weight = form->weight;
    ret_whole->full_count = form->full_count;
    ret_whole->is_join = hit->form >= view->header->part_form_count;
    ret_whole->is_again = is_part && ptn_score_rows_has_part(rows, hit->form);
    ptn_score_rows_mark(rows, hit->form, unit);
    weigh(question, &question->side.units[unit], form->weight, is_part && !ret_whole->is_join);
}

/* Cut the list of a form like a unit; false: no room, or the bytes are no index. */
static bool cut_list(struct ptn_find *question, unsigned unit, const struct ptn_find_hit *hit)
{
    struct ptn_index_scratch *scratch = question->scratch;
    uint32_t at = scratch->listed_count;
    bool is_whole = scratch->cuts.count == 1 && scratch->tiers[0].is_whole;
    struct ptn_find_piece cut = { 0 };
    struct ptn_find_piece *whole = is_whole ? add_piece(&scratch->pieces[0]) : &cut;

    if (whole == NULL || !list_names(question, hit->form))
        return false;
    describe_list(question, unit, hit, at, whole);
    return is_whole || whole->at == whole->end || add_pieces(question, whole);
}

/* The same of everything like a unit; how many names there are is noted. */
static bool cut_unit(struct ptn_find *question, unsigned unit)
{
    struct ptn_find_pieces *pieces = question->scratch->pieces;

    for (unsigned t = 0; t < question->tier_count; t++)
        pieces[t].firsts[unit] = pieces[t].count;
    for (uint32_t i = question->hits_at[unit]; i < question->hits_end[unit]; i++) {
        ptn_gather_fetch(question, i, question->hits_end[unit]);
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
static bool cut_lists(struct ptn_find *question)
{
    const struct ptn_side *side = &question->side;

    ptn_score_rows_begin(&question->scratch->rows, side);
    question->scratch->listed_count = 0;
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
static bool init_tiers(struct ptn_find *question, const struct ptn_index_query *query,
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
static void touch_parts(struct ptn_find *question, unsigned only_marked)
{
    for (unsigned i = 0; i < question->asked_count && !question->corrupt; i++)
        ptn_gather_touch(question, question->parts[i], i >= only_marked);
}

/* Read the question, find the forms like its parts and decide how their names are walked. */
static void prepare(struct ptn_find *question, const struct ptn_index_query *query)
{
    const struct ptn_side *side = &question->side;
    uint64_t names;

    read_question(question, query->name);
    question->skipped = ptn_gather_choose_skipped(question);
    for (unsigned i = 0; i < side->unit_count && !question->corrupt; i++)
        if (side->units[i].full_count > 0 &&
            (i != question->skipped || question->skipped == PTN_NAME_PARTS_MAX))
            ptn_gather(question, i);
    question->asked_count = order_parts(question, &names);
    if (question->skipped < PTN_NAME_PARTS_MAX && !question->corrupt &&
        names >
            (ptn_gather_is_cut(question, question->skipped) ? NAMES_A_CUT_PART : NAMES_A_LOOK_UP)) {
        ptn_gather(question, question->skipped);
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
static void set_loss(struct ptn_find *question, unsigned needed)
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
static bool is_too_little(const struct ptn_find *question, unsigned first_ones, unsigned initials,
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
static bool is_one_too_little(const struct ptn_find *question, unsigned needed)
{
    struct ptn_find one = { .side.weight = question->side.weight, .asked_count = 1 };

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
static struct plan make_plan(struct ptn_find *question, unsigned needed)
{
    const struct ptn_side *side = &question->side;
    unsigned count = question->asked_count;
    struct plan plan = { .first_ones = 0 };
    uint64_t looked_at = 0;
    uint32_t tier_names = 0;
    bool two;

    question->one_quick = question->initial_count > 0;
    two = side->full_count >= 2 &&
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
    plan.counted = plan.names >= tier_names / question->scratch->costs.counted;
    question->likely = PTN_LIKELY_TWICE;
    if (plan.counted && !two)
        question->likely = side->full_count == 1 && question->initial_count < 2 ? PTN_LIKELY_ALONE
                                                                                : PTN_LIKELY_ALL;
    plan.direct = two && !question->one_quick &&
                  looked_at * question->scratch->costs.look +
                          (plan.by_initials ? plan.names - looked_at : 0) <=
                      2 * plan.names;
    return plan;
}

/* Note the names of the tier at hand, one by one. */
static void ask_direct(struct ptn_find *question, const struct plan *plan)
{
    const struct ptn_side *side = &question->side;
    const struct ptn_find_pieces *pieces = question->pieces;

    question->walk = PTN_WALK_NOTES;
    for (unsigned k = 0; k < side->unit_count && !question->corrupt; k++) {
        unsigned unit = k < question->asked_count ? question->parts[k] : k;
        const struct ptn_find_asked asked = { &side->units[unit], 0, 1, true };
        bool is_first = k < plan->first_ones || unit >= side->part_count;

        if ((k >= question->asked_count && k < side->part_count) ||
            side->units[unit].full_count == 0)
            continue;
        question->only_marked = !is_first;
        for (uint32_t i = pieces->firsts[unit]; i < pieces->ends[unit]; i++)
            if (is_first || plan->by_initials || pieces->at[i].is_join)
                ptn_walk_pieces(question, &asked, &pieces->at[i], &pieces->at[i + 1]);
    }
    question->only_marked = false;
}

/* Count the names under the parts. Those under the last ones mark none, so all that do come first.
 */
static void count_parts(struct ptn_find *question, unsigned first_ones)
{
    question->walk = PTN_WALK_COUNTS;
    question->scratch->met_count = 0;
    question->met_all = true;
    for (unsigned i = 0; i < question->asked_count; i++) {
        if (i < first_ones)
            ptn_gather_touch(question, question->parts[i], false);
        else
            ptn_gather_touch_some(question, question->parts[i], PTN_PIECES_JOINS);
        question->met_ends[i] = question->scratch->met_count;
    }
    for (unsigned i = first_ones; i < question->asked_count; i++) {
        ptn_gather_touch_some(question, question->parts[i], PTN_PIECES_PARTS);
        question->met_ends[i] = question->scratch->met_count;
    }
}

/* Give the likely names what they are brought, part by part. */
static void fill_parts(struct ptn_find *question, unsigned first_ones)
{
    question->walk = PTN_WALK_FILLS;
    question->met_at = 0;
    for (unsigned i = 0; i < question->asked_count; i++) {
        ptn_walk_fill_met(question, question->parts[i], question->met_ends[i]);
        ptn_gather_touch(question, question->parts[i], i >= first_ones);
    }
}

/* Find the likely names of the tier at hand; whether they are few enough to be looked at one by
 * one, without what each list brings them. */
static bool ask_counted(struct ptn_find *question, const struct plan *plan)
{
    unsigned first_ones =
        question->likely == PTN_LIKELY_TWICE ? plan->first_ones : question->asked_count;

    ptn_walk_count_anew(question);
    count_parts(question, first_ones);
    ptn_walk_rank(question);
    if ((uint64_t)question->scratch->likely_count * question->scratch->costs.look < plan->names)
        return true;
    fill_parts(question, first_ones);
    return false;
}

/* Touch the names of the tier at hand. */
static void ask(struct ptn_find *question)
{
    struct ptn_score_rows *rows = &question->scratch->rows;
    unsigned skipped = question->skipped;

    if (!question->kept)
        ptn_score_rows_begin(rows, &question->side);
    question->walk = PTN_WALK_TOUCHES;
    touch_parts(question, question->two_needed && skipped == PTN_NAME_PARTS_MAX
                              ? question->asked_count - 1
                              : question->asked_count);
    if (skipped < PTN_NAME_PARTS_MAX && !question->corrupt) {
        rows->unsure |= 1ull << skipped;
        ptn_gather_touch_skipped(question, skipped);
    }
}

/* ---- bounds ---- */

/* No score of the name is above this; 0 when it cannot reach the minimum. */
static unsigned bound(const struct ptn_find *question, const struct ptn_find_touch *touch,
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

/*
 * Sort the touched names that can reach the threshold by bound, best bucket first, and forget all
 * touches. ret_ends[i] is where bucket i ends among the candidates.
 */
static void take_candidates(struct ptn_find *question, unsigned threshold,
                            uint32_t ret_ends[BUCKETS])
{
    struct ptn_index_scratch *scratch = question->scratch;
    bool by_place = question->walk == PTN_WALK_FILLS;
    bool likely = question->two_needed || by_place;
    const uint32_t *from = likely ? scratch->likely : scratch->touched;
    uint32_t from_count = likely ? scratch->likely_count : scratch->touched_count;
    uint32_t count = 0;
    uint32_t start = 0;

    memset(ret_ends, 0, BUCKETS * sizeof(*ret_ends));
    for (uint32_t i = 0; i < from_count; i++) {
        uint32_t name = from[i];
        const struct ptn_find_touch *touch = &scratch->touches[by_place ? i : name];
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
    ptn_walk_forget(question);
}

/* Names that were noted are candidates as they are: scoring bounds each. */
static void take_noted(struct ptn_find *question, const uint32_t *names, uint32_t count,
                       uint32_t ret_ends[BUCKETS])
{
    memcpy(question->scratch->candidates, names, count * sizeof(*names));
    for (unsigned i = 0; i < BUCKETS; i++)
        ret_ends[i] = count;
    ptn_walk_forget(question);
}

/* Ask memory early for what scoring the candidates some places on will need. */
static void fetch_candidate(const struct ptn_find *question, uint32_t at, uint32_t count)
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

static bool score_candidates(struct ptn_find *question, struct ptn_index_best *best,
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
static void find_candidates(struct ptn_find *question, unsigned needed, unsigned final_needed,
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
    struct ptn_find question = { .scratch = scratch };
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
