/* Goal: an order is in force when the call that brought it returns; what is recorded carries the
 * rung; a start anew forgets nothing; nobody is believed but by the post's own roster. */
#include <time.h>

#include "node_orders.h"

/* ---- tests ---- */

/* POST-6. */
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

static enum ptn_rung rung_then;
static unsigned writes;

static struct ptn_status replace_fails(void *context, const char *path, struct ptn_bytes bytes)
{
    (void)context;
    (void)path;
    (void)bytes;
    rung_then = entry_rung(running);
    writes++;
    return (struct ptn_status){ PTN_C_IO };
}

/* In force before any disk is asked, and also when that fails: POST-6. */
static void test_apply__no_disk_keeps_an_order_waiting(void **state)
{
    struct fixture *fixture = *state;
    struct ptn_files files = *fixture->world.files;
    enum ptn_code code;
    struct ptn_hash name;

    files.replace = replace_fails;
    fixture->world.files = &files;
    rung_then = PTN_RUNG_NORMAL;
    writes = 0;
    code = note(fixture, order(fixture, LOCAL, D(0)), &name);
    fixture->world.files = ptn_world_real()->files;
    assert_int_equal(code, PTN_C_OK);
    assert_int_equal(writes, 1);
    assert_int_equal(rung_then, PTN_RUNG_LOCAL);
    assert_int_equal(entry_rung(fixture), PTN_RUNG_LOCAL);
}

/* POST-5. */
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

/* The newest receipt in the ledger: its fate and its reason. */
static enum ptn_receipt_fate last_receipt(struct fixture *fixture, char why[32])
{
    struct ptn_buffer payload = { .len_max = PTN_PAYLOAD_LEN_MAX };
    struct ptn_vault *vault = NULL;
    struct ptn_ledger *ledger = NULL;
    struct ptn_ledger_header header = { .kind = 0 };
    struct ptn_order_receipt receipt = { .time_ms = 0 };
    uint64_t index = 0;

    while (ptn_node_step(fixture->node))
        ;
    assert_true(ptn_ok(ptn_vault_open(ptn_world_real(), fixture->dir, &vault, NULL)));
    assert_true(
        ptn_ok(ptn_ledger_open_reader(ptn_world_real(), vault, fixture->dir, &ledger, NULL)));
    assert_true(ptn_ok(ptn_ledger_size(ledger, &index, NULL)));
    while (header.kind != PTN_RECORD_RECEIPT) {
        assert_true(index > 0);
        assert_true(ptn_ok(ptn_ledger_read(ledger, --index, &header, NULL, NULL)));
    }
    assert_true(ptn_ok(ptn_ledger_read(ledger, index, &header, &payload, NULL)));
    assert_true(ptn_ok(ptn_order_receipt_parse(ptn_buffer_bytes(&payload), &receipt, NULL)));
    (void)snprintf(why, 32, "%.*s", (int)receipt.why.len, (const char *)receipt.why.at);
    ptn_buffer_release(&payload);
    ptn_ledger_close(ledger);
    ptn_vault_close(vault);
    return receipt.fate;
}

/* Forged, too few, not theirs, for somebody else, of another country, and one that ended given
 * again: nothing moves, and each is written down with its reason. */
static void test_apply__each_refusal_is_written_down_with_its_reason(void **state)
{
    static const char elsewhere[] =
        "verb withdraw\nrung local\ncause technical\npost postern.example/other\n"
        "function lanes-in\n";
    struct fixture *fixture = *state;
    struct ptn_buffer copy = { .len_max = PTN_NOTE_LEN_MAX };
    struct ptn_bytes bytes = order(fixture, MANUAL_IN, D(0) | D(1));
    struct ptn_hash name;
    unsigned receipts;
    char why[32];
    uint8_t *at = memmem(fixture->note.at, bytes.len, "attack", 6);

    assert_non_null(at);
    *at = 'b';
    assert_int_not_equal(note(fixture, bytes, NULL), PTN_C_OK);
    assert_int_equal(last_receipt(fixture, why), PTN_RECEIPT_REFUSED);
    assert_string_equal(why, "bad-input");
    bytes = order(fixture, MANUAL_IN, D(0) | D(1));
    at = memmem(fixture->note.at, bytes.len, "u.example/roster", 16);
    assert_non_null(at);
    *at = 'v';
    assert_int_not_equal(note(fixture, bytes, NULL), PTN_C_OK);
    assert_int_equal(last_receipt(fixture, why), PTN_RECEIPT_REFUSED);
    assert_string_equal(why, "bad-input");
    assert_int_equal(note(fixture, order(fixture, MANUAL_IN, D(0)), NULL), PTN_C_OK);
    assert_int_equal(last_receipt(fixture, why), PTN_RECEIPT_WAITING);
    assert_string_equal(why, "signatures");
    assert_int_equal(note(fixture, order(fixture, elsewhere, D(0)), NULL), PTN_C_OK);
    assert_int_equal(last_receipt(fixture, why), PTN_RECEIPT_ELSEWHERE);
    assert_int_equal(entry_rung(fixture), PTN_RUNG_NORMAL);

    /* an order that was ended, by whom it may be, and its note again */
    bytes = order(fixture, LOCAL, D(0));
    assert_true(ptn_ok(ptn_buffer_add(&copy, bytes)));
    assert_int_equal(note(fixture, bytes, &name), PTN_C_OK);
    assert_int_equal(note(fixture, end_order(fixture, &name, D(1)), NULL), PTN_C_OK);
    assert_int_equal(entry_rung(fixture), PTN_RUNG_NORMAL);
    receipts = count_records(fixture, PTN_RECORD_RECEIPT, NULL);
    assert_int_equal(note(fixture, ptn_buffer_bytes(&copy), NULL), PTN_C_OK);
    assert_int_equal(entry_rung(fixture), PTN_RUNG_NORMAL);
    assert_int_equal(count_records(fixture, PTN_RECORD_RECEIPT, NULL), receipts);
    /* authorities' work by a duty key */
    assert_int_equal(note(fixture, order(fixture, MANUAL_IN, D(0) | D(1)), &name), PTN_C_OK);
    assert_int_equal(note(fixture, end_order(fixture, &name, D(0) | D(1)), NULL), PTN_C_OK);
    assert_int_equal(last_receipt(fixture, why), PTN_RECEIPT_REFUSED);
    assert_string_equal(why, "not-theirs");
    assert_int_equal(entry_rung(fixture), PTN_RUNG_MANUAL);
    ptn_buffer_release(&copy);
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
        cmocka_unit_test_setup_teardown(test_apply__no_disk_keeps_an_order_waiting, begin, end),
        cmocka_unit_test_setup_teardown(test_apply__directions_have_rungs_of_their_own, begin, end),
        cmocka_unit_test_setup_teardown(test_apply__what_is_refused_is_recorded_once, begin, end),
        cmocka_unit_test_setup_teardown(test_apply__each_refusal_is_written_down_with_its_reason,
                                        begin, end),
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
