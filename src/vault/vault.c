#include <assert.h>

#include "vault/vault_int.h"

#include <stdio.h>

#define KEY_MAGIC     "postern node key 1\n"
#define KEY_MAGIC_LEN (sizeof(KEY_MAGIC) - 1)
#define SECRET_LEN    32u
#define CHECK_LEN     32u
#define KEY_FILE_LEN  (KEY_MAGIC_LEN + (size_t)2 * SECRET_LEN + CHECK_LEN)
/* Where the folder has a lock: without the reading key, which is in a sealed file. */
#define SEAL_MAGIC    "postern node key 2\n"
#define SEAL_FILE_LEN (KEY_MAGIC_LEN + (size_t)SECRET_LEN + CHECK_LEN)
#define PAYLOAD_FILE  "vault/payload.key"
#define PATH_SIZE     4096u

static_assert(SECRET_LEN == crypto_kdf_KEYBYTES, "both secrets are keys to derive from");

/* libsodium asks for exactly eight bytes; they are part of the format, as are the numbers of the
 * roles. */
static const char role_context[crypto_kdf_CONTEXTBYTES + 1] = "ptnrole1";

/* DIR/vault, and DIR/vault/node.key when file is not NULL. */
static bool join_path(char path[PATH_SIZE], const char *dir, const char *file)
{
    int len = snprintf(path, PATH_SIZE, "%s/vault%s%s", dir, file == NULL ? "" : "/",
                       file == NULL ? "" : file);

    return len > 0 && (unsigned)len < PATH_SIZE;
}

/* len: of the file, its check included. */
static void check_of(const uint8_t *file, size_t len, uint8_t ret_check[CHECK_LEN])
{
    (void)crypto_generichash(ret_check, CHECK_LEN, file, len - CHECK_LEN, NULL, 0);
}

struct ptn_status ptn_vault_create(const struct ptn_world *world, const char *dir,
                                   struct ptn_diag *reterr)
{
    char folder[PATH_SIZE];
    char path[PATH_SIZE];
    uint8_t file[KEY_FILE_LEN];
    struct ptn_status status;

    if (sodium_init() < 0)
        return ptn_fail(PTN_C_IO, reterr, 0, "libsodium does not start");
    if (!join_path(folder, dir, NULL) || !join_path(path, dir, "node.key"))
        return ptn_fail(PTN_C_TOO_BIG, reterr, PATH_SIZE, "the node's folder has too long a name");
    if (world->files->exists(world->context, path))
        return ptn_fail(PTN_C_BUSY, reterr, 0, "the node has a key already");
    status = world->files->make_dir(world->context, folder);
    if (!ptn_ok(status))
        return ptn_fail(status.code, reterr, 0, "the vault's folder cannot be made");

    (void)sodium_mlock(file, sizeof(file)); /* a limit on locked pages makes it fail: go on */
    memcpy(file, KEY_MAGIC, KEY_MAGIC_LEN);
    world->random(world->context, file + KEY_MAGIC_LEN, (size_t)2 * SECRET_LEN);
    check_of(file, sizeof(file), file + KEY_FILE_LEN - CHECK_LEN);
    status = world->files->replace(world->context, path, ptn_bytes_of(file, sizeof(file)));
    (void)sodium_munlock(file, sizeof(file)); /* wipes it as well */
    sodium_memzero(file, sizeof(file));
    if (!ptn_ok(status))
        return ptn_fail(status.code, reterr, 0, "the node's key cannot be written");
    return PTN_OK;
}

/* It is one of the two; the longer one has the reading key. */
static struct ptn_status check_file(struct ptn_bytes file, struct ptn_diag *reterr)
{
    uint8_t check[CHECK_LEN];

    if ((file.len != KEY_FILE_LEN || memcmp(file.at, KEY_MAGIC, KEY_MAGIC_LEN) != 0) &&
        (file.len != SEAL_FILE_LEN || memcmp(file.at, SEAL_MAGIC, KEY_MAGIC_LEN) != 0))
        return ptn_fail(PTN_C_CORRUPT, reterr, 0, "node.key is not a node's key file");
    check_of(file.at, file.len, check);
    if (sodium_memcmp(check, file.at + file.len - CHECK_LEN, CHECK_LEN) != 0)
        return ptn_fail(PTN_C_CORRUPT, reterr, 0, "node.key fails its own checksum");
    return PTN_OK;
}

