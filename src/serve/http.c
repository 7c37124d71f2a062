/*
 * HTTP by libmicrohttpd: from the first header to the last byte of an answer. What is asked and
 * answered is in post.c; here is who may ask at all, how much, and for how long.
 */
#include "serve/serve_int.h"

#include <sys/socket.h>

#define LOCKED_RETRY_S 10u

/* A file that somebody sent in: whatever it is, it runs nothing and reaches nothing. */
static const char file_policy[] = "default-src 'none'; sandbox; frame-ancestors 'none'";

static const char content_policy[] =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/* ---- connections: none may owe the rest of a request for long ---- */

static void conn_changed(void *context, struct MHD_Connection *connection, void **slot,
                         enum MHD_ConnectionNotificationCode code)
{
    struct ptn_serve *serve = context;
    struct ptn_conn *conn = *slot;

    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        const union MHD_ConnectionInfo *info =
            MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);

        conn = calloc(1, sizeof(*conn));
        if (conn == NULL || info == NULL) {
            free(conn);
            return;
        }
        conn->fd = info->connect_fd;
        conn->since_us = ptn_serve_now(serve);
        *slot = conn;
    }
    if (conn == NULL)
        return;
    (void)pthread_mutex_lock(&serve->conn_lock);
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        conn->next = serve->conns;
        if (conn->next != NULL)
            conn->next->previous = conn;
        serve->conns = conn;
    } else {
        if (conn->previous != NULL)
            conn->previous->next = conn->next;
        else
            serve->conns = conn->next;
        if (conn->next != NULL)
            conn->next->previous = conn->previous;
    }
    (void)pthread_mutex_unlock(&serve->conn_lock);
    if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
        free(conn);
        *slot = NULL;
    }
}

/* Whether the connection works on an answer (true) or owes us a request (false). */
static void conn_works(struct ptn_serve *serve, struct ptn_conn *conn, bool working)
{
    if (conn == NULL)
        return;
    (void)pthread_mutex_lock(&serve->conn_lock);
    conn->working = working;
    conn->slow = false;
    conn->since_us = ptn_serve_now(serve);
    (void)pthread_mutex_unlock(&serve->conn_lock);
}

void ptn_http_sweep(struct ptn_serve *serve)
{
    int64_t now_us = ptn_serve_now(serve);

    (void)pthread_mutex_lock(&serve->conn_lock);
    for (struct ptn_conn *conn = serve->conns; conn != NULL; conn = conn->next)
        if (!conn->working &&
            now_us - conn->since_us > (conn->slow ? PTN_SERVE_SLOW_US : PTN_SERVE_REQUEST_US))
            (void)shutdown(conn->fd, SHUT_RDWR);
    (void)pthread_mutex_unlock(&serve->conn_lock);
}

/* ---- calls ---- */

static pthread_mutex_t *call_lock(const struct ptn_call *call)
{
    return &call->serve->call_locks[((uintptr_t)call >> 6) % 16];
}

void ptn_call_done(struct ptn_call *call)
{
    struct ptn_serve *serve = call->serve;
    pthread_mutex_t *lock = call_lock(call);

    (void)pthread_mutex_lock(lock);
    call->done = true;
    if (call->waiting)
        MHD_resume_connection(call->connection);
    (void)pthread_mutex_unlock(lock);
    (void)atomic_fetch_sub(&serve->waiting, 1);
}

/* True when the connection now sleeps until the call is done. */
static bool sleep_until_done(struct ptn_call *call)
{
    pthread_mutex_t *lock = call_lock(call);
    bool sleeps;

    (void)pthread_mutex_lock(lock);
    sleeps = !call->done;
    if (sleeps) {
        call->waiting = true;
        MHD_suspend_connection(call->connection);
    }
    (void)pthread_mutex_unlock(lock);
    return sleeps;
}

enum ptn_call_step ptn_call_problem(struct ptn_call *call, unsigned status, const char *code,
                                    const char *title, const char *detail)
{
    struct ptn_json json = { .out = &call->out };

    ptn_buffer_clear(&call->out);
    ptn_answer_problem(&json, status, code, title, detail);
    call->status = ptn_ok(ptn_json_end(&json)) ? status : MHD_HTTP_INTERNAL_SERVER_ERROR;
    call->type = "application/problem+json";
    call->file = NULL;
    return PTN_CALL_ANSWERED;
}

