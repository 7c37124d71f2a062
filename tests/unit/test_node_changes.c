/* Goal: a carrier is told once, and only once, when what it was told of boarding changes before the
 * plane has gone, wherever the work was cut off; what is kept for that names nobody. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fault.h"
#include "gateway_made.h"
#include "record/alert.h"

#define WHO "\t2026-11-01T08:00:00.000Z\tMira Hoxha\tagreement\n"
#define REGISTER                                                                                   \
    "postern.carriers/v1\nadd\tUT\t"                                                               \
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\t2026-12-"                   \
    "31\tUT\t6000\t64" WHO
#define OTHERS                                                                                     \
    "add\tU-\t"                                                                                    \
    "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb\t2026-12-"                   \
    "31\tXX\t6000\t64" WHO
#define TOLD(what) "boarding\tUT\t" what WHO

/* A message about a flight on 28 November; each @ is its control reference. */
#define FLIGHT(bgm)                                                                                \
    "UNB+UNOA:4+UT+UTO+261127:0800+@++IAPI'UNH+M@+PAXLST:D:05B:UN:IATA'BGM+" bgm "'RFF+TN:T@'"     \
    "TDT+20+UT451+++UT'LOC+125+UTA'DTM+189:2611281015:201'LOC+87+TIA'DTM+232:2611281230:201'"
#define EVENING(bgm)                                                                               \
    "UNB+UNOA:4+UT+UTO+261127:0800+@++IAPI'UNH+M@+PAXLST:D:05B:UN:IATA'BGM+" bgm "'RFF+TN:T@'"     \
    "TDT+20+UT453+++UT'LOC+125+UTA'DTM+189:2611281015:201'LOC+87+TIA'DTM+232:2611281230:201'"
#define ONE   "NAD+FL+++SPECIMEN:ANA'DTM+329:800101'RFF+AVF:LOC1'RFF+ABO:1'DOC+P+X1234'LOC+91+UTO'"
#define OTHER "NAD+FL+++OTHER:ANA'DTM+329:800101'RFF+AVF:LOC1'RFF+ABO:2'DOC+P+Q9'LOC+91+UTO'"
#define TAIL  "UNT+20+M@'UNZ+1+@'"

static int set_up(void **state)
{
    return set_up_registered(state, REGISTER TOLD("on"));
}

static unsigned read_ledger(const struct fixture *fixture)
{
    uint64_t size = 0;
    unsigned count = 0;

    assert_true(ptn_ok(ptn_ledger_size(fixture->ledger, &size, NULL)));
    for (uint64_t i = 0; i < size; i++) {
        struct ptn_ledger_header header;

        assert_true(ptn_ok(ptn_ledger_read(fixture->ledger, i, &header, NULL, NULL)));
        count += header.kind == PTN_RECORD_MESSAGE ? 1 : 0;
    }
    return count;
}

/* The lines of the ledger's last message: what was recorded of who was told what. */
static void last_note(const struct fixture *fixture, char text[512])
{
    struct ptn_buffer payload = { .len_max = PTN_PAYLOAD_LEN_MAX };
    struct ptn_ledger *reader = NULL;
    struct ptn_ledger_header header;
    struct ptn_carrier_message message;
    uint64_t size = 0;

    assert_true(ptn_ok(
        ptn_ledger_open_reader(&fixture->world, fixture->post, fixture->dir, &reader, NULL)));
    assert_true(ptn_ok(ptn_ledger_size(reader, &size, NULL)));
    assert_true(ptn_ok(ptn_ledger_read(reader, size - 1, &header, &payload, NULL)));
    assert_true(ptn_ok(ptn_carrier_message_parse(ptn_buffer_bytes(&payload), &message, NULL)));
    assert_int_equal(message.type, PTN_MESSAGE_CUSRES);
    (void)snprintf(text, 512, "%.*s", (int)message.boarding.len, (const char *)message.boarding.at);
    ptn_buffer_release(&payload);
    ptn_ledger_close(reader);
}

