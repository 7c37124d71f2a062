/*
 * serve/desk_publish.c -- alerts and orders to leave at a centre's desk: what is entered there goes
 * into the centre's ledger, and from there to every lane. Standard: docs/format/published.md.
 */
#include "serve/desk_int.h"

#include "serve/board.h"
#include "watch/screen.h"

#define BRAKE_DAYS  30
#define BRAKE_COUNT 2000u /* crossings that are looked at, the newest */
#define BRAKE_LEAST 3u    /* matches that are no accident of a small number */
#define BRAKE_SHARE 200u  /* one in so many: 0.5 % */
#define BRAKE_PAGE  100u
#define BRAKE_ARENA ((size_t)64 << 20)
#define MS_PER_DAY  INT64_C(86400000)

/* ---- the brake ---- */

/* How many of the newest crossings would have matched: counted, nobody is shown. */
struct braking {
    struct ptn_published_probe *probe;
    size_t counted, matched;
};

static void count_pages(struct ptn_desk *desk, struct braking *braking)
{
    struct ptn_view_question question = { .from_ms =
                                              ptn_desk_now_ms(desk) - BRAKE_DAYS * MS_PER_DAY,
                                          .count = BRAKE_PAGE };
    struct ptn_arena *arena = ptn_arena_new(BRAKE_ARENA);
    bool more = arena != NULL;

    while (more && braking->counted < BRAKE_COUNT) {
        const struct ptn_view_crossing *rows = NULL;
        size_t count = 0;
        struct ptn_status status = PTN_OK;

        ptn_arena_clear(arena);
        (void)pthread_mutex_lock(&desk->view_lock);
        if (desk->view == NULL)
            status =
                ptn_view_open(desk->plan.world, desk->plan.view, PTN_VIEW_READ, &desk->view, NULL);
        if (ptn_ok(status))
            status = ptn_view_crossings(desk->view, &question, arena, &rows, &count, &more, NULL);
        (void)pthread_mutex_unlock(&desk->view_lock);
        if (!ptn_ok(status) || count == 0)
            break;
        for (size_t i = 0; i < count; i++)
            if (ptn_published_probe_matches(braking->probe, &rows[i].crossing, arena))
                braking->matched++;
        braking->counted += count;
        question.before_ms = rows[count - 1].crossing.time_ms;
        question.before_at = rows[count - 1].at;
    }
    ptn_arena_free(arena);
}

/* Whether the alert would have stopped so many that a second person must agree. */
static bool brakes(struct ptn_visit *visit, const struct ptn_alert *alert, struct braking *braking)
{
    *braking = (struct braking){ .probe = ptn_published_probe_new(visit->desk->plan.world, alert) };
    if (braking->probe == NULL)
        return false;
    count_pages(visit->desk, braking);
    ptn_published_probe_free(braking->probe);
    return braking->matched >= BRAKE_LEAST && braking->matched * BRAKE_SHARE > braking->counted;
}

/* ---- alerts ---- */

static struct ptn_status write_alert(struct ptn_visit *visit, const struct ptn_alert *alert,
                                     struct ptn_diag *diag)
{
    struct ptn_buffer payload = { .len_max = PTN_RECORD_LEN_MAX };
    struct ptn_writer_record record = { .kind = PTN_RECORD_ALERT,
                                        .retention = PTN_RETENTION_CASEWORK };
    struct ptn_status status = ptn_alert_validate(alert, diag);

    if (ptn_ok(status))
        status = ptn_alert_write(alert, &payload);
    record.payload = ptn_buffer_bytes(&payload);
    if (ptn_ok(status))
        status = ptn_desk_write(visit->desk, &record);
    ptn_buffer_release(&payload);
    return status;
}

/* The second person agrees: the same alert, entered by the first. */
static struct ptn_status agree(struct ptn_visit *visit, struct ptn_alert *alert,
                               struct ptn_diag *diag)
{
    struct ptn_board *board = visit->desk->plan.board;
    struct ptn_published_alert waiting;
    struct ptn_buffer payload = { .len_max = PTN_RECORD_LEN_MAX };
    char *copy = NULL;
    struct ptn_status status =
        ptn_published_alert(ptn_board_lock(board), alert->id,
                            ptn_place_local_date(ptn_desk_now_ms(visit->desk)), &waiting);

