#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "serve/serve_int.h"

#define SECOND INT64_C(1000000)
#define START  (INT64_C(1000) * SECOND)

static const struct ptn_chip_key key = { .text = "L898902C<369080619406236" };
static struct ptn_call calls[4]; /* only their places mean something here */
static uint64_t over;            /* the serial of a session that is */

static bool lives(void *context, uint64_t session)
{
    (void)context;
    return session != over;
}

static enum ptn_chips_poll poll(struct ptn_chips *chips, const char *lane, size_t call,
                                int64_t now_us)
{
    struct ptn_call *former;
    enum ptn_chips_poll how =
        ptn_chips_poll(chips, lane, &calls[call], now_us, 25 * SECOND, &former);

    assert_null(former);
    return how;
}

static bool ask(struct ptn_chips *chips, const char *lane, const char *id, uint64_t session,
                int64_t now_us, struct ptn_call **ret_wake)
{
    return ptn_chips_ask(chips, &(struct ptn_chips_asked){ lane, id, session, &key }, now_us,
                         ret_wake);
}

static enum ptn_code give(struct ptn_chips *chips, const char *lane, const char *id,
                          enum ptn_chips_state state, int64_t now_us)
{
    const bool read = state == PTN_CHIPS_READ;
    const struct ptn_chips_given given = { id, state,
                                           read ? PTN_BYTES_LITERAL("dwA=") : PTN_BYTES_NONE,
                                           read ? PTN_BYTES_LITERAL("YQA=") : PTN_BYTES_NONE,
                                           PTN_CHIP_PROOF_GIVEN };

    return ptn_chips_give(chips, lane, &given, now_us).code;
}

/* What the lane sees of it; false: nothing. */
static bool sees(struct ptn_chips *chips, const char *lane, const char *id, const char *wanted)
{
    struct ptn_buffer out = { .len_max = 4096 };
    struct ptn_json json = { .out = &out };
    bool found;

    ptn_json_object(&json);
    found = ptn_chips_write(chips, lane, id, &json);
    ptn_json_object_end(&json);
    assert_true(ptn_ok(ptn_json_end(&json)));
    if (found)
        assert_true(ptn_bytes_is(ptn_buffer_bytes(&out), wanted));
    ptn_buffer_release(&out);
    return found;
}

/* All that is to be done at this time; the last of it in ret_due. */
static size_t turn(struct ptn_chips *chips, int64_t now_us, bool stopped,
                   struct ptn_chips_due *ret_due)
{
    struct ptn_chips_due due;
    size_t count = 0;

    while (ptn_chips_turn(chips, now_us, stopped, lives, NULL, &due)) {
        *ret_due = due;
        count++;
    }
    return count;
}

static void test_chips__from_a_lane_to_its_reader_and_back(void **state)
{
    struct ptn_chips *chips = ptn_chips_new();
    char id[PTN_CHIPS_ID_SIZE];
    struct ptn_chip_key got;
    struct ptn_call *wake;

    (void)state;
    assert_non_null(chips);
    assert_false(ask(chips, "1", "aa", 1, START, &wake)); /* no reader yet */
    assert_int_equal(poll(chips, "1", 0, START), PTN_CHIPS_SLEEP);
    assert_true(ptn_chips_has_reader(chips, "1", START));
    assert_int_equal(ptn_chips_readers(chips, START), 1);
    assert_int_equal(ptn_chips_readers(chips, START + PTN_CHIPS_READER_US), 0);
    assert_false(ptn_chips_work(chips, "1", id, &got));
    assert_true(ask(chips, "1", "aa", 1, START + 1, &wake));
    assert_ptr_equal(wake, &calls[0]);
    assert_true(ptn_chips_work(chips, "1", id, &got));
    assert_string_equal(id, "aa");
    assert_string_equal(got.text, key.text);
    assert_true(sees(chips, "1", "aa", "{\"state\":\"waiting\"}"));
    assert_int_equal(give(chips, "1", "aa", PTN_CHIPS_READ, START + 2), PTN_C_OK);
    assert_true(sees(chips, "1", "aa",
                     "{\"state\":\"read\",\"sod\":\"dwA=\",\"dg1\":\"YQA=\",\"proof\":\"given\"}"));
    assert_false(ptn_chips_work(chips, "1", id, &got));
    /* an answer that was lost is sent again, and changes nothing */
    assert_int_equal(give(chips, "1", "aa", PTN_CHIPS_FAILED, START + 3), PTN_C_BUSY);
    assert_true(sees(chips, "1", "aa",
                     "{\"state\":\"read\",\"sod\":\"dwA=\",\"dg1\":\"YQA=\",\"proof\":\"given\"}"));
    ptn_chips_free(chips);
}

