#include "sim.h"

#include "record/notice.h"

#include <stdio.h>
#include <stdlib.h>

#define ROSTER_ORIGIN "utopia.example/roster"

static const char *const names[SIM_NODES] = { "keeper-a", "keeper-b", "keeper-c", "keeper-d",
                                              "airport",  "seaport",  "centre" };

/* One clock for everybody, of which some are ahead: worlds ask it through these. */
static const struct sim *clock_of;

static int64_t now_ms(void *context)
{
    for (unsigned i = 0; i < SIM_NODES; i++)
        if (clock_of->nodes[i].world.context == context)
            return clock_of->now_ms + clock_of->nodes[i].ahead_ms;
    return clock_of->now_ms;
}

static int64_t monotonic_us(void *context)
{
    (void)context;
    return clock_of->now_ms * 1000;
}

/* The files that SQLite has are on another disk than the world's own: a node's folder is both. */
static bool exists(void *context, const char *path)
{
    for (unsigned i = 0; i < SIM_NODES; i++) {
        const struct sim_node *node = &clock_of->nodes[i];
        size_t len = 0;

        if (node->world.context == context)
            return node->seeded->files->exists(context, path) ||
                   fault_disk_bytes(node->disk, path, &len) != NULL;
    }
    return false;
}

/* ---- making the country ---- */

static void make_node(struct sim *sim, unsigned index)
{
    struct sim_node *node = &sim->nodes[index];

    (void)snprintf(node->origin, sizeof(node->origin), "utopia.example/%s", names[index]);
    (void)snprintf(node->mirror_name, sizeof(node->mirror_name), "utopia.example/%s/mirror",
                   names[index]);
    (void)snprintf(node->dir, sizeof(node->dir), "/%s", names[index]);
    (void)snprintf(node->vfs_name, sizeof(node->vfs_name), "sim-%s", names[index]);
    node->disk = fault_disk_new(node->vfs_name);
    node->seeded = ptn_world_seeded(sim->seed * 100 + index, sim->now_ms);
    if (node->disk == NULL || node->seeded == NULL)
        sim_fail(sim, "HARNESS", "no memory");
    node->world = *node->seeded;
    node->world.sqlite_vfs_name = node->vfs_name;
    node->files = *node->seeded->files;
    node->files.exists = exists;
    node->world.files = &node->files;
    node->world.now_ms = now_ms;
    node->world.monotonic_us = monotonic_us;
    node->is_honest = true;
    SIM_GOOD(sim, node->world.files->make_dir(node->world.context, node->dir));
    SIM_GOOD(sim, ptn_vault_create(&node->world, node->dir, NULL));
    SIM_GOOD(sim, ptn_vault_open(&node->world, node->dir, &node->vault, NULL));
    SIM_GOOD(sim, ptn_vkey_make(ptn_bytes_from_text(node->origin),
                                ptn_vault_public_key(node->vault, PTN_ROLE_LEDGER), &node->key));
    SIM_GOOD(sim, ptn_vkey_make_cosigner(ptn_bytes_from_text(node->mirror_name),
                                         ptn_vault_public_key(node->vault, PTN_ROLE_MIRROR),
                                         &node->mirror));
    if (index != SIM_CENTRE)
        SIM_GOOD(sim, ptn_ledger_create(&node->world, node->vault, node->dir, node->origin, NULL));
    if (sim_is_post(index)) {
        node->history = sim_history_new(sim);
        SIM_GOOD(sim, ptn_range_root(sim->hasher, &node->history->range, &node->history->roots[0]));
    }
    for (unsigned i = 0; i < SIM_KEEPERS; i++) {
        ptn_buffer_init(&node->lanes[i].exchange.answer, PTN_WIRE_BODY_MAX);
        ptn_buffer_init(&node->heads[i], PTN_WIRE_BODY_MAX);
    }
}

