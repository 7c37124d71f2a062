/*
 * incident/stix.c -- indicators of a STIX 2.1 bundle, a TAXII 2.1 envelope or one alone, in the
 * simple forms of the pattern language.
 *
 * Understood: observations joined by OR, each one comparison or several joined by OR, "=" only, of
 * file:hashes, file:name, ipv4-addr:value, domain-name:value. Anything else of a pattern makes the
 * whole indicator one that is not looked for, and is named. Standard: STIX 2.1 section 9.
 */
#include <jansson.h>
#include <stdlib.h>

#include "incident/indicators_int.h"

#define COMPARISONS_MAX 256u
#define VALUE_LEN_MAX   1024u

struct comparison {
    enum ptn_indicator_kind kind;
    struct ptn_bytes value;
};

struct pattern {
    struct ptn_bytes text;
    size_t at;
    const char *why; /* a literal: why it is not understood */
    struct comparison comparisons[COMPARISONS_MAX];
    size_t count;
};

static void skip_space(struct pattern *pattern)
{
    while (pattern->at < pattern->text.len) {
        uint8_t byte = pattern->text.at[pattern->at];

        if (byte != ' ' && byte != '\t' && byte != '\r' && byte != '\n')
            return;
        pattern->at++;
    }
}

/* Take that word, if it comes next. */
static bool take(struct pattern *pattern, const char *word)
{
    size_t len = strlen(word);

    skip_space(pattern);
    if (pattern->text.len - pattern->at < len ||
        memcmp(pattern->text.at + pattern->at, word, len) != 0)
        return false;
    pattern->at += len;
    return true;
}

/* A text in single quotes, without the escapes that only odd names need. */
static bool take_value(struct pattern *pattern, struct ptn_bytes *ret_value)
{
    size_t begin;

    if (!take(pattern, "'"))
        return false;
    begin = pattern->at;
    while (pattern->at < pattern->text.len && pattern->text.at[pattern->at] != '\'') {
        if (pattern->text.at[pattern->at] == '\\') {
            pattern->why = "a value with escapes";
            return false;
        }
        pattern->at++;
    }
    if (pattern->at == pattern->text.len)
        return false;
    *ret_value = ptn_bytes_slice(pattern->text, begin, pattern->at - begin);
    pattern->at++;
    return ret_value->len > 0 && ret_value->len <= VALUE_LEN_MAX;
}

/* file:hashes.MD5, .'SHA-256', ."SHA-1": the vocabulary has capitals and dashes, makers do not
 * always. */
