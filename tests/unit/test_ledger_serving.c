#include "ledger/serving.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#define ORIGIN "postern.example/qafe-thane"
#define SIZE   600u

/* A node with a ledger of SIZE entries, and a copy of it filled through the files alone. */
struct node {
    char dir[64];
    struct ptn_vault *vault;
    struct ptn_ledger *ledger;
    struct ptn_copy *copy;
};

static const struct ptn_world *world(void)
{
    return ptn_world_real();
}

static void append_some(struct ptn_ledger *ledger, size_t count)
{
    struct ptn_ledger_entry *entries = calloc(count, sizeof(*entries));
    uint64_t first = 0;

    assert_non_null(entries);
    for (size_t i = 0; i < count; i++)
        entries[i] = (struct ptn_ledger_entry){
            .kind = 3,
            .time_ms = 1790000000000 + (int64_t)i,
            .retention = 2,
            .payload = i % 3 == 0 ? PTN_BYTES_NONE : PTN_BYTES_LITERAL("who looked at whom"),
        };
    assert_int_equal(ptn_ledger_append(ledger, entries, count, &first, NULL).code, PTN_C_OK);
    free(entries);
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

static int set_up(void **state)
{
    struct node *node = calloc(1, sizeof(*node));
    struct ptn_vkey key;

    assert_non_null(node);
    (void)snprintf(node->dir, sizeof(node->dir), "/tmp/postern-serving-XXXXXX");
    assert_non_null(mkdtemp(node->dir));
    assert_int_equal(ptn_vault_create(world(), node->dir, NULL).code, PTN_C_OK);
    assert_int_equal(ptn_vault_open(world(), node->dir, &node->vault, NULL).code, PTN_C_OK);
    assert_int_equal(ptn_ledger_create(world(), node->vault, node->dir, ORIGIN, NULL).code,
                     PTN_C_OK);
    assert_int_equal(ptn_ledger_open(world(), node->vault, node->dir, &node->ledger, NULL).code,
                     PTN_C_OK);
    append_some(node->ledger, SIZE);
    key = key_of(node);
    assert_int_equal(ptn_copy_open(world(), node->dir, &key, &node->copy, NULL).code, PTN_C_OK);
    *state = node;
    return 0;
}

static void remove_all(const char *dir)
{
    DIR *folder = opendir(dir);
    char path[512];

    assert_non_null(folder);
    for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        (void)snprintf(path, sizeof(path), "%s/%s", dir, entry->d_name);
        if (entry->d_name[0] != '.')
            (void)unlink(path);
    }
    (void)closedir(folder);
}

static int tear_down(void **state)
{
    struct node *node = *state;
    char path[128];

    ptn_copy_close(node->copy);
    ptn_ledger_close(node->ledger);
    ptn_vault_close(node->vault);
    (void)snprintf(path, sizeof(path), "%s/vault", node->dir);
    remove_all(path);
    assert_int_equal(rmdir(path), 0);
    remove_all(node->dir);
    assert_int_equal(rmdir(node->dir), 0);
    free(node);
    return 0;
}

static struct ptn_buffer file_of(struct node *node, const char *path, enum ptn_code expected)
{
    struct ptn_buffer out;

    ptn_buffer_init(&out, (size_t)1 << 24);
    assert_int_equal(
        ptn_serving_ledger_file(node->ledger, ptn_bytes_from_text(path), &out, NULL).code,
        expected);
    return out;
}

/* The bundle's entries, as views into it. */
static size_t split(const struct ptn_buffer *bundle, struct ptn_bytes leaves[PTN_TILE_WIDTH])
{
    struct ptn_cursor cursor = ptn_cursor_at(ptn_buffer_bytes(bundle));
    size_t count = 0;
    uint16_t len;

    while (count < PTN_TILE_WIDTH && ptn_ok(ptn_cursor_take_u16(&cursor, &len)))
        assert_int_equal(ptn_cursor_take(&cursor, len, &leaves[count++]).code, PTN_C_OK);
    assert_int_equal(ptn_cursor_left(&cursor), 0);
    return count;
}

