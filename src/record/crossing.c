#include "record/crossing.h"

#include "record/person_int.h"
#include "record/words_int.h"

static const struct ptn_field fields[] = {
    PTN_FIELD(ptn_crossing, 1, id, OCTETS, REQUIRED, sizeof(struct ptn_record_id)),
    PTN_FIELD(ptn_crossing, 2, advice, OCTETS, OPTIONAL, sizeof(struct ptn_record_id)),
    PTN_FIELD(ptn_crossing, 3, advised, ENUM, OPTIONAL, PTN_VERDICT_COUNT),
    PTN_FIELD(ptn_crossing, 4, time_ms, TIME, REQUIRED, 0),
    PTN_FIELD(ptn_crossing, 5, date, DAY, REQUIRED, 0),
    PTN_FIELD(ptn_crossing, 6, direction, ENUM, REQUIRED, PTN_DIRECTION_COUNT),
    PTN_FIELD(ptn_crossing, 7, outcome, ENUM, REQUIRED, PTN_OUTCOME_COUNT),
    PTN_FIELD(ptn_crossing, 8, referral, ENUM, OPTIONAL, PTN_REFERRAL_COUNT),
    PTN_FIELD(ptn_crossing, 9, reason, NOTE, OPTIONAL, PTN_RECORD_NOTE_MAX),
    PTN_FIELD(ptn_crossing, 10, post, TEXT, REQUIRED, PTN_RECORD_WORD_MAX),
    PTN_FIELD(ptn_crossing, 11, lane, TEXT, OPTIONAL, PTN_RECORD_WORD_MAX),
    PTN_FIELD(ptn_crossing, 12, officer, TEXT, REQUIRED, PTN_RECORD_WORD_MAX),
    PTN_FIELD(ptn_crossing, 13, supervisor, TEXT, OPTIONAL, PTN_RECORD_WORD_MAX),
    PTN_FIELD(ptn_crossing, 14, plate, TEXT, OPTIONAL, PTN_RECORD_WORD_MAX),
    PTN_FIELD_INNER(ptn_crossing, 15, person, REQUIRED, &ptn_person_layout),
    PTN_FIELD(ptn_crossing, 16, exempt, BOOL, OPTIONAL, 0),
    PTN_FIELD(ptn_crossing, 17, voyage, TEXT, OPTIONAL, PTN_RECORD_WORD_MAX),
    PTN_FIELD(ptn_crossing, 18, trip, OCTETS, OPTIONAL, sizeof(struct ptn_record_id)),
    PTN_FIELD(ptn_crossing, 19, imported, TEXT, OPTIONAL, PTN_RECORD_WORD_MAX),
    PTN_FIELD(ptn_crossing, 64, proof, ENUM, OPTIONAL, PTN_PROOF_COUNT),
    PTN_FIELD(ptn_crossing, 65, entered, DAY, OPTIONAL, 0),
    PTN_FIELD(ptn_crossing, 66, booking, TEXT, OPTIONAL, PTN_RECORD_WORD_MAX),
};

static const char *fault(const void *object)
{
    const struct ptn_crossing *crossing = object;
    bool overridden = crossing->outcome == PTN_OUTCOME_OVERRIDDEN;

    if ((crossing->outcome == PTN_OUTCOME_REFERRED) != (crossing->referral != PTN_REFERRAL_NONE))
        return "referral";
    if (crossing->advised != PTN_VERDICT_CLEAR && ptn_record_id_is_none(crossing->advice))
        return "advice";
    /* An advice to refer or stop is followed or overridden, never passed over. */
    if (crossing->advised != PTN_VERDICT_CLEAR && crossing->outcome == PTN_OUTCOME_RECORDED)
        return "outcome";
    if (!ptn_date_is_none(crossing->entered) && crossing->proof == PTN_PROOF_NONE)
        return "entered";
    if (overridden && crossing->reason.len == 0)
        return "reason";
    if (overridden && crossing->advised == PTN_VERDICT_STOP && crossing->supervisor.len == 0)
        return "supervisor";
    if (crossing->outcome == PTN_OUTCOME_REFUSED) {
        if (crossing->direction != PTN_DIRECTION_ENTRY)
            return "direction";
        if (crossing->reason.len == 0)
            return "reason";
        if (crossing->supervisor.len == 0 ||
            ptn_bytes_equal(crossing->supervisor, crossing->officer))
            return "supervisor";
    }
    return NULL;
}

static const struct ptn_layout layout = PTN_LAYOUT(ptn_crossing, fields, fault);

struct ptn_status ptn_crossing_validate(const struct ptn_crossing *crossing,
                                        struct ptn_diag *reterr)
{
    return ptn_fields_validate(&layout, crossing, reterr);
}

struct ptn_status ptn_crossing_parse(struct ptn_bytes bytes, struct ptn_crossing *ret_crossing,
                                     struct ptn_diag *reterr)
{
    struct ptn_crossing crossing = { 0 };
    struct ptn_status status = ptn_fields_parse(bytes, &layout, &crossing, NULL, reterr);

    if (ptn_ok(status))
        *ret_crossing = crossing;
    return status;
}

struct ptn_status ptn_crossing_write(const struct ptn_crossing *crossing, struct ptn_buffer *out)
{
    return ptn_fields_write(&layout, crossing, out);
}

static const char *const outcome_words[PTN_OUTCOME_COUNT] = {
    [PTN_OUTCOME_RECORDED] = "recorded",
    [PTN_OUTCOME_REFERRED] = "referred",
    [PTN_OUTCOME_OVERRIDDEN] = "overridden",
    [PTN_OUTCOME_REFUSED] = "refused",
};

static const char *const referral_words[PTN_REFERRAL_COUNT] = {
    [PTN_REFERRAL_NONE] = "none",
    [PTN_REFERRAL_MATCH] = "match",
    [PTN_REFERRAL_DOCUMENT] = "document",
    [PTN_REFERRAL_IDENTITY] = "identity",
    [PTN_REFERRAL_CONDITIONS] = "conditions",
    [PTN_REFERRAL_MINOR] = "minor",
    [PTN_REFERRAL_TRAFFICKING] = "trafficking",
    [PTN_REFERRAL_PROTECTION] = "protection",
    [PTN_REFERRAL_VEHICLE] = "vehicle",
    [PTN_REFERRAL_UNWELL] = "unwell",
};

static const char *const proof_words[PTN_PROOF_COUNT] = {
    [PTN_PROOF_NONE] = "none",
    [PTN_PROOF_STUB] = "stub",
    [PTN_PROOF_STAMP] = "stamp",
    [PTN_PROOF_TICKET] = "ticket",
};

const char *ptn_entry_proof_word(enum ptn_entry_proof proof)
{
    return ptn_words_at(proof_words, PTN_PROOF_COUNT, proof);
}

enum ptn_entry_proof ptn_entry_proof_from_word(struct ptn_bytes word)
{
    return (enum ptn_entry_proof)ptn_words_find(proof_words, PTN_PROOF_COUNT, word);
}

const char *ptn_outcome_word(enum ptn_outcome outcome)
{
    return ptn_words_at(outcome_words, PTN_OUTCOME_COUNT, outcome);
}

const char *ptn_referral_kind_word(enum ptn_referral_kind kind)
{
    return ptn_words_at(referral_words, PTN_REFERRAL_COUNT, kind);
}

enum ptn_referral_kind ptn_referral_kind_from_word(struct ptn_bytes word)
{
    return (enum ptn_referral_kind)ptn_words_find(referral_words, PTN_REFERRAL_COUNT, word);
}
