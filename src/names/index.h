/*
 * names/index.h -- names found again among many, missing nothing from the published minimum up.
 *
 * An index is one run of bytes, relocatable, used in place: a section of a mapped snapshot. Its
 * bytes are trusted to be what ptn_index_build wrote only as far as answers go; hostile bytes never
 * make open or find read outside them, nor bytes that change after open (POST-8). An open index is
 * read-only and shared by threads; a scratch belongs to one thread at a time.
 */
#ifndef PTN_NAMES_INDEX_H
#define PTN_NAMES_INDEX_H
#include "names/score.h"

/* names one index holds, answers one question gets */
#define PTN_INDEX_NAMES_MAX 0x00ffffffu
#define PTN_INDEX_TOP_MAX   1000u

/* The blob's start must lie at a multiple of this. */
#define PTN_INDEX_ALIGNMENT 8u

/*
 * Names of one cohort have evidence beside them that is much alike (people born in one year), as
 * far as the caller knows and cares: an index keeps each cohort's names together, neighbours beside
 * each other, so that a question can pass over those whose evidence speaks against them.
 */
#define PTN_INDEX_COHORTS 256u

/* One name to index. Its ordinal is its place in the array. */
struct ptn_index_name {
    struct ptn_bytes text; /* Borrowed during build only */
    uint32_t
        entry; /* ordinal of the entry it names; ties go by it, so number entries by (list, id) */
    uint8_t cohort;
};

/**
 * ptn_index_build(names, name_count, out, reterr):
 * Append the index of these names to out (at an offset that is a multiple of PTN_INDEX_ALIGNMENT:
 * the caller pads). The same names give the same bytes.
 *
 * OK; TOO_BIG past PTN_INDEX_NAMES_MAX, 4 GiB, or out's cap; NO_MEMORY. On failure out is as
 * before.
 */
PTN_MUST_USE struct ptn_status ptn_index_build(const struct ptn_index_name *names,
                                               size_t name_count, struct ptn_buffer *out,
                                               struct ptn_diag *reterr);

/* An open index: a view with checked bounds. Copy it freely; it lives as long as its bytes. */
struct ptn_index {
    struct ptn_bytes blob;
    const void *sections[20]; /* private to the room */
    uint32_t counts[20];      /* private to the room */
    struct {
        uint32_t part_form_count, part_skeleton_count, part_key_bits, join_key_bits, initials_count;
    } said; /* private to the room: by the header when it was opened, which is not read again */
};

/**
 * ptn_index_open(blob, ret_index, reterr):
 * Check the header and the bounds of every section; O(1), the bytes themselves are for the
 * snapshot's checksum.
 *
 * blob  Borrowed, must outlive the index, starts at a multiple of PTN_INDEX_ALIGNMENT, holds
 * nothing but the index.
 *
 * OK; CORRUPT with the offset for bytes that cannot be an index of this version.
 */
PTN_MUST_USE struct ptn_status ptn_index_open(struct ptn_bytes blob, struct ptn_index *ret_index,
                                              struct ptn_diag *reterr);

size_t ptn_index_name_count(const struct ptn_index *index);

/* Working memory of one thread's questions: what find needs so that it allocates nothing. Opaque.
 * NULL: no memory. */
struct ptn_index_scratch;
struct ptn_index_scratch *ptn_index_scratch_new(const struct ptn_index *index);
void ptn_index_scratch_free(struct ptn_index_scratch *scratch);

/*
 * The final score of a name that scored name_score (at least the threshold): evidence beside the
 * name taken into account. Never above name_score (it is held to it); 0 leaves the name out. Same
 * arguments, same answer.
 */
typedef unsigned (*ptn_index_adjust_fn)(void *context, uint32_t name, unsigned name_score);

struct ptn_index_query {
    const struct ptn_name *name;
    unsigned threshold;         /* PTN_SCORE_MINIMUM to PTN_SCORE_ONE; lower ones are taken as
                                   PTN_SCORE_MINIMUM */
    size_t top;                 /* answers wanted, 1 to PTN_INDEX_TOP_MAX */
    ptn_index_adjust_fn adjust; /* NULL = the name's score is final */
    void *context;              /* for adjust */

    /* PTN_INDEX_COHORTS numbers, 1/PTN_SCORE_ONE: what adjust leaves at most of the score of a name
     * of that cohort (adjust's answer is at most name_score * most / PTN_SCORE_ONE); 0: no name of
     * it is an answer. NULL = as much as there is. The scan does not look at it: a number that is
     * too low shows as a difference. Borrowed. */
    const uint16_t *cohort_most;
};

/* One answer an entry: its name with the best final score (the lower ordinal on a tie). */
struct ptn_index_hit {
    uint32_t entry;
    uint32_t name;
    uint16_t score;      /* final */
    uint16_t name_score; /* before adjust */
};

/**
 * ptn_index_find(index, query, scratch, ret_hits, ret_count, ret_more):
 * The entries whose final score is at least the threshold, best first, ties by entry ordinal; at
 * most query->top.
 *
 * scratch    Made for this index.
 * ret_hits   Room for query->top hits; ret_count says how many were set.
 * ret_more   True when entries at or above the threshold were left out.
 *
 * OK always for a built index; CORRUPT when the bytes turn out not to be one.
 */
PTN_MUST_USE struct ptn_status ptn_index_find(const struct ptn_index *index,
                                              const struct ptn_index_query *query,
                                              struct ptn_index_scratch *scratch,
                                              struct ptn_index_hit *ret_hits, size_t *ret_count,
                                              bool *ret_more);

/* The same answers without using the index: every name is scored. What find is held to. */
PTN_MUST_USE struct ptn_status ptn_index_scan(const struct ptn_index *index,
                                              const struct ptn_index_query *query,
                                              struct ptn_index_scratch *scratch,
                                              struct ptn_index_hit *ret_hits, size_t *ret_count,
                                              bool *ret_more);

#endif
