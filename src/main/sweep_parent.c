/*
 * main/sweep_parent.c -- the half of a sweep that is not confined and parses nothing: it starts the
 * child, holds it to its share of the processor, prints what it finds and keeps the state file.
 *
 * A child that dies on a file is started again after that file, which is then named as unread: one
 * bad file, or one made to kill the scanner, hides nothing but itself.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "main/commands.h"
#include "main/sweep_int.h"

#define RESTART_MAX      100u
#define BURST_US         50000 /* of processor time that may be saved up */
#define RESUME_US        10000
#define PACE_MS          10
#define PROGRESS_US      5000000
#define STATE_EVERY_US   1000000
#define EXTRA_COUNT      5u
#define LINE_BUFFER_SIZE (PTN_SWEEP_LINE_LEN_MAX + 1)

const char *const ptn_sweep_count_words[PTN_SWEEP_COUNT_COUNT] = {
    "files",
    "bytes",
    "folders",
    "cut",
    "unread",
    "links",
    "special",
    "pseudo",
    "packed",
    "names_unfinished",
    "rules_unfinished",
    "not_compared",
};

struct parent {
    struct ptn_sweep_plan *plan;
    pid_t child;
    int fd;
    clockid_t clock;
    bool stopped, ended;
    int code;                          /* the child's own, once it said one */
    char current[PTN_SWEEP_PATH_SIZE]; /* the file it is at */
    uint64_t current_counts[PTN_SWEEP_COUNT_COUNT];
    uint64_t found[PTN_SWEEP_CLASS_COUNT]; /* up to now, those of current included */
    int64_t credit_us, seen_us, seen_cpu_us;
    int64_t said_us, kept_us;
    char *line;
    size_t line_len;
};

static int64_t now_us(const struct parent *parent)
{
    return parent->plan->world->monotonic_us(parent->plan->world->context);
}

/* ---- the processor's share ---- */

static int64_t cpu_us(const struct parent *parent)
{
    struct timespec used;

    if (clock_gettime(parent->clock, &used) != 0)
        return parent->seen_cpu_us;
    return (int64_t)used.tv_sec * 1000000 + used.tv_nsec / 1000;
}

/* Stop the child when it has used more than its share, and let it go on when it has waited. */
static void pace(struct parent *parent)
{
    int64_t now = now_us(parent), cpu = cpu_us(parent);

    parent->credit_us += (now - parent->seen_us) * parent->plan->percent / 100;
    parent->credit_us -= cpu - parent->seen_cpu_us;
    parent->seen_us = now;
    parent->seen_cpu_us = cpu;
    if (parent->plan->percent >= 100)
        return;
    if (parent->credit_us > BURST_US)
        parent->credit_us = BURST_US;
    if (!parent->stopped && parent->credit_us < 0)
        parent->stopped = kill(parent->child, SIGSTOP) == 0;
    else if (parent->stopped && parent->credit_us > RESUME_US)
        parent->stopped = kill(parent->child, SIGCONT) != 0;
}

/* ---- what the child says ---- */

static void say_progress(struct parent *parent)
{
    uint64_t findings = 0;
    int64_t now = now_us(parent);

    if (now - parent->said_us < PROGRESS_US)
        return;
    parent->said_us = now;
    for (size_t i = 0; i < PTN_SWEEP_CLASS_COUNT; i++)
        findings += parent->found[i];
    (void)fprintf(stderr, "postern: sweep: %llu files, %llu MB, %llu findings\n",
                  (unsigned long long)parent->current_counts[PTN_SWEEP_FILES],
                  (unsigned long long)(parent->current_counts[PTN_SWEEP_BYTES] / 1000000),
                  (unsigned long long)findings);
}

static bool take_number(char **at, uint64_t *ret_value)
{
    char *end;

    if (**at != ' ' || (*at)[1] < '0' || (*at)[1] > '9')
        return false;
    *ret_value = strtoull(*at + 1, &end, 10);
    *at = end;
    return true;
}

static bool take_numbers(char **at, uint64_t *values, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!take_number(at, &values[i]))
            return false;
    return true;
}

