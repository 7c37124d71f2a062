/* main/rules.c -- postern rules: the country's rules, published from the centre's machine. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "main/answer.h"
#include "main/commands.h"
#include "main/publish.h"
#include "main/rules_int.h"
#include "main/walk.h"
#include "node/published.h"
#include "record/edition.h"

#define HEX_SIZE (2u * PTN_SHA256_LEN + 1u)
#define OUT_MAX  ((size_t)1 << 20)
#define GONE_MAX (PTN_RULES_EDITION_GONE_MAX / PTN_HASH_LEN)

static const char usage[] =
    "usage: postern rules test FILE [DIR]   run the tests beside the rules; with a centre's DIR "
    "say\n"
    "                                       how many of who crossed lately each would have met\n"
    "       postern rules install DIR FILE  a post's own rules, in force from its next start on;\n"
    "                                       a name that ends in .tsv: its entry conditions\n"
    "       postern rules publish DIR --officer NAME [--second NAME] FILE\n"
    "       postern rules show DIR          each rule that was published, and what became of it\n"
    "       postern rules gone DIR          those that are to go, and the record that says so\n"
    "DIR is a centre's. FILE is the whole of the country's rules (docs/format/rules.md): what is "
    "new\n"
    "in it is published and in force at once, what is not in it any more stays in force until an\n"
    "offline note names the record: postern order remove. An edit is both.\n";

/* What the command line says. */
struct asked {
    const char *verb, *officer, *second;
    const char *dir, *file;
};

static int fail(const char *what, struct ptn_status status, const struct ptn_diag *diag)
{
    ptn_say_failure(what, status, diag);
    return ptn_exit_for(status);
}

/* ---- what the ledger has ---- */

static struct ptn_status take(void *context, enum ptn_record_kind kind, struct ptn_bytes payload)
{
    bool new = false;

    return ptn_published_add(context, kind, payload, &new, NULL);
}

/* What the centre published, read beside whoever runs it. Owned. */
static struct ptn_status read_published(const char *dir, struct ptn_published **ret_published,
                                        struct ptn_diag *reterr)
{
    struct ptn_published *published = ptn_published_new(ptn_world_real());
    const struct ptn_walk_published walk = { { PTN_RECORD_RULES, PTN_RECORD_RULES },
                                             take,
                                             published };
    struct ptn_status status = { PTN_C_NO_MEMORY };

    if (published != NULL)
        status = ptn_walk_published(dir, &walk, reterr);
    if (ptn_ok(status))
        *ret_published = published;
    else
        ptn_published_free(published);
    return status;
}

/* A rules file, its tests run. Owned. */
static struct ptn_status load(const char *path, struct ptn_rules **ret_rules,
                              struct ptn_diag *reterr)
{
    const struct ptn_world *world = ptn_world_real();
    struct ptn_buffer file = { .len_max = PTN_RULES_FILE_MAX };
    struct ptn_status status = world->files->read(world->context, path, &file);

    if (ptn_ok(status))
        status = ptn_rules_load(world, ptn_buffer_bytes(&file), ret_rules, reterr);
    ptn_buffer_release(&file);
    return status;
}

/* ---- publish ---- */

/* The file against what is published. */
struct difference {
    const struct ptn_rules *rules;
    bool there[PTN_RULES_MAX]; /* of the file: it is published, and nobody wants it to go */
    struct ptn_buffer text;    /* of the rule at hand */
    struct ptn_buffer gone;    /* names */
    size_t gone_count;
    bool same_version; /* others than the file's were published under its version */
    struct ptn_status status;
};

/* Its place in the file; the count: it is not in it. */
static size_t find(struct difference *difference, struct ptn_bytes text)
{
    size_t count = ptn_rules_count(difference->rules);

    for (size_t i = 0; i < count; i++) {
        ptn_buffer_clear(&difference->text);
        difference->status =
            ptn_rules_write(difference->rules, i, PTN_BYTES_NONE, &difference->text);
        if (!ptn_ok(difference->status))
            return count;
        if (ptn_bytes_equal(ptn_buffer_bytes(&difference->text), text))
            return i;
    }
    return count;
}

