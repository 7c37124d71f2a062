/*
 * serve/desk_lists.c -- the lists a centre publishes, at its desk: editions, what each brought and
 * took, what went and is not confirmed with the record that a note would name, and what waits for a
 * second person. Standard: docs/format/editions.md "At the desk".
 */
#include "serve/desk_int.h"
#include "serve/request_int.h"
#include "watch/rows.h"

#define RECORDS_MAX 64u /* of one list, that a note could name */
#define NAMES_MAX   20u /* shown of one record */
#define HELD_MAX    4096u
#define PATH_SIZE   1200u
#define HEX_SIZE    (2u * PTN_SHA256_LEN + 1u)

/* ---- what went ---- */

/* The rows of one record that took them away. */
struct gone {
    struct ptn_row_name record;
    uint64_t edition;
    size_t rows;
};

struct gathering {
    struct gone gone[RECORDS_MAX];
    size_t count, left_out;
};

static bool gather(void *context, const struct ptn_rows_row *row)
{
    struct gathering *gathering = context;
    size_t i = 0;

    if (row->fate != PTN_ROW_DOUBTED)
        return true;
    while (i < gathering->count &&
           memcmp(&gathering->gone[i].record, &row->record, sizeof(row->record)) != 0)
        i++;
    if (i == RECORDS_MAX) {
        gathering->left_out++;
        return true;
    }
    if (i == gathering->count)
        gathering->gone[gathering->count++] =
            (struct gone){ .record = row->record, .edition = row->gone_in };
    gathering->gone[i].rows++;
    return true;
}

/* The entries of one record are written; shown counts them in all. */
struct naming {
    struct ptn_json *json;
    const struct gone *gone;
    struct ptn_arena *arena;
    size_t named, *shown;
};

static bool name_one(void *context, const struct ptn_rows_row *row)
{
    struct naming *naming = context;
    struct ptn_list_entry entry;
    size_t len = 0;

    if (row->fate != PTN_ROW_DOUBTED ||
        memcmp(&naming->gone->record, &row->record, sizeof(row->record)) != 0)
        return true;
    ptn_arena_clear(naming->arena);
    if (!ptn_ok(ptn_row_parse(row->bytes, naming->arena, &entry, &len, NULL)))
        return true;
    ptn_json_object(naming->json);
    ptn_json_field_text(naming->json, "entry", entry.id);
    ptn_json_field_text(naming->json, "kind", ptn_bytes_from_text(ptn_entry_kind_word(entry.kind)));
    if (entry.name_count > 0)
        ptn_json_field_text(naming->json, "name", entry.names[0].text);
    ptn_json_object_end(naming->json);
    (*naming->shown)++;
    return ++naming->named < NAMES_MAX;
}

static void write_gone(struct ptn_json *json, const struct ptn_rows *rows, size_t index,
                       struct ptn_arena *arena, size_t *shown)
{
    struct gathering gathering = { .count = 0 };
    char hex[HEX_SIZE];

    ptn_rows_each(rows, index, gather, &gathering);
    ptn_json_key(json, "gone");
    ptn_json_array(json);
    for (size_t i = 0; i < gathering.count; i++) {
        struct naming naming = { json, &gathering.gone[i], arena, 0, shown };

        ptn_json_object(json);
        ptn_json_field_text(
            json, "record",
            ptn_bytes_from_text(ptn_hex_write(gathering.gone[i].record.at, PTN_SHA256_LEN, hex)));
        ptn_json_field_number(json, "edition", (int64_t)gathering.gone[i].edition);
        ptn_json_field_number(json, "rows", (int64_t)gathering.gone[i].rows);
        ptn_json_key(json, "entries");
        ptn_json_array(json);
        ptn_rows_each(rows, index, name_one, &naming);
        ptn_json_array_end(json);
        ptn_json_object_end(json);
    }
    ptn_json_array_end(json);
    ptn_json_field_number(json, "gone_left_out", (int64_t)gathering.left_out);
}

/* ---- editions ---- */

