/*
 * vault/vault.h -- a node's own secrets: one key file, made once, and the signatures made with it.
 *
 * DIR/vault/node.key (mode 0600, folder 0700) holds two secrets of 32 bytes: the signing seed and
 * the reading key of payload scheme 1. DIR/vault/reading/ holds the private halves of monthly
 * reading keys (seal.h), as far as the node has any. At rest all are protected by the files' mode
 * and by nothing else: the folder belongs on an encrypted volume. In memory the secrets lie in
 * pages that are locked against swapping and kept out of core dumps, and are wiped when the vault
 * closes. Layouts: docs/format/vault.md.
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
 * OK; NOT_FOUND when there is no key; CORRUPT when the file fails its own checksum; IO; NO_MEMORY.
 */
PTN_MUST_USE struct ptn_status ptn_vault_open(const struct ptn_world *world, const char *dir,
                                              struct ptn_vault **ret_vault,
                                              struct ptn_diag *reterr);

/* Wipe the secrets and give the memory back. NULL is fine. */
void ptn_vault_close(struct ptn_vault *vault);

/* Sign bytes with the role's key. Deterministic: the same bytes give the same signature. OK or IO.
 */
PTN_MUST_USE struct ptn_status ptn_vault_sign(const struct ptn_vault *vault, enum ptn_role role,
                                              struct ptn_bytes message,
                                              uint8_t ret_signature[PTN_SIGNATURE_LEN]);

/* The public half of the role's key; Borrowed, lives as long as the vault. */
const uint8_t *ptn_vault_public_key(const struct ptn_vault *vault, enum ptn_role role);

/* True when the signature is good by libsodium's strict rule (no low-order points, canonical S). */
bool ptn_signature_good(const uint8_t public_key[PTN_PUBLIC_KEY_LEN], struct ptn_bytes message,
                        const uint8_t signature[PTN_SIGNATURE_LEN]);
#endif