/* READER-1: no lane's reader sees or answers what another lane asked, and no lane sees it. */
static void test_chips__a_lane_and_its_reader_are_by_themselves(void **state)
{
    struct ptn_chips *chips = ptn_chips_new();
    char id[PTN_CHIPS_ID_SIZE];
    struct ptn_chip_key got;
    struct ptn_call *wake;

    (void)state;
    assert_int_equal(poll(chips, "1", 0, START), PTN_CHIPS_SLEEP);
    assert_int_equal(poll(chips, "2", 1, START), PTN_CHIPS_SLEEP);
    assert_true(ask(chips, "1", "aa", 1, START, &wake));
    assert_ptr_equal(wake, &calls[0]);
    assert_false(ptn_chips_work(chips, "2", id, &got));
    assert_int_equal(give(chips, "2", "aa", PTN_CHIPS_REFUSED, START), PTN_C_NOT_FOUND);
    assert_int_equal(give(chips, "3", "aa", PTN_CHIPS_REFUSED, START), PTN_C_NOT_FOUND);
    assert_true(sees(chips, "1", "aa", "{\"state\":\"waiting\"}"));
    assert_false(sees(chips, "2", "aa", ""));
    assert_false(sees(chips, "1", "bb", ""));
    assert_true(ask(chips, "2", "bb", 2, START, &wake));
    assert_ptr_equal(wake, &calls[1]);
    assert_true(ptn_chips_work(chips, "1", id, &got));
    assert_string_equal(id, "aa");
    assert_true(ptn_chips_work(chips, "2", id, &got));
    assert_string_equal(id, "bb");
    ptn_chips_free(chips);
}

/* READER-2: one chip a lane, for two minutes at most, and none of a session that is over. */
static void test_chips__nothing_is_kept_for_long(void **state)
{
    struct ptn_chips *chips = ptn_chips_new();
    struct ptn_chips_due due;
    struct ptn_call *wake;

    (void)state;
    over = 0;
    assert_int_equal(poll(chips, "1", 0, START), PTN_CHIPS_SLEEP);
    assert_true(ask(chips, "1", "aa", 1, START, &wake));
    assert_int_equal(give(chips, "1", "aa", PTN_CHIPS_READ, START), PTN_C_OK);
    (void)turn(chips, START + PTN_CHIPS_KEPT_US - 1, false, &due);
    assert_true(sees(chips, "1", "aa",
                     "{\"state\":\"read\",\"sod\":\"dwA=\",\"dg1\":\"YQA=\",\"proof\":\"given\"}"));
    (void)turn(chips, START + PTN_CHIPS_KEPT_US, false, &due);
    assert_false(sees(chips, "1", "aa", ""));
    /* another takes its place */
    assert_int_equal(poll(chips, "1", 0, START), PTN_CHIPS_SLEEP);
    assert_true(ask(chips, "1", "bb", 1, START, &wake));
    assert_true(ask(chips, "1", "cc", 1, START, &wake));
    assert_null(wake); /* it is told already */
    assert_false(sees(chips, "1", "bb", ""));
    assert_int_equal(give(chips, "1", "bb", PTN_CHIPS_READ, START), PTN_C_NOT_FOUND);
    assert_int_equal(give(chips, "1", "cc", PTN_CHIPS_READ, START), PTN_C_OK);
    /* whoever asked has gone */
    over = 1;
    (void)turn(chips, START, false, &due);
    assert_false(sees(chips, "1", "cc", ""));
    ptn_chips_free(chips);
}

static void test_chips__a_reader_comes_and_goes(void **state)
{
    struct ptn_chips *chips = ptn_chips_new();
    struct ptn_chips_due due = { .wake = NULL };
    struct ptn_call *wake;

    (void)state;
    over = 0;
    assert_int_equal(poll(chips, "1", 0, START), PTN_CHIPS_SLEEP);
    assert_int_equal(turn(chips, START, false, &due), 1);
    assert_string_equal(due.lane, "1");
    assert_true(due.has_reader);
    assert_int_equal(turn(chips, START + 25 * SECOND - 1, false, &due), 0);
    assert_int_equal(turn(chips, START + 25 * SECOND, false, &due), 1);
    assert_ptr_equal(due.wake, &calls[0]); /* it has waited long enough */
    assert_string_equal(due.lane, "");
    assert_true(ptn_chips_has_reader(chips, "1", START + PTN_CHIPS_READER_US - 1));
    assert_int_equal(turn(chips, START + PTN_CHIPS_READER_US, false, &due), 1);
    assert_false(due.has_reader);
    assert_false(ask(chips, "1", "aa", 1, START + PTN_CHIPS_READER_US, &wake));
    /* an order: it is as if it had none, and what it gave is gone */
    assert_int_equal(poll(chips, "1", 0, START), PTN_CHIPS_SLEEP);
    assert_true(ask(chips, "1", "aa", 1, START, &wake));
    (void)turn(chips, START, false, &due);
    assert_int_equal(turn(chips, START, true, &due), 1);
    assert_false(due.has_reader);
    assert_false(sees(chips, "1", "aa", ""));
    ptn_chips_free(chips);
}

