/*
 * vault/vault.h -- a node's own secrets: one key file, made once, and the signatures made with it;
 * and the lock under which the secrets that read lie sealed.
 *
 * DIR/vault/node.key (mode 0600, folder 0700) holds the signing seed and, without a lock, the
 * reading key of payload scheme 1. DIR/vault/reading/ holds the private halves of monthly reading
 * keys (seal.h), as far as the node has any. At rest, what signs is protected by the files' mode,
 * and what reads too unless the folder has a lock. In memory the secrets lie in pages that are
 * locked against swapping and kept out of core dumps, and are wiped when the vault closes. Layouts:
 * docs/format/vault.md.
 *
 * Standard: RFC 8032 (Ed25519), by libsodium alone, everywhere: verifiers disagree about edge
 * cases, so two libraries would be two rules.
 */
#ifndef PTN_VAULT_VAULT_H
#define PTN_VAULT_VAULT_H
#include "base/world.h"

#define PTN_SIGNATURE_LEN   64u
#define PTN_PUBLIC_KEY_LEN  32u
#define PTN_READING_KEY_LEN 32u /* X25519, either half (seal.h) */

/*
 * What a signature is for. Each role has a key pair of its own, derived from the seed, so that
 * bytes signed in one role never verify in another.
 */
enum ptn_role {
    PTN_ROLE_LEDGER, /* checkpoints of the node's own ledger */
    PTN_ROLE_NODE,   /* statements of the node about itself */
    PTN_ROLE_MIRROR, /* a keeper's cosignatures under other nodes' checkpoints */
    PTN_ROLE_COUNT,
};

/* Opaque. Safe to share between threads once open: nothing in it changes but by
 * ptn_vault_reading_add and ptn_vault_reading_forget. */
struct ptn_vault;

/*
 * ptn_vault_create(world, dir, reterr):
 * Make DIR/vault (when missing) and a new node.key in it. dir is the node's folder.
 *
 * OK; BUSY when there is a key already (a key is made once and never over another); IO; NO_MEMORY.
 */
PTN_MUST_USE struct ptn_status ptn_vault_create(const struct ptn_world *world, const char *dir,
                                                struct ptn_diag *reterr);

/*
 * ptn_vault_open(world, dir, ret_vault, reterr):
 * Read DIR/vault/node.key, and the reading keys that are there: a damaged one is counted and passed
 * over, for a node without them still appends. *ret_vault is Owned by the caller.
 *
 * OK; NOT_FOUND when there is no key; BUSY when the folder has a lock that the world's storage key
 * does not open; CORRUPT when the key's or the lock's file is damaged; IO; NO_MEMORY.
 */
PTN_MUST_USE struct ptn_status ptn_vault_open(const struct ptn_world *world, const char *dir,
                                              struct ptn_vault **ret_vault,
                                              struct ptn_diag *reterr);

/* The same for whoever goes on without reading: in the place of BUSY the vault is locked, signs,
 * and reads nothing. */
PTN_MUST_USE struct ptn_status ptn_vault_open_to_sign(const struct ptn_world *world,
                                                      const char *dir, struct ptn_vault **ret_vault,
                                                      struct ptn_diag *reterr);

/* Wipe the secrets and give the memory back. NULL is fine. */
void ptn_vault_close(struct ptn_vault *vault);

/* True when it reads nothing for want of the storage key. */
bool ptn_vault_locked(const struct ptn_vault *vault);

/* What a node seals to that only its own storage key opens; Borrowed. NULL: the folder has no lock.
 */
const uint8_t *ptn_vault_storage_key(const struct ptn_vault *vault);

/* Sign bytes with the role's key. Deterministic: the same bytes give the same signature. OK or IO.
 */
PTN_MUST_USE struct ptn_status ptn_vault_sign(const struct ptn_vault *vault, enum ptn_role role,
                                              struct ptn_bytes message,
                                              uint8_t ret_signature[PTN_SIGNATURE_LEN]);

