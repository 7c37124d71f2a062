#include "vault/share.h"

#include "fault.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#define DIR "/node"

/* A country's recovery: 3 of 5, November and December 2026; and a vault without any key of it. */
struct setting {
    struct ptn_world *world;
    struct ptn_vault *vault;
    struct ptn_recovery *recovery;
    struct ptn_share shares[5];
    struct ptn_reading readings[2];
};

static int set_up(void **state)
{
    struct setting *setting = calloc(1, sizeof(*setting));

    assert_non_null(setting);
    setting->world = ptn_world_seeded(1, 0);
    setting->recovery = malloc(sizeof(*setting->recovery));
    assert_non_null(setting->world);
    assert_non_null(setting->recovery);
    assert_true(ptn_ok(setting->world->files->make_dir(setting->world->context, DIR)));
    assert_true(ptn_ok(ptn_vault_create(setting->world, DIR, NULL)));
    assert_true(ptn_ok(ptn_vault_open(setting->world, DIR, &setting->vault, NULL)));
    assert_true(
        ptn_ok(ptn_recovery_make(setting->world, 3, 5, setting->recovery, setting->shares, NULL)));
    for (unsigned i = 2; i > 0; i--)
        assert_true(ptn_ok(ptn_recovery_add(setting->world, setting->recovery,
                                            (struct ptn_date){ 2026, (uint8_t)(10 + i), 9 },
                                            &setting->readings[i - 1], NULL)));
    *state = setting;
    return 0;
}

static int tear_down(void **state)
{
    struct setting *setting = *state;

    ptn_vault_close(setting->vault);
    ptn_world_seeded_free(setting->world);
    free(setting->recovery);
    free(setting);
    return 0;
}

/* The ceremony, from the split to a payload that recovery was a reader of. */
static void test_recovery__three_of_five_read_again(void **state)
{
    struct setting *setting = *state;
    struct ptn_epoch epoch;
    struct ptn_epoch opened = { .scheme = 2, .retention = 1, .day = 20785, .entry = 3 };
    uint8_t box[PTN_EPOCH_BOX_LEN];

    ptn_epoch_new(setting->world, 20785, 1, 3, &epoch);
    assert_true(ptn_ok(ptn_epoch_box(setting->world, &epoch, setting->readings[0].key, box)));
    assert_int_equal(ptn_epoch_unbox(setting->vault, setting->readings[0].key, box, &opened).code,
                     PTN_C_NOT_FOUND);
    assert_int_equal(
        ptn_recovery_open(setting->recovery, setting->shares, 2, setting->vault, NULL).code,
        PTN_C_BAD_INPUT);
    assert_int_equal(ptn_vault_reading_count(setting->vault, NULL), 0);
    assert_true(
        ptn_ok(ptn_recovery_open(setting->recovery, setting->shares + 2, 3, setting->vault, NULL)));
    assert_int_equal(ptn_vault_reading_count(setting->vault, NULL), 2);
    assert_true(ptn_ok(ptn_epoch_unbox(setting->vault, setting->readings[0].key, box, &opened)));
    assert_memory_equal(opened.key, epoch.key, sizeof(epoch.key));
}

static void test_recovery__months_are_added_in_any_order_and_once(void **state)
{
    struct setting *setting = *state;
    struct ptn_recovery *recovery = setting->recovery;
    struct ptn_reading reading;
    static const struct ptn_date september = { 2026, 9, 0 };

    assert_int_equal(recovery->month_count, 2);
    assert_int_equal(recovery->months[0].reading.month.month, 11);
    assert_int_equal(recovery->months[0].reading.month.day, 0);
    assert_int_equal(
        ptn_recovery_add(setting->world, recovery, (struct ptn_date){ 2026, 12, 1 }, &reading, NULL)
            .code,
        PTN_C_BUSY);
    assert_int_equal(
        ptn_recovery_add(setting->world, recovery, (struct ptn_date){ 2019, 12, 1 }, &reading, NULL)
            .code,
        PTN_C_BAD_INPUT);
    assert_true(ptn_ok(ptn_recovery_add(setting->world, recovery, september, &reading, NULL)));
    assert_int_equal(recovery->months[0].reading.month.month, 9);
    assert_int_equal(recovery->months[2].reading.month.month, 12);
    assert_true(ptn_ok(ptn_recovery_remove(recovery, (struct ptn_date){ 2026, 11, 0 })));
    assert_int_equal(ptn_recovery_remove(recovery, (struct ptn_date){ 2026, 11, 0 }).code,
                     PTN_C_NOT_FOUND);
    assert_int_equal(recovery->month_count, 2);
    /* Destroyed: shares or no shares, it does not come back. */
    assert_true(ptn_ok(ptn_recovery_open(recovery, setting->shares, 3, setting->vault, NULL)));
    assert_int_equal(ptn_vault_reading_count(setting->vault, NULL), 2);
    assert_int_equal(ptn_vault_reading(setting->vault, 0).month.month, 9);
    assert_int_equal(ptn_vault_reading(setting->vault, 1).month.month, 12);
    while (recovery->month_count < PTN_RECOVERY_MONTH_MAX) {
        static const struct ptn_date first = { 2028, 1, 0 };
        unsigned next = first.year * 12u + (unsigned)recovery->month_count;

        assert_true(ptn_ok(ptn_recovery_add(
            setting->world, recovery,
            (struct ptn_date){ (uint16_t)(next / 12), (uint8_t)(next % 12 + 1), 0 }, &reading,
            NULL)));
    }
    assert_int_equal(
        ptn_recovery_add(setting->world, recovery, (struct ptn_date){ 2027, 1, 0 }, &reading, NULL)
            .code,
        PTN_C_TOO_BIG);
}

