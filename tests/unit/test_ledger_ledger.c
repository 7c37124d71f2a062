#include "ledger/ledger.h"

#include "fault.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define ORIGIN "postern.example/qafe-thane"

/* A node's folder on the real disk, with a vault and an empty ledger. */
struct node {
    char dir[64];
    struct ptn_vault *vault;
};

static const struct ptn_world *world(void)
{
    return ptn_world_real();
}

static int set_up(void **state)
{
    struct node *node = calloc(1, sizeof(*node));

    assert_non_null(node);
    (void)snprintf(node->dir, sizeof(node->dir), "/tmp/postern-ledger-XXXXXX");
    assert_non_null(mkdtemp(node->dir));
    assert_int_equal(ptn_vault_create(world(), node->dir, NULL).code, PTN_C_OK);
    assert_int_equal(ptn_vault_open(world(), node->dir, &node->vault, NULL).code, PTN_C_OK);
    assert_int_equal(ptn_ledger_create(world(), node->vault, node->dir, ORIGIN, NULL).code,
                     PTN_C_OK);
    *state = node;
    return 0;
}

static int tear_down(void **state)
{
    static const char *const files[] = { "ledger.sqlite", "ledger.sqlite-wal", "ledger.sqlite-shm",
                                         "ledger.head",   "ledger.reserve",    "vault/node.key" };
    struct node *node = *state;
    char path[128];

    ptn_vault_close(node->vault);
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        (void)snprintf(path, sizeof(path), "%s/%s", node->dir, files[i]);
        (void)unlink(path);
    }
    (void)snprintf(path, sizeof(path), "%s/vault", node->dir);
    (void)rmdir(path);
    assert_int_equal(rmdir(node->dir), 0);
    free(node);
    return 0;
}

static struct ptn_ledger *open_writer(const struct node *node)
{
    struct ptn_ledger *ledger = NULL;
    struct ptn_diag diag = { 0, NULL };

    if (!ptn_ok(ptn_ledger_open(world(), node->vault, node->dir, &ledger, &diag)))
        fail_msg("open: %s", diag.text);
    return ledger;
}

static struct ptn_ledger *open_reader(const struct node *node)
{
    struct ptn_ledger *ledger = NULL;

    assert_int_equal(ptn_ledger_open_reader(world(), node->vault, node->dir, &ledger, NULL).code,
                     PTN_C_OK);
    return ledger;
}

static uint64_t append_text(struct ptn_ledger *ledger, const char *text)
{
    struct ptn_ledger_entry entry = {
        .kind = 4,
        .time_ms = 1790000000000,
        .rung = 1,
        .retention = 2,
        .payload = ptn_bytes_from_text(text),
    };
    uint64_t first = UINT64_MAX;

    assert_int_equal(ptn_ledger_append(ledger, &entry, 1, &first, NULL).code, PTN_C_OK);
    return first;
}

static void assert_reads(struct ptn_ledger *ledger, uint64_t index, const char *text)
{
    struct ptn_ledger_header header;
    struct ptn_buffer payload;

    ptn_buffer_init(&payload, 1 << 20);
    assert_int_equal(ptn_ledger_read(ledger, index, &header, &payload, NULL).code, PTN_C_OK);
    assert_int_equal(header.kind, 4);
    assert_int_equal(header.time_ms, 1790000000000);
    assert_int_equal(header.rung, 1);
    assert_int_equal(header.retention, 2);
    assert_true(ptn_bytes_is(ptn_buffer_bytes(&payload), text));
    ptn_buffer_release(&payload);
}

static struct ptn_vkey key_of(const struct node *node)
{
    struct ptn_vkey key;

    assert_int_equal(ptn_vkey_make(PTN_BYTES_LITERAL(ORIGIN),
                                   ptn_vault_public_key(node->vault, PTN_ROLE_LEDGER), &key)
                         .code,
                     PTN_C_OK);
    return key;
}

static void assert_verifies(struct ptn_ledger *ledger, const struct node *node, uint64_t size)
{
    struct ptn_ledger_verdict verdict = { .size = 99 };
    struct ptn_vkey key = key_of(node);
    struct ptn_diag diag = { 0, NULL };

    if (!ptn_ok(ptn_ledger_verify(ledger, &key, &verdict, &diag)))
        fail_msg("verify: %s", diag.text);
    assert_int_equal(verdict.size, size);
    assert_int_equal(verdict.wrong, PTN_LEDGER_NO_ENTRY);
}

/* ---- tests ---- */

