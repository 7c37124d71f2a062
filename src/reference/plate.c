#include "reference/plate.h"

#include <string.h>

#include "base/text.h"
#include "reference/tables_int.h"

/* ---- letters ---- */

struct letter {
    uint16_t from;
    char to;
};

/* Capitals of other scripts with the shape of a Latin one, by code point. */
static const struct letter shapes[] = {
    { 0x0391, 'A' }, { 0x0392, 'B' }, { 0x0395, 'E' }, { 0x0396, 'Z' }, { 0x0397, 'H' },
    { 0x0399, 'I' }, { 0x039a, 'K' }, { 0x039c, 'M' }, { 0x039d, 'N' }, { 0x039f, 'O' },
    { 0x03a1, 'P' }, { 0x03a4, 'T' }, { 0x03a5, 'Y' }, { 0x03a7, 'X' }, { 0x0405, 'S' },
    { 0x0406, 'I' }, { 0x0408, 'J' }, { 0x0410, 'A' }, { 0x0412, 'B' }, { 0x0415, 'E' },
    { 0x041a, 'K' }, { 0x041c, 'M' }, { 0x041d, 'H' }, { 0x041e, 'O' }, { 0x0420, 'P' },
    { 0x0421, 'C' }, { 0x0422, 'T' }, { 0x0423, 'Y' }, { 0x0425, 'X' },
};

/* Latin capitals with a mark, as the letter below it. */
static const struct letter bases[] = {
    { 0x00c0, 'A' }, { 0x00c1, 'A' }, { 0x00c2, 'A' }, { 0x00c3, 'A' }, { 0x00c4, 'A' },
    { 0x00c5, 'A' }, { 0x00c7, 'C' }, { 0x00c8, 'E' }, { 0x00c9, 'E' }, { 0x00ca, 'E' },
    { 0x00cb, 'E' }, { 0x00cc, 'I' }, { 0x00cd, 'I' }, { 0x00ce, 'I' }, { 0x00cf, 'I' },
    { 0x00d1, 'N' }, { 0x00d2, 'O' }, { 0x00d3, 'O' }, { 0x00d4, 'O' }, { 0x00d5, 'O' },
    { 0x00d6, 'O' }, { 0x00d8, 'O' }, { 0x00d9, 'U' }, { 0x00da, 'U' }, { 0x00db, 'U' },
    { 0x00dc, 'U' }, { 0x00dd, 'Y' }, { 0x0106, 'C' }, { 0x010c, 'C' }, { 0x0110, 'D' },
    { 0x011e, 'G' }, { 0x0130, 'I' }, { 0x0141, 'L' }, { 0x0150, 'O' }, { 0x015a, 'S' },
    { 0x015e, 'S' }, { 0x0160, 'S' }, { 0x0170, 'U' }, { 0x0179, 'Z' }, { 0x017b, 'Z' },
    { 0x017d, 'Z' },
};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static uint32_t swapped(const struct letter *table, size_t count, uint32_t letter)
{
    for (size_t i = 0; i < count; i++)
        if (table[i].from == letter)
            return (uint32_t)table[i].to;
    return letter;
}

/* Extended Latin goes in pairs of capital and small; in two stretches the capital is the odd one.
 */
static uint32_t capital_of_extended(uint32_t letter)
{
    bool odd_capitals =
        (letter >= 0x0139 && letter <= 0x0148) || (letter >= 0x0179 && letter <= 0x017e);

    if (letter == 0x0149) /* one letter without a capital of its own */
        return letter;
    if (letter == 0x0131) /* dotless i */
        return 'I';
    return ((letter & 1) != 0) == odd_capitals ? letter : letter - 1;
}

static uint32_t capital(uint32_t letter)
{
    if (letter >= 'a' && letter <= 'z')
        return letter - 32;
    if (letter < 0x80 || letter == 0x00f7 || letter == 0x00ff)
        return letter;
    if (letter >= 0x00e0 && letter <= 0x00fe)
        return letter - 32;
    if (letter >= 0x0100 && letter <= 0x017e)
        return capital_of_extended(letter);
    if (letter >= 0x03b1 && letter <= 0x03c9)
        return letter == 0x03c2 ? 0x03a3 : letter - 32;
    if (letter >= 0x0430 && letter <= 0x044f)
        return letter - 32;
    return letter >= 0x0450 && letter <= 0x045f ? letter - 80 : letter;
}

/* Digits of other scripts, and full-width forms, as ASCII. */
static uint32_t plain(uint32_t letter)
{
    if (letter >= 0x0660 && letter <= 0x0669)
        return letter - 0x0660 + '0';
    if (letter >= 0x06f0 && letter <= 0x06f9)
        return letter - 0x06f0 + '0';
    return letter >= 0xff01 && letter <= 0xff5e ? letter - 0xff01 + '!' : letter;
}

