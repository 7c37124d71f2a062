/*
 * serve/desk_held.c -- an edition that would take so much away that a second person must agree:
 * what is known of it, and the agreement. Standard: docs/format/editions.md "At the desk".
 */
#include <stdlib.h>

#include "serve/desk_int.h"
#include "serve/request_int.h"
#include "watch/rows.h"

#define HELD_MAX  16384u
#define PATH_SIZE 1200u
#define HEX_SIZE  (2u * PTN_SHA256_LEN + 1u)

/* ---- the file ---- */

struct ptn_status ptn_list_held_path(const char *dir, struct ptn_bytes list, bool whole, char *path,
                                     size_t path_size)
{
    int len = snprintf(path, path_size, "%s/lists/%.*s.held%s", dir, (int)list.len,
                       (const char *)list.at, whole ? ".snap" : "");

    return (struct ptn_status){ len < 0 || (size_t)len >= path_size ? PTN_C_TOO_BIG : PTN_C_OK };
}

/* A whole number, not before 1970: one that is no whole number may be past all that are. */
static int64_t time_of(struct ptn_body *reading, json_t *root)
{
    const json_t *value = json_object_get(root, "time_ms");
    const int64_t time_ms = json_is_integer(value) ? (int64_t)json_integer_value(value) : -1;

    if (time_ms < 0)
        ptn_body_refuse(reading, PTN_C_BAD_INPUT, "time_ms");
    return time_ms;
}

static void read_names(struct ptn_body *reading, json_t *root, struct ptn_list_held *held)
{
    json_t *array = json_object_get(root, "names");
    const size_t count = json_array_size(array);
    struct ptn_list_held_entry *names = NULL;

    if (count > PTN_LIST_HELD_NAMES)
        ptn_body_refuse(reading, PTN_C_BAD_INPUT, "names");
    else if (count > 0)
        names = ptn_arena_take(reading->arena, count * sizeof(*names));
    for (size_t i = 0; names != NULL && i < count; i++) {
        json_t *one = json_array_get(array, i);

        names[i].entry = ptn_body_text(reading, one, "entry", PTN_LIST_HELD_TEXT, "names");
        names[i].name = ptn_body_text(reading, one, "name", PTN_LIST_HELD_TEXT, "names");
    }
    if (names != NULL) {
        held->names = names;
        held->name_count = count;
    }
}

struct ptn_status ptn_list_held_parse(struct ptn_bytes bytes, struct ptn_arena *arena,
                                      struct ptn_list_held *ret_held)
{
    struct ptn_body reading = { .arena = arena };
    json_t *root = ptn_body_load(&reading, bytes, HELD_MAX);
    struct ptn_list_held held = { .count = 0 };

    if (root != NULL) {
        held.officer = ptn_body_text(&reading, root, "officer", PTN_RECORD_WORD_MAX, "officer");
        held.time_ms = time_of(&reading, root);
        held.former = ptn_body_count(&reading, root, "former", UINT32_MAX, "former");
        held.count = ptn_body_count(&reading, root, "rows", UINT32_MAX, "rows");
        held.added = ptn_body_count(&reading, root, "added", UINT32_MAX, "added");
        held.gone = ptn_body_count(&reading, root, "gone", UINT32_MAX, "gone");
        held.taken = ptn_body_count(&reading, root, "taken", UINT32_MAX, "taken");
        if (!ptn_hex_read_exactly(
                ptn_body_text(&reading, root, "snapshot", HEX_SIZE - 1, "snapshot"), held.snapshot,
                sizeof(held.snapshot)))
            ptn_body_refuse(&reading, PTN_C_BAD_INPUT, "snapshot");
        read_names(&reading, root, &held);
    }
    json_decref(root);
    if (ptn_ok(reading.status))
        *ret_held = held;
    return reading.status;
}

