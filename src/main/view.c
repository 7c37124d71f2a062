/*
 * main/view.c -- `postern view`: ask a centre's view from the command line.
 *
 * What names nobody may be asked of any centre. Looking for a person is for demonstrations alone:
 * every look is itself recorded with its purpose (ACCESS-1), and a command beside a running centre
 * cannot write in its ledger.
 */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "base/world.h"
#include "main/answer.h"
#include "main/commands.h"
#include "node/country.h"
#include "node/node.h"
#include "view/search.h"
#include "view/view.h"

#define PATH_SIZE  1024u
#define ARENA_MAX  ((size_t)64 << 20)
#define DIGEST_MAX ((size_t)16 << 20)
#define LINE_MAX   4096u

static const char usage[] =
    "usage: postern view ledgers DIR               how much of each ledger the view has\n"
    "       postern view digest DIR                what it comes to: the text, and its SHA-256\n"
    "       postern view packs DIR                 what has become of every sheet, a pack a line\n"
    "       postern view find DIR --number NUMBER  crossings with that document, as NDJSON\n"
    "       postern view find DIR --name NAME      people of that name, as NDJSON\n"
    "  find is for demonstrations: elsewhere a look at a person is recorded, and a command "
    "cannot.\n";

struct asking {
    const struct ptn_world *world;
    const char *dir, *name, *number;
    struct ptn_view *view;
};

static struct ptn_status open_view(struct asking *asking, struct ptn_diag *reterr)
{
    char where[PTN_GATHER_WHERE_SIZE];
    struct ptn_status status = ptn_gather_where(asking->world, asking->dir, where, reterr);

    if (ptn_ok(status))
        status = ptn_view_open(asking->world, where, PTN_VIEW_READ, &asking->view, reterr);
    if (status.code == PTN_C_BUSY)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "the folder holds no view of this version");
    return status;
}

static struct ptn_status print_ledger(void *context, const char *origin,
                                      const struct ptn_view_cursor *cursor)
{
    (void)context;
    (void)printf("%s\t%llu entries: %llu kept, %llu passed over, %llu not readable, %llu erased\n",
                 origin, (unsigned long long)cursor->next, (unsigned long long)cursor->kept,
                 (unsigned long long)cursor->passed, (unsigned long long)cursor->unreadable,
                 (unsigned long long)cursor->erased);
    return PTN_OK;
}

static struct ptn_status digest(struct asking *asking, struct ptn_diag *reterr)
{
    struct ptn_buffer text = { .len_max = DIGEST_MAX };
    struct ptn_buffer hex = { .len_max = 128 };
    uint8_t sha256[PTN_SHA256_LEN];
    struct ptn_status status = ptn_view_digest(asking->view, NULL, 0, &text, sha256, reterr);

    if (ptn_ok(status))
        status = ptn_buffer_add_hex(&hex, ptn_bytes_of(sha256, sizeof(sha256)));
    if (ptn_ok(status))
        (void)printf("%.*s\nsha256 %.*s\n", (int)text.len, (const char *)text.at, (int)hex.len,
                     (const char *)hex.at);
    ptn_buffer_release(&text);
    ptn_buffer_release(&hex);
    return status;
}

static struct ptn_status print_pack(const struct ptn_view_pack *pack)
{
    struct ptn_buffer out = { .len_max = LINE_MAX };
    struct ptn_json json = { .out = &out };
    struct ptn_status status;

    ptn_json_object(&json);
    ptn_view_pack_write(pack, &json);
    ptn_json_object_end(&json);
    status = ptn_answer_print(&json);
    ptn_buffer_release(&out);
    return status;
}

static struct ptn_status packs(struct asking *asking, struct ptn_diag *reterr)
{
    struct ptn_arena *arena = ptn_arena_new(ARENA_MAX);
    const struct ptn_view_pack *rows = NULL;
    struct ptn_view_pack sum = { 0 };
    size_t count = 0;
    struct ptn_status status = { PTN_C_NO_MEMORY };

