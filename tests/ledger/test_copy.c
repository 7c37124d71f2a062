/*
 * tests/ledger/test_copy.c -- copies of a ledger: what is taken, refused, dropped and kept as
 * evidence (COPY-1 to COPY-4), on a disk in memory.
 */
#include "fault_disk.h"
#include "source.h"

#include "ledger/copy_int.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define VFS_NAME "fault-disk"
#define DIR      "/centre"
#define ORIGIN   "postern.example/durres-seaport"

struct setting {
    struct fault_disk *disk;
    struct ptn_world *seeded;
    struct ptn_world world;
    struct ptn_vault *vault;
    struct ptn_vault *keeper;
    struct source *source;
    struct fault_image *empty;
};

static int set_up(void **state)
{
    struct setting *setting = calloc(1, sizeof(*setting));

    assert_non_null(setting);
    setting->disk = fault_disk_new(VFS_NAME);
    setting->seeded = ptn_world_seeded(7, 1790000000000);
    assert_non_null(setting->disk);
    assert_non_null(setting->seeded);
    setting->world = *setting->seeded;
    setting->world.sqlite_vfs_name = VFS_NAME;
    assert_int_equal(setting->world.files->make_dir(setting->world.context, "/post").code,
                     PTN_C_OK);
    assert_int_equal(setting->world.files->make_dir(setting->world.context, "/keeper").code,
                     PTN_C_OK);
    assert_int_equal(ptn_vault_create(&setting->world, "/post", NULL).code, PTN_C_OK);
    assert_int_equal(ptn_vault_open(&setting->world, "/post", &setting->vault, NULL).code,
                     PTN_C_OK);
    assert_int_equal(ptn_vault_create(&setting->world, "/keeper", NULL).code, PTN_C_OK);
    assert_int_equal(ptn_vault_open(&setting->world, "/keeper", &setting->keeper, NULL).code,
                     PTN_C_OK);
    setting->source = source_new(setting->vault, ORIGIN, 0);
    source_grow(setting->source, 1200);
    setting->empty = fault_disk_save(setting->disk);
    *state = setting;
    return 0;
}

static int tear_down(void **state)
{
    struct setting *setting = *state;

    source_free(setting->source);
    fault_image_free(setting->empty);
    ptn_vault_close(setting->vault);
    ptn_vault_close(setting->keeper);
    ptn_world_seeded_free(setting->seeded);
    fault_disk_free(setting->disk);
    free(setting);
    return 0;
}

static struct ptn_copy *open_again(const struct setting *setting)
{
    struct ptn_vkey key = source_key(setting->source);
    struct ptn_copy *copy = NULL;
    struct ptn_diag diag = { 0, NULL };
    struct ptn_status status = ptn_copy_open(&setting->world, DIR, &key, &copy, &diag);

    if (!ptn_ok(status))
        fail_msg("open: %s (%s)", diag.text, ptn_code_word(status.code));
    return copy;
}

static struct ptn_copy *open_new(const struct setting *setting)
{
    fault_disk_load(setting->disk, setting->empty);
    return open_again(setting);
}

static struct ptn_copy_standing standing(const struct ptn_copy *copy)
{
    struct ptn_copy_standing at;

    ptn_copy_standing(copy, &at);
    return at;
}

#define assert_stands(copy, proved, held, pending)                                                 \
    do {                                                                                           \
        struct ptn_copy_standing stands_ = standing(copy);                                         \
        assert_int_equal(stands_.size, proved);                                                    \
        assert_int_equal(stands_.next, held);                                                      \
        assert_int_equal(stands_.pending_size, pending);                                           \
    } while (false)

static enum ptn_code take_note(struct ptn_copy *copy, const struct source *source, uint64_t size,
                               const struct ptn_proof *proof)
{
    struct ptn_buffer note = source_note(source, size);
    enum ptn_code code = ptn_copy_take_checkpoint(copy, ptn_buffer_bytes(&note), proof, NULL).code;

    ptn_buffer_release(&note);
    return code;
}

static enum ptn_code take_entries(struct ptn_copy *copy, const struct source *source,
                                  uint64_t first, uint64_t end)
{
    return ptn_copy_take_entries(copy, first, source_leaves(source, first), (size_t)(end - first),
                                 NULL)
        .code;
}

static enum ptn_code take_payloads(struct ptn_copy *copy, const struct source *source,
                                   uint64_t first, uint64_t end)
{
    return ptn_copy_put_payloads_at(copy, first, source_sealed(source, first),
                                    (size_t)(end - first), NULL)
        .code;
}

static enum ptn_code take_payload(struct ptn_copy *copy, const struct source *source,
                                  uint64_t index)
{
    struct ptn_hash name = source_name(source, index);

    return ptn_copy_put_payload(copy, &name, *source_sealed(source, index), NULL).code;
}

