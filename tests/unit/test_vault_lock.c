/* Goal: a lock opens with its passphrase or its machine key and with nothing else; another one
 * takes its place whole or not at all. */
#include "vault/vault.h"

#include "fault.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#define DIR  "/node"
#define PATH DIR "/vault/lock"

#define PASSPHRASE PTN_BYTES_LITERAL("a long passphrase")
#define OTHER      PTN_BYTES_LITERAL("another passphrase")
#define MACHINE    PTN_BYTES_LITERAL("0123456789abcdef0123456789abcdef")

static const struct ptn_lock_key both = { { (const uint8_t *)"a long passphrase", 17 },
                                          { (const uint8_t *)"0123456789abcdef0123456789abcdef",
                                            32 },
                                          false };

static struct ptn_lock_key by_passphrase(struct ptn_bytes passphrase)
{
    return (struct ptn_lock_key){ passphrase, PTN_BYTES_NONE, false };
}

static struct ptn_lock_key by_machine(struct ptn_bytes machine)
{
    return (struct ptn_lock_key){ PTN_BYTES_NONE, machine, false };
}

static struct ptn_world *new_world(uint64_t seed)
{
    struct ptn_world *world = ptn_world_seeded(seed, 0);

    assert_non_null(world);
    assert_true(ptn_ok(world->files->make_dir(world->context, DIR)));
    assert_true(ptn_ok(world->files->make_dir(world->context, DIR "/vault")));
    return world;
}

static enum ptn_code set(const struct ptn_world *world, const struct ptn_storage *storage,
                         struct ptn_lock_key key)
{
    return ptn_lock_set(world, DIR, storage, &key, PTN_AUTHORITY_COST_LEAST, NULL).code;
}

/* The private half when the key opens the lock; else the code. */
static enum ptn_code open_lock(const struct ptn_world *world, struct ptn_lock_key key,
                               uint8_t ret_private[PTN_STORAGE_KEY_LEN])
{
    struct ptn_storage *storage = NULL;
    struct ptn_status status = ptn_lock_open(world, DIR, &key, &storage, NULL);

    assert_true(ptn_ok(status) == (storage != NULL));
    if (storage != NULL)
        ptn_storage_copy(storage, ret_private);
    ptn_storage_close(storage);
    return status.code;
}

static struct ptn_storage *opened(const struct ptn_world *world, struct ptn_lock_key key)
{
    struct ptn_storage *storage = NULL;

    assert_true(ptn_ok(ptn_lock_open(world, DIR, &key, &storage, NULL)));
    return storage;
}

static void read_file(const struct ptn_world *world, struct ptn_buffer *text)
{
    ptn_buffer_init(text, PTN_LOCK_FILE_LEN_MAX);
    assert_true(ptn_ok(world->files->read(world->context, PATH, text)));
}

static void put_text(const struct ptn_world *world, struct ptn_bytes text)
{
    assert_true(ptn_ok(world->files->replace(world->context, PATH, text)));
}

static void test_lock__opens_with_either_key_and_no_other(void **state)
{
    struct ptn_world *world = new_world(1);
    uint8_t first[PTN_STORAGE_KEY_LEN] = { 0 };
    uint8_t second[PTN_STORAGE_KEY_LEN] = { 1 };
    const struct ptn_lock_key wrong[] = {
        by_passphrase(PTN_BYTES_LITERAL("a long passphrasf")),
        by_passphrase(PTN_BYTES_LITERAL("a long passphras")),
        by_passphrase(PTN_BYTES_LITERAL("a long passphrase ")),
        by_passphrase(MACHINE),
        by_machine(PASSPHRASE),
        by_machine(PTN_BYTES_LITERAL("0123456789abcdef0123456789abcdeg")),
        by_machine(PTN_BYTES_LITERAL("0123456789abcdef0123456789abcdef\n")),
        by_passphrase(PTN_BYTES_NONE),
    };

    (void)state;
    assert_int_equal(open_lock(world, both, first), PTN_C_NOT_FOUND);
    assert_int_equal(set(world, NULL, both), PTN_C_OK);
    assert_int_equal(open_lock(world, by_passphrase(PASSPHRASE), first), PTN_C_OK);
    assert_int_equal(open_lock(world, by_machine(MACHINE), second), PTN_C_OK);
    assert_memory_equal(first, second, sizeof(first));
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        assert_int_equal(open_lock(world, wrong[i], second), PTN_C_BAD_INPUT);
    ptn_world_seeded_free(world);
}