static void test_recovery__a_wrong_share_or_kit_is_named(void **state)
{
    struct setting *setting = *state;
    struct ptn_recovery *recovery = setting->recovery;
    struct ptn_share shares[3];
    struct ptn_diag diag = { 9, NULL };
    uint8_t box[PTN_EPOCH_BOX_LEN];

    memcpy(shares, setting->shares, sizeof(shares));
    shares[1].share[4] ^= 1;
    assert_int_equal(ptn_recovery_open(recovery, shares, 3, setting->vault, &diag).code,
                     PTN_C_BAD_INPUT);
    assert_int_equal(diag.offset, 1);
    shares[1].share[4] ^= 1;
    recovery->key[3] ^= 1;
    assert_int_equal(ptn_recovery_open(recovery, shares, 3, setting->vault, &diag).code,
                     PTN_C_CORRUPT);
    recovery->key[3] ^= 1;
    /* The boxes of two months exchanged: each opens, and is not that month's. */
    memcpy(box, recovery->months[0].box, sizeof(box));
    memcpy(recovery->months[0].box, recovery->months[1].box, sizeof(box));
    assert_int_equal(ptn_recovery_open(recovery, shares, 3, setting->vault, &diag).code,
                     PTN_C_CORRUPT);
    assert_int_equal(diag.offset, 0);
    memcpy(recovery->months[0].box, box, sizeof(box));
    recovery->months[1].box[50] ^= 1;
    assert_int_equal(ptn_recovery_open(recovery, shares, 3, setting->vault, &diag).code,
                     PTN_C_CORRUPT);
    assert_int_equal(diag.offset, 1);
}

/* The months go over; the shares do not. */
static void test_recovery__other_people_hold_the_same_months(void **state)
{
    struct setting *setting = *state;
    struct ptn_recovery *to = calloc(1, sizeof(*to));
    struct ptn_share shares[2];
    struct ptn_reading reading;
    struct ptn_diag diag = { 0 };

    assert_non_null(to);
    assert_true(ptn_ok(ptn_recovery_make(setting->world, 2, 2, to, shares, NULL)));
    assert_int_equal(
        ptn_recovery_move(setting->world, setting->recovery, shares, 2, to, &diag).code,
        PTN_C_BAD_INPUT);
    assert_int_equal(diag.offset, 0);
    assert_int_equal(to->month_count, 0);
    setting->recovery->months[1].box[40] ^= 1;
    assert_int_equal(
        ptn_recovery_move(setting->world, setting->recovery, setting->shares, 3, to, &diag).code,
        PTN_C_CORRUPT);
    assert_int_equal(diag.offset, 1);
    assert_int_equal(to->month_count, 0);
    setting->recovery->months[1].box[40] ^= 1;
    assert_true(
        ptn_ok(ptn_recovery_move(setting->world, setting->recovery, setting->shares, 3, to, NULL)));
    assert_int_equal(to->month_count, 2);
    for (size_t i = 0; i < 2; i++) {
        assert_memory_equal(to->months[i].reading.key, setting->readings[i].key,
                            PTN_READING_KEY_LEN);
        assert_memory_not_equal(to->months[i].box, setting->recovery->months[i].box,
                                PTN_EPOCH_BOX_LEN);
    }
    assert_true(ptn_ok(
        ptn_recovery_add(setting->world, to, (struct ptn_date){ 2027, 1, 0 }, &reading, NULL)));
    assert_int_equal(ptn_recovery_open(to, setting->shares, 3, setting->vault, &diag).code,
                     PTN_C_BAD_INPUT);
    assert_true(ptn_ok(ptn_recovery_open(to, shares, 2, setting->vault, NULL)));
    assert_int_equal(ptn_vault_reading_count(setting->vault, NULL), 3);
    free(to);
}