/* All proved entries are the source's, with their payloads. */
static void assert_holds(struct ptn_copy *copy, const struct source *source, bool payloads)
{
    uint64_t size = standing(copy).size;
    struct ptn_hash expected = source_root(source, size);
    struct ptn_buffer sealed;
    struct ptn_hash root;

    assert_int_equal(ptn_copy_root_at(copy, size, &root, NULL).code, PTN_C_OK);
    assert_memory_equal(root.at, expected.at, PTN_HASH_LEN);
    ptn_buffer_init(&sealed, 4096);
    for (uint64_t i = 0; i < size; i++) {
        const struct ptn_bytes *from = source_sealed(source, i);
        struct ptn_ledger_header header;

        ptn_buffer_clear(&sealed);
        assert_int_equal(ptn_copy_read(copy, i, &header, payloads ? &sealed : NULL, NULL).code,
                         PTN_C_OK);
        assert_int_equal(header.has_payload, from->at != NULL);
        assert_true(!payloads || ptn_bytes_equal(ptn_buffer_bytes(&sealed), *from));
    }
    ptn_buffer_release(&sealed);
}

/* The copy keeps count pieces of evidence, and each is good by itself. */
static void assert_evidence(struct ptn_copy *copy, size_t count)
{
    assert_int_equal(standing(copy).evidence_count, count);
    for (size_t i = 0; i < count; i++) {
        struct ptn_buffer file;
        struct ptn_buffer again;
        struct ptn_evidence evidence;
        struct ptn_diag diag = { 0, NULL };

        ptn_buffer_init(&file, PTN_EVIDENCE_LEN_MAX);
        ptn_buffer_init(&again, PTN_EVIDENCE_LEN_MAX);
        assert_int_equal(ptn_copy_evidence(copy, i, &file, NULL).code, PTN_C_OK);
        assert_int_equal(ptn_evidence_parse(ptn_buffer_bytes(&file), &evidence, &diag).code,
                         PTN_C_OK);
        if (!ptn_ok(ptn_evidence_check(&evidence, &diag)))
            fail_msg("evidence: %s", diag.text);
        assert_int_equal(ptn_evidence_write(&again, &evidence).code, PTN_C_OK);
        assert_true(ptn_bytes_equal(ptn_buffer_bytes(&file), ptn_buffer_bytes(&again)));
        ptn_buffer_release(&again);
        ptn_buffer_release(&file);
    }
}

/* ---- filling ---- */

static void test_copy__what_was_signed_is_copied_and_read(void **state)
{
    struct setting *setting = *state;
    struct ptn_copy *copy = open_new(setting);
    struct ptn_proof proof;

    assert_string_equal(ptn_copy_origin(copy), ORIGIN);
    assert_stands(copy, 0, 0, 0);
    assert_int_equal(take_note(copy, setting->source, 300, NULL), PTN_C_OK);
    assert_stands(copy, 0, 0, 300);
    assert_int_equal(take_entries(copy, setting->source, 0, 300), PTN_C_OK);
    assert_stands(copy, 300, 300, 300);
    assert_int_equal(standing(copy).missing, 240);
    assert_int_equal(take_payloads(copy, setting->source, 0, 300), PTN_C_OK);
    assert_int_equal(standing(copy).missing, 0);
    assert_holds(copy, setting->source, true);

    proof = source_consistency(setting->source, 300, 1001);
    assert_int_equal(take_note(copy, setting->source, 1001, &proof), PTN_C_OK);
    assert_int_equal(take_entries(copy, setting->source, 300, 700), PTN_C_OK);
    assert_stands(copy, 300, 700, 1001);
    /* Again and again, and with what is there already. */
    assert_int_equal(take_entries(copy, setting->source, 600, 700), PTN_C_OK);
    assert_int_equal(take_entries(copy, setting->source, 600, 900), PTN_C_OK);
    assert_stands(copy, 300, 900, 1001);
    ptn_copy_close(copy);

    copy = open_again(setting);
    assert_stands(copy, 300, 900, 1001);
    assert_int_equal(take_entries(copy, setting->source, 900, 1001), PTN_C_OK);
    assert_stands(copy, 1001, 1001, 1001);
    assert_int_equal(take_payloads(copy, setting->source, 300, 1001), PTN_C_OK);
    assert_holds(copy, setting->source, true);
    assert_evidence(copy, 0);
    ptn_copy_close(copy);

    copy = open_again(setting);
    assert_stands(copy, 1001, 1001, 1001);
    assert_holds(copy, setting->source, true);
    ptn_copy_close(copy);
}

