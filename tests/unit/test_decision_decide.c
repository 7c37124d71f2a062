/* Unit tests of decision/decide.c, reasons.c and advice.c: what each side of a check leads to, and
 * what always holds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "decision/conditions.h"
#include "decision/reasons_int.h"
#include "decision/rules.h"
#include "document/chip.h"
#include "record/person.h"
#include "watch/screen.h"

#define ROOM_MAX 4u

/* A check with room for what a test adds to it. */
struct bench {
    struct ptn_check check;
    struct ptn_person person;
    struct ptn_check_permit permits[ROOM_MAX];
    struct ptn_check_order orders[ROOM_MAX];
    struct ptn_match matches[ROOM_MAX];
    struct ptn_rule_outcome outcomes[ROOM_MAX];
    struct ptn_stay_event events[ROOM_MAX];
    struct ptn_stay_period gaps[ROOM_MAX];
    struct ptn_bytes problems[ROOM_MAX];
    struct ptn_check_list lists[ROOM_MAX];
};

static struct ptn_conditions *shipped;
static struct ptn_arena *arena;

static struct ptn_date day(const char *text)
{
    struct ptn_date date = PTN_DATE_NONE;

    assert_int_equal(ptn_date_parse(ptn_bytes_from_text(text), &date, NULL).code, PTN_C_OK);
    return date;
}

/* An Italian adult with a passport in order, known to the records, at the airport on 24 November
 * 2026. */
static void bench_start(struct bench *bench)
{
    memset(bench, 0, sizeof(*bench));
    bench->person = (struct ptn_person){
        .surname = PTN_BYTES_LITERAL("SPECIMEN"),
        .given = PTN_BYTES_LITERAL("ANA"),
        .birth = { 1990, 5, 17 },
        .sex = 'F',
        .nationality = "ITA",
        .document = { .kind = PTN_DOCUMENT_PASSPORT,
                      .code = "P",
                      .issuer = "ITA",
                      .number = PTN_BYTES_LITERAL("YA1234567"),
                      .expiry = { 2030, 1, 1 } },
    };
    bench->check = (struct ptn_check){
        .own_state = "ALB",
        .today = { 2026, 11, 24 },
        .person = &bench->person,
        .mrz = PTN_CHECK_MRZ_VALID,
        .conditions = shipped,
        .permits = bench->permits,
        .orders = bench->orders,
        .matches = bench->matches,
        .outcomes = bench->outcomes,
        .mrz_problems = bench->problems,
        .lists = bench->lists,
        .screened = true,
        .history = { .known = true, .events = bench->events, .gaps = bench->gaps },
    };
}

static struct ptn_advice decide(const struct bench *bench)
{
    struct ptn_advice advice = { 0 };
    struct ptn_diag diag = { 0 };

    ptn_arena_clear(arena);
    if (!ptn_ok(ptn_decide(&bench->check, arena, &advice, &diag)))
        fail_msg("%s", diag.text);
    return advice;
}

static const struct ptn_reason *find(const struct ptn_advice *advice, const char *rule)
{
    for (size_t i = 0; i < advice->reason_count; i++)
        if (ptn_bytes_is(advice->reasons[i].rule, rule))
            return &advice->reasons[i];
    return NULL;
}

static bool fact_is(const struct ptn_reason *reason, const char *key, const char *value)
{
    for (size_t i = 0; i < reason->fact_count; i++)
        if (strcmp(reason->facts[i].key, key) == 0)
            return ptn_bytes_is(reason->facts[i].value, value);
    return false;
}

/* ---- what can be done to a check ---- */

static void nationality(struct bench *bench, const char *code)
{
    (void)snprintf(bench->person.nationality, 4, "%s", code);
    (void)snprintf(bench->person.document.issuer, 4, "%s", code);
}

static void make_own(struct bench *bench)
{
    nationality(bench, "ALB");
}

static void make_exit(struct bench *bench)
{
    bench->check.direction = PTN_STAY_EXIT;
    bench->events[0] = (struct ptn_stay_event){ { 2026, 11, 20 }, PTN_STAY_ENTRY, false };
    bench->check.history.event_count = 1;
}

static void make_child(struct bench *bench)
{
    bench->person.birth = day("2014-03-01");
}

static void make_indian(struct bench *bench)
{
    nationality(bench, "IND");
}

static struct ptn_check_permit *add_permit(struct bench *bench, const char *issuer)
{
    struct ptn_check_permit *permit = &bench->permits[bench->check.permit_count++];

    (void)snprintf(permit->issuer, 4, "%s", issuer);
    permit->valid_from = day("2026-01-01");
    permit->valid_until = day("2027-12-31");
    return permit;
}

static struct ptn_check_order *add_order(struct bench *bench)
{
    struct ptn_check_order *order = &bench->orders[bench->check.order_count++];

    order->reference = PTN_BYTES_LITERAL("2026/17");
    order->issued = day("2026-10-01");
    order->leave_by = day("2026-11-01");
    return order;
}

static struct ptn_match *add_match(struct bench *bench, enum ptn_list_action action)
{
    struct ptn_match *match = &bench->matches[bench->check.match_count++];

    match->list = PTN_BYTES_LITERAL("alerts");
    match->entry = PTN_BYTES_LITERAL("2041");
    match->name = PTN_BYTES_LITERAL("SPESIMEN, Anna");
    match->edition = PTN_BYTES_LITERAL("2026-11-24");
    match->score = 9100;
    match->on_entry = (struct ptn_list_effect){ action, PTN_BYTES_LITERAL("What it means."),
                                                PTN_BYTES_LITERAL("Çfarë do të thotë.") };
    match->on_exit = match->on_entry;
    return match;
}

static struct ptn_rule_outcome *add_outcome(struct bench *bench, enum ptn_rule_result result)
{
    struct ptn_rule_outcome *outcome = &bench->outcomes[bench->check.outcome_count++];

    *outcome = (struct ptn_rule_outcome){ .id = PTN_BYTES_LITERAL("many-children"),
                                          .result = result,
                                          .verdict = PTN_VERDICT_REFER,
                                          .text = PTN_BYTES_LITERAL("A."),
                                          .text_sq = PTN_BYTES_LITERAL("B."),
                                          .version = PTN_BYTES_LITERAL("demo-1") };
    return outcome;
}

static void add_stay(struct bench *bench, const char *from, const char *to)
{
    size_t at = bench->check.history.event_count;

    bench->events[at] = (struct ptn_stay_event){ day(from), PTN_STAY_ENTRY, false };
    bench->events[at + 1] = (struct ptn_stay_event){ day(to), PTN_STAY_EXIT, false };
    bench->check.history.event_count += 2;
}

/* ---- one side of a check at a time ---- */

static void nothing(struct bench *bench)
{
    (void)bench;
}

static void expires_today(struct bench *bench)
{
    bench->person.document.expiry = bench->check.today;
}

static void expired_yesterday(struct bench *bench)
{
    bench->person.document.expiry = day("2026-11-23");
}

static void own_expired(struct bench *bench)
{
    make_own(bench);
    expired_yesterday(bench);
}

static void no_expiry(struct bench *bench)
{
    bench->person.document.expiry = PTN_DATE_NONE;
}

static void mrz_invalid(struct bench *bench)
{
    bench->check.mrz = PTN_CHECK_MRZ_INVALID;
    bench->problems[0] = PTN_BYTES_LITERAL("check-birth");
    bench->check.mrz_problem_count = 1;
}

static void specimen(struct bench *bench)
{
    nationality(bench, "UTO");
}

static void specimen_demonstration(struct bench *bench)
{
    nationality(bench, "UTO");
    bench->check.demonstration = true;
}

static void code_unknown(struct bench *bench)
{
    (void)snprintf(bench->person.document.issuer, 4, "%s", "QQQ");
}

static void stolen(struct bench *bench)
{
    bench->check.document_status = PTN_CHECK_DOCUMENT_STOLEN;
}

static void withdrawn(struct bench *bench)
{
    bench->check.document_status = PTN_CHECK_DOCUMENT_WITHDRAWN;
}

static void lost(struct bench *bench)
{
    bench->check.document_status = PTN_CHECK_DOCUMENT_LOST;
}

static void own_stolen(struct bench *bench)
{
    make_own(bench);
    stolen(bench);
}

static void id_card(struct bench *bench)
{
    bench->person.document.kind = PTN_DOCUMENT_ID_CARD;
}

static void turkish_id_card(struct bench *bench)
{
    nationality(bench, "TUR");
    id_card(bench);
}

static void residence_permit_alone(struct bench *bench)
{
    bench->person.document.kind = PTN_DOCUMENT_RESIDENCE_PERMIT;
}

static void own_driving_licence(struct bench *bench)
{
    make_own(bench);
    bench->person.document.kind = PTN_DOCUMENT_OTHER;
}

static void nameless(struct bench *bench)
{
    bench->person.surname = bench->person.given = PTN_BYTES_NONE;
}

static void born_tomorrow(struct bench *bench)
{
    bench->person.birth = day("2026-11-25");
    bench->check.party = (struct ptn_check_party){ .known = true, .adults = 1, .children = 1 };
}

static void no_conditions(struct bench *bench)
{
    bench->check.conditions = NULL;
}

