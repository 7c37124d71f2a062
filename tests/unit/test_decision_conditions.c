/* Unit tests of decision/conditions.c: the shipped file, which row is found, and what is refused.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "decision/conditions.h"
#include "fault.h"
#include "reference/state.h"

static const struct ptn_date today = { 2026, 11, 24 };

#define HEAD "postern-conditions\t1\nstate\tALB\nchecked\t2026-11-24\nsource\tS\tA law\n"

static struct ptn_conditions *load(const char *text)
{
    struct ptn_conditions *conditions = NULL;
    struct ptn_diag diag = { 0 };

    if (!ptn_ok(ptn_conditions_load(ptn_bytes_from_text(text), &conditions, &diag)))
        fail_msg("line %zu: %s", diag.offset, diag.text);
    return conditions;
}

static void test_conditions__the_shipped_file_says_what_its_sources_say(void **state)
{
    static const struct {
        const char *nationality;
        enum ptn_document_kind document;
        int visa; /* 0 no, 1 yes, -1 not accepted */
        unsigned days;
    } rows[] = {
        { "ITA", PTN_DOCUMENT_PASSPORT, 0, 90 },
        { "ITA", PTN_DOCUMENT_ID_CARD, 0, 90 },
        { "D", PTN_DOCUMENT_ID_CARD, 0, 90 },
        { "DEU", PTN_DOCUMENT_ID_CARD, 0, 90 },
        { "RKS", PTN_DOCUMENT_ID_CARD, 0, 90 },
        { "GBD", PTN_DOCUMENT_PASSPORT, 0, 90 },
        { "TUR", PTN_DOCUMENT_PASSPORT, 0, 90 },
        { "TUR", PTN_DOCUMENT_ID_CARD, -1, 0 },
        { "USA", PTN_DOCUMENT_PASSPORT, 0, 365 },
        { "USA", PTN_DOCUMENT_ID_CARD, -1, 0 },
        { "MEX", PTN_DOCUMENT_PASSPORT, 0, 90 },
        { "IND", PTN_DOCUMENT_PASSPORT, 1, 90 },
        { "IND", PTN_DOCUMENT_DIPLOMATIC_PASSPORT, 0, 90 },
        { "ITA", PTN_DOCUMENT_EMERGENCY, 0, 90 },
        { "ITA", PTN_DOCUMENT_SERVICE_PASSPORT, 0, 90 },
        { "AFG", PTN_DOCUMENT_PASSPORT, 1, 90 },
        { "XXB", PTN_DOCUMENT_REFUGEE, 1, 90 },
        { "XXA", PTN_DOCUMENT_STATELESS, 1, 90 },
        { "AFG", PTN_DOCUMENT_VISA, -1, 0 },
        { "UTO", PTN_DOCUMENT_PASSPORT, 0, 90 },
    };
    struct ptn_conditions *conditions = NULL;

    (void)state;
    assert_int_equal(ptn_conditions_load(ptn_conditions_shipped(), &conditions, NULL).code,
                     PTN_C_OK);
    assert_string_equal(ptn_conditions_state(conditions), "ALB");
    assert_true(ptn_date_equal(ptn_conditions_date(conditions), today));
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct ptn_condition *row =
            ptn_conditions_find(conditions, rows[i].nationality, rows[i].document, today);

        if ((row == NULL        ? -1
             : row->visa_needed ? 1
                                : 0) != rows[i].visa ||
            (row != NULL && row->days != rows[i].days))
            fail_msg("%s %s", rows[i].nationality, ptn_document_kind_word(rows[i].document));
    }
    assert_true(ptn_conditions_stands_in(conditions, "FRA", false, today));
    assert_true(ptn_conditions_stands_in(conditions, "D", true, today));
    assert_true(ptn_conditions_stands_in(conditions, "ARE", true, today));
    assert_false(ptn_conditions_stands_in(conditions, "ARE", false, today));
    assert_false(ptn_conditions_stands_in(conditions, "SRB", true, today));
    ptn_conditions_free(conditions);
}

