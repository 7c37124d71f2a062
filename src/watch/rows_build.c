/* watch/rows_build.c -- rows into a snapshot, and a snapshot into the next edition: see rows.h. */
#include "watch/list_int.h"
#include "watch/rows_int.h"

#include <stdio.h>
#include <stdlib.h>

#define ARENA_MAX ((size_t)1 << 30)
#define MARK_LEN  17u /* "~" and eight bytes of a row's name */

#define GONE_A_PART (PTN_LIST_EDITION_BLOB_MAX / 4 / PTN_SHA256_LEN)

/* ---- into a snapshot ---- */

/* Rows of one list that are in force in one way. */
struct gathering {
    struct ptn_arena *arena;
    struct ptn_list_entry *entries;
    size_t count;
    size_t kept; /* in force, and in the base */
};

/* Two versions of an entry are two entries: merged into one, the one's birth date would speak
 * against the other. ROWS-3. */
struct ptn_status ptn_rows_mark_id(struct ptn_arena *arena, const struct ptn_rows_one *row,
                                   struct ptn_list_entry *entry)
{
    char *id = ptn_arena_take(arena, entry->id.len + MARK_LEN + 1);
    size_t len = entry->id.len;

    if (id == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    memcpy(id, entry->id.at, len);
    id[len] = '~';
    (void)ptn_hex_write(row->name.at, (MARK_LEN - 1) / 2, id + len + 1);
    entry->id = ptn_bytes_of(id, len + MARK_LEN);
    return PTN_OK;
}

/* Rows in force in that way; with a base, those that it does not have under that name, and how many
 * it has. */
static struct ptn_status gather(const struct ptn_rows *rows, size_t index, enum ptn_row_fate fate,
                                const struct ptn_rows_base *base, const char *name,
                                struct gathering *gathering)
{
    const struct ptn_rows_of *list = rows->lists[index];
    const struct ptn_rows_span span = ptn_rows_span_of(base, name);
    size_t wanted = 0;
    struct ptn_status status = PTN_OK;

    gathering->count = 0;
    gathering->kept = 0;
    for (size_t i = 0; i < list->count; i++) {
        bool in_force = ptn_rows_fate(rows, list, (uint32_t)i) == fate;
        bool kept = in_force && ptn_rows_is_kept(base, index, i, span);

        gathering->kept += kept ? 1 : 0;
        wanted += in_force && !kept ? 1 : 0;
    }
    gathering->entries =
        ptn_arena_take(gathering->arena, (wanted + 1) * sizeof(*gathering->entries));
    if (gathering->entries == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    for (size_t i = 0; ptn_ok(status) && wanted > 0 && i < list->count; i++) {
        struct ptn_list_entry *entry = &gathering->entries[gathering->count];
        size_t len = 0;

        if (ptn_rows_fate(rows, list, (uint32_t)i) != fate ||
            ptn_rows_is_kept(base, index, i, span))
            continue;
        status = ptn_row_parse(ptn_rows_bytes(&list->rows[i]), gathering->arena, entry, &len, NULL);
        if (ptn_ok(status) && fate == PTN_ROW_DOUBTED)
            status = ptn_rows_mark_id(gathering->arena, &list->rows[i], entry);
        gathering->count++;
    }
    return status;
}

static struct ptn_status profile_of(const struct ptn_list_edition *head,
                                    struct ptn_list_profile *ret_profile)
{
    enum ptn_list_action on_entry = PTN_LIST_ACTION_REFER;
    enum ptn_list_action on_exit = PTN_LIST_ACTION_INFORM;
    struct ptn_status status = ptn_list_profile_find(head->profile, ret_profile);

