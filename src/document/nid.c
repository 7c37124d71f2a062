#include "document/nid.h"

/* Sum modulo 23 to letter: W = 0, A = 1 .. V = 22. */
#define MODULUS 23u

/* What the month says beside the month. */
struct month_range {
    uint8_t first; /* month = number - first + 1 */
    char sex;
    bool national;
};

static const struct month_range month_ranges[] = {
    { 1, 'M', true },
    { 31, 'M', false },
    { 51, 'F', true },
    { 81, 'F', false },
};

static bool is_digit(uint8_t byte)
{
    return byte >= '0' && byte <= '9';
}

static bool is_letter(uint8_t byte)
{
    return byte >= 'A' && byte <= 'Z';
}

/* A letter or digit followed by eight digits. */
static bool nine_are_shaped(const uint8_t *at)
{
    for (size_t i = 1; i < 9; i++)
        if (!is_digit(at[i]))
            return false;
    return is_digit(at[0]) || is_letter(at[0]);
}

bool ptn_nid_is_shaped(struct ptn_bytes text)
{
    return text.len == PTN_NID_LEN && nine_are_shaped(text.at) && is_letter(text.at[9]);
}

char ptn_nid_check_letter(const char nine[9])
{
    const uint8_t *at = (const uint8_t *)nine;
    unsigned sum;

    if (!nine_are_shaped(at))
        return '\0';
    if (is_digit(at[0]))
        sum = at[0] - (unsigned)'0';
    else
        sum = at[0] == 'W' ? 0 : at[0] - (unsigned)'A' + 1;
    for (unsigned i = 1; i < 9; i++)
        sum += i * (at[i] - (unsigned)'0');
    sum %= MODULUS;
    return (char)(sum == 0 ? 'W' : 'A' + sum - 1);
}

/* First year of the decade: digits 1800 to 1890, A 1900 .. J 1990, K 2000, L 2010 and on; 0: none.
 */
static unsigned decade_of(uint8_t first)
{
    if (is_digit(first))
        return 1800u + 10u * (first - (unsigned)'0');
    return first <= 'T' ? 1900u + 10u * (first - (unsigned)'A') : 0;
}

struct ptn_status ptn_nid_parse(struct ptn_bytes text, struct ptn_nid *ret_nid,
                                struct ptn_diag *reterr)
{
    const struct month_range *range = NULL;
    unsigned decade, month;
    struct ptn_date birth;

    if (!ptn_nid_is_shaped(text))
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "not a letter, eight digits and a letter");
    decade = decade_of(text.at[0]);
    if (decade == 0)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "no decade has this letter");
    month = 10u * (text.at[2] - (unsigned)'0') + (text.at[3] - (unsigned)'0');
    for (size_t i = 0; i < sizeof(month_ranges) / sizeof(month_ranges[0]); i++)
        if (month >= month_ranges[i].first && month < month_ranges[i].first + 12u)
            range = &month_ranges[i];
    if (range == NULL)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 2, "no month has this number");
    birth = (struct ptn_date){ (uint16_t)(decade + (text.at[1] - (unsigned)'0')),
                               (uint8_t)(month - range->first + 1u),
                               (uint8_t)(10 * (text.at[4] - '0') + (text.at[5] - '0')) };
    if (birth.day == 0 || !ptn_date_is_possible(birth))
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 4, "no calendar has this day");
    if ((char)text.at[9] != ptn_nid_check_letter((const char *)text.at))
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 9, "the check letter is wrong");
    *ret_nid = (struct ptn_nid){ birth, range->sex, range->national };
    return PTN_OK;
}
