/* The door with real sockets and its front in a process of its own: who comes in, what is answered,
 * held and refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "fault.h"
#include "serve/courier.h"
#include "serve/door.h"
#include "serve/serve_int.h"

#define NODES   3 /* 0: the keeper; 1 and 2: who asks */
#define HOLD_MS 400u

struct node {
    char dir[64];
    uint8_t tls[PTN_TLS_ID_LEN];
};

struct bench {
    struct node nodes[NODES];
    char address[32];
    int listen_fd;
    struct ptn_door *door;
    pthread_t thread;
    struct ptn_status ended;
    atomic_int version;   /* what /heads tells */
    atomic_int admitting; /* how many of nodes 1.. are admitted, taken up by tick; -1: done */
    size_t last_index;
};

static void make_node(struct node *node)
{
    const struct ptn_world *world = ptn_world_real();
    struct ptn_buffer key = { .len_max = PTN_TLS_PEM_LEN_MAX };
    struct ptn_buffer certificate = { .len_max = PTN_TLS_PEM_LEN_MAX };
    char vault[80];

    (void)snprintf(node->dir, sizeof(node->dir), "/tmp/ptn-door-XXXXXX");
    assert_non_null(mkdtemp(node->dir));
    (void)snprintf(vault, sizeof(vault), "%s/vault", node->dir);
    assert_true(ptn_ok(world->files->make_dir(world->context, vault)));
    assert_true(ptn_ok(ptn_tls_create(world, node->dir, "test", NULL)));
    assert_true(ptn_ok(ptn_tls_read(world, node->dir, &key, &certificate)));
    assert_true(ptn_ok(ptn_tls_id(ptn_buffer_bytes(&certificate), node->tls)));
    ptn_buffer_release(&key);
    ptn_buffer_release(&certificate);
}

/* /echo: verb, index and body; /heads?after=N: held until the version is another; /void: closed;
 * /big: 5 MiB. */
static void answer(void *context, const struct ptn_door_peer *peer, struct ptn_exchange *exchange,
                   bool *ret_hold)
{
    struct bench *bench = context;
    int version = atomic_load(&bench->version);
    uint8_t *room;

    bench->last_index = peer->index;
    exchange->status = 200;
    if (strcmp(exchange->path, "/void") == 0) {
        exchange->status = 0;
    } else if (strcmp(exchange->path, "/hold") == 0 ||
               (strncmp(exchange->path, "/heads?after=", 13) == 0 &&
                strtol(exchange->path + 13, NULL, 10) == version)) {
        *ret_hold = true;
    } else if (strncmp(exchange->path, "/heads", 6) == 0) {
        assert_true(ptn_ok(ptn_buffer_addf(&exchange->answer, "%d", version)));
    } else if (strcmp(exchange->path, "/big") == 0) {
        assert_true(ptn_ok(ptn_buffer_reserve(&exchange->answer, 5u << 20, &room)));
        memset(room, 'b', 5u << 20);
        exchange->answer.len += 5u << 20;
    } else {
        assert_true(ptn_ok(ptn_buffer_addf(&exchange->answer, "%s %s %zu %zu ", exchange->verb,
                                           exchange->path, peer->index, exchange->body.len)));
        assert_true(ptn_ok(ptn_buffer_add(&exchange->answer, exchange->body)));
    }
}

static void admit(struct bench *bench, int count)
{
    uint8_t list[NODES][PTN_TLS_ID_LEN];

    for (int i = 0; i < count; i++)
        memcpy(list[i], bench->nodes[1 + i].tls, PTN_TLS_ID_LEN);
    assert_true(
        ptn_ok(ptn_door_admit(bench->door, (const uint8_t(*)[PTN_TLS_ID_LEN])list, (size_t)count)));
}

static void tick(void *context)
{
    struct bench *bench = context;
    int count = atomic_load(&bench->admitting);

    if (count >= 0) {
        admit(bench, count);
        atomic_store(&bench->admitting, -1);
    }
}

static void *run_door(void *context)
{
    struct bench *bench = context;
    struct ptn_door_serving serving = { .context = bench, .answer = answer, .tick = tick };

    bench->ended = ptn_door_run(bench->door, &serving);
    return NULL;
}

