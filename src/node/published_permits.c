/* node/published_permits.c -- permits that centres publish, at a post: records out of the copies,
 * in the order of the ledger, and all of them together for lanes. See published.h. */
#include <stdlib.h>

#include "node/published_int.h"

#define RECORDS_MAX 4096u
#define BYTES_MAX   ((size_t)128 << 20)

struct record {
    struct ptn_hash name;
    uint8_t salt[PTN_SHA256_LEN];
    uint8_t *slots; /* Owned */
    size_t len, count;
    bool confirmed;
};

struct ptn_published_permits {
    struct record *at; /* in the order in which they came: a ledger's */
    size_t count, len, slots;
    size_t refused, left_out;
    bool changed;
};

struct ptn_published_permits *ptn_published_permits_new(void)
{
    struct ptn_published_permits *permits = calloc(1, sizeof(*permits));

    if (permits != NULL)
        permits->at = calloc(RECORDS_MAX, sizeof(*permits->at));
    if (permits != NULL && permits->at != NULL)
        return permits;
    free(permits);
    return NULL;
}

void ptn_published_permits_free(struct ptn_published_permits *permits)
{
    if (permits == NULL)
        return;
    for (size_t i = 0; i < permits->count; i++)
        free(permits->at[i].slots);
    free(permits->at);
    free(permits);
}

void ptn_published_permits_touch(struct ptn_published_permits *permits, const struct ptn_hash *name)
{
    for (size_t i = 0; i < permits->count; i++)
        if (ptn_hash_equal(&permits->at[i].name, name))
            permits->changed = true;
}

void ptn_published_permits_begin(struct ptn_published_permits *permits)
{
    permits->changed = true;
}

/* How many slots; false: the bytes are none. */
static bool count_slots(struct ptn_bytes bytes, size_t *ret_count)
{
    struct ptn_cursor cursor = ptn_cursor_at(bytes);
    struct ptn_permit_slot slot;
    struct ptn_status status;
    size_t count = 0;

    while (ptn_ok(status = ptn_permit_slot_next(&cursor, &slot)))
        count++;
    *ret_count = count;
    return status.code == PTN_C_NOT_FOUND;
}

struct ptn_status ptn_published_add_permits(struct ptn_published *published,
                                            struct ptn_bytes payload)
{
    struct ptn_published_permits *permits = published->permits;
    struct ptn_permits_published said;
    struct record record = { .count = 0 };
    struct ptn_status status = ptn_sha256(&payload, 1, record.name.at);

    for (size_t i = 0; ptn_ok(status) && i < permits->count; i++)
        if (ptn_hash_equal(&permits->at[i].name, &record.name))
            return PTN_OK; /* said again: as said once */
    if (ptn_ok(status))
        status = ptn_permits_published_parse(payload, &said, NULL);
    if (ptn_ok(status) && !count_slots(said.slots, &record.count))
        status = (struct ptn_status){ PTN_C_BAD_INPUT };
    if (!ptn_ok(status)) {
        permits->refused++;
        return status;
    }
    if (permits->count == RECORDS_MAX || said.slots.len > BYTES_MAX - permits->len) {
        permits->left_out += record.count;
        return (struct ptn_status){ PTN_C_TOO_BIG };
    }
    record.slots = malloc(said.slots.len);
    if (record.slots == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    memcpy(record.slots, said.slots.at, said.slots.len);
    memcpy(record.salt, said.salt, sizeof(record.salt));
    record.len = said.slots.len;
    permits->at[permits->count++] = record;
    permits->len += record.len;
    permits->slots += record.count;
    permits->changed = true;
    return PTN_OK;
}

struct ptn_status ptn_published_permits(struct ptn_published *published,
                                        struct ptn_permit_slots **ret_slots)
{
    struct ptn_published_permits *permits = published->permits;
    struct ptn_permit_slots_part *parts;
    struct ptn_status status;

    *ret_slots = NULL;
    if (!permits->changed)
        return PTN_OK;
    parts = calloc(permits->count + 1, sizeof(*parts));
    if (parts == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    for (size_t i = 0; i < permits->count; i++) {
        struct record *record = &permits->at[i];

        record->confirmed = ptn_published_is_confirmed(published, &record->name);
        parts[i] =
            (struct ptn_permit_slots_part){ record->salt, ptn_bytes_of(record->slots, record->len),
                                            record->confirmed };
    }
    status = ptn_permit_slots_make(parts, permits->count, ret_slots);
    if (ptn_ok(status))
        permits->changed = false;
    free(parts);
    return status;
}

void ptn_published_permits_standing(const struct ptn_published *published,
                                    struct ptn_published_permits_standing *ret_standing)
{
    const struct ptn_published_permits *permits = published->permits;
    struct ptn_published_permits_standing standing = { .slots = permits->slots,
                                                       .refused = permits->refused,
                                                       .left_out = permits->left_out };

    for (size_t i = 0; i < permits->count; i++)
        standing.waiting += ptn_published_is_confirmed(published, &permits->at[i].name) ? 0u : 1u;
    *ret_standing = standing;
}
