/* node/import_known.c -- see import_int.h. The file: docs/format/import.md. */
#include "node/import_int.h"

#include <stdio.h>
#include <stdlib.h>

#include "record/alert.h"
#include "record/crossing.h"
#include "record/permit.h"

#define KNOWN_FILE  "import.known"
#define KNOWN_MAGIC "PTNIMPT1"
#define MAGIC_LEN   8u
#define HEAD_LEN    (MAGIC_LEN + 8u + PTN_HASH_LEN)
#define ID_LEN      16u
#define FILE_MAX    ((size_t)2 << 30)
#define ROOM_FIRST  1024u
#define PATH_SIZE   1100u
#define ALERT_ARENA ((size_t)1 << 20)

/* ---- the table ---- */

void ptn_import_known_release(struct ptn_import_known *known)
{
    free(known->at);
    *known = (struct ptn_import_known){ 0 };
}

/* Where the id is, or the free place where it belongs. Ids are digests: their bytes are spread. */
static size_t place_of(const struct ptn_import_known *known, struct ptn_record_id id)
{
    size_t place = 0;

    for (size_t i = 0; i < sizeof(place); i++)
        place = place << 8 | id.at[i];
    place &= known->room - 1;
    while (!ptn_record_id_is_none(known->at[place]) && !ptn_record_id_equal(known->at[place], id))
        place = (place + 1) & (known->room - 1);
    return place;
}

bool ptn_import_known_has(const struct ptn_import_known *known, struct ptn_record_id id)
{
    return known->room > 0 && !ptn_record_id_is_none(known->at[place_of(known, id)]);
}

static struct ptn_status grow(struct ptn_import_known *known)
{
    struct ptn_import_known next = { .room = known->room == 0 ? ROOM_FIRST : known->room * 2,
                                     .count = known->count };

    next.at = calloc(next.room, sizeof(*next.at));
    if (next.at == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    for (size_t i = 0; i < known->room; i++)
        if (!ptn_record_id_is_none(known->at[i]))
            next.at[place_of(&next, known->at[i])] = known->at[i];
    free(known->at);
    *known = next;
    return PTN_OK;
}

struct ptn_status ptn_import_known_add(struct ptn_import_known *known, struct ptn_record_id id)
{
    struct ptn_status status = PTN_OK;
    size_t place;

    PTN_PRE(!ptn_record_id_is_none(id));
    if ((known->count + 1) * 2 > known->room)
        status = grow(known);
    if (!ptn_ok(status))
        return status;
    place = place_of(known, id);
    known->count += ptn_record_id_is_none(known->at[place]) ? 1u : 0u;
    known->at[place] = id;
    return PTN_OK;
}

/* ---- the file ---- */

static bool path_of(const char *dir, char path[PATH_SIZE])
{
    int len = snprintf(path, PATH_SIZE, "%s/%s", dir, KNOWN_FILE);

    return len > 0 && (size_t)len < PATH_SIZE;
}

struct ptn_status ptn_import_known_parse(struct ptn_bytes bytes,
                                         struct ptn_import_known_file *ret_file)
{
    struct ptn_cursor cursor = ptn_cursor_at(bytes);
    struct ptn_import_known_file file = { 0 };
    struct ptn_bytes magic = PTN_BYTES_NONE;
    struct ptn_bytes root = PTN_BYTES_NONE;
    struct ptn_status status = ptn_cursor_take(&cursor, MAGIC_LEN, &magic);

