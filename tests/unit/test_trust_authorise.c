/* Goal: the table says what this second table says, in every cell; more hands never make a yes a
 * no; online hands loosen nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "trust/authorise.h"

#define NEEDED 2u /* the roster's authorities-needed */
#define NOW    INT64_C(1790000000000)

/* Expiry far ahead, and long past. */
static struct ptn_roster roster_of(bool current, uint32_t needed)
{
    return (struct ptn_roster){ .origin = PTN_BYTES_LITERAL("u.example/roster"),
                                .version = 1,
                                .expires = { current ? 2099 : 2001, 1, 1 },
                                .authorities_needed = needed };
}

/* Flags of a way. */
enum { CENTRE = 1, NODE = 2, SUPERVISOR = 4, CODE = 8 };

/* One least set of hands and conditions that is enough. */
struct enough {
    unsigned authorities, duties, personnel, flags, conditions;
};

/* Written anew from the design, not from the code: duties are counted with authorities. */
static const struct expected {
    const char *word;
    bool loosens;
    struct enough ways[4];
    unsigned way_count;
} expectations[PTN_ACTION_COUNT] = {
    [PTN_ACTION_ADD] = { "add", false, { { 0, 0, 0, CENTRE, 0 }, { 0, 1, 0, 0, 0 } }, 2 },
    [PTN_ACTION_SELF_LOCAL] = { "self-local",
                                false,
                                { { 0, 0, 0, NODE, 0 },
                                  { 0, 0, 0, SUPERVISOR, 0 },
                                  { 0, 0, 0, CODE, 0 },
                                  { 0, 1, 0, 0, 0 } },
                                4 },
    [PTN_ACTION_SELF_MANUAL] = { "self-manual", false, { { 0, 0, 0, SUPERVISOR, 0 } }, 1 },
    [PTN_ACTION_WITHDRAW_FEW] = { "withdraw-few", false, { { 0, 1, 0, 0, 0 } }, 1 },
    [PTN_ACTION_WITHDRAW_MANY] = { "withdraw-many", false, { { 0, 2, 0, 0, 0 } }, 1 },
    [PTN_ACTION_WITHDRAW_MANUAL] = { "withdraw-manual", false, { { 0, 2, 0, 0, 0 } }, 1 },
    [PTN_ACTION_REVOKE] = { "revoke", false, { { 0, 1, 0, 0, 0 } }, 1 },
    [PTN_ACTION_REVOKE_KEY] = { "revoke-key", false, { { 0, 2, 0, 0, 0 } }, 1 },
    [PTN_ACTION_DISTRUST] = { "distrust", false, { { 0, 1, 0, 0, 0 } }, 1 },
    [PTN_ACTION_SELF_BACK] = { "self-back",
                               true,
                               { { 0, 0, 0, NODE, PTN_PROVISO_BRIEF | PTN_PROVISO_ALONE },
                                 { 0, 1, 0, 0, 0 } },
                               2 },
    [PTN_ACTION_RESTORE_LOCAL] = { "restore-local", true, { { 0, 1, 0, 0, 0 } }, 1 },
    [PTN_ACTION_RESTORE_MANUAL] = { "restore-manual",
                                    true,
                                    { { 0, 1, 0, SUPERVISOR, PTN_PROVISO_SERIALS } },
                                    1 },
    [PTN_ACTION_RESTORE_ATTACK] = { "restore-attack",
                                    true,
                                    { { NEEDED, 0, 0, 0, PTN_PROVISO_GATE } },
                                    1 },
    [PTN_ACTION_RESTORE_REVOKED] = { "restore-revoked", true, { { NEEDED, 0, 0, 0, 0 } }, 1 },
    [PTN_ACTION_ANNUL] = { "annul", true, { { NEEDED, 0, 0, 0, PTN_PROVISO_NEVER_MANUAL } }, 1 },
    [PTN_ACTION_REMOVE] = { "remove", true, { { NEEDED, 0, 0, 0, 0 } }, 1 },
    [PTN_ACTION_VOID] = { "void", true, { { NEEDED, 0, 0, 0, 0 } }, 1 },
    [PTN_ACTION_CLEAR] = { "clear", true, { { NEEDED, 0, 0, 0, 0 } }, 1 },
    [PTN_ACTION_RULES] = { "rules", true, { { NEEDED, 0, 0, 0, 0 } }, 1 },
    [PTN_ACTION_STAFF] = { "staff", true, { { 0, 0, 1, 0, 0 }, { NEEDED, 0, 0, 0, 0 } }, 2 },
    [PTN_ACTION_RELEASE] = { "release", true, { { NEEDED, 0, 0, 0, 0 } }, 1 },
    [PTN_ACTION_ERASE] = { "erase", true, { { NEEDED, 0, 0, 0, PTN_PROVISO_WAITED } }, 1 },
    [PTN_ACTION_CLOSE] = { "close", true, { { NEEDED, 0, 0, 0, 0 } }, 1 },
    [PTN_ACTION_ADVANCE] = { "advance",
                             true,
                             { { 0, 1, 0, SUPERVISOR, PTN_PROVISO_STEADY },
                               { NEEDED, 0, 0, 0, PTN_PROVISO_STEADY } },
                             2 },
};

