#include "mirror/keeper_int.h"

#include <stdlib.h>

static int compare(const void *a, const void *b)
{
    return memcmp(((const struct held *)a)->id.at, ((const struct held *)b)->id.at, PTN_HASH_LEN);
}

struct held *ptn_keeper_find(struct ptn_keeper *keeper, const struct ptn_hash *id)
{
    struct held wanted = { .id = *id };

    if (keeper->held_count == 0)
        return NULL;
    return bsearch(&wanted, keeper->held, keeper->held_count, sizeof(wanted), compare);
}

/* ---- the table ---- */

static struct ptn_status add_one(struct held *table, size_t *count, const struct ptn_vkey *key)
{
    struct held held = { .listed = true };
    struct ptn_status status = ptn_wire_origin_hash(key->name, &held.id);

    if (!ptn_ok(status))
        return status;
    held.origin = malloc(key->name.len + 1);
    if (held.origin == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    memcpy(held.origin, key->name.at, key->name.len);
    held.origin[key->name.len] = '\0';
    held.key = *key;
    held.key.name = ptn_bytes_from_text(held.origin);
    table[(*count)++] = held;
    return PTN_OK;
}

/* Every ledger of the roster that is kept here: all but the keeper's own. */
static struct ptn_status add_listed(const struct ptn_keeper *keeper, struct held *table,
                                    size_t *count)
{
    const struct ptn_roster *roster = &keeper->roster;
    struct ptn_status status = PTN_OK;

    for (size_t i = 0; ptn_ok(status) && i < roster->node_count; i++) {
        struct ptn_bytes name = roster->nodes[i].ledger.name;

        if (!ptn_bytes_equal(name, keeper->name) &&
            (keeper->only.len == 0 || ptn_bytes_equal(name, keeper->only)))
            status = add_one(table, count, &roster->nodes[i].ledger);
    }
    for (size_t i = 0; ptn_ok(status) && i < roster->spare_count; i++)
        if (keeper->only.len == 0 || ptn_bytes_equal(roster->spares[i].origin, keeper->only))
            status = add_one(table, count, &roster->spares[i].ledger);
    return status;
}

/* Carry what was held before over into the new table. A copy whose key changed is not the same
 * ledger: a roster that does that under one name is answered with the old copy, unlisted. */
static void carry_over(struct ptn_keeper *keeper, struct held *table, size_t *count)
{
    size_t listed = *count;

    for (size_t i = 0; i < keeper->held_count; i++) {
        struct held *old = &keeper->held[i];
        struct held *now = bsearch(old, table, listed, sizeof(*table), compare);
        char *origin;
        bool same;

        if (now == NULL) {
            table[*count] = *old;
            table[(*count)++].listed = false;
            old->origin = NULL;
            continue;
        }
        same = memcmp(now->key.public_key, old->key.public_key, PTN_PUBLIC_KEY_LEN) == 0;
        origin = now->origin;
        *now = *old;
        now->listed = same;
        old->origin = origin; /* freed with the old table */
    }
}

struct ptn_status ptn_keeper_list(struct ptn_keeper *keeper)
{
    const struct ptn_roster *roster = &keeper->roster;
    size_t room = roster->node_count + roster->spare_count + keeper->held_count;
    struct held *table = calloc(room == 0 ? 1 : room, sizeof(*table));
    size_t count = 0;
    struct ptn_status status;

    if (table == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    status = add_listed(keeper, table, &count);
    if (!ptn_ok(status)) {
        for (size_t i = 0; i < count; i++)
            free(table[i].origin);
        free(table);
        return status;
    }
    qsort(table, count, sizeof(*table), compare);
    carry_over(keeper, table, &count);
    qsort(table, count, sizeof(*table), compare);
    for (size_t i = 0; i < keeper->held_count; i++)
        free(keeper->held[i].origin);
    free(keeper->held);
    keeper->held = table;
    keeper->held_count = count;
    for (size_t i = 0; i < count; i++)
        if (!table[i].there)
            table[i].there = ptn_copy_is_there(keeper->world, keeper->dir, table[i].key.name);
    return PTN_OK;
}

/* ---- copies ---- */

static void close_oldest(struct ptn_keeper *keeper)
{
    struct held *oldest = NULL;

    for (size_t i = 0; i < keeper->held_count; i++) {
        struct held *held = &keeper->held[i];

        if (held->copy != NULL && (oldest == NULL || held->used < oldest->used))
            oldest = held;
    }
    if (oldest != NULL) {
        ptn_copy_close(oldest->copy);
        oldest->copy = NULL;
        keeper->open_count--;
    }
}

void ptn_keeper_let_go(struct ptn_keeper *keeper)
{
    while (keeper->open_count > 0)
        close_oldest(keeper);
}

void ptn_keeper_look_behind(struct ptn_keeper *keeper, struct held *held,
                            const struct ptn_copy *copy)
{
    struct ptn_copy_standing standing;

    ptn_copy_standing(copy, &standing);
    held->pending_size = standing.pending_size;
    if (held->pending_size <= held->shown_size)
        held->behind_ms = 0;
    else if (held->behind_ms == 0)
        held->behind_ms = keeper->world->now_ms(keeper->world->context);
}

struct ptn_status ptn_keeper_copy(struct ptn_keeper *keeper, struct held *held, bool create,
                                  struct ptn_copy **ret_copy)
{
    struct ptn_copy_standing standing;
    struct ptn_status status;

