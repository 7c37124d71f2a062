/*
 * serve/desk_looks.c -- an auditor's page: who looked, what for, and what stands out. AUDIT-1: it
 * is an auditor's alone, names no traveller, and is itself a look, durable before it is answered.
 */
#include "serve/audit_int.h"
#include "serve/desk_int.h"

#include <stdlib.h>

#define DAY_MS     INT64_C(86400000)
#define ROWS       100u
#define PEOPLE_MAX 50u
#define WHOM_BYTES 5u
#define WHOM_SIZE  (2 + 2 * WHOM_BYTES + 1)

/* One answer in the making. */
struct telling {
    struct ptn_visit *visit;
    const struct ptn_request_looks *request;
    struct ptn_audit audit;
    struct ptn_view *view;
    int64_t since_ms;
    int64_t places[ROWS];
    unsigned marks[ROWS];
    size_t row_count, matched;
    size_t row; /* at hand */
    struct ptn_json json;
};

/* A person without a name: the same for every look at one document while this desk runs, and of no
 * use elsewhere, as nobody can try documents out on it. */
static const char *label(const struct ptn_desk *desk, const uint8_t whom[16], char text[WHOM_SIZE])
{
    const struct ptn_bytes parts[] = { ptn_bytes_of(desk->audit_key, sizeof(desk->audit_key)),
                                       ptn_bytes_of(whom, 16) };
    uint8_t digest[PTN_SHA256_LEN] = { 0 };

    (void)ptn_ok(ptn_sha256(parts, 2, digest));
    text[0] = 'P';
    text[1] = '-';
    (void)ptn_hex_write(digest, WHOM_BYTES, text + 2);
    return text;
}

/* ---- which are asked for ---- */

static bool is_wanted(const struct telling *telling, const struct ptn_audit_look *look)
{
    const struct ptn_request_looks *request = telling->request;
    const struct ptn_audit_officer *officer =
        look->officer == PTN_AUDIT_OFFICERS_MAX ? NULL : &telling->audit.officers[look->officer];
    char text[WHOM_SIZE];

    if (request->officer.len > 0 &&
        (officer == NULL || !ptn_bytes_is(request->officer, officer->user)))
        return false;
    if (request->post.len > 0 && (officer == NULL || !ptn_bytes_is(request->post, officer->post)))
        return false;
    if (request->only != 0 && (look->marks & request->only) == 0)
        return false;
    return request->person.len == 0 ||
           ((look->marks & PTN_AUDIT_OF_ONE) != 0 &&
            ptn_bytes_is(request->person, label(telling->visit->desk, look->whom, text)));
}

static void choose_rows(struct telling *telling)
{
    for (size_t i = 0; i < telling->audit.count; i++) {
        const struct ptn_audit_look *look = &telling->audit.looks[i];

        if (!is_wanted(telling, look))
            continue;
        if (telling->matched++ < telling->request->skip || telling->row_count == ROWS)
            continue;
        telling->places[telling->row_count] = look->at;
        telling->marks[telling->row_count++] = look->marks;
    }
}

/* ---- writing ---- */

static void field(struct ptn_json *json, const char *key, const char *text)
{
    ptn_json_field_text(json, key, ptn_bytes_from_text(text));
}

static void put_number(struct ptn_json *json, const char *key, size_t number)
{
    ptn_json_field_number(json, key, (int64_t)number);
}

static void write_officers(struct telling *telling)
{
    struct ptn_json *json = &telling->json;

    ptn_json_key(json, "officers");
    ptn_json_array(json);
    for (size_t i = 0; i < telling->audit.officer_count; i++) {
        const struct ptn_audit_officer *officer = &telling->audit.officers[i];

        ptn_json_object(json);
        field(json, "officer", officer->user);
        field(json, "post", officer->post);
        put_number(json, "looks", officer->looks);
        put_number(json, "asked", officer->asked);
        put_number(json, "people", officer->people);
        put_number(json, "most", officer->most);
        put_number(json, "odd", officer->odd);
        put_number(json, "unanswered", officer->unanswered);
        ptn_json_object_end(json);
    }
    ptn_json_array_end(json);
}

static void write_people(struct telling *telling)
{
    struct ptn_json *json = &telling->json;
    char text[WHOM_SIZE];

    ptn_json_key(json, "people");
    ptn_json_array(json);
    for (size_t i = 0; i < telling->audit.person_count && i < PEOPLE_MAX; i++) {
        const struct ptn_audit_person *person = &telling->audit.people[i];

        ptn_json_object(json);
        field(json, "person", label(telling->visit->desk, person->whom, text));
        put_number(json, "looks", person->looks);
        put_number(json, "asked", person->asked);
        put_number(json, "officers", person->officers);
        ptn_json_object_end(json);
    }
    ptn_json_array_end(json);
}

static struct ptn_status write_row(void *context, const struct ptn_view_look *look)
{
    struct telling *telling = context;
    struct ptn_json *json = &telling->json;
    char time[PTN_INSTANT_TEXT_SIZE], whom[WHOM_SIZE];
    unsigned marks;

