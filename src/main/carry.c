/* main/carry.c -- `postern carry`: ledgers to a stick and from one. */
#include "main/commands.h"

#include "base/text.h"
#include "mirror/carry.h"
#include "trust/roster.h"

#include <stdio.h>
#include <string.h>

#define PATH_SIZE     4096u
#define ROSTER_MEMORY ((size_t)16 << 20)
#define LINE_LEN_MAX  4096u

static const char usage_text[] =
    "usage: postern carry out DIR STICK   this node's ledger and its copies of others', to a "
    "folder\n"
    "       postern carry in DIR STICK    what the folder has of ledgers the roster names; "
    "checked\n"
    "                                     like anything from a stranger. The node must not run\n";

static int usage(void)
{
    (void)fputs(usage_text, stderr);
    return PTN_EXIT_USAGE;
}

/* What both ways open. */
struct carried {
    const char *dir;
    const char *stick;
    char copies[PATH_SIZE];
    struct ptn_ledger *ledger;
    struct ptn_arena *arena;
    struct ptn_buffer note;
    struct ptn_roster roster;
    int lock; /* -1: the node runs */
    bool all_good;
};

static struct ptn_status open_all(struct carried *carried, struct ptn_diag *diag)
{
    const struct ptn_world *world = ptn_world_real();
    char path[PATH_SIZE];
    struct ptn_status status;

    carried->lock = -1;
    ptn_buffer_init(&carried->note, PTN_NOTE_LEN_MAX);
    if (snprintf(path, sizeof(path), "%s/roster", carried->dir) >= (int)sizeof(path) ||
        snprintf(carried->copies, sizeof(carried->copies), "%s/copies", carried->dir) >=
            (int)sizeof(carried->copies))
        return ptn_fail(PTN_C_TOO_BIG, diag, 0, "the folder's name is too long");
    if (!world->files->exists(world->context, carried->stick))
        return ptn_fail(PTN_C_BAD_INPUT, diag, 0, "the stick is not there");
    carried->arena = ptn_arena_new(ROSTER_MEMORY);
    if (carried->arena == NULL)
        return ptn_fail(PTN_C_NO_MEMORY, diag, 0, "no memory for the roster");
    status = world->files->read(world->context, path, &carried->note);
    if (!ptn_ok(status))
        return ptn_fail(status.code, diag, 0, "the node's roster cannot be read");
    status =
        ptn_roster_first(ptn_buffer_bytes(&carried->note), carried->arena, &carried->roster, diag);
    if (!ptn_ok(status))
        return status;
    status = ptn_ledger_open_reader(world, NULL, carried->dir, &carried->ledger, diag);
    if (!ptn_ok(status))
        return status;
    status = world->files->make_dir(world->context, carried->copies);
    if (!ptn_ok(status))
        return ptn_fail(status.code, diag, 0, "no folder for copies");
    status = world->files->lock(world->context, carried->dir, &carried->lock);
    if (!ptn_ok(status))
        carried->lock = -1;
    if (!ptn_ok(status) && status.code != PTN_C_BUSY)
        return ptn_fail(status.code, diag, 0, "the node's folder cannot be locked");
    return PTN_OK;
}

static void close_all(struct carried *carried)
{
    const struct ptn_world *world = ptn_world_real();

    ptn_ledger_close(carried->ledger);
    ptn_arena_free(carried->arena);
    ptn_buffer_release(&carried->note);
    if (carried->lock >= 0)
        world->files->unlock(world->context, carried->lock);
}

