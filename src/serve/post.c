/* What a post answers: one handler a route. openapi.json says the same in the interface's words. */
#include "serve/serve_int.h"

struct ptn_bytes ptn_serve_openapi(void)
{
    return ptn_bytes_of(ptn_openapi_file, ptn_openapi_file_len);
}

/* ---- shared ---- */

/* Finish an answer that a writer has filled. */
enum ptn_call_step ptn_call_answered(struct ptn_call *call, struct ptn_status status)
{
    call->status = MHD_HTTP_OK;
    if (!ptn_ok(status))
        return ptn_call_problem(call, MHD_HTTP_INTERNAL_SERVER_ERROR, "internal",
                                "The answer could not be written", NULL);
    return PTN_CALL_ANSWERED;
}

enum ptn_call_step ptn_call_bad_body(struct ptn_call *call, struct ptn_status status,
                                     const struct ptn_diag *diag)
{
    bool json = diag->text != NULL && strcmp(diag->text, "the body is not JSON") == 0;

    if (status.code == PTN_C_NO_MEMORY)
        return ptn_call_problem(call, MHD_HTTP_SERVICE_UNAVAILABLE, "busy",
                                "No memory for this now", NULL);
    return ptn_call_problem(call, MHD_HTTP_BAD_REQUEST, json ? "bad-json" : "bad-request",
                            json ? "The body is not JSON" : "The request cannot be used",
                            diag->text);
}

/* A record could not be made durable: nothing was accepted. */
enum ptn_call_step ptn_call_not_written(struct ptn_call *call,
                                        const struct ptn_writer_request *write)
{
    if (write->gone_back)
        return ptn_call_problem(call, MHD_HTTP_SERVICE_UNAVAILABLE, "gone-back",
                                "This post records nothing any more: its disk went back",
                                "Screening goes on; write crossings on paper sheets until the post "
                                "goes on as its spare identity (postern recover).");
    if (write->disk_full)
        return ptn_call_problem(call, MHD_HTTP_INSUFFICIENT_STORAGE, "disk-full",
                                "The disk is full: nothing was recorded",
                                "Make room; it records again by itself.");
    call->retry_after_s = 1;
    return ptn_call_problem(call, MHD_HTTP_SERVICE_UNAVAILABLE, "not-recorded",
                            "Nothing was recorded", "Try again.");
}

static const struct refusal {
    const char *code, *title;
    unsigned status;
} refusals[] = {
    [PTN_LANE_ACCEPTED] = { "internal", "Accepted", MHD_HTTP_INTERNAL_SERVER_ERROR },
    [PTN_LANE_SCAN_UNKNOWN] = { "scan-unknown", "This lane has no such scan: send it again",
                                MHD_HTTP_NOT_FOUND },
    [PTN_LANE_CROSSING_UNKNOWN] = { "crossing-unknown", "There is no such crossing to report on",
                                    MHD_HTTP_NOT_FOUND },
    [PTN_LANE_ALREADY_SETTLED] = { "already-settled", "This scan is settled already",
                                   MHD_HTTP_CONFLICT },
    [PTN_LANE_NOT_CLEAR] = { "not-clear", "The advice is not clear: refer or override",
                             MHD_HTTP_CONFLICT },
    [PTN_LANE_NEEDS_KIND] = { "needs-kind", "A referral needs its kind", MHD_HTTP_BAD_REQUEST },
    [PTN_LANE_NEEDS_REASON] = { "needs-reason", "An override needs a reason",
                                MHD_HTTP_BAD_REQUEST },
    [PTN_LANE_NEEDS_SUPERVISOR] = { "needs-supervisor",
                                    "Only a supervisor may let pass against stop",
                                    MHD_HTTP_FORBIDDEN },
    [PTN_LANE_NOT_ALLOWED] = { "not-allowed", "This may not be done here", MHD_HTTP_FORBIDDEN },
    [PTN_LANE_KEY_REUSED] = { "idempotency-mismatch",
                              "This Idempotency-Key belongs to another request",
                              MHD_HTTP_UNPROCESSABLE_CONTENT },
    [PTN_LANE_TRIP_UNKNOWN] = { "trip-unknown", "No such trip is open at this lane: begin it again",
                                MHD_HTTP_NOT_FOUND },
    [PTN_LANE_TRIP_CHANGED] = { "trip-changed", "Others sit in this trip than were named",
                                MHD_HTTP_CONFLICT },
    [PTN_LANE_ASK_AGAIN] = { "ask-again",
                             "Who else sits there changed an advice: send that scan again",
                             MHD_HTTP_CONFLICT },
    [PTN_LANE_SLOWED] = { "idle-looks",
                          "Many people are asked about here and few settled: one answer every "
                          "four seconds, and the supervisor is told",
                          MHD_HTTP_TOO_MANY_REQUESTS },
};