void ptn_list_held_fields(struct ptn_json *json, const struct ptn_list_held *held)
{
    char hex[HEX_SIZE];

    ptn_json_object(json);
    ptn_json_field_text(json, "officer", held->officer);
    ptn_json_field_number(json, "time_ms", held->time_ms);
    ptn_json_field_number(json, "former", (int64_t)held->former);
    ptn_json_field_number(json, "rows", (int64_t)held->count);
    ptn_json_field_number(json, "added", (int64_t)held->added);
    ptn_json_field_number(json, "gone", (int64_t)held->gone);
    ptn_json_field_number(json, "taken", (int64_t)held->taken);
    ptn_json_field_text(
        json, "snapshot",
        ptn_bytes_from_text(ptn_hex_write(held->snapshot, sizeof(held->snapshot), hex)));
    ptn_json_key(json, "names");
    ptn_json_array(json);
    for (size_t i = 0; i < held->name_count; i++) {
        ptn_json_object(json);
        ptn_json_field_text(json, "entry", held->names[i].entry);
        ptn_json_field_text_if(json, "name", held->names[i].name);
        ptn_json_object_end(json);
    }
    ptn_json_array_end(json);
    ptn_json_object_end(json);
}

struct ptn_status ptn_list_held_write(const struct ptn_list_held *held, struct ptn_buffer *out)
{
    struct ptn_json json = { .out = out };

    ptn_list_held_fields(&json, held);
    return ptn_json_end(&json);
}

/* What was held back is over once an edition counts that was published later. */
struct ptn_status ptn_desk_read_held(struct ptn_visit *visit, const struct ptn_rows_list *list,
                                     struct ptn_list_held *ret_held)
{
    const struct ptn_world *world = visit->desk->plan.world;
    struct ptn_buffer bytes = { .len_max = HELD_MAX };
    struct ptn_list_held held = { .count = 0 };
    char path[PATH_SIZE];
    struct ptn_status status =
        ptn_list_held_path(visit->desk->plan.dir, list->name, false, path, sizeof(path));

    if (ptn_ok(status) && !world->files->exists(world->context, path))
        status.code = PTN_C_NOT_FOUND;
    if (ptn_ok(status))
        status = world->files->read(world->context, path, &bytes);
    if (ptn_ok(status))
        status = ptn_list_held_parse(ptn_buffer_bytes(&bytes), visit->arena, &held);
    if (ptn_ok(status) && held.time_ms <= list->time_ms)
        status.code = PTN_C_NOT_FOUND;
    if (ptn_ok(status))
        *ret_held = held;
    ptn_buffer_release(&bytes);
    return status;
}

/* ---- a second person agrees ---- */

/* What is held back of the list, as the one who agrees was shown it. Board locked. */
static struct ptn_status find_held(struct ptn_visit *visit, const struct ptn_rows *rows,
                                   const struct ptn_request_agree *request,
                                   struct ptn_list_held *ret_held)
{
    for (size_t i = 0; i < ptn_rows_list_count(rows); i++) {
        struct ptn_rows_list list = ptn_rows_list(rows, i);
        struct ptn_status status;

        if (list.edition == 0 || !ptn_bytes_equal(list.name, request->list))
            continue;
        status = ptn_desk_read_held(visit, &list, ret_held);
        if (ptn_ok(status) &&
            memcmp(ret_held->snapshot, request->snapshot, sizeof(request->snapshot)) != 0)
            status.code = PTN_C_NOT_FOUND;
        return status;
    }
    return (struct ptn_status){ PTN_C_NOT_FOUND };
}

/* Its records, with both names. Board locked. */
static struct ptn_status make_parts(struct ptn_visit *visit, const struct ptn_rows *rows,
                                    const struct ptn_request_agree *request,
                                    const struct ptn_list_held *held, struct ptn_rows_parts *parts,
                                    struct ptn_rows_difference *ret_difference,
                                    struct ptn_diag *diag)
{
    const struct ptn_desk_plan *plan = &visit->desk->plan;
    struct ptn_snapshot *snapshot = NULL;
    char path[PATH_SIZE];
    struct ptn_status status =
        ptn_list_held_path(plan->dir, request->list, true, path, sizeof(path));

    if (ptn_ok(status))
        status = ptn_snapshot_open(plan->world, path, &snapshot, diag);
    if (ptn_ok(status) &&
        memcmp(ptn_snapshot_info(snapshot).hash, held->snapshot, sizeof(held->snapshot)) != 0)
        status.code = PTN_C_NOT_FOUND;
    if (ptn_ok(status)) {
        const struct ptn_rows_plan edition = {
            .edition = { .time_ms = ptn_desk_now_ms(visit->desk),
                         .post = ptn_bytes_from_text(plan->centre->code),
                         .officer = held->officer,
                         .second = ptn_bytes_from_text(visit->session.officer.user),
                         .list = request->list },
            .snapshot = snapshot
        };

        status = ptn_rows_publish(rows, &edition, ptn_rows_keep, parts, ret_difference, diag);
    }
    ptn_snapshot_close(snapshot);
    return status;
}

