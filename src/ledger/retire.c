/*
 * A ledger that went back: its folder was put back from a copy, or its disk lost what it had said
 * was durable. Somebody shows a checkpoint that its own key signed and that it never came to; from
 * then on it signs nothing (docs/design/0005-a-ledger-that-went-back.md).
 */
#include "ledger/ledger_int.h"

#include <stdio.h>

#define SQLITE_NAME "ledger.sqlite"

/* The mark lies beside the database. */
static struct ptn_status mark_path(const struct ptn_ledger *ledger, char path[PTN_LEDGER_PATH_SIZE])
{
    int dir_len = (int)(strlen(ledger->path) - strlen(SQLITE_NAME));
    int len = snprintf(path, PTN_LEDGER_PATH_SIZE, "%.*s%s", dir_len, ledger->path,
                       PTN_LEDGER_RETIRED_FILE);

    return (struct ptn_status){ len > 0 && (size_t)len < PTN_LEDGER_PATH_SIZE ? PTN_C_OK
                                                                              : PTN_C_TOO_BIG };
}

static struct ptn_status read_mark(const struct ptn_world *world, const char *path,
                                   struct ptn_buffer *out)
{
    struct ptn_status status = world->files->read(world->context, path, out);

    if (ptn_ok(status) || status.code == PTN_C_NOT_FOUND || status.code == PTN_C_IO ||
        status.code == PTN_C_NO_MEMORY)
        return status;
    return PTN_OK; /* a mark of whatever length is one */
}

struct ptn_status ptn_ledger_retired(const struct ptn_world *world, const char *dir,
                                     struct ptn_buffer *out)
{
    char path[PTN_LEDGER_PATH_SIZE];
    struct ptn_status status = ptn_store_path(path, dir, PTN_LEDGER_RETIRED_FILE);

    return ptn_ok(status) ? read_mark(world, path, out) : status;
}

struct ptn_status ptn_ledger_find_mark(const struct ptn_ledger *ledger, bool *ret_marked,
                                       struct ptn_diag *reterr)
{
    struct ptn_buffer mark;
    char path[PTN_LEDGER_PATH_SIZE];
    struct ptn_status status = mark_path(ledger, path);

    ptn_buffer_init(&mark, PTN_NOTE_LEN_MAX);
    if (ptn_ok(status))
        status = read_mark(ledger->world, path, &mark);
    ptn_buffer_release(&mark);
    *ret_marked = ptn_ok(status);
    if (ptn_ok(status) || status.code == PTN_C_NOT_FOUND)
        return PTN_OK;
    return ptn_fail(status.code, reterr, 0, "it cannot be read whether the ledger was retired");
}

/* The tree that this ledger stands for now: a writer's is in memory, and all of it durable. */
static struct ptn_status own_tree(struct ptn_ledger *ledger, struct ptn_range *ret_range,
                                  struct ptn_diag *reterr)
{
    struct ptn_ledger_head_row row;
    struct ptn_status status = PTN_OK;

    if (ledger->state != PTN_LEDGER_READING) {
        *ret_range = ledger->range;
        return status;
    }
    ptn_buffer_init(&row.note, PTN_HEAD_NOTE_LEN_MAX);
    status = ptn_store_head(ledger, &row, reterr);
    ptn_buffer_release(&row.note);
    if (ptn_ok(status))
        *ret_range = row.range;
    return status;
}

/* That the root is the one our own tree had at that size, by a proof up to what it is now: a
 * stored hash that was read wrong must retire nobody. */
static struct ptn_status confirm(struct ptn_ledger *ledger, uint64_t size,
                                 const struct ptn_hash *root, const struct ptn_range *range)
{
    struct ptn_proof proof = { .count = 0 };
    struct ptn_hash now;
    struct ptn_status status = ptn_range_root(ledger->hasher, range, &now);

    if (ptn_ok(status) && size == range->size)
        return (struct ptn_status){ ptn_hash_equal(root, &now) ? PTN_C_OK : PTN_C_IO };
    if (ptn_ok(status))
        status = ptn_consistency_prove(ledger->hasher, size, range->size, ptn_store_subtree, ledger,
                                       &proof);
    if (ptn_ok(status))
        status = ptn_consistency_check(ledger->hasher, size, range->size, root, &now, proof.hashes,
                                       proof.count, NULL);
    return (struct ptn_status){ ptn_ok(status) ? PTN_C_OK : PTN_C_IO };
}

/* OK: the checkpoint is not of this ledger's tree. NOT_FOUND: it is. */
static struct ptn_status judge(struct ptn_ledger *ledger, const struct ptn_checkpoint *checkpoint,
                               struct ptn_diag *reterr)
{
    struct ptn_range range;
    struct ptn_range then;
    struct ptn_hash root;
    struct ptn_status status = own_tree(ledger, &range, reterr);

    if (!ptn_ok(status) || checkpoint->size > range.size)
        return status;
    status = ptn_store_range(ledger, checkpoint->size, &then);
    if (ptn_ok(status))
        status = ptn_range_root(ledger->hasher, &then, &root);
    if (ptn_ok(status) && ptn_hash_equal(&root, &checkpoint->root))
        return ptn_fail(PTN_C_NOT_FOUND, reterr, 0, "the ledger goes on from this checkpoint");
    if (ptn_ok(status) && checkpoint->size > 0)
        status = confirm(ledger, checkpoint->size, &root, &range);
    if (!ptn_ok(status))
        return ptn_fail(PTN_C_IO, reterr, 0, "the ledger's hashes cannot be read");
    return status;
}

/* Durable before anything is said; on a full disk in the room that is kept for such a day. */
static struct ptn_status put_mark(struct ptn_ledger *ledger, struct ptn_bytes note)
{
    const struct ptn_world *world = ledger->world;
    char path[PTN_LEDGER_PATH_SIZE];
    struct ptn_status status = mark_path(ledger, path);

    if (!ptn_ok(status))
        return status;
    status = world->files->replace(world->context, path, note);
    if (ptn_ok(status) || ledger->reserve.file == NULL)
        return status;
    (void)ptn_reserve_give_up(&ledger->reserve);
    return world->files->replace(world->context, path, note);
}

/* FOLLOW-5. */
struct ptn_status ptn_ledger_retire(struct ptn_ledger *ledger, struct ptn_bytes note,
                                    struct ptn_diag *reterr)
{
    struct ptn_checkpoint checkpoint = { .size = 0 };
    struct ptn_status status;

    PTN_PRE(ledger->vault != NULL);

    if (ledger->state == PTN_LEDGER_RETIRED)
        return PTN_OK;
    if (ledger->state == PTN_LEDGER_STOPPED || ledger->state == PTN_LEDGER_BROKEN)
        return ptn_fail(PTN_C_BUSY, reterr, 0, "what the ledger holds is not known now");
    status = ptn_ledger_own_note(ledger, note, &checkpoint, reterr);
    if (ptn_ok(status))
        status = judge(ledger, &checkpoint, reterr);
    if (!ptn_ok(status))
        return status;
    status = put_mark(ledger, note);
    if (ledger->state != PTN_LEDGER_READING)
        ledger->state = ptn_ok(status) ? PTN_LEDGER_RETIRED : PTN_LEDGER_STOPPED;
    return ptn_ok(status)
               ? status
               : ptn_fail(PTN_C_IO, reterr, 0, "that the ledger is retired cannot be written down");
}
