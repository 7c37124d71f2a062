#include "record/crossing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static struct ptn_crossing sample(void)
{
    return (struct ptn_crossing){
        .id = { { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 } },
        .advice = { { 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32 } },
        .advised = PTN_VERDICT_REFER,
        .time_ms = 1700000000123,
        .date = { 2023, 11, 14 },
        .direction = PTN_DIRECTION_ENTRY,
        .outcome = PTN_OUTCOME_REFERRED,
        .referral = PTN_REFERRAL_DOCUMENT,
        .post = PTN_BYTES_LITERAL("tia"),
        .lane = PTN_BYTES_LITERAL("1"),
        .officer = PTN_BYTES_LITERAL("ana"),
        .person = { .name = PTN_BYTES_LITERAL("SPECIMEN") },
    };
}

/* Written by hand from docs/format/records.md. */
static const char sample_hex[] = "ac"
                                 "01"
                                 "500102030405060708090a0b0c0d0e0f10"
                                 "02"
                                 "501112131415161718191a1b1c1d1e1f20"
                                 "0301"
                                 "04"
                                 "1b0000018bcfe5687b"
                                 "05"
                                 "1a0134b3ca"
                                 "0601"
                                 "0702"
                                 "0802"
                                 "0a"
                                 "63746961"
                                 "0b"
                                 "6131"
                                 "0c"
                                 "63616e61"
                                 "0f"
                                 "a1"
                                 "03"
                                 "68535045"
                                 "43494d454e";

static void test_crossing__known_bytes(void **state)
{
    struct ptn_crossing crossing = sample();
    struct ptn_crossing back = { 0 };
    struct ptn_buffer expected;
    struct ptn_buffer out;

    (void)state;
    ptn_buffer_init(&expected, sizeof(sample_hex) / 2);
    ptn_buffer_init(&out, 1000);
    assert_true(ptn_ok(ptn_hex_read(ptn_bytes_from_text(sample_hex), &expected, NULL)));
    assert_true(ptn_ok(ptn_crossing_write(&crossing, &out)));
    assert_true(ptn_bytes_equal(ptn_buffer_bytes(&out), ptn_buffer_bytes(&expected)));
    assert_true(ptn_ok(ptn_crossing_parse(ptn_buffer_bytes(&expected), &back, NULL)));
    assert_true(ptn_record_id_equal(back.id, crossing.id));
    assert_true(ptn_record_id_equal(back.advice, crossing.advice));
    assert_int_equal(back.advised, PTN_VERDICT_REFER);
    assert_true(back.time_ms == crossing.time_ms);
    assert_true(ptn_date_equal(back.date, crossing.date));
    assert_int_equal(back.direction, PTN_DIRECTION_ENTRY);
    assert_int_equal(back.outcome, PTN_OUTCOME_REFERRED);
    assert_int_equal(back.referral, PTN_REFERRAL_DOCUMENT);
    assert_true(ptn_bytes_is(back.post, "tia"));
    assert_true(ptn_bytes_is(back.officer, "ana"));
    assert_true(ptn_bytes_is(back.person.name, "SPECIMEN"));
    assert_int_equal(back.supervisor.len, 0);
    ptn_buffer_release(&out);
    ptn_buffer_release(&expected);
}

/* Every settlement there is: advice, outcome, kind of referral, reason, supervisor; good, or the
 * field at fault. */
