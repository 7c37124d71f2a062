#include "vault/vault_int.h"

#include <stdio.h>

/* Layout: docs/format/vault.md. */
#define MAGIC     "postern reading key 1\n"
#define MAGIC_LEN (sizeof(MAGIC) - 1)
#define MONTH_LEN 8u
#define KEY_LEN   PTN_READING_KEY_LEN
#define KEY_AT    (MAGIC_LEN + MONTH_LEN)
#define CHECK_AT  (KEY_AT + KEY_LEN)
#define CHECK_LEN 32u
#define FILE_LEN  (CHECK_AT + CHECK_LEN)
#define PATH_SIZE 4096u

/* A key file in pages of its own. */
struct key_file {
    uint8_t at[FILE_LEN];
};

bool ptn_reading_month_good(struct ptn_date month)
{
    return month.year >= PTN_READING_YEAR_FIRST && month.year <= PTN_READING_YEAR_LAST &&
           month.month >= 1 && month.month <= 12;
}

static struct ptn_date month_of(struct ptn_date date)
{
    return (struct ptn_date){ date.year, date.month, 0 };
}

/* DIR/vault/reading, or the month's file in it when month is not NULL. */
static bool join_path(char path[PATH_SIZE], const char *dir, const struct ptn_date *month)
{
    int len = month == NULL ? snprintf(path, PATH_SIZE, "%s/vault/reading", dir)
                            : snprintf(path, PATH_SIZE, "%s/vault/reading/%04u-%02u.key", dir,
                                       month->year, month->month);

    return len > 0 && (unsigned)len < PATH_SIZE;
}

/* All of a file but the private half, which is there. */
static void fill(struct key_file *file, struct ptn_date month)
{
    char text[MONTH_LEN + 1];

    (void)snprintf(text, sizeof(text), "%04u-%02u\n", month.year % 10000u, month.month % 100u);
    memcpy(file->at, MAGIC, MAGIC_LEN);
    memcpy(file->at + MAGIC_LEN, text, MONTH_LEN);
    (void)crypto_generichash(file->at + CHECK_AT, CHECK_LEN, file->at, CHECK_AT, NULL, 0);
}

/* Read the month's file into pages of its own; Owned by the caller, sodium_free. */
static struct ptn_status read_file(const struct ptn_world *world, const char *dir,
                                   struct ptn_date month, struct key_file **ret_file,
                                   struct ptn_diag *reterr)
{
    char path[PATH_SIZE];
    struct key_file *file;
    struct key_file *expected;
    struct ptn_buffer buffer;
    uint8_t *room;
    struct ptn_status status;

    if (!ptn_reading_month_good(month))
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "no reading key has such a month");
    if (!join_path(path, dir, &month))
        return ptn_fail(PTN_C_TOO_BIG, reterr, PATH_SIZE, "the node's folder has too long a name");
    file = sodium_malloc(sizeof(*file));
    expected = sodium_malloc(sizeof(*expected));
    ptn_buffer_init(&buffer, FILE_LEN + 1);
    status = ptn_buffer_reserve(&buffer, FILE_LEN + 1, &room);
    if (file == NULL || expected == NULL)
        status.code = PTN_C_NO_MEMORY;
    if (ptn_ok(status))
        status = world->files->read(world->context, path, &buffer);
    if (ptn_ok(status) && buffer.len == FILE_LEN) {
        memcpy(file->at, buffer.at, FILE_LEN);
        memcpy(expected->at, buffer.at, FILE_LEN);
        fill(expected, month);
    }
    if (status.code == PTN_C_TOO_BIG ||
        (ptn_ok(status) &&
         (buffer.len != FILE_LEN || sodium_memcmp(file->at, expected->at, FILE_LEN) != 0)))
        status.code = PTN_C_CORRUPT;
    if (buffer.at != NULL)
        sodium_memzero(buffer.at, buffer.capacity);
    ptn_buffer_release(&buffer);
    sodium_free(expected);
    if (ptn_ok(status)) {
        *ret_file = file;
        return status;
    }
    sodium_free(file);
    return ptn_fail(status.code, reterr, 0,
                    status.code == PTN_C_NOT_FOUND ? "the month has no reading key"
                                                   : "the month's reading key cannot be used");
}

/* Where the month's file goes. BUSY when it is there; the folder is made when it is missing. */
static struct ptn_status place_file(const struct ptn_world *world, const char *dir,
                                    struct ptn_date month, char path[PATH_SIZE],
                                    struct ptn_diag *reterr)
{
    char folder[PATH_SIZE];
    struct ptn_status status;

