/*
 * main/message.c -- postern message read FILE…: carriers' messages to NDJSON, one object a message.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/world.h"
#include "main/commands.h"
#include "message/manifest.h"

/* One message of 20,000 people with their documents and notes fits several times over. */
#define ARENA_MAX  (64u << 20)
#define OUTPUT_MAX (256u << 20)

/* What one call keeps from file to file. */
struct job {
    const struct ptn_world *world;
    struct ptn_arena *arena;
    struct ptn_manifest *manifest;
    struct ptn_buffer line;
    bool quarantined;
};

static struct ptn_status print_message(struct job *job, const char *path)
{
    struct ptn_json json = { .out = &job->line };
    struct ptn_status status;

    ptn_buffer_clear(&job->line);
    ptn_manifest_write(job->manifest, ptn_bytes_from_text(path), &json);
    status = ptn_json_end(&json);
    if (ptn_ok(status))
        status = ptn_buffer_add_text(&job->line, "\n");
    if (ptn_ok(status) &&
        (fwrite(job->line.at, 1, job->line.len, stdout) != job->line.len || fflush(stdout) != 0))
        return (struct ptn_status){ PTN_C_IO };
    return status;
}

static struct ptn_status read_messages(struct job *job, const char *path, struct ptn_bytes input,
                                       struct ptn_diag *reterr)
{
    struct ptn_manifest_reader *reader = NULL;
    struct ptn_status status = ptn_manifest_reader_new(input, &reader, reterr);

    while (ptn_ok(status)) {
        ptn_arena_clear(job->arena);
        status = ptn_manifest_next(reader, job->arena, job->manifest);
        if (!ptn_ok(status))
            break;
        if (job->manifest->verdict == PTN_MANIFEST_QUARANTINED)
            job->quarantined = true;
        status = print_message(job, path);
    }
    ptn_manifest_reader_free(reader);
    return status.code == PTN_C_NOT_FOUND ? PTN_OK : status;
}

static struct ptn_status read_file(struct job *job, const char *path, struct ptn_diag *reterr)
{
    const struct ptn_files *files = job->world->files;
    struct ptn_map *map = NULL;
    struct ptn_bytes input;
    struct ptn_status status = files->map(job->world->context, path, &map, &input);

    if (!ptn_ok(status))
        return ptn_fail(status.code == PTN_C_NOT_FOUND ? PTN_C_BAD_INPUT : status.code, reterr, 0,
                        "cannot be opened");
    status = read_messages(job, path, input, reterr);
    files->unmap(job->world->context, map);
    return status;
}

int ptn_run_message(int argc, char **argv)
{
    struct job job = { .world = ptn_world_real() };
    int worst = PTN_EXIT_DONE;

    if (argc < 3 || strcmp(argv[1], "read") != 0) {
        (void)fputs("usage: postern message read FILE...\n", stderr);
        return PTN_EXIT_USAGE;
    }
    job.arena = ptn_arena_new(ARENA_MAX);
    job.manifest = malloc(sizeof(*job.manifest));
    ptn_buffer_init(&job.line, OUTPUT_MAX);
    for (int i = 2; i < argc && job.arena != NULL && job.manifest != NULL; i++) {
        struct ptn_diag diag = { 0 };
        struct ptn_status status = read_file(&job, argv[i], &diag);

        if (!ptn_ok(status)) {
            ptn_say_failure(argv[i], status, &diag);
            worst = ptn_exit_for(status);
        }
    }
    if (job.arena == NULL || job.manifest == NULL)
        worst = PTN_EXIT_ENVIRONMENT;
    ptn_buffer_release(&job.line);
    free(job.manifest);
    ptn_arena_free(job.arena);
    return worst != PTN_EXIT_DONE ? worst : job.quarantined ? PTN_EXIT_NEGATIVE : PTN_EXIT_DONE;
}
