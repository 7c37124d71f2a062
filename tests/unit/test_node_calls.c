/* Goal: of a ship in port a post knows who is ashore, from two lanes at once, and after a kill; a
 * shore leave asks no conditions and lets nothing else pass; whoever leaves for good is asked all
 * of them; and whoever is missing when the call is closed is a case. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fault.h"
#include "node/arrivals.h"
#include "node/published.h"
#include "node_made.h"
#include "reference/place.h"

#define VONTRELI                                                                                   \
    "P<UTOVONTRELI<<ELISIDA<<<<<<<<<<<<<<<<<<<<<<\nU004129073UTO9004126F3404115<<<<<<<<<<<<<<06"
#define KELVARI                                                                                    \
    "P<UTOKELVARI<<ODRIN<<<<<<<<<<<<<<<<<<<<<<<<<\nU004129154UTO8803045M3404115<<<<<<<<<<<<<<06"
/* The same two, of a State whose nationals need a visa. */
#define VONTRELI_VISA                                                                              \
    "P<UTOVONTRELI<<ELISIDA<<<<<<<<<<<<<<<<<<<<<<\nU004129073AFG9004126F3404115<<<<<<<<<<<<<<06"
#define KELVARI_VISA                                                                               \
    "P<UTOKELVARI<<ODRIN<<<<<<<<<<<<<<<<<<<<<<<<<\nU004129154AFG8803045M3404115<<<<<<<<<<<<<<06"
/* Somebody else's document with the first one's name and birth date. */
#define NAMESAKE                                                                                   \
    "P<UTOVONTRELI<<ELIZIDA<<<<<<<<<<<<<<<<<<<<<<\nU007777774UTO9004126F3404115<<<<<<<<<<<<<<04"
#define MERENDI                                                                                    \
    "P<UTOMERENDI<<SOLVA<<<<<<<<<<<<<<<<<<<<<<<<<\nU004129235UTO9107049F3404115<<<<<<<<<<<<<<04"

static const struct ptn_officer ana = { .user = "ana", .name = "Ana", .discreet = true };
static const struct ptn_officer arta = { .user = "arta",
                                         .name = "Arta",
                                         .role = PTN_STAFF_SUPERVISOR };

struct fixture {
    char folder[FOLDER_SIZE];
    char dir[DIR_SIZE];
    char *file;
    struct ptn_node *node;
    struct ptn_arena *arena;
    struct ptn_lane_answer answer;
    struct ptn_lane_crossing crossing;
    struct ptn_node_loading loading;
    struct ptn_calls_doing doing;
    struct ptn_calls_look look;
    struct ptn_case_queue queue;
    char call[PTN_LANE_ID_SIZE];
    unsigned done;
};

static void open_node(struct fixture *fixture)
{
    struct ptn_diag diag = { 0 };

    assert_true(ptn_ok(ptn_node_open(ptn_world_real(), fixture->dir, NULL, &fixture->node, &diag)));
    (void)ptn_node_step(fixture->node);
}

/* What a kill leaves: nothing of memory. */
static void open_again(struct fixture *fixture)
{
    ptn_lane_answer_release(&fixture->answer);
    fixture->answer = (struct ptn_lane_answer){ .done = NULL };
    ptn_node_close(fixture->node);
    open_node(fixture);
}