/* One cell: hands from the bits of a number, conditions from those of another. */
#define HANDS_COUNT      (4u * 3u * 2u * 16u)
#define CONDITIONS_COUNT 128u

static struct ptn_asked cell(enum ptn_action action, unsigned hands, unsigned conditions)
{
    unsigned flags = hands % 16;

    hands /= 16;
    return (struct ptn_asked){ .action = action,
                               .signers = { .authorities = hands % 4,
                                            .duties = hands / 4 % 3,
                                            .personnel = hands / 12,
                                            .centre = (flags & CENTRE) != 0,
                                            .node = (flags & NODE) != 0,
                                            .supervisor = (flags & SUPERVISOR) != 0,
                                            .code = (flags & CODE) != 0 },
                               .conditions = conditions,
                               .given_ms = NOW,
                               .until_ms = PTN_ORDER_NEVER,
                               .seen_ms = NOW };
}

static bool is_enough(const struct expected *expected, const struct ptn_asked *asked,
                      bool is_current)
{
    const struct ptn_signers *signers = &asked->signers;
    unsigned flags = (signers->centre ? CENTRE : 0u) | (signers->node ? NODE : 0u) |
                     (signers->supervisor ? SUPERVISOR : 0u) | (signers->code ? CODE : 0u);

    for (unsigned i = 0; i < expected->way_count; i++) {
        const struct enough *way = &expected->ways[i];

        if (signers->authorities >= way->authorities &&
            signers->duties + signers->authorities >= way->duties &&
            signers->personnel >= way->personnel && (flags & way->flags) == way->flags &&
            (asked->conditions & way->conditions) == way->conditions &&
            (is_current || !expected->loosens || (way->flags & NODE) != 0))
            return true;
    }
    return false;
}

static void test_authorise__every_cell(void **state)
{
    (void)state;
    for (unsigned current = 0; current < 2; current++) {
        const struct ptn_roster roster = roster_of(current == 1, NEEDED);

        for (unsigned action = 0; action < PTN_ACTION_COUNT; action++) {
            const struct expected *expected = &expectations[action];

            assert_string_equal(ptn_action_word((enum ptn_action)action), expected->word);
            assert_int_equal(ptn_action_loosens((enum ptn_action)action), expected->loosens);
            for (unsigned hands = 0; hands < HANDS_COUNT; hands++) {
                for (unsigned conditions = 0; conditions < CONDITIONS_COUNT; conditions++) {
                    struct ptn_asked asked = cell((enum ptn_action)action, hands, conditions);
                    struct ptn_ruling verdict = ptn_authorise(&roster, &asked);

                    if ((verdict.answer == PTN_ANSWER_YES) !=
                        is_enough(expected, &asked, current == 1))
                        fail_msg("%s: hands %u, conditions %u, current %u", expected->word, hands,
                                 conditions, current);
                    assert_non_null(verdict.word);
                    assert_non_null(verdict.why);
                    assert_non_null(verdict.why_sq);
                }
            }
        }
    }
}

