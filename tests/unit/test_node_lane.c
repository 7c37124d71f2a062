/* A whole node in a folder of its own: scans, settlements, who may do what, and what is there after
 * a restart. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "document/mrz.h"
#include "fault.h"
#include "node/lane.h"
#include "node/node.h"
#include "node/node_int.h"
#include "node/paper.h"
#include "node_made.h"
#include "record/notice.h"
#include "watch/register.h"

#define CLEAR                                                                                      \
    "P<UTOVONTRELI<<ELISIDA<<<<<<<<<<<<<<<<<<<<<<\nU004129073UTO9004126F3404115<<<<<<<<<<<<<<06"
#define OTHER                                                                                      \
    "P<UTOKELVARI<<ODRIN<<<<<<<<<<<<<<<<<<<<<<<<<\nU004129154UTO8803045M3404115<<<<<<<<<<<<<<06"
#define THIRD                                                                                      \
    "P<UTOMERENDI<<SOLVA<<<<<<<<<<<<<<<<<<<<<<<<<\nU004129235UTO9107049F3404115<<<<<<<<<<<<<<04"
#define OLD                                                                                        \
    "P<UTOGJYSHORI<<MALVINA<<<<<<<<<<<<<<<<<<<<<<\nU004129316UTO2203045F3404115<<<<<<<<<<<<<<08"
#define LEAP                                                                                       \
    "P<UTOKATERVI<<SHKURTA<<<<<<<<<<<<<<<<<<<<<<<\nU004129497UTO2002293F3404115<<<<<<<<<<<<<<02"
#define EXPIRED                                                                                    \
    "P<UTOBRAKULINI<<JONVAR<<<<<<<<<<<<<<<<<<<<<<\nU002031185UTO8502038M2402022<<<<<<<<<<<<<<00"
#define DISCREET                                                                                   \
    "P<UTOOSKRELI<<VIKTAN<<<<<<<<<<<<<<<<<<<<<<<<\nU008158365UTO7608151M3302141<<<<<<<<<<<<<<06"
#define LISTED                                                                                     \
    "P<UTOJEVRELOFF<<TICHORAD<<<<<<<<<<<<<<<<<<<<\nU007015337UTO7010011M3203189<<<<<<<<<<<<<<04"

static const struct ptn_officer arta = { .user = "arta", .name = "Arta" };
static const struct ptn_officer dita = { .user = "dita", .name = "Dita", .discreet = true };
static const struct ptn_officer besa = { .user = "besa",
                                         .name = "Besa",
                                         .role = PTN_STAFF_SUPERVISOR };

struct fixture {
    char folder[FOLDER_SIZE];
    char dir[DIR_SIZE];
    struct ptn_node *node;
    struct ptn_arena *arena;
    struct ptn_lane_answer answer;
    struct ptn_lane_crossing crossing;
    struct ptn_lane_last last;
    struct ptn_lane_report report;
    unsigned done;
};

/* ---- a node ---- */

/* A list with one travel ban, of nobody who exists, and one entry with an endless id and name. */
static void put_ban(const char *path)
{
    FILE *file = fopen(path, "wb");
    char name[900];
    char id[200];

    assert_non_null(file);
    for (size_t i = 0; i < sizeof(name) - 2;
         i += 2) /* two bytes a letter: a cut must not split one */
        memcpy(name + i, "ë", 2);
    name[sizeof(name) - 2] = '\0';
    memset(id, 'X', sizeof(id) - 1);
    id[sizeof(id) - 1] = '\0';
    assert_true(
        fputs("{\"postern-list\":1,\"made\":\"2026-01-01T00:00:00Z\",\"entries\":2}\n"
              "{\"id\":\"BAN-1\",\"kind\":\"person\",\"names\":[{\"text\":\"Banovian, Quorl\","
              "\"alias\":\"primary\"}],\"births\":[\"1970-01-01\"],\"nationalities\":[\"UTO\"],"
              "\"on_entry\":\"ban\",\"on_exit\":\"refer\",\"listed\":\"2025-01-01\"}\n",
              file) >= 0);
    assert_true(fprintf(file,
                        "{\"id\":\"%s\",\"kind\":\"person\",\"names\":[{\"text\":\"%s\","
                        "\"alias\":\"primary\"}],\"numbers\":[{\"type\":\"passport\","
                        "\"number\":\"Z7654321\",\"issuer\":\"UTO\"}],\"on_entry\":\"refer\","
                        "\"on_exit\":\"refer\",\"listed\":\"2025-01-01\"}\n",
                        id, name) > 0);
    assert_int_equal(fclose(file), 0);
}

static void put_lists(const struct fixture *fixture)
{
    char ban[FOLDER_SIZE + 16];
    const struct ptn_snapshot_input inputs[] = {
        made_demo_list(),
        { .name = PTN_BYTES_LITERAL("ban"), .format = PTN_LIST_POSTERN, .path = ban },
    };

    (void)snprintf(ban, sizeof(ban), "%s/ban.ndjson", fixture->folder);
    put_ban(ban);
    made_lists(ptn_world_real(), fixture->dir, inputs, 2);
}

static void open_node(struct fixture *fixture)
{
    struct ptn_diag diag = { 0 };

    assert_true(ptn_ok(ptn_node_open(ptn_world_real(), fixture->dir, NULL, &fixture->node, &diag)));
}

static int begin(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));

    assert_non_null(fixture);
    made_post(ptn_world_real(), PTN_POST_LAND, fixture->folder, fixture->dir);
    put_lists(fixture);
    fixture->arena = ptn_arena_new(64u << 20);
    open_node(fixture);
    *state = fixture;
    return 0;
}

static int end(void **state)
{
    struct fixture *fixture = *state;

    ptn_lane_answer_release(&fixture->answer);
    ptn_node_close(fixture->node);
    ptn_arena_free(fixture->arena);
    unmade(fixture->folder);
    free(fixture);
    return 0;
}

/* ---- acts ---- */

static void scan_done(struct ptn_lane_answer *answer)
{
    ((struct fixture *)answer->context)->done++;
}

static void crossing_done(struct ptn_lane_crossing *crossing)
{
    ((struct fixture *)crossing->context)->done++;
}

static void last_done(struct ptn_lane_last *last)
{
    ((struct fixture *)last->context)->done++;
}

static void report_done(struct ptn_lane_report *report)
{
    ((struct fixture *)report->context)->done++;
}

static struct ptn_lane_who at_lane(const struct ptn_officer *officer, const char *lane)
{
    return (struct ptn_lane_who){ officer, lane };
}