void sim_sign(struct sim *sim, struct ptn_bytes text, unsigned signers, struct ptn_buffer *note)
{
    struct ptn_buffer one = { .len_max = PTN_NOTE_LEN_MAX };

    for (unsigned i = 0; i < signers; i++) {
        struct ptn_note parsed;

        ptn_buffer_clear(&one);
        SIM_GOOD(sim, ptn_note_sign(sim->authorities[i], PTN_ROLE_NODE, sim->authority_keys[i].name,
                                    text, &one, NULL));
        SIM_GOOD(sim, ptn_note_parse(ptn_buffer_bytes(&one), &parsed, NULL));
        SIM_GOOD(sim, ptn_buffer_add(note, i == 0 ? ptn_buffer_bytes(&one) : parsed.signatures));
    }
    ptn_buffer_release(&one);
}

static void make_roster(struct sim *sim)
{
    struct ptn_roster_node nodes[SIM_NODES];
    struct ptn_roster_retention kept = { PTN_RETENTION_OPERATION,
                                         (uint32_t)(SIM_KEEP_MS / SIM_HOUR_MS / 24) };
    struct ptn_roster roster = { .origin = PTN_BYTES_LITERAL(ROSTER_ORIGIN),
                                 .version = 1,
                                 .expires = { 2099, 1, 1 },
                                 .quorum_n = SIM_KEEPERS,
                                 .quorum_q = SIM_QUORUM,
                                 .quorum_f = SIM_LIARS,
                                 .authorities_needed =
                                     sim->broken == SIM_BREAK_ALONE ? 1 : SIM_SIGNERS,
                                 .authorities = sim->authority_keys,
                                 .authority_count = SIM_SIGNERS,
                                 .retentions = &kept,
                                 .retention_count = 1,
                                 .nodes = nodes,
                                 .node_count = SIM_NODES };
    /* Keepers, then centres, then posts. */
    static const unsigned order[SIM_NODES] = { 0, 1, 2, 3, SIM_CENTRE, 4, 5 };
    struct ptn_buffer text;

    memset(nodes, 0, sizeof(nodes));
    for (unsigned i = 0; i < SIM_NODES; i++) {
        const struct sim_node *node = &sim->nodes[order[i]];

        nodes[i].role = sim_is_keeper(order[i]) ? PTN_ROSTER_KEEPER
                        : sim_is_post(order[i]) ? PTN_ROSTER_POST
                                                : PTN_ROSTER_CENTRE;
        nodes[i].ledger = node->key;
        if (sim_is_keeper(order[i])) {
            nodes[i].mirror = node->mirror;
            nodes[i].address = PTN_BYTES_LITERAL("127.0.0.1:8701");
        }
        memset(nodes[i].tls, (int)(0x40 + i), sizeof(nodes[i].tls));
    }
    ptn_buffer_init(&text, PTN_ROSTER_TEXT_MAX);
    ptn_buffer_init(&sim->roster, PTN_NOTE_LEN_MAX);
    SIM_GOOD(sim, ptn_roster_write(&roster, &text));
    sim_sign(sim, ptn_buffer_bytes(&text), SIM_SIGNERS, &sim->roster);
    ptn_buffer_release(&text);
}

static void make_authorities(struct sim *sim)
{
    static const char *const origins[SIM_SIGNERS] = { "utopia.example/authority-1",
                                                      "utopia.example/authority-2" };
    static const char *const dirs[SIM_SIGNERS] = { "/a", "/b" };
    struct ptn_world *world = sim->authority_world;

    for (unsigned i = 0; i < SIM_SIGNERS; i++) {
        SIM_GOOD(sim, world->files->make_dir(world->context, dirs[i]));
        SIM_GOOD(sim, ptn_vault_create(world, dirs[i], NULL));
        SIM_GOOD(sim, ptn_vault_open(world, dirs[i], &sim->authorities[i], NULL));
        SIM_GOOD(sim, ptn_vkey_make(ptn_bytes_from_text(origins[i]),
                                    ptn_vault_public_key(sim->authorities[i], PTN_ROLE_NODE),
                                    &sim->authority_keys[i]));
    }
}