    if (arena != NULL)
        status =
            ptn_view_packs(asking->view, PTN_VIEW_PAGE_MAX, arena, &rows, &count, &sum, reterr);
    for (size_t i = 0; ptn_ok(status) && i < count; i++)
        status = print_pack(&rows[i]);
    if (ptn_ok(status) && count < sum.number)
        (void)fprintf(stderr, "postern: %llu packs more\n", (unsigned long long)sum.number - count);
    ptn_arena_free(arena);
    return status;
}

/* ---- finding ---- */

static void write_person(struct ptn_json *json, const struct ptn_person *person)
{
    char date[PTN_DATE_TEXT_SIZE];

    ptn_json_field_text_if(json, "surname", person->surname);
    ptn_json_field_text_if(json, "given", person->given);
    ptn_json_field_text_if(json, "name", person->name);
    if (!ptn_date_is_none(person->birth))
        ptn_json_field_text(json, "birth",
                            ptn_bytes_from_text(ptn_date_write(person->birth, date)));
    ptn_json_field_text_if(json, "nationality", ptn_bytes_from_text(person->nationality));
    ptn_json_field_text_if(json, "issuer", ptn_bytes_from_text(person->document.issuer));
    ptn_json_field_text_if(json, "number", person->document.number);
}

static struct ptn_status print_crossing(const struct ptn_view_crossing *row)
{
    struct ptn_buffer out = { .len_max = LINE_MAX };
    struct ptn_json json = { .out = &out };
    char instant[PTN_INSTANT_TEXT_SIZE];
    struct ptn_status status;

    ptn_json_object(&json);
    ptn_json_field_text(&json, "time",
                        ptn_bytes_from_text(ptn_instant_write(row->crossing.time_ms, instant)));
    ptn_json_field_text(&json, "post", row->crossing.post);
    ptn_json_field_text(&json, "direction",
                        ptn_bytes_from_text(ptn_direction_word(row->crossing.direction)));
    ptn_json_field_text(&json, "outcome",
                        ptn_bytes_from_text(ptn_outcome_word(row->crossing.outcome)));
    write_person(&json, &row->crossing.person);
    ptn_json_field_text(&json, "ledger", ptn_bytes_from_text(row->origin));
    ptn_json_field_number(&json, "entry", (int64_t)row->seq);
    ptn_json_object_end(&json);
    status = ptn_answer_print(&json);
    ptn_buffer_release(&out);
    return status;
}

static struct ptn_status print_someone(const struct ptn_view_person *row)
{
    struct ptn_buffer out = { .len_max = LINE_MAX };
    struct ptn_json json = { .out = &out };
    char instant[PTN_INSTANT_TEXT_SIZE];
    struct ptn_status status;

    ptn_json_object(&json);
    write_person(&json, &row->person);
    ptn_json_key(&json, "score");
    ptn_json_decimal(&json, row->score, 4);
    if (row->last_ms != 0) {
        ptn_json_field_text(&json, "last",
                            ptn_bytes_from_text(ptn_instant_write(row->last_ms, instant)));
        ptn_json_field_text(&json, "direction",
                            ptn_bytes_from_text(ptn_direction_word(row->last_direction)));
    }
    ptn_json_object_end(&json);
    status = ptn_answer_print(&json);
    ptn_buffer_release(&out);
    return status;
}

static struct ptn_status find_number(struct asking *asking, struct ptn_arena *arena,
                                     struct ptn_diag *reterr)
{
    struct ptn_view_question question = { .number = ptn_bytes_from_text(asking->number),
                                          .count = PTN_VIEW_PAGE_MAX };
    const struct ptn_view_crossing *rows = NULL;
    size_t count = 0;
    bool more = false;
    struct ptn_status status =
        ptn_view_crossings(asking->view, &question, arena, &rows, &count, &more, reterr);

    for (size_t i = 0; ptn_ok(status) && i < count; i++)
        status = print_crossing(&rows[i]);
    if (ptn_ok(status) && count == 0)
        status.code = PTN_C_NOT_FOUND;
    return status;
}

