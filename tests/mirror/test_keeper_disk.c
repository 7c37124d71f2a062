/*
 * tests/mirror/test_keeper_disk.c -- a keeper whose disk fails or loses power at any operation:
 * whatever it had signed or answered is there afterwards (KEEP-1, KEEP-2, KEEP-5), and it goes on.
 * On disks in memory (tests/ledger/fault_disk.h); the writer's own disk is another and stays well.
 */
#include "../ledger/fault_disk.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mirror/follower.h"
#include "mirror/keeper.h"
#include "record/notice.h"

#define GOOD(call) assert_int_equal((call).code, PTN_C_OK)

enum { KEEPER, POST, MEMBERS };

#define AUTHORITY MEMBERS

struct setting {
    struct fault_disk *disks[MEMBERS];
    struct ptn_world *seeded;
    struct ptn_world worlds[MEMBERS];
    struct ptn_vault *vaults[MEMBERS + 1];
    struct ptn_vkey keys[MEMBERS + 1];
    struct ptn_vkey mirrors[4];
    struct ptn_ledger *post;
    struct ptn_ledger *own; /* the keeper's */
    struct ptn_keeper *keeper;
    struct ptn_pusher *pusher;
    struct ptn_buffer roster, order;
    struct ptn_exchange exchange;
    struct fault_image *empty;
};

static const char *const dirs[] = { "/keeper", "/post", "/authority" };
static const char *const origins[] = { "utopia.example/keeper-0", "utopia.example/post",
                                       "utopia.example/authority-1" };

/* ---- making ---- */

static void make_roster(struct setting *setting)
{
    static char names[4][32], mirror_names[4][40];
    struct ptn_roster_node nodes[5];
    struct ptn_roster roster = { .origin = PTN_BYTES_LITERAL("utopia.example/roster"),
                                 .version = 1,
                                 .expires = { 2027, 11, 24 },
                                 .quorum_n = 4,
                                 .quorum_q = 3,
                                 .quorum_f = 1,
                                 .authorities_needed = 1,
                                 .authorities = &setting->keys[AUTHORITY],
                                 .authority_count = 1,
                                 .nodes = nodes,
                                 .node_count = 5 };
    struct ptn_buffer text;

    memset(nodes, 0, sizeof(nodes));
    for (unsigned i = 0; i < 4; i++) {
        uint8_t made_up[PTN_PUBLIC_KEY_LEN], another[PTN_PUBLIC_KEY_LEN];
        bool real = i == KEEPER;

        memset(made_up, (int)(0x10 + i), sizeof(made_up));
        memset(another, (int)(0x20 + i), sizeof(another));
        (void)snprintf(names[i], sizeof(names[i]), "utopia.example/keeper-%u", i);
        (void)snprintf(mirror_names[i], sizeof(mirror_names[i]), "utopia.example/keeper-%u/mirror",
                       i);
        nodes[i].role = PTN_ROSTER_KEEPER;
        nodes[i].address = PTN_BYTES_LITERAL("127.0.0.1:8701");
        memset(nodes[i].tls, (int)(0x40 + i), sizeof(nodes[i].tls));
        GOOD(ptn_vkey_make(ptn_bytes_from_text(names[i]),
                           real ? ptn_vault_public_key(setting->vaults[KEEPER], PTN_ROLE_LEDGER)
                                : made_up,
                           &nodes[i].ledger));
        GOOD(ptn_vkey_make_cosigner(
            ptn_bytes_from_text(mirror_names[i]),
            real ? ptn_vault_public_key(setting->vaults[KEEPER], PTN_ROLE_MIRROR) : another,
            &nodes[i].mirror));
        setting->mirrors[i] = nodes[i].mirror;
    }
    nodes[4].role = PTN_ROSTER_POST;
    nodes[4].ledger = setting->keys[POST];
    memset(nodes[4].tls, 0x50, sizeof(nodes[4].tls));
    ptn_buffer_init(&text, PTN_ROSTER_TEXT_MAX);
    GOOD(ptn_roster_write(&roster, &text));
    GOOD(ptn_note_sign(setting->vaults[AUTHORITY], PTN_ROLE_NODE, setting->keys[AUTHORITY].name,
                       ptn_buffer_bytes(&text), &setting->roster, NULL));
    ptn_buffer_release(&text);
}

static void append(struct setting *setting, unsigned count)
{
    struct ptn_ledger_entry entries[64];
    char texts[64][32];
    uint64_t first;

    for (unsigned i = 0; i < count; i++) {
        (void)snprintf(texts[i], sizeof(texts[i]), "entry %u of %u", i, count);
        entries[i] = (struct ptn_ledger_entry){ .kind = PTN_RECORD_NODE_STARTED,
                                                .time_ms = 1790000000000,
                                                .retention = PTN_RETENTION_OPERATION,
                                                .payload = ptn_bytes_from_text(texts[i]) };
    }
    GOOD(ptn_ledger_append(setting->post, entries, count, &first, NULL));
}

