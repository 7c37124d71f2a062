/* Goal: whatever a carrier lays down, each message is in the ledger exactly once, the carrier is
 * told, and the file is where a person looks for it -- wherever the work was cut off. */
#include "node/inbox_int.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "vault/seal.h"

#define ORIGIN   "utopia.example/gateway"
#define START_MS INT64_C(1795800000000)

#define HEAD(control) "UNB+UNOA:4+UT+UTO+261127:0800+" control "++IAPI'"
#define BODY(name)                                                                                 \
    "BGM+745'TDT+20+UT451+++UT'LOC+125+UTA'DTM+189:2611271015:201'LOC+87+TIA'"                     \
    "NAD+FL+++" name ":ANA'DTM+329:800101'RFF+ABO:1'DOC+P+X1'"
#define MESSAGE(ref, name) "UNH+" ref "+PAXLST:D:05B:UN:IATA'" BODY(name) "UNT+11+" ref "'"
#define PART(ref, name, part)                                                                      \
    "UNH+" ref "+PAXLST:D:05B:UN:IATA+common+" part "'" BODY(name) "CNT+42:2'UNT+12+" ref "'"

struct fixture {
    struct ptn_world world; /* the real one, with a clock and files of its own */
    struct ptn_files files;
    char folder[64], dir[80], post_dir[80];
    struct ptn_vault *vault, *post;
    struct ptn_ledger *ledger;
    struct ptn_inbox *inbox;
    struct ptn_reading reading;
};

static int64_t clock_ms;
static unsigned fail_in; /* the nth change of the disk from now fails; 0: never */
static const struct ptn_files *real;

static int64_t now_ms(void *context)
{
    (void)context;
    return clock_ms;
}

static bool fails(void)
{
    return fail_in > 0 && --fail_in == 0;
}

static struct ptn_status replace(void *context, const char *path, struct ptn_bytes bytes)
{
    return fails() ? (struct ptn_status){ PTN_C_IO } : real->replace(context, path, bytes);
}

static struct ptn_status put(void *context, const char *path, struct ptn_bytes bytes)
{
    return fails() ? (struct ptn_status){ PTN_C_IO } : real->put(context, path, bytes);
}

static struct ptn_status settle(void *context, const char *dir)
{
    return fails() ? (struct ptn_status){ PTN_C_IO } : real->settle(context, dir);
}

static struct ptn_status move(void *context, const char *from, const char *to)
{
    return fails() ? (struct ptn_status){ PTN_C_IO } : real->move(context, from, to);
}

static struct ptn_status take_away(void *context, const char *path)
{
    return fails() ? (struct ptn_status){ PTN_C_IO } : real->remove(context, path);
}

