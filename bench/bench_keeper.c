/*
 * bench/bench_keeper.c -- how fast a keeper takes a ledger in and gives it out, without a network:
 * the exchanges are handed over in memory. Beside it in the same run: the disk, which takes the
 * same bodies with one pwrite and one fdatasync each, and SHA-256 over the same leaves, payloads
 * and nodes.
 *
 *   bench_keeper COUNTRY [ENTRIES]      COUNTRY as `postern init` made it, with a post "quay"
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "mirror/follower.h"
#include "mirror/keeper.h"

#define PAYLOAD_LEN 600u
#define BATCH       256u
#define PATH_SIZE   1024u
#define STUCK       64 /* exchanges that move nothing */

static const struct ptn_world *world;

static void fail(const char *what, const struct ptn_diag *diag)
{
    (void)fprintf(stderr, "bench_keeper: %s: %s\n", what,
                  diag == NULL || diag->text == NULL ? "" : diag->text);
    exit(1);
}

static double now_s(void)
{
    return (double)world->monotonic_us(world->context) / 1e6;
}

/* Processor time of this process, which is one thread. */
static double spent_s(void)
{
    return (double)clock() / CLOCKS_PER_SEC;
}

/* ---- the country ---- */

struct node {
    char dir[PATH_SIZE];
    struct ptn_vault *vault;
    struct ptn_ledger *ledger;
};

struct bench {
    struct node post, keeper;
    struct ptn_buffer note; /* the roster */
    struct ptn_arena *arena;
    struct ptn_roster roster;
    struct ptn_keeper *core;
    const struct ptn_roster_node *post_node, *keeper_node;
    size_t *lens; /* of the bodies that came */
    size_t len_count;
    uint64_t bytes;
};

static void open_node(struct node *node, const char *country, const char *code)
{
    struct ptn_diag diag = { 0 };

    (void)snprintf(node->dir, sizeof(node->dir), "%s/%s", country, code);
    if (!ptn_ok(ptn_vault_open(world, node->dir, &node->vault, &diag)) ||
        !ptn_ok(ptn_ledger_open(world, node->vault, node->dir, &node->ledger, &diag)))
        fail(node->dir, &diag);
}

static void open_country(struct bench *bench, const char *country)
{
    struct ptn_keeper_setup setup = { .world = world };
    char path[PATH_SIZE + 16];
    struct ptn_diag diag = { 0 };

    open_node(&bench->post, country, "quay");
    open_node(&bench->keeper, country, "keeper-a");
    ptn_buffer_init(&bench->note, PTN_NOTE_LEN_MAX);
    bench->arena = ptn_arena_new(16u << 20);
    (void)snprintf(path, sizeof(path), "%s/roster", country);
    if (bench->arena == NULL || !ptn_ok(world->files->read(world->context, path, &bench->note)) ||
        !ptn_ok(
            ptn_roster_first(ptn_buffer_bytes(&bench->note), bench->arena, &bench->roster, &diag)))
        fail(path, &diag);
    (void)snprintf(path, sizeof(path), "%s/copies", bench->keeper.dir);
    setup.vault = bench->keeper.vault;
    setup.dir = path;
    setup.ledger = bench->keeper.ledger;
    setup.roster = ptn_buffer_bytes(&bench->note);
    if (!ptn_ok(ptn_keeper_open(&setup, &bench->core, &diag)))
        fail("keeper", &diag);
    bench->post_node =
        ptn_roster_find(&bench->roster, ptn_bytes_from_text(ptn_ledger_origin(bench->post.ledger)));
    bench->keeper_node = ptn_roster_find(
        &bench->roster, ptn_bytes_from_text(ptn_ledger_origin(bench->keeper.ledger)));
    if (bench->post_node == NULL || bench->keeper_node == NULL)
        fail("the roster does not name them", NULL);
}

