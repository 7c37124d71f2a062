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
 *
 * A child that somebody unlocked tells the parent the storage key by a pipe, so that the next one
 * is not locked; with both of them it is gone (docs/design/0004-a-locked-post.md).
 */
#include "main/commands.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/world.h"
#include "main/log.h"
#include "main/up_int.h"
#include "serve/door.h"
#include "serve/serve.h"

#define PAUSE_MIN_MS 10u
#define PAUSE_MAX_MS 5000u
#define FILES        8192u

static const char usage[] = "usage: postern up DIR [--port N] [--no-travellers]\n";

/* ---- the child ---- */

enum ptn_up_call ptn_up_next_call(int signals)
{
    struct signalfd_siginfo signal;

    while (read(signals, &signal, sizeof(signal)) == (ssize_t)sizeof(signal)) {
        if (signal.ssi_signo == SIGHUP)
            return PTN_UP_RELOAD;
        if (signal.ssi_signo != SIGCHLD) /* of a keeper's front: the door tells when it is gone */
            return PTN_UP_STOP;
    }
    return PTN_UP_NOTHING;
}

void ptn_up_ready(int ready_fd)
{
    if (ready_fd < 0)
        return; /* it was ready once, locked */
    if (write(ready_fd, "r", 1) != 1)
        ptn_log_event(PTN_EVENT_PARENT_GONE);
}

void ptn_up_say_roster(const struct ptn_roster *roster, const char *origin)
{
    const struct ptn_log_field version = { PTN_LOG_VERSION, NULL, roster->version };
    struct ptn_vkey key;

    ptn_log(PTN_EVENT_ROSTER_TAKEN, &version, 1);
    if (!ptn_roster_ledger_key(roster, ptn_bytes_from_text(origin), &key))
        ptn_log(PTN_EVENT_ROSTER_RETIRED, &version, 1);
}

void ptn_up_say_new_roster(const struct ptn_up *up, const char *origin)
{
    struct ptn_country country;

    if (!ptn_ok(ptn_country_read(up->world, up->dir, &country, NULL)))
        return; /* who needs it says so */
    ptn_up_say_roster(&country.roster, origin);
    ptn_country_release(&country);
}

static ptn_up_run_fn run_of(enum ptn_node_role role)
{
    switch (role) {
    case PTN_NODE_KEEPER:
    case PTN_NODE_SITE_KEEPER:
        return ptn_up_keeper;
    case PTN_NODE_CENTRE:
        return ptn_up_centre;
    case PTN_NODE_GATEWAY:
        return ptn_up_gateway;
    case PTN_NODE_POST:
        break;
    }
    return ptn_up_post;
}

/* ---- the storage key ---- */

/* Into the world, in place of the one there. */
static void use_storage(struct ptn_world *world, struct ptn_storage *storage)
{
    *world = *ptn_world_real();
    world->storage = storage;
}

void ptn_up_unlocked(const struct ptn_up *up, struct ptn_world *world, struct ptn_storage *storage)
{
    uint8_t key[PTN_STORAGE_KEY_LEN];
    struct ptn_diag diag = { 0 };
    struct ptn_status status;

    use_storage(world, storage);
    ptn_log_event(PTN_EVENT_UNLOCKED);
    ptn_storage_copy(storage, key);
    if (write(up->storage_fd, key, sizeof(key)) != (ssize_t)sizeof(key))
        ptn_log_event(PTN_EVENT_UNLOCK_FORGOTTEN);
    explicit_bzero(key, sizeof(key));
    status = ptn_lock_seal_all(world, up->dir, ptn_node_sealed, PTN_NODE_SEALED_COUNT, NULL, &diag);
    if (!ptn_ok(status))
        ptn_log_failure(PTN_EVENT_NOT_SEALED, status, &diag);
}

bool ptn_up_is_locked(const struct ptn_up *up)
{
    enum ptn_lock_state state = PTN_LOCK_NONE;

    return ptn_ok(ptn_lock_look(up->world, up->dir, &state, NULL, NULL)) && state == PTN_LOCK_ON &&
           up->world->storage == NULL;
}

/* A keeper of a whole country has a thousand copies open, with six files each; systemd's unit says
 * the same number. */
static void allow_files(void)
{
    struct rlimit files;

    if (getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur >= FILES)
        return;
    files.rlim_cur = files.rlim_max < FILES ? files.rlim_max : FILES;
    (void)setrlimit(RLIMIT_NOFILE, &files);
}

