/* The network: requests and answers as messages that are lost, doubled, late, or stopped by a cut
 * that may work one way only. The keepers answer here, the one that lies too. */
#include "sim.h"

#include <stdio.h>
#include <stdlib.h>

#define TIMEOUT_TICKS 60u
#define HOLD_TICKS    30u
#define REQUEST_MAX   ((size_t)8 << 20)

struct sim_message {
    struct sim_message *next;
    uint64_t due;
    uint64_t hold_until; /* of a long poll; 0: not held yet */
    uint64_t serial;
    unsigned client;
    unsigned keeper;
    bool is_answer;
    unsigned status;
    char verb[8];
    char path[PTN_WIRE_PATH_MAX + 1];
    struct ptn_buffer body;
};

/* ---- messages ---- */

static void free_message(struct sim_message *message)
{
    ptn_buffer_release(&message->body);
    free(message);
}

void sim_net_clear(struct sim *sim)
{
    while (sim->messages != NULL) {
        struct sim_message *message = sim->messages;

        sim->messages = message->next;
        free_message(message);
    }
}

/* In order of due, the earlier sent first among equals. */
static void put(struct sim *sim, struct sim_message *message)
{
    struct sim_message **at = &sim->messages;

    while (*at != NULL && (*at)->due <= message->due)
        at = &(*at)->next;
    message->next = *at;
    *at = message;
}

static void send_one(struct sim *sim, const struct sim_message *like, struct ptn_bytes body)
{
    struct sim_message *message = malloc(sizeof(*message));

    if (message == NULL)
        sim_fail(sim, "HARNESS", "no memory");
    *message = *like;
    message->due = sim->tick + 1 + sim_random(sim, sim->delay_max + 1);
    ptn_buffer_init(&message->body, REQUEST_MAX);
    SIM_GOOD(sim, ptn_buffer_add(&message->body, body));
    put(sim, message);
}

static void send(struct sim *sim, unsigned from, unsigned to, const struct sim_message *like,
                 struct ptn_bytes body)
{
    if (sim->cut_until[from][to] > sim->tick || sim_random(sim, 100) < sim->lose)
        return;
    send_one(sim, like, body);
    if (sim_random(sim, 100) < sim->twice)
        send_one(sim, like, body);
}

bool sim_net_is_idle(const struct sim *sim)
{
    return sim->messages == NULL;
}

/* ---- the asking side ---- */

static bool next_request(struct sim_node *node, unsigned keeper, struct ptn_exchange *exchange)
{
    bool holds = false;

    if (node->pushers[keeper] != NULL)
        return ptn_pusher_next(node->pushers[keeper], exchange);
    return node->pullers[keeper] != NULL &&
           ptn_puller_next(node->pullers[keeper], exchange, &holds);
}

static void take_answer(struct sim_node *node, unsigned keeper)
{
    struct sim_lane *lane = &node->lanes[keeper];

    lane->waiting = false;
    if (node->pushers[keeper] != NULL)
        ptn_pusher_take(node->pushers[keeper], &lane->exchange);
    else if (node->pullers[keeper] != NULL)
        ptn_puller_take(node->pullers[keeper], &lane->exchange);
}

void sim_net_ask(struct sim *sim, unsigned client)
{
    struct sim_node *node = &sim->nodes[client];

    for (unsigned keeper = 0; node->is_up && keeper < SIM_KEEPERS; keeper++) {
        struct sim_lane *lane = &node->lanes[keeper];
        struct sim_message like = { .client = client, .keeper = keeper };

        if (lane->waiting && sim->tick >= lane->deadline) {
            lane->exchange.status = 0;
            ptn_buffer_clear(&lane->exchange.answer);
            take_answer(node, keeper);
        }
        if (lane->waiting || !next_request(node, keeper, &lane->exchange))
            continue;
        lane->waiting = true;
        lane->serial++;
        lane->deadline = sim->tick + TIMEOUT_TICKS;
        like.serial = lane->serial;
        (void)snprintf(like.verb, sizeof(like.verb), "%s", lane->exchange.verb);
        (void)snprintf(like.path, sizeof(like.path), "%s", lane->exchange.path);
        send(sim, client, keeper, &like, lane->exchange.body);
        sim->exchanges++;
    }
}

