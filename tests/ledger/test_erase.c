/*
 * tests/ledger/test_erase.c -- payloads deleted by an order's name, from a ledger and from a copy:
 * they are gone from every file, everything else is as it was, proofs included, and no failure of
 * the disk leaves half of it.
 */
#include "fault_disk.h"
#include "source.h"

#include "base/world.h"
#include "ledger/copy.h"
#include "ledger/ledger_int.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define VFS_NAME  "erase-disk"
#define DIR       "/node"
#define KEEPER    "/keeper"
#define ORIGIN    "postern.example/erase"
#define BASE_SIZE 300u
#define PUBLIC_AT 9u
#define BARE_AT   4u

static const struct ptn_hash order = { { 1, 2, 3 } };

struct setting {
    struct fault_disk *disk;
    struct ptn_world *seeded;
    struct ptn_world world;
    struct ptn_vault *vault;
    struct fault_image *image; /* a closed ledger of BASE_SIZE entries */
    struct source *source;     /* another one, to copy */
};

/* ---- a ledger ---- */

static struct ptn_bytes text_of(uint64_t seq, char text[32])
{
    if (seq % 50 == BARE_AT)
        return PTN_BYTES_NONE;
    (void)snprintf(text, 32, "payload number %04u", (unsigned)seq);
    return ptn_bytes_from_text(text);
}

static struct ptn_status append(struct ptn_ledger *ledger, uint64_t from, size_t count)
{
    struct ptn_ledger_entry *entries = calloc(count, sizeof(*entries));
    char(*texts)[32] = calloc(count, sizeof(*texts));
    uint64_t first = 0;
    struct ptn_status status;

    assert_non_null(entries);
    assert_non_null(texts);
    for (size_t i = 0; i < count; i++)
        entries[i] =
            (struct ptn_ledger_entry){ .kind = 1,
                                       .time_ms = 1790000000000,
                                       .retention = from + i == PUBLIC_AT ? PTN_RETENTION_PUBLIC
                                                                          : PTN_RETENTION_CROSSING,
                                       .payload = text_of(from + i, texts[i]) };
    status = ptn_ledger_append(ledger, entries, count, &first, NULL);
    free(entries);
    free(texts);
    return status;
}

static struct ptn_ledger *open_ledger(const struct setting *setting)
{
    struct ptn_ledger *ledger = NULL;
    struct ptn_diag diag = { 0, NULL };

    if (!ptn_ok(ptn_ledger_open(&setting->world, setting->vault, DIR, &ledger, &diag)))
        fail_msg("open: %s", diag.text);
    return ledger;
}

static struct ptn_ledger *open_new(const struct setting *setting)
{
    fault_disk_load(setting->disk, setting->image);
    return open_ledger(setting);
}

static struct ptn_erasure erasure_of(struct ptn_ledger *ledger, uint64_t index)
{
    struct ptn_ledger_header header;

    assert_true(ptn_ok(ptn_ledger_read(ledger, index, &header, NULL, NULL)));
    return (struct ptn_erasure){ index, header.sealed_sha256 };
}

/* Entry by entry: the payload that was sealed, or none where the mask says erased. */
static void assert_holds(struct ptn_ledger *ledger, uint64_t size, bool (*gone)(uint64_t seq))
{
    struct ptn_buffer payload;

    ptn_buffer_init(&payload, 1000);
    for (uint64_t seq = 0; seq < size; seq++) {
        char text[32];
        struct ptn_bytes expected = text_of(seq, text);
        struct ptn_ledger_header header;
        struct ptn_status status;

        ptn_buffer_clear(&payload);
        status = ptn_ledger_read(ledger, seq, &header, &payload, NULL);
        assert_int_equal(status.code, gone(seq) ? PTN_C_NOT_FOUND : PTN_C_OK);
        if (ptn_ok(status))
            assert_true(ptn_bytes_equal(ptn_buffer_bytes(&payload), expected));
    }
    ptn_buffer_release(&payload);
}

