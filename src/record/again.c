#include "record/again.h"

#include "record/person_int.h"

#define SCORE_MAX 10000u

static const struct ptn_field fields[] = {
    PTN_FIELD(ptn_screened_again, 1, id, OCTETS, REQUIRED, sizeof(struct ptn_record_id)),
    PTN_FIELD(ptn_screened_again, 2, time_ms, TIME, REQUIRED, 0),
    PTN_FIELD(ptn_screened_again, 3, post, TEXT, REQUIRED, PTN_RECORD_WORD_MAX),
    PTN_FIELD(ptn_screened_again, 4, crossing, OCTETS, REQUIRED, sizeof(struct ptn_record_id)),
    PTN_FIELD(ptn_screened_again, 5, crossed_ms, TIME, REQUIRED, 0),
    PTN_FIELD(ptn_screened_again, 6, direction, ENUM, REQUIRED, PTN_DIRECTION_COUNT),
    PTN_FIELD(ptn_screened_again, 7, rung, ENUM, OPTIONAL, PTN_RUNG_COUNT),
    PTN_FIELD(ptn_screened_again, 8, list, TEXT, REQUIRED, PTN_RECORD_WORD_MAX),
    PTN_FIELD(ptn_screened_again, 9, entry, TEXT, REQUIRED, PTN_RECORD_WORD_MAX),
    PTN_FIELD(ptn_screened_again, 10, score, NUMBER, REQUIRED, SCORE_MAX),
    PTN_FIELD(ptn_screened_again, 11, published_ms, TIME, REQUIRED, 0),
    PTN_FIELD(ptn_screened_again, 12, then, BOOL, OPTIONAL, 0),
    PTN_FIELD(ptn_screened_again, 13, discreet, BOOL, OPTIONAL, 0),
    PTN_FIELD(ptn_screened_again, 14, action, TEXT, REQUIRED, PTN_RECORD_WORD_MAX),
    PTN_FIELD_INNER(ptn_screened_again, 15, person, REQUIRED, &ptn_person_layout),
    PTN_FIELD(ptn_screened_again, 16, plate, TEXT, OPTIONAL, PTN_RECORD_WORD_MAX),
};

/* In force nationally at the time means published by then, and nothing else. */
static const char *fault(const void *object)
{
    const struct ptn_screened_again *again = object;

    return again->then != (again->published_ms <= again->crossed_ms) ? "then" : NULL;
}

static const struct ptn_layout layout = PTN_LAYOUT(ptn_screened_again, fields, fault);

struct ptn_status ptn_screened_again_validate(const struct ptn_screened_again *again,
                                              struct ptn_diag *reterr)
{
    return ptn_fields_validate(&layout, again, reterr);
}

struct ptn_status ptn_screened_again_parse(struct ptn_bytes bytes,
                                           struct ptn_screened_again *ret_again,
                                           struct ptn_diag *reterr)
{
    struct ptn_screened_again again = { .time_ms = 0 };
    struct ptn_status status = ptn_fields_parse(bytes, &layout, &again, NULL, reterr);

    if (ptn_ok(status))
        *ret_again = again;
    return status;
}

struct ptn_status ptn_screened_again_write(const struct ptn_screened_again *again,
                                           struct ptn_buffer *out)
{
    return ptn_fields_write(&layout, again, out);
}
