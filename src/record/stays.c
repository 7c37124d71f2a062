#include "record/edition.h"

#include "record/fields_int.h"

#define DAY_MAX 2932896u /* 9999-12-31 */

static const struct ptn_field fields[] = {
    PTN_FIELD(ptn_stays_edition, 1, time_ms, TIME, REQUIRED, 0),
    PTN_FIELD(ptn_stays_edition, 2, post, TEXT, REQUIRED, PTN_RECORD_WORD_MAX),
    PTN_FIELD(ptn_stays_edition, 3, edition, NUMBER, REQUIRED, PTN_STAYS_EDITIONS_MAX),
    PTN_FIELD(ptn_stays_edition, 4, since, DAY, REQUIRED, 0),
    PTN_FIELD(ptn_stays_edition, 5, until_ms, TIME, OPTIONAL, 0),
    PTN_FIELD(ptn_stays_edition, 6, salt, OCTETS, REQUIRED, PTN_SHA256_LEN),
    PTN_FIELD(ptn_stays_edition, 7, rows, BLOB, OPTIONAL, PTN_STAYS_EDITION_ROWS_MAX),
    PTN_FIELD(ptn_stays_edition, 64, gaps, BLOB, OPTIONAL, PTN_STAYS_GAPS_LEN_MAX),
};

static uint32_t day_at(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

/* Whole gaps, ascending, of days that a date can be. */
static bool gaps_are_good(struct ptn_bytes gaps)
{
    int64_t before = -2;

    for (size_t at = 0; at + PTN_STAYS_GAP_LEN <= gaps.len; at += PTN_STAYS_GAP_LEN) {
        uint32_t first = day_at(gaps.at + at);
        uint32_t last = day_at(gaps.at + at + 4);

        if (first > last || last > DAY_MAX || (int64_t)first <= before + 1)
            return false;
        before = last;
    }
    return gaps.len % PTN_STAYS_GAP_LEN == 0;
}

static const char *fault(const void *object)
{
    const struct ptn_stays_edition *edition = object;

    if (edition->rows.len % PTN_STAYS_ROW_LEN != 0 ||
        (edition->rows.len == 0 && edition->until_ms == 0))
        return "rows";
    if (!gaps_are_good(edition->gaps) || (edition->gaps.len > 0 && edition->until_ms == 0))
        return "gaps";
    return edition->until_ms > edition->time_ms ? "until_ms" : NULL;
}

static const struct ptn_layout layout = PTN_LAYOUT(ptn_stays_edition, fields, fault);

struct ptn_status ptn_stays_edition_validate(const struct ptn_stays_edition *edition,
                                             struct ptn_diag *reterr)
{
    return ptn_fields_validate(&layout, edition, reterr);
}

struct ptn_status ptn_stays_edition_parse(struct ptn_bytes bytes,
                                          struct ptn_stays_edition *ret_edition,
                                          struct ptn_diag *reterr)
{
    struct ptn_stays_edition edition = { .time_ms = 0 };
    struct ptn_status status = ptn_fields_parse(bytes, &layout, &edition, NULL, reterr);

    if (ptn_ok(status))
        *ret_edition = edition;
    return status;
}

struct ptn_status ptn_stays_edition_write(const struct ptn_stays_edition *edition,
                                          struct ptn_buffer *out)
{
    return ptn_fields_write(&layout, edition, out);
}
