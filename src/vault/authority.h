/*
 * vault/authority.h -- the offline key of a person (an authority, a duty officer): a text file that
 * a passphrase opens, and the signatures made with it.
 *
 * Unlocking is slow on purpose: about half a second and 256 MiB. An unlocked key lies in pages that
 * are locked against swapping and kept out of core dumps, and is wiped when it is locked again.
 *
 * Standard: RFC 8032 (Ed25519), RFC 9106 (Argon2id), libsodium's secretbox. Layout:
 * docs/format/authority.md.
 */
#ifndef PTN_VAULT_AUTHORITY_H
#define PTN_VAULT_AUTHORITY_H
#include "vault/vault.h"

#define PTN_AUTHORITY_FILE_LEN_MAX 1024u
#define PTN_AUTHORITY_NAME_LEN_MAX 255u
#define PTN_AUTHORITY_SALT_LEN     16u
#define PTN_AUTHORITY_BOX_LEN      48u

/* A key file's contents; name is Borrowed from the text it was parsed from. */
struct ptn_authority_file {
    struct ptn_bytes name;
    uint8_t public_key[PTN_PUBLIC_KEY_LEN];
    uint32_t passes;     /* 1 to 10 */
    uint32_t memory_kib; /* 8,192 to 1,048,576 */
    uint8_t salt[PTN_AUTHORITY_SALT_LEN];
    uint8_t box[PTN_AUTHORITY_BOX_LEN];
};

/* Read a key file's text, without opening it. OK; BAD_INPUT with the offset of the line; TOO_BIG.
 */
PTN_MUST_USE struct ptn_status ptn_authority_parse(struct ptn_bytes text,
                                                   struct ptn_authority_file *ret_file,
                                                   struct ptn_diag *reterr);

/* Append the file's text. The buffer's codes. */
PTN_MUST_USE struct ptn_status ptn_authority_write(struct ptn_buffer *out,
                                                   const struct ptn_authority_file *file);

/* Opaque. Safe to share between threads once unlocked: nothing in it changes. */
struct ptn_authority;

/*
 * ptn_authority_new(world, path, name, passphrase, cost, ret_public_key, reterr):
 * Make a key and write its file at path (mode 0600).
 *
 * name            Borrowed: the key's name in notes.
 * passphrase      Borrowed. PTN_PASSPHRASE_LEN_MIN to PTN_PASSPHRASE_LEN_MAX bytes.
 * ret_public_key  Set on success only.
 *
 * OK; BAD_INPUT for a name or a passphrase that will not do; BUSY when a file is there already; IO;
 * NO_MEMORY.
 */
PTN_MUST_USE struct ptn_status ptn_authority_new(const struct ptn_world *world, const char *path,
                                                 struct ptn_bytes name, struct ptn_bytes passphrase,
                                                 enum ptn_authority_cost cost,
                                                 uint8_t ret_public_key[PTN_PUBLIC_KEY_LEN],
                                                 struct ptn_diag *reterr);

/*
 * ptn_authority_unlock(world, path, passphrase, ret_authority, reterr):
 * Open the key file. *ret_authority is Owned by the caller.
 *
 * OK; NOT_FOUND when there is no file; BAD_INPUT for a file of another form, a wrong passphrase or
 * a file that was changed; IO; NO_MEMORY.
 */
PTN_MUST_USE struct ptn_status ptn_authority_unlock(const struct ptn_world *world, const char *path,
                                                    struct ptn_bytes passphrase,
                                                    struct ptn_authority **ret_authority,
                                                    struct ptn_diag *reterr);

/* Wipe the key and give its memory back. NULL is fine. */
void ptn_authority_lock(struct ptn_authority *authority);

/* Sign bytes. Deterministic. OK or IO. */
PTN_MUST_USE struct ptn_status ptn_authority_sign(const struct ptn_authority *authority,
                                                  struct ptn_bytes message,
                                                  uint8_t ret_signature[PTN_SIGNATURE_LEN]);

/* Borrowed; live as long as the key is unlocked. */
const uint8_t *ptn_authority_public_key(const struct ptn_authority *authority);
struct ptn_bytes ptn_authority_name(const struct ptn_authority *authority);
#endif
