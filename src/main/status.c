/* main/status.c -- `postern status DIR`: how a node stands, running or not. Reads beside a live
 * server. */
#include "main/commands.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>

#include "base/text.h"
#include "base/world.h"
#include "ledger/ledger.h"
#include "main/status_int.h"
#include "main/unlock.h"
#include "node/node.h"
#include "watch/snapshot.h"

#define PATH_SIZE 1024u

static const char usage[] = "usage: postern status [--json] DIR\n";

struct standing {
    const struct ptn_world *world;
    const char *dir;
    struct ptn_node_plan plan;
    bool running;
    uint64_t size;
    enum ptn_lock_state lock;
    bool waits; /* it runs locked, and waits for its passphrase */
    bool gone_back;
    long long gone_back_to; /* entries that the checkpoint speaks of; -1: it cannot be read */
    struct ptn_buffer checkpoint;
    struct ptn_snapshot *snapshot; /* NULL: no lists */
    enum ptn_lists_state lists_state;
    struct ptn_own_found own[PTN_OWN_FILE_COUNT];
    uint64_t disk_free, disk_size;
};

static struct ptn_status read_conf(struct standing *standing, struct ptn_diag *reterr)
{
    struct ptn_buffer conf = { .len_max = 16384 };
    char path[PATH_SIZE];
    struct ptn_status status;

    (void)snprintf(path, sizeof(path), "%s/node.conf", standing->dir);
    status = standing->world->files->read(standing->world->context, path, &conf);
    if (status.code == PTN_C_NOT_FOUND)
        status = ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "the folder holds no node");
    if (ptn_ok(status))
        status = ptn_node_plan_parse(ptn_buffer_bytes(&conf), &standing->plan, reterr);
    ptn_buffer_release(&conf);
    return status;
}

bool ptn_status_gone_back(const struct ptn_world *world, const char *dir, long long *ret_size)
{
    struct ptn_buffer mark = { .len_max = PTN_NOTE_LEN_MAX };
    struct ptn_checkpoint checkpoint;
    struct ptn_note note;
    struct ptn_status status = ptn_ledger_retired(world, dir, &mark);
    bool known = ptn_ok(status) && ptn_ok(ptn_note_parse(ptn_buffer_bytes(&mark), &note, NULL)) &&
                 ptn_ok(ptn_checkpoint_parse(note.text, &checkpoint, NULL));

    *ret_size = known ? (long long)checkpoint.size : -1;
    ptn_buffer_release(&mark);
    return ptn_ok(status);
}

static struct ptn_status read_ledger(struct standing *standing, struct ptn_diag *reterr)
{
    struct ptn_ledger *ledger = NULL;
    struct ptn_status status =
        ptn_ledger_open_reader(standing->world, NULL, standing->dir, &ledger, reterr);

    if (ptn_ok(status))
        status = ptn_ledger_size(ledger, &standing->size, reterr);
    if (ptn_ok(status))
        status = ptn_ledger_checkpoint(ledger, &standing->checkpoint, reterr);
    ptn_ledger_close(ledger);
    return status;
}

/* The lists a node that starts now would use. */
static void read_lists(struct standing *standing)
{
    char path[PATH_SIZE];
    struct ptn_status current;
    struct ptn_status former;

    (void)snprintf(path, sizeof(path), "%s/lists/current.snap", standing->dir);
    current = ptn_snapshot_open(standing->world, path, &standing->snapshot, NULL);
    if (ptn_ok(current)) {
        standing->lists_state = PTN_LISTS_CURRENT;
        return;
    }
    (void)snprintf(path, sizeof(path), "%s/lists/former.snap", standing->dir);
    former = ptn_snapshot_open(standing->world, path, &standing->snapshot, NULL);
    if (ptn_ok(former))
        standing->lists_state = PTN_LISTS_FORMER;
    else if (current.code != PTN_C_NOT_FOUND || former.code != PTN_C_NOT_FOUND)
        standing->lists_state = PTN_LISTS_FAILED;
}

static struct ptn_status gather(struct standing *standing, struct ptn_diag *reterr)
{
    struct statvfs disk;
    int lock = -1;
    struct ptn_status status = read_conf(standing, reterr);

