/*
 * main/chip.c -- `postern chip`: whether a chip's files are as their issuer signed them, and the
 * file of certificates that it is checked against. docs/DOCUMENTS.md, Chips.
 */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "base/world.h"
#include "document/chip.h"
#include "main/answer.h"
#include "main/chip_int.h"
#include "main/commands.h"
#include "reference/place.h"

#define ANSWER_LEN_MAX 65536u
#define PAGE_LEN_MAX   4096u
#define LISTS_MAX      16u
#define PATH_SIZE      1024u

static const char usage[] =
    "usage: postern chip trust --out FILE [--list MASTER-LIST]... CERTIFICATE...\n"
    "  the certificates (DER or PEM, revocation lists too), and those of each master list that\n"
    "  is signed under one of them, as PEM in FILE\n"
    "       postern chip check FOLDER --trust FILE [--page FILE] [--today YYYY-MM-DD]\n"
    "  FOLDER has the chip's files: 0101 to 0110 and 011D, or EF_DG1.bin and EF_SOD.bin;\n"
    "  --page: the machine readable lines of the page, compared with the chip's\n"
    "       postern chip read --out FOLDER (--page FILE | --key TEXT) [--reader NAME]\n"
    "                     [--groups 1,2,...] [--wait 30]\n"
    "  the chip of the document on a reader of this machine, into FOLDER as 011D, 0101, ...;\n"
    "  --key: number, birth and expiry with their check digits, or the card access number;\n"
    "  exit 1 where it cannot prove that it is no copy\n"
    "       postern chip readers\n";

static int misused(void)
{
    (void)fputs(usage, stderr);
    return PTN_EXIT_USAGE;
}

/* ---- the file of certificates ---- */

struct trusting {
    const struct ptn_world *world;
    struct ptn_chip_trust *trust;
    const char *out;
    const char *lists[LISTS_MAX];
    size_t list_count;
};

static struct ptn_status add_file(const struct trusting *trusting, const char *path, bool is_list,
                                  struct ptn_diag *diag)
{
    const struct ptn_world *world = trusting->world;
    struct ptn_buffer file = { .len_max = PTN_CHIP_TRUST_MAX };
    struct ptn_status status = world->files->read(world->context, path, &file);
    size_t count = 0;

    if (ptn_ok(status))
        status = is_list ? ptn_chip_trust_add_list(trusting->trust, ptn_buffer_bytes(&file), &count,
                                                   diag)
                         : ptn_chip_trust_add(trusting->trust, ptn_buffer_bytes(&file), diag);
    if (!ptn_ok(status))
        ptn_say_failure(path, status, diag);
    else if (is_list)
        (void)fprintf(stderr, "postern: %s: %zu certificates\n", path, count);
    ptn_buffer_release(&file);
    return status;
}

static struct ptn_status write_trust(const struct trusting *trusting)
{
    const struct ptn_world *world = trusting->world;
    struct ptn_buffer pem = { .len_max = PTN_CHIP_TRUST_MAX };
    struct ptn_status status = ptn_chip_trust_write(trusting->trust, &pem);

    if (ptn_ok(status))
        status = world->files->replace(world->context, trusting->out, ptn_buffer_bytes(&pem));
    ptn_buffer_release(&pem);
    if (!ptn_ok(status))
        ptn_say_failure(trusting->out, status, NULL);
    return status;
}

static struct ptn_status print_held(const struct trusting *trusting)
{
    struct ptn_chip_held held = ptn_chip_trust_held(trusting->trust);
    struct ptn_buffer out = { .len_max = ANSWER_LEN_MAX };
    struct ptn_json json = { .out = &out };
    struct ptn_status status;

    ptn_json_object(&json);
    ptn_json_field_number(&json, "certificates", (int64_t)held.authorities);
    ptn_json_field_number(&json, "states", (int64_t)held.states);
    ptn_json_field_number(&json, "revocation_lists", (int64_t)held.revocations);
    ptn_json_object_end(&json);
    status = ptn_answer_print(&json);
    ptn_buffer_release(&out);
    return status;
}

