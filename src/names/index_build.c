#include <stdlib.h>

#include "names/index.h"
#include "names/index_near_int.h"
#include "names/index_order_int.h"
#include "names/index_posted_int.h"

/* ---- growing arrays ---- */

struct array {
    void *at;
    size_t count, capacity, item;
};

/* Room for one more, zeroed; NULL: no memory. */
static void *array_add(struct array *array)
{
    if (array->count == array->capacity) {
        size_t capacity = array->capacity == 0 ? 1024 : array->capacity * 2;
        void *at = realloc(array->at, capacity * array->item);

        if (at == NULL)
            return NULL;
        array->at = at;
        array->capacity = capacity;
    }
    return memset((char *)array->at + array->item * array->count++, 0, array->item);
}

/* ---- distinct forms ---- */

struct forms {
    struct array array; /* of struct ptn_name_part */
    uint32_t *slots;    /* 1 + number of the form, 0 empty */
    size_t slot_count;  /* a power of two, at least twice the forms */
};

struct build {
    struct forms parts;
    struct forms joins;
    struct array names;    /* struct ptn_index_entry */
    struct array units;    /* uint32_t */
    struct array postings; /* uint32_t, a word a form */
    struct array posted;   /* uint8_t */
    struct array skeletons, keyed, keys, buckets, variants, varied, initials, repeated;
    struct array alone;   /* uint64_t */
    struct array cohorts; /* struct ptn_index_cohort */
    struct array order;   /* uint32_t ordinals, in the order of the names; empty where it is theirs
                           */
    struct array pairs;   /* struct pair */
    struct ptn_index_header header;
};

struct pair {
    uint64_t key;
    uint32_t value;
};

static uint64_t form_hash(const struct ptn_name_part *form)
{
    const uint8_t *at = (const uint8_t *)form;
    uint64_t hash = PTN_WORD_HASH_START;

    for (size_t i = 0; i < sizeof(*form); i++)
        hash = (hash ^ at[i]) * PTN_WORD_HASH_PRIME;
    return hash ^ hash >> 29;
}

static bool forms_grow(struct forms *forms)
{
    const struct ptn_name_part *all = forms->array.at;
    size_t slot_count = forms->slot_count == 0 ? 4096 : forms->slot_count * 2;
    uint32_t *slots = calloc(slot_count, sizeof(*slots));

    if (slots == NULL)
        return false;
    for (size_t i = 0; i < forms->array.count; i++) {
        size_t slot = form_hash(&all[i]) & (slot_count - 1);

        while (slots[slot] != 0)
            slot = (slot + 1) & (slot_count - 1);
        slots[slot] = (uint32_t)i + 1;
    }
    free(forms->slots);
    forms->slots = slots;
    forms->slot_count = slot_count;
    return true;
}

/* The number of a form, new or known; PTN_UNIT_FORM_MAX: no memory or too many. */
static uint32_t forms_intern(struct forms *forms, const struct ptn_name_part *part)
{
    struct ptn_name_part form;
    struct ptn_name_part *added;
    size_t slot;

    memset(&form, 0, sizeof(form)); /* forms are compared and written as bytes */
    memcpy(form.symbols, part->symbols, part->symbol_count);
    form.symbol_count = part->symbol_count;
    form.kind = part->kind;
    form.script = part->script;
    form.weight = part->weight;
    form.skeleton_len = part->skeleton_len;
    form.full_count = part->full_count;
    form.variant = part->variant;
    memcpy(form.total, part->total, sizeof(form.total));
    form.skeleton = part->skeleton;
    if (forms->array.count * 2 >= forms->slot_count && !forms_grow(forms))
        return PTN_UNIT_FORM_MAX;
    slot = form_hash(&form) & (forms->slot_count - 1);
    for (; forms->slots[slot] != 0; slot = (slot + 1) & (forms->slot_count - 1)) {
        const struct ptn_name_part *all = forms->array.at;

        if (memcmp(&all[forms->slots[slot] - 1], &form, sizeof(form)) == 0)
            return forms->slots[slot] - 1;
    }
    if (forms->array.count >= PTN_UNIT_FORM_MAX / 2)
        return PTN_UNIT_FORM_MAX;
    added = array_add(&forms->array);
    if (added == NULL)
        return PTN_UNIT_FORM_MAX;
    memcpy(added, &form, sizeof(form));
    forms->slots[slot] = (uint32_t)forms->array.count;
    return (uint32_t)forms->array.count - 1;
}

