#include "names/index_near_int.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

/*
 * Each form of a skeleton that shares a shortened one with the part asked for is a candidate. Most
 * are ruled out before they are compared: by what the differing consonant classes cost at least,
 * and, as the forms of one skeleton lie sorted by their sounds, by the rows of the edit distance
 * that a form has in common with the one before it.
 */

#define MODES   3u
#define CLASSES 8u

/* Forms compared together, their sounds by place. */
#define BLOCK     64u
#define LIMIT_MAX 250u /* distances are counted up to 255 there */
/* fewer forms than this are not worth ruling out together */
#define MANY_FORMS 12u

struct block {
    uint8_t sounds[PTN_NAME_SYMBOLS_MAX][BLOCK];
    uint8_t lens[BLOCK];
    uint8_t limits[BLOCK];
    uint32_t forms[BLOCK];
    unsigned count;
    unsigned len_max;
};

struct near {
    const struct ptn_index_view *view;
    const struct ptn_name_part *part;
    bool joined;
    uint8_t consonants[PTN_NAME_SYMBOLS_MAX]; /* the part's sounds that have a class */
    unsigned consonant_count;
    uint8_t change[MODES][PTN_NAME_SYMBOLS_MAX]
                  [CLASSES];                    /* least cost of reading a consonant as the class */
    uint8_t leave[MODES][PTN_NAME_SYMBOLS_MAX]; /* of leaving it out */
    uint8_t put[MODES][CLASSES];                /* of one of the class more */
    uint16_t rows[PTN_NAME_SYMBOLS_MAX + 1][PTN_NAME_SYMBOLS_MAX + 1];
    uint16_t lowest[PTN_NAME_SYMBOLS_MAX + 1]; /* of each row */
    unsigned have;                             /* rows that hold for the form at hand */
    unsigned dead;         /* rows after which nothing can come within the limit; 0 = not so */
    bool has_costs[MODES]; /* the three above are worked out for the mode */
    ptn_near_fn found;
    void *context;
    bool use_blocks;
    struct block blocks[MODES]; /* by how the forms are written */
};

/* ---- what differing classes cost at least ---- */

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

static enum ptn_sound_mode facing(enum ptn_sound_mode mode, enum ptn_sound_mode other)
{
    return mode == other ? PTN_MODE_ALPHABET : mode;
}

static bool is_written_in(uint8_t sound, unsigned mode)
{
    return (ptn_sound_written[sound] >> mode & 1u) != 0;
}

static void least_costs(struct near *near, unsigned mode)
{
    const struct ptn_name_part *part = near->part;
    enum ptn_sound_mode own = ptn_name_mode(part->script);
    const uint8_t *own_cost = ptn_sound_cost[facing((enum ptn_sound_mode)mode, own)];
    const uint8_t *other_cost = ptn_sound_cost[facing(own, (enum ptn_sound_mode)mode)];

    near->has_costs[mode] = true;
    memset(near->change[mode], 100, sizeof(near->change[mode]));
    memset(near->put[mode], 100, sizeof(near->put[mode]));
    for (unsigned i = 0; i < near->consonant_count; i++)
        near->leave[mode][i] = own_cost[near->consonants[i]];
    for (unsigned sound = 0; sound < ptn_sound_count; sound++) {
        unsigned class_of = ptn_sound_class[sound];
        const uint8_t *costs = ptn_sound_near[sound];

        if (!is_written_in((uint8_t)sound, mode))
            continue;
        for (unsigned i = 0; i < near->consonant_count; i++) {
            uint8_t *cost =
                class_of == 0 ? &near->leave[mode][i] : &near->change[mode][i][class_of];

            *cost = (uint8_t)least(*cost, costs[near->consonants[i]]);
        }
        if (class_of == 0)
            continue;
        near->put[mode][class_of] = (uint8_t)least(near->put[mode][class_of], other_cost[sound]);
        for (unsigned i = 0; i < part->symbol_count; i++)
            if (ptn_sound_class[part->symbols[i] % PTN_SOUNDS] == 0)
                near->put[mode][class_of] =
                    (uint8_t)least(near->put[mode][class_of], costs[part->symbols[i] % PTN_SOUNDS]);
    }
}

