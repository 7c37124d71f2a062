/*
 * incident/rules.c -- YARA rules, by libyara.
 *
 * Each file is compiled by itself first: what does not compile there for want of a variable or
 * module is kept by name; anything else wrong stops the sweep. libyara is a parser of strangers'
 * rules and files: it only ever runs in the confined process.
 */
#include <stdio.h>
#include <stdlib.h>
#include <yara.h>

#include "incident/sweep_int.h"

#define RULE_SCORE     75u /* of a rule that states none, as LOKI has it */
#define PATH_TEXT_SIZE 8192u
#define ARENA_MAX      ((size_t)16 << 20)
#define NAMESPACE_SIZE 24u

/* A rule that will not run. */
struct asked {
    struct asked *next;
    const char *rule;
    char namespace[NAMESPACE_SIZE];
};

struct ptn_rules {
    YR_COMPILER *compiler;
    YR_RULES *rules;
    YR_SCANNER *scanner;
    size_t file_count; /* namespaces are numbers: they name the file in sources */
    const char **sources;
    struct asked *asked; /* rules that ask for what we do not know: newest first */
    struct ptn_arena *arena;
    size_t rule_count;
    struct ptn_status status; /* what found said during a scan */
    bool gave_up;
};

/* What LOKI gives its rules to know of a file. The last two we do not know: rules that ask are
 * named and do not run. */
static const char *const variables[] = { "filename", "filepath", "extension", "filetype", "owner" };
#define KNOWN_VARIABLES 3u
#define VARIABLE_COUNT  5u

/* Modules that look beyond the bytes: libmagic's data base, a report of a sandbox. */
static const char *const strange_modules[] = { "magic", "cuckoo" };

/* ---- start and end ---- */

/* Where a failed compile says why. */
struct complaint {
    int line;
};

/* YR_COMPILER_CALLBACK_FUNC */
static void complain(int level, const char *file, int line, const YR_RULE *rule,
                     const char *message, void *context)
{
    struct complaint *complaint = context;

    (void)file;
    (void)rule;
    (void)message;
    if (level == YARA_ERROR_LEVEL_ERROR && complaint->line == 0)
        complaint->line = line;
}

static YR_COMPILER *make_compiler(struct complaint *complaint)
{
    YR_COMPILER *compiler = NULL;

    if (yr_compiler_create(&compiler) != ERROR_SUCCESS)
        return NULL;
    yr_compiler_set_callback(compiler, complain, complaint);
    yr_compiler_set_include_callback(compiler, NULL, NULL, NULL);
    for (size_t i = 0; i < VARIABLE_COUNT; i++)
        if (yr_compiler_define_string_variable(compiler, variables[i], "") != ERROR_SUCCESS) {
            yr_compiler_destroy(compiler);
            return NULL;
        }
    return compiler;
}

bool ptn_rules_start(struct ptn_sweep *sweep)
{
    static struct complaint nobody; /* what the second compile says was said by the first */
    struct ptn_rules *rules = calloc(1, sizeof(*rules));

    if (rules == NULL)
        return false;
    if (yr_initialize() != ERROR_SUCCESS) {
        free(rules);
        return false;
    }
    rules->compiler = make_compiler(&nobody);
    rules->arena = ptn_arena_new(ARENA_MAX);
    sweep->rules = rules;
    if (rules->compiler != NULL && rules->arena != NULL)
        return true;
    ptn_rules_end(sweep);
    return false;
}

void ptn_rules_end(struct ptn_sweep *sweep)
{
    struct ptn_rules *rules = sweep->rules;

    if (rules == NULL)
        return;
    if (rules->scanner != NULL)
        yr_scanner_destroy(rules->scanner);
    if (rules->rules != NULL)
        (void)yr_rules_destroy(rules->rules);
    if (rules->compiler != NULL)
        yr_compiler_destroy(rules->compiler);
    (void)yr_finalize();
    free((void *)rules->sources);
    ptn_arena_free(rules->arena);
    free(rules);
    sweep->rules = NULL;
}

/* ---- rules that ask for what we do not know ---- */

static struct ptn_status add_lack(struct ptn_sweep *sweep, const struct ptn_indicator_lack *lack)
{
    size_t wanted = sweep->lack_capacity == 0 ? 16 : sweep->lack_capacity * 2;

    if (sweep->lack_count == sweep->lack_capacity) {
        struct ptn_indicator_lack *more = realloc(sweep->lacks, wanted * sizeof(*more));

        if (more == NULL)
            return (struct ptn_status){ PTN_C_NO_MEMORY };
        sweep->lacks = more;
        sweep->lack_capacity = wanted;
    }
    sweep->lacks[sweep->lack_count++] = *lack;
    return PTN_OK;
}

