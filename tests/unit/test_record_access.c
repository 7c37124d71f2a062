#include "record/access.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static struct ptn_access sample_access(void)
{
    return (struct ptn_access){
        .id = { { 1 } },
        .time_ms = 1700000000123,
        .purpose = PTN_PURPOSE_FIRST_LINE,
        .officer = PTN_BYTES_LITERAL("ana"),
        .post = PTN_BYTES_LITERAL("tia"),
        .record = { { 2 } },
        .person = { .name = PTN_BYTES_LITERAL("SPECIMEN") },
        .shown = 1,
    };
}

/* Written by hand from docs/format/records.md. */
static const char access_hex[] = "a8"
                                 "01"
                                 "5001000000000000000000000000000000"
                                 "02"
                                 "1b0000018bcfe5687b"
                                 "0301"
                                 "0463616e61"
                                 "0563746961"
                                 "07"
                                 "5002000000000000000000000000000000"
                                 "08"
                                 "a1"
                                 "03"
                                 "6853504543494d454e"
                                 "0901";

static void test_access__known_bytes(void **state)
{
    struct ptn_access access = sample_access();
    struct ptn_access back = { 0 };
    struct ptn_buffer expected;
    struct ptn_buffer out;

    (void)state;
    ptn_buffer_init(&expected, sizeof(access_hex) / 2);
    ptn_buffer_init(&out, 1000);
    assert_true(ptn_ok(ptn_hex_read(ptn_bytes_from_text(access_hex), &expected, NULL)));
    assert_true(ptn_ok(ptn_access_write(&access, &out)));
    assert_true(ptn_bytes_equal(ptn_buffer_bytes(&out), ptn_buffer_bytes(&expected)));
    assert_true(ptn_ok(ptn_access_parse(ptn_buffer_bytes(&expected), &back, NULL)));
    assert_int_equal(back.purpose, PTN_PURPOSE_FIRST_LINE);
    assert_true(ptn_record_id_equal(back.record, access.record));
    assert_true(ptn_bytes_is(back.officer, "ana"));
    assert_true(ptn_bytes_is(back.person.name, "SPECIMEN"));
    assert_int_equal(back.shown, 1);
    ptn_buffer_release(&out);
    ptn_buffer_release(&expected);
}

static void test_access__nobody_and_nothing_shown_is_recorded_too(void **state)
{
    struct ptn_access access = sample_access();
    struct ptn_access back = sample_access();
    struct ptn_buffer out;

    (void)state;
    access.person = (struct ptn_person){ 0 };
    access.record = (struct ptn_record_id){ { 0 } };
    access.shown = 0;
    access.purpose = PTN_PURPOSE_LOOK_BACK;
    ptn_buffer_init(&out, 1000);
    assert_true(ptn_ok(ptn_access_write(&access, &out)));
    assert_true(ptn_ok(ptn_access_parse(ptn_buffer_bytes(&out), &back, NULL)));
    assert_true(ptn_person_is_none(&back.person));
    assert_true(ptn_record_id_is_none(back.record));
    assert_int_equal(back.shown, 0);
    ptn_buffer_release(&out);
}

static void test_access__some_purposes_need_a_reason(void **state)
{
    static const bool needs[PTN_PURPOSE_COUNT] = {
        [PTN_PURPOSE_SEARCH] = true, [PTN_PURPOSE_OVERSIGHT] = true, [PTN_PURPOSE_SUBJECT] = true
    };

    (void)state;
    for (unsigned purpose = 1; purpose < PTN_PURPOSE_COUNT; purpose++) {
        struct ptn_access access = sample_access();
        struct ptn_diag diag = { 0, "" };

        access.purpose = (enum ptn_purpose)purpose;
        assert_int_equal(ptn_access_validate(&access, &diag).code,
                         needs[purpose] ? PTN_C_BAD_INPUT : PTN_C_OK);
        assert_string_equal(diag.text, needs[purpose] ? "reason" : "");
        access.reason = PTN_BYTES_LITERAL("2023/17");
        assert_true(ptn_ok(ptn_access_validate(&access, NULL)));
        assert_string_not_equal(ptn_purpose_word((enum ptn_purpose)purpose), "unknown");
    }
    assert_string_equal(ptn_purpose_word(PTN_PURPOSE_FIRST_LINE), "first-line");
    assert_string_equal(ptn_purpose_word((enum ptn_purpose)0), "unknown");
}

