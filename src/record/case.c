#include "record/case.h"

#include "record/case_int.h"
#include "record/decision_int.h"
#include "record/person_int.h"
#include "record/words_int.h"

static const struct ptn_field fields[] = {
    PTN_FIELD(ptn_case_step, 1, id, OCTETS, REQUIRED, sizeof(struct ptn_record_id)),
    PTN_FIELD(ptn_case_step, 2, of, OCTETS, REQUIRED, sizeof(struct ptn_record_id)),
    PTN_FIELD(ptn_case_step, 3, time_ms, TIME, REQUIRED, 0),
    PTN_FIELD(ptn_case_step, 4, act, ENUM, REQUIRED, PTN_CASE_ACT_COUNT),
    PTN_FIELD(ptn_case_step, 5, post, TEXT, REQUIRED, PTN_RECORD_WORD_MAX),
    PTN_FIELD(ptn_case_step, 6, lane, TEXT, OPTIONAL, PTN_RECORD_WORD_MAX),
    PTN_FIELD(ptn_case_step, 7, officer, TEXT, REQUIRED, PTN_RECORD_WORD_MAX),
    PTN_FIELD(ptn_case_step, 8, second, TEXT, OPTIONAL, PTN_RECORD_WORD_MAX),
    PTN_FIELD(ptn_case_step, 9, words, NOTE, OPTIONAL, PTN_RECORD_NOTE_MAX),
    PTN_FIELD(ptn_case_step, 10, kind, ENUM, OPTIONAL, PTN_REFERRAL_COUNT),
    PTN_FIELD(ptn_case_step, 11, urgency, ENUM, OPTIONAL, PTN_CASE_URGENCY_COUNT),
    PTN_FIELD(ptn_case_step, 12, scan, OCTETS, OPTIONAL, sizeof(struct ptn_record_id)),
    PTN_FIELD(ptn_case_step, 13, advised, ENUM, OPTIONAL, PTN_VERDICT_COUNT),
    PTN_FIELD(ptn_case_step, 14, direction, ENUM, OPTIONAL, PTN_DIRECTION_COUNT),
    PTN_FIELD(ptn_case_step, 15, plate, TEXT, OPTIONAL, PTN_RECORD_WORD_MAX),
    PTN_FIELD(ptn_case_step, 16, exempt, BOOL, OPTIONAL, 0),
    PTN_FIELD_INNER(ptn_case_step, 17, person, OPTIONAL, &ptn_person_layout),
    PTN_FIELD_ITEMS(ptn_case_step, 18, rules, rule_count, WORDS, PTN_CASE_RULE_MAX, NULL),
    PTN_FIELD_ITEMS(ptn_case_step, 19, matches, match_count, STRUCTS, PTN_CASE_MATCH_MAX,
                    &ptn_decision_match_layout),
    PTN_FIELD(ptn_case_step, 20, item, TEXT, OPTIONAL, PTN_RECORD_WORD_MAX),
    PTN_FIELD(ptn_case_step, 21, list, TEXT, OPTIONAL, PTN_RECORD_WORD_MAX),
    PTN_FIELD(ptn_case_step, 22, edition, TEXT, OPTIONAL, PTN_RECORD_WORD_MAX),
    PTN_FIELD(ptn_case_step, 23, entry, TEXT, OPTIONAL, PTN_RECORD_WORD_MAX),
    PTN_FIELD(ptn_case_step, 24, outcome, ENUM, OPTIONAL, PTN_CASE_OUTCOME_COUNT),
    PTN_FIELD(ptn_case_step, 25, ground, TEXT, OPTIONAL, PTN_RECORD_WORD_MAX),
    PTN_FIELD(ptn_case_step, 26, crossing, OCTETS, OPTIONAL, sizeof(struct ptn_record_id)),
    PTN_FIELD_INNER(ptn_case_step, 27, attachment, OPTIONAL, &ptn_attachment_layout),
};

/* What stands in the step that opens a case, and in no other. */
static const char *opening_fault(const struct ptn_case_step *step)
{
    bool opened = step->act == PTN_CASE_OPENED;

    if (opened != (step->kind != PTN_REFERRAL_NONE))
        return "kind";
    if (opened != (step->urgency != 0))
        return "urgency";
    if (opened != (step->direction != 0))
        return "direction";
    if ((opened || step->act == PTN_CASE_NOT_SAME) == ptn_person_is_none(&step->person))
        return "person";
    if (!opened && !ptn_record_id_is_none(step->scan))
        return "scan";
    if (step->advised != PTN_VERDICT_CLEAR && ptn_record_id_is_none(step->scan))
        return "advised";
    if (!opened && (step->plate.len > 0 || step->exempt))
        return "plate";
    if (!opened && step->rule_count > 0)
        return "rules";
    return !opened && step->match_count > 0 ? "matches" : NULL;
}