void sim_country_make(struct sim *sim)
{
    clock_of = sim;
    sim->hasher = ptn_hasher_new();
    ptn_buffer_init(&sim->scratch, (size_t)32 << 20);
    sim->authority_world = ptn_world_seeded(sim->seed, sim->now_ms);
    if (sim->hasher == NULL || sim->authority_world == NULL)
        sim_fail(sim, "HARNESS", "no memory");
    make_authorities(sim);
    for (unsigned i = 0; i < SIM_NODES; i++)
        make_node(sim, i);
    make_roster(sim);
    for (unsigned i = 0; i < SIM_NODES; i++)
        if (!sim_node_start(sim, i))
            sim_fail(sim, "HARNESS", "%s does not start", sim->nodes[i].origin);
}

void sim_country_free(struct sim *sim)
{
    sim_net_clear(sim);
    for (unsigned i = 0; i < SIM_NODES; i++) {
        struct sim_node *node = &sim->nodes[i];

        sim_node_stop(sim, i, false);
        ptn_vault_close(node->vault);
        if (node->old != NULL)
            fault_image_free(node->old);
        fault_disk_free(node->disk);
        ptn_world_seeded_free(node->seeded);
        sim_history_free(node->history);
        sim_history_free(node->second);
        for (unsigned k = 0; k < SIM_KEEPERS; k++) {
            ptn_buffer_release(&node->lanes[k].exchange.answer);
            ptn_buffer_release(&node->heads[k]);
        }
    }
    if (sim->unsynced != NULL)
        fault_image_free(sim->unsynced);
    for (unsigned i = 0; i < SIM_SIGNERS; i++)
        ptn_vault_close(sim->authorities[i]);
    for (unsigned i = 0; i < 2; i++) {
        ptn_buffer_release(&sim->erasures[i].note);
        ptn_buffer_release(&sim->erasures[i].entry);
        ptn_buffer_release(&sim->erasures[i].seen);
        ptn_buffer_release(&sim->erasures[i].record);
    }
    ptn_world_seeded_free(sim->authority_world);
    ptn_buffer_release(&sim->roster);
    ptn_buffer_release(&sim->scratch);
    ptn_hasher_free(sim->hasher);
}

/* ---- the reference ---- */

struct sim_history *sim_history_new(const struct sim *sim)
{
    struct sim_history *history = malloc(sizeof(*history));

    if (history == NULL)
        sim_fail(sim, "HARNESS", "no memory");
    /* Not all of it: what is known of an entry is cleared when there is one. */
    memset(history, 0, offsetof(struct sim_history, roots));
    ptn_buffer_init(&history->bytes, (size_t)64 << 20);
    return history;
}

void sim_history_free(struct sim_history *history)
{
    if (history != NULL)
        ptn_buffer_release(&history->bytes);
    free(history);
}

static void remember(struct sim *sim, struct sim_history *history, struct ptn_bytes leaf)
{
    struct sim_known *known = &history->known[history->size];
    struct ptn_ledger_header header;
    struct ptn_hash hash;

    if (history->size == SIM_SIZE_MAX)
        sim_fail(sim, "HARNESS", "a post wrote more than the reference holds");
    SIM_GOOD(sim, ptn_ledger_header_parse(leaf, &header, NULL));
    *known = (struct sim_known){ .leaf_at = (uint32_t)history->bytes.len,
                                 .leaf_len = (uint32_t)leaf.len,
                                 .has_payload = header.has_payload };
    SIM_GOOD(sim, ptn_buffer_add(&history->bytes, leaf));
    SIM_GOOD(sim, ptn_tree_leaf(sim->hasher, leaf, &hash));
    SIM_GOOD(sim, ptn_range_add(sim->hasher, &history->range, &hash, NULL, NULL));
    history->leaves[history->size] = hash;
    history->size++;
    SIM_GOOD(sim, ptn_range_root(sim->hasher, &history->range, &history->roots[history->size]));
}

