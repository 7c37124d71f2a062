/*
 * names/score_int.h -- one name scored against many of an index: what each form is to the parts of
 * the one is worked out once.
 *
 * The same scores as ptn_score_ordered over ptn_index_side, which ptn_index_scan uses.
 */
#ifndef PTN_NAMES_SCORE_INT_H
#define PTN_NAMES_SCORE_INT_H
#include "names/index_int.h"

/* How alike a form is to one unit of the question. */
struct ptn_score_cell {
    uint32_t value; /* of the pair, as in an assignment */
    uint16_t similarity;
    uint8_t rule;
    uint8_t unit;
};

/* One form to the question: which units it may be like, and the cells that are not 0. */
struct ptn_score_row {
    uint64_t units;  /* a bit a unit that a look-up found it like */
    uint32_t stamp;  /* of the question that units is for */
    uint32_t worked; /* rows.working when the cells were worked out */
    uint32_t first;  /* cell */
    uint8_t count;
    uint8_t weight; /* the form's */
    uint8_t full_count;
    uint8_t likeness; /* to a part at least, as a look-up found: in 1/255; 0: to none */
};

#define PTN_SCORE_CELLS 65536u

/* Bits that say which forms may be marked: small enough to stay near the processor. */
#define PTN_SCORE_FILTER_BITS 15u

struct ptn_score_rows {
    const struct ptn_side *side; /* the question's. Borrowed from _begin to the last question */
    struct ptn_score_row *rows;  /* by form */
    uint8_t *firsts;             /* by form of a part: its first sound, see score.c */
    struct ptn_score_cell *cells;
    uint32_t cell_count;
    uint32_t stamp;
    uint32_t working;  /* goes up when all cells are forgotten */
    uint32_t full_end; /* forms of full parts come before it, light ones from it on */
    uint32_t part_end; /* then joins */
    uint64_t unsure;   /* units that no look-up was made for: any form may be like them */
    uint64_t initials; /* of those, the initials */
    unsigned initial_count;
    unsigned light_weight;                /* of particles, titles and legal forms of the question */
    uint64_t by_initial[PTN_SOUNDS / 64]; /* first sounds that an initial of the question fits */
    uint64_t by_part[PTN_SOUNDS / 64];    /* of initials that fit a part or initial of it */
    uint64_t filter[(1u << PTN_SCORE_FILTER_BITS) / 64];
};

/* False: no memory; what there is is released. */
bool ptn_score_rows_init(struct ptn_score_rows *rows, const struct ptn_index_view *view);
void ptn_score_rows_release(struct ptn_score_rows *rows);

/* Another question: nothing is known of any form. Initials are never looked up. */
void ptn_score_rows_begin(struct ptn_score_rows *rows, const struct ptn_side *side);

static inline uint32_t ptn_score_filter_bit(uint32_t form)
{
    return form * 0x9e3779b1u >> (32 - PTN_SCORE_FILTER_BITS);
}

/* False: no look-up found this form like anything. */
static inline bool ptn_score_rows_may_mark(const struct ptn_score_rows *rows, uint32_t form)
{
    uint32_t bit = ptn_score_filter_bit(form);

    return (rows->filter[bit / 64] >> bit % 64 & 1u) != 0;
}

/* How alike a form is at least to one of the question's parts, as a look-up found, in 1/255; 0: no
 * look-up did. */
static inline unsigned ptn_score_rows_likeness(const struct ptn_score_rows *rows, uint32_t form)
{
    const struct ptn_score_row *row = &rows->rows[form];

    return row->stamp == rows->stamp ? row->likeness : 0;
}

/* A look-up for a unit of the question found this form like it. Of full parts and joins, a form
 * that no look-up finds is like no unit but the unsure ones. */
static inline void ptn_score_rows_mark(struct ptn_score_rows *rows, uint32_t form, unsigned unit)
{
    struct ptn_score_row *row = &rows->rows[form];

    if (row->stamp != rows->stamp) {
        row->stamp = rows->stamp;
        row->units = 0;
        row->likeness = 0;
        rows->filter[ptn_score_filter_bit(form) / 64] |= 1ull << ptn_score_filter_bit(form) % 64;
    }
    row->units |= 1ull << unit;
}

/* The same of a part, which it is so much like. */
static inline void ptn_score_rows_mark_part(struct ptn_score_rows *rows, uint32_t form,
                                            unsigned part, unsigned similarity)
{
    unsigned likeness = similarity * 255 / PTN_SCORE_ONE;

    ptn_score_rows_mark(rows, form, part);
    likeness = likeness > 0 ? likeness : 1;
    if (likeness > rows->rows[form].likeness)
        rows->rows[form].likeness = (uint8_t)likeness;
}

/* The score of the question and a name of the index; 0 may stand for one below needed (which is at
 * least the minimum). False when the bytes are no index. */
bool ptn_score_by_rows(struct ptn_score_rows *rows, const struct ptn_index_view *view,
                       uint32_t name, unsigned needed, unsigned *ret_score);

/* ---- the bound: see docs/NAMES.md, "The bound" ---- */

/* What a question and a name could have in common at most, the question's numbers first. */
struct ptn_score_most {
    int64_t a_weight, b_weight;
    int64_t a_cover, b_cover; /* by full parts and joins */
    int64_t gained;           /* by them */
    int64_t a_initials;       /* how many may be paired */
    int64_t b_initials;
    int64_t a_light; /* weight */
};

