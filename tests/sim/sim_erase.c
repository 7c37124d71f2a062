/*
 * Orders to erase, given when everything is everywhere again. Two name payloads of one post: one by
 * all the authorities it takes, one by too few. Records that are to prove them in force are handed
 * to every keeper an hour before the 72 are over or right after, and when the payloads' least
 * period is over; in the middle of the last, one keeper loses power. ERASE-1: nothing is gone
 * before its time, and of the second order never anything. ERASE-2: in the end it is gone at every
 * honest keeper, which has said so and not before.
 *
 * Whose clock says what: a keeper that lies has one that is ten years ahead.
 */
#include "sim.h"

#include "mirror/erasing.h"
#include "record/notice.h"

#include <stdlib.h>

#define WAIT_TICKS   4000u
#define TURNS_MAX    1000u
#define AHEAD_MS     (10 * 365 * 24 * SIM_HOUR_MS)
#define TOO_EARLY_MS (71 * SIM_HOUR_MS)
#define EVERY        2u /* seed: each costs a tenth of one */
#define KEEPER       1u /* the keeper that SIM_BREAK_UNDONE is about */

bool sim_may_be_gone(const struct sim *sim, const struct sim_node *post, uint64_t entry,
                     bool *ret_named)
{
    *ret_named = false;
    for (unsigned o = 0; o < 2; o++) {
        const struct sim_erasure *order = &sim->erasures[o];

        for (size_t i = 0; i < order->count; i++) {
            if (&sim->nodes[order->post] != post || order->entries[i] != entry)
                continue;
            *ret_named = true;
            if (order->is_enough && order->seen_ms != 0 &&
                sim->now_ms - order->seen_ms >= SIM_KEEP_MS)
                return true;
        }
    }
    return false;
}

/* ---- the orders ---- */

/* Some entries with payloads, another each time; of as many as there are. */
static void choose(struct sim *sim, struct sim_erasure *order, unsigned post)
{
    struct sim_node *node = &sim->nodes[post];
    uint64_t size = node->history->size;

    order->post = post;
    for (unsigned tries = 0; size > 0 && tries < 30 && order->count < SIM_ERASED_MAX; tries++) {
        uint64_t entry = sim_random(sim, size);
        struct ptn_ledger_header header;
        size_t at = order->count;
        bool is_named;

        (void)sim_may_be_gone(sim, node, entry, &is_named);
        SIM_GOOD(sim, ptn_ledger_read(node->ledger, entry, &header, NULL, NULL));
        if (is_named || !header.has_payload || header.retention != PTN_RETENTION_OPERATION)
            continue;
        for (; at > 0 &&
               memcmp(header.sealed_sha256.at, order->payloads[at - 1].at, PTN_HASH_LEN) < 0;
             at--) {
            order->payloads[at] = order->payloads[at - 1];
            order->entries[at] = order->entries[at - 1];
        }
        order->payloads[at] = header.sealed_sha256;
        order->entries[at] = entry;
        order->count++;
    }
}

static void sign(struct sim *sim, struct sim_erasure *order, unsigned number)
{
    struct ptn_buffer lines = { .len_max = 1024 };
    struct ptn_buffer text = { .len_max = PTN_ORDER_TEXT_MAX };
    struct ptn_order said = { .country = PTN_BYTES_LITERAL("utopia.example/roster"),
                              .number = { (uint8_t)(1 + number) },
                              .given_ms = sim->now_ms / 1000 * 1000,
                              .until_ms = PTN_ORDER_NEVER,
                              .verb = PTN_ORDER_ERASE,
                              .payload_count = order->count,
                              .reason = PTN_BYTES_LITERAL("A court has said so.") };

    for (size_t i = 0; i < order->count; i++) {
        SIM_GOOD(sim, ptn_buffer_add_text(&lines, "payload "));
        SIM_GOOD(sim,
                 ptn_buffer_add_hex(&lines, ptn_bytes_of(order->payloads[i].at, PTN_HASH_LEN)));
        SIM_GOOD(sim, ptn_buffer_add_text(&lines, "\n"));
    }
    said.payloads = ptn_buffer_bytes(&lines);
    SIM_GOOD(sim, ptn_order_write(&said, &text));
    SIM_GOOD(sim, ptn_order_name(ptn_buffer_bytes(&text), &order->name));
    ptn_buffer_init(&order->note, PTN_NOTE_LEN_MAX);
    sim_sign(sim, ptn_buffer_bytes(&text), order->is_enough ? SIM_SIGNERS : 1, &order->note);
    ptn_buffer_release(&text);
    ptn_buffer_release(&lines);
}

