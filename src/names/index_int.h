/*
 * names/index_int.h -- the layout of an index's bytes, and what building, scanning and finding
 * share.
 *
 * Numbers are little-endian and used in place, so is struct ptn_name_part. Sections start at
 * multiples of 8. Every number read from a section is checked against the section it points into
 * before use, each time: what was right when the index was opened may have changed since (POST-8).
 */
#ifndef PTN_NAMES_INDEX_INT_H
#define PTN_NAMES_INDEX_INT_H
#include <assert.h>

#include "names/index.h"
#include "names/index_block_int.h"
#include "names/part_int.h"

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "an index is used in place");
static_assert(sizeof(struct ptn_name_part) == 48, "forms are written as they lie in memory");

#define PTN_INDEX_MAGIC   0x3158444e4d414e50u /* "PNAMNDX1" */
#define PTN_INDEX_VERSION 7u

enum ptn_index_section {
    PTN_SECTION_NAMES,     /* struct ptn_index_entry, by cohort, then those with parts in common
                              together. A name's number in all sections is its place here */
    PTN_SECTION_UNITS,     /* uint32_t, see ptn_unit_pack: the parts and joins of each name */
    PTN_SECTION_FORMS,     /* struct ptn_name_part: distinct parts, then distinct joins; each run by
                              skeleton */
    PTN_SECTION_POSTINGS,  /* uint32_t of each form: its only eight names, or where its list starts
                            */
    PTN_SECTION_POSTED,    /* bytes: lists of names, see names/index_posted_int.h */
    PTN_SECTION_SKELETONS, /* struct ptn_index_skeleton: of parts, then of joins */
    PTN_SECTION_KEYS,      /* struct ptn_index_key: shortened skeletons of parts by hash and an end,
                              then those of joins and an end */
    PTN_SECTION_BUCKETS,  /* uint32_t first key of each run of hashes of parts, one more at the end;
                             the same of joins */
    PTN_SECTION_KEYED,    /* uint32_t skeleton numbers */
    PTN_SECTION_VARIANTS, /* uint32_t first form of each group of variants, one more at the end */
    PTN_SECTION_VARIED,   /* uint32_t forms */
    PTN_SECTION_INITIALS, /* uint32_t names with two initials or more, then those with one */
    PTN_SECTION_REPEATED, /* uint32_t names that have one full part, or join, twice */
    PTN_SECTION_ALONE,    /* uint64_t, a bit a name: it has at most one full part */
    PTN_SECTION_COHORTS,  /* struct ptn_index_cohort: those that have names, and an end */
    PTN_SECTION_ORDINALS, /* uint32_t ordinal of each name; empty where it is its number */
    PTN_SECTION_NEAR,     /* uint32_t where the near ones of sixteen forms start */
    PTN_SECTION_NEARBY,   /* bytes, see struct ptn_near_list */
    PTN_SECTION_COUNT,
};

struct ptn_index_header {
    uint64_t magic;
    uint32_t version;
    uint32_t score_version;
    uint32_t name_count;
    uint32_t part_form_count; /* forms of parts; joins come after */
    uint32_t part_skeleton_count;
    uint32_t part_key_bits; /* log2 of the buckets of the two runs of keys */
    uint32_t join_key_bits;
    uint32_t initials_count; /* names with two initials or more; those with one come after */
    struct {
        uint64_t offset; /* from the blob's start */
        uint64_t len;    /* bytes */
    } sections[PTN_SECTION_COUNT];
};

struct ptn_index_entry {
    uint32_t entry;
    uint32_t units_at;
    uint16_t weight;
    uint8_t part_count;
    uint8_t unit_count;
    uint8_t full_count;
    uint8_t light_weight; /* of particles, titles and legal forms, saturating */
    uint8_t initial_count;
    uint8_t reserved;
};

struct ptn_index_skeleton {
    uint64_t skeleton;
    uint32_t first_form;
    uint32_t form_count;
    uint16_t total_max; /* the largest total of its forms */
    uint8_t len;
    uint8_t mode; /* enum ptn_sound_mode of all its forms */
    uint8_t reserved[4];
};

/* Skeletons that have one shortened one in common, from first to the next key's first. Of the hash
 * of a shortened skeleton the bucket says the highest bits and the tag the 32 after them: two that
 * differ only further down share a key, which makes what is found more, never less. */
struct ptn_index_key {
    uint32_t tag;
    uint32_t first;
};

/* The names of a cohort, from first to the next one's first. */
struct ptn_index_cohort {
    uint32_t first;
    uint32_t cohort;
};

/* A unit in one word: the form, the first part it covers, how many. */
#define PTN_UNIT_FORM_MAX 0x03ffffffu

static inline uint32_t ptn_unit_pack(uint32_t form, unsigned first, unsigned count)
{
    return form | (uint32_t)first << 26 | (uint32_t)(count - 1) << 30;
}

/* ---- shortened skeletons ---- */

/*
 * Two skeletons within the edits allowed have a shortened one in common, each shortened by at most
 * so many classes (docs/NAMES.md, "Nothing is missed").
 */
static inline unsigned ptn_skeleton_cuts(unsigned len)
{
    return len <= 1 ? 0 : len <= 4 ? 1 : 2;
}

/* 1 + 12 + 66 */
#define PTN_SHORTENED_MAX 79u