/* As a follower does it: checkpoint, bundles, each with its proof; then payloads by name. */
static void fill(struct node *node)
{
    static const char *const bundles[] = { "tile/entries/000", "tile/entries/001",
                                           "tile/entries/002.p/88" };
    struct ptn_buffer note = file_of(node, "checkpoint", PTN_C_OK);
    struct ptn_copy_standing standing;

    assert_int_equal(ptn_copy_take_checkpoint(node->copy, ptn_buffer_bytes(&note), NULL, NULL).code,
                     PTN_C_OK);
    ptn_copy_standing(node->copy, &standing);
    assert_int_equal(standing.pending_size, SIZE);
    for (size_t i = 0; i < 3; i++) {
        struct ptn_buffer bundle = file_of(node, bundles[i], PTN_C_OK);
        struct ptn_bytes leaves[PTN_TILE_WIDTH];
        size_t count = split(&bundle, leaves);
        struct ptn_proof proof;

        assert_int_equal(ptn_serving_subtree(node->ledger, 256 * i, 256 * i + count,
                                             standing.pending_size, &proof, NULL)
                             .code,
                         PTN_C_OK);
        assert_int_equal(ptn_copy_take_package(node->copy, 256 * i, leaves, count,
                                               standing.pending_size, &proof, NULL)
                             .code,
                         PTN_C_OK);
        ptn_buffer_release(&bundle);
    }
    ptn_buffer_release(&note);
}

/* ---- paths ---- */

static void test_serving__each_path_has_one_form(void **state)
{
    static const char *const good[] = {
        "checkpoint",
        "tile/0/000",
        "tile/0/x001/x234/067",
        "tile/63/000.p/1",
        "tile/entries/999.p/255",
        "tile/entries/x001/000",
        "payload/00000000000000000000000000000000000000000000000000000000000000ff",
    };
    static const char *const bad[] = {
        "",
        "/checkpoint",
        "checkpoint/",
        "Checkpoint",
        "tile",
        "tile/",
        "tile/0",
        "tile/0/",
        "tile/0/0",
        "tile/0/0000",
        "tile/00/000",
        "tile/64/000",
        "tile/-1/000",
        "tile/0/x000/001",
        "tile/0/x1/001",
        "tile/0/x001/",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/01",
        "tile/0/000.p/",
        "tile/0/000.p/1/",
        "tile/0/../000",
        "tile/entries/x/000",
        "tile/0/x999/x999/x999/x999/x999/x999/999",
        "payload/",
        "payload/00000000000000000000000000000000000000000000000000000000000000FF",
        "payload/00000000000000000000000000000000000000000000000000000000000000f",
        "payload/00000000000000000000000000000000000000000000000000000000000000fff",
    };
    struct ptn_serving_path path;

    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        struct ptn_buffer out;

        ptn_buffer_init(&out, 128);
        assert_int_equal(ptn_serving_path_parse(ptn_bytes_from_text(good[i]), &path).code,
                         PTN_C_OK);
        assert_int_equal(ptn_serving_path_write(&out, &path).code, PTN_C_OK);
        assert_true(ptn_bytes_is(ptn_buffer_bytes(&out), good[i]));
        ptn_buffer_release(&out);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_int_equal(ptn_serving_path_parse(ptn_bytes_from_text(bad[i]), &path).code,
                         PTN_C_BAD_INPUT);
}

/* ---- files ---- */

/* What the whole export says: the same files, one by one. */
struct compared {
    struct node *node;
    size_t count;
};

static struct ptn_status compare(void *context, const char *path, struct ptn_bytes bytes)
{
    struct compared *compared = context;
    struct ptn_buffer file = file_of(compared->node, path, PTN_C_OK);
    struct ptn_buffer copied;

