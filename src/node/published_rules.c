/*
 * node/published_rules.c -- rules that centres publish: which are in force, and as one file for
 * lanes. See published.h and docs/format/rules.md "Published".
 *
 * RULES-1: a record adds rules; that it wants others to go does nothing until an offline note names
 * it. Rules can only add reasons, so two versions of one beside each other take none away.
 */
#include <assert.h>
#include <stdlib.h>

#include "decision/rules.h"
#include "node/published_int.h"
#include "record/edition.h"

#define RECORDS_MAX 4096u
#define GONE_MAX    8192u
#define TESTS_MAX   4096u /* of one file: docs/format/rules.md */
#define FILE_HEAD   "postern-rules 1\nversion published."
#define HEAD_MAX    128u
#define SUFFIX_LEN  5u /* "..256" */

/* How long after the start rules from before it are held on to that were not read again yet. */
#define HOLD_US (INT64_C(15) * 60 * 1000000)

static_assert(PTN_PUBLISHED_RULE_ID_MAX + SUFFIX_LEN <= 48, "an id of two versions is an id");

/* One rule as one record published it. */
struct rule {
    struct ptn_hash name, record;
    char id[PTN_PUBLISHED_RULE_ID_MAX + 1];
    char version[PTN_RECORD_WORD_MAX + 1], officer[PTN_RECORD_WORD_MAX + 1];
    int64_t time_ms;
    size_t tests;
    uint8_t *text; /* Owned */
    size_t len;
};

struct removal {
    struct ptn_hash name;   /* of the rule */
    struct ptn_hash record; /* that wants it to go */
};

struct ptn_published_rules {
    struct rule *at; /* by their arrival */
    size_t count;
    struct removal *gone;
    size_t gone_count;
    struct ptn_hash *records;
    size_t record_count;
    size_t refused, left_out,
        cut; /* cut: of the rules in force, when they were last put together */
    const char *why;
    bool changed;
    struct ptn_buffer held; /* rules that were in force before the start */
    int64_t opened_us;
};

struct ptn_published_rules *ptn_published_rules_new(void)
{
    struct ptn_published_rules *rules = calloc(1, sizeof(*rules));

    if (rules == NULL)
        return NULL;
    ptn_buffer_init(&rules->held, PTN_RULES_FILE_MAX);
    rules->at = calloc(PTN_PUBLISHED_RULES_MAX, sizeof(*rules->at));
    rules->gone = calloc(GONE_MAX, sizeof(*rules->gone));
    rules->records = calloc(RECORDS_MAX, sizeof(*rules->records));
    if (rules->at != NULL && rules->gone != NULL && rules->records != NULL)
        return rules;
    ptn_published_rules_free(rules);
    return NULL;
}

void ptn_published_rules_free(struct ptn_published_rules *rules)
{
    if (rules == NULL)
        return;
    for (size_t i = 0; rules->at != NULL && i < rules->count; i++)
        free(rules->at[i].text);
    free(rules->at);
    free(rules->gone);
    free(rules->records);
    ptn_buffer_release(&rules->held);
    free(rules);
}

void ptn_published_rules_touch(struct ptn_published_rules *rules)
{
    rules->changed = true;
}

/* ---- records ---- */

static struct ptn_status refuse(struct ptn_published_rules *rules, struct ptn_diag *reterr,
                                const char *why)
{
    rules->refused++;
    rules->why = why;
    return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, why);
}

/* Two dots are for what is put there when two versions of a rule stand beside each other. */
static bool id_fits(struct ptn_bytes id)
{
    return id.len <= PTN_PUBLISHED_RULE_ID_MAX && memmem(id.at, id.len, "..", 2) == NULL;
}

/* The rules of a record, loaded as any others and tried by their tests; they are in their one form.
 * Owned by the caller. */
static struct ptn_status load(struct ptn_published *published, struct ptn_bytes text,
                              struct ptn_rules **ret_loaded, struct ptn_diag *reterr)
{
    struct ptn_buffer file = { .len_max = PTN_RULES_FILE_MAX };
    struct ptn_buffer again = { .len_max = PTN_RULES_FILE_MAX };
    struct ptn_rules *loaded = NULL;
    struct ptn_diag diag = { 0 };
    struct ptn_status status = ptn_buffer_add_text(&file, FILE_HEAD "\n");