static void open_again(struct fixture *fixture)
{
    struct ptn_ledger_reader reader = { .reader = PTN_BYTES_LITERAL("post"),
                                        .month = fixture->reading.month };
    struct ptn_diag diag = { 0 };

    ptn_inbox_close(fixture->inbox);
    ptn_ledger_close(fixture->ledger);
    fixture->inbox = NULL;
    fixture->ledger = NULL;
    assert_true(ptn_ok(
        ptn_ledger_open(&fixture->world, fixture->vault, fixture->dir, &fixture->ledger, NULL)));
    memcpy(reader.key, fixture->reading.key, PTN_READING_KEY_LEN);
    assert_true(ptn_ok(ptn_ledger_readers(fixture->ledger, &reader, 1, NULL)));
    if (!ptn_ok(
            ptn_inbox_open(&fixture->world, fixture->dir, fixture->ledger, &fixture->inbox, &diag)))
        fail_msg("%s", diag.text == NULL ? "no text" : diag.text);
}

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));

    clock_ms = START_MS;
    fail_in = 0;
    fixture->world = *ptn_world_real();
    real = fixture->world.files;
    fixture->files = *real;
    fixture->files.replace = replace;
    fixture->files.put = put;
    fixture->files.settle = settle;
    fixture->files.move = move;
    fixture->files.remove = take_away;
    fixture->world.files = &fixture->files;
    fixture->world.now_ms = now_ms;
    (void)snprintf(fixture->folder, sizeof(fixture->folder), "/tmp/postern-inbox-XXXXXX");
    assert_non_null(mkdtemp(fixture->folder));
    (void)snprintf(fixture->dir, sizeof(fixture->dir), "%s/gateway", fixture->folder);
    (void)snprintf(fixture->post_dir, sizeof(fixture->post_dir), "%s/post", fixture->folder);
    assert_true(ptn_ok(real->make_dir(NULL, fixture->dir)));
    assert_true(ptn_ok(real->make_dir(NULL, fixture->post_dir)));
    assert_true(ptn_ok(ptn_vault_create(&fixture->world, fixture->dir, NULL)));
    assert_true(ptn_ok(ptn_vault_create(&fixture->world, fixture->post_dir, NULL)));
    assert_true(ptn_ok(ptn_reading_make(&fixture->world, fixture->post_dir,
                                        ptn_instant_date(START_MS), &fixture->reading, NULL)));
    assert_true(ptn_ok(ptn_vault_open(&fixture->world, fixture->dir, &fixture->vault, NULL)));
    assert_true(ptn_ok(ptn_vault_open(&fixture->world, fixture->post_dir, &fixture->post, NULL)));
    assert_true(
        ptn_ok(ptn_ledger_create(&fixture->world, fixture->vault, fixture->dir, ORIGIN, NULL)));
    open_again(fixture);
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    char command[128];

    ptn_inbox_close(fixture->inbox);
    ptn_ledger_close(fixture->ledger);
    ptn_vault_close(fixture->vault);
    ptn_vault_close(fixture->post);
    (void)snprintf(command, sizeof(command), "rm -rf %s", fixture->folder);
    assert_int_equal(system(command), 0); /* NOLINT(cert-env33-c): our own folder */
    free(fixture);
    return 0;
}

static void lay_down(struct fixture *fixture, const char *name, const char *text)
{
    char path[1200];

    FILE *file;

    (void)snprintf(path, sizeof(path), "%s/inbox/%s", fixture->dir, name);
    file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
    assert_int_equal(fclose(file), 0);
}

static bool is_in(const struct fixture *fixture, const char *place, const char *name)
{
    char path[1200];

    (void)snprintf(path, sizeof(path), "%s/%s/%s", fixture->dir, place, name);
    return real->exists(NULL, path);
}

/* Whether the answer of that name says so. */
static bool answered(const struct fixture *fixture, const char *name, const char *text)
{
    struct ptn_buffer out = { .len_max = 1u << 20 };
    char path[1200];
    bool found;

    (void)snprintf(path, sizeof(path), "%s/outbox/%s", fixture->dir, name);
    found =
        ptn_ok(real->read(NULL, path, &out)) && memmem(out.at, out.len, text, strlen(text)) != NULL;
    ptn_buffer_release(&out);
    return found;
}

static struct ptn_status work(struct fixture *fixture)
{
    bool more = true;
    struct ptn_status status = PTN_OK;

    while (more && ptn_ok(status))
        status = ptn_inbox_turn(fixture->inbox, &more, NULL);
    return status;
}

static struct ptn_inbox_standing standing(const struct fixture *fixture)
{
    struct ptn_inbox_standing now;

    ptn_inbox_standing(fixture->inbox, &now);
    return now;
}

/* Read the ledger as the post does; every message's own content is asked of `each`. Returns how
 * many records of messages there are. */
static unsigned read_ledger(const struct fixture *fixture,
                            void (*each)(const struct ptn_carrier_message *message))
{
    struct ptn_buffer payload = { .len_max = PTN_PAYLOAD_LEN_MAX };
    struct ptn_ledger *reader = NULL;
    uint64_t size = 0;
    unsigned count = 0;

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
        if (each != NULL)
            each(&message);
    }
    ptn_buffer_release(&payload);
    ptn_ledger_close(reader);
    return count;
}