/* The public half of the role's key; Borrowed, lives as long as the vault. */
const uint8_t *ptn_vault_public_key(const struct ptn_vault *vault, enum ptn_role role);

/* ---- the lock (docs/design/0004-a-locked-post.md) ---- */

#define PTN_PASSPHRASE_LEN_MIN  12u
#define PTN_PASSPHRASE_LEN_MAX  1024u
#define PTN_MACHINE_KEY_LEN_MIN 32u
#define PTN_MACHINE_KEY_LEN_MAX 4096u
#define PTN_STORAGE_KEY_LEN     32u
#define PTN_LOCK_FILE_LEN_MAX   1024u
#define PTN_LOCK_SALT_LEN       16u
#define PTN_LOCK_BOX_LEN        48u

/* What guessing a passphrase costs. */
enum ptn_authority_cost {
    PTN_AUTHORITY_COST_FULL,  /* 3 passes over 256 MiB */
    PTN_AUTHORITY_COST_LEAST, /* 1 pass over 8 MiB: for the demonstration and for tests */
};

/* DIR/vault/lock, read. Off: key is the private half, and there is no box. */
struct ptn_lock_file {
    uint8_t storage[PTN_STORAGE_KEY_LEN]; /* the public half */
    bool off;
    bool has_machine;
    uint8_t key[PTN_STORAGE_KEY_LEN];
    uint32_t passes;     /* 1 to 10 */
    uint32_t memory_kib; /* 8,192 to 1,048,576 */
    uint8_t salt[PTN_LOCK_SALT_LEN];
    uint8_t box[PTN_LOCK_BOX_LEN];
    uint8_t machine_salt[PTN_LOCK_SALT_LEN];
    uint8_t machine_box[PTN_LOCK_BOX_LEN];
};

/* Read the file's text, without opening a box. OK; BAD_INPUT with the offset of the line; TOO_BIG.
 */
PTN_MUST_USE struct ptn_status ptn_lock_parse(struct ptn_bytes text, struct ptn_lock_file *ret_file,
                                              struct ptn_diag *reterr);

/* Append the file's text. The buffer's codes. */
PTN_MUST_USE struct ptn_status ptn_lock_write(struct ptn_buffer *out,
                                              const struct ptn_lock_file *file);

enum ptn_lock_state {
    PTN_LOCK_NONE, /* the folder never had one */
    PTN_LOCK_OFF,  /* it was taken off: the storage key lies in the clear */
    PTN_LOCK_ON,
};

/* How the folder's lock is, and whether a machine key opens it (may be NULL). CORRUPT: its file is
 * damaged; IO; NO_MEMORY. */
PTN_MUST_USE struct ptn_status ptn_lock_look(const struct ptn_world *world, const char *dir,
                                             enum ptn_lock_state *ret_state, bool *ret_machine,
                                             struct ptn_diag *reterr);

/* An opened storage key, in locked pages; opaque, and fixed once made. */
struct ptn_storage;

/* What opens a lock: one of the two; the other is empty. */
struct ptn_lock_key {
    struct ptn_bytes passphrase;
    struct ptn_bytes machine;
    bool keep_machine; /* ptn_lock_set: machine is empty, and the former one goes on opening it */
};

/*
 * ptn_lock_open(world, dir, key, ret_storage, reterr):
 * Open the folder's lock; one that is off opens with nothing. Slow with a passphrase, on purpose.
 * *ret_storage is Owned by the caller: ptn_storage_close; put into a world, it opens the vaults and
 * sealed files of that folder.
 *
 * OK; NOT_FOUND when the folder has no lock; BAD_INPUT for a wrong key; CORRUPT; IO; NO_MEMORY.
 */
PTN_MUST_USE struct ptn_status ptn_lock_open(const struct ptn_world *world, const char *dir,
                                             const struct ptn_lock_key *key,
                                             struct ptn_storage **ret_storage,
                                             struct ptn_diag *reterr);

