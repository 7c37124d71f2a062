/*
 * main/message.c -- postern message read FILE…: carriers' messages to NDJSON, one object a message;
 * with --reply to what the carrier is answered.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/world.h"
#include "main/commands.h"
#include "message/assembly.h"
#include "message/reply.h"

/* One message of 20,000 people with their documents and notes fits several times over. */
#define ARENA_MAX  (64u << 20)
#define OUTPUT_MAX (256u << 20)
#define PARTS_MAX  ((size_t)1 << 30) /* of messages that came in part */

/* What one call keeps from file to file. */
struct job {
    const struct ptn_world *world;
    struct ptn_arena *arena;
    struct ptn_manifest *manifest;
    struct ptn_buffer line;
    struct ptn_assembly *assembly;
    bool quarantined;
    bool replies;           /* answers instead of objects */
    const char *codes_path; /* NULL: the codes as shipped */
    struct ptn_reply_codes codes;
    struct ptn_reply reply;
    struct ptn_buffer answer, refusals; /* of the present file */
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

/* missing: the first part of the message that has not come; 0: it is whole. */
static struct ptn_status print_one(struct job *job, const char *path, unsigned missing)
{
    if (job->manifest->verdict == PTN_MANIFEST_QUARANTINED)
        job->quarantined = true;
    if (!job->replies)
        return print_message(job, path);
    if (ptn_reply_possible(job->manifest))
        ptn_reply_add(&job->reply, job->manifest, missing, NULL);
    else if (job->manifest->verdict == PTN_MANIFEST_QUARANTINED)
        return ptn_reply_reject(job->manifest, ptn_bytes_from_text(path), &job->refusals);
    return PTN_OK;
}

/* The parts of a message, all there or not, as one. */
static struct ptn_status print_set(struct job *job, const char *path,
                                   const struct ptn_assembly_set *set, struct ptn_diag *reterr)
{
    struct ptn_manifest_reader *reader = NULL;
    struct ptn_status status = ptn_manifest_reader_new(set->whole, &reader, reterr);

    if (ptn_ok(status)) {
        ptn_manifest_reader_join(reader);
        ptn_arena_clear(job->arena);
        status = ptn_manifest_next(reader, job->arena, job->manifest);
    }
    if (ptn_ok(status)) {
        if (set->missing > 0)
            ptn_manifest_note(job->manifest, "part-missing", "a part of the message has not come");
        status = print_one(job, path, set->missing);
    }
    ptn_manifest_reader_free(reader);
    return status;
}

/* Print the message that was read, or keep it until its other parts have come. */
static struct ptn_status take_message(struct job *job, const char *path, struct ptn_bytes input,
                                      struct ptn_diag *reterr)
{
    struct ptn_assembly_set set;
    struct ptn_status status = { PTN_C_TOO_BIG };

    if (job->manifest->sent.part > 0)
        status = ptn_assembly_add(job->assembly, &job->manifest->sent, input, 0, &set);
    if (ptn_ok(status))
        return print_set(job, path, &set, reterr);
    if (status.code == PTN_C_NOT_FOUND)
        return PTN_OK;
    return print_one(job, path, 0);
}

/* A file being read, which may be larger than memory. */
struct mapped {
    const struct ptn_world *world;
    struct ptn_map *map;
};

static void passed(void *context, size_t offset)
{
    const struct mapped *mapped = context;

    mapped->world->files->pass(mapped->world->context, mapped->map, offset);
}

static struct ptn_status read_messages(struct job *job, const char *path, struct ptn_bytes input,
                                       struct mapped *mapped, struct ptn_diag *reterr)
{
    struct ptn_manifest_reader *reader = NULL;
    struct ptn_status status = ptn_manifest_reader_new(input, &reader, reterr);

    if (ptn_ok(status))
        ptn_manifest_reader_watch(reader, passed, mapped);
    while (ptn_ok(status)) {
        ptn_arena_clear(job->arena);
        status = ptn_manifest_next(reader, job->arena, job->manifest);
        if (!ptn_ok(status))
            break;
        status = take_message(job, path, input, reterr);
    }
    ptn_manifest_reader_free(reader);
    return status.code == PTN_C_NOT_FOUND ? PTN_OK : status;
}

static bool put_out(struct ptn_bytes bytes)
{
    return bytes.len == 0 || fwrite(bytes.at, 1, bytes.len, stdout) == bytes.len;
}

static void begin_answer(struct job *job)
{
    ptn_buffer_clear(&job->answer);
    ptn_buffer_clear(&job->refusals);
    job->reply = (struct ptn_reply){ .codes = &job->codes,
                                     .time_ms = job->world->now_ms(job->world->context),
                                     .out = &job->answer };
}

static struct ptn_status end_answer(struct job *job)
{
    struct ptn_status status = ptn_reply_end(&job->reply);

    if (ptn_ok(status) && (!put_out(ptn_buffer_bytes(&job->answer)) ||
                           !put_out(ptn_buffer_bytes(&job->refusals)) || fflush(stdout) != 0))
        status = (struct ptn_status){ PTN_C_IO };
    return status;
}

/* No message was found in the file. */
static struct ptn_status refuse(struct job *job, const char *path, const struct ptn_diag *diag)
{
    struct ptn_status status = ptn_reply_refuse(ptn_bytes_from_text(path), diag, &job->refusals);

