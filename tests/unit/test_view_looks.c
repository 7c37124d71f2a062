/* Goal: an auditor is told of every look, and of no traveller; on either engine. */
#include "view/looks.h"

#include "view_setting.h"

#define LEDGERS 3u
#define ENTRIES 3000u

struct seen {
    size_t count, of_one, answered, first_line;
    uint64_t last_seq; /* of the ledger at hand: the latest first */
    char origin[64];
    int64_t places[8];
    struct ptn_view_look first; /* its texts are gone */
    size_t ends_at;
};

static bool is_there(struct setting *setting, uint64_t ledger, uint64_t seq, uint32_t kind)
{
    assert_true(ptn_ok(made_entry(&setting->made, ledger, seq, PEOPLE)));
    return setting->made.header.kind == kind;
}

static struct ptn_status take(void *context, const struct ptn_view_look *look)
{
    struct seen *seen = context;

    if (strcmp(seen->origin, look->origin) == 0)
        assert_true(look->seq < seen->last_seq);
    else
        (void)snprintf(seen->origin, sizeof(seen->origin), "%s", look->origin);
    seen->last_seq = look->seq;
    if (seen->count < 8)
        seen->places[seen->count] = look->at;
    if (seen->count == 0)
        seen->first = *look;
    seen->count++;
    seen->of_one += look->of_one;
    seen->first_line += look->first_line;
    seen->answered += look->answered;
    assert_true(ptn_bytes_is(look->officer, "ana"));
    return seen->count == seen->ends_at ? (struct ptn_status){ PTN_C_TOO_BIG } : PTN_OK;
}

static struct seen ask(struct setting *setting, int64_t from_ms)
{
    struct seen seen = { .count = 0 };
    int64_t since_ms = 0;

    assert_true(ptn_ok(ptn_view_looks(setting->view, from_ms, take, &seen, &since_ms, NULL)));
    assert_int_equal(since_ms, from_ms);
    return seen;
}

static void test_looks__every_look_is_told_once_and_whether_a_crossing_answers(void **state)
{
    struct setting *setting = *state;
    size_t count = 0, of_one = 0, answered = 0;
    struct seen seen;

    for (uint64_t ledger = 1; ledger <= LEDGERS; ledger++)
        feed(setting, ledger, 0, ENTRIES);
    for (uint64_t ledger = 1; ledger <= LEDGERS; ledger++)
        for (uint64_t seq = 0; seq < ENTRIES; seq++)
            if (is_there(setting, ledger, seq, PTN_RECORD_ACCESS)) {
                count++;
                answered += is_there(setting, ledger, seq + 1, PTN_RECORD_CROSSING);
                of_one += seq % 2 == 0 || is_there(setting, ledger, seq - 1, PTN_RECORD_DECISION);
            }
    seen = ask(setting, 1);
    assert_true(count > 1500);
    assert_int_equal(seen.count, count);
    assert_int_equal(seen.first_line, count);
    assert_int_equal(seen.of_one, of_one);
    assert_int_equal(seen.answered, answered);
    assert_true(answered < count && of_one < count);
    seen = ask(setting, MADE_START_MS + (int64_t)(ENTRIES / 3) * 30000 / 2);
    assert_in_range(seen.count, count / 2 - 9, count / 2 + 9);
    seen = ask(setting, INT64_MAX / 2);
    assert_int_equal(seen.count, 0);
}

/* AUDIT-1: whom, as a digest that is the same for one document; why, in the looker's words alone.
 */
static void test_looks__no_traveller_is_named(void **state)
{
    static const char *const reasons[] = { "case 12\nname: PAGETTI ALBA\nnumber: U77ALBA", "" };
    struct setting *setting = *state;
    struct made *made = &setting->made;
    struct seen seen;
    struct ptn_access access = { .time_ms = MADE_START_MS,
                                 .purpose = PTN_PURPOSE_SEARCH,
                                 .officer = PTN_BYTES_LITERAL("ana"),
                                 .post = PTN_BYTES_LITERAL("centre"),
                                 .shown = 1,
                                 .id = { { 5 } } };
    uint8_t whom[2][16];

    for (size_t i = 0; i < 2; i++) {
        struct ptn_view_entry entry;

        assert_true(ptn_ok(made_trip(made, 1, i, PEOPLE)));
        made_person(made, 7);
        access.person = made->crossing.person;
        if (i == 1) { /* as a lane wrote the given name that time */
            access.person.given = PTN_BYTES_LITERAL("ANOTHER");
            access.purpose = PTN_PURPOSE_SECOND_LINE;
        }
        access.reason = ptn_bytes_from_text(reasons[i]);
        ptn_buffer_clear(&made->payload);
        assert_true(ptn_ok(ptn_access_write(&access, &made->payload)));
        assert_true(ptn_ok(made_seal(made, PTN_RECORD_ACCESS)));
        entry = made_as_entry(made);
        assert_true(ptn_ok(ptn_view_begin(setting->view, NULL)));
        assert_true(ptn_ok(ptn_view_apply(setting->view, &entry, NULL)));
        assert_true(ptn_ok(ptn_view_commit(setting->view, NULL)));
        seen = ask(setting, 1);
        assert_int_equal(seen.count, i + 1);
        memcpy(whom[i], seen.first.whom, 16);
        assert_true(seen.first.of_one && !seen.first.first_line);
        if (i == 0)
            assert_int_equal(seen.first.reason.len, strlen("case 12"));
    }
    assert_memory_equal(whom[0], whom[1], 16);
}

static void test_looks__some_are_told_by_their_places(void **state)
{
    struct setting *setting = *state;
    struct seen all, some = { .count = 0 };
    int64_t places[3], since_ms = 0;

    for (uint64_t ledger = 1; ledger <= LEDGERS; ledger++)
        feed(setting, ledger, 0, ENTRIES);
    all = ask(setting, 1);
    places[0] = all.places[1];
    places[1] = all.places[3];
    places[2] = all.places[1] + 1; /* its crossing */
    assert_true(ptn_ok(ptn_view_looks_at(setting->view, places, 3, take, &some, NULL)));
    assert_int_equal(some.count, 2);
    assert_int_equal(some.places[0], places[0]);
    assert_int_equal(some.places[1], places[1]);
    all = (struct seen){ .ends_at = 4 };
    assert_int_equal(ptn_view_looks(setting->view, 1, take, &all, &since_ms, NULL).code,
                     PTN_C_TOO_BIG);
    assert_int_equal(all.count, 4);
    assert_int_equal(since_ms, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            test_looks__every_look_is_told_once_and_whether_a_crossing_answers, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_looks__no_traveller_is_named, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_looks__some_are_told_by_their_places, set_up,
                                        tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