static void test_ledger__what_is_appended_is_read_now_and_later(void **state)
{
    struct node *node = *state;
    struct ptn_ledger *ledger = open_writer(node);

    assert_string_equal(ptn_ledger_origin(ledger), ORIGIN);
    assert_int_equal(append_text(ledger, "first"), 0);
    assert_int_equal(append_text(ledger, "second"), 1);
    assert_reads(ledger, 0, "first");
    assert_verifies(ledger, node, 2);
    ptn_ledger_close(ledger);
    ledger = open_writer(node);
    assert_int_equal(append_text(ledger, "third"), 2);
    assert_reads(ledger, 1, "second");
    assert_reads(ledger, 2, "third");
    assert_verifies(ledger, node, 3);
    ptn_ledger_close(ledger);
}

static void test_ledger__a_second_writer_is_refused_and_readers_are_not(void **state)
{
    struct node *node = *state;
    struct ptn_ledger *ledger = open_writer(node);
    struct ptn_ledger *second = NULL;
    struct ptn_ledger *reader;
    struct ptn_diag diag = { 0, NULL };
    uint64_t size = 0;

    assert_int_equal(ptn_ledger_open(world(), node->vault, node->dir, &second, &diag).code,
                     PTN_C_BUSY);
    assert_null(second);
    (void)append_text(ledger, "first");
    reader = open_reader(node);
    assert_reads(reader, 0, "first");
    (void)append_text(ledger, "second");
    assert_int_equal(ptn_ledger_size(reader, &size, NULL).code, PTN_C_OK);
    assert_int_equal(size, 2);
    assert_reads(reader, 1, "second");
    assert_verifies(reader, node, 2);
    assert_int_equal(ptn_ledger_state(reader), PTN_LEDGER_READING);
    assert_int_equal(
        ptn_ledger_append(reader, &(struct ptn_ledger_entry){ .kind = 1 }, 1, &size, NULL).code,
        PTN_C_BAD_INPUT);
    /* Folding the log in goes on beside a reader. */
    assert_int_equal(ptn_ledger_tidy(ledger, NULL).code, PTN_C_OK);
    (void)append_text(ledger, "third");
    assert_verifies(reader, node, 3);
    ptn_ledger_close(reader);
    assert_verifies(ledger, node, 3);
    ptn_ledger_close(ledger);
    ledger = open_writer(node);
    ptn_ledger_close(ledger);
}

static void test_ledger__creating_over_one_is_refused(void **state)
{
    struct node *node = *state;
    char path[128];

    assert_int_equal(ptn_ledger_create(world(), node->vault, node->dir, ORIGIN, NULL).code,
                     PTN_C_BUSY);
    (void)snprintf(path, sizeof(path), "%s/ledger.sqlite", node->dir);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(ptn_ledger_create(world(), node->vault, node->dir, ORIGIN, NULL).code,
                     PTN_C_BUSY);
    assert_int_equal(
        ptn_ledger_open(world(), node->vault, node->dir, &(struct ptn_ledger *){ NULL }, NULL).code,
        PTN_C_CORRUPT);
}

static void test_ledger__files_are_for_their_owner_alone(void **state)
{
    static const char *const files[] = { "ledger.sqlite", "ledger.sqlite-wal", "ledger.sqlite-shm",
                                         "ledger.head", "ledger.reserve" };
    struct node *node = *state;
    struct ptn_ledger *ledger = open_writer(node);

    (void)append_text(ledger, "first");
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        char path[128];
        struct stat stat_of;

        (void)snprintf(path, sizeof(path), "%s/%s", node->dir, files[i]);
        assert_int_equal(stat(path, &stat_of), 0);
        assert_int_equal(stat_of.st_mode & 0777, 0600);
    }
    ptn_ledger_close(ledger);
}

static void test_ledger__bad_names_and_missing_ledgers(void **state)
{
    struct node *node = *state;
    struct ptn_ledger *ledger = NULL;

    assert_int_equal(ptn_ledger_create(world(), node->vault, node->dir, "a+b", NULL).code,
                     PTN_C_BAD_INPUT);
    assert_int_equal(ptn_ledger_create(world(), node->vault, node->dir, "", NULL).code,
                     PTN_C_BAD_INPUT);
    assert_int_equal(ptn_ledger_open(world(), node->vault, "/nowhere/at/all", &ledger, NULL).code,
                     PTN_C_NOT_FOUND);
    assert_int_equal(
        ptn_ledger_open_reader(world(), node->vault, "/nowhere/at/all", &ledger, NULL).code,
        PTN_C_NOT_FOUND);
    assert_null(ledger);
}