enum ptn_call_step ptn_call_refused(struct ptn_call *call, struct ptn_status status,
                                    enum ptn_lane_refusal refusal)
{
    if (status.code == PTN_C_BUSY || status.code == PTN_C_NO_MEMORY) {
        call->retry_after_s = 1;
        return ptn_call_problem(call, MHD_HTTP_SERVICE_UNAVAILABLE, "busy", "Not just now", NULL);
    }
    if (refusal == PTN_LANE_SLOWED)
        call->retry_after_s = PTN_LANE_SLOWED_MS / 1000;
    return ptn_call_problem(call, refusals[refusal].status, refusals[refusal].code,
                            refusals[refusal].title, NULL);
}

struct ptn_lane_who ptn_call_who(const struct ptn_call *call)
{
    return (struct ptn_lane_who){ &call->session.officer, call->session.lane };
}

static void set_cookie(struct ptn_call *call, const char *token)
{
    size_t size = 256;
    char *cookie = ptn_arena_take(call->arena, size);

    if (cookie != NULL)
        (void)snprintf(cookie, size, "postern_%s=%s; Path=/; HttpOnly; SameSite=Strict%s%s",
                       call->serve->post->code, token, call->tls ? "; Secure" : "",
                       token[0] == '\0' ? "; Max-Age=0" : "");
    call->cookie = cookie;
}

static void publish_session(struct ptn_serve *serve, const char *lane, const char *user)
{
    struct ptn_buffer out = { .len_max = PTN_EVENT_MAX };
    struct ptn_json json = { .out = &out };

    ptn_json_object(&json);
    ptn_json_field_text(&json, "lane", ptn_bytes_from_text(lane));
    ptn_json_field_text(&json, "user", ptn_bytes_from_text(user));
    ptn_json_object_end(&json);
    if (ptn_ok(ptn_json_end(&json)))
        ptn_events_publish(&serve->events, lane, "session", ptn_buffer_bytes(&out));
    ptn_buffer_release(&out);
}

/* ---- health, metrics, the interface itself ---- */

static enum ptn_call_step get_health(struct ptn_call *call)
{
    enum ptn_recording recording = ptn_node_recording(call->serve->plan.node);
    enum ptn_lists_state lists = ptn_node_lists_state(call->serve->plan.node);
    struct ptn_json json = { .out = &call->out };
    bool good = recording == PTN_RECORDING && lists != PTN_LISTS_FORMER &&
                lists != PTN_LISTS_FAILED && lists != PTN_LISTS_DAMAGED && !call->serve->locked;

    ptn_json_object(&json);
    ptn_json_field_text(&json, "status", ptn_bytes_from_text(good ? "ok" : "degraded"));
    ptn_json_field_text(&json, "recording", ptn_bytes_from_text(ptn_recording_word(recording)));
    ptn_json_field_text(&json, "lists", ptn_bytes_from_text(ptn_lists_state_word(lists)));
    ptn_json_field_bool(&json, "locked", call->serve->locked);
    ptn_json_field_text(&json, "version", PTN_BYTES_LITERAL("0.1.0"));
    ptn_answer_post(&json, call->serve->post);
    ptn_json_object_end(&json);
    return ptn_call_answered(call, ptn_json_end(&json));
}

static enum ptn_call_step get_metrics(struct ptn_call *call)
{
    call->type = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    return ptn_call_answered(call, ptn_metrics_write(call->serve, &call->out));
}

static enum ptn_call_step get_openapi(struct ptn_call *call)
{
    return ptn_call_answered(call, ptn_buffer_add(&call->out, ptn_serve_openapi()));
}

/* ---- sign-in and relief ---- */

