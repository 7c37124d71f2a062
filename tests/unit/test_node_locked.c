/* Goal: a post whose vault is locked appends, signs and follows orders; it knows nobody, screens
 * nobody and loosens nothing; unlocked, it has all of it. */
#include "node_orders.h"

#include "node/returning.h"
#include "node/staff.h"
#include "record/notice.h"
#include "vault/tls.h"

#define PASSWORD PTN_BYTES_LITERAL("a long password")

static const struct ptn_lock_key key = { { (const uint8_t *)"a long passphrase", 17 },
                                         { NULL, 0 },
                                         false };

/* Put a lock on, and start anew without its key. */
static void lock_it(struct fixture *fixture)
{
    ptn_node_close(fixture->node);
    assert_true(ptn_ok(
        ptn_lock_set(&fixture->world, fixture->dir, NULL, &key, PTN_AUTHORITY_COST_LEAST, NULL)));
    assert_true(ptn_ok(ptn_lock_seal_all(&fixture->world, fixture->dir, ptn_node_sealed,
                                         PTN_NODE_SEALED_COUNT, NULL, NULL)));
    open_node(fixture);
    assert_true(ptn_node_locked(fixture->node));
}

/* Start anew with it. */
static struct ptn_storage *unlock_it(struct fixture *fixture)
{
    struct ptn_storage *storage = NULL;

    assert_true(ptn_ok(ptn_lock_open(&fixture->world, fixture->dir, &key, &storage, NULL)));
    fixture->world.storage = storage;
    start_anew(fixture);
    assert_false(ptn_node_locked(fixture->node));
    return storage;
}

static void furnish(struct fixture *fixture)
{
    ptn_node_close(fixture->node);
    assert_true(ptn_ok(ptn_tls_create(&fixture->world, fixture->dir, "some", NULL)));
    assert_true(ptn_ok(ptn_staff_set(&fixture->world, fixture->dir, &arta, PASSWORD, NULL)));
    open_node(fixture);
}

static enum ptn_code sign_in(struct fixture *fixture)
{
    struct ptn_officer officer;

    return ptn_staff_check(fixture->node, PTN_BYTES_LITERAL("arta"), PASSWORD, NULL, &officer).code;
}

static enum ptn_code try_scan(struct fixture *fixture)
{
    const struct ptn_lane_who who = { &arta, "1" };
    const struct ptn_lane_scan question = { .mrz = PTN_BYTES_LITERAL(MRZ),
                                            .direction = PTN_DIRECTION_ENTRY };
    struct ptn_lane_answer answer = { .done = scan_done, .context = fixture };
    struct ptn_status status =
        ptn_lane_scan(fixture->node, &who, &question, fixture->arena, &answer, NULL);

    while (ptn_node_step(fixture->node))
        ;
    ptn_lane_answer_release(&answer);
    return status.code;
}

/* How many entries the folder's vault opens, of those with a payload; *ret_starts: how many of them
 * say that the node started locked. */
static uint64_t count_opened(struct fixture *fixture, uint64_t *ret_all, unsigned *ret_starts)
{
    struct ptn_buffer payload = { .len_max = PTN_RECORD_LEN_MAX };
    struct ptn_vault *vault = NULL;
    struct ptn_ledger *ledger = NULL;
    struct ptn_node_started started;
    struct ptn_ledger_header header;
    uint64_t opened = 0;

    while (ptn_node_step(fixture->node))
        ;
    *ret_starts = 0;
    assert_true(ptn_ok(ptn_vault_open_to_sign(&fixture->world, fixture->dir, &vault, NULL)));
    assert_true(
        ptn_ok(ptn_ledger_open_reader(&fixture->world, vault, fixture->dir, &ledger, NULL)));
    assert_true(ptn_ok(ptn_ledger_size(ledger, ret_all, NULL)));
    for (uint64_t i = 0; i < *ret_all; i++) {
        ptn_buffer_clear(&payload);
        if (!ptn_ok(ptn_ledger_read(ledger, i, &header, &payload, NULL)))
            continue;
        opened++;
        if (header.kind == PTN_RECORD_NODE_STARTED &&
            ptn_ok(ptn_node_started_parse(ptn_buffer_bytes(&payload), &started, NULL)))
            *ret_starts += started.locked ? 1 : 0;
    }
    ptn_buffer_release(&payload);
    ptn_ledger_close(ledger);
    ptn_vault_close(vault);
    return opened;
}

/* What lies beside the ledger of what was learnt of it. */
static struct ptn_buffer known_file(const struct fixture *fixture)
{
    struct ptn_buffer file = { .len_max = (size_t)1 << 20 };
    char path[160];

    (void)snprintf(path, sizeof(path), "%s/stays.known", fixture->dir);
    assert_true(ptn_ok(ptn_world_real()->files->read(NULL, path, &file)));
    return file;
}

