#include <assert.h>

#include "vault/seal.h"
#include "vault/vault_int.h"

/*
 * version | retention | day | nonce | wrapped record key | sealed payload (docs/format/payload.md).
 * One nonce serves both: the two keys differ, and the record key is used once.
 */
#define VERSION       1u
#define RETENTION_AT  1u
#define DAY_AT        2u
#define NONCE_AT      6u
#define NONCE_LEN     crypto_aead_xchacha20poly1305_ietf_NPUBBYTES
#define TAG_LEN       crypto_aead_xchacha20poly1305_ietf_ABYTES
#define KEY_LEN       crypto_aead_xchacha20poly1305_ietf_KEYBYTES
#define WRAPPED_AT    (NONCE_AT + NONCE_LEN)
#define CIPHERTEXT_AT (WRAPPED_AT + KEY_LEN + TAG_LEN)
#define BOUND_LEN_MAX 1024u

static_assert(PTN_SEAL_OVERHEAD == CIPHERTEXT_AT + TAG_LEN, "the header promises the overhead");
static_assert(KEY_LEN == crypto_kdf_KEYBYTES, "a record key is a key to derive from");

static const char epoch_context[crypto_kdf_CONTEXTBYTES + 1] = "ptnepoch";
static const char record_context[crypto_kdf_CONTEXTBYTES + 1] = "ptnrecrd";

/* What one record key becomes: the key that encrypts, and a promise of it that tells nothing about
 * it. */
struct record_keys {
    uint8_t record[KEY_LEN];
    uint8_t encrypting[KEY_LEN];
    uint8_t commitment[PTN_COMMITMENT_LEN];
};

static void derive(struct record_keys *keys)
{
    (void)crypto_kdf_derive_from_key(keys->encrypting, KEY_LEN, 1, record_context, keys->record);
    (void)crypto_kdf_derive_from_key(keys->commitment, PTN_COMMITMENT_LEN, 2, record_context,
                                     keys->record);
}

void ptn_epoch_open(const struct ptn_vault *vault, uint32_t day, uint8_t retention,
                    struct ptn_epoch *ret_epoch)
{
    PTN_PRE(vault != NULL);

    *ret_epoch = (struct ptn_epoch){ .day = day, .retention = retention };
    (void)crypto_kdf_derive_from_key(ret_epoch->key, sizeof(ret_epoch->key),
                                     (uint64_t)day << 8 | retention, epoch_context,
                                     vault->reading_key);
}

void ptn_epoch_forget(struct ptn_epoch *epoch)
{
    sodium_memzero(epoch, sizeof(*epoch));
}

/* The associated data of both layers: the sealed bytes' own first bytes, the commitment, then what
 * the caller binds. */
static size_t bind(uint8_t associated[NONCE_AT + PTN_COMMITMENT_LEN + BOUND_LEN_MAX],
                   const uint8_t *sealed, const uint8_t *commitment, struct ptn_bytes bound)
{
    memcpy(associated, sealed, NONCE_AT);
    memcpy(associated + NONCE_AT, commitment, PTN_COMMITMENT_LEN);
    if (bound.len > 0)
        memcpy(associated + NONCE_AT + PTN_COMMITMENT_LEN, bound.at, bound.len);
    return NONCE_AT + PTN_COMMITMENT_LEN + bound.len;
}

struct ptn_status ptn_seal(const struct ptn_world *world, const struct ptn_epoch *epoch,
                           struct ptn_bytes bound, struct ptn_bytes payload, struct ptn_buffer *out,
                           uint8_t ret_commitment[PTN_COMMITMENT_LEN])
{
    uint8_t associated[NONCE_AT + PTN_COMMITMENT_LEN + BOUND_LEN_MAX];
    uint8_t fresh[KEY_LEN + NONCE_LEN];
    struct record_keys keys;
    uint8_t *at;
    size_t associated_len;
    struct ptn_status status;

    PTN_PRE(bound.len <= BOUND_LEN_MAX);

    if (payload.len > PTN_PAYLOAD_LEN_MAX)
        return (struct ptn_status){ PTN_C_TOO_BIG };
    status = ptn_buffer_reserve(out, PTN_SEAL_OVERHEAD + payload.len, &at);
    if (!ptn_ok(status))
        return status;

    world->random(world->context, fresh, sizeof(fresh));
    memcpy(keys.record, fresh, KEY_LEN);
    derive(&keys);
    at[0] = VERSION;
    at[RETENTION_AT] = epoch->retention;
    for (unsigned i = 0; i < 4; i++)
        at[DAY_AT + i] = (uint8_t)(epoch->day >> (24 - 8 * i));
    memcpy(at + NONCE_AT, fresh + KEY_LEN, NONCE_LEN);
    associated_len = bind(associated, at, keys.commitment, bound);
    (void)crypto_aead_xchacha20poly1305_ietf_encrypt(at + WRAPPED_AT, NULL, keys.record, KEY_LEN,
                                                     associated, associated_len, NULL,
                                                     at + NONCE_AT, epoch->key);
    (void)crypto_aead_xchacha20poly1305_ietf_encrypt(at + CIPHERTEXT_AT, NULL, payload.at,
                                                     payload.len, associated, associated_len, NULL,
                                                     at + NONCE_AT, keys.encrypting);
    out->len += PTN_SEAL_OVERHEAD + payload.len;
    memcpy(ret_commitment, keys.commitment, PTN_COMMITMENT_LEN);
    sodium_memzero(&keys, sizeof(keys));
    sodium_memzero(fresh, sizeof(fresh));
    return PTN_OK;
}