/* What was laid out, taken away at once as whoever serves the carrier does. */
struct out {
    const struct fixture *fixture;
    unsigned count, people; /* files; whom the one that was taken tells of */
    char name[96];
    char text[2048];
};

static bool note_name(void *context, const char *name)
{
    struct out *out = context;

    if (name[0] == '.')
        return true;
    out->count++;
    (void)snprintf(out->name, sizeof(out->name), "%s", name);
    return true;
}

static unsigned take_out(const struct fixture *fixture, struct out *out)
{
    struct ptn_buffer file = { .len_max = 65536 };
    char path[1200];

    *out = (struct out){ .fixture = fixture };
    (void)snprintf(path, sizeof(path), "%s/outbox", fixture->dir);
    assert_true(ptn_ok(real->list(NULL, path, note_name, out)));
    if (out->count > 0) {
        (void)snprintf(path, sizeof(path), "%s/outbox/%s", fixture->dir, out->name);
        assert_true(ptn_ok(real->read(NULL, path, &file)));
        (void)snprintf(out->text, sizeof(out->text), "%.*s", (int)file.len, (const char *)file.at);
        assert_true(ptn_ok(real->remove(NULL, path)));
        for (size_t i = 0; i + 4 < file.len; i++)
            out->people += memcmp(file.at + i, "ERP+2", 5) == 0 ? 1 : 0;
    }
    ptn_buffer_release(&file);
    return out->count;
}

static unsigned told_files(const struct fixture *fixture)
{
    struct out out = { .fixture = fixture };
    char path[1200];

    (void)snprintf(path, sizeof(path), "%s/boarding/told", fixture->dir);
    (void)ptn_ok(real->list(NULL, path, note_name, &out));
    return out.count;
}

static const uint8_t first_salt[PTN_SHA256_LEN] = { 1 };
static const uint8_t other_salt[PTN_SHA256_LEN] = { 2 };

/* A table that stops whoever has one of those documents; an empty one is none. */
static void keep_stops_of(const struct fixture *fixture, const char *const numbers[2],
                          const uint8_t *salt)
{
    const struct ptn_boarding_plan plan = { clock_ms + 72 * INT64_C(3600000), PTN_BOARDING_SOURCES,
                                            PTN_BYTES_NONE, salt };
    struct ptn_boarding_press *press = ptn_boarding_press_new(&fixture->world, &plan);
    struct ptn_buffer file = { .len_max = PTN_BOARDING_FILE_MAX };
    char path[1200];
    size_t left_out;

    for (size_t i = 0; i < 2; i++) {
        const struct ptn_person listed = {
            .surname = PTN_BYTES_LITERAL("SPECIMEN"),
            .birth = { 1980, 1, 1 },
            .document = { .issuer = "UTO", .number = ptn_bytes_from_text(numbers[i]) }
        };
        const struct ptn_leave leave = { .id = { { 7 } }, .people = &listed, .people_count = 1 };

        if (numbers[i][0] != '\0')
            assert_true(ptn_ok(ptn_boarding_press_add(press, &leave, START_MS, &left_out)));
    }
    assert_true(ptn_ok(ptn_boarding_press_write(press, &file)));
    (void)snprintf(path, sizeof(path), "%s/boarding", fixture->dir);
    assert_true(ptn_ok(real->make_dir(NULL, path)));
    (void)snprintf(path, sizeof(path), "%s/boarding/stops", fixture->dir);
    assert_true(ptn_ok(real->replace(NULL, path, ptn_buffer_bytes(&file))));
    ptn_buffer_release(&file);
    ptn_boarding_press_free(press);
}

static void keep_stops(const struct fixture *fixture, const char *number, const uint8_t *salt)
{
    keep_stops_of(fixture, (const char *const[]){ number, "" }, salt);
}

static void keep_both(const struct fixture *fixture)
{
    keep_stops_of(fixture, (const char *const[]){ "X1234", "Q9" }, first_salt);
}

