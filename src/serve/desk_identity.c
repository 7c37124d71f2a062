/*
 * serve/desk_identity.c -- who is said to be whom: joined and parted at a centre's desk, recorded
 * before it is answered, and read back from the view like everything else (IDENTITY-1).
 */
#include "serve/desk_int.h"

#include "record/case.h"

bool ptn_visit_second(struct ptn_visit *visit, struct ptn_bytes user, struct ptn_bytes password)
{
    struct ptn_desk *desk = visit->desk;
    const struct ptn_world *world = desk->plan.world;
    struct ptn_officer officer;
    struct ptn_status status = PTN_OK;
    bool slowed;

    if (ptn_bytes_is(user, visit->session.officer.user)) {
        ptn_visit_problem(visit, MHD_HTTP_FORBIDDEN, "one-person",
                          "One person alone does not decide this", NULL);
        return false;
    }
    (void)pthread_mutex_lock(&desk->check_lock);
    slowed = ptn_visit_slowed(visit, user);
    if (!slowed) {
        status =
            ptn_staffing_check(desk->plan.staffing, user, password, &visit->touch.staff, &officer);
        ptn_throttle_note(&desk->throttle, user,
                          status.code != PTN_C_NOT_FOUND || visit->touch.staff.wanted,
                          world->monotonic_us(world->context));
    }
    (void)pthread_mutex_unlock(&desk->check_lock);
    if (slowed)
        return false;
    if (!ptn_ok(status)) {
        ptn_visit_wrong_password(visit, user);
        return false;
    }
    if (officer.role == PTN_STAFF_AUDITOR) /* AUDIT-1: whoever reviews decides nothing */
        ptn_visit_problem(visit, MHD_HTTP_FORBIDDEN, "not-allowed", "An auditor decides nothing",
                          NULL);
    return officer.role != PTN_STAFF_AUDITOR;
}

/* What is to be recorded, but for who confirms it; *ret_two: another person has to. False: it
 * cannot be, and it is answered. */
static bool find_parting(struct ptn_visit *visit, const struct ptn_request_identity *request,
                         struct ptn_identity *identity, bool *ret_two)
{
    struct ptn_view_joining joining;
    struct ptn_diag diag = { 0 };
    struct ptn_status status = ptn_desk_view_lock(visit->desk);

    if (ptn_ok(status)) {
        status = ptn_view_joining(visit->desk->view, &request->part, visit->arena, &joining, &diag);
        ptn_desk_view_unlock(visit->desk, status);
    }
    if (!ptn_ok(status)) {
        ptn_visit_view_failed(visit, status, &diag);
        return false;
    }
    if (!joining.standing) {
        ptn_visit_problem(visit, MHD_HTTP_CONFLICT, "identity-parted",
                          "This joining was taken back already", NULL);
        return false;
    }
    identity->act = PTN_IDENTITY_PARTED;
    identity->of = request->part;
    identity->one = joining.decision.one;
    identity->other = joining.decision.other;
    *ret_two = true;
    return true;
}

static bool find_joining(struct ptn_visit *visit, const struct ptn_request_identity *request,
                         struct ptn_identity *identity, bool *ret_two)
{
    struct ptn_view_weighed weighed;
    struct ptn_view_key one, other;
    struct ptn_diag diag = { 0 };
    struct ptn_status status = ptn_desk_view_lock(visit->desk);

    memcpy(one.at, request->one, sizeof(one.at));
    memcpy(other.at, request->other, sizeof(other.at));
    if (ptn_ok(status)) {
        status = ptn_view_weigh(visit->desk->view, &one, &other, ptn_desk_stay_limit,
                                ptn_place_local_date(ptn_desk_now_ms(visit->desk)), visit->arena,
                                &weighed, &diag);
        ptn_desk_view_unlock(visit->desk, status);
    }
    if (!ptn_ok(status)) {
        ptn_visit_view_failed(visit, status, &diag);
        return false;
    }
    if (weighed.same) {
        ptn_visit_problem(visit, MHD_HTTP_CONFLICT, "identity-same",
                          "The two have one page already", NULL);
        return false;
    }
    identity->act = PTN_IDENTITY_JOINED;
    identity->one = weighed.one;
    identity->other = weighed.other;
    identity->lessens = weighed.lessens;
    *ret_two = weighed.lessens;
    return true;
}

static struct ptn_status write_identity(struct ptn_visit *visit,
                                        const struct ptn_identity *identity)
{
    struct ptn_buffer payload = { .len_max = PTN_RECORD_LEN_MAX };
    struct ptn_writer_record record = { .kind = PTN_RECORD_IDENTITY,
                                        .retention = ptn_record_retention(PTN_RECORD_IDENTITY) };
    struct ptn_status status = ptn_identity_write(identity, &payload);

    record.payload = ptn_buffer_bytes(&payload);
    if (ptn_ok(status))
        status = ptn_desk_write(visit->desk, &record);
    ptn_buffer_release(&payload);
    return status;
}

static void answer(struct ptn_visit *visit, const struct ptn_identity *identity)
{
    struct ptn_json json = { .out = &visit->out };
    char id[PTN_RECORD_ID_TEXT_SIZE];

    ptn_json_object(&json);
    ptn_json_field_text(&json, "id", ptn_bytes_from_text(ptn_record_id_write(identity->id, id)));
    ptn_json_field_text(&json, "act", ptn_bytes_from_text(ptn_identity_act_word(identity->act)));
    ptn_json_field_bool(&json, "lessens", identity->lessens);
    ptn_json_object_end(&json);
    ptn_visit_answered_as(visit, MHD_HTTP_CREATED, ptn_json_end(&json));
}

void ptn_desk_post_identities(struct ptn_visit *visit)
{
    struct ptn_desk *desk = visit->desk;
    struct ptn_request_identity request;
    struct ptn_request_why why = { 0 };
    struct ptn_identity identity = { .time_ms = ptn_desk_now_ms(desk),
                                     .post = ptn_bytes_from_text(desk->plan.centre->code),
                                     .officer = ptn_bytes_from_text(visit->session.officer.user) };
    struct ptn_diag diag = { 0 };
    bool two = false;
    struct ptn_status status =
        ptn_request_identity_parse(ptn_buffer_bytes(&visit->body), visit->arena, &request, &diag);

    if (!ptn_ok(status)) {
        ptn_visit_bad_body(visit, status, &diag);
        return;
    }
    if (!ptn_visit_why(visit, &why) ||
        !(ptn_record_id_is_none(request.part) ? find_joining(visit, &request, &identity, &two)
                                              : find_parting(visit, &request, &identity, &two)))
        return;
    if (two && !request.has_second) {
        ptn_visit_problem(visit, MHD_HTTP_FORBIDDEN, "needs-second",
                          "It takes a reason away: another person has to say so, too", NULL);
        return;
    }
    if (request.has_second && !ptn_visit_second(visit, request.second, request.password))
        return;
    desk->plan.world->random(desk->plan.world->context, identity.id.at, sizeof(identity.id.at));
    identity.reason = request.reason;
    identity.second = request.second;
    if (ptn_ok(write_identity(visit, &identity)))
        answer(visit, &identity);
    else
        ptn_visit_busy(visit, "not-recorded", "Nothing was recorded");
}
