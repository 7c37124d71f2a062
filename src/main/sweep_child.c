/*
 * main/sweep_child.c -- the confined process of a sweep: everything that parses strangers' bytes.
 *
 * It can read below the root and write to one pipe; it can open no other file, no socket, start
 * nothing. What it is told to look for it has in memory when it begins.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "incident/compare.h"
#include "main/commands.h"
#include "main/confine.h"
#include "main/sweep_int.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define PTN_SANITIZED
#endif
#endif

#define MISSING_SCORE 40u
#define OUT_LEN_MAX   PTN_SWEEP_LINE_LEN_MAX

struct child {
    const struct ptn_sweep_plan *plan;
    int fd;
    uint64_t counts[PTN_SWEEP_COUNT_COUNT];
    struct ptn_sweep_counts looked;
    struct ptn_indicators *indicators;
    struct ptn_manifest *release;
    struct ptn_sweep_packages packages;
    struct ptn_sweep *sweep;
    struct ptn_arena *arena;
    uint8_t *bytes; /* of the file that is looked at: plan->cap of them */
    struct ptn_buffer line;
    size_t left_out;
};

/* ---- the pipe ---- */

/* Write the line that is in child->line. A parent that is gone has nobody to report to. */
static struct ptn_status send_line(struct child *child)
{
    struct ptn_status status = ptn_buffer_add_text(&child->line, "\n");
    size_t sent = 0;

    while (ptn_ok(status) && sent < child->line.len) {
        ssize_t some = write(child->fd, child->line.at + sent, child->line.len - sent);

        if (some < 0 && errno != EINTR)
            status = (struct ptn_status){ PTN_C_IO };
        sent += some > 0 ? (size_t)some : 0;
    }
    ptn_buffer_clear(&child->line);
    return status;
}

/* Give up: the exit code, what and why. */
static _Noreturn void give_up(struct child *child, int code, const char *what,
                              struct ptn_status status, const struct ptn_diag *diag)
{
    ptn_buffer_clear(&child->line);
    if (ptn_ok(ptn_buffer_addf(&child->line, "E %d %s: %s (at %zu)", code, what,
                               diag != NULL && diag->text != NULL ? diag->text
                                                                  : ptn_code_word(status.code),
                               diag == NULL ? 0 : diag->offset)))
        (void)ptn_ok(send_line(child));
    _exit(code);
}

static struct ptn_status add_counts(struct child *child)
{
    struct ptn_status status = PTN_OK;

    child->counts[PTN_SWEEP_PACKED] = child->plan->counts[PTN_SWEEP_PACKED] + child->looked.packed;
    child->counts[PTN_SWEEP_NAMES_UNFINISHED] =
        child->plan->counts[PTN_SWEEP_NAMES_UNFINISHED] + child->looked.names_unfinished;
    child->counts[PTN_SWEEP_RULES_UNFINISHED] =
        child->plan->counts[PTN_SWEEP_RULES_UNFINISHED] + child->looked.rules_unfinished;
    child->counts[PTN_SWEEP_NOT_COMPARED] =
        child->plan->counts[PTN_SWEEP_NOT_COMPARED] + child->looked.not_compared;
    for (size_t i = 0; ptn_ok(status) && i < PTN_SWEEP_COUNT_COUNT; i++)
        status = ptn_buffer_addf(&child->line, " %llu", (unsigned long long)child->counts[i]);
    return status;
}

/* ptn_sweep_found_fn */
static struct ptn_status found(void *context, const struct ptn_sweep_finding *finding)
{
    struct child *child = context;
    struct ptn_json json = { .out = &child->line };
    struct ptn_status status = ptn_buffer_addf(&child->line, "F %d ", (int)finding->class);

    if (ptn_ok(status)) {
        ptn_sweep_finding_write(finding, &json);
        status = ptn_json_end(&json);
    }
    return ptn_ok(status) ? send_line(child) : status;
}

/* SWEEP-2. */
static struct ptn_status send_unread(void *context, struct ptn_bytes path, const char *why)
{
    struct child *child = context;
    struct ptn_json json = { .out = &child->line };
    struct ptn_status status = ptn_buffer_add_text(&child->line, "U ");

    if (!ptn_ok(status))
        return status;
    ptn_json_object(&json);
    ptn_json_key(&json, "unread");
    ptn_json_object(&json);
    ptn_json_field_text(&json, "path", path);
    ptn_json_field_text(&json, "why", ptn_bytes_from_text(why));
    ptn_json_object_end(&json);
    ptn_json_object_end(&json);
    status = ptn_json_end(&json);
    return ptn_ok(status) ? send_line(child) : status;
}