static void test_chips__who_waits_and_who_does_not(void **state)
{
    struct ptn_chips *chips = ptn_chips_new();
    struct ptn_call *former;
    struct ptn_call *wake;
    size_t slowed = 0;

    (void)state;
    assert_int_equal(poll(chips, "1", 0, START), PTN_CHIPS_SLEEP);
    /* the same reader by another connection: the former waits no more */
    assert_int_equal(ptn_chips_poll(chips, "1", &calls[1], START, SECOND, &former),
                     PTN_CHIPS_SLEEP);
    assert_ptr_equal(former, &calls[0]);
    assert_true(ask(chips, "1", "aa", 1, START, &wake));
    assert_ptr_equal(wake, &calls[1]);
    assert_int_equal(poll(chips, "1", 2, START), PTN_CHIPS_ANSWER); /* there is work, once more */
    assert_int_equal(ptn_chips_poll(chips, "2", &calls[3], START, 0, &former), PTN_CHIPS_ANSWER);
    for (size_t i = 0; i < 100; i++)
        slowed += poll(chips, "1", 2, START) == PTN_CHIPS_SLOW_DOWN ? 1 : 0;
    assert_true(slowed > 40);
    /* others are known: all show their tokens again */
    assert_int_equal(poll(chips, "3", 3, START), PTN_CHIPS_SLEEP);
    assert_ptr_equal(ptn_chips_end(chips, false), &calls[3]);
    assert_null(ptn_chips_end(chips, false));
    assert_false(ptn_chips_has_reader(chips, "3", START));
    /* the end */
    assert_int_equal(poll(chips, "4", 3, START), PTN_CHIPS_SLEEP);
    assert_ptr_equal(ptn_chips_end(chips, true), &calls[3]);
    assert_int_equal(poll(chips, "4", 3, START), PTN_CHIPS_ANSWER);
    ptn_chips_free(chips);
}

static void test_chips__strangers_cost_little(void **state)
{
    struct ptn_chips *chips = ptn_chips_new();
    size_t worth = 0;

    (void)state;
    for (size_t i = 0; i < 100; i++)
        worth += ptn_chips_stranger(chips, START) ? 1 : 0;
    assert_int_equal(worth, 20);
    assert_true(ptn_chips_stranger(chips, START + SECOND));
    ptn_chips_free(chips);
}

/* As many lanes as there can be readers, and one more than that: somebody gone makes room. */
static void test_chips__as_many_desks_as_readers(void **state)
{
    struct ptn_chips *chips = ptn_chips_new();
    struct ptn_call *former;
    char lane[PTN_LANE_NAME_MAX + 1];

    (void)state;
    for (unsigned i = 0; i < PTN_READERS_MAX; i++) {
        (void)snprintf(lane, sizeof(lane), "%u", i);
        assert_int_equal(ptn_chips_poll(chips, lane, &calls[0], START + i, 0, &former),
                         PTN_CHIPS_ANSWER);
    }
    assert_int_equal(poll(chips, "more", 0, START + SECOND), PTN_CHIPS_SLEEP);
    assert_false(ptn_chips_has_reader(chips, "0", START + SECOND));
    assert_true(ptn_chips_has_reader(chips, "1", START + SECOND));
    ptn_chips_free(chips);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_chips__from_a_lane_to_its_reader_and_back),
        cmocka_unit_test(test_chips__a_lane_and_its_reader_are_by_themselves),
        cmocka_unit_test(test_chips__nothing_is_kept_for_long),
        cmocka_unit_test(test_chips__a_reader_comes_and_goes),
        cmocka_unit_test(test_chips__who_waits_and_who_does_not),
        cmocka_unit_test(test_chips__strangers_cost_little),
        cmocka_unit_test(test_chips__as_many_desks_as_readers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
