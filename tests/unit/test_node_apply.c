/* Goal: an order is in force when the call that brought it returns; what is recorded carries the
 * rung; a start anew forgets nothing; nobody is believed but by the post's own roster. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

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

static int64_t shifted_now(void *context)
{
    return ptn_world_real()->now_ms(context) + running->ahead_ms;
}

static int64_t shifted_monotonic(void *context)
{
    return ptn_world_real()->monotonic_us(context) + running->ahead_ms * 1000;
}

/* Make them join: text, a blank line, a line for each of these people. */
static struct ptn_bytes sign(struct fixture *fixture, struct ptn_bytes text, unsigned who)
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

static struct ptn_bytes order(struct fixture *fixture, const char *body, unsigned who)
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

static struct ptn_bytes end_order(struct fixture *fixture, const struct ptn_hash *name,
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

static void put_file(struct fixture *fixture, const char *name, struct ptn_bytes bytes)
{
    char path[160];

    (void)snprintf(path, sizeof(path), "%s/%s", fixture->dir, name);
    assert_true(ptn_ok(ptn_world_real()->files->replace(NULL, path, bytes)));
}

static void put_roster(struct fixture *fixture, uint32_t version, uint32_t needed, size_t duties)
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

static void open_node(struct fixture *fixture)
{
    struct ptn_diag diag = { 0 };

    assert_true(ptn_ok(ptn_node_open(&fixture->world, fixture->dir, NULL, &fixture->node, &diag)));
    (void)ptn_node_step(fixture->node);
}

static int begin(void **state)
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

static int end(void **state)
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

static void start_anew(struct fixture *fixture)
{
    (void)ptn_node_step(fixture->node);
    ptn_node_close(fixture->node);
    open_node(fixture);
}

/* ---- looking ---- */

/* Records of one kind in the ledger, and the rung that the last of them carries. */
static unsigned count_records(struct fixture *fixture, enum ptn_record_kind kind, uint8_t *ret_rung)
{
    struct ptn_vault *vault = NULL;
    struct ptn_ledger *ledger = NULL;
    struct ptn_ledger_header header;
    uint64_t size = 0;
    unsigned count = 0;

    while (ptn_node_step(fixture->node))
        ;
    assert_true(ptn_ok(ptn_vault_open(ptn_world_real(), fixture->dir, &vault, NULL)));
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

static void scan_done(struct ptn_lane_answer *answer)
{
    ((struct fixture *)answer->context)->done++;
}

static void scan(struct fixture *fixture, enum ptn_direction direction)
{
    const struct ptn_lane_who who = { &arta, "1" };
    const struct ptn_lane_scan question = { .mrz = PTN_BYTES_LITERAL(MRZ), .direction = direction };
    struct ptn_lane_answer answer = { .done = scan_done, .context = fixture };

    assert_true(
        ptn_ok(ptn_lane_scan(fixture->node, &who, &question, fixture->arena, &answer, NULL)));
    (void)ptn_node_step(fixture->node);
    ptn_lane_answer_release(&answer);
}

static enum ptn_code note(struct fixture *fixture, struct ptn_bytes bytes,
                          struct ptn_hash *ret_name)
{
    return ptn_apply_note(fixture->node, bytes, PTN_RECEIPT_KEEPER, ret_name, NULL).code;
}

static enum ptn_rung entry_rung(struct fixture *fixture)
{
    return ptn_apply_rung(fixture->node, PTN_DIRECTION_ENTRY);
}

/* ---- tests ---- */

static void test_apply__an_order_is_in_force_when_the_call_returns(void **state)
{
    struct fixture *fixture = *state;
    struct ptn_apply_standing standing;
    struct ptn_hash name;
    uint8_t rung = 9;

    scan(fixture, PTN_DIRECTION_ENTRY);
    (void)count_records(fixture, PTN_RECORD_DECISION, &rung);
    assert_int_equal(rung, PTN_RUNG_NORMAL);
    assert_int_equal(note(fixture, order(fixture, LOCAL, D(0)), &name), PTN_C_OK);
    standing = ptn_apply_standing(fixture->node);
    assert_int_equal(standing.entry, PTN_RUNG_LOCAL);
    assert_int_equal(standing.exit, PTN_RUNG_LOCAL);
    assert_int_equal(standing.cause, PTN_CAUSE_TECHNICAL);
    assert_int_equal(standing.standing, 1);
    assert_int_equal(standing.roster, 1);
    scan(fixture, PTN_DIRECTION_ENTRY);
    assert_int_equal(count_records(fixture, PTN_RECORD_DECISION, &rung), 2);
    assert_int_equal(rung, PTN_RUNG_LOCAL);
    assert_int_equal(count_records(fixture, PTN_RECORD_RECEIPT, NULL), 1);
    assert_int_equal(count_records(fixture, PTN_RECORD_RUNG, &rung), 1);
    assert_int_equal(rung, PTN_RUNG_LOCAL);
    /* again, and by another hand: nothing new */
    assert_int_equal(note(fixture, ptn_buffer_bytes(&fixture->note), NULL), PTN_C_OK);
    assert_int_equal(count_records(fixture, PTN_RECORD_RECEIPT, NULL), 1);
    /* and back by a duty key: its cause is no attack */
    assert_int_equal(note(fixture, end_order(fixture, &name, D(1)), NULL), PTN_C_OK);
    assert_int_equal(entry_rung(fixture), PTN_RUNG_NORMAL);
    assert_int_equal(count_records(fixture, PTN_RECORD_RUNG, &rung), 2);
    assert_int_equal(count_records(fixture, PTN_RECORD_RECEIPT, NULL), 3);
    scan(fixture, PTN_DIRECTION_ENTRY);
    (void)count_records(fixture, PTN_RECORD_DECISION, &rung);
    assert_int_equal(rung, PTN_RUNG_NORMAL);
}

static void test_apply__directions_have_rungs_of_their_own(void **state)
{
    struct fixture *fixture = *state;
    uint8_t rung = 9;

    assert_int_equal(note(fixture, order(fixture, MANUAL_IN, D(0) | D(1)), NULL), PTN_C_OK);
    scan(fixture, PTN_DIRECTION_EXIT);
    (void)count_records(fixture, PTN_RECORD_DECISION, &rung);
    assert_int_equal(rung, PTN_RUNG_NORMAL);
    scan(fixture, PTN_DIRECTION_ENTRY);
    (void)count_records(fixture, PTN_RECORD_DECISION, &rung);
    assert_int_equal(rung, PTN_RUNG_MANUAL);
}

static void test_apply__what_is_refused_is_recorded_once(void **state)
{
    struct fixture *fixture = *state;
    struct ptn_bytes bytes = order(fixture, LOCAL, D(0));

    fixture->note.at[bytes.len - 20] ^= 1;
    for (unsigned i = 0; i < 3; i++) {
        enum ptn_code code = note(fixture, bytes, NULL);

        assert_true(code == PTN_C_CORRUPT || code == PTN_C_BAD_INPUT);
        assert_int_equal(note(fixture, PTN_BYTES_LITERAL("postern order 1\nrubbish"), NULL),
                         PTN_C_BAD_INPUT);
        /* what is no order is nothing to answer */
        assert_int_equal(note(fixture, PTN_BYTES_LITERAL("rubbish"), NULL), PTN_C_BAD_INPUT);
    }
    assert_int_equal(entry_rung(fixture), PTN_RUNG_NORMAL);
    assert_int_equal(count_records(fixture, PTN_RECORD_RECEIPT, NULL), 2);
    /* too few hands: kept, told, not in force */
    assert_int_equal(note(fixture, order(fixture, MANUAL_IN, D(0)), NULL), PTN_C_OK);
    assert_int_equal(ptn_apply_standing(fixture->node).waiting, 1);
    assert_int_equal(entry_rung(fixture), PTN_RUNG_NORMAL);
    assert_int_equal(count_records(fixture, PTN_RECORD_RECEIPT, NULL), 3);
}

static void test_apply__a_start_anew_forgets_nothing(void **state)
{
    struct fixture *fixture = *state;
    struct ptn_hash ended;
    struct ptn_apply_standing former;
    struct ptn_apply_standing standing;
    unsigned receipts;

    assert_int_equal(note(fixture, order(fixture, LOCAL, D(0)), &ended), PTN_C_OK);
    assert_int_equal(note(fixture, end_order(fixture, &ended, D(1)), NULL), PTN_C_OK);
    assert_int_equal(note(fixture, order(fixture, MANUAL_IN, D(0) | D(1)), NULL), PTN_C_OK);
    former = ptn_apply_standing(fixture->node);
    receipts = count_records(fixture, PTN_RECORD_RECEIPT, NULL);
    start_anew(fixture);
    standing = ptn_apply_standing(fixture->node);
    assert_memory_equal(&standing, &former, sizeof(standing));
    assert_int_equal(count_records(fixture, PTN_RECORD_RECEIPT, NULL), receipts);
    /* the duty officers leave the roster: what they stopped stays stopped, also after a start */
    put_roster(fixture, 2, 3, 0);
    assert_true(ptn_ok(ptn_apply_reload(fixture->node, NULL)));
    start_anew(fixture);
    standing = ptn_apply_standing(fixture->node);
    assert_int_equal(standing.roster, 2);
    assert_int_equal(standing.entry, PTN_RUNG_MANUAL);
    assert_int_equal(standing.standing, 1);
    assert_int_equal(count_records(fixture, PTN_RECORD_RECEIPT, NULL), receipts);
}

static void test_apply__an_older_roster_is_refused(void **state)
{
    struct fixture *fixture = *state;

    put_roster(fixture, 2, 2, 2);
    assert_true(ptn_ok(ptn_apply_reload(fixture->node, NULL)));
    put_roster(fixture, 1, 2, 2);
    assert_int_equal(ptn_apply_reload(fixture->node, NULL).code, PTN_C_BAD_INPUT);
    put_roster(fixture, 4, 2, 2);
    assert_int_equal(ptn_apply_reload(fixture->node, NULL).code, PTN_C_BAD_INPUT);
    assert_int_equal(ptn_apply_standing(fixture->node).roster, 2);
}

/* The next roster comes as notes do, and is judged by from then on; one out of turn does not. */
static void test_apply__the_next_roster_comes_as_a_note(void **state)
{
    struct fixture *fixture = *state;
    struct ptn_buffer second = { .len_max = PTN_NOTE_LEN_MAX };
    struct ptn_buffer third = { .len_max = PTN_NOTE_LEN_MAX };

    put_roster(fixture, 2, 3, 1);
    assert_true(ptn_ok(ptn_buffer_add(&second, ptn_buffer_bytes(&fixture->note))));
    put_roster(fixture, 3, 3, 0);
    assert_true(ptn_ok(ptn_buffer_add(&third, ptn_buffer_bytes(&fixture->note))));
    assert_int_equal(note(fixture, ptn_buffer_bytes(&third), NULL), PTN_C_BAD_INPUT);
    assert_int_equal(note(fixture, ptn_buffer_bytes(&second), NULL), PTN_C_OK);
    assert_int_equal(ptn_apply_standing(fixture->node).roster, 2);
    second.at[second.len - 10] ^= 1;
    assert_int_not_equal(note(fixture, ptn_buffer_bytes(&second), NULL), PTN_C_OK);
    assert_int_equal(note(fixture, ptn_buffer_bytes(&third), NULL), PTN_C_OK);
    start_anew(fixture);
    assert_int_equal(ptn_apply_standing(fixture->node).roster, 3);
    ptn_buffer_release(&second);
    ptn_buffer_release(&third);
}

static void test_apply__silence_and_its_own_way_back(void **state)
{
    struct fixture *fixture = *state;
    struct ptn_apply_standing standing;

    ptn_apply_heartbeat(fixture->node, true);
    ptn_apply_heartbeat(fixture->node, false);
    standing = ptn_apply_standing(fixture->node);
    assert_int_equal(standing.entry, PTN_RUNG_LOCAL);
    assert_true(standing.own);
    ptn_apply_heartbeat(fixture->node, false); /* once is enough */
    assert_int_equal(count_records(fixture, PTN_RECORD_RUNG, NULL), 1);
    start_anew(fixture); /* a restart is no way up */
    assert_int_equal(entry_rung(fixture), PTN_RUNG_LOCAL);
    assert_true(ptn_apply_standing(fixture->node).own);
    fixture->ahead_ms += 5 * MINUTE;
    ptn_apply_heartbeat(fixture->node, true);
    assert_int_equal(entry_rung(fixture), PTN_RUNG_LOCAL);
    fixture->ahead_ms += 3 * MINUTE;
    ptn_apply_heartbeat(fixture->node, true);
    assert_int_equal(entry_rung(fixture), PTN_RUNG_NORMAL);
    start_anew(fixture);
    assert_int_equal(entry_rung(fixture), PTN_RUNG_NORMAL);
    /* too long: it stays */
    ptn_apply_heartbeat(fixture->node, false);
    fixture->ahead_ms += 40 * MINUTE;
    ptn_apply_heartbeat(fixture->node, true);
    fixture->ahead_ms += 3 * MINUTE;
    ptn_apply_heartbeat(fixture->node, true);
    assert_int_equal(entry_rung(fixture), PTN_RUNG_LOCAL);
}

static void test_apply__steps_at_the_post(void **state)
{
    static const struct {
        struct ptn_apply_step step;
        enum ptn_code code;
    } rows[] = {
        { { PTN_RUNG_HANDS_CODE, PTN_RUNG_MANUAL, PTN_CAUSE_ATTACK, { (const uint8_t *)"r", 1 } },
          PTN_C_BAD_INPUT },
        { { PTN_RUNG_HANDS_NODE, PTN_RUNG_MANUAL, PTN_CAUSE_ATTACK, { (const uint8_t *)"r", 1 } },
          PTN_C_BAD_INPUT },
        { { PTN_RUNG_HANDS_SUPERVISOR,
            PTN_RUNG_NORMAL,
            PTN_CAUSE_DRILL,
            { (const uint8_t *)"r", 1 } },
          PTN_C_BAD_INPUT },
        { { PTN_RUNG_HANDS_SUPERVISOR, PTN_RUNG_LOCAL, PTN_CAUSE_DRILL, { NULL, 0 } },
          PTN_C_BAD_INPUT },
        { { PTN_RUNG_HANDS_CODE, PTN_RUNG_LOCAL, PTN_CAUSE_ATTACK, { (const uint8_t *)"r", 1 } },
          PTN_C_OK },
        { { PTN_RUNG_HANDS_SUPERVISOR,
            PTN_RUNG_MANUAL,
            PTN_CAUSE_TECHNICAL,
            { (const uint8_t *)"r", 1 } },
          PTN_C_OK },
    };
    struct fixture *fixture = *state;
    struct ptn_apply_line lines[PTN_APPLY_LINES_MAX];
    struct ptn_hash back;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_int_equal(ptn_apply_step(fixture->node, &rows[i].step, NULL).code, rows[i].code);
    assert_int_equal(entry_rung(fixture), PTN_RUNG_MANUAL);
    assert_int_equal(ptn_apply_standing(fixture->node).cause, PTN_CAUSE_ATTACK);
    assert_int_equal(ptn_apply_lines(fixture->node, lines), 2);
    assert_string_equal(lines[0].fate, "standing");
    /* back from paper: a duty key, the supervisor, and every serial */
    assert_int_equal(note(fixture, end_order(fixture, &lines[0].name, D(0)), &back), PTN_C_OK);
    assert_int_equal(entry_rung(fixture), PTN_RUNG_MANUAL);
    assert_true(ptn_ok(ptn_apply_confirm(fixture->node, &back)));
    assert_int_equal(entry_rung(fixture), PTN_RUNG_MANUAL);
    ptn_apply_conditions(fixture->node, PTN_PROVISO_SERIALS);
    assert_int_equal(entry_rung(fixture), PTN_RUNG_LOCAL); /* the code's step stands: an attack */
    ptn_apply_conditions(fixture->node, 0);
    start_anew(fixture);
    assert_int_equal(entry_rung(fixture), PTN_RUNG_LOCAL);
    assert_int_equal(ptn_apply_standing(fixture->node).cause, PTN_CAUSE_ATTACK);
}

static void test_apply__a_note_by_stick(void **state)
{
    struct fixture *fixture = *state;
    struct ptn_buffer file = { .len_max = PTN_NOTE_LEN_MAX };
    struct ptn_bytes bytes = order(fixture, LOCAL, D(0));
    char path[160];

    assert_true(ptn_ok(ptn_buffer_add_text(&file, "seen 1788991440000 2\n")));
    assert_true(ptn_ok(ptn_buffer_add(&file, bytes)));
    put_file(fixture, "orders/in-2", ptn_buffer_bytes(&file));
    put_file(fixture, "orders/in-3", PTN_BYTES_LITERAL("seen 12\nrubbish"));
    for (unsigned i = 0; i < 100 && entry_rung(fixture) == PTN_RUNG_NORMAL; i++) {
        struct timespec pause = { .tv_nsec = 10000000 };

        (void)ptn_node_step(fixture->node);
        (void)nanosleep(&pause, NULL);
    }
    assert_int_equal(entry_rung(fixture), PTN_RUNG_LOCAL);
    for (unsigned i = 2; i <= 3; i++) {
        (void)snprintf(path, sizeof(path), "%s/orders/in-%u", fixture->dir, i);
        assert_false(ptn_world_real()->files->exists(NULL, path));
    }
    ptn_buffer_release(&file);
}

/* What other threads ask for is done at the owner's next step, and no more of it than has room. */
static void test_apply__asked_by_other_threads(void **state)
{
    const struct ptn_apply_step step = { PTN_RUNG_HANDS_SUPERVISOR, PTN_RUNG_MANUAL,
                                         PTN_CAUSE_DRILL, PTN_BYTES_LITERAL("r") };
    struct fixture *fixture = *state;
    struct ptn_apply_line lines[PTN_APPLY_LINES_MAX];
    struct ptn_hash back;

    assert_int_equal(
        ptn_apply_ask_note(fixture->node, order(fixture, LOCAL, D(0)), PTN_RECEIPT_KEEPER).code,
        PTN_C_OK);
    assert_int_equal(entry_rung(fixture), PTN_RUNG_NORMAL);
    (void)ptn_node_step(fixture->node);
    assert_int_equal(entry_rung(fixture), PTN_RUNG_LOCAL);
    assert_true(ptn_ok(ptn_apply_ask_step(fixture->node, &step)));
    (void)ptn_node_step(fixture->node);
    assert_int_equal(entry_rung(fixture), PTN_RUNG_MANUAL);
    ptn_apply_conditions(fixture->node, PTN_PROVISO_SERIALS);
    (void)ptn_apply_lines(fixture->node, lines);
    assert_int_equal(note(fixture, end_order(fixture, &lines[0].name, D(0)), &back), PTN_C_OK);
    assert_true(ptn_ok(ptn_apply_ask_confirm(fixture->node, &back)));
    (void)ptn_node_step(fixture->node);
    assert_int_equal(entry_rung(fixture), PTN_RUNG_LOCAL);
    for (unsigned i = 0; i <= PTN_APPLY_ASKS_MAX; i++)
        assert_int_equal(
            ptn_apply_ask_note(fixture->node, PTN_BYTES_LITERAL("x"), PTN_RECEIPT_KEEPER).code,
            i < PTN_APPLY_ASKS_MAX ? PTN_C_OK : PTN_C_BUSY);
    start_anew(fixture); /* what still waits is given back */
    assert_int_equal(entry_rung(fixture), PTN_RUNG_LOCAL);
}

/* One code, once, one try in 30 seconds, to local and no further. */
static void test_apply__a_code_by_telephone(void **state)
{
    struct fixture *fixture = *state;
    char codes[PTN_APPLY_CODES_MAX][PTN_APPLY_CODE_DIGITS + 1];
    char spaced[32];
    struct ptn_bytes digits;

    assert_int_equal(ptn_apply_codes_make(&fixture->world, fixture->dir, 0, codes, NULL).code,
                     PTN_C_BAD_INPUT);
    assert_true(ptn_ok(ptn_apply_codes_make(&fixture->world, fixture->dir, 3, codes, NULL)));
    assert_string_not_equal(codes[0], codes[1]);
    (void)snprintf(spaced, sizeof(spaced), "%.4s %.4s %.4s", codes[1], codes[1] + 4, codes[1] + 8);
    digits = ptn_bytes_from_text(spaced);
    /* another's number; too soon after; a number that is not there; no digits */
    assert_int_equal(ptn_apply_code(fixture->node, 1, digits, PTN_CAUSE_ATTACK, NULL).code,
                     PTN_C_BAD_INPUT);
    assert_int_equal(ptn_apply_code(fixture->node, 2, digits, PTN_CAUSE_ATTACK, NULL).code,
                     PTN_C_BUSY);
    fixture->ahead_ms += 30000;
    assert_int_equal(ptn_apply_code(fixture->node, 4, digits, PTN_CAUSE_ATTACK, NULL).code,
                     PTN_C_NOT_FOUND);
    fixture->ahead_ms += 30000;
    assert_int_equal(
        ptn_apply_code(fixture->node, 2, PTN_BYTES_LITERAL("1234"), PTN_CAUSE_ATTACK, NULL).code,
        PTN_C_BAD_INPUT);
    (void)ptn_node_step(fixture->node);
    assert_int_equal(entry_rung(fixture), PTN_RUNG_NORMAL);
    assert_int_equal(count_records(fixture, PTN_RECORD_RECEIPT, NULL), 2);
    fixture->ahead_ms += 30000;
    assert_int_equal(ptn_apply_code(fixture->node, 2, digits, PTN_CAUSE_ATTACK, NULL).code,
                     PTN_C_OK);
    (void)ptn_node_step(fixture->node);
    assert_int_equal(entry_rung(fixture), PTN_RUNG_LOCAL);
    assert_int_equal(ptn_apply_standing(fixture->node).cause, PTN_CAUSE_ATTACK);
    /* used up; the others are not */
    fixture->ahead_ms += 30000;
    assert_int_equal(ptn_apply_code(fixture->node, 2, digits, PTN_CAUSE_ATTACK, NULL).code,
                     PTN_C_NOT_FOUND);
    fixture->ahead_ms += 30000;
    assert_int_equal(
        ptn_apply_code(fixture->node, 3, ptn_bytes_from_text(codes[2]), PTN_CAUSE_ATTACK, NULL)
            .code,
        PTN_C_OK);
}

static void test_apply__a_post_by_itself_follows_nobody(void **state)
{
    const struct ptn_apply_step step = { PTN_RUNG_HANDS_SUPERVISOR, PTN_RUNG_LOCAL, PTN_CAUSE_DRILL,
                                         PTN_BYTES_LITERAL("r") };
    struct fixture *fixture = *state;
    char path[160];

    ptn_node_close(fixture->node);
    (void)snprintf(path, sizeof(path), "%s/roster", fixture->dir);
    assert_true(ptn_ok(ptn_world_real()->files->remove(NULL, path)));
    open_node(fixture);
    assert_int_equal(note(fixture, order(fixture, LOCAL, D(0)), NULL), PTN_C_NOT_FOUND);
    assert_int_equal(ptn_apply_step(fixture->node, &step, NULL).code, PTN_C_NOT_FOUND);
    ptn_apply_heartbeat(fixture->node, false);
    assert_int_equal(entry_rung(fixture), PTN_RUNG_NORMAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_apply__an_order_is_in_force_when_the_call_returns,
                                        begin, end),
        cmocka_unit_test_setup_teardown(test_apply__directions_have_rungs_of_their_own, begin, end),
        cmocka_unit_test_setup_teardown(test_apply__what_is_refused_is_recorded_once, begin, end),
        cmocka_unit_test_setup_teardown(test_apply__a_start_anew_forgets_nothing, begin, end),
        cmocka_unit_test_setup_teardown(test_apply__an_older_roster_is_refused, begin, end),
        cmocka_unit_test_setup_teardown(test_apply__the_next_roster_comes_as_a_note, begin, end),
        cmocka_unit_test_setup_teardown(test_apply__silence_and_its_own_way_back, begin, end),
        cmocka_unit_test_setup_teardown(test_apply__steps_at_the_post, begin, end),
        cmocka_unit_test_setup_teardown(test_apply__a_note_by_stick, begin, end),
        cmocka_unit_test_setup_teardown(test_apply__asked_by_other_threads, begin, end),
        cmocka_unit_test_setup_teardown(test_apply__a_code_by_telephone, begin, end),
        cmocka_unit_test_setup_teardown(test_apply__a_post_by_itself_follows_nobody, begin, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
