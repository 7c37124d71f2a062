#include "record/case_int.h"
#include "record/words_int.h"

/* ---- what a step says of it ---- */

static const struct ptn_field attachment_fields[] = {
    PTN_FIELD(ptn_attachment, 1, sha256, OCTETS, REQUIRED, PTN_SHA256_LEN),
    PTN_FIELD(ptn_attachment, 2, size, NUMBER, REQUIRED, PTN_ATTACHMENT_LEN_MAX),
    PTN_FIELD(ptn_attachment, 3, type, ENUM, REQUIRED, PTN_ATTACHMENT_TYPE_COUNT),
    PTN_FIELD(ptn_attachment, 4, name, TEXT, REQUIRED, PTN_ATTACHMENT_NAME_MAX),
    PTN_FIELD(ptn_attachment, 5, places, BLOB, REQUIRED, PTN_ATTACHMENT_PLACES_MAX),
};

/* CASE-5: it names all parts that its size takes, each once and in order. */
static const char *attachment_fault(const void *object)
{
    const struct ptn_attachment *attachment = object;
    const size_t parts = ptn_attachment_parts(attachment->size);

    if (attachment->places.len != parts * sizeof(uint64_t))
        return "places";
    for (size_t i = 1; i < parts; i++)
        if (ptn_attachment_place(attachment, i) <= ptn_attachment_place(attachment, i - 1))
            return "places";
    for (size_t i = 0; i < attachment->name.len; i++)
        if (attachment->name.at[i] == '/' || attachment->name.at[i] == '\\')
            return "name";
    return NULL;
}

const struct ptn_layout ptn_attachment_layout =
    PTN_LAYOUT(ptn_attachment, attachment_fields, attachment_fault);

const char *ptn_attachment_type_word(enum ptn_attachment_type type)
{
    static const char *const words[PTN_ATTACHMENT_TYPE_COUNT] = { "none", "image/jpeg", "image/png",
                                                                  "application/pdf" };

    return ptn_words_at(words, PTN_ATTACHMENT_TYPE_COUNT, type);
}

/* ---- a part ---- */

static const struct ptn_field part_fields[] = {
    PTN_FIELD(ptn_attachment_part, 1, id, OCTETS, REQUIRED, sizeof(struct ptn_record_id)),
    PTN_FIELD(ptn_attachment_part, 2, of, OCTETS, REQUIRED, sizeof(struct ptn_record_id)),
    PTN_FIELD(ptn_attachment_part, 3, part, NUMBER, REQUIRED, PTN_ATTACHMENT_PARTS_MAX),
    PTN_FIELD(ptn_attachment_part, 4, bytes, BLOB, REQUIRED, PTN_ATTACHMENT_PART_MAX),
};

static const struct ptn_layout part_layout = PTN_LAYOUT(ptn_attachment_part, part_fields, NULL);

struct ptn_status ptn_attachment_part_validate(const struct ptn_attachment_part *part,
                                               struct ptn_diag *reterr)
{
    return ptn_fields_validate(&part_layout, part, reterr);
}

struct ptn_status ptn_attachment_part_parse(struct ptn_bytes bytes,
                                            struct ptn_attachment_part *ret_part,
                                            struct ptn_diag *reterr)
{
    struct ptn_attachment_part part = { .part = 0 };
    struct ptn_status status = ptn_fields_parse(bytes, &part_layout, &part, NULL, reterr);

    if (ptn_ok(status))
        *ret_part = part;
    return status;
}

struct ptn_status ptn_attachment_part_write(const struct ptn_attachment_part *part,
                                            struct ptn_buffer *out)
{
    return ptn_fields_write(&part_layout, part, out);
}
