/*
 * The front. libmicrohttpd's epoll set is polled on this process's only thread, next to the wire.
 *
 * A connection:  stranger -> known -> (reading -> asked -> writing)* -> closed
 *   stranger  its certificate is compared inside the handshake (greet); a wrong one never gets as
 *             far as HTTP
 *   known     compared again in the first callback of each request (handle): the list may be
 *             another by now
 *   asked     suspended until the keeper's answer comes through the wire
 */
#include "serve/front_int.h"

#include <errno.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "serve/serve_int.h"

#define PRIORITIES "NORMAL:-VERS-ALL:+VERS-TLS1.3"
#define POLL_MS    250
#define SWEEP_US   INT64_C(500000)
#define END_US     INT64_C(2000000)
#define KNOCKS     256u

enum standing { STRANGER, KNOWN, READING, ASKED, WRITING };

struct front;

struct conn {
    struct front *front;
    int fd;
    enum standing standing;
    int64_t since_us; /* when this standing began */
    size_t moved;     /* bytes of the body read, or of the answer to write */
    uint8_t tls[PTN_TLS_ID_LEN];
    uint8_t address[16]; /* of the other end, whatever its family */
    struct call *call;   /* under way, or NULL */
    struct conn *previous, *next;
};

struct call {
    struct conn *conn;
    struct MHD_Connection *connection;
    size_t slot; /* in front's table; SIZE_MAX: none */
    uint64_t ticket;
    bool started;
    bool answered; /* status and answer are there, or closing */
    bool asleep;
    unsigned status; /* 0: close without a byte */
    enum ptn_frame_verb verb;
    char uri[PTN_FRAME_PATH_MAX + 1];
    size_t body_max;
    struct ptn_buffer body;
    size_t weight;   /* bytes of its body and answer, wherever they lie */
    uint8_t *answer; /* Owned until MHD has it */
    size_t answer_len;
};

struct front {
    const struct ptn_world *world;
    struct MHD_Daemon *daemon;
    int epoll_fd;
    struct ptn_frame_pipe wire;
    struct ptn_buffer out;
    size_t out_start;
    size_t under_way;                 /* bytes of all bodies and answers */
    struct ptn_bucket knocks[KNOCKS]; /* by where they come from; who hashes alike shares */
    uint8_t *admitted;
    size_t admitted_count;
    struct conn *conns;
    unsigned strangers;
    struct call *calls[PTN_FRONT_CONNECTIONS];
    uint64_t tickets;
    bool ending;
    struct pollfd held[PTN_FRONT_CONNECTIONS]; /* sweep's */
};

static int64_t now_us(const struct front *front)
{
    return front->world->monotonic_us(front->world->context);
}

/* ---- who may come in ---- */

static bool admitted(const struct front *front, const uint8_t tls[PTN_TLS_ID_LEN])
{
    for (size_t i = 0; i < front->admitted_count; i++)
        if (memcmp(front->admitted + i * PTN_TLS_ID_LEN, tls, PTN_TLS_ID_LEN) == 0)
            return true;
    return false;
}

static unsigned count_of(const struct front *front, const uint8_t tls[PTN_TLS_ID_LEN])
{
    unsigned count = 0;

    for (const struct conn *conn = front->conns; conn != NULL; conn = conn->next)
        if (conn->standing != STRANGER && memcmp(conn->tls, tls, PTN_TLS_ID_LEN) == 0)
            count++;
    return count;
}

/* Bytes under way for one peer. */
static size_t weight_of(const struct front *front, const uint8_t tls[PTN_TLS_ID_LEN])
{
    size_t weight = 0;

    for (const struct conn *conn = front->conns; conn != NULL; conn = conn->next)
        if (conn->call != NULL && memcmp(conn->tls, tls, PTN_TLS_ID_LEN) == 0)
            weight += conn->call->weight;
    return weight;
}

/* The SHA-256 of the SubjectPublicKeyInfo of the certificate shown. */
static bool shown_id(gnutls_session_t session, uint8_t ret_id[PTN_TLS_ID_LEN])
{
    unsigned count = 0;
    const gnutls_datum_t *shown = gnutls_certificate_get_peers(session, &count);
    gnutls_x509_crt_t certificate;
    size_t len = PTN_TLS_ID_LEN;
    bool good;

    if (shown == NULL || count == 0 || gnutls_x509_crt_init(&certificate) != GNUTLS_E_SUCCESS)
        return false;
    good = gnutls_x509_crt_import(certificate, shown, GNUTLS_X509_FMT_DER) == GNUTLS_E_SUCCESS &&
           gnutls_x509_crt_get_key_id(certificate, GNUTLS_KEYID_USE_SHA256, ret_id, &len) ==
               GNUTLS_E_SUCCESS &&
           len == PTN_TLS_ID_LEN;
    gnutls_x509_crt_deinit(certificate);
    return good;
}

