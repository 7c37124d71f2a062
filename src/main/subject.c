/*
 * main/subject.c -- postern subject: a person's own copy of what a centre holds about them, on the
 * centre's own machine. docs/privacy.md.
 */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "main/commands.h"
#include "main/publish.h"
#include "node/country.h"
#include "record/access.h"
#include "serve/desk.h"
#include "view/view.h"

#define PDF_MAX   ((size_t)32 << 20)
#define PATH_SIZE 1024u

static const char usage[] =
    "usage: postern subject export DIR --document ISSUER:NUMBER --birth DATE --reason TEXT\n"
    "                              --officer NAME --out FOLDER\n"
    "  what the centre in DIR holds about whoever has this document and may tell them:\n"
    "  copy.json and copy.pdf (English and Albanian) in FOLDER. That it was made, by whom and\n"
    "  why, is recorded before either is written.\n";

struct asked {
    const char *dir, *document, *birth, *reason, *officer, *out;
};

struct copying {
    const struct ptn_world *world;
    const struct asked *asked;
    struct ptn_subject_ask ask;
    struct ptn_node_plan plan;
    struct ptn_buffer json, pdf;
};

/* ISSUER:NUMBER and the birth. */
static struct ptn_status read_whom(struct copying *copying, struct ptn_diag *reterr)
{
    const char *colon = strchr(copying->asked->document, ':');
    struct ptn_subject_ask *ask = &copying->ask;

    if (colon == NULL || colon == copying->asked->document || colon[1] == '\0' ||
        colon - copying->asked->document > 3)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "--document is ISSUER:NUMBER, like ALB:AB123");
    ask->issuer =
        ptn_bytes_of(copying->asked->document, (size_t)(colon - copying->asked->document));
    ask->number = ptn_bytes_from_text(colon + 1);
    if (!ptn_ok(ptn_date_parse(ptn_bytes_from_text(copying->asked->birth), &ask->birth, NULL)) ||
        !ptn_date_is_full(ask->birth) || !ptn_date_is_possible(ask->birth))
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "--birth is YYYY-MM-DD");
    return PTN_OK;
}

/* ACCESS-1: before anything is written where somebody can read it. */
static struct ptn_status record_look(const struct copying *copying, struct ptn_diag *reterr)
{
    const struct ptn_world *world = copying->world;
    struct ptn_access access = {
        .time_ms = copying->ask.made_ms,
        .purpose = PTN_PURPOSE_SUBJECT,
        .officer = copying->ask.officer,
        .post = copying->ask.centre,
        .person = { .birth = copying->ask.birth,
                    .document = { .kind = PTN_DOCUMENT_OTHER, .number = copying->ask.number } },
        .shown = 1,
        .reason = ptn_bytes_from_text(copying->asked->reason),
    };
    struct ptn_buffer payload = { .len_max = PTN_RECORD_LEN_MAX };
    struct ptn_status status;

    memcpy(access.person.document.issuer, copying->ask.issuer.at, copying->ask.issuer.len);
    world->random(world->context, access.id.at, sizeof(access.id.at));
    status = ptn_access_validate(&access, reterr);
    if (ptn_ok(status))
        status = ptn_access_write(&access, &payload);
    if (ptn_ok(status))
        status = ptn_publish_hand(world, copying->asked->dir, PTN_RECORD_ACCESS,
                                  ptn_buffer_bytes(&payload), reterr);
    ptn_buffer_release(&payload);
    return status;
}

static struct ptn_status make_copy(struct copying *copying, struct ptn_diag *reterr)
{
    const struct ptn_world *world = copying->world;
    struct ptn_board *board = NULL;
    struct ptn_view *view = NULL;
    char where[PTN_GATHER_WHERE_SIZE];
    struct ptn_status status = ptn_publish_read(world, copying->asked->dir, &board, reterr);

