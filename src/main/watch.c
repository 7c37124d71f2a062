/*
 * main/watch.c -- `postern watch compile`: lists into a snapshot; `postern watch info`: what a
 * snapshot holds.
 */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "main/commands.h"
#include "watch/register.h"
#include "watch/rows.h"
#include "watch/snapshot.h"

#define LIST_MAX     64u
#define INFO_LEN_MAX ((size_t)4 * 1024 * 1024)

static const char usage[] =
    "usage: postern watch compile -o SNAP [--report] [--officer NAME --second NAME]\n"
    "                             --list NAME=FORMAT:FILE[,KEY=VALUE...] ...\n"
    "       postern watch register -o REG [--report] --list NAME=FORMAT:FILE[,KEY=VALUE...]\n"
    "       postern watch info [--json] SNAP|REG\n"
    "\n"
    "KEY is profile (un, ofac, eu, uk, other, national, stolen, vehicle), or entry, exit or "
    "action\n"
    "(both) with an action, which needs by=WHO and reason=WHY.\n"
    "Formats: ofac-csv ofac-xml un-xml eu-xml eu-oj-csv uk-csv ftm simple-csv stolen-csv "
    "vehicle-csv postern\n"
    "--report lists everything that was not understood: list, file, line, entry, rejected or "
    "noted, reason.\n"
    "A register holds one list of numbers (stolen-csv, vehicle-csv), of any length.\n"
    "What takes more than one entry in fifty away from a list of the SNAP that is there needs the\n"
    "names of two people.\n";

/* ---- --list NAME=FORMAT:FILE[,KEY=VALUE...] ---- */

static const char *const option_keys[] = { ",profile=", ",entry=", ",exit=",
                                           ",action=",  ",by=",    ",reason=" };
enum option_key {
    OPTION_PROFILE,
    OPTION_ENTRY,
    OPTION_EXIT,
    OPTION_ACTION,
    OPTION_BY,
    OPTION_REASON,
    OPTION_COUNT
};

struct list_argument {
    struct ptn_bytes name;
    enum ptn_list_format format;
    char *path;
    const char *options[OPTION_COUNT];
    struct ptn_list_profile profile;
};

/* Cut the options off the end of the file's name; each ends where the next begins. */
static void cut_options(struct list_argument *list)
{
    char *text = list->path;

    for (char *comma = strchr(text, ','); comma != NULL; comma = strchr(text, ',')) {
        text = comma + 1;
        for (unsigned key = 0; key < OPTION_COUNT; key++) {
            size_t len = strlen(option_keys[key]);

            if (strncmp(comma, option_keys[key], len) != 0)
                continue;
            list->options[key] = comma + len;
            *comma = '\0';
            text = comma + len;
        }
    }
}

static bool set_action(const char *word, struct ptn_list_effect *effect)
{
    enum ptn_list_action action;

    if (word == NULL)
        return true;
    if (!ptn_ok(ptn_list_action_find(ptn_bytes_from_text(word), &action)))
        return false;
    *effect = ptn_list_action_effect(action);
    return true;
}

/* The reason when the argument is not right, else NULL. */
static const char *read_list(char *argument, struct list_argument *list)
{
    char *equals = strchr(argument, '='), *colon = equals == NULL ? NULL : strchr(equals, ':');
    const char *const *options = list->options;
    bool changed;

    if (colon == NULL)
        return "--list is NAME=FORMAT:FILE";
    *equals = '\0';
    *colon = '\0';
    list->name = ptn_bytes_from_text(argument);
    list->path = colon + 1;
    if (!ptn_ok(ptn_list_format_find(ptn_bytes_from_text(equals + 1), &list->format)))
        return "--list names a format that is not known";
    cut_options(list);
    list->profile = ptn_list_profile_of(list->format);
    if (options[OPTION_PROFILE] != NULL &&
        !ptn_ok(
            ptn_list_profile_find(ptn_bytes_from_text(options[OPTION_PROFILE]), &list->profile)))
        return "--list names a profile that is not known";
    changed = options[OPTION_ENTRY] != NULL || options[OPTION_EXIT] != NULL ||
              options[OPTION_ACTION] != NULL;
    if (changed && (options[OPTION_BY] == NULL || options[OPTION_REASON] == NULL ||
                    options[OPTION_BY][0] == '\0' || options[OPTION_REASON][0] == '\0'))
        return "an action other than the profile's needs by=WHO and reason=WHY";
    if (!set_action(options[OPTION_ACTION], &list->profile.on_entry) ||
        !set_action(options[OPTION_ACTION], &list->profile.on_exit) ||
        !set_action(options[OPTION_ENTRY], &list->profile.on_entry) ||
        !set_action(options[OPTION_EXIT], &list->profile.on_exit))
        return "--list names an action that is not known";
    list->profile.set_by = ptn_bytes_from_text(options[OPTION_BY]);
    list->profile.set_reason = ptn_bytes_from_text(options[OPTION_REASON]);
    return list->path[0] == '\0' ? "--list names no file" : NULL;
}

