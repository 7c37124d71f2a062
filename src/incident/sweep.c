/*
 * incident/sweep.c -- one file against everything that is looked for.
 */
#include "incident/sweep_int.h"

#include <openssl/evp.h>
#include <stdlib.h>

#define CHANGED_SCORE  80u
#define RELEASE_SCORE  90u
#define UNKNOWN_SCORE  60u
#define LOG_GAP_SCORE  60u
#define TEXT_PROBE_LEN 4096u /* a text has no NUL in its first bytes */

static const char *const class_words[PTN_SWEEP_CLASS_COUNT] = {
    "rule", "hash", "name", "network", "changed", "missing", "unknown", "log-gap", "ledger",
};

const char *ptn_sweep_class_word(enum ptn_sweep_class class)
{
    return class_words[class];
}

void ptn_sweep_finding_write(const struct ptn_sweep_finding *finding, struct ptn_json *json)
{
    struct ptn_buffer text = { .len_max = (size_t)4 * PTN_MANIFEST_PATH_MAX };

    ptn_json_object(json);
    ptn_json_field_text(json, "path", finding->path);
    if (!ptn_utf8_valid(finding->path, NULL) && ptn_ok(ptn_buffer_add_hex(&text, finding->path)))
        ptn_json_field_text(json, "path_hex", ptn_buffer_bytes(&text));
    ptn_json_field_text(json, "class", ptn_bytes_from_text(ptn_sweep_class_word(finding->class)));
    ptn_json_field_text(json, "match", finding->match);
    ptn_json_field_text(json, "source", finding->source);
    ptn_json_field_number(json, "score", finding->score);
    ptn_buffer_clear(&text);
    if (finding->detail.len == 0 || !ptn_ok(ptn_buffer_add_text(&text, finding->reason)) ||
        !ptn_ok(ptn_buffer_add_text(&text, ": ")) ||
        !ptn_ok(ptn_buffer_add(&text, finding->detail)))
        ptn_json_field_text(json, "reason", ptn_bytes_from_text(finding->reason));
    else
        ptn_json_field_text(json, "reason", ptn_buffer_bytes(&text));
    ptn_buffer_clear(&text);
    if (finding->sha256 != NULL &&
        ptn_ok(ptn_buffer_add_hex(&text, ptn_bytes_of(finding->sha256, PTN_SHA256_LEN))))
        ptn_json_field_text(json, "sha256", ptn_buffer_bytes(&text));
    ptn_json_object_end(json);
    ptn_buffer_release(&text);
}

/* ---- the sweep ---- */

/* OpenSSL reads its configuration when it is first used: here, before the process can open nothing
 * more. */
static bool warm_digests(void)
{
    const EVP_MD *kinds[] = { EVP_md5(), EVP_sha1(), EVP_sha256() };
    uint8_t digest[EVP_MAX_MD_SIZE];

    for (size_t i = 0; i < 3; i++)
        if (EVP_Digest("", 0, digest, NULL, kinds[i], NULL) != 1)
            return false;
    return true;
}

struct ptn_sweep *ptn_sweep_new(void)
{
    struct ptn_sweep *sweep = calloc(1, sizeof(*sweep));

    if (sweep == NULL)
        return NULL;
    if (!warm_digests() || !ptn_rules_start(sweep)) {
        free(sweep);
        return NULL;
    }
    return sweep;
}

void ptn_sweep_use(struct ptn_sweep *sweep, const struct ptn_sweep_with *with)
{
    PTN_PRE(with->indicators != NULL && with->found != NULL && !sweep->ready);
    sweep->with = *with;
}

void ptn_sweep_free(struct ptn_sweep *sweep)
{
    if (sweep == NULL)
        return;
    ptn_rules_end(sweep);
    free(sweep->lacks);
    free(sweep);
}

size_t ptn_sweep_lack_count(const struct ptn_sweep *sweep)
{
    return sweep->lack_count;
}

