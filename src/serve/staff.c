/*
 * serve/staff.c -- a post's staff list, as its supervisor sees it; two people let it run longer, or
 * one vouches for another who has no key there; and whoever is on it no more is signed in no more.
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
    ptn_json_field_number(json, "keyed", (int64_t)staff->keyed);
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

/* ---- two people on the spot ---- */

struct two {
    struct ptn_request_two request;
    struct ptn_status (*act)(struct ptn_node *node, const struct ptn_staff_hands *hands,
                             struct ptn_diag *reterr);
    struct ptn_status status;
    struct ptn_diag diag;
};

struct ptn_two_guesses ptn_two_guesses(struct ptn_status status, const struct ptn_diag *diag,
                                       bool wants_key)
{
    const bool refused = status.code == PTN_C_NOT_FOUND;
    const bool second = !refused || diag->offset == 1; /* else nobody asked for the second one's */

    return (struct ptn_two_guesses){ .first_good = second || wants_key,
                                     .second_asked = second,
                                     .second_good = !refused };
}

/* On the password thread. A second one whose password is wrong must wait like the first. */
static void act(struct ptn_call *call)
{
    struct ptn_serve *serve = call->serve;
    struct two *two = call->act;
    const struct ptn_staff_hands hands = { two->request.user, two->request.password,
                                           two->request.second, two->request.second_password,
                                           &call->touch.staff };
    struct ptn_two_guesses guesses;

    two->status = two->act(serve->plan.node, &hands, &two->diag);
    call->checked = two->status.code == PTN_C_BUSY ? PTN_OK : two->status;
    guesses = ptn_two_guesses(two->status, &two->diag, call->touch.staff.wanted);
    ptn_serve_guess_note(serve, two->request.user, guesses.first_good);
    if (guesses.second_asked)
        ptn_serve_guess_note(serve, two->request.second, guesses.second_good);
    ptn_call_done(call);
}

/* What is not OK: busy says why BUSY is. */
static enum ptn_call_step not_done(struct ptn_call *call, const char *busy, const char *busy_title)
{
    const struct two *two = call->act;

    switch (two->status.code) {
    case PTN_C_NOT_FOUND:
        if (two->diag.offset == 1)
            call->sign_in.user = two->request.second;
        return ptn_call_wrong_password(call, "");
    case PTN_C_BUSY:
        return ptn_call_problem(call, MHD_HTTP_CONFLICT, busy, busy_title, NULL);
    case PTN_C_BAD_INPUT:
        return two->diag.offset == 1
                   ? ptn_call_problem(call, MHD_HTTP_FORBIDDEN, "vouch-key", PTN_SERVE_VOUCH_KEY,
                                      NULL)
                   : ptn_call_problem(call, MHD_HTTP_FORBIDDEN, "needs-supervisor",
                                      "A supervisor and another person are needed", NULL);
    case PTN_C_OK:
    case PTN_C_TOO_BIG:
    case PTN_C_CORRUPT:
    case PTN_C_IO:
    case PTN_C_NO_MEMORY:
        break;
    }
    return ptn_call_problem(call, MHD_HTTP_SERVICE_UNAVAILABLE, "busy", "Not just now", NULL);
}

static enum ptn_call_step finish_extension(struct ptn_call *call)
{
    const struct two *two = call->act;

    if (!ptn_ok(two->status))
        return not_done(call, "staff-not-due", "No staff list here ends within 20 hours");
    ptn_events_publish(&call->serve->events, "", "staff", PTN_BYTES_LITERAL("{}"));
    return answer(call);
}

void ptn_answer_vouched(struct ptn_json *json, struct ptn_bytes user)
{
    ptn_json_object(json);
    ptn_json_field_text(json, "user", user);
    ptn_json_field_number(json, "for_s", PTN_STAFF_VOUCHED_S);
    ptn_json_object_end(json);
}

static enum ptn_call_step finish_vouching(struct ptn_call *call)
{
    const struct two *two = call->act;
    struct ptn_json json = { .out = &call->out };

    if (!ptn_ok(two->status))
        return not_done(call, "no-key", "They have no security key: the password is enough");
    ptn_answer_vouched(&json, two->request.second);
    return ptn_call_answered(call, ptn_json_end(&json));
}

static enum ptn_call_step
by_two(struct ptn_call *call,
       struct ptn_status (*parse)(struct ptn_bytes body, struct ptn_arena *arena,
                                  struct ptn_request_two *ret_request, struct ptn_diag *reterr),
       struct ptn_status (*does)(struct ptn_node *node, const struct ptn_staff_hands *hands,
                                 struct ptn_diag *reterr),
       enum ptn_call_step (*finish)(struct ptn_call *call))
{
    struct two *two = ptn_arena_take(call->arena, sizeof(*two));
    struct ptn_diag diag = { 0 };
    struct ptn_status status = { PTN_C_NO_MEMORY };
    int64_t wait_us;

    if (two != NULL)
        status = parse(ptn_buffer_bytes(&call->body), call->arena, &two->request, &diag);
    if (!ptn_ok(status))
        return ptn_call_bad_body(call, status, &diag);
    wait_us = ptn_serve_guess_wait(call->serve, two->request.second);
    if (wait_us > 0) /* the first is asked by the call itself */
        return ptn_call_slowed(call, wait_us);
    two->act = does;
    call->act = two;
    call->sign_in.user = two->request.user;
    call->check = act;
    call->finish = finish;
    return ptn_call_check_later(call, two->request.user);
}

enum ptn_call_step ptn_post_staff_extension(struct ptn_call *call)
{
    return by_two(call, ptn_request_extension_parse, ptn_staff_extend, finish_extension);
}

enum ptn_call_step ptn_post_staff_vouching(struct ptn_call *call)
{
    return by_two(call, ptn_request_vouching_parse, ptn_staff_vouch, finish_vouching);
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