static bool is_word(char byte)
{
    return (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') ||
           (byte >= 'A' && byte <= 'Z') || byte == '_';
}

/* Whether a '/' at text[at] begins a regular expression: it stands where a value is awaited. */
static bool awaits_value(const char *text, size_t at)
{
    static const char word[] = "matches";

    while (at > 0 && strchr(" \t\r\n", text[at - 1]) != NULL)
        at--;
    return at > 0 && (strchr("=(,", text[at - 1]) != NULL ||
                      (at >= sizeof(word) - 1 &&
                       memcmp(text + at - (sizeof(word) - 1), word, sizeof(word) - 1) == 0));
}

/* Step over a comment, a quoted text or a regular expression that begins at text[at]; at when none
 * does. */
static size_t skip_quoted(const char *text, size_t at)
{
    const char *end;
    char quote = text[at];

    if (quote == '/' && text[at + 1] == '/') {
        end = strchr(text + at, '\n');
        return end == NULL ? strlen(text) : (size_t)(end - text);
    }
    if (quote == '/' && text[at + 1] == '*') {
        end = strstr(text + at + 2, "*/");
        return end == NULL ? strlen(text) : (size_t)(end - text) + 2;
    }
    if (quote != '"' && (quote != '/' || !awaits_value(text, at)))
        return at;
    for (at++; text[at] != '\0' && text[at] != quote; at++)
        if (text[at] == '\\' && text[at + 1] != '\0')
            at++;
    return text[at] == quote ? at + 1 : at;
}

static bool same_word(const char *text, size_t len, const char *word)
{
    return strlen(word) == len && memcmp(text, word, len) == 0;
}

/* Whether a condition that says this word asks for what we do not know. */
static bool asks_for(const char *word, size_t len)
{
    for (size_t i = KNOWN_VARIABLES; i < VARIABLE_COUNT; i++)
        if (same_word(word, len, variables[i]))
            return true;
    for (size_t i = 0; i < sizeof(strange_modules) / sizeof(strange_modules[0]); i++)
        if (same_word(word, len, strange_modules[i]))
            return true;
    return false;
}

/* Whether every brace is closed again: what is cut inside a rule is no pack that lacks something.
 */
static bool is_whole(const char *text)
{
    size_t depth = 0;

    for (size_t at = 0; text[at] != '\0';) {
        size_t past = skip_quoted(text, at);

        if (past > at) {
            at = past;
            continue;
        }
        if (text[at] == '}' && depth-- == 0)
            return false;
        depth += text[at] == '{';
        at++;
    }
    return depth == 0;
}

/* Tells of each rule that asks. Only its condition can: `filetype = "PE"` in its meta is a note,
 * and a tag may be any word. */
typedef struct ptn_status (*asking_fn)(void *context, const char *rule, size_t rule_len,
                                       size_t line);

static struct ptn_status find_asking(const char *text, asking_fn asking, void *context)
{
    const char *rule = NULL;
    size_t rule_len = 0, line = 1;
    bool named = false, told = false, condition = false;
    struct ptn_status status = PTN_OK;

    for (size_t at = 0; ptn_ok(status) && text[at] != '\0';) {
        size_t past = skip_quoted(text, at), len = 0;

        if (past > at) {
            for (; at < past; at++)
                line += text[at] == '\n';
            continue;
        }
        while (is_word(text[at + len]))
            len++;
        if (len == 0) {
            line += text[at] == '\n';
            at++;
            continue;
        }
        if (named) {
            rule = text + at;
            rule_len = len;
            told = condition = false;
        } else if (rule != NULL && condition && !told &&
                   (at == 0 || strchr("$#@!.", text[at - 1]) == NULL) && asks_for(text + at, len)) {
            told = true;
            status = asking(context, rule, rule_len, line);
        }
        named = same_word(text + at, len, "rule");
        condition = condition || same_word(text + at, len, "condition");
        at += len;
    }
    return status;
}

/* ---- adding ---- */

struct adding {
    struct ptn_sweep *sweep;
    const char *source;
    size_t file;
};

/* asking_fn */
static struct ptn_status rule_asks(void *context, const char *rule, size_t rule_len, size_t line)
{
    const struct adding *adding = context;
    struct ptn_rules *rules = adding->sweep->rules;
    struct asked *asked = ptn_arena_take(rules->arena, sizeof(*asked));
    char *name = ptn_arena_text(rules->arena, ptn_bytes_of(rule, rule_len));

    if (asked == NULL || name == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    *asked = (struct asked){ .next = rules->asked, .rule = name };
    (void)snprintf(asked->namespace, sizeof(asked->namespace), "%zu", adding->file);
    rules->asked = asked;
    return add_lack(adding->sweep,
                    &(struct ptn_indicator_lack){
                        adding->source, line, ptn_bytes_from_text(name),
                        "it asks for a file's type or owner, or for another program's report" });
}

/* Compile it alone. OK; NOT_FOUND for what we cannot run; BAD_INPUT. */
static struct ptn_status try_alone(const char *text, struct ptn_diag *reterr)
{
    struct complaint complaint = { 0 };
    YR_COMPILER *compiler = make_compiler(&complaint);
    int errors, last;

    if (compiler == NULL)
        return ptn_fail(PTN_C_NO_MEMORY, reterr, 0, "no memory for rules");
    errors = yr_compiler_add_string(compiler, text, NULL);
    last = compiler->last_error;
    yr_compiler_destroy(compiler);
    if (errors == 0)
        return PTN_OK;
    if ((last == ERROR_UNDEFINED_IDENTIFIER || last == ERROR_UNKNOWN_MODULE ||
         last == ERROR_INVALID_FIELD_NAME) &&
        is_whole(text))
        return ptn_fail(PTN_C_NOT_FOUND, reterr, (size_t)complaint.line,
                        "the file asks for a variable or module that is not there");
    if (last == ERROR_INSUFFICIENT_MEMORY)
        return ptn_fail(PTN_C_NO_MEMORY, reterr, 0, "no memory for rules");
    return ptn_fail(PTN_C_BAD_INPUT, reterr, (size_t)complaint.line, "not a file of YARA rules");
}

static int tell_match(YR_SCAN_CONTEXT *scan, int message, void *data, void *context);

/* The text compiles alone: add it to the others, under a namespace that is its number. */
static struct ptn_status add_text(struct ptn_sweep *sweep, const char *source, const char *text,
                                  struct ptn_diag *reterr)
{
    struct ptn_rules *rules = sweep->rules;
    struct adding adding = { sweep, source, rules->file_count };
    const char **more =
        realloc((void *)rules->sources, (rules->file_count + 1) * sizeof(*rules->sources));
    char namespace[NAMESPACE_SIZE];

    if (more == NULL)
        return ptn_fail(PTN_C_NO_MEMORY, reterr, 0, "no memory for rules");
    rules->sources = more;
    rules->sources[rules->file_count++] = source;
    (void)snprintf(namespace, sizeof(namespace), "%zu", adding.file);
    if (yr_compiler_add_string(rules->compiler, text, namespace) != 0)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "not a file of YARA rules");
    return find_asking(text, rule_asks, &adding);
}

struct ptn_status ptn_sweep_add_rules(struct ptn_sweep *sweep, const char *source,
                                      struct ptn_bytes text, struct ptn_diag *reterr)
{
    struct ptn_diag diag = { 0, "no memory for rules" };
    struct ptn_status status;
    char *copy;

    PTN_PRE(!sweep->ready);
    if (text.len > PTN_SWEEP_RULES_LEN_MAX)
        return ptn_fail(PTN_C_TOO_BIG, reterr, 0, "a rule file larger than 16 MiB");
    if (text.len == 0 || memchr(text.at, '\0', text.len) != NULL)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "not a file of YARA rules");
    copy = malloc(text.len + 1);
    if (copy == NULL)
        return ptn_fail(PTN_C_NO_MEMORY, reterr, 0, "no memory for rules");
    memcpy(copy, text.at, text.len);
    copy[text.len] = '\0';
    status = try_alone(copy, &diag);
    if (ptn_ok(status))
        status = add_text(sweep, source, copy, &diag);
    else if (status.code == PTN_C_NOT_FOUND)
        status = add_lack(sweep, &(struct ptn_indicator_lack){
                                     source, diag.offset, ptn_bytes_from_text(source), diag.text });
    free(copy);
    return ptn_ok(status) ? status : ptn_fail(status.code, reterr, diag.offset, diag.text);
}

