/*
 * node/recheck.c -- the lists in force are read again, a little at a time, for as long as they are:
 * memory fails, disks rot, and a file that was checked when it was opened may say something else a
 * month later. What is searched is compared with the digests it was opened with; the file it came
 * from is compared with what is searched.
 */
#include "node/force_int.h"

/* A quarter of a megabyte sixteen times a second at most: 4 MiB a second, a few thousandths of one
 * processor. After a pass over everything it rests. */
#define TURN_BLOCKS 4u
#define TURN_US     INT64_C(62500)
#define REST_US     (INT64_C(60) * 1000000)
#define REGION_MAX  ((size_t)(TURN_BLOCKS + 2) * 65536) /* with the header and the table at most */

/* Where the pass goes on: another snapshot or register at the same place is read from its start. */
static void stand(struct ptn_recheck *recheck, const void *of)
{
    if (recheck->of == of)
        return;
    recheck->of = of;
    recheck->cursor = 0;
    recheck->refused = false;
}

static void next(struct ptn_recheck *recheck)
{
    recheck->index++;
    recheck->of = NULL;
}

/* Lists that are whole take the place of those that are not: the file's, else the copy's. Published
 * ones are made anew by whoever holds their records. */
static void mend(struct ptn_node *node)
{
    (void)ptn_ok(ptn_node_reload(node, NULL)); /* what came of it, the lists' state says */
}

/* Whether the file still says what is searched, from first to end; also when it cannot be read. */
static bool is_same_file(struct ptn_node *node, const struct ptn_snapshot *snapshot, size_t first,
                         size_t end)
{
    const struct ptn_world *world = node->world;
    struct ptn_bytes bytes = ptn_snapshot_bytes(snapshot);
    struct ptn_buffer read = { .len_max = REGION_MAX + 1 };
    char path[PTN_NODE_PATH_MAX];
    bool same = true;
    size_t at = first;

    if (!ptn_ok(ptn_node_path(path, node->dir, PTN_NODE_LISTS_FILE)))
        return true;
    for (; same && at < end; at += read.len) {
        size_t len = end - at < REGION_MAX ? end - at : REGION_MAX;
        size_t behind = at + len == bytes.len ? 1 : 0; /* where nothing may be */

        ptn_buffer_clear(&read);
        if (!ptn_ok(world->files->read_at(world->context, path, at, len + behind, &read)))
            break; /* the next turn but one will see, and a start says it */
        same = read.len == len &&
               ptn_bytes_equal(ptn_buffer_bytes(&read), ptn_bytes_slice(bytes, at, len));
    }
    ptn_buffer_release(&read);
    return same;
}

/* The file is another one by now: a newer one, which is used, or a damaged one, which is not. */
static void take_file(struct ptn_node *node)
{
    struct ptn_status status = ptn_node_reload(node, NULL);

    node->recheck.refused = !ptn_ok(status);
    if (status.code == PTN_C_CORRUPT || status.code == PTN_C_BAD_INPUT)
        (void)atomic_fetch_add(&node->lists_found, 1);
}

/* The next blocks of a snapshot. */
static void check_snapshot(struct ptn_node *node, const struct ptn_force *force,
                           const struct ptn_snapshot *snapshot)
{
    bool is_file = snapshot == force->file;
    struct ptn_recheck *recheck = &node->recheck;
    bool known = ptn_snapshot_is_damaged(snapshot);
    size_t first;
    size_t end;

    stand(recheck, snapshot);
    first = ptn_snapshot_checked(snapshot, recheck->cursor);
    if (ptn_snapshot_recheck(snapshot, TURN_BLOCKS, &recheck->cursor, NULL).code == PTN_C_CORRUPT) {
        next(recheck);
        if (!known)
            (void)atomic_fetch_add(&node->lists_found, 1);
        if (is_file)
            mend(node);
        return;
    }
    end = recheck->cursor == 0 ? ptn_snapshot_bytes(snapshot).len
                               : ptn_snapshot_checked(snapshot, recheck->cursor);
    if (recheck->cursor == 0)
        next(recheck);
    /* the state is the owner's to change */
    if (is_file && node->lists_state == PTN_LISTS_CURRENT && !recheck->refused &&
        !is_same_file(node, snapshot, first, end))
        take_file(node);
}

static void check_register(struct ptn_node *node, struct ptn_node_registers *registers, size_t at)
{
    struct ptn_recheck *recheck = &node->recheck;
    const struct ptn_register *reg = registers->at[at];

    stand(recheck, reg);
    if (reg == NULL || registers->failed) {
        next(recheck);
        return;
    }
    if (ptn_register_recheck(reg, TURN_BLOCKS, &recheck->cursor, NULL).code == PTN_C_CORRUPT) {
        registers->failed = true;
        (void)atomic_fetch_add(&node->lists_found, 1);
        next(recheck);
        mend(node);
    } else if (recheck->cursor == 0) {
        next(recheck);
    }
}

/* POST-9. */
void ptn_node_recheck_turn(struct ptn_node *node)
{
    struct ptn_recheck *recheck = &node->recheck;
    int64_t now_us = node->world->monotonic_us(node->world->context);
    const struct ptn_snapshot *snapshot;
    struct ptn_force force;
    size_t count;

    if (now_us - recheck->turned_us < TURN_US || now_us < recheck->rests_us)
        return;
    recheck->turned_us = now_us;
    ptn_force_enter(node, &force);
    count = ptn_overlay_snapshot_count(force.overlay) + (force.file == NULL ? 0 : 1);
    snapshot = recheck->index < count ? ptn_force_snapshot(&force, recheck->index) : NULL;
    if (force.file != NULL && force.file != recheck->hurt && ptn_snapshot_is_damaged(force.file)) {
        recheck->hurt = force.file; /* a question came upon it: once now, then once a pass */
        (void)atomic_fetch_add(&node->lists_found, 1);
        mend(node);
    } else if (snapshot != NULL) {
        check_snapshot(node, &force, snapshot);
    } else if (force.lists != NULL && recheck->index < count + PTN_NODE_REGISTER_COUNT) {
        check_register(node, &force.lists->registers, recheck->index - count);
    } else {
        recheck->index = 0;
        recheck->rests_us = now_us + REST_US;
    }
    ptn_force_leave(&force);
}
