/* main/drill_stage.c -- the drill's processes: made, started, killed, wiped. */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "main/drill_int.h"

#define WORDS_MAX    64u
#define FAMILY_MAX   64u
#define START_WAIT   30000 /* milliseconds */
#define OUTPUT_CHUNK 4096u
#define PORT_BLOCK   64u /* ports a drill may use */
#define PORT_BLOCKS  50u /* all below 32768, from where the system gives ports out by itself */

/* The crossing points that went dark in September 2022. */
static const struct {
    const char *code, *kind, *name;
} places[PTN_DRILL_POSTS] = {
    { "rinas", "airport", "Tirana airport" }, { "durres", "seaport", "Port of Durrës" },
    { "vlore", "seaport", "Port of Vlorë" },  { "kakavije", "land", "Kakavijë" },
    { "kapshtice", "land", "Kapshticë" },     { "muriqan", "land", "Muriqan" },
    { "qafe-bote", "land", "Qafë Botë" },     { "qafe-thane", "land", "Qafë Thanë" },
};

/* ---- commands ---- */

/* Become the program with these words, its output at out_fd and its errors in a log. */
static void become(const struct ptn_drill *drill, const char *const *words, int in_fd, int out_fd)
{
    char *arguments[WORDS_MAX + 2];
    char log[PTN_DRILL_PATH + 16];
    size_t count = 0;
    int log_fd;

    arguments[count++] = strdup(drill->program); /* never freed: the process becomes another */
    for (size_t i = 0; words[i] != NULL && count <= WORDS_MAX; i++)
        arguments[count++] = strdup(words[i]);
    arguments[count] = NULL;
    (void)snprintf(log, sizeof(log), "%s/drill.log", drill->folder);
    log_fd = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (dup2(in_fd, STDIN_FILENO) < 0 || dup2(out_fd, STDOUT_FILENO) < 0 ||
        (log_fd >= 0 && dup2(log_fd, STDERR_FILENO) < 0))
        _exit(127);
    (void)execv(drill->program, arguments);
    _exit(127);
}

static void take_output(int fd, struct ptn_buffer *output)
{
    uint8_t chunk[OUTPUT_CHUNK];

    for (;;) {
        ssize_t got = read(fd, chunk, sizeof(chunk));

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return;
        if (output != NULL && !ptn_ok(ptn_buffer_add(output, ptn_bytes_of(chunk, (size_t)got))))
            output = NULL;
    }
}

/* A pipe that holds the input and is closed behind it. -1: none. */
static int input_of(const char *input)
{
    int ends[2];
    size_t len = strlen(input);

    if (len == 0)
        return open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (len > 4096 || pipe2(ends, O_CLOEXEC) != 0)
        return -1;
    if (write(ends[1], input, len) != (ssize_t)len) {
        (void)close(ends[0]);
        ends[0] = -1;
    }
    (void)close(ends[1]);
    return ends[0];
}

int ptn_drill_run(const struct ptn_drill *drill, const char *const *words, const char *input,
                  struct ptn_buffer *output)
{
    int in_fd = input_of(input);
    int ends[2];
    int status = 0;
    pid_t pid;

    if (in_fd < 0)
        return -1;
    if (pipe2(ends, O_CLOEXEC) != 0) {
        (void)close(in_fd);
        return -1;
    }
    (void)fflush(NULL);
    pid = fork();
    if (pid == 0)
        become(drill, words, in_fd, ends[1]);
    (void)close(in_fd);
    (void)close(ends[1]);
    if (pid > 0)
        take_output(ends[0], output);
    (void)close(ends[0]);
    if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
        return -1;
    return WEXITSTATUS(status);
}

/* ---- the country ---- */

static void name_node(struct ptn_drill *drill, struct ptn_drill_node *node, const char *code,
                      const char *suffix)
{
    (void)snprintf(node->folder, sizeof(node->folder), "%.400s/country/%s%s", drill->folder, code,
                   suffix);
}

