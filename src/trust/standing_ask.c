/* trust/standing_ask.c -- what others ask of the set as it was last judged. */
#include "trust/standing_int.h"

static bool is_attack(const struct ptn_orders_item *entry)
{
    return entry->order.verb == PTN_ORDER_WITHDRAW && entry->order.cause == PTN_CAUSE_ATTACK &&
           ptn_orders_is_standing(entry);
}

/* A release or close that is in force here. */
static bool is_said(const struct ptn_orders_item *entry, enum ptn_order_verb verb)
{
    return entry->order.verb == verb && entry->verdict.answer == PTN_ANSWER_YES && entry->is_for;
}

/* RELEASE-1. */
struct ptn_released ptn_orders_released(const struct ptn_orders *orders,
                                        const uint8_t build[PTN_SHA256_LEN], int64_t since_ms)
{
    struct ptn_buffer hex = { .len_max = (size_t)2 * PTN_SHA256_LEN };
    struct ptn_released found = { .named = false };
    uint32_t least = 0;

    if (!ptn_ok(ptn_buffer_add_hex(&hex, ptn_bytes_of(build, PTN_SHA256_LEN))))
        return found; /* no memory: not known to be released */
    for (size_t i = 0; i < orders->count; i++) {
        const struct ptn_orders_item *entry = &orders->entries[i];

        if (!is_said(entry, PTN_ORDER_RELEASE))
            continue;
        if (entry->order.minimum > least)
            least = entry->order.minimum;
        if (entry->order.given_ms <= since_ms ||
            !ptn_order_has_line(entry->order.builds, ptn_buffer_bytes(&hex)))
            continue;
        found.named = true;
        if (entry->order.version > found.version)
            found.version = entry->order.version;
    }
    ptn_buffer_release(&hex);
    found.too_old = found.named && found.version < least;
    return found;
}

struct ptn_closed ptn_orders_closed(const struct ptn_orders *orders, struct ptn_bytes ledger)
{
    struct ptn_closed closed = { .cause = true, .swept = true };

    for (size_t i = 0; i < orders->count; i++) {
        bool cause = false, swept = false;

        if (is_said(&orders->entries[i], PTN_ORDER_CLOSE) &&
            ptn_order_has_line(orders->entries[i].order.sheets, ledger))
            closed.sheets = true;
        if (!is_attack(&orders->entries[i]))
            continue;
        for (size_t k = 0; k < orders->count; k++) {
            const struct ptn_orders_item *entry = &orders->entries[k];

            if (!is_said(entry, PTN_ORDER_CLOSE) ||
                !ptn_order_names(&entry->order, &orders->entries[i].name))
                continue;
            cause = true;
            swept = swept || entry->order.swept_count > 0;
        }
        closed.cause = closed.cause && cause;
        closed.swept = closed.swept && swept;
    }
    return closed;
}

size_t ptn_orders_add_name(struct ptn_hash *names, size_t count, size_t max,
                           const struct ptn_hash *name)
{
    for (size_t i = 0; i < count; i++)
        if (ptn_hash_equal(&names[i], name))
            return count;
    if (count < max)
        names[count++] = *name;
    return count;
}

size_t ptn_orders_attacks(const struct ptn_orders *orders, struct ptn_hash *ret_names, size_t max)
{
    size_t count = 0;

    for (size_t i = 0; i < orders->count; i++)
        if (is_attack(&orders->entries[i]))
            count = ptn_orders_add_name(ret_names, count, max, &orders->entries[i].name);
    return count;
}

bool ptn_orders_is_revoked(const struct ptn_orders *orders, enum ptn_order_target target,
                           struct ptn_bytes name_or_key)
{
    for (size_t i = 0; i < orders->count; i++) {
        const struct ptn_orders_item *entry = &orders->entries[i];
        struct ptn_bytes what = target == PTN_ORDER_TARGET_KEY
                                    ? ptn_bytes_of(entry->order.key, sizeof(entry->order.key))
                                    : entry->order.target_name;

        if (entry->order.verb == PTN_ORDER_REVOKE && entry->order.target == target &&
            ptn_orders_is_standing(entry) && ptn_bytes_equal(what, name_or_key))
            return true;
    }
    return false;
}

uint64_t ptn_orders_trusted_until(const struct ptn_orders *orders,
                                  const uint8_t key[PTN_PUBLIC_KEY_LEN])
{
    uint64_t until = PTN_TREE_SIZE_MAX;

    for (size_t i = 0; i < orders->count; i++) {
        const struct ptn_orders_item *entry = &orders->entries[i];

        if (entry->order.verb == PTN_ORDER_DISTRUST && ptn_orders_is_standing(entry) &&
            memcmp(entry->order.key, key, PTN_PUBLIC_KEY_LEN) == 0 && entry->order.after < until)
            until = entry->order.after;
    }
    return until;
}

uint64_t ptn_orders_void_after(const struct ptn_orders *orders,
                               const uint8_t key[PTN_PUBLIC_KEY_LEN])
{
    uint64_t after = PTN_TREE_SIZE_MAX;

    for (size_t i = 0; i < orders->count; i++) {
        const struct ptn_orders_item *entry = &orders->entries[i];

        if (is_said(entry, PTN_ORDER_VOID) &&
            memcmp(entry->order.key, key, PTN_PUBLIC_KEY_LEN) == 0 && entry->order.after < after)
            after = entry->order.after;
    }
    return after;
}
