/* main/alert.c -- postern alert: alerts that a centre publishes, from its own machine. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "main/commands.h"
#include "main/look_back.h"
#include "main/publish.h"
#include "node/node.h"
#include "node/published.h"
#include "reference/place.h"
#include "serve/board.h"

static const char usage[] =
    "usage: postern alert add DIR --officer NAME [--second NAME] [FILE]   publish an alert\n"
    "       postern alert end DIR ID --officer NAME --reason TEXT         ask for its end\n"
    "       postern alert list DIR                                        all of them, as JSON\n"
    "DIR is a centre's. FILE (else stdin) is the alert as JSON: owner, basis, purpose, action,\n"
    "until, people or plate; with \"id\" it is another version (docs/format/published.md).\n"
    "An end does nothing until an offline note names it: postern order remove.\n";

static int fail(const char *what, struct ptn_status status, const struct ptn_diag *diag)
{
    ptn_say_failure(what, status, diag);
    return ptn_exit_for(status);
}

/* What the command line says. */
struct asked {
    const char *dir, *officer, *second, *reason;
    const char *rest; /* FILE, or ID */
};

/* ---- the brake ---- */

struct braking {
    struct ptn_published_probe *probe;
    size_t met;
};

static struct ptn_status try_one(void *context, const struct ptn_crossing *crossing,
                                 struct ptn_arena *arena, struct ptn_diag *reterr)
{
    struct braking *braking = context;

    (void)reterr;
    braking->met += ptn_published_probe_matches(braking->probe, crossing, arena) ? 1 : 0;
    return PTN_OK;
}

/* One that would have met too many travellers waits for a second person, who agrees at the desk. */
static struct ptn_status brake(const struct asked *asked, struct ptn_alert *alert,
                               struct ptn_diag *reterr)
{
    const struct ptn_world *world = ptn_world_real();
    struct braking braking = { .met = 0 };
    size_t counted = 0;
    struct ptn_status status;

    if (asked->second != NULL || alert->act != PTN_ALERT_ENTERED)
        return PTN_OK;
    braking.probe = ptn_published_probe_new(world, alert);
    if (braking.probe == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    status = ptn_look_back(world, asked->dir, try_one, &braking, &counted, reterr);
    ptn_published_probe_free(braking.probe);
    if (ptn_ok(status) && ptn_look_back_is_many(braking.met, counted)) {
        alert->act = PTN_ALERT_WAITING;
        (void)fprintf(stderr,
                      "it would have met %zu of the last %zu travellers: it waits for a second "
                      "person, who agrees at the centre's desk\n",
                      braking.met, counted);
    }
    return status;
}

static struct ptn_status publish(const struct asked *asked, const struct ptn_alert *what,
                                 struct ptn_diag *reterr)
{
    struct ptn_alert made = *what;
    struct ptn_alert *alert = &made;
    const struct ptn_world *world = ptn_world_real();
    char code[PTN_NODE_CODE_MAX + 1];
    struct ptn_buffer payload = { .len_max = PTN_RECORD_LEN_MAX };
    char id[PTN_RECORD_ID_TEXT_SIZE];
    struct ptn_status status = ptn_publish_centre(world, asked->dir, code, reterr);

