#include "names/index.h"

#include "names/index_near_int.h"
#include "names/index_posted_int.h"

static const uint32_t item_sizes[PTN_SECTION_COUNT] = {
    [PTN_SECTION_NAMES] = sizeof(struct ptn_index_entry),
    [PTN_SECTION_UNITS] = sizeof(uint32_t),
    [PTN_SECTION_FORMS] = sizeof(struct ptn_name_part),
    [PTN_SECTION_POSTINGS] = sizeof(uint32_t),
    [PTN_SECTION_POSTED] = 1,
    [PTN_SECTION_SKELETONS] = sizeof(struct ptn_index_skeleton),
    [PTN_SECTION_KEYS] = sizeof(struct ptn_index_key),
    [PTN_SECTION_BUCKETS] = sizeof(uint32_t),
    [PTN_SECTION_KEYED] = sizeof(uint32_t),
    [PTN_SECTION_VARIANTS] = sizeof(uint32_t),
    [PTN_SECTION_VARIED] = sizeof(uint32_t),
    [PTN_SECTION_INITIALS] = sizeof(uint32_t),
    [PTN_SECTION_REPEATED] = sizeof(uint32_t),
    [PTN_SECTION_ALONE] = sizeof(uint64_t),
    [PTN_SECTION_COHORTS] = sizeof(struct ptn_index_cohort),
    [PTN_SECTION_ORDINALS] = sizeof(uint32_t),
    [PTN_SECTION_NEAR] = sizeof(uint32_t),
    [PTN_SECTION_NEARBY] = 1,
};

static_assert(PTN_SECTION_COUNT <= 20, "an open index has room for every section");

/* What ties the sections' lengths to each other. */
static bool counts_fit(const struct ptn_index_header *header, const uint32_t *counts)
{
    return header->name_count == counts[PTN_SECTION_NAMES] &&
           header->name_count <= PTN_INDEX_NAMES_MAX &&
           header->part_form_count <= counts[PTN_SECTION_FORMS] &&
           counts[PTN_SECTION_FORMS] <= PTN_UNIT_FORM_MAX &&
           counts[PTN_SECTION_POSTINGS] == counts[PTN_SECTION_FORMS] &&
           counts[PTN_SECTION_POSTED] <= PTN_POSTED_ONE &&
           header->part_skeleton_count <= counts[PTN_SECTION_SKELETONS] &&
           header->part_key_bits < 31 && header->join_key_bits < 31 &&
           counts[PTN_SECTION_BUCKETS] ==
               (1u << header->part_key_bits) + (1u << header->join_key_bits) + 2 &&
           (counts[PTN_SECTION_NEAR] ==
                (counts[PTN_SECTION_FORMS] + PTN_NEAR_FORMS - 1) / PTN_NEAR_FORMS ||
            counts[PTN_SECTION_NEAR] == 0) &&
           (counts[PTN_SECTION_ORDINALS] == counts[PTN_SECTION_NAMES] ||
            counts[PTN_SECTION_ORDINALS] == 0) &&
           counts[PTN_SECTION_ALONE] == (counts[PTN_SECTION_NAMES] + 63) / 64 &&
           header->initials_count <= counts[PTN_SECTION_INITIALS] &&
           counts[PTN_SECTION_COHORTS] >= 1 &&
           counts[PTN_SECTION_COHORTS] <= PTN_INDEX_COHORTS + 1 &&
           counts[PTN_SECTION_VARIANTS] >= 1;
}

/* POST-8: what the header says is taken once; sections are read within the bounds checked here. */
struct ptn_status ptn_index_open(struct ptn_bytes blob, struct ptn_index *ret_index,
                                 struct ptn_diag *reterr)
{
    struct ptn_index index = { .blob = blob };
    struct ptn_index_header header;

