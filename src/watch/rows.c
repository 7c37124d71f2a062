/* watch/rows.c -- lists as sets of rows: what is kept of them, what notes name, what people ask. */
#include <stdlib.h>

#include "watch/rows_int.h"

#define LEVELS 64u

struct ptn_rows *ptn_rows_new(void)
{
    struct ptn_rows *rows = calloc(1, sizeof(*rows));

    if (rows == NULL)
        return NULL;
    rows->arena = ptn_arena_new(PTN_ROW_ARENA_MAX);
    rows->hasher = ptn_hasher_new();
    if (rows->arena != NULL && rows->hasher != NULL)
        return rows;
    ptn_rows_free(rows);
    return NULL;
}

void ptn_rows_drop_pending(struct ptn_rows_pending *pending)
{
    for (size_t i = 0; i < pending->added_count; i++)
        free(pending->added[i].bytes);
    pending->added_count = 0;
    pending->added_bytes = 0;
    pending->gone_count = 0;
    pending->open = false;
}

static void free_list(struct ptn_rows_of *list)
{
    ptn_rows_drop_pending(&list->pending);
    for (size_t i = 0; i < list->count; i++)
        free(list->rows[i].bytes);
    ptn_buffer_release(&list->pending.text);
    ptn_buffer_release(&list->text);
    free(list->pending.added);
    free(list->pending.gone);
    free(list->rows);
    free(list->order);
    free(list->by_name);
    free(list->chains);
    free(list->name);
    free(list);
}

void ptn_rows_free(struct ptn_rows *rows)
{
    if (rows == NULL)
        return;
    for (size_t i = 0; i < rows->list_count; i++)
        free_list(rows->lists[i]);
    free(rows->confirmed);
    ptn_arena_free(rows->arena);
    ptn_hasher_free(rows->hasher);
    free(rows);
}

/* ---- names and roots ---- */

struct ptn_status ptn_rows_name_of(struct ptn_hasher *hasher, struct ptn_bytes row,
                                   struct ptn_row_name *ret_name)
{
    static const uint8_t leaf[1] = { 0 };
    const struct ptn_bytes parts[] = { { leaf, 1 }, row };

    return ptn_hasher_digest(hasher, parts, 2, ret_name->at);
}

static struct ptn_status join(struct ptn_hasher *hasher, const uint8_t *left,
                              uint8_t right_and_out[PTN_SHA256_LEN])
{
    static const uint8_t node[1] = { 1 };
    const struct ptn_bytes parts[] = { { node, 1 },
                                       { left, PTN_SHA256_LEN },
                                       { right_and_out, PTN_SHA256_LEN } };
    uint8_t digest[PTN_SHA256_LEN];
    struct ptn_status status = ptn_hasher_digest(hasher, parts, 3, digest);

    if (ptn_ok(status))
        memcpy(right_and_out, digest, sizeof(digest));
    return status;
}

/* RFC 6962: subtrees of powers of two, joined from the right. */
struct ptn_status ptn_rows_root(struct ptn_hasher *hasher, const struct ptn_row_name *names,
                                size_t count, uint8_t ret_root[PTN_SHA256_LEN])
{
    uint8_t stack[LEVELS][PTN_SHA256_LEN];
    size_t depth = 0;
    struct ptn_status status = PTN_OK;

    if (count == 0)
        return ptn_hasher_digest(hasher, NULL, 0, ret_root);
    for (size_t i = 0; ptn_ok(status) && i < count; i++) {
        memcpy(stack[depth++], names[i].at, PTN_SHA256_LEN);
        for (size_t n = i + 1; ptn_ok(status) && n % 2 == 0; n /= 2) {
            status = join(hasher, stack[depth - 2], stack[depth - 1]);
            memcpy(stack[depth - 2], stack[depth - 1], PTN_SHA256_LEN);
            depth--;
        }
    }
    for (; ptn_ok(status) && depth > 1; depth--) {
        status = join(hasher, stack[depth - 2], stack[depth - 1]);
        memcpy(stack[depth - 2], stack[depth - 1], PTN_SHA256_LEN);
    }
    if (ptn_ok(status))
        memcpy(ret_root, stack[0], PTN_SHA256_LEN);
    return status;
}

/* ---- lists ---- */

struct ptn_rows_of *ptn_rows_find(const struct ptn_rows *rows, unsigned source,
                                  struct ptn_bytes name)
{
    for (size_t i = 0; i < rows->list_count; i++)
        if (rows->lists[i]->source == source && ptn_bytes_is(name, rows->lists[i]->name))
            return rows->lists[i];
    return NULL;
}

int ptn_rows_compare_names(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(struct ptn_row_name));
}

/* ---- what notes name ---- */

static bool is_confirmed(const struct ptn_rows *rows, const struct ptn_row_name *record)
{
    return rows->confirmed_count > 0 && bsearch(record, rows->confirmed, rows->confirmed_count,
                                                sizeof(*record), ptn_rows_compare_names) != NULL;
}

size_t ptn_rows_count_doubted(const struct ptn_rows *rows, const struct ptn_rows_of *list)
{
    size_t count = 0;

    for (size_t i = 0; i < list->count; i++)
        count += ptn_rows_fate(rows, list, (uint32_t)i) == PTN_ROW_DOUBTED ? 1 : 0;
    return count;
}