static void test_copy__packages_are_proved_before_they_are_held(void **state)
{
    struct setting *setting = *state;
    struct ptn_copy *copy = open_new(setting);
    const struct source *source = setting->source;
    struct source *other = source_fork(source, 256, 5);
    const uint64_t size = 1100;

    source_grow(other, size);
    assert_int_equal(take_note(copy, source, 500, NULL), PTN_C_OK);
    assert_int_equal(take_note(copy, source, size, NULL), PTN_C_OK);
    for (uint64_t start = 0; start < size; start += 256) {
        uint64_t end = start + 256 < size ? start + 256 : size;
        /* In the middle of a run too, as after an interruption. */
        uint64_t first = start == 256 ? 300 : start;
        struct ptn_proof proof;

        if (start == 256) {
            proof = source_subtree(source, 256, 300, size);
            assert_int_equal(
                ptn_copy_take_package(copy, 256, source_leaves(source, 256), 44, size, &proof, NULL)
                    .code,
                PTN_C_OK);
            assert_stands(copy, 0, 300, size);
        }
        proof = source_subtree(source, start, end, size);
        if (start > 0) /* other entries with a proof for the right ones */
            assert_int_equal(ptn_copy_take_package(copy, first, source_leaves(other, first),
                                                   (size_t)(end - first), size, &proof, NULL)
                                 .code,
                             PTN_C_BAD_INPUT);
        assert_int_equal(ptn_copy_take_package(copy, first, source_leaves(source, first),
                                               (size_t)(end - first), size, &proof, NULL)
                             .code,
                         PTN_C_OK);
        assert_int_equal(standing(copy).next, end);
        assert_int_equal(standing(copy).size, end == size ? size : end >= 500 ? 500 : 0);
        /* Twice is fine. */
        assert_int_equal(ptn_copy_take_package(copy, first, source_leaves(source, first),
                                               (size_t)(end - first), size, &proof, NULL)
                             .code,
                         PTN_C_OK);
    }
    assert_stands(copy, size, size, size);
    assert_holds(copy, source, false);
    ptn_copy_close(copy);
    source_free(other);
}

static void test_copy__what_no_checkpoint_covers_is_refused(void **state)
{
    struct setting *setting = *state;
    struct ptn_copy *copy = open_new(setting);
    const struct source *source = setting->source;
    struct ptn_proof proof = source_subtree(source, 0, 200, 400);
    struct ptn_bytes bad = PTN_BYTES_LITERAL("no entry");
    struct ptn_ledger_header header;
    struct ptn_hash root;

    assert_int_equal(take_entries(copy, source, 0, 1), PTN_C_TOO_BIG);
    assert_int_equal(take_note(copy, source, 400, NULL), PTN_C_OK);
    assert_int_equal(take_entries(copy, source, 0, 401), PTN_C_TOO_BIG);
    assert_int_equal(take_entries(copy, source, 1, 10), PTN_C_BUSY);
    assert_int_equal(take_entries(copy, source, 0, 0), PTN_C_OK);
    assert_int_equal(ptn_copy_take_entries(copy, 0, &bad, 1, NULL).code, PTN_C_BAD_INPUT);
    assert_int_equal(
        ptn_copy_take_package(copy, 0, source_leaves(source, 0), 200, 399, &proof, NULL).code,
        PTN_C_NOT_FOUND);
    assert_int_equal(
        ptn_copy_take_package(copy, 0, source_leaves(source, 0), 199, 400, &proof, NULL).code,
        PTN_C_BAD_INPUT);
    assert_int_equal(
        ptn_copy_take_package(copy, 0, source_leaves(source, 0), 300, 400, &proof, NULL).code,
        PTN_C_BAD_INPUT);
    assert_int_equal(
        ptn_copy_take_package(copy, 0, source_leaves(source, 0), 0, 400, &proof, NULL).code,
        PTN_C_BAD_INPUT);
    assert_stands(copy, 0, 0, 400);
    assert_int_equal(
        ptn_copy_take_package(copy, 0, source_leaves(source, 0), 200, 400, &proof, NULL).code,
        PTN_C_OK);
    /* Held is not proved. */
    assert_int_equal(ptn_copy_read(copy, 0, &header, NULL, NULL).code, PTN_C_NOT_FOUND);
    assert_int_equal(ptn_copy_root_at(copy, 1, &root, NULL).code, PTN_C_NOT_FOUND);
    ptn_copy_close(copy);
}

/* COPY-1. */
static void test_copy__entries_that_lead_elsewhere_are_dropped(void **state)
{
    struct setting *setting = *state;
    const struct source *source = setting->source;
    struct source *other = source_fork(source, 350, 5);
    struct ptn_copy *copy = open_new(setting);

    source_grow(other, 700);
    assert_int_equal(take_note(copy, source, 300, NULL), PTN_C_OK);
    assert_int_equal(take_note(copy, source, 340, NULL), PTN_C_OK);
    assert_int_equal(take_note(copy, source, 600, NULL), PTN_C_OK);
    assert_int_equal(take_entries(copy, other, 0, 200), PTN_C_OK);
    /* In one batch: two checkpoints fulfilled, the last not. */
    assert_int_equal(take_entries(copy, other, 200, 600), PTN_C_CORRUPT);
    assert_stands(copy, 340, 340, 600);
    assert_int_equal(ptn_copy_state(copy), PTN_LEDGER_READY);
    /* In several. */
    assert_int_equal(take_entries(copy, other, 340, 500), PTN_C_OK);
    ptn_copy_close(copy);
    copy = open_again(setting);
    assert_stands(copy, 340, 500, 600);
    assert_int_equal(take_entries(copy, other, 500, 600), PTN_C_CORRUPT);
    assert_stands(copy, 340, 340, 600);
    assert_int_equal(standing(copy).missing, 272);
    assert_int_equal(take_entries(copy, source, 340, 600), PTN_C_OK);
    assert_stands(copy, 600, 600, 600);
    assert_int_equal(standing(copy).missing, 480);
    assert_holds(copy, source, false);
    assert_evidence(copy, 0);
    ptn_copy_close(copy);
    source_free(other);
}

