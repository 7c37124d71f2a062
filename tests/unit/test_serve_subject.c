/* Goal: a person gets all that may be told of what is held under their document, and nobody can
 * tell from it whether there is a discreet alert. */
#include "serve/desk.h"

#include "record/notice.h"
#include "view_setting.h"

#define JSON_MAX ((size_t)16 << 20)
#define MADE_MS  (MADE_START_MS + INT64_C(86400000) * 20)
#define ALBA     7u

/* A view and a board, fed record by record; one ledger. */
struct country {
    struct setting setting;
    struct ptn_board *board;
    uint64_t seq;
};

static void country_init(struct country *country)
{
    struct setting *setting = &country->setting;

    memset(country, 0, sizeof(*country));
    (void)snprintf(setting->dir, sizeof(setting->dir), "/tmp/ptn-subject-XXXXXX");
    assert_non_null(mkdtemp(setting->dir));
    (void)snprintf(setting->path, sizeof(setting->path), "%s/view.sqlite", setting->dir);
    ptn_buffer_init(&setting->made.payload, 65536);
    view_open(setting);
    country->board = ptn_board_new(ptn_world_real());
    assert_non_null(country->board);
}

static void country_release(struct country *country)
{
    static const char *const ends[] = { "", "-wal", "-shm" };
    char path[264];

    ptn_view_close(country->setting.view);
    for (size_t i = 0; i < 3; i++) {
        (void)snprintf(path, sizeof(path), "%s%s", country->setting.path, ends[i]);
        (void)unlink(path);
    }
    (void)rmdir(country->setting.dir);
    ptn_buffer_release(&country->setting.made.payload);
    ptn_board_free(country->board);
}

/* Person `who` crossed as trip `trip` does; the payload is then another kind's of the same. */
static struct made *turn(struct country *country, uint64_t trip, uint64_t who)
{
    struct made *made = &country->setting.made;

    assert_true(ptn_ok(made_trip(made, 1, trip, PEOPLE)));
    made_person(made, who);
    ptn_buffer_clear(&made->payload);
    return made;
}

static void put(struct country *country, uint32_t kind)
{
    struct made *made = &country->setting.made;
    struct ptn_view_entry entry;

    assert_true(ptn_ok(made_seal(made, kind)));
    made->header.retention = (uint8_t)ptn_record_retention((enum ptn_record_kind)kind);
    made->seq = country->seq++;
    entry = made_as_entry(made);
    assert_true(ptn_ok(ptn_view_begin(country->setting.view, NULL)));
    assert_true(ptn_ok(ptn_view_apply(country->setting.view, &entry, NULL)));
    assert_true(ptn_ok(ptn_view_commit(country->setting.view, NULL)));
}

static void put_crossing(struct country *country, uint64_t trip, uint64_t who)
{
    struct made *made = turn(country, trip, who);

    assert_true(ptn_ok(ptn_crossing_write(&made->crossing, &made->payload)));
    put(country, PTN_RECORD_CROSSING);
}

/* What a lane writes of a scan: the advice, with a discreet reason and match or without. */
static void put_advice(struct country *country, uint64_t trip, uint64_t who, bool discreet)
{
    static const struct ptn_decision_reason reasons[] = {
        { .rule = { (const uint8_t *)"document.expires_soon", 21 }, .verdict = PTN_VERDICT_CLEAR },
        { .rule = { (const uint8_t *)"list.discreet", 13 },
          .verdict = PTN_VERDICT_CLEAR,
          .discreet = true },
    };
    struct made *made = turn(country, trip, who);
    const struct ptn_crossing *crossing = &made->crossing;
    const struct ptn_decision decision = { .id = crossing->advice,
                                           .time_ms = crossing->time_ms - 9000,
                                           .date = crossing->date,
                                           .direction = crossing->direction,
                                           .post = crossing->post,
                                           .lane = crossing->lane,
                                           .officer = crossing->officer,
                                           .person = crossing->person,
                                           .reasons = reasons,
                                           .reason_count = discreet ? 2 : 1 };

    assert_true(ptn_ok(ptn_decision_write(&decision, &made->payload)));
    put(country, PTN_RECORD_DECISION);
    made = turn(country, trip, who);
    assert_true(ptn_ok(made_access(made)));
    put(country, PTN_RECORD_ACCESS);
}

