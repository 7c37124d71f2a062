#include "record/fields_int.h"
#include "record/notice.h"

static const struct ptn_field box_fields[] = {
    PTN_FIELD(ptn_record_epoch_box, 1, reader, OCTETS, REQUIRED, PTN_RECORD_EPOCH_READER_LEN),
    PTN_FIELD(ptn_record_epoch_box, 2, sealed, OCTETS, REQUIRED, PTN_RECORD_EPOCH_SEALED_LEN),
};

static const struct ptn_layout box_layout = PTN_LAYOUT(ptn_record_epoch_box, box_fields, NULL);

static const struct ptn_field fields[] = {
    PTN_FIELD(ptn_record_epoch, 1, day, NUMBER, ALWAYS, UINT32_MAX),
    PTN_FIELD(ptn_record_epoch, 2, retention, NUMBER, ALWAYS, UINT8_MAX),
    PTN_FIELD_ITEMS(ptn_record_epoch, 3, boxes, box_count, STRUCTS, PTN_RECORD_EPOCH_BOX_MAX,
                    &box_layout),
};

static const char *fault(const void *object)
{
    const struct ptn_record_epoch *epoch = object;

    if (epoch->box_count == 0)
        return "boxes";
    for (size_t i = 0; i < epoch->box_count; i++)
        for (size_t k = 0; k < i; k++)
            if (memcmp(epoch->boxes[i].reader, epoch->boxes[k].reader,
                       PTN_RECORD_EPOCH_READER_LEN) == 0)
                return "boxes";
    return NULL;
}

static const struct ptn_layout layout = PTN_LAYOUT(ptn_record_epoch, fields, fault);

struct ptn_status ptn_record_epoch_validate(const struct ptn_record_epoch *epoch,
                                            struct ptn_diag *reterr)
{
    return ptn_fields_validate(&layout, epoch, reterr);
}

struct ptn_status ptn_record_epoch_parse(struct ptn_bytes bytes, struct ptn_arena *arena,
                                         struct ptn_record_epoch *ret_epoch,
                                         struct ptn_diag *reterr)
{
    struct ptn_record_epoch epoch = { 0 };
    struct ptn_status status = ptn_fields_parse(bytes, &layout, &epoch, arena, reterr);

    if (ptn_ok(status))
        *ret_epoch = epoch;
    return status;
}

struct ptn_status ptn_record_epoch_write(const struct ptn_record_epoch *epoch,
                                         struct ptn_buffer *out)
{
    return ptn_fields_write(&layout, epoch, out);
}
