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
#define NAME_SIZE 40u
#define FOLDER    "vault/reading"

/* Whose a month's key is: the node's own, or one that it keeps of recovery's. */
#define OWN  ""
#define KEPT ".kept"

#define NAMED_LEN 7u /* YYYY-MM, of a file's name */
#define MONTHS    ((PTN_READING_YEAR_LAST - PTN_READING_YEAR_FIRST + 1) * 12u)

static const struct ptn_date first_month = { PTN_READING_YEAR_FIRST, 1, 0 };

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

static bool join_path(char path[PATH_SIZE], const char *dir, const char *name)
{
    int len = snprintf(path, PATH_SIZE, "%s/%s", dir, name);

    return len > 0 && (unsigned)len < PATH_SIZE;
}

/* The month's file, by its name in the node's folder. */
static void name_of(struct ptn_date month, const char *whose, char name[NAME_SIZE])
{
    (void)snprintf(name, NAME_SIZE, FOLDER "/%04u-%02u%s.key", month.year % 10000u,
                   month.month % 100u, whose);
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

/* Read the month's file into pages of its own; Owned by the caller, sodium_free. BUSY: it is
 * locked. */
static struct ptn_status read_file(const struct ptn_world *world, const char *dir,
                                   struct ptn_date month, const char *whose,
                                   struct key_file **ret_file, struct ptn_diag *reterr)
{
    char name[NAME_SIZE];
    struct key_file *file;
    struct key_file *expected;
    struct ptn_buffer buffer;
    uint8_t *room;
    struct ptn_status status;

    if (!ptn_reading_month_good(month))
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "no reading key has such a month");
    name_of(month, whose, name);
    file = sodium_malloc(sizeof(*file));
    expected = sodium_malloc(sizeof(*expected));
    ptn_buffer_init(&buffer, FILE_LEN + 1);
    status = ptn_buffer_reserve(&buffer, FILE_LEN + 1, &room);
    if (file == NULL || expected == NULL)
        status.code = PTN_C_NO_MEMORY;
    if (ptn_ok(status))
        status = ptn_sealed_file_read(world, dir, name, &buffer);
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
                                    struct ptn_date month, const char *whose, char name[NAME_SIZE],
                                    struct ptn_diag *reterr)
{
    char folder[PATH_SIZE];
    char path[PATH_SIZE];
    struct ptn_status status;

    if (sodium_init() < 0)
        return ptn_fail(PTN_C_IO, reterr, 0, "libsodium does not start");
    if (!ptn_reading_month_good(month))
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "no reading key has such a month");
    name_of(month, whose, name);
    if (!join_path(folder, dir, FOLDER) || !join_path(path, dir, name))
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
    char name[NAME_SIZE];
    struct key_file *file;
    struct ptn_reading reading = { .month = month_of(month) };
    struct ptn_status status = place_file(world, dir, month, OWN, name, reterr);

    if (!ptn_ok(status))
        return status;
    file = sodium_malloc(sizeof(*file));
    if (file == NULL)
        return ptn_fail(PTN_C_NO_MEMORY, reterr, 0, "no memory for a reading key");
    world->random(world->context, file->at + KEY_AT, KEY_LEN);
    fill(file, month);
    (void)crypto_scalarmult_base(reading.key, file->at + KEY_AT);
    status = ptn_sealed_file_replace(world, dir, name, ptn_bytes_of(file->at, FILE_LEN));
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
    char name[NAME_SIZE];
    struct key_file *file;
    const struct ptn_vault_readings *readings = vault->readings;
    size_t i = readings == NULL ? 0 : readings->count;
    struct ptn_status status = place_file(world, dir, month, KEPT, name, reterr);

    if (!ptn_ok(status))
        return status;
    while (i > 0 && (readings->at[i - 1].month.year != month.year ||
                     readings->at[i - 1].month.month != month.month))
        i--;
    if (i == 0)
        return ptn_fail(PTN_C_NOT_FOUND, reterr, 0, "the vault has no reading key for the month");
    file = sodium_malloc(sizeof(*file));
    if (file == NULL)
        return ptn_fail(PTN_C_NO_MEMORY, reterr, 0, "no memory for a reading key");
    memcpy(file->at + KEY_AT, readings->at[i - 1].secret_key, KEY_LEN);
    fill(file, month);
    status = ptn_sealed_file_replace(world, dir, name, ptn_bytes_of(file->at, FILE_LEN));
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
    status = read_file(world, dir, month, OWN, &file, reterr);
    if (!ptn_ok(status))
        return status;
    ret_reading->month = month_of(month);
    (void)crypto_scalarmult_base(ret_reading->key, file->at + KEY_AT);
    sodium_free(file);
    return PTN_OK;
}

