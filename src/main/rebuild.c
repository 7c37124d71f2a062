/*
 * main/rebuild.c -- `postern rebuild`: a centre's view dropped and replayed from the ledgers that
 * it holds.
 *
 * The view is the ledgers' and nothing else: who doubts it, or whose disk damaged it, makes it anew
 * with no keeper and no network. It is made beside the one that is there and takes its place when
 * it comes to the same at the same heads: a centre that was recovered with shares opens nothing any
 * more of what its view says of the time before, and such a view must stay.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/world.h"
#include "ledger/ledger.h"
#include "main/commands.h"
#include "node/country.h"
#include "node/node.h"
#include "record/record.h"
#include "vault/vault.h"
#include "view/view.h"

#define PATH_SIZE   1024u
#define CONF_MAX    ((size_t)64 << 10)
#define SAY_ENTRIES 100000u

static const char usage[] =
    "usage: postern rebuild [--take] DIR\n"
    "  replay a centre's view from the ledgers in the folder; the centre must not run\n"
    "  --take  the new view takes the old one's place also where it comes to something else\n";

struct rebuilding {
    const struct ptn_world *world;
    const char *dir;
    char where[PTN_GATHER_WHERE_SIZE], beside[PTN_GATHER_WHERE_SIZE];
    int lock; /* -1: not held */
    struct ptn_vault *vault;
    struct ptn_ledger *ledger;
    struct ptn_country country;
    bool has_country;
    struct ptn_links *links;
    struct ptn_gather *gather;
    struct ptn_buffer before; /* the record of what it came to; empty: that cannot be said */
    uint64_t replayed;
    size_t ledgers;
    bool same, take;
};

/* ---- opening ---- */

static struct ptn_status read_plan(const struct rebuilding *rebuilding, struct ptn_diag *reterr)
{
    struct ptn_buffer conf = { .len_max = CONF_MAX };
    struct ptn_node_plan plan;
    char path[PATH_SIZE + 16];
    struct ptn_status status;

    (void)snprintf(path, sizeof(path), "%s/node.conf", rebuilding->dir);
    status = rebuilding->world->files->read(rebuilding->world->context, path, &conf);
    if (!ptn_ok(status))
        status = ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "no node here: node.conf cannot be read");
    if (ptn_ok(status))
        status = ptn_node_plan_parse(ptn_buffer_bytes(&conf), &plan, reterr);
    if (ptn_ok(status) && plan.role != PTN_NODE_CENTRE)
        status = ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "only a centre has a view to rebuild");
    ptn_buffer_release(&conf);
    return status;
}

static struct ptn_status open_all(struct rebuilding *rebuilding, struct ptn_diag *reterr)
{
    const struct ptn_world *world = rebuilding->world;
    const char *dir = rebuilding->dir;
    struct ptn_status status = read_plan(rebuilding, reterr);

    (void)snprintf(rebuilding->beside, sizeof(rebuilding->beside), "%s/view.rebuilt", dir);
    if (ptn_ok(status))
        status = ptn_gather_where(world, dir, rebuilding->where, reterr);
    if (ptn_ok(status))
        status = world->files->lock(world->context, dir, &rebuilding->lock);
    if (status.code == PTN_C_BUSY)
        return ptn_fail(PTN_C_BUSY, reterr, 0, "another process runs this node: stop it first");
    if (ptn_ok(status))
        status = ptn_vault_open(world, dir, &rebuilding->vault, reterr);
    if (ptn_ok(status))
        status = ptn_ledger_open(world, rebuilding->vault, dir, &rebuilding->ledger, reterr);
    if (ptn_ok(status))
        status = ptn_country_read(world, dir, &rebuilding->country, reterr);
    rebuilding->has_country = ptn_ok(status);
    if (ptn_ok(status))
        status = ptn_links_open(world, dir, &rebuilding->country,
                                ptn_bytes_from_text(ptn_ledger_origin(rebuilding->ledger)),
                                PTN_LINKS_PULL, &rebuilding->links, reterr);
    return status;
}

static void close_all(struct rebuilding *rebuilding)
{
    ptn_gather_close(rebuilding->gather);
    if (rebuilding->links != NULL)
        ptn_links_close(rebuilding->links);
    if (rebuilding->has_country)
        ptn_country_release(&rebuilding->country);
    ptn_ledger_close(rebuilding->ledger);
    ptn_vault_close(rebuilding->vault);
    if (rebuilding->lock >= 0)
        rebuilding->world->files->unlock(rebuilding->world->context, rebuilding->lock);
    ptn_buffer_release(&rebuilding->before);
}

/* ---- replaying ---- */

