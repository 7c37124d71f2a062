/* incident/compare_json.c -- a comparison as one JSON object, for machines and for people. */
#include <string.h>

#include "incident/compare.h"

static const char *verdict_word(enum ptn_clue_verdict verdict)
{
    switch (verdict) {
    case PTN_CLUE_SHARED:
        return "shared";
    case PTN_CLUE_CHANGED:
        return "changed";
    case PTN_CLUE_NOT_COMPARABLE:
        break;
    }
    return "not-comparable";
}

static const char *weight_word(enum ptn_clue_weight weight)
{
    switch (weight) {
    case PTN_WEIGHT_STRONG:
        return "strong";
    case PTN_WEIGHT_SOME:
        return "some";
    case PTN_WEIGHT_NONE:
        break;
    }
    return "none";
}

static const char *likeness_word(enum ptn_likeness likeness)
{
    switch (likeness) {
    case PTN_LIKENESS_TOOLKIT:
        return "same-toolkit";
    case PTN_LIKENESS_SOME:
        return "some-ties";
    case PTN_LIKENESS_NOT_SHOWN:
        break;
    }
    return "not-shown";
}

static const char *likeness_text(enum ptn_likeness likeness)
{
    switch (likeness) {
    case PTN_LIKENESS_TOOLKIT:
        return "The same toolkit was used in both. That is also consistent with tools that were "
               "sold, copied or planted; it names nobody.";
    case PTN_LIKENESS_SOME:
        return "They share some things, none of which is enough by itself.";
    case PTN_LIKENESS_NOT_SHOWN:
        break;
    }
    return "Nothing that weighs is shared.";
}

/* The keys of the findings with this verdict and weight. */
static void write_keys(const struct ptn_comparison *comparison, const char *name,
                       enum ptn_clue_verdict verdict, enum ptn_clue_weight least,
                       enum ptn_clue_weight most, struct ptn_json *json)
{
    ptn_json_key(json, name);
    ptn_json_array(json);
    for (size_t i = 0; i < comparison->finding_count; i++) {
        const struct ptn_finding *finding = &comparison->findings[i];

        if (finding->verdict == verdict && finding->weight >= least && finding->weight <= most)
            ptn_json_text(json, finding->clue->key);
    }
    ptn_json_array_end(json);
}

/* The values that say nothing, whoever has them, without remarks in brackets. */
static void write_no_weight(const struct ptn_comparison *comparison, struct ptn_json *json)
{
    ptn_json_key(json, "no_weight");
    ptn_json_array(json);
    for (size_t i = 0; i < comparison->finding_count; i++) {
        struct ptn_bytes value = comparison->findings[i].clue->value;
        const uint8_t *bracket = value.len > 0 ? memchr(value.at, '(', value.len) : NULL;

        if (comparison->findings[i].weight != PTN_WEIGHT_NONE)
            continue;
        if (bracket != NULL && bracket > value.at)
            value = ptn_bytes_trim(ptn_bytes_slice(value, 0, (size_t)(bracket - value.at)));
        ptn_json_text(json, value);
    }
    ptn_json_array_end(json);
}

static void write_finding(const struct ptn_finding *finding, struct ptn_json *json)
{
    ptn_json_object(json);
    ptn_json_field_text(json, "class",
                        ptn_bytes_from_text(ptn_clue_class_word(finding->clue->class)));
    ptn_json_field_text(json, "key", finding->clue->key);
    ptn_json_field_text(json, "value", finding->clue->value);
    ptn_json_field_text(json, "verdict", ptn_bytes_from_text(verdict_word(finding->verdict)));
    ptn_json_field_text(json, "weight", ptn_bytes_from_text(weight_word(finding->weight)));
    if (finding->rate != NULL) {
        ptn_json_field_number(json, "actors", finding->rate->actors);
        ptn_json_field_number(json, "actors_total", finding->rate->total);
    }
    ptn_json_object_end(json);
}

/* Evidence for and against: what is shared and weighs; what changed and would have weighed. */
static void write_side(const struct ptn_comparison *comparison, const char *name,
                       enum ptn_clue_verdict verdict, const char *none, struct ptn_json *json)
{
    bool any = false;

    ptn_json_key(json, name);
    ptn_json_array(json);
    for (size_t i = 0; i < comparison->finding_count; i++) {
        if (comparison->findings[i].verdict != verdict ||
            comparison->findings[i].weight == PTN_WEIGHT_NONE)
            continue;
        write_finding(&comparison->findings[i], json);
        any = true;
    }
    if (!any)
        ptn_json_text(json, ptn_bytes_from_text(none));
    ptn_json_array_end(json);
}

void ptn_comparison_write(const struct ptn_comparison *comparison, struct ptn_json *json)
{
    ptn_json_object(json);
    ptn_json_field_text(json, "a", comparison->a->id);
    ptn_json_field_text(json, "b", comparison->b->id);
    ptn_json_field_text(json, "likeness", ptn_bytes_from_text(likeness_word(comparison->likeness)));
    ptn_json_field_text(json, "text", ptn_bytes_from_text(likeness_text(comparison->likeness)));
    write_keys(comparison, "shared_strong", PTN_CLUE_SHARED, PTN_WEIGHT_STRONG, PTN_WEIGHT_STRONG,
               json);
    write_keys(comparison, "shared_some", PTN_CLUE_SHARED, PTN_WEIGHT_SOME, PTN_WEIGHT_SOME, json);
    write_keys(comparison, "changed", PTN_CLUE_CHANGED, PTN_WEIGHT_SOME, PTN_WEIGHT_STRONG, json);
    write_keys(comparison, "not_comparable", PTN_CLUE_NOT_COMPARABLE, PTN_WEIGHT_SOME,
               PTN_WEIGHT_STRONG, json);
    write_no_weight(comparison, json);
    ptn_json_field_number(json, "hash_overlap", (int64_t)comparison->hash_overlap);
    write_side(comparison, "for", PTN_CLUE_SHARED, "nothing that weighs is shared", json);
    write_side(comparison, "against", PTN_CLUE_CHANGED,
               "nothing that both have differs; what one of them lacks was not looked for", json);
    ptn_json_object_end(json);
}
