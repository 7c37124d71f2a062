/*
 * bench/bench_lane.c -- lanes at work on one post: bench_lane PORT USER PASSWORD [LANES [SECONDS
 * [PAUSE_MS]]]
 *
 * Signs LANES officers in, then lets every lane scan, wait for the advice to be durably recorded,
 * settle, pause and scan again, and prints p50, p99 and the worst of scan -> recorded advice as one
 * JSON line. One thread, plain sockets, loopback only. PAUSE_MS 0 is a post under all the load that
 * LANES closed loops can make.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define LANES_MAX   256
#define ANSWER_MAX  65536u
#define SAMPLES_MAX 2000000u

struct lane {
    int fd;
    char cookie[160];
    char csrf[80];
    char answer[ANSWER_MAX];
    size_t len;
    int64_t sent_us, next_us;
    bool waiting, settling; /* for an answer; that of a settlement */
};

struct run {
    unsigned port, lane_count;
    int64_t pause_us, end_us;
    struct lane *lanes;
    uint32_t *samples;
    size_t count, not_recorded, failed;
    unsigned number;
};

static int64_t now_us(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static int connect_to(unsigned port)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_port = htons((uint16_t)port),
                                   .sin_addr = { htonl(INADDR_LOOPBACK) } };
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0) {
        (void)close(fd);
        fd = -1;
    }
    return fd;
}

/* Send one request; the headers of the lane's session are added when it has one. */
static bool ask(const struct run *run, struct lane *lane, const char *path, const char *body)
{
    char text[4096];
    int len =
        snprintf(text, sizeof(text),
                 "POST %s HTTP/1.1\r\nHost: localhost:%u\r\nContent-Type: application/json\r\n"
                 "%s%s%s%s%s%sContent-Length: %zu\r\n\r\n%s",
                 path, run->port, lane->cookie[0] ? "Cookie: " : "", lane->cookie,
                 lane->cookie[0] ? "\r\n" : "", lane->csrf[0] ? "X-Postern-Csrf: " : "", lane->csrf,
                 lane->csrf[0] ? "\r\n" : "", strlen(body), body);

    lane->len = 0;
    lane->sent_us = now_us();
    lane->waiting =
        len > 0 && (size_t)len < sizeof(text) && write(lane->fd, text, (size_t)len) == len;
    return lane->waiting;
}

/* Read what is there. 1: the answer is whole; 0: not yet; -1: the connection failed. */
static int take(struct lane *lane)
{
    ssize_t got = read(lane->fd, lane->answer + lane->len, ANSWER_MAX - 1 - lane->len);
    const char *body;
    const char *length;

    if (got <= 0)
        return -1;
    lane->len += (size_t)got;
    lane->answer[lane->len] = '\0';
    body = strstr(lane->answer, "\r\n\r\n");
    if (body == NULL)
        return 0;
    length = strstr(lane->answer, "Content-Length: ");
    if (length == NULL || length > body)
        return -1;
    return lane->len >= (size_t)(body + 4 - lane->answer) + strtoul(length + 16, NULL, 10) ? 1 : 0;
}

static void copy_until(const char *from, const char *stop, char *at, size_t size)
{
    size_t len = from == NULL ? 0 : strcspn(from, stop);

    if (len >= size)
        len = 0;
    if (len > 0)
        memcpy(at, from, len);
    at[len] = '\0';
}

static bool sign_in(const struct run *run, struct lane *lane, unsigned number, const char *user,
                    const char *password)
{
    char body[512];
    const char *cookie;
    const char *csrf;
    int taken = 0;

    lane->fd = connect_to(run->port);
    if (lane->fd < 0)
        return false;
    (void)snprintf(body, sizeof(body), "{\"user\":\"%s\",\"password\":\"%s\",\"lane\":\"%u\"}",
                   user, password, number + 1);
    if (!ask(run, lane, "/v1/session", body))
        return false;
    while (taken == 0)
        taken = take(lane);
    cookie = strstr(lane->answer, "Set-Cookie: ");
    csrf = strstr(lane->answer, "\"csrf\":\"");
    if (taken < 0 || cookie == NULL || csrf == NULL)
        return false;
    copy_until(cookie + 12, ";\r", lane->cookie, sizeof(lane->cookie));
    copy_until(csrf + 8, "\"", lane->csrf, sizeof(lane->csrf));
    lane->waiting = false;
    return true;
}

