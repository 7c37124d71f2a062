/* Goal: another system's rows come in whole, once, marked, whatever is wrong with some of them and
 * wherever the run is cut off. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "ledger/ledger.h"
#include "node/import.h"
#include "node/import_int.h"
#include "node/node.h"
#include "node/node_int.h"
#include "vault/vault.h"

#define NOW_MS INT64_C(1795800000000) /* 2026-11-27 */

#define PERMIT "number,kind,until,birth,document-issuer,document-number"

/* ---- the reader ---- */

static struct ptn_status read_one(enum ptn_import_kind kind, const char *csv,
                                  struct ptn_import_row *row, struct ptn_diag *diag)
{
    static struct ptn_arena *arena;
    struct ptn_import_reader reader = { 0 };
    size_t line = 0;
    struct ptn_status status;

    if (arena == NULL)
        arena = ptn_arena_new(1u << 20);
    ptn_arena_clear(arena);
    status = ptn_import_open(&reader, kind, ptn_bytes_from_text(csv), arena, diag);
    return ptn_ok(status) ? ptn_import_next(&reader, arena, row, &line, diag) : status;
}

static void test_import__times_are_read_as_they_are_written(void **state)
{
    static const struct {
        const char *text;
        int64_t time_ms; /* 0: refused */
        struct ptn_date date;
    } cases[] = {
        { "2026-03-01T08:14:00+01:00", INT64_C(1772349240000), { 2026, 3, 1 } },
        { "2026-03-01T07:14Z", INT64_C(1772349240000), { 2026, 3, 1 } },
        { "2026-03-01 08:14", INT64_C(1772349240000), { 2026, 3, 1 } },      /* the wall, winter */
        { "2026-07-01 08:14", INT64_C(1782886440000), { 2026, 7, 1 } },      /* and summer */
        { "2026-06-12T23:59:59Z", INT64_C(1781308799000), { 2026, 6, 13 } }, /* the post's day */
        { "2026-06-11", INT64_C(1781172000000), { 2026, 6, 11 } },           /* noon on the wall */
        { "1969-12-31", 0, { 0, 0, 0 } },
        { "2026-02-30", 0, { 0, 0, 0 } },
        { "2026-XX-01", 0, { 0, 0, 0 } },
        { "2026-03-01T24:00Z", 0, { 0, 0, 0 } },
        { "2026-03-01T08:60Z", 0, { 0, 0, 0 } },
        { "2026-03-01T08", 0, { 0, 0, 0 } },
        { "2026-03-01T08:14:00+0100", 0, { 0, 0, 0 } },
        { "2026-03-01T08:14:00+15:00", 0, { 0, 0, 0 } },
        { "01.03.2026", 0, { 0, 0, 0 } },
        { "", 0, { 0, 0, 0 } },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct ptn_import_row row;
        struct ptn_diag diag = { 0 };
        char csv[256];
        struct ptn_status status;

        (void)snprintf(csv, sizeof(csv), "time,direction,name\n%s,entry,TOVE\n", cases[i].text);
        status = read_one(PTN_IMPORT_CROSSINGS, csv, &row, &diag);
        if (cases[i].time_ms == 0) {
            assert_int_equal(status.code, PTN_C_BAD_INPUT);
            assert_string_equal(diag.text, "time");
            continue;
        }
        assert_true(ptn_ok(status));
        assert_int_equal(row.crossing.time_ms, cases[i].time_ms);
        assert_true(ptn_date_equal(row.crossing.date, cases[i].date));
    }
}

