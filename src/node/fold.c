/*
 * node/fold.c -- base and delta of published lists become one base again: see published.h.
 *
 * What is folded never changes and is held, so that a thread of its own can take seconds over it.
 * On the disk the new base lies beside the former one until it has been asked; then it is moved
 * over it, and what came meanwhile becomes its delta. Killed before the move, a post has the former
 * base and its delta; after it the new base, and a delta of another base, which is passed over.
 */
#include "node/published_int.h"

#include <stdio.h>
#include <stdlib.h>

#include "reference/place.h"

#define BYTES_MAX ((size_t)1 << 30)
#define AGAIN_US  (INT64_C(3600) * 1000000)

struct ptn_published_fold {
    const struct ptn_world *world;
    struct ptn_overlay_rows *from; /* held */
    struct ptn_overlay_rows *made; /* Owned; NULL: not yet, or it failed */
    uint64_t version;              /* of the rows it was made of */
    char path[PTN_PUBLISHED_PATH_SIZE];
    char made_path[PTN_PUBLISHED_PATH_SIZE + sizeof(PTN_PUBLISHED_FOLDED)];
    bool same;
    struct ptn_status status;
};

/* ---- when ---- */

static int local_hour(int64_t now_ms)
{
    int64_t minutes = now_ms / 60000 + ptn_place_utc_offset_minutes(now_ms);

    return (int)(minutes / 60 % 24);
}

static bool is_much(const struct ptn_rows_changes *changes)
{
    size_t changed = changes->added + changes->gone;

    return changed > PTN_PUBLISHED_DELTA_MIN && changed > changes->base / PTN_PUBLISHED_DELTA_SHARE;
}

bool ptn_published_fold_due(const struct ptn_published *published)
{
    const struct ptn_world *world = published->world;
    int64_t now_us = world->monotonic_us(world->context);

    if (published->lists_version == 0 ||
        published->lists_version != ptn_rows_version(published->rows) ||
        ptn_overlay_rows_delta(published->lists) == NULL)
        return false; /* nothing to fold, or the rows are still being read */
    if (published->fold_tried_us != 0 && now_us - published->fold_tried_us < AGAIN_US)
        return false;
    return is_much(&published->changes) ||
           local_hour(world->now_ms(world->context)) == PTN_PUBLISHED_FOLD_HOUR;
}

/* ---- made and asked ---- */

struct ptn_published_fold *ptn_published_fold_begin(struct ptn_published *published,
                                                    const char *path)
{
    struct ptn_published_fold *fold = calloc(1, sizeof(*fold));

    PTN_PRE(ptn_overlay_rows_delta(published->lists) != NULL);
    if (fold == NULL)
        return NULL;
    fold->world = published->world;
    fold->from = ptn_overlay_rows_hold(published->lists);
    fold->version = published->lists_version;
    (void)snprintf(fold->path, sizeof(fold->path), "%s", path);
    (void)snprintf(fold->made_path, sizeof(fold->made_path), "%s" PTN_PUBLISHED_FOLDED, fold->path);
    fold->status = (struct ptn_status){ PTN_C_BUSY };
    return fold;
}

void ptn_published_fold_work(struct ptn_published_fold *fold)
{
    const struct ptn_snapshot *base = ptn_overlay_rows_base(fold->from);
    const struct ptn_delta *delta = ptn_overlay_rows_delta(fold->from);
    const struct ptn_world *world = fold->world;
    struct ptn_buffer bytes = { .len_max = BYTES_MAX };

    fold->status = ptn_delta_fold(base, delta, world, &bytes, NULL);
    if (ptn_ok(fold->status))
        fold->status =
            world->files->replace(world->context, fold->made_path, ptn_buffer_bytes(&bytes));
    if (bytes.at != NULL)
        explicit_bzero(bytes.at, bytes.capacity);
    ptn_buffer_release(&bytes);
    if (ptn_ok(fold->status))
        fold->status = ptn_overlay_rows_open(world, fold->made_path, &fold->made, NULL);
    if (ptn_ok(fold->status))
        fold->status = ptn_delta_check(base, delta, ptn_overlay_rows_base(fold->made), &fold->same);
}

