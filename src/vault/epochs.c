#include "vault/vault_int.h"

#include <stdio.h>

/* Layout: docs/format/vault.md. */
#define MAGIC       "postern epoch keys 1\n" /* keys as they are */
#define MAGIC_BOXED "postern epoch keys 2\n" /* keys boxed for the storage key */
#define MAGIC_LEN   (sizeof(MAGIC) - 1)
#define ORIGIN_LEN  16u
#define NAME_LEN    (ORIGIN_LEN + 9u) /* of a row: all but the key */
#define KEY_LEN     32u
#define ROW_LEN     (NAME_LEN + KEY_LEN)
#define BOXED_LEN   (NAME_LEN + PTN_EPOCH_BOX_LEN)
#define CHECK_LEN   32u
#define ROW_MAX     1024u
#define FILE_MAX    (MAGIC_LEN + (size_t)ROW_MAX * BOXED_LEN + CHECK_LEN)
#define PATH_SIZE   4096u
#define DAYS_LOOKED 800u

/* DIR/vault/epoch, or a day's file in it. */
static bool join_path(char path[PATH_SIZE], const char *dir, const uint32_t *day)
{
    char text[PTN_DATE_TEXT_SIZE];
    int len = day == NULL ? snprintf(path, PATH_SIZE, "%s/vault/epoch", dir)
                          : snprintf(path, PATH_SIZE, "%s/vault/epoch/%s.keys", dir,
                                     ptn_date_write(ptn_date_from_days((int32_t)*day), text));

    return len > 0 && (unsigned)len < PATH_SIZE;
}

static void name_of(struct ptn_bytes origin, const struct ptn_epoch *epoch,
                    uint8_t ret_name[NAME_LEN])
{
    (void)crypto_generichash(ret_name, ORIGIN_LEN, origin.at, origin.len, NULL, 0);
    for (unsigned i = 0; i < 8; i++)
        ret_name[ORIGIN_LEN + i] = (uint8_t)(epoch->entry >> (56 - 8 * i));
    ret_name[ORIGIN_LEN + 8] = epoch->retention;
}

/* A day's file in memory: its rows, without its end; with room for one row more, so that it never
 * moves. */
struct day {
    struct ptn_buffer file;
    bool boxed;
    size_t row_len;
};

static void begin(struct day *day, bool boxed)
{
    day->boxed = boxed;
    day->row_len = boxed ? BOXED_LEN : ROW_LEN;
}

static struct ptn_status read_day(const struct ptn_world *world, const char *path, struct day *day)
{
    struct ptn_buffer *file = &day->file;
    uint8_t check[CHECK_LEN];
    uint8_t *room;
    struct ptn_status status;

    begin(day, false);
    ptn_buffer_init(file, FILE_MAX + BOXED_LEN);
    status = ptn_buffer_reserve(file, FILE_MAX + BOXED_LEN, &room);
    if (ptn_ok(status))
        status = world->files->read(world->context, path, file);
    if (status.code == PTN_C_TOO_BIG)
        status.code = PTN_C_CORRUPT;
    if (!ptn_ok(status))
        return status;
    if (file->len < MAGIC_LEN + CHECK_LEN || file->len > FILE_MAX)
        return (struct ptn_status){ PTN_C_CORRUPT };
    begin(day, memcmp(file->at, MAGIC_BOXED, MAGIC_LEN) == 0);
    if ((!day->boxed && memcmp(file->at, MAGIC, MAGIC_LEN) != 0) ||
        (file->len - MAGIC_LEN - CHECK_LEN) % day->row_len != 0)
        return (struct ptn_status){ PTN_C_CORRUPT };
    (void)crypto_generichash(check, CHECK_LEN, file->at, file->len - CHECK_LEN, NULL, 0);
    if (sodium_memcmp(check, file->at + file->len - CHECK_LEN, CHECK_LEN) != 0)
        return (struct ptn_status){ PTN_C_CORRUPT };
    file->len -= CHECK_LEN; /* rows only, from here on */
    return PTN_OK;
}

static void release(struct day *day)
{
    if (day->file.at != NULL)
        sodium_memzero(day->file.at, day->file.capacity);
    ptn_buffer_release(&day->file);
}

/* Where the row of that name is, or where it goes. */
static size_t row_at(const struct day *day, const uint8_t name[NAME_LEN])
{
    size_t at = MAGIC_LEN;

    while (at < day->file.len && memcmp(day->file.at + at, name, NAME_LEN) != 0)
        at += day->row_len;
    return at;
}

