/*
 * main/sweep_walk.c -- every regular file below a folder, in one order, so that a sweep can be
 * taken up where it stopped.
 *
 * No link is followed, nothing but regular files is opened, and what looks different once it is
 * open is left alone: the disk belongs to somebody else. Times of access stay as they are where the
 * kernel allows it, for they are evidence.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "main/sweep_int.h"

#define READ_STEP ((size_t)1 << 20)

/* The names of one folder. */
struct names {
    char *text; /* NUL after each */
    size_t len, capacity;
    size_t *at; /* offsets, sorted by name */
    size_t count, place_count;
};

struct level {
    const struct ptn_sweep_walk *walk;
    char path[PTN_SWEEP_PATH_SIZE]; /* of what is looked at now */
    size_t depth;
    dev_t device; /* of the folder around */
};

static struct ptn_bytes path_of(const struct level *level)
{
    return ptn_bytes_from_text(level->path);
}

static struct ptn_status unread(struct level *level, const char *why)
{
    level->walk->counts[PTN_SWEEP_UNREAD]++;
    return level->walk->unread(level->walk->context, path_of(level), why);
}

/* ---- one order ---- */

/* Byte order with '/' before everything: a folder's files stand together. */
static int compare_paths(const char *a, const char *b)
{
    while (*a == *b && *a != '\0') {
        a++;
        b++;
    }
    return (*a == '/' ? 1 : (unsigned char)*a * 2) - (*b == '/' ? 1 : (unsigned char)*b * 2);
}

/* Whether all of the folder lies before where the walk begins. */
static bool folder_is_done(const struct level *level)
{
    size_t len = strlen(level->path);
    const char *after = level->walk->after;

    if (after[0] == '\0' || (strncmp(after, level->path, len) == 0 && after[len] == '/'))
        return false;
    return compare_paths(level->path, after) < 0;
}

/* ---- names ---- */

static bool add_name(struct names *names, const char *name)
{
    size_t len = strlen(name) + 1;

    if (names->len + len > names->capacity) {
        size_t wanted = names->capacity == 0 ? 4096 : names->capacity * 2;
        char *more;

        while (wanted < names->len + len)
            wanted *= 2;
        if (wanted > PTN_SWEEP_NAMES_LEN_MAX)
            return false;
        more = realloc(names->text, wanted);
        if (more == NULL)
            return false;
        names->text = more;
        names->capacity = wanted;
    }
    if (names->count == names->place_count) {
        size_t wanted = names->place_count == 0 ? 64 : names->place_count * 2;
        size_t *more = realloc(names->at, wanted * sizeof(*more));

        if (more == NULL)
            return false;
        names->at = more;
        names->place_count = wanted;
    }
    names->at[names->count++] = names->len;
    memcpy(names->text + names->len, name, len);
    names->len += len;
    return true;
}

/* qsort_r's comparison. */
static int by_name(const void *a, const void *b, void *text)
{
    return strcmp((const char *)text + *(const size_t *)a, (const char *)text + *(const size_t *)b);
}

/* Read and sort a folder's names. fd is given away. */
static bool read_names(int fd, struct names *names)
{
    DIR *dir = fdopendir(fd);
    const struct dirent *entry;
    bool good = dir != NULL;

    if (!good)
        (void)close(fd);
    while (good) {
        errno = 0;
        entry = readdir(dir); // NOLINT(concurrency-mt-unsafe): nobody else has this folder open
        if (entry == NULL) {
            good = errno == 0;
            break;
        }
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            good = add_name(names, entry->d_name);
    }
    if (dir != NULL)
        (void)closedir(dir);
    if (good && names->count > 0)
        qsort_r(names->at, names->count, sizeof(*names->at), by_name, names->text);
    return good;
}

/* ---- what is there ---- */