static void count(struct rebuilding *rebuilding, size_t applied)
{
    uint64_t before = rebuilding->replayed;

    rebuilding->replayed += applied;
    if (isatty(STDERR_FILENO) != 0 && before / SAY_ENTRIES != rebuilding->replayed / SAY_ENTRIES)
        (void)fprintf(stderr, "\r%llu entries", (unsigned long long)rebuilding->replayed);
}

static struct ptn_status replay_copy(struct rebuilding *rebuilding, struct ptn_copy *copy,
                                     struct ptn_diag *reterr)
{
    struct ptn_status status = PTN_OK;
    bool more = true;

    while (ptn_ok(status) && more) {
        size_t applied = 0;

        status = ptn_gather_take(rebuilding->gather, copy, &more, reterr);
        if (ptn_ok(status))
            status = ptn_gather_apply(rebuilding->gather, &applied, reterr);
        count(rebuilding, applied);
    }
    return status;
}

/* The centre's own ledger, as many entries at a time as a turn takes. */
static struct ptn_status replay_own(struct rebuilding *rebuilding, struct ptn_diag *reterr)
{
    struct ptn_view *view = ptn_gather_view(rebuilding->gather);
    const char *origin = ptn_ledger_origin(rebuilding->ledger);
    struct ptn_view_cursor cursor = { .next = 0 };
    uint64_t before;
    struct ptn_status status;

    do {
        size_t kept;

        before = cursor.next;
        status = ptn_gather_own(rebuilding->gather, rebuilding->ledger, &kept, reterr);
        if (ptn_ok(status))
            status = ptn_view_cursor(view, origin, &cursor, reterr);
    } while (ptn_ok(status) && cursor.next > before);
    return status;
}

static struct ptn_status replay(struct rebuilding *rebuilding, struct ptn_diag *reterr)
{
    struct ptn_follow *follow = ptn_links_follow(rebuilding->links);
    struct ptn_bytes origin;
    struct ptn_status status =
        ptn_gather_still(rebuilding->gather, ptn_buffer_bytes(&rebuilding->before), reterr);

    rebuilding->replayed = 0;
    rebuilding->ledgers = 1;
    for (size_t i = 0; ptn_ok(status) && (origin = ptn_follow_origin(follow, i)).len > 0; i++) {
        struct ptn_copy *copy = ptn_follow_copy(follow, origin);

        rebuilding->ledgers += copy == NULL ? 0 : 1;
        if (copy != NULL)
            status = replay_copy(rebuilding, copy, reterr);
    }
    if (ptn_ok(status))
        status = ptn_gather_settle(rebuilding->gather, reterr);
    return ptn_ok(status) ? replay_own(rebuilding, reterr) : status;
}

/* ---- the old view and the new ---- */

static bool is_server(const struct rebuilding *rebuilding)
{
    return strncmp(rebuilding->where, "postgresql://", 13) == 0 ||
           strncmp(rebuilding->where, "postgres://", 11) == 0;
}

/* A file, with what SQLite may have left beside it; whole: also the file itself. */
static struct ptn_status remove_view(const struct rebuilding *rebuilding, const char *name,
                                     bool whole)
{
    static const char *const endings[] = { "-wal", "-shm", "-journal", "" };
    size_t count = sizeof(endings) / sizeof(endings[0]) - (whole ? 0 : 1);
    const struct ptn_files *files = rebuilding->world->files;
    char path[PTN_GATHER_WHERE_SIZE + 16];
    struct ptn_status status = PTN_OK;

    for (size_t i = 0; ptn_ok(status) && i < count; i++) {
        (void)snprintf(path, sizeof(path), "%s%s", name, endings[i]);
        status = files->remove(rebuilding->world->context, path);
        if (status.code == PTN_C_NOT_FOUND)
            status = PTN_OK;
    }
    return status;
}

static void close_view(struct rebuilding *rebuilding)
{
    ptn_gather_close(rebuilding->gather);
    rebuilding->gather = NULL;
}

static struct ptn_status open_view(struct rebuilding *rebuilding, const char *where,
                                   struct ptn_diag *reterr)
{
    return ptn_gather_open_at(rebuilding->world, where, rebuilding->vault, &rebuilding->gather,
                              reterr);
}

/* What the view that is there comes to; a damaged one comes to nothing. */
static struct ptn_status look_before(struct rebuilding *rebuilding, struct ptn_diag *reterr)
{
    struct ptn_status status = open_view(rebuilding, rebuilding->where, reterr);

