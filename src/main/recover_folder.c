/* main/recover_folder.c -- a node's folder from its spare identity. */
#include <stdio.h>
#include <string.h>

#include "main/recover_int.h"
#include "vault/seal.h"

#define CONF_MAX 16384u

static bool path_of(char path[PTN_RECOVER_PATH_SIZE], const char *dir, const char *name)
{
    int len = snprintf(path, PTN_RECOVER_PATH_SIZE, "%s/%s", dir, name);

    return len > 0 && (size_t)len < PTN_RECOVER_PATH_SIZE;
}

/* Copy a small file; NOT_FOUND when there is none. What was in memory is wiped: it may be a key. */
static struct ptn_status copy_file(const struct ptn_world *world, const char *from_dir,
                                   const char *to_dir, const char *name)
{
    struct ptn_buffer bytes = { .len_max = PTN_NOTE_LEN_MAX };
    char from[PTN_RECOVER_PATH_SIZE];
    char to[PTN_RECOVER_PATH_SIZE];
    struct ptn_status status = { PTN_C_TOO_BIG };

    if (path_of(from, from_dir, name) && path_of(to, to_dir, name))
        status = world->files->read(world->context, from, &bytes);
    if (ptn_ok(status))
        status = world->files->replace(world->context, to, ptn_buffer_bytes(&bytes));
    if (bytes.at != NULL)
        explicit_bzero(bytes.at, bytes.capacity);
    ptn_buffer_release(&bytes);
    return status;
}

static struct ptn_status make_dir(const struct ptn_recover *recover, const char *name)
{
    char path[PTN_RECOVER_PATH_SIZE];

    if (!path_of(path, recover->dir, name))
        return (struct ptn_status){ PTN_C_TOO_BIG };
    return recover->world->files->make_dir(recover->world->context, path);
}

/* Every month's reading key that is there; none is fine. */
static struct ptn_status copy_reading(const struct ptn_recover *recover, const char *from_dir)
{
    struct ptn_status status = make_dir(recover, "vault/reading");

    for (unsigned year = PTN_READING_YEAR_FIRST; ptn_ok(status) && year <= PTN_READING_YEAR_LAST;
         year++)
        for (unsigned month = 1; ptn_ok(status) && month <= 12; month++) {
            char name[64];

            (void)snprintf(name, sizeof(name), "vault/reading/%04u-%02u.key", year, month);
            status = copy_file(recover->world, from_dir, recover->dir, name);
            if (status.code == PTN_C_NOT_FOUND)
                status = PTN_OK;
        }
    return status;
}

static struct ptn_status read_plan(struct ptn_recover *recover, struct ptn_diag *reterr)
{
    struct ptn_buffer conf = { .len_max = CONF_MAX };
    char path[PTN_RECOVER_PATH_SIZE];
    struct ptn_status status = { PTN_C_TOO_BIG };

    if (path_of(path, recover->spare, "node.conf"))
        status = recover->world->files->read(recover->world->context, path, &conf);
    if (status.code == PTN_C_NOT_FOUND)
        status = ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "the spare's folder holds no spare identity");
    if (ptn_ok(status))
        status = ptn_node_plan_parse(ptn_buffer_bytes(&conf), &recover->plan, reterr);
    ptn_buffer_release(&conf);
    return status;
}

static struct ptn_status put_roster(const struct ptn_recover *recover, struct ptn_diag *reterr)
{
    const struct ptn_world *world = recover->world;
    struct ptn_buffer note = { .len_max = PTN_NOTE_LEN_MAX };
    char path[PTN_RECOVER_PATH_SIZE];
    struct ptn_status status;

    if (recover->roster == NULL)
        return copy_file(world, recover->spare, recover->dir, PTN_COUNTRY_FILE);
    status = world->files->read(world->context, recover->roster, &note);
    if (status.code == PTN_C_NOT_FOUND)
        status = ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "the roster cannot be read");
    if (ptn_ok(status) && !path_of(path, recover->dir, PTN_COUNTRY_FILE))
        status = (struct ptn_status){ PTN_C_TOO_BIG };
    if (ptn_ok(status))
        status = world->files->replace(world->context, path, ptn_buffer_bytes(&note));
    ptn_buffer_release(&note);
    return status;
}

struct ptn_status ptn_recover_folder(struct ptn_recover *recover, struct ptn_diag *reterr)
{
    static const char *const dirs[] = { "vault", "copies", "lists", "rules" };
    static const char *const keys[] = { "vault/node.key", "vault/tls.key", "vault/tls.crt" };
    const struct ptn_world *world = recover->world;
    char path[PTN_RECOVER_PATH_SIZE];
    struct ptn_status status = read_plan(recover, reterr);

    if (ptn_ok(status) && path_of(path, recover->spare, "vault/lock") &&
        world->files->exists(world->context, path))
        status = ptn_fail(PTN_C_BAD_INPUT, reterr, 0,
                          "the spare's keys have a lock, which belongs on a node that runs");
    if (ptn_ok(status) && path_of(path, recover->dir, "node.conf") &&
        world->files->exists(world->context, path))
        status = ptn_fail(PTN_C_BAD_INPUT, reterr, 0,
                          "there is a node in the folder: nothing to recover");
    if (ptn_ok(status))
        status = world->files->make_dir(world->context, recover->dir);
    if (ptn_ok(status))
        status = world->files->lock(world->context, recover->dir, &recover->lock);
    if (status.code == PTN_C_BUSY)
        return ptn_fail(PTN_C_BUSY, reterr, 0, "another process is at work in the folder");
    for (size_t i = 0; ptn_ok(status) && i < sizeof(dirs) / sizeof(dirs[0]); i++)
        if (i < 2 || recover->plan.role == PTN_NODE_POST)
            status = make_dir(recover, dirs[i]);
    for (size_t i = 0; ptn_ok(status) && i < sizeof(keys) / sizeof(keys[0]); i++)
        status = copy_file(world, recover->spare, recover->dir, keys[i]);
    if (status.code == PTN_C_NOT_FOUND)
        status = ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "the spare's folder holds no spare identity");
    if (ptn_ok(status))
        status = copy_reading(recover, recover->spare);
    return ptn_ok(status) ? put_roster(recover, reterr) : status;
}

struct ptn_status ptn_recover_finish(struct ptn_recover *recover, struct ptn_diag *reterr)
{
    struct ptn_status status = copy_file(recover->world, recover->spare, recover->dir, "node.conf");

    if (!ptn_ok(status))
        return ptn_fail(status.code, reterr, 0, "node.conf cannot be written");
    return PTN_OK;
}