/* True: it was answered so. */
static bool post(struct fixture *fixture, const char *form, const char *control, const char *wanted)
{
    struct ptn_exchange exchange = { .verb = "POST", .path = "/v1/messages" };
    char text[2048] = "";
    char answer[4096];
    size_t len = 0;

    for (; *form != '\0'; form++)
        len += (size_t)snprintf(text + len, sizeof(text) - len, "%.*s", *form == '@' ? 15 : 1,
                                *form == '@' ? control : form);
    exchange.body = ptn_bytes_from_text(text);
    ptn_buffer_init(&exchange.answer, (size_t)16 << 20);
    (void)ptn_ok(ptn_carrier_door_answer(fixture->door, 0, &exchange, NULL));
    (void)snprintf(answer, sizeof(answer), "%.*s", (int)exchange.answer.len,
                   exchange.answer.len == 0 ? "" : (const char *)exchange.answer.at);
    ptn_buffer_release(&exchange.answer);
    return exchange.status == 200 && strstr(answer, wanted) != NULL;
}

/* As the gateway does between two looks. */
static struct ptn_status turn(struct fixture *fixture)
{
    struct ptn_status status = PTN_OK;

    (void)ptn_carrier_door_look(fixture->door);
    for (unsigned i = 0; i < 4 && ptn_ok(status); i++)
        status = ptn_carrier_door_turn(fixture->door, NULL);
    return status;
}

#define BOTH_BOARD "RFF+ABO:1'\nERC+0Z'\nERP+2'\nRFF+AVF:LOC1'\nRFF+ABO:2'\nERC+0Z'"

/* GATEWAY-8 */
static void test_changes__a_carrier_is_told_once_of_each(void **state)
{
    struct fixture *fixture = *state;
    struct ptn_carrier_door_standing standing;
    struct out out;

    keep_stops(fixture, "", first_salt);
    (void)ptn_carrier_door_look(fixture->door);
    assert_true(post(fixture, FLIGHT("745") ONE OTHER TAIL, "1", BOTH_BOARD));
    assert_true(ptn_ok(turn(fixture)));
    assert_int_equal(take_out(fixture, &out), 0); /* nothing has changed */
    assert_int_equal(told_files(fixture), 1);
    keep_stops(fixture, "X1234", first_salt);
    assert_true(ptn_ok(turn(fixture)));
    assert_int_equal(take_out(fixture, &out), 1);
    assert_int_equal(strncmp(out.name, "UT-changed-", 11), 0);
    assert_non_null(strstr(out.name, "-1.answer.edi"));
    assert_int_equal(strncmp(out.text, "UNB+UNOA:4+UTO+UT+", 18), 0);
    assert_non_null(strstr(out.text, "UNH+1+CUSRES:D:05B:UN:IATA'\nBGM+132'\nRFF+TN:T1'\n"
                                     "RFF+AF:UT451'\nDTM+189:2611281015:201'\n"
                                     "DTM+232:2611281230:201'\nLOC+125+UTA'\nLOC+87+TIA'\n"
                                     "ERP+2'\nRFF+AVF:LOC1'\nRFF+ABO:1'\nERC+1Z'\nUNT+13+1'\n"));
    assert_null(strstr(out.text, "ABO:2")); /* of whom nothing has changed */
    assert_null(strstr(out.text, "order"));
    assert_int_equal(read_ledger(fixture), 2);
    open_again(fixture);
    assert_true(ptn_ok(turn(fixture)));
    assert_int_equal(take_out(fixture, &out), 0);
    keep_stops(fixture, "Q9", first_salt); /* one is free, the other is stopped */
    assert_true(ptn_ok(turn(fixture)));
    assert_int_equal(take_out(fixture, &out), 1);
    assert_non_null(strstr(out.name, "-2.answer.edi"));
    assert_non_null(strstr(out.text, "RFF+ABO:1'\nERC+0Z'"));
    assert_non_null(strstr(out.text, "RFF+ABO:2'\nERC+1Z'"));
    assert_int_equal(read_ledger(fixture), 3);
    ptn_carrier_door_standing(fixture->door, &standing);
    assert_int_equal(standing.changes, 1); /* since it was opened */
    assert_int_equal(standing.changes_flights, 1);
}