static bool take_hash_path(struct pattern *pattern)
{
    static const char *const kinds[] = { "md5", "sha1", "sha256" };
    size_t back = pattern->at, len = 0;
    char kind[8] = { 0 };
    uint8_t quote = 0;

    if (!take(pattern, "file:hashes."))
        return false;
    if (take(pattern, "'") || take(pattern, "\""))
        quote = pattern->text.at[pattern->at - 1];
    for (; pattern->at < pattern->text.len && len + 1 < sizeof(kind); pattern->at++) {
        uint8_t byte = pattern->text.at[pattern->at];

        if (byte >= 'A' && byte <= 'Z')
            byte = (uint8_t)(byte + ('a' - 'A'));
        if ((byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9'))
            kind[len++] = (char)byte;
        else if (byte != '-')
            break;
    }
    if (quote == 0 || take(pattern, quote == '\'' ? "'" : "\""))
        for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
            if (strcmp(kind, kinds[i]) == 0)
                return true;
    pattern->at = back;
    return false;
}

static bool take_object(struct pattern *pattern, enum ptn_indicator_kind *ret_kind)
{
    static const struct {
        const char *path;
        enum ptn_indicator_kind kind;
    } paths[] = {
        { "file:name", PTN_INDICATOR_NAME },
        { "ipv4-addr:value", PTN_INDICATOR_NETWORK },
        { "domain-name:value", PTN_INDICATOR_NETWORK },
    };

    if (take_hash_path(pattern)) {
        *ret_kind = PTN_INDICATOR_HASH;
        return true;
    }
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
        if (take(pattern, paths[i].path)) {
            *ret_kind = paths[i].kind;
            return true;
        }
    pattern->why = "a kind of object or property that is not looked for";
    return false;
}

static bool take_comparison(struct pattern *pattern)
{
    struct comparison comparison;

    if (pattern->count == COMPARISONS_MAX) {
        pattern->why = "more than 256 comparisons";
        return false;
    }
    if (!take_object(pattern, &comparison.kind))
        return false;
    if (!take(pattern, "=")) {
        pattern->why = "a comparison other than =";
        return false;
    }
    if (!take_value(pattern, &comparison.value))
        return false;
    pattern->comparisons[pattern->count++] = comparison;
    return true;
}

/* The whole pattern; false with why. */
static bool read_pattern(struct pattern *pattern)
{
    pattern->why = "a pattern that is not of the simple forms";
    do {
        if (!take(pattern, "["))
            return false;
        do {
            if (!take_comparison(pattern))
                return false;
        } while (take(pattern, "OR "));
        if (!take(pattern, "]"))
            return false;
    } while (take(pattern, "OR"));
    skip_space(pattern);
    return pattern->at == pattern->text.len;
}

/* ---- the bundle ---- */

struct reading {
    struct ptn_indicators *indicators;
    const char *source;
    size_t number; /* of the indicator, from 1 */
    struct ptn_bytes name;
};

static struct ptn_bytes text_of(const json_t *object, const char *key)
{
    const json_t *member = json_object_get(object, key);

    return json_is_string(member)
               ? ptn_bytes_of(json_string_value(member), json_string_length(member))
               : PTN_BYTES_NONE;
}

/* A copy that outlives the JSON; empty for no memory. */
static bool keep(struct reading *reading, struct ptn_bytes text, struct ptn_bytes *ret_copy)
{
    char *copy = ptn_arena_text(reading->indicators->arena, text);

    *ret_copy = ptn_bytes_of(copy, copy == NULL ? 0 : text.len);
    return copy != NULL;
}

static struct ptn_status lacks(struct reading *reading, const char *why, struct ptn_diag *reterr)
{
    return ptn_indicators_add_lack(
        reading->indicators,
        &(struct ptn_indicator_lack){ reading->source, reading->number, reading->name, why },
        reterr);
}

static struct ptn_status add_all(struct reading *reading, const struct pattern *pattern,
                                 struct ptn_diag *reterr)
{
    struct ptn_status status = PTN_OK;

    for (size_t i = 0; ptn_ok(status) && i < pattern->count; i++) {
        struct ptn_indicator indicator = { .kind = pattern->comparisons[i].kind,
                                           .comment = reading->name,
                                           .source = reading->source,
                                           .score = 75 };

        if (!keep(reading, pattern->comparisons[i].value, &indicator.value))
            return ptn_fail(PTN_C_NO_MEMORY, reterr, 0, "no memory for indicators");
        if (indicator.kind == PTN_INDICATOR_HASH) {
            status = ptn_indicators_add_hash(reading->indicators, &indicator, reterr);
            if (status.code == PTN_C_BAD_INPUT)
                status = lacks(reading, "a hash that is none", reterr);
        } else {
            status = ptn_indicators_add(reading->indicators, &indicator, NULL, reterr);
        }
    }
    return status;
}

static struct ptn_status read_indicator(struct reading *reading, const json_t *object,
                                        struct ptn_diag *reterr)
{
    struct ptn_bytes type = text_of(object, "pattern_type");
    struct ptn_bytes name = text_of(object, "name");
    struct ptn_status status;
    struct pattern *pattern;

    if (name.len == 0)
        name = text_of(object, "id");
    if (!keep(reading, name, &reading->name))
        return ptn_fail(PTN_C_NO_MEMORY, reterr, 0, "no memory for indicators");
    if (json_is_true(json_object_get(object, "revoked")))
        return lacks(reading, "revoked by its maker", reterr);
    if (type.len > 0 && !ptn_bytes_is(type, "stix"))
        return lacks(reading, "a pattern in another language than STIX", reterr);
    pattern = calloc(1, sizeof(*pattern));
    if (pattern == NULL)
        return ptn_fail(PTN_C_NO_MEMORY, reterr, 0, "no memory for indicators");
    pattern->text = text_of(object, "pattern");
    status = read_pattern(pattern) ? add_all(reading, pattern, reterr)
                                   : lacks(reading, pattern->why, reterr);
    free(pattern);
    return status;
}

static struct ptn_status read_object(struct reading *reading, const json_t *object,
                                     struct ptn_diag *reterr)
{
    if (!ptn_bytes_is(text_of(object, "type"), "indicator"))
        return PTN_OK;
    reading->number++;
    return read_indicator(reading, object, reterr);
}

struct ptn_status ptn_stix_read(struct ptn_indicators *indicators, const char *source,
                                struct ptn_bytes text, struct ptn_diag *reterr)
{
    struct reading reading = { .indicators = indicators, .source = source };
    struct ptn_status status = PTN_OK;
    json_error_t error = { .line = 0 };
    json_t *whole = NULL;
    const json_t *objects;
    struct ptn_bytes type;

    if (text.len > 0)
        whole = json_loadb((const char *)text.at, text.len, JSON_REJECT_DUPLICATES, &error);
    if (whole == NULL)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, error.line > 0 ? (size_t)error.line : 0,
                        "this line is not JSON");
    /* a bundle; what a TAXII server answers has no type, and an indicator may come alone */
    objects = json_object_get(whole, "objects");
    type = text_of(whole, "type");
    if (ptn_bytes_is(type, "indicator"))
        status = read_object(&reading, whole, reterr);
    else if (!json_is_array(objects) || (type.len > 0 && !ptn_bytes_is(type, "bundle")))
        status = ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "not a STIX bundle");
    else
        for (size_t i = 0; ptn_ok(status) && i < json_array_size(objects); i++)
            status = read_object(&reading, json_array_get(objects, i), reterr);
    json_decref(whole);
    return status;
}