/* Hashes that were worked out from entries go with them. */
static void test_copy__nothing_is_remembered_of_what_was_dropped(void **state)
{
    struct setting *setting = *state;
    const struct source *source = setting->source;
    struct source *other = source_fork(source, 350, 5);
    struct ptn_copy *copy = open_new(setting);
    struct ptn_hash hashes[4];

    source_grow(other, 700);
    assert_int_equal(take_note(copy, source, 340, NULL), PTN_C_OK);
    assert_int_equal(take_note(copy, source, 600, NULL), PTN_C_OK);
    assert_int_equal(take_entries(copy, other, 0, 500), PTN_C_OK);
    for (unsigned i = 0; i < 2; i++)
        assert_int_equal(ptn_store_subtree(copy->base, 4, 25, &hashes[i]).code, PTN_C_OK);
    assert_true(ptn_hash_equal(&hashes[0], &hashes[1]));
    assert_int_equal(take_entries(copy, other, 500, 600), PTN_C_CORRUPT);
    assert_int_equal(take_entries(copy, source, 340, 600), PTN_C_OK);
    assert_int_equal(ptn_store_subtree(copy->base, 4, 25, &hashes[2]).code, PTN_C_OK);
    ptn_copy_close(copy);
    copy = open_again(setting);
    assert_int_equal(ptn_store_subtree(copy->base, 4, 25, &hashes[3]).code, PTN_C_OK);
    assert_false(ptn_hash_equal(&hashes[2], &hashes[1]));
    assert_true(ptn_hash_equal(&hashes[2], &hashes[3]));
    ptn_copy_close(copy);
    source_free(other);
}

/* ---- checkpoints ---- */

static void test_copy__only_this_ledgers_checkpoints_are_taken(void **state)
{
    struct setting *setting = *state;
    const struct source *source = setting->source;
    struct source *elsewhere = source_new(setting->vault, "postern.example/other", 0);
    struct source *stranger = source_new(setting->keeper, ORIGIN, 0);
    struct ptn_proof proof = source_consistency(source, 100, 300);
    struct ptn_proof none = { 0 };
    struct ptn_copy *copy = open_new(setting);
    struct ptn_buffer note;

    source_grow(elsewhere, 10);
    source_grow(stranger, 10);
    assert_int_equal(take_note(copy, elsewhere, 10, NULL), PTN_C_BAD_INPUT);
    assert_int_equal(take_note(copy, stranger, 10, NULL), PTN_C_BAD_INPUT);
    assert_int_equal(
        ptn_copy_take_checkpoint(copy, PTN_BYTES_LITERAL("nothing\n"), NULL, NULL).code,
        PTN_C_BAD_INPUT);
    assert_int_equal(take_note(copy, source, 0, NULL), PTN_C_OK);
    assert_int_equal(take_note(copy, source, 100, &proof), PTN_C_BAD_INPUT);
    assert_int_equal(take_note(copy, source, 100, &none), PTN_C_OK);
    assert_int_equal(take_note(copy, source, 100, NULL), PTN_C_OK);
    assert_int_equal(take_note(copy, source, 300, &none), PTN_C_BAD_INPUT);
    proof.hashes[1].at[3] ^= 1;
    assert_int_equal(take_note(copy, source, 300, &proof), PTN_C_BAD_INPUT);
    proof.hashes[1].at[3] ^= 1;
    assert_int_equal(take_note(copy, source, 300, &proof), PTN_C_OK);
    /* Between: taken, to be seen on the way. */
    assert_int_equal(take_note(copy, source, 200, NULL), PTN_C_OK);
    assert_int_equal(take_entries(copy, source, 0, 250), PTN_C_OK);
    assert_stands(copy, 200, 250, 300);
    /* Behind what is held: proved at once. */
    assert_int_equal(take_note(copy, source, 240, NULL), PTN_C_OK);
    assert_stands(copy, 240, 250, 300);
    assert_int_equal(take_note(copy, source, 220, NULL), PTN_C_BUSY);
    assert_int_equal(take_note(copy, source, 240, NULL), PTN_C_OK);
    note = source_note(source, 240);
    assert_evidence(copy, 0);
    ptn_buffer_release(&note);
    ptn_copy_close(copy);
    source_free(elsewhere);
    source_free(stranger);
}

