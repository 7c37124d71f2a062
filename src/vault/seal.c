#include <assert.h>

#include "vault/seal.h"
#include "vault/vault_int.h"

/*
 * scheme | retention | day | (scheme 2: epoch entry) | nonce | wrapped record key | sealed payload
 * (docs/format/payload.md). One nonce serves both: the two keys differ, and the record key is used
 * once.
 */
#define RETENTION_AT  1u
#define DAY_AT        2u
#define ENTRY_AT      6u
#define NONCE_LEN     crypto_aead_xchacha20poly1305_ietf_NPUBBYTES
#define TAG_LEN       crypto_aead_xchacha20poly1305_ietf_ABYTES
#define KEY_LEN       crypto_aead_xchacha20poly1305_ietf_KEYBYTES
#define WRAPPED_LEN   (KEY_LEN + TAG_LEN)
#define HEAD_LEN_MAX  14u
#define BOUND_LEN_MAX 1024u

static_assert(PTN_SEAL_OVERHEAD == HEAD_LEN_MAX + NONCE_LEN + WRAPPED_LEN + TAG_LEN,
              "the header promises the overhead");
static_assert(KEY_LEN == crypto_kdf_KEYBYTES, "a record key is a key to derive from");
static_assert(PTN_EPOCH_BOX_LEN == crypto_box_SEALBYTES + KEY_LEN, "an epoch key in a sealed box");

static const char epoch_context[crypto_kdf_CONTEXTBYTES + 1] = "ptnepoch";
static const char record_context[crypto_kdf_CONTEXTBYTES + 1] = "ptnrecrd";

/* Where the parts of a scheme lie. Its own head, which the associated data repeat, ends at the
 * nonce. */
struct places {
    size_t nonce;
    size_t wrapped;
    size_t ciphertext;
};

static struct places places_of(uint8_t scheme)
{
    size_t nonce = scheme == 2 ? HEAD_LEN_MAX : ENTRY_AT;

    return (struct places){ nonce, nonce + NONCE_LEN, nonce + NONCE_LEN + WRAPPED_LEN };
}

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

/* ---- epochs ---- */

void ptn_epoch_open(const struct ptn_vault *vault, uint32_t day, uint8_t retention,
                    struct ptn_epoch *ret_epoch)
{
    PTN_PRE(vault != NULL);
    PTN_PRE(!vault->locked);

    *ret_epoch = (struct ptn_epoch){ .scheme = 1, .day = day, .retention = retention };
    (void)crypto_kdf_derive_from_key(ret_epoch->key, sizeof(ret_epoch->key),
                                     (uint64_t)day << 8 | retention, epoch_context,
                                     vault->reading_key);
}

void ptn_epoch_new(const struct ptn_world *world, uint32_t day, uint8_t retention, uint64_t entry,
                   struct ptn_epoch *ret_epoch)
{
    *ret_epoch =
        (struct ptn_epoch){ .scheme = 2, .day = day, .retention = retention, .entry = entry };
    world->random(world->context, ret_epoch->key, sizeof(ret_epoch->key));
}

struct ptn_status ptn_box_make(const struct ptn_world *world, const uint8_t secret[KEY_LEN],
                               const uint8_t reader[PTN_READING_KEY_LEN],
                               uint8_t ret_box[PTN_EPOCH_BOX_LEN])
{
    uint8_t secret_key[crypto_box_SECRETKEYBYTES];
    uint8_t keys[2 * crypto_box_PUBLICKEYBYTES];
    uint8_t nonce[crypto_box_NONCEBYTES];
    uint8_t box[PTN_EPOCH_BOX_LEN];
    int rc;

    world->random(world->context, secret_key, sizeof(secret_key));
    (void)crypto_scalarmult_base(keys, secret_key);
    memcpy(keys + crypto_box_PUBLICKEYBYTES, reader, crypto_box_PUBLICKEYBYTES);
    (void)crypto_generichash(nonce, sizeof(nonce), keys, sizeof(keys), NULL, 0);
    memcpy(box, keys, crypto_box_PUBLICKEYBYTES);
    rc = crypto_box_easy(box + crypto_box_PUBLICKEYBYTES, secret, KEY_LEN, nonce, reader,
                         secret_key);
    sodium_memzero(secret_key, sizeof(secret_key));
    if (rc != 0)
        return (struct ptn_status){ PTN_C_BAD_INPUT };
    memcpy(ret_box, box, sizeof(box));
    return PTN_OK;
}