static struct ptn_ledger_verdict verify(struct ptn_ledger *ledger, const struct setting *setting)
{
    struct ptn_ledger_verdict verdict = { .size = 0 };
    struct ptn_diag diag = { 0, NULL };
    struct ptn_vkey key;

    assert_true(ptn_ok(ptn_vkey_make(PTN_BYTES_LITERAL(ORIGIN),
                                     ptn_vault_public_key(setting->vault, PTN_ROLE_LEDGER), &key)));
    if (!ptn_ok(ptn_ledger_verify(ledger, &key, &verdict, &diag)))
        fail_msg("verify: %s at %zu", diag.text, diag.offset);
    return verdict;
}

static bool is_seven_or_twelve(uint64_t seq)
{
    return seq == 7 || seq == 12;
}

static bool is_none(uint64_t seq)
{
    (void)seq;
    return false;
}

/* How often the bytes stand in any file of the ledger. */
static size_t count_on_disk(const struct setting *setting, struct ptn_bytes bytes)
{
    static const char *const names[] = { DIR "/ledger.sqlite", DIR "/ledger.sqlite-wal",
                                         DIR "/ledger.head", DIR "/ledger.reserve" };
    size_t found = 0;

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        size_t len = 0;
        const uint8_t *at = fault_disk_bytes(setting->disk, names[i], &len);

        while (at != NULL && (at = memmem(at, len, bytes.at, bytes.len)) != NULL) {
            const uint8_t *start = fault_disk_bytes(setting->disk, names[i], &len);

            found++;
            at++;
            len -= (size_t)(at - start);
        }
    }
    return found;
}

/* The name is kept, and so is every proof: LEDGER-6. */
static void test_erase__payloads_go_and_proofs_stay(void **state)
{
    struct setting *setting = *state;
    struct ptn_ledger *ledger = open_new(setting);
    struct ptn_erasure erasures[2];
    struct ptn_buffer before;
    struct ptn_buffer after;
    struct ptn_buffer sealed;
    struct ptn_hash by;
    uint64_t erased = 9;
    uint64_t index = 0;

    ptn_buffer_init(&before, 100000);
    ptn_buffer_init(&after, 100000);
    ptn_buffer_init(&sealed, 1000);
    assert_true(ptn_ok(append(ledger, BASE_SIZE, 3)));
    assert_int_equal(ptn_ledger_erased(ledger, 0, &index, &by, NULL).code, PTN_C_NOT_FOUND);
    assert_true(ptn_ok(ptn_ledger_receipt(ledger, 7, &before, NULL)));
    {
        sqlite3_stmt *row = ptn_store_query(ledger, PTN_LEDGER_GET_PAYLOADS, 7, 8, 0);

        assert_int_equal(sqlite3_step(row), SQLITE_ROW);
        assert_true(ptn_ok(ptn_buffer_add(&sealed, ptn_store_blob(row, 1))));
        (void)sqlite3_reset(row);
    }
    assert_true(count_on_disk(setting, ptn_buffer_bytes(&sealed)) > 0);
    erasures[0] = erasure_of(ledger, 7);
    erasures[1] = erasure_of(ledger, 12);
    assert_true(ptn_ok(ptn_ledger_erase(ledger, erasures, 2, &order, &erased, NULL)));
    assert_int_equal(erased, 2);
    assert_holds(ledger, BASE_SIZE, is_seven_or_twelve);
    assert_int_equal(count_on_disk(setting, ptn_buffer_bytes(&sealed)), 0);
    assert_true(ptn_ok(ptn_ledger_receipt(ledger, 7, &after, NULL)));
    assert_true(ptn_bytes_equal(ptn_buffer_bytes(&before), ptn_buffer_bytes(&after)));
    assert_int_equal(verify(ledger, setting).erased, 2);
    assert_int_equal(verify(ledger, setting).lost, 0);
    /* Again, and one more: what is gone already is not counted twice. */
    assert_true(ptn_ok(ptn_ledger_erase(ledger, erasures, 2, &order, &erased, NULL)));
    assert_int_equal(erased, 0);
    assert_true(ptn_ok(append(ledger, BASE_SIZE + 3, 5)));
    ptn_ledger_close(ledger);
    ledger = open_ledger(setting);
    assert_holds(ledger, BASE_SIZE + 8, is_seven_or_twelve);
    assert_true(ptn_ok(ptn_ledger_erased(ledger, 0, &index, &by, NULL)));
    assert_int_equal(index, 7);
    assert_memory_equal(by.at, order.at, PTN_HASH_LEN);
    assert_true(ptn_ok(ptn_ledger_erased(ledger, 8, &index, &by, NULL)));
    assert_int_equal(index, 12);
    assert_int_equal(ptn_ledger_erased(ledger, 13, &index, &by, NULL).code, PTN_C_NOT_FOUND);
    assert_int_equal(verify(ledger, setting).lost, 0);
    ptn_ledger_close(ledger);
    ptn_buffer_release(&before);
    ptn_buffer_release(&after);
    ptn_buffer_release(&sealed);
}