/* The body is a file as it is, not JSON: how long it may be. 0: it is not. */
static size_t file_max(const struct ptn_route *route)
{
    if (route->handle == ptn_post_attachment)
        return PTN_ATTACHMENT_LEN_MAX;
    return route->handle == ptn_post_manifest || route->handle == ptn_post_bookings
               ? PTN_REQUEST_FILE_MAX
               : 0;
}

/* A route whose path ends in '/' answers for all names below it. */
static bool is_path_of(const struct ptn_route *route, const char *path)
{
    size_t len = strlen(route->path);

    if (route->path[len - 1] != '/')
        return strcmp(route->path, path) == 0;
    return strncmp(route->path, path, len) == 0 && path[len] != '\0' &&
           strchr(path + len, '/') == NULL;
}

/* Whether the path is the route's; *ret_id is what stands for its "{id}": 1 to 64 characters
 * without a slash. */
static bool path_is(const char *route, const char *path, struct ptn_bytes *ret_id)
{
    const char *hole = strstr(route, "{id}");
    size_t before = hole == NULL ? 0 : (size_t)(hole - route);
    size_t len;

    if (hole == NULL)
        return strcmp(route, path) == 0;
    if (strncmp(route, path, before) != 0)
        return false;
    len = strcspn(path + before, "/");
    if (len == 0 || len > 64 || strcmp(path + before + len, hole + 4) != 0)
        return false;
    *ret_id = ptn_bytes_of(path + before, len);
    return true;
}

static struct ptn_call *call_new(struct ptn_serve *serve, struct MHD_Connection *connection,
                                 const char *method, const char *path)
{
    struct ptn_call *call = calloc(1, sizeof(*call));
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    bool path_known = false;

    if (call == NULL)
        return NULL;
    call->serve = serve;
    call->connection = connection;
    call->conn = info == NULL ? NULL : info->socket_context;
    call->path = path;
    call->began_us = ptn_serve_now(serve);
    call->body.len_max = PTN_REQUEST_BODY_MAX;
    call->out.len_max = PTN_SERVE_ANSWER_MAX;
    call->route_index = PTN_METRIC_ROUTES - 1;
    if (strcmp(method, MHD_HTTP_METHOD_HEAD) == 0)
        method = MHD_HTTP_METHOD_GET;
    for (unsigned i = 0; ptn_routes[i].method != NULL; i++) {
        if (!is_path_of(&ptn_routes[i], path) && !path_is(ptn_routes[i].path, path, &call->id))
            continue;
        path_known = true;
        if (strcmp(ptn_routes[i].method, method) == 0) {
            call->route = &ptn_routes[i];
            call->route_index = i;
        }
    }
    if (call->route == NULL && (path_known || strcmp(method, MHD_HTTP_METHOD_GET) != 0))
        call->path = NULL; /* a path that is there, or might be, by another method */
    (void)atomic_fetch_add(&serve->open, 1);
    return call;
}

static void call_free(void *context, struct MHD_Connection *connection, void **slot,
                      enum MHD_RequestTerminationCode code)
{
    struct ptn_serve *serve = context;
    struct ptn_call *call = *slot;

    (void)connection;
    (void)code;
    if (call == NULL)
        return;
    conn_works(serve, call->conn, false);
    if (call->keyed) { /* never answered: the key is free again */
        call->status = 0;
        ptn_replay_end(&serve->replays, call);
    }
    ptn_lane_answer_release(&call->answer);
    ptn_buffer_release(&call->body);
    ptn_buffer_release(&call->out);
    ptn_arena_free(call->arena);
    if (call->large)
        (void)atomic_fetch_sub(&serve->large, 1);
    explicit_bzero(call, sizeof(*call)); /* it held a password */
    free(call);
    *slot = NULL;
    (void)atomic_fetch_sub(&serve->open, 1);
}

/* ---- who may ask ---- */