/* ---- what keepers' clocks say ---- */

/* The post's head, with the lines of all keepers that show it. */
static void cosigned(struct sim *sim, unsigned post, struct ptn_buffer *out)
{
    struct ptn_exchange exchange = { .status = 0 };

    ptn_buffer_init(&exchange.answer, PTN_WIRE_BODY_MAX);
    ptn_buffer_clear(out);
    for (unsigned k = 0; k < SIM_KEEPERS; k++) {
        const struct sim_node *node = &sim->nodes[post];
        const uint8_t *line;
        size_t len;

        if (!sim->nodes[k].is_up || sim_check_head(sim, k, node, &exchange) != node->history->size)
            continue;
        if (out->len == 0) {
            SIM_GOOD(sim, ptn_buffer_add(out, ptn_buffer_bytes(&exchange.answer)));
            continue;
        }
        line = exchange.answer.at + exchange.answer.len - 1;
        while (line[-1] != '\n')
            line--;
        len = (size_t)(exchange.answer.at + exchange.answer.len - line);
        SIM_GOOD(sim, ptn_buffer_add(out, ptn_bytes_of(line, len)));
    }
    ptn_buffer_release(&exchange.answer);
}

/* The post says that the order waits, and the keepers cosign that. */
static void see(struct sim *sim, struct sim_erasure *order, uint64_t index)
{
    struct ptn_buffer bare = { .len_max = 65536 };
    struct ptn_buffer with = { .len_max = 65536 };
    struct ptn_receipt file;

    ptn_buffer_init(&order->seen, 65536);
    SIM_GOOD(sim, ptn_serving_proof(sim->nodes[order->post].ledger, index, &bare, NULL));
    SIM_GOOD(sim, ptn_receipt_parse(ptn_buffer_bytes(&bare), &file, NULL));
    cosigned(sim, order->post, &with);
    file.checkpoint = ptn_buffer_bytes(&with);
    SIM_GOOD(sim, ptn_receipt_write(&order->seen, &file));
    ptn_buffer_release(&bare);
    ptn_buffer_release(&with);
}

static uint64_t say_waiting(struct sim *sim, struct sim_erasure *order)
{
    struct ptn_order_receipt answer = { .time_ms = sim->now_ms,
                                        .fate = PTN_RECEIPT_WAITING,
                                        .why = PTN_BYTES_LITERAL("72-hours"),
                                        .hand = PTN_RECEIPT_KEEPER };

    ptn_buffer_init(&order->entry, 2048);
    memcpy(answer.order, order->name.at, PTN_HASH_LEN);
    SIM_GOOD(sim, ptn_order_receipt_write(&answer, &order->entry));
    order->seen_ms = sim->now_ms;
    return sim_post_note(sim, order->post, PTN_RECORD_RECEIPT, ptn_buffer_bytes(&order->entry));
}

/* ---- at the keepers ---- */

/* The record, into every keeper's own ledger: which way it came is the same to it. */
static void hand_in(struct sim *sim, struct sim_erasure *order)
{
    struct ptn_buffer now = { .len_max = 65536 };
    struct ptn_ledger_entry entry = { .kind = PTN_RECORD_ERASURE,
                                      .time_ms = sim->now_ms,
                                      .retention = PTN_RETENTION_PUBLIC };
    struct ptn_erasure_due due = { .time_ms = sim->now_ms,
                                   .order = ptn_buffer_bytes(&order->note),
                                   .entry = ptn_buffer_bytes(&order->entry),
                                   .seen = ptn_buffer_bytes(&order->seen) };

    cosigned(sim, order->post, &now);
    due.now = ptn_buffer_bytes(&now);
    ptn_buffer_release(&order->record);
    ptn_buffer_init(&order->record, PTN_RECORD_LEN_MAX);
    SIM_GOOD(sim, ptn_erasure_due_write(&due, &order->record));
    entry.payload = ptn_buffer_bytes(&order->record);
    for (unsigned k = 0; k < SIM_KEEPERS; k++) {
        uint64_t first = 0;

        if (sim->nodes[k].is_up)
            SIM_GOOD(sim, ptn_ledger_append(sim->nodes[k].ledger, &entry, 1, &first, NULL));
    }
    ptn_buffer_release(&now);
}