/* On the password thread. */
static void check_noted(struct ptn_call *call)
{
    call->checked = ptn_staff_check(call->serve->plan.node, call->sign_in.user,
                                    call->sign_in.password, &call->touch.staff, &call->officer);
    ptn_serve_guess_note(call->serve, call->sign_in.user,
                         call->checked.code != PTN_C_NOT_FOUND || call->touch.staff.wanted);
}

static void check_password(struct ptn_call *call)
{
    check_noted(call);
    ptn_call_done(call);
}

/* STAFF-5. */
static enum ptn_call_step needs_key(struct ptn_call *call)
{
    struct ptn_json json = { .out = &call->out };

    ptn_buffer_clear(&call->out);
    ptn_answer_needs_key(&json, MHD_HTTP_FORBIDDEN, &call->touch);
    call->status =
        ptn_ok(ptn_json_end(&json)) ? MHD_HTTP_FORBIDDEN : MHD_HTTP_INTERNAL_SERVER_ERROR;
    call->type = "application/problem+json";
    return PTN_CALL_ANSWERED;
}

enum ptn_call_step ptn_call_wrong_password(struct ptn_call *call, const char *lane)
{
    if (call->touch.staff.wanted)
        return needs_key(call);
    if (call->checked.code == PTN_C_BUSY) /* it is right, and the staff list has run out */
        return ptn_call_problem(call, MHD_HTTP_FORBIDDEN, "staff-over",
                                "The staff list has run out: two people here can extend it", NULL);

    /* what nobody is called could be a password in the wrong field: it is not written down */
    bool known = ptn_staff_knows(call->serve->plan.node, call->sign_in.user);

    ptn_lane_session(call->serve->plan.node, PTN_SESSION_REFUSED,
                     known ? call->sign_in.user : PTN_BYTES_LITERAL("unknown"), NULL, NULL, lane);
    (void)atomic_fetch_add(&call->serve->metrics.sign_ins_failed, 1);
    return ptn_call_problem(call, MHD_HTTP_UNAUTHORIZED, "wrong-credentials",
                            "No such user, or another password", NULL);
}

static enum ptn_call_step finish_sign_in(struct ptn_call *call)
{
    struct ptn_serve *serve = call->serve;
    bool relief = call->sign_in.lane.len == 0;
    struct ptn_serve_session former = call->session;
    char lane[PTN_LANE_NAME_MAX + 1];
    struct ptn_json json = { .out = &call->out };

    if (relief)
        (void)snprintf(lane, sizeof(lane), "%s", former.lane);
    else
        (void)snprintf(lane, sizeof(lane), "%.*s", (int)call->sign_in.lane.len,
                       (const char *)call->sign_in.lane.at);
    ptn_metrics_time(&serve->metrics.sign_in, ptn_serve_now(serve) - call->began_us);
    if (!ptn_ok(call->checked))
        return ptn_call_wrong_password(call, lane);
    if (relief || call->has_session)
        ptn_session_end(&serve->sessions, former.serial);
    ptn_session_begin(&serve->sessions, serve->world, &call->officer, lane,
                      call->sign_in.language_known ? call->sign_in.albanian
                                                   : call->officer.albanian,
                      &call->session);
    ptn_lane_session(serve->plan.node, relief ? PTN_SESSION_RELIEVED : PTN_SESSION_SIGNED_IN,
                     ptn_bytes_from_text(call->officer.user), &call->officer,
                     relief ? former.officer.user : NULL, lane);
    publish_session(serve, lane, call->officer.user);
    set_cookie(call, call->session.token);
    ptn_answer_session(&json, &call->session, serve->post);
    return ptn_call_answered(call, ptn_json_end(&json));
}

enum ptn_call_step ptn_call_slowed(struct ptn_call *call, int64_t wait_us)
{
    call->retry_after_s = (unsigned)((wait_us + 999999) / 1000000);
    call->finish = NULL;
    return ptn_call_problem(call, MHD_HTTP_TOO_MANY_REQUESTS, "slow-down",
                            "Too many wrong passwords: wait a little", NULL);
}

/* Hand a password to its thread, unless this user must wait. */
enum ptn_call_step ptn_call_check_later(struct ptn_call *call, struct ptn_bytes user)
{
    int64_t wait_us = ptn_serve_guess_wait(call->serve, user);