static void looks_right(const struct ptn_carrier_message *message)
{
    assert_int_equal(message->type, PTN_MESSAGE_PAXLST);
    assert_int_equal(message->verdict, PTN_MESSAGE_ACCEPTED);
    assert_true(ptn_bytes_is(message->sender, "UT"));
    assert_true(ptn_bytes_is(message->reference, "17/M1"));
    assert_true(ptn_bytes_is(message->journey, "UT451 2026-11-27 UTA TIA"));
    assert_true(ptn_bytes_is(message->envelope, HEAD("17")));
    assert_true(ptn_bytes_is(message->raw, MESSAGE("M1", "SPECIMEN")));
    assert_int_equal(message->people, 1);
    assert_int_equal(message->time_ms, START_MS);
}

static void test_inbox__a_message_goes_whole_into_the_ledger_and_is_answered(void **state)
{
    struct fixture *fixture = *state;

    lay_down(fixture, "a.edi", HEAD("17") MESSAGE("M1", "SPECIMEN") "UNZ+1+17'");
    lay_down(fixture, "not-yet.edi.part", HEAD("18"));
    assert_true(ptn_ok(work(fixture)));
    assert_int_equal(read_ledger(fixture, looks_right), 1);
    assert_true(is_in(fixture, "done", "a.edi"));
    assert_true(is_in(fixture, "inbox", "not-yet.edi.part"));
    assert_true(answered(fixture, "a.edi.answer.edi", "RECEIVED. 1 PEOPLE, 0 NOTES"));
    assert_int_equal(standing(fixture).accepted, 1);
    assert_int_equal(standing(fixture).waiting, 0);
    clock_ms += INT64_C(72) * 3600 * 1000; /* a copy is not kept for ever */
    assert_true(ptn_ok(work(fixture)));
    assert_false(is_in(fixture, "done", "a.edi"));
}

static void test_inbox__what_cannot_be_used_is_kept_and_told(void **state)
{
    struct fixture *fixture = *state;

    lay_down(fixture, "cut.edi", HEAD("1") MESSAGE("M1", "A") "UNH+M2+PAXLST:D:05B:UN:IATA'");
    lay_down(fixture, "junk.txt", "Dear sirs,\n");
    lay_down(fixture, "empty.edi", "");
    lay_down(fixture, "test.edi",
             "UNB+UNOA:4+UT+UTO+261127:0800+9++IAPI++++1'" MESSAGE("M1", "A") "UNZ+1+9'");
    lay_down(fixture, "list.csv",
             "Form,Ship,IMO,Voyage,Family name,Nationality,Document number\n"
             "6,MV Specimen,9241061,7,SPECIMEN,UTO,X1\n5,,,,SAILOR,UTO,X2\n");
    assert_true(ptn_ok(work(fixture)));
    assert_int_equal(read_ledger(fixture, NULL), 4); /* two, the junk, the list */
    assert_true(is_in(fixture, "quarantine", "cut.edi"));
    assert_true(answered(fixture, "cut.edi.answer.edi", "unt-missing"));
    assert_true(answered(fixture, "cut.edi.answer.edi", "ERC+R0"));
    assert_true(is_in(fixture, "quarantine", "junk.txt"));
    assert_true(answered(fixture, "junk.txt.answer.txt", "expected: UNA or UNB"));
    assert_true(is_in(fixture, "quarantine", "empty.edi"));
    assert_true(answered(fixture, "test.edi.answer.edi", "++IAPI++++1'"));
    assert_false(is_in(fixture, "done", "test.edi") || is_in(fixture, "inbox", "test.edi"));
    assert_true(is_in(fixture, "done", "list.csv"));
    assert_int_equal(standing(fixture).tests, 1);
    assert_int_equal(standing(fixture).quarantined, 2);
}