static int set_up(void **state)
{
    struct setting *setting = calloc(1, sizeof(*setting));
    const struct ptn_files *files;

    assert_non_null(setting);
    setting->seeded = ptn_world_seeded(11, 1790000000000);
    setting->disks[KEEPER] = fault_disk_new("keeper-disk");
    setting->disks[POST] = fault_disk_new("post-disk");
    files = setting->seeded->files;
    for (unsigned i = 0; i <= AUTHORITY; i++) {
        GOOD(files->make_dir(setting->seeded->context, dirs[i]));
        GOOD(ptn_vault_create(setting->seeded, dirs[i], NULL));
        GOOD(ptn_vault_open(setting->seeded, dirs[i], &setting->vaults[i], NULL));
        GOOD(ptn_vkey_make(ptn_bytes_from_text(origins[i]),
                           ptn_vault_public_key(setting->vaults[i],
                                                i == AUTHORITY ? PTN_ROLE_NODE : PTN_ROLE_LEDGER),
                           &setting->keys[i]));
        if (i == AUTHORITY)
            break;
        setting->worlds[i] = *setting->seeded;
        setting->worlds[i].sqlite_vfs_name = i == KEEPER ? "keeper-disk" : "post-disk";
        GOOD(ptn_ledger_create(&setting->worlds[i], setting->vaults[i], dirs[i], origins[i], NULL));
    }
    ptn_buffer_init(&setting->roster, PTN_NOTE_LEN_MAX);
    ptn_buffer_init(&setting->order, 4096);
    ptn_buffer_init(&setting->exchange.answer, PTN_WIRE_BODY_MAX);
    make_roster(setting);
    GOOD(ptn_note_sign(setting->vaults[AUTHORITY], PTN_ROLE_NODE, setting->keys[AUTHORITY].name,
                       PTN_BYTES_LITERAL("utopia.example/order\nall lanes out\n"), &setting->order,
                       NULL));
    GOOD(ptn_ledger_open(&setting->worlds[POST], setting->vaults[POST], dirs[POST], &setting->post,
                         NULL));
    append(setting, 3);
    append(setting, 40);
    setting->empty = fault_disk_save(setting->disks[KEEPER]);
    *state = setting;
    return 0;
}

static int tear_down(void **state)
{
    struct setting *setting = *state;

    ptn_ledger_close(setting->post);
    for (unsigned i = 0; i <= AUTHORITY; i++)
        ptn_vault_close(setting->vaults[i]);
    fault_image_free(setting->empty);
    fault_disk_free(setting->disks[KEEPER]);
    fault_disk_free(setting->disks[POST]);
    ptn_buffer_release(&setting->roster);
    ptn_buffer_release(&setting->order);
    ptn_buffer_release(&setting->exchange.answer);
    ptn_world_seeded_free(setting->seeded);
    free(setting);
    return 0;
}

/* ---- at work ---- */

/* False: the disk did not let it open. */
static bool open_keeper(struct setting *setting)
{
    const struct ptn_keeper_setup setup = { .world = &setting->worlds[KEEPER],
                                            .vault = setting->vaults[KEEPER],
                                            .dir = dirs[KEEPER],
                                            .roster = ptn_buffer_bytes(&setting->roster) };
    struct ptn_keeper_setup whole = setup;

    if (!ptn_ok(ptn_ledger_open(&setting->worlds[KEEPER], setting->vaults[KEEPER], dirs[KEEPER],
                                &setting->own, NULL)))
        return false;
    whole.ledger = setting->own;
    if (ptn_ok(ptn_keeper_open(&whole, &setting->keeper, NULL)))
        return true;
    ptn_ledger_close(setting->own);
    setting->own = NULL;
    return false;
}

static void close_keeper(struct setting *setting)
{
    ptn_keeper_close(setting->keeper);
    ptn_ledger_close(setting->own);
    setting->keeper = NULL;
    setting->own = NULL;
}

static unsigned ask(struct setting *setting)
{
    const struct ptn_keeper_peer peer = { ptn_bytes_from_text(origins[POST]), PTN_ROSTER_POST };

    GOOD(ptn_keeper_answer(setting->keeper, &peer, &setting->exchange));
    return setting->exchange.status;
}