    if (wait_us > 0)
        return ptn_call_slowed(call, wait_us);
    if (!ptn_serve_check(call->serve, call)) {
        call->retry_after_s = 2;
        call->finish = NULL;
        return ptn_call_problem(call, MHD_HTTP_SERVICE_UNAVAILABLE, "busy",
                                "Too many sign in at once", NULL);
    }
    return PTN_CALL_WAITING;
}

/* On the password thread. */
static void check_second(struct ptn_call *call)
{
    check_noted(call);
    if (!ptn_ok(call->checked) || !call->perform(call, &call->officer))
        ptn_call_done(call);
}

enum ptn_call_step ptn_call_with_second(struct ptn_call *call, struct ptn_bytes user,
                                        struct ptn_bytes password)
{
    call->sign_in.user = user;
    call->sign_in.password = password;
    call->check = check_second;
    return ptn_call_check_later(call, user);
}

bool ptn_call_begin(struct ptn_call *call, bool has_second, struct ptn_bytes user,
                    struct ptn_bytes password, enum ptn_call_step *ret_step)
{
    struct ptn_node_standing standing;
    struct ptn_status status = ptn_node_standing(call->serve->plan.node, call->arena, &standing);

    *ret_step = PTN_CALL_WAITING;
    if (!ptn_ok(status)) {
        call->finish = NULL;
        *ret_step = ptn_call_answered(call, status);
        return true;
    }
    call->ledger = standing.ledger;
    if (has_second)
        *ret_step = ptn_call_with_second(call, user, password);
    else if (!call->perform(call, NULL)) {
        call->finish = NULL;
        return false;
    }
    return true;
}

enum ptn_call_step ptn_call_not_supervisor(struct ptn_call *call)
{
    return ptn_call_problem(call, MHD_HTTP_FORBIDDEN, "not-allowed",
                            "Only a supervisor may do this", NULL);
}

static enum ptn_call_step sign_in(struct ptn_call *call, bool relief)
{
    struct ptn_diag diag = { 0 };
    struct ptn_status status = ptn_request_sign_in_parse(ptn_buffer_bytes(&call->body), relief,
                                                         call->arena, &call->sign_in, &diag);

    if (!ptn_ok(status))
        return ptn_call_bad_body(call, status, &diag);
    call->check = check_password;
    call->finish = finish_sign_in;
    return ptn_call_check_later(call, call->sign_in.user);
}

static enum ptn_call_step post_session(struct ptn_call *call)
{
    return sign_in(call, false);
}

static enum ptn_call_step post_relief(struct ptn_call *call)
{
    return sign_in(call, true);
}

static enum ptn_call_step get_session(struct ptn_call *call)
{
    struct ptn_json json = { .out = &call->out };

    ptn_answer_session(&json, &call->session, call->serve->post);
    return ptn_call_answered(call, ptn_json_end(&json));
}

static enum ptn_call_step delete_session(struct ptn_call *call)
{
    ptn_session_end(&call->serve->sessions, call->session.serial);
    ptn_lane_session(call->serve->plan.node, PTN_SESSION_SIGNED_OUT,
                     ptn_bytes_from_text(call->session.officer.user), &call->session.officer, NULL,
                     call->session.lane);
    ptn_events_ping(call->serve); /* its streams end */
    set_cookie(call, "");
    call->status = MHD_HTTP_NO_CONTENT;
    return PTN_CALL_ANSWERED;
}

/* ---- the lane ---- */

static enum ptn_call_step get_lane(struct ptn_call *call)
{
    struct ptn_node_standing standing;
    struct ptn_json json = { .out = &call->out };
    struct ptn_status status = ptn_node_standing(call->serve->plan.node, call->arena, &standing);

    if (!ptn_ok(status))
        return ptn_call_answered(call, status);
    ptn_serve_lane_rung(call->serve, call->session.lane, &standing);
    ptn_answer_lane(&json, call->serve->post, call->session.lane, &standing,
                    ptn_serve_has_reader(call->serve, call->session.lane));
    return ptn_call_answered(call, ptn_json_end(&json));
}

