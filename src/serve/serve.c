#include "serve/serve_int.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#define BACKLOG  512
#define TICK_MS  100
#define PING_US  (INT64_C(15) * 1000000)
#define SWEEP_US (INT64_C(2) * 1000000)
#define KEPT_US  INT64_C(500000)
#define END_US   (INT64_C(3) * 1000000) /* answers still on their way at the end get this long */

int64_t ptn_serve_now(const struct ptn_serve *serve)
{
    return serve->world->monotonic_us(serve->world->context);
}

struct ptn_status ptn_serve_listen(unsigned port, int *ret_fd, unsigned *ret_port)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_port = htons((uint16_t)port),
                                   .sin_addr = { htonl(INADDR_LOOPBACK) } };
    socklen_t len = sizeof(address);
    int yes = 1;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    enum ptn_code code = PTN_C_IO;

    if (fd < 0)
        return (struct ptn_status){ PTN_C_IO };
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) == 0) {
        if (bind(fd, (struct sockaddr *)&address, sizeof(address)) != 0)
            code = errno == EADDRINUSE ? PTN_C_BUSY : PTN_C_IO;
        else if (listen(fd, BACKLOG) == 0 &&
                 getsockname(fd, (struct sockaddr *)&address, &len) == 0)
            code = PTN_C_OK;
    }
    if (code != PTN_C_OK) {
        (void)close(fd);
        return (struct ptn_status){ code };
    }
    *ret_fd = fd;
    *ret_port = ntohs(address.sin_port);
    return PTN_OK;
}

/* ---- new and free; the seams ---- */

struct ptn_serve *ptn_serve_new(void)
{
    struct ptn_serve *serve = calloc(1, sizeof(*serve));

    if (serve == NULL)
        return NULL;
    serve->bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    serve->chips = serve->bell < 0 ? NULL : ptn_chips_new();
    if (serve->chips == NULL) {
        if (serve->bell >= 0)
            (void)close(serve->bell);
        free(serve);
        return NULL;
    }
    serve->checks_last = &serve->checks;
    (void)pthread_mutex_init(&serve->node_lock, NULL);
    (void)pthread_mutex_init(&serve->conn_lock, NULL);
    (void)pthread_mutex_init(&serve->check_lock, NULL);
    (void)pthread_mutex_init(&serve->sessions.lock, NULL);
    (void)pthread_mutex_init(&serve->events.lock, NULL);
    (void)pthread_mutex_init(&serve->replays.lock, NULL);
    (void)pthread_cond_init(&serve->check_bell, NULL);
    ptn_told_init(&serve->told);
    for (size_t i = 0; i < sizeof(serve->call_locks) / sizeof(serve->call_locks[0]); i++)
        (void)pthread_mutex_init(&serve->call_locks[i], NULL);
    return serve;
}

void ptn_serve_free(struct ptn_serve *serve)
{
    if (serve == NULL)
        return;
    ptn_replays_release(&serve->replays);
    ptn_chips_free(serve->chips);
    ptn_told_release(&serve->told);
    (void)close(serve->bell);
    explicit_bzero(&serve->sessions, sizeof(serve->sessions));
    explicit_bzero(serve->touch_secret, sizeof(serve->touch_secret));
    free(serve);
}

static void lock_node(void *context)
{
    struct ptn_serve *serve = context;

    (void)pthread_mutex_lock(&serve->node_lock);
}

static void unlock_node(void *context)
{
    struct ptn_serve *serve = context;

    (void)pthread_mutex_unlock(&serve->node_lock);
}

static void ring(void *context)
{
    struct ptn_serve *serve = context;
    uint64_t one = 1;
    ssize_t written = write(serve->bell, &one, sizeof(one));

    (void)written; /* it fails only when the bell is ringing already */
}

struct ptn_node_seams ptn_serve_seams(struct ptn_serve *serve)
{
    return (struct ptn_node_seams){ serve, lock_node, unlock_node, ring };
}

