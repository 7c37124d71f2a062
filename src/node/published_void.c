/*
 * node/published_void.c -- all that a ledger published from a size on is out of force: its key was
 * stolen, and an offline note says from where (PUBLISH-5). Whoever had the key can have published
 * any number of records, and what they replaced, continued or crowded out cannot be taken apart one
 * by one: everything is read again, without them, and takes the former's place when it has come as
 * far.
 */
#include <stdlib.h>

#include "node/apply_int.h"
#include "node/node_int.h"
#include "node/published_int.h"

/* PUBLISH-5. */
struct ptn_published *ptn_published_anew(const struct ptn_published *former,
                                         const struct ptn_published_void *voids, size_t count)
{
    struct ptn_published *published = ptn_published_new(former->world);
    bool good = published != NULL;

    PTN_PRE(count <= PTN_PUBLISHED_VOIDS);
    if (good && count > 0)
        memcpy(published->voids, voids, count * sizeof(*voids));
    if (good) {
        published->void_count = count;
        ptn_published_rules_touch(published->rules);
        ptn_published_permits_begin(published->permits);
    }
    for (size_t i = 0; good && i < former->alerts.count; i++) {
        const struct ptn_published_record *record = &former->alerts.at[i];

        good = !record->own ||
               ptn_ok(ptn_published_add_own(published, ptn_bytes_of(record->payload, record->len)));
    }
    if (good)
        return published;
    ptn_published_free(published);
    return NULL;
}

bool ptn_published_reached(const struct ptn_published *published,
                           const struct ptn_published *former)
{
    for (size_t i = 0; i < former->ledger_count; i++) {
        const struct ptn_published_ledger *then = &former->ledgers[i];
        bool reached = false;

        for (size_t k = 0; k < published->ledger_count && !reached; k++) {
            const struct ptn_published_ledger *now = &published->ledgers[k];

            reached = ptn_hash_equal(&now->origin, &then->origin) && now->next >= then->next &&
                      now->list_next >= then->list_next;
        }
        if (!reached)
            return false;
    }
    return true;
}

/* ---- what orders say ---- */

size_t ptn_publishing_voided(const struct ptn_orders *orders, struct ptn_published_void *ret_voids)
{
    size_t count = 0;

    for (size_t i = 0; i < ptn_orders_count(orders) && count < PTN_PUBLISHED_VOIDS; i++) {
        struct ptn_orders_entry entry = ptn_orders_at(orders, i);
        uint64_t after = ptn_orders_void_after(orders, entry.order.key);
        size_t at = 0;

        if (entry.order.verb != PTN_ORDER_VOID || after == PTN_TREE_SIZE_MAX)
            continue;
        while (at < count && memcmp(ret_voids[at].key, entry.order.key, PTN_PUBLIC_KEY_LEN) != 0)
            at++;
        if (at < count)
            continue;
        memcpy(ret_voids[count].key, entry.order.key, PTN_PUBLIC_KEY_LEN);
        ret_voids[count++].after = after;
    }
    return count;
}

void ptn_publishing_judge_voids(struct ptn_node *node)
{
    struct ptn_published_void voids[PTN_PUBLISHED_VOIDS];
    size_t count = ptn_publishing_voided(node->apply->orders, voids);

    if (node->voids == NULL && count > 0)
        node->voids = calloc(PTN_PUBLISHED_VOIDS, sizeof(*node->voids));
    if (node->voids == NULL)
        return; /* then it stays in force: the safe side */
    ptn_node_lock(node);
    memcpy(node->voids, voids, count * sizeof(voids[0]));
    node->void_count = count;
    ptn_node_unlock(node);
}

size_t ptn_publishing_voids(struct ptn_node *node, struct ptn_published_void *ret_voids)
{
    size_t count;

    ptn_node_lock(node);
    count = node->void_count;
    if (count > 0)
        memcpy(ret_voids, node->voids, count * sizeof(ret_voids[0]));
    ptn_node_unlock(node);
    return count;
}
