/* Goal: a register answers what its list says, number by number, and says nothing when a byte of it
 * is not as it was written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "watch/register.h"
#include "watch/register_int.h"

#define LIST "list.csv"
#define REG  "documents.reg"

static struct ptn_world *world_of(void)
{
    struct ptn_world *world = ptn_world_seeded(11, 1790000000000);

    assert_non_null(world);
    return world;
}

static struct ptn_snapshot_input input_of(enum ptn_list_format format)
{
    return (
        struct ptn_snapshot_input){ PTN_BYTES_LITERAL("LISTED"), format, LIST, NULL, NULL, NULL };
}

static struct ptn_status build(struct ptn_world *world, const char *csv,
                               struct ptn_list_summary *ret_summary)
{
    const struct ptn_snapshot_input input = input_of(PTN_LIST_STOLEN_CSV);

    assert_true(ptn_ok(world->files->replace(world->context, LIST, ptn_bytes_from_text(csv))));
    return ptn_register_build(world, &input, REG, ret_summary, NULL);
}

static struct ptn_register *opened(struct ptn_world *world, const char *csv)
{
    struct ptn_register *reg = NULL;
    struct ptn_list_summary summary;

    assert_true(ptn_ok(build(world, csv, &summary)));
    assert_true(ptn_ok(ptn_register_open(world, REG, &reg, NULL)));
    return reg;
}

/* The rules and scores of what is found, as one line. */
static const char *ask(const struct ptn_register *reg, const char *number, const char *issuer,
                       bool near, char line[512])
{
    struct ptn_arena *arena = ptn_arena_new(1u << 20);
    struct ptn_screen_query query = { .number = ptn_bytes_from_text(number) };
    struct ptn_match *matches = NULL;
    size_t count = 0, at = 0;

    (void)snprintf(query.issuer, sizeof(query.issuer), "%s", issuer);
    assert_non_null(arena);
    assert_true(ptn_ok((near ? ptn_register_near : ptn_register_find)(reg, &query, arena, &matches,
                                                                      &count, NULL)));
    line[0] = '\0';
    for (size_t i = 0; i < count; i++)
        at += (size_t)snprintf(line + at, 512 - at, "%s%.*s %s %u", i == 0 ? "" : "; ",
                               (int)matches[i].entry.len, (const char *)matches[i].entry.at,
                               matches[i].why[0].rule, matches[i].score);
    ptn_arena_free(arena);
    return line;
}

#define HEAD "number,issuer,type,reported,circumstances\n"

static void test_register__a_number_of_an_issuer_is_found_and_no_other(void **state)
{
    static const char csv[] = HEAD "AB-123 456,UTO,P,2024-05-01,stolen blank\n"
                                   "AB123456,D,P,,\n"
                                   "ZZ9,UTO,I,,lost\n"
                                   "777777,,P,,\n"
                                   "ABCDEFGHIJKLMNOP1,UTO,P,,\n";
    static const struct {
        const char *number, *issuer, *found;
    } cases[] = {
        { "AB123456", "UTO", "UTO/AB123456 document.listed 10000" },
        { "ab 123456", "UTO", "UTO/AB123456 document.listed 10000" },
        { "AB123456", "DEU", "D/AB123456 document.listed 10000" },
        { "AB123456", "D", "D/AB123456 document.listed 10000" },
        { "AB123456", "FRA", "" },
        { "AB12345", "UTO", "" },
        { "AB1234567", "UTO", "" },
        { "AB123456", "", "D/AB123456 document.number 9000; UTO/AB123456 document.number 9000" },
        { "ZZ9", "UTO", "UTO/ZZ9 document.listed 10000" },
        { "ZZ9", "", "" }, /* too short to say anything without its issuer */
        { "777777", "FRA", "/777777 document.number 9000" },
        { "abcdefghijklmnop1", "UTO", "UTO/ABCDEFGHIJKLMNOP1 document.listed 10000" },
        { "ABCDEFGHIJKLMNOP", "UTO", "" },
        { "--", "UTO", "" },
    };
    struct ptn_world *world = world_of();
    struct ptn_register *reg = opened(world, csv);
    char line[512];

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        if (strcmp(ask(reg, cases[i].number, cases[i].issuer, false, line), cases[i].found) != 0)
            fail_msg("%s of %s: %s", cases[i].number, cases[i].issuer, line);
    assert_int_equal(ptn_register_info(reg).rows, 5);
    assert_int_equal(ptn_register_info(reg).profile.on_entry.action, PTN_LIST_ACTION_SEIZE);
    ptn_register_close(reg);
    ptn_world_seeded_free(world);
}