/* A yes stays a yes with any further hand or condition. */
static void test_authorise__more_never_makes_it_less(void **state)
{
    const struct ptn_roster roster = roster_of(true, NEEDED);

    (void)state;
    for (unsigned action = 0; action < PTN_ACTION_COUNT; action++) {
        for (unsigned hands = 0; hands < HANDS_COUNT; hands++) {
            for (unsigned conditions = 0; conditions < CONDITIONS_COUNT; conditions++) {
                struct ptn_asked asked = cell((enum ptn_action)action, hands, conditions);
                bool is_yes = ptn_authorise(&roster, &asked).answer == PTN_ANSWER_YES;
                struct ptn_asked more[8];

                for (unsigned i = 0; i < 8; i++)
                    more[i] = asked;
                more[0].signers.authorities++;
                more[1].signers.duties++;
                more[2].signers.personnel++;
                more[3].signers.centre = true;
                more[4].signers.node = true;
                more[5].signers.supervisor = true;
                more[6].signers.code = true;
                more[7].conditions = CONDITIONS_COUNT - 1;
                for (unsigned i = 0; i < 8; i++)
                    assert_true(!is_yes ||
                                ptn_authorise(&roster, &more[i]).answer == PTN_ANSWER_YES);
            }
        }
    }
}

/* TRUST-1: machines alone, every one of them, and a code and a supervisor: nothing is loosened but
 * the post's own short step; and no number of duty keys ends an attack, removes or clears. With the
 * supervisor on the spot one lets more lanes in, of a return that m of n signed. */
static void test_authorise__who_can_not_loosen(void **state)
{
    const struct ptn_roster roster = roster_of(true, NEEDED);

    (void)state;
    for (unsigned action = 0; action < PTN_ACTION_COUNT; action++) {
        struct ptn_asked asked = {
            .action = (enum ptn_action)action,
            .signers = { .centre = true, .node = true, .supervisor = true, .code = true },
            .conditions = CONDITIONS_COUNT - 1,
            .until_ms = PTN_ORDER_NEVER
        };
        bool by_duty = action == PTN_ACTION_SELF_BACK || action == PTN_ACTION_RESTORE_LOCAL ||
                       action == PTN_ACTION_RESTORE_MANUAL || action == PTN_ACTION_ADVANCE;

        if (!ptn_action_loosens((enum ptn_action)action))
            continue;
        assert_int_equal(ptn_authorise(&roster, &asked).answer == PTN_ANSWER_YES,
                         action == PTN_ACTION_SELF_BACK);
        asked.signers.duties = 32;
        assert_int_equal(ptn_authorise(&roster, &asked).answer == PTN_ANSWER_YES, by_duty);
    }
}

/* TRUST-2. */
static void test_authorise__times_bind_what_loosens_only(void **state)
{
    static const struct {
        int64_t given_ms, until_ms;
        const char *word;
    } rows[] = {
        { NOW, PTN_ORDER_NEVER, "yes" },
        { NOW - 1, NOW, "yes" },
        { NOW - 1, NOW - 1, "too-late" },
        { NOW + 86400000, PTN_ORDER_NEVER, "yes" },
        { NOW + 86400001, PTN_ORDER_NEVER, "too-early" },
    };
    const struct ptn_roster roster = roster_of(true, NEEDED);
    const struct ptn_roster old = roster_of(false, NEEDED);

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        for (unsigned action = 0; action < PTN_ACTION_COUNT; action++) {
            struct ptn_asked asked = { .action = (enum ptn_action)action,
                                       .signers = { 3, 3, 1, true, true, true, true },
                                       .conditions = CONDITIONS_COUNT - 1,
                                       .given_ms = rows[i].given_ms,
                                       .until_ms = rows[i].until_ms,
                                       .seen_ms = NOW };
            bool bound =
                ptn_action_loosens((enum ptn_action)action) && action != PTN_ACTION_SELF_BACK;

            assert_string_equal(ptn_authorise(&roster, &asked).word, bound ? rows[i].word : "yes");
            assert_string_equal(ptn_authorise(&old, &asked).word, bound ? "roster-expired" : "yes");
        }
    }
}

