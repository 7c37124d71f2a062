/* watch/rows_take.c -- editions as they come, part by part: one counts when it is whole. */
#include <stdlib.h>

#include "watch/list_int.h"
#include "watch/rows_int.h"

/* room for the mark of what is not confirmed, and for the number of a second list of that name */
#define NAME_MAX_LEN (PTN_LIST_NAME_MAX - (sizeof(PTN_ROWS_UNCONFIRMED) - 1) - 2)

static struct ptn_status no_memory(struct ptn_diag *reterr)
{
    return ptn_fail(PTN_C_NO_MEMORY, reterr, 0, "no memory for a list");
}

static struct ptn_status refuse(struct ptn_diag *reterr, const char *why)
{
    return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, why);
}

/* As lists are called whose removal is not confirmed: ROWS-5. */
static bool is_marked(struct ptn_bytes name)
{
    const size_t len = sizeof(PTN_ROWS_UNCONFIRMED) - 1;

    return name.len >= len && memcmp(name.at + name.len - len, PTN_ROWS_UNCONFIRMED, len) == 0;
}

static struct ptn_status list_for(struct ptn_rows *rows, unsigned source, struct ptn_bytes name,
                                  struct ptn_rows_of **ret_list, struct ptn_diag *reterr)
{
    struct ptn_rows_of *list = ptn_rows_find(rows, source, name);

    if (list == NULL) {
        if (!ptn_list_name_is_good(name, NAME_MAX_LEN) || is_marked(name))
            return refuse(reterr, "a list's name is 1 to 18 letters, digits, '-', '_' or '.', and "
                                  "does not say that it is not confirmed");
        if (rows->list_count == PTN_ROWS_LIST_MAX)
            return ptn_fail(PTN_C_TOO_BIG, reterr, 0, "more lists than are kept");
        list = calloc(1, sizeof(*list));
        if (list == NULL)
            return no_memory(reterr);
        list->source = source;
        ptn_buffer_init(&list->text, PTN_RECORD_LEN_MAX);
        ptn_buffer_init(&list->pending.text, PTN_RECORD_LEN_MAX);
        list->name = calloc(1, name.len + 1);
        if (list->name == NULL) {
            free(list);
            return no_memory(reterr);
        }
        memcpy(list->name, name.at, name.len);
        rows->lists[rows->list_count++] = list;
    }
    *ret_list = list;
    return PTN_OK;
}

