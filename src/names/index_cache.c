#include <stdlib.h>

#include "names/index_near_int.h"

/*
 * What is near each form is worked out when the index is built, so that a question made of known
 * parts looks nothing up. Kept as the form and the similarity in 64 steps, rounded up: it only
 * feeds bounds. What is near is so both ways, so each part is compared only with itself and what
 * comes after it, joins last, and the pairs are turned round afterwards.
 */

/* One form near another. */
struct entry {
    uint32_t form;
    uint8_t step;
};

/* Two forms near each other. */
struct near_pair {
    uint32_t low;
    uint32_t high; /* with the step, see pack */
};

/* More would be a list made to have them. */
#define PAIRS_MAX ((size_t)1 << 28)

static_assert(PTN_UNIT_FORM_MAX <= UINT32_MAX >> 6, "a form and a step are one number");

static uint32_t pack(uint32_t form, uint8_t step)
{
    return form << 6 | step;
}

static struct entry unpack(uint32_t packed)
{
    return (struct entry){ packed >> 6, (uint8_t)(packed & 63u) };
}

struct gather {
    const struct ptn_index_view *view;
    uint32_t form; /* whose near ones are gathered */
    bool joined;
    struct near_pair *pairs; /* by low */
    size_t pair_count, pair_capacity;
    struct entry *entries; /* the near ones of one form */
    size_t count, capacity;
    uint8_t *bytes; /* all lists */
    uint8_t head[5 * PTN_NEAR_FORMS];
    size_t len, bytes_capacity;
    bool failed;
};

/* Twice the room for items; NULL: no memory, or more than a start can say. */
static void *grow(void *at, size_t *capacity, size_t item)
{
    size_t wanted = *capacity == 0 ? 4096 : *capacity * 2;
    void *grown = wanted > UINT32_MAX ? NULL : realloc(at, wanted * item);

    if (grown != NULL)
        *capacity = wanted;
    return grown;
}

static void add_entry(struct gather *gather, struct entry entry)
{
    if (gather->count == gather->capacity) {
        struct entry *entries = grow(gather->entries, &gather->capacity, sizeof(*entries));

        if (entries == NULL) {
            gather->failed = true;
            return;
        }
        gather->entries = entries;
    }
    gather->entries[gather->count++] = entry;
}

static void add_pair(struct gather *gather, uint32_t form, unsigned similarity)
{
    if (gather->pair_count == gather->pair_capacity) {
        struct near_pair *pairs = gather->pair_count >= PAIRS_MAX
                                      ? NULL
                                      : grow(gather->pairs, &gather->pair_capacity, sizeof(*pairs));

        if (pairs == NULL) {
            gather->failed = true;
            return;
        }
        gather->pairs = pairs;
    }
    gather->pairs[gather->pair_count++] =
        (struct near_pair){ gather->form, pack(form, (uint8_t)ptn_near_step(similarity)) };
}

static void on_near(void *context, uint32_t form)
{
    struct gather *gather = context;
    unsigned similarity;

    if (form < gather->form || gather->failed)
        return; /* that one has found this */
    similarity = ptn_part_likeness(&gather->view->forms[gather->form], &gather->view->forms[form],
                                   gather->joined)
                     .similarity;
    if (similarity > 0)
        add_pair(gather, form, similarity);
}

/* By form, the nearest of one form last. */
static int compare_entries(const void *left, const void *right)
{
    const struct entry *a = left;
    const struct entry *b = right;

    if (a->form != b->form)
        return a->form < b->form ? -1 : 1;
    return (int)a->step - (int)b->step;
}

/* See struct ptn_near_list. */
#define ENTRY_BYTES_MAX 5u

static_assert(ENTRY_BYTES_MAX * 7 >= 32, "lengths are numbers, too");

static void write_number(struct gather *gather, uint64_t number)
{
    if (gather->bytes_capacity - gather->len < ENTRY_BYTES_MAX) {
        uint8_t *bytes = grow(gather->bytes, &gather->bytes_capacity, 1);

        if (bytes == NULL) {
            gather->failed = true;
            return;
        }
        gather->bytes = bytes;
    }
    for (; number >= 128; number >>= 7)
        gather->bytes[gather->len++] = (uint8_t)(number | 128u);
    gather->bytes[gather->len++] = (uint8_t)number;
}

