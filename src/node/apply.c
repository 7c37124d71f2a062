/*
 * node/apply.c -- an order's way at a post: into the set, judged, the ladder moved, the rung
 * swapped once under the lock, and only then written down.
 */
#include "node/returning_int.h"
#include "node/staff_int.h"

static int64_t now_of(const struct ptn_node *node)
{
    return node->world->now_ms(node->world->context);
}

struct ptn_orders_post ptn_apply_post(const struct ptn_node *node)
{
    static const unsigned kinds[] = { [PTN_POST_AIRPORT] = PTN_ORDER_AIRPORT,
                                      [PTN_POST_SEAPORT] = PTN_ORDER_SEAPORT,
                                      [PTN_POST_LAND] = PTN_ORDER_LAND };

    const struct ptn_bytes origin = ptn_bytes_from_text(ptn_ledger_origin(node->ledger));
    const struct ptn_roster_spare *spare = ptn_roster_find_spare(&node->apply->roster, origin);

    return (struct ptn_orders_post){ .origin = origin,
                                     .former = spare == NULL ? PTN_BYTES_NONE : spare->origin,
                                     .kind = kinds[node->plan.kind],
                                     .conditions = node->apply->conditions };
}

/* ---- writing down ---- */

static enum ptn_receipt_fate fate_of(enum ptn_order_fate fate)
{
    switch (fate) {
    case PTN_ORDER_REFUSED:
        break;
    case PTN_ORDER_WAITING:
        return PTN_RECEIPT_WAITING;
    case PTN_ORDER_STANDING:
        return PTN_RECEIPT_STANDING;
    case PTN_ORDER_ENDED:
        return PTN_RECEIPT_ENDED;
    case PTN_ORDER_ELSEWHERE:
        return PTN_RECEIPT_ELSEWHERE;
    }
    return PTN_RECEIPT_REFUSED;
}

static void write_receipt(struct ptn_node *node, const uint8_t name[PTN_SHA256_LEN],
                          const struct ptn_apply_told *told)
{
    const struct ptn_order_receipt receipt_start = { .time_ms = now_of(node),
                                                     .fate = told->fate,
                                                     .why = ptn_bytes_from_text(told->why),
                                                     .hand = told->hand,
                                                     .missing =
                                                         ptn_bytes_from_text(told->missing) };
    struct ptn_order_receipt receipt = receipt_start;
    struct ptn_buffer out = { .len_max = PTN_RECORD_LEN_MAX };

    memcpy(receipt.order, name, sizeof(receipt.order));
    if (ptn_ok(ptn_order_receipt_write(&receipt, &out)))
        ptn_node_note(node, PTN_RECORD_RECEIPT, ptn_buffer_bytes(&out));
    ptn_buffer_release(&out);
}

static void write_moved(struct ptn_node *node, const struct ptn_apply_standing *standing,
                        struct ptn_bytes own, enum ptn_rung_hands hands)
{
    const struct ptn_rung_moved moved = { .time_ms = now_of(node),
                                          .entry = standing->entry,
                                          .exit = standing->exit,
                                          .cause = (uint64_t)standing->cause,
                                          .own = own,
                                          .hands = hands };
    struct ptn_buffer out = { .len_max = PTN_RECORD_LEN_MAX };

    if (ptn_ok(ptn_rung_moved_write(&moved, &out)))
        ptn_node_note(node, PTN_RECORD_RUNG, ptn_buffer_bytes(&out));
    ptn_buffer_release(&out);
}

/* Room for what was told of every order; false: no memory, and nothing is told this time. */
static bool make_room(struct ptn_apply *apply, size_t count)
{
    size_t capacity = apply->told_capacity == 0 ? 64 : apply->told_capacity;
    struct ptn_apply_told *told;

    if (count <= apply->told_capacity)
        return true;
    while (capacity < count)
        capacity *= 2;
    told = realloc(apply->told, capacity * sizeof(*told));
    if (told == NULL)
        return false;
    memset(told + apply->told_capacity, 0, (capacity - apply->told_capacity) * sizeof(*told));
    apply->told = told;
    apply->told_capacity = capacity;
    return true;
}

