/* serve/shift.c -- the shift at a post's own pages: how it stands, and what a supervisor tells of
 * it. node/shift.h knows the rest. */
#include "node/shift.h"

#include "node/again.h"
#include "node/apply.h"
#include "serve/serve_int.h"
#include "serve/shift_int.h"

/* ---- how it stands ---- */

/* What lets the post come up again: the same as docs/format/order.md "Who may give it" says. */
static const char *next_of(const struct ptn_apply_standing *standing)
{
    if (standing->entry == PTN_RUNG_NORMAL && standing->exit == PTN_RUNG_NORMAL)
        return "nothing";
    if (standing->own)
        return "itself";
    if (standing->cause == PTN_CAUSE_ATTACK)
        return "gate";
    return standing->entry == PTN_RUNG_MANUAL || standing->exit == PTN_RUNG_MANUAL ? "sheets"
                                                                                   : "duty";
}

/* Who is signed in at a lane, newest first. False when nobody is. */
static bool find_officer(struct ptn_serve *serve, const char *lane, struct ptn_officer *ret_officer)
{
    int64_t now_us = ptn_serve_now(serve);
    uint64_t newest = 0;

    (void)pthread_mutex_lock(&serve->sessions.lock);
    for (size_t i = 0; i < PTN_SERVE_SESSIONS; i++) {
        const struct ptn_serve_session *session = &serve->sessions.table[i];

        if (session->used && session->serial > newest && strcmp(session->lane, lane) == 0 &&
            now_us - session->last_us < (int64_t)PTN_SERVE_SESSION_S * 1000000) {
            newest = session->serial;
            *ret_officer = session->officer;
        }
    }
    (void)pthread_mutex_unlock(&serve->sessions.lock);
    return newest > 0;
}

static void write_lane(struct ptn_serve *serve, struct ptn_json *json,
                       const struct ptn_shift_lane *lane)
{
    struct ptn_officer officer;

    ptn_json_object(json);
    ptn_json_field_text(json, "lane", ptn_bytes_from_text(lane->name));
    if (lane->told) {
        ptn_json_field_bool(json, "open", lane->open);
        ptn_json_field_text(json, "category",
                            ptn_bytes_from_text(ptn_lane_category_word(lane->category)));
        ptn_json_field_number(json, "since_ms", lane->since_ms);
    }
    if (lane->active_ms != 0)
        ptn_json_field_number(json, "active_ms", lane->active_ms);
    ptn_json_field_number(json, "hour", lane->hour);
    if (find_officer(serve, lane->name, &officer))
        ptn_json_field_text(json, "officer", ptn_bytes_from_text(officer.name));
    ptn_json_object_end(json);
}

/* Pages that are no lanes sign in under names of their own. */
static bool is_page(const char *lane)
{
    return strcmp(lane, "paper") == 0 || strcmp(lane, "room") == 0 || strcmp(lane, "shift") == 0;
}

/* Lanes where somebody is signed in and nobody has crossed yet. */
static void write_idle_lanes(struct ptn_serve *serve, struct ptn_json *json,
                             const struct ptn_shift_standing *shift)
{
    char lanes[PTN_SHIFT_LANES_MAX][PTN_LANE_NAME_MAX + 1];
    size_t count = 0;

    (void)pthread_mutex_lock(&serve->sessions.lock);
    for (size_t i = 0; i < PTN_SERVE_SESSIONS && count < PTN_SHIFT_LANES_MAX; i++) {
        const char *lane = serve->sessions.table[i].lane;
        bool known = !serve->sessions.table[i].used || lane[0] == '\0' || is_page(lane);

        for (size_t j = 0; j < shift->lane_count && !known; j++)
            known = strcmp(shift->lanes[j].name, lane) == 0;
        for (size_t j = 0; j < count && !known; j++)
            known = strcmp(lanes[j], lane) == 0;
        if (!known)
            memcpy(lanes[count++], lane, sizeof(lanes[0]));
    }
    (void)pthread_mutex_unlock(&serve->sessions.lock);
    for (size_t i = 0; i < count; i++) {
        struct ptn_shift_lane lane = { 0 };

        memcpy(lane.name, lanes[i], sizeof(lane.name));
        write_lane(serve, json, &lane);
    }
}

