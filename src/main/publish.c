#include "main/publish.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "main/unlock.h"
#include "vault/vault.h"

#define PATH_SIZE 1100u
#define CONF_MAX  16384u
#define LOOK_US   INT64_C(400000)
#define WAITS_MAX 200u /* of 50 ms */
#define WAIT_NS   50000000

/* ---- from the ledger ---- */

static bool wants(void *context, uint64_t index, const struct ptn_ledger_header *header)
{
    (void)context;
    (void)index;
    return header->kind == PTN_RECORD_ALERT || header->kind == PTN_RECORD_LEAVE ||
           header->kind == PTN_RECORD_LIST || header->kind == PTN_RECORD_RULES;
}

static struct ptn_status take(void *context, uint64_t index, const struct ptn_ledger_header *header,
                              const struct ptn_buffer *payload, struct ptn_diag *reterr)
{
    (void)index;
    (void)reterr;
    if (payload != NULL) /* else it is erased */
        ptn_board_add(context, header->kind, ptn_buffer_bytes(payload));
    return PTN_OK;
}

struct ptn_status ptn_publish_open(const struct ptn_world *world, struct ptn_ledger *ledger,
                                   struct ptn_board **ret_board, struct ptn_diag *reterr)
{
    struct ptn_board *board = ptn_board_new(world);
    const struct ptn_ledger_walk walk = { board, wants, take };
    uint64_t size = 0;
    struct ptn_status status = { PTN_C_NO_MEMORY };

    if (board != NULL)
        status = ptn_ledger_size(ledger, &size, reterr);
    if (ptn_ok(status))
        status = ptn_ledger_walk(ledger, 0, size, &walk, reterr);
    if (ptn_ok(status))
        *ret_board = board;
    else
        ptn_board_free(board);
    return status;
}

struct ptn_status ptn_publish_read(const struct ptn_world *world, const char *dir,
                                   struct ptn_board **ret_board, struct ptn_diag *reterr)
{
    struct ptn_vault *vault = NULL;
    struct ptn_ledger *ledger = NULL;
    struct ptn_board *board = NULL;
    struct ptn_status status = ptn_unlock_command(dir, &world, reterr);

    if (ptn_ok(status))
        status = ptn_vault_open(world, dir, &vault, reterr);
    if (ptn_ok(status))
        status = ptn_ledger_open_reader(world, vault, dir, &ledger, reterr);
    if (ptn_ok(status))
        status = ptn_publish_open(world, ledger, &board, reterr);
    if (ptn_ok(status))
        status = ptn_publish_kept(world, dir, ptn_bytes_from_text(ptn_ledger_origin(ledger)), board,
                                  reterr);
    if (ptn_ok(status))
        *ret_board = board;
    else
        ptn_board_free(board);
    ptn_ledger_close(ledger);
    ptn_vault_close(vault);
    return status;
}

/* ---- by hand ---- */

static bool path_of(const char *dir, unsigned number, char path[PATH_SIZE])
{
    int len = snprintf(path, PATH_SIZE, "%s/publish/in-%u", dir, number);

    return len > 0 && (size_t)len < PATH_SIZE;
}

static struct ptn_status append(const struct ptn_world *world, struct ptn_ledger *ledger,
                                unsigned kind, struct ptn_bytes payload, struct ptn_diag *reterr)
{
    const struct ptn_ledger_entry entry = { .kind = kind,
                                            .time_ms = world->now_ms(world->context),
                                            .retention = (uint8_t)ptn_record_retention(kind),
                                            .payload = payload };
    uint64_t seq;

    return ptn_ledger_append(ledger, &entry, 1, &seq, reterr);
}

/* The first byte is the kind. What is no record is taken off and comes to nothing. */
static bool take_file(const struct ptn_world *world, const char *path, struct ptn_ledger *ledger,
                      struct ptn_board *board)
{
    struct ptn_buffer file = { .len_max = PTN_RECORD_LEN_MAX + 1 };
    struct ptn_arena *arena = ptn_arena_new((size_t)4 << 20);
    struct ptn_bytes payload;
    unsigned kind = 0;
    bool done = arena != NULL && ptn_ok(world->files->read(world->context, path, &file));
    bool good;