/* Scan and make it durable. */
static struct ptn_status scan_this(struct fixture *fixture, const struct ptn_officer *officer,
                                   const char *lane, struct ptn_lane_scan question)
{
    struct ptn_lane_who who = at_lane(officer, lane);
    struct ptn_status status;

    ptn_lane_answer_release(&fixture->answer);
    fixture->answer = (struct ptn_lane_answer){ .done = scan_done, .context = fixture };
    fixture->done = 0;
    status = ptn_lane_scan(fixture->node, &who, &question, fixture->arena, &fixture->answer, NULL);
    if (!ptn_ok(status)) {
        assert_int_equal(fixture->done, 0);
        return status;
    }
    assert_int_equal(fixture->done, 0); /* not before it is durable */
    assert_true(ptn_node_step(fixture->node));
    assert_int_equal(fixture->done, 1);
    assert_true(ptn_ok(fixture->answer.write.status));
    return PTN_OK;
}

static struct ptn_status scan(struct fixture *fixture, const struct ptn_officer *officer,
                              const char *lane, const char *mrz)
{
    return scan_this(fixture, officer, lane,
                     (struct ptn_lane_scan){ .mrz = ptn_bytes_from_text(mrz),
                                             .direction = PTN_DIRECTION_ENTRY });
}

static enum ptn_lane_refusal settle(struct fixture *fixture, const struct ptn_officer *officer,
                                    const char *lane, struct ptn_lane_settlement settlement)
{
    struct ptn_lane_who who = at_lane(officer, lane);
    struct ptn_status status;

    if (settlement.scan == NULL)
        settlement.scan = fixture->answer.scan;
    fixture->crossing = (struct ptn_lane_crossing){ .done = crossing_done, .context = fixture };
    fixture->done = 0;
    status = ptn_lane_settle(fixture->node, &who, &settlement, fixture->arena, &fixture->crossing);
    if (!ptn_ok(status)) {
        assert_int_equal(status.code, PTN_C_BAD_INPUT);
        assert_int_equal(fixture->done, 0);
        return fixture->crossing.refusal;
    }
    (void)ptn_node_step(fixture->node);
    assert_int_equal(fixture->done, 1);
    assert_true(ptn_ok(fixture->crossing.write.status));
    return PTN_LANE_ACCEPTED;
}

static uint64_t ledger_size(struct fixture *fixture)
{
    struct ptn_node_standing standing;

    assert_true(ptn_ok(ptn_node_standing(fixture->node, fixture->arena, &standing)));
    return standing.ledger_size;
}

/* ---- tests ---- */

static void test_node_lane__a_scan_writes_the_advice_and_the_look(void **state)
{
    struct fixture *fixture = *state;
    uint64_t before;

    assert_true(ptn_node_step(fixture->node)); /* what the start had to say */
    before = ledger_size(fixture);
    assert_true(ptn_ok(scan(fixture, &arta, "1", CLEAR)));
    assert_int_equal(fixture->answer.advice.verdict, PTN_VERDICT_CLEAR);
    assert_int_equal(fixture->answer.match_count, 0);
    assert_int_equal(ledger_size(fixture), before + 2);
    assert_int_equal(fixture->answer.write.seq, before);
    assert_int_equal(scan(fixture, &arta, "1", "no document").code, PTN_C_BAD_INPUT);
    assert_int_equal(scan(fixture, &arta, "1", "").code, PTN_C_BAD_INPUT);
    assert_int_equal(ledger_size(fixture), before + 2);
}

static void test_node_lane__who_may_settle_what(void **state)
{
    struct fixture *fixture = *state;
    struct ptn_lane_settlement record = { .act = PTN_LANE_RECORD };
    struct ptn_lane_settlement refer = { .act = PTN_LANE_REFER };
    struct ptn_lane_settlement override = { .act = PTN_LANE_OVERRIDE };

    assert_true(ptn_ok(scan(fixture, &arta, "1", CLEAR)));
    override.reason = PTN_BYTES_LITERAL("seen");
    assert_int_equal(settle(fixture, &arta, "2", record), PTN_LANE_SCAN_UNKNOWN); /* another lane */
    assert_int_equal(settle(fixture, &arta, "1", refer), PTN_LANE_NEEDS_KIND);
    assert_int_equal(settle(fixture, &arta, "1", override), PTN_LANE_NOT_ALLOWED);
    assert_int_equal(settle(fixture, &dita, "1", record), PTN_LANE_ACCEPTED); /* after a relief */
    assert_int_equal(fixture->crossing.outcome, PTN_OUTCOME_RECORDED);
    assert_string_equal(fixture->crossing.name, "VONTRELI, ELISIDA");
    assert_int_equal(settle(fixture, &arta, "1", record), PTN_LANE_ALREADY_SETTLED);

    assert_true(ptn_ok(scan(fixture, &arta, "1", EXPIRED)));
    assert_int_equal(fixture->answer.advice.verdict, PTN_VERDICT_REFER);
    override.reason = PTN_BYTES_NONE;
    assert_int_equal(settle(fixture, &arta, "1", record), PTN_LANE_NOT_CLEAR);
    assert_int_equal(settle(fixture, &arta, "1", override), PTN_LANE_NEEDS_REASON);
    override.reason = PTN_BYTES_LITERAL("The consul vouches");
    assert_int_equal(settle(fixture, &arta, "1", override), PTN_LANE_ACCEPTED);
    assert_int_equal(fixture->crossing.outcome, PTN_OUTCOME_OVERRIDDEN);

    record.scan = "00000000000000000000000000000001";
    assert_int_equal(settle(fixture, &arta, "1", record), PTN_LANE_SCAN_UNKNOWN);
    record.scan = "not an id";
    assert_int_equal(settle(fixture, &arta, "1", record), PTN_LANE_SCAN_UNKNOWN);
}

