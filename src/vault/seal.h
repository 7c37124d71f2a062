/*
 * vault/seal.h -- sealing one payload under a key of its own, and opening it again; the monthly
 * keys that readers have.
 *
 * Layouts and reasons: docs/format/payload.md, docs/format/vault.md. Every record has a fresh
 * random key. That key is wrapped under the epoch key of its day and retention class, which a node
 * by itself derives (scheme 1) and a node of a country draws and boxes for its readers (scheme 2).
 * What names nobody is not sealed (scheme 0).
 *
 * Standard: XChaCha20-Poly1305 (IETF draft-irtf-cfrg-xchacha), X25519 (RFC 7748), BLAKE2b (RFC
 * 7693), by libsodium.
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
 * Write down the month's private half that the open vault has in memory (ptn_vault_reading_add,
 * ptn_recovery_open) in DIR/vault/reading, beside the node's own, to be there at the next start: a
 * node that came back under a spare identity reads by it until a roster names keys of its own.
 *
 * OK; NOT_FOUND when the vault has none for the month; BUSY when a file is there already;
 * BAD_INPUT; IO; NO_MEMORY.
 */
PTN_MUST_USE struct ptn_status ptn_reading_keep(const struct ptn_world *world, const char *dir,
                                                const struct ptn_vault *vault,
                                                struct ptn_date month, struct ptn_diag *reterr);

/* Is there such a file? */
bool ptn_reading_kept(const struct ptn_world *world, const char *dir, struct ptn_date month);

/*
 * Destroy the month's private half, own and kept: what is sealed to it alone is noise from then on.
 * An open vault has it until ptn_vault_reading_forget. NOT_FOUND, BAD_INPUT, IO.
 */
PTN_MUST_USE struct ptn_status ptn_reading_destroy(const struct ptn_world *world, const char *dir,
                                                   struct ptn_date month, struct ptn_diag *reterr);

/* False for 32 bytes that nobody can have a private half of. */
bool ptn_reading_usable(const uint8_t key[PTN_READING_KEY_LEN]);

/* The private halves that an open vault has, oldest month first; index below the count.
 * *ret_damaged (may be NULL): how many files were there and could not be used. */
size_t ptn_vault_reading_count(const struct ptn_vault *vault, size_t *ret_damaged);
struct ptn_reading ptn_vault_reading(const struct ptn_vault *vault, size_t index);

/*
 * Take what lies in DIR/vault/reading into an open vault's memory, too: months whose keys were made
 * since it was opened. Nothing goes. Who uses the vault meanwhile goes on with what it has; one
 * caller at a time. A locked one gets none. NO_MEMORY: it is as before. SEAL-5.
 */
PTN_MUST_USE struct ptn_status ptn_vault_reading_again(const struct ptn_world *world,
                                                       const char *dir, struct ptn_vault *vault);

/*
 * Take a private half that comes from elsewhere (recovery) into an open vault's memory, or wipe
 * those of a month from it. Nobody else may use the vault meanwhile. NO_MEMORY; what is there
 * already is not taken twice.
 */
PTN_MUST_USE struct ptn_status
ptn_vault_reading_add(struct ptn_vault *vault, struct ptn_date month,
                      const uint8_t private_half[PTN_READING_KEY_LEN]);
void ptn_vault_reading_forget(struct ptn_vault *vault, struct ptn_date month);

/* ---- epochs ---- */

#define PTN_EPOCH_BOX_LEN 80u

/* The key of one day and one retention class. Secret: forget it after use. */
struct ptn_epoch {
    uint8_t scheme; /* 1 or 2 */
    uint8_t retention;
    uint32_t day;   /* days since 1970-01-01, UTC */
    uint64_t entry; /* scheme 2: index of the ledger entry that carries its boxes */
    uint8_t key[32];
};

/* Scheme 1: the epoch's key out of the node's own reading key. The vault is not locked. */
void ptn_epoch_open(const struct ptn_vault *vault, uint32_t day, uint8_t retention,
                    struct ptn_epoch *ret_epoch);

/* Scheme 2: a new random key, which the entry of that index will carry. */
void ptn_epoch_new(const struct ptn_world *world, uint32_t day, uint8_t retention, uint64_t entry,
                   struct ptn_epoch *ret_epoch);

/* Box the epoch's key for a reader. BAD_INPUT for 32 bytes that nobody can have a private half of;
 * IO. */
PTN_MUST_USE struct ptn_status ptn_epoch_box(const struct ptn_world *world,
                                             const struct ptn_epoch *epoch,
                                             const uint8_t reader[PTN_READING_KEY_LEN],
                                             uint8_t ret_box[PTN_EPOCH_BOX_LEN]);

/*
 * ptn_epoch_unbox(vault, reader, box, epoch):
 * Open a box with the private half that goes with reader. The caller has set epoch's scheme,
 * retention, day and entry; its key is set on success.
 *
 * OK; NOT_FOUND when the vault does not have that private half (the storage key's among them);
 * CORRUPT when the box does not open with it.
 */