static const char *header(const struct ptn_call *call, const char *name)
{
    return MHD_lookup_connection_value(call->connection, MHD_HEADER_KIND, name);
}

static void find_session(struct ptn_call *call, bool *ret_too_fast)
{
    char cookie[sizeof("postern_") + PTN_NODE_CODE_MAX];

    (void)snprintf(cookie, sizeof(cookie), "postern_%s", call->serve->post->code);
    call->has_session =
        ptn_session_find(&call->serve->sessions,
                         MHD_lookup_connection_value(call->connection, MHD_COOKIE_KIND, cookie),
                         call->began_us, &call->session, ret_too_fast);
}

static bool csrf_right(const struct ptn_call *call)
{
    const char *given = header(call, "X-Postern-Csrf");
    unsigned differ = 0;

    if (given == NULL || strlen(given) != PTN_SERVE_TOKEN_SIZE - 1)
        return false;
    for (size_t i = 0; i < PTN_SERVE_TOKEN_SIZE - 1; i++)
        differ |= (unsigned)((unsigned char)given[i] ^ (unsigned char)call->session.csrf[i]);
    return differ == 0;
}

/* The key of a write that must not be done twice. False when it is not one. */
static bool read_key(struct ptn_call *call)
{
    const char *key = header(call, "Idempotency-Key");
    size_t len = key == NULL ? 0 : strlen(key);

    if (key == NULL)
        return true;
    if (len < 8 || len > 64 ||
        strspn(key, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.:-") != len)
        return false;
    call->key = ptn_bytes_of(key, len);
    return true;
}

/* Everything a request must be before its handler sees it. True when it may go on. */
static bool admit(struct ptn_call *call)
{
    const struct ptn_route *route = call->route;
    const char *type = header(call, MHD_HTTP_HEADER_CONTENT_TYPE);
    const char *site = header(call, "Sec-Fetch-Site");
    bool too_fast = false;
    bool write;

    call->tls = ptn_guard_tls(&call->serve->guard, header(call, MHD_HTTP_HEADER_HOST));
    if (!ptn_guard_host(&call->serve->guard, header(call, MHD_HTTP_HEADER_HOST)))
        return ptn_call_problem(call, MHD_HTTP_MISDIRECTED_REQUEST, "wrong-host",
                                "This post does not go by that name", NULL) != PTN_CALL_ANSWERED;
    if (route == NULL)
        return true;
    if (call->serve->locked && !ptn_route_while_locked(route)) {
        call->retry_after_s = LOCKED_RETRY_S;
        return ptn_call_problem(call, MHD_HTTP_SERVICE_UNAVAILABLE, "locked",
                                "This post is locked: screen by hand",
                                "Whoever holds its passphrase unlocks it at the post's machine: "
                                "postern vault unlock") != PTN_CALL_ANSWERED;
    }
    write = strcmp(route->method, MHD_HTTP_METHOD_GET) != 0;
    if (write && (!ptn_guard_origin(&call->serve->guard, header(call, MHD_HTTP_HEADER_ORIGIN)) ||
                  (site != NULL && strcmp(site, "same-origin") != 0 && strcmp(site, "none") != 0)))
        return ptn_call_problem(call, MHD_HTTP_FORBIDDEN, "csrf", "Another site asked for this",
                                NULL) != PTN_CALL_ANSWERED;
    if (call->body_too_big)
        return ptn_call_problem(call, MHD_HTTP_CONTENT_TOO_LARGE, "body-too-big",
                                "The request is too big", NULL) != PTN_CALL_ANSWERED;
    if (call->body.len > 0 && file_max(route) == 0 &&
        (type == NULL || strncmp(type, "application/json", 16) != 0))
        return ptn_call_problem(call, MHD_HTTP_UNSUPPORTED_MEDIA_TYPE, "media-type",
                                "Bodies are application/json", NULL) != PTN_CALL_ANSWERED;
    find_session(call, &too_fast);
    if (route->session && !call->has_session)
        return ptn_call_problem(call, MHD_HTTP_UNAUTHORIZED, "not-signed-in",
                                "Nobody is signed in here", NULL) != PTN_CALL_ANSWERED;
    if (route->csrf && !csrf_right(call))
        return ptn_call_problem(call, MHD_HTTP_FORBIDDEN, "csrf",
                                "The X-Postern-Csrf header is wrong", NULL) != PTN_CALL_ANSWERED;
    if (too_fast) {
        call->retry_after_s = 1;
        return ptn_call_problem(call, MHD_HTTP_TOO_MANY_REQUESTS, "slow-down", "Too many requests",
                                NULL) != PTN_CALL_ANSWERED;
    }
    call->touch = (struct ptn_touch){ .guard = &call->serve->guard,
                                      .secret = call->serve->touch_secret,
                                      .world = call->serve->world,
                                      .given = header(call, "Postern-Key"),
                                      .path = call->path,
                                      .body = ptn_buffer_bytes(&call->body) };
    ptn_touch_begin(&call->touch);
    if (!read_key(call))
        return ptn_call_problem(call, MHD_HTTP_BAD_REQUEST, "bad-request",
                                "The Idempotency-Key is not one", NULL) != PTN_CALL_ANSWERED;
    return true;
}

/* ---- answering ---- */

static bool add_common(struct MHD_Response *response, const char *type, const char *policy,
                       const char *kept)
{
    return MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type) == MHD_YES &&
           MHD_add_response_header(response, "Content-Security-Policy", policy) == MHD_YES &&
           MHD_add_response_header(response, "X-Content-Type-Options", "nosniff") == MHD_YES &&
           MHD_add_response_header(response, "X-Frame-Options", "DENY") == MHD_YES &&
           MHD_add_response_header(response, "Referrer-Policy", "no-referrer") == MHD_YES &&
           MHD_add_response_header(response, "Cross-Origin-Opener-Policy", "same-origin") ==
               MHD_YES &&
           MHD_add_response_header(response, "Cross-Origin-Resource-Policy", "same-origin") ==
               MHD_YES &&
           MHD_add_response_header(response, "Permissions-Policy",
                                   "camera=(), microphone=(), geolocation=()") == MHD_YES &&
           MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, kept) == MHD_YES;
}