static void test_register__a_number_that_readers_mistake_is_a_second_answer(void **state)
{
    struct ptn_world *world = world_of();
    struct ptn_register *reg = opened(world, HEAD "A0123456,UTO,P,,\nAO123456,UTO,P,,\n");
    char line[512];

    (void)state;
    assert_string_equal(ask(reg, "A0123456", "UTO", false, line),
                        "UTO/A0123456 document.listed 10000");
    assert_string_equal(ask(reg, "A0123456", "UTO", true, line), "UTO/AO123456 document.near 8000");
    assert_string_equal(ask(reg, "AO1Z3456", "UTO", true, line), "UTO/AO123456 document.near 8000");
    assert_string_equal(ask(reg, "A0123456", "FRA", true, line), "");
    ptn_register_close(reg);
    ptn_world_seeded_free(world);
}

static void test_register__a_plate_is_found_by_its_letters_and_digits(void **state)
{
    struct ptn_world *world = world_of();
    const struct ptn_snapshot_input cars = input_of(PTN_LIST_VEHICLE_CSV);
    struct ptn_register *reg = NULL;
    struct ptn_list_summary summary;
    struct ptn_arena *arena = ptn_arena_new(1u << 20);
    struct ptn_screen_query query = { .plate = PTN_BYTES_LITERAL("ut-99 zz") };
    struct ptn_match *matches = NULL;
    size_t count = 0;

    (void)state;
    assert_true(ptn_ok(world->files->replace(
        world->context, LIST, PTN_BYTES_LITERAL("plate,country\nUT 99 ZZ,UTO\nUT98ZZ,UTO\n"))));
    assert_true(ptn_ok(ptn_register_build(world, &cars, REG, &summary, NULL)));
    assert_true(ptn_ok(ptn_register_open(world, REG, &reg, NULL)));
    assert_true(ptn_ok(ptn_register_find(reg, &query, arena, &matches, &count, NULL)));
    assert_int_equal(count, 1);
    assert_int_equal(matches[0].basis, PTN_MATCH_PLATE);
    assert_string_equal(matches[0].why[0].rule, "plate.listed");
    ptn_arena_free(arena);
    ptn_register_close(reg);
    ptn_world_seeded_free(world);
}

/* Numbers of three letters and two digits from a small alphabet, so that many stand twice. */
static void any_number(struct ptn_world *world, char number[8])
{
    uint8_t random[8];

    world->random(world->context, random, sizeof(random));
    for (size_t i = 0; i < 4; i++)
        number[i] = "AB01"[random[i] % 4];
    (void)snprintf(number + 4, 4, "%02u", random[4] % 100u);
}

/* WATCH-4. */
static void test_register__it_answers_as_a_scan_of_the_list_does(void **state)
{
    static const char *const issuers[] = { "UTO", "FRA", "ALB" };
    enum { ROWS = 6000, ASKED = 3000 };
    struct ptn_world *world = world_of();
    struct ptn_buffer csv;
    struct ptn_register *reg;
    static char rows[ROWS][12];

    (void)state;
    ptn_buffer_init(&csv, 1u << 22);
    assert_true(ptn_ok(ptn_buffer_add_text(&csv, HEAD)));
    for (size_t i = 0; i < ROWS; i++) {
        char number[8];

        any_number(world, number);
        (void)snprintf(rows[i], sizeof(rows[i]), "%s%s", issuers[i % 3], number);
        assert_true(ptn_ok(
            ptn_buffer_addf(&csv, "%s,%s,P,2020-01-%02zu,\n", number, issuers[i % 3], i % 28 + 1)));
    }
    assert_true(ptn_ok(ptn_buffer_add(&csv, PTN_BYTES_LITERAL("\0"))));
    reg = opened(world, (const char *)csv.at);
    for (size_t i = 0; i < ASKED; i++) {
        char number[8], whole[12];
        bool listed = false, found = false;

        any_number(world, number);
        (void)snprintf(whole, sizeof(whole), "%s%s", issuers[i % 3], number);
        for (size_t row = 0; row < ROWS && !listed; row++)
            listed = strcmp(rows[row], whole) == 0;
        assert_true(ptn_ok(
            ptn_register_has(reg, ptn_bytes_from_text(number), issuers[i % 3], &found, NULL)));
        if (found != listed)
            fail_msg("%s: %d", whole, (int)found);
    }
    ptn_register_close(reg);
    ptn_buffer_release(&csv);
    ptn_world_seeded_free(world);
}

static void test_register__the_order_of_a_list_does_not_matter(void **state)
{
    struct ptn_world *world = world_of();
    struct ptn_register *a = opened(world, HEAD "A1,UTO,P,,x\nB2,FRA,P,,x\nA1,UTO,P,,x\n");
    uint8_t hash[PTN_SHA256_LEN];

    (void)state;
    memcpy(hash, ptn_register_info(a).hash, sizeof(hash));
    assert_int_equal(ptn_register_info(a).rows, 2);
    ptn_register_close(a);
    a = opened(world, HEAD "B2,FRA,P,,x\nA1,UTO,P,,x\n");
    assert_memory_equal(hash, ptn_register_info(a).hash, sizeof(hash));
    ptn_register_close(a);
    ptn_world_seeded_free(world);
}

