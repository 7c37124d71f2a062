/*
 * trust/standing.c -- the set of orders. An entry is never taken out; judging reads the whole set
 * and writes each entry's fate.
 *
 *   withdraw, revoke, distrust   refused/waiting --enough hands--> standing (for good: ORDER-2)
 *                                standing --restore or annul that names it--> ended
 *   restore, annul               looked at for each order it names, whenever that one came
 *
 * A revocation ends no order and takes no hand from a tightening: it takes hands from what loosens,
 * so the more of the set is known, the more can stand.
 */
#include "trust/standing.h"

#include <stdlib.h>

#define TABLE_SIZE  16384u /* a power of two above PTN_ORDERS_MAX */
#define FEW_POSTS   2u
#define DAY_MS      INT64_C(86400000)
#define REVOKED_MAX 1024u

enum hand { HAND_AUTHORITY, HAND_DUTY, HAND_PERSONNEL };

struct signer {
    uint8_t key[PTN_PUBLIC_KEY_LEN];
    enum hand hand;
};

struct entry {
    uint8_t *text; /* Owned; the order's views point into it */
    size_t text_len;
    struct ptn_hash name;
    struct ptn_order order;
    struct signer *signers; /* Owned */
    size_t signer_count;
    struct ptn_signers hands; /* what no signature shows: node, supervisor, code */
    int64_t seen_ms;
    bool own;
    bool accepted;   /* a tightening that had hands enough once; an advance that came into force */
    bool ready;      /* an advance that could come into force when judging began */
    bool gone;       /* ended by the post's own step back, or by its ledger's word */
    bool ended;      /* as last judged */
    size_t ended_by; /* 1 + the index of the restore or annul that was enough; 0: none */
    bool is_for;     /* as last judged */
    enum ptn_order_fate fate;
    struct ptn_ruling verdict;
};

struct ptn_orders {
    struct entry *entries;
    size_t count, capacity;
    uint32_t table[TABLE_SIZE]; /* 1 + index, by the first bytes of the name */
    uint8_t revoked[REVOKED_MAX][PTN_PUBLIC_KEY_LEN];
    size_t revoked_count;
};

static const struct ptn_ruling unknown_order = { PTN_ANSWER_NOT_YET, "order-unknown",
                                                 "It names an order that has not come here.",
                                                 "Përmend një urdhër që nuk ka ardhur këtu." };
static const struct ptn_ruling half_first = { PTN_ANSWER_NOT_YET, "half-first",
                                              "Half of the lanes come before all of them.",
                                              "Gjysma e korsive vjen para të gjithave." };
static const struct ptn_ruling unknown_return = { PTN_ANSWER_NOT_YET, "no-return",
                                                  "It names no return that is under way here.",
                                                  "Nuk përmend asnjë kthim që po bëhet këtu." };
static const struct ptn_ruling in_force = { PTN_ANSWER_YES, "yes", "It is authorised.",
                                            "Është i autorizuar." };

const char *ptn_order_fate_word(enum ptn_order_fate fate)
{
    static const char *const words[] = { "refused", "waiting", "standing", "ended", "elsewhere" };

    return words[fate];
}

/* ---- the set ---- */

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
    slot = hash % TABLE_SIZE;
    while (orders->table[slot] != 0 &&
           !ptn_hash_equal(&orders->entries[orders->table[slot] - 1].name, name))
        slot = (slot + 1) % TABLE_SIZE;
    return slot;
}

size_t ptn_orders_find(const struct ptn_orders *orders, const struct ptn_hash *name)
{
    uint32_t at = orders->table[slot_of(orders, name)];

    return at == 0 ? orders->count : at - 1u;
}