/* No distance to a form of this skeleton, written in this mode, is below what is returned. */
static unsigned skeleton_cost(struct near *near, const struct ptn_index_skeleton *skeleton,
                              unsigned mode)
{
    unsigned rows[PTN_SKELETON_MAX + 1][PTN_SKELETON_MAX + 1];
    uint8_t classes[PTN_SKELETON_MAX];
    unsigned len = skeleton->len;

    if (near->consonant_count >= PTN_SKELETON_MAX || len >= PTN_SKELETON_MAX)
        return 0; /* what lies past the classes kept is not known */
    if (!near->has_costs[mode])
        least_costs(near, mode);
    rows[0][0] = 0;
    for (unsigned j = 0; j < len; j++) {
        classes[j] = (uint8_t)(skeleton->skeleton >> (3 * j) & 7u);
        rows[0][j + 1] = rows[0][j] + near->put[mode][classes[j]];
    }
    for (unsigned i = 0; i < near->consonant_count; i++) {
        unsigned own = ptn_sound_class[near->consonants[i]];

        rows[i + 1][0] = rows[i][0] + near->leave[mode][i];
        for (unsigned j = 0; j < len; j++) {
            unsigned best = rows[i][j] + near->change[mode][i][classes[j]];

            best = least(best, rows[i][j + 1] + near->leave[mode][i]);
            best = least(best, rows[i + 1][j] + near->put[mode][classes[j]]);
            if (i > 0 && j > 0 && own == classes[j - 1] &&
                classes[j] == ptn_sound_class[near->consonants[i - 1]])
                best = least(best, rows[i - 1][j - 1] + PTN_TRANSPOSE);
            rows[i + 1][j + 1] = best;
        }
    }
    return rows[near->consonant_count][len];
}

/* ---- the forms of one skeleton ---- */

/* One row of the distance: the form's sound x against the part's; false when nothing after it can
 * be near. */
static bool add_row(struct near *near, const struct ptn_name_part *form, unsigned i,
                    const uint8_t *own_cost, const uint8_t *form_cost, unsigned limit)
{
    const struct ptn_name_part *part = near->part;
    const uint16_t *up = near->rows[i];
    uint16_t *row = near->rows[i + 1];
    uint8_t x = form->symbols[i] % PTN_SOUNDS;
    const uint8_t *costs = ptn_sound_near[x];
    unsigned best = up[0] + form_cost[x];
    unsigned lowest = best;

    row[0] = (uint16_t)best;
    for (unsigned j = 0; j < part->symbol_count; j++) {
        uint8_t y = part->symbols[j] % PTN_SOUNDS;

        best =
            least(best + own_cost[y], least(up[j] + (unsigned)costs[y], up[j + 1] + form_cost[x]));
        if (i > 0 && j > 0 && x != y && x == part->symbols[j - 1] && y == form->symbols[i - 1])
            best = least(best, near->rows[i - 1][j - 1] + PTN_TRANSPOSE);
        row[j + 1] = (uint16_t)best;
        lowest = least(lowest, best);
    }
    /* every way on goes through this row, or swaps two sounds across it from the row before */
    near->lowest[i + 1] = (uint16_t)lowest;
    return lowest <= limit || near->lowest[i] + PTN_TRANSPOSE <= limit;
}

static void first_row(struct near *near, const uint8_t *own_cost)
{
    near->rows[0][0] = 0;
    for (unsigned j = 0; j < near->part->symbol_count; j++)
        near->rows[0][j + 1] =
            (uint16_t)(near->rows[0][j] + own_cost[near->part->symbols[j] % PTN_SOUNDS]);
    near->lowest[0] = 0;
    near->have = 0;
    near->dead = 0;
}