static void test_ledger__another_key_does_not_take_it_up(void **state)
{
    struct node *node = *state;
    struct ptn_ledger *ledger = open_writer(node);
    struct ptn_world *seeded = ptn_world_seeded(1, 0);
    struct ptn_vault *other = NULL;

    (void)append_text(ledger, "first");
    ptn_ledger_close(ledger);
    assert_non_null(seeded);
    assert_int_equal(seeded->files->make_dir(seeded->context, "/other").code, PTN_C_OK);
    assert_int_equal(ptn_vault_create(seeded, "/other", NULL).code, PTN_C_OK);
    assert_int_equal(ptn_vault_open(seeded, "/other", &other, NULL).code, PTN_C_OK);
    ledger = NULL;
    assert_int_equal(ptn_ledger_open(world(), other, node->dir, &ledger, NULL).code, PTN_C_CORRUPT);
    assert_null(ledger);
    ptn_vault_close(other);
    ptn_world_seeded_free(seeded);
}

static void test_ledger__limits_of_a_batch(void **state)
{
    struct node *node = *state;
    struct ptn_ledger *ledger = open_writer(node);
    struct ptn_ledger_entry *entries = calloc(PTN_LEDGER_BATCH_MAX + 1, sizeof(*entries));
    uint8_t *payload = calloc(1, PTN_PAYLOAD_LEN_MAX + 1);
    uint64_t first = 77;

    assert_non_null(entries);
    assert_non_null(payload);
    assert_int_equal(ptn_ledger_append(ledger, entries, 0, &first, NULL).code, PTN_C_BAD_INPUT);
    assert_int_equal(
        ptn_ledger_append(ledger, entries, PTN_LEDGER_BATCH_MAX + 1, &first, NULL).code,
        PTN_C_TOO_BIG);
    entries[0].time_ms = -1;
    assert_int_equal(ptn_ledger_append(ledger, entries, 1, &first, NULL).code, PTN_C_BAD_INPUT);
    entries[0].time_ms = INT64_MAX; /* a day past any number of days */
    assert_int_equal(ptn_ledger_append(ledger, entries, 1, &first, NULL).code, PTN_C_BAD_INPUT);
    entries[0].time_ms = 0;
    entries[0].payload = ptn_bytes_of(payload, PTN_PAYLOAD_LEN_MAX + 1);
    assert_int_equal(ptn_ledger_append(ledger, entries, 1, &first, NULL).code, PTN_C_TOO_BIG);
    assert_int_equal(first, 77);
    assert_int_equal(ptn_ledger_state(ledger), PTN_LEDGER_READY);
    entries[0].payload = ptn_bytes_of(payload, PTN_PAYLOAD_LEN_MAX);
    assert_int_equal(ptn_ledger_append(ledger, entries, 1, &first, NULL).code, PTN_C_OK);
    assert_int_equal(first, 0);
    entries[0].payload = PTN_BYTES_NONE;
    assert_int_equal(ptn_ledger_append(ledger, entries, PTN_LEDGER_BATCH_MAX, &first, NULL).code,
                     PTN_C_OK);
    assert_int_equal(first, 1);
    assert_verifies(ledger, node, 1 + PTN_LEDGER_BATCH_MAX);
    ptn_ledger_close(ledger);
    free(entries);
    free(payload);
}

static void test_ledger__reading_says_what_is_not_there(void **state)
{
    struct node *node = *state;
    struct ptn_ledger *ledger = open_writer(node);
    struct ptn_ledger *keyless = NULL;
    struct ptn_ledger_header header = { .kind = 99 };
    struct ptn_buffer payload;
    uint64_t first;

    ptn_buffer_init(&payload, 1000);
    (void)append_text(ledger, "first");
    assert_int_equal(
        ptn_ledger_append(ledger, &(struct ptn_ledger_entry){ .kind = 5 }, 1, &first, NULL).code,
        PTN_C_OK);
    assert_int_equal(ptn_ledger_read(ledger, 2, &header, &payload, NULL).code, PTN_C_NOT_FOUND);
    assert_int_equal(ptn_ledger_read(ledger, UINT64_MAX, &header, &payload, NULL).code,
                     PTN_C_NOT_FOUND);
    assert_int_equal(header.kind, 99);
    assert_int_equal(ptn_ledger_read(ledger, 1, &header, &payload, NULL).code, PTN_C_OK);
    assert_false(header.has_payload);
    assert_int_equal(payload.len, 0);
    assert_int_equal(ptn_ledger_open_reader(world(), NULL, node->dir, &keyless, NULL).code,
                     PTN_C_OK);
    assert_int_equal(ptn_ledger_read(keyless, 0, &header, NULL, NULL).code, PTN_C_OK);
    assert_true(header.has_payload);
    assert_int_equal(ptn_ledger_read(keyless, 0, &header, &payload, NULL).code, PTN_C_BAD_INPUT);
    ptn_ledger_close(keyless);
    ptn_ledger_close(ledger);
    ptn_buffer_release(&payload);
}