static int set_up(void **state)
{
    struct bench *bench = calloc(1, sizeof(*bench));
    struct ptn_door_plan plan = { .world = ptn_world_real(), .hold_ms = HOLD_MS };
    unsigned port;

    assert_non_null(bench);
    for (size_t i = 0; i < NODES; i++)
        make_node(&bench->nodes[i]);
    assert_true(ptn_ok(ptn_door_listen("127.0.0.1", 0, &bench->listen_fd, &port)));
    (void)snprintf(bench->address, sizeof(bench->address), "127.0.0.1:%u", port);
    plan.dir = bench->nodes[0].dir;
    plan.listen_fd = bench->listen_fd;
    assert_true(ptn_ok(ptn_door_open(&plan, &bench->door, NULL)));
    atomic_store(&bench->admitting, -1);
    admit(bench, 1);
    assert_int_equal(pthread_create(&bench->thread, NULL, run_door, bench), 0);
    *state = bench;
    return 0;
}

static int tear_down(void **state)
{
    struct bench *bench = *state;
    static const char *const files[] = { "vault/tls.key", "vault/tls.crt", "vault", "" };

    ptn_door_stop(bench->door);
    (void)pthread_join(bench->thread, NULL);
    ptn_door_close(bench->door);
    (void)close(bench->listen_fd);
    for (size_t n = 0; n < NODES; n++)
        for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
            char path[128];

            (void)snprintf(path, sizeof(path), "%s/%s", bench->nodes[n].dir, files[i]);
            (void)remove(path);
        }
    free(bench);
    return 0;
}

/* One exchange of one node; returns its status, the answer's length and first bytes. */
static unsigned carry(struct bench *bench, int node, const char *verb, const char *path,
                      struct ptn_bytes body, char *ret_text, size_t size, size_t *ret_len)
{
    struct ptn_exchange exchange = { .verb = verb, .path = path, .body = body };
    struct ptn_status status;

    ptn_buffer_init(&exchange.answer, 8u << 20);
    status = ptn_courier_carry(ptn_world_real(), bench->nodes[node].dir, bench->address,
                               bench->nodes[0].tls, 5000, &exchange, NULL, NULL);
    assert_true(ptn_ok(status) == (exchange.status != 0));
    if (ret_text != NULL)
        (void)snprintf(ret_text, size, "%.*s", (int)exchange.answer.len,
                       exchange.answer.at == NULL ? "" : (const char *)exchange.answer.at);
    if (ret_len != NULL)
        *ret_len = exchange.answer.len;
    ptn_buffer_release(&exchange.answer);
    return exchange.status;
}

static void readmit(struct bench *bench, int count)
{
    struct timespec pause = { 0, 10000000 };

    atomic_store(&bench->admitting, count);
    while (atomic_load(&bench->admitting) >= 0)
        (void)nanosleep(&pause, NULL);
    (void)nanosleep(&pause, NULL);
}

static void test_door__who_is_on_the_list_is_answered(void **state)
{
    struct bench *bench = *state;
    char text[64];

    assert_int_equal(carry(bench, 1, "GET", "/x?y=1", PTN_BYTES_NONE, text, sizeof(text), NULL),
                     200);
    assert_string_equal(text, "GET /x?y=1 0 0 ");
    assert_int_equal(
        carry(bench, 1, "POST", "/notes", PTN_BYTES_LITERAL("abc"), text, sizeof(text), NULL), 200);
    assert_string_equal(text, "POST /notes 0 3 abc");
    readmit(bench, 2);
    assert_int_equal(carry(bench, 2, "GET", "/x", PTN_BYTES_NONE, text, sizeof(text), NULL), 200);
    assert_string_equal(text, "GET /x 1 0 ");
}

/* DOOR-1. */
static void test_door__nobody_else_is(void **state)
{
    struct bench *bench = *state;
    enum ptn_courier_trouble trouble = PTN_COURIER_FINE;
    struct ptn_exchange exchange = { .verb = "GET", .path = "/x", .answer = { .len_max = 64 } };

    assert_int_equal(carry(bench, 2, "GET", "/x", PTN_BYTES_NONE, NULL, 0, NULL), 0);
    assert_int_equal(carry(bench, 1, "GET", "/x", PTN_BYTES_NONE, NULL, 0, NULL), 200);
    readmit(bench, 0); /* taken off the list */
    assert_int_equal(carry(bench, 1, "GET", "/x", PTN_BYTES_NONE, NULL, 0, NULL), 0);
    readmit(bench, 1);
    assert_int_equal(carry(bench, 1, "GET", "/x", PTN_BYTES_NONE, NULL, 0, NULL), 200);
    /* and the keeper must be the one that is meant: COURIER-1 */
    assert_int_equal(ptn_courier_carry(ptn_world_real(), bench->nodes[1].dir, bench->address,
                                       bench->nodes[2].tls, 5000, &exchange, &trouble, NULL)
                         .code,
                     PTN_C_IO);
    assert_int_equal(trouble, PTN_COURIER_OTHER_KEY);
}

