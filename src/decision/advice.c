/* decision/advice.c -- the words and the JSON of an advice; see decide.h. */
#include "decision/decide.h"

const char *ptn_verdict_word(enum ptn_verdict verdict)
{
    switch (verdict) {
    case PTN_VERDICT_CLEAR:
        return "clear";
    case PTN_VERDICT_REFER:
        return "refer";
    case PTN_VERDICT_STOP:
        break;
    }
    return "stop";
}

const char *ptn_reason_kind_word(enum ptn_reason_kind kind)
{
    static const char *const words[] = {
        [PTN_REASON_MATCH] = "match",       [PTN_REASON_DOCUMENT] = "document",
        [PTN_REASON_IDENTITY] = "identity", [PTN_REASON_CONDITIONS] = "conditions",
        [PTN_REASON_MINOR] = "minor",       [PTN_REASON_VEHICLE] = "vehicle",
        [PTN_REASON_RULE] = "rule",         [PTN_REASON_LISTS] = "lists",
    };

    return words[kind];
}

/* A fact that comes several times under one key ("problem") is written once, as a list in one text.
 */
static void write_facts(struct ptn_json *json, const struct ptn_reason *reason)
{
    ptn_json_key(json, "data");
    ptn_json_object(json);
    for (size_t i = 0; i < reason->fact_count; i++) {
        const char *key = reason->facts[i].key;
        bool again = i + 1 < reason->fact_count && strcmp(reason->facts[i + 1].key, key) == 0;

        ptn_json_key(json, key);
        if (!again) {
            ptn_json_text(json, reason->facts[i].value);
            continue;
        }
        ptn_json_array(json);
        ptn_json_text(json, reason->facts[i].value);
        while (i + 1 < reason->fact_count && strcmp(reason->facts[i + 1].key, key) == 0)
            ptn_json_text(json, reason->facts[++i].value);
        ptn_json_array_end(json);
    }
    ptn_json_object_end(json);
}

static void write_date(struct ptn_json *json, const char *key, struct ptn_date date)
{
    ptn_json_key(json, key);
    if (ptn_date_is_none(date)) {
        ptn_json_null(json);
    } else {
        char text[PTN_DATE_TEXT_SIZE];

        ptn_json_text(json, ptn_bytes_from_text(ptn_date_write(date, text)));
    }
}

/* null where no limit of days applies; null for each figure the history cannot give. */
static void write_stay(struct ptn_json *json, const struct ptn_advice *advice)
{
    const struct ptn_stay *stay = &advice->stay;

    ptn_json_key(json, "stay");
    if (!advice->stay_applies) {
        ptn_json_null(json);
        return;
    }
    ptn_json_object(json);
    if (stay->known) {
        ptn_json_field_number(json, "used", stay->used);
        ptn_json_field_number(json, "left", stay->left);
    } else {
        ptn_json_key(json, "used");
        ptn_json_null(json);
        ptn_json_key(json, "left");
        ptn_json_null(json);
    }
    write_date(json, "leave_by", stay->leave_by);
    write_date(json, "enter_from", stay->enter_from);
    write_date(json, "known_since", stay->known_since);
    ptn_json_field_number(json, "limit", stay->limit.days);
    ptn_json_field_number(json, "in_days", stay->limit.window_days);
    ptn_json_field_number(json, "unknown_days", stay->unknown_days);
    ptn_json_field_number(json, "over_days", stay->over_days);
    if (stay->perhaps_over > 0) {
        ptn_json_field_number(json, "perhaps_over", stay->perhaps_over);
        write_date(json, "paper_from", stay->paper.first);
        write_date(json, "paper_until", stay->paper.last);
    }
    if (stay->country.known) {
        char until[PTN_INSTANT_TEXT_SIZE];

        ptn_json_field_number(json, "here", stay->country.here);
        ptn_json_key(json, "country");
        ptn_json_object(json);
        ptn_json_field_number(json, "used", stay->country.used);
        ptn_json_field_number(json, "crossings", stay->country.elsewhere);
        write_date(json, "since", stay->country.since);
        ptn_json_field_text(json, "until",
                            ptn_bytes_from_text(ptn_instant_write(stay->country.until_ms, until)));
        ptn_json_field_number(json, "age_s", stay->country.age_s);
        ptn_json_object_end(json);
    }
    ptn_json_object_end(json);
}

static void write_lists(struct ptn_json *json, const struct ptn_advice *advice)
{
    ptn_json_key(json, "lists");
    ptn_json_array(json);
    for (size_t i = 0; i < advice->list_count; i++) {
        const struct ptn_check_list *list = &advice->lists[i];

        ptn_json_object(json);
        ptn_json_field_text(json, "list", list->list);
        ptn_json_field_text(json, "edition", list->edition);
        ptn_json_key(json, "age_s");
        if (list->age_s >= 0)
            ptn_json_number(json, list->age_s);
        else
            ptn_json_null(json);
        ptn_json_field_number(json, "entries", (int64_t)list->entries);
        ptn_json_object_end(json);
    }
    ptn_json_array_end(json);
}

void ptn_advice_write_json_members(struct ptn_json *json, const struct ptn_advice *advice,
                                   bool discreet)
{
    ptn_json_field_text(json, "advice", ptn_bytes_from_text(ptn_verdict_word(advice->verdict)));
    ptn_json_key(json, "actions");
    ptn_json_array(json);
    if (discreet && (advice->actions & PTN_ACTION_REPORT) != 0)
        ptn_json_text(json, PTN_BYTES_LITERAL("report"));
    if ((advice->actions & PTN_ACTION_RECORD) != 0)
        ptn_json_text(json, PTN_BYTES_LITERAL("record"));
    ptn_json_array_end(json);
    ptn_json_key(json, "reasons");
    ptn_json_array(json);
    for (size_t i = 0; i < advice->reason_count; i++) {
        const struct ptn_reason *reason = &advice->reasons[i];

        /* DECIDE-6 */
        if (reason->discreet && !discreet)
            continue;
        ptn_json_object(json);
        ptn_json_field_text(json, "rule", reason->rule);
        ptn_json_field_text(json, "verdict",
                            ptn_bytes_from_text(ptn_verdict_word(reason->verdict)));
        ptn_json_field_text(json, "kind", ptn_bytes_from_text(ptn_reason_kind_word(reason->kind)));
        ptn_json_field_text(json, "text", reason->text);
        ptn_json_field_text(json, "text_sq", reason->text_sq);
        if (reason->discreet)
            ptn_json_field_bool(json, "discreet", true);
        write_facts(json, reason);
        ptn_json_object_end(json);
    }
    ptn_json_array_end(json);
    write_stay(json, advice);
    write_lists(json, advice);
}

void ptn_advice_write_json(struct ptn_json *json, const struct ptn_advice *advice, bool discreet)
{
    ptn_json_object(json);
    ptn_advice_write_json_members(json, advice, discreet);
    ptn_json_object_end(json);
}
