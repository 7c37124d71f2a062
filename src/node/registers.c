/* Registers beside the lists: which are there, and what they add to a check. */
#include "node/node_int.h"

static const char *const files[PTN_NODE_REGISTER_COUNT] = { "lists/documents.reg",
                                                            "lists/vehicles.reg" };

#define TURN_BLOCKS 16u /* of 64 KiB: about half a millisecond */

void ptn_node_registers_open(struct ptn_node *node, struct ptn_node_registers *registers)
{
    for (size_t i = 0; i < PTN_NODE_REGISTER_COUNT; i++) {
        char path[PTN_NODE_PATH_MAX];

        if (!ptn_ok(ptn_node_path(path, node->dir, files[i])) ||
            !node->world->files->exists(node->world->context, path))
            continue;
        if (!ptn_ok(ptn_register_open(node->world, path, &registers->at[i], NULL)))
            registers->failed = true;
    }
}

size_t ptn_node_registers_lists(const struct ptn_node_registers *registers, int64_t now_ms,
                                struct ptn_check_list lists[PTN_NODE_REGISTER_COUNT])
{
    size_t count = 0;

    for (size_t i = 0; i < PTN_NODE_REGISTER_COUNT; i++) {
        struct ptn_register_info info;
        int64_t age_s;

        if (registers->at[i] == NULL)
            continue;
        info = ptn_register_info(registers->at[i]);
        age_s = (now_ms - info.edition_ms) / 1000;
        lists[count++] =
            (struct ptn_check_list){ info.list, info.edition, age_s < 0 ? 0 : age_s, info.rows };
    }
    return count;
}

void ptn_node_registers_turn(struct ptn_node *node)
{
    struct ptn_node_lists *lists;
    bool more = false;

    /* taken back first: what comes meanwhile sets it again */
    if (!atomic_load(&node->registers_due) || !atomic_exchange(&node->registers_due, false))
        return;
    lists = ptn_node_lists_enter(node);
    for (size_t i = 0; lists != NULL && i < PTN_NODE_REGISTER_COUNT; i++) {
        struct ptn_node_registers *registers = &lists->registers;
        struct ptn_status status;

        if (registers->at[i] == NULL || registers->cursors[i] == SIZE_MAX)
            continue;
        status = ptn_register_check(registers->at[i], TURN_BLOCKS, &registers->cursors[i], NULL);
        if (status.code == PTN_C_CORRUPT)
            registers->failed = true;
        if (!ptn_ok(status))
            registers->cursors[i] = SIZE_MAX; /* all are checked, or the file is no good */
        more = more || ptn_ok(status);
    }
    ptn_node_lists_leave(node, lists);
    if (more)
        atomic_store(&node->registers_due, true);
}

void ptn_node_registers_close(struct ptn_node_registers *registers)
{
    for (size_t i = 0; i < PTN_NODE_REGISTER_COUNT; i++)
        ptn_register_close(registers->at[i]);
}

struct ptn_status ptn_node_registers_search(const struct ptn_node_registers *registers,
                                            const struct ptn_screen_query *query,
                                            struct ptn_arena *arena, struct ptn_check *check,
                                            struct ptn_diag *reterr)
{
    struct ptn_match *found = NULL;
    size_t count = 0;

    check->register_failed = registers->failed;
    for (size_t i = 0; i < PTN_NODE_REGISTER_COUNT; i++) {
        const struct ptn_register *reg = registers->at[i];
        struct ptn_status status;

        if (reg == NULL)
            continue;
        status = ptn_register_find(reg, query, arena, &found, &count, reterr);
        if (ptn_ok(status))
            status = ptn_match_append(arena, &check->matches, &check->match_count, found, count);
        if (ptn_ok(status) && check->mrz != PTN_CHECK_MRZ_VALID) {
            status = ptn_register_near(reg, query, arena, &found, &count, reterr);
            if (ptn_ok(status))
                status = ptn_match_append(arena, &check->near, &check->near_count, found, count);
        }
        if (status.code == PTN_C_NO_MEMORY)
            return ptn_fail(PTN_C_NO_MEMORY, reterr, 0, "no memory for the scan");
        if (!ptn_ok(status))
            check->register_failed = true; /* the officer is told, and the lane goes on */
    }
    return PTN_OK;
}
