/*
 * bench/bench_door.c -- a keeper's door by itself: exchanges a second and how long one takes, bytes
 * a second, and what 500 peers that only wait cost it.
 *
 *   bench_door DIR     DIR is made; the clients are a process of their own on the same machine
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "serve/courier.h"
#include "serve/door.h"

#define PEERS        32u
#define LINKS        16u /* of one peer: 512 wait in all */
#define RUN_MS       3000
#define IDLE_S       10u
#define SAMPLES_MAX  65536u
#define PATH_SIZE    512u
#define BODY_LEN     ((size_t)1 << 20)
#define NOTHING_HELD 60 /* seconds until all wait */

static const struct ptn_world *world;
static char base[256];

static int64_t now_us(void)
{
    return world->monotonic_us(world->context);
}

static void fail(const char *what)
{
    (void)fprintf(stderr, "bench_door: %s\n", what);
    exit(1);
}

static void peer_dir(char path[PATH_SIZE], unsigned peer)
{
    (void)snprintf(path, PATH_SIZE, "%s/peer-%u", base, peer);
}

/* A folder with a key; its id. Peer 0 is the keeper. */
static void make_peer(unsigned peer, uint8_t ret_id[PTN_TLS_ID_LEN])
{
    char dir[PATH_SIZE];
    char vault[PATH_SIZE + 8];
    struct ptn_buffer key = { .len_max = PTN_TLS_PEM_LEN_MAX };
    struct ptn_buffer certificate = { .len_max = PTN_TLS_PEM_LEN_MAX };

    peer_dir(dir, peer);
    (void)snprintf(vault, sizeof(vault), "%s/vault", dir);
    if (!ptn_ok(world->files->make_dir(world->context, dir)) ||
        !ptn_ok(world->files->make_dir(world->context, vault)) ||
        !ptn_ok(ptn_tls_create(world, dir, "bench", NULL)) ||
        !ptn_ok(ptn_tls_read(world, dir, &key, &certificate)) ||
        !ptn_ok(ptn_tls_id(ptn_buffer_bytes(&certificate), ret_id)))
        fail("no key could be made");
    ptn_buffer_release(&key);
    ptn_buffer_release(&certificate);
}

/* ---- the keeper's side ---- */

struct keeper {
    struct ptn_door *door;
    pid_t clients, front;
};

static void answer(void *context, const struct ptn_door_peer *peer, struct ptn_exchange *exchange,
                   bool *ret_hold)
{
    (void)context;
    (void)peer;
    *ret_hold = strcmp(exchange->path, "/held") == 0;
    exchange->status = 200;
    if (!ptn_ok(ptn_buffer_add(&exchange->answer, PTN_BYTES_LITERAL("ok"))))
        fail("no memory");
}

static double own_seconds(void)
{
    struct rusage use;

    (void)getrusage(RUSAGE_SELF, &use);
    return (double)use.ru_utime.tv_sec + (double)use.ru_stime.tv_sec +
           (double)(use.ru_utime.tv_usec + use.ru_stime.tv_usec) / 1e6;
}

/* Processor seconds and resident kilobytes of another process. */
static double other_seconds(pid_t pid, long *ret_kb)
{
    char path[64];
    char text[1024] = "";
    FILE *file;
    const char *at;
    unsigned long user = 0;
    unsigned long kernel = 0;
    long pages = 0;

    (void)snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
    file = fopen(path, "r");
    if (file == NULL || fgets(text, sizeof(text), file) == NULL)
        fail("the front is gone");
    (void)fclose(file);
    at = strrchr(text, ')');
    for (int field = 2; at != NULL && field < 24; field++) {
        at = strchr(at + 1, ' ');
        if (at != NULL && field == 13)
            user = strtoul(at, NULL, 10);
        if (at != NULL && field == 14)
            kernel = strtoul(at, NULL, 10);
        if (at != NULL && field == 23)
            pages = strtol(at, NULL, 10);
    }
    *ret_kb = pages * (sysconf(_SC_PAGESIZE) / 1024);
    return (double)(user + kernel) / (double)sysconf(_SC_CLK_TCK);
}

