/*
 * main/up_wait.c -- a locked centre: it copies, pushes what it has written and waits; nothing is
 * opened, published or answered, and no sign of life is given. Posts go on without it.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "console/console.h"
#include "ledger/ledger.h"
#include "main/figures.h"
#include "main/log.h"
#include "main/standing.h"
#include "main/up_int.h"
#include "record/access.h"

#define IDLE_MS     200
#define STANDING_MS 2000
#define REQUEST_MAX 4096u
#define REQUEST_MS  200

struct waiting {
    const struct ptn_up *up;
    int signals, lock;
    struct ptn_vault *vault;
    struct ptn_ledger *ledger;
    struct ptn_relay *relay;
    struct ptn_unlock *unlock;
    int64_t standing_at_ms;
    struct ptn_buffer text;
    struct ptn_figures_due figures;
};

/* A passphrase that opened nothing. LOCK-6. */
static struct ptn_status note_wrong(struct waiting *waiting, struct ptn_diag *reterr)
{
    const struct ptn_world *world = waiting->up->world;
    const int64_t now_ms = world->now_ms(world->context);
    const struct ptn_session session = { .time_ms = now_ms,
                                         .event = PTN_SESSION_REFUSED,
                                         .user = PTN_BYTES_LITERAL("(vault)"),
                                         .post = ptn_bytes_from_text(waiting->up->plan.code) };
    struct ptn_buffer out = { .len_max = PTN_RECORD_LEN_MAX };
    struct ptn_ledger_entry entry = { .kind = PTN_RECORD_SESSION,
                                      .time_ms = now_ms,
                                      .retention = PTN_RETENTION_AUDIT };
    uint64_t seq;
    struct ptn_status status = ptn_session_write(&session, &out);

    entry.payload = ptn_buffer_bytes(&out);
    if (ptn_ok(status))
        status = ptn_ledger_append(waiting->ledger, &entry, 1, &seq, reterr);
    if (ptn_ok(status))
        ptn_relay_wake(waiting->relay);
    ptn_buffer_release(&out);
    return status;
}

static void write_standing(struct waiting *waiting)
{
    const struct ptn_world *world = waiting->up->world;
    const int64_t now_ms = world->monotonic_us(world->context) / 1000;
    struct ptn_json json;
    uint64_t size = 0;

    if (now_ms < waiting->standing_at_ms)
        return;
    waiting->standing_at_ms = now_ms + STANDING_MS;
    json = ptn_standing_begin(world, "centre", &waiting->text);
    (void)ptn_ok(ptn_ledger_size(waiting->ledger, &size, NULL));
    ptn_standing_node(&json, world, waiting->up->dir, ptn_ledger_origin(waiting->ledger), size,
                      &ptn_relay_country(waiting->relay)->roster);
    ptn_json_field_bool(&json, "locked", true);
    ptn_relay_write(waiting->relay, &json);
    ptn_standing_end(&json, waiting->up->dir);
    ptn_figures_keep(&waiting->figures, world, waiting->up->dir, &waiting->up->plan,
                     ptn_buffer_bytes(&waiting->text));
}

/* Whoever asks at the desk's port gets one page, whatever they ask. */
static void tell_browser(const struct waiting *waiting)
{
    char request[REQUEST_MAX];
    struct ptn_bytes page = PTN_BYTES_NONE;
    const char *type = "text/plain";
    const char *etag = NULL;
    char head[256];
    int fd = accept4(waiting->up->listen_fd, NULL, NULL, SOCK_CLOEXEC);
    struct pollfd wait = { .fd = fd, .events = POLLIN };
    int len;

    if (fd < 0)
        return;
    (void)ptn_console_centre_find(PTN_BYTES_LITERAL("/locked"), &page, &type, &etag);
    len = snprintf(head, sizeof(head),
                   "HTTP/1.1 503 Service Unavailable\r\nContent-Type: %s\r\nContent-Length: %zu\r\n"
                   "Cache-Control: no-store\r\nRetry-After: 10\r\nConnection: close\r\n"
                   "X-Content-Type-Options: nosniff\r\n\r\n",
                   type, page.len);
    if (poll(&wait, 1, REQUEST_MS) > 0 && recv(fd, request, sizeof(request), MSG_DONTWAIT) > 0 &&
        send(fd, head, (size_t)len, MSG_NOSIGNAL | MSG_DONTWAIT) == len)
        (void)send(fd, page.at, page.len, MSG_NOSIGNAL | MSG_DONTWAIT);
    (void)shutdown(fd, SHUT_RDWR);
    (void)close(fd);
}