static void write_overrides(struct ptn_json *json, const struct ptn_shift_standing *shift)
{
    ptn_json_field_number(json, "overridden", shift->overrides_made);
    ptn_json_key(json, "overrides");
    ptn_json_array(json);
    for (size_t i = 0; i < shift->override_count; i++) {
        const struct ptn_shift_override *override = &shift->overrides[i];

        ptn_json_object(json);
        ptn_json_field_number(json, "time_ms", override->time_ms);
        ptn_json_field_text(json, "lane", ptn_bytes_from_text(override->lane));
        ptn_json_field_text(json, "officer", ptn_bytes_from_text(override->officer));
        ptn_json_field_text_if(json, "supervisor", ptn_bytes_from_text(override->supervisor));
        ptn_json_object_end(json);
    }
    ptn_json_array_end(json);
}

/* ACCESS-2. */
static void write_idle(struct ptn_json *json, const struct ptn_shift_standing *shift)
{
    ptn_json_field_number(json, "looks", shift->looks);
    ptn_json_key(json, "idle_looks");
    ptn_json_array(json);
    for (size_t i = 0; i < shift->idle_count && i < PTN_SHIFT_IDLE_MAX; i++) {
        const struct ptn_shift_idle *one = &shift->idle[i];

        ptn_json_object(json);
        ptn_json_field_text(json, one->officer ? "officer" : "lane",
                            ptn_bytes_from_text(one->name));
        ptn_json_field_number(json, "asked", one->asked);
        ptn_json_field_number(json, "settled", one->settled);
        ptn_json_object_end(json);
    }
    ptn_json_array_end(json);
}

static void write_referrals(struct ptn_json *json, const struct ptn_shift_standing *shift)
{
    ptn_json_key(json, "referrals");
    ptn_json_array(json);
    for (unsigned i = 1; i < PTN_REFERRAL_COUNT; i++) {
        if (shift->referrals[i] == 0)
            continue;
        ptn_json_object(json);
        ptn_json_field_text(json, "kind",
                            ptn_bytes_from_text(ptn_referral_kind_word((enum ptn_referral_kind)i)));
        ptn_json_field_number(json, "count", shift->referrals[i]);
        ptn_json_object_end(json);
    }
    ptn_json_array_end(json);
}

static void write_waits(struct ptn_json *json, const struct ptn_shift_standing *shift)
{
    ptn_json_key(json, "waits");
    ptn_json_array(json);
    for (unsigned i = 1; i < PTN_DIRECTION_COUNT; i++) {
        const struct ptn_shift_wait *wait = &shift->waits[i];

        if (!wait->known)
            continue;
        ptn_json_object(json);
        ptn_json_field_text(json, "direction",
                            ptn_bytes_from_text(ptn_direction_word((enum ptn_direction)i)));
        ptn_json_field_number(json, "minutes", wait->minutes);
        ptn_json_field_text(json, "method",
                            ptn_bytes_from_text(ptn_wait_method_word(wait->method)));
        ptn_json_field_number(json, "time_ms", wait->time_ms);
        ptn_json_object_end(json);
    }
    ptn_json_array_end(json);
}

static void write_handed(struct ptn_json *json, const struct ptn_shift_standing *shift)
{
    if (shift->handed_ms == 0)
        return;
    ptn_json_key(json, "handed");
    ptn_json_object(json);
    ptn_json_field_number(json, "time_ms", shift->handed_ms);
    ptn_json_field_text(json, "by", ptn_bytes_from_text(shift->handed_by));
    ptn_json_field_text(json, "to", ptn_bytes_from_text(shift->handed_to));
    ptn_json_field_text(json, "words", ptn_bytes_from_text(shift->words));
    ptn_json_field_number(json, "lists_age_h", (int64_t)shift->handed_lists_h);
    ptn_json_object_end(json);
}