/* Once all wait: how much the waiting costs. */
static void measure_idle(struct keeper *keeper)
{
    static int64_t from_us;
    static double own, other;
    uint64_t held;
    uint64_t asked;
    long kb;

    ptn_door_counts(keeper->door, &held, &asked);
    if (held < (uint64_t)PEERS * LINKS) {
        from_us = 0;
        return;
    }
    if (from_us == 0) {
        from_us = now_us();
        own = own_seconds();
        other = other_seconds(keeper->front, &kb);
    } else if (now_us() - from_us > (int64_t)IDLE_S * 1000000) {
        double seconds = (double)(now_us() - from_us) / 1e6;

        other = other_seconds(keeper->front, &kb) - other;
        (void)printf("%llu peers' lines that wait: front %.2f %%, keeper %.2f %% of a core; front "
                     "%ld KiB resident\n",
                     (unsigned long long)held, 100 * other / seconds,
                     100 * (own_seconds() - own) / seconds, kb);
        (void)fflush(stdout);
        (void)kill(keeper->clients, SIGTERM);
        from_us = INT64_MAX / 2;
    }
}

static void tick(void *context)
{
    struct keeper *keeper = context;

    measure_idle(keeper);
    if (waitpid(keeper->clients, NULL, WNOHANG) != 0)
        ptn_door_stop(keeper->door);
}

/* ---- the clients ---- */

struct line {
    const char *verb, *path;
    struct ptn_bytes body;
    int64_t from_us, until_us, sent_us;
    uint32_t *samples; /* microseconds */
    size_t count;
};

static bool next(void *context, struct ptn_exchange *exchange, int *timeout_ms)
{
    struct line *line = context;

    line->sent_us = now_us();
    *timeout_ms = 30000;
    if (line->until_us != 0 && line->sent_us > line->until_us)
        return false;
    exchange->verb = line->verb;
    exchange->path = line->path;
    exchange->body = line->body;
    return true;
}

static void take(void *context, struct ptn_exchange *exchange)
{
    struct line *line = context;

    if (exchange->status == 200 && line->samples != NULL && line->sent_us > line->from_us &&
        line->count < SAMPLES_MAX)
        line->samples[line->count++] = (uint32_t)(now_us() - line->sent_us);
}

static struct ptn_courier *start(const char *address, const uint8_t id[PTN_TLS_ID_LEN],
                                 unsigned peer, struct line *lines, unsigned count)
{
    struct ptn_courier *courier = NULL;
    struct ptn_courier_link link = {
        .address = address, .pause_max_ms = 2000, .next = next, .take = take
    }; /* all from one address: the door takes 20 new ones a second */
    char dir[PATH_SIZE];

    peer_dir(dir, peer);
    memcpy(link.tls, id, sizeof(link.tls));
    if (!ptn_ok(ptn_courier_new(world, dir, &courier, NULL)))
        fail("no courier");
    for (unsigned i = 0; i < count; i++) {
        link.context = &lines[i];
        if (!ptn_ok(ptn_courier_add(courier, &link, NULL, NULL)))
            fail("no link");
    }
    if (!ptn_ok(ptn_courier_start(courier)))
        fail("no thread");
    return courier;
}

static int by_value(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a;
    uint32_t y = *(const uint32_t *)b;

    return (x > y) - (x < y);
}

