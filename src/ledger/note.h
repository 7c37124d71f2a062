/*
 * ledger/note.h -- signed notes, the checkpoints written in them, and the proofs handed out as
 * receipts.
 *
 * Pure; parsers return views into the caller's bytes and allocate nothing.
 * Standard: C2SP signed-note (Ed25519, type 0x01), tlog-checkpoint, tlog-cosignature (Ed25519 with
 * a time, type 0x04), tlog-proof.
 */
#ifndef PTN_LEDGER_NOTE_H
#define PTN_LEDGER_NOTE_H
#include "ledger/tree.h"
#include "vault/vault.h"

#define PTN_NOTE_LEN_MAX       ((size_t)1 << 20)
#define PTN_NOTE_SIGNATURE_MAX 100u /* signatures in one note */
#define PTN_NOTE_NAME_LEN_MAX  255u
#define PTN_NOTE_TYPE_ED25519  0x01u
#define PTN_NOTE_TYPE_COSIGNER 0x04u /* Ed25519 with a time, on checkpoints only */
#define PTN_KEY_ID_LEN         4u

/* ---- names and verifier keys ---- */

/* A key name or origin may be: 1 to 255 bytes of UTF-8 without white space, control characters and
 * "+". */
bool ptn_note_name_good(struct ptn_bytes name);

/* Whose signatures count. name is Borrowed from the text it was parsed from. */
struct ptn_vkey {
    struct ptn_bytes name;
    uint8_t type; /* PTN_NOTE_TYPE_ED25519 or _COSIGNER: which of the two it signs, never both */
    uint8_t id[PTN_KEY_ID_LEN];
    uint8_t public_key[PTN_PUBLIC_KEY_LEN];
};

/* "name+hex8+base64". BAD_INPUT: not of that form, another type than Ed25519, or an id that is not
 * the key's. */
PTN_MUST_USE struct ptn_status ptn_vkey_parse(struct ptn_bytes text, struct ptn_vkey *ret_key,
                                              struct ptn_diag *reterr);

/* The key of that name and public key, with its id worked out; name Borrowed. BAD_INPUT for a bad
 * name; IO. */
PTN_MUST_USE struct ptn_status ptn_vkey_make(struct ptn_bytes name,
                                             const uint8_t public_key[PTN_PUBLIC_KEY_LEN],
                                             struct ptn_vkey *ret_key);