    if (ptn_ok(status))
        status = ptn_list_action_find(head->on_entry, &on_entry);
    if (ptn_ok(status))
        status = ptn_list_action_find(head->on_exit, &on_exit);
    if (!ptn_ok(status))
        return status;
    if (ret_profile->on_entry.action != on_entry)
        ret_profile->on_entry = ptn_list_action_effect(on_entry);
    if (ret_profile->on_exit.action != on_exit)
        ret_profile->on_exit = ptn_list_action_effect(on_exit);
    ret_profile->set_by = head->set_by;
    ret_profile->set_reason = head->set_reason;
    return PTN_OK;
}

/* "NAME", "NAME.2", "NAME.2-unconfirmed". Of a name that is as long as one may be, the end makes
 * room for a number of two digits. */
static void write_name(const char *list, unsigned number, enum ptn_row_fate fate,
                       char name[PTN_LIST_NAME_MAX + 1])
{
    const char *mark = fate == PTN_ROW_DOUBTED ? PTN_ROWS_UNCONFIRMED : "";
    char nth[16] = "";
    int room;

    if (number > 1)
        (void)snprintf(nth, sizeof(nth), ".%u", number);
    room = (int)(PTN_LIST_NAME_MAX - (sizeof(PTN_ROWS_UNCONFIRMED) - 1) - strlen(nth));
    (void)snprintf(name, PTN_LIST_NAME_MAX + 1, "%.*s%s%s", room, list, nth, mark);
}

static bool is_taken(char names[][PTN_LIST_NAME_MAX + 1], size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

/* ROWS-5: lists of one name from several ledgers are told apart by a number, and so is one whose
 * own name is another's with its number: two of one name could not be compiled, nor anything with
 * them. */
void ptn_rows_built_name(const struct ptn_rows *rows, size_t index, enum ptn_row_fate fate,
                         char name[PTN_LIST_NAME_MAX + 1])
{
    char names[PTN_ROWS_LIST_MAX][PTN_LIST_NAME_MAX + 1] = { { 0 } };
    unsigned number = 1;

    for (size_t i = 0; i <= index; i++) {
        if (i < index && !ptn_rows_is_built(rows, i))
            continue;
        number = 0;
        do {
            write_name(rows->lists[i]->name, ++number, PTN_ROW_IN_FORCE, names[i]);
        } while (is_taken(names, i, names[i]));
    }
    write_name(rows->lists[index]->name, number, fate, name);
}

bool ptn_rows_is_built(const struct ptn_rows *rows, size_t index)
{
    return rows->lists[index]->head.edition > 0 && !ptn_rows_is_gone_on(rows, index);
}

static struct ptn_status build_list(const struct ptn_rows *rows, size_t index,
                                    const struct ptn_rows_base *base,
                                    struct ptn_snapshot_builder *builder,
                                    struct gathering *gathering, size_t *ret_lists,
                                    struct ptn_diag *reterr)
{
    static const enum ptn_row_fate fates[] = { PTN_ROW_IN_FORCE, PTN_ROW_DOUBTED };
    const struct ptn_rows_of *list = rows->lists[index];
    struct ptn_list_profile profile;
    struct ptn_status status = profile_of(&list->head, &profile);

    for (size_t i = 0; ptn_ok(status) && i < 2; i++) {
        char name[PTN_LIST_NAME_MAX + 1];
        struct ptn_snapshot_made made = { .profile = &profile };

        ptn_rows_built_name(rows, index, fates[i], name);
        ptn_arena_clear(gathering->arena);
        status = gather(rows, index, fates[i], base, name, gathering);
        if (!ptn_ok(status) || (i > 0 && gathering->count + gathering->kept == 0))
            break;
        made.name = ptn_bytes_from_text(name);
        made.edition_ms =
            list->head.published_ms != 0 ? list->head.published_ms : list->head.time_ms;
        made.entries = gathering->entries;
        made.count = gathering->count;
        status = ptn_snapshot_builder_make(builder, &made, reterr);
        (*ret_lists)++;
    }
    return status;
}

struct ptn_status ptn_rows_build_beside(const struct ptn_rows *rows,
                                        const struct ptn_rows_base *base,
                                        const struct ptn_world *world, struct ptn_buffer *out,
                                        struct ptn_diag *reterr)
{
    struct ptn_snapshot_builder *builder = ptn_snapshot_builder_new(world);
    struct gathering gathering = { .arena = ptn_arena_new(ARENA_MAX) };
    size_t lists = 0;
    struct ptn_status status = { PTN_C_NO_MEMORY };

    if (builder != NULL && gathering.arena != NULL)
        status = PTN_OK;
    for (size_t i = 0; ptn_ok(status) && i < rows->list_count; i++)
        if (ptn_rows_is_built(rows, i))
            status = build_list(rows, i, base, builder, &gathering, &lists, reterr);
    if (ptn_ok(status) && lists == 0)
        status = (struct ptn_status){ PTN_C_NOT_FOUND };
    if (ptn_ok(status))
        status = ptn_snapshot_builder_write(builder, out, reterr);
    ptn_snapshot_builder_free(builder);
    ptn_arena_free(gathering.arena);
    return status;
}

struct ptn_status ptn_rows_build(const struct ptn_rows *rows, const struct ptn_world *world,
                                 struct ptn_buffer *out, struct ptn_diag *reterr)
{
    return ptn_rows_build_beside(rows, NULL, world, out, reterr);
}

/* ---- the next edition ---- */

struct making {
    const struct ptn_rows *rows;
    const struct ptn_rows_of *list; /* NULL: edition 1 */
    const struct ptn_rows_plan *plan;
    struct ptn_buffer text;     /* all rows */
    struct ptn_rows_one *newer; /* of the list to publish; ascending by bytes */
    size_t count;
    struct ptn_row_name *gone;
    size_t gone_count;
    size_t taken;
};

static int compare_newer(const void *a, const void *b)
{
    return ptn_bytes_compare(ptn_rows_bytes(a), ptn_rows_bytes(b));
}

/* Rows of the snapshot's entries from first on. */
static struct ptn_status write_rows(struct making *making, size_t first, size_t count,
                                    struct ptn_diag *reterr)
{
    struct ptn_arena *arena = ptn_arena_new((size_t)2 * PTN_LIST_ENTRY_SIZE_MAX);
    size_t at = 0;
    struct ptn_status status = { PTN_C_NO_MEMORY };

    making->newer = calloc(count + 1, sizeof(*making->newer));
    if (arena != NULL && making->newer != NULL)
        status = PTN_OK;
    for (size_t i = 0; ptn_ok(status) && i < count; i++) {
        struct ptn_list_entry entry;
        size_t before = making->text.len;

        ptn_arena_clear(arena);
        status = ptn_snapshot_entry(making->plan->snapshot, first + i, arena, &entry);
        if (ptn_ok(status))
            status = ptn_row_write(&entry, &making->text, reterr);
        making->newer[i].len = (uint32_t)(making->text.len - before);
    }
    for (size_t i = 0; ptn_ok(status) && i < count; i++) { /* the text moves no more */
        struct ptn_rows_one *row = &making->newer[making->count++];

        row->bytes = making->text.at + at;
        at += row->len;
        status = ptn_rows_name_of(making->rows->hasher, ptn_rows_bytes(row), &row->name);
    }
    if (ptn_ok(status) && making->count > 0)
        qsort(making->newer, making->count, sizeof(*making->newer), compare_newer);
    ptn_arena_free(arena);
    return status;
}

static struct ptn_status read_list(struct making *making, struct ptn_list_edition *edition,
                                   struct ptn_diag *reterr)
{
    const struct ptn_snapshot *snapshot = making->plan->snapshot;
    size_t first = 0;

    for (size_t i = 0; i < ptn_snapshot_info(snapshot).list_count; i++) {
        struct ptn_snapshot_list list = ptn_snapshot_list(snapshot, i);
        size_t count = 0;

        for (size_t kind = 0; kind < PTN_ENTRY_KIND_COUNT; kind++)
            count += list.entries[kind];
        if (ptn_bytes_equal(list.name, edition->list)) {
            edition->published_ms = list.edition_ms;
            edition->profile = list.profile.key;
            edition->on_entry =
                ptn_bytes_from_text(ptn_list_action_word(list.profile.on_entry.action));
            edition->on_exit =
                ptn_bytes_from_text(ptn_list_action_word(list.profile.on_exit.action));
            edition->set_by = list.profile.set_by;
            edition->set_reason = list.profile.set_reason;
            return write_rows(making, first, count, reterr);
        }
        first += count;
    }
    return ptn_fail(PTN_C_NOT_FOUND, reterr, 0, "no list of that name in the snapshot");
}

/* Whether another row of the same entry does all that one did. */
static bool is_covered(const struct making *making, const struct ptn_rows_one *row)
{
    const struct ptn_rows_one *newer = ptn_rows_find_entry(making->newer, making->count, row);

    return newer != NULL && ptn_rows_covers(making->rows, newer, row);
}

/* Leave in newer what is new, and gather what is gone. */
static struct ptn_status compare(struct making *making, struct ptn_list_edition *edition)
{
    struct ptn_row_name *names = calloc(making->count + 1, sizeof(*names));
    size_t former = making->list == NULL ? 0 : making->list->order_count;
    size_t kept = 0;
    size_t at = 0;
    struct ptn_status status = { PTN_C_NO_MEMORY };

    making->gone = calloc(former + 1, sizeof(*making->gone));
    if (names != NULL && making->gone != NULL)
        status = PTN_OK;
    for (size_t i = 0; ptn_ok(status) && i < making->count; i++)
        names[i] = making->newer[i].name;
    if (ptn_ok(status))
        status = ptn_rows_root(making->rows->hasher, names, making->count, edition->root);
    free(names);
    edition->count = making->count;
    for (size_t i = 0; ptn_ok(status) && i < former; i++) {
        const struct ptn_rows_one *row = &making->list->rows[making->list->order[i]];
        int order = 1;

        while (at < making->count && (order = ptn_bytes_compare(ptn_rows_bytes(&making->newer[at]),
                                                                ptn_rows_bytes(row))) < 0)
            at++;
        if (at < making->count && order == 0)
            continue;
        making->gone[making->gone_count++] = row->name;
        if (is_covered(making, row))
            continue;
        making->taken++;
        if (making->plan->taken != NULL)
            making->plan->taken(making->plan->taken_context, ptn_rows_bytes(row));
    }
    at = 0;
    for (size_t i = 0; ptn_ok(status) && i < making->count; i++) {
        int order = 1;

        while (at < former && (order = ptn_bytes_compare(
                                   ptn_rows_bytes(&making->list->rows[making->list->order[at]]),
                                   ptn_rows_bytes(&making->newer[i]))) < 0)
            at++;
        if (at == former || order != 0)
            making->newer[kept++] = making->newer[i];
    }
    making->count = kept;
    if (making->gone != NULL && making->gone_count > 1)
        qsort(making->gone, making->gone_count, sizeof(*making->gone), ptn_rows_compare_names);
    return status;
}

/* Where the part ends that begins with that row. */
static size_t part_end(const struct making *making, size_t from)
{
    size_t len = 0;
    size_t i = from;

    for (; i < making->count && len + making->newer[i].len <= PTN_LIST_EDITION_BLOB_MAX; i++)
        len += making->newer[i].len;
    return i;
}

static uint64_t count_parts(const struct making *making)
{
    uint64_t parts = 0;
    uint64_t gone = (making->gone_count + GONE_A_PART - 1) / GONE_A_PART;

    for (size_t row = 0; row < making->count; parts++)
        row = part_end(making, row);
    parts = parts > gone ? parts : gone;
    return parts > 0 ? parts : 1;
}

static struct ptn_status write_parts(const struct making *making, struct ptn_list_edition *edition,
                                     ptn_rows_put_fn put, void *context, struct ptn_diag *reterr)
{
    struct ptn_buffer blob = { .len_max = PTN_LIST_EDITION_BLOB_MAX };
    struct ptn_buffer payload = { .len_max = PTN_RECORD_LEN_MAX };
    size_t row = 0;
    size_t gone = 0;
    struct ptn_status status = PTN_OK;

    edition->parts = count_parts(making);
    for (uint64_t part = 0; ptn_ok(status) && part < edition->parts; part++) {
        size_t next = part_end(making, row);
        size_t left = making->gone_count - gone;
        size_t names = left < GONE_A_PART ? left : GONE_A_PART;

        ptn_buffer_clear(&blob);
        ptn_buffer_clear(&payload);
        for (; ptn_ok(status) && row < next; row++)
            status = ptn_buffer_add(&blob, ptn_rows_bytes(&making->newer[row]));
        edition->part = part;
        edition->rows = ptn_buffer_bytes(&blob);
        edition->gone = names == 0 ? PTN_BYTES_NONE
                                   : ptn_bytes_of(making->gone[gone].at, names * PTN_SHA256_LEN);
        gone += names;
        if (ptn_ok(status))
            status = ptn_list_edition_validate(edition, reterr);
        if (ptn_ok(status))
            status = ptn_list_edition_write(edition, &payload);
        if (ptn_ok(status))
            status = put(context, ptn_buffer_bytes(&payload));
    }
    ptn_buffer_release(&blob);
    ptn_buffer_release(&payload);
    return status;
}

/* Whether this may be published. */
static struct ptn_status judge(const struct making *making, const struct ptn_list_edition *edition,
                               struct ptn_diag *reterr)
{
    const struct ptn_rows_of *list = making->list;

    if (list == NULL)
        return PTN_OK;
    if (!ptn_rows_same_profile(edition, &list->head))
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0,
                        "its profile is not the former edition's: that is another list");
    if (making->taken * PTN_ROWS_BRAKE > list->order_count && edition->second.len == 0)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0,
                        "more than one row in fifty is gone: a second person must agree");
    return PTN_OK;
}

struct ptn_status ptn_rows_publish(const struct ptn_rows *rows, const struct ptn_rows_plan *plan,
                                   ptn_rows_put_fn put, void *context,
                                   struct ptn_rows_difference *ret_difference,
                                   struct ptn_diag *reterr)
{
    struct ptn_list_edition edition = plan->edition;
    struct making making = { .rows = rows, .plan = plan };
    struct ptn_status status;

