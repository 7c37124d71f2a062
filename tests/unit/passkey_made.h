/* passkey_made.h -- a security key made of OpenSSL, for tests: what a browser and a key would
 * answer. */
#ifndef PASSKEY_MADE_H
#define PASSKEY_MADE_H
#include <stdio.h>
#include <stdlib.h>

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>

#include "vault/credential.h"

#define PASSKEY_UP 0x01u /* somebody touched it */

struct passkey_made {
    EVP_PKEY *pair;
    struct ptn_passkey key;
    /* the last answer's bytes */
    uint8_t authenticator[37], signature[PTN_PASSKEY_SIGNED_MAX];
    size_t signature_len;
};

static inline void passkey_must(bool holds)
{
    if (!holds)
        abort();
}

/* A new key; its id is len bytes of `id`. */
static inline void passkey_make(struct passkey_made *made, uint8_t id, size_t len)
{
    uint8_t point[1 + PTN_PASSKEY_POINT_LEN];
    size_t got = 0;

    made->pair = EVP_EC_gen("P-256");
    passkey_must(made->pair != NULL &&
                 EVP_PKEY_get_octet_string_param(made->pair, OSSL_PKEY_PARAM_PUB_KEY, point,
                                                 sizeof(point), &got) == 1 &&
                 got == sizeof(point) && point[0] == 4);
    memset(made->key.id, id, len);
    made->key.id_len = len;
    memcpy(made->key.point, point + 1, PTN_PASSKEY_POINT_LEN);
}

/* Sign client data for pages of a host, with those flags. Borrowed from made and client. */
static inline struct ptn_passkey_answer passkey_answer(struct passkey_made *made, const char *host,
                                                       const char *client, uint8_t flags)
{
    const struct ptn_bytes name = ptn_bytes_from_text(host);
    const struct ptn_bytes data = ptn_bytes_from_text(client);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    uint8_t message[37 + PTN_SHA256_LEN];

    memset(made->authenticator, 0, sizeof(made->authenticator));
    passkey_must(ptn_ok(ptn_sha256(&name, 1, made->authenticator)));
    made->authenticator[32] = flags;
    memcpy(message, made->authenticator, 37);
    passkey_must(ptn_ok(ptn_sha256(&data, 1, message + 37)));
    made->signature_len = sizeof(made->signature);
    passkey_must(context != NULL &&
                 EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, made->pair) == 1 &&
                 EVP_DigestSign(context, made->signature, &made->signature_len, message,
                                sizeof(message)) == 1);
    EVP_MD_CTX_free(context);
    return (struct ptn_passkey_answer){
        .id = ptn_bytes_of(made->key.id, made->key.id_len),
        .client = data,
        .authenticator = ptn_bytes_of(made->authenticator, sizeof(made->authenticator)),
        .signature = ptn_bytes_of(made->signature, made->signature_len),
    };
}

static inline void passkey_free(struct passkey_made *made)
{
    EVP_PKEY_free(made->pair);
}
#endif
