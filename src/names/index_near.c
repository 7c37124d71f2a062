#include <stdlib.h>

#include "names/index_near_int.h"

/*
 * Each form of a skeleton that shares a shortened one with the part asked for, and is no further
 * from its skeleton than the score allows, is compared. Many forms are compared at once where the
 * machine can; otherwise, as the forms of one skeleton lie sorted by their sounds, the rows of the
 * edit distance that a form has in common with the one before it are kept. When an index is built,
 * all forms of one skeleton are asked for one after the other: what they are compared with is the
 * same for each, so it is put together once.
 */

#define MODES 3u

#define LIMIT_MAX 250u /* of a block: distances are counted up to 255 there */
/* Larger limits are looked at coarsely, in halves and quarters rounded down; what passes is
 * compared again. */
#define SCALES  3u
#define WAITING 1024u /* skeletons gathered before they are looked at: memory answers faster so */

/* A block that many parts are compared with: its forms' sounds are turned where they lie. */
struct many_block {
    struct ptn_block block;
    uint16_t limits[PTN_BLOCK]; /* each form's, as far as its own total says */
};

struct ptn_near_many {
    const struct ptn_index_view *view;
    struct ptn_near_seen *seen;
    bool among_joins;
    uint32_t from; /* forms before this one are left out */
    struct many_block *blocks;
    size_t count, capacity;
    size_t open[MODES]; /* 1 + the block that is filled at present, of each way of writing */
    uint8_t *modes;     /* of each block */
};

struct near {
    const struct ptn_index_view *view;
    const struct ptn_name_part *part;
    bool joined;
    uint16_t rows[PTN_NAME_SYMBOLS_MAX + 1][PTN_NAME_SYMBOLS_MAX + 1];
    uint16_t lowest[PTN_NAME_SYMBOLS_MAX + 1]; /* of each row */
    unsigned have;                             /* rows that hold for the form at hand */
    unsigned dead; /* rows after which nothing can come within the limit; 0 = not so */
    ptn_near_fn found;
    void *context;
    enum ptn_block_way way;
    struct ptn_block blocks[MODES][SCALES]; /* by how the forms are written, and by limit */
    uint32_t waiting[WAITING]; /* skeletons that share a shortened one with the part's */
    unsigned waiting_count;
    struct ptn_near_many *many; /* forms are not compared but put there; NULL = compared */
};

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

