/*
 * vault/passkey.c -- security keys: what they are to sign, and whether they did.
 *
 * Authenticator data: the digest of the host's name (32 bytes), flags, a counter (4), and where the
 * flag ED says so extensions in CBOR. Nothing here asks for extensions, so they are signed over and
 * not read: libfido2 hands them to libcbor, which takes as much memory as a length field says.
 */
#include <assert.h>

#include "vault/credential.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <sodium.h>

static_assert(PTN_PASSKEY_SECRET_LEN == crypto_generichash_KEYBYTES, "a keyed BLAKE2b's key");
static_assert(PTN_PASSKEY_ASK_LEN == 16 + crypto_generichash_BYTES, "time, chance, digest");

static const char form[] = "es256.";

/* ---- text ---- */

/* The public key, of a point that is on the curve. NULL: it is not, or no memory. */
static EVP_PKEY *take_point(const uint8_t point[PTN_PASSKEY_POINT_LEN])
{
    char group[] = "P-256";
    uint8_t whole[1 + PTN_PASSKEY_POINT_LEN] = { 0x04 }; /* uncompressed */
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, 0),
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, whole, sizeof(whole)),
        OSSL_PARAM_construct_end(),
    };
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
    EVP_PKEY *key = NULL;

    memcpy(whole + 1, point, PTN_PASSKEY_POINT_LEN);
    if (context != NULL && EVP_PKEY_fromdata_init(context) == 1)
        (void)EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, params);
    EVP_PKEY_CTX_free(context);
    return key;
}

/* Exactly what base64 says, of least to most bytes. */
static bool read_bytes(struct ptn_bytes text, size_t least, size_t most, uint8_t *at,
                       size_t *ret_len)
{
    struct ptn_buffer out = { .len_max = most };
    bool good = ptn_ok(ptn_base64_read(text, &out, NULL)) && out.len >= least;

    if (good) {
        memcpy(at, out.at, out.len);
        *ret_len = out.len;
    }
    ptn_buffer_release(&out);
    return good;
}

struct ptn_status ptn_passkey_read(struct ptn_bytes text, struct ptn_passkey *ret_key)
{
    const size_t begun = sizeof(form) - 1;
    struct ptn_passkey key = { .id_len = 0 };
    const uint8_t *dot;
    struct ptn_bytes rest;
    EVP_PKEY *point;
    size_t len = 0;

    if (text.len > PTN_PASSKEY_TEXT_MAX || text.len < begun || memcmp(text.at, form, begun) != 0)
        return (struct ptn_status){ PTN_C_BAD_INPUT };
    rest = ptn_bytes_slice(text, begun, SIZE_MAX);
    dot = rest.len == 0 ? NULL : memchr(rest.at, '.', rest.len);
    if (dot == NULL ||
        !read_bytes(ptn_bytes_slice(rest, 0, (size_t)(dot - rest.at)), 1, PTN_PASSKEY_ID_MAX,
                    key.id, &key.id_len) ||
        !read_bytes(ptn_bytes_slice(rest, (size_t)(dot - rest.at) + 1, SIZE_MAX),
                    PTN_PASSKEY_POINT_LEN, PTN_PASSKEY_POINT_LEN, key.point, &len))
        return (struct ptn_status){ PTN_C_BAD_INPUT };
    point = take_point(key.point);
    if (point == NULL)
        return (struct ptn_status){ PTN_C_BAD_INPUT };
    EVP_PKEY_free(point);
    *ret_key = key;
    return PTN_OK;
}

struct ptn_status ptn_passkey_write(const struct ptn_passkey *key, struct ptn_buffer *out)
{
    struct ptn_status status = ptn_buffer_add(out, ptn_bytes_from_text(form));

    if (ptn_ok(status))
        status = ptn_buffer_add_base64(out, ptn_bytes_of(key->id, key->id_len));
    if (ptn_ok(status))
        status = ptn_buffer_add(out, PTN_BYTES_LITERAL("."));
    if (ptn_ok(status))
        status = ptn_buffer_add_base64(out, ptn_bytes_of(key->point, sizeof(key->point)));
    return status;
}

/* ---- the challenge: eight bytes of time, eight of chance, and a digest of these and what is asked
 * ---- */

static struct ptn_status seal_challenge(const uint8_t secret[PTN_PASSKEY_SECRET_LEN],
                                        struct ptn_bytes asked,
                                        uint8_t challenge[PTN_PASSKEY_ASK_LEN])
{
    crypto_generichash_state state;

    if (sodium_init() < 0 ||
        crypto_generichash_init(&state, secret, PTN_PASSKEY_SECRET_LEN, crypto_generichash_BYTES) !=
            0 ||
        crypto_generichash_update(&state, challenge, 16) != 0 ||
        (asked.len > 0 && crypto_generichash_update(&state, asked.at, asked.len) != 0) ||
        crypto_generichash_final(&state, challenge + 16, crypto_generichash_BYTES) != 0)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    return PTN_OK;
}