void ptn_serve_stop(struct ptn_serve *serve)
{
    atomic_store(&serve->stopping, true);
    ring(serve);
}

/* ---- the password thread ---- */

int64_t ptn_serve_guess_wait(struct ptn_serve *serve, struct ptn_bytes user)
{
    int64_t wait_us;

    (void)pthread_mutex_lock(&serve->check_lock);
    wait_us = ptn_throttle_wait(&serve->throttle, user, ptn_serve_now(serve));
    (void)pthread_mutex_unlock(&serve->check_lock);
    return wait_us;
}

void ptn_serve_guess_note(struct ptn_serve *serve, struct ptn_bytes user, bool good)
{
    (void)pthread_mutex_lock(&serve->check_lock);
    ptn_throttle_note(&serve->throttle, user, good, ptn_serve_now(serve));
    (void)pthread_mutex_unlock(&serve->check_lock);
}

bool ptn_serve_check(struct ptn_serve *serve, struct ptn_call *call)
{
    bool room;

    (void)pthread_mutex_lock(&serve->check_lock);
    room = serve->check_count < PTN_SERVE_CHECKS_MAX && !serve->checks_over;
    if (room) {
        call->next = NULL;
        *serve->checks_last = call;
        serve->checks_last = &call->next;
        serve->check_count++;
        (void)pthread_cond_signal(&serve->check_bell);
    }
    (void)pthread_mutex_unlock(&serve->check_lock);
    return room;
}

static void *check_passwords(void *context)
{
    struct ptn_serve *serve = context;

    (void)pthread_mutex_lock(&serve->check_lock);
    for (;;) {
        struct ptn_call *call = serve->checks;
        int64_t wait_us;

        if (call == NULL && serve->checks_over)
            break;
        if (call == NULL) {
            (void)pthread_cond_wait(&serve->check_bell, &serve->check_lock);
            continue;
        }
        serve->checks = call->next;
        if (serve->checks == NULL)
            serve->checks_last = &serve->checks;
        serve->check_count--;
        (void)pthread_mutex_unlock(&serve->check_lock);
        /* guesses that waited in line together are slowed like those that came one by one */
        wait_us = ptn_serve_guess_wait(serve, call->sign_in.user);
        if (wait_us > 0) {
            call->slowed_us = wait_us;
            ptn_call_done(call);
        } else {
            call->check(call); /* the call may be gone after this */
        }
        (void)pthread_mutex_lock(&serve->check_lock);
    }
    (void)pthread_mutex_unlock(&serve->check_lock);
    return NULL;
}

/* ---- what pages are told ---- */

void ptn_serve_publish_crossing(struct ptn_serve *serve, const struct ptn_lane_crossing *crossing)
{
    struct ptn_buffer out = { .len_max = PTN_EVENT_MAX };
    struct ptn_json json = { .out = &out };
    bool shown_to_all =
        serve->post->demonstration && strcmp(crossing->lane, PTN_LANE_AUTOMATIC) == 0;

    ptn_answer_line(
        &json, &(struct ptn_answer_row){
                   crossing->crossing, crossing->name, crossing->lane, crossing->direction,
                   crossing->outcome, crossing->time_ms, crossing->seq, crossing->kept,
                   crossing->outcome == PTN_OUTCOME_REFERRED ? ptn_case_state_word(PTN_CASE_WAITS)
                                                             : NULL });
    if (ptn_ok(ptn_json_end(&json)))
        ptn_events_publish(&serve->events, shown_to_all ? "" : crossing->lane, "crossing",
                           ptn_buffer_bytes(&out));
    ptn_buffer_release(&out);
}

/* What pages were last told of. */
struct told {
    uint64_t size;
    enum ptn_recording recording;
    enum ptn_site_state site;
    struct ptn_kept_sizes sizes;
    const char *rung_entry, *rung_exit, *cause; /* literals; NULL: nothing yet */
    enum ptn_rung let_entry, let_exit;
};