/* INPUT-2. */
static void test_import__a_bad_row_says_its_column_and_the_next_is_read(void **state)
{
    static const struct {
        enum ptn_import_kind kind;
        const char *csv, *why;
    } cases[] = {
        { PTN_IMPORT_CROSSINGS, "time,direction,name\n2026-01-01,in,A\n", "direction" },
        { PTN_IMPORT_CROSSINGS, "time,direction,name,sex\n2026-01-01,entry,A,f\n", "sex" },
        { PTN_IMPORT_CROSSINGS, "time,direction,name,birth\n2026-01-01,entry,A,1.1.80\n", "birth" },
        { PTN_IMPORT_CROSSINGS, "time,direction,name,nationality\n2026-01-01,entry,A,alb\n",
          "nationality" },
        { PTN_IMPORT_CROSSINGS, "time,direction,name,nationality\n2026-01-01,entry,A,ALBA\n",
          "nationality" },
        { PTN_IMPORT_CROSSINGS, "time,direction,name,document-kind\n2026-01-01,entry,A,book\n",
          "document-kind" },
        { PTN_IMPORT_CROSSINGS, "time,direction,name,outcome\n2026-01-01,entry,A,maybe\n",
          "outcome" },
        { PTN_IMPORT_CROSSINGS, "time,direction,name,exempt\n2026-01-01,entry,A,1\n", "exempt" },
        { PTN_IMPORT_CROSSINGS, "time,direction,name\n2026-01-01,entry,\n",
          "neither a name nor a document's number" },
        { PTN_IMPORT_CROSSINGS, "time,direction,name\n2026-01-01,entry\n",
          "other columns than the header" },
        { PTN_IMPORT_CROSSINGS, "time,direction,name\n2026-01-01,entry,\xff\n",
          "bytes that are no UTF-8" },
        { PTN_IMPORT_ALERTS, "action,until,owner,basis,purpose,plate\nlook,2099-01-01,O,B,P,X\n",
          "action" },
        { PTN_IMPORT_ALERTS, "action,until,owner,basis,purpose,plate\nrefer,2099,O,B,P,X\n",
          "until" },
        { PTN_IMPORT_PERMITS, PERMIT "\nC1,visa,2027-01-01,1990,UTO,U1\n", "kind" },
        { PTN_IMPORT_PERMITS, PERMIT "\nC1,residence,2027,1990,UTO,U1\n", "until" },
        { PTN_IMPORT_PERMITS, PERMIT "\nC1,residence,2027-01-01,,UTO,U1\n", "birth" },
        { PTN_IMPORT_PERMITS, PERMIT "\nC1,residence,2027-01-01,1990,,U1\n", "document-issuer" },
        { PTN_IMPORT_PERMITS, PERMIT "\nC1,residence,2027-01-01,1990,UTO,\n", "document-number" },
        { PTN_IMPORT_PERMITS, PERMIT ",status\nC1,residence,2027-01-01,1990,UTO,U1,lost\n",
          "status" },
        { PTN_IMPORT_PERMITS, PERMIT ",entries\nC1,residence,2027-01-01,1990,UTO,U1,many\n",
          "entries" },
        { PTN_IMPORT_PERMITS, PERMIT ",days\nC1,residence,2027-01-01,1990,UTO,U1,90000\n", "days" },
        { PTN_IMPORT_USERS, "user,role\n,officer\n", "user" },
        { PTN_IMPORT_USERS, "user,role\n#a,officer\n", "user" },
        { PTN_IMPORT_USERS, "user,role\na,boss\n", "role" },
        { PTN_IMPORT_USERS, "user,role,password-hash\na,officer,secret\n", "password-hash" },
        { PTN_IMPORT_USERS, "user,role,rights\na,officer,all\n", "rights" },
        { PTN_IMPORT_USERS, "user,role,language\na,officer,fr\n", "language" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct ptn_import_row row;
        struct ptn_diag diag = { 0 };

        assert_int_equal(read_one(cases[i].kind, cases[i].csv, &row, &diag).code, PTN_C_BAD_INPUT);
        assert_string_equal(diag.text, cases[i].why);
        assert_int_equal(diag.offset, 2);
    }
}

static void test_import__a_header_that_is_not_understood_stops_all(void **state)
{
    static const struct {
        const char *csv;
        size_t column;
    } cases[] = {
        { "", 0 },
        { "time,name\n", 0 },                 /* no direction */
        { "time,direction,namex\n", 3 },      /* not known */
        { "time,direction,name,name\n", 4 },  /* twice */
        { "\"time,direction,name\n2026", 1 }, /* cut off */
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct ptn_import_row row;
        struct ptn_diag diag = { 0 };

        assert_int_equal(read_one(PTN_IMPORT_CROSSINGS, cases[i].csv, &row, &diag).code,
                         PTN_C_BAD_INPUT);
        assert_int_equal(diag.offset, cases[i].column);
    }
}

/* ---- into a node ---- */

struct fixture {
    char folder[64], post[80], centre[80];
    struct ptn_world world;
    struct ptn_files files;
    unsigned rejected;
    size_t first_line;
};

static int64_t now_ms(void *context)
{
    (void)context;
    return NOW_MS;
}

static void make(struct fixture *fixture, const char *dir, enum ptn_node_role role)
{
    struct ptn_node_plan plan = {
        .name = "Invented", .code = "land", .role = role, .kind = PTN_POST_LAND, .state = "ALB"
    };
    struct ptn_diag diag = { 0 };

    if (!ptn_ok(ptn_node_make(&fixture->world, dir, &plan, PTN_BYTES_NONE, &diag)))
        fail_msg("%s", diag.text == NULL ? "no text" : diag.text);
}

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));

    fixture->world = *ptn_world_real();
    fixture->files = *fixture->world.files;
    fixture->world.files = &fixture->files;
    fixture->world.now_ms = now_ms;
    (void)snprintf(fixture->folder, sizeof(fixture->folder), "/tmp/postern-import-XXXXXX");
    assert_non_null(mkdtemp(fixture->folder));
    (void)snprintf(fixture->post, sizeof(fixture->post), "%s/post", fixture->folder);
    (void)snprintf(fixture->centre, sizeof(fixture->centre), "%s/centre", fixture->folder);
    make(fixture, fixture->post, PTN_NODE_POST);
    make(fixture, fixture->centre, PTN_NODE_CENTRE);
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    char command[128];

    (void)snprintf(command, sizeof(command), "rm -rf %s", fixture->folder);
    assert_int_equal(system(command), 0); /* NOLINT(cert-env33-c): our own folder */
    free(fixture);
    return 0;
}