PTN_MUST_USE struct ptn_status ptn_epoch_unbox(const struct ptn_vault *vault,
                                               const uint8_t reader[PTN_READING_KEY_LEN],
                                               const uint8_t box[PTN_EPOCH_BOX_LEN],
                                               struct ptn_epoch *epoch);

void ptn_epoch_forget(struct ptn_epoch *epoch);

/*
 * Epochs that a node keeps for itself for a while (docs/design/0002-what-a-post-forgets.md), in
 * DIR/vault/epoch. origin is the ledger that they belong to.
 */

/* Keep it, durably, where the folder has a lock boxed for its storage key, which need not be open;
 * one of the same origin, day, class and entry is replaced. TOO_BIG: the day has 1,024; IO;
 * NO_MEMORY; CORRUPT: the day's file is damaged, or the lock's. */
PTN_MUST_USE struct ptn_status ptn_epoch_keep(const struct ptn_world *world, const char *dir,
                                              struct ptn_bytes origin,
                                              const struct ptn_epoch *epoch,
                                              struct ptn_diag *reterr);

/* Set the key of an epoch whose scheme, day, retention and entry the caller has set. NOT_FOUND;
 * BUSY: it is boxed for a storage key that is not open; CORRUPT; IO; NO_MEMORY. */
PTN_MUST_USE struct ptn_status ptn_epoch_recall(const struct ptn_world *world, const char *dir,
                                                struct ptn_bytes origin, struct ptn_epoch *epoch);

/* Forget all days before that one, of every ledger; days more than 800 before it are not looked
 * for. OK also when there is nothing; IO: the first that could not be removed. */
PTN_MUST_USE struct ptn_status ptn_epoch_drop_before(const struct ptn_world *world, const char *dir,
                                                     uint32_t day, struct ptn_diag *reterr);

/* ---- sealing ---- */

#define PTN_COMMITMENT_LEN 32u
/* A sealed payload is at most this much longer than what it holds (scheme 2). */
#define PTN_SEAL_OVERHEAD   102u
#define PTN_SEAL_OVERHEAD_0 1u
#define PTN_SEAL_OVERHEAD_1 94u
/* The longest payload that is sealed in one piece. */
#define PTN_PAYLOAD_LEN_MAX ((size_t)16 << 20)

/*
 * ptn_seal(world, epoch, bound, payload, out, ret_commitment):
 * Seal payload under the epoch, in its scheme, and append the sealed bytes to out.
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

/* Scheme 0, for what names nobody: the same promises, and nothing is sealed. */
PTN_MUST_USE struct ptn_status ptn_seal_nothing(struct ptn_bytes payload, struct ptn_buffer *out,
                                                uint8_t ret_commitment[PTN_COMMITMENT_LEN]);

/* What a sealed payload says of itself. It is true once the payload opens. */
struct ptn_sealed {
    uint8_t scheme;
    uint8_t retention;  /* schemes 1 and 2 */
    uint32_t day;       /* schemes 1 and 2 */
    uint64_t entry;     /* scheme 2 */
    size_t payload_len; /* once opened */
};

/* BAD_INPUT for bytes that are no payload of a known scheme; TOO_BIG past PTN_PAYLOAD_LEN_MAX. */
PTN_MUST_USE struct ptn_status
ptn_sealed_parse(struct ptn_bytes sealed, struct ptn_sealed *ret_sealed, struct ptn_diag *reterr);

/*
 * ptn_unseal_with(epoch, bound, commitment, sealed, out, reterr):
 * Open what ptn_seal made under that epoch and append the payload to out.
 *
 * OK; BAD_INPUT, TOO_BIG as ptn_sealed_parse, and BAD_INPUT for scheme 0; CORRUPT when they do not
 * belong to epoch, bound or commitment; TOO_BIG past out's cap; NO_MEMORY. out is as before on
 * failure.
 */
PTN_MUST_USE struct ptn_status ptn_unseal_with(const struct ptn_epoch *epoch,
                                               struct ptn_bytes bound,
                                               const uint8_t commitment[PTN_COMMITMENT_LEN],
                                               struct ptn_bytes sealed, struct ptn_buffer *out,
                                               struct ptn_diag *reterr);

/* The same with the epoch that the vault derives: for scheme 1, and BAD_INPUT for any other.
 * NOT_FOUND: the vault is locked. */
PTN_MUST_USE struct ptn_status ptn_unseal(const struct ptn_vault *vault, struct ptn_bytes bound,
                                          const uint8_t commitment[PTN_COMMITMENT_LEN],
                                          struct ptn_bytes sealed, struct ptn_buffer *out,
                                          struct ptn_diag *reterr);

/* Open scheme 0. BAD_INPUT for any other; CORRUPT when the commitment is not zeros. */
PTN_MUST_USE struct ptn_status ptn_unseal_nothing(const uint8_t commitment[PTN_COMMITMENT_LEN],
                                                  struct ptn_bytes sealed, struct ptn_buffer *out,
                                                  struct ptn_diag *reterr);
#endif
