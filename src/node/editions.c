/* node/editions.c -- lists that centres publish, at a post: rows out of the copies of their
 * ledgers, and the snapshot that lanes search. See published.h and watch/rows.h. */
#include "node/published_int.h"

#include <stdio.h>

#define BYTES_MAX ((size_t)1 << 30)
#define KEPT_MS   ((PTN_STAYS_KEPT_DAYS + 1) * INT64_C(86400000))

/* How long after the start a snapshot from before it is held on to that is ahead of what was read
 * since. */
#define HOLD_US (INT64_C(15) * 60 * 1000000)

/* The payload of an entry. False: it is not here yet. */
static bool open_payload(struct ptn_published *published, struct ptn_copy *copy,
                         const struct ptn_vault *vault, uint64_t seq, bool *ret_opened)
{
    struct ptn_ledger_header header = { .kind = 0 };
    struct ptn_status status;

    ptn_buffer_clear(&published->payload);
    status = ptn_copy_open_payload(copy, vault, seq, &header, &published->payload, NULL);
    *ret_opened = ptn_ok(status);
    if (status.code != PTN_C_NOT_FOUND)
        return true;
    ptn_buffer_clear(&published->payload); /* not here, or no key opens it */
    return ptn_ok(ptn_copy_read(copy, seq, &header, &published->payload, NULL));
}

/* What stands in published->payload. False: there is no memory for it now. */
static bool take(struct ptn_published *published, size_t slot, uint32_t kind)
{
    struct ptn_bytes payload = ptn_buffer_bytes(&published->payload);
    bool whole = false;

    if (kind == PTN_RECORD_PERMITS) /* a withdrawal is not left out: it is read again */
        return ptn_published_add_permits(published, payload).code != PTN_C_NO_MEMORY;
    if (kind == PTN_RECORD_STAYS)
        return ptn_published_add_stays(published, slot, payload).code != PTN_C_NO_MEMORY;
    /* what is refused is counted there */
    (void)ptn_ok(ptn_rows_take(published->rows, (unsigned)slot, payload, &whole, NULL));
    return true;
}

/* Nothing of an edition of stays that came out so long ago is kept: it need not be opened. */
static bool is_over(struct ptn_published *published, size_t slot,
                    const struct ptn_ledger_header *header)
{
    const int64_t now_ms = published->world->now_ms(published->world->context);

    if (header->kind != PTN_RECORD_STAYS || header->time_ms >= now_ms - KEPT_MS)
        return false;
    ptn_published_stays_over(published->stays, slot);
    return true;
}

static bool is_edition(const struct ptn_ledger_header *header)
{
    return header->has_payload &&
           (header->kind == PTN_RECORD_LIST || header->kind == PTN_RECORD_PERMITS ||
            header->kind == PTN_RECORD_STAYS);
}

/* In the order of the ledger, so that what is not here yet holds up what stands behind it: an
 * edition is a difference. */
bool ptn_published_read_lists(struct ptn_published *published, size_t slot, struct ptn_copy *copy,
                              const struct ptn_vault *vault, uint64_t limit)
{
    struct ptn_published_ledger *ledger = &published->ledgers[slot];
    struct ptn_copy_standing standing;
    size_t looks = 0;

    ptn_copy_standing(copy, &standing);
    for (; ledger->list_next < standing.size && looks < PTN_PUBLISHED_LOOKS; looks++) {
        struct ptn_ledger_header header;
        bool opened = false;

        if (!ptn_ok(ptn_copy_read(copy, ledger->list_next, &header, NULL, NULL)))
            return false;
        if (is_edition(&header) && ledger->list_next >= limit) { /* PUBLISH-5 */
            published->voided++;
            published->voided_lists += header.kind == PTN_RECORD_LIST ? 1u : 0u;
        } else if (is_edition(&header) && !is_over(published, slot, &header)) {
            if (!open_payload(published, copy, vault, ledger->list_next, &opened))
                return false;
            if (!opened)
                published->unread++;
            else if (!take(published, slot, header.kind))
                return false;
        }
        ledger->list_next++;
    }
    return ledger->list_next < standing.size;
}

