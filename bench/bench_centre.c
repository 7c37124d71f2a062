/*
 * bench/bench_centre.c -- how many crossings a second one centre takes in, and what memory that
 * takes: it follows all posts through a keeper, verifies, opens what is sealed to it and puts it
 * into its view. Without a network: the posts and the keeper are another process, exchanges go
 * over a pair of sockets, and neither the time nor the memory of that process is counted.
 *
 *   bench_centre COUNTRY [CROSSINGS [ROUNDS [both]]]     COUNTRY as `postern init` made it
 *
 * Each crossing is three entries: the advice, the look, the crossing; a traveller comes in and goes
 * out, at the same post, and may come again, being one of PEOPLE. A round: all posts write
 * CROSSINGS of them together and push; then the centre is timed. With POSTERN_VIEW set its view is
 * in that PostgreSQL database (tests/view/postgres.py starts one).
 *
 * One after the other, by processor time, what is copied and what is put into the view each have
 * their own figure. "both": at once, by two threads, as in a running centre (the copies are read
 * under a lock, the view is written without), and by the clock; the machine should do nothing else.
 */
#include <malloc.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <sqlite3.h>

#include "../tests/unit/view_made.h"
#include "bench_view.h"
#include "mirror/keeper.h"
#include "node/country.h"

#define PATH_SIZE 1024u
#define POSTS_MAX 64u
#define BATCH     240u /* entries a post writes at a time */
#define PEOPLE    1000000u
#define APART     1000003u /* between the numbers of posts: each has travellers of its own */
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

