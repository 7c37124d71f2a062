/* trust/standing_set.c -- the set of orders: what comes in, and what is known of it. An entry is
 * never taken out. */
#include <stdlib.h>

#include "trust/standing_int.h"

struct ptn_orders *ptn_orders_new(void)
{
    return calloc(1, sizeof(struct ptn_orders));
}

void ptn_orders_free(struct ptn_orders *orders)
{
    if (orders == NULL)
        return;
    for (size_t i = 0; i < orders->count; i++) {
        free(orders->entries[i].text);
        free(orders->entries[i].signers);
    }
    free(orders->entries);
    free(orders);
}

/* The slot of the name: its own, or the free one where it belongs. The table is never full. */
static size_t slot_of(const struct ptn_orders *orders, const struct ptn_hash *name)
{
    uint32_t hash;
    size_t slot;

    memcpy(&hash, name->at, sizeof(hash));
    slot = hash % PTN_ORDERS_TABLE_SIZE;
    while (orders->table[slot] != 0 &&
           !ptn_hash_equal(&orders->entries[orders->table[slot] - 1].name, name))
        slot = (slot + 1) % PTN_ORDERS_TABLE_SIZE;
    return slot;
}

size_t ptn_orders_find(const struct ptn_orders *orders, const struct ptn_hash *name)
{
    uint32_t at = orders->table[slot_of(orders, name)];

    return at == 0 ? orders->count : at - 1u;
}

static struct ptn_status make_room(struct ptn_orders *orders, struct ptn_diag *reterr)
{
    struct ptn_orders_item *entries;
    size_t capacity = orders->capacity == 0 ? 16 : orders->capacity * 2;

    if (orders->count == PTN_ORDERS_MAX)
        return ptn_fail(PTN_C_TOO_BIG, reterr, 0, "too many orders");
    if (orders->count < orders->capacity)
        return PTN_OK;
    entries = realloc(orders->entries, capacity * sizeof(*entries));
    if (entries == NULL)
        return ptn_fail(PTN_C_NO_MEMORY, reterr, 0, "no memory for an order");
    orders->entries = entries;
    orders->capacity = capacity;
    return PTN_OK;
}

/* Append an entry with its own copy of the text; *signers becomes the set's. */
static struct ptn_status append(struct ptn_orders *orders, struct ptn_bytes text,
                                const struct ptn_hash *name, struct ptn_orders_signer *signers,
                                size_t signer_count, int64_t seen_ms, struct ptn_diag *reterr)
{
    struct ptn_orders_item entry = {
        .text_len = text.len, .name = *name, .signer_count = signer_count, .seen_ms = seen_ms
    };
    struct ptn_status status = make_room(orders, reterr);

    if (!ptn_ok(status))
        return status;
    entry.text = malloc(text.len);
    if (entry.text == NULL)
        return ptn_fail(PTN_C_NO_MEMORY, reterr, 0, "no memory for an order");
    memcpy(entry.text, text.at, text.len);
    status = ptn_order_parse(ptn_bytes_of(entry.text, text.len), &entry.order, reterr);
    if (!ptn_ok(status)) {
        free(entry.text);
        return status;
    }
    entry.signers = signers;
    orders->entries[orders->count++] = entry;
    orders->table[slot_of(orders, name)] = (uint32_t)orders->count;
    return PTN_OK;
}

bool ptn_orders_has_signer(const struct ptn_orders_item *entry,
                           const uint8_t key[PTN_PUBLIC_KEY_LEN])
{
    for (size_t i = 0; i < entry->signer_count; i++)
        if (memcmp(entry->signers[i].key, key, PTN_PUBLIC_KEY_LEN) == 0)
            return true;
    return false;
}

/* ---- taking in ---- */

/* Whoever of these keys signed goes to the end of signers. */
static struct ptn_status find_signers(const struct ptn_note *note, const struct ptn_vkey *keys,
                                      size_t key_count, enum ptn_orders_hand hand,
                                      struct ptn_orders_signer *signers, size_t *count,
                                      struct ptn_diag *reterr)
{
    for (size_t i = 0; i < key_count; i++) {
        bool has_signed = false;
        struct ptn_status status = ptn_key_signed(note, &keys[i], &has_signed, reterr);

        if (!ptn_ok(status))
            return status;
        if (!has_signed)
            continue;
        memcpy(signers[*count].key, keys[i].public_key, PTN_PUBLIC_KEY_LEN);
        signers[(*count)++].hand = hand;
    }
    return PTN_OK;
}

