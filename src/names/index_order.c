/* names/index_order.c -- the order in which names lie in an index. */
#include "names/index_order_int.h"

#include <stdlib.h>

/* Names are put in order by so many of their parts. */
#define PARTS 3u

struct key {
    uint32_t cohort;
    uint32_t ranks[PARTS][2]; /* of a skeleton, then the form; of parts that many have first */
    uint32_t name;
};

static int compare_keys(const void *left, const void *right)
{
    const struct key *a = left;
    const struct key *b = right;

    if (a->cohort != b->cohort)
        return a->cohort < b->cohort ? -1 : 1;
    for (unsigned i = 0; i < PARTS; i++)
        for (unsigned k = 0; k < 2; k++)
            if (a->ranks[i][k] != b->ranks[i][k])
                return a->ranks[i][k] < b->ranks[i][k] ? -1 : 1;
    return a->name < b->name ? -1 : a->name > b->name;
}

/* How many names a run of forms has. */
struct common {
    uint32_t run;
    uint32_t names;
};

static int compare_common(const void *left, const void *right)
{
    const struct common *a = left;
    const struct common *b = right;

    if (a->names != b->names)
        return a->names > b->names ? -1 : 1;
    return a->run < b->run ? -1 : a->run > b->run;
}

/* Number the runs of forms of one skeleton and way of writing; returns how many. */
static uint32_t number_runs(const struct ptn_order_source *source, uint32_t *ret_runs)
{
    const struct ptn_name_part *forms = source->forms;
    uint32_t count = 0;

    for (uint32_t i = 0; i < source->form_count; i++) {
        count += i > 0 && (forms[i].skeleton != forms[i - 1].skeleton ||
                           forms[i].skeleton_len != forms[i - 1].skeleton_len ||
                           ptn_name_mode(forms[i].script) != ptn_name_mode(forms[i - 1].script));
        ret_runs[i] = count;
    }
    return count + 1;
}

/* The rank of each form's run: the one that most names have is first. False: no memory. */
static bool rank_forms(const struct ptn_order_source *source, uint32_t *ret_ranks)
{
    uint32_t run_count = number_runs(source, ret_ranks);
    struct common *common = calloc(run_count, sizeof(*common));
    uint32_t *places = calloc(run_count, sizeof(*places));
    bool good = common != NULL && places != NULL;

    for (uint32_t i = 0; good && i < run_count; i++)
        common[i].run = i;
    for (size_t i = 0; good && i < source->count; i++)
        for (unsigned k = 0; k < source->names[i].part_count; k++)
            common[ret_ranks[source->units[source->names[i].units_at + k] & PTN_UNIT_FORM_MAX]]
                .names++;
    if (good) {
        qsort(common, run_count, sizeof(*common), compare_common);
        for (uint32_t i = 0; i < run_count; i++)
            places[common[i].run] = i;
        for (uint32_t i = 0; i < source->form_count; i++)
            ret_ranks[i] = places[ret_ranks[i]];
    }
    free(common);
    free(places);
    return good;
}

/* The full parts of a name that most names have, by rank. */
static void make_key(const struct ptn_order_source *source, const uint32_t *ranks, uint32_t name,
                     struct key *ret_key)
{
    const struct ptn_index_entry *entry = &source->names[name];

    memset(ret_key->ranks, 0xff, sizeof(ret_key->ranks));
    ret_key->cohort = source->named[name].cohort;
    ret_key->name = name;
    for (unsigned i = 0; i < entry->part_count; i++) {
        uint32_t form = source->units[entry->units_at + i] & PTN_UNIT_FORM_MAX;
        uint32_t part[2] = { ranks[form], form };

        if (source->forms[form].full_count == 0)
            continue;
        for (unsigned k = 0; k < PARTS; k++) {
            uint32_t *at = ret_key->ranks[k];

            if (part[0] < at[0] || (part[0] == at[0] && part[1] < at[1])) {
                uint32_t former[2] = { at[0], at[1] };

                memcpy(at, part, sizeof(part));
                memcpy(part, former, sizeof(part));
            }
        }
    }
}

bool ptn_index_order(const struct ptn_order_source *source, uint32_t *ret_order)
{
    uint32_t *ranks = calloc((size_t)source->form_count + 1, sizeof(*ranks));
    struct key *keys = calloc(source->count + 1, sizeof(*keys));
    bool good = ranks != NULL && keys != NULL && rank_forms(source, ranks);

    for (uint32_t i = 0; good && i < source->count; i++)
        make_key(source, ranks, i, &keys[i]);
    if (good && source->count > 0)
        qsort(keys, source->count, sizeof(*keys), compare_keys);
    for (uint32_t i = 0; good && i < source->count; i++)
        ret_order[i] = keys[i].name;
    free(ranks);
    free(keys);
    return good;
}
