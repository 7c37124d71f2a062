#include "record/case.h"

#include "record/person_int.h"
#include "record/words_int.h"

static const struct ptn_field fields[] = {
    PTN_FIELD(ptn_identity, 1, id, OCTETS, REQUIRED, sizeof(struct ptn_record_id)),
    PTN_FIELD(ptn_identity, 2, time_ms, TIME, REQUIRED, 0),
    PTN_FIELD(ptn_identity, 3, act, ENUM, REQUIRED, PTN_IDENTITY_ACT_COUNT),
    PTN_FIELD(ptn_identity, 4, of, OCTETS, OPTIONAL, sizeof(struct ptn_record_id)),
    PTN_FIELD(ptn_identity, 5, post, TEXT, REQUIRED, PTN_RECORD_WORD_MAX),
    PTN_FIELD(ptn_identity, 6, officer, TEXT, REQUIRED, PTN_RECORD_WORD_MAX),
    PTN_FIELD(ptn_identity, 7, second, TEXT, OPTIONAL, PTN_RECORD_WORD_MAX),
    PTN_FIELD(ptn_identity, 8, lessens, BOOL, OPTIONAL, 0),
    PTN_FIELD(ptn_identity, 9, reason, NOTE, REQUIRED, PTN_RECORD_NOTE_MAX),
    PTN_FIELD_INNER(ptn_identity, 10, one, REQUIRED, &ptn_person_layout),
    PTN_FIELD_INNER(ptn_identity, 11, other, REQUIRED, &ptn_person_layout),
};

/* IDENTITY-1: one person alone takes no reason away, and no joining back. */
static const char *fault(const void *object)
{
    const struct ptn_identity *identity = object;
    bool parted = identity->act == PTN_IDENTITY_PARTED;

    if (parted == ptn_record_id_is_none(identity->of))
        return "of";
    if (parted && identity->lessens)
        return "lessens";
    if ((parted || identity->lessens) && identity->second.len == 0)
        return "second";
    if (identity->second.len > 0 && ptn_bytes_equal(identity->second, identity->officer))
        return "second";
    return NULL;
}

static const struct ptn_layout layout = PTN_LAYOUT(ptn_identity, fields, fault);

struct ptn_status ptn_identity_validate(const struct ptn_identity *identity,
                                        struct ptn_diag *reterr)
{
    return ptn_fields_validate(&layout, identity, reterr);
}

struct ptn_status ptn_identity_parse(struct ptn_bytes bytes, struct ptn_identity *ret_identity,
                                     struct ptn_diag *reterr)
{
    struct ptn_identity identity = { .time_ms = 0 };
    struct ptn_status status = ptn_fields_parse(bytes, &layout, &identity, NULL, reterr);

    if (ptn_ok(status))
        *ret_identity = identity;
    return status;
}

struct ptn_status ptn_identity_write(const struct ptn_identity *identity, struct ptn_buffer *out)
{
    return ptn_fields_write(&layout, identity, out);
}

const char *ptn_identity_act_word(enum ptn_identity_act act)
{
    static const char *const words[PTN_IDENTITY_ACT_COUNT] = { NULL, "joined", "parted" };

    return ptn_words_at(words, PTN_IDENTITY_ACT_COUNT, act);
}
