/*
 * incident/names.c -- LOKI's file name patterns, run by PCRE2 over the paths of a disk.
 *
 * The lists are written in Python's dialect for Windows' paths. Thousands of patterns are tried on
 * every path, so each gives up early: most hold a run of plain characters that any match must
 * contain (required), and a path that lacks three of these characters in a row cannot match. The
 * run is found by a reading of the pattern that rather finds none than a wrong one.
 */
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdlib.h>

#include "incident/indicators_int.h"

#define MATCH_LIMIT     100000u /* steps of one pattern on one path */
#define HEAP_LIMIT_KIB  4096u
#define PATH_LEN_MAX    8192u
#define TRIGRAM_BITS    15u
#define PATTERN_LEN_MAX ((size_t)2 * PTN_INDICATOR_LINE_MAX)

struct name_pattern {
    pcre2_code *code;
    pcre2_code *excluded; /* may be NULL */
    size_t indicator;
    bool drive;        /* it names a drive: tried with "C:/" before the path */
    bool has_required; /* the two below are set */
    uint32_t first, last;
};

struct ptn_name_patterns {
    struct name_pattern *at;
    size_t count, capacity;
    pcre2_compile_context *compiling;
    pcre2_match_context *matching;
    pcre2_match_data *data;
};

/* ---- three characters in a row ---- */

/* A place for them in a set of 2^TRIGRAM_BITS; letters of either case share one. */
static uint32_t trigram_at(const uint8_t *at)
{
    uint32_t all = (uint32_t)ptn_ascii_lower(at[0]) | (uint32_t)ptn_ascii_lower(at[1]) << 8 |
                   (uint32_t)ptn_ascii_lower(at[2]) << 16;

    return (all * 2654435761u) >> (32 - TRIGRAM_BITS);
}

struct trigrams {
    uint64_t bits[1u << (TRIGRAM_BITS - 6)];
};

static void trigrams_of(struct ptn_bytes path, struct trigrams *set)
{
    memset(set, 0, sizeof(*set));
    for (size_t i = 0; i + 3 <= path.len; i++) {
        uint32_t at = trigram_at(path.at + i);

        set->bits[at >> 6] |= (uint64_t)1 << (at & 63);
    }
}

static bool trigrams_have(const struct trigrams *set, uint32_t at)
{
    return (set->bits[at >> 6] >> (at & 63) & 1) != 0;
}

/* ---- what any match must contain ---- */

/* Step over a class "[...]" that begins at *at; false: it does not end. */
static bool skip_class(struct ptn_bytes text, size_t *at)
{
    size_t i = *at + 1;

    if (i < text.len && text.at[i] == '^')
        i++;
    if (i < text.len && text.at[i] == ']')
        i++;
    for (; i < text.len && text.at[i] != ']'; i++) {
        if (text.at[i] == '[') /* maybe a class with a name: not ours to read */
            return false;
        if (text.at[i] == '\\')
            i++;
    }
    *at = i + 1;
    return i < text.len;
}

/* Step over a group "(...)", whatever is in it. */
static bool skip_group(struct ptn_bytes text, size_t *at)
{
    size_t i = *at, depth = 0;

    while (i < text.len) {
        if (text.at[i] == '[') {
            if (!skip_class(text, &i))
                return false;
            continue;
        }
        depth += text.at[i] == '(';
        if (text.at[i] == ')' && --depth == 0) {
            *at = i + 1;
            return true;
        }
        i += text.at[i] == '\\' ? 2 : 1;
    }
    return false;
}

/* Whether the byte is one of these. */
static bool is_one_of(uint8_t byte, const char *bytes)
{
    return byte != 0 && strchr(bytes, byte) != NULL;
}

/* The longest run of characters seen so far, and the one that grows. */
struct runs {
    struct ptn_bytes text;
    uint8_t run[256], best[256];
    size_t run_len, best_len;
};

static void end_run(struct runs *runs)
{
    if (runs->run_len > runs->best_len) {
        memcpy(runs->best, runs->run, runs->run_len);
        runs->best_len = runs->run_len;
    }
    runs->run_len = 0;
}

static bool is_plain(uint8_t byte)
{
    return byte >= ' ' && byte < 0x80 && !is_one_of(byte, "\\^$.[]|()?*+{}");
}

static bool is_punctuation(uint8_t byte)
{
    return byte > ' ' && byte < 0x7f && !(byte >= '0' && byte <= '9') &&
           !(ptn_ascii_lower(byte) >= 'a' && ptn_ascii_lower(byte) <= 'z');
}