static void carry_out(struct sim *sim, unsigned keeper)
{
    bool more = sim->broken != SIM_BREAK_UNDONE || keeper != KEEPER;

    for (unsigned i = 0; more && i < TURNS_MAX; i++)
        if (!ptn_ok(ptn_keeper_erase(sim->nodes[keeper].keeper, &more, NULL)))
            return; /* its disk; it is asked again */
}

/* How many the keeper says it has erased in the name of the order, by its newest receipt. */
static uint64_t said_erased(struct sim *sim, unsigned keeper, const struct sim_erasure *order)
{
    struct ptn_ledger *ledger = sim->nodes[keeper].ledger;
    struct ptn_buffer payload = { .len_max = PTN_RECORD_LEN_MAX };
    uint64_t erased = 0;
    uint64_t size = 0;

    SIM_GOOD(sim, ptn_ledger_size(ledger, &size, NULL));
    for (uint64_t i = size > 32 ? size - 32 : 0; i < size; i++) {
        struct ptn_ledger_header header;
        struct ptn_erasure_done done;

        ptn_buffer_clear(&payload);
        SIM_GOOD(sim, ptn_ledger_read(ledger, i, &header, &payload, NULL));
        if (header.kind != PTN_RECORD_ERASED)
            continue;
        SIM_GOOD(sim, ptn_erasure_done_parse(ptn_buffer_bytes(&payload), &done, NULL));
        if (memcmp(done.order, order->name.at, PTN_HASH_LEN) == 0)
            erased = done.erased;
    }
    ptn_buffer_release(&payload);
    return erased;
}

/* How many of the payloads that an order names the keeper does not give. */
static size_t gone(struct sim *sim, unsigned keeper, const struct sim_erasure *order)
{
    const struct ptn_keeper_peer peer = { ptn_bytes_from_text(sim->nodes[SIM_CENTRE].origin),
                                          PTN_ROSTER_CENTRE };
    struct ptn_bytes origin = ptn_bytes_from_text(sim->nodes[order->post].origin);
    struct ptn_buffer path = { .len_max = 256 };
    struct ptn_exchange exchange = { .verb = "GET", .answer = { .len_max = PTN_WIRE_BODY_MAX } };
    struct ptn_hash id;
    size_t count = 0;

    SIM_GOOD(sim, ptn_wire_origin_hash(origin, &id));
    for (size_t i = 0; i < order->count; i++) {
        ptn_buffer_clear(&path);
        ptn_buffer_clear(&exchange.answer);
        SIM_GOOD(sim, ptn_buffer_add_u8(&path, '/'));
        SIM_GOOD(sim, ptn_buffer_add_hex(&path, ptn_bytes_of(id.at, PTN_HASH_LEN)));
        SIM_GOOD(sim, ptn_buffer_add_text(&path, "/payload/"));
        SIM_GOOD(sim, ptn_buffer_add_hex(&path, ptn_bytes_of(order->payloads[i].at, PTN_HASH_LEN)));
        SIM_GOOD(sim, ptn_buffer_add_u8(&path, 0));
        exchange.path = (const char *)path.at;
        SIM_GOOD(sim, ptn_keeper_answer(sim->nodes[keeper].keeper, &peer, &exchange));
        count += exchange.status == 200 ? 0 : 1;
    }
    ptn_buffer_release(&exchange.answer);
    ptn_buffer_release(&path);
    return count;
}

/* What an honest keeper has of the orders: nothing yet, or everything of the first. */
static void look(struct sim *sim, unsigned keeper, bool is_due, bool is_done)
{
    const struct sim_node *node = &sim->nodes[keeper];
    size_t first = gone(sim, keeper, &sim->erasures[0]);
    uint64_t said = said_erased(sim, keeper, &sim->erasures[0]);

    sim->checks++;
    if (gone(sim, keeper, &sim->erasures[1]) > 0)
        sim_fail(sim, "ERASE-1", "%s erased what too few authorities asked for", node->origin);
    if (first > 0 && !is_due)
        sim_fail(sim, "ERASE-1", "%s erased %zu payloads before their time", node->origin, first);
    if (said > first)
        sim_fail(sim, "ERASE-2", "%s says it erased %llu payloads, and %zu are gone", node->origin,
                 (unsigned long long)said, first);
    if (is_done && (first < sim->erasures[0].count || said < first))
        sim_fail(sim, "ERASE-2", "%s was to erase %zu payloads: %zu are gone, it says %llu",
                 node->origin, sim->erasures[0].count, first, (unsigned long long)said);
}

