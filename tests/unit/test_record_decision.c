#include "record/decision.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct ptn_decision_fact facts[] = {
    { { (const uint8_t *)"expiry", 6 }, { (const uint8_t *)"2023-01-01", 10 } },
    { { (const uint8_t *)"note", 4 }, { NULL, 0 } },
};

static const struct ptn_decision_reason reasons[] = {
    { { (const uint8_t *)"document.expired", 16 },
      PTN_VERDICT_REFER,
      false,
      { (const uint8_t *)"The document has expired.", 25 },
      facts,
      2 },
    { { (const uint8_t *)"match.discreet", 14 }, PTN_VERDICT_CLEAR, true, { NULL, 0 }, NULL, 0 },
};

static const struct ptn_decision_match matches[] = {
    { { (const uint8_t *)"un", 2 },
      { (const uint8_t *)"2023-12-28", 10 },
      { (const uint8_t *)"QDi.001", 7 },
      { (const uint8_t *)"Specimen", 8 },
      9123,
      false },
};

static const struct ptn_decision_list lists[] = {
    { { (const uint8_t *)"un", 2 }, { (const uint8_t *)"2023-12-28", 10 }, true, 0, 712 },
    { { (const uint8_t *)"national", 8 }, { NULL, 0 }, false, 0, 0 },
};

static const struct ptn_bytes actions[] = { { (const uint8_t *)"report", 6 } };

static struct ptn_decision sample(void)
{
    return (struct ptn_decision){
        .id = { { 1 } },
        .time_ms = 1700000000123,
        .date = { 2023, 11, 14 },
        .direction = PTN_DIRECTION_EXIT,
        .post = PTN_BYTES_LITERAL("tia"),
        .officer = PTN_BYTES_LITERAL("ana"),
        .person = { .name = PTN_BYTES_LITERAL("SPECIMEN") },
        .mrz = PTN_BYTES_LITERAL("P<UTO\nL898902C36"),
        .verdict = PTN_VERDICT_REFER,
        .actions = actions,
        .action_count = 1,
        .reasons = reasons,
        .reason_count = 2,
        .matches = matches,
        .match_count = 1,
        .more_matches = true,
        .stay_applies = true,
        .stay = { true, 12, 78, { 2024, 1, 31 }, { 2023, 1, 1 } },
        .lists = lists,
        .list_count = 2,
        .permit = { PTN_PERMIT_SHORT_VISA,
                    "ITA",
                    PTN_BYTES_LITERAL("V1"),
                    { 2023, 1, 1 },
                    { 2023, 12, 31 },
                    30,
                    2,
                    1,
                    true },
    };
}