/* A receipt for each order whose fate, or what it lacks, is another than what was told. */
static void tell(struct ptn_node *node, enum ptn_receipt_hand hand)
{
    struct ptn_apply *apply = node->apply;
    size_t count = ptn_orders_count(apply->orders);
    char lacks[PTN_APPLY_MISSING_SIZE];

    if (!make_room(apply, count))
        return;
    ptn_returning_words(node, lacks, sizeof(lacks));
    for (size_t i = 0; i < count; i++) {
        struct ptn_orders_entry entry = ptn_orders_at(apply->orders, i);
        struct ptn_apply_told *told = &apply->told[i];
        enum ptn_receipt_fate fate = fate_of(entry.fate);
        const char *missing = strcmp(entry.verdict.word, "gate") == 0 ? lacks : "";

        if (told->hand == 0)
            told->hand = entry.own ? PTN_RECEIPT_SITE : hand;
        if (told->fate == fate && strcmp(told->why, entry.verdict.word) == 0 &&
            strcmp(told->missing, missing) == 0)
            continue;
        told->fate = fate;
        (void)snprintf(told->why, sizeof(told->why), "%s", entry.verdict.word);
        (void)snprintf(told->missing, sizeof(told->missing), "%s", missing);
        write_receipt(node, entry.name.at, told);
    }
}

/* ---- moving ---- */

/* How many orders wait, and the newest of all for the screens. Under the lock. */
static void list_orders(struct ptn_apply *apply)
{
    size_t count = ptn_orders_count(apply->orders);

    apply->line_count = 0;
    apply->standing.waiting = 0;
    for (size_t i = count; i-- > 0;) {
        struct ptn_orders_entry entry = ptn_orders_at(apply->orders, i);

        apply->standing.waiting += entry.fate == PTN_ORDER_WAITING;
        if (apply->line_count == PTN_APPLY_LINES_MAX)
            continue;
        apply->lines[apply->line_count++] = (struct ptn_apply_line){
            .name = entry.name,
            .verb = ptn_order_verb_word(entry.order.verb),
            .fate = ptn_order_fate_word(entry.fate),
            .why = entry.verdict.why,
            .why_sq = entry.verdict.why_sq,
            .rung = entry.order.rung,
            .cause = entry.order.cause,
            .given_ms = entry.order.given_ms,
            .seen_ms = entry.seen_ms,
            .own = entry.own,
            .consented = entry.signers.supervisor,
        };
    }
}

static bool own_stands(const struct ptn_apply *apply)
{
    size_t index = ptn_orders_find(apply->orders, &apply->own_name);

    return apply->has_own && index < ptn_orders_count(apply->orders) &&
           ptn_orders_at(apply->orders, index).fate == PTN_ORDER_STANDING;
}

static enum ptn_rung lower(enum ptn_rung a, enum ptn_rung b)
{
    return a > b ? a : b;
}

struct ptn_standing ptn_apply_shown(const struct ptn_standing *found)
{
    struct ptn_standing shown = *found;

    shown.entry = lower(found->entry, found->held_entry);
    shown.exit = lower(found->exit, found->held_exit);
    if (lower(found->held_entry, found->held_exit) != PTN_RUNG_NORMAL)
        shown.cause = PTN_CAUSE_ATTACK;
    return shown;
}

/* RETURN-2: first without the gate: what stands now says what the gate is about. */
static struct ptn_standing judge_twice(struct ptn_node *node)
{
    struct ptn_apply *apply = node->apply;
    struct ptn_orders_post post = ptn_apply_post(node);
    struct ptn_standing found;
    unsigned more;

    post.conditions &= ~(unsigned)(PTN_PROVISO_GATE | PTN_PROVISO_STEADY);
    found = ptn_orders_judge(apply->orders, &apply->roster, &post);
    more = ptn_returning_conditions(node, &found);
    post.conditions |= more;
    if (more != 0)
        found = ptn_orders_judge(apply->orders, &apply->roster, &post);
    ptn_returning_judged(node, &found);
    return found;
}

