/* main/up_gate.c -- what only the outside can tell a post of its gate: which executable runs, and
 * how the ledgers stand that the relay follows. */
#include "main/up_int.h"
#include "node/returning.h"

void ptn_up_gate_program(const struct ptn_up *up, struct ptn_node *node)
{
    struct ptn_map *map = NULL;
    struct ptn_bytes program;
    uint8_t digest[PTN_SHA256_LEN];

    if (!ptn_ok(up->world->files->map(up->world->context, "/proc/self/exe", &map, &program)))
        return; /* not known: not released */
    if (ptn_ok(ptn_sha256(&program, 1, digest)))
        ptn_returning_program(node, digest);
    up->world->files->unmap(up->world->context, map);
}

/* Does a keeper hold another history of this node's own ledger? */
static bool is_own_forked(const struct ptn_links *links)
{
    for (size_t i = 0; i < ptn_links_count(links); i++) {
        struct ptn_pusher_standing push = { .acknowledged = 0 };
        struct ptn_puller_standing pull;

        ptn_links_standing(links, i, &push, &pull);
        if ((ptn_links_at(links, i).kind == PTN_LINK_PUSH ||
             ptn_links_at(links, i).kind == PTN_LINK_SITE) &&
            (push.trouble == PTN_PUSH_AHEAD || push.trouble == PTN_PUSH_CONTRADICTED))
            return true;
    }
    return false;
}

void ptn_up_gate_look(struct ptn_node *node, struct ptn_links *links, uint32_t quorum)
{
    const struct ptn_bytes former = ptn_returning_former(node);
    struct ptn_returning_ledgers ledgers = {
        .forked = is_own_forked(links) || ptn_node_recording(node) == PTN_RECORDING_GONE_BACK,
    };
    struct ptn_follow_head head = { 0 };

    if (former.len > 0 && ptn_ok(ptn_follow_head(ptn_links_follow(links), former, &head))) {
        ledgers.tail = head.answered >= quorum && head.size >= head.shown && head.missing == 0;
        ledgers.forked = ledgers.forked || head.forked;
    }
    ptn_returning_ledgers(node, &ledgers);
}