/* A cruise ship's two lists: Vontreli and her cabin, many others, and Kelvari of the crew. */
static void make_file(struct fixture *fixture, unsigned others, const char *imo)
{
    const struct ptn_world *world = ptn_world_real();
    const size_t size = (size_t)1 << 18;
    int64_t now_ms = world->now_ms(world->context);
    struct ptn_date date = ptn_place_local_date(now_ms);
    char head[160];
    size_t len;

    fixture->file = malloc(size);
    assert_non_null(fixture->file);
    (void)snprintf(head, sizeof(head), "MV Utopia Star;%s;C7;ITBRI;ALDRZ;%04u-%02u-%02uT12:00;",
                   imo, date.year, date.month, date.day);
    len = (size_t)snprintf(
        fixture->file, size,
        "Form;Name of ship;IMO number;Voyage number;Last port;Port of arrival;Date of "
        "arrival;Family name;Given names;Date of birth;Gender;Nationality;Nature of identity "
        "document;Number of identity document;Issuing State;Document expiry;Reservation;Rank\n"
        "6;%sVONTRELI;ELIZIDA;1990-04-12;F;UTO;Passport;U00412907;UTO;2034-04-11;7114;\n",
        head);
    for (unsigned i = 0; i < others; i++)
        len += (size_t)snprintf(fixture->file + len, size - len,
                                "6;%sOTHER%u;PERSON;1970-01-%02u;F;UTO;Passport;X%08u;UTO;2034-04-"
                                "11;%u;\n",
                                head, i, i % 28 + 1, i, i / 2);
    len += (size_t)snprintf(fixture->file + len, size - len,
                            "5;%sKELVARI;ODRIN;1988-03-04;M;UTO;Passport;U00412915;UTO;2034-04-"
                            "11;;Second mate\n",
                            head);
    assert_true(len < size);
}

static void load_done(struct ptn_node_loading *loading)
{
    ((struct fixture *)loading->context)->done++;
}

static void load(struct fixture *fixture)
{
    const struct ptn_lane_who who = { &arta, "1" };

    fixture->loading = (struct ptn_node_loading){ .done = load_done, .context = fixture };
    assert_true(
        ptn_ok(ptn_node_manifest_load(fixture->node, &who, ptn_bytes_from_text(fixture->file),
                                      fixture->arena, &fixture->loading, NULL)));
    (void)ptn_node_step(fixture->node);
    assert_true(ptn_ok(fixture->loading.write.status));
    assert_true(ptn_ok(ptn_node_manifest_take(&fixture->loading)));
}

static int begin(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));

    assert_non_null(fixture);
    made_post(ptn_world_real(), PTN_POST_SEAPORT, fixture->folder, fixture->dir);
    fixture->arena = ptn_arena_new(256u << 20);
    make_file(fixture, 0, "9074729");
    open_node(fixture);
    load(fixture);
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
    free(fixture->file);
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

static void call_done(struct ptn_calls_doing *doing)
{
    ((struct fixture *)doing->context)->done++;
}

static void look_done(struct ptn_calls_look *look)
{
    ((struct fixture *)look->context)->done++;
}

static void queue_done(struct ptn_case_queue *queue)
{
    ((struct fixture *)queue->context)->done++;
}

static const struct ptn_arrival *the_voyage(struct fixture *fixture)
{
    struct ptn_arrival *voyages = NULL;
    size_t count = 0;
    uint64_t gone;

    assert_true(ptn_ok(ptn_arrivals_list(ptn_node_arrivals(fixture->node), fixture->arena, &voyages,
                                         &count, &gone)));
    assert_int_equal(count, 1);
    return &voyages[0];
}

static struct ptn_status ask(struct fixture *fixture, const struct ptn_lane_who *who,
                             const struct ptn_calls_ask *what)
{
    struct ptn_status status;

    fixture->doing = (struct ptn_calls_doing){ .done = call_done, .context = fixture };
    status = ptn_calls_do(fixture->node, who, what, fixture->arena, &fixture->doing);
    if (ptn_ok(status)) {
        (void)ptn_node_step(fixture->node);
        assert_true(ptn_ok(fixture->doing.write.status));
    }
    return status;
}

static struct ptn_status open_call(struct fixture *fixture, const struct ptn_officer *officer,
                                   const char *imo, bool enter)
{
    const struct ptn_lane_who who = { officer, "1" };
    const struct ptn_calls_ask what = { .act = PTN_CALL_OPENED,
                                        .arrival = the_voyage(fixture)->id,
                                        .imo = ptn_bytes_from_text(imo),
                                        .passengers_enter = enter };
    struct ptn_status status = ask(fixture, &who, &what);

    if (ptn_ok(status))
        memcpy(fixture->call, fixture->doing.line.id, sizeof(fixture->call));
    return status;
}