static void count_reject(void *context, size_t line, const char *reason)
{
    struct fixture *fixture = context;

    assert_non_null(reason);
    if (fixture->rejected++ == 0)
        fixture->first_line = line;
}

static struct ptn_status import_into(struct fixture *fixture, const char *dir,
                                     enum ptn_import_kind kind, bool dry_run, const char *csv,
                                     struct ptn_import_counts *counts)
{
    const struct ptn_import import = { .kind = kind,
                                       .source = "OLD",
                                       .officer = "a.b",
                                       .dry_run = dry_run,
                                       .context = fixture,
                                       .reject = count_reject };

    fixture->rejected = 0;
    return ptn_import_run(&fixture->world, dir, &import, ptn_bytes_from_text(csv), counts, NULL);
}

static bool all(void *context, uint64_t index, const struct ptn_ledger_header *header)
{
    (void)context;
    (void)index;
    return header->kind == PTN_RECORD_CROSSING || header->kind == PTN_RECORD_ALERT;
}

static struct ptn_status take(void *context, uint64_t index, const struct ptn_ledger_header *header,
                              const struct ptn_buffer *payload, struct ptn_diag *reterr)
{
    struct ptn_arena *arena = ptn_arena_new(1u << 20);
    struct ptn_crossing crossing = { 0 };
    struct ptn_alert alert = { 0 };

    (void)index;
    assert_non_null(payload);
    if (header->kind == PTN_RECORD_CROSSING) {
        assert_true(ptn_ok(ptn_crossing_parse(ptn_buffer_bytes(payload), &crossing, reterr)));
        assert_true(ptn_bytes_is(crossing.imported, "OLD"));
    } else {
        assert_true(ptn_ok(ptn_alert_parse(ptn_buffer_bytes(payload), arena, &alert, reterr)));
        assert_true(ptn_bytes_is(alert.imported, "OLD"));
        assert_true(ptn_bytes_is(alert.officer, "a.b"));
    }
    ptn_arena_free(arena);
    (*(unsigned *)context)++;
    return PTN_OK;
}