static bool is_to_be_trusted(const struct sim *sim, unsigned keeper)
{
    return sim->nodes[keeper].is_up && sim->nodes[keeper].is_honest;
}

/* Every keeper does what it has to; one of them loses power in the middle, if it is so far. */
static void carry_out_all(struct sim *sim, bool is_due)
{
    for (unsigned k = 0; k < SIM_KEEPERS; k++) {
        struct sim_node *node = &sim->nodes[k];

        if (!node->is_up)
            continue;
        if (is_due && k == sim->seed % SIM_KEEPERS) {
            fault_disk_arm(node->disk, FAULT_POWER, 1 + sim_random(sim, 80), true);
            carry_out(sim, k);
            sim_node_stop(sim, k, true);
            if (!sim_node_start(sim, k))
                sim_fail(sim, "HARNESS", "%s does not start", node->origin);
            if (node->is_honest)
                look(sim, k, is_due, false);
        }
        carry_out(sim, k);
        if (node->is_honest)
            look(sim, k, is_due, is_due);
    }
}

/* Until every honest keeper has acknowledged all that the post has. */
static void push_on(struct sim *sim, unsigned post)
{
    bool all = false;

    for (unsigned i = 0; !all && i < WAIT_TICKS; i++) {
        sim_tick(sim);
        all = sim->nodes[post].is_up;
        for (unsigned k = 0; all && k < SIM_KEEPERS; k++) {
            struct ptn_pusher_standing standing;

            ptn_pusher_standing(sim->nodes[post].pushers[k], &standing);
            all = !sim->nodes[k].is_honest ||
                  (sim->nodes[k].is_up && standing.acknowledged == sim->nodes[post].history->size);
        }
        if (i % 200 == 199)
            sim->now_ms += 61000; /* rests are over */
    }
    if (!all)
        sim_check_healed(sim);
}

/* The post goes on, time has gone by, and everybody is told what the clocks say now. */
static void after(struct sim *sim, int64_t ms, bool is_due)
{
    unsigned post = sim->erasures[0].post;

    sim->now_ms += ms;
    sim_post_append(sim, post, 1);
    push_on(sim, post);
    for (unsigned o = 0; o < 2; o++)
        hand_in(sim, &sim->erasures[o]);
    carry_out_all(sim, is_due);
}

static void set_clocks(struct sim *sim)
{
    for (unsigned k = 0; k < SIM_KEEPERS; k++)
        if (!sim->nodes[k].is_honest)
            sim->nodes[k].ahead_ms = AHEAD_MS;
}

void sim_erase(struct sim *sim)
{
    unsigned post = SIM_KEEPERS + (unsigned)(sim->seed % SIM_POSTS);
    uint64_t indexes[2];
    int64_t early_ms;

    if (sim->seed % EVERY == 0)
        return;
    if (!sim->nodes[post].is_honest)
        post = SIM_KEEPERS + (post + 1 - SIM_KEEPERS) % SIM_POSTS;
    if (!sim->nodes[post].is_honest || !sim->nodes[post].is_up)
        return;
    sim->erasures[0].is_enough = true;
    for (unsigned o = 0; o < 2; o++)
        choose(sim, &sim->erasures[o], post);
    if (sim->erasures[0].count == 0 || sim->erasures[1].count == 0) {
        sim->erasures[0].count = sim->erasures[1].count = 0;
        return; /* it wrote next to nothing */
    }
    set_clocks(sim);
    for (unsigned o = 0; o < 2; o++) {
        sign(sim, &sim->erasures[o], o);
        indexes[o] = say_waiting(sim, &sim->erasures[o]);
    }
    push_on(sim, post);
    for (unsigned o = 0; o < 2; o++)
        see(sim, &sim->erasures[o], indexes[o]);
    for (unsigned k = 0; sim->broken == SIM_BREAK_CLOCKS && k < SIM_QUORUM; k++)
        sim->nodes[k].ahead_ms = AHEAD_MS;
    early_ms = sim->seed / EVERY % 2 == 0 ? TOO_EARLY_MS : PTN_ERASURE_WAIT_MS;
    after(sim, early_ms, false);
    after(sim, SIM_KEEP_MS - early_ms, true);
    for (unsigned k = 0; k < SIM_KEEPERS; k++)
        if (is_to_be_trusted(sim, k))
            sim->erased += gone(sim, k, &sim->erasures[0]);
    sim_say(sim, "%lu payloads are erased", sim->erased);
    if (!sim_settle(sim, WAIT_TICKS))
        sim_check_healed(sim);
}