/* Full parts by skeleton, light ones after them; the rest of the bytes make the order one. */
static int compare_forms(const void *left, const void *right)
{
    const struct ptn_name_part *a = left;
    const struct ptn_name_part *b = right;
    bool a_light = a->full_count == 0;
    bool b_light = b->full_count == 0;

    if (a_light != b_light)
        return a_light ? 1 : -1;
    if (a->skeleton_len != b->skeleton_len)
        return a->skeleton_len < b->skeleton_len ? -1 : 1;
    if (a->skeleton != b->skeleton)
        return a->skeleton < b->skeleton ? -1 : 1;
    if (ptn_name_mode(a->script) != ptn_name_mode(b->script))
        return ptn_name_mode(a->script) < ptn_name_mode(b->script) ? -1 : 1;
    return memcmp(a, b, sizeof(*a));
}

/* Sort the forms and say where each went: ret_places[old] = new. NULL: no memory. */
static uint32_t *forms_sort(struct forms *forms, uint32_t first)
{
    struct ptn_name_part *all = forms->array.at;
    size_t count = forms->array.count;
    uint32_t *places = malloc((count + 1) * sizeof(*places));
    struct ptn_name_part *former = malloc((count + 1) * sizeof(*former));

    if (places != NULL && former != NULL && count > 0) {
        memcpy(former, all, count * sizeof(*all));
        qsort(all, count, sizeof(*all), compare_forms);
        for (size_t i = 0; i < count; i++) {
            const struct ptn_name_part *at =
                bsearch(&former[i], all, count, sizeof(*all), compare_forms);

            places[i] = first + (uint32_t)(at - all);
        }
    }
    if (former == NULL) {
        free(places);
        places = NULL;
    }
    free(former);
    return places;
}

/* ---- names ---- */

static bool add_unit(struct build *build, struct ptn_index_entry *entry, struct forms *forms,
                     const struct ptn_unit *unit)
{
    uint32_t form = forms_intern(forms, unit->part);
    uint32_t *packed = form == PTN_UNIT_FORM_MAX ? NULL : array_add(&build->units);

    if (packed == NULL)
        return false;
    *packed = ptn_unit_pack(form, unit->first, unit->count);
    entry->unit_count++;
    return true;
}

static bool add_name(struct build *build, const struct ptn_index_name *source)
{
    struct ptn_name_part joined[PTN_JOINS_MAX];
    struct ptn_index_entry *entry = array_add(&build->names);
    struct ptn_side side;
    struct ptn_name name;
    unsigned light = 0;

    if (entry == NULL)
        return false;
    ptn_name_read(source->text, PTN_NAME_FREE, &name);
    ptn_side_init(&side, &name, joined);
    entry->entry = source->entry;
    entry->units_at = (uint32_t)build->units.count;
    entry->weight = side.weight;
    entry->part_count = side.part_count;
    entry->full_count = side.full_count;
    for (unsigned i = 0; i < side.unit_count; i++) {
        const struct ptn_name_part *part = side.units[i].part;

        if (!add_unit(build, entry, i < side.part_count ? &build->parts : &build->joins,
                      &side.units[i]))
            return false;
        if (i >= side.part_count || part->full_count > 0)
            continue;
        if (part->kind == PTN_NAME_INITIAL)
            entry->initial_count++;
        else
            light += part->weight;
    }
    entry->light_weight = (uint8_t)(light > 255 ? 255 : light);
    return true;
}

