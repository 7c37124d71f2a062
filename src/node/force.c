/* node/force.c -- see force_int.h. */
#include "node/force_int.h"

void ptn_force_enter(struct ptn_node *node, struct ptn_force *ret_force)
{
    struct ptn_node_lists *lists = ptn_node_lists_enter(node);

    *ret_force = (struct ptn_force){
        .node = node,
        .lists = lists,
        .overlay = ptn_node_overlay_enter(node),
        .file = lists == NULL ? NULL : lists->snapshot,
        .rules = ptn_node_rules_enter(node),
    };
}

void ptn_force_leave(struct ptn_force *force)
{
    if (force->node != NULL) {
        ptn_node_lists_leave(force->node, force->lists);
        ptn_node_rules_leave(force->node, force->rules);
    }
    ptn_overlay_release(force->overlay);
    *force = (struct ptn_force){ .node = NULL };
}

bool ptn_force_has_lists(const struct ptn_force *force)
{
    return ptn_force_snapshot(force, 0) != NULL;
}

/* ---- searching ---- */

/* POST-9: lists whose bytes have changed answer what they can, and the officer is told. */
static struct ptn_status search_file(const struct ptn_force *force,
                                     const struct ptn_screen_query *query, struct ptn_arena *arena,
                                     struct ptn_match **ret_matches, size_t *ret_count,
                                     struct ptn_check *check, struct ptn_diag *reterr)
{
    struct ptn_match *matches = NULL;
    size_t count = 0;
    struct ptn_status status =
        ptn_screen(force->file, query, arena, &matches, &count, &check->more_matches, reterr);

    check->lists_damaged = ptn_snapshot_is_damaged(force->file);
    if (status.code == PTN_C_CORRUPT) {
        check->lists_damaged = true;
        return PTN_OK;
    }
    *ret_matches = matches;
    *ret_count = count;
    return status;
}

struct ptn_status ptn_force_search(const struct ptn_force *force,
                                   const struct ptn_screen_query *query, int64_t now_ms,
                                   struct ptn_arena *arena, struct ptn_check *check,
                                   struct ptn_force_found *ret_found, struct ptn_diag *reterr)
{
    struct ptn_overlay_found published = { 0 };
    struct ptn_force_found found = { 0 };
    struct ptn_match *matches = NULL;
    struct ptn_status status = PTN_OK;

    PTN_PRE(check->match_count == 0);
    if (force->file != NULL)
        status = search_file(force, query, arena, &matches, &found.file_count, check, reterr);
    if (!ptn_ok(status))
        return status;
    check->matches = matches;
    check->match_count = found.file_count;
    check->screened = force->file != NULL || ptn_overlay_list_count(force->overlay) > 0;
    if (force->lists != NULL)
        status = ptn_node_registers_search(&force->lists->registers, query, arena, check, reterr);
    if (ptn_ok(status))
        status = ptn_overlay_check(force->overlay, query, now_ms, arena, check, &published, reterr);
    found.orders = published.orders;
    if (ptn_ok(status))
        *ret_found = found;
    return status;
}

/* ---- which they are ---- */

/* Behind those that are there. */
static void add_list(struct ptn_check *check, struct ptn_check_list *lists,
                     const struct ptn_snapshot_list *list, int64_t now_ms)
{
    int64_t age_s = (now_ms - list->edition_ms) / 1000;
    struct ptn_check_list *said = &lists[check->list_count++];

    *said = (struct ptn_check_list){ .list = list->name,
                                     .edition = list->edition,
                                     .age_s = age_s < 0 ? 0 : age_s };
    for (size_t kind = 0; kind < PTN_ENTRY_KIND_COUNT; kind++)
        said->entries += list->entries[kind];
}

struct ptn_status ptn_force_ages(const struct ptn_force *force, int64_t now_ms,
                                 struct ptn_arena *arena, struct ptn_check *check,
                                 struct ptn_diag *reterr)
{
    size_t in_file = force->file == NULL ? 0 : ptn_snapshot_info(force->file).list_count;
    size_t alerts = ptn_overlay_alerts(force->overlay);
    int64_t age_s = (now_ms - ptn_overlay_edition_ms(force->overlay)) / 1000;
    struct ptn_check_list *lists = ptn_arena_take(
        arena, (in_file + PTN_NODE_REGISTER_COUNT + 1 + ptn_overlay_list_count(force->overlay)) *
                   sizeof(*lists));

    if (lists == NULL)
        return ptn_fail(PTN_C_NO_MEMORY, reterr, 0, "no memory for the scan");
    check->lists = lists;
    check->list_count = 0;
    for (size_t i = 0; i < in_file; i++) {
        struct ptn_snapshot_list list = ptn_snapshot_list(force->file, i);

        add_list(check, lists, &list, now_ms);
    }
    if (force->lists != NULL)
        check->list_count +=
            ptn_node_registers_lists(&force->lists->registers, now_ms, lists + check->list_count);
    for (size_t i = 0; i < ptn_overlay_list_count(force->overlay); i++) {
        struct ptn_snapshot_list list = ptn_overlay_list(force->overlay, i);

        add_list(check, lists, &list, now_ms);
    }
    if (alerts > 0)
        lists[check->list_count++] =
            (struct ptn_check_list){ .list = PTN_BYTES_LITERAL(PTN_OVERLAY_ALERTS),
                                     .age_s = age_s < 0 ? 0 : age_s,
                                     .entries = alerts };
    return PTN_OK;
}

const struct ptn_snapshot *ptn_force_snapshot(const struct ptn_force *force, size_t index)
{
    size_t published = ptn_overlay_snapshot_count(force->overlay);

    if (index < published)
        return ptn_overlay_snapshot_at(force->overlay, index);
    return index == published ? force->file : NULL;
}

bool ptn_force_is_gone(const struct ptn_force *force, const struct ptn_snapshot *snapshot,
                       size_t ordinal)
{
    return ptn_overlay_is_gone(force->overlay, snapshot, ordinal);
}

static uint64_t mixed(uint64_t edition, const uint8_t hash[PTN_SHA256_LEN])
{
    uint64_t own = 0;

    memcpy(&own, hash, sizeof(own));
    /* in their order: the same two the other way round are another edition */
    return (edition << 1 | edition >> 63) ^ own;
}

uint64_t ptn_force_edition(const struct ptn_force *force)
{
    const struct ptn_delta *delta = ptn_overlay_delta(force->overlay);
    const struct ptn_snapshot *snapshot;
    uint64_t edition = 0;

    if (delta != NULL) {
        uint8_t digest[PTN_SHA256_LEN];

        ptn_delta_digest(delta, digest); /* also of what is gone */
        edition = mixed(edition, digest);
    }
    for (size_t i = 0; (snapshot = ptn_force_snapshot(force, i)) != NULL; i++) {
        struct ptn_snapshot_info info = ptn_snapshot_info(snapshot);

        edition = mixed(edition, info.hash);
    }
    for (size_t i = 0; force->lists != NULL && i < PTN_NODE_REGISTER_COUNT; i++)
        if (force->lists->registers.at[i] != NULL) {
            struct ptn_register_info info = ptn_register_info(force->lists->registers.at[i]);

            edition = mixed(edition, info.hash);
        }
    return ptn_force_has_lists(force) ? edition | 1u : 0;
}
