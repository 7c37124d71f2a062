/* main/ledger.c -- `postern ledger`: prove a node's ledger, list it, export it; its key, its
 * receipts, and evidence that one forked. */
#include "main/commands.h"

#include "base/text.h"
#include "ledger/evidence.h"
#include "ledger/ledger.h"
#include "main/ledger_int.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#define OUT_LEN_MAX ((size_t)64 << 20)
#define PATH_SIZE   4096u

static const char usage_text[] =
    "usage: postern ledger verify DIR [--key VKEY]   prove it from its bytes (exit 1: not intact)\n"
    "       postern ledger show DIR [--from N] [--count N]   headers as NDJSON\n"
    "         [--open --by NAME --reason WORDS]   with contents; the look is recorded first\n"
    "       postern ledger export DIR OUT   a static C2SP tree\n"
    "       postern ledger receipt DIR N    proof that entry N is in the signed tree\n"
    "       postern ledger vkey DIR         the key its checkpoints verify with\n"
    "       postern ledger evidence FILE    does it prove a fork? (exit 1: it does not)\n";

static int usage(void)
{
    (void)fputs(usage_text, stderr);
    return PTN_EXIT_USAGE;
}

static bool read_number(const char *text, uint64_t *ret_value)
{
    char *end = NULL;

    if (text == NULL || text[0] < '0' || text[0] > '9')
        return false;
    errno = 0;
    *ret_value = strtoull(text, &end, 10);
    return errno == 0 && *end == '\0';
}

static int print(const struct ptn_buffer *out)
{
    bool good = fwrite(out->at, 1, out->len, stdout) == out->len && fflush(stdout) == 0;

    return good ? PTN_EXIT_DONE : PTN_EXIT_ENVIRONMENT;
}

/* ---- what every subcommand opens ---- */

struct opened {
    struct ptn_vault *vault;
    struct ptn_ledger *ledger;
};

static struct ptn_status open_both(const char *dir, struct opened *opened, struct ptn_diag *diag)
{
    struct ptn_status status = ptn_vault_open_to_sign(ptn_world_real(), dir, &opened->vault, diag);

    /* A copy without its key can be proved with a key from elsewhere. */
    if (!ptn_ok(status) && status.code != PTN_C_NOT_FOUND)
        return status;
    return ptn_ledger_open_reader(ptn_world_real(), opened->vault, dir, &opened->ledger, diag);
}

static void close_both(struct opened *opened)
{
    ptn_ledger_close(opened->ledger);
    ptn_vault_close(opened->vault);
}

/* ---- verify ---- */

static int print_verdict(const struct ptn_ledger *ledger, struct ptn_status status,
                         const struct ptn_ledger_verdict *verdict, const struct ptn_diag *diag,
                         bool given)
{
    struct ptn_buffer out;
    struct ptn_json json = { .out = &out };
    int code;

    ptn_buffer_init(&out, OUT_LEN_MAX);
    ptn_json_object(&json);
    ptn_json_field_text(&json, "ledger", ptn_bytes_from_text(ptn_ledger_origin(ledger)));
    ptn_json_field_bool(&json, "intact", ptn_ok(status));
    ptn_json_field_number(&json, "size", (int64_t)verdict->size);
    ptn_json_field_number(&json, "payloads", (int64_t)verdict->payloads);
    ptn_json_field_number(&json, "erased", (int64_t)verdict->erased);
    ptn_json_field_number(&json, "lost", (int64_t)verdict->lost);
    ptn_json_field_number(&json, "bytes", (int64_t)verdict->bytes);
    ptn_json_field_text(&json, "key", ptn_bytes_from_text(given ? "given" : "own"));
    if (!ptn_ok(status)) {
        if (verdict->wrong != PTN_LEDGER_NO_ENTRY)
            ptn_json_field_number(&json, "wrong", (int64_t)verdict->wrong);
        ptn_json_field_text(&json, "why", ptn_bytes_from_text(diag->text));
    }
    ptn_json_object_end(&json);
    if (ptn_ok(ptn_json_end(&json)) && ptn_ok(ptn_buffer_add_text(&out, "\n")))
        code = print(&out);
    else
        code = PTN_EXIT_ENVIRONMENT;
    ptn_buffer_release(&out);
    return code == PTN_EXIT_DONE ? ptn_exit_for(status) : code;
}