static void test_copy__many_checkpoints_ahead_are_bounded(void **state)
{
    struct setting *setting = *state;
    struct ptn_copy *copy = open_new(setting);

    for (uint64_t size = 10; size <= 1000; size += 10)
        assert_int_equal(take_note(copy, setting->source, size, NULL), PTN_C_OK);
    assert_int_equal(take_note(copy, setting->source, 600, NULL), PTN_C_BUSY);
    assert_stands(copy, 0, 0, 1000);
    assert_int_equal(take_entries(copy, setting->source, 0, 680), PTN_C_OK);
    assert_stands(copy, 0, 680, 1000);
    ptn_copy_close(copy);
    copy = open_again(setting);
    assert_int_equal(take_entries(copy, setting->source, 680, 695), PTN_C_OK);
    assert_stands(copy, 690, 695, 1000);
    assert_int_equal(take_entries(copy, setting->source, 695, 1000), PTN_C_OK);
    assert_stands(copy, 1000, 1000, 1000);
    assert_evidence(copy, 0);
    ptn_copy_close(copy);
}

/* ---- forks: COPY-3 ---- */

/* A copy proved to 300 on the source, and a fork of it that shares 128 entries. */
static struct ptn_copy *open_at_300(struct setting *setting, struct source **ret_fork)
{
    struct ptn_copy *copy = open_new(setting);

    *ret_fork = source_fork(setting->source, 128, 9);
    source_grow(*ret_fork, 1200);
    assert_int_equal(take_note(copy, setting->source, 300, NULL), PTN_C_OK);
    assert_int_equal(take_entries(copy, setting->source, 0, 300), PTN_C_OK);
    return copy;
}

static void test_copy__two_roots_of_one_size_are_evidence(void **state)
{
    struct setting *setting = *state;
    struct source *fork;
    struct ptn_copy *copy = open_at_300(setting, &fork);

    assert_int_equal(take_note(copy, fork, 128, NULL), PTN_C_BUSY);
    assert_int_equal(take_note(copy, fork, 300, NULL), PTN_C_CORRUPT);
    assert_evidence(copy, 1);
    assert_int_equal(take_note(copy, fork, 300, NULL), PTN_C_CORRUPT);
    assert_evidence(copy, 1); /* the same once */
    /* Of one that is only accepted. */
    assert_int_equal(take_note(copy, setting->source, 500, NULL), PTN_C_OK);
    assert_int_equal(take_note(copy, fork, 500, NULL), PTN_C_CORRUPT);
    assert_evidence(copy, 2);
    /* What is held goes on along its own history. */
    assert_int_equal(take_entries(copy, setting->source, 300, 500), PTN_C_OK);
    assert_stands(copy, 500, 500, 500);
    ptn_copy_close(copy);
    copy = open_again(setting);
    assert_evidence(copy, 2);
    ptn_copy_close(copy);
    source_free(fork);
}

static void test_copy__another_past_is_evidence(void **state)
{
    struct setting *setting = *state;
    struct source *fork;
    struct ptn_copy *copy = open_at_300(setting, &fork);
    struct ptn_proof proof = source_consistency(fork, 300, 900);
    struct ptn_hash root = source_root(fork, 300);
    struct ptn_buffer note = source_note(fork, 900);

    /* Smaller than what is proved: the own tree proves it, whatever the size. */
    for (uint64_t size = 129; size < 300; size += 17)
        assert_int_equal(take_note(copy, fork, size, NULL), PTN_C_CORRUPT);
    assert_evidence(copy, 11);
    /* Larger, with the proof that fits it. */
    assert_int_equal(take_note(copy, fork, 900, &proof), PTN_C_CORRUPT);
    assert_evidence(copy, 12);
    assert_stands(copy, 300, 300, 300);
    /* The same said otherwise is the same evidence. */
    assert_int_equal(ptn_copy_accuse(copy, ptn_buffer_bytes(&note), 300, &root, &proof, NULL).code,
                     PTN_C_CORRUPT);
    assert_evidence(copy, 12);
    assert_int_equal(ptn_copy_accuse(copy, ptn_buffer_bytes(&note), 299, &root, &proof, NULL).code,
                     PTN_C_NOT_FOUND);
    root.at[0] ^= 1;
    assert_int_equal(ptn_copy_accuse(copy, ptn_buffer_bytes(&note), 300, &root, &proof, NULL).code,
                     PTN_C_BAD_INPUT);
    ptn_buffer_release(&note);
    note = source_note(setting->source, 900);
    root = source_root(setting->source, 300);
    proof = source_consistency(setting->source, 300, 900);
    assert_int_equal(ptn_copy_accuse(copy, ptn_buffer_bytes(&note), 300, &root, &proof, NULL).code,
                     PTN_C_OK);
    assert_evidence(copy, 12);
    ptn_buffer_release(&note);
    ptn_copy_close(copy);
    source_free(fork);
}