static void own_no_conditions(struct bench *bench)
{
    make_own(bench);
    bench->check.conditions = NULL;
}

static void visa_good(struct bench *bench)
{
    make_indian(bench);
    (void)add_permit(bench, "");
}

static void visa_expired(struct bench *bench)
{
    make_indian(bench);
    add_permit(bench, "")->valid_until = day("2026-11-23");
}

static void visa_last_day(struct bench *bench)
{
    make_indian(bench);
    add_permit(bench, "")->valid_until = bench->check.today;
}

static void visa_not_yet(struct bench *bench)
{
    make_indian(bench);
    add_permit(bench, "")->valid_from = day("2026-11-25");
}

static void visa_from_today(struct bench *bench)
{
    make_indian(bench);
    add_permit(bench, "")->valid_from = bench->check.today;
}

static void visa_entries_used(struct bench *bench)
{
    struct ptn_check_permit *permit;

    make_indian(bench);
    permit = add_permit(bench, "");
    permit->entries = 1;
    permit->entries_used = 1;
}

static void schengen_visa_used(struct bench *bench)
{
    make_indian(bench);
    add_permit(bench, "D")->used_before = true;
}

static void schengen_visa_new(struct bench *bench)
{
    make_indian(bench);
    (void)add_permit(bench, "D");
}

static void schengen_visa_single(struct bench *bench)
{
    struct ptn_check_permit *permit;

    make_indian(bench);
    permit = add_permit(bench, "D");
    permit->used_before = true;
    permit->entries = 1;
}

static void serbian_visa(struct bench *bench)
{
    make_indian(bench);
    add_permit(bench, "SRB")->used_before = true;
}

static void gulf_permit(struct bench *bench)
{
    make_indian(bench);
    add_permit(bench, "ARE")->kind = PTN_CHECK_PERMIT_RESIDENCE;
}

static void indian_leaves(struct bench *bench)
{
    make_indian(bench);
    make_exit(bench);
}

static void used_89(struct bench *bench)
{
    add_stay(bench, "2026-08-20", "2026-11-16");
}

static void used_90(struct bench *bench)
{
    add_stay(bench, "2026-08-20", "2026-11-17");
}

static void used_90_with_permit(struct bench *bench)
{
    used_90(bench);
    add_permit(bench, "")->kind = PTN_CHECK_PERMIT_RESIDENCE;
}

static void used_90_with_foreign_permit(struct bench *bench)
{
    used_90(bench);
    add_permit(bench, "D")->kind = PTN_CHECK_PERMIT_RESIDENCE;
}

static void own_used_90(struct bench *bench)
{
    make_own(bench);
    used_90(bench);
}

static void leaves_on_day_90(struct bench *bench)
{
    make_exit(bench);
    bench->events[0].date = day("2026-08-27");
}

static void leaves_on_day_91(struct bench *bench)
{
    make_exit(bench);
    bench->events[0].date = day("2026-08-26");
}

static void leaves_without_entry(struct bench *bench)
{
    make_exit(bench);
    bench->check.history.event_count = 0;
}

static void no_history(struct bench *bench)
{
    bench->check.history.known = false;
}

static void child_alone(struct bench *bench)
{
    make_child(bench);
    bench->check.party = (struct ptn_check_party){ .known = true, .children = 1 };
}

static void child_with_adult(struct bench *bench)
{
    make_child(bench);
    bench->check.party = (struct ptn_check_party){ .known = true, .adults = 1, .children = 1 };
}

static void own_child_alone_leaves(struct bench *bench)
{
    make_own(bench);
    child_alone(bench);
    make_exit(bench);
}

static void eighteen_today(struct bench *bench)
{
    bench->person.birth = day("2008-11-24");
}

static void eighteen_tomorrow(struct bench *bench)
{
    bench->person.birth = day("2008-11-25");
}

static void perhaps_a_child(struct bench *bench)
{
    bench->person.birth = (struct ptn_date){ 2008, 0, 0 };
}

static void order_overdue(struct bench *bench)
{
    (void)add_order(bench);
}

static void order_open(struct bench *bench)
{
    add_order(bench)->leave_by = bench->check.today;
}

static void order_kept(struct bench *bench)
{
    add_order(bench)->departed = true;
}

static void order_banned(struct bench *bench)
{
    struct ptn_check_order *order = add_order(bench);

    order->departed = true;
    order->banned_until = bench->check.today;
}

static void order_ban_over(struct bench *bench)
{
    struct ptn_check_order *order = add_order(bench);

    order->departed = true;
    order->banned_until = day("2026-11-23");
}

static void order_at_exit(struct bench *bench)
{
    make_exit(bench);
    (void)add_order(bench);
}

static void lists_damaged(struct bench *bench)
{
    bench->check.lists_damaged = true;
}

static void not_screened(struct bench *bench)
{
    bench->check.screened = false;
}

static void more_matches(struct bench *bench)
{
    bench->check.more_matches = true;
}

static void rule_yes(struct bench *bench)
{
    (void)add_outcome(bench, PTN_RULE_YES);
}

static void rule_failed(struct bench *bench)
{
    (void)add_outcome(bench, PTN_RULE_FAILED);
}

static void rule_late(struct bench *bench)
{
    (void)add_outcome(bench, PTN_RULE_LATE);
}

static void rules_unreadable(struct bench *bench)
{
    (void)add_outcome(bench, PTN_RULE_UNREADABLE);
}

static void rule_no(struct bench *bench)
{
    (void)add_outcome(bench, PTN_RULE_NO);
}

struct one_side {
    const char *what;
    void (*change)(struct bench *bench);
    enum ptn_verdict verdict;
    const char *rule; /* the one reason there is; NULL for none */
};

static const struct one_side sides[] = {
    { "a visitor in order", nothing, PTN_VERDICT_CLEAR, NULL },
    { "an own national in order", make_own, PTN_VERDICT_CLEAR, NULL },
    { "the expiry day itself is valid", expires_today, PTN_VERDICT_CLEAR, NULL },
    { "the day after is not", expired_yesterday, PTN_VERDICT_REFER, "document.expired" },
    { "an own national's too", own_expired, PTN_VERDICT_REFER, "document.expired" },
    { "no end known", no_expiry, PTN_VERDICT_REFER, "document.expiry-unknown" },
    { "check digits wrong", mrz_invalid, PTN_VERDICT_REFER, "document.mrz" },
    { "a specimen at a live post", specimen, PTN_VERDICT_STOP, "document.specimen" },
    { "a specimen at a demonstration", specimen_demonstration, PTN_VERDICT_CLEAR, NULL },
    { "no such issuer", code_unknown, PTN_VERDICT_REFER, "document.code" },
    { "stolen", stolen, PTN_VERDICT_STOP, "document.stolen" },
    { "withdrawn", withdrawn, PTN_VERDICT_STOP, "document.withdrawn" },
    { "lost", lost, PTN_VERDICT_REFER, "document.lost" },
    { "stolen, in an own national's hand", own_stolen, PTN_VERDICT_REFER, "document.stolen" },
    { "an identity card of a State on the list", id_card, PTN_VERDICT_CLEAR, NULL },
    { "an identity card of one that is not", turkish_id_card, PTN_VERDICT_REFER,
      "document.not-accepted" },
    { "a permit is no travel document", residence_permit_alone, PTN_VERDICT_REFER,
      "document.not-accepted" },
    { "nor is a driving licence", own_driving_licence, PTN_VERDICT_REFER, "document.not-accepted" },
    { "no name", nameless, PTN_VERDICT_REFER, "identity.incomplete" },
    { "born tomorrow", born_tomorrow, PTN_VERDICT_REFER, "identity.birth" },
    { "no conditions loaded", no_conditions, PTN_VERDICT_REFER, "conditions.none" },
    { "own nationals need none", own_no_conditions, PTN_VERDICT_CLEAR, NULL },
    { "visa needed, none shown", make_indian, PTN_VERDICT_REFER, "conditions.visa-missing" },
    { "visa shown", visa_good, PTN_VERDICT_CLEAR, NULL },
    { "visa over", visa_expired, PTN_VERDICT_REFER, "conditions.visa-not-valid" },
    { "the visa's last day", visa_last_day, PTN_VERDICT_CLEAR, NULL },
    { "the visa's first day", visa_from_today, PTN_VERDICT_CLEAR, NULL },
    { "visa not yet valid", visa_not_yet, PTN_VERDICT_REFER, "conditions.visa-not-valid" },
    { "visa's entries used", visa_entries_used, PTN_VERDICT_REFER, "conditions.visa-not-valid" },
    { "a Schengen visa used before", schengen_visa_used, PTN_VERDICT_CLEAR, NULL },
    { "a Schengen visa not used", schengen_visa_new, PTN_VERDICT_REFER,
      "conditions.visa-not-valid" },
    { "a Schengen visa for one entry", schengen_visa_single, PTN_VERDICT_REFER,
      "conditions.visa-not-valid" },
    { "a visa of a State not accepted", serbian_visa, PTN_VERDICT_REFER,
      "conditions.visa-not-valid" },
    { "a permit that stands in", gulf_permit, PTN_VERDICT_CLEAR, NULL },
    { "nobody needs a visa to leave", indian_leaves, PTN_VERDICT_CLEAR, NULL },
    { "89 days used", used_89, PTN_VERDICT_CLEAR, NULL },
    { "90 days used", used_90, PTN_VERDICT_REFER, "stay.used-up" },
    { "90 days used, with a residence permit", used_90_with_permit, PTN_VERDICT_CLEAR, NULL },
    { "90 days used, with another State's", used_90_with_foreign_permit, PTN_VERDICT_REFER,
      "stay.used-up" },
    { "no limit for own nationals", own_used_90, PTN_VERDICT_CLEAR, NULL },
    { "leaving on day 90", leaves_on_day_90, PTN_VERDICT_CLEAR, NULL },
    { "leaving on day 91", leaves_on_day_91, PTN_VERDICT_REFER, "stay.over" },
    { "leaving without an entry on record", leaves_without_entry, PTN_VERDICT_CLEAR,
      "stay.not-known" },
    { "no history at hand", no_history, PTN_VERDICT_CLEAR, "stay.no-history" },
    { "a child alone", child_alone, PTN_VERDICT_REFER, "minor.alone" },
    { "a child with an adult", child_with_adult, PTN_VERDICT_CLEAR, NULL },
    { "a child, and nobody said", make_child, PTN_VERDICT_REFER, "minor.party-unknown" },
    { "an own child alone, leaving", own_child_alone_leaves, PTN_VERDICT_REFER, "minor.alone" },
    { "eighteen today", eighteen_today, PTN_VERDICT_CLEAR, NULL },
    { "eighteen tomorrow", eighteen_tomorrow, PTN_VERDICT_REFER, "minor.party-unknown" },
    { "perhaps not yet eighteen", perhaps_a_child, PTN_VERDICT_REFER, "minor.party-unknown" },
    { "an order to leave that ran out", order_overdue, PTN_VERDICT_REFER, "order.overdue" },
    { "an order to leave by today", order_open, PTN_VERDICT_REFER, "order.open" },
    { "an order that was kept", order_kept, PTN_VERDICT_CLEAR, NULL },
    { "a ban, on its last day", order_banned, PTN_VERDICT_STOP, "order.banned" },
    { "a ban that is over", order_ban_over, PTN_VERDICT_CLEAR, NULL },
    { "leaving as ordered, late", order_at_exit, PTN_VERDICT_CLEAR, "order.leaving" },
    { "no list searched", not_screened, PTN_VERDICT_CLEAR, "lists.none" },
    { "the lists are damaged", lists_damaged, PTN_VERDICT_CLEAR, "lists.damaged" },
    { "more matches than shown", more_matches, PTN_VERDICT_REFER, "match.more" },
    { "a rule says yes", rule_yes, PTN_VERDICT_REFER, "rule.many-children" },
    { "a rule fails", rule_failed, PTN_VERDICT_REFER, "rule.failed" },
    { "a rule is late", rule_late, PTN_VERDICT_REFER, "rule.late" },
    { "a file of rules is damaged", rules_unreadable, PTN_VERDICT_REFER, "rules.unreadable" },
    { "a rule says no", rule_no, PTN_VERDICT_CLEAR, NULL },
};