    assert_true(ptn_bytes_equal(ptn_buffer_bytes(&file), bytes));
    ptn_buffer_init(&copied, (size_t)1 << 24);
    assert_int_equal(
        ptn_serving_copy_file(compared->node->copy, ptn_bytes_from_text(path), &copied, NULL).code,
        PTN_C_OK);
    assert_true(ptn_bytes_equal(ptn_buffer_bytes(&copied), bytes));
    compared->count++;
    ptn_buffer_release(&copied);
    ptn_buffer_release(&file);
    return PTN_OK;
}

static void test_serving__file_by_file_is_what_the_export_gives(void **state)
{
    struct node *node = *state;
    struct compared compared = { node, 0 };
    struct ptn_copy_standing standing;
    struct ptn_ledger *reader = NULL;
    uint64_t index = 0;

    fill(node);
    while (ptn_ok(ptn_copy_next_missing(node->copy, index, &index, NULL))) {
        struct ptn_ledger_header header;
        struct ptn_buffer sealed;
        struct ptn_bytes view;

        ptn_buffer_init(&sealed, 4096);
        assert_int_equal(ptn_ledger_read_sealed(node->ledger, index, &header, &sealed, NULL).code,
                         PTN_C_OK);
        view = ptn_buffer_bytes(&sealed);
        assert_int_equal(ptn_copy_put_payloads_at(node->copy, index, &view, 1, NULL).code,
                         PTN_C_OK);
        ptn_buffer_release(&sealed);
    }
    ptn_copy_standing(node->copy, &standing);
    assert_int_equal(standing.size, SIZE);
    assert_int_equal(standing.missing, 0);
    /* Another one: no call reads a ledger that a call is reading. */
    assert_int_equal(ptn_ledger_open_reader(world(), NULL, node->dir, &reader, NULL).code,
                     PTN_C_OK);
    assert_int_equal(ptn_ledger_export(reader, compare, &compared, NULL).code, PTN_C_OK);
    ptn_ledger_close(reader);
    assert_int_equal(compared.count, 400 /* payloads */ + 3 + 3 + 1 /* tiles */ + 1);
}

static void test_serving__what_is_not_signed_is_not_there(void **state)
{
    static const char *const paths[] = {
        "tile/0/002",
        "tile/0/002.p/89",
        "tile/0/003.p/1",
        "tile/1/000.p/3",
        "tile/2/000.p/1",
        "tile/9/000.p/1",
        "tile/entries/002",
        "tile/entries/002.p/89",
        "payload/00000000000000000000000000000000000000000000000000000000000000ff",
    };
    struct node *node = *state;
    struct ptn_buffer out;

    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        struct ptn_buffer none = file_of(node, paths[i], PTN_C_NOT_FOUND);

        assert_int_equal(none.len, 0);
        ptn_buffer_release(&none);
    }
    ptn_buffer_init(&out, 1 << 16);
    assert_int_equal(
        ptn_serving_ledger_file(node->ledger, PTN_BYTES_LITERAL("ledger.sqlite"), &out, NULL).code,
        PTN_C_BAD_INPUT);
    /* Of a copy: nothing before it is proved. */
    assert_int_equal(
        ptn_serving_copy_file(node->copy, PTN_BYTES_LITERAL("tile/0/000.p/1"), &out, NULL).code,
        PTN_C_NOT_FOUND);
    assert_int_equal(
        ptn_serving_copy_file(node->copy, PTN_BYTES_LITERAL("checkpoint"), &out, NULL).code,
        PTN_C_NOT_FOUND);
    assert_int_equal(out.len, 0);
    ptn_buffer_release(&out);
    /* No room: nothing is left behind. */
    ptn_buffer_init(&out, 100);
    assert_int_equal(
        ptn_serving_ledger_file(node->ledger, PTN_BYTES_LITERAL("tile/0/000"), &out, NULL).code,
        PTN_C_TOO_BIG);
    assert_int_equal(
        ptn_serving_ledger_file(node->ledger, PTN_BYTES_LITERAL("tile/entries/000"), &out, NULL)
            .code,
        PTN_C_TOO_BIG);
    assert_int_equal(out.len, 0);
    ptn_buffer_release(&out);
    /* A smaller part of what is full by now is there still. */
    out = file_of(node, "tile/0/000.p/7", PTN_C_OK);
    assert_int_equal(out.len, 7 * PTN_HASH_LEN);
    ptn_buffer_release(&out);
}

