/*
 * serve/desk_ask.c -- what a centre's desk answers: sign-in, searches, a person's page. A question
 * carries its purpose and a reason; what was shown, to whom and why is durable in the centre's
 * ledger before a byte of the answer leaves (ACCESS-1). Names stand in bodies, never in a URL
 * (PRIVATE-1).
 */
#include "serve/desk_int.h"

#include <inttypes.h>

#include "record/access.h"

#define STAY_DAYS   90u /* in any STAY_WINDOW; Regulation (EU) 2016/399, Article 6(1) */
#define STAY_WINDOW 180u

const struct ptn_stay_limit ptn_desk_stay_limit = { STAY_DAYS, STAY_WINDOW };

/* ---- shared ---- */

static int64_t now_us(const struct ptn_desk *desk)
{
    return desk->plan.world->monotonic_us(desk->plan.world->context);
}

int64_t ptn_desk_now_ms(const struct ptn_desk *desk)
{
    return desk->plan.world->now_ms(desk->plan.world->context);
}

void ptn_visit_answered_as(struct ptn_visit *visit, unsigned code, struct ptn_status status)
{
    visit->status = code;
    if (!ptn_ok(status))
        ptn_visit_problem(visit, MHD_HTTP_INTERNAL_SERVER_ERROR, "internal",
                          "The answer could not be written", NULL);
}

void ptn_visit_answered(struct ptn_visit *visit, struct ptn_status status)
{
    ptn_visit_answered_as(visit, MHD_HTTP_OK, status);
}

bool ptn_visit_has_board(struct ptn_visit *visit)
{
    if (visit->desk->plan.board != NULL)
        return true;
    ptn_visit_problem(visit, MHD_HTTP_NOT_FOUND, "not-found", "Nothing is published here", NULL);
    return false;
}

void ptn_visit_busy(struct ptn_visit *visit, const char *code, const char *title)
{
    visit->retry_after_s = 2;
    ptn_visit_problem(visit, MHD_HTTP_SERVICE_UNAVAILABLE, code, title, NULL);
}

void ptn_visit_bad_body(struct ptn_visit *visit, struct ptn_status status,
                        const struct ptn_diag *diag)
{
    if (status.code == PTN_C_NO_MEMORY)
        ptn_visit_busy(visit, "busy", "No memory for this now");
    else
        ptn_visit_problem(visit, MHD_HTTP_BAD_REQUEST, "bad-request", "The request cannot be used",
                          diag->text);
}

/* ---- records ---- */

static struct ptn_status write_session(struct ptn_visit *visit, enum ptn_session_event event,
                                       struct ptn_bytes user)
{
    struct ptn_desk *desk = visit->desk;
    struct ptn_bytes token = ptn_bytes_from_text(visit->session.token);
    uint8_t digest[PTN_SHA256_LEN];
    struct ptn_session session = {
        .time_ms = ptn_desk_now_ms(desk),
        .event = event,
        .user = user,
        .post = ptn_bytes_from_text(desk->plan.centre->code),
    };
    struct ptn_buffer payload = { .len_max = PTN_RECORD_LEN_MAX };
    struct ptn_writer_record record = { .kind = PTN_RECORD_SESSION,
                                        .retention = PTN_RETENTION_AUDIT };
    struct ptn_status status = ptn_sha256(&token, 1, digest);

    if (event != PTN_SESSION_REFUSED) {
        memcpy(session.id.at, digest, sizeof(session.id.at));
        session.role = ptn_bytes_from_text(ptn_staff_role_word(visit->session.officer.role));
    }
    if (ptn_ok(status))
        status = ptn_session_write(&session, &payload);
    record.payload = ptn_buffer_bytes(&payload);
    if (ptn_ok(status))
        status = ptn_desk_write(desk, &record);
    ptn_buffer_release(&payload);
    return status;
}

/* Nothing is shown that nobody was recorded to look at. False. */
static bool nothing_shown(struct ptn_visit *visit)
{
    ptn_visit_busy(visit, "not-recorded", "The look could not be recorded: nothing is shown");
    return false;
}

