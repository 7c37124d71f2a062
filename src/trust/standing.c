/*
 * trust/standing.c -- judging: it reads the whole set of orders and writes each entry's fate.
 *
 *   withdraw, revoke, distrust   refused/waiting --enough hands--> standing (for good: ORDER-2)
 *                                standing --restore or annul that names it--> ended
 *   restore, annul               looked at for each order it names, whenever that one came
 *
 * A revocation ends no order and takes no hand from a tightening: it takes hands from what loosens,
 * so the more of the set is known, the more can stand.
 */
#include <stdlib.h>

#include "trust/standing_int.h"

#define FEW_POSTS 2u
#define DAY_MS    INT64_C(86400000)

static const struct ptn_ruling unknown_order = { PTN_ANSWER_NOT_YET, "order-unknown",
                                                 "It names an order that has not come here.",
                                                 "Përmend një urdhër që nuk ka ardhur këtu." };
const struct ptn_ruling ptn_orders_in_force = { PTN_ANSWER_YES, "yes", "It is authorised.",
                                                "Është i autorizuar." };

const char *ptn_order_fate_word(enum ptn_order_fate fate)
{
    static const char *const words[] = { "refused", "waiting", "standing", "ended", "elsewhere" };

    return words[fate];
}

/* ---- judging what tightens ---- */

static bool is_tightening(const struct ptn_orders_item *entry)
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

struct ptn_signers ptn_orders_hands(const struct ptn_orders *orders,
                                    const struct ptn_orders_item *entry, bool all)
{
    struct ptn_signers signers = entry->hands;

    for (size_t i = 0; i < entry->signer_count; i++) {
        if (!all && is_revoked_key(orders, entry->signers[i].key))
            continue;
        if (entry->signers[i].hand == PTN_ORDERS_HAND_AUTHORITY)
            signers.authorities++;
        else if (entry->signers[i].hand == PTN_ORDERS_HAND_DUTY)
            signers.duties++;
        else
            signers.personnel++;
    }
    return signers;
}

/* Could it stand on one key alone? */
static bool is_few(const struct ptn_orders_item *entry)
{
    return entry->order.verb == PTN_ORDER_WITHDRAW && !entry->own &&
           entry->order.rung != PTN_RUNG_MANUAL &&
           (entry->order.functions & PTN_FUNCTION_MESSAGES) == 0 &&
           entry->order.scope.post_count > 0 && entry->order.scope.post_count <= FEW_POSTS &&
           entry->signer_count == 1;
}

/* Earlier given, then by name: the order in which one key's orders count. */
static bool is_before(const struct ptn_orders_item *a, const struct ptn_orders_item *b)
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

static void add_posts(struct post_set *set, const struct ptn_orders_item *entry)
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
static bool is_same_day(const struct ptn_orders_item *a, const struct ptn_orders_item *b)
{
    return llabs(a->order.given_ms - b->order.given_ms) < DAY_MS ||
           llabs(a->seen_ms - b->seen_ms) < DAY_MS;
}

/* Would the entry still be within two posts in 24 hours, with the key's orders that were accepted?
 */
static bool is_within_limit(const struct ptn_orders *orders, const struct ptn_orders_item *entry)
{
    struct post_set set = { .count = 0 };

    for (size_t i = 0; i < orders->count && set.count <= FEW_POSTS; i++) {
        const struct ptn_orders_item *other = &orders->entries[i];

        if (other != entry && other->accepted && is_few(other) &&
            ptn_orders_has_signer(other, entry->signers[0].key) && is_same_day(other, entry))
            add_posts(&set, other);
    }
    add_posts(&set, entry);
    return set.count <= FEW_POSTS;
}

static enum ptn_action tightening_action(const struct ptn_orders *orders,
                                         const struct ptn_orders_item *entry)
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
                             struct ptn_orders_item *entry)
{
    struct ptn_asked asked = { .action = tightening_action(orders, entry),
                               .signers = ptn_orders_hands(orders, entry, true),
                               .given_ms = entry->order.given_ms,
                               .until_ms = entry->order.until_ms,
                               .seen_ms = entry->seen_ms };

    entry->verdict = ptn_authorise(roster, &asked);
    entry->accepted = entry->verdict.answer == PTN_ANSWER_YES;
}

