/*
 * main/names.c -- `postern names compare`: pairs of names in, one JSON object each out, in order.
 *
 * A line is "a<TAB>b" (more columns are ignored). What is no pair answers {"error":...} in its
 * place.
 */
#include "main/answer.h"
#include "main/commands.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "names/score.h"

#define LINE_LEN_MAX   ((size_t)64 * 1024)
#define ANSWER_LEN_MAX ((size_t)1024 * 1024)

static const char usage[] =
    "usage: postern names compare [--language en|sq] [--sounds] < PAIRS.tsv\n";

struct run {
    const char *language;
    bool sounds;
    bool any_error;
    struct ptn_buffer out;
};

static struct ptn_status answer_error(struct run *run, const char *message, size_t line)
{
    run->any_error = true;
    return ptn_answer_error(&run->out, "bad-input", message, line);
}

/* The text that count parts from first on came from. */
static struct ptn_bytes words_of(struct ptn_bytes text, const struct ptn_name *name, unsigned first,
                                 unsigned count)
{
    const struct ptn_name_part *last = &name->parts[first + count - 1];
    size_t at = name->parts[first].at;

    return ptn_bytes_slice(text, at, (size_t)last->at + last->len - at);
}

static void write_rule(struct run *run, struct ptn_json *json, enum ptn_score_rule rule)
{
    ptn_json_field_text(json, "rule", ptn_bytes_from_text(ptn_score_rule_id(rule)));
    ptn_json_field_text(json, "text",
                        ptn_bytes_from_text(ptn_score_rule_text(rule, run->language)));
}

static void write_left(struct ptn_json *json, const char *key, struct ptn_bytes text,
                       const struct ptn_name *name, unsigned left)
{
    ptn_json_key(json, key);
    ptn_json_array(json);
    for (unsigned i = 0; i < name->part_count; i++)
        if ((left >> i & 1u) != 0)
            ptn_json_text(json, words_of(text, name, i, 1));
    ptn_json_array_end(json);
}

static void write_sounds(struct ptn_json *json, const char *key, const struct ptn_name *name)
{
    ptn_json_key(json, key);
    ptn_json_array(json);
    for (unsigned i = 0; i < name->part_count; i++) {
        char sound[PTN_NAME_SOUND_SIZE];

        ptn_json_text(json, ptn_bytes_from_text(ptn_name_sound(&name->parts[i], sound)));
    }
    ptn_json_array_end(json);
}

static void write_why(struct run *run, struct ptn_json *json, const struct ptn_bytes text[2],
                      const struct ptn_name name[2], const struct ptn_score_why *why)
{
    ptn_json_key(json, "why");
    ptn_json_array(json);
    for (unsigned i = 0; i < why->pair_count; i++) {
        const struct ptn_score_pair *pair = &why->pairs[i];

        ptn_json_object(json);
        write_rule(run, json, (enum ptn_score_rule)pair->rule);
        ptn_json_field_text(json, "a", words_of(text[0], &name[0], pair->a_first, pair->a_count));
        ptn_json_field_text(json, "b", words_of(text[1], &name[1], pair->b_first, pair->b_count));
        ptn_json_key(json, "similarity");
        ptn_json_decimal(json, pair->similarity, 4);
        ptn_json_object_end(json);
    }
    for (unsigned i = 0; i < 2; i++) {
        if (!(i == 0 ? why->one_shared : why->reordered))
            continue;
        ptn_json_object(json);
        write_rule(run, json, i == 0 ? PTN_SCORE_ONE_SHARED : PTN_SCORE_REORDERED);
        ptn_json_object_end(json);
    }
    ptn_json_array_end(json);
    ptn_json_key(json, "left");
    ptn_json_object(json);
    write_left(json, "a", text[0], &name[0], why->a_left);
    write_left(json, "b", text[1], &name[1], why->b_left);
    ptn_json_object_end(json);
}

static struct ptn_status answer(struct run *run, struct ptn_bytes line, size_t number)
{
    struct ptn_json json = { .out = &run->out };
    struct ptn_bytes text[2];
    struct ptn_name name[2];
    struct ptn_score_why why;
    const uint8_t *tab = line.len == 0 ? NULL : memchr(line.at, '\t', line.len);
    const uint8_t *end;
    unsigned score;

    if (tab == NULL)
        return answer_error(run, "the line has no tab between two names", number);
    text[0] = ptn_bytes_of(line.at, (size_t)(tab - line.at));
    text[1] = ptn_bytes_slice(line, text[0].len + 1, line.len);
    end = text[1].len == 0 ? NULL : memchr(text[1].at, '\t', text[1].len);
    if (end != NULL)
        text[1].len = (size_t)(end - text[1].at);
    for (unsigned i = 0; i < 2; i++)
        ptn_name_read(text[i], PTN_NAME_FREE, &name[i]);
    score = ptn_score(&name[0], &name[1], &why);
    ptn_buffer_clear(&run->out);
    ptn_json_object(&json);
    ptn_json_key(&json, "score");
    ptn_json_decimal(&json, score, 4);
    write_why(run, &json, text, name, &why);
    if (run->sounds) {
        write_sounds(&json, "a", &name[0]);
        write_sounds(&json, "b", &name[1]);
    }
    ptn_json_object_end(&json);
    return ptn_answer_print(&json);
}

static struct ptn_status compare(struct run *run, struct ptn_lines *lines)
{
    for (;;) {
        struct ptn_bytes line;
        size_t number = 0;
        struct ptn_status status = ptn_lines_next(lines, &line, &number);

        if (status.code == PTN_C_NOT_FOUND)
            return PTN_OK;
        if (status.code == PTN_C_TOO_BIG)
            status = answer_error(run, "the line is too long", number);
        else if (ptn_ok(status))
            status = answer(run, line, number);
        if (!ptn_ok(status))
            return status;
    }
}

static bool read_options(int argc, char **argv, struct run *run)
{
    static const struct option options[] = {
        { "language", required_argument, NULL, 'l' },
        { "sounds", no_argument, NULL, 's' },
        { NULL, 0, NULL, 0 },
    };

    for (int option = getopt_long(argc, argv, "", options, NULL); option != -1;
         option = getopt_long(argc, argv, "", options, NULL)) {
        if (option == 'l')
            run->language = optarg;
        else if (option == 's')
            run->sounds = true;
        else
            return false;
    }
    return optind == argc;
}

int ptn_run_names(int argc, char **argv)
{
    struct run run = { .language = "en" };
    struct ptn_lines *lines;
    struct ptn_status status;

    if (argc < 2 || strcmp(argv[1], "compare") != 0 || !read_options(argc - 1, argv + 1, &run)) {
        (void)fputs(usage, stderr);
        return PTN_EXIT_USAGE;
    }
    ptn_buffer_init(&run.out, ANSWER_LEN_MAX);
    lines = ptn_lines_new(ptn_answer_read_input, NULL, LINE_LEN_MAX);
    status = (struct ptn_status){ PTN_C_NO_MEMORY };
    if (lines != NULL)
        status = compare(&run, lines);
    ptn_lines_free(lines);
    ptn_buffer_release(&run.out);
    if (!ptn_ok(status)) {
        ptn_say_failure("names compare", status, NULL);
        return ptn_exit_for(status);
    }
    return run.any_error ? PTN_EXIT_BAD_INPUT : PTN_EXIT_DONE;
}