    if (ptn_ok(status))
        status = ptn_buffer_add(&file, text);
    if (ptn_ok(status))
        status = ptn_rules_load(published->world, ptn_buffer_bytes(&file), &loaded, &diag);
    if (status.code == PTN_C_BAD_INPUT || status.code == PTN_C_TOO_BIG)
        status = refuse(published->rules, reterr, diag.text);
    for (size_t i = 0; ptn_ok(status) && i < ptn_rules_count(loaded); i++) {
        status = ptn_rules_write(loaded, i, PTN_BYTES_NONE, &again);
        if (ptn_ok(status) && !id_fits(ptn_rules_id(loaded, i)))
            status = refuse(published->rules, reterr,
                            "a published rule's id is up to 40 bytes, without two dots");
    }
    if (ptn_ok(status) && !ptn_bytes_equal(ptn_buffer_bytes(&again), text))
        status = refuse(published->rules, reterr, "rules that are not in their one form");
    ptn_buffer_release(&file);
    ptn_buffer_release(&again);
    if (ptn_ok(status))
        *ret_loaded = loaded;
    else
        ptn_rules_free(loaded);
    return status;
}

static struct ptn_status name_of(const struct ptn_hash *record, size_t index,
                                 struct ptn_hash *ret_name)
{
    const uint8_t number[] = { (uint8_t)(index >> 8), (uint8_t)index };
    const struct ptn_bytes parts[] = { ptn_bytes_of(record->at, PTN_HASH_LEN),
                                       ptn_bytes_of(number, sizeof(number)) };

    return ptn_sha256(parts, 2, ret_name->at);
}

static void copy_text(struct ptn_bytes from, char *to, size_t size)
{
    size_t len = from.len < size ? from.len : size - 1;

    if (len > 0)
        memcpy(to, from.at, len);
    to[len] = '\0';
}

static struct ptn_status keep_rule(struct ptn_published_rules *rules,
                                   const struct ptn_rules_edition *edition,
                                   const struct ptn_hash *record, const struct ptn_rules *loaded,
                                   size_t index)
{
    struct ptn_buffer text = { .len_max = PTN_RULES_FILE_MAX };
    struct rule *rule = &rules->at[rules->count];
    struct ptn_status status;

    if (rules->count == PTN_PUBLISHED_RULES_MAX) {
        rules->left_out++;
        return PTN_OK;
    }
    *rule = (struct rule){ .record = *record,
                           .time_ms = edition->time_ms,
                           .tests = ptn_rules_tests_of(loaded, index) };
    copy_text(ptn_rules_id(loaded, index), rule->id, sizeof(rule->id));
    copy_text(edition->version, rule->version, sizeof(rule->version));
    copy_text(edition->officer, rule->officer, sizeof(rule->officer));
    status = name_of(record, index, &rule->name);
    if (ptn_ok(status))
        status = ptn_rules_write(loaded, index, PTN_BYTES_NONE, &text);
    if (!ptn_ok(status)) {
        ptn_buffer_release(&text);
        return status;
    }
    rule->text = text.at; /* the rule has it */
    rule->len = text.len;
    rules->count++;
    return PTN_OK;
}

static void keep_gone(struct ptn_published_rules *rules, struct ptn_bytes gone,
                      const struct ptn_hash *record)
{
    for (size_t i = 0; i < gone.len; i += PTN_HASH_LEN) {
        struct removal *removal = &rules->gone[rules->gone_count];

        if (rules->gone_count == GONE_MAX) { /* what it names stays in force */
            rules->left_out++;
            continue;
        }
        memcpy(removal->name.at, gone.at + i, PTN_HASH_LEN);
        removal->record = *record;
        rules->gone_count++;
    }
}