static void test_node_lane__against_stop_only_with_a_supervisor(void **state)
{
    struct fixture *fixture = *state;
    struct ptn_lane_who who = at_lane(&arta, "1");
    struct ptn_lane_scan question = {
        .person = { .surname = PTN_BYTES_LITERAL("Banovian"),
                    .given = PTN_BYTES_LITERAL("Quorl"),
                    .birth = { 1970, 1, 1 },
                    .nationality = "UTO",
                    .document = { .kind = PTN_DOCUMENT_PASSPORT,
                                  .issuer = "UTO",
                                  .number = PTN_BYTES_LITERAL("B0000001"),
                                  .expiry = { 2033, 1, 1 } } },
        .direction = PTN_DIRECTION_ENTRY,
    };
    struct ptn_lane_settlement override = { .act = PTN_LANE_OVERRIDE,
                                            .reason = PTN_BYTES_LITERAL("exempted") };

    fixture->answer = (struct ptn_lane_answer){ .done = scan_done, .context = fixture };
    assert_true(ptn_ok(
        ptn_lane_scan(fixture->node, &who, &question, fixture->arena, &fixture->answer, NULL)));
    assert_true(ptn_node_step(fixture->node));
    assert_int_equal(fixture->answer.advice.verdict, PTN_VERDICT_STOP);
    assert_int_equal(settle(fixture, &arta, "1", override), PTN_LANE_NEEDS_SUPERVISOR);
    assert_int_equal(settle(fixture, &besa, "1", override),
                     PTN_LANE_NEEDS_SUPERVISOR); /* a sign-in for this act */
    override.supervisor = &dita;
    assert_int_equal(settle(fixture, &arta, "1", override), PTN_LANE_NEEDS_SUPERVISOR);
    override.supervisor = &besa;
    assert_int_equal(settle(fixture, &arta, "1", override), PTN_LANE_ACCEPTED);
    assert_int_equal(fixture->crossing.outcome, PTN_OUTCOME_OVERRIDDEN);
}

static void test_node_lane__discreet_matches_show_only_with_the_right(void **state)
{
    struct fixture *fixture = *state;
    struct ptn_lane_settlement record = { .act = PTN_LANE_RECORD };
    struct ptn_lane_who who = at_lane(&dita, "1");
    char plain[PTN_LANE_ID_SIZE];

    assert_true(ptn_ok(scan(fixture, &arta, "1", DISCREET)));
    assert_int_equal(fixture->answer.advice.verdict, PTN_VERDICT_CLEAR);
    assert_int_equal(fixture->answer.match_count, 0);
    assert_int_equal(settle(fixture, &arta, "1", record), PTN_LANE_ACCEPTED);
    assert_false(fixture->crossing.report);
    memcpy(plain, fixture->crossing.crossing, sizeof(plain));

    assert_true(ptn_ok(scan(fixture, &dita, "1", DISCREET)));
    assert_int_equal(fixture->answer.advice.verdict, PTN_VERDICT_CLEAR);
    assert_int_equal(fixture->answer.match_count, 1);
    assert_int_equal(settle(fixture, &dita, "1", record), PTN_LANE_ACCEPTED);
    assert_true(fixture->crossing.report);

    fixture->report = (struct ptn_lane_report){ .done = report_done, .context = fixture };
    fixture->done = 0;
    assert_true(
        ptn_ok(ptn_lane_report(fixture->node, &who, fixture->crossing.crossing,
                               PTN_BYTES_LITERAL("a blue car"), fixture->arena, &fixture->report)));
    assert_true(ptn_node_step(fixture->node));
    assert_int_equal(fixture->done, 1);
    assert_true(ptn_ok(fixture->report.write.status));
    who = at_lane(&arta, "1");
    assert_false(ptn_ok(ptn_lane_report(fixture->node, &who, plain, PTN_BYTES_LITERAL("x"),
                                        fixture->arena, &fixture->report)));
    assert_int_equal(fixture->report.refusal, PTN_LANE_NOT_ALLOWED);
    who = at_lane(&dita, "2");
    assert_false(ptn_ok(ptn_lane_report(fixture->node, &who, fixture->crossing.crossing,
                                        PTN_BYTES_LITERAL("x"), fixture->arena, &fixture->report)));
    assert_int_equal(fixture->report.refusal, PTN_LANE_CROSSING_UNKNOWN);
}

/* A published list can hold longer texts than a record does: they are cut, and the scan is
 * recorded. */
static void test_node_lane__long_entries_of_a_list_are_recorded(void **state)
{
    struct fixture *fixture = *state;
    struct ptn_lane_who who = at_lane(&arta, "1");
    struct ptn_lane_scan question = {
        .direction = PTN_DIRECTION_ENTRY,
        .person = { .surname = PTN_BYTES_LITERAL("NOBODYSNAME"),
                    .birth = { 1980, 1, 1 },
                    .nationality = "UTO",
                    .document = { .kind = PTN_DOCUMENT_PASSPORT,
                                  .issuer = "UTO",
                                  .number = PTN_BYTES_LITERAL("Z7654321"),
                                  .expiry = { 2040, 1, 1 } } },
    };

    fixture->answer = (struct ptn_lane_answer){ .done = scan_done, .context = fixture };
    assert_true(ptn_ok(
        ptn_lane_scan(fixture->node, &who, &question, fixture->arena, &fixture->answer, NULL)));
    assert_true(ptn_node_step(fixture->node));
    assert_int_equal(fixture->done, 1);
    assert_true(ptn_ok(fixture->answer.write.status));
    assert_int_equal(fixture->answer.match_count, 1);
    assert_true(fixture->answer.matches[0].entry.len > 64);
    assert_true(fixture->answer.matches[0].name.len > 512);
}

static void test_node_lane__a_key_is_known_again_after_a_restart(void **state)
{
    struct fixture *fixture = *state;
    struct ptn_lane_settlement record = { .act = PTN_LANE_RECORD,
                                          .key = PTN_BYTES_LITERAL("key-0001") };
    struct ptn_lane_settlement refer = { .act = PTN_LANE_REFER,
                                         .kind = PTN_REFERRAL_MINOR,
                                         .key = PTN_BYTES_LITERAL("key-0001") };
    char first[PTN_LANE_ID_SIZE];
    char of_scan[PTN_LANE_ID_SIZE];
    uint64_t seq;
    uint64_t size;

    assert_true(ptn_ok(scan(fixture, &arta, "1", CLEAR)));
    memcpy(of_scan, fixture->answer.scan, sizeof(of_scan));
    assert_int_equal(settle(fixture, &arta, "1", record), PTN_LANE_ACCEPTED);
    assert_false(fixture->crossing.again);
    memcpy(first, fixture->crossing.crossing, sizeof(first));
    seq = fixture->crossing.seq;
    for (unsigned restarts = 0; restarts < 2; restarts++) {
        size = ledger_size(fixture);
        record.scan = of_scan;
        refer.scan = of_scan;
        assert_int_equal(settle(fixture, &arta, "1", record), PTN_LANE_ACCEPTED);
        assert_true(fixture->crossing.again);
        assert_string_equal(fixture->crossing.crossing, first);
        assert_int_equal(fixture->crossing.seq, seq);
        assert_int_equal(settle(fixture, &arta, "1", refer), PTN_LANE_KEY_REUSED);
        assert_int_equal(ledger_size(fixture), size); /* nothing new was written */
        if (restarts == 0) {
            ptn_lane_answer_release(&fixture->answer);
            ptn_node_close(fixture->node);
            open_node(fixture);
            assert_true(ptn_node_step(fixture->node));
        }
    }
    assert_int_equal(settle(fixture, &dita, "1", record),
                     PTN_LANE_SCAN_UNKNOWN); /* hers is another key */
}