struct ptn_status ptn_published_add_list(struct ptn_published *published, unsigned source,
                                         struct ptn_bytes payload)
{
    bool whole = false;

    return ptn_rows_take(published->rows, source, payload, &whole, NULL);
}

const struct ptn_rows *ptn_published_rows(const struct ptn_published *published)
{
    return published->rows;
}

/* ---- in force ---- */

void ptn_published_put_rows(struct ptn_published *published, struct ptn_overlay_rows *rows)
{
    ptn_overlay_rows_leave_off(published->lists);
    published->lists = rows;
    published->changed = true;
}

/* A delta that is no good is done without: what it said is read again from the ledgers. */
struct ptn_status ptn_published_open_lists(struct ptn_published *published, const char *path,
                                           struct ptn_diag *reterr)
{
    struct ptn_overlay_rows *rows = NULL;
    struct ptn_overlay_rows *with = NULL;
    char delta[PTN_PUBLISHED_PATH_SIZE];
    char made[PTN_PUBLISHED_PATH_SIZE];
    struct ptn_status status;

    published->opened_us = published->world->monotonic_us(published->world->context);
    (void)snprintf(made, sizeof(made), "%s" PTN_PUBLISHED_FOLDED, path);
    if (published->world->files->exists(published->world->context, made))
        (void)ptn_ok(published->world->files->remove(published->world->context, made));
    if (!published->world->files->exists(published->world->context, path))
        return (struct ptn_status){ PTN_C_NOT_FOUND };
    status = ptn_overlay_rows_open(published->world, path, &rows, reterr);
    if (!ptn_ok(status))
        return status;
    (void)snprintf(delta, sizeof(delta), "%s" PTN_PUBLISHED_DELTA, path);
    if (ptn_ok(ptn_overlay_rows_beside(published->world, rows, delta, &with, NULL))) {
        ptn_overlay_rows_leave_off(rows);
        rows = with;
    }
    ptn_published_put_rows(published, rows);
    return PTN_OK;
}

static bool has_list(const struct ptn_rows *rows, const struct ptn_snapshot_list *wanted)
{
    for (size_t i = 0; i < ptn_rows_list_count(rows); i++) {
        struct ptn_rows_list list = ptn_rows_list(rows, i);
        int64_t edition_ms = list.published_ms != 0 ? list.published_ms : list.time_ms;

        if (list.edition > 0 && ptn_bytes_equal(list.name, wanted->name) &&
            edition_ms >= wanted->edition_ms)
            return true;
    }
    return false;
}

/* A post that lost its copies reads them again from the first edition on: until it has come as far
 * as it was, its lanes keep what they had; or as far as anything counts. */
static bool is_behind(const struct ptn_published *published)
{
    int64_t now_us = published->world->monotonic_us(published->world->context);

    if (published->lists == NULL || published->voided_lists > 0 ||
        now_us - published->opened_us > HOLD_US)
        return false;
    for (size_t i = 0; i < ptn_overlay_rows_list_count(published->lists); i++) {
        struct ptn_snapshot_list list = ptn_overlay_rows_list(published->lists, i);

        if (!ptn_overlay_is_unconfirmed(list.name) && !has_list(published->rows, &list))
            return true;
    }
    return false;
}

/* ---- a base of its own ---- */

static struct ptn_status make_whole(struct ptn_published *published, const char *path,
                                    struct ptn_diag *reterr)
{
    const struct ptn_world *world = published->world;
    struct ptn_buffer bytes = { .len_max = BYTES_MAX };
    struct ptn_overlay_rows *rows = NULL;
    char delta[PTN_PUBLISHED_PATH_SIZE];
    struct ptn_status status = ptn_rows_build(published->rows, world, &bytes, reterr);

