/* trust/roster_widens.c -- what of a roster trusts more than the one before it. */
#include "trust/roster.h"

static bool has_key(const struct ptn_vkey *keys, size_t count, const struct ptn_vkey *key)
{
    for (size_t i = 0; i < count; i++)
        if (memcmp(keys[i].public_key, key->public_key, PTN_PUBLIC_KEY_LEN) == 0)
            return true;
    return false;
}

static bool has_keys(const struct ptn_vkey *keys, size_t count, const struct ptn_vkey *wanted,
                     size_t wanted_count)
{
    for (size_t i = 0; i < wanted_count; i++)
        if (!has_key(keys, count, &wanted[i]))
            return false;
    return true;
}

static bool same_node(const struct ptn_roster_node *a, const struct ptn_roster_node *b)
{
    return a->role == b->role &&
           memcmp(a->ledger.public_key, b->ledger.public_key, PTN_PUBLIC_KEY_LEN) == 0 &&
           memcmp(a->tls, b->tls, PTN_TLS_ID_LEN) == 0 && ptn_bytes_equal(a->post, b->post) &&
           ptn_bytes_equal(a->address, b->address) &&
           (a->address.len == 0 ||
            memcmp(a->mirror.public_key, b->mirror.public_key, PTN_PUBLIC_KEY_LEN) == 0);
}

static bool has_nodes(const struct ptn_roster *old, const struct ptn_roster *next)
{
    for (size_t i = 0; i < next->node_count; i++) {
        const struct ptn_roster_node *node = ptn_roster_find(old, next->nodes[i].ledger.name);

        if (node == NULL || !same_node(node, &next->nodes[i]))
            return false;
    }
    return true;
}

static bool has_spares(const struct ptn_roster *old, const struct ptn_roster *next)
{
    for (size_t i = 0; i < next->spare_count; i++) {
        const struct ptn_roster_spare *wanted = &next->spares[i];
        const struct ptn_roster_spare *spare = ptn_roster_find_spare(old, wanted->ledger.name);

        if (spare == NULL || !ptn_bytes_equal(spare->origin, wanted->origin) ||
            memcmp(spare->ledger.public_key, wanted->ledger.public_key, PTN_PUBLIC_KEY_LEN) != 0 ||
            memcmp(spare->tls, wanted->tls, PTN_TLS_ID_LEN) != 0)
            return false;
    }
    return true;
}

static bool has_readings(const struct ptn_roster *old, const struct ptn_roster *next)
{
    for (size_t i = 0; i < next->reading_count; i++) {
        const struct ptn_roster_reading *wanted = &next->readings[i];
        const uint8_t *key = ptn_roster_reading_key(old, wanted->origin, wanted->month);

        if (key == NULL || memcmp(key, wanted->key, PTN_READING_KEY_LEN) != 0)
            return false;
    }
    return true;
}

/* A class that next does not name, or names with fewer days, could be erased earlier. */
static bool keeps_as_long(const struct ptn_roster *old, const struct ptn_roster *next)
{
    for (size_t i = 0; i < old->retention_count; i++) {
        bool kept = false;

        for (size_t k = 0; k < next->retention_count; k++)
            kept = kept || (next->retentions[k].retention == old->retentions[i].retention &&
                            next->retentions[k].days >= old->retentions[i].days);
        if (!kept)
            return false;
    }
    return true;
}

const char *ptn_roster_widens(const struct ptn_roster *old, const struct ptn_roster *next)
{
    if (!has_nodes(old, next))
        return "a node, or another certificate or address of one";
    if (!has_spares(old, next))
        return "a spare identity";
    if (!has_keys(old->authorities, old->authority_count, next->authorities,
                  next->authority_count) ||
        !has_keys(old->duties, old->duty_count, next->duties, next->duty_count) ||
        !has_keys(old->personnel, old->personnel_count, next->personnel, next->personnel_count))
        return "a person's key";
    if (next->authorities_needed < old->authorities_needed)
        return "fewer authorities needed";
    if (next->quorum_f < old->quorum_f && next->quorum_n >= old->quorum_n)
        return "fewer liars expected";
    if (next->quorum_q < old->quorum_q && next->quorum_n >= old->quorum_n)
        return "fewer keepers needed";
    if (!has_readings(old, next))
        return "a reading key";
    if (next->publishing.len > 0 && !ptn_bytes_equal(next->publishing, old->publishing))
        return "another centre that publishes";
    if (!keeps_as_long(old, next))
        return "a shorter time for which records are kept";
    return NULL;
}