static void scan(struct fixture *fixture, const char *lane, const char *mrz, bool out, bool good)
{
    const struct ptn_lane_who who = { &ana, lane };
    const struct ptn_lane_scan question = { .mrz = ptn_bytes_from_text(mrz),
                                            .direction =
                                                out ? PTN_DIRECTION_ENTRY : PTN_DIRECTION_EXIT,
                                            .call = fixture->call,
                                            .for_good = good };

    ptn_lane_answer_release(&fixture->answer);
    fixture->answer = (struct ptn_lane_answer){ .done = scan_done, .context = fixture };
    assert_true(ptn_ok(
        ptn_lane_scan(fixture->node, &who, &question, fixture->arena, &fixture->answer, NULL)));
    (void)ptn_node_step(fixture->node);
    assert_true(ptn_ok(fixture->answer.write.status));
}

static struct ptn_status tally(struct fixture *fixture, const char *lane, bool out, const char *key)
{
    const struct ptn_lane_who who = { &ana, lane };
    const struct ptn_calls_ask what = { .act = out ? PTN_CALL_OUT : PTN_CALL_IN,
                                        .call = fixture->call,
                                        .scan = fixture->answer.scan,
                                        .key = ptn_bytes_from_text(key) };

    return ask(fixture, &who, &what);
}

static struct ptn_calls_counts counts(struct fixture *fixture)
{
    struct ptn_calls_line *lines = NULL;
    size_t count = 0;

    assert_true(ptn_ok(ptn_calls_list(fixture->node, fixture->arena, &lines, &count)));
    assert_int_equal(count, 1);
    assert_string_equal(lines[0].id, fixture->call);
    return lines[0].counts;
}

static void look(struct fixture *fixture)
{
    const struct ptn_lane_who who = { &ana, "1" };

    fixture->look = (struct ptn_calls_look){ .done = look_done, .context = fixture };
    assert_true(
        ptn_ok(ptn_calls_look(fixture->node, &who, fixture->call, fixture->arena, &fixture->look)));
    (void)ptn_node_step(fixture->node);
    assert_true(ptn_ok(fixture->look.write.status));
}

static bool has_reason(const struct fixture *fixture, const char *rule)
{
    const struct ptn_advice *advice = &fixture->answer.advice;

    for (size_t i = 0; i < advice->reason_count; i++)
        if (ptn_bytes_is(advice->reasons[i].rule, rule))
            return true;
    return false;
}

static size_t open_cases(struct fixture *fixture)
{
    const struct ptn_officer second = { .user = "sec", .role = PTN_STAFF_SECOND };
    const struct ptn_lane_who who = { &second, PTN_CASES_LANE };

    fixture->queue = (struct ptn_case_queue){ .done = queue_done, .context = fixture };
    assert_true(ptn_ok(ptn_cases_queue(fixture->node, &who, fixture->arena, &fixture->queue)));
    (void)ptn_node_step(fixture->node);
    return fixture->queue.count;
}

static struct ptn_status settle(struct fixture *fixture, enum ptn_lane_act act)
{
    const struct ptn_lane_who who = { &ana, "1" };
    const struct ptn_lane_settlement settlement = {
        .scan = fixture->answer.scan,
        .act = act,
        .kind = act == PTN_LANE_REFER ? PTN_REFERRAL_CONDITIONS : PTN_REFERRAL_NONE,
        .reason = act == PTN_LANE_RECORD ? PTN_BYTES_NONE : PTN_BYTES_LITERAL("the mate is ill"),
    };
    struct ptn_status status;

    fixture->crossing = (struct ptn_lane_crossing){ .done = crossing_done, .context = fixture };
    status = ptn_lane_settle(fixture->node, &who, &settlement, fixture->arena, &fixture->crossing);
    if (ptn_ok(status)) {
        (void)ptn_node_step(fixture->node);
        assert_true(ptn_ok(fixture->crossing.write.status));
    }
    return status;
}

/* ---- tests ---- */

