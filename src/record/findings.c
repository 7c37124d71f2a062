#include "record/fields_int.h"
#include "record/notice.h"

static const struct ptn_field fields[] = {
    PTN_FIELD(ptn_findings, 1, time_ms, TIME, REQUIRED, 0),
    PTN_FIELD(ptn_findings, 2, manifest, OCTETS, REQUIRED, PTN_SHA256_LEN),
    PTN_FIELD(ptn_findings, 3, files, NUMBER, OPTIONAL, PTN_FIELD_NUMBER_MAX),
    PTN_FIELD(ptn_findings, 4, length, NUMBER, OPTIONAL, PTN_FIELD_NUMBER_MAX),
    PTN_FIELD(ptn_findings, 5, findings, NUMBER, OPTIONAL, PTN_FIELD_NUMBER_MAX),
    PTN_FIELD(ptn_findings, 6, gaps, NUMBER, OPTIONAL, PTN_FIELD_NUMBER_MAX),
    PTN_FIELD(ptn_findings, 7, sealed, BOOL, OPTIONAL, 0),
};

static const struct ptn_layout layout = PTN_LAYOUT(ptn_findings, fields, NULL);

struct ptn_status ptn_findings_validate(const struct ptn_findings *findings,
                                        struct ptn_diag *reterr)
{
    return ptn_fields_validate(&layout, findings, reterr);
}

struct ptn_status ptn_findings_parse(struct ptn_bytes bytes, struct ptn_findings *ret_findings,
                                     struct ptn_diag *reterr)
{
    struct ptn_findings findings = { 0 };
    struct ptn_status status = ptn_fields_parse(bytes, &layout, &findings, NULL, reterr);

    if (ptn_ok(status))
        *ret_findings = findings;
    return status;
}

struct ptn_status ptn_findings_write(const struct ptn_findings *findings, struct ptn_buffer *out)
{
    return ptn_fields_write(&layout, findings, out);
}