/* All that is not accepted yet, one key's orders in the order in which they count. */
static void judge_all_tightening(struct ptn_orders *orders, const struct ptn_roster *roster)
{
    const struct ptn_orders_item *last = NULL;

    for (size_t i = 0; i < orders->count; i++)
        if (is_tightening(&orders->entries[i]) && !orders->entries[i].accepted &&
            !is_few(&orders->entries[i]))
            judge_tightening(orders, roster, &orders->entries[i]);
    for (;;) {
        struct ptn_orders_item *next = NULL;

        for (size_t i = 0; i < orders->count; i++) {
            struct ptn_orders_item *entry = &orders->entries[i];

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

static enum ptn_action loosening_action(const struct ptn_orders_item *entry,
                                        const struct ptn_orders_item *ended)
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

bool ptn_orders_has_revoked(const struct ptn_orders *orders, const struct ptn_orders_item *entry)
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
                                    const struct ptn_orders_item *ended)
{
    const struct ptn_orders_item *entry = &orders->entries[index];
    struct ptn_asked asked = { .action = loosening_action(entry, ended),
                               .signers = ptn_orders_hands(orders, entry, false),
                               .conditions = post->conditions,
                               .given_ms = entry->order.given_ms,
                               .until_ms = entry->order.until_ms,
                               .seen_ms = entry->seen_ms };

    if (ended->ended_by == index + 1 && !ptn_orders_has_revoked(orders, entry))
        return ptn_orders_in_force;
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
    struct ptn_orders_item *entry = &orders->entries[index];
    struct ptn_cursor cursor = ptn_cursor_at(entry->order.ends);
    struct ptn_bytes value;

    entry->verdict = ptn_orders_in_force;
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

static enum ptn_action other_action(const struct ptn_orders_item *entry)
{
    if (entry->order.verb == PTN_ORDER_RELEASE)
        return PTN_ACTION_RELEASE;
    if (entry->order.verb == PTN_ORDER_CLOSE)
        return PTN_ACTION_CLOSE;
    if (entry->order.verb == PTN_ORDER_REMOVE)
        return PTN_ACTION_REMOVE;
    if (entry->order.verb == PTN_ORDER_VOID)
        return PTN_ACTION_VOID;
    return ptn_orders_is_advance(entry) ? PTN_ACTION_ADVANCE : PTN_ACTION_ERASE;
}

/* Software, erasures, a cause closed, a return that goes on: nothing is ended by them. */
void ptn_orders_judge_other(const struct ptn_orders *orders, const struct ptn_roster *roster,
                            const struct ptn_orders_post *post, struct ptn_orders_item *entry)
{
    struct ptn_asked asked = { .action = other_action(entry),
                               .signers = ptn_orders_hands(orders, entry, false),
                               .conditions = post->conditions,
                               .given_ms = entry->order.given_ms,
                               .until_ms = entry->order.until_ms,
                               .seen_ms = entry->seen_ms };

    entry->verdict = ptn_authorise(roster, &asked);
}

static bool is_ending(const struct ptn_orders_item *entry)
{
    return entry->order.verb == PTN_ORDER_RESTORE || entry->order.verb == PTN_ORDER_ANNUL;
}

bool ptn_orders_is_standing(const struct ptn_orders_item *entry)
{
    return entry->accepted && entry->is_for && !entry->ended && !entry->gone;
}

/* Keys whose revocation stands, given what is ended. True when there are fewer than before. */
static bool collect_revoked(struct ptn_orders *orders)
{
    const size_t former = orders->revoked_count;

    orders->revoked_count = 0;
    for (size_t i = 0; i < orders->count; i++) {
        const struct ptn_orders_item *entry = &orders->entries[i];

        if (entry->order.verb == PTN_ORDER_REVOKE && entry->order.target == PTN_ORDER_TARGET_KEY &&
            ptn_orders_is_standing(entry) && orders->revoked_count < PTN_ORDERS_REVOKED_MAX)
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
            else if (!is_tightening(&orders->entries[i]) &&
                     !ptn_orders_is_advance(&orders->entries[i]))
                ptn_orders_judge_other(orders, roster, post, &orders->entries[i]);
        }
    } while (collect_revoked(orders));
}

/* ---- what it comes to ---- */

/* Whoever gives an order can date it ahead, and a node made anew sees old ones late. */
int64_t ptn_orders_since(const struct ptn_orders_item *entry)
{
    return entry->order.given_ms < entry->seen_ms ? entry->order.given_ms : entry->seen_ms;
}

static enum ptn_order_fate fate_of(const struct ptn_orders_item *entry)
{
    if (entry->verdict.answer == PTN_ANSWER_NO && !entry->accepted)
        return PTN_ORDER_REFUSED;
    if (entry->verdict.answer != PTN_ANSWER_YES && !entry->accepted)
        return PTN_ORDER_WAITING;
    if (!entry->is_for)
        return PTN_ORDER_ELSEWHERE;
    return entry->ended || entry->gone ? PTN_ORDER_ENDED : PTN_ORDER_STANDING;
}

static void stand(struct ptn_standing *standing, const struct ptn_orders_item *entry)
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
    if (order->cause == PTN_CAUSE_ATTACK && ptn_orders_since(entry) > standing->attack_ms)
        standing->attack_ms = ptn_orders_since(entry);
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
    ptn_orders_judge_advances(orders, roster, post);
    ptn_orders_hold_back(orders, &standing);
    for (size_t i = 0; i < orders->count; i++) {
        struct ptn_orders_item *entry = &orders->entries[i];

        entry->fate = fate_of(entry);
        if (entry->order.verb == PTN_ORDER_WITHDRAW && ptn_orders_is_standing(entry))
            stand(&standing, entry);
    }
    return standing;
}