static enum ptn_call_step post_mrz(struct ptn_call *call)
{
    struct ptn_diag diag = { 0 };
    struct ptn_bytes text;
    struct ptn_date today =
        ptn_place_local_date(call->serve->world->now_ms(call->serve->world->context));
    struct ptn_mrz *mrz = ptn_arena_take(call->arena, sizeof(*mrz));
    struct ptn_mrz_marks *marks = ptn_arena_take(call->arena, sizeof(*marks));
    struct ptn_json json = { .out = &call->out };
    struct ptn_status status =
        ptn_request_mrz_parse(ptn_buffer_bytes(&call->body), call->arena, &text, &diag);

    if (ptn_ok(status) && (mrz == NULL || marks == NULL))
        status = (struct ptn_status){ PTN_C_NO_MEMORY };
    if (ptn_ok(status))
        status = ptn_mrz_marks(text, today, marks, &diag);
    if (ptn_ok(status))
        status = ptn_mrz_parse(text, today, mrz, &diag);
    if (!ptn_ok(status))
        return ptn_call_bad_body(call, status, &diag);
    ptn_json_object(&json);
    ptn_mrz_marks_write_json_members(&json, marks);
    ptn_mrz_write_json_members(&json, mrz);
    ptn_json_object_end(&json);
    return ptn_call_answered(call, ptn_json_end(&json));
}

/* ---- scans ---- */

/* On the owner's thread. */
static void scan_recorded(struct ptn_lane_answer *answer)
{
    ptn_call_done(answer->context);
}

static enum ptn_call_step finish_scan(struct ptn_call *call)
{
    struct ptn_metrics *metrics = &call->serve->metrics;
    struct ptn_json json = { .out = &call->out };
    int64_t took_us = ptn_serve_now(call->serve) - call->began_us;

    ptn_metrics_time(&metrics->scan, took_us);
    (void)atomic_fetch_add_explicit(&metrics->advice[call->answer.advice.verdict], 1,
                                    memory_order_relaxed);
    if (!ptn_ok(call->answer.write.status))
        (void)atomic_fetch_add_explicit(&metrics->not_recorded, 1, memory_order_relaxed);
    ptn_answer_scan(&json, &call->answer, call->session.officer.discreet, took_us);
    ptn_lane_answer_release(&call->answer);
    return ptn_call_answered(call, ptn_json_end(&json));
}

static enum ptn_call_step post_scan(struct ptn_call *call)
{
    struct ptn_diag diag = { 0 };
    struct ptn_lane_who lane_who = ptn_call_who(call);
    struct ptn_status status =
        ptn_request_scan_parse(ptn_buffer_bytes(&call->body), call->arena, &call->scan, &diag);

    if (!ptn_ok(status))
        return ptn_call_bad_body(call, status, &diag);
    if (call->scan.chip_sod.len > 0 && ptn_apply_stops_chips(call->serve->plan.node))
        return ptn_call_no_chips(call); /* what parses them is not reached */
    call->answer.done = scan_recorded;
    call->answer.context = call;
    call->finish = finish_scan;
    status = ptn_lane_scan(call->serve->plan.node, &lane_who, &call->scan, call->arena,
                           &call->answer, &diag);
    if (ptn_ok(status))
        return PTN_CALL_WAITING;
    call->finish = NULL;
    if (status.code == PTN_C_NOT_FOUND)
        return ptn_call_problem(call, MHD_HTTP_NOT_FOUND, "arrival-unknown",
                                "There is no such row of a carrier's list", NULL);
    if (status.code == PTN_C_BUSY)
        return ptn_call_problem(call, MHD_HTTP_CONFLICT, "arrival-changed",
                                "The carrier's list has changed: open it again", NULL);
    if (call->answer.no_call)
        return ptn_call_problem(call, MHD_HTTP_NOT_FOUND, "call-unknown",
                                "No such call of a ship is open here", NULL);
    if (call->answer.no_paper)
        return ptn_call_problem(call, MHD_HTTP_CONFLICT, "proof-not-paper",
                                "Nobody screened by hand on that day, or all sheets are keyed",
                                NULL);
    if (call->answer.no_trip)
        return ptn_call_refused(call, status, PTN_LANE_TRIP_UNKNOWN);
    if (call->answer.slowed)
        return ptn_call_refused(call, status, PTN_LANE_SLOWED);
    return ptn_call_bad_body(call, status, &diag);
}