static void test_decision__everything_comes_back(void **state)
{
    struct ptn_decision decision = sample();
    struct ptn_decision back;
    struct ptn_arena *arena = ptn_arena_new(100000);
    struct ptn_buffer out;

    (void)state;
    assert_non_null(arena);
    ptn_buffer_init(&out, 10000);
    assert_true(ptn_ok(ptn_decision_write(&decision, &out)));
    assert_true(ptn_ok(ptn_decision_parse(ptn_buffer_bytes(&out), arena, &back, NULL)));
    assert_int_equal(back.verdict, PTN_VERDICT_REFER);
    assert_int_equal(back.action_count, 1);
    assert_true(ptn_bytes_is(back.actions[0], "report"));
    assert_int_equal(back.reason_count, 2);
    assert_true(ptn_bytes_is(back.reasons[0].rule, "document.expired"));
    assert_int_equal(back.reasons[0].verdict, PTN_VERDICT_REFER);
    assert_int_equal(back.reasons[0].fact_count, 2);
    assert_true(ptn_bytes_is(back.reasons[0].facts[0].key, "expiry"));
    assert_true(ptn_bytes_is(back.reasons[0].facts[0].value, "2023-01-01"));
    assert_int_equal(back.reasons[0].facts[1].value.len, 0);
    assert_true(back.reasons[1].discreet);
    assert_int_equal(back.reasons[1].fact_count, 0);
    assert_int_equal(back.match_count, 1);
    assert_true(ptn_bytes_is(back.matches[0].entry, "QDi.001"));
    assert_int_equal(back.matches[0].score, 9123);
    assert_true(back.more_matches && back.stay_applies && back.stay.known);
    assert_int_equal(back.stay.used, 12);
    assert_int_equal(back.stay.left, 78);
    assert_true(ptn_date_equal(back.stay.leave_by, decision.stay.leave_by));
    assert_int_equal(back.list_count, 2);
    assert_true(back.lists[0].age_known && back.lists[0].age_s == 0);
    assert_int_equal(back.lists[0].entries, 712);
    assert_false(back.lists[1].age_known);
    assert_true(ptn_bytes_is(back.mrz, "P<UTO\nL898902C36"));
    assert_int_equal(back.permit.kind, PTN_PERMIT_SHORT_VISA);
    assert_string_equal(back.permit.issuer, "ITA");
    assert_true(ptn_bytes_is(back.permit.number, "V1"));
    assert_true(ptn_date_equal(back.permit.valid_from, decision.permit.valid_from));
    assert_true(ptn_date_equal(back.permit.valid_until, decision.permit.valid_until));
    assert_int_equal(back.permit.days, 30);
    assert_int_equal(back.permit.entries, 2);
    assert_int_equal(back.permit.entries_used, 1);
    assert_true(back.permit.used_before);
    ptn_buffer_release(&out);
    ptn_arena_free(arena);
}

static void test_decision__an_empty_advice_is_one_too(void **state)
{
    struct ptn_decision decision = sample();
    struct ptn_decision back;
    struct ptn_buffer out;

    (void)state;
    decision.verdict = PTN_VERDICT_CLEAR;
    decision.action_count = decision.reason_count = decision.match_count = decision.list_count = 0;
    decision.more_matches = decision.stay_applies = false;
    decision.stay = (struct ptn_decision_stay){ 0 };
    ptn_buffer_init(&out, 10000);
    assert_true(ptn_ok(ptn_decision_write(&decision, &out)));
    /* no array is there to need an arena */
    assert_true(ptn_ok(ptn_decision_parse(ptn_buffer_bytes(&out), NULL, &back, NULL)));
    assert_int_equal(back.reason_count, 0);
    assert_null(back.reasons);
    ptn_buffer_release(&out);
}

static void test_decision__a_full_arena_is_said_and_output_untouched(void **state)
{
    struct ptn_decision decision = sample();
    struct ptn_buffer out;
    size_t size = 0;
    struct ptn_status status;

    (void)state;
    ptn_buffer_init(&out, 10000);
    assert_true(ptn_ok(ptn_decision_write(&decision, &out)));
    do {
        struct ptn_arena *arena = ptn_arena_new(size);
        struct ptn_decision back = { .verdict = PTN_VERDICT_STOP };

        assert_non_null(arena);
        status = ptn_decision_parse(ptn_buffer_bytes(&out), arena, &back, NULL);
        if (!ptn_ok(status)) {
            assert_int_equal(status.code, PTN_C_NO_MEMORY);
            assert_int_equal(back.verdict, PTN_VERDICT_STOP);
            assert_null(back.reasons);
        }
        ptn_arena_free(arena);
        size += 16;
    } while (!ptn_ok(status));
    assert_true(size > 200);
    ptn_buffer_release(&out);
}

