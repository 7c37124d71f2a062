#include "view/view.h"

#include <signal.h>
#include <sys/wait.h>

#include "fault.h"
#include "view_setting.h"

#define LEDGERS 4u
#define ENTRIES 60u /* of the longest; ledger i has ENTRIES - 7 * i */

static uint64_t size_of(uint64_t ledger)
{
    return ENTRIES - 7 * ledger;
}

/* Entries with something odd about them, the same ones in every order: payloads that do not come,
 * and erasures. */
static bool is_lost(uint64_t ledger, uint64_t seq)
{
    return made_mix(ledger * 1000 + seq) % 11 == 0;
}

static bool is_erased(uint64_t ledger, uint64_t seq)
{
    return made_mix(ledger * 1000 + seq) % 7 == 1;
}

static void origin_text(uint64_t ledger, char text[64])
{
    (void)snprintf(text, 64, "postern.example/post-%llu", (unsigned long long)ledger);
}

static struct ptn_buffer digest_of(struct ptn_view *view, const struct ptn_view_head *heads,
                                   size_t count)
{
    struct ptn_buffer text;
    uint8_t digest[PTN_SHA256_LEN];
    uint8_t again[PTN_SHA256_LEN];
    struct ptn_bytes bytes;

    ptn_buffer_init(&text, 65536);
    assert_int_equal(ptn_view_digest(view, heads, count, &text, digest, NULL).code, PTN_C_OK);
    bytes = ptn_buffer_bytes(&text);
    assert_int_equal(ptn_sha256(&bytes, 1, again).code, PTN_C_OK);
    assert_memory_equal(digest, again, sizeof(digest));
    return text;
}

static void assert_same(const struct ptn_buffer *a, const struct ptn_buffer *b)
{
    assert_int_equal(a->len, b->len);
    assert_memory_equal(a->at, b->at, a->len);
}

static void apply_one(struct setting *setting, uint64_t ledger, uint64_t seq, bool lose)
{
    struct ptn_view_entry entry;

    assert_int_equal(made_entry(&setting->made, ledger, seq, PEOPLE).code, PTN_C_OK);
    entry = made_as_entry(&setting->made);
    if (lose)
        entry.payload = PTN_BYTES_NONE;
    assert_int_equal(ptn_view_apply(setting->view, &entry, NULL).code, PTN_C_OK);
}

/* The plain way: ledger after ledger, then the erasures. */
static void build_plainly(struct setting *setting)
{
    char origin[64];

    assert_int_equal(ptn_view_begin(setting->view, NULL).code, PTN_C_OK);
    for (uint64_t ledger = 0; ledger < LEDGERS; ledger++)
        for (uint64_t seq = 0; seq < size_of(ledger); seq++)
            apply_one(setting, ledger, seq, false);
    for (uint64_t ledger = 0; ledger < LEDGERS; ledger++) {
        origin_text(ledger, origin);
        for (uint64_t seq = 0; seq < size_of(ledger); seq++)
            if (is_erased(ledger, seq))
                assert_int_equal(ptn_view_forget(setting->view, origin, seq, NULL).code, PTN_C_OK);
    }
    assert_int_equal(ptn_view_commit(setting->view, NULL).code, PTN_C_OK);
}

/* What a random builder knows beside the view itself: what it still has to mend and erase. */
struct todo {
    bool mend[LEDGERS][ENTRIES];
    bool erase[LEDGERS][ENTRIES];
};

static void step(struct setting *setting, struct todo *todo, uint64_t dice)
{
    uint64_t ledger = dice % LEDGERS;
    struct ptn_view_entry entry;
    struct ptn_view_cursor cursor;
    uint64_t seq;
    char origin[64];

    origin_text(ledger, origin);
    cursor = cursor_of(setting, origin);
    if (dice / 8 % 4 != 0 && cursor.next < size_of(ledger)) {
        seq = cursor.next;
        apply_one(setting, ledger, seq, is_lost(ledger, seq));
        todo->mend[ledger][seq] = is_lost(ledger, seq);
        todo->erase[ledger][seq] = is_erased(ledger, seq);
        return;
    }
    if (cursor.next == 0)
        return;
    seq = dice / 64 % cursor.next;
    if (todo->mend[ledger][seq]) {
        assert_int_equal(made_entry(&setting->made, ledger, seq, PEOPLE).code, PTN_C_OK);
        entry = made_as_entry(&setting->made);
        assert_int_equal(ptn_view_mend(setting->view, &entry, NULL).code, PTN_C_OK);
        todo->mend[ledger][seq] = false;
    } else if (todo->erase[ledger][seq]) {
        assert_int_equal(ptn_view_forget(setting->view, origin, seq, NULL).code, PTN_C_OK);
        todo->erase[ledger][seq] = false;
    } else {
        apply_one(setting, ledger, seq, dice % 3 == 0); /* once more: changes nothing */
    }
}