static void test_calls__a_supervisor_opens_one_for_a_ship_whose_number_is_good(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(open_call(fixture, &ana, "", false).code, PTN_C_BAD_INPUT);
    assert_int_equal(fixture->doing.refusal, PTN_CALLS_NOT_ALLOWED);
    assert_int_equal(open_call(fixture, &arta, "9074728", false).code, PTN_C_BAD_INPUT);
    assert_int_equal(fixture->doing.refusal, PTN_CALLS_NO_SHIP); /* its check digit */
    assert_int_equal(open_call(fixture, &arta, "9999993", false).code, PTN_C_BAD_INPUT);
    assert_int_equal(fixture->doing.refusal, PTN_CALLS_OTHER_SHIP);
    assert_true(ptn_ok(open_call(fixture, &arta, "IMO 9074729", false)));
    assert_string_equal(fixture->doing.line.imo, "9074729");
    assert_int_equal(open_call(fixture, &arta, "", false).code, PTN_C_BAD_INPUT);
    assert_int_equal(fixture->doing.refusal, PTN_CALLS_STANDS);
    assert_false(counts(fixture).all_aboard); /* nobody was counted: nothing can be said */
}

/* SHORE-3, SHORE-4, and after a kill between any two acts. */
static void test_calls__out_and_in_is_known_at_every_lane_and_after_a_kill(void **state)
{
    struct fixture *fixture = *state;

    assert_true(ptn_ok(open_call(fixture, &arta, "", false)));
    scan(fixture, "1", VONTRELI, true, false);
    assert_true(fixture->answer.gangway.listed);
    assert_int_equal(fixture->answer.advice.verdict, PTN_VERDICT_CLEAR);
    assert_true(has_reason(fixture, "call.shore-leave"));
    assert_true(ptn_ok(tally(fixture, "1", true, "k1")));
    assert_int_equal(counts(fixture).ashore, 1);
    open_again(fixture);
    assert_int_equal(counts(fixture).ashore, 1);
    assert_false(counts(fixture).all_aboard);
    look(fixture);
    assert_int_equal(fixture->look.count, 1);
    assert_true(ptn_bytes_is(fixture->look.people[0].person.surname, "VONTRELI"));
    assert_true(ptn_bytes_is(fixture->look.people[0].place, "7114"));
    assert_true(ptn_bytes_is(fixture->look.people[0].lane, "1"));
    assert_true(fixture->look.people[0].since_ms > 0);

    scan(fixture, "2", VONTRELI, true, false); /* again, at another lane */
    assert_int_equal(fixture->answer.gangway.standing, PTN_CALLS_ASHORE);
    assert_int_equal(tally(fixture, "2", true, "k2").code, PTN_C_BAD_INPUT);
    assert_int_equal(fixture->doing.refusal, PTN_CALLS_STANDS_SO);
    assert_true(ptn_bytes_is(fixture->doing.former.lane, "1"));
    assert_int_equal(counts(fixture).ashore, 1);

    scan(fixture, "2", VONTRELI, false, false);
    assert_true(ptn_ok(tally(fixture, "2", false, "k3")));
    assert_true(counts(fixture).all_aboard);
    assert_true(ptn_ok(tally(fixture, "2", false, "k3"))); /* the same key is the same act */
    assert_true(fixture->doing.again);
    open_again(fixture);
    assert_true(counts(fixture).all_aboard);
    assert_int_equal(counts(fixture).out, 1);
    look(fixture);
    assert_int_equal(fixture->look.count, 0);
}

/* SHORE-3 */
static void test_calls__two_lanes_at_once_count_one_person_once(void **state)
{
    struct fixture *fixture = *state;
    const struct ptn_lane_who at[2] = { { &ana, "1" }, { &arta, "2" } };
    char scans[2][PTN_LANE_ID_SIZE];
    struct ptn_calls_doing doings[2];
    unsigned accepted = 0;

    assert_true(ptn_ok(open_call(fixture, &arta, "", false)));
    for (unsigned i = 0; i < 2; i++) {
        scan(fixture, at[i].lane, VONTRELI, true, false);
        memcpy(scans[i], fixture->answer.scan, sizeof(scans[i]));
    }
    for (unsigned i = 0; i < 2; i++) { /* neither is durable when the other comes */
        const struct ptn_calls_ask what = { .act = PTN_CALL_OUT,
                                            .call = fixture->call,
                                            .scan = scans[i] };

        doings[i] = (struct ptn_calls_doing){ .done = call_done, .context = fixture };
        accepted += ptn_ok(ptn_calls_do(fixture->node, &at[i], &what, fixture->arena, &doings[i]));
    }
    assert_int_equal(accepted, 1);
    (void)ptn_node_step(fixture->node);
    assert_int_equal(counts(fixture).ashore, 1);
    assert_int_equal(counts(fixture).out, 1);
}