static void test_inbox__a_duplicate_is_known_by_content_and_reference(void **state)
{
    struct fixture *fixture = *state;

    lay_down(fixture, "a", HEAD("1") MESSAGE("M1", "A") "UNZ+1+1'");
    assert_true(ptn_ok(work(fixture)));
    lay_down(fixture, "b", HEAD("1") MESSAGE("M1", "A") "UNZ+1+1'");
    assert_true(ptn_ok(work(fixture)));
    assert_int_equal(standing(fixture).duplicates, 1);
    assert_int_equal(read_ledger(fixture, NULL), 1);
    assert_true(answered(fixture, "b.answer.edi", "RECEIVED. 1")); /* and answered again */
    lay_down(fixture, "c", HEAD("2") MESSAGE("M1", "A") "UNZ+1+2'");
    lay_down(fixture, "d", HEAD("1") MESSAGE("M1", "B") "UNZ+1+1'");
    assert_true(ptn_ok(work(fixture)));
    assert_int_equal(standing(fixture).duplicates, 1);
    assert_int_equal(read_ledger(fixture, NULL), 3);
    assert_true(answered(fixture, "c.answer.edi", " again?: "));
    assert_true(answered(fixture, "d.answer.edi", " reference-again?: "));
    /* what another carrier sent is none of its business: GATEWAY-3 */
    lay_down(fixture, "other",
             "UNB+UNOA:4+XX+UTO+261127:0800+9++IAPI'" MESSAGE("M1", "A") "UNZ+1+9'");
    assert_true(ptn_ok(work(fixture)));
    assert_int_equal(read_ledger(fixture, NULL), 4);
    assert_true(answered(fixture, "other.answer.edi", "RECEIVED. 1 PEOPLE, 0 NOTES"));
    open_again(fixture); /* what is known outlives the process */
    lay_down(fixture, "e", HEAD("1") MESSAGE("M1", "A") "UNZ+1+1'");
    assert_true(ptn_ok(work(fixture)));
    assert_int_equal(standing(fixture).duplicates, 1);
    assert_int_equal(read_ledger(fixture, NULL), 4);
}

static void test_inbox__a_retry_after_a_failed_load_is_no_duplicate(void **state)
{
    struct fixture *fixture = *state;

    lay_down(fixture, "a", HEAD("1") "UNH+M1+PAXLST:D:05B:UN:IATA'" BODY("A"));
    assert_true(ptn_ok(work(fixture)));
    assert_int_equal(standing(fixture).quarantined, 1);
    lay_down(fixture, "a", HEAD("1") MESSAGE("M1", "A") "UNZ+1+1'");
    assert_true(ptn_ok(work(fixture)));
    assert_int_equal(standing(fixture).accepted, 1);
    assert_int_equal(standing(fixture).duplicates, 0);
    assert_int_equal(read_ledger(fixture, NULL), 2);
}

static void test_inbox__parts_are_answered_when_the_last_has_come(void **state)
{
    struct fixture *fixture = *state;

    lay_down(fixture, "two", HEAD("2") PART("M2", "B", "02:F") "UNZ+1+2'");
    assert_true(ptn_ok(work(fixture)));
    assert_int_equal(standing(fixture).sets_waiting, 1);
    assert_true(is_in(fixture, "held", "two"));
    assert_int_equal(read_ledger(fixture, NULL), 1); /* kept at once */
    open_again(fixture);                             /* a restart forgets no part */
    assert_true(ptn_ok(work(fixture)));
    assert_int_equal(standing(fixture).sets_waiting, 1);
    assert_int_equal(read_ledger(fixture, NULL), 1);
    lay_down(fixture, "one", HEAD("1") PART("M1", "A", "01:C") "UNZ+1+1'");
    assert_true(ptn_ok(work(fixture)));
    assert_int_equal(read_ledger(fixture, NULL), 2);
    assert_true(answered(fixture, "one.answer.edi", "RECEIVED. 2 PEOPLE, 0 NOTES"));
    assert_int_equal(standing(fixture).sets_waiting, 0);
    assert_true(ptn_ok(work(fixture)));
    assert_true(is_in(fixture, "done", "two"));
}

