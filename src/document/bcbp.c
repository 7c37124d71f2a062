#include "document/bcbp.h"

#include <assert.h>

/* Lengths of the mandatory items, in order. */
#define NAME_LEN     20u
#define HEAD_LEN     23u /* format, legs, name, electronic ticket */
#define LEG_LEN      37u
#define BOOKING_LEN  7u
#define PLACE_LEN    3u
#define CARRIER_LEN  3u
#define NUMBER_LEN   5u
#define DAY_LEN      3u
#define CLASS_LEN    1u
#define SEAT_LEN     4u
#define SEQUENCE_LEN 5u
#define STATUS_LEN   1u
#define SIZE_LEN     2u /* hexadecimal: of what follows the leg */

static_assert(BOOKING_LEN + 2 * PLACE_LEN + CARRIER_LEN + NUMBER_LEN + DAY_LEN + CLASS_LEN +
                      SEAT_LEN + SEQUENCE_LEN + STATUS_LEN + SIZE_LEN ==
                  LEG_LEN,
              "the items are the leg");

static bool is_digit(uint8_t byte)
{
    return byte >= '0' && byte <= '9';
}

static bool is_letter(uint8_t byte)
{
    return (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z');
}

static struct ptn_bytes without_end(struct ptn_bytes bytes)
{
    while (bytes.len > 0 && (bytes.at[bytes.len - 1] == '\n' || bytes.at[bytes.len - 1] == '\r'))
        bytes.len--;
    return bytes;
}

bool ptn_bcbp_is_shaped(struct ptn_bytes bytes)
{
    bytes = without_end(bytes);
    return bytes.len >= HEAD_LEN + LEG_LEN && bytes.at[0] == 'M' && bytes.at[1] >= '1' &&
           bytes.at[1] <= '0' + (int)PTN_BCBP_LEGS_MAX;
}

/* The next item of so many bytes, without the blanks around it. */
static struct ptn_bytes item(struct ptn_bytes bytes, size_t *at, size_t len)
{
    struct ptn_bytes found = ptn_bytes_trim(ptn_bytes_slice(bytes, *at, len));

    *at += len;
    return found;
}

static struct ptn_status wrong(struct ptn_diag *reterr, size_t offset, const char *text)
{
    return ptn_fail(PTN_C_BAD_INPUT, reterr, offset, text);
}

static bool all(struct ptn_bytes text, bool (*is)(uint8_t byte))
{
    for (size_t i = 0; i < text.len; i++)
        if (!is(text.at[i]))
            return false;
    return true;
}

static int hex_of(uint8_t byte)
{
    if (is_digit(byte))
        return byte - '0';
    if (byte >= 'A' && byte <= 'F')
        return byte - 'A' + 10;
    return byte >= 'a' && byte <= 'f' ? byte - 'a' + 10 : -1;
}

/* Four digits, and perhaps a letter. */
static bool take_number(struct ptn_bytes text, struct ptn_bytes *ret_number)
{
    size_t digits = 0;

    while (digits < text.len && is_digit(text.at[digits]))
        digits++;
    if (digits == 0 || digits + 1 < text.len || (digits < text.len && !is_letter(text.at[digits])))
        return false;
    while (digits > 1 && text.at[0] == '0') {
        text = ptn_bytes_slice(text, 1, SIZE_MAX);
        digits--;
    }
    *ret_number = text;
    return true;
}

static bool take_day(struct ptn_bytes text, unsigned *ret_day)
{
    unsigned day = 0;

    if (!all(text, is_digit))
        return false;
    for (size_t i = 0; i < text.len; i++)
        day = day * 10 + (unsigned)(text.at[i] - '0');
    *ret_day = day;
    return day <= 366;
}

/* One leg at *at, and what it says follows it. */
static struct ptn_status take_leg(struct ptn_bytes bytes, size_t *at, struct ptn_bcbp_leg *leg,
                                  struct ptn_diag *reterr)
{
    size_t start = *at;
    struct ptn_bytes size;

    if (bytes.len - start < LEG_LEN)
        return wrong(reterr, bytes.len, "a leg is cut short");
    leg->booking = item(bytes, at, BOOKING_LEN);
    leg->from = item(bytes, at, PLACE_LEN);
    leg->to = item(bytes, at, PLACE_LEN);
    if (!all(leg->from, is_letter) || !all(leg->to, is_letter))
        return wrong(reterr, start + BOOKING_LEN, "a place is three letters");
    leg->carrier = item(bytes, at, CARRIER_LEN);
    if (leg->carrier.len < 2)
        return wrong(reterr, *at - CARRIER_LEN, "a carrier is two or three characters");
    if (!take_number(item(bytes, at, NUMBER_LEN), &leg->number))
        return wrong(reterr, *at - NUMBER_LEN, "a flight's number is digits and perhaps a letter");
    if (!take_day(item(bytes, at, DAY_LEN), &leg->day))
        return wrong(reterr, *at - DAY_LEN, "a day of the year is 1 to 366");
    *at += CLASS_LEN;
    leg->seat = item(bytes, at, SEAT_LEN);
    leg->sequence = item(bytes, at, SEQUENCE_LEN);
    *at += STATUS_LEN;
    size = ptn_bytes_slice(bytes, *at, SIZE_LEN);
    if (hex_of(size.at[0]) < 0 || hex_of(size.at[1]) < 0)
        return wrong(reterr, *at, "a length is two hexadecimal digits");
    *at += SIZE_LEN;
    {
        size_t more = (size_t)hex_of(size.at[0]) * 16 + (size_t)hex_of(size.at[1]);

        if (more > bytes.len - *at)
            return wrong(reterr, *at, "more is said to follow than does");
        *at += more;
    }
    return PTN_OK;
}

struct ptn_status ptn_bcbp_parse(struct ptn_bytes bytes, struct ptn_bcbp *ret_pass,
                                 struct ptn_diag *reterr)
{
    struct ptn_bcbp pass = { .leg_count = 0 };
    size_t at = 2;
    size_t legs;
    struct ptn_status status = PTN_OK;

    bytes = without_end(bytes);
    if (bytes.len > PTN_BCBP_LEN_MAX)
        return ptn_fail(PTN_C_TOO_BIG, reterr, PTN_BCBP_LEN_MAX, "the barcode is too long");
    for (size_t i = 0; i < bytes.len; i++)
        if (bytes.at[i] < 0x20 || bytes.at[i] > 0x7e)
            return wrong(reterr, i, "the barcode is printable ASCII");
    if (!ptn_bcbp_is_shaped(bytes))
        return wrong(reterr, 0, "no boarding pass of format M");
    legs = (size_t)(bytes.at[1] - '0');
    pass.name = item(bytes, &at, NAME_LEN);
    at = HEAD_LEN;
    while (ptn_ok(status) && pass.leg_count < legs)
        status = take_leg(bytes, &at, &pass.legs[pass.leg_count++], reterr);
    if (ptn_ok(status))
        *ret_pass = pass;
    return status;
}

struct ptn_date ptn_bcbp_date(const struct ptn_bcbp_leg *leg, struct ptn_date today)
{
    int32_t now = ptn_date_to_days(today);
    struct ptn_date best = PTN_DATE_NONE;
    int32_t nearest = INT32_MAX;

    for (unsigned i = 0; i < 3 && leg->day > 0; i++) {
        const struct ptn_date first = { (uint16_t)(today.year - 1 + i), 1, 1 };
        int32_t day = ptn_date_to_days(first) + (int32_t)leg->day - 1;
        int32_t away = day > now ? day - now : now - day;
        struct ptn_date date = ptn_date_from_days(day);

        if (date.year != first.year || away >= nearest) /* only a leap year has day 366 */
            continue;
        best = date;
        nearest = away;
    }
    return best;
}

void ptn_bcbp_write_json(struct ptn_json *json, const struct ptn_bcbp *pass, struct ptn_date today)
{
    ptn_json_object(json);
    ptn_json_field_text_if(json, "name", pass->name);
    ptn_json_key(json, "legs");
    ptn_json_array(json);
    for (size_t i = 0; i < pass->leg_count; i++) {
        const struct ptn_bcbp_leg *leg = &pass->legs[i];
        struct ptn_date date = ptn_bcbp_date(leg, today);
        char text[PTN_DATE_TEXT_SIZE];

        ptn_json_object(json);
        ptn_json_field_text(json, "carrier", leg->carrier);
        ptn_json_field_text(json, "number", leg->number);
        if (!ptn_date_is_none(date))
            ptn_json_field_text(json, "date", ptn_bytes_from_text(ptn_date_write(date, text)));
        ptn_json_field_text_if(json, "from", leg->from);
        ptn_json_field_text_if(json, "to", leg->to);
        ptn_json_field_text_if(json, "booking", leg->booking);
        ptn_json_field_text_if(json, "seat", leg->seat);
        ptn_json_field_text_if(json, "sequence", leg->sequence);
        ptn_json_object_end(json);
    }
    ptn_json_array_end(json);
    ptn_json_object_end(json);
}