static void test_conditions__rows_are_in_force_from_their_first_to_their_last_day(void **state)
{
    static const struct {
        struct ptn_date on;
        int visa;
    } days[] = {
        { { 2026, 3, 31 }, 1 }, { { 2026, 4, 1 }, 0 }, { { 2026, 10, 31 }, 0 },
        { { 2026, 11, 1 }, 1 }, { { 2027, 4, 1 }, 0 },
    };
    struct ptn_conditions *conditions =
        load(HEAD "condition\t*\tpassport\tyes\t90\t180\t0\t-\t-\tS\n"
                  "condition\tSAU\tpassport\tno\t90\t180\t0\t2027-04-01\t-\tS\n"
                  "condition\tSAU\tpassport\tno\t90\t180\t0\t2026-04-01\t2026-10-31\tS\n"
                  "standin\tFRA\tvisa\t2026-01-01\t2026-12-31\tS\n");

    (void)state;
    for (size_t i = 0; i < sizeof(days) / sizeof(days[0]); i++) {
        const struct ptn_condition *row =
            ptn_conditions_find(conditions, "SAU", PTN_DOCUMENT_PASSPORT, days[i].on);

        assert_non_null(row);
        assert_int_equal(row->visa_needed, days[i].visa);
        assert_true(ptn_bytes_is(row->source, "S"));
    }
    assert_true(
        ptn_conditions_stands_in(conditions, "FRA", false, (struct ptn_date){ 2026, 12, 31 }));
    assert_false(
        ptn_conditions_stands_in(conditions, "FRA", false, (struct ptn_date){ 2027, 1, 1 }));
    ptn_conditions_free(conditions);
}

static void test_conditions__no_limit_and_margin_are_read(void **state)
{
    struct ptn_conditions *conditions =
        load(HEAD "condition\tITA\tpassport\tno\t0\t0\t91\t-\t-\tS\n");
    const struct ptn_condition *row =
        ptn_conditions_find(conditions, "ITA", PTN_DOCUMENT_PASSPORT, today);

    (void)state;
    assert_int_equal(row->days, 0);
    assert_int_equal(row->margin_days, 91);
    assert_null(ptn_conditions_find(conditions, "FRA", PTN_DOCUMENT_PASSPORT, today));
    ptn_conditions_free(conditions);
}

static void test_conditions__bad_lines_are_located_and_nothing_is_taken(void **state)
{
    static const char *const fifth[] = {
        "condition\tQQQ\tpassport\tno\t90\t180\t0\t-\t-\tS",
        "condition\tITA\tpaper\tno\t90\t180\t0\t-\t-\tS",
        "condition\tITA\tpassport\tmaybe\t90\t180\t0\t-\t-\tS",
        "condition\tITA\tpassport\tno\t180\t180\t0\t-\t-\tS",
        "condition\tITA\tpassport\tno\t90\t367\t0\t-\t-\tS",
        "condition\tITA\tpassport\tno\t0\t180\t0\t-\t-\tS",
        "condition\tITA\tpassport\tno\t-1\t180\t0\t-\t-\tS",
        "condition\tITA\tpassport\tno\t90\t180\t0\t2026-13-01\t-\tS",
        "condition\tITA\tpassport\tno\t90\t180\t0\t2026-XX-XX\t-\tS",
        "condition\tITA\tpassport\tno\t90\t180\t0\t2026-02-01\t2026-01-01\tS",
        "condition\tITA\tpassport\tno\t90\t180\t0\t-\t-\tT",
        "condition\tITA\tpassport\tno\t90\t180\t0\t-\t-",
        "condition\tITA\tpassport\tno\t90\t180\t0\t-\t-\tS\tmore",
        "standin\tITA\tpaper\t-\t-\tS",
        "standin\t*\tvisa\t-\t-\tS",
        "state\tALB",
        "checked\t2026-11-24",
        "source\tS\tagain",
        "source\tT",
        "other\tx",
        "postern-conditions\t1",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(fifth) / sizeof(fifth[0]); i++) {
        struct ptn_conditions *conditions = NULL;
        struct ptn_diag diag = { 0 };
        char text[512];

        (void)snprintf(text, sizeof(text), HEAD "%s\n", fifth[i]);
        if (ptn_conditions_load(ptn_bytes_from_text(text), &conditions, &diag).code !=
                PTN_C_BAD_INPUT ||
            diag.offset != 5)
            fail_msg("%s: line %zu", fifth[i], diag.offset);
        assert_null(conditions);
    }
}