static int run_child(const struct ptn_up *up, const sigset_t *signals, pid_t parent, int ready_fd)
{
    struct rlimit no_core = { 0, 0 };
    int signal_fd;

    if (prctl(PR_SET_PDEATHSIG, SIGTERM) != 0 || getppid() != parent)
        return PTN_EXIT_ENVIRONMENT;        /* nobody would be there to start it again */
    (void)setrlimit(RLIMIT_CORE, &no_core); /* a core would hold travellers */
    allow_files();
    signal_fd = signalfd(-1, signals, SFD_CLOEXEC | SFD_NONBLOCK);
    return signal_fd < 0 ? PTN_EXIT_ENVIRONMENT : run_of(up->plan.role)(up, signal_fd, ready_fd);
}

/* The key that a child was given, for the next one. */
static void keep_storage(int fd, struct ptn_world *world)
{
    uint8_t key[PTN_STORAGE_KEY_LEN];
    struct ptn_storage *storage;

    if (read(fd, key, sizeof(key)) != (ssize_t)sizeof(key))
        return; /* nobody unlocked it */
    storage = ptn_storage_of(key);
    explicit_bzero(key, sizeof(key));
    if (storage != NULL)
        use_storage(world, storage); /* a former one goes with the process */
}

/* ---- listening ---- */

/* A keeper's address in numbers: HOST:PORT, brackets around an IPv6 host. */
static struct ptn_status listen_door(struct ptn_up *up, struct ptn_diag *reterr)
{
    char host[PTN_NODE_LISTEN_MAX + 1];
    const char *colon = strrchr(up->plan.listen, ':');
    size_t from = up->plan.listen[0] == '[' ? 1 : 0;
    int len = (int)(colon - up->plan.listen - (ptrdiff_t)(2 * from));
    struct ptn_status status;

    (void)snprintf(host, sizeof(host), "%.*s", len, up->plan.listen + from);
    status =
        ptn_door_listen(host, (unsigned)strtoul(colon + 1, NULL, 10), &up->listen_fd, &up->port);
    if (status.code == PTN_C_BAD_INPUT)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "no address of this machine");
    return status;
}

/* A centre where somebody may sign in. */
static bool is_asked(const struct ptn_up *up)
{
    static const char *const files[] = { "staff", "staff.list" };
    char path[PTN_UP_PATH_SIZE];
    bool any = false;

    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        (void)snprintf(path, sizeof(path), "%s/%s", up->dir, files[i]);
        any = any || up->world->files->exists(up->world->context, path);
    }
    return up->plan.role == PTN_NODE_CENTRE && any;
}

/* port: what the command line said, or -1. */
static struct ptn_status listen_at(struct ptn_up *up, int port, struct ptn_diag *reterr)
{
    struct ptn_status status = PTN_OK;

    if (up->plan.role == PTN_NODE_POST || is_asked(up))
        status =
            ptn_serve_listen(port < 0 ? up->plan.port : (unsigned)port, &up->listen_fd, &up->port);
    else if (up->plan.listen[0] != '\0')
        status = listen_door(up, reterr);
    if (status.code == PTN_C_BUSY)
        return ptn_fail(PTN_C_BUSY, reterr, 0, "the port is taken");
    return status;
}

/* ---- the parent ---- */

static void pause_ms(unsigned ms)
{
    struct timespec time = { .tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000 };

    (void)nanosleep(&time, NULL);
}

/* Locked pages are not a child's: it makes its own. */
static void own_storage(struct ptn_world *world)
{
    uint8_t key[PTN_STORAGE_KEY_LEN];

    if (world->storage == NULL)
        return;
    ptn_storage_copy(world->storage, key);
    world->storage = ptn_storage_of(key);
    explicit_bzero(key, sizeof(key));
}

/* Start the server and wait until it is ready or gone. Returns its process, or -1. */
static pid_t start(const struct ptn_up *up, struct ptn_world *world, int told_fd,
                   const sigset_t *signals, bool *ret_ready)
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
        (void)close(told_fd);
        own_storage(world);
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

/* Where it is reached, on standard output: whoever started it waits for this line. */
static void print_address(const struct ptn_up *up)
{
    if (up->plan.role == PTN_NODE_POST || (up->plan.role == PTN_NODE_CENTRE && up->listen_fd >= 0))
        (void)printf("http://%s.localhost:%u\n", up->plan.code, up->port);
    else
        (void)printf("%s %s%s%s\n", ptn_node_kind_word(&up->plan), up->plan.origin,
                     up->plan.listen[0] == '\0' ? "" : " ", up->plan.listen);
    (void)fflush(stdout);
}