/* The path in hex at the end of a line. */
static bool take_path(const char *at, char path[PTN_SWEEP_PATH_SIZE])
{
    struct ptn_buffer bytes = { .len_max = PTN_SWEEP_PATH_SIZE - 1 };
    bool good = *at == ' ' && ptn_ok(ptn_hex_read(ptn_bytes_from_text(at + 1), &bytes, NULL)) &&
                bytes.len > 0 && memchr(bytes.at, '\0', bytes.len) == NULL;

    if (good) {
        memcpy(path, bytes.at, bytes.len);
        path[bytes.len] = '\0';
    }
    ptn_buffer_release(&bytes);
    return good;
}

/* All files before the current one are done: write that down now and then. */
static bool keep_state(struct parent *parent, const char *done)
{
    struct ptn_sweep_plan *plan = parent->plan;
    int64_t now = now_us(parent);

    memcpy(plan->after, done, sizeof(plan->after));
    memcpy(plan->counts, parent->current_counts, sizeof(plan->counts));
    memcpy(plan->found, parent->found, sizeof(plan->found));
    if (plan->state == NULL || now - parent->kept_us < STATE_EVERY_US)
        return true;
    parent->kept_us = now;
    return fflush(stdout) == 0 && ptn_ok(ptn_sweep_state_write(plan));
}

static bool begin_file(struct parent *parent, char *at)
{
    char done[PTN_SWEEP_PATH_SIZE];

    memcpy(done, parent->current, sizeof(done));
    if (!take_numbers(&at, parent->current_counts, PTN_SWEEP_COUNT_COUNT) ||
        !take_path(at, parent->current))
        return false;
    say_progress(parent);
    return done[0] == '\0' || keep_state(parent, done);
}

/* One JSON object without anything that a terminal would obey. */
static bool print_json(const char *json)
{
    size_t len = strlen(json);

    if (len < 2 || json[0] != '{' || json[len - 1] != '}')
        return false;
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)json[i] < ' ' || json[i] == 0x7f)
            return false;
    return puts(json) >= 0;
}

static bool take_found(struct parent *parent, const char *at)
{
    unsigned class = at[0] == ' ' ? (unsigned)(at[1] - '0') : PTN_SWEEP_CLASS_COUNT;

    if (class >= PTN_SWEEP_CLASS_COUNT || at[2] != ' ' || !print_json(at + 3))
        return false;
    parent->found[class]++;
    return true;
}

static bool take_end(struct parent *parent, char *at)
{
    struct ptn_sweep_plan *plan = parent->plan;
    uint64_t extra[EXTRA_COUNT];

    if (!take_numbers(&at, plan->counts, PTN_SWEEP_COUNT_COUNT) ||
        !take_numbers(&at, extra, EXTRA_COUNT) || *at != '\0')
        return false;
    plan->indicators = extra[0];
    plan->harmless = extra[1];
    plan->rules = extra[2];
    plan->packages = extra[3];
    plan->bad_package_lines = extra[4];
    memcpy(plan->found, parent->found, sizeof(plan->found));
    parent->ended = true;
    return true;
}

static bool take_error(struct parent *parent, char *at)
{
    uint64_t code = 0;

    if (!take_number(&at, &code) || *at != ' ' || code > PTN_EXIT_ENVIRONMENT)
        return false;
    (void)fputs("postern: ", stderr);
    for (at++; *at != '\0'; at++)
        (void)fputc((unsigned char)*at < ' ' || *at == 0x7f ? '?' : *at, stderr);
    (void)fputc('\n', stderr);
    parent->code = (int)code;
    return true;
}

static bool take_line(struct parent *parent, char *line)
{
    switch (line[0]) {
    case 'B':
        return begin_file(parent, line + 1);
    case 'F':
        return take_found(parent, line + 1);
    case 'U':
        return line[1] == ' ' && print_json(line + 2);
    case 'L':
        parent->plan->lacking++;
        return line[1] == ' ' && print_json(line + 2);
    case 'E':
        return take_error(parent, line + 1);
    case 'S':
        return take_end(parent, line + 1);
    default:
        return false;
    }
}

/* Read what is there. 1: more may come; 0: the end; -1: what it says makes no sense. */
static int read_some(struct parent *parent)
{
    ssize_t some = read(parent->fd, parent->line + parent->line_len,
                        PTN_SWEEP_LINE_LEN_MAX - parent->line_len);
    char *at = parent->line, *end;

    if (some < 0)
        return errno == EINTR ? 1 : -1;
    if (some == 0)
        return 0;
    parent->line_len += (size_t)some;
    parent->line[parent->line_len] = '\0';
    while ((end = memchr(at, '\n', parent->line_len - (size_t)(at - parent->line))) != NULL) {
        *end = '\0';
        if (strlen(at) != (size_t)(end - at) || !take_line(parent, at))
            return -1;
        at = end + 1;
    }
    parent->line_len -= (size_t)(at - parent->line);
    memmove(parent->line, at, parent->line_len);
    return parent->line_len < PTN_SWEEP_LINE_LEN_MAX ? 1 : -1;
}