/* 413, or the connection closed before the answer was read: whoever still sends when the door has
 * answered may see either. */
static bool is_refused(unsigned status)
{
    return status == 413 || status == 0;
}

/* DOOR-2, KEEP-6. */
static void test_door__bodies_are_bounded_by_their_path(void **state)
{
    struct bench *bench = *state;
    size_t len = (4u << 20) + 1;
    uint8_t *body = calloc(1, len);
    char text[64];
    size_t got = 0;

    assert_non_null(body);
    assert_int_equal(carry(bench, 1, "POST", "/add-entries", ptn_bytes_of(body, len - 1), text,
                           sizeof(text), &got),
                     200);
    assert_string_equal(text, "POST /add-entries 0 4194304 ");
    assert_int_equal(got, strlen(text) + len - 1);
    assert_true(is_refused(
        carry(bench, 1, "POST", "/add-entries", ptn_bytes_of(body, len), NULL, 0, NULL)));
    assert_true(
        is_refused(carry(bench, 1, "POST", "/notes", ptn_bytes_of(body, 270000), NULL, 0, NULL)));
    assert_int_equal(carry(bench, 1, "POST", "/else", ptn_bytes_of(body, 1), NULL, 0, NULL), 413);
    assert_int_equal(carry(bench, 1, "POST", "/else", PTN_BYTES_NONE, NULL, 0, NULL), 200);
    assert_int_equal(carry(bench, 1, "DELETE", "/else", PTN_BYTES_NONE, NULL, 0, NULL), 400);
    assert_int_equal(carry(bench, 1, "GET", "/big", PTN_BYTES_NONE, NULL, 0, &got), 200);
    assert_int_equal(got, 5u << 20);
    assert_int_equal(carry(bench, 1, "GET", "/void", PTN_BYTES_NONE, NULL, 0, NULL), 0);
    free(body);
}

static void *change_soon(void *context)
{
    struct bench *bench = context;
    struct timespec pause = { 0, 100000000 };

    (void)nanosleep(&pause, NULL);
    (void)atomic_fetch_add(&bench->version, 1);
    ptn_door_changed(bench->door);
    return NULL;
}

static int64_t now_ms(void)
{
    const struct ptn_world *world = ptn_world_real();

    return world->monotonic_us(world->context) / 1000;
}

static void test_door__what_is_held_is_asked_after_a_change_and_at_the_end(void **state)
{
    struct bench *bench = *state;
    pthread_t thread;
    char text[64];
    int64_t began_ms = now_ms();
    uint64_t held = 9;
    uint64_t asked;

    assert_int_equal(pthread_create(&thread, NULL, change_soon, bench), 0);
    assert_int_equal(
        carry(bench, 1, "GET", "/heads?after=0", PTN_BYTES_NONE, text, sizeof(text), NULL), 200);
    assert_string_equal(text, "1");
    assert_in_range(now_ms() - began_ms, 90, 350);
    (void)pthread_join(thread, NULL);
    began_ms = now_ms();
    assert_int_equal(
        carry(bench, 1, "GET", "/heads?after=1", PTN_BYTES_NONE, text, sizeof(text), NULL), 200);
    assert_string_equal(text, "1"); /* the time is up: without the query it is answered */
    assert_in_range(now_ms() - began_ms, HOLD_MS - 10, 5 * HOLD_MS);
    assert_int_equal(carry(bench, 1, "GET", "/hold", PTN_BYTES_NONE, NULL, 0, NULL), 204);
    assert_int_equal(carry(bench, 1, "POST", "/add-entries", PTN_BYTES_LITERAL("x"), NULL, 0, NULL),
                     200);
    ptn_door_counts(bench->door, &held, &asked);
    assert_int_equal(held, 0);
    assert_int_equal(asked, 4);
}

/* ---- a courier's link at the door ---- */

struct poller {
    struct bench *bench;
    atomic_int seen; /* the version last told */
    atomic_uint answers;
    char path[32];
};

