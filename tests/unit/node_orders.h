/* tests/unit/node_orders.h -- a post of a country with people who sign: for tests of what it does
 * with orders, and of its way back. */
#ifndef PTN_TESTS_NODE_ORDERS_H
#define PTN_TESTS_NODE_ORDERS_H
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ledger/ledger.h"
#include "node/apply.h"
#include "node/lane.h"

#define MRZ                                                                                        \
    "P<UTOVONTRELI<<ELISIDA<<<<<<<<<<<<<<<<<<<<<<\nU004129073UTO9004126F3404115<<<<<<<<<<<<<<06"
#define POST   "postern.example/some"
#define PEOPLE 5u /* authorities 0-2, duty officers 3-4 */
#define A(i)   (1u << (i))
#define D(i)   (1u << (3 + (i)))
#define MINUTE INT64_C(60000)

#define LOCAL                                                                                      \
    "verb withdraw\nrung local\ncause technical\npost " POST                                       \
    "\nfunction lanes-in\nfunction lanes-out\n"
#define MANUAL_IN "verb withdraw\nrung manual\ncause attack\nkind land\nfunction lanes-in\n"

static const struct ptn_officer arta = { .user = "arta", .name = "Arta" };
static const char *const names[PEOPLE] = { "u.example/authority-1", "u.example/authority-2",
                                           "u.example/authority-3", "u.example/duty-1",
                                           "u.example/duty-2" };

struct fixture {
    char folder[64];
    char dir[96];
    struct ptn_world world; /* the real one, its clocks moved by ahead_ms */
    int64_t ahead_ms;
    struct ptn_world *people; /* where keys of people lie */
    struct ptn_vault *vaults[PEOPLE];
    struct ptn_node *node;
    struct ptn_arena *arena;
    unsigned number, done;
    struct ptn_buffer note;
};

static struct fixture *running; /* for the clock, which is given the real world's context */

static inline int64_t shifted_now(void *context)
{
    return ptn_world_real()->now_ms(context) + running->ahead_ms;
}

static inline int64_t shifted_monotonic(void *context)
{
    return ptn_world_real()->monotonic_us(context) + running->ahead_ms * 1000;
}

/* Make them join: text, a blank line, a line for each of these people. */
static inline struct ptn_bytes sign(struct fixture *fixture, struct ptn_bytes text, unsigned who)
{
    ptn_buffer_clear(&fixture->note);
    for (unsigned i = 0; i < PEOPLE; i++) {
        struct ptn_buffer one = { .len_max = PTN_NOTE_LEN_MAX };
        struct ptn_note parsed;

        if ((who >> i & 1) == 0)
            continue;
        assert_true(ptn_ok(ptn_note_sign(fixture->vaults[i], PTN_ROLE_NODE,
                                         ptn_bytes_from_text(names[i]), text, &one, NULL)));
        assert_true(ptn_ok(ptn_note_parse(ptn_buffer_bytes(&one), &parsed, NULL)));
        assert_true(ptn_ok(ptn_buffer_add(
            &fixture->note, fixture->note.len == 0 ? ptn_buffer_bytes(&one) : parsed.signatures)));
        ptn_buffer_release(&one);
    }
    return ptn_buffer_bytes(&fixture->note);
}

static inline struct ptn_bytes order(struct fixture *fixture, const char *body, unsigned who)
{
    char text[2048];
    char given[PTN_INSTANT_TEXT_SIZE];

    (void)ptn_instant_write(shifted_now(NULL), given);
    (void)snprintf(
        text, sizeof(text),
        "postern order 1\ncountry u.example/roster\nnumber %032x\ngiven %.19sZ\n%sreason r\n",
        fixture->number++, given, body);
    return sign(fixture, ptn_bytes_from_text(text), who);
}

static inline struct ptn_bytes end_order(struct fixture *fixture, const struct ptn_hash *name,
                                         unsigned who)
{
    struct ptn_buffer body = { .len_max = 1024 };
    struct ptn_bytes note;

    assert_true(ptn_ok(ptn_buffer_add_text(&body, "verb restore\nall\nends ")));
    assert_true(ptn_ok(ptn_buffer_add_hex(&body, ptn_bytes_of(name->at, PTN_HASH_LEN))));
    assert_true(ptn_ok(ptn_buffer_add(&body, ptn_bytes_of("\n", 2))));
    note = order(fixture, (const char *)body.at, who);
    ptn_buffer_release(&body);
    return note;
}