/* Ask over and over on so many lines. */
static void run(const char *what, const char *address, const uint8_t id[PTN_TLS_ID_LEN],
                unsigned count, const char *verb, const char *path, size_t body_len)
{
    struct line lines[LINKS] = { { 0 } };
    uint8_t *body = calloc(1, body_len + 1);
    uint32_t *all = calloc((size_t)SAMPLES_MAX * count, sizeof(*all));
    struct timespec pause = { RUN_MS / 1000 + 1, 500000000 };
    struct ptn_courier *courier;
    size_t total = 0;
    uint32_t p50;
    uint32_t p99;

    if (body == NULL || all == NULL)
        fail("no memory");
    for (unsigned i = 0; i < count; i++)
        lines[i] = (struct line){ .verb = verb,
                                  .path = path,
                                  .body = ptn_bytes_of(body, body_len),
                                  .from_us = now_us() + 1000000,
                                  .until_us = now_us() + 1000000 + (int64_t)RUN_MS * 1000,
                                  .samples = calloc(SAMPLES_MAX, sizeof(uint32_t)) };
    courier = start(address, id, 1, lines, count);
    (void)nanosleep(&pause, NULL);
    ptn_courier_free(courier);
    for (unsigned i = 0; i < count; i++) {
        if (lines[i].samples == NULL)
            fail("no memory");
        memcpy(all + total, lines[i].samples, lines[i].count * sizeof(*all));
        total += lines[i].count;
        free(lines[i].samples);
    }
    if (total == 0)
        fail("nothing was answered");
    qsort(all, total, sizeof(*all), by_value);
    (void)printf("%s: %.0f/s", what, (double)total * 1000 / RUN_MS);
    if (body_len > 0)
        (void)printf(", %.0f MB/s", (double)total * (double)body_len / 1000 / RUN_MS);
    p50 = all[total / 2];
    p99 = all[total * 99 / 100];
    (void)printf("; one: p50 %.2f ms, p99 %.2f ms\n", p50 / 1e3, p99 / 1e3);
    (void)fflush(stdout);
    free(all);
    free(body);
}

static void run_clients(const char *address, const uint8_t id[PTN_TLS_ID_LEN])
{
    static struct line waiting[PEERS][LINKS];

    run("exchanges on one line", address, id, 1, "GET", "/x", 0);
    run("exchanges on 16 lines", address, id, LINKS, "GET", "/x", 0);
    run("bodies of 1 MiB on 4 lines", address, id, 4, "POST", "/add-entries", BODY_LEN);
    for (unsigned peer = 0; peer < PEERS; peer++) {
        for (unsigned i = 0; i < LINKS; i++)
            waiting[peer][i] = (struct line){ .verb = "GET", .path = "/held" };
        (void)start(address, id, 1 + peer, waiting[peer], LINKS);
    }
    (void)sleep(NOTHING_HELD + 2 * IDLE_S);
}

static pid_t first_child(void)
{
    char path[64];
    char text[64] = "";
    FILE *file;

    (void)snprintf(path, sizeof(path), "/proc/self/task/%d/children", (int)getpid());
    file = fopen(path, "r");
    if (file == NULL || fgets(text, sizeof(text), file) == NULL)
        fail("no front");
    (void)fclose(file);
    return (pid_t)strtol(text, NULL, 10);
}

int main(int argc, char **argv)
{
    uint8_t ids[PEERS + 1][PTN_TLS_ID_LEN];
    char dir[PATH_SIZE];
    char address[64];
    struct keeper keeper = { 0 };
    struct ptn_door_serving serving = { &keeper, answer, tick };
    struct ptn_door_plan plan = { .world = ptn_world_real(), .hold_ms = 600000 };
    unsigned port;

    world = plan.world;
    if (argc != 2)
        fail("usage: bench_door DIR");
    (void)snprintf(base, sizeof(base), "%s", argv[1]);
    if (!ptn_ok(world->files->make_dir(world->context, base)))
        fail("the folder cannot be made");
    for (unsigned peer = 0; peer <= PEERS; peer++)
        make_peer(peer, ids[peer]);
    peer_dir(dir, 0);
    plan.dir = dir;
    if (!ptn_ok(ptn_door_listen("127.0.0.1", 0, &plan.listen_fd, &port)) ||
        !ptn_ok(ptn_door_open(&plan, &keeper.door, NULL)) ||
        !ptn_ok(ptn_door_admit(keeper.door, (const uint8_t(*)[PTN_TLS_ID_LEN])(ids + 1), PEERS)))
        fail("no door");
    keeper.front = first_child();
    (void)snprintf(address, sizeof(address), "127.0.0.1:%u", port);
    keeper.clients = fork();
    if (keeper.clients == 0) {
        run_clients(address, ids[0]);
        _exit(0);
    }
    if (!ptn_ok(ptn_door_run(keeper.door, &serving)))
        fail("the front is gone");
    ptn_door_close(keeper.door);
    return 0;
}
