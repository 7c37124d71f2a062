/* Goal: who needs a visa and has one on record passes, who has none is told why, and what is
 * withdrawn serves nobody, however it comes before the lane. */
#include <string.h>

#include "node/import.h"
#include "node/lane.h"
#include "node/node_int.h"
#include "node/permits_int.h"
#include "node_made.h"

#define NOW_MS INT64_C(1795800000000) /* 2026-11-27 */

#define HEADER                                                                                     \
    "number,kind,surname,birth,nationality,document-issuer,document-number,document-expiry,from,"  \
    "until,entries,status\n"

struct fixture {
    char folder[FOLDER_SIZE], dir[DIR_SIZE];
    struct ptn_world world;
    struct ptn_node *node;
    struct ptn_arena *arena;
    struct ptn_lane_answer answer;
    unsigned rejected;
};

static int64_t now_ms(void *context)
{
    (void)context;
    return NOW_MS;
}

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));

    assert_non_null(fixture);
    fixture->world = *ptn_world_real();
    fixture->world.now_ms = now_ms;
    fixture->arena = ptn_arena_new((size_t)8 << 20);
    made_post(&fixture->world, PTN_POST_LAND, fixture->folder, fixture->dir);
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    ptn_lane_answer_release(&fixture->answer);
    ptn_node_close(fixture->node);
    ptn_arena_free(fixture->arena);
    unmade(fixture->folder);
    free(fixture);
    return 0;
}

static void count_reject(void *context, size_t line, const char *reason)
{
    struct fixture *fixture = context;

    (void)line;
    assert_non_null(reason);
    fixture->rejected++;
}

/* Into the closed node, which is then opened. */
static struct ptn_import_counts import(struct fixture *fixture, enum ptn_import_kind kind,
                                       const char *csv)
{
    const struct ptn_import import = {
        .kind = kind, .source = "VISAS", .context = fixture, .reject = count_reject
    };
    struct ptn_import_counts counts;
    struct ptn_diag diag = { 0 };
    struct ptn_status status;

    ptn_lane_answer_release(&fixture->answer);
    ptn_node_close(fixture->node);
    fixture->node = NULL;
    status = ptn_import_run(&fixture->world, fixture->dir, &import, ptn_bytes_from_text(csv),
                            &counts, &diag);
    if (!ptn_ok(status))
        fail_msg("%s", diag.text == NULL ? "no text" : diag.text);
    assert_true(ptn_ok(ptn_node_open(&fixture->world, fixture->dir, NULL, &fixture->node, NULL)));
    return counts;
}

static void answered(struct ptn_lane_answer *answer)
{
    (void)answer;
}

/* Somebody of a nationality that needs a visa, with this document. */
static struct ptn_lane_scan visitor(const char *number)
{
    return (struct ptn_lane_scan){
        .direction = PTN_DIRECTION_ENTRY,
        .person = { .surname = PTN_BYTES_LITERAL("OKAFOREKU"),
                    .birth = { 1990, 4, 2 },
                    .nationality = "IND",
                    .document = { .kind = PTN_DOCUMENT_PASSPORT,
                                  .issuer = "IND",
                                  .number = ptn_bytes_from_text(number),
                                  .expiry = { 2031, 5, 1 } } },
    };
}

static void scan(struct fixture *fixture, struct ptn_lane_scan question)
{
    static const struct ptn_officer arta = { .user = "arta", .name = "Arta" };
    struct ptn_lane_who who = { &arta, "1" };
    struct ptn_diag diag = { 0 };

    ptn_lane_answer_release(&fixture->answer);
    fixture->answer = (struct ptn_lane_answer){ .done = answered };
    ptn_arena_clear(fixture->arena);
    if (!ptn_ok(ptn_lane_prepare(fixture->node, &who, &question, fixture->arena, &fixture->answer,
                                 &diag)))
        fail_msg("%s", diag.text == NULL ? "no text" : diag.text);
}

