/* main/list.c -- postern list: lists that a centre publishes, from its own machine. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "main/answer.h"
#include "main/commands.h"
#include "main/list_brake.h"
#include "main/look_back.h"
#include "main/publish.h"
#include "main/walk.h"
#include "serve/board.h"
#include "watch/rows.h"

#define HEX_SIZE (2u * PTN_SHA256_LEN + 1u)

static const char usage[] =
    "usage: postern list publish DIR --officer NAME [--second NAME] [--list NAME] SNAP\n"
    "       postern list show DIR         each list: edition, root, rows, what is not confirmed\n"
    "       postern list gone DIR [NAME]  each row that went, and the record that says so\n"
    "       postern list build DIR SNAP   what a post screens with, without any offline note\n"
    "DIR is a centre's. SNAP is what postern watch compile made: each list in it is published as\n"
    "its difference from the former edition (docs/format/editions.md). Rows that are gone stay in\n"
    "force until an offline note names the record: postern order remove.\n";

static int fail(const char *what, struct ptn_status status, const struct ptn_diag *diag)
{
    ptn_say_failure(what, status, diag);
    return ptn_exit_for(status);
}

/* What the command line says. */
struct asked {
    const char *dir, *officer, *second, *list;
    const char *rest; /* SNAP, or NAME */
};

/* ---- what the ledger has ---- */

static struct ptn_status take(void *context, enum ptn_record_kind kind, struct ptn_bytes payload)
{
    bool whole = false;

    (void)kind;
    return ptn_rows_take(context, 0, payload, &whole, NULL);
}

/* The centre's lists, read beside whoever runs it. Owned. */
static struct ptn_status read_rows(const char *dir, struct ptn_rows **ret_rows,
                                   struct ptn_diag *reterr)
{
    struct ptn_rows *rows = ptn_rows_new();
    const struct ptn_walk_published walk = { { PTN_RECORD_LIST, PTN_RECORD_LIST }, take, rows };
    struct ptn_status status = { PTN_C_NO_MEMORY };

    if (rows != NULL)
        status = ptn_walk_published(dir, &walk, reterr);
    if (ptn_ok(status))
        *ret_rows = rows;
    else
        ptn_rows_free(rows);
    return status;
}

/* ---- publish ---- */

/* The first entries of what goes. */
struct naming {
    struct ptn_arena *arena;
    struct ptn_list_held_entry names[PTN_LIST_HELD_NAMES];
    size_t count;
};

static void name_taken(void *context, struct ptn_bytes row)
{
    struct naming *naming = context;
    struct ptn_list_entry entry;
    size_t len = 0;

    if (naming->arena == NULL || naming->count == PTN_LIST_HELD_NAMES ||
        !ptn_ok(ptn_row_parse(row, naming->arena, &entry, &len, NULL)) ||
        entry.id.len > PTN_LIST_HELD_TEXT)
        return;
    naming->names[naming->count].entry = entry.id;
    naming->names[naming->count++].name =
        entry.name_count > 0 && entry.names[0].text.len <= PTN_LIST_HELD_TEXT ? entry.names[0].text
                                                                              : PTN_BYTES_NONE;
}

