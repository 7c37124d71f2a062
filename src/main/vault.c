/*
 * main/vault.c -- `postern vault VERB DIR`: put a lock on what a node reads with, open it, change
 * its passphrase, take it off (docs/design/0004-a-locked-post.md).
 *
 * Passphrases never stand on the command line: they are read from the terminal, or as lines from
 * --passphrase-fd.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "main/commands.h"
#include "main/passphrase.h"
#include "main/unlock.h"
#include "node/node.h"

#define PATH_SIZE 1024u

static const char usage[] =
    "usage: postern vault lock DIR         seal what the node reads with; it must not run\n"
    "       postern vault unlock DIR       give a locked node that runs its passphrase\n"
    "       postern vault passphrase DIR   another passphrase\n"
    "       postern vault off DIR          take the lock off: the node starts by itself again\n"
    "       postern vault show DIR         how the lock is\n"
    "  --machine-key FILE    lock, passphrase: 32 to 4,096 random bytes that open it, too, "
    "without\n"
    "                        anybody there (LoadCredentialEncrypted= of the unit)\n"
    "  --no-machine-key      passphrase: from now on no machine's key opens it\n"
    "  --passphrase-fd N     read passphrases from there, a line each, not from the terminal\n";

struct job {
    const struct ptn_world *world;
    const char *dir, *machine_file;
    bool no_machine;
    int fd; /* -1: the terminal */
    enum ptn_authority_cost cost;
    struct ptn_buffer machine;
};

/* ---- what is asked for ---- */

static bool read_arguments(struct job *job, int argc, char **argv)
{
    static const struct option options[] = { { "machine-key", required_argument, NULL, 'm' },
                                             { "no-machine-key", no_argument, NULL, 'n' },
                                             { "passphrase-fd", required_argument, NULL, 'p' },
                                             { NULL, 0, NULL, 0 } };
    int option;
    char *end;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == 'm') {
            job->machine_file = optarg;
        } else if (option == 'n') {
            job->no_machine = true;
        } else if (option == 'p') {
            job->fd = (int)strtol(optarg, &end, 10);
            if (*optarg == '\0' || *end != '\0' || job->fd < 0)
                return false;
        } else {
            return false;
        }
    }
    if (optind != argc - 1 || (job->machine_file != NULL && job->no_machine))
        return false;
    job->dir = argv[optind];
    return strlen(job->dir) < PATH_SIZE - 64;
}

/* Only a post and a centre read anything. A demonstration's passphrase is no secret: it costs
 * little to try. */
static struct ptn_status check_plan(struct job *job, struct ptn_diag *reterr)
{
    struct ptn_buffer conf = { .len_max = 16384 };
    struct ptn_node_plan plan;
    char path[PATH_SIZE];
    struct ptn_status status;

    (void)snprintf(path, sizeof(path), "%s/node.conf", job->dir);
    status = job->world->files->read(job->world->context, path, &conf);
    if (status.code == PTN_C_NOT_FOUND)
        status = ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "the folder holds no node");
    if (ptn_ok(status))
        status = ptn_node_plan_parse(ptn_buffer_bytes(&conf), &plan, reterr);
    ptn_buffer_release(&conf);
    if (ptn_ok(status) && plan.demonstration)
        job->cost = PTN_AUTHORITY_COST_LEAST;
    if (ptn_ok(status) && plan.role != PTN_NODE_POST && plan.role != PTN_NODE_CENTRE)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0,
                        "a keeper and a gateway read nothing: there is nothing to lock");
    return status;
}

/* The machine's key into job->machine. */
static struct ptn_status read_machine(struct job *job, struct ptn_diag *reterr)
{
    uint8_t *room;
    struct ptn_status status;

    if (job->machine_file == NULL)
        return PTN_OK;
    status = ptn_buffer_reserve(&job->machine, PTN_MACHINE_KEY_LEN_MAX + 1, &room);
    if (ptn_ok(status))
        status = job->world->files->read(job->world->context, job->machine_file, &job->machine);
    return ptn_ok(status) ? status
                          : ptn_fail(status.code == PTN_C_NOT_FOUND ? PTN_C_BAD_INPUT : status.code,
                                     reterr, 0, "the machine's key cannot be read");
}