/* CASE-3. */
static const char *ending_fault(const struct ptn_case_step *step)
{
    bool crosses = step->outcome == PTN_CASE_ADMITTED || step->outcome == PTN_CASE_REFUSED;

    if ((step->act == PTN_CASE_ENDED) != (step->outcome != PTN_CASE_NO_OUTCOME))
        return "outcome";
    if ((step->outcome == PTN_CASE_REFUSED) != (step->ground.len > 0))
        return "ground";
    if (crosses == ptn_record_id_is_none(step->crossing))
        return "crossing";
    /* one person alone refuses nobody */
    if ((step->outcome == PTN_CASE_REFUSED && step->second.len == 0) ||
        (step->second.len > 0 &&
         (step->act != PTN_CASE_ENDED || ptn_bytes_equal(step->second, step->officer))))
        return "second";
    return NULL;
}

static const char *fault(const void *object)
{
    const struct ptn_case_step *step = object;
    bool not_same = step->act == PTN_CASE_NOT_SAME;
    bool speaks = step->act == PTN_CASE_NOTED || step->act == PTN_CASE_PASSED_ON ||
                  step->act == PTN_CASE_REOPENED || step->outcome == PTN_CASE_REFUSED;
    const char *wrong = opening_fault(step);

    if (wrong == NULL)
        wrong = ending_fault(step);
    if (wrong != NULL)
        return wrong;
    if (speaks && step->words.len == 0)
        return "words";
    if ((step->act == PTN_CASE_TICKED) != (step->item.len > 0))
        return "item";
    if (not_same != (step->list.len > 0) || (!not_same && step->edition.len > 0))
        return "list";
    if ((step->act == PTN_CASE_ATTACHED) != (step->attachment.size > 0))
        return "attachment";
    return not_same != (step->entry.len > 0) ? "entry" : NULL;
}

static const struct ptn_layout layout = PTN_LAYOUT(ptn_case_step, fields, fault);

struct ptn_status ptn_case_step_validate(const struct ptn_case_step *step, struct ptn_diag *reterr)
{
    return ptn_fields_validate(&layout, step, reterr);
}

struct ptn_status ptn_case_step_parse(struct ptn_bytes bytes, struct ptn_arena *arena,
                                      struct ptn_case_step *ret_step, struct ptn_diag *reterr)
{
    struct ptn_case_step step = { 0 };
    struct ptn_status status = ptn_fields_parse(bytes, &layout, &step, arena, reterr);

    if (ptn_ok(status))
        *ret_step = step;
    return status;
}

struct ptn_status ptn_case_step_write(const struct ptn_case_step *step, struct ptn_buffer *out)
{
    return ptn_fields_write(&layout, step, out);
}

/* ---- words ---- */

static const char *const act_words[PTN_CASE_ACT_COUNT] = {
    [PTN_CASE_OPENED] = "opened",     [PTN_CASE_TAKEN] = "taken",
    [PTN_CASE_NOTED] = "noted",       [PTN_CASE_TICKED] = "ticked",
    [PTN_CASE_NOT_SAME] = "not-same", [PTN_CASE_PASSED_ON] = "passed-on",
    [PTN_CASE_ENDED] = "ended",       [PTN_CASE_REOPENED] = "reopened",
    [PTN_CASE_ATTACHED] = "attached",
};

static const char *const urgency_words[PTN_CASE_URGENCY_COUNT] = {
    [PTN_CASE_AT_ONCE] = "at-once",
    [PTN_CASE_SOON] = "soon",
    [PTN_CASE_IN_TURN] = "in-turn",
};

static const char *const outcome_words[PTN_CASE_OUTCOME_COUNT] = {
    [PTN_CASE_NO_OUTCOME] = "none",   [PTN_CASE_ADMITTED] = "admitted",
    [PTN_CASE_REFUSED] = "refused",   [PTN_CASE_PROTECTION] = "protection",
    [PTN_CASE_RETURNED] = "returned", [PTN_CASE_HANDED_OVER] = "handed-over",
};

const char *ptn_case_act_word(enum ptn_case_act act)
{
    return ptn_words_at(act_words, PTN_CASE_ACT_COUNT, act);
}

enum ptn_case_act ptn_case_act_from_word(struct ptn_bytes word)
{
    return (enum ptn_case_act)ptn_words_find(act_words, PTN_CASE_ACT_COUNT, word);
}

const char *ptn_case_urgency_word(enum ptn_case_urgency urgency)
{
    return ptn_words_at(urgency_words, PTN_CASE_URGENCY_COUNT, urgency);
}

enum ptn_case_urgency ptn_case_urgency_from_word(struct ptn_bytes word)
{
    return (enum ptn_case_urgency)ptn_words_find(urgency_words, PTN_CASE_URGENCY_COUNT, word);
}

const char *ptn_case_outcome_word(enum ptn_case_outcome outcome)
{
    return ptn_words_at(outcome_words, PTN_CASE_OUTCOME_COUNT, outcome);
}

enum ptn_case_outcome ptn_case_outcome_from_word(struct ptn_bytes word)
{
    return (enum ptn_case_outcome)ptn_words_find(outcome_words, PTN_CASE_OUTCOME_COUNT, word);
}