static const struct ptn_reason *reason(const struct fixture *fixture, const char *rule)
{
    for (size_t i = 0; i < fixture->answer.advice.reason_count; i++)
        if (ptn_bytes_is(fixture->answer.advice.reasons[i].rule, rule))
            return &fixture->answer.advice.reasons[i];
    return NULL;
}

static void assert_refused_because(const struct fixture *fixture, const char *why)
{
    const struct ptn_reason *found = reason(fixture, "conditions.visa-not-valid");

    assert_non_null(found);
    assert_int_equal(fixture->answer.advice.verdict, PTN_VERDICT_REFER);
    assert_string_equal(found->facts[0].key, "why");
    assert_true(ptn_bytes_is(found->facts[0].value, why));
}

/* PERMIT-1. */
static void test_permits__a_visa_on_record_lets_its_holder_pass_and_nobody_else(void **state)
{
    struct fixture *fixture = *state;
    struct ptn_import_counts counts =
        import(fixture, PTN_IMPORT_PERMITS,
               HEADER "C1,short-visa,OKAFOREKU,1990-04-02,IND,IND,P1,2031-05-01,2026-10-01,"
                      "2027-03-31,,\n"
                      "C2,short-visa,OKAFOREKU,1990-04-02,IND,IND,P2,2031-05-01,,2026-11-26,,\n"
                      "C3,short-visa,OKAFOREKU,1990-04-02,IND,IND,P3,2031-05-01,2026-11-28,"
                      "2027-03-31,,\n"
                      "C4,short-visa,OKAFOREKU,1990-04-02,IND,IND,P4,2030-01-01,,2027-03-31,,\n"
                      "C5,transit,OKAFOREKU,1990-04-02,IND,IND,P5,,,2027-03-31,,\n");
    struct ptn_lane_scan other = visitor("P1");

    assert_int_equal(counts.taken, 4);
    assert_int_equal(counts.rejected, 1);
    assert_int_equal(fixture->rejected, 1);
    scan(fixture, visitor("P1"));
    assert_int_equal(fixture->answer.advice.verdict, PTN_VERDICT_CLEAR);
    assert_non_null(reason(fixture, "conditions.permit-on-record"));
    scan(fixture, visitor("P9"));
    assert_int_equal(fixture->answer.advice.verdict, PTN_VERDICT_REFER);
    assert_non_null(reason(fixture, "conditions.visa-missing"));
    other.person.birth.day = 3; /* the same document, somebody else */
    scan(fixture, other);
    assert_non_null(reason(fixture, "conditions.visa-missing"));
    scan(fixture, visitor("P2"));
    assert_refused_because(fixture, "expired");
    scan(fixture, visitor("P3"));
    assert_refused_because(fixture, "not-yet-valid");
    scan(fixture, visitor("P4")); /* of the former passport with the same number */
    assert_non_null(reason(fixture, "conditions.visa-missing"));
}