/*
 * ptn_lock_set(world, dir, storage, key, cost, reterr):
 * Write the folder's lock: the storage key boxed under key's passphrase and, when it is not empty,
 * under its machine key; the former boxes go with the former file, but for a machine key's that is
 * to be kept. LOCK-3.
 *
 * storage  The folder's, opened; NULL: it has none yet, and one is drawn.
 *
 * OK; BAD_INPUT for a key that will not do, or for a storage key that is not the folder's; BUSY
 * when storage is NULL and there is a lock; IO; NO_MEMORY.
 */
PTN_MUST_USE struct ptn_status ptn_lock_set(const struct ptn_world *world, const char *dir,
                                            const struct ptn_storage *storage,
                                            const struct ptn_lock_key *key,
                                            enum ptn_authority_cost cost, struct ptn_diag *reterr);

/* Take the lock off: the storage key lies in its file in the clear from then on. The codes of
 * ptn_lock_set. */
PTN_MUST_USE struct ptn_status ptn_lock_take_off(const struct ptn_world *world, const char *dir,
                                                 const struct ptn_storage *storage,
                                                 struct ptn_diag *reterr);

/*
 * ptn_lock_seal_all(world, dir, names, name_count, ret_count, reterr):
 * Seal whatever of the vault is not sealed yet, and the files of these names in the folder. Needs
 * no key. *ret_count: how many files were (may be NULL). Done twice, or cut off, it does no harm.
 *
 * OK also when the folder has no lock; the first failure of a file, after which the others were
 * tried.
 */
PTN_MUST_USE struct ptn_status ptn_lock_seal_all(const struct ptn_world *world, const char *dir,
                                                 const char *const *names, size_t name_count,
                                                 size_t *ret_count, struct ptn_diag *reterr);

/* The private half, out and in, for another process of the same node. The copy is the receiver's to
 * wipe. NULL: no memory. */
void ptn_storage_copy(const struct ptn_storage *storage, uint8_t ret_key[PTN_STORAGE_KEY_LEN]);
struct ptn_storage *ptn_storage_of(const uint8_t key[PTN_STORAGE_KEY_LEN]);
/* Wipe it and give its memory back. NULL is fine. */
void ptn_storage_close(struct ptn_storage *storage);

/* ---- files of a node's folder that are sealed where it has a lock ---- */

#define PTN_SEALED_NAME_MAX     64u
#define PTN_SEALED_OVERHEAD     70u
#define PTN_SEALED_FILE_LEN_MAX ((size_t)1 << 20) /* of what is in it */

/*
 * ptn_sealed_file_read(world, dir, name, out):
 * Append what DIR/name says, opened when it is sealed; at most out's cap and
 * PTN_SEALED_FILE_LEN_MAX. out has room for all of it at once, so that no copy is left behind; it
 * is the caller's to wipe.
 *
 * OK; NOT_FOUND; BUSY: it is sealed and the storage key is not there; CORRUPT: it does not open;
 * TOO_BIG; IO; NO_MEMORY.
 */
PTN_MUST_USE struct ptn_status ptn_sealed_file_read(const struct ptn_world *world, const char *dir,
                                                    const char *name, struct ptn_buffer *out);

/* Replace it, sealed where the folder has a lock. LOCK-1. CORRUPT: the lock's file is damaged, and
 * nothing is written; TOO_BIG; IO; NO_MEMORY. */
PTN_MUST_USE struct ptn_status ptn_sealed_file_replace(const struct ptn_world *world,
                                                       const char *dir, const char *name,
                                                       struct ptn_bytes bytes);

/* True when the signature is good by libsodium's strict rule (no low-order points, canonical S). */
bool ptn_signature_good(const uint8_t public_key[PTN_PUBLIC_KEY_LEN], struct ptn_bytes message,
                        const uint8_t signature[PTN_SIGNATURE_LEN]);
#endif
