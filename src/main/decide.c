/*
 * main/decide.c -- `postern decide`: travellers in, one advice each out, in order; no node needed.
 * docs/format/decide.md.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/world.h"
#include "decision/conditions.h"
#include "decision/rules.h"
#include "main/answer.h"
#include "main/commands.h"
#include "main/decide_read.h"
#include "reference/place.h"
#include "watch/screen.h"

#define LINE_LEN_MAX   (1u << 20)
#define ANSWER_LEN_MAX (4u << 20)
#define ARENA_SIZE_MAX (16u << 20)
#define FILE_LEN_MAX   (16u << 20)
#define STAYS_MAX      65536u

static const char usage[] =
    "usage: postern decide [--watch SNAP] [--rules FILE] [--conditions FILE] [--stays FILE]\n"
    "                      [--threshold T] [--without-discreet] < TRAVELLERS.json\n";

struct run {
    const struct ptn_world *world;
    const char *watch_path, *rules_path, *conditions_path, *stays_path;
    unsigned threshold;
    bool hide;
    bool any_error;
    bool by_line; /* a value was one line: from then on each line is a question */
    struct ptn_snapshot *snapshot;
    struct ptn_rules *rules;
    struct ptn_conditions *conditions;
    struct ptn_arena *arena;
    struct ptn_buffer out;
    /* --stays: the lines' JSON, kept for the texts the crossings point into */
    json_t *stays_json;
    struct ptn_decide_crossing *stays;
    size_t stay_count;
};

/* ---- answering ---- */

static struct ptn_status answer_error(struct run *run, const char *code, const char *message,
                                      size_t line)
{
    run->any_error = true;
    return ptn_answer_error(&run->out, code, message, line);
}

static void write_match(struct ptn_json *json, const struct ptn_match *match)
{
    ptn_json_object(json);
    ptn_match_write_json_members(json, match, PTN_MATCH_ENGLISH);
    ptn_json_object_end(json);
}

/* The advice's own members first, then what stands beside it. */
static struct ptn_status answer(struct run *run, const struct ptn_decide_traveller *traveller,
                                const struct ptn_advice *advice)
{
    const struct ptn_check *check = &traveller->check;
    struct ptn_json json = { .out = &run->out };

    ptn_buffer_clear(&run->out);
    ptn_json_object(&json);
    ptn_json_field_text_if(&json, "id", traveller->id);
    ptn_advice_write_json_members(&json, advice, !run->hide);
    ptn_json_key(&json, "matches");
    ptn_json_array(&json);
    for (size_t i = 0; i < check->match_count; i++)
        if (!run->hide || !ptn_match_is_discreet(&check->matches[i], check->direction))
            write_match(&json, &check->matches[i]);
    ptn_json_array_end(&json);
    ptn_json_object_end(&json);
    return ptn_answer_print(&json);
}

/* ---- what a check needs beside the traveller ---- */

/* "SURNAME<<GIVEN<NAMES" as an MRZ has it, "GIVEN SURNAME" of typed names. */
static struct ptn_bytes name_to_search(struct run *run,
                                       const struct ptn_decide_traveller *traveller)
{
    const struct ptn_person *person = &traveller->person;
    size_t len = person->surname.len + person->given.len + 2;
    char *text;

    if (person->name.len > 0)
        return person->name;
    text = ptn_arena_take(run->arena, len + 1);
    if (text == NULL)
        return PTN_BYTES_NONE;
    if (!traveller->has_mrz) {
        (void)snprintf(text, len + 1, "%.*s %.*s", (int)person->given.len,
                       (const char *)person->given.at, (int)person->surname.len,
                       (const char *)person->surname.at);
        return ptn_bytes_trim(ptn_bytes_from_text(text));
    }
    (void)snprintf(text, len + 1, "%.*s<<%.*s", (int)person->surname.len,
                   (const char *)person->surname.at, (int)person->given.len,
                   (const char *)person->given.at);
    for (char *at = strchr(text, ' '); at != NULL; at = strchr(at, ' '))
        *at = '<';
    return ptn_bytes_from_text(text);
}

static struct ptn_status list_ages(struct run *run, struct ptn_check *check)
{
    size_t count = ptn_snapshot_info(run->snapshot).list_count;
    struct ptn_check_list *lists = ptn_arena_take(run->arena, (count + 1) * sizeof(*lists));
    int64_t now_ms = run->world->now_ms(run->world->context);