/* Say where each cohort starts. False: no memory. */
static bool note_cohorts(struct build *build, const struct ptn_index_name *names, size_t count)
{
    uint32_t sizes[PTN_INDEX_COHORTS] = { 0 };
    uint32_t first = 0;

    for (size_t i = 0; i < count; i++)
        sizes[names[i].cohort]++;
    for (uint32_t cohort = 0; cohort <= PTN_INDEX_COHORTS; cohort++) {
        struct ptn_index_cohort *run;

        if (cohort < PTN_INDEX_COHORTS && sizes[cohort] == 0)
            continue;
        run = array_add(&build->cohorts);
        if (run == NULL)
            return false;
        *run = (struct ptn_index_cohort){ first, cohort };
        first += cohort < PTN_INDEX_COHORTS ? sizes[cohort] : 0;
    }
    return true;
}

/* Put names and their units in this order. False: no memory. */
static bool move_names(struct build *build, const uint32_t *order)
{
    struct ptn_index_entry *names = build->names.at;
    const uint32_t *units = build->units.at;
    size_t count = build->names.count;
    struct ptn_index_entry *former = malloc(count * sizeof(*former));
    uint32_t *moved = malloc((build->units.count + 1) * sizeof(*moved));
    uint32_t at = 0;

    if (former == NULL || moved == NULL) {
        free(former);
        free(moved);
        return false;
    }
    memcpy(former, names, count * sizeof(*former));
    for (size_t i = 0; i < count; i++) {
        names[i] = former[order[i]];
        for (unsigned k = 0; k < names[i].unit_count; k++)
            moved[at + k] = units[names[i].units_at + k];
        names[i].units_at = at;
        at += names[i].unit_count;
    }
    free(former);
    free(build->units.at);
    build->units.at = moved;
    build->units.capacity = build->units.count + 1;
    return true;
}

/* Put the names in order; where that is as they came, none is kept. False: no memory. */
static bool order_names(struct build *build, const struct ptn_index_name *names, size_t count)
{
    const struct ptn_order_source source = {
        .named = names,
        .names = build->names.at,
        .count = count,
        .units = build->units.at,
        .forms = build->parts.array.at,
        .form_count = (uint32_t)build->parts.array.count,
    };
    bool as_they_came = true;
    uint32_t *order = NULL;

    if (!note_cohorts(build, names, count))
        return false;
    for (size_t i = 0; i < count; i++)
        if (array_add(&build->order) == NULL)
            return false;
    order = build->order.at;
    if (count == 0)
        return true;
    if (!ptn_index_order(&source, order))
        return false;
    for (size_t i = 0; i < count; i++)
        as_they_came = as_they_came && order[i] == i;
    if (as_they_came)
        build->order.count = 0;
    return as_they_came || move_names(build, order);
}

/* Whether a name has one full part, or one join, twice. */
static bool is_repeated(const struct build *build, const struct ptn_index_entry *entry,
                        const uint32_t *units)
{
    const struct ptn_name_part *forms = build->parts.array.at;

    for (unsigned i = 1; i < entry->unit_count; i++)
        for (unsigned k = i < entry->part_count ? 0 : entry->part_count; k < i; k++) {
            uint32_t form = units[i] & PTN_UNIT_FORM_MAX;

            if (form == (units[k] & PTN_UNIT_FORM_MAX) &&
                (i >= entry->part_count || forms[form].full_count > 0))
                return true;
        }
    return false;
}

/* Say which names have two initials or more, then which have one. False: no memory. */
static bool note_initials(struct build *build)
{
    const struct ptn_index_entry *names = build->names.at;

    for (unsigned pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < build->names.count; i++) {
            uint32_t *initials;

            if (pass == 0 ? names[i].initial_count < 2 : names[i].initial_count != 1)
                continue;
            initials = array_add(&build->initials);
            if (initials == NULL)
                return false;
            *initials = (uint32_t)i;
        }
        if (pass == 0)
            build->header.initials_count = (uint32_t)build->initials.count;
    }
    return true;
}

