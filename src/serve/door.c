#include "serve/door.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "serve/front_int.h"

#define BACKLOG    512
#define TICK_MS    100
#define AGAIN_US   INT64_C(5000) /* what is held is asked again this often at most ... */
#define AGAIN_1_US INT64_C(500)  /* ... and this much less often for each that is held */
#define READY_MS   10000
#define WRITE_MS   10000
#define END_MS     3000
#define FILLS_MAX  64 /* reads from the wire before time-outs are looked at */
#define UNDECIDED  503u
#define NO_CONTENT 204u

/* An exchange that is held. */
struct held {
    uint64_t ticket;
    uint8_t tls[PTN_TLS_ID_LEN];
    enum ptn_frame_verb verb;
    char *path; /* Owned */
    int64_t until_us;
    struct held *next;
};

struct ptn_door {
    const struct ptn_world *world;
    pid_t front;
    unsigned hold_ms;
    int bell; /* an eventfd */
    struct ptn_frame_pipe wire;
    uint8_t (*admitted)[PTN_TLS_ID_LEN];
    size_t admitted_count;
    const struct ptn_door_serving *serving;
    struct ptn_buffer answer, head;
    struct held *held;
    int64_t asked_again_us;
    atomic_bool changed, stopping;
    atomic_uint_fast64_t held_count, asked_count;
};

/* ---- listening ---- */

struct ptn_status ptn_door_listen(const char *host, unsigned port, int *ret_fd, unsigned *ret_port)
{
    struct addrinfo hints = { .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE,
                              .ai_socktype = SOCK_STREAM };
    struct addrinfo *found = NULL;
    struct sockaddr_storage bound;
    socklen_t len = sizeof(bound);
    char service[8];
    char number[8] = "";
    int yes = 1;
    int fd = -1;
    enum ptn_code code = PTN_C_IO;

    (void)snprintf(service, sizeof(service), "%u", port);
    if (port > UINT16_MAX || getaddrinfo(host, service, &hints, &found) != 0)
        return (struct ptn_status){ PTN_C_BAD_INPUT };
    fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) == 0) {
        if (bind(fd, found->ai_addr, found->ai_addrlen) != 0)
            code = errno == EADDRINUSE ? PTN_C_BUSY : PTN_C_IO;
        else if (listen(fd, BACKLOG) == 0 &&
                 getsockname(fd, (struct sockaddr *)&bound, &len) == 0 &&
                 getnameinfo((struct sockaddr *)&bound, len, NULL, 0, number, sizeof(number),
                             NI_NUMERICSERV) == 0)
            code = PTN_C_OK;
    }
    freeaddrinfo(found);
    if (code != PTN_C_OK) {
        if (fd >= 0)
            (void)close(fd);
        return (struct ptn_status){ code };
    }
    *ret_fd = fd;
    *ret_port = (unsigned)strtoul(number, NULL, 10);
    return PTN_OK;
}

/* ---- the front's process ---- */

/* In the child: nothing stays open but what it needs. DOOR-2. */
static void run_front(const struct ptn_door_plan *plan, int wire_fd, pid_t parent)
{
    long last = sysconf(_SC_OPEN_MAX);

    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent)
        _exit(1);
    if (last < 0 || last > 65536)
        last = 65536;
    for (int fd = STDERR_FILENO + 1; fd < (int)last; fd++)
        if (fd != wire_fd && fd != plan->listen_fd)
            (void)close(fd);
    _exit(ptn_front_run(plan, wire_fd));
}

/* Wait for the front's first word. */
static struct ptn_status wait_ready(struct ptn_door *door)
{
    struct ptn_frame frame = { .kind = PTN_FRAME_GONE };
    struct pollfd at = { .fd = door->wire.fd, .events = POLLIN };
    struct ptn_status status = { PTN_C_IO };

    if (poll(&at, 1, READY_MS) > 0)
        status = ptn_frame_pipe_fill(&door->wire);
    if (ptn_ok(status))
        status = ptn_frame_pipe_next(&door->wire, &frame);
    return (struct ptn_status){ ptn_ok(status) && frame.kind == PTN_FRAME_READY ? PTN_C_OK
                                                                                : PTN_C_IO };
}

