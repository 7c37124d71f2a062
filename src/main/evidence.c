/*
 * main/evidence.c -- postern incident evidence: take what a sweep found, with logs, configuration
 * and heads of ledgers, under a manifest that the node signs (docs/format/evidence-manifest.md).
 */
#include <dirent.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "incident/sweep.h"
#include "ledger/ledger.h"
#include "main/answer.h"
#include "main/commands.h"
#include "main/evidence_int.h"
#include "main/sweep_int.h"
#include "main/unlock.h"
#include "record/notice.h"

#define ARENA_MAX    ((size_t)1 << 30)
#define FINDINGS_MAX ((size_t)256 << 20)
#define LOGS_MAX     64u

static const char usage[] = "usage: postern incident evidence DIR --out OUT [--from FINDINGS] "
                            "[--root DIR] [--log FILE] ...\n"
                            "                                 [--to KEY]\n"
                            "       postern incident evidence --check OUT [--key VKEY]\n"
                            "       postern incident evidence --open OUT --with DIR --into FOLDER\n"
                            "       postern incident evidence --new-key DIR\n";

/* What one call holds. */
struct job {
    const struct ptn_world *world;
    const char *dir, *out, *from, *root, *to, *check, *key, *open, *with, *into, *new_key;
    const char *logs[LOGS_MAX];
    size_t log_count;
    uint8_t reader[PTN_READING_KEY_LEN];
    struct ptn_taking_out evidence;
    struct ptn_vault *vault;
    struct ptn_ledger *ledger;
    uint64_t gaps, gone;
    const char *bad;
};

/* ---- the node's own files ---- */

static struct ptn_status take_path(struct job *job, const char *path, enum ptn_taken_kind kind,
                                   const char *name, struct ptn_diag *reterr)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    struct ptn_status status;

    if (fd < 0)
        return ptn_fail(PTN_C_NOT_FOUND, reterr, 0, "there is no such file");
    status = ptn_taking_take(&job->evidence, fd, kind, ptn_bytes_from_text(name), NULL, reterr);
    (void)close(fd);
    return status;
}

/* One that a node may not have. */
static struct ptn_status take_own(struct job *job, const char *name, enum ptn_taken_kind kind,
                                  struct ptn_diag *reterr)
{
    char path[PTN_TAKING_PATH_SIZE];
    struct ptn_status status = { PTN_C_TOO_BIG };

    job->bad = job->dir;
    if (ptn_taking_path(path, job->dir, name))
        status = take_path(job, path, kind, name, reterr);
    return status.code == PTN_C_NOT_FOUND ? PTN_OK : status;
}

static bool ends_with(const char *name, const char *ending)
{
    size_t len = strlen(name), ending_len = strlen(ending);

    return len > ending_len && strcmp(name + len - ending_len, ending) == 0;
}

static struct ptn_status take_heads(struct job *job, struct ptn_diag *reterr)
{
    char path[PTN_TAKING_PATH_SIZE], name[PTN_TAKING_PATH_SIZE];
    struct ptn_status status = take_own(job, "ledger.head", PTN_TAKEN_HEAD, reterr);
    DIR *dir = ptn_taking_path(path, job->dir, "copies") ? opendir(path) : NULL;
    const struct dirent *entry;

    while (ptn_ok(status) && dir != NULL) {
        entry = readdir(dir); // NOLINT(concurrency-mt-unsafe): nobody else has this folder open
        if (entry == NULL)
            break;
        if (!ends_with(entry->d_name, ".head"))
            continue;
        (void)snprintf(name, sizeof(name), "copies/%s", entry->d_name);
        status = take_own(job, name, PTN_TAKEN_HEAD, reterr);
    }
    if (dir != NULL)
        (void)closedir(dir);
    return status;
}

/* ---- logs ---- */

struct gapping {
    struct job *job;
    struct ptn_bytes path;
};

/* ptn_journal_gap_fn */
static struct ptn_status add_gap(void *context, uint64_t after, uint64_t before)
{
    const struct gapping *gapping = context;

    gapping->job->gaps++;
    return ptn_taking_add(&gapping->job->evidence, &(struct ptn_taken_line){ .word = PTN_TAKEN_GAP,
                                                                             .path = gapping->path,
                                                                             .from = after + 1,
                                                                             .to = before - 1 });
}