/* A table that frees a whole ship: told in several, everybody once. */
static void test_changes__more_than_an_answer_holds_is_told_in_several(void **state)
{
    struct fixture *fixture = *state;
    struct ptn_buffer text = { .len_max = (size_t)1 << 20 };
    struct ptn_exchange exchange = { .verb = "POST", .path = "/v1/messages" };
    const unsigned people = 1203;
    unsigned told = 0;
    struct out out;

    keep_stops(fixture, "X1234", first_salt);
    (void)ptn_carrier_door_look(fixture->door);
    assert_true(ptn_ok(ptn_buffer_add_text(
        &text, "UNB+UNOA:4+UT+UTO+261127:0800+1++IAPI'UNH+M1+PAXLST:D:05B:UN:IATA'BGM+745'"
               "RFF+TN:T1'TDT+20+UT451+++UT'LOC+125+UTA'DTM+189:2611281015:201'LOC+87+TIA'")));
    for (unsigned i = 0; i < people; i++)
        assert_true(ptn_ok(ptn_buffer_addf(&text,
                                           "NAD+FL+++SPECIMEN:ANA'DTM+329:800101'RFF+ABO:%u'"
                                           "DOC+P+X1234'LOC+91+UTO'",
                                           i)));
    assert_true(ptn_ok(ptn_buffer_add_text(&text, "UNT+9+M1'UNZ+1+1'")));
    exchange.body = ptn_buffer_bytes(&text);
    ptn_buffer_init(&exchange.answer, (size_t)16 << 20);
    assert_true(ptn_ok(ptn_carrier_door_answer(fixture->door, 0, &exchange, NULL)));
    assert_int_equal(exchange.status, 200);
    ptn_buffer_release(&exchange.answer);
    keep_stops(fixture, "", first_salt);
    (void)ptn_carrier_door_look(fixture->door);
    assert_true(ptn_ok(ptn_carrier_door_turn(fixture->door, NULL)));
    for (unsigned files = 3; files > 0; files--) {
        assert_int_equal(take_out(fixture, &out), files);
        told += out.people;
    }
    assert_int_equal(told, people);
    assert_int_equal(read_ledger(fixture), 1 + 3);
    ptn_buffer_release(&text);
}

/* What failed at one flight is no reason to pass the others over. */
static void test_changes__a_flight_that_failed_keeps_no_other_back(void **state)
{
    struct fixture *fixture = *state;
    unsigned told = 0;
    struct out out;

    keep_stops(fixture, "", first_salt);
    (void)ptn_carrier_door_look(fixture->door);
    assert_true(post(fixture, FLIGHT("745") ONE OTHER TAIL, "1", BOTH_BOARD));
    assert_true(post(fixture, EVENING("745") ONE OTHER TAIL, "2", BOTH_BOARD));
    assert_int_equal(told_files(fixture), 2);
    keep_stops(fixture, "X1234", first_salt);
    (void)ptn_carrier_door_look(fixture->door);
    fail_in = 1;
    assert_false(ptn_ok(ptn_carrier_door_turn(fixture->door, NULL)));
    assert_true(ptn_ok(ptn_carrier_door_turn(fixture->door, NULL)));
    while (take_out(fixture, &out) > 0)
        told++;
    assert_int_equal(told, 2);
}