/* The lists of some forms are written: how many bytes each has goes before them. */
static void write_lens(struct gather *gather, size_t start, const size_t *lens, uint32_t count)
{
    size_t len = gather->len - start;
    size_t head;

    for (uint32_t i = 0; i < count && !gather->failed; i++)
        write_number(gather, lens[i]);
    if (gather->failed)
        return;
    head = gather->len - start - len;
    memcpy(gather->head, gather->bytes + start + len, head);
    memmove(gather->bytes + start + head, gather->bytes + start, len);
    memcpy(gather->bytes + start, gather->head, head);
}

/* Write what was gathered of one form behind the lists of those before it, each near form once. */
static void write_entries(struct gather *gather)
{
    uint32_t former = 0;

    if (gather->count > 0)
        qsort(gather->entries, gather->count, sizeof(*gather->entries), compare_entries);
    for (size_t i = 0; i < gather->count && !gather->failed; i++) {
        const struct entry *entry = &gather->entries[i];

        if (i + 1 < gather->count && entry[1].form == entry->form)
            continue;
        write_number(gather, (uint64_t)(entry->form - former) << 6 | entry->step);
        former = entry->form;
    }
    gather->count = 0;
}

/* Where the parts of one skeleton look: among parts, and among joins. */
struct around {
    struct ptn_near_many *parts;
    struct ptn_near_many *joins;
};

/* What is near one part and does not come before it. */
static bool gather_form(struct gather *gather, uint32_t form, const struct around *around)
{
    const struct ptn_index_view *view = gather->view;
    const struct ptn_name_part *part = &view->forms[form];

    gather->form = form;
    gather->joined = false;
    if (!ptn_near_many_forms(around->parts, part, on_near, gather))
        return false;
    for (uint32_t i = view->variants[part->variant];
         part->variant > 0 && i < view->variants[part->variant + 1]; i++)
        on_near(gather, view->varied[i]);
    gather->joined = true;
    return ptn_near_many_forms(around->joins, part, on_near, gather) && !gather->failed;
}

/* All pairs, skeleton after skeleton, which is in the order of the forms. */
static bool gather_all(struct gather *gather, const struct around *around)
{
    const struct ptn_index_view *view = gather->view;

    for (uint32_t i = 0; i < view->part_skeleton_count; i++) {
        const struct ptn_index_skeleton *skeleton = &view->skeletons[i];

        if (!ptn_near_many_gather(around->parts, skeleton->first_form, false) ||
            !ptn_near_many_gather(around->joins, skeleton->first_form, true))
            return false;
        for (uint32_t f = 0; f < skeleton->form_count; f++)
            if (!gather_form(gather, skeleton->first_form + f, around))
                return false;
    }
    return true;
}

/* Turn the pairs round: of each form the ones before it, from at[form] on. Pairs of a form with
 * itself are left out. NULL: no memory. */
static uint32_t *turn_pairs(const struct gather *gather, uint32_t *at)
{
    uint32_t form_count = gather->view->counts[PTN_SECTION_FORMS];
    uint32_t *lows = calloc(gather->pair_count + 1, sizeof(*lows));
    uint32_t total = 0;

    for (size_t i = 0; lows != NULL && i < gather->pair_count; i++)
        at[unpack(gather->pairs[i].high).form] +=
            unpack(gather->pairs[i].high).form != gather->pairs[i].low;
    for (uint32_t i = 0; i <= form_count; i++) {
        uint32_t count = at[i];

        at[i] = total;
        total += count;
    }
    for (size_t i = 0; lows != NULL && i < gather->pair_count; i++) {
        struct entry high = unpack(gather->pairs[i].high);

        if (high.form != gather->pairs[i].low)
            lows[at[high.form]++] = pack(gather->pairs[i].low, high.step);
    }
    /* each start has moved to the next form's: move them back */
    memmove(at + 1, at, form_count * sizeof(*at));
    at[0] = 0;
    return lows;
}

