/*
 * main/screen.c -- `postern screen`: one query a line in, one answer a line out, in order. Memory
 * is bounded by one line.
 */
#include <getopt.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "main/answer.h"
#include "main/commands.h"
#include "main/rescreen.h"
#include "main/screen_replay.h"
#include "main/screen_report.h"
#include "watch/register.h"
#include "watch/screen.h"

#define LINE_LEN_MAX   ((size_t)64 * 1024)
#define ANSWER_LEN_MAX ((size_t)4 * 1024 * 1024)
#define ARENA_LEN_MAX  ((size_t)8 * 1024 * 1024)

static const char usage[] =
    "usage: postern screen --watch SNAP [--top N] [--threshold T] "
    "[--brute] [--kind KIND] [--language en|sq]\n"
    "                      [--register REG]... [--false-positive-report] "
    "< QUERIES\n"
    "       postern screen --watch SNAP --replay DIR\n"
    "       postern screen --watch SNAP --again DIR [--brute]\n"
    "\n"
    "A query is "
    "{\"id\",\"name\",\"birth\",\"nationality\",\"sex\",\"number\","
    "\"issuer\",\"plate\",\"vessel\",\"kind\"}; what is not\n"
    "known is left out. KIND is person, entity, vessel, aircraft or any; "
    "without it a query that has a birth date,\n"
    "nationality, sex or document searches persons, a bare name searches "
    "all kinds. T is 0.70 to 1. --false-positive-report: the queries are "
    "travellers of whom nobody is listed; how many\n"
    "in 100,000 would be stopped at each threshold, by list and by rule.\n"
    "--replay: a node's decisions are screened again, and must come to what was recorded.\n"
    "--again: whoever was let through at a node in the last 14 days; what SNAP has of them and the "
    "lane had not.\n"
    "--register: numbers of documents and plates are looked up there, too; "
    "\"near\" has those easily mistaken for the one asked.\n";

#define REGISTER_MAX 4u

struct run {
    struct ptn_snapshot *snapshot;
    const char *replay; /* a node's folder; NULL: questions are answered */
    const char *again;  /* likewise */
    const char *register_paths[REGISTER_MAX];
    struct ptn_register *registers[REGISTER_MAX];
    size_t register_count;
    struct ptn_arena *arena;
    struct ptn_buffer out;
    unsigned top;
    unsigned threshold;
    unsigned kinds;
    bool brute;
    bool albanian;
    bool any_error;
    struct ptn_screen_report *report; /* NULL: each query is answered */
};

static void write_id(struct ptn_json *json, const json_t *object)
{
    const json_t *id = json_object_get(object, "id");

    if (json_is_string(id))
        ptn_json_field_text(json, "id",
                            ptn_bytes_of(json_string_value(id), json_string_length(id)));
    else if (json_is_integer(id))
        ptn_json_field_number(json, "id", json_integer_value(id));
}

static struct ptn_status answer_error(struct run *run, const json_t *object, const char *code,
                                      const char *message, size_t line)
{
    struct ptn_json json = { .out = &run->out };

    run->any_error = true;
    ptn_buffer_clear(&run->out);
    ptn_json_object(&json);
    write_id(&json, object);
    ptn_answer_write_error(&json, code, message, line);
    ptn_json_object_end(&json);
    return ptn_answer_print(&json);
}

/* ---- a query ---- */

static struct ptn_bytes member(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);

    return json_is_string(value)
               ? ptn_bytes_trim(ptn_bytes_of(json_string_value(value), json_string_length(value)))
               : PTN_BYTES_NONE;
}

/* 0 for a word that is no kind. */
static unsigned kinds_of(struct ptn_bytes word)
{
    enum ptn_entry_kind kind;

    if (ptn_bytes_is(word, "any"))
        return PTN_SCREEN_ALL;
    return ptn_ok(ptn_entry_kind_find(word, &kind)) ? PTN_SCREEN_KIND(kind) : 0;
}

/* The query of one line; NULL, or why it is none. What a State's word could not be understood as
 * stands in *ret_note. */