static void test_serving__proofs_hold(void **state)
{
    struct node *node = *state;
    struct ptn_hasher *hasher = ptn_hasher_new();
    struct ptn_hash root;
    struct ptn_proof proof;

    assert_non_null(hasher);
    fill(node);
    assert_int_equal(ptn_serving_root(node->ledger, SIZE, &root, NULL).code, PTN_C_OK);
    for (uint64_t size = 1; size <= SIZE; size += 37) {
        struct ptn_hash old;

        assert_int_equal(ptn_serving_root(node->ledger, size, &old, NULL).code, PTN_C_OK);
        assert_int_equal(ptn_serving_consistency(node->ledger, size, SIZE, &proof, NULL).code,
                         PTN_C_OK);
        assert_int_equal(
            ptn_consistency_check(hasher, size, SIZE, &old, &root, proof.hashes, proof.count, NULL)
                .code,
            PTN_C_OK);
        assert_int_equal(ptn_serving_copy_consistency(node->copy, size, SIZE, &proof, NULL).code,
                         PTN_C_OK);
        assert_int_equal(
            ptn_consistency_check(hasher, size, SIZE, &old, &root, proof.hashes, proof.count, NULL)
                .code,
            PTN_C_OK);
    }
    assert_int_equal(ptn_serving_copy_subtree(node->copy, 256, 512, SIZE, &proof, NULL).code,
                     PTN_C_OK);
    assert_int_equal(ptn_serving_consistency(node->ledger, 0, SIZE, &proof, NULL).code, PTN_C_OK);
    assert_int_equal(proof.count, 0);
    assert_int_equal(ptn_serving_consistency(node->ledger, 2, 1, &proof, NULL).code,
                     PTN_C_BAD_INPUT);
    assert_int_equal(ptn_serving_consistency(node->ledger, 2, SIZE + 1, &proof, NULL).code,
                     PTN_C_NOT_FOUND);
    assert_int_equal(ptn_serving_subtree(node->ledger, 1, 3, SIZE, &proof, NULL).code,
                     PTN_C_BAD_INPUT);
    assert_int_equal(ptn_serving_subtree(node->ledger, 0, 3, SIZE + 1, &proof, NULL).code,
                     PTN_C_NOT_FOUND);
    assert_int_equal(ptn_serving_root(node->ledger, SIZE + 1, &root, NULL).code, PTN_C_NOT_FOUND);
    ptn_hasher_free(hasher);
}

/* A proof file holds what it says: the path leads from the entry's leaf to the checkpoint's root.
 */
static void holds(struct ptn_hasher *hasher, struct ptn_bytes file, uint64_t index)
{
    struct ptn_receipt receipt;
    struct ptn_note note;
    struct ptn_checkpoint checkpoint;
    struct ptn_hash leaf;
    struct ptn_buffer bytes;

    ptn_buffer_init(&bytes, 65536);
    assert_int_equal(ptn_receipt_parse(file, &receipt, NULL).code, PTN_C_OK);
    assert_int_equal(receipt.index, index);
    assert_int_equal(ptn_base64_read(receipt.extra, &bytes, NULL).code, PTN_C_OK);
    assert_int_equal(ptn_tree_leaf(hasher, ptn_buffer_bytes(&bytes), &leaf).code, PTN_C_OK);
    assert_int_equal(ptn_note_parse(receipt.checkpoint, &note, NULL).code, PTN_C_OK);
    assert_int_equal(ptn_checkpoint_parse(note.text, &checkpoint, NULL).code, PTN_C_OK);
    assert_int_equal(checkpoint.size, SIZE);
    assert_int_equal(ptn_inclusion_check(hasher, index, SIZE, &leaf, receipt.proof.hashes,
                                         receipt.proof.count, &checkpoint.root, NULL)
                         .code,
                     PTN_C_OK);
    ptn_buffer_release(&bytes);
}