/* Of each change, and of nobody whose answer is as it was. */
static void test_changes__why_is_recorded_of_those_who_are_told(void **state)
{
    struct fixture *fixture = *state;
    struct out out;
    char note[512];

    keep_stops(fixture, "X1234", first_salt);
    (void)ptn_carrier_door_look(fixture->door);
    assert_true(post(fixture, FLIGHT("745") ONE TAIL, "2", "ERC+1Z"));
    assert_true(post(fixture, FLIGHT("745") OTHER TAIL, "1", "ERC+0Z"));
    keep_both(fixture);
    assert_true(ptn_ok(turn(fixture)));
    assert_int_equal(take_out(fixture, &out), 1);
    assert_int_equal(out.people, 1);
    last_note(fixture, note);
    assert_int_equal(strncmp(note, "changed 1 no 1 table ", 21), 0);
    assert_non_null(strstr(note, " told bans\n1 no-board order.banned 07"));
    assert_null(strstr(note, "\n2 "));
    keep_stops(fixture, "", first_salt);
    assert_true(ptn_ok(turn(fixture)));
    assert_int_equal(take_out(fixture, &out), 1);
    assert_int_equal(out.people, 2); /* of two messages of theirs */
    assert_non_null(strstr(out.text, "UNH+1+CUSRES:D:05B:UN:IATA'\nBGM+132'\nRFF+TN:T1'"));
    assert_non_null(strstr(out.text, "UNH+2+CUSRES:D:05B:UN:IATA'\nBGM+132'\nRFF+TN:T2'"));
    last_note(fixture, note);
    assert_int_equal(strncmp(note, "changed 2 no 0 table ", 21), 0);
}

static void test_changes__the_last_answer_counts(void **state)
{
    struct fixture *fixture = *state;
    struct out out;

    keep_stops(fixture, "", first_salt);
    (void)ptn_carrier_door_look(fixture->door);
    assert_true(post(fixture, FLIGHT("745") ONE OTHER TAIL, "1", BOTH_BOARD));
    keep_stops(fixture, "X1234", first_salt);
    /* sent again before anybody looked: it is told in the answer, and not a second time */
    assert_true(post(fixture, FLIGHT("745+CP") ONE TAIL, "2", "RFF+ABO:1'\nERC+1Z'"));
    assert_true(ptn_ok(turn(fixture)));
    assert_int_equal(take_out(fixture, &out), 0);
    keep_stops(fixture, "", first_salt);
    assert_true(ptn_ok(turn(fixture)));
    assert_int_equal(take_out(fixture, &out), 1);
    assert_non_null(strstr(out.text, "RFF+TN:T2'")); /* under the transaction they came in last */
    assert_non_null(strstr(out.text, "RFF+ABO:1'\nERC+0Z'"));
}

static void test_changes__who_does_not_travel_is_nobody_to_tell_of(void **state)
{
    static const struct {
        const char *text;
        unsigned told; /* files afterwards */
        bool nobody;
    } ends[] = { { FLIGHT("745+XR") ONE TAIL, 1, true },
                 { FLIGHT("745+RP") ONE TAIL, 1, true },
                 { FLIGHT("745+XR") OTHER TAIL, 1, false },
                 { FLIGHT("266+XF") TAIL, 0, true },
                 { FLIGHT("266+CLOB") ONE TAIL, 0, true } };
    struct fixture *fixture = *state;

    for (unsigned i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        char control[16];
        struct out out;

        keep_stops(fixture, "", first_salt);
        (void)ptn_carrier_door_look(fixture->door);
        (void)snprintf(control, sizeof(control), "A%u", i);
        assert_true(post(fixture, FLIGHT("745") ONE OTHER TAIL, control, BOTH_BOARD));
        assert_true(ptn_ok(turn(fixture)));
        (void)take_out(fixture, &out);
        (void)snprintf(control, sizeof(control), "B%u", i);
        (void)post(fixture, ends[i].text, control, "");
        assert_int_equal(told_files(fixture), ends[i].told);
        keep_stops(fixture, "X1234", first_salt);
        assert_true(ptn_ok(turn(fixture)));
        if ((take_out(fixture, &out) == 0) != ends[i].nobody)
            fail_msg("case %u: %s", i, out.text);
    }
}

