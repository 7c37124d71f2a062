/* vault/storage.c -- the storage key, and the files that are sealed to it. */
#include "vault/vault_int.h"

#include <stdio.h>
#include <stdlib.h>

/* Layout: docs/format/vault.md. */
#define MAGIC     "postern sealed file 1\n"
#define MAGIC_LEN (sizeof(MAGIC) - 1)
#define KEY_LEN   PTN_STORAGE_KEY_LEN
#define HEAD_LEN  (MAGIC_LEN + KEY_LEN)
#define TAG_LEN   crypto_aead_xchacha20poly1305_ietf_ABYTES
#define BOUND_MAX (HEAD_LEN + KEY_LEN + PTN_SEALED_NAME_MAX)
#define PATH_SIZE 4096u
#define NAMES_MAX ((size_t)256 << 10)

static_assert(PTN_SEALED_OVERHEAD == HEAD_LEN + TAG_LEN, "the header promises the overhead");

/* In pages of sodium_malloc, read-only once made. */
struct ptn_storage {
    uint8_t public_key[KEY_LEN];
    uint8_t secret_key[KEY_LEN];
};

static const uint8_t nonce[crypto_aead_xchacha20poly1305_ietf_NPUBBYTES]; /* a key seals once */

/* ---- the key ---- */

struct ptn_storage *ptn_storage_of(const uint8_t key[PTN_STORAGE_KEY_LEN])
{
    struct ptn_storage *storage = sodium_init() < 0 ? NULL : sodium_malloc(sizeof(*storage));

    if (storage == NULL)
        return NULL;
    memcpy(storage->secret_key, key, KEY_LEN);
    (void)crypto_scalarmult_base(storage->public_key, storage->secret_key);
    (void)sodium_mprotect_readonly(storage);
    return storage;
}

void ptn_storage_copy(const struct ptn_storage *storage, uint8_t ret_key[PTN_STORAGE_KEY_LEN])
{
    memcpy(ret_key, storage->secret_key, KEY_LEN);
}

const uint8_t *ptn_storage_public(const struct ptn_storage *storage)
{
    return storage->public_key;
}

void ptn_storage_close(struct ptn_storage *storage)
{
    sodium_free(storage);
}

struct ptn_status ptn_storage_find(const struct ptn_world *world, const char *dir,
                                   struct ptn_vault_reading *ret_key, bool *ret_locked)
{
    struct ptn_lock_file file = { 0 };
    struct ptn_status status = ptn_lock_read(world, dir, &file, NULL);

    if (ptn_ok(status)) {
        const bool ours = world->storage != NULL &&
                          memcmp(world->storage->public_key, file.storage, KEY_LEN) == 0;

        memcpy(ret_key->public_key, file.storage, KEY_LEN);
        if (file.off || ours)
            memcpy(ret_key->secret_key, file.off ? file.key : world->storage->secret_key, KEY_LEN);
        *ret_locked = !file.off && !ours;
    }
    sodium_memzero(&file, sizeof(file));
    return status;
}

/* ---- sealing ---- */

/* All that is bound: the head, the storage key, the name. Returns its length. */
static size_t bind(uint8_t bound[BOUND_MAX], const uint8_t head[HEAD_LEN],
                   const uint8_t storage[KEY_LEN], const char *name)
{
    const struct ptn_bytes last = ptn_bytes_from_text(name);

    PTN_PRE(last.len <= PTN_SEALED_NAME_MAX);

    memcpy(bound, head, HEAD_LEN);
    memcpy(bound + HEAD_LEN, storage, KEY_LEN);
    memcpy(bound + HEAD_LEN + KEY_LEN, last.at, last.len);
    return HEAD_LEN + KEY_LEN + last.len;
}

/* The file's key out of one private half and the other's public one. False: nobody's key. */
static bool derive(const uint8_t secret[KEY_LEN], const uint8_t other[KEY_LEN],
                   const uint8_t drawn[KEY_LEN], const uint8_t storage[KEY_LEN],
                   uint8_t ret_key[KEY_LEN])
{
    uint8_t shared[crypto_scalarmult_BYTES];
    uint8_t both[2 * KEY_LEN];
    bool good = crypto_scalarmult(shared, secret, other) == 0;

    memcpy(both, drawn, KEY_LEN);
    memcpy(both + KEY_LEN, storage, KEY_LEN);
    if (good)
        (void)crypto_generichash(ret_key, KEY_LEN, both, sizeof(both), shared, sizeof(shared));
    sodium_memzero(shared, sizeof(shared));
    return good;
}