static void test_node_lane__stays_are_learnt_from_the_ledger(void **state)
{
    struct fixture *fixture = *state;
    struct ptn_lane_settlement record = { .act = PTN_LANE_RECORD };

    assert_true(ptn_ok(scan(fixture, &arta, "1", CLEAR)));
    assert_false(fixture->answer.advice.stay.inside);
    assert_int_equal(settle(fixture, &arta, "1", record), PTN_LANE_ACCEPTED);
    for (unsigned restarts = 0; restarts < 2; restarts++) {
        assert_true(ptn_ok(scan(fixture, &arta, "1", CLEAR)));
        assert_true(fixture->answer.advice.stay.known);
        assert_true(fixture->answer.advice.stay.unmatched > 0 ||
                    fixture->answer.advice.stay.inside);
        if (restarts == 0) {
            ptn_lane_answer_release(&fixture->answer);
            ptn_node_close(fixture->node);
            open_node(fixture);
            assert_true(ptn_node_step(fixture->node));
        }
    }
}

static void test_node_lane__days_on_a_residence_permit_never_count(void **state)
{
    struct fixture *fixture = *state;
    struct ptn_lane_settlement record = { .act = PTN_LANE_RECORD };
    struct ptn_lane_scan coming = { .mrz = PTN_BYTES_LITERAL(CLEAR),
                                    .direction = PTN_DIRECTION_ENTRY };
    struct ptn_lane_scan leaving = { .mrz = PTN_BYTES_LITERAL(CLEAR),
                                     .direction = PTN_DIRECTION_EXIT };

    for (unsigned shown = 0; shown < 3; shown++) {
        bool exempt = shown == 1; /* none, a residence permit, another State's */

        coming.permit_shown = shown > 0;
        coming.permit = (struct ptn_check_permit){ .kind = PTN_CHECK_PERMIT_RESIDENCE,
                                                   .number = PTN_BYTES_LITERAL("RP 7"),
                                                   .valid_until = { 2999, 12, 31 } };
        if (shown == 2)
            memcpy(coming.permit.issuer, "ITA", 4);
        coming.mrz = leaving.mrz = shown == 0   ? PTN_BYTES_LITERAL(CLEAR)
                                   : shown == 1 ? PTN_BYTES_LITERAL(OTHER)
                                                : PTN_BYTES_LITERAL(THIRD);
        assert_true(ptn_ok(scan_this(fixture, &arta, "1", coming)));
        assert_int_equal(fixture->answer.advice.verdict, PTN_VERDICT_CLEAR);
        assert_int_equal(fixture->answer.advice.stay_applies, !exempt);
        assert_int_equal(settle(fixture, &arta, "1", record), PTN_LANE_ACCEPTED);
        for (unsigned restarts = 0; restarts < 2; restarts++) {
            assert_true(ptn_ok(scan_this(fixture, &arta, "1", leaving)));
            assert_true(fixture->answer.advice.stay.known);
            assert_true(fixture->answer.advice.stay.inside ||
                        fixture->answer.advice.stay.entry_known);
            assert_int_equal(fixture->answer.advice.stay.used, exempt ? 0 : 1);
            ptn_lane_answer_release(&fixture->answer);
            ptn_node_close(fixture->node);
            open_node(fixture);
            assert_true(ptn_node_step(fixture->node));
        }
    }
}

/* ---- days on paper ---- */

static bool advised(const struct fixture *fixture, const char *rule)
{
    for (size_t i = 0; i < fixture->answer.advice.reason_count; i++)
        if (ptn_bytes_is(fixture->answer.advice.reasons[i].rule, rule))
            return true;
    return false;
}

#define DAY_MS INT64_C(86400000)

static struct ptn_world later; /* the real one, some days on */
static int64_t ahead_ms;

static int64_t later_ms(void *context)
{
    return ptn_world_real()->now_ms(context) + ahead_ms;
}

/* The node is started again, so many days after the test began. */
static void start_after(struct fixture *fixture, int32_t days)
{
    struct ptn_diag diag = { 0 };

    ptn_lane_answer_release(&fixture->answer);
    ptn_node_close(fixture->node);
    later = *ptn_world_real();
    later.now_ms = later_ms;
    ahead_ms = days * DAY_MS;
    if (!ptn_ok(ptn_node_open(&later, fixture->dir, NULL, &fixture->node, &diag)))
        fail_msg("%s", diag.text);
    assert_true(ptn_node_step(fixture->node));
}

/* The rung is in the ledger, as if orders had moved it. */
static void move(struct fixture *fixture, enum ptn_rung rung)
{
    const struct ptn_rung_moved moved = { .time_ms = later_ms(NULL), .entry = rung };
    struct ptn_buffer out = { .len_max = PTN_RECORD_LEN_MAX };

    assert_true(ptn_ok(ptn_rung_moved_write(&moved, &out)));
    ptn_node_note(fixture->node, PTN_RECORD_RUNG, ptn_buffer_bytes(&out));
    ptn_buffer_release(&out);
    assert_true(ptn_node_step(fixture->node));
}

static void pack_made(struct ptn_pack_order *order)
{
    assert_true(ptn_ok(order->write.status));
    ptn_buffer_release(&order->pdf);
}

static void sheets_told(struct ptn_paper_telling *telling)
{
    assert_true(ptn_ok(telling->write.status));
}

static void leave(struct fixture *fixture, enum ptn_entry_proof proof, int32_t entered,
                  enum ptn_code code)
{
    struct ptn_lane_scan leaving = { .mrz = PTN_BYTES_LITERAL(CLEAR),
                                     .direction = PTN_DIRECTION_EXIT,
                                     .proof = proof };

    if (entered > 0)
        leaving.entered = ptn_date_from_days(
            ptn_date_to_days(ptn_place_local_date(ptn_world_real()->now_ms(NULL))) + entered);
    assert_int_equal(scan_this(fixture, &arta, "1", leaving).code, code);
}