/* File systems without files: the kernel's windows. */
static bool is_pseudo(int fd)
{
    static const long kinds[] = { PROC_SUPER_MAGIC, SYSFS_MAGIC,        DEBUGFS_MAGIC,
                                  TRACEFS_MAGIC,    CGROUP_SUPER_MAGIC, CGROUP2_SUPER_MAGIC,
                                  SECURITYFS_MAGIC, BPF_FS_MAGIC,       DEVPTS_SUPER_MAGIC,
                                  PSTOREFS_MAGIC,   EFIVARFS_MAGIC,     SELINUX_MAGIC };
    struct statfs about;

    if (fstatfs(fd, &about) != 0)
        return false;
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if ((long)about.f_type == kinds[i])
            return true;
    return false;
}

/* Open without touching the time of access where that is allowed. */
static int open_quietly(int dir, const char *name, int flags)
{
    int all = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC | flags;
    int fd = openat(dir, name, all | O_NOATIME);

    return fd < 0 && errno == EPERM ? openat(dir, name, all) : fd;
}

static const char *why_not(int error)
{
    switch (error) {
    case EACCES:
    case EPERM:
        return "not allowed";
    case EIO:
        return "the disk does not give it";
    case ENOENT:
        return "gone meanwhile";
    default:
        return "cannot be opened";
    }
}

static struct ptn_status take_file(struct level *level, int dir, const char *name)
{
    struct ptn_status status;
    struct stat about;
    int fd;

    if (level->walk->after[0] != '\0' && compare_paths(level->path, level->walk->after) <= 0)
        return PTN_OK;
    fd = open_quietly(dir, name, 0);
    if (fd < 0)
        return unread(level, why_not(errno));
    if (fstat(fd, &about) != 0 || !S_ISREG(about.st_mode))
        status = unread(level, "changed while it was opened");
    else
        status = level->walk->file(level->walk->context, fd, path_of(level));
    (void)close(fd);
    return status;
}

static struct ptn_status take_link(struct level *level, int dir, const char *name)
{
    char target[PTN_SWEEP_PATH_SIZE];
    ssize_t len;

    if (level->walk->after[0] != '\0' && compare_paths(level->path, level->walk->after) <= 0)
        return PTN_OK;
    level->walk->counts[PTN_SWEEP_LINKS]++;
    if (level->walk->link == NULL)
        return PTN_OK;
    len = readlinkat(dir, name, target, sizeof(target));
    return level->walk->link(level->walk->context, path_of(level),
                             ptn_bytes_of(target, len < 0 ? 0 : (size_t)len));
}

static struct ptn_status take_folder(struct level *level, int fd);

/* As deep as PTN_SWEEP_DEPTH_MAX. */
static struct ptn_status take_entry(struct level *level, int dir, // NOLINT(misc-no-recursion)
                                    const char *name)
{
    struct stat about;
    struct ptn_status status;
    dev_t around = level->device;
    int fd;

    if (fstatat(dir, name, &about, AT_SYMLINK_NOFOLLOW) != 0)
        return unread(level, why_not(errno));
    if (S_ISREG(about.st_mode))
        return take_file(level, dir, name);
    if (S_ISLNK(about.st_mode))
        return take_link(level, dir, name);
    if (!S_ISDIR(about.st_mode)) {
        level->walk->counts[PTN_SWEEP_SPECIAL] +=
            level->walk->after[0] == '\0' || compare_paths(level->path, level->walk->after) > 0;
        return PTN_OK;
    }
    if (folder_is_done(level))
        return PTN_OK;
    if (level->depth == PTN_SWEEP_DEPTH_MAX)
        return unread(level, "folders nested too deep");
    fd = open_quietly(dir, name, O_DIRECTORY);
    if (fd < 0)
        return unread(level, why_not(errno));
    if (about.st_dev != level->device && is_pseudo(fd)) {
        level->walk->counts[PTN_SWEEP_PSEUDO]++;
        (void)close(fd);
        return PTN_OK;
    }
    level->device = about.st_dev;
    level->depth++;
    status = take_folder(level, fd);
    level->depth--;
    level->device = around;
    return status;
}

/* All of a folder. fd is given away. */
static struct ptn_status take_folder(struct level *level, int fd) // NOLINT(misc-no-recursion)
{
    size_t len = strlen(level->path);
    struct names names = { 0 };
    struct ptn_status status = PTN_OK;
    int listing = dup(fd);

