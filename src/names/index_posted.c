/* names/index_posted.c -- the names under a form, written and read. */
#include "names/index_posted_int.h"

static unsigned bytes_of(uint32_t number)
{
    if (number == 0)
        return 0;
    if (number < 1u << 8)
        return 1;
    return number < 1u << 16 ? 2 : 3;
}

static void write_bytes(uint8_t *at, uint32_t number, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        at[i] = (uint8_t)(number >> 8 * i);
}

/* The eight that starts with names[*at], which moves behind its names. */
static uint32_t next_eight(const uint32_t *names, size_t count, size_t *at)
{
    uint32_t eight = ptn_eight_of(names[(*at)++]);

    for (; *at < count && names[*at] / 8 == ptn_eight_number(eight); ++*at)
        eight |= ptn_eight_of(names[*at]);
    return eight;
}

static size_t count_eights(const uint32_t *names, size_t count)
{
    size_t eights = 0;

    for (size_t i = 0; i < count; eights++)
        (void)next_eight(names, count, &i);
    return eights;
}

uint32_t ptn_posted_write(const uint32_t *names, size_t count, uint32_t at, uint8_t *ret_bytes,
                          size_t *ret_len)
{
    size_t eights = count_eights(names, count);
    size_t lens_len = (eights + 2) / 4;
    uint8_t *to = ret_bytes;
    uint8_t *lens;
    size_t taken = 0;
    uint32_t before = next_eight(names, count, &taken);

    *ret_len = 0;
    if (eights == 1)
        return PTN_POSTED_ONE | before;
    for (size_t above = eights - 2;; above >>= 7) {
        *to++ = (uint8_t)(above < 128 ? above : (above & 127u) | 128u);
        if (above < 128)
            break;
    }
    write_bytes(to, before, 4);
    lens = to + 4;
    memset(lens, 0, lens_len);
    to = lens + lens_len;
    for (size_t i = 0; i + 1 < eights; i++) {
        uint32_t eight = next_eight(names, count, &taken);
        uint32_t behind = ptn_eight_number(eight) - ptn_eight_number(before) - 1;
        unsigned len = bytes_of(behind);

        lens[i / 4] |= (uint8_t)(len << i % 4 * 2);
        *to = (uint8_t)ptn_eight_bits(eight);
        write_bytes(to + 1, behind, len);
        to += 1 + len;
        before = eight;
    }
    *ret_len = (size_t)(to - ret_bytes);
    return at;
}

/* A list as it lies there: the bytes of its lengths and what is behind them. */
struct list {
    uint32_t count;
    uint32_t first;
    const uint8_t *lens;
    const uint8_t *at, *end;
};

/* False: the bytes are no index. */
static bool list_of(const struct ptn_index_view *view, uint32_t word, struct list *ret_list)
{
    const uint8_t *end = view->posted + view->counts[PTN_SECTION_POSTED];
    const uint8_t *at;
    uint32_t above = 0;
    size_t lens_len;

    if (word >= view->counts[PTN_SECTION_POSTED])
        return false;
    at = view->posted + word;
    for (unsigned shift = 0; at < end; shift += 7) {
        above |= (uint32_t)(*at & 127u) << shift;
        if (*at++ < 128)
            break;
        if (shift == 21)
            return false;
    }
    ret_list->count = above + 2;
    lens_len = ((size_t)above + 4) / 4;
    if (ret_list->count > view->counts[PTN_SECTION_NAMES] || (size_t)(end - at) < 4 + lens_len)
        return false;
    memcpy(&ret_list->first, at, sizeof(ret_list->first));
    ret_list->lens = at + 4;
    ret_list->at = at + 4 + lens_len;
    ret_list->end = end;
    return true;
}

uint32_t ptn_posted_list_count(const struct ptn_index_view *view, uint32_t word)
{
    struct list list;

    return list_of(view, word, &list) ? list.count : UINT32_MAX;
}

/* The eight that a number says, behind the one before. */
static inline uint32_t eight_behind(uint32_t before, uint32_t number)
{
    return (before | 0xffu) + 1 + number;
}

/* What four bytes say at most: the sum of four such numbers turns nothing over. */
#define NUMBER_MAX 0x1fffffffu

/* How many bytes say by how much four eights are behind. */
static inline unsigned bytes_of_four(unsigned lens)
{
    unsigned pairs = (lens & 0x33u) + (lens >> 2 & 0x33u);

    return (pairs & 15u) + (pairs >> 4);
}