/* LEDGER-6. */
static void test_erase__a_wrong_list_erases_nothing(void **state)
{
    struct setting *setting = *state;
    struct ptn_ledger *ledger = open_new(setting);
    struct ptn_ledger *reader = NULL;
    struct ptn_erasure good = erasure_of(ledger, 7);
    struct ptn_erasure wrong[5] = { good,
                                    erasure_of(ledger, PUBLIC_AT),
                                    { BARE_AT, { { 0 } } },
                                    { BASE_SIZE, good.sealed_sha256 },
                                    { 8, good.sealed_sha256 } };
    struct ptn_erasure *many = calloc(PTN_LEDGER_BATCH_MAX + 1, sizeof(*many));
    uint64_t erased = 0;

    assert_non_null(many);
    wrong[0].sealed_sha256.at[31] ^= 1;
    for (size_t i = 0; i < 5; i++) {
        struct ptn_erasure list[2] = { good, wrong[i] };
        struct ptn_diag diag = { 9, NULL };

        assert_int_equal(ptn_ledger_erase(ledger, list, 2, &order, &erased, &diag).code,
                         i == 1 ? PTN_C_BAD_INPUT : PTN_C_NOT_FOUND);
        assert_int_equal(diag.offset, 1);
    }
    assert_int_equal(
        ptn_ledger_erase(ledger, many, PTN_LEDGER_BATCH_MAX + 1, &order, &erased, NULL).code,
        PTN_C_TOO_BIG);
    assert_holds(ledger, BASE_SIZE, is_none);
    assert_int_equal(verify(ledger, setting).erased, 0);
    assert_true(
        ptn_ok(ptn_ledger_open_reader(&setting->world, setting->vault, DIR, &reader, NULL)));
    assert_int_equal(ptn_ledger_erase(reader, &good, 1, &order, &erased, NULL).code,
                     PTN_C_BAD_INPUT);
    /* A reader beside the writer learns of it, and does not hold it up. */
    assert_true(ptn_ok(ptn_ledger_erase(ledger, &good, 1, &order, &erased, NULL)));
    assert_int_equal(verify(reader, setting).erased, 1);
    assert_int_equal(verify(reader, setting).lost, 0);
    ptn_ledger_close(reader);
    ptn_ledger_close(ledger);
    free(many);
}

/* LEDGER-6. */
static void test_erase__what_no_order_explains_is_lost(void **state)
{
    struct setting *setting = *state;
    struct ptn_ledger *ledger = open_new(setting);
    struct ptn_erasure erasure = erasure_of(ledger, 7);
    uint64_t erased = 0;

    assert_true(ptn_ok(ptn_ledger_erase(ledger, &erasure, 1, &order, &erased, NULL)));
    assert_int_equal(
        sqlite3_exec(ledger->writer, "DELETE FROM payload WHERE seq IN (7, 11)", NULL, NULL, NULL),
        SQLITE_OK);
    assert_int_equal(verify(ledger, setting).erased, 2);
    assert_int_equal(verify(ledger, setting).lost, 1);
    ptn_ledger_close(ledger);
}