/* ---- compile ---- */

struct reporter {
    struct ptn_bytes list;
    bool wanted;
};

static void report(void *context, const struct ptn_list_note *note)
{
    const struct reporter *reporter = context;

    if (reporter->wanted)
        (void)printf("%.*s\t%s\t%zu\t%.*s\t%s\t%s\n", (int)reporter->list.len,
                     (const char *)reporter->list.at, note->file, note->line, (int)note->entry.len,
                     note->entry.len == 0 ? "" : (const char *)note->entry.at,
                     note->rejected ? "rejected" : "noted", note->reason);
}

static int fail_list(const struct list_argument *list, struct ptn_status status,
                     const struct ptn_diag *diag)
{
    if (diag->text != NULL && diag->offset > 0)
        (void)fprintf(stderr, "postern: watch compile: %s: line %zu: %s\n", list->path,
                      diag->offset, diag->text);
    else
        (void)fprintf(stderr, "postern: watch compile: %s: %s\n", list->path,
                      diag->text != NULL ? diag->text : ptn_code_word(status.code));
    return status.code == PTN_C_NOT_FOUND ? PTN_EXIT_ENVIRONMENT : ptn_exit_for(status);
}

/* Open what was written (which checks it whole) and say what each list came to. */
static int say_written(const char *path)
{
    struct ptn_snapshot *snapshot = NULL;
    struct ptn_diag diag = { 0, NULL };
    struct ptn_status status = ptn_snapshot_open(ptn_world_real(), path, &snapshot, &diag);

    if (!ptn_ok(status)) {
        ptn_say_failure("watch compile: the written snapshot", status, &diag);
        return PTN_EXIT_ENVIRONMENT;
    }
    for (size_t i = 0; i < ptn_snapshot_info(snapshot).list_count; i++) {
        struct ptn_snapshot_list list = ptn_snapshot_list(snapshot, i);
        size_t entries = 0;

        for (unsigned kind = 0; kind < PTN_ENTRY_KIND_COUNT; kind++)
            entries += list.entries[kind];
        (void)fprintf(
            stderr,
            "%.*s: %zu rows: %zu entries, %zu continued, %zu rejected; %zu parts not understood\n",
            (int)list.name.len, (const char *)list.name.at, list.rows, entries, list.continued,
            list.rejected, list.noted);
    }
    ptn_snapshot_close(snapshot);
    return PTN_EXIT_DONE;
}

/* What is asked for. */
struct compile_order {
    struct list_argument *lists;
    size_t count;
    bool report;
    const char *output;
    const char *officer, *second; /* who agree that a list shrinks; NULL: nobody */
};

static bool are_two(const struct compile_order *order)
{
    return order->officer != NULL && order->second != NULL && order->officer[0] != '\0' &&
           order->second[0] != '\0' && strcmp(order->officer, order->second) != 0;
}

/* WATCH-5: a list that is there is not made much shorter by one person. Each that would be is said;
 * what is there and is no snapshot, or fails its check, has nothing to lose. */
static struct ptn_status brake(const struct compile_order *order, struct ptn_bytes bytes)
{
    const struct ptn_world *world = ptn_world_real();
    struct ptn_snapshot *former = NULL;
    struct ptn_snapshot *newer = NULL;
    bool much = false;
    struct ptn_status status;