static enum ptn_sound_mode facing(enum ptn_sound_mode mode, enum ptn_sound_mode other)
{
    return mode == other ? PTN_MODE_ALPHABET : mode;
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

/* One form by itself: what a coarse look let pass. */
static bool is_near_alone(struct near *near, const struct ptn_name_part *form)
{
    enum ptn_sound_mode own = ptn_name_mode(near->part->script);
    enum ptn_sound_mode mode = ptn_name_mode(form->script);
    const uint8_t *own_cost = ptn_sound_cost[facing(mode, own)];
    unsigned limit = ptn_part_limit(near->part, form, near->joined);

    first_row(near, own_cost);
    return is_near(near, form, own_cost, ptn_sound_cost[facing(own, mode)], limit, limit);
}

static void empty_block(struct near *near, enum ptn_sound_mode mode, unsigned scale)
{
    enum ptn_sound_mode own = ptn_name_mode(near->part->script);
    struct ptn_block *block = &near->blocks[mode][scale];
    uint64_t found;

    if (block->count == 0)
        return;
    memset(block->limits + block->count, 0, PTN_BLOCK - block->count);
    memset(block->lens + block->count, 0, PTN_BLOCK - block->count);
    found = ptn_block_near(block, false, near->way, near->part, scale,
                           ptn_sound_cost[facing(mode, own)], ptn_sound_cost[facing(own, mode)]);
    for (; found != 0; found &= found - 1) {
        uint32_t form = block->forms[__builtin_ctzll(found)];

        if (scale == 0 || is_near_alone(near, &near->view->forms[form]))
            near->found(near->context, form);
    }
    block->count = 0;
    block->len_max = 0;
}

static unsigned scale_of(unsigned limit)
{
    return limit <= LIMIT_MAX ? 0 : limit <= 2 * LIMIT_MAX ? 1 : 2;
}

static void add_to_block(struct near *near, enum ptn_sound_mode mode, uint32_t number,
                         const struct ptn_name_part *form, unsigned limit)
{
    unsigned scale = scale_of(limit);
    struct ptn_block *block = &near->blocks[mode][scale];

    block->limits[ptn_block_put(block, number, form)] = (uint8_t)(limit >> scale);
    if (block->count == PTN_BLOCK)
        empty_block(near, mode, scale);
}

/* The block that a form is put in next; NULL: no memory. */
static struct many_block *open_block(struct ptn_near_many *many, enum ptn_sound_mode mode)
{
    if (many->open[mode] > 0 && many->blocks[many->open[mode] - 1].block.count < PTN_BLOCK)
        return &many->blocks[many->open[mode] - 1];
    if (many->count == many->capacity) {
        size_t capacity = many->capacity == 0 ? 64 : many->capacity * 2;
        struct many_block *blocks = aligned_alloc(64, capacity * sizeof(*blocks));
        uint8_t *modes = realloc(many->modes, capacity);

        if (modes != NULL)
            many->modes = modes;
        if (blocks == NULL || modes == NULL) {
            free(blocks);
            return NULL;
        }
        if (many->count > 0)
            memcpy(blocks, many->blocks, many->count * sizeof(*blocks));
        free(many->blocks);
        many->blocks = blocks;
        many->capacity = capacity;
    }
    memset(&many->blocks[many->count], 0, sizeof(many->blocks[many->count]));
    many->modes[many->count] = (uint8_t)mode;
    many->open[mode] = ++many->count;
    return &many->blocks[many->count - 1];
}

/* Put the forms of one skeleton where many parts will be compared with them. */
static bool put_forms(struct near *near, const struct ptn_index_skeleton *skeleton)
{
    const struct ptn_name_part *forms = &near->view->forms[skeleton->first_form];
    enum ptn_sound_mode own = ptn_name_mode(near->part->script);
    enum ptn_sound_mode other = skeleton->mode < MODES ? (enum ptn_sound_mode)skeleton->mode : own;

    if (skeleton->first_form < near->many->from)
        return true;
    for (uint32_t f = 0; f < skeleton->form_count; f++) {
        const struct ptn_name_part *form = &forms[f];
        struct many_block *many = open_block(near->many, other);

        if (many == NULL || form->symbol_count > PTN_NAME_SYMBOLS_MAX)
            return false;
        many->limits[ptn_block_put(&many->block, skeleton->first_form + f, form)] =
            (uint16_t)ptn_whole_limit(form->total[facing(own, other)], own == other, near->joined);
    }
    return true;
}

/* Compare the forms of one skeleton. */
static bool try_forms(struct near *near, const struct ptn_index_skeleton *skeleton)
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
    bool in_block = near->way != PTN_BLOCK_NOWHERE && limit_max <= 4 * LIMIT_MAX;

    if (!in_block)
        first_row(near, own_cost);
    for (uint32_t f = 0; f < skeleton->form_count; f++) {
        const struct ptn_name_part *form = &forms[f];
        unsigned total = form->total[facing(own, other)];
        unsigned limit =
            ptn_whole_limit(total > own_total ? total : own_total, own == other, near->joined);

        if (form->symbol_count > PTN_NAME_SYMBOLS_MAX)
            return false;
        if (in_block && limit <= limit_max) {
            add_to_block(near, other, skeleton->first_form + f, form, limit);
            continue;
        }
        if (in_block || limit > limit_max)
            return false; /* not even its own totals are right */
        near->have = least(near->have, form->at);
        if (is_near(near, form, own_cost, form_cost, limit, limit_max))
            near->found(near->context, skeleton->first_form + f);
    }
    return true;
}

/* ---- skeletons by their shortened ones ---- */

