#include "record/decision.h"

#include "record/decision_int.h"
#include "record/person_int.h"
#include "record/words_int.h"

#define SCORE_MAX 10000u

/* ---- what a decision holds ---- */

static const struct ptn_field fact_fields[] = {
    PTN_FIELD(ptn_decision_fact, 1, key, TEXT, REQUIRED, PTN_RECORD_WORD_MAX),
    PTN_FIELD(ptn_decision_fact, 2, value, TEXT, OPTIONAL, PTN_RECORD_LINE_MAX),
};

static const struct ptn_layout fact_layout = PTN_LAYOUT(ptn_decision_fact, fact_fields, NULL);

static const struct ptn_field reason_fields[] = {
    PTN_FIELD(ptn_decision_reason, 1, rule, TEXT, REQUIRED, PTN_RECORD_WORD_MAX),
    PTN_FIELD(ptn_decision_reason, 2, verdict, ENUM, ALWAYS, PTN_VERDICT_COUNT),
    PTN_FIELD(ptn_decision_reason, 3, discreet, BOOL, OPTIONAL, 0),
    PTN_FIELD(ptn_decision_reason, 4, text, TEXT, OPTIONAL, PTN_RECORD_NOTE_MAX),
    PTN_FIELD_ITEMS(ptn_decision_reason, 5, facts, fact_count, STRUCTS, PTN_DECISION_FACT_MAX,
                    &fact_layout),
};

static const struct ptn_layout reason_layout = PTN_LAYOUT(ptn_decision_reason, reason_fields, NULL);

static const struct ptn_field match_fields[] = {
    PTN_FIELD(ptn_decision_match, 1, list, TEXT, REQUIRED, PTN_RECORD_WORD_MAX),
    PTN_FIELD(ptn_decision_match, 2, edition, TEXT, OPTIONAL, PTN_RECORD_WORD_MAX),
    PTN_FIELD(ptn_decision_match, 3, entry, TEXT, REQUIRED, PTN_RECORD_WORD_MAX),
    PTN_FIELD(ptn_decision_match, 4, name, TEXT, OPTIONAL, PTN_RECORD_LINE_MAX),
    PTN_FIELD(ptn_decision_match, 5, score, NUMBER, ALWAYS, SCORE_MAX),
    PTN_FIELD(ptn_decision_match, 6, discreet, BOOL, OPTIONAL, 0),
};

const struct ptn_layout ptn_decision_match_layout =
    PTN_LAYOUT(ptn_decision_match, match_fields, NULL);

static const struct ptn_field list_fields[] = {
    PTN_FIELD(ptn_decision_list, 1, list, TEXT, REQUIRED, PTN_RECORD_WORD_MAX),
    PTN_FIELD(ptn_decision_list, 2, edition, TEXT, OPTIONAL, PTN_RECORD_WORD_MAX),
    PTN_FIELD(ptn_decision_list, 3, age_known, BOOL, OPTIONAL, 0),
    PTN_FIELD(ptn_decision_list, 4, age_s, NUMBER, OPTIONAL, PTN_FIELD_NUMBER_MAX),
    PTN_FIELD(ptn_decision_list, 5, entries, NUMBER, ALWAYS, PTN_FIELD_NUMBER_MAX),
};

static const char *list_fault(const void *object)
{
    const struct ptn_decision_list *list = object;

    return !list->age_known && list->age_s != 0 ? "age_s" : NULL;
}

static const struct ptn_layout list_layout = PTN_LAYOUT(ptn_decision_list, list_fields, list_fault);

static const struct ptn_field stay_fields[] = {
    PTN_FIELD(ptn_decision_stay, 1, known, BOOL, OPTIONAL, 0),
    PTN_FIELD(ptn_decision_stay, 2, used, NUMBER, OPTIONAL, UINT16_MAX),
    PTN_FIELD(ptn_decision_stay, 3, left, NUMBER, OPTIONAL, UINT16_MAX),
    PTN_FIELD(ptn_decision_stay, 4, leave_by, DAY, OPTIONAL, 0),
    PTN_FIELD(ptn_decision_stay, 5, known_since, DAY, OPTIONAL, 0),
};

static const char *stay_fault(const void *object)
{
    const struct ptn_decision_stay *stay = object;

    /* Whatever is said of a stay rests on a history that is known. */
    return stay->known ? NULL : "known";
}

static const struct ptn_layout stay_layout = PTN_LAYOUT(ptn_decision_stay, stay_fields, stay_fault);

static const struct ptn_field permit_fields[] = {
    PTN_FIELD(ptn_decision_permit, 1, kind, ENUM, REQUIRED, PTN_PERMIT_COUNT),
    PTN_FIELD(ptn_decision_permit, 2, issuer, CODE, REQUIRED,
              sizeof(((struct ptn_decision_permit *)0)->issuer) - 1),
    PTN_FIELD(ptn_decision_permit, 3, number, TEXT, OPTIONAL, PTN_RECORD_WORD_MAX),
    PTN_FIELD(ptn_decision_permit, 4, valid_from, DATE, OPTIONAL, 0),
    PTN_FIELD(ptn_decision_permit, 5, valid_until, DATE, OPTIONAL, 0),
    PTN_FIELD(ptn_decision_permit, 6, days, NUMBER, OPTIONAL, PTN_DECISION_COUNT_MAX),
    PTN_FIELD(ptn_decision_permit, 7, entries, NUMBER, OPTIONAL, PTN_DECISION_COUNT_MAX),
    PTN_FIELD(ptn_decision_permit, 8, entries_used, NUMBER, OPTIONAL, PTN_DECISION_COUNT_MAX),
    PTN_FIELD(ptn_decision_permit, 9, used_before, BOOL, OPTIONAL, 0),
};