bool ptn_box_open(const struct ptn_vault_reading *reader, const uint8_t box[PTN_EPOCH_BOX_LEN],
                  uint8_t ret_secret[KEY_LEN])
{
    return crypto_box_seal_open(ret_secret, box, PTN_EPOCH_BOX_LEN, reader->public_key,
                                reader->secret_key) == 0;
}

struct ptn_status ptn_epoch_box(const struct ptn_world *world, const struct ptn_epoch *epoch,
                                const uint8_t reader[PTN_READING_KEY_LEN],
                                uint8_t ret_box[PTN_EPOCH_BOX_LEN])
{
    return ptn_box_make(world, epoch->key, reader, ret_box);
}

struct ptn_status ptn_epoch_unbox(const struct ptn_vault *vault,
                                  const uint8_t reader[PTN_READING_KEY_LEN],
                                  const uint8_t box[PTN_EPOCH_BOX_LEN], struct ptn_epoch *epoch)
{
    const struct ptn_vault_reading *reading = ptn_reading_of(vault, reader);
    uint8_t key[KEY_LEN];
    bool good;

    if (reading == NULL)
        return (struct ptn_status){ PTN_C_NOT_FOUND };
    good = ptn_box_open(reading, box, key);
    if (good)
        memcpy(epoch->key, key, sizeof(key));
    sodium_memzero(key, sizeof(key));
    return (struct ptn_status){ good ? PTN_C_OK : PTN_C_CORRUPT };
}

void ptn_epoch_forget(struct ptn_epoch *epoch)
{
    sodium_memzero(epoch, sizeof(*epoch));
}

/* ---- sealing ---- */

/* The associated data of both layers: the sealed bytes' own first bytes, the commitment, then what
 * the caller binds. SEAL-1. */
static size_t bind(uint8_t associated[HEAD_LEN_MAX + PTN_COMMITMENT_LEN + BOUND_LEN_MAX],
                   const uint8_t *sealed, size_t head_len, const uint8_t *commitment,
                   struct ptn_bytes bound)
{
    memcpy(associated, sealed, head_len);
    memcpy(associated + head_len, commitment, PTN_COMMITMENT_LEN);
    if (bound.len > 0)
        memcpy(associated + head_len + PTN_COMMITMENT_LEN, bound.at, bound.len);
    return head_len + PTN_COMMITMENT_LEN + bound.len;
}

static void write_head(const struct ptn_epoch *epoch, uint8_t *at)
{
    at[0] = epoch->scheme;
    at[RETENTION_AT] = epoch->retention;
    for (unsigned i = 0; i < 4; i++)
        at[DAY_AT + i] = (uint8_t)(epoch->day >> (24 - 8 * i));
    for (unsigned i = 0; epoch->scheme == 2 && i < 8; i++)
        at[ENTRY_AT + i] = (uint8_t)(epoch->entry >> (56 - 8 * i));
}

struct ptn_status ptn_seal(const struct ptn_world *world, const struct ptn_epoch *epoch,
                           struct ptn_bytes bound, struct ptn_bytes payload, struct ptn_buffer *out,
                           uint8_t ret_commitment[PTN_COMMITMENT_LEN])
{
    const struct places places = places_of(epoch->scheme);
    uint8_t associated[HEAD_LEN_MAX + PTN_COMMITMENT_LEN + BOUND_LEN_MAX];
    uint8_t fresh[KEY_LEN + NONCE_LEN];
    struct record_keys keys;
    uint8_t *at;
    size_t associated_len;
    struct ptn_status status;

    PTN_PRE(epoch->scheme == 1 || epoch->scheme == 2);
    PTN_PRE(bound.len <= BOUND_LEN_MAX);

    if (payload.len > PTN_PAYLOAD_LEN_MAX)
        return (struct ptn_status){ PTN_C_TOO_BIG };
    status = ptn_buffer_reserve(out, places.ciphertext + TAG_LEN + payload.len, &at);
    if (!ptn_ok(status))
        return status;

    world->random(world->context, fresh, sizeof(fresh));
    memcpy(keys.record, fresh, KEY_LEN);
    derive(&keys);
    write_head(epoch, at);
    memcpy(at + places.nonce, fresh + KEY_LEN, NONCE_LEN);
    associated_len = bind(associated, at, places.nonce, keys.commitment, bound);
    (void)crypto_aead_xchacha20poly1305_ietf_encrypt(at + places.wrapped, NULL, keys.record,
                                                     KEY_LEN, associated, associated_len, NULL,
                                                     at + places.nonce, epoch->key);
    (void)crypto_aead_xchacha20poly1305_ietf_encrypt(at + places.ciphertext, NULL, payload.at,
                                                     payload.len, associated, associated_len, NULL,
                                                     at + places.nonce, keys.encrypting);
    out->len += places.ciphertext + TAG_LEN + payload.len;
    memcpy(ret_commitment, keys.commitment, PTN_COMMITMENT_LEN);
    sodium_memzero(&keys, sizeof(keys));
    sodium_memzero(fresh, sizeof(fresh));
    return PTN_OK;
}