/* PERMIT-1: withdrawn serves nobody; of several records of one permit the last holds. */
static void test_permits__withdrawn_serves_nobody_also_when_it_is_shown(void **state)
{
    static const char valid[] =
        HEADER "C1,short-visa,OKAFOREKU,1990-04-02,IND,IND,P1,,2026-10-01,2027-03-31,,valid\n";
    struct fixture *fixture = *state;
    struct ptn_lane_scan shown = visitor("P1");

    (void)import(fixture, PTN_IMPORT_PERMITS, valid);
    scan(fixture, shown);
    assert_int_equal(fixture->answer.advice.verdict, PTN_VERDICT_CLEAR);
    assert_int_equal(
        import(fixture, PTN_IMPORT_PERMITS,
               HEADER
               "C1,short-visa,OKAFOREKU,1990-04-02,IND,IND,P1,,2026-10-01,2027-03-31,,withdrawn\n")
            .taken,
        1);
    scan(fixture, shown);
    assert_refused_because(fixture, "withdrawn");
    shown.permit_shown = true;
    shown.permit = (struct ptn_check_permit){ .kind = PTN_CHECK_PERMIT_SHORT_VISA,
                                              .number = PTN_BYTES_LITERAL("C1"),
                                              .valid_until = { 2027, 3, 31 } };
    scan(fixture, shown);
    assert_refused_because(fixture, "withdrawn");
    memcpy(shown.permit.issuer, "ALB", 4); /* the same one, its issuer said */
    shown.person.document.number = PTN_BYTES_LITERAL("P8");
    scan(fixture, shown);
    assert_refused_because(fixture, "withdrawn");
    assert_int_equal(import(fixture, PTN_IMPORT_PERMITS, valid).there, 1);
    scan(fixture, visitor("P1")); /* the old file brings nothing back */
    assert_refused_because(fixture, "withdrawn");
    shown.permit.number = PTN_BYTES_LITERAL("C7"); /* nothing is known of it: as it is shown */
    scan(fixture, shown);
    assert_int_equal(fixture->answer.advice.verdict, PTN_VERDICT_CLEAR);
}

static void test_permits__entries_are_counted_in_what_the_post_knows(void **state)
{
    struct fixture *fixture = *state;
    struct ptn_lane_scan leaving = visitor("P1");

    (void)import(fixture, PTN_IMPORT_CROSSINGS,
                 "time,direction,surname,birth,document-issuer,document-number\n"
                 "2026-09-01,entry,OKAFOREKU,1990-04-02,IND,P1\n"
                 "2026-09-04,exit,OKAFOREKU,1990-04-02,IND,P1\n"
                 "2026-11-01,entry,OKAFOREKU,1990-04-02,IND,P1\n");
    (void)import(fixture, PTN_IMPORT_PERMITS,
                 HEADER
                 "C1,short-visa,OKAFOREKU,1990-04-02,IND,IND,P1,,2026-10-01,2027-03-31,2,\n");
    scan(fixture, visitor("P1"));
    assert_int_equal(fixture->answer.advice.verdict, PTN_VERDICT_CLEAR);
    (void)import(fixture, PTN_IMPORT_PERMITS,
                 HEADER
                 "C1,short-visa,OKAFOREKU,1990-04-02,IND,IND,P1,,2026-10-01,2027-03-31,1,\n");
    scan(fixture, visitor("P1"));
    assert_refused_because(fixture, "entries-used");
    leaving.direction = PTN_DIRECTION_EXIT;
    scan(fixture, leaving);
    assert_int_equal(fixture->answer.advice.verdict, PTN_VERDICT_CLEAR);
}

static void test_permits__only_own_long_stays_keep_days_out_of_the_count(void **state)
{
    static const struct {
        const char *kind, *issuer;
        bool exempt;
    } cases[] = {
        { "residence", "", true },     { "long-visa", "ALB", true },  { "short-visa", "", false },
        { "transit-visa", "", false }, { "residence", "GRC", false },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct fixture *fixture = *state;
        char csv[512];

        (void)snprintf(csv, sizeof(csv),
                       "number,kind,issuer,surname,birth,document-issuer,document-number,until\n"
                       "N%zu,%s,%s,OKAFOREKU,1990-04-02,IND,X%zu,2027-03-31\n",
                       i, cases[i].kind, cases[i].issuer, i);
        assert_int_equal(import(fixture, PTN_IMPORT_PERMITS, csv).taken, 1);
        (void)snprintf(csv, sizeof(csv), "X%zu", i);
        scan(fixture, visitor(csv));
        assert_int_equal(fixture->answer.advice.stay_applies, !cases[i].exempt);
    }
}