static inline void put_file(struct fixture *fixture, const char *name, struct ptn_bytes bytes)
{
    char path[160];

    (void)snprintf(path, sizeof(path), "%s/%s", fixture->dir, name);
    assert_true(ptn_ok(ptn_world_real()->files->replace(NULL, path, bytes)));
}

static inline void put_roster(struct fixture *fixture, uint32_t version, uint32_t needed,
                              size_t duties)
{
    struct ptn_vkey keys[PEOPLE];
    struct ptn_roster_node keepers[4];
    struct ptn_buffer text = { .len_max = 65536 };
    struct ptn_roster roster = { .origin = PTN_BYTES_LITERAL("u.example/roster"),
                                 .version = version,
                                 .expires = { 2099, 1, 1 },
                                 .quorum_n = 4,
                                 .quorum_q = 3,
                                 .quorum_f = 1,
                                 .authorities_needed = needed,
                                 .authorities = keys,
                                 .authority_count = 3,
                                 .duties = keys + 3,
                                 .duty_count = duties,
                                 .nodes = keepers,
                                 .node_count = 4 };

    memset(keepers, 0, sizeof(keepers));
    for (unsigned i = 0; i < PEOPLE; i++)
        assert_true(ptn_ok(ptn_vkey_make(ptn_bytes_from_text(names[i]),
                                         ptn_vault_public_key(fixture->vaults[i], PTN_ROLE_NODE),
                                         &keys[i])));
    for (unsigned i = 0; i < 4; i++) {
        uint8_t key[PTN_PUBLIC_KEY_LEN];

        memset(key, 0x10 + (int)i, sizeof(key));
        assert_true(
            ptn_ok(ptn_vkey_make(PTN_BYTES_LITERAL("u.example/k"), key, &keepers[i].ledger)));
        memset(key, 0x20 + (int)i, sizeof(key));
        assert_true(
            ptn_ok(ptn_vkey_make(PTN_BYTES_LITERAL("u.example/m"), key, &keepers[i].mirror)));
        keepers[i].role = PTN_ROSTER_KEEPER;
        keepers[i].tls[0] = (uint8_t)(1 + i);
        keepers[i].address = PTN_BYTES_LITERAL("127.0.0.1:8701");
    }
    keepers[1].ledger.name = PTN_BYTES_LITERAL("u.example/k1");
    for (unsigned i = 0; i < 4; i++) {
        static const char *const origins[] = { "u.example/ka", "u.example/kb", "u.example/kc",
                                               "u.example/kd" };

        assert_true(ptn_ok(ptn_vkey_make(ptn_bytes_from_text(origins[i]),
                                         keepers[i].ledger.public_key, &keepers[i].ledger)));
    }
    assert_true(ptn_ok(ptn_roster_write(&roster, &text)));
    put_file(fixture, "roster", sign(fixture, ptn_buffer_bytes(&text), A(0) | A(1) | A(2)));
    ptn_buffer_release(&text);
}

static inline void open_node(struct fixture *fixture)
{
    struct ptn_diag diag = { 0 };

    assert_true(ptn_ok(ptn_node_open(&fixture->world, fixture->dir, NULL, &fixture->node, &diag)));
    (void)ptn_node_step(fixture->node);
}

