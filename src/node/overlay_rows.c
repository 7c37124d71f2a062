/* node/overlay_rows.c -- the snapshot of published lists in an overlay: see overlay_int.h. */
#include <stdatomic.h>
#include <stdlib.h>

#include "node/overlay_int.h"
#include "watch/delta.h"
#include "watch/rows.h"

/* Shared by all that lay beside it. */
struct base {
    atomic_uint holders;
    struct ptn_snapshot *snapshot;
};

struct ptn_overlay_rows {
    atomic_uint holders;
    struct base *base;
    struct ptn_delta *delta; /* Owned; NULL: the base is all */
};

static void leave_base(struct base *base)
{
    if (base == NULL || atomic_fetch_sub(&base->holders, 1) != 1)
        return;
    ptn_snapshot_close(base->snapshot);
    free(base);
}

struct ptn_status ptn_overlay_rows_open(const struct ptn_world *world, const char *path,
                                        struct ptn_overlay_rows **ret_rows, struct ptn_diag *reterr)
{
    struct ptn_overlay_rows *rows = calloc(1, sizeof(*rows));
    struct base *base = calloc(1, sizeof(*base));
    struct ptn_status status;

    if (rows == NULL || base == NULL) {
        free(rows);
        free(base);
        return ptn_fail(PTN_C_NO_MEMORY, reterr, 0, "no memory for published lists");
    }
    base->holders = 1;
    rows->holders = 1;
    rows->base = base;
    status = ptn_snapshot_open(world, path, &base->snapshot, reterr);
    if (ptn_ok(status))
        *ret_rows = rows;
    else
        ptn_overlay_rows_leave_off(rows);
    return status;
}

struct ptn_status ptn_overlay_rows_beside(const struct ptn_world *world,
                                          const struct ptn_overlay_rows *former, const char *path,
                                          struct ptn_overlay_rows **ret_rows,
                                          struct ptn_diag *reterr)
{
    struct ptn_overlay_rows *rows = calloc(1, sizeof(*rows));
    struct ptn_status status = PTN_OK;

    if (rows == NULL)
        return ptn_fail(PTN_C_NO_MEMORY, reterr, 0, "no memory for published lists");
    rows->holders = 1;
    rows->base = former->base;
    (void)atomic_fetch_add(&rows->base->holders, 1);
    if (path != NULL)
        status = ptn_delta_open(world, path, rows->base->snapshot, &rows->delta, reterr);
    if (ptn_ok(status))
        *ret_rows = rows;
    else
        ptn_overlay_rows_leave_off(rows);
    return status;
}

struct ptn_overlay_rows *ptn_overlay_rows_hold(struct ptn_overlay_rows *rows)
{
    if (rows != NULL)
        (void)atomic_fetch_add(&rows->holders, 1);
    return rows;
}

void ptn_overlay_rows_leave_off(struct ptn_overlay_rows *rows)
{
    if (rows == NULL || atomic_fetch_sub(&rows->holders, 1) != 1)
        return;
    ptn_delta_close(rows->delta);
    leave_base(rows->base);
    free(rows);
}

const struct ptn_snapshot *ptn_overlay_rows_base(const struct ptn_overlay_rows *rows)
{
    return rows == NULL ? NULL : rows->base->snapshot;
}

const struct ptn_delta *ptn_overlay_rows_delta(const struct ptn_overlay_rows *rows)
{
    return rows == NULL ? NULL : rows->delta;
}

bool ptn_overlay_rows_are_damaged(const struct ptn_overlay_rows *rows)
{
    return rows != NULL &&
           (ptn_snapshot_is_damaged(rows->base->snapshot) ||
            (rows->delta != NULL && ptn_snapshot_is_damaged(ptn_delta_snapshot(rows->delta))));
}

size_t ptn_overlay_rows_list_count(const struct ptn_overlay_rows *rows)
{
    if (rows == NULL)
        return 0;
    return ptn_snapshot_info(rows->delta == NULL ? rows->base->snapshot
                                                 : ptn_delta_snapshot(rows->delta))
        .list_count;
}

struct ptn_snapshot_list ptn_overlay_rows_list(const struct ptn_overlay_rows *rows, size_t index)
{
    return rows->delta == NULL ? ptn_snapshot_list(rows->base->snapshot, index)
                               : ptn_delta_list(rows->delta, index);
}

bool ptn_overlay_is_unconfirmed(struct ptn_bytes list)
{
    const size_t len = sizeof(PTN_ROWS_UNCONFIRMED) - 1;

    return list.len > len && memcmp(list.at + list.len - len, PTN_ROWS_UNCONFIRMED, len) == 0;
}

struct ptn_bytes ptn_overlay_list_name(struct ptn_bytes list)
{
    if (ptn_overlay_is_unconfirmed(list))
        list.len -= sizeof(PTN_ROWS_UNCONFIRMED) - 1;
    return list;
}

/* The officer sees the list it was published in, and why it is still there. */
static struct ptn_status tell(struct ptn_match *match, struct ptn_arena *arena)
{
    struct ptn_match_why *why = ptn_arena_take(arena, (match->why_count + 1) * sizeof(*why));

    if (why == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    if (match->why_count > 0)
        memcpy(why, match->why, match->why_count * sizeof(*why));
    why[match->why_count] = (struct ptn_match_why){
        PTN_ROWS_RULE,
        PTN_BYTES_LITERAL("removal not confirmed: the list's newest edition leaves this entry out, "
                          "and no offline note confirms it"),
        PTN_BYTES_LITERAL("heqja nuk \xc3\xabsht\xc3\xab konfirmuar: botimi m\xc3\xab i ri i "
                          "list\xc3\xabs nuk e ka k\xc3\xabt\xc3\xab regjistrim, dhe "
                          "asnj\xc3\xab sh\xc3\xabnim jasht\xc3\xab rrjetit nuk e konfirmon"),
    };
    match->why = why;
    match->why_count++;
    match->list = ptn_overlay_list_name(match->list);
    return PTN_OK;
}

struct ptn_status ptn_overlay_rows_screen(const struct ptn_overlay_rows *rows,
                                          const struct ptn_screen_query *query,
                                          struct ptn_arena *arena, struct ptn_match **ret_matches,
                                          size_t *ret_count, bool *ret_more,
                                          struct ptn_diag *reterr)
{
    struct ptn_match *matches = NULL;
    size_t count = 0;
    struct ptn_status status = ptn_delta_screen(rows->base->snapshot, rows->delta, query, arena,
                                                &matches, &count, ret_more, reterr);

    for (size_t i = 0; ptn_ok(status) && i < count; i++)
        if (ptn_overlay_is_unconfirmed(matches[i].list))
            status = tell(&matches[i], arena);
    if (ptn_ok(status)) {
        *ret_matches = matches;
        *ret_count = count;
    }
    return status;
}