static void put_look(struct country *country, uint64_t trip, uint64_t who, enum ptn_purpose purpose)
{
    struct made *made = turn(country, trip, who);
    const struct ptn_access access = { .id = made->crossing.id,
                                       .time_ms = made->crossing.time_ms + 5000,
                                       .purpose = purpose,
                                       .officer = PTN_BYTES_LITERAL("ana"),
                                       .post = PTN_BYTES_LITERAL("centre"),
                                       .person = made->crossing.person,
                                       .shown = 1,
                                       .reason = PTN_BYTES_LITERAL("the secret file 88") };

    assert_true(ptn_ok(ptn_access_write(&access, &made->payload)));
    put(country, PTN_RECORD_ACCESS);
}

static void put_report(struct country *country, uint64_t trip, uint64_t who)
{
    struct made *made = turn(country, trip, who);
    const struct ptn_report report = { .id = made->crossing.id,
                                       .crossing = made->crossing.id,
                                       .time_ms = made->crossing.time_ms + 2000,
                                       .post = made->crossing.post,
                                       .officer = made->crossing.officer,
                                       .note = PTN_BYTES_LITERAL("with two bags") };

    assert_true(ptn_ok(ptn_report_write(&report, &made->payload)));
    put(country, PTN_RECORD_REPORT);
}

static void put_alert(struct country *country, uint64_t who, enum ptn_alert_action action)
{
    struct made *made = turn(country, 1, who);
    const struct ptn_alert alert = { .id = made->crossing.id,
                                     .time_ms = MADE_START_MS,
                                     .act = PTN_ALERT_ENTERED,
                                     .post = PTN_BYTES_LITERAL("centre"),
                                     .officer = PTN_BYTES_LITERAL("ben"),
                                     .owner = PTN_BYTES_LITERAL("a service"),
                                     .basis = PTN_BYTES_LITERAL("a law"),
                                     .purpose = PTN_BYTES_LITERAL("an inquiry"),
                                     .action = action,
                                     .until = { 2027, 12, 31 },
                                     .identities = &made->crossing.person,
                                     .identity_count = 1 };

    assert_true(ptn_ok(ptn_alert_write(&alert, &made->payload)));
    ptn_board_add(country->board, PTN_RECORD_ALERT, ptn_buffer_bytes(&made->payload));
    put(country, PTN_RECORD_ALERT);
}

static void put_order(struct country *country, uint64_t who)
{
    struct made *made = turn(country, 1, who);
    const struct ptn_leave leave = { .id = made->crossing.id,
                                     .time_ms = MADE_START_MS,
                                     .act = PTN_LEAVE_ORDERED,
                                     .post = PTN_BYTES_LITERAL("centre"),
                                     .officer = PTN_BYTES_LITERAL("ben"),
                                     .reference = PTN_BYTES_LITERAL("OL-7"),
                                     .issuer = PTN_BYTES_LITERAL("Ministry"),
                                     .contact = PTN_BYTES_LITERAL("+355 4 000 000"),
                                     .deadline_ms = MADE_MS + 86400000,
                                     .people = &made->crossing.person,
                                     .people_count = 1 };

    assert_true(ptn_ok(ptn_leave_write(&leave, &made->payload)));
    ptn_board_add(country->board, PTN_RECORD_LEAVE, ptn_buffer_bytes(&made->payload));
    put(country, PTN_RECORD_LEAVE);
}

static struct ptn_status ask(struct country *country, uint64_t who, struct ptn_buffer *json,
                             struct ptn_buffer *pdf)
{
    const struct made *made = turn(country, 1, who);
    const struct ptn_subject_ask asked = {
        .issuer = ptn_bytes_from_text(made->crossing.person.document.issuer),
        .number = made->crossing.person.document.number,
        .birth = made->crossing.person.birth,
        .officer = PTN_BYTES_LITERAL("dita"),
        .centre = PTN_BYTES_LITERAL("centre"),
        .made_ms = MADE_MS,
    };

    return ptn_subject_copy(country->setting.view, country->board, &asked, json, pdf, NULL);
}