/* How many imported records the ledger holds. */
static unsigned records_in(struct fixture *fixture, const char *dir)
{
    unsigned count = 0;
    const struct ptn_ledger_walk walk = { &count, all, take };
    struct ptn_vault *vault = NULL;
    struct ptn_ledger *ledger = NULL;
    uint64_t size = 0;

    assert_true(ptn_ok(ptn_vault_open(&fixture->world, dir, &vault, NULL)));
    assert_true(ptn_ok(ptn_ledger_open_reader(&fixture->world, vault, dir, &ledger, NULL)));
    assert_true(ptn_ok(ptn_ledger_size(ledger, &size, NULL)));
    assert_true(ptn_ok(ptn_ledger_walk(ledger, 0, size, &walk, NULL)));
    ptn_ledger_close(ledger);
    ptn_vault_close(vault);
    return count;
}

static const char three[] = "time,direction,surname,document-number\n"
                            "2026-03-01T08:14:00Z,entry,VELTHURI,U1\n"
                            "2026-03-01T08:14:00Z,exit,VELTHURI,U1\n"
                            "2026-03-02T08:14:00Z,sideways,VELTHURI,U1\n"
                            "2026-03-03T08:14:00Z,entry,KALTROSI,U2\n"
                            "2026-03-03T08:14:00Z,entry,KALTROSI,U2\n";

/* IMPORT-1. */
static void test_import__a_second_run_takes_what_is_not_there(void **state)
{
    static const char more[] =
        "direction;time;document-number;surname\n" /* other order, other sign */
        "entry;2026-03-01T08:14:00Z;U1;VELTHURI\n"
        "entry;2026-03-04T08:14:00Z;U1;VELTHURI\n";
    struct fixture *fixture = *state;
    struct ptn_import_counts counts;
    char known[128];

    assert_true(
        ptn_ok(import_into(fixture, fixture->post, PTN_IMPORT_CROSSINGS, true, three, &counts)));
    assert_int_equal(counts.taken, 3);
    assert_int_equal(records_in(fixture, fixture->post), 0); /* a dry run */
    assert_true(
        ptn_ok(import_into(fixture, fixture->post, PTN_IMPORT_CROSSINGS, false, three, &counts)));
    assert_int_equal(counts.rows, 5);
    assert_int_equal(counts.taken, 3);
    assert_int_equal(counts.there, 1);
    assert_int_equal(counts.rejected, 1);
    assert_int_equal(fixture->rejected, 1);
    assert_int_equal(fixture->first_line, 4);
    assert_true(
        ptn_ok(import_into(fixture, fixture->post, PTN_IMPORT_CROSSINGS, false, more, &counts)));
    assert_int_equal(counts.taken, 1);
    assert_int_equal(counts.there, 1);
    (void)snprintf(known, sizeof(known), "%s/import.known", fixture->post);
    assert_int_equal(unlink(known), 0); /* the ledger says it too */
    assert_true(
        ptn_ok(import_into(fixture, fixture->post, PTN_IMPORT_CROSSINGS, false, more, &counts)));
    assert_int_equal(counts.there, 2);
    assert_int_equal(records_in(fixture, fixture->post), 4);
}

