/*
 * vault/credential.h -- passwords of the people at a node, kept as Argon2id hashes; and keys out of
 * what can be guessed.
 *
 * Slow on purpose: about 50 ms and 64 MiB a call (libsodium's interactive limits), so callers limit
 * the rate and run it where waiting does not stop a lane. Any thread may call it.
 *
 * Standard: RFC 9106 (Argon2id), encoded "$argon2id$v=19$m=65536,t=2,p=1$salt$hash".
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

/* True when both are equal; time depends on the lengths only. For tokens and cookies. */
bool ptn_secret_equal(struct ptn_bytes a, struct ptn_bytes b);
#endif
