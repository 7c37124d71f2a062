/*
 * names/index_near_int.h -- the forms of an index that may be like a part.
 */
#ifndef PTN_NAMES_INDEX_NEAR_INT_H
#define PTN_NAMES_INDEX_NEAR_INT_H
#include "names/index_block_int.h"
#include "names/index_int.h"

/* Which skeletons a look-up has already come by; at holds one number a skeleton, zero at first. */
struct ptn_near_seen {
    uint32_t *at;
    uint32_t stamp;
    enum ptn_block_way way; /* how many forms are compared at once; the answers are the same */
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

/*
 * The same for all parts of one skeleton and way of writing, one after the other: what they are
 * compared with is gathered once. Forms that come before that skeleton's are left out: what is near
 * is so both ways. It may call found for some forms that come before or are a little further away.
 * NULL: no memory. view and seen are borrowed.
 */
struct ptn_near_many;
struct ptn_near_many *ptn_near_many_new(const struct ptn_index_view *view,
                                        struct ptn_near_seen *seen);
void ptn_near_many_free(struct ptn_near_many *many);

/* What parts with the skeleton of this form, the first of them, are compared with. False: no
 * memory, or no index. */
bool ptn_near_many_gather(struct ptn_near_many *many, uint32_t first, bool among_joins);

/* Of those, the ones that may be near a part of that skeleton. */
bool ptn_near_many_forms(struct ptn_near_many *many, const struct ptn_name_part *part,
                         ptn_near_fn found, void *context);

/* A run of the section of skeleton numbers. */
struct ptn_near_run {
    uint32_t at, end;
};

/* The skeletons of parts or of joins that may share a shortened one (few others among them), within
 * its section; empty when there are none or the bytes are no index. */
struct ptn_near_run ptn_near_key(const struct ptn_index_view *view, uint64_t wanted,
                                 bool among_joins);

/* ---- what is near known forms, worked out when the index was built ---- */

/* Append the two sections to the index that starts at start in out and was written without them. */
PTN_MUST_USE struct ptn_status ptn_index_add_near(struct ptn_buffer *out, size_t start);

/* The form with these sounds, script and variants, or PTN_UNIT_FORM_MAX. */
uint32_t ptn_index_known_form(const struct ptn_index_view *view, const struct ptn_name_part *part,
                              bool is_join);

#define PTN_NEAR_LEAST 5800u /* no similarity of two forms is below */
#define PTN_NEAR_STEPS 63u   /* a similarity is kept rounded up to one of 64 steps */

static inline unsigned ptn_near_step(unsigned similarity)
{
    unsigned range = PTN_SCORE_ONE - PTN_NEAR_LEAST;
    unsigned over = similarity > PTN_NEAR_LEAST ? similarity - PTN_NEAR_LEAST : 0;

    return (over * PTN_NEAR_STEPS + range - 1) / range;
}

static inline unsigned ptn_near_similarity(unsigned step)
{
    unsigned range = PTN_SCORE_ONE - PTN_NEAR_LEAST;

    return PTN_NEAR_LEAST + (step * range + PTN_NEAR_STEPS - 1) / PTN_NEAR_STEPS;
}

/* The lists of so many forms have one start: first how many bytes each has, in seven bits a byte,
 * then all of them. */
#define PTN_NEAR_FORMS 16u

/* The forms near a form, in order: of each what it is above the one before, then its step, in one
 * number of seven bits a byte, the lowest first, the last byte below 128. */
struct ptn_near_list {
    const uint8_t *at, *end;
    uint32_t form; /* the one just read */
    unsigned similarity;
};

/* What is near a form; false when the bytes are no index. */
bool ptn_near_list_of(const struct ptn_index_view *view, uint32_t form,
                      struct ptn_near_list *ret_list);

/* False at the end, and where a number is cut or too large. */
static inline bool ptn_near_next(struct ptn_near_list *list)
{
    uint64_t number = 0;

    for (unsigned shift = 0; list->at < list->end && shift < 35; shift += 7) {
        uint8_t byte = *list->at++;

        number |= (uint64_t)(byte & 127u) << shift;
        if (byte < 128) {
            list->form += (uint32_t)(number >> 6);
            list->similarity = ptn_near_similarity(number & 63u);
            return number >> 6 <= PTN_UNIT_FORM_MAX;
        }
    }
    return false;
}

#endif
