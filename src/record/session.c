#include "record/access.h"
#include "record/fields_int.h"
#include "record/words_int.h"

static const struct ptn_field fields[] = {
    PTN_FIELD(ptn_session, 1, id, OCTETS, OPTIONAL, sizeof(struct ptn_record_id)),
    PTN_FIELD(ptn_session, 2, time_ms, TIME, REQUIRED, 0),
    PTN_FIELD(ptn_session, 3, event, ENUM, REQUIRED, PTN_SESSION_EVENT_COUNT),
    PTN_FIELD(ptn_session, 4, user, TEXT, REQUIRED, PTN_RECORD_WORD_MAX),
    PTN_FIELD(ptn_session, 5, former, TEXT, OPTIONAL, PTN_RECORD_WORD_MAX),
    PTN_FIELD(ptn_session, 6, role, TEXT, OPTIONAL, PTN_RECORD_WORD_MAX),
    PTN_FIELD(ptn_session, 7, post, TEXT, REQUIRED, PTN_RECORD_WORD_MAX),
    PTN_FIELD(ptn_session, 8, lane, TEXT, OPTIONAL, PTN_RECORD_WORD_MAX),
};

static const char *fault(const void *object)
{
    const struct ptn_session *session = object;
    bool refused = session->event == PTN_SESSION_REFUSED;

    if (ptn_record_id_is_none(session->id) != refused)
        return "id";
    if ((session->former.len > 0) != (session->event == PTN_SESSION_RELIEVED))
        return "former";
    return !refused && session->role.len == 0 ? "role" : NULL;
}

static const struct ptn_layout layout = PTN_LAYOUT(ptn_session, fields, fault);

struct ptn_status ptn_session_validate(const struct ptn_session *session, struct ptn_diag *reterr)
{
    return ptn_fields_validate(&layout, session, reterr);
}

struct ptn_status ptn_session_parse(struct ptn_bytes bytes, struct ptn_session *ret_session,
                                    struct ptn_diag *reterr)
{
    struct ptn_session session = { 0 };
    struct ptn_status status = ptn_fields_parse(bytes, &layout, &session, NULL, reterr);

    if (ptn_ok(status))
        *ret_session = session;
    return status;
}

struct ptn_status ptn_session_write(const struct ptn_session *session, struct ptn_buffer *out)
{
    return ptn_fields_write(&layout, session, out);
}

static const char *const event_words[PTN_SESSION_EVENT_COUNT] = {
    [PTN_SESSION_SIGNED_IN] = "signed-in", [PTN_SESSION_SIGNED_OUT] = "signed-out",
    [PTN_SESSION_RELIEVED] = "relieved",   [PTN_SESSION_REFUSED] = "refused",
    [PTN_SESSION_EXPIRED] = "expired",     [PTN_SESSION_ENDED] = "ended",
};

const char *ptn_session_event_word(enum ptn_session_event event)
{
    return ptn_words_at(event_words, PTN_SESSION_EVENT_COUNT, event);
}
