/*
 * names/index_find_int.h -- one question to an index of names: what is known of it, and the walking
 * of lists. What each piece is for is said in index_find.c.
 */
#ifndef PTN_NAMES_INDEX_FIND_INT_H
#define PTN_NAMES_INDEX_FIND_INT_H
#include "names/index_cohort_int.h"
#include "names/index_near_int.h"
#include "names/index_posted_int.h"
#include "names/score_int.h"

/* What one question has gathered of one name. */
struct ptn_find_touch {
    uint32_t gained;     /* sum over the parts before this one of the best share */
    uint32_t part_share; /* the best share of the part at hand */
    uint16_t a_cover;
    uint16_t b_cover;
    uint8_t part_weight;
    uint8_t part_full;
    uint8_t touches;
    uint8_t last_part; /* 1 + the part at hand */
};

/* A form like a part or join of the question. */
struct ptn_find_hit {
    uint32_t form;
    uint32_t similarity;
};

/* The likeness of a form to the part that is not looked up, worked out once. */
struct ptn_find_memo {
    uint32_t stamp;
    uint32_t similarity;
};

#define PTN_NOT_KEPT UINT32_MAX

/* Names under a form like a unit of the question, those that lie in one span of a tier. */
struct ptn_find_piece {
    uint32_t at, end; /* among the listed eights */
    uint32_t value;   /* of a pair of the two */
    uint16_t span;
    uint8_t weight;
    uint8_t full_count;
    bool is_join;
    uint8_t is;    /* enum ptn_find_is */
    uint8_t again; /* a part before this one has the same names, and this likeness at least */
};

/* What a piece is to the tier at hand, by what is needed there. */
enum ptn_find_is {
    PTN_IS_OUT = 1,   /* no answer pairs the two */
    PTN_IS_LOW = 2,   /* no answer pairs parts only by such lists, when it pairs no join */
    PTN_IS_AGAIN = 4, /* it is walked for a part before this one, and says nothing new */
};

/* All of a tier: those of each unit lie together. */
struct ptn_find_pieces {
    struct ptn_find_piece *at;
    uint32_t count, max;
    uint32_t firsts[PTN_UNITS_MAX];
    uint32_t ends[PTN_UNITS_MAX];
    uint64_t eights[PTN_NAME_PARTS_MAX]; /* how many there are under each part */
};

/* A name that came up in a list which marks none, and what that list brings it. */
struct ptn_find_met {
    uint32_t name;
    uint32_t share;
    uint8_t weight;
    uint8_t full;
};

/* How many places on memory is asked for what lies under a form. */
#define PTN_FORMS_AHEAD 6u

struct ptn_index_scratch {
    uint32_t name_count;
    struct ptn_find_touch *touches; /* by name, or by place among the likely where names are
                              counted; set only where the name is marked */
    /* a bit a name each */
    uint8_t *marks;         /* touched; all zero between questions */
    uint8_t *initialed;     /* it has two initials or more */
    uint8_t *once;          /* where names are counted: it came up, or one touch makes it likely */
    uint8_t *twice;         /* the same of the likely; all zero but in the words noted */
    uint8_t *one_initialed; /* one initial or more */
    uint8_t *repeated;      /* one full part, or join, twice */
    uint8_t *quick;         /* two initials or more, or repeated */
    uint8_t *one_quick;     /* one initial or more, or repeated */
    uint64_t *words;        /* a bit for each 64 names: some are likely */
    uint32_t *ranks;        /* of 64 names of a line noted, how many likely ones come before them */
    struct ptn_find_met *met; /* by part, in the order of the walk */
    uint32_t met_count;
    uint32_t *touched; /* names */
    uint32_t touched_count;
    uint32_t *likely; /* of those, the ones touched in two parts, or with initials */
    uint32_t likely_count;
    uint32_t *candidates; /* names by bound, best first */
    uint16_t *bounds;     /* of candidates before sorting */
    struct ptn_near_seen seen;
    uint32_t skeleton_count;
    struct ptn_find_hit *hits; /* room for hits_max */
    uint32_t hits_max;
    uint32_t *listed; /* the eights under the hits, list by list */
    uint32_t listed_count;
    uint32_t listed_max; /* no list is begun behind; there is room for one, and its parted ones */
    struct ptn_find_memo *memos; /* by form */
    uint32_t memo_stamp;
    struct ptn_score_rows rows;
    struct ptn_cohort_tier tiers[PTN_COHORT_TIERS];
    struct ptn_cohort_cuts cuts;
    struct ptn_index_costs costs;
    struct ptn_find_pieces pieces[PTN_COHORT_TIERS];
    uint32_t form_count;
};