/* SHORE-4 */
static void test_calls__who_comes_in_uncounted_means_that_not_all_are_known(void **state)
{
    struct fixture *fixture = *state;

    assert_true(ptn_ok(open_call(fixture, &arta, "", false)));
    scan(fixture, "1", VONTRELI, true, false);
    assert_true(ptn_ok(tally(fixture, "1", true, "")));
    scan(fixture, "1", VONTRELI, false, false);
    assert_true(ptn_ok(tally(fixture, "1", false, "")));
    assert_true(counts(fixture).all_aboard);
    scan(fixture, "1", KELVARI, false, false);
    assert_true(ptn_ok(tally(fixture, "1", false, "")));
    assert_int_equal(counts(fixture).uncounted, 1);
    assert_int_equal(counts(fixture).ashore, 0);
    assert_false(counts(fixture).all_aboard);
    open_again(fixture);
    assert_int_equal(counts(fixture).uncounted, 1);
}

/* SHORE-1, SHORE-2 */
static void test_calls__whoever_is_on_no_list_is_referred_and_not_counted(void **state)
{
    struct fixture *fixture = *state;

    assert_true(ptn_ok(open_call(fixture, &arta, "", false)));
    scan(fixture, "1", MERENDI, false, false);
    assert_false(fixture->answer.gangway.listed);
    assert_int_equal(fixture->answer.advice.verdict, PTN_VERDICT_REFER);
    assert_true(has_reason(fixture, "call.stranger"));
    assert_false(has_reason(fixture, "call.shore-leave"));
    assert_int_equal(tally(fixture, "1", false, "").code, PTN_C_BAD_INPUT);
    assert_int_equal(fixture->doing.refusal, PTN_CALLS_NOT_LISTED);
    assert_int_equal(settle(fixture, PTN_LANE_RECORD).code, PTN_C_BAD_INPUT);
    assert_int_equal(settle(fixture, PTN_LANE_OVERRIDE).code, PTN_C_BAD_INPUT);
    assert_true(ptn_ok(settle(fixture, PTN_LANE_REFER)));
    assert_int_equal(counts(fixture).strangers, 1);
    assert_int_equal(open_cases(fixture), 1);
    open_again(fixture);
    assert_int_equal(counts(fixture).strangers, 1);
    assert_int_equal(open_cases(fixture), 1);
}

/* SHORE-1 */
static void test_calls__a_name_on_another_document_is_not_yet_the_passenger(void **state)
{
    struct fixture *fixture = *state;

    assert_true(ptn_ok(open_call(fixture, &arta, "", false)));
    scan(fixture, "1", NAMESAKE, true, false);
    assert_int_equal(fixture->answer.arrival.how, PTN_ARRIVAL_BY_NAME);
    assert_true(has_reason(fixture, "call.other-document"));
    assert_int_equal(fixture->answer.advice.verdict, PTN_VERDICT_REFER);
    assert_int_equal(tally(fixture, "1", true, "").code, PTN_C_BAD_INPUT);
    assert_int_equal(fixture->doing.refusal, PTN_CALLS_NOT_CLEAR);
}

#define LISTED                                                                                     \
    "{\"postern-list\":1,\"made\":\"2026-01-01T00:00:00Z\",\"entries\":1}\n"                       \
    "{\"id\":\"E-1\",\"kind\":\"person\",\"names\":[{\"text\":\"Vontreli, Elizida\",\"alias\":"    \
    "\"primary\"}],\"births\":[\"1990-04-12\"],\"on_entry\":\"refuse\",\"on_exit\":\"refer\","     \
    "\"listed\":\"2025-01-01\"}\n"