struct ptn_status ptn_sweep_ready(struct ptn_sweep *sweep)
{
    struct ptn_rules *rules = sweep->rules;
    YR_RULE *rule;

    PTN_PRE(!sweep->ready && sweep->with.found != NULL);
    if (yr_compiler_get_rules(rules->compiler, &rules->rules) != ERROR_SUCCESS ||
        yr_scanner_create(rules->rules, &rules->scanner) != ERROR_SUCCESS)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    yr_rules_foreach(rules->rules, rule)
    {
        for (const struct asked *asked = rules->asked; asked != NULL; asked = asked->next)
            if (strcmp(rule->ns->name, asked->namespace) == 0 &&
                strcmp(rule->identifier, asked->rule) == 0)
                yr_rule_disable(rule);
        rules->rule_count += !RULE_IS_DISABLED(rule);
    }
    yr_scanner_set_callback(rules->scanner, tell_match, sweep);
    /* what is scanned is our own memory: no file is mapped, so no fault can come of it */
    yr_scanner_set_flags(rules->scanner, SCAN_FLAGS_REPORT_RULES_MATCHING | SCAN_FLAGS_NO_TRYCATCH);
    yr_scanner_set_timeout(rules->scanner, (int)sweep->with.rule_timeout_s);
    sweep->ready = true;
    return PTN_OK;
}

