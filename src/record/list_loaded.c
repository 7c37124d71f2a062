#include "record/fields_int.h"
#include "record/notice.h"

static const struct ptn_field list_fields[] = {
    PTN_FIELD(ptn_list_loaded_list, 1, list, TEXT, REQUIRED, PTN_RECORD_WORD_MAX),
    PTN_FIELD(ptn_list_loaded_list, 2, format, TEXT, OPTIONAL, PTN_RECORD_WORD_MAX),
    PTN_FIELD(ptn_list_loaded_list, 3, edition, TEXT, OPTIONAL, PTN_RECORD_WORD_MAX),
    PTN_FIELD(ptn_list_loaded_list, 4, entries, NUMBER, ALWAYS, PTN_FIELD_NUMBER_MAX),
    PTN_FIELD(ptn_list_loaded_list, 5, rejected, NUMBER, OPTIONAL, PTN_FIELD_NUMBER_MAX),
};

static const struct ptn_layout list_layout = PTN_LAYOUT(ptn_list_loaded_list, list_fields, NULL);

static const struct ptn_field fields[] = {
    PTN_FIELD(ptn_list_loaded, 1, time_ms, TIME, REQUIRED, 0),
    PTN_FIELD(ptn_list_loaded, 2, post, TEXT, REQUIRED, PTN_RECORD_WORD_MAX),
    PTN_FIELD(ptn_list_loaded, 3, officer, TEXT, OPTIONAL, PTN_RECORD_WORD_MAX),
    PTN_FIELD(ptn_list_loaded, 4, snapshot_len, NUMBER, REQUIRED, PTN_FIELD_NUMBER_MAX),
    PTN_FIELD(ptn_list_loaded, 5, snapshot_sha256, OCTETS, REQUIRED, PTN_SHA256_LEN),
    PTN_FIELD_ITEMS(ptn_list_loaded, 6, lists, list_count, STRUCTS, PTN_LIST_LOADED_MAX,
                    &list_layout),
};

static const struct ptn_layout layout = PTN_LAYOUT(ptn_list_loaded, fields, NULL);

struct ptn_status ptn_list_loaded_validate(const struct ptn_list_loaded *loaded,
                                           struct ptn_diag *reterr)
{
    return ptn_fields_validate(&layout, loaded, reterr);
}

struct ptn_status ptn_list_loaded_parse(struct ptn_bytes bytes, struct ptn_arena *arena,
                                        struct ptn_list_loaded *ret_loaded, struct ptn_diag *reterr)
{
    struct ptn_list_loaded loaded = { 0 };
    struct ptn_status status = ptn_fields_parse(bytes, &layout, &loaded, arena, reterr);

    if (ptn_ok(status))
        *ret_loaded = loaded;
    return status;
}

struct ptn_status ptn_list_loaded_write(const struct ptn_list_loaded *loaded,
                                        struct ptn_buffer *out)
{
    return ptn_fields_write(&layout, loaded, out);
}
