#include "main/unlock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "main/commands.h"
#include "main/log.h"
#include "main/passphrase.h"

#define ASK_S       60 /* for whoever asks: a try waits in line for those before it */
#define LINE_S      5  /* for whoever is asked: the line must come */
#define WRONG_FREE  3u
#define PAUSE_MAX_S 60u
#define LINE_MAX    (PTN_PASSPHRASE_LEN_MAX + 1u)
#define PATH_SIZE   1024u

struct ptn_unlock {
    const struct ptn_world *world;
    const char *dir;
    int folder, listening, stop; /* -1: not open */
    bool running;
    pthread_t thread;
    int64_t until_us; /* the thread's: nothing is tried before */
    unsigned in_a_row;

    pthread_mutex_t lock;
    unsigned wrong;              /* under the lock */
    struct ptn_storage *storage; /* likewise; Owned */
};

/* ---- the socket ---- */

/* The socket's address, however long the folder's name is: by the folder's descriptor. */
static struct sockaddr_un address_in(int folder)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };

    (void)snprintf(address.sun_path, sizeof(address.sun_path),
                   "/proc/self/fd/%d/" PTN_UNLOCK_SOCKET, folder);
    return address;
}

static int open_folder(const char *dir)
{
    return open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

/* A socket that is connected to whoever listens in the folder, or -1. */
static int connect_to(int folder)
{
    struct sockaddr_un address = address_in(folder);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0) {
        (void)close(fd);
        return -1;
    }
    return fd;
}

static void limit(int fd, long seconds)
{
    const struct timeval time = { .tv_sec = seconds };

    (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof(time));
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &time, sizeof(time));
}

/* A line without its end. False: it did not come, or is too long. */
static bool read_line(int fd, char *line, size_t size, size_t *ret_len)
{
    size_t len = 0;

    while (len < size) {
        ssize_t got = recv(fd, line + len, 1, 0);

        if (got < 0 && errno == EINTR)
            continue;
        if (got != 1)
            return false;
        if (line[len] == '\n') {
            *ret_len = len;
            return true;
        }
        len++;
    }
    return false;
}

static bool send_all(int fd, const char *text, size_t len)
{
    while (len > 0) {
        ssize_t done = send(fd, text, len, MSG_NOSIGNAL);

        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return false;
        text += done;
        len -= (size_t)done;
    }
    return true;
}

/* ---- the thread ---- */

unsigned ptn_unlock_pause_s(unsigned wrong)
{
    unsigned pause_s = 1;

    if (wrong < WRONG_FREE)
        return 0;
    for (unsigned i = WRONG_FREE; i < wrong && pause_s < PAUSE_MAX_S; i++)
        pause_s *= 2;
    return pause_s < PAUSE_MAX_S ? pause_s : PAUSE_MAX_S;
}

/* Is it the node's own user, or root? The mode says so already. */
static bool may_ask(int fd)
{
    struct ucred peer;
    socklen_t len = sizeof(peer);

    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) == 0 &&
           (peer.uid == 0 || peer.uid == geteuid());
}

/* Try it. True: it is open. LOCK-6. */
static bool try_passphrase(struct ptn_unlock *unlock, struct ptn_bytes passphrase)
{
    const struct ptn_lock_key key = { passphrase, PTN_BYTES_NONE, false };
    struct ptn_storage *storage = NULL;
    struct ptn_diag diag = { 0 };
    struct ptn_status status = ptn_lock_open(unlock->world, unlock->dir, &key, &storage, &diag);

    (void)pthread_mutex_lock(&unlock->lock);
    unlock->storage = storage;
    unlock->wrong += ptn_ok(status) ? 0 : 1;
    (void)pthread_mutex_unlock(&unlock->lock);
    if (ptn_ok(status))
        return true;
    if (status.code != PTN_C_BAD_INPUT)
        ptn_log_failure(PTN_EVENT_UNLOCK_FAILED, status, &diag);
    unlock->in_a_row++;
    unlock->until_us = unlock->world->monotonic_us(unlock->world->context) +
                       (int64_t)ptn_unlock_pause_s(unlock->in_a_row) * 1000000;
    return false;
}

/* One who asks. True: it is open. */
static bool answer(struct ptn_unlock *unlock, int fd)
{
    char line[LINE_MAX];
    char text[32];
    size_t len = 0;
    const int64_t left_us = unlock->until_us - unlock->world->monotonic_us(unlock->world->context);
    const int64_t left_s = left_us / 1000000 + 1;
    bool opened = false;
    int said;

    limit(fd, LINE_S);
    if (!may_ask(fd) || !read_line(fd, line, sizeof(line), &len)) {
        explicit_bzero(line, sizeof(line));
        return false;
    }
    if (left_us > 0) {
        said = snprintf(text, sizeof(text), "wait %lld\n", (long long)left_s);
    } else if (try_passphrase(unlock, ptn_bytes_of(line, len))) {
        opened = true;
        said = snprintf(text, sizeof(text), "opened\n");
    } else {
        said = snprintf(text, sizeof(text), "wrong %u\n", ptn_unlock_pause_s(unlock->in_a_row));
    }
    explicit_bzero(line, sizeof(line));
    (void)send_all(fd, text, (size_t)said);
    return opened;
}

