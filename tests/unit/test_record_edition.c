/* Goal: a part of an edition has one form, and says nothing that cannot be. */
#include "record/edition.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static const uint8_t names[2 * PTN_SHA256_LEN] = { 1 };

static struct ptn_list_edition good(void)
{
    return (struct ptn_list_edition){ .time_ms = INT64_C(1795800000000),
                                      .post = PTN_BYTES_LITERAL("centre"),
                                      .officer = PTN_BYTES_LITERAL("ana"),
                                      .second = PTN_BYTES_LITERAL("ben"),
                                      .list = PTN_BYTES_LITERAL("un"),
                                      .edition = 2,
                                      .part = 1,
                                      .parts = 2,
                                      .root = { 1 },
                                      .former = { 2 },
                                      .profile = PTN_BYTES_LITERAL("un"),
                                      .on_entry = PTN_BYTES_LITERAL("ban"),
                                      .on_exit = PTN_BYTES_LITERAL("inform"),
                                      .rows = PTN_BYTES_LITERAL("rows"),
                                      .gone = { names, sizeof(names) } };
}

static void test_edition__there_and_back(void **state)
{
    struct ptn_list_edition edition = good();
    struct ptn_list_edition back;
    struct ptn_buffer out = { .len_max = PTN_RECORD_LEN_MAX };

    (void)state;
    assert_true(ptn_ok(ptn_list_edition_write(&edition, &out)));
    assert_true(ptn_ok(ptn_list_edition_parse(ptn_buffer_bytes(&out), &back, NULL)));
    assert_int_equal(back.part, 1);
    assert_true(ptn_bytes_equal(back.rows, edition.rows));
    assert_true(ptn_bytes_equal(back.gone, edition.gone));
    assert_memory_equal(back.former, edition.former, PTN_SHA256_LEN);
    ptn_buffer_release(&out);
}

static void test_edition__rules_between_fields(void **state)
{
    static const char *const faults[] = { NULL, "second", "part", "former", "former", "gone" };

    (void)state;
    for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
        struct ptn_list_edition edition = good();
        struct ptn_diag diag = { 0, "" };
        enum ptn_code expected = faults[i] == NULL ? PTN_C_OK : PTN_C_BAD_INPUT;

        edition.second = i == 1 ? edition.officer : edition.second;
        edition.part = i == 2 ? 2 : 1;
        edition.edition = i == 3 ? 1 : 2;
        edition.former[0] = i == 4 ? 0 : 2;
        edition.gone.len -= i == 5 ? 1 : 0;
        assert_int_equal(ptn_list_edition_validate(&edition, &diag).code, expected);
        assert_string_equal(diag.text, faults[i] == NULL ? "" : faults[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_edition__there_and_back),
        cmocka_unit_test(test_edition__rules_between_fields),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