static struct sim_history *signed_now(const struct sim_node *node)
{
    return node->second != NULL ? node->second : node->history;
}

struct sim_history *sim_history_of(const struct sim_node *post, uint64_t size,
                                   const struct ptn_hash *root)
{
    if (size <= post->history->size && ptn_hash_equal(root, &post->history->roots[size]))
        return post->history;
    if (post->second != NULL && size <= post->second->size &&
        ptn_hash_equal(root, &post->second->roots[size]))
        return post->second;
    return NULL;
}

void sim_post_fork(struct sim *sim, unsigned index, uint64_t size)
{
    struct sim_node *node = &sim->nodes[index];
    struct sim_history *second = sim_history_new(sim);

    second->roots[0] = node->history->roots[0];
    SIM_GOOD(sim, ptn_buffer_add(&second->bytes, ptn_buffer_bytes(&node->history->bytes)));
    while (second->size < size) {
        second->known[second->size] = node->history->known[second->size];
        second->leaves[second->size] = node->history->leaves[second->size];
        SIM_GOOD(sim, ptn_range_add(sim->hasher, &second->range, &second->leaves[second->size],
                                    NULL, NULL));
        second->size++;
        second->roots[second->size] = node->history->roots[second->size];
    }
    second->acknowledged = size;
    sim_history_free(node->second);
    node->second = second;
}

/* A batch is durable and signed: ptn_ledger_copy_fn. LEDGER-3. */
struct told {
    struct sim *sim;
    struct sim_node *node;
};
static struct told tolds[SIM_NODES];

static void hear(void *context, const struct ptn_ledger_batch *batch)
{
    const struct told *told = context;
    struct sim *sim = told->sim;
    struct sim_history *history = signed_now(told->node);
    struct ptn_checkpoint checkpoint;
    struct ptn_note note;

    if (told->node->is_retired)
        sim_fail(sim, "FOLLOW-5", "%s signs entry %llu, and was shown that it went back",
                 told->node->origin, (unsigned long long)batch->first);
    if (batch->first < history->size)
        sim_fail(sim, "LEDGER-3", "%s signs entry %llu a second time", told->node->origin,
                 (unsigned long long)batch->first);
    for (size_t i = 0; i < batch->count; i++)
        remember(sim, history, batch->leaves[i]);
    SIM_GOOD(sim, ptn_note_parse(batch->checkpoint, &note, NULL));
    SIM_GOOD(sim, ptn_checkpoint_parse(note.text, &checkpoint, NULL));
    if (checkpoint.size != history->size ||
        !ptn_hash_equal(&checkpoint.root, &history->roots[history->size]))
        sim_fail(sim, "LEDGER-3", "%s signs another tree at %llu", told->node->origin,
                 (unsigned long long)checkpoint.size);
}

/* Entries that were durable when the answer was lost. LEDGER-1. */
static void catch_up(struct sim *sim, struct sim_node *node)
{
    struct sim_history *history = signed_now(node);
    struct ptn_buffer leaf;
    uint64_t size = 0;

    SIM_GOOD(sim, ptn_ledger_size(node->ledger, &size, NULL));
    if (size < history->acknowledged)
        sim_fail(sim, "LEDGER-1", "%s acknowledged %llu entries and has %llu", node->origin,
                 (unsigned long long)history->acknowledged, (unsigned long long)size);
    ptn_buffer_init(&leaf, 256);
    while (history->size < size) {
        struct ptn_ledger_header header;

        ptn_buffer_clear(&leaf);
        SIM_GOOD(sim, ptn_ledger_read(node->ledger, history->size, &header, NULL, NULL));
        SIM_GOOD(sim, ptn_ledger_header_write(&leaf, &header));
        remember(sim, history, ptn_buffer_bytes(&leaf));
    }
    history->acknowledged = size;
    ptn_buffer_release(&leaf);
}

