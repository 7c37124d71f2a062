/* Goal: each act on a staff list has its own fields and no other's, and comes back as it was
 * written. */
#include "record/access.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#define WORD(text)                                                                                 \
    {                                                                                              \
        (const uint8_t *)(text), sizeof(text) - 1                                                  \
    }

static const struct ptn_staff_event events[] = {
    { .time_ms = 1,
      .act = PTN_STAFF_TAKEN,
      .post = WORD("p"),
      .list = { 1 },
      .version = 2,
      .until_ms = 9,
      .people = 3 },
    { .time_ms = 2,
      .act = PTN_STAFF_REFUSED,
      .post = WORD("p"),
      .list = { 2 },
      .why = WORD("older") },
    { .time_ms = 3,
      .act = PTN_STAFF_EXTENDED,
      .post = WORD("p"),
      .list = { 3 },
      .version = 2,
      .until_ms = 10,
      .officer = WORD("besa"),
      .second = WORD("arta") },
    { .time_ms = 4, /* where there is no list yet: without a version */
      .act = PTN_STAFF_VOUCHED,
      .post = WORD("p"),
      .list = { 0 },
      .until_ms = 11,
      .officer = WORD("besa"),
      .second = WORD("arta") },
};
#define EVENTS (sizeof(events) / sizeof(events[0]))

static void test_staff__every_act_comes_back(void **state)
{
    (void)state;
    for (size_t i = 0; i < EVENTS; i++) {
        struct ptn_staff_event back;
        struct ptn_buffer out = { .len_max = 1024 };

        assert_true(ptn_ok(ptn_staff_event_write(&events[i], &out)));
        assert_true(ptn_ok(ptn_staff_event_parse(ptn_buffer_bytes(&out), &back, NULL)));
        assert_int_equal(back.act, events[i].act);
        assert_int_equal(back.time_ms, events[i].time_ms);
        assert_int_equal(back.version, events[i].version);
        assert_int_equal(back.until_ms, events[i].until_ms);
        assert_int_equal(back.people, events[i].people);
        assert_memory_equal(back.list, events[i].list, PTN_SHA256_LEN);
        assert_true(ptn_bytes_equal(back.why, events[i].why));
        assert_true(ptn_bytes_equal(back.officer, events[i].officer));
        assert_true(ptn_bytes_equal(back.second, events[i].second));
        assert_string_not_equal(ptn_staff_act_word(back.act), "unknown");
        ptn_buffer_release(&out);
    }
}

static void test_staff__a_field_of_another_act_is_refused(void **state)
{
    struct ptn_staff_event alone = events[2];

    (void)state;
    for (size_t i = 0; i < EVENTS; i++)
        for (size_t k = 0; k < EVENTS; k++) {
            struct ptn_staff_event mixed = events[k];

            /* of two people both speak, and a list has a version */
            bool fits = i == k ||
                        (events[i].act == PTN_STAFF_VOUCHED && events[k].act == PTN_STAFF_EXTENDED);

            mixed.act = events[i].act;
            assert_int_equal(ptn_staff_event_validate(&mixed, NULL).code,
                             fits ? PTN_C_OK : PTN_C_BAD_INPUT);
        }
    alone.second = alone.officer;
    assert_int_equal(ptn_staff_event_validate(&alone, NULL).code, PTN_C_BAD_INPUT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_staff__every_act_comes_back),
        cmocka_unit_test(test_staff__a_field_of_another_act_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