/* How many starts the lists of so many forms have. */
static uint32_t start_count(uint32_t form_count)
{
    return (form_count + PTN_NEAR_FORMS - 1) / PTN_NEAR_FORMS;
}

/* The list of each form, from its pairs both ways. */
static bool write_lists(struct gather *gather, uint32_t *starts)
{
    uint32_t form_count = gather->view->counts[PTN_SECTION_FORMS];
    uint32_t *at = calloc((size_t)form_count + 2, sizeof(*at));
    uint32_t *lows = at == NULL ? NULL : turn_pairs(gather, at);
    size_t lens[PTN_NEAR_FORMS];
    size_t pair = 0;

    for (uint32_t form = 0; lows != NULL && form < form_count; form++) {
        uint32_t in_group = form % PTN_NEAR_FORMS;
        size_t before = gather->len;

        if (in_group == 0)
            starts[form / PTN_NEAR_FORMS] = (uint32_t)before;
        for (uint32_t i = at[form]; i < at[form + 1]; i++)
            add_entry(gather, unpack(lows[i]));
        for (; pair < gather->pair_count && gather->pairs[pair].low == form; pair++)
            add_entry(gather, unpack(gather->pairs[pair].high));
        write_entries(gather);
        lens[in_group] = gather->len - before;
        if (in_group + 1 == PTN_NEAR_FORMS || form + 1 == form_count)
            write_lens(gather, starts[form / PTN_NEAR_FORMS], lens, in_group + 1);
    }
    gather->failed = gather->failed || lows == NULL;
    free(lows);
    free(at);
    return !gather->failed;
}

/* Write the two sections once all is gathered. */
PTN_MUST_USE static struct ptn_status write_near(const struct gather *gather,
                                                 const uint32_t *starts, struct ptn_buffer *out,
                                                 size_t start)
{
    struct ptn_index_header header;
    struct ptn_status status;

    memcpy(&header, out->at + start, sizeof(header));
    header.sections[PTN_SECTION_NEAR].offset = out->len - start;
    header.sections[PTN_SECTION_NEAR].len =
        start_count(gather->view->counts[PTN_SECTION_FORMS]) * sizeof(*starts);
    status = PTN_OK;
    if (header.sections[PTN_SECTION_NEAR].len > 0)
        status = ptn_buffer_add(out, ptn_bytes_of(starts, header.sections[PTN_SECTION_NEAR].len));
    if (ptn_ok(status))
        status = ptn_index_pad(out, start);
    header.sections[PTN_SECTION_NEARBY].offset = out->len - start;
    header.sections[PTN_SECTION_NEARBY].len = gather->len;
    if (ptn_ok(status) && gather->len > 0)
        status = ptn_buffer_add(out, ptn_bytes_of(gather->bytes, gather->len));
    if (ptn_ok(status))
        status = ptn_index_pad(out, start);
    if (ptn_ok(status))
        memcpy(out->at + start, &header, sizeof(header));
    return status;
}

struct ptn_status ptn_index_add_near(struct ptn_buffer *out, size_t start)
{
    struct ptn_index index;
    struct ptn_index_view view;
    struct ptn_near_seen seen = { .at = NULL };
    struct gather gather = { .view = &view };
    struct around around;
    uint32_t *starts = NULL;
    struct ptn_status status =
        ptn_index_open(ptn_bytes_of(out->at + start, out->len - start), &index, NULL);

    if (!ptn_ok(status))
        return status;
    view = ptn_index_view_of(&index);
    starts = calloc((size_t)start_count(view.counts[PTN_SECTION_FORMS]) + 1, sizeof(*starts));
    seen.at = calloc((size_t)view.counts[PTN_SECTION_SKELETONS] + 1, sizeof(*seen.at));
    around = (struct around){ ptn_near_many_new(&view, &seen), ptn_near_many_new(&view, &seen) };
    gather.failed = starts == NULL || seen.at == NULL || around.parts == NULL ||
                    around.joins == NULL || !gather_all(&gather, &around) ||
                    !write_lists(&gather, starts);
    status.code = PTN_C_NO_MEMORY;
    if (!gather.failed)
        status = write_near(&gather, starts, out, start);
    ptn_near_many_free(around.parts);
    ptn_near_many_free(around.joins);
    free(gather.pairs);
    free(gather.entries);
    free(gather.bytes);
    free(starts);
    free(seen.at);
    return status;
}

