#include "record/access.h"

#include "record/person_int.h"
#include "record/words_int.h"

static const struct ptn_field fields[] = {
    PTN_FIELD(ptn_access, 1, id, OCTETS, REQUIRED, sizeof(struct ptn_record_id)),
    PTN_FIELD(ptn_access, 2, time_ms, TIME, REQUIRED, 0),
    PTN_FIELD(ptn_access, 3, purpose, ENUM, REQUIRED, PTN_PURPOSE_COUNT),
    PTN_FIELD(ptn_access, 4, officer, TEXT, REQUIRED, PTN_RECORD_WORD_MAX),
    PTN_FIELD(ptn_access, 5, post, TEXT, REQUIRED, PTN_RECORD_WORD_MAX),
    PTN_FIELD(ptn_access, 6, lane, TEXT, OPTIONAL, PTN_RECORD_WORD_MAX),
    PTN_FIELD(ptn_access, 7, record, OCTETS, OPTIONAL, sizeof(struct ptn_record_id)),
    PTN_FIELD_INNER(ptn_access, 8, person, OPTIONAL, &ptn_person_layout),
    PTN_FIELD(ptn_access, 9, shown, NUMBER, ALWAYS, PTN_FIELD_NUMBER_MAX),
    PTN_FIELD(ptn_access, 10, reason, NOTE, OPTIONAL, PTN_RECORD_NOTE_MAX),
};

static const char *fault(const void *object)
{
    const struct ptn_access *access = object;
    bool needs_reason = access->purpose == PTN_PURPOSE_SEARCH ||
                        access->purpose == PTN_PURPOSE_OVERSIGHT ||
                        access->purpose == PTN_PURPOSE_SUBJECT;

    return needs_reason && access->reason.len == 0 ? "reason" : NULL;
}

static const struct ptn_layout layout = PTN_LAYOUT(ptn_access, fields, fault);

struct ptn_status ptn_access_validate(const struct ptn_access *access, struct ptn_diag *reterr)
{
    return ptn_fields_validate(&layout, access, reterr);
}

struct ptn_status ptn_access_parse(struct ptn_bytes bytes, struct ptn_access *ret_access,
                                   struct ptn_diag *reterr)
{
    struct ptn_access access = { 0 };
    struct ptn_status status = ptn_fields_parse(bytes, &layout, &access, NULL, reterr);

    if (ptn_ok(status))
        *ret_access = access;
    return status;
}

struct ptn_status ptn_access_write(const struct ptn_access *access, struct ptn_buffer *out)
{
    return ptn_fields_write(&layout, access, out);
}

static const char *const purpose_words[PTN_PURPOSE_COUNT] = {
    [PTN_PURPOSE_FIRST_LINE] = "first-line",   [PTN_PURPOSE_LOOK_BACK] = "look-back",
    [PTN_PURPOSE_SECOND_LINE] = "second-line", [PTN_PURPOSE_SEARCH] = "search",
    [PTN_PURPOSE_REPORT] = "report",           [PTN_PURPOSE_OVERSIGHT] = "oversight",
    [PTN_PURPOSE_SUBJECT] = "subject",         [PTN_PURPOSE_BEFORE_ARRIVAL] = "before-arrival",
};

const char *ptn_purpose_word(enum ptn_purpose purpose)
{
    return ptn_words_at(purpose_words, PTN_PURPOSE_COUNT, purpose);
}
