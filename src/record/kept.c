#include "record/fields_int.h"
#include "record/notice.h"

/* ---- note ---- */

static const struct ptn_field note_fields[] = {
    PTN_FIELD(ptn_handed_note, 1, from, TEXT, OPTIONAL, PTN_RECORD_LINE_MAX),
    PTN_FIELD(ptn_handed_note, 2, note, NOTE, REQUIRED, PTN_RECORD_ROSTER_MAX),
};

static const struct ptn_layout note_layout = PTN_LAYOUT(ptn_handed_note, note_fields, NULL);

struct ptn_status ptn_handed_note_validate(const struct ptn_handed_note *note,
                                           struct ptn_diag *reterr)
{
    return ptn_fields_validate(&note_layout, note, reterr);
}

struct ptn_status ptn_handed_note_parse(struct ptn_bytes bytes, struct ptn_handed_note *ret_note,
                                        struct ptn_diag *reterr)
{
    struct ptn_handed_note note = { 0 };
    struct ptn_status status = ptn_fields_parse(bytes, &note_layout, &note, NULL, reterr);

    if (ptn_ok(status))
        *ret_note = note;
    return status;
}

struct ptn_status ptn_handed_note_write(const struct ptn_handed_note *note, struct ptn_buffer *out)
{
    return ptn_fields_write(&note_layout, note, out);
}

/* ---- refused ---- */

static const struct ptn_field refused_fields[] = {
    PTN_FIELD(ptn_record_refused, 1, origin, TEXT, REQUIRED, PTN_RECORD_LINE_MAX),
    PTN_FIELD(ptn_record_refused, 2, why, ENUM, REQUIRED, PTN_REFUSED_WHY_COUNT),
    PTN_FIELD(ptn_record_refused, 3, refused, NOTE, REQUIRED, PTN_RECORD_SIGNED_MAX),
    PTN_FIELD(ptn_record_refused, 4, held, NOTE, OPTIONAL, PTN_RECORD_SIGNED_MAX),
    PTN_FIELD(ptn_record_refused, 5, evidence, NOTE, OPTIONAL, PTN_RECORD_SIGNED_MAX),
};

static const char *refused_fault(const void *object)
{
    const struct ptn_record_refused *refused = object;

    if ((refused->why == PTN_REFUSED_FORK) != (refused->evidence.len > 0))
        return "evidence";
    return (refused->why == PTN_REFUSED_NOT_SHOWN) != (refused->held.len > 0) ? "held" : NULL;
}

static const struct ptn_layout refused_layout =
    PTN_LAYOUT(ptn_record_refused, refused_fields, refused_fault);

struct ptn_status ptn_record_refused_validate(const struct ptn_record_refused *refused,
                                              struct ptn_diag *reterr)
{
    return ptn_fields_validate(&refused_layout, refused, reterr);
}

struct ptn_status ptn_record_refused_parse(struct ptn_bytes bytes,
                                           struct ptn_record_refused *ret_refused,
                                           struct ptn_diag *reterr)
{
    struct ptn_record_refused refused = { 0 };
    struct ptn_status status = ptn_fields_parse(bytes, &refused_layout, &refused, NULL, reterr);

    if (ptn_ok(status))
        *ret_refused = refused;
    return status;
}

struct ptn_status ptn_record_refused_write(const struct ptn_record_refused *refused,
                                           struct ptn_buffer *out)
{
    return ptn_fields_write(&refused_layout, refused, out);
}