bool ptn_http_add_headers(struct MHD_Response *response, const char *type, const char *etag)
{
    bool good = add_common(response, type, content_policy, etag == NULL ? "no-store" : "no-cache");

    if (etag != NULL)
        good = good && MHD_add_response_header(response, MHD_HTTP_HEADER_ETAG, etag) == MHD_YES;
    return good;
}

bool ptn_http_add_file_headers(struct MHD_Response *response, const char *type,
                               const char *disposition)
{
    return add_common(response, type, file_policy, "no-store") &&
           MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_DISPOSITION, disposition) ==
               MHD_YES;
}

static bool add_headers(const struct ptn_call *call, struct MHD_Response *response,
                        const char *type, const char *etag)
{
    char number[12];
    bool good = call->file != NULL ? ptn_http_add_file_headers(response, type, call->file)
                                   : ptn_http_add_headers(response, type, etag);

    if (call->cookie != NULL)
        good = good && MHD_add_response_header(response, MHD_HTTP_HEADER_SET_COOKIE,
                                               call->cookie) == MHD_YES;
    if (call->retry_after_s > 0) {
        (void)snprintf(number, sizeof(number), "%u", call->retry_after_s);
        good = good &&
               MHD_add_response_header(response, MHD_HTTP_HEADER_RETRY_AFTER, number) == MHD_YES;
    }
    return good;
}

static enum MHD_Result send_response(struct ptn_call *call, unsigned status,
                                     struct MHD_Response *response, const char *type,
                                     const char *etag)
{
    enum MHD_Result result = MHD_NO;

    if (response == NULL)
        return MHD_NO;
    if (add_headers(call, response, type, etag))
        result = MHD_queue_response(call->connection, status, response);
    MHD_destroy_response(response);
    if (status < 600)
        (void)atomic_fetch_add_explicit(
            &call->serve->metrics.answers[call->route_index][status / 100], 1,
            memory_order_relaxed);
    return result;
}

static enum MHD_Result send_file(struct ptn_call *call)
{
    struct MHD_Response *response =
        MHD_create_response_from_buffer(call->out.len, call->out.at, MHD_RESPMEM_MUST_FREE);