static bool compare(void *context, const struct ptn_published_rule *rule)
{
    struct difference *difference = context;
    size_t place = find(difference, rule->text);

    /* the rest of a publication that was cut off is no other one */
    difference->same_version = difference->same_version ||
                               (place == ptn_rules_count(difference->rules) &&
                                ptn_bytes_is(ptn_rules_version(difference->rules), rule->version));
    if (rule->gone_asked)
        return ptn_ok(difference->status);
    if (place < ptn_rules_count(difference->rules)) {
        difference->there[place] = true;
    } else if (ptn_ok(difference->status)) {
        difference->status =
            ptn_buffer_add(&difference->gone, ptn_bytes_of(rule->name.at, PTN_HASH_LEN));
        difference->gone_count++;
    }
    return ptn_ok(difference->status);
}

/* The records of one publication; the last has the names of what is to go. */
struct records {
    struct ptn_rules_edition edition;
    struct ptn_buffer rules; /* of the record at hand */
    struct ptn_buffer bytes; /* of all, one after another */
    size_t ends[PTN_RULES_MAX + 1];
    size_t count;
};

static struct ptn_status end_record(struct records *records)
{
    struct ptn_status status;

    records->edition.rules = ptn_buffer_bytes(&records->rules);
    status = ptn_rules_edition_write(&records->edition, &records->bytes);
    if (ptn_ok(status))
        records->ends[records->count++] = records->bytes.len;
    ptn_buffer_clear(&records->rules);
    return status;
}

static struct ptn_status make_records(struct records *records, struct difference *difference)
{
    struct ptn_status status = PTN_OK;

    for (size_t i = 0; ptn_ok(status) && i < ptn_rules_count(difference->rules); i++) {
        if (difference->there[i])
            continue;
        ptn_buffer_clear(&difference->text);
        status = ptn_rules_write(difference->rules, i, PTN_BYTES_NONE, &difference->text);
        if (ptn_ok(status) &&
            records->rules.len + difference->text.len > PTN_RULES_EDITION_BLOB_MAX)
            status = end_record(records);
        if (ptn_ok(status))
            status = ptn_buffer_add(&records->rules, ptn_buffer_bytes(&difference->text));
    }
    records->edition.gone = ptn_buffer_bytes(&difference->gone);
    return ptn_ok(status) ? end_record(records) : status;
}

static struct ptn_status hand_over(const char *dir, const struct records *records,
                                   struct ptn_diag *reterr)
{
    struct ptn_bytes payloads[PTN_RULES_MAX + 1];
    size_t from = 0;

    for (size_t i = 0; i < records->count; i++) {
        payloads[i] =
            ptn_bytes_slice(ptn_buffer_bytes(&records->bytes), from, records->ends[i] - from);
        from = records->ends[i];
    }
    return ptn_publish_hand_all(ptn_world_real(), dir, PTN_RECORD_RULES, payloads, records->count,
                                reterr);
}

/* What is new was tried on who crossed lately; a rule that met many wants a second person. */
static struct ptn_status brake(const struct asked *asked, const struct ptn_node_plan *plan,
                               struct ptn_rules *rules, const struct difference *difference,
                               struct ptn_diag *reterr)
{
    struct ptn_rules_tried tried;
    struct ptn_status status =
        ptn_rules_try(ptn_world_real(), asked->dir, plan, rules, &tried, reterr);
    size_t many = 0;
    size_t heightened = 0;

    for (size_t i = 0; ptn_ok(status) && i < ptn_rules_count(rules); i++) {
        struct ptn_bytes id = ptn_rules_id(rules, i);

        if (difference->there[i])
            continue;
        heightened += ptn_rules_has_days(rules, i) ? 1u : 0u;
        if (!ptn_rules_meets_many(&tried, i))
            continue;
        (void)fprintf(stderr, "rule %.*s would have met %zu of the last %zu who crossed\n",
                      (int)id.len, (const char *)id.at, tried.met[i], tried.counted);
        many++;
    }
    if (ptn_ok(status) && many > 0 && asked->second == NULL)
        return ptn_fail(PTN_C_BUSY, reterr, 0,
                        "more than one in 200 travellers would be met: a second person must agree "
                        "(--second)");
    if (ptn_ok(status) && heightened > 0 && asked->second == NULL)
        return ptn_fail(PTN_C_BUSY, reterr, 0,
                        "heightened checks are two people's word: a second person must agree "
                        "(--second)");
    return status;
}

