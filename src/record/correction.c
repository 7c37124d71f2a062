#include "record/case.h"

#include "record/person_int.h"
#include "record/words_int.h"

static const struct ptn_field fields[] = {
    PTN_FIELD(ptn_correction, 1, id, OCTETS, REQUIRED, sizeof(struct ptn_record_id)),
    PTN_FIELD(ptn_correction, 2, time_ms, TIME, REQUIRED, 0),
    PTN_FIELD(ptn_correction, 3, of, OCTETS, REQUIRED, sizeof(struct ptn_record_id)),
    PTN_FIELD(ptn_correction, 4, post, TEXT, REQUIRED, PTN_RECORD_WORD_MAX),
    PTN_FIELD(ptn_correction, 5, officer, TEXT, REQUIRED, PTN_RECORD_WORD_MAX),
    PTN_FIELD(ptn_correction, 6, second, TEXT, OPTIONAL, PTN_RECORD_WORD_MAX),
    PTN_FIELD(ptn_correction, 7, reason, NOTE, REQUIRED, PTN_RECORD_NOTE_MAX),
    PTN_FIELD_INNER(ptn_correction, 8, person, REQUIRED, &ptn_person_layout),
    PTN_FIELD_INNER(ptn_correction, 9, right, OPTIONAL, &ptn_person_layout),
    PTN_FIELD(ptn_correction, 10, direction, ENUM, OPTIONAL, PTN_DIRECTION_COUNT),
    PTN_FIELD(ptn_correction, 11, date, DAY, OPTIONAL, 0),
};

/* It says what is right of something at least; a second person is another one. */
static const char *fault(const void *object)
{
    const struct ptn_correction *correction = object;

    if (ptn_person_is_none(&correction->right) && correction->direction == 0 &&
        ptn_date_is_none(correction->date))
        return "right";
    if (correction->second.len > 0 && ptn_bytes_equal(correction->second, correction->officer))
        return "second";
    return NULL;
}

static const struct ptn_layout layout = PTN_LAYOUT(ptn_correction, fields, fault);

struct ptn_status ptn_correction_validate(const struct ptn_correction *correction,
                                          struct ptn_diag *reterr)
{
    return ptn_fields_validate(&layout, correction, reterr);
}

struct ptn_status ptn_correction_parse(struct ptn_bytes bytes,
                                       struct ptn_correction *ret_correction,
                                       struct ptn_diag *reterr)
{
    struct ptn_correction correction = { .time_ms = 0 };
    struct ptn_status status = ptn_fields_parse(bytes, &layout, &correction, NULL, reterr);

    if (ptn_ok(status))
        *ret_correction = correction;
    return status;
}

struct ptn_status ptn_correction_write(const struct ptn_correction *correction,
                                       struct ptn_buffer *out)
{
    return ptn_fields_write(&layout, correction, out);
}