static void test_inbox__a_part_that_never_comes_is_said(void **state)
{
    struct fixture *fixture = *state;
    struct ptn_bytes key = PTN_BYTES_LITERAL("UT\ncommon");
    uint8_t digest[PTN_SHA256_LEN];
    struct ptn_buffer name = { .len_max = 100 };

    lay_down(fixture, "two", HEAD("2") PART("M2", "B", "02:F") "UNZ+1+2'");
    assert_true(ptn_ok(work(fixture)));
    clock_ms += PTN_ASSEMBLY_TIMEOUT_MS - 1;
    assert_true(ptn_ok(work(fixture)));
    assert_int_equal(standing(fixture).sets_late, 0);
    clock_ms += 1;
    assert_true(ptn_ok(work(fixture)));
    assert_int_equal(standing(fixture).sets_late, 1);
    assert_true(is_in(fixture, "done", "two"));
    assert_true(ptn_ok(ptn_sha256(&key, 1, digest)));
    assert_true(ptn_ok(ptn_buffer_add_text(&name, "part-missing-")));
    assert_true(ptn_ok(ptn_buffer_add_hex(&name, ptn_bytes_of(digest, 8))));
    assert_true(ptn_ok(ptn_buffer_add_text(&name, ".answer.edi")));
    assert_true(ptn_ok(ptn_buffer_add_u8(&name, 0)));
    assert_true(answered(fixture, (const char *)name.at, "NOT ACCEPTED. PART 1 HAS NOT COME"));
    ptn_buffer_release(&name);
}

static uint64_t long_len;

static void count_parts(const struct ptn_carrier_message *message)
{
    long_len += message->raw.len;
    assert_in_range(message->part, 1, message->parts);
}

static void test_inbox__a_long_message_lies_in_parts(void **state)
{
    struct fixture *fixture = *state;
    struct ptn_buffer text = { .len_max = 1u << 20 };

    assert_true(ptn_ok(ptn_buffer_add_text(&text, HEAD("1") "UNH+M1+PAXLST:D:05B:UN:IATA'")));
    assert_true(ptn_ok(ptn_buffer_add_text(&text, BODY("A"))));
    for (unsigned i = 0; i < 8000; i++)
        assert_true(ptn_ok(ptn_buffer_addf(
            &text, "NAD+FL+++PERSON%u:BENJAMIN'DTM+329:800101'DOC+P+A%06u'", i, i)));
    assert_true(ptn_ok(ptn_buffer_add_text(&text, "UNT+24011+M1'UNZ+1+1'")));
    assert_true(ptn_ok(ptn_buffer_add_u8(&text, 0)));
    lay_down(fixture, "long", (const char *)text.at);
    long_len = 0;
    assert_true(ptn_ok(work(fixture)));
    assert_int_equal(read_ledger(fixture, count_parts), 2);
    assert_int_equal(long_len, text.len - 1 - strlen(HEAD("1")) - strlen("UNZ+1+1'"));
    assert_int_equal(standing(fixture).accepted, 1);
    ptn_buffer_release(&text);
}