bool ptn_reading_kept(const struct ptn_world *world, const char *dir, struct ptn_date month)
{
    char name[NAME_SIZE];
    char path[PATH_SIZE];

    name_of(month, KEPT, name);
    return join_path(path, dir, name) && world->files->exists(world->context, path);
}

static struct ptn_status remove_file(const struct ptn_world *world, const char *dir,
                                     struct ptn_date month, const char *whose)
{
    char name[NAME_SIZE];
    char path[PATH_SIZE];

    name_of(month, whose, name);
    if (!join_path(path, dir, name))
        return (struct ptn_status){ PTN_C_TOO_BIG };
    return world->files->remove(world->context, path);
}

struct ptn_status ptn_reading_destroy(const struct ptn_world *world, const char *dir,
                                      struct ptn_date month, struct ptn_diag *reterr)
{
    struct ptn_status status;
    struct ptn_status kept;

    if (!ptn_reading_month_good(month))
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "no reading key has such a month");
    status = remove_file(world, dir, month, OWN);
    kept = remove_file(world, dir, month, KEPT);
    if (kept.code != PTN_C_NOT_FOUND && (ptn_ok(status) || status.code == PTN_C_NOT_FOUND))
        status = kept;
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

void ptn_readings_free(struct ptn_vault_readings *readings)
{
    while (readings != NULL) {
        struct ptn_vault_readings *former = readings->former;

        sodium_free(readings);
        readings = former;
    }
}

static size_t count_of(const struct ptn_vault_readings *readings)
{
    return readings == NULL ? 0 : readings->count;
}

size_t ptn_vault_reading_count(const struct ptn_vault *vault, size_t *ret_damaged)
{
    if (ret_damaged != NULL)
        *ret_damaged = vault->reading_damaged;
    return count_of(vault->readings);
}

struct ptn_reading ptn_vault_reading(const struct ptn_vault *vault, size_t index)
{
    const struct ptn_vault_readings *readings = vault->readings;
    struct ptn_reading reading;

    PTN_PRE(index < count_of(readings));

    reading.month = readings->at[index].month;
    memcpy(reading.key, readings->at[index].public_key, KEY_LEN);
    return reading;
}

static const struct ptn_vault_reading *find(const struct ptn_vault_readings *readings,
                                            const uint8_t public_key[KEY_LEN])
{
    for (size_t i = count_of(readings); i > 0; i--) /* the newest are asked for most */
        if (memcmp(readings->at[i - 1].public_key, public_key, KEY_LEN) == 0)
            return &readings->at[i - 1];
    return NULL;
}

const struct ptn_vault_reading *ptn_reading_of(const struct ptn_vault *vault,
                                               const uint8_t public_key[PTN_READING_KEY_LEN])
{
    const struct ptn_vault_reading *found = find(vault->readings, public_key);

    if (found == NULL && vault->has_lock && !vault->locked &&
        memcmp(vault->storage.public_key, public_key, KEY_LEN) == 0)
        return &vault->storage; /* LOCK-5 */
    return found;
}

/* Room for that many; aligned as sodium_malloc's memory is only where its length is. */
static struct ptn_vault_readings *new_readings(size_t count)
{
    const size_t len = sizeof(struct ptn_vault_readings) + count * sizeof(struct ptn_vault_reading);
    const size_t align = _Alignof(struct ptn_vault_readings);
    struct ptn_vault_readings *readings = sodium_malloc((len + align - 1) / align * align);

    if (readings != NULL)
        *readings = (struct ptn_vault_readings){ NULL, 0 };
    return readings;
}

/* The same with one more; itself when it has it already. NULL: no memory. */
static struct ptn_vault_readings *with(struct ptn_vault_readings *old, struct ptn_date month,
                                       const uint8_t private_half[KEY_LEN])
{
    const size_t count = count_of(old);
    uint8_t public_key[KEY_LEN];
    struct ptn_vault_readings *readings;
    size_t at = count;

    (void)crypto_scalarmult_base(public_key, private_half);
    if (find(old, public_key) != NULL)
        return old;
    readings = new_readings(count + 1);
    if (readings == NULL)
        return NULL;
    while (at > 0 && ptn_date_month_number(old->at[at - 1].month) > ptn_date_month_number(month))
        at--;
    if (count > 0) {
        memcpy(readings->at, old->at, at * sizeof(old->at[0]));
        memcpy(readings->at + at + 1, old->at + at, (count - at) * sizeof(old->at[0]));
    }
    readings->at[at].month = month_of(month);
    memcpy(readings->at[at].secret_key, private_half, KEY_LEN);
    memcpy(readings->at[at].public_key, public_key, KEY_LEN);
    readings->count = count + 1;
    return readings;
}