struct ptn_indicator_lack ptn_sweep_lack(const struct ptn_sweep *sweep, size_t index)
{
    PTN_PRE(index < sweep->lack_count);
    return sweep->lacks[index];
}

/* ---- what is told of a file ---- */

static struct ptn_status tell(struct ptn_sweep *sweep, const struct ptn_sweep_finding *from)
{
    struct ptn_sweep_finding finding = *from;

    finding.path = sweep->file->path;
    finding.sha256 = sweep->file->whole ? sweep->sha256 : NULL;
    return sweep->with.found(sweep->with.context, &finding);
}

struct ptn_status ptn_sweep_tell_rule(struct ptn_sweep *sweep, struct ptn_bytes rule,
                                      struct ptn_bytes source, struct ptn_bytes description,
                                      unsigned score)
{
    return tell(sweep, &(struct ptn_sweep_finding){ .class = PTN_SWEEP_RULE,
                                                    .match = rule,
                                                    .source = source,
                                                    .reason = "a YARA rule matches the content",
                                                    .detail = description,
                                                    .score = score });
}

static struct ptn_status tell_indicator(struct ptn_sweep *sweep, enum ptn_sweep_class class,
                                        const struct ptn_indicator *indicator, const char *reason)
{
    return tell(sweep,
                &(struct ptn_sweep_finding){ .class = class,
                                             .match = indicator->value,
                                             .source = ptn_bytes_from_text(indicator->source),
                                             .reason = reason,
                                             .detail = indicator->comment,
                                             .score = indicator->score });
}

/* ptn_indicator_hit_fn */
static struct ptn_status name_hit(void *context, const struct ptn_indicator *indicator)
{
    return tell_indicator(context, PTN_SWEEP_NAME, indicator, "the name is on a list");
}

/* ptn_indicator_hit_fn */
static struct ptn_status network_hit(void *context, const struct ptn_indicator *indicator)
{
    return tell_indicator(context, PTN_SWEEP_NETWORK, indicator,
                          "a listed network name or address stands in the text");
}

/* ---- digests ---- */

static struct ptn_status check_hashes(struct ptn_sweep *sweep)
{
    const struct {
        const EVP_MD *kind;
        size_t len;
    } kinds[] = { { EVP_md5(), 16 }, { EVP_sha1(), 20 }, { EVP_sha256(), 32 } };
    const struct ptn_sweep_file *file = sweep->file;
    struct ptn_status status = PTN_OK;

    for (size_t i = 0; ptn_ok(status) && i < 3; i++) {
        uint8_t digest[EVP_MAX_MD_SIZE];
        const struct ptn_indicator *found;

        if (kinds[i].len < 32 && !ptn_indicators_wants(sweep->with.indicators, kinds[i].len))
            continue;
        if (kinds[i].len == 32)
            memcpy(digest, sweep->sha256, PTN_SHA256_LEN);
        else if (EVP_Digest(file->bytes.at, file->bytes.len, digest, NULL, kinds[i].kind, NULL) !=
                 1)
            return (struct ptn_status){ PTN_C_NO_MEMORY };
        found = ptn_indicators_find_hash(sweep->with.indicators, digest, kinds[i].len);
        if (found != NULL)
            status =
                tell_indicator(sweep, PTN_SWEEP_HASH, found, "the file is on a list of hashes");
    }
    return status;
}

/* ---- what was installed ---- */

/* As packages without /usr merged name what now lies in it. */
static const struct ptn_manifest_file *find_package(const struct ptn_sweep *sweep,
                                                    struct ptn_bytes path)
{
    const struct ptn_manifest_file *found;

    if (sweep->with.packages == NULL)
        return NULL;
    found = ptn_manifest_find(sweep->with.packages, path);
    if (found == NULL && sweep->with.merged_usr && path.len > 4 && memcmp(path.at, "usr/", 4) == 0)
        found = ptn_manifest_find(sweep->with.packages, ptn_bytes_slice(path, 4, SIZE_MAX));
    return found;
}