static bool is_done(struct setting *setting, const struct todo *todo)
{
    char origin[64];

    for (uint64_t ledger = 0; ledger < LEDGERS; ledger++) {
        origin_text(ledger, origin);
        if (cursor_of(setting, origin).next < size_of(ledger))
            return false;
        for (uint64_t seq = 0; seq < size_of(ledger); seq++)
            if (todo->mend[ledger][seq] || todo->erase[ledger][seq])
                return false;
    }
    return true;
}

static void build_somehow(struct setting *setting, uint64_t seed)
{
    struct todo todo = { 0 };

    for (uint64_t dice = made_mix(seed); !is_done(setting, &todo); dice = made_mix(dice)) {
        struct todo before = todo;
        uint64_t end = made_mix(dice + 1);

        assert_int_equal(ptn_view_begin(setting->view, NULL).code, PTN_C_OK);
        for (uint64_t i = 0; i < end / 16 % 40; i++)
            step(setting, &todo, made_mix(dice + 2 + i));
        if (end % 5 > 0) {
            assert_int_equal(ptn_view_commit(setting->view, NULL).code, PTN_C_OK);
            continue;
        }
        todo = before; /* given up, or the program ended */
        if (end % 10 == 0)
            ptn_view_rollback(setting->view);
        else
            view_reopen(setting);
    }
}

/* The same entries and erasures give the same digest in any order and in any pieces (VIEW-1,
 * VIEW-2); after a clear too. */
static void test_digest__any_order_and_any_crash_give_the_same(void **state)
{
    struct setting *setting = *state;
    const uint64_t seeds = getenv("POSTERN_VIEW") == NULL ? 12 : 4; /* a server is slower */
    struct ptn_buffer plain;

    build_plainly(setting);
    plain = digest_of(setting->view, NULL, 0);
    assert_non_null(memmem(plain.at, plain.len, "\ncrossing 2026-11 1 ", 20));
    assert_non_null(memmem(plain.at, plain.len, "\naccess 2026-11 2 ", 18));
    assert_non_null(memmem(plain.at, plain.len, "\nperson - - ", 12));
    for (uint64_t seed = 1; seed <= seeds; seed++) {
        struct ptn_buffer other;

        assert_int_equal(ptn_view_clear(setting->view, NULL).code, PTN_C_OK);
        build_somehow(setting, seed);
        other = digest_of(setting->view, NULL, 0);
        assert_same(&plain, &other);
        ptn_buffer_release(&other);
    }
    ptn_buffer_release(&plain);
}

static void test_digest__at_smaller_heads_it_is_that_of_a_view_which_stands_there(void **state)
{
    struct setting *setting = *state;
    const struct ptn_view_head heads[] = { { ORIGIN_2, 20 }, { ORIGIN_1, 31 } };
    const struct ptn_view_head too_far[] = { { ORIGIN_2, 41 } };
    const struct ptn_view_head unknown[] = { { "postern.example/none", 1 } };
    const struct ptn_view_head twice[] = { { ORIGIN_2, 20 }, { ORIGIN_1, 3 }, { ORIGIN_2, 20 } };
    struct ptn_buffer there;
    struct ptn_buffer later;
    uint8_t digest[PTN_SHA256_LEN];

    feed(setting, 1, 0, 31);
    feed(setting, 2, 0, 20);
    there = digest_of(setting->view, NULL, 0);
    feed(setting, 2, 20, 40);
    feed(setting, 3, 0, 10);
    feed(setting, 1, 31, 50);
    later = digest_of(setting->view, heads, 2);
    assert_same(&there, &later);
    assert_int_equal(ptn_view_digest(setting->view, too_far, 1, &later, digest, NULL).code,
                     PTN_C_NOT_FOUND);
    assert_int_equal(ptn_view_digest(setting->view, unknown, 1, &later, digest, NULL).code,
                     PTN_C_NOT_FOUND);
    assert_int_equal(ptn_view_digest(setting->view, twice, 3, &later, digest, NULL).code,
                     PTN_C_BAD_INPUT);
    assert_same(&there, &later);
    ptn_buffer_release(&there);
    ptn_buffer_release(&later);
}

