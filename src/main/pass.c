/*
 * main/pass.c -- `postern pass`: barcodes of boarding passes in, a line each, one JSON object each
 * out, in order. What cannot be read answers {"error":...} in its place.
 */
#include "main/answer.h"
#include "main/commands.h"

#include <getopt.h>
#include <stdio.h>

#include "base/world.h"
#include "document/bcbp.h"
#include "reference/place.h"

#define ANSWER_LEN_MAX 16384u

static const char usage[] = "usage: postern pass [--today YYYY-MM-DD] < LINES\n";

static struct ptn_status answer(struct ptn_buffer *out, struct ptn_bytes line, size_t number,
                                struct ptn_date today, bool *any_error)
{
    struct ptn_json json = { .out = out };
    struct ptn_diag diag = { 0 };
    struct ptn_bcbp pass;
    struct ptn_status status = ptn_bcbp_parse(line, &pass, &diag);

    if (!ptn_ok(status)) {
        *any_error = true;
        return ptn_answer_error(out, ptn_code_word(status.code), diag.text, number);
    }
    ptn_buffer_clear(out);
    ptn_bcbp_write_json(&json, &pass, today);
    return ptn_answer_print(&json);
}

static struct ptn_status run(struct ptn_lines *lines, struct ptn_buffer *out, struct ptn_date today,
                             bool *any_error)
{
    for (;;) {
        struct ptn_bytes line = PTN_BYTES_NONE;
        size_t number = 0;
        struct ptn_status status = ptn_lines_next(lines, &line, &number);

        if (status.code == PTN_C_NOT_FOUND)
            return PTN_OK;
        if (status.code == PTN_C_TOO_BIG) {
            *any_error = true;
            status = ptn_answer_error(out, "too-big", "the line is too long", number);
        } else if (ptn_ok(status) && line.len > 0) {
            status = answer(out, line, number, today, any_error);
        }
        if (!ptn_ok(status))
            return status;
    }
}

int ptn_run_pass(int argc, char **argv)
{
    static const struct option options[] = { { "today", required_argument, NULL, 't' },
                                             { NULL, 0, NULL, 0 } };
    const struct ptn_world *world = ptn_world_real();
    struct ptn_date today = ptn_place_local_date(world->now_ms(world->context));
    struct ptn_buffer out = { .len_max = ANSWER_LEN_MAX };
    struct ptn_lines *lines;
    bool any_error = false;
    int option;
    struct ptn_status status = { PTN_C_NO_MEMORY };

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
        if (option != 't' || !ptn_ok(ptn_date_parse(ptn_bytes_from_text(optarg), &today, NULL)) ||
            !ptn_date_is_full(today) || today.year < 1900) {
            (void)fputs(usage, stderr);
            return PTN_EXIT_USAGE;
        }
    if (optind != argc) {
        (void)fputs(usage, stderr);
        return PTN_EXIT_USAGE;
    }
    lines = ptn_lines_new(ptn_answer_read_input, NULL, PTN_BCBP_LEN_MAX + 2u);
    if (lines != NULL)
        status = run(lines, &out, today, &any_error);
    ptn_lines_free(lines);
    ptn_buffer_release(&out);
    if (!ptn_ok(status)) {
        ptn_say_failure("pass", status, NULL);
        return ptn_exit_for(status);
    }
    return any_error ? PTN_EXIT_BAD_INPUT : PTN_EXIT_DONE;
}