static bool look(struct ptn_visit *visit, const struct ptn_request_why *why,
                 const struct ptn_person *person, struct ptn_record_id of, size_t shown)
{
    struct ptn_desk *desk = visit->desk;
    struct ptn_access access = {
        .time_ms = ptn_desk_now_ms(desk),
        .purpose = why->purpose,
        .officer = ptn_bytes_from_text(visit->session.officer.user),
        .post = ptn_bytes_from_text(desk->plan.centre->code),
        .record = of,
        .shown = shown,
        .reason = why->reason,
    };
    struct ptn_buffer payload = { .len_max = PTN_RECORD_LEN_MAX };
    struct ptn_writer_record record = { .kind = PTN_RECORD_ACCESS,
                                        .retention = PTN_RETENTION_AUDIT };
    struct ptn_status status;

    desk->plan.world->random(desk->plan.world->context, access.id.at, sizeof(access.id.at));
    if (person != NULL)
        access.person = *person;
    status = ptn_access_write(&access, &payload);
    record.payload = ptn_buffer_bytes(&payload);
    if (ptn_ok(status))
        status = ptn_desk_write(desk, &record);
    ptn_buffer_release(&payload);
    return ptn_ok(status) || nothing_shown(visit);
}

bool ptn_visit_look(struct ptn_visit *visit, const struct ptn_request_why *why,
                    const struct ptn_person *person, size_t shown)
{
    static const struct ptn_record_id none = { { 0 } };

    return look(visit, why, person, none, shown);
}

bool ptn_visit_look_at(struct ptn_visit *visit, const struct ptn_request_why *why,
                       struct ptn_record_id record)
{
    return look(visit, why, NULL, record, 1);
}

bool ptn_visit_looked(struct ptn_visit *visit, const char *reason, size_t shown)
{
    const struct ptn_request_why why = { PTN_PURPOSE_SEARCH, ptn_bytes_from_text(reason) };

    return ptn_visit_look(visit, &why, NULL, shown);
}

/* ---- sign-in ---- */

static void set_cookie(struct ptn_visit *visit, const char *token)
{
    (void)snprintf(visit->cookie, sizeof(visit->cookie),
                   "postern_%s=%s; Path=/; HttpOnly; SameSite=Strict%s%s",
                   visit->desk->plan.centre->code, token, visit->tls ? "; Secure" : "",
                   token[0] == '\0' ? "; Max-Age=0" : "");
}

/* STAFF-5. */
static void needs_key(struct ptn_visit *visit)
{
    struct ptn_json json = { .out = &visit->out };

    ptn_buffer_clear(&visit->out);
    ptn_answer_needs_key(&json, MHD_HTTP_FORBIDDEN, &visit->touch);
    visit->status =
        ptn_ok(ptn_json_end(&json)) ? MHD_HTTP_FORBIDDEN : MHD_HTTP_INTERNAL_SERVER_ERROR;
    visit->problem = true;
}

void ptn_visit_wrong_password(struct ptn_visit *visit, struct ptn_bytes user)
{
    if (visit->touch.staff.wanted) {
        needs_key(visit);
        return;
    }

    /* what nobody is called could be a password in the wrong field: it is not written down */
    const bool known = ptn_staffing_knows(visit->desk->plan.staffing, user);

    (void)ptn_ok(
        write_session(visit, PTN_SESSION_REFUSED, known ? user : PTN_BYTES_LITERAL("unknown")));
    ptn_visit_problem(visit, MHD_HTTP_UNAUTHORIZED, "wrong-credentials",
                      "No such user, or another password", NULL);
}

bool ptn_visit_slowed(struct ptn_visit *visit, struct ptn_bytes user)
{
    const int64_t wait_us = ptn_throttle_wait(&visit->desk->throttle, user, now_us(visit->desk));

    if (wait_us <= 0)
        return false;
    visit->retry_after_s = (unsigned)((wait_us + 999999) / 1000000);
    ptn_visit_problem(visit, MHD_HTTP_TOO_MANY_REQUESTS, "slow-down",
                      "Too many wrong passwords: wait a little", NULL);
    return true;
}

static void answer_session(struct ptn_visit *visit)
{
    const struct ptn_serve_session *session = &visit->session;
    struct ptn_json json = { .out = &visit->out };

    ptn_json_object(&json);
    ptn_answer_session_fields(&json, session, visit->desk->plan.centre);
    if (session->purpose != 0) {
        ptn_json_field_text(&json, "purpose",
                            ptn_bytes_from_text(ptn_purpose_word(session->purpose)));
        ptn_json_field_text(&json, "reason", ptn_bytes_from_text(session->reason));
    }
    if (session->officer.role == PTN_STAFF_SUPERVISOR) {
        const struct ptn_staff_standing staff = ptn_staffing_standing(visit->desk->plan.staffing);

        ptn_json_key(&json, "staff");
        ptn_answer_staff_standing(&json, &staff);
    }
    ptn_json_object_end(&json);
    ptn_visit_answered(visit, ptn_json_end(&json));
}