struct ptn_near_run ptn_near_key(const struct ptn_index_view *view, uint64_t wanted,
                                 bool among_joins)
{
    const struct ptn_near_run none = { 0, 0 };
    uint32_t bits = among_joins ? view->join_key_bits : view->part_key_bits;
    const uint32_t *bucket = &view->buckets[among_joins ? (1u << view->part_key_bits) + 1 : 0];
    uint64_t hash = ptn_key_hash(wanted);
    uint32_t tag = ptn_key_tag(hash, bits);
    struct ptn_near_run run;
    uint32_t at;

    bucket += ptn_key_bucket(hash, bits);
    if (bucket[1] >= view->counts[PTN_SECTION_KEYS])
        return none; /* the end is a key, too */
    for (at = bucket[0]; at < bucket[1] && view->keys[at].tag != tag; at++)
        ;
    if (at >= bucket[1])
        return none;
    run = (struct ptn_near_run){ view->keys[at].first, view->keys[at + 1].first };
    return run.at <= run.end && run.end <= view->counts[PTN_SECTION_KEYED] ? run : none;
}

/* Ask memory early for the forms of a skeleton. */
static void fetch_forms(const struct ptn_index_view *view,
                        const struct ptn_index_skeleton *skeleton)
{
    const char *at = (const char *)&view->forms[skeleton->first_form];
    size_t len = least(skeleton->form_count, 32) * sizeof(*view->forms);

    for (size_t i = 0; i < len; i += 64)
        __builtin_prefetch(at + i);
}

/* Look at the skeletons that wait: those that fit, then their forms. */
static bool try_waiting(struct near *near)
{
    /* cppcheck-suppress ctuuninitvar ; whoever calls has filled it in */
    const struct ptn_index_view *view = near->view;
    const struct ptn_name_part *part = near->part;
    unsigned fitting = 0;

    for (unsigned i = 0; i < near->waiting_count; i++) {
        const struct ptn_index_skeleton *skeleton = &view->skeletons[near->waiting[i]];

        if (!ptn_skeletons_fit(part->skeleton, part->skeleton_len, skeleton->skeleton,
                               skeleton->len, near->joined))
            continue;
        if (skeleton->first_form > view->counts[PTN_SECTION_FORMS] ||
            skeleton->form_count > view->counts[PTN_SECTION_FORMS] - skeleton->first_form)
            return false;
        near->waiting[fitting++] = near->waiting[i];
    }
    near->waiting_count = 0;
    for (unsigned i = 0; i < fitting; i++) {
        if (i + 3 < fitting)
            fetch_forms(view, &view->skeletons[near->waiting[i + 3]]);
        if (near->many != NULL ? !put_forms(near, &view->skeletons[near->waiting[i]])
                               : !try_forms(near, &view->skeletons[near->waiting[i]]))
            return false;
    }
    return true;
}

static bool try_key(struct near *near, uint64_t wanted, bool among_joins, uint32_t *seen,
                    uint32_t stamp)
{
    const struct ptn_index_view *view = near->view;
    struct ptn_near_run run = ptn_near_key(view, wanted, among_joins);

    for (; run.at < run.end; run.at++) {
        uint32_t number = view->keyed[run.at];

        if (number >= view->counts[PTN_SECTION_SKELETONS])
            return false;
        if (seen[number] == stamp)
            continue;
        seen[number] = stamp;
        near->waiting[near->waiting_count++] = number;
        if (near->waiting_count == WAITING && !try_waiting(near))
            return false;
    }
    return true;
}

/* Look at the forms of every skeleton that shares a shortened one with the part's; what waits in
 * blocks stays there. */
static bool try_keys(struct near *near, bool among_joins, struct ptn_near_seen *seen)
{
    /* cppcheck-suppress ctuuninitvar ; whoever calls has filled it in */
    const struct ptn_name_part *part = near->part;
    unsigned cuts = near->joined ? PTN_EDITS_JOINED : ptn_skeleton_cuts(part->skeleton_len);
    uint64_t keys[PTN_SHORTENED_MAX];
    unsigned key_count = ptn_skeleton_shorten(part->skeleton, part->skeleton_len, cuts, keys);

    near->waiting_count = 0;
    seen->stamp++;
    for (unsigned i = 0; i < key_count; i++)
        if (!try_key(near, keys[i], among_joins, seen->at, seen->stamp))
            return false;
    return try_waiting(near);
}