    if (response != NULL)
        call->out = (struct ptn_buffer){ .len_max = call->out.len_max };
    return send_response(call, call->status, response, call->type, NULL);
}

static enum MHD_Result send_answer(struct ptn_call *call)
{
    static char nothing[1];
    char *body = call->out.len == 0 ? nothing : (char *)call->out.at;

    if (call->keyed) {
        ptn_replay_end(&call->serve->replays, call);
        call->keyed = false;
    }
    if (call->file != NULL) /* long: handed over, not copied */
        return send_file(call);
    return send_response(
        call, call->status,
        MHD_create_response_from_buffer(call->out.len, body, MHD_RESPMEM_MUST_COPY),
        call->type == NULL ? "application/json" : call->type, NULL);
}

/* libmicrohttpd takes bytes that it only reads as void *. */
static void *unconst(const void *at)
{
    void *same;

    memcpy(&same, &at, sizeof(same));
    return same;
}

/* Whether whoever asks would show a page: a browser's own request, not one of the interface. */
static bool shows_pages(struct MHD_Connection *connection, const char *path)
{
    const char *accept =
        MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_ACCEPT);

    return strncmp(path, "/v1/", 4) != 0 && accept != NULL && strstr(accept, "text/html") != NULL;
}

bool ptn_http_find_page(struct MHD_Connection *connection, ptn_http_find *find, const char *path,
                        struct ptn_http_page *ret_page)
{
    const char *known =
        MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_IF_NONE_MATCH);
    struct ptn_bytes bytes;

    if (find == NULL)
        return false;
    ret_page->status = MHD_HTTP_OK;
    if (!find(ptn_bytes_from_text(path), &bytes, &ret_page->type, &ret_page->etag)) {
        ret_page->status = MHD_HTTP_NOT_FOUND;
        if (!shows_pages(connection, path) || !find(PTN_BYTES_LITERAL("/console/nothing.html"),
                                                    &bytes, &ret_page->type, &ret_page->etag))
            return false;
    } else if (known != NULL && strcmp(known, ret_page->etag) == 0) {
        ret_page->status = MHD_HTTP_NOT_MODIFIED;
        bytes = PTN_BYTES_LITERAL("");
    }
    ret_page->response =
        MHD_create_response_from_buffer(bytes.len, unconst(bytes.at), MHD_RESPMEM_PERSISTENT);
    return true;
}

/* In the place of any page, until it is unlocked. */
static enum MHD_Result send_locked(struct ptn_call *call)
{
    struct ptn_bytes bytes = PTN_BYTES_NONE;
    const char *type = "text/html; charset=utf-8";
    const char *etag;

    (void)call->serve->plan.asset_find(PTN_BYTES_LITERAL("/locked"), &bytes, &type, &etag);
    call->retry_after_s = LOCKED_RETRY_S;
    return send_response(
        call, MHD_HTTP_SERVICE_UNAVAILABLE,
        MHD_create_response_from_buffer(bytes.len, unconst(bytes.at), MHD_RESPMEM_PERSISTENT), type,
        NULL);
}

static enum MHD_Result send_page(struct ptn_call *call)
{
    struct ptn_http_page page;

    if (call->path == NULL) {
        (void)ptn_call_problem(call, MHD_HTTP_METHOD_NOT_ALLOWED, "method-not-allowed",
                               "Not by this method", NULL);
        return send_answer(call);
    }
    if (!ptn_http_find_page(call->connection, call->serve->plan.asset_find, call->path, &page)) {
        (void)ptn_call_problem(call, MHD_HTTP_NOT_FOUND, "not-found", "Nothing is here", NULL);
        return send_answer(call);
    }
    if (call->serve->locked && strncmp(page.type, "text/html", 9) == 0) {
        MHD_destroy_response(page.response);
        return send_locked(call);
    }
    return send_response(call, page.status, page.response, page.type, page.etag);
}

static enum MHD_Result send_stream(struct ptn_call *call)
{
    struct MHD_Response *response =
        ptn_events_response(call->serve, call->connection, &call->session);