/* The file of boxed keys that has these rows. storage: the public half. */
static struct ptn_status box_day(const struct ptn_world *world, const uint8_t *storage,
                                 const struct day *day, struct day *ret_boxed)
{
    struct ptn_buffer *to = &ret_boxed->file;
    uint8_t *room;
    struct ptn_status status;

    begin(ret_boxed, true);
    ptn_buffer_init(to, FILE_MAX + BOXED_LEN);
    status = ptn_buffer_reserve(to, FILE_MAX + BOXED_LEN, &room);
    if (ptn_ok(status))
        status = ptn_buffer_add_text(to, MAGIC_BOXED);
    for (size_t at = MAGIC_LEN; ptn_ok(status) && at < day->file.len; at += day->row_len) {
        uint8_t *row = to->at + to->len;

        memcpy(row, day->file.at + at, NAME_LEN);
        status = ptn_box_make(world, day->file.at + at + NAME_LEN, storage, row + NAME_LEN);
        to->len += ptn_ok(status) ? BOXED_LEN : 0;
    }
    return status;
}

/* Put the file's end back, and write it. */
static struct ptn_status write_day(const struct ptn_world *world, const char *path, struct day *day)
{
    struct ptn_buffer *file = &day->file;

    (void)crypto_generichash(file->at + file->len, CHECK_LEN, file->at, file->len, NULL, 0);
    file->len += CHECK_LEN;
    return world->files->replace(world->context, path, ptn_buffer_bytes(file));
}

/* Put the row in, boxed for storage in a file that is. */
static struct ptn_status put_row(const struct ptn_world *world, const uint8_t *storage,
                                 struct ptn_bytes origin, const struct ptn_epoch *epoch,
                                 struct day *day)
{
    uint8_t name[NAME_LEN];
    size_t at;
    struct ptn_status status = PTN_OK;

    name_of(origin, epoch, name);
    at = row_at(day, name);
    if (at == MAGIC_LEN + ROW_MAX * day->row_len)
        return (struct ptn_status){ PTN_C_TOO_BIG };
    if (day->boxed)
        status = ptn_box_make(world, epoch->key, storage, day->file.at + at + NAME_LEN);
    else
        memcpy(day->file.at + at + NAME_LEN, epoch->key, KEY_LEN);
    if (!ptn_ok(status))
        return status;
    memcpy(day->file.at + at, name, NAME_LEN);
    day->file.len = at == day->file.len ? at + day->row_len : day->file.len;
    return PTN_OK;
}

/* The storage key's public half into storage; *ret_lock: there is one. */
static struct ptn_status find_lock(const struct ptn_world *world, const char *dir,
                                   uint8_t storage[PTN_STORAGE_KEY_LEN], bool *ret_lock)
{
    struct ptn_lock_file lock = { 0 };
    struct ptn_status status = ptn_lock_read(world, dir, &lock, NULL);

    *ret_lock = ptn_ok(status);
    memcpy(storage, lock.storage, sizeof(lock.storage));
    sodium_memzero(&lock, sizeof(lock));
    return status.code == PTN_C_NOT_FOUND ? PTN_OK : status;
}

/* Read the day's file, or begin one; boxed where there is a lock. */
static struct ptn_status take_day(const struct ptn_world *world, const char *path,
                                  const char *folder, const uint8_t *storage, struct day *day)
{
    struct day plain;
    struct ptn_status status = read_day(world, path, day);

    if (status.code == PTN_C_NOT_FOUND && day->file.at != NULL) {
        begin(day, storage != NULL);
        memcpy(day->file.at, storage != NULL ? MAGIC_BOXED : MAGIC, MAGIC_LEN);
        day->file.len = MAGIC_LEN;
        return world->files->make_dir(world->context, folder);
    }
    if (ptn_ok(status) && day->boxed && storage == NULL)
        return (struct ptn_status){ PTN_C_CORRUPT }; /* the lock's file is gone */
    if (!ptn_ok(status) || day->boxed || storage == NULL)
        return status;
    plain = *day;
    status = box_day(world, storage, &plain, day);
    release(&plain);
    return status;
}

struct ptn_status ptn_epoch_keep(const struct ptn_world *world, const char *dir,
                                 struct ptn_bytes origin, const struct ptn_epoch *epoch,
                                 struct ptn_diag *reterr)
{
    char folder[PATH_SIZE];
    char path[PATH_SIZE];
    uint8_t storage[PTN_STORAGE_KEY_LEN];
    bool has_lock = false;
    struct day day = { .boxed = false };
    struct ptn_status status;

    PTN_PRE(epoch != NULL);

