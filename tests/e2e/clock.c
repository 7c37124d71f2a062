/*
 * tests/e2e/clock.c -- preloaded into a program under test: its clock is CLOCK_AHEAD seconds ahead
 * of the machine's, as if it had been running that long, and as many more as stand in the file
 * CLOCK_FILE (8 bytes, this machine's order), at any moment. The monotonic clock stays as it is.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

/* Mapped before anything is confined. */
static const volatile long long *moved_by;

__attribute__((constructor)) static void map_file(void)
{
    const char *path = getenv("CLOCK_FILE"); /* NOLINT(concurrency-mt-unsafe): nothing sets it */
    int fd = path == NULL ? -1 : open(path, O_RDONLY | O_CLOEXEC);
    void *at;

    if (fd < 0)
        return;
    at = mmap(NULL, sizeof(*moved_by), PROT_READ, MAP_SHARED, fd, 0);
    (void)close(fd);
    moved_by = at == MAP_FAILED ? NULL : at;
}

static time_t ahead(void)
{
    const char *text = getenv("CLOCK_AHEAD"); /* NOLINT(concurrency-mt-unsafe): nothing sets it */

    return (text == NULL ? 0 : (time_t)strtoll(text, NULL, 10)) +
           (moved_by == NULL ? 0 : (time_t)*moved_by);
}

int clock_gettime(clockid_t clock, struct timespec *ret_now)
{
    void *found = dlsym(RTLD_NEXT, "clock_gettime");
    int (*real)(clockid_t, struct timespec *);
    int rc;

    memcpy(&real, &found, sizeof(real));
    rc = real(clock, ret_now);
    if (rc == 0 && clock == CLOCK_REALTIME)
        ret_now->tv_sec += ahead();
    return rc;
}

/* Until a time of that clock, if it is one: the kernel goes by the machine's. */
int pthread_cond_timedwait(pthread_cond_t *restrict cond, pthread_mutex_t *restrict mutex,
                           const struct timespec *restrict until)
{
    void *found = dlsym(RTLD_NEXT, "pthread_cond_timedwait");
    int (*real)(pthread_cond_t *, pthread_mutex_t *, const struct timespec *);
    struct timespec moved = *until;
    struct timespec now;

    memcpy(&real, &found, sizeof(real));
    (void)clock_gettime(CLOCK_REALTIME, &now);
    if (until->tv_sec > now.tv_sec - ahead() / 2)
        moved.tv_sec -= ahead();
    return real(cond, mutex, &moved);
}