static void post_session(struct ptn_visit *visit)
{
    struct ptn_desk *desk = visit->desk;
    struct ptn_request_sign_in request;
    struct ptn_officer officer;
    struct ptn_diag diag = { 0 };
    bool slowed;
    struct ptn_status status = ptn_request_sign_in_parse(ptn_buffer_bytes(&visit->body), true,
                                                         visit->arena, &request, &diag);

    if (!ptn_ok(status)) {
        ptn_visit_bad_body(visit, status, &diag);
        return;
    }
    (void)pthread_mutex_lock(&desk->check_lock);
    slowed = ptn_visit_slowed(visit, request.user);
    if (!slowed) {
        status = ptn_staffing_check(desk->plan.staffing, request.user, request.password,
                                    &visit->touch.staff, &officer);
        ptn_throttle_note(&desk->throttle, request.user,
                          status.code != PTN_C_NOT_FOUND || visit->touch.staff.wanted,
                          now_us(desk));
    }
    (void)pthread_mutex_unlock(&desk->check_lock);
    if (slowed)
        return;
    if (status.code == PTN_C_BUSY) { /* it is right, and the staff list has run out */
        ptn_visit_problem(visit, MHD_HTTP_FORBIDDEN, "staff-over",
                          "The staff list has run out: two people here can extend it", NULL);
        return;
    }
    if (!ptn_ok(status)) {
        ptn_visit_wrong_password(visit, request.user);
        return;
    }
    ptn_session_begin(&desk->sessions, desk->plan.world, &officer, "",
                      request.language_known ? request.albanian : officer.albanian,
                      &visit->session);
    if (!ptn_ok(write_session(visit, PTN_SESSION_SIGNED_IN, request.user))) {
        ptn_session_end(&desk->sessions, visit->session.serial);
        ptn_visit_busy(visit, "not-recorded", "Nothing was recorded");
        return;
    }
    set_cookie(visit, visit->session.token);
    answer_session(visit);
}

/* Why this officer looks, from now until they say another: asked once a shift. */
static void post_purpose(struct ptn_visit *visit)
{
    struct ptn_desk *desk = visit->desk;
    struct ptn_request_why why;
    struct ptn_diag diag = { 0 };
    struct ptn_status status =
        ptn_request_purpose_parse(ptn_buffer_bytes(&visit->body), visit->arena, &why, &diag);

    if (!ptn_ok(status)) {
        ptn_visit_bad_body(visit, status, &diag);
        return;
    }
    ptn_session_say_why(&desk->sessions, &visit->session, why.purpose, why.reason);
    answer_session(visit);
}

static void delete_session(struct ptn_visit *visit)
{
    ptn_session_end(&visit->desk->sessions, visit->session.serial);
    (void)ptn_ok(write_session(visit, PTN_SESSION_SIGNED_OUT,
                               ptn_bytes_from_text(visit->session.officer.user)));
    set_cookie(visit, "");
    visit->status = MHD_HTTP_NO_CONTENT;
}

static void get_health(struct ptn_visit *visit)
{
    struct ptn_json json = { .out = &visit->out };

    ptn_json_object(&json);
    ptn_json_field_text(&json, "status", PTN_BYTES_LITERAL("ok"));
    ptn_json_field_text(&json, "centre", ptn_bytes_from_text(visit->desk->plan.centre->code));
    ptn_json_object_end(&json);
    ptn_visit_answered(visit, ptn_json_end(&json));
}

/* ---- asking the view ---- */

struct ptn_status ptn_desk_view_lock(struct ptn_desk *desk)
{
    struct ptn_status status = PTN_OK;

    (void)pthread_mutex_lock(&desk->view_lock);
    if (desk->view == NULL)
        status = ptn_view_open(desk->plan.world, desk->plan.view, PTN_VIEW_READ, &desk->view, NULL);
    if (!ptn_ok(status))
        (void)pthread_mutex_unlock(&desk->view_lock);
    return status;
}

