#include "names/part_int.h"

#define JOINED_LOSS 200u
#define VARIANT     9200u
/* from here up two spellings are said to sound the same */
#define SAME_SOUND 9300u

/* ---- joins ---- */

static bool can_join(const struct ptn_name_part *part)
{
    return part->kind == PTN_NAME_FULL || part->kind == PTN_NAME_PARTICLE ||
           part->kind == PTN_NAME_TITLE;
}

bool ptn_name_join(const struct ptn_name_part *const *parts, unsigned part_count, unsigned first,
                   unsigned count, struct ptn_name_part *ret_joined)
{
    const struct ptn_name_part *a = parts[first];
    const struct ptn_name_part *b;
    struct ptn_name_part joined = { .kind = PTN_NAME_FULL };
    unsigned weight;

    if (first + count > part_count)
        return false;
    b = parts[first + count - 1];
    if (!can_join(a) || !can_join(b) || (a->full_count == 0 && b->full_count == 0) ||
        (count == 3 && (parts[first + 1]->kind != PTN_NAME_PARTICLE ||
                        a->kind == PTN_NAME_PARTICLE || b->kind == PTN_NAME_PARTICLE)) ||
        ptn_name_mode(a->script) != ptn_name_mode(b->script) ||
        a->symbol_count + b->symbol_count > PTN_NAME_SYMBOLS_MAX)
        return false;
    for (unsigned i = 0; i < a->symbol_count; i++)
        (void)ptn_name_part_add(&joined, a->symbols[i]);
    for (unsigned i = 0; i < b->symbol_count; i++)
        (void)ptn_name_part_add(&joined, b->symbols[i]);
    joined.script = a->script;
    weight = a->weight + b->weight + (count == 3 ? parts[first + 1]->weight : 0u);
    joined.weight = (uint8_t)(weight > 255u ? 255u : weight);
    ptn_name_part_finish(&joined);
    joined.full_count = (uint8_t)(a->full_count + b->full_count);
    *ret_joined = joined;
    return true;
}

void ptn_side_init(struct ptn_side *side, const struct ptn_name *name,
                   struct ptn_name_part joined[PTN_JOINS_MAX])
{
    const struct ptn_name_part *parts[PTN_NAME_PARTS_MAX];
    unsigned joined_count = 0;

    side->part_count = side->unit_count = name->part_count;
    side->full_count = 0;
    side->weight = 0;
    side->truncated = name->truncated;
    for (unsigned i = 0; i < name->part_count; i++) {
        parts[i] = &name->parts[i];
        side->units[i] = (struct ptn_unit){ parts[i], (uint8_t)i, 1, parts[i]->full_count };
        side->full_count = (uint8_t)(side->full_count + parts[i]->full_count);
        side->weight = (uint16_t)(side->weight + parts[i]->weight);
    }
    for (unsigned count = 2; count <= 3; count++)
        for (unsigned i = 0; i + count <= name->part_count; i++) {
            struct ptn_name_part *part = &joined[joined_count];

            if (!ptn_name_join(parts, name->part_count, i, count, part))
                continue;
            joined_count++;
            side->units[side->unit_count++] =
                (struct ptn_unit){ part, (uint8_t)i, (uint8_t)count, part->full_count };
        }
}

/* ---- likeness ---- */

/* Classes that two skeletons begin alike with; they differ. No class is 0, which ends them. */
static unsigned alike(uint64_t a, uint64_t b)
{
    return (unsigned)__builtin_ctzll(a ^ b) / 3u;
}

/* Whether two skeletons are at most one edit (a class left out, put in or changed) apart: past what
 * they begin alike with, the rest is the same. */
static bool within_one(uint64_t a, unsigned a_len, uint64_t b, unsigned b_len)
{
    unsigned at;

    if (a == b)
        return true;
    at = 3 * alike(a, b);
    if (a_len == b_len)
        return a >> at >> 3 == b >> at >> 3;
    return a_len > b_len ? a_len - b_len == 1 && a >> at >> 3 == b >> at
                         : b_len - a_len == 1 && b >> at >> 3 == a >> at;
}