/* ---- one question ---- */

/* What makes a name likely. */
enum ptn_find_likely {
    PTN_LIKELY_TWICE, /* coming up twice, or once where quick says so */
    PTN_LIKELY_ALONE, /* coming up once where it has one full part, or quick says so */
    PTN_LIKELY_ALL,   /* coming up */
};

/* Which pieces are walked. */
enum ptn_find_which {
    PTN_PIECES_ALL,
    PTN_PIECES_JOINS, /* under joins of names */
    PTN_PIECES_PARTS, /* the others */
    PTN_PIECES_HIGH,  /* under joins, and what is not low */
    PTN_PIECES_LOW,   /* the others */
};

/* What walking a list does with its names. */
enum ptn_find_walk {
    PTN_WALK_TOUCHES, /* each is touched */
    PTN_WALK_COUNTS,  /* bits say which were touched once and which are likely */
    PTN_WALK_FILLS,   /* the likely are touched */
    PTN_WALK_NOTES,   /* each is noted */
};

struct ptn_find {
    struct ptn_index_view view;
    struct ptn_index_scratch *scratch;
    struct ptn_side side;
    struct ptn_name_part joined[PTN_JOINS_MAX];
    uint16_t part_cover[PTN_NAME_PARTS_MAX]; /* the most a part, alone or joined with light ones,
                                                covers */
    uint32_t known[PTN_UNITS_MAX]; /* the form of each part and join, PTN_UNIT_FORM_MAX if there is
                                      none */
    unsigned light_weight;         /* of particles, titles and legal forms */
    unsigned initial_count;
    bool two_needed; /* a name must be touched in two parts, or have initials */
    uint32_t
        hits_at[PTN_UNITS_MAX]; /* what is like each unit, PTN_NOT_KEPT where it is not gathered */
    uint32_t hits_end[PTN_UNITS_MAX];
    uint32_t hit_count;
    uint8_t parts[PTN_NAME_PARTS_MAX]; /* the full parts looked up, those with fewer names first */
    unsigned asked_count;
    unsigned skipped; /* the part that is not looked up, or PTN_NAME_PARTS_MAX */
    unsigned tier_count;
    bool kept; /* all that is like a unit of the question is gathered, and cut into pieces */
    unsigned heaviest[PTN_NAME_PARTS_MAX];   /* the most that a part like it weighs */
    unsigned most_cover[PTN_NAME_PARTS_MAX]; /* the most that it covers of a name, joined or not */
    unsigned light_count;
    bool filters;                         /* whether there are such pairs: */
    uint64_t loss_allowed;                /* a pair that loses more is in no answer of the tier */
    unsigned low_gain;                    /* an answer has a pair that gains so much, or a join */
    unsigned heaviest_part;               /* of the question */
    const struct ptn_cohort_tier *tier;   /* the names that are looked at */
    const struct ptn_find_pieces *pieces; /* where they are kept */
    bool one_quick;                       /* one initial makes a name likely, not only two */
    bool alike;                           /* a form is like two parts of the question */
    bool only_marked;                     /* names that nothing has touched are left alone */
    enum ptn_find_likely likely;
    enum ptn_find_which which;
    bool met_all;                          /* there was room for all that was met */
    uint32_t met_ends[PTN_NAME_PARTS_MAX]; /* of the parts as they are walked */
    uint32_t met_at;                       /* when names are filled */
    enum ptn_find_walk walk;
    bool corrupt;
};