/* The least an assignment can be divided by when one side is left with less. */
static inline int64_t ptn_score_least_divisor(int64_t less_weight, int64_t less_cover,
                                              int64_t more_weight, int64_t needed)
{
    int64_t less_left = less_weight - less_cover;
    int64_t more_left = more_weight - (needed > less_cover ? needed - less_cover : 0);

    return 100 * (less_weight + more_weight) + ((int64_t)PTN_UNMATCHED_LESS - 100) * less_left -
           (100 - (int64_t)PTN_UNMATCHED_MORE) * more_left;
}

/* The least raw score that is published as at least this one, which is at least the minimum. */
static inline unsigned ptn_score_raw_of(unsigned score)
{
    unsigned above = score - PTN_SCORE_MINIMUM;

    return PTN_RAW_MINIMUM +
           (above * (PTN_SCORE_ONE - PTN_RAW_MINIMUM) + (PTN_SCORE_ONE - PTN_SCORE_MINIMUM) - 1u) /
               (PTN_SCORE_ONE - PTN_SCORE_MINIMUM);
}

/* A raw score in 1/PTN_SCORE_ONE before it is divided; under 1: it is one. */
struct ptn_score_quotient {
    int64_t over, under;
};

/* No raw score of the name is above this. */
static inline struct ptn_score_quotient ptn_score_raw_bound(struct ptn_score_most most,
                                                            const struct ptn_index_entry *entry)
{
    int64_t one = PTN_SCORE_ONE;
    int64_t initials = (most.a_initials + most.b_initials) * (int64_t)PTN_INITIAL_COVER;
    int64_t light = entry->light_weight < UINT8_MAX ? entry->light_weight : most.b_weight;
    int64_t divisor;
    int64_t other;

    most.a_cover += initials;
    most.b_cover += initials;
    most.gained += 2 * initials * one;
    if (most.a_light > 0 && light > 0) {
        most.a_cover += most.a_light;
        most.b_cover += light;
        most.gained += (most.a_light + light) * one;
    }
    most.a_cover = most.a_cover < most.a_weight ? most.a_cover : most.a_weight;
    most.b_cover = most.b_cover < most.b_weight ? most.b_cover : most.b_weight;
    if (most.gained > (most.a_cover + most.b_cover) * one)
        most.gained = (most.a_cover + most.b_cover) * one;
    divisor =
        ptn_score_least_divisor(most.a_weight, most.a_cover, most.b_weight, most.gained / one);
    other = ptn_score_least_divisor(most.b_weight, most.b_cover, most.a_weight, most.gained / one);
    divisor = other < divisor ? other : divisor;
    return (struct ptn_score_quotient){ most.gained * 100, divisor };
}

/* What is gained, ten times, above 0.70 of the raw score needed of so much covered weight. */
static inline int64_t ptn_score_surplus(int64_t gained, int64_t cover, unsigned raw_needed)
{
    return 10 * gained - 7 * (int64_t)raw_needed * cover;
}

static_assert(PTN_UNMATCHED_MORE == 30 && PTN_UNMATCHED_LESS == 220, "surpluses are of these");

/* Whether the surplus pays for what is left over, when the first side is left with less. */
static inline bool ptn_score_pays(int64_t surplus, int64_t less_weight, int64_t less_cover,
                                  int64_t more_weight, unsigned raw_needed)
{
    int64_t cover = less_cover < less_weight ? less_cover : less_weight;

    return surplus >= (int64_t)raw_needed * (22 * less_weight + 3 * more_weight - 19 * cover);
}

/* Whether the full parts and joins with this surplus (`gained` is not looked at), and what else
 * there may be, let the name reach a raw score: see docs/NAMES.md, "Order". */
static inline bool ptn_score_has_surplus(const struct ptn_score_most *most,
                                         const struct ptn_index_entry *entry, int64_t surplus,
                                         unsigned raw_needed)
{
    int64_t initials = (most->a_initials + most->b_initials) * (int64_t)PTN_INITIAL_COVER;
    int64_t light = entry->light_weight < UINT8_MAX ? entry->light_weight : most->b_weight;
    int64_t a_cover = initials;
    int64_t b_cover = initials;

    if (most->a_light > 0 && light > 0) {
        a_cover += most->a_light;
        b_cover += light;
    }
    surplus +=
        ptn_score_surplus((a_cover + b_cover) * PTN_SCORE_ONE, a_cover + b_cover, raw_needed);
    a_cover += most->a_cover;
    b_cover += most->b_cover;
    return ptn_score_pays(surplus, most->a_weight, a_cover, most->b_weight, raw_needed) ||
           ptn_score_pays(surplus, most->b_weight, b_cover, most->a_weight, raw_needed);
}

/* No score of the name is above this. */
static inline unsigned ptn_score_bound(struct ptn_score_quotient raw)
{
    int64_t one = PTN_SCORE_ONE;
    int64_t quotient = raw.under <= 0 ? one : raw.over / raw.under;

    return ptn_score_published(quotient > one ? PTN_SCORE_ONE : (unsigned)quotient);
}

/* Whether the bound is at least the score that this raw one, at most one, stands for: asked of many
 * names, so nothing is divided. */
static inline bool ptn_score_may_reach(struct ptn_score_quotient raw, unsigned raw_needed)
{
    return raw.under <= 0 || raw.over >= (int64_t)raw_needed * raw.under;
}
#endif