#define SIDE_COUNT (sizeof(sides) / sizeof(sides[0]))

static void test_decide__one_side_at_a_time(void **state)
{
    (void)state;
    for (size_t i = 0; i < SIDE_COUNT; i++) {
        struct bench bench;
        struct ptn_advice advice;

        bench_start(&bench);
        sides[i].change(&bench);
        advice = decide(&bench);
        if (advice.verdict != sides[i].verdict ||
            advice.reason_count != (sides[i].rule != NULL ? 1u : 0u) ||
            (sides[i].rule != NULL && find(&advice, sides[i].rule) == NULL))
            fail_msg("%s: %s, %zu reasons, first %.*s", sides[i].what,
                     ptn_verdict_word(advice.verdict), advice.reason_count,
                     advice.reason_count > 0 ? (int)advice.reasons[0].rule.len : 0,
                     advice.reason_count > 0 ? (const char *)advice.reasons[0].rule.at : "");
        for (size_t r = 0; r < advice.reason_count; r++) {
            assert_true(advice.reasons[r].text.len > 0);
            assert_true(advice.reasons[r].text_sq.len > 0);
        }
    }
}

/* CHIP-1: beside each side, each finding: what was said before is still said, and one more. */
static void test_decide__a_chip_only_ever_adds_reasons(void **state)
{
    (void)state;
    for (size_t i = 0; i < SIDE_COUNT; i++)
        for (unsigned finding = 0; finding < PTN_CHIP_FINDING_COUNT; finding++) {
            struct ptn_chip_answer chip = { .finding = (enum ptn_chip_finding)finding,
                                            .state = "ITA",
                                            .until = { 2030, 1, 1 } };
            struct bench bench;
            struct ptn_advice advice;
            enum ptn_verdict before;
            size_t count;
            char rule[64];

            bench_start(&bench);
            sides[i].change(&bench);
            advice = decide(&bench);
            before = advice.verdict;
            count = advice.reason_count;
            bench.check.chip = &chip;
            advice = decide(&bench);
            (void)snprintf(rule, sizeof(rule), "chip.%s", ptn_chip_finding_word(chip.finding));
            assert_non_null(find(&advice, rule));
            assert_true(fact_is(find(&advice, rule), "signed_by", "ITA"));
            assert_true(fact_is(find(&advice, rule), "signer_until", "2030-01-01"));
            assert_int_equal(advice.reason_count, count + 1);
            assert_true(sides[i].rule == NULL || find(&advice, sides[i].rule) != NULL);
            assert_true(advice.verdict >= before);
            assert_int_equal(find(&advice, rule)->verdict,
                             finding > PTN_CHIP_NOT_HELD ? PTN_VERDICT_REFER : PTN_VERDICT_CLEAR);
            bench.check.chip_differs = true;
            advice = decide(&bench);
            assert_non_null(find(&advice, "chip.differs"));
            assert_int_equal(advice.reason_count, count + 2);
            assert_true(advice.verdict >= PTN_VERDICT_REFER);
            bench.check.chip_differs = false;
            bench.check.chip_copied = true;
            advice = decide(&bench);
            assert_non_null(find(&advice, "chip.copied"));
            assert_int_equal(advice.reason_count, count + 2);
            assert_true(advice.verdict >= PTN_VERDICT_REFER);
        }
}

/* CHIP-1: the same of a chip that does not open with the lines of the page. */
static void test_decide__a_chip_that_refuses_is_one_reason_more(void **state)
{
    (void)state;
    for (size_t i = 0; i < SIDE_COUNT; i++) {
        struct bench bench;
        struct ptn_advice advice;
        enum ptn_verdict before;
        size_t count;

        bench_start(&bench);
        sides[i].change(&bench);
        advice = decide(&bench);
        before = advice.verdict;
        count = advice.reason_count;
        bench.check.chip_refused = true;
        advice = decide(&bench);
        assert_non_null(find(&advice, "chip.refused"));
        assert_int_equal(find(&advice, "chip.refused")->verdict, PTN_VERDICT_REFER);
        assert_int_equal(advice.reason_count, count + 1);
        assert_true(sides[i].rule == NULL || find(&advice, sides[i].rule) != NULL);
        assert_true(advice.verdict >= before);
    }
}

/* Whether a shore leave need not meet this reason. */
static bool is_of_a_stay(const struct bench *bench, struct ptn_bytes rule)
{
    bool own = strcmp(bench->person.nationality, bench->check.own_state) == 0;

    static const char *const parts[] = { "conditions.", "stay.", "document.expires-early",
                                         "document.not-accepted" };

    /* what an own national shows says who they are */
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]) - (own ? 1 : 0); i++)
        if (rule.len >= strlen(parts[i]) && memcmp(rule.at, parts[i], strlen(parts[i])) == 0)
            return true;
    return false;
}

/* SHORE-1: of each side, what a shore leave leaves out and nothing else; a stranger meets all. */
static void test_decide__a_shore_leave_asks_no_conditions_and_all_else(void **state)
{
    (void)state;
    for (size_t i = 0; i < SIDE_COUNT; i++) {
        struct bench bench;
        char rules[8][64];
        bool meets[8];
        size_t count;
        struct ptn_advice advice;

        bench_start(&bench);
        sides[i].change(&bench);
        advice = decide(&bench);
        count = advice.reason_count;
        assert_true(count < 8);
        for (size_t r = 0; r < count; r++) {
            meets[r] = !is_of_a_stay(&bench, advice.reasons[r].rule);
            (void)snprintf(rules[r], sizeof(rules[r]), "%.*s", (int)advice.reasons[r].rule.len,
                           (const char *)advice.reasons[r].rule.at);
        }
        bench.check.gangway = PTN_CHECK_SHORE_STRANGER;
        advice = decide(&bench);
        assert_non_null(find(&advice, "call.stranger"));
        assert_int_not_equal(advice.verdict, PTN_VERDICT_CLEAR);
        assert_int_equal(advice.reason_count, count + 1);
        for (size_t r = 0; r < count; r++)
            assert_non_null(find(&advice, rules[r]));
        bench.check.gangway = PTN_CHECK_SHORE_LEAVE;
        advice = decide(&bench);
        assert_non_null(find(&advice, "call.shore-leave"));
        assert_null(find(&advice, "call.other-document"));
        assert_false(advice.stay_applies);
        for (size_t r = 0; r < count; r++)
            if ((find(&advice, rules[r]) != NULL) != meets[r])
                fail_msg("%s: %s", sides[i].what, rules[r]);
        bench.check.gangway = PTN_CHECK_SHORE_OTHER;
        advice = decide(&bench);
        assert_non_null(find(&advice, "call.other-document"));
        assert_int_not_equal(advice.verdict, PTN_VERDICT_CLEAR);
    }
}