void ptn_desk_view_unlock(struct ptn_desk *desk, struct ptn_status status)
{
    if (status.code == PTN_C_IO || status.code == PTN_C_CORRUPT) {
        ptn_view_close(desk->view);
        desk->view = NULL;
    }
    (void)pthread_mutex_unlock(&desk->view_lock);
}

/* What a search found. */
struct found {
    const struct ptn_view_person *people;
    const struct ptn_view_crossing *crossings;
    size_t count;
    bool more;
};

static struct ptn_status search(struct ptn_visit *visit, const struct ptn_request_search *request,
                                struct found *found, struct ptn_diag *reterr)
{
    const struct ptn_view_who who = {
        .name = request->name,
        .birth = request->birth,
        .number = request->number,
        .issuer = request->issuer,
        .post = request->post,
        .from_ms = request->from_ms,
        .to_ms = request->to_ms,
        .skip = (size_t)request->next[0],
        .count = request->count,
    };
    const struct ptn_view_question question = {
        .number = request->number,
        .issuer = request->issuer,
        .plate = request->plate,
        .post = request->post,
        .from_ms = request->from_ms,
        .to_ms = request->to_ms,
        .before_ms = request->next[0],
        .before_at = request->next[1],
        .count = request->count,
    };
    struct ptn_status status = ptn_desk_view_lock(visit->desk);

    if (!ptn_ok(status))
        return status;
    status = request->people
                 ? ptn_view_persons(visit->desk->view, &who, visit->arena, &found->people,
                                    &found->count, &found->more, reterr)
                 : ptn_view_crossings(visit->desk->view, &question, visit->arena, &found->crossings,
                                      &found->count, &found->more, reterr);
    ptn_desk_view_unlock(visit->desk, status);
    return status;
}

void ptn_visit_view_failed(struct ptn_visit *visit, struct ptn_status status,
                           const struct ptn_diag *diag)
{
    switch (status.code) {
    case PTN_C_BAD_INPUT:
    case PTN_C_TOO_BIG:
        ptn_visit_bad_body(visit, status, diag);
        break;
    case PTN_C_NOT_FOUND:
        ptn_visit_problem(visit, MHD_HTTP_NOT_FOUND, "not-found", "Nobody has this key", NULL);
        break;
    case PTN_C_OK:
    case PTN_C_BUSY:
    case PTN_C_IO:
    case PTN_C_NO_MEMORY:
    case PTN_C_CORRUPT:
    default:
        ptn_visit_busy(visit, "busy", "The view cannot be asked just now");
    }
}

static void write_next(struct ptn_json *json, const struct ptn_request_search *request,
                       const struct found *found)
{
    char text[PTN_REQUEST_NEXT_MAX];

    if (!found->more || found->count == 0)
        return;
    if (request->people)
        (void)snprintf(text, sizeof(text), "%" PRId64, request->next[0] + (int64_t)found->count);
    else
        (void)snprintf(text, sizeof(text), "%" PRId64 ".%" PRId64,
                       found->crossings[found->count - 1].crossing.time_ms,
                       found->crossings[found->count - 1].at);
    ptn_json_field_text(json, "next", ptn_bytes_from_text(text));
}

bool ptn_visit_terms(struct ptn_visit *visit, struct ptn_request_why *why,
                     const struct ptn_visit_term *terms, size_t count)
{
    struct ptn_buffer note = { .len_max = PTN_RECORD_NOTE_MAX };
    struct ptn_status status = ptn_buffer_add(&note, why->reason);
    char *copy = NULL;

    for (size_t i = 0; ptn_ok(status) && i < count; i++)
        if (terms[i].text.len > 0)
            status = ptn_buffer_addf(&note, "\n%s: %.*s", terms[i].what, (int)terms[i].text.len,
                                     (const char *)terms[i].text.at);
    if (ptn_ok(status))
        copy = ptn_arena_text(visit->arena, ptn_buffer_bytes(&note));
    if (copy != NULL)
        why->reason = ptn_bytes_of(copy, note.len);
    ptn_buffer_release(&note);
    return copy != NULL || nothing_shown(visit);
}

static bool add_terms(struct ptn_visit *visit, struct ptn_request_search *request)
{
    char birth[PTN_DATE_TEXT_SIZE] = "";
    struct ptn_visit_term terms[] = {
        { "name", request->name },     { "birth", PTN_BYTES_NONE }, { "number", request->number },
        { "issuer", request->issuer }, { "plate", request->plate }, { "post", request->post },
    };

    if (!ptn_date_is_none(request->birth))
        terms[1].text = ptn_bytes_from_text(ptn_date_write(request->birth, birth));
    return ptn_visit_terms(visit, &request->why, terms, sizeof(terms) / sizeof(terms[0]));
}

