#include "mirror/away.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "trust/standing.h"

#define LINE_LEN  (2 * PTN_HASH_LEN + 8)
#define FILE_MAX  ((size_t)PTN_ORDERS_MAX * LINE_LEN)
#define NAMES_MAX (PTN_ROSTER_KEEPER_MAX + 1u)

static_assert(NAMES_MAX >= PTN_AWAY_MAX, "room for either kind");

enum was { STOOD, ENDED };

/* An order that stood, in the order in which they came. */
struct judged {
    struct ptn_hash name;
    enum was was;
};

struct ptn_away {
    const struct ptn_world *world;
    char *path;                /* Owned */
    struct ptn_orders *orders; /* Owned; those that revoke keys, and may end such */
    struct judged *judged;     /* Owned */
    size_t judged_count, judged_max;
    char names[NAMES_MAX][PTN_NOTE_NAME_LEN_MAX + 1];
    size_t count;
};

/* ---- what was judged before ---- */

static struct judged *find(const struct ptn_away *away, const struct ptn_hash *name)
{
    for (size_t i = 0; i < away->judged_count; i++)
        if (ptn_hash_equal(&away->judged[i].name, name))
            return &away->judged[i];
    return NULL;
}

static struct ptn_status add(struct ptn_away *away, const struct ptn_hash *name, enum was was)
{
    if (away->judged_count == away->judged_max) {
        size_t max = away->judged_max == 0 ? 16 : 2 * away->judged_max;
        struct judged *larger = realloc(away->judged, max * sizeof(*larger));

        if (larger == NULL)
            return (struct ptn_status){ PTN_C_NO_MEMORY };
        away->judged = larger;
        away->judged_max = max;
    }
    away->judged[away->judged_count++] = (struct judged){ *name, was };
    return PTN_OK;
}

/* `HEX64 stands` or `HEX64 ended`; what is neither is passed over. */
static struct ptn_status read_line(struct ptn_away *away, struct ptn_bytes line)
{
    struct ptn_hash name = { { 0 } };

    if (line.len <= (size_t)2 * PTN_HASH_LEN + 1 || away->judged_count == PTN_ORDERS_MAX ||
        !ptn_hex_read_exactly(ptn_bytes_slice(line, 0, (size_t)2 * PTN_HASH_LEN), name.at,
                              PTN_HASH_LEN))
        return PTN_OK;
    if (find(away, &name) != NULL)
        return PTN_OK;
    return add(away, &name, line.at[2 * PTN_HASH_LEN + 1] == 's' ? STOOD : ENDED);
}

static struct ptn_status read_file(struct ptn_away *away)
{
    struct ptn_buffer text = { .len_max = FILE_MAX };
    struct ptn_cursor cursor;
    struct ptn_bytes line;
    struct ptn_status status = away->world->files->read(away->world->context, away->path, &text);

    cursor = ptn_cursor_at(ptn_buffer_bytes(&text));
    while (ptn_ok(status) && ptn_ok(ptn_cursor_take_line(&cursor, &line)))
        status = read_line(away, line);
    ptn_buffer_release(&text);
    return status.code == PTN_C_NOT_FOUND ? PTN_OK : status;
}

struct ptn_status ptn_away_open(const struct ptn_world *world, const char *path,
                                struct ptn_away **ret_away)
{
    struct ptn_away *away = calloc(1, sizeof(*away));
    struct ptn_status status = { PTN_C_NO_MEMORY };

    if (away == NULL)
        return status;
    away->world = world;
    away->path = strdup(path);
    away->orders = ptn_orders_new();
    if (away->path != NULL && away->orders != NULL)
        status = read_file(away);
    if (!ptn_ok(status)) {
        ptn_away_close(away);
        return status;
    }
    *ret_away = away;
    return PTN_OK;
}

void ptn_away_close(struct ptn_away *away)
{
    if (away == NULL)
        return;
    ptn_orders_free(away->orders);
    free(away->judged);
    free(away->path);
    free(away);
}

