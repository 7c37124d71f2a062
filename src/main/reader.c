/*
 * main/reader.c -- `postern reader`: the chip readers at a post's lanes. docs/format/reader.md.
 * Each verb reads its own arguments: argv[0] is the verb.
 */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "base/world.h"
#include "main/commands.h"
#include "main/reader_int.h"
#include "node/readers.h"

#define PATH_SIZE 1024u

static const char usage[] =
    "usage: postern reader add POSTDIR --lane NAME --out TOKENFILE\n"
    "  a token for the reader at that lane, in TOKENFILE; a former one counts no more\n"
    "       postern reader remove POSTDIR --lane NAME\n"
    "  the lane has no reader any more\n"
    "       postern reader run --post URL --token TOKENFILE [--reader NAME] [--authorities FILE]\n"
    "  on the lane's computer: reads the chips that the lane's page asks for, at a PC/SC reader\n";

struct asked {
    const char *dir, *lane, *out;
};

/* False: not in a way that is known. */
static bool read_arguments(int argc, char **argv, struct asked *asked)
{
    static const struct option options[] = { { "lane", required_argument, NULL, 'l' },
                                             { "out", required_argument, NULL, 'o' },
                                             { 0 } };
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option != 'l' && option != 'o')
            return false;
        *(option == 'l' ? &asked->lane : &asked->out) = optarg;
    }
    asked->dir = argv[optind];
    return optind + 1 == argc && asked->lane != NULL;
}

/* DIR/name; TOO_BIG. */
static struct ptn_status path_of(const char *dir, const char *name, char path[PATH_SIZE])
{
    const int len = snprintf(path, PATH_SIZE, "%s/%s", dir, name);

    return (struct ptn_status){ len > 0 && (size_t)len < PATH_SIZE ? PTN_C_OK : PTN_C_TOO_BIG };
}

/* What the post's file is now; empty where there is none. */
static struct ptn_status read_file(const struct ptn_world *world, const char *dir,
                                   struct ptn_buffer *file, struct ptn_diag *diag)
{
    char path[PATH_SIZE];
    struct ptn_status status = path_of(dir, "node.conf", path);

    if (ptn_ok(status) && !world->files->exists(world->context, path))
        return ptn_fail(PTN_C_BAD_INPUT, diag, 0, "the folder holds no node");
    if (ptn_ok(status))
        status = path_of(dir, ptn_own_file_name(PTN_OWN_READERS), path);
    if (ptn_ok(status))
        status = world->files->read(world->context, path, file);
    return status.code == PTN_C_NOT_FOUND ? PTN_OK : status;
}

/* The lane's line as it shall be; token NULL: without one. */
static struct ptn_status put_line(const struct asked *asked, const uint8_t *token,
                                  struct ptn_diag *diag)
{
    const struct ptn_world *world = ptn_world_real();
    struct ptn_buffer file = { .len_max = PTN_READERS_FILE_MAX };
    struct ptn_buffer next = { .len_max = PTN_READERS_FILE_MAX };
    char path[PATH_SIZE];
    struct ptn_status status = read_file(world, asked->dir, &file, diag);

    if (ptn_ok(status))
        status = ptn_readers_put(ptn_buffer_bytes(&file), ptn_bytes_from_text(asked->lane), token,
                                 &next);
    if (status.code == PTN_C_NOT_FOUND)
        status = ptn_fail(PTN_C_NOT_FOUND, diag, 0, "this lane has no reader");
    if (ptn_ok(status))
        status = path_of(asked->dir, "rules", path);
    if (ptn_ok(status))
        status = world->files->make_dir(world->context, path);
    if (ptn_ok(status))
        status =
            ptn_own_file_install(world, asked->dir, PTN_OWN_READERS, ptn_buffer_bytes(&next), diag);
    ptn_buffer_release(&file);
    ptn_buffer_release(&next);
    return status;
}

/* A token in its file, for its owner alone, and what it is known by. */
static struct ptn_status make_token(const char *path, uint8_t ret_digest[PTN_SHA256_LEN])
{
    const struct ptn_world *world = ptn_world_real();
    uint8_t secret[PTN_READER_TOKEN_LEN / 2];
    char text[PTN_READER_TOKEN_LEN + 2];
    struct ptn_status status;

    world->random(world->context, secret, sizeof(secret));
    (void)ptn_hex_write(secret, sizeof(secret), text);
    status = ptn_reader_token_digest(ptn_bytes_of(text, PTN_READER_TOKEN_LEN), ret_digest);
    text[PTN_READER_TOKEN_LEN] = '\n';
    if (ptn_ok(status))
        status = world->files->replace(world->context, path,
                                       ptn_bytes_of(text, PTN_READER_TOKEN_LEN + 1));
    explicit_bzero(secret, sizeof(secret));
    explicit_bzero(text, sizeof(text));
    return status;
}

static int fail(const char *what, struct ptn_status status, const struct ptn_diag *diag)
{
    ptn_say_failure(what, status, diag);
    return ptn_exit_for(status);
}

static int add(int argc, char **argv)
{
    struct asked asked = { NULL, NULL, NULL };
    uint8_t digest[PTN_SHA256_LEN];
    struct ptn_diag diag = { 0 };
    struct ptn_status status;

    if (!read_arguments(argc, argv, &asked) || asked.out == NULL)
        return PTN_EXIT_USAGE;
    if (!ptn_lane_is_name(ptn_bytes_from_text(asked.lane)))
        return fail("--lane", ptn_fail(PTN_C_BAD_INPUT, &diag, 0, "a lane has no such name"),
                    &diag);
    status = make_token(asked.out, digest);
    if (!ptn_ok(status))
        return fail(asked.out, status, NULL);
    status = put_line(&asked, digest, &diag);
    return ptn_ok(status) ? PTN_EXIT_DONE : fail(asked.dir, status, &diag);
}

static int take_away(int argc, char **argv)
{
    struct asked asked = { NULL, NULL, NULL };
    struct ptn_diag diag = { 0 };
    struct ptn_status status;

    if (!read_arguments(argc, argv, &asked) || asked.out != NULL)
        return PTN_EXIT_USAGE;
    status = put_line(&asked, NULL, &diag);
    return ptn_ok(status) ? PTN_EXIT_DONE : fail(asked.dir, status, &diag);
}

static const struct {
    const char *word;
    int (*run)(int argc, char **argv);
} verbs[] = {
    { "add", add },
    { "remove", take_away },
    { "run", ptn_reader_run },
};

int ptn_run_reader(int argc, char **argv)
{
    int code = PTN_EXIT_USAGE;

    for (size_t i = 0; argc > 1 && i < sizeof(verbs) / sizeof(verbs[0]); i++)
        if (strcmp(argv[1], verbs[i].word) == 0)
            code = verbs[i].run(argc - 1, argv + 1);
    if (code == PTN_EXIT_USAGE)
        (void)fputs(usage, stderr);
    return code;
}
