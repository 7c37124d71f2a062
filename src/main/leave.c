/* main/leave.c -- postern leave: orders to leave the country, from the centre's own machine. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "main/commands.h"
#include "main/leave_int.h"
#include "main/publish.h"
#include "node/country.h"
#include "view/search.h"
#include "view/view.h"

static const char usage[] =
    "usage: postern leave order DIR --officer NAME [FILE]          order people to leave\n"
    "       postern leave extend DIR ID --until TIME --officer NAME --reason TEXT\n"
    "       postern leave annul DIR ID --officer NAME --reason TEXT\n"
    "       postern leave paper DIR ID --nth N --sheet SERIAL --officer NAME --reason TEXT\n"
    "       postern leave print DIR ID --out FILE.pdf --officer NAME [--nth N]\n"
    "                                                      a page a person, to hand over\n"
    "       postern leave list DIR [--reference REF]   who has left, where and when, as JSON\n"
    "DIR is a centre's. FILE (else stdin) is the order as JSON: reference, issuer, deadline, "
    "people\n"
    "(docs/format/published.md). A later deadline and an annulment take a reason away: they do\n"
    "nothing until an offline note names them (postern order remove).\n";

struct asked {
    const char *verb, *dir, *rest;
    const char *officer, *reason, *until, *nth, *sheet, *reference, *out;
};

static int fail(const char *what, struct ptn_status status, const struct ptn_diag *diag)
{
    ptn_say_failure(what, status, diag);
    return ptn_exit_for(status);
}

static struct ptn_status publish(const struct asked *asked, const struct ptn_leave *what,
                                 struct ptn_diag *reterr)
{
    const struct ptn_world *world = ptn_world_real();
    struct ptn_buffer payload = { .len_max = PTN_RECORD_LEN_MAX };
    struct ptn_leave leave = *what;
    char code[PTN_NODE_CODE_MAX + 1];
    char id[PTN_RECORD_ID_TEXT_SIZE];
    struct ptn_status status = ptn_publish_centre(world, asked->dir, code, reterr);

    if (!ptn_ok(status))
        return status;
    if (ptn_record_id_is_none(leave.id))
        world->random(world->context, leave.id.at, sizeof(leave.id.at));
    leave.time_ms = world->now_ms(world->context);
    leave.post = ptn_bytes_from_text(code);
    leave.officer = ptn_bytes_from_text(asked->officer);
    status = ptn_leave_validate(&leave, reterr);
    if (ptn_ok(status))
        status = ptn_leave_write(&leave, &payload);
    if (ptn_ok(status))
        status = ptn_publish_hand(world, asked->dir, PTN_RECORD_LEAVE, ptn_buffer_bytes(&payload),
                                  reterr);
    if (ptn_ok(status))
        (void)printf("%s\n", ptn_record_id_write(leave.id, id));
    ptn_buffer_release(&payload);
    return status;
}

static int order(const struct asked *asked)
{
    struct ptn_buffer body = { .len_max = PTN_REQUEST_PUBLISH_MAX };
    struct ptn_arena *arena = ptn_arena_new((size_t)4 << 20);
    struct ptn_leave leave;
    struct ptn_diag diag = { 0 };
    struct ptn_status status = { PTN_C_NO_MEMORY };

    if (arena != NULL)
        status = ptn_publish_body(ptn_world_real(), asked->rest, &body);
    if (ptn_ok(status))
        status = ptn_request_leave_parse(ptn_buffer_bytes(&body), arena, &leave, &diag);
    if (ptn_ok(status) && leave.act != PTN_LEAVE_ORDERED)
        status = ptn_fail(PTN_C_BAD_INPUT, &diag, 0, "changes have verbs of their own here");
    if (ptn_ok(status))
        status = publish(asked, &leave, &diag);
    ptn_buffer_release(&body);
    ptn_arena_free(arena);
    return ptn_ok(status) ? PTN_EXIT_DONE : fail("nothing is ordered", status, &diag);
}

static int change(const struct asked *asked, enum ptn_leave_act act)
{
    struct ptn_leave leave = { .act = act,
                               .reason = ptn_bytes_from_text(asked->reason),
                               .sheet = ptn_bytes_from_text(asked->sheet) };
    struct ptn_diag diag = { 0 };
    struct ptn_status status =
        ptn_record_id_parse(ptn_bytes_from_text(asked->rest), &leave.id, &diag);

    if (ptn_ok(status) && act == PTN_LEAVE_EXTENDED)
        status = ptn_instant_parse(ptn_bytes_from_text(asked->until), &leave.deadline_ms, &diag);
    if (ptn_ok(status) && act == PTN_LEAVE_PAPER &&
        !ptn_decimal_read(ptn_bytes_from_text(asked->nth), 128, &leave.nth))
        status = ptn_fail(PTN_C_BAD_INPUT, &diag, 0, "--nth is 1 to 128");
    if (ptn_ok(status))
        status = publish(asked, &leave, &diag);
    return ptn_ok(status) ? PTN_EXIT_DONE : fail("nothing is changed", status, &diag);
}

struct listing {
    struct ptn_json *json;
    struct ptn_view *view; /* NULL: who has left is not known */
    struct ptn_arena *arena;
    int64_t now_ms;
    const char *reference; /* NULL: all */
};

