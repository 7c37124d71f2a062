/* Goal: a carrier that is registered, and nobody else, has its message in the ledger exactly once
 * by HTTPS, is answered alike each time, and changes nothing where it is refused -- wherever the
 * work was cut off. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fault.h"
#include "gateway_made.h"
#include "record/alert.h"

#define KEY_A   "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define KEY_B   "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define KEY_C   "cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc"
#define HEADING "postern.carriers/v1\n"
#define WHO     "\t2026-11-01T08:00:00.000Z\tMira Hoxha\tagreement\n"
#define ADD(carrier, key, until, senders, limits)                                                  \
    "add\t" carrier "\t" key "\t" until "\t" senders "\t" limits WHO
#define END(carrier, key)     "end\t" carrier "\t" key WHO
#define BOARDING(carrier, on) "boarding\t" carrier "\t" on WHO
#define REGISTER                                                                                   \
    HEADING ADD("UT", KEY_A, "2026-12-31", "UT,UT-OPS", "600\t1")                                  \
        ADD("XX", KEY_B, "2026-12-31", "XX", "3\t256")

#define HEAD(sender, control) "UNB+UNOA:4+" sender "+UTO+261127:0800+" control "++IAPI'"
#define BODY(name)                                                                                 \
    "BGM+745'TDT+20+UT451+++UT'LOC+125+UTA'DTM+189:2611271015:201'LOC+87+TIA'"                     \
    "NAD+FL+++" name ":ANA'DTM+329:800101'RFF+ABO:1'DOC+P+X1'"
#define MESSAGE(ref, name) "UNH+" ref "+PAXLST:D:05B:UN:IATA'" BODY(name) "UNT+11+" ref "'"
#define PART(ref, name, part)                                                                      \
    "UNH+" ref "+PAXLST:D:05B:UN:IATA+common+" part "'" BODY(name) "CNT+42:2'UNT+12+" ref "'"
#define LIST(sender, control, name) HEAD(sender, control) MESSAGE("M1", name) "UNZ+1+" control "'"

static int set_up(void **state)
{
    return set_up_registered(state, REGISTER);
}

static unsigned boarding_records; /* of those read last that say who was told what */

static unsigned read_ledger(const struct fixture *fixture)
{
    struct ptn_buffer payload = { .len_max = PTN_PAYLOAD_LEN_MAX };
    struct ptn_ledger *reader = NULL;
    uint64_t size = 0;
    unsigned count = 0;

    boarding_records = 0;
    assert_true(ptn_ok(
        ptn_ledger_open_reader(&fixture->world, fixture->post, fixture->dir, &reader, NULL)));
    assert_true(ptn_ok(ptn_ledger_size(reader, &size, NULL)));
    for (uint64_t i = 0; i < size; i++) {
        struct ptn_ledger_header header;
        struct ptn_carrier_message message;

        assert_true(ptn_ok(ptn_ledger_read(reader, i, &header, NULL, NULL)));
        if (header.kind != PTN_RECORD_MESSAGE)
            continue;
        count++;
        ptn_buffer_clear(&payload);
        assert_true(ptn_ok(ptn_ledger_read(reader, i, &header, &payload, NULL)));
        assert_true(ptn_ok(ptn_carrier_message_parse(ptn_buffer_bytes(&payload), &message, NULL)));
        boarding_records += message.boarding.len > 0 ? 1 : 0;
    }
    ptn_buffer_release(&payload);
    ptn_ledger_close(reader);
    return count;
}

static void lay_down(const struct fixture *fixture, const char *name, struct ptn_bytes bytes)
{
    char path[1200];

    (void)snprintf(path, sizeof(path), "%s/inbox/%s", fixture->dir, name);
    assert_true(ptn_ok(real->replace(NULL, path, bytes)));
}

/* Files in a folder of the gateway's. */
static bool count_one(void *context, const char *name)
{
    unsigned *count = context;

    *count += name[0] != '.' ? 1 : 0;
    return true;
}

static unsigned files_in(const struct fixture *fixture, const char *place)
{
    char path[1200];
    unsigned count = 0;

    (void)snprintf(path, sizeof(path), "%s/%s", fixture->dir, place);
    assert_true(ptn_ok(real->list(NULL, path, count_one, &count)));
    return count;
}

struct asked {
    unsigned status;
    struct ptn_status behind;
    char answer[2048];
};

/* As the holder of the key at that place. */
static struct asked ask(struct fixture *fixture, size_t index, const char *verb, const char *path,
                        struct ptn_bytes body)
{
    struct ptn_exchange exchange = { .verb = verb, .path = path, .body = body };
    struct asked asked = { .status = 0 };

    ptn_buffer_init(&exchange.answer, (size_t)16 << 20);
    asked.behind = ptn_carrier_door_answer(fixture->door, index, &exchange, NULL);
    asked.status = exchange.status;
    (void)snprintf(asked.answer, sizeof(asked.answer), "%.*s", (int)exchange.answer.len,
                   exchange.answer.len == 0 ? "" : (const char *)exchange.answer.at);
    ptn_buffer_release(&exchange.answer);
    return asked;
}

