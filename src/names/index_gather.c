/*
 * names/index_gather.c -- the forms that are like the parts and joins of a question, and the
 * walking of what lies under them; one part may be compared with names instead of being looked up.
 */
#include "names/index_find_int.h"

/* ---- the forms like a part or join ---- */

/* What a look-up of near forms carries along. */
struct look_up {
    struct ptn_find *question;
    const struct ptn_unit *unit;
    bool joined;
    const struct ptn_find_asked
        *asked; /* NULL: keep what is found; else touch the names under it */
};

static void take_hit(struct look_up *look_up, uint32_t form, unsigned similarity)
{
    struct ptn_find *question = look_up->question;

    if (look_up->asked != NULL)
        ptn_walk_form(question, look_up->asked, form, similarity);
    else if (question->hit_count < question->scratch->hits_max)
        question->scratch->hits[question->hit_count++] = (struct ptn_find_hit){ form, similarity };
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
    struct ptn_find *question = look_up->question;
    bool is_join = look_up->unit->count > 1;

    look_up->joined = is_join || among_joins;
    if (!ptn_near_forms(&question->view, look_up->unit->part, is_join, among_joins,
                        &question->scratch->seen, on_near, look_up))
        question->corrupt = true;
}

static void try_variants(struct look_up *look_up)
{
    struct ptn_find *question = look_up->question;
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

    for (uint32_t i = 0; i < view->part_form_count; i++)
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

bool ptn_gather_is_cut(const struct ptn_find *question, unsigned unit)
{
    return question->side.truncated && unit + 1u == question->side.part_count;
}

/* What is near a known unit was worked out when the index was built. */
static void read_near(struct look_up *look_up, uint32_t form)
{
    const struct ptn_index_view *view = &look_up->question->view;
    struct ptn_near_list list;

    if (!ptn_near_list_of(view, form, &list)) {
        look_up->question->corrupt = true;
        return;
    }
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
    if (ptn_gather_is_cut(look_up->question, unit))
        try_starts(look_up);
}

/* Keep what is like a unit. */
void ptn_gather(struct ptn_find *question, unsigned unit)
{
    struct look_up look_up = { .question = question, .unit = &question->side.units[unit] };
    uint32_t start = question->hit_count;

    find_unit(&look_up, unit);
    if (question->hit_count == question->scratch->hits_max)
        return; /* there may be more */
    question->hits_at[unit] = start;
    question->hits_end[unit] = question->hit_count;
}

/* How many eights lie under the forms like a part that is gathered; UINT32_MAX where not all could
 * be kept. */
uint32_t ptn_gather_eights(const struct ptn_find *question, unsigned unit)
{
    const struct ptn_index_view *view = &question->view;
    const struct ptn_find_hit *hits = question->scratch->hits;
    uint64_t count = 0;

    if (question->hits_at[unit] == PTN_NOT_KEPT)
        return UINT32_MAX;
    for (uint32_t i = question->hits_at[unit]; i < question->hits_end[unit]; i++) {
        if (i + 2 * PTN_FORMS_AHEAD < question->hits_end[unit])
            __builtin_prefetch(&view->postings[hits[i + 2 * PTN_FORMS_AHEAD].form]);
        if (i + PTN_FORMS_AHEAD < question->hits_end[unit])
            ptn_posted_fetch(view, hits[i + PTN_FORMS_AHEAD].form);
        count +=
            ptn_posted_count(view, hits[i].form); /* what is no list is found when it is read */
    }
    return count < UINT32_MAX ? (uint32_t)count : UINT32_MAX - 1;
}

/* Ask memory early for what walking the hits some places on will need. */
void ptn_gather_fetch(const struct ptn_find *question, uint32_t i, uint32_t end)
{
    const struct ptn_index_view *view = &question->view;
    const struct ptn_find_hit *hits = question->scratch->hits;

    if (i + 2 * PTN_FORMS_AHEAD < end) {
        __builtin_prefetch(&view->forms[hits[i + 2 * PTN_FORMS_AHEAD].form].weight);
        __builtin_prefetch(&view->postings[hits[i + 2 * PTN_FORMS_AHEAD].form]);
        __builtin_prefetch(&question->scratch->rows.rows[hits[i + 2 * PTN_FORMS_AHEAD].form]);
    }
    if (i + PTN_FORMS_AHEAD < end)
        ptn_posted_fetch(view, hits[i + PTN_FORMS_AHEAD].form);
}

/* Touch all names under what is like a unit. */
static void touch_unit(struct ptn_find *question, const struct ptn_find_asked *asked, unsigned unit)
{
    const struct ptn_find_hit *hits = question->scratch->hits;
    const struct ptn_find_pieces *pieces = question->pieces;
    struct look_up look_up = { question, asked->unit, false, asked };

    if (question->kept) {
        ptn_walk_pieces(question, asked, pieces->at + pieces->firsts[unit],
                        pieces->at + pieces->ends[unit]);
        return;
    }
    if (question->hits_at[unit] == PTN_NOT_KEPT) {
        find_unit(&look_up, unit);
        return;
    }
    for (uint32_t i = question->hits_at[unit]; i < question->hits_end[unit]; i++) {
        ptn_gather_fetch(question, i, question->hits_end[unit]);
        ptn_walk_form(question, asked, hits[i].form, hits[i].similarity);
    }
}

/* The joins of the question that a part is a full part of. */
static void touch_joins(struct ptn_find *question, unsigned part)
{
    const struct ptn_side *side = &question->side;
    struct ptn_find_asked asked = { .part = part };

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
void ptn_gather_touch(struct ptn_find *question, unsigned part, bool only_marked)
{
    struct ptn_find_asked asked = { &question->side.units[part], part, 1, true };

    question->only_marked = only_marked;
    touch_unit(question, &asked, part);
    question->only_marked = false;
    touch_joins(question, part);
}

void ptn_gather_touch_some(struct ptn_find *question, unsigned part, enum ptn_find_which which)
{
    struct ptn_find_asked asked = { &question->side.units[part], part, 1, true };

    question->which = which;
    question->only_marked = which == PTN_PIECES_PARTS;
    touch_unit(question, &asked, part);
    question->which = PTN_PIECES_ALL;
    question->only_marked = false;
    if (which == PTN_PIECES_JOINS || which == PTN_PIECES_HIGH)
        touch_joins(question, part);
}

/* ---- the part that is not looked up ---- */

/* What looking a part up costs, about, by the length of its skeleton: short ones have the most
 * neighbours. */
static unsigned look_up_cost(const struct ptn_find *question, unsigned part)
{
    static const uint8_t costs[] = { 20, 28, 57, 31, 15, 29, 6 };
    unsigned len = question->side.units[part].part->skeleton_len;

    if (ptn_gather_is_cut(question, part))
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
unsigned ptn_gather_choose_skipped(const struct ptn_find *question)
{
    unsigned best = PTN_NAME_PARTS_MAX;

    if (!question->two_needed)
        return best;
    for (unsigned i = 0; i < question->side.part_count; i++)
        if (question->side.units[i].full_count > 0 && look_up_cost(question, i) > 0 &&
            (question->side.full_count == 2 || ptn_gather_is_cut(question, i)) &&
            (best == PTN_NAME_PARTS_MAX ||
             look_up_cost(question, i) > look_up_cost(question, best)))
            best = i;
    return best;
}

static unsigned similarity_of(struct ptn_find *question, const struct ptn_find_asked *asked,
                              uint32_t number)
{
    struct ptn_find_memo *memo = &question->scratch->memos[number];
    const struct ptn_name_part *form = &question->view.forms[number];

    if (memo->stamp == question->scratch->memo_stamp)
        return memo->similarity;
    memo->stamp = question->scratch->memo_stamp;
    memo->similarity = 0;
    if (form->full_count == 0)
        return 0;
    memo->similarity = ptn_part_likeness(asked->unit->part, form, false).similarity;
    if (ptn_gather_is_cut(question, asked->part) && memo->similarity < PTN_CUT_SHORT &&
        ptn_part_is_start(asked->unit->part, form))
        memo->similarity = PTN_CUT_SHORT;
    return memo->similarity;
}

/* Compare the skipped part with the parts of one name. */
static void compare_skipped(struct ptn_find *question, const struct ptn_find_asked *asked,
                            uint32_t name)
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
            ptn_walk_touch(question, asked, name,
                           &(struct ptn_find_bringing){
                               ((uint32_t)asked->unit->part->weight + view->forms[number].weight) *
                                   ptn_score_gain(similarity),
                               view->forms[number].weight,
                               ptn_find_full(view->forms[number].full_count) });
    }
}

/* Ask memory early for what the names some places on will need. */
static void fetch_ahead(const struct ptn_find *question, uint32_t i, uint32_t count)
{
    const struct ptn_index_view *view = &question->view;
    const uint32_t *touched = question->scratch->touched;

    if (i + 16 < count)
        __builtin_prefetch(&view->names[touched[i + 16]]);
    if (i + 8 < count && view->names[touched[i + 8]].units_at < view->counts[PTN_SECTION_UNITS])
        __builtin_prefetch(&view->units[view->names[touched[i + 8]].units_at]);
}

/* The same with the names of a span that have two initials and that nothing has touched. */
static void compare_initialed(struct ptn_find *question, const struct ptn_find_asked *asked,
                              const struct ptn_cohort_range *span)
{
    const struct ptn_index_view *view = &question->view;
    const uint32_t *end = view->initials + view->initials_count;
    const uint32_t *at = ptn_cohort_lower(view->initials, end, span->first);

    for (; at < end && *at < span->end && !question->corrupt; at++)
        if (!ptn_find_is_marked(question->scratch->marks, *at))
            compare_skipped(question, asked, *at);
}

/* What the skipped part brings to the names that the others touched. */
void ptn_gather_touch_skipped(struct ptn_find *question, unsigned part)
{
    struct ptn_find_asked asked = { &question->side.units[part], part, 1, true };
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