/* What is said when something is missing. */
static void test_authorise__says_what_is_missing(void **state)
{
    static const struct {
        enum ptn_action action;
        struct ptn_signers signers;
        unsigned conditions;
        enum ptn_answer answer;
        const char *word;
    } rows[] = {
        { PTN_ACTION_WITHDRAW_MANY, { .duties = 1 }, 0, PTN_ANSWER_NOT_YET, "signatures" },
        { PTN_ACTION_WITHDRAW_MANY, { .centre = true }, 0, PTN_ANSWER_NO, "not-theirs" },
        { PTN_ACTION_RESTORE_MANUAL, { .duties = 1 }, 0, PTN_ANSWER_NOT_YET, "signatures" },
        { PTN_ACTION_RESTORE_MANUAL,
          { .duties = 1, .supervisor = true },
          0,
          PTN_ANSWER_NOT_YET,
          "serials" },
        { PTN_ACTION_RESTORE_ATTACK, { .authorities = 1 }, 0, PTN_ANSWER_NOT_YET, "signatures" },
        { PTN_ACTION_RESTORE_ATTACK, { .authorities = 2 }, 0, PTN_ANSWER_NOT_YET, "gate" },
        { PTN_ACTION_RESTORE_ATTACK, { .duties = 9 }, 0, PTN_ANSWER_NO, "not-theirs" },
        { PTN_ACTION_ANNUL, { .authorities = 2 }, 0, PTN_ANSWER_NO, "was-manual" },
        { PTN_ACTION_ERASE, { .authorities = 2 }, 0, PTN_ANSWER_NOT_YET, "72-hours" },
        { PTN_ACTION_CLOSE, { .authorities = 1 }, 0, PTN_ANSWER_NOT_YET, "signatures" },
        { PTN_ACTION_CLOSE, { .duties = 9, .supervisor = true }, 0, PTN_ANSWER_NO, "not-theirs" },
        { PTN_ACTION_ADVANCE, { .duties = 1 }, 0, PTN_ANSWER_NOT_YET, "signatures" },
        { PTN_ACTION_ADVANCE, { .authorities = 2 }, 0, PTN_ANSWER_NOT_YET, "canary" },
        { PTN_ACTION_SELF_BACK, { .node = true }, 0, PTN_ANSWER_NO, "over-30-minutes" },
        { PTN_ACTION_SELF_BACK,
          { .node = true },
          PTN_PROVISO_BRIEF,
          PTN_ANSWER_NO,
          "an-order-stands" },
    };
    const struct ptn_roster roster = roster_of(true, NEEDED);

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct ptn_asked asked = { .action = rows[i].action,
                                   .signers = rows[i].signers,
                                   .conditions = rows[i].conditions,
                                   .given_ms = NOW,
                                   .until_ms = PTN_ORDER_NEVER,
                                   .seen_ms = NOW };
        struct ptn_ruling verdict = ptn_authorise(&roster, &asked);

        assert_string_equal(verdict.word, rows[i].word);
        assert_int_equal(verdict.answer, rows[i].answer);
    }
}

/* A country of one authority still needs two to annul, or to close a cause, and so cannot. */
static void test_authorise__annulling_and_closing_need_two_at_least(void **state)
{
    static const enum ptn_action actions[] = { PTN_ACTION_ANNUL, PTN_ACTION_CLOSE };
    const struct ptn_roster roster = roster_of(true, 1);

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct ptn_asked asked = { .action = actions[i],
                                   .signers = { .authorities = 1 },
                                   .conditions = PTN_PROVISO_NEVER_MANUAL,
                                   .until_ms = PTN_ORDER_NEVER };

        assert_string_equal(ptn_authorise(&roster, &asked).word, "signatures");
        asked.signers.authorities = 2;
        assert_string_equal(ptn_authorise(&roster, &asked).word, "yes");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_authorise__every_cell),
        cmocka_unit_test(test_authorise__more_never_makes_it_less),
        cmocka_unit_test(test_authorise__who_can_not_loosen),
        cmocka_unit_test(test_authorise__times_bind_what_loosens_only),
        cmocka_unit_test(test_authorise__says_what_is_missing),
        cmocka_unit_test(test_authorise__annulling_and_closing_need_two_at_least),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
