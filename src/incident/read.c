/* incident/read.c -- incident files, base rates and warning lists from their bytes. */
#include <jansson.h>
#include <string.h>

#include "incident/compare.h"

static const struct {
    const char *word;
    enum ptn_clue_class class;
} class_words[PTN_CLUE_CLASS_COUNT] = {
    { "secret", PTN_CLUE_SECRET },
    { "code", PTN_CLUE_CODE },
    { "signing", PTN_CLUE_SIGNING },
    { "campaign-tool", PTN_CLUE_TOOL },
    { "infrastructure", PTN_CLUE_INFRASTRUCTURE },
    { "message", PTN_CLUE_MESSAGE },
    { "mutable", PTN_CLUE_MUTABLE },
    { "technique", PTN_CLUE_TECHNIQUE },
    { "hash", PTN_CLUE_HASH },
    { "commodity", PTN_CLUE_COMMODITY },
};

const char *ptn_clue_class_word(enum ptn_clue_class class)
{
    return class_words[class].word;
}

/* ---- JSON ---- */

/* Load a whole value. *ret_json is Owned. */
static struct ptn_status load(struct ptn_bytes text, json_t **ret_json, struct ptn_diag *reterr)
{
    json_error_t error;

    if (text.len > PTN_INCIDENT_FILE_MAX)
        return ptn_fail(PTN_C_TOO_BIG, reterr, 0, "the file is larger than 4 MiB");
    if (text.len == 0)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "the file is empty");
    *ret_json = json_loadb((const char *)text.at, text.len, JSON_REJECT_DUPLICATES, &error);
    if (*ret_json == NULL)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, error.line > 0 ? (size_t)error.line : 0,
                        "this line is not JSON");
    return PTN_OK;
}

/* A member's text, copied into the arena; empty when it is missing or no text. False: no memory. */
static bool take_text(const json_t *object, const char *key, struct ptn_arena *arena,
                      struct ptn_bytes *ret_text)
{
    const json_t *member = json_object_get(object, key);
    struct ptn_bytes text;
    char *copy;

    *ret_text = PTN_BYTES_NONE;
    if (!json_is_string(member))
        return true;
    text = ptn_bytes_of(json_string_value(member), json_string_length(member));
    if (text.len == 0)
        return true;
    copy = ptn_arena_text(arena, text);
    if (copy != NULL)
        *ret_text = ptn_bytes_of(copy, text.len);
    return copy != NULL;
}

static bool class_of(const json_t *clue, enum ptn_clue_class *ret_class)
{
    const char *word = json_string_value(json_object_get(clue, "class"));

    for (size_t i = 0; word != NULL && i < PTN_CLUE_CLASS_COUNT; i++)
        if (strcmp(word, class_words[i].word) == 0) {
            *ret_class = class_words[i].class;
            return true;
        }
    return false;
}

static struct ptn_status read_incident(const json_t *object, struct ptn_arena *arena,
                                       struct ptn_incident *incident, struct ptn_diag *reterr)
{
    const json_t *clues = json_object_get(object, "observations");
    size_t count = json_array_size(clues);

    *incident = (struct ptn_incident){ .clue_count = count };
    if (!json_is_array(clues))
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "an incident without a list of observations");
    if (count > PTN_INCIDENT_CLUES_MAX)
        return ptn_fail(PTN_C_TOO_BIG, reterr, count, "an incident with too many observations");
    incident->clues = ptn_arena_take(arena, (count + 1) * sizeof(*incident->clues));
    if (incident->clues == NULL || !take_text(object, "id", arena, &incident->id) ||
        !take_text(object, "date", arena, &incident->date) ||
        !take_text(object, "target", arena, &incident->target))
        return ptn_fail(PTN_C_NO_MEMORY, reterr, 0, "no memory for an incident");
    if (incident->id.len == 0)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "an incident without an id");
    for (size_t i = 0; i < count; i++) {
        const json_t *clue = json_array_get(clues, i);

        if (!class_of(clue, &incident->clues[i].class))
            return ptn_fail(PTN_C_BAD_INPUT, reterr, i + 1,
                            "an observation of a class that is not known");
        if (!take_text(clue, "key", arena, &incident->clues[i].key) ||
            !take_text(clue, "value", arena, &incident->clues[i].value))
            return ptn_fail(PTN_C_NO_MEMORY, reterr, 0, "no memory for an observation");
        if (incident->clues[i].key.len == 0 || incident->clues[i].value.len == 0)
            return ptn_fail(PTN_C_BAD_INPUT, reterr, i + 1,
                            "an observation without a key or without a value");
    }
    return PTN_OK;
}