bool ptn_drill_staff(const struct ptn_drill *drill, const struct ptn_drill_node *node)
{
    const char *const words[] = { "node",        node->folder, "--officer",    "arta=Arta",
                                  "--officer",   "besa=Besa",  "--supervisor", "dita=Dita",
                                  "--passwords", NULL };

    return ptn_drill_run(drill, words,
                         "arta " PTN_DRILL_PASSWORD "\nbesa " PTN_DRILL_PASSWORD
                         "\ndita " PTN_DRILL_PASSWORD "\n",
                         NULL) == 0;
}

/* True when nobody listens on any of these ports. */
static bool ports_free(unsigned first, unsigned count)
{
    bool good = true;

    for (unsigned i = 0; i < count && good; i++) {
        struct sockaddr_in address = { .sin_family = AF_INET,
                                       .sin_port = htons((uint16_t)(first + i)),
                                       .sin_addr = { htonl(INADDR_LOOPBACK) } };
        int one = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

        good = one >= 0 && bind(one, (const struct sockaddr *)&address, sizeof(address)) == 0;
        if (one >= 0)
            (void)close(one);
    }
    return good;
}

/* Take a block's last port until this process ends: two drills never take one block. */
static bool take_block(unsigned first)
{
    const struct sockaddr_in address = { .sin_family = AF_INET,
                                         .sin_port = htons((uint16_t)(first + PORT_BLOCK - 1)),
                                         .sin_addr = { htonl(INADDR_LOOPBACK) } };
    int one = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool good = one >= 0 && bind(one, (const struct sockaddr *)&address, sizeof(address)) == 0;

    if (one >= 0 && !good)
        (void)close(one);
    return good;
}

/* The first port of a block that is free, so that drills can be played side by side. */
static unsigned find_ports(void)
{
    unsigned block = (unsigned)getpid() % PORT_BLOCKS;

    for (unsigned i = 0; i < PORT_BLOCKS; i++) {
        unsigned first = PTN_DRILL_PORT + (block + i) % PORT_BLOCKS * PORT_BLOCK;

        if (take_block(first) && ports_free(first, PORT_BLOCK - 1))
            return first;
    }
    return PTN_DRILL_PORT;
}

bool ptn_drill_make(struct ptn_drill *drill)
{
    char country[PTN_DRILL_PATH], port[16];
    char posts[PTN_DRILL_POSTS][128];
    const char *words[WORDS_MAX] = { "init",          country, "--site-keepers", "--demonstration",
                                     "--keeper-port", port };
    size_t count = 6;
    static const char keepers[PTN_DRILL_KEEPERS][2] = { "a", "b", "c", "d" };

    (void)snprintf(country, sizeof(country), "%.400s/country", drill->folder);
    (void)snprintf(port, sizeof(port), "%u", find_ports());
    for (size_t i = 0; i < PTN_DRILL_POSTS; i++) {
        struct ptn_drill_post *post = &drill->posts[i];

        post->code = places[i].code;
        post->kind = places[i].kind;
        post->name = places[i].name;
        post->contained_s = -1;
        name_node(drill, &post->node, post->code, "");
        name_node(drill, &post->site, post->code, "-site");
        (void)snprintf(posts[i], sizeof(posts[i]), "%s:%s:%s", post->code, post->kind, post->name);
        words[count++] = "--post";
        words[count++] = posts[i];
    }
    for (size_t i = 0; i < PTN_DRILL_KEEPERS; i++)
        name_node(drill, &drill->keepers[i], "keeper-", keepers[i]);
    name_node(drill, &drill->centre, "centre", "");
    if (ptn_drill_run(drill, words, "", NULL) != 0)
        return false;
    for (size_t i = 0; i < PTN_DRILL_POSTS; i++)
        if (!ptn_drill_staff(drill, &drill->posts[i].node))
            return false;
    return true;
}

/* ---- running ---- */

