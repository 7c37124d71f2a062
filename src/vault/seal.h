/*
 * vault/seal.h -- sealing one payload under a key of its own, and opening it again.
 *
 * Layout and reasons: docs/format/payload.md. Every record has a fresh random key. That key is
 * wrapped under the epoch key of its day and retention class. For now the node derives epoch keys
 * from its reading key; monthly reading keys replace that derivation, not the layout (the sealed
 * bytes name their scheme).
 *
 * Standard: XChaCha20-Poly1305 (IETF draft-irtf-cfrg-xchacha), BLAKE2b (RFC 7693), by libsodium.
 */
#ifndef PTN_VAULT_SEAL_H
#define PTN_VAULT_SEAL_H
#include "base/date.h"
#include "vault/vault.h"

/* ---- monthly reading keys ---- */

#define PTN_READING_YEAR_FIRST 2020u
#define PTN_READING_YEAR_LAST  2059u

/* The public half of a month's key: what others seal to. */
struct ptn_reading {
    struct ptn_date month; /* day 0 */
    uint8_t key[PTN_READING_KEY_LEN];
};

/*
 * ptn_reading_make(world, dir, month, ret_reading, reterr):
 * Make DIR/vault/reading (when missing) and the month's key in it. DIR/vault must be there. The day
 * of month does not matter.
 *
 * OK; BUSY when the month has a key already; BAD_INPUT for a month out of range; IO.
 */
PTN_MUST_USE struct ptn_status ptn_reading_make(const struct ptn_world *world, const char *dir,
                                                struct ptn_date month,
                                                struct ptn_reading *ret_reading,
                                                struct ptn_diag *reterr);

/* The public half of a key that is there. NOT_FOUND, BAD_INPUT, CORRUPT (damaged), IO, NO_MEMORY.
 */
PTN_MUST_USE struct ptn_status ptn_reading_find(const struct ptn_world *world, const char *dir,
                                                struct ptn_date month,
                                                struct ptn_reading *ret_reading,
                                                struct ptn_diag *reterr);

/*
 * Destroy the month's private half: what is sealed to it alone is noise from then on. An open vault
 * has it until ptn_vault_reading_forget. NOT_FOUND, BAD_INPUT, IO.
 */
PTN_MUST_USE struct ptn_status ptn_reading_destroy(const struct ptn_world *world, const char *dir,
                                                   struct ptn_date month, struct ptn_diag *reterr);

/* The private halves that an open vault has, oldest month first; index below the count.
 * *ret_damaged (may be NULL): how many files were there and could not be used. */
size_t ptn_vault_reading_count(const struct ptn_vault *vault, size_t *ret_damaged);
struct ptn_reading ptn_vault_reading(const struct ptn_vault *vault, size_t index);

/*
 * Take a private half that comes from elsewhere (recovery) into an open vault's memory, or wipe
 * those of a month from it. Nobody else may use the vault meanwhile. NO_MEMORY; what is there
 * already is not taken twice.
 */
PTN_MUST_USE struct ptn_status
ptn_vault_reading_add(struct ptn_vault *vault, struct ptn_date month,
                      const uint8_t private_half[PTN_READING_KEY_LEN]);
void ptn_vault_reading_forget(struct ptn_vault *vault, struct ptn_date month);

/* ---- sealing ---- */

#define PTN_COMMITMENT_LEN 32u
/* A sealed payload is this much longer than what it holds. */
#define PTN_SEAL_OVERHEAD 94u
/* The longest payload that is sealed in one piece. */
#define PTN_PAYLOAD_LEN_MAX ((size_t)16 << 20)

/* The key of one day and one retention class. Secret: forget it after use. */
struct ptn_epoch {
    uint32_t day; /* days since 1970-01-01, UTC */
    uint8_t retention;
    uint8_t key[32];
};

/* ptn_epoch_open(vault, day, retention, ret_epoch): the epoch's key, as long as the vault can still
 * give it. */
void ptn_epoch_open(const struct ptn_vault *vault, uint32_t day, uint8_t retention,
                    struct ptn_epoch *ret_epoch);
void ptn_epoch_forget(struct ptn_epoch *epoch);

/*
 * ptn_seal(world, epoch, bound, payload, out, ret_commitment):
 * Seal payload and append PTN_SEAL_OVERHEAD + payload.len bytes to out.
 *
 * bound           What the sealed bytes belong to (ledger, position, header): opening needs the
 * same bytes. ret_commitment  Set on success: goes into the header, so that one sealed payload
 * cannot be opened to two texts.
 *
 * OK; TOO_BIG past PTN_PAYLOAD_LEN_MAX or out's cap; NO_MEMORY. out is as before on failure.
 */
PTN_MUST_USE struct ptn_status ptn_seal(const struct ptn_world *world,
                                        const struct ptn_epoch *epoch, struct ptn_bytes bound,
                                        struct ptn_bytes payload, struct ptn_buffer *out,
                                        uint8_t ret_commitment[PTN_COMMITMENT_LEN]);

/*
 * ptn_unseal(vault, bound, commitment, sealed, out, reterr):
 * Open what ptn_seal made and append the payload to out.
 *
 * OK; BAD_INPUT for bytes that are no sealed payload of a known version; CORRUPT when they do not
 * belong to bound, the commitment or this node's keys; TOO_BIG past out's cap; NO_MEMORY. out is as
 * before on failure.
 */
PTN_MUST_USE struct ptn_status ptn_unseal(const struct ptn_vault *vault, struct ptn_bytes bound,
                                          const uint8_t commitment[PTN_COMMITMENT_LEN],
                                          struct ptn_bytes sealed, struct ptn_buffer *out,
                                          struct ptn_diag *reterr);
#endif