static inline uint64_t ptn_skeleton_key(uint64_t skeleton, unsigned len)
{
    return skeleton | (uint64_t)(len + 1) << 40;
}

/* The keys of a skeleton (len at most PTN_SKELETON_MAX) with up to cuts classes left out, sorted,
 * each once. */
unsigned ptn_skeleton_shorten(uint64_t skeleton, unsigned len, unsigned cuts,
                              uint64_t ret_keys[PTN_SHORTENED_MAX]);

static inline uint64_t ptn_key_hash(uint64_t key)
{
    return key * 0x9e3779b97f4a7c15u;
}

static inline uint32_t ptn_key_bucket(uint64_t hash, uint32_t bits)
{
    return bits == 0 ? 0 : (uint32_t)(hash >> (64 - bits));
}

static inline uint32_t ptn_key_tag(uint64_t hash, uint32_t bits)
{
    return (uint32_t)(hash << bits >> 32);
}

/* The open index's sections as arrays, with their lengths in items. */
struct ptn_index_view {
    uint32_t part_form_count; /* these as the header said when the index was opened */
    uint32_t part_skeleton_count;
    uint32_t part_key_bits;
    uint32_t join_key_bits;
    uint32_t initials_count;
    const struct ptn_index_entry *names;
    const uint32_t *units;
    const struct ptn_name_part *forms;
    const uint32_t *postings;
    const uint8_t *posted;
    const struct ptn_index_skeleton *skeletons;
    const struct ptn_index_key *keys;
    const uint32_t *buckets;
    const uint32_t *keyed;
    const uint32_t *variants;
    const uint32_t *varied;
    const uint32_t *initials;
    const uint32_t *repeated;
    const uint64_t *alone;
    const struct ptn_index_cohort *cohorts;
    const uint32_t *ordinals;
    const uint32_t *near;
    const uint8_t *nearby;
    uint32_t counts[PTN_SECTION_COUNT];
};

struct ptn_index_view ptn_index_view_of(const struct ptn_index *index);

/* The name's parts and joins as a side over the index's forms; false when the bytes are no index.
 */
bool ptn_index_side(const struct ptn_index_view *view, uint32_t name, struct ptn_side *ret_side);

/* The same without its forms: what each unit covers, and the forms' numbers checked. */
bool ptn_index_shape(const struct ptn_index_view *view, uint32_t name, struct ptn_side *ret_side);

/* The ordinal of a name by its number; UINT32_MAX when the bytes are no index. */
static inline uint32_t ptn_index_ordinal(const struct ptn_index_view *view, uint32_t name)
{
    uint32_t ordinal = name;

    if (view->counts[PTN_SECTION_ORDINALS] > 0)
        ordinal = view->ordinals[name];
    return ordinal < view->counts[PTN_SECTION_NAMES] ? ordinal : UINT32_MAX;
}

/* Zeros up to the next multiple of PTN_INDEX_ALIGNMENT after start. */
PTN_MUST_USE struct ptn_status ptn_index_pad(struct ptn_buffer *out, size_t start);

/* ---- the ways of finding ---- */

#define PTN_INDEX_MET_MAX 262144u

/* By these the cheapest way is chosen; the answers are the same by each. */
struct ptn_index_costs {
    uint32_t look;    /* looking at a name by itself, in names that are walked past */
    uint32_t counted; /* lists are walked twice when they hold one of so many of the tier's names:
                         this has a fixed cost, which goes with them */
    uint32_t met;     /* likely names in lists that touch none are noted up to so many, at most
                         PTN_INDEX_MET_MAX; where there are more, lists are walked again */
    uint32_t low;     /* forms that no answer has alone are left to the last when the names under
                         them, so many times, are more than all */
    uint32_t form;    /* names are walked in tiers when there are more of them under a form than
                         this: each tier looks at each form again */
};

/* For tests: so that every way is taken on lists of any size. counted: at least 1. */
void ptn_index_scratch_set(struct ptn_index_scratch *scratch, const struct ptn_index_costs *costs);

/* For tests and counts that must not depend on the machine: how forms are compared. */
void ptn_index_scratch_compare(struct ptn_index_scratch *scratch, enum ptn_block_way way);

/* ---- the best answers so far ---- */

struct ptn_index_best {
    const struct ptn_index_query *query;
    unsigned threshold;
    size_t top;
    struct ptn_index_hit *hits; /* in order */
    size_t count;
    bool more;
};

void ptn_index_best_init(struct ptn_index_best *best, const struct ptn_index_query *query,
                         struct ptn_index_hit *hits);

/* A name, by its ordinal, and its score before adjust; below the threshold it is passed over. */
void ptn_index_best_offer(struct ptn_index_best *best, uint32_t entry, uint32_t name,
                          unsigned score);

/* A name with a lower score than this changes nothing any more. */
static inline unsigned ptn_index_best_needed(const struct ptn_index_best *best)
{
    return best->more && best->count == best->top ? best->hits[best->count - 1].score
                                                  : best->threshold;
}

/* The same of a name of this entry: as good as the last answer is not enough for a later one. */
static inline unsigned ptn_index_best_needed_of(const struct ptn_index_best *best, uint32_t entry)
{
    bool is_later =
        best->more && best->count == best->top && entry > best->hits[best->count - 1].entry;

    return ptn_index_best_needed(best) + (is_later ? 1u : 0u);
}

#endif