/* One after another, like a command's: an edition that is cut off in the middle counts for nothing,
 * and stays held back. */
static struct ptn_status write_parts(struct ptn_desk *desk, const struct ptn_rows_parts *parts)
{
    struct ptn_status status = PTN_OK;

    for (size_t i = 0; ptn_ok(status) && i < parts->count; i++) {
        const struct ptn_writer_record record = { .kind = PTN_RECORD_LIST,
                                                  .retention =
                                                      ptn_record_retention(PTN_RECORD_LIST),
                                                  .payload = parts->at[i] };

        status = ptn_desk_write(desk, &record);
    }
    return status;
}

static void forget_held(struct ptn_visit *visit, struct ptn_bytes list)
{
    const struct ptn_desk_plan *plan = &visit->desk->plan;
    char path[PATH_SIZE];

    for (int whole = 0; whole < 2; whole++)
        if (ptn_ok(ptn_list_held_path(plan->dir, list, whole == 1, path, sizeof(path))))
            (void)ptn_ok(plan->world->files->remove(plan->world->context, path));
}

/* BAD_INPUT with *ret_same: whoever published it agrees to it as well. */
static struct ptn_status agree(struct ptn_visit *visit, const struct ptn_request_agree *request,
                               struct ptn_rows_difference *ret_difference, bool *ret_same,
                               struct ptn_diag *diag)
{
    struct ptn_desk *desk = visit->desk;
    struct ptn_rows_parts parts = { 0 };
    struct ptn_list_held held = { .count = 0 };
    const struct ptn_rows *rows = ptn_published_rows(ptn_board_lock(desk->plan.board));
    struct ptn_status status = find_held(visit, rows, request, &held);

    *ret_same = ptn_ok(status) && ptn_bytes_is(held.officer, visit->session.officer.user);
    if (*ret_same) /* one person is one */
        status.code = PTN_C_BAD_INPUT;
    if (ptn_ok(status))
        status = make_parts(visit, rows, request, &held, &parts, ret_difference, diag);
    ptn_board_unlock(desk->plan.board);
    if (ptn_ok(status))
        status = write_parts(desk, &parts);
    if (ptn_ok(status))
        forget_held(visit, request->list);
    ptn_rows_parts_release(&parts);
    return status;
}

void ptn_desk_post_lists(struct ptn_visit *visit)
{
    struct ptn_desk *desk = visit->desk;
    struct ptn_request_agree request;
    struct ptn_rows_difference difference = { 0 };
    struct ptn_diag diag = { 0 };
    struct ptn_json json = { .out = &visit->out };
    bool same = false;
    struct ptn_status status;

    if (!ptn_visit_has_board(visit))
        return;
    status = ptn_request_agree_parse(ptn_buffer_bytes(&visit->body), visit->arena, &request, &diag);
    if (ptn_ok(status)) {
        (void)pthread_mutex_lock(&desk->agree_lock); /* two editions at once: neither counts */
        status = agree(visit, &request, &difference, &same, &diag);
        (void)pthread_mutex_unlock(&desk->agree_lock);
    }
    if (ptn_ok(status)) {
        ptn_json_object(&json);
        ptn_json_field_text(&json, "list", request.list);
        ptn_json_field_number(&json, "edition", (int64_t)difference.edition);
        ptn_json_object_end(&json);
        ptn_visit_answered_as(visit, MHD_HTTP_CREATED, ptn_json_end(&json));
    } else if (status.code == PTN_C_NOT_FOUND) {
        ptn_visit_problem(visit, MHD_HTTP_CONFLICT, "not-held",
                          "Nothing is held back there as shown", NULL);
    } else if (same) {
        ptn_visit_problem(visit, MHD_HTTP_FORBIDDEN, "same-person",
                          "Whoever published it does not agree to it as well", NULL);
    } else if (status.code == PTN_C_BAD_INPUT || status.code == PTN_C_TOO_BIG) {
        ptn_visit_bad_body(visit, status, &diag);
    } else {
        ptn_visit_busy(visit, "not-recorded", "Nothing was recorded");
    }
}