    if (response == NULL) {
        call->retry_after_s = 10;
        (void)ptn_call_problem(call, MHD_HTTP_SERVICE_UNAVAILABLE, "busy",
                               "Too many listen already", NULL);
        return send_answer(call);
    }
    return send_response(call, MHD_HTTP_OK, response, "text/event-stream", NULL);
}

/* ---- the handler ---- */

/* A key that was used before: answer what was answered then. */
static bool replayed(struct ptn_call *call)
{
    if (call->key.len == 0 || call->route == NULL || !call->route->once)
        return false;
    switch (ptn_replay_begin(&call->serve->replays, call)) {
    case PTN_REPLAY_NEW:
        return false;
    case PTN_REPLAY_AGAIN:
        return true;
    case PTN_REPLAY_MISMATCH:
        (void)ptn_call_problem(call, MHD_HTTP_UNPROCESSABLE_CONTENT, "idempotency-mismatch",
                               "This Idempotency-Key belongs to another request", NULL);
        return true;
    case PTN_REPLAY_BUSY:
        break;
    }
    call->retry_after_s = 1;
    (void)ptn_call_problem(call, MHD_HTTP_SERVICE_UNAVAILABLE, "busy",
                           "The first request with this Idempotency-Key is still at work", NULL);
    return true;
}

static enum MHD_Result step(struct ptn_call *call)
{
    enum ptn_call_step at = PTN_CALL_ANSWERED;

    if (!call->started) {
        call->started = true;
        conn_works(call->serve, call->conn, true);
        call->arena = ptn_arena_new(PTN_SERVE_ARENA_MAX);
        if (call->arena == NULL)
            return MHD_NO;
        if (!admit(call) || replayed(call))
            return send_answer(call);
        if (call->route == NULL)
            return send_page(call);
        if (atomic_load(&call->serve->stopping)) {
            call->retry_after_s = 1;
            (void)ptn_call_problem(call, MHD_HTTP_SERVICE_UNAVAILABLE, "stopping",
                                   "The post's server is stopping", NULL);
            return send_answer(call);
        }
        (void)atomic_fetch_add(&call->serve->waiting, 1);
        at = call->route->handle(call);
        if (at != PTN_CALL_WAITING)
            (void)atomic_fetch_sub(&call->serve->waiting, 1);
        else if (sleep_until_done(call))
            return MHD_YES;
    }
    if (call->slowed_us > 0)
        at = ptn_call_slowed(call, call->slowed_us);
    else if (call->finish != NULL) /* it waited, and what it waited for is there */
        at = call->finish(call);
    return at == PTN_CALL_STREAM ? send_stream(call) : send_answer(call);
}

bool ptn_call_take_place(struct ptn_call *call)
{
    if (call->large)
        return true;
    if (atomic_fetch_add(&call->serve->large, 1) >= PTN_SERVE_LARGE) {
        (void)atomic_fetch_sub(&call->serve->large, 1);
        return false;
    }
    call->large = true;
    return true;
}

/* A file may be long, from who is signed in: nobody else makes the post hold so much. An attachment
 * is the second line's, a few at a time. */
static size_t body_max(struct ptn_call *call)
{
    size_t most = call->route == NULL ? 0 : file_max(call->route);
    bool too_fast = false;

    if (most == 0)
        return PTN_REQUEST_BODY_MAX;
    find_session(call, &too_fast);
    if (!call->has_session)
        return PTN_REQUEST_BODY_MAX;
    if (most > PTN_REQUEST_FILE_MAX && call->session.officer.role != PTN_STAFF_SECOND &&
        call->session.officer.role != PTN_STAFF_SUPERVISOR)
        return PTN_REQUEST_BODY_MAX;
    return most;
}

/* The body is said to be longer than it may be: answer before it comes. Who could send a longer one
 * if they were somebody else is told that. */
static enum MHD_Result refuse_body(struct ptn_call *call)
{
    bool is_file = call->route != NULL && file_max(call->route) > PTN_REQUEST_FILE_MAX;

