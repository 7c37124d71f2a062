/* What no check digit can see. Standard: ICAO-9303-3 4.9; two characters whose values are equal
 * modulo 10 look the same. */
#include "document/mrz_int.h"

/* The look-alike with the same value modulo 10, or 0. */
static char twin(char c)
{
    static const char pairs[] = "G66GL11LS88SK<";

    for (size_t i = 0; i < sizeof(pairs) - 1; i += 2)
        if (pairs[i] == c)
            return pairs[i + 1];
    return '\0';
}

/* Which characters does some check digit cover, itself included? */
static void mark_covered(const struct ptn_mrz_layout *layout, bool covered[PTN_MRZ_CHARS_MAX])
{
    for (unsigned check = 0; check < PTN_MRZ_CHECK_COMPOSITE; check++) {
        struct ptn_mrz_span span = layout->fields[ptn_mrz_check_field(check)];

        if (layout->checks[check] == PTN_MRZ_NO_CHECK)
            continue;
        memset(covered + span.at, true, span.len);
        covered[layout->checks[check]] = true;
    }
    if (layout->checks[PTN_MRZ_CHECK_COMPOSITE] == PTN_MRZ_NO_CHECK)
        return;
    for (unsigned i = 0; i < PTN_MRZ_PARTS; i++)
        memset(covered + layout->composite[i].at, true, layout->composite[i].len);
    covered[layout->checks[PTN_MRZ_CHECK_COMPOSITE]] = true;
}

/* Fields that hold letters and digits alike: a look-alike there is not seen for being of the wrong
 * kind. */
static bool is_mixed(const struct ptn_mrz_layout *layout, unsigned at)
{
    static const enum ptn_mrz_field fields[] = { PTN_MRZ_FIELD_NUMBER, PTN_MRZ_FIELD_OPTIONAL,
                                                 PTN_MRZ_FIELD_OPTIONAL2 };

    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        struct ptn_mrz_span span = layout->fields[fields[i]];

        if (at >= span.at && at < (unsigned)span.at + span.len)
            return true;
    }
    return false;
}

size_t ptn_mrz_gaps(const struct ptn_mrz *mrz, struct ptn_mrz_gap ret_gaps[PTN_MRZ_GAPS_MAX])
{
    const struct ptn_mrz_layout *layout = ptn_mrz_layout_of(mrz->format);
    bool covered[PTN_MRZ_CHARS_MAX] = { false };
    size_t count = 0;

    PTN_PRE(layout != NULL);
    mark_covered(layout, covered);
    for (unsigned line = 0; line < layout->line_count; line++)
        for (unsigned column = 0; column < layout->line_len && count < PTN_MRZ_GAPS_MAX; column++) {
            unsigned at = line * layout->line_len + column;
            char instead = '\0';

            if (covered[at] && is_mixed(layout, at))
                instead = twin(mrz->lines[line][column]);
            if (covered[at] && instead == '\0')
                continue;
            if (instead == '\0' && column > 0 && !covered[at - 1]) {
                ret_gaps[count - 1].length++;
                continue;
            }
            ret_gaps[count++] = (struct ptn_mrz_gap){ .line = (uint8_t)(line + 1),
                                                      .column = (uint8_t)(column + 1),
                                                      .length = 1,
                                                      .instead = instead };
        }
    return count;
}