/* Compare one form, reusing the rows it shares with the one before. limit_max: of the whole
 * skeleton. */
static bool is_near(struct near *near, const struct ptn_name_part *form, const uint8_t *own_cost,
                    const uint8_t *form_cost, unsigned limit, unsigned limit_max)
{
    if (near->dead > 0) {
        if (near->have >= near->dead)
            return false;
        near->dead = 0;
    }
    while (near->have < form->symbol_count) {
        bool alive = add_row(near, form, near->have, own_cost, form_cost, limit_max);

        near->have++;
        if (!alive) {
            near->dead = near->have;
            return false;
        }
    }
    return near->rows[form->symbol_count][near->part->symbol_count] <= limit;
}

/* ---- many forms at once ---- */

#if defined(__x86_64__)

/* A sound's costs against all sounds, looked up for 64 forms at once. */
__attribute__((target("avx512f,avx512bw,avx512vbmi"))) static __m512i
look_up_costs(const uint8_t *table, __m512i sounds)
{
    return _mm512_permutex2var_epi8(_mm512_loadu_si512(table), sounds,
                                    _mm512_loadu_si512(table + 64));
}

/*
 * add_row for the 64 forms of a block. Costs stop at 255, above every limit a block is used for;
 * the same distances come out as one form at a time.
 */
__attribute__((target("avx512f,avx512bw,avx512vbmi"))) static uint64_t
near_in_block(const struct near *near, const struct block *block, const uint8_t *own_cost,
              const uint8_t *form_cost)
{
    const struct ptn_name_part *part = near->part;
    __m512i rows[3][PTN_NAME_SYMBOLS_MAX + 1];
    __m512i *two_up = rows[0];
    __m512i *up = rows[1];
    __m512i *row = rows[2];
    __m512i former = _mm512_setzero_si512();
    __m512i lens = _mm512_loadu_si512(block->lens);
    __m512i result = _mm512_set1_epi8((char)0xff);

    up[0] = _mm512_setzero_si512();
    for (unsigned j = 0; j < part->symbol_count; j++)
        up[j + 1] = _mm512_adds_epu8(
            up[j], _mm512_set1_epi8((char)own_cost[part->symbols[j] % PTN_SOUNDS]));
    for (unsigned i = 0; i < block->len_max; i++) {
        __m512i sounds = _mm512_loadu_si512(block->sounds[i]);
        __m512i gone = look_up_costs(form_cost, sounds);
        __m512i *spare = two_up;

        row[0] = _mm512_adds_epu8(up[0], gone);
        for (unsigned j = 0; j < part->symbol_count; j++) {
            uint8_t y = part->symbols[j] % PTN_SOUNDS;
            __m512i best = _mm512_adds_epu8(up[j], look_up_costs(ptn_sound_near[y], sounds));

            best = _mm512_min_epu8(best, _mm512_adds_epu8(up[j + 1], gone));
            best = _mm512_min_epu8(best,
                                   _mm512_adds_epu8(row[j], _mm512_set1_epi8((char)own_cost[y])));
            if (i > 0 && j > 0 && part->symbols[j - 1] != part->symbols[j]) {
                __mmask64 swapped =
                    _mm512_cmpeq_epi8_mask(sounds, _mm512_set1_epi8((char)part->symbols[j - 1])) &
                    _mm512_cmpeq_epi8_mask(former, _mm512_set1_epi8((char)part->symbols[j]));

                best = _mm512_mask_min_epu8(
                    best, swapped, best,
                    _mm512_adds_epu8(two_up[j - 1], _mm512_set1_epi8((char)PTN_TRANSPOSE)));
            }
            row[j + 1] = best;
        }
        result = _mm512_mask_mov_epi8(result,
                                      _mm512_cmpeq_epi8_mask(lens, _mm512_set1_epi8((char)(i + 1))),
                                      row[part->symbol_count]);
        former = sounds;
        two_up = up;
        up = row;
        row = spare;
    }
    return _mm512_cmple_epu8_mask(result, _mm512_loadu_si512(block->limits));
}