static void test_conditions__whole_file_faults(void **state)
{
    static const char *const files[] = {
        "",
        "postern-conditions\t2\n",
        HEAD,
        "postern-conditions\t1\nchecked\t2026-11-24\nsource\tS\tA\n"
        "condition\tITA\tpassport\tno\t90\t180\t0\t-\t-\tS\n",
        "postern-conditions\t1\nstate\tALB\nsource\tS\tA\n"
        "condition\tITA\tpassport\tno\t90\t180\t0\t-\t-\tS\n",
        HEAD "condition\tITA\tpassport\tno\t90\t180\t0\t-\t-\tS\n"
             "condition\tITA\tpassport\tyes\t90\t180\t0\t-\t-\tS\n",
        HEAD "condition\tITA\tpassport\tno\t90\t180\t0\t-\t2026-05-01\tS\n"
             "condition\tITA\tpassport\tyes\t90\t180\t0\t2026-05-01\t-\tS\n",
        HEAD "condition\tD\tpassport\tno\t90\t180\t0\t-\t-\tS\n"
             "condition\tDEU\tpassport\tno\t90\t180\t0\t-\t-\tS\n",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        struct ptn_conditions *conditions = NULL;

        if (ptn_conditions_load(ptn_bytes_from_text(files[i]), &conditions, NULL).code !=
            PTN_C_BAD_INPUT)
            fail_msg("file %zu was taken", i);
    }
}

static void test_conditions__loading_fails_clean_at_every_allocation(void **state)
{
    struct ptn_conditions *conditions = NULL;
    struct ptn_status status;
    unsigned long nth = 0;

    (void)state;
    do {
        fault_allocation(++nth, FAULT_ONCE);
        status = ptn_conditions_load(ptn_conditions_shipped(), &conditions, NULL);
        if (fault_off()) {
            assert_int_equal(status.code, PTN_C_NO_MEMORY);
            assert_null(conditions);
        }
    } while (!ptn_ok(status));
    assert_true(nth > 3);
    ptn_conditions_free(conditions);
}

static void test_conditions__limits(void **state)
{
    static char text[PTN_CONDITIONS_FILE_MAX + 2];
    struct ptn_conditions *conditions = NULL;
    size_t len = (size_t)snprintf(text, sizeof(text), HEAD);

    (void)state;
    for (unsigned row = 0; row < PTN_CONDITIONS_ROW_MAX; row++) {
        unsigned day = row % 28 + 1;
        unsigned month = row / 28 % 12 + 1;
        unsigned year = 1000 + row / 336;

        len += (size_t)snprintf(text + len, sizeof(text) - len,
                                "condition\tITA\tpassport\tno\t90\t180\t0\t%04u-%02u-%02u\t"
                                "%04u-%02u-%02u\tS\n",
                                year, month, day, year, month, day);
    }
    assert_true(len < PTN_CONDITIONS_FILE_MAX);
    assert_int_equal(ptn_conditions_load(ptn_bytes_of(text, len), &conditions, NULL).code,
                     PTN_C_OK);
    ptn_conditions_free(conditions);
    conditions = NULL;
    len += (size_t)snprintf(text + len, sizeof(text) - len,
                            "condition\tITA\tpassport\tno\t90\t180\t0\t3000-01-01\t-\tS\n");
    assert_int_equal(ptn_conditions_load(ptn_bytes_of(text, len), &conditions, NULL).code,
                     PTN_C_TOO_BIG);
    memset(text, '#', sizeof(text));
    assert_int_equal(
        ptn_conditions_load(ptn_bytes_of(text, PTN_CONDITIONS_FILE_MAX + 1), &conditions, NULL)
            .code,
        PTN_C_TOO_BIG);
    assert_null(conditions);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_conditions__the_shipped_file_says_what_its_sources_say),
        cmocka_unit_test(test_conditions__rows_are_in_force_from_their_first_to_their_last_day),
        cmocka_unit_test(test_conditions__no_limit_and_margin_are_read),
        cmocka_unit_test(test_conditions__bad_lines_are_located_and_nothing_is_taken),
        cmocka_unit_test(test_conditions__whole_file_faults),
        cmocka_unit_test(test_conditions__limits),
        cmocka_unit_test(test_conditions__loading_fails_clean_at_every_allocation),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