static const char *read_query(const struct run *run, const json_t *object,
                              struct ptn_screen_query *query, const char **ret_note)
{
    static const char *const texts[] = { "name",   "birth", "nationality", "sex", "number",
                                         "issuer", "plate", "vessel",      "kind" };
    struct ptn_bytes birth = member(object, "birth"), sex = member(object, "sex");
    struct ptn_bytes nationality = member(object, "nationality"), issuer = member(object, "issuer");
    struct ptn_bytes kind = member(object, "kind");

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        const json_t *value = json_object_get(object, texts[i]);

        if (value != NULL && !json_is_string(value) && !json_is_null(value))
            return "a field that must be text is not";
    }
    query->name = member(object, "name");
    query->number = member(object, "number");
    query->plate = member(object, "plate");
    query->vessel = member(object, "vessel");
    if (birth.len > 0 && !ptn_ok(ptn_date_parse(birth, &query->birth, NULL)))
        return "birth is no date (YYYY-MM-DD, YYYY-MM or YYYY)";
    if (nationality.len > 0 && !ptn_nation_find(nationality, query->nationality))
        *ret_note = "the nationality is not known and was left out";
    if (issuer.len > 0 && !ptn_nation_find(issuer, query->issuer))
        *ret_note = "the issuer is not known and was left out";
    if (sex.len > 0 && (sex.at[0] == 'M' || sex.at[0] == 'm'))
        query->sex = 'M';
    else if (sex.len > 0 && (sex.at[0] == 'F' || sex.at[0] == 'f'))
        query->sex = 'F';
    query->kinds = run->kinds;
    if (kind.len > 0)
        query->kinds = kinds_of(kind);
    if (kind.len > 0 && query->kinds == 0)
        return "kind is person, entity, vessel, aircraft, document, vehicle or any";
    if (query->kinds == 0)
        query->kinds = birth.len + nationality.len + sex.len + query->number.len > 0
                           ? PTN_SCREEN_PERSONS
                           : PTN_SCREEN_ALL;
    return NULL;
}

/* ---- an answer ---- */

static void write_effect(const struct run *run, struct ptn_json *json, const char *key,
                         const struct ptn_list_effect *effect)
{
    ptn_json_key(json, key);
    ptn_json_object(json);
    ptn_json_field_text(json, "action", ptn_bytes_from_text(ptn_list_action_word(effect->action)));
    ptn_json_field_text(json, "text", run->albanian ? effect->text_sq : effect->text);
    ptn_json_object_end(json);
}

static void write_match(const struct run *run, struct ptn_json *json, const struct ptn_match *match)
{
    ptn_json_object(json);
    ptn_match_write_json_members(json, match,
                                 run->albanian ? PTN_MATCH_ALBANIAN : PTN_MATCH_ENGLISH);
    write_effect(run, json, "on_entry", &match->on_entry);
    write_effect(run, json, "on_exit", &match->on_exit);
    if (match->own_nationals_exempt)
        ptn_json_field_bool(json, "own_nationals_exempt", true);
    ptn_json_field_text_if(json, "programme", match->programme);
    ptn_json_field_text_if(json, "edition", match->edition);
    ptn_json_object_end(json);
}

typedef struct ptn_status (*look_up)(const struct ptn_register *reg,
                                     const struct ptn_screen_query *query, struct ptn_arena *arena,
                                     struct ptn_match **ret_matches, size_t *ret_count,
                                     struct ptn_diag *reterr);

/* What every register says, into the array that is open. */
static struct ptn_status write_numbers(const struct run *run, const struct ptn_screen_query *query,
                                       look_up look, struct ptn_json *json, struct ptn_diag *reterr)
{
    for (size_t i = 0; i < run->register_count; i++) {
        struct ptn_match *found = NULL;
        size_t count = 0;
        struct ptn_status status =
            look(run->registers[i], query, run->arena, &found, &count, reterr);

        if (!ptn_ok(status))
            return status;
        for (size_t m = 0; m < count; m++)
            write_match(run, json, &found[m]);
    }
    return PTN_OK;
}