/* The same two for a cosigner's key: type 0x04 and nothing else. */
PTN_MUST_USE struct ptn_status
ptn_vkey_parse_cosigner(struct ptn_bytes text, struct ptn_vkey *ret_key, struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status ptn_vkey_make_cosigner(struct ptn_bytes name,
                                                      const uint8_t public_key[PTN_PUBLIC_KEY_LEN],
                                                      struct ptn_vkey *ret_key);

/* Append "name+hex8+base64", no newline. */
PTN_MUST_USE struct ptn_status ptn_vkey_write(struct ptn_buffer *out, const struct ptn_vkey *key);

/* ---- notes ---- */

struct ptn_note {
    struct ptn_bytes text;       /* what is signed: ends in a newline */
    struct ptn_bytes signatures; /* the lines after the blank one */
    size_t signature_count;
};

/* Split and check the form. BAD_INPUT with the offset; TOO_BIG past the limits. Nothing is verified
 * yet. */
PTN_MUST_USE struct ptn_status ptn_note_parse(struct ptn_bytes bytes, struct ptn_note *ret_note,
                                              struct ptn_diag *reterr);

/*
 * ptn_note_verify(note, keys, key_count, ret_good, reterr):
 * *ret_good is how many different keys signed. Signatures by unknown names or ids are passed over,
 * and so are cosigners' keys: what they sign is another message.
 *
 * OK with at least one; CORRUPT when a known key's signature is wrong (the whole note is refused)
 * or none is known.
 */
PTN_MUST_USE struct ptn_status ptn_note_verify(const struct ptn_note *note,
                                               const struct ptn_vkey *keys, size_t key_count,
                                               size_t *ret_good, struct ptn_diag *reterr);

/* Whoever signs: a vault's role, a person's offline key. */
struct ptn_signer {
    const void *context;
    const uint8_t *public_key; /* PTN_PUBLIC_KEY_LEN bytes, Borrowed */
    struct ptn_status (*sign)(const void *context, struct ptn_bytes message,
                              uint8_t ret_signature[PTN_SIGNATURE_LEN]);
};

/*
 * Append one signature line over text, by the signer's key under that name: to go after a note's
 * blank line. text ends in a newline. BAD_INPUT when text or name cannot stand in a note; the
 * buffer's codes; IO.
 */
PTN_MUST_USE struct ptn_status ptn_note_sign_line(const struct ptn_signer *signer,
                                                  struct ptn_bytes name, struct ptn_bytes text,
                                                  struct ptn_buffer *out, struct ptn_diag *reterr);

/*
 * Append text, a blank line and one signature line by the vault's key of that role under that name.
 * The codes of ptn_note_sign_line.
 */
PTN_MUST_USE struct ptn_status ptn_note_sign(const struct ptn_vault *vault, enum ptn_role role,
                                             struct ptn_bytes name, struct ptn_bytes text,
                                             struct ptn_buffer *out, struct ptn_diag *reterr);

/* ---- checkpoints ---- */

struct ptn_checkpoint {
    struct ptn_bytes origin;
    uint64_t size;
    struct ptn_hash root;
    struct ptn_bytes extensions; /* further lines, each with its newline; usually none */
};

/* Parse a note's text. BAD_INPUT with the offset (the root must be 32 bytes, the size at most 2^63
 * - 1). */
PTN_MUST_USE struct ptn_status ptn_checkpoint_parse(struct ptn_bytes text,
                                                    struct ptn_checkpoint *ret_checkpoint,
                                                    struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status ptn_checkpoint_write(struct ptn_buffer *out,
                                                    const struct ptn_checkpoint *checkpoint);

/* ---- cosignatures: "I hold all of this, and at that time nothing longer was known to me" ---- */

/*
 * ptn_cosignature_sign(vault, role, name, checkpoint, time_s, out, reterr):
 * Append one signature line ("— name base64") by the vault's key of that role: a
 * cosignature on the checkpoint. It goes after the lines that the checkpoint's note has already.
 *
 * role        A role used for nothing else: the signed message does not hold the cosigner's name.
 * checkpoint  A checkpoint's text or a whole note with one; its signatures are not looked at.
 * time_s      Seconds since 1970, not negative.
 *
 * OK; BAD_INPUT when that is no checkpoint or no name; the buffer's codes; IO. out is as before on
 * failure.
 */
PTN_MUST_USE struct ptn_status ptn_cosignature_sign(const struct ptn_vault *vault,
                                                    enum ptn_role role, struct ptn_bytes name,
                                                    struct ptn_bytes checkpoint, int64_t time_s,
                                                    struct ptn_buffer *out,
                                                    struct ptn_diag *reterr);

/*
 * ptn_cosignature_verify(note, keys, key_count, ret_good, ret_times, reterr):
 * Which of these cosigners signed the checkpoint in the note. Lines of unknown names or ids are
 * passed over, and so are keys that are not cosigners'.
 *
 * ret_good   How many: a public key that stands under two names counts once.
 * ret_times  NULL, or key_count times in seconds: of each key's newest cosignature, -1 without one.
 *
 * OK with at least one; NOT_FOUND when none of them signed; CORRUPT when a known key's cosignature
 * is wrong (the whole note is refused); BAD_INPUT when the note holds no checkpoint; NO_MEMORY.
 */
PTN_MUST_USE struct ptn_status ptn_cosignature_verify(const struct ptn_note *note,
                                                      const struct ptn_vkey *keys, size_t key_count,
                                                      size_t *ret_good, int64_t *ret_times,
                                                      struct ptn_diag *reterr);

/* ---- receipts ---- */

/* A tlog-proof file: one entry's place in a signed tree, checkable offline by anyone. */
struct ptn_receipt {
    struct ptn_bytes extra; /* base64 as it stands; empty when there is none */
    uint64_t index;
    struct ptn_proof proof;
    struct ptn_bytes checkpoint; /* the signed note, verbatim */
};

PTN_MUST_USE struct ptn_status
ptn_receipt_parse(struct ptn_bytes text, struct ptn_receipt *ret_receipt, struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status ptn_receipt_write(struct ptn_buffer *out,
                                                 const struct ptn_receipt *receipt);
#endif