void ptn_published_fold_free(struct ptn_published_fold *fold)
{
    if (fold == NULL)
        return;
    ptn_overlay_rows_leave_off(fold->from);
    ptn_overlay_rows_leave_off(fold->made);
    free(fold);
}

/* ---- in force ---- */

/* DELTA-2: what it answers is the same, and where no edition came meanwhile it has each row in
 * force and nothing else. */
static struct ptn_status judge(const struct ptn_published *published,
                               const struct ptn_published_fold *fold,
                               const struct ptn_rows_base *based,
                               struct ptn_rows_changes *ret_changes, struct ptn_diag *reterr)
{
    struct ptn_status status = ptn_rows_compare(published->rows, based, ret_changes);

    if (!ptn_ok(status))
        return status;
    if (!fold->same || (fold->version == ptn_rows_version(published->rows) &&
                        ret_changes->added + ret_changes->gone > 0))
        return ptn_fail(PTN_C_CORRUPT, reterr, 0,
                        "a new base of lists answers otherwise than the former, which stays");
    return PTN_OK;
}

static void folder_of(const char *path, char folder[PTN_PUBLISHED_PATH_SIZE])
{
    const char *slash = strrchr(path, '/');

    (void)snprintf(folder, PTN_PUBLISHED_PATH_SIZE, "%.*s", slash == NULL ? 1 : (int)(slash - path),
                   slash == NULL ? "." : path);
}

/* DELTA-3: the base first, durably; then what is beside it. */
static struct ptn_status replace(struct ptn_published *published,
                                 const struct ptn_published_fold *fold, struct ptn_rows_base *based,
                                 const struct ptn_rows_changes *changes, struct ptn_diag *reterr)
{
    const struct ptn_world *world = published->world;
    char folder[PTN_PUBLISHED_PATH_SIZE];
    struct ptn_overlay_rows *rows = NULL;
    struct ptn_status status = world->files->move(world->context, fold->made_path, fold->path);

    if (!ptn_ok(status))
        return status;
    published->adrift = true; /* until what is searched lies on the disk, too */
    folder_of(fold->path, folder);
    status = world->files->settle(world->context, folder);
    if (ptn_ok(status))
        status = ptn_published_beside(published, fold->made, based, fold->path,
                                      changes->added + changes->gone > 0, &rows, reterr);
    if (!ptn_ok(status))
        return status;
    ptn_rows_base_free(published->based);
    published->adrift = false;
    published->based = based;
    published->changes = *changes;
    published->lists_version = ptn_rows_version(published->rows);
    ptn_published_put_rows(published, rows);
    return PTN_OK;
}

static struct ptn_status finish(struct ptn_published *published,
                                const struct ptn_published_fold *fold, struct ptn_diag *reterr)
{
    struct ptn_rows_base *based = NULL;
    struct ptn_rows_changes changes = { .added = 0 };
    struct ptn_status status = fold->status;

    if (ptn_ok(status) &&
        ptn_overlay_rows_base(fold->from) != ptn_overlay_rows_base(published->lists))
        status = ptn_fail(PTN_C_BUSY, reterr, 0, "the base that was folded has been replaced");
    if (ptn_ok(status))
        status = ptn_rows_base_new(published->rows, ptn_overlay_rows_base(fold->made), &based);
    if (ptn_ok(status))
        status = judge(published, fold, based, &changes, reterr);
    if (ptn_ok(status))
        status = replace(published, fold, based, &changes, reterr);
    if (!ptn_ok(status))
        ptn_rows_base_free(based);
    return status;
}

struct ptn_status ptn_published_fold_end(struct ptn_published *published,
                                         struct ptn_published_fold *fold, struct ptn_diag *reterr)
{
    const struct ptn_world *world = published->world;
    struct ptn_status status = finish(published, fold, reterr);

    if (ptn_ok(status)) {
        published->folded_ms = world->now_ms(world->context);
        published->folds_refused = 0;
        published->fold_tried_us = 0;
    } else {
        published->fold_tried_us = world->monotonic_us(world->context);
        published->folds_refused += status.code == PTN_C_CORRUPT ? 1 : 0;
        if (world->files->exists(world->context, fold->made_path))
            (void)ptn_ok(world->files->remove(world->context, fold->made_path));
    }
    ptn_published_fold_free(fold);
    return status;
}