static void test_changes__nobody_is_told_where_nothing_can_be_said(void **state)
{
    struct fixture *fixture = *state;
    struct ptn_carrier_door_standing standing;
    struct out out;

    keep_stops(fixture, "", first_salt);
    (void)ptn_carrier_door_look(fixture->door);
    assert_true(post(fixture, FLIGHT("745") ONE OTHER TAIL, "1", BOTH_BOARD));
    keep_stops(fixture, "X1234", other_salt); /* it opens with other tags */
    assert_true(ptn_ok(turn(fixture)));
    assert_int_equal(take_out(fixture, &out), 0);
    ptn_carrier_door_standing(fixture->door, &standing);
    assert_int_equal(standing.changes_blind, 1);
    keep_register(fixture, REGISTER TOLD("documents")); /* not told of bans any more */
    keep_stops(fixture, "X1234", first_salt);
    assert_true(ptn_ok(turn(fixture)));
    assert_int_equal(take_out(fixture, &out), 0);
    keep_register(fixture, REGISTER TOLD("off"));
    assert_true(ptn_ok(turn(fixture)));
    assert_int_equal(take_out(fixture, &out), 0);
    keep_register(fixture, REGISTER TOLD("on"));
    clock_ms = INT64_C(1795865400000) + 1; /* 2026-11-28 11:30 UTC: it has landed */
    keep_stops(fixture, "X1234", first_salt);
    assert_true(ptn_ok(turn(fixture)));
    assert_int_equal(take_out(fixture, &out), 0);
    assert_int_equal(told_files(fixture), 0);
}

/* GATEWAY-8: each change of the disk fails once, and the gateway is started again. */
static void test_changes__cut_off_anywhere_it_is_told_once(void **state)
{
    struct fixture *fixture = *state;
    unsigned failed = 0;
    unsigned ledger = 1;
    bool stopped = false;

    keep_stops(fixture, "", first_salt);
    (void)ptn_carrier_door_look(fixture->door);
    assert_true(post(fixture, FLIGHT("745") ONE OTHER TAIL, "1", BOTH_BOARD));
    for (unsigned nth = 1; nth <= 12; nth++) {
        struct ptn_status status;
        struct out out;
        unsigned now;

        stopped = !stopped;
        clock_ms += 1000;
        keep_stops(fixture, stopped ? "X1234" : "", first_salt);
        fail_in = nth;
        status = turn(fixture);
        failed += ptn_ok(status) ? 0 : 1;
        fail_in = 0;
        now = take_out(fixture, &out); /* taken away at once */
        if (!ptn_ok(status))
            open_again(fixture);
        assert_true(ptn_ok(turn(fixture)));
        now += take_out(fixture, &out);
        if (now != 1)
            fail_msg("%u: told %u times", nth, now);
        assert_int_equal(read_ledger(fixture), ++ledger);
        assert_int_equal(told_files(fixture), 1);
    }
    assert_true(failed >= 6); /* .next, intake/, the answer, two moves, what makes them durable */
}

static void test_changes__without_memory_it_is_told_later_and_once(void **state)
{
    struct fixture *fixture = *state;
    unsigned long nth = 0;
    unsigned failed = 0;
    unsigned ledger = 1;
    bool stopped = false;
    bool armed = true;

    keep_stops(fixture, "", first_salt);
    (void)ptn_carrier_door_look(fixture->door);
    assert_true(post(fixture, FLIGHT("745") ONE OTHER TAIL, "1", BOTH_BOARD));
    while (armed) {
        struct ptn_status status;
        struct out out;
        unsigned now;

        stopped = !stopped;
        clock_ms += 1000;
        keep_stops(fixture, stopped ? "X1234" : "", first_salt);
        (void)ptn_carrier_door_look(fixture->door);
        fault_allocation(++nth, FAULT_ONCE);
        status = ptn_carrier_door_turn(fixture->door, NULL);
        armed = fault_off();
        failed += ptn_ok(status) ? 0 : 1;
        now = take_out(fixture, &out);
        if (!ptn_ok(status))
            open_again(fixture);
        assert_true(ptn_ok(turn(fixture)));
        now += take_out(fixture, &out);
        if (now != 1)
            fail_msg("%lu: told %u times", nth, now);
        assert_int_equal(read_ledger(fixture), ++ledger);
    }
    assert_true(failed > 5);
}