static char digit(const char *field, size_t len)
{
    static const unsigned weights[] = { 7, 3, 1 };
    unsigned sum = 0;

    for (size_t i = 0; i < len; i++)
        sum += weights[i % 3] * (field[i] >= 'A'   ? (unsigned)(field[i] - 'A') + 10
                                 : field[i] == '<' ? 0
                                                   : (unsigned)(field[i] - '0'));
    return (char)('0' + sum % 10);
}

/* A passport of Utopia that nobody has. */
static void passport(unsigned number, char ret_body[512])
{
    char name[8];
    char line[45];
    char composite[44];

    (void)snprintf(name, sizeof(name), "%07u", number % 10000000);
    (void)snprintf(line, sizeof(line), "T%07u<0UTO8502020F3301010<<<<<<<<<<<<<<00",
                   number % 10000000);
    line[9] = digit(line, 9);
    line[19] = digit(line + 13, 6);
    line[27] = digit(line + 21, 6);
    memcpy(composite, line, 10);
    memcpy(composite + 10, line + 13, 7);
    memcpy(composite + 17, line + 21, 22);
    line[43] = digit(composite, 39);
    for (size_t i = 0; i < 7; i++)
        name[i] = (char)(name[i] - '0' + 'A');
    (void)snprintf(
        ret_body, 512,
        "{\"mrz\":\"P<UTOZUV%s<<QOXEBU<<<<<<<<<<<<<<<<<<<<<\\n%s\",\"direction\":\"entry\"}", name,
        line);
}

/* Whoever was scanned passes, or is sent to the second line: a lane that settles nobody is slowed
 * (ACCESS-2). */
static bool settle(struct run *run, struct lane *lane)
{
    char id[64], body[256];
    const char *scan = strstr(lane->answer, "\"scan\":\"");
    bool clear = strstr(lane->answer, "\"advice\":\"clear\"") != NULL;

    copy_until(scan == NULL ? NULL : scan + 8, "\"", id, sizeof(id));
    (void)snprintf(body, sizeof(body),
                   clear ? "{\"scan\":\"%s\",\"act\":\"record\"}"
                         : "{\"scan\":\"%s\",\"act\":\"refer\",\"kind\":\"conditions\"}",
                   id);
    lane->settling = id[0] != '\0' && ask(run, lane, "/v1/crossings", body);
    return lane->settling;
}

static bool scan(struct run *run, struct lane *lane)
{
    char body[512];

    passport(run->number++, body);
    if (ask(run, lane, "/v1/scans", body))
        return true;
    /* The post closes lines that were idle for long, as a browser expects: open another. */
    if (lane->fd >= 0)
        (void)close(lane->fd);
    lane->fd = connect_to(run->port);
    return lane->fd >= 0 && ask(run, lane, "/v1/scans", body);
}