    if (blob.len < sizeof(header) || (uintptr_t)blob.at % PTN_INDEX_ALIGNMENT != 0)
        return ptn_fail(PTN_C_CORRUPT, reterr, 0, "not an index of names");
    memcpy(&header, blob.at, sizeof(header));
    if (header.magic != PTN_INDEX_MAGIC || header.version != PTN_INDEX_VERSION)
        return ptn_fail(PTN_C_CORRUPT, reterr, 0, "not an index of names of this version");
    if (header.score_version != PTN_SCORE_VERSION)
        return ptn_fail(PTN_C_CORRUPT, reterr, 12, "index of names made for another score");
    for (unsigned i = 0; i < PTN_SECTION_COUNT; i++) {
        uint64_t offset = header.sections[i].offset;
        uint64_t len = header.sections[i].len;

        if (offset > blob.len || len > blob.len - offset || offset % PTN_INDEX_ALIGNMENT != 0 ||
            len % item_sizes[i] != 0 || len / item_sizes[i] > UINT32_MAX)
            return ptn_fail(PTN_C_CORRUPT, reterr, i, "section of an index of names out of bounds");
        index.sections[i] = blob.at + offset;
        index.counts[i] = (uint32_t)(len / item_sizes[i]);
    }
    if (!counts_fit(&header, index.counts))
        return ptn_fail(PTN_C_CORRUPT, reterr, 0, "sections of an index of names do not fit");
    index.said.part_form_count = header.part_form_count;
    index.said.part_skeleton_count = header.part_skeleton_count;
    index.said.part_key_bits = header.part_key_bits;
    index.said.join_key_bits = header.join_key_bits;
    index.said.initials_count = header.initials_count;
    *ret_index = index;
    return PTN_OK;
}

size_t ptn_index_name_count(const struct ptn_index *index)
{
    return index->counts[PTN_SECTION_NAMES];
}

struct ptn_index_view ptn_index_view_of(const struct ptn_index *index)
{
    struct ptn_index_view view = {
        .part_form_count = index->said.part_form_count,
        .part_skeleton_count = index->said.part_skeleton_count,
        .part_key_bits = index->said.part_key_bits,
        .join_key_bits = index->said.join_key_bits,
        .initials_count = index->said.initials_count,
        .names = index->sections[PTN_SECTION_NAMES],
        .units = index->sections[PTN_SECTION_UNITS],
        .forms = index->sections[PTN_SECTION_FORMS],
        .postings = index->sections[PTN_SECTION_POSTINGS],
        .posted = index->sections[PTN_SECTION_POSTED],
        .skeletons = index->sections[PTN_SECTION_SKELETONS],
        .keys = index->sections[PTN_SECTION_KEYS],
        .buckets = index->sections[PTN_SECTION_BUCKETS],
        .keyed = index->sections[PTN_SECTION_KEYED],
        .variants = index->sections[PTN_SECTION_VARIANTS],
        .varied = index->sections[PTN_SECTION_VARIED],
        .initials = index->sections[PTN_SECTION_INITIALS],
        .repeated = index->sections[PTN_SECTION_REPEATED],
        .alone = index->sections[PTN_SECTION_ALONE],
        .cohorts = index->sections[PTN_SECTION_COHORTS],
        .ordinals = index->sections[PTN_SECTION_ORDINALS],
        .near = index->sections[PTN_SECTION_NEAR],
        .nearby = index->sections[PTN_SECTION_NEARBY],
    };

    memcpy(view.counts, index->counts, sizeof(view.counts));
    return view;
}

bool ptn_index_shape(const struct ptn_index_view *view, uint32_t name, struct ptn_side *ret_side)
{
    const struct ptn_index_entry *entry = &view->names[name];

    if (entry->part_count > PTN_NAME_PARTS_MAX || entry->unit_count > PTN_UNITS_MAX ||
        entry->part_count > entry->unit_count ||
        entry->units_at > view->counts[PTN_SECTION_UNITS] ||
        entry->unit_count > view->counts[PTN_SECTION_UNITS] - entry->units_at)
        return false;
    ret_side->part_count = entry->part_count;
    ret_side->unit_count = entry->unit_count;
    ret_side->full_count = entry->full_count;
    ret_side->weight = entry->weight;
    ret_side->truncated = false;
    for (unsigned i = 0; i < entry->unit_count; i++) {
        uint32_t packed = view->units[entry->units_at + i];
        uint32_t form = packed & PTN_UNIT_FORM_MAX;
        unsigned first = packed >> 26 & 15u;
        unsigned count = (packed >> 30) + 1;

        if (form >= view->counts[PTN_SECTION_FORMS] || first + count > entry->part_count ||
            (i < entry->part_count) != (count == 1) || (count == 1 && first != i) || count > 3 ||
            (count == 1) != (form < view->part_form_count))
            return false;
        ret_side->units[i] = (struct ptn_unit){ NULL, (uint8_t)first, (uint8_t)count, 0 };
    }
    return true;
}