/* The registers' answers: exact ones among the matches, before the array ends; the others apart. */
static struct ptn_status end_matches(const struct run *run, const struct ptn_screen_query *query,
                                     bool more, struct ptn_json *json, struct ptn_diag *reterr)
{
    struct ptn_status status = write_numbers(run, query, ptn_register_find, json, reterr);

    ptn_json_array_end(json);
    ptn_json_field_bool(json, "more", more);
    if (ptn_ok(status) && run->register_count > 0) {
        ptn_json_key(json, "near");
        ptn_json_array(json);
        status = write_numbers(run, query, ptn_register_near, json, reterr);
        ptn_json_array_end(json);
    }
    return status;
}

static struct ptn_status answer(struct run *run, const json_t *object, size_t line)
{
    struct ptn_screen_query query = {
        .threshold = run->threshold, .top = run->top, .brute = run->brute, .include_off = true
    };
    struct ptn_json json = { .out = &run->out };
    struct ptn_match *matches = NULL;
    struct ptn_diag diag = { 0, NULL };
    const char *note = NULL, *wrong = read_query(run, object, &query, &note);
    struct ptn_status status;
    size_t count = 0;
    bool more = false;

    if (wrong != NULL)
        return answer_error(run, object, "bad-input", wrong, line);
    ptn_arena_clear(run->arena);
    status = ptn_screen(run->snapshot, &query, run->arena, &matches, &count, &more, &diag);
    if (status.code == PTN_C_CORRUPT)
        return status;
    if (!ptn_ok(status))
        return answer_error(run, object, ptn_code_word(status.code),
                            diag.text == NULL ? "" : diag.text, line);
    if (run->report != NULL) {
        ptn_screen_report_take(run->report, matches, count);
        return PTN_OK;
    }
    ptn_buffer_clear(&run->out);
    ptn_json_object(&json);
    write_id(&json, object);
    ptn_json_key(&json, "matches");
    ptn_json_array(&json);
    for (size_t i = 0; i < count; i++)
        write_match(run, &json, &matches[i]);
    status = end_matches(run, &query, more, &json, &diag);
    if (!ptn_ok(status))
        return status;
    if (note != NULL)
        ptn_json_field_text(&json, "note", ptn_bytes_from_text(note));
    ptn_json_object_end(&json);
    return ptn_answer_print(&json);
}

static struct ptn_status answer_line(struct run *run, struct ptn_bytes line, size_t number)
{
    json_error_t error;
    json_t *object = json_loadb((const char *)line.at, line.len, JSON_REJECT_DUPLICATES, &error);
    struct ptn_status status;

    if (json_is_object(object))
        status = answer(run, object, number);
    else
        status = answer_error(run, NULL, "bad-input", "the line is no JSON object", number);
    json_decref(object);
    return status;
}

static struct ptn_status screen_all(struct run *run, struct ptn_lines *lines)
{
    for (;;) {
        struct ptn_bytes line;
        size_t number = 0;
        struct ptn_status status = ptn_lines_next(lines, &line, &number);

        if (status.code == PTN_C_NOT_FOUND)
            return PTN_OK;
        if (status.code == PTN_C_TOO_BIG)
            status = answer_error(run, NULL, "too-big", "the line is too long", number);
        else if (ptn_ok(status) && ptn_bytes_trim(line).len > 0)
            status = answer_line(run, line, number);
        if (!ptn_ok(status))
            return status;
    }
}

static struct ptn_status print_report(struct run *run)
{
    struct ptn_json json = { .out = &run->out };

    ptn_buffer_clear(&run->out);
    ptn_screen_report_write(run->report, &json);
    return ptn_answer_print(&json);
}

/* "0.7", ".85" or "1" in 1/10000; 0 when it is none of these. */
static unsigned read_threshold(const char *text)
{
    char *end;
    double value = strtod(text, &end);

    if (end == text || *end != '\0' || !(value >= 0.0 && value <= 1.0))
        return 0;
    if (value < 0.0001)
        return 1;
    return (unsigned)(value * PTN_SCREEN_SCORE_MAX + 0.5);
}