static struct asked post(struct fixture *fixture, size_t index, const char *text)
{
    return ask(fixture, index, "POST", "/v1/messages", ptn_bytes_from_text(text));
}

static bool says(const struct asked *asked, unsigned status, const char *text)
{
    return asked->status == status && strstr(asked->answer, text) != NULL;
}

/* ---- the register ---- */

static void test_carriers__a_register_is_read_whole_or_not_at_all(void **state)
{
    static const struct {
        const char *text;
        size_t line; /* 0: good */
        size_t count;
    } cases[] = {
        { HEADING, 0, 0 },
        { REGISTER, 0, 2 },
        { REGISTER END("UT", KEY_A), 0, 2 },
        { REGISTER ADD("UT", KEY_A, "2027-12-31", "UT", "1\t1"), 0, 2 },
        { "", 1, 0 },
        { "postern.carriers/v1", 1, 0 },
        { "postern.carriers/v2\n", 1, 0 },
        { REGISTER BOARDING("UT", "on") BOARDING("UT", "off"), 0, 2 },
        { REGISTER BOARDING("YY", "on"), 4, 0 }, /* no such carrier */
        { REGISTER BOARDING("UT", "bans,alerts") BOARDING("UT", "documents"), 0, 2 },
        { REGISTER BOARDING("UT", "yes"), 4, 0 },
        { REGISTER BOARDING("UT", "bans,"), 4, 0 },
        { REGISTER BOARDING("UT", "off,bans"), 4, 0 },
        { REGISTER END("UT", KEY_A) BOARDING("UT", "on"), 5, 0 },
        { REGISTER "\n", 4, 0 },
        { REGISTER "end\tUT", 4, 0 },
        { REGISTER "end\tUT\t" KEY_A "\n", 4, 0 },
        { REGISTER "more\tUT\t" KEY_C WHO, 4, 0 },
        { REGISTER END("UT", KEY_C), 4, 0 },                             /* never added */
        { REGISTER END("XX", KEY_A), 4, 0 },                             /* another's */
        { REGISTER ADD("XX", KEY_A, "2026-12-31", "XX", "1\t1"), 4, 0 }, /* likewise */
        { REGISTER END("UT", KEY_A) END("UT", KEY_A), 5, 0 },            /* twice */
        { REGISTER END("UT", KEY_A)                                      /* it comes back */
          ADD("UT", KEY_A, "2026-12-31", "UT", "1\t1"),
          5, 0 },
        { HEADING ADD("ut", KEY_A, "2026-12-31", "UT", "1\t1"), 2, 0 },
        { HEADING ADD("U", KEY_A, "2026-12-31", "UT", "1\t1"), 2, 0 },
        { HEADING ADD("-UT", KEY_A, "2026-12-31", "UT", "1\t1"), 2, 0 },
        { HEADING ADD("../UT", KEY_A, "2026-12-31", "UT", "1\t1"), 2, 0 },
        { HEADING ADD("ABCDEFGHIJKLMNOPQ", KEY_A, "2026-12-31", "UT", "1\t1"), 2, 0 },
        { HEADING ADD("UT", "aa", "2026-12-31", "UT", "1\t1"), 2, 0 },
        { HEADING ADD("UT", KEY_A "aa", "2026-12-31", "UT", "1\t1"), 2, 0 },
        { HEADING ADD("UT", KEY_A, "2026-12-XX", "UT", "1\t1"), 2, 0 },
        { HEADING ADD("UT", KEY_A, "2026-02-30", "UT", "1\t1"), 2, 0 },
        { HEADING ADD("UT", KEY_A, "2026-12-31", "", "1\t1"), 2, 0 },
        { HEADING ADD("UT", KEY_A, "2026-12-31", "UT,", "1\t1"), 2, 0 },
        { HEADING ADD("UT", KEY_A, "2026-12-31", ",UT", "1\t1"), 2, 0 },
        { HEADING ADD("UT", KEY_A, "2026-12-31", "A,B,C,D,E,F,G,H,I", "1\t1"), 2, 0 },
        { HEADING ADD("UT", KEY_A, "2026-12-31", "012345678901234567890123456789012345", "1\t1"), 2,
          0 },
        { HEADING ADD("UT", KEY_A, "2026-12-31", "UT", "0\t1"), 2, 0 },
        { HEADING ADD("UT", KEY_A, "2026-12-31", "UT", "1\t65537"), 2, 0 },
        { HEADING ADD("UT", KEY_A, "2026-12-31", "UT", "6001\t1"), 2, 0 },
        { HEADING ADD("UT", KEY_A, "2026-12-31", "UT", "1\t1\t1"), 2, 0 },
        { HEADING "end\tUT\t" KEY_A "\tnow\tMira Hoxha\tagreement\n", 2, 0 },
        { HEADING "add\tUT\t" KEY_A "\t2026-12-31\tUT\t1\t1\t2026-11-01T08:00:00Z\t\twhy\n", 2, 0 },
        { HEADING "add\tUT\t" KEY_A "\t2026-12-31\tUT\t1\t1\t2026-11-01T08:00:00Z\twho\t\n", 2, 0 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct ptn_carriers carriers;
        struct ptn_diag diag = { 0 };
        struct ptn_status status;

        ptn_carriers_init(&carriers);
        status = ptn_carriers_parse(ptn_bytes_from_text(cases[i].text), &carriers, &diag);
        if (ptn_ok(status) != (cases[i].line == 0) ||
            (!ptn_ok(status) && diag.offset != cases[i].line) ||
            (ptn_ok(status) && carriers.count != cases[i].count))
            fail_msg("case %zu: code %u, line %zu, %zu", i, (unsigned)status.code, diag.offset,
                     carriers.count);
        ptn_carriers_release(&carriers);
    }
}

static void test_carriers__an_act_is_written_as_it_is_read(void **state)
{
    struct ptn_buffer out = { .len_max = PTN_CARRIERS_FILE_MAX };
    struct ptn_carriers carriers;
    struct ptn_carrier_act act = { .carrier = PTN_BYTES_LITERAL("UT"),
                                   .until = { 2026, 12, 31 },
                                   .senders = PTN_BYTES_LITERAL("UT,UT-OPS"),
                                   .per_minute = 600,
                                   .mib_a_day = 1,
                                   .officer = PTN_BYTES_LITERAL("Mira Hoxha"),
                                   .reason = PTN_BYTES_LITERAL("agreement") };

    (void)state;
    assert_true(
        ptn_ok(ptn_instant_parse(PTN_BYTES_LITERAL("2026-11-01T08:00:00Z"), &act.time_ms, NULL)));
    memset(act.key, 0xaa, sizeof(act.key));
    assert_true(ptn_ok(ptn_buffer_add(&out, ptn_carriers_head())));
    assert_true(ptn_ok(ptn_carrier_act_write(&act, &out)));
    act.act = PTN_CARRIER_END;
    assert_true(ptn_ok(ptn_carrier_act_write(&act, &out)));
    assert_true(ptn_bytes_is(ptn_buffer_bytes(&out),
                             HEADING ADD("UT", KEY_A, "2026-12-31", "UT,UT-OPS", "600\t1")
                                 END("UT", KEY_A)));
    act.reason = PTN_BYTES_LITERAL("a\tb");
    assert_int_equal(ptn_carrier_act_write(&act, &out).code, PTN_C_BAD_INPUT);
    act.reason = PTN_BYTES_LITERAL("a\nadd");
    assert_int_equal(ptn_carrier_act_write(&act, &out).code, PTN_C_BAD_INPUT);
    ptn_carriers_init(&carriers);
    assert_true(ptn_ok(ptn_carriers_parse(ptn_buffer_bytes(&out), &carriers, NULL)));
    assert_true(carriers.at[0].ended);
    assert_false(ptn_carrier_is_in_force(&carriers.at[0], (struct ptn_date){ 2026, 11, 27 }));
    assert_true(ptn_carrier_sends_as(&carriers.at[0], PTN_BYTES_LITERAL("UT-OPS")));
    assert_false(ptn_carrier_sends_as(&carriers.at[0], PTN_BYTES_LITERAL("UT-OP")));
    assert_false(ptn_carrier_sends_as(&carriers.at[0], PTN_BYTES_LITERAL("UT,UT-OPS")));
    assert_false(ptn_carrier_sends_as(&carriers.at[0], PTN_BYTES_NONE));
    ptn_carriers_release(&carriers);
    ptn_buffer_release(&out);
}

/* GATEWAY-4 */
static void test_carriers__who_is_ended_or_past_the_last_day_may_not_come_in(void **state)
{
    struct fixture *fixture = *state;
    struct ptn_carrier_door_standing standing;
    size_t count = 0;

    assert_int_equal(ptn_carrier_door_keys(fixture->door, &count)[1][0], 0xbb);
    assert_int_equal(count, 2);
    assert_false(ptn_carrier_door_look(fixture->door));
    keep_register(fixture, REGISTER END("UT", KEY_A));
    assert_true(ptn_carrier_door_look(fixture->door));
    assert_int_equal(ptn_carrier_door_keys(fixture->door, &count)[0][0], 0xbb);
    assert_int_equal(count, 1);
    clock_ms += INT64_C(34) * 24 * 3600 * 1000; /* 31 December */
    assert_false(ptn_carrier_door_look(fixture->door));
    clock_ms += INT64_C(24) * 3600 * 1000;
    assert_true(ptn_carrier_door_look(fixture->door));
    (void)ptn_carrier_door_keys(fixture->door, &count);
    assert_int_equal(count, 0);
    clock_ms = START_MS;
    keep_register(fixture, REGISTER);
    assert_true(ptn_carrier_door_look(fixture->door));
    keep_register(fixture, REGISTER "a hand's own line\n"); /* what would it have ended? */
    assert_true(ptn_carrier_door_look(fixture->door));
    (void)ptn_carrier_door_keys(fixture->door, &count);
    ptn_carrier_door_standing(fixture->door, &standing);
    assert_true(count == 0 && standing.unread);
    assert_false(ptn_carrier_door_look(fixture->door));
    keep_register(fixture, REGISTER);
    assert_true(ptn_carrier_door_look(fixture->door));
    ptn_carrier_door_standing(fixture->door, &standing);
    assert_true(standing.keys == 2 && !standing.unread);
}

/* ---- the door ---- */

static void test_carriers__what_is_sent_is_in_the_ledger_and_answered(void **state)
{
    struct fixture *fixture = *state;
    struct asked asked = post(fixture, 0, LIST("UT", "1", "A"));

    assert_true(says(&asked, 200, "RECEIVED. 1 PEOPLE, 0 NOTES"));
    assert_int_equal(read_ledger(fixture), 1);
    asked = post(fixture, 0, "UNB+UNOA:4+UT-OPS+UTO+261127:0800+2'" MESSAGE("M1", "A") "UNZ+1+2'");
    assert_true(asked.status == 204 && asked.answer[0] == '\0');
    asked = post(fixture, 0, "UNB+UNOA:4+UT+UTO+261127:0800+3'" MESSAGE("M1", "B") "UNZ+2+3'");
    assert_true(says(&asked, 200, "unz-count"));
    assert_int_equal(read_ledger(fixture), 3);
    asked = post(fixture, 0,
                 "UNB+UNOA:4+UT+UTO+261127:0800+4++IAPI++++1'" MESSAGE("M1", "C") "UNZ+1+4'");
    assert_true(says(&asked, 200, "++IAPI++++1'")); /* a test: not kept */
    asked = post(fixture, 0,                        /* a ship's list: it has no sender */
                 "Form,Ship,IMO,Voyage,Family name,Nationality,Document number\n"
                 "6,MV Specimen,9241061,7,SPECIMEN,UTO,X1\n5,,,,SAILOR,UTO,X2\n");
    assert_int_equal(asked.status, 204);
    assert_int_equal(read_ledger(fixture), 4);
    assert_int_equal(files_in(fixture, "inbox") + files_in(fixture, "outbox") +
                         files_in(fixture, "done") + files_in(fixture, "quarantine"),
                     0);
}

static void test_carriers__what_cannot_be_used_is_kept_for_a_person(void **state)
{
    struct fixture *fixture = *state;
    struct asked asked = post(fixture, 0, HEAD("UT", "1") "UNH+M1+PAXLST:D:05B:UN:IATA'" BODY("A"));

    assert_true(says(&asked, 422, "unt-missing"));
    assert_int_equal(files_in(fixture, "quarantine"), 1);
    asked = post(fixture, 0, "Dear sirs,\n");
    assert_true(says(&asked, 422, "expected: UNA or UNB"));
    assert_int_equal(files_in(fixture, "quarantine"), 2);
    assert_int_equal(read_ledger(fixture), 2);
    asked = post(fixture, 0, LIST("UT", "1", "A")); /* whole now: no duplicate, no conflict */
    assert_int_equal(asked.status, 200);
    assert_int_equal(read_ledger(fixture), 3);
}

/* GATEWAY-5 */
static void test_carriers__the_same_bytes_get_the_same_answer(void **state)
{
    struct fixture *fixture = *state;
    struct asked first = post(fixture, 0, LIST("UT", "1", "A"));
    struct asked noted = post(fixture, 0, LIST("UT", "2", "A"));
    struct asked again;

    assert_true(says(&noted, 200, " again?: ")); /* the content is known: that is a note */
    for (int round = 0; round < 2; round++) {
        clock_ms += 3600000;
        again = post(fixture, 0, LIST("UT", "1", "A"));
        assert_true(again.status == first.status && strcmp(again.answer, first.answer) == 0);
        again = post(fixture, 0, LIST("UT", "2", "A"));
        assert_true(again.status == noted.status && strcmp(again.answer, noted.answer) == 0);
        open_again(fixture);
    }
    assert_int_equal(read_ledger(fixture), 2);
    assert_int_equal(files_in(fixture, "answered"), 2);
    /* what another carrier sent is none of its business: GATEWAY-3 */
    again = post(fixture, 1, LIST("XX", "1", "A"));
    assert_true(says(&again, 200, "RECEIVED. 1 PEOPLE, 0 NOTES"));
    clock_ms += INT64_C(72) * 3600 * 1000; /* and not for ever */
    {
        bool more = false;

        assert_true(ptn_ok(ptn_inbox_turn(fixture->inbox, &more, NULL)));
    }
    assert_int_equal(files_in(fixture, "answered"), 0);
    again = post(fixture, 0, LIST("UT", "1", "A"));
    assert_true(says(&again, 200, "RECEIVED. 1 PEOPLE"));
    assert_int_equal(read_ledger(fixture), 3);
}

static void test_carriers__a_refused_body_changes_nothing(void **state)
{
    struct fixture *fixture = *state;
    struct asked asked = post(fixture, 0, LIST("UT", "1", "A"));

    /* a good message before the one that is refused; the second part of two, in the third case */
    static const char *const bodies[] = {
        HEAD("UT", "1") MESSAGE("M2", "B") MESSAGE("M1", "OTHER") "UNZ+2+1'",
        HEAD("UT", "5") MESSAGE("M1", "B") MESSAGE("M1", "C") "UNZ+2+5'",
        HEAD("UT", "6") PART("P2", "B", "02:F") "UNZ+1+6'" HEAD("XX", "6")
            MESSAGE("M1", "C") "UNZ+1+6'",
        LIST("", "7", "B"),
    };
    static const unsigned statuses[] = { 409, 409, 403, 403 };

    assert_int_equal(asked.status, 200);
    asked = post(fixture, 0, HEAD("UT", "8") PART("P1", "A", "01:C") "UNZ+1+8'");
    assert_int_equal(asked.status, 202);
    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        struct ptn_inbox_standing before;
        struct ptn_inbox_standing after;

        ptn_inbox_standing(fixture->inbox, &before);
        asked = post(fixture, 0, bodies[i]);
        ptn_inbox_standing(fixture->inbox, &after);
        assert_int_equal(asked.status, statuses[i]);
        assert_non_null(strstr(asked.answer, ": refused\n  "));
        assert_memory_equal(&before, &after, sizeof(before));
        assert_int_equal(read_ledger(fixture), 2);
    }
    asked = post(fixture, 0, HEAD("UT", "6") PART("P2", "B", "02:F") "UNZ+1+6'");
    assert_true(says(&asked, 200, "2 PEOPLE"));
    assert_int_equal(read_ledger(fixture), 3);
}