/* ---- the verbs ---- */

/* Everything that is not sealed yet. */
static struct ptn_status seal(const struct job *job, struct ptn_diag *reterr)
{
    size_t count = 0;
    struct ptn_status status = ptn_lock_seal_all(job->world, job->dir, ptn_node_sealed,
                                                 PTN_NODE_SEALED_COUNT, &count, reterr);

    if (ptn_ok(status))
        (void)printf("sealed: %zu files\n", count);
    return status;
}

/* A new passphrase, and whatever else is to open it. storage: NULL: there was no lock. */
static struct ptn_status set(struct job *job, const struct ptn_storage *storage, bool keep,
                             struct ptn_diag *reterr)
{
    struct ptn_passphrase passphrase = { .len = 0 };
    struct ptn_status status = ptn_passphrase_read(
        job->fd, "A passphrase of at least 12 characters: ", true, &passphrase, reterr);

    if (ptn_ok(status)) {
        const struct ptn_lock_key key = { ptn_bytes_of(passphrase.text, passphrase.len),
                                          ptn_buffer_bytes(&job->machine), keep };

        status = ptn_lock_set(job->world, job->dir, storage, &key, job->cost, reterr);
    }
    ptn_passphrase_wipe(&passphrase);
    return status;
}

/* The storage key, by the passphrase of now; by nothing when the lock is off. */
static struct ptn_status open_lock(struct job *job, struct ptn_unlocked *unlocked,
                                   enum ptn_lock_state *ret_state, struct ptn_diag *reterr)
{
    static const struct ptn_lock_key nothing = { { NULL, 0 }, { NULL, 0 }, false };
    struct ptn_status status = ptn_lock_look(job->world, job->dir, ret_state, NULL, reterr);

    if (ptn_ok(status) && *ret_state == PTN_LOCK_NONE)
        return ptn_fail(PTN_C_NOT_FOUND, reterr, 0, "the folder has no lock");
    if (ptn_ok(status) && *ret_state == PTN_LOCK_ON)
        return ptn_unlocked_world(unlocked, job->dir, job->fd, reterr);
    return ptn_ok(status)
               ? ptn_lock_open(job->world, job->dir, &nothing, &unlocked->storage, reterr)
               : status;
}

static struct ptn_status lock_stopped(struct job *job, struct ptn_diag *reterr)
{
    struct ptn_unlocked unlocked = { .storage = NULL };
    enum ptn_lock_state state = PTN_LOCK_NONE;
    struct ptn_status status = ptn_lock_look(job->world, job->dir, &state, NULL, reterr);

    if (ptn_ok(status) && state == PTN_LOCK_OFF)
        status = open_lock(job, &unlocked, &state, reterr);
    if (ptn_ok(status) && state != PTN_LOCK_ON)
        status = set(job, unlocked.storage, false, reterr);
    ptn_unlocked_release(&unlocked);
    return ptn_ok(status) ? seal(job, reterr) : status;
}

static struct ptn_status do_lock(struct job *job, struct ptn_diag *reterr)
{
    int held = -1;
    struct ptn_status status = check_plan(job, reterr);

    if (ptn_ok(status))
        status = read_machine(job, reterr);
    if (!ptn_ok(status))
        return status;
    status = job->world->files->lock(job->world->context, job->dir, &held);
    if (status.code == PTN_C_BUSY)
        return ptn_fail(PTN_C_BUSY, reterr, 0, "the node runs: stop it first");
    if (ptn_ok(status))
        status = lock_stopped(job, reterr);
    if (held >= 0)
        job->world->files->unlock(job->world->context, held);
    return status;
}

static struct ptn_status do_unlock(struct job *job, struct ptn_diag *reterr)
{
    struct ptn_passphrase passphrase = { .len = 0 };
    enum ptn_unlock_answer answer = PTN_UNLOCK_WRONG;
    unsigned wait_s = 0;
    struct ptn_status status;