static void check_receipt(struct ptn_ledger *ledger, const struct node *node, uint64_t index)
{
    struct ptn_hasher *hasher = ptn_hasher_new();
    struct ptn_vkey key = key_of(node);
    struct ptn_ledger_header header;
    struct ptn_buffer text;
    struct ptn_buffer leaf;
    struct ptn_receipt receipt;
    struct ptn_note note;
    struct ptn_checkpoint checkpoint;
    struct ptn_hash hash;
    size_t good = 0;

    ptn_buffer_init(&text, 16384);
    ptn_buffer_init(&leaf, 1024);
    assert_int_equal(ptn_ledger_receipt(ledger, index, &text, NULL).code, PTN_C_OK);
    assert_int_equal(ptn_receipt_parse(ptn_buffer_bytes(&text), &receipt, NULL).code, PTN_C_OK);
    assert_int_equal(ptn_note_parse(receipt.checkpoint, &note, NULL).code, PTN_C_OK);
    assert_int_equal(ptn_note_verify(&note, &key, 1, &good, NULL).code, PTN_C_OK);
    assert_int_equal(ptn_checkpoint_parse(note.text, &checkpoint, NULL).code, PTN_C_OK);
    assert_int_equal(ptn_ledger_read(ledger, index, &header, NULL, NULL).code, PTN_C_OK);
    assert_int_equal(ptn_ledger_header_write(&leaf, &header).code, PTN_C_OK);
    assert_int_equal(ptn_tree_leaf(hasher, ptn_buffer_bytes(&leaf), &hash).code, PTN_C_OK);
    assert_int_equal(ptn_inclusion_check(hasher, index, checkpoint.size, &hash,
                                         receipt.proof.hashes, receipt.proof.count,
                                         &checkpoint.root, NULL)
                         .code,
                     PTN_C_OK);
    ptn_buffer_release(&text);
    ptn_buffer_release(&leaf);
    ptn_hasher_free(hasher);
}

static void test_ledger__receipts_hold(void **state)
{
    static const uint64_t indexes[] = { 0, 1, 255, 256, 511, 512, 599 };
    struct node *node = *state;
    struct ptn_ledger *ledger = open_writer(node);
    struct ptn_ledger_entry entries[600] = { { .kind = 0 } };
    struct ptn_buffer out;
    uint64_t first;

    for (size_t i = 0; i < 600; i++)
        entries[i].kind = (uint32_t)i;
    assert_int_equal(ptn_ledger_append(ledger, entries, 600, &first, NULL).code, PTN_C_OK);
    for (size_t i = 0; i < sizeof(indexes) / sizeof(indexes[0]); i++)
        check_receipt(ledger, node, indexes[i]);
    ptn_buffer_init(&out, 16384);
    assert_int_equal(ptn_ledger_receipt(ledger, 600, &out, NULL).code, PTN_C_NOT_FOUND);
    assert_int_equal(out.len, 0);
    ptn_buffer_release(&out);
    ptn_ledger_close(ledger);
}

struct seen {
    uint64_t size;
    unsigned calls;
};

static void see(void *context, const struct ptn_ledger_batch *batch)
{
    struct seen *seen = context;
    struct ptn_note note;
    struct ptn_checkpoint checkpoint;

    assert_int_equal(batch->first, seen->size);
    assert_string_equal(batch->origin, ORIGIN);
    assert_int_equal(ptn_note_parse(batch->checkpoint, &note, NULL).code, PTN_C_OK);
    assert_int_equal(ptn_checkpoint_parse(note.text, &checkpoint, NULL).code, PTN_C_OK);
    for (size_t i = 0; i < batch->count; i++) {
        struct ptn_ledger_header header;
        struct ptn_hash hash;

        assert_int_equal(ptn_ledger_header_parse(batch->leaves[i], &header, NULL).code, PTN_C_OK);
        assert_int_equal(header.has_payload, batch->sealed[i].len > 0);
        if (!header.has_payload)
            continue;
        assert_int_equal(batch->sealed[i].len, header.sealed_len);
        assert_int_equal(ptn_sha256(&batch->sealed[i], 1, hash.at).code, PTN_C_OK);
        assert_true(ptn_hash_equal(&hash, &header.sealed_sha256));
    }
    seen->size += batch->count;
    assert_int_equal(checkpoint.size, seen->size);
    seen->calls++;
}