static void write_lists(struct ptn_json *json, const struct ptn_node_standing *standing)
{
    ptn_json_field_text(json, "lists_state",
                        ptn_bytes_from_text(ptn_lists_state_word(standing->lists_state)));
    ptn_json_field_text(json, "recording",
                        ptn_bytes_from_text(ptn_recording_word(standing->recording)));
    ptn_answer_heightened(json, standing);
    ptn_json_field_text(json, "rules_state",
                        ptn_bytes_from_text(ptn_lists_state_word(standing->rules_state)));
    ptn_json_field_text(json, "conditions_state",
                        ptn_bytes_from_text(ptn_lists_state_word(standing->conditions_state)));
    ptn_json_field_bool(json, "fold_refused", standing->fold_refused);
    ptn_json_key(json, "lists");
    ptn_json_array(json);
    for (size_t i = 0; i < standing->list_count; i++) {
        ptn_json_object(json);
        ptn_json_field_text(json, "list", standing->lists[i].list);
        ptn_json_field_text(json, "edition", standing->lists[i].edition);
        ptn_json_field_number(json, "age_s", standing->lists[i].age_s);
        ptn_json_object_end(json);
    }
    ptn_json_array_end(json);
}

/* Who was let through and would not be now: how many, and how many nobody has taken up. */
static void write_late(struct ptn_json *json, struct ptn_late_count late)
{
    ptn_json_field_number(json, "late", (int64_t)late.found);
    ptn_json_field_number(json, "late_open", (int64_t)late.open);
}

static void write_shift(struct ptn_call *call, const struct ptn_shift_standing *shift,
                        const struct ptn_node_standing *standing)
{
    struct ptn_serve *serve = call->serve;
    struct ptn_apply_standing orders = ptn_apply_standing(serve->plan.node);
    struct ptn_json json = { .out = &call->out };

    ptn_json_object(&json);
    ptn_json_field_number(&json, "time_ms", serve->world->now_ms(serve->world->context));
    ptn_answer_rung(&json, standing);
    ptn_json_field_text(&json, "next", ptn_bytes_from_text(next_of(&orders)));
    ptn_json_key(&json, "lanes");
    ptn_json_array(&json);
    for (size_t i = 0; i < shift->lane_count; i++)
        write_lane(serve, &json, &shift->lanes[i]);
    write_idle_lanes(serve, &json, shift);
    ptn_json_array_end(&json);
    ptn_json_field_number(&json, "hour", shift->hour);
    ptn_json_field_number(&json, "ten", shift->ten);
    ptn_json_field_number(&json, "crossings", shift->crossings);
    ptn_json_field_number(&json, "began_ms", shift->began_ms);
    write_overrides(&json, shift);
    write_idle(&json, shift);
    write_referrals(&json, shift);
    write_waits(&json, shift);
    write_handed(&json, shift);
    write_lists(&json, standing);
    write_late(&json, ptn_late_count(serve->plan.node, &call->session.officer));
    ptn_answer_staff(serve, &json);
    ptn_json_field_number(&json, "clock_off_s", standing->kept.clock_off_s);
    ptn_json_field_number(&json, "packs", (int64_t)shift->packs);
    ptn_json_field_number(&json, "sheets", (int64_t)shift->sheets);
    ptn_json_field_number(&json, "sheets_open", (int64_t)shift->sheets_open);
    ptn_json_object_end(&json);
    call->status_of_act = ptn_json_end(&json);
}

enum ptn_call_step ptn_get_shift(struct ptn_call *call)
{
    struct ptn_shift_standing *shift = ptn_arena_take(call->arena, sizeof(*shift));
    struct ptn_node_standing standing;
    struct ptn_status status = { PTN_C_NO_MEMORY };

    if (call->session.officer.role != PTN_STAFF_SUPERVISOR)
        return ptn_call_not_supervisor(call);
    if (shift != NULL)
        status = ptn_node_standing(call->serve->plan.node, call->arena, &standing);
    if (!ptn_ok(status))
        return ptn_call_answered(call, status);
    ptn_shift_standing(call->serve->plan.node, shift);
    write_shift(call, shift, &standing);
    return ptn_call_answered(call, call->status_of_act);
}

/* ---- telling ---- */