    return ptn_ok(status) ? end_answer(job) : status;
}

static struct ptn_status read_file(struct job *job, const char *path, struct ptn_diag *reterr)
{
    const struct ptn_files *files = job->world->files;
    struct ptn_map *map = NULL;
    struct mapped mapped = { .world = job->world };
    struct ptn_bytes input;
    struct ptn_status status = files->map(job->world->context, path, &map, &input);

    if (!ptn_ok(status))
        return ptn_fail(status.code == PTN_C_NOT_FOUND ? PTN_C_BAD_INPUT : status.code, reterr, 0,
                        "cannot be opened");
    begin_answer(job);
    mapped.map = map;
    status = read_messages(job, path, input, &mapped, reterr);
    files->unmap(job->world->context, map);
    if (status.code == PTN_C_BAD_INPUT && job->replies && !ptn_ok(refuse(job, path, reterr)))
        return (struct ptn_status){ PTN_C_IO };
    return ptn_ok(status) && job->replies ? end_answer(job) : status;
}

/* Messages of which parts are still missing when all files are read. */
static bool print_late(struct job *job)
{
    struct ptn_assembly_set set;
    bool printed = true;

    begin_answer(job);
    while (ptn_assembly_late(job->assembly, 0, &set))
        printed = ptn_ok(print_set(job, "", &set, NULL)) && printed;
    if (job->replies)
        printed = ptn_ok(end_answer(job)) && printed;
    return printed;
}

/* The codes of --codes, or those shipped. */
static struct ptn_status read_codes(struct job *job, struct ptn_diag *reterr)
{
    struct ptn_buffer file = { .len_max = PTN_REPLY_CODES_MAX };
    struct ptn_status status = PTN_OK;

    if (job->codes_path != NULL)
        status = job->world->files->read(job->world->context, job->codes_path, &file);
    if (status.code == PTN_C_NOT_FOUND)
        status = ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "cannot be opened");
    if (ptn_ok(status))
        status = ptn_reply_codes_parse(job->codes_path == NULL ? ptn_reply_codes_shipped()
                                                               : ptn_buffer_bytes(&file),
                                       &job->codes, reterr);
    ptn_buffer_release(&file);
    return status;
}

/* Past "read": options, then files. False: not understood. */
static bool read_arguments(struct job *job, int argc, char **argv)
{
    static const struct option options[] = { { "reply", no_argument, NULL, 'r' },
                                             { "codes", required_argument, NULL, 'c' },
                                             { NULL, 0, NULL, 0 } };
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == 'r')
            job->replies = true;
        else if (option == 'c')
            job->codes_path = optarg;
        else
            return false;
    }
    return optind < argc && (job->codes_path == NULL || job->replies);
}

static int read_all(struct job *job, int argc, char **argv)
{
    struct ptn_diag diag = { 0 };
    struct ptn_status status = read_codes(job, &diag);
    int worst = PTN_EXIT_DONE;

    if (!ptn_ok(status)) {
        ptn_say_failure(job->codes_path, status, &diag);
        return ptn_exit_for(status);
    }
    for (int i = optind; i < argc; i++) {
        diag = (struct ptn_diag){ 0 };
        status = read_file(job, argv[i], &diag);
        if (!ptn_ok(status)) {
            ptn_say_failure(argv[i], status, &diag);
            worst = ptn_exit_for(status);
        }
    }
    if (!print_late(job))
        worst = PTN_EXIT_ENVIRONMENT;
    return worst != PTN_EXIT_DONE ? worst : job->quarantined ? PTN_EXIT_NEGATIVE : PTN_EXIT_DONE;
}

int ptn_run_message(int argc, char **argv)
{
    struct job job = { .world = ptn_world_real() };
    int code = PTN_EXIT_ENVIRONMENT;

    if (argc < 3 || strcmp(argv[1], "read") != 0 || !read_arguments(&job, argc - 1, argv + 1)) {
        (void)fputs("usage: postern message read [--reply [--codes FILE]] FILE...\n", stderr);
        return PTN_EXIT_USAGE;
    }
    job.arena = ptn_arena_new(ARENA_MAX);
    job.manifest = malloc(sizeof(*job.manifest));
    job.assembly = ptn_assembly_new(PARTS_MAX);
    ptn_buffer_init(&job.line, OUTPUT_MAX);
    ptn_buffer_init(&job.answer, OUTPUT_MAX);
    ptn_buffer_init(&job.refusals, OUTPUT_MAX);
    if (job.assembly != NULL && job.arena != NULL && job.manifest != NULL)
        code = read_all(&job, argc - 1, argv + 1);
    ptn_buffer_release(&job.line);
    ptn_buffer_release(&job.answer);
    ptn_buffer_release(&job.refusals);
    free(job.manifest);
    ptn_arena_free(job.arena);
    ptn_assembly_free(job.assembly);
    return code;
}