/* ---- crossings ---- */

static void publish(struct ptn_serve *serve, const struct ptn_lane_crossing *crossing)
{
    struct ptn_record_id id;

    ptn_serve_publish_crossing(serve, crossing);
    if (crossing->outcome == PTN_OUTCOME_REFERRED &&
        ptn_ok(ptn_record_id_parse(ptn_bytes_from_text(crossing->crossing), &id, NULL)))
        ptn_serve_publish_case(serve, crossing->lane, id, ptn_case_state_word(PTN_CASE_WAITS));
}

/* On the owner's thread. */
static void crossing_recorded(struct ptn_lane_crossing *crossing)
{
    struct ptn_call *call = crossing->context;

    if (ptn_ok(crossing->write.status) && !crossing->again)
        publish(call->serve, crossing);
    ptn_call_done(call);
}

static enum ptn_call_step finish_crossing(struct ptn_call *call)
{
    struct ptn_json json = { .out = &call->out };

    if (!ptn_ok(call->checked))
        return ptn_call_wrong_password(call, call->session.lane);
    if (!ptn_ok(call->status_of_act))
        return ptn_call_refused(call, call->status_of_act, call->crossing.refusal);
    if (!ptn_ok(call->crossing.write.status))
        return ptn_call_not_written(call, &call->crossing.write);
    ptn_metrics_time(&call->serve->metrics.settle, ptn_serve_now(call->serve) - call->began_us);
    ptn_answer_crossing(&json, &call->crossing, call->ledger);
    return ptn_call_answered(call, ptn_json_end(&json));
}

/* Queue the settlement. True when crossing_recorded will be called. */
static bool settle(struct ptn_call *call, const struct ptn_officer *supervisor)
{
    struct ptn_lane_who lane_who = ptn_call_who(call);
    char scan[PTN_LANE_ID_SIZE];
    const struct ptn_lane_settlement settlement = {
        .scan = scan,
        .act = call->settlement.act,
        .kind = call->settlement.kind,
        .reason = call->settlement.reason,
        .supervisor = supervisor,
        .key = call->key,
    };
    struct ptn_status status;

    (void)snprintf(scan, sizeof(scan), "%.*s", (int)call->settlement.scan.len,
                   (const char *)call->settlement.scan.at);
    call->crossing.done = crossing_recorded;
    call->crossing.context = call;
    call->status_of_act = PTN_OK; /* before the call can be done */
    status = ptn_lane_settle(call->serve->plan.node, &lane_who, &settlement, call->arena,
                             &call->crossing);
    if (!ptn_ok(status))
        call->status_of_act = status;
    return ptn_ok(status);
}

static enum ptn_call_step post_crossing(struct ptn_call *call)
{
    enum ptn_call_step step = PTN_CALL_WAITING;
    struct ptn_diag diag = { 0 };
    struct ptn_status status = ptn_request_settlement_parse(ptn_buffer_bytes(&call->body),
                                                            call->arena, &call->settlement, &diag);

    if (!ptn_ok(status))
        return ptn_call_bad_body(call, status, &diag);
    call->finish = finish_crossing;
    call->perform = settle;
    if (ptn_call_begin(call, call->settlement.has_supervisor, call->settlement.supervisor,
                       call->settlement.password, &step))
        return step;
    return ptn_call_refused(call, call->status_of_act, call->crossing.refusal);
}

static void looked(struct ptn_lane_last *last)
{
    ptn_call_done(last->context);
}

static enum ptn_call_step finish_crossings(struct ptn_call *call)
{
    struct ptn_json json = { .out = &call->out };

    if (!ptn_ok(call->last.write.status)) /* ACCESS-1: no look that is not recorded */
        return ptn_call_not_written(call, &call->last.write);
    ptn_json_array(&json);
    for (size_t i = 0; i < call->last.count; i++) {
        const struct ptn_lane_line *line = &call->last.lines[i];

        ptn_answer_line(&json,
                        &(struct ptn_answer_row){ line->crossing, line->name, line->lane,
                                                  line->direction, line->outcome, line->time_ms,
                                                  line->seq, line->kept, line->second_line });
    }
    ptn_json_array_end(&json);
    return ptn_call_answered(call, ptn_json_end(&json));
}