/* Where and when, with the entry that proves it. Nobody is named: the desk does that, and records
 * the look. */
static void write_people(const struct listing *listing, const struct ptn_published_order *one)
{
    struct ptn_json *json = listing->json;
    size_t count = one->leave.people_count + one->leave.dependant_count;

    ptn_json_key(json, "people");
    ptn_json_array(json);
    for (size_t nth = 1; nth <= count; nth++) {
        struct ptn_leave_row row;

        ptn_arena_clear(listing->arena);
        row = ptn_leave_row(listing->view, one, nth, listing->now_ms, listing->arena);
        ptn_json_object(json);
        ptn_json_field_number(json, "nth", (int64_t)nth);
        ptn_json_field_text(json, "state", ptn_bytes_from_text(ptn_leave_state_word(row.state)));
        if (row.crossing != NULL) {
            ptn_json_field_text(json, "post", row.crossing->crossing.post);
            ptn_json_field_number(json, "time_ms", row.crossing->crossing.time_ms);
            ptn_json_field_text(json, "ledger", ptn_bytes_from_text(row.crossing->origin));
            ptn_json_field_number(json, "entry", (int64_t)row.crossing->seq);
        }
        ptn_json_object_end(json);
    }
    ptn_json_array_end(json);
}

static bool write_order(void *context, const struct ptn_published_order *one)
{
    const struct listing *listing = context;
    struct ptn_json *json = listing->json;
    char id[PTN_RECORD_ID_TEXT_SIZE];

    if (listing->reference != NULL && !ptn_bytes_is(one->leave.reference, listing->reference))
        return true;
    ptn_json_object(json);
    ptn_json_field_text(json, "id", ptn_bytes_from_text(ptn_record_id_write(one->leave.id, id)));
    ptn_json_field_text(json, "reference", one->leave.reference);
    ptn_json_field_text(json, "issuer", one->leave.issuer);
    ptn_json_field_number(json, "deadline_ms", one->deadline_ms);
    ptn_json_field_bool(json, "annulled", one->annulled);
    write_people(listing, one);
    ptn_json_key(json, "changes");
    ptn_json_array(json);
    for (size_t i = 0; i < one->change_count; i++) {
        struct ptn_buffer hex = { .len_max = (size_t)2 * PTN_HASH_LEN };

        ptn_json_object(json);
        ptn_json_field_text(json, "act",
                            ptn_bytes_from_text(ptn_leave_act_word(one->changes[i].leave.act)));
        if (ptn_ok(ptn_buffer_add_hex(&hex, ptn_bytes_of(one->changes[i].name.at, PTN_HASH_LEN))))
            ptn_json_field_text(json, "record", ptn_buffer_bytes(&hex));
        ptn_json_field_bool(json, "in_force", one->changes[i].in_force);
        ptn_json_object_end(json);
        ptn_buffer_release(&hex);
    }
    ptn_json_array_end(json);
    ptn_json_object_end(json);
    return true;
}