    if (!world->files->exists(world->context, order->output) ||
        !ptn_ok(ptn_snapshot_open(world, order->output, &former, NULL)))
        return PTN_OK;
    status = ptn_snapshot_open_bytes(bytes, &newer, NULL);
    for (size_t i = 0; ptn_ok(status) && i < ptn_snapshot_info(former).list_count; i++) {
        struct ptn_snapshot_list list = ptn_snapshot_list(former, i);
        size_t entries = 0;
        size_t taken = 0;

        status = ptn_rows_taken(former, i, newer, &taken);
        for (unsigned kind = 0; kind < PTN_ENTRY_KIND_COUNT; kind++)
            entries += list.entries[kind];
        if (taken * PTN_ROWS_BRAKE <= entries)
            continue;
        much = true;
        (void)fprintf(stderr, "%.*s: %zu of %zu entries would go\n", (int)list.name.len,
                      (const char *)list.name.at, taken, entries);
    }
    if (ptn_ok(status) && much && are_two(order))
        (void)fprintf(stderr, "%s and %s agree to it\n", order->officer, order->second);
    else if (ptn_ok(status) && much)
        status = (struct ptn_status){ PTN_C_BAD_INPUT };
    ptn_snapshot_close(newer);
    ptn_snapshot_close(former);
    return status;
}

/* WATCH-2: nothing is written before all of it is ready and agreed to, and then whole. */
static struct ptn_status save(const struct compile_order *order,
                              struct ptn_snapshot_builder *builder, struct ptn_diag *reterr)
{
    const struct ptn_world *world = ptn_world_real();
    struct ptn_buffer file = { .len_max = SIZE_MAX / 2 };
    struct ptn_status status = ptn_snapshot_builder_write(builder, &file, reterr);

    if (ptn_ok(status)) {
        status = brake(order, ptn_buffer_bytes(&file));
        if (status.code == PTN_C_BAD_INPUT)
            status = ptn_fail(status.code, reterr, 0,
                              "a list loses more than one entry in fifty: say who agrees, with "
                              "--officer and --second");
    }
    if (ptn_ok(status)) {
        status = world->files->replace(world->context, order->output, ptn_buffer_bytes(&file));
        if (!ptn_ok(status))
            status = ptn_fail(status.code, reterr, 0, "the snapshot cannot be written");
    }
    ptn_buffer_release(&file);
    return status;
}

static int compile_lists(struct ptn_snapshot_builder *builder, const struct compile_order *order)
{
    struct ptn_diag diag = { 0, NULL };
    struct ptn_status status;

    for (size_t i = 0; i < order->count; i++) {
        struct list_argument *list = &order->lists[i];
        struct reporter reporter = { list->name, order->report };
        const struct ptn_snapshot_input input = { list->name,     list->format, list->path,
                                                  &list->profile, report,       &reporter };
        struct ptn_list_summary summary;

        status = ptn_snapshot_builder_add(builder, &input, &summary, &diag);
        if (!ptn_ok(status))
            return fail_list(list, status, &diag);
    }
    status = save(order, builder, &diag);
    if (!ptn_ok(status)) {
        ptn_say_failure("watch compile", status, &diag);
        return ptn_exit_for(status);
    }
    return say_written(order->output);
}

/* One list into a register. */
static int make_register(const struct list_argument *list, bool wanted, const char *output)
{
    struct reporter reporter = { list->name, wanted };
    const struct ptn_snapshot_input input = { list->name,     list->format, list->path,
                                              &list->profile, report,       &reporter };
    struct ptn_list_summary summary;
    struct ptn_diag diag = { 0, NULL };
    struct ptn_status status =
        ptn_register_build(ptn_world_real(), &input, output, &summary, &diag);

    if (!ptn_ok(status))
        return fail_list(list, status, &diag);
    (void)fprintf(stderr, "%.*s: %zu rows: %zu entries, %zu rejected; %zu parts not understood\n",
                  (int)list->name.len, (const char *)list->name.at, summary.rows, summary.entries,
                  summary.rejected, summary.noted);
    return PTN_EXIT_DONE;
}

