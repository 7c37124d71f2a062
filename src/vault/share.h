/*
 * vault/share.h -- a secret split among people so that any m of n bring it back; and recovery, the
 * reader whose key is split like that.
 *
 * Layouts: docs/format/recovery.md. A share is secret: wipe it after use. The kit is not.
 * For one thread at a time. Standard: Shamir's scheme over GF(2^8), by libgfshare; X25519, BLAKE2b,
 * by libsodium.
 */
#ifndef PTN_VAULT_SHARE_H
#define PTN_VAULT_SHARE_H
#include "vault/seal.h"

#define PTN_SHARE_SECRET_LEN 32u
#define PTN_SHARE_SET_LEN    8u
#define PTN_SHARE_DIGEST_LEN 16u
#define PTN_SHARE_COUNT_MIN  2u /* shares that are needed, at least */
#define PTN_SHARE_COUNT_MAX  16u
/* A share in letters, longest. */
#define PTN_SHARE_TEXT_MAX 256u

struct ptn_share {
    uint8_t set[PTN_SHARE_SET_LEN];
    uint8_t needed;
    uint8_t count;
    uint8_t index; /* 1 to count */
    uint8_t share[PTN_SHARE_SECRET_LEN];
};

/* What everybody may know of a split: which shares there are, and what they come to. */
struct ptn_share_set {
    uint8_t set[PTN_SHARE_SET_LEN];
    uint8_t needed;
    uint8_t count;
    uint8_t commitment[32];
    uint8_t digests[PTN_SHARE_COUNT_MAX][PTN_SHARE_DIGEST_LEN];
};

/*
 * ptn_share_split(world, secret, needed, count, ret_set, ret_shares, reterr):
 * Split secret into count shares of which any needed bring it back. ret_shares has room for count.
 * The split's own random numbers are libsodium's, not the world's: it is made once, by people.
 *
 * OK; BAD_INPUT unless 2 <= needed <= count <= 16; NO_MEMORY; IO.
 */
PTN_MUST_USE struct ptn_status
ptn_share_split(const struct ptn_world *world, const uint8_t secret[PTN_SHARE_SECRET_LEN],
                unsigned needed, unsigned count, struct ptn_share_set *ret_set,
                struct ptn_share *ret_shares, struct ptn_diag *reterr);

/*
 * ptn_share_join(set, shares, count, ret_secret, reterr):
 * Bring the secret back from at least set->needed shares.
 *
 * OK; BAD_INPUT when a share is of another set, stands twice or is not the one that was handed out
 * (reterr's offset is its place in shares, from 0), or when too few are there (offset = count);
 * CORRUPT when good shares come to another secret: the set is wrong; NO_MEMORY; IO.
 */
PTN_MUST_USE struct ptn_status ptn_share_join(const struct ptn_share_set *set,
                                              const struct ptn_share *shares, size_t count,
                                              uint8_t ret_secret[PTN_SHARE_SECRET_LEN],
                                              struct ptn_diag *reterr);

/* A share as lines to write down and to type, and back. _parse: BAD_INPUT with the number of the
 * line (from 1, as they are numbered; 0: the share as a whole). _write: the buffer's codes; its
 * memory is the caller's to wipe. */
PTN_MUST_USE struct ptn_status ptn_share_write(const struct ptn_share *share,
                                               struct ptn_buffer *out);
PTN_MUST_USE struct ptn_status ptn_share_parse(struct ptn_bytes text, struct ptn_share *ret_share,
                                               struct ptn_diag *reterr);

/* ---- recovery ---- */

#define PTN_RECOVERY_MONTH_MAX 240u
#define PTN_RECOVERY_TEXT_MAX  ((size_t)96 << 10)

struct ptn_recovery_month {
    struct ptn_reading reading; /* the month and its public half, for the roster */
    uint8_t box[PTN_EPOCH_BOX_LEN];
};

/* The kit. About 28 KiB. */
struct ptn_recovery {
    struct ptn_share_set set;
    uint8_t key[PTN_READING_KEY_LEN];
    struct ptn_recovery_month months[PTN_RECOVERY_MONTH_MAX]; /* ascending */
    size_t month_count;
};

/* Make a recovery key, split it and forget it. The codes of ptn_share_split. */
PTN_MUST_USE struct ptn_status ptn_recovery_make(const struct ptn_world *world, unsigned needed,
                                                 unsigned count, struct ptn_recovery *ret_recovery,
                                                 struct ptn_share *ret_shares,
                                                 struct ptn_diag *reterr);

/*
 * Make the month's reading key; its private half goes into the kit and nowhere else. Needs no
 * shares. BUSY when the month is there; BAD_INPUT for a month out of range; TOO_BIG past
 * PTN_RECOVERY_MONTH_MAX; NO_MEMORY.
 */
PTN_MUST_USE struct ptn_status
ptn_recovery_add(const struct ptn_world *world, struct ptn_recovery *recovery,
                 struct ptn_date month, struct ptn_reading *ret_reading, struct ptn_diag *reterr);

/* Take a month out of this copy of the kit. NOT_FOUND. */
PTN_MUST_USE struct ptn_status ptn_recovery_remove(struct ptn_recovery *recovery,
                                                   struct ptn_date month);

/*
 * ptn_recovery_open(recovery, shares, count, vault, reterr):
 * Bring the key back and put the private halves of all months of the kit into the open vault's
 * memory: it reads what recovery was a reader of until it is closed.
 *
 * The codes of ptn_share_join; CORRUPT when a month's box does not open to its key (the vault has
 * those before it). Nobody else may use the vault meanwhile.
 */
PTN_MUST_USE struct ptn_status ptn_recovery_open(const struct ptn_recovery *recovery,
                                                 const struct ptn_share *shares, size_t count,
                                                 struct ptn_vault *vault, struct ptn_diag *reterr);

/* Whether these shares open all months of the kit; nothing is kept. The codes of
 * ptn_recovery_open. */
PTN_MUST_USE struct ptn_status ptn_recovery_check(const struct ptn_recovery *recovery,
                                                  const struct ptn_share *shares, size_t count,
                                                  struct ptn_diag *reterr);

/*
 * ptn_recovery_move(world, recovery, shares, count, to, reterr):
 * Box all months of a kit for another one's key, whose shares other people have: ptn_recovery_make
 * made it, and it has no month. What copies of the former kit open with its shares they go on
 * opening.
 *
 * The codes of ptn_recovery_open; to is as it was on failure.
 */
PTN_MUST_USE struct ptn_status ptn_recovery_move(const struct ptn_world *world,
                                                 const struct ptn_recovery *recovery,
                                                 const struct ptn_share *shares, size_t count,
                                                 struct ptn_recovery *to, struct ptn_diag *reterr);

/* The kit's text, and back. _parse: BAD_INPUT with the line, TOO_BIG. _write: the buffer's codes.
 */
PTN_MUST_USE struct ptn_status ptn_recovery_parse(struct ptn_bytes text,
                                                  struct ptn_recovery *ret_recovery,
                                                  struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status ptn_recovery_write(const struct ptn_recovery *recovery,
                                                  struct ptn_buffer *out);
#endif