/* ---- matches ---- */

static const struct {
    enum ptn_list_action action;
    enum ptn_verdict by_name, by_document, own;
    const char *rule; /* NULL: nothing is said */
} effects[] = {
    { PTN_LIST_ACTION_NONE, PTN_VERDICT_CLEAR, PTN_VERDICT_CLEAR, PTN_VERDICT_CLEAR, NULL },
    { PTN_LIST_ACTION_OFF, PTN_VERDICT_CLEAR, PTN_VERDICT_CLEAR, PTN_VERDICT_CLEAR, NULL },
    { PTN_LIST_ACTION_INFORM, PTN_VERDICT_CLEAR, PTN_VERDICT_CLEAR, PTN_VERDICT_CLEAR,
      "match.inform" },
    { PTN_LIST_ACTION_DISCREET, PTN_VERDICT_CLEAR, PTN_VERDICT_CLEAR, PTN_VERDICT_CLEAR,
      "match.discreet" },
    { PTN_LIST_ACTION_INQUIRY, PTN_VERDICT_REFER, PTN_VERDICT_REFER, PTN_VERDICT_REFER,
      "match.inquiry" },
    { PTN_LIST_ACTION_SPECIFIC, PTN_VERDICT_REFER, PTN_VERDICT_REFER, PTN_VERDICT_REFER,
      "match.specific" },
    { PTN_LIST_ACTION_REFER, PTN_VERDICT_REFER, PTN_VERDICT_REFER, PTN_VERDICT_REFER,
      "match.refer" },
    { PTN_LIST_ACTION_BAN, PTN_VERDICT_REFER, PTN_VERDICT_STOP, PTN_VERDICT_REFER, "match.ban" },
    { PTN_LIST_ACTION_REFUSE, PTN_VERDICT_REFER, PTN_VERDICT_STOP, PTN_VERDICT_REFER,
      "match.refuse" },
    { PTN_LIST_ACTION_ARREST, PTN_VERDICT_REFER, PTN_VERDICT_REFER, PTN_VERDICT_REFER,
      "match.arrest" },
    { PTN_LIST_ACTION_PROTECT, PTN_VERDICT_REFER, PTN_VERDICT_REFER, PTN_VERDICT_REFER,
      "match.protect" },
    { PTN_LIST_ACTION_SEIZE, PTN_VERDICT_REFER, PTN_VERDICT_STOP, PTN_VERDICT_REFER,
      "match.seize" },
};

static enum ptn_verdict verdict_of(enum ptn_list_action action, bool document, bool own,
                                   const char *rule)
{
    struct bench bench;
    struct ptn_advice advice;

    bench_start(&bench);
    if (own)
        make_own(&bench);
    if (document)
        add_match(&bench, action)->basis = PTN_MATCH_DOCUMENT;
    else
        (void)add_match(&bench, action);
    advice = decide(&bench);
    assert_int_equal(advice.reason_count, rule != NULL ? 1 : 0);
    if (rule != NULL)
        assert_non_null(find(&advice, rule));
    assert_int_equal((advice.actions & PTN_ACTION_REPORT) != 0, action == PTN_LIST_ACTION_DISCREET);
    return advice.verdict;
}

/* WATCH-3. */
static void test_decide__a_list_is_not_a_verdict(void **state)
{
    (void)state;
    assert_int_equal(sizeof(effects) / sizeof(effects[0]), PTN_LIST_ACTION_COUNT);
    for (size_t i = 0; i < sizeof(effects) / sizeof(effects[0]); i++) {
        assert_int_equal(verdict_of(effects[i].action, false, false, effects[i].rule),
                         effects[i].by_name);
        assert_int_equal(verdict_of(effects[i].action, true, false, effects[i].rule),
                         effects[i].by_document);
        assert_int_equal(verdict_of(effects[i].action, true, true, effects[i].rule),
                         effects[i].own);
    }
}

/* Sure: something beside the name agrees, and the name agrees well. */
static void test_decide__a_name_calls_the_supervisor_only_when_sure(void **state)
{
    static const struct {
        bool corroborated;
        unsigned score;
        enum ptn_verdict verdict;
    } cases[] = {
        { false, 10000, PTN_VERDICT_REFER },
        { true, 8999, PTN_VERDICT_REFER },
        { true, 9000, PTN_VERDICT_STOP },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct bench bench;
        struct ptn_match *match;

        bench_start(&bench);
        match = add_match(&bench, PTN_LIST_ACTION_BAN);
        match->corroborated = cases[i].corroborated;
        match->score = cases[i].score;
        assert_int_equal(decide(&bench).verdict, cases[i].verdict);
    }
}

