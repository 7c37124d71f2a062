/* serve/orders.c -- a post's orders on its own pages: what stands, a supervisor's step down and
 * consent, a code read out by telephone. node/apply.h knows the rules. */
#include "node/apply.h"
#include "node/returning.h"
#include "serve/serve_int.h"

/* Asked for: the owner does it at its next turn, and events tell. */
static enum ptn_call_step asked(struct ptn_call *call, struct ptn_status status)
{
    if (!ptn_ok(status)) {
        call->retry_after_s = 1;
        return ptn_call_problem(call, MHD_HTTP_SERVICE_UNAVAILABLE, "busy", "Not just now", NULL);
    }
    call->status = MHD_HTTP_ACCEPTED;
    return ptn_ok(ptn_buffer_add_text(&call->out, "{}"))
               ? PTN_CALL_ANSWERED
               : ptn_call_answered(call, (struct ptn_status){ PTN_C_NO_MEMORY });
}

static void write_line(struct ptn_json *json, const struct ptn_apply_line *line, bool albanian)
{
    struct ptn_buffer hex = { .len_max = (size_t)2 * PTN_HASH_LEN };

    ptn_json_object(json);
    if (ptn_ok(ptn_buffer_add_hex(&hex, ptn_bytes_of(line->name.at, PTN_HASH_LEN))))
        ptn_json_field_text(json, "order", ptn_buffer_bytes(&hex));
    ptn_json_field_text(json, "verb", ptn_bytes_from_text(line->verb));
    ptn_json_field_text(json, "fate", ptn_bytes_from_text(line->fate));
    ptn_json_field_text(json, "why", ptn_bytes_from_text(albanian ? line->why_sq : line->why));
    ptn_json_field_text(json, "rung", ptn_bytes_from_text(ptn_rung_word(line->rung)));
    ptn_json_field_text(json, "cause", ptn_bytes_from_text(ptn_cause_word(line->cause)));
    ptn_json_field_number(json, "given_ms", line->given_ms);
    ptn_json_field_number(json, "seen_ms", line->seen_ms);
    ptn_json_field_bool(json, "own", line->own);
    ptn_json_field_bool(json, "consented", line->consented);
    ptn_json_object_end(json);
    ptn_buffer_release(&hex);
}

enum ptn_call_step ptn_get_orders(struct ptn_call *call)
{
    struct ptn_apply_line *lines =
        ptn_arena_take(call->arena, PTN_APPLY_LINES_MAX * sizeof(*lines));
    struct ptn_json json = { .out = &call->out };
    struct ptn_node_standing standing;
    struct ptn_status status = ptn_node_standing(call->serve->plan.node, call->arena, &standing);
    size_t count;

    if (lines == NULL)
        status = (struct ptn_status){ PTN_C_NO_MEMORY };
    if (!ptn_ok(status))
        return ptn_call_answered(call, status);
    count = ptn_apply_lines(call->serve->plan.node, lines);
    ptn_json_object(&json);
    ptn_answer_rung(&json, &standing);
    ptn_json_field_number(&json, "roster", ptn_apply_standing(call->serve->plan.node).roster);
    ptn_json_key(&json, "orders");
    ptn_json_array(&json);
    for (size_t i = 0; i < count; i++)
        write_line(&json, &lines[i], call->session.albanian);
    ptn_json_array_end(&json);
    ptn_json_object_end(&json);
    return ptn_call_answered(call, ptn_json_end(&json));
}

enum ptn_call_step ptn_post_rung(struct ptn_call *call)
{
    struct ptn_apply_step step;
    struct ptn_diag diag = { 0 };
    struct ptn_status status =
        ptn_request_step_parse(ptn_buffer_bytes(&call->body), call->arena, &step, &diag);

    if (!ptn_ok(status))
        return ptn_call_bad_body(call, status, &diag);
    if (call->session.officer.role != PTN_STAFF_SUPERVISOR)
        return ptn_call_not_supervisor(call);
    if (ptn_apply_standing(call->serve->plan.node).roster == 0)
        return ptn_call_problem(call, MHD_HTTP_CONFLICT, "no-roster",
                                "A post by itself has no ladder", NULL);
    step.hands = PTN_RUNG_HANDS_SUPERVISOR;
    return asked(call, ptn_apply_ask_step(call->serve->plan.node, &step));
}

