#include "names/index_near_int.h"

/*
 * Each form of a skeleton that shares a shortened one with the part asked for is a candidate. Most
 * are ruled out before they are compared: by what the differing consonant classes cost at least,
 * and, as the forms of one skeleton lie sorted by their sounds, by the rows of the edit distance
 * that a form has in common with the one before it.
 */

#define MODES   3u
#define CLASSES 8u

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
    unsigned dead; /* rows after which nothing can come within the limit; 0 = not so */
    ptn_near_fn found;
    void *context;
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
static unsigned skeleton_cost(const struct near *near, const struct ptn_index_skeleton *skeleton,
                              unsigned mode)
{
    unsigned rows[PTN_SKELETON_MAX + 1][PTN_SKELETON_MAX + 1];
    uint8_t classes[PTN_SKELETON_MAX];
    unsigned len = skeleton->len;

    if (near->consonant_count >= PTN_SKELETON_MAX || len >= PTN_SKELETON_MAX)
        return 0; /* what lies past the classes kept is not known */
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

static bool try_skeleton(struct near *near, const struct ptn_index_skeleton *skeleton)
{
    const struct ptn_name_part *part = near->part;
    const struct ptn_name_part *forms = &near->view->forms[skeleton->first_form];
    enum ptn_sound_mode own = ptn_name_mode(part->script);
    enum ptn_sound_mode other = skeleton->mode < MODES ? (enum ptn_sound_mode)skeleton->mode : own;
    const uint8_t *own_cost = ptn_sound_cost[facing(other, own)];
    const uint8_t *form_cost = ptn_sound_cost[facing(own, other)];
    unsigned own_total = part->total[facing(other, own)];
    unsigned floor_cost = skeleton_cost(near, skeleton, other);
    unsigned limit_max;

    limit_max = ptn_whole_limit(skeleton->total_max > own_total ? skeleton->total_max : own_total,
                                own == other, near->joined);
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
        if (is_near(near, form, own_cost, form_cost, limit, limit_max))
            near->found(near->context, skeleton->first_form + f);
    }
    return true;
}

/* ---- skeletons by their shortened ones ---- */

static bool try_key(struct near *near, uint64_t key_wanted, uint32_t first_slot, uint32_t bits,
                    uint32_t *seen, uint32_t stamp)
{
    const struct ptn_index_view *view = near->view;
    uint32_t mask = (1u << bits) - 1;
    uint32_t slot = ptn_key_slot(key_wanted, bits);
    uint32_t probes = 0;
    const struct ptn_index_key *key = &view->keys[first_slot + slot];

    while (key->key != 0 && key->key != key_wanted && probes++ <= mask) {
        slot = (slot + 1) & mask;
        key = &view->keys[first_slot + slot];
    }
    if (key->key != key_wanted)
        return true;
    if (key->first > view->counts[PTN_SECTION_KEYED] ||
        key->count > view->counts[PTN_SECTION_KEYED] - key->first)
        return false;
    for (uint32_t i = key->first; i < key->first + key->count; i++) {
        uint32_t number = view->keyed[i];
        const struct ptn_index_skeleton *skeleton;

        if (number >= view->counts[PTN_SECTION_SKELETONS])
            return false;
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
    struct near near = { .view = view,
                         .part = part,
                         .joined = is_join || among_joins,
                         .found = found,
                         .context = context };
    uint32_t bits = among_joins ? view->header->join_key_bits : view->header->part_key_bits;
    uint32_t first_slot = among_joins ? 1u << view->header->part_key_bits : 0;
    unsigned cuts = near.joined ? PTN_EDITS_JOINED : ptn_skeleton_cuts(part->skeleton_len);
    uint64_t keys[PTN_SHORTENED_MAX];
    unsigned key_count = ptn_skeleton_shorten(part->skeleton, part->skeleton_len, cuts, keys);

    for (unsigned i = 0; i < part->symbol_count; i++)
        if (ptn_sound_class[part->symbols[i] % PTN_SOUNDS] != 0)
            near.consonants[near.consonant_count++] = part->symbols[i];
    for (unsigned mode = 0; mode < MODES; mode++)
        least_costs(&near, mode);
    seen->stamp++;
    for (unsigned i = 0; i < key_count; i++)
        if (!try_key(&near, keys[i], first_slot, bits, seen->at, seen->stamp))
            return false;
    return true;
}