static void put_list(struct fixture *fixture)
{
    const struct ptn_world *world = ptn_world_real();
    struct ptn_snapshot_builder *builder = ptn_snapshot_builder_new(world);
    struct ptn_published *published = ptn_published_new(world);
    struct ptn_snapshot_input input = { .name = PTN_BYTES_LITERAL("PUBLISHED"),
                                        .format = PTN_LIST_POSTERN };
    struct ptn_overlay *overlay = NULL;
    struct ptn_list_summary summary;
    char from[DIR_SIZE + 32];
    char path[DIR_SIZE + 32];

    (void)snprintf(from, sizeof(from), "%s/list.ndjson", fixture->dir);
    (void)snprintf(path, sizeof(path), "%s/lists/published.snap", fixture->dir);
    input.path = from;
    assert_true(ptn_ok(world->files->replace(world->context, from, ptn_bytes_from_text(LISTED))));
    assert_true(ptn_ok(ptn_snapshot_builder_add(builder, &input, &summary, NULL)));
    assert_true(ptn_ok(ptn_snapshot_builder_save(builder, path, NULL)));
    ptn_snapshot_builder_free(builder);
    assert_true(ptn_ok(ptn_published_open_lists(published, path, NULL)));
    assert_true(ptn_ok(ptn_published_overlay(
        published, ptn_place_local_date(world->now_ms(world->context)), &overlay)));
    ptn_publishing_put(fixture->node, overlay);
    ptn_published_free(published);
}

/* SHORE-2 */
static void test_calls__a_tally_never_passes_a_stop_by_itself(void **state)
{
    struct fixture *fixture = *state;
    const struct ptn_lane_who who = { &ana, "1" };
    struct ptn_calls_ask what = { .act = PTN_CALL_OUT };

    assert_true(ptn_ok(open_call(fixture, &arta, "", false)));
    put_list(fixture);
    scan(fixture, "1", VONTRELI, true, false);
    assert_int_equal(fixture->answer.advice.verdict, PTN_VERDICT_STOP);
    assert_int_equal(tally(fixture, "1", true, "").code, PTN_C_BAD_INPUT);
    assert_int_equal(fixture->doing.refusal, PTN_CALLS_NOT_CLEAR);
    what.call = fixture->call;
    what.scan = fixture->answer.scan;
    what.reason = PTN_BYTES_LITERAL("not the one who is listed");
    assert_int_equal(ask(fixture, &who, &what).code, PTN_C_BAD_INPUT);
    assert_int_equal(fixture->doing.refusal, PTN_CALLS_NEEDS_SUPERVISOR);
    what.supervisor = &ana;
    assert_int_equal(ask(fixture, &who, &what).code, PTN_C_BAD_INPUT);
    assert_int_equal(fixture->doing.refusal, PTN_CALLS_NEEDS_SUPERVISOR);
    assert_int_equal(counts(fixture).ashore, 0);
    what.supervisor = &arta;
    assert_true(ptn_ok(ask(fixture, &who, &what)));
    assert_int_equal(counts(fixture).ashore, 1);
}

/* SHORE-1: who leaves for good is asked what everybody is asked. */
static void test_calls__signing_off_asks_the_conditions_and_can_be_refused(void **state)
{
    struct fixture *fixture = *state;

    assert_true(ptn_ok(open_call(fixture, &arta, "", false)));
    scan(fixture, "1", KELVARI_VISA, true, false);
    assert_int_equal(fixture->answer.advice.verdict, PTN_VERDICT_CLEAR);
    assert_false(has_reason(fixture, "conditions.visa-missing"));
    scan(fixture, "1", KELVARI_VISA, true, true);
    assert_true(has_reason(fixture, "conditions.visa-missing"));
    assert_false(has_reason(fixture, "call.shore-leave"));
    assert_int_equal(fixture->answer.advice.verdict, PTN_VERDICT_REFER);
    assert_int_equal(tally(fixture, "1", true, "").code, PTN_C_BAD_INPUT);
    assert_int_equal(settle(fixture, PTN_LANE_RECORD).code, PTN_C_BAD_INPUT);
    assert_true(ptn_ok(settle(fixture, PTN_LANE_REFER)));
    assert_int_equal(counts(fixture).referred, 1);
    assert_int_equal(counts(fixture).signed_off, 0);
    scan(fixture, "1", KELVARI_VISA, true, true);
    assert_true(ptn_ok(settle(fixture, PTN_LANE_OVERRIDE)));
    assert_int_equal(counts(fixture).signed_off, 1);
    open_again(fixture);
    assert_int_equal(counts(fixture).signed_off, 1);
    assert_int_equal(counts(fixture).referred, 1);
    scan(fixture, "1", KELVARI_VISA, true, false); /* gone: no shore leave any more */
    assert_int_equal(tally(fixture, "1", true, "").code, PTN_C_BAD_INPUT);
    assert_int_equal(fixture->doing.refusal, PTN_CALLS_STANDS_SO);
}