static bool poll_next(void *context, struct ptn_exchange *exchange, int *timeout_ms)
{
    struct poller *poller = context;

    (void)snprintf(poller->path, sizeof(poller->path), "/heads?after=%d",
                   atomic_load(&poller->seen));
    exchange->verb = "GET";
    exchange->path = poller->path;
    exchange->answer.len_max = 64;
    *timeout_ms = 3000;
    return true;
}

static void poll_take(void *context, struct ptn_exchange *exchange)
{
    struct poller *poller = context;

    if (exchange->status != 200)
        return;
    assert_true(ptn_ok(ptn_buffer_add_u8(&exchange->answer, 0)));
    atomic_store(&poller->seen, (int)strtol((const char *)exchange->answer.at, NULL, 10));
    (void)atomic_fetch_add(&poller->answers, 1);
}

static void test_door__links_follow_changes_at_once(void **state)
{
    struct bench *bench = *state;
    struct ptn_courier *courier = NULL;
    struct poller poller = { .bench = bench, .seen = -1 };
    struct ptn_courier_link link = {
        .address = bench->address, .context = &poller, .next = poll_next, .take = poll_take
    };
    struct timespec pause = { 0, 1000000 };

    memcpy(link.tls, bench->nodes[0].tls, sizeof(link.tls));
    assert_true(ptn_ok(ptn_courier_new(ptn_world_real(), bench->nodes[1].dir, &courier, NULL)));
    assert_true(ptn_ok(ptn_courier_add(courier, &link, NULL, NULL)));
    assert_true(ptn_ok(ptn_courier_start(courier)));
    for (int version = 0; version < 20; version++) {
        int64_t began_ms = now_ms();

        atomic_store(&bench->version, version);
        ptn_door_changed(bench->door);
        while (atomic_load(&poller.seen) != version && now_ms() - began_ms < 2000)
            (void)nanosleep(&pause, NULL);
        assert_int_equal(atomic_load(&poller.seen), version);
    }
    assert_in_range(atomic_load(&poller.answers), 20, 60);
    assert_int_equal(ptn_courier_look(courier, 0).trouble, PTN_COURIER_FINE);
    ptn_courier_free(courier);
}

static void test_door__no_certificate_no_door(void **state)
{
    struct ptn_door_plan plan = { .world = ptn_world_real(), .dir = "/nowhere", .listen_fd = 0 };
    struct ptn_door *door = NULL;
    unsigned port;
    int fd;

    (void)state;
    assert_int_equal(ptn_door_open(&plan, &door, NULL).code, PTN_C_NOT_FOUND);
    assert_int_equal(ptn_door_listen("localhost", 0, &fd, &port).code, PTN_C_BAD_INPUT);
    assert_int_equal(ptn_door_listen("127.0.0.1", 65536, &fd, &port).code, PTN_C_BAD_INPUT);
}

static void test_door__opens_or_says_why_not(void **state)
{
    struct node node;
    struct ptn_door_plan plan = { .world = ptn_world_real(), .dir = node.dir };
    struct ptn_door *door = NULL;
    char command[96];
    unsigned port;
    unsigned long nth = 0;
    struct ptn_status status;

    (void)state;
    make_node(&node);
    assert_true(ptn_ok(ptn_door_listen("127.0.0.1", 0, &plan.listen_fd, &port)));
    do { /* what fails is ours, or the front's, which has our memory */
        fault_allocation(++nth, FAULT_ONCE);
        status = ptn_door_open(&plan, &door, NULL);
        (void)fault_off();
        assert_true(ptn_ok(status) ||
                    ((status.code == PTN_C_NO_MEMORY || status.code == PTN_C_IO) && door == NULL));
    } while (!ptn_ok(status) && nth < 100);
    assert_in_range(nth, 4, 99);
    assert_true(ptn_ok(ptn_door_admit(door, NULL, 0)));
    ptn_door_close(door);
    (void)close(plan.listen_fd);
    (void)snprintf(command, sizeof(command), "rm -rf %s", node.dir);
    assert_int_equal(system(command), 0); /* NOLINT(cert-env33-c): our own folder */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_door__who_is_on_the_list_is_answered, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_door__nobody_else_is, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_door__bodies_are_bounded_by_their_path, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(
            test_door__what_is_held_is_asked_after_a_change_and_at_the_end, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_door__links_follow_changes_at_once, set_up, tear_down),
        cmocka_unit_test(test_door__no_certificate_no_door),
        cmocka_unit_test(test_door__opens_or_says_why_not),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
