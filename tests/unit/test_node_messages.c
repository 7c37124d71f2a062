/* Goal: what a gateway wrote reaches a post whole and once, whenever its payloads come; and who may
 * not read it cannot. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "node/messages.h"
#include "vault/seal.h"

#define ORIGIN      "utopia.example/gateway"
#define START_MS    INT64_C(1795800000000)
#define ENTRIES_MAX 64u

static const char envelope[] = "UNB+UNOA:4+KL+UTO+261128:0900+17'";
static const char message_text[] =
    "UNH+1+PAXLST:D:05B:UN:IATA'BGM+745'TDT+20+KL1234'LOC+125+AMS'DTM+189:2611280900:201'"
    "LOC+87+TIA'DTM+232:2611281130:201'NAD+FL+++SPECIMEN:ANA'DTM+329:800101'CNT+42:1'UNT+11+1'";

struct kept {
    struct ptn_buffer leaves[ENTRIES_MAX], sealed[ENTRIES_MAX];
    size_t count;
    struct ptn_buffer checkpoint;
};

struct fixture {
    struct ptn_world world; /* the real one, with a clock of its own */
    char folder[64], gateway_dir[96], post_dir[96], other_dir[96], copies[96];
    struct ptn_vault *gateway, *post, *other;
    struct ptn_ledger *ledger;
    struct ptn_follow *follow;
    struct ptn_copy *copy;
    struct ptn_country country; /* its roster put together here, without a note */
    struct ptn_roster_node node;
    struct ptn_messages *messages;
    struct kept kept;
};

/* What was handed on. */
static struct {
    unsigned count, people;
    size_t raw_len;
    uint64_t seq;
    unsigned notes;
} handed;

static int64_t clock_us = 1;

static int64_t monotonic_us(void *context)
{
    (void)context;
    return clock_us;
}

static void take(void *context, const struct ptn_message_taken *taken)
{
    (void)context;
    handed.count++;
    handed.people += (unsigned)taken->manifest->person_count;
    handed.raw_len = taken->raw.len;
    handed.seq = taken->seq;
    handed.notes = (unsigned)taken->manifest->note_count;
    assert_true(ptn_bytes_is(taken->origin, ORIGIN));
    assert_int_equal(taken->received_ms, START_MS);
    assert_true(ptn_bytes_is(taken->record->reference, "17/1"));
}

static void keep(void *context, const struct ptn_ledger_batch *batch)
{
    struct kept *kept = context;

    for (size_t i = 0; i < batch->count; i++, kept->count++) {
        assert_true(kept->count < ENTRIES_MAX);
        ptn_buffer_init(&kept->leaves[kept->count], 1u << 16);
        ptn_buffer_init(&kept->sealed[kept->count], 1u << 20);
        assert_true(ptn_ok(ptn_buffer_add(&kept->leaves[kept->count], batch->leaves[i])));
        if (batch->sealed[i].at != NULL)
            assert_true(ptn_ok(ptn_buffer_add(&kept->sealed[kept->count], batch->sealed[i])));
    }
    ptn_buffer_clear(&kept->checkpoint);
    assert_true(ptn_ok(ptn_buffer_add(&kept->checkpoint, batch->checkpoint)));
}

static struct ptn_vault *make_vault(const struct fixture *fixture, const char *dir,
                                    struct ptn_reading *ret_reading)
{
    struct ptn_vault *vault = NULL;

    assert_true(ptn_ok(fixture->world.files->make_dir(fixture->world.context, dir)));
    assert_true(ptn_ok(ptn_vault_create(&fixture->world, dir, NULL)));
    if (ret_reading != NULL)
        assert_true(ptn_ok(
            ptn_reading_make(&fixture->world, dir, ptn_instant_date(START_MS), ret_reading, NULL)));
    assert_true(ptn_ok(ptn_vault_open(&fixture->world, dir, &vault, NULL)));
    return vault;
}