/* All that the record says, or nothing. */
static struct ptn_status keep(struct ptn_published_rules *rules,
                              const struct ptn_rules_edition *edition,
                              const struct ptn_hash *record, const struct ptn_rules *loaded)
{
    size_t count = loaded == NULL ? 0 : ptn_rules_count(loaded);
    size_t before = rules->count;
    struct ptn_status status = PTN_OK;

    for (size_t i = 0; ptn_ok(status) && i < count; i++)
        status = keep_rule(rules, edition, record, loaded, i);
    while (!ptn_ok(status) && rules->count > before)
        free(rules->at[--rules->count].text);
    if (!ptn_ok(status))
        return status;
    keep_gone(rules, edition->gone, record);
    rules->records[rules->record_count++] = *record;
    rules->changed = true;
    return PTN_OK;
}

struct ptn_status ptn_published_add_rules(struct ptn_published *published, struct ptn_bytes payload,
                                          const struct ptn_hash *name, bool *ret_new,
                                          struct ptn_diag *reterr)
{
    struct ptn_published_rules *rules = published->rules;
    struct ptn_rules_edition edition;
    struct ptn_rules *loaded = NULL;
    struct ptn_status status;

    *ret_new = false;
    for (size_t i = 0; i < rules->record_count; i++)
        if (ptn_hash_equal(&rules->records[i], name))
            return PTN_OK; /* said again: as said once */
    if (rules->record_count == RECORDS_MAX) {
        rules->left_out++;
        return ptn_fail(PTN_C_TOO_BIG, reterr, 0, "too many records of rules");
    }
    status = ptn_rules_edition_parse(payload, &edition, NULL);
    if (!ptn_ok(status))
        return refuse(rules, reterr, "no record of rules");
    if (edition.rules.len > 0)
        status = load(published, edition.rules, &loaded, reterr);
    if (ptn_ok(status))
        status = keep(rules, &edition, name, loaded);
    ptn_rules_free(loaded);
    *ret_new = ptn_ok(status);
    return status;
}

/* ---- which are in force ---- */

/* The record that wants it to go: one whose name is in a note, else the first. NULL: none does. */
static const struct ptn_hash *wanted_gone(const struct ptn_published *published,
                                          const struct rule *rule, bool *ret_confirmed)
{
    const struct ptn_published_rules *rules = published->rules;
    const struct ptn_hash *first = NULL;

    *ret_confirmed = false;
    for (size_t i = 0; i < rules->gone_count && !*ret_confirmed; i++) {
        if (!ptn_hash_equal(&rules->gone[i].name, &rule->name))
            continue;
        *ret_confirmed = ptn_published_is_confirmed(published, &rules->gone[i].record);
        if (first == NULL || *ret_confirmed)
            first = &rules->gone[i].record;
    }
    return first;
}

static enum ptn_published_fate fate_of(const struct ptn_published *published,
                                       const struct rule *rule)
{
    bool confirmed = false;
    const struct ptn_hash *gone_in = wanted_gone(published, rule, &confirmed);

    return confirmed         ? PTN_PUBLISHED_REMOVED
           : gone_in != NULL ? PTN_PUBLISHED_DOUBTED
                             : PTN_PUBLISHED_IN_FORCE;
}

static bool same_text(const struct rule *a, const struct rule *b)
{
    return a->len == b->len && memcmp(a->text, b->text, a->len) == 0;
}

/* The same, and REPLACED when one before it that is in force says the very same. */
static enum ptn_published_fate standing_of(const struct ptn_published *published, size_t index)
{
    const struct ptn_published_rules *rules = published->rules;
    enum ptn_published_fate fate = fate_of(published, &rules->at[index]);

    for (size_t i = 0; fate != PTN_PUBLISHED_REMOVED && i < index; i++)
        if (same_text(&rules->at[i], &rules->at[index]) &&
            fate_of(published, &rules->at[i]) != PTN_PUBLISHED_REMOVED)
            return PTN_PUBLISHED_REPLACED;
    return fate;
}

void ptn_published_rules_each(const struct ptn_published *published, ptn_published_rule_fn take,
                              void *context)
{
    const struct ptn_published_rules *rules = published->rules;
    bool more = true;

    for (size_t i = 0; more && i < rules->count; i++) {
        const struct rule *rule = &rules->at[i];
        const struct ptn_hash *gone_in;
        bool confirmed;
        struct ptn_published_rule one = { .name = rule->name,
                                          .record = rule->record,
                                          .id = rule->id,
                                          .text = ptn_bytes_of(rule->text, rule->len),
                                          .version = rule->version,
                                          .officer = rule->officer,
                                          .time_ms = rule->time_ms };

        gone_in = wanted_gone(published, rule, &confirmed);
        one.fate = standing_of(published, i);
        one.gone_asked = gone_in != NULL;
        if (gone_in != NULL)
            one.gone_in = *gone_in;
        more = take(context, &one);
    }
}

