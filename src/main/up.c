/*
 * main/up.c -- `postern up DIR`: run a node, and start it again by itself when it falls.
 *
 * Two processes. The parent listens, prints the address and does nothing else, so that there is
 * little that can bring it down; browsers that come while the server starts again wait at its
 * socket and are not turned away. The child is the server.
 *
 * When the child leaves with 0, so does the parent. When it is killed or leaves with 75 or 4, it is
 * started again: at once if it had run, after a pause that grows if it could not even start. When
 * it leaves with 1 or 3, or when the first child cannot start, the parent leaves alike: a ledger
 * that fails its proof, or a configuration that cannot be read, gets no better by trying.
 */
#include "main/commands.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/world.h"
#include "console/console.h"
#include "main/travellers.h"
#include "node/node.h"
#include "serve/serve.h"

#define PATH_SIZE    1024u
#define PAUSE_MIN_MS 10u
#define PAUSE_MAX_MS 5000u

static const char usage[] = "usage: postern up DIR [--port N] [--no-travellers]\n";

struct up {
    const struct ptn_world *world;
    const char *dir;
    struct ptn_node_plan plan;
    int listen_fd;
    unsigned port;
    bool travellers;
};

/* ---- the child ---- */

struct child {
    const struct up *up;
    struct ptn_serve *serve;
    struct ptn_node *node;
    int signals;
    struct ptn_travellers *travellers;
    int64_t looked_ms;
    struct stat lists;
};

/* Whether another file of lists lies there since the last look. */
static bool lists_changed(struct child *child)
{
    char path[PATH_SIZE];
    struct stat now;
    bool changed;

    (void)snprintf(path, sizeof(path), "%s/lists/current.snap", child->up->dir);
    if (stat(path, &now) != 0)
        return false;
    changed = now.st_ino != child->lists.st_ino || now.st_size != child->lists.st_size ||
              now.st_mtim.tv_sec != child->lists.st_mtim.tv_sec ||
              now.st_mtim.tv_nsec != child->lists.st_mtim.tv_nsec;
    child->lists = now;
    return changed;
}

static void reload(struct child *child)
{
    struct ptn_diag diag = { 0 };
    struct ptn_status status = ptn_node_reload(child->node, &diag);

    ptn_serve_lists_changed(child->serve);
    if (!ptn_ok(status))
        ptn_say_failure("the new lists are not used, the former stay", status, &diag);
}

/* At the start; the lanes are told by the standing. */
static void say_lists(const struct child *child)
{
    enum ptn_lists_state state = ptn_node_lists_state(child->node);

    if (state == PTN_LISTS_FORMER)
        (void)fputs("postern: the newest lists failed their check; the last good ones are used\n",
                    stderr);
    if (state == PTN_LISTS_FAILED)
        (void)fputs("postern: the lists failed their check and there are no others: NOTHING IS "
                    "SEARCHED\n",
                    stderr);
}

static void tick(void *context)
{
    struct child *child = context;
    struct signalfd_siginfo signal;
    int64_t now_ms = child->up->world->monotonic_us(child->up->world->context) / 1000;

    while (read(child->signals, &signal, sizeof(signal)) == (ssize_t)sizeof(signal)) {
        if (signal.ssi_signo == SIGHUP)
            child->lists.st_size = -1; /* look now, whatever the file's times say */
        else
            ptn_serve_stop(child->serve);
    }
    if (now_ms - child->looked_ms >= 1000 || child->lists.st_size < 0) {
        child->looked_ms = now_ms;
        if (lists_changed(child))
            reload(child);
    }
    ptn_travellers_step(child->travellers, now_ms);
}