/* Four eights from a byte of lengths, with sixteen bytes there; returns the last one. */
static inline uint32_t read_four(const uint8_t *from, unsigned lens, uint32_t eight,
                                 uint32_t *ret_eights)
{
    static const uint32_t masks[4] = { 0xff, 0xffff, 0xffffff, NUMBER_MAX };

    for (unsigned i = 0; i < 4; i++) {
        unsigned len = lens >> 2 * i & 3u;
        uint32_t number;

        memcpy(&number, from, sizeof(number));
        eight = eight_behind(eight, number & masks[len]);
        ret_eights[i] = eight;
        from += len + 1;
    }
    return eight;
}

/* The eights behind the first, all of which are below limit. */
static bool read_eights(const struct list *list, uint32_t limit, uint32_t *ret_eights)
{
    const uint8_t *at = list->at;
    uint32_t eight = list->first;
    uint32_t i = 1;

    for (; i + 4 <= list->count && list->end - at >= 16; i += 4) {
        unsigned lens = list->lens[(i - 1) / 4];

        eight = read_four(at, lens, eight, ret_eights + i);
        at += 4 + bytes_of_four(lens);
        if (eight >= limit)
            return false;
    }
    for (; i < list->count; i++) {
        unsigned len = (list->lens[(i - 1) / 4] >> (i - 1) % 4 * 2 & 3u) + 1;
        uint32_t number = 0;

        if ((size_t)(list->end - at) < len)
            return false;
        for (unsigned k = 0; k < len; k++)
            number |= (uint32_t)*at++ << 8 * k;
        eight = eight_behind(eight, number & NUMBER_MAX);
        if (eight >= limit)
            return false;
        ret_eights[i] = eight;
    }
    return true;
}

bool ptn_posted_list_read(const struct ptn_index_view *view, uint32_t word, uint32_t room,
                          uint32_t *ret_eights)
{
    uint32_t name_count = view->counts[PTN_SECTION_NAMES];
    uint32_t limit = (name_count + 7) / 8 << PTN_EIGHT_BITS;
    struct list list;

    if (!list_of(view, word, &list) || list.count > room || list.first >= limit)
        return false;
    ret_eights[0] = list.first;
    return read_eights(&list, limit, ret_eights) &&
           ptn_eight_end(ret_eights[list.count - 1]) <= name_count;
}

/* The first of eights that is not below this one. Those that lie evenly are found near where they
 * must lie, in steps that double from there. */
static uint32_t *lower(uint32_t *at, uint32_t *end, uint32_t wanted)
{
    size_t step = 8;

    if (end - at > 16 && at[0] < wanted && end[-1] > at[0]) {
        uint64_t reach = (uint64_t)(wanted - at[0]) * (uint64_t)(end - at) / (end[-1] - at[0]);
        uint32_t *guess = at + (reach < (uint64_t)(end - at) ? reach : 0);

        if (*guess < wanted) {
            for (at = guess; step < (size_t)(end - at) && at[step] < wanted; step *= 2)
                at += step;
            end = step < (size_t)(end - at) ? at + step : end;
        } else {
            for (end = guess; step < (size_t)(end - at) && *(end - step) >= wanted; step *= 2)
                end -= step;
            at = step < (size_t)(end - at) ? end - step : at;
        }
    }
    while (end - at > 8) {
        uint32_t *middle = at + (end - at) / 2;

        if (*middle < wanted)
            at = middle + 1;
        else
            end = middle;
    }
    while (at < end && *at < wanted)
        at++;
    return at;
}

uint32_t *ptn_eights_cut(uint32_t *from, uint32_t **end, uint32_t name)
{
    uint32_t *at = lower(from, *end, name / 8 << PTN_EIGHT_BITS);
    uint32_t below = (1u << name % 8) - 1;

    while (at < *end && ptn_eight_number(*at) == name / 8 && ptn_eight_end(*at) <= name)
        at++; /* it was parted before */
    if (at == *end || ptn_eight_number(*at) != name / 8 || (*at & below) == 0)
        return at;
    memmove(at + 1, at, (size_t)(*end - at) * sizeof(*at));
    ++*end;
    at[0] &= ~0xffu | below;
    at[1] &= ~below;
    return at + 1;
}