static void test_calls__a_new_hand_signs_on_and_then_has_shore_leave(void **state)
{
    struct fixture *fixture = *state;

    assert_true(ptn_ok(open_call(fixture, &arta, "", false)));
    scan(fixture, "1", MERENDI, false, true); /* on no list, and none is needed to join */
    assert_false(has_reason(fixture, "call.stranger"));
    assert_true(ptn_ok(settle(fixture, fixture->answer.advice.verdict == PTN_VERDICT_CLEAR
                                           ? PTN_LANE_RECORD
                                           : PTN_LANE_OVERRIDE)));
    assert_int_equal(counts(fixture).signed_on, 1);
}

static void test_calls__passengers_who_enter_are_asked_the_conditions(void **state)
{
    struct fixture *fixture = *state;

    assert_true(ptn_ok(open_call(fixture, &arta, "", true)));
    scan(fixture, "1", VONTRELI_VISA, true, false);
    assert_true(has_reason(fixture, "conditions.visa-missing"));
    scan(fixture, "1", KELVARI_VISA, true, false); /* the crew never are */
    assert_true(has_reason(fixture, "call.shore-leave"));
}

/* CASE-1, SHORE-4 */
static void test_calls__who_is_missing_when_it_is_closed_is_a_case(void **state)
{
    struct fixture *fixture = *state;
    const struct ptn_lane_who officer = { &ana, "1" };
    const struct ptn_lane_who supervisor = { &arta, "1" };
    struct ptn_calls_ask what = { .act = PTN_CALL_CLOSED };

    assert_true(ptn_ok(open_call(fixture, &arta, "", false)));
    scan(fixture, "1", VONTRELI, true, false);
    assert_true(ptn_ok(tally(fixture, "1", true, "")));
    what.call = fixture->call;
    assert_int_equal(ask(fixture, &officer, &what).code, PTN_C_BAD_INPUT);
    assert_int_equal(fixture->doing.refusal, PTN_CALLS_NOT_ALLOWED);
    assert_true(ptn_ok(ask(fixture, &supervisor, &what)));
    for (unsigned start = 0; start < 2; start++) {
        assert_int_equal(counts(fixture).missing, 1);
        assert_int_equal(counts(fixture).ashore, 0);
        assert_false(counts(fixture).all_aboard);
        assert_int_equal(open_cases(fixture), 1);
        assert_string_equal(fixture->queue.lines[0].name, "VONTRELI, ELIZIDA");
        look(fixture);
        assert_int_equal(fixture->look.people[0].standing, PTN_CALLS_NOT_ABOARD);
        assert_string_equal(fixture->look.line.closed_by, "arta");
        open_again(fixture);
    }
    assert_int_equal(ask(fixture, &supervisor, &what).code, PTN_C_BAD_INPUT);
    assert_int_equal(fixture->doing.refusal, PTN_CALLS_OVER);
    fixture->answer = (struct ptn_lane_answer){ .done = scan_done, .context = fixture };
    {
        const struct ptn_lane_scan question = { .mrz = PTN_BYTES_LITERAL(VONTRELI),
                                                .direction = PTN_DIRECTION_EXIT,
                                                .call = fixture->call };

        assert_int_equal(ptn_lane_scan(fixture->node, &officer, &question, fixture->arena,
                                       &fixture->answer, NULL)
                             .code,
                         PTN_C_BAD_INPUT);
        assert_true(fixture->answer.no_call);
    }
}

