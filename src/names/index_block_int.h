/*
 * names/index_block_int.h -- up to 64 forms that a part is compared with at once.
 */
#ifndef PTN_NAMES_INDEX_BLOCK_INT_H
#define PTN_NAMES_INDEX_BLOCK_INT_H
#include "names/name.h"
#include "names/tables_int.h"

#define PTN_BLOCK 64u
/* Sounds of a form that are turned by the vector unit; few forms have more. */
#define PTN_BLOCK_STAGED 16u

/* How blocks are compared. All ways find the same. */
enum ptn_block_way {
    PTN_BLOCK_WIDEST,  /* 64 forms in a vector (AVX-512 VBMI), or what the machine has instead */
    PTN_BLOCK_HALVES,  /* 32 forms in a vector (AVX2), or none */
    PTN_BLOCK_NOWHERE, /* not at all: forms are compared one by one */
};

struct ptn_block {
    /* a form a line, until the block is turned: then a sound's place a line, a form a column */
    _Alignas(64) uint8_t staged[PTN_BLOCK][PTN_BLOCK_STAGED];
    _Alignas(64) uint8_t rest[PTN_NAME_SYMBOLS_MAX - PTN_BLOCK_STAGED][PTN_BLOCK]; /* those after */
    uint8_t lens[PTN_BLOCK];
    uint8_t limits[PTN_BLOCK]; /* in parts of 2 to the scale, rounded down */
    uint32_t forms[PTN_BLOCK]; /* the caller's numbers */
    unsigned count;
    unsigned len_max;
};

/* What this machine does when asked for that way. */
enum ptn_block_way ptn_block_way(enum ptn_block_way wanted);

/* Returns the form's place; its limit is not set yet. There is one: count < PTN_BLOCK. */
unsigned ptn_block_put(struct ptn_block *block, uint32_t number, const struct ptn_name_part *form);

/* A block that stays is turned once, in its place. */
void ptn_block_turn(struct ptn_block *block, enum ptn_block_way way);

/*
 * Which forms' distances to the part are within their limits: bit i for the form at i; bits of
 * places that hold none mean nothing. The costs, of a sound of the part that the form lacks and of
 * one of the form that the part lacks, are counted in parts of 2 to the scale, each rounded down,
 * up to 255: a limit of 255 lets every form pass. way: what ptn_block_way returned, not NOWHERE.
 */
uint64_t ptn_block_near(const struct ptn_block *block, bool turned, enum ptn_block_way way,
                        const struct ptn_name_part *part, unsigned scale, const uint8_t *own_cost,
                        const uint8_t *form_cost);

#endif