/* At most two: the first edit is best made where they first differ. */
static bool within_two(uint64_t a, unsigned a_len, uint64_t b, unsigned b_len)
{
    unsigned at;

    if (a == b)
        return true;
    at = alike(a, b);
    a = a >> 3 * at;
    b = b >> 3 * at;
    a_len = a_len > at ? a_len - at : 0;
    b_len = b_len > at ? b_len - at : 0;
    return (a_len > 0 && b_len > 0 && within_one(a >> 3, a_len - 1, b >> 3, b_len - 1)) ||
           (a_len > 0 && within_one(a >> 3, a_len - 1, b, b_len)) ||
           (b_len > 0 && within_one(a, a_len, b >> 3, b_len - 1));
}

bool ptn_skeletons_fit(uint64_t a, unsigned a_len, uint64_t b, unsigned b_len, bool joined)
{
    const uint64_t all = (1ull << (3 * PTN_SKELETON_MAX)) - 1;
    unsigned edits = joined ? PTN_EDITS_JOINED : ptn_skeleton_edits(a_len > b_len ? a_len : b_len);

    a &= all;
    b &= all;
    if (edits == 0)
        return a_len == b_len && a == b;
    return edits == 1 ? within_one(a, a_len, b, b_len) : within_two(a, a_len, b, b_len);
}

/*
 * The weighted edit distance of two parts, or limit + 1 when it is above limit. What a sound costs
 * that the other has not depends on how the other is written.
 */
static unsigned distance(const struct ptn_name_part *a, const struct ptn_name_part *b,
                         const uint8_t *a_cost, const uint8_t *b_cost, unsigned limit)
{
    unsigned rows[3][PTN_NAME_SYMBOLS_MAX + 1];
    unsigned *two_up = rows[0];
    unsigned *up = rows[1];
    unsigned *row = rows[2];
    unsigned former = 0; /* the least of the row before */
    unsigned a_count =
        a->symbol_count < PTN_NAME_SYMBOLS_MAX ? a->symbol_count : PTN_NAME_SYMBOLS_MAX;
    unsigned b_count =
        b->symbol_count < PTN_NAME_SYMBOLS_MAX ? b->symbol_count : PTN_NAME_SYMBOLS_MAX;

    up[0] = 0;
    for (unsigned j = 0; j < b_count; j++)
        up[j + 1] = up[j] + b_cost[b->symbols[j] % PTN_SOUNDS];
    for (unsigned i = 0; i < a_count; i++) {
        unsigned x = a->symbols[i] % PTN_SOUNDS;
        const uint8_t *near = ptn_sound_near[x];
        unsigned least = row[0] = up[0] + a_cost[x];
        unsigned *spare = two_up;

        for (unsigned j = 0; j < b_count; j++) {
            unsigned y = b->symbols[j] % PTN_SOUNDS;
            unsigned best = up[j] + near[y];
            unsigned other = up[j + 1] + a_cost[x];

            best = other < best ? other : best;
            other = row[j] + b_cost[y];
            best = other < best ? other : best;
            if (i > 0 && j > 0 && x != y && x == b->symbols[j - 1] && y == a->symbols[i - 1]) {
                other = two_up[j - 1] + PTN_TRANSPOSE;
                best = other < best ? other : best;
            }
            row[j + 1] = best;
            least = best < least ? best : least;
        }
        /* every way on goes through this row, or swaps two sounds across it from the row before */
        if (least > limit && former + PTN_TRANSPOSE > limit)
            return limit + 1;
        former = least;
        two_up = up;
        up = row;
        row = spare;
    }
    return up[b_count];
}