/* One turn: send where a lane's pause is over, read where an answer came. */
static void turn(struct run *run)
{
    struct pollfd at[LANES_MAX];
    int64_t now = now_us();
    int64_t next = now + 100000;

    for (unsigned i = 0; i < run->lane_count; i++) {
        struct lane *lane = &run->lanes[i];

        if (!lane->waiting && lane->next_us <= now && now < run->end_us && !scan(run, lane)) {
            run->failed++;
            lane->next_us = now + run->pause_us;
        }
        if (!lane->waiting && lane->next_us < next)
            next = lane->next_us;
        at[i] = (struct pollfd){ .fd = lane->fd, .events = POLLIN };
    }
    if (poll(at, run->lane_count, next > now ? (int)((next - now + 999) / 1000) : 0) <= 0)
        return;
    for (unsigned i = 0; i < run->lane_count; i++) {
        struct lane *lane = &run->lanes[i];
        int taken = at[i].revents == 0 ? 0 : take(lane);

        if (taken == 0)
            continue;
        now = now_us();
        if (taken < 0) {
            (void)close(lane->fd);
            lane->fd = -1; /* poll passes it over; the next scan opens another */
        }
        if (!lane->waiting)
            continue;
        lane->waiting = false;
        lane->next_us = now + run->pause_us;
        if (lane->settling) {
            lane->settling = false;
            run->failed += taken < 0 || strncmp(lane->answer, "HTTP/1.1 200", 12) != 0 ? 1 : 0;
            continue;
        }
        if (taken < 0 || strncmp(lane->answer, "HTTP/1.1 200", 12) != 0)
            run->failed++;
        else if (strstr(lane->answer, "\"kept\":\"local\"") == NULL)
            run->not_recorded++;
        else {
            if (run->count < SAMPLES_MAX)
                run->samples[run->count++] = (uint32_t)(now - lane->sent_us);
            run->failed += settle(run, lane) ? 0 : 1;
        }
    }
}

static int compare(const void *a, const void *b)
{
    uint32_t left = *(const uint32_t *)a;
    uint32_t right = *(const uint32_t *)b;

    return left < right ? -1 : left > right;
}

static double milliseconds(const struct run *run, size_t index)
{
    return (double)run->samples[index] / 1000.0;
}

static void report(struct run *run, double seconds)
{
    qsort(run->samples, run->count, sizeof(*run->samples), compare);
    if (run->count > 0)
        (void)printf(
            "{\"bench\":\"lane\",\"lanes\":%u,\"pause_ms\":%lld,\"scans\":%zu,\"per_s\":%.0f,"
            "\"p50_ms\":%.2f,\"p99_ms\":%.2f,\"max_ms\":%.2f,\"not_recorded\":%zu,\"failed\":%zu}"
            "\n",
            run->lane_count, (long long)(run->pause_us / 1000), run->count,
            (double)run->count / seconds, milliseconds(run, run->count / 2),
            milliseconds(run, run->count * 99 / 100), milliseconds(run, run->count - 1),
            run->not_recorded, run->failed);
}

/* Sign all in, let them work, print the figures. The exit code. */
static int measure(struct run *run, const char *user, const char *password, double seconds)
{
    for (unsigned i = 0; i < run->lane_count; i++)
        if (!sign_in(run, &run->lanes[i], i, user, password)) {
            (void)fprintf(stderr, "bench_lane: lane %u could not sign in\n", i + 1);
            return 4;
        }
    for (unsigned i = 0; i < run->lane_count; i++) /* lanes do not march in step */
        run->lanes[i].next_us = now_us() + run->pause_us * i / run->lane_count;
    run->end_us = now_us() + (int64_t)(seconds * 1000000);
    while (now_us() < run->end_us + 500000)
        turn(run);
    report(run, seconds);
    return run->count > 0 && run->failed == 0 ? 0 : 1;
}

int main(int argc, char **argv)
{
    struct run run = { 0 };
    double seconds = argc > 5 ? strtod(argv[5], NULL) : 10;
    int code = 2;

    if (argc < 4) {
        (void)fputs("usage: bench_lane PORT USER PASSWORD [LANES [SECONDS [PAUSE_MS]]]\n", stderr);
        return code;
    }
    run.port = (unsigned)strtoul(argv[1], NULL, 10);
    run.lane_count = argc > 4 ? (unsigned)strtoul(argv[4], NULL, 10) : 64;
    run.pause_us = (argc > 6 ? strtol(argv[6], NULL, 10) : 100) * 1000;
    run.lanes = calloc(LANES_MAX, sizeof(*run.lanes));
    run.samples = calloc(SAMPLES_MAX, sizeof(*run.samples));
    run.number = (unsigned)time(NULL) * 7919u;
    if (run.lanes != NULL && run.samples != NULL && run.lane_count <= LANES_MAX && seconds <= 600)
        code = measure(&run, argv[2], argv[3], seconds);
    free(run.samples);
    free(run.lanes);
    return code;
}
