#include "names/part_int.h"

/*
 * A pair below the floor is no pair: of parts written alike, of parts written in different ways
 * (one without vowels, or in syllables), of joined parts, which are long and held to more.
 */
#define FLOOR        7000u
#define FLOOR_OTHER  5800u
#define FLOOR_JOINED 7500u

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

static unsigned class_at(uint64_t skeleton, unsigned i)
{
    return (unsigned)(skeleton >> (3 * i)) & 7u;
}

/* Edits (one class left out, put in or changed) between two skeletons. */
static unsigned skeleton_distance(const struct ptn_name_part *a, const struct ptn_name_part *b)
{
    unsigned row[PTN_SKELETON_MAX + 1];
    unsigned a_len = a->skeleton_len < PTN_SKELETON_MAX ? a->skeleton_len : PTN_SKELETON_MAX;
    unsigned b_len = b->skeleton_len < PTN_SKELETON_MAX ? b->skeleton_len : PTN_SKELETON_MAX;

    for (unsigned j = 0; j <= b_len; j++)
        row[j] = j;
    for (unsigned i = 0; i < a_len; i++) {
        unsigned corner = row[0];

        row[0] = i + 1;
        for (unsigned j = 0; j < b_len; j++) {
            unsigned best = corner + (class_at(a->skeleton, i) != class_at(b->skeleton, j));

            if (row[j + 1] + 1 < best)
                best = row[j + 1] + 1;
            if (row[j] + 1 < best)
                best = row[j] + 1;
            corner = row[j + 1];
            row[j + 1] = best;
        }
    }
    return row[b_len];
}

/* Whether two skeletons are at most one edit apart: past what they begin alike with, the rest is
 * the same. */
static bool within_one(const struct ptn_name_part *a, const struct ptn_name_part *b)
{
    const uint64_t all = (1ull << (3 * PTN_SKELETON_MAX)) - 1;
    bool a_longer = a->skeleton_len > b->skeleton_len;
    uint64_t longer = (a_longer ? a->skeleton : b->skeleton) & all;
    uint64_t shorter = (a_longer ? b->skeleton : a->skeleton) & all;
    unsigned alike;

    if (longer == shorter)
        return true;
    alike = (unsigned)__builtin_ctzll(longer ^ shorter) / 3u;
    if (a->skeleton_len == b->skeleton_len)
        shorter >>= 3;
    return longer >> (3 * alike + 3) == shorter >> (3 * alike);
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

unsigned ptn_whole_limit(unsigned whole, bool same_mode, bool joined)
{
    unsigned floor = joined ? FLOOR_JOINED : same_mode ? FLOOR : FLOOR_OTHER;

    return (PTN_SCORE_ONE - floor) * whole / PTN_SCORE_ONE;
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
    unsigned longer = a->skeleton_len > b->skeleton_len ? a->skeleton_len : b->skeleton_len;
    unsigned shorter = a->skeleton_len + b->skeleton_len - longer;
    unsigned edits = joined ? PTN_EDITS_JOINED : ptn_skeleton_edits(longer);
    unsigned whole = whole_of(a, b);
    unsigned limit = ptn_whole_limit(whole, a_mode == b_mode, joined);
    unsigned apart;
    unsigned similarity;

    if (longer - shorter > edits || whole == 0)
        return none;
    if (edits == 0 ? a->skeleton != b->skeleton : edits == 1 && !within_one(a, b))
        return none;
    apart = distance(a, b, ptn_sound_cost[facing_b], ptn_sound_cost[facing_a], limit);
    if (apart > limit)
        return none;
    if (edits > 1 && a->skeleton != b->skeleton && skeleton_distance(a, b) > edits)
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
