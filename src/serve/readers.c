/*
 * serve/readers.c -- the road from a lane's chip reader to its page: a reader asks with its token,
 * a lane with its session, and each is answered for its own lane alone (READER-1). Interface:
 * docs/format/reader.md.
 */
#include "node/apply.h"
#include "serve/serve_int.h"

static struct ptn_node *node_of(const struct ptn_call *call)
{
    return call->serve->plan.node;
}

static void wake(struct ptn_call *poll)
{
    if (poll != NULL)
        ptn_call_done(poll);
}

static enum ptn_call_step no_content(struct ptn_call *call)
{
    call->status = MHD_HTTP_NO_CONTENT;
    return PTN_CALL_ANSWERED;
}

static enum ptn_call_step too_often(struct ptn_call *call)
{
    call->retry_after_s = 1;
    return ptn_call_problem(call, MHD_HTTP_TOO_MANY_REQUESTS, "slow-down", "Too many requests",
                            NULL);
}

enum ptn_call_step ptn_call_no_chips(struct ptn_call *call)
{
    return ptn_call_problem(call, MHD_HTTP_CONFLICT, "chips-stopped",
                            "By order, no document's chip is read here", NULL);
}

bool ptn_serve_has_reader(struct ptn_serve *serve, const char *lane)
{
    return ptn_chips_has_reader(serve->chips, lane, ptn_serve_now(serve)) &&
           !ptn_apply_stops_chips(serve->plan.node);
}

/* ---- a reader ---- */

/* READER-1. Whether the call shows a reader's token, and its lane. */
static bool is_reader(const struct ptn_call *call, char ret_lane[PTN_LANE_NAME_MAX + 1])
{
    static const char scheme[] = "Bearer ";
    const char *given = MHD_lookup_connection_value(call->connection, MHD_HEADER_KIND,
                                                    MHD_HTTP_HEADER_AUTHORIZATION);

    return given != NULL && strncmp(given, scheme, sizeof(scheme) - 1) == 0 &&
           ptn_node_reader_find(node_of(call), ptn_bytes_from_text(given + sizeof(scheme) - 1),
                                ret_lane);
}

/* A token has 256 bits: guessing is no danger, and costs next to nothing. */
static enum ptn_call_step stranger(struct ptn_call *call)
{
    call->finish = NULL;
    if (!ptn_chips_stranger(call->serve->chips, ptn_serve_now(call->serve)))
        return too_often(call);
    return ptn_call_problem(call, MHD_HTTP_UNAUTHORIZED, "reader-unknown",
                            "No lane's reader has this token", NULL);
}

/* The token is looked at once more: it may have waited while somebody took it away. */
static enum ptn_call_step finish_work(struct ptn_call *call)
{
    struct ptn_json json = { .out = &call->out };
    char lane[PTN_LANE_NAME_MAX + 1];
    char id[PTN_CHIPS_ID_SIZE];
    struct ptn_chip_key key;

    if (!is_reader(call, lane))
        return stranger(call);
    if (ptn_apply_stops_chips(node_of(call)) || !ptn_chips_work(call->serve->chips, lane, id, &key))
        return no_content(call);
    ptn_json_object(&json);
    ptn_json_field_text(&json, "id", ptn_bytes_from_text(id));
    ptn_json_field_text(&json, "key", ptn_bytes_from_text(key.text));
    ptn_json_object_end(&json);
    explicit_bzero(&key, sizeof(key));
    return ptn_call_answered(call, ptn_json_end(&json));
}

enum ptn_call_step ptn_get_reader_work(struct ptn_call *call)
{
    const char *text = MHD_lookup_connection_value(call->connection, MHD_GET_ARGUMENT_KIND, "wait");
    const int64_t now_us = ptn_serve_now(call->serve);
    char lane[PTN_LANE_NAME_MAX + 1];
    struct ptn_call *former = NULL;
    enum ptn_chips_poll poll;
    uint64_t wait_s = 0;

    if (!is_reader(call, lane))
        return stranger(call);
    if (text != NULL && !ptn_decimal_read(ptn_bytes_from_text(text), PTN_CHIPS_WAIT_S, &wait_s))
        return ptn_call_problem(call, MHD_HTTP_BAD_REQUEST, "bad-request",
                                "wait is a number of seconds from 0 to 25", NULL);
    call->finish = finish_work; /* before anybody can wake it */
    poll =
        ptn_chips_poll(call->serve->chips, lane, call, now_us, (int64_t)wait_s * 1000000, &former);
    wake(former);
    if (poll == PTN_CHIPS_SLEEP)
        return PTN_CALL_WAITING;
    call->finish = NULL;
    return poll == PTN_CHIPS_ANSWER ? finish_work(call) : too_often(call);
}

/* The lane that waits for it hears that it is there. */
static void publish_chip(struct ptn_serve *serve, const char *lane,
                         const struct ptn_chips_given *given)
{
    struct ptn_buffer out = { .len_max = PTN_EVENT_MAX };
    struct ptn_json json = { .out = &out };

    ptn_json_object(&json);
    ptn_json_field_text(&json, "id", ptn_bytes_from_text(given->id));
    ptn_json_field_text(&json, "state", ptn_bytes_from_text(ptn_chips_word(given->state)));
    ptn_json_object_end(&json);
    if (ptn_ok(ptn_json_end(&json)))
        ptn_events_publish(&serve->events, lane, "chip", ptn_buffer_bytes(&out));
    ptn_buffer_release(&out);
}