    if (lists == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    for (size_t i = 0; i < count; i++) {
        struct ptn_snapshot_list list = ptn_snapshot_list(run->snapshot, i);
        int64_t age_s = (now_ms - list.edition_ms) / 1000;

        lists[i] = (struct ptn_check_list){ .list = list.name,
                                            .edition = list.edition,
                                            .age_s = age_s < 0 ? 0 : age_s };
        for (size_t kind = 0; kind < PTN_ENTRY_KIND_COUNT; kind++)
            lists[i].entries += list.entries[kind];
    }
    check->lists = lists;
    check->list_count = count;
    return PTN_OK;
}

static struct ptn_status search_lists(struct run *run, struct ptn_decide_traveller *traveller,
                                      struct ptn_diag *diag)
{
    struct ptn_check *check = &traveller->check;
    const struct ptn_person *person = &traveller->person;
    struct ptn_match *matches = NULL;
    struct ptn_status status;
    struct ptn_screen_query query = {
        .name = name_to_search(run, traveller),
        .mrz = traveller->has_mrz && person->name.len == 0,
        .birth = person->birth,
        .sex = person->sex,
        .number = person->document.number,
        .plate = check->plate,
        .today = check->today,
        .threshold = run->threshold,
    };

    if (run->snapshot == NULL)
        return PTN_OK;
    memcpy(query.nationality, person->nationality, sizeof(query.nationality));
    memcpy(query.issuer, person->document.issuer, sizeof(query.issuer));
    status = ptn_screen(run->snapshot, &query, run->arena, &matches, &check->match_count,
                        &check->more_matches, diag);
    if (!ptn_ok(status))
        return status;
    check->matches = matches;
    check->screened = true;
    return list_ages(run, check);
}

static bool same_document(const struct ptn_decide_crossing *crossing,
                          const struct ptn_person *person)
{
    return ptn_bytes_equal(crossing->number, person->document.number) &&
           memcmp(crossing->issuer, person->document.issuer, sizeof(crossing->issuer)) == 0 &&
           ptn_date_equal(crossing->birth, person->birth) &&
           ptn_date_equal(crossing->expiry, person->document.expiry);
}

/* The crossings of --stays with this traveller's document are added to those the traveller brought.
 */
static struct ptn_status recall_stays(struct run *run, struct ptn_decide_traveller *traveller)
{
    struct ptn_stay_history *history = &traveller->check.history;
    size_t count = history->event_count;
    struct ptn_stay_event *events;

    if (run->stays_path == NULL)
        return PTN_OK;
    events = ptn_arena_take(run->arena, (count + run->stay_count + 1) * sizeof(*events));
    if (events == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    if (count > 0)
        memcpy(events, history->events, count * sizeof(*events));
    for (size_t i = 0; i < run->stay_count; i++)
        if (same_document(&run->stays[i], &traveller->person))
            events[count++] = run->stays[i].event;
    history->known = true;
    history->events = events;
    history->event_count = ptn_decide_sort(events, count, traveller->check.today);
    return PTN_OK;
}

/* ---- one question ---- */

static struct ptn_status decide(struct run *run, json_t *root, size_t line)
{
    struct ptn_decide_traveller traveller;
    struct ptn_decide_fault fault = { 0 };
    struct ptn_check *check = &traveller.check;
    struct ptn_advice advice;
    struct ptn_diag diag = { 0 };
    struct ptn_status status;
    struct ptn_date today = ptn_place_local_date(run->world->now_ms(run->world->context));

    ptn_arena_clear(run->arena);
    if (!ptn_decide_read(root, today, run->arena, &traveller, &fault))
        return answer_error(run, fault.code, fault.text, line);
    check->conditions = run->conditions;
    status = search_lists(run, &traveller, &diag);
    if (ptn_ok(status))
        status = recall_stays(run, &traveller);
    if (ptn_ok(status) && run->rules != NULL)
        status = ptn_rules_run(run->rules, check, PTN_RULES_BUDGET_US, run->arena, &check->outcomes,
                               &check->outcome_count, &diag);
    if (ptn_ok(status))
        status = ptn_decide(check, run->arena, &advice, &diag);
    if (!ptn_ok(status))
        return answer_error(run, ptn_code_word(status.code),
                            diag.text != NULL ? diag.text : "the traveller cannot be checked",
                            line);
    return answer(run, &traveller, &advice);
}

/*
 * NDJSON, or travellers written over several lines: as long as no value was one line, lines are
 * gathered until they are a whole value. What no further line can complete is an error where it
 * began.
 */
static struct ptn_status run_lines(struct run *run, struct ptn_lines *lines,
                                   struct ptn_buffer *text)
{
    size_t first = 0;

