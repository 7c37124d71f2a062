/* watch/taken.c -- what a snapshot would take away from the one that it replaces: see rows.h. */
#include "watch/rows.h"
#include "watch/snapshot_int.h"

#define ENTRY_ARENA_MAX ((size_t)4 * PTN_LIST_ENTRY_SIZE_MAX)

/* Entries of one list of a snapshot; they lie in the order of their ids. */
struct run {
    const struct ptn_snapshot *snapshot;
    size_t at, end;
};

static struct run run_of(const struct ptn_snapshot *snapshot, size_t index)
{
    struct ptn_entry_span span = ptn_snapshot_span(snapshot, index);

    return (struct run){ snapshot, span.first, span.end };
}

/* The list of that name; an empty run: there is none. */
static struct run find_run(const struct ptn_snapshot *snapshot, struct ptn_bytes name)
{
    for (size_t i = 0; i < ptn_snapshot_info(snapshot).list_count; i++)
        if (ptn_bytes_equal(ptn_snapshot_list(snapshot, i).name, name))
            return run_of(snapshot, i);
    return (struct run){ snapshot, 0, 0 };
}

static struct ptn_bytes id_at(const struct run *run)
{
    return ptn_snapshot_text(run->snapshot,
                             ptn_record(run->snapshot, PTN_SECTION_ENTRIES, run->at) + ENTRY_ID);
}

/* Whether the entry at hand of newer does all that the former's did. */
static struct ptn_status compare(const struct run *former, const struct run *newer,
                                 struct ptn_arena *arena, bool *ret_covers)
{
    struct ptn_list_entry then;
    struct ptn_list_entry now;
    struct ptn_status status;

    ptn_arena_clear(arena);
    status = ptn_snapshot_entry(former->snapshot, former->at, arena, &then);
    if (ptn_ok(status))
        status = ptn_snapshot_entry(newer->snapshot, newer->at, arena, &now);
    if (ptn_ok(status))
        *ret_covers = ptn_row_covers(&now, &then);
    return status;
}

struct ptn_status ptn_rows_taken(const struct ptn_snapshot *former, size_t index,
                                 const struct ptn_snapshot *newer, size_t *ret_taken)
{
    struct run then = run_of(former, index);
    struct run now = find_run(newer, ptn_snapshot_list(former, index).name);
    struct ptn_arena *arena = ptn_arena_new(ENTRY_ARENA_MAX);
    struct ptn_status status = { arena == NULL ? PTN_C_NO_MEMORY : PTN_C_OK };
    size_t taken = 0;

    for (; ptn_ok(status) && then.at < then.end; then.at++) {
        bool covers = false;

        while (now.at < now.end && ptn_bytes_compare(id_at(&now), id_at(&then)) < 0)
            now.at++;
        if (now.at < now.end && ptn_bytes_equal(id_at(&now), id_at(&then)))
            status = compare(&then, &now, arena, &covers);
        taken += covers ? 0 : 1;
    }
    ptn_arena_free(arena);
    if (ptn_ok(status))
        *ret_taken = taken;
    return status;
}