static void test_carriers__how_much_is_asked_is_bounded(void **state)
{
    struct fixture *fixture = *state;
    struct ptn_bytes none = PTN_BYTES_NONE;
    static uint8_t large[PTN_POST_BODY_MAX + 1];
    struct asked asked;

    for (int i = 0; i < 3; i++)
        assert_int_equal(ask(fixture, 1, "GET", "/v1/messages", none).status, 404);
    assert_int_equal(post(fixture, 1, LIST("XX", "1", "A")).status, 429);
    assert_int_equal(post(fixture, 0, LIST("UT", "1", "A")).status, 200); /* another carrier */
    clock_ms += 60000;
    assert_int_equal(post(fixture, 1, LIST("XX", "1", "A")).status, 200);
    assert_int_equal(ask(fixture, 1, "POST", "/v1/messages", none).status, 400);
    memset(large, ' ', sizeof(large));
    asked = ask(fixture, 1, "POST", "/v1/messages", ptn_bytes_of(large, sizeof(large)));
    assert_int_equal(asked.status, 413);
    asked = ask(fixture, 0, "POST", "/v1/messages", ptn_bytes_of(large, (size_t)1 << 20));
    assert_int_equal(asked.status, 429); /* its MiB of the day has begun */
    clock_ms += INT64_C(24) * 3600 * 1000;
    asked = ask(fixture, 0, "POST", "/v1/messages", ptn_bytes_of(large, (size_t)1 << 20));
    assert_int_equal(asked.status, 422);
    assert_int_equal(ask(fixture, 0, "POST", "/v1/messages?x=1", none).status, 404);
}

