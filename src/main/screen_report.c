/*
 * main/screen_report.c -- how many travellers a list would stop: `postern screen
 * --false-positive-report` over travellers of whom nobody is listed.
 *
 * A traveller is stopped at a threshold when a match at or above it leads to anything that holds
 * them up on entry; what only tells the officer, discreetly or not, stops nobody.
 */
#include "main/screen_report.h"

#include <stdlib.h>
#include <string.h>

#include "decision/decide.h"

#define LISTS_MAX 64u
#define RULES_MAX 64u
#define STEPS     7u

static const unsigned steps[STEPS] = { 7000, 7500, 8000, 8500, 9000, 9500, 10000 };

/* Travellers by the lowest step they are still stopped at: a count adds up from the highest. */
struct tally {
    struct ptn_bytes name; /* view of the snapshot, or a literal */
    uint64_t stopped[STEPS];
};

struct ptn_screen_report {
    uint64_t travellers;
    uint64_t at_lanes; /* stopped by what a lane counts (docs/DECISIONS.md, Matches) */
    struct tally all;
    struct tally lists[LISTS_MAX];
    size_t list_count;
    struct tally rules[RULES_MAX];
    size_t rule_count;
};

struct ptn_screen_report *ptn_screen_report_new(void)
{
    return calloc(1, sizeof(struct ptn_screen_report));
}

void ptn_screen_report_free(struct ptn_screen_report *report)
{
    free(report);
}

static bool holds(const struct ptn_match *match)
{
    switch (match->on_entry.action) {
    case PTN_LIST_ACTION_NONE:
    case PTN_LIST_ACTION_OFF:
    case PTN_LIST_ACTION_INFORM:
    case PTN_LIST_ACTION_DISCREET:
    case PTN_LIST_ACTION_COUNT:
        return false;
    case PTN_LIST_ACTION_INQUIRY:
    case PTN_LIST_ACTION_SPECIFIC:
    case PTN_LIST_ACTION_REFER:
    case PTN_LIST_ACTION_BAN:
    case PTN_LIST_ACTION_REFUSE:
    case PTN_LIST_ACTION_ARREST:
    case PTN_LIST_ACTION_PROTECT:
    case PTN_LIST_ACTION_SEIZE:
        break;
    }
    return true;
}

static void add(struct tally *tally, unsigned score)
{
    for (unsigned i = 0; i < STEPS; i++)
        if (score >= steps[i])
            tally->stopped[i]++;
}

/* The place of a name among the tallies, made when it is new; NULL when there is no room. */
static struct tally *tally_of(struct tally *tallies, size_t *count, size_t count_max,
                              struct ptn_bytes name)
{
    size_t i = 0;

    while (i < *count && !ptn_bytes_equal(tallies[i].name, name))
        i++;
    if (i == count_max)
        return NULL;
    if (i == *count)
        tallies[(*count)++].name = name;
    return &tallies[i];
}

void ptn_screen_report_take(struct ptn_screen_report *report, const struct ptn_match *matches,
                            size_t count)
{
    const struct ptn_match *first = NULL;
    bool counts = false;

    report->travellers++;
    for (size_t i = 0; i < count; i++) { /* the best come first */
        struct tally *tally;
        bool again = false;

        if (!holds(&matches[i]))
            continue;
        counts = counts || ptn_match_counts(&matches[i]);
        for (size_t k = 0; k < i; k++)
            again =
                again || (holds(&matches[k]) && ptn_bytes_equal(matches[k].list, matches[i].list));
        tally =
            again ? NULL : tally_of(report->lists, &report->list_count, LISTS_MAX, matches[i].list);
        if (tally != NULL)
            add(tally, matches[i].score);
        if (first == NULL)
            first = &matches[i];
    }
    report->at_lanes += counts;
    if (first == NULL)
        return;
    add(&report->all, first->score);
    for (size_t i = 0; i < first->why_count; i++) {
        struct ptn_bytes rule = ptn_bytes_from_text(first->why[i].rule);
        struct tally *tally;
        bool again = false;

        for (size_t k = 0; k < i; k++)
            again = again || ptn_bytes_is(rule, first->why[k].rule);
        tally = again ? NULL : tally_of(report->rules, &report->rule_count, RULES_MAX, rule);
        if (tally != NULL)
            add(tally, first->score);
    }
}

/* ---- writing ---- */

/* Tenths of a traveller in 100,000. */
static int64_t per_100000(const struct ptn_screen_report *report, uint64_t stopped)
{
    return (int64_t)(report->travellers == 0 ? 0 : stopped * 1000000u / report->travellers);
}

/* How many each stopped; in_100000: of 100,000 travellers. */
static void write_tallies(struct ptn_json *json, const struct ptn_screen_report *report,
                          const struct tally *tallies, unsigned step, bool in_100000)
{
    bool lists = tallies == report->lists;
    size_t count = lists ? report->list_count : report->rule_count;
    const char *key = lists ? "lists" : "rules";

    if (in_100000)
        key = lists ? "lists_per_100000" : "rules_per_100000";
    ptn_json_key(json, key);
    ptn_json_object(json);
    for (size_t i = 0; i < count; i++) {
        char name[128];

        (void)snprintf(name, sizeof(name), "%.*s", (int)tallies[i].name.len,
                       (const char *)tallies[i].name.at);
        if (tallies[i].stopped[step] == 0)
            continue;
        ptn_json_key(json, name);
        if (in_100000)
            ptn_json_decimal(json, per_100000(report, tallies[i].stopped[step]), 1);
        else
            ptn_json_number(json, (int64_t)tallies[i].stopped[step]);
    }
    ptn_json_object_end(json);
}

static void write_stopped(struct ptn_json *json, const struct ptn_screen_report *report,
                          uint64_t stopped)
{
    ptn_json_field_number(json, "stopped", (int64_t)stopped);
    ptn_json_key(json, "per_100000");
    ptn_json_decimal(json, per_100000(report, stopped), 1);
}

void ptn_screen_report_write(const struct ptn_screen_report *report, struct ptn_json *json)
{
    ptn_json_object(json);
    ptn_json_field_number(json, "travellers", (int64_t)report->travellers);
    ptn_json_key(json, "thresholds");
    ptn_json_array(json);
    for (unsigned step = 0; step < STEPS; step++) {
        ptn_json_object(json);
        ptn_json_key(json, "threshold");
        ptn_json_decimal(json, steps[step], 4);
        write_stopped(json, report, report->all.stopped[step]);
        for (unsigned i = 0; i < 2; i++) {
            write_tallies(json, report, report->lists, step, i == 1);
            write_tallies(json, report, report->rules, step, i == 1);
        }
        ptn_json_object_end(json);
    }
    ptn_json_array_end(json);
    ptn_json_key(json, "at_lanes");
    ptn_json_object(json);
    write_stopped(json, report, report->at_lanes);
    ptn_json_object_end(json);
    ptn_json_object_end(json);
}