/* One line: what was published, and the name by which an offline note confirms what is to go. */
static struct ptn_status say_published(const struct records *records,
                                       const struct difference *difference)
{
    struct ptn_buffer out = { .len_max = 4096 };
    struct ptn_json json = { .out = &out };
    size_t from = records->count > 1 ? records->ends[records->count - 2] : 0;
    struct ptn_bytes last = ptn_bytes_slice(ptn_buffer_bytes(&records->bytes), from, SIZE_MAX);
    uint8_t sha[PTN_SHA256_LEN];
    char name[HEX_SIZE];
    size_t added = 0;
    struct ptn_status status = ptn_sha256(&last, 1, sha);

    for (size_t i = 0; i < ptn_rules_count(difference->rules); i++)
        added += difference->there[i] ? 0u : 1u;
    ptn_json_object(&json);
    ptn_json_field_text(&json, "version", records->edition.version);
    ptn_json_field_number(&json, "added", (int64_t)added);
    ptn_json_field_number(&json, "gone", (int64_t)difference->gone_count);
    ptn_json_field_number(&json, "records", (int64_t)records->count);
    if (ptn_ok(status) && difference->gone_count > 0)
        ptn_json_field_text(&json, "record",
                            ptn_bytes_from_text(ptn_hex_write(sha, sizeof(sha), name)));
    ptn_json_object_end(&json);
    if (ptn_ok(status))
        status = ptn_answer_print(&json);
    ptn_buffer_release(&out);
    return status;
}

static bool is_nothing(const struct difference *difference)
{
    for (size_t i = 0; i < ptn_rules_count(difference->rules); i++)
        if (!difference->there[i])
            return false;
    return difference->gone_count == 0;
}

static struct ptn_status publish_these(const struct asked *asked, const struct ptn_node_plan *plan,
                                       struct ptn_rules *rules, struct difference *difference,
                                       struct records *records, struct ptn_diag *reterr)
{
    struct ptn_status status = difference->status;

    if (ptn_ok(status) && is_nothing(difference)) {
        (void)fputs("these rules are published already\n", stderr);
        return PTN_OK;
    }
    if (ptn_ok(status) && difference->same_version)
        status = ptn_fail(PTN_C_BAD_INPUT, reterr, 0,
                          "other rules were published under this version: give it a new one");
    if (ptn_ok(status) && difference->gone_count > GONE_MAX)
        status = ptn_fail(PTN_C_TOO_BIG, reterr, 0, "more rules are to go than one record names");
    if (ptn_ok(status))
        status = brake(asked, plan, rules, difference, reterr);
    if (ptn_ok(status))
        status = make_records(records, difference);
    if (ptn_ok(status))
        status = hand_over(asked->dir, records, reterr);
    return ptn_ok(status) ? say_published(records, difference) : status;
}

