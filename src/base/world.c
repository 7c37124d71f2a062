#include "base/world.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define READ_SIZE 65536u

/* ---- files ---- */

static struct ptn_status from_errno(int error)
{
    if (error == ENOENT || error == ENOTDIR)
        return (struct ptn_status){ PTN_C_NOT_FOUND };
    return (struct ptn_status){ error == ENOMEM ? PTN_C_NO_MEMORY : PTN_C_IO };
}

/* open, tried again when a signal came between; -1 and errno on failure. */
static int open_file(const char *path, int flags)
{
    int fd;

    do {
        fd = open(path, flags | O_CLOEXEC, 0600);
    } while (fd < 0 && errno == EINTR);
    return fd;
}

/* Append what is left of the file to out. */
static struct ptn_status read_all(int fd, struct ptn_buffer *out)
{
    for (;;) {
        size_t room = out->len_max - out->len;
        uint8_t past;
        uint8_t *at = &past;
        ssize_t got;
        struct ptn_status status;

        /* At the cap one byte more is asked for, to tell a file that just fits from one that does
         * not. */
        if (room > READ_SIZE)
            room = READ_SIZE;
        if (room > 0) {
            status = ptn_buffer_reserve(out, room, &at);
            if (!ptn_ok(status))
                return status;
        }
        got = read(fd, at, room > 0 ? room : 1);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return (struct ptn_status){ PTN_C_IO };
        if (got == 0)
            return PTN_OK;
        if (room == 0)
            return (struct ptn_status){ PTN_C_TOO_BIG };
        out->len += (size_t)got;
    }
}

static struct ptn_status files_read(void *context, const char *path, struct ptn_buffer *out)
{
    size_t len_before = out->len;
    int fd = open_file(path, O_RDONLY);
    struct ptn_status status;

    (void)context;
    if (fd < 0)
        return from_errno(errno);
    status = read_all(fd, out);
    if (!ptn_ok(status))
        out->len = len_before;
    (void)close(fd);
    return status;
}

static bool write_all(int fd, struct ptn_bytes bytes)
{
    while (bytes.len > 0) {
        ssize_t done = write(fd, bytes.at, bytes.len);

        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return false;
        bytes = ptn_bytes_slice(bytes, (size_t)done, SIZE_MAX);
    }
    return true;
}

/* fsync the folder that holds path, so that a name made or removed there stays so. */
static bool sync_folder_of(const char *path)
{
    char folder[PATH_MAX] = ".";
    const char *slash = strrchr(path, '/');
    int fd;
    bool done;

    if (slash != NULL) {
        size_t len = slash == path ? 1 : (size_t)(slash - path);

        if (len >= sizeof(folder))
            return false;
        memcpy(folder, path, len);
        folder[len] = '\0';
    }
    fd = open_file(folder, O_RDONLY | O_DIRECTORY);
    if (fd < 0)
        return false;
    done = fsync(fd) == 0;
    (void)close(fd);
    return done;
}

/*
 * Open and lock the file beside path that becomes the new one. Its name is fixed, so that a crash
 * leaves at most one; the lock keeps two writers apart; and whoever waited at open until another
 * renamed it holds the live file instead, sees that the name is gone or another's, and must not
 * touch it. BUSY: another is writing.
 */
static struct ptn_status open_beside(const char *beside, int *ret_fd)
{
    struct stat held;
    struct stat named;
    int fd = open_file(beside, O_WRONLY | O_CREAT | O_NOFOLLOW);

    if (fd < 0)
        return (struct ptn_status){ PTN_C_IO };
    if (flock(fd, LOCK_EX | LOCK_NB) != 0 || fstat(fd, &held) != 0 || lstat(beside, &named) != 0 ||
        held.st_ino != named.st_ino || held.st_dev != named.st_dev) {
        (void)close(fd);
        return (struct ptn_status){ PTN_C_BUSY };
    }
    *ret_fd = fd;
    return PTN_OK;
}

static struct ptn_status write_beside(const char *path, struct ptn_bytes bytes, bool durable)
{
    char beside[PATH_MAX];
    int len = snprintf(beside, sizeof(beside), "%s.new", path);
    int fd = -1;
    struct ptn_status status;

    if (len < 0 || (size_t)len >= sizeof(beside))
        return (struct ptn_status){ PTN_C_IO };
    status = open_beside(beside, &fd);
    if (!ptn_ok(status))
        return status;
    if (fchmod(fd, 0600) != 0 || ftruncate(fd, 0) != 0 || !write_all(fd, bytes) ||
        (durable && fsync(fd) != 0) || rename(beside, path) != 0) {
        (void)unlink(beside);
        status = (struct ptn_status){ PTN_C_IO };
    } else if (durable && !sync_folder_of(path)) {
        status = (struct ptn_status){ PTN_C_IO };
    }
    (void)close(fd);
    return status;
}