/* Say which names have one full part or none. False: no memory. */
static bool note_alone(struct build *build)
{
    const struct ptn_index_entry *names = build->names.at;

    for (size_t i = 0; i < build->names.count; i++) {
        if (i % 64 == 0 && array_add(&build->alone) == NULL)
            return false;
        ((uint64_t *)build->alone.at)[i / 64] |= (uint64_t)(names[i].full_count <= 1) << i % 64;
    }
    return true;
}

/* Two parts of a question may both be like a form that a name has twice: say which names have one.
 * False: no memory. */
static bool note_repeated(struct build *build)
{
    const struct ptn_index_entry *names = build->names.at;
    const uint32_t *units = build->units.at;

    for (size_t i = 0; units != NULL && i < build->names.count; i++) {
        uint32_t *repeated;

        if (!is_repeated(build, &names[i], units + names[i].units_at))
            continue;
        repeated = array_add(&build->repeated);
        if (repeated == NULL)
            return false;
        *repeated = (uint32_t)i;
    }
    return true;
}

static bool renumber(struct build *build)
{
    uint32_t *units = build->units.at;
    const struct ptn_index_entry *names = build->names.at;
    uint32_t part_count = (uint32_t)build->parts.array.count;
    uint32_t *places[2] = { forms_sort(&build->parts, 0), forms_sort(&build->joins, part_count) };
    bool good = places[0] != NULL && places[1] != NULL;

    for (size_t i = 0; good && units != NULL && i < build->names.count; i++)
        for (unsigned k = 0; k < names[i].unit_count; k++) {
            uint32_t *unit = &units[names[i].units_at + k];
            uint32_t form = *unit & PTN_UNIT_FORM_MAX;

            *unit = (*unit & ~PTN_UNIT_FORM_MAX) | places[k >= names[i].part_count][form];
        }
    free(places[0]);
    free(places[1]);
    build->header.part_form_count = part_count;
    return good;
}

/* ---- postings ---- */

static const struct ptn_name_part *form_at(const struct build *build, size_t form)
{
    const struct ptn_name_part *parts = build->parts.array.at;
    const struct ptn_name_part *joins = build->joins.array.at;
    size_t part_count = build->parts.array.count;

    return form < part_count ? &parts[form] : &joins[form - part_count];
}

/* Call for every full part and join of every name, each name once a form. */
static void post_names(const struct build *build, uint32_t *last, uint32_t *starts,
                       uint32_t *posted)
{
    const struct ptn_index_entry *names = build->names.at;
    const uint32_t *units = build->units.at;

    for (size_t i = 0; i < build->names.count; i++)
        for (unsigned k = 0; k < names[i].unit_count; k++) {
            uint32_t form = units[names[i].units_at + k] & PTN_UNIT_FORM_MAX;

            if (form_at(build, form)->full_count == 0 || last[form] == i)
                continue;
            last[form] = (uint32_t)i;
            if (posted == NULL)
                starts[form]++;
            else
                posted[starts[form]++] = (uint32_t)i;
        }
}

/* Room for so many bytes more of lists; NULL: no memory. */
static uint8_t *lists_room(struct array *lists, size_t len)
{
    if (lists->capacity - lists->count < len) {
        size_t capacity = (lists->capacity + len) * 2;
        uint8_t *at = realloc(lists->at, capacity);

        if (at == NULL)
            return NULL;
        lists->at = at;
        lists->capacity = capacity;
    }
    return (uint8_t *)lists->at + lists->count;
}

/* Write the list of each form: its names end at ends[form]. */
static bool write_lists(struct build *build, const uint32_t *ends, const uint32_t *posted)
{
    uint32_t *words = build->postings.at;
    uint32_t first = 0;

    for (size_t form = 0; form < build->postings.count; form++) {
        uint32_t count = ends[form] - first;
        uint8_t *room;
        size_t len;

        words[form] = PTN_POSTED_NONE;
        if (count == 0)
            continue;
        room = lists_room(&build->posted, ptn_posted_size_max(count));
        if (room == NULL || build->posted.count >= PTN_POSTED_ONE)
            return false;
        words[form] =
            ptn_posted_write(posted + first, count, (uint32_t)build->posted.count, room, &len);
        build->posted.count += len;
        first = ends[form];
    }
    return true;
}