struct ptn_status ptn_seal_nothing(struct ptn_bytes payload, struct ptn_buffer *out,
                                   uint8_t ret_commitment[PTN_COMMITMENT_LEN])
{
    uint8_t *at;
    struct ptn_status status;

    if (payload.len > PTN_PAYLOAD_LEN_MAX)
        return (struct ptn_status){ PTN_C_TOO_BIG };
    status = ptn_buffer_reserve(out, PTN_SEAL_OVERHEAD_0 + payload.len, &at);
    if (!ptn_ok(status))
        return status;
    at[0] = 0;
    if (payload.len > 0)
        memcpy(at + PTN_SEAL_OVERHEAD_0, payload.at, payload.len);
    out->len += PTN_SEAL_OVERHEAD_0 + payload.len;
    memset(ret_commitment, 0, PTN_COMMITMENT_LEN);
    return PTN_OK;
}

/* ---- opening ---- */

struct ptn_status ptn_sealed_parse(struct ptn_bytes bytes, struct ptn_sealed *ret_sealed,
                                   struct ptn_diag *reterr)
{
    static const size_t overheads[] = { PTN_SEAL_OVERHEAD_0, PTN_SEAL_OVERHEAD_1,
                                        PTN_SEAL_OVERHEAD };
    struct ptn_sealed sealed = { 0 };
    struct ptn_cursor cursor = ptn_cursor_at(bytes);
    struct ptn_status status = ptn_cursor_take_u8(&cursor, &sealed.scheme);

    if (!ptn_ok(status) || sealed.scheme > 2 || bytes.len < overheads[sealed.scheme])
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "not a payload of a known scheme");
    sealed.payload_len = bytes.len - overheads[sealed.scheme];
    if (sealed.payload_len > PTN_PAYLOAD_LEN_MAX)
        return ptn_fail(PTN_C_TOO_BIG, reterr, PTN_PAYLOAD_LEN_MAX, "the payload is too long");
    if (sealed.scheme > 0)
        status = ptn_cursor_take_u8(&cursor, &sealed.retention);
    if (ptn_ok(status) && sealed.scheme > 0)
        status = ptn_cursor_take_u32(&cursor, &sealed.day);
    if (ptn_ok(status) && sealed.scheme == 2)
        status = ptn_cursor_take_u64(&cursor, &sealed.entry);
    PTN_POST(ptn_ok(status)); /* the length was looked at */
    *ret_sealed = sealed;
    return PTN_OK;
}

/* The record key out of its wrapping, and what it becomes. False: not wrapped under this epoch or
 * for these bound bytes. */
static bool unwrap(const struct ptn_epoch *epoch, const uint8_t *sealed, struct places places,
                   const uint8_t *associated, size_t associated_len, struct record_keys *keys)
{
    if (crypto_aead_xchacha20poly1305_ietf_decrypt(
            keys->record, NULL, NULL, sealed + places.wrapped, WRAPPED_LEN, associated,
            associated_len, sealed + places.nonce, epoch->key) != 0)
        return false;
    derive(keys);
    return true;
}

/* SEAL-2: the commitment first. */
static struct ptn_status open_with(const struct ptn_epoch *epoch, struct ptn_bytes bound,
                                   const uint8_t commitment[PTN_COMMITMENT_LEN],
                                   struct ptn_bytes sealed, struct ptn_buffer *out,
                                   struct ptn_diag *reterr)
{
    const struct places places = places_of(epoch->scheme);
    uint8_t associated[HEAD_LEN_MAX + PTN_COMMITMENT_LEN + BOUND_LEN_MAX];
    struct record_keys keys = { 0 };
    size_t payload_len = sealed.len - places.ciphertext - TAG_LEN;
    size_t associated_len;
    uint8_t *at;
    struct ptn_status status = ptn_buffer_reserve(out, payload_len, &at);

