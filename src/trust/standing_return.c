/* trust/standing_return.c -- the way back from an attack: one stage at a time, by orders that name
 * the restore it began with (RETURN-3). */
#include "trust/standing_int.h"

static const struct ptn_ruling half_first = { PTN_ANSWER_NOT_YET, "half-first",
                                              "Half of the lanes come before all of them.",
                                              "Gjysma e korsive vjen para të gjithave." };
static const struct ptn_ruling unknown_return = { PTN_ANSWER_NOT_YET, "no-return",
                                                  "It names no return that is under way here.",
                                                  "Nuk përmend asnjë kthim që po bëhet këtu." };

/* An order to stop, of cause attack, that a restore ended here. */
static bool is_returning(const struct ptn_orders_item *entry)
{
    return entry->order.verb == PTN_ORDER_WITHDRAW && entry->order.cause == PTN_CAUSE_ATTACK &&
           (entry->order.functions & PTN_FUNCTION_LANES) != 0 && entry->accepted && entry->is_for &&
           entry->ended && entry->ended_by > 0;
}

/* The restore by which it returns; NULL: it was annulled, or did not stop any lane. */
static const struct ptn_orders_item *restore_of(const struct ptn_orders *orders,
                                                const struct ptn_orders_item *entry)
{
    const struct ptn_orders_item *by =
        is_returning(entry) ? &orders->entries[entry->ended_by - 1] : NULL;

    return by != NULL && by->order.verb == PTN_ORDER_RESTORE ? by : NULL;
}

/* Does the advance name a restore that names that order? Several may: which of them ended it is not
 * asked. */
static bool is_about(const struct ptn_orders *orders, const struct ptn_orders_item *advance,
                     const struct ptn_orders_item *ended)
{
    for (size_t i = 0; i < orders->count; i++)
        if (orders->entries[i].order.verb == PTN_ORDER_RESTORE &&
            ptn_order_names(&advance->order, &orders->entries[i].name) &&
            ptn_order_names(&orders->entries[i].order, &ended->name))
            return true;
    return false;
}

/* How far the return from that order is: by the advances in force. */
static enum ptn_stage stage_of(const struct ptn_orders *orders, const struct ptn_orders_item *ended)
{
    enum ptn_stage stage = PTN_STAGE_CANARY;

    for (size_t i = 0; i < orders->count; i++) {
        const struct ptn_orders_item *entry = &orders->entries[i];

        if (ptn_orders_is_advance(entry) && entry->accepted && entry->is_for &&
            entry->order.stage > stage && is_about(orders, entry, ended))
            stage = entry->order.stage;
    }
    return stage;
}

/* The least far return among those that the advance names: NONE when it names none here. */
static enum ptn_stage stage_named(const struct ptn_orders *orders,
                                  const struct ptn_orders_item *advance)
{
    enum ptn_stage least = PTN_STAGE_NONE;

    for (size_t i = 0; i < orders->count; i++) {
        const struct ptn_orders_item *ended = &orders->entries[i];
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
void ptn_orders_judge_advances(struct ptn_orders *orders, const struct ptn_roster *roster,
                               const struct ptn_orders_post *post)
{
    for (size_t i = 0; i < orders->count; i++) {
        struct ptn_orders_item *entry = &orders->entries[i];
        enum ptn_stage stage =
            ptn_orders_is_advance(entry) ? stage_named(orders, entry) : PTN_STAGE_NONE;

        entry->ready = stage != PTN_STAGE_NONE && stage + 1 >= entry->order.stage;
        if (!ptn_orders_is_advance(entry) ||
            (entry->accepted && !ptn_orders_has_revoked(orders, entry)))
            continue;
        entry->accepted = false;
        ptn_orders_judge_other(orders, roster, post, entry);
        if (!entry->ready && entry->verdict.answer == PTN_ANSWER_YES)
            entry->verdict = stage == PTN_STAGE_NONE ? unknown_return : half_first;
    }
    for (size_t i = 0; i < orders->count; i++) {
        struct ptn_orders_item *entry = &orders->entries[i];

        if (ptn_orders_is_advance(entry) && entry->ready && entry->verdict.answer == PTN_ANSWER_YES)
            entry->accepted = true;
    }
}

void ptn_orders_hold_back(const struct ptn_orders *orders, struct ptn_standing *standing)
{
    for (size_t i = 0; i < orders->count; i++) {
        const struct ptn_order *order = &orders->entries[i].order;
        const struct ptn_orders_item *restore = restore_of(orders, &orders->entries[i]);
        enum ptn_stage stage;

        if (restore == NULL)
            continue;
        stage = stage_of(orders, &orders->entries[i]);
        if (ptn_orders_since(&orders->entries[i]) > standing->return_ms)
            standing->return_ms = ptn_orders_since(&orders->entries[i]);
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

size_t ptn_orders_returns(const struct ptn_orders *orders, struct ptn_hash *ret_names, size_t max)
{
    size_t count = 0;

    for (size_t i = 0; i < orders->count; i++) {
        const struct ptn_orders_item *restore = restore_of(orders, &orders->entries[i]);

        if (restore != NULL && stage_of(orders, &orders->entries[i]) != PTN_STAGE_ALL)
            count = ptn_orders_add_name(ret_names, count, max, &restore->name);
    }
    return count;
}