static void fill(struct bench *bench, uint64_t entries)
{
    static struct ptn_ledger_entry batch[BATCH];
    static uint8_t payload[PAYLOAD_LEN];
    struct ptn_diag diag = { 0 };
    uint64_t first;

    for (size_t i = 0; i < BATCH; i++)
        batch[i] = (struct ptn_ledger_entry){ .kind = 1,
                                              .time_ms = 1790000000000,
                                              .retention = 1,
                                              .payload = ptn_bytes_of(payload, PAYLOAD_LEN) };
    for (uint64_t i = 0; i < entries; i += BATCH)
        if (!ptn_ok(ptn_ledger_append(bench->post.ledger, batch, BATCH, &first, &diag)))
            fail("append", &diag);
    if (!ptn_ok(ptn_ledger_tidy(bench->post.ledger, NULL)))
        fail("tidy", NULL);
}

/* ---- in ---- */

static void answer(struct bench *bench, struct ptn_exchange *exchange)
{
    struct ptn_keeper_peer peer = { .origin = bench->post_node->ledger.name,
                                    .role = PTN_ROSTER_POST };

    exchange->answer.len_max = PTN_WIRE_BODY_MAX;
    if (ptn_keeper_answer(bench->core, &peer, exchange).code != PTN_C_OK)
        fail("the keeper holds or fails", NULL);
}

/* Push until the whole ledger is acknowledged. */
static void push(struct bench *bench, uint64_t size)
{
    struct ptn_pusher *pusher = NULL;
    struct ptn_exchange exchange = { 0 };
    struct ptn_pusher_standing standing = { 0 };
    struct ptn_buffer room = { 0 };
    double began = now_s();
    double spent = spent_s();
    unsigned stuck = 0;

    if (!ptn_ok(ptn_pusher_new(world, bench->post.ledger, &bench->keeper_node->mirror, &pusher)))
        fail("pusher", NULL);
    ptn_buffer_init(&room, PTN_WIRE_BODY_MAX);
    while (standing.acknowledged < size && stuck < STUCK) {
        ptn_buffer_clear(&room);
        exchange = (struct ptn_exchange){ .answer = room };
        stuck++;
        if (ptn_pusher_next(pusher, &exchange)) {
            stuck = exchange.body.len > 4096 ? 0 : stuck;
            bench->lens[bench->len_count++] = exchange.body.len;
            bench->bytes += exchange.body.len;
            answer(bench, &exchange);
            ptn_pusher_take(pusher, &exchange);
            room = exchange.answer;
        }
        ptn_pusher_standing(pusher, &standing);
    }
    if (standing.acknowledged < size)
        fail(ptn_push_trouble_word(standing.trouble), NULL);
    began = now_s() - began;
    (void)printf("in: %llu entries in %.2f s: %.0f entries/s, %.0f MB/s in %zu exchanges; %.2f of "
                 "a core\n",
                 (unsigned long long)size, began, (double)size / began,
                 (double)bench->bytes / 1e6 / began, bench->len_count, (spent_s() - spent) / began);
    ptn_buffer_release(&room);
    ptn_pusher_free(pusher);
}

/* ---- out ---- */

static void pull(struct bench *bench, const char *dir, uint64_t size)
{
    struct ptn_follow *follow = NULL;
    struct ptn_puller *puller = NULL;
    struct ptn_exchange exchange = { 0 };
    struct ptn_buffer room = { 0 };
    struct ptn_follow_head head = { 0 };
    double began = now_s();
    double spent = spent_s();
    unsigned stuck = 0;
    bool holds;

    if (!ptn_ok(world->files->make_dir(world->context, dir)) ||
        !ptn_ok(ptn_follow_new(world, dir, 1, &follow)) ||
        !ptn_ok(
            ptn_follow_add(follow, &bench->post_node->ledger, PTN_FOLLOW_OTHERS, false, NULL)) ||
        !ptn_ok(ptn_puller_new(follow, &bench->keeper_node->mirror, &puller)))
        fail("follow", NULL);
    ptn_buffer_init(&room, PTN_WIRE_BODY_MAX);
    while ((head.size < size || head.missing > 0) && stuck < STUCK) {
        uint64_t before = ptn_follow_changes(follow);

        ptn_buffer_clear(&room);
        exchange = (struct ptn_exchange){ .answer = room };
        if (ptn_puller_next(puller, &exchange, &holds)) {
            answer(bench, &exchange);
            ptn_puller_take(puller, &exchange);
            room = exchange.answer;
        }
        stuck = ptn_follow_changes(follow) == before ? stuck + 1 : 0;
        if (!ptn_ok(ptn_follow_head(follow, bench->post_node->ledger.name, &head)))
            fail("head", NULL);
    }
    if (head.size < size || head.missing > 0)
        fail("the reader is stuck", NULL);
    began = now_s() - began;
    (void)printf("out, into a verified copy: %.0f entries/s; %.2f of a core for both ends\n",
                 (double)size / began, (spent_s() - spent) / began);
    ptn_buffer_release(&room);
    ptn_puller_free(puller);
    ptn_follow_free(follow);
}