    if (ptn_ok(status))
        status = ptn_cursor_take_u64(&cursor, &file.size);
    if (ptn_ok(status))
        status = ptn_cursor_take(&cursor, PTN_HASH_LEN, &root);
    if (!ptn_ok(status) || !ptn_bytes_is(magic, KNOWN_MAGIC) || (bytes.len - HEAD_LEN) % ID_LEN)
        return (struct ptn_status){ PTN_C_BAD_INPUT };
    memcpy(file.root.at, root.at, PTN_HASH_LEN);
    file.ids = ptn_bytes_slice(bytes, HEAD_LEN, SIZE_MAX);
    *ret_file = file;
    return PTN_OK;
}

struct ptn_status ptn_import_known_save(const struct ptn_world *world, const char *dir,
                                        struct ptn_ledger *ledger,
                                        const struct ptn_import_known *known)
{
    struct ptn_buffer out = { .len_max = FILE_MAX };
    struct ptn_hash root;
    uint64_t size = 0;
    char path[PATH_SIZE];
    struct ptn_status status = { path_of(dir, path) ? PTN_C_OK : PTN_C_TOO_BIG };

    if (ptn_ok(status))
        status = ptn_ledger_size(ledger, &size, NULL);
    if (ptn_ok(status))
        status = ptn_ledger_root_at(ledger, size, &root, NULL);
    if (ptn_ok(status))
        status = ptn_buffer_add_text(&out, KNOWN_MAGIC);
    if (ptn_ok(status))
        status = ptn_buffer_add_u64(&out, size);
    if (ptn_ok(status))
        status = ptn_buffer_add(&out, ptn_bytes_of(root.at, PTN_HASH_LEN));
    for (size_t i = 0; ptn_ok(status) && i < known->room; i++)
        if (!ptn_record_id_is_none(known->at[i]))
            status = ptn_buffer_add(&out, ptn_bytes_of(known->at[i].at, ID_LEN));
    if (ptn_ok(status))
        status = world->files->replace(world->context, path, ptn_buffer_bytes(&out));
    ptn_buffer_release(&out);
    return status;
}

/* How many entries of the ledger the file speaks for; 0: it is not there, or of another ledger. */
static struct ptn_status load(const struct ptn_world *world, const char *dir,
                              struct ptn_ledger *ledger, struct ptn_import_known *known,
                              uint64_t *ret_size)
{
    struct ptn_buffer bytes = { .len_max = FILE_MAX };
    struct ptn_import_known_file file = { 0 };
    struct ptn_hash root;
    char path[PATH_SIZE];
    struct ptn_status status = { path_of(dir, path) ? PTN_C_OK : PTN_C_TOO_BIG };

    *ret_size = 0;
    if (ptn_ok(status))
        status = world->files->read(world->context, path, &bytes);
    if (ptn_ok(status))
        status = ptn_import_known_parse(ptn_buffer_bytes(&bytes), &file);
    if (ptn_ok(status))
        status = ptn_ledger_root_at(ledger, file.size, &root, NULL);
    if (ptn_ok(status) && !ptn_hash_equal(&root, &file.root))
        status.code = PTN_C_NOT_FOUND;
    for (size_t i = 0; ptn_ok(status) && i < file.ids.len; i += ID_LEN) {
        struct ptn_record_id id;

        memcpy(id.at, file.ids.at + i, ID_LEN);
        if (!ptn_record_id_is_none(id))
            status = ptn_import_known_add(known, id);
    }
    if (ptn_ok(status))
        *ret_size = file.size;
    ptn_buffer_release(&bytes);
    return status.code == PTN_C_NO_MEMORY ? status : PTN_OK; /* else the ledger says all of it */
}

/* ---- from the ledger ---- */

struct learning {
    struct ptn_import_known *known;
    struct ptn_arena *arena;
};

static bool wants(void *context, uint64_t index, const struct ptn_ledger_header *header)
{
    (void)context;
    (void)index;
    return header->kind == PTN_RECORD_CROSSING || header->kind == PTN_RECORD_ALERT ||
           header->kind == PTN_RECORD_PERMIT;
}

static struct ptn_status take(void *context, uint64_t index, const struct ptn_ledger_header *header,
                              const struct ptn_buffer *payload, struct ptn_diag *reterr)
{
    struct learning *learning = context;
    struct ptn_crossing crossing = { 0 };
    struct ptn_alert alert = { 0 };
    struct ptn_permit permit = { .days = 0 };

    (void)index;
    (void)reterr;
    if (payload == NULL)
        return PTN_OK;
    ptn_arena_clear(learning->arena);
    if (header->kind == PTN_RECORD_CROSSING &&
        ptn_ok(ptn_crossing_parse(ptn_buffer_bytes(payload), &crossing, NULL)) &&
        crossing.imported.len > 0)
        return ptn_import_known_add(learning->known, crossing.id);
    if (header->kind == PTN_RECORD_ALERT &&
        ptn_ok(ptn_alert_parse(ptn_buffer_bytes(payload), learning->arena, &alert, NULL)) &&
        alert.imported.len > 0)
        return ptn_import_known_add(learning->known, alert.id);
    if (header->kind == PTN_RECORD_PERMIT &&
        ptn_ok(ptn_permit_parse(ptn_buffer_bytes(payload), &permit, NULL)))
        return ptn_import_known_add(learning->known, permit.id);
    return PTN_OK;
}

struct ptn_status ptn_import_known_learn(const struct ptn_world *world, const char *dir,
                                         struct ptn_ledger *ledger, struct ptn_import_known *known,
                                         struct ptn_diag *reterr)
{
    struct learning learning = { known, ptn_arena_new(ALERT_ARENA) };
    const struct ptn_ledger_walk walk = { &learning, wants, take };
    uint64_t first = 0;
    uint64_t size = 0;
    struct ptn_status status = { learning.arena == NULL ? PTN_C_NO_MEMORY : PTN_C_OK };

    if (ptn_ok(status))
        status = ptn_ledger_size(ledger, &size, reterr);
    if (ptn_ok(status))
        status = load(world, dir, ledger, known, &first);
    if (ptn_ok(status))
        status = ptn_ledger_walk(ledger, first, size, &walk, reterr);
    ptn_arena_free(learning.arena);
    return status;
}