/* The names under each form. False: no memory. */
static bool post(struct build *build)
{
    size_t form_count = build->parts.array.count + build->joins.array.count;
    uint32_t *starts = calloc(form_count + 1, sizeof(*starts));
    uint32_t *last = malloc((form_count + 1) * sizeof(*last));
    uint32_t *posted = NULL;
    uint32_t total = 0;
    bool good = starts != NULL && last != NULL;

    for (size_t i = 0; good && i < form_count; i++)
        good = array_add(&build->postings) != NULL;
    if (good) {
        memset(last, 0xff, form_count * sizeof(*last));
        post_names(build, last, starts, NULL);
        for (size_t i = 0; i < form_count; i++) {
            uint32_t count = starts[i];

            starts[i] = total;
            total += count;
        }
        posted = malloc(((size_t)total + 1) * sizeof(*posted));
        good = posted != NULL;
    }
    if (good) {
        memset(last, 0xff, form_count * sizeof(*last));
        post_names(build, last, starts, posted); /* each start moves to its list's end */
        good = write_lists(build, starts, posted);
    }
    free(starts);
    free(last);
    free(posted);
    return good;
}

/* ---- skeletons and their shortened keys ---- */

static int compare_pairs(const void *left, const void *right)
{
    const struct pair *a = left;
    const struct pair *b = right;

    if (a->key != b->key)
        return a->key < b->key ? -1 : 1;
    return a->value < b->value ? -1 : a->value > b->value;
}

unsigned ptn_skeleton_shorten(uint64_t skeleton, unsigned len, unsigned cuts,
                              uint64_t ret_keys[PTN_SHORTENED_MAX])
{
    unsigned count = 0;
    unsigned from = 0;

    ret_keys[count++] = ptn_skeleton_key(skeleton, len);
    for (unsigned cut = 1; cut <= cuts && len >= cut; cut++) {
        unsigned to = count;

        for (unsigned k = from; k < to; k++) {
            uint64_t whole = ret_keys[k] & 0xfffffffffu;

            for (unsigned i = 0; i + cut <= len; i++) {
                uint64_t low = whole & ((1ull << (3 * i)) - 1);
                uint64_t key = ptn_skeleton_key(low | whole >> (3 * i + 3) << (3 * i), len - cut);
                unsigned at = to;

                while (at < count && ret_keys[at] != key)
                    at++;
                if (at == count)
                    ret_keys[count++] = key;
            }
        }
        from = to;
    }
    return count;
}

/* How many sounds two forms begin alike with. */
static uint16_t shared_sounds(const struct ptn_name_part *a, const struct ptn_name_part *b)
{
    uint16_t count = 0;

    while (count < a->symbol_count && count < b->symbol_count &&
           a->symbols[count] == b->symbols[count])
        count++;
    return count;
}

/* Add the pairs (shortened key, skeleton number) of one run of forms; skeletons are added on the
 * way. */