static struct ptn_status files_replace(void *context, const char *path, struct ptn_bytes bytes)
{
    (void)context;
    return write_beside(path, bytes, /* durable= */ true);
}

static struct ptn_status files_put(void *context, const char *path, struct ptn_bytes bytes)
{
    (void)context;
    return write_beside(path, bytes, /* durable= */ false);
}

static struct ptn_status files_settle(void *context, const char *dir)
{
    int fd = open_file(dir, O_RDONLY | O_DIRECTORY);
    bool done;

    (void)context;
    if (fd < 0)
        return from_errno(errno);
    done = syncfs(fd) == 0;
    (void)close(fd);
    return (struct ptn_status){ done ? PTN_C_OK : PTN_C_IO };
}

static struct ptn_status files_make_dir(void *context, const char *path)
{
    struct stat there;

    (void)context;
    if (mkdir(path, 0700) == 0)
        return (struct ptn_status){ sync_folder_of(path) ? PTN_C_OK : PTN_C_IO };
    if (errno == EEXIST && stat(path, &there) == 0 && S_ISDIR(there.st_mode))
        return PTN_OK;
    return (struct ptn_status){ PTN_C_IO };
}

static struct ptn_status files_remove(void *context, const char *path)
{
    (void)context;
    if (unlink(path) != 0)
        return from_errno(errno);
    return (struct ptn_status){ sync_folder_of(path) ? PTN_C_OK : PTN_C_IO };
}

static bool is_plain(int folder, const struct dirent *found)
{
    struct stat there;

    if (found->d_type != DT_UNKNOWN)
        return found->d_type == DT_REG;
    return fstatat(folder, found->d_name, &there, AT_SYMLINK_NOFOLLOW) == 0 &&
           S_ISREG(there.st_mode);
}

static struct ptn_status files_list(void *context, const char *dir,
                                    bool (*each)(void *each_context, const char *name),
                                    void *each_context)
{
    DIR *folder = opendir(dir);
    struct ptn_status status = PTN_OK;
    bool more = true;

    (void)context;
    if (folder == NULL)
        return from_errno(errno);
    while (more) {
        const struct dirent *found;

        errno = 0;
        found = readdir(folder); /* NOLINT(concurrency-mt-unsafe): the stream is this call's own */
        if (found == NULL) {
            status = errno == 0 ? PTN_OK : (struct ptn_status){ PTN_C_IO };
            break;
        }
        if (is_plain(dirfd(folder), found))
            more = each(each_context, found->d_name);
    }
    (void)closedir(folder);
    return status;
}

static struct ptn_status files_move(void *context, const char *from, const char *to)
{
    (void)context;
    return rename(from, to) == 0 ? PTN_OK : from_errno(errno);
}

static bool files_exists(void *context, const char *path)
{
    struct stat there;

    (void)context;
    return lstat(path, &there) == 0;
}

struct ptn_map {
    void *at;
    size_t len;
};

/* Open a file to be mapped or held; a folder or a device is none. */
static struct ptn_status open_regular(const char *path, int *ret_fd, size_t *ret_len)
{
    struct stat there;
    int fd = open_file(path, O_RDONLY);

    if (fd < 0)
        return from_errno(errno);
    if (fstat(fd, &there) != 0 || !S_ISREG(there.st_mode)) {
        (void)close(fd);
        return (struct ptn_status){ PTN_C_IO };
    }
    *ret_fd = fd;
    *ret_len = (size_t)there.st_size;
    return PTN_OK;
}

static struct ptn_status files_map(void *context, const char *path, struct ptn_map **ret_map,
                                   struct ptn_bytes *ret_bytes)
{
    struct ptn_map *map = NULL;
    size_t len = 0;
    int fd = -1;
    struct ptn_status status = open_regular(path, &fd, &len);

    (void)context;
    if (!ptn_ok(status))
        return status;
    map = calloc(1, sizeof(*map));
    if (map == NULL) {
        status = (struct ptn_status){ PTN_C_NO_MEMORY };
        goto out;
    }
    map->len = len;
    /* The kernel maps no empty file: an empty view needs no mapping. */
    if (map->len > 0) {
        map->at = mmap(NULL, map->len, PROT_READ, MAP_PRIVATE, fd, 0);
        if (map->at == MAP_FAILED) {
            status = from_errno(errno);
            free(map);
            goto out;
        }
    }
    *ret_map = map;
    *ret_bytes = ptn_bytes_of(map->at, map->len);
out:
    (void)close(fd);
    return status;
}

/* An open file's bytes into memory that is only its own. NO_MEMORY; IO, also when the file has
 * become shorter. */
static struct ptn_status read_whole(int fd, struct ptn_map *map)
{
    struct ptn_status status = { PTN_C_IO };
    size_t got = 0;