#define BANNED                                                                                     \
    "UNH+M%s+PAXLST:D:05B:UN:IATA'BGM+745'TDT+20+UT451+++UT'LOC+125+UTA'DTM+189:2611271015:201'"   \
    "LOC+87+TIA'NAD+FL+++SPECIMEN:ANA'DTM+329:800101'RFF+ABO:1'DOC+P+X1234'LOC+91+UTO'"            \
    "NAD+FL+++OTHER:ANA'DTM+329:800101'RFF+ABO:2'DOC+P+Q9'LOC+91+UTO'UNT+16+M%s'UNZ+1+%s'"

static struct asked post_banned(struct fixture *fixture, size_t index, const char *sender,
                                const char *control)
{
    char text[1024];

    (void)snprintf(text, sizeof(text), "UNB+UNOA:4+%s+UTO+261127:0800+%s++IAPI'" BANNED, sender,
                   control, control, control, control);
    return post(fixture, index, text);
}

static void keep_stops_of(const struct fixture *fixture, unsigned sources, const char *carrier,
                          size_t len)
{
    const struct ptn_boarding_plan plan = { clock_ms + 3600000, sources,
                                            ptn_bytes_from_text(carrier), NULL };
    struct ptn_boarding_press *press = ptn_boarding_press_new(&fixture->world, &plan);
    struct ptn_person listed = { .surname = PTN_BYTES_LITERAL("SPECIMEN"),
                                 .birth = { 1980, 1, 1 },
                                 .document = { .issuer = "UTO",
                                               .number = PTN_BYTES_LITERAL("X1234") } };
    struct ptn_leave leave = { .id = { { 7 } }, .people = &listed, .people_count = 1 };
    struct ptn_alert alert = {
        .id = { { 8 } }, .action = PTN_ALERT_REFUSE, .identities = &listed, .identity_count = 1
    };
    struct ptn_buffer file = { .len_max = PTN_BOARDING_FILE_MAX };
    char path[1200];
    size_t left_out;

    if ((sources & PTN_BOARDING_BANS) != 0)
        assert_true(ptn_ok(ptn_boarding_press_add(press, &leave, START_MS, &left_out)));
    if ((sources & PTN_BOARDING_ALERTS) != 0)
        assert_true(ptn_ok(ptn_boarding_press_alert(press, &alert, &left_out)));
    assert_true(ptn_ok(ptn_boarding_press_write(press, &file)));
    (void)snprintf(path, sizeof(path), "%s/boarding", fixture->dir);
    assert_true(ptn_ok(real->make_dir(NULL, path)));
    (void)snprintf(path, sizeof(path), "%s/boarding/stops", fixture->dir);
    assert_true(
        ptn_ok(real->replace(NULL, path, ptn_bytes_slice(ptn_buffer_bytes(&file), 0, len))));
    ptn_buffer_release(&file);
    ptn_boarding_press_free(press);
}