static void test_access__every_wrong_value_is_named(void **state)
{
    static const char *const fields[] = { "purpose", "purpose", "id",     "time_ms",
                                          "officer", "post",    "person", "shown" };

    (void)state;
    for (unsigned i = 0; i < COUNT(fields); i++) {
        struct ptn_access access = sample_access();
        struct ptn_diag diag = { 0, NULL };

        if (i == 0)
            access.purpose = (enum ptn_purpose)0;
        else if (i == 1)
            access.purpose = (enum ptn_purpose)PTN_PURPOSE_COUNT;
        else if (i == 2)
            access.id = (struct ptn_record_id){ { 0 } };
        else if (i == 3)
            access.time_ms = -5;
        else if (i == 4)
            access.officer = PTN_BYTES_NONE;
        else if (i == 5)
            access.post = PTN_BYTES_NONE;
        else if (i == 6)
            access.person = (struct ptn_person){ .sex = 'M' }; /* somebody, but who */
        else
            access.shown = UINT64_MAX;
        assert_int_equal(ptn_access_validate(&access, &diag).code,
                         i == 7 ? PTN_C_TOO_BIG : PTN_C_BAD_INPUT);
        assert_string_equal(diag.text, i == 6 ? "name" : fields[i]);
    }
}

/* ---- session ---- */

static void test_session__there_and_back(void **state)
{
    struct ptn_session session = { .id = { { 1 } },
                                   .time_ms = 1,
                                   .event = PTN_SESSION_RELIEVED,
                                   .user = PTN_BYTES_LITERAL("ana"),
                                   .former = PTN_BYTES_LITERAL("besa"),
                                   .role = PTN_BYTES_LITERAL("officer"),
                                   .post = PTN_BYTES_LITERAL("tia"),
                                   .lane = PTN_BYTES_LITERAL("1") };
    struct ptn_session back;
    struct ptn_buffer out;

    (void)state;
    ptn_buffer_init(&out, 1000);
    assert_true(ptn_ok(ptn_session_write(&session, &out)));
    assert_true(ptn_ok(ptn_session_parse(ptn_buffer_bytes(&out), &back, NULL)));
    assert_int_equal(back.event, PTN_SESSION_RELIEVED);
    assert_true(ptn_bytes_is(back.user, "ana"));
    assert_true(ptn_bytes_is(back.former, "besa"));
    assert_true(ptn_bytes_is(back.role, "officer"));
    assert_true(ptn_bytes_is(back.lane, "1"));
    assert_true(ptn_record_id_equal(back.id, session.id));
    ptn_buffer_release(&out);
}

static void test_session__what_belongs_to_which_event(void **state)
{
    static const struct {
        enum ptn_session_event event;
        bool id;
        bool former;
        bool role;
        const char *field;
    } cases[] = {
        { PTN_SESSION_SIGNED_IN, true, false, true, NULL },
        { PTN_SESSION_SIGNED_IN, false, false, true, "id" },
        { PTN_SESSION_SIGNED_IN, true, true, true, "former" },
        { PTN_SESSION_SIGNED_IN, true, false, false, "role" },
        { PTN_SESSION_SIGNED_OUT, true, false, true, NULL },
        { PTN_SESSION_EXPIRED, true, false, true, NULL },
        { PTN_SESSION_RELIEVED, true, true, true, NULL },
        { PTN_SESSION_RELIEVED, true, false, true, "former" },
        { PTN_SESSION_REFUSED, false, false, false, NULL },
        { PTN_SESSION_REFUSED, false, false, true, NULL },
        { PTN_SESSION_REFUSED, true, false, false, "id" },
        { PTN_SESSION_REFUSED, false, true, false, "former" },
        { 0, true, false, true, "event" },
        { PTN_SESSION_EVENT_COUNT, true, false, true, "event" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct ptn_session session = { .time_ms = 1,
                                       .event = cases[i].event,
                                       .user = PTN_BYTES_LITERAL("ana"),
                                       .post = PTN_BYTES_LITERAL("tia") };
        struct ptn_diag diag = { 0, "" };

        session.id.at[0] = cases[i].id;
        if (cases[i].former)
            session.former = PTN_BYTES_LITERAL("besa");
        if (cases[i].role)
            session.role = PTN_BYTES_LITERAL("officer");
        assert_int_equal(ptn_session_validate(&session, &diag).code,
                         cases[i].field == NULL ? PTN_C_OK : PTN_C_BAD_INPUT);
        assert_string_equal(diag.text, cases[i].field == NULL ? "" : cases[i].field);
    }
    assert_string_equal(ptn_session_event_word(PTN_SESSION_SIGNED_IN), "signed-in");
    assert_string_equal(ptn_session_event_word(PTN_SESSION_EXPIRED), "expired");
    assert_string_equal(ptn_session_event_word((enum ptn_session_event)0), "unknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_access__known_bytes),
        cmocka_unit_test(test_access__nobody_and_nothing_shown_is_recorded_too),
        cmocka_unit_test(test_access__some_purposes_need_a_reason),
        cmocka_unit_test(test_access__every_wrong_value_is_named),
        cmocka_unit_test(test_session__there_and_back),
        cmocka_unit_test(test_session__what_belongs_to_which_event),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