static void test_calls__somebody_is_found_by_a_part_of_a_name_or_a_cabin(void **state)
{
    static const char *const texts[] = { "ontre", "7114", "u00412907", "KELV", "nobody" };
    struct fixture *fixture = *state;
    const struct ptn_lane_who who = { &ana, "1" };

    assert_true(ptn_ok(open_call(fixture, &arta, "", false)));
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        fixture->look = (struct ptn_calls_look){ .done = look_done, .context = fixture };
        assert_true(ptn_ok(ptn_calls_search(fixture->node, &who, fixture->call,
                                            ptn_bytes_from_text(texts[i]), 10, fixture->arena,
                                            &fixture->look)));
        (void)ptn_node_step(fixture->node);
        assert_int_equal(fixture->look.count, i < 4);
    }
}

/* A row that was picked is tallied like a scan, and the list of 600 is counted out and closed. */
static void test_calls__a_close_with_hundreds_ashore_takes_several_acts(void **state)
{
    struct fixture *fixture = *state;
    const struct ptn_lane_who who = { &ana, "1" };
    const struct ptn_lane_who supervisor = { &arta, "1" };
    struct ptn_calls_ask what = { .act = PTN_CALL_CLOSED };
    unsigned acts = 0;

    free(fixture->file);
    make_file(fixture, 300, "9074729");
    load(fixture);
    assert_true(ptn_ok(open_call(fixture, &arta, "", false)));
    for (unsigned i = 1; i <= 300; i++) {
        struct ptn_lane_scan question = {
            .direction = PTN_DIRECTION_ENTRY, .call = fixture->call, .picked = true, .row = i
        };

        memcpy(question.voyage, the_voyage(fixture)->id, sizeof(question.voyage));
        question.version = the_voyage(fixture)->version;
        ptn_lane_answer_release(&fixture->answer);
        fixture->answer = (struct ptn_lane_answer){ .done = scan_done, .context = fixture };
        assert_true(ptn_ok(
            ptn_lane_scan(fixture->node, &who, &question, fixture->arena, &fixture->answer, NULL)));
        (void)ptn_node_step(fixture->node);
        assert_true(ptn_ok(tally(fixture, "1", true, "")));
        ptn_lane_answer_release(&fixture->answer);
        fixture->answer = (struct ptn_lane_answer){ .done = NULL };
        ptn_arena_clear(fixture->arena);
    }
    assert_int_equal(counts(fixture).ashore, 300);
    what.call = fixture->call;
    do {
        assert_true(ptn_ok(ask(fixture, &supervisor, &what)));
        acts++;
    } while (fixture->doing.left > 0);
    assert_int_equal(acts, 2);
    assert_int_equal(counts(fixture).missing, 300);
    open_again(fixture);
    assert_int_equal(counts(fixture).missing, 300);
    assert_int_equal(open_cases(fixture), 300);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_calls__a_supervisor_opens_one_for_a_ship_whose_number_is_good),
        TEST(test_calls__out_and_in_is_known_at_every_lane_and_after_a_kill),
        TEST(test_calls__two_lanes_at_once_count_one_person_once),
        TEST(test_calls__who_comes_in_uncounted_means_that_not_all_are_known),
        TEST(test_calls__whoever_is_on_no_list_is_referred_and_not_counted),
        TEST(test_calls__a_name_on_another_document_is_not_yet_the_passenger),
        TEST(test_calls__a_tally_never_passes_a_stop_by_itself),
        TEST(test_calls__signing_off_asks_the_conditions_and_can_be_refused),
        TEST(test_calls__a_new_hand_signs_on_and_then_has_shore_leave),
        TEST(test_calls__passengers_who_enter_are_asked_the_conditions),
        TEST(test_calls__who_is_missing_when_it_is_closed_is_a_case),
        TEST(test_calls__somebody_is_found_by_a_part_of_a_name_or_a_cabin),
        TEST(test_calls__a_close_with_hundreds_ashore_takes_several_acts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