static enum ptn_call_step get_crossings(struct ptn_call *call)
{
    struct ptn_lane_who lane_who = ptn_call_who(call);
    const char *text =
        MHD_lookup_connection_value(call->connection, MHD_GET_ARGUMENT_KIND, "limit");
    size_t limit = 20;
    struct ptn_status status;

    if (text != NULL) {
        limit = strlen(text) > 3 || text[strspn(text, "0123456789")] != '\0'
                    ? 0
                    : strtoul(text, NULL, 10);
        if (limit < 1 || limit > 100)
            return ptn_call_problem(call, MHD_HTTP_BAD_REQUEST, "bad-request",
                                    "limit is a number from 1 to 100", NULL);
    }
    call->last.done = looked;
    call->last.context = call;
    call->finish = finish_crossings;
    status = ptn_lane_last(call->serve->plan.node, &lane_who, limit, call->arena, &call->last);
    if (ptn_ok(status))
        return PTN_CALL_WAITING;
    call->finish = NULL;
    return ptn_call_refused(call, status, PTN_LANE_NOT_ALLOWED);
}

/* ---- reports ---- */

static void report_recorded(struct ptn_lane_report *report)
{
    ptn_call_done(report->context);
}

static enum ptn_call_step finish_report(struct ptn_call *call)
{
    struct ptn_json json = { .out = &call->out };

    if (!ptn_ok(call->report.write.status))
        return ptn_call_not_written(call, &call->report.write);
    ptn_json_object(&json);
    ptn_answer_receipt(&json, call->ledger, call->report.write.seq, PTN_KEPT_LOCAL);
    ptn_json_object_end(&json);
    return ptn_call_answered(call, ptn_json_end(&json));
}

static enum ptn_call_step post_report(struct ptn_call *call)
{
    struct ptn_diag diag = { 0 };
    struct ptn_lane_who lane_who = ptn_call_who(call);
    struct ptn_request_report request;
    struct ptn_node_standing standing;
    struct ptn_status status =
        ptn_request_report_parse(ptn_buffer_bytes(&call->body), call->arena, &request, &diag);

    if (!ptn_ok(status))
        return ptn_call_bad_body(call, status, &diag);
    status = ptn_node_standing(call->serve->plan.node, call->arena, &standing);
    if (!ptn_ok(status))
        return ptn_call_answered(call, status);
    call->ledger = standing.ledger;
    call->report.done = report_recorded;
    call->report.context = call;
    call->finish = finish_report;
    /* the arena ends every text with a NUL */
    status = ptn_lane_report(call->serve->plan.node, &lane_who, (const char *)request.crossing.at,
                             request.note, call->arena, &call->report);
    if (ptn_ok(status))
        return PTN_CALL_WAITING;
    call->finish = NULL;
    return ptn_call_refused(call, status, call->report.refusal);
}

/* ---- events and the tray ---- */

static enum ptn_call_step get_events(struct ptn_call *call)
{
    (void)call;
    return PTN_CALL_STREAM;
}

static enum ptn_call_step get_specimens(struct ptn_call *call)
{
    if (!call->serve->post->demonstration || call->serve->plan.specimens.len == 0)
        return ptn_call_problem(call, MHD_HTTP_NOT_FOUND, "not-found",
                                "Only a demonstration post has a tray", NULL);
    return ptn_call_answered(call, ptn_buffer_add(&call->out, call->serve->plan.specimens));
}