static void test_import__a_file_that_is_cut_off_is_said_and_what_came_before_is_in(void **state)
{
    struct fixture *fixture = *state;
    struct ptn_import_counts counts;

    assert_int_equal(import_into(fixture, fixture->post, PTN_IMPORT_CROSSINGS, false,
                                 "time,direction,name\n2026-01-01,entry,A\n2026-01-02,entry,\"B\n",
                                 &counts)
                         .code,
                     PTN_C_CORRUPT);
    assert_int_equal(counts.taken, 1);
    assert_int_equal(records_in(fixture, fixture->post), 1);
}

/* ---- kill -9 ---- */

static unsigned kill_in; /* at the nth batch, or writing of a file, from now on; 0: never */

static void may_die(void)
{
    if (kill_in > 0 && --kill_in == 0)
        (void)raise(SIGKILL);
}

static void batch_done(void *context, uint64_t rows)
{
    (void)context;
    (void)rows;
    may_die();
}

static struct ptn_status replace(void *context, const char *path, struct ptn_bytes bytes)
{
    struct ptn_status status;

    may_die();
    status = ptn_world_real()->files->replace(context, path, bytes);
    may_die();
    return status;
}

#define MANY 2000u

/* IMPORT-1. */
static void test_import__killed_anywhere_and_run_again_doubles_and_loses_nothing(void **state)
{
    struct fixture *fixture = *state;
    struct ptn_buffer csv = { .len_max = 1u << 20 };
    struct ptn_import_counts counts = { 0 };
    const struct ptn_import import = { .kind = PTN_IMPORT_CROSSINGS,
                                       .source = "OLD",
                                       .progress = batch_done };
    unsigned deaths = 0;

    assert_true(ptn_ok(ptn_buffer_add_text(&csv, "time,direction,surname,document-number\n")));
    for (unsigned i = 0; i < MANY; i++)
        assert_true(
            ptn_ok(ptn_buffer_addf(&csv, "2026-03-%02u,entry,VELTHURI,U%u\n", 1 + i % 28, i)));
    fixture->files.replace = replace;
    for (unsigned step = 1; step < 100; step++) {
        int said = 0;
        pid_t child = fork();

        assert_true(child >= 0);
        if (child == 0) {
            kill_in = step;
            _exit(ptn_ok(ptn_import_run(&fixture->world, fixture->post, &import,
                                        ptn_buffer_bytes(&csv), &counts, NULL))
                      ? 0
                      : 1);
        }
        assert_int_equal(waitpid(child, &said, 0), child);
        if (WIFEXITED(said)) {
            assert_int_equal(WEXITSTATUS(said), 0);
            break;
        }
        deaths++;
    }
    assert_true(deaths >= 3);
    assert_int_equal(records_in(fixture, fixture->post), MANY);
    ptn_buffer_release(&csv);
}

static void test_import__the_node_that_runs_is_left_alone(void **state)
{
    struct fixture *fixture = *state;
    struct ptn_import_counts counts;
    int lock = -1;

    assert_true(ptn_ok(fixture->files.lock(fixture->world.context, fixture->post, &lock)));
    assert_int_equal(
        import_into(fixture, fixture->post, PTN_IMPORT_CROSSINGS, false, three, &counts).code,
        PTN_C_BUSY);
    fixture->files.unlock(fixture->world.context, lock);
}

/* ---- alerts, people ---- */

static void test_import__alerts_go_into_a_centre_and_those_that_are_over_do_not(void **state)
{
    static const char csv[] = "action,until,owner,basis,purpose,surname,plate\n"
                              "refer,2099-01-01,O,B,P,VELTHURI,\n"
                              "seize,2099-01-01,O,B,P,,XA 451 T\n"
                              "refer,2020-01-01,O,B,P,VELTHURI,\n"
                              "refer,2099-01-01,O,B,,VELTHURI,\n"
                              "refer,2099-01-01,O,B,P,,\n";
    struct fixture *fixture = *state;
    struct ptn_import_counts counts;

    assert_int_equal(
        import_into(fixture, fixture->post, PTN_IMPORT_ALERTS, false, csv, &counts).code,
        PTN_C_BAD_INPUT);
    for (unsigned run = 0; run < 2; run++) {
        assert_true(
            ptn_ok(import_into(fixture, fixture->centre, PTN_IMPORT_ALERTS, false, csv, &counts)));
        assert_int_equal(counts.taken, run == 0 ? 2 : 0);
        assert_int_equal(counts.there, run == 0 ? 0 : 2);
        assert_int_equal(counts.rejected, 3);
        assert_int_equal(fixture->first_line, 4);
    }
    assert_int_equal(records_in(fixture, fixture->centre), 2);
}