/* ---- why ---- */

/* ACCESS-2: nobody copies the country by questions. False: it is answered. */
static bool may_ask(struct ptn_visit *visit)
{
    struct ptn_desk *desk = visit->desk;
    bool may;

    (void)pthread_mutex_lock(&desk->pacing_lock);
    may = ptn_pacing_take(&desk->pacing, ptn_bytes_from_text(visit->session.officer.user),
                          now_us(desk));
    (void)pthread_mutex_unlock(&desk->pacing_lock);
    if (may)
        return true;
    visit->retry_after_s = PTN_PACING_STEP_S;
    ptn_visit_problem(visit, MHD_HTTP_TOO_MANY_REQUESTS, "many-looks",
                      "You have asked about many people: one answer every four seconds", NULL);
    return false;
}

bool ptn_visit_why(struct ptn_visit *visit, struct ptn_request_why *why)
{
    if (why->purpose == 0) {
        why->purpose = visit->session.purpose;
        why->reason = ptn_bytes_from_text(visit->session.reason);
    }
    if (why->purpose == 0) {
        ptn_visit_problem(visit, MHD_HTTP_CONFLICT, "purpose-needed",
                          "Say first why you look: once a shift", NULL);
        return false;
    }
    return may_ask(visit);
}

static void post_search(struct ptn_visit *visit)
{
    struct ptn_request_search request;
    struct found found = { 0 };
    struct ptn_diag diag = { 0 };
    struct ptn_json json = { .out = &visit->out };
    const struct ptn_person *one = NULL;
    struct ptn_status status =
        ptn_request_search_parse(ptn_buffer_bytes(&visit->body), visit->arena, &request, &diag);

    if (!ptn_ok(status)) {
        ptn_visit_bad_body(visit, status, &diag);
        return;
    }
    if (!ptn_visit_why(visit, &request.why))
        return;
    status = search(visit, &request, &found, &diag);
    if (!ptn_ok(status)) {
        ptn_visit_view_failed(visit, status, &diag);
        return;
    }
    if (found.count == 1)
        one = request.people ? &found.people[0].person : &found.crossings[0].crossing.person;
    if (!add_terms(visit, &request) || !ptn_visit_look(visit, &request.why, one, found.count))
        return;
    ptn_json_object(&json);
    if (request.people)
        ptn_desk_answer_people(&json, found.people, found.count);
    else
        ptn_desk_answer_crossings(&json, found.crossings, found.count);
    ptn_json_field_bool(&json, "more", found.more);
    write_next(&json, &request, &found);
    ptn_json_object_end(&json);
    ptn_visit_answered(visit, ptn_json_end(&json));
}

static void post_person(struct ptn_visit *visit)
{
    struct ptn_desk *desk = visit->desk;
    struct ptn_request_person request;
    struct ptn_view_history history;
    struct ptn_view_key key;
    struct ptn_diag diag = { 0 };
    struct ptn_json json = { .out = &visit->out };
    struct ptn_date today = ptn_place_local_date(ptn_desk_now_ms(desk));
    struct ptn_status status =
        ptn_request_person_parse(ptn_buffer_bytes(&visit->body), visit->arena, &request, &diag);
    bool looks;

    if (!ptn_ok(status)) {
        ptn_visit_bad_body(visit, status, &diag);
        return;
    }
    if (!ptn_visit_why(visit, &request.why))
        return;
    memcpy(key.at, request.key, sizeof(key.at));
    status = ptn_desk_view_lock(desk);
    if (ptn_ok(status)) {
        status = ptn_view_person(desk->view, &key, ptn_desk_stay_limit, today, visit->arena,
                                 &history, &diag);
        ptn_desk_view_unlock(desk, status);
    }
    if (!ptn_ok(status)) {
        ptn_visit_view_failed(visit, status, &diag);
        return;
    }
    if (!ptn_visit_look(visit, &request.why, &history.person,
                        history.identity_count + history.companion_count + history.user_count))
        return;
    /* who looked is for whoever reviews that, or for the person asked about */
    looks =
        request.why.purpose == PTN_PURPOSE_OVERSIGHT || request.why.purpose == PTN_PURPOSE_SUBJECT;
    ptn_json_object(&json);
    ptn_desk_answer_history(&json, &history, visit->session.officer.discreet, looks);
    ptn_json_object_end(&json);
    ptn_visit_answered(visit, ptn_json_end(&json));
}