const struct ptn_route ptn_routes[] = {
    { "GET", "/healthz", false, false, false, get_health },
    { "GET", "/metrics", false, false, false, get_metrics },
    { "GET", "/v1/openapi.json", false, false, false, get_openapi },
    { "POST", "/v1/session", false, false, false, post_session },
    { "GET", "/v1/session", true, false, false, get_session },
    { "DELETE", "/v1/session", true, true, false, delete_session },
    { "POST", "/v1/session/relief", true, true, false, post_relief },
    { "GET", "/v1/staff", true, false, false, ptn_get_staff },
    { "POST", "/v1/staff/extension", false, false, false, ptn_post_staff_extension },
    { "POST", "/v1/staff/vouching", false, false, false, ptn_post_staff_vouching },
    { "GET", "/v1/lane", true, false, false, get_lane },
    { "POST", "/v1/mrz", true, true, false, post_mrz },
    { "POST", "/v1/chips", true, true, false, ptn_post_chip },
    { "GET", "/v1/chips/{id}", true, false, false, ptn_get_chip },
    { "GET", "/v1/reader/work", false, false, false, ptn_get_reader_work },
    { "POST", "/v1/reader/chips", false, false, false, ptn_post_reader_chip },
    { "POST", "/v1/scans", true, true, true, post_scan },
    { "POST", "/v1/bookings", true, true, true, ptn_post_bookings },
    { "GET", "/v1/bookings", true, false, false, ptn_get_bookings },
    { "POST", "/v1/trips", true, true, true, ptn_post_trip },
    { "POST", "/v1/trips/record", true, true, true, ptn_post_trip_record },
    { "POST", "/v1/crossings", true, true, true, post_crossing },
    { "GET", "/v1/crossings", true, false, false, get_crossings },
    { "GET", "/v1/arrivals", true, false, false, ptn_get_arrivals },
    { "GET", "/v1/arrivals/", true, false, false, ptn_get_arrival },
    { "POST", "/v1/manifests", true, true, true, ptn_post_manifest },
    { "POST", "/v1/boarding-passes", true, true, false, ptn_post_boarding_pass },
    { "GET", "/v1/calls", true, false, false, ptn_get_calls },
    { "POST", "/v1/calls", true, true, true, ptn_post_call },
    { "GET", "/v1/calls/{id}", true, false, false, ptn_get_call },
    { "POST", "/v1/calls/{id}/search", true, true, false, ptn_post_call_search },
    { "POST", "/v1/calls/{id}/tallies", true, true, true, ptn_post_tally },
    { "POST", "/v1/calls/{id}/close", true, true, true, ptn_post_call_close },
    { "POST", "/v1/reports", true, true, true, post_report },
    { "GET", "/v1/cases", true, false, false, ptn_get_cases },
    { "GET", "/v1/cases/{id}", true, false, false, ptn_get_case },
    { "POST", "/v1/cases/{id}/steps", true, true, true, ptn_post_case_step },
    { "POST", "/v1/cases/{id}/attachments", true, true, true, ptn_post_attachment },
    { "GET", "/v1/cases/{id}/attachments", true, true, false, ptn_get_attachment },
    { "GET", "/v1/late-matches", true, false, false, ptn_get_late },
    { "POST", "/v1/late-matches/{id}/case", true, true, false, ptn_post_late_case },
    { "GET", "/v1/events", true, false, false, get_events },
    { "GET", "/v1/specimens", true, false, false, get_specimens },
    { "GET", "/v1/orders", true, false, false, ptn_get_orders },
    { "POST", "/v1/orders/consent", true, true, false, ptn_post_consent },
    { "POST", "/v1/orders/code", true, true, false, ptn_post_code },
    { "POST", "/v1/alerts", true, true, false, ptn_post_alert },
    { "POST", "/v1/rung", true, true, false, ptn_post_rung },
    { "GET", "/v1/gate", true, false, false, ptn_get_gate },
    { "POST", "/v1/gate/lanes", true, true, false, ptn_post_gate_lane },
    { "GET", "/v1/country", true, false, false, ptn_get_country },
    { "GET", "/v1/shift", true, false, false, ptn_get_shift },
    { "POST", "/v1/shift/lanes", true, true, false, ptn_post_shift_lane },
    { "POST", "/v1/shift/waits", true, true, false, ptn_post_shift_wait },
    { "POST", "/v1/shift/handover", true, true, true, ptn_post_shift_over },
    { "GET", "/v1/packs", true, false, false, ptn_get_packs },
    { "POST", "/v1/packs", true, true, false, ptn_post_pack },
    { "POST", "/v1/sheets", true, true, true, ptn_post_sheet },
    { "POST", "/v1/sheets/told", true, true, true, ptn_post_told },
    { NULL, NULL, false, false, false, NULL },
};

static_assert(sizeof(ptn_routes) / sizeof(ptn_routes[0]) <= PTN_METRIC_ROUTES,
              "every route has its counters");

bool ptn_route_while_locked(const struct ptn_route *route)
{
    return route->handle == get_health || route->handle == get_metrics ||
           route->handle == get_openapi;
}