    if (!ptn_ok(status))
        return status;
    status = standing->world->files->lock(standing->world->context, standing->dir, &lock);
    standing->running = status.code == PTN_C_BUSY;
    if (ptn_ok(status))
        standing->world->files->unlock(standing->world->context, lock);
    standing->gone_back =
        ptn_status_gone_back(standing->world, standing->dir, &standing->gone_back_to);
    standing->waits = standing->running && ptn_unlock_waits(standing->dir);
    status = ptn_lock_look(standing->world, standing->dir, &standing->lock, NULL, reterr);
    if (ptn_ok(status))
        status = read_ledger(standing, reterr);
    if (!ptn_ok(status))
        return status;
    read_lists(standing);
    for (size_t i = 0; i < PTN_OWN_FILE_COUNT; i++) {
        status = ptn_own_file_look(standing->world, standing->dir, (enum ptn_own_file)i,
                                   &standing->own[i]);
        if (!ptn_ok(status))
            return status;
    }
    if (statvfs(standing->dir, &disk) == 0) {
        standing->disk_free = (uint64_t)disk.f_bavail * disk.f_frsize;
        standing->disk_size = (uint64_t)disk.f_blocks * disk.f_frsize;
    }
    return PTN_OK;
}

static size_t list_count(const struct standing *standing)
{
    return standing->snapshot == NULL ? 0 : ptn_snapshot_info(standing->snapshot).list_count;
}

static int64_t age_s(const struct standing *standing, const struct ptn_snapshot_list *list)
{
    return (standing->world->now_ms(standing->world->context) - list->edition_ms) / 1000;
}

static uint64_t entries(const struct ptn_snapshot_list *list)
{
    uint64_t count = 0;

    for (size_t kind = 0; kind < PTN_ENTRY_KIND_COUNT; kind++)
        count += list->entries[kind];
    return count;
}

static void print_lists(const struct standing *standing)
{
    if (standing->lists_state == PTN_LISTS_FORMER)
        (void)puts("lists: the newest failed their check; the last good ones are used");
    else if (standing->lists_state == PTN_LISTS_FAILED)
        (void)puts("lists: FAILED their check, and there are no others: nothing is searched");
    else if (list_count(standing) == 0)
        (void)puts("lists: none");
    for (size_t i = 0; i < list_count(standing); i++) {
        struct ptn_snapshot_list list = ptn_snapshot_list(standing->snapshot, i);
        int64_t age = age_s(standing, &list);

        (void)printf("list %.*s: edition %.*s, %llu entries, %lld days %lld h old\n",
                     (int)list.name.len, (const char *)list.name.at, (int)list.edition.len,
                     list.edition.len == 0 ? "" : (const char *)list.edition.at,
                     (unsigned long long)entries(&list), (long long)(age / 86400),
                     (long long)(age % 86400 / 3600));
    }
}

static void print_own_files(const struct standing *standing)
{
    for (size_t i = 0; i < PTN_OWN_FILE_COUNT; i++) {
        const struct ptn_own_found *found = &standing->own[i];

        if (found->state != PTN_LISTS_FORMER && found->state != PTN_LISTS_FAILED)
            continue;
        (void)printf("%s: DAMAGED, line %zu: %s; %s\n", ptn_own_file_name((enum ptn_own_file)i),
                     found->diag.offset,
                     found->diag.text == NULL ? "it cannot be read" : found->diag.text,
                     found->state == PTN_LISTS_FORMER ? "the last good copy is used"
                     : ptn_own_file_refers((enum ptn_own_file)i)
                         ? "there is no good copy: everybody is sent to the second line"
                         : "there is no good copy: no lane has a reader");
    }
}

static void print_gone_back(const struct standing *standing)
{
    (void)fputs("ledger: GONE BACK", stdout);
    if (standing->gone_back_to >= 0)
        (void)printf(" (a keeper holds a checkpoint of %lld entries, signed by its key)",
                     standing->gone_back_to);
    (void)puts(": it signs nothing more; move the folder away, postern recover");
}

static void print_plain(const struct standing *standing)
{
    (void)printf("%s (%s, %s): %s\n", standing->plan.name, standing->plan.code,
                 ptn_node_kind_word(&standing->plan),
                 standing->waits     ? "running, LOCKED: postern vault unlock"
                 : standing->running ? "running"
                                     : "not running");
    if (standing->lock == PTN_LOCK_ON && !standing->running)
        (void)puts("lock: on; it starts locked unless the machine hands its key in");
    (void)printf("ledger: %llu entries\n", (unsigned long long)standing->size);
    if (standing->gone_back)
        print_gone_back(standing);
    ptn_status_print_country(standing->world, standing->dir, standing->size);
    if (standing->plan.role == PTN_NODE_POST)
        print_lists(standing);
    if (standing->plan.role == PTN_NODE_POST)
        print_own_files(standing);
    (void)printf("disk: %llu of %llu MB free\n", (unsigned long long)(standing->disk_free >> 20),
                 (unsigned long long)(standing->disk_size >> 20));
    (void)printf("\n%.*s", (int)standing->checkpoint.len, (const char *)standing->checkpoint.at);
}