static void test_digest__each_head_counts_its_own_entries_only(void **state)
{
    struct setting *setting = *state;
    struct ptn_buffer at[31];
    struct ptn_buffer there;

    feed(setting, 1, 0, 31);
    for (uint64_t size = 1; size <= 30; size++) {
        const struct ptn_view_head head = { ORIGIN_1, size };

        at[size] = digest_of(setting->view, &head, 1);
    }
    assert_int_equal(ptn_view_clear(setting->view, NULL).code, PTN_C_OK);
    for (uint64_t size = 1; size <= 30; size++) {
        feed(setting, 1, size - 1, size);
        there = digest_of(setting->view, NULL, 0);
        assert_same(&at[size], &there);
        ptn_buffer_release(&there);
        ptn_buffer_release(&at[size]);
    }
}

/* Somebody erased who comes again later is there again, with all parts of their name. VIEW-3. */
static void test_digest__who_was_erased_and_comes_again_is_there(void **state)
{
    struct setting *setting = *state;
    struct ptn_buffer plain;
    struct ptn_buffer other;

    for (unsigned round = 0; round < 2; round++) {
        feed(setting, 1, 0, round == 0 ? 6 : 3); /* entries 0 to 5 are of one person */
        assert_int_equal(ptn_view_begin(setting->view, NULL).code, PTN_C_OK);
        for (uint64_t seq = 0; seq < 3; seq++)
            assert_int_equal(ptn_view_forget(setting->view, ORIGIN_1, seq, NULL).code, PTN_C_OK);
        for (uint64_t seq = 3; seq < 6; seq++)
            apply_one(setting, 1, seq, false);
        assert_int_equal(ptn_view_commit(setting->view, NULL).code, PTN_C_OK);
        other = digest_of(setting->view, NULL, 0);
        if (round == 0)
            plain = other;
        assert_non_null(memmem(other.at, other.len, "person - - 1 ", 13));
        assert_int_equal(ptn_view_clear(setting->view, NULL).code, PTN_C_OK);
    }
    assert_same(&plain, &other);
    ptn_buffer_release(&plain);
    ptn_buffer_release(&other);
}

static void test_digest__one_entry_less_or_other_is_seen(void **state)
{
    struct setting *setting = *state;
    struct ptn_buffer whole;
    struct ptn_buffer less;
    struct ptn_view_entry entry;

    feed(setting, 1, 0, 30);
    whole = digest_of(setting->view, NULL, 0);
    for (uint64_t changed = 0; changed < 30; changed++) {
        assert_int_equal(ptn_view_clear(setting->view, NULL).code, PTN_C_OK);
        assert_int_equal(ptn_view_begin(setting->view, NULL).code, PTN_C_OK);
        for (uint64_t seq = 0; seq < 30; seq++) {
            assert_int_equal(made_entry(&setting->made, 1, seq, PEOPLE).code, PTN_C_OK);
            entry = made_as_entry(&setting->made);
            if (seq == changed && seq % 2 == 0)
                entry.payload = PTN_BYTES_NONE;
            else if (seq == changed)
                setting->made.header.rung = 1;
            assert_int_equal(ptn_view_apply(setting->view, &entry, NULL).code, PTN_C_OK);
        }
        assert_int_equal(ptn_view_commit(setting->view, NULL).code, PTN_C_OK);
        less = digest_of(setting->view, NULL, 0);
        if (changed % 10 == 9) /* of a kind that is passed over */
            assert_same(&whole, &less);
        else
            assert_false(ptn_bytes_equal(ptn_buffer_bytes(&whole), ptn_buffer_bytes(&less)));
        ptn_buffer_release(&less);
    }
    ptn_buffer_release(&whole);
}

static void test_digest__text_past_the_cap_leaves_the_buffer_as_it_was(void **state)
{
    struct setting *setting = *state;
    uint8_t digest[PTN_SHA256_LEN];
    struct ptn_buffer text;

    feed(setting, 1, 0, 30);
    for (size_t cap = 6; cap < 200; cap += 30) {
        ptn_buffer_init(&text, cap);
        assert_int_equal(ptn_buffer_add_text(&text, "before").code, PTN_C_OK);
        assert_int_equal(ptn_view_digest(setting->view, NULL, 0, &text, digest, NULL).code,
                         PTN_C_TOO_BIG);
        assert_true(ptn_bytes_is(ptn_buffer_bytes(&text), "before"));
        ptn_buffer_release(&text);
    }
}