static void write_root(struct ptn_json *json, const uint8_t root[PTN_SHA256_LEN])
{
    char hex[HEX_SIZE];

    ptn_json_field_text(json, "root",
                        ptn_bytes_from_text(ptn_hex_write(root, PTN_SHA256_LEN, hex)));
}

static void write_editions(struct ptn_json *json, const struct ptn_rows *rows, size_t index)
{
    const struct ptn_rows_edition *edition;

    ptn_json_key(json, "editions");
    ptn_json_array(json);
    for (size_t nth = 0; (edition = ptn_rows_edition(rows, index, nth)) != NULL; nth++) {
        ptn_json_object(json);
        ptn_json_field_number(json, "edition", (int64_t)edition->edition);
        ptn_json_field_number(json, "time_ms", edition->time_ms);
        if (edition->published_ms != 0)
            ptn_json_field_number(json, "made_ms", edition->published_ms);
        ptn_json_field_text(json, "officer", ptn_bytes_from_text(edition->officer));
        ptn_json_field_text_if(json, "second", ptn_bytes_from_text(edition->second));
        ptn_json_field_number(json, "rows", (int64_t)edition->count);
        ptn_json_field_number(json, "added", (int64_t)edition->added);
        ptn_json_field_number(json, "removed", (int64_t)edition->removed);
        ptn_json_field_number(json, "changed", (int64_t)edition->changed);
        write_root(json, edition->root);
        ptn_json_object_end(json);
    }
    ptn_json_array_end(json);
}

/* ---- what the brake holds ---- */

struct ptn_status ptn_list_held_path(const char *dir, struct ptn_bytes list, char *path,
                                     size_t path_size)
{
    int len =
        snprintf(path, path_size, "%s/lists/%.*s.held", dir, (int)list.len, (const char *)list.at);

    return (struct ptn_status){ len < 0 || (size_t)len >= path_size ? PTN_C_TOO_BIG : PTN_C_OK };
}

struct ptn_status ptn_list_held_parse(struct ptn_bytes bytes, struct ptn_arena *arena,
                                      struct ptn_list_held *ret_held)
{
    struct ptn_body reading = { .arena = arena };
    json_t *root = ptn_body_load(&reading, bytes, HELD_MAX);
    struct ptn_list_held held = { .count = 0 };

    if (root != NULL) {
        held.officer = ptn_body_text(&reading, root, "officer", PTN_RECORD_WORD_MAX, "officer");
        held.time_ms = (int64_t)json_number_value(json_object_get(root, "time_ms"));
        held.former = ptn_body_count(&reading, root, "former", UINT32_MAX, "former");
        held.count = ptn_body_count(&reading, root, "rows", UINT32_MAX, "rows");
        held.added = ptn_body_count(&reading, root, "added", UINT32_MAX, "added");
        held.gone = ptn_body_count(&reading, root, "gone", UINT32_MAX, "gone");
        held.taken = ptn_body_count(&reading, root, "taken", UINT32_MAX, "taken");
    }
    json_decref(root);
    if (ptn_ok(reading.status))
        *ret_held = held;
    return reading.status;
}

static void write_held_fields(struct ptn_json *json, const struct ptn_list_held *held)
{
    ptn_json_object(json);
    ptn_json_field_text(json, "officer", held->officer);
    ptn_json_field_number(json, "time_ms", held->time_ms);
    ptn_json_field_number(json, "former", (int64_t)held->former);
    ptn_json_field_number(json, "rows", (int64_t)held->count);
    ptn_json_field_number(json, "added", (int64_t)held->added);
    ptn_json_field_number(json, "gone", (int64_t)held->gone);
    ptn_json_field_number(json, "taken", (int64_t)held->taken);
    ptn_json_object_end(json);
}

struct ptn_status ptn_list_held_write(const struct ptn_list_held *held, struct ptn_buffer *out)
{
    struct ptn_json json = { .out = out };

    write_held_fields(&json, held);
    return ptn_json_end(&json);
}

