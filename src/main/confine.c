#include "main/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* What the front does for a living. Anything else is refused, so that a library that tries for an
 * optional file goes on without it. */
static const int allowed[] = {
    SCMP_SYS(read),
    SCMP_SYS(readv),
    SCMP_SYS(recvfrom),
    SCMP_SYS(recvmsg),
    SCMP_SYS(write),
    SCMP_SYS(writev),
    SCMP_SYS(sendto),
    SCMP_SYS(sendmsg),
    SCMP_SYS(accept4),
    SCMP_SYS(accept),
    SCMP_SYS(shutdown),
    SCMP_SYS(close),
    SCMP_SYS(getsockname),
    SCMP_SYS(getpeername),
    SCMP_SYS(getsockopt),
    SCMP_SYS(setsockopt),
    SCMP_SYS(epoll_wait),
    SCMP_SYS(epoll_pwait),
    SCMP_SYS(epoll_ctl),
    SCMP_SYS(poll),
    SCMP_SYS(ppoll),
    SCMP_SYS(fcntl),
    SCMP_SYS(brk),
    SCMP_SYS(mmap),
    SCMP_SYS(munmap),
    SCMP_SYS(mremap),
    SCMP_SYS(madvise),
    SCMP_SYS(munlock),
    SCMP_SYS(futex),
    SCMP_SYS(getrandom),
    SCMP_SYS(clock_gettime),
    SCMP_SYS(gettimeofday),
    SCMP_SYS(time),
    SCMP_SYS(nanosleep),
    SCMP_SYS(getpid),
    SCMP_SYS(gettid),
    SCMP_SYS(clock_nanosleep),
    SCMP_SYS(getrusage),
    SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigreturn),
    SCMP_SYS(rt_sigaction),
    SCMP_SYS(restart_syscall),
    SCMP_SYS(exit),
    SCMP_SYS(exit_group),
};

/* What only somebody who took it over would try: the kernel ends it at once. */
static const int deadly[] = {
    SCMP_SYS(execve),
    SCMP_SYS(execveat),
    SCMP_SYS(fork),
    SCMP_SYS(vfork),
    SCMP_SYS(ptrace),
    SCMP_SYS(process_vm_readv),
    SCMP_SYS(process_vm_writev),
    SCMP_SYS(socket),
    SCMP_SYS(connect),
    SCMP_SYS(bind),
    SCMP_SYS(bpf),
    SCMP_SYS(io_uring_setup),
    SCMP_SYS(userfaultfd),
    SCMP_SYS(mount),
    SCMP_SYS(kill),
};

/* What reading a disk takes; openat and write are allowed with conditions. The sanitizers ask for
 * the last one when a process ends. */
static const int reading[] = {
    SCMP_SYS(read),           SCMP_SYS(pread64),
    SCMP_SYS(close),          SCMP_SYS(dup),
    SCMP_SYS(fcntl),          SCMP_SYS(lseek),
    SCMP_SYS(fstat),          SCMP_SYS(newfstatat),
    SCMP_SYS(statx),          SCMP_SYS(fstatfs),
    SCMP_SYS(getdents64),     SCMP_SYS(readlinkat),
    SCMP_SYS(fadvise64),      SCMP_SYS(brk),
    SCMP_SYS(munmap),         SCMP_SYS(mremap),
    SCMP_SYS(madvise),        SCMP_SYS(futex),
    SCMP_SYS(getrandom),      SCMP_SYS(clock_gettime),
    SCMP_SYS(gettimeofday),   SCMP_SYS(time),
    SCMP_SYS(getpid),         SCMP_SYS(gettid),
    SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigreturn),
    SCMP_SYS(rt_sigaction),   SCMP_SYS(restart_syscall),
    SCMP_SYS(exit),           SCMP_SYS(exit_group),
    SCMP_SYS(sched_yield),    SCMP_SYS(sigaltstack),
};

#define PROT_EXEC_BIT 4u

static bool add_deadly(scmp_filter_ctx filter)
{
    bool good = true;

    for (size_t i = 0; good && i < sizeof(deadly) / sizeof(deadly[0]); i++)
        good = seccomp_rule_add(filter, SCMP_ACT_KILL_PROCESS, deadly[i], 0) == 0;
    return good;
}

static bool set_reading_filter(int pipe_fd)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
    bool good = filter != NULL && add_deadly(filter);

    for (size_t i = 0; good && i < sizeof(reading) / sizeof(reading[0]); i++)
        good = seccomp_rule_add(filter, SCMP_ACT_ALLOW, reading[i], 0) == 0;
    good = good &&
           seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(openat), 1,
                            SCMP_A2(SCMP_CMP_MASKED_EQ, O_ACCMODE | O_CREAT | O_TRUNC, O_RDONLY)) ==
               0 &&
           seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(write), 1,
                            SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)pipe_fd, 0)) == 0 &&
           seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1,
                            SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC_BIT, 0)) == 0 &&
           seccomp_load(filter) == 0;
    seccomp_release(filter);
    return good;
}

static bool set_filter(void)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
    bool good = filter != NULL && add_deadly(filter);

    for (size_t i = 0; good && i < sizeof(allowed) / sizeof(allowed[0]); i++) {
        if (allowed[i] == SCMP_SYS(mmap))
            good = seccomp_rule_add(filter, SCMP_ACT_ALLOW, allowed[i], 1,
                                    SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC_BIT, 0)) == 0;
        else
            good = seccomp_rule_add(filter, SCMP_ACT_ALLOW, allowed[i], 0) == 0;
    }
    good = good && seccomp_load(filter) == 0;
    seccomp_release(filter);
    return good;
}

/* No rule at all, or one folder to read: every other path is refused. A kernel without it leaves
 * the filter, which lets nothing be opened either. */
static void lock_files(int readable_fd)
{
    struct landlock_ruleset_attr nothing = {
        .handled_access_fs = LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE |
                             LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR |
                             LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE |
                             LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_DIR |
                             LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK |
                             LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK |
                             LANDLOCK_ACCESS_FS_MAKE_SYM,
    };
    long rules = syscall(__NR_landlock_create_ruleset, &nothing, sizeof(nothing), 0);

    struct landlock_path_beneath_attr below = {
        .allowed_access = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR,
        .parent_fd = readable_fd,
    };

    if (rules < 0)
        return;
    if (readable_fd >= 0)
        (void)syscall(__NR_landlock_add_rule, (int)rules, LANDLOCK_RULE_PATH_BENEATH, &below, 0);
    (void)syscall(__NR_landlock_restrict_self, (int)rules, 0);
    (void)close((int)rules);
}

bool ptn_confine_front(void)
{
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return false;
    lock_files(-1);
    return set_filter();
}

/* SWEEP-1. */
bool ptn_confine_sweep(int root_fd, int pipe_fd)
{
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return false;
    lock_files(root_fd);
    return set_reading_filter(pipe_fd);
}
