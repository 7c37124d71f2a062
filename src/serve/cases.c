/*
 * serve/cases.c -- the second line over the web interface: the queue, a case, and its steps.
 * node/lane.h knows the rules. Who may not see a discreet match sees none here either.
 */
#include "node/lane.h"
#include "serve/serve_int.h"

static const struct {
    const char *code, *title;
    unsigned status;
} refusals[PTN_CASE_REFUSAL_COUNT] = {
    [PTN_CASE_ACCEPTED] = { "internal", "Accepted", MHD_HTTP_INTERNAL_SERVER_ERROR },
    [PTN_CASE_NOT_ALLOWED] = { "not-allowed", "Only the second line and supervisors may do this",
                               MHD_HTTP_FORBIDDEN },
    [PTN_CASE_UNKNOWN] = { "case-unknown", "There is no such case here", MHD_HTTP_NOT_FOUND },
    [PTN_CASE_NOT_YOURS] = { "case-not-yours", "Another officer has this case, or nobody yet",
                             MHD_HTTP_CONFLICT },
    [PTN_CASE_OVER] = { "case-over", "This case has ended", MHD_HTTP_CONFLICT },
    [PTN_CASE_STILL_OPEN] = { "case-still-open", "This case cannot be reopened",
                              MHD_HTTP_CONFLICT },
    [PTN_CASE_NO_SUCH_STEP] = { "case-no-such-step",
                                "A case of this kind has no such point, match, outcome or ground",
                                MHD_HTTP_UNPROCESSABLE_CONTENT },
    [PTN_CASE_NEEDS_WORDS] = { "case-needs-words", "This step needs words",
                               MHD_HTTP_UNPROCESSABLE_CONTENT },
    [PTN_CASE_NEEDS_POINTS] = { "case-needs-points", "Points of the checklist are open",
                                MHD_HTTP_UNPROCESSABLE_CONTENT },
    [PTN_CASE_NEEDS_SECOND] = { "case-needs-second",
                                "Another person has to confirm this: of the second line or, "
                                "against "
                                "stop, a supervisor",
                                MHD_HTTP_FORBIDDEN },
    [PTN_CASE_FULL] = { "case-full", "The case has as many steps as one may have",
                        MHD_HTTP_CONFLICT },
    [PTN_CASE_KEY_REUSED] = { "idempotency-mismatch",
                              "This Idempotency-Key belongs to another request",
                              MHD_HTTP_UNPROCESSABLE_CONTENT },
    [PTN_CASE_NO_SUCH_TYPE] = { "attachment-type",
                                "Only photographs and pages are attached: JPEG, PNG, PDF",
                                MHD_HTTP_UNSUPPORTED_MEDIA_TYPE },
    [PTN_CASE_TOO_MUCH] = { "case-attachments-full",
                            "No more is attached to one case: 32 files, 64 MiB",
                            MHD_HTTP_CONFLICT },
    [PTN_CASE_NOT_ATTACHED] = { "attachment-unknown", "Nothing of that name is attached here",
                                MHD_HTTP_NOT_FOUND },
    [PTN_CASE_ATTACHMENT_GONE] = { "attachment-gone", "It was erased, or opens no more",
                                   MHD_HTTP_GONE },
    [PTN_CASE_ATTACHMENT_OTHER] = { "attachment-damaged",
                                    "Its bytes are not the ones that were attached",
                                    MHD_HTTP_INTERNAL_SERVER_ERROR },
};