    call->started = true;
    if (is_file && !call->has_session)
        (void)ptn_call_problem(call, MHD_HTTP_UNAUTHORIZED, "not-signed-in",
                               "Nobody is signed in here", NULL);
    else if (is_file && call->body.len_max < file_max(call->route))
        (void)ptn_call_problem(call, MHD_HTTP_FORBIDDEN, "not-allowed",
                               "Only the second line and supervisors may do this", NULL);
    else
        (void)ptn_call_problem(call, MHD_HTTP_CONTENT_TOO_LARGE, "body-too-big",
                               "The request is too big", NULL);
    return send_answer(call);
}

/* All places for long bodies are taken. */
static enum MHD_Result refuse_place(struct ptn_call *call)
{
    call->started = true;
    call->retry_after_s = 1;
    (void)ptn_call_problem(call, MHD_HTTP_SERVICE_UNAVAILABLE, "busy", "Not just now", NULL);
    return send_answer(call);
}

/* What is known of a request before its body comes. */
static enum MHD_Result begin(struct ptn_call *call)
{
    const char *len = header(call, MHD_HTTP_HEADER_CONTENT_LENGTH);

    call->body.len_max = body_max(call);
    if (len != NULL && (strlen(len) > 7 || strtoul(len, NULL, 10) > call->body.len_max))
        return refuse_body(call);
    if (call->body.len_max <= PTN_REQUEST_FILE_MAX)
        return MHD_YES;
    if (!ptn_call_take_place(call))
        return refuse_place(call);
    if (call->conn != NULL) {
        (void)pthread_mutex_lock(&call->serve->conn_lock);
        call->conn->slow = true;
        (void)pthread_mutex_unlock(&call->serve->conn_lock);
    }
    return MHD_YES;
}

static enum MHD_Result handle(void *context, struct MHD_Connection *connection, const char *path,
                              const char *method, const char *version, const char *upload,
                              size_t *upload_len, void **slot)
{
    struct ptn_call *call = *slot;

    (void)version;
    if (call == NULL) {
        call = call_new(context, connection, method, path);
        *slot = call;
        return call == NULL ? MHD_NO : begin(call);
    }
    if (*upload_len > 0)
        return ptn_http_take_body(&call->body, &call->body_too_big, upload, upload_len);
    return step(call);
}

enum MHD_Result ptn_http_take_body(struct ptn_buffer *body, bool *too_big, const char *upload,
                                   size_t *upload_len)
{
    if (*too_big)
        return MHD_NO; /* chunked, and it goes on and on */
    if (!ptn_ok(ptn_buffer_add(body, ptn_bytes_of(upload, *upload_len))))
        *too_big = true;
    *upload_len = 0;
    return MHD_YES;
}

void ptn_http_say_nothing(void *context, const char *format, va_list args)
{
    (void)context;
    (void)format;
    (void)args;
}

struct ptn_status ptn_http_start(struct ptn_serve *serve)
{
    serve->daemon = MHD_start_daemon(
        MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ITC | MHD_USE_ERROR_LOG,
        0, NULL, NULL, handle, serve, MHD_OPTION_EXTERNAL_LOGGER, ptn_http_say_nothing, NULL,
        MHD_OPTION_LISTEN_SOCKET, serve->plan.listen_fd, MHD_OPTION_THREAD_POOL_SIZE,
        PTN_SERVE_POOL, MHD_OPTION_CONNECTION_LIMIT, PTN_SERVE_CONNECTIONS,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)PTN_SERVE_HEADER_MAX,
        MHD_OPTION_CONNECTION_TIMEOUT, PTN_SERVE_IDLE_S, MHD_OPTION_STRICT_FOR_CLIENT, 1,
        MHD_OPTION_NOTIFY_COMPLETED, call_free, serve, MHD_OPTION_NOTIFY_CONNECTION, conn_changed,
        serve, MHD_OPTION_END);
    return (struct ptn_status){ serve->daemon == NULL ? PTN_C_IO : PTN_C_OK };
}

void ptn_http_stop(struct ptn_serve *serve)
{
    if (serve->daemon == NULL)
        return;
    /* the listening socket is not ours: whoever opened it may hand it to the next server */
    (void)MHD_quiesce_daemon(serve->daemon);
    MHD_stop_daemon(serve->daemon);
    serve->daemon = NULL;
}