    level->walk->counts[PTN_SWEEP_FOLDERS] +=
        level->walk->after[0] == '\0' || compare_paths(level->path, level->walk->after) > 0;
    if (listing < 0 || !read_names(listing, &names))
        status = unread(level, "the folder cannot be listed");
    for (size_t i = 0; ptn_ok(status) && i < names.count; i++) {
        const char *name = names.text + names.at[i];
        size_t name_len = strlen(name);

        if (len + name_len + 2 > sizeof(level->path)) {
            status = unread(level, "a path in it is too long");
            continue;
        }
        if (len > 0)
            level->path[len] = '/';
        memcpy(level->path + len + (len > 0), name, name_len + 1);
        status = take_entry(level, fd, name);
        level->path[len] = '\0';
    }
    free(names.text);
    free(names.at);
    (void)close(fd);
    return status;
}

/* Open a folder part by part, so that no link leads out. -1: it is not there, or is a link. */
static int open_folder(int root_fd, const char *path)
{
    char part[PTN_SWEEP_PATH_SIZE];
    int fd = dup(root_fd);

    while (fd >= 0 && *path != '\0') {
        const char *end = strchrnul(path, '/');
        size_t len = (size_t)(end - path);
        int next;

        if (len == 0 || len >= sizeof(part)) {
            (void)close(fd);
            return -1;
        }
        memcpy(part, path, len);
        part[len] = '\0';
        next = strcmp(part, "..") == 0 ? -1 : open_quietly(fd, part, O_DIRECTORY);
        (void)close(fd);
        fd = next;
        path = *end == '/' ? end + 1 : end;
    }
    return fd;
}

int ptn_sweep_open(int root_fd, const char *path)
{
    char folder[PTN_SWEEP_PATH_SIZE];
    const char *slash = strrchr(path, '/');
    size_t len = slash == NULL ? 0 : (size_t)(slash - path);
    struct stat about;
    int dir, fd;

    if (len >= sizeof(folder))
        return -1;
    memcpy(folder, path, len);
    folder[len] = '\0';
    dir = open_folder(root_fd, folder);
    if (dir < 0)
        return -1;
    fd = open_quietly(dir, slash == NULL ? path : slash + 1, 0);
    (void)close(dir);
    if (fd >= 0 && (fstat(fd, &about) != 0 || !S_ISREG(about.st_mode))) {
        (void)close(fd);
        fd = -1;
    }
    return fd;
}

struct ptn_status ptn_sweep_walk(const struct ptn_sweep_walk *walk, const char *path)
{
    struct level level = { .walk = walk };
    struct ptn_status status;
    struct stat about;
    int fd;

    if (strlen(path) >= sizeof(level.path))
        return (struct ptn_status){ PTN_C_BAD_INPUT };
    memcpy(level.path, path, strlen(path) + 1);
    if (path[0] != '\0' && folder_is_done(&level))
        return PTN_OK;
    fd = open_folder(walk->root_fd, path);
    if (fd < 0 || fstat(fd, &about) != 0) {
        if (fd >= 0)
            (void)close(fd);
        return (struct ptn_status){ PTN_C_BAD_INPUT };
    }
    level.device = about.st_dev;
    status = take_folder(&level, fd);
    return status;
}

struct ptn_status ptn_sweep_read(int fd, uint8_t *at, size_t cap, size_t *ret_len, bool *ret_whole)
{
    size_t len = 0;
    uint8_t more;
    ssize_t some = 1;

    while (some > 0 && len < cap) {
        some = read(fd, at + len, cap - len < READ_STEP ? cap - len : READ_STEP);
        if (some < 0 && errno == EINTR) {
            some = 1;
            continue;
        }
        len += some > 0 ? (size_t)some : 0;
    }
    if (some > 0)
        some = read(fd, &more, 1);
    *ret_len = len;
    *ret_whole = some == 0;
    return (struct ptn_status){ some < 0 ? PTN_C_IO : PTN_C_OK };
}