/* ---- up and down ---- */

static struct ptn_status start_keeper(struct sim *sim, struct sim_node *node)
{
    const struct ptn_keeper_setup setup = { .world = &node->world,
                                            .vault = node->vault,
                                            .dir = node->dir,
                                            .ledger = node->ledger,
                                            .roster = ptn_buffer_bytes(&sim->roster),
                                            .context = sim,
                                            .erased = sim->broken == SIM_BREAK_PAYLOADS
                                                          ? sim_break_erased
                                                          : NULL };

    return ptn_keeper_open(&setup, &node->keeper, NULL);
}

static struct ptn_status start_post(struct sim *sim, struct sim_node *node)
{
    unsigned index = (unsigned)(node - sim->nodes);
    struct ptn_status status =
        ptn_ledger_open_reader(&node->world, node->vault, node->dir, &node->reader, NULL);

    for (unsigned i = 0; ptn_ok(status) && i < SIM_KEEPERS; i++)
        status =
            ptn_pusher_new(&node->world, node->reader, &sim->nodes[i].mirror, &node->pushers[i]);
    if (!ptn_ok(status))
        return status;
    if (node->is_retired != (ptn_ledger_state(node->ledger) == PTN_LEDGER_RETIRED))
        sim_fail(sim, "FOLLOW-5", "%s was %s, and starts as if it were not", node->origin,
                 node->is_retired ? "retired" : "not retired");
    catch_up(sim, node);
    tolds[index] = (struct told){ sim, node };
    ptn_ledger_on_append(node->ledger, hear, &tolds[index]);
    return PTN_OK;
}

static struct ptn_status start_centre(struct sim *sim, struct sim_node *node)
{
    struct ptn_status status = ptn_follow_new(&node->world, node->dir, SIM_QUORUM, &node->follow);

    for (unsigned i = 0; ptn_ok(status) && i < SIM_NODES; i++)
        if (i != SIM_CENTRE)
            status = ptn_follow_add(node->follow, &sim->nodes[i].key,
                                    sim_is_keeper(i) ? PTN_FOLLOW_NOTES : PTN_FOLLOW_OTHERS,
                                    sim_is_keeper(i), NULL);
    for (unsigned i = 0; ptn_ok(status) && i < SIM_NODES; i++)
        node->copies[i] = ptn_follow_copy(node->follow, ptn_bytes_from_text(sim->nodes[i].origin));
    for (unsigned i = 0; ptn_ok(status) && i < SIM_KEEPERS; i++)
        status = ptn_puller_new(node->follow, &sim->nodes[i].mirror, &node->pullers[i]);
    return status;
}

/* The keeper starts: what it has is looked through from the first entry on. */
static void look_again(struct sim_history *history, unsigned keeper)
{
    if (history != NULL)
        history->looked[keeper] = history->read[keeper] = 0;
}

bool sim_node_start(struct sim *sim, unsigned index)
{
    struct sim_node *node = &sim->nodes[index];
    struct ptn_status status = PTN_OK;
    struct ptn_diag diag = { 0, "" };

    if (index != SIM_CENTRE)
        status = ptn_ledger_open(&node->world, node->vault, node->dir, &node->ledger, &diag);
    if (ptn_ok(status))
        status = sim_is_keeper(index) ? start_keeper(sim, node)
                 : sim_is_post(index) ? start_post(sim, node)
                                      : start_centre(sim, node);
    for (unsigned p = SIM_KEEPERS; sim_is_keeper(index) && p < SIM_KEEPERS + SIM_POSTS; p++) {
        look_again(sim->nodes[p].history, index);
        look_again(sim->nodes[p].second, index);
    }
    node->is_up = ptn_ok(status);
    node->start_tick = 0;
    if (ptn_ok(status))
        return true;
    if (status.code == PTN_C_CORRUPT)
        sim_fail(sim, "LEDGER-1", "%s does not open: %s", node->origin, diag.text);
    sim_node_stop(sim, index, false);
    return false;
}

