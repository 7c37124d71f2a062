/* record/ship_call.c -- what is done in the call of a ship that lies in port: see vehicle.h. */
#include "record/person_int.h"
#include "record/vehicle.h"
#include "record/words_int.h"

static const struct ptn_field fields[] = {
    PTN_FIELD(ptn_ship_call, 1, id, OCTETS, REQUIRED, sizeof(struct ptn_record_id)),
    PTN_FIELD(ptn_ship_call, 2, of, OCTETS, REQUIRED, sizeof(struct ptn_record_id)),
    PTN_FIELD(ptn_ship_call, 3, time_ms, TIME, REQUIRED, 0),
    PTN_FIELD(ptn_ship_call, 4, act, ENUM, REQUIRED, PTN_CALL_ACT_COUNT),
    PTN_FIELD(ptn_ship_call, 5, post, TEXT, REQUIRED, PTN_RECORD_WORD_MAX),
    PTN_FIELD(ptn_ship_call, 6, lane, TEXT, OPTIONAL, PTN_RECORD_WORD_MAX),
    PTN_FIELD(ptn_ship_call, 7, officer, TEXT, REQUIRED, PTN_RECORD_WORD_MAX),
    PTN_FIELD(ptn_ship_call, 8, supervisor, TEXT, OPTIONAL, PTN_RECORD_WORD_MAX),
    PTN_FIELD(ptn_ship_call, 9, reason, NOTE, OPTIONAL, PTN_RECORD_NOTE_MAX),
    PTN_FIELD(ptn_ship_call, 10, voyage, TEXT, OPTIONAL, PTN_RECORD_WORD_MAX),
    PTN_FIELD(ptn_ship_call, 11, ship, TEXT, OPTIONAL, PTN_RECORD_LINE_MAX),
    PTN_FIELD(ptn_ship_call, 12, imo, TEXT, OPTIONAL, PTN_RECORD_WORD_MAX),
    PTN_FIELD(ptn_ship_call, 13, sails_ms, TIME, OPTIONAL, 0),
    PTN_FIELD(ptn_ship_call, 14, passengers_enter, BOOL, OPTIONAL, 0),
    PTN_FIELD_INNER(ptn_ship_call, 15, person, OPTIONAL, &ptn_person_layout),
    PTN_FIELD(ptn_ship_call, 16, place, TEXT, OPTIONAL, PTN_RECORD_WORD_MAX),
    PTN_FIELD(ptn_ship_call, 17, crew, BOOL, OPTIONAL, 0),
    PTN_FIELD(ptn_ship_call, 18, advice, OCTETS, OPTIONAL, sizeof(struct ptn_record_id)),
    PTN_FIELD(ptn_ship_call, 19, advised, ENUM, OPTIONAL, PTN_VERDICT_COUNT),
    PTN_FIELD(ptn_ship_call, 20, crossing, OCTETS, OPTIONAL, sizeof(struct ptn_record_id)),
    PTN_FIELD(ptn_ship_call, 21, since_ms, TIME, OPTIONAL, 0),
    PTN_FIELD(ptn_ship_call, 22, ashore, NUMBER, OPTIONAL, PTN_CALL_PEOPLE_MAX),
    PTN_FIELD(ptn_ship_call, 23, uncounted, NUMBER, OPTIONAL, PTN_CALL_PEOPLE_MAX),
};

static bool is_of_a_person(enum ptn_call_act act)
{
    return act != PTN_CALL_OPENED && act != PTN_CALL_CLOSED;
}

static bool has_crossing(enum ptn_call_act act)
{
    return act == PTN_CALL_SIGNED_OFF || act == PTN_CALL_SIGNED_ON || act == PTN_CALL_REFERRED ||
           act == PTN_CALL_STRANGER;
}

static const char *call_fault(const struct ptn_ship_call *call)
{
    bool opened = call->act == PTN_CALL_OPENED;
    bool closed = call->act == PTN_CALL_CLOSED;

    if (opened != (call->voyage.len > 0) || (!opened && call->ship.len > 0))
        return "voyage";
    if (opened != (call->imo.len > 0))
        return "imo";
    if (!opened && (call->sails_ms != 0 || call->passengers_enter))
        return "sails_ms";
    if (opened != ptn_record_id_equal(call->id, call->of))
        return "of";
    if (!closed && (call->ashore > 0 || call->uncounted > 0))
        return "ashore";
    if ((opened || closed) && call->supervisor.len == 0)
        return "supervisor";
    return NULL;
}

static const char *person_fault(const struct ptn_ship_call *call)
{
    bool person = is_of_a_person(call->act);
    bool passed = call->act >= PTN_CALL_OUT && call->act <= PTN_CALL_SIGNED_ON;
    bool missing = call->act == PTN_CALL_MISSING;

    if (person == ptn_person_is_none(&call->person))
        return "person";
    if (!person && (call->place.len > 0 || call->crew))
        return "place";
    if (ptn_record_id_is_none(call->advice) != (!person || missing))
        return "advice";
    if (ptn_record_id_is_none(call->advice) && call->advised != PTN_VERDICT_CLEAR)
        return "advised";
    if (ptn_record_id_is_none(call->crossing) == has_crossing(call->act))
        return "crossing";
    if (missing != (call->since_ms != 0))
        return "since_ms";
    /* SHORE-2: nobody passes against the advice without words, or against stop by one person */
    if (passed && call->advised != PTN_VERDICT_CLEAR && call->reason.len == 0)
        return "reason";
    if (passed && call->advised == PTN_VERDICT_STOP && call->supervisor.len == 0)
        return "supervisor";
    return NULL;
}

static const char *fault(const void *object)
{
    const char *wrong = call_fault(object);

    return wrong != NULL ? wrong : person_fault(object);
}

static const struct ptn_layout layout = PTN_LAYOUT(ptn_ship_call, fields, fault);

struct ptn_status ptn_ship_call_validate(const struct ptn_ship_call *call, struct ptn_diag *reterr)
{
    return ptn_fields_validate(&layout, call, reterr);
}

struct ptn_status ptn_ship_call_parse(struct ptn_bytes bytes, struct ptn_ship_call *ret_call,
                                      struct ptn_diag *reterr)
{
    struct ptn_ship_call call = { .time_ms = 0 };
    struct ptn_status status = ptn_fields_parse(bytes, &layout, &call, NULL, reterr);

    if (ptn_ok(status))
        *ret_call = call;
    return status;
}

struct ptn_status ptn_ship_call_write(const struct ptn_ship_call *call, struct ptn_buffer *out)
{
    return ptn_fields_write(&layout, call, out);
}

static const char *const act_words[PTN_CALL_ACT_COUNT] = {
    [PTN_CALL_OPENED] = "opened",
    [PTN_CALL_OUT] = "out",
    [PTN_CALL_IN] = "in",
    [PTN_CALL_SIGNED_OFF] = "signed-off",
    [PTN_CALL_SIGNED_ON] = "signed-on",
    [PTN_CALL_REFERRED] = "referred",
    [PTN_CALL_STRANGER] = "stranger",
    [PTN_CALL_MISSING] = "missing",
    [PTN_CALL_CLOSED] = "closed",
};

const char *ptn_call_act_word(enum ptn_call_act act)
{
    return ptn_words_at(act_words, PTN_CALL_ACT_COUNT, act);
}