static void test_import__people_come_without_a_password_and_nobody_is_replaced(void **state)
{
    static const char csv[] = "user,role,name,rights,language\n"
                              "j.kalla,supervisor,Jonida Kalla,discreet,sq\n"
                              "j.kalla,officer,Another,,en\n"
                              "a.bregu,officer,,,\n"
                              "s.x,boss,,,\n";
    struct fixture *fixture = *state;
    struct ptn_officer officer = { .user = "a.bregu", .name = "Agron" };
    struct ptn_import_counts counts;
    struct ptn_node *node = NULL;

    assert_true(ptn_ok(ptn_staff_set(&fixture->world, fixture->post, &officer,
                                     PTN_BYTES_LITERAL("a long password"), NULL)));
    assert_true(ptn_ok(import_into(fixture, fixture->post, PTN_IMPORT_USERS, false, csv, &counts)));
    assert_int_equal(counts.taken, 1);
    assert_int_equal(counts.there, 2);
    assert_int_equal(counts.rejected, 1);
    assert_true(ptn_ok(ptn_node_open(&fixture->world, fixture->post, NULL, &node, NULL)));
    assert_true(ptn_staff_find(node, PTN_BYTES_LITERAL("j.kalla"), &officer));
    assert_int_equal(officer.role, PTN_STAFF_SUPERVISOR);
    assert_true(officer.discreet);
    assert_true(ptn_ok(ptn_staff_check(node, PTN_BYTES_LITERAL("a.bregu"),
                                       PTN_BYTES_LITERAL("a long password"), NULL, &officer)));
    ptn_node_close(node);
}

/* ---- what a post makes of it ---- */

/* On the personnel officer's machine there is no node: a file of people, begun or added to. */
static void test_import__people_come_into_what_is_then_signed(void **state)
{
    static const char csv[] = "user,role,name,rights,language\n"
                              "j.kalla,supervisor,Jonida Kalla,discreet,sq\n"
                              "a.bregu,officer,,,\n";
    struct fixture *fixture = *state;
    struct ptn_import_counts counts;
    struct ptn_buffer people = { .len_max = 1u << 16 };
    struct ptn_staff_member member;
    struct ptn_cursor cursor;
    char path[96];
    size_t line = 0;

    (void)snprintf(path, sizeof(path), "%s/land.people", fixture->folder);
    assert_true(ptn_ok(import_into(fixture, path, PTN_IMPORT_USERS, true, csv, &counts)));
    assert_int_equal(counts.taken, 2);
    assert_false(fixture->world.files->exists(NULL, path));
    for (unsigned run = 0; run < 2; run++) {
        assert_true(ptn_ok(import_into(fixture, path, PTN_IMPORT_USERS, false, csv, &counts)));
        assert_int_equal(counts.taken, run == 0 ? 2 : 0);
        assert_int_equal(counts.there, run == 0 ? 0 : 2);
    }
    assert_true(ptn_ok(fixture->world.files->read(NULL, path, &people)));
    cursor = ptn_cursor_at(ptn_buffer_bytes(&people));
    assert_true(ptn_ok(ptn_staff_parse(&cursor, &line, &member, NULL)));
    assert_string_equal(member.officer.user, "j.kalla");
    assert_int_equal(member.officer.role, PTN_STAFF_SUPERVISOR);
    assert_int_equal(strncmp(member.hash, "$argon2id$", 10), 0);
    assert_true(ptn_ok(ptn_staff_parse(&cursor, &line, &member, NULL)));
    assert_string_equal(member.officer.user, "a.bregu");
    assert_int_equal(ptn_staff_parse(&cursor, &line, &member, NULL).code, PTN_C_NOT_FOUND);
    /* nothing else comes where no node is */
    assert_false(ptn_ok(import_into(fixture, path, PTN_IMPORT_CROSSINGS, false, three, &counts)));
    ptn_buffer_release(&people);
}

