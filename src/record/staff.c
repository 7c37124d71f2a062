/* record/staff.c -- what became of a post's staff list. */
#include "record/access.h"
#include "record/fields_int.h"
#include "record/words_int.h"

static const struct ptn_field fields[] = {
    PTN_FIELD(ptn_staff_event, 1, time_ms, TIME, REQUIRED, 0),
    PTN_FIELD(ptn_staff_event, 2, act, ENUM, REQUIRED, PTN_STAFF_ACT_COUNT),
    PTN_FIELD(ptn_staff_event, 3, post, TEXT, REQUIRED, PTN_RECORD_WORD_MAX),
    PTN_FIELD(ptn_staff_event, 4, list, OCTETS, OPTIONAL, PTN_SHA256_LEN),
    PTN_FIELD(ptn_staff_event, 5, version, NUMBER, OPTIONAL, PTN_FIELD_NUMBER_MAX),
    PTN_FIELD(ptn_staff_event, 6, until_ms, TIME, OPTIONAL, 0),
    PTN_FIELD(ptn_staff_event, 7, why, TEXT, OPTIONAL, PTN_RECORD_WORD_MAX),
    PTN_FIELD(ptn_staff_event, 8, officer, TEXT, OPTIONAL, PTN_RECORD_WORD_MAX),
    PTN_FIELD(ptn_staff_event, 9, second, TEXT, OPTIONAL, PTN_RECORD_WORD_MAX),
    PTN_FIELD(ptn_staff_event, 10, people, NUMBER, OPTIONAL, PTN_FIELD_NUMBER_MAX),
};

/* Each act has its own fields and no other's. */
static const char *fault(const void *object)
{
    const struct ptn_staff_event *event = object;
    bool refused = event->act == PTN_STAFF_REFUSED;
    bool vouched = event->act == PTN_STAFF_VOUCHED; /* by a file, too: without a version */
    bool two = event->act == PTN_STAFF_EXTENDED || vouched;

    if (!vouched && ptn_is_zero(event->list, sizeof(event->list)))
        return "list";
    if (event->version == 0 && !refused && !vouched)
        return "version";
    if ((event->until_ms == 0) != refused)
        return "until_ms";
    if ((event->why.len > 0) != refused)
        return "why";
    if ((event->officer.len > 0) != two)
        return "officer";
    if ((event->second.len > 0) != two || (two && ptn_bytes_equal(event->officer, event->second)))
        return "second";
    return (event->people > 0) != (event->act == PTN_STAFF_TAKEN) ? "people" : NULL;
}

static const struct ptn_layout layout = PTN_LAYOUT(ptn_staff_event, fields, fault);

struct ptn_status ptn_staff_event_validate(const struct ptn_staff_event *event,
                                           struct ptn_diag *reterr)
{
    return ptn_fields_validate(&layout, event, reterr);
}

struct ptn_status ptn_staff_event_parse(struct ptn_bytes bytes, struct ptn_staff_event *ret_event,
                                        struct ptn_diag *reterr)
{
    struct ptn_staff_event event = { 0 };
    struct ptn_status status = ptn_fields_parse(bytes, &layout, &event, NULL, reterr);

    if (ptn_ok(status))
        *ret_event = event;
    return status;
}

struct ptn_status ptn_staff_event_write(const struct ptn_staff_event *event, struct ptn_buffer *out)
{
    return ptn_fields_write(&layout, event, out);
}

static const char *const act_words[PTN_STAFF_ACT_COUNT] = { NULL, "taken", "refused", "extended",
                                                            "vouched" };

const char *ptn_staff_act_word(enum ptn_staff_act act)
{
    return ptn_words_at(act_words, PTN_STAFF_ACT_COUNT, act);
}