/* ---- by HTTPS ---- */

/* What the carrier is given when it says that it has this one. */
static unsigned fetch(struct fixture *fixture, size_t index, const char *has, char text[2048])
{
    struct ptn_exchange exchange = { .verb = "POST",
                                     .path = "/v1/changes",
                                     .body = ptn_bytes_from_text(has) };

    ptn_buffer_init(&exchange.answer, (size_t)16 << 20);
    assert_true(ptn_ok(ptn_carrier_door_answer(fixture->door, index, &exchange, NULL)));
    (void)snprintf(text, 2048, "%.*s", (int)exchange.answer.len,
                   exchange.answer.len == 0 ? "" : (const char *)exchange.answer.at);
    ptn_buffer_release(&exchange.answer);
    return exchange.status;
}

static void reference_of(const char *text, char reference[15])
{
    const char *at = strstr(text, "UNZ+1+");

    assert_non_null(at);
    (void)snprintf(reference, 15, "%s", at + 6);
}

static void test_changes__by_https_each_is_given_until_the_carrier_says_it_has_it(void **state)
{
    struct fixture *fixture = *state;
    char first[2048];
    char text[2048];
    char reference[15];

    keep_register(fixture, REGISTER TOLD("on") OTHERS);
    keep_stops(fixture, "", first_salt);
    (void)ptn_carrier_door_look(fixture->door);
    assert_true(post(fixture, FLIGHT("745") ONE OTHER TAIL, "1", BOTH_BOARD));
    assert_int_equal(fetch(fixture, 0, "", text), 204);
    for (unsigned i = 0; i < 11; i++) { /* -10 comes after -2 */
        clock_ms += 1000;
        keep_stops(fixture, i % 2 == 0 ? "X1234" : "", first_salt);
        assert_true(ptn_ok(turn(fixture)));
    }
    assert_int_equal(fetch(fixture, 0, "", first), 200);
    assert_int_equal(fetch(fixture, 0, "", text), 200);
    assert_string_equal(text, first); /* who fell before it was read asks again */
    reference_of(first, reference);
    assert_int_equal(fetch(fixture, 1, reference, text), 204); /* another carrier */
    assert_int_equal(fetch(fixture, 0, "00000000000000", text), 200);
    assert_string_equal(text, first);
    for (unsigned i = 0; i < 11; i++) {
        assert_int_equal(fetch(fixture, 0, i == 0 ? "" : reference, text), 200);
        assert_non_null(strstr(text, i % 2 == 0 ? "ERC+1Z" : "ERC+0Z"));
        reference_of(text, reference);
        assert_int_equal(strtoul(reference + 10, NULL, 10), i + 1);
    }
    assert_int_equal(fetch(fixture, 0, reference, text), 204);
    assert_int_equal(fetch(fixture, 0, reference, text), 204);
}

/* ---- the file ---- */