static void test_ledger__whoever_keeps_a_copy_gets_every_batch(void **state)
{
    struct node *node = *state;
    struct ptn_ledger *ledger = open_writer(node);
    struct seen seen = { 0, 0 };
    struct ptn_ledger_entry entries[3] = {
        { .kind = 1, .payload = PTN_BYTES_LITERAL("one") },
        { .kind = 2 },
        { .kind = 3, .payload = PTN_BYTES_LITERAL("three") },
    };
    uint64_t first;

    ptn_ledger_on_append(ledger, see, &seen);
    for (size_t count = 1; count <= 3; count++)
        assert_int_equal(ptn_ledger_append(ledger, entries, count, &first, NULL).code, PTN_C_OK);
    assert_int_equal(seen.calls, 3);
    ptn_ledger_on_append(ledger, NULL, NULL);
    assert_int_equal(ptn_ledger_append(ledger, entries, 1, &first, NULL).code, PTN_C_OK);
    assert_int_equal(seen.calls, 3);
    ptn_ledger_close(ledger);
}

static void test_ledger__no_memory_of_our_own_loses_nothing(void **state)
{
    struct node *node = *state;
    struct ptn_ledger *ledger = open_writer(node);
    struct ptn_ledger_entry entry = { .kind = 4,
                                      .time_ms = 1790000000000,
                                      .rung = 1,
                                      .retention = 2,
                                      .payload = PTN_BYTES_LITERAL("kept") };
    uint64_t size = 0;
    uint64_t first = 0;
    bool done = false;

    for (unsigned long nth = 1; !done; nth++) {
        struct ptn_ledger *fresh = NULL;
        struct ptn_status status;

        ptn_ledger_close(ledger);
        fault_allocation(nth, FAULT_ONCE);
        status = ptn_ledger_open(world(), node->vault, node->dir, &fresh, NULL);
        if (ptn_ok(status)) {
            status = ptn_ledger_append(fresh, &entry, 1, &first, NULL);
            size += ptn_ok(status) ? 1 : 0;
        }
        done = !fault_off();
        assert_true(!done || ptn_ok(status));
        ptn_ledger_close(fresh);
        ledger = open_writer(node);
        assert_int_equal(ptn_ledger_size(ledger, &first, NULL).code, PTN_C_OK);
        assert_true(first >= size);
        size = first;
    }
    assert_verifies(ledger, node, size);
    assert_reads(ledger, size - 1, "kept");
    ptn_ledger_close(ledger);
}

static void test_ledger__vkey_is_the_key_of_its_checkpoints(void **state)
{
    struct node *node = *state;
    struct ptn_ledger *ledger = open_writer(node);
    struct ptn_buffer text;
    struct ptn_buffer out;
    struct ptn_vkey key;
    struct ptn_note note;
    size_t good = 0;

    ptn_buffer_init(&text, 1000);
    ptn_buffer_init(&out, 4096);
    assert_int_equal(ptn_ledger_vkey(ledger, &text).code, PTN_C_OK);
    assert_int_equal(ptn_vkey_parse(ptn_buffer_bytes(&text), &key, NULL).code, PTN_C_OK);
    assert_int_equal(ptn_ledger_checkpoint(ledger, &out, NULL).code, PTN_C_OK);
    assert_int_equal(ptn_note_parse(ptn_buffer_bytes(&out), &note, NULL).code, PTN_C_OK);
    assert_int_equal(ptn_note_verify(&note, &key, 1, &good, NULL).code, PTN_C_OK);
    ptn_buffer_release(&text);
    ptn_buffer_release(&out);
    ptn_ledger_close(ledger);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(test_ledger__what_is_appended_is_read_now_and_later),
        TEST(test_ledger__a_second_writer_is_refused_and_readers_are_not),
        TEST(test_ledger__creating_over_one_is_refused),
        TEST(test_ledger__files_are_for_their_owner_alone),
        TEST(test_ledger__bad_names_and_missing_ledgers),
        TEST(test_ledger__another_key_does_not_take_it_up),
        TEST(test_ledger__limits_of_a_batch),
        TEST(test_ledger__reading_says_what_is_not_there),
        TEST(test_ledger__receipts_hold),
        TEST(test_ledger__whoever_keeps_a_copy_gets_every_batch),
        TEST(test_ledger__no_memory_of_our_own_loses_nothing),
        TEST(test_ledger__vkey_is_the_key_of_its_checkpoints),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