/* In the handshake: is this somebody we know? Anything but 0 ends it. DOOR-1. */
static int greet(gnutls_session_t session)
{
    struct conn *conn = gnutls_db_get_ptr(session);
    uint8_t id[PTN_TLS_ID_LEN];

    if (conn->standing != STRANGER || !shown_id(session, id) || !admitted(conn->front, id) ||
        count_of(conn->front, id) >= PTN_FRONT_PER_PEER)
        return GNUTLS_E_CERTIFICATE_ERROR;
    memcpy(conn->tls, id, PTN_TLS_ID_LEN);
    conn->standing = KNOWN;
    conn->since_us = now_us(conn->front);
    conn->front->strangers--;
    return 0;
}

/* ---- connections ---- */

static void address_of(const struct sockaddr *from, uint8_t ret_address[16])
{
    memset(ret_address, 0, 16);
    if (from != NULL && from->sa_family == AF_INET)
        memcpy(ret_address, &((const struct sockaddr_in *)(const void *)from)->sin_addr, 4);
    else if (from != NULL && from->sa_family == AF_INET6)
        memcpy(ret_address, &((const struct sockaddr_in6 *)(const void *)from)->sin6_addr, 16);
}

/* Room for one more stranger from there, and has it not knocked too often? A handshake is work. */
static enum MHD_Result accept_from(void *context, const struct sockaddr *from, socklen_t len)
{
    struct front *front = context;
    uint8_t address[16];
    unsigned count = 0;
    unsigned place = 0;

    (void)len;
    if (front->ending || front->strangers >= PTN_FRONT_STRANGERS)
        return MHD_NO;
    address_of(from, address);
    for (const struct conn *conn = front->conns; conn != NULL; conn = conn->next)
        if (conn->standing == STRANGER && memcmp(conn->address, address, sizeof(address)) == 0)
            count++;
    for (size_t i = 0; i < sizeof(address); i++)
        place = place * 31 + address[i];
    return count < PTN_FRONT_STRANGERS_ONE &&
                   ptn_bucket_take(&front->knocks[place % KNOCKS], now_us(front),
                                   1000000 / PTN_FRONT_KNOCKS_PER_S, PTN_FRONT_KNOCKS_BURST)
               ? MHD_YES
               : MHD_NO;
}

static void conn_open(struct front *front, struct MHD_Connection *connection, void **slot)
{
    const union MHD_ConnectionInfo *info;
    gnutls_session_t session;
    struct conn *conn = calloc(1, sizeof(*conn));

    *slot = conn;
    info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    if (conn == NULL || info == NULL) {
        if (info != NULL)
            (void)shutdown(info->connect_fd, SHUT_RDWR);
        return;
    }
    conn->front = front;
    conn->fd = info->connect_fd;
    conn->since_us = now_us(front);
    info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    address_of(info == NULL ? NULL : info->client_addr, conn->address);
    conn->next = front->conns;
    if (conn->next != NULL)
        conn->next->previous = conn;
    front->conns = conn;
    front->strangers++;
    info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);
    if (info == NULL || info->tls_session == NULL) {
        (void)shutdown(conn->fd, SHUT_RDWR);
        return;
    }
    session = info->tls_session;
    gnutls_db_set_ptr(session, conn);
    gnutls_certificate_server_set_request(session, GNUTLS_CERT_REQUIRE);
    gnutls_session_set_verify_function(session, greet);
}

static void conn_close(struct conn *conn)
{
    if (conn == NULL)
        return;
    if (conn->standing == STRANGER)
        conn->front->strangers--;
    if (conn->previous != NULL)
        conn->previous->next = conn->next;
    else
        conn->front->conns = conn->next;
    if (conn->next != NULL)
        conn->next->previous = conn->previous;
    free(conn);
}

static void conn_changed(void *context, struct MHD_Connection *connection, void **slot,
                         enum MHD_ConnectionNotificationCode code)
{
    if (code == MHD_CONNECTION_NOTIFY_STARTED)
        conn_open(context, connection, slot);
    else
        conn_close(*slot);
}

