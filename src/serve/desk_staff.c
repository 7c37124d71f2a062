/* serve/desk_staff.c -- a centre's staff list as its supervisor sees it; two people let it run
 * longer, or one vouches for another who has no key there; whoever may not stay is signed in no
 * more. */
#include "record/access.h"
#include "serve/desk_int.h"

/* The session's end, as the owner of the ledger writes it: whoever asked for it waits for nothing.
 */
static void note_end(struct ptn_desk *desk, const struct ptn_serve_session *session,
                     ptn_desk_append_fn append, void *context)
{
    const struct ptn_bytes token = ptn_bytes_from_text(session->token);
    uint8_t digest[PTN_SHA256_LEN];
    struct ptn_session ended = {
        .time_ms = ptn_desk_now_ms(desk),
        .event = PTN_SESSION_ENDED,
        .user = ptn_bytes_from_text(session->officer.user),
        .role = ptn_bytes_from_text(ptn_staff_role_word(session->officer.role)),
        .post = ptn_bytes_from_text(desk->plan.centre->code),
    };
    struct ptn_buffer payload = { .len_max = PTN_RECORD_LEN_MAX };
    struct ptn_writer_record record = { .kind = PTN_RECORD_SESSION,
                                        .retention = PTN_RETENTION_AUDIT };

    if (ptn_ok(ptn_sha256(&token, 1, digest))) {
        memcpy(ended.id.at, digest, sizeof(ended.id.at));
        if (ptn_ok(ptn_session_write(&ended, &payload))) {
            record.payload = ptn_buffer_bytes(&payload);
            (void)ptn_ok(append(context, &record, 1)); /* a disk that is full keeps nobody in */
        }
    }
    ptn_buffer_release(&payload);
}

void ptn_desk_staff_look(struct ptn_desk *desk, ptn_desk_append_fn append, void *context)
{
    struct ptn_serve_session session;
    uint64_t after = 0;

    while (ptn_session_next(&desk->sessions, &after, &session)) {
        if (ptn_staffing_may_stay(desk->plan.staffing, &session.officer))
            continue;
        ptn_session_end(&desk->sessions, session.serial);
        note_end(desk, &session, append, context);
    }
    explicit_bzero(&session, sizeof(session));
}

/* ---- the list ---- */

static void answer(struct ptn_visit *visit)
{
    const struct ptn_staff_standing staff = ptn_staffing_standing(visit->desk->plan.staffing);
    struct ptn_json json = { .out = &visit->out };

    ptn_answer_staff_standing(&json, &staff);
    ptn_visit_answered(visit, ptn_json_end(&json));
}

void ptn_desk_get_staff(struct ptn_visit *visit)
{
    if (visit->session.officer.role == PTN_STAFF_SUPERVISOR)
        answer(visit);
    else
        ptn_visit_problem(visit, MHD_HTTP_FORBIDDEN, "not-allowed", "Only a supervisor may", NULL);
}

/* Both passwords, one after another; a second one whose password is wrong must wait like the first.
 * False: one of them must wait, and it is answered. */
static bool ask_two(struct ptn_visit *visit, const struct ptn_request_two *request,
                    struct ptn_status (*act)(struct ptn_staffing *staffing,
                                             const struct ptn_staff_hands *hands,
                                             struct ptn_diag *reterr),
                    struct ptn_status *ret_status, struct ptn_diag *reterr)
{
    struct ptn_desk *desk = visit->desk;
    const struct ptn_world *world = desk->plan.world;
    const struct ptn_staff_hands hands = { request->user, request->password, request->second,
                                           request->second_password, &visit->touch.staff };
    bool slowed;

    (void)pthread_mutex_lock(&desk->check_lock);
    slowed = ptn_visit_slowed(visit, request->user) || ptn_visit_slowed(visit, request->second);
    if (!slowed) {
        const int64_t now_us = world->monotonic_us(world->context);
        struct ptn_two_guesses guesses;

        *ret_status = act(desk->plan.staffing, &hands, reterr);
        guesses = ptn_two_guesses(*ret_status, reterr, visit->touch.staff.wanted);
        ptn_throttle_note(&desk->throttle, request->user, guesses.first_good, now_us);
        if (guesses.second_asked)
            ptn_throttle_note(&desk->throttle, request->second, guesses.second_good, now_us);
    }
    (void)pthread_mutex_unlock(&desk->check_lock);
    return !slowed;
}

/* True: it is done, and the caller says what. busy says why BUSY is. */
static bool by_two(struct ptn_visit *visit, const struct ptn_request_two *request,
                   struct ptn_status (*act)(struct ptn_staffing *staffing,
                                            const struct ptn_staff_hands *hands,
                                            struct ptn_diag *reterr),
                   const char *busy, const char *busy_title)
{
    struct ptn_diag diag = { 0 };
    struct ptn_status status;

    if (!ask_two(visit, request, act, &status, &diag))
        return false;
    switch (status.code) {
    case PTN_C_OK:
        return true;
    case PTN_C_NOT_FOUND:
        ptn_visit_wrong_password(visit, diag.offset == 1 ? request->second : request->user);
        break;
    case PTN_C_BUSY:
        ptn_visit_problem(visit, MHD_HTTP_CONFLICT, busy, busy_title, NULL);
        break;
    case PTN_C_BAD_INPUT:
        if (diag.offset == 1)
            ptn_visit_problem(visit, MHD_HTTP_FORBIDDEN, "vouch-key", PTN_SERVE_VOUCH_KEY, NULL);
        else
            ptn_visit_problem(visit, MHD_HTTP_FORBIDDEN, "needs-supervisor",
                              "A supervisor and another person are needed", NULL);
        break;
    case PTN_C_TOO_BIG:
    case PTN_C_CORRUPT:
    case PTN_C_IO:
    case PTN_C_NO_MEMORY:
        ptn_visit_busy(visit, "busy", "Not just now");
        break;
    }
    return false;
}

void ptn_desk_post_staff_extension(struct ptn_visit *visit)
{
    struct ptn_request_two request;
    struct ptn_diag diag = { 0 };
    struct ptn_status status =
        ptn_request_extension_parse(ptn_buffer_bytes(&visit->body), visit->arena, &request, &diag);

    if (!ptn_ok(status))
        ptn_visit_bad_body(visit, status, &diag);
    else if (by_two(visit, &request, ptn_staffing_extend, "staff-not-due",
                    "No staff list here ends within 20 hours"))
        answer(visit);
}

void ptn_desk_post_staff_vouching(struct ptn_visit *visit)
{
    struct ptn_request_two request;
    struct ptn_json json = { .out = &visit->out };
    struct ptn_diag diag = { 0 };
    struct ptn_status status =
        ptn_request_vouching_parse(ptn_buffer_bytes(&visit->body), visit->arena, &request, &diag);

    if (!ptn_ok(status)) {
        ptn_visit_bad_body(visit, status, &diag);
    } else if (by_two(visit, &request, ptn_staffing_vouch, "no-key",
                      "They have no security key: the password is enough")) {
        ptn_answer_vouched(&json, request.second);
        ptn_visit_answered(visit, ptn_json_end(&json));
    }
}