/* Judge and move; *ret_moved tells whether rung or cause are others than before. */
static void judge(struct ptn_node *node, bool *ret_moved)
{
    struct ptn_apply *apply = node->apply;
    const struct ptn_standing judged = judge_twice(node);
    const struct ptn_standing found = ptn_apply_shown(&judged);
    struct ptn_apply_standing next = apply->standing;
    struct ptn_ladder_event event;
    struct ptn_ladder ladder;

    next.own = own_stands(apply);
    event = ptn_ladder_event_of(&found, next.own, now_of(node));
    if (event.kind != PTN_LADDER_SILENCE) {
        (void)ptn_ladder_move(&apply->ladder, &event, &ladder);
        apply->ladder = ladder;
    }
    next.own = next.own && found.count == 1;
    next.entry = found.entry;
    next.exit = found.exit;
    next.let_entry = judged.entry;
    next.let_exit = judged.exit;
    next.cause = apply->ladder.cause;
    next.stopped = found.stopped;
    next.standing = found.count;
    next.roster = apply->roster.version;
    *ret_moved = next.entry != apply->standing.entry || next.exit != apply->standing.exit ||
                 next.cause != apply->standing.cause;
    if (*ret_moved)
        next.since_ms = event.now_ms;
    ptn_node_lock(node);
    apply->standing = next;
    /* without memory for it the record says so at the next start */
    (void)ptn_ok(ptn_node_paper_moved(node, &(struct ptn_rung_moved){ .time_ms = event.now_ms,
                                                                      .entry = next.entry,
                                                                      .exit = next.exit }));
    list_orders(apply);
    ptn_node_unlock(node);
}

void ptn_apply_judge(struct ptn_node *node, enum ptn_receipt_hand hand)
{
    bool moved = false;

    judge(node, &moved);
    if (moved)
        write_moved(node, &node->apply->standing, PTN_BYTES_NONE, PTN_RUNG_HANDS_NONE);
    ptn_staffing_judged(node->staffing);
    ptn_publishing_judged(node);
    tell(node, hand);
}

/* ---- notes ---- */

/* Once for each: whoever sends rubbish again and again fills no ledger. */
void ptn_apply_refuse(struct ptn_node *node, struct ptn_bytes what, const char *why,
                      enum ptn_receipt_hand hand)
{
    struct ptn_apply *apply = node->apply;
    struct ptn_apply_told told = { .fate = PTN_RECEIPT_REFUSED, .hand = hand };
    size_t kept =
        apply->refused_count < PTN_APPLY_REFUSED_MAX ? apply->refused_count : PTN_APPLY_REFUSED_MAX;
    uint8_t digest[PTN_SHA256_LEN];

    if (!ptn_ok(ptn_sha256(&what, 1, digest)))
        return;
    for (size_t i = 0; i < kept; i++)
        if (memcmp(apply->refused[i], digest, sizeof(digest)) == 0)
            return;
    memcpy(apply->refused[apply->refused_count++ % PTN_APPLY_REFUSED_MAX], digest, sizeof(digest));
    (void)snprintf(told.why, sizeof(told.why), "%s", why);
    write_receipt(node, digest, &told);
}

struct ptn_status ptn_apply_note(struct ptn_node *node, struct ptn_bytes note,
                                 enum ptn_receipt_hand hand, struct ptn_hash *ret_name,
                                 struct ptn_diag *reterr)
{
    struct ptn_apply *apply = node->apply;
    int64_t now_ms = now_of(node);
    struct ptn_hash name;
    bool is_new = false;
    struct ptn_status status;