static void spoil(struct ptn_decision *decision, unsigned how)
{
    static struct ptn_decision_reason reason;
    static struct ptn_decision_match match;
    static struct ptn_decision_list list;
    static struct ptn_bytes action;

    reason = reasons[0];
    match = matches[0];
    list = lists[1];
    action = PTN_BYTES_NONE;
    decision->reasons = &reason;
    decision->reason_count = 1;
    decision->matches = &match;
    decision->match_count = 1;
    decision->lists = &list;
    decision->list_count = 1;
    switch (how) {
    case 0:
        decision->verdict = PTN_VERDICT_CLEAR; /* below its reason's */
        break;
    case 1:
        decision->verdict = (enum ptn_verdict)PTN_VERDICT_COUNT;
        break;
    case 2:
        reason.verdict = (enum ptn_verdict)PTN_VERDICT_COUNT;
        break;
    case 3:
        reason.rule = PTN_BYTES_NONE;
        break;
    case 4:
        match.score = 10001;
        break;
    case 5:
        match.entry = PTN_BYTES_NONE;
        break;
    case 6:
        list.age_s = 1;
        break;
    case 7:
        list.entries = UINT64_MAX;
        break;
    case 8:
        decision->actions = &action;
        break;
    case 9:
        decision->stay.known = false;
        break;
    case 10:
        decision->stay_applies = false;
        break;
    case 11:
        decision->stay.leave_by.day = 0;
        break;
    case 12:
        decision->permit.issuer[0] = '\0';
        break;
    case 13:
        decision->permit.kind = PTN_PERMIT_NONE; /* with the rest still there */
        break;
    case 14:
        decision->permit.days = PTN_DECISION_COUNT_MAX + 1;
        break;
    default:
        decision->date = PTN_DATE_NONE;
        break;
    }
}

static void test_decision__every_wrong_value_is_named(void **state)
{
    static const struct {
        const char *field;
        enum ptn_code code;
    } cases[] = {
        { "verdict", PTN_C_BAD_INPUT }, { "verdict", PTN_C_BAD_INPUT },
        { "verdict", PTN_C_BAD_INPUT }, { "rule", PTN_C_BAD_INPUT },
        { "score", PTN_C_TOO_BIG },     { "entry", PTN_C_BAD_INPUT },
        { "age_s", PTN_C_BAD_INPUT },   { "entries", PTN_C_TOO_BIG },
        { "actions", PTN_C_BAD_INPUT }, { "known", PTN_C_BAD_INPUT },
        { "stay", PTN_C_BAD_INPUT },    { "leave_by", PTN_C_BAD_INPUT },
        { "issuer", PTN_C_BAD_INPUT },  { "kind", PTN_C_BAD_INPUT },
        { "days", PTN_C_TOO_BIG },      { "date", PTN_C_BAD_INPUT },
    };
    struct ptn_decision good = sample();

    (void)state;
    assert_true(ptn_ok(ptn_decision_validate(&good, NULL)));
    for (unsigned i = 0; i < COUNT(cases); i++) {
        struct ptn_decision decision = sample();
        struct ptn_diag diag = { 0, NULL };

        spoil(&decision, i);
        assert_int_equal(ptn_decision_validate(&decision, &diag).code, cases[i].code);
        assert_string_equal(diag.text, cases[i].field);
    }
}

