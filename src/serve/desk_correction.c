/*
 * serve/desk_correction.c -- a crossing was recorded wrong: said at a centre's desk, recorded
 * before it is answered, and read back from the view like everything else. The crossing stays as it
 * is; what one person says alone makes no count of days milder (CORRECT-1).
 */
#include "serve/desk_int.h"

#include "record/case.h"

/* The crossing on that page. False: there is none, and it is answered. */
static bool find_crossing(struct ptn_visit *visit, const struct ptn_request_correction *request,
                          struct ptn_correction *correction)
{
    struct ptn_view_history page;
    struct ptn_view_key key;
    struct ptn_diag diag = { 0 };
    struct ptn_status status = ptn_desk_view_lock(visit->desk);

    memcpy(key.at, request->key, sizeof(key.at));
    if (ptn_ok(status)) {
        status = ptn_view_person(visit->desk->view, &key, ptn_desk_stay_limit,
                                 ptn_place_local_date(ptn_desk_now_ms(visit->desk)), visit->arena,
                                 &page, &diag);
        ptn_desk_view_unlock(visit->desk, status);
    }
    if (!ptn_ok(status)) {
        ptn_visit_view_failed(visit, status, &diag);
        return false;
    }
    for (size_t i = 0; i < page.crossing_count; i++)
        if (page.crossings[i].seq == request->entry &&
            ptn_bytes_is(request->ledger, page.crossings[i].origin)) {
            correction->of = page.crossings[i].crossing.id;
            correction->person = page.crossings[i].crossing.person;
            return true;
        }
    ptn_visit_problem(visit, MHD_HTTP_NOT_FOUND, "not-found", "No such crossing is on that page",
                      NULL);
    return false;
}

static void set_text(struct ptn_bytes *to, struct ptn_bytes text)
{
    if (text.len > 0)
        *to = text;
}

/* The person as they are: as recorded, but for what was said. */
static struct ptn_person right_of(const struct ptn_request_correction *request,
                                  const struct ptn_person *recorded)
{
    struct ptn_person right = *recorded;

    if (!request->any_person)
        return (struct ptn_person){ .sex = 0 };
    set_text(&right.surname, request->surname);
    set_text(&right.given, request->given);
    set_text(&right.document.number, request->number);
    if (request->nationality[0] != '\0')
        memcpy(right.nationality, request->nationality, sizeof(right.nationality));
    if (request->issuer[0] != '\0')
        memcpy(right.document.issuer, request->issuer, sizeof(right.document.issuer));
    if (!ptn_date_is_none(request->birth))
        right.birth = request->birth;
    return right;
}

static struct ptn_status write_record(struct ptn_visit *visit,
                                      const struct ptn_correction *correction,
                                      struct ptn_diag *reterr)
{
    struct ptn_buffer payload = { .len_max = PTN_RECORD_LEN_MAX };
    struct ptn_writer_record record = { .kind = PTN_RECORD_CORRECTION,
                                        .retention = ptn_record_retention(PTN_RECORD_CORRECTION) };
    struct ptn_status status = ptn_correction_validate(correction, reterr);

    if (ptn_ok(status))
        status = ptn_correction_write(correction, &payload);
    record.payload = ptn_buffer_bytes(&payload);
    if (ptn_ok(status))
        status = ptn_desk_write(visit->desk, &record);
    ptn_buffer_release(&payload);
    return status;
}

static void answer(struct ptn_visit *visit, const struct ptn_correction *correction)
{
    struct ptn_json json = { .out = &visit->out };
    char id[PTN_RECORD_ID_TEXT_SIZE];

    ptn_json_object(&json);
    ptn_json_field_text(&json, "id", ptn_bytes_from_text(ptn_record_id_write(correction->id, id)));
    ptn_json_field_bool(&json, "by_two", correction->second.len > 0);
    ptn_json_object_end(&json);
    ptn_visit_answered_as(visit, MHD_HTTP_CREATED, ptn_json_end(&json));
}

void ptn_desk_post_corrections(struct ptn_visit *visit)
{
    struct ptn_desk *desk = visit->desk;
    struct ptn_request_correction request;
    struct ptn_request_why why = { 0 };
    struct ptn_correction correction = {
        .time_ms = ptn_desk_now_ms(desk),
        .post = ptn_bytes_from_text(desk->plan.centre->code),
        .officer = ptn_bytes_from_text(visit->session.officer.user),
    };
    struct ptn_diag diag = { 0 };
    struct ptn_status status =
        ptn_request_correction_parse(ptn_buffer_bytes(&visit->body), visit->arena, &request, &diag);

    if (!ptn_ok(status)) {
        ptn_visit_bad_body(visit, status, &diag);
        return;
    }
    if (!ptn_visit_why(visit, &why) || !find_crossing(visit, &request, &correction))
        return;
    if (request.has_second && !ptn_visit_second(visit, request.second, request.password))
        return;
    desk->plan.world->random(desk->plan.world->context, correction.id.at, sizeof(correction.id.at));
    correction.reason = request.reason;
    correction.second = request.second;
    correction.right = right_of(&request, &correction.person);
    correction.direction = request.direction;
    correction.date = request.date;
    status = write_record(visit, &correction, &diag);
    if (ptn_ok(status))
        answer(visit, &correction);
    else if (status.code == PTN_C_BAD_INPUT || status.code == PTN_C_TOO_BIG)
        ptn_visit_bad_body(visit, status, &diag);
    else
        ptn_visit_busy(visit, "not-recorded", "Nothing was recorded");
}
