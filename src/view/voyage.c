/*
 * view/voyage.c -- when two names of a voyage are the same: "UX 0204 2026-11-28" and "ux204
 * 2026-11-28". How a voyage is named: docs/format/arrivals.md.
 */
#include "view/view_int.h"

#define NUMBER_MAX 4u /* digits of a flight, without zeros before them */

static uint8_t capital(uint8_t byte)
{
    return byte >= 'a' && byte <= 'z' ? (uint8_t)(byte - 'a' + 'A') : byte;
}

static bool is_digit(uint8_t byte)
{
    return byte >= '0' && byte <= '9';
}

static bool is_letter(uint8_t byte)
{
    return byte >= 'A' && byte <= 'Z';
}

/* How long the carrier is that a word in capitals begins with: three letters, or two of which one
 * is a letter; 0: none. */
static size_t carrier_of(const uint8_t *at, size_t len)
{
    if (len >= 3 && is_letter(at[0]) && is_letter(at[1]) && is_letter(at[2]))
        return 3;
    if (len >= 2 && (is_letter(at[0]) || is_digit(at[0])) &&
        (is_letter(at[1]) || is_digit(at[1])) && (is_letter(at[0]) || is_letter(at[1])))
        return 2;
    return 0;
}

/* A flight at the start of the key: its number goes up to its carrier, without zeros before it. */
static void join_flight(uint8_t *at, size_t *len)
{
    size_t carrier = carrier_of(at, *len);
    size_t from = carrier;
    size_t end;

    if (carrier == 0)
        return;
    if (from < *len && at[from] == ' ')
        from++;
    while (from < *len && at[from] == '0')
        from++;
    end = from;
    while (end < *len && is_digit(at[end]))
        end++;
    if (end == from || end - from > NUMBER_MAX)
        return;
    memmove(at + carrier, at + from, *len - from);
    *len -= from - carrier;
}

struct ptn_status ptn_view_voyage_key(struct ptn_bytes voyage, struct ptn_buffer *out)
{
    struct ptn_bytes text = ptn_bytes_trim(voyage);
    struct ptn_status status = PTN_OK;
    size_t len = 0;
    uint8_t *at;

    if (text.len > 0)
        status = ptn_buffer_reserve(out, text.len, &at);
    if (!ptn_ok(status) || text.len == 0)
        return status;
    for (size_t i = 0; i < text.len; i++)
        if (text.at[i] != ' ' || at[len - 1] != ' ')
            at[len++] = capital(text.at[i]);
    join_flight(at, &len);
    out->len += len;
    return PTN_OK;
}