/* The rungs of the lanes, when they or the cause are others than was said. */
static void publish_rung(struct ptn_serve *serve, const struct ptn_node_standing *standing,
                         struct told *told)
{
    struct ptn_buffer out = { .len_max = PTN_EVENT_MAX };
    struct ptn_json json = { .out = &out };
    const struct ptn_apply_standing orders = ptn_apply_standing(serve->plan.node);

    if (told->rung_entry == standing->rung_entry && told->rung_exit == standing->rung_exit &&
        told->cause == standing->cause && told->let_entry == orders.let_entry &&
        told->let_exit == orders.let_exit)
        return;
    told->let_entry = orders.let_entry; /* lanes that a return has let in may be out again */
    told->let_exit = orders.let_exit;
    told->rung_entry = standing->rung_entry;
    told->rung_exit = standing->rung_exit;
    told->cause = standing->cause;
    ptn_json_object(&json);
    ptn_answer_rung(&json, standing);
    ptn_json_object_end(&json);
    if (ptn_ok(ptn_json_end(&json)))
        ptn_events_publish(&serve->events, "", "rung", ptn_buffer_bytes(&out));
    ptn_buffer_release(&out);
}

/* How much is kept, and by whom, and on which rungs, when that has changed. */
static void publish_kept(struct ptn_serve *serve, struct told *told)
{
    struct ptn_arena *arena = ptn_arena_new(1u << 20);
    struct ptn_buffer out = { .len_max = PTN_EVENT_MAX };
    struct ptn_json json = { .out = &out };
    struct ptn_node_standing standing;

    const bool known =
        arena != NULL && ptn_ok(ptn_node_standing(serve->plan.node, arena, &standing));

    if (known)
        publish_rung(serve, &standing, told);
    if (known &&
        (standing.ledger_size != told->size || standing.recording != told->recording ||
         standing.kept.site != told->site || standing.kept.sizes.site != told->sizes.site ||
         standing.kept.sizes.one != told->sizes.one ||
         standing.kept.sizes.quorum != told->sizes.quorum)) {
        told->size = standing.ledger_size;
        told->recording = standing.recording;
        told->site = standing.kept.site;
        told->sizes = standing.kept.sizes;
        ptn_answer_ledger(&json, &standing);
        if (ptn_ok(ptn_json_end(&json)))
            ptn_events_publish(&serve->events, "", "kept", ptn_buffer_bytes(&out));
    }
    ptn_buffer_release(&out);
    ptn_arena_free(arena);
}

struct ptn_status ptn_serve_tell(struct ptn_serve *serve, struct ptn_bytes country)
{
    return ptn_told_set(&serve->told, country);
}

void ptn_serve_lists_changed(struct ptn_serve *serve)
{
    ptn_events_publish(&serve->events, "", "list",
                       PTN_BYTES_LITERAL("{\"list\":\"*\",\"edition\":\"\"}"));
}

void ptn_serve_readers_changed(struct ptn_serve *serve)
{
    ptn_serve_chips_end(serve, /* closing= */ false);
}

/* ---- the owner's loop ---- */

static void wait_for_bell(struct ptn_serve *serve, int timeout_ms)
{
    struct pollfd at = { .fd = serve->bell, .events = POLLIN };
    uint64_t rung;

    if (poll(&at, 1, timeout_ms) > 0) {
        ssize_t got = read(serve->bell, &rung, sizeof(rung));

        (void)got;
    }
}

/* Write down whose session ended by itself. */
static void note_expired(struct ptn_serve *serve)
{
    struct ptn_serve_session session;

    while (ptn_session_take_expired(&serve->sessions, ptn_serve_now(serve), &session))
        ptn_lane_session(serve->plan.node, PTN_SESSION_EXPIRED,
                         ptn_bytes_from_text(session.officer.user), &session.officer, NULL,
                         session.lane);
    explicit_bzero(&session, sizeof(session));
}