/* In the place of what the vault has. It is writable. */
static void put(struct ptn_vault *vault, struct ptn_vault_readings *readings)
{
    readings->former = vault->readings;
    (void)sodium_mprotect_readonly(readings);
    vault->readings = readings;
}

struct ptn_status ptn_vault_reading_add(struct ptn_vault *vault, struct ptn_date month,
                                        const uint8_t private_half[PTN_READING_KEY_LEN])
{
    struct ptn_vault_readings *former = vault->readings;
    struct ptn_vault_readings *readings = with(former, month, private_half);

    if (readings == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    if (readings == former)
        return PTN_OK;
    (void)sodium_mprotect_readwrite(vault);
    put(vault, readings);
    (void)sodium_mprotect_readonly(vault);
    return PTN_OK;
}

static void forget_in(struct ptn_vault_readings *readings, struct ptn_date month)
{
    size_t kept = 0;

    (void)sodium_mprotect_readwrite(readings);
    for (size_t i = 0; i < readings->count; i++)
        if (!ptn_date_equal(readings->at[i].month, month_of(month)))
            readings->at[kept++] = readings->at[i];
    sodium_memzero(readings->at + kept, (readings->count - kept) * sizeof(readings->at[0]));
    readings->count = kept;
    (void)sodium_mprotect_readonly(readings);
}

void ptn_vault_reading_forget(struct ptn_vault *vault, struct ptn_date month)
{
    for (struct ptn_vault_readings *one = vault->readings; one != NULL; one = one->former)
        forget_in(one, month);
}

/* The months of which files lie in the folder, by their place from the first on. */
struct lying {
    bool own[MONTHS], kept[MONTHS];
};

static bool note_file(void *context, const char *name)
{
    struct lying *lying = context;
    struct ptn_date month;
    size_t place;

    if (strlen(name) < NAMED_LEN ||
        !ptn_ok(ptn_date_parse(ptn_bytes_of(name, NAMED_LEN), &month, NULL)) ||
        !ptn_reading_month_good(month))
        return true;
    place = ptn_date_month_number(month) - ptn_date_month_number(first_month);
    if (strcmp(name + NAMED_LEN, OWN ".key") == 0)
        lying->own[place] = true;
    if (strcmp(name + NAMED_LEN, KEPT ".key") == 0)
        lying->kept[place] = true;
    return true;
}

/* *readings with the month's, when its file can be used. */
static struct ptn_status load_month(const struct ptn_world *world, const char *dir,
                                    struct ptn_date month, const char *whose,
                                    struct ptn_vault_readings *former,
                                    struct ptn_vault_readings **readings, size_t *damaged)
{
    struct key_file *file = NULL;
    struct ptn_vault_readings *more;
    struct ptn_status status = read_file(world, dir, month, whose, &file, NULL);

    if (status.code == PTN_C_NO_MEMORY)
        return status;
    if (!ptn_ok(status)) {
        ++*damaged;
        return PTN_OK;
    }
    more = with(*readings, month, file->at + KEY_AT);
    sodium_free(file);
    if (more == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    if (more != *readings && *readings != former)
        sodium_free(*readings);
    *readings = more;
    return PTN_OK;
}

/* What the vault reads with changes at once, or not at all. SEAL-5. */
struct ptn_status ptn_reading_load(const struct ptn_world *world, const char *dir,
                                   struct ptn_vault *vault)
{
    char path[PATH_SIZE];
    struct lying lying = { .own = { false } };
    struct ptn_vault_readings *const former = vault->readings;
    struct ptn_vault_readings *readings = former;
    size_t damaged = 0;
    struct ptn_status status;

    if (vault->locked || !join_path(path, dir, FOLDER))
        return PTN_OK;
    status = world->files->list(world->context, path, note_file, &lying);
    if (!ptn_ok(status))
        return status.code == PTN_C_NO_MEMORY ? status : PTN_OK;
    for (unsigned i = 0; ptn_ok(status) && i < MONTHS; i++) {
        struct ptn_date month = ptn_date_month_after(first_month, i);

        if (lying.own[i])
            status = load_month(world, dir, month, OWN, former, &readings, &damaged);
        if (ptn_ok(status) && lying.kept[i])
            status = load_month(world, dir, month, KEPT, former, &readings, &damaged);
    }
    if (!ptn_ok(status)) {
        if (readings != former)
            sodium_free(readings);
        return status;
    }
    vault->reading_damaged = damaged;
    if (readings != former)
        put(vault, readings);
    return PTN_OK;
}

struct ptn_status ptn_vault_reading_again(const struct ptn_world *world, const char *dir,
                                          struct ptn_vault *vault)
{
    struct ptn_status status;

    (void)sodium_mprotect_readwrite(vault);
    status = ptn_reading_load(world, dir, vault);
    (void)sodium_mprotect_readonly(vault);
    return status;
}