    if (apply->roster.version == 0)
        return ptn_fail(PTN_C_NOT_FOUND, reterr, 0, "a post without a roster follows no orders");
    if (!ptn_order_looks_like(note)) { /* other notes travel the same way */
        if (ret_name != NULL)
            memset(ret_name, 0, sizeof(*ret_name));
        if (ptn_staff_list_looks_like(note))
            return ptn_staffing_take(node->staffing, note, hand, reterr);
        return ptn_apply_roster(node, note, reterr);
    }
    status = ptn_orders_add(apply->orders, &apply->roster, note, now_ms, &name, &is_new, reterr);
    if (status.code == PTN_C_BAD_INPUT || status.code == PTN_C_CORRUPT ||
        status.code == PTN_C_TOO_BIG)
        ptn_apply_refuse(
            node, note, status.code == PTN_C_CORRUPT ? "forged" : ptn_code_word(status.code), hand);
    if (!ptn_ok(status))
        return status;
    if (is_new) {
        ptn_apply_judge(node, hand); /* in force before any disk is asked */
        ptn_apply_keep(node, note, now_ms, hand);
    }
    if (ret_name != NULL)
        *ret_name = name;
    return PTN_OK;
}

/* ---- the post's own steps ---- */

static const struct ptn_signers hands_of[PTN_RUNG_HANDS_COUNT] = {
    [PTN_RUNG_HANDS_NODE] = { .node = true },
    [PTN_RUNG_HANDS_SUPERVISOR] = { .supervisor = true },
    [PTN_RUNG_HANDS_CODE] = { .code = true },
};

struct ptn_status ptn_apply_own_text(struct ptn_node *node, const struct ptn_apply_step *step,
                                     struct ptn_buffer *out)
{
    struct ptn_buffer posts = { .len_max = 1024 };
    struct ptn_order order = { .country = node->apply->roster.origin,
                               .given_ms = now_of(node) / 1000 * 1000,
                               .until_ms = PTN_ORDER_NEVER,
                               .verb = PTN_ORDER_WITHDRAW,
                               .rung = step->rung,
                               .cause = step->cause,
                               .functions = PTN_FUNCTION_LANES,
                               .reason = step->reason };
    struct ptn_status status =
        ptn_buffer_addf(&posts, "post %s\n", ptn_ledger_origin(node->ledger));

    node->world->random(node->world->context, order.number, sizeof(order.number));
    order.scope.posts = ptn_buffer_bytes(&posts);
    order.scope.post_count = 1;
    if (ptn_ok(status))
        status = ptn_order_write(&order, out);
    ptn_buffer_release(&posts);
    return status;
}

struct ptn_status ptn_apply_step(struct ptn_node *node, const struct ptn_apply_step *step,
                                 struct ptn_diag *reterr)
{
    struct ptn_apply *apply = node->apply;
    struct ptn_buffer text = { .len_max = PTN_ORDER_TEXT_MAX };
    struct ptn_hash name;
    bool moved = false;
    struct ptn_status status;

    if (apply->roster.version == 0)
        return ptn_fail(PTN_C_NOT_FOUND, reterr, 0, "a post without a roster has no ladder");
    if (step->hands == PTN_RUNG_HANDS_NONE || step->rung == PTN_RUNG_NORMAL ||
        (step->rung == PTN_RUNG_MANUAL && step->hands != PTN_RUNG_HANDS_SUPERVISOR))
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "a step that is not in these hands");
    status = ptn_apply_own_text(node, step, &text);
    if (ptn_ok(status))
        status = ptn_orders_add_own(apply->orders, ptn_buffer_bytes(&text), &hands_of[step->hands],
                                    now_of(node), &name, reterr);
    if (ptn_ok(status)) {
        /* from an attack no post steps back by itself */
        if (step->hands == PTN_RUNG_HANDS_NODE && step->cause != PTN_CAUSE_ATTACK) {
            apply->has_own = true;
            apply->own_name = name;
        }
        judge(node, &moved);
        write_moved(node, &apply->standing, ptn_buffer_bytes(&text), step->hands);
        tell(node, PTN_RECEIPT_SITE);
    }
    ptn_buffer_release(&text);
    return status;
}

struct ptn_status ptn_apply_confirm(struct ptn_node *node, const struct ptn_hash *name)
{
    struct ptn_status status = ptn_orders_confirm(node->apply->orders, name);

