/*
 * main/sweep.c -- postern sweep: look for an attacker on a disk, in a folder, or on this machine
 * (docs/format/sweep.md).
 */
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "main/answer.h"
#include "main/commands.h"
#include "main/ledger_int.h"
#include "main/sweep_int.h"

#define OUTPUT_MAX  ((size_t)1 << 20)
#define CAP_MIB_MAX 4096u

static const char usage[] = "usage: postern sweep [--root DIR] [--under PATH] ... [--rules "
                            "FILE.yar] ... [--hashes FILE] ...\n"
                            "                     [--names FILE] ... [--c2 FILE] ... [--stix FILE] "
                            "... [--ignore FILE] ...\n"
                            "                     [--manifest FILE [--manifest-hash HEX]] [--data "
                            "NODE] ... [--cpu PERCENT]\n"
                            "                     [--cap MIB] [--resume STATE] [--json]\n"
                            "       postern sweep --make-manifest DIR\n"
                            "findings as NDJSON, a summary last; exit 1 when something was found\n";

enum {
    OPTION_ROOT = 256,
    OPTION_UNDER,
    OPTION_DATA,
    OPTION_CPU,
    OPTION_CAP,
    OPTION_RESUME,
    OPTION_JSON,
    OPTION_HASH,
    OPTION_MAKE,
};

static const struct option options[] = {
    { "root", required_argument, NULL, OPTION_ROOT },
    { "under", required_argument, NULL, OPTION_UNDER },
    { "rules", required_argument, NULL, PTN_SWEEP_IN_RULES },
    { "hashes", required_argument, NULL, PTN_SWEEP_IN_HASHES },
    { "names", required_argument, NULL, PTN_SWEEP_IN_NAMES },
    { "c2", required_argument, NULL, PTN_SWEEP_IN_NETWORK },
    { "stix", required_argument, NULL, PTN_SWEEP_IN_STIX },
    { "ignore", required_argument, NULL, PTN_SWEEP_IN_HARMLESS },
    { "manifest", required_argument, NULL, PTN_SWEEP_IN_MANIFEST },
    { "manifest-hash", required_argument, NULL, OPTION_HASH },
    { "data", required_argument, NULL, OPTION_DATA },
    { "cpu", required_argument, NULL, OPTION_CPU },
    { "cap", required_argument, NULL, OPTION_CAP },
    { "resume", required_argument, NULL, OPTION_RESUME },
    { "json", no_argument, NULL, OPTION_JSON },
    { "make-manifest", required_argument, NULL, OPTION_MAKE },
    { NULL, 0, NULL, 0 },
};

/* ---- arguments ---- */

static bool read_number(const char *text, unsigned least, unsigned most, unsigned *ret_value)
{
    uint64_t value = 0;

    if (!ptn_decimal_read(ptn_bytes_from_text(text), most, &value) || value < least)
        return false;
    *ret_value = (unsigned)value;
    return true;
}

static const struct ptn_sweep_input *manifest_of(const struct ptn_sweep_plan *plan)
{
    for (size_t i = 0; i < plan->input_count; i++)
        if (plan->inputs[i].kind == PTN_SWEEP_IN_MANIFEST)
            return &plan->inputs[i];
    return NULL;
}

static bool add_input(struct ptn_sweep_plan *plan, int kind, const char *path)
{
    if (plan->input_count == PTN_SWEEP_INPUT_MAX)
        return false;
    if (kind == PTN_SWEEP_IN_MANIFEST && manifest_of(plan) != NULL)
        return false;
    plan->inputs[plan->input_count++] =
        (struct ptn_sweep_input){ .kind = (enum ptn_sweep_input_kind)kind, .path = path };
    return true;
}