struct telling {
    struct ptn_shift_telling telling;
    struct ptn_shift_second request;
    struct ptn_status queued;
    struct ptn_diag diag;
};

static void told(struct ptn_shift_telling *telling)
{
    ptn_call_done(telling->context);
}

static enum ptn_call_step finish_told(struct ptn_call *call)
{
    struct telling *act = call->act;

    if (!ptn_ok(call->checked))
        return ptn_call_wrong_password(call, call->session.lane);
    if (act->queued.code == PTN_C_BAD_INPUT || act->queued.code == PTN_C_NO_MEMORY)
        return ptn_call_bad_body(call, act->queued, &act->diag);
    if (!ptn_ok(act->telling.write.status))
        return ptn_call_not_written(call, &act->telling.write);
    return ptn_get_shift(call);
}

/* Queue it. True when told will be called. */
static bool tell(struct ptn_call *call, const struct ptn_officer *second)
{
    struct telling *act = call->act;
    struct ptn_lane_who who = ptn_call_who(call);
    struct ptn_status status;

    act->telling.done = told;
    act->telling.context = call;
    act->queued = PTN_OK; /* before the call can be done */
    status = ptn_shift_tell(call->serve->plan.node, &who, second, call->arena, &act->telling,
                            &act->diag);
    if (!ptn_ok(status))
        act->queued = status;
    return ptn_ok(status);
}

static enum ptn_call_step
tell_alone(struct ptn_call *call,
           struct ptn_status (*parse)(struct ptn_bytes body, struct ptn_arena *arena,
                                      struct ptn_shift_entry *ret_entry, struct ptn_diag *reterr))
{
    struct telling *act = ptn_arena_take(call->arena, sizeof(*act));
    struct ptn_diag diag = { 0 };
    struct ptn_status status = { PTN_C_NO_MEMORY };

    if (call->session.officer.role != PTN_STAFF_SUPERVISOR)
        return ptn_call_not_supervisor(call);
    if (act != NULL)
        status = parse(ptn_buffer_bytes(&call->body), call->arena, &act->telling.entry, &diag);
    if (!ptn_ok(status))
        return ptn_call_bad_body(call, status, &diag);
    call->act = act;
    call->finish = finish_told;
    if (tell(call, NULL))
        return PTN_CALL_WAITING;
    call->finish = NULL;
    return finish_told(call);
}

enum ptn_call_step ptn_post_shift_lane(struct ptn_call *call)
{
    return tell_alone(call, ptn_shift_lane_parse);
}

enum ptn_call_step ptn_post_shift_wait(struct ptn_call *call)
{
    return tell_alone(call, ptn_shift_wait_parse);
}

enum ptn_call_step ptn_post_shift_over(struct ptn_call *call)
{
    struct telling *act = ptn_arena_take(call->arena, sizeof(*act));
    struct ptn_diag diag = { 0 };
    struct ptn_status status = { PTN_C_NO_MEMORY };

    if (call->session.officer.role != PTN_STAFF_SUPERVISOR)
        return ptn_call_not_supervisor(call);
    if (act != NULL)
        status = ptn_shift_over_parse(ptn_buffer_bytes(&call->body), call->arena,
                                      &act->telling.entry, &act->request, &diag);
    if (!ptn_ok(status))
        return ptn_call_bad_body(call, status, &diag);
    call->act = act;
    call->finish = finish_told;
    call->perform = tell;
    return ptn_call_with_second(call, act->request.user, act->request.password);
}

/* ---- the country, as far as a post knows it ---- */

enum ptn_call_step ptn_get_country(struct ptn_call *call)
{
    char etag[PTN_TOLD_ETAG_SIZE];
    bool same = false;
    struct ptn_status status = ptn_told_give(&call->serve->told, NULL, &call->out, etag, &same);

    if (status.code == PTN_C_NOT_FOUND) {
        call->retry_after_s = 2;
        return ptn_call_problem(call, MHD_HTTP_SERVICE_UNAVAILABLE, "busy",
                                "Nobody has looked round yet, or the post is by itself", NULL);
    }
    return ptn_call_answered(call, status);
}
