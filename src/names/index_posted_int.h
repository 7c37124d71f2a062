/*
 * names/index_posted_int.h -- the names under a form, as they lie in an index.
 *
 * Names are posted by eights: eight names beside each other, and a bit for each that the form has.
 * Names with parts in common lie beside each other, so that half of the names of a long list share
 * an eight with another, and what is done to an eight at a time is done half as often.
 *
 * A form's word says NONE, or ONE and the only eight, or where its list starts: in seven bits a
 * byte, the lowest first, the last below 128, how many eights there are above two; the first one in
 * four bytes; then of each other one how many bytes say by how much it is behind the one before and
 * one more, none to three, two bits each, the lowest of a byte first; then of each its bits in a
 * byte, and those bytes.
 */
#ifndef PTN_NAMES_INDEX_POSTED_INT_H
#define PTN_NAMES_INDEX_POSTED_INT_H
#include "names/index_int.h"

#define PTN_POSTED_ONE  0x80000000u
#define PTN_POSTED_NONE UINT32_MAX

static_assert(PTN_INDEX_NAMES_MAX <= 1u << 24, "an eight and a flag fit in a word");

/* ---- eights: the number of one, and its bits below ---- */

#define PTN_EIGHT_BITS 8u

static inline uint32_t ptn_eight_of(uint32_t name)
{
    return name / 8 << PTN_EIGHT_BITS | 1u << name % 8;
}

static inline uint32_t ptn_eight_number(uint32_t eight)
{
    return eight >> PTN_EIGHT_BITS;
}

static inline uint32_t ptn_eight_bits(uint32_t eight)
{
    return eight & 0xffu;
}

/* Its name by the lowest of these bits, of which one is set. */
static inline uint32_t ptn_eight_name(uint32_t eight, uint32_t bits)
{
    return ptn_eight_number(eight) * 8 + (uint32_t)__builtin_ctz(bits);
}

/* Its first name, and one more than its last one. An eight without a name, which only bytes that
 * are no index have, is behind its own end. */
static inline uint32_t ptn_eight_first(uint32_t eight)
{
    return ptn_eight_name(eight, eight | 1u << PTN_EIGHT_BITS);
}

static inline uint32_t ptn_eight_end(uint32_t eight)
{
    return ptn_eight_number(eight) * 8 + 31u -
           (uint32_t)__builtin_clz(ptn_eight_bits(eight) * 2 + 1);
}

/* The first place from `from` on, at or before *end, that holds no name below this one. An eight
 * that holds such names and others is parted, and *end moves: there must be room for one more
 * behind. */
uint32_t *ptn_eights_cut(uint32_t *from, uint32_t **end, uint32_t name);

/* ---- lists ---- */

/* At most so many bytes does a list of count names, two or more, take. */
static inline size_t ptn_posted_size_max(size_t count)
{
    return 5 + 4 + (count + 2) / 4 + 4 * (count - 1);
}

/* The word of a form that has these ascending names, one or more; its list, if it has one, starts
 * at `at` and is written to ret_bytes: *ret_len of them. */
uint32_t ptn_posted_write(const uint32_t *names, size_t count, uint32_t at, uint8_t *ret_bytes,
                          size_t *ret_len);

/* How many eights a list has; UINT32_MAX when the bytes are no index. */
uint32_t ptn_posted_list_count(const struct ptn_index_view *view, uint32_t word);

/* The eights of a list; false when the bytes are no index, or there are more than room. */
bool ptn_posted_list_read(const struct ptn_index_view *view, uint32_t word, uint32_t room,
                          uint32_t *ret_eights);

/* How many eights a form has; UINT32_MAX when the bytes are no index. */
static inline uint32_t ptn_posted_count(const struct ptn_index_view *view, uint32_t form)
{
    uint32_t word = view->postings[form];

    if ((word & PTN_POSTED_ONE) != 0)
        return word != PTN_POSTED_NONE;
    return ptn_posted_list_count(view, word);
}

/* The eights of a form, ascending, all names below the count of names; room: as many as
 * ptn_posted_count said, for which ret_eights has room. False when the bytes are no index, or not
 * what they were when they were counted. */
static inline bool ptn_posted_read(const struct ptn_index_view *view, uint32_t form, uint32_t room,
                                   uint32_t *ret_eights)
{
    uint32_t word = view->postings[form];

    if ((word & PTN_POSTED_ONE) == 0)
        return ptn_posted_list_read(view, word, room, ret_eights);
    ret_eights[0] = word & ~PTN_POSTED_ONE;
    return word == PTN_POSTED_NONE ||
           ptn_eight_end(ret_eights[0]) <= view->counts[PTN_SECTION_NAMES];
}

/* Ask memory early for a form's list. */
static inline void ptn_posted_fetch(const struct ptn_index_view *view, uint32_t form)
{
    if (view->postings[form] < view->counts[PTN_SECTION_POSTED])
        __builtin_prefetch(view->posted + view->postings[form]);
}

#endif