/* PAPER-6: in by a lane, out and in again on two sheets, out by a lane: as long as a sheet is not
 * keyed nobody knows, across restarts; a proof of the entry counts; once all are told, it is known.
 */
static void test_node_lane__days_on_paper_make_no_overstayer(void **state)
{
    struct fixture *fixture = *state;
    const struct ptn_lane_who who = at_lane(&besa, "1");
    struct ptn_lane_settlement record = { .act = PTN_LANE_RECORD };
    struct ptn_pack_order order = { .done = pack_made, .pdf = { .len_max = (size_t)1 << 24 } };
    struct ptn_paper_telling telling = { .done = sheets_told };

    assert_true(ptn_ok(scan(fixture, &arta, "1", CLEAR)));
    assert_int_equal(settle(fixture, &arta, "1", record), PTN_LANE_ACCEPTED);
    start_after(fixture, 10);
    assert_true(ptn_ok(ptn_paper_make_pack(fixture->node, &who, 2, fixture->arena, &order, NULL)));
    assert_true(ptn_node_step(fixture->node));
    move(fixture, PTN_RUNG_MANUAL);
    start_after(fixture, 60);
    move(fixture, PTN_RUNG_NORMAL);
    start_after(fixture, 100);
    leave(fixture, PTN_PROOF_NONE, 0, PTN_C_OK);
    assert_true(advised(fixture, "stay.paper"));
    assert_false(advised(fixture, "stay.over"));
    leave(fixture, PTN_PROOF_STUB, 5, PTN_C_BAD_INPUT); /* nobody was on paper then */
    assert_true(fixture->answer.no_paper);
    leave(fixture, PTN_PROOF_STAMP, 0, PTN_C_OK);
    assert_true(advised(fixture, "stay.paper"));
    leave(fixture, PTN_PROOF_STUB, 60, PTN_C_OK);
    assert_int_equal(fixture->answer.advice.verdict, PTN_VERDICT_CLEAR);
    assert_int_equal(fixture->answer.advice.stay.over_days, 0);
    telling.record =
        (struct ptn_sheets_told){ .pack = 1, .first = 1, .count = 2, .state = PTN_SHEETS_UNUSED };
    assert_true(ptn_ok(ptn_paper_tell(fixture->node, &who, NULL, fixture->arena, &telling)));
    assert_true(ptn_node_step(fixture->node));
    leave(fixture, PTN_PROOF_NONE, 0, PTN_C_OK);
    assert_true(advised(fixture, "stay.over"));
    assert_false(advised(fixture, "stay.paper"));
    start_after(fixture, 100);
    leave(fixture, PTN_PROOF_NONE, 0, PTN_C_OK);
    assert_true(advised(fixture, "stay.over"));
}

static void test_node_lane__whoever_is_over_a_hundred_is_no_child(void **state)
{
    struct fixture *fixture = *state;
    struct ptn_lane_scan question = { .mrz = PTN_BYTES_LITERAL(OLD),
                                      .direction = PTN_DIRECTION_ENTRY };

    assert_true(ptn_ok(scan_this(fixture, &arta, "1", question)));
    assert_int_equal(fixture->answer.person.birth.year, 2022);
    assert_int_equal(fixture->answer.advice.verdict, PTN_VERDICT_REFER); /* a child: alone? */
    assert_true(ptn_date_equal(fixture->answer.other_birth, (struct ptn_date){ 1922, 3, 4 }));
    question.born_earlier = true;
    assert_true(ptn_ok(scan_this(fixture, &arta, "1", question)));
    assert_true(ptn_date_equal(fixture->answer.person.birth, (struct ptn_date){ 1922, 3, 4 }));
    assert_int_equal(fixture->answer.advice.verdict, PTN_VERDICT_CLEAR);
    assert_true(ptn_date_equal(fixture->answer.other_birth, (struct ptn_date){ 2022, 3, 4 }));
    /* a grown-up cannot be a hundred years older */
    question.mrz = PTN_BYTES_LITERAL(CLEAR);
    assert_int_equal(scan_this(fixture, &arta, "1", question).code, PTN_C_BAD_INPUT);
    question.born_earlier = false;
    assert_true(ptn_ok(scan_this(fixture, &arta, "1", question)));
    assert_true(ptn_date_is_none(fixture->answer.other_birth));
    /* 29 February 1920 there was: offered */
    question.mrz = PTN_BYTES_LITERAL(LEAP);
    assert_true(ptn_ok(scan_this(fixture, &arta, "1", question)));
    assert_true(ptn_date_equal(fixture->answer.other_birth, (struct ptn_date){ 1920, 2, 29 }));
    /* a typed person says the whole year */
    question = (struct ptn_lane_scan){ .direction = PTN_DIRECTION_ENTRY,
                                       .born_earlier = true,
                                       .person = { .name = PTN_BYTES_LITERAL("Malvina") } };
    assert_int_equal(scan_this(fixture, &arta, "1", question).code, PTN_C_BAD_INPUT);
}

static void test_node_lane__a_permit_that_cannot_be_kept_is_refused(void **state)
{
    struct fixture *fixture = *state;
    struct ptn_lane_scan coming = {
        .mrz = PTN_BYTES_LITERAL(CLEAR),
        .direction = PTN_DIRECTION_ENTRY,
        .permit_shown = true,
        .permit = { .number = PTN_BYTES_LITERAL("a\x01z") },
    };

    assert_int_equal(scan_this(fixture, &arta, "1", coming).code, PTN_C_BAD_INPUT);
}

static void test_node_lane__the_last_crossings_are_the_lanes_own(void **state)
{
    struct fixture *fixture = *state;
    struct ptn_lane_settlement record = { .act = PTN_LANE_RECORD };
    struct ptn_lane_who who = at_lane(&arta, "2");
    uint64_t size;

    assert_true(ptn_ok(scan(fixture, &arta, "1", CLEAR)));
    assert_int_equal(settle(fixture, &arta, "1", record), PTN_LANE_ACCEPTED);
    size = ledger_size(fixture);
    fixture->last = (struct ptn_lane_last){ .done = last_done, .context = fixture };
    assert_true(ptn_ok(ptn_lane_last(fixture->node, &who, 10, fixture->arena, &fixture->last)));
    assert_true(ptn_node_step(fixture->node));
    assert_int_equal(fixture->last.count, 0);
    who = at_lane(&arta, "1");
    fixture->last = (struct ptn_lane_last){ .done = last_done, .context = fixture };
    assert_true(ptn_ok(ptn_lane_last(fixture->node, &who, 10, fixture->arena, &fixture->last)));
    assert_true(ptn_node_step(fixture->node));
    assert_int_equal(fixture->last.count, 1);
    assert_string_equal(fixture->last.lines[0].name, "VONTRELI, ELISIDA");
    assert_int_equal(ledger_size(fixture), size + 2); /* ACCESS-1: each look is an entry */
}

