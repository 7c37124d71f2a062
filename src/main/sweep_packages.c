/*
 * main/sweep_packages.c -- what dpkg wrote down about the files it installed, read from a root that
 * may be a mounted disk: our own reading of what `dpkg --verify` compares.
 *
 * These lists lie on the disk that is doubted. They find whoever changed a program and not the
 * list; a release's manifest, which comes from elsewhere, finds the others too.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "main/sweep_int.h"

#define LISTS_LEN_MAX ((size_t)256 << 20)
#define ENDING        ".md5sums"
#define INFO          "var/lib/dpkg/info"

static int open_below(int dir, const char *path)
{
    return openat(dir, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

/* A whole regular file into the arena. False: it cannot be read, or is too large. */
static bool read_file(int dir, const char *name, struct ptn_arena *arena,
                      struct ptn_bytes *ret_text)
{
    int fd = open_below(dir, name);
    struct stat about;
    uint8_t *text = NULL;
    size_t len = 0;
    bool whole = false;

    if (fd >= 0 && fstat(fd, &about) == 0 && S_ISREG(about.st_mode) &&
        (uint64_t)about.st_size < LISTS_LEN_MAX)
        text = ptn_arena_take(arena, (size_t)about.st_size + 1);
    if (text != NULL && !ptn_ok(ptn_sweep_read(fd, text, (size_t)about.st_size + 1, &len, &whole)))
        whole = false;
    if (fd >= 0)
        (void)close(fd);
    *ret_text = ptn_bytes_of(text, len);
    return whole && text != NULL;
}

static struct ptn_status read_list(int dir, const char *name, struct ptn_sweep_packages *packages)
{
    size_t len = strlen(name);
    struct ptn_bytes text;
    char *package;

    if (len <= sizeof(ENDING) - 1 || strcmp(name + len - (sizeof(ENDING) - 1), ENDING) != 0)
        return PTN_OK;
    package = ptn_arena_text(packages->arena, ptn_bytes_of(name, len - (sizeof(ENDING) - 1)));
    if (package == NULL || !read_file(dir, name, packages->arena, &text)) {
        packages->bad_lines++;
        return PTN_OK;
    }
    packages->packages++;
    return ptn_manifest_read_md5sums(packages->files, ptn_bytes_from_text(package), text,
                                     &packages->bad_lines);
}

static bool links_to(int root_fd, const char *name, const char *target)
{
    char to[64];
    ssize_t len = readlinkat(root_fd, name, to, sizeof(to));

    return len > 0 && ptn_bytes_is(ptn_bytes_of(to, (size_t)len), target);
}

static struct ptn_status read_all(int root_fd, DIR *dir, struct ptn_sweep_packages *packages)
{
    struct ptn_status status = PTN_OK;
    const struct dirent *entry;
    struct ptn_bytes text;

    while (ptn_ok(status)) {
        entry = readdir(dir); // NOLINT(concurrency-mt-unsafe): nobody else has this folder open
        if (entry == NULL)
            break;
        status = read_list(dirfd(dir), entry->d_name, packages);
    }
    if (ptn_ok(status) && read_file(root_fd, "var/lib/dpkg/diversions", packages->arena, &text))
        status = ptn_manifest_divert(packages->files, text);
    if (ptn_ok(status))
        ptn_manifest_ready(packages->files);
    return status;
}

struct ptn_status ptn_sweep_packages_read(int root_fd, struct ptn_sweep_packages *ret_packages)
{
    struct ptn_sweep_packages packages = { .files = NULL };
    struct ptn_status status;
    int fd = open_below(root_fd, INFO);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);

    *ret_packages = packages;
    if (dir == NULL) {
        if (fd >= 0)
            (void)close(fd);
        return PTN_OK;
    }
    packages.merged_usr = links_to(root_fd, "lib", "usr/lib");
    packages.files = ptn_manifest_new();
    packages.arena = ptn_arena_new(LISTS_LEN_MAX);
    status = (struct ptn_status){ PTN_C_NO_MEMORY };
    if (packages.files != NULL && packages.arena != NULL)
        status = read_all(root_fd, dir, &packages);
    (void)closedir(dir);
    *ret_packages = packages;
    return status;
}

struct ptn_status ptn_sweep_there(int root_fd, struct ptn_bytes path)
{
    char part[PTN_SWEEP_PATH_SIZE];
    struct ptn_status status = PTN_OK;
    int fd = dup(root_fd);

    while (ptn_ok(status) && fd >= 0 && path.len > 0) {
        const uint8_t *slash = memchr(path.at, '/', path.len);
        size_t len = slash == NULL ? path.len : (size_t)(slash - path.at);
        struct stat about;
        int next = -1;

        if (len >= sizeof(part))
            break;
        memcpy(part, path.at, len);
        part[len] = '\0';
        if (fstatat(fd, part, &about, AT_SYMLINK_NOFOLLOW) != 0)
            status = (struct ptn_status){ errno == ENOENT || errno == ENOTDIR ? PTN_C_NOT_FOUND
                                                                              : PTN_C_BUSY };
        else if (slash == NULL)
            break; /* it is there, as a file or as a link to one */
        else if (S_ISLNK(about.st_mode))
            status = (struct ptn_status){ PTN_C_BUSY };
        else
            next = openat(fd, part, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        (void)close(fd);
        fd = next;
        path = ptn_bytes_slice(path, len + 1, SIZE_MAX);
    }
    if (ptn_ok(status) && fd < 0)
        status = (struct ptn_status){ PTN_C_BUSY };
    if (fd >= 0)
        (void)close(fd);
    return status;
}
