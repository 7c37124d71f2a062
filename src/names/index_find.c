#include <stdlib.h>

#include "names/index.h"
#include "names/index_find_int.h"

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
/* So many eights are kept under these, and twice as many as the index has names. */
#define LISTED 65536u
/* So many of a list are parted at most: where spans start and end. */
#define PARTED ((size_t)2 * PTN_INDEX_COHORTS)
/* As many pieces a hit there is room for in each tier. */
#define PIECES_A_HIT 2u
/* The same of names that are only weighed. */
#define NAMES_AHEAD 24u

#define BUCKETS 128u

/* A bit a name, in whole words. */
static uint8_t *new_marks(const struct ptn_index *index)
{
    return calloc(ptn_find_words(index->counts[PTN_SECTION_NAMES]), 8);
}

/* The names that one touch makes likely; false: no memory. */
static bool note_quick(struct ptn_index_scratch *scratch, const struct ptn_index *index)
{
    struct ptn_index_view view = ptn_index_view_of(index);
    size_t len = ptn_find_words(scratch->name_count) * sizeof(uint64_t);

    scratch->initialed = new_marks(index);
    scratch->one_initialed = new_marks(index);
    scratch->repeated = new_marks(index);
    scratch->quick = new_marks(index);
    scratch->one_quick = new_marks(index);
    if (scratch->initialed == NULL || scratch->one_initialed == NULL || scratch->repeated == NULL ||
        scratch->quick == NULL || scratch->one_quick == NULL)
        return false;
    for (uint32_t i = 0; i < view.counts[PTN_SECTION_INITIALS]; i++) {
        uint32_t name = view.initials[i];
        uint8_t bit = (uint8_t)(1u << name % 8);

        if (name >= scratch->name_count)
            continue;
        scratch->one_initialed[name / 8] |= bit;
        scratch->initialed[name / 8] |= i < view.initials_count ? bit : 0;
    }
    for (uint32_t i = 0; i < view.counts[PTN_SECTION_REPEATED]; i++)
        if (view.repeated[i] < scratch->name_count)
            scratch->repeated[view.repeated[i] / 8] |= (uint8_t)(1u << view.repeated[i] % 8);
    for (size_t i = 0; i < len; i++) {
        scratch->one_quick[i] = scratch->repeated[i] | scratch->one_initialed[i];
        scratch->quick[i] = scratch->repeated[i] | scratch->initialed[i];
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

void ptn_index_scratch_compare(struct ptn_index_scratch *scratch, enum ptn_block_way way)
{
    scratch->seen.way = way;
}

/* Room for what is found like a question's units; false: no memory. */
static bool init_hits(struct ptn_index_scratch *scratch)
{
    bool good;

    scratch->hits_max = 2 * scratch->form_count + 16;
    scratch->hits_max = scratch->hits_max < HITS_MAX ? scratch->hits_max : HITS_MAX;
    scratch->hits = calloc(scratch->hits_max, sizeof(*scratch->hits));
    scratch->listed_max = 2 * scratch->name_count + LISTED;
    scratch->listed = calloc((size_t)scratch->listed_max + scratch->name_count + PARTED + 1,
                             sizeof(*scratch->listed));
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
    scratch->marks = new_marks(index);
    scratch->twice = new_marks(index);
    scratch->words = calloc(ptn_find_words(scratch->name_count) / 64 + 1, sizeof(*scratch->words));
    scratch->once = new_marks(index);
    scratch->met = calloc(PTN_INDEX_MET_MAX, sizeof(*scratch->met));
    scratch->ranks = calloc(ptn_find_words(scratch->name_count), sizeof(*scratch->ranks));
    scratch->touched = calloc(names, sizeof(*scratch->touched));
    scratch->likely = calloc(names, sizeof(*scratch->likely));
    scratch->candidates = calloc(names, sizeof(*scratch->candidates));
    scratch->bounds = calloc(names, sizeof(*scratch->bounds));
    scratch->seen.at = calloc(skeletons, sizeof(*scratch->seen.at));
    scratch->form_count = index->counts[PTN_SECTION_FORMS];
    scratch->costs = (struct ptn_index_costs){
        .look = 300, .counted = 320, .met = PTN_INDEX_MET_MAX, .form = 8, .low = 2
    };
    scratch->memos = calloc((size_t)scratch->form_count + 1, sizeof(*scratch->memos));
    if (!init_hits(scratch) || !note_quick(scratch, index) || scratch->memos == NULL ||
        !init_rows(scratch, index) || scratch->touches == NULL || scratch->marks == NULL ||
        scratch->met == NULL || scratch->twice == NULL || scratch->words == NULL ||
        scratch->once == NULL || scratch->ranks == NULL || scratch->touched == NULL ||
        scratch->likely == NULL || scratch->candidates == NULL || scratch->bounds == NULL ||
        scratch->seen.at == NULL) {
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
    free(scratch->twice);
    free(scratch->words);
    free(scratch->ranks);
    free(scratch->met);
    free(scratch->initialed);
    free(scratch->one_initialed);
    free(scratch->repeated);
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
        if (part->weight > question->heaviest_part)
            question->heaviest_part = part->weight;
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
        under = ptn_gather_eights(question, i);
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

/* The pieces of the list read last, each to its tier; false: no room. */
static bool add_pieces(struct ptn_find *question, const struct ptn_find_piece *whole)
{
    struct ptn_index_scratch *scratch = question->scratch;
    uint32_t *listed = scratch->listed;
    uint32_t *at = listed + whole->at;
    uint32_t *end = listed + whole->end;
    struct ptn_find_piece piece = *whole;

    for (uint32_t i = 0; i < scratch->cuts.count && at < end; i++) {
        const struct ptn_cohort_cut *cut = &scratch->cuts.at[i];
        struct ptn_find_piece *added;
        uint32_t *last;

        if (ptn_eight_first(*at) >= cut->end)
            continue;
        if (ptn_eight_first(*at) < cut->first)
            at = ptn_eights_cut(at, &end, cut->first);
        last = end;
        if (at < end && ptn_eight_end(end[-1]) > cut->end)
            last = ptn_eights_cut(at, &end, cut->end);
        piece.at = (uint32_t)(at - listed);
        piece.end = (uint32_t)(last - listed);
        piece.span = cut->span;
        added = at < last ? add_piece(&scratch->pieces[cut->tier]) : NULL;
        if (at < last && added == NULL)
            return false;
        if (added != NULL)
            *added = piece;
        at = last;
    }
    scratch->listed_count = (uint32_t)(end - listed);
    return true;
}

/* List the names under a form behind those of the forms before it; false: no room, or the bytes are
 * no index. */
static bool list_names(struct ptn_find *question, uint32_t form)
{
    struct ptn_index_scratch *scratch = question->scratch;
    uint32_t count = ptn_posted_count(&question->view, form);

    if (scratch->listed_count > scratch->listed_max)
        return false;
    question->corrupt =
        count > question->view.counts[PTN_SECTION_NAMES] ||
        !ptn_posted_read(&question->view, form, count, scratch->listed + scratch->listed_count);
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
    ret_whole->is_join = hit->form >= view->part_form_count;
    ret_whole->again = 0;
    if (is_part) {
        ret_whole->again = (uint8_t)ptn_score_rows_likeness(rows, hit->form);
        question->alike = question->alike || ret_whole->again > 0;
        ptn_score_rows_mark_part(rows, hit->form, unit, hit->similarity);
    } else {
        ptn_score_rows_mark(rows, hit->form, unit);
    }
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
        pieces[t].eights[unit] = 0;
        for (uint32_t i = pieces[t].firsts[unit]; i < pieces[t].ends[unit]; i++)
            pieces[t].eights[unit] += pieces[t].at[i].end - pieces[t].at[i].at;
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
    question->loss_allowed = (PTN_SCORE_ONE - ptn_score_raw_of(needed)) * cover;
    question->low_gain = 0;
}

/*
 * What one pair of an answer gains at least, where no join is paired: the raw score is at most the
 * mean of the gains of what is covered. Light parts and initials gain all; what they cover at most,
 * others weigh up, of which an answer covers so much at least that what is left over of the
 * question is not too much. Names with initials that make them likely are not meant.
 */
static unsigned gain_of_one(const struct ptn_find *question, unsigned needed)
{
    uint64_t raw = ptn_score_raw_of(needed);
    uint64_t covered = (uint64_t)question->side.weight * PTN_UNMATCHED_MORE * raw /
                       (PTN_UNMATCHED_MORE * raw + 100 * (PTN_SCORE_ONE - raw));
    uint64_t initials = question->initial_count;
    uint64_t light = question->light_weight + question->light_count * LIGHT_MOST;
    uint64_t lost;

    if (initials == 0 && question->side.full_count > 2)
        initials = 1; /* the name's */
    light += initials * 2 * PTN_INITIAL_COVER;
    if (covered <= light)
        return 0;
    lost = (light * (PTN_SCORE_ONE - raw) + covered - light - 1) / (covered - light);
    return raw > lost ? (unsigned)(raw - lost) : 0;
}

/*
 * What a piece under a unit is. A list that is walked for one part says nothing new for another: a
 * name with only this form in common shares one part, unless it has the form twice, and then it is
 * likely already. But for the other part it must not be left out, nor be low where for this one it
 * is not.
 */
static uint8_t judge(const struct ptn_find *question, const struct ptn_unit *unit,
                     const struct ptn_find_piece *piece)
{
    uint32_t weight = (uint32_t)unit->part->weight + piece->weight;
    uint64_t lost = (uint64_t)weight * PTN_SCORE_ONE - piece->value;
    uint64_t allowed = question->filters ? question->loss_allowed : UINT64_MAX;
    bool is_low = unit->count == 1 && !piece->is_join && piece->value < question->low_gain * weight;
    uint8_t is = (uint8_t)((is_low ? PTN_IS_LOW : 0) | (lost > allowed ? PTN_IS_OUT : 0));

    if (piece->again > 0) {
        uint64_t gain = ptn_score_gain(piece->again * PTN_SCORE_ONE / 255);

        lost = ((uint64_t)question->heaviest_part + piece->weight) * (PTN_SCORE_ONE - gain);
        if (lost <= allowed && (is_low || gain >= question->low_gain))
            is |= PTN_IS_AGAIN;
    }
    return is;
}

/* Judge the pieces of a unit; how many eights are in low ones. */
static uint64_t judge_unit(const struct ptn_find *question, unsigned unit)
{
    const struct ptn_find_pieces *pieces = question->pieces;
    uint64_t low = 0;

    for (uint32_t i = pieces->firsts[unit]; i < pieces->ends[unit]; i++) {
        struct ptn_find_piece *piece = &pieces->at[i];

        piece->is = judge(question, &question->side.units[unit], piece);
        low += (piece->is & PTN_IS_LOW) != 0 ? piece->end - piece->at : 0;
    }
    return low;
}

static uint64_t judge_all(const struct ptn_find *question)
{
    const struct ptn_side *side = &question->side;
    uint64_t low = 0;

    for (unsigned i = 0; i < question->asked_count; i++)
        low += judge_unit(question, question->parts[i]);
    for (unsigned i = side->part_count; i < side->unit_count; i++)
        if (side->units[i].full_count > 0)
            (void)judge_unit(question, i);
    return low;
}

/* Judge the pieces of the tier at hand. Low ones are told apart where two parts must be shared and
 * most of the names lie in such. */
static void judge_pieces(struct ptn_find *question, unsigned needed, uint64_t eights,
                         bool may_be_low)
{
    question->low_gain = may_be_low ? gain_of_one(question, needed) : 0;
    if (question->low_gain <= ptn_score_gain(PTN_FLOOR_OTHER))
        question->low_gain = 0; /* no list gains less */
    if (judge_all(question) * question->scratch->costs.low > eights || question->low_gain == 0)
        return;
    question->low_gain = 0;
    (void)judge_all(question);
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
           ptn_score_raw_of(needed) * ((a_cover + b_cover) * 100 + PTN_UNMATCHED_MORE * left);
}

/* How the names of a tier are found. */
struct plan {
    unsigned first_ones; /* in question->parts: no name reaches what is needed without one of them,
                            or a join */
    bool by_initials;    /* except names with two initials under the others */
    bool direct;         /* names under the first ones are looked at one by one */
    bool counted;        /* lists are walked twice: two parts must be shared */
    uint64_t eights;     /* in the lists of the parts */
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
        plan.eights += question->pieces->eights[question->parts[i - 1]];
        if (plan.first_ones > 0)
            continue;
        looked_at = plan.eights;
        if (i == count || (two && i + 1 == count) ||
            is_too_little(question, i, question->one_quick ? 0 : 1, needed))
            plan.first_ones = i;
    }
    /* one initial for each of the first parts: two at least, to stand for one shared */
    plan.by_initials = plan.first_ones > 1 && plan.first_ones < count &&
                       !is_too_little(question, plan.first_ones, plan.first_ones, needed);
    for (uint32_t i = 0; i < question->tier->span_count; i++)
        tier_names += question->tier->spans[i].end - question->tier->spans[i].first;
    plan.counted = plan.eights >= tier_names / question->scratch->costs.counted;
    question->likely = PTN_LIKELY_TWICE;
    if (plan.counted && !two)
        question->likely = side->full_count == 1 && question->initial_count < 2 ? PTN_LIKELY_ALONE
                                                                                : PTN_LIKELY_ALL;
    plan.direct = two && !question->one_quick &&
                  looked_at * question->scratch->costs.look +
                          (plan.by_initials ? plan.eights - looked_at : 0) <=
                      2 * plan.eights;
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
        if (question->low_gain > 0)
            ptn_gather_touch_some(question, question->parts[i], PTN_PIECES_HIGH);
        else if (i < first_ones)
            ptn_gather_touch(question, question->parts[i], false);
        else
            ptn_gather_touch_some(question, question->parts[i], PTN_PIECES_JOINS);
        question->met_ends[i] = question->scratch->met_count;
    }
    for (unsigned i = question->low_gain > 0 ? 0 : first_ones; i < question->asked_count; i++) {
        ptn_gather_touch_some(question, question->parts[i],
                              question->low_gain > 0 ? PTN_PIECES_LOW : PTN_PIECES_PARTS);
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

    if (question->low_gain > 0)
        first_ones = question->asked_count; /* what is not low touches, under any part */
    ptn_walk_count_anew(question);
    count_parts(question, first_ones);
    ptn_walk_rank(question);
    if ((uint64_t)question->scratch->likely_count * question->scratch->costs.look < plan->eights)
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

/* No raw score of the name is above this; 0 when it cannot reach the minimum. */
static struct ptn_score_quotient bound(const struct ptn_find *question,
                                       const struct ptn_find_touch *touch,
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
        return (struct ptn_score_quotient){ 0, 1 };
    return ptn_score_raw_bound(most, entry);
}

/* Names beside each other of which as much is left, and the raw score that they need. */
struct reach {
    struct ptn_cohort_range names;
    unsigned raw_needed; /* above PTN_SCORE_ONE: none of them is an answer */
};

/* Those that a name of the tier is among. */
static struct reach reach_of(const struct ptn_find *question, uint32_t name, unsigned threshold)
{
    struct reach reach = { .names = *ptn_cohort_range_of(question->tier, name) };
    unsigned needed = ptn_cohort_needed(threshold, reach.names.most);

    reach.raw_needed = needed > PTN_SCORE_ONE ? PTN_SCORE_ONE + 1u : ptn_score_raw_of(needed);
    return reach;
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
    struct reach reach = { .names = { 0, 0, 0 } };
    uint32_t count = 0;
    uint32_t start = 0;

    memset(ret_ends, 0, BUCKETS * sizeof(*ret_ends));
    for (uint32_t i = 0; i < from_count; i++) {
        uint32_t name = from[i];
        const struct ptn_find_touch *touch = &scratch->touches[by_place ? i : name];
        struct ptn_score_quotient raw;
        unsigned most;

        if (i + NAMES_AHEAD < from_count) {
            if (!by_place)
                __builtin_prefetch(&scratch->touches[from[i + NAMES_AHEAD]]);
            __builtin_prefetch(&question->view.names[from[i + NAMES_AHEAD]]);
        }
        if (name - reach.names.first >= reach.names.end - reach.names.first)
            reach = reach_of(question, name, threshold);
        raw = bound(question, touch, &question->view.names[name]);
        if (reach.raw_needed > PTN_SCORE_ONE || !ptn_score_may_reach(raw, reach.raw_needed))
            continue;
        most = ptn_score_bound(raw) * reach.names.most / PTN_SCORE_ONE;
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
        if (entry->units_at < view->counts[PTN_SECTION_UNITS] - entry->unit_count)
            __builtin_prefetch(&view->units[entry->units_at + entry->unit_count]);
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
            needed = ptn_index_best_needed_of(best, question->view.names[name].entry);
            needed = ptn_cohort_needed(needed, ptn_cohort_most(question->tier, name));
            if (needed > PTN_SCORE_ONE)
                continue;
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
    if (question->kept) {
        plan = make_plan(question, needed);
        judge_pieces(question, needed, plan.eights,
                     plan.counted && !plan.direct && question->likely == PTN_LIKELY_TWICE);
    }
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
