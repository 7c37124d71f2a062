#include <assert.h>

#include "vault/credential.h"

#include <sodium.h>

static_assert(PTN_PASSWORD_HASH_SIZE == crypto_pwhash_STRBYTES, "libsodium's encoded hash");

/* The hash of a password nobody has: work for a name nobody has. */
static const char nobody[PTN_PASSWORD_HASH_SIZE] =
    "$argon2id$v=19$m=65536,t=2,p=1$L2+pP9k8Fb1fpjWMZQY1OQ$8aAbCQ6xg8KyUT4NNaEjdo99I+"
    "Fzb3s93mkcEkZlPWY";

struct ptn_status ptn_password_hash(struct ptn_bytes password,
                                    char ret_hash[PTN_PASSWORD_HASH_SIZE])
{
    char hash[crypto_pwhash_STRBYTES];

    if (password.len == 0)
        return (struct ptn_status){ PTN_C_BAD_INPUT };
    if (password.len > PTN_PASSWORD_LEN_MAX)
        return (struct ptn_status){ PTN_C_TOO_BIG };
    if (sodium_init() < 0 || crypto_pwhash_str(hash, (const char *)password.at, password.len,
                                               crypto_pwhash_OPSLIMIT_INTERACTIVE,
                                               crypto_pwhash_MEMLIMIT_INTERACTIVE) != 0)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    memcpy(ret_hash, hash, sizeof(hash));
    return PTN_OK;
}

static_assert(PTN_SLOW_SALT_LEN == crypto_pwhash_SALTBYTES, "Argon2id's salt");

struct ptn_status ptn_slow_key(const uint8_t salt[PTN_SLOW_SALT_LEN], struct ptn_bytes text,
                               uint8_t ret_key[PTN_SLOW_KEY_LEN])
{
    if (sodium_init() < 0 ||
        crypto_pwhash(ret_key, PTN_SLOW_KEY_LEN, text.len == 0 ? "" : (const char *)text.at,
                      text.len, salt, 1, (size_t)8 << 20, crypto_pwhash_ALG_ARGON2ID13) != 0)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    return PTN_OK;
}

struct ptn_status ptn_password_check(const char *hash, struct ptn_bytes password, bool *ret_stale)
{
    char known[PTN_PASSWORD_HASH_SIZE] = { 0 };
    bool good;

    if (sodium_init() < 0 || password.len > PTN_PASSWORD_LEN_MAX)
        return (struct ptn_status){ PTN_C_BAD_INPUT };
    if (hash != NULL && strlen(hash) >= sizeof(known))
        return (struct ptn_status){ PTN_C_BAD_INPUT };
    memcpy(known, hash == NULL ? nobody : hash, strlen(hash == NULL ? nobody : hash));
    good = crypto_pwhash_str_verify(known, password.len == 0 ? "" : (const char *)password.at,
                                    password.len) == 0;
    if (!good || hash == NULL)
        return (struct ptn_status){ PTN_C_BAD_INPUT };
    if (ret_stale != NULL)
        *ret_stale = crypto_pwhash_str_needs_rehash(known, crypto_pwhash_OPSLIMIT_INTERACTIVE,
                                                    crypto_pwhash_MEMLIMIT_INTERACTIVE) != 0;
    return PTN_OK;
}

bool ptn_secret_equal(struct ptn_bytes a, struct ptn_bytes b)
{
    return a.len == b.len && (a.len == 0 || sodium_memcmp(a.at, b.at, a.len) == 0);
}