static void test_register__what_it_cannot_hold_is_counted(void **state)
{
    static const char csv[] = HEAD
        "A1,UTO,P,,\nAAAAAAAAAABBBBBBBBBBCCCCCCCCCCDDDDDDDDDDEEEEEEEEEEFFF,UTO,P,,\n---,UTO,P,,\n";
    struct ptn_world *world = world_of();
    struct ptn_list_summary summary;

    (void)state;
    assert_true(ptn_ok(build(world, csv, &summary)));
    assert_int_equal(summary.rows, 3);
    assert_int_equal(summary.entries, 1);
    assert_int_equal(summary.rejected, 2);
    ptn_world_seeded_free(world);
}

static void test_register__a_list_that_cannot_be_read_leaves_the_former_register(void **state)
{
    struct ptn_world *world = world_of();
    struct ptn_register *reg = NULL;
    struct ptn_list_summary summary;
    char line[512];

    (void)state;
    assert_true(ptn_ok(build(world, HEAD "A1,UTO,P,,\n", &summary)));
    assert_int_equal(build(world, HEAD "A2,UTO,P,,", &summary).code, PTN_C_BAD_INPUT);
    assert_int_equal(build(world, "a,b\n1,2\n", &summary).code, PTN_C_BAD_INPUT);
    assert_true(ptn_ok(ptn_register_open(world, REG, &reg, NULL)));
    assert_string_equal(ask(reg, "A1", "UTO", false, line), "UTO/A1 document.listed 10000");
    ptn_register_close(reg);
    ptn_world_seeded_free(world);
}

static void test_register__a_changed_byte_is_never_an_answer(void **state)
{
    struct ptn_world *world = world_of();
    struct ptn_list_summary summary;
    struct ptn_buffer file;

    (void)state;
    assert_true(
        ptn_ok(build(world, HEAD "A1,UTO,P,2020-01-01,lost\nAAAAAAAAAABBBBB,UTO,P,,\n", &summary)));
    ptn_buffer_init(&file, 1u << 20);
    assert_true(ptn_ok(world->files->read(world->context, REG, &file)));
    for (size_t at = 0; at < file.len; at++) {
        struct ptn_register *reg = NULL;
        struct ptn_status status;
        size_t cursor = 0;

        file.at[at] ^= 0x20;
        status = ptn_register_open_bytes(ptn_buffer_bytes(&file), &reg, NULL);
        while (ptn_ok(status))
            status = ptn_register_check(reg, 1, &cursor, NULL);
        if (status.code != PTN_C_CORRUPT && status.code != PTN_C_BAD_INPUT)
            fail_msg("byte %zu: %s", at, ptn_code_word(status.code));
        ptn_register_close(reg);
        file.at[at] ^= 0x20;
        /* and a file cut there */
        reg = NULL;
        status = ptn_register_open_bytes(ptn_bytes_of(file.at, at), &reg, NULL);
        assert_true(status.code == PTN_C_CORRUPT || status.code == PTN_C_BAD_INPUT);
    }
    ptn_buffer_release(&file);
    ptn_world_seeded_free(world);
}

/* The bytes of a register of several blocks: N000000 to N019999 of Utopia. */
static void many(struct ptn_buffer *ret_file)
{
    enum { ROWS = 20000 };
    struct ptn_world *world = world_of();
    struct ptn_list_summary summary;
    struct ptn_buffer csv;

    ptn_buffer_init(&csv, 1u << 22);
    ptn_buffer_init(ret_file, 1u << 22);
    assert_true(ptn_ok(ptn_buffer_add_text(&csv, HEAD)));
    for (size_t i = 0; i < ROWS; i++)
        assert_true(ptn_ok(ptn_buffer_addf(&csv, "N%06zu,UTO,P,,\n", i)));
    assert_true(ptn_ok(ptn_buffer_add(&csv, PTN_BYTES_LITERAL("\0"))));
    assert_true(ptn_ok(build(world, (const char *)csv.at, &summary)));
    assert_true(ptn_ok(world->files->read(world->context, REG, ret_file)));
    ptn_buffer_release(&csv);
    ptn_world_seeded_free(world);
}