/* node.key into file, which has room for all of it at once: a buffer that grew would leave a copy
 * of the secrets behind. */
static struct ptn_status read_key(const struct ptn_world *world, const char *dir,
                                  struct ptn_buffer *file, struct ptn_diag *reterr)
{
    char path[PATH_SIZE];
    uint8_t *room;
    struct ptn_status status;

    ptn_buffer_init(file, KEY_FILE_LEN + 1);
    if (sodium_init() < 0)
        return ptn_fail(PTN_C_IO, reterr, 0, "libsodium does not start");
    if (!join_path(path, dir, "node.key"))
        return ptn_fail(PTN_C_TOO_BIG, reterr, PATH_SIZE, "the node's folder has too long a name");
    status = ptn_buffer_reserve(file, KEY_FILE_LEN + 1, &room);
    if (!ptn_ok(status))
        return ptn_fail(status.code, reterr, 0, "no memory for the node's key");
    status = world->files->read(world->context, path, file);
    if (status.code == PTN_C_NOT_FOUND)
        return ptn_fail(PTN_C_NOT_FOUND, reterr, 0, "the node has no key");
    if (status.code == PTN_C_TOO_BIG)
        return ptn_fail(PTN_C_CORRUPT, reterr, 0, "node.key is not a node's key file");
    if (!ptn_ok(status))
        return ptn_fail(status.code, reterr, 0, "the node's key cannot be read");
    return check_file(ptn_buffer_bytes(file), reterr);
}

static void release_key(struct ptn_buffer *file)
{
    if (file->at != NULL)
        sodium_memzero(file->at, file->capacity);
    ptn_buffer_release(file);
}

static struct ptn_status unpack(struct ptn_bytes file, struct ptn_vault **ret_vault,
                                struct ptn_diag *reterr)
{
    uint8_t seed[crypto_sign_SEEDBYTES];
    struct ptn_vault *vault = sodium_malloc(sizeof(*vault));

    if (vault == NULL)
        return ptn_fail(PTN_C_NO_MEMORY, reterr, 0, "no memory for the node's key");
    memset(vault, 0, sizeof(*vault));
    for (unsigned role = 0; role < PTN_ROLE_COUNT; role++) {
        (void)crypto_kdf_derive_from_key(seed, sizeof(seed), role + 1u, role_context,
                                         file.at + KEY_MAGIC_LEN);
        (void)crypto_sign_seed_keypair(vault->roles[role].public_key, vault->roles[role].secret_key,
                                       seed);
    }
    sodium_memzero(seed, sizeof(seed));
    *ret_vault = vault;
    return PTN_OK;
}

/* The reading key out of its sealed file. */
static struct ptn_status read_payload_key(const struct ptn_world *world, const char *dir,
                                          struct ptn_vault *vault, struct ptn_diag *reterr)
{
    struct ptn_buffer file;
    uint8_t *room;
    struct ptn_status status;

    ptn_buffer_init(&file, SECRET_LEN + 1);
    status = ptn_buffer_reserve(&file, SECRET_LEN + 1, &room);
    if (ptn_ok(status))
        status = ptn_sealed_file_read(world, dir, PAYLOAD_FILE, &file);
    if (ptn_ok(status) && file.len != SECRET_LEN)
        status.code = PTN_C_CORRUPT;
    if (ptn_ok(status))
        memcpy(vault->reading_key, file.at, SECRET_LEN);
    release_key(&file);
    if (ptn_ok(status))
        return status;
    return ptn_fail(status.code == PTN_C_NOT_FOUND ? PTN_C_CORRUPT : status.code, reterr, 0,
                    "payload.key cannot be used");
}

/* What the vault reads with. A locked one has none of it, also of what is not sealed yet. */
static struct ptn_status read_readings(const struct ptn_world *world, const char *dir,
                                       struct ptn_bytes file, struct ptn_vault *vault,
                                       struct ptn_diag *reterr)
{
    struct ptn_status status = ptn_storage_find(world, dir, &vault->storage, &vault->locked);

    vault->has_lock = ptn_ok(status);
    if (!ptn_ok(status) && status.code != PTN_C_NOT_FOUND)
        return ptn_fail(status.code, reterr, 0, "the lock's file cannot be used");
    if (vault->locked)
        return PTN_OK;
    status = PTN_OK;
    if (file.len == KEY_FILE_LEN)
        memcpy(vault->reading_key, file.at + KEY_MAGIC_LEN + SECRET_LEN, SECRET_LEN);
    else
        status = read_payload_key(world, dir, vault, reterr);
    if (!ptn_ok(status))
        return status;
    status = ptn_reading_load(world, dir, vault);
    return ptn_ok(status) ? status
                          : ptn_fail(status.code, reterr, 0, "no memory for the reading keys");
}