/* GATEWAY-2: the nth change of the disk fails, for every n; then begin anew, as after a crash. */
static void test_inbox__cut_off_anywhere_nothing_is_lost_or_doubled(void **state)
{
    struct fixture *fixture = *state;
    unsigned before = read_ledger(fixture, NULL);
    bool failed = true;

    for (unsigned nth = 1; failed && nth < 100; nth++) {
        char control[16];
        char text[1024];
        unsigned now;

        for (unsigned i = 0; i < 2; i++) {
            char name[16];

            (void)snprintf(control, sizeof(control), "%u-%u", nth, i);
            (void)snprintf(name, sizeof(name), "file-%u", i);
            (void)snprintf(text, sizeof(text),
                           "UNB+UNOA:4+UT+UTO+261127:0800+%s++IAPI'" MESSAGE("M1", "A")
                               MESSAGE("M2", "B") "UNZ+2+%s'",
                           control, control);
            lay_down(fixture, name, text);
        }
        fail_in = nth;
        failed = !ptn_ok(work(fixture));
        fail_in = 0;
        open_again(fixture);
        assert_true(ptn_ok(work(fixture)));
        now = read_ledger(fixture, NULL);
        if (now != before + 4)
            fail_msg("failure %u: %u messages, not 4", nth, now - before);
        before = now;
        for (unsigned i = 0; i < 2; i++) {
            (void)snprintf(text, sizeof(text), "file-%u", i);
            assert_true(is_in(fixture, "done", text));
            (void)snprintf(text, sizeof(text), "file-%u.answer.edi", i);
            (void)snprintf(control, sizeof(control), "UNZ+2+%u-%u'", nth, i);
            assert_true(answered(fixture, text, control));
        }
    }
    assert_false(failed);
}

static void test_inbox__many_files_are_worked_through(void **state)
{
    struct fixture *fixture = *state;
    unsigned turns = 0;
    bool more = true;

    for (unsigned i = 0; i < 600; i++) {
        char name[16];
        char text[512];

        (void)snprintf(name, sizeof(name), "%05u", i);
        (void)snprintf(text, sizeof(text),
                       "UNB+UNOA:4+UT+UTO+261127:0800+%u'" MESSAGE("M1", "A") "UNZ+1+%u'", i, i);
        lay_down(fixture, name, text);
    }
    while (more) {
        assert_true(ptn_ok(ptn_inbox_turn(fixture->inbox, &more, NULL)));
        turns++;
    }
    assert_in_range(turns, 3, 6);
    assert_int_equal(read_ledger(fixture, NULL), 600);
    assert_int_equal(standing(fixture).files, 600);
}

static void test_inbox__what_it_noted_is_refused_when_damaged(void **state)
{
    struct fixture *fixture = *state;
    struct ptn_buffer file = { .len_max = PTN_INTAKE_FILE_MAX };
    struct ptn_intake_file parsed;
    struct ptn_inbox *inbox = NULL;
    char path[1200];

    lay_down(fixture, "a", HEAD("1") MESSAGE("M1", "A") "UNZ+1+1'");
    assert_true(ptn_ok(work(fixture)));
    (void)snprintf(path, sizeof(path), "%s/intake/current", fixture->dir);
    assert_true(ptn_ok(real->read(NULL, path, &file)));
    assert_true(ptn_ok(ptn_intake_file_parse(ptn_buffer_bytes(&file), &parsed)));
    assert_int_equal(parsed.confirmed + parsed.pending, 1);
    for (size_t i = 0; i < file.len; i++) {
        file.at[i] ^= 0x10;
        assert_int_equal(ptn_intake_file_parse(ptn_buffer_bytes(&file), &parsed).code,
                         PTN_C_BAD_INPUT);
        file.at[i] ^= 0x10;
        assert_int_equal(
            ptn_intake_file_parse(ptn_bytes_slice(ptn_buffer_bytes(&file), 0, i), &parsed).code,
            PTN_C_BAD_INPUT);
    }
    file.at[20] ^= 1;
    assert_true(ptn_ok(real->replace(NULL, path, ptn_buffer_bytes(&file))));
    assert_int_equal(
        ptn_inbox_open(&fixture->world, fixture->dir, fixture->ledger, &inbox, NULL).code,
        PTN_C_CORRUPT);
    ptn_buffer_release(&file);
}

