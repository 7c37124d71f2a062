/* Goal: each step of a return has its own fields and no other's, and comes back as it was written.
 */
#include "record/stage.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

static const struct ptn_stage_moved steps[] = {
    { .time_ms = 1,
      .step = PTN_STAGE_STEP_DOWN,
      .program = { 1 },
      .certificate = { 2 },
      .credentials = { (const uint8_t *)"00112233445566778899aabbccddeeff\n", 33 } },
    { .time_ms = 2, .step = PTN_STAGE_STEP_ACCOUNT, .issued = 12, .open = 1 },
    { .time_ms = 3, .step = PTN_STAGE_STEP_GATE, .program = { 3 } },
    { .time_ms = 4, .step = PTN_STAGE_STEP_CANARY },
    { .time_ms = 5, .step = PTN_STAGE_STEP_HALF },
    { .time_ms = 6, .step = PTN_STAGE_STEP_ALL },
    { .time_ms = 7,
      .step = PTN_STAGE_STEP_LANE,
      .lane = { (const uint8_t *)"2", 1 },
      .direction = PTN_DIRECTION_EXIT },
    { .time_ms = 8, .step = PTN_STAGE_STEP_DECOY },
    { .time_ms = 9, .step = PTN_STAGE_STEP_FORMER, .issued = 3, .open = 3 },
};
#define STEPS (sizeof(steps) / sizeof(steps[0]))

static void test_stage__every_step_comes_back(void **state)
{
    (void)state;
    for (size_t i = 0; i < STEPS; i++) {
        struct ptn_stage_moved back;
        struct ptn_buffer out = { .len_max = 1024 };

        assert_true(ptn_ok(ptn_stage_moved_write(&steps[i], &out)));
        assert_true(ptn_ok(ptn_stage_moved_parse(ptn_buffer_bytes(&out), &back, NULL)));
        assert_int_equal(back.step, steps[i].step);
        assert_int_equal(back.time_ms, steps[i].time_ms);
        assert_memory_equal(back.program, steps[i].program, PTN_SHA256_LEN);
        assert_memory_equal(back.certificate, steps[i].certificate, PTN_SHA256_LEN);
        assert_true(ptn_bytes_equal(back.credentials, steps[i].credentials));
        assert_true(ptn_bytes_equal(back.lane, steps[i].lane));
        assert_int_equal(back.direction, steps[i].direction);
        assert_int_equal(back.issued, steps[i].issued);
        assert_int_equal(back.open, steps[i].open);
        assert_string_not_equal(ptn_stage_step_word(back.step), "unknown");
        ptn_buffer_release(&out);
    }
}

/* Every step with every other step's fields. */
static void test_stage__a_field_of_another_step_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < STEPS; i++) {
        for (size_t k = 0; k < STEPS; k++) {
            struct ptn_stage_moved mixed = steps[k];
            enum ptn_code code;

            mixed.step = steps[i].step;
            code = ptn_stage_moved_validate(&mixed, NULL).code;
            if (i == k)
                assert_int_equal(code, PTN_C_OK);
            else if ((k == 1 && i == 8) || (k == 8 && i == 1))
                assert_int_equal(code, PTN_C_OK);
            else if (k == 0 || k == 1 || k == 6 || k == 8 || i == 6)
                assert_int_equal(code, PTN_C_BAD_INPUT);
        }
    }
    {
        struct ptn_stage_moved more = steps[1];

        more.open = more.issued + 1;
        assert_int_equal(ptn_stage_moved_validate(&more, NULL).code, PTN_C_BAD_INPUT);
    }
    assert_string_equal(ptn_stage_step_word((enum ptn_stage_step)PTN_STAGE_STEP_COUNT), "unknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stage__every_step_comes_back),
        cmocka_unit_test(test_stage__a_field_of_another_step_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