/* The record key out of its wrapping, and what it becomes. False: not wrapped for this node or
 * these bound bytes. */
static bool unwrap(const struct ptn_vault *vault, struct ptn_bytes sealed,
                   const uint8_t *associated, size_t associated_len, struct record_keys *keys)
{
    struct ptn_cursor cursor = ptn_cursor_at(sealed);
    struct ptn_epoch epoch;
    uint32_t day = 0;
    bool good;

    cursor.next = DAY_AT;
    if (!ptn_ok(ptn_cursor_take_u32(&cursor, &day)))
        return false;
    ptn_epoch_open(vault, day, sealed.at[RETENTION_AT], &epoch);
    good = crypto_aead_xchacha20poly1305_ietf_decrypt(
               keys->record, NULL, NULL, sealed.at + WRAPPED_AT, KEY_LEN + TAG_LEN, associated,
               associated_len, sealed.at + NONCE_AT, epoch.key) == 0;
    ptn_epoch_forget(&epoch);
    if (good)
        derive(keys);
    return good;
}

struct ptn_status ptn_unseal(const struct ptn_vault *vault, struct ptn_bytes bound,
                             const uint8_t commitment[PTN_COMMITMENT_LEN], struct ptn_bytes sealed,
                             struct ptn_buffer *out, struct ptn_diag *reterr)
{
    uint8_t associated[NONCE_AT + PTN_COMMITMENT_LEN + BOUND_LEN_MAX];
    struct record_keys keys = { 0 };
    size_t associated_len;
    uint8_t *at;
    struct ptn_status status;

    PTN_PRE(vault != NULL);
    PTN_PRE(bound.len <= BOUND_LEN_MAX);

    if (sealed.len < PTN_SEAL_OVERHEAD || sealed.at[0] != VERSION)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "not a sealed payload of a known version");
    if (sealed.len - PTN_SEAL_OVERHEAD > PTN_PAYLOAD_LEN_MAX)
        return ptn_fail(PTN_C_TOO_BIG, reterr, PTN_PAYLOAD_LEN_MAX, "the payload is too long");
    status = ptn_buffer_reserve(out, sealed.len - PTN_SEAL_OVERHEAD, &at);
    if (!ptn_ok(status))
        return ptn_fail(status.code, reterr, 0, "no room for the opened payload");

    associated_len = bind(associated, sealed.at, commitment, bound);
    if (!unwrap(vault, sealed, associated, associated_len, &keys))
        status = ptn_fail(PTN_C_CORRUPT, reterr, WRAPPED_AT,
                          "the payload's key is not wrapped for this entry and this node");
    else if (sodium_memcmp(keys.commitment, commitment, PTN_COMMITMENT_LEN) != 0)
        status = ptn_fail(PTN_C_CORRUPT, reterr, WRAPPED_AT,
                          "the payload's key is not the one promised");
    else if (crypto_aead_xchacha20poly1305_ietf_decrypt(
                 at, NULL, NULL, sealed.at + CIPHERTEXT_AT, sealed.len - CIPHERTEXT_AT, associated,
                 associated_len, sealed.at + NONCE_AT, keys.encrypting) != 0)
        status = ptn_fail(PTN_C_CORRUPT, reterr, CIPHERTEXT_AT, "the payload fails its seal");
    else
        out->len += sealed.len - PTN_SEAL_OVERHEAD;
    sodium_memzero(&keys, sizeof(keys));
    return status;
}