static bool take_option(struct ptn_sweep_plan *plan, int option)
{
    unsigned cap = 0;

    switch (option) {
    case OPTION_ROOT:
        plan->root = optarg;
        return plan->live && !(plan->live = false);
    case OPTION_UNDER:
        if (plan->under_count == PTN_SWEEP_UNDER_MAX)
            return false;
        plan->under[plan->under_count++] = optarg;
        return optarg[0] != '\0' && optarg[0] != '/' && strlen(optarg) < PTN_SWEEP_PATH_SIZE;
    case OPTION_DATA:
        if (plan->data_count == PTN_SWEEP_UNDER_MAX)
            return false;
        plan->data[plan->data_count++] = optarg;
        return true;
    case OPTION_CPU:
        return read_number(optarg, 1, 100, &plan->percent);
    case OPTION_CAP:
        if (!read_number(optarg, 1, CAP_MIB_MAX, &cap))
            return false;
        plan->cap = (size_t)cap << 20;
        return true;
    case OPTION_RESUME:
        plan->state = optarg;
        return true;
    case OPTION_HASH:
        plan->manifest_hash = optarg;
        return true;
    case OPTION_JSON: /* there is no other form; scripts may say so */
        return true;
    default:
        return option >= 0 && option <= PTN_SWEEP_IN_MANIFEST && /* '?' is none of them */
               add_input(plan, option, optarg);
    }
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* One order for all; none inside another. */
static bool order_under(struct ptn_sweep_plan *plan)
{
    if (plan->under_count == 0) {
        plan->under[plan->under_count++] = "";
        return true;
    }
    qsort((void *)plan->under, plan->under_count, sizeof(*plan->under), by_text);
    for (size_t i = 0; i < plan->under_count; i++)
        for (size_t k = 0; k < plan->under_count; k++) {
            size_t len = strlen(plan->under[i]);

            if (i != k && strncmp(plan->under[i], plan->under[k], len) == 0 &&
                (plan->under[k][len] == '\0' || plan->under[k][len] == '/'))
                return false;
        }
    return true;
}

static bool read_arguments(struct ptn_sweep_plan *plan, int argc, char **argv)
{
    int option;

    optind = 1;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
        if (!take_option(plan, option))
            return false;
    if (plan->percent == 0)
        plan->percent = plan->live ? PTN_SWEEP_LIVE_PERCENT : 100;
    return optind == argc && order_under(plan) &&
           (plan->manifest_hash == NULL || manifest_of(plan) != NULL);
}

/* ---- what is given ---- */

/* A manifest's is that of lists. */
static size_t len_max_of(enum ptn_sweep_input_kind kind)
{
    return kind == PTN_SWEEP_IN_RULES ? PTN_SWEEP_RULES_LEN_MAX : PTN_INDICATOR_LIST_LEN_MAX;
}

static struct ptn_status check_manifest(const struct ptn_sweep_plan *plan,
                                        const struct ptn_sweep_input *input)
{
    struct ptn_bytes bytes = ptn_buffer_bytes(&input->bytes);
    uint8_t digest[PTN_SHA256_LEN], wanted[PTN_SHA256_LEN];
    struct ptn_status status;

    if (plan->manifest_hash == NULL)
        return PTN_OK;
    if (!ptn_hex_read_exactly(ptn_bytes_from_text(plan->manifest_hash), wanted, sizeof(wanted)))
        return (struct ptn_status){ PTN_C_BAD_INPUT };
    status = ptn_sha256(&bytes, 1, digest);
    if (ptn_ok(status) && memcmp(digest, wanted, sizeof(wanted)) != 0)
        status = (struct ptn_status){ PTN_C_BAD_INPUT };
    return status;
}

/* Read every list and pack whole, and work out what a state belongs to. */
static struct ptn_status load(struct ptn_sweep_plan *plan)
{
    struct ptn_buffer all = { .len_max = OUTPUT_MAX };
    struct ptn_status status = PTN_OK;
    struct ptn_bytes bytes;

    for (size_t i = 0; ptn_ok(status) && i < plan->input_count; i++) {
        struct ptn_sweep_input *input = &plan->inputs[i];
        uint8_t digest[PTN_SHA256_LEN];

        ptn_buffer_init(&input->bytes, len_max_of(input->kind));
        status = plan->world->files->read(plan->world->context, input->path, &input->bytes);
        if (status.code == PTN_C_NOT_FOUND)
            status = (struct ptn_status){ PTN_C_BAD_INPUT };
        if (ptn_ok(status) && input->kind == PTN_SWEEP_IN_MANIFEST)
            status = check_manifest(plan, input);
        bytes = ptn_buffer_bytes(&input->bytes);
        if (ptn_ok(status))
            status = ptn_sha256(&bytes, 1, digest);
        if (ptn_ok(status))
            status = ptn_buffer_addf(&all, "%d ", (int)input->kind);
        if (ptn_ok(status))
            status = ptn_buffer_add(&all, ptn_bytes_of(digest, sizeof(digest)));
        if (!ptn_ok(status))
            ptn_say_failure(input->path, status, NULL);
    }
    for (size_t i = 0; ptn_ok(status) && i < plan->under_count; i++)
        status = ptn_buffer_addf(&all, "%s\n", plan->under[i]);
    if (ptn_ok(status))
        status = ptn_buffer_addf(&all, "%s\n%zu", plan->root, plan->cap);
    bytes = ptn_buffer_bytes(&all);
    if (ptn_ok(status))
        status = ptn_sha256(&bytes, 1, plan->inputs_sha256);
    ptn_buffer_release(&all);
    return status;
}

static struct ptn_status load_state(struct ptn_sweep_plan *plan)
{
    struct ptn_diag diag = { 0, NULL };
    struct ptn_status status = PTN_OK;

    if (plan->state != NULL)
        status = ptn_sweep_state_read(plan, &diag);
    if (status.code == PTN_C_NOT_FOUND)
        status = PTN_OK;
    if (!ptn_ok(status))
        ptn_say_failure(plan->state, status, &diag);
    return status;
}

/* ---- this node's own ledgers ---- */

static struct ptn_status prove_ledgers(struct ptn_sweep_plan *plan)
{
    struct ptn_status status = PTN_OK;

    for (size_t i = 0; ptn_ok(status) && i < plan->data_count; i++) {
        struct ptn_buffer line = { .len_max = OUTPUT_MAX };
        struct ptn_json json = { .out = &line };
        struct ptn_diag diag = { 0, NULL };
        struct ptn_ledger_verdict verdict;

        status = ptn_ledger_prove(plan->data[i], &verdict, &diag);
        if (status.code == PTN_C_CORRUPT) {
            ptn_sweep_finding_write(
                &(struct ptn_sweep_finding){ .class = PTN_SWEEP_LEDGER,
                                             .path = ptn_bytes_from_text(plan->data[i]),
                                             .match = ptn_bytes_from_text("ledger"),
                                             .source = ptn_bytes_from_text("ledger verify"),
                                             .reason = diag.text,
                                             .score = 100 },
                &json);
            status = ptn_answer_print(&json);
            plan->found[PTN_SWEEP_LEDGER]++;
        } else if (!ptn_ok(status)) {
            ptn_say_failure(plan->data[i], status, &diag);
        }
        ptn_buffer_release(&line);
    }
    return status;
}

/* ---- the summary ---- */

static void write_looked_for(const struct ptn_sweep_plan *plan, struct ptn_json *json)
{
    const struct ptn_sweep_input *manifest = manifest_of(plan);

    ptn_json_field_number(json, "rules", (int64_t)plan->rules);
    ptn_json_field_number(json, "indicators", (int64_t)plan->indicators);
    ptn_json_field_number(json, "harmless", (int64_t)plan->harmless);
    ptn_json_field_number(json, "not_looked_for", (int64_t)plan->lacking);
    ptn_json_field_number(json, "packages", (int64_t)plan->packages);
    ptn_json_field_number(json, "bad_package_lines", (int64_t)plan->bad_package_lines);
    ptn_json_field_number(json, "ledgers", (int64_t)plan->data_count);
    ptn_json_key(json, "manifest");
    if (manifest == NULL) {
        ptn_json_null(json);
    } else {
        struct ptn_bytes bytes = ptn_buffer_bytes(&manifest->bytes);
        struct ptn_buffer hex = { .len_max = 128 };
        uint8_t digest[PTN_SHA256_LEN];

        if (ptn_ok(ptn_sha256(&bytes, 1, digest)) &&
            ptn_ok(ptn_buffer_add_hex(&hex, ptn_bytes_of(digest, sizeof(digest)))))
            ptn_json_text(json, ptn_buffer_bytes(&hex));
        else
            ptn_json_null(json);
        ptn_buffer_release(&hex);
    }
}

static const char *text_of(const struct ptn_sweep_plan *plan, uint64_t findings)
{
    if (plan->live)
        return "A sweep on a running host finds guilt, never innocence: what runs on it can show "
               "it "
               "what it likes. Sweep its disk from another machine.";
    return findings > 0 ? "Each finding says what matched and why; people decide what it means."
                        : "Nothing that was looked for is there. That is no proof that nobody was.";
}

static uint64_t print_summary(const struct ptn_sweep_plan *plan, bool *ret_good)
{
    struct ptn_buffer line = { .len_max = OUTPUT_MAX };
    struct ptn_json json = { .out = &line };
    uint64_t findings = 0;

    for (size_t i = 0; i < PTN_SWEEP_CLASS_COUNT; i++)
        findings += plan->found[i];
    ptn_json_object(&json);
    ptn_json_key(&json, "summary");
    ptn_json_object(&json);
    ptn_json_field_text(&json, "root", ptn_bytes_from_text(plan->root));
    ptn_json_field_bool(&json, "running_host", plan->live);
    ptn_json_field_number(&json, "findings", (int64_t)findings);
    ptn_json_key(&json, "by_class");
    ptn_json_object(&json);
    for (size_t i = 0; i < PTN_SWEEP_CLASS_COUNT; i++)
        if (plan->found[i] > 0)
            ptn_json_field_number(&json, ptn_sweep_class_word((enum ptn_sweep_class)i),
                                  (int64_t)plan->found[i]);
    ptn_json_object_end(&json);
    for (size_t i = 0; i < PTN_SWEEP_COUNT_COUNT; i++)
        ptn_json_field_number(&json, ptn_sweep_count_words[i], (int64_t)plan->counts[i]);
    write_looked_for(plan, &json);
    ptn_json_field_number(&json, "cap_bytes", (int64_t)plan->cap);
    ptn_json_field_number(&json, "wall_ms", plan->wall_ms);
    ptn_json_field_number(&json, "cpu_ms", plan->cpu_ms);
    ptn_json_field_text(&json, "text", ptn_bytes_from_text(text_of(plan, findings)));
    ptn_json_object_end(&json);
    ptn_json_object_end(&json);
    *ret_good = ptn_ok(ptn_answer_print(&json));
    ptn_buffer_release(&line);
    return findings;
}

/* ---- the command ---- */

static int run(struct ptn_sweep_plan *plan)
{
    struct ptn_status status = load(plan);
    uint64_t findings;
    bool good = true;
    int code;

    if (ptn_ok(status))
        status = load_state(plan);
    if (ptn_ok(status) && plan->after[0] == '\0')
        status = prove_ledgers(plan);
    if (!ptn_ok(status))
        return ptn_exit_for(status);
    plan->root_fd = open(plan->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (plan->root_fd < 0) {
        (void)fputs("postern: sweep: the root is no folder that can be opened\n", stderr);
        return PTN_EXIT_BAD_INPUT;
    }
    code = ptn_sweep_run(plan);
    (void)close(plan->root_fd);
    if (code != PTN_EXIT_DONE)
        return code;
    findings = print_summary(plan, &good);
    if (good && plan->state != NULL) {
        status = plan->world->files->remove(plan->world->context, plan->state);
        good = ptn_ok(status) || status.code == PTN_C_NOT_FOUND;
    }
    if (!good)
        return PTN_EXIT_ENVIRONMENT;
    return findings > 0 ? PTN_EXIT_NEGATIVE : PTN_EXIT_DONE;
}

int ptn_run_sweep(int argc, char **argv)
{
    static struct ptn_sweep_plan plan; /* large, and one of it */
    int code;

    plan = (struct ptn_sweep_plan){
        .world = ptn_world_real(), .root = "/", .live = true, .cap = (size_t)PTN_SWEEP_CAP_MIB << 20
    };
    if (argc == 3 && strcmp(argv[1], "--make-manifest") == 0)
        return ptn_sweep_make_manifest(argv[2]);
    if (!read_arguments(&plan, argc, argv)) {
        (void)fputs(usage, stderr);
        return PTN_EXIT_USAGE;
    }
    code = run(&plan);
    for (size_t i = 0; i < plan.input_count; i++)
        ptn_buffer_release(&plan.inputs[i].bytes);
    return code;
}
