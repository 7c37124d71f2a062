#include "fault.h"

#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* Test code: the one place with state of its own, since the linker's wrappers can be handed none.
 */
static struct {
    bool allocations;
    bool calls;
    bool fired;
    unsigned long in; /* the fault happens when this reaches 0 */
    enum fault_span span;
    int error;
} armed;

static void arm(bool allocations, unsigned long nth, enum fault_span span, int error)
{
    memset(&armed, 0, sizeof(armed));
    armed.allocations = allocations;
    armed.calls = !allocations;
    armed.in = nth;
    armed.span = span;
    armed.error = error;
}

void fault_allocation(unsigned long nth, enum fault_span span)
{
    arm(true, nth, span, 0);
}

void fault_call(unsigned long nth, enum fault_span span, int error)
{
    arm(false, nth, span, error);
}

bool fault_off(void)
{
    bool fired = armed.fired;

    memset(&armed, 0, sizeof(armed));
    return fired;
}

static bool due(bool is_armed)
{
    if (!is_armed || (armed.fired && armed.span == FAULT_ONCE))
        return false;
    if (armed.in > 0)
        armed.in--;
    if (armed.in == 0)
        armed.fired = true;
    return armed.in == 0;
}

static bool call_fails(void)
{
    if (armed.error == 0 || !due(armed.calls))
        return false;
    errno = armed.error;
    return true;
}

/* The linker's names for what it wraps. */
/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp) */

/* ---- allocations ---- */

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__real_realloc(void *at, size_t size);
void *__wrap_realloc(void *at, size_t size);
char *__real_strdup(const char *text);
char *__wrap_strdup(const char *text);

void *__wrap_malloc(size_t size)
{
    return due(armed.allocations) ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return due(armed.allocations) ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *at, size_t size)
{
    return due(armed.allocations) ? NULL : __real_realloc(at, size);
}

char *__wrap_strdup(const char *text)
{
    return due(armed.allocations) ? NULL : __real_strdup(text);
}

/* ---- system calls ---- */

int __real_open(const char *path, int flags, mode_t mode);
int __wrap_open(const char *path, int flags, ...);
int __real_open64(const char *path, int flags, mode_t mode);
int __wrap_open64(const char *path, int flags, ...);
ssize_t __real_read(int fd, void *at, size_t len);
ssize_t __wrap_read(int fd, void *at, size_t len);
ssize_t __real_write(int fd, const void *at, size_t len);
ssize_t __wrap_write(int fd, const void *at, size_t len);
int __real_fsync(int fd);
int __wrap_fsync(int fd);
int __real_fdatasync(int fd);
int __wrap_fdatasync(int fd);
int __real_ftruncate64(int fd, off_t len);
int __wrap_ftruncate64(int fd, off_t len);
int __real_rename(const char *from, const char *to);
int __wrap_rename(const char *from, const char *to);
int __real_mkdir(const char *path, mode_t mode);
int __wrap_mkdir(const char *path, mode_t mode);
int __real_unlink(const char *path);
int __wrap_unlink(const char *path);
void *__real_mmap64(void *at, size_t len, int protection, int flags, int fd, off_t offset);
void *__wrap_mmap64(void *at, size_t len, int protection, int flags, int fd, off_t offset);

int __wrap_open(const char *path, int flags, ...)
{
    va_list args;
    mode_t mode;

    va_start(args, flags);
    mode = va_arg(args, mode_t);
    va_end(args);
    return call_fails() ? -1 : __real_open(path, flags, mode);
}

int __wrap_open64(const char *path, int flags, ...)
{
    va_list args;
    mode_t mode;

    va_start(args, flags);
    mode = va_arg(args, mode_t);
    va_end(args);
    return call_fails() ? -1 : __real_open64(path, flags, mode);
}

ssize_t __wrap_read(int fd, void *at, size_t len)
{
    return call_fails() ? -1 : __real_read(fd, at, len);
}

ssize_t __wrap_write(int fd, const void *at, size_t len)
{
    if (armed.calls && armed.error == 0 && due(true))
        return __real_write(fd, at, len > 1 ? len / 2 : len);
    return call_fails() ? -1 : __real_write(fd, at, len);
}

int __wrap_fsync(int fd)
{
    return call_fails() ? -1 : __real_fsync(fd);
}

int __wrap_fdatasync(int fd)
{
    return call_fails() ? -1 : __real_fdatasync(fd);
}

int __wrap_ftruncate64(int fd, off_t len)
{
    return call_fails() ? -1 : __real_ftruncate64(fd, len);
}

int __wrap_rename(const char *from, const char *to)
{
    return call_fails() ? -1 : __real_rename(from, to);
}

int __wrap_mkdir(const char *path, mode_t mode)
{
    return call_fails() ? -1 : __real_mkdir(path, mode);
}

int __wrap_unlink(const char *path)
{
    return call_fails() ? -1 : __real_unlink(path);
}

void *__wrap_mmap64(void *at, size_t len, int protection, int flags, int fd, off_t offset)
{
    return call_fails() ? MAP_FAILED : __real_mmap64(at, len, protection, flags, fd, offset);
}

/* NOLINTEND(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp) */