static void test_node_lane__one_turn_makes_many_durable(void **state)
{
    struct fixture *fixture = *state;
    struct ptn_lane_who who = at_lane(&arta, "1");
    static struct ptn_lane_answer answers[16];
    static const struct ptn_lane_scan question = {
        .mrz = { (const uint8_t *)CLEAR, sizeof(CLEAR) - 1 }, .direction = PTN_DIRECTION_EXIT
    };
    uint64_t size;

    (void)ptn_node_step(fixture->node);
    size = ledger_size(fixture);
    fixture->done = 0;
    for (size_t i = 0; i < 16; i++) {
        answers[i] = (struct ptn_lane_answer){ .done = scan_done, .context = fixture };
        assert_true(ptn_ok(
            ptn_lane_scan(fixture->node, &who, &question, fixture->arena, &answers[i], NULL)));
    }
    assert_int_equal(ptn_writer_turn(fixture->node), 16);
    assert_int_equal(fixture->done, 16);
    for (size_t i = 0; i < 16; i++) {
        assert_int_equal(answers[i].write.seq, size + 2 * i); /* in the order they came */
        ptn_lane_answer_release(&answers[i]);
    }
}

static void test_node_lane__closing_answers_what_waits(void **state)
{
    struct fixture *fixture = *state;
    struct ptn_lane_who who = at_lane(&arta, "1");
    struct ptn_lane_scan question = { .mrz = PTN_BYTES_LITERAL(CLEAR),
                                      .direction = PTN_DIRECTION_ENTRY };

    fixture->answer = (struct ptn_lane_answer){ .done = scan_done, .context = fixture };
    fixture->done = 0;
    assert_true(ptn_ok(
        ptn_lane_scan(fixture->node, &who, &question, fixture->arena, &fixture->answer, NULL)));
    ptn_lane_answer_release(&fixture->answer);
    ptn_node_close(fixture->node);
    assert_int_equal(fixture->done, 1);
    assert_int_equal(fixture->answer.write.status.code, PTN_C_BUSY);
    open_node(fixture);
}

static void test_node_lane__a_second_opening_is_refused(void **state)
{
    struct fixture *fixture = *state;
    struct ptn_node *second = NULL;
    struct ptn_diag diag = { 0 };

    assert_int_equal(ptn_node_open(ptn_world_real(), fixture->dir, NULL, &second, &diag).code,
                     PTN_C_BUSY);
    assert_null(second);
    assert_non_null(diag.text);
    assert_int_equal(ptn_node_open(ptn_world_real(), fixture->folder, NULL, &second, &diag).code,
                     PTN_C_NOT_FOUND);
}

/* Turn one bit of a file over. */
static void flip(const char *path, long at)
{
    FILE *file = fopen(path, "r+b");
    int byte;

    assert_non_null(file);
    assert_int_equal(fseek(file, at, SEEK_SET), 0);
    byte = fgetc(file);
    assert_int_equal(fseek(file, at, SEEK_SET), 0);
    assert_int_not_equal(fputc(byte ^ (1 << (at % 8)), file), EOF);
    assert_int_equal(fclose(file), 0);
}

/* A register that lists these numbers of UTO, beside the lists. */
static void put_register(const struct fixture *fixture, const char *rows)
{
    char path[160], list[160];
    struct ptn_snapshot_input input = {
        PTN_BYTES_LITERAL("stolen"), PTN_LIST_STOLEN_CSV, list, NULL, NULL, NULL
    };
    struct ptn_list_summary summary;
    FILE *file;

    (void)snprintf(path, sizeof(path), "%s/lists/documents.reg", fixture->dir);
    (void)snprintf(list, sizeof(list), "%s/stolen.csv", fixture->folder);
    file = fopen(list, "wb");
    assert_non_null(file);
    assert_true(fprintf(file, "number,issuer\n%s", rows) > 0);
    assert_int_equal(fclose(file), 0);
    assert_true(ptn_ok(ptn_register_build(ptn_world_real(), &input, path, &summary, NULL)));
    assert_int_equal(remove(list), 0);
}

static void test_node_lane__a_stolen_document_is_found_in_the_register(void **state)
{
    struct fixture *fixture = *state;
    struct ptn_lane_scan typed = { .direction = PTN_DIRECTION_ENTRY };

    put_register(fixture, "U00701533,UTO\nU0O701539,UTO\n");
    assert_true(ptn_ok(ptn_node_reload(fixture->node, NULL)));
    assert_true(ptn_ok(scan(fixture, &arta, "1", LISTED)));
    assert_int_equal(fixture->answer.match_count, 2);
    assert_true(advised(fixture, "match.seize"));
    assert_false(advised(fixture, "document.near")); /* its check digit protects the number */

    typed.person.surname = PTN_BYTES_LITERAL("SOMEBODY");
    typed.person.given = PTN_BYTES_LITERAL("ELSE");
    typed.person.birth = (struct ptn_date){ 1990, 1, 1 };
    memcpy(typed.person.nationality, "UTO", 4);
    memcpy(typed.person.document.issuer, "UTO", 4);
    typed.person.document.kind = PTN_DOCUMENT_PASSPORT;
    typed.person.document.number = PTN_BYTES_LITERAL("U00701539");
    assert_true(ptn_ok(scan_this(fixture, &arta, "1", typed)));
    assert_false(advised(fixture, "match.seize"));
    assert_true(advised(fixture, "document.near"));
}

