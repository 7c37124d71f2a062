/*
 * serve/staff.c -- a post's staff list, as its supervisor sees it; two people let it run longer;
 * and whoever is on it no more is signed in no more.
 */
#include "serve/serve_int.h"

void ptn_answer_staff_standing(struct ptn_json *json, const struct ptn_staff_standing *staff)
{
    ptn_json_object(json);
    ptn_json_field_bool(json, "list", staff->has_list);
    ptn_json_field_bool(json, "lost", staff->lost);
    ptn_json_field_number(json, "version", staff->version);
    ptn_json_field_number(json, "until_ms", staff->until_ms);
    ptn_json_field_number(json, "left_s", staff->left_ms / 1000);
    ptn_json_field_number(json, "people", (int64_t)staff->people);
    ptn_json_field_bool(json, "ends", staff->has_list && staff->left_ms < PTN_STAFF_WARN_MS);
    ptn_json_field_bool(json, "may_extend", staff->may_extend);
    ptn_json_object_end(json);
}

void ptn_answer_staff(struct ptn_serve *serve, struct ptn_json *json)
{
    const struct ptn_staff_standing staff = ptn_staff_standing(serve->plan.node);

    ptn_json_key(json, "staff");
    ptn_answer_staff_standing(json, &staff);
}

static enum ptn_call_step answer(struct ptn_call *call)
{
    const struct ptn_staff_standing staff = ptn_staff_standing(call->serve->plan.node);
    struct ptn_json json = { .out = &call->out };

    ptn_answer_staff_standing(&json, &staff);
    return ptn_call_answered(call, ptn_json_end(&json));
}

/* ---- longer ---- */

struct extension {
    struct ptn_request_extension request;
    struct ptn_status status;
    struct ptn_diag diag;
};

/* On the password thread. A second one whose password is wrong must wait like the first. */
static void extend(struct ptn_call *call)
{
    struct ptn_serve *serve = call->serve;
    struct extension *act = call->act;
    const struct ptn_staff_hands hands = { act->request.user, act->request.password,
                                           act->request.second, act->request.second_password };
    bool wrong_second;
    bool good;

    act->status = ptn_staff_extend(serve->plan.node, &hands, &act->diag);
    call->checked = act->status.code == PTN_C_BUSY ? PTN_OK : act->status;
    wrong_second = act->status.code == PTN_C_NOT_FOUND && act->diag.offset == 1;
    good = act->status.code != PTN_C_NOT_FOUND || wrong_second;
    ptn_serve_guess_note(serve, act->request.user, good);
    if (good) /* else nobody asked for the second one's */
        ptn_serve_guess_note(serve, act->request.second, !wrong_second);
    ptn_call_done(call);
}

static enum ptn_call_step finish_extension(struct ptn_call *call)
{
    const struct extension *act = call->act;

    switch (act->status.code) {
    case PTN_C_OK:
        ptn_events_publish(&call->serve->events, "", "staff", PTN_BYTES_LITERAL("{}"));
        return answer(call);
    case PTN_C_NOT_FOUND:
        if (act->diag.offset == 1)
            call->sign_in.user = act->request.second;
        return ptn_call_wrong_password(call, "");
    case PTN_C_BUSY:
        return ptn_call_problem(call, MHD_HTTP_CONFLICT, "staff-not-due",
                                "No staff list here ends within 20 hours", NULL);
    case PTN_C_BAD_INPUT:
        return ptn_call_problem(call, MHD_HTTP_FORBIDDEN, "needs-supervisor",
                                "A supervisor and another person are needed", NULL);
    case PTN_C_TOO_BIG:
    case PTN_C_CORRUPT:
    case PTN_C_IO:
    case PTN_C_NO_MEMORY:
        break;
    }
    return ptn_call_problem(call, MHD_HTTP_SERVICE_UNAVAILABLE, "busy", "Not just now", NULL);
}

enum ptn_call_step ptn_post_staff_extension(struct ptn_call *call)
{
    struct extension *act = ptn_arena_take(call->arena, sizeof(*act));
    struct ptn_diag diag = { 0 };
    struct ptn_status status = { PTN_C_NO_MEMORY };
    int64_t wait_us;

    if (act != NULL)
        status = ptn_request_extension_parse(ptn_buffer_bytes(&call->body), call->arena,
                                             &act->request, &diag);
    if (!ptn_ok(status))
        return ptn_call_bad_body(call, status, &diag);
    wait_us = ptn_serve_guess_wait(call->serve, act->request.second);
    if (wait_us > 0) /* the first is asked by the call itself */
        return ptn_call_slowed(call, wait_us);
    call->act = act;
    call->sign_in.user = act->request.user;
    call->check = extend;
    call->finish = finish_extension;
    return ptn_call_check_later(call, act->request.user);
}

enum ptn_call_step ptn_get_staff(struct ptn_call *call)
{
    if (call->session.officer.role != PTN_STAFF_SUPERVISOR)
        return ptn_call_not_supervisor(call);
    return answer(call);
}

/* ---- who may stay ---- */

void ptn_serve_staff_look(struct ptn_serve *serve, uint64_t *told, bool always)
{
    const uint64_t changes = ptn_staff_changes(serve->plan.node);
    struct ptn_serve_session session;
    uint64_t after = 0;
    bool ended = false;

    if (changes == *told && !always)
        return;
    if (changes != *told)
        ptn_events_publish(&serve->events, "", "staff", PTN_BYTES_LITERAL("{}"));
    *told = changes;
    while (ptn_session_next(&serve->sessions, &after, &session)) {
        if (ptn_staff_may_stay(serve->plan.node, &session.officer))
            continue;
        ptn_session_end(&serve->sessions, session.serial);
        ptn_lane_session(serve->plan.node, PTN_SESSION_ENDED,
                         ptn_bytes_from_text(session.officer.user), &session.officer, NULL,
                         session.lane);
        ended = true;
    }
    explicit_bzero(&session, sizeof(session));
    if (ended)
        ptn_events_ping(serve); /* their streams end */
}