static size_t times(const struct ptn_buffer *text, const char *what)
{
    size_t count = 0;

    for (size_t i = 0; i + strlen(what) <= text->len; i++)
        count += memcmp(text->at + i, what, strlen(what)) == 0;
    return count;
}

/* A day of somebody: scanned, let in, a visa, a refusal, and who looked. */
static void live(struct country *country, bool secretly)
{
    if (secretly)
        put_alert(country, ALBA, PTN_ALERT_DISCREET);
    put_advice(country, 2, ALBA, secretly);
    put_crossing(country, 2, ALBA);
    if (secretly)
        put_report(country, 2, ALBA);
    put_look(country, 2, ALBA, PTN_PURPOSE_SEARCH);
    if (secretly)
        put_look(country, 2, ALBA, PTN_PURPOSE_REPORT);
    (void)turn(country, 2, ALBA);
    assert_true(ptn_ok(made_permit(&country->setting.made)));
    put(country, PTN_RECORD_PERMIT);
    if (secretly) {
        (void)turn(country, 2, ALBA);
        assert_true(ptn_ok(made_late(&country->setting.made, true)));
        put(country, PTN_RECORD_AGAIN);
    }
    put_order(country, ALBA);
    (void)turn(country, 3, ALBA);
    assert_true(ptn_ok(made_case(&country->setting.made, true)));
    put(country, PTN_RECORD_CASE);
    (void)turn(country, 3, ALBA);
    assert_true(ptn_ok(made_case(&country->setting.made, false)));
    put(country, PTN_RECORD_CASE);
}

/* SUBJECT-1: the copies of two lives that differ in nothing but a discreet alert, its matches, its
 * report and the looks at that are the same, byte for byte, as JSON and on paper. */
static void test_subject__a_discreet_alert_leaves_no_trace(void **state)
{
    struct country with, without;
    struct ptn_buffer json[2] = { { .len_max = JSON_MAX }, { .len_max = JSON_MAX } };
    struct ptn_buffer pdf[2] = { { .len_max = JSON_MAX }, { .len_max = JSON_MAX } };

    (void)state;
    country_init(&with);
    country_init(&without);
    live(&with, true);
    live(&without, false);
    assert_true(with.seq > without.seq);
    assert_true(ptn_ok(ask(&with, ALBA, &json[0], &pdf[0])));
    assert_true(ptn_ok(ask(&without, ALBA, &json[1], &pdf[1])));
    assert_true(json[0].len > 500 && pdf[0].len > 2000);
    assert_int_equal(json[0].len, json[1].len);
    assert_memory_equal(json[0].at, json[1].at, json[0].len);
    assert_int_equal(pdf[0].len, pdf[1].len);
    assert_memory_equal(pdf[0].at, pdf[1].at, pdf[0].len);
    assert_int_equal(times(&json[0], "secret file"), 0);
    for (size_t i = 0; i < 2; i++) {
        ptn_buffer_release(&json[i]);
        ptn_buffer_release(&pdf[i]);
    }
    country_release(&with);
    country_release(&without);
}

/* All that may be told is: and how it is told names no match, whatever the second line saw. */
static void test_subject__all_that_may_be_told_is(void **state)
{
    struct country country;
    struct ptn_buffer json = { .len_max = JSON_MAX };

    (void)state;
    country_init(&country);
    live(&country, true);
    assert_true(ptn_ok(ask(&country, ALBA, &json, NULL)));
    assert_int_equal(times(&json, "\"direction\":\"entry\""), 1);
    assert_int_equal(times(&json, "\"happened\":\"crossed\""), 1);
    assert_int_equal(times(&json, "\"outcome\":\"refused\",\"ground\":\"H\""), 1);
    assert_int_equal(times(&json, "\"number\":\"D0077001\""), 1);
    assert_int_equal(times(&json, "\"reference\":\"OL-7\""), 1);
    assert_int_equal(times(&json, "\"purpose\":\"first-line\""), 1);
    assert_int_equal(times(&json, "\"purpose\":\"search\",\"post\":\"centre\",\"officer\":\"ana\""),
                     1);
    assert_int_equal(times(&json, "\"used\":21,\"left\":69,\"inside\":true"), 1);
    for (size_t i = 0; i < 5; i++) {
        static const char *const never[] = { "discreet", "report", "listed", "match", "wanted" };

        assert_int_equal(times(&json, never[i]), 0);
    }
    ptn_buffer_release(&json);
    country_release(&country);
}