static void test_crossing__what_an_officer_may_settle(void **state)
{
    static const struct {
        enum ptn_verdict advised;
        enum ptn_outcome outcome;
        enum ptn_referral_kind referral;
        bool reason;
        bool supervisor;
        bool without_advice;
        const char *field;
    } cases[] = {
        { PTN_VERDICT_CLEAR, PTN_OUTCOME_RECORDED, PTN_REFERRAL_NONE, false, false, false, NULL },
        { PTN_VERDICT_CLEAR, PTN_OUTCOME_RECORDED, PTN_REFERRAL_NONE, true, false, true, NULL },
        { PTN_VERDICT_CLEAR, PTN_OUTCOME_RECORDED, PTN_REFERRAL_MATCH, false, false, false,
          "referral" },
        { PTN_VERDICT_CLEAR, PTN_OUTCOME_REFERRED, PTN_REFERRAL_UNWELL, false, false, false, NULL },
        { PTN_VERDICT_CLEAR, PTN_OUTCOME_REFERRED, PTN_REFERRAL_NONE, false, false, false,
          "referral" },
        { PTN_VERDICT_CLEAR, PTN_OUTCOME_OVERRIDDEN, PTN_REFERRAL_NONE, true, false, false, NULL },
        { PTN_VERDICT_REFER, PTN_OUTCOME_RECORDED, PTN_REFERRAL_NONE, true, true, false,
          "outcome" },
        { PTN_VERDICT_REFER, PTN_OUTCOME_REFERRED, PTN_REFERRAL_MATCH, false, false, false, NULL },
        { PTN_VERDICT_REFER, PTN_OUTCOME_OVERRIDDEN, PTN_REFERRAL_NONE, true, false, false, NULL },
        { PTN_VERDICT_REFER, PTN_OUTCOME_OVERRIDDEN, PTN_REFERRAL_NONE, false, true, false,
          "reason" },
        { PTN_VERDICT_REFER, PTN_OUTCOME_REFERRED, PTN_REFERRAL_MATCH, false, false, true,
          "advice" },
        { PTN_VERDICT_STOP, PTN_OUTCOME_RECORDED, PTN_REFERRAL_NONE, true, true, false, "outcome" },
        { PTN_VERDICT_STOP, PTN_OUTCOME_REFERRED, PTN_REFERRAL_MATCH, false, false, false, NULL },
        { PTN_VERDICT_STOP, PTN_OUTCOME_OVERRIDDEN, PTN_REFERRAL_NONE, true, false, false,
          "supervisor" },
        { PTN_VERDICT_STOP, PTN_OUTCOME_OVERRIDDEN, PTN_REFERRAL_NONE, true, true, false, NULL },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct ptn_crossing crossing = sample();
        struct ptn_diag diag = { 0, NULL };
        struct ptn_status status;
        struct ptn_buffer out;

        ptn_buffer_init(&out, 1000);
        crossing.advised = cases[i].advised;
        crossing.outcome = cases[i].outcome;
        crossing.referral = cases[i].referral;
        if (cases[i].reason)
            crossing.reason = PTN_BYTES_LITERAL("known at this post,\nseen\tbefore");
        if (cases[i].supervisor)
            crossing.supervisor = PTN_BYTES_LITERAL("besa");
        if (cases[i].without_advice)
            crossing.advice = (struct ptn_record_id){ { 0 } };
        status = ptn_crossing_validate(&crossing, &diag);
        if (status.code != (cases[i].field == NULL ? PTN_C_OK : PTN_C_BAD_INPUT))
            fail_msg("case %zu: %s", i, diag.text);
        if (cases[i].field != NULL)
            assert_string_equal(diag.text, cases[i].field);
        assert_int_equal(ptn_crossing_write(&crossing, &out).code, status.code);
        ptn_buffer_release(&out);
    }
}

/* Refusing is two people's, with a reason, and of whoever comes in; nobody is refused to leave:
 * CASE-3. */