    payload = ptn_bytes_slice(ptn_buffer_bytes(&file), 1, file.len);
    if (file.len > 0)
        kind = file.at[0];
    good = done &&
           (kind == PTN_RECORD_ALERT || kind == PTN_RECORD_LEAVE || kind == PTN_RECORD_LIST ||
            kind == PTN_RECORD_RULES || kind == PTN_RECORD_PERMITS || kind == PTN_RECORD_ACCESS) &&
           ptn_ok(ptn_record_check((enum ptn_record_kind)kind, payload, arena, NULL));
    if (good)
        done = good = ptn_ok(append(world, ledger, kind, payload, NULL));
    if (good)
        ptn_board_add(board, kind, payload);
    if (done)
        (void)ptn_ok(world->files->remove(world->context, path));
    if (file.at != NULL)
        explicit_bzero(file.at, file.capacity);
    ptn_buffer_release(&file);
    ptn_arena_free(arena);
    return good;
}

bool ptn_publish_turn(const struct ptn_world *world, const char *dir, struct ptn_ledger *ledger,
                      struct ptn_board *board, int64_t *looked_us)
{
    int64_t now_us = world->monotonic_us(world->context);
    char path[PATH_SIZE];
    bool any = false;

    if (*looked_us != 0 && now_us - *looked_us < LOOK_US)
        return false;
    *looked_us = now_us;
    for (unsigned i = 1; i <= PTN_PUBLISH_IN_MAX; i++)
        if (path_of(dir, i, path) && world->files->exists(world->context, path))
            any = take_file(world, path, ledger, board) || any;
    if (any) /* the next part of an edition comes at once */
        *looked_us = 0;
    return any;
}

/* A file for the running centre, and wait until it is taken. */
static struct ptn_status lay(const struct ptn_world *world, const char *dir, unsigned kind,
                             struct ptn_bytes payload, struct ptn_diag *reterr)
{
    struct ptn_buffer file = { .len_max = PTN_RECORD_LEN_MAX + 1 };
    const struct timespec pause = { 0, WAIT_NS };
    char path[PATH_SIZE];
    bool laid = false;
    struct ptn_status status = ptn_buffer_add_u8(&file, (uint8_t)kind);

    if (ptn_ok(status))
        status = ptn_buffer_add(&file, payload);
    (void)snprintf(path, sizeof(path), "%s/publish", dir);
    if (ptn_ok(status))
        status = world->files->make_dir(world->context, path);
    for (unsigned i = 1; ptn_ok(status) && !laid && i <= PTN_PUBLISH_IN_MAX; i++) {
        laid = path_of(dir, i, path) && !world->files->exists(world->context, path);
        if (laid)
            status = world->files->replace(world->context, path, ptn_buffer_bytes(&file));
    }
    if (ptn_ok(status) && !laid)
        status = ptn_fail(PTN_C_BUSY, reterr, 0, "eight records wait there already");
    for (unsigned i = 0; ptn_ok(status) && i < WAITS_MAX; i++) {
        if (!world->files->exists(world->context, path))
            break;
        (void)nanosleep(&pause, NULL);
        if (i + 1 == WAITS_MAX)
            status = ptn_fail(PTN_C_BUSY, reterr, 0, "the running centre has not taken it yet");
    }
    if (file.at != NULL)
        explicit_bzero(file.at, file.capacity);
    ptn_buffer_release(&file);
    return status;
}

/* Into the ledger that nobody runs: all of them or none. */
static struct ptn_status append_all(const struct ptn_world *world, const char *dir, unsigned kind,
                                    const struct ptn_bytes *payloads, size_t count,
                                    struct ptn_diag *reterr)
{
    struct ptn_vault *vault = NULL;
    struct ptn_ledger *ledger = NULL;
    struct ptn_ledger_entry *entries = calloc(count + 1, sizeof(*entries));
    uint64_t seq;
    struct ptn_status status = ptn_unlock_command(dir, &world, reterr);

