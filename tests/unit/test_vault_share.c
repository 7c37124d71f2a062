#include "vault/share.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static const uint8_t secret[PTN_SHARE_SECRET_LEN] = { 0,  1,  2,   3,   255, 254, 7,  8,  9, 10, 11,
                                                      12, 13, 128, 129, 16,  17,  18, 19, 1, 2,  3,
                                                      4,  5,  6,   7,   8,   9,   10, 11, 0, 0 };

struct split {
    struct ptn_world *world;
    struct ptn_share_set set;
    struct ptn_share shares[PTN_SHARE_COUNT_MAX];
};

static struct split split(unsigned needed, unsigned count)
{
    static uint64_t seed = 1;
    struct split made = { .world = ptn_world_seeded(seed++, 0) };

    assert_non_null(made.world);
    assert_true(
        ptn_ok(ptn_share_split(made.world, secret, needed, count, &made.set, made.shares, NULL)));
    ptn_world_seeded_free(made.world);
    return made;
}

static void test_share__any_of_them_bring_the_secret_back(void **state)
{
    (void)state;
    for (unsigned count = 2; count <= 6; count++) {
        for (unsigned needed = 2; needed <= count; needed++) {
            struct split made = split(needed, count);

            for (unsigned chosen = 0; chosen < 1u << count; chosen++) {
                struct ptn_share given[PTN_SHARE_COUNT_MAX];
                uint8_t joined[PTN_SHARE_SECRET_LEN] = { 77 };
                struct ptn_diag diag = { 99, NULL };
                size_t given_count = 0;
                struct ptn_status status;

                for (unsigned i = count; i > 0; i--)
                    if ((chosen >> (i - 1) & 1u) != 0)
                        given[given_count++] = made.shares[i - 1];
                status = ptn_share_join(&made.set, given, given_count, joined, &diag);
                if (given_count >= needed) {
                    assert_true(ptn_ok(status));
                    assert_memory_equal(joined, secret, sizeof(secret));
                } else {
                    assert_int_equal(status.code, PTN_C_BAD_INPUT);
                    assert_int_equal(diag.offset, given_count);
                    assert_int_equal(joined[0], 77);
                }
            }
        }
    }
}

static void test_share__numbers_have_limits(void **state)
{
    static const struct {
        unsigned needed;
        unsigned count;
        bool good;
    } cases[] = { { 1, 1, false }, { 1, 3, false },  { 2, 2, true },   { 3, 2, false },
                  { 2, 16, true }, { 16, 16, true }, { 2, 17, false }, { 17, 17, false },
                  { 0, 0, false }, { 258, 5, false } };
    struct ptn_world *world = ptn_world_seeded(9, 0);
    struct ptn_share shares[PTN_SHARE_COUNT_MAX];
    struct ptn_share_set set;

    (void)state;
    assert_non_null(world);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_int_equal(
            ptn_share_split(world, secret, cases[i].needed, cases[i].count, &set, shares, NULL)
                .code,
            cases[i].good ? PTN_C_OK : PTN_C_BAD_INPUT);
    ptn_world_seeded_free(world);
}

/* Fewer shares than needed tell nothing: no byte of the secret stands in one, and two splits of
 * the same secret have nothing in common. */
static void test_share__one_share_tells_nothing(void **state)
{
    struct split a = split(2, 3);
    struct split b = split(2, 3);

    (void)state;
    assert_memory_not_equal(a.set.set, b.set.set, sizeof(a.set.set));
    for (unsigned i = 0; i < 3; i++) {
        unsigned same = 0;

        assert_memory_not_equal(a.shares[i].share, b.shares[i].share, PTN_SHARE_SECRET_LEN);
        for (unsigned k = 0; k < PTN_SHARE_SECRET_LEN; k++)
            same += a.shares[i].share[k] == secret[k] ? 1 : 0;
        assert_true(same < 8);
    }
}