bool ptn_near_forms(const struct ptn_index_view *view, const struct ptn_name_part *part,
                    bool is_join, bool among_joins, struct ptn_near_seen *seen, ptn_near_fn found,
                    void *context)
{
    struct near near;

    near.view = view;
    near.part = part;
    near.joined = is_join || among_joins;
    near.found = found;
    near.context = context;
    near.way = ptn_block_way(seen->way);
    near.many = NULL;
    for (unsigned i = 0; i < MODES * SCALES; i++)
        near.blocks[i / SCALES][i % SCALES].count = near.blocks[i / SCALES][i % SCALES].len_max = 0;
    if (!try_keys(&near, among_joins, seen))
        return false;
    for (unsigned i = 0; i < MODES * SCALES; i++)
        empty_block(&near, (enum ptn_sound_mode)(i / SCALES), i % SCALES);
    return true;
}

/* ---- the forms of one skeleton, one after the other ---- */

struct ptn_near_many *ptn_near_many_new(const struct ptn_index_view *view,
                                        struct ptn_near_seen *seen)
{
    struct ptn_near_many *many = calloc(1, sizeof(*many));

    if (many != NULL)
        *many = (struct ptn_near_many){ .view = view, .seen = seen };
    return many;
}

void ptn_near_many_free(struct ptn_near_many *many)
{
    if (many == NULL)
        return;
    free(many->blocks);
    free(many->modes);
    free(many);
}

bool ptn_near_many_gather(struct ptn_near_many *many, uint32_t first, bool among_joins)
{
    const enum ptn_block_way way = ptn_block_way(many->seen->way);
    struct near near;

    many->among_joins = among_joins;
    many->from = first;
    many->count = 0;
    memset(many->open, 0, sizeof(many->open));
    if (way == PTN_BLOCK_NOWHERE)
        return true; /* each part is asked for by itself */
    near.view = many->view;
    near.part = &many->view->forms[first];
    near.joined = among_joins;
    near.many = many;
    if (!try_keys(&near, among_joins, many->seen))
        return false;
    for (size_t i = 0; i < many->count; i++)
        ptn_block_turn(&many->blocks[i].block, way);
    return true;
}

/* Compare a part with the forms of one block. */
static void try_block(struct many_block *many, enum ptn_block_way way, enum ptn_sound_mode mode,
                      const struct ptn_name_part *part, bool joined, ptn_near_fn found,
                      void *context)
{
    struct ptn_block *block = &many->block;
    enum ptn_sound_mode own = ptn_name_mode(part->script);
    unsigned own_limit = ptn_whole_limit(part->total[facing(mode, own)], own == mode, joined);
    unsigned limit_max = own_limit;
    unsigned scale;
    uint64_t near;

    for (unsigned i = 0; i < PTN_BLOCK; i++)
        limit_max = many->limits[i] > limit_max ? many->limits[i] : limit_max;
    scale = scale_of(limit_max);
    for (unsigned i = 0; i < PTN_BLOCK; i++) {
        unsigned limit = (many->limits[i] > own_limit ? many->limits[i] : own_limit) >> scale;

        block->limits[i] = (uint8_t)(limit < UINT8_MAX ? limit : UINT8_MAX);
    }
    near = ptn_block_near(block, true, way, part, scale, ptn_sound_cost[facing(mode, own)],
                          ptn_sound_cost[facing(own, mode)]);
    if (block->count < PTN_BLOCK)
        near &= (1ull << block->count) - 1;
    for (; near != 0; near &= near - 1)
        found(context, block->forms[__builtin_ctzll(near)]);
}

bool ptn_near_many_forms(struct ptn_near_many *many, const struct ptn_name_part *part,
                         ptn_near_fn found, void *context)
{
    const enum ptn_block_way way = ptn_block_way(many->seen->way);

    if (way == PTN_BLOCK_NOWHERE)
        return ptn_near_forms(many->view, part, false, many->among_joins, many->seen, found,
                              context);
    for (size_t i = 0; i < many->count; i++)
        try_block(&many->blocks[i], way, (enum ptn_sound_mode)many->modes[i], part,
                  many->among_joins, found, context);
    return true;
}