static void stand(struct conn *conn, enum standing standing, size_t moved)
{
    conn->standing = standing;
    conn->since_us = now_us(conn->front);
    conn->moved = moved;
}

/* ---- calls ---- */

/* The raw request line's path: where a call begins. */
static void *call_new(void *context, const char *uri, struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    struct call *call = calloc(1, sizeof(*call));
    size_t len = strlen(uri);

    (void)context;
    if (call == NULL)
        return NULL;
    call->conn = info == NULL ? NULL : info->socket_context;
    call->connection = connection;
    call->slot = SIZE_MAX;
    if (len <= PTN_FRAME_PATH_MAX)
        memcpy(call->uri, uri, len + 1); /* else empty, and refused as that */
    if (call->conn != NULL)
        call->conn->call = call;
    return call;
}

static void call_free(void *context, struct MHD_Connection *connection, void **slot,
                      enum MHD_RequestTerminationCode code)
{
    struct call *call = *slot;
    struct front *front = context;

    (void)connection;
    (void)code;
    if (call == NULL)
        return;
    if (call->slot != SIZE_MAX)
        front->calls[call->slot] = NULL;
    if (call->conn != NULL) {
        call->conn->call = NULL;
        if (call->conn->standing != STRANGER)
            stand(call->conn, KNOWN, 0);
    }
    front->under_way -= call->weight;
    ptn_buffer_release(&call->body);
    free(call->answer);
    free(call);
    *slot = NULL;
}

/* Queue a frame for the wire; its body may be of the caller's. */
static bool send_frame(struct front *front, const struct ptn_frame *frame)
{
    size_t before = front->out.len;

    if (ptn_ok(ptn_frame_write_head(frame, &front->out)) &&
        ptn_ok(ptn_buffer_add(&front->out, frame->body)))
        return true;
    front->out.len = before;
    return false;
}

/* Hand a whole request to the keeper. False: not now. */
static bool ask(struct front *front, struct call *call)
{
    struct ptn_frame frame = { .kind = PTN_FRAME_ASK,
                               .tls = call->conn->tls,
                               .verb = call->verb,
                               .path = ptn_bytes_from_text(call->uri),
                               .body = ptn_buffer_bytes(&call->body) };

    for (call->slot = 0; call->slot < PTN_FRONT_CONNECTIONS; call->slot++)
        if (front->calls[call->slot] == NULL)
            break;
    if (call->slot == PTN_FRONT_CONNECTIONS) {
        call->slot = SIZE_MAX;
        return false;
    }
    call->ticket = ++front->tickets * PTN_FRONT_CONNECTIONS + call->slot;
    frame.ticket = call->ticket;
    if (!send_frame(front, &frame)) {
        call->slot = SIZE_MAX;
        return false;
    }
    front->calls[call->slot] = call;
    ptn_buffer_release(&call->body); /* the wire has its copy */
    stand(call->conn, ASKED, 0);
    return true;
}

/* What C2SP's tlog-witness, tlog-mirror and tlog-tiles want these answers called. */
static const char *type_of(const struct call *call)
{
    static const char checkpoint[] = "/checkpoint";
    size_t len = strlen(call->uri);

    if (call->status == 409 && strcmp(call->uri, "/add-checkpoint") == 0)
        return "text/x.tlog.size";
    if ((call->status == 409 || call->status == 202) && strcmp(call->uri, "/add-entries") == 0)
        return "text/x.tlog.mirror-info";
    if (call->status == 200 && len > sizeof(checkpoint) &&
        strcmp(call->uri + len + 1 - sizeof(checkpoint), checkpoint) == 0)
        return "text/plain; charset=utf-8";
    if (strcmp(call->uri, "/v1/messages") == 0 ||
        strcmp(call->uri, "/v1/changes") == 0) /* a carrier's: RFC 1767 */
        return call->answer_len > 4 && memcmp(call->answer, "UNB+", 4) == 0
                   ? "application/EDIFACT"
                   : "text/plain; charset=utf-8";
    return "application/octet-stream";
}

static enum MHD_Result send_answer(struct call *call)
{
    struct MHD_Response *response;
    const char *type = type_of(call);
    enum MHD_Result result;