static void test_serving__an_entrys_proof_is_whole(void **state)
{
    static const uint64_t indexes[] = { 0, 1, 255, 256, 511, 598, SIZE - 1 };
    struct node *node = *state;
    struct ptn_hasher *hasher = ptn_hasher_new();
    struct ptn_buffer out;

    assert_non_null(hasher);
    ptn_buffer_init(&out, 65536);
    fill(node);
    for (size_t i = 0; i < sizeof(indexes) / sizeof(indexes[0]); i++) {
        ptn_buffer_clear(&out);
        assert_int_equal(ptn_serving_proof(node->ledger, indexes[i], &out, NULL).code, PTN_C_OK);
        holds(hasher, ptn_buffer_bytes(&out), indexes[i]);
        ptn_buffer_clear(&out);
        assert_int_equal(ptn_serving_copy_proof(node->copy, indexes[i], &out, NULL).code, PTN_C_OK);
        holds(hasher, ptn_buffer_bytes(&out), indexes[i]);
    }
    ptn_buffer_clear(&out);
    assert_int_equal(ptn_serving_proof(node->ledger, SIZE, &out, NULL).code, PTN_C_NOT_FOUND);
    assert_int_equal(ptn_serving_copy_proof(node->copy, SIZE, &out, NULL).code, PTN_C_NOT_FOUND);
    assert_int_equal(out.len, 0);
    ptn_buffer_release(&out);
    ptn_hasher_free(hasher);
}

/* The copy opens what the ledger sealed, with the node's own key. */
static void test_serving__a_copy_opens_what_it_holds(void **state)
{
    struct node *node = *state;
    struct ptn_ledger_header header;
    struct ptn_buffer sealed;
    struct ptn_buffer payload;
    struct ptn_bytes view;

    ptn_buffer_init(&sealed, 4096);
    ptn_buffer_init(&payload, 4096);
    fill(node);
    assert_int_equal(
        ptn_copy_open_payload(node->copy, node->vault, 1, &header, &payload, NULL).code,
        PTN_C_NOT_FOUND);
    assert_int_equal(ptn_ledger_read_sealed(node->ledger, 1, &header, &sealed, NULL).code,
                     PTN_C_OK);
    view = ptn_buffer_bytes(&sealed);
    assert_int_equal(ptn_copy_put_payload(node->copy, &header.sealed_sha256, view, NULL).code,
                     PTN_C_OK);
    assert_int_equal(
        ptn_copy_open_payload(node->copy, node->vault, 1, &header, &payload, NULL).code, PTN_C_OK);
    assert_true(ptn_bytes_is(ptn_buffer_bytes(&payload), "who looked at whom"));
    assert_int_equal(ptn_copy_open_payload(node->copy, NULL, 1, &header, &payload, NULL).code,
                     PTN_C_BAD_INPUT);
    ptn_buffer_release(&payload);
    ptn_buffer_release(&sealed);
}

/* What a run gave. */
struct seen {
    uint64_t next;
    uint64_t stop; /* the entry at which it is told to end */
    unsigned counts[PTN_SERVING_DAMAGED + 1];
};

/* ptn_serving_entry_fn. */
static struct ptn_status look(void *context, const struct ptn_serving_entry *entry)
{
    struct seen *seen = context;