/* ---- proofs ---- */

/* The tlog-proof file of the entry that is asked for, into out. False: the visit is answered. */
static bool prove(struct ptn_visit *visit, struct ptn_desk_when *ret_when, struct ptn_buffer *out)
{
    const char *origin =
        MHD_lookup_connection_value(visit->connection, MHD_GET_ARGUMENT_KIND, "origin");
    const char *index =
        MHD_lookup_connection_value(visit->connection, MHD_GET_ARGUMENT_KIND, "index");
    struct ptn_status status;

    if (origin == NULL || index == NULL || strlen(origin) > PTN_VIEW_ORIGIN_MAX ||
        index[0] == '\0' || strlen(index) > 15 || index[strspn(index, "0123456789")] != '\0') {
        ptn_visit_problem(visit, MHD_HTTP_BAD_REQUEST, "bad-request",
                          "origin and index of an entry are needed", NULL);
        return false;
    }
    status = ptn_desk_ask_proof(visit->desk, ptn_bytes_from_text(origin), strtoull(index, NULL, 10),
                                ret_when, out);
    if (status.code == PTN_C_NOT_FOUND)
        ptn_visit_problem(visit, MHD_HTTP_NOT_FOUND, "not-found", "No such entry is proved here",
                          NULL);
    else if (!ptn_ok(status))
        ptn_visit_busy(visit, "busy", "The proof cannot be made just now");
    return ptn_ok(status);
}

/* The proofs of the parts of what the entry attaches, behind its own: an order to erase names them
 * all. */
static bool prove_parts(struct ptn_visit *visit)
{
    const char *origin =
        MHD_lookup_connection_value(visit->connection, MHD_GET_ARGUMENT_KIND, "origin");
    const char *index =
        MHD_lookup_connection_value(visit->connection, MHD_GET_ARGUMENT_KIND, "index");
    struct ptn_attachment attachment = { .size = 0 };
    struct ptn_record_id ids[2];
    struct ptn_desk_when when;
    struct ptn_status status = ptn_desk_parts_of(visit, ptn_bytes_from_text(origin),
                                                 strtoull(index, NULL, 10), &attachment, ids);

    if (status.code == PTN_C_NOT_FOUND || status.code == PTN_C_BAD_INPUT)
        return true; /* erased, or nothing is attached */
    for (size_t i = 0; ptn_ok(status) && i < ptn_attachment_parts(attachment.size); i++)
        status = ptn_desk_ask_proof(visit->desk, ptn_bytes_from_text(origin),
                                    ptn_attachment_place(&attachment, i), &when, &visit->out);
    if (!ptn_ok(status))
        ptn_visit_busy(visit, "busy", "The proofs cannot be made just now");
    return ptn_ok(status);
}

/* It names nobody, so it is no look at a person; nor is when an entry was written. VIEW-4. */
static void get_proof(struct ptn_visit *visit)
{
    const char *parts =
        MHD_lookup_connection_value(visit->connection, MHD_GET_ARGUMENT_KIND, "parts");
    struct ptn_desk_when when;

    if (!prove(visit, &when, &visit->out) || (parts != NULL && !prove_parts(visit)))
        return;
    visit->type = "text/plain; charset=utf-8";
    ptn_visit_answered(visit, PTN_OK);
}

static void write_second(struct ptn_json *json, const char *key, int64_t second)
{
    char text[PTN_INSTANT_TEXT_SIZE];

    if (second != 0)
        ptn_json_field_text(json, key, ptn_bytes_from_text(ptn_instant_write(second * 1000, text)));
}

static void get_when(struct ptn_visit *visit)
{
    struct ptn_buffer file = { .len_max = visit->out.len_max };
    struct ptn_json json = { .out = &visit->out };
    struct ptn_desk_when when = { 0, 0 };

    if (prove(visit, &when, &file)) {
        ptn_json_object(&json);
        write_second(&json, "from", when.from_s);
        write_second(&json, "until", when.until_s);
        ptn_json_object_end(&json);
        ptn_visit_answered(visit, ptn_json_end(&json));
    }
    ptn_buffer_release(&file);
}