void sim_node_stop(struct sim *sim, unsigned index, bool power_cut)
{
    struct sim_node *node = &sim->nodes[index];

    if (power_cut)
        fault_disk_arm(node->disk, FAULT_POWER, 1, true);
    sim_net_forget(sim, index);
    for (unsigned i = 0; i < SIM_KEEPERS; i++) {
        ptn_puller_free(node->pullers[i]);
        ptn_pusher_free(node->pushers[i]);
        node->pullers[i] = NULL;
        node->pushers[i] = NULL;
    }
    ptn_follow_free(node->follow);
    node->follow = NULL;
    ptn_keeper_close(node->keeper);
    node->keeper = NULL;
    ptn_ledger_close(node->reader);
    node->reader = NULL;
    ptn_ledger_close(node->ledger);
    node->ledger = NULL;
    if (power_cut)
        fault_disk_restart(node->disk, sim_random(sim, UINT64_MAX));
    (void)fault_disk_off(node->disk);
    node->is_up = false;
    node->crash_tick = 0;
}

void sim_node_wipe(struct sim *sim, unsigned index)
{
    struct sim_node *node = &sim->nodes[index];
    struct fault_disk *disk = node->disk;

    sim_node_stop(sim, index, false);
    fault_disk_free(disk);
    node->disk = fault_disk_new(node->vfs_name);
    if (node->disk == NULL)
        sim_fail(sim, "HARNESS", "no memory");
}

/* ---- work ---- */

void sim_post_look_back(struct sim *sim, unsigned index)
{
    struct sim_node *node = &sim->nodes[index];

    for (unsigned k = 0; node->is_up && !node->is_retired && k < SIM_KEEPERS; k++) {
        struct ptn_bytes proof = ptn_pusher_proof(node->pushers[k]);

        if (proof.len == 0 || !sim_break_looks_back(sim) ||
            !ptn_ok(ptn_ledger_retire(node->ledger, proof, NULL)))
            continue;
        if (node->is_honest)
            sim_fail(sim, "FOLLOW-5", "%s is retired by what %s shows, and never went back",
                     node->origin, sim->nodes[k].origin);
        sim_say(sim, "%s is retired by what %s shows", node->origin, sim->nodes[k].origin);
        node->is_retired = true;
        sim->retired++;
    }
}

void sim_post_append(struct sim *sim, unsigned index, unsigned count)
{
    static char texts[128][48];
    static struct ptn_ledger_entry entries[128];
    struct sim_node *node = &sim->nodes[index];
    uint64_t first = 0;
    struct ptn_status status;

    for (unsigned i = 0; i < count; i++) {
        (void)snprintf(texts[i], sizeof(texts[i]), "%llx",
                       (unsigned long long)sim_random(sim, UINT64_MAX));
        entries[i] = (struct ptn_ledger_entry){ .kind = PTN_RECORD_NODE_STARTED,
                                                .time_ms = sim->now_ms,
                                                .retention = PTN_RETENTION_OPERATION };
        if (sim_random(sim, 5) != 0)
            entries[i].payload = ptn_bytes_from_text(texts[i]);
    }
    status = ptn_ledger_append(node->ledger, entries, count, &first, NULL);
    if (ptn_ok(status)) {
        signed_now(node)->acknowledged = first + count;
        sim->appended += count;
    }
}

uint64_t sim_post_note(struct sim *sim, unsigned index, unsigned kind, struct ptn_bytes payload)
{
    struct sim_node *node = &sim->nodes[index];
    const struct ptn_ledger_entry entry = {
        .kind = kind, .time_ms = sim->now_ms, .retention = PTN_RETENTION_PUBLIC, .payload = payload
    };
    uint64_t first = 0;

    SIM_GOOD(sim, ptn_ledger_append(node->ledger, &entry, 1, &first, NULL));
    signed_now(node)->acknowledged = first + 1;
    sim->appended++;
    return first;
}