/* ---- the limits ---- */

/* The same bodies, durable one by one. */
static void measure_disk(const struct bench *bench, const char *country, uint64_t size)
{
    char path[PATH_SIZE + 16];
    uint8_t *bytes = calloc(1, PTN_WIRE_BODY_MAX);
    double began;
    int fd;

    (void)snprintf(path, sizeof(path), "%s/raw", country);
    fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0 || bytes == NULL)
        fail("raw file", NULL);
    began = now_s();
    for (size_t i = 0; i < bench->len_count; i++)
        if (write(fd, bytes, bench->lens[i]) != (ssize_t)bench->lens[i] || fdatasync(fd) != 0)
            fail("raw file", NULL);
    began = now_s() - began;
    (void)close(fd);
    (void)unlink(path);
    (void)printf("the disk, the same bodies: %.0f entries/s, %.0f MB/s\n", (double)size / began,
                 (double)bench->bytes / 1e6 / began);
    free(bytes);
}

/* A leaf, a sealed payload and a node for each entry. */
static void measure_sha256(uint64_t size)
{
    static uint8_t bytes[1u << 20];
    const size_t lens[] = { 99, PAYLOAD_LEN + 94, 65 };
    struct ptn_hasher *hasher = ptn_hasher_new();
    uint8_t digest[PTN_SHA256_LEN];
    size_t at = 0;
    double began = spent_s();

    if (hasher == NULL)
        fail("SHA-256", NULL);
    for (uint64_t i = 0; i < size; i++)
        for (size_t k = 0; k < sizeof(lens) / sizeof(lens[0]); k++) {
            struct ptn_bytes part;

            at = at + lens[k] > sizeof(bytes) ? 0 : at;
            part = ptn_bytes_of(bytes + at, lens[k]);
            if (!ptn_ok(ptn_hasher_digest(hasher, &part, 1, digest)))
                fail("SHA-256", NULL);
            at += lens[k];
        }
    began = spent_s() - began;
    (void)printf("SHA-256 of the same pieces, one core: %.0f entries/s\n", (double)size / began);
    ptn_hasher_free(hasher);
}

int main(int argc, char **argv)
{
    struct bench bench = { 0 };
    uint64_t entries = argc == 3 ? strtoull(argv[2], NULL, 10) : 65536;
    char path[PATH_SIZE];
    uint64_t size = 0;

    world = ptn_world_real();
    if (argc < 2 || argc > 3 || entries == 0)
        fail("usage: bench_keeper COUNTRY [ENTRIES]", NULL);
    bench.lens = calloc(entries * 4 + 1024, sizeof(*bench.lens));
    if (bench.lens == NULL)
        fail("no memory", NULL);
    open_country(&bench, argv[1]);
    fill(&bench, entries);
    if (!ptn_ok(ptn_ledger_size(bench.post.ledger, &size, NULL)))
        fail("size", NULL);
    push(&bench, size);
    measure_disk(&bench, argv[1], size);
    measure_sha256(size);
    (void)snprintf(path, sizeof(path), "%s/bench-copies", argv[1]);
    pull(&bench, path, size);
    ptn_keeper_close(bench.core);
    ptn_ledger_close(bench.keeper.ledger);
    ptn_vault_close(bench.keeper.vault);
    ptn_ledger_close(bench.post.ledger);
    ptn_vault_close(bench.post.vault);
    ptn_buffer_release(&bench.note);
    ptn_arena_free(bench.arena);
    free(bench.lens);
    return 0;
}