static int compile_all(const struct compile_order *order)
{
    struct ptn_snapshot_builder *builder = ptn_snapshot_builder_new(ptn_world_real());
    int result = PTN_EXIT_ENVIRONMENT;

    if (builder != NULL)
        result = compile_lists(builder, order);
    ptn_snapshot_builder_free(builder);
    return result;
}

/* The reason when an option is not right, else NULL; "" asks for the usage alone. */
static const char *read_option(int option, struct compile_order *order)
{
    switch (option) {
    case 'o':
        order->output = optarg;
        return NULL;
    case 'r':
        order->report = true;
        return NULL;
    case 'b':
        order->officer = optarg;
        return NULL;
    case 's':
        order->second = optarg;
        return NULL;
    case 'l':
        return order->count < LIST_MAX ? read_list(optarg, &order->lists[order->count++]) : "";
    default:
        return "";
    }
}

/* `compile`, and `register`, which takes one list only. */
static int run_compile(int argc, char **argv, bool to_register)
{
    static const struct option options[] = {
        { "output", required_argument, NULL, 'o' }, { "list", required_argument, NULL, 'l' },
        { "report", no_argument, NULL, 'r' },       { "officer", required_argument, NULL, 'b' },
        { "second", required_argument, NULL, 's' }, { NULL, 0, NULL, 0 },
    };
    struct list_argument lists[LIST_MAX] = { 0 };
    struct compile_order order = { .lists = lists };
    const char *wrong = NULL;

    for (int option;
         wrong == NULL && (option = getopt_long(argc, argv, "o:", options, NULL)) != -1;)
        wrong = read_option(option, &order);
    if (wrong != NULL || order.output == NULL || order.count == 0 || optind != argc ||
        (to_register && order.count > 1)) {
        if (wrong != NULL && wrong[0] != '\0')
            (void)fprintf(stderr, "postern: watch compile: %s\n", wrong);
        (void)fputs(usage, stderr);
        return PTN_EXIT_USAGE;
    }
    return to_register ? make_register(&lists[0], order.report, order.output) : compile_all(&order);
}

/* ---- info ---- */

static void write_counts(struct ptn_json *json, const struct ptn_snapshot_list *list)
{
    ptn_json_key(json, "entries");
    ptn_json_object(json);
    for (unsigned kind = 0; kind < PTN_ENTRY_KIND_COUNT; kind++)
        if (kind <= PTN_ENTRY_AIRCRAFT || list->entries[kind] > 0)
            ptn_json_field_number(json, ptn_entry_kind_word((enum ptn_entry_kind)kind),
                                  (int64_t)list->entries[kind]);
    ptn_json_object_end(json);
    ptn_json_key(json, "names");
    ptn_json_object(json);
    for (unsigned alias = 0; alias < PTN_ALIAS_COUNT; alias++)
        ptn_json_field_number(json, ptn_alias_word((enum ptn_alias)alias),
                              (int64_t)list->names[alias]);
    ptn_json_object_end(json);
    ptn_json_field_number(json, "rows", (int64_t)list->rows);
    ptn_json_field_number(json, "continued", (int64_t)list->continued);
    ptn_json_field_number(json, "rejected", (int64_t)list->rejected);
    ptn_json_field_number(json, "noted", (int64_t)list->noted);
}

static void write_effect(struct ptn_json *json, const char *key,
                         const struct ptn_list_effect *effect)
{
    ptn_json_key(json, key);
    ptn_json_object(json);
    ptn_json_field_text(json, "action", ptn_bytes_from_text(ptn_list_action_word(effect->action)));
    ptn_json_field_text(json, "text", effect->text);
    ptn_json_field_text(json, "text_sq", effect->text_sq);
    ptn_json_object_end(json);
}

