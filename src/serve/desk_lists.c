/*
 * serve/desk_lists.c -- the lists a centre publishes, at its desk: editions, what each brought and
 * took, what went and is not confirmed with the record that a note would name, and what waits for a
 * second person. Standard: docs/format/editions.md "At the desk".
 */
#include "serve/desk_int.h"
#include "watch/rows.h"

#define RECORDS_MAX 64u /* of one list, that a note could name */
#define NAMES_MAX   20u /* shown of one record */
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

static void write_held(struct ptn_visit *visit, struct ptn_json *json,
                       const struct ptn_rows_list *list, size_t *shown)
{
    struct ptn_list_held held;

    if (!ptn_ok(ptn_desk_read_held(visit, list, &held)))
        return;
    ptn_json_key(json, "held");
    ptn_list_held_fields(json, &held);
    *shown += held.name_count;
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
    write_held(visit, json, &list, shown);
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