static bool same_digest(const struct ptn_sweep *sweep, const struct ptn_manifest_file *expected,
                        bool *ret_same)
{
    uint8_t digest[EVP_MAX_MD_SIZE];

    if (expected->digest_len == PTN_SHA256_LEN) {
        *ret_same = memcmp(expected->digest, sweep->sha256, PTN_SHA256_LEN) == 0;
        return true;
    }
    if (EVP_Digest(sweep->file->bytes.at, sweep->file->bytes.len, digest, NULL, EVP_md5(), NULL) !=
        1)
        return false;
    *ret_same = memcmp(expected->digest, digest, expected->digest_len) == 0;
    return true;
}

static struct ptn_status compare(struct ptn_sweep *sweep, const struct ptn_manifest_file *expected,
                                 struct ptn_sweep_counts *counts)
{
    bool release = expected->owner.len == 0;
    bool same = true;

    if (!sweep->file->whole) {
        counts->not_compared++;
        return PTN_OK;
    }
    if (!same_digest(sweep, expected, &same))
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    if (same)
        return PTN_OK;
    return tell(sweep, &(struct ptn_sweep_finding){
                           .class = PTN_SWEEP_CHANGED,
                           .match = release ? ptn_bytes_from_text("release") : expected->owner,
                           .source = ptn_bytes_from_text(release ? "manifest" : "dpkg"),
                           .reason = release ? "not the file of the release"
                                             : "not the file that the package installed",
                           .score = release ? RELEASE_SCORE : CHANGED_SCORE });
}

static struct ptn_status check_installed(struct ptn_sweep *sweep, struct ptn_sweep_counts *counts)
{
    struct ptn_bytes path = sweep->file->path;
    const struct ptn_manifest_file *release =
        sweep->with.release == NULL ? NULL : ptn_manifest_find(sweep->with.release, path);
    const struct ptn_manifest_file *package = find_package(sweep, path);
    struct ptn_status status = PTN_OK;

    if (release != NULL)
        return compare(sweep, release, counts);
    if (package != NULL)
        status = compare(sweep, package, counts);
    if (ptn_ok(status) && package == NULL && sweep->with.release != NULL &&
        ptn_sweep_is_watched(path))
        status = tell(sweep, &(struct ptn_sweep_finding){
                                 .class = PTN_SWEEP_UNKNOWN,
                                 .match = ptn_bytes_from_text("release"),
                                 .source = ptn_bytes_from_text("manifest"),
                                 .reason = "it starts programs, and no release or package holds it",
                                 .score = UNKNOWN_SCORE });
    return status;
}

bool ptn_sweep_is_watched(struct ptn_bytes path)
{
    static const char *const folders[] = {
        "etc/systemd/system/", "etc/systemd/user/", "usr/local/lib/systemd/", "etc/cron.d/",
        "etc/cron.hourly/",    "etc/cron.daily/",   "etc/cron.weekly/",       "etc/cron.monthly/",
        "var/spool/cron/",     "etc/init.d/",       "etc/profile.d/",         "etc/udev/rules.d/",
    };
    static const char *const files[] = { "etc/crontab", "etc/rc.local", "etc/ld.so.preload" };

    for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
        if (path.len > strlen(folders[i]) && memcmp(path.at, folders[i], strlen(folders[i])) == 0)
            return true;
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
        if (ptn_bytes_is(path, files[i]))
            return true;
    return false;
}

/* ---- texts ---- */

/* ptn_journal_gap_fn */
static struct ptn_status gap_found(void *context, uint64_t after, uint64_t before)
{
    struct ptn_sweep *sweep = context;
    struct ptn_buffer text = { .len_max = 128 };
    struct ptn_status status = ptn_buffer_addf(&text, "%llu to %llu", (unsigned long long)after + 1,
                                               (unsigned long long)before - 1);