/* Serve until told to stop. ready_fd gets one byte when the node is open. */
static int serve(struct child *child, int ready_fd)
{
    const struct up *up = child->up;
    struct ptn_node_seams seams = ptn_serve_seams(child->serve);
    struct ptn_diag diag = { 0 };
    enum ptn_serve_end end = PTN_SERVE_STOPPED;
    struct ptn_serve_plan plan = {
        .listen_fd = up->listen_fd,
        .port = up->port,
        .asset_find = ptn_console_asset_find,
        .specimens = ptn_console_specimens(),
        .tick = tick,
        .tick_context = child,
    };
    struct ptn_status status = ptn_node_open(up->world, up->dir, &seams, &child->node, &diag);

    if (!ptn_ok(status)) {
        ptn_say_failure(up->dir, status, &diag);
        return ptn_exit_for(status);
    }
    (void)lists_changed(child);
    plan.node = child->node;
    say_lists(child);
    if (up->travellers && up->plan.demonstration)
        child->travellers = ptn_travellers_new(child->node, child->serve);
    if (write(ready_fd, "r", 1) != 1)
        (void)fputs("postern: the parent is gone\n", stderr);
    status = ptn_serve_run(child->serve, &plan, &end);
    if (!ptn_ok(status))
        ptn_say_failure("the server cannot start", status, NULL);
    if (end == PTN_SERVE_AGAIN)
        (void)fputs("postern: the disk failed a write: nothing more is signed, starting again\n",
                    stderr);
    ptn_node_close(child->node);
    ptn_travellers_free(child->travellers);
    return end == PTN_SERVE_AGAIN ? PTN_NODE_EXIT_AGAIN : ptn_exit_for(status);
}

static int run_child(const struct up *up, const sigset_t *signals, pid_t parent, int ready_fd)
{
    struct child child = { .up = up };
    struct rlimit no_core = { 0, 0 };
    int code;

    if (prctl(PR_SET_PDEATHSIG, SIGTERM) != 0 || getppid() != parent)
        return PTN_EXIT_ENVIRONMENT;        /* nobody would be there to start it again */
    (void)setrlimit(RLIMIT_CORE, &no_core); /* a core would hold travellers */
    child.signals = signalfd(-1, signals, SFD_CLOEXEC | SFD_NONBLOCK);
    child.serve = ptn_serve_new();
    if (child.signals < 0 || child.serve == NULL)
        return PTN_EXIT_ENVIRONMENT;
    code = serve(&child, ready_fd);
    ptn_serve_free(child.serve);
    return code;
}

/* ---- the parent ---- */

static void pause_ms(unsigned ms)
{
    struct timespec time = { .tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000 };

    (void)nanosleep(&time, NULL);
}

/* Start the server and wait until it is ready or gone. Returns its process, or -1. */
static pid_t start(const struct up *up, const sigset_t *signals, bool *ret_ready)
{
    int ends[2];
    char byte;
    pid_t parent = getpid();
    pid_t pid;

    if (pipe(ends) != 0)
        return -1;
    (void)fflush(NULL);
    pid = fork();
    if (pid == 0) {
        (void)close(ends[0]);
        _exit(run_child(up, signals, parent, ends[1]));
    }
    (void)close(ends[1]);
    *ret_ready = pid > 0 && read(ends[0], &byte, 1) == 1;
    (void)close(ends[0]);
    return pid;
}

/* Wait for the child, passing signals on to it. Returns its wait status; *ret_told when it was told
 * to stop. */
static int watch(pid_t pid, const sigset_t *signals, bool *ret_told)
{
    int status = 0;

    for (;;) {
        siginfo_t info;
        int got = sigwaitinfo(signals, &info);

        if (got == SIGTERM || got == SIGINT) {
            *ret_told = true;
            (void)kill(pid, SIGTERM);
        } else if (got == SIGHUP) {
            (void)kill(pid, SIGHUP);
        }
        if (waitpid(pid, &status, WNOHANG) == pid)
            return status;
    }
}

/* Whether a child that ended so is to be started again. */
static bool again(int status)
{
    if (WIFSIGNALED(status))
        return true;
    return WEXITSTATUS(status) == PTN_NODE_EXIT_AGAIN ||
           WEXITSTATUS(status) == PTN_EXIT_ENVIRONMENT;
}

