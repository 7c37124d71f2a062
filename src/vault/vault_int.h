/* vault/vault_int.h -- what the files of vault/ share: the secrets themselves. */
#ifndef PTN_VAULT_VAULT_INT_H
#define PTN_VAULT_VAULT_INT_H
#include <assert.h>

#include "vault/seal.h"

#include <sodium.h>

struct ptn_vault_role {
    uint8_t public_key[crypto_sign_PUBLICKEYBYTES];
    uint8_t secret_key[crypto_sign_SECRETKEYBYTES];
};

/* The private half of one month's reading key, and the public one that goes with it. */
struct ptn_vault_reading {
    struct ptn_date month; /* day 0 */
    uint8_t public_key[crypto_box_PUBLICKEYBYTES];
    uint8_t secret_key[crypto_box_SECRETKEYBYTES];
};

/* Lives in memory of sodium_malloc: locked, between guard pages, wiped when freed, read-only after
 * open. */
struct ptn_vault {
    uint8_t reading_key[crypto_kdf_KEYBYTES];
    struct ptn_vault_role roles[PTN_ROLE_COUNT];
    struct ptn_vault_reading *readings; /* likewise; oldest month first; NULL: none */
    size_t reading_count;
    size_t reading_damaged;
};

/* Find the month's keys in the node's folder and add them all to the vault. NO_MEMORY. */
PTN_MUST_USE struct ptn_status ptn_reading_load(const struct ptn_world *world, const char *dir,
                                                struct ptn_vault *vault);

/* The private half that goes with a public one, or NULL. */
const struct ptn_vault_reading *ptn_reading_of(const struct ptn_vault *vault,
                                               const uint8_t public_key[PTN_READING_KEY_LEN]);

/* crypto_box_seal of 32 bytes, but for where its ephemeral key comes from: the world's random
 * numbers. BAD_INPUT for a reader that nobody can be. */
PTN_MUST_USE struct ptn_status ptn_box_make(const struct ptn_world *world, const uint8_t secret[32],
                                            const uint8_t reader[PTN_READING_KEY_LEN],
                                            uint8_t ret_box[PTN_EPOCH_BOX_LEN]);

/* In the range of months that reading keys have. */
bool ptn_reading_month_good(struct ptn_date month);

static_assert(PTN_SIGNATURE_LEN == crypto_sign_BYTES, "an Ed25519 signature");
static_assert(PTN_PUBLIC_KEY_LEN == crypto_sign_PUBLICKEYBYTES, "an Ed25519 public key");
static_assert(PTN_READING_KEY_LEN == crypto_box_PUBLICKEYBYTES, "an X25519 public key");
static_assert(PTN_READING_KEY_LEN == crypto_box_SECRETKEYBYTES, "an X25519 private key");
#endif
