/* watch/profile.c -- what a listing means here by default: data/reference/lists.tsv. */
#include "watch/snapshot.h"
#include "watch/snapshot_int.h"
#include "watch/tables_int.h"

static const char *const format_profiles[] = {
    [PTN_LIST_OFAC_CSV] = "ofac",     [PTN_LIST_OFAC_XML] = "ofac",
    [PTN_LIST_UN_XML] = "un",         [PTN_LIST_EU_XML] = "eu",
    [PTN_LIST_EU_OJ_CSV] = "eu",      [PTN_LIST_UK_CSV] = "uk",
    [PTN_LIST_FTM] = "other",         [PTN_LIST_SIMPLE_CSV] = "other",
    [PTN_LIST_STOLEN_CSV] = "stolen", [PTN_LIST_VEHICLE_CSV] = "vehicle",
    [PTN_LIST_POSTERN] = "national",
};
_Static_assert(sizeof(format_profiles) / sizeof(format_profiles[0]) == PTN_LIST_FORMAT_COUNT,
               "a profile for each format");

static enum ptn_list_action action_of(const char *word)
{
    enum ptn_list_action action = PTN_LIST_ACTION_REFER;
    struct ptn_status status = ptn_list_action_find(ptn_bytes_from_text(word), &action);

    PTN_POST(ptn_ok(status)); /* the table is ours */
    return action;
}

struct ptn_list_effect ptn_list_action_effect(enum ptn_list_action action)
{
    const char *word = ptn_list_action_word(action);

    for (size_t i = 0; i < ptn_action_row_count; i++)
        if (strcmp(ptn_action_rows[i].word, word) == 0)
            return (struct ptn_list_effect){ action, ptn_bytes_from_text(ptn_action_rows[i].text),
                                             ptn_bytes_from_text(ptn_action_rows[i].text_sq) };
    return (struct ptn_list_effect){ action, PTN_BYTES_NONE, PTN_BYTES_NONE };
}

struct ptn_status ptn_list_profile_find(struct ptn_bytes key, struct ptn_list_profile *ret_profile)
{
    for (size_t i = 0; i < ptn_profile_row_count; i++) {
        const struct ptn_profile_row *row = &ptn_profile_rows[i];

        if (!ptn_bytes_is(key, row->key))
            continue;
        *ret_profile = (struct ptn_list_profile){
            .key = ptn_bytes_from_text(row->key),
            .owner = ptn_bytes_from_text(row->owner),
            .basis = ptn_bytes_from_text(row->basis),
            .on_entry = { action_of(row->on_entry), ptn_bytes_from_text(row->entry_text),
                          ptn_bytes_from_text(row->entry_text_sq) },
            .on_exit = { action_of(row->on_exit), ptn_bytes_from_text(row->exit_text),
                         ptn_bytes_from_text(row->exit_text_sq) },
            .own_nationals_exempt = strcmp(row->own_nationals_exempt, "yes") == 0,
        };
        return PTN_OK;
    }
    return (struct ptn_status){ PTN_C_NOT_FOUND };
}

struct ptn_list_profile ptn_list_profile_of(enum ptn_list_format format)
{
    struct ptn_list_profile profile = { 0 };
    struct ptn_status status;

    PTN_PRE(format < PTN_LIST_FORMAT_COUNT);
    status = ptn_list_profile_find(ptn_bytes_from_text(format_profiles[format]), &profile);
    PTN_POST(ptn_ok(status)); /* the table is ours */
    return profile;
}
