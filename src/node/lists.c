/* The lists in force: which file of them is used, and what happens when one fails its check. */
#include "node/node_int.h"

#include "record/notice.h"

const char *ptn_lists_state_word(enum ptn_lists_state state)
{
    switch (state) {
    case PTN_LISTS_CURRENT:
        return "current";
    case PTN_LISTS_FORMER:
        return "former";
    case PTN_LISTS_FAILED:
        return "failed";
    case PTN_LISTS_DAMAGED:
        return "damaged";
    case PTN_LISTS_NONE:
        break;
    }
    return "none";
}

/* POST-9: what changed since it was opened says so itself, until something whole is in its place.
 */
enum ptn_lists_state ptn_node_lists_state_locked(const struct ptn_node *node)
{
    if ((node->lists != NULL && ptn_snapshot_is_damaged(node->lists->snapshot)) ||
        ptn_overlay_is_damaged(node->overlay))
        return PTN_LISTS_DAMAGED;
    return node->lists_state;
}

enum ptn_lists_state ptn_node_lists_state(struct ptn_node *node)
{
    enum ptn_lists_state state;

    ptn_node_lock(node);
    state = ptn_node_lists_state_locked(node);
    ptn_node_unlock(node);
    return state;
}

unsigned ptn_node_lists_found(const struct ptn_node *node)
{
    return atomic_load(&node->lists_found);
}

/* ---- who reads them ---- */

struct ptn_node_lists *ptn_node_lists_enter(struct ptn_node *node)
{
    struct ptn_node_lists *lists;

    ptn_node_lock(node);
    lists = node->lists;
    if (lists != NULL)
        lists->readers++;
    ptn_node_unlock(node);
    return lists;
}

void ptn_node_lists_leave(struct ptn_node *node, struct ptn_node_lists *lists)
{
    bool last;

    if (lists == NULL)
        return;
    ptn_node_lock(node);
    lists->readers--;
    last = lists->readers == 0;
    ptn_node_unlock(node);
    if (last) {
        ptn_node_registers_close(&lists->registers);
        ptn_snapshot_close(lists->snapshot);
        free(lists);
    }
}

/* ---- which are in force ---- */

/* Write down which lists are in force from now on. */
static struct ptn_status note_lists(struct ptn_node *node, const struct ptn_node_lists *in_force,
                                    struct ptn_buffer *out)
{
    const struct ptn_snapshot *snapshot = in_force->snapshot;
    struct ptn_list_loaded_list lists[PTN_LIST_LOADED_MAX];
    struct ptn_check_list registers[PTN_NODE_REGISTER_COUNT];
    struct ptn_snapshot_info info = ptn_snapshot_info(snapshot);
    struct ptn_list_loaded loaded = {
        .time_ms = node->world->now_ms(node->world->context),
        .post = ptn_bytes_from_text(node->plan.code),
        .snapshot_len = info.bytes,
        .lists = lists,
    };

    memcpy(loaded.snapshot_sha256, info.hash, sizeof(loaded.snapshot_sha256));
    for (size_t i = 0; i < info.list_count && i < PTN_LIST_LOADED_MAX; i++) {
        struct ptn_snapshot_list list = ptn_snapshot_list(snapshot, i);
        uint64_t entries = 0;

        for (size_t kind = 0; kind < PTN_ENTRY_KIND_COUNT; kind++)
            entries += list.entries[kind];
        lists[loaded.list_count++] = (struct ptn_list_loaded_list){
            .list = list.name,
            .format = ptn_bytes_from_text(ptn_list_format_word(list.format)),
            .edition = list.edition,
            .entries = entries,
            .rejected = list.rejected,
        };
    }
    for (size_t i = 0, count = ptn_node_registers_lists(&in_force->registers, 0, registers);
         i < count && loaded.list_count < PTN_LIST_LOADED_MAX; i++)
        lists[loaded.list_count++] = (struct ptn_list_loaded_list){
            .list = registers[i].list,
            .format = PTN_BYTES_LITERAL("register"),
            .edition = registers[i].edition,
            .entries = registers[i].entries,
        };
    return ptn_list_loaded_write(&loaded, out);
}