    making.list = ptn_rows_find(rows, plan->source, edition.list);
    if (making.list != NULL && making.list->head.edition == 0)
        making.list = NULL;
    ptn_buffer_init(&making.text, PTN_ROWS_BYTES_MAX);
    status = read_list(&making, &edition, reterr);
    edition.edition = 1;
    if (making.list != NULL) {
        edition.edition = making.list->head.edition + 1;
        memcpy(edition.former, making.list->head.root, sizeof(edition.former));
    }
    if (ptn_ok(status))
        status = compare(&making, &edition);
    if (ptn_ok(status)) {
        *ret_difference = (struct ptn_rows_difference){
            .edition = edition.edition,
            .former = making.list == NULL ? 0 : making.list->order_count,
            .count = edition.count,
            .added = making.count,
            .gone = making.gone_count,
            .taken = making.taken,
        };
        status = judge(&making, &edition, reterr);
    }
    if (ptn_ok(status))
        status = write_parts(&making, &edition, put, context, reterr);
    ptn_buffer_release(&making.text);
    free(making.newer);
    free(making.gone);
    return status;
}

/* ---- parts kept ---- */

static bool make_room(struct ptn_rows_parts *parts)
{
    size_t room = parts->room == 0 ? 16 : parts->room * 2;
    struct ptn_bytes *at;
    uint8_t **owned;

    if (parts->count < parts->room)
        return true;
    at = realloc(parts->at, room * sizeof(*at));
    if (at == NULL)
        return false;
    parts->at = at;
    owned = realloc(parts->owned, room * sizeof(*owned));
    if (owned == NULL)
        return false;
    parts->owned = owned;
    parts->room = room;
    return true;
}

struct ptn_status ptn_rows_keep(void *context, struct ptn_bytes payload)
{
    struct ptn_rows_parts *parts = context;
    uint8_t *copy = make_room(parts) ? malloc(payload.len) : NULL;

    if (copy == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    memcpy(copy, payload.at, payload.len);
    parts->owned[parts->count] = copy;
    parts->at[parts->count++] = ptn_bytes_of(copy, payload.len);
    return PTN_OK;
}

void ptn_rows_parts_release(struct ptn_rows_parts *parts)
{
    for (size_t i = 0; i < parts->count; i++)
        free(parts->owned[i]);
    free(parts->owned);
    free(parts->at);
}