bool ptn_index_side(const struct ptn_index_view *view, uint32_t name, struct ptn_side *ret_side)
{
    if (!ptn_index_shape(view, name, ret_side))
        return false;
    for (unsigned i = 0; i < ret_side->unit_count; i++) {
        const struct ptn_name_part *form =
            &view->forms[view->units[view->names[name].units_at + i] & PTN_UNIT_FORM_MAX];

        if (form->symbol_count == 0 || form->symbol_count > PTN_NAME_SYMBOLS_MAX)
            return false;
        ret_side->units[i].part = form;
        ret_side->units[i].full_count = form->full_count;
    }
    return true;
}

/* ---- the best answers so far ---- */

void ptn_index_best_init(struct ptn_index_best *best, const struct ptn_index_query *query,
                         struct ptn_index_hit *hits)
{
    *best = (struct ptn_index_best){
        .query = query,
        .threshold = query->threshold > PTN_SCORE_MINIMUM ? query->threshold : PTN_SCORE_MINIMUM,
        .top = query->top < 1                   ? 1
               : query->top > PTN_INDEX_TOP_MAX ? PTN_INDEX_TOP_MAX
                                                : query->top,
        .hits = hits,
    };
}

/* Two names of one entry: by score, then by name. Two entries: by score, then by entry. */
static bool is_better(const struct ptn_index_hit *a, const struct ptn_index_hit *b)
{
    if (a->score != b->score)
        return a->score > b->score;
    return a->entry != b->entry ? a->entry < b->entry : a->name < b->name;
}

void ptn_index_best_offer(struct ptn_index_best *best, uint32_t entry, uint32_t name,
                          unsigned score)
{
    struct ptn_index_hit hit = { entry, name, 0, (uint16_t)score };
    unsigned final = score;
    size_t at = 0;

    if (score < ptn_index_best_needed(best))
        return;
    if (best->query->adjust != NULL)
        final = best->query->adjust(best->query->context, name, score);
    if (final > score)
        final = score;
    if (final < best->threshold)
        return;
    hit.score = (uint16_t) final;
    while (at < best->count && best->hits[at].entry != entry)
        at++;
    if (at < best->count) {
        if (!is_better(&hit, &best->hits[at]))
            return;
    } else if (best->count < best->top) {
        best->count++;
    } else {
        best->more = true;
        at = best->count - 1;
        if (!is_better(&hit, &best->hits[at]))
            return;
    }
    for (; at > 0 && is_better(&hit, &best->hits[at - 1]); at--)
        best->hits[at] = best->hits[at - 1];
    best->hits[at] = hit;
}

/* ---- without the index ---- */

/* NAMES-1: every name scored, which the index must come to, too. */
struct ptn_status ptn_index_scan(const struct ptn_index *index, const struct ptn_index_query *query,
                                 struct ptn_index_scratch *scratch, struct ptn_index_hit *ret_hits,
                                 size_t *ret_count, bool *ret_more)
{
    struct ptn_index_view view = ptn_index_view_of(index);
    struct ptn_name_part joined[PTN_JOINS_MAX];
    struct ptn_side asked;
    struct ptn_side found;
    struct ptn_index_best best;

    (void)scratch;
    ptn_side_init(&asked, query->name, joined);
    ptn_index_best_init(&best, query, ret_hits);
    for (uint32_t i = 0; i < view.counts[PTN_SECTION_NAMES]; i++) {
        uint32_t ordinal = ptn_index_ordinal(&view, i);

        if (ordinal == UINT32_MAX || !ptn_index_side(&view, i, &found))
            return (struct ptn_status){ PTN_C_CORRUPT };
        ptn_index_best_offer(&best, view.names[i].entry, ordinal,
                             ptn_score_ordered(&asked, &found, NULL));
    }
    *ret_count = best.count;
    *ret_more = best.more;
    return PTN_OK;
}
