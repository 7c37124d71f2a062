#include "message/cards.h"

#include <stdlib.h>

#include "message/edifact.h"

#define FOP_DIGITS_MIN  12u
#define CARD_DIGITS_MIN 13u
#define CARD_DIGITS_MAX 19u
#define PARTING_MAX     2u /* bytes between two digits: a line break */
#define SHOWN           4u

static bool is_digit(uint8_t byte)
{
    return byte >= '0' && byte <= '9';
}

static bool parts_digits(uint8_t byte)
{
    return byte == ' ' || byte == '-' || byte == '\r' || byte == '\n';
}

/* ISO/IEC 7812-1, annex B. */
static bool check_digit_is_right(const uint8_t *digits, size_t count)
{
    unsigned sum = 0;

    for (size_t i = 0; i < count; i++) {
        unsigned digit = digits[count - 1 - i];

        if (i % 2 == 1)
            digit = digit * 2 > 9 ? digit * 2 - 9 : digit * 2;
        sum += digit;
    }
    return sum % 10 == 0;
}

/* Whether it begins as a payment card's number does: major industry 3 (travel), 4, 5 or 6
 * (banking), and the 2 that Mastercard was given. */
static bool begins_as_card(const uint8_t *digits)
{
    unsigned two = digits[0] * 10u + digits[1];

    return two == 30 || (two >= 34 && two <= 39) || (two >= 40 && two <= 69) ||
           (two >= 22 && two <= 27);
}

/* What a segment may hold. */
enum kind { NOTHING, FORM_OF_PAYMENT, FREE_TEXT };

static enum kind kind_of(const struct ptn_edifact_segment *segment)
{
    struct ptn_bytes request;

    if (ptn_bytes_is(segment->tag, "FOP"))
        return FORM_OF_PAYMENT;
    if (ptn_bytes_is(segment->tag, "IFT"))
        return FREE_TEXT;
    if (!ptn_bytes_is(segment->tag, "SSR"))
        return NOTHING;
    /* documents, visas, addresses and tickets have numbers of their own */
    request = ptn_edifact_at(segment, 0, 0);
    if (request.len >= 3 &&
        (memcmp(request.at, "DOC", 3) == 0 || memcmp(request.at, "TKN", 3) == 0))
        return NOTHING;
    return FREE_TEXT;
}

static bool is_card(const uint8_t *digits, size_t count, enum kind kind)
{
    if (kind == FORM_OF_PAYMENT)
        return count >= FOP_DIGITS_MIN;
    return count >= CARD_DIGITS_MIN && count <= CARD_DIGITS_MAX && begins_as_card(digits) &&
           check_digit_is_right(digits, count);
}

/* Where the longest number ends that begins at this digit, and how many digits it has; 0: none
 * begins here. It ends where its digits are parted from the next, or with the last. */
static size_t number_end(struct ptn_bytes segment, size_t begin, enum kind kind, size_t *ret_count)
{
    uint8_t digits[CARD_DIGITS_MAX] = { 0 };
    size_t count = 0;
    size_t digit_end = begin;
    size_t end = 0;

    for (size_t i = begin; i < segment.len && i - digit_end <= PARTING_MAX &&
                           (kind == FORM_OF_PAYMENT || count <= CARD_DIGITS_MAX);
         i++) {
        if (!is_digit(segment.at[i])) {
            if (!parts_digits(segment.at[i]))
                break;
            continue;
        }
        if (count < CARD_DIGITS_MAX)
            digits[count] = (uint8_t)(segment.at[i] - '0');
        count++;
        digit_end = i + 1;
        if ((digit_end == segment.len || !is_digit(segment.at[digit_end])) &&
            is_card(digits, count, kind)) {
            end = digit_end;
            *ret_count = count;
        }
    }
    return end;
}

/* hidden: where the segment can be written; NULL: only counted. */
static size_t look_at(struct ptn_bytes segment, enum kind kind, uint8_t *hidden)
{
    size_t found = 0;
    size_t i = 0;

    while (i < segment.len) {
        size_t left = 0;
        size_t end = is_digit(segment.at[i]) ? number_end(segment, i, kind, &left) : 0;

        found += end > 0 ? 1 : 0;
        if (end == 0) { /* past this digit and those beside it */
            do
                i++;
            while (i < segment.len && is_digit(segment.at[i]) && is_digit(segment.at[i - 1]));
        }
        for (; i < end; i++)
            if (hidden != NULL && is_digit(hidden[i]) && left-- > SHOWN)
                hidden[i] = 'X';
    }
    return found;
}

/* at: the same bytes, to be changed; NULL: they are only read. */
static struct ptn_status walk(struct ptn_bytes bytes, uint8_t *at, size_t *ret_found)
{
    struct ptn_edifact *reader = malloc(sizeof(*reader));
    struct ptn_edifact_segment *segment = malloc(sizeof(*segment));
    struct ptn_status status = { PTN_C_NO_MEMORY };

    *ret_found = 0;
    if (reader != NULL && segment != NULL)
        status = ptn_edifact_open(reader, bytes, NULL);
    while (ptn_ok(status)) {
        status = ptn_edifact_next(reader, segment);
        if (ptn_ok(status)) {
            size_t end = reader->cursor.next;
            enum kind kind = kind_of(segment);

            if (kind != NOTHING)
                *ret_found +=
                    look_at(ptn_bytes_slice(bytes, segment->offset, end - segment->offset), kind,
                            at == NULL ? NULL : at + segment->offset);
        }
    }
    free(reader);
    free(segment);
    return status.code == PTN_C_NO_MEMORY ? status : PTN_OK;
}

struct ptn_status ptn_cards_mask(uint8_t *bytes, size_t len, size_t *ret_hidden)
{
    return walk(ptn_bytes_of(bytes, len), bytes, ret_hidden);
}

struct ptn_status ptn_cards_count(struct ptn_bytes bytes, size_t *ret_found)
{
    return walk(bytes, NULL, ret_found);
}