static void test_decision__arrays_have_limits(void **state)
{
    static struct ptn_decision_reason many_reasons[PTN_DECISION_REASON_MAX + 1];
    static struct ptn_decision_match many_matches[PTN_DECISION_MATCH_MAX + 1];
    static struct ptn_decision_list many_lists[PTN_DECISION_LIST_MAX + 1];
    static struct ptn_bytes many_actions[PTN_DECISION_ACTION_MAX + 1];
    static struct ptn_decision_fact many_facts[PTN_DECISION_FACT_MAX + 1];

    (void)state;
    for (size_t i = 0; i < COUNT(many_reasons); i++)
        many_reasons[i] = reasons[1];
    for (size_t i = 0; i < COUNT(many_matches); i++)
        many_matches[i] = matches[0];
    for (size_t i = 0; i < COUNT(many_lists); i++)
        many_lists[i] = lists[0];
    for (size_t i = 0; i < COUNT(many_actions); i++)
        many_actions[i] = actions[0];
    for (size_t i = 0; i < COUNT(many_facts); i++)
        many_facts[i] = facts[0];
    /* of the arrays, one at a time, one less than its limit, the limit, one more */
    for (unsigned which = 0; which < 5; which++) {
        for (size_t more = 0; more < 3; more++) {
            struct ptn_decision decision = sample();
            struct ptn_decision back;
            struct ptn_arena *arena = ptn_arena_new(100000);
            struct ptn_status status;
            struct ptn_buffer out;

            assert_non_null(arena);
            decision.reasons = many_reasons;
            decision.matches = many_matches;
            decision.lists = many_lists;
            decision.actions = many_actions;
            decision.reason_count = which == 0 ? PTN_DECISION_REASON_MAX - 1 + more : 1;
            decision.match_count = which == 1 ? PTN_DECISION_MATCH_MAX - 1 + more : 1;
            decision.list_count = which == 2 ? PTN_DECISION_LIST_MAX - 1 + more : 1;
            decision.action_count = which == 3 ? PTN_DECISION_ACTION_MAX - 1 + more : 1;
            many_reasons[0].facts = many_facts;
            many_reasons[0].fact_count = which == 4 ? PTN_DECISION_FACT_MAX - 1 + more : 1;
            ptn_buffer_init(&out, PTN_RECORD_LEN_MAX);
            status = ptn_decision_write(&decision, &out);
            assert_int_equal(status.code, more < 2 ? PTN_C_OK : PTN_C_TOO_BIG);
            if (ptn_ok(status))
                assert_true(ptn_ok(ptn_decision_parse(ptn_buffer_bytes(&out), arena, &back, NULL)));
            ptn_buffer_release(&out);
            ptn_arena_free(arena);
        }
    }
}

/* Bytes that promise more items than the limit are refused before memory is taken for them. */
static void test_decision__a_long_array_takes_no_memory(void **state)
{
    struct ptn_decision back;
    struct ptn_buffer out;
    struct ptn_arena *arena = ptn_arena_new(4096);

    (void)state;
    assert_non_null(arena);
    ptn_buffer_init(&out, 100000);
    assert_true(ptn_ok(ptn_cbor_write_map(&out, 1)));
    assert_true(ptn_ok(ptn_cbor_write_u64(&out, 12)));
    assert_true(ptn_ok(ptn_cbor_write_array(&out, 60000)));
    for (size_t i = 0; i < 60000; i++)
        assert_true(ptn_ok(ptn_buffer_add_u8(&out, 0x80)));
    assert_int_equal(ptn_decision_parse(ptn_buffer_bytes(&out), arena, &back, NULL).code,
                     PTN_C_TOO_BIG);
    assert_non_null(ptn_arena_take(arena, 4096));
    ptn_buffer_release(&out);
    ptn_arena_free(arena);
}

/* The sum of what each field may hold is past what a record may: the record as a whole has a limit
 * too. */
static void test_decision__a_record_that_is_too_long_is_not_written(void **state)
{
    static struct ptn_decision_reason many[PTN_DECISION_REASON_MAX];
    static char text[PTN_RECORD_NOTE_MAX];
    struct ptn_decision decision = sample();
    struct ptn_buffer out;

    (void)state;
    memset(text, 'a', sizeof(text));
    for (size_t i = 0; i < COUNT(many); i++) {
        many[i] = reasons[1];
        many[i].text = ptn_bytes_of(text, sizeof(text));
    }
    decision.reasons = many;
    decision.reason_count = COUNT(many);
    ptn_buffer_init(&out, (size_t)10 * PTN_RECORD_LEN_MAX);
    assert_true(ptn_ok(ptn_buffer_add_u8(&out, '.')));
    assert_int_equal(ptn_decision_write(&decision, &out).code, PTN_C_TOO_BIG);
    assert_int_equal(out.len, 1);
    ptn_buffer_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_decision__everything_comes_back),
        cmocka_unit_test(test_decision__an_empty_advice_is_one_too),
        cmocka_unit_test(test_decision__a_full_arena_is_said_and_output_untouched),
        cmocka_unit_test(test_decision__every_wrong_value_is_named),
        cmocka_unit_test(test_decision__arrays_have_limits),
        cmocka_unit_test(test_decision__a_long_array_takes_no_memory),
        cmocka_unit_test(test_decision__a_record_that_is_too_long_is_not_written),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