static void test_import__a_stay_counts_and_no_lane_has_made_it(void **state)
{
    static const char csv[] = "time,direction,surname,birth,document-issuer,document-number\n"
                              "2026-11-20,exit,VELTHURI,1988-02-03,UTO,U1\n" /* newest first */
                              "2026-11-10,entry,VELTHURI,1988-02-03,UTO,U1\n"
                              "2026-10-01,entry,VELTHURI,1988-02-03,UTO,U1\n";
    struct fixture *fixture = *state;
    struct ptn_person person = { .surname = PTN_BYTES_LITERAL("VELTHURI"),
                                 .birth = { 1988, 2, 3 },
                                 .document = { .issuer = "UTO",
                                               .number = PTN_BYTES_LITERAL("U1") } };
    struct ptn_stay_event events[8];
    uint8_t key[PTN_NODE_ID_LEN];
    struct ptn_import_counts counts;
    struct ptn_node *node = NULL;

    assert_true(
        ptn_ok(import_into(fixture, fixture->post, PTN_IMPORT_CROSSINGS, false, csv, &counts)));
    assert_true(ptn_ok(ptn_node_open(&fixture->world, fixture->post, NULL, &node, NULL)));
    assert_true(ptn_history_key(&person, key));
    assert_int_equal(ptn_history_find(&node->history, key, events, 8), 3);
    assert_int_equal(events[0].date.month, 10);
    assert_int_equal(events[1].date.day, 10);
    assert_int_equal(events[1].move, PTN_STAY_ENTRY);
    assert_int_equal(events[2].move, PTN_STAY_EXIT);
    assert_int_equal(node->line_count, 0);
    /* the other system's records reach further back than the ledger, after a restart, too */
    for (unsigned twice = 0; twice < 2; twice++) {
        const struct ptn_date since = ptn_records_first(&node->since);

        assert_int_equal(node->since.why, PTN_RECORDS_BEGIN);
        assert_int_equal(ptn_date_to_days(since),
                         ptn_date_to_days((struct ptn_date){ 2026, 10, 1 }));
        ptn_node_close(node);
        assert_true(ptn_ok(ptn_node_open(&fixture->world, fixture->post, NULL, &node, NULL)));
    }
    ptn_node_close(node);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_import__times_are_read_as_they_are_written),
        cmocka_unit_test(test_import__a_bad_row_says_its_column_and_the_next_is_read),
        cmocka_unit_test(test_import__a_header_that_is_not_understood_stops_all),
        cmocka_unit_test_setup_teardown(test_import__a_second_run_takes_what_is_not_there, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(
            test_import__a_file_that_is_cut_off_is_said_and_what_came_before_is_in, set_up,
            tear_down),
        cmocka_unit_test_setup_teardown(
            test_import__killed_anywhere_and_run_again_doubles_and_loses_nothing, set_up,
            tear_down),
        cmocka_unit_test_setup_teardown(test_import__the_node_that_runs_is_left_alone, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(
            test_import__alerts_go_into_a_centre_and_those_that_are_over_do_not, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_import__people_come_without_a_password_and_nobody_is_replaced, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_import__people_come_into_what_is_then_signed, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_import__a_stay_counts_and_no_lane_has_made_it, set_up,
                                        tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