    for (;;) {
        struct ptn_bytes line = PTN_BYTES_NONE;
        size_t number = 0;
        struct ptn_status status = ptn_lines_next(lines, &line, &number);
        bool end = status.code == PTN_C_NOT_FOUND;
        bool too_big = status.code == PTN_C_TOO_BIG;
        json_error_t error = { 0 };
        json_t *root = NULL;

        if (!ptn_ok(status) && !end && !too_big)
            return status;
        if (end && text->len == 0)
            return PTN_OK;
        if (!end && text->len == 0 && !too_big && ptn_bytes_trim(line).len == 0)
            continue;
        first = text->len == 0 ? number : first;
        too_big = too_big || (!end && (!ptn_ok(ptn_buffer_add(text, line)) ||
                                       !ptn_ok(ptn_buffer_add_u8(text, '\n'))));
        if (!too_big)
            root = json_loadb((const char *)text->at, text->len, JSON_REJECT_DUPLICATES, &error);
        if (root == NULL && !too_big && !end && !run->by_line &&
            json_error_code(&error) == json_error_premature_end_of_input)
            continue;
        if (too_big)
            status = answer_error(run, "too-big", "the line is too long", first);
        else if (root == NULL)
            status = answer_error(run, "bad-json", "this is not one JSON value", first);
        else
            status = decide(run, root, first);
        run->by_line = run->by_line || first == number;
        json_decref(root);
        ptn_buffer_clear(text);
        if (!ptn_ok(status) || end)
            return status;
    }
}

/* ---- files and options ---- */

static struct ptn_status read_file(const struct run *run, const char *path, struct ptn_buffer *ret)
{
    ptn_buffer_init(ret, FILE_LEN_MAX);
    return run->world->files->read(run->world->context, path, ret);
}

static struct ptn_status load_conditions(struct run *run, struct ptn_diag *diag)
{
    struct ptn_buffer bytes;
    struct ptn_status status;

    if (run->conditions_path == NULL)
        return ptn_conditions_load(ptn_conditions_shipped(), &run->conditions, diag);
    status = read_file(run, run->conditions_path, &bytes);
    if (ptn_ok(status))
        status = ptn_conditions_load(ptn_buffer_bytes(&bytes), &run->conditions, diag);
    ptn_buffer_release(&bytes);
    return status;
}

static struct ptn_status load_rules(struct run *run, struct ptn_diag *diag)
{
    struct ptn_buffer bytes;
    struct ptn_status status;

    if (run->rules_path == NULL)
        return PTN_OK;
    status = read_file(run, run->rules_path, &bytes);
    if (ptn_ok(status))
        status = ptn_rules_load(run->world, ptn_buffer_bytes(&bytes), &run->rules, diag);
    ptn_buffer_release(&bytes);
    return status;
}

/* One line of --stays; blank ones are none. */
static struct ptn_status take_stay(struct run *run, struct ptn_bytes line, size_t number,
                                   struct ptn_diag *diag)
{
    json_t *root;

    if (ptn_bytes_trim(line).len == 0)
        return PTN_OK;
    if (run->stay_count == STAYS_MAX)
        return ptn_fail(PTN_C_TOO_BIG, diag, number, "too many crossings");
    root = json_loadb((const char *)line.at, line.len, JSON_REJECT_DUPLICATES, NULL);
    if (root == NULL || json_array_append_new(run->stays_json, root) != 0 ||
        !ptn_decide_read_crossing(root, &run->stays[run->stay_count]))
        return ptn_fail(PTN_C_BAD_INPUT, diag, number, "the line is no crossing");
    run->stay_count++;
    return PTN_OK;
}

static struct ptn_status load_stays(struct run *run, struct ptn_diag *diag)
{
    struct ptn_buffer bytes;
    struct ptn_cursor cursor;
    struct ptn_bytes line;
    struct ptn_status status;
    size_t number = 0;