/* Take the element at *at. False: the pattern is not one whose runs can be told. */
static bool take_element(struct runs *runs, size_t *at)
{
    struct ptn_bytes text = runs->text;
    uint8_t byte = text.at[*at];

    if (byte == '|' || byte == ')' || byte == '{')
        return false;
    if (byte == '?' || byte == '*') { /* the last character may be missing */
        runs->run_len -= runs->run_len > 0;
        end_run(runs);
    } else if (byte == '(' || byte == '[') {
        end_run(runs);
        return byte == '(' ? skip_group(text, at) : skip_class(text, at);
    } else if (byte == '\\' && *at + 1 < text.len && is_punctuation(text.at[*at + 1])) {
        (*at)++;
        if (runs->run_len < sizeof(runs->run))
            runs->run[runs->run_len++] = text.at[*at];
    } else if (is_plain(byte)) {
        if (runs->run_len < sizeof(runs->run))
            runs->run[runs->run_len++] = byte;
    } else { /* an anchor, any character, a class by a letter, a repetition of one or more */
        end_run(runs);
        if (byte == '\\' && (*at + 1 >= text.len || !is_one_of(text.at[*at + 1], "dDwWsSbBAZzrnt")))
            return false;
        *at += byte == '\\';
    }
    (*at)++;
    return true;
}

/* Options that make white space mean nothing, or a quotation: its runs cannot be told. */
static bool has_options(struct ptn_bytes pattern)
{
    for (size_t i = 0; i + 1 < pattern.len; i++) {
        size_t at = i + 2;

        if (pattern.at[i] != '(' || (pattern.at[i + 1] != '?' && pattern.at[i + 1] != '*'))
            continue;
        if (pattern.at[i + 1] == '*')
            return true;
        while (at < pattern.len && ptn_ascii_lower(pattern.at[at]) >= 'a' &&
               ptn_ascii_lower(pattern.at[at]) <= 'z')
            if (pattern.at[at++] == 'x')
                return true;
    }
    return false;
}

/* The longest run of characters that every match of the pattern holds in this order. */
static void find_required(struct ptn_bytes pattern, struct name_pattern *name)
{
    struct runs runs = { .text = pattern };
    bool good = !has_options(pattern);

    for (size_t at = 0; good && at < pattern.len;) {
        bool after_group;

        good = take_element(&runs, &at);
        /* what a group or class is followed by tells whether it may be missing; it is not in a run
         * anyway, and "?" after it must not take the run's last character: there is none */
        after_group = good && runs.run_len == 0;
        while (after_group && at < pattern.len && is_one_of(pattern.at[at], "?*+"))
            at++;
        if (after_group && at < pattern.len && pattern.at[at] == '{')
            good = false;
    }
    end_run(&runs);
    name->has_required = good && runs.best_len >= 3;
    if (name->has_required) {
        name->first = trigram_at(runs.best);
        name->last = trigram_at(runs.best + runs.best_len - 3);
    }
}

/* ---- compiling ---- */

/* Windows' separator, escaped in a pattern, is ours. *ret_len bytes into out, which has room. */
static void translate(struct ptn_bytes pattern, uint8_t *out, size_t *ret_len)
{
    size_t len = 0;

    for (size_t i = 0; i < pattern.len; i++) {
        bool escape = pattern.at[i] == '\\' && i + 1 < pattern.len;

        if (escape && pattern.at[i + 1] == '\\') {
            out[len++] = '/';
            i++;
            continue;
        }
        out[len++] = pattern.at[i];
        if (escape)
            out[len++] = pattern.at[++i];
    }
    *ret_len = len;
}

static bool start(struct ptn_indicators *indicators)
{
    struct ptn_name_patterns *patterns = calloc(1, sizeof(*patterns));

    if (patterns == NULL)
        return false;
    patterns->compiling = pcre2_compile_context_create(NULL);
    patterns->matching = pcre2_match_context_create(NULL);
    patterns->data = pcre2_match_data_create(1, NULL);
    if (patterns->compiling == NULL || patterns->matching == NULL || patterns->data == NULL) {
        ptn_names_free(patterns);
        return false;
    }
    (void)pcre2_set_max_pattern_length(patterns->compiling, PATTERN_LEN_MAX);
    (void)pcre2_set_match_limit(patterns->matching, MATCH_LIMIT);
    (void)pcre2_set_heap_limit(patterns->matching, HEAP_LIMIT_KIB);
    indicators->patterns = patterns;
    return true;
}

void ptn_names_free(struct ptn_name_patterns *patterns)
{
    if (patterns == NULL)
        return;
    for (size_t i = 0; i < patterns->count; i++) {
        pcre2_code_free(patterns->at[i].code);
        pcre2_code_free(patterns->at[i].excluded);
    }
    pcre2_compile_context_free(patterns->compiling);
    pcre2_match_context_free(patterns->matching);
    pcre2_match_data_free(patterns->data);
    free(patterns->at);
    free(patterns);
}

static pcre2_code *compile(const struct ptn_name_patterns *patterns, const uint8_t *text,
                           size_t len)
{
    PCRE2_SIZE offset = 0;
    int error = 0;

    return pcre2_compile(text, len, PCRE2_NEVER_UTF | PCRE2_NEVER_UCP | PCRE2_NEVER_BACKSLASH_C,
                         &error, &offset, patterns->compiling);
}

static bool names_drive(const uint8_t *text, size_t len)
{
    for (size_t i = 0; i + 1 < len; i++)
        if (text[i] == ':' && text[i + 1] == '/')
            return true;
    return false;
}