static void test_inbox__what_is_known_is_put_aside_and_bounded(void **state)
{
    struct fixture *fixture = *state;
    struct ptn_intake *intake = NULL;
    struct ptn_intake_row row = { .time_s = 1 };

    assert_true(ptn_ok(ptn_intake_open(&fixture->world, fixture->post_dir, 0, &intake, NULL)));
    for (uint32_t i = 0; i < 5 * PTN_INTAKE_CURRENT; i++) {
        memcpy(row.content + 4, &i, sizeof(i));
        memcpy(row.reference + 4, &i, sizeof(i));
        assert_true(ptn_ok(ptn_intake_add(intake, &row)));
        if (i % 512 == 511) {
            assert_true(ptn_ok(ptn_intake_write(intake, i)));
            ptn_intake_confirm(intake);
        }
    }
    ptn_intake_close(intake);
    /* the ledger is no longer than it was: the last batch was not appended */
    assert_true(ptn_ok(ptn_intake_open(&fixture->world, fixture->post_dir,
                                       5 * PTN_INTAKE_CURRENT - 1, &intake, NULL)));
    for (uint32_t i = 0; i < 5 * PTN_INTAKE_CURRENT; i++) {
        memcpy(row.content + 4, &i, sizeof(i));
        memcpy(row.reference + 4, &i, sizeof(i));
        assert_int_equal(ptn_intake_find(intake, &row),
                         i < 5 * PTN_INTAKE_CURRENT - 512 ? PTN_INTAKE_OURS : PTN_INTAKE_NEW);
    }
    ptn_intake_close(intake);
}

#define BOOKED "UNH+M1+PNRGOV:11:1:IA'MSG+:22'SRC'FOP+CC::800.00:VI:4111111111111111:0317'UNT+5+M1'"

static void has_no_card(const struct ptn_carrier_message *message)
{
    assert_null(memmem(message->raw.at, message->raw.len, "4111111111111111", 16));
    assert_non_null(memmem(message->raw.at, message->raw.len, "XXXXXXXXXXXX1111", 16));
}

/* GATEWAY-7: neither in the ledger nor in a folder, whether it was of use or not, and whatever way
 * it came. */
static void test_inbox__a_payment_cards_number_is_kept_nowhere(void **state)
{
    static const char *const places[] = { "inbox", "done", "quarantine", "held" };
    struct fixture *fixture = *state;
    char command[1200];

    lay_down(fixture, "a.edi", HEAD("17") BOOKED "UNZ+1+17'");
    lay_down(fixture, "b.edi", HEAD("18") BOOKED);
    assert_true(ptn_ok(work(fixture)));
    assert_true(read_ledger(fixture, has_no_card) >= 1);
    assert_false(is_in(fixture, "inbox", "a.edi"));
    assert_false(is_in(fixture, "inbox", "b.edi"));
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        (void)snprintf(command, sizeof(command), "grep -rq 4111111111111111 %s/%s", fixture->dir,
                       places[i]);
        assert_int_not_equal(system(command), 0); /* NOLINT(cert-env33-c): our own folder */
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            test_inbox__a_message_goes_whole_into_the_ledger_and_is_answered, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_inbox__what_cannot_be_used_is_kept_and_told, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_inbox__a_duplicate_is_known_by_content_and_reference,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_inbox__a_retry_after_a_failed_load_is_no_duplicate,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_inbox__parts_are_answered_when_the_last_has_come,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_inbox__a_part_that_never_comes_is_said, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_inbox__a_long_message_lies_in_parts, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_inbox__cut_off_anywhere_nothing_is_lost_or_doubled,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_inbox__many_files_are_worked_through, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_inbox__what_it_noted_is_refused_when_damaged, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_inbox__what_is_known_is_put_aside_and_bounded, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_inbox__a_payment_cards_number_is_kept_nowhere, set_up,
                                        tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