/* The first line a node says, within the time. Empty: none. */
static void first_line(int fd, char *line, size_t size)
{
    struct pollfd one = { .fd = fd, .events = POLLIN };
    size_t len = 0;

    while (len + 1 < size && poll(&one, 1, START_WAIT) > 0 && read(fd, line + len, 1) == 1 &&
           line[len] != '\n')
        len++;
    line[len] = '\0';
}

bool ptn_drill_start(const struct ptn_drill *drill, struct ptn_drill_node *node)
{
    const char *const words[] = { "up", node->folder, NULL };
    const char *const quiet[] = { "up", node->folder, "--no-travellers", NULL };
    bool post = false;
    char line[256];
    const char *colon;
    int ends[2];
    int in_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

    for (size_t i = 0; i < PTN_DRILL_POSTS; i++)
        post = post || node == &drill->posts[i].node;
    if (in_fd < 0 || pipe2(ends, O_CLOEXEC) != 0)
        return false;
    (void)fflush(NULL);
    node->pid = fork();
    if (node->pid == 0)
        become(drill, post ? quiet : words, in_fd, ends[1]);
    (void)close(in_fd);
    (void)close(ends[1]);
    first_line(ends[0], line, sizeof(line));
    (void)close(ends[0]);
    colon = strrchr(line, ':');
    node->port = post && colon != NULL ? (unsigned)strtoul(colon + 1, NULL, 10) : 0;
    return node->pid > 0 && line[0] != '\0' && (!post || node->port > 0);
}

/* Add the children of a process to the list. */
static size_t add_children(pid_t pid, pid_t *family, size_t count)
{
    char path[64];
    FILE *file;
    int child;

    (void)snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)pid, (int)pid);
    file = fopen(path, "re");
    if (file == NULL)
        return count;
    while (count < FAMILY_MAX && fscanf(file, "%d", &child) == 1) /* NOLINT(cert-err34-c): /proc */
        family[count++] = child;
    (void)fclose(file);
    return count;
}

/* A node's processes, its parent first. */
static size_t family_of(const struct ptn_drill_node *node, pid_t family[FAMILY_MAX])
{
    size_t count = 1;

    family[0] = node->pid;
    for (size_t i = 0; i < count; i++)
        count = add_children(family[i], family, count);
    return count;
}

void ptn_drill_signal(const struct ptn_drill_node *node, int number)
{
    pid_t family[FAMILY_MAX];
    size_t count;

    if (node->pid <= 0)
        return;
    count = family_of(node, family);
    for (size_t i = 0; i < count; i++)
        (void)kill(family[i], number);
}

/* Gone is who was waited for: until then a child holds the port and the folder. With its parent
 * gone it is this process's (set_stage). */
void ptn_drill_kill(struct ptn_drill_node *node)
{
    pid_t family[FAMILY_MAX];
    size_t count;

    if (node->pid <= 0)
        return;
    count = family_of(node, family);
    for (size_t i = 0; i < count; i++)
        (void)kill(family[i], SIGKILL);
    for (size_t i = 0; i < count; i++)
        (void)waitpid(family[i], NULL, 0);
    node->pid = 0;
}

static int remove_one(const char *path, const struct stat *about, int kind, struct FTW *where)
{
    (void)about;
    (void)kind;
    (void)where;
    (void)remove(path);
    return 0;
}

void ptn_drill_wipe(const struct ptn_drill *drill, const struct ptn_drill_node *node)
{
    (void)nftw(node == NULL ? drill->folder : node->folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

void ptn_drill_clear(struct ptn_drill *drill)
{
    for (size_t i = 0; i < PTN_DRILL_POSTS; i++) {
        ptn_drill_close_browsers(&drill->posts[i]);
        ptn_drill_kill(&drill->posts[i].node);
        ptn_drill_kill(&drill->posts[i].site);
    }
    for (size_t i = 0; i < PTN_DRILL_KEEPERS; i++)
        ptn_drill_kill(&drill->keepers[i]);
    ptn_drill_kill(&drill->centre);
    ptn_drill_kill(&drill->thief);
}