/* A proof from a power of two does not tell the old root: the accuser does. */
static void test_copy__an_accuser_tells_the_root_of_a_power_of_two(void **state)
{
    struct setting *setting = *state;
    struct source *fork = source_fork(setting->source, 100, 3);
    struct ptn_copy *copy = open_new(setting);
    struct ptn_proof proof;
    struct ptn_proof none = { 0 };
    struct ptn_buffer note;
    struct ptn_hash root;

    source_grow(fork, 700);
    assert_int_equal(take_note(copy, setting->source, 256, NULL), PTN_C_OK);
    assert_int_equal(take_entries(copy, setting->source, 0, 256), PTN_C_OK);
    proof = source_consistency(fork, 256, 700);
    note = source_note(fork, 700);
    root = source_root(fork, 256);
    assert_int_equal(ptn_copy_take_checkpoint(copy, ptn_buffer_bytes(&note), &proof, NULL).code,
                     PTN_C_BAD_INPUT);
    assert_evidence(copy, 0);
    assert_int_equal(ptn_copy_accuse(copy, ptn_buffer_bytes(&note), 256, &root, &proof, NULL).code,
                     PTN_C_CORRUPT);
    assert_evidence(copy, 1);
    ptn_buffer_release(&note);
    note = source_note(fork, 256);
    assert_int_equal(ptn_copy_accuse(copy, ptn_buffer_bytes(&note), 256, &root, &none, NULL).code,
                     PTN_C_CORRUPT);
    assert_evidence(copy, 2);
    ptn_buffer_release(&note);
    ptn_copy_close(copy);
    source_free(fork);
}

/* Checkpoints of both histories were accepted before the entries came: those decide. */
static void test_copy__entries_decide_between_two_histories(void **state)
{
    struct setting *setting = *state;
    struct source *fork;
    struct ptn_copy *copy = open_at_300(setting, &fork);

    assert_int_equal(take_note(copy, fork, 450, NULL), PTN_C_OK);
    assert_int_equal(take_note(copy, setting->source, 460, NULL), PTN_C_OK);
    assert_int_equal(take_note(copy, fork, 600, NULL), PTN_C_OK);
    assert_int_equal(take_note(copy, setting->source, 800, NULL), PTN_C_OK);
    assert_int_equal(take_entries(copy, setting->source, 300, 455), PTN_C_OK);
    assert_stands(copy, 300, 455, 800);
    assert_evidence(copy, 0);
    assert_int_equal(take_entries(copy, setting->source, 455, 500), PTN_C_CORRUPT);
    assert_stands(copy, 460, 500, 800);
    assert_evidence(copy, 1);
    assert_int_equal(take_entries(copy, setting->source, 500, 700), PTN_C_OK);
    ptn_copy_close(copy);
    copy = open_again(setting);
    assert_stands(copy, 460, 700, 800);
    assert_int_equal(take_entries(copy, setting->source, 700, 800), PTN_C_CORRUPT);
    assert_stands(copy, 800, 800, 800);
    assert_evidence(copy, 2);
    assert_holds(copy, setting->source, false);
    ptn_copy_close(copy);
    source_free(fork);
}

static void test_copy__a_beginning_that_is_none_is_evidence(void **state)
{
    static const char text[] = ORIGIN "\n0\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";
    struct setting *setting = *state;
    struct ptn_copy *copy = open_new(setting);
    struct ptn_buffer note;

    ptn_buffer_init(&note, 4096);
    assert_int_equal(ptn_note_sign(setting->vault, PTN_ROLE_LEDGER, PTN_BYTES_LITERAL(ORIGIN),
                                   ptn_bytes_from_text(text), &note, NULL)
                         .code,
                     PTN_C_OK);
    assert_int_equal(ptn_copy_take_checkpoint(copy, ptn_buffer_bytes(&note), NULL, NULL).code,
                     PTN_C_CORRUPT);
    assert_evidence(copy, 1);
    assert_int_equal(take_note(copy, setting->source, 10, NULL), PTN_C_OK);
    assert_int_equal(take_entries(copy, setting->source, 0, 10), PTN_C_OK);
    assert_int_equal(ptn_copy_take_checkpoint(copy, ptn_buffer_bytes(&note), NULL, NULL).code,
                     PTN_C_CORRUPT);
    assert_evidence(copy, 2);
    ptn_buffer_release(&note);
    ptn_copy_close(copy);
}

/* A disk that lost its database does not follow another history when it is filled again. */
static void test_copy__a_lost_database_is_filled_again_along_the_same_history(void **state)
{
    struct setting *setting = *state;
    struct source *fork;
    struct ptn_copy *copy = open_at_300(setting, &fork);
    struct ptn_vkey key = source_key(setting->source);
    struct ptn_hash digest;
    char path[160] = DIR "/copy-";
    size_t len = strlen(path);
    sqlite3_vfs *vfs = sqlite3_vfs_find(VFS_NAME);

    ptn_copy_close(copy);
    assert_int_equal(ptn_sha256(&key.name, 1, digest.at).code, PTN_C_OK);
    for (size_t i = 0; i < PTN_HASH_LEN; i++, len += 2)
        (void)snprintf(path + len, sizeof(path) - len, "%02x", digest.at[i]);
    (void)snprintf(path + len, sizeof(path) - len, ".sqlite");
    assert_int_equal(vfs->xDelete(vfs, path, 0), SQLITE_OK);
    copy = open_again(setting);
    assert_stands(copy, 0, 0, 300);
    assert_int_equal(take_entries(copy, fork, 0, 300), PTN_C_CORRUPT);
    assert_int_equal(take_note(copy, fork, 400, NULL), PTN_C_OK);
    assert_int_equal(take_entries(copy, fork, 0, 400), PTN_C_CORRUPT); /* the fork is seen */
    assert_evidence(copy, 1);
    ptn_copy_close(copy);
    source_free(fork);
}

