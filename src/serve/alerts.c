/* serve/alerts.c -- an alert read out by telephone, entered at a post by its supervisor and a
 * second officer, each with their own password. node/published.h knows the rules. */
#include "node/published.h"
#include "serve/board.h"
#include "serve/serve_int.h"

struct entering {
    struct ptn_publishing_entry entry;
    struct ptn_request_alert request;
    struct ptn_status queued;
    struct ptn_diag diag;
};

static void recorded(struct ptn_publishing_entry *entry)
{
    ptn_call_done(entry->context);
}

static enum ptn_call_step finish(struct ptn_call *call)
{
    struct entering *act = call->act;
    struct ptn_json json = { .out = &call->out };
    char id[PTN_RECORD_ID_TEXT_SIZE];
    enum ptn_call_step step;

    if (!ptn_ok(call->checked))
        return ptn_call_wrong_password(call, call->session.lane);
    if (!ptn_ok(act->queued))
        return ptn_call_bad_body(call, act->queued, &act->diag);
    if (!ptn_ok(act->entry.write.status))
        return ptn_call_not_written(call, &act->entry.write);
    ptn_json_object(&json);
    ptn_json_field_text(&json, "id",
                        ptn_bytes_from_text(ptn_record_id_write(act->entry.alert.id, id)));
    ptn_json_field_text(&json, "state", PTN_BYTES_LITERAL("in-force"));
    ptn_json_object_end(&json);
    step = ptn_call_answered(call, ptn_json_end(&json));
    if (call->status == MHD_HTTP_OK)
        call->status = MHD_HTTP_CREATED;
    return step;
}

static bool enter(struct ptn_call *call, const struct ptn_officer *second)
{
    struct entering *act = call->act;
    struct ptn_status status = ptn_publishing_enter(call->serve->plan.node, &call->session.officer,
                                                    second, call->arena, &act->entry, &act->diag);

    if (!ptn_ok(status)) /* else the call may be done by now */
        act->queued = status;
    return ptn_ok(status);
}

enum ptn_call_step ptn_post_alert(struct ptn_call *call)
{
    struct entering *act = ptn_arena_take(call->arena, sizeof(*act));
    struct ptn_diag diag = { 0 };
    struct ptn_status status = { PTN_C_NO_MEMORY };

    if (act != NULL) {
        *act = (struct entering){ .queued = PTN_OK };
        status = ptn_request_alert_parse(ptn_buffer_bytes(&call->body), call->arena, &act->request,
                                         &diag);
    }
    if (ptn_ok(status) && (!act->request.has_second || act->request.agree ||
                           act->request.alert.act != PTN_ALERT_ENTERED))
        status = ptn_fail(PTN_C_BAD_INPUT, &diag, 0, "second");
    if (!ptn_ok(status))
        return ptn_call_bad_body(call, status, &diag);
    if (call->session.officer.role != PTN_STAFF_SUPERVISOR)
        return ptn_call_not_supervisor(call);
    act->entry.alert = act->request.alert;
    act->entry.done = recorded;
    act->entry.context = call;
    call->act = act;
    call->perform = enter;
    call->finish = finish;
    return ptn_call_with_second(call, act->request.second, act->request.password);
}
