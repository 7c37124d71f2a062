#include "record/permit.h"

#include "record/fields_int.h"
#include "record/person_int.h"
#include "record/words_int.h"

static const struct ptn_field fields[] = {
    PTN_FIELD(ptn_permit, 1, id, OCTETS, REQUIRED, sizeof(struct ptn_record_id)),
    PTN_FIELD(ptn_permit, 2, kind, ENUM, REQUIRED, PTN_PERMIT_COUNT),
    PTN_FIELD(ptn_permit, 3, issuer, CODE, REQUIRED, sizeof(((struct ptn_permit *)0)->issuer) - 1),
    PTN_FIELD(ptn_permit, 4, number, TEXT, REQUIRED, PTN_RECORD_WORD_MAX),
    PTN_FIELD(ptn_permit, 5, status, ENUM, REQUIRED, PTN_PERMIT_STATUS_COUNT),
    PTN_FIELD(ptn_permit, 6, from, DAY, OPTIONAL, 0),
    PTN_FIELD(ptn_permit, 7, until, DAY, REQUIRED, 0),
    PTN_FIELD(ptn_permit, 8, days, NUMBER, OPTIONAL, PTN_DECISION_COUNT_MAX),
    PTN_FIELD(ptn_permit, 9, entries, NUMBER, OPTIONAL, PTN_DECISION_COUNT_MAX),
    PTN_FIELD(ptn_permit, 10, entries_used, NUMBER, OPTIONAL, PTN_DECISION_COUNT_MAX),
    PTN_FIELD_INNER(ptn_permit, 11, person, REQUIRED, &ptn_person_layout),
    PTN_FIELD(ptn_permit, 12, imported, TEXT, REQUIRED, PTN_RECORD_WORD_MAX),
};

/* Whose it is, is found by the document: without its issuer, its number and a birth nobody is. */
static const char *fault(const void *object)
{
    const struct ptn_permit *permit = object;

    if (!ptn_date_is_none(permit->from) && ptn_date_compare(permit->until, permit->from) < 0)
        return "until";
    return permit->person.document.issuer[0] == '\0' || permit->person.document.number.len == 0 ||
                   permit->person.birth.year == 0
               ? "person"
               : NULL;
}

static const struct ptn_layout layout = PTN_LAYOUT(ptn_permit, fields, fault);

struct ptn_status ptn_permit_validate(const struct ptn_permit *permit, struct ptn_diag *reterr)
{
    return ptn_fields_validate(&layout, permit, reterr);
}

struct ptn_status ptn_permit_parse(struct ptn_bytes bytes, struct ptn_permit *ret_permit,
                                   struct ptn_diag *reterr)
{
    struct ptn_permit permit = { .days = 0 };
    struct ptn_status status = ptn_fields_parse(bytes, &layout, &permit, NULL, reterr);

    if (ptn_ok(status))
        *ret_permit = permit;
    return status;
}

struct ptn_status ptn_permit_write(const struct ptn_permit *permit, struct ptn_buffer *out)
{
    return ptn_fields_write(&layout, permit, out);
}

static const char *const status_words[PTN_PERMIT_STATUS_COUNT] = {
    [PTN_PERMIT_VALID] = "valid",
    [PTN_PERMIT_WITHDRAWN] = "withdrawn",
};

const char *ptn_permit_status_word(enum ptn_permit_status status)
{
    return ptn_words_at(status_words, PTN_PERMIT_STATUS_COUNT, status);
}

enum ptn_permit_status ptn_permit_status_from_word(struct ptn_bytes word)
{
    return (enum ptn_permit_status)ptn_words_find(status_words, PTN_PERMIT_STATUS_COUNT, word);
}

/* ---- published ---- */

static const struct ptn_field published_fields[] = {
    PTN_FIELD(ptn_permits_published, 1, time_ms, TIME, REQUIRED, 0),
    PTN_FIELD(ptn_permits_published, 2, post, TEXT, REQUIRED, PTN_RECORD_WORD_MAX),
    PTN_FIELD(ptn_permits_published, 3, officer, TEXT, REQUIRED, PTN_RECORD_WORD_MAX),
    PTN_FIELD(ptn_permits_published, 4, salt, OCTETS, REQUIRED, PTN_SHA256_LEN),
    PTN_FIELD(ptn_permits_published, 5, slots, BLOB, REQUIRED, PTN_PERMITS_SLOTS_MAX),
};

static const struct ptn_layout published_layout =
    PTN_LAYOUT(ptn_permits_published, published_fields, NULL);

struct ptn_status ptn_permits_published_validate(const struct ptn_permits_published *permits,
                                                 struct ptn_diag *reterr)
{
    return ptn_fields_validate(&published_layout, permits, reterr);
}

struct ptn_status ptn_permits_published_parse(struct ptn_bytes bytes,
                                              struct ptn_permits_published *ret_permits,
                                              struct ptn_diag *reterr)
{
    struct ptn_permits_published permits = { .time_ms = 0 };
    struct ptn_status status = ptn_fields_parse(bytes, &published_layout, &permits, NULL, reterr);

    if (ptn_ok(status))
        *ret_permits = permits;
    return status;
}

struct ptn_status ptn_permits_published_write(const struct ptn_permits_published *permits,
                                              struct ptn_buffer *out)
{
    return ptn_fields_write(&published_layout, permits, out);
}
