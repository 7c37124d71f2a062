/* The formats: where each field stands. Standard: ICAO-9303-5 (TD1), -6 (TD2), -4 (TD3), -7 (MRV-A,
 * MRV-B). */
#include "document/mrz_int.h"

#define SPAN(first, count)                                                                         \
    {                                                                                              \
        (first), (count)                                                                           \
    }
#define NONE PTN_MRZ_NO_CHECK

/* The second line of all formats with two lines, up to the check digit of the expiry date. */
#define SECOND_LINE(first)                                                                         \
    [PTN_MRZ_FIELD_NUMBER] = SPAN(first, 9), [PTN_MRZ_FIELD_NATIONALITY] = SPAN((first) + 10, 3),  \
    [PTN_MRZ_FIELD_BIRTH] = SPAN((first) + 13, 6), [PTN_MRZ_FIELD_SEX] = SPAN((first) + 20, 1),    \
    [PTN_MRZ_FIELD_EXPIRY] = SPAN((first) + 21, 6)
#define FIRST_FIVE [PTN_MRZ_FIELD_TYPE] = SPAN(0, 2), [PTN_MRZ_FIELD_ISSUER] = SPAN(2, 3)

static const struct ptn_mrz_layout layouts[] = {
    { .name = "TD1",
      .format = PTN_MRZ_TD1,
      .line_count = 3,
      .line_len = 30,
      .fields = { FIRST_FIVE, [PTN_MRZ_FIELD_NUMBER] = SPAN(5, 9),
                  [PTN_MRZ_FIELD_OPTIONAL] = SPAN(15, 15), [PTN_MRZ_FIELD_BIRTH] = SPAN(30, 6),
                  [PTN_MRZ_FIELD_SEX] = SPAN(37, 1), [PTN_MRZ_FIELD_EXPIRY] = SPAN(38, 6),
                  [PTN_MRZ_FIELD_NATIONALITY] = SPAN(45, 3),
                  [PTN_MRZ_FIELD_OPTIONAL2] = SPAN(48, 11), [PTN_MRZ_FIELD_NAME] = SPAN(60, 30) },
      .checks = { 14, 36, 44, NONE, 59 },
      .composite = { SPAN(5, 25), SPAN(30, 7), SPAN(38, 7), SPAN(48, 11) } },
    { .name = "TD2",
      .format = PTN_MRZ_TD2,
      .line_count = 2,
      .line_len = 36,
      .fields = { FIRST_FIVE, [PTN_MRZ_FIELD_NAME] = SPAN(5, 31),
                  SECOND_LINE(36), [PTN_MRZ_FIELD_OPTIONAL] = SPAN(64, 7) },
      .checks = { 45, 55, 63, NONE, 71 },
      .composite = { SPAN(36, 10), SPAN(49, 7), SPAN(57, 14) } },
    { .name = "TD3",
      .format = PTN_MRZ_TD3,
      .line_count = 2,
      .line_len = 44,
      .fields = { FIRST_FIVE, [PTN_MRZ_FIELD_NAME] = SPAN(5, 39),
                  SECOND_LINE(44), [PTN_MRZ_FIELD_OPTIONAL] = SPAN(72, 14) },
      .checks = { 53, 63, 71, 86, 87 },
      .composite = { SPAN(44, 10), SPAN(57, 7), SPAN(65, 22) } },
    { .name = "MRV-A",
      .format = PTN_MRZ_MRV_A,
      .line_count = 2,
      .line_len = 44,
      .fields = { FIRST_FIVE, [PTN_MRZ_FIELD_NAME] = SPAN(5, 39),
                  SECOND_LINE(44), [PTN_MRZ_FIELD_OPTIONAL] = SPAN(72, 16) },
      .checks = { 53, 63, 71, NONE, NONE } },
    { .name = "MRV-B",
      .format = PTN_MRZ_MRV_B,
      .line_count = 2,
      .line_len = 36,
      .fields = { FIRST_FIVE, [PTN_MRZ_FIELD_NAME] = SPAN(5, 31),
                  SECOND_LINE(36), [PTN_MRZ_FIELD_OPTIONAL] = SPAN(64, 8) },
      .checks = { 45, 55, 63, NONE, NONE } },
    /* Not of Doc 9303: from the card itself. The optional field is the office that issued it; no
       expiry date. */
    { .name = "FRA-ID",
      .format = PTN_MRZ_FRA_ID,
      .line_count = 2,
      .line_len = 36,
      .fields = { FIRST_FIVE, [PTN_MRZ_FIELD_NAME] = SPAN(5, 25),
                  [PTN_MRZ_FIELD_OPTIONAL] = SPAN(30, 6), [PTN_MRZ_FIELD_NUMBER] = SPAN(36, 12),
                  [PTN_MRZ_FIELD_GIVEN] = SPAN(49, 14), [PTN_MRZ_FIELD_BIRTH] = SPAN(63, 6),
                  [PTN_MRZ_FIELD_SEX] = SPAN(70, 1) },
      .checks = { 48, 69, NONE, NONE, 71 },
      .composite = { SPAN(0, 71) } },
    { .name = "SVK-34",
      .format = PTN_MRZ_SVK_ID,
      .line_count = 2,
      .line_len = 34,
      .fields = { FIRST_FIVE, [PTN_MRZ_FIELD_NAME] = SPAN(5, 29),
                  SECOND_LINE(34), [PTN_MRZ_FIELD_OPTIONAL] = SPAN(62, 6) },
      .checks = { 43, 53, 61, NONE, NONE } },
};