struct ptn_status ptn_vault_open(const struct ptn_world *world, const char *dir,
                                 struct ptn_vault **ret_vault, struct ptn_diag *reterr)
{
    struct ptn_vault *vault = NULL;
    struct ptn_status status = ptn_vault_open_to_sign(world, dir, &vault, reterr);

    if (ptn_ok(status) && vault->locked) {
        ptn_vault_close(vault);
        return ptn_fail(PTN_C_BUSY, reterr, 0, "the node's vault is locked");
    }
    if (ptn_ok(status))
        *ret_vault = vault;
    return status;
}

struct ptn_status ptn_vault_open_to_sign(const struct ptn_world *world, const char *dir,
                                         struct ptn_vault **ret_vault, struct ptn_diag *reterr)
{
    struct ptn_vault *vault = NULL;
    struct ptn_buffer file;
    struct ptn_status status = read_key(world, dir, &file, reterr);

    if (ptn_ok(status))
        status = unpack(ptn_buffer_bytes(&file), &vault, reterr);
    if (ptn_ok(status))
        status = read_readings(world, dir, ptn_buffer_bytes(&file), vault, reterr);
    release_key(&file);
    if (!ptn_ok(status)) {
        ptn_vault_close(vault);
        return status;
    }
    (void)sodium_mprotect_readonly(vault);
    *ret_vault = vault;
    return PTN_OK;
}

/* The sealed file first: until node.key is replaced, it has the key as well. */
struct ptn_status ptn_node_key_seal(const struct ptn_world *world, const char *dir, bool *ret_did)
{
    char path[PATH_SIZE];
    struct ptn_buffer file;
    struct ptn_status status = read_key(world, dir, &file, NULL);

    *ret_did = false;
    if (ptn_ok(status) && !join_path(path, dir, "node.key"))
        status.code = PTN_C_TOO_BIG;
    if (ptn_ok(status) && file.len == KEY_FILE_LEN) {
        status =
            ptn_sealed_file_replace(world, dir, PAYLOAD_FILE,
                                    ptn_bytes_of(file.at + KEY_MAGIC_LEN + SECRET_LEN, SECRET_LEN));
        if (ptn_ok(status)) {
            memcpy(file.at, SEAL_MAGIC, KEY_MAGIC_LEN);
            check_of(file.at, SEAL_FILE_LEN, file.at + SEAL_FILE_LEN - CHECK_LEN);
            status =
                world->files->replace(world->context, path, ptn_bytes_of(file.at, SEAL_FILE_LEN));
        }
        *ret_did = ptn_ok(status);
    }
    release_key(&file);
    return status;
}

bool ptn_vault_locked(const struct ptn_vault *vault)
{
    return vault->locked;
}

const uint8_t *ptn_vault_storage_key(const struct ptn_vault *vault)
{
    return vault->has_lock ? vault->storage.public_key : NULL;
}

void ptn_vault_close(struct ptn_vault *vault)
{
    if (vault != NULL)
        ptn_readings_free(vault->readings);
    sodium_free(vault);
}

struct ptn_status ptn_vault_sign(const struct ptn_vault *vault, enum ptn_role role,
                                 struct ptn_bytes message, uint8_t ret_signature[PTN_SIGNATURE_LEN])
{
    PTN_PRE(vault != NULL);
    PTN_PRE(role < PTN_ROLE_COUNT);

    if (crypto_sign_detached(ret_signature, NULL, message.at, message.len,
                             vault->roles[role].secret_key) != 0)
        return (struct ptn_status){ PTN_C_IO };
    return PTN_OK;
}

const uint8_t *ptn_vault_public_key(const struct ptn_vault *vault, enum ptn_role role)
{
    PTN_PRE(role < PTN_ROLE_COUNT);

    return vault->roles[role].public_key;
}

bool ptn_signature_good(const uint8_t public_key[PTN_PUBLIC_KEY_LEN], struct ptn_bytes message,
                        const uint8_t signature[PTN_SIGNATURE_LEN])
{
    if (sodium_init() < 0)
        return false;
    return crypto_sign_verify_detached(signature, message.at, message.len, public_key) == 0;
}