/* ---- payloads ---- */

static void test_copy__payloads_may_come_first_or_last(void **state)
{
    struct setting *setting = *state;
    const struct source *source = setting->source;
    struct ptn_copy *copy = open_new(setting);
    struct ptn_ledger_header header;
    struct ptn_buffer sealed;
    struct ptn_hash wrong = source_name(source, 1);
    struct ptn_bytes two[2] = { PTN_BYTES_NONE, *source_sealed(source, 0) };
    uint64_t index = 0;

    ptn_buffer_init(&sealed, 4096);
    for (uint64_t i = 0; i < 4; i++)
        assert_int_equal(take_payload(copy, source, i), PTN_C_OK);
    assert_int_equal(take_payload(copy, source, 2), PTN_C_OK);
    assert_int_equal(standing(copy).waiting_len, 100 + 107 + 114 + 121);
    assert_int_equal(ptn_copy_put_payload(copy, &wrong, *source_sealed(source, 2), NULL).code,
                     PTN_C_BAD_INPUT);
    assert_int_equal(ptn_copy_put_payload(copy, &wrong, PTN_BYTES_NONE, NULL).code, PTN_C_TOO_BIG);
    assert_int_equal(take_note(copy, source, 8, NULL), PTN_C_OK);
    assert_int_equal(take_entries(copy, source, 0, 8), PTN_C_OK);
    assert_int_equal(standing(copy).missing, 3);
    assert_int_equal(standing(copy).waiting_len, 0);
    for (uint64_t i = 0; i < 4; i++)
        assert_int_equal(ptn_copy_read(copy, i, &header, &sealed, NULL).code, PTN_C_OK);
    assert_int_equal(sealed.len, 100 + 107 + 114 + 121);
    assert_int_equal(ptn_copy_read(copy, 5, &header, &sealed, NULL).code, PTN_C_NOT_FOUND);
    assert_int_equal(ptn_copy_read(copy, 5, &header, NULL, NULL).code, PTN_C_OK);
    assert_int_equal(ptn_copy_read(copy, 4, &header, &sealed, NULL).code, PTN_C_OK);
    assert_int_equal(ptn_copy_next_missing(copy, 0, &index, NULL).code, PTN_C_OK);
    assert_int_equal(index, 5);
    /* By name, to the entry that wants it; and by place. */
    assert_int_equal(take_payload(copy, source, 6), PTN_C_OK);
    assert_int_equal(standing(copy).waiting_len, 0);
    assert_int_equal(ptn_copy_put_payloads_at(copy, 4, two, 2, NULL).code, PTN_C_BAD_INPUT);
    assert_int_equal(ptn_copy_put_payloads_at(copy, 3, two, 2, NULL).code, PTN_C_BAD_INPUT);
    assert_int_equal(take_payloads(copy, source, 0, 9), PTN_C_NOT_FOUND);
    assert_int_equal(standing(copy).missing, 2);
    assert_int_equal(ptn_copy_next_missing(copy, 6, &index, NULL).code, PTN_C_OK);
    assert_int_equal(index, 7);
    ptn_copy_close(copy);

    copy = open_again(setting);
    assert_int_equal(standing(copy).missing, 2);
    assert_int_equal(take_payloads(copy, source, 0, 8), PTN_C_OK);
    assert_int_equal(standing(copy).missing, 0);
    assert_int_equal(ptn_copy_next_missing(copy, 0, &index, NULL).code, PTN_C_NOT_FOUND);
    assert_holds(copy, source, true);
    ptn_copy_close(copy);
    ptn_buffer_release(&sealed);
}

/* KEEP-6. */
static void test_copy__waiting_payloads_are_bounded(void **state)
{
    struct setting *setting = *state;
    struct ptn_copy *copy = open_new(setting);
    size_t len = (size_t)8 << 20;
    uint8_t *at = calloc(len, 1);

    assert_non_null(at);
    for (uint8_t i = 0; i < 20; i++) {
        struct ptn_bytes sealed = { at, len };
        struct ptn_hash name;

        at[0] = i;
        assert_int_equal(ptn_sha256(&sealed, 1, name.at).code, PTN_C_OK);
        assert_int_equal(ptn_copy_put_payload(copy, &name, sealed, NULL).code, PTN_C_OK);
        assert_true(standing(copy).waiting_len <= PTN_COPY_WAITING_MAX);
    }
    assert_int_equal(standing(copy).waiting_len, PTN_COPY_WAITING_MAX);
    free(at);
    ptn_copy_close(copy);
}

/* ---- cosigned checkpoints: COPY-4 ---- */