/* LOCK-2, LOCK-5. */
static void test_locked__it_appends_and_screens_nobody(void **state)
{
    struct fixture *fixture = *state;
    struct ptn_storage *storage;
    struct ptn_buffer known_before;
    struct ptn_buffer known_after;
    uint64_t before, size, opened;
    unsigned starts;

    furnish(fixture);
    assert_int_equal(sign_in(fixture), PTN_C_OK);
    assert_int_equal(try_scan(fixture), PTN_C_OK);
    before = ptn_node_ledger_size(fixture->node);
    lock_it(fixture);
    assert_int_equal(try_scan(fixture), PTN_C_BUSY);
    assert_int_not_equal(sign_in(fixture), PTN_C_OK);
    ptn_lane_session(fixture->node, PTN_SESSION_REFUSED, PTN_BYTES_LITERAL("(vault)"), NULL, NULL,
                     "");
    known_before = known_file(fixture);
    start_anew(fixture);               /* and again, as after a second power cut */
    known_after = known_file(fixture); /* it writes down nothing of what it did not learn */
    assert_true(known_before.len > 0);
    assert_true(ptn_bytes_equal(ptn_buffer_bytes(&known_before), ptn_buffer_bytes(&known_after)));
    ptn_buffer_release(&known_before);
    ptn_buffer_release(&known_after);
    assert_true(ptn_node_locked(fixture->node));
    size = ptn_node_ledger_size(fixture->node);
    assert_true(size >= before + 3); /* two starts and a wrong try */
    assert_int_equal(ptn_node_recording(fixture->node), PTN_RECORDING);
    opened = count_opened(fixture, &size, &starts);
    assert_true(opened < size);
    assert_int_equal(starts, 0);
    storage = unlock_it(fixture);
    assert_int_equal(sign_in(fixture), PTN_C_OK);
    assert_int_equal(try_scan(fixture), PTN_C_OK);
    opened = count_opened(fixture, &size, &starts);
    assert_int_equal(opened, size); /* those of the lock as well */
    assert_int_equal(starts, 2);
    ptn_node_close(fixture->node);
    fixture->node = NULL;
    ptn_storage_close(storage);
}

/* An order that comes to a locked post is in force when the call returns, is answered, and is known
 * of when it is unlocked: no second answer. */
static void test_locked__it_follows_orders(void **state)
{
    struct fixture *fixture = *state;
    struct ptn_storage *storage;
    struct ptn_hash name;
    unsigned receipts;

    lock_it(fixture);
    assert_int_equal(note(fixture, order(fixture, LOCAL, D(0)), &name), PTN_C_OK);
    assert_int_equal(entry_rung(fixture), PTN_RUNG_LOCAL);
    receipts = count_records(fixture, PTN_RECORD_RECEIPT, NULL);
    assert_true(receipts > 0);
    start_anew(fixture);
    assert_int_equal(entry_rung(fixture), PTN_RUNG_LOCAL);
    storage = unlock_it(fixture);
    assert_int_equal(entry_rung(fixture), PTN_RUNG_LOCAL);
    assert_int_equal(count_records(fixture, PTN_RECORD_RECEIPT, NULL), receipts);
    assert_int_equal(note(fixture, end_order(fixture, &name, A(0) | A(1)), NULL), PTN_C_OK);
    assert_int_equal(entry_rung(fixture), PTN_RUNG_NORMAL);
    ptn_node_close(fixture->node);
    fixture->node = NULL;
    ptn_storage_close(storage);
}

/* What the gate lacks has this word. */
static bool lacks(struct fixture *fixture, const char *word)
{
    struct ptn_returning now;
    bool found = false;

    fixture->ahead_ms += 1000; /* the next look */
    while (ptn_node_step(fixture->node))
        ;
    ptn_returning_now(fixture->node, &now);
    for (size_t i = 0; i < now.missing_count; i++)
        found = found || strcmp(now.missing[i].word, word) == 0;
    return found;
}

/* LOCK-4: a post that was attacked while it was locked knows neither its sheets nor its passwords:
 * it says nothing of them, asks for both, and when it is unlocked asks for other passwords than
 * those that were there. */
static void test_locked__it_loosens_nothing(void **state)
{
    static const char attack[] =
        "verb withdraw\nrung manual\ncause attack\nall\nfunction lanes-in\nfunction lanes-out\n";
    struct fixture *fixture = *state;
    struct ptn_storage *storage;

    furnish(fixture);
    lock_it(fixture);
    fixture->ahead_ms += MINUTE;
    assert_int_equal(note(fixture, order(fixture, attack, D(0) | D(1)), NULL), PTN_C_OK);
    assert_int_equal(entry_rung(fixture), PTN_RUNG_MANUAL);
    assert_true(lacks(fixture, "credentials"));
    assert_true(lacks(fixture, "serials"));
    assert_int_equal(count_records(fixture, PTN_RECORD_STAGE, NULL), 0);
    storage = unlock_it(fixture);
    assert_true(lacks(fixture, "credentials"));
    assert_false(lacks(fixture, "serials"));
    assert_int_equal(count_records(fixture, PTN_RECORD_STAGE, NULL), 2); /* down, and an account */
    assert_int_equal(entry_rung(fixture), PTN_RUNG_MANUAL);
    ptn_node_close(fixture->node);
    fixture->node = NULL;
    ptn_storage_close(storage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_locked__it_appends_and_screens_nobody, begin, end),
        cmocka_unit_test_setup_teardown(test_locked__it_follows_orders, begin, end),
        cmocka_unit_test_setup_teardown(test_locked__it_loosens_nothing, begin, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
