#include "vault/vault_int.h"

#include <stdio.h>

/* Layout: docs/format/vault.md. */
#define MAGIC       "postern epoch keys 1\n"
#define MAGIC_LEN   (sizeof(MAGIC) - 1)
#define ORIGIN_LEN  16u
#define NAME_LEN    (ORIGIN_LEN + 9u) /* of a row: all but the key */
#define KEY_LEN     32u
#define ROW_LEN     (NAME_LEN + KEY_LEN)
#define CHECK_LEN   32u
#define ROW_MAX     1024u
#define FILE_MAX    (MAGIC_LEN + (size_t)ROW_MAX * ROW_LEN + CHECK_LEN)
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

/* A file's bytes, with room for one row more, so that it never moves in memory. */
static struct ptn_status read_day(const struct ptn_world *world, const char *path,
                                  struct ptn_buffer *file)
{
    uint8_t check[CHECK_LEN];
    uint8_t *room;
    struct ptn_status status;

    ptn_buffer_init(file, FILE_MAX + ROW_LEN);
    status = ptn_buffer_reserve(file, FILE_MAX + ROW_LEN, &room);
    if (ptn_ok(status))
        status = world->files->read(world->context, path, file);
    if (status.code == PTN_C_TOO_BIG)
        status.code = PTN_C_CORRUPT;
    if (!ptn_ok(status))
        return status;
    if (file->len < MAGIC_LEN + CHECK_LEN || file->len > FILE_MAX ||
        (file->len - MAGIC_LEN - CHECK_LEN) % ROW_LEN != 0 ||
        memcmp(file->at, MAGIC, MAGIC_LEN) != 0)
        return (struct ptn_status){ PTN_C_CORRUPT };
    (void)crypto_generichash(check, CHECK_LEN, file->at, file->len - CHECK_LEN, NULL, 0);
    if (sodium_memcmp(check, file->at + file->len - CHECK_LEN, CHECK_LEN) != 0)
        return (struct ptn_status){ PTN_C_CORRUPT };
    file->len -= CHECK_LEN; /* rows only, from here on */
    return PTN_OK;
}

static void release(struct ptn_buffer *file)
{
    if (file->at != NULL)
        sodium_memzero(file->at, file->capacity);
    ptn_buffer_release(file);
}

/* Where the row of that name is, or where it goes. */
static size_t row_at(const struct ptn_buffer *file, const uint8_t name[NAME_LEN])
{
    size_t at = MAGIC_LEN;

    while (at < file->len && memcmp(file->at + at, name, NAME_LEN) != 0)
        at += ROW_LEN;
    return at;
}

/* Put the row in and the file's end back, and write it. */
static struct ptn_status put_row(const struct ptn_world *world, const char *path,
                                 struct ptn_bytes origin, const struct ptn_epoch *epoch,
                                 struct ptn_buffer *file)
{
    uint8_t name[NAME_LEN];
    size_t at;

    name_of(origin, epoch, name);
    at = row_at(file, name);
    if (at == MAGIC_LEN + (size_t)ROW_MAX * ROW_LEN)
        return (struct ptn_status){ PTN_C_TOO_BIG };
    memcpy(file->at + at, name, NAME_LEN);
    memcpy(file->at + at + NAME_LEN, epoch->key, KEY_LEN);
    file->len = at == file->len ? at + ROW_LEN : file->len;
    (void)crypto_generichash(file->at + file->len, CHECK_LEN, file->at, file->len, NULL, 0);
    file->len += CHECK_LEN;
    return world->files->replace(world->context, path, ptn_buffer_bytes(file));
}

struct ptn_status ptn_epoch_keep(const struct ptn_world *world, const char *dir,
                                 struct ptn_bytes origin, const struct ptn_epoch *epoch,
                                 struct ptn_diag *reterr)
{
    char folder[PATH_SIZE];
    char path[PATH_SIZE];
    struct ptn_buffer file;
    struct ptn_status status;

    PTN_PRE(epoch != NULL);

    if (sodium_init() < 0)
        return ptn_fail(PTN_C_IO, reterr, 0, "libsodium does not start");
    if (!join_path(folder, dir, NULL) || !join_path(path, dir, &epoch->day))
        return ptn_fail(PTN_C_TOO_BIG, reterr, PATH_SIZE, "the node's folder has too long a name");
    status = read_day(world, path, &file);
    if (status.code == PTN_C_NOT_FOUND && file.at != NULL) {
        memcpy(file.at, MAGIC, MAGIC_LEN);
        file.len = MAGIC_LEN;
        status = world->files->make_dir(world->context, folder);
    }
    if (ptn_ok(status))
        status = put_row(world, path, origin, epoch, &file);
    release(&file);
    if (!ptn_ok(status))
        return ptn_fail(status.code, reterr, 0, "the epoch's key cannot be kept");
    return PTN_OK;
}

struct ptn_status ptn_epoch_recall(const struct ptn_world *world, const char *dir,
                                   struct ptn_bytes origin, struct ptn_epoch *epoch)
{
    char path[PATH_SIZE];
    uint8_t name[NAME_LEN];
    struct ptn_buffer file;
    struct ptn_status status;
    size_t at;

    PTN_PRE(epoch != NULL);

    if (sodium_init() < 0)
        return (struct ptn_status){ PTN_C_IO };
    if (!join_path(path, dir, &epoch->day))
        return (struct ptn_status){ PTN_C_NOT_FOUND };
    status = read_day(world, path, &file);
    if (ptn_ok(status)) {
        name_of(origin, epoch, name);
        at = row_at(&file, name);
        if (at < file.len)
            memcpy(epoch->key, file.at + at + NAME_LEN, KEY_LEN);
        else
            status.code = PTN_C_NOT_FOUND;
    }
    release(&file);
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