static struct ptn_status seal(const struct ptn_world *world, const uint8_t storage[KEY_LEN],
                              const char *name, struct ptn_bytes bytes, struct ptn_buffer *out)
{
    uint8_t bound[BOUND_MAX];
    uint8_t drawn[KEY_LEN];
    uint8_t key[KEY_LEN];
    size_t bound_len;
    uint8_t *at;
    struct ptn_status status = ptn_buffer_reserve(out, bytes.len + PTN_SEALED_OVERHEAD, &at);

    if (!ptn_ok(status))
        return status;
    world->random(world->context, drawn, sizeof(drawn));
    memcpy(at, MAGIC, MAGIC_LEN);
    (void)crypto_scalarmult_base(at + MAGIC_LEN, drawn);
    bound_len = bind(bound, at, storage, name);
    if (!derive(drawn, storage, at + MAGIC_LEN, storage, key)) {
        status.code = PTN_C_CORRUPT; /* the lock's file names a key that nobody can have */
    } else {
        (void)crypto_aead_xchacha20poly1305_ietf_encrypt(at + HEAD_LEN, NULL, bytes.at, bytes.len,
                                                         bound, bound_len, NULL, nonce, key);
        out->len += bytes.len + PTN_SEALED_OVERHEAD;
    }
    sodium_memzero(drawn, sizeof(drawn));
    sodium_memzero(key, sizeof(key));
    return status;
}

static bool is_sealed(struct ptn_bytes file)
{
    return file.len >= MAGIC_LEN && memcmp(file.at, MAGIC, MAGIC_LEN) == 0;
}

static struct ptn_status unseal(const struct ptn_vault_reading *storage, const char *name,
                                struct ptn_bytes file, struct ptn_buffer *out)
{
    uint8_t bound[BOUND_MAX];
    uint8_t key[KEY_LEN];
    size_t bound_len;
    size_t len;
    uint8_t *at;
    struct ptn_status status = { PTN_C_CORRUPT };

    if (file.len < PTN_SEALED_OVERHEAD)
        return status;
    len = file.len - PTN_SEALED_OVERHEAD;
    bound_len = bind(bound, file.at, storage->public_key, name);
    if (!derive(storage->secret_key, file.at + MAGIC_LEN, file.at + MAGIC_LEN, storage->public_key,
                key))
        return status;
    status = ptn_buffer_reserve(out, len, &at);
    if (ptn_ok(status) &&
        crypto_aead_xchacha20poly1305_ietf_decrypt(
            at, NULL, NULL, file.at + HEAD_LEN, len + TAG_LEN, bound, bound_len, nonce, key) != 0)
        status.code = PTN_C_CORRUPT;
    if (ptn_ok(status))
        out->len += len;
    sodium_memzero(key, sizeof(key));
    return status;
}

/* ---- files ---- */

static bool join_path(char path[PATH_SIZE], const char *dir, const char *name)
{
    int len = snprintf(path, PATH_SIZE, "%s/%s", dir, name);

    return len > 0 && (unsigned)len < PATH_SIZE && strlen(name) <= PTN_SEALED_NAME_MAX;
}

static void wipe(struct ptn_buffer *buffer)
{
    if (buffer->at != NULL)
        sodium_memzero(buffer->at, buffer->capacity);
    ptn_buffer_release(buffer);
}

/* The file as it lies there, in a buffer with room for the longest that is asked for. */
static struct ptn_status read_raw(const struct ptn_world *world, const char *path, size_t len_max,
                                  struct ptn_buffer *raw)
{
    uint8_t *room;
    struct ptn_status status;

    ptn_buffer_init(raw, len_max + PTN_SEALED_OVERHEAD);
    status = ptn_buffer_reserve(raw, len_max + PTN_SEALED_OVERHEAD, &room);
    return ptn_ok(status) ? world->files->read(world->context, path, raw) : status;
}

/* What the file's bytes say. Locked, also one that is not sealed yet is not read. */
static struct ptn_status open_file(const struct ptn_world *world, const char *dir, const char *name,
                                   struct ptn_vault_reading *storage, struct ptn_bytes raw,
                                   struct ptn_buffer *out)
{
    bool locked = false;
    struct ptn_status status = ptn_storage_find(world, dir, storage, &locked);

    if (status.code == PTN_C_NOT_FOUND && is_sealed(raw)) /* and the lock's file is gone */
        status.code = PTN_C_CORRUPT;
    if (!ptn_ok(status) && status.code != PTN_C_NOT_FOUND)
        return status;
    if (locked)
        return (struct ptn_status){ PTN_C_BUSY };
    return is_sealed(raw) ? unseal(storage, name, raw, out) : ptn_buffer_add(out, raw);
}

struct ptn_status ptn_sealed_file_read(const struct ptn_world *world, const char *dir,
                                       const char *name, struct ptn_buffer *out)
{
    const size_t room = out->len_max - out->len;
    struct ptn_vault_reading *storage = NULL;
    char path[PATH_SIZE];
    struct ptn_buffer raw;
    struct ptn_status status;

    if (!join_path(path, dir, name))
        return (struct ptn_status){ PTN_C_TOO_BIG };
    status = read_raw(world, path, room < PTN_SEALED_FILE_LEN_MAX ? room : PTN_SEALED_FILE_LEN_MAX,
                      &raw);
    if (ptn_ok(status)) {
        storage = sodium_init() < 0 ? NULL : sodium_malloc(sizeof(*storage));
        status.code = storage == NULL ? PTN_C_NO_MEMORY : PTN_C_OK;
    }
    if (ptn_ok(status))
        status = open_file(world, dir, name, storage, ptn_buffer_bytes(&raw), out);
    sodium_free(storage);
    wipe(&raw);
    return status;
}