    map->at = mmap(NULL, map->len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (map->at == MAP_FAILED)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    while (got < map->len) {
        ssize_t done = read(fd, (uint8_t *)map->at + got, map->len - got);

        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            break;
        got += (size_t)done;
    }
    if (got == map->len && mprotect(map->at, map->len, PROT_READ) == 0)
        status = PTN_OK;
    else
        (void)munmap(map->at, map->len);
    return status;
}

/* POST-9. */
static struct ptn_status files_hold(void *context, const char *path, struct ptn_map **ret_map,
                                    struct ptn_bytes *ret_bytes)
{
    struct ptn_map *map = NULL;
    size_t len = 0;
    int fd = -1;
    struct ptn_status status = open_regular(path, &fd, &len);

    if (!ptn_ok(status))
        return status;
    status.code = PTN_C_NO_MEMORY;
    if (len > 0 && len <= PTN_FILES_HOLD_MAX)
        map = calloc(1, sizeof(*map));
    if (map != NULL) {
        map->len = len;
        status = read_whole(fd, map);
    }
    (void)close(fd);
    if (ptn_ok(status)) {
        *ret_map = map;
        *ret_bytes = ptn_bytes_of(map->at, map->len);
        return PTN_OK;
    }
    free(map);
    return status.code == PTN_C_NO_MEMORY ? files_map(context, path, ret_map, ret_bytes) : status;
}

static struct ptn_status files_read_at(void *context, const char *path, uint64_t offset, size_t len,
                                       struct ptn_buffer *out)
{
    size_t len_before = out->len;
    uint8_t *at = NULL;
    size_t got = 0;
    struct ptn_status status = ptn_buffer_reserve(out, len, &at);
    int fd;

    (void)context;
    if (!ptn_ok(status))
        return status;
    fd = open_file(path, O_RDONLY);
    if (fd < 0)
        return from_errno(errno);
    while (got < len) {
        ssize_t done = pread(fd, at + got, len - got, (off_t)(offset + got));

        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            status = (struct ptn_status){ PTN_C_IO };
        if (done <= 0)
            break;
        got += (size_t)done;
    }
    (void)close(fd);
    out->len = ptn_ok(status) ? len_before + got : len_before;
    return status;
}

static void files_unmap(void *context, struct ptn_map *map)
{
    (void)context;
    if (map == NULL)
        return;
    if (map->len > 0)
        (void)munmap(map->at, map->len);
    free(map);
}

static void files_pass(void *context, struct ptn_map *map, size_t offset)
{
    size_t len = (offset < map->len ? offset : map->len) & ~(size_t)4095;

    (void)context;
    /* the kernel may refuse: then the pages stay until it needs them */
    if (len > 0)
        (void)madvise(map->at, len, MADV_DONTNEED);
}

static struct ptn_status files_lock(void *context, const char *dir, int *ret_lock)
{
    char path[PATH_MAX];
    int len = snprintf(path, sizeof(path), "%s/lock", dir);
    int fd;

    (void)context;
    if (len < 0 || (size_t)len >= sizeof(path))
        return (struct ptn_status){ PTN_C_IO };
    fd = open_file(path, O_RDWR | O_CREAT | O_NOFOLLOW);
    if (fd < 0)
        return (struct ptn_status){ PTN_C_IO };
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        struct ptn_status status = { errno == EWOULDBLOCK ? PTN_C_BUSY : PTN_C_IO };

        (void)close(fd);
        return status;
    }
    *ret_lock = fd;
    return PTN_OK;
}

static void files_unlock(void *context, int lock)
{
    (void)context;
    (void)close(lock);
}

/* ---- clock and randomness ---- */

static int64_t now_ms(void *context)
{
    struct timespec now = { 0 };

    (void)context;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int64_t monotonic_us(void *context)
{
    struct timespec now = { 0 };

    (void)context;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void fill_random(void *context, uint8_t *at, size_t len)
{
    (void)context;
    while (len > 0) {
        ssize_t got = getrandom(at, len, 0);

        /* Keys come from here: without the kernel's random numbers there is no safe way on. */
        PTN_POST(got > 0 || errno == EINTR);
        if (got > 0) {
            at += got;
            len -= (size_t)got;
        }
    }
}

static const struct ptn_files real_files = {
    .read = files_read,
    .replace = files_replace,
    .put = files_put,
    .settle = files_settle,
    .make_dir = files_make_dir,
    .remove = files_remove,
    .list = files_list,
    .move = files_move,
    .exists = files_exists,
    .map = files_map,
    .hold = files_hold,
    .read_at = files_read_at,
    .unmap = files_unmap,
    .pass = files_pass,
    .lock = files_lock,
    .unlock = files_unlock,
};

static const struct ptn_world real_world = {
    .now_ms = now_ms,
    .monotonic_us = monotonic_us,
    .random = fill_random,
    .files = &real_files,
};

const struct ptn_world *ptn_world_real(void)
{
    return &real_world;
}
