/* node/publishing.c -- what centres publish, at a post: the overlay that lanes search, and alerts
 * that people enter here. */
#include "node/apply_int.h"
#include "node/node_int.h"
#include "node/permit_slots_int.h"
#include "node/published.h"
#include "record/crossing.h"

/* An alert entered at this post, on its way to whoever makes overlays. */
struct ptn_publishing_own {
    struct ptn_publishing_own *next;
    size_t len;
    uint8_t payload[];
};

void ptn_publishing_put(struct ptn_node *node, struct ptn_overlay *overlay)
{
    struct ptn_overlay *former;

    ptn_node_lock(node);
    former = node->overlay;
    node->overlay = overlay;
    ptn_node_unlock(node);
    ptn_overlay_release(former);
}

void ptn_publishing_put_folded(struct ptn_node *node, bool refused)
{
    atomic_store(&node->fold_refused, refused);
}

void ptn_publishing_put_permits(struct ptn_node *node, struct ptn_permit_slots *slots)
{
    struct ptn_permit_slots *former;

    ptn_node_lock(node);
    former = node->published_permits;
    node->published_permits = slots;
    ptn_node_unlock(node);
    ptn_permit_slots_leave(former);
}

struct ptn_permit_slots *ptn_node_permits_enter(struct ptn_node *node)
{
    struct ptn_permit_slots *slots;

    ptn_node_lock(node);
    slots = ptn_permit_slots_hold(node->published_permits);
    ptn_node_unlock(node);
    return slots;
}

struct ptn_overlay *ptn_node_overlay_enter(struct ptn_node *node)
{
    struct ptn_overlay *overlay;

    ptn_node_lock(node);
    overlay = ptn_overlay_hold(node->overlay);
    ptn_node_unlock(node);
    return overlay;
}

/* ---- alerts entered here ---- */

struct ptn_status ptn_publishing_learn(struct ptn_node *node, struct ptn_bytes payload)
{
    struct ptn_publishing_own *own = malloc(sizeof(*own) + payload.len);

    if (own == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    own->next = NULL;
    own->len = payload.len;
    if (payload.len > 0)
        memcpy(own->payload, payload.at, payload.len);
    ptn_node_lock(node);
    *node->own_last = own;
    node->own_last = &own->next;
    ptn_node_unlock(node);
    return PTN_OK; /* cppcheck-suppress memleak ; the queue has it */
}

struct ptn_status ptn_publishing_next(struct ptn_node *node, struct ptn_buffer *payload)
{
    struct ptn_publishing_own *own;
    struct ptn_status status;

    ptn_node_lock(node);
    own = node->own;
    if (own != NULL)
        node->own = own->next;
    if (node->own == NULL)
        node->own_last = &node->own;
    ptn_node_unlock(node);
    if (own == NULL)
        return (struct ptn_status){ PTN_C_NOT_FOUND };
    status = ptn_buffer_add(payload, ptn_bytes_of(own->payload, own->len));
    explicit_bzero(own->payload, own->len);
    free(own);
    return status;
}

void ptn_publishing_close(struct ptn_node *node)
{
    while (node->own != NULL) {
        struct ptn_publishing_own *next = node->own->next;

        explicit_bzero(node->own->payload, node->own->len);
        free(node->own);
        node->own = next;
    }
    ptn_overlay_release(node->overlay);
    node->overlay = NULL;
    ptn_permit_slots_leave(node->published_permits);
    node->published_permits = NULL;
    ptn_publishing_put_stays(node, NULL);
    free(node->stays_erased);
    node->stays_erased = NULL;
    free(node->confirmed);
    node->confirmed = NULL;
    free(node->voids);
    node->voids = NULL;
}

static void entered(struct ptn_writer_request *request)
{
    struct ptn_publishing_entry *entry = request->context;

    /* without memory for it now, the next start reads it again */
    if (ptn_ok(request->status))
        (void)ptn_ok(ptn_publishing_learn(entry->node, request->records[0].payload));
    entry->done(entry);
}

struct ptn_status ptn_publishing_enter(struct ptn_node *node, const struct ptn_officer *officer,
                                       const struct ptn_officer *second, struct ptn_arena *arena,
                                       struct ptn_publishing_entry *entry, struct ptn_diag *reterr)
{
    struct ptn_buffer out = { .len_max = PTN_RECORD_LEN_MAX };
    struct ptn_alert *alert = &entry->alert;
    char *payload = NULL;
    struct ptn_status status;