/* A file of lists, checked whole. */
static struct ptn_status open_lists(struct ptn_node *node, const char *name,
                                    struct ptn_node_lists **ret_lists, struct ptn_diag *reterr)
{
    char path[PTN_NODE_PATH_MAX];
    struct ptn_node_lists *lists;
    struct ptn_status status = ptn_node_path(path, node->dir, name);

    if (!ptn_ok(status))
        return status;
    if (!node->world->files->exists(node->world->context, path))
        return (struct ptn_status){ PTN_C_NOT_FOUND };
    lists = calloc(1, sizeof(*lists));
    if (lists == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    status = ptn_snapshot_open(node->world, path, &lists->snapshot, reterr);
    if (!ptn_ok(status)) {
        free(lists);
        return status;
    }
    ptn_node_registers_open(node, &lists->registers);
    lists->readers = 1; /* the node itself */
    *ret_lists = lists;
    return PTN_OK;
}

static void put_in_force(struct ptn_node *node, struct ptn_node_lists *lists,
                         enum ptn_lists_state state)
{
    struct ptn_buffer note = { .len_max = PTN_RECORD_LEN_MAX };
    struct ptn_node_lists *former;

    if (ptn_ok(note_lists(node, lists, &note)))
        ptn_node_note(node, PTN_RECORD_LIST_LOADED, ptn_buffer_bytes(&note));
    ptn_buffer_release(&note);
    ptn_node_lock(node);
    former = node->lists;
    node->lists = lists;
    node->lists_state = state;
    ptn_node_unlock(node);
    atomic_store(&node->registers_due, true);
    ptn_node_lists_leave(node, former);
}

/*
 * Keep a copy of lists that passed their check. Bytes of its own, not a link: what damages the one
 * file leaves the other. A copy that is there and the same is left alone; one that cannot be
 * written is missed only when the next file is bad.
 */
static void keep_copy(struct ptn_node *node, const struct ptn_node_lists *lists)
{
    const struct ptn_world *world = node->world;
    struct ptn_bytes bytes = ptn_snapshot_bytes(lists->snapshot);
    struct ptn_bytes kept = PTN_BYTES_NONE;
    struct ptn_map *map = NULL;
    char path[PTN_NODE_PATH_MAX];
    bool same = false;

    if (!ptn_ok(ptn_node_path(path, node->dir, PTN_NODE_FORMER_FILE)))
        return;
    if (world->files->exists(world->context, path) &&
        ptn_ok(world->files->map(world->context, path, &map, &kept))) {
        same = ptn_bytes_equal(bytes, kept);
        world->files->unmap(world->context, map);
    }
    if (!same)
        (void)ptn_ok(world->files->replace(world->context, path, bytes));
}

/* Nothing whole is in force and the newest file cannot be: the copy of the last good ones. */
static struct ptn_status fall_back(struct ptn_node *node, bool had_file)
{
    struct ptn_node_lists *lists = NULL;
    struct ptn_status status = open_lists(node, PTN_NODE_FORMER_FILE, &lists, NULL);

    if (ptn_ok(status)) {
        put_in_force(node, lists, PTN_LISTS_FORMER);
    } else if (had_file || status.code != PTN_C_NOT_FOUND) {
        ptn_node_lock(node);
        node->lists_state = PTN_LISTS_FAILED;
        ptn_node_unlock(node);
    }
    return status;
}

/* POST-4. */
struct ptn_status ptn_node_reload(struct ptn_node *node, struct ptn_diag *reterr)
{
    struct ptn_node_lists *lists = NULL;
    struct ptn_status status = open_lists(node, PTN_NODE_LISTS_FILE, &lists, reterr);
    bool had_file = status.code != PTN_C_NOT_FOUND;
    bool any; /* are in force and whole */

    if (ptn_ok(status)) {
        put_in_force(node, lists, PTN_LISTS_CURRENT);
        keep_copy(node, lists);
        return PTN_OK;
    }
    if (status.code == PTN_C_NO_MEMORY)
        return status;
    ptn_node_lock(node);
    any = node->lists != NULL && !ptn_snapshot_is_damaged(node->lists->snapshot);
    if (any && had_file)
        node->lists_state = PTN_LISTS_FORMER;
    ptn_node_unlock(node);
    if (!any && fall_back(node, had_file).code == PTN_C_NO_MEMORY)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    return status;
}
