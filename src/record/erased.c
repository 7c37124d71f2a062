#include "record/fields_int.h"
#include "record/notice.h"

/* ---- erasure ---- */

static const struct ptn_field due_fields[] = {
    PTN_FIELD(ptn_erasure_due, 1, time_ms, TIME, REQUIRED, 0),
    PTN_FIELD(ptn_erasure_due, 2, order, NOTE, REQUIRED, PTN_RECORD_SIGNED_MAX),
    PTN_FIELD(ptn_erasure_due, 3, entry, BLOB, REQUIRED, PTN_ERASURE_ENTRY_MAX),
    PTN_FIELD(ptn_erasure_due, 4, seen, NOTE, REQUIRED, PTN_RECORD_SIGNED_MAX),
    PTN_FIELD(ptn_erasure_due, 5, now, NOTE, REQUIRED, PTN_RECORD_SIGNED_MAX),
};

static const struct ptn_layout due_layout = PTN_LAYOUT(ptn_erasure_due, due_fields, NULL);

struct ptn_status ptn_erasure_due_validate(const struct ptn_erasure_due *due,
                                           struct ptn_diag *reterr)
{
    return ptn_fields_validate(&due_layout, due, reterr);
}

struct ptn_status ptn_erasure_due_parse(struct ptn_bytes bytes, struct ptn_erasure_due *ret_due,
                                        struct ptn_diag *reterr)
{
    struct ptn_erasure_due due = { 0 };
    struct ptn_status status = ptn_fields_parse(bytes, &due_layout, &due, NULL, reterr);

    if (ptn_ok(status))
        *ret_due = due;
    return status;
}

struct ptn_status ptn_erasure_due_write(const struct ptn_erasure_due *due, struct ptn_buffer *out)
{
    return ptn_fields_write(&due_layout, due, out);
}

/* ---- erased ---- */

static const struct ptn_field done_fields[] = {
    PTN_FIELD(ptn_erasure_done, 1, time_ms, TIME, REQUIRED, 0),
    PTN_FIELD(ptn_erasure_done, 2, order, OCTETS, REQUIRED, PTN_SHA256_LEN),
    PTN_FIELD(ptn_erasure_done, 8, erased, NUMBER, ALWAYS, PTN_FIELD_NUMBER_MAX),
    PTN_FIELD(ptn_erasure_done, 9, left, NUMBER, OPTIONAL, PTN_FIELD_NUMBER_MAX),
};

static const struct ptn_layout done_layout = PTN_LAYOUT(ptn_erasure_done, done_fields, NULL);

struct ptn_status ptn_erasure_done_validate(const struct ptn_erasure_done *done,
                                            struct ptn_diag *reterr)
{
    return ptn_fields_validate(&done_layout, done, reterr);
}

struct ptn_status ptn_erasure_done_parse(struct ptn_bytes bytes, struct ptn_erasure_done *ret_done,
                                         struct ptn_diag *reterr)
{
    struct ptn_erasure_done done = { 0 };
    struct ptn_status status = ptn_fields_parse(bytes, &done_layout, &done, NULL, reterr);

    if (ptn_ok(status))
        *ret_done = done;
    return status;
}

struct ptn_status ptn_erasure_done_write(const struct ptn_erasure_done *done,
                                         struct ptn_buffer *out)
{
    return ptn_fields_write(&done_layout, done, out);
}