size_t ptn_sweep_rule_count(const struct ptn_sweep *sweep)
{
    return sweep->rules->rule_count;
}

/* ---- scanning ---- */

/* What a rule says of itself, and what it weighs. */
static void read_metas(const YR_RULE *rule, struct ptn_bytes *ret_description, unsigned *ret_score)
{
    YR_META *meta;

    *ret_description = PTN_BYTES_NONE;
    *ret_score = RULE_SCORE;
    yr_rule_metas_foreach(rule, meta)
    {
        if (meta->type == META_TYPE_STRING && strcmp(meta->identifier, "description") == 0)
            *ret_description = ptn_bytes_from_text(meta->string);
        if (meta->type == META_TYPE_INTEGER && strcmp(meta->identifier, "score") == 0 &&
            meta->integer >= 0)
            *ret_score = meta->integer > 100 ? 100 : (unsigned)meta->integer;
    }
    if (ret_description->len > PTN_INDICATOR_LINE_MAX)
        ret_description->len = PTN_INDICATOR_LINE_MAX;
}

/* YR_CALLBACK_FUNC */
static int tell_match(YR_SCAN_CONTEXT *scan, int message, void *data, void *context)
{
    struct ptn_sweep *sweep = context;
    const YR_RULE *rule = data;
    struct ptn_bytes description;
    unsigned score;

    (void)scan;
    if (message == CALLBACK_MSG_TOO_MANY_MATCHES)
        sweep->rules->gave_up = true;
    if (message != CALLBACK_MSG_RULE_MATCHING)
        return CALLBACK_CONTINUE;
    read_metas(rule, &description, &score);
    sweep->rules->status = ptn_sweep_tell_rule(
        sweep, ptn_bytes_from_text(rule->identifier),
        ptn_bytes_from_text(sweep->rules->sources[strtoul(rule->ns->name, NULL, 10)]), description,
        score);
    return ptn_ok(sweep->rules->status) ? CALLBACK_CONTINUE : CALLBACK_ABORT;
}

/* Give the rules the file's name, as LOKI writes it. False: no memory. */
static bool name_file(const struct ptn_sweep *sweep)
{
    struct ptn_bytes path = sweep->file->path;
    char text[PATH_TEXT_SIZE];
    const char *name, *dot;
    YR_SCANNER *scanner = sweep->rules->scanner;

    (void)snprintf(text, sizeof(text), "/%.*s", (int)path.len, (const char *)path.at);
    name = strrchr(text, '/') + 1;
    dot = strrchr(name, '.');
    return yr_scanner_define_string_variable(scanner, variables[0], name) == ERROR_SUCCESS &&
           yr_scanner_define_string_variable(scanner, variables[1], text) == ERROR_SUCCESS &&
           yr_scanner_define_string_variable(scanner, variables[2], dot == NULL ? "" : dot) ==
               ERROR_SUCCESS;
}

struct ptn_status ptn_rules_scan(struct ptn_sweep *sweep, struct ptn_sweep_counts *counts)
{
    struct ptn_rules *rules = sweep->rules;
    struct ptn_bytes bytes = sweep->file->bytes;
    int result;

    if (rules->rule_count == 0)
        return PTN_OK;
    if (!name_file(sweep))
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    rules->status = PTN_OK;
    rules->gave_up = false;
    result = yr_scanner_scan_mem(rules->scanner, bytes.at, bytes.len);
    counts->rules_unfinished += rules->gave_up || result != ERROR_SUCCESS;
    return rules->status;
}