static void open_messages(struct fixture *fixture, const struct ptn_vault *vault, int64_t since_ms)
{
    ptn_messages_close(fixture->messages);
    memset(&handed, 0, sizeof(handed));
    assert_true(ptn_ok(
        ptn_messages_open(&fixture->world, vault, since_ms, take, NULL, &fixture->messages)));
}

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    struct ptn_ledger_reader reader = { .reader = PTN_BYTES_LITERAL("post") };
    struct ptn_reading post;
    struct ptn_reading other;

    fixture->world = *ptn_world_real();
    fixture->world.monotonic_us = monotonic_us;
    (void)snprintf(fixture->folder, sizeof(fixture->folder), "/tmp/postern-messages-XXXXXX");
    assert_non_null(mkdtemp(fixture->folder));
    (void)snprintf(fixture->gateway_dir, sizeof(fixture->gateway_dir), "%s/gateway",
                   fixture->folder);
    (void)snprintf(fixture->post_dir, sizeof(fixture->post_dir), "%s/post", fixture->folder);
    (void)snprintf(fixture->other_dir, sizeof(fixture->other_dir), "%s/other", fixture->folder);
    (void)snprintf(fixture->copies, sizeof(fixture->copies), "%s/copies", fixture->folder);
    fixture->gateway = make_vault(fixture, fixture->gateway_dir, NULL);
    fixture->post = make_vault(fixture, fixture->post_dir, &post);
    fixture->other = make_vault(fixture, fixture->other_dir, &other);
    assert_true(ptn_ok(
        ptn_ledger_create(&fixture->world, fixture->gateway, fixture->gateway_dir, ORIGIN, NULL)));
    assert_true(ptn_ok(ptn_ledger_open(&fixture->world, fixture->gateway, fixture->gateway_dir,
                                       &fixture->ledger, NULL)));
    reader.month = post.month;
    memcpy(reader.key, post.key, PTN_READING_KEY_LEN);
    assert_true(ptn_ok(ptn_ledger_readers(fixture->ledger, &reader, 1, NULL)));
    ptn_buffer_init(&fixture->kept.checkpoint, 1u << 16);
    ptn_ledger_on_append(fixture->ledger, keep, &fixture->kept);
    fixture->node.role = PTN_ROSTER_GATEWAY;
    assert_true(ptn_ok(ptn_vkey_make(PTN_BYTES_LITERAL(ORIGIN),
                                     ptn_vault_public_key(fixture->gateway, PTN_ROLE_LEDGER),
                                     &fixture->node.ledger)));
    fixture->country.roster.nodes = &fixture->node;
    fixture->country.roster.node_count = 1;
    assert_true(ptn_ok(fixture->world.files->make_dir(fixture->world.context, fixture->copies)));
    assert_true(ptn_ok(ptn_follow_new(&fixture->world, fixture->copies, 1, &fixture->follow)));
    assert_true(ptn_ok(
        ptn_follow_add(fixture->follow, &fixture->node.ledger, PTN_FOLLOW_OTHERS, false, NULL)));
    fixture->copy = ptn_follow_copy(fixture->follow, PTN_BYTES_LITERAL(ORIGIN));
    assert_non_null(fixture->copy);
    open_messages(fixture, fixture->post, 0);
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    char command[128];

    ptn_messages_close(fixture->messages);
    ptn_follow_free(fixture->follow);
    ptn_ledger_close(fixture->ledger);
    ptn_vault_close(fixture->gateway);
    ptn_vault_close(fixture->post);
    ptn_vault_close(fixture->other);
    for (size_t i = 0; i < fixture->kept.count; i++) {
        ptn_buffer_release(&fixture->kept.leaves[i]);
        ptn_buffer_release(&fixture->kept.sealed[i]);
    }
    ptn_buffer_release(&fixture->kept.checkpoint);
    (void)snprintf(command, sizeof(command), "rm -rf %s", fixture->folder);
    assert_int_equal(system(command), 0); /* NOLINT(cert-env33-c): our own folder */
    free(fixture);
    return 0;
}

/* Append one message in so many parts, as a gateway does. */
static void append(struct fixture *fixture, unsigned parts, enum ptn_message_verdict verdict)
{
    struct ptn_ledger_entry entries[8] = { { 0 } };
    struct ptn_buffer payloads[8];
    size_t len = (sizeof(message_text) - 1 + parts - 1) / parts;
    uint64_t seq;

    for (unsigned i = 0; i < parts; i++) {
        struct ptn_carrier_message part = { .id = { { (uint8_t)(1 + fixture->kept.count) } },
                                            .time_ms = START_MS,
                                            .type = PTN_MESSAGE_PAXLST,
                                            .verdict = verdict,
                                            .sha256 = { 1 },
                                            .reference = PTN_BYTES_LITERAL("17/1"),
                                            .people = 1,
                                            .length = sizeof(message_text) - 1,
                                            .part = i + 1,
                                            .parts = parts,
                                            .envelope = ptn_bytes_from_text(envelope) };

        part.raw = ptn_bytes_slice(ptn_bytes_from_text(message_text), i * len, len);
        ptn_buffer_init(&payloads[i], PTN_RECORD_LEN_MAX);
        assert_true(ptn_ok(ptn_carrier_message_write(&part, &payloads[i])));
        entries[i] = (struct ptn_ledger_entry){ .kind = PTN_RECORD_MESSAGE,
                                                .time_ms = START_MS,
                                                .retention = PTN_RETENTION_CROSSING,
                                                .payload = ptn_buffer_bytes(&payloads[i]) };
    }
    assert_true(ptn_ok(ptn_ledger_append(fixture->ledger, entries, parts, &seq, NULL)));
    for (unsigned i = 0; i < parts; i++)
        ptn_buffer_release(&payloads[i]);
}