static void test_recovery__the_kit_has_one_form(void **state)
{
    struct setting *setting = *state;
    struct ptn_recovery *back = malloc(sizeof(*back));
    struct ptn_buffer text;
    struct ptn_buffer again;
    struct ptn_diag diag;

    assert_non_null(back);
    ptn_buffer_init(&text, PTN_RECOVERY_TEXT_MAX);
    ptn_buffer_init(&again, PTN_RECOVERY_TEXT_MAX);
    assert_true(ptn_ok(ptn_recovery_write(setting->recovery, &text)));
    assert_true(ptn_ok(ptn_recovery_parse(ptn_buffer_bytes(&text), back, NULL)));
    assert_true(ptn_ok(ptn_recovery_write(back, &again)));
    assert_true(ptn_bytes_equal(ptn_buffer_bytes(&text), ptn_buffer_bytes(&again)));
    assert_true(ptn_ok(ptn_recovery_open(back, setting->shares, 3, setting->vault, NULL)));
    /* Any other byte is refused or is another kit's one form; cut short it is a kit only between
     * months. */
    for (size_t at = 0; at < text.len; at++) {
        text.at[at] ^= 1;
        if (ptn_ok(ptn_recovery_parse(ptn_buffer_bytes(&text), back, &diag))) {
            ptn_buffer_clear(&again);
            assert_true(ptn_ok(ptn_recovery_write(back, &again)));
            assert_true(ptn_bytes_equal(ptn_buffer_bytes(&text), ptn_buffer_bytes(&again)));
        }
        text.at[at] ^= 1;
    }
    for (size_t len = 0; len < text.len; len++) {
        bool whole = len > 0 && text.at[len - 1] == '\n' && len + 480 >= text.len;

        assert_int_equal(ptn_recovery_parse(ptn_bytes_of(text.at, len), back, &diag).code,
                         whole ? PTN_C_OK : PTN_C_BAD_INPUT);
    }
    ptn_buffer_release(&text);
    ptn_buffer_release(&again);
    free(back);
}

static void test_recovery__a_line_that_is_wrong_is_named(void **state)
{
#define SET    "postern recovery 1\nset 0011223344556677\n"
#define KEY    "key 0900000000000000000000000000000000000000000000000000000000000000\n"
#define HEX32  "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define COMMIT "commitment " HEX32 "\n"
#define SHARES                                                                                     \
    "share 1 000102030405060708090a0b0c0d0e0f\nshare 2 000102030405060708090a0b0c0d0e0f\n"
#define BOX          HEX32 HEX32 "000102030405060708090a0b0c0d0e0f"
#define MONTH(month) "month " month " " HEX32 " " BOX "\n"
    static const struct {
        const char *text;
        size_t line; /* 0: good */
    } cases[] = {
        { SET "open 2 of 2\n" KEY COMMIT SHARES, 0 },
        { SET "open 2 of 2\n" KEY COMMIT SHARES MONTH("2026-11") MONTH("2026-12"), 0 },
        { "postern recovery 2\nset 0011223344556677\n", 1 },
        { "postern recovery 1\nset 001122334455667\n", 2 },
        { "postern recovery 1\nset 001122334455667A\n", 2 },
        { SET "open 1 of 2\n", 3 },
        { SET "open 3 of 2\n", 3 },
        { SET "open 2 of 17\n", 3 },
        { SET "open 258 of 2\n", 3 },
        { SET "open 02 of 2\n", 3 },
        { SET "open 2 of 258\n", 3 },
        { SET "open 2 of 2 \n", 3 },
        { SET "open 2 of 2\nkey "
              "0000000000000000000000000000000000000000000000000000000000000000"
              "\n",
          4 },
        { SET "open 2 of 2\n" KEY "commitment 00\n", 5 },
        { SET "open 2 of 3\n" KEY COMMIT SHARES, 8 },
        { SET "open 2 of 2\n" KEY COMMIT "share 2 000102030405060708090a0b0c0d0e0f\n", 6 },
        { SET "open 2 of 2\n" KEY COMMIT SHARES MONTH("2026-12") MONTH("2026-11"), 9 },
        { SET "open 2 of 2\n" KEY COMMIT SHARES MONTH("2026-12") MONTH("2026-12"), 9 },
        { SET "open 2 of 2\n" KEY COMMIT SHARES MONTH("2026-13"), 8 },
        { SET "open 2 of 2\n" KEY COMMIT SHARES MONTH("2019-12"), 8 },
        { SET "open 2 of 2\n" KEY COMMIT SHARES MONTH("2026-1"), 8 },
        { SET "open 2 of 2\n" KEY COMMIT SHARES "\n", 8 },
        { "", 1 },
    };
    struct ptn_recovery *recovery = calloc(1, sizeof(*recovery));

    (void)state;
    assert_non_null(recovery);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct ptn_diag diag = { 0, NULL };

        recovery->month_count = 77;
        if (ptn_recovery_parse(ptn_bytes_from_text(cases[i].text), recovery, &diag).code !=
                (cases[i].line == 0 ? PTN_C_OK : PTN_C_BAD_INPUT) ||
            diag.offset != cases[i].line)
            fail_msg("case %zu: line %zu", i, diag.offset);
        assert_true(cases[i].line == 0 || recovery->month_count == 77);
    }
    free(recovery);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        TEST(test_recovery__three_of_five_read_again),
        TEST(test_recovery__months_are_added_in_any_order_and_once),
        TEST(test_recovery__other_people_hold_the_same_months),
        TEST(test_recovery__a_wrong_share_or_kit_is_named),
        TEST(test_recovery__the_kit_has_one_form),
        TEST(test_recovery__a_line_that_is_wrong_is_named),
#undef TEST
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
