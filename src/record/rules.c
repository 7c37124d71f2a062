#include "record/edition.h"

#include "record/fields_int.h"

static const struct ptn_field fields[] = {
    PTN_FIELD(ptn_rules_edition, 1, time_ms, TIME, REQUIRED, 0),
    PTN_FIELD(ptn_rules_edition, 2, post, TEXT, REQUIRED, PTN_RECORD_WORD_MAX),
    PTN_FIELD(ptn_rules_edition, 3, officer, TEXT, REQUIRED, PTN_RECORD_WORD_MAX),
    PTN_FIELD(ptn_rules_edition, 4, second, TEXT, OPTIONAL, PTN_RECORD_WORD_MAX),
    PTN_FIELD(ptn_rules_edition, 5, version, TEXT, REQUIRED, PTN_RECORD_WORD_MAX),
    PTN_FIELD(ptn_rules_edition, 6, rules, BLOB, OPTIONAL, PTN_RULES_EDITION_BLOB_MAX),
    PTN_FIELD(ptn_rules_edition, 7, gone, BLOB, OPTIONAL, PTN_RULES_EDITION_GONE_MAX),
};

static const char *fault(const void *object)
{
    const struct ptn_rules_edition *edition = object;

    if (edition->second.len > 0 && ptn_bytes_equal(edition->second, edition->officer))
        return "second";
    if (edition->rules.len == 0 && edition->gone.len == 0)
        return "rules";
    return edition->gone.len % PTN_SHA256_LEN != 0 ? "gone" : NULL;
}

static const struct ptn_layout layout = PTN_LAYOUT(ptn_rules_edition, fields, fault);

struct ptn_status ptn_rules_edition_validate(const struct ptn_rules_edition *edition,
                                             struct ptn_diag *reterr)
{
    return ptn_fields_validate(&layout, edition, reterr);
}

struct ptn_status ptn_rules_edition_parse(struct ptn_bytes bytes,
                                          struct ptn_rules_edition *ret_edition,
                                          struct ptn_diag *reterr)
{
    struct ptn_rules_edition edition = { 0 };
    struct ptn_status status = ptn_fields_parse(bytes, &layout, &edition, NULL, reterr);

    if (ptn_ok(status))
        *ret_edition = edition;
    return status;
}

struct ptn_status ptn_rules_edition_write(const struct ptn_rules_edition *edition,
                                          struct ptn_buffer *out)
{
    return ptn_fields_write(&layout, edition, out);
}
