/*
 * main/screen.c -- `postern screen`: one query a line in, one answer a line out, in order, worked
 * on by as many threads as there are processors. Memory is bounded: main/workers.h.
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
#include "main/workers.h"
#include "watch/register.h"
#include "watch/screen.h"

#define LINE_LEN_MAX   ((size_t)64 * 1024)
#define ANSWER_LEN_MAX ((size_t)4 * 1024 * 1024)
#define ARENA_LEN_MAX  ((size_t)8 * 1024 * 1024)

static const char usage[] =
    "usage: postern screen --watch SNAP [--top N] [--threshold T] "
    "[--brute] [--kind KIND] [--language en|sq]\n"
    "                      [--register REG]... [--workers N] [--false-positive-report] "
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
    "--workers: threads, 1 to 64; as many as there are processors. The answers are the same, in "
    "the "
    "order of the queries.\n"
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
    unsigned workers;
    unsigned top;
    unsigned threshold;
    unsigned kinds;
    bool brute;
    bool albanian;
    struct ptn_screen_report *report; /* NULL: each query is answered */
};

/* One thread's own. */
struct worker {
    const struct run *run;
    struct ptn_arena *arena;
    struct ptn_buffer *out; /* the answer in hand */
    bool any_error;
    bool counts; /* the query in hand is one for the report, with these matches */
    struct ptn_match *matches;
    size_t match_count;
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

static struct ptn_status end_line(const struct ptn_json *json)
{
    struct ptn_status status = ptn_json_end(json);