static struct ptn_status take_log(struct job *job, const char *path, struct ptn_diag *reterr)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash == NULL ? path : slash + 1;
    struct gapping gapping = { job, ptn_bytes_from_text(name) };
    struct ptn_map *map = NULL;
    struct ptn_bytes text = PTN_BYTES_NONE;
    uint64_t entries = 0;
    struct ptn_status status = take_path(job, path, PTN_TAKEN_LOG, name, reterr);

    job->bad = path;
    if (status.code == PTN_C_NOT_FOUND)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "there is no such log");
    if (ptn_ok(status))
        status = job->world->files->map(job->world->context, path, &map, &text);
    if (!ptn_ok(status))
        return status;
    status = ptn_journal_gaps(text, add_gap, &gapping, &entries);
    job->world->files->unmap(job->world->context, map);
    return status;
}

/* ---- what the findings name ---- */

/* Whether the path was taken as a finding already: findings come in the order of the disk. */
static bool same_as_last(const struct job *job, struct ptn_bytes path)
{
    const struct ptn_taken *taken = &job->evidence.taken;

    for (size_t i = taken->line_count; i > 0 && i + 4 > taken->line_count; i--)
        if ((taken->lines[i - 1].word == PTN_TAKEN_GONE ||
             (taken->lines[i - 1].word == PTN_TAKEN_FILE &&
              taken->lines[i - 1].kind == PTN_TAKEN_FINDING)) &&
            ptn_bytes_equal(taken->lines[i - 1].path, path))
            return true;
    return false;
}

static struct ptn_status take_named(struct job *job, int root_fd,
                                    const struct ptn_taken_named *named, struct ptn_diag *reterr)
{
    char path[PTN_TAKING_PATH_SIZE + 1];
    uint8_t sha256[PTN_SHA256_LEN];
    struct ptn_status status;
    int fd;

    if (named->path.len == 0 || same_as_last(job, named->path))
        return PTN_OK;
    memcpy(path, named->path.at, named->path.len);
    path[named->path.len] = '\0';
    fd = ptn_sweep_open(root_fd, path);
    if (fd < 0) {
        job->gone++;
        return ptn_taking_add(&job->evidence, &(struct ptn_taken_line){ .word = PTN_TAKEN_GONE,
                                                                        .path = named->path });
    }
    job->bad = "a file that a finding names";
    status = ptn_taking_take(&job->evidence, fd, PTN_TAKEN_FINDING, named->path, sha256, reterr);
    (void)close(fd);
    if (ptn_ok(status) && named->has_sha256 && memcmp(named->sha256, sha256, sizeof(sha256)) != 0) {
        struct ptn_taken_line line = { .word = PTN_TAKEN_DIFFERS, .path = named->path };

        memcpy(line.sha256, named->sha256, sizeof(line.sha256));
        status = ptn_taking_add(&job->evidence, &line);
    }
    return status;
}

/* The root in the summary, which is the last line; and how many findings it counts. */
static struct ptn_status find_summary(struct job *job, struct ptn_bytes text,
                                      struct ptn_diag *reterr)
{
    struct ptn_cursor cursor = ptn_cursor_at(text);
    struct ptn_taken_named named;
    struct ptn_bytes line, last = PTN_BYTES_NONE;
    struct ptn_status status;

    while (ptn_ok(ptn_cursor_take_line(&cursor, &line)))
        last = line.len > 0 ? line : last;
    status = ptn_taken_named_read(last, job->evidence.arena, &named, reterr);
    if (ptn_ok(status) && !named.summary)
        status = ptn_fail(PTN_C_BAD_INPUT, reterr, 0,
                          "findings without a summary: that sweep was not finished");
    if (!ptn_ok(status))
        return status;
    job->evidence.taken.findings = named.findings;
    if (job->root == NULL)
        job->root = ptn_arena_text(job->evidence.arena, named.root);
    return (struct ptn_status){ job->root == NULL ? PTN_C_NO_MEMORY : PTN_C_OK };
}

static struct ptn_status take_all_named(struct job *job, struct ptn_bytes text,
                                        struct ptn_diag *reterr)
{
    struct ptn_cursor cursor = ptn_cursor_at(text);
    struct ptn_status status = find_summary(job, text, reterr);
    struct ptn_taken_named named;
    struct ptn_bytes line;
    int root_fd = -1;