/* Whatever is wrong with one, it is named, and the others are not blamed. */
static void test_share__the_wrong_one_is_named(void **state)
{
    struct split made = split(3, 5);
    struct split other = split(3, 5);
    uint8_t joined[PTN_SHARE_SECRET_LEN];

    (void)state;
    for (size_t wrong = 0; wrong < 4; wrong++) {
        for (unsigned how = 0; how < 8; how++) {
            struct ptn_share given[4];
            struct ptn_diag diag = { 99, NULL };
            bool first_of_twins = how == 2 && wrong == 0;

            memcpy(given, made.shares, sizeof(given));
            if (how == 0)
                given[wrong].share[31] ^= 1; /* damaged, or forged */
            else if (how == 1)
                given[wrong] = other.shares[wrong]; /* of another split */
            else if (how == 2)
                given[wrong] = given[wrong == 0 ? 1 : 0]; /* twice */
            else if (how == 3)
                given[wrong].index = 5; /* says it is another's */
            else if (how == 4)
                given[wrong].index = 0;
            else if (how == 5)
                given[wrong].index = 6;
            else if (how == 6)
                given[wrong].needed = 2;
            else
                given[wrong].count = 4;
            assert_int_equal(ptn_share_join(&made.set, given, 4, joined, &diag).code,
                             PTN_C_BAD_INPUT);
            assert_int_equal(diag.offset, first_of_twins ? 1 : wrong);
            assert_non_null(diag.text);
        }
    }
}

/* The library would give some secret without a word. */
static void test_share__a_set_that_promises_another_secret_is_corrupt(void **state)
{
    struct split made = split(2, 2);
    uint8_t joined[PTN_SHARE_SECRET_LEN] = { 3 };

    (void)state;
    made.set.commitment[7] ^= 4;
    assert_int_equal(ptn_share_join(&made.set, made.shares, 2, joined, NULL).code, PTN_C_CORRUPT);
    assert_int_equal(joined[0], 3);
    made.set.needed = 0;
    assert_int_equal(ptn_share_join(&made.set, made.shares, 2, joined, NULL).code, PTN_C_BAD_INPUT);
}

/* ---- as letters ---- */

static struct ptn_buffer text_of(const struct ptn_share *share)
{
    struct ptn_buffer text;

    ptn_buffer_init(&text, PTN_SHARE_TEXT_MAX);
    assert_true(ptn_ok(ptn_share_write(share, &text)));
    return text;
}

static bool same(const struct ptn_share *a, const struct ptn_share *b)
{
    return memcmp(a, b, sizeof(*a)) == 0; /* bytes only: no padding */
}

/* Worked out by hand for a share whose bytes count up: the letters are Crockford's. */
static void test_share__known_letters(void **state)
{
    struct ptn_share share = { .needed = 2, .count = 3, .index = 1 };
    struct ptn_buffer text;

    (void)state;
    for (unsigned i = 0; i < sizeof(share.set); i++)
        share.set[i] = (uint8_t)i;
    text = text_of(&share);
    /* 00 01 02 03 04 05 06 07 02 03 in base 32: 00000 00000 00000 10000 00100 00000 11000 00100 ...
     */
    assert_true(text.len > 80);
    assert_memory_equal(text.at, "postern share 1 of 3, any 2 open set 0001020304050607\n1 ", 56);
    assert_memory_equal(text.at + 56, "000g-40r4-0m30-e0g3-", 20);
    ptn_buffer_release(&text);
}

static void test_share__there_and_back_as_people_type_it(void **state)
{
    struct split made = split(3, 5);

    (void)state;
    for (unsigned i = 0; i < 5; i++) {
        struct ptn_buffer text = text_of(&made.shares[i]);
        struct ptn_buffer typed;
        struct ptn_share back;

        assert_true(ptn_ok(ptn_share_parse(ptn_buffer_bytes(&text), &back, NULL)));
        assert_true(same(&back, &made.shares[i]));
        ptn_buffer_init(&typed, 1000);
        for (size_t at = 0; at < text.len; at++) {
            uint8_t letter = text.at[at];

            if (letter == '-' && at % 3 == 0)
                continue; /* forgotten */
            if (letter == '-' && at % 3 == 1)
                letter = ' ';
            if (letter == '1' && text.at[at - 1] != '\n')
                letter = at % 2 == 0 ? 'l' : 'I';
            if (letter == '0')
                letter = 'O';
            if (letter >= 'a' && letter <= 'z' && at % 2 == 0 && at > 54)
                letter = (uint8_t)(letter - 'a' + 'A');
            assert_true(ptn_ok(ptn_buffer_add_u8(&typed, letter)));
            if (letter == '\n')
                assert_true(ptn_ok(ptn_buffer_add_text(&typed, "\r\n  ")));
        }
        assert_true(ptn_ok(ptn_share_parse(ptn_buffer_bytes(&typed), &back, NULL)));
        assert_true(same(&back, &made.shares[i]));
        ptn_buffer_release(&typed);
        ptn_buffer_release(&text);
    }
}