    if (!ptn_ok(status))
        return ptn_fail(status.code, reterr, 0, "no room for the opened payload");
    associated_len = bind(associated, sealed.at, places.nonce, commitment, bound);
    if (!unwrap(epoch, sealed.at, places, associated, associated_len, &keys))
        status = ptn_fail(PTN_C_CORRUPT, reterr, places.wrapped,
                          "the payload's key is not wrapped for this entry and this reader");
    else if (sodium_memcmp(keys.commitment, commitment, PTN_COMMITMENT_LEN) != 0)
        status = ptn_fail(PTN_C_CORRUPT, reterr, places.wrapped,
                          "the payload's key is not the one promised");
    else if (crypto_aead_xchacha20poly1305_ietf_decrypt(
                 at, NULL, NULL, sealed.at + places.ciphertext, payload_len + TAG_LEN, associated,
                 associated_len, sealed.at + places.nonce, keys.encrypting) != 0)
        status = ptn_fail(PTN_C_CORRUPT, reterr, places.ciphertext, "the payload fails its seal");
    else
        out->len += payload_len;
    sodium_memzero(&keys, sizeof(keys));
    return status;
}

struct ptn_status ptn_unseal_with(const struct ptn_epoch *epoch, struct ptn_bytes bound,
                                  const uint8_t commitment[PTN_COMMITMENT_LEN],
                                  struct ptn_bytes sealed, struct ptn_buffer *out,
                                  struct ptn_diag *reterr)
{
    struct ptn_sealed parts;
    struct ptn_status status = ptn_sealed_parse(sealed, &parts, reterr);

    PTN_PRE(bound.len <= BOUND_LEN_MAX);

    if (!ptn_ok(status))
        return status;
    if (parts.scheme == 0)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "the payload is not sealed");
    if (parts.scheme != epoch->scheme || parts.retention != epoch->retention ||
        parts.day != epoch->day || parts.entry != epoch->entry)
        return ptn_fail(PTN_C_CORRUPT, reterr, 0, "the payload belongs to another epoch");
    return open_with(epoch, bound, commitment, sealed, out, reterr);
}

struct ptn_status ptn_unseal(const struct ptn_vault *vault, struct ptn_bytes bound,
                             const uint8_t commitment[PTN_COMMITMENT_LEN], struct ptn_bytes sealed,
                             struct ptn_buffer *out, struct ptn_diag *reterr)
{
    struct ptn_epoch epoch;
    struct ptn_sealed parts;
    struct ptn_status status = ptn_sealed_parse(sealed, &parts, reterr);

    if (!ptn_ok(status))
        return status;
    if (parts.scheme != 1)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "not a payload that the node sealed by itself");
    if (vault->locked)
        return ptn_fail(PTN_C_NOT_FOUND, reterr, 0, "the vault is locked");
    ptn_epoch_open(vault, parts.day, parts.retention, &epoch);
    status = ptn_unseal_with(&epoch, bound, commitment, sealed, out, reterr);
    ptn_epoch_forget(&epoch);
    return status;
}

struct ptn_status ptn_unseal_nothing(const uint8_t commitment[PTN_COMMITMENT_LEN],
                                     struct ptn_bytes sealed, struct ptn_buffer *out,
                                     struct ptn_diag *reterr)
{
    struct ptn_sealed parts;
    struct ptn_status status = ptn_sealed_parse(sealed, &parts, reterr);

    if (!ptn_ok(status))
        return status;
    if (parts.scheme != 0)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "the payload is sealed");
    if (!sodium_is_zero(commitment, PTN_COMMITMENT_LEN))
        return ptn_fail(PTN_C_CORRUPT, reterr, 0,
                        "an entry promises a key for a payload that has none");
    status = ptn_buffer_add(out, ptn_bytes_slice(sealed, PTN_SEAL_OVERHEAD_0, SIZE_MAX));
    return ptn_ok(status) ? status
                          : ptn_fail(status.code, reterr, 0, "no room for the opened payload");
}