    if (entry->index == seen->stop)
        return (struct ptn_status){ PTN_C_BUSY };
    assert_int_equal(entry->index, seen->next++);
    seen->counts[entry->payload]++;
    assert_int_equal(entry->sealed.len,
                     entry->payload == PTN_SERVING_HERE ? entry->header.sealed_len : 0);
    return PTN_OK;
}

static enum ptn_code look_at(struct node *node, bool at_copy, uint64_t first, uint64_t end,
                             bool with_payloads, struct seen *ret_seen)
{
    *ret_seen = (struct seen){ .next = first, .stop = ret_seen->stop };
    return at_copy
               ? ptn_serving_copy_run(node->copy, first, end, with_payloads, look, ret_seen, NULL)
                     .code
               : ptn_serving_run(node->ledger, first, end, with_payloads, look, ret_seen, NULL)
                     .code;
}

/* A third of the entries name no payload. */
static void test_serving__a_run_gives_all_entries_in_order(void **state)
{
    struct node *node = *state;
    struct seen seen = { .stop = SIZE };
    struct ptn_ledger_header header;
    struct ptn_buffer sealed;

    assert_int_equal(look_at(node, false, 0, SIZE, true, &seen), PTN_C_OK);
    assert_int_equal(seen.next, SIZE);
    assert_int_equal(seen.counts[PTN_SERVING_NONE], SIZE / 3);
    assert_int_equal(seen.counts[PTN_SERVING_HERE], SIZE - SIZE / 3);
    assert_int_equal(look_at(node, false, 5, 9, false, &seen), PTN_C_OK);
    assert_int_equal(seen.counts[PTN_SERVING_NONE], 4);
    assert_int_equal(look_at(node, false, 7, 7, true, &seen), PTN_C_OK);
    assert_int_equal(look_at(node, false, 7, 6, true, &seen), PTN_C_NOT_FOUND);
    seen.stop = UINT64_MAX;
    assert_int_equal(look_at(node, false, SIZE - 1, SIZE + 1, true, &seen), PTN_C_CORRUPT);
    assert_int_equal(seen.next, SIZE);
    seen.stop = 300;
    assert_int_equal(look_at(node, false, 100, SIZE, true, &seen), PTN_C_BUSY);
    assert_int_equal(seen.next, 300);
    /* A copy: before it holds anything, without the payloads, and with one of them. */
    seen.stop = SIZE;
    assert_int_equal(look_at(node, true, 0, 1, true, &seen), PTN_C_NOT_FOUND);
    fill(node);
    assert_int_equal(look_at(node, true, 0, SIZE, true, &seen), PTN_C_OK);
    assert_int_equal(seen.counts[PTN_SERVING_GONE], SIZE - SIZE / 3);
    ptn_buffer_init(&sealed, 4096);
    assert_int_equal(ptn_ledger_read_sealed(node->ledger, 100, &header, &sealed, NULL).code,
                     PTN_C_OK);
    assert_int_equal(ptn_copy_put_payload(node->copy, NULL, ptn_buffer_bytes(&sealed), NULL).code,
                     PTN_C_OK);
    assert_int_equal(look_at(node, true, 0, SIZE, true, &seen), PTN_C_OK);
    assert_int_equal(seen.counts[PTN_SERVING_HERE], 1);
    assert_int_equal(look_at(node, true, 100, 101, true, &seen), PTN_C_OK);
    assert_int_equal(seen.counts[PTN_SERVING_HERE], 1);
    assert_int_equal(look_at(node, true, 0, SIZE + 1, true, &seen), PTN_C_NOT_FOUND);
    ptn_buffer_release(&sealed);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_serving__each_path_has_one_form),
        cmocka_unit_test_setup_teardown(test_serving__file_by_file_is_what_the_export_gives, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_serving__what_is_not_signed_is_not_there, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_serving__proofs_hold, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_serving__an_entrys_proof_is_whole, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_serving__a_copy_opens_what_it_holds, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_serving__a_run_gives_all_entries_in_order, set_up,
                                        tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