static struct ptn_status find_all_signers(const struct ptn_roster *roster,
                                          const struct ptn_note *note,
                                          struct ptn_orders_signer *signers, size_t *ret_count,
                                          struct ptn_diag *reterr)
{
    size_t count = 0;
    struct ptn_status status = find_signers(note, roster->authorities, roster->authority_count,
                                            PTN_ORDERS_HAND_AUTHORITY, signers, &count, reterr);

    if (ptn_ok(status))
        status = find_signers(note, roster->duties, roster->duty_count, PTN_ORDERS_HAND_DUTY,
                              signers, &count, reterr);
    if (ptn_ok(status))
        status = find_signers(note, roster->personnel, roster->personnel_count,
                              PTN_ORDERS_HAND_PERSONNEL, signers, &count, reterr);
    if (ptn_ok(status) && count == 0)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, note->text.len, "nobody on the roster signed it");
    if (ptn_ok(status))
        *ret_count = count;
    return status;
}

/* How many orders stand on this key alone. */
static size_t count_alone(const struct ptn_orders *orders, const uint8_t key[PTN_PUBLIC_KEY_LEN])
{
    size_t count = 0;

    for (size_t i = 0; i < orders->count; i++)
        count +=
            orders->entries[i].signer_count == 1 && ptn_orders_has_signer(&orders->entries[i], key);
    return count;
}

/* A known order brings further signatures. */
static struct ptn_status merge(struct ptn_orders_item *entry,
                               const struct ptn_orders_signer *signers, size_t count, bool *ret_new,
                               struct ptn_diag *reterr)
{
    struct ptn_orders_signer *all =
        realloc(entry->signers, (entry->signer_count + count) * sizeof(*all));

    if (all == NULL)
        return ptn_fail(PTN_C_NO_MEMORY, reterr, 0, "no memory for signatures");
    entry->signers = all;
    *ret_new = false;
    for (size_t i = 0; i < count; i++) {
        if (ptn_orders_has_signer(entry, signers[i].key))
            continue;
        entry->signers[entry->signer_count++] = signers[i];
        *ret_new = true;
    }
    return PTN_OK;
}

/* The note's text, checked to be an order of this country, and its name. */
static struct ptn_status read_note(const struct ptn_roster *roster, struct ptn_bytes bytes,
                                   struct ptn_note *ret_note, struct ptn_hash *ret_name,
                                   struct ptn_diag *reterr)
{
    struct ptn_order order;
    struct ptn_status status = ptn_note_parse(bytes, ret_note, reterr);

    if (ptn_ok(status))
        status = ptn_order_parse(ret_note->text, &order, reterr);
    if (ptn_ok(status) && !ptn_bytes_equal(order.country, roster->origin))
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "an order of another country");
    if (ptn_ok(status))
        status = ptn_order_name(ret_note->text, ret_name);
    return status;
}

struct ptn_status ptn_orders_add(struct ptn_orders *orders, const struct ptn_roster *roster,
                                 struct ptn_bytes bytes, int64_t seen_ms, struct ptn_hash *ret_name,
                                 bool *ret_new, struct ptn_diag *reterr)
{
    const size_t most = roster->authority_count + roster->duty_count + roster->personnel_count + 1;
    struct ptn_orders_signer *signers = NULL;
    size_t count = 0;
    size_t index;
    struct ptn_note note;
    struct ptn_hash name;
    bool is_new = true;
    struct ptn_status status = read_note(roster, bytes, &note, &name, reterr);

    if (!ptn_ok(status))
        return status;
    signers = calloc(most, sizeof(*signers));
    if (signers == NULL)
        return ptn_fail(PTN_C_NO_MEMORY, reterr, 0, "no memory for signatures");
    status = find_all_signers(roster, &note, signers, &count, reterr);
    index = ptn_orders_find(orders, &name);
    if (ptn_ok(status) && index < orders->count) {
        status = merge(&orders->entries[index], signers, count, &is_new, reterr);
        free(signers);
    } else {
        if (ptn_ok(status) && count == 1 &&
            count_alone(orders, signers[0].key) >= PTN_ORDERS_ALONE_MAX)
            status = ptn_fail(PTN_C_TOO_BIG, reterr, 0, "this key has given too many orders alone");
        if (ptn_ok(status))
            status = append(orders, note.text, &name, signers, count, seen_ms, reterr);
        if (!ptn_ok(status))
            free(signers);
    }
    if (ptn_ok(status)) {
        *ret_name = name;
        *ret_new = is_new;
    }
    return status;
}

