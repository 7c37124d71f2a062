/*
 * serve/desk_subject.c -- a person's own copy, at a centre's desk: a supervisor makes it, and that
 * they did is durable before it is answered (ACCESS-1).
 */
#include "serve/desk_int.h"

static struct ptn_status make(struct ptn_visit *visit, const struct ptn_request_subject *request,
                              struct ptn_diag *reterr)
{
    struct ptn_desk *desk = visit->desk;
    const struct ptn_subject_ask ask = {
        .issuer = request->issuer,
        .number = request->number,
        .birth = request->birth,
        .officer = ptn_bytes_from_text(visit->session.officer.user),
        .centre = ptn_bytes_from_text(desk->plan.centre->code),
        .made_ms = ptn_desk_now_ms(desk),
        .demonstration = desk->plan.centre->demonstration,
    };
    struct ptn_status status = ptn_desk_view_lock(desk);

    if (!ptn_ok(status))
        return status;
    status = ptn_subject_copy(desk->view, desk->plan.board, &ask, request->pdf ? NULL : &visit->out,
                              request->pdf ? &visit->out : NULL, reterr);
    ptn_desk_view_unlock(desk, status);
    return status;
}

void ptn_desk_post_subject(struct ptn_visit *visit)
{
    struct ptn_request_subject request;
    struct ptn_request_why why = { .purpose = PTN_PURPOSE_SUBJECT };
    struct ptn_person person = { .document = { .kind = PTN_DOCUMENT_OTHER } };
    struct ptn_diag diag = { 0 };
    struct ptn_status status;

    if (visit->session.officer.role != PTN_STAFF_SUPERVISOR) {
        ptn_visit_problem(visit, MHD_HTTP_FORBIDDEN, "not-allowed", "Only a supervisor may", NULL);
        return;
    }
    status =
        ptn_request_subject_parse(ptn_buffer_bytes(&visit->body), visit->arena, &request, &diag);
    if (!ptn_ok(status)) {
        ptn_visit_bad_body(visit, status, &diag);
        return;
    }
    status = make(visit, &request, &diag);
    if (status.code == PTN_C_TOO_BIG) {
        ptn_visit_problem(visit, MHD_HTTP_UNPROCESSABLE_CONTENT, "too-much",
                          "So much is held that only postern subject export can copy it", NULL);
        return;
    }
    if (!ptn_ok(status)) {
        ptn_visit_view_failed(visit, status, &diag);
        return;
    }
    why.reason = request.reason;
    person.birth = request.birth;
    person.document.number = request.number;
    memcpy(person.document.issuer, request.issuer.at, request.issuer.len);
    if (!ptn_visit_look(visit, &why, &person, 1))
        return;
    visit->type = request.pdf ? "application/pdf" : NULL;
    ptn_visit_answered(visit, PTN_OK);
}