void ptn_published_rules_standing(const struct ptn_published *published,
                                  struct ptn_published_rules_standing *ret_standing)
{
    const struct ptn_published_rules *rules = published->rules;
    struct ptn_published_rules_standing standing = { .refused = rules->refused,
                                                     .left_out = rules->left_out + rules->cut,
                                                     .why = rules->why };

    for (size_t i = 0; i < rules->count; i++) {
        enum ptn_published_fate fate = standing_of(published, i);

        standing.in_force +=
            fate == PTN_PUBLISHED_IN_FORCE || fate == PTN_PUBLISHED_DOUBTED ? 1u : 0u;
        standing.doubted += fate == PTN_PUBLISHED_DOUBTED ? 1u : 0u;
    }
    *ret_standing = standing;
}

/* ---- as one file ---- */

/* By id, then the earlier one, then by name: the same for everybody. */
static int by_id(const void *a, const void *b)
{
    const struct rule *first = *(const struct rule *const *)a;
    const struct rule *second = *(const struct rule *const *)b;
    int order = strcmp(first->id, second->id);

    if (order != 0)
        return order;
    if (first->time_ms != second->time_ms)
        return first->time_ms < second->time_ms ? -1 : 1;
    return memcmp(first->name.at, second->name.at, PTN_HASH_LEN);
}

/* Those in force, as many as one file holds: who came first stays. */
static size_t choose(struct ptn_published *published, const struct rule **ret_chosen)
{
    struct ptn_published_rules *rules = published->rules;
    size_t len = HEAD_MAX;
    size_t tests = 0;
    size_t count = 0;

    rules->cut = 0;
    for (size_t i = 0; i < rules->count; i++) {
        const struct rule *rule = &rules->at[i];
        enum ptn_published_fate fate = standing_of(published, i);

        if (fate == PTN_PUBLISHED_REMOVED || fate == PTN_PUBLISHED_REPLACED)
            continue;
        if (count == PTN_RULES_MAX || len + rule->len + SUFFIX_LEN > PTN_RULES_FILE_MAX ||
            tests + rule->tests > TESTS_MAX) {
            rules->cut++;
            continue;
        }
        ret_chosen[count++] = rule;
        len += rule->len + SUFFIX_LEN;
        tests += rule->tests;
    }
    qsort(ret_chosen, count, sizeof(const struct rule *), by_id);
    return count;
}

/* Its text; where others of its id stand before it, with its number among them behind the id. */
static struct ptn_status add_rule(const struct rule *rule, size_t nth, struct ptn_buffer *out)
{
    const uint8_t *end = memchr(rule->text, '\n', rule->len);
    size_t line = end == NULL ? 0 : (size_t)(end - rule->text);
    struct ptn_status status = ptn_buffer_add(out, ptn_bytes_of(rule->text, line));

    if (ptn_ok(status) && nth > 1)
        status = ptn_buffer_addf(out, "..%zu", nth);
    return ptn_ok(status) ? ptn_buffer_add(out, ptn_bytes_of(rule->text + line, rule->len - line))
                          : status;
}

/* The version is a digest of the rules, so that an advice says which they were. */
static struct ptn_status put_together(struct ptn_published *published, struct ptn_buffer *out)
{
    const struct rule **chosen = calloc(PTN_RULES_MAX, sizeof(const struct rule *));
    struct ptn_buffer body = { .len_max = PTN_RULES_FILE_MAX };
    char hex[2u * PTN_SHA256_LEN + 1];
    uint8_t digest[PTN_SHA256_LEN];
    struct ptn_bytes bytes;
    struct ptn_status status = { chosen == NULL ? PTN_C_NO_MEMORY : PTN_C_OK };
    size_t count = chosen == NULL ? 0 : choose(published, chosen);
    size_t nth = 1;