    if (ptn_ok(status))
        status = world->files->replace(world->context, path, ptn_buffer_bytes(&bytes));
    if (bytes.at != NULL)
        explicit_bzero(bytes.at, bytes.capacity);
    ptn_buffer_release(&bytes);
    if (ptn_ok(status))
        status = ptn_overlay_rows_open(world, path, &rows, reterr);
    if (!ptn_ok(status))
        return status;
    ptn_rows_base_free(published->based);
    published->based = NULL;
    published->adrift = false;
    published->changes = (struct ptn_rows_changes){ .added = 0 };
    ptn_published_put_rows(published, rows);
    (void)snprintf(delta, sizeof(delta), "%s" PTN_PUBLISHED_DELTA, path);
    if (world->files->exists(world->context, delta)) /* of another base: it may also stay */
        (void)ptn_ok(world->files->remove(world->context, delta));
    return PTN_OK;
}

/* ---- beside the base that is there ---- */

/* Whether nothing else is new either: each list in the edition that the base has. */
static bool is_base(const struct ptn_overlay_rows *rows)
{
    const struct ptn_snapshot *base = ptn_overlay_rows_base(rows);
    size_t count = ptn_overlay_rows_list_count(rows);

    if (ptn_snapshot_info(base).list_count != count)
        return false;
    for (size_t i = 0; i < count; i++) {
        struct ptn_snapshot_list now = ptn_overlay_rows_list(rows, i);
        struct ptn_snapshot_list then = ptn_snapshot_list(base, i);

        if (!ptn_bytes_equal(now.name, then.name) || now.edition_ms != then.edition_ms ||
            !ptn_bytes_equal(now.profile.set_by, then.profile.set_by) ||
            !ptn_bytes_equal(now.profile.set_reason, then.profile.set_reason))
            return false;
    }
    return true;
}

static bool same_rows(const struct ptn_overlay_rows *a, const struct ptn_overlay_rows *b)
{
    const struct ptn_delta *deltas[] = { ptn_overlay_rows_delta(a), ptn_overlay_rows_delta(b) };
    uint8_t digests[2][PTN_SHA256_LEN] = { { 0 } };

    for (size_t i = 0; i < 2; i++)
        if (deltas[i] != NULL)
            ptn_delta_digest(deltas[i], digests[i]);
    return ptn_overlay_rows_base(a) == ptn_overlay_rows_base(b) &&
           memcmp(digests[0], digests[1], PTN_SHA256_LEN) == 0;
}

/* What was written at delta, beside the base; the base alone where it says nothing. */
static struct ptn_status open_beside(const struct ptn_world *world,
                                     const struct ptn_overlay_rows *base, const char *delta,
                                     bool changed, struct ptn_overlay_rows **ret_rows,
                                     struct ptn_diag *reterr)
{
    struct ptn_overlay_rows *rows = NULL;
    struct ptn_overlay_rows *alone = NULL;
    struct ptn_status status = ptn_overlay_rows_beside(world, base, delta, &rows, reterr);

    if (ptn_ok(status) && !changed && is_base(rows)) {
        status = ptn_overlay_rows_beside(world, base, NULL, &alone, reterr);
        ptn_overlay_rows_leave_off(rows);
        rows = alone;
        if (ptn_ok(status))
            (void)ptn_ok(world->files->remove(world->context, delta));
    }
    if (ptn_ok(status))
        *ret_rows = rows;
    return status;
}

struct ptn_status ptn_published_beside(const struct ptn_published *published,
                                       const struct ptn_overlay_rows *base,
                                       const struct ptn_rows_base *based, const char *path,
                                       bool changed, struct ptn_overlay_rows **ret_rows,
                                       struct ptn_diag *reterr)
{
    const struct ptn_world *world = published->world;
    struct ptn_buffer bytes = { .len_max = BYTES_MAX };
    char delta[PTN_PUBLISHED_PATH_SIZE];
    struct ptn_status status = ptn_rows_delta(published->rows, based, world, &bytes, reterr);

    (void)snprintf(delta, sizeof(delta), "%s" PTN_PUBLISHED_DELTA, path);
    if (ptn_ok(status))
        status = world->files->replace(world->context, delta, ptn_buffer_bytes(&bytes));
    if (bytes.at != NULL)
        explicit_bzero(bytes.at, bytes.capacity);
    ptn_buffer_release(&bytes);
    return ptn_ok(status) ? open_beside(world, base, delta, changed, ret_rows, reterr) : status;
}