static void *listen_on(void *context)
{
    struct ptn_unlock *unlock = context;
    bool opened = false;

    while (!opened) {
        struct pollfd at[] = { { .fd = unlock->listening, .events = POLLIN },
                               { .fd = unlock->stop, .events = POLLIN } };
        int fd;

        if (poll(at, 2, -1) < 0 && errno != EINTR)
            break;
        if (at[1].revents != 0)
            break;
        fd = at[0].revents == 0 ? -1 : accept4(unlock->listening, NULL, NULL, SOCK_CLOEXEC);
        if (fd < 0)
            continue;
        opened = answer(unlock, fd);
        (void)close(fd);
    }
    return NULL;
}

/* ---- starting and stopping ---- */

static struct ptn_status listen_in(struct ptn_unlock *unlock, struct ptn_diag *reterr)
{
    struct sockaddr_un address;
    int other;

    unlock->folder = open_folder(unlock->dir);
    if (unlock->folder < 0)
        return ptn_fail(PTN_C_IO, reterr, 0, "the node's folder cannot be opened");
    other = connect_to(unlock->folder);
    if (other >= 0) {
        (void)close(other);
        return ptn_fail(PTN_C_BUSY, reterr, 0, "somebody else waits for the passphrase");
    }
    (void)unlinkat(unlock->folder, PTN_UNLOCK_SOCKET, 0); /* of one that was killed */
    address = address_in(unlock->folder);
    unlock->listening = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (unlock->listening < 0 || fchmod(unlock->listening, 0600) != 0 ||
        bind(unlock->listening, (struct sockaddr *)&address, sizeof(address)) != 0 ||
        listen(unlock->listening, 4) != 0)
        return ptn_fail(PTN_C_IO, reterr, 0, "no socket for the passphrase");
    unlock->stop = eventfd(0, EFD_CLOEXEC);
    return unlock->stop < 0 ? ptn_fail(PTN_C_IO, reterr, 0, "no socket for the passphrase")
                            : PTN_OK;
}

struct ptn_status ptn_unlock_start(const struct ptn_world *world, const char *dir,
                                   struct ptn_unlock **ret_unlock, struct ptn_diag *reterr)
{
    struct ptn_unlock *unlock = calloc(1, sizeof(*unlock));
    struct ptn_status status;

    if (unlock == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    unlock->world = world;
    unlock->dir = dir;
    unlock->folder = unlock->listening = unlock->stop = -1;
    (void)pthread_mutex_init(&unlock->lock, NULL);
    status = listen_in(unlock, reterr);
    if (ptn_ok(status)) {
        unlock->running = pthread_create(&unlock->thread, NULL, listen_on, unlock) == 0;
        if (!unlock->running)
            status = (struct ptn_status){ PTN_C_NO_MEMORY };
    }
    if (!ptn_ok(status)) {
        ptn_unlock_stop(unlock);
        return status;
    }
    *ret_unlock = unlock;
    return PTN_OK;
}

void ptn_unlock_stop(struct ptn_unlock *unlock)
{
    const uint64_t one = 1;

    if (unlock == NULL)
        return;
    if (unlock->running) {
        if (write(unlock->stop, &one, sizeof(one)) == (ssize_t)sizeof(one))
            (void)pthread_join(unlock->thread, NULL);
        (void)unlinkat(unlock->folder, PTN_UNLOCK_SOCKET, 0);
    }
    if (unlock->listening >= 0)
        (void)close(unlock->listening);
    if (unlock->stop >= 0)
        (void)close(unlock->stop);
    if (unlock->folder >= 0)
        (void)close(unlock->folder);
    ptn_storage_close(unlock->storage);
    (void)pthread_mutex_destroy(&unlock->lock);
    free(unlock);
}

struct ptn_storage *ptn_unlock_take(struct ptn_unlock *unlock)
{
    struct ptn_storage *storage;

    (void)pthread_mutex_lock(&unlock->lock);
    storage = unlock->storage;
    unlock->storage = NULL;
    (void)pthread_mutex_unlock(&unlock->lock);
    return storage;
}

unsigned ptn_unlock_wrong(struct ptn_unlock *unlock)
{
    unsigned wrong;

    (void)pthread_mutex_lock(&unlock->lock);
    wrong = unlock->wrong;
    unlock->wrong = 0;
    (void)pthread_mutex_unlock(&unlock->lock);
    return wrong;
}

/* ---- the machine's key ---- */

struct ptn_storage *ptn_unlock_by_machine(const struct ptn_world *world, const char *dir)
{
    const char *folder = getenv("CREDENTIALS_DIRECTORY");
    struct ptn_storage *storage = NULL;
    struct ptn_diag diag = { 0 };
    struct ptn_buffer file;
    char path[PATH_SIZE];
    uint8_t *room;
    int len =
        folder == NULL ? -1 : snprintf(path, sizeof(path), "%s/" PTN_UNLOCK_CREDENTIAL, folder);
    struct ptn_status status;