    if (ptn_ok(status))
        status = ptn_vault_open(world, dir, &vault, reterr);
    if (ptn_ok(status))
        status = ptn_ledger_open(world, vault, dir, &ledger, reterr);
    if (ptn_ok(status))
        status = ptn_country_seal(world, dir, ledger, reterr);
    if (ptn_ok(status) && entries == NULL)
        status = (struct ptn_status){ PTN_C_NO_MEMORY };
    for (size_t i = 0; ptn_ok(status) && i < count; i++)
        entries[i] = (struct ptn_ledger_entry){ .kind = kind,
                                                .time_ms = world->now_ms(world->context),
                                                .retention = (uint8_t)ptn_record_retention(kind),
                                                .payload = payloads[i] };
    if (ptn_ok(status))
        status = ptn_ledger_append(ledger, entries, count, &seq, reterr);
    ptn_ledger_close(ledger);
    ptn_vault_close(vault);
    free(entries);
    return status;
}

struct ptn_status ptn_publish_hand_all(const struct ptn_world *world, const char *dir,
                                       unsigned kind, const struct ptn_bytes *payloads,
                                       size_t count, struct ptn_diag *reterr)
{
    int lock = -1;
    struct ptn_status status = world->files->lock(world->context, dir, &lock);

    if (ptn_ok(status)) {
        status = append_all(world, dir, kind, payloads, count, reterr);
        world->files->unlock(world->context, lock);
        return status;
    }
    if (status.code == PTN_C_BUSY)
        status = PTN_OK;
    for (size_t i = 0; ptn_ok(status) && i < count; i++)
        status = lay(world, dir, kind, payloads[i], reterr);
    return status;
}

struct ptn_status ptn_publish_hand(const struct ptn_world *world, const char *dir, unsigned kind,
                                   struct ptn_bytes payload, struct ptn_diag *reterr)
{
    return ptn_publish_hand_all(world, dir, kind, &payload, 1, reterr);
}

struct ptn_status ptn_publish_plan(const struct ptn_world *world, const char *dir,
                                   struct ptn_node_plan *ret_plan, struct ptn_diag *reterr)
{
    struct ptn_buffer conf = { .len_max = CONF_MAX };
    struct ptn_node_plan plan = { 0 };
    char path[PATH_SIZE];
    struct ptn_status status;

    (void)snprintf(path, sizeof(path), "%s/node.conf", dir);
    status = world->files->read(world->context, path, &conf);
    if (ptn_ok(status))
        status = ptn_node_plan_parse(ptn_buffer_bytes(&conf), &plan, reterr);
    if (ptn_ok(status) && plan.role != PTN_NODE_CENTRE)
        status = ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "only a centre publishes");
    if (ptn_ok(status))
        *ret_plan = plan;
    ptn_buffer_release(&conf);
    return status;
}

struct ptn_status ptn_publish_centre(const struct ptn_world *world, const char *dir,
                                     char code[PTN_NODE_CODE_MAX + 1], struct ptn_diag *reterr)
{
    struct ptn_node_plan plan;
    struct ptn_status status = ptn_publish_plan(world, dir, &plan, reterr);

    if (ptn_ok(status))
        (void)snprintf(code, PTN_NODE_CODE_MAX + 1, "%s", plan.code);
    return status;
}

struct ptn_status ptn_publish_body(const struct ptn_world *world, const char *path,
                                   struct ptn_buffer *out)
{
    char piece[4096];
    struct ptn_status status = PTN_OK;
    size_t got;

    if (path != NULL)
        return world->files->read(world->context, path, out);
    while (ptn_ok(status) && (got = fread(piece, 1, sizeof(piece), stdin)) > 0)
        status = ptn_buffer_add(out, ptn_bytes_of(piece, got));
    explicit_bzero(piece, sizeof(piece));
    return status;
}