static bool has_gone_by(const struct ptn_rows_of *list, const struct ptn_row_name *record)
{
    for (size_t i = 0; i < list->count; i++)
        if (!list->rows[i].present &&
            ptn_rows_compare_names(&list->rows[i].gone_record, record) == 0)
            return true;
    return false;
}

struct ptn_status ptn_rows_confirm(struct ptn_rows *rows, const struct ptn_row_name *record)
{
    size_t at = rows->confirmed_count;
    bool changed = false;

    if (is_confirmed(rows, record))
        return PTN_OK;
    if (rows->confirmed_count == PTN_ROWS_CONFIRMED_MAX)
        return (struct ptn_status){ PTN_C_TOO_BIG };
    if (rows->confirmed == NULL)
        rows->confirmed = calloc(PTN_ROWS_CONFIRMED_MAX, sizeof(*rows->confirmed));
    if (rows->confirmed == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    for (; at > 0 && ptn_rows_compare_names(&rows->confirmed[at - 1], record) > 0; at--)
        rows->confirmed[at] = rows->confirmed[at - 1];
    rows->confirmed[at] = *record;
    rows->confirmed_count++;
    for (size_t i = 0; i < rows->list_count; i++)
        if (has_gone_by(rows->lists[i], record)) {
            rows->lists[i]->doubted = ptn_rows_count_doubted(rows, rows->lists[i]);
            changed = true;
        }
    rows->version += changed ? 1 : 0;
    return PTN_OK;
}

/* A row that went points to one that was there then, so that what it points to went later or is
 * there: this ends. */
enum ptn_row_fate ptn_rows_fate(const struct ptn_rows *rows, const struct ptn_rows_of *list,
                                uint32_t index)
{
    const struct ptn_rows_one *row = &list->rows[index];
    bool followed = false;

    for (size_t steps = 0; steps <= list->count; steps++) {
        if (row->present)
            return followed ? PTN_ROW_COVERED : PTN_ROW_IN_FORCE;
        if (is_confirmed(rows, &row->gone_record))
            return PTN_ROW_REMOVED;
        if (row->covered_by == PTN_ROWS_NONE)
            return followed ? PTN_ROW_COVERED : PTN_ROW_DOUBTED;
        row = &list->rows[row->covered_by];
        followed = true;
    }
    return PTN_ROW_DOUBTED;
}

bool ptn_rows_is_gone_on(const struct ptn_rows *rows, size_t index)
{
    const struct ptn_rows_of *list = rows->lists[index];
    uint64_t edition = list->head.edition;

    for (size_t i = 0; edition > 0 && i < rows->list_count; i++) {
        const struct ptn_rows_of *other = rows->lists[i];

        if (i == index || strcmp(other->name, list->name) != 0 || other->head.edition < edition ||
            (other->head.edition == edition && i > index))
            continue;
        if (ptn_rows_compare_names(&other->chains[edition - 1], &list->chains[edition - 1]) == 0)
            return true;
    }
    return false;
}

/* ---- for people ---- */

const struct ptn_rows_edition *ptn_rows_edition(const struct ptn_rows *rows, size_t index,
                                                size_t nth)
{
    const struct ptn_rows_of *list = rows->lists[index];

    if (nth >= list->edition_count || nth >= PTN_ROWS_EDITIONS_MAX)
        return NULL;
    return &list->editions[(list->edition_count - 1 - nth) % PTN_ROWS_EDITIONS_MAX];
}

uint64_t ptn_rows_version(const struct ptn_rows *rows)
{
    return rows->version;
}

size_t ptn_rows_refused(const struct ptn_rows *rows)
{
    return rows->refused;
}

size_t ptn_rows_list_count(const struct ptn_rows *rows)
{
    return rows->list_count;
}

struct ptn_rows_list ptn_rows_list(const struct ptn_rows *rows, size_t index)
{
    const struct ptn_rows_of *list = rows->lists[index];
    struct ptn_rows_list told = {
        .source = list->source,
        .name = ptn_bytes_from_text(list->name),
        .edition = list->head.edition,
        .count = list->order_count,
        .doubted = list->doubted,
        .time_ms = list->head.time_ms,
        .published_ms = list->head.published_ms,
        .officer = list->head.officer,
        .second = list->head.second,
        .profile = list->head.profile,
        .on_entry = list->head.on_entry,
        .on_exit = list->head.on_exit,
        .set_by = list->head.set_by,
        .set_reason = list->head.set_reason,
        .gone_on = ptn_rows_is_gone_on(rows, index),
    };

    memcpy(told.root, list->head.root, sizeof(told.root));
    return told;
}

void ptn_rows_each(const struct ptn_rows *rows, size_t index, ptn_rows_fn take, void *context)
{
    const struct ptn_rows_of *list = rows->lists[index];
    bool more = true;

    for (size_t i = 0; more && i < list->count; i++) {
        const struct ptn_rows_row row = { ptn_rows_bytes(&list->rows[i]), list->rows[i].name,
                                          ptn_rows_fate(rows, list, (uint32_t)i),
                                          list->rows[i].gone_in, list->rows[i].gone_record };

        more = take(context, &row);
    }
}