static void test_crossing__refusing_takes_two_people(void **state)
{
    static const struct {
        const char *supervisor, *reason;
        enum ptn_direction direction;
        const char *field; /* NULL: it stands */
    } cases[] = {
        { "besa", "listed", PTN_DIRECTION_ENTRY, NULL },
        { "", "listed", PTN_DIRECTION_ENTRY, "supervisor" },
        { "ana", "listed", PTN_DIRECTION_ENTRY, "supervisor" }, /* the officer once more */
        { "besa", "", PTN_DIRECTION_ENTRY, "reason" },
        { "besa", "listed", PTN_DIRECTION_EXIT, "direction" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct ptn_crossing crossing = sample();
        struct ptn_diag diag = { 0, NULL };

        crossing.outcome = PTN_OUTCOME_REFUSED;
        crossing.referral = PTN_REFERRAL_NONE;
        crossing.supervisor = ptn_bytes_from_text(cases[i].supervisor);
        crossing.reason = ptn_bytes_from_text(cases[i].reason);
        crossing.direction = cases[i].direction;
        assert_int_equal(ptn_crossing_validate(&crossing, &diag).code,
                         cases[i].field == NULL ? PTN_C_OK : PTN_C_BAD_INPUT);
        if (cases[i].field != NULL)
            assert_string_equal(diag.text, cases[i].field);
    }
}

static void spoil(struct ptn_crossing *crossing, unsigned how)
{
    switch (how) {
    case 0:
        crossing->id = (struct ptn_record_id){ { 0 } };
        break;
    case 1:
        crossing->time_ms = 0;
        break;
    case 2:
        crossing->date.day = 0;
        break;
    case 3:
        crossing->direction = (enum ptn_direction)PTN_DIRECTION_COUNT;
        break;
    case 4:
        crossing->outcome = (enum ptn_outcome)0;
        break;
    case 5:
        crossing->referral = (enum ptn_referral_kind)PTN_REFERRAL_COUNT;
        break;
    case 6:
        crossing->advised = (enum ptn_verdict)PTN_VERDICT_COUNT;
        break;
    case 7:
        crossing->post = PTN_BYTES_NONE;
        break;
    case 8:
        crossing->officer = PTN_BYTES_NONE;
        break;
    case 9:
        crossing->person.name = PTN_BYTES_NONE;
        break;
    case 10:
        crossing->person.sex = 'X';
        break;
    case 11:
        crossing->lane = PTN_BYTES_LITERAL("1\n2");
        break;
    default:
        crossing->reason = PTN_BYTES_LITERAL("with\ra carriage return");
        break;
    }
}

static void test_crossing__every_wrong_value_is_named(void **state)
{
    static const char *const fields[] = { "id",       "time_ms", "date",  "direction", "outcome",
                                          "referral", "advised", "post",  "officer",   "person",
                                          "sex",      "lane",    "reason" };

    (void)state;
    for (unsigned i = 0; i < COUNT(fields); i++) {
        struct ptn_crossing crossing = sample();
        struct ptn_diag diag = { 0, NULL };

        spoil(&crossing, i);
        assert_int_equal(ptn_crossing_validate(&crossing, &diag).code, PTN_C_BAD_INPUT);
        assert_string_equal(diag.text, fields[i]);
    }
}

static void test_crossing__texts_have_limits(void **state)
{
    static const struct {
        size_t offset;
        size_t len_max;
    } cases[] = {
        { offsetof(struct ptn_crossing, reason), PTN_RECORD_NOTE_MAX },
        { offsetof(struct ptn_crossing, post), PTN_RECORD_WORD_MAX },
        { offsetof(struct ptn_crossing, lane), PTN_RECORD_WORD_MAX },
        { offsetof(struct ptn_crossing, officer), PTN_RECORD_WORD_MAX },
        { offsetof(struct ptn_crossing, supervisor), PTN_RECORD_WORD_MAX },
        { offsetof(struct ptn_crossing, plate), PTN_RECORD_WORD_MAX },
    };
    static char text[PTN_RECORD_NOTE_MAX + 1];

    (void)state;
    memset(text, 'a', sizeof(text));
    for (size_t i = 0; i < COUNT(cases); i++) {
        for (size_t len = cases[i].len_max - 1; len <= cases[i].len_max + 1; len++) {
            struct ptn_crossing crossing = sample();
            struct ptn_bytes value = ptn_bytes_of(text, len);

            memcpy((uint8_t *)&crossing + cases[i].offset, &value, sizeof(value));
            assert_int_equal(ptn_crossing_validate(&crossing, NULL).code,
                             len <= cases[i].len_max ? PTN_C_OK : PTN_C_TOO_BIG);
        }
    }
}

static void test_crossing__words(void **state)
{
    (void)state;
    assert_string_equal(ptn_outcome_word(PTN_OUTCOME_RECORDED), "recorded");
    assert_string_equal(ptn_outcome_word(PTN_OUTCOME_REFERRED), "referred");
    assert_string_equal(ptn_outcome_word(PTN_OUTCOME_OVERRIDDEN), "overridden");
    assert_string_equal(ptn_outcome_word((enum ptn_outcome)0), "unknown");
    for (unsigned kind = 1; kind < PTN_REFERRAL_COUNT; kind++) {
        const char *word = ptn_referral_kind_word((enum ptn_referral_kind)kind);

        assert_int_equal(ptn_referral_kind_from_word(ptn_bytes_from_text(word)), kind);
    }
    assert_int_equal(ptn_referral_kind_from_word(PTN_BYTES_LITERAL("none")), PTN_REFERRAL_NONE);
    assert_int_equal(ptn_referral_kind_from_word(PTN_BYTES_LITERAL("MATCH")), PTN_REFERRAL_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_crossing__known_bytes),
        cmocka_unit_test(test_crossing__what_an_officer_may_settle),
        cmocka_unit_test(test_crossing__refusing_takes_two_people),
        cmocka_unit_test(test_crossing__every_wrong_value_is_named),
        cmocka_unit_test(test_crossing__texts_have_limits),
        cmocka_unit_test(test_crossing__words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