static bool add_skeletons(struct build *build, struct ptn_name_part *forms, size_t count,
                          uint32_t first, bool joined)
{
    for (size_t i = 0; i < count && forms[i].full_count > 0;) {
        struct ptn_index_skeleton *skeleton = array_add(&build->skeletons);
        unsigned cuts = joined ? PTN_EDITS_JOINED : ptn_skeleton_cuts(forms[i].skeleton_len);
        uint64_t keys[PTN_SHORTENED_MAX];
        unsigned key_count;
        size_t end = i;

        if (skeleton == NULL)
            return false;
        /* a query's join may be one edit from a part of a single class */
        if (cuts == 0 && forms[i].skeleton_len > 0)
            cuts = 1;
        while (end < count && forms[end].full_count > 0 &&
               forms[end].skeleton_len == forms[i].skeleton_len &&
               forms[end].skeleton == forms[i].skeleton &&
               ptn_name_mode(forms[end].script) == ptn_name_mode(forms[i].script)) {
            unsigned total = forms[end].total[PTN_MODE_ALPHABET];

            if (total > skeleton->total_max)
                skeleton->total_max = (uint16_t)total;
            if (end > i)
                forms[end].at = shared_sounds(&forms[end - 1], &forms[end]);
            end++;
        }
        skeleton->len = forms[i].skeleton_len;
        skeleton->mode = (uint8_t)ptn_name_mode(forms[i].script);
        skeleton->skeleton = forms[i].skeleton;
        skeleton->first_form = first + (uint32_t)i;
        skeleton->form_count = (uint32_t)(end - i);
        key_count = ptn_skeleton_shorten(forms[i].skeleton, forms[i].skeleton_len, cuts, keys);
        for (unsigned k = 0; k < key_count; k++) {
            struct pair *pair = array_add(&build->pairs);

            if (pair == NULL)
                return false;
            *pair = (struct pair){ ptn_key_hash(keys[k]), (uint32_t)build->skeletons.count - 1 };
        }
        i = end;
    }
    return true;
}

/* About as many keys lie in one bucket. */
#define BUCKET_KEYS 4u

/* The keys' run of one kind ends: what the last key's skeletons end at. */
static bool end_keys(struct build *build)
{
    struct ptn_index_key *key = array_add(&build->keys);

    if (key == NULL)
        return false;
    key->first = (uint32_t)build->keyed.count;
    return true;
}

/* Where each bucket's keys start among those that begin at first. */
static bool add_buckets(struct build *build, const uint32_t *numbers, size_t first, uint32_t bits)
{
    size_t end = build->keys.count;
    size_t at = first;

    for (size_t bucket = 0; bucket <= 1ull << bits; bucket++) {
        uint32_t *start = array_add(&build->buckets);

        if (start == NULL)
            return false;
        while (at < end && numbers[at - first] < bucket)
            at++;
        *start = (uint32_t)at;
    }
    return true;
}

/* One key for each hash as far as bucket and tag tell it; ret_numbers gets its bucket. */
static bool add_key_runs(struct build *build, uint32_t bits, uint32_t *ret_numbers)
{
    const struct pair *pairs = build->pairs.at;
    size_t distinct = 0;

    for (size_t i = 0; i < build->pairs.count; i++) {
        uint32_t bucket = ptn_key_bucket(pairs[i].key, bits);
        uint32_t tag = ptn_key_tag(pairs[i].key, bits);
        uint32_t *keyed = array_add(&build->keyed);
        struct ptn_index_key *key = build->keys.at;

        if (keyed == NULL)
            return false;
        *keyed = pairs[i].value;
        if (distinct > 0 && ret_numbers[distinct - 1] == bucket &&
            key[build->keys.count - 1].tag == tag)
            continue;
        key = array_add(&build->keys);
        if (key == NULL)
            return false;
        *key = (struct ptn_index_key){ tag, (uint32_t)build->keyed.count - 1 };
        ret_numbers[distinct++] = bucket;
    }
    return true;
}

/* Turn the pairs gathered (hashes of shortened skeletons and skeletons) into keys in buckets at the
 * end of both, and forget them. */
static bool add_keys(struct build *build, uint32_t *ret_bits)
{
    struct pair *pairs = build->pairs.at;
    size_t count = build->pairs.count;
    size_t first = build->keys.count;
    uint32_t *numbers = malloc((count + 1) * sizeof(*numbers));
    size_t distinct = 0;
    uint32_t bits = 4;
    bool good;

    if (numbers == NULL)
        return false;
    if (count > 0)
        qsort(pairs, count, sizeof(*pairs), compare_pairs);
    for (size_t i = 0; i < count; i++)
        distinct += i == 0 || pairs[i].key != pairs[i - 1].key;
    while (((uint64_t)BUCKET_KEYS << bits) < distinct && bits < 30)
        bits++;
    good = add_key_runs(build, bits, numbers) && add_buckets(build, numbers, first, bits) &&
           end_keys(build);
    build->pairs.count = 0;
    *ret_bits = bits;
    free(numbers);
    return good;
}