static void write_profile(struct ptn_json *json, const struct ptn_list_profile *profile)
{
    ptn_json_field_text(json, "profile", profile->key);
    ptn_json_field_text(json, "owner", profile->owner);
    ptn_json_field_text(json, "legal_basis", profile->basis);
    write_effect(json, "on_entry", &profile->on_entry);
    write_effect(json, "on_exit", &profile->on_exit);
    ptn_json_field_bool(json, "own_nationals_exempt", profile->own_nationals_exempt);
    ptn_json_field_text_if(json, "set_by", profile->set_by);
    ptn_json_field_text_if(json, "set_reason", profile->set_reason);
}

static void write_hash(struct ptn_json *json, const char *key, const uint8_t *hash)
{
    struct ptn_buffer hex;
    struct ptn_status status;

    ptn_buffer_init(&hex, 2 * (size_t)PTN_SHA256_LEN);
    status = ptn_buffer_add_hex(&hex, ptn_bytes_of(hash, PTN_SHA256_LEN));
    ptn_json_field_text(json, key, ptn_ok(status) ? ptn_buffer_bytes(&hex) : PTN_BYTES_NONE);
    ptn_buffer_release(&hex);
}

static struct ptn_status print_json(const struct ptn_snapshot *snapshot)
{
    struct ptn_snapshot_info info = ptn_snapshot_info(snapshot);
    struct ptn_buffer out;
    struct ptn_json json = { .out = &out };
    char made[PTN_INSTANT_TEXT_SIZE];
    struct ptn_status status;

    ptn_buffer_init(&out, INFO_LEN_MAX);
    ptn_json_object(&json);
    ptn_json_key(&json, "lists");
    ptn_json_array(&json);
    for (size_t i = 0; i < info.list_count; i++) {
        struct ptn_snapshot_list list = ptn_snapshot_list(snapshot, i);

        ptn_json_object(&json);
        ptn_json_field_text(&json, "list", list.name);
        ptn_json_field_text(&json, "format",
                            ptn_bytes_from_text(ptn_list_format_word(list.format)));
        ptn_json_field_text(&json, "edition", list.edition);
        write_counts(&json, &list);
        write_profile(&json, &list.profile);
        write_hash(&json, "hash", list.hash);
        ptn_json_object_end(&json);
    }
    ptn_json_array_end(&json);
    ptn_json_field_number(&json, "bytes", (int64_t)info.bytes);
    write_hash(&json, "hash", info.hash);
    ptn_json_field_text(&json, "made", ptn_bytes_from_text(ptn_instant_write(info.made_ms, made)));
    ptn_json_object_end(&json);
    status = ptn_json_end(&json);
    if (ptn_ok(status) && (fwrite(out.at, 1, out.len, stdout) != out.len || putchar('\n') == EOF ||
                           fflush(stdout) != 0))
        status = (struct ptn_status){ PTN_C_IO };
    ptn_buffer_release(&out);
    return status;
}

static void print_text(const struct ptn_snapshot *snapshot)
{
    struct ptn_snapshot_info info = ptn_snapshot_info(snapshot);
    char made[PTN_INSTANT_TEXT_SIZE];
    char hash[2 * PTN_SHA256_LEN + 1];

    for (size_t i = 0; i < info.list_count; i++) {
        struct ptn_snapshot_list list = ptn_snapshot_list(snapshot, i);

        (void)printf("%.*s (%s), edition %.*s: entry %s, exit %s\n", (int)list.name.len,
                     (const char *)list.name.at, ptn_list_format_word(list.format),
                     (int)(list.edition.len == 0 ? 8 : list.edition.len),
                     list.edition.len == 0 ? "not said" : (const char *)list.edition.at,
                     ptn_list_action_word(list.profile.on_entry.action),
                     ptn_list_action_word(list.profile.on_exit.action));
        for (unsigned kind = 0; kind < PTN_ENTRY_KIND_COUNT; kind++)
            if (list.entries[kind] > 0)
                (void)printf("  %zu %s", list.entries[kind],
                             ptn_entry_kind_word((enum ptn_entry_kind)kind));
        (void)printf("\n  names: %zu primary, %zu strong, %zu weak\n",
                     list.names[PTN_ALIAS_PRIMARY], list.names[PTN_ALIAS_STRONG],
                     list.names[PTN_ALIAS_WEAK]);
        (void)printf("  %zu rows: %zu continued, %zu rejected; %zu parts not understood\n",
                     list.rows, list.continued, list.rejected, list.noted);
    }
    (void)printf("%zu entries, %zu names, %zu bytes, made %s\nhash %s\n", info.entry_count,
                 info.name_count, info.bytes, ptn_instant_write(info.made_ms, made),
                 ptn_hex_write(info.hash, PTN_SHA256_LEN, hash));
}