/* Bring entries from `from` on into the copy; payloads only of those below `payloads`. */
static void bring(struct fixture *fixture, size_t from, size_t payloads)
{
    struct ptn_bytes leaves[ENTRIES_MAX];
    struct ptn_bytes sealed[ENTRIES_MAX] = { { NULL, 0 } };
    size_t count = fixture->kept.count - from;

    for (size_t i = 0; i < count; i++) {
        leaves[i] = ptn_buffer_bytes(&fixture->kept.leaves[from + i]);
        if (from + i < payloads && fixture->kept.sealed[from + i].len > 0)
            sealed[i] = ptn_buffer_bytes(&fixture->kept.sealed[from + i]);
    }
    assert_true(ptn_ok(ptn_copy_take_checkpoint(
        fixture->copy, ptn_buffer_bytes(&fixture->kept.checkpoint), NULL, NULL)));
    assert_true(ptn_ok(ptn_copy_take_entries(fixture->copy, from, leaves, count, NULL)));
    assert_true(ptn_ok(ptn_copy_put_payloads_at(fixture->copy, from, sealed, count, NULL)));
}

/* Hand on all there is now. */
static void turn(struct fixture *fixture)
{
    bool more = true;

    while (more)
        if (ptn_messages_next(fixture->messages, &fixture->country, fixture->follow, &more))
            ptn_messages_hand(fixture->messages);
}

static struct ptn_messages_standing standing(const struct fixture *fixture)
{
    struct ptn_messages_standing now;

    ptn_messages_standing(fixture->messages, &now);
    return now;
}

static void test_messages__reach_a_post_whole_and_once(void **state)
{
    struct fixture *fixture = *state;

    append(fixture, 1, PTN_MESSAGE_ACCEPTED);
    append(fixture, 3, PTN_MESSAGE_WITH_NOTES);
    append(fixture, 2, PTN_MESSAGE_QUARANTINED); /* kept, and of no use to anybody */
    append(fixture, 1, PTN_MESSAGE_ACCEPTED);
    bring(fixture, 0, fixture->kept.count);
    turn(fixture);
    turn(fixture);
    assert_int_equal(handed.count, 3);
    assert_int_equal(handed.people, 3);
    assert_int_equal(handed.notes, 0);
    assert_int_equal(handed.raw_len, strlen(envelope) + strlen(message_text));
    assert_int_equal(handed.seq, fixture->kept.count - 1);
    assert_int_equal(standing(fixture).taken, 3);
    assert_int_equal(standing(fixture).unread, 0);
}

static void test_messages__a_late_payload_is_waited_for_and_looked_for(void **state)
{
    struct fixture *fixture = *state;
    struct ptn_bytes sealed;

    append(fixture, 1, PTN_MESSAGE_ACCEPTED);
    append(fixture, 2, PTN_MESSAGE_ACCEPTED);
    append(fixture, 1, PTN_MESSAGE_ACCEPTED);
    bring(fixture, 0, fixture->kept.count);
    open_messages(fixture, fixture->post, 0);
    turn(fixture);
    assert_int_equal(handed.count, 3);

    append(fixture, 2, PTN_MESSAGE_ACCEPTED);
    append(fixture, 1, PTN_MESSAGE_ACCEPTED);
    bring(fixture, 5, 6); /* the second part of the one, and the other, are on their way */
    turn(fixture);
    assert_int_equal(handed.count, 3);
    sealed = ptn_buffer_bytes(&fixture->kept.sealed[7]);
    assert_true(ptn_ok(ptn_copy_put_payloads_at(fixture->copy, 7, &sealed, 1, NULL)));
    turn(fixture);
    assert_int_equal(handed.count, 3); /* in the ledger's order */
    clock_us += INT64_C(11000000);
    turn(fixture);
    assert_int_equal(handed.count, 4); /* but not for ever */
    assert_int_equal(standing(fixture).awaiting, 1);
    sealed = ptn_buffer_bytes(&fixture->kept.sealed[6]);
    assert_true(ptn_ok(ptn_copy_put_payloads_at(fixture->copy, 6, &sealed, 1, NULL)));
    clock_us += INT64_C(16000000);
    turn(fixture);
    assert_int_equal(handed.count, 5);
    assert_int_equal(standing(fixture).awaiting, 0);
    assert_int_equal(standing(fixture).unread, 0);
}

static void test_messages__begin_with_the_last_days(void **state)
{
    struct fixture *fixture = *state;

    append(fixture, 1, PTN_MESSAGE_ACCEPTED);
    bring(fixture, 0, fixture->kept.count);
    open_messages(fixture, fixture->post, START_MS + 1);
    turn(fixture);
    assert_int_equal(handed.count, 0);
    open_messages(fixture, fixture->post, START_MS);
    turn(fixture);
    assert_int_equal(handed.count, 1);
}

/* GATEWAY-1. */
static void test_messages__are_noise_to_who_has_no_key(void **state)
{
    struct fixture *fixture = *state;

    append(fixture, 1, PTN_MESSAGE_ACCEPTED);
    bring(fixture, 0, fixture->kept.count);
    open_messages(fixture, fixture->other, 0);
    turn(fixture);
    assert_int_equal(handed.count, 0);
    assert_int_equal(standing(fixture).unread, 1);
    open_messages(fixture, fixture->gateway, 0); /* the gateway itself reads nothing back */
    turn(fixture);
    assert_int_equal(handed.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_messages__reach_a_post_whole_and_once, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_messages__a_late_payload_is_waited_for_and_looked_for,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_messages__begin_with_the_last_days, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_messages__are_noise_to_who_has_no_key, set_up,
                                        tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