static bool index_skeletons(struct build *build)
{
    size_t part_count = build->parts.array.count;

    if (!add_skeletons(build, build->parts.array.at, part_count, 0, false) ||
        !add_keys(build, &build->header.part_key_bits))
        return false;
    build->header.part_skeleton_count = (uint32_t)build->skeletons.count;
    return add_skeletons(build, build->joins.array.at, build->joins.array.count,
                         (uint32_t)part_count, true) &&
           add_keys(build, &build->header.join_key_bits);
}

/* ---- variants ---- */

static bool index_variants(struct build *build)
{
    const struct ptn_name_part *parts = build->parts.array.at;
    struct pair *pairs;
    size_t next = 0;
    uint32_t groups = 0;

    for (size_t i = 0; i < build->parts.array.count; i++) {
        struct pair *pair;

        if (parts[i].variant == 0 || parts[i].full_count == 0)
            continue;
        pair = array_add(&build->pairs);
        if (pair == NULL)
            return false;
        *pair = (struct pair){ parts[i].variant, (uint32_t)i };
        groups = parts[i].variant > groups ? parts[i].variant : groups;
    }
    pairs = build->pairs.at;
    if (build->pairs.count > 0)
        qsort(pairs, build->pairs.count, sizeof(*pairs), compare_pairs);
    for (uint32_t group = 0; group <= groups + 1; group++) {
        uint32_t *start = array_add(&build->variants);

        if (start == NULL)
            return false;
        while (next < build->pairs.count && pairs[next].key < group) {
            uint32_t *form = array_add(&build->varied);

            if (form == NULL)
                return false;
            *form = pairs[next++].value;
        }
        *start = (uint32_t)next;
    }
    return true;
}

/* ---- bytes ---- */

struct ptn_status ptn_index_pad(struct ptn_buffer *out, size_t start)
{
    static const uint8_t zeros[PTN_INDEX_ALIGNMENT] = { 0 };
    size_t over = (out->len - start) % PTN_INDEX_ALIGNMENT;

    return over == 0 ? PTN_OK
                     : ptn_buffer_add(out, ptn_bytes_of(zeros, PTN_INDEX_ALIGNMENT - over));
}

static struct ptn_status write_sections(struct build *build, struct ptn_buffer *out)
{
    const struct array *sections[PTN_SECTION_COUNT][2] = {
        [PTN_SECTION_NAMES] = { &build->names },
        [PTN_SECTION_UNITS] = { &build->units },
        [PTN_SECTION_FORMS] = { &build->parts.array, &build->joins.array },
        [PTN_SECTION_POSTINGS] = { &build->postings },
        [PTN_SECTION_POSTED] = { &build->posted },
        [PTN_SECTION_SKELETONS] = { &build->skeletons },
        [PTN_SECTION_KEYS] = { &build->keys },
        [PTN_SECTION_BUCKETS] = { &build->buckets },
        [PTN_SECTION_KEYED] = { &build->keyed },
        [PTN_SECTION_VARIANTS] = { &build->variants },
        [PTN_SECTION_VARIED] = { &build->varied },
        [PTN_SECTION_INITIALS] = { &build->initials },
        [PTN_SECTION_REPEATED] = { &build->repeated },
        [PTN_SECTION_ALONE] = { &build->alone },
        [PTN_SECTION_COHORTS] = { &build->cohorts },
        [PTN_SECTION_ORDINALS] = { &build->order },
    };
    size_t start = out->len;
    struct ptn_status status =
        ptn_buffer_add(out, ptn_bytes_of(&build->header, sizeof(build->header)));