static void keep_stops(const struct fixture *fixture, bool whole)
{
    keep_stops_of(fixture, PTN_BOARDING_BANS, "", whole ? SIZE_MAX : 99);
}

/* GATEWAY-6: off until somebody turns it on, and with any doubt about the table it says nothing. */
static void test_carriers__who_may_board_is_told_where_it_was_turned_on(void **state)
{
    struct fixture *fixture = *state;
    struct ptn_carrier_door_standing standing;
    struct asked asked;

    keep_stops(fixture, true);
    (void)ptn_carrier_door_look(fixture->door);
    asked = post_banned(fixture, 0, "UT", "1");
    assert_true(says(&asked, 200, "RFF+ABO:1'\nERC+R0'"));
    keep_register(fixture, REGISTER BOARDING("UT", "on"));
    (void)ptn_carrier_door_look(fixture->door);
    asked = post_banned(fixture, 0, "UT", "1"); /* the same bytes: the same answer */
    assert_true(says(&asked, 200, "RFF+ABO:1'\nERC+R0'"));
    asked = post_banned(fixture, 0, "UT", "2");
    assert_true(says(&asked, 200, "RFF+ABO:1'\nERC+1Z'\nERP+2'\nRFF+ABO:2'\nERC+0Z'"));
    assert_null(strstr(asked.answer, "order"));
    asked = post_banned(fixture, 1, "XX", "3");
    assert_true(says(&asked, 200, "RFF+ABO:1'\nERC+R0'"));
    keep_stops(fixture, false); /* damaged */
    (void)ptn_carrier_door_look(fixture->door);
    ptn_carrier_door_standing(fixture->door, &standing);
    assert_true(standing.stops_unread && standing.stops == 0);
    asked = post_banned(fixture, 0, "UT", "4");
    assert_true(says(&asked, 200, "RFF+ABO:1'\nERC+R0'"));
    keep_stops(fixture, true);
    (void)ptn_carrier_door_look(fixture->door);
    clock_ms += 3600001; /* past its hour */
    asked = post_banned(fixture, 0, "UT", "5");
    assert_true(says(&asked, 200, "RFF+ABO:1'\nERC+R0'"));
    assert_int_equal(read_ledger(fixture), 5);
    assert_int_equal(boarding_records, 1);
}