/* So that a second person can agree at the desk. Whether it can be written changes nothing. */
static void hold_back(const struct asked *asked, const struct ptn_rows_plan *plan,
                      const struct ptn_rows_difference *difference)
{
    const struct ptn_world *world = ptn_world_real();
    const struct naming *naming = plan->taken_context;
    const struct ptn_bytes name = plan->edition.list;
    struct ptn_list_held held = { .officer = ptn_bytes_from_text(asked->officer),
                                  .time_ms = plan->edition.time_ms,
                                  .former = difference->former,
                                  .count = difference->count,
                                  .added = difference->added,
                                  .gone = difference->gone,
                                  .taken = difference->taken,
                                  .names = naming->names,
                                  .name_count = naming->count };
    struct ptn_buffer out = { .len_max = 16384 };
    char path[1200];
    bool good;

    (void)snprintf(path, sizeof(path), "%s/lists", asked->dir);
    (void)ptn_ok(world->files->make_dir(world->context, path));
    memcpy(held.snapshot, ptn_snapshot_info(plan->snapshot).hash, sizeof(held.snapshot));
    good = ptn_ok(ptn_list_held_path(asked->dir, name, true, path, sizeof(path))) &&
           ptn_ok(world->files->replace(world->context, path, ptn_snapshot_bytes(plan->snapshot)));
    if (good && ptn_ok(ptn_list_held_path(asked->dir, name, false, path, sizeof(path))) &&
        ptn_ok(ptn_list_held_write(&held, &out)))
        (void)ptn_ok(world->files->replace(world->context, path, ptn_buffer_bytes(&out)));
    ptn_buffer_release(&out);
}

/* An edition counts: what was held back before it is over. */
static void let_go(const struct asked *asked, struct ptn_bytes name)
{
    const struct ptn_world *world = ptn_world_real();
    char path[1200];

    for (int whole = 0; whole < 2; whole++)
        if (ptn_ok(ptn_list_held_path(asked->dir, name, whole == 1, path, sizeof(path))) &&
            world->files->exists(world->context, path))
            (void)ptn_ok(world->files->remove(world->context, path));
}

/* BAD_INPUT: its new rows would have stopped so many that a second person must agree. */
static struct ptn_status brake(const struct asked *asked, const struct ptn_rows *rows,
                               const struct ptn_rows_plan *plan, struct ptn_diag *reterr)
{
    size_t met = 0;
    size_t counted = 0;
    struct ptn_status status;

    if (asked->second != NULL)
        return PTN_OK;
    status = ptn_list_brake(ptn_world_real(), asked->dir, rows, plan->snapshot, plan->edition.list,
                            &met, &counted, reterr);
    if (!ptn_ok(status) || !ptn_look_back_is_many(met, counted))
        return status;
    (void)fprintf(stderr, "%.*s: its new rows would have met %zu of the last %zu travellers\n",
                  (int)plan->edition.list.len, (const char *)plan->edition.list.at, met, counted);
    return ptn_fail(PTN_C_BAD_INPUT, reterr, 0,
                    "it would stop too many: name a second person who agrees, with --second");
}

static struct ptn_status publish_one(const struct asked *asked, const char *code,
                                     const struct ptn_rows *rows,
                                     const struct ptn_snapshot *snapshot, struct ptn_bytes name,
                                     struct ptn_diag *reterr)
{
    const struct ptn_world *world = ptn_world_real();
    struct naming naming = { .arena = ptn_arena_new((size_t)8 << 20) };
    struct ptn_rows_plan plan = { .edition = { .time_ms = world->now_ms(world->context),
                                               .post = ptn_bytes_from_text(code),
                                               .officer = ptn_bytes_from_text(asked->officer),
                                               .second = ptn_bytes_from_text(asked->second),
                                               .list = name },
                                  .snapshot = snapshot,
                                  .taken = name_taken,
                                  .taken_context = &naming };
    struct ptn_rows_difference difference = { 0 };
    struct ptn_rows_parts parts = { 0 };
    struct ptn_status status =
        ptn_rows_publish(rows, &plan, ptn_rows_keep, &parts, &difference, reterr);
    bool waits = status.code == PTN_C_BAD_INPUT && asked->second == NULL &&
                 difference.taken * PTN_ROWS_BRAKE > difference.former;