    for (size_t i = 0; ptn_ok(status) && i < count; i++) {
        nth = i > 0 && strcmp(chosen[i - 1]->id, chosen[i]->id) == 0 ? nth + 1 : 1;
        status = add_rule(chosen[i], nth, &body);
    }
    bytes = ptn_buffer_bytes(&body);
    if (ptn_ok(status))
        status = ptn_sha256(&bytes, 1, digest);
    if (ptn_ok(status) && count > 0)
        status =
            ptn_buffer_addf(out, FILE_HEAD "%.16s\n", ptn_hex_write(digest, sizeof(digest), hex));
    if (ptn_ok(status))
        status = ptn_buffer_add(out, bytes);
    ptn_buffer_release(&body);
    free(chosen);
    return status;
}

/* ---- from before the start ---- */

/* Whether that very rule was read again, whatever became of it. */
static bool was_read(const struct ptn_published_rules *rules, struct ptn_bytes text)
{
    for (size_t i = 0; i < rules->count; i++) {
        const struct rule *rule = &rules->at[i];
        const uint8_t *end = memchr(rule->text, '\n', rule->len);
        size_t head = end == NULL ? 0 : (size_t)(end - rule->text); /* a number may follow it */
        size_t rest = rule->len - head;

        if (text.len >= rule->len && memcmp(text.at, rule->text, head) == 0 &&
            memcmp(text.at + text.len - rest, rule->text + head, rest) == 0)
            return true;
    }
    return false;
}

/* A post that lost its copies reads them again from the first entry on: until it has come as far as
 * it was, its lanes keep what they had. */
static bool is_behind(const struct ptn_published *published)
{
    const struct ptn_published_rules *rules = published->rules;
    struct ptn_bytes held = ptn_buffer_bytes(&rules->held);
    int64_t now_us = published->world->monotonic_us(published->world->context);

    if (held.len == 0 || now_us - rules->opened_us > HOLD_US)
        return false;
    for (size_t at = 0; at < held.len;) {
        const uint8_t *begin = memmem(held.at + at, held.len - at, "\nrule ", 6);
        const uint8_t *end;

        if (begin == NULL)
            return false;
        end = memmem(begin, held.len - (size_t)(begin - held.at), "\nend\n", 5);
        if (end == NULL)
            return false;
        at = (size_t)(end - held.at) + 4;
        if (!was_read(rules, ptn_bytes_of(begin + 1, (size_t)(end - begin) + 4)))
            return true;
    }
    return false;
}

struct ptn_status ptn_published_rules_open(struct ptn_published *published, const char *path,
                                           struct ptn_buffer *ret_file)
{
    struct ptn_published_rules *rules = published->rules;
    const struct ptn_world *world = published->world;
    struct ptn_status status;

    rules->opened_us = world->monotonic_us(world->context);
    rules->changed = true; /* what lies there is compared with what is read */
    if (!world->files->exists(world->context, path))
        return (struct ptn_status){ PTN_C_NOT_FOUND };
    ptn_buffer_clear(&rules->held);
    status = world->files->read(world->context, path, &rules->held);
    return ptn_ok(status) ? ptn_buffer_add(ret_file, ptn_buffer_bytes(&rules->held)) : status;
}

struct ptn_status ptn_published_rules(struct ptn_published *published, const char *path,
                                      struct ptn_buffer *ret_file, bool *ret_changed,
                                      struct ptn_diag *reterr)
{
    struct ptn_published_rules *rules = published->rules;
    const struct ptn_world *world = published->world;
    size_t start = ret_file->len;
    struct ptn_bytes file;
    struct ptn_status status;

    *ret_changed = false;
    if (!rules->changed || is_behind(published))
        return PTN_OK;
    status = put_together(published, ret_file);
    file = ptn_bytes_slice(ptn_buffer_bytes(ret_file), start, SIZE_MAX);
    if (ptn_ok(status) && (file.len > 0 || world->files->exists(world->context, path)))
        status = world->files->replace(world->context, path, file);
    if (!ptn_ok(status)) {
        ret_file->len = start;
        return ptn_fail(status.code, reterr, 0, "the rules in force cannot be written down");
    }
    ptn_buffer_clear(&rules->held);
    rules->changed = false;
    *ret_changed = true;
    return PTN_OK;
}