static int list(const struct asked *asked)
{
    struct ptn_board *board = NULL;
    struct ptn_buffer out = { .len_max = (size_t)64 << 20 };
    struct ptn_json json = { .out = &out };
    const struct ptn_world *world = ptn_world_real();
    struct listing listing = { .json = &json,
                               .arena = ptn_arena_new((size_t)4 << 20),
                               .now_ms = world->now_ms(world->context),
                               .reference = asked->reference };
    char where[PTN_GATHER_WHERE_SIZE];
    struct ptn_diag diag = { 0 };
    struct ptn_status status = { listing.arena == NULL ? PTN_C_NO_MEMORY : PTN_C_OK };

    if (ptn_ok(status))
        status = ptn_publish_read(world, asked->dir, &board, &diag);
    if (ptn_ok(status))
        status = ptn_gather_where(world, asked->dir, where, &diag);
    if (ptn_ok(status) && /* a centre that never ran has none yet */
        !ptn_ok(ptn_view_open(world, where, PTN_VIEW_READ, &listing.view, NULL)))
        listing.view = NULL;
    if (ptn_ok(status)) {
        ptn_json_object(&json);
        ptn_json_key(&json, "orders");
        ptn_json_array(&json);
        ptn_published_orders(ptn_board_lock(board), write_order, &listing);
        ptn_board_unlock(board);
        ptn_json_array_end(&json);
        ptn_json_object_end(&json);
        status = ptn_json_end(&json);
    }
    if (ptn_ok(status))
        (void)printf("%.*s\n", (int)out.len, (const char *)out.at);
    ptn_board_free(board);
    ptn_view_close(listing.view);
    ptn_arena_free(listing.arena);
    ptn_buffer_release(&out);
    return ptn_ok(status) ? PTN_EXIT_DONE : fail(asked->dir, status, &diag);
}

static int print(const struct asked *asked)
{
    struct ptn_leave_print print = { .dir = asked->dir,
                                     .officer = asked->officer,
                                     .out = asked->out };
    struct ptn_diag diag = { 0 };
    struct ptn_status status =
        ptn_record_id_parse(ptn_bytes_from_text(asked->rest), &print.id, &diag);

    if (ptn_ok(status) && asked->nth != NULL &&
        !ptn_decimal_read(ptn_bytes_from_text(asked->nth), 128, &print.nth))
        status = ptn_fail(PTN_C_BAD_INPUT, &diag, 0, "--nth is 1 to 128");
    if (ptn_ok(status))
        status = ptn_leave_print(&print, &diag);
    return ptn_ok(status) ? PTN_EXIT_DONE : fail("nothing is printed", status, &diag);
}

static int run(const struct asked *asked)
{
    bool change_said = asked->rest != NULL && asked->officer != NULL && asked->reason != NULL;

    if (asked->dir != NULL && strcmp(asked->verb, "list") == 0)
        return list(asked);
    if (asked->dir != NULL && asked->officer != NULL && strcmp(asked->verb, "order") == 0)
        return order(asked);
    if (asked->rest != NULL && asked->officer != NULL && asked->out != NULL &&
        strcmp(asked->verb, "print") == 0)
        return print(asked);
    if (change_said && asked->until != NULL && strcmp(asked->verb, "extend") == 0)
        return change(asked, PTN_LEAVE_EXTENDED);
    if (change_said && strcmp(asked->verb, "annul") == 0)
        return change(asked, PTN_LEAVE_ANNULLED);
    if (change_said && asked->nth != NULL && strcmp(asked->verb, "paper") == 0)
        return change(asked, PTN_LEAVE_PAPER);
    (void)fputs(usage, stderr);
    return PTN_EXIT_USAGE;
}

int ptn_run_leave(int argc, char **argv)
{
    static const struct option options[] = { { "officer", required_argument, NULL, 'o' },
                                             { "reason", required_argument, NULL, 'r' },
                                             { "until", required_argument, NULL, 'u' },
                                             { "nth", required_argument, NULL, 'n' },
                                             { "sheet", required_argument, NULL, 's' },
                                             { "reference", required_argument, NULL, 'R' },
                                             { "out", required_argument, NULL, 'O' },
                                             { "help", no_argument, NULL, 'h' },
                                             { 0 } };
    struct asked asked = { .verb = "" };
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        const char **to = option == 'o'   ? &asked.officer
                          : option == 'r' ? &asked.reason
                          : option == 'u' ? &asked.until
                          : option == 'n' ? &asked.nth
                          : option == 's' ? &asked.sheet
                          : option == 'R' ? &asked.reference
                          : option == 'O' ? &asked.out
                                          : NULL;

        if (to == NULL) {
            (void)fputs(usage, option == 'h' ? stdout : stderr);
            return option == 'h' ? PTN_EXIT_DONE : PTN_EXIT_USAGE;
        }
        *to = optarg;
    }
    if (optind < argc)
        asked.verb = argv[optind];
    asked.dir = optind + 1 < argc ? argv[optind + 1] : NULL;
    asked.rest = optind + 2 < argc ? argv[optind + 2] : NULL;
    return run(&asked);
}