    if (call->status == 0)
        return MHD_NO;
    if (call->answer == NULL)
        response = MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
    else
        response =
            MHD_create_response_from_buffer(call->answer_len, call->answer, MHD_RESPMEM_MUST_FREE);
    if (response == NULL)
        return MHD_NO;
    call->answer = NULL; /* the response's now */
    stand(call->conn, WRITING, call->answer_len);
    (void)MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type);
    result = MHD_queue_response(call->connection, call->status, response);
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result answer_empty(struct call *call, unsigned status)
{
    call->status = status;
    call->answered = true;
    return send_answer(call);
}

/* The first callback of a request: who asks, and may such a request come at all? */
static enum MHD_Result begin(struct front *front, struct call *call, const char *verb)
{
    const char *path_end = strchr(call->uri, '?');
    struct ptn_bytes path = ptn_bytes_from_text(call->uri);
    const char *said;

    if (call->conn == NULL || call->conn->standing == STRANGER || !admitted(front, call->conn->tls))
        return MHD_NO;
    call->started = true;
    stand(call->conn, READING, 0);
    if (!ptn_frame_verb_read(verb, &call->verb) || !ptn_frame_path_good(path))
        return answer_empty(call, MHD_HTTP_BAD_REQUEST);
    if (path_end != NULL)
        path.len = (size_t)(path_end - call->uri);
    call->body_max = ptn_frame_body_max(call->verb, path);
    ptn_buffer_init(&call->body, call->body_max);
    said = MHD_lookup_connection_value(call->connection, MHD_HEADER_KIND,
                                       MHD_HTTP_HEADER_CONTENT_LENGTH);
    if (said != NULL && (strlen(said) > 9 || strtoul(said, NULL, 10) > call->body_max))
        return answer_empty(call, MHD_HTTP_CONTENT_TOO_LARGE);
    return MHD_YES;
}

static enum MHD_Result handle(void *context, struct MHD_Connection *connection, const char *path,
                              const char *verb, const char *version, const char *upload,
                              size_t *upload_len, void **slot)
{
    struct front *front = context;
    struct call *call = *slot;

    (void)connection;
    (void)path;
    (void)version;
    if (call == NULL)
        return MHD_NO;
    if (!call->started)
        return begin(front, call, verb);
    if (*upload_len > 0) {
        if (front->under_way + *upload_len > PTN_FRONT_UNDER_WAY_MAX ||
            weight_of(front, call->conn->tls) + *upload_len > PTN_FRONT_UNDER_WAY_ONE ||
            !ptn_ok(ptn_buffer_add(&call->body, ptn_bytes_of(upload, *upload_len))))
            return MHD_NO; /* chunked and longer than it may be, or no room */
        call->weight += *upload_len;
        front->under_way += *upload_len;
        call->conn->moved += *upload_len;
        *upload_len = 0;
        return MHD_YES;
    }
    if (call->answered)
        return send_answer(call);
    if (front->ending || front->under_way > PTN_FRONT_UNDER_WAY_MAX || !ask(front, call))
        return answer_empty(call, MHD_HTTP_SERVICE_UNAVAILABLE);
    call->asleep = true;
    MHD_suspend_connection(call->connection);
    return MHD_YES;
}

static void wake(struct call *call, unsigned status)
{
    call->status = status;
    call->answered = true;
    if (call->asleep) {
        call->asleep = false;
        MHD_resume_connection(call->connection);
    }
}

/* ---- the wire ---- */

static void take_answer(struct front *front, const struct ptn_frame *frame)
{
    size_t slot = (size_t)(frame->ticket % PTN_FRONT_CONNECTIONS);
    struct call *call = front->calls[slot];

    if (call == NULL || call->ticket != frame->ticket || call->answered)
        return; /* it left meanwhile */
    if (frame->body.len > 0) {
        call->answer = malloc(frame->body.len);
        if (call->answer == NULL) {
            wake(call, MHD_HTTP_SERVICE_UNAVAILABLE);
            return;
        }
        memcpy(call->answer, frame->body.at, frame->body.len);
        call->answer_len = frame->body.len;
        call->weight += call->answer_len;
        front->under_way += call->answer_len;
    }
    wake(call, frame->status);
}

/* Another list: who is not on it leaves now. */
static bool take_admitted(struct front *front, const struct ptn_frame *frame)
{
    uint8_t *list = malloc(frame->body.len + 1);

    if (list == NULL)
        return false;
    if (frame->body.len > 0)
        memcpy(list, frame->body.at, frame->body.len);
    free(front->admitted);
    front->admitted = list;
    front->admitted_count = frame->body.len / PTN_TLS_ID_LEN;
    for (struct conn *conn = front->conns; conn != NULL; conn = conn->next) {
        if (conn->standing == STRANGER || admitted(front, conn->tls))
            continue;
        (void)shutdown(conn->fd, SHUT_RDWR);
        if (conn->call != NULL && conn->call->asleep)
            wake(conn->call, 0);
    }
    return true;
}