    if (ptn_ok(status)) {
        root_fd = open(job->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (root_fd < 0)
            status = ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "the root of the findings is not there");
    }
    while (ptn_ok(status) && ptn_ok(ptn_cursor_take_line(&cursor, &line))) {
        job->bad = job->from;
        if (line.len == 0)
            continue;
        status = ptn_taken_named_read(line, job->evidence.arena, &named, reterr);
        if (ptn_ok(status) && named.finding)
            status = take_named(job, root_fd, &named, reterr);
    }
    if (root_fd >= 0)
        (void)close(root_fd);
    return status;
}

static struct ptn_status take_findings(struct job *job, struct ptn_diag *reterr)
{
    struct ptn_buffer text = { .len_max = FINDINGS_MAX };
    struct ptn_status status;

    if (job->from == NULL)
        return PTN_OK;
    status = take_path(job, job->from, PTN_TAKEN_FINDINGS, "findings", reterr);
    job->bad = job->from;
    if (ptn_ok(status))
        status = job->world->files->read(job->world->context, job->from, &text);
    if (status.code == PTN_C_NOT_FOUND)
        status = ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "there is no such file");
    if (ptn_ok(status))
        status = take_all_named(job, ptn_buffer_bytes(&text), reterr);
    ptn_buffer_release(&text);
    return status;
}

/* ---- manifest, record, note ---- */

static struct ptn_status replace(const struct job *job, const char *name, struct ptn_bytes bytes)
{
    char path[PTN_TAKING_PATH_SIZE];

    if (!ptn_taking_path(path, job->out, name))
        return (struct ptn_status){ PTN_C_TOO_BIG };
    return job->world->files->replace(job->world->context, path, bytes);
}

static struct ptn_status append(struct job *job, const struct ptn_findings *findings,
                                uint64_t *ret_entry, struct ptn_diag *reterr)
{
    struct ptn_buffer payload = { .len_max = 1024 };
    struct ptn_ledger_entry entry = { .kind = PTN_RECORD_FINDINGS,
                                      .time_ms = findings->time_ms,
                                      .rung = PTN_RUNG_LOCAL,
                                      .retention = PTN_RETENTION_OPERATION };
    struct ptn_status status = ptn_findings_write(findings, &payload);

    entry.payload = ptn_buffer_bytes(&payload);
    if (ptn_ok(status))
        status = ptn_ledger_append(job->ledger, &entry, 1, ret_entry, reterr);
    ptn_buffer_release(&payload);
    return status;
}

static struct ptn_status sign(struct job *job, const struct ptn_taken_note *note,
                              struct ptn_diag *reterr)
{
    struct ptn_buffer text = { .len_max = 4096 }, signed_note = { .len_max = 8192 };
    struct ptn_status status = ptn_ledger_vkey(job->ledger, &text);

    if (ptn_ok(status))
        status = ptn_buffer_add_text(&text, "\n");
    if (ptn_ok(status))
        status = replace(job, "vkey", ptn_buffer_bytes(&text));
    ptn_buffer_clear(&text);
    if (ptn_ok(status))
        status = ptn_taken_note_write(note, &text);
    if (ptn_ok(status))
        status = ptn_note_sign(job->vault, PTN_ROLE_LEDGER, note->ledger, ptn_buffer_bytes(&text),
                               &signed_note, reterr);
    if (ptn_ok(status))
        status = replace(job, "note", ptn_buffer_bytes(&signed_note));
    ptn_buffer_release(&text);
    ptn_buffer_release(&signed_note);
    return status;
}