static enum ptn_code cosign(struct setting *setting, struct ptn_copy *copy,
                            const struct source *source, uint64_t size)
{
    struct ptn_buffer note = source_note(source, size);
    struct ptn_buffer line;
    enum ptn_code code;

    ptn_buffer_init(&line, 1024);
    assert_int_equal(ptn_cosignature_sign(setting->keeper, PTN_ROLE_NODE,
                                          PTN_BYTES_LITERAL("postern.example/keeper"),
                                          ptn_buffer_bytes(&note), 1790000000, &line, NULL)
                         .code,
                     PTN_C_OK);
    assert_int_equal(ptn_buffer_add(&note, ptn_buffer_bytes(&line)).code, PTN_C_OK);
    code = ptn_copy_cosign(copy, ptn_buffer_bytes(&note), NULL).code;
    ptn_buffer_release(&line);
    ptn_buffer_release(&note);
    return code;
}

static void test_copy__cosigned_checkpoints_never_go_back(void **state)
{
    struct setting *setting = *state;
    struct source *fork;
    struct ptn_copy *copy = open_at_300(setting, &fork);
    struct ptn_buffer note;
    struct ptn_note parsed;

    ptn_buffer_init(&note, PTN_COPY_NOTE_MAX);
    assert_int_equal(ptn_copy_cosigned(copy, &note, NULL).code, PTN_C_NOT_FOUND);
    assert_int_equal(cosign(setting, copy, setting->source, 301), PTN_C_NOT_FOUND);
    assert_int_equal(cosign(setting, copy, setting->source, 200), PTN_C_OK);
    assert_int_equal(cosign(setting, copy, setting->source, 300), PTN_C_OK);
    assert_int_equal(cosign(setting, copy, setting->source, 250), PTN_C_BUSY);
    assert_int_equal(cosign(setting, copy, fork, 299), PTN_C_CORRUPT);
    assert_evidence(copy, 1);
    ptn_copy_close(copy);
    copy = open_again(setting);
    assert_int_equal(standing(copy).cosigned_size, 300);
    assert_int_equal(ptn_copy_cosigned(copy, &note, NULL).code, PTN_C_OK);
    assert_int_equal(ptn_note_parse(ptn_buffer_bytes(&note), &parsed, NULL).code, PTN_C_OK);
    assert_int_equal(parsed.signature_count, 2);
    assert_int_equal(cosign(setting, copy, setting->source, 299), PTN_C_BUSY);
    ptn_buffer_release(&note);
    ptn_copy_close(copy);
    source_free(fork);
}

/* ---- opening ---- */

static void test_copy__one_at_a_time(void **state)
{
    struct setting *setting = *state;
    struct ptn_copy *copy = open_new(setting);
    struct ptn_vkey key = source_key(setting->source);
    struct ptn_vkey cosigner;
    struct ptn_copy *second = NULL;

    assert_int_equal(ptn_copy_open(&setting->world, DIR, &key, &second, NULL).code, PTN_C_BUSY);
    assert_null(second);
    ptn_copy_close(copy);
    assert_int_equal(ptn_vkey_make_cosigner(key.name, key.public_key, &cosigner).code, PTN_C_OK);
    assert_int_equal(ptn_copy_open(&setting->world, DIR, &cosigner, &second, NULL).code,
                     PTN_C_BAD_INPUT);
    /* Another key under the same name: what is proved is not that one's. */
    copy = open_again(setting);
    assert_int_equal(take_note(copy, setting->source, 10, NULL), PTN_C_OK);
    assert_int_equal(take_entries(copy, setting->source, 0, 10), PTN_C_OK);
    ptn_copy_close(copy);
    assert_int_equal(
        ptn_vkey_make(key.name, ptn_vault_public_key(setting->keeper, PTN_ROLE_LEDGER), &cosigner)
            .code,
        PTN_C_OK);
    assert_int_equal(ptn_copy_open(&setting->world, DIR, &cosigner, &second, NULL).code,
                     PTN_C_CORRUPT);
    assert_null(second);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_copy__what_was_signed_is_copied_and_read),
        cmocka_unit_test(test_copy__packages_are_proved_before_they_are_held),
        cmocka_unit_test(test_copy__what_no_checkpoint_covers_is_refused),
        cmocka_unit_test(test_copy__entries_that_lead_elsewhere_are_dropped),
        cmocka_unit_test(test_copy__nothing_is_remembered_of_what_was_dropped),
        cmocka_unit_test(test_copy__only_this_ledgers_checkpoints_are_taken),
        cmocka_unit_test(test_copy__many_checkpoints_ahead_are_bounded),
        cmocka_unit_test(test_copy__two_roots_of_one_size_are_evidence),
        cmocka_unit_test(test_copy__another_past_is_evidence),
        cmocka_unit_test(test_copy__an_accuser_tells_the_root_of_a_power_of_two),
        cmocka_unit_test(test_copy__entries_decide_between_two_histories),
        cmocka_unit_test(test_copy__a_beginning_that_is_none_is_evidence),
        cmocka_unit_test(test_copy__a_lost_database_is_filled_again_along_the_same_history),
        cmocka_unit_test(test_copy__payloads_may_come_first_or_last),
        cmocka_unit_test(test_copy__waiting_payloads_are_bounded),
        cmocka_unit_test(test_copy__cosigned_checkpoints_never_go_back),
        cmocka_unit_test(test_copy__one_at_a_time),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
