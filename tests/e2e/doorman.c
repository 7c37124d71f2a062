/*
 * tests/e2e/doorman.c -- a keeper's door with nothing behind it, for door.py.
 *
 *   doorman key DIR     make DIR/vault/tls.* and print the key's id
 *   doorman serve DIR   listen, print the port, admit nobody
 *   doorman confined F  what a confined process still can do; 0: nothing it should not
 *   doorman swept D F   the same of who sweeps folder D and must not read F; 0, or 77: 0 but for F,
 *                       which this kernel cannot keep from it
 *   doorman ask DIR ADDRESS ID   one GET to a peer of that key with the certificate of DIR; prints
 *                                how it went, and the status
 *
 * While it serves, "admit ID..." on standard input replaces the list, answered with "ok"; the end
 * of input ends it. /held is held, /void closed, all else answered with the body's length.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "main/confine.h"
#include "serve/courier.h"
#include "serve/door.h"

struct doorman {
    struct ptn_door *door;
    struct ptn_buffer said;
};

static void answer(void *context, const struct ptn_door_peer *peer, struct ptn_exchange *exchange,
                   bool *ret_hold)
{
    (void)context;
    (void)peer;
    *ret_hold = strcmp(exchange->path, "/held") == 0;
    exchange->status = strcmp(exchange->path, "/void") == 0 ? 0 : 200;
    if (!ptn_ok(ptn_buffer_addf(&exchange->answer, "%zu", exchange->body.len)))
        exchange->status = 500;
}

static void admit(struct doorman *man, struct ptn_bytes ids)
{
    struct ptn_buffer list = { .len_max = 1u << 16 };

    ids = ptn_bytes_trim(ids);
    while (ids.len > 0) {
        if (!ptn_ok(ptn_hex_read(ptn_bytes_slice(ids, 0, 64), &list, NULL)))
            exit(2);
        ids = ptn_bytes_trim(ptn_bytes_slice(ids, 64, SIZE_MAX));
    }
    if (!ptn_ok(ptn_door_admit(man->door, (const uint8_t(*)[PTN_TLS_ID_LEN])(const void *)list.at,
                               list.len / PTN_TLS_ID_LEN)))
        exit(2);
    ptn_buffer_release(&list);
    (void)puts("ok");
    (void)fflush(stdout);
}

static void listen_to_input(void *context)
{
    struct doorman *man = context;
    uint8_t *at;
    ssize_t got;
    uint8_t *end;

    if (!ptn_ok(ptn_buffer_reserve(&man->said, 4096, &at)))
        exit(2);
    got = read(STDIN_FILENO, at, 4096);
    if (got == 0)
        ptn_door_stop(man->door);
    if (got <= 0)
        return;
    man->said.len += (size_t)got;
    end = memchr(man->said.at, '\n', man->said.len);
    if (end == NULL)
        return;
    if (man->said.len >= 6 && memcmp(man->said.at, "admit ", 6) == 0)
        admit(man,
              ptn_bytes_slice(ptn_buffer_bytes(&man->said), 6, (size_t)(end - man->said.at) - 6));
    ptn_buffer_clear(&man->said);
}

static int make_key(const char *dir)
{
    const struct ptn_world *world = ptn_world_real();
    struct ptn_buffer key = { .len_max = PTN_TLS_PEM_LEN_MAX };
    struct ptn_buffer certificate = { .len_max = PTN_TLS_PEM_LEN_MAX };
    uint8_t id[PTN_TLS_ID_LEN];
    char path[1024];

    (void)snprintf(path, sizeof(path), "%s/vault", dir);
    if (!ptn_ok(world->files->make_dir(world->context, path)) ||
        !ptn_ok(ptn_tls_create(world, dir, "test", NULL)) ||
        !ptn_ok(ptn_tls_read(world, dir, &key, &certificate)) ||
        !ptn_ok(ptn_tls_id(ptn_buffer_bytes(&certificate), id)))
        return 2;
    for (size_t i = 0; i < sizeof(id); i++)
        (void)printf("%02x", id[i]);
    (void)puts("");
    ptn_buffer_release(&key);
    ptn_buffer_release(&certificate);
    return 0;
}

static int serve(const char *dir)
{
    struct doorman man = { .said = { .len_max = 1u << 16 } };
    struct ptn_door_plan plan = { .world = ptn_world_real(),
                                  .dir = dir,
                                  .confine = ptn_confine_front };
    struct ptn_door_serving serving = { &man, answer, listen_to_input };
    struct ptn_status status;
    unsigned port;

    if (!ptn_ok(ptn_door_listen("127.0.0.1", 0, &plan.listen_fd, &port)) ||
        !ptn_ok(ptn_door_open(&plan, &man.door, NULL)) ||
        fcntl(STDIN_FILENO, F_SETFL, O_NONBLOCK) != 0)
        return 2;
    (void)printf("%u\n", port);
    (void)fflush(stdout);
    status = ptn_door_run(man.door, &serving);
    ptn_door_close(man.door);
    ptn_buffer_release(&man.said);
    return ptn_ok(status) ? 0 : 75;
}

/* True when a confined process that does this is ended by the kernel. */
static bool deadly(void (*act)(const char *file), const char *file)
{
    int how = 0;
    pid_t child = fork();

    if (child == 0) {
        if (!ptn_confine_front())
            _exit(1);
        act(file);
        _exit(0);
    }
    return child > 0 && waitpid(child, &how, 0) == child && WIFSIGNALED(how) &&
           WTERMSIG(how) == SIGSYS;
}