    for (unsigned i = 0; ptn_ok(status) && i < PTN_SECTION_NEAR; i++) {
        status = ptn_index_pad(out, start);
        build->header.sections[i].offset = out->len - start;
        for (unsigned k = 0; k < 2 && ptn_ok(status) && sections[i][k] != NULL; k++)
            if (sections[i][k]->count > 0)
                status =
                    ptn_buffer_add(out, ptn_bytes_of(sections[i][k]->at,
                                                     sections[i][k]->count * sections[i][k]->item));
        build->header.sections[i].len = out->len - start - build->header.sections[i].offset;
    }
    if (ptn_ok(status))
        status = ptn_index_pad(out, start);
    if (ptn_ok(status))
        memcpy(out->at + start, &build->header, sizeof(build->header));
    else
        out->len = start;
    return status;
}

static void build_release(struct build *build)
{
    struct array *arrays[] = { &build->parts.array, &build->joins.array, &build->names,
                               &build->units,       &build->postings,    &build->posted,
                               &build->skeletons,   &build->keyed,       &build->keys,
                               &build->buckets,     &build->variants,    &build->varied,
                               &build->initials,    &build->repeated,    &build->alone,
                               &build->cohorts,     &build->order,       &build->pairs };

    for (size_t i = 0; i < sizeof(arrays) / sizeof(arrays[0]); i++)
        free(arrays[i]->at);
    free(build->parts.slots);
    free(build->joins.slots);
}

struct ptn_status ptn_index_build(const struct ptn_index_name *names, size_t name_count,
                                  struct ptn_buffer *out, struct ptn_diag *reterr)
{
    struct build build = {
        .parts.array.item = sizeof(struct ptn_name_part),
        .joins.array.item = sizeof(struct ptn_name_part),
        .names.item = sizeof(struct ptn_index_entry),
        .units.item = sizeof(uint32_t),
        .postings.item = sizeof(uint32_t),
        .posted.item = 1,
        .skeletons.item = sizeof(struct ptn_index_skeleton),
        .keyed.item = sizeof(uint32_t),
        .keys.item = sizeof(struct ptn_index_key),
        .buckets.item = sizeof(uint32_t),
        .variants.item = sizeof(uint32_t),
        .varied.item = sizeof(uint32_t),
        .initials.item = sizeof(uint32_t),
        .repeated.item = sizeof(uint32_t),
        .alone.item = sizeof(uint64_t),
        .cohorts.item = sizeof(struct ptn_index_cohort),
        .order.item = sizeof(uint32_t),
        .pairs.item = sizeof(struct pair),
        .header = { .magic = PTN_INDEX_MAGIC,
                    .version = PTN_INDEX_VERSION,
                    .score_version = PTN_SCORE_VERSION },
    };
    size_t start = out->len;
    struct ptn_status status;
    bool good = true;

    PTN_PRE(out->len % PTN_INDEX_ALIGNMENT == 0);
    if (name_count > PTN_INDEX_NAMES_MAX)
        return ptn_fail(PTN_C_TOO_BIG, reterr, name_count, "too many names for one index");
    build.header.name_count = (uint32_t)name_count;
    for (size_t i = 0; good && i < name_count; i++)
        good = add_name(&build, &names[i]);
    good = good && renumber(&build) && order_names(&build, names, name_count) &&
           note_initials(&build) && note_alone(&build) && note_repeated(&build) && post(&build) &&
           index_skeletons(&build) && index_variants(&build);
    if (!good)
        status = ptn_fail(PTN_C_NO_MEMORY, reterr, 0, "no memory for an index of names");
    else
        status = write_sections(&build, out);
    if (good && ptn_ok(status))
        status = ptn_index_add_near(out, start);
    if (good && !ptn_ok(status))
        out->len = start;
    if (good && !ptn_ok(status))
        status = ptn_fail(status.code, reterr, 0, "no room for an index of names");
    build_release(&build);
    return status;
}