static int publish(const struct asked *asked)
{
    const struct ptn_world *world = ptn_world_real();
    struct difference difference = { .text = { .len_max = PTN_RULES_FILE_MAX },
                                     .gone = { .len_max = PTN_RULES_FILE_MAX } };
    struct records *records = calloc(1, sizeof(*records));
    struct ptn_published *published = NULL;
    struct ptn_rules *rules = NULL;
    struct ptn_node_plan plan;
    struct ptn_diag diag = { 0 };
    struct ptn_status status = { PTN_C_NO_MEMORY };

    if (records != NULL)
        status = ptn_publish_plan(world, asked->dir, &plan, &diag);
    if (ptn_ok(status))
        status = load(asked->file, &rules, &diag);
    if (ptn_ok(status))
        status = read_published(asked->dir, &published, &diag);
    if (ptn_ok(status)) {
        ptn_buffer_init(&records->rules, PTN_RULES_FILE_MAX);
        ptn_buffer_init(&records->bytes, (size_t)16 << 20);
        records->edition =
            (struct ptn_rules_edition){ .time_ms = world->now_ms(world->context),
                                        .post = ptn_bytes_from_text(plan.code),
                                        .officer = ptn_bytes_from_text(asked->officer),
                                        .second = ptn_bytes_from_text(asked->second),
                                        .version = ptn_rules_version(rules) };
        difference.rules = rules;
        ptn_published_rules_each(published, compare, &difference);
        status = publish_these(asked, &plan, rules, &difference, records, &diag);
        ptn_buffer_release(&records->rules);
        ptn_buffer_release(&records->bytes);
    }
    ptn_buffer_release(&difference.text);
    ptn_buffer_release(&difference.gone);
    ptn_rules_free(rules);
    ptn_published_free(published);
    free(records);
    if (status.code == PTN_C_BUSY && diag.text != NULL) { /* a second person is waited for */
        (void)fprintf(stderr, "%s\n", diag.text);
        return PTN_EXIT_NEGATIVE;
    }
    return ptn_ok(status) ? PTN_EXIT_DONE : fail("the rules are not published", status, &diag);
}

/* ---- show, gone ---- */

struct telling {
    struct ptn_buffer out;
    bool gone; /* only those that are to go */
    struct ptn_status status;
};

static bool tell(void *context, const struct ptn_published_rule *rule)
{
    struct telling *telling = context;
    struct ptn_json json = { .out = &telling->out };
    char time[PTN_INSTANT_TEXT_SIZE];
    char hex[HEX_SIZE];

    if (telling->gone && !rule->gone_asked)
        return true;
    ptn_buffer_clear(&telling->out);
    ptn_json_object(&json);
    ptn_json_field_text(&json, "rule", ptn_bytes_from_text(rule->id));
    ptn_json_field_text(&json, "version", ptn_bytes_from_text(rule->version));
    ptn_json_field_text(&json, "published",
                        ptn_bytes_from_text(ptn_instant_write(rule->time_ms, time)));
    ptn_json_field_text(&json, "officer", ptn_bytes_from_text(rule->officer));
    ptn_json_field_text(&json, "state", ptn_bytes_from_text(ptn_published_fate_word(rule->fate)));
    if (rule->gone_asked)
        ptn_json_field_text(
            &json, "record",
            ptn_bytes_from_text(ptn_hex_write(rule->gone_in.at, PTN_HASH_LEN, hex)));
    ptn_json_field_text(&json, "text", rule->text);
    ptn_json_object_end(&json);
    telling->status = ptn_answer_print(&json);
    return ptn_ok(telling->status);
}

static int show(const struct asked *asked)
{
    struct telling telling = { .out = { .len_max = OUT_MAX },
                               .gone = strcmp(asked->verb, "gone") == 0 };
    struct ptn_published *published = NULL;
    struct ptn_diag diag = { 0 };
    struct ptn_status status = read_published(asked->dir, &published, &diag);

    if (ptn_ok(status)) {
        ptn_published_rules_each(published, tell, &telling);
        status = telling.status;
    }
    ptn_published_free(published);
    ptn_buffer_release(&telling.out);
    return ptn_ok(status) ? PTN_EXIT_DONE : fail(asked->dir, status, &diag);
}

/* ---- test ---- */

static struct ptn_status say_tested(const struct ptn_rules *rules,
                                    const struct ptn_rules_tried *tried)
{
    struct ptn_buffer out = { .len_max = OUT_MAX };
    struct ptn_json json = { .out = &out };
    struct ptn_status status;

    ptn_json_object(&json);
    ptn_json_field_text(&json, "version", ptn_rules_version(rules));
    ptn_json_field_number(&json, "rules", (int64_t)ptn_rules_count(rules));
    ptn_json_field_number(&json, "tests", (int64_t)ptn_rules_test_count(rules));
    if (tried != NULL) {
        ptn_json_field_number(&json, "crossings", (int64_t)tried->counted);
        ptn_json_key(&json, "would_meet");
        ptn_json_object(&json);
        for (size_t i = 0; i < ptn_rules_count(rules); i++) {
            char id[64] = "";

            memcpy(id, ptn_rules_id(rules, i).at, ptn_rules_id(rules, i).len);
            ptn_json_field_number(&json, id, (int64_t)tried->met[i]);
        }
        ptn_json_object_end(&json);
    }
    ptn_json_object_end(&json);
    status = ptn_answer_print(&json);
    ptn_buffer_release(&out);
    return status;
}

