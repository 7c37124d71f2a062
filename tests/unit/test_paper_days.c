/* Goal: whoever may have crossed on a sheet that is not keyed is known to may have: the days on
 * paper stay open until every sheet is settled, and close by that. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "paper/days.h"

#define DAY_MS INT64_C(86400000)
#define NOON   (12 * INT64_C(3600000))

static const struct ptn_record_id some_id = { { 1 } };

static void moved(struct ptn_paper_days *days, int32_t day, bool manual)
{
    assert_true(ptn_ok(ptn_paper_days_moved(days, day * DAY_MS + NOON, manual)));
}

static void made(struct ptn_paper_days *days, unsigned number, int32_t day, unsigned sheets)
{
    const struct ptn_pack pack = {
        .id = some_id, .number = number, .sheets = sheets, .time_ms = day * DAY_MS
    };

    assert_true(ptn_ok(ptn_paper_days_pack(days, &pack)));
}

static void keyed(struct ptn_paper_days *days, unsigned pack, unsigned number, int32_t day,
                  bool settled)
{
    struct ptn_sheet sheet = {
        .pack = pack, .number = number, .date = ptn_date_from_days(day), .turn = PTN_KEYING_FIRST
    };

    if (settled)
        sheet.crossing = some_id;
    ptn_paper_days_sheet(days, &sheet);
}

static void told(struct ptn_paper_days *days, unsigned pack, unsigned first, unsigned count,
                 enum ptn_sheets_state state, int32_t day)
{
    const struct ptn_sheets_told record = {
        .pack = pack, .first = first, .count = count, .state = state, .time_ms = day * DAY_MS
    };

    ptn_paper_days_told(days, &record);
}

/* The only gap is that one; first above last: there is none. */
static void expect(const struct ptn_paper_days *days, int32_t today, int32_t first, int32_t last)
{
    struct ptn_paper_gap gaps[PTN_PAPER_GAPS_MAX];
    size_t count = ptn_paper_days_gaps(days, today, gaps);

    assert_int_equal(count, first <= last ? 1 : 0);
    if (count == 1 && (gaps[0].first != first || gaps[0].last != last))
        fail_msg("%d to %d", (int)gaps[0].first, (int)gaps[0].last);
}

/* PAPER-6. */
static void test_days__a_period_closes_when_every_sheet_is_settled(void **state)
{
    struct ptn_paper_days *days = ptn_paper_days_new();

    (void)state;
    made(days, 1, 100, 3);
    expect(days, 101, 1, 0); /* printed before it is needed */
    moved(days, 110, true);
    expect(days, 112, 110, 112);
    moved(days, 113, false);
    expect(days, 120, 110, 113);
    keyed(days, 1, 1, 111, false);
    expect(days, 120, 110, 113);
    keyed(days, 1, 1, 111, true);
    keyed(days, 1, 2, 112, true);
    expect(days, 120, 110, 113);
    told(days, 1, 3, 1, PTN_SHEETS_UNUSED, 120);
    expect(days, 120, 1, 0);
    made(days, 2, 130, 3); /* a later pack says nothing of it */
    expect(days, 140, 1, 0);
    ptn_paper_days_free(days);
}

/* What stood on a lost sheet is never known; one that was lost before cannot have been used. */
static void test_days__a_lost_sheet_keeps_its_period_open(void **state)
{
    struct ptn_paper_days *days = ptn_paper_days_new();

    (void)state;
    made(days, 1, 100, 1);
    moved(days, 110, true);
    moved(days, 113, false);
    told(days, 1, 1, 1, PTN_SHEETS_LOST, 120);
    moved(days, 210, true);
    moved(days, 213, false);
    expect(days, 220, 110, 113);
    keyed(days, 1, 1, 111, false); /* found */
    keyed(days, 1, 1, 111, true);
    expect(days, 220, 1, 0);
    ptn_paper_days_free(days);
}

/* A power cut: nobody moved the rung, and people were written down. */
static void test_days__sheets_say_so_without_a_rung(void **state)
{
    struct ptn_paper_days *days = ptn_paper_days_new();

    (void)state;
    made(days, 1, 100, 3);
    keyed(days, 1, 1, 50, false); /* before it was printed: a slip of the hand */
    expect(days, 120, 100, 100);
    keyed(days, 1, 2, 105, true);
    expect(days, 120, 100, 105);
    keyed(days, 1, 1, 105, true);
    told(days, 1, 3, 1, PTN_SHEETS_SPOILED, 110);
    expect(days, 120, 1, 0);
    ptn_paper_days_free(days);
}

/* Records that cannot follow what is known change nothing. */
static void test_days__what_cannot_follow_is_left_out(void **state)
{
    struct ptn_paper_days *days = ptn_paper_days_new();

    (void)state;
    keyed(days, 7, 1, 100, true);
    told(days, 7, 1, 5, PTN_SHEETS_LOST, 100);
    moved(days, 100, false);
    expect(days, 100, 1, 0);
    made(days, 7, 100, 2);
    made(days, 7, 90, 9);
    told(days, 7, 0, 9, PTN_SHEETS_UNUSED, 100);
    keyed(days, 7, 1, 100, true); /* put aside */
    moved(days, 100, true);
    moved(days, 99, false); /* a clock that went back */
    expect(days, 100, 1, 0);
    ptn_paper_days_free(days);
    ptn_paper_days_free(NULL);
}

/* Whatever is added, no day that was in is out, and the list stays in order and bounded. */
static void test_days__gaps_are_joined_and_bounded(void **state)
{
    struct ptn_paper_gap gaps[PTN_PAPER_GAPS_MAX];
    bool in[2000];
    uint32_t seed = 1;

    (void)state;
    for (unsigned turn = 0; turn < 50; turn++) {
        size_t count = 0;

        memset(in, 0, sizeof(in));
        for (unsigned i = 0; i < 200; i++) {
            struct ptn_paper_gap gap;

            seed = seed * 1664525u + 1013904223u;
            gap.first = (int32_t)(seed >> 8) % 1990;
            gap.last = gap.first + (int32_t)(seed >> 4) % 3;
            for (int32_t day = gap.first; day <= gap.last; day++)
                in[day] = true;
            count = ptn_paper_gaps_add(gaps, count, gap);
            assert_in_range(count, 1, PTN_PAPER_GAPS_MAX);
            for (size_t k = 1; k < count; k++)
                assert_true(gaps[k].first > gaps[k - 1].last + 1);
        }
        for (int32_t day = 0; day < 2000; day++) {
            bool there = false;

            for (size_t k = 0; k < count; k++)
                there = there || (gaps[k].first <= day && day <= gaps[k].last);
            assert_true(there || !in[day]);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_days__a_period_closes_when_every_sheet_is_settled),
        cmocka_unit_test(test_days__a_lost_sheet_keeps_its_period_open),
        cmocka_unit_test(test_days__sheets_say_so_without_a_rung),
        cmocka_unit_test(test_days__what_cannot_follow_is_left_out),
        cmocka_unit_test(test_days__gaps_are_joined_and_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