/* A number of seven bits a byte; false: it is cut or too large. */
static bool read_number(const uint8_t **at, const uint8_t *end, uint64_t *ret_number)
{
    *ret_number = 0;
    for (unsigned shift = 0; *at < end && shift < 35; shift += 7) {
        uint8_t byte = *(*at)++;

        *ret_number |= (uint64_t)(byte & 127u) << shift;
        if (byte < 128)
            return true;
    }
    return false;
}

bool ptn_near_list_of(const struct ptn_index_view *view, uint32_t form,
                      struct ptn_near_list *ret_list)
{
    const uint8_t *end = view->nearby + view->counts[PTN_SECTION_NEARBY];
    uint32_t start = view->near[form / PTN_NEAR_FORMS];
    uint32_t left = view->counts[PTN_SECTION_FORMS] - form / PTN_NEAR_FORMS * PTN_NEAR_FORMS;
    uint64_t before = 0;
    uint64_t len = 0;
    const uint8_t *at;

    if (start > view->counts[PTN_SECTION_NEARBY])
        return false;
    at = view->nearby + start;
    for (uint32_t i = 0; i < PTN_NEAR_FORMS && i < left; i++) {
        uint64_t number;

        if (!read_number(&at, end, &number))
            return false;
        before += i < form % PTN_NEAR_FORMS ? number : 0;
        len = i == form % PTN_NEAR_FORMS ? number : len;
    }
    if (before > (uint64_t)(end - at) || len > (uint64_t)(end - at) - before)
        return false;
    *ret_list = (struct ptn_near_list){ at + before, at + before + len, 0, 0 };
    return true;
}

/* The run of forms of one skeleton and way of writing, or NULL. */
static const struct ptn_index_skeleton *run_of(const struct ptn_index_view *view,
                                               const struct ptn_name_part *part, bool is_join)
{
    struct ptn_near_run among =
        ptn_near_key(view, ptn_skeleton_key(part->skeleton, part->skeleton_len), is_join);

    for (; among.at < among.end; among.at++) {
        uint32_t number = view->keyed[among.at];
        const struct ptn_index_skeleton *skeleton;

        if (number >= view->counts[PTN_SECTION_SKELETONS])
            return NULL;
        skeleton = &view->skeletons[number];
        if (skeleton->skeleton == part->skeleton && skeleton->len == part->skeleton_len &&
            skeleton->mode == ptn_name_mode(part->script) &&
            skeleton->first_form <= view->counts[PTN_SECTION_FORMS] &&
            skeleton->form_count <= view->counts[PTN_SECTION_FORMS] - skeleton->first_form)
            return skeleton;
    }
    return NULL;
}

uint32_t ptn_index_known_form(const struct ptn_index_view *view, const struct ptn_name_part *part,
                              bool is_join)
{
    const struct ptn_index_skeleton *run = run_of(view, part, is_join);
    const struct ptn_name_part *forms;
    uint8_t symbols[PTN_NAME_SYMBOLS_MAX] = { 0 };
    uint32_t low = 0;
    uint32_t high;

    if (run == NULL || view->counts[PTN_SECTION_NEAR] == 0)
        return PTN_UNIT_FORM_MAX;
    forms = &view->forms[run->first_form];
    memcpy(symbols, part->symbols, part->symbol_count);
    for (high = run->form_count; low < high;) {
        uint32_t middle = low + (high - low) / 2;

        if (memcmp(forms[middle].symbols, symbols, sizeof(symbols)) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < run->form_count && memcmp(forms[low].symbols, symbols, sizeof(symbols)) == 0;
         low++)
        if (forms[low].symbol_count == part->symbol_count && forms[low].script == part->script &&
            forms[low].variant == part->variant)
            return run->first_form + low;
    return PTN_UNIT_FORM_MAX;
}