/* A wrong letter is told by its line; lines of different shares do not go together. */
static void test_share__a_wrong_letter_is_told_by_its_line(void **state)
{
    struct split made = split(3, 5);
    struct ptn_buffer text = text_of(&made.shares[1]);
    struct ptn_buffer other = text_of(&made.shares[2]);
    struct ptn_share back = { .index = 9 };
    struct ptn_diag diag;
    unsigned line = 0;
    size_t start = 0;

    (void)state;
    for (size_t at = 0; at < text.len; at++) {
        uint8_t right = text.at[at];

        if (right == '\n') {
            line++;
            start = at + 1;
        }
        if (line == 0 || right == '\n' || right == '-' || right == ' ' || at == start)
            continue;
        text.at[at] = right == 'z' ? 'y' : 'z';
        diag.offset = 99;
        assert_int_equal(ptn_share_parse(ptn_buffer_bytes(&text), &back, &diag).code,
                         PTN_C_BAD_INPUT);
        assert_int_equal(diag.offset, line);
        text.at[at] = 'u'; /* no letter of the alphabet */
        assert_int_equal(ptn_share_parse(ptn_buffer_bytes(&text), &back, &diag).code,
                         PTN_C_BAD_INPUT);
        assert_int_equal(diag.offset, line);
        text.at[at] = right;
    }
    /* The last line of the next share under the first four of this. */
    assert_int_equal(text.len, other.len);
    memcpy(text.at + text.len - 27, other.at + other.len - 27, 27);
    assert_int_equal(ptn_share_parse(ptn_buffer_bytes(&text), &back, &diag).code, PTN_C_BAD_INPUT);
    assert_int_equal(diag.offset, 0);
    assert_int_equal(back.index, 9);
    /* Missing, too many, too long. */
    for (size_t len = 0; len + 1 < other.len; len++)
        assert_int_equal(ptn_share_parse(ptn_bytes_of(other.at, len), &back, NULL).code,
                         PTN_C_BAD_INPUT);
    ptn_buffer_release(&text);
    ptn_buffer_init(&text, 4000);
    assert_true(ptn_ok(ptn_buffer_add(&text, ptn_buffer_bytes(&other))));
    assert_true(ptn_ok(ptn_buffer_add_text(&text, "6 000g")));
    assert_int_equal(ptn_share_parse(ptn_buffer_bytes(&text), &back, &diag).code, PTN_C_BAD_INPUT);
    assert_int_equal(diag.offset, 6);
    text.len -= 6;
    while (text.len <= 1024)
        assert_true(ptn_ok(ptn_buffer_add_text(&text, "\n")));
    assert_int_equal(ptn_share_parse(ptn_buffer_bytes(&text), &back, &diag).code, PTN_C_BAD_INPUT);
    text.len--;
    assert_true(ptn_ok(ptn_share_parse(ptn_buffer_bytes(&text), &back, &diag)));
    ptn_buffer_release(&text);
    ptn_buffer_release(&other);
}

static void test_share__a_full_buffer_is_as_before(void **state)
{
    struct split made = split(2, 2);
    struct ptn_buffer text = text_of(&made.shares[0]);

    (void)state;
    for (size_t cap = 0; cap <= text.len; cap++) {
        struct ptn_buffer out;
        struct ptn_status status;

        ptn_buffer_init(&out, cap);
        status = ptn_share_write(&made.shares[0], &out);
        assert_int_equal(status.code, cap == text.len ? PTN_C_OK : PTN_C_TOO_BIG);
        assert_int_equal(out.len, ptn_ok(status) ? text.len : 0);
        ptn_buffer_release(&out);
    }
    ptn_buffer_release(&text);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_share__any_of_them_bring_the_secret_back),
        cmocka_unit_test(test_share__numbers_have_limits),
        cmocka_unit_test(test_share__one_share_tells_nothing),
        cmocka_unit_test(test_share__the_wrong_one_is_named),
        cmocka_unit_test(test_share__a_set_that_promises_another_secret_is_corrupt),
        cmocka_unit_test(test_share__known_letters),
        cmocka_unit_test(test_share__there_and_back_as_people_type_it),
        cmocka_unit_test(test_share__a_wrong_letter_is_told_by_its_line),
        cmocka_unit_test(test_share__a_full_buffer_is_as_before),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