static struct ptn_status print(const struct job *job, const struct ptn_findings *findings,
                               uint64_t entry)
{
    struct ptn_buffer line = { .len_max = 8192 }, hex = { .len_max = 128 };
    struct ptn_json json = { .out = &line };
    struct ptn_status status =
        ptn_buffer_add_hex(&hex, ptn_bytes_of(findings->manifest, sizeof(findings->manifest)));

    ptn_json_object(&json);
    ptn_json_field_text(&json, "ledger", ptn_bytes_from_text(ptn_ledger_origin(job->ledger)));
    ptn_json_field_number(&json, "entry", (int64_t)entry);
    ptn_json_field_text(&json, "manifest", ptn_buffer_bytes(&hex));
    ptn_json_field_number(&json, "files", (int64_t)findings->files);
    ptn_json_field_number(&json, "bytes", (int64_t)findings->length);
    ptn_json_field_number(&json, "findings", (int64_t)findings->findings);
    ptn_json_field_number(&json, "gone", (int64_t)job->gone);
    ptn_json_field_number(&json, "gaps", (int64_t)findings->gaps);
    ptn_json_field_bool(&json, "sealed", findings->sealed);
    ptn_json_object_end(&json);
    if (ptn_ok(status))
        status = ptn_answer_print(&json);
    ptn_buffer_release(&line);
    ptn_buffer_release(&hex);
    return status;
}

/* SWEEP-4: into the ledger, then signed. */
static struct ptn_status finish(struct job *job, struct ptn_diag *reterr)
{
    struct ptn_taken *taken = &job->evidence.taken;
    struct ptn_buffer manifest = { .len_max = PTN_TAKEN_MANIFEST_MAX };
    struct ptn_findings findings = { .gaps = job->gaps, .sealed = job->to != NULL };
    struct ptn_taken_note note = { .entry = 0 };
    struct ptn_bytes bytes;
    struct ptn_status status;

    job->bad = "the manifest";
    taken->ledger = ptn_bytes_from_text(ptn_ledger_origin(job->ledger));
    taken->time_ms = job->world->now_ms(job->world->context);
    taken->sealed = job->to != NULL;
    memcpy(taken->key, job->reader, sizeof(taken->key));
    status = ptn_taken_write(taken, job->evidence.arena, &manifest);
    bytes = ptn_buffer_bytes(&manifest);
    if (ptn_ok(status))
        status = ptn_sha256(&bytes, 1, findings.manifest);
    if (ptn_ok(status))
        status = replace(job, "manifest", bytes);
    ptn_buffer_release(&manifest);
    findings.time_ms = taken->time_ms;
    findings.files = taken->files;
    findings.length = taken->length;
    findings.findings = taken->findings;
    if (ptn_ok(status))
        status = append(job, &findings, &note.entry, reterr);
    note.ledger = taken->ledger;
    note.files = taken->files;
    note.length = taken->length;
    memcpy(note.manifest, findings.manifest, sizeof(note.manifest));
    if (ptn_ok(status))
        status = sign(job, &note, reterr);
    return ptn_ok(status) ? print(job, &findings, note.entry) : status;
}

/* ---- the command ---- */

static struct ptn_status open_node(struct job *job, struct ptn_diag *reterr)
{
    struct ptn_status status;

    job->bad = job->dir;
    if (job->to != NULL &&
        (!ptn_hex_read_exactly(ptn_bytes_from_text(job->to), job->reader, sizeof(job->reader)) ||
         !ptn_reading_usable(job->reader)))
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "an investigator's key has 64 hex digits");
    status = ptn_unlock_command(job->dir, &job->world, reterr);
    if (ptn_ok(status))
        status = ptn_vault_open(job->world, job->dir, &job->vault, reterr);
    if (ptn_ok(status))
        status = ptn_ledger_open(job->world, job->vault, job->dir, &job->ledger, reterr);
    if (status.code == PTN_C_BUSY)
        return ptn_fail(PTN_C_BUSY, reterr, 0,
                        "the node runs: stop it, or vouch with another node's folder");
    return status;
}

static struct ptn_status collect(struct job *job, struct ptn_diag *reterr)
{
    struct ptn_status status = open_node(job, reterr);

    if (ptn_ok(status)) {
        job->bad = job->out;
        status = ptn_taking_begin(&job->evidence, reterr);
    }
    if (ptn_ok(status))
        status = take_findings(job, reterr);
    if (ptn_ok(status))
        status = take_own(job, "node.conf", PTN_TAKEN_CONFIG, reterr);
    if (ptn_ok(status))
        status = take_own(job, "roster", PTN_TAKEN_CONFIG, reterr);
    if (ptn_ok(status))
        status = take_heads(job, reterr);
    for (size_t i = 0; ptn_ok(status) && i < job->log_count; i++)
        status = take_log(job, job->logs[i], reterr);
    return ptn_ok(status) ? finish(job, reterr) : status;
}