    if (ptn_ok(status)) {
        status = brake(asked, rows, &plan, reterr);
        waits = status.code == PTN_C_BAD_INPUT;
    }
    if (ptn_ok(status))
        status =
            ptn_publish_hand_all(world, asked->dir, PTN_RECORD_LIST, parts.at, parts.count, reterr);
    ptn_rows_parts_release(&parts);
    if (waits)
        hold_back(asked, &plan, &difference);
    else if (ptn_ok(status))
        let_go(asked, name);
    ptn_arena_free(naming.arena);
    (void)fprintf(stderr, "%.*s: %zu rows, were %zu: %zu new, %zu gone (%zu take away)\n",
                  (int)name.len, (const char *)name.at, difference.count, difference.former,
                  difference.added, difference.gone, difference.taken);
    if (ptn_ok(status))
        (void)printf("%.*s\t%llu\n", (int)name.len, (const char *)name.at,
                     (unsigned long long)difference.edition);
    return status;
}

static int publish(const struct asked *asked)
{
    char code[PTN_NODE_CODE_MAX + 1];
    struct ptn_snapshot *snapshot = NULL;
    struct ptn_rows *rows = NULL;
    struct ptn_diag diag = { 0 };
    size_t published = 0;
    struct ptn_status status = ptn_publish_centre(ptn_world_real(), asked->dir, code, &diag);

    if (ptn_ok(status))
        status = ptn_snapshot_open(ptn_world_real(), asked->rest, &snapshot, &diag);
    if (ptn_ok(status))
        status = read_rows(asked->dir, &rows, &diag);
    for (size_t i = 0; ptn_ok(status) && i < ptn_snapshot_info(snapshot).list_count; i++) {
        struct ptn_bytes name = ptn_snapshot_list(snapshot, i).name;

        if (asked->list != NULL && !ptn_bytes_is(name, asked->list))
            continue;
        status = publish_one(asked, code, rows, snapshot, name, &diag);
        published++;
    }
    if (ptn_ok(status) && published == 0)
        status = ptn_fail(PTN_C_BAD_INPUT, &diag, 0, "no list of that name in the snapshot");
    ptn_rows_free(rows);
    ptn_snapshot_close(snapshot);
    return ptn_ok(status) ? PTN_EXIT_DONE : fail("the list is not published", status, &diag);
}

/* ---- show, gone, build ---- */

static struct ptn_status show_list(const struct ptn_rows_list *list, struct ptn_buffer *out)
{
    struct ptn_json json = { .out = out };
    char root[HEX_SIZE];
    int64_t now_ms = ptn_world_real()->now_ms(ptn_world_real()->context);
    int64_t edition_ms = list->published_ms != 0 ? list->published_ms : list->time_ms;

    ptn_buffer_clear(out);
    ptn_json_object(&json);
    ptn_json_field_text(&json, "list", list->name);
    ptn_json_field_number(&json, "edition", (int64_t)list->edition);
    ptn_json_field_number(&json, "rows", (int64_t)list->count);
    ptn_json_field_text(&json, "root",
                        ptn_bytes_from_text(ptn_hex_write(list->root, PTN_SHA256_LEN, root)));
    ptn_json_field_number(&json, "age_s", (now_ms - edition_ms) / 1000);
    ptn_json_field_number(&json, "published_ms", list->time_ms);
    ptn_json_field_text(&json, "officer", list->officer);
    ptn_json_field_text_if(&json, "second", list->second);
    ptn_json_field_text(&json, "profile", list->profile);
    ptn_json_field_number(&json, "not_confirmed", (int64_t)list->doubted);
    ptn_json_object_end(&json);
    return ptn_answer_print(&json);
}

/* Printing rows that went. */
struct telling {
    struct ptn_buffer out;
    struct ptn_arena *arena;
    struct ptn_bytes list;
    struct ptn_status status;
};