static int run_trust(int argc, char **argv)
{
    static const struct option options[] = { { "out", required_argument, NULL, 'o' },
                                             { "list", required_argument, NULL, 'l' },
                                             { NULL, 0, NULL, 0 } };
    struct trusting trusting = { .world = ptn_world_real() };
    struct ptn_status status = PTN_OK;
    struct ptn_diag diag = { 0 };
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == 'o')
            trusting.out = optarg;
        else if (option == 'l' && trusting.list_count < LISTS_MAX)
            trusting.lists[trusting.list_count++] = optarg;
        else
            return misused();
    }
    if (trusting.out == NULL || optind == argc)
        return misused();
    trusting.trust = ptn_chip_trust_new();
    if (trusting.trust == NULL)
        status = (struct ptn_status){ PTN_C_NO_MEMORY };
    for (int i = optind; ptn_ok(status) && i < argc; i++)
        status = add_file(&trusting, argv[i], false, &diag);
    for (size_t i = 0; ptn_ok(status) && i < trusting.list_count; i++)
        status = add_file(&trusting, trusting.lists[i], true, &diag);
    if (ptn_ok(status))
        status = write_trust(&trusting);
    if (ptn_ok(status))
        status = print_held(&trusting);
    ptn_chip_trust_free(trusting.trust);
    return ptn_ok(status) ? PTN_EXIT_DONE : ptn_exit_for(status);
}

/* ---- a chip's files ---- */

struct checking {
    const struct ptn_world *world;
    const char *folder, *trust_path, *page_path;
    struct ptn_date today;
    struct ptn_chip_trust *trust;
    struct ptn_buffer sod, groups[PTN_CHIP_GROUPS];
    struct ptn_mrz page;
};

/* By the file's identifier, else by its name. A file that is not there was not read: empty. */
static struct ptn_status read_part(const struct checking *checking, const char *identifier,
                                   const char *name, size_t len_max, struct ptn_buffer *ret)
{
    const struct ptn_world *world = checking->world;
    const char *const names[] = { identifier, name };
    struct ptn_status status = { PTN_C_NOT_FOUND };
    char path[PATH_SIZE];

    ptn_buffer_init(ret, len_max);
    for (size_t i = 0; i < 2 && status.code == PTN_C_NOT_FOUND; i++) {
        if (snprintf(path, sizeof(path), "%s/%s", checking->folder, names[i]) >= (int)sizeof(path))
            return (struct ptn_status){ PTN_C_TOO_BIG };
        status = world->files->read(world->context, path, ret);
    }
    return status.code == PTN_C_NOT_FOUND ? PTN_OK : status;
}

static struct ptn_status read_chip(struct checking *checking)
{
    struct ptn_status status =
        read_part(checking, "011D", "EF_SOD.bin", PTN_CHIP_SOD_MAX, &checking->sod);
    char identifier[8];
    char name[16];

    for (unsigned i = 1; ptn_ok(status) && i <= PTN_CHIP_GROUPS; i++) {
        (void)snprintf(identifier, sizeof(identifier), "01%02X", i);
        (void)snprintf(name, sizeof(name), "EF_DG%u.bin", i);
        status =
            read_part(checking, identifier, name, PTN_CHIP_GROUP_MAX, &checking->groups[i - 1]);
    }
    if (ptn_ok(status) && checking->sod.len == 0)
        status.code = PTN_C_NOT_FOUND;
    return status;
}

static struct ptn_status read_trust(struct checking *checking, struct ptn_diag *diag)
{
    const struct ptn_world *world = checking->world;
    struct ptn_buffer file = { .len_max = PTN_CHIP_TRUST_MAX };
    struct ptn_status status = world->files->read(world->context, checking->trust_path, &file);

    if (ptn_ok(status))
        status = ptn_chip_trust_load(ptn_buffer_bytes(&file), &checking->trust, diag);
    ptn_buffer_release(&file);
    return status;
}

struct ptn_status ptn_chip_read_page(const char *path, struct ptn_date today,
                                     struct ptn_mrz *ret_page, struct ptn_diag *reterr)
{
    const struct ptn_world *world = ptn_world_real();
    struct ptn_buffer file = { .len_max = PAGE_LEN_MAX };
    struct ptn_status status = world->files->read(world->context, path, &file);