static void test_erase__payloads_are_found_by_name_in_strides(void **state)
{
    struct setting *setting = *state;
    struct ptn_ledger *ledger = open_new(setting);
    struct ptn_hash names[4];
    struct ptn_erasure found[4];
    const uint64_t wanted[3] = { 1, 4500, 8300 };
    uint64_t next = 0;
    size_t count = 0;
    size_t all = 0;
    unsigned calls = 0;

    assert_true(ptn_ok(append(ledger, BASE_SIZE, 4096)));
    assert_true(ptn_ok(append(ledger, BASE_SIZE + 4096, 4096)));
    for (size_t i = 0; i < 3; i++)
        names[i] = erasure_of(ledger, wanted[i]).sealed_sha256;
    memset(names[3].at, 0xab, PTN_HASH_LEN);
    for (size_t i = 0; i < 4; i++) /* ascending */
        for (size_t k = 0; k < i; k++)
            if (memcmp(names[k].at, names[i].at, PTN_HASH_LEN) > 0) {
                struct ptn_hash swapped = names[k];

                names[k] = names[i];
                names[i] = swapped;
            }
    while (next < BASE_SIZE + 8192) {
        assert_true(ptn_ok(ptn_ledger_find_payloads(ledger, names, 4, next, found + all, 4 - all,
                                                    &count, &next, NULL)));
        for (size_t i = 0; i < count; i++)
            assert_int_equal(found[all + i].index, wanted[all + i]);
        all += count;
        calls++;
    }
    assert_int_equal(all, 3);
    assert_int_equal(calls, 3);
    /* Room for one: it stops there and goes on after it. */
    assert_true(
        ptn_ok(ptn_ledger_find_payloads(ledger, names, 4, 0, found, 1, &count, &next, NULL)));
    assert_int_equal(count, 1);
    assert_int_equal(next, 2);
    assert_true(
        ptn_ok(ptn_ledger_find_payloads(ledger, names, 4, 99999, found, 1, &count, &next, NULL)));
    assert_int_equal(count, 0);
    ptn_ledger_close(ledger);
}

/* Every operation of the disk fails in turn: both payloads are there or both are gone, and gone
 * when it was said; what comes after is as ever. */
static void loop(struct setting *setting, enum fault_mode mode, unsigned long step)
{
    bool fired = true;
    unsigned gone_count = 0;
    unsigned kept_count = 0;

    for (unsigned long nth = 1; fired; nth += step) {
        struct ptn_ledger *ledger = open_new(setting);
        struct ptn_erasure erasures[2] = { erasure_of(ledger, 7), erasure_of(ledger, 12) };
        struct ptn_ledger_header header;
        struct ptn_buffer payload;
        uint64_t erased = 0;
        struct ptn_status status;
        bool gone;

        fault_disk_arm(setting->disk, mode, nth, mode == FAULT_POWER);
        status = ptn_ledger_erase(ledger, erasures, 2, &order, &erased, NULL);
        if (ptn_ok(status) && mode != FAULT_POWER)
            status = append(ledger, BASE_SIZE, 1);
        ptn_ledger_close(ledger);
        fired = fault_disk_off(setting->disk);
        if (mode == FAULT_POWER)
            fault_disk_restart(setting->disk, nth);
        ledger = open_ledger(setting);
        ptn_buffer_init(&payload, 1000);
        gone = ptn_ledger_read(ledger, 7, &header, &payload, NULL).code == PTN_C_NOT_FOUND;
        ptn_buffer_release(&payload);
        assert_true(gone || !ptn_ok(status));
        assert_holds(ledger, BASE_SIZE, gone ? is_seven_or_twelve : is_none);
        assert_int_equal(verify(ledger, setting).lost, 0);
        gone_count += gone ? 1 : 0;
        kept_count += gone ? 0 : 1;
        ptn_ledger_close(ledger);
    }
    if (mode != FAULT_SHORT_READ) /* not much is read */
        assert_true(kept_count > 0);
    assert_true(gone_count > 0);
}

