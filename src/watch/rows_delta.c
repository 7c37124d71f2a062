/* watch/rows_delta.c -- rows in force beside a snapshot that has most of them: which it has, which
 * came since, which of its entries do not count any more. See rows.h and delta.h. */
#include <stdlib.h>

#include "watch/delta.h"
#include "watch/rows_int.h"
#include "watch/snapshot_int.h"

#define BUILD_MAX ((size_t)1 << 30)

static const enum ptn_row_fate fates[] = { PTN_ROW_IN_FORCE, PTN_ROW_DOUBTED };
#define FATES (sizeof(fates) / sizeof(fates[0]))

/* Of each row that was there then: its entry in the base; NONE. Rows never move. */
struct places {
    uint32_t *at; /* Owned */
    size_t count;
};

struct ptn_rows_base {
    const struct ptn_snapshot *snapshot;
    struct places of[PTN_ROWS_LIST_MAX];
};

void ptn_rows_base_free(struct ptn_rows_base *base)
{
    if (base == NULL)
        return;
    for (size_t i = 0; i < PTN_ROWS_LIST_MAX; i++)
        free(base->of[i].at);
    free(base);
}

struct ptn_rows_span ptn_rows_span_of(const struct ptn_rows_base *base, const char *name)
{
    struct ptn_bytes wanted = ptn_bytes_from_text(name);

    for (size_t i = 0; base != NULL && i < base->snapshot->sections[PTN_SECTION_LISTS].count; i++) {
        const uint8_t *list = ptn_record(base->snapshot, PTN_SECTION_LISTS, i);
        struct ptn_entry_span span = ptn_snapshot_span(base->snapshot, i);

        if (ptn_bytes_equal(ptn_snapshot_text(base->snapshot, list + LIST_NAME), wanted))
            return (struct ptn_rows_span){ span.first, span.end };
    }
    return (struct ptn_rows_span){ 0, 0 };
}

bool ptn_rows_is_kept(const struct ptn_rows_base *base, size_t list, size_t row,
                      struct ptn_rows_span span)
{
    uint32_t at =
        base == NULL || row >= base->of[list].count ? PTN_ROWS_NONE : base->of[list].at[row];

    return at >= span.first && at < span.end;
}

/* ---- whether an entry is a row ---- */

static bool same_scalars(const struct ptn_list_entry *a, const struct ptn_list_entry *b)
{
    return a->kind == b->kind && a->sex == b->sex && ptn_date_equal(a->listed_on, b->listed_on) &&
           ptn_date_equal(a->valid_until, b->valid_until) && a->has_action == b->has_action &&
           (!a->has_action || (a->on_entry == b->on_entry && a->on_exit == b->on_exit)) &&
           a->name_count == b->name_count && a->birth_count == b->birth_count &&
           a->nation_count == b->nation_count && a->number_count == b->number_count &&
           a->fact_count == b->fact_count;
}

/* A snapshot has one primary name, the first: build_write.c. */
static enum ptn_alias built_alias(enum ptn_alias alias, size_t place)
{
    if (place == 0)
        return PTN_ALIAS_PRIMARY;
    return alias == PTN_ALIAS_PRIMARY ? PTN_ALIAS_STRONG : alias;
}

static bool same_names(const struct ptn_list_entry *row, const struct ptn_list_entry *entry)
{
    size_t place = 0;

    for (unsigned pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < row->name_count; i++) {
            const struct ptn_list_name *name = &row->names[i];

            if ((name->alias == PTN_ALIAS_PRIMARY) != (pass == 0))
                continue;
            if (entry->names[place].alias != built_alias(name->alias, place) ||
                !ptn_bytes_equal(entry->names[place].text, name->text))
                return false;
            place++;
        }
    return true;
}