static struct ptn_status send_lack(struct child *child, const struct ptn_indicator_lack *lack)
{
    struct ptn_json json = { .out = &child->line };
    struct ptn_status status = ptn_buffer_add_text(&child->line, "L ");

    if (!ptn_ok(status))
        return status;
    ptn_json_object(&json);
    ptn_json_key(&json, "not_looked_for");
    ptn_json_object(&json);
    ptn_json_field_text(&json, "source", ptn_bytes_from_text(lack->source));
    ptn_json_field_number(&json, "line", (int64_t)lack->line);
    ptn_json_field_text(&json, "what", lack->what);
    ptn_json_field_text(&json, "why", ptn_bytes_from_text(lack->why));
    ptn_json_object_end(&json);
    ptn_json_object_end(&json);
    status = ptn_json_end(&json);
    return ptn_ok(status) ? send_line(child) : status;
}

/* ---- getting ready ---- */

static void must(struct child *child, const char *what, struct ptn_status status,
                 const struct ptn_diag *diag)
{
    if (!ptn_ok(status))
        give_up(child, ptn_exit_for(status), what, status, diag);
}

static const enum ptn_indicator_list list_of[] = {
    [PTN_SWEEP_IN_HASHES] = PTN_INDICATORS_HASHES,
    [PTN_SWEEP_IN_NAMES] = PTN_INDICATORS_NAMES,
    [PTN_SWEEP_IN_NETWORK] = PTN_INDICATORS_NETWORK,
    [PTN_SWEEP_IN_STIX] = PTN_INDICATORS_STIX,
};

static void read_input(struct child *child, const struct ptn_sweep_input *input,
                       struct ptn_bytes *harmless, size_t *harmless_count)
{
    struct ptn_bytes text = ptn_buffer_bytes(&input->bytes);
    struct ptn_diag diag = { 0, NULL };
    struct ptn_status status;

    switch (input->kind) {
    case PTN_SWEEP_IN_RULES:
        return; /* after the lists: the sweep needs them ready */
    case PTN_SWEEP_IN_HASHES:
    case PTN_SWEEP_IN_NAMES:
    case PTN_SWEEP_IN_NETWORK:
    case PTN_SWEEP_IN_STIX:
        status =
            ptn_indicators_read(child->indicators, list_of[input->kind], input->path, text, &diag);
        break;
    case PTN_SWEEP_IN_HARMLESS:
        status = ptn_warning_list_read(text, child->arena, harmless, PTN_INCIDENT_IGNORE_MAX,
                                       harmless_count, &diag);
        break;
    case PTN_SWEEP_IN_MANIFEST:
        status = ptn_manifest_read(child->release, text, &diag);
        break;
    }
    must(child, input->path, status, &diag);
}

static void read_lists(struct child *child)
{
    struct ptn_bytes *harmless =
        ptn_arena_take(child->arena, PTN_INCIDENT_IGNORE_MAX * sizeof(*harmless));
    size_t count = 0;

    must(child, "sweep", (struct ptn_status){ harmless == NULL ? PTN_C_NO_MEMORY : PTN_C_OK },
         NULL);
    for (size_t i = 0; i < child->plan->input_count; i++)
        read_input(child, &child->plan->inputs[i], harmless, &count);
    must(child, "sweep", ptn_indicators_ready(child->indicators, harmless, count, &child->left_out),
         NULL);
    ptn_manifest_ready(child->release);
}

static void send_lacks(struct child *child)
{
    for (size_t i = 0; i < ptn_indicators_lack_count(child->indicators); i++) {
        struct ptn_indicator_lack lack = ptn_indicators_lack(child->indicators, i);

        must(child, "sweep", send_lack(child, &lack), NULL);
    }
    for (size_t i = 0; i < ptn_sweep_lack_count(child->sweep); i++) {
        struct ptn_indicator_lack lack = ptn_sweep_lack(child->sweep, i);

        must(child, "sweep", send_lack(child, &lack), NULL);
    }
}

/* Lists, then rules, then what dpkg says: all of it strangers' bytes. SWEEP-3: what is not good
 * ends it here. */