/* One line of NDJSON a ledger. False: it cannot be printed. */
static bool print(struct ptn_bytes origin, struct ptn_status status,
                  const struct ptn_carry_report *report, const struct ptn_diag *diag)
{
    struct ptn_buffer out;
    struct ptn_json json = { .out = &out };
    bool good;

    ptn_buffer_init(&out, LINE_LEN_MAX);
    ptn_json_object(&json);
    ptn_json_field_text(&json, "ledger", origin);
    ptn_json_field_text(&json, "outcome", ptn_bytes_from_text(ptn_code_word(status.code)));
    ptn_json_field_number(&json, "size", (int64_t)report->size);
    ptn_json_field_number(&json, "files", (int64_t)report->files);
    ptn_json_field_number(&json, "entries", (int64_t)report->entries);
    ptn_json_field_number(&json, "payloads", (int64_t)report->payloads);
    ptn_json_field_number(&json, "missing", (int64_t)report->missing);
    ptn_json_field_number(&json, "damaged", (int64_t)report->damaged);
    if (!ptn_ok(status) && diag->text != NULL) {
        ptn_json_field_text(&json, "why", ptn_bytes_from_text(diag->text));
        ptn_json_field_number(&json, "at", (int64_t)diag->offset);
    }
    ptn_json_object_end(&json);
    good = ptn_ok(ptn_json_end(&json)) && ptn_ok(ptn_buffer_add_text(&out, "\n")) &&
           fwrite(out.at, 1, out.len, stdout) == out.len && fflush(stdout) == 0;
    ptn_buffer_release(&out);
    return good;
}

static bool carry_copy(struct carried *carried, const struct ptn_vkey *key, bool out)
{
    const struct ptn_world *world = ptn_world_real();
    struct ptn_carry_report report = { 0 };
    struct ptn_diag diag = { 0, NULL };
    struct ptn_copy *copy = NULL;
    struct ptn_status status = ptn_copy_open(world, carried->copies, key, &copy, &diag);

    if (ptn_ok(status))
        status = out ? ptn_carry_out_copy(world, copy, carried->stick, &report, &diag)
                     : ptn_carry_in(world, copy, carried->stick, &report, &diag);
    ptn_copy_close(copy);
    if (out && status.code == PTN_C_NOT_FOUND) /* a copy of nothing yet */
        return true;
    if (!ptn_ok(status) || report.damaged > 0)
        carried->all_good = false;
    return print(key->name, status, &report, &diag);
}

/* Every ledger of the roster but the own one, where there is something to carry. */
static bool carry_copies(struct carried *carried, bool out)
{
    const struct ptn_world *world = ptn_world_real();
    const struct ptn_roster *roster = &carried->roster;
    bool good = true;

    for (size_t i = 0; good && i < roster->node_count + roster->spare_count; i++) {
        const struct ptn_vkey *key = i < roster->node_count
                                         ? &roster->nodes[i].ledger
                                         : &roster->spares[i - roster->node_count].ledger;

        if (ptn_bytes_is(key->name, ptn_ledger_origin(carried->ledger)))
            continue;
        if (out ? ptn_copy_is_there(world, carried->copies, key->name)
                : ptn_carry_has(world, carried->stick, key->name))
            good = carry_copy(carried, key, out);
    }
    return good;
}

static bool carry_out(struct carried *carried)
{
    struct ptn_carry_report report;
    struct ptn_diag diag = { 0, NULL };
    struct ptn_status status =
        ptn_carry_out_ledger(ptn_world_real(), carried->ledger, carried->stick, &report, &diag);

    if (!ptn_ok(status))
        carried->all_good = false;
    if (!print(ptn_bytes_from_text(ptn_ledger_origin(carried->ledger)), status, &report, &diag))
        return false;
    if (carried->lock < 0) {
        (void)fputs("postern: the node runs: its own ledger is on the stick, its copies of others' "
                    "are not\n",
                    stderr);
        return true;
    }
    return carry_copies(carried, true);
}

int ptn_run_carry(int argc, char **argv)
{
    struct carried carried = { .all_good = true };
    struct ptn_diag diag = { 0, NULL };
    bool out, good;
    struct ptn_status status;

    if (argc != 4 || (strcmp(argv[1], "out") != 0 && strcmp(argv[1], "in") != 0))
        return usage();
    out = strcmp(argv[1], "out") == 0;
    carried.dir = argv[2];
    carried.stick = argv[3];
    status = open_all(&carried, &diag);
    if (ptn_ok(status) && !out && carried.lock < 0)
        status = ptn_fail(PTN_C_BUSY, &diag, 0, "the node runs: stop it first");
    if (!ptn_ok(status)) {
        ptn_say_failure(carried.dir, status, &diag);
        close_all(&carried);
        return ptn_exit_for(status);
    }
    good = out ? carry_out(&carried) : carry_copies(&carried, false);
    close_all(&carried);
    if (!good)
        return PTN_EXIT_ENVIRONMENT;
    return carried.all_good ? PTN_EXIT_DONE : PTN_EXIT_NEGATIVE;
}