static bool make_room(struct ptn_name_patterns *patterns)
{
    size_t wanted = patterns->capacity == 0 ? 64 : patterns->capacity * 2;
    struct name_pattern *more;

    if (patterns->count < patterns->capacity)
        return true;
    more = realloc(patterns->at, wanted * sizeof(*more));
    if (more == NULL)
        return false;
    patterns->at = more;
    patterns->capacity = wanted;
    return true;
}

struct ptn_status ptn_names_add(struct ptn_indicators *indicators, size_t index,
                                struct ptn_bytes pattern, struct ptn_bytes excluded,
                                struct ptn_diag *reterr)
{
    struct name_pattern name = { .indicator = index };
    uint8_t text[PTN_INDICATOR_LINE_MAX];
    size_t len = 0;

    PTN_PRE(pattern.len <= sizeof(text) && excluded.len <= sizeof(text));
    if ((indicators->patterns == NULL && !start(indicators)) || !make_room(indicators->patterns))
        return ptn_fail(PTN_C_NO_MEMORY, reterr, 0, "no memory for file name patterns");
    translate(pattern, text, &len);
    name.code = compile(indicators->patterns, text, len);
    if (name.code == NULL)
        return (struct ptn_status){ PTN_C_NOT_FOUND };
    name.drive = names_drive(text, len);
    find_required(ptn_bytes_of(text, len), &name);
    if (excluded.len > 0) {
        translate(excluded, text, &len);
        name.excluded = compile(indicators->patterns, text, len);
        if (name.excluded == NULL) {
            pcre2_code_free(name.code);
            return (struct ptn_status){ PTN_C_NOT_FOUND };
        }
    }
    indicators->patterns->at[indicators->patterns->count++] = name;
    return PTN_OK;
}

/* ---- matching ---- */

/* 1 it matches, 0 it does not, -1 it gave up. */
static int match(const struct ptn_name_patterns *patterns, const pcre2_code *code,
                 struct ptn_bytes subject)
{
    int found =
        pcre2_match(code, subject.at, subject.len, 0, 0, patterns->data, patterns->matching);

    return found >= 0 ? 1 : found == PCRE2_ERROR_NOMATCH ? 0 : -1;
}

static struct ptn_status match_pattern(struct ptn_indicators *indicators,
                                       const struct name_pattern *name, struct ptn_bytes subject,
                                       ptn_indicator_hit_fn hit, void *context,
                                       size_t *ret_unfinished)
{
    int found = match(indicators->patterns, name->code, subject);

    if (found == 1 && name->excluded != NULL &&
        match(indicators->patterns, name->excluded, subject) == 1)
        return PTN_OK;
    *ret_unfinished += found < 0;
    return found == 1 ? hit(context, &indicators->at[name->indicator]) : PTN_OK;
}

/* Whole last parts of paths, as STIX has them; case does not matter, for on the disks this is
 * about it did not. */
static struct ptn_status match_whole(struct ptn_indicators *indicators, struct ptn_bytes path,
                                     ptn_indicator_hit_fn hit, void *context)
{
    struct ptn_status status = PTN_OK;
    const uint8_t *slash = path.len > 0 ? memrchr(path.at, '/', path.len) : NULL;
    struct ptn_bytes last =
        slash == NULL ? path : ptn_bytes_slice(path, (size_t)(slash - path.at) + 1, SIZE_MAX);

    if (indicators->of_kind[PTN_INDICATOR_NAME] == 0)
        return PTN_OK;
    for (size_t i = 0; ptn_ok(status) && i < indicators->count; i++)
        if (indicators->at[i].kind == PTN_INDICATOR_NAME &&
            ptn_ascii_same(indicators->at[i].value, last))
            status = hit(context, &indicators->at[i]);
    return status;
}

struct ptn_status ptn_indicators_match_name(struct ptn_indicators *indicators,
                                            struct ptn_bytes path, ptn_indicator_hit_fn hit,
                                            void *context, size_t *ret_unfinished)
{
    const struct ptn_name_patterns *patterns = indicators->patterns;
    struct ptn_status status = match_whole(indicators, path, hit, context);
    uint8_t subject[PATH_LEN_MAX + 3];
    struct ptn_bytes whole, bare;
    struct trigrams set;

    if (patterns == NULL || !ptn_ok(status))
        return status;
    if (path.len > PATH_LEN_MAX - 1) {
        (*ret_unfinished)++;
        return PTN_OK;
    }
    subject[0] = 'C';
    subject[1] = ':';
    subject[2] = '/';
    memcpy(subject + 3, path.at, path.len);
    whole = ptn_bytes_of(subject, path.len + 3);
    bare = ptn_bytes_of(subject + 2, path.len + 1);
    trigrams_of(whole, &set);
    for (size_t i = 0; ptn_ok(status) && i < patterns->count; i++) {
        const struct name_pattern *name = &patterns->at[i];

        if (name->has_required &&
            (!trigrams_have(&set, name->first) || !trigrams_have(&set, name->last)))
            continue;
        status = match_pattern(indicators, name, name->drive ? whole : bare, hit, context,
                               ret_unfinished);
    }
    return status;
}
