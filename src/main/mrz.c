/*
 * main/mrz.c -- `postern mrz`: machine readable zones in, one JSON object each out, in order.
 *
 * Blocks of lines with a blank line between, or with --ndjson one {"mrz":"line\nline"} a line. What
 * cannot be read as a question answers {"error":...} in its place.
 */
#include "main/answer.h"
#include "main/commands.h"

#include <getopt.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/world.h"
#include "document/mrz.h"
#include "reference/place.h"

#define LINE_LEN_MAX   ((size_t)64 * 1024)
#define ANSWER_LEN_MAX ((size_t)64 * 1024)

static const char usage[] = "usage: postern mrz [--ndjson] [--today YYYY-MM-DD] < INPUT\n";

struct run {
    struct ptn_date today;
    bool ndjson;
    bool any_invalid;
    bool any_error;
    struct ptn_buffer out;
};

static struct ptn_status answer_error(struct run *run, const char *code, const char *message,
                                      size_t line)
{
    run->any_error = true;
    return ptn_answer_error(&run->out, code, message, line);
}

static struct ptn_status answer(struct run *run, struct ptn_bytes text, size_t line)
{
    struct ptn_json json = { .out = &run->out };
    struct ptn_diag diag = { 0 };
    struct ptn_mrz mrz;
    struct ptn_status status = ptn_mrz_parse(text, run->today, &mrz, &diag);

    if (!ptn_ok(status))
        return answer_error(run, ptn_code_word(status.code), diag.text, line);
    run->any_invalid |= !mrz.valid;
    ptn_buffer_clear(&run->out);
    ptn_mrz_write_json(&json, &mrz);
    return ptn_answer_print(&json);
}

static struct ptn_status answer_json(struct run *run, struct ptn_bytes line, size_t number)
{
    json_error_t error;
    json_t *root = json_loadb((const char *)line.at, line.len, JSON_REJECT_DUPLICATES, &error);
    json_t *mrz = json_object_get(root, "mrz");
    struct ptn_status status;

    if (root == NULL)
        status = answer_error(run, "bad-json", "the line is not one JSON value", number);
    else if (!json_is_string(mrz))
        status = answer_error(run, "no-mrz", "the line has no text under \"mrz\"", number);
    else
        status = answer(run, ptn_bytes_of(json_string_value(mrz), json_string_length(mrz)), number);
    json_decref(root);
    return status;
}

static bool is_blank(struct ptn_bytes line)
{
    return ptn_bytes_trim(line).len == 0;
}

/* Each line of NDJSON is a question; blank ones are none. */
static struct ptn_status run_ndjson(struct run *run, struct ptn_lines *lines)
{
    for (;;) {
        struct ptn_bytes line;
        size_t number = 0;
        struct ptn_status status = ptn_lines_next(lines, &line, &number);

        if (status.code == PTN_C_NOT_FOUND)
            return PTN_OK;
        if (status.code == PTN_C_TOO_BIG)
            status = answer_error(run, "too-big", "the line is too long", number);
        else if (ptn_ok(status) && !is_blank(line))
            status = answer_json(run, line, number);
        if (!ptn_ok(status))
            return status;
    }
}

/* A block goes on to a blank line or the end of the input. */
static struct ptn_status run_blocks(struct run *run, struct ptn_lines *lines,
                                    struct ptn_buffer *block)
{
    size_t first = 0;
    bool too_big = false;

    for (;;) {
        struct ptn_bytes line = PTN_BYTES_NONE;
        size_t number = 0;
        struct ptn_status status = ptn_lines_next(lines, &line, &number);
        bool end = status.code == PTN_C_NOT_FOUND;

        if (status.code == PTN_C_TOO_BIG) {
            first = first == 0 ? number : first;
            too_big = true;
            continue;
        }
        if (!ptn_ok(status) && !end)
            return status;
        if (!end && !is_blank(line)) {
            first = first == 0 ? number : first;
            too_big |=
                !ptn_ok(ptn_buffer_add(block, line)) || !ptn_ok(ptn_buffer_add_u8(block, '\n'));
            continue;
        }
        status = PTN_OK;
        if (too_big)
            status = answer_error(run, "too-big", "the block is too long", first);
        else if (block->len > 0)
            status = answer(run, ptn_buffer_bytes(block), first);
        if (!ptn_ok(status) || end)
            return status;
        ptn_buffer_clear(block);
        first = 0;
        too_big = false;
    }
}

/* PTN_EXIT_DONE, or the exit code to leave with at once. */
static int read_options(struct run *run, int argc, char **argv)
{
    static const struct option options[] = { { "ndjson", no_argument, NULL, 'n' },
                                             { "today", required_argument, NULL, 't' },
                                             { NULL, 0, NULL, 0 } };
    const struct ptn_world *world = ptn_world_real();
    int option;

    run->today = ptn_place_local_date(world->now_ms(world->context));
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == 'n') {
            run->ndjson = true;
            continue;
        }
        if (option != 't' ||
            !ptn_ok(ptn_date_parse(ptn_bytes_from_text(optarg), &run->today, NULL)) ||
            !ptn_date_is_full(run->today) || run->today.year < 1900) {
            (void)fputs(usage, stderr);
            return PTN_EXIT_USAGE;
        }
    }
    if (optind != argc) {
        (void)fputs(usage, stderr);
        return PTN_EXIT_USAGE;
    }
    return PTN_EXIT_DONE;
}

int ptn_run_mrz(int argc, char **argv)
{
    struct run run = { 0 };
    int exit_code = read_options(&run, argc, argv);
    struct ptn_lines *lines;
    struct ptn_buffer block;
    struct ptn_status status = { PTN_C_NO_MEMORY };

    if (exit_code != PTN_EXIT_DONE)
        return exit_code;
    ptn_buffer_init(&run.out, ANSWER_LEN_MAX);
    ptn_buffer_init(&block, LINE_LEN_MAX);
    lines = ptn_lines_new(ptn_answer_read_input, NULL, LINE_LEN_MAX);
    if (lines != NULL)
        status = run.ndjson ? run_ndjson(&run, lines) : run_blocks(&run, lines, &block);
    ptn_lines_free(lines);
    ptn_buffer_release(&block);
    ptn_buffer_release(&run.out);
    if (!ptn_ok(status)) {
        ptn_say_failure("mrz", status, NULL);
        return ptn_exit_for(status);
    }
    if (run.any_error)
        return PTN_EXIT_BAD_INPUT;
    return run.any_invalid ? PTN_EXIT_NEGATIVE : PTN_EXIT_DONE;
}
