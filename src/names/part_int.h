/*
 * names/part_int.h -- parts as scoring and the index handle them: single ones, and two written as
 * one.
 */
#ifndef PTN_NAMES_PART_INT_H
#define PTN_NAMES_PART_INT_H
#include "names/score.h"
#include "names/tables_int.h"

/* consonant classes kept of a part */
#define PTN_SKELETON_MAX 12u

/* neighbours joined: i and i+1, and i and i+2 around a particle */
#define PTN_JOINS_MAX (2u * PTN_NAME_PARTS_MAX)
#define PTN_UNITS_MAX (PTN_NAME_PARTS_MAX + PTN_JOINS_MAX)

/* how far two skeletons may differ: SKELETON_EDITS by the longer one's length; joined parts always
 * 1 */
#define PTN_EDITS_JOINED 1u

static inline unsigned ptn_skeleton_edits(unsigned longer)
{
    return longer <= 1 ? 0 : longer <= 4 ? 1 : 2;
}

static inline enum ptn_sound_mode ptn_name_mode(unsigned script)
{
    if (script == PTN_SCRIPT_ARABIC || script == PTN_SCRIPT_HEBREW)
        return PTN_MODE_ABJAD;
    if (script == PTN_SCRIPT_HANGUL || script == PTN_SCRIPT_KANA || script == PTN_SCRIPT_HAN)
        return PTN_MODE_SYLLABLES;
    return PTN_MODE_ALPHABET;
}

/* Add a sound; two that are one across languages become one, again and again. False: no room. */
bool ptn_name_part_add(struct ptn_name_part *part, uint8_t sound);

/* Totals, skeleton, full_count and, where it is 0, the weight. */
void ptn_name_part_finish(struct ptn_name_part *part);

/* One part, or several read as one. */
struct ptn_unit {
    const struct ptn_name_part *part; /* Borrowed */
    uint8_t first, count;             /* parts of the name it covers */
    uint8_t full_count;               /* full parts among them */
};

/* A name ready to be compared: its parts first, in order, then its joins. */
struct ptn_side {
    struct ptn_unit units[PTN_UNITS_MAX];
    uint8_t part_count;
    uint8_t unit_count;
    uint8_t full_count;
    uint16_t weight;
    bool truncated;
};

/* Read a name into a side; joins are written to joined. Both and the name must outlive the side. */
void ptn_side_init(struct ptn_side *side, const struct ptn_name *name,
                   struct ptn_name_part joined[PTN_JOINS_MAX]);

/*
 * The parts from first on (count of them: 2, or 3 around a particle) as one; false when they are
 * never written so.
 */
bool ptn_name_join(const struct ptn_name_part *const *parts, unsigned part_count, unsigned first,
                   unsigned count, struct ptn_name_part *ret_joined);

/* How alike two units are, and by which rule. similarity 0 = not at all. */
struct ptn_likeness {
    uint16_t similarity;
    uint16_t rule;
};

/* joined: one of the two is a join. Both of kind PTN_NAME_FULL (a join is). Symmetric. */
struct ptn_likeness ptn_part_likeness(const struct ptn_name_part *a, const struct ptn_name_part *b,
                                      bool joined);

/*
 * A pair below the floor is no pair: of parts written alike, of parts written in different ways
 * (one without vowels, or in syllables), of joined parts. These are held to more: a short part
 * written after a long one changes it little, and would count as found with it.
 */
#define PTN_FLOOR              7000u
#define PTN_FLOOR_OTHER        5800u
#define PTN_FLOOR_JOINED       8800u
#define PTN_FLOOR_JOINED_OTHER 7500u

/* Whether two skeletons are as near as parts that are alike must be. */
bool ptn_skeletons_fit(uint64_t a, unsigned a_len, uint64_t b, unsigned b_len, bool joined);

/* The distance (1/100 of a consonant) up to which two parts are alike at all, and what it is of a
 * whole. */
unsigned ptn_part_limit(const struct ptn_name_part *a, const struct ptn_name_part *b, bool joined);
static inline unsigned ptn_whole_limit(unsigned whole, bool same_mode, bool joined)
{
    unsigned floor = same_mode ? PTN_FLOOR : PTN_FLOOR_OTHER;

    if (joined)
        floor = same_mode ? PTN_FLOOR_JOINED : PTN_FLOOR_JOINED_OTHER;
    return (PTN_SCORE_ONE - floor) * whole / PTN_SCORE_ONE;
}

/* Two sounds swapped. No sound costs more than 100 when it is missing: the early ends below count
 * on it. */
#define PTN_TRANSPOSE 60u

/* a is the cut start of b. */
bool ptn_part_is_start(const struct ptn_name_part *a, const struct ptn_name_part *b);

unsigned ptn_score_ordered(const struct ptn_side *a, const struct ptn_side *b,
                           struct ptn_score_why *ret_why);

/* What a pair adds for each unit of covered weight: below the similarity, so that weak pairs count
 * less. */
static inline unsigned ptn_score_gain(unsigned similarity)
{
    unsigned loss = (PTN_SCORE_ONE - similarity) * 12u / 10u;

    return loss > PTN_SCORE_ONE ? 0 : PTN_SCORE_ONE - loss;
}

/* Cost of unmatched weight, 1/100: of the side with less of it, of the other. */
#define PTN_UNMATCHED_LESS 220u
#define PTN_UNMATCHED_MORE 30u

/* The similarity of a part and the cut start of it. */
#define PTN_CUT_SHORT 9500u

/* Initials cover this much of a full part. */
#define PTN_INITIAL_COVER 25u

/* The published scale: raw RAW_MINIMUM is the minimum, one is one, straight lines between. */
#define PTN_RAW_MINIMUM 5800u

static inline unsigned ptn_score_published(unsigned raw)
{
    if (raw < PTN_RAW_MINIMUM)
        return raw * PTN_SCORE_MINIMUM / PTN_RAW_MINIMUM;
    return PTN_SCORE_MINIMUM + (raw - PTN_RAW_MINIMUM) * (PTN_SCORE_ONE - PTN_SCORE_MINIMUM) /
                                   (PTN_SCORE_ONE - PTN_RAW_MINIMUM);
}

#endif
