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

/* Months' keys, oldest month first. They change by another block in their place: whoever reads the
 * former one goes on reading it, so it stays until the vault is closed. */
struct ptn_vault_readings {
    struct ptn_vault_readings *former;
    size_t count;
    struct ptn_vault_reading at[];
};

/* Lives in memory of sodium_malloc: locked, between guard pages, wiped when freed, read-only after
 * open; so do its readings. */
struct ptn_vault {
    bool locked;
    bool has_lock;
    struct ptn_vault_reading storage; /* has_lock; its private half only when not locked */
    uint8_t reading_key[crypto_kdf_KEYBYTES];
    struct ptn_vault_role roles[PTN_ROLE_COUNT];
    struct ptn_vault_readings *_Atomic readings; /* NULL: none */
    size_t reading_damaged;
};

/* Find the month's keys in the node's folder and add them all to the vault; a locked one gets none.
 * NO_MEMORY. */
PTN_MUST_USE struct ptn_status ptn_reading_load(const struct ptn_world *world, const char *dir,
                                                struct ptn_vault *vault);

void ptn_readings_free(struct ptn_vault_readings *readings);

/* The private half that goes with a public one, the storage key's among them, or NULL. */
const struct ptn_vault_reading *ptn_reading_of(const struct ptn_vault *vault,
                                               const uint8_t public_key[PTN_READING_KEY_LEN]);

/* ---- the lock ---- */

/* The lock's file. NOT_FOUND: there is none; CORRUPT: it is damaged; IO; NO_MEMORY. To be wiped. */
PTN_MUST_USE struct ptn_status ptn_lock_read(const struct ptn_world *world, const char *dir,
                                             struct ptn_lock_file *ret_file,
                                             struct ptn_diag *reterr);

const uint8_t *ptn_storage_public(const struct ptn_storage *storage);

/* The folder's storage key: the public half, and the private one unless *ret_locked. The codes of
 * ptn_lock_read. To be wiped. */
PTN_MUST_USE struct ptn_status ptn_storage_find(const struct ptn_world *world, const char *dir,
                                                struct ptn_vault_reading *ret_key,
                                                bool *ret_locked);

/* Take the reading key out of node.key into a sealed file. *ret_did: it was there. */
PTN_MUST_USE struct ptn_status ptn_node_key_seal(const struct ptn_world *world, const char *dir,
                                                 bool *ret_did);
/* Box the keys of a day's file. name: within the folder. *ret_did: they were not. */
PTN_MUST_USE struct ptn_status ptn_epochs_seal(const struct ptn_world *world, const char *dir,
                                               const char *name, bool *ret_did);
/* The same construction as an epoch's box, opened. False: it is not for that key. */
bool ptn_box_open(const struct ptn_vault_reading *reader, const uint8_t box[PTN_EPOCH_BOX_LEN],
                  uint8_t ret_secret[32]);

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