static void test_lock__keys_have_limits(void **state)
{
    static const uint8_t long_text[PTN_MACHINE_KEY_LEN_MAX + 1] = { 'x' };
    struct ptn_world *world = new_world(2);
    const struct {
        size_t passphrase, machine;
        enum ptn_code code;
    } table[] = {
        { PTN_PASSPHRASE_LEN_MIN - 1, 0, PTN_C_BAD_INPUT },
        { PTN_PASSPHRASE_LEN_MAX + 1, 0, PTN_C_BAD_INPUT },
        { 0, PTN_MACHINE_KEY_LEN_MIN, PTN_C_BAD_INPUT },
        { PTN_PASSPHRASE_LEN_MIN, PTN_MACHINE_KEY_LEN_MIN - 1, PTN_C_BAD_INPUT },
        { PTN_PASSPHRASE_LEN_MIN, PTN_MACHINE_KEY_LEN_MAX + 1, PTN_C_BAD_INPUT },
        { PTN_PASSPHRASE_LEN_MIN, PTN_MACHINE_KEY_LEN_MAX, PTN_C_OK },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
        assert_int_equal(
            set(world, NULL,
                (struct ptn_lock_key){ ptn_bytes_of(long_text, table[i].passphrase),
                                       ptn_bytes_of(long_text, table[i].machine), false }),
            table[i].code);
    ptn_world_seeded_free(world);
}

/* A character of the file changed, or the file cut short: it opens no more, by either key. */
static void test_lock__a_changed_file_does_not_open(void **state)
{
    struct ptn_world *world = new_world(3);
    uint8_t key[PTN_STORAGE_KEY_LEN];
    struct ptn_buffer text;
    size_t machine_at = 0;

    (void)state;
    assert_int_equal(set(world, NULL, both), PTN_C_OK);
    read_file(world, &text);
    while (memcmp(text.at + machine_at, "machine", 7) != 0)
        machine_at++;
    for (size_t i = 0; i < text.len; i += 5) {
        const uint8_t former = text.at[i];

        text.at[i] = former == '1' ? '2' : '1';
        put_text(world, ptn_buffer_bytes(&text));
        /* what stands on the machine's line is not the passphrase's affair, as long as it reads */
        if (i < machine_at)
            assert_int_not_equal(open_lock(world, by_passphrase(PASSPHRASE), key), PTN_C_OK);
        else
            assert_int_not_equal(open_lock(world, by_machine(MACHINE), key), PTN_C_OK);
        text.at[i] = former;
    }
    for (size_t len = 0; len < text.len; len += 11) {
        put_text(world, ptn_bytes_of(text.at, len));
        assert_int_equal(open_lock(world, both, key), PTN_C_CORRUPT);
    }
    put_text(world, ptn_buffer_bytes(&text));
    assert_int_equal(open_lock(world, both, key), PTN_C_OK);
    ptn_buffer_release(&text);
    ptn_world_seeded_free(world);
}

#define HEX8   "0011223344556677"
#define HEX32  HEX8 HEX8
#define HEX64  HEX32 HEX32
#define HEX96  HEX64 HEX32
#define FIRST  "postern storage lock 1\n"
#define SECOND "storage " HEX64 "\n"
#define THIRD  "passphrase 3 262144 " HEX32 " " HEX96 "\n"
#define FOURTH "machine " HEX32 " " HEX96 "\n"
#define OFF    "off " HEX64 "\n"

static void test_lock__only_one_form_is_read(void **state)
{
    static const char *const good[] = { FIRST SECOND THIRD, FIRST SECOND THIRD FOURTH,
                                        FIRST SECOND OFF };
    static const char *const bad[] = {
        "",
        FIRST,
        FIRST SECOND,
        SECOND THIRD,
        FIRST THIRD,
        FIRST SECOND FOURTH,
        FIRST SECOND OFF THIRD,
        FIRST SECOND OFF FOURTH,
        FIRST SECOND THIRD OFF,
        FIRST SECOND THIRD THIRD,
        FIRST SECOND THIRD FOURTH FOURTH,
        FIRST SECOND THIRD "\n",
        FIRST SECOND THIRD " ",
        "\n" FIRST SECOND THIRD,
        "postern storage lock 2\n" SECOND THIRD,
        FIRST "storage  " HEX64 "\n" THIRD,
        FIRST "storage " HEX64 " \n" THIRD,
        FIRST "storage " HEX32 "\n" THIRD,
        FIRST "storage AA112233445566770011223344556677" HEX32 "\n" THIRD,
        FIRST SECOND "passphrase 0 262144 " HEX32 " " HEX96 "\n",
        FIRST SECOND "passphrase 11 262144 " HEX32 " " HEX96 "\n",
        FIRST SECOND "passphrase 03 262144 " HEX32 " " HEX96 "\n",
        FIRST SECOND "passphrase 3 8191 " HEX32 " " HEX96 "\n",
        FIRST SECOND "passphrase 3 1048577 " HEX32 " " HEX96 "\n",
        FIRST SECOND "passphrase 3 262144 " HEX32 " " HEX96 HEX8 "\n",
        FIRST SECOND "passphrase 3 262144 " HEX32 " " HEX96,
        FIRST SECOND "passphrase 3 262144 " HEX32 " " HEX96 "\r\n",
        FIRST SECOND THIRD "machine " HEX32 " " HEX64 "\n",
    };
    char long_text[PTN_LOCK_FILE_LEN_MAX + 2] = { 'x' };
    struct ptn_lock_file file;
    struct ptn_buffer out;

    (void)state;
    ptn_buffer_init(&out, PTN_LOCK_FILE_LEN_MAX);
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        ptn_buffer_clear(&out);
        assert_true(ptn_ok(ptn_lock_parse(ptn_bytes_from_text(good[i]), &file, NULL)));
        assert_true(ptn_ok(ptn_lock_write(&out, &file)));
        assert_true(ptn_bytes_equal(ptn_buffer_bytes(&out), ptn_bytes_from_text(good[i])));
    }
    memset(&file, 7, sizeof(file));
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_int_equal(ptn_lock_parse(ptn_bytes_from_text(bad[i]), &file, NULL).code,
                         PTN_C_BAD_INPUT);
    assert_int_equal(
        ptn_lock_parse(ptn_bytes_of(long_text, PTN_LOCK_FILE_LEN_MAX + 1), &file, NULL).code,
        PTN_C_TOO_BIG);
    assert_int_equal(file.storage[0], 7); /* untouched */
    ptn_buffer_release(&out);
}