/* WATCH-4. */
static void test_register__a_failed_block_is_said_when_it_is_needed(void **state)
{
    struct ptn_buffer file;
    struct ptn_register *reg = NULL;
    struct ptn_diag diag;
    bool found = false;
    size_t cursor = 0;

    (void)state;
    many(&file);
    file.at[PTN_REGISTER_HEADER_LEN + PTN_REGISTER_BLOCK_LEN + 17] ^= 1;
    assert_true(ptn_ok(ptn_register_open_bytes(ptn_buffer_bytes(&file), &reg, NULL)));
    assert_true(ptn_ok(ptn_register_has(reg, PTN_BYTES_LITERAL("N000001"), "UTO", &found, NULL)));
    assert_true(found);
    assert_int_equal(ptn_register_has(reg, PTN_BYTES_LITERAL("N010000"), "UTO", &found, &diag).code,
                     PTN_C_CORRUPT);
    while (ptn_ok(ptn_register_check(reg, 1, &cursor, &diag)))
        ;
    assert_int_equal(diag.offset, PTN_REGISTER_HEADER_LEN + PTN_REGISTER_BLOCK_LEN);
    ptn_register_close(reg);
    ptn_buffer_release(&file);
}

/* POST-9: what changes in memory after it was found right, block by block, round and round. */
static void test_register__a_block_that_changes_after_it_was_right_is_found(void **state)
{
    const size_t hurt = PTN_REGISTER_HEADER_LEN + PTN_REGISTER_BLOCK_LEN;
    struct ptn_buffer file;
    struct ptn_register *reg = NULL;
    struct ptn_diag diag = { 0 };
    bool found = false;
    size_t cursor = 0;
    size_t turns = 1;

    (void)state;
    many(&file);
    assert_true(ptn_ok(ptn_register_open_bytes(ptn_buffer_bytes(&file), &reg, NULL)));
    assert_true(ptn_ok(ptn_register_recheck(reg, 1, &cursor, NULL)));
    for (; cursor != 0; turns++)
        assert_true(ptn_ok(ptn_register_recheck(reg, 1, &cursor, NULL)));
    assert_true(turns > 2);
    assert_true(ptn_ok(ptn_register_has(reg, PTN_BYTES_LITERAL("N010000"), "UTO", &found, NULL)));
    assert_true(found);

    file.at[hurt + 17] ^= 1;
    assert_true(ptn_ok(ptn_register_recheck(reg, 1, &cursor, NULL)));
    assert_int_equal(ptn_register_recheck(reg, 1, &cursor, &diag).code, PTN_C_CORRUPT);
    assert_int_equal(diag.offset, hurt);
    assert_int_equal(ptn_register_has(reg, PTN_BYTES_LITERAL("N010000"), "UTO", &found, NULL).code,
                     PTN_C_CORRUPT);

    file.at[hurt + 17] ^= 1; /* as a page that is read anew is */
    while (cursor != 0)
        assert_true(ptn_ok(ptn_register_recheck(reg, turns, &cursor, NULL)));
    assert_true(ptn_ok(ptn_register_recheck(reg, turns, &cursor, NULL)));
    assert_true(ptn_ok(ptn_register_has(reg, PTN_BYTES_LITERAL("N010000"), "UTO", &found, NULL)));
    ptn_register_close(reg);
    ptn_buffer_release(&file);
}

static void test_register__codes_keep_the_order_and_differ(void **state)
{
    uint64_t a, b;

    (void)state;
    assert_true(ptn_register_code((const uint8_t *)"A", 1, &a));
    assert_true(ptn_register_code((const uint8_t *)"AA", 2, &b));
    assert_true(a < b);
    assert_true(ptn_register_code((const uint8_t *)"999999999999", 12, &a));
    assert_true(a < UINT64_MAX && a > b);
    assert_false(ptn_register_code((const uint8_t *)"1234567890123", 13, &a));
    assert_false(ptn_register_code((const uint8_t *)"A-1", 3, &a));
    assert_false(ptn_register_code((const uint8_t *)"", 0, &a));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_register__a_number_of_an_issuer_is_found_and_no_other),
        cmocka_unit_test(test_register__a_number_that_readers_mistake_is_a_second_answer),
        cmocka_unit_test(test_register__a_plate_is_found_by_its_letters_and_digits),
        cmocka_unit_test(test_register__it_answers_as_a_scan_of_the_list_does),
        cmocka_unit_test(test_register__the_order_of_a_list_does_not_matter),
        cmocka_unit_test(test_register__what_it_cannot_hold_is_counted),
        cmocka_unit_test(test_register__a_list_that_cannot_be_read_leaves_the_former_register),
        cmocka_unit_test(test_register__a_changed_byte_is_never_an_answer),
        cmocka_unit_test(test_register__a_failed_block_is_said_when_it_is_needed),
        cmocka_unit_test(test_register__a_block_that_changes_after_it_was_right_is_found),
        cmocka_unit_test(test_register__codes_keep_the_order_and_differ),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