static bool has_blocks(void)
{
    return __builtin_cpu_supports("avx512vbmi") && __builtin_cpu_supports("avx512bw");
}
#else
static uint64_t near_in_block(const struct near *near, const struct block *block,
                              const uint8_t *own_cost, const uint8_t *form_cost)
{
    (void)near;
    (void)block;
    (void)own_cost;
    (void)form_cost;
    return UINT64_MAX;
}

static bool has_blocks(void)
{
    return false;
}
#endif

static void empty_block(struct near *near, enum ptn_sound_mode mode)
{
    enum ptn_sound_mode own = ptn_name_mode(near->part->script);
    struct block *block = &near->blocks[mode];
    uint64_t found;

    if (block->count == 0)
        return;
    if (block->count < BLOCK)
        memset(block->limits + block->count, 0, BLOCK - block->count);
    if (block->count < BLOCK)
        memset(block->lens + block->count, 0, BLOCK - block->count);
    found = near_in_block(near, block, ptn_sound_cost[facing(mode, own)],
                          ptn_sound_cost[facing(own, mode)]);
    for (; found != 0; found &= found - 1)
        near->found(near->context, block->forms[__builtin_ctzll(found)]);
    block->count = 0;
    block->len_max = 0;
}

static void add_to_block(struct near *near, enum ptn_sound_mode mode, uint32_t number,
                         const struct ptn_name_part *form, unsigned limit)
{
    struct block *block = &near->blocks[mode];
    unsigned lane = block->count++;

    for (unsigned i = 0; i < form->symbol_count; i++)
        block->sounds[i][lane] = form->symbols[i] % PTN_SOUNDS;
    block->lens[lane] = form->symbol_count;
    block->limits[lane] = (uint8_t)limit;
    block->forms[lane] = number;
    if (form->symbol_count > block->len_max)
        block->len_max = form->symbol_count;
    if (block->count == BLOCK)
        empty_block(near, mode);
}

static bool try_skeleton(struct near *near, const struct ptn_index_skeleton *skeleton)
{
    const struct ptn_name_part *part = near->part;
    const struct ptn_name_part *forms = &near->view->forms[skeleton->first_form];
    enum ptn_sound_mode own = ptn_name_mode(part->script);
    enum ptn_sound_mode other = skeleton->mode < MODES ? (enum ptn_sound_mode)skeleton->mode : own;
    const uint8_t *own_cost = ptn_sound_cost[facing(other, own)];
    const uint8_t *form_cost = ptn_sound_cost[facing(own, other)];
    unsigned own_total = part->total[facing(other, own)];
    unsigned limit_max =
        ptn_whole_limit(skeleton->total_max > own_total ? skeleton->total_max : own_total,
                        own == other, near->joined);
    bool in_block = near->use_blocks && limit_max <= LIMIT_MAX;
    unsigned floor_cost = 0;

    if (!in_block || skeleton->form_count >= MANY_FORMS)
        floor_cost = skeleton_cost(near, skeleton, other);
    if (floor_cost > limit_max)
        return true;
    first_row(near, own_cost);
    for (uint32_t f = 0; f < skeleton->form_count; f++) {
        const struct ptn_name_part *form = &forms[f];
        unsigned total = form->total[facing(own, other)];
        unsigned limit =
            ptn_whole_limit(total > own_total ? total : own_total, own == other, near->joined);

        near->have = least(near->have, form->at);
        if (limit < floor_cost)
            continue;
        if (form->symbol_count > PTN_NAME_SYMBOLS_MAX)
            return false;
        if (in_block && limit <= LIMIT_MAX)
            add_to_block(near, other, skeleton->first_form + f, form, limit);
        else if (is_near(near, form, own_cost, form_cost, limit, limit_max))
            near->found(near->context, skeleton->first_form + f);
    }
    return true;
}