static bool is_separator(uint32_t letter)
{
    if (letter < 0x80)
        return !((letter >= '0' && letter <= '9') || (letter >= 'A' && letter <= 'Z'));
    return letter <= 0x00bf || letter == 0x00d7 || letter == 0x2212 || letter == 0x3000 ||
           letter == 0xfeff || (letter >= 0x2000 && letter <= 0x206f);
}

static size_t normalise(struct ptn_bytes plate, uint32_t (*fold)(uint32_t),
                        uint8_t ret_key[PTN_PLATE_KEY_MAX])
{
    size_t len = 0;

    for (size_t at = 0; at < plate.len;) {
        uint32_t letter = ptn_utf8_next(plate, &at);
        uint8_t bytes[4];
        size_t size;

        letter = fold(swapped(shapes, COUNT(shapes), capital(plain(letter))));
        if (is_separator(letter))
            continue;
        size = ptn_utf8_put(letter, bytes);
        if (len + size > PTN_PLATE_KEY_MAX)
            break;
        memcpy(ret_key + len, bytes, size);
        len += size;
    }
    return len;
}

static uint32_t as_it_is(uint32_t letter)
{
    return letter;
}

/* What is mistaken for one another, a class a line; the first stands for all. */
static uint32_t class_of(uint32_t letter)
{
    static const char *const classes[] = { "0ODQ", "1IL", "2Z", "5S", "6G", "8B" };
    uint32_t base = swapped(bases, COUNT(bases), letter);

    for (size_t i = 0; i < COUNT(classes) && base < 0x80 && base != 0; i++)
        if (strchr(classes[i], (int)base) != NULL)
            return (uint32_t)classes[i][0];
    return base;
}

/* TRIP-3. */
size_t ptn_plate_key(struct ptn_bytes plate, uint8_t ret_key[PTN_PLATE_KEY_MAX])
{
    return normalise(plate, as_it_is, ret_key);
}

size_t ptn_plate_alike(struct ptn_bytes plate, uint8_t ret_key[PTN_PLATE_KEY_MAX])
{
    return normalise(plate, class_of, ret_key);
}

/* ---- signs ---- */

const struct ptn_plate_sign *ptn_plate_signs(size_t *ret_count)
{
    *ret_count = ptn_sign_table_count;
    return ptn_sign_table;
}

const char *ptn_plate_sign_state(struct ptn_bytes sign)
{
    uint8_t key[PTN_PLATE_KEY_MAX];
    size_t len = ptn_plate_key(sign, key);
    size_t low = 0;
    size_t high = ptn_sign_table_count;

    if (len == 0 || len > 3)
        return NULL;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct ptn_plate_sign *row = &ptn_sign_table[middle];
        int order = ptn_bytes_compare(ptn_bytes_from_text(row->sign), ptn_bytes_of(key, len));

        if (order == 0)
            return row->state;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

/* ---- VINs ---- */

/* The value of a character in the sum, 0 to 9; 10: not of a VIN. */
static unsigned vin_value(uint8_t byte)
{
    static const unsigned char values[26] = { 1, 2,  3, 4,  5, 6, 7, 8, 10, 1, 2, 3, 4,
                                              5, 10, 7, 10, 9, 2, 3, 4, 5,  6, 7, 8, 9 };

    if (byte >= '0' && byte <= '9')
        return (unsigned)byte - '0';
    return byte >= 'A' && byte <= 'Z' ? values[byte - 'A'] : 10;
}

enum ptn_vin ptn_vin_check(struct ptn_bytes vin)
{
    static const unsigned weights[PTN_VIN_LEN] = { 8, 7, 6, 5, 4, 3, 2, 10, 0,
                                                   9, 8, 7, 6, 5, 4, 3, 2 };
    uint8_t key[PTN_PLATE_KEY_MAX];
    unsigned sum = 0;
    unsigned rest;

    if (ptn_plate_key(vin, key) != PTN_VIN_LEN)
        return PTN_VIN_NONE;
    for (size_t i = 0; i < PTN_VIN_LEN; i++) {
        unsigned value = vin_value(key[i]);

        if (value > 9)
            return PTN_VIN_NONE;
        sum += weights[i] * value;
    }
    rest = sum % 11;
    if (key[8] == (rest == 10 ? 'X' : (uint8_t)('0' + rest)))
        return PTN_VIN_AGREES;
    return key[0] >= '1' && key[0] <= '5' ? PTN_VIN_WRONG : PTN_VIN_UNCHECKED;
}

const char *ptn_vin_word(enum ptn_vin vin)
{
    static const char *const words[] = { "none", "agrees", "wrong", "unchecked" };

    return words[vin];
}
