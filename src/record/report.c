#include "record/fields_int.h"
#include "record/notice.h"

static const struct ptn_field fields[] = {
    PTN_FIELD(ptn_report, 1, id, OCTETS, REQUIRED, sizeof(struct ptn_record_id)),
    PTN_FIELD(ptn_report, 2, crossing, OCTETS, REQUIRED, sizeof(struct ptn_record_id)),
    PTN_FIELD(ptn_report, 3, time_ms, TIME, REQUIRED, 0),
    PTN_FIELD(ptn_report, 4, post, TEXT, REQUIRED, PTN_RECORD_WORD_MAX),
    PTN_FIELD(ptn_report, 5, lane, TEXT, OPTIONAL, PTN_RECORD_WORD_MAX),
    PTN_FIELD(ptn_report, 6, officer, TEXT, REQUIRED, PTN_RECORD_WORD_MAX),
    PTN_FIELD(ptn_report, 7, note, NOTE, REQUIRED, PTN_RECORD_NOTE_MAX),
};

static const struct ptn_layout layout = PTN_LAYOUT(ptn_report, fields, NULL);

struct ptn_status ptn_report_validate(const struct ptn_report *report, struct ptn_diag *reterr)
{
    return ptn_fields_validate(&layout, report, reterr);
}

struct ptn_status ptn_report_parse(struct ptn_bytes bytes, struct ptn_report *ret_report,
                                   struct ptn_diag *reterr)
{
    struct ptn_report report = { 0 };
    struct ptn_status status = ptn_fields_parse(bytes, &layout, &report, NULL, reterr);

    if (ptn_ok(status))
        *ret_report = report;
    return status;
}

struct ptn_status ptn_report_write(const struct ptn_report *report, struct ptn_buffer *out)
{
    return ptn_fields_write(&layout, report, out);
}