static struct ptn_status make_room(struct ptn_orders *orders, struct ptn_diag *reterr)
{
    struct entry *entries;
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
                                const struct ptn_hash *name, struct signer *signers,
                                size_t signer_count, int64_t seen_ms, struct ptn_diag *reterr)
{
    struct entry entry = {
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

static bool has_signer(const struct entry *entry, const uint8_t key[PTN_PUBLIC_KEY_LEN])
{
    for (size_t i = 0; i < entry->signer_count; i++)
        if (memcmp(entry->signers[i].key, key, PTN_PUBLIC_KEY_LEN) == 0)
            return true;
    return false;
}

/* ---- taking in ---- */

/* Whoever of these keys signed goes to the end of signers. */
static struct ptn_status find_signers(const struct ptn_note *note, const struct ptn_vkey *keys,
                                      size_t key_count, enum hand hand, struct signer *signers,
                                      size_t *count, struct ptn_diag *reterr)
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
                                          const struct ptn_note *note, struct signer *signers,
                                          size_t *ret_count, struct ptn_diag *reterr)
{
    size_t count = 0;
    struct ptn_status status = find_signers(note, roster->authorities, roster->authority_count,
                                            HAND_AUTHORITY, signers, &count, reterr);

    if (ptn_ok(status))
        status = find_signers(note, roster->duties, roster->duty_count, HAND_DUTY, signers, &count,
                              reterr);
    if (ptn_ok(status))
        status = find_signers(note, roster->personnel, roster->personnel_count, HAND_PERSONNEL,
                              signers, &count, reterr);
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
        count += orders->entries[i].signer_count == 1 && has_signer(&orders->entries[i], key);
    return count;
}

/* A known order brings further signatures. */
static struct ptn_status merge(struct entry *entry, const struct signer *signers, size_t count,
                               bool *ret_new, struct ptn_diag *reterr)
{
    struct signer *all = realloc(entry->signers, (entry->signer_count + count) * sizeof(*all));

    if (all == NULL)
        return ptn_fail(PTN_C_NO_MEMORY, reterr, 0, "no memory for signatures");
    entry->signers = all;
    *ret_new = false;
    for (size_t i = 0; i < count; i++) {
        if (has_signer(entry, signers[i].key))
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
    struct signer *signers = NULL;
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
    struct entry *entry;

    if (index == orders->count)
        return (struct ptn_status){ PTN_C_NOT_FOUND };
    entry = &orders->entries[index];
    entry->accepted = true;
    entry->verdict = in_force;
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

/* ---- judging what tightens ---- */

static bool is_tightening(const struct entry *entry)
{
    return entry->order.verb == PTN_ORDER_WITHDRAW || entry->order.verb == PTN_ORDER_REVOKE ||
           entry->order.verb == PTN_ORDER_DISTRUST;
}

static bool is_revoked_key(const struct ptn_orders *orders, const uint8_t *key)
{
    for (size_t i = 0; i < orders->revoked_count; i++)
        if (memcmp(orders->revoked[i], key, PTN_PUBLIC_KEY_LEN) == 0)
            return true;
    return false;
}

/* Whose hands the entry is in; those of revoked keys only when all is true. */
static struct ptn_signers hands_of(const struct ptn_orders *orders, const struct entry *entry,
                                   bool all)
{
    struct ptn_signers signers = entry->hands;

    for (size_t i = 0; i < entry->signer_count; i++) {
        if (!all && is_revoked_key(orders, entry->signers[i].key))
            continue;
        if (entry->signers[i].hand == HAND_AUTHORITY)
            signers.authorities++;
        else if (entry->signers[i].hand == HAND_DUTY)
            signers.duties++;
        else
            signers.personnel++;
    }
    return signers;
}

/* Could it stand on one key alone? */
static bool is_few(const struct entry *entry)
{
    return entry->order.verb == PTN_ORDER_WITHDRAW && !entry->own &&
           entry->order.rung != PTN_RUNG_MANUAL &&
           (entry->order.functions & PTN_FUNCTION_MESSAGES) == 0 &&
           entry->order.scope.post_count > 0 && entry->order.scope.post_count <= FEW_POSTS &&
           entry->signer_count == 1;
}

/* Earlier given, then by name: the order in which one key's orders count. */
static bool is_before(const struct entry *a, const struct entry *b)
{
    if (a->order.given_ms != b->order.given_ms)
        return a->order.given_ms < b->order.given_ms;
    return memcmp(a->name.at, b->name.at, PTN_HASH_LEN) < 0;
}

/* Posts of one key within a day, at most FEW_POSTS and one more. */
struct post_set {
    struct ptn_bytes posts[2 * FEW_POSTS];
    size_t count;
};

static void add_posts(struct post_set *set, const struct entry *entry)
{
    struct ptn_cursor cursor = ptn_cursor_at(entry->order.scope.posts);
    struct ptn_bytes post;

    while (ptn_order_next_line(&cursor, &post)) {
        size_t i = 0;

        while (i < set->count && !ptn_bytes_equal(set->posts[i], post))
            i++;
        if (i == set->count && set->count < sizeof(set->posts) / sizeof(set->posts[0]))
            set->posts[set->count++] = post;
    }
}

/* Given or seen less than 24 hours apart: whoever gives an order can date it as they like. */
static bool is_same_day(const struct entry *a, const struct entry *b)
{
    return llabs(a->order.given_ms - b->order.given_ms) < DAY_MS ||
           llabs(a->seen_ms - b->seen_ms) < DAY_MS;
}

/* Would the entry still be within two posts in 24 hours, with the key's orders that were accepted?
 */
static bool is_within_limit(const struct ptn_orders *orders, const struct entry *entry)
{
    struct post_set set = { .count = 0 };

    for (size_t i = 0; i < orders->count && set.count <= FEW_POSTS; i++) {
        const struct entry *other = &orders->entries[i];

        if (other != entry && other->accepted && is_few(other) &&
            has_signer(other, entry->signers[0].key) && is_same_day(other, entry))
            add_posts(&set, other);
    }
    add_posts(&set, entry);
    return set.count <= FEW_POSTS;
}

static enum ptn_action tightening_action(const struct ptn_orders *orders, const struct entry *entry)
{
    const struct ptn_order *order = &entry->order;

    if (order->verb == PTN_ORDER_REVOKE)
        return order->target == PTN_ORDER_TARGET_KEY ? PTN_ACTION_REVOKE_KEY : PTN_ACTION_REVOKE;
    if (order->verb == PTN_ORDER_DISTRUST)
        return PTN_ACTION_DISTRUST;
    if (entry->own)
        return order->rung == PTN_RUNG_MANUAL ? PTN_ACTION_SELF_MANUAL : PTN_ACTION_SELF_LOCAL;
    if (order->rung == PTN_RUNG_MANUAL)
        return PTN_ACTION_WITHDRAW_MANUAL;
    return is_few(entry) && is_within_limit(orders, entry) ? PTN_ACTION_WITHDRAW_FEW
                                                           : PTN_ACTION_WITHDRAW_MANY;
}

static void judge_tightening(struct ptn_orders *orders, const struct ptn_roster *roster,
                             struct entry *entry)
{
    struct ptn_asked asked = { .action = tightening_action(orders, entry),
                               .signers = hands_of(orders, entry, true),
                               .given_ms = entry->order.given_ms,
                               .until_ms = entry->order.until_ms,
                               .seen_ms = entry->seen_ms };

    entry->verdict = ptn_authorise(roster, &asked);
    entry->accepted = entry->verdict.answer == PTN_ANSWER_YES;
}

/* All that is not accepted yet, one key's orders in the order in which they count. */
static void judge_all_tightening(struct ptn_orders *orders, const struct ptn_roster *roster)
{
    const struct entry *last = NULL;

    for (size_t i = 0; i < orders->count; i++)
        if (is_tightening(&orders->entries[i]) && !orders->entries[i].accepted &&
            !is_few(&orders->entries[i]))
            judge_tightening(orders, roster, &orders->entries[i]);
    for (;;) {
        struct entry *next = NULL;

        for (size_t i = 0; i < orders->count; i++) {
            struct entry *entry = &orders->entries[i];

            if (is_few(entry) && !entry->accepted && (last == NULL || is_before(last, entry)) &&
                (next == NULL || is_before(entry, next)))
                next = entry;
        }
        if (next == NULL)
            return;
        judge_tightening(orders, roster, next);
        last = next;
    }
}

/* ---- judging what loosens ---- */

static enum ptn_action loosening_action(const struct entry *entry, const struct entry *ended)
{
    if (entry->order.verb == PTN_ORDER_ANNUL)
        return PTN_ACTION_ANNUL;
    if (ended->order.verb != PTN_ORDER_WITHDRAW)
        return PTN_ACTION_RESTORE_REVOKED;
    if (ended->order.cause == PTN_CAUSE_ATTACK)
        return PTN_ACTION_RESTORE_ATTACK;
    return ended->order.rung == PTN_RUNG_MANUAL ? PTN_ACTION_RESTORE_MANUAL
                                                : PTN_ACTION_RESTORE_LOCAL;
}

/* Has any of its signers been revoked? */
static bool has_revoked_signer(const struct ptn_orders *orders, const struct entry *entry)
{
    for (size_t i = 0; i < entry->signer_count; i++)
        if (is_revoked_key(orders, entry->signers[i].key))
            return true;
    return false;
}

/* May this restore or annul end that order here? What was enough once is enough until a signer is
 * revoked. */
static struct ptn_ruling judge_pair(const struct ptn_orders *orders,
                                    const struct ptn_roster *roster,
                                    const struct ptn_orders_post *post, size_t index,
                                    const struct entry *ended)
{
    const struct entry *entry = &orders->entries[index];
    struct ptn_asked asked = { .action = loosening_action(entry, ended),
                               .signers = hands_of(orders, entry, false),
                               .conditions = post->conditions,
                               .given_ms = entry->order.given_ms,
                               .until_ms = entry->order.until_ms,
                               .seen_ms = entry->seen_ms };

    if (ended->ended_by == index + 1 && !has_revoked_signer(orders, entry))
        return in_force;
    asked.conditions &= ~(unsigned)PTN_PROVISO_NEVER_MANUAL;
    if (ended->order.rung != PTN_RUNG_MANUAL)
        asked.conditions |= PTN_PROVISO_NEVER_MANUAL;
    return ptn_authorise(roster, &asked);
}

/* 64 hex digits, checked when the order was read. */
static struct ptn_hash hash_of(struct ptn_bytes hex)
{
    struct ptn_hash hash = { { 0 } };

    for (size_t i = 0; i < hex.len && i < (size_t)2 * PTN_HASH_LEN; i++) {
        unsigned digit =
            hex.at[i] <= '9' ? hex.at[i] - (unsigned)'0' : hex.at[i] - (unsigned)'a' + 10u;

        hash.at[i / 2] = (uint8_t)((unsigned)hash.at[i / 2] << 4 | (digit & 15u));
    }
    return hash;
}

/* Go through what one restore or annul names. Its own verdict is that of the order for which it is
 * least enough. */
static void judge_loosening(struct ptn_orders *orders, const struct ptn_roster *roster,
                            const struct ptn_orders_post *post, size_t index)
{
    struct entry *entry = &orders->entries[index];
    struct ptn_cursor cursor = ptn_cursor_at(entry->order.ends);
    struct ptn_bytes value;

    entry->verdict = in_force;
    while (ptn_order_next_line(&cursor, &value)) {
        struct ptn_ruling verdict = unknown_order;
        struct ptn_hash name = hash_of(value);
        size_t at = ptn_orders_find(orders, &name);

        if (at < orders->count && is_tightening(&orders->entries[at]))
            verdict = judge_pair(orders, roster, post, index, &orders->entries[at]);
        if (verdict.answer == PTN_ANSWER_YES && entry->is_for) {
            orders->entries[at].ended = true;
            orders->entries[at].ended_by = index + 1;
        }
        if (verdict.answer < entry->verdict.answer)
            entry->verdict = verdict;
    }
}

static bool is_advance(const struct entry *entry)
{
    return entry->order.verb == PTN_ORDER_ADVANCE;
}

static enum ptn_action other_action(const struct entry *entry)
{
    if (entry->order.verb == PTN_ORDER_RELEASE)
        return PTN_ACTION_RELEASE;
    if (entry->order.verb == PTN_ORDER_CLOSE)
        return PTN_ACTION_CLOSE;
    if (entry->order.verb == PTN_ORDER_REMOVE)
        return PTN_ACTION_REMOVE;
    return is_advance(entry) ? PTN_ACTION_ADVANCE : PTN_ACTION_ERASE;
}

/* Software, erasures, a cause closed, a return that goes on: nothing is ended by them. */
static void judge_other(struct ptn_orders *orders, const struct ptn_roster *roster,
                        const struct ptn_orders_post *post, struct entry *entry)
{
    struct ptn_asked asked = { .action = other_action(entry),
                               .signers = hands_of(orders, entry, false),
                               .conditions = post->conditions,
                               .given_ms = entry->order.given_ms,
                               .until_ms = entry->order.until_ms,
                               .seen_ms = entry->seen_ms };

    entry->verdict = ptn_authorise(roster, &asked);
}

static bool is_ending(const struct entry *entry)
{
    return entry->order.verb == PTN_ORDER_RESTORE || entry->order.verb == PTN_ORDER_ANNUL;
}

/* In force here: accepted, and nothing ended it. */
static bool is_standing(const struct entry *entry)
{
    return entry->accepted && entry->is_for && !entry->ended && !entry->gone;
}

/* Keys whose revocation stands, given what is ended. True when there are fewer than before. */
static bool collect_revoked(struct ptn_orders *orders)
{
    const size_t former = orders->revoked_count;

    orders->revoked_count = 0;
    for (size_t i = 0; i < orders->count; i++) {
        const struct entry *entry = &orders->entries[i];

        if (entry->order.verb == PTN_ORDER_REVOKE && entry->order.target == PTN_ORDER_TARGET_KEY &&
            is_standing(entry) && orders->revoked_count < REVOKED_MAX)
            memcpy(orders->revoked[orders->revoked_count++], entry->order.key, PTN_PUBLIC_KEY_LEN);
    }
    return orders->revoked_count < former;
}

/*
 * With every revocation counted first, and again with those that are left, until none falls away:
 * revocations only get fewer, so this ends, and where does not depend on the order of the set.
 */
static void judge_all_loosening(struct ptn_orders *orders, const struct ptn_roster *roster,
                                const struct ptn_orders_post *post)
{
    for (size_t i = 0; i < orders->count; i++)
        orders->entries[i].ended = false;
    (void)collect_revoked(orders);
    do {
        for (size_t i = 0; i < orders->count; i++)
            orders->entries[i].ended = false;
        for (size_t i = 0; i < orders->count; i++) {
            if (is_ending(&orders->entries[i]))
                judge_loosening(orders, roster, post, i);
            else if (!is_tightening(&orders->entries[i]) && !is_advance(&orders->entries[i]))
                judge_other(orders, roster, post, &orders->entries[i]);
        }
    } while (collect_revoked(orders));
}

/* ---- the way back from an attack ---- */

/* An order to stop, of cause attack, that a restore ended here. */
static bool is_returning(const struct entry *entry)
{
    return entry->order.verb == PTN_ORDER_WITHDRAW && entry->order.cause == PTN_CAUSE_ATTACK &&
           (entry->order.functions & PTN_FUNCTION_LANES) != 0 && entry->accepted && entry->is_for &&
           entry->ended && entry->ended_by > 0;
}

/* The restore by which it returns; NULL: it was annulled, or did not stop any lane. */
static const struct entry *restore_of(const struct ptn_orders *orders, const struct entry *entry)
{
    const struct entry *by = is_returning(entry) ? &orders->entries[entry->ended_by - 1] : NULL;

    return by != NULL && by->order.verb == PTN_ORDER_RESTORE ? by : NULL;
}

/* Does the advance name a restore that names that order? Several may: which of them ended it is not
 * asked. */
static bool is_about(const struct ptn_orders *orders, const struct entry *advance,
                     const struct entry *ended)
{
    for (size_t i = 0; i < orders->count; i++)
        if (orders->entries[i].order.verb == PTN_ORDER_RESTORE &&
            ptn_order_names(&advance->order, &orders->entries[i].name) &&
            ptn_order_names(&orders->entries[i].order, &ended->name))
            return true;
    return false;
}

/* How far the return from that order is: by the advances in force. */
static enum ptn_stage stage_of(const struct ptn_orders *orders, const struct entry *ended)
{
    enum ptn_stage stage = PTN_STAGE_CANARY;

    for (size_t i = 0; i < orders->count; i++) {
        const struct entry *entry = &orders->entries[i];

        if (is_advance(entry) && entry->accepted && entry->is_for && entry->order.stage > stage &&
            is_about(orders, entry, ended))
            stage = entry->order.stage;
    }
    return stage;
}

/* The least far return among those that the advance names: NONE when it names none here. */
static enum ptn_stage stage_named(const struct ptn_orders *orders, const struct entry *advance)
{
    enum ptn_stage least = PTN_STAGE_NONE;

    for (size_t i = 0; i < orders->count; i++) {
        const struct entry *ended = &orders->entries[i];
        enum ptn_stage stage;

        if (restore_of(orders, ended) == NULL || !is_about(orders, advance, ended))
            continue;
        stage = stage_of(orders, ended);
        if (least == PTN_STAGE_NONE || stage < least)
            least = stage;
    }
    return least;
}

/* One that came into force stays so until a signer is revoked. Those that could not when judging
 * began wait for the next time: one stage at a time. */
static void judge_advances(struct ptn_orders *orders, const struct ptn_roster *roster,
                           const struct ptn_orders_post *post)
{
    for (size_t i = 0; i < orders->count; i++) {
        struct entry *entry = &orders->entries[i];
        enum ptn_stage stage = is_advance(entry) ? stage_named(orders, entry) : PTN_STAGE_NONE;

        entry->ready = stage != PTN_STAGE_NONE && stage + 1 >= entry->order.stage;
        if (!is_advance(entry) || (entry->accepted && !has_revoked_signer(orders, entry)))
            continue;
        entry->accepted = false;
        judge_other(orders, roster, post, entry);
        if (!entry->ready && entry->verdict.answer == PTN_ANSWER_YES)
            entry->verdict = stage == PTN_STAGE_NONE ? unknown_return : half_first;
    }
    for (size_t i = 0; i < orders->count; i++) {
        struct entry *entry = &orders->entries[i];

        if (is_advance(entry) && entry->ready && entry->verdict.answer == PTN_ANSWER_YES)
            entry->accepted = true;
    }
}

/* Whoever gives an order can date it ahead, and a node made anew sees old ones late. */
static int64_t since_of(const struct entry *entry)
{
    return entry->order.given_ms < entry->seen_ms ? entry->order.given_ms : entry->seen_ms;
}

/* What lanes are held back, and how far the least far return is. */
static void hold(const struct ptn_orders *orders, struct ptn_standing *standing)
{
    for (size_t i = 0; i < orders->count; i++) {
        const struct ptn_order *order = &orders->entries[i].order;
        const struct entry *restore = restore_of(orders, &orders->entries[i]);
        enum ptn_stage stage;

        if (restore == NULL)
            continue;
        stage = stage_of(orders, &orders->entries[i]);
        if (since_of(&orders->entries[i]) > standing->return_ms)
            standing->return_ms = since_of(&orders->entries[i]);
        if (standing->stage == PTN_STAGE_NONE || stage < standing->stage) {
            standing->stage = stage;
            standing->canary_s = restore->order.canary_s;
        }
        if (stage == PTN_STAGE_ALL)
            continue;
        if ((order->functions & PTN_FUNCTION_LANES_IN) != 0 && order->rung > standing->held_entry)
            standing->held_entry = order->rung;
        if ((order->functions & PTN_FUNCTION_LANES_OUT) != 0 && order->rung > standing->held_exit)
            standing->held_exit = order->rung;
    }
}

static enum ptn_order_fate fate_of(const struct entry *entry)
{
    if (entry->verdict.answer == PTN_ANSWER_NO && !entry->accepted)
        return PTN_ORDER_REFUSED;
    if (entry->verdict.answer != PTN_ANSWER_YES && !entry->accepted)
        return PTN_ORDER_WAITING;
    if (!entry->is_for)
        return PTN_ORDER_ELSEWHERE;
    return entry->ended || entry->gone ? PTN_ORDER_ENDED : PTN_ORDER_STANDING;
}

static void stand(struct ptn_standing *standing, const struct entry *entry)
{
    const struct ptn_order *order = &entry->order;

    if ((order->functions & PTN_FUNCTION_LANES_IN) != 0 && order->rung > standing->entry)
        standing->entry = order->rung;
    if ((order->functions & PTN_FUNCTION_LANES_OUT) != 0 && order->rung > standing->exit)
        standing->exit = order->rung;
    if (order->cause > standing->cause)
        standing->cause = order->cause;
    standing->stopped |= order->functions & ~(unsigned)PTN_FUNCTION_LANES;
    if (standing->count == 0 || entry->seen_ms < standing->since_ms)
        standing->since_ms = entry->seen_ms;
    if (order->cause == PTN_CAUSE_ATTACK && since_of(entry) > standing->attack_ms)
        standing->attack_ms = since_of(entry);
    standing->count++;
}

struct ptn_standing ptn_orders_judge(struct ptn_orders *orders, const struct ptn_roster *roster,
                                     const struct ptn_orders_post *post)
{
    struct ptn_standing standing = { .entry = PTN_RUNG_NORMAL, .exit = PTN_RUNG_NORMAL };

    for (size_t i = 0; i < orders->count; i++)
        orders->entries[i].is_for =
            ptn_order_is_for(&orders->entries[i].order, post->origin, post->kind) ||
            (post->former.len > 0 &&
             ptn_order_is_for(&orders->entries[i].order, post->former, post->kind));
    judge_all_tightening(orders, roster);
    judge_all_loosening(orders, roster, post);
    judge_advances(orders, roster, post);
    hold(orders, &standing);
    for (size_t i = 0; i < orders->count; i++) {
        struct entry *entry = &orders->entries[i];

        entry->fate = fate_of(entry);
        if (entry->order.verb == PTN_ORDER_WITHDRAW && is_standing(entry))
            stand(&standing, entry);
    }
    return standing;
}

/* ---- looking ---- */

static bool is_attack(const struct entry *entry)
{
    return entry->order.verb == PTN_ORDER_WITHDRAW && entry->order.cause == PTN_CAUSE_ATTACK &&
           is_standing(entry);
}

/* A release or close that is in force here. */
static bool is_said(const struct entry *entry, enum ptn_order_verb verb)
{
    return entry->order.verb == verb && entry->verdict.answer == PTN_ANSWER_YES && entry->is_for;
}

struct ptn_released ptn_orders_released(const struct ptn_orders *orders,
                                        const uint8_t build[PTN_SHA256_LEN], int64_t since_ms)
{
    struct ptn_buffer hex = { .len_max = (size_t)2 * PTN_SHA256_LEN };
    struct ptn_released found = { .named = false };
    uint32_t least = 0;

    if (!ptn_ok(ptn_buffer_add_hex(&hex, ptn_bytes_of(build, PTN_SHA256_LEN))))
        return found; /* no memory: not known to be released */
    for (size_t i = 0; i < orders->count; i++) {
        const struct entry *entry = &orders->entries[i];

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
            const struct entry *entry = &orders->entries[k];

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

/* Add a name that is not there yet, as long as there is room. */
static size_t add_name(struct ptn_hash *names, size_t count, size_t max,
                       const struct ptn_hash *name)
{
    for (size_t i = 0; i < count; i++)
        if (ptn_hash_equal(&names[i], name))
            return count;
    if (count < max)
        names[count++] = *name;
    return count;
}

size_t ptn_orders_returns(const struct ptn_orders *orders, struct ptn_hash *ret_names, size_t max)
{
    size_t count = 0;

    for (size_t i = 0; i < orders->count; i++) {
        const struct entry *restore = restore_of(orders, &orders->entries[i]);

        if (restore != NULL && stage_of(orders, &orders->entries[i]) != PTN_STAGE_ALL)
            count = add_name(ret_names, count, max, &restore->name);
    }
    return count;
}

size_t ptn_orders_attacks(const struct ptn_orders *orders, struct ptn_hash *ret_names, size_t max)
{
    size_t count = 0;

    for (size_t i = 0; i < orders->count; i++)
        if (is_attack(&orders->entries[i]))
            count = add_name(ret_names, count, max, &orders->entries[i].name);
    return count;
}

size_t ptn_orders_count(const struct ptn_orders *orders)
{
    return orders->count;
}

struct ptn_orders_entry ptn_orders_at(const struct ptn_orders *orders, size_t index)
{
    const struct entry *entry = &orders->entries[index];

    PTN_PRE(index < orders->count);

    return (struct ptn_orders_entry){ .name = entry->name,
                                      .text = ptn_bytes_of(entry->text, entry->text_len),
                                      .order = entry->order,
                                      .fate = entry->fate,
                                      .verdict = entry->verdict,
                                      .signers = hands_of(orders, entry, true),
                                      .seen_ms = entry->seen_ms,
                                      .own = entry->own };
}

bool ptn_orders_is_revoked(const struct ptn_orders *orders, enum ptn_order_target target,
                           struct ptn_bytes name_or_key)
{
    for (size_t i = 0; i < orders->count; i++) {
        const struct entry *entry = &orders->entries[i];
        struct ptn_bytes what = target == PTN_ORDER_TARGET_KEY
                                    ? ptn_bytes_of(entry->order.key, sizeof(entry->order.key))
                                    : entry->order.target_name;

        if (entry->order.verb == PTN_ORDER_REVOKE && entry->order.target == target &&
            is_standing(entry) && ptn_bytes_equal(what, name_or_key))
            return true;
    }
    return false;
}

uint64_t ptn_orders_trusted_until(const struct ptn_orders *orders,
                                  const uint8_t key[PTN_PUBLIC_KEY_LEN])
{
    uint64_t until = PTN_TREE_SIZE_MAX;

    for (size_t i = 0; i < orders->count; i++) {
        const struct entry *entry = &orders->entries[i];

        if (entry->order.verb == PTN_ORDER_DISTRUST && is_standing(entry) &&
            memcmp(entry->order.key, key, PTN_PUBLIC_KEY_LEN) == 0 && entry->order.after < until)
            until = entry->order.after;
    }
    return until;
}