static const char *read_options(int argc, char **argv, struct run *run)
{
    static const struct option options[] = {
        { "watch", required_argument, NULL, 'w' },
        { "register", required_argument, NULL, 'r' },
        { "replay", required_argument, NULL, 'p' },
        { "again", required_argument, NULL, 'a' },
        { "top", required_argument, NULL, 't' },
        { "threshold", required_argument, NULL, 'T' },
        { "brute", no_argument, NULL, 'b' },
        { "kind", required_argument, NULL, 'k' },
        { "language", required_argument, NULL, 'l' },
        { "false-positive-report", no_argument, NULL, 'f' },
        { NULL, 0, NULL, 0 },
    };
    const char *path = NULL;
    bool wants_report = false;

    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        if (option == 'w')
            path = optarg;
        else if (option == 'p')
            run->replay = optarg;
        else if (option == 'a')
            run->again = optarg;
        else if (option == 'r' && run->register_count < REGISTER_MAX)
            run->register_paths[run->register_count++] = optarg;
        else if (option == 't')
            run->top = (unsigned)strtoul(optarg, NULL, 10);
        else if (option == 'T')
            run->threshold = read_threshold(optarg);
        else if (option == 'b')
            run->brute = true;
        else if (option == 'k')
            run->kinds = kinds_of(ptn_bytes_from_text(optarg));
        else if (option == 'l')
            run->albanian = strcmp(optarg, "sq") == 0;
        else if (option == 'f')
            wants_report = true;
        else
            return NULL;
        if ((option == 't' && (run->top == 0 || run->top > PTN_SCREEN_TOP_MAX)) ||
            (option == 'T' && run->threshold == 0) || (option == 'k' && run->kinds == 0))
            return NULL;
    }
    if (wants_report) {
        run->report = ptn_screen_report_new();
        run->top = PTN_SCREEN_TOP_MAX;
        run->threshold = PTN_SCREEN_THRESHOLD_DEFAULT;
        if (run->report == NULL)
            return NULL;
    }
    return optind == argc ? path : NULL;
}

static struct ptn_status open_all(struct run *run, const char *path, struct ptn_diag *reterr)
{
    struct ptn_status status = ptn_snapshot_open(ptn_world_real(), path, &run->snapshot, reterr);

    for (size_t i = 0; i < run->register_count && ptn_ok(status); i++)
        status =
            ptn_register_open(ptn_world_real(), run->register_paths[i], &run->registers[i], reterr);
    return status;
}

int ptn_run_screen(int argc, char **argv)
{
    struct run run = { 0 };
    struct ptn_diag diag = { 0, NULL };
    struct ptn_lines *lines = NULL;
    int replayed = PTN_EXIT_DONE;
    const char *path = read_options(argc, argv, &run);
    struct ptn_status status;

    if (path == NULL) {
        ptn_screen_report_free(run.report);
        (void)fputs(usage, stderr);
        return PTN_EXIT_USAGE;
    }
    ptn_buffer_init(&run.out, ANSWER_LEN_MAX);
    status = open_all(&run, path, &diag);
    if (ptn_ok(status)) {
        run.arena = ptn_arena_new(ARENA_LEN_MAX);
        lines = ptn_lines_new(ptn_answer_read_input, NULL, LINE_LEN_MAX);
        status.code = run.arena == NULL || lines == NULL ? PTN_C_NO_MEMORY : PTN_C_OK;
    }
    if (ptn_ok(status) && run.replay != NULL)
        replayed = ptn_screen_replay(run.snapshot, run.replay);
    else if (ptn_ok(status) && run.again != NULL)
        replayed = ptn_rescreen_print(run.snapshot, run.again, run.brute);
    else if (ptn_ok(status))
        status = screen_all(&run, lines);
    if (ptn_ok(status) && run.report != NULL)
        status = print_report(&run);
    ptn_screen_report_free(run.report);
    ptn_lines_free(lines);
    ptn_arena_free(run.arena);
    for (size_t i = 0; i < run.register_count; i++)
        ptn_register_close(run.registers[i]);
    ptn_snapshot_close(run.snapshot);
    ptn_buffer_release(&run.out);
    if (!ptn_ok(status)) {
        ptn_say_failure("screen", status, &diag);
        return status.code == PTN_C_NOT_FOUND ? PTN_EXIT_ENVIRONMENT : ptn_exit_for(status);
    }
    return run.any_error ? PTN_EXIT_BAD_INPUT : replayed;
}