static const struct ptn_layout permit_layout = PTN_LAYOUT(ptn_decision_permit, permit_fields, NULL);

/* ---- the decision ---- */

static const struct ptn_field fields[] = {
    PTN_FIELD(ptn_decision, 1, id, OCTETS, REQUIRED, sizeof(struct ptn_record_id)),
    PTN_FIELD(ptn_decision, 2, time_ms, TIME, REQUIRED, 0),
    PTN_FIELD(ptn_decision, 3, date, DAY, REQUIRED, 0),
    PTN_FIELD(ptn_decision, 4, direction, ENUM, REQUIRED, PTN_DIRECTION_COUNT),
    PTN_FIELD(ptn_decision, 5, post, TEXT, REQUIRED, PTN_RECORD_WORD_MAX),
    PTN_FIELD(ptn_decision, 6, lane, TEXT, OPTIONAL, PTN_RECORD_WORD_MAX),
    PTN_FIELD(ptn_decision, 7, officer, TEXT, REQUIRED, PTN_RECORD_WORD_MAX),
    PTN_FIELD_INNER(ptn_decision, 8, person, REQUIRED, &ptn_person_layout),
    PTN_FIELD(ptn_decision, 9, mrz, NOTE, OPTIONAL, PTN_RECORD_LINE_MAX),
    PTN_FIELD(ptn_decision, 10, plate, TEXT, OPTIONAL, PTN_RECORD_WORD_MAX),
    PTN_FIELD(ptn_decision, 11, verdict, ENUM, ALWAYS, PTN_VERDICT_COUNT),
    PTN_FIELD_ITEMS(ptn_decision, 12, actions, action_count, WORDS, PTN_DECISION_ACTION_MAX, NULL),
    PTN_FIELD_ITEMS(ptn_decision, 13, reasons, reason_count, STRUCTS, PTN_DECISION_REASON_MAX,
                    &reason_layout),
    PTN_FIELD_ITEMS(ptn_decision, 14, matches, match_count, STRUCTS, PTN_DECISION_MATCH_MAX,
                    &ptn_decision_match_layout),
    PTN_FIELD(ptn_decision, 15, more_matches, BOOL, OPTIONAL, 0),
    PTN_FIELD(ptn_decision, 16, stay_applies, BOOL, OPTIONAL, 0),
    PTN_FIELD_INNER(ptn_decision, 17, stay, OPTIONAL, &stay_layout),
    PTN_FIELD_ITEMS(ptn_decision, 18, lists, list_count, STRUCTS, PTN_DECISION_LIST_MAX,
                    &list_layout),
    PTN_FIELD_INNER(ptn_decision, 19, permit, OPTIONAL, &permit_layout),
    PTN_FIELD(ptn_decision, 20, born_earlier, BOOL, OPTIONAL, 0),
};

static const char *fault(const void *object)
{
    const struct ptn_decision *decision = object;
    enum ptn_verdict highest = PTN_VERDICT_CLEAR;

    for (size_t i = 0; i < decision->reason_count; i++)
        if (decision->reasons[i].verdict > highest)
            highest = decision->reasons[i].verdict;
    if (decision->verdict < highest)
        return "verdict";
    return !decision->stay_applies && decision->stay.known ? "stay" : NULL;
}

static const struct ptn_layout layout = PTN_LAYOUT(ptn_decision, fields, fault);

struct ptn_status ptn_decision_validate(const struct ptn_decision *decision,
                                        struct ptn_diag *reterr)
{
    return ptn_fields_validate(&layout, decision, reterr);
}

struct ptn_status ptn_decision_parse(struct ptn_bytes bytes, struct ptn_arena *arena,
                                     struct ptn_decision *ret_decision, struct ptn_diag *reterr)
{
    struct ptn_decision decision = { 0 };
    struct ptn_status status = ptn_fields_parse(bytes, &layout, &decision, arena, reterr);

    if (ptn_ok(status))
        *ret_decision = decision;
    return status;
}

struct ptn_status ptn_decision_write(const struct ptn_decision *decision, struct ptn_buffer *out)
{
    return ptn_fields_write(&layout, decision, out);
}

static const char *const permit_words[PTN_PERMIT_COUNT] = {
    [PTN_PERMIT_NONE] = "none",
    [PTN_PERMIT_SHORT_VISA] = "short-visa",
    [PTN_PERMIT_LONG_VISA] = "long-visa",
    [PTN_PERMIT_RESIDENCE] = "residence",
    [PTN_PERMIT_TRANSIT_VISA] = "transit-visa",
};

const char *ptn_permit_kind_word(enum ptn_permit_kind kind)
{
    return ptn_words_at(permit_words, PTN_PERMIT_COUNT, kind);
}

enum ptn_permit_kind ptn_permit_kind_from_word(struct ptn_bytes word)
{
    return (enum ptn_permit_kind)ptn_words_find(permit_words, PTN_PERMIT_COUNT, word);
}
