/* Goal: plates that are one plate have one key, plates that are two have two, and a VIN's check
 * digit counts only where the law asks for it. */
#include "reference/plate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "reference/state.h"

static struct ptn_bytes key_of(const char *plate, uint8_t key[PTN_PLATE_KEY_MAX])
{
    return ptn_bytes_of(key, ptn_plate_key(ptn_bytes_from_text(plate), key));
}

static struct ptn_bytes alike_of(const char *plate, uint8_t key[PTN_PLATE_KEY_MAX])
{
    return ptn_bytes_of(key, ptn_plate_alike(ptn_bytes_from_text(plate), key));
}

static void test_plate__one_plate_has_one_key(void **state)
{
    static const struct {
        const char *plate, *key;
    } cases[] = {
        { "AB-123 CD", "AB123CD" },
        { "ab123cd", "AB123CD" },
        { "AB\xc2\xb7"
          "123\xc2\xa0"
          "CD",
          "AB123CD" }, /* middle dot, hard blank */
        { "\xd0\x90\xd0\x92 123 \xd0\xa1"
          "D",
          "AB123CD" }, /* Cyrillic A, V, S */
        { "\xd0\xb0\xd0\xb2 123\xd1\x81"
          "d",
          "AB123CD" },                                  /* the same, small */
        { "\xce\x91\xce\x92\xce\x9d-1234", "ABN1234" }, /* Greek */
        { "\xce\xb9\xce\xba\xcf\x85 77", "IKY77" },     /* Greek, small */
        { "\xd9\xa1\xd9\xa2\xd9\xa3 AB", "123AB" },     /* Arabic digits */
        { "\xef\xbc\xa1\xef\xbc\x91", "A1" },           /* full width */
        { "T\xc3\xbc-X 1", "T\xc3\x9cX1" },             /* the mark tells plates apart */
        { "\xd0\xb4 12", "\xd0\x94"
                         "12" }, /* no Latin letter looks like it */
        { "\xc5\xa1 5", "\xc5\xa0"
                        "5" },
        { " -./ ", "" },
        { "", "" },
        { "A\xff"
          " 1",
          "A\xef\xbf\xbd"
          "1" }, /* not UTF-8: marked */
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        uint8_t key[PTN_PLATE_KEY_MAX];

        assert_true(ptn_bytes_is(key_of(cases[i].plate, key), cases[i].key));
    }
}

static void test_plate__alike_is_coarser_and_no_more_than_that(void **state)
{
    static const struct {
        const char *a, *b;
        bool same, alike;
    } cases[] = {
        { "UT 999 ZZ", "ut-999-zz", true, true }, { "AO 101 B", "A0 1O1 8", false, true },
        { "QD 0", "000", false, true },           { "1L I", "111", false, true },
        { "2S 6", "Z5 G", false, true },          { "T\xc3\x9c 1", "TU 1", false, true },
        { "AB 123", "AB 124", false, false },     { "AB 123", "AB 12", false, false },
        { "P 1", "\xd0\xa0 1", true, true },      { "M 1", "N 1", false, false },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        uint8_t a[PTN_PLATE_KEY_MAX];
        uint8_t b[PTN_PLATE_KEY_MAX];

        assert_int_equal(ptn_bytes_equal(key_of(cases[i].a, a), key_of(cases[i].b, b)),
                         cases[i].same);
        assert_int_equal(ptn_bytes_equal(alike_of(cases[i].a, a), alike_of(cases[i].b, b)),
                         cases[i].alike);
    }
}

/* Any bytes: bounded, the key of a key is itself, and alike follows from the key. */
static void test_plate__keys_are_stable(void **state)
{
    uint32_t seed = 1;

    (void)state;
    for (unsigned turn = 0; turn < 20000; turn++) {
        uint8_t plate[80];
        uint8_t first[PTN_PLATE_KEY_MAX];
        uint8_t second[PTN_PLATE_KEY_MAX];
        uint8_t alike[PTN_PLATE_KEY_MAX];
        struct ptn_bytes key;
        size_t len;

        for (size_t i = 0; i < sizeof(plate); i++) {
            seed = seed * 1664525u + 1013904223u;
            plate[i] = (uint8_t)(turn % 2 == 0 ? seed >> 24 : (seed >> 24) % 96 + 32);
        }
        key = ptn_bytes_of(first, ptn_plate_key(ptn_bytes_of(plate, turn % sizeof(plate)), first));
        assert_true(key.len <= PTN_PLATE_KEY_MAX);
        len = ptn_plate_key(key, second);
        assert_true(ptn_bytes_equal(ptn_bytes_of(second, len), key));
        len = ptn_plate_alike(ptn_bytes_of(plate, turn % sizeof(plate)), alike);
        if (key.len < PTN_PLATE_KEY_MAX - 4) {
            uint8_t again[PTN_PLATE_KEY_MAX];
            size_t again_len = ptn_plate_alike(key, again);

            assert_true(ptn_bytes_equal(ptn_bytes_of(again, again_len), ptn_bytes_of(alike, len)));
        }
    }
}

static void test_plate__signs_name_states_that_exist(void **state)
{
    size_t count;
    const struct ptn_plate_sign *signs = ptn_plate_signs(&count);

    (void)state;
    assert_in_range(count, 150, 400);
    for (size_t i = 0; i < count; i++) {
        assert_non_null(ptn_state_find(signs[i].state));
        assert_string_equal(ptn_plate_sign_state(ptn_bytes_from_text(signs[i].sign)),
                            signs[i].state);
    }
    assert_string_equal(ptn_plate_sign_state(PTN_BYTES_LITERAL("al")), "ALB");
    assert_string_equal(ptn_plate_sign_state(PTN_BYTES_LITERAL("D")), "D");
    assert_string_equal(ptn_plate_sign_state(PTN_BYTES_LITERAL("NMK")), "MKD");
    assert_string_equal(ptn_plate_sign_state(PTN_BYTES_LITERAL("RKS")), "RKS");
    assert_null(ptn_plate_sign_state(PTN_BYTES_LITERAL("QQQ")));
    assert_null(ptn_plate_sign_state(PTN_BYTES_LITERAL("")));
    assert_null(ptn_plate_sign_state(PTN_BYTES_LITERAL("ALBA")));
}

static void test_plate__vins(void **state)
{
    static const struct {
        const char *vin, *word;
    } cases[] = {
        { "1M8GDM9AXKP042788", "agrees" }, /* the example of the rule: check digit X */
        { "1m8gdm9ax kp042788", "agrees" },
        { "11111111111111111", "agrees" }, /* the usual trial number */
        { "1M8GDM9A1KP042788", "wrong" },
        { "1M8GDM9AXKP042789", "wrong" },
        { "5M8GDM9A1KP042788", "wrong" },
        { "WVWZZZ1JZXW000001", "unchecked" },
        { "1M8GDM9AXKP04278", "none" },
        { "1M8GDM9AXKP0427888", "none" },
        { "1M8GDM9AXKPO42788", "none" }, /* O is not of the alphabet */
        { "IM8GDM9AXKP042788", "none" },
        { "QM8GDM9AXKP042788", "none" },
        { "", "none" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_string_equal(ptn_vin_word(ptn_vin_check(ptn_bytes_from_text(cases[i].vin))),
                            cases[i].word);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plate__one_plate_has_one_key),
        cmocka_unit_test(test_plate__alike_is_coarser_and_no_more_than_that),
        cmocka_unit_test(test_plate__keys_are_stable),
        cmocka_unit_test(test_plate__signs_name_states_that_exist),
        cmocka_unit_test(test_plate__vins),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
