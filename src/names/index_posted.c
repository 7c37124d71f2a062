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

size_t ptn_posted_write(const uint32_t *names, size_t count, uint8_t *ret_bytes)
{
    size_t lens_len = (count + 2) / 4;
    uint8_t *at = ret_bytes;
    uint8_t *lens;
    size_t above = count - 2;

    for (; above >= 128; above >>= 7)
        *at++ = (uint8_t)(above | 128u);
    *at++ = (uint8_t)above;
    write_bytes(at, names[0], 3);
    lens = at + 3;
    memset(lens, 0, lens_len);
    at = lens + lens_len;
    for (size_t i = 1; i < count; i++) {
        uint32_t number = names[i] - names[i - 1] - 1;
        unsigned len = bytes_of(number);

        lens[(i - 1) / 4] |= (uint8_t)(len << (i - 1) % 4 * 2);
        write_bytes(at, number, len);
        at += len;
    }
    return (size_t)(at - ret_bytes);
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
    if (ret_list->count > view->counts[PTN_SECTION_NAMES] || (size_t)(end - at) < 3 + lens_len)
        return false;
    ret_list->first = at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16;
    ret_list->lens = at + 3;
    ret_list->at = at + 3 + lens_len;
    ret_list->end = end;
    return true;
}

uint32_t ptn_posted_list_count(const struct ptn_index_view *view, uint32_t word)
{
    struct list list;

    return list_of(view, word, &list) ? list.count : UINT32_MAX;
}

/* Four names from a byte of lengths, with sixteen bytes there; returns the last one. */
static uint32_t read_four(const uint8_t **at, uint8_t lens, uint32_t name, uint32_t *ret_names)
{
    static const uint32_t masks[4] = { 0, 0xff, 0xffff, 0xffffff };
    const uint8_t *from = *at;

    for (unsigned i = 0; i < 4; i++) {
        unsigned len = lens >> 2 * i & 3u;
        uint32_t number;

        memcpy(&number, from, sizeof(number));
        name += (number & masks[len]) + 1;
        ret_names[i] = name;
        from += len;
    }
    *at = from;
    return name;
}

/* The names behind the first. */
static bool read_names(const struct list *list, uint32_t name_count, uint32_t *ret_names)
{
    const uint8_t *at = list->at;
    uint32_t name = list->first;
    uint32_t i = 1;

    for (; i + 4 <= list->count && list->end - at >= 16; i += 4) {
        name = read_four(&at, list->lens[(i - 1) / 4], name, ret_names + i);
        if (name >= name_count)
            return false;
    }
    for (; i < list->count; i++) {
        unsigned len = list->lens[(i - 1) / 4] >> (i - 1) % 4 * 2 & 3u;

        if ((size_t)(list->end - at) < len)
            return false;
        name++;
        for (unsigned k = 0; k < len; k++)
            name += (uint32_t)*at++ << 8 * k;
        if (name >= name_count)
            return false;
        ret_names[i] = name;
    }
    return true;
}

bool ptn_posted_list_read(const struct ptn_index_view *view, uint32_t word, uint32_t *ret_names)
{
    struct list list;

    if (!list_of(view, word, &list) || list.first >= view->counts[PTN_SECTION_NAMES])
        return false;
    ret_names[0] = list.first;
    return read_names(&list, view->counts[PTN_SECTION_NAMES], ret_names);
}