    if (sodium_init() < 0)
        return ptn_fail(PTN_C_IO, reterr, 0, "libsodium does not start");
    if (!ptn_reading_month_good(month))
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "no reading key has such a month");
    if (!join_path(folder, dir, NULL) || !join_path(path, dir, &month))
        return ptn_fail(PTN_C_TOO_BIG, reterr, PATH_SIZE, "the node's folder has too long a name");
    if (world->files->exists(world->context, path))
        return ptn_fail(PTN_C_BUSY, reterr, 0, "the month has a reading key already");
    status = world->files->make_dir(world->context, folder);
    if (!ptn_ok(status))
        return ptn_fail(status.code, reterr, 0, "the folder of reading keys cannot be made");
    return PTN_OK;
}

struct ptn_status ptn_reading_make(const struct ptn_world *world, const char *dir,
                                   struct ptn_date month, struct ptn_reading *ret_reading,
                                   struct ptn_diag *reterr)
{
    char path[PATH_SIZE];
    struct key_file *file;
    struct ptn_reading reading = { .month = month_of(month) };
    struct ptn_status status = place_file(world, dir, month, path, reterr);

    if (!ptn_ok(status))
        return status;
    file = sodium_malloc(sizeof(*file));
    if (file == NULL)
        return ptn_fail(PTN_C_NO_MEMORY, reterr, 0, "no memory for a reading key");
    world->random(world->context, file->at + KEY_AT, KEY_LEN);
    fill(file, month);
    (void)crypto_scalarmult_base(reading.key, file->at + KEY_AT);
    status = world->files->replace(world->context, path, ptn_bytes_of(file->at, FILE_LEN));
    sodium_free(file);
    if (!ptn_ok(status))
        return ptn_fail(status.code, reterr, 0, "the month's reading key cannot be written");
    *ret_reading = reading;
    return PTN_OK;
}

struct ptn_status ptn_reading_keep(const struct ptn_world *world, const char *dir,
                                   const struct ptn_vault *vault, struct ptn_date month,
                                   struct ptn_diag *reterr)
{
    char path[PATH_SIZE];
    struct key_file *file;
    size_t i = vault->reading_count;
    struct ptn_status status = place_file(world, dir, month, path, reterr);

    if (!ptn_ok(status))
        return status;
    while (i > 0 && (vault->readings[i - 1].month.year != month.year ||
                     vault->readings[i - 1].month.month != month.month))
        i--;
    if (i == 0)
        return ptn_fail(PTN_C_NOT_FOUND, reterr, 0, "the vault has no reading key for the month");
    file = sodium_malloc(sizeof(*file));
    if (file == NULL)
        return ptn_fail(PTN_C_NO_MEMORY, reterr, 0, "no memory for a reading key");
    memcpy(file->at + KEY_AT, vault->readings[i - 1].secret_key, KEY_LEN);
    fill(file, month);
    status = world->files->replace(world->context, path, ptn_bytes_of(file->at, FILE_LEN));
    sodium_free(file);
    if (!ptn_ok(status))
        return ptn_fail(status.code, reterr, 0, "the month's reading key cannot be written");
    return PTN_OK;
}

struct ptn_status ptn_reading_find(const struct ptn_world *world, const char *dir,
                                   struct ptn_date month, struct ptn_reading *ret_reading,
                                   struct ptn_diag *reterr)
{
    struct key_file *file = NULL;
    struct ptn_status status = { sodium_init() < 0 ? PTN_C_IO : PTN_C_OK };

    if (!ptn_ok(status))
        return ptn_fail(status.code, reterr, 0, "libsodium does not start");
    status = read_file(world, dir, month, &file, reterr);
    if (!ptn_ok(status))
        return status;
    ret_reading->month = month_of(month);
    (void)crypto_scalarmult_base(ret_reading->key, file->at + KEY_AT);
    sodium_free(file);
    return PTN_OK;
}

struct ptn_status ptn_reading_destroy(const struct ptn_world *world, const char *dir,
                                      struct ptn_date month, struct ptn_diag *reterr)
{
    char path[PATH_SIZE];
    struct ptn_status status;

    if (!ptn_reading_month_good(month))
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "no reading key has such a month");
    if (!join_path(path, dir, &month))
        return ptn_fail(PTN_C_TOO_BIG, reterr, PATH_SIZE, "the node's folder has too long a name");
    status = world->files->remove(world->context, path);
    if (!ptn_ok(status))
        return ptn_fail(status.code, reterr, 0,
                        status.code == PTN_C_NOT_FOUND ? "the month has no reading key"
                                                       : "the reading key cannot be removed");
    return PTN_OK;
}

bool ptn_reading_usable(const uint8_t key[PTN_READING_KEY_LEN])
{
    static const uint8_t any[crypto_scalarmult_SCALARBYTES] = { 8 };
    uint8_t shared[crypto_scalarmult_BYTES];

    return sodium_init() >= 0 && crypto_scalarmult(shared, any, key) == 0;
}