/* Where a row of that name is; NONE. */
static uint32_t find_row(const struct ptn_rows_of *list, const struct ptn_row_name *name)
{
    size_t low = 0;
    size_t high = list->count;

    while (low < high) {
        size_t mid = low + (high - low) / 2;
        int order = memcmp(list->rows[list->by_name[mid]].name.at, name->at, PTN_SHA256_LEN);

        if (order == 0)
            return list->by_name[mid];
        if (order < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return PTN_ROWS_NONE;
}

/* ---- one part ---- */

/* Keep the texts of a head: the record they were read from goes. */
static struct ptn_status keep_head(const struct ptn_list_edition *edition, struct ptn_buffer *text,
                                   struct ptn_list_edition *ret_head)
{
    struct ptn_list_edition head = *edition;
    struct ptn_bytes *views[] = { &head.post,    &head.officer, &head.second,
                                  &head.list,    &head.profile, &head.on_entry,
                                  &head.on_exit, &head.set_by,  &head.set_reason };
    size_t starts[sizeof(views) / sizeof(views[0])];
    struct ptn_status status = PTN_OK;

    ptn_buffer_clear(text);
    for (size_t i = 0; ptn_ok(status) && i < sizeof(views) / sizeof(views[0]); i++) {
        starts[i] = text->len;
        status = ptn_buffer_add(text, *views[i]);
    }
    if (!ptn_ok(status))
        return status;
    for (size_t i = 0; i < sizeof(views) / sizeof(views[0]); i++)
        *views[i] = ptn_bytes_slice(ptn_buffer_bytes(text), starts[i], views[i]->len);
    head.rows = PTN_BYTES_NONE;
    head.gone = PTN_BYTES_NONE;
    *ret_head = head;
    return PTN_OK;
}

bool ptn_rows_same_profile(const struct ptn_list_edition *a, const struct ptn_list_edition *b)
{
    return ptn_bytes_equal(a->profile, b->profile) && ptn_bytes_equal(a->on_entry, b->on_entry) &&
           ptn_bytes_equal(a->on_exit, b->on_exit);
}

static bool same_edition(const struct ptn_list_edition *a, const struct ptn_list_edition *b)
{
    return a->edition == b->edition && a->parts == b->parts && a->count == b->count &&
           a->time_ms == b->time_ms && a->published_ms == b->published_ms &&
           memcmp(a->root, b->root, sizeof(a->root)) == 0 &&
           memcmp(a->former, b->former, sizeof(a->former)) == 0 && ptn_rows_same_profile(a, b);
}

static struct ptn_status begin(struct ptn_rows_of *list, const struct ptn_list_edition *edition,
                               struct ptn_diag *reterr)
{
    struct ptn_rows_pending *pending = &list->pending;
    enum ptn_list_action action;
    struct ptn_list_profile profile;
    struct ptn_status status;

    ptn_rows_drop_pending(pending);
    if (edition->part != 0 || edition->edition != list->head.edition + 1)
        return refuse(reterr, "not the next part of a list");
    if (list->head.edition > 0 &&
        (memcmp(edition->former, list->head.root, sizeof(edition->former)) != 0 ||
         !ptn_rows_same_profile(edition, &list->head)))
        return refuse(reterr, "an edition that does not follow the former one");
    if (!ptn_ok(ptn_list_profile_find(edition->profile, &profile)) ||
        !ptn_ok(ptn_list_action_find(edition->on_entry, &action)) ||
        !ptn_ok(ptn_list_action_find(edition->on_exit, &action)))
        return refuse(reterr, "a profile or an action that is not known");
    status = keep_head(edition, &pending->text, &pending->head);
    if (!ptn_ok(status))
        return no_memory(reterr);
    pending->next = 0;
    pending->chain = (struct ptn_row_name){ { 0 } };
    if (list->head.edition > 0)
        pending->chain = list->chains[list->head.edition - 1];
    pending->open = true;
    return PTN_OK;
}

static bool grow(void *array, size_t *room, size_t count, size_t size)
{
    void *at;
    void *bigger;
    size_t wanted = *room == 0 ? 64 : *room * 2;

    if (count < *room)
        return true;
    memcpy(&at, array, sizeof(at));
    bigger = realloc(at, wanted * size);
    if (bigger == NULL)
        return false;
    memcpy(array, &bigger, sizeof(bigger));
    *room = wanted;
    return true; /* cppcheck-suppress memleak ; the array has it */
}

/* Bytes of the array's head and the id: rows of one entry have them in common. */
static uint32_t prefix_of(struct ptn_bytes row, const struct ptn_list_entry *entry)
{
    return (uint32_t)((size_t)(entry->id.at - row.at) + entry->id.len);
}

static struct ptn_status add_row(struct ptn_rows *rows, struct ptn_rows_of *list,
                                 struct ptn_bytes bytes, uint32_t prefix, struct ptn_diag *reterr)
{
    struct ptn_rows_pending *pending = &list->pending;
    struct ptn_rows_one row = { .len = (uint32_t)bytes.len,
                                .prefix = prefix,
                                .covered_by = PTN_ROWS_NONE };
    uint32_t index;
    struct ptn_status status = ptn_rows_name_of(rows->hasher, bytes, &row.name);

    if (!ptn_ok(status))
        return status;
    index = find_row(list, &row.name);
    if (index != PTN_ROWS_NONE && list->rows[index].present)
        return refuse(reterr, "a row that is there already");
    if (pending->added_count > 0 &&
        ptn_bytes_compare(ptn_rows_bytes(&pending->added[pending->added_count - 1]), bytes) >= 0)
        return refuse(reterr, "rows that are not in order");
    if (rows->bytes + pending->added_bytes + bytes.len > PTN_ROWS_BYTES_MAX ||
        rows->rows + pending->added_count >= PTN_ROWS_COUNT_MAX)
        return ptn_fail(PTN_C_TOO_BIG, reterr, 0, "more rows than are kept");
    if (!grow(&pending->added, &pending->added_room, pending->added_count, sizeof(row)))
        return no_memory(reterr);
    row.bytes = malloc(bytes.len);
    if (row.bytes == NULL)
        return no_memory(reterr);
    memcpy(row.bytes, bytes.at, bytes.len);
    pending->added[pending->added_count++] = row;
    pending->added_bytes += bytes.len;
    return PTN_OK;
}

static struct ptn_status add_rows(struct ptn_rows *rows, struct ptn_rows_of *list,
                                  struct ptn_bytes bytes, struct ptn_diag *reterr)
{
    struct ptn_status status = PTN_OK;

    for (size_t at = 0; ptn_ok(status) && at < bytes.len;) {
        struct ptn_bytes rest = ptn_bytes_slice(bytes, at, bytes.len - at);
        struct ptn_list_entry entry;
        size_t len = 0;

        ptn_arena_clear(rows->arena);
        status = ptn_row_parse(rest, rows->arena, &entry, &len, reterr);
        if (ptn_ok(status))
            status =
                add_row(rows, list, ptn_bytes_slice(rest, 0, len), prefix_of(rest, &entry), reterr);
        at += len;
    }
    return status;
}

static struct ptn_status add_gone(struct ptn_rows_of *list, struct ptn_bytes gone,
                                  const struct ptn_row_name *record, struct ptn_diag *reterr)
{
    struct ptn_rows_pending *pending = &list->pending;

    for (size_t at = 0; at + PTN_SHA256_LEN <= gone.len; at += PTN_SHA256_LEN) {
        struct ptn_row_name name;
        uint32_t index;

        memcpy(name.at, gone.at + at, sizeof(name.at));
        index = find_row(list, &name);
        if (index == PTN_ROWS_NONE || !list->rows[index].present)
            return refuse(reterr, "a row is gone that was not there");
        if (pending->gone_count > 0 &&
            ptn_rows_compare_names(&list->rows[pending->gone[pending->gone_count - 1].row].name,
                                   &name) >= 0)
            return refuse(reterr, "names that are not in order");
        if (!grow(&pending->gone, &pending->gone_room, pending->gone_count, sizeof(*pending->gone)))
            return no_memory(reterr);
        pending->gone[pending->gone_count++] = (struct ptn_rows_gone){ index, *record };
    }
    return PTN_OK;
}

/* ---- a whole edition ---- */

/* What an edition would leave, worked out before anything changes. */
struct turning {
    struct ptn_rows_one *rows; /* all, the new ones behind those there were */
    size_t count;
    uint32_t *order; /* those that are there then */
    size_t order_count;
    uint32_t *by_name;
    uint32_t *where; /* of each added row */
    bool *leaves;    /* of each former row */
};

static void turning_release(struct turning *turning)
{
    free(turning->rows);
    free(turning->order);
    free(turning->by_name);
    free(turning->where);
    free(turning->leaves);
}

/* A row that comes back is where it was; others stand behind. */
static struct ptn_status lay_out(const struct ptn_rows_of *list, struct turning *turning)
{
    const struct ptn_rows_pending *pending = &list->pending;
    size_t room = list->count + pending->added_count + 1;

    turning->rows = calloc(room, sizeof(*turning->rows));
    turning->order = calloc(room, sizeof(*turning->order));
    turning->by_name = calloc(room, sizeof(*turning->by_name));
    turning->where = calloc(room, sizeof(*turning->where));
    turning->leaves = calloc(room, sizeof(*turning->leaves));
    if (turning->rows == NULL || turning->order == NULL || turning->by_name == NULL ||
        turning->where == NULL || turning->leaves == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    if (list->count > 0)
        memcpy(turning->rows, list->rows, list->count * sizeof(*turning->rows));
    turning->count = list->count;
    for (size_t i = 0; i < pending->gone_count; i++)
        turning->leaves[pending->gone[i].row] = true;
    for (size_t i = 0; i < pending->added_count; i++) {
        uint32_t index = find_row(list, &pending->added[i].name);

        if (index == PTN_ROWS_NONE) {
            index = (uint32_t)turning->count++;
            turning->rows[index] = pending->added[i];
        }
        turning->where[i] = index;
    }
    return PTN_OK;
}

/* Those that stay and those that come, merged by their bytes. */
static void merge(const struct ptn_rows_of *list, struct turning *turning)
{
    const struct ptn_rows_pending *pending = &list->pending;
    size_t a = 0;
    size_t b = 0;

    while (a < list->order_count || b < pending->added_count) {
        bool former = a < list->order_count;

        if (former && turning->leaves[list->order[a]]) {
            a++;
            continue;
        }
        if (former && b < pending->added_count)
            former = ptn_bytes_compare(ptn_rows_bytes(&turning->rows[list->order[a]]),
                                       ptn_rows_bytes(&pending->added[b])) < 0;
        turning->order[turning->order_count++] = former ? list->order[a++] : turning->where[b++];
    }
}

/* An id says how long it is: no other begins with it. */
static bool same_entry(const struct ptn_rows_one *a, const struct ptn_rows_one *b)
{
    return a->len >= b->prefix && memcmp(a->bytes, b->bytes, b->prefix) == 0;
}

/* ROWS-2. */
static struct ptn_status check_whole(struct ptn_rows *rows, const struct ptn_list_edition *head,
                                     const struct turning *turning, struct ptn_diag *reterr)
{
    struct ptn_row_name *names = calloc(turning->order_count + 1, sizeof(*names));
    uint8_t root[PTN_SHA256_LEN];
    struct ptn_status status = { PTN_C_NO_MEMORY };

    if (names == NULL)
        return no_memory(reterr);
    for (size_t i = 0; i < turning->order_count; i++)
        names[i] = turning->rows[turning->order[i]].name;
    status = ptn_rows_root(rows->hasher, names, turning->order_count, root);
    free(names);
    if (!ptn_ok(status))
        return status;
    if (turning->order_count != head->count || memcmp(root, head->root, sizeof(root)) != 0)
        return refuse(reterr, "an edition that does not come out as it says");
    for (size_t i = 1; i < turning->order_count; i++)
        if (same_entry(&turning->rows[turning->order[i - 1]], &turning->rows[turning->order[i]]))
            return refuse(reterr, "two rows of one entry");
    return PTN_OK;
}

const struct ptn_rows_one *ptn_rows_find_entry(const struct ptn_rows_one *among, size_t count,
                                               const struct ptn_rows_one *row)
{
    size_t low = 0;
    size_t high = count;
    struct ptn_bytes prefix = ptn_bytes_of(row->bytes, row->prefix);

    while (low < high) {
        size_t mid = low + (high - low) / 2;

        if (ptn_bytes_compare(ptn_rows_bytes(&among[mid]), prefix) < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return low < count && same_entry(&among[low], row) ? &among[low] : NULL;
}

bool ptn_rows_covers(const struct ptn_rows *rows, const struct ptn_rows_one *newer,
                     const struct ptn_rows_one *former)
{
    struct ptn_list_entry a;
    struct ptn_list_entry b;
    size_t len = 0;

    ptn_arena_clear(rows->arena);
    return ptn_ok(ptn_row_parse(ptn_rows_bytes(newer), rows->arena, &a, &len, NULL)) &&
           ptn_ok(ptn_row_parse(ptn_rows_bytes(former), rows->arena, &b, &len, NULL)) &&
           ptn_row_covers(&a, &b);
}

static void keep_word(char text[PTN_RECORD_WORD_MAX + 1], struct ptn_bytes word)
{
    size_t len = word.len < PTN_RECORD_WORD_MAX ? word.len : PTN_RECORD_WORD_MAX;

    if (len > 0)
        memcpy(text, word.at, len);
    text[len] = '\0';
}

/* Beside those before it. */
static void keep_edition(struct ptn_rows_of *list, size_t changed)
{
    const struct ptn_rows_pending *pending = &list->pending;
    struct ptn_rows_edition *edition =
        &list->editions[list->edition_count++ % PTN_ROWS_EDITIONS_MAX];

    *edition = (struct ptn_rows_edition){
        .edition = pending->head.edition,
        .time_ms = pending->head.time_ms,
        .published_ms = pending->head.published_ms,
        .count = (size_t)pending->head.count,
        .added = pending->added_count - changed,
        .removed = pending->gone_count - changed,
        .changed = changed,
    };
    memcpy(edition->root, pending->head.root, sizeof(edition->root));
    keep_word(edition->officer, pending->head.officer);
    keep_word(edition->second, pending->head.second);
}

/* Mark what comes and goes. Nothing here can fail. */
static void mark(struct ptn_rows *rows, struct ptn_rows_of *list, struct turning *turning)
{
    const struct ptn_rows_pending *pending = &list->pending;
    size_t changed = 0;

    for (size_t i = 0; i < pending->added_count; i++) {
        struct ptn_rows_one *row = &turning->rows[turning->where[i]];

        row->present = true;
        row->covered_by = PTN_ROWS_NONE;
        row->gone_in = 0;
    }
    for (size_t i = 0; i < pending->gone_count; i++) {
        struct ptn_rows_one *row = &turning->rows[pending->gone[i].row];
        const struct ptn_rows_one *newer =
            ptn_rows_find_entry(pending->added, pending->added_count, row);

        row->present = false;
        row->gone_in = pending->head.edition;
        row->gone_record = pending->gone[i].record;
        changed += newer != NULL ? 1 : 0;
        if (newer != NULL && ptn_rows_covers(rows, newer, row))
            row->covered_by = turning->where[newer - pending->added];
    }
    keep_edition(list, changed);
}

static int compare_places(const void *a, const void *b, void *context)
{
    const struct ptn_rows_one *rows = context;
    uint32_t left;
    uint32_t right;

    memcpy(&left, a, sizeof(left));
    memcpy(&right, b, sizeof(right));
    return memcmp(rows[left].name.at, rows[right].name.at, PTN_SHA256_LEN);
}

/* Those there were are in order; the new ones, few as a rule, are put in order and merged. Where
 * the added ones are is forgotten. */
static void order_by_name(const struct ptn_rows_of *list, struct turning *turning)
{
    uint32_t *added = turning->where;
    size_t count = turning->count - list->count;
    size_t a = 0;
    size_t b = 0;

    for (size_t i = 0; i < count; i++)
        added[i] = (uint32_t)(list->count + i);
    qsort_r(added, count, sizeof(*added), compare_places, turning->rows);
    for (size_t i = 0; i < turning->count; i++) {
        bool former = a < list->count && (b == count || compare_places(&list->by_name[a], &added[b],
                                                                       turning->rows) < 0);

        turning->by_name[i] = former ? list->by_name[a++] : added[b++];
    }
}

/* The edition counts from here on. */
static void put(struct ptn_rows *rows, struct ptn_rows_of *list, struct turning *turning)
{
    struct ptn_rows_pending *pending = &list->pending;
    struct ptn_buffer text = list->text;

    for (size_t i = 0; i < pending->added_count; i++) {
        if (turning->where[i] < list->count) {
            free(pending->added[i].bytes); /* it came back: its bytes are there */
        } else {
            rows->bytes += pending->added[i].len;
            rows->rows++;
        }
    }
    pending->added_count = 0;
    order_by_name(list, turning);
    free(list->rows);
    free(list->order);
    free(list->by_name);
    list->rows = turning->rows;
    list->count = turning->count;
    list->order = turning->order;
    list->order_count = turning->order_count;
    list->by_name = turning->by_name;
    turning->rows = NULL;
    turning->order = NULL;
    turning->by_name = NULL;
    list->head = pending->head;
    list->chains[list->head.edition - 1] = pending->chain;
    list->text = pending->text;
    pending->text = text;
    ptn_rows_drop_pending(pending);
    list->doubted = ptn_rows_count_doubted(rows, list);
    list->refused_edition = 0;
    rows->version++;
}

static struct ptn_status finish(struct ptn_rows *rows, struct ptn_rows_of *list,
                                struct ptn_diag *reterr)
{
    struct turning turning = { 0 };
    struct ptn_status status = lay_out(list, &turning);

    if (ptn_ok(status)) {
        merge(list, &turning);
        status = check_whole(rows, &list->pending.head, &turning, reterr);
    }
    if (ptn_ok(status)) {
        mark(rows, list, &turning);
        put(rows, list, &turning);
    }
    turning_release(&turning);
    return status;
}

/* Which records an edition was made of, in which order, and all editions before it. */
static struct ptn_status chain(struct ptn_rows *rows, struct ptn_rows_of *list,
                               const struct ptn_row_name *record, struct ptn_diag *reterr)
{
    const struct ptn_bytes parts[] = {
        ptn_bytes_of(list->pending.chain.at, sizeof(list->pending.chain.at)),
        ptn_bytes_of(record->at, sizeof(record->at)),
    };
    struct ptn_row_name next = { { 0 } };
    struct ptn_status status = ptn_hasher_digest(rows->hasher, parts, 2, next.at);

    if (ptn_ok(status) &&
        !grow(&list->chains, &list->chain_room, (size_t)list->head.edition, sizeof(*list->chains)))
        return no_memory(reterr);
    if (ptn_ok(status))
        list->pending.chain = next;
    return status;
}

static struct ptn_status take_part(struct ptn_rows *rows, struct ptn_rows_of *list,
                                   const struct ptn_list_edition *edition,
                                   const struct ptn_row_name *record, bool *ret_whole,
                                   struct ptn_diag *reterr)
{
    struct ptn_rows_pending *pending = &list->pending;
    struct ptn_status status = PTN_OK;

    if (!pending->open || edition->part == 0)
        status = begin(list, edition, reterr);
    if (ptn_ok(status) &&
        (edition->part != pending->next || !same_edition(edition, &pending->head)))
        status = refuse(reterr, "a part of another edition");
    if (ptn_ok(status))
        status = add_rows(rows, list, edition->rows, reterr);
    if (ptn_ok(status))
        status = add_gone(list, edition->gone, record, reterr);
    if (ptn_ok(status))
        status = chain(rows, list, record, reterr);
    if (ptn_ok(status) && ++pending->next == edition->parts) {
        status = finish(rows, list, reterr);
        *ret_whole = ptn_ok(status);
    }
    if (!ptn_ok(status))
        ptn_rows_drop_pending(pending);
    return status;
}

/* An edition is refused once: parts of it behind the one that was are of the same one. */
static bool was_refused(struct ptn_rows_of *list, const struct ptn_list_edition *edition)
{
    bool same = edition->part != 0 && list->refused_edition == edition->edition &&
                list->refused_ms == edition->time_ms &&
                memcmp(list->refused_root, edition->root, sizeof(list->refused_root)) == 0;

    list->refused_edition = edition->edition;
    list->refused_ms = edition->time_ms;
    memcpy(list->refused_root, edition->root, sizeof(list->refused_root));
    return same;
}

struct ptn_status ptn_rows_take(struct ptn_rows *rows, unsigned source, struct ptn_bytes payload,
                                bool *ret_whole, struct ptn_diag *reterr)
{
    struct ptn_list_edition edition;
    struct ptn_rows_of *list = NULL;
    struct ptn_row_name record;
    struct ptn_status status = ptn_list_edition_parse(payload, &edition, reterr);

    *ret_whole = false;
    if (ptn_ok(status))
        status = ptn_sha256(&payload, 1, record.at);
    if (ptn_ok(status))
        status = list_for(rows, source, edition.list, &list, reterr);
    if (ptn_ok(status))
        status = take_part(rows, list, &edition, &record, ret_whole, reterr);
    if (!ptn_ok(status))
        rows->refused += list != NULL && was_refused(list, &edition) ? 0 : 1;
    return status;
}
