#include "record/fields_int.h"
#include "record/notice.h"

/* ---- receipt ---- */

static const struct ptn_field receipt_fields[] = {
    PTN_FIELD(ptn_order_receipt, 1, time_ms, TIME, REQUIRED, 0),
    PTN_FIELD(ptn_order_receipt, 2, order, OCTETS, REQUIRED, PTN_SHA256_LEN),
    PTN_FIELD(ptn_order_receipt, 3, fate, ENUM, REQUIRED, PTN_RECEIPT_FATE_COUNT),
    PTN_FIELD(ptn_order_receipt, 4, why, TEXT, REQUIRED, PTN_RECORD_WORD_MAX),
    PTN_FIELD(ptn_order_receipt, 5, hand, ENUM, REQUIRED, PTN_RECEIPT_HAND_COUNT),
    PTN_FIELD(ptn_order_receipt, 6, missing, TEXT, OPTIONAL, PTN_RECORD_LINE_MAX),
};

static const struct ptn_layout receipt_layout = PTN_LAYOUT(ptn_order_receipt, receipt_fields, NULL);

struct ptn_status ptn_order_receipt_validate(const struct ptn_order_receipt *receipt,
                                             struct ptn_diag *reterr)
{
    return ptn_fields_validate(&receipt_layout, receipt, reterr);
}

struct ptn_status ptn_order_receipt_parse(struct ptn_bytes bytes,
                                          struct ptn_order_receipt *ret_receipt,
                                          struct ptn_diag *reterr)
{
    struct ptn_order_receipt receipt = { 0 };
    struct ptn_status status = ptn_fields_parse(bytes, &receipt_layout, &receipt, NULL, reterr);

    if (ptn_ok(status))
        *ret_receipt = receipt;
    return status;
}

struct ptn_status ptn_order_receipt_write(const struct ptn_order_receipt *receipt,
                                          struct ptn_buffer *out)
{
    return ptn_fields_write(&receipt_layout, receipt, out);
}

/* ---- rung ---- */

static const struct ptn_field moved_fields[] = {
    PTN_FIELD(ptn_rung_moved, 1, time_ms, TIME, REQUIRED, 0),
    PTN_FIELD(ptn_rung_moved, 2, entry, ENUM, ALWAYS, PTN_RUNG_COUNT),
    PTN_FIELD(ptn_rung_moved, 3, exit, ENUM, ALWAYS, PTN_RUNG_COUNT),
    PTN_FIELD(ptn_rung_moved, 4, cause, NUMBER, OPTIONAL, 4),
    PTN_FIELD(ptn_rung_moved, 5, own, NOTE, OPTIONAL, PTN_RECORD_SIGNED_MAX),
    PTN_FIELD(ptn_rung_moved, 6, hands, ENUM, OPTIONAL, PTN_RUNG_HANDS_COUNT),
};

/* A step has a text and hands, or neither. */
static const char *moved_fault(const void *object)
{
    const struct ptn_rung_moved *moved = object;

    return (moved->own.len == 0) != (moved->hands == PTN_RUNG_HANDS_NONE) ? "hands" : NULL;
}

static const struct ptn_layout moved_layout = PTN_LAYOUT(ptn_rung_moved, moved_fields, moved_fault);

struct ptn_status ptn_rung_moved_validate(const struct ptn_rung_moved *moved,
                                          struct ptn_diag *reterr)
{
    return ptn_fields_validate(&moved_layout, moved, reterr);
}

struct ptn_status ptn_rung_moved_parse(struct ptn_bytes bytes, struct ptn_rung_moved *ret_moved,
                                       struct ptn_diag *reterr)
{
    struct ptn_rung_moved moved = { 0 };
    struct ptn_status status = ptn_fields_parse(bytes, &moved_layout, &moved, NULL, reterr);

    if (ptn_ok(status))
        *ret_moved = moved;
    return status;
}

struct ptn_status ptn_rung_moved_write(const struct ptn_rung_moved *moved, struct ptn_buffer *out)
{
    return ptn_fields_write(&moved_layout, moved, out);
}