static const char *const lock_words[] = {
    [PTN_LOCK_NONE] = "none", [PTN_LOCK_OFF] = "off", [PTN_LOCK_ON] = "on"
};

static struct ptn_status print_json(const struct standing *standing)
{
    struct ptn_buffer out = { .len_max = 1u << 20 };
    struct ptn_json json = { .out = &out };
    struct ptn_status status;

    ptn_json_object(&json);
    ptn_json_field_text(&json, "name", ptn_bytes_from_text(standing->plan.name));
    ptn_json_field_text(&json, "code", ptn_bytes_from_text(standing->plan.code));
    ptn_json_field_text(&json, "kind", ptn_bytes_from_text(ptn_node_kind_word(&standing->plan)));
    ptn_json_field_bool(&json, "running", standing->running);
    ptn_json_field_bool(&json, "locked", standing->waits);
    ptn_json_field_text(&json, "lock", ptn_bytes_from_text(lock_words[standing->lock]));
    ptn_json_field_number(&json, "size", (int64_t)standing->size);
    ptn_json_field_bool(&json, "gone_back", standing->gone_back);
    if (standing->gone_back && standing->gone_back_to >= 0)
        ptn_json_field_number(&json, "gone_back_to", standing->gone_back_to);
    ptn_json_field_text(&json, "checkpoint", ptn_buffer_bytes(&standing->checkpoint));
    ptn_json_field_text(&json, "lists_state",
                        ptn_bytes_from_text(ptn_lists_state_word(standing->lists_state)));
    ptn_json_field_text(&json, "rules_state",
                        ptn_bytes_from_text(ptn_lists_state_word(standing->own[0].state)));
    ptn_json_field_text(&json, "conditions_state",
                        ptn_bytes_from_text(ptn_lists_state_word(standing->own[1].state)));
    ptn_json_key(&json, "lists");
    ptn_json_array(&json);
    for (size_t i = 0; i < list_count(standing); i++) {
        struct ptn_snapshot_list list = ptn_snapshot_list(standing->snapshot, i);

        ptn_json_object(&json);
        ptn_json_field_text(&json, "list", list.name);
        ptn_json_field_text(&json, "edition", list.edition);
        ptn_json_field_number(&json, "age_s", age_s(standing, &list));
        ptn_json_field_number(&json, "entries", (int64_t)entries(&list));
        ptn_json_object_end(&json);
    }
    ptn_json_array_end(&json);
    ptn_json_field_number(&json, "disk_free", (int64_t)standing->disk_free);
    ptn_json_field_number(&json, "disk_size", (int64_t)standing->disk_size);
    ptn_json_object_end(&json);
    status = ptn_json_end(&json);
    if (ptn_ok(status))
        status.code = ptn_status_print_json(standing->world, standing->dir, ptn_buffer_bytes(&out))
                          ? PTN_C_OK
                          : PTN_C_IO;
    ptn_buffer_release(&out);
    return status;
}

int ptn_run_status(int argc, char **argv)
{
    static const struct option options[] = { { "json", no_argument, NULL, 'j' },
                                             { NULL, 0, NULL, 0 } };
    struct standing standing = { .world = ptn_world_real(), .checkpoint = { .len_max = 1u << 16 } };
    struct ptn_diag diag = { 0 };
    bool json = false;
    int option;
    struct ptn_status status;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option != 'j') {
            (void)fputs(usage, stderr);
            return PTN_EXIT_USAGE;
        }
        json = true;
    }
    if (optind != argc - 1 || strlen(argv[optind]) > PATH_SIZE - 64) {
        (void)fputs(usage, stderr);
        return PTN_EXIT_USAGE;
    }
    standing.dir = argv[optind];
    status = gather(&standing, &diag);
    if (ptn_ok(status) && json)
        status = print_json(&standing);
    else if (ptn_ok(status))
        print_plain(&standing);
    if (!ptn_ok(status))
        ptn_say_failure(standing.dir, status, &diag);
    ptn_snapshot_close(standing.snapshot);
    ptn_buffer_release(&standing.checkpoint);
    return ptn_exit_for(status);
}
