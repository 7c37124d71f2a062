/*
 * tests/e2e/failsync.c -- preloaded into a server under test: when the file named by FAILSYNC
 * exists, it is removed and the next fsync or fdatasync fails with EIO, as a dying disk does.
 */
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* True, once, when the trigger lies there. */
static int triggered(void)
{
    const char *path = getenv("FAILSYNC"); /* NOLINT(concurrency-mt-unsafe): nothing here sets it */

    if (path == NULL || unlink(path) != 0)
        return 0;
    errno = EIO;
    return 1;
}

static int pass_on(const char *name, int fd)
{
    void *found = dlsym(RTLD_NEXT, name);
    int (*real)(int);

    memcpy(&real, &found, sizeof(real));
    return real(fd);
}

int fsync(int fd)
{
    return triggered() ? -1 : pass_on("fsync", fd);
}

int fdatasync(int fd)
{
    return triggered() ? -1 : pass_on("fdatasync", fd);
}