/* What was held back is over once an edition counts that was published later. */
static void write_held(struct ptn_visit *visit, struct ptn_json *json,
                       const struct ptn_rows_list *list)
{
    const struct ptn_world *world = visit->desk->plan.world;
    struct ptn_buffer bytes = { .len_max = HELD_MAX };
    struct ptn_list_held held = { .count = 0 };
    char path[PATH_SIZE];
    struct ptn_status status =
        ptn_list_held_path(visit->desk->plan.dir, list->name, path, sizeof(path));

    if (ptn_ok(status) && !world->files->exists(world->context, path))
        status.code = PTN_C_NOT_FOUND;
    if (ptn_ok(status))
        status = world->files->read(world->context, path, &bytes);
    if (ptn_ok(status))
        status = ptn_list_held_parse(ptn_buffer_bytes(&bytes), visit->arena, &held);
    if (ptn_ok(status) && held.time_ms > list->time_ms) {
        ptn_json_key(json, "held");
        write_held_fields(json, &held);
    }
    ptn_buffer_release(&bytes);
}

/* ---- the answer ---- */

static void write_list(struct ptn_visit *visit, struct ptn_json *json, const struct ptn_rows *rows,
                       size_t index, struct ptn_arena *scratch, size_t *shown)
{
    struct ptn_rows_list list = ptn_rows_list(rows, index);

    ptn_json_object(json);
    ptn_json_field_text(json, "list", list.name);
    ptn_json_field_number(json, "edition", (int64_t)list.edition);
    ptn_json_field_number(json, "time_ms", list.time_ms);
    if (list.published_ms != 0)
        ptn_json_field_number(json, "made_ms", list.published_ms);
    ptn_json_field_number(json, "rows", (int64_t)list.count);
    write_root(json, list.root);
    ptn_json_field_text(json, "officer", list.officer);
    ptn_json_field_text_if(json, "second", list.second);
    ptn_json_field_text(json, "profile", list.profile);
    ptn_json_field_text(json, "on_entry", list.on_entry);
    ptn_json_field_text(json, "on_exit", list.on_exit);
    ptn_json_field_text_if(json, "set_by", list.set_by);
    ptn_json_field_text_if(json, "set_reason", list.set_reason);
    ptn_json_field_number(json, "not_confirmed", (int64_t)list.doubted);
    write_editions(json, rows, index);
    if (list.doubted > 0)
        write_gone(json, rows, index, scratch, shown);
    write_held(visit, json, &list);
    ptn_json_object_end(json);
}

void ptn_desk_get_lists(struct ptn_visit *visit)
{
    struct ptn_json json = { .out = &visit->out };
    struct ptn_arena *scratch;
    const struct ptn_rows *rows;
    size_t shown = 0;

    if (!ptn_visit_has_board(visit))
        return;
    scratch = ptn_arena_new((size_t)2 * PTN_LIST_ENTRY_SIZE_MAX);
    if (scratch == NULL) {
        ptn_visit_busy(visit, "busy", "No memory for this now");
        return;
    }
    rows = ptn_published_rows(ptn_board_lock(visit->desk->plan.board));
    ptn_json_object(&json);
    ptn_json_field_number(&json, "now_ms", ptn_desk_now_ms(visit->desk));
    ptn_json_key(&json, "lists");
    ptn_json_array(&json);
    for (size_t i = 0; i < ptn_rows_list_count(rows); i++) {
        struct ptn_rows_list list = ptn_rows_list(rows, i);

        if (list.edition > 0)
            write_list(visit, &json, rows, i, scratch, &shown);
    }
    ptn_json_array_end(&json);
    ptn_json_field_number(&json, "refused", (int64_t)ptn_rows_refused(rows));
    ptn_board_unlock(visit->desk->plan.board);
    ptn_arena_free(scratch);
    ptn_json_object_end(&json);
    if (ptn_visit_looked(visit, "The lists that are published, and what went from them.", shown))
        ptn_visit_answered(visit, ptn_json_end(&json));
}