/* A start after an orderly end reads the file of known stays: where the permits are is in it. */
static void test_permits__are_there_after_every_start(void **state)
{
    struct fixture *fixture = *state;

    (void)import(fixture, PTN_IMPORT_PERMITS,
                 HEADER "C1,short-visa,OKAFOREKU,1990-04-02,IND,IND,P1,,,2027-03-31,,\n");
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(ptn_permits_count(fixture->node->permits), 1);
        scan(fixture, visitor("P1"));
        assert_int_equal(fixture->answer.advice.verdict, PTN_VERDICT_CLEAR);
        ptn_lane_answer_release(&fixture->answer);
        ptn_node_close(fixture->node);
        fixture->node = NULL;
        assert_true(
            ptn_ok(ptn_node_open(&fixture->world, fixture->dir, NULL, &fixture->node, NULL)));
    }
}

/* ---- the table ---- */

static struct ptn_status learn(struct ptn_permits **permits, const char *number, const char *holds,
                               struct ptn_date until)
{
    struct ptn_permit permit = {
        .id = { { 1 } },
        .kind = PTN_PERMIT_SHORT_VISA,
        .issuer = "ALB",
        .number = ptn_bytes_from_text(number),
        .status = PTN_PERMIT_VALID,
        .until = until,
        .person = { .birth = { 1990, 4, 2 },
                    .document = { .issuer = "IND", .number = ptn_bytes_from_text(holds) } },
        .imported = PTN_BYTES_LITERAL("x"),
    };
    struct ptn_buffer out = { .len_max = PTN_RECORD_LEN_MAX };
    struct ptn_status status = ptn_permit_write(&permit, &out);

    if (ptn_ok(status))
        status = ptn_permits_learn(permits, ptn_buffer_bytes(&out));
    ptn_buffer_release(&out);
    return status;
}

static void test_permits__of_very_many_the_ones_that_last_longest_are_looked_at(void **state)
{
    const struct ptn_person person = {
        .birth = { 1990, 4, 2 }, .document = { .issuer = "IND", .number = PTN_BYTES_LITERAL("P1") }
    };
    struct ptn_check check = { .own_state = "ALB", .person = &person, .today = { 2026, 11, 27 } };
    struct ptn_check_permit found[PTN_PERMITS_FOUND_MAX] = { 0 };
    struct ptn_permits *permits = NULL;
    struct ptn_arena *arena = ptn_arena_new(1u << 16);
    size_t count = 0;
    char number[16];

    (void)state;
    assert_true(ptn_ok(ptn_permits_find(NULL, NULL, &check, arena, found, &count)));
    assert_int_equal(count, 0);
    for (unsigned i = 0; i < 3000; i++) {
        (void)snprintf(number, sizeof(number), "C%u", i);
        assert_true(ptn_ok(learn(&permits, number, i % 100 == 7 ? "P1" : "P2",
                                 (struct ptn_date){ (uint16_t)(2000 + i / 100), 6, 1 })));
    }
    assert_int_equal(ptn_permits_count(permits), 3000);
    assert_true(ptn_ok(ptn_permits_find(permits, NULL, &check, arena, found, &count)));
    assert_int_equal(count, PTN_PERMITS_FOUND_MAX);
    for (unsigned i = 0; i < PTN_PERMITS_FOUND_MAX; i++)
        assert_int_equal(found[i].valid_until.year, 2029 - i);
    assert_true(ptn_bytes_is(found[0].number, "C2907"));
    assert_int_equal(ptn_permits_learn(&permits, PTN_BYTES_LITERAL("\xa0")).code, PTN_C_BAD_INPUT);
    ptn_permits_free(permits);
    ptn_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            test_permits__a_visa_on_record_lets_its_holder_pass_and_nobody_else, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_permits__withdrawn_serves_nobody_also_when_it_is_shown,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_permits__entries_are_counted_in_what_the_post_knows,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_permits__only_own_long_stays_keep_days_out_of_the_count, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_permits__are_there_after_every_start, set_up,
                                        tear_down),
        cmocka_unit_test(test_permits__of_very_many_the_ones_that_last_longest_are_looked_at),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