static void get_ready(struct child *child)
{
    struct ptn_sweep_with with = {
        .indicators = child->indicators,
        .rule_timeout_s = PTN_SWEEP_RULE_SECONDS * 100u / child->plan->percent,
        .found = found,
        .context = child,
    };
    struct ptn_diag diag = { 0, NULL };

    read_lists(child);
    must(child, "var/lib/dpkg", ptn_sweep_packages_read(child->plan->root_fd, &child->packages),
         NULL);
    with.release = ptn_manifest_count(child->release) > 0 ? child->release : NULL;
    with.packages = child->packages.files;
    with.merged_usr = child->packages.merged_usr;
    ptn_sweep_use(child->sweep, &with);
    for (size_t i = 0; i < child->plan->input_count; i++) {
        const struct ptn_sweep_input *input = &child->plan->inputs[i];

        if (input->kind == PTN_SWEEP_IN_RULES)
            must(child, input->path,
                 ptn_sweep_add_rules(child->sweep, input->path, ptn_buffer_bytes(&input->bytes),
                                     &diag),
                 &diag);
    }
    must(child, "sweep", ptn_sweep_ready(child->sweep), NULL);
    if (child->plan->after[0] == '\0')
        send_lacks(child);
}

/* ---- the disk ---- */

static struct ptn_status take_file(void *context, int fd, struct ptn_bytes path)
{
    struct child *child = context;
    struct ptn_sweep_file file = { .path = path };
    struct ptn_status status = ptn_buffer_add_text(&child->line, "B");
    struct ptn_status read_status;
    size_t len = 0;

    if (ptn_ok(status))
        status = add_counts(child);
    if (ptn_ok(status))
        status = ptn_buffer_add_text(&child->line, " ");
    if (ptn_ok(status))
        status = ptn_buffer_add_hex(&child->line, path);
    if (ptn_ok(status))
        status = send_line(child);
    if (!ptn_ok(status))
        return status;
    read_status = ptn_sweep_read(fd, child->bytes, child->plan->cap, &len, &file.whole);
    if (!ptn_ok(read_status)) {
        child->counts[PTN_SWEEP_UNREAD]++;
        status = send_unread(child, path, "the disk does not give all of it");
    } else if (!file.whole) {
        child->counts[PTN_SWEEP_CUT]++;
    }
    file.bytes = ptn_bytes_of(child->bytes, len);
    child->counts[PTN_SWEEP_FILES]++;
    child->counts[PTN_SWEEP_BYTES] += len;
    return ptn_ok(status) ? ptn_sweep_file(child->sweep, &file, &child->looked) : status;
}

/* A link in a folder of units enables one: fine when it leads to a package's own folder. */
static struct ptn_status take_link(void *context, struct ptn_bytes path, struct ptn_bytes target)
{
    static const char *const fine[] = { "/lib/systemd/", "/usr/lib/systemd/", "/dev/null" };
    struct child *child = context;

    if (ptn_manifest_count(child->release) == 0 || !ptn_sweep_is_watched(path))
        return PTN_OK;
    for (size_t i = 0; i < sizeof(fine) / sizeof(fine[0]); i++)
        if (target.len >= strlen(fine[i]) && memcmp(target.at, fine[i], strlen(fine[i])) == 0)
            return PTN_OK;
    return found(child, &(struct ptn_sweep_finding){
                            .class = PTN_SWEEP_UNKNOWN,
                            .path = path,
                            .match = target,
                            .source = ptn_bytes_from_text("manifest"),
                            .reason = "a link that starts programs leads outside the packages",
                            .score = 50 });
}

/* Packages whose documentation was left out on purpose are the rule on small machines. */
static bool may_be_missing(struct ptn_bytes path)
{
    static const char *const folders[] = { "usr/share/doc/",     "usr/share/man/",
                                           "usr/share/locale/",  "usr/share/info/",
                                           "usr/share/lintian/", "usr/share/help/" };

    for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
        if (path.len > strlen(folders[i]) && memcmp(path.at, folders[i], strlen(folders[i])) == 0)
            return true;
    return false;
}

static bool is_under(const struct ptn_sweep_plan *plan, struct ptn_bytes path)
{
    for (size_t i = 0; i < plan->under_count; i++) {
        size_t len = strlen(plan->under[i]);

        if (len == 0 ||
            (path.len > len && memcmp(path.at, plan->under[i], len) == 0 && path.at[len] == '/'))
            return true;
    }
    return false;
}

static struct ptn_status find_missing(struct child *child, const struct ptn_manifest *manifest)
{
    struct ptn_status status = PTN_OK;

    for (size_t i = 0; ptn_ok(status) && i < ptn_manifest_count(manifest); i++) {
        const struct ptn_manifest_file *file = ptn_manifest_at(manifest, i);
        bool release = file->owner.len == 0;
        struct ptn_status there;

        if (!is_under(child->plan, file->path) || (!release && may_be_missing(file->path)))
            continue;
        there = ptn_sweep_there(child->plan->root_fd, file->path);
        if (there.code == PTN_C_BUSY && child->packages.merged_usr && !release)
            continue; /* /lib and its like: the file was compared under /usr */
        if (there.code == PTN_C_BUSY)
            child->looked.not_compared++;
        if (there.code == PTN_C_NOT_FOUND)
            status =
                found(child, &(struct ptn_sweep_finding){
                                 .class = PTN_SWEEP_MISSING,
                                 .path = file->path,
                                 .match = release ? ptn_bytes_from_text("release") : file->owner,
                                 .source = ptn_bytes_from_text(release ? "manifest" : "dpkg"),
                                 .reason = "installed, and not there",
                                 .score = MISSING_SCORE });
    }
    return status;
}