static int run_verify(int argc, char **argv)
{
    struct opened opened = { NULL, NULL };
    struct ptn_ledger_verdict verdict = { .wrong = PTN_LEDGER_NO_ENTRY };
    struct ptn_diag diag = { 0, NULL };
    struct ptn_buffer own;
    struct ptn_vkey key;
    struct ptn_status status;
    bool given = argc == 4 && strcmp(argv[2], "--key") == 0;
    int code;

    if (argc != 2 && !given)
        return usage();
    ptn_buffer_init(&own, 1024);
    status = open_both(argv[1], &opened, &diag);
    if (ptn_ok(status) && !given && opened.vault == NULL)
        status = ptn_fail(PTN_C_NOT_FOUND, &diag, 0, "no key here: give one with --key");
    if (ptn_ok(status) && !given)
        status = ptn_ledger_vkey(opened.ledger, &own);
    if (ptn_ok(status))
        status = ptn_vkey_parse(given ? ptn_bytes_from_text(argv[3]) : ptn_buffer_bytes(&own), &key,
                                &diag);
    if (!ptn_ok(status)) {
        ptn_say_failure("ledger verify", status, &diag);
        code = ptn_exit_for(status);
    } else {
        status = ptn_ledger_verify(opened.ledger, &key, &verdict, &diag);
        if (ptn_ok(status) || status.code == PTN_C_CORRUPT) {
            code = print_verdict(opened.ledger, status, &verdict, &diag, given);
        } else {
            ptn_say_failure("ledger verify", status, &diag);
            code = ptn_exit_for(status);
        }
    }
    ptn_buffer_release(&own);
    close_both(&opened);
    return code;
}

struct ptn_status ptn_ledger_prove(const char *dir, struct ptn_ledger_verdict *ret_verdict,
                                   struct ptn_diag *reterr)
{
    struct opened opened = { NULL, NULL };
    struct ptn_buffer own;
    struct ptn_vkey key;
    struct ptn_status status;

    ptn_buffer_init(&own, 1024);
    status = open_both(dir, &opened, reterr);
    if (ptn_ok(status) && opened.vault == NULL)
        status = ptn_fail(PTN_C_NOT_FOUND, reterr, 0, "the node has no key");
    if (ptn_ok(status))
        status = ptn_ledger_vkey(opened.ledger, &own);
    if (ptn_ok(status))
        status = ptn_vkey_parse(ptn_buffer_bytes(&own), &key, reterr);
    if (ptn_ok(status))
        status = ptn_ledger_verify(opened.ledger, &key, ret_verdict, reterr);
    ptn_buffer_release(&own);
    close_both(&opened);
    return status;
}

/* ---- export ---- */

/* Make the folders of a path below the root, which exists. */
static bool make_folders(char *path, size_t from)
{
    for (char *at = path + from; (at = strchr(at, '/')) != NULL; at++) {
        bool made;

        *at = '\0';
        made = mkdir(path, 0777) == 0 || errno == EEXIST;
        *at = '/';
        if (!made)
            return false;
    }
    return true;
}

/* ptn_ledger_put_fn: context is the folder to write into. */
static struct ptn_status put_file(void *context, const char *path, struct ptn_bytes bytes)
{
    char full[PATH_SIZE];
    const char *root = context;
    int len = snprintf(full, sizeof(full), "%s/%s", root, path);
    FILE *file;
    bool good;

    if (len < 0 || (unsigned)len >= sizeof(full))
        return (struct ptn_status){ PTN_C_TOO_BIG };
    if (!make_folders(full, strlen(root) + 1))
        return (struct ptn_status){ PTN_C_IO };
    file = fopen(full, "wbe");
    if (file == NULL)
        return (struct ptn_status){ PTN_C_IO };
    good = bytes.len == 0 || fwrite(bytes.at, 1, bytes.len, file) == bytes.len;
    good = fclose(file) == 0 && good;
    return (struct ptn_status){ good ? PTN_C_OK : PTN_C_IO };
}

static int run_export(int argc, char **argv)
{
    struct opened opened = { NULL, NULL };
    struct ptn_diag diag = { 0, NULL };
    struct ptn_status status;

    if (argc != 3)
        return usage();
    if (mkdir(argv[2], 0777) != 0) {
        (void)fprintf(stderr,
                      "postern: ledger export: the folder is there already, or cannot be made\n");
        return errno == EEXIST ? PTN_EXIT_BAD_INPUT : PTN_EXIT_ENVIRONMENT;
    }
    status = open_both(argv[1], &opened, &diag);
    if (ptn_ok(status))
        status = ptn_ledger_export(opened.ledger, put_file, argv[2], &diag);
    if (!ptn_ok(status))
        ptn_say_failure("ledger export", status, &diag);
    close_both(&opened);
    return ptn_exit_for(status);
}

/* ---- receipt, vkey ---- */

static int run_receipt(int argc, char **argv)
{
    struct opened opened = { NULL, NULL };
    struct ptn_diag diag = { 0, NULL };
    uint64_t index = 0;
    struct ptn_buffer out;
    struct ptn_status status;
    int code;

    if (argc != 3 || !read_number(argv[2], &index))
        return usage();
    ptn_buffer_init(&out, OUT_LEN_MAX);
    status = open_both(argv[1], &opened, &diag);
    if (ptn_ok(status))
        status = ptn_ledger_receipt(opened.ledger, index, &out, &diag);
    if (ptn_ok(status)) {
        code = print(&out);
    } else {
        ptn_say_failure("ledger receipt", status, &diag);
        code = ptn_exit_for(status);
    }
    ptn_buffer_release(&out);
    close_both(&opened);
    return code;
}