enum ptn_call_step ptn_call_case_refused(struct ptn_call *call, struct ptn_status status,
                                         enum ptn_case_refusal refusal)
{
    if (status.code == PTN_C_BUSY || status.code == PTN_C_NO_MEMORY) {
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

static void write_id(struct ptn_json *json, const char *key, struct ptn_record_id id)
{
    char text[PTN_RECORD_ID_TEXT_SIZE];

    if (!ptn_record_id_is_none(id))
        field(json, key, ptn_record_id_write(id, text));
}

static void write_time(struct ptn_json *json, const char *key, int64_t time_ms)
{
    char text[PTN_INSTANT_TEXT_SIZE];

    if (time_ms > 0)
        field(json, key, ptn_instant_write(time_ms, text));
}

static void write_line(struct ptn_json *json, const struct ptn_case_line *line)
{
    write_id(json, "case", line->of);
    field(json, "name", line->name);
    field(json, "lane", line->lane);
    field(json, "kind", ptn_referral_kind_word(line->kind));
    field(json, "urgency", ptn_case_urgency_word(line->urgency));
    field(json, "direction", ptn_direction_word(line->direction));
    field(json, "advised", ptn_verdict_word(line->advised));
    field(json, "state", ptn_case_state_word(line->state));
    if (line->taken_by[0] != '\0')
        field(json, "taken_by", line->taken_by);
    if (line->outcome != PTN_CASE_NO_OUTCOME)
        field(json, "outcome", ptn_case_outcome_word(line->outcome));
    write_time(json, "opened", line->opened_ms);
    write_time(json, "ended", line->ended_ms);
}

static void write_step(struct ptn_json *json, const struct ptn_case_step *step)
{
    ptn_json_object(json);
    write_id(json, "id", step->id);
    field(json, "step", ptn_case_act_word(step->act));
    write_time(json, "time", step->time_ms);
    ptn_json_field_text(json, "officer", step->officer);
    ptn_json_field_text_if(json, "second", step->second);
    ptn_json_field_text_if(json, "words", step->words);
    ptn_json_field_text_if(json, "item", step->item);
    ptn_json_field_text_if(json, "list", step->list);
    ptn_json_field_text_if(json, "edition", step->edition);
    ptn_json_field_text_if(json, "entry", step->entry);
    if (step->outcome != PTN_CASE_NO_OUTCOME)
        field(json, "outcome", ptn_case_outcome_word(step->outcome));
    ptn_json_field_text_if(json, "ground", step->ground);
    write_id(json, "crossing", step->crossing);
    if (step->act == PTN_CASE_ATTACHED)
        ptn_answer_attachment(json, &step->attachment);
    ptn_json_object_end(json);
}

/* Is a step about a match that this officer may not see? */
static bool is_hidden(const struct ptn_case_step *opened, const struct ptn_case_step *step,
                      bool discreet)
{
    for (size_t i = 0; step->act == PTN_CASE_NOT_SAME && i < opened->match_count; i++)
        if (ptn_bytes_equal(opened->matches[i].list, step->list) &&
            ptn_bytes_equal(opened->matches[i].entry, step->entry))
            return opened->matches[i].discreet && !discreet;
    return false;
}

static void write_opening(struct ptn_json *json, const struct ptn_case_step *opened, bool discreet)
{
    ptn_answer_person(json, &opened->person);
    ptn_json_field_text_if(json, "plate", opened->plate);
    ptn_json_key(json, "rules");
    ptn_json_array(json);
    for (size_t i = 0; i < opened->rule_count; i++)
        ptn_json_text(json, opened->rules[i]);
    ptn_json_array_end(json);
    ptn_json_key(json, "reasons");
    ptn_json_array(json);
    for (size_t i = 0; i < opened->rule_count; i++)
        ptn_answer_rule(json, opened->rules[i]);
    ptn_json_array_end(json);
    ptn_json_key(json, "matches");
    ptn_json_array(json);
    for (size_t i = 0; i < opened->match_count; i++) {
        const struct ptn_decision_match *match = &opened->matches[i];

        if (match->discreet && !discreet)
            continue;
        ptn_json_object(json);
        ptn_json_field_text(json, "list", match->list);
        ptn_json_field_text(json, "edition", match->edition);
        ptn_json_field_text(json, "entry", match->entry);
        ptn_json_field_text(json, "name", match->name);
        ptn_json_key(json, "score");
        ptn_json_decimal(json, (unsigned)match->score, 4);
        ptn_json_object_end(json);
    }
    ptn_json_array_end(json);
}

static bool is_ticked(const struct ptn_case_look *look, struct ptn_bytes item)
{
    for (size_t i = 0; i < look->count; i++)
        if (look->steps[i].act == PTN_CASE_TICKED && ptn_bytes_equal(look->steps[i].item, item))
            return true;
    return false;
}

static void write_lines(struct ptn_json *json, const char *key, const char *word,
                        const struct ptn_casebook_line *lines, size_t count)
{
    ptn_json_key(json, key);
    ptn_json_array(json);
    for (size_t i = 0; i < count; i++) {
        ptn_json_object(json);
        ptn_json_field_text(json, word, lines[i].word);
        ptn_json_field_text(json, "text", lines[i].text);
        ptn_json_field_text(json, "text_sq", lines[i].text_sq);
        ptn_json_object_end(json);
    }
    ptn_json_array_end(json);
}

/* What the second line's files say of this kind of case. */
static void write_book(struct ptn_json *json, const struct ptn_casebook *book,
                       const struct ptn_case_look *look)
{
    struct ptn_bytes kind = ptn_bytes_from_text(ptn_referral_kind_word(look->line.kind));

    ptn_json_key(json, "checklist");
    ptn_json_array(json);
    for (size_t i = 0; i < book->point_count; i++) {
        const struct ptn_casebook_point *point = &book->points[i];

        if (!ptn_bytes_equal(point->kind, kind))
            continue;
        ptn_json_object(json);
        ptn_json_field_text(json, "item", point->item);
        ptn_json_field_bool(json, "must", point->must);
        ptn_json_field_bool(json, "done", is_ticked(look, point->item));
        ptn_json_field_text(json, "text", point->text);
        ptn_json_field_text(json, "text_sq", point->text_sq);
        ptn_json_object_end(json);
    }
    ptn_json_array_end(json);
    ptn_json_key(json, "ends");
    ptn_json_array(json);
    for (size_t i = 0; i < book->end_count; i++) {
        if (!ptn_bytes_equal(book->ends[i].kind, kind) ||
            !ptn_case_may_end(&look->steps[0], ptn_case_outcome_from_word(book->ends[i].outcome)))
            continue;
        ptn_json_object(json);
        ptn_json_field_text(json, "outcome", book->ends[i].outcome);
        ptn_json_field_number(json, "people", book->ends[i].people);
        ptn_json_object_end(json);
    }
    ptn_json_array_end(json);
    write_lines(json, "grounds", "ground", book->grounds, book->ground_count);
    write_lines(json, "form", "line", book->form, book->form_count);
}

/* ---- the queue ---- */

static void queue_looked(struct ptn_case_queue *queue)
{
    ptn_call_done(queue->context);
}

static enum ptn_call_step finish_queue(struct ptn_call *call)
{
    const struct ptn_case_queue *queue = call->act;
    struct ptn_json json = { .out = &call->out };

    if (!ptn_ok(queue->write.status)) /* ACCESS-1: no look that is not recorded */
        return ptn_call_not_written(call, &queue->write);
    ptn_json_object(&json);
    ptn_json_key(&json, "cases");
    ptn_json_array(&json);
    for (size_t i = 0; i < queue->count; i++) {
        ptn_json_object(&json);
        write_line(&json, &queue->lines[i]);
        ptn_json_object_end(&json);
    }
    ptn_json_array_end(&json);
    ptn_json_field_number(&json, "lost", (int64_t)queue->lost);
    ptn_json_object_end(&json);
    return ptn_call_answered(call, ptn_json_end(&json));
}

enum ptn_call_step ptn_get_cases(struct ptn_call *call)
{
    struct ptn_case_queue *queue = ptn_arena_take(call->arena, sizeof(*queue));
    struct ptn_lane_who who = ptn_call_who(call);
    struct ptn_status status = { PTN_C_NO_MEMORY };

    if (queue == NULL)
        return ptn_call_case_refused(call, status, PTN_CASE_ACCEPTED);
    queue->done = queue_looked;
    queue->context = call;
    call->act = queue;
    call->finish = finish_queue;
    status = ptn_cases_queue(call->serve->plan.node, &who, call->arena, queue);
    if (ptn_ok(status))
        return PTN_CALL_WAITING;
    call->finish = NULL;
    return ptn_call_case_refused(call, status, queue->refusal);
}

/* ---- one case ---- */

static void case_looked(struct ptn_case_look *look)
{
    ptn_call_done(look->context);
}

static enum ptn_call_step finish_case(struct ptn_call *call)
{
    const struct ptn_case_look *look = call->act;
    bool discreet = call->session.officer.discreet;
    struct ptn_json json = { .out = &call->out };

    if (!ptn_ok(look->write.status))
        return ptn_call_not_written(call, &look->write);
    ptn_json_object(&json);
    write_line(&json, &look->line);
    write_opening(&json, &look->steps[0], discreet);
    ptn_json_key(&json, "steps");
    ptn_json_array(&json);
    for (size_t i = 0; i < look->count; i++)
        if (!is_hidden(&look->steps[0], &look->steps[i], discreet))
            write_step(&json, &look->steps[i]);
    ptn_json_array_end(&json);
    write_book(&json, ptn_cases_book(call->serve->plan.node), look);
    ptn_json_object_end(&json);
    return ptn_call_answered(call, ptn_json_end(&json));
}

enum ptn_call_step ptn_get_case(struct ptn_call *call)
{
    struct ptn_case_look *look = ptn_arena_take(call->arena, sizeof(*look));
    struct ptn_lane_who who = ptn_call_who(call);
    struct ptn_status status = { PTN_C_NO_MEMORY };

    if (look == NULL)
        return ptn_call_case_refused(call, status, PTN_CASE_ACCEPTED);
    look->done = case_looked;
    look->context = call;
    call->act = look;
    call->finish = finish_case;
    status = ptn_cases_look(call->serve->plan.node, &who, call->id, call->arena, look);
    if (ptn_ok(status))
        return PTN_CALL_WAITING;
    call->finish = NULL;
    return ptn_call_case_refused(call, status, look->refusal);
}

/* ---- a step ---- */

struct stepping {
    struct ptn_case_doing doing;
    struct ptn_request_case request;
    struct ptn_status queued;
};

void ptn_serve_publish_case(struct ptn_serve *serve, const char *lane, struct ptn_record_id of,
                            const char *state)
{
    const char *const lanes[] = { lane, PTN_CASES_LANE };
    struct ptn_buffer out = { .len_max = PTN_EVENT_MAX };
    struct ptn_json json = { .out = &out };

    ptn_json_object(&json); /* no name and no kind: pages that may know ask, and are recorded */
    write_id(&json, "case", of);
    field(&json, "state", state);
    field(&json, "lane", lane);
    ptn_json_object_end(&json);
    for (size_t i = 0; ptn_ok(ptn_json_end(&json)) && i < sizeof(lanes) / sizeof(lanes[0]); i++)
        if (lanes[i][0] != '\0')
            ptn_events_publish(&serve->events, lanes[i], "case", ptn_buffer_bytes(&out));
    ptn_buffer_release(&out);
}

/* On the owner's thread. */
static void step_recorded(struct ptn_case_doing *doing)
{
    struct ptn_call *call = doing->context;

    if (ptn_ok(doing->write.status) && !doing->again)
        ptn_serve_publish_case(call->serve, doing->lane, doing->step.of,
                               doing->step.outcome != PTN_CASE_NO_OUTCOME
                                   ? ptn_case_outcome_word(doing->step.outcome)
                                   : ptn_case_state_word(doing->state));
    ptn_call_done(call);
}

static enum ptn_call_step finish_step(struct ptn_call *call)
{
    const struct stepping *stepping = call->act;
    const struct ptn_case_doing *doing = &stepping->doing;
    struct ptn_json json = { .out = &call->out };

    if (!ptn_ok(call->checked))
        return ptn_call_wrong_password(call, call->session.lane);
    if (!ptn_ok(stepping->queued))
        return ptn_call_case_refused(call, stepping->queued, doing->refusal);
    if (!ptn_ok(doing->write.status))
        return ptn_call_not_written(call, &doing->write);
    ptn_json_object(&json);
    write_id(&json, "case", doing->step.of);
    field(&json, "state", ptn_case_state_word(doing->state));
    ptn_json_key(&json, "step");
    write_step(&json, &doing->step);
    ptn_answer_receipt(&json, call->ledger, doing->seq, doing->kept);
    ptn_json_object_end(&json);
    return ptn_call_answered(call, ptn_json_end(&json));
}

/* Queue it. True when step_recorded will be called. */
static bool do_step(struct ptn_call *call, const struct ptn_officer *second)
{
    struct stepping *stepping = call->act;
    struct ptn_lane_who who = ptn_call_who(call);
    const struct ptn_request_case *request = &stepping->request;
    const struct ptn_case_ask ask = {
        .act = request->act,
        .words = request->words,
        .item = request->item,
        .list = request->list,
        .entry = request->entry,
        .ground = request->ground,
        .outcome = request->outcome,
        .second = second,
        .key = call->key,
    };
    struct ptn_status status;

    stepping->doing.done = step_recorded;
    stepping->doing.context = call;
    stepping->queued = PTN_OK; /* before the call can be done */
    status =
        ptn_cases_do(call->serve->plan.node, &who, call->id, &ask, call->arena, &stepping->doing);
    if (!ptn_ok(status))
        stepping->queued = status;
    return ptn_ok(status);
}

enum ptn_call_step ptn_post_case_step(struct ptn_call *call)
{
    struct stepping *stepping = ptn_arena_take(call->arena, sizeof(*stepping));
    enum ptn_call_step step = PTN_CALL_WAITING;
    struct ptn_diag diag = { 0 };
    struct ptn_status status = { PTN_C_NO_MEMORY };

    if (stepping != NULL)
        status = ptn_request_case_parse(ptn_buffer_bytes(&call->body), call->arena,
                                        &stepping->request, &diag);
    if (!ptn_ok(status))
        return ptn_call_bad_body(call, status, &diag);
    call->act = stepping;
    call->finish = finish_step;
    call->perform = do_step;
    if (ptn_call_begin(call, stepping->request.has_second, stepping->request.second,
                       stepping->request.password, &step))
        return step;
    return ptn_call_case_refused(call, stepping->queued, stepping->doing.refusal);
}

/* ---- a file ---- */

enum ptn_call_step ptn_post_attachment(struct ptn_call *call)
{
    struct stepping *stepping = ptn_arena_take(call->arena, sizeof(*stepping));
    struct ptn_lane_who who = ptn_call_who(call);
    const char *name =
        MHD_lookup_connection_value(call->connection, MHD_HEADER_KIND, "X-Postern-Name");
    struct ptn_case_file file = { .bytes = ptn_buffer_bytes(&call->body), .key = call->key };
    struct ptn_diag diag = { 0 };
    struct ptn_status status = { PTN_C_NO_MEMORY };

    if (stepping != NULL)
        status = ptn_request_name_parse(ptn_bytes_from_text(name == NULL ? "" : name), call->arena,
                                        &file.name, &diag);
    if (!ptn_ok(status))
        return ptn_call_bad_body(call, status, &diag);
    call->act = stepping;
    call->finish = finish_step;
    stepping->queued = PTN_OK; /* before the call can be done */
    stepping->doing.done = step_recorded;
    stepping->doing.context = call;
    status = ptn_cases_attach(call->serve->plan.node, &who, call->id, &file, call->arena,
                              &stepping->doing);
    if (ptn_ok(status))
        return PTN_CALL_WAITING;
    call->finish = NULL;
    return ptn_call_case_refused(call, status, stepping->doing.refusal);
}