    if (ptn_ok(status))
        status = ptn_mrz_parse(ptn_buffer_bytes(&file), today, ret_page, reterr);
    ptn_buffer_release(&file);
    return status;
}

static struct ptn_status answer(const struct checking *checking, bool *ret_good,
                                struct ptn_diag *diag)
{
    struct ptn_buffer out = { .len_max = ANSWER_LEN_MAX };
    struct ptn_json json = { .out = &out };
    struct ptn_chip_files files = { .sod = ptn_buffer_bytes(&checking->sod) };
    struct ptn_chip_answer found;
    struct ptn_status status;

    for (size_t i = 0; i < PTN_CHIP_GROUPS; i++)
        files.groups[i] = ptn_buffer_bytes(&checking->groups[i]);
    status = ptn_chip_check(&files, checking->trust, checking->today, &found, diag);
    if (ptn_ok(status)) {
        bool same = ptn_chip_same_lines(&found, &checking->page);

        *ret_good = found.finding == PTN_CHIP_GENUINE && (checking->page_path == NULL || same);
        ptn_json_object(&json);
        ptn_chip_write_json_members(&json, &found);
        if (checking->page_path != NULL)
            ptn_json_field_bool(&json, "page_same", same);
        ptn_json_object_end(&json);
        status = ptn_answer_print(&json);
    }
    ptn_buffer_release(&out);
    return status;
}

static int run_check(int argc, char **argv)
{
    static const struct option options[] = { { "trust", required_argument, NULL, 't' },
                                             { "page", required_argument, NULL, 'p' },
                                             { "today", required_argument, NULL, 'd' },
                                             { NULL, 0, NULL, 0 } };
    struct checking checking = { .world = ptn_world_real() };
    struct ptn_diag diag = { 0 };
    const char *what;
    struct ptn_status status;
    bool good = false;
    int option;

    checking.today = ptn_place_local_date(checking.world->now_ms(checking.world->context));
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == 't')
            checking.trust_path = optarg;
        else if (option == 'p')
            checking.page_path = optarg;
        else if (option != 'd' ||
                 !ptn_ok(ptn_date_parse(ptn_bytes_from_text(optarg), &checking.today, NULL)) ||
                 !ptn_date_is_full(checking.today))
            return misused();
    }
    if (optind + 1 != argc || checking.trust_path == NULL)
        return misused();
    checking.folder = argv[optind];
    what = checking.trust_path;
    status = read_trust(&checking, &diag);
    if (ptn_ok(status)) {
        what = checking.folder;
        status = read_chip(&checking);
    }
    if (ptn_ok(status) && checking.page_path != NULL) {
        what = checking.page_path;
        status = ptn_chip_read_page(checking.page_path, checking.today, &checking.page, &diag);
    }
    if (ptn_ok(status)) {
        what = "chip";
        status = answer(&checking, &good, &diag);
    }
    ptn_chip_trust_free(checking.trust);
    ptn_buffer_release(&checking.sod);
    for (size_t i = 0; i < PTN_CHIP_GROUPS; i++)
        ptn_buffer_release(&checking.groups[i]);
    if (!ptn_ok(status)) {
        ptn_say_failure(what, status, &diag);
        return status.code == PTN_C_NOT_FOUND ? PTN_EXIT_BAD_INPUT : ptn_exit_for(status);
    }
    return good ? PTN_EXIT_DONE : PTN_EXIT_NEGATIVE;
}

int ptn_run_chip(int argc, char **argv)
{
    int code = PTN_EXIT_USAGE;

    if (argc > 1 && strcmp(argv[1], "trust") == 0)
        return run_trust(argc - 1, argv + 1);
    if (argc > 1 && strcmp(argv[1], "check") == 0)
        return run_check(argc - 1, argv + 1);
    if (argc > 1 && strcmp(argv[1], "read") == 0)
        code = ptn_chip_run_read(argc - 1, argv + 1);
    else if (argc > 1 && strcmp(argv[1], "readers") == 0)
        code = ptn_chip_run_readers(argc - 1, argv + 1);
    return code == PTN_EXIT_USAGE ? misused() : code;
}