static int run_vkey(int argc, char **argv)
{
    struct opened opened = { NULL, NULL };
    struct ptn_diag diag = { 0, NULL };
    struct ptn_buffer out;
    struct ptn_status status;
    int code;

    if (argc != 2)
        return usage();
    ptn_buffer_init(&out, 1024);
    status = open_both(argv[1], &opened, &diag);
    if (ptn_ok(status) && opened.vault == NULL)
        status = ptn_fail(PTN_C_NOT_FOUND, &diag, 0, "the node has no key");
    if (ptn_ok(status))
        status = ptn_ledger_vkey(opened.ledger, &out);
    if (ptn_ok(status))
        status = ptn_buffer_add_text(&out, "\n");
    if (ptn_ok(status)) {
        code = print(&out);
    } else {
        ptn_say_failure("ledger vkey", status, &diag);
        code = ptn_exit_for(status);
    }
    ptn_buffer_release(&out);
    close_both(&opened);
    return code;
}

/* ---- evidence ---- */

/* The size in the checkpoint of a note that was checked. */
static int64_t size_of(struct ptn_bytes bytes)
{
    struct ptn_checkpoint checkpoint = { .size = 0 };
    struct ptn_note note;

    if (!ptn_ok(ptn_note_parse(bytes, &note, NULL)) ||
        !ptn_ok(ptn_checkpoint_parse(note.text, &checkpoint, NULL)))
        return -1;
    return (int64_t)checkpoint.size;
}

static int print_evidence(const struct ptn_evidence *evidence, struct ptn_status status,
                          const struct ptn_diag *diag)
{
    struct ptn_buffer out;
    struct ptn_buffer key;
    struct ptn_json json = { .out = &out };
    int code = PTN_EXIT_ENVIRONMENT;

    ptn_buffer_init(&out, OUT_LEN_MAX);
    ptn_buffer_init(&key, 1024);
    if (ptn_ok(ptn_vkey_write(&key, &evidence->key))) {
        ptn_json_object(&json);
        ptn_json_field_text(&json, "ledger", evidence->key.name);
        ptn_json_field_text(&json, "vkey", ptn_buffer_bytes(&key));
        ptn_json_field_bool(&json, "forked", ptn_ok(status));
        if (ptn_ok(status)) {
            ptn_json_field_number(&json, "first", size_of(evidence->first));
            ptn_json_field_number(&json, "second", size_of(evidence->second));
        } else {
            ptn_json_field_text(&json, "why", ptn_bytes_from_text(diag->text));
        }
        ptn_json_object_end(&json);
        if (ptn_ok(ptn_json_end(&json)) && ptn_ok(ptn_buffer_add_text(&out, "\n")))
            code = print(&out);
    }
    ptn_buffer_release(&key);
    ptn_buffer_release(&out);
    return code == PTN_EXIT_DONE ? ptn_exit_for(status) : code;
}

static int run_evidence(int argc, char **argv)
{
    const struct ptn_world *world = ptn_world_real();
    struct ptn_diag diag = { 0, "the file cannot be read" };
    struct ptn_evidence evidence;
    struct ptn_buffer file;
    struct ptn_status status;
    int code;

    if (argc != 2)
        return usage();
    ptn_buffer_init(&file, PTN_EVIDENCE_LEN_MAX);
    status = world->files->read(world->context, argv[1], &file);
    if (ptn_ok(status))
        status = ptn_evidence_parse(ptn_buffer_bytes(&file), &evidence, &diag);
    if (!ptn_ok(status)) {
        ptn_say_failure("ledger evidence", status, &diag);
        /* "No such file" must not look like "no fork". */
        code = status.code == PTN_C_NOT_FOUND ? PTN_EXIT_ENVIRONMENT : ptn_exit_for(status);
    } else {
        status = ptn_evidence_check(&evidence, &diag);
        code = print_evidence(&evidence, status, &diag);
    }
    ptn_buffer_release(&file);
    return code;
}

int ptn_run_ledger(int argc, char **argv)
{
    static const struct {
        const char *name;
        int (*run)(int argc, char **argv);
    } verbs[] = {
        { "verify", run_verify }, { "show", ptn_run_ledger_show },
        { "export", run_export }, { "receipt", run_receipt },
        { "vkey", run_vkey },     { "evidence", run_evidence },
    };

    for (size_t i = 0; argc > 1 && i < sizeof(verbs) / sizeof(verbs[0]); i++)
        if (strcmp(verbs[i].name, argv[1]) == 0)
            return verbs[i].run(argc - 1, argv + 1);
    return usage();
}