/* Which rows the base has: once a base, at best before anything changes. */
static struct ptn_status find_base(struct ptn_published *published)
{
    if (published->based != NULL || published->lists == NULL)
        return PTN_OK;
    return ptn_rows_base_new(published->rows, ptn_overlay_rows_base(published->lists),
                             &published->based);
}

/* DELTA-1. NOT_FOUND: there is no base, or another one on the disk, or more came
 * than it has. */
static struct ptn_status make_delta(struct ptn_published *published, const char *path,
                                    struct ptn_diag *reterr)
{
    struct ptn_overlay_rows *rows = NULL;
    struct ptn_rows_changes changes = { .added = 0 };
    struct ptn_status status;

    if (published->lists == NULL || published->adrift)
        return (struct ptn_status){ PTN_C_NOT_FOUND };
    status = find_base(published);
    if (ptn_ok(status))
        status = ptn_rows_compare(published->rows, published->based, &changes);
    if (ptn_ok(status) && changes.added > changes.base + PTN_PUBLISHED_DELTA_MIN)
        return (struct ptn_status){ PTN_C_NOT_FOUND };
    if (ptn_ok(status))
        status = ptn_published_beside(published, published->lists, published->based, path,
                                      changes.added + changes.gone > 0, &rows, reterr);
    if (!ptn_ok(status))
        return status;
    published->changes = changes;
    if (same_rows(rows, published->lists))
        ptn_overlay_rows_leave_off(rows);
    else
        ptn_published_put_rows(published, rows);
    return PTN_OK;
}

/* Every edition there was is void. */
static struct ptn_status make_none(struct ptn_published *published, const char *path)
{
    const struct ptn_world *world = published->world;
    char delta[PTN_PUBLISHED_PATH_SIZE];
    struct ptn_status status = PTN_OK;

    if (published->lists == NULL)
        return PTN_OK;
    (void)snprintf(delta, sizeof(delta), "%s" PTN_PUBLISHED_DELTA, path);
    if (world->files->exists(world->context, delta))
        status = world->files->remove(world->context, delta);
    if (ptn_ok(status) && world->files->exists(world->context, path))
        status = world->files->remove(world->context, path);
    if (ptn_ok(status))
        ptn_published_put_rows(published, NULL);
    return status;
}

struct ptn_status ptn_published_lists(struct ptn_published *published, const char *path,
                                      struct ptn_diag *reterr)
{
    uint64_t version = ptn_rows_version(published->rows);
    struct ptn_status status;

    if (is_behind(published))
        return PTN_OK;
    if (version == 0 && published->voided_lists > 0)
        return make_none(published, path);
    /* POST-9: what is searched has changed since it was opened: made anew of what the ledgers say
     */
    if (version != 0 && ptn_overlay_rows_are_damaged(published->lists)) {
        status = make_whole(published, path, reterr);
        if (ptn_ok(status))
            published->lists_version = version;
        return status;
    }
    if (version == published->lists_version && !published->adrift)
        return version == 0 ? PTN_OK : find_base(published);
    status = make_delta(published, path, reterr);
    if (status.code == PTN_C_NOT_FOUND)
        status = make_whole(published, path, reterr);
    if (ptn_ok(status))
        published->lists_version = version;
    return status;
}

void ptn_published_lists_standing(const struct ptn_published *published,
                                  struct ptn_published_lists_standing *ret_standing)
{
    struct ptn_published_lists_standing standing = {
        .refused = ptn_rows_refused(published->rows),
        .delta = published->changes.added + published->changes.gone,
        .folded_ms = published->folded_ms,
        .folds_refused = published->folds_refused,
    };

    for (size_t i = 0; i < ptn_rows_list_count(published->rows); i++) {
        struct ptn_rows_list list = ptn_rows_list(published->rows, i);

        if (list.gone_on) /* it is counted as what it went on as */
            continue;
        standing.lists += list.edition > 0 ? 1 : 0;
        standing.rows += list.count;
        standing.doubted += list.doubted;
    }
    *ret_standing = standing;
}