static void test_erase__an_io_error_leaves_no_half(void **state)
{
    loop(*state, FAULT_ERROR, 1);
    loop(*state, FAULT_SHORT_READ, 2);
}

static void test_erase__a_full_disk_leaves_no_half(void **state)
{
    loop(*state, FAULT_FULL, 1);
}

static void test_erase__a_power_cut_leaves_no_half(void **state)
{
    loop(*state, FAULT_POWER, 1);
}

/* ---- a copy ---- */

static struct ptn_copy *copy_source(const struct setting *setting, uint64_t payload_count)
{
    struct ptn_vkey key = source_key(setting->source);
    uint64_t size = source_size(setting->source);
    struct ptn_buffer note = source_note(setting->source, size);
    struct ptn_copy *copy = NULL;

    fault_disk_load(setting->disk, setting->image);
    assert_true(ptn_ok(ptn_copy_open(&setting->world, KEEPER, &key, &copy, NULL)));
    assert_true(ptn_ok(ptn_copy_take_checkpoint(copy, ptn_buffer_bytes(&note), NULL, NULL)));
    assert_true(ptn_ok(
        ptn_copy_take_entries(copy, 0, source_leaves(setting->source, 0), (size_t)size, NULL)));
    assert_true(ptn_ok(ptn_copy_put_payloads_at(copy, 0, source_sealed(setting->source, 0),
                                                (size_t)payload_count, NULL)));
    ptn_buffer_release(&note);
    return copy;
}

static struct ptn_copy_standing standing(const struct ptn_copy *copy)
{
    struct ptn_copy_standing at;

    ptn_copy_standing(copy, &at);
    return at;
}

/* The first entry from there on that has a payload. */
static uint64_t with_payload(const struct setting *setting, uint64_t from)
{
    while (source_sealed(setting->source, from)->at == NULL)
        from++;
    return from;
}

static void test_erase__a_copy_neither_keeps_nor_wants_it(void **state)
{
    struct setting *setting = *state;
    const uint64_t size = source_size(setting->source);
    struct ptn_copy *copy = copy_source(setting, size / 2);
    const uint64_t here = with_payload(setting, 3);
    const uint64_t missing = with_payload(setting, size / 2 + 3);
    struct ptn_erasure erasures[2] = { { here, source_name(setting->source, here) },
                                       { missing, source_name(setting->source, missing) } };
    const uint64_t wanted = standing(copy).missing;
    struct ptn_vkey key = source_key(setting->source);
    struct ptn_ledger_header header;
    struct ptn_buffer sealed;
    struct ptn_hash by;
    uint64_t erased = 0;
    uint64_t index = 0;

    ptn_buffer_init(&sealed, 100000);
    assert_true(wanted > 1);
    assert_true(ptn_ok(ptn_copy_erase(copy, erasures, 2, &order, &erased, NULL)));
    assert_int_equal(erased, 1);
    assert_int_equal(standing(copy).missing, wanted - 1);
    /* Somebody who does not know brings all of them again. */
    assert_true(ptn_ok(
        ptn_copy_put_payloads_at(copy, 0, source_sealed(setting->source, 0), (size_t)size, NULL)));
    assert_int_equal(standing(copy).missing, 0);
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(ptn_copy_read(copy, erasures[i].index, &header, &sealed, NULL).code,
                         PTN_C_NOT_FOUND);
        assert_true(ptn_ok(ptn_copy_read(copy, erasures[i].index, &header, NULL, NULL)));
    }
    ptn_copy_close(copy);
    assert_true(ptn_ok(ptn_copy_open(&setting->world, KEEPER, &key, &copy, NULL)));
    assert_int_equal(standing(copy).size, size);
    assert_int_equal(standing(copy).missing, 0);
    assert_true(ptn_ok(ptn_copy_erased(copy, here + 1, &index, &by, NULL)));
    assert_int_equal(index, missing);
    assert_true(ptn_ok(
        ptn_copy_put_payloads_at(copy, here, source_sealed(setting->source, here), 1, NULL)));
    assert_int_equal(ptn_copy_read(copy, here, &header, &sealed, NULL).code, PTN_C_NOT_FOUND);
    ptn_copy_close(copy);
    ptn_buffer_release(&sealed);
}