    if (ptn_ok(status))
        status = tell(sweep, &(struct ptn_sweep_finding){
                                 .class = PTN_SWEEP_LOG_GAP,
                                 .match = ptn_buffer_bytes(&text),
                                 .source = ptn_bytes_from_text("journal"),
                                 .reason = "entries of the log with these numbers are not there",
                                 .score = LOG_GAP_SCORE });
    ptn_buffer_release(&text);
    return status;
}

static bool begins(struct ptn_bytes bytes, const char *with, size_t len)
{
    return bytes.len >= len && memcmp(bytes.at, with, len) == 0;
}

/* Compressed: what is in it was not looked at. */
static bool is_packed(struct ptn_bytes bytes)
{
    return begins(bytes, "\x1f\x8b", 2) ||
           begins(bytes,
                  "\xfd"
                  "7zXZ",
                  5) ||
           begins(bytes, "\x28\xb5\x2f\xfd", 4) || begins(bytes, "BZh", 3) ||
           begins(bytes, "PK\x03\x04", 4) || begins(bytes, "7z\xbc\xaf", 4) ||
           begins(bytes, "Rar!", 4);
}

/* Windows' logs and scripts often are UTF-16: the low bytes of what is ASCII, in place of a copy.
 * True: *ret_text is to be freed. */
static bool narrow(struct ptn_bytes bytes, struct ptn_bytes *ret_text, uint8_t **ret_memory)
{
    size_t count = (bytes.len - 2) / 2;
    uint8_t *text = malloc(count + 1);

    *ret_memory = text;
    if (text == NULL)
        return false;
    for (size_t i = 0; i < count; i++)
        text[i] = bytes.at[3 + 2 * i] == 0 ? bytes.at[2 + 2 * i] : (uint8_t)' ';
    *ret_text = ptn_bytes_of(text, count);
    return true;
}

static struct ptn_status check_text(struct ptn_sweep *sweep)
{
    struct ptn_bytes bytes = sweep->file->bytes, text = bytes;
    size_t probe = bytes.len < TEXT_PROBE_LEN ? bytes.len : TEXT_PROBE_LEN;
    uint8_t *memory = NULL;
    uint64_t entries = 0;
    struct ptn_status status;

    if (bytes.len == 0)
        return PTN_OK;
    if (begins(bytes, "\xff\xfe", 2)) {
        if (!narrow(bytes, &text, &memory))
            return (struct ptn_status){ PTN_C_NO_MEMORY };
    } else if (memchr(bytes.at, '\0', probe) != NULL && !begins(bytes, "LPKSHHRH", 8)) {
        return PTN_OK;
    }
    status = ptn_indicators_match_text(sweep->with.indicators, text, network_hit, sweep);
    free(memory);
    if (ptn_ok(status) && begins(bytes, "__CURSOR=", 9))
        status = ptn_journal_gaps(bytes, gap_found, sweep, &entries);
    return status;
}

/* ---- one file ---- */

struct ptn_status ptn_sweep_file(struct ptn_sweep *sweep, const struct ptn_sweep_file *file,
                                 struct ptn_sweep_counts *counts)
{
    struct ptn_status status;

    PTN_PRE(sweep->ready);
    sweep->file = file;
    counts->packed += is_packed(file->bytes);
    status = (struct ptn_status){ EVP_Digest(file->bytes.at, file->bytes.len, sweep->sha256, NULL,
                                             EVP_sha256(), NULL) == 1
                                      ? PTN_C_OK
                                      : PTN_C_NO_MEMORY };
    if (ptn_ok(status))
        status = ptn_indicators_match_name(sweep->with.indicators, file->path, name_hit, sweep,
                                           &counts->names_unfinished);
    if (ptn_ok(status) && file->whole)
        status = check_hashes(sweep);
    if (ptn_ok(status))
        status = check_installed(sweep, counts);
    if (ptn_ok(status))
        status = check_text(sweep);
    if (ptn_ok(status))
        status = ptn_rules_scan(sweep, counts);
    sweep->file = NULL;
    return status;
}
