#include "record/alert.h"

#include "record/person_int.h"
#include "record/words_int.h"

static const struct ptn_field fields[] = {
    PTN_FIELD(ptn_alert, 1, id, OCTETS, REQUIRED, sizeof(struct ptn_record_id)),
    PTN_FIELD(ptn_alert, 2, time_ms, TIME, REQUIRED, 0),
    PTN_FIELD(ptn_alert, 3, act, ENUM, REQUIRED, PTN_ALERT_ACT_COUNT),
    PTN_FIELD(ptn_alert, 4, post, TEXT, REQUIRED, PTN_RECORD_WORD_MAX),
    PTN_FIELD(ptn_alert, 5, officer, TEXT, REQUIRED, PTN_RECORD_WORD_MAX),
    PTN_FIELD(ptn_alert, 6, second, TEXT, OPTIONAL, PTN_RECORD_WORD_MAX),
    PTN_FIELD(ptn_alert, 7, reason, TEXT, OPTIONAL, PTN_RECORD_LINE_MAX),
    PTN_FIELD(ptn_alert, 8, owner, TEXT, OPTIONAL, PTN_RECORD_LINE_MAX),
    PTN_FIELD(ptn_alert, 9, basis, TEXT, OPTIONAL, PTN_RECORD_LINE_MAX),
    PTN_FIELD(ptn_alert, 10, purpose, TEXT, OPTIONAL, PTN_RECORD_LINE_MAX),
    PTN_FIELD(ptn_alert, 11, action, ENUM, OPTIONAL, PTN_ALERT_ACTION_COUNT),
    PTN_FIELD(ptn_alert, 12, from, DAY, OPTIONAL, 0),
    PTN_FIELD(ptn_alert, 13, until, DAY, OPTIONAL, 0),
    PTN_FIELD(ptn_alert, 14, review, DAY, OPTIONAL, 0),
    PTN_FIELD_ITEMS(ptn_alert, 15, identities, identity_count, STRUCTS, PTN_ALERT_IDENTITY_MAX,
                    &ptn_person_layout),
    PTN_FIELD(ptn_alert, 16, plate, TEXT, OPTIONAL, PTN_RECORD_WORD_MAX),
    PTN_FIELD(ptn_alert, 17, imported, TEXT, OPTIONAL, PTN_RECORD_WORD_MAX),
};

static const char *whole_fault(const struct ptn_alert *alert)
{
    if (alert->owner.len == 0)
        return "owner";
    if (alert->basis.len == 0)
        return "basis";
    if (alert->purpose.len == 0)
        return "purpose";
    if (alert->action == 0)
        return "action";
    if (ptn_date_is_none(alert->until) ||
        (!ptn_date_is_none(alert->from) && ptn_date_compare(alert->from, alert->until) > 0))
        return "until";
    return alert->identity_count == 0 && alert->plate.len == 0 ? "identities" : NULL;
}

static const char *fault(const void *object)
{
    const struct ptn_alert *alert = object;

    if (alert->second.len > 0 && ptn_bytes_equal(alert->second, alert->officer))
        return "second";
    if (alert->act != PTN_ALERT_END)
        return whole_fault(alert);
    /* an end says nothing that could be taken for another version */
    if (alert->owner.len + alert->basis.len + alert->purpose.len + alert->plate.len +
                alert->identity_count !=
            0 ||
        alert->action != 0 || !ptn_date_is_none(alert->from) || !ptn_date_is_none(alert->until) ||
        !ptn_date_is_none(alert->review))
        return "act";
    return alert->reason.len == 0 ? "reason" : NULL;
}

static const struct ptn_layout layout = PTN_LAYOUT(ptn_alert, fields, fault);

struct ptn_status ptn_alert_validate(const struct ptn_alert *alert, struct ptn_diag *reterr)
{
    return ptn_fields_validate(&layout, alert, reterr);
}

struct ptn_status ptn_alert_parse(struct ptn_bytes bytes, struct ptn_arena *arena,
                                  struct ptn_alert *ret_alert, struct ptn_diag *reterr)
{
    struct ptn_alert alert = { 0 };
    struct ptn_status status = ptn_fields_parse(bytes, &layout, &alert, arena, reterr);

    if (ptn_ok(status))
        *ret_alert = alert;
    return status;
}

struct ptn_status ptn_alert_write(const struct ptn_alert *alert, struct ptn_buffer *out)
{
    return ptn_fields_write(&layout, alert, out);
}

static const char *const act_words[PTN_ALERT_ACT_COUNT] = { NULL, "entered", "end", "waiting" };
static const char *const action_words[PTN_ALERT_ACTION_COUNT] = { NULL,      "inform",   "discreet",
                                                                  "inquiry", "specific", "refer",
                                                                  "refuse",  "arrest",   "protect",
                                                                  "seize" };

const char *ptn_alert_act_word(enum ptn_alert_act act)
{
    return ptn_words_at(act_words, PTN_ALERT_ACT_COUNT, act);
}

const char *ptn_alert_action_word(enum ptn_alert_action action)
{
    return ptn_words_at(action_words, PTN_ALERT_ACTION_COUNT, action);
}

enum ptn_alert_action ptn_alert_action_from_word(struct ptn_bytes word)
{
    return (enum ptn_alert_action)ptn_words_find(action_words, PTN_ALERT_ACTION_COUNT, word);
}