    if (!ptn_unlock_waits(job->dir))
        return ptn_fail(PTN_C_NOT_FOUND, reterr, 0, "no locked node runs here");
    status = ptn_passphrase_read(job->fd, "The passphrase of the node's lock: ", false, &passphrase,
                                 reterr);
    if (ptn_ok(status))
        status = ptn_unlock_ask(job->dir, ptn_bytes_of(passphrase.text, passphrase.len), &answer,
                                &wait_s);
    ptn_passphrase_wipe(&passphrase);
    if (!ptn_ok(status))
        return status;
    if (answer == PTN_UNLOCK_OPENED) {
        (void)puts("unlocked");
        return PTN_OK;
    }
    if (wait_s > 0)
        (void)fprintf(stderr, "postern: nothing is tried for %u s\n", wait_s);
    return ptn_fail(PTN_C_NOT_FOUND, reterr, 0,
                    answer == PTN_UNLOCK_WRONG ? "that does not open the lock"
                                               : "it was not tried");
}

static struct ptn_status do_passphrase(struct job *job, struct ptn_diag *reterr)
{
    struct ptn_unlocked unlocked = { .storage = NULL };
    enum ptn_lock_state state = PTN_LOCK_NONE;
    struct ptn_status status = check_plan(job, reterr);

    if (ptn_ok(status))
        status = read_machine(job, reterr);
    if (ptn_ok(status))
        status = open_lock(job, &unlocked, &state, reterr);
    if (ptn_ok(status) && state == PTN_LOCK_OFF)
        status = ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "the lock is off: postern vault lock");
    if (ptn_ok(status))
        status = set(job, unlocked.storage, !job->no_machine, reterr);
    ptn_unlocked_release(&unlocked);
    return status;
}

static struct ptn_status do_off(struct job *job, struct ptn_diag *reterr)
{
    struct ptn_unlocked unlocked = { .storage = NULL };
    enum ptn_lock_state state = PTN_LOCK_NONE;
    struct ptn_status status = open_lock(job, &unlocked, &state, reterr);

    if (ptn_ok(status) && state == PTN_LOCK_ON)
        status = ptn_lock_take_off(job->world, job->dir, unlocked.storage, reterr);
    ptn_unlocked_release(&unlocked);
    return status;
}

static struct ptn_status do_show(struct job *job, struct ptn_diag *reterr)
{
    static const char *const words[] = {
        [PTN_LOCK_NONE] = "none", [PTN_LOCK_OFF] = "off", [PTN_LOCK_ON] = "on"
    };
    enum ptn_lock_state state = PTN_LOCK_NONE;
    bool machine = false;
    struct ptn_status status = ptn_lock_look(job->world, job->dir, &state, &machine, reterr);

    if (!ptn_ok(status))
        return status;
    (void)printf("lock: %s\n", words[state]);
    if (state == PTN_LOCK_ON)
        (void)printf("machine key: %s\nnode: %s\n", machine ? "yes" : "no",
                     ptn_unlock_waits(job->dir) ? "LOCKED, waits for its passphrase"
                                                : "does not wait for its passphrase");
    return PTN_OK;
}

/* ---- the command ---- */

int ptn_run_vault(int argc, char **argv)
{
    static const struct {
        const char *word;
        struct ptn_status (*run)(struct job *job, struct ptn_diag *reterr);
    } verbs[] = { { "lock", do_lock },
                  { "unlock", do_unlock },
                  { "passphrase", do_passphrase },
                  { "off", do_off },
                  { "show", do_show } };
    struct job job = { .world = ptn_world_real(), .fd = -1, .cost = PTN_AUTHORITY_COST_FULL };
    struct ptn_diag diag = { 0 };
    struct ptn_status status;
    size_t at = 0;

    while (argc > 1 && at < sizeof(verbs) / sizeof(verbs[0]) &&
           strcmp(verbs[at].word, argv[1]) != 0)
        at++;
    ptn_buffer_init(&job.machine, PTN_MACHINE_KEY_LEN_MAX + 1);
    if (argc < 3 || at == sizeof(verbs) / sizeof(verbs[0]) ||
        !read_arguments(&job, argc - 1, argv + 1)) {
        (void)fputs(usage, stderr);
        return PTN_EXIT_USAGE;
    }
    status = verbs[at].run(&job, &diag);
    if (!ptn_ok(status))
        ptn_say_failure(job.dir, status, &diag);
    if (job.machine.at != NULL)
        explicit_bzero(job.machine.at, job.machine.capacity);
    ptn_buffer_release(&job.machine);
    return ptn_exit_for(status);
}