/* ---- skeletons by their shortened ones ---- */

const struct ptn_index_key *ptn_near_key(const struct ptn_index_view *view, uint64_t wanted,
                                         uint32_t first_slot, uint32_t bits)
{
    uint32_t mask = (1u << bits) - 1;
    uint32_t slot = ptn_key_slot(wanted, bits);
    uint32_t probes = 0;
    const struct ptn_index_key *key = &view->keys[first_slot + slot];

    while (key->key != 0 && key->key != wanted && probes++ <= mask) {
        slot = (slot + 1) & mask;
        key = &view->keys[first_slot + slot];
    }
    if (key->key != wanted || key->first > view->counts[PTN_SECTION_KEYED] ||
        key->count > view->counts[PTN_SECTION_KEYED] - key->first)
        return NULL;
    return key;
}

static bool try_key(struct near *near, uint64_t wanted, uint32_t first_slot, uint32_t bits,
                    uint32_t *seen, uint32_t stamp)
{
    const struct ptn_index_view *view = near->view;
    const struct ptn_index_key *key = ptn_near_key(view, wanted, first_slot, bits);

    if (key == NULL)
        return true;
    for (uint32_t i = key->first; i < key->first + key->count; i++) {
        uint32_t number = view->keyed[i];
        const struct ptn_index_skeleton *skeleton;

        if (number >= view->counts[PTN_SECTION_SKELETONS])
            return false;
        if (i + 4 < key->first + key->count &&
            view->keyed[i + 4] < view->counts[PTN_SECTION_SKELETONS])
            __builtin_prefetch(&view->skeletons[view->keyed[i + 4]]);
        if (i + 2 < key->first + key->count &&
            view->keyed[i + 2] < view->counts[PTN_SECTION_SKELETONS])
            __builtin_prefetch(&view->forms[view->skeletons[view->keyed[i + 2]].first_form]);
        if (seen[number] == stamp)
            continue;
        seen[number] = stamp;
        skeleton = &view->skeletons[number];
        if (skeleton->first_form > view->counts[PTN_SECTION_FORMS] ||
            skeleton->form_count > view->counts[PTN_SECTION_FORMS] - skeleton->first_form ||
            !try_skeleton(near, skeleton))
            return false;
    }
    return true;
}

bool ptn_near_forms(const struct ptn_index_view *view, const struct ptn_name_part *part,
                    bool is_join, bool among_joins, struct ptn_near_seen *seen, ptn_near_fn found,
                    void *context)
{
    struct near near = {
        .view = view,
        .part = part,
        .joined = is_join || among_joins,
        .found = found,
        .context = context,
        .use_blocks = has_blocks() && !seen->one_by_one,
    };
    uint32_t bits = among_joins ? view->header->join_key_bits : view->header->part_key_bits;
    uint32_t first_slot = among_joins ? 1u << view->header->part_key_bits : 0;
    uint64_t keys[PTN_SHORTENED_MAX];
    unsigned key_count;
    unsigned cuts;

    for (unsigned i = 0; i < part->symbol_count; i++)
        if (ptn_sound_class[part->symbols[i] % PTN_SOUNDS] != 0)
            near.consonants[near.consonant_count++] = part->symbols[i];
    cuts = near.joined ? PTN_EDITS_JOINED : ptn_skeleton_cuts(part->skeleton_len);
    key_count = ptn_skeleton_shorten(part->skeleton, part->skeleton_len, cuts, keys);
    seen->stamp++;
    for (unsigned i = 0; i < key_count; i++)
        if (!try_key(&near, keys[i], first_slot, bits, seen->at, seen->stamp))
            return false;
    for (unsigned mode = 0; mode < MODES; mode++)
        empty_block(&near, (enum ptn_sound_mode)mode);
    return true;
}
