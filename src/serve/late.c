/*
 * serve/late.c -- matches that were missed, over a post's web interface: the list, which is a look
 * at people, and a case of one. node/again.h knows the rules.
 */
#include "node/again.h"
#include "serve/serve_int.h"

static enum ptn_call_step refused(struct ptn_call *call, struct ptn_status status,
                                  enum ptn_case_refusal refusal)
{
    if (status.code == PTN_C_NO_MEMORY || refusal != PTN_CASE_STILL_OPEN)
        return ptn_call_case_refused(call, status, refusal);
    return ptn_call_problem(call, MHD_HTTP_CONFLICT, "case-there",
                            "There is a case of this crossing already", NULL);
}

/* ---- the list ---- */

static void field(struct ptn_json *json, const char *key, const char *text)
{
    ptn_json_field_text(json, key, ptn_bytes_from_text(text));
}

static void write_row(struct ptn_json *json, const struct ptn_late_row *row)
{
    ptn_json_object(json);
    ptn_answer_screened_again(json, &row->found, "entry");
    if (row->second_line != NULL)
        field(json, "second_line", row->second_line);
    ptn_json_field_text_if(json, "plate", row->found.plate);
    ptn_answer_person(json, &row->found.person);
    ptn_json_object_end(json);
}

static void looked(struct ptn_late_look *look)
{
    ptn_call_done(look->context);
}

static enum ptn_call_step finish_look(struct ptn_call *call)
{
    const struct ptn_late_look *look = call->act;
    struct ptn_json json = { .out = &call->out };

    if (!ptn_ok(look->write.status))
        return ptn_call_not_written(call, &look->write);
    ptn_json_object(&json);
    ptn_json_key(&json, "matches");
    ptn_json_array(&json);
    for (size_t i = 0; i < look->count; i++)
        write_row(&json, &look->rows[i]);
    ptn_json_array_end(&json);
    ptn_json_object_end(&json);
    return ptn_call_answered(call, ptn_json_end(&json));
}

enum ptn_call_step ptn_get_late(struct ptn_call *call)
{
    struct ptn_late_look *look = ptn_arena_take(call->arena, sizeof(*look));
    struct ptn_lane_who who = ptn_call_who(call);
    struct ptn_status status = { PTN_C_NO_MEMORY };

    if (look == NULL)
        return refused(call, status, PTN_CASE_ACCEPTED);
    look->done = looked;
    look->context = call;
    call->act = look;
    call->finish = finish_look;
    status = ptn_late_look(call->serve->plan.node, &who, call->arena, look);
    if (ptn_ok(status))
        return PTN_CALL_WAITING;
    call->finish = NULL;
    return refused(call, status, look->refusal);
}

/* DECIDE-6: a discreet one rings no bell: whoever may see it does so at the next look. */
void ptn_serve_late_turn(struct ptn_serve *serve)
{
    static const struct ptn_officer anybody = { .discreet = false };
    size_t found = ptn_late_count(serve->plan.node, &anybody).found;

    if (found > serve->late_told)
        ptn_events_publish(&serve->events, PTN_CASES_LANE, "late", PTN_BYTES_LITERAL("{}"));
    serve->late_told = found;
}

/* ---- a case of one ---- */

/* On the owner's thread. */
static void referred(struct ptn_late_referral *referral)
{
    struct ptn_call *call = referral->context;

    if (ptn_ok(referral->write.status))
        ptn_serve_publish_case(call->serve, "", referral->of, ptn_case_state_word(PTN_CASE_WAITS));
    ptn_call_done(call);
}

static enum ptn_call_step finish_referral(struct ptn_call *call)
{
    const struct ptn_late_referral *referral = call->act;
    struct ptn_json json = { .out = &call->out };
    char id[PTN_RECORD_ID_TEXT_SIZE];

    if (!ptn_ok(referral->write.status))
        return ptn_call_not_written(call, &referral->write);
    ptn_json_object(&json);
    field(&json, "case", ptn_record_id_write(referral->of, id));
    field(&json, "state", ptn_case_state_word(PTN_CASE_WAITS));
    ptn_json_object_end(&json);
    return ptn_call_answered(call, ptn_json_end(&json));
}

enum ptn_call_step ptn_post_late_case(struct ptn_call *call)
{
    struct ptn_late_referral *referral = ptn_arena_take(call->arena, sizeof(*referral));
    struct ptn_lane_who who = ptn_call_who(call);
    struct ptn_status status = { PTN_C_NO_MEMORY };

    if (referral == NULL)
        return refused(call, status, PTN_CASE_ACCEPTED);
    referral->done = referred;
    referral->context = call;
    call->act = referral;
    call->finish = finish_referral;
    status = ptn_late_refer(call->serve->plan.node, &who, call->id, call->arena, referral);
    if (ptn_ok(status))
        return PTN_CALL_WAITING;
    call->finish = NULL;
    return refused(call, status, referral->refusal);
}