/* One step of the node; sleep when there is nothing to do. */
static void step(struct ptn_serve *serve)
{
    int wait_ms;

    if (ptn_node_step(serve->plan.node)) {
        if (serve->plan.grew != NULL)
            serve->plan.grew(serve->plan.tick_context);
        return;
    }
    wait_ms = ptn_node_wait_ms(serve->plan.node);
    wait_for_bell(serve, wait_ms >= 0 && wait_ms < TICK_MS ? wait_ms : TICK_MS);
}

static void own(struct ptn_serve *serve)
{
    const struct ptn_serve_plan *plan = &serve->plan;
    int64_t ticked_us = 0;
    int64_t swept_us = 0;
    int64_t kept_us = 0;
    int64_t pinged_us = 0;
    uint64_t staff_told = ptn_staff_changes(plan->node);
    struct told told = { .recording = PTN_RECORDING };

    while (!atomic_load(&serve->stopping) &&
           ptn_node_recording(plan->node) != PTN_RECORDING_STOPPED) {
        int64_t now_us;

        step(serve);
        now_us = ptn_serve_now(serve);
        ptn_serve_staff_look(serve, &staff_told, false);
        if (now_us - ticked_us >= (int64_t)TICK_MS * 1000) {
            ticked_us = now_us;
            ptn_serve_chips_turn(serve);
            if (plan->tick != NULL)
                plan->tick(plan->tick_context);
        }
        if (now_us - kept_us >= KEPT_US) {
            kept_us = now_us;
            publish_kept(serve, &told);
        }
        if (now_us - swept_us >= SWEEP_US) {
            swept_us = now_us;
            ptn_http_sweep(serve);
            note_expired(serve);
            ptn_serve_staff_look(serve, &staff_told, true);
            ptn_serve_late_turn(serve);
        }
        if (now_us - pinged_us >= PING_US) {
            pinged_us = now_us;
            ptn_events_ping(serve);
        }
    }
}

/* Answer all that was accepted, then let the answers out of the door. */
static void drain(struct ptn_serve *serve)
{
    int64_t until_us;

    atomic_store(&serve->stopping, true);
    ptn_events_close(&serve->events);
    ptn_serve_chips_end(serve, /* closing= */ true);
    while (atomic_load(&serve->waiting) > 0)
        if (!ptn_node_step(serve->plan.node))
            wait_for_bell(serve, 5);
    until_us = ptn_serve_now(serve) + END_US;
    while (atomic_load(&serve->open) > 0 && ptn_serve_now(serve) < until_us)
        wait_for_bell(serve, 5);
}

static void end_checks(struct ptn_serve *serve, pthread_t checker)
{
    (void)pthread_mutex_lock(&serve->check_lock);
    serve->checks_over = true;
    (void)pthread_cond_signal(&serve->check_bell);
    (void)pthread_mutex_unlock(&serve->check_lock);
    (void)pthread_join(checker, NULL);
}

struct ptn_status ptn_serve_run(struct ptn_serve *serve, const struct ptn_serve_plan *plan,
                                enum ptn_serve_end *ret_end)
{
    pthread_t checker;
    struct ptn_status status;

    serve->plan = *plan;
    serve->world = ptn_node_world(plan->node);
    serve->post = ptn_node_plan_of(plan->node);
    serve->locked = ptn_node_locked(plan->node);
    serve->guard.port = plan->port;
    serve->world->random(serve->world->context, serve->touch_secret, sizeof(serve->touch_secret));
    memcpy(serve->guard.code, serve->post->code, sizeof(serve->guard.code));
    memcpy(serve->guard.host, serve->post->host, sizeof(serve->guard.host));
    if (pthread_create(&checker, NULL, check_passwords, serve) != 0)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    while (ptn_node_step(plan->node)) /* what the start had to say is written first */
        ;
    status = ptn_http_start(serve);
    if (ptn_ok(status)) {
        own(serve);
        *ret_end = ptn_node_recording(plan->node) == PTN_RECORDING_STOPPED ? PTN_SERVE_AGAIN
                                                                           : PTN_SERVE_STOPPED;
        drain(serve);
        ptn_http_stop(serve);
    }
    end_checks(serve, checker);
    return status;
}