static bool has_certificate(const struct ptn_door_plan *plan)
{
    char path[4096];
    int len = snprintf(path, sizeof(path), "%s/vault/tls.key", plan->dir);

    return len > 0 && (size_t)len < sizeof(path) &&
           plan->world->files->exists(plan->world->context, path);
}

struct ptn_status ptn_door_open(const struct ptn_door_plan *plan, struct ptn_door **ret_door,
                                struct ptn_diag *reterr)
{
    int ends[2] = { -1, -1 };
    pid_t parent = getpid();
    struct ptn_door *door;

    if (!has_certificate(plan))
        return ptn_fail(PTN_C_NOT_FOUND, reterr, 0, "there is no TLS key to show");
    door = calloc(1, sizeof(*door));
    if (door == NULL)
        return ptn_fail(PTN_C_NO_MEMORY, reterr, 0, "no memory for a door");
    door->world = plan->world;
    door->hold_ms = plan->hold_ms == 0 ? PTN_DOOR_HOLD_MS : plan->hold_ms;
    door->bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    ptn_frame_pipe_init(&door->wire, -1);
    ptn_buffer_init(&door->answer, PTN_FRAME_BODY_MAX);
    ptn_buffer_init(&door->head, PTN_FRAME_HEAD_MAX);
    if (door->bell >= 0 &&
        socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) == 0) {
        door->wire.fd = ends[0];
        door->front = fork();
        if (door->front == 0)
            run_front(plan, ends[1], parent);
        (void)close(ends[1]);
    }
    if (ends[0] < 0 || door->front < 0 || !ptn_ok(wait_ready(door))) {
        ptn_door_close(door);
        return ptn_fail(PTN_C_IO, reterr, 0, "the door's own process did not start");
    }
    *ret_door = door;
    return PTN_OK;
}

void ptn_door_close(struct ptn_door *door)
{
    struct timespec pause = { 0, 10000000 };

    if (door == NULL)
        return;
    if (door->wire.fd >= 0)
        (void)close(door->wire.fd); /* the front ends by itself */
    for (int ms = 0; door->front > 0 && ms <= END_MS; ms += 10) {
        if (waitpid(door->front, NULL, WNOHANG) != 0)
            door->front = 0;
        else
            (void)nanosleep(&pause, NULL);
    }
    if (door->front > 0) {
        (void)kill(door->front, SIGKILL);
        (void)waitpid(door->front, NULL, 0);
    }
    while (door->held != NULL) {
        struct held *held = door->held;

        door->held = held->next;
        free(held->path);
        free(held);
    }
    if (door->bell >= 0)
        (void)close(door->bell);
    ptn_frame_pipe_release(&door->wire);
    ptn_buffer_release(&door->answer);
    ptn_buffer_release(&door->head);
    free(door->admitted);
    free(door);
}

/* ---- sending ---- */

static struct ptn_status send_all(struct ptn_door *door, struct ptn_bytes bytes)
{
    while (bytes.len > 0) {
        ssize_t done = send(door->wire.fd, bytes.at, bytes.len, MSG_NOSIGNAL);
        struct pollfd at = { .fd = door->wire.fd, .events = POLLOUT };

        if (done >= 0)
            bytes = ptn_bytes_slice(bytes, (size_t)done, SIZE_MAX);
        else if (errno == EAGAIN && poll(&at, 1, WRITE_MS) > 0)
            continue;
        else if (errno != EINTR)
            return (struct ptn_status){ PTN_C_IO };
    }
    return PTN_OK;
}

static struct ptn_status send_frame(struct ptn_door *door, const struct ptn_frame *frame)
{
    struct ptn_status status;

    ptn_buffer_clear(&door->head);
    status = ptn_frame_write_head(frame, &door->head);
    if (ptn_ok(status))
        status = send_all(door, ptn_buffer_bytes(&door->head));
    if (ptn_ok(status))
        status = send_all(door, frame->body);
    return status;
}