    if (ptn_ok(status))
        status = ptn_gather_digest(rebuilding->gather, true, &rebuilding->before, reterr);
    close_view(rebuilding);
    if (status.code != PTN_C_CORRUPT)
        return status;
    (void)puts("the view is damaged: the new one has nothing to be compared with");
    ptn_buffer_clear(&rebuilding->before);
    return PTN_OK;
}

static struct ptn_status make_beside(struct rebuilding *rebuilding, struct ptn_diag *reterr)
{
    struct ptn_status status = remove_view(rebuilding, rebuilding->beside, true);

    if (ptn_ok(status))
        status = open_view(rebuilding, rebuilding->beside, reterr);
    if (ptn_ok(status))
        status = replay(rebuilding, reterr);
    rebuilding->same = true;
    if (ptn_ok(status) && rebuilding->before.len > 0)
        status = ptn_gather_check(rebuilding->gather, ptn_buffer_bytes(&rebuilding->before),
                                  &rebuilding->same, reterr);
    if (status.code == PTN_C_NOT_FOUND) { /* it had seen more than the ledgers here */
        rebuilding->same = false;
        status = PTN_OK;
    }
    close_view(rebuilding);
    return status;
}

/* A file is put in the other's place; a server's tables are filled the same way again. */
static struct ptn_status put_in_place(struct rebuilding *rebuilding, struct ptn_diag *reterr)
{
    struct ptn_status status;

    if (!is_server(rebuilding)) {
        status = remove_view(rebuilding, rebuilding->where, false);
        return ptn_ok(status)
                   ? rebuilding->world->files->move(rebuilding->world->context, rebuilding->beside,
                                                    rebuilding->where)
                   : status;
    }
    status = open_view(rebuilding, rebuilding->where, reterr);
    if (ptn_ok(status))
        status = ptn_view_clear(ptn_gather_view(rebuilding->gather), reterr);
    if (ptn_ok(status))
        status = replay(rebuilding, reterr);
    close_view(rebuilding);
    return status;
}

static struct ptn_status rebuild(struct rebuilding *rebuilding, struct ptn_diag *reterr)
{
    struct ptn_status status = look_before(rebuilding, reterr);

    if (ptn_ok(status))
        status = make_beside(rebuilding, reterr);
    if (ptn_ok(status) && (rebuilding->same || rebuilding->take))
        status = put_in_place(rebuilding, reterr);
    if (!ptn_ok(remove_view(rebuilding, rebuilding->beside, true)))
        (void)fprintf(stderr, "postern: %s stays: remove it\n", rebuilding->beside);
    return status;
}

static void report(const struct rebuilding *rebuilding, int64_t began_us)
{
    int64_t us = rebuilding->world->monotonic_us(rebuilding->world->context) - began_us;

    if (isatty(STDERR_FILENO) != 0)
        (void)fputc('\r', stderr);
    (void)printf("view: %llu entries of %zu ledgers replayed, %.1f s in all\n",
                 (unsigned long long)rebuilding->replayed, rebuilding->ledgers, (double)us / 1e6);
    if (rebuilding->before.len > 0)
        (void)printf("digest at the heads that it had before: %s\n",
                     rebuilding->same ? "the same" : "ANOTHER");
    if (!rebuilding->same && !rebuilding->take)
        (void)puts("the view stays as it was: these ledgers and keys do not give it again "
                   "(after a recovery they cannot; --take takes the new one all the same)");
}

int ptn_run_rebuild(int argc, char **argv)
{
    struct rebuilding rebuilding = { .world = ptn_world_real(),
                                     .lock = -1,
                                     .before = { .len_max = PTN_RECORD_LEN_MAX } };
    struct ptn_diag diag = { 0 };
    int64_t began_us = rebuilding.world->monotonic_us(rebuilding.world->context);
    struct ptn_status status;
    int code;

    rebuilding.take = argc == 3 && strcmp(argv[1], "--take") == 0;
    if (argc != (rebuilding.take ? 3 : 2) || argv[argc - 1][0] == '-' ||
        strlen(argv[argc - 1]) >= PATH_SIZE) {
        (void)fputs(usage, stderr);
        return PTN_EXIT_USAGE;
    }
    rebuilding.dir = argv[argc - 1];
    status = open_all(&rebuilding, &diag);
    if (ptn_ok(status))
        status = rebuild(&rebuilding, &diag);
    if (ptn_ok(status))
        report(&rebuilding, began_us);
    else
        ptn_say_failure(rebuilding.dir, status, &diag);
    code = ptn_ok(status) && !rebuilding.same && !rebuilding.take ? PTN_EXIT_NEGATIVE
                                                                  : ptn_exit_for(status);
    close_all(&rebuilding);
    return code;
}