/* GATEWAY-6: between two messages, with no look and no start between them. */
static void test_carriers__another_table_counts_from_the_next_message_on(void **state)
{
    struct fixture *fixture = *state;
    struct ptn_carrier_door_standing standing;
    char path[1200];
    struct asked asked;

    keep_register(fixture, REGISTER BOARDING("UT", "on"));
    (void)ptn_carrier_door_look(fixture->door);
    asked = post_banned(fixture, 0, "UT", "1"); /* there is none */
    assert_true(says(&asked, 200, "RFF+ABO:1'\nERC+R0'"));
    keep_stops(fixture, true);
    asked = post_banned(fixture, 0, "UT", "2");
    assert_true(says(&asked, 200, "RFF+ABO:1'\nERC+1Z'\nERP+2'\nRFF+ABO:2'\nERC+0Z'"));
    keep_stops_of(fixture, PTN_BOARDING_ALERTS, "", SIZE_MAX); /* of which it is not told */
    asked = post_banned(fixture, 0, "UT", "3");
    assert_true(says(&asked, 200, "RFF+ABO:1'\nERC+0Z'"));
    keep_stops_of(fixture, PTN_BOARDING_BANS, "XX", SIZE_MAX); /* another carrier's */
    asked = post_banned(fixture, 0, "UT", "4");
    assert_true(says(&asked, 200, "RFF+ABO:1'\nERC+R0'"));
    keep_stops_of(fixture, PTN_BOARDING_BANS, "UT", SIZE_MAX);
    asked = post_banned(fixture, 0, "UT", "5");
    assert_true(says(&asked, 200, "RFF+ABO:1'\nERC+1Z'"));
    keep_stops(fixture, false); /* damaged */
    asked = post_banned(fixture, 0, "UT", "6");
    assert_true(says(&asked, 200, "RFF+ABO:1'\nERC+R0'"));
    keep_stops(fixture, true);
    asked = post_banned(fixture, 0, "UT", "7");
    assert_true(says(&asked, 200, "RFF+ABO:1'\nERC+1Z'"));
    (void)snprintf(path, sizeof(path), "%s/boarding/stops", fixture->dir);
    assert_true(ptn_ok(real->remove(NULL, path)));
    asked = post_banned(fixture, 0, "UT", "8");
    assert_true(says(&asked, 200, "RFF+ABO:1'\nERC+R0'"));
    ptn_carrier_door_standing(fixture->door, &standing);
    assert_true(!standing.stops_unread && standing.stops == 0 && standing.stops_sources == 0);
}