static void test_lock__is_made_once_and_changed_by_who_opened_it(void **state)
{
    struct ptn_world *world = new_world(4);
    struct ptn_world *elsewhere = new_world(5);
    uint8_t before[PTN_STORAGE_KEY_LEN];
    uint8_t after[PTN_STORAGE_KEY_LEN];
    struct ptn_storage *storage;
    struct ptn_storage *strange;
    enum ptn_lock_state is;
    bool machine;

    (void)state;
    assert_int_equal(set(world, NULL, both), PTN_C_OK);
    assert_int_equal(set(elsewhere, NULL, both), PTN_C_OK);
    assert_int_equal(set(world, NULL, by_passphrase(OTHER)), PTN_C_BUSY);
    assert_int_equal(open_lock(world, both, before), PTN_C_OK);
    storage = opened(world, both);
    strange = opened(elsewhere, both);
    assert_int_equal(set(world, strange, by_passphrase(OTHER)), PTN_C_BAD_INPUT);
    assert_int_equal(ptn_lock_take_off(world, DIR, strange, NULL).code, PTN_C_BAD_INPUT);
    /* another passphrase alone: the machine's key goes on opening it */
    assert_int_equal(set(world, storage, (struct ptn_lock_key){ OTHER, PTN_BYTES_NONE, true }),
                     PTN_C_OK);
    assert_int_equal(open_lock(world, by_passphrase(PASSPHRASE), after), PTN_C_BAD_INPUT);
    assert_int_equal(open_lock(world, by_machine(MACHINE), after), PTN_C_OK);
    assert_memory_equal(before, after, sizeof(before));
    /* another passphrase, and no machine key: the former ones open no more */
    assert_int_equal(set(world, storage, by_passphrase(OTHER)), PTN_C_OK);
    assert_int_equal(open_lock(world, by_passphrase(PASSPHRASE), after), PTN_C_BAD_INPUT);
    assert_int_equal(open_lock(world, by_machine(MACHINE), after), PTN_C_BAD_INPUT);
    assert_int_equal(open_lock(world, by_passphrase(OTHER), after), PTN_C_OK);
    assert_memory_equal(before, after, sizeof(before));
    /* off: it opens with nothing; and on again */
    assert_true(ptn_ok(ptn_lock_take_off(world, DIR, storage, NULL)));
    assert_true(ptn_ok(ptn_lock_look(world, DIR, &is, &machine, NULL)));
    assert_int_equal(is, PTN_LOCK_OFF);
    assert_int_equal(open_lock(world, by_passphrase(PTN_BYTES_NONE), after), PTN_C_OK);
    assert_memory_equal(before, after, sizeof(before));
    assert_int_equal(set(world, storage, both), PTN_C_OK);
    assert_true(ptn_ok(ptn_lock_look(world, DIR, &is, &machine, NULL)));
    assert_int_equal(is, PTN_LOCK_ON);
    assert_true(machine);
    ptn_storage_close(storage);
    ptn_storage_close(strange);
    ptn_world_seeded_free(world);
    ptn_world_seeded_free(elsewhere);
}