/* An investigator's key: a vault with this month's reading key. */
static int make_key(struct job *job)
{
    struct ptn_diag diag = { 0, NULL };
    struct ptn_reading reading;
    struct ptn_buffer hex = { .len_max = 128 };
    struct ptn_status status = job->world->files->make_dir(job->world->context, job->new_key);

    if (ptn_ok(status))
        status = ptn_vault_create(job->world, job->new_key, &diag);
    if (ptn_ok(status))
        status = ptn_reading_make(job->world, job->new_key,
                                  ptn_instant_date(job->world->now_ms(job->world->context)),
                                  &reading, &diag);
    if (ptn_ok(status))
        status = ptn_buffer_add_hex(&hex, ptn_bytes_of(reading.key, sizeof(reading.key)));
    if (ptn_ok(status) && printf("%.*s\n", (int)hex.len, (const char *)hex.at) < 0)
        status = (struct ptn_status){ PTN_C_IO };
    if (!ptn_ok(status))
        ptn_say_failure(job->new_key, status, &diag);
    ptn_buffer_release(&hex);
    return ptn_exit_for(status);
}

static bool take_option(struct job *job, int option)
{
    const char **values[] = {
        ['o'] = &job->out,   ['f'] = &job->from,   ['r'] = &job->root, ['t'] = &job->to,
        ['c'] = &job->check, ['k'] = &job->key,    ['p'] = &job->open, ['w'] = &job->with,
        ['i'] = &job->into,  ['n'] = &job->new_key
    };

    if (option == 'l') {
        if (job->log_count == LOGS_MAX)
            return false;
        job->logs[job->log_count++] = optarg;
        return true;
    }
    if (option < 0 || (size_t)option >= sizeof(values) / sizeof(values[0]) ||
        values[option] == NULL || *values[option] != NULL)
        return false;
    *values[option] = optarg;
    return true;
}

static bool read_arguments(struct job *job, int argc, char **argv)
{
    static const struct option options[] = {
        { "out", required_argument, NULL, 'o' },     { "from", required_argument, NULL, 'f' },
        { "root", required_argument, NULL, 'r' },    { "to", required_argument, NULL, 't' },
        { "log", required_argument, NULL, 'l' },     { "check", required_argument, NULL, 'c' },
        { "key", required_argument, NULL, 'k' },     { "open", required_argument, NULL, 'p' },
        { "with", required_argument, NULL, 'w' },    { "into", required_argument, NULL, 'i' },
        { "new-key", required_argument, NULL, 'n' }, { NULL, 0, NULL, 0 }
    };
    int option, verbs;

    optind = 1;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
        if (!take_option(job, option))
            return false;
    verbs =
        (job->out != NULL) + (job->check != NULL) + (job->open != NULL) + (job->new_key != NULL);
    if (argc - optind == 1)
        job->dir = argv[optind];
    return verbs == 1 && argc - optind == (job->out != NULL ? 1 : 0) &&
           (job->open != NULL) == (job->with != NULL && job->into != NULL);
}

int ptn_run_incident_evidence(int argc, char **argv)
{
    struct job job = { .world = ptn_world_real() };
    struct ptn_diag diag = { 0, NULL };
    struct ptn_status status;

    if (!read_arguments(&job, argc, argv)) {
        (void)fputs(usage, stderr);
        return PTN_EXIT_USAGE;
    }
    if (job.check != NULL)
        return ptn_taking_check(job.check, job.key);
    if (job.open != NULL)
        return ptn_taking_open(job.open, job.with, job.into);
    if (job.new_key != NULL)
        return make_key(&job);
    job.evidence = (struct ptn_taking_out){ .world = job.world,
                                            .dir = job.out,
                                            .key = job.to != NULL ? job.reader : NULL,
                                            .arena = ptn_arena_new(ARENA_MAX) };
    status = (struct ptn_status){ PTN_C_NO_MEMORY };
    if (job.evidence.arena != NULL)
        status = collect(&job, &diag);
    if (!ptn_ok(status))
        ptn_say_failure(job.bad, status, &diag);
    ptn_ledger_close(job.ledger);
    ptn_vault_close(job.vault);
    ptn_arena_free(job.evidence.arena);
    return ptn_exit_for(status);
}