static void test_node_lane__a_register_that_fails_is_said_and_stops_nobody(void **state)
{
    struct fixture *fixture = *state;
    char path[160];

    (void)snprintf(path, sizeof(path), "%s/lists/documents.reg", fixture->dir);
    put_register(fixture, "U00701533,UTO\n");
    flip(path, 4200);
    assert_true(ptn_ok(ptn_node_reload(fixture->node, NULL)));
    for (unsigned i = 0; i < 3; i++) { /* at every scan, and of everybody: WATCH-4 */
        assert_true(ptn_ok(scan(fixture, &arta, "1", i == 1 ? OTHER : LISTED)));
        assert_int_equal(fixture->answer.match_count, i == 1 ? 0 : 1);
        assert_true(advised(fixture, "lists.register"));
        assert_int_not_equal(fixture->answer.advice.verdict, PTN_VERDICT_STOP);
    }
    put_register(fixture, "U00701533,UTO\n");
    assert_true(ptn_ok(ptn_node_reload(fixture->node, NULL)));
    assert_true(ptn_ok(scan(fixture, &arta, "1", LISTED)));
    assert_false(advised(fixture, "lists.register"));
    assert_int_equal(fixture->answer.match_count, 2);
}

/* POST-4. */
static void test_node_lane__bad_lists_leave_the_former_in_force(void **state)
{
    struct fixture *fixture = *state;
    char path[160];
    FILE *file;

    (void)snprintf(path, sizeof(path), "%s/lists/current.snap", fixture->dir);
    assert_int_equal(remove(path), 0);
    assert_int_equal(ptn_node_reload(fixture->node, NULL).code, PTN_C_NOT_FOUND);
    file = fopen(path, "wb");
    assert_non_null(file);
    assert_true(fputs("not a snapshot", file) >= 0);
    assert_int_equal(fclose(file), 0);
    assert_false(ptn_ok(ptn_node_reload(fixture->node, NULL)));
    assert_true(ptn_ok(scan(fixture, &arta, "1", LISTED)));
    assert_int_equal(fixture->answer.match_count, 1); /* the former lists */
    assert_int_equal(remove(path), 0);
    put_lists(fixture);
    assert_true(ptn_ok(ptn_node_reload(fixture->node, NULL)));
    assert_int_equal(fixture->answer.match_count,
                     1); /* a reader keeps what it had: nothing is unmapped under it */
    assert_true(fixture->answer.matches[0].name.len > 0);
    assert_true(ptn_ok(scan(fixture, &arta, "1", LISTED)));
    assert_int_equal(fixture->answer.match_count, 1);
}

/* ---- files, damaged and lost ---- */

static long file_len(const char *path)
{
    FILE *file = fopen(path, "rb");
    long len;

    assert_non_null(file);
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    len = ftell(file);
    assert_int_equal(fclose(file), 0);
    return len;
}

static void close_and_open(struct fixture *fixture)
{
    ptn_lane_answer_release(&fixture->answer);
    ptn_node_close(fixture->node);
    open_node(fixture);
    assert_true(ptn_node_step(fixture->node));
}

/* Days used on leaving today, by who came in today: 1, and 0 with a residence permit. */
static void check_stays(struct fixture *fixture)
{
    struct ptn_lane_scan leaving = { .direction = PTN_DIRECTION_EXIT };

    leaving.mrz = PTN_BYTES_LITERAL(CLEAR);
    assert_true(ptn_ok(scan_this(fixture, &arta, "1", leaving)));
    assert_int_equal(fixture->answer.advice.stay.used, 1);
    leaving.mrz = PTN_BYTES_LITERAL(OTHER);
    assert_true(ptn_ok(scan_this(fixture, &arta, "1", leaving)));
    assert_true(fixture->answer.advice.stay.entry_known);
    assert_int_equal(fixture->answer.advice.stay.used, 0);
}

/* A history that fails its check is not used: POST-2. */
static void test_node_lane__the_file_of_known_stays_only_saves_time(void **state)
{
    struct fixture *fixture = *state;
    struct ptn_lane_settlement record = { .act = PTN_LANE_RECORD };
    struct ptn_lane_scan exempt = { .mrz = PTN_BYTES_LITERAL(OTHER),
                                    .direction = PTN_DIRECTION_ENTRY,
                                    .permit_shown = true,
                                    .permit = { .kind = PTN_CHECK_PERMIT_RESIDENCE } };
    char path[160];
    char kept[160];
    char command[400];
    long len;

    (void)snprintf(path, sizeof(path), "%s/stays.known", fixture->dir);
    (void)snprintf(kept, sizeof(kept), "%s/stays.kept", fixture->folder);
    (void)snprintf(command, sizeof(command), "cp %s %s", path, kept);
    assert_true(ptn_ok(scan(fixture, &arta, "1", CLEAR)));
    assert_int_equal(settle(fixture, &arta, "1", record), PTN_LANE_ACCEPTED);
    close_and_open(fixture);
    assert_int_equal(system(command), 0); /* NOLINT(cert-env33-c): our own folder */
    assert_int_equal(fixture->node->history.count, 1);
    assert_true(fixture->node->known_size > 0);
    assert_true(ptn_ok(scan_this(fixture, &arta, "1", exempt)));
    assert_int_equal(settle(fixture, &arta, "1", record), PTN_LANE_ACCEPTED);
    close_and_open(fixture);
    assert_int_equal(fixture->node->history.count, 2);
    assert_int_equal(fixture->node->line_count, 2);
    check_stays(fixture);
    /* an older file: the rest is learnt from the ledger */
    ptn_lane_answer_release(&fixture->answer);
    ptn_node_close(fixture->node);
    (void)snprintf(command, sizeof(command), "cp %s %s", kept, path);
    assert_int_equal(system(command), 0); /* NOLINT(cert-env33-c): our own folder */
    open_node(fixture);
    assert_int_equal(fixture->node->history.count, 2);
    check_stays(fixture);
    /* none, and any damaged one: all of it */
    close_and_open(fixture);
    len = file_len(path);
    for (long at = -1; at < len; at += at < 64 ? 1 : 11) {
        ptn_lane_answer_release(&fixture->answer);
        ptn_node_close(fixture->node);
        if (at < 0)
            assert_int_equal(remove(path), 0);
        else
            flip(path, at);
        open_node(fixture);
        assert_int_equal(fixture->node->known_size, 0);
        assert_int_equal(fixture->node->history.count, 2);
        if (at < 0)
            check_stays(fixture);
    } /* closing writes a good one again */
}

static void open_again(struct fixture *fixture, enum ptn_lists_state state, size_t matches)
{
    struct ptn_node_standing standing;

    ptn_lane_answer_release(&fixture->answer);
    ptn_node_close(fixture->node);
    open_node(fixture);
    assert_int_equal(ptn_node_lists_state(fixture->node), state);
    assert_true(ptn_ok(scan(fixture, &arta, "1", LISTED)));
    assert_int_equal(fixture->answer.match_count, matches);
    assert_true(ptn_ok(ptn_node_standing(fixture->node, fixture->arena, &standing)));
    assert_int_equal(standing.lists_state, state);
    assert_int_equal(standing.list_count, matches > 0 ? 2 : 0);
}