static void run(const char *file)
{
    (void)execl(file, file, (char *)NULL);
}

static void call_out(const char *file)
{
    (void)file;
    (void)socket(AF_INET, SOCK_STREAM, 0);
}

/* True when who sweeps the folder is ended by the kernel for this. */
static bool deadly_sweeping(void (*act)(const char *file), const char *dir)
{
    int how = 0;
    pid_t child = fork();

    if (child == 0) {
        if (!ptn_confine_sweep(open(dir, O_RDONLY | O_DIRECTORY), STDOUT_FILENO))
            _exit(1);
        act("/bin/true");
        _exit(0);
    }
    return child > 0 && waitpid(child, &how, 0) == child && WIFSIGNALED(how) &&
           WTERMSIG(how) == SIGSYS;
}

/* Folder: what is swept, with a file "inside". */
static int try_sweeping(const char *dir, const char *outside)
{
    int root = open(dir, O_RDONLY | O_DIRECTORY);
    int ends[2];

    if (root < 0 || pipe(ends) != 0 || access(outside, R_OK) != 0 || !deadly_sweeping(run, dir) ||
        !deadly_sweeping(call_out, dir))
        return 1;
    if (!ptn_confine_sweep(root, ends[1]))
        return 1;
    if (openat(root, "inside", O_RDONLY | O_NOFOLLOW) < 0 || write(ends[1], "x", 1) != 1)
        return 2; /* what it is there for */
    if (openat(root, "inside", O_WRONLY) >= 0 ||
        openat(root, "new", O_RDONLY | O_CREAT, 0600) >= 0 || write(root, "x", 1) >= 0 ||
        write(STDERR_FILENO, "x", 1) >= 0 || unlink(outside) == 0 ||
        unlinkat(root, "inside", 0) == 0 || rename(outside, "/tmp/away") == 0)
        return 3;
    return open(outside, O_RDONLY) < 0 ? 0 : 77;
}

/* COURIER-1, from outside: see door.py. */
static int ask(const char *dir, const char *address, const char *id)
{
    struct ptn_exchange exchange = { .verb = "GET", .path = "/x", .answer = { .len_max = 4096 } };
    struct ptn_buffer key = { .len_max = PTN_TLS_ID_LEN };
    enum ptn_courier_trouble trouble = PTN_COURIER_FINE;

    if (!ptn_ok(ptn_hex_read(ptn_bytes_from_text(id), &key, NULL)) || key.len != PTN_TLS_ID_LEN)
        return 2;
    (void)ptn_courier_carry(ptn_world_real(), dir, address, key.at, 5000, &exchange, &trouble, NULL)
        .code;
    (void)printf("%s %u\n", ptn_courier_trouble_word(trouble), exchange.status);
    ptn_buffer_release(&exchange.answer);
    ptn_buffer_release(&key);
    return 0;
}

static int try_all(const char *file)
{
    if (!deadly(run, "/bin/true") || !deadly(call_out, file) || access(file, R_OK) != 0)
        return 1;
    if (!ptn_confine_front())
        return 1;
    if (open(file, O_RDONLY | O_CLOEXEC) >= 0 || openat(AT_FDCWD, file, O_WRONLY) >= 0 ||
        unlink(file) == 0 ||
        mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) !=
            MAP_FAILED)
        return 1;
    return mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) ==
           MAP_FAILED;
}

int main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "key") == 0)
        return make_key(argv[2]);
    if (argc == 3 && strcmp(argv[1], "serve") == 0)
        return serve(argv[2]);
    if (argc == 3 && strcmp(argv[1], "confined") == 0)
        return try_all(argv[2]);
    if (argc == 4 && strcmp(argv[1], "swept") == 0)
        return try_sweeping(argv[2], argv[3]);
    if (argc == 5 && strcmp(argv[1], "ask") == 0)
        return ask(argv[2], argv[3], argv[4]);
    return 2;
}