struct ptn_status ptn_orders_add_own(struct ptn_orders *orders, struct ptn_bytes text,
                                     const struct ptn_signers *hands, int64_t seen_ms,
                                     struct ptn_hash *ret_name, struct ptn_diag *reterr)
{
    struct ptn_order order;
    struct ptn_hash name;
    struct ptn_status status = ptn_order_parse(text, &order, reterr);

    if (ptn_ok(status) && order.verb != PTN_ORDER_WITHDRAW)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "a post withdraws by itself and nothing else");
    if (ptn_ok(status))
        status = ptn_order_name(text, &name);
    if (!ptn_ok(status))
        return status;
    if (ptn_orders_find(orders, &name) == orders->count) {
        status = append(orders, text, &name, NULL, 0, seen_ms, reterr);
        if (!ptn_ok(status))
            return status;
        orders->entries[orders->count - 1].own = true;
        orders->entries[orders->count - 1].hands = *hands;
    }
    *ret_name = name;
    return PTN_OK;
}

struct ptn_status ptn_orders_confirm(struct ptn_orders *orders, const struct ptn_hash *name)
{
    size_t index = ptn_orders_find(orders, name);

    if (index == orders->count)
        return (struct ptn_status){ PTN_C_NOT_FOUND };
    orders->entries[index].hands.supervisor = true;
    return PTN_OK;
}

/* The first restore or annul that names this order, rather one that the ledger says was in force:
 * 1 + its index, or 0. */
static size_t find_ending(const struct ptn_orders *orders, const struct ptn_hash *name)
{
    size_t found = 0;

    for (size_t i = 0; i < orders->count; i++) {
        if (!ptn_order_ends(&orders->entries[i].order, name))
            continue;
        if (orders->entries[i].accepted)
            return i + 1;
        if (found == 0)
            found = i + 1;
    }
    return found;
}

struct ptn_status ptn_orders_recall(struct ptn_orders *orders, const struct ptn_hash *name,
                                    bool ended)
{
    size_t index = ptn_orders_find(orders, name);
    struct ptn_orders_item *entry;

    if (index == orders->count)
        return (struct ptn_status){ PTN_C_NOT_FOUND };
    entry = &orders->entries[index];
    entry->accepted = true;
    entry->verdict = ptn_orders_in_force;
    if (ended) {
        entry->ended_by = find_ending(orders, name);
        entry->gone = entry->ended_by == 0;
    }
    return PTN_OK;
}

struct ptn_status ptn_orders_add_former(struct ptn_orders *orders, struct ptn_bytes text,
                                        int64_t seen_ms, struct ptn_hash *ret_name,
                                        struct ptn_diag *reterr)
{
    struct ptn_status status = ptn_order_name(text, ret_name);

    if (ptn_ok(status) && ptn_orders_find(orders, ret_name) == orders->count)
        status = append(orders, text, ret_name, NULL, 0, seen_ms, reterr);
    return status;
}

struct ptn_status ptn_orders_step_back(struct ptn_orders *orders, const struct ptn_roster *roster,
                                       const struct ptn_hash *name, unsigned conditions)
{
    size_t index = ptn_orders_find(orders, name);
    struct ptn_asked asked = { .action = PTN_ACTION_SELF_BACK,
                               .signers = { .node = true },
                               .conditions = conditions };

    if (index == orders->count || !orders->entries[index].own || !orders->entries[index].hands.node)
        return (struct ptn_status){ PTN_C_NOT_FOUND };
    if (orders->entries[index].order.cause == PTN_CAUSE_ATTACK ||
        ptn_authorise(roster, &asked).answer != PTN_ANSWER_YES)
        return (struct ptn_status){ PTN_C_BUSY };
    orders->entries[index].gone = true;
    return PTN_OK;
}

size_t ptn_orders_count(const struct ptn_orders *orders)
{
    return orders->count;
}

struct ptn_orders_entry ptn_orders_at(const struct ptn_orders *orders, size_t index)
{
    const struct ptn_orders_item *entry = &orders->entries[index];

    PTN_PRE(index < orders->count);

    return (struct ptn_orders_entry){ .name = entry->name,
                                      .text = ptn_bytes_of(entry->text, entry->text_len),
                                      .order = entry->order,
                                      .fate = entry->fate,
                                      .verdict = entry->verdict,
                                      .signers = ptn_orders_hands(orders, entry, true),
                                      .seen_ms = entry->seen_ms,
                                      .own = entry->own };
}
