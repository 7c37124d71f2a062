/*
 * vault/credential.h -- passwords of the people at a node, kept as Argon2id hashes; their security
 * keys; and keys out of what can be guessed.
 *
 * A password is slow on purpose: about 50 ms and 64 MiB a call (libsodium's interactive limits), so
 * callers limit the rate and run it where waiting does not stop a lane. Any thread may call any of
 * these.
 *
 * Standards: RFC 9106 (Argon2id), encoded "$argon2id$v=19$m=65536,t=2,p=1$salt$hash"; W3C Web
 * Authentication Level 2 (passkeys).
 */
#ifndef PTN_VAULT_CREDENTIAL_H
#define PTN_VAULT_CREDENTIAL_H
#include "base/bytes.h"

/* An encoded hash and its NUL. */
#define PTN_PASSWORD_HASH_SIZE 128u
#define PTN_PASSWORD_LEN_MAX   1024u

/*
 * ptn_password_hash(password, ret_hash): hash with a fresh salt; ret_hash is NUL-terminated.
 * OK; BAD_INPUT for an empty password; TOO_BIG past PTN_PASSWORD_LEN_MAX; NO_MEMORY.
 */
PTN_MUST_USE struct ptn_status ptn_password_hash(struct ptn_bytes password,
                                                 char ret_hash[PTN_PASSWORD_HASH_SIZE]);

/*
 * ptn_password_check(hash, password, ret_stale):
 * OK when password is the one that was hashed; BAD_INPUT when not, or when hash is no hash (the
 * same code and, for a well-formed hash, the same time). *ret_stale (may be NULL) is set on
 * success: true when the hash was made with other limits than today's and should be made anew. Pass
 * hash NULL for a name nobody has: the same work is done and the answer is BAD_INPUT, so that time
 * does not tell which names exist.
 */
PTN_MUST_USE struct ptn_status ptn_password_check(const char *hash, struct ptn_bytes password,
                                                  bool *ret_stale);

/* Bytes of a slow key and of what it is salted with. */
#define PTN_SLOW_KEY_LEN  32u
#define PTN_SLOW_SALT_LEN 16u

/*
 * ptn_slow_key(salt, text, ret_key):
 * A key out of something that a person can know and a machine could guess, as the number of a
 * passport: each guess costs about 6 ms and 8 MiB (Argon2id, one pass, one lane). Whoever has the
 * text gets the key. OK; NO_MEMORY.
 */
PTN_MUST_USE struct ptn_status ptn_slow_key(const uint8_t salt[PTN_SLOW_SALT_LEN],
                                            struct ptn_bytes text,
                                            uint8_t ret_key[PTN_SLOW_KEY_LEN]);

/* ---- security keys: a browser's answer to "touch it" ---- */

#define PTN_PASSKEY_ID_MAX     255u /* bytes of a credential's id */
#define PTN_PASSKEY_POINT_LEN  64u  /* of its public key: x and y on P-256 */
#define PTN_PASSKEY_SECRET_LEN 32u
#define PTN_PASSKEY_TEXT_MAX   440u /* characters of a key as text */
#define PTN_PASSKEY_CLIENT_MAX 2048u
#define PTN_PASSKEY_AUTH_MAX   1024u
#define PTN_PASSKEY_SIGNED_MAX 128u
#define PTN_PASSKEY_ASK_LEN    48u
#define PTN_PASSKEY_ASK_S      120 /* a challenge is good for so long */
#define PTN_PASSKEY_HOST_MAX   255u

/* One key of one person, for pages of one name (the host it was made at, which it signs with). */
struct ptn_passkey {
    uint8_t id[PTN_PASSKEY_ID_MAX];
    size_t id_len;
    uint8_t point[PTN_PASSKEY_POINT_LEN];
};

/* "es256.ID.POINT", both in base64: as it stands on a staff list. _read: BAD_INPUT for anything
 * else, and for a point that is not on the curve. */
PTN_MUST_USE struct ptn_status ptn_passkey_read(struct ptn_bytes text, struct ptn_passkey *ret_key);
PTN_MUST_USE struct ptn_status ptn_passkey_write(const struct ptn_passkey *key,
                                                 struct ptn_buffer *out);

/*
 * ptn_passkey_challenge(secret, now_ms, asked, ret_challenge):
 * What a key is to sign: bound to the time and to what is asked (who, and which request), so that
 * nothing is kept meanwhile and a touch serves nothing else. secret: this process's own random.
 */
PTN_MUST_USE struct ptn_status ptn_passkey_challenge(const uint8_t secret[PTN_PASSKEY_SECRET_LEN],
                                                     int64_t now_ms, struct ptn_bytes asked,
                                                     uint8_t ret_challenge[PTN_PASSKEY_ASK_LEN]);

/* The same process made this challenge for the same, within PTN_PASSKEY_ASK_S. */
bool ptn_passkey_challenge_is(const uint8_t secret[PTN_PASSKEY_SECRET_LEN], int64_t now_ms,
                              struct ptn_bytes asked, struct ptn_bytes challenge);

/* What a browser hands on: the client data (JSON, not looked into here), the authenticator data and
 * the signature over both. */
struct ptn_passkey_answer {
    struct ptn_bytes id, client, authenticator, signature;
};

/*
 * ptn_passkey_check(key, host, answer):
 * OK: this key signed this client data, for pages of this host, and somebody touched it (the flag
 * UP; a PIN or a finger is not asked for: the password came before). BAD_INPUT: it did not.
 * NO_MEMORY. That the client data names this challenge and a page of ours is the caller's to see
 * to.
 *
 * A key's signature counter is not looked at: many keys count nothing, and whoever has copied one
 * needs the password all the same.
 */
PTN_MUST_USE struct ptn_status ptn_passkey_check(const struct ptn_passkey *key, const char *host,
                                                 const struct ptn_passkey_answer *answer);

/* True when both are equal; time depends on the lengths only. For tokens and cookies. */
bool ptn_secret_equal(struct ptn_bytes a, struct ptn_bytes b);
#endif