enum ptn_call_step ptn_post_consent(struct ptn_call *call)
{
    struct ptn_hash name;
    struct ptn_diag diag = { 0 };
    struct ptn_status status =
        ptn_request_confirm_parse(ptn_buffer_bytes(&call->body), call->arena, &name, &diag);

    if (!ptn_ok(status))
        return ptn_call_bad_body(call, status, &diag);
    if (call->session.officer.role != PTN_STAFF_SUPERVISOR)
        return ptn_call_not_supervisor(call);
    return asked(call, ptn_apply_ask_confirm(call->serve->plan.node, &name));
}

/* ---- the way back ---- */

enum ptn_call_step ptn_get_gate(struct ptn_call *call)
{
    struct ptn_json json = { .out = &call->out };

    ptn_returning_write(call->serve->plan.node, &json);
    return ptn_call_answered(call, ptn_json_end(&json));
}

/* Tell the lane that it goes by another rung now. */
static void tell_lane(struct ptn_call *call, const char *lane)
{
    struct ptn_buffer out = { .len_max = 4096 };
    struct ptn_json json = { .out = &out };
    struct ptn_node_standing standing;

    if (!ptn_ok(ptn_node_standing(call->serve->plan.node, call->arena, &standing)))
        return;
    ptn_serve_lane_rung(call->serve, lane, &standing);
    ptn_json_object(&json);
    ptn_answer_rung(&json, &standing);
    ptn_json_object_end(&json);
    if (ptn_ok(ptn_json_end(&json)))
        ptn_events_publish(&call->serve->events, lane, "rung", ptn_buffer_bytes(&out));
    ptn_buffer_release(&out);
}

enum ptn_call_step ptn_post_gate_lane(struct ptn_call *call)
{
    struct ptn_request_gate_lane lane;
    struct ptn_diag diag = { 0 };
    struct ptn_status status =
        ptn_request_gate_lane_parse(ptn_buffer_bytes(&call->body), call->arena, &lane, &diag);

    if (!ptn_ok(status))
        return ptn_call_bad_body(call, status, &diag);
    if (call->session.officer.role != PTN_STAFF_SUPERVISOR)
        return ptn_call_not_supervisor(call);
    status = ptn_returning_let_in(call->serve->plan.node, lane.name, lane.direction);
    if (status.code == PTN_C_NOT_FOUND)
        return ptn_call_problem(call, MHD_HTTP_CONFLICT, "no-return", "No return is under way",
                                NULL);
    if (status.code == PTN_C_BUSY)
        return ptn_call_problem(call, MHD_HTTP_CONFLICT, "no-place",
                                "As many lanes are in as the stage allows", NULL);
    if (!ptn_ok(status))
        return ptn_call_problem(call, MHD_HTTP_NOT_FOUND, "lane-unknown",
                                "No such lane has signed in", NULL);
    tell_lane(call, lane.name);
    return ptn_get_gate(call);
}

/* On the password thread: a code is as slow to check as a password. Codes have a pace of their
 * own: no account is slowed. */
static void check_code(struct ptn_call *call)
{
    const struct ptn_request_code *code = call->act;

    call->checked =
        ptn_apply_code(call->serve->plan.node, code->number, code->digits, code->cause, NULL);
    ptn_call_done(call);
}

static enum ptn_call_step finish_code(struct ptn_call *call)
{
    if (call->checked.code == PTN_C_BUSY) {
        call->retry_after_s = 30;
        return ptn_call_problem(call, MHD_HTTP_TOO_MANY_REQUESTS, "slow-down",
                                "One code in 30 seconds", NULL);
    }
    if (call->checked.code == PTN_C_BAD_INPUT || call->checked.code == PTN_C_NOT_FOUND)
        return ptn_call_problem(call, MHD_HTTP_FORBIDDEN, "wrong-code",
                                "Not the code of that number, or used already", NULL);
    return asked(call, call->checked);
}

enum ptn_call_step ptn_post_code(struct ptn_call *call)
{
    struct ptn_request_code *code = ptn_arena_take(call->arena, sizeof(*code));
    struct ptn_diag diag = { 0 };
    struct ptn_status status = { PTN_C_NO_MEMORY };

    if (code != NULL)
        status = ptn_request_code_parse(ptn_buffer_bytes(&call->body), call->arena, code, &diag);
    if (!ptn_ok(status))
        return ptn_call_bad_body(call, status, &diag);
    call->act = code;
    call->check = check_code;
    call->finish = finish_code;
    return ptn_call_check_later(call, ptn_bytes_from_text(call->session.officer.user));
}