static void test_carriers__each_is_told_of_its_own_sources(void **state)
{
    struct fixture *fixture = *state;
    struct ptn_carrier_door_standing standing;
    struct asked asked;

    keep_stops_of(fixture, PTN_BOARDING_ALERTS, "", SIZE_MAX);
    keep_register(fixture, REGISTER BOARDING("UT", "alerts,documents") BOARDING("XX", "on"));
    (void)ptn_carrier_door_look(fixture->door);
    asked = post_banned(fixture, 0, "UT", "1");
    assert_true(says(&asked, 200, "RFF+ABO:1'\nERC+1Z'"));
    asked = post_banned(fixture, 1, "XX", "2");
    assert_true(says(&asked, 200, "RFF+ABO:1'\nERC+0Z'"));
    ptn_carrier_door_standing(fixture->door, &standing);
    assert_int_equal(standing.stops_sources, PTN_BOARDING_ALERTS);
    assert_int_equal(standing.stops_lack, PTN_BOARDING_BANS | PTN_BOARDING_DOCUMENTS);
    keep_register(fixture, REGISTER BOARDING("UT", "alerts,documents") BOARDING("UT", "off"));
    (void)ptn_carrier_door_look(fixture->door);
    asked = post_banned(fixture, 0, "UT", "3");
    assert_true(says(&asked, 200, "RFF+ABO:1'\nERC+R0'"));
}

/* So that one carrier's lists keep no other carrier waiting. */
static void test_carriers__a_very_long_list_is_not_asked_who_may_board(void **state)
{
    struct fixture *fixture = *state;
    struct ptn_buffer body = { .len_max = PTN_POST_BODY_MAX };
    struct asked asked;

    keep_stops(fixture, true);
    keep_register(fixture, REGISTER BOARDING("UT", "on"));
    (void)ptn_carrier_door_look(fixture->door);
    assert_true(ptn_ok(ptn_buffer_addf(&body, "UNB+UNOA:4+UT+UTO+261127:0800+1++IAPI'")));
    for (unsigned message = 1; message <= 2; message++) { /* a short one, and one too many */
        assert_true(ptn_ok(ptn_buffer_addf(&body,
                                           "UNH+M%u+PAXLST:D:05B:UN:IATA'BGM+745'"
                                           "TDT+20+UT451+++UT'LOC+125+UTA'LOC+87+TIA'",
                                           message)));
        for (unsigned i = 0; i < (message == 1 ? 1 : PTN_BOARDING_PEOPLE); i++)
            assert_true(ptn_ok(ptn_buffer_addf(&body,
                                               "NAD+FL+++S'DTM+329:800101'RFF+ABO:%u-%u'"
                                               "DOC+P+N%u'LOC+91+UTO'",
                                               message, i, i)));
        assert_true(ptn_ok(ptn_buffer_addf(&body, "UNT+9+M%u'", message)));
    }
    assert_true(ptn_ok(ptn_buffer_add_text(&body, "UNZ+2+1'")));
    asked = ask(fixture, 0, "POST", "/v1/messages", ptn_buffer_bytes(&body));
    assert_true(says(&asked, 200, "RFF+ABO:1-0'\nERC+0Z'"));
    assert_non_null(strstr(asked.answer, "RFF+ABO:2-0'\nERC+R0'"));
    assert_int_equal(read_ledger(fixture), 2);
    assert_int_equal(boarding_records, 1);
    ptn_buffer_release(&body);
}

/* A file is half read when the batch is full: what comes by HTTPS then disturbs nothing of it. */
static void test_carriers__a_file_that_is_half_read_goes_on(void **state)
{
    struct fixture *fixture = *state;
    struct ptn_buffer file = { .len_max = 1u << 20 };
    unsigned total = PTN_BATCH_MESSAGES_MAX * 2 + 7;
    bool more = true;

    assert_true(ptn_ok(ptn_buffer_add_text(&file, HEAD("UT", "99"))));
    for (unsigned i = 0; i < total; i++)
        assert_true(ptn_ok(ptn_buffer_addf(
            &file, "UNH+%u+PAXLST:D:05B:UN:IATA'" BODY("N%u") "UNT+11+%u'", i, i, i)));
    assert_true(ptn_ok(ptn_buffer_addf(&file, "UNZ+%u+99'", total)));
    lay_down(fixture, "long.edi", ptn_buffer_bytes(&file));
    for (unsigned i = 0; more; i++) {
        char text[1024];

        assert_true(ptn_ok(ptn_inbox_turn(fixture->inbox, &more, NULL)));
        (void)snprintf(text, sizeof(text), HEAD("UT", "%u") MESSAGE("M1", "P%u") "UNZ+1+%u'", i, i,
                       i);
        assert_int_equal(post(fixture, 0, text).status, 200);
        total++;
    }
    assert_int_equal(read_ledger(fixture), total);
    assert_int_equal(files_in(fixture, "done"), 1);
    ptn_buffer_release(&file);
}

