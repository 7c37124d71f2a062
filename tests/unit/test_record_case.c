/* Goal: a step of a case has one form, and says what its act needs and nothing else. */
#include "record/case.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static struct ptn_case_step step_of(enum ptn_case_act act)
{
    struct ptn_case_step step = {
        .id = { { 1 } },
        .of = { { 2 } },
        .time_ms = INT64_C(1795800000000),
        .act = act,
        .post = PTN_BYTES_LITERAL("durres"),
        .officer = PTN_BYTES_LITERAL("ina"),
    };

    return step;
}

static struct ptn_case_step opened(void)
{
    struct ptn_case_step step = step_of(PTN_CASE_OPENED);

    step.kind = PTN_REFERRAL_MATCH;
    step.urgency = PTN_CASE_SOON;
    step.direction = PTN_DIRECTION_ENTRY;
    step.scan = (struct ptn_record_id){ { 3 } };
    step.advised = PTN_VERDICT_STOP;
    step.person.name = PTN_BYTES_LITERAL("SPECIMEN");
    return step;
}

static struct ptn_case_step ended(enum ptn_case_outcome outcome)
{
    struct ptn_case_step step = step_of(PTN_CASE_ENDED);

    step.outcome = outcome;
    if (outcome == PTN_CASE_ADMITTED || outcome == PTN_CASE_REFUSED)
        step.crossing = (struct ptn_record_id){ { 4 } };
    if (outcome == PTN_CASE_REFUSED) {
        step.ground = PTN_BYTES_LITERAL("C");
        step.words = PTN_BYTES_LITERAL("no visa");
        step.second = PTN_BYTES_LITERAL("besa");
    }
    return step;
}

static void test_case__what_opens_it_comes_back_whole(void **state)
{
    struct ptn_case_step step = opened();
    struct ptn_case_step back;
    const struct ptn_bytes rules[] = { PTN_BYTES_LITERAL("match.refuse") };
    const struct ptn_decision_match match = { .list = PTN_BYTES_LITERAL("alerts"),
                                              .edition = PTN_BYTES_LITERAL("7"),
                                              .entry = PTN_BYTES_LITERAL("A-1"),
                                              .score = 9100 };
    struct ptn_arena *arena = ptn_arena_new(65536);
    struct ptn_buffer out;

    (void)state;
    ptn_buffer_init(&out, PTN_RECORD_LEN_MAX);
    step.rules = rules;
    step.rule_count = 1;
    step.matches = &match;
    step.match_count = 1;
    assert_true(ptn_ok(ptn_case_step_write(&step, &out)));
    assert_true(ptn_ok(ptn_case_step_parse(ptn_buffer_bytes(&out), arena, &back, NULL)));
    assert_int_equal(back.kind, PTN_REFERRAL_MATCH);
    assert_int_equal(back.match_count, 1);
    assert_true(ptn_bytes_is(back.matches[0].entry, "A-1"));
    assert_true(ptn_bytes_is(back.rules[0], "match.refuse"));
    ptn_buffer_release(&out);
    ptn_arena_free(arena);
}

static void refused_with(struct ptn_case_step step, const char *field)
{
    struct ptn_diag diag = { 0 };

    assert_int_equal(ptn_case_step_validate(&step, &diag).code, PTN_C_BAD_INPUT);
    assert_string_equal(diag.text, field);
}

static void test_case__each_act_needs_its_own_and_nothing_else(void **state)
{
    struct ptn_case_step step;

    (void)state;
    for (unsigned act = 2; act < PTN_CASE_ACT_COUNT; act++) {
        step = step_of((enum ptn_case_act)act);
        step.kind = PTN_REFERRAL_MATCH;
        refused_with(step, "kind");
    }
    step = step_of(PTN_CASE_NOTED);
    refused_with(step, "words");
    step = step_of(PTN_CASE_TICKED);
    refused_with(step, "item");
    step = step_of(PTN_CASE_NOT_SAME);
    refused_with(step, "person");
    step.person.name = PTN_BYTES_LITERAL("SPECIMEN");
    refused_with(step, "list");
    step.list = PTN_BYTES_LITERAL("alerts");
    refused_with(step, "entry");
    step = step_of(PTN_CASE_TAKEN);
    assert_true(ptn_ok(ptn_case_step_validate(&step, NULL)));
    step.second = PTN_BYTES_LITERAL("besa");
    refused_with(step, "second");
    step = opened();
    step.scan = (struct ptn_record_id){ { 0 } };
    refused_with(step, "advised");
}

/* CASE-3. */
static void test_case__one_person_refuses_nobody(void **state)
{
    struct ptn_case_step step = ended(PTN_CASE_REFUSED);

    (void)state;
    assert_true(ptn_ok(ptn_case_step_validate(&step, NULL)));
    step.second = PTN_BYTES_NONE;
    refused_with(step, "second");
    step.second = step.officer;
    refused_with(step, "second");
    step = ended(PTN_CASE_REFUSED);
    step.ground = PTN_BYTES_NONE;
    refused_with(step, "ground");
    step = ended(PTN_CASE_PROTECTION);
    assert_true(ptn_ok(ptn_case_step_validate(&step, NULL)));
    step.crossing = (struct ptn_record_id){ { 4 } };
    refused_with(step, "crossing");
}

static void test_case__words_go_both_ways(void **state)
{
    (void)state;
    for (unsigned i = 1; i < PTN_CASE_ACT_COUNT; i++)
        assert_int_equal(
            ptn_case_act_from_word(ptn_bytes_from_text(ptn_case_act_word((enum ptn_case_act)i))),
            i);
    for (unsigned i = 1; i < PTN_CASE_OUTCOME_COUNT; i++)
        assert_int_equal(ptn_case_outcome_from_word(
                             ptn_bytes_from_text(ptn_case_outcome_word((enum ptn_case_outcome)i))),
                         i);
    for (unsigned i = 1; i < PTN_CASE_URGENCY_COUNT; i++)
        assert_int_equal(ptn_case_urgency_from_word(
                             ptn_bytes_from_text(ptn_case_urgency_word((enum ptn_case_urgency)i))),
                         i);
    assert_int_equal(ptn_case_act_from_word(PTN_BYTES_LITERAL("closed")), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_case__what_opens_it_comes_back_whole),
        cmocka_unit_test(test_case__each_act_needs_its_own_and_nothing_else),
        cmocka_unit_test(test_case__one_person_refuses_nobody),
        cmocka_unit_test(test_case__words_go_both_ways),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
