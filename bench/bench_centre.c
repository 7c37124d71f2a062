/*
 * bench/bench_centre.c -- how many crossings a second one centre takes in, and what memory that
 * takes: it follows all posts through a keeper, verifies, opens what is sealed to it and puts it
 * into its view. Without a network: exchanges are handed over in memory, and what posts and the
 * keeper do for it is not counted.
 *
 *   bench_centre COUNTRY [CROSSINGS [ROUNDS]]     COUNTRY as `postern init` made it
 *
 * Each crossing is three entries: the advice, the look, the crossing. A round: all posts write
 * CROSSINGS of them together and push; then the centre is timed. With POSTERN_VIEW set its view is
 * in that PostgreSQL database (tests/view/postgres.py starts one).
 */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "../tests/unit/view_made.h"
#include "mirror/keeper.h"
#include "node/country.h"

#define PATH_SIZE 1024u
#define POSTS_MAX 64u
#define BATCH     30u /* entries: ten crossings of a lane, as they come together */
#define PEOPLE    1000000u
#define STUCK     64

static const struct ptn_world *world;

static _Noreturn void fail(const char *what, const struct ptn_diag *diag)
{
    (void)fprintf(stderr, "bench_centre: %s: %s\n", what,
                  diag == NULL || diag->text == NULL ? "" : diag->text);
    exit(1);
}

static void must(struct ptn_status status, const char *what, const struct ptn_diag *diag)
{
    if (!ptn_ok(status))
        fail(what, diag);
}

/* Processor time of this process, which is one thread; with PostgreSQL, which works in others, by
 * the clock. */