/* The nth of a kind: a list, one without its end, the first part of two. Which status it gets. */
static unsigned write_body(unsigned kind, unsigned nth, char text[2048])
{
    switch (kind) {
    case 0:
        (void)snprintf(text, 2048, LIST("UT", "%u", "A%u"), nth * 3, nth, nth * 3);
        return 200;
    case 1:
        (void)snprintf(text, 2048, HEAD("UT", "%u") "UNH+M%u+PAXLST:D:05B:UN:IATA'" BODY("A"),
                       nth * 3 + 1, nth);
        return 422;
    default:
        (void)snprintf(text, 2048,
                       HEAD("UT", "%u") "UNH+P+PAXLST:D:05B:UN:IATA+common-%u+01:C'" BODY(
                           "A%u") "CNT+42:2'UNT+12+P'UNZ+1+%u'",
                       nth * 3 + 2, nth, nth, nth * 3 + 2);
        return 202;
    }
}

/* Every change of the disk fails once; the carrier sends again until it is answered. GATEWAY-5. */
static void test_carriers__cut_off_anywhere_nothing_is_lost_or_doubled(void **state)
{
    struct fixture *fixture = *state;
    unsigned sent = 0;
    unsigned failed = 0;

    for (unsigned nth = 1; nth <= 8; nth++) {
        for (unsigned kind = 0; kind < 3; kind++) {
            char text[2048];
            unsigned status = write_body(kind, nth, text);
            struct asked asked;

            clock_ms += 60000;
            fail_in = nth;
            asked = post(fixture, 0, text);
            fail_in = 0;
            sent++;
            if (asked.status == 503) {
                failed++;
                assert_false(ptn_ok(asked.behind));
                open_again(fixture);
                asked = post(fixture, 0, text);
            }
            if (asked.status != status)
                fail_msg("%u, kind %u: %u %s", nth, kind, asked.status, asked.answer);
            assert_int_equal(read_ledger(fixture), sent);
        }
    }
    assert_true(failed >= 5); /* intake/, what is kept, the answer */
}

/* Every allocation fails once: nothing is half done, and the next try is as if there had been none.
 */
static void test_carriers__without_memory_it_is_sent_again(void **state)
{
    struct fixture *fixture = *state;
    unsigned long nth = 0;
    unsigned failed = 0;
    bool armed = true;

    keep_stops(fixture, true);
    keep_register(fixture, REGISTER BOARDING("UT", "on"));
    (void)ptn_carrier_door_look(fixture->door);
    for (unsigned i = 1; armed; i++) {
        char control[16];
        struct asked asked;

        clock_ms += 1000;
        (void)snprintf(control, sizeof(control), "%u", i);
        fault_allocation(++nth, FAULT_ONCE);
        asked = post_banned(fixture, 0, "UT", control);
        armed = fault_off();
        if (asked.status != 200) {
            assert_int_equal(asked.status, 503);
            failed++;
            open_again(fixture); /* as the gateway does */
            asked = post_banned(fixture, 0, "UT", control);
        }
        if (!says(&asked, 200, "RFF+ABO:1'\nERC+1Z'"))
            fail_msg("%lu: %u %s", nth, asked.status, asked.answer);
        assert_int_equal(read_ledger(fixture), i);
    }
    assert_true(failed > 5);
    for (nth = 1, armed = true; armed; nth++) {
        struct ptn_carriers carriers;
        struct ptn_status status;

        ptn_carriers_init(&carriers);
        fault_allocation(nth, FAULT_ONCE);
        status = ptn_carriers_parse(PTN_BYTES_LITERAL(REGISTER), &carriers, NULL);
        armed = fault_off();
        assert_int_equal(status.code, armed ? PTN_C_NO_MEMORY : PTN_C_OK);
        ptn_carriers_release(&carriers);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_carriers__a_register_is_read_whole_or_not_at_all),
        cmocka_unit_test(test_carriers__an_act_is_written_as_it_is_read),
        cmocka_unit_test_setup_teardown(
            test_carriers__who_is_ended_or_past_the_last_day_may_not_come_in, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_carriers__what_is_sent_is_in_the_ledger_and_answered,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_carriers__what_cannot_be_used_is_kept_for_a_person,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_carriers__the_same_bytes_get_the_same_answer, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_carriers__a_refused_body_changes_nothing, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_carriers__how_much_is_asked_is_bounded, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_carriers__who_may_board_is_told_where_it_was_turned_on,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_carriers__another_table_counts_from_the_next_message_on, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_carriers__each_is_told_of_its_own_sources, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_carriers__a_very_long_list_is_not_asked_who_may_board,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_carriers__a_file_that_is_half_read_goes_on, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_carriers__without_memory_it_is_sent_again, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_carriers__cut_off_anywhere_nothing_is_lost_or_doubled,
                                        set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