    if (run->stays_path == NULL)
        return PTN_OK;
    run->stays_json = json_array();
    run->stays = calloc(STAYS_MAX, sizeof(*run->stays));
    if (run->stays_json == NULL || run->stays == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    status = read_file(run, run->stays_path, &bytes);
    cursor = ptn_cursor_at(ptn_buffer_bytes(&bytes));
    while (ptn_ok(status) && ptn_ok(ptn_cursor_take_line(&cursor, &line)))
        status = take_stay(run, line, ++number, diag);
    ptn_buffer_release(&bytes);
    return status;
}

/* Open and read what the options name, saying what went wrong. */
static int open_all(struct run *run)
{
    struct ptn_diag diag = { 0 };
    const char *what = "the conditions";
    struct ptn_status status = load_conditions(run, &diag);

    if (ptn_ok(status)) {
        what = "the rules";
        status = load_rules(run, &diag);
    }
    if (ptn_ok(status)) {
        what = "the stays";
        status = load_stays(run, &diag);
    }
    if (ptn_ok(status) && run->watch_path != NULL) {
        what = "the lists";
        status = ptn_snapshot_open(run->world, run->watch_path, &run->snapshot, &diag);
    }
    if (ptn_ok(status))
        return PTN_EXIT_DONE;
    ptn_say_failure(what, status, &diag);
    return status.code == PTN_C_NOT_FOUND || status.code == PTN_C_CORRUPT ? PTN_EXIT_BAD_INPUT
                                                                          : ptn_exit_for(status);
}

static bool read_threshold(const char *text, unsigned *ret_threshold)
{
    char *end = NULL;
    double value = strtod(text, &end);

    if (end == text || *end != '\0' || !(value > 0.0) || value > 1.0)
        return false;
    *ret_threshold = (unsigned)(value * (double)PTN_SCREEN_SCORE_MAX + 0.5);
    return true;
}

static int read_options(struct run *run, int argc, char **argv)
{
    static const struct option options[] = {
        { "watch", required_argument, NULL, 'w' },
        { "rules", required_argument, NULL, 'r' },
        { "conditions", required_argument, NULL, 'c' },
        { "stays", required_argument, NULL, 's' },
        { "threshold", required_argument, NULL, 't' },
        { "without-discreet", no_argument, NULL, 'd' },
        { NULL, 0, NULL, 0 },
    };
    bool wrong = false;
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (option) {
        case 'w':
            run->watch_path = optarg;
            break;
        case 'r':
            run->rules_path = optarg;
            break;
        case 'c':
            run->conditions_path = optarg;
            break;
        case 's':
            run->stays_path = optarg;
            break;
        case 't':
            wrong = wrong || !read_threshold(optarg, &run->threshold);
            break;
        case 'd':
            run->hide = true;
            break;
        default:
            wrong = true;
            break;
        }
    }
    if (!wrong && optind == argc)
        return PTN_EXIT_DONE;
    (void)fputs(usage, stderr);
    return PTN_EXIT_USAGE;
}

static int answer_all(struct run *run)
{
    struct ptn_lines *lines = ptn_lines_new(ptn_answer_read_input, NULL, LINE_LEN_MAX);
    struct ptn_buffer text;
    struct ptn_status status = { PTN_C_NO_MEMORY };

    ptn_buffer_init(&text, LINE_LEN_MAX + 1);
    if (lines != NULL && run->arena != NULL)
        status = run_lines(run, lines, &text);
    ptn_buffer_release(&text);
    ptn_lines_free(lines);
    if (ptn_ok(status))
        return run->any_error ? PTN_EXIT_BAD_INPUT : PTN_EXIT_DONE;
    ptn_say_failure("decide", status, NULL);
    return PTN_EXIT_ENVIRONMENT;
}

int ptn_run_decide(int argc, char **argv)
{
    struct run run = { .world = ptn_world_real() };
    int code = read_options(&run, argc, argv);

    if (code != PTN_EXIT_DONE)
        return code;
    run.arena = ptn_arena_new(ARENA_SIZE_MAX);
    ptn_buffer_init(&run.out, ANSWER_LEN_MAX);
    code = open_all(&run);
    if (code == PTN_EXIT_DONE)
        code = answer_all(&run);
    ptn_buffer_release(&run.out);
    ptn_arena_free(run.arena);
    ptn_snapshot_close(run.snapshot);
    ptn_rules_free(run.rules);
    ptn_conditions_free(run.conditions);
    json_decref(run.stays_json);
    free(run.stays);
    return code;
}
