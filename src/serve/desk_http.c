/* serve/desk_http.c -- HTTP for a centre's desk: who may ask at all, how much, and for how long. */
#include "serve/desk_int.h"

#define ARENA_MAX ((size_t)16 << 20)
#define IDLE_S    20u

void ptn_visit_problem(struct ptn_visit *visit, unsigned status, const char *code,
                       const char *title, const char *detail)
{
    struct ptn_json json = { .out = &visit->out };

    ptn_buffer_clear(&visit->out);
    ptn_answer_problem(&json, status, code, title, detail);
    visit->status = ptn_ok(ptn_json_end(&json)) ? status : MHD_HTTP_INTERNAL_SERVER_ERROR;
    visit->problem = true;
}

static const char *header(const struct ptn_visit *visit, const char *name)
{
    return MHD_lookup_connection_value(visit->connection, MHD_HEADER_KIND, name);
}

/* ---- who may ask ---- */

static bool refuse(struct ptn_visit *visit, unsigned status, const char *code, const char *title)
{
    ptn_visit_problem(visit, status, code, title, NULL);
    return false;
}

static bool csrf_right(const struct ptn_visit *visit)
{
    const char *given = header(visit, "X-Postern-Csrf");
    unsigned differ = 0;

    if (given == NULL || strlen(given) != PTN_SERVE_TOKEN_SIZE - 1)
        return false;
    for (size_t i = 0; i < PTN_SERVE_TOKEN_SIZE - 1; i++)
        differ |= (unsigned)((unsigned char)given[i] ^ (unsigned char)visit->session.csrf[i]);
    return differ == 0;
}

/* STAFF-3: whoever may not stay is refused before anything is asked. */
static bool find_session(struct ptn_visit *visit, bool *ret_too_fast)
{
    struct ptn_desk *desk = visit->desk;
    char cookie[sizeof("postern_") + PTN_NODE_CODE_MAX];

    (void)snprintf(cookie, sizeof(cookie), "postern_%s", desk->plan.centre->code);
    return ptn_session_find(&desk->sessions,
                            MHD_lookup_connection_value(visit->connection, MHD_COOKIE_KIND, cookie),
                            desk->plan.world->monotonic_us(desk->plan.world->context),
                            &visit->session, ret_too_fast) &&
           ptn_staffing_may_stay(desk->plan.staffing, &visit->session.officer);
}

/* AUDIT-1 */
static bool is_theirs(const struct ptn_visit *visit)
{
    const bool auditor = visit->session.officer.role == PTN_STAFF_AUDITOR;

    switch (visit->route->whose) {
    case PTN_DESK_AUDITORS:
        return auditor;
    case PTN_DESK_STAFF:
        return !auditor;
    case PTN_DESK_EVERYBODY:
        break;
    }
    return true;
}

/* Everything a request must be before its handler sees it. */
static bool admit(struct ptn_visit *visit)
{
    const struct ptn_guard *guard = &visit->desk->guard;
    const char *type = header(visit, MHD_HTTP_HEADER_CONTENT_TYPE);
    const char *site = header(visit, "Sec-Fetch-Site");
    bool too_fast = false;
    bool write;

    visit->tls = ptn_guard_tls(guard, header(visit, MHD_HTTP_HEADER_HOST));
    if (!ptn_guard_host(guard, header(visit, MHD_HTTP_HEADER_HOST)))
        return refuse(visit, MHD_HTTP_MISDIRECTED_REQUEST, "wrong-host",
                      "This centre does not go by that name");
    if (visit->route == NULL)
        return true;
    write = strcmp(visit->route->method, MHD_HTTP_METHOD_GET) != 0;
    if (write && (!ptn_guard_origin(guard, header(visit, MHD_HTTP_HEADER_ORIGIN)) ||
                  (site != NULL && strcmp(site, "same-origin") != 0 && strcmp(site, "none") != 0)))
        return refuse(visit, MHD_HTTP_FORBIDDEN, "csrf", "Another site asked for this");
    if (visit->body_too_big)
        return refuse(visit, MHD_HTTP_CONTENT_TOO_LARGE, "body-too-big", "The request is too big");
    if (visit->body.len > 0 && (type == NULL || strncmp(type, "application/json", 16) != 0))
        return refuse(visit, MHD_HTTP_UNSUPPORTED_MEDIA_TYPE, "media-type",
                      "Bodies are application/json");
    visit->touch = (struct ptn_touch){ .guard = guard,
                                       .secret = visit->desk->touch_secret,
                                       .world = visit->desk->plan.world,
                                       .given = header(visit, "Postern-Key"),
                                       .path = visit->route->path,
                                       .body = ptn_buffer_bytes(&visit->body) };
    ptn_touch_begin(&visit->touch);
    visit->has_session = find_session(visit, &too_fast);
    if (visit->route->session && !visit->has_session)
        return refuse(visit, MHD_HTTP_UNAUTHORIZED, "not-signed-in", "Nobody is signed in here");
    if (visit->route->session && write && !csrf_right(visit))
        return refuse(visit, MHD_HTTP_FORBIDDEN, "csrf", "The X-Postern-Csrf header is wrong");
    if (visit->route->session && !is_theirs(visit))
        return refuse(visit, MHD_HTTP_FORBIDDEN, "not-allowed",
                      "An auditor sees looks and no traveller; looks are an auditor's to see");
    if (too_fast) {
        visit->retry_after_s = 1;
        return refuse(visit, MHD_HTTP_TOO_MANY_REQUESTS, "slow-down", "Too many requests");
    }
    return true;
}