    if (ptn_ok(status) && waiting.fate != PTN_PUBLISHED_WAITING)
        status = ptn_fail(PTN_C_BAD_INPUT, diag, 0, "agree");
    if (ptn_ok(status))
        status = ptn_alert_write(&waiting.alert, &payload);
    ptn_board_unlock(board);
    if (ptn_ok(status)) {
        copy = ptn_arena_text(visit->arena, ptn_buffer_bytes(&payload));
        status.code = copy == NULL ? PTN_C_NO_MEMORY : PTN_C_OK;
    }
    if (ptn_ok(status))
        status = ptn_alert_parse(ptn_bytes_of(copy, payload.len), visit->arena, alert, diag);
    ptn_buffer_release(&payload);
    if (!ptn_ok(status))
        return ptn_fail(status.code, diag, 0, "agree");
    alert->act = PTN_ALERT_ENTERED;
    alert->second = ptn_bytes_from_text(visit->session.officer.user);
    alert->time_ms = ptn_desk_now_ms(visit->desk);
    return PTN_OK;
}

static void answer_alert(struct ptn_visit *visit, const struct ptn_alert *alert,
                         const struct braking *braking)
{
    struct ptn_json json = { .out = &visit->out };
    bool waits = alert->act == PTN_ALERT_WAITING;
    char id[PTN_RECORD_ID_TEXT_SIZE];

    ptn_json_object(&json);
    ptn_json_field_text(&json, "id", ptn_bytes_from_text(ptn_record_id_write(alert->id, id)));
    ptn_json_field_text(&json, "state",
                        ptn_bytes_from_text(alert->act == PTN_ALERT_END ? "removal-not-confirmed"
                                            : waits                     ? "waiting"
                                                                        : "in-force"));
    if (braking->counted > 0) {
        ptn_json_field_number(&json, "would_match", (int64_t)braking->matched);
        ptn_json_field_number(&json, "of", (int64_t)braking->counted);
    }
    ptn_json_object_end(&json);
    ptn_visit_answered_as(visit, waits ? MHD_HTTP_ACCEPTED : MHD_HTTP_CREATED, ptn_json_end(&json));
}

void ptn_desk_post_alerts(struct ptn_visit *visit)
{
    struct ptn_desk *desk = visit->desk;
    struct ptn_request_alert request;
    struct braking braking = { .counted = 0 };
    struct ptn_diag diag = { 0 };
    struct ptn_alert *alert = &request.alert;
    struct ptn_status status;

    if (!ptn_visit_has_board(visit))
        return;
    status = ptn_request_alert_parse(ptn_buffer_bytes(&visit->body), visit->arena, &request, &diag);
    if (ptn_ok(status)) {
        if (ptn_record_id_is_none(alert->id))
            desk->plan.world->random(desk->plan.world->context, alert->id.at, sizeof(alert->id.at));
        alert->time_ms = ptn_desk_now_ms(desk);
        alert->post = ptn_bytes_from_text(desk->plan.centre->code);
        alert->officer = ptn_bytes_from_text(visit->session.officer.user);
        status = request.agree ? agree(visit, alert, &diag) : ptn_alert_validate(alert, &diag);
    }
    if (ptn_ok(status) && !request.agree && alert->act == PTN_ALERT_ENTERED &&
        brakes(visit, alert, &braking))
        alert->act = PTN_ALERT_WAITING;
    if (ptn_ok(status))
        status = write_alert(visit, alert, &diag);
    if (ptn_ok(status))
        answer_alert(visit, alert, &braking);
    else if (status.code == PTN_C_NOT_FOUND)
        ptn_visit_problem(visit, MHD_HTTP_NOT_FOUND, "not-found", "There is no such alert", NULL);
    else if (status.code == PTN_C_BAD_INPUT || status.code == PTN_C_TOO_BIG)
        ptn_visit_bad_body(visit, status, &diag);
    else
        ptn_visit_busy(visit, "not-recorded", "Nothing was recorded");
}

void ptn_desk_get_alerts(struct ptn_visit *visit)
{
    struct ptn_desk *desk = visit->desk;
    struct ptn_json json = { .out = &visit->out };
    struct ptn_published_standing standing;

    if (!ptn_visit_has_board(visit))
        return;
    ptn_published_standing(ptn_board_lock(desk->plan.board), &standing);
    ptn_board_unlock(desk->plan.board);
    if (!ptn_visit_looked(visit, "The list of national alerts.", standing.records))
        return;
    ptn_json_object(&json);
    ptn_board_write_alerts(desk->plan.board, ptn_place_local_date(ptn_desk_now_ms(desk)), &json);
    ptn_json_field_number(&json, "left_out", (int64_t)standing.left_out);
    ptn_json_object_end(&json);
    ptn_visit_answered(visit, ptn_json_end(&json));
}