static int test(const struct asked *asked)
{
    const struct ptn_world *world = ptn_world_real();
    struct ptn_rules_tried tried = { 0 };
    struct ptn_rules *rules = NULL;
    struct ptn_node_plan plan;
    struct ptn_diag diag = { 0 };
    struct ptn_status status = load(asked->file, &rules, &diag);

    if (!ptn_ok(status)) {
        (void)fprintf(stderr, "%s: line %zu: ", asked->file, diag.offset);
        return fail("the rules are refused", status, &diag);
    }
    if (asked->dir != NULL)
        status = ptn_publish_plan(world, asked->dir, &plan, &diag);
    if (ptn_ok(status) && asked->dir != NULL)
        status = ptn_rules_try(world, asked->dir, &plan, rules, &tried, &diag);
    if (ptn_ok(status))
        status = say_tested(rules, asked->dir != NULL ? &tried : NULL);
    ptn_rules_free(rules);
    return ptn_ok(status) ? PTN_EXIT_DONE : fail(asked->file, status, &diag);
}

/* ---- install ---- */

static int install(const struct asked *asked)
{
    const struct ptn_world *world = ptn_world_real();
    struct ptn_bytes name = ptn_bytes_from_text(asked->file);
    bool conditions =
        name.len > 4 && ptn_bytes_is(ptn_bytes_slice(name, name.len - 4, name.len), ".tsv");
    struct ptn_buffer file = { .len_max = PTN_RULES_FILE_MAX };
    struct ptn_diag diag = { 0 };
    struct ptn_status status = world->files->read(world->context, asked->file, &file);

    if (ptn_ok(status))
        status =
            ptn_own_file_install(world, asked->dir, conditions ? PTN_OWN_CONDITIONS : PTN_OWN_RULES,
                                 ptn_buffer_bytes(&file), &diag);
    if (!ptn_ok(status))
        (void)fprintf(stderr, "%s: line %zu: ", asked->file, diag.offset);
    ptn_buffer_release(&file);
    return ptn_ok(status) ? PTN_EXIT_DONE : fail("refused", status, &diag);
}

int ptn_run_rules(int argc, char **argv)
{
    static const struct option options[] = { { "officer", required_argument, NULL, 'o' },
                                             { "second", required_argument, NULL, 's' },
                                             { "help", no_argument, NULL, 'h' },
                                             { 0 } };
    struct asked asked = { .verb = "" };
    const char *first;
    const char *rest;
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == 'o')
            asked.officer = optarg;
        else if (option == 's')
            asked.second = optarg;
        else {
            (void)fputs(usage, option == 'h' ? stdout : stderr);
            return option == 'h' ? PTN_EXIT_DONE : PTN_EXIT_USAGE;
        }
    }
    asked.verb = optind < argc ? argv[optind] : "";
    first = optind + 1 < argc ? argv[optind + 1] : NULL;
    rest = optind + 2 < argc ? argv[optind + 2] : NULL;
    if (first != NULL && strcmp(asked.verb, "test") == 0) {
        asked.file = first;
        asked.dir = rest;
        return test(&asked);
    }
    asked.dir = first;
    asked.file = rest;
    if (rest != NULL && strcmp(asked.verb, "install") == 0)
        return install(&asked);
    if (rest != NULL && asked.officer != NULL && strcmp(asked.verb, "publish") == 0)
        return publish(&asked);
    if (first != NULL && (strcmp(asked.verb, "show") == 0 || strcmp(asked.verb, "gone") == 0))
        return show(&asked);
    (void)fputs(usage, stderr);
    return PTN_EXIT_USAGE;
}