static int supervise(const struct up *up, const sigset_t *signals)
{
    unsigned pause = PAUSE_MIN_MS;
    bool first = true;

    for (;;) {
        bool ready = false;
        bool told = false;
        pid_t pid = start(up, signals, &ready);
        int status;

        if (pid < 0)
            return PTN_EXIT_ENVIRONMENT;
        if (first && ready) {
            (void)printf("http://%s.localhost:%u\n", up->plan.code, up->port);
            (void)fflush(stdout);
        }
        status = watch(pid, signals, &told);
        if (told || (first && !ready) || !again(status))
            return WIFEXITED(status) ? WEXITSTATUS(status) : PTN_EXIT_ENVIRONMENT;
        first = false;
        /* a lane waits: at once when it ran; ever later when it cannot even start (a full disk,
         * say) */
        pause = ready ? PAUSE_MIN_MS : pause * 2;
        if (pause > PAUSE_MAX_MS)
            pause = PAUSE_MAX_MS;
        (void)fprintf(stderr, "postern: the server ended; starting it again\n");
        pause_ms(pause);
    }
}

/* ---- the command ---- */

static struct ptn_status read_plan(struct up *up, struct ptn_diag *reterr)
{
    struct ptn_buffer conf = { .len_max = 16384 };
    char path[PATH_SIZE];
    struct ptn_status status;

    (void)snprintf(path, sizeof(path), "%s/node.conf", up->dir);
    status = up->world->files->read(up->world->context, path, &conf);
    if (status.code == PTN_C_NOT_FOUND)
        status = ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "the folder holds no node");
    if (ptn_ok(status))
        status = ptn_node_plan_parse(ptn_buffer_bytes(&conf), &up->plan, reterr);
    ptn_buffer_release(&conf);
    return status;
}

static bool read_arguments(struct up *up, int argc, char **argv, int *ret_port)
{
    static const struct option options[] = { { "port", required_argument, NULL, 'p' },
                                             { "no-travellers", no_argument, NULL, 't' },
                                             { NULL, 0, NULL, 0 } };
    int option;
    char *end;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == 't') {
            up->travellers = false;
        } else if (option == 'p') {
            *ret_port = (int)strtol(optarg, &end, 10);
            if (*optarg == '\0' || *end != '\0' || *ret_port < 0 || *ret_port > 65535)
                return false;
        } else {
            return false;
        }
    }
    if (optind != argc - 1)
        return false;
    up->dir = argv[optind];
    return strlen(up->dir) < PATH_SIZE - 64;
}

int ptn_run_up(int argc, char **argv)
{
    struct up up = { .world = ptn_world_real(), .travellers = true };
    struct ptn_diag diag = { 0 };
    sigset_t signals;
    int port = -1;
    struct ptn_status status;

    if (!read_arguments(&up, argc, argv, &port)) {
        (void)fputs(usage, stderr);
        return PTN_EXIT_USAGE;
    }
    status = read_plan(&up, &diag);
    if (ptn_ok(status)) {
        status =
            ptn_serve_listen(port < 0 ? up.plan.port : (unsigned)port, &up.listen_fd, &up.port);
        if (status.code == PTN_C_BUSY)
            status = ptn_fail(PTN_C_BUSY, &diag, 0, "the port is taken");
    }
    if (!ptn_ok(status)) {
        ptn_say_failure(up.dir, status, &diag);
        return ptn_exit_for(status);
    }
    (void)signal(SIGPIPE, SIG_IGN);
    (void)sigemptyset(&signals);
    (void)sigaddset(&signals, SIGTERM);
    (void)sigaddset(&signals, SIGINT);
    (void)sigaddset(&signals, SIGHUP);
    (void)sigaddset(&signals, SIGCHLD);
    (void)sigprocmask(SIG_BLOCK, &signals, NULL);
    return supervise(&up, &signals);
}