    if (ptn_ok(status))
        status = ptn_gather_where(world, copying->asked->dir, where, reterr);
    if (ptn_ok(status))
        status = ptn_view_open(world, where, PTN_VIEW_READ, &view, reterr);
    if (ptn_ok(status))
        status =
            ptn_subject_copy(view, board, &copying->ask, &copying->json, &copying->pdf, reterr);
    ptn_view_close(view);
    ptn_board_free(board);
    return status;
}

static struct ptn_status put(const struct copying *copying, const char *name,
                             const struct ptn_buffer *bytes)
{
    char path[PATH_SIZE + 16];

    (void)snprintf(path, sizeof(path), "%s/%s", copying->asked->out, name);
    return copying->world->files->replace(copying->world->context, path, ptn_buffer_bytes(bytes));
}

static struct ptn_status export(struct copying *copying, struct ptn_diag *reterr)
{
    const struct ptn_world *world = copying->world;
    struct ptn_status status = read_whom(copying, reterr);

    if (ptn_ok(status) && strlen(copying->asked->out) >= PATH_SIZE)
        status = ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "the folder's name is too long");
    if (ptn_ok(status))
        status = ptn_publish_plan(world, copying->asked->dir, &copying->plan, reterr);
    copying->ask.centre = ptn_bytes_from_text(copying->plan.code);
    copying->ask.officer = ptn_bytes_from_text(copying->asked->officer);
    copying->ask.demonstration = copying->plan.demonstration;
    copying->ask.made_ms = world->now_ms(world->context);
    if (ptn_ok(status))
        status = make_copy(copying, reterr);
    if (ptn_ok(status))
        status = record_look(copying, reterr);
    if (ptn_ok(status))
        status = world->files->make_dir(world->context, copying->asked->out);
    if (ptn_ok(status))
        status = put(copying, "copy.json", &copying->json);
    return ptn_ok(status) ? put(copying, "copy.pdf", &copying->pdf) : status;
}

static int run(const struct asked *asked)
{
    struct copying copying = { .world = ptn_world_real(),
                               .asked = asked,
                               .json = { .len_max = PTN_SUBJECT_JSON_MAX },
                               .pdf = { .len_max = PDF_MAX } };
    struct ptn_diag diag = { 0 };
    struct ptn_status status = export(&copying, &diag);

    if (ptn_ok(status))
        (void)puts("copy.json and copy.pdf: hand them to whom they are about, and keep none");
    else
        ptn_say_failure("no copy is made", status, &diag);
    ptn_buffer_release(&copying.json);
    ptn_buffer_release(&copying.pdf);
    return ptn_exit_for(status);
}

int ptn_run_subject(int argc, char **argv)
{
    static const struct option options[] = { { "document", required_argument, NULL, 'd' },
                                             { "birth", required_argument, NULL, 'b' },
                                             { "reason", required_argument, NULL, 'r' },
                                             { "officer", required_argument, NULL, 'o' },
                                             { "out", required_argument, NULL, 'O' },
                                             { "help", no_argument, NULL, 'h' },
                                             { 0 } };
    struct asked asked = { 0 };
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        const char **to = option == 'd'   ? &asked.document
                          : option == 'b' ? &asked.birth
                          : option == 'r' ? &asked.reason
                          : option == 'o' ? &asked.officer
                          : option == 'O' ? &asked.out
                                          : NULL;

        if (to == NULL) {
            (void)fputs(usage, option == 'h' ? stdout : stderr);
            return option == 'h' ? PTN_EXIT_DONE : PTN_EXIT_USAGE;
        }
        *to = optarg;
    }
    asked.dir = optind + 1 < argc ? argv[optind + 1] : NULL;
    if (asked.dir == NULL || optind + 2 != argc || strcmp(argv[optind], "export") != 0 ||
        asked.document == NULL || asked.birth == NULL || asked.reason == NULL ||
        asked.officer == NULL || asked.out == NULL) {
        (void)fputs(usage, stderr);
        return PTN_EXIT_USAGE;
    }
    return run(&asked);
}