static struct ptn_status find_name(struct asking *asking, struct ptn_arena *arena,
                                   struct ptn_diag *reterr)
{
    struct ptn_view_who who = { .name = ptn_bytes_from_text(asking->name), .count = 20 };
    const struct ptn_view_person *rows = NULL;
    size_t count = 0;
    bool more = false;
    struct ptn_status status =
        ptn_view_persons(asking->view, &who, arena, &rows, &count, &more, reterr);

    for (size_t i = 0; ptn_ok(status) && i < count; i++)
        status = print_someone(&rows[i]);
    if (ptn_ok(status) && count == 0)
        status.code = PTN_C_NOT_FOUND;
    return status;
}

/* Only a demonstration may be asked about people. */
static struct ptn_status check_demonstration(struct asking *asking, struct ptn_diag *reterr)
{
    struct ptn_buffer conf = { .len_max = 16384 };
    struct ptn_node_plan plan = { 0 };
    char path[PATH_SIZE];
    struct ptn_status status;

    (void)snprintf(path, sizeof(path), "%s/node.conf", asking->dir);
    status = asking->world->files->read(asking->world->context, path, &conf);
    if (ptn_ok(status))
        status = ptn_node_plan_parse(ptn_buffer_bytes(&conf), &plan, reterr);
    if (ptn_ok(status) && !plan.demonstration)
        status = ptn_fail(PTN_C_BAD_INPUT, reterr, 0,
                          "people are looked for at the centre's page, where the look is recorded");
    ptn_buffer_release(&conf);
    return status;
}

static struct ptn_status find(struct asking *asking, struct ptn_diag *reterr)
{
    struct ptn_arena *arena = ptn_arena_new(ARENA_MAX);
    struct ptn_status status = { PTN_C_NO_MEMORY };

    if (arena != NULL)
        status = check_demonstration(asking, reterr);
    if (ptn_ok(status))
        status = asking->number != NULL ? find_number(asking, arena, reterr)
                                        : find_name(asking, arena, reterr);
    ptn_arena_free(arena);
    return status;
}

static bool read_arguments(struct asking *asking, int argc, char **argv)
{
    static const struct option options[] = { { "name", required_argument, NULL, 'n' },
                                             { "number", required_argument, NULL, 'd' },
                                             { NULL, 0, NULL, 0 } };
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == 'n')
            asking->name = optarg;
        else if (option == 'd')
            asking->number = optarg;
        else
            return false;
    }
    if (optind != argc - 1)
        return false;
    asking->dir = argv[optind];
    return strlen(asking->dir) < PATH_SIZE - 32;
}

int ptn_run_view(int argc, char **argv)
{
    struct asking asking = { .world = ptn_world_real() };
    const char *verb = argc > 1 ? argv[1] : "";
    bool finds = strcmp(verb, "find") == 0;
    struct ptn_diag diag = { 0 };
    struct ptn_status status;

    if ((!finds && strcmp(verb, "ledgers") != 0 && strcmp(verb, "digest") != 0 &&
         strcmp(verb, "packs") != 0) ||
        !read_arguments(&asking, argc - 1, argv + 1) ||
        finds != ((asking.name == NULL) != (asking.number == NULL))) {
        (void)fputs(usage, stderr);
        return PTN_EXIT_USAGE;
    }
    status = open_view(&asking, &diag);
    if (ptn_ok(status) && finds)
        status = find(&asking, &diag);
    else if (ptn_ok(status) && verb[0] == 'd')
        status = digest(&asking, &diag);
    else if (ptn_ok(status) && verb[0] == 'p')
        status = packs(&asking, &diag);
    else if (ptn_ok(status))
        status = ptn_view_ledgers(asking.view, print_ledger, NULL, &diag);
    ptn_view_close(asking.view);
    if (!ptn_ok(status) && !(finds && status.code == PTN_C_NOT_FOUND && diag.text == NULL))
        ptn_say_failure(asking.dir, status, &diag);
    return ptn_exit_for(status);
}