static inline int begin(void **state)
{
    static const struct ptn_node_plan plan = {
        .name = "Somewhere", .code = "some", .kind = PTN_POST_LAND, .state = "ALB"
    };
    struct fixture *fixture = calloc(1, sizeof(*fixture));

    (void)snprintf(fixture->folder, sizeof(fixture->folder), "%s", "/tmp/postern-apply-XXXXXX");
    assert_non_null(mkdtemp(fixture->folder));
    (void)snprintf(fixture->dir, sizeof(fixture->dir), "%s/node", fixture->folder);
    running = fixture;
    fixture->world = *ptn_world_real();
    fixture->world.now_ms = shifted_now;
    fixture->world.monotonic_us = shifted_monotonic;
    ptn_buffer_init(&fixture->note, PTN_NOTE_LEN_MAX);
    fixture->people = ptn_world_seeded(3, 0);
    for (unsigned i = 0; i < PEOPLE; i++) {
        char dir[16];

        (void)snprintf(dir, sizeof(dir), "person%u", i);
        assert_true(ptn_ok(fixture->people->files->make_dir(fixture->people->context, dir)));
        assert_true(ptn_ok(ptn_vault_create(fixture->people, dir, NULL)));
        assert_true(ptn_ok(ptn_vault_open(fixture->people, dir, &fixture->vaults[i], NULL)));
    }
    assert_true(ptn_ok(ptn_node_make(&fixture->world, fixture->dir, &plan, PTN_BYTES_NONE, NULL)));
    put_roster(fixture, 1, 2, 2);
    fixture->arena = ptn_arena_new(16u << 20);
    open_node(fixture);
    *state = fixture;
    return 0;
}

static inline int end(void **state)
{
    struct fixture *fixture = *state;
    char command[128];

    ptn_node_close(fixture->node);
    ptn_arena_free(fixture->arena);
    ptn_buffer_release(&fixture->note);
    for (unsigned i = 0; i < PEOPLE; i++)
        ptn_vault_close(fixture->vaults[i]);
    ptn_world_seeded_free(fixture->people);
    (void)snprintf(command, sizeof(command), "rm -rf %s", fixture->folder);
    assert_int_equal(system(command), 0); /* NOLINT(cert-env33-c): our own folder */
    free(fixture);
    return 0;
}

static inline void start_anew(struct fixture *fixture)
{
    (void)ptn_node_step(fixture->node);
    ptn_node_close(fixture->node);
    open_node(fixture);
}

/* ---- looking ---- */

/* Records of one kind in the ledger, and the rung that the last of them carries. */
static inline unsigned count_records(struct fixture *fixture, enum ptn_record_kind kind,
                                     uint8_t *ret_rung)
{
    struct ptn_vault *vault = NULL;
    struct ptn_ledger *ledger = NULL;
    struct ptn_ledger_header header;
    uint64_t size = 0;
    unsigned count = 0;

    while (ptn_node_step(fixture->node))
        ;
    assert_true(ptn_ok(ptn_vault_open_to_sign(ptn_world_real(), fixture->dir, &vault, NULL)));
    assert_true(
        ptn_ok(ptn_ledger_open_reader(ptn_world_real(), vault, fixture->dir, &ledger, NULL)));
    assert_true(ptn_ok(ptn_ledger_size(ledger, &size, NULL)));
    for (uint64_t i = 0; i < size; i++) {
        assert_true(ptn_ok(ptn_ledger_read(ledger, i, &header, NULL, NULL)));
        if (header.kind != (unsigned)kind)
            continue;
        count++;
        if (ret_rung != NULL)
            *ret_rung = header.rung;
    }
    ptn_ledger_close(ledger);
    ptn_vault_close(vault);
    return count;
}

static inline void scan_done(struct ptn_lane_answer *answer)
{
    ((struct fixture *)answer->context)->done++;
}

static inline void scan(struct fixture *fixture, enum ptn_direction direction)
{
    const struct ptn_lane_who who = { &arta, "1" };
    const struct ptn_lane_scan question = { .mrz = PTN_BYTES_LITERAL(MRZ), .direction = direction };
    struct ptn_lane_answer answer = { .done = scan_done, .context = fixture };

    assert_true(
        ptn_ok(ptn_lane_scan(fixture->node, &who, &question, fixture->arena, &answer, NULL)));
    (void)ptn_node_step(fixture->node);
    ptn_lane_answer_release(&answer);
}

static inline enum ptn_code note(struct fixture *fixture, struct ptn_bytes bytes,
                                 struct ptn_hash *ret_name)
{
    return ptn_apply_note(fixture->node, bytes, PTN_RECEIPT_KEEPER, ret_name, NULL).code;
}

static inline enum ptn_rung entry_rung(struct fixture *fixture)
{
    return ptn_apply_rung(fixture->node, PTN_DIRECTION_ENTRY);
}
#endif