    while (telling->places[telling->row] != look->at) /* one that was erased meanwhile */
        telling->row++;
    marks = telling->marks[telling->row];
    ptn_json_object(json);
    field(json, "time", ptn_instant_write(look->time_ms, time));
    ptn_json_field_text(json, "officer", look->officer);
    ptn_json_field_text(json, "post", look->post);
    ptn_json_field_text_if(json, "lane", look->lane);
    field(json, "purpose", ptn_purpose_word(look->purpose));
    ptn_json_field_text_if(json, "reason", look->reason);
    put_number(json, "shown", (size_t)look->shown);
    if (look->of_one)
        field(json, "person", label(telling->visit->desk, look->whom, whom));
    ptn_json_field_bool(json, "odd", (marks & PTN_AUDIT_ODD) != 0);
    ptn_json_field_bool(json, "unanswered", (marks & PTN_AUDIT_UNANSWERED) != 0);
    field(json, "ledger", look->origin);
    put_number(json, "entry", (size_t)look->seq);
    ptn_json_object_end(json);
    return json->status;
}

static struct ptn_status write_all(struct telling *telling)
{
    struct ptn_json *json = &telling->json;
    const size_t end = telling->request->skip + telling->row_count;
    char time[PTN_INSTANT_TEXT_SIZE], next[24];
    struct ptn_status status;

    ptn_json_object(json);
    put_number(json, "days", telling->request->days);
    field(json, "since", ptn_instant_write(telling->since_ms, time));
    put_number(json, "looks", telling->audit.count);
    put_number(json, "matched", telling->matched);
    write_officers(telling);
    write_people(telling);
    ptn_json_key(json, "rows");
    ptn_json_array(json);
    status = ptn_view_looks_at(telling->view, telling->places, telling->row_count, write_row,
                               telling, NULL);
    ptn_json_array_end(json);
    if (end < telling->matched) {
        (void)snprintf(next, sizeof(next), "%zu", end);
        field(json, "next", next);
    }
    ptn_json_object_end(json);
    return ptn_ok(status) ? ptn_json_end(json) : status;
}

/* ---- asking ---- */

/* By a connection of its own: a long walk keeps no analyst waiting. */
static struct ptn_status tell(struct telling *telling)
{
    const struct ptn_desk *desk = telling->visit->desk;
    const int64_t now_ms = ptn_desk_now_ms(desk);
    const int64_t from_ms = now_ms - (int64_t)telling->request->days * DAY_MS;
    struct ptn_status status =
        ptn_view_open(desk->plan.world, desk->plan.view, PTN_VIEW_READ, &telling->view, NULL);

    if (ptn_ok(status))
        status = ptn_audit_init(&telling->audit, now_ms);
    if (ptn_ok(status))
        status = ptn_view_looks(telling->view, from_ms, ptn_audit_take, &telling->audit,
                                &telling->since_ms, NULL);
    if (ptn_ok(status))
        status = ptn_audit_settle(&telling->audit);
    if (ptn_ok(status)) {
        choose_rows(telling);
        status = write_all(telling);
    }
    ptn_audit_release(&telling->audit);
    ptn_view_close(telling->view);
    return status;
}

/* What was asked for goes with the look. */
static bool looked(struct ptn_visit *visit, const struct ptn_request_looks *request, size_t shown)
{
    struct ptn_request_why why = { 0 };
    const struct ptn_visit_term terms[] = { { "looks of", request->officer },
                                            { "at post", request->post },
                                            { "at person", request->person } };

    if (!ptn_visit_why(visit, &why))
        return false;
    why.purpose = PTN_PURPOSE_OVERSIGHT;
    return ptn_visit_terms(visit, &why, terms, sizeof(terms) / sizeof(terms[0])) &&
           ptn_visit_look(visit, &why, NULL, shown);
}

void ptn_desk_post_looks(struct ptn_visit *visit)
{
    struct ptn_desk *desk = visit->desk;
    struct ptn_request_looks request;
    struct ptn_request_why why = { 0 };
    struct telling *telling = ptn_arena_take(visit->arena, sizeof(*telling));
    struct ptn_diag diag = { 0 };
    struct ptn_status status =
        ptn_request_looks_parse(ptn_buffer_bytes(&visit->body), visit->arena, &request, &diag);

    if (!ptn_ok(status)) {
        ptn_visit_bad_body(visit, status, &diag);
        return;
    }
    if (!ptn_visit_why(visit, &why))
        return;
    if (telling == NULL) {
        ptn_visit_busy(visit, "busy", "No memory for this now");
        return;
    }
    *telling =
        (struct telling){ .visit = visit, .request = &request, .json = { .out = &visit->out } };
    (void)pthread_mutex_lock(&desk->audit_lock);
    status = tell(telling);
    (void)pthread_mutex_unlock(&desk->audit_lock);
    if (!ptn_ok(status)) {
        ptn_visit_view_failed(visit, status, &diag);
        return;
    }
    if (looked(visit, &request, telling->row_count))
        ptn_visit_answered(visit, PTN_OK);
}