/* Until it is unlocked or told to stop. NULL: to stop, or *ret_status says why. */
static struct ptn_storage *wait_on(struct waiting *waiting, struct ptn_status *ret_status,
                                   struct ptn_diag *reterr)
{
    struct ptn_storage *storage = NULL;
    bool stop = false;

    while (storage == NULL && !stop && ptn_ok(*ret_status)) {
        struct pollfd at[] = { { .fd = waiting->signals, .events = POLLIN },
                               { .fd = waiting->up->listen_fd, .events = POLLIN } };
        enum ptn_up_call call;

        (void)poll(at, 2, IDLE_MS);
        while ((call = ptn_up_next_call(waiting->signals)) != PTN_UP_NOTHING)
            stop = stop || call == PTN_UP_STOP;
        if (at[1].revents != 0)
            tell_browser(waiting);
        for (unsigned wrong = ptn_unlock_wrong(waiting->unlock); wrong > 0 && ptn_ok(*ret_status);
             wrong--)
            *ret_status = note_wrong(waiting, reterr);
        write_standing(waiting);
        storage = ptn_unlock_take(waiting->unlock);
    }
    return storage;
}

static struct ptn_status open_all(struct waiting *waiting, struct ptn_diag *reterr)
{
    const struct ptn_up *up = waiting->up;
    struct ptn_status status = up->world->files->lock(up->world->context, up->dir, &waiting->lock);

    if (status.code == PTN_C_BUSY)
        return ptn_fail(PTN_C_BUSY, reterr, 0, "another process runs this node");
    if (ptn_ok(status))
        status = ptn_vault_open_to_sign(up->world, up->dir, &waiting->vault, reterr);
    if (ptn_ok(status))
        status = ptn_ledger_open(up->world, waiting->vault, up->dir, &waiting->ledger, reterr);
    if (ptn_ok(status))
        status = ptn_country_seal(up->world, up->dir, waiting->ledger, reterr);
    if (ptn_ok(status))
        status = ptn_relay_start(up->world, up->dir, ptn_ledger_origin(waiting->ledger),
                                 PTN_LINKS_FOLLOW, NULL, &waiting->relay, reterr);
    if (status.code == PTN_C_NOT_FOUND)
        status = ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "a centre needs a roster");
    return ptn_ok(status) ? ptn_unlock_start(up->world, up->dir, &waiting->unlock, reterr) : status;
}

bool ptn_up_wait(const struct ptn_up *up, struct ptn_world *world, int signals, int ready_fd,
                 int *ret_code)
{
    struct waiting waiting = { .up = up, .signals = signals, .lock = -1 };
    struct ptn_storage *storage = NULL;
    struct ptn_diag diag = { 0 };
    struct ptn_status status;

    ptn_buffer_init(&waiting.text, PTN_STANDING_LEN_MAX);
    status = open_all(&waiting, &diag);
    if (ptn_ok(status)) {
        ptn_log_event(PTN_EVENT_LOCKED);
        ptn_up_ready(ready_fd);
        storage = wait_on(&waiting, &status, &diag);
    }
    if (!ptn_ok(status))
        ptn_log_failure(PTN_EVENT_FAILED, status, &diag);
    ptn_unlock_stop(waiting.unlock);
    ptn_relay_stop(waiting.relay);
    ptn_ledger_close(waiting.ledger);
    ptn_vault_close(waiting.vault);
    if (waiting.lock >= 0)
        up->world->files->unlock(up->world->context, waiting.lock);
    ptn_buffer_release(&waiting.text);
    if (storage != NULL)
        ptn_up_unlocked(up, world, storage);
    *ret_code = status.code == PTN_C_IO ? PTN_NODE_EXIT_AGAIN : ptn_exit_for(status);
    return storage != NULL;
}