struct ptn_status ptn_passkey_challenge(const uint8_t secret[PTN_PASSKEY_SECRET_LEN],
                                        int64_t now_ms, struct ptn_bytes asked,
                                        uint8_t ret_challenge[PTN_PASSKEY_ASK_LEN])
{
    if (sodium_init() < 0)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    for (unsigned i = 0; i < 8; i++)
        ret_challenge[i] = (uint8_t)((uint64_t)now_ms >> (56 - 8 * i));
    randombytes_buf(ret_challenge + 8, 8);
    return seal_challenge(secret, asked, ret_challenge);
}

bool ptn_passkey_challenge_is(const uint8_t secret[PTN_PASSKEY_SECRET_LEN], int64_t now_ms,
                              struct ptn_bytes asked, struct ptn_bytes challenge)
{
    uint8_t again[PTN_PASSKEY_ASK_LEN];
    uint64_t then = 0;
    int64_t age_ms;

    if (challenge.len != PTN_PASSKEY_ASK_LEN)
        return false;
    memcpy(again, challenge.at, 16);
    for (unsigned i = 0; i < 8; i++)
        then = then << 8 | again[i];
    if (!ptn_ok(seal_challenge(secret, asked, again)) ||
        !ptn_secret_equal(challenge, ptn_bytes_of(again, sizeof(again))))
        return false;
    age_ms = now_ms - (int64_t)then; /* it is ours: no time that somebody made up */
    return age_ms >= 0 && age_ms <= (int64_t)PTN_PASSKEY_ASK_S * 1000;
}

/* ---- the answer ---- */

#define HEAD_LEN    37u
#define UP          0x01u /* somebody touched it */
#define AT          0x40u /* a new key's data follow: in no answer to a challenge */
#define ED          0x80u /* extensions follow */
#define MESSAGE_MAX (PTN_PASSKEY_AUTH_MAX + PTN_SHA256_LEN)

/* Touched, at a page of that host. */
static bool is_touch(struct ptn_bytes authenticator, const char *host)
{
    const struct ptn_bytes name = ptn_bytes_from_text(host);
    uint8_t digest[PTN_SHA256_LEN];
    uint8_t flags;

    if (authenticator.len < HEAD_LEN || authenticator.len > PTN_PASSKEY_AUTH_MAX ||
        !ptn_ok(ptn_sha256(&name, 1, digest)) ||
        memcmp(authenticator.at, digest, sizeof(digest)) != 0)
        return false;
    flags = authenticator.at[PTN_SHA256_LEN];
    return (flags & UP) != 0 && (flags & AT) == 0 &&
           ((flags & ED) != 0) == (authenticator.len > HEAD_LEN);
}

/* The signature is over the authenticator data and the digest of the client data. */
static bool is_signed(EVP_PKEY *key, const struct ptn_passkey_answer *answer)
{
    uint8_t message[MESSAGE_MAX];
    const size_t len = answer->authenticator.len;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool good;

    memcpy(message, answer->authenticator.at, len);
    good = context != NULL && ptn_ok(ptn_sha256(&answer->client, 1, message + len)) &&
           EVP_DigestVerifyInit(context, NULL, EVP_sha256(), NULL, key) == 1 &&
           EVP_DigestVerify(context, answer->signature.at, answer->signature.len, message,
                            len + PTN_SHA256_LEN) == 1;
    EVP_MD_CTX_free(context);
    return good;
}

struct ptn_status ptn_passkey_check(const struct ptn_passkey *key, const char *host,
                                    const struct ptn_passkey_answer *answer)
{
    EVP_PKEY *point;
    bool good;

    if (!ptn_bytes_equal(answer->id, ptn_bytes_of(key->id, key->id_len)) ||
        answer->client.len > PTN_PASSKEY_CLIENT_MAX || answer->signature.len == 0 ||
        answer->signature.len > PTN_PASSKEY_SIGNED_MAX || !is_touch(answer->authenticator, host))
        return (struct ptn_status){ PTN_C_BAD_INPUT };
    point = take_point(key->point);
    if (point == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    good = is_signed(point, answer);
    EVP_PKEY_free(point);
    return (struct ptn_status){ good ? PTN_C_OK : PTN_C_BAD_INPUT };
}