/* ---- in an open vault ---- */

size_t ptn_vault_reading_count(const struct ptn_vault *vault, size_t *ret_damaged)
{
    if (ret_damaged != NULL)
        *ret_damaged = vault->reading_damaged;
    return vault->reading_count;
}

struct ptn_reading ptn_vault_reading(const struct ptn_vault *vault, size_t index)
{
    struct ptn_reading reading;

    PTN_PRE(index < vault->reading_count);

    reading.month = vault->readings[index].month;
    memcpy(reading.key, vault->readings[index].public_key, KEY_LEN);
    return reading;
}

const struct ptn_vault_reading *ptn_reading_of(const struct ptn_vault *vault,
                                               const uint8_t public_key[PTN_READING_KEY_LEN])
{
    for (size_t i = vault->reading_count; i > 0; i--) /* the newest are asked for most */
        if (memcmp(vault->readings[i - 1].public_key, public_key, KEY_LEN) == 0)
            return &vault->readings[i - 1];
    return NULL;
}

/* The vault is writable. */
static struct ptn_status add(struct ptn_vault *vault, struct ptn_date month,
                             const uint8_t private_half[KEY_LEN])
{
    uint8_t public_key[KEY_LEN];
    struct ptn_vault_reading *readings;
    size_t at = vault->reading_count;

    (void)crypto_scalarmult_base(public_key, private_half);
    if (ptn_reading_of(vault, public_key) != NULL)
        return PTN_OK;
    readings = sodium_allocarray(vault->reading_count + 1, sizeof(*readings));
    if (readings == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    while (at > 0 && (vault->readings[at - 1].month.year > month.year ||
                      (vault->readings[at - 1].month.year == month.year &&
                       vault->readings[at - 1].month.month > month.month)))
        at--;
    if (vault->reading_count > 0) {
        memcpy(readings, vault->readings, at * sizeof(*readings));
        memcpy(readings + at + 1, vault->readings + at,
               (vault->reading_count - at) * sizeof(*readings));
    }
    readings[at].month = month_of(month);
    memcpy(readings[at].secret_key, private_half, KEY_LEN);
    memcpy(readings[at].public_key, public_key, KEY_LEN);
    (void)sodium_mprotect_readonly(readings);
    sodium_free(vault->readings);
    vault->readings = readings;
    vault->reading_count++;
    return PTN_OK;
}

struct ptn_status ptn_vault_reading_add(struct ptn_vault *vault, struct ptn_date month,
                                        const uint8_t private_half[PTN_READING_KEY_LEN])
{
    struct ptn_status status;

    (void)sodium_mprotect_readwrite(vault);
    status = add(vault, month, private_half);
    (void)sodium_mprotect_readonly(vault);
    return status;
}

void ptn_vault_reading_forget(struct ptn_vault *vault, struct ptn_date month)
{
    size_t kept = 0;

    if (vault->reading_count == 0)
        return;
    (void)sodium_mprotect_readwrite(vault);
    (void)sodium_mprotect_readwrite(vault->readings);
    for (size_t i = 0; i < vault->reading_count; i++)
        if (!ptn_date_equal(vault->readings[i].month, month_of(month)))
            vault->readings[kept++] = vault->readings[i];
    sodium_memzero(vault->readings + kept,
                   (vault->reading_count - kept) * sizeof(vault->readings[0]));
    vault->reading_count = kept;
    (void)sodium_mprotect_readonly(vault->readings);
    (void)sodium_mprotect_readonly(vault);
}

struct ptn_status ptn_reading_load(const struct ptn_world *world, const char *dir,
                                   struct ptn_vault *vault)
{
    char path[PATH_SIZE];
    struct ptn_date month = { PTN_READING_YEAR_FIRST, 1, 0 };
    struct ptn_status status = PTN_OK;

    if (!join_path(path, dir, NULL) || !world->files->exists(world->context, path))
        return PTN_OK;
    while (ptn_ok(status) && ptn_reading_month_good(month)) {
        struct key_file *file = NULL;

        if (join_path(path, dir, &month) && world->files->exists(world->context, path)) {
            status = read_file(world, dir, month, &file, NULL);
            if (ptn_ok(status)) {
                status = add(vault, month, file->at + KEY_AT);
            } else if (status.code != PTN_C_NO_MEMORY) {
                vault->reading_damaged++;
                status = PTN_OK;
            }
            sodium_free(file);
        }
        month.month = (uint8_t)(month.month % 12 + 1);
        month.year = (uint16_t)(month.year + (month.month == 1 ? 1 : 0));
    }
    return status;
}