static struct ptn_status walk_all(struct child *child)
{
    const struct ptn_sweep_walk walk = { .root_fd = child->plan->root_fd,
                                         .after = child->plan->after,
                                         .counts = child->counts,
                                         .context = child,
                                         .file = take_file,
                                         .link = take_link,
                                         .unread = send_unread };
    struct ptn_status status = PTN_OK;

    for (size_t i = 0; ptn_ok(status) && i < child->plan->under_count; i++) {
        status = ptn_sweep_walk(&walk, child->plan->under[i]);
        if (status.code == PTN_C_BAD_INPUT)
            give_up(child, PTN_EXIT_BAD_INPUT, child->plan->under[i], status,
                    &(struct ptn_diag){ 0, "no folder of that name, or a link" });
    }
    if (ptn_ok(status))
        status = find_missing(child, child->release);
    if (ptn_ok(status) && child->packages.files != NULL)
        status = find_missing(child, child->packages.files);
    return status;
}

/* ---- the process ---- */

/* Memory it may take, and no more; the sanitizers' own is not counted so. */
static void set_limits(const struct ptn_sweep_plan *plan)
{
    struct rlimit none = { 0, 0 };

    (void)setrlimit(RLIMIT_CORE, &none);
#if !defined(__SANITIZE_ADDRESS__) && !defined(PTN_SANITIZED)
    {
        rlim_t most = ((rlim_t)3 << 30) + plan->cap;
        struct rlimit memory = { most, most };

        (void)setrlimit(RLIMIT_AS, &memory);
    }
#else
    (void)plan;
#endif
    if (plan->percent < 100) {
        const struct sched_param idle = { 0 };

        (void)sched_setscheduler(0, SCHED_IDLE, &idle);
    }
}

static void finish(struct child *child)
{
    struct ptn_status status = ptn_buffer_add_text(&child->line, "S");
    uint64_t indicators = 0;

    for (size_t i = 0; i < PTN_INDICATOR_KIND_COUNT; i++)
        indicators += ptn_indicators_count(child->indicators, (enum ptn_indicator_kind)i);
    if (ptn_ok(status))
        status = add_counts(child);
    if (ptn_ok(status))
        status =
            ptn_buffer_addf(&child->line, " %llu %zu %zu %zu %zu", (unsigned long long)indicators,
                            child->left_out, ptn_sweep_rule_count(child->sweep),
                            child->packages.packages, child->packages.bad_lines);
    must(child, "sweep", status, NULL);
    must(child, "sweep", send_line(child), NULL);
}

_Noreturn void ptn_sweep_child(const struct ptn_sweep_plan *plan, int fd)
{
    static struct child child; /* its buffers outlive every function: the process ends with them */
    struct ptn_status status;

    child.plan = plan;
    child.fd = fd;
    memcpy(child.counts, plan->counts, sizeof(child.counts));
    ptn_buffer_init(&child.line, OUT_LEN_MAX);
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    child.indicators = ptn_indicators_new();
    child.release = ptn_manifest_new();
    child.arena = ptn_arena_new((size_t)256 << 20);
    child.bytes = malloc(plan->cap);
    if (child.indicators == NULL || child.release == NULL || child.arena == NULL ||
        child.bytes == NULL)
        give_up(&child, PTN_EXIT_ENVIRONMENT, "sweep", (struct ptn_status){ PTN_C_NO_MEMORY },
                NULL);
    child.sweep = ptn_sweep_new();
    if (child.sweep == NULL)
        give_up(&child, PTN_EXIT_ENVIRONMENT, "sweep", (struct ptn_status){ PTN_C_NO_MEMORY },
                NULL);
    set_limits(plan);
    if (!ptn_confine_sweep(plan->root_fd, fd))
        give_up(&child, PTN_EXIT_ENVIRONMENT, "sweep", (struct ptn_status){ PTN_C_IO },
                &(struct ptn_diag){ 0, "this kernel does not confine a process" });
    get_ready(&child);
    status = walk_all(&child);
    if (!ptn_ok(status))
        give_up(&child, PTN_EXIT_ENVIRONMENT, "sweep", status, NULL);
    finish(&child);
    _exit(PTN_EXIT_DONE);
}