/* However often somebody crossed, each crossing and look is told once, and nobody else's. */
static void test_subject__a_commuters_years_are_told_whole(void **state)
{
    struct country country;
    struct ptn_buffer json = { .len_max = JSON_MAX };
    struct ptn_buffer pdf = { .len_max = JSON_MAX };

    (void)state;
    country_init(&country);
    for (uint64_t trip = 0; trip < 450; trip++) {
        put_advice(&country, trip, ALBA, trip % 2 == 0);
        put_crossing(&country, trip, ALBA);
        put_crossing(&country, trip, ALBA); /* a former ledger's, which turned up */
    }
    put_crossing(&country, 451, ALBA + 1);
    assert_true(ptn_ok(ask(&country, ALBA, &json, &pdf)));
    assert_int_equal(times(&json, "\"happened\":"), 450);
    assert_int_equal(times(&json, "\"purpose\":\"first-line\""), 450);
    assert_true(times(&pdf, "/Type /Page ") > 5);
    ptn_buffer_clear(&json);
    assert_true(ptn_ok(ask(&country, ALBA + 1, &json, NULL)));
    assert_int_equal(times(&json, "\"happened\":"), 1);
    ptn_buffer_clear(&json);
    assert_true(ptn_ok(ask(&country, ALBA + 2, &json, NULL)));
    assert_int_equal(times(&json, "\"crossings\":[],\"stay\":[],\"orders\":[],\"cases\":[]"), 1);
    ptn_buffer_release(&json);
    ptn_buffer_release(&pdf);
    country_release(&country);
}

/* What somebody said is the same person's may be another's: it is told under its own document. */
static void test_subject__what_was_joined_is_told_under_its_own_document(void **state)
{
    struct country country;
    struct ptn_buffer json = { .len_max = JSON_MAX };
    struct ptn_identity identity = { .time_ms = MADE_START_MS,
                                     .act = PTN_IDENTITY_JOINED,
                                     .post = PTN_BYTES_LITERAL("centre"),
                                     .officer = PTN_BYTES_LITERAL("ana"),
                                     .reason = PTN_BYTES_LITERAL("one face"),
                                     .id = { { 9 } } };
    struct made other = { .seq = 0 };

    (void)state;
    country_init(&country);
    put_crossing(&country, 2, ALBA);
    put_crossing(&country, 4, ALBA + 1);
    made_person(&other, ALBA + 1);
    identity.other = other.crossing.person;
    identity.one = turn(&country, 1, ALBA)->crossing.person;
    assert_true(ptn_ok(ptn_identity_write(&identity, &country.setting.made.payload)));
    put(&country, PTN_RECORD_IDENTITY);
    assert_true(ptn_ok(ask(&country, ALBA, &json, NULL)));
    assert_int_equal(times(&json, "\"happened\":"), 1);
    assert_int_equal(times(&json, other.number), 0);
    ptn_buffer_release(&json);
    country_release(&country);
}

/* A copy is whole or there is none: what does not fit says so and leaves the buffers alone. */
static void test_subject__what_does_not_fit_is_said(void **state)
{
    struct country country;
    struct ptn_buffer json = { .len_max = 400 };
    struct ptn_buffer pdf = { .len_max = 400 };
    struct ptn_buffer room = { .len_max = JSON_MAX };

    (void)state;
    country_init(&country);
    live(&country, false);
    assert_int_equal(ask(&country, ALBA, &json, NULL).code, PTN_C_TOO_BIG);
    assert_int_equal(ask(&country, ALBA, &room, &pdf).code, PTN_C_TOO_BIG);
    assert_int_equal(pdf.len, 0);
    ptn_buffer_release(&json);
    ptn_buffer_release(&pdf);
    ptn_buffer_release(&room);
    country_release(&country);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_subject__a_discreet_alert_leaves_no_trace),
        cmocka_unit_test(test_subject__all_that_may_be_told_is),
        cmocka_unit_test(test_subject__a_commuters_years_are_told_whole),
        cmocka_unit_test(test_subject__what_was_joined_is_told_under_its_own_document),
        cmocka_unit_test(test_subject__what_does_not_fit_is_said),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