    if (ptn_ok(status))
        ptn_apply_judge(node, PTN_RECEIPT_SITE);
    return status;
}

void ptn_apply_conditions(struct ptn_node *node, unsigned conditions)
{
    if (node->apply->conditions == conditions)
        return;
    node->apply->conditions = conditions;
    ptn_apply_judge(node, PTN_RECEIPT_SITE);
}

void ptn_apply_heartbeat(struct ptn_node *node, bool fresh)
{
    static const struct ptn_apply_step down = { PTN_RUNG_HANDS_NODE,
                                                PTN_RUNG_LOCAL,
                                                PTN_CAUSE_TECHNICAL,
                                                { (const uint8_t *)"No fresh heartbeat.", 19 } };
    struct ptn_apply *apply = node->apply;
    const struct ptn_ladder former = apply->ladder;
    const struct ptn_ladder_event event = { .kind =
                                                fresh ? PTN_LADDER_HEARTBEAT : PTN_LADDER_SILENCE,
                                            .now_ms = now_of(node) };
    struct ptn_ladder next;
    enum ptn_ladder_act act;

    if (apply->roster.version == 0)
        return;
    act = ptn_ladder_move(&former, &event, &next);
    apply->ladder = next;
    if (act == PTN_LADDER_STEP_DOWN) {
        if (!ptn_ok(ptn_apply_step(node, &down, NULL)))
            apply->ladder = former; /* no memory: tried again at the next look */
    } else if (act == PTN_LADDER_STEP_BACK) {
        if (ptn_ok(ptn_orders_step_back(apply->orders, &apply->roster, &apply->own_name,
                                        ptn_ladder_conditions(&former, event.now_ms))))
            ptn_apply_judge(node, PTN_RECEIPT_SITE);
        else
            apply->ladder = former;
    }
}

/* ---- looking ---- */

enum ptn_rung ptn_apply_rung(struct ptn_node *node, enum ptn_direction direction)
{
    struct ptn_apply_standing standing = ptn_apply_standing(node);

    return direction == PTN_DIRECTION_EXIT ? standing.exit : standing.entry;
}

enum ptn_rung ptn_apply_rung_at(struct ptn_node *node, enum ptn_direction direction,
                                const char *lane)
{
    const struct ptn_apply_standing *standing = &node->apply->standing;
    const bool out = direction == PTN_DIRECTION_EXIT;
    enum ptn_rung rung;

    ptn_node_lock(node);
    rung = out ? standing->exit : standing->entry;
    if (ptn_returning_is_in(node, lane, direction))
        rung = out ? standing->let_exit : standing->let_entry;
    ptn_node_unlock(node);
    return rung;
}

uint8_t ptn_apply_highest(const struct ptn_node *node)
{
    const struct ptn_apply *apply = node->apply;

    if (apply == NULL)
        return PTN_RUNG_NORMAL;
    return (uint8_t)(apply->standing.entry > apply->standing.exit ? apply->standing.entry
                                                                  : apply->standing.exit);
}

struct ptn_apply_standing ptn_apply_standing(struct ptn_node *node)
{
    struct ptn_apply_standing standing;

    ptn_node_lock(node);
    standing = node->apply->standing;
    ptn_node_unlock(node);
    return standing;
}

bool ptn_apply_stops_messages(struct ptn_node *node)
{
    return (ptn_apply_standing(node).stopped & PTN_FUNCTION_MESSAGES) != 0;
}

bool ptn_apply_stops_chips(struct ptn_node *node)
{
    return (ptn_apply_standing(node).stopped & PTN_FUNCTION_CHIPS) != 0;
}

size_t ptn_apply_lines(struct ptn_node *node, struct ptn_apply_line *lines)
{
    size_t count;

    ptn_node_lock(node);
    count = node->apply->line_count;
    memcpy(lines, node->apply->lines, count * sizeof(*lines));
    ptn_node_unlock(node);
    return count;
}
