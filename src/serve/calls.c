/*
 * serve/calls.c -- the calls of ships over the web interface: opened, people counted out and in,
 * who is ashore, closed. node/arrivals.h knows the rules.
 */
#include "node/arrivals.h"
#include "serve/serve_int.h"

#define FOUND_MAX 50u

static const struct refusal {
    const char *code, *title;
    unsigned status;
} refusals[PTN_CALLS_REFUSAL_COUNT] = {
    [PTN_CALLS_ACCEPTED] = { "internal", "Accepted", MHD_HTTP_INTERNAL_SERVER_ERROR },
    [PTN_CALLS_NOT_ALLOWED] = { "not-allowed", "A call is opened and closed by a supervisor",
                                MHD_HTTP_FORBIDDEN },
    [PTN_CALLS_UNKNOWN] = { "call-unknown", "There is no such call here", MHD_HTTP_NOT_FOUND },
    [PTN_CALLS_OVER] = { "call-over", "This call was closed", MHD_HTTP_CONFLICT },
    [PTN_CALLS_NO_LIST] = { "arrival-unknown", "No carrier's list of that voyage is held here",
                            MHD_HTTP_NOT_FOUND },
    [PTN_CALLS_NO_SHIP] = { "call-no-ship",
                            "That is no ship's voyage, or its IMO number is not known or not good",
                            MHD_HTTP_UNPROCESSABLE_CONTENT },
    [PTN_CALLS_OTHER_SHIP] = { "call-other-ship", "The ship's list names another IMO number",
                               MHD_HTTP_CONFLICT },
    [PTN_CALLS_STANDS] = { "call-open", "A call of this voyage is open already",
                           MHD_HTTP_CONFLICT },
    [PTN_CALLS_SCAN_UNKNOWN] = { "scan-unknown",
                                 "This lane has no such scan for this call: send it again",
                                 MHD_HTTP_NOT_FOUND },
    [PTN_CALLS_ALREADY_SETTLED] = { "already-settled", "This scan is settled already",
                                    MHD_HTTP_CONFLICT },
    [PTN_CALLS_NOT_LISTED] = { "call-not-listed", "On no list of the ship: to the second line",
                               MHD_HTTP_CONFLICT },
    [PTN_CALLS_WHICH] = { "call-which", "Two rows of the ship's list would do: pick one",
                          MHD_HTTP_CONFLICT },
    [PTN_CALLS_NOT_CLEAR] = { "not-clear", "The advice is not clear: refer or override",
                              MHD_HTTP_CONFLICT },
    [PTN_CALLS_NEEDS_REASON] = { "needs-reason", "An override needs a reason",
                                 MHD_HTTP_BAD_REQUEST },
    [PTN_CALLS_NEEDS_SUPERVISOR] = { "needs-supervisor",
                                     "Only a supervisor may let pass against stop",
                                     MHD_HTTP_FORBIDDEN },
    [PTN_CALLS_STANDS_SO] = { "call-counted", "Counted so already: nobody is counted twice",
                              MHD_HTTP_CONFLICT },
    [PTN_CALLS_FULL] = { "call-full", "The call has as many people as one may have",
                         MHD_HTTP_CONFLICT },
};

static enum ptn_call_step refused(struct ptn_call *call, struct ptn_status status,
                                  enum ptn_calls_refusal refusal)
{
    if (status.code != PTN_C_BAD_INPUT) {
        call->retry_after_s = 1;
        return ptn_call_problem(call, MHD_HTTP_SERVICE_UNAVAILABLE, "busy", "Not just now", NULL);
    }
    return ptn_call_problem(call, refusals[refusal].status, refusals[refusal].code,
                            refusals[refusal].title, NULL);
}

/* ---- JSON ---- */

static void field(struct ptn_json *json, const char *key, const char *text)
{
    ptn_json_field_text(json, key, ptn_bytes_from_text(text));
}

static void field_if(struct ptn_json *json, const char *key, const char *text)
{
    ptn_json_field_text_if(json, key, ptn_bytes_from_text(text));
}

static void count(struct ptn_json *json, const char *key, size_t number)
{
    ptn_json_field_number(json, key, (int64_t)number);
}

static void instant_if(struct ptn_json *json, const char *key, int64_t time_ms)
{
    char text[PTN_INSTANT_TEXT_SIZE];

    if (time_ms != 0)
        field(json, key, ptn_instant_write(time_ms, text));
}