    if (sodium_init() < 0)
        return ptn_fail(PTN_C_IO, reterr, 0, "libsodium does not start");
    if (!join_path(folder, dir, NULL) || !join_path(path, dir, &epoch->day))
        return ptn_fail(PTN_C_TOO_BIG, reterr, PATH_SIZE, "the node's folder has too long a name");
    status = find_lock(world, dir, storage, &has_lock);
    if (ptn_ok(status))
        status = take_day(world, path, folder, has_lock ? storage : NULL, &day);
    if (ptn_ok(status))
        status = put_row(world, storage, origin, epoch, &day);
    if (ptn_ok(status))
        status = write_day(world, path, &day);
    release(&day);
    if (!ptn_ok(status))
        return ptn_fail(status.code, reterr, 0, "the epoch's key cannot be kept");
    return PTN_OK;
}

/* The key in a row of a day's file. Locked, also one that is not boxed yet is not read. */
static struct ptn_status open_row(const struct ptn_world *world, const char *dir,
                                  const struct day *day, size_t at, uint8_t ret_key[KEY_LEN])
{
    struct ptn_vault_reading *storage = NULL;
    bool locked = false;
    struct ptn_status status;

    storage = sodium_malloc(sizeof(*storage));
    if (storage == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    status = ptn_storage_find(world, dir, storage, &locked);
    if (status.code == PTN_C_NOT_FOUND) /* without the lock's file what is boxed stays so */
        status.code = day->boxed ? PTN_C_CORRUPT : PTN_C_OK;
    if (ptn_ok(status) && locked)
        status.code = PTN_C_BUSY;
    if (ptn_ok(status) && !day->boxed)
        memcpy(ret_key, day->file.at + at + NAME_LEN, KEY_LEN);
    else if (ptn_ok(status) && !ptn_box_open(storage, day->file.at + at + NAME_LEN, ret_key))
        status.code = PTN_C_CORRUPT;
    sodium_free(storage);
    return status;
}

struct ptn_status ptn_epoch_recall(const struct ptn_world *world, const char *dir,
                                   struct ptn_bytes origin, struct ptn_epoch *epoch)
{
    char path[PATH_SIZE];
    uint8_t name[NAME_LEN];
    struct day day;
    struct ptn_status status;
    size_t at;

    PTN_PRE(epoch != NULL);

    if (sodium_init() < 0)
        return (struct ptn_status){ PTN_C_IO };
    if (!join_path(path, dir, &epoch->day))
        return (struct ptn_status){ PTN_C_NOT_FOUND };
    status = read_day(world, path, &day);
    if (ptn_ok(status)) {
        name_of(origin, epoch, name);
        at = row_at(&day, name);
        if (at < day.file.len)
            status = open_row(world, dir, &day, at, epoch->key);
        else
            status.code = PTN_C_NOT_FOUND;
    }
    release(&day);
    return status;
}

struct ptn_status ptn_epochs_seal(const struct ptn_world *world, const char *dir, const char *name,
                                  bool *ret_did)
{
    char path[PATH_SIZE];
    uint8_t storage[PTN_STORAGE_KEY_LEN];
    bool has_lock = false;
    struct day plain;
    struct day boxed = { .boxed = true };
    int len = snprintf(path, sizeof(path), "%s/%s", dir, name);
    struct ptn_status status = find_lock(world, dir, storage, &has_lock);

    *ret_did = false;
    if (len <= 0 || (unsigned)len >= sizeof(path))
        return (struct ptn_status){ PTN_C_TOO_BIG };
    if (!ptn_ok(status) || !has_lock)
        return status;
    status = read_day(world, path, &plain);
    if (ptn_ok(status) && !plain.boxed) {
        status = box_day(world, storage, &plain, &boxed);
        if (ptn_ok(status))
            status = write_day(world, path, &boxed);
        *ret_did = ptn_ok(status);
    }
    release(&plain);
    release(&boxed);
    return status;
}

struct ptn_status ptn_epoch_drop_before(const struct ptn_world *world, const char *dir,
                                        uint32_t day, struct ptn_diag *reterr)
{
    char path[PATH_SIZE];
    struct ptn_status status = PTN_OK;

    if (!join_path(path, dir, NULL))
        return ptn_fail(PTN_C_TOO_BIG, reterr, PATH_SIZE, "the node's folder has too long a name");
    if (!world->files->exists(world->context, path))
        return PTN_OK;
    for (uint32_t back = 1; back <= DAYS_LOOKED && back <= day; back++) {
        const uint32_t old = day - back;

        if (join_path(path, dir, &old) && world->files->exists(world->context, path)) {
            struct ptn_status removed = world->files->remove(world->context, path);

            if (ptn_ok(status) && !ptn_ok(removed))
                status = ptn_fail(removed.code, reterr, old, "a day's keys cannot be removed");
        }
    }
    return status;
}