/* ---- what is answered here ---- */

static void get_openapi(struct ptn_visit *visit)
{
    ptn_visit_answered(visit, ptn_buffer_add(&visit->out, ptn_bytes_of(ptn_desk_openapi_file,
                                                                       ptn_desk_openapi_file_len)));
}

/* ---- the country ---- */

static void get_country(struct ptn_visit *visit)
{
    const char *known = MHD_lookup_connection_value(visit->connection, MHD_HEADER_KIND,
                                                    MHD_HTTP_HEADER_IF_NONE_MATCH);
    bool same = false;
    struct ptn_status status =
        ptn_told_give(&visit->desk->told, known, &visit->out, visit->etag, &same);

    if (status.code == PTN_C_NOT_FOUND)
        ptn_visit_busy(visit, "busy", "Nobody has looked round yet");
    else
        ptn_visit_answered(visit, status);
    if (ptn_ok(status) && same)
        visit->status = MHD_HTTP_NOT_MODIFIED;
}

const struct ptn_desk_route ptn_desk_routes[] = {
    { "GET", "/healthz", false, get_health, PTN_DESK_STAFF },
    { "GET", "/v1/country", true, get_country, PTN_DESK_EVERYBODY },
    { "GET", "/v1/health", false, get_health, PTN_DESK_STAFF },
    { "GET", "/v1/openapi.json", false, get_openapi, PTN_DESK_STAFF },
    { "POST", "/v1/session", false, post_session, PTN_DESK_STAFF },
    { "GET", "/v1/session", true, answer_session, PTN_DESK_EVERYBODY },
    { "DELETE", "/v1/session", true, delete_session, PTN_DESK_EVERYBODY },
    { "POST", "/v1/purpose", true, post_purpose, PTN_DESK_EVERYBODY },
    { "GET", "/v1/staff", true, ptn_desk_get_staff, PTN_DESK_STAFF },
    { "POST", "/v1/staff/extension", false, ptn_desk_post_staff_extension, PTN_DESK_STAFF },
    { "POST", "/v1/staff/vouching", false, ptn_desk_post_staff_vouching, PTN_DESK_STAFF },
    { "POST", "/v1/find", true, ptn_desk_post_find, PTN_DESK_STAFF },
    { "GET", "/v1/proof", true, get_proof, PTN_DESK_EVERYBODY },
    { "GET", "/v1/when", true, get_when, PTN_DESK_EVERYBODY },
    { "POST", "/v1/search", true, post_search, PTN_DESK_STAFF },
    { "GET", "/v1/alerts", true, ptn_desk_get_alerts, PTN_DESK_STAFF },
    { "GET", "/v1/late-matches", true, ptn_desk_get_late, PTN_DESK_STAFF },
    { "GET", "/v1/late-matches/standing", true, ptn_desk_get_late_standing, PTN_DESK_STAFF },
    { "GET", "/v1/packs", true, ptn_desk_get_packs, PTN_DESK_STAFF },
    { "GET", "/v1/lists", true, ptn_desk_get_lists, PTN_DESK_STAFF },
    { "POST", "/v1/lists", true, ptn_desk_post_lists, PTN_DESK_STAFF },
    { "GET", "/v1/leave", true, ptn_desk_get_leave, PTN_DESK_STAFF },
    { "POST", "/v1/leave", true, ptn_desk_post_leave, PTN_DESK_STAFF },
    { "GET", "/v1/leave/paper", true, ptn_desk_get_leave_paper, PTN_DESK_STAFF },
    { "POST", "/v1/alerts", true, ptn_desk_post_alerts, PTN_DESK_STAFF },
    { "POST", "/v1/person", true, post_person, PTN_DESK_STAFF },
    { "POST", "/v1/attachment", true, ptn_desk_post_attachment, PTN_DESK_STAFF },
    { "POST", "/v1/looks", true, ptn_desk_post_looks, PTN_DESK_AUDITORS },
    { "POST", "/v1/subject", true, ptn_desk_post_subject, PTN_DESK_STAFF },
    { "POST", "/v1/corrections", true, ptn_desk_post_corrections, PTN_DESK_STAFF },
    { "POST", "/v1/identities", true, ptn_desk_post_identities, PTN_DESK_STAFF },
    { NULL, NULL, false, NULL, PTN_DESK_STAFF },
};