#define TD1 (&layouts[0])

const struct ptn_mrz_layout *ptn_mrz_layout_of(enum ptn_mrz_format format)
{
    return format == PTN_MRZ_UNKNOWN ? NULL : &layouts[format - PTN_MRZ_TD1];
}

/* In two lines of 36: the French card has its own second line, where TD2 has the nationality. */
static enum ptn_mrz_format of_36(const char *chars)
{
    if (chars[0] == 'V')
        return PTN_MRZ_MRV_B;
    if ((chars[0] == 'I' || chars[0] == '1') && memcmp(chars + 1, "DFRA", 4) == 0 &&
        memcmp(chars + 46, "FRA", 3) != 0)
        return PTN_MRZ_FRA_ID;
    return PTN_MRZ_TD2;
}

const struct ptn_mrz_layout *ptn_mrz_layout_for(size_t line_count, size_t line_len,
                                                const char *chars)
{
    if (line_count == TD1->line_count && line_len == TD1->line_len)
        return TD1;
    if (line_count != 2)
        return NULL;
    if (line_len == 44)
        return ptn_mrz_layout_of(chars[0] == 'V' ? PTN_MRZ_MRV_A : PTN_MRZ_TD3);
    if (line_len == 36)
        return ptn_mrz_layout_of(of_36(chars));
    if (line_len == 34 && memcmp(chars + 2, "SVK", 3) == 0)
        return ptn_mrz_layout_of(PTN_MRZ_SVK_ID);
    return NULL;
}

const char *ptn_mrz_format_name(enum ptn_mrz_format format)
{
    const struct ptn_mrz_layout *layout = ptn_mrz_layout_of(format);

    return layout == NULL ? "?" : layout->name;
}

const char *ptn_mrz_field_name(enum ptn_mrz_field field)
{
    static const char *const names[] = { "type",   "issuer",      "name",     "given",
                                         "number", "nationality", "birth",    "sex",
                                         "expiry", "optional",    "optional2" };

    PTN_PRE(field < PTN_MRZ_FIELD_COUNT);
    return names[field];
}

enum ptn_mrz_field ptn_mrz_check_field(enum ptn_mrz_check check)
{
    static const enum ptn_mrz_field fields[] = { PTN_MRZ_FIELD_NUMBER, PTN_MRZ_FIELD_BIRTH,
                                                 PTN_MRZ_FIELD_EXPIRY, PTN_MRZ_FIELD_OPTIONAL,
                                                 PTN_MRZ_FIELD_COUNT };

    PTN_PRE(check < PTN_MRZ_CHECK_COUNT);
    return fields[check];
}

const char *ptn_mrz_check_name(enum ptn_mrz_check check)
{
    static const char *const names[] = { "number", "birth", "expiry", "personal", "composite" };

    PTN_PRE(check < PTN_MRZ_CHECK_COUNT);
    return names[check];
}
