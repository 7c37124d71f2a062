#include "record/fields_int.h"
#include "record/notice.h"

static const struct ptn_field fields[] = {
    PTN_FIELD(ptn_node_started, 1, time_ms, TIME, REQUIRED, 0),
    PTN_FIELD(ptn_node_started, 2, post, TEXT, REQUIRED, PTN_RECORD_WORD_MAX),
    PTN_FIELD(ptn_node_started, 3, name, TEXT, REQUIRED, PTN_RECORD_LINE_MAX),
    PTN_FIELD(ptn_node_started, 4, program, TEXT, REQUIRED, PTN_RECORD_WORD_MAX),
    PTN_FIELD(ptn_node_started, 5, after_crash, BOOL, OPTIONAL, 0),
    PTN_FIELD(ptn_node_started, 64, locked, BOOL, OPTIONAL, 0),
};

static const struct ptn_layout layout = PTN_LAYOUT(ptn_node_started, fields, NULL);

struct ptn_status ptn_node_started_validate(const struct ptn_node_started *started,
                                            struct ptn_diag *reterr)
{
    return ptn_fields_validate(&layout, started, reterr);
}

struct ptn_status ptn_node_started_parse(struct ptn_bytes bytes,
                                         struct ptn_node_started *ret_started,
                                         struct ptn_diag *reterr)
{
    struct ptn_node_started started = { 0 };
    struct ptn_status status = ptn_fields_parse(bytes, &layout, &started, NULL, reterr);

    if (ptn_ok(status))
        *ret_started = started;
    return status;
}

struct ptn_status ptn_node_started_write(const struct ptn_node_started *started,
                                         struct ptn_buffer *out)
{
    return ptn_fields_write(&layout, started, out);
}
