/*
 * main/incident.c -- postern incident compare: two incidents' clues side by side, one JSON object;
 * and the door to main/incident_gate.c.
 */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "base/world.h"
#include "incident/compare.h"
#include "main/answer.h"
#include "main/commands.h"

#define ARENA_MAX   ((size_t)64 << 20)
#define OUTPUT_MAX  ((size_t)64 << 20)
#define IGNORES_MAX 32u

static const char usage[] =
    "usage: postern incident compare [--rates TSV] [--ignore WARNINGLIST] ... FILE [FILE]\n"
    "                                [--of ID --of ID]\n"
    "       postern incident evidence DIR --out OUT [--from FINDINGS] [--log FILE] ... [--to KEY]\n"
    "       postern incident evidence --check OUT [--key VKEY]\n"
    "       postern incident gate DIR [--json] [--language en|sq]\n";

/* What one call holds. All texts live in the arena. */
struct job {
    const struct ptn_world *world;
    struct ptn_arena *arena;
    struct ptn_incident incidents[2 * PTN_INCIDENT_COUNT_MAX];
    size_t incident_count;
    struct ptn_compare_with with;
    const char *rates;
    const char *ignores[IGNORES_MAX];
    size_t ignore_count;
    const char *of[2];
    size_t of_count;
    const char *bad; /* the file that failed */
};

static struct ptn_status read_file(struct job *job, const char *path, struct ptn_bytes *ret_text,
                                   struct ptn_diag *reterr)
{
    struct ptn_buffer file = { .len_max = PTN_INCIDENT_FILE_MAX };
    struct ptn_status status = job->world->files->read(job->world->context, path, &file);
    char *copy;

    job->bad = path;
    if (status.code == PTN_C_NOT_FOUND)
        status = ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "there is no such file");
    if (ptn_ok(status)) {
        copy = ptn_arena_text(job->arena, ptn_buffer_bytes(&file));
        *ret_text = ptn_bytes_of(copy, file.len);
        if (copy == NULL)
            status = ptn_fail(PTN_C_NO_MEMORY, reterr, 0, "no memory for a file");
    }
    ptn_buffer_release(&file);
    return status;
}

static struct ptn_status read_incidents(struct job *job, const char *path, struct ptn_diag *reterr)
{
    struct ptn_bytes text = PTN_BYTES_NONE;
    struct ptn_status status = read_file(job, path, &text, reterr);
    size_t count = 0;

    if (ptn_ok(status))
        status = ptn_incidents_read(text, job->arena, job->incidents + job->incident_count,
                                    PTN_INCIDENT_COUNT_MAX, &count, reterr);
    job->incident_count += count;
    return status;
}

static struct ptn_status read_weights(struct job *job, struct ptn_diag *reterr)
{
    struct ptn_bytes *ignored =
        ptn_arena_take(job->arena, PTN_INCIDENT_IGNORE_MAX * sizeof(*ignored));
    struct ptn_bytes text = PTN_BYTES_NONE;
    struct ptn_status status = PTN_OK;

    if (ignored == NULL)
        return ptn_fail(PTN_C_NO_MEMORY, reterr, 0, "no memory for warning lists");
    job->with.ignored = ignored;
    if (job->rates != NULL) {
        status = read_file(job, job->rates, &text, reterr);
        if (ptn_ok(status))
            status = ptn_rates_read(text, job->arena, &job->with.rates, reterr);
    }
    for (size_t i = 0; ptn_ok(status) && i < job->ignore_count; i++) {
        status = read_file(job, job->ignores[i], &text, reterr);
        if (ptn_ok(status))
            status = ptn_warning_list_read(text, job->arena, ignored, PTN_INCIDENT_IGNORE_MAX,
                                           &job->with.ignored_count, reterr);
    }
    return status;
}

/* The incident of that id, or the one at index when no ids were named. */
static const struct ptn_incident *choose(const struct job *job, size_t index)
{
    if (job->of_count == 0)
        return index < job->incident_count ? &job->incidents[index] : NULL;
    for (size_t i = 0; i < job->incident_count; i++)
        if (ptn_bytes_is(job->incidents[i].id, job->of[index]))
            return &job->incidents[i];
    return NULL;
}

static struct ptn_status print(struct job *job, struct ptn_diag *reterr)
{
    const struct ptn_incident *a = choose(job, 0), *b = choose(job, 1);
    struct ptn_buffer line = { .len_max = OUTPUT_MAX };
    struct ptn_json json = { .out = &line };
    struct ptn_comparison comparison;
    struct ptn_status status;

    if (a == NULL || b == NULL || (job->of_count == 0 && job->incident_count != 2))
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0,
                        "two incidents are compared: name them with --of ID --of ID");
    status = ptn_compare(a, b, &job->with, job->arena, &comparison);
    if (ptn_ok(status)) {
        ptn_comparison_write(&comparison, &json);
        status = ptn_answer_print(&json);
    }
    ptn_buffer_release(&line);
    return status;
}

static bool read_arguments(struct job *job, int argc, char **argv)
{
    static const struct option options[] = { { "rates", required_argument, NULL, 'r' },
                                             { "ignore", required_argument, NULL, 'i' },
                                             { "of", required_argument, NULL, 'o' },
                                             { NULL, 0, NULL, 0 } };
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == 'r')
            job->rates = optarg;
        else if (option == 'i' && job->ignore_count < IGNORES_MAX)
            job->ignores[job->ignore_count++] = optarg;
        else if (option == 'o' && job->of_count < 2)
            job->of[job->of_count++] = optarg;
        else
            return false;
    }
    return (argc - optind == 1 || argc - optind == 2) && job->of_count != 1;
}

int ptn_run_incident(int argc, char **argv)
{
    struct job job = { 0 };
    struct ptn_diag diag = { 0 };
    struct ptn_status status;

    if (argc >= 3 && strcmp(argv[1], "evidence") == 0)
        return ptn_run_incident_evidence(argc - 1, argv + 1);
    if (argc >= 3 && strcmp(argv[1], "gate") == 0)
        return ptn_run_incident_gate(argc - 1, argv + 1);
    if (argc < 3 || strcmp(argv[1], "compare") != 0 || !read_arguments(&job, argc - 1, argv + 1)) {
        (void)fputs(usage, stderr);
        return PTN_EXIT_USAGE;
    }
    job.world = ptn_world_real();
    job.arena = ptn_arena_new(ARENA_MAX);
    status = (struct ptn_status){ job.arena == NULL ? PTN_C_NO_MEMORY : PTN_C_OK };
    for (int i = 1 + optind; ptn_ok(status) && i < argc; i++)
        status = read_incidents(&job, argv[i], &diag);
    if (ptn_ok(status))
        status = read_weights(&job, &diag);
    if (ptn_ok(status)) {
        job.bad = "incident compare";
        status = print(&job, &diag);
    }
    if (!ptn_ok(status))
        ptn_say_failure(job.bad, status, &diag);
    ptn_arena_free(job.arena);
    return ptn_exit_for(status);
}