static bool same_lists(const struct ptn_list_entry *a, const struct ptn_list_entry *b)
{
    bool same = true;

    for (size_t i = 0; same && i < a->birth_count; i++)
        same = ptn_date_equal(a->births[i].first, b->births[i].first) &&
               ptn_date_equal(a->births[i].last, b->births[i].last) &&
               a->births[i].circa == b->births[i].circa;
    for (size_t i = 0; same && i < a->nation_count; i++)
        same = strcmp(a->nations[i].text, b->nations[i].text) == 0;
    for (size_t i = 0; same && i < a->number_count; i++)
        same = a->numbers[i].type == b->numbers[i].type &&
               strcmp(a->numbers[i].issuer, b->numbers[i].issuer) == 0 &&
               ptn_bytes_equal(a->numbers[i].number, b->numbers[i].number);
    for (size_t i = 0; same && i < a->fact_count; i++)
        same = a->facts[i].type == b->facts[i].type &&
               ptn_bytes_equal(a->facts[i].text, b->facts[i].text);
    return same;
}

/* ---- which rows the base has ---- */

struct binding {
    const struct ptn_rows *rows;
    struct ptn_rows_base *base;
    struct ptn_arena *arena; /* of the row and the entry in hand */
};

/* The entry of that id; NONE. */
static uint32_t find_entry(const struct ptn_snapshot *snapshot, struct ptn_rows_span span,
                           struct ptn_bytes id)
{
    uint32_t low = span.first;
    uint32_t high = span.end;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        int order = ptn_bytes_compare(
            ptn_snapshot_text(snapshot,
                              ptn_record(snapshot, PTN_SECTION_ENTRIES, middle) + ENTRY_ID),
            id);

        if (order == 0)
            return middle;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return PTN_ROWS_NONE;
}

static struct ptn_status bind_row(struct binding *binding, const struct ptn_rows_one *row,
                                  enum ptn_row_fate fate, struct ptn_rows_span span, uint32_t *at)
{
    const struct ptn_snapshot *snapshot = binding->base->snapshot;
    struct ptn_list_entry wanted;
    struct ptn_list_entry entry;
    uint32_t place;
    size_t len = 0;
    struct ptn_status status;

    ptn_arena_clear(binding->arena);
    status = ptn_row_parse(ptn_rows_bytes(row), binding->arena, &wanted, &len, NULL);
    if (ptn_ok(status) && fate == PTN_ROW_DOUBTED)
        status = ptn_rows_mark_id(binding->arena, row, &wanted);
    if (!ptn_ok(status))
        return status;
    place = find_entry(snapshot, span, wanted.id);
    if (place == PTN_ROWS_NONE)
        return PTN_OK;
    status = ptn_snapshot_entry(snapshot, place, binding->arena, &entry);
    if (ptn_ok(status) && same_scalars(&wanted, &entry) && same_names(&wanted, &entry) &&
        same_lists(&wanted, &entry))
        *at = place;
    return status;
}

static struct ptn_status bind_list(struct binding *binding, size_t index)
{
    const struct ptn_rows *rows = binding->rows;
    const struct ptn_rows_of *list = rows->lists[index];
    struct places *places = &binding->base->of[index];
    struct ptn_rows_span spans[FATES];
    struct ptn_status status = PTN_OK;

    for (size_t k = 0; k < FATES; k++) {
        char name[PTN_LIST_NAME_MAX + 1];

        ptn_rows_built_name(rows, index, fates[k], name);
        spans[k] = ptn_rows_span_of(binding->base, name);
    }
    places->at = calloc(list->count + 1, sizeof(*places->at));
    if (places->at == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    for (size_t i = 0; ptn_ok(status) && i < list->count; i++) {
        enum ptn_row_fate fate = ptn_rows_fate(rows, list, (uint32_t)i);

        places->at[i] = PTN_ROWS_NONE;
        places->count = i + 1;
        for (size_t k = 0; ptn_ok(status) && k < FATES; k++)
            if (fate == fates[k] && spans[k].end > spans[k].first)
                status = bind_row(binding, &list->rows[i], fate, spans[k], &places->at[i]);
    }
    return status;
}

struct ptn_status ptn_rows_base_new(const struct ptn_rows *rows,
                                    const struct ptn_snapshot *snapshot,
                                    struct ptn_rows_base **ret_base)
{
    struct binding binding = { rows, calloc(1, sizeof(*binding.base)),
                               ptn_arena_new(2 * PTN_ROW_ARENA_MAX) };
    struct ptn_status status = { PTN_C_NO_MEMORY };