    held->used = keeper->turn;
    if (held->copy != NULL) {
        *ret_copy = held->copy;
        return PTN_OK;
    }
    if (!held->there && !create)
        return (struct ptn_status){ PTN_C_NOT_FOUND };
    while (keeper->open_count >= PTN_KEEPER_OPEN_MAX)
        close_oldest(keeper);
    status = ptn_copy_open(keeper->world, keeper->dir, &held->key, &held->copy, NULL);
    if (!ptn_ok(status)) {
        held->copy = NULL;
        held->corrupt = held->corrupt || status.code == PTN_C_CORRUPT;
        return status;
    }
    ptn_copy_standing(held->copy, &standing);
    held->there = true;
    held->shown = standing.cosigned_size > 0;
    held->shown_size = standing.cosigned_size;
    held->missing = held->shown && standing.size == standing.cosigned_size ? standing.missing : 0;
    held->forked = held->forked || standing.evidence_count > 0;
    ptn_keeper_look_behind(keeper, held, held->copy);
    keeper->open_count++;
    *ret_copy = held->copy;
    return PTN_OK;
}

struct ptn_status ptn_keeper_look(struct ptn_keeper *keeper, struct ptn_diag *reterr)
{
    for (size_t i = 0; i < keeper->held_count; i++) {
        struct ptn_copy *copy;
        struct ptn_status status = ptn_keeper_copy(keeper, &keeper->held[i], false, &copy);

        if (ptn_ok(status))
            status = ptn_keeper_catch_up(keeper, &keeper->held[i], copy);
        /* A damaged copy is said in the standing; the others go on. */
        if (!ptn_ok(status) && status.code != PTN_C_NOT_FOUND && status.code != PTN_C_CORRUPT)
            return ptn_fail(status.code, reterr, i, "a copy cannot be opened");
    }
    return PTN_OK;
}

/* ---- digests seen ---- */

static size_t slot_of(const struct seen *seen, const struct ptn_hash *hash)
{
    size_t at;

    memcpy(&at, hash->at, sizeof(at));
    for (at &= seen->capacity - 1; seen->slots[at].used; at = (at + 1) & (seen->capacity - 1))
        if (ptn_hash_equal(&seen->slots[at].hash, hash))
            break;
    return at;
}

bool ptn_seen_find(const struct seen *seen, const struct ptn_hash *hash, uint64_t *ret_index)
{
    size_t at;

    if (seen->capacity == 0)
        return false;
    at = slot_of(seen, hash);
    if (seen->slots[at].used)
        *ret_index = seen->slots[at].index;
    return seen->slots[at].used;
}

struct ptn_status ptn_seen_reserve(struct seen *seen)
{
    struct seen larger = { .capacity = seen->capacity == 0 ? 64 : seen->capacity * 2 };

    if (seen->count + 1 <= seen->capacity / 2)
        return PTN_OK;
    larger.slots = calloc(larger.capacity, sizeof(*larger.slots));
    if (larger.slots == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    for (size_t i = 0; i < seen->capacity; i++)
        if (seen->slots[i].used)
            ptn_seen_add(&larger, &seen->slots[i].hash, seen->slots[i].index);
    free(seen->slots);
    *seen = larger;
    return PTN_OK;
}

void ptn_seen_add(struct seen *seen, const struct ptn_hash *hash, uint64_t index)
{
    size_t at = slot_of(seen, hash);

    PTN_PRE(seen->count < seen->capacity);

    if (!seen->slots[at].used)
        seen->count++;
    seen->slots[at] = (struct seen_slot){ *hash, index, true };
}