/* ---- answering ---- */

static enum MHD_Result send_response(struct ptn_visit *visit, struct MHD_Response *response,
                                     const char *type, const char *etag)
{
    enum MHD_Result result = MHD_NO;
    char number[12];
    bool good;

    if (response == NULL)
        return MHD_NO;
    good = visit->file != NULL && !visit->problem
               ? ptn_http_add_file_headers(response, type, visit->file)
               : ptn_http_add_headers(response, type, etag);
    if (visit->cookie[0] != '\0')
        good = good && MHD_add_response_header(response, MHD_HTTP_HEADER_SET_COOKIE,
                                               visit->cookie) == MHD_YES;
    (void)snprintf(number, sizeof(number), "%u", visit->retry_after_s);
    if (visit->retry_after_s > 0)
        good = good &&
               MHD_add_response_header(response, MHD_HTTP_HEADER_RETRY_AFTER, number) == MHD_YES;
    if (good)
        result = MHD_queue_response(visit->connection, visit->status, response);
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result send_answer(struct ptn_visit *visit)
{
    static char nothing[1];
    char *body = visit->out.len == 0 ? nothing : (char *)visit->out.at;

    return send_response(
        visit, MHD_create_response_from_buffer(visit->out.len, body, MHD_RESPMEM_MUST_COPY),
        visit->problem        ? "application/problem+json"
        : visit->type != NULL ? visit->type
                              : "application/json",
        visit->etag[0] == '\0' ? NULL : visit->etag);
}

static enum MHD_Result send_page(struct ptn_visit *visit)
{
    struct ptn_http_page page;

    if (visit->path == NULL ||
        !ptn_http_find_page(visit->connection, visit->desk->plan.asset_find, visit->path, &page)) {
        ptn_visit_problem(visit, MHD_HTTP_NOT_FOUND, "not-found", "Nothing is here", NULL);
        return send_answer(visit);
    }
    visit->status = page.status;
    return send_response(visit, page.response, page.type, page.etag);
}

static enum MHD_Result step(struct ptn_visit *visit)
{
    visit->arena = ptn_arena_new(ARENA_MAX);
    if (visit->arena == NULL)
        return MHD_NO;
    if (!admit(visit))
        return send_answer(visit);
    if (visit->route == NULL)
        return send_page(visit);
    visit->route->handle(visit);
    return send_answer(visit);
}

/* ---- the handler ---- */

static struct ptn_visit *visit_new(struct ptn_desk *desk, struct MHD_Connection *connection,
                                   const char *path, const char *method)
{
    struct ptn_visit *visit = calloc(1, sizeof(*visit));

    if (visit == NULL)
        return NULL;
    visit->desk = desk;
    visit->connection = connection;
    visit->body.len_max = PTN_REQUEST_BODY_MAX;
    visit->out.len_max = PTN_SERVE_ANSWER_MAX;
    if (strcmp(method, MHD_HTTP_METHOD_HEAD) == 0)
        method = MHD_HTTP_METHOD_GET;
    if (strcmp(method, MHD_HTTP_METHOD_GET) == 0)
        visit->path = path;
    for (const struct ptn_desk_route *route = ptn_desk_routes; route->method != NULL; route++)
        if (strcmp(route->path, path) == 0 && strcmp(route->method, method) == 0)
            visit->route = route;
    return visit;
}

static void visit_free(void *context, struct MHD_Connection *connection, void **slot,
                       enum MHD_RequestTerminationCode code)
{
    struct ptn_visit *visit = *slot;

    (void)context;
    (void)connection;
    (void)code;
    if (visit == NULL)
        return;
    if (visit->body.at != NULL)
        explicit_bzero(visit->body.at, visit->body.capacity); /* it held a password */
    ptn_buffer_release(&visit->body);
    ptn_buffer_release(&visit->out);
    ptn_arena_free(visit->arena);
    explicit_bzero(visit, sizeof(*visit));
    free(visit);
    *slot = NULL;
}

static enum MHD_Result handle(void *context, struct MHD_Connection *connection, const char *path,
                              const char *method, const char *version, const char *upload,
                              size_t *upload_len, void **slot)
{
    struct ptn_visit *visit = *slot;

    (void)version;
    if (visit == NULL) {
        visit = visit_new(context, connection, path, method);
        *slot = visit;
        return visit == NULL ? MHD_NO : MHD_YES;
    }
    if (*upload_len > 0)
        return ptn_http_take_body(&visit->body, &visit->body_too_big, upload, upload_len);
    return step(visit);
}

struct ptn_status ptn_desk_http_start(struct ptn_desk *desk)
{
    desk->daemon = MHD_start_daemon(
        MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_ITC | MHD_USE_ERROR_LOG, 0, NULL, NULL, handle,
        desk, MHD_OPTION_EXTERNAL_LOGGER, ptn_http_say_nothing, NULL, MHD_OPTION_LISTEN_SOCKET,
        desk->plan.listen_fd, MHD_OPTION_THREAD_POOL_SIZE, PTN_DESK_POOL,
        MHD_OPTION_CONNECTION_LIMIT, PTN_DESK_CONNECTIONS, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        (size_t)PTN_SERVE_HEADER_MAX, MHD_OPTION_CONNECTION_TIMEOUT, IDLE_S,
        MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_NOTIFY_COMPLETED, visit_free, NULL,
        MHD_OPTION_END);
    return (struct ptn_status){ desk->daemon == NULL ? PTN_C_IO : PTN_C_OK };
}