/* A file that is no snapshot may be a register: its list, and how long it is. */
static struct ptn_status print_register(const char *path, bool as_json, struct ptn_diag *reterr)
{
    struct ptn_register *reg = NULL;
    struct ptn_register_info info;
    struct ptn_buffer out;
    struct ptn_json json = { .out = &out };
    struct ptn_status status = ptn_register_open(ptn_world_real(), path, &reg, reterr);

    if (!ptn_ok(status))
        return status;
    info = ptn_register_info(reg);
    ptn_buffer_init(&out, INFO_LEN_MAX);
    ptn_json_object(&json);
    ptn_json_field_text(&json, "register", info.list);
    ptn_json_field_text(&json, "format", ptn_bytes_from_text(ptn_list_format_word(info.format)));
    ptn_json_field_text(&json, "edition", info.edition);
    ptn_json_field_number(&json, "numbers", (int64_t)info.rows);
    ptn_json_field_number(&json, "rows", (int64_t)info.read);
    ptn_json_field_number(&json, "rejected", (int64_t)info.rejected);
    ptn_json_field_number(&json, "noted", (int64_t)info.noted);
    write_profile(&json, &info.profile);
    ptn_json_field_number(&json, "bytes", (int64_t)info.bytes);
    write_hash(&json, "hash", info.hash);
    ptn_json_object_end(&json);
    status = ptn_json_end(&json);
    if (ptn_ok(status) && as_json)
        (void)printf("%.*s\n", (int)out.len, (const char *)out.at);
    else if (ptn_ok(status))
        (void)printf("%.*s (%s), a register: %llu numbers, %zu bytes: entry %s, exit %s\n",
                     (int)info.list.len, (const char *)info.list.at,
                     ptn_list_format_word(info.format), (unsigned long long)info.rows, info.bytes,
                     ptn_list_action_word(info.profile.on_entry.action),
                     ptn_list_action_word(info.profile.on_exit.action));
    ptn_buffer_release(&out);
    ptn_register_close(reg);
    return status;
}

static int run_info(int argc, char **argv)
{
    static const struct option options[] = { { "json", no_argument, NULL, 'j' },
                                             { NULL, 0, NULL, 0 } };
    struct ptn_snapshot *snapshot = NULL;
    struct ptn_diag diag = { 0, NULL };
    struct ptn_status status;
    bool json = false, wrong = false;

    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;)
        if (option == 'j')
            json = true;
        else
            wrong = true;
    if (wrong || optind + 1 != argc) {
        (void)fputs(usage, stderr);
        return PTN_EXIT_USAGE;
    }
    status = ptn_snapshot_open(ptn_world_real(), argv[optind], &snapshot, &diag);
    if (status.code == PTN_C_BAD_INPUT && diag.offset == 0)
        status = print_register(argv[optind], json, &diag);
    else if (ptn_ok(status) && json)
        status = print_json(snapshot);
    else if (ptn_ok(status))
        print_text(snapshot);
    ptn_snapshot_close(snapshot);
    if (!ptn_ok(status)) {
        ptn_say_failure("watch info", status, &diag);
        return status.code == PTN_C_NOT_FOUND ? PTN_EXIT_ENVIRONMENT : ptn_exit_for(status);
    }
    return PTN_EXIT_DONE;
}

int ptn_run_watch(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "compile") == 0)
        return run_compile(argc - 1, argv + 1, false);
    if (argc > 1 && strcmp(argv[1], "register") == 0)
        return run_compile(argc - 1, argv + 1, true);
    if (argc > 1 && strcmp(argv[1], "info") == 0)
        return run_info(argc - 1, argv + 1);
    (void)fputs(usage, stderr);
    return PTN_EXIT_USAGE;
}