static bool is_revocation(const struct ptn_order *order)
{
    return order->verb == PTN_ORDER_REVOKE && order->target == PTN_ORDER_TARGET_KEY;
}

/* A failure is passed over: what is in force is in memory, and the notes are durable. */
static void keep_judged(const struct ptn_away *away)
{
    struct ptn_buffer text = { .len_max = FILE_MAX };
    struct ptn_status status = PTN_OK;

    for (size_t i = 0; ptn_ok(status) && i < away->judged_count; i++) {
        status = ptn_buffer_add_hex(&text, ptn_bytes_of(away->judged[i].name.at, PTN_HASH_LEN));
        if (ptn_ok(status))
            status =
                ptn_buffer_add_text(&text, away->judged[i].was == STOOD ? " stands\n" : " ended\n");
    }
    if (ptn_ok(status))
        (void)ptn_ok(
            away->world->files->replace(away->world->context, away->path, ptn_buffer_bytes(&text)));
    ptn_buffer_release(&text);
}

/* ---- who it is ---- */

static void turn_away(struct ptn_away *away, const struct ptn_away_at *at, struct ptn_bytes name)
{
    const size_t max = at->beside.len > 0 ? NAMES_MAX : PTN_AWAY_MAX;

    if (away->count == max || name.len > PTN_NOTE_NAME_LEN_MAX || ptn_bytes_equal(name, at->own) ||
        ptn_away_has(away, name))
        return;
    memcpy(away->names[away->count], name.at, name.len);
    away->names[away->count++][name.len] = '\0';
}

static bool is_key(const uint8_t key[PTN_PUBLIC_KEY_LEN], const struct ptn_vkey *ledger,
                   const uint8_t tls[PTN_PUBLIC_KEY_LEN])
{
    return memcmp(key, ledger->public_key, PTN_PUBLIC_KEY_LEN) == 0 ||
           memcmp(key, tls, PTN_PUBLIC_KEY_LEN) == 0;
}

/* REVOKE-1 for a keeper's door, REVOKE-2 for a node's lines. */
static bool concerns_node(const struct ptn_away_at *at, const struct ptn_roster_node *node)
{
    return at->beside.len == 0 || node->role == PTN_ROSTER_KEEPER ||
           (node->role == PTN_ROSTER_SITE && ptn_bytes_equal(node->post, at->beside));
}

/* Whose key it is: a certificate's digest, or a ledger's or a cosigner's key. */
static void turn_key_away(struct ptn_away *away, const struct ptn_away_at *at,
                          const uint8_t key[PTN_PUBLIC_KEY_LEN])
{
    const struct ptn_roster *roster = at->roster;

    for (size_t i = 0; i < roster->node_count; i++) {
        const struct ptn_roster_node *node = &roster->nodes[i];

        if (concerns_node(at, node) &&
            (is_key(key, &node->ledger, node->tls) || is_key(key, &node->mirror, node->tls)))
            turn_away(away, at, node->ledger.name);
    }
    for (size_t i = 0; at->beside.len == 0 && i < roster->spare_count; i++)
        if (is_key(key, &roster->spares[i].ledger, roster->spares[i].tls))
            turn_away(away, at, roster->spares[i].ledger.name);
}

/* Orders that stand, or were ended, and are not among the judged yet: they came last. True: what is
 * to be kept is another. */
static bool note_judged(struct ptn_away *away)
{
    bool changed = false;

    for (size_t i = 0; i < ptn_orders_count(away->orders); i++) {
        const struct ptn_orders_entry entry = ptn_orders_at(away->orders, i);
        const enum was was = entry.fate == PTN_ORDER_STANDING ? STOOD : ENDED;
        struct judged *judged;

        if (!is_revocation(&entry.order) ||
            (entry.fate != PTN_ORDER_STANDING && entry.fate != PTN_ORDER_ENDED))
            continue;
        judged = find(away, &entry.name);
        changed = changed || judged == NULL || judged->was != was;
        if (judged != NULL)
            judged->was = was;
        else if (!ptn_ok(add(away, &entry.name, was)))
            break; /* no memory: it is among them with the next judging */
    }
    return changed;
}

