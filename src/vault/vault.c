#include <assert.h>

#include "vault/vault_int.h"

#include <stdio.h>

#define KEY_MAGIC     "postern node key 1\n"
#define KEY_MAGIC_LEN (sizeof(KEY_MAGIC) - 1)
#define SECRET_LEN    32u
#define CHECK_LEN     32u
#define KEY_FILE_LEN  (KEY_MAGIC_LEN + (size_t)2 * SECRET_LEN + CHECK_LEN)
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

static void check_of(const uint8_t file[KEY_FILE_LEN], uint8_t ret_check[CHECK_LEN])
{
    (void)crypto_generichash(ret_check, CHECK_LEN, file, KEY_FILE_LEN - CHECK_LEN, NULL, 0);
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
    check_of(file, file + KEY_FILE_LEN - CHECK_LEN);
    status = world->files->replace(world->context, path, ptn_bytes_of(file, sizeof(file)));
    (void)sodium_munlock(file, sizeof(file)); /* wipes it as well */
    sodium_memzero(file, sizeof(file));
    if (!ptn_ok(status))
        return ptn_fail(status.code, reterr, 0, "the node's key cannot be written");
    return PTN_OK;
}

static struct ptn_status check_file(struct ptn_bytes file, struct ptn_diag *reterr)
{
    uint8_t check[CHECK_LEN];

    if (file.len != KEY_FILE_LEN || memcmp(file.at, KEY_MAGIC, KEY_MAGIC_LEN) != 0)
        return ptn_fail(PTN_C_CORRUPT, reterr, 0, "node.key is not a node's key file");
    check_of(file.at, check);
    if (sodium_memcmp(check, file.at + KEY_FILE_LEN - CHECK_LEN, CHECK_LEN) != 0)
        return ptn_fail(PTN_C_CORRUPT, reterr, 0, "node.key fails its own checksum");
    return PTN_OK;
}

static struct ptn_status unpack(struct ptn_bytes file, struct ptn_vault **ret_vault,
                                struct ptn_diag *reterr)
{
    uint8_t seed[crypto_sign_SEEDBYTES];
    struct ptn_vault *vault = sodium_malloc(sizeof(*vault));

    if (vault == NULL)
        return ptn_fail(PTN_C_NO_MEMORY, reterr, 0, "no memory for the node's key");
    vault->readings = NULL;
    vault->reading_count = 0;
    vault->reading_damaged = 0;
    for (unsigned role = 0; role < PTN_ROLE_COUNT; role++) {
        (void)crypto_kdf_derive_from_key(seed, sizeof(seed), role + 1u, role_context,
                                         file.at + KEY_MAGIC_LEN);
        (void)crypto_sign_seed_keypair(vault->roles[role].public_key, vault->roles[role].secret_key,
                                       seed);
    }
    sodium_memzero(seed, sizeof(seed));
    memcpy(vault->reading_key, file.at + KEY_MAGIC_LEN + SECRET_LEN, SECRET_LEN);
    *ret_vault = vault;
    return PTN_OK;
}

struct ptn_status ptn_vault_open(const struct ptn_world *world, const char *dir,
                                 struct ptn_vault **ret_vault, struct ptn_diag *reterr)
{
    char path[PATH_SIZE];
    struct ptn_vault *vault = NULL;
    struct ptn_buffer file;
    uint8_t *room;
    struct ptn_status status;

    if (sodium_init() < 0)
        return ptn_fail(PTN_C_IO, reterr, 0, "libsodium does not start");
    if (!join_path(path, dir, "node.key"))
        return ptn_fail(PTN_C_TOO_BIG, reterr, PATH_SIZE, "the node's folder has too long a name");
    /* Room for the whole file at once: a buffer that grew would leave a copy of the secrets behind.
     */
    ptn_buffer_init(&file, KEY_FILE_LEN + 1);
    status = ptn_buffer_reserve(&file, KEY_FILE_LEN + 1, &room);
    if (!ptn_ok(status))
        return ptn_fail(status.code, reterr, 0, "no memory for the node's key");
    status = world->files->read(world->context, path, &file);
    if (status.code == PTN_C_NOT_FOUND)
        status = ptn_fail(PTN_C_NOT_FOUND, reterr, 0, "the node has no key");
    else if (status.code == PTN_C_TOO_BIG)
        status = ptn_fail(PTN_C_CORRUPT, reterr, 0, "node.key is not a node's key file");
    else if (!ptn_ok(status))
        status = ptn_fail(status.code, reterr, 0, "the node's key cannot be read");
    else
        status = check_file(ptn_buffer_bytes(&file), reterr);
    if (ptn_ok(status))
        status = unpack(ptn_buffer_bytes(&file), &vault, reterr);
    sodium_memzero(file.at, file.capacity);
    ptn_buffer_release(&file);
    if (!ptn_ok(status))
        return status;
    status = ptn_reading_load(world, dir, vault);
    if (!ptn_ok(status)) {
        ptn_vault_close(vault);
        return ptn_fail(status.code, reterr, 0, "no memory for the reading keys");
    }
    (void)sodium_mprotect_readonly(vault);
    *ret_vault = vault;
    return PTN_OK;
}

void ptn_vault_close(struct ptn_vault *vault)
{
    if (vault != NULL)
        sodium_free(vault->readings);
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