/* One part (or join) of the question as it is looked up. */
struct ptn_find_asked {
    const struct ptn_unit *unit;
    unsigned part;      /* the full part of the question the shares go to */
    unsigned share;     /* 1 of the whole, or 2: half of it */
    bool counts_weight; /* the other's weight is counted with this part */
};

/* What a form brings to each name under it. */
struct ptn_find_bringing {
    uint32_t share;
    uint8_t weight;
    uint8_t full;
};

/* A form has at most two full parts, whatever its bytes say by now. */
static inline uint8_t ptn_find_full(uint8_t full_count)
{
    return full_count < 2 ? full_count : 2;
}

static inline bool ptn_find_is_marked(const uint8_t *marks, uint32_t name)
{
    return (marks[name / 8] >> name % 8 & 1u) != 0;
}

/* How many words of 64 bits hold a bit for each of so many names. */
static inline uint32_t ptn_find_words(uint32_t name_count)
{
    return name_count / 64 + 1;
}

/* ---- index_walk.c: names under forms ---- */

/* Give a name what a form brings it. */
void ptn_walk_touch(struct ptn_find *question, const struct ptn_find_asked *asked, uint32_t name,
                    const struct ptn_find_bringing *bringing);

/* Walk the pieces of lists under what is like a unit, from at to end. */
void ptn_walk_pieces(struct ptn_find *question, const struct ptn_find_asked *asked,
                     const struct ptn_find_piece *at, const struct ptn_find_piece *end);

/* Walk the names under a form that is like what is asked, where nothing is kept. */
void ptn_walk_form(struct ptn_find *question, const struct ptn_find_asked *asked, uint32_t number,
                   unsigned similarity);

/* Nothing has come up yet but what one touch makes likely. */
void ptn_walk_count_anew(const struct ptn_find *question);

/* Give the likely names what the lists bring them that they were met in, up to this one. */
void ptn_walk_fill_met(struct ptn_find *question, unsigned part, uint32_t end);

/* Number the likely names in their order, and let nothing be brought to them yet. */
void ptn_walk_rank(struct ptn_find *question);

/* Forget all touches. */
void ptn_walk_forget(struct ptn_find *question);

/* ---- index_gather.c: forms like the question's units, and the names under them ---- */

/* Keep what is like a unit. */
void ptn_gather(struct ptn_find *question, unsigned unit);

/* How many eights lie under the forms like a part that is gathered; UINT32_MAX where not all could
 * be kept. */
uint32_t ptn_gather_eights(const struct ptn_find *question, unsigned unit);

/* Ask memory early for what walking the hits some places on will need. */
void ptn_gather_fetch(const struct ptn_find *question, uint32_t i, uint32_t end);

/* Everything like one full part of the question, alone or as a piece of a join. */
void ptn_gather_touch(struct ptn_find *question, unsigned part, bool only_marked);

/* Of these the names under joins and what is like joins of the question; or the others, where they
 * came up. */
void ptn_gather_touch_some(struct ptn_find *question, unsigned part, enum ptn_find_which which);

/* Whether a unit is the cut last part of a machine readable zone. */
bool ptn_gather_is_cut(const struct ptn_find *question, unsigned unit);

/*
 * A name shares at least two full parts with a question of two or more, or has two initials that
 * fit: so one part need not be looked up but only compared with the names that the others found.
 * The dearest one of those with a cost, or PTN_NAME_PARTS_MAX.
 */
unsigned ptn_gather_choose_skipped(const struct ptn_find *question);

/* What the skipped part brings to the names that the others touched. */
void ptn_gather_touch_skipped(struct ptn_find *question, unsigned part);

#endif
