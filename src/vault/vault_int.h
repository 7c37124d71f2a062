/* vault/vault_int.h -- what the files of vault/ share: the secrets themselves. */
#ifndef PTN_VAULT_VAULT_INT_H
#define PTN_VAULT_VAULT_INT_H
#include <assert.h>

#include "vault/vault.h"

#include <sodium.h>

struct ptn_vault_role {
    uint8_t public_key[crypto_sign_PUBLICKEYBYTES];
    uint8_t secret_key[crypto_sign_SECRETKEYBYTES];
};

/* Lives in memory of sodium_malloc: locked, between guard pages, wiped when freed, read-only after
 * open. */
struct ptn_vault {
    uint8_t reading_key[crypto_kdf_KEYBYTES];
    struct ptn_vault_role roles[PTN_ROLE_COUNT];
};

static_assert(PTN_SIGNATURE_LEN == crypto_sign_BYTES, "an Ed25519 signature");
static_assert(PTN_PUBLIC_KEY_LEN == crypto_sign_PUBLICKEYBYTES, "an Ed25519 public key");
#endif