/* A name alone must be nearly the same; a birth date makes up for what spelling lost. */
static void test_decide__a_name_that_only_resembles_holds_nobody(void **state)
{
    static const struct {
        bool corroborated, birth_day;
        unsigned score;
        const char *rule;
    } cases[] = {
        { false, false, 8999, "match.weak" }, { false, false, 9000, "match.ban" },
        { true, false, 8499, "match.weak" },  { true, false, 8500, "match.ban" },
        { true, true, 6999, "match.weak" },   { true, true, 7000, "match.ban" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct bench bench;
        struct ptn_match *match;
        struct ptn_advice advice;

        bench_start(&bench);
        match = add_match(&bench, PTN_LIST_ACTION_BAN);
        match->corroborated = cases[i].corroborated;
        match->birth_day = cases[i].birth_day;
        match->score = cases[i].score;
        advice = decide(&bench);
        if (advice.reason_count != 1 || find(&advice, cases[i].rule) == NULL ||
            (advice.verdict == PTN_VERDICT_CLEAR) != (strcmp(cases[i].rule, "match.weak") == 0))
            fail_msg("case %zu: %s", i, ptn_verdict_word(advice.verdict));
    }
}

static void test_decide__a_discreet_match_that_only_resembles_is_not_seen(void **state)
{
    struct bench bench;
    struct ptn_advice advice;

    (void)state;
    bench_start(&bench);
    add_match(&bench, PTN_LIST_ACTION_DISCREET)->score = 8000;
    advice = decide(&bench);
    assert_int_equal(advice.reason_count, 0);
    assert_int_equal(advice.actions, 0);
}

static void test_decide__a_list_that_exempts_own_nationals_does_not_stop_them(void **state)
{
    struct bench bench;
    struct ptn_match *match;
    struct ptn_advice advice;

    (void)state;
    bench_start(&bench);
    make_own(&bench);
    make_exit(&bench);
    match = add_match(&bench, PTN_LIST_ACTION_BAN);
    match->basis = PTN_MATCH_DOCUMENT;
    assert_int_equal(decide(&bench).verdict, PTN_VERDICT_STOP);
    match->own_nationals_exempt = true;
    advice = decide(&bench);
    assert_int_equal(advice.verdict, PTN_VERDICT_REFER);
    assert_true(fact_is(find(&advice, "match.ban"), "own_national", "exempt"));
}

static void test_decide__reasons_come_by_weight_then_in_the_books_order(void **state)
{
    static const char *const order[] = { "document.stolen", "match.refuse",  "document.expired",
                                         "minor.alone",     "match.inquiry", "rule.failed",
                                         "stay.no-history", "match.inform" };
    struct bench bench;
    struct ptn_advice advice;

    (void)state;
    bench_start(&bench);
    (void)add_match(&bench, PTN_LIST_ACTION_INFORM);
    (void)add_match(&bench, PTN_LIST_ACTION_INQUIRY);
    add_match(&bench, PTN_LIST_ACTION_REFUSE)->basis = PTN_MATCH_DOCUMENT;
    rule_failed(&bench);
    no_history(&bench);
    expired_yesterday(&bench);
    stolen(&bench);
    child_alone(&bench);
    advice = decide(&bench);
    assert_int_equal(advice.reason_count, sizeof(order) / sizeof(order[0]));
    for (size_t i = 0; i < advice.reason_count; i++)
        assert_true(ptn_bytes_is(advice.reasons[i].rule, order[i]));
}

static void test_decide__leaving_as_ordered_is_recorded(void **state)
{
    struct bench bench;
    struct ptn_advice advice;

    (void)state;
    bench_start(&bench);
    order_at_exit(&bench);
    advice = decide(&bench);
    assert_int_equal(advice.actions, PTN_ACTION_RECORD);
    assert_true(fact_is(find(&advice, "order.leaving"), "late", "yes"));
    bench.orders[0].leave_by = bench.check.today;
    advice = decide(&bench);
    assert_true(fact_is(find(&advice, "order.leaving"), "late", "no"));
    bench.orders[0].departed = true;
    assert_int_equal(decide(&bench).actions, 0);
}

/* WATCH-3. */
static void test_decide__the_direction_chooses_the_effect(void **state)
{
    struct bench bench;
    struct ptn_advice advice;

    (void)state;
    bench_start(&bench);
    add_match(&bench, PTN_LIST_ACTION_BAN)->on_exit.action = PTN_LIST_ACTION_INFORM;
    advice = decide(&bench);
    assert_int_equal(advice.verdict, PTN_VERDICT_REFER);
    make_exit(&bench);
    advice = decide(&bench);
    assert_int_equal(advice.verdict, PTN_VERDICT_CLEAR);
    assert_non_null(find(&advice, "match.inform"));
}

static void test_decide__a_match_says_what_it_rests_on(void **state)
{
    struct bench bench;
    struct ptn_advice advice;
    const struct ptn_reason *reason;

    (void)state;
    bench_start(&bench);
    (void)add_match(&bench, PTN_LIST_ACTION_INQUIRY);
    bench.lists[0] = (struct ptn_check_list){ .list = PTN_BYTES_LITERAL("alerts"), .age_s = 61 };
    bench.check.list_count = 1;
    advice = decide(&bench);
    reason = find(&advice, "match.inquiry");
    assert_non_null(reason);
    assert_true(fact_is(reason, "list", "alerts"));
    assert_true(fact_is(reason, "entry", "2041"));
    assert_true(fact_is(reason, "score", "0.9100"));
    assert_true(fact_is(reason, "edition", "2026-11-24"));
    assert_true(fact_is(reason, "age_s", "61"));
    assert_true(ptn_bytes_is(reason->text, "Could be on a list: SPESIMEN, Anna. What it means."));
    assert_true(ptn_bytes_is(reason->text_sq,
                             "Mund të jetë në një listë: SPESIMEN, Anna. Çfarë do të thotë."));
}

/* ---- own nationals ---- */

/* DECIDE-4: whatever is done to an own national's check at entry, the supervisor is not called to
 * refuse. */
static void test_decide__own_nationals_are_never_stopped_at_entry(void **state)
{
    (void)state;
    for (size_t i = 0; i < SIDE_COUNT; i++) {
        struct bench bench;
        struct ptn_advice advice;

        bench_start(&bench);
        sides[i].change(&bench);
        (void)snprintf(bench.person.nationality, 4, "%s", "ALB");
        bench.check.direction = PTN_STAY_ENTRY;
        add_match(&bench, PTN_LIST_ACTION_REFUSE)->basis = PTN_MATCH_DOCUMENT;
        add_outcome(&bench, PTN_RULE_YES)->verdict = PTN_VERDICT_STOP;
        advice = decide(&bench);
        assert_int_equal(advice.verdict, PTN_VERDICT_REFER);
        assert_false(advice.stay_applies);
    }
}

/* ---- stay ---- */

static void test_decide__the_stay_is_told_beside_the_advice(void **state)
{
    struct bench bench;
    struct ptn_advice advice;

    (void)state;
    bench_start(&bench);
    add_stay(&bench, "2026-09-01", "2026-09-12");
    advice = decide(&bench);
    assert_true(advice.stay_applies);
    assert_int_equal(advice.stay.used, 12);
    assert_int_equal(advice.stay.left, 78);
    assert_true(ptn_date_equal(advice.stay.leave_by, day("2027-02-09")));
    /* a visa that allows fewer days, or ends sooner, sets the last day */
    make_indian(&bench);
    add_permit(&bench, "")->days = 10;
    advice = decide(&bench);
    assert_int_equal(advice.stay.left, 10);
    assert_true(ptn_date_equal(advice.stay.leave_by, day("2026-12-03")));
    bench.permits[0].valid_until = day("2026-11-30");
    advice = decide(&bench);
    assert_true(ptn_date_equal(advice.stay.leave_by, day("2026-11-30")));
    /* one year for who may stay a year */
    nationality(&bench, "USA");
    bench.check.permit_count = 0;
    advice = decide(&bench);
    assert_int_equal(advice.stay.limit.days, 365);
    assert_int_equal(advice.stay.left, 353);
}

/* A country's own file: a margin of validity for some, no limit of days for others. */
static void test_decide__a_countrys_own_conditions_are_followed(void **state)
{
    static const char file[] =
        "postern-conditions\t1\nstate\tALB\nchecked\t2026-11-24\nsource\tS\tA\n"
        "condition\tITA\tpassport\tno\t30\t60\t90\t-\t-\tS\n"
        "condition\tFRA\tpassport\tno\t0\t0\t0\t-\t-\tS\n";
    struct ptn_conditions *own = NULL;
    struct bench bench;
    struct ptn_advice advice;

    (void)state;
    assert_int_equal(ptn_conditions_load(ptn_bytes_from_text(file), &own, NULL).code, PTN_C_OK);
    bench_start(&bench);
    bench.check.conditions = own;
    bench.person.document.expiry = day("2027-02-21"); /* 89 days on */
    advice = decide(&bench);
    assert_int_equal(advice.verdict, PTN_VERDICT_REFER);
    assert_true(fact_is(find(&advice, "document.expires-early"), "days_needed", "90"));
    bench.person.document.expiry = day("2027-02-22");
    advice = decide(&bench);
    assert_int_equal(advice.reason_count, 0);
    assert_int_equal(advice.stay.left, 30);
    bench.person.document.expiry = day("2026-11-24");
    make_exit(&bench); /* nobody needs a margin to leave */
    assert_int_equal(decide(&bench).reason_count, 0);
    bench_start(&bench);
    bench.check.conditions = own;
    nationality(&bench, "FRA");
    used_90(&bench);
    advice = decide(&bench);
    assert_int_equal(advice.reason_count, 0);
    assert_false(advice.stay_applies);
    ptn_conditions_free(own);
}

/* ---- what always holds ---- */

static void add_stop_match(struct bench *bench)
{
    add_match(bench, PTN_LIST_ACTION_REFUSE)->basis = PTN_MATCH_DOCUMENT;
}

static void add_discreet_match(struct bench *bench)
{
    (void)add_match(bench, PTN_LIST_ACTION_DISCREET);
}

static void add_off_match(struct bench *bench)
{
    (void)add_match(bench, PTN_LIST_ACTION_OFF);
}

static void add_report_rule(struct bench *bench)
{
    struct ptn_rule_outcome *outcome = add_outcome(bench, PTN_RULE_YES);

    outcome->id = PTN_BYTES_LITERAL("reported");
    outcome->verdict = PTN_VERDICT_CLEAR;
    outcome->report = true;
}

static void add_ban(struct bench *bench)
{
    add_order(bench)->banned_until = day("2030-01-01");
}

static void add_stolen(struct bench *bench)
{
    if (bench->check.document_status == PTN_CHECK_DOCUMENT_NOT_KNOWN)
        stolen(bench);
}

/* What only ever adds to a check. */
static void (*const additions[])(struct bench *bench) = {
    add_stop_match, add_discreet_match, add_off_match, add_report_rule, add_ban,    rule_yes,
    rule_failed,    rule_late,          more_matches,  mrz_invalid,     add_stolen, not_screened,
};

#define ADDITION_COUNT (sizeof(additions) / sizeof(additions[0]))

/* Every reason of `less` is in `more` with at least its verdict, and as often. */
static void assert_covers(const struct ptn_reason *less, size_t less_count,
                          const struct ptn_advice *more, const char *what)
{
    bool taken[64] = { false };

    for (size_t i = 0; i < less_count; i++) {
        size_t at = 0;

        while (at < more->reason_count &&
               (taken[at] || !ptn_bytes_equal(less[i].rule, more->reasons[at].rule) ||
                more->reasons[at].verdict < less[i].verdict))
            at++;
        if (at == more->reason_count)
            fail_msg("%s took %.*s away", what, (int)less[i].rule.len,
                     (const char *)less[i].rule.at);
        taken[at] = true;
    }
}

/* DECIDE-2, for every side of a check, and with every addition on top of another. */
static void test_decide__an_addition_never_makes_it_milder(void **state)
{
    (void)state;
    for (size_t i = 0; i < SIDE_COUNT * ADDITION_COUNT * ADDITION_COUNT; i++) {
        const struct one_side *side = &sides[i % SIDE_COUNT];
        size_t first = i / SIDE_COUNT % ADDITION_COUNT;
        size_t second = i / SIDE_COUNT / ADDITION_COUNT;
        struct ptn_reason reasons[64];
        char rules[64][64];
        struct bench bench;
        struct ptn_advice less, more;

        bench_start(&bench);
        side->change(&bench);
        additions[first](&bench);
        less = decide(&bench);
        assert_true(less.reason_count < 64);
        for (size_t r = 0; r < less.reason_count; r++) {
            reasons[r] = less.reasons[r];
            memcpy(rules[r], less.reasons[r].rule.at, less.reasons[r].rule.len);
            reasons[r].rule = ptn_bytes_of(rules[r], less.reasons[r].rule.len);
        }
        if (second != first || second < 4)
            additions[second](&bench);
        more = decide(&bench);
        assert_true(more.verdict >= less.verdict);
        assert_int_equal(more.actions & less.actions, less.actions);
        assert_covers(reasons, less.reason_count, &more, side->what);
        /* and the verdict is that of the first reason */
        for (size_t r = 1; r < more.reason_count; r++)
            assert_true(more.reasons[r].verdict <= more.reasons[r - 1].verdict);
        if (more.reason_count > 0)
            assert_int_equal(more.verdict, more.reasons[0].verdict);
    }
}

static void write_json(const struct ptn_advice *advice, bool discreet, struct ptn_buffer *out);

/* ---- what is published of the country's crossings ---- */

#define EVENTS_MAX 12u

static uint32_t next_random(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

static size_t random_events(uint32_t *seed, struct ptn_date today, struct ptn_stay_event *events)
{
    size_t count = next_random(seed) % (EVENTS_MAX + 1);
    int32_t at = ptn_date_to_days(today) - 300;

    for (size_t i = 0; i < count; i++) {
        at += (int32_t)(next_random(seed) % 50);
        if (at > ptn_date_to_days(today))
            at = ptn_date_to_days(today);
        events[i] = (struct ptn_stay_event){
            .date = ptn_date_from_days(at),
            .move = (next_random(seed) % 8 == 0) == (i % 2 == 0) ? PTN_STAY_EXIT : PTN_STAY_ENTRY,
            .exempt = next_random(seed) % 10 == 0,
        };
    }
    return count;
}

/* STAYS-3: whatever is published, nobody has fewer reasons to be looked at, no milder advice, and
 * no more days left. */
static void test_decide__what_is_published_of_stays_takes_no_reason_away(void **state)
{
    uint32_t seed = 7;
    size_t worse = 0;

    (void)state;
    for (size_t turn = 0; turn < 20000; turn++) {
        struct ptn_stay_event own[EVENTS_MAX], all[EVENTS_MAX];
        struct ptn_check_country country = { .elsewhere = 1 };
        struct ptn_reason reasons[64];
        char rules[64][64];
        struct bench bench;
        struct ptn_advice less, more;
        size_t count = 0;

        bench_start(&bench);
        bench.check.direction = next_random(&seed) % 2 == 0 ? PTN_STAY_ENTRY : PTN_STAY_EXIT;
        bench.check.history.events = own;
        bench.check.history.event_count = random_events(&seed, bench.check.today, own);
        less = decide(&bench);
        for (size_t r = 0; r < less.reason_count && less.reasons[r].verdict > PTN_VERDICT_CLEAR;
             r++, count++) {
            reasons[r] = less.reasons[r];
            memcpy(rules[r], less.reasons[r].rule.at, less.reasons[r].rule.len);
            reasons[r].rule = ptn_bytes_of(rules[r], less.reasons[r].rule.len);
        }
        country.history = (struct ptn_stay_history){
            .known = true,
            .events = all,
            .event_count = random_events(&seed, bench.check.today, all),
            .known_since = ptn_date_from_days(ptn_date_to_days(bench.check.today) -
                                              (int32_t)(next_random(&seed) % 400)),
        };
        bench.check.country = &country;
        more = decide(&bench);
        assert_true(more.verdict >= less.verdict);
        assert_covers(reasons, count, &more, "published stays");
        assert_true(more.stay.used >= less.stay.used);
        assert_true(more.stay.left <= less.stay.left);
        assert_true(more.stay.over_days >= less.stay.over_days);
        assert_int_equal(more.stay.country.here, less.stay.used);
        worse += more.verdict > less.verdict ? 1 : 0;
    }
    assert_true(worse > 1000); /* and it says something */
}

/* PAPER-6, PUBLISH-1: whatever days are said to have been on paper, and by whomever, the verdict is
 * the same and no other reason changes: an overstay is said in words that leave it open, or not. */
static void test_decide__paper_days_take_no_reason_away(void **state)
{
    uint32_t seed = 11;
    size_t doubts = 0;
    size_t certain = 0;

    (void)state;
    for (size_t turn = 0; turn < 20000; turn++) {
        struct ptn_stay_event own[EVENTS_MAX], all[EVENTS_MAX];
        struct ptn_stay_period paper[2];
        struct ptn_check_country country = { .elsewhere = 1 };
        struct bench bench;
        struct ptn_advice without, with;
        enum ptn_verdict verdict;
        size_t reasons;
        bool over;
        int32_t day;

        bench_start(&bench);
        day = ptn_date_to_days(bench.check.today) - (int32_t)(next_random(&seed) % 300);
        paper[0] = (struct ptn_stay_period){ ptn_date_from_days(day), ptn_date_from_days(day + 3) };
        paper[1] =
            (struct ptn_stay_period){ ptn_date_from_days(day + 20), ptn_date_from_days(day + 40) };
        bench.check.direction = next_random(&seed) % 4 == 0 ? PTN_STAY_ENTRY : PTN_STAY_EXIT;
        bench.check.history.events = own;
        bench.check.history.event_count = random_events(&seed, bench.check.today, own);
        country.history = (struct ptn_stay_history){
            .known = true,
            .events = all,
            .event_count = random_events(&seed, bench.check.today, all),
            .known_since = ptn_date_from_days(day - 400),
        };
        bench.check.country = next_random(&seed) % 2 == 0 ? &country : NULL;
        without = decide(&bench);
        verdict = without.verdict;
        over = find(&without, "stay.over") != NULL;
        reasons = without.reason_count;
        bench.check.paper = paper;
        bench.check.paper_count = 2;
        with = decide(&bench);
        assert_int_equal(with.verdict, verdict);
        assert_int_equal(over,
                         find(&with, "stay.over") != NULL || find(&with, "stay.paper") != NULL);
        assert_true(find(&with, "stay.over") == NULL || find(&with, "stay.paper") == NULL);
        if (find(&with, "stay.paper") == NULL) {
            assert_int_equal(with.reason_count, reasons);
            certain += over ? 1 : 0;
            continue;
        }
        assert_int_equal(with.stay.over_days, 0);
        assert_true(with.stay.perhaps_over > 0);
        doubts++;
    }
    assert_true(doubts > 100);
    assert_true(certain > 100);
}

/* A traveller of whom what was written on paper is missing. */
struct papered {
    struct ptn_stay_event own[8], all[8];
    size_t own_count, all_count;
};

/* One crossing in truth, at this post or another, on paper or not. */
static void crosses(struct papered *papered, int32_t day, enum ptn_stay_move move, bool here,
                    bool on_paper)
{
    const struct ptn_stay_event event = { ptn_date_from_days(day), move, false };

    if (on_paper)
        return;
    papered->all[papered->all_count++] = event;
    if (here)
        papered->own[papered->own_count++] = event;
}

/* PAPER-6: a thousand people come in, or go and come back, by way of sheets that nobody has keyed
 * yet, none for longer than allowed; whoever leaves by a lane is no overstayer. */
static void test_decide__nobody_overstays_by_sheets_that_are_not_keyed(void **state)
{
    uint32_t seed = 5;
    size_t asked = 0;

    (void)state;
    for (size_t turn = 0; turn < 1000; turn++) {
        struct papered papered = { .own_count = 0 };
        struct ptn_check_country country = { .elsewhere = 1 };
        struct bench bench;
        struct ptn_stay_period paper;
        struct ptn_advice advice;
        int32_t today, first, back;

        bench_start(&bench);
        today = ptn_date_to_days(bench.check.today);
        back = today - (int32_t)(next_random(&seed) % 40);
        first = back - 40; /* of so many days on paper, for all of which some stay away */
        paper = (struct ptn_stay_period){ ptn_date_from_days(first), ptn_date_from_days(back) };
        if (next_random(&seed) % 4 > 0) { /* was here before, and left on paper */
            crosses(&papered, first - 20 - (int32_t)(next_random(&seed) % 25), PTN_STAY_ENTRY,
                    next_random(&seed) % 2 == 0, false);
            crosses(&papered, first, PTN_STAY_EXIT, next_random(&seed) % 2 == 0, true);
        }
        if (next_random(&seed) % 2 == 0) /* came in on paper */
            crosses(&papered, back, PTN_STAY_ENTRY, true, true);
        else /* or by a lane of another post */
            crosses(&papered, back, PTN_STAY_ENTRY, false, false);
        bench.check.direction = PTN_STAY_EXIT;
        bench.check.history.events = papered.own;
        bench.check.history.event_count = papered.own_count;
        bench.check.paper = &paper;
        bench.check.paper_count = 1;
        country.history = (struct ptn_stay_history){ .known = true,
                                                     .events = papered.all,
                                                     .event_count = papered.all_count };
        if (next_random(&seed) % 2 == 0)
            bench.check.country = &country;
        advice = decide(&bench);
        assert_null(find(&advice, "stay.over"));
        asked += find(&advice, "stay.paper") != NULL ? 1 : 0;
        bench.check.paper_count = 0; /* the sheets are keyed, and say nothing of them */
        advice = decide(&bench);
        assert_null(find(&advice, "stay.paper"));
    }
    assert_true(asked > 50);
}

/* Who stayed too long by what is certain, before or after the days on paper, stays an overstayer.
 */
static void test_decide__paper_days_outside_a_stay_excuse_nothing(void **state)
{
    struct bench bench;
    struct ptn_advice advice;
    const struct ptn_stay_event long_ago[] = { { day("2026-07-01"), PTN_STAY_ENTRY, false } };
    struct ptn_stay_period paper = { day("2026-06-20"), day("2026-06-30") };
    const struct ptn_check_country country = {
        .history = { .known = true, .events = long_ago, .event_count = 1 }
    };

    (void)state;
    bench_start(&bench);
    bench.check.direction = PTN_STAY_EXIT;
    bench.check.history.events = long_ago;
    bench.check.history.event_count = 1;
    bench.check.paper = &paper;
    bench.check.paper_count = 1;
    advice = decide(&bench);
    assert_non_null(find(&advice, "stay.over"));
    paper = (struct ptn_stay_period){ day("2026-09-10"), day("2026-09-13") };
    advice = decide(&bench);
    assert_null(find(&advice, "stay.over"));
    assert_true(fact_is(find(&advice, "stay.paper"), "paper_from", "2026-09-10"));
    assert_true(fact_is(find(&advice, "stay.paper"), "paper_until", "2026-09-13"));
    /* the whole country knows of no way back but on paper: three days are not 57 */
    bench.check.country = &country;
    advice = decide(&bench);
    assert_non_null(find(&advice, "stay.over"));
}

/* 60 days there and 30 here are 90, and the facts say which is which. */
static void test_decide__days_at_another_post_count(void **state)
{
    const struct ptn_stay_event own[] = { { day("2026-10-15"), PTN_STAY_ENTRY, false },
                                          { day("2026-11-13"), PTN_STAY_EXIT, false } };
    const struct ptn_stay_event all[] = { { day("2026-07-01"), PTN_STAY_ENTRY, false },
                                          { day("2026-08-29"), PTN_STAY_EXIT, false },
                                          { day("2026-10-15"), PTN_STAY_ENTRY, false },
                                          { day("2026-11-13"), PTN_STAY_EXIT, false } };
    const struct ptn_check_country country = {
        .history = { .known = true,
                     .events = all,
                     .event_count = 4,
                     .known_since = day("2026-03-01") },
        .elsewhere = 2,
        .until_ms = INT64_C(1795800000000),
        .age_s = 7300,
    };
    struct bench bench;
    struct ptn_advice advice;
    struct ptn_buffer out;

    (void)state;
    bench_start(&bench);
    bench.check.history.events = own;
    bench.check.history.event_count = 2;
    advice = decide(&bench);
    assert_int_equal(advice.verdict, PTN_VERDICT_CLEAR);
    assert_int_equal(advice.stay.used, 30);
    bench.check.country = &country;
    advice = decide(&bench);
    assert_int_equal(advice.verdict, PTN_VERDICT_REFER);
    assert_true(ptn_bytes_is(advice.reasons[0].rule, "stay.used-up"));
    assert_int_equal(advice.stay.used, 90);
    assert_int_equal(advice.stay.left, 0);
    write_json(&advice, false, &out);
    assert_non_null(
        memmem(out.at, out.len, "\"here\":30,\"country\":{\"used\":90,\"crossings\":2,", 45));
    assert_non_null(memmem(out.at, out.len, "\"country_age_h\":\"2\"", 19));
    ptn_buffer_release(&out);
}

static void write_json(const struct ptn_advice *advice, bool discreet, struct ptn_buffer *out)
{
    struct ptn_json json = { .out = out };

    ptn_buffer_init(out, 1u << 20);
    ptn_advice_write_json(&json, advice, discreet);
    assert_int_equal(ptn_json_end(&json).code, PTN_C_OK);
}

/* DECIDE-6: without the right, the very bytes are those of a check that found nothing. */
static void test_decide__a_discreet_check_cannot_be_seen(void **state)
{
    (void)state;
    for (size_t i = 0; i < SIDE_COUNT; i++) {
        struct ptn_buffer without, with, seen;
        struct bench bench;
        struct ptn_advice advice;

        bench_start(&bench);
        sides[i].change(&bench);
        advice = decide(&bench);
        write_json(&advice, false, &without);
        add_discreet_match(&bench);
        add_report_rule(&bench);
        advice = decide(&bench);
        write_json(&advice, false, &with);
        write_json(&advice, true, &seen);
        assert_true(ptn_bytes_equal(ptn_buffer_bytes(&without), ptn_buffer_bytes(&with)));
        assert_null(memmem(with.at, with.len, "\"report\"", 8));
        assert_non_null(memmem(seen.at, seen.len, "\"actions\":[\"report\"", 19));
        assert_non_null(memmem(seen.at, seen.len, "match.discreet", 14));
        assert_true(ptn_match_is_discreet(&bench.matches[0], bench.check.direction));
        ptn_buffer_release(&without);
        ptn_buffer_release(&with);
        ptn_buffer_release(&seen);
    }
}

static void test_decide__the_json_is_as_others_rely_on(void **state)
{
    static const char *const wanted =
        "{\"advice\":\"refer\",\"actions\":[],\"reasons\":[{\"rule\":\"document.mrz\","
        "\"verdict\":\"refer\",\"kind\":\"document\",\"text\":\"The machine readable lines do not "
        "check: read them again and look at the document.\",\"text_sq\":\"Rreshtat e lexueshëm nga "
        "makina nuk përputhen: lexojini sërish dhe shihni dokumentin.\",\"data\":{\"problem\":"
        "[\"check-birth\",\"composite\"]}}],\"stay\":{\"used\":0,\"left\":90,\"leave_by\":"
        "\"2027-02-21\",\"enter_from\":\"2026-11-24\",\"known_since\":\"2026-01-01\",\"limit\":90,"
        "\"in_days\":180,"
        "\"unknown_days\":0,\"over_days\":0},\"lists\":[{\"list\":\"un\",\"edition\":\"2026-11-"
        "20\","
        "\"age_s\":5,\"entries\":9}]}";
    struct ptn_buffer out;
    struct bench bench;
    struct ptn_advice advice;

    (void)state;
    bench_start(&bench);
    mrz_invalid(&bench);
    bench.problems[1] = PTN_BYTES_LITERAL("composite");
    bench.check.mrz_problem_count = 2;
    bench.check.history.known_since = day("2026-01-01");
    bench.lists[0] =
        (struct ptn_check_list){ PTN_BYTES_LITERAL("un"), PTN_BYTES_LITERAL("2026-11-20"), 5, 9 };
    bench.check.list_count = 1;
    advice = decide(&bench);
    write_json(&advice, false, &out);
    assert_int_equal(ptn_buffer_add_u8(&out, 0).code, PTN_C_OK);
    assert_string_equal((const char *)out.at, wanted);
    ptn_buffer_release(&out);
}

static void test_decide__bad_input_and_no_room(void **state)
{
    struct ptn_arena *small = ptn_arena_new(600);
    struct ptn_advice advice = { .reason_count = 77 };
    struct bench bench;

    (void)state;
    bench_start(&bench);
    bench.check.today = (struct ptn_date){ 2026, 11, 0 };
    assert_int_equal(ptn_decide(&bench.check, arena, &advice, NULL).code, PTN_C_BAD_INPUT);
    bench_start(&bench);
    bench.events[0] = (struct ptn_stay_event){ { 2027, 1, 1 }, PTN_STAY_ENTRY, false };
    bench.check.history.event_count = 1;
    assert_int_equal(ptn_decide(&bench.check, arena, &advice, NULL).code, PTN_C_BAD_INPUT);
    bench_start(&bench);
    mrz_invalid(&bench);
    assert_int_equal(ptn_decide(&bench.check, small, &advice, NULL).code, PTN_C_NO_MEMORY);
    assert_int_equal(advice.reason_count, 77);
    ptn_arena_free(small);
}

static uint64_t seed_next(uint64_t *seed)
{
    uint64_t z = *seed += 0x9e3779b97f4a7c15u;

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static unsigned below(uint64_t *seed, unsigned limit)
{
    return (unsigned)(seed_next(seed) % limit);
}

/* Any date at all, possible or not, most often one that is. */
static struct ptn_date any_date(uint64_t *seed)
{
    if (below(seed, 4) == 0)
        return (struct ptn_date){ (uint16_t)below(seed, 10000), (uint8_t)below(seed, 15),
                                  (uint8_t)below(seed, 34) };
    return ptn_date_from_days((int32_t)below(seed, 40000));
}

static void any_check(uint64_t *seed, struct bench *bench)
{
    static const char *const codes[] = { "ALB", "ITA", "UTO", "IND", "QQQ", "", "XXB", "GBD", "D" };

    bench_start(bench);
    bench->person.birth = any_date(seed);
    bench->person.document.expiry = any_date(seed);
    bench->person.document.kind =
        (enum ptn_document_kind)below(seed, (unsigned)PTN_DOCUMENT_KIND_COUNT);
    (void)snprintf(bench->person.nationality, 4, "%s", codes[below(seed, 9)]);
    (void)snprintf(bench->person.document.issuer, 4, "%s", codes[below(seed, 9)]);
    if (below(seed, 8) == 0)
        nameless(bench);
    bench->check.direction = below(seed, 2) == 0 ? PTN_STAY_ENTRY : PTN_STAY_EXIT;
    bench->check.mrz = (enum ptn_check_mrz_state)below(seed, 3);
    bench->check.document_status = (enum ptn_check_document_status)below(seed, 5);
    bench->check.demonstration = below(seed, 2) == 0;
    bench->check.party = (struct ptn_check_party){ below(seed, 2) == 0, below(seed, 3),
                                                   below(seed, 3), below(seed, 2) == 0 };
    if (below(seed, 8) == 0)
        bench->check.conditions = NULL;
    for (unsigned i = below(seed, 3); i > 0; i--) {
        struct ptn_check_permit *permit = add_permit(bench, codes[below(seed, 9)]);

        permit->kind = (enum ptn_check_permit_kind)below(seed, 4);
        permit->valid_until = ptn_date_from_days((int32_t)below(seed, 40000));
        permit->days = below(seed, 200);
    }
    for (unsigned i = below(seed, 3); i > 0; i--) {
        struct ptn_check_order *order = add_order(bench);

        order->departed = below(seed, 2) == 0;
        order->leave_by = ptn_date_from_days((int32_t)below(seed, 40000));
        order->banned_until = ptn_date_from_days((int32_t)below(seed, 40000));
    }
    for (unsigned i = below(seed, 4); i > 0; i--)
        add_match(bench, (enum ptn_list_action)below(seed, PTN_LIST_ACTION_COUNT))->basis =
            (enum ptn_match_basis)below(seed, 4);
    for (unsigned i = below(seed, 3); i > 0; i--)
        (void)add_outcome(bench, (enum ptn_rule_result)below(seed, 4));
    for (unsigned i = below(seed, 5); i > 0; i--)
        bench->events[bench->check.history.event_count++] = (struct ptn_stay_event){
            ptn_date_from_days(20700 - (int32_t)i * (int32_t)below(seed, 9)),
            (enum ptn_stay_move)below(seed, 2), below(seed, 5) == 0
        };
}

/* DECIDE-1 and DECIDE-4 over whatever a check can hold: an answer or BAD_INPUT, and the same one
 * again. */
static void test_decide__any_check_is_answered_and_the_same_way_again(void **state)
{
    uint64_t seed = 42;
    unsigned answered = 0;

    (void)state;
    for (unsigned round = 0; round < 20000; round++) {
        struct ptn_advice first = { 0 };
        struct ptn_buffer once, again;
        struct bench bench;
        struct ptn_status status;

        any_check(&seed, &bench);
        ptn_arena_clear(arena);
        status = ptn_decide(&bench.check, arena, &first, NULL);
        if (!ptn_ok(status)) {
            assert_int_equal(status.code, PTN_C_BAD_INPUT); /* history out of order */
            continue;
        }
        answered++;
        write_json(&first, true, &once);
        if (strcmp(bench.person.nationality, "ALB") == 0 &&
            bench.check.direction == PTN_STAY_ENTRY) {
            assert_true(first.verdict <= PTN_VERDICT_REFER);
            assert_false(first.stay_applies);
        }
        first = decide(&bench);
        write_json(&first, true, &again);
        assert_true(ptn_bytes_equal(ptn_buffer_bytes(&once), ptn_buffer_bytes(&again)));
        ptn_buffer_release(&once);
        ptn_buffer_release(&again);
    }
    assert_true(answered > 10000);
}

/* Whatever the room, the answer is the whole advice or none. */
static void test_decide__any_room_gives_all_or_nothing(void **state)
{
    struct ptn_status status = { PTN_C_NO_MEMORY };
    struct bench bench;
    size_t tried = 0;

    (void)state;
    bench_start(&bench);
    used_90(&bench);
    child_alone(&bench);
    (void)add_match(&bench, PTN_LIST_ACTION_INQUIRY);
    (void)add_outcome(&bench, PTN_RULE_YES);
    for (size_t size = 16; !ptn_ok(status); size += 48) {
        struct ptn_arena *room = ptn_arena_new(size);
        struct ptn_advice advice = { .reason_count = 77 };

        assert_non_null(room);
        status = ptn_decide(&bench.check, room, &advice, NULL);
        assert_int_equal(status.code, ptn_ok(status) ? PTN_C_OK : PTN_C_NO_MEMORY);
        assert_int_equal(advice.reason_count, ptn_ok(status) ? 4 : 77);
        tried++;
        ptn_arena_free(room);
    }
    assert_true(tried > 10);
}

/* docs/DECISIONS.md has a row for every built-in reason. */
static void test_decide__every_reason_is_in_the_book(void **state)
{
    static char book[1u << 16];
    FILE *file = fopen("docs/DECISIONS.md", "rb");
    size_t len;

    (void)state;
    assert_non_null(file);
    len = fread(book, 1, sizeof(book) - 1, file);
    (void)fclose(file);
    book[len] = '\0';
    for (size_t i = 0; i < REASON_COUNT; i++) {
        char row[64];

        (void)snprintf(row, sizeof(row), "| `%s` |", ptn_reason_table[i].rule);
        if (i == REASON_RULE)
            (void)snprintf(row, sizeof(row), "| `rule.<id>` |");
        if (strstr(book, row) == NULL)
            fail_msg("no row for %s", ptn_reason_table[i].rule);
    }
}

static int start(void **state)
{
    (void)state;
    arena = ptn_arena_new(1u << 20);
    return arena != NULL && ptn_ok(ptn_conditions_load(ptn_conditions_shipped(), &shipped, NULL))
               ? 0
               : -1;
}

static int stop(void **state)
{
    (void)state;
    ptn_conditions_free(shipped);
    ptn_arena_free(arena);
    return 0;
}

/* For whoever reads an advice on record: its rules have ids there, and no data. */
static void test_decide__every_rule_says_itself_in_words(void **state)
{
    (void)state;
    for (size_t i = 0; i < REASON_COUNT; i++) {
        const struct ptn_rule_words words =
            ptn_rule_words(ptn_bytes_from_text(ptn_reason_table[i].rule));

        if (i == REASON_RULE) { /* a country's own: its id says which */
            assert_null(words.text);
            continue;
        }
        assert_non_null(words.text);
        assert_non_null(words.text_sq);
        assert_int_not_equal(strcmp(words.text, words.text_sq), 0);
    }
    assert_string_equal(ptn_rule_words(PTN_BYTES_LITERAL("match.inquiry")).text,
                        "Could be on a list: inquiry check.");
    assert_non_null(ptn_rule_words(PTN_BYTES_LITERAL("match.late")).text);
    assert_null(ptn_rule_words(PTN_BYTES_LITERAL("rule.our-own")).text);
    assert_null(ptn_rule_words(PTN_BYTES_NONE).text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_decide__one_side_at_a_time),
        cmocka_unit_test(test_decide__a_chip_only_ever_adds_reasons),
        cmocka_unit_test(test_decide__a_chip_that_refuses_is_one_reason_more),
        cmocka_unit_test(test_decide__a_shore_leave_asks_no_conditions_and_all_else),
        cmocka_unit_test(test_decide__every_rule_says_itself_in_words),
        cmocka_unit_test(test_decide__a_list_is_not_a_verdict),
        cmocka_unit_test(test_decide__a_name_calls_the_supervisor_only_when_sure),
        cmocka_unit_test(test_decide__a_name_that_only_resembles_holds_nobody),
        cmocka_unit_test(test_decide__a_discreet_match_that_only_resembles_is_not_seen),
        cmocka_unit_test(test_decide__a_list_that_exempts_own_nationals_does_not_stop_them),
        cmocka_unit_test(test_decide__reasons_come_by_weight_then_in_the_books_order),
        cmocka_unit_test(test_decide__leaving_as_ordered_is_recorded),
        cmocka_unit_test(test_decide__the_direction_chooses_the_effect),
        cmocka_unit_test(test_decide__a_match_says_what_it_rests_on),
        cmocka_unit_test(test_decide__own_nationals_are_never_stopped_at_entry),
        cmocka_unit_test(test_decide__the_stay_is_told_beside_the_advice),
        cmocka_unit_test(test_decide__a_countrys_own_conditions_are_followed),
        cmocka_unit_test(test_decide__an_addition_never_makes_it_milder),
        cmocka_unit_test(test_decide__what_is_published_of_stays_takes_no_reason_away),
        cmocka_unit_test(test_decide__paper_days_take_no_reason_away),
        cmocka_unit_test(test_decide__nobody_overstays_by_sheets_that_are_not_keyed),
        cmocka_unit_test(test_decide__paper_days_outside_a_stay_excuse_nothing),
        cmocka_unit_test(test_decide__days_at_another_post_count),
        cmocka_unit_test(test_decide__a_discreet_check_cannot_be_seen),
        cmocka_unit_test(test_decide__the_json_is_as_others_rely_on),
        cmocka_unit_test(test_decide__bad_input_and_no_room),
        cmocka_unit_test(test_decide__any_check_is_answered_and_the_same_way_again),
        cmocka_unit_test(test_decide__any_room_gives_all_or_nothing),
        cmocka_unit_test(test_decide__every_reason_is_in_the_book),
    };

    return cmocka_run_group_tests(tests, start, stop);
}