/* ---- one child ---- */

static bool start(struct parent *parent)
{
    int ends[2];

    (void)fflush(stdout);
    if (pipe2(ends, O_CLOEXEC) != 0)
        return false;
    parent->child = fork();
    if (parent->child == 0) {
        (void)close(ends[0]);
        ptn_sweep_child(parent->plan, ends[1]);
    }
    (void)close(ends[1]);
    parent->fd = ends[0];
    if (parent->child < 0 || clock_getcpuclockid(parent->child, &parent->clock) != 0) {
        (void)close(ends[0]);
        return false;
    }
    parent->stopped = false;
    parent->line_len = 0;
    parent->credit_us = 0;
    parent->seen_us = now_us(parent);
    parent->seen_cpu_us = 0;
    parent->current[0] = '\0';
    memcpy(parent->current_counts, parent->plan->counts, sizeof(parent->current_counts));
    memcpy(parent->found, parent->plan->found, sizeof(parent->found));
    return true;
}

/* Until the child ends. True: it ended in order, or said why not. */
static bool attend(struct parent *parent)
{
    struct pollfd wait = { .fd = parent->fd, .events = POLLIN };
    int more = 1, result = 0;

    while (more > 0) {
        int ready = poll(&wait, 1, parent->plan->percent < 100 ? PACE_MS : 1000);

        pace(parent);
        if (ready > 0)
            more = read_some(parent);
    }
    parent->plan->cpu_ms += cpu_us(parent) / 1000;
    if (more < 0 || parent->stopped)
        (void)kill(parent->child, more < 0 ? SIGKILL : SIGCONT);
    (void)close(parent->fd);
    while (waitpid(parent->child, &result, 0) < 0 && errno == EINTR)
        ;
    return more == 0 && WIFEXITED(result) && (parent->ended || parent->code != 0);
}

/* The child died at a file: name it, and go on after it. */
static bool pass_over(struct parent *parent)
{
    struct ptn_sweep_plan *plan = parent->plan;
    struct ptn_buffer out = { .len_max = PTN_SWEEP_LINE_LEN_MAX };
    struct ptn_json json = { .out = &out };
    bool good;

    if (parent->current[0] == '\0')
        return false;
    memcpy(plan->after, parent->current, sizeof(plan->after));
    memcpy(plan->counts, parent->current_counts, sizeof(plan->counts));
    memcpy(plan->found, parent->found, sizeof(plan->found));
    plan->counts[PTN_SWEEP_UNREAD]++;
    ptn_json_object(&json);
    ptn_json_key(&json, "unread");
    ptn_json_object(&json);
    ptn_json_field_text(&json, "path", ptn_bytes_from_text(parent->current));
    ptn_json_field_text(&json, "why",
                        ptn_bytes_from_text("the process that reads files died on it"));
    ptn_json_object_end(&json);
    ptn_json_object_end(&json);
    good = ptn_ok(ptn_json_end(&json)) && ptn_ok(ptn_buffer_add_text(&out, "\n")) &&
           fwrite(out.at, 1, out.len, stdout) == out.len;
    ptn_buffer_release(&out);
    return good;
}

int ptn_sweep_run(struct ptn_sweep_plan *plan)
{
    static struct parent parent; /* large, and one of it */
    int64_t began;
    bool good = false;

    parent.plan = plan;
    parent.line = malloc(LINE_BUFFER_SIZE);
    began = now_us(&parent);
    parent.said_us = parent.kept_us = began;
    for (unsigned restarts = 0; parent.line != NULL && !good && restarts <= RESTART_MAX;
         restarts++) {
        if (!start(&parent))
            break;
        good = attend(&parent);
        if (!good && !pass_over(&parent))
            break;
    }
    free(parent.line);
    plan->wall_ms = (now_us(&parent) - began) / 1000;
    if (!good)
        (void)fputs("postern: sweep: the process that reads files does not run\n", stderr);
    return good ? parent.code : PTN_EXIT_ENVIRONMENT;
}