/* All that has come from the keeper. False: it is gone, or talks nonsense. */
static bool read_wire(struct front *front)
{
    struct ptn_frame frame;
    struct ptn_status status = ptn_frame_pipe_fill(&front->wire);

    if (status.code == PTN_C_BUSY)
        return true;
    if (!ptn_ok(status))
        return false;
    for (;;) {
        status = ptn_frame_pipe_next(&front->wire, &frame);
        if (!ptn_ok(status))
            return status.code == PTN_C_BUSY;
        if (frame.kind == PTN_FRAME_ANSWER)
            take_answer(front, &frame);
        else if (frame.kind != PTN_FRAME_ADMIT || !take_admitted(front, &frame))
            return false;
    }
}

static bool write_wire(struct front *front)
{
    while (front->out_start < front->out.len) {
        ssize_t done = send(front->wire.fd, front->out.at + front->out_start,
                            front->out.len - front->out_start, MSG_NOSIGNAL);

        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0 && errno != EAGAIN)
            return false;
        if (done < 0)
            break;
        front->out_start += (size_t)done;
    }
    /* what is sent makes room, also when the keeper is never quite done */
    if (front->out_start > 0 && front->out_start * 2 >= front->out.len) {
        memmove(front->out.at, front->out.at + front->out_start, front->out.len - front->out_start);
        front->out.len -= front->out_start;
        front->out_start = 0;
    }
    return true;
}

/* ---- the slow and the gone ---- */

static bool too_slow(const struct conn *conn, int64_t at_us)
{
    int64_t took_us = at_us - conn->since_us;

    switch (conn->standing) {
    case STRANGER:
        return took_us > PTN_FRONT_GREET_US;
    case KNOWN:
        return took_us > (int64_t)PTN_FRONT_IDLE_S * 1000000;
    case READING:
    case WRITING:
        return took_us > PTN_FRONT_SLOW_US + (int64_t)conn->moved * 1000000 / PTN_FRONT_SLOW_PER_S;
    case ASKED:
    default:
        return false;
    }
}

