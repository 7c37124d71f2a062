#include "main/list_brake.h"

#include <stdlib.h>
#include <string.h>

#include "decision/decide.h"
#include "main/look_back.h"
#include "watch/screen.h"

#define TOP     50u
#define ROW_MAX ((size_t)4 << 20)

struct braking {
    const struct ptn_snapshot *snapshot;
    struct ptn_bytes list;
    struct ptn_row_name *former; /* names of the rows in force, sorted */
    size_t former_count, former_room;
    size_t met;
    bool no_memory;
};

static int by_name(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(struct ptn_row_name));
}

static bool note_row(void *context, const struct ptn_rows_row *row)
{
    struct braking *braking = context;

    if (row->fate != PTN_ROW_IN_FORCE && row->fate != PTN_ROW_DOUBTED)
        return true;
    if (braking->former_count == braking->former_room) {
        size_t room = braking->former_room == 0 ? 1024 : braking->former_room * 2;
        struct ptn_row_name *larger = realloc(braking->former, room * sizeof(*larger));

        braking->no_memory = larger == NULL;
        if (larger == NULL)
            return false;
        braking->former = larger;
        braking->former_room = room;
    }
    braking->former[braking->former_count++] = row->name;
    return true;
}

static struct ptn_status note_former(struct braking *braking, const struct ptn_rows *rows)
{
    for (size_t i = 0; i < ptn_rows_list_count(rows); i++)
        if (ptn_bytes_equal(ptn_rows_list(rows, i).name, braking->list))
            ptn_rows_each(rows, i, note_row, braking);
    if (braking->no_memory)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    if (braking->former_count > 0)
        qsort(braking->former, braking->former_count, sizeof(*braking->former), by_name);
    return PTN_OK;
}

/* Whether no row in force says what this entry says. */
static struct ptn_status is_new(const struct braking *braking, size_t ordinal,
                                struct ptn_arena *arena, bool *ret_new, struct ptn_diag *reterr)
{
    static const uint8_t zero = 0;
    struct ptn_list_entry entry;
    struct ptn_buffer row = { .len_max = ROW_MAX };
    struct ptn_row_name name = { { 0 } };
    struct ptn_status status = ptn_snapshot_entry(braking->snapshot, ordinal, arena, &entry);

    if (ptn_ok(status))
        status = ptn_row_write(&entry, &row, reterr);
    if (ptn_ok(status)) {
        const struct ptn_bytes parts[] = { ptn_bytes_of(&zero, 1), ptn_buffer_bytes(&row) };

        status = ptn_sha256(parts, 2, name.at);
    }
    *ret_new = ptn_ok(status) &&
               (braking->former_count == 0 || bsearch(&name, braking->former, braking->former_count,
                                                      sizeof(name), by_name) == NULL);
    ptn_buffer_release(&row);
    return status;
}

static struct ptn_status try_one(void *context, const struct ptn_crossing *crossing,
                                 struct ptn_arena *arena, struct ptn_diag *reterr)
{
    struct braking *braking = context;
    struct ptn_screen_query query = { .plate = crossing->plate,
                                      .today = crossing->date,
                                      .top = TOP };
    struct ptn_match *matches = NULL;
    size_t count = 0;
    bool more;
    bool met = false;
    struct ptn_status status =
        ptn_screen_query_person(&crossing->person, false, arena, &query, reterr);

    if (ptn_ok(status))
        status = ptn_screen(braking->snapshot, &query, arena, &matches, &count, &more, reterr);
    if (status.code == PTN_C_BAD_INPUT || status.code == PTN_C_TOO_BIG)
        return PTN_OK; /* nothing to search for */
    for (size_t i = 0; ptn_ok(status) && !met && i < count; i++)
        if (ptn_bytes_equal(matches[i].list, braking->list) && ptn_match_counts(&matches[i]))
            status = is_new(braking, matches[i].ordinal, arena, &met, reterr);
    braking->met += met ? 1 : 0;
    return status;
}

struct ptn_status ptn_list_brake(const struct ptn_world *world, const char *dir,
                                 const struct ptn_rows *rows, const struct ptn_snapshot *snapshot,
                                 struct ptn_bytes list, size_t *ret_met, size_t *ret_counted,
                                 struct ptn_diag *reterr)
{
    struct braking braking = { .snapshot = snapshot, .list = list };
    struct ptn_status status = note_former(&braking, rows);

    if (ptn_ok(status))
        status = ptn_look_back(world, dir, try_one, &braking, ret_counted, reterr);
    *ret_met = braking.met;
    free(braking.former);
    return status;
}