    if (!ptn_ok(status))
        return status;
    if (ptn_record_id_is_none(alert->id))
        world->random(world->context, alert->id.at, sizeof(alert->id.at));
    alert->time_ms = world->now_ms(world->context);
    alert->post = ptn_bytes_from_text(code);
    alert->officer = ptn_bytes_from_text(asked->officer);
    alert->second = ptn_bytes_from_text(asked->second);
    status = ptn_alert_validate(alert, reterr);
    if (ptn_ok(status))
        status = brake(asked, alert, reterr);
    if (ptn_ok(status))
        status = ptn_alert_write(alert, &payload);
    if (ptn_ok(status))
        status = ptn_publish_hand(world, asked->dir, PTN_RECORD_ALERT, ptn_buffer_bytes(&payload),
                                  reterr);
    if (ptn_ok(status))
        (void)printf("%s\n", ptn_record_id_write(alert->id, id));
    ptn_buffer_release(&payload);
    return status;
}

static int add(const struct asked *asked)
{
    struct ptn_buffer body = { .len_max = PTN_REQUEST_PUBLISH_MAX };
    struct ptn_arena *arena = ptn_arena_new((size_t)4 << 20);
    struct ptn_request_alert request;
    struct ptn_diag diag = { 0 };
    struct ptn_status status = { PTN_C_NO_MEMORY };

    if (arena != NULL)
        status = ptn_publish_body(ptn_world_real(), asked->rest, &body);
    if (ptn_ok(status))
        status = ptn_request_alert_parse(ptn_buffer_bytes(&body), arena, &request, &diag);
    if (ptn_ok(status) && (request.agree || request.has_second))
        status = ptn_fail(PTN_C_BAD_INPUT, &diag, 0, "a second person is named by --second here");
    if (ptn_ok(status))
        status = publish(asked, &request.alert, &diag);
    ptn_buffer_release(&body);
    ptn_arena_free(arena);
    return ptn_ok(status) ? PTN_EXIT_DONE : fail("the alert is not published", status, &diag);
}

static int end(const struct asked *asked)
{
    struct ptn_alert alert = { .act = PTN_ALERT_END, .reason = ptn_bytes_from_text(asked->reason) };
    struct ptn_diag diag = { 0 };
    struct ptn_status status =
        ptn_record_id_parse(ptn_bytes_from_text(asked->rest), &alert.id, &diag);

    if (ptn_ok(status))
        status = publish(asked, &alert, &diag);
    return ptn_ok(status) ? PTN_EXIT_DONE : fail("the end is not published", status, &diag);
}

static int list(const struct asked *asked)
{
    const struct ptn_world *world = ptn_world_real();
    struct ptn_board *board = NULL;
    struct ptn_buffer out = { .len_max = (size_t)64 << 20 };
    struct ptn_json json = { .out = &out };
    struct ptn_diag diag = { 0 };
    struct ptn_status status = ptn_publish_read(world, asked->dir, &board, &diag);

    if (ptn_ok(status)) {
        ptn_json_object(&json);
        ptn_board_write_alerts(board, ptn_place_local_date(world->now_ms(world->context)), &json);
        ptn_json_object_end(&json);
        status = ptn_json_end(&json);
    }
    if (ptn_ok(status))
        (void)printf("%.*s\n", (int)out.len, (const char *)out.at);
    ptn_board_free(board);
    ptn_buffer_release(&out);
    return ptn_ok(status) ? PTN_EXIT_DONE : fail(asked->dir, status, &diag);
}

int ptn_run_alert(int argc, char **argv)
{
    static const struct option options[] = { { "officer", required_argument, NULL, 'o' },
                                             { "second", required_argument, NULL, 's' },
                                             { "reason", required_argument, NULL, 'r' },
                                             { "help", no_argument, NULL, 'h' },
                                             { 0 } };
    struct asked asked = { 0 };
    const char *verb;
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == 'o')
            asked.officer = optarg;
        else if (option == 's')
            asked.second = optarg;
        else if (option == 'r')
            asked.reason = optarg;
        else {
            (void)fputs(usage, option == 'h' ? stdout : stderr);
            return option == 'h' ? PTN_EXIT_DONE : PTN_EXIT_USAGE;
        }
    }
    verb = optind < argc ? argv[optind] : "";
    asked.dir = optind + 1 < argc ? argv[optind + 1] : NULL;
    asked.rest = optind + 2 < argc ? argv[optind + 2] : NULL;
    if (asked.dir != NULL && strcmp(verb, "list") == 0)
        return list(&asked);
    if (asked.dir != NULL && asked.officer != NULL && strcmp(verb, "add") == 0)
        return add(&asked);
    if (asked.rest != NULL && asked.officer != NULL && asked.reason != NULL &&
        strcmp(verb, "end") == 0)
        return end(&asked);
    (void)fputs(usage, stderr);
    return PTN_EXIT_USAGE;
}