/* Into the open object. */
static void write_line(struct ptn_json *json, const struct ptn_calls_line *line)
{
    const struct ptn_calls_counts *counts = &line->counts;

    field(json, "call", line->id);
    field(json, "voyage", line->voyage);
    field(json, "arrival", line->arrival);
    field_if(json, "ship", line->ship);
    field(json, "imo", line->imo);
    instant_if(json, "opened", line->opened_ms);
    field(json, "opened_by", line->opened_by);
    instant_if(json, "sails", line->sails_ms);
    instant_if(json, "closed", line->closed_ms);
    field_if(json, "closed_by", line->closed_by);
    ptn_json_field_bool(json, "passengers_enter", line->passengers_enter);
    ptn_json_field_bool(json, "all_aboard", counts->all_aboard);
    ptn_json_key(json, "counts");
    ptn_json_object(json);
    count(json, "out", counts->out);
    count(json, "ashore", counts->ashore);
    count(json, "ashore_crew", counts->ashore_crew);
    count(json, "signed_off", counts->signed_off);
    count(json, "signed_on", counts->signed_on);
    count(json, "referred", counts->referred);
    count(json, "strangers", counts->strangers);
    count(json, "uncounted", counts->uncounted);
    count(json, "missing", counts->missing);
    ptn_json_object_end(json);
}

static void write_person(struct ptn_json *json, const struct ptn_calls_person *person)
{
    char birth[PTN_DATE_TEXT_SIZE];

    ptn_json_object(json);
    ptn_json_field_text(json, "surname", person->person.surname);
    ptn_json_field_text(json, "given", person->person.given);
    if (!ptn_date_is_none(person->person.birth))
        field(json, "birth", ptn_date_write(person->person.birth, birth));
    field_if(json, "nationality", person->person.nationality);
    ptn_json_field_text_if(json, "number", person->person.document.number);
    ptn_json_field_text_if(json, "place", person->place);
    ptn_json_field_bool(json, "crew", person->crew);
    field(json, "standing", ptn_calls_standing_word(person->standing));
    instant_if(json, "since", person->since_ms);
    ptn_json_field_text_if(json, "lane", person->lane);
    ptn_json_field_bool(json, "uncounted", person->uncounted);
    if (person->version != 0) {
        count(json, "version", person->version);
        count(json, "row", person->row);
    }
    ptn_json_object_end(json);
}

void ptn_answer_gangway(struct ptn_json *json, const struct ptn_lane_answer *answer)
{
    const struct ptn_lane_gangway *gangway = &answer->gangway;

    if (!gangway->asked)
        return;
    ptn_json_key(json, "gangway");
    ptn_json_object(json);
    ptn_json_field_bool(json, "listed", gangway->listed);
    ptn_json_field_bool(json, "which",
                        !gangway->listed && answer->arrival.how != PTN_ARRIVAL_NOT_FOUND);
    ptn_json_field_bool(json, "for_good", gangway->for_good);
    ptn_json_field_bool(json, "crew", gangway->crew);
    field(json, "standing", ptn_calls_standing_word(gangway->standing));
    instant_if(json, "since", gangway->since_ms);
    field_if(json, "lane", gangway->lane);
    ptn_json_object_end(json);
}

/* ---- looking ---- */

enum ptn_call_step ptn_get_calls(struct ptn_call *call)
{
    struct ptn_calls_line *lines = NULL;
    struct ptn_json json = { .out = &call->out };
    size_t line_count = 0;
    struct ptn_status status =
        ptn_calls_list(call->serve->plan.node, call->arena, &lines, &line_count);

    if (!ptn_ok(status))
        return ptn_call_answered(call, status);
    ptn_json_object(&json);
    ptn_json_key(&json, "calls");
    ptn_json_array(&json);
    for (size_t i = 0; i < line_count; i++) {
        ptn_json_object(&json);
        write_line(&json, &lines[i]);
        ptn_json_object_end(&json);
    }
    ptn_json_array_end(&json);
    ptn_json_object_end(&json);
    return ptn_call_answered(call, ptn_json_end(&json));
}

static void looked(struct ptn_calls_look *look)
{
    ptn_call_done(look->context);
}

static enum ptn_call_step finish_look(struct ptn_call *call)
{
    const struct ptn_calls_look *look = call->act;
    struct ptn_json json = { .out = &call->out };

    if (!ptn_ok(look->write.status)) /* ACCESS-1: no look that is not recorded */
        return ptn_call_not_written(call, &look->write);
    ptn_json_object(&json);
    write_line(&json, &look->line);
    ptn_json_key(&json, "people");
    ptn_json_array(&json);
    for (size_t i = 0; i < look->count; i++)
        write_person(&json, &look->people[i]);
    ptn_json_array_end(&json);
    count(&json, "left_out", look->left_out);
    ptn_json_object_end(&json);
    return ptn_call_answered(call, ptn_json_end(&json));
}

/* With a text: those on the lists who have it; else who is ashore. */
static enum ptn_call_step look_at(struct ptn_call *call, struct ptn_bytes text)
{
    struct ptn_calls_look *look = ptn_arena_take(call->arena, sizeof(*look));
    const char *id = ptn_arena_text(call->arena, call->id);
    struct ptn_lane_who who = ptn_call_who(call);
    struct ptn_node *node = call->serve->plan.node;
    struct ptn_status status;