static void test_changes__what_was_told_is_kept_without_a_name(void **state)
{
    static const char *const hidden[] = { "SPECIMEN", "ANA", "X1234", "1234", "800101", "1980" };
    struct fixture *fixture = *state;
    struct ptn_buffer file = { .len_max = PTN_TOLD_FILE_MAX };
    struct ptn_buffer again = { .len_max = PTN_TOLD_FILE_MAX };
    struct ptn_arena *arena = ptn_arena_new((size_t)4 << 20);
    struct out out = { .fixture = fixture };
    struct ptn_told told;
    char path[1200];

    keep_stops(fixture, "", first_salt);
    (void)ptn_carrier_door_look(fixture->door);
    assert_true(post(fixture, FLIGHT("745") ONE OTHER TAIL, "1", BOTH_BOARD));
    (void)snprintf(path, sizeof(path), "%s/boarding/told", fixture->dir);
    assert_true(ptn_ok(real->list(NULL, path, note_name, &out)));
    (void)snprintf(path, sizeof(path), "%s/boarding/told/%s", fixture->dir, out.name);
    assert_true(ptn_ok(real->read(NULL, path, &file)));
    for (size_t i = 0; i < sizeof(hidden) / sizeof(hidden[0]); i++)
        assert_null(memmem(file.at, file.len, hidden[i], strlen(hidden[i])));
    assert_true(ptn_ok(ptn_told_parse(ptn_buffer_bytes(&file), arena, &told)));
    assert_int_equal(told.person_count, 2);
    assert_true(ptn_bytes_is(told.people[0].transaction, "T1"));
    assert_true(ptn_ok(ptn_told_write(&told, &again)));
    assert_true(ptn_bytes_equal(ptn_buffer_bytes(&file), ptn_buffer_bytes(&again)));
    for (size_t i = 0; i < file.len; i++) {
        file.at[i] ^= 1;
        assert_int_equal(ptn_told_parse(ptn_buffer_bytes(&file), arena, &told).code,
                         PTN_C_BAD_INPUT);
        file.at[i] ^= 1;
        assert_int_equal(ptn_told_parse(ptn_bytes_of(file.at, i), arena, &told).code,
                         PTN_C_BAD_INPUT);
    }
    /* one that is damaged is of nobody: the next answer begins it anew */
    file.at[100] ^= 1;
    assert_true(ptn_ok(real->replace(NULL, path, ptn_buffer_bytes(&file))));
    assert_true(ptn_ok(turn(fixture)));
    assert_int_equal(told_files(fixture), 0);
    assert_true(post(fixture, FLIGHT("745") ONE OTHER TAIL, "2", BOTH_BOARD));
    assert_int_equal(told_files(fixture), 1);
    ptn_arena_free(arena);
    ptn_buffer_release(&file);
    ptn_buffer_release(&again);
}

static void test_changes__a_plane_has_surely_gone_when_it_landed_or_half_a_day_later(void **state)
{
    const struct ptn_manifest_time ten = { { 2026, 11, 28 }, 10, 15, true };
    const struct ptn_manifest_time noon = { { 2026, 11, 28 }, 12, 30, true };
    const struct ptn_manifest_time day = { { 2026, 11, 28 }, 0, 0, false };
    struct ptn_manifest_flight flight = { .departure = ten, .arrival = noon };

    (void)state;
    /* 12:30 at Tirana is 11:30 UTC */
    assert_true(ptn_told_until(&flight, START_MS) == INT64_C(1795865400000));
    flight.arrival.date = PTN_DATE_NONE;
    assert_true(ptn_told_until(&flight, START_MS) == INT64_C(1795904100000)); /* 22:15 */
    flight.departure = day; /* at midnight somewhere, and half a day */
    assert_true(ptn_told_until(&flight, START_MS) == INT64_C(1795953600000));
    flight.departure.date = PTN_DATE_NONE;
    assert_true(ptn_told_until(&flight, START_MS) == START_MS + INT64_C(86400000));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_changes__a_carrier_is_told_once_of_each, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_changes__more_than_an_answer_holds_is_told_in_several,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_changes__a_flight_that_failed_keeps_no_other_back,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_changes__why_is_recorded_of_those_who_are_told, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_changes__the_last_answer_counts, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_changes__who_does_not_travel_is_nobody_to_tell_of,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_changes__nobody_is_told_where_nothing_can_be_said,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_changes__cut_off_anywhere_it_is_told_once, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_changes__without_memory_it_is_told_later_and_once,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_changes__by_https_each_is_given_until_the_carrier_says_it_has_it, set_up,
            tear_down),
        cmocka_unit_test_setup_teardown(test_changes__what_was_told_is_kept_without_a_name, set_up,
                                        tear_down),
        cmocka_unit_test(test_changes__a_plane_has_surely_gone_when_it_landed_or_half_a_day_later),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
