/* What a post learns from its ledger when it opens: what it cannot open it does not take for
 * erased, and says from which day on it knows. */
#include "ledger/ledger_int.h"
#include "node_forgets.h"

static void assert_since(const struct forgets *post, int64_t ms, enum ptn_records_why why)
{
    struct ptn_arena *arena = ptn_arena_new(1u << 20);
    struct ptn_node_standing standing;

    assert_non_null(arena);
    assert_true(ptn_ok(ptn_node_standing(post->node, arena, &standing)));
    assert_int_equal(ptn_date_to_days(standing.records_since),
                     ptn_date_to_days(ptn_place_local_date(ms)));
    assert_string_equal(ptn_records_why_word(standing.records_why), ptn_records_why_word(why));
    ptn_arena_free(arena);
}

static void remove_known(const struct forgets *post)
{
    char path[DIR_SIZE + 16];

    (void)snprintf(path, sizeof(path), "%s/stays.known", post->dir);
    (void)remove(path);
}

/* Twice: with the file of known stays, and without it. */
static void assert_since_again(struct forgets *post, int64_t ms, enum ptn_records_why why)
{
    forgets_again(post);
    assert_since(post, ms, why);
    ptn_node_close(post->node);
    remove_known(post);
    forgets_open(post);
    assert_since(post, ms, why);
}

static void test_learn__the_records_begin_with_the_ledger(void **state)
{
    struct forgets *post = *state;
    struct ptn_stay stay;

    assert_since(post, BEGIN, PTN_RECORDS_BEGIN);
    forgets_ms += 5 * DAY;
    forgets_cross(post, 1, PTN_DIRECTION_ENTRY);
    assert_since_again(post, BEGIN, PTN_RECORDS_BEGIN);
    stay = forgets_ask(post, 2, PTN_DIRECTION_ENTRY, NULL);
    assert_int_equal(stay.used, 0);
    assert_int_equal(stay.unknown_days, 180 - 6);
    assert_int_equal(stay.unseen_days, 180 - 6);
}

/* STAYS-2 */
static void test_learn__no_key_opens_it_and_the_days_until_then_are_unknown(void **state)
{
    struct forgets *post = *state;
    struct ptn_stay stay;

    forgets_cross(post, 1, PTN_DIRECTION_ENTRY);
    forgets_ms += DAY;
    forgets_cross(post, 2, PTN_DIRECTION_ENTRY);
    forgets_ms += DAY;
    forgets_cross(post, 3, PTN_DIRECTION_ENTRY);
    assert_since_again(post, BEGIN, PTN_RECORDS_BEGIN);
    stay = forgets_ask(post, 2, PTN_DIRECTION_EXIT, NULL);
    assert_true(stay.entry_known);
    assert_int_equal(stay.used, 2);
    /* the first two days go, and nothing else has changed */
    assert_true(ptn_ok(ptn_ledger_forget(post->node->ledger, BEGIN + 2 * DAY, 0, NULL)));
    ptn_node_close(post->node);
    remove_known(post);
    forgets_open(post);
    assert_since_again(post, BEGIN + 2 * DAY, PTN_RECORDS_NO_KEY);
    stay = forgets_ask(post, 2, PTN_DIRECTION_EXIT, NULL);
    assert_false(stay.entry_known);
    assert_int_equal(stay.used, 1);
    assert_int_equal(stay.over_days, 0);
    assert_int_equal(stay.unknown_days, 179);
    stay = forgets_ask(post, 3, PTN_DIRECTION_EXIT, NULL);
    assert_true(stay.entry_known);
    assert_int_equal(stay.used, 1);
}

/* STAYS-2 */
static void test_learn__erased_is_gone_and_lost_is_unknown(void **state)
{
    static const struct ptn_hash order = { { 7 } };
    struct forgets *post = *state;
    struct ptn_ledger_header header;
    struct ptn_erasure erasure;
    char command[80];
    uint64_t erased = 0;
    uint64_t lost;

    forgets_cross(post, 1, PTN_DIRECTION_ENTRY);
    erasure.index = forgets_newest(post);
    forgets_ms += DAY;
    forgets_cross(post, 2, PTN_DIRECTION_ENTRY);
    lost = forgets_newest(post);
    assert_true(ptn_ok(ptn_ledger_read(post->node->ledger, erasure.index, &header, NULL, NULL)));
    erasure.sealed_sha256 = header.sealed_sha256;
    assert_true(ptn_ok(ptn_ledger_erase(post->node->ledger, &erasure, 1, &order, &erased, NULL)));
    assert_int_equal(erased, 1);
    assert_since_again(post, BEGIN, PTN_RECORDS_BEGIN);
    assert_int_equal(post->node->history.count, 1);
    /* gone without an order */
    (void)snprintf(command, sizeof(command), "DELETE FROM payload WHERE seq = %llu",
                   (unsigned long long)lost);
    assert_int_equal(sqlite3_exec(post->node->ledger->writer, command, NULL, NULL, NULL),
                     SQLITE_OK);
    ptn_node_close(post->node);
    remove_known(post);
    forgets_open(post);
    assert_since_again(post, BEGIN + 2 * DAY, PTN_RECORDS_LOST);
    assert_int_equal(post->node->history.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_learn__the_records_begin_with_the_ledger,
                                        forgets_begin, forgets_end),
        cmocka_unit_test_setup_teardown(
            test_learn__no_key_opens_it_and_the_days_until_then_are_unknown, forgets_begin,
            forgets_end),
        cmocka_unit_test_setup_teardown(test_learn__erased_is_gone_and_lost_is_unknown,
                                        forgets_begin, forgets_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