static void test_digest__every_allocation_may_fail(void **state)
{
    struct setting *setting = *state;
    unsigned long nth = 0;
    bool fired;

    feed(setting, 1, 0, 30);
    do {
        uint8_t digest[PTN_SHA256_LEN];
        struct ptn_buffer text;
        struct ptn_status status;

        ptn_buffer_init(&text, 65536);
        fault_allocation(++nth, FAULT_ONCE);
        status = ptn_view_digest(setting->view, NULL, 0, &text, digest, NULL);
        fired = fault_off();
        assert_int_equal(status.code, fired ? PTN_C_NO_MEMORY : PTN_C_OK);
        assert_true(fired == (text.len == 0));
        ptn_buffer_release(&text);
    } while (fired);
    assert_true(nth > 5);
}

/* A process that feeds the view until it is killed. */
static _Noreturn void feed_until_killed(const char *path, uint64_t dice)
{
    struct setting child = { 0 };

    (void)snprintf(child.path, sizeof(child.path), "%s", path);
    ptn_buffer_init(&child.made.payload, 65536);
    view_open(&child);
    for (;; dice = made_mix(dice)) {
        struct todo todo = { 0 };

        if (!ptn_ok(ptn_view_begin(child.view, NULL)))
            _exit(1);
        for (uint64_t i = 0; i < 1 + dice % 9; i++)
            step(&child, &todo, made_mix(dice + i) | 8); /* 8: rather the next one */
        if (!ptn_ok(ptn_view_commit(child.view, NULL)))
            _exit(1);
    }
}

static void mend_all(struct setting *setting)
{
    char origin[64];
    uint64_t seq;

    assert_int_equal(ptn_view_begin(setting->view, NULL).code, PTN_C_OK);
    for (uint64_t ledger = 0; ledger < LEDGERS; ledger++) {
        origin_text(ledger, origin);
        for (seq = cursor_of(setting, origin).next; seq < size_of(ledger); seq++)
            apply_one(setting, ledger, seq, false);
        for (uint64_t from = 0;
             ptn_ok(ptn_view_unreadable(setting->view, origin, from, &seq, NULL)); from = seq + 1) {
            struct ptn_view_entry entry;

            assert_int_equal(made_entry(&setting->made, ledger, seq, PEOPLE).code, PTN_C_OK);
            entry = made_as_entry(&setting->made);
            assert_int_equal(ptn_view_mend(setting->view, &entry, NULL).code, PTN_C_OK);
        }
        for (seq = 0; seq < size_of(ledger); seq++)
            if (is_erased(ledger, seq))
                assert_int_equal(ptn_view_forget(setting->view, origin, seq, NULL).code, PTN_C_OK);
    }
    assert_int_equal(ptn_view_commit(setting->view, NULL).code, PTN_C_OK);
}

static void test_digest__killed_at_any_moment_it_goes_on_where_it_stood(void **state)
{
    struct setting *setting = *state;
    struct ptn_buffer plain;
    struct ptn_buffer other;

    build_plainly(setting);
    plain = digest_of(setting->view, NULL, 0);
    assert_int_equal(ptn_view_clear(setting->view, NULL).code, PTN_C_OK);
    for (unsigned kill_number = 0; kill_number < 20; kill_number++) {
        pid_t child;

        ptn_view_close(setting->view);
        setting->view = NULL;
        child = fork();
        assert_true(child >= 0);
        if (child == 0)
            feed_until_killed(setting->path, made_mix(kill_number));
        (void)usleep(2000 + (useconds_t)(made_mix(kill_number) % 12000));
        assert_int_equal(kill(child, SIGKILL), 0);
        assert_int_equal(waitpid(child, NULL, 0), child);
        view_open(setting);
        (void)cursor_of(setting, ORIGIN_1); /* its parts add up */
    }
    mend_all(setting);
    other = digest_of(setting->view, NULL, 0);
    assert_same(&plain, &other);
    ptn_buffer_release(&plain);
    ptn_buffer_release(&other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_digest__any_order_and_any_crash_give_the_same, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(
            test_digest__at_smaller_heads_it_is_that_of_a_view_which_stands_there, set_up,
            tear_down),
        cmocka_unit_test_setup_teardown(test_digest__each_head_counts_its_own_entries_only, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_digest__who_was_erased_and_comes_again_is_there,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_digest__one_entry_less_or_other_is_seen, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_digest__text_past_the_cap_leaves_the_buffer_as_it_was,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_digest__every_allocation_may_fail, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_digest__killed_at_any_moment_it_goes_on_where_it_stood,
                                        set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