static void sweep(struct front *front)
{
    struct pollfd *held = front->held;
    struct call *calls[PTN_FRONT_CONNECTIONS];
    nfds_t count = 0;
    int64_t at_us = now_us(front);

    for (struct conn *conn = front->conns; conn != NULL; conn = conn->next) {
        if (too_slow(conn, at_us))
            (void)shutdown(conn->fd, SHUT_RDWR);
        if (conn->call == NULL || !conn->call->asleep || count == PTN_FRONT_CONNECTIONS)
            continue;
        held[count] = (struct pollfd){ .fd = conn->fd, .events = POLLRDHUP };
        calls[count++] = conn->call;
    }
    if (count == 0 || poll(held, count, 0) <= 0)
        return;
    for (nfds_t i = 0; i < count; i++)
        if ((held[i].revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0) {
            struct ptn_frame gone = { .kind = PTN_FRAME_GONE, .ticket = calls[i]->ticket };

            (void)send_frame(front, &gone); /* unsaid, the keeper answers into nothing */
            wake(calls[i], 0);
        }
}

/* ---- the process ---- */

/* Read the key, start the library with it, wipe it. */
static bool start(struct front *front, const struct ptn_door_plan *plan)
{
    struct ptn_buffer key = { .len_max = PTN_TLS_PEM_LEN_MAX };
    struct ptn_buffer certificate = { .len_max = PTN_TLS_PEM_LEN_MAX };
    uint8_t *room;
    const union MHD_DaemonInfo *info = NULL;
    bool good = ptn_ok(ptn_buffer_reserve(&key, PTN_TLS_PEM_LEN_MAX, &room));

    if (good)
        (void)mlock(room, PTN_TLS_PEM_LEN_MAX);
    good = good && ptn_ok(ptn_tls_read(plan->world, plan->dir, &key, &certificate)) &&
           ptn_ok(ptn_buffer_add_u8(&key, 0)) && ptn_ok(ptn_buffer_add_u8(&certificate, 0));
    if (good)
        front->daemon = MHD_start_daemon(
            MHD_USE_EPOLL | MHD_USE_TLS | MHD_ALLOW_SUSPEND_RESUME, 0, accept_from, front, handle,
            front, MHD_OPTION_EXTERNAL_LOGGER, ptn_http_say_nothing, NULL, MHD_OPTION_LISTEN_SOCKET,
            plan->listen_fd, MHD_OPTION_HTTPS_MEM_KEY, (const char *)key.at,
            MHD_OPTION_HTTPS_MEM_CERT, (const char *)certificate.at, MHD_OPTION_HTTPS_PRIORITIES,
            PRIORITIES, MHD_OPTION_CONNECTION_LIMIT, PTN_FRONT_CONNECTIONS,
            MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)PTN_FRONT_HEADER_MAX,
            MHD_OPTION_CONNECTION_TIMEOUT, PTN_FRONT_IDLE_S, MHD_OPTION_STRICT_FOR_CLIENT, 1,
            MHD_OPTION_URI_LOG_CALLBACK, call_new, NULL, MHD_OPTION_NOTIFY_COMPLETED, call_free,
            front, MHD_OPTION_NOTIFY_CONNECTION, conn_changed, front, MHD_OPTION_END);
    if (key.at != NULL) {
        explicit_bzero(key.at, key.capacity);
        (void)munlock(key.at, PTN_TLS_PEM_LEN_MAX);
    }
    if (front->daemon != NULL)
        info = MHD_get_daemon_info(front->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    front->epoll_fd = info == NULL ? -1 : info->epoll_fd;
    /* key and certificate are not given back: the daemon keeps their addresses */
    return info != NULL;
}

static bool step(struct front *front)
{
    struct pollfd at[2] = { { .fd = front->epoll_fd, .events = POLLIN },
                            { .fd = front->wire.fd, .events = POLLIN } };
    MHD_UNSIGNED_LONG_LONG wanted_ms;
    int wait_ms = POLL_MS;

    if (MHD_get_timeout(front->daemon, &wanted_ms) == MHD_YES && wanted_ms < POLL_MS)
        wait_ms = (int)wanted_ms;
    if (front->out.len > 0)
        at[1].events |= POLLOUT;
    (void)poll(at, 2, wait_ms);
    if ((at[1].revents & (POLLIN | POLLHUP | POLLERR)) != 0 && !read_wire(front))
        return false;
    (void)MHD_run(front->daemon); /* after the wire: it lets the answered go on */
    return write_wire(front);
}

/* The keeper is gone: what is answered already goes out. */
static void finish(struct front *front)
{
    int64_t until_us = now_us(front) + END_US;
    bool writing = true;

    front->ending = true;
    for (struct conn *conn = front->conns; conn != NULL; conn = conn->next)
        if (conn->call != NULL && conn->call->asleep)
            wake(conn->call, 0);
    while (writing && now_us(front) < until_us) {
        struct pollfd at = { .fd = front->epoll_fd, .events = POLLIN };

        (void)MHD_run(front->daemon);
        writing = false;
        for (const struct conn *conn = front->conns; conn != NULL; conn = conn->next)
            writing = writing || conn->standing == WRITING;
        if (writing)
            (void)poll(&at, 1, 10);
    }
}

int ptn_front_run(const struct ptn_door_plan *plan, int wire_fd)
{
    struct front *front = calloc(1, sizeof(*front));
    struct ptn_frame ready = { .kind = PTN_FRAME_READY };
    struct rlimit none = { 0, 0 };
    int64_t swept_us;

    (void)setrlimit(RLIMIT_CORE, &none); /* a core would hold the TLS key */
    (void)prctl(PR_SET_DUMPABLE, 0);
    (void)signal(SIGINT, SIG_IGN); /* the keeper says when it is over */
    (void)signal(SIGTERM, SIG_IGN);
    (void)signal(SIGHUP, SIG_IGN);
    (void)signal(SIGPIPE, SIG_IGN);
    if (front == NULL)
        return 1;
    front->world = plan->world;
    ptn_frame_pipe_init(&front->wire, wire_fd);
    ptn_buffer_init(&front->out, PTN_FRONT_UNDER_WAY_MAX + PTN_FRAME_LEN_MAX);
    if (!start(front, plan) || (plan->confine != NULL && !plan->confine()) ||
        !send_frame(front, &ready) || !write_wire(front))
        return 1;
    swept_us = now_us(front);
    while (step(front))
        if (now_us(front) - swept_us >= SWEEP_US) {
            swept_us = now_us(front);
            sweep(front);
        }
    finish(front);
    return 0;
}