static double seconds(clockid_t clock)
{
    struct timespec time;

    (void)clock_gettime(clock, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* Processor time of this process, of all its threads, and of a PostgreSQL server's when the view
 * is there. */
static double now_s(void)
{
    const char *server = getenv("POSTERN_VIEW");

    return seconds(CLOCK_PROCESS_CPUTIME_ID) + (server == NULL ? 0 : bench_view_server_s(server));
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

/* Two processes have one each: the others' has the posts and the keeper open, the centre's the
 * rest. */
struct bench {
    struct ptn_country country;
    struct node posts[POSTS_MAX];
    uint64_t sizes[POSTS_MAX]; /* of their ledgers, as the centre is told */
    size_t post_count;
    struct node keeper, centre;
    struct ptn_keeper *core;
    struct ptn_follow *follow;
    struct ptn_puller *puller;
    struct ptn_gather *gather;
    struct ptn_buffer room, said;
    pthread_mutex_t lock; /* what is followed: the puller takes into it, the view reads from it */
    bool here;            /* all that the posts have is copied and verified; under the lock */
    int line;             /* to the other process */
};

/* What goes over the line: this, and len bytes after it. */
struct word {
    uint64_t crossings; /* to write, of each post; 0: an exchange */
    uint64_t size;      /* of a ledger, in the answer */
    uint32_t status, verb, path_len, body_len;
};

static const char *const verbs[] = { "GET", "PUT", "POST" };

static void send_all(int line, const void *at, size_t len)
{
    const uint8_t *next = at;

    while (len > 0) {
        ssize_t sent = write(line, next, len);

        if (sent <= 0)
            fail("the line", NULL);
        next += sent;
        len -= (size_t)sent;
    }
}

/* false: the other side has closed it. */
static bool receive_all(int line, void *at, size_t len)
{
    uint8_t *next = at;

    while (len > 0) {
        ssize_t got = read(line, next, len);

        if (got <= 0)
            return false;
        next += got;
        len -= (size_t)got;
    }
    return true;
}

/* Make room for len bytes and take them. */
static void receive_into(int line, struct ptn_buffer *buffer, size_t len)
{
    static const uint8_t zeros[4096];

    ptn_buffer_clear(buffer);
    while (buffer->len < len)
        must(ptn_buffer_add(buffer, ptn_bytes_of(zeros, len - buffer->len < sizeof(zeros)
                                                            ? len - buffer->len
                                                            : sizeof(zeros))),
             "room", NULL);
    if (len > 0 && !receive_all(line, buffer->at, len))
        fail("the line", NULL);
}

static void find_node(struct node *node, const char *country, const struct ptn_roster_node *roster)
{
    struct ptn_bytes name = roster->ledger.name;
    const uint8_t *slash = memchr(name.at, '/', name.len);

    if (slash == NULL)
        fail("a node without a code", NULL);
    slash++;
    (void)snprintf(node->dir, sizeof(node->dir), "%s/%.*s", country,
                   (int)(name.len - (size_t)(slash - name.at)), (const char *)slash);
    node->roster = roster;
}

static void open_node(struct node *node)
{
    struct ptn_diag diag = { 0 };

    must(ptn_vault_open(world, node->dir, &node->vault, &diag), node->dir, &diag);
    if (node->roster->role != PTN_ROSTER_CENTRE)
        must(ptn_ledger_open(world, node->vault, node->dir, &node->ledger, &diag), node->dir,
             &diag);
}

static void read_country(struct bench *bench, const char *country)
{
    struct ptn_diag diag = { 0 };

    must(ptn_country_read(world, country, &bench->country, &diag), country, &diag);
    for (size_t i = 0; i < bench->country.roster.node_count; i++) {
        const struct ptn_roster_node *node = &bench->country.roster.nodes[i];

        if (node->role == PTN_ROSTER_KEEPER && bench->keeper.roster == NULL)
            find_node(&bench->keeper, country, node);
        if (node->role == PTN_ROSTER_CENTRE && bench->centre.roster == NULL)
            find_node(&bench->centre, country, node);
        if (node->role == PTN_ROSTER_POST && bench->post_count < POSTS_MAX)
            find_node(&bench->posts[bench->post_count++], country, node);
    }
    if (bench->keeper.roster == NULL || bench->centre.roster == NULL || bench->post_count == 0)
        fail("a keeper, a centre and posts are needed", NULL);
    ptn_buffer_init(&bench->room, PTN_WIRE_BODY_MAX);
    ptn_buffer_init(&bench->said, PTN_WIRE_BODY_MAX);
}

static void open_others(struct bench *bench)
{
    struct ptn_keeper_setup setup = { .world = world };
    char path[PATH_SIZE + 32];
    struct ptn_diag diag = { 0 };

    open_node(&bench->keeper);
    for (size_t i = 0; i < bench->post_count; i++) {
        open_node(&bench->posts[i]);
        must(ptn_country_seal(world, bench->posts[i].dir, bench->posts[i].ledger, NULL), "sealing",
             NULL);
    }
    (void)snprintf(path, sizeof(path), "%s/bench-held", bench->keeper.dir);
    setup.vault = bench->keeper.vault;
    setup.dir = path;
    setup.ledger = bench->keeper.ledger;
    setup.roster = ptn_buffer_bytes(&bench->country.note);
    must(world->files->make_dir(world->context, path), path, NULL);
    must(ptn_keeper_open(&setup, &bench->core, &diag), "the keeper", &diag);
}

static void open_centre(struct bench *bench)
{
    const char *view = getenv("POSTERN_VIEW");
    char path[PATH_SIZE + 32];
    struct ptn_diag diag = { 0 };

    open_node(&bench->centre);
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
}

/* Whichever of the two it is: what is not open is NULL. */
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
    ptn_buffer_release(&bench->said);
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

/* ---- the others: posts and a keeper ---- */

static void answer(struct bench *bench, const struct node *who, enum ptn_roster_role role,
                   struct ptn_exchange *exchange)
{
    struct ptn_keeper_peer peer = { .origin = who->roster->ledger.name, .role = role };
    struct ptn_status status = ptn_keeper_answer(bench->core, &peer, exchange);

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

/* All posts write and push; their sizes are told. */
static void work(struct bench *bench, uint64_t crossings)
{
    for (size_t i = 0; i < bench->post_count; i++) {
        write_some(&bench->posts[i], i * APART, crossings);
        push(bench, &bench->posts[i]);
    }
    for (size_t i = 0; i < bench->post_count; i++) {
        struct word word = { 0 };

        must(ptn_ledger_size(bench->posts[i].ledger, &word.size, NULL), "size", NULL);
        send_all(bench->line, &word, sizeof(word));
    }
}

/* The centre asks the keeper. */
static void serve(struct bench *bench, const struct word *asked)
{
    struct ptn_exchange exchange = { .answer = bench->room };
    char path[PTN_WIRE_PATH_MAX + 1];
    struct word word = { 0 };

    if (asked->path_len >= sizeof(path) || asked->verb >= sizeof(verbs) / sizeof(verbs[0]) ||
        !receive_all(bench->line, path, asked->path_len))
        fail("the line", NULL);
    path[asked->path_len] = '\0';
    receive_into(bench->line, &bench->said, asked->body_len);
    exchange.verb = verbs[asked->verb];
    exchange.path = path;
    exchange.body = ptn_buffer_bytes(&bench->said);
    ptn_buffer_clear(&exchange.answer);
    answer(bench, &bench->centre, PTN_ROSTER_CENTRE, &exchange);
    word.status = exchange.status;
    word.body_len = (uint32_t)exchange.answer.len;
    send_all(bench->line, &word, sizeof(word));
    send_all(bench->line, exchange.answer.at, exchange.answer.len);
    bench->room = exchange.answer;
}

static void be_the_others(struct bench *bench)
{
    struct word asked;

    open_others(bench);
    while (receive_all(bench->line, &asked, sizeof(asked))) {
        if (asked.crossings > 0)
            work(bench, asked.crossings);
        else
            serve(bench, &asked);
    }
    close_country(bench);
}

/* ---- the centre ---- */

/* By way of the other process; its answer as it came. */
static void ask(struct bench *bench, struct ptn_exchange *exchange)
{
    struct word word = { .path_len = (uint32_t)strlen(exchange->path),
                         .body_len = (uint32_t)exchange->body.len };

    while (strcmp(verbs[word.verb], exchange->verb) != 0)
        word.verb++;
    send_all(bench->line, &word, sizeof(word));
    send_all(bench->line, exchange->path, word.path_len);
    send_all(bench->line, exchange->body.at, word.body_len);
    if (!receive_all(bench->line, &word, sizeof(word)))
        fail("the line", NULL);
    receive_into(bench->line, &exchange->answer, word.body_len);
    exchange->status = word.status;
}

static void let_them_work(struct bench *bench, uint64_t crossings)
{
    struct word word = { .crossings = crossings };

    send_all(bench->line, &word, sizeof(word));
    for (size_t i = 0; i < bench->post_count; i++) {
        if (!receive_all(bench->line, &word, sizeof(word)))
            fail("the line", NULL);
        bench->sizes[i] = word.size;
    }
}

static bool is_here(struct bench *bench)
{
    for (size_t i = 0; i < bench->post_count; i++) {
        struct ptn_follow_head head = { 0 };

        must(ptn_follow_head(bench->follow, bench->posts[i].roster->ledger.name, &head), "a head",
             NULL);
        if (head.size < bench->sizes[i] || head.missing > 0)
            return false;
    }
    return true;
}

/* Exchanges with the other process until everything is here. */
static void *pull(void *context)
{
    struct bench *bench = context;
    unsigned stuck = 0;

    for (;;) {
        struct ptn_exchange exchange = { .answer = bench->room };
        uint64_t before;
        bool holds, asks, here;

        ptn_buffer_clear(&exchange.answer);
        (void)pthread_mutex_lock(&bench->lock);
        before = ptn_follow_changes(bench->follow);
        here = bench->here = is_here(bench);
        asks = !here && ptn_puller_next(bench->puller, &exchange, &holds);
        (void)pthread_mutex_unlock(&bench->lock);
        if (here)
            return NULL;
        if (asks) {
            ask(bench, &exchange);
            (void)pthread_mutex_lock(&bench->lock);
            ptn_puller_take(bench->puller, &exchange);
            (void)pthread_mutex_unlock(&bench->lock);
            bench->room = exchange.answer;
        }
        stuck = ptn_follow_changes(bench->follow) == before ? stuck + 1 : 0;
        if (stuck > STUCK * POSTS_MAX)
            fail("the centre is stuck", NULL);
    }
}

/* A turn over all copies. false: they have no more. */
static bool gather_some(struct bench *bench)
{
    bool any = false;
    struct ptn_diag diag = { 0 };

    for (size_t i = 0; i < bench->post_count; i++) {
        struct ptn_bytes origin = bench->posts[i].roster->ledger.name;
        size_t applied = 0;
        bool more = false;

        (void)pthread_mutex_lock(&bench->lock);
        must(ptn_gather_take(bench->gather, ptn_follow_copy(bench->follow, origin), &more, &diag),
             "taking", &diag);
        (void)pthread_mutex_unlock(&bench->lock);
        must(ptn_gather_apply(bench->gather, &applied, &diag), "applying", &diag);
        any = any || more || applied > 0;
    }
    return any;
}

static void gather(struct bench *bench)
{
    bool here = false;
    bool more = true;
    struct ptn_diag diag = { 0 };

    while (!here || more) {
        (void)pthread_mutex_lock(&bench->lock);
        here = bench->here;
        (void)pthread_mutex_unlock(&bench->lock);
        more = gather_some(bench);
        if (!here && !more)
            (void)poll(NULL, 0, 1);
    }
    must(ptn_gather_settle(bench->gather, &diag), "the view", &diag);
}

static void measure_both(struct bench *bench, unsigned round, double all)
{
    pthread_t puller;
    double began = seconds(CLOCK_MONOTONIC);
    double used = now_s();
    double took;

    bench->here = false;
    if (pthread_create(&puller, NULL, pull, bench) != 0)
        fail("another thread", NULL);
    gather(bench);
    (void)pthread_join(puller, NULL);
    took = seconds(CLOCK_MONOTONIC) - began;
    used = now_s() - used;
    (void)malloc_trim(0);
    (void)printf("%u: %.0f crossings of %zu posts: both at once %.0f/s by the clock, at %.2f of a "
                 "core; %.0f MiB\n",
                 round, all, bench->post_count, all / took, used / took, memory_mib());
    (void)fflush(stdout);
}

static void measure_each(struct bench *bench, unsigned round, double all)
{
    double began = now_s();
    double pulled, gathered;

    (void)pull(bench);
    pulled = now_s() - began;
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

static void measure(struct bench *bench, unsigned rounds, uint64_t crossings, bool both)
{
    uint64_t each = (crossings / bench->post_count + BATCH / 3 - 1) / (BATCH / 3) * (BATCH / 3);
    double all = (double)(each * bench->post_count);

    for (unsigned round = 1; round <= rounds; round++) {
        let_them_work(bench, each);
        if (both)
            measure_both(bench, round, all);
        else
            measure_each(bench, round, all);
    }
}

int main(int argc, char **argv)
{
    static struct bench bench = { .lock = PTHREAD_MUTEX_INITIALIZER };
    uint64_t crossings = argc > 2 ? strtoull(argv[2], NULL, 10) : 20000;
    unsigned rounds = argc > 3 ? (unsigned)strtoul(argv[3], NULL, 10) : 5;
    int lines[2];
    pid_t others;

    world = ptn_world_real();
    (void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); /* as the program does */
    if (argc < 2 || argc > 5 || crossings == 0 || rounds == 0 ||
        (argc > 4 && strcmp(argv[4], "both") != 0))
        fail("usage: bench_centre COUNTRY [CROSSINGS [ROUNDS [both]]]", NULL);
    read_country(&bench, argv[1]);
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, lines) != 0 || (others = fork()) < 0)
        fail("another process", NULL);
    (void)close(lines[others == 0 ? 0 : 1]);
    bench.line = lines[others == 0 ? 1 : 0];
    if (others == 0) {
        be_the_others(&bench);
        return 0;
    }
    open_centre(&bench);
    measure(&bench, rounds, crossings, argc > 4);
    (void)close(bench.line);
    close_country(&bench);
    (void)waitpid(others, NULL, 0);
    return 0;
}