static void test_erase__a_copy_erases_only_what_is_proved(void **state)
{
    struct setting *setting = *state;
    struct ptn_vkey key = source_key(setting->source);
    const uint64_t size = source_size(setting->source);
    struct ptn_buffer note = source_note(setting->source, size);
    const uint64_t at = with_payload(setting, 3);
    struct ptn_erasure erasure = { at, source_name(setting->source, at) };
    struct ptn_copy *copy = NULL;
    uint64_t erased = 0;

    fault_disk_load(setting->disk, setting->image);
    assert_true(ptn_ok(ptn_copy_open(&setting->world, KEEPER, &key, &copy, NULL)));
    assert_true(ptn_ok(ptn_copy_take_checkpoint(copy, ptn_buffer_bytes(&note), NULL, NULL)));
    assert_true(
        ptn_ok(ptn_copy_take_entries(copy, 0, source_leaves(setting->source, 0), 20, NULL)));
    assert_int_equal(ptn_copy_erase(copy, &erasure, 1, &order, &erased, NULL).code,
                     PTN_C_NOT_FOUND);
    ptn_copy_close(copy);
    ptn_buffer_release(&note);
}

/* ---- */

static int set_up(void **state)
{
    struct setting *setting = calloc(1, sizeof(*setting));
    struct ptn_ledger *ledger = NULL;

    assert_non_null(setting);
    setting->disk = fault_disk_new(VFS_NAME);
    setting->seeded = ptn_world_seeded(1, 1790000000000);
    assert_non_null(setting->disk);
    assert_non_null(setting->seeded);
    setting->world = *setting->seeded;
    setting->world.sqlite_vfs_name = VFS_NAME;
    assert_true(ptn_ok(setting->world.files->make_dir(setting->world.context, DIR)));
    assert_true(ptn_ok(setting->world.files->make_dir(setting->world.context, KEEPER)));
    assert_true(ptn_ok(ptn_vault_create(&setting->world, DIR, NULL)));
    assert_true(ptn_ok(ptn_vault_open(&setting->world, DIR, &setting->vault, NULL)));
    assert_true(ptn_ok(ptn_ledger_create(&setting->world, setting->vault, DIR, ORIGIN, NULL)));
    ledger = open_ledger(setting);
    assert_true(ptn_ok(append(ledger, 0, BASE_SIZE)));
    ptn_ledger_close(ledger);
    setting->image = fault_disk_save(setting->disk);
    setting->source = source_new(setting->vault, "postern.example/source", 0);
    source_grow(setting->source, 100);
    *state = setting;
    return 0;
}

static int tear_down(void **state)
{
    struct setting *setting = *state;

    source_free(setting->source);
    fault_image_free(setting->image);
    ptn_vault_close(setting->vault);
    ptn_world_seeded_free(setting->seeded);
    fault_disk_free(setting->disk);
    free(setting);
    return 0;
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_erase__payloads_go_and_proofs_stay),
        cmocka_unit_test(test_erase__a_wrong_list_erases_nothing),
        cmocka_unit_test(test_erase__what_no_order_explains_is_lost),
        cmocka_unit_test(test_erase__payloads_are_found_by_name_in_strides),
        cmocka_unit_test(test_erase__an_io_error_leaves_no_half),
        cmocka_unit_test(test_erase__a_full_disk_leaves_no_half),
        cmocka_unit_test(test_erase__a_power_cut_leaves_no_half),
        cmocka_unit_test(test_erase__a_copy_neither_keeps_nor_wants_it),
        cmocka_unit_test(test_erase__a_copy_erases_only_what_is_proved),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