/* Push as long as it moves; returns what is acknowledged. */
static uint64_t push(struct setting *setting)
{
    struct ptn_pusher_standing standing;

    GOOD(ptn_pusher_new(&setting->worlds[POST], setting->post, &setting->mirrors[KEEPER],
                        &setting->pusher));
    for (unsigned i = 0; i < 100 && ptn_pusher_next(setting->pusher, &setting->exchange); i++) {
        (void)ask(setting);
        ptn_pusher_take(setting->pusher, &setting->exchange);
    }
    ptn_pusher_standing(setting->pusher, &standing);
    ptn_pusher_free(setting->pusher);
    return standing.acknowledged;
}

static unsigned hand_in(struct setting *setting)
{
    setting->exchange.verb = "POST";
    setting->exchange.path = "/notes";
    setting->exchange.body = ptn_buffer_bytes(&setting->order);
    return ask(setting);
}

/* Everything up to size is shown, with its payloads. */
static void assert_shown(struct setting *setting, uint64_t size)
{
    struct ptn_wire_path path = { .what = PTN_WIRE_GET_PAYLOADS, .first = 0, .end = size };
    struct ptn_keeper_standing standing;
    struct ptn_cursor cursor;
    struct ptn_buffer text;
    struct ptn_bytes payload;
    enum ptn_wire_payload what;
    uint64_t count = 0;

    ptn_keeper_standing(setting->keeper, &standing);
    assert_true(standing.entries >= size);
    assert_int_equal(standing.corrupt, 0);
    if (size == 0)
        return;
    ptn_buffer_init(&text, PTN_WIRE_PATH_MAX + 1);
    GOOD(ptn_wire_origin_hash(ptn_bytes_from_text(origins[POST]), &path.origin));
    GOOD(ptn_wire_path_write(&text, &path));
    GOOD(ptn_buffer_add_u8(&text, 0));
    setting->exchange.verb = "GET";
    setting->exchange.path = (const char *)text.at;
    setting->exchange.body = PTN_BYTES_NONE;
    assert_int_equal(ask(setting), 200);
    cursor = ptn_cursor_at(ptn_buffer_bytes(&setting->exchange.answer));
    while (ptn_ok(ptn_wire_payload_next(&cursor, &what, &payload, NULL))) {
        assert_int_equal(what, PTN_WIRE_PAYLOAD_HERE);
        count++;
    }
    assert_int_equal(count, size);
    ptn_buffer_release(&text);
}

/* One run with the nth operation of the keeper's disk failing in that mode. False: there was none.
 */
static bool run(struct setting *setting, enum fault_mode mode, unsigned long nth, bool for_good)
{
    uint64_t acknowledged = 0;
    bool taken = false;
    bool happened;

    fault_disk_load(setting->disks[KEEPER], setting->empty);
    fault_disk_arm(setting->disks[KEEPER], mode, nth, for_good);
    if (open_keeper(setting)) {
        taken = hand_in(setting) == 200;
        acknowledged = push(setting);
        close_keeper(setting);
    }
    happened = fault_disk_off(setting->disks[KEEPER]);
    if (mode == FAULT_POWER && happened)
        fault_disk_restart(setting->disks[KEEPER], nth);
    assert_true(open_keeper(setting));
    assert_shown(setting, acknowledged);
    if (taken) { /* answered 200: there once, and not again */
        uint64_t size, again;

        GOOD(ptn_ledger_size(setting->own, &size, NULL));
        assert_int_equal(hand_in(setting), 200);
        GOOD(ptn_ledger_size(setting->own, &again, NULL));
        assert_int_equal(size, again);
        assert_true(size >= 1);
    }
    assert_int_equal(push(setting), 43);
    assert_int_equal(hand_in(setting), 200);
    assert_shown(setting, 43);
    close_keeper(setting);
    return happened;
}

static void run_all(struct setting *setting, enum fault_mode mode, bool for_good,
                    unsigned long stride)
{
    unsigned long runs = 0;

    for (unsigned long nth = 1 + stride / 2; run(setting, mode, nth, for_good); nth += stride)
        runs++;
    assert_true(runs > 10);
}

static void test_disk__power_may_go_at_any_operation(void **state)
{
    run_all(*state, FAULT_POWER, true, 3);
}

static void test_disk__any_operation_may_fail_once(void **state)
{
    run_all(*state, FAULT_ERROR, false, 5);
}

static void test_disk__any_operation_and_all_after_it_may_fail(void **state)
{
    run_all(*state, FAULT_ERROR, true, 5);
}

static void test_disk__the_disk_may_be_full_from_any_write_on(void **state)
{
    run_all(*state, FAULT_FULL, true, 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_disk__power_may_go_at_any_operation, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_disk__any_operation_may_fail_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_disk__any_operation_and_all_after_it_may_fail, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_disk__the_disk_may_be_full_from_any_write_on, set_up,
                                        tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