    return ptn_ok(status) ? ptn_buffer_add_text(json->out, "\n") : status;
}

static struct ptn_status answer_error(struct worker *worker, const json_t *object, const char *code,
                                      const char *message, size_t line)
{
    struct ptn_json json = { .out = worker->out };

    worker->any_error = true;
    ptn_buffer_clear(worker->out);
    ptn_json_object(&json);
    write_id(&json, object);
    ptn_answer_write_error(&json, code, message, line);
    ptn_json_object_end(&json);
    return end_line(&json);
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
    static const char *const texts[] = { "name",   "birth", "nationality", "sex",  "number",
                                         "issuer", "plate", "vessel",      "kind", "birthPlace" };
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
    query->birth_place = member(object, "birthPlace");
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
static struct ptn_status write_numbers(const struct worker *worker,
                                       const struct ptn_screen_query *query, look_up look,
                                       struct ptn_json *json, struct ptn_diag *reterr)
{
    const struct run *run = worker->run;

    for (size_t i = 0; i < run->register_count; i++) {
        struct ptn_match *found = NULL;
        size_t count = 0;
        struct ptn_status status =
            look(run->registers[i], query, worker->arena, &found, &count, reterr);

        if (!ptn_ok(status))
            return status;
        for (size_t m = 0; m < count; m++)
            write_match(run, json, &found[m]);
    }
    return PTN_OK;
}

/* The registers' answers: exact ones among the matches, before the array ends; the others apart. */
static struct ptn_status end_matches(const struct worker *worker,
                                     const struct ptn_screen_query *query, bool more,
                                     struct ptn_json *json, struct ptn_diag *reterr)
{
    struct ptn_status status = write_numbers(worker, query, ptn_register_find, json, reterr);

    ptn_json_array_end(json);
    ptn_json_field_bool(json, "more", more);
    if (ptn_ok(status) && worker->run->register_count > 0) {
        ptn_json_key(json, "near");
        ptn_json_array(json);
        status = write_numbers(worker, query, ptn_register_near, json, reterr);
        ptn_json_array_end(json);
    }
    return status;
}

static struct ptn_status write_answer(struct worker *worker, const json_t *object,
                                      const struct ptn_screen_query *query, bool more,
                                      const char *note)
{
    struct ptn_json json = { .out = worker->out };
    struct ptn_status status;

    ptn_json_object(&json);
    write_id(&json, object);
    ptn_json_key(&json, "matches");
    ptn_json_array(&json);
    for (size_t i = 0; i < worker->match_count; i++)
        write_match(worker->run, &json, &worker->matches[i]);
    status = end_matches(worker, query, more, &json, NULL);
    if (!ptn_ok(status))
        return status;
    if (note != NULL)
        ptn_json_field_text(&json, "note", ptn_bytes_from_text(note));
    ptn_json_object_end(&json);
    return end_line(&json);
}

static struct ptn_status answer(struct worker *worker, const json_t *object, size_t line)
{
    const struct run *run = worker->run;
    struct ptn_screen_query query = {
        .threshold = run->threshold, .top = run->top, .brute = run->brute, .include_off = true
    };
    struct ptn_diag diag = { 0, NULL };
    const char *note = NULL, *wrong = read_query(run, object, &query, &note);
    struct ptn_status status;
    bool more = false;

    if (wrong != NULL)
        return answer_error(worker, object, "bad-input", wrong, line);
    ptn_arena_clear(worker->arena);
    status = ptn_screen(run->snapshot, &query, worker->arena, &worker->matches,
                        &worker->match_count, &more, &diag);
    if (status.code == PTN_C_CORRUPT)
        return status;
    if (!ptn_ok(status))
        return answer_error(worker, object, ptn_code_word(status.code),
                            diag.text == NULL ? "" : diag.text, line);
    worker->counts = run->report != NULL;
    if (worker->counts)
        return PTN_OK;
    status = write_answer(worker, object, &query, more, note);
    if (status.code == PTN_C_TOO_BIG || status.code == PTN_C_NO_MEMORY)
        return answer_error(worker, object, ptn_code_word(status.code), "the answer is too long",
                            line);
    return status;
}

/* One line, on any of the threads: ptn_workers_job. */
static struct ptn_status work(void *context, struct ptn_bytes line, size_t number, bool too_big,
                              struct ptn_buffer *out)
{
    struct worker *worker = context;
    json_error_t error;
    json_t *object;
    struct ptn_status status;

    worker->out = out;
    worker->counts = false;
    if (too_big)
        return answer_error(worker, NULL, "too-big", "the line is too long", number);
    if (ptn_bytes_trim(line).len == 0)
        return PTN_OK;
    object = json_loadb((const char *)line.at, line.len, JSON_REJECT_DUPLICATES, &error);
    if (json_is_object(object))
        status = answer(worker, object, number);
    else
        status = answer_error(worker, NULL, "bad-input", "the line is no JSON object", number);
    json_decref(object);
    return status;
}

/* In the order of lines, so that the report is the same with any number of threads. */
static void take_for_report(void *context)
{
    const struct worker *worker = context;

    if (worker->counts)
        ptn_screen_report_take(worker->run->report, worker->matches, worker->match_count);
}

static struct ptn_status screen_all(const struct run *run, bool *ret_any_error)
{
    struct worker workers[PTN_WORKERS_MAX];
    void *each[PTN_WORKERS_MAX];
    struct ptn_workers_job job = { work,         run->report != NULL ? take_for_report : NULL,
                                   each,         run->workers,
                                   LINE_LEN_MAX, ANSWER_LEN_MAX };
    struct ptn_status status = PTN_OK;

    for (unsigned i = 0; i < run->workers; i++) {
        workers[i] = (struct worker){ .run = run, .arena = ptn_arena_new(ARENA_LEN_MAX) };
        each[i] = &workers[i];
        if (workers[i].arena == NULL)
            status.code = PTN_C_NO_MEMORY;
    }
    if (ptn_ok(status))
        status = ptn_workers_run(&job);
    for (unsigned i = 0; i < run->workers; i++) {
        *ret_any_error = *ret_any_error || workers[i].any_error;
        ptn_arena_free(workers[i].arena);
    }
    return status;
}

static struct ptn_status print_report(const struct run *run)
{
    struct ptn_buffer out = { .len_max = ANSWER_LEN_MAX };
    struct ptn_json json = { .out = &out };
    struct ptn_status status;

    ptn_screen_report_write(run->report, &json);
    status = ptn_answer_print(&json);
    ptn_buffer_release(&out);
    return status;
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
        { "workers", required_argument, NULL, 'n' },
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
        else if (option == 'n')
            run->workers = (unsigned)strtoul(optarg, NULL, 10);
        else if (option == 'f')
            wants_report = true;
        else
            return NULL;
        if ((option == 't' && (run->top == 0 || run->top > PTN_SCREEN_TOP_MAX)) ||
            (option == 'T' && run->threshold == 0) || (option == 'k' && run->kinds == 0) ||
            (option == 'n' && (run->workers == 0 || run->workers > PTN_WORKERS_MAX)))
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
    struct run run = { .workers = ptn_workers_count() };
    struct ptn_diag diag = { 0, NULL };
    bool any_error = false;
    int replayed = PTN_EXIT_DONE;
    const char *path = read_options(argc, argv, &run);
    struct ptn_status status;

    if (path == NULL) {
        ptn_screen_report_free(run.report);
        (void)fputs(usage, stderr);
        return PTN_EXIT_USAGE;
    }
    status = open_all(&run, path, &diag);
    if (ptn_ok(status) && run.replay != NULL)
        replayed = ptn_screen_replay(run.snapshot, run.replay);
    else if (ptn_ok(status) && run.again != NULL)
        replayed = ptn_rescreen_print(run.snapshot, run.again, run.brute);
    else if (ptn_ok(status))
        status = screen_all(&run, &any_error);
    if (ptn_ok(status) && run.report != NULL)
        status = print_report(&run);
    ptn_screen_report_free(run.report);
    for (size_t i = 0; i < run.register_count; i++)
        ptn_register_close(run.registers[i]);
    ptn_snapshot_close(run.snapshot);
    if (!ptn_ok(status)) {
        ptn_say_failure("screen", status, &diag);
        return status.code == PTN_C_NOT_FOUND ? PTN_EXIT_ENVIRONMENT : ptn_exit_for(status);
    }
    return any_error ? PTN_EXIT_BAD_INPUT : replayed;
}
