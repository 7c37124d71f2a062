/*
 * node/heightened.c -- heightened checks at a post: which of its rules have days, and today is one
 * of them; and how many travellers each of its rules met of late.
 */
#include "node/node_int.h"

static const char prefix[] = "rule.";

/* ---- how many were met ---- */

/* The rule's own place, else the one that was met longest ago. */
static struct ptn_rule_met *place_of(struct ptn_rule_met *met, struct ptn_bytes rule)
{
    struct ptn_rule_met *oldest = &met[0];

    for (size_t i = 0; i < PTN_RULE_MET_MAX; i++) {
        if (ptn_bytes_is(rule, met[i].rule))
            return &met[i];
        if (met[i].last_ms < oldest->last_ms)
            oldest = &met[i];
    }
    *oldest = (struct ptn_rule_met){ .last_ms = 0 };
    memcpy(oldest->rule, rule.at, rule.len);
    return oldest;
}

void ptn_node_rule_met(struct ptn_node *node, struct ptn_bytes reason, int64_t time_ms)
{
    const size_t begun = sizeof(prefix) - 1;
    struct ptn_bytes rule = ptn_bytes_slice(reason, begun, SIZE_MAX);
    struct ptn_rule_met *met;

    if (reason.len <= begun || memcmp(reason.at, prefix, begun) != 0 ||
        rule.len >= sizeof(node->rules_met[0].rule))
        return;
    ptn_node_lock(node);
    met = place_of(node->rules_met, rule);
    glance_add(met->hours, PTN_RULE_MET_HOURS, time_ms / HOUR_MS);
    if (time_ms > met->last_ms)
        met->last_ms = time_ms;
    ptn_node_unlock(node);
}

/* In the last 24 hours. */
static uint32_t met_of(struct ptn_node *node, struct ptn_bytes rule, int64_t now_ms)
{
    uint32_t count = 0;

    ptn_node_lock(node);
    for (size_t i = 0; i < PTN_RULE_MET_MAX; i++)
        if (ptn_bytes_is(rule, node->rules_met[i].rule))
            count = glance_count(node->rules_met[i].hours, PTN_RULE_MET_HOURS,
                                 now_ms / HOUR_MS - (int64_t)PTN_RULE_MET_HOURS);
    ptn_node_unlock(node);
    return count;
}

/* ---- which are in force: RULES-3 ---- */

static bool copy(struct ptn_arena *arena, struct ptn_bytes *text)
{
    text->at = (const uint8_t *)ptn_arena_text(arena, *text);
    return text->at != NULL;
}

/* Those of one set, behind what is there. */
static struct ptn_status add_set(struct ptn_node *node, const struct ptn_rules *rules,
                                 int64_t now_ms, struct ptn_arena *arena,
                                 struct ptn_node_standing *standing)
{
    const struct ptn_bytes post = ptn_bytes_from_text(node->plan.code);
    const struct ptn_date today = ptn_place_local_date(now_ms);

    for (size_t i = 0; rules != NULL && i < ptn_rules_count(rules) &&
                       standing->heightened_count < PTN_NODE_HEIGHTENED_MAX;
         i++) {
        struct ptn_heightened found;
        struct ptn_node_heightened *one = &standing->heightened[standing->heightened_count];

        if (!ptn_rules_heightened(rules, i, today, post, &found))
            continue;
        *one = (struct ptn_node_heightened){ .rule = found.id,
                                             .text = found.text,
                                             .text_sq = found.text_sq,
                                             .from = found.from,
                                             .until = found.until,
                                             .met = met_of(node, found.id, now_ms) };
        if (!copy(arena, &one->rule) || !copy(arena, &one->text) || !copy(arena, &one->text_sq))
            return (struct ptn_status){ PTN_C_NO_MEMORY };
        standing->heightened_count++;
    }
    return PTN_OK;
}

struct ptn_status ptn_node_heightened(struct ptn_node *node, int64_t now_ms,
                                      struct ptn_arena *arena, struct ptn_node_standing *standing)
{
    struct ptn_node_rules *published = ptn_node_rules_enter(node);
    struct ptn_status status = { PTN_C_NO_MEMORY };

    standing->heightened =
        ptn_arena_take(arena, PTN_NODE_HEIGHTENED_MAX * sizeof(*standing->heightened));
    if (standing->heightened != NULL)
        status = add_set(node, ptn_node_rules_first(node->own_rules), now_ms, arena, standing);
    if (ptn_ok(status))
        status = add_set(node, ptn_node_rules_first(published), now_ms, arena, standing);
    ptn_node_rules_leave(node, published);
    return status;
}