static bool same_symbols(const struct ptn_name_part *a, const struct ptn_name_part *b)
{
    return a->symbol_count == b->symbol_count && a->symbol_count <= PTN_NAME_SYMBOLS_MAX &&
           memcmp(a->symbols, b->symbols, a->symbol_count) == 0;
}

/* The larger of two parts, each as it counts facing the other. */
static unsigned whole_of(const struct ptn_name_part *a, const struct ptn_name_part *b)
{
    enum ptn_sound_mode a_mode = ptn_name_mode(a->script);
    enum ptn_sound_mode b_mode = ptn_name_mode(b->script);
    unsigned a_total = a->total[a_mode == b_mode ? PTN_MODE_ALPHABET : b_mode];
    unsigned b_total = b->total[a_mode == b_mode ? PTN_MODE_ALPHABET : a_mode];

    return a_total > b_total ? a_total : b_total;
}

unsigned ptn_part_limit(const struct ptn_name_part *a, const struct ptn_name_part *b, bool joined)
{
    return ptn_whole_limit(whole_of(a, b), ptn_name_mode(a->script) == ptn_name_mode(b->script),
                           joined);
}

static struct ptn_likeness by_sound(const struct ptn_name_part *a, const struct ptn_name_part *b,
                                    bool joined)
{
    const struct ptn_likeness none = { 0, 0 };
    enum ptn_sound_mode a_mode = ptn_name_mode(a->script);
    enum ptn_sound_mode b_mode = ptn_name_mode(b->script);
    enum ptn_sound_mode facing_a = a_mode == b_mode ? PTN_MODE_ALPHABET : a_mode;
    enum ptn_sound_mode facing_b = a_mode == b_mode ? PTN_MODE_ALPHABET : b_mode;
    unsigned whole = whole_of(a, b);
    unsigned limit = ptn_whole_limit(whole, a_mode == b_mode, joined);
    unsigned apart;
    unsigned similarity;

    if (whole == 0 ||
        !ptn_skeletons_fit(a->skeleton, a->skeleton_len, b->skeleton, b->skeleton_len, joined))
        return none;
    apart = distance(a, b, ptn_sound_cost[facing_b], ptn_sound_cost[facing_a], limit);
    if (apart > limit)
        return none;
    similarity = PTN_SCORE_ONE - (apart * PTN_SCORE_ONE + whole - 1) / whole;
    if (a->script != b->script && similarity >= SAME_SOUND)
        return (struct ptn_likeness){ (uint16_t)similarity, PTN_SCORE_OTHER_SCRIPT };
    return (struct ptn_likeness){ (uint16_t)similarity, similarity >= SAME_SOUND
                                                            ? PTN_SCORE_SAME_SOUND
                                                            : PTN_SCORE_CLOSE };
}

struct ptn_likeness ptn_part_likeness(const struct ptn_name_part *a, const struct ptn_name_part *b,
                                      bool joined)
{
    struct ptn_likeness likeness;

    if (a->script == b->script && same_symbols(a, b))
        likeness = (struct ptn_likeness){ PTN_SCORE_ONE, PTN_SCORE_SAME };
    else
        likeness = by_sound(a, b, joined);
    if (joined && likeness.similarity > 0)
        return (struct ptn_likeness){ (uint16_t)(likeness.similarity - JOINED_LOSS),
                                      PTN_SCORE_JOINED };
    if (likeness.similarity < VARIANT && a->variant != 0 && a->variant == b->variant && !joined)
        return (struct ptn_likeness){ VARIANT, PTN_SCORE_VARIANT };
    return likeness;
}

bool ptn_part_is_start(const struct ptn_name_part *a, const struct ptn_name_part *b)
{
    if (a->symbol_count < 3 || a->symbol_count > b->symbol_count || a->script != b->script)
        return false;
    for (unsigned i = 0; i < a->symbol_count && i < PTN_NAME_SYMBOLS_MAX; i++)
        if (a->symbols[i] != b->symbols[i])
            return false;
    return true;
}