    if (binding.base != NULL && binding.arena != NULL) {
        binding.base->snapshot = snapshot;
        status = PTN_OK;
    }
    for (size_t i = 0; ptn_ok(status) && i < rows->list_count; i++)
        if (ptn_rows_is_built(rows, i))
            status = bind_list(&binding, i);
    ptn_arena_free(binding.arena);
    if (ptn_ok(status))
        *ret_base = binding.base;
    else
        ptn_rows_base_free(binding.base);
    return status;
}

/* ---- what changed since ---- */

/* Mark which entries of the base count. How many rows it does not have. */
static size_t mark_kept(const struct ptn_rows *rows, const struct ptn_rows_base *base, bool *kept)
{
    size_t added = 0;

    for (size_t l = 0; l < rows->list_count; l++) {
        const struct ptn_rows_of *list = rows->lists[l];

        if (!ptn_rows_is_built(rows, l))
            continue;
        for (size_t k = 0; k < FATES; k++) {
            char name[PTN_LIST_NAME_MAX + 1];
            struct ptn_rows_span span;

            ptn_rows_built_name(rows, l, fates[k], name);
            span = ptn_rows_span_of(base, name);
            for (size_t i = 0; i < list->count; i++) {
                if (ptn_rows_fate(rows, list, (uint32_t)i) != fates[k])
                    continue;
                if (ptn_rows_is_kept(base, l, i, span))
                    kept[base->of[l].at[i]] = true;
                else
                    added++;
            }
        }
    }
    return added;
}

struct ptn_status ptn_rows_compare(const struct ptn_rows *rows, const struct ptn_rows_base *base,
                                   struct ptn_rows_changes *ret_changes)
{
    size_t entries = ptn_snapshot_info(base->snapshot).entry_count;
    bool *kept = calloc(entries + 1, sizeof(*kept));
    struct ptn_rows_changes changes = { .base = entries };

    if (kept == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    changes.added = mark_kept(rows, base, kept);
    for (size_t i = 0; i < entries; i++)
        changes.gone += kept[i] ? 0 : 1;
    free(kept);
    *ret_changes = changes;
    return PTN_OK;
}

struct ptn_status ptn_rows_delta(const struct ptn_rows *rows, const struct ptn_rows_base *base,
                                 const struct ptn_world *world, struct ptn_buffer *out,
                                 struct ptn_diag *reterr)
{
    size_t entries = ptn_snapshot_info(base->snapshot).entry_count;
    bool *kept = calloc(entries + 1, sizeof(*kept));
    uint32_t *gone = calloc(entries + 1, sizeof(*gone));
    struct ptn_buffer snapshot = { .len_max = BUILD_MAX };
    size_t gone_count = 0;
    struct ptn_status status = { PTN_C_NO_MEMORY };

    if (kept != NULL && gone != NULL) {
        (void)mark_kept(rows, base, kept);
        for (size_t i = 0; i < entries; i++)
            if (!kept[i])
                gone[gone_count++] = (uint32_t)i;
        status = ptn_rows_build_beside(rows, base, world, &snapshot, reterr);
    }
    if (ptn_ok(status))
        status = ptn_delta_write(base->snapshot, gone, gone_count, ptn_buffer_bytes(&snapshot), out,
                                 reterr);
    if (snapshot.at != NULL)
        explicit_bzero(snapshot.at, snapshot.capacity);
    ptn_buffer_release(&snapshot);
    free(kept);
    free(gone);
    return status;
}