struct ptn_status ptn_incidents_read(struct ptn_bytes text, struct ptn_arena *arena,
                                     struct ptn_incident *incidents, size_t max, size_t *ret_count,
                                     struct ptn_diag *reterr)
{
    json_t *file = NULL;
    struct ptn_status status = load(text, &file, reterr);
    const json_t *list = json_object_get(file, "incidents");
    size_t count = json_array_size(list);

    if (ptn_ok(status) && !json_is_array(list))
        status = ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "a file without a list of incidents");
    if (ptn_ok(status) && count > max)
        status = ptn_fail(PTN_C_TOO_BIG, reterr, count, "a file with too many incidents");
    for (size_t i = 0; ptn_ok(status) && i < count; i++)
        status = read_incident(json_array_get(list, i), arena, &incidents[i], reterr);
    json_decref(file);
    if (ptn_ok(status))
        *ret_count = count;
    return status;
}

struct ptn_status ptn_warning_list_read(struct ptn_bytes text, struct ptn_arena *arena,
                                        struct ptn_bytes *values, size_t max, size_t *count,
                                        struct ptn_diag *reterr)
{
    json_t *file = NULL;
    struct ptn_status status = load(text, &file, reterr);
    const json_t *list = json_object_get(file, "list");

    if (ptn_ok(status) && !json_is_array(list))
        status = ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "a warning list without its list");
    for (size_t i = 0; ptn_ok(status) && i < json_array_size(list); i++) {
        const json_t *value = json_array_get(list, i);
        char *copy;

        if (!json_is_string(value) || json_string_length(value) == 0)
            continue; /* a note or number in between */
        copy = ptn_arena_text(arena,
                              ptn_bytes_of(json_string_value(value), json_string_length(value)));
        if (*count == max)
            status = ptn_fail(PTN_C_TOO_BIG, reterr, i, "more values than warning lists may have");
        else if (copy == NULL)
            status = ptn_fail(PTN_C_NO_MEMORY, reterr, 0, "no memory for a warning list");
        else
            values[(*count)++] = ptn_bytes_of(copy, json_string_length(value));
    }
    json_decref(file);
    return status;
}

/* ---- base rates ---- */

/* The next field of a line, up to a tab. */
static struct ptn_bytes next_field(struct ptn_bytes *line)
{
    const uint8_t *tab = line->len > 0 ? memchr(line->at, '\t', line->len) : NULL;
    size_t len = tab != NULL ? (size_t)(tab - line->at) : line->len;
    struct ptn_bytes field = ptn_bytes_slice(*line, 0, len);

    *line = ptn_bytes_slice(*line, tab != NULL ? len + 1 : len, SIZE_MAX);
    return ptn_bytes_trim(field);
}

/* 1 to 999,999, or 0 for anything else. */
static unsigned number_of(struct ptn_bytes text)
{
    unsigned number = 0;

    if (text.len == 0 || text.len > 6)
        return 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.at[i] < '0' || text.at[i] > '9')
            return 0;
        number = number * 10 + (unsigned)(text.at[i] - '0');
    }
    return number;
}

struct ptn_status ptn_rates_read(struct ptn_bytes text, struct ptn_arena *arena,
                                 struct ptn_rates *ret_rates, struct ptn_diag *reterr)
{
    struct ptn_cursor cursor = ptn_cursor_at(text);
    struct ptn_rates rates = { 0 };
    struct ptn_bytes line;
    size_t number = 0, lines = 1;

    for (size_t i = 0; i < text.len; i++)
        lines += text.at[i] == '\n';
    if (lines > PTN_INCIDENT_RATES_MAX)
        return ptn_fail(PTN_C_TOO_BIG, reterr, lines, "a table of rates with too many lines");
    rates.rates = ptn_arena_take(arena, lines * sizeof(*rates.rates));
    if (rates.rates == NULL)
        return ptn_fail(PTN_C_NO_MEMORY, reterr, 0, "no memory for the rates");
    while (ptn_ok(ptn_cursor_take_line(&cursor, &line))) {
        struct ptn_rate rate;

        if (++number == 1 || ptn_bytes_trim(line).len == 0)
            continue; /* the heading */
        rate.id = next_field(&line);
        rate.name = next_field(&line);
        rate.actors = number_of(next_field(&line));
        rate.total = number_of(next_field(&line));
        if (rate.id.len == 0 || rate.name.len == 0 || rate.actors == 0 || rate.total < rate.actors)
            return ptn_fail(PTN_C_BAD_INPUT, reterr, number,
                            "a line that is not id, name, actors and their total");
        rates.rates[rates.count++] = rate;
    }
    *ret_rates = rates;
    return PTN_OK;
}
