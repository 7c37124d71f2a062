/* node/published_read.c -- records out of the copies of centres' ledgers: see published.h. */
#include "node/published_int.h"

#define WAIT_US INT64_C(10000000) /* for a payload that is on its way */
#define LATE_US INT64_C(2000000)  /* between two looks for those that were not waited for */

static struct ptn_published_ledger *slot_of(struct ptn_published *published,
                                            struct ptn_bytes origin)
{
    struct ptn_hash name;

    if (!ptn_ok(ptn_sha256(&origin, 1, name.at)))
        return NULL;
    for (size_t i = 0; i < published->ledger_count; i++)
        if (ptn_hash_equal(&published->ledgers[i].origin, &name))
            return &published->ledgers[i];
    if (published->ledger_count == PTN_PUBLISHED_LEDGERS)
        return NULL;
    published->ledgers[published->ledger_count] = (struct ptn_published_ledger){ .origin = name };
    return &published->ledgers[published->ledger_count++];
}

/* Take in the entry. False: its payload is not here yet, or there is no memory for it now. */
static bool take(struct ptn_published *published, struct ptn_copy *copy,
                 const struct ptn_vault *vault, uint64_t seq, size_t *ret_new)
{
    struct ptn_ledger_header header = { .kind = 0 };
    struct ptn_status status;
    bool new = false;

    ptn_buffer_clear(&published->payload);
    status = ptn_copy_open_payload(copy, vault, seq, &header, &published->payload, NULL);
    if (status.code == PTN_C_NOT_FOUND) { /* not here, or no key opens it */
        ptn_buffer_clear(&published->payload);
        if (!ptn_ok(ptn_copy_read(copy, seq, &header, &published->payload, NULL)))
            return false;
    }
    if (!ptn_ok(status)) {
        published->unread++;
        return true;
    }
    status = ptn_published_add(published, (enum ptn_record_kind)header.kind,
                               ptn_buffer_bytes(&published->payload), &new, NULL);
    if (status.code == PTN_C_NO_MEMORY) /* it is looked for again: no reason is left out for good */
        return false;
    if (!ptn_ok(status)) /* too many are counted there */
        published->unread++;
    *ret_new += new ? 1 : 0;
    return true;
}

/* Not here after it was waited for: what stands behind it is in force first. */
static void put_late(struct ptn_published *published, size_t ledger, uint64_t seq)
{
    if (published->late_count == PTN_PUBLISHED_LATE) {
        memmove(published->late, published->late + 1,
                (PTN_PUBLISHED_LATE - 1) * sizeof(published->late[0]));
        published->late_count--;
        published->unread++;
    }
    published->late[published->late_count++] = (struct ptn_published_late){ ledger, seq };
}

static bool is_waited_for(struct ptn_published *published, struct ptn_published_ledger *ledger,
                          uint64_t size)
{
    int64_t now_us = published->world->monotonic_us(published->world->context);

    if (ledger->next >= ledger->waits_size) { /* all that is there now is waited for together */
        ledger->waits_size = size;
        ledger->waits_since_us = now_us;
    }
    return now_us - ledger->waits_since_us < WAIT_US;
}

static bool is_published(const struct ptn_ledger_header *header)
{
    return header->has_payload &&
           (header->kind == PTN_RECORD_ALERT || header->kind == PTN_RECORD_LEAVE ||
            header->kind == PTN_RECORD_RULES);
}

/* What the ledger says from limit on counts no more. True: there is more to read. */
static bool read_ledger(struct ptn_published *published, struct ptn_published_ledger *ledger,
                        struct ptn_copy *copy, const struct ptn_vault *vault, uint64_t limit,
                        size_t *ret_new)
{
    struct ptn_copy_standing standing;

    ptn_copy_standing(copy, &standing);
    for (size_t looks = 0; ledger->next < standing.size && looks < PTN_PUBLISHED_LOOKS; looks++) {
        struct ptn_ledger_header header;

        if (!ptn_ok(ptn_copy_read(copy, ledger->next, &header, NULL, NULL)))
            return false;
        if (is_published(&header) && ledger->next >= limit) { /* PUBLISH-5 */
            published->voided++;
        } else if (is_published(&header) && !take(published, copy, vault, ledger->next, ret_new)) {
            if (is_waited_for(published, ledger, standing.size))
                return false;
            put_late(published, (size_t)(ledger - published->ledgers), ledger->next);
        }
        ledger->next++;
    }
    return ledger->next < standing.size;
}

static void look_for_late(struct ptn_published *published, size_t ledger, struct ptn_copy *copy,
                          const struct ptn_vault *vault, size_t *ret_new)
{
    size_t kept = 0;

    for (size_t i = 0; i < published->late_count; i++) {
        struct ptn_published_late late = published->late[i];

        if (late.ledger != ledger || !take(published, copy, vault, late.seq, ret_new))
            published->late[kept++] = late;
    }
    published->late_count = kept;
}

/* From which size on nothing counts that this ledger published: by its own key, which is not that
 * of the node when it is a spare's. */
static uint64_t limit_of(const struct ptn_published *published, const struct ptn_roster *roster,
                         struct ptn_bytes origin)
{
    struct ptn_vkey key;

    if (!ptn_roster_ledger_key(roster, origin, &key))
        return UINT64_MAX;
    for (size_t i = 0; i < published->void_count; i++)
        if (memcmp(published->voids[i].key, key.public_key, PTN_PUBLIC_KEY_LEN) == 0)
            return published->voids[i].after;
    return UINT64_MAX;
}

struct ptn_status ptn_published_read(struct ptn_published *published,
                                     const struct ptn_country *country, struct ptn_follow *follow,
                                     const struct ptn_vault *vault, size_t *ret_new, bool *ret_more)
{
    int64_t now_us = published->world->monotonic_us(published->world->context);
    bool late = published->late_count > 0 && now_us - published->late_at_us >= LATE_US;
    struct ptn_bytes origin;

    *ret_new = 0;
    *ret_more = false;
    for (size_t i = 0; (origin = ptn_follow_origin(follow, i)).len > 0; i++) {
        const struct ptn_roster_node *node = ptn_country_node(country, origin);
        struct ptn_copy *copy = ptn_follow_copy(follow, origin);
        struct ptn_published_ledger *ledger;
        uint64_t limit;

        if (node == NULL || node->role != PTN_ROSTER_CENTRE || copy == NULL)
            continue;
        ledger = slot_of(published, origin);
        if (ledger == NULL)
            return (struct ptn_status){ PTN_C_TOO_BIG };
        limit = limit_of(published, &country->roster, origin);
        if (late)
            look_for_late(published, (size_t)(ledger - published->ledgers), copy, vault, ret_new);
        if (read_ledger(published, ledger, copy, vault, limit, ret_new))
            *ret_more = true;
        if (ptn_published_read_lists(published, (size_t)(ledger - published->ledgers), copy, vault,
                                     limit))
            *ret_more = true;
    }
    if (late)
        published->late_at_us = now_us;
    return PTN_OK;
}