    if (look == NULL || id == NULL)
        return refused(call, (struct ptn_status){ PTN_C_NO_MEMORY }, PTN_CALLS_ACCEPTED);
    look->done = looked;
    look->context = call;
    call->act = look;
    call->finish = finish_look;
    status = text.len == 0 ? ptn_calls_look(node, &who, id, call->arena, look)
                           : ptn_calls_search(node, &who, id, text, FOUND_MAX, call->arena, look);
    if (ptn_ok(status))
        return PTN_CALL_WAITING;
    call->finish = NULL;
    return refused(call, status, look->refusal);
}

enum ptn_call_step ptn_get_call(struct ptn_call *call)
{
    return look_at(call, PTN_BYTES_NONE);
}

enum ptn_call_step ptn_post_call_search(struct ptn_call *call)
{
    struct ptn_bytes text;
    struct ptn_diag diag = { 0 };
    struct ptn_status status =
        ptn_request_call_search_parse(ptn_buffer_bytes(&call->body), call->arena, &text, &diag);

    return ptn_ok(status) ? look_at(call, text) : ptn_call_bad_body(call, status, &diag);
}

/* ---- doing ---- */

struct doing {
    struct ptn_calls_doing doing;
    struct ptn_request_call request;
};

/* On the owner's thread. */
static void done(struct ptn_calls_doing *doing)
{
    ptn_call_done(doing->context);
}

static enum ptn_call_step finish(struct ptn_call *call)
{
    const struct doing *act = call->act;
    const struct ptn_calls_doing *doing = &act->doing;
    struct ptn_json json = { .out = &call->out };
    bool tally = act->request.ask.act == PTN_CALL_OUT || act->request.ask.act == PTN_CALL_IN;

    if (!ptn_ok(call->checked))
        return ptn_call_wrong_password(call, call->session.lane);
    if (!ptn_ok(call->status_of_act))
        return refused(call, call->status_of_act, doing->refusal);
    if (!ptn_ok(doing->write.status))
        return ptn_call_not_written(call, &doing->write);
    ptn_json_object(&json);
    write_line(&json, &doing->line);
    if (tally) {
        ptn_json_key(&json, "person");
        write_person(&json, &doing->person);
    }
    if (act->request.ask.act == PTN_CALL_CLOSED)
        count(&json, "left", doing->left);
    ptn_answer_receipt(&json, call->ledger, doing->seq, PTN_KEPT_LOCAL);
    ptn_json_object_end(&json);
    return ptn_call_answered(call, ptn_json_end(&json));
}

/* Queue it. True when done will be called. */
static bool perform(struct ptn_call *call, const struct ptn_officer *supervisor)
{
    struct doing *act = call->act;
    struct ptn_lane_who who = ptn_call_who(call);
    struct ptn_status status;

    act->request.ask.supervisor = supervisor;
    act->request.ask.key = call->key;
    act->doing.done = done;
    act->doing.context = call;
    call->status_of_act = PTN_OK; /* before the call can be done */
    status =
        ptn_calls_do(call->serve->plan.node, &who, &act->request.ask, call->arena, &act->doing);
    if (!ptn_ok(status))
        call->status_of_act = status;
    return ptn_ok(status);
}

static enum ptn_call_step
act_by(struct ptn_call *call,
       struct ptn_status (*parse)(struct ptn_bytes body, struct ptn_arena *arena,
                                  struct ptn_request_call *ret_request, struct ptn_diag *reterr))
{
    struct doing *act = ptn_arena_take(call->arena, sizeof(*act));
    struct ptn_diag diag = { 0 };
    enum ptn_call_step step = PTN_CALL_WAITING;
    struct ptn_status status = { PTN_C_NO_MEMORY };

    if (act != NULL)
        status = parse(ptn_buffer_bytes(&call->body), call->arena, &act->request, &diag);
    if (!ptn_ok(status))
        return ptn_call_bad_body(call, status, &diag);
    act->request.ask.call = ptn_arena_text(call->arena, call->id);
    call->act = act;
    call->finish = finish;
    call->perform = perform;
    if (ptn_call_begin(call, act->request.has_supervisor, act->request.supervisor,
                       act->request.password, &step))
        return step;
    return refused(call, call->status_of_act, act->doing.refusal);
}

enum ptn_call_step ptn_post_call(struct ptn_call *call)
{
    return act_by(call, ptn_request_call_open_parse);
}

enum ptn_call_step ptn_post_tally(struct ptn_call *call)
{
    return act_by(call, ptn_request_tally_parse);
}

enum ptn_call_step ptn_post_call_close(struct ptn_call *call)
{
    return act_by(call, ptn_request_call_close_parse);
}