void sim_net_forget(struct sim *sim, unsigned client)
{
    for (unsigned keeper = 0; keeper < SIM_KEEPERS; keeper++) {
        sim->nodes[client].lanes[keeper].waiting = false;
        sim->nodes[client].lanes[keeper].serial++;
    }
}

static void arrive(struct sim *sim, struct sim_message *answer)
{
    struct sim_node *node = &sim->nodes[answer->client];
    struct sim_lane *lane = &node->lanes[answer->keeper];

    if (!node->is_up || !lane->waiting || lane->serial != answer->serial)
        return;
    if (getenv("SIM_TRACE") != NULL && sim->is_healing)
        sim_say(sim, "%s to %s: %s %.40s: %u %.*s", node->origin, sim->nodes[answer->keeper].origin,
                answer->verb, answer->path, answer->status,
                answer->status == 200 ? 0 : (int)answer->body.len, (const char *)answer->body.at);
    lane->exchange.status = answer->status;
    ptn_buffer_clear(&lane->exchange.answer);
    if (!ptn_ok(ptn_buffer_add(&lane->exchange.answer, ptn_buffer_bytes(&answer->body))))
        lane->exchange.status = 0;
    take_answer(node, answer->keeper);
}

/* ---- a keeper that lies ---- */

/* Sign whatever the post signed last, held or not. */
static bool sign_blindly(struct sim *sim, const struct sim_message *request,
                         struct ptn_exchange *exchange)
{
    const struct sim_node *keeper = &sim->nodes[request->keeper];
    const struct sim_node *post = &sim->nodes[request->client];
    struct ptn_wire_entries entries;
    struct ptn_checkpoint checkpoint = { .origin = ptn_bytes_from_text(post->origin) };
    struct ptn_buffer text;
    bool done;

    if (strcmp(request->path, "/add-entries") != 0 || post->history == NULL ||
        !ptn_ok(ptn_wire_entries_parse(ptn_buffer_bytes(&request->body), &entries, NULL)) ||
        entries.end > post->history->size)
        return false;
    checkpoint.size = entries.end;
    checkpoint.root = post->history->roots[entries.end];
    ptn_buffer_init(&text, 1024);
    ptn_buffer_clear(&exchange->answer);
    done = ptn_ok(ptn_checkpoint_write(&text, &checkpoint)) &&
           ptn_ok(ptn_cosignature_sign(
               keeper->vault, PTN_ROLE_MIRROR, ptn_bytes_from_text(keeper->mirror_name),
               ptn_buffer_bytes(&text), sim->now_ms / 1000, &exchange->answer, NULL));
    exchange->status = done ? 200 : 0;
    ptn_buffer_release(&text);
    return done;
}

/* Show a head of the post's last tree that it does not hold. */
static bool show_blindly(struct sim *sim, const struct sim_message *request,
                         struct ptn_exchange *exchange)
{
    const struct sim_node *keeper = &sim->nodes[request->keeper];

    for (unsigned i = SIM_KEEPERS; i < SIM_KEEPERS + SIM_POSTS; i++) {
        const struct sim_node *post = &sim->nodes[i];
        struct ptn_checkpoint checkpoint = { .origin = ptn_bytes_from_text(post->origin),
                                             .size = post->history->size,
                                             .root = post->history->roots[post->history->size] };
        struct ptn_buffer text;
        struct ptn_hash id;
        char path[80] = "/";
        bool done;

        SIM_GOOD(sim, ptn_sha256(&checkpoint.origin, 1, id.at));
        for (unsigned b = 0; b < PTN_HASH_LEN; b++)
            (void)snprintf(path + 1 + (size_t)2 * b, 3, "%02x", id.at[b]);
        if (checkpoint.size == 0 || !post->is_honest ||
            strncmp(request->path, path, strlen(path)) != 0 ||
            strcmp(request->path + strlen(path), "/checkpoint") != 0)
            continue;
        ptn_buffer_init(&text, 1024);
        ptn_buffer_clear(&exchange->answer);
        done = ptn_ok(ptn_checkpoint_write(&text, &checkpoint)) &&
               ptn_ok(ptn_note_sign(post->vault, PTN_ROLE_LEDGER, checkpoint.origin,
                                    ptn_buffer_bytes(&text), &exchange->answer, NULL));
        ptn_buffer_clear(&sim->scratch);
        done = done &&
               ptn_ok(ptn_cosignature_sign(
                   keeper->vault, PTN_ROLE_MIRROR, ptn_bytes_from_text(keeper->mirror_name),
                   ptn_buffer_bytes(&text), sim->now_ms / 1000, &sim->scratch, NULL)) &&
               ptn_ok(ptn_buffer_add(&exchange->answer, ptn_buffer_bytes(&sim->scratch)));
        exchange->status = done ? 200 : 0;
        ptn_buffer_release(&text);
        return done;
    }
    return false;
}