struct ptn_status ptn_door_admit(struct ptn_door *door, const uint8_t (*tls)[PTN_TLS_ID_LEN],
                                 size_t count)
{
    struct ptn_frame frame = { .kind = PTN_FRAME_ADMIT };
    uint8_t(*list)[PTN_TLS_ID_LEN];

    if (count > PTN_DOOR_PEERS_MAX)
        return (struct ptn_status){ PTN_C_TOO_BIG };
    list = calloc(count + 1, sizeof(*list));
    if (list == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    if (count > 0)
        memcpy(list, tls, count * sizeof(*list));
    free(door->admitted);
    door->admitted = list;
    door->admitted_count = count;
    frame.body = ptn_bytes_of(list, count * sizeof(*list));
    return send_frame(door, &frame);
}

/* ---- answering ---- */

static int64_t now_us(const struct ptn_door *door)
{
    return door->world->monotonic_us(door->world->context);
}

static bool find_peer(const struct ptn_door *door, const uint8_t *tls, size_t *ret_index)
{
    for (size_t i = 0; i < door->admitted_count; i++)
        if (memcmp(door->admitted[i], tls, PTN_TLS_ID_LEN) == 0) {
            *ret_index = i;
            return true;
        }
    return false;
}

/* Ask the owner's callback and send what it says. *ret_hold: it wants to be asked again. */
static struct ptn_status answer_one(struct ptn_door *door, const struct ptn_frame *asked,
                                    const char *path, bool *ret_hold)
{
    struct ptn_frame answer = { .kind = PTN_FRAME_ANSWER, .ticket = asked->ticket };
    struct ptn_exchange exchange = { .verb = ptn_frame_verb_word(asked->verb),
                                     .path = path,
                                     .body = asked->body };
    struct ptn_door_peer peer = { .tls = asked->tls };
    bool hold = false;

    *ret_hold = false;
    if (find_peer(door, asked->tls, &peer.index)) {
        ptn_buffer_clear(&door->answer);
        exchange.answer = door->answer;
        door->serving->answer(door->serving->context, &peer, &exchange, &hold);
        door->answer = exchange.answer;
        if (hold && asked->body.len == 0) {
            *ret_hold = true;
            return PTN_OK;
        }
        answer.status = hold ? UNDECIDED : exchange.status;
        if (answer.status != 0 && !hold)
            answer.body = ptn_buffer_bytes(&door->answer);
    }
    return send_frame(door, &answer);
}

static struct ptn_status hold_one(struct ptn_door *door, const struct ptn_frame *asked,
                                  const char *path)
{
    struct ptn_frame sorry = { .kind = PTN_FRAME_ANSWER,
                               .ticket = asked->ticket,
                               .status = UNDECIDED };
    struct held *held = calloc(1, sizeof(*held));

    if (held != NULL)
        held->path = strdup(path);
    if (held == NULL || held->path == NULL) {
        free(held);
        return send_frame(door, &sorry);
    }
    held->ticket = asked->ticket;
    held->verb = asked->verb;
    memcpy(held->tls, asked->tls, PTN_TLS_ID_LEN);
    held->until_us = now_us(door) + (int64_t)door->hold_ms * 1000;
    held->next = door->held;
    door->held = held;
    (void)atomic_fetch_add(&door->held_count, 1);
    return PTN_OK;
}

static void drop(struct ptn_door *door, struct held **at)
{
    struct held *held = *at;

    *at = held->next;
    free(held->path);
    free(held);
    (void)atomic_fetch_sub(&door->held_count, 1);
}

static struct ptn_status take_frame(struct ptn_door *door, const struct ptn_frame *frame)
{
    char path[PTN_FRAME_PATH_MAX + 1] = "";
    bool hold;
    struct ptn_status status;

    if (frame->kind == PTN_FRAME_GONE) {
        for (struct held **at = &door->held; *at != NULL; at = &(*at)->next)
            if ((*at)->ticket == frame->ticket) {
                drop(door, at);
                break;
            }
        return PTN_OK;
    }
    if (frame->kind != PTN_FRAME_ASK)
        return (struct ptn_status){ PTN_C_BAD_INPUT };
    (void)atomic_fetch_add(&door->asked_count, 1);
    memcpy(path, frame->path.at, frame->path.len);
    status = answer_one(door, frame, path, &hold);
    if (ptn_ok(status) && hold)
        status = hold_one(door, frame, path);
    return status;
}

/* Answer all that has come, within bounds. */
static struct ptn_status read_wire(struct ptn_door *door)
{
    for (int fills = 0; fills < FILLS_MAX; fills++) {
        struct ptn_frame frame;
        struct ptn_status status = ptn_frame_pipe_fill(&door->wire);

        while (ptn_ok(status)) {
            status = ptn_frame_pipe_next(&door->wire, &frame);
            if (!ptn_ok(status))
                break;
            status = take_frame(door, &frame);
            if (!ptn_ok(status))
                return status;
        }
        if (status.code != PTN_C_BUSY)
            return status;
        if (door->wire.in.len == door->wire.start)
            return PTN_OK;
    }
    return PTN_OK;
}

/* Ask what is held again: all of it after a change, and whose time is up without its query. */
static struct ptn_status ask_again(struct ptn_door *door, bool all, int64_t at_us)
{
    struct held **at = &door->held;
    struct ptn_status status = PTN_OK;

    while (*at != NULL && ptn_ok(status)) {
        struct held *held = *at;
        struct ptn_frame asked = {
            .kind = PTN_FRAME_ASK, .ticket = held->ticket, .tls = held->tls, .verb = held->verb
        };
        struct ptn_frame empty = { .kind = PTN_FRAME_ANSWER,
                                   .ticket = held->ticket,
                                   .status = NO_CONTENT };
        bool over = held->until_us <= at_us;
        bool hold = true;

        if (over)
            held->path[strcspn(held->path, "?")] = '\0';
        if (all || over)
            status = answer_one(door, &asked, held->path, &hold);
        if (ptn_ok(status) && hold && over)
            status = send_frame(door, &empty);
        if (!hold || over)
            drop(door, at);
        else
            at = &held->next;
    }
    return status;
}

/* How long one round of asking again covers the changes after it: a country whose 500 posts write
 * all the time must not be asked for 500 answers at each of them. */
static int64_t again_us(const struct ptn_door *door)
{
    return AGAIN_US + AGAIN_1_US * (int64_t)atomic_load(&door->held_count);
}

static void ring(struct ptn_door *door)
{
    uint64_t one = 1;
    ssize_t written = write(door->bell, &one, sizeof(one));

    (void)written; /* it fails only when the bell is ringing already */
}

void ptn_door_changed(struct ptn_door *door)
{
    if (!atomic_exchange(&door->changed, true))
        ring(door);
}

void ptn_door_stop(struct ptn_door *door)
{
    atomic_store(&door->stopping, true);
    ring(door);
}

void ptn_door_counts(struct ptn_door *door, uint64_t *ret_held, uint64_t *ret_asked)
{
    *ret_held = atomic_load(&door->held_count);
    *ret_asked = atomic_load(&door->asked_count);
}

/* Milliseconds until the next round of asking again, or the next tick. */
static int wait_ms(const struct ptn_door *door)
{
    int64_t left_us = door->asked_again_us + again_us(door) - now_us(door);

    if (!atomic_load(&door->changed) || left_us > (int64_t)TICK_MS * 1000)
        return TICK_MS;
    return left_us <= 0 ? 0 : (int)(left_us / 1000) + 1;
}

/* Sleep until something comes; at most that long. */
static void wait_for(struct ptn_door *door, int most_ms)
{
    struct pollfd at[2] = { { .fd = door->wire.fd, .events = POLLIN },
                            { .fd = door->bell, .events = POLLIN } };
    uint64_t rung;

    if (poll(at, 2, most_ms) > 0 && at[1].revents != 0) {
        ssize_t got = read(door->bell, &rung, sizeof(rung));

        (void)got;
    }
}

struct ptn_status ptn_door_run(struct ptn_door *door, const struct ptn_door_serving *serving)
{
    int64_t ticked_us = now_us(door);
    struct ptn_status status = PTN_OK;

    door->serving = serving;
    while (ptn_ok(status) && !atomic_load(&door->stopping)) {
        int64_t at_us;
        bool all = false;

        wait_for(door, wait_ms(door));
        status = read_wire(door);
        at_us = now_us(door);
        if (at_us - door->asked_again_us >= again_us(door))
            all = atomic_exchange(&door->changed, false);
        if (all)
            door->asked_again_us = at_us;
        if (ptn_ok(status))
            status = ask_again(door, all, at_us);
        if (ptn_ok(status) && serving->tick != NULL &&
            at_us - ticked_us >= (int64_t)TICK_MS * 1000) {
            ticked_us = at_us;
            serving->tick(serving->context);
        }
    }
    /* whatever broke, the caller's cure is one: a fresh front */
    return ptn_ok(status) ? PTN_OK : (struct ptn_status){ PTN_C_IO };
}