static bool tell_gone(void *context, const struct ptn_rows_row *row)
{
    struct telling *telling = context;
    struct ptn_json json = { .out = &telling->out };
    struct ptn_list_entry entry;
    char record[HEX_SIZE];
    size_t len = 0;

    if (row->gone_in == 0)
        return true;
    ptn_arena_clear(telling->arena);
    telling->status = ptn_row_parse(row->bytes, telling->arena, &entry, &len, NULL);
    if (!ptn_ok(telling->status))
        return false;
    ptn_buffer_clear(&telling->out);
    ptn_json_object(&json);
    ptn_json_field_text(&json, "list", telling->list);
    ptn_json_field_number(&json, "edition", (int64_t)row->gone_in);
    ptn_json_field_text(&json, "record",
                        ptn_bytes_from_text(ptn_hex_write(row->record.at, PTN_SHA256_LEN, record)));
    ptn_json_field_text(&json, "entry", entry.id);
    if (entry.name_count > 0)
        ptn_json_field_text(&json, "name", entry.names[0].text);
    /* which notes there are is known where orders are judged, not here */
    ptn_json_field_bool(&json, "covered", row->fate == PTN_ROW_COVERED);
    ptn_json_object_end(&json);
    telling->status = ptn_answer_print(&json);
    return ptn_ok(telling->status);
}

static struct ptn_status tell(const struct asked *asked, const struct ptn_rows *rows, bool gone)
{
    struct telling telling = { .out = { .len_max = (size_t)1 << 20 },
                               .arena = ptn_arena_new((size_t)16 << 20) };

    telling.status.code = telling.arena == NULL ? PTN_C_NO_MEMORY : PTN_C_OK;
    for (size_t i = 0; ptn_ok(telling.status) && i < ptn_rows_list_count(rows); i++) {
        struct ptn_rows_list list = ptn_rows_list(rows, i);

        telling.list = list.name;
        if (list.edition == 0 || (asked->rest != NULL && !ptn_bytes_is(list.name, asked->rest)))
            continue;
        if (gone)
            ptn_rows_each(rows, i, tell_gone, &telling);
        else
            telling.status = show_list(&list, &telling.out);
    }
    ptn_arena_free(telling.arena);
    ptn_buffer_release(&telling.out);
    return telling.status;
}

static struct ptn_status build(const struct asked *asked, const struct ptn_rows *rows,
                               struct ptn_diag *reterr)
{
    const struct ptn_world *world = ptn_world_real();
    struct ptn_buffer out = { .len_max = (size_t)1 << 30 };
    struct ptn_status status = ptn_rows_build(rows, world, &out, reterr);

    if (ptn_ok(status))
        status = world->files->replace(world->context, asked->rest, ptn_buffer_bytes(&out));
    ptn_buffer_release(&out);
    return status;
}

static int read_out(const struct asked *asked, const char *verb)
{
    struct ptn_rows *rows = NULL;
    struct ptn_diag diag = { 0 };
    struct ptn_status status = read_rows(asked->dir, &rows, &diag);

    if (ptn_ok(status))
        status = strcmp(verb, "build") == 0 ? build(asked, rows, &diag)
                                            : tell(asked, rows, strcmp(verb, "gone") == 0);
    ptn_rows_free(rows);
    return ptn_ok(status) ? PTN_EXIT_DONE : fail(asked->dir, status, &diag);
}

int ptn_run_list(int argc, char **argv)
{
    static const struct option options[] = { { "officer", required_argument, NULL, 'o' },
                                             { "second", required_argument, NULL, 's' },
                                             { "list", required_argument, NULL, 'l' },
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
        else if (option == 'l')
            asked.list = optarg;
        else {
            (void)fputs(usage, option == 'h' ? stdout : stderr);
            return option == 'h' ? PTN_EXIT_DONE : PTN_EXIT_USAGE;
        }
    }
    verb = optind < argc ? argv[optind] : "";
    asked.dir = optind + 1 < argc ? argv[optind + 1] : NULL;
    asked.rest = optind + 2 < argc ? argv[optind + 2] : NULL;
    if (asked.rest != NULL && asked.officer != NULL && strcmp(verb, "publish") == 0)
        return publish(&asked);
    if (asked.dir != NULL && (strcmp(verb, "show") == 0 || strcmp(verb, "gone") == 0))
        return read_out(&asked, verb);
    if (asked.rest != NULL && strcmp(verb, "build") == 0)
        return read_out(&asked, verb);
    (void)fputs(usage, stderr);
    return PTN_EXIT_USAGE;
}