    if (len < 0 || (size_t)len >= sizeof(path) || !world->files->exists(world->context, path))
        return NULL;
    ptn_buffer_init(&file, PTN_MACHINE_KEY_LEN_MAX + 1);
    status = ptn_buffer_reserve(&file, PTN_MACHINE_KEY_LEN_MAX + 1, &room);
    if (ptn_ok(status))
        status = world->files->read(world->context, path, &file);
    if (ptn_ok(status)) {
        const struct ptn_lock_key key = { PTN_BYTES_NONE, ptn_buffer_bytes(&file), false };

        status = ptn_lock_open(world, dir, &key, &storage, &diag);
    }
    if (!ptn_ok(status))
        ptn_log_failure(PTN_EVENT_MACHINE_KEY, status, &diag);
    if (file.at != NULL)
        explicit_bzero(file.at, file.capacity);
    ptn_buffer_release(&file);
    return storage;
}

/* ---- asking ---- */

/* "WORD N" */
static bool read_answer(const char *line, enum ptn_unlock_answer *ret_answer, unsigned *ret_wait_s)
{
    static const char *const words[] = {
        [PTN_UNLOCK_OPENED] = "opened", [PTN_UNLOCK_WRONG] = "wrong ", [PTN_UNLOCK_WAIT] = "wait "
    };

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (strncmp(line, words[i], strlen(words[i])) == 0) {
            *ret_answer = (enum ptn_unlock_answer)i;
            *ret_wait_s = (unsigned)strtoul(line + strlen(words[i]), NULL, 10);
            return true;
        }
    return false;
}

struct ptn_status ptn_unlock_ask(const char *dir, struct ptn_bytes passphrase,
                                 enum ptn_unlock_answer *ret_answer, unsigned *ret_wait_s)
{
    char line[32] = "";
    size_t len = 0;
    int folder = open_folder(dir);
    int fd = folder < 0 ? -1 : connect_to(folder);
    bool good;

    if (folder >= 0)
        (void)close(folder);
    if (fd < 0)
        return (struct ptn_status){ PTN_C_NOT_FOUND };
    limit(fd, ASK_S);
    good = send_all(fd, (const char *)passphrase.at, passphrase.len) && send_all(fd, "\n", 1) &&
           read_line(fd, line, sizeof(line) - 1, &len);
    (void)close(fd);
    if (!good)
        return (struct ptn_status){ PTN_C_IO };
    line[len] = '\0';
    return (struct ptn_status){ read_answer(line, ret_answer, ret_wait_s) ? PTN_C_OK : PTN_C_IO };
}

bool ptn_unlock_waits(const char *dir)
{
    int folder = open_folder(dir);
    int fd = folder < 0 ? -1 : connect_to(folder);

    if (folder >= 0)
        (void)close(folder);
    if (fd >= 0)
        (void)close(fd);
    return fd >= 0;
}

struct ptn_status ptn_unlocked_world(struct ptn_unlocked *unlocked, const char *dir, int fd,
                                     struct ptn_diag *reterr)
{
    enum ptn_lock_state state = PTN_LOCK_NONE;
    struct ptn_passphrase passphrase = { .len = 0 };
    struct ptn_status status;

    *unlocked = (struct ptn_unlocked){ .world = *ptn_world_real() };
    status = ptn_lock_look(&unlocked->world, dir, &state, NULL, reterr);
    if (!ptn_ok(status) || state != PTN_LOCK_ON)
        return status;
    status =
        ptn_passphrase_read(fd, "The passphrase of the node's lock: ", false, &passphrase, reterr);
    if (ptn_ok(status)) {
        const struct ptn_lock_key key = { ptn_bytes_of(passphrase.text, passphrase.len),
                                          PTN_BYTES_NONE, false };

        status = ptn_lock_open(&unlocked->world, dir, &key, &unlocked->storage, reterr);
    }
    ptn_passphrase_wipe(&passphrase);
    unlocked->world.storage = unlocked->storage;
    return status;
}

void ptn_unlocked_release(struct ptn_unlocked *unlocked)
{
    ptn_storage_close(unlocked->storage);
    unlocked->storage = NULL;
    unlocked->world.storage = NULL;
}

struct ptn_status ptn_unlock_command(const char *dir, const struct ptn_world **world,
                                     struct ptn_diag *reterr)
{
    static struct ptn_unlocked unlocked;
    const char *fd = getenv("POSTERN_PASSPHRASE_FD");
    enum ptn_lock_state state = PTN_LOCK_NONE;
    struct ptn_status status = ptn_lock_look(*world, dir, &state, NULL, reterr);

    if (!ptn_ok(status) || state != PTN_LOCK_ON)
        return status.code == PTN_C_CORRUPT ? status : PTN_OK; /* no folder: others say so */
    if (unlocked.storage == NULL) /* of another folder, it opens nothing: that is said, then */
        status =
            ptn_unlocked_world(&unlocked, dir, fd == NULL ? -1 : (int)strtol(fd, NULL, 10), reterr);
    if (ptn_ok(status))
        *world = &unlocked.world;
    return status;
}