void ptn_away_judge(struct ptn_away *away, const struct ptn_away_at *at)
{
    static_assert(PTN_SHA256_LEN == PTN_PUBLIC_KEY_LEN, "an order's key is either");
    const struct ptn_orders_post post = { .origin = at->own, .conditions = UINT32_MAX };

    (void)ptn_orders_judge(away->orders, at->roster, &post);
    if (note_judged(away))
        keep_judged(away);
    away->count = 0;
    for (size_t i = 0; i < away->judged_count; i++) {
        const size_t place = ptn_orders_find(away->orders, &away->judged[i].name);

        if (place < ptn_orders_count(away->orders) &&
            ptn_orders_at(away->orders, place).fate == PTN_ORDER_STANDING)
            turn_key_away(away, at, ptn_orders_at(away->orders, place).order.key);
    }
}

size_t ptn_away_count(const struct ptn_away *away)
{
    return away->count;
}

struct ptn_bytes ptn_away_name(const struct ptn_away *away, size_t index)
{
    PTN_PRE(index < away->count);
    return ptn_bytes_from_text(away->names[index]);
}

bool ptn_away_has(const struct ptn_away *away, struct ptn_bytes name)
{
    for (size_t i = 0; i < away->count; i++)
        if (ptn_bytes_is(name, away->names[i]))
            return true;
    return false;
}

/* ---- taking orders ---- */

/* Only orders that revoke a key, and those that may end one, come into the set. */
static bool concerns(struct ptn_bytes note)
{
    struct ptn_note parsed;
    struct ptn_order order;

    return ptn_ok(ptn_note_parse(note, &parsed, NULL)) &&
           ptn_ok(ptn_order_parse(parsed.text, &order, NULL)) &&
           (is_revocation(&order) || order.verb == PTN_ORDER_RESTORE ||
            order.verb == PTN_ORDER_ANNUL);
}

/* One of an earlier run: as it was judged then. */
static void take_back(struct ptn_away *away, struct ptn_bytes note, int64_t seen_ms)
{
    const struct judged *was;
    struct ptn_note parsed;
    struct ptn_hash name;

    if (!ptn_ok(ptn_note_parse(note, &parsed, NULL)) || !ptn_ok(ptn_order_name(parsed.text, &name)))
        return;
    was = find(away, &name);
    if (was == NULL)
        return;
    if (ptn_orders_find(away->orders, &name) == ptn_orders_count(away->orders))
        (void)ptn_ok(ptn_orders_add_former(away->orders, parsed.text, seen_ms, &name, NULL));
    (void)ptn_ok(ptn_orders_recall(away->orders, &name, was->was == ENDED));
}

struct ptn_status ptn_away_take(struct ptn_away *away, const struct ptn_away_at *at,
                                struct ptn_bytes note, int64_t seen_ms, bool remembered,
                                bool *ret_news)
{
    struct ptn_hash name;
    bool is_new = false;
    struct ptn_status status;

    if (ret_news != NULL)
        *ret_news = false;
    if (!concerns(note))
        return PTN_OK;
    status = ptn_orders_add(away->orders, at->roster, note, seen_ms, &name, &is_new, NULL);
    if (status.code == PTN_C_NO_MEMORY)
        return status;
    if (remembered) {
        take_back(away, note, seen_ms);
        return PTN_OK;
    }
    if (ptn_ok(status) && is_new) {
        ptn_away_judge(away, at);
        if (ret_news != NULL)
            *ret_news = true;
    }
    return PTN_OK; /* else no order that counts here */
}
