/*
 * names/index_near_int.h -- the forms of an index that may be like a part.
 */
#ifndef PTN_NAMES_INDEX_NEAR_INT_H
#define PTN_NAMES_INDEX_NEAR_INT_H
#include "names/index_int.h"

/* Which skeletons a look-up has already come by; at holds one number a skeleton, zero at first. */
struct ptn_near_seen {
    uint32_t *at;
    uint32_t stamp;
    bool one_by_one; /* compare forms one at a time also where many could be at once; the answers
                        are the same */
};

typedef void (*ptn_near_fn)(void *context, uint32_t form);

/*
 * Call found for every form of a part (or of a join) whose distance to this part is within the
 * limit; likeness by table (variants) and cut starts are not looked for here. is_join: the part is
 * itself a join. False when the bytes are no index.
 */
bool ptn_near_forms(const struct ptn_index_view *view, const struct ptn_name_part *part,
                    bool is_join, bool among_joins, struct ptn_near_seen *seen, ptn_near_fn found,
                    void *context);

/* The slot of a shortened skeleton, its list checked; NULL when there is none (or the bytes are no
 * index). */
const struct ptn_index_key *ptn_near_key(const struct ptn_index_view *view, uint64_t wanted,
                                         uint32_t first_slot, uint32_t bits);

/* ---- what is near known forms, worked out when the index was built ---- */

/* Append the two sections to the index that starts at start in out and was written without them. */
PTN_MUST_USE struct ptn_status ptn_index_add_near(struct ptn_buffer *out, size_t start);

/* The form with these sounds, script and variants, or PTN_UNIT_FORM_MAX. */
uint32_t ptn_index_known_form(const struct ptn_index_view *view, const struct ptn_name_part *part,
                              bool is_join);

#define PTN_NEAR_LEAST 5800u /* no similarity of two forms is below */
#define PTN_NEAR_STEPS 63u

static inline uint32_t ptn_near_pack(uint32_t form, unsigned similarity)
{
    unsigned range = PTN_SCORE_ONE - PTN_NEAR_LEAST;
    unsigned over = similarity > PTN_NEAR_LEAST ? similarity - PTN_NEAR_LEAST : 0;

    return form | ((over * PTN_NEAR_STEPS + range - 1) / range) << 26;
}

static inline unsigned ptn_near_similarity(uint32_t packed)
{
    unsigned range = PTN_SCORE_ONE - PTN_NEAR_LEAST;

    return PTN_NEAR_LEAST + ((packed >> 26) * range + PTN_NEAR_STEPS - 1) / PTN_NEAR_STEPS;
}

#endif