enum ptn_call_step ptn_post_reader_chip(struct ptn_call *call)
{
    char lane[PTN_LANE_NAME_MAX + 1];
    struct ptn_chips_given given;
    struct ptn_diag diag = { 0 };
    struct ptn_status status;

    if (!is_reader(call, lane))
        return stranger(call);
    status = ptn_request_chip_parse(ptn_buffer_bytes(&call->body), call->arena, &given, &diag);
    if (!ptn_ok(status))
        return ptn_call_bad_body(call, status, &diag);
    status = ptn_chips_give(call->serve->chips, lane, &given, ptn_serve_now(call->serve));
    if (status.code == PTN_C_NOT_FOUND)
        return ptn_call_problem(call, MHD_HTTP_CONFLICT, "chip-unknown",
                                "Nobody waits for this chip any more", NULL);
    if (status.code == PTN_C_NO_MEMORY)
        return ptn_call_problem(call, MHD_HTTP_SERVICE_UNAVAILABLE, "busy",
                                "No memory for this now", NULL);
    if (ptn_ok(status))
        publish_chip(call->serve, lane, &given);
    return no_content(call);
}

/* ---- a lane ---- */

/* What opens the chip, of the lines in the body. BAD_INPUT with a text. */
static struct ptn_status read_key(struct ptn_call *call, struct ptn_chip_key *ret_key,
                                  struct ptn_diag *diag)
{
    const struct ptn_world *world = call->serve->world;
    struct ptn_mrz *mrz = ptn_arena_take(call->arena, sizeof(*mrz));
    struct ptn_bytes text;
    struct ptn_status status =
        ptn_request_mrz_parse(ptn_buffer_bytes(&call->body), call->arena, &text, diag);

    if (ptn_ok(status) && mrz == NULL)
        status.code = PTN_C_NO_MEMORY;
    if (ptn_ok(status))
        status =
            ptn_mrz_parse(text, ptn_place_local_date(world->now_ms(world->context)), mrz, diag);
    if (ptn_ok(status) && (!mrz->complete || !ptn_chip_key_of(mrz, ret_key)))
        return ptn_fail(PTN_C_BAD_INPUT, diag, 0, "no chip opens with these lines");
    return status;
}

enum ptn_call_step ptn_post_chip(struct ptn_call *call)
{
    struct ptn_json json = { .out = &call->out };
    const struct ptn_world *world = call->serve->world;
    char id[PTN_CHIPS_ID_SIZE];
    struct ptn_diag diag = { 0 };
    struct ptn_record_id random;
    struct ptn_call *poll = NULL;
    struct ptn_chip_key key;
    struct ptn_status status;
    bool has;

    if (ptn_apply_stops_chips(node_of(call)))
        return ptn_call_no_chips(call);
    status = read_key(call, &key, &diag);
    if (!ptn_ok(status))
        return ptn_call_bad_body(call, status, &diag);
    world->random(world->context, random.at, sizeof(random.at));
    has = ptn_chips_ask(call->serve->chips,
                        &(struct ptn_chips_asked){ .lane = call->session.lane,
                                                   .id = ptn_record_id_write(random, id),
                                                   .session = call->session.serial,
                                                   .key = &key },
                        ptn_serve_now(call->serve), &poll);
    explicit_bzero(&key, sizeof(key));
    wake(poll);
    if (!has)
        return ptn_call_problem(call, MHD_HTTP_NOT_FOUND, "no-reader",
                                "This lane has no chip reader now", NULL);
    ptn_json_object(&json);
    ptn_json_field_text(&json, "id", ptn_bytes_from_text(id));
    ptn_json_object_end(&json);
    status = ptn_json_end(&json);
    (void)ptn_call_answered(call, status);
    if (ptn_ok(status))
        call->status = MHD_HTTP_ACCEPTED;
    return PTN_CALL_ANSWERED;
}

enum ptn_call_step ptn_get_chip(struct ptn_call *call)
{
    /* the arena ends every text with a NUL */
    const char *id = ptn_arena_text(call->arena, call->id);
    struct ptn_json json = { .out = &call->out };

    ptn_json_object(&json);
    if (id == NULL || !ptn_chips_write(call->serve->chips, call->session.lane, id, &json))
        return ptn_call_problem(call, MHD_HTTP_NOT_FOUND, "chip-unknown",
                                "This lane has no such chip, or not any more", NULL);
    ptn_json_object_end(&json);
    return ptn_call_answered(call, ptn_json_end(&json));
}

/* ---- the owner ---- */

static void publish_reader(struct ptn_serve *serve, const struct ptn_chips_due *due)
{
    ptn_events_publish(&serve->events, due->lane, "reader",
                       due->has_reader ? PTN_BYTES_LITERAL("{\"reader\":true}")
                                       : PTN_BYTES_LITERAL("{\"reader\":false}"));
}

static bool session_lives(void *context, uint64_t session)
{
    struct ptn_serve *serve = context;

    return ptn_session_lives(&serve->sessions, session, ptn_serve_now(serve));
}

void ptn_serve_chips_turn(struct ptn_serve *serve)
{
    const bool stopped = !serve->locked && ptn_apply_stops_chips(serve->plan.node);
    struct ptn_chips_due due;

    while (
        ptn_chips_turn(serve->chips, ptn_serve_now(serve), stopped, session_lives, serve, &due)) {
        wake(due.wake);
        if (due.lane[0] != '\0')
            publish_reader(serve, &due);
    }
}

void ptn_serve_chips_end(struct ptn_serve *serve, bool closing)
{
    struct ptn_call *poll;

    while ((poll = ptn_chips_end(serve->chips, closing)) != NULL)
        wake(poll);
}