    PTN_PRE(entry->done != NULL);
    if (officer->role != PTN_STAFF_SUPERVISOR && second->role != PTN_STAFF_SUPERVISOR)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "second");
    entry->node = node;
    node->world->random(node->world->context, alert->id.at, sizeof(alert->id.at));
    alert->time_ms = node->world->now_ms(node->world->context);
    alert->act = PTN_ALERT_ENTERED;
    alert->post = ptn_bytes_from_text(node->plan.code);
    alert->officer = ptn_bytes_from_text(officer->user);
    alert->second = ptn_bytes_from_text(second->user);
    status = ptn_alert_validate(alert, reterr);
    if (ptn_ok(status))
        status = ptn_alert_write(alert, &out);
    if (ptn_ok(status)) {
        payload = ptn_arena_text(arena, ptn_buffer_bytes(&out));
        status.code = payload == NULL ? PTN_C_NO_MEMORY : PTN_C_OK;
    }
    if (ptn_ok(status)) {
        entry->write = (struct ptn_writer_request){
            .records = { { .kind = PTN_RECORD_ALERT,
                           .retention = PTN_RETENTION_CASEWORK,
                           .payload = ptn_bytes_of(payload, out.len) } },
            .record_count = 1,
            .done = entered,
            .context = entry,
        };
        ptn_writer_submit(node, &entry->write);
    }
    ptn_buffer_release(&out);
    return status;
}

/* ---- what offline notes name ---- */

void ptn_publishing_named(const struct ptn_orders *orders,
                          void (*take)(void *context, const struct ptn_hash *name), void *context)
{
    for (size_t i = 0; i < ptn_orders_count(orders); i++) {
        struct ptn_orders_entry entry = ptn_orders_at(orders, i);
        struct ptn_cursor lines = ptn_cursor_at(entry.order.ends);
        struct ptn_bytes value;
        struct ptn_hash name;

        if (entry.order.verb != PTN_ORDER_REMOVE || entry.fate != PTN_ORDER_STANDING)
            continue;
        while (ptn_order_next_line(&lines, &value))
            if (ptn_hex_read_exactly(value, name.at, sizeof(name.at)))
                take(context, &name);
    }
}

static void confirm(void *context, const struct ptn_hash *name)
{
    struct ptn_node *node = context;

    if (node->confirmed == NULL)
        node->confirmed = calloc(PTN_PUBLISHED_CONFIRMED, sizeof(*node->confirmed));
    for (size_t i = 0; i < node->confirmed_count; i++)
        if (ptn_hash_equal(&node->confirmed[i], name))
            return;
    if (node->confirmed == NULL || node->confirmed_count == PTN_PUBLISHED_CONFIRMED)
        return; /* then it stays in force: the safe side */
    ptn_node_lock(node);
    node->confirmed[node->confirmed_count++] = *name;
    ptn_node_unlock(node);
}

void ptn_publishing_judged(struct ptn_node *node)
{
    if ((node->apply->standing.stopped & PTN_FUNCTION_UPDATES) != 0)
        return;
    ptn_publishing_named(node->apply->orders, confirm, node);
    ptn_publishing_judge_voids(node);
}

bool ptn_publishing_confirmed(struct ptn_node *node, size_t index, struct ptn_hash *ret_name)
{
    bool there;

    ptn_node_lock(node);
    there = index < node->confirmed_count;
    if (there)
        *ret_name = node->confirmed[index];
    ptn_node_unlock(node);
    return there;
}