/* Lists that fail their check are not used at all, stop nobody, and the standing says which are:
 * POST-2, POST-4. */
static void test_node_lane__a_flipped_bit_in_the_lists_stops_no_post(void **state)
{
    struct fixture *fixture = *state;
    char current[160];
    char former[160];
    long len;

    (void)snprintf(current, sizeof(current), "%s/lists/current.snap", fixture->dir);
    (void)snprintf(former, sizeof(former), "%s/lists/former.snap", fixture->dir);
    assert_int_equal(ptn_node_lists_state(fixture->node), PTN_LISTS_CURRENT);
    len = file_len(current);
    assert_int_equal(file_len(former), len); /* a copy of what passed its check */
    for (unsigned i = 0; i < 24; i++) {
        long at = (long)i * (len - 1) / 23;

        flip(current, at);
        open_again(fixture, PTN_LISTS_FORMER, 1);
        flip(current, at);
        open_again(fixture, PTN_LISTS_CURRENT, 1);
    }
    /* the copy alone damaged: nobody notices, and it is made good */
    flip(former, len / 2);
    open_again(fixture, PTN_LISTS_CURRENT, 1);
    flip(current, len / 3);
    open_again(fixture, PTN_LISTS_FORMER, 1);
    /* the newest is gone */
    assert_int_equal(remove(current), 0);
    open_again(fixture, PTN_LISTS_FORMER, 1);
    /* both damaged: no list is searched, and travellers are still advised */
    flip(former, len / 3);
    open_again(fixture, PTN_LISTS_FAILED, 0);
    assert_true(fixture->answer.advice.reason_count > 0);
    /* good ones come again, while the post runs */
    put_lists(fixture);
    assert_true(ptn_ok(ptn_node_reload(fixture->node, NULL)));
    assert_int_equal(ptn_node_lists_state(fixture->node), PTN_LISTS_CURRENT);
    flip(current, len / 3);
    assert_false(ptn_ok(ptn_node_reload(fixture->node, NULL)));
    assert_int_equal(ptn_node_lists_state(fixture->node), PTN_LISTS_FORMER);
    flip(current, len / 3);
    assert_true(ptn_ok(ptn_node_reload(fixture->node, NULL)));
    open_again(fixture, PTN_LISTS_CURRENT, 1);
    /* there never were any */
    assert_int_equal(remove(current), 0);
    assert_int_equal(remove(former), 0);
    open_again(fixture, PTN_LISTS_NONE, 0);
}

static void test_node_lane__without_memory_nothing_is_half_done(void **state)
{
    struct fixture *fixture = *state;
    struct ptn_lane_who who = at_lane(&arta, "1");
    struct ptn_lane_scan question = { .mrz = PTN_BYTES_LITERAL(CLEAR),
                                      .direction = PTN_DIRECTION_ENTRY };
    struct ptn_lane_settlement record = { .act = PTN_LANE_RECORD };
    struct ptn_status status;
    unsigned long nth = 0;
    uint64_t size;

    (void)ptn_node_step(fixture->node);
    size = ledger_size(fixture);
    do {
        ptn_arena_free(fixture->arena); /* a fresh one: what it has to spare would hide a failure */
        fixture->arena = ptn_arena_new(64u << 20);
        ptn_lane_answer_release(&fixture->answer);
        fixture->answer = (struct ptn_lane_answer){ .done = scan_done, .context = fixture };
        fixture->done = 0;
        fault_allocation(++nth, FAULT_ONCE);
        status =
            ptn_lane_scan(fixture->node, &who, &question, fixture->arena, &fixture->answer, NULL);
        if (fault_off() && !ptn_ok(status)) {
            assert_int_equal(status.code, PTN_C_NO_MEMORY);
            assert_int_equal(ptn_writer_turn(fixture->node), 0); /* nothing was queued */
            assert_int_equal(ledger_size(fixture), size);
        }
    } while (!ptn_ok(status));
    assert_true(nth > 3);
    assert_int_equal(ptn_writer_turn(fixture->node), 1);
    assert_int_equal(fixture->done, 1);

    nth = 0;
    record.scan = fixture->answer.scan;
    size = ledger_size(fixture);
    do {
        fixture->crossing = (struct ptn_lane_crossing){ .done = crossing_done, .context = fixture };
        fault_allocation(++nth, FAULT_ONCE);
        status = ptn_lane_settle(fixture->node, &who, &record, fixture->arena, &fixture->crossing);
        if (fault_off() && !ptn_ok(status)) {
            assert_int_equal(status.code, PTN_C_NO_MEMORY);
            assert_int_equal(ptn_writer_turn(fixture->node), 0);
        }
    } while (!ptn_ok(status));
    assert_true(nth > 1);
    assert_int_equal(ptn_writer_turn(fixture->node), 1);
    assert_int_equal(ledger_size(fixture), size + 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_node_lane__a_scan_writes_the_advice_and_the_look),
        TEST(test_node_lane__who_may_settle_what),
        TEST(test_node_lane__against_stop_only_with_a_supervisor),
        TEST(test_node_lane__discreet_matches_show_only_with_the_right),
        TEST(test_node_lane__long_entries_of_a_list_are_recorded),
        TEST(test_node_lane__a_key_is_known_again_after_a_restart),
        TEST(test_node_lane__stays_are_learnt_from_the_ledger),
        TEST(test_node_lane__days_on_a_residence_permit_never_count),
        TEST(test_node_lane__a_permit_that_cannot_be_kept_is_refused),
        TEST(test_node_lane__days_on_paper_make_no_overstayer),
        TEST(test_node_lane__whoever_is_over_a_hundred_is_no_child),
        TEST(test_node_lane__the_last_crossings_are_the_lanes_own),
        TEST(test_node_lane__one_turn_makes_many_durable),
        TEST(test_node_lane__closing_answers_what_waits),
        TEST(test_node_lane__a_second_opening_is_refused),
        TEST(test_node_lane__without_memory_nothing_is_half_done),
        TEST(test_node_lane__a_stolen_document_is_found_in_the_register),
        TEST(test_node_lane__a_register_that_fails_is_said_and_stops_nobody),
        TEST(test_node_lane__bad_lists_leave_the_former_in_force),
        TEST(test_node_lane__a_flipped_bit_in_the_lists_stops_no_post),
        TEST(test_node_lane__the_file_of_known_stays_only_saves_time),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