static void say_started(const struct ptn_up *up)
{
    const struct ptn_log_field kind = { PTN_LOG_KIND, ptn_node_kind_word(&up->plan), 0 };

    ptn_log(PTN_EVENT_STARTED, &kind, 1);
}

/* A centre whose first list has come listens from now on. A port that is taken is said: nobody asks
 * there until it is started anew. */
static void listen_late(struct ptn_up *up, int port)
{
    struct ptn_diag diag = { 0 };
    struct ptn_status status;

    if (up->listen_fd >= 0 || !is_asked(up))
        return;
    status = listen_at(up, port, &diag);
    if (ptn_ok(status))
        print_address(up);
    else
        ptn_log_failure(PTN_EVENT_PORT_TAKEN, status, &diag);
}

/* world: up's own, which gets the storage key. */
static int supervise(struct ptn_up *up, struct ptn_world *world, int port, const sigset_t *signals)
{
    unsigned pause = PAUSE_MIN_MS;
    bool first = true;
    int key[2];

    if (pipe2(key, O_CLOEXEC | O_NONBLOCK) != 0)
        return PTN_EXIT_ENVIRONMENT;
    up->storage_fd = key[1];
    if (ptn_up_is_locked(up))
        world->storage = ptn_unlock_by_machine(world, up->dir);
    for (;;) {
        bool ready = false;
        bool told = false;
        pid_t pid = start(up, world, key[0], signals, &ready);
        int status;

        if (pid < 0)
            return PTN_EXIT_ENVIRONMENT;
        if (ready)
            say_started(up);
        if (first && ready)
            print_address(up);
        status = watch(pid, signals, &told);
        if (up->plan.role == PTN_NODE_POST || up->plan.role == PTN_NODE_CENTRE)
            keep_storage(key[0], world);
        if (told)
            ptn_log_event(PTN_EVENT_STOPPED);
        if (told || (first && !ready) || !again(status))
            return WIFEXITED(status) ? WEXITSTATUS(status) : PTN_EXIT_ENVIRONMENT;
        first = false;
        /* a lane waits: at once when it ran; ever later when it cannot even start (a full disk,
         * say) */
        pause = ready ? PAUSE_MIN_MS : pause * 2;
        if (pause > PAUSE_MAX_MS)
            pause = PAUSE_MAX_MS;
        ptn_log_event(PTN_EVENT_STARTED_AGAIN);
        pause_ms(pause);
        listen_late(up, port);
    }
}

/* ---- the command ---- */

static struct ptn_status read_plan(struct ptn_up *up, struct ptn_diag *reterr)
{
    struct ptn_buffer conf = { .len_max = 16384 };
    char path[PTN_UP_PATH_SIZE];
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

/* Lines carry the name of the node's ledger. */
static void begin_log(const struct ptn_up *up)
{
    char name[PTN_NODE_ORIGIN_MAX + PTN_NODE_CODE_MAX + 2];

    if (up->plan.origin[0] != '\0')
        (void)snprintf(name, sizeof(name), "%s", up->plan.origin);
    else
        (void)snprintf(name, sizeof(name), "postern.example/%s", up->plan.code);
    ptn_log_begin(ptn_world_real(), name);
}

static bool read_arguments(struct ptn_up *up, int argc, char **argv, int *ret_port)
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
    return strlen(up->dir) < PTN_UP_PATH_SIZE - 64;
}

int ptn_run_up(int argc, char **argv)
{
    struct ptn_world world = *ptn_world_real();
    struct ptn_up up = { .world = &world, .listen_fd = -1, .travellers = true };
    struct ptn_diag diag = { 0 };
    sigset_t signals;
    int port = -1;
    struct ptn_status status;

    if (!read_arguments(&up, argc, argv, &port)) {
        (void)fputs(usage, stderr);
        return PTN_EXIT_USAGE;
    }
    ptn_log_begin(ptn_world_real(), "");
    status = read_plan(&up, &diag);
    if (ptn_ok(status))
        begin_log(&up);
    if (ptn_ok(status))
        status = listen_at(&up, port, &diag);
    if (!ptn_ok(status)) {
        ptn_log_failure(PTN_EVENT_CANNOT_START, status, &diag);
        return ptn_exit_for(status);
    }
    (void)signal(SIGPIPE, SIG_IGN);
    (void)sigemptyset(&signals);
    (void)sigaddset(&signals, SIGTERM);
    (void)sigaddset(&signals, SIGINT);
    (void)sigaddset(&signals, SIGHUP);
    (void)sigaddset(&signals, SIGCHLD);
    (void)sigprocmask(SIG_BLOCK, &signals, NULL);
    return supervise(&up, &world, port, &signals);
}
