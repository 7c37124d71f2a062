#include "record/fields_int.h"
#include "record/notice.h"

/* ---- digest ---- */

static const struct ptn_field head_fields[] = {
    PTN_FIELD(ptn_ledger_head, 1, origin, TEXT, REQUIRED, PTN_RECORD_LINE_MAX),
    PTN_FIELD(ptn_ledger_head, 2, size, NUMBER, ALWAYS, PTN_FIELD_NUMBER_MAX),
};

static const struct ptn_layout head_layout = PTN_LAYOUT(ptn_ledger_head, head_fields, NULL);

static const struct ptn_field digest_fields[] = {
    PTN_FIELD(ptn_view_digest_record, 1, time_ms, TIME, REQUIRED, 0),
    PTN_FIELD(ptn_view_digest_record, 2, sha256, OCTETS, OPTIONAL, PTN_SHA256_LEN),
    PTN_FIELD_ITEMS(ptn_view_digest_record, 3, heads, head_count, STRUCTS, PTN_RECORD_HEADS_MAX,
                    &head_layout),
};

/* Sorted, each ledger once: one state has one form. */
static const char *digest_fault(const void *object)
{
    const struct ptn_view_digest_record *digest = object;

    for (size_t i = 1; i < digest->head_count; i++)
        if (ptn_bytes_compare(digest->heads[i - 1].origin, digest->heads[i].origin) >= 0)
            return "heads";
    return NULL;
}

static const struct ptn_layout digest_layout =
    PTN_LAYOUT(ptn_view_digest_record, digest_fields, digest_fault);

struct ptn_status ptn_view_digest_record_validate(const struct ptn_view_digest_record *digest,
                                                  struct ptn_diag *reterr)
{
    return ptn_fields_validate(&digest_layout, digest, reterr);
}

struct ptn_status ptn_view_digest_record_parse(struct ptn_bytes bytes, struct ptn_arena *arena,
                                               struct ptn_view_digest_record *ret_digest,
                                               struct ptn_diag *reterr)
{
    struct ptn_view_digest_record digest = { 0 };
    struct ptn_status status = ptn_fields_parse(bytes, &digest_layout, &digest, arena, reterr);

    if (ptn_ok(status))
        *ret_digest = digest;
    return status;
}

struct ptn_status ptn_view_digest_record_write(const struct ptn_view_digest_record *digest,
                                               struct ptn_buffer *out)
{
    return ptn_fields_write(&digest_layout, digest, out);
}

/* ---- successor ---- */

static const struct ptn_field successor_fields[] = {
    PTN_FIELD(ptn_successor, 1, time_ms, TIME, REQUIRED, 0),
    PTN_FIELD(ptn_successor, 2, origin, TEXT, REQUIRED, PTN_RECORD_LINE_MAX),
    PTN_FIELD(ptn_successor, 3, least, NUMBER, ALWAYS, PTN_FIELD_NUMBER_MAX),
    PTN_FIELD(ptn_successor, 4, checkpoint, NOTE, OPTIONAL, PTN_RECORD_SIGNED_MAX),
};

/* What is said to be there is shown, and nothing is shown when nothing was there. */
static const char *successor_fault(const void *object)
{
    const struct ptn_successor *successor = object;

    return (successor->least == 0) != (successor->checkpoint.len == 0) ? "checkpoint" : NULL;
}

static const struct ptn_layout successor_layout =
    PTN_LAYOUT(ptn_successor, successor_fields, successor_fault);

struct ptn_status ptn_successor_validate(const struct ptn_successor *successor,
                                         struct ptn_diag *reterr)
{
    return ptn_fields_validate(&successor_layout, successor, reterr);
}

struct ptn_status ptn_successor_parse(struct ptn_bytes bytes, struct ptn_successor *ret_successor,
                                      struct ptn_diag *reterr)
{
    struct ptn_successor successor = { 0 };
    struct ptn_status status = ptn_fields_parse(bytes, &successor_layout, &successor, NULL, reterr);

    if (ptn_ok(status))
        *ret_successor = successor;
    return status;
}

struct ptn_status ptn_successor_write(const struct ptn_successor *successor, struct ptn_buffer *out)
{
    return ptn_fields_write(&successor_layout, successor, out);
}
