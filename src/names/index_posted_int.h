/*
 * names/index_posted_int.h -- the names under a form, as they lie in an index.
 *
 * A form's word says NONE, or ONE and the only name, or where its list starts: in seven bits a
 * byte, the lowest first, the last below 128, how many names there are above two; the first name in
 * three bytes; then of each other name how many bytes say by how much it is above the one before
 * and one more, none to three, two bits each, the lowest of a byte first; then those bytes.
 */
#ifndef PTN_NAMES_INDEX_POSTED_INT_H
#define PTN_NAMES_INDEX_POSTED_INT_H
#include "names/index_int.h"

#define PTN_POSTED_ONE  0x80000000u
#define PTN_POSTED_NONE UINT32_MAX

static_assert(PTN_INDEX_NAMES_MAX <= 0xffffff, "three bytes hold a name");

/* Behind the names read there must be room for so many more. */
#define PTN_POSTED_SLACK 4u

/* At most so many bytes does a list of count names, two or more, take. */
static inline size_t ptn_posted_size_max(size_t count)
{
    return 5 + 3 + (count + 2) / 4 + 3 * (count - 1);
}

/* Write a list of ascending names, two or more; returns its bytes. */
size_t ptn_posted_write(const uint32_t *names, size_t count, uint8_t *ret_bytes);

/* How many names a list has; UINT32_MAX when the bytes are no index. */
uint32_t ptn_posted_list_count(const struct ptn_index_view *view, uint32_t word);

/* The names of a list; false when the bytes are no index. */
bool ptn_posted_list_read(const struct ptn_index_view *view, uint32_t word, uint32_t *ret_names);

/* How many names a form has; UINT32_MAX when the bytes are no index. */
static inline uint32_t ptn_posted_count(const struct ptn_index_view *view, uint32_t form)
{
    uint32_t word = view->postings[form];

    if ((word & PTN_POSTED_ONE) != 0)
        return word != PTN_POSTED_NONE;
    return ptn_posted_list_count(view, word);
}

/* The names of a form, ascending, all below the count of names; ret_names has room for
 * ptn_posted_count and the slack. False when the bytes are no index. */
static inline bool ptn_posted_read(const struct ptn_index_view *view, uint32_t form,
                                   uint32_t *ret_names)
{
    uint32_t word = view->postings[form];

    if ((word & PTN_POSTED_ONE) == 0)
        return ptn_posted_list_read(view, word, ret_names);
    ret_names[0] = word & ~PTN_POSTED_ONE;
    return word == PTN_POSTED_NONE || ret_names[0] < view->counts[PTN_SECTION_NAMES];
}

/* Ask memory early for a form's list. */
static inline void ptn_posted_fetch(const struct ptn_index_view *view, uint32_t form)
{
    if (view->postings[form] < view->counts[PTN_SECTION_POSTED])
        __builtin_prefetch(view->posted + view->postings[form]);
}

#endif