/* LOCK-3: cut off at any of its file operations, the passphrase that was set last opens, or the one
 * before it, and never neither. */
static void test_lock__cut_off_anywhere_the_old_or_the_new_opens(void **state)
{
    struct ptn_world *world = new_world(6);
    struct ptn_storage *storage;
    enum ptn_code code;
    uint64_t nth = 0;
    uint8_t key[PTN_STORAGE_KEY_LEN];

    (void)state;
    assert_int_equal(set(world, NULL, by_passphrase(PASSPHRASE)), PTN_C_OK);
    storage = opened(world, both);
    do {
        ptn_world_fail_nth(world, ++nth);
        code = set(world, storage, by_passphrase(OTHER));
        ptn_world_fail_nth(world, 0);
        assert_true(open_lock(world, by_passphrase(PASSPHRASE), key) == PTN_C_OK ||
                    open_lock(world, by_passphrase(OTHER), key) == PTN_C_OK);
    } while (code != PTN_C_OK);
    assert_true(nth > 2);
    assert_int_equal(open_lock(world, by_passphrase(OTHER), key), PTN_C_OK);
    nth = 0;
    do {
        ptn_world_fail_nth(world, ++nth);
        code = ptn_lock_take_off(world, DIR, storage, NULL).code;
        ptn_world_fail_nth(world, 0);
        assert_int_equal(open_lock(world, by_passphrase(OTHER), key), PTN_C_OK);
    } while (code != PTN_C_OK);
    ptn_storage_close(storage);
    ptn_world_seeded_free(world);
}

static void test_lock__memory_may_end_anywhere(void **state)
{
    struct ptn_world *world = new_world(7);
    struct ptn_storage *storage = NULL;
    struct ptn_status status;
    unsigned long nth = 0;

    (void)state;
    assert_int_equal(set(world, NULL, both), PTN_C_OK);
    do {
        fault_allocation(++nth, FAULT_ONCE);
        status = ptn_lock_open(world, DIR, &both, &storage, NULL);
        if (fault_off()) {
            assert_int_equal(status.code, PTN_C_NO_MEMORY);
            assert_null(storage);
        }
    } while (!ptn_ok(status));
    assert_true(nth > 1);
    ptn_storage_close(storage);
    ptn_world_seeded_free(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lock__opens_with_either_key_and_no_other),
        cmocka_unit_test(test_lock__keys_have_limits),
        cmocka_unit_test(test_lock__a_changed_file_does_not_open),
        cmocka_unit_test(test_lock__only_one_form_is_read),
        cmocka_unit_test(test_lock__is_made_once_and_changed_by_who_opened_it),
        cmocka_unit_test(test_lock__cut_off_anywhere_the_old_or_the_new_opens),
        cmocka_unit_test(test_lock__memory_may_end_anywhere),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