static double now_s(void)
{
    struct timespec time;

    (void)clock_gettime(getenv("POSTERN_VIEW") == NULL ? CLOCK_PROCESS_CPUTIME_ID : CLOCK_MONOTONIC,
                        &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* MiB of memory in use by this process: the second number of the file, in pages. */
static double memory_mib(void)
{
    FILE *file = fopen("/proc/self/statm", "r");
    char line[256];
    char *rest;

    if (file == NULL || fgets(line, sizeof(line), file) == NULL)
        fail("/proc/self/statm", NULL);
    (void)fclose(file);
    (void)strtoul(line, &rest, 10);
    return (double)strtoul(rest, NULL, 10) * (double)sysconf(_SC_PAGESIZE) / 1048576;
}

/* ---- the country ---- */

struct node {
    char dir[PATH_SIZE];
    const struct ptn_roster_node *roster;
    struct ptn_vault *vault;
    struct ptn_ledger *ledger;
    struct ptn_pusher *pusher; /* a post's */
    uint64_t written;          /* crossings */
};

struct bench {
    struct ptn_country country;
    struct node posts[POSTS_MAX];
    size_t post_count;
    struct node keeper, centre;
    struct ptn_keeper *core;
    struct ptn_follow *follow;
    struct ptn_puller *puller;
    struct ptn_gather *gather;
    struct ptn_buffer room;
    double keeper_s; /* what it took to answer, ever */
};

static void open_node(struct node *node, const char *country, const struct ptn_roster_node *roster)
{
    struct ptn_bytes name = roster->ledger.name;
    const uint8_t *slash = memchr(name.at, '/', name.len);
    struct ptn_diag diag = { 0 };

    if (slash == NULL)
        fail("a node without a code", NULL);
    slash++;
    (void)snprintf(node->dir, sizeof(node->dir), "%s/%.*s", country,
                   (int)(name.len - (size_t)(slash - name.at)), (const char *)slash);
    node->roster = roster;
    must(ptn_vault_open(world, node->dir, &node->vault, &diag), node->dir, &diag);
    if (roster->role != PTN_ROSTER_CENTRE)
        must(ptn_ledger_open(world, node->vault, node->dir, &node->ledger, &diag), node->dir,
             &diag);
}

static void open_posts(struct bench *bench, const char *country)
{
    for (size_t i = 0; i < bench->country.roster.node_count; i++) {
        const struct ptn_roster_node *node = &bench->country.roster.nodes[i];
        struct node *post = &bench->posts[bench->post_count];

        if (node->role == PTN_ROSTER_KEEPER && bench->keeper.roster == NULL)
            open_node(&bench->keeper, country, node);
        if (node->role == PTN_ROSTER_CENTRE && bench->centre.roster == NULL)
            open_node(&bench->centre, country, node);
        if (node->role != PTN_ROSTER_POST || bench->post_count == POSTS_MAX)
            continue;
        open_node(post, country, node);
        must(ptn_country_seal(world, post->dir, post->ledger, NULL), "sealing", NULL);
        bench->post_count++;
    }
    if (bench->keeper.roster == NULL || bench->centre.roster == NULL || bench->post_count == 0)
        fail("a keeper, a centre and posts are needed", NULL);
}

static void open_country(struct bench *bench, const char *country)
{
    struct ptn_keeper_setup setup = { .world = world };
    const char *view = getenv("POSTERN_VIEW");
    char path[PATH_SIZE + 32];
    struct ptn_diag diag = { 0 };

    must(ptn_country_read(world, country, &bench->country, &diag), country, &diag);
    open_posts(bench, country);
    (void)snprintf(path, sizeof(path), "%s/bench-held", bench->keeper.dir);
    setup.vault = bench->keeper.vault;
    setup.dir = path;
    setup.ledger = bench->keeper.ledger;
    setup.roster = ptn_buffer_bytes(&bench->country.note);
    must(world->files->make_dir(world->context, path), path, NULL);
    must(ptn_keeper_open(&setup, &bench->core, &diag), "the keeper", &diag);
    (void)snprintf(path, sizeof(path), "%s/bench-copies", bench->centre.dir);
    must(world->files->make_dir(world->context, path), path, NULL);
    must(ptn_follow_new(world, path, 1, &bench->follow), "following", NULL);
    for (size_t i = 0; i < bench->post_count; i++)
        must(ptn_follow_add(bench->follow, &bench->posts[i].roster->ledger, PTN_FOLLOW_OTHERS,
                            false, &diag),
             "a copy", &diag);
    must(ptn_puller_new(bench->follow, &bench->keeper.roster->mirror, &bench->puller), "a puller",
         NULL);
    (void)snprintf(path, sizeof(path), "%s/bench-view.sqlite", bench->centre.dir);
    must(ptn_gather_open_at(world, view == NULL ? path : view, bench->centre.vault, &bench->gather,
                            &diag),
         "the view", &diag);
    ptn_buffer_init(&bench->room, PTN_WIRE_BODY_MAX);
}

static void close_country(struct bench *bench)
{
    ptn_gather_close(bench->gather);
    ptn_puller_free(bench->puller);
    ptn_follow_free(bench->follow);
    ptn_keeper_close(bench->core);
    ptn_ledger_close(bench->keeper.ledger);
    ptn_vault_close(bench->keeper.vault);
    ptn_vault_close(bench->centre.vault);
    for (size_t i = 0; i < bench->post_count; i++) {
        ptn_pusher_free(bench->posts[i].pusher);
        ptn_ledger_close(bench->posts[i].ledger);
        ptn_vault_close(bench->posts[i].vault);
    }
    ptn_buffer_release(&bench->room);
    ptn_country_release(&bench->country);
}

/* ---- posts ---- */

/* The three entries of one crossing. */
static void make(struct made made[3], uint64_t ledger, uint64_t trip)
{
    for (unsigned i = 0; i < 3; i++) {
        struct ptn_status status = made_trip(&made[i], ledger, trip, PEOPLE);

        if (ptn_ok(status) && i < 2) {
            ptn_buffer_clear(&made[i].payload);
            status = i == 0 ? made_decision(&made[i]) : made_access(&made[i]);
        }
        must(ptn_ok(status) ? made_seal(&made[i], i == 0   ? PTN_RECORD_DECISION
                                                  : i == 1 ? PTN_RECORD_ACCESS
                                                           : PTN_RECORD_CROSSING)
                            : status,
             "making a crossing", NULL);
    }
}

static void write_some(struct node *post, uint64_t number, uint64_t crossings)
{
    static struct made made[BATCH];
    struct ptn_ledger_entry entries[BATCH];
    uint64_t first;

    if (made[0].payload.len_max == 0)
        for (size_t i = 0; i < BATCH; i++)
            ptn_buffer_init(&made[i].payload, 65536);
    for (uint64_t done = 0; done < crossings; done += BATCH / 3) {
        for (size_t i = 0; i < BATCH; i += 3)
            make(made + i, number, post->written++);
        for (size_t i = 0; i < BATCH; i++)
            entries[i] = (struct ptn_ledger_entry){ .kind = made[i].header.kind,
                                                    .time_ms = made[i].header.time_ms,
                                                    .retention = made[i].header.retention,
                                                    .payload = ptn_buffer_bytes(&made[i].payload) };
        must(ptn_ledger_append(post->ledger, entries, BATCH, &first, NULL), "append", NULL);
    }
}

/* ---- exchanges ---- */

static void answer(struct bench *bench, const struct node *who, enum ptn_roster_role role,
                   struct ptn_exchange *exchange)
{
    struct ptn_keeper_peer peer = { .origin = who->roster->ledger.name, .role = role };
    double began = now_s();
    struct ptn_status status = ptn_keeper_answer(bench->core, &peer, exchange);

    bench->keeper_s += now_s() - began;
    if (status.code == PTN_C_BUSY) /* a long poll: there is nothing new */
        exchange->status = 0;
    else
        must(status, "the keeper", NULL);
}

static void push(struct bench *bench, struct node *post)
{
    struct ptn_pusher_standing standing = { 0 };
    uint64_t size = 0;

    must(ptn_ledger_size(post->ledger, &size, NULL), "size", NULL);
    if (post->pusher == NULL)
        must(ptn_pusher_new(world, post->ledger, &bench->keeper.roster->mirror, &post->pusher),
             "a pusher", NULL);
    for (unsigned tries = 0; standing.acknowledged < size; tries++) {
        struct ptn_exchange exchange = { .answer = bench->room };

        ptn_buffer_clear(&exchange.answer);
        if (tries > 10000)
            fail(ptn_push_trouble_word(standing.trouble), NULL);
        if (ptn_pusher_next(post->pusher, &exchange)) {
            answer(bench, post, PTN_ROSTER_POST, &exchange);
            ptn_pusher_take(post->pusher, &exchange);
            bench->room = exchange.answer;
        }
        ptn_pusher_standing(post->pusher, &standing);
    }
}

static bool is_here(struct bench *bench)
{
    for (size_t i = 0; i < bench->post_count; i++) {
        struct ptn_follow_head head = { 0 };
        uint64_t size = 0;

        must(ptn_ledger_size(bench->posts[i].ledger, &size, NULL), "size", NULL);
        must(ptn_follow_head(bench->follow, bench->posts[i].roster->ledger.name, &head), "a head",
             NULL);
        if (head.size < size || head.missing > 0)
            return false;
    }
    return true;
}

/* ---- the centre ---- */

static void pull(struct bench *bench)
{
    unsigned stuck = 0;

    while (!is_here(bench)) {
        struct ptn_exchange exchange = { .answer = bench->room };
        uint64_t before = ptn_follow_changes(bench->follow);
        bool holds;

        ptn_buffer_clear(&exchange.answer);
        if (ptn_puller_next(bench->puller, &exchange, &holds)) {
            answer(bench, &bench->centre, PTN_ROSTER_CENTRE, &exchange);
            ptn_puller_take(bench->puller, &exchange);
            bench->room = exchange.answer;
        }
        stuck = ptn_follow_changes(bench->follow) == before ? stuck + 1 : 0;
        if (stuck > STUCK * POSTS_MAX)
            fail("the centre is stuck", NULL);
    }
}

static void gather(struct bench *bench)
{
    size_t applied = 1;
    struct ptn_diag diag = { 0 };

    while (applied > 0) {
        applied = 0;
        for (size_t i = 0; i < bench->post_count; i++) {
            size_t more = 0;

            must(
                ptn_gather_turn(bench->gather,
                                ptn_follow_copy(bench->follow, bench->posts[i].roster->ledger.name),
                                &more, &diag),
                "gathering", &diag);
            applied += more;
        }
    }
}

static void measure(struct bench *bench, unsigned round, uint64_t crossings)
{
    uint64_t each = (crossings / bench->post_count + BATCH / 3 - 1) / (BATCH / 3) * (BATCH / 3);
    double all = (double)(each * bench->post_count);
    double began, pulled, gathered, keeper_s;

    for (size_t i = 0; i < bench->post_count; i++) {
        write_some(&bench->posts[i], i, each);
        push(bench, &bench->posts[i]);
    }
    keeper_s = bench->keeper_s;
    began = now_s();
    pull(bench);
    pulled = now_s() - began - (bench->keeper_s - keeper_s);
    began = now_s();
    gather(bench);
    gathered = now_s() - began;
    (void)malloc_trim(0);
    (void)printf("%u: %.0f crossings of %zu posts: copied and verified %.0f/s, opened and into the "
                 "view %.0f/s, both %.0f/s; %.0f MiB\n",
                 round, all, bench->post_count, all / pulled, all / gathered,
                 all / (pulled + gathered), memory_mib());
    (void)fflush(stdout);
}

int main(int argc, char **argv)
{
    static struct bench bench;
    uint64_t crossings = argc > 2 ? strtoull(argv[2], NULL, 10) : 20000;
    unsigned rounds = argc > 3 ? (unsigned)strtoul(argv[3], NULL, 10) : 5;

    world = ptn_world_real();
    if (argc < 2 || argc > 4 || crossings == 0 || rounds == 0)
        fail("usage: bench_centre COUNTRY [CROSSINGS [ROUNDS]]", NULL);
    open_country(&bench, argv[1]);
    for (unsigned round = 1; round <= rounds; round++)
        measure(&bench, round, crossings);
    close_country(&bench);
    return 0;
}
