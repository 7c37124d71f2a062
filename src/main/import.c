/* main/import.c -- postern import: what another system knew, out of CSV. docs/format/import.md. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "main/commands.h"
#include "main/unlock.h"
#include "node/import.h"

static const char usage[] =
    "usage: postern import crossings DIR FILE --source NAME [--dry-run]\n"
    "       postern import alerts DIR FILE --source NAME --officer NAME [--second NAME] "
    "[--dry-run]\n"
    "       postern import permits DIR FILE --source NAME [--dry-run]\n"
    "       postern import users PEOPLE|DIR FILE [--dry-run]\n"
    "FILE is CSV in UTF-8 with a header row; its columns: docs/format/import.md. NAME of --source\n"
    "is what the other system is called, and stands on every record. The node must be stopped.\n"
    "PEOPLE is a file of people on the personnel officer's machine (postern staff new), made when\n"
    "it is missing: what postern staff sign then seals and signs. DIR of users is a node's\n"
    "that is in no country.\n"
    "Rows that are rejected go to standard error, LINE and reason parted by a tab; the counts, as\n"
    "JSON, to standard output. A second run takes only what is not there. --dry-run writes "
    "nothing.\n";

static void say_reject(void *context, size_t line, const char *reason)
{
    (void)context;
    (void)fprintf(stderr, "%zu\t%s\n", line, reason);
}

static void say_progress(void *context, uint64_t rows)
{
    (void)context;
    if (isatty(STDERR_FILENO) == 1)
        (void)fprintf(stderr, "\r%llu rows", (unsigned long long)rows);
}

static void say_counts(const struct ptn_import *import, const struct ptn_import_counts *counts)
{
    (void)printf("{\"import\":\"%s\",\"dry_run\":%s,\"rows\":%llu,\"taken\":%llu,\"there\":%llu,"
                 "\"rejected\":%llu}\n",
                 ptn_import_kind_word(import->kind), import->dry_run ? "true" : "false",
                 (unsigned long long)counts->rows, (unsigned long long)counts->taken,
                 (unsigned long long)counts->there, (unsigned long long)counts->rejected);
    (void)fflush(stdout);
}

static int run(const char *dir, const char *file, const struct ptn_import *import)
{
    const struct ptn_world *world = ptn_world_real();
    struct ptn_import_counts counts = { 0 };
    struct ptn_map *map = NULL;
    struct ptn_bytes bytes = PTN_BYTES_NONE;
    struct ptn_diag diag = { 0 };
    struct ptn_status status = world->files->map(world->context, file, &map, &bytes);

    if (!ptn_ok(status)) {
        ptn_say_failure("the file cannot be read", status, NULL);
        return ptn_exit_for(status);
    }
    status = ptn_unlock_command(dir, &world, &diag);
    if (ptn_ok(status))
        status = ptn_import_run(world, dir, import, bytes, &counts, &diag);
    world->files->unmap(world->context, map);
    if (ptn_ok(status) || counts.rows > 0)
        say_counts(import, &counts);
    if (!ptn_ok(status))
        ptn_say_failure("the import has not come to its end", status, &diag);
    return ptn_exit_for(status);
}

int ptn_run_import(int argc, char **argv)
{
    static const struct option options[] = {
        { "source", required_argument, NULL, 's' }, { "officer", required_argument, NULL, 'o' },
        { "second", required_argument, NULL, '2' }, { "dry-run", no_argument, NULL, 'n' },
        { "help", no_argument, NULL, 'h' },         { 0 }
    };
    struct ptn_import import = { .reject = say_reject, .progress = say_progress };
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == 's')
            import.source = optarg;
        else if (option == 'o')
            import.officer = optarg;
        else if (option == '2')
            import.second = optarg;
        else if (option == 'n')
            import.dry_run = true;
        else {
            (void)fputs(usage, option == 'h' ? stdout : stderr);
            return option == 'h' ? PTN_EXIT_DONE : PTN_EXIT_USAGE;
        }
    }
    import.kind = ptn_import_kind_from_word(optind < argc ? argv[optind] : "");
    if (argc - optind != 3 || (unsigned)import.kind >= PTN_IMPORT_KIND_COUNT ||
        (import.kind != PTN_IMPORT_USERS && import.source == NULL) ||
        (import.kind == PTN_IMPORT_ALERTS && import.officer == NULL)) {
        (void)fputs(usage, stderr);
        return PTN_EXIT_USAGE;
    }
    return run(argv[optind + 1], argv[optind + 2], &import);
}