/* LOCK-1. */
struct ptn_status ptn_sealed_file_replace(const struct ptn_world *world, const char *dir,
                                          const char *name, struct ptn_bytes bytes)
{
    struct ptn_lock_file file = { 0 };
    char path[PATH_SIZE];
    struct ptn_buffer sealed;
    struct ptn_status status;

    if (!join_path(path, dir, name) || bytes.len > PTN_SEALED_FILE_LEN_MAX)
        return (struct ptn_status){ PTN_C_TOO_BIG };
    status = ptn_lock_read(world, dir, &file, NULL);
    if (status.code == PTN_C_NOT_FOUND)
        return world->files->replace(world->context, path, bytes);
    ptn_buffer_init(&sealed, PTN_SEALED_FILE_LEN_MAX + PTN_SEALED_OVERHEAD);
    if (ptn_ok(status))
        status = seal(world, file.storage, name, bytes, &sealed);
    if (ptn_ok(status))
        status = world->files->replace(world->context, path, ptn_buffer_bytes(&sealed));
    ptn_buffer_release(&sealed);
    sodium_memzero(&file, sizeof(file));
    return status;
}

/* ---- all of them ---- */

struct sealing_all {
    const struct ptn_world *world;
    const char *dir;
    size_t count;
    struct ptn_status status; /* the first failure */
};

static void note(struct sealing_all *all, struct ptn_status status, bool done)
{
    if (ptn_ok(status))
        all->count += done ? 1 : 0;
    else if (status.code != PTN_C_NOT_FOUND && ptn_ok(all->status))
        all->status = status;
}

static void seal_file(struct sealing_all *all, const char *name)
{
    char path[PATH_SIZE];
    struct ptn_buffer raw;
    struct ptn_status status = { PTN_C_TOO_BIG };
    bool plain = false;

    ptn_buffer_init(&raw, 0);
    if (join_path(path, all->dir, name))
        status = read_raw(all->world, path, PTN_SEALED_FILE_LEN_MAX, &raw);
    plain = ptn_ok(status) && !is_sealed(ptn_buffer_bytes(&raw));
    if (plain)
        status = ptn_sealed_file_replace(all->world, all->dir, name, ptn_buffer_bytes(&raw));
    wipe(&raw);
    note(all, status, plain);
}

/* Names of a folder's files, each ended by a NUL. */
static bool add_name(void *context, const char *name)
{
    return ptn_ok(ptn_buffer_add(context, ptn_bytes_of(name, strlen(name) + 1)));
}

static void seal_folder(struct sealing_all *all, const char *folder, const char *end, bool epochs)
{
    struct ptn_buffer names;
    char path[PATH_SIZE];
    struct ptn_status status = { PTN_C_TOO_BIG };

    ptn_buffer_init(&names, NAMES_MAX);
    if (join_path(path, all->dir, folder))
        status = all->world->files->list(all->world->context, path, add_name, &names);
    note(all, status, false);
    for (size_t at = 0; ptn_ok(status) && at < names.len; at += strlen((char *)names.at + at) + 1) {
        const char *file = (const char *)names.at + at;
        const size_t len = strlen(file);
        char name[PTN_SEALED_NAME_MAX + 1];
        bool did = false;
        struct ptn_status sealed;

        if (len < strlen(end) || strcmp(file + len - strlen(end), end) != 0 ||
            snprintf(name, sizeof(name), "%s/%s", folder, file) >= (int)sizeof(name))
            continue;
        if (!epochs) {
            seal_file(all, name);
            continue;
        }
        sealed = ptn_epochs_seal(all->world, all->dir, name, &did);
        note(all, sealed, did);
    }
    ptn_buffer_release(&names);
}

struct ptn_status ptn_lock_seal_all(const struct ptn_world *world, const char *dir,
                                    const char *const *names, size_t name_count, size_t *ret_count,
                                    struct ptn_diag *reterr)
{
    struct sealing_all all = { world, dir, 0, PTN_OK };
    struct ptn_lock_file file = { 0 };
    struct ptn_status status = ptn_lock_read(world, dir, &file, reterr);
    bool did = false;

    sodium_memzero(&file, sizeof(file));
    if (status.code == PTN_C_NOT_FOUND)
        return PTN_OK;
    if (!ptn_ok(status))
        return status;
    status = ptn_node_key_seal(world, dir, &did);
    note(&all, status, did);
    seal_folder(&all, "vault/reading", ".key", false);
    seal_folder(&all, "vault/epoch", ".keys", true);
    for (size_t i = 0; i < name_count; i++)
        seal_file(&all, names[i]);
    if (ret_count != NULL)
        *ret_count = all.count;
    return ptn_ok(all.status) ? PTN_OK
                              : ptn_fail(all.status.code, reterr, 0, "a file cannot be sealed");
}