/* Before answering as it should, or instead. */
static bool lie_first(struct sim *sim, const struct sim_message *request,
                      struct ptn_exchange *exchange)
{
    if (sim->broken == SIM_BREAK_LIARS)
        return false;
    sim->lies++;
    switch (sim_random(sim, 4)) {
    case 0:
        return sign_blindly(sim, request, exchange);
    case 1:
        return show_blindly(sim, request, exchange);
    case 2:
        exchange->status = sim_random(sim, 2) == 0 ? 404 : 503;
        ptn_buffer_clear(&exchange->answer);
        return true;
    default:
        sim->lies--;
        return false;
    }
}

/* An honest answer, spoilt. */
static void lie_after(struct sim *sim, struct ptn_exchange *exchange)
{
    size_t at;

    if (exchange->answer.len == 0 || sim_random(sim, 3) != 0 || sim->broken == SIM_BREAK_LIARS)
        return;
    sim->lies++;
    at = (size_t)sim_random(sim, exchange->answer.len);
    if (sim_random(sim, 2) == 0)
        exchange->answer.at[at] ^= (uint8_t)(1u << at % 8);
    else
        exchange->answer.len = at;
}

/* ---- the answering side ---- */

static enum ptn_roster_role role_of(unsigned index)
{
    return sim_is_keeper(index) ? PTN_ROSTER_KEEPER
           : sim_is_post(index) ? PTN_ROSTER_POST
                                : PTN_ROSTER_CENTRE;
}

/* True: to be asked again later (a long poll). */
static bool answer(struct sim *sim, struct sim_message *request)
{
    struct sim_node *keeper = &sim->nodes[request->keeper];
    const struct ptn_keeper_peer peer = { ptn_bytes_from_text(sim->nodes[request->client].origin),
                                          role_of(request->client) };
    struct ptn_exchange exchange = { .verb = request->verb,
                                     .path = request->path,
                                     .body = ptn_buffer_bytes(&request->body) };
    struct sim_message like = *request;
    struct ptn_status status;

    if (!keeper->is_up)
        return false;
    ptn_buffer_init(&exchange.answer, PTN_WIRE_BODY_MAX);
    if (keeper->is_honest || !lie_first(sim, request, &exchange)) {
        sim_break_before(sim, request->keeper);
        status = ptn_keeper_answer(keeper->keeper, &peer, &exchange);
        sim_break_after(sim, request->keeper, &exchange);
        if (status.code == PTN_C_BUSY) {
            if (request->hold_until == 0)
                request->hold_until = sim->tick + HOLD_TICKS;
            if (sim->tick >= request->hold_until) /* its time is up */
                request->path[strcspn(request->path, "?")] = '\0';
            ptn_buffer_release(&exchange.answer);
            return true;
        }
        if (!keeper->is_honest)
            lie_after(sim, &exchange);
    }
    like.is_answer = true;
    like.status = exchange.status;
    if (exchange.status != 0)
        send(sim, request->keeper, request->client, &like, ptn_buffer_bytes(&exchange.answer));
    ptn_buffer_release(&exchange.answer);
    return false;
}

void sim_net_deliver(struct sim *sim)
{
    while (sim->messages != NULL && sim->messages->due <= sim->tick) {
        struct sim_message *message = sim->messages;

        sim->messages = message->next;
        if (!message->is_answer && answer(sim, message)) {
            message->due = sim->tick + 2 + sim_random(sim, 4);
            put(sim, message);
            continue;
        }
        if (message->is_answer)
            arrive(sim, message);
        free_message(message);
    }
}
