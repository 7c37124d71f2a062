#include "record/edition.h"

#include "record/fields_int.h"

static const struct ptn_field fields[] = {
    PTN_FIELD(ptn_list_edition, 1, time_ms, TIME, REQUIRED, 0),
    PTN_FIELD(ptn_list_edition, 2, post, TEXT, REQUIRED, PTN_RECORD_WORD_MAX),
    PTN_FIELD(ptn_list_edition, 3, officer, TEXT, REQUIRED, PTN_RECORD_WORD_MAX),
    PTN_FIELD(ptn_list_edition, 4, second, TEXT, OPTIONAL, PTN_RECORD_WORD_MAX),
    PTN_FIELD(ptn_list_edition, 5, list, TEXT, REQUIRED, PTN_RECORD_WORD_MAX),
    PTN_FIELD(ptn_list_edition, 6, edition, NUMBER, REQUIRED, PTN_FIELD_NUMBER_MAX),
    PTN_FIELD(ptn_list_edition, 7, part, NUMBER, OPTIONAL, PTN_LIST_EDITION_PARTS_MAX),
    PTN_FIELD(ptn_list_edition, 8, parts, NUMBER, REQUIRED, PTN_LIST_EDITION_PARTS_MAX),
    PTN_FIELD(ptn_list_edition, 9, count, NUMBER, ALWAYS, PTN_LIST_EDITION_ROWS_MAX),
    PTN_FIELD(ptn_list_edition, 10, root, OCTETS, REQUIRED, PTN_SHA256_LEN),
    PTN_FIELD(ptn_list_edition, 11, former, OCTETS, OPTIONAL, PTN_SHA256_LEN),
    PTN_FIELD(ptn_list_edition, 12, published_ms, TIME, OPTIONAL, 0),
    PTN_FIELD(ptn_list_edition, 13, profile, TEXT, REQUIRED, PTN_RECORD_WORD_MAX),
    PTN_FIELD(ptn_list_edition, 14, on_entry, TEXT, REQUIRED, PTN_RECORD_WORD_MAX),
    PTN_FIELD(ptn_list_edition, 15, on_exit, TEXT, REQUIRED, PTN_RECORD_WORD_MAX),
    PTN_FIELD(ptn_list_edition, 16, set_by, TEXT, OPTIONAL, PTN_RECORD_LINE_MAX),
    PTN_FIELD(ptn_list_edition, 17, set_reason, TEXT, OPTIONAL, PTN_RECORD_LINE_MAX),
    PTN_FIELD(ptn_list_edition, 18, rows, BLOB, OPTIONAL, PTN_LIST_EDITION_BLOB_MAX),
    PTN_FIELD(ptn_list_edition, 19, gone, BLOB, OPTIONAL, PTN_LIST_EDITION_BLOB_MAX),
};

static const char *fault(const void *object)
{
    const struct ptn_list_edition *edition = object;

    if (edition->second.len > 0 && ptn_bytes_equal(edition->second, edition->officer))
        return "second";
    if (edition->part >= edition->parts)
        return "part";
    if (ptn_is_zero(edition->former, sizeof(edition->former)) != (edition->edition == 1))
        return "former";
    return edition->gone.len % PTN_SHA256_LEN != 0 ? "gone" : NULL;
}

static const struct ptn_layout layout = PTN_LAYOUT(ptn_list_edition, fields, fault);

struct ptn_status ptn_list_edition_validate(const struct ptn_list_edition *edition,
                                            struct ptn_diag *reterr)
{
    return ptn_fields_validate(&layout, edition, reterr);
}

struct ptn_status ptn_list_edition_parse(struct ptn_bytes bytes,
                                         struct ptn_list_edition *ret_edition,
                                         struct ptn_diag *reterr)
{
    struct ptn_list_edition edition = { 0 };
    struct ptn_status status = ptn_fields_parse(bytes, &layout, &edition, NULL, reterr);

    if (ptn_ok(status))
        *ret_edition = edition;
    return status;
}

struct ptn_status ptn_list_edition_write(const struct ptn_list_edition *edition,
                                         struct ptn_buffer *out)
{
    return ptn_fields_write(&layout, edition, out);
}
