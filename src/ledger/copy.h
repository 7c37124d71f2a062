/*
 * ledger/copy.h -- a verified copy of another node's ledger: same tree, same entries, payloads
 * beside them, ciphertext all of it.
 *
 * Files, sizes and order of writes: docs/format/copy.md. What is held came from anybody; what is
 * proved is under a checkpoint that the ledger's key signed. Invariants COPY-1 to COPY-4.
 *
 * One thread at a time uses a copy; one process has it open. Nothing here talks to a network:
 * mirror/ asks what is wanted and brings it. Standard: C2SP tlog-mirror, tlog-tiles; RFC 6962.
 */
#ifndef PTN_LEDGER_COPY_H
#define PTN_LEDGER_COPY_H
#include "ledger/ledger.h"

/* Bytes of payloads that wait in memory for their entries; of more, the oldest go. */
#define PTN_COPY_WAITING_MAX ((size_t)64 << 20)
/* Bytes of a checkpoint with its cosignatures. */
#define PTN_COPY_NOTE_MAX ((size_t)65536)
/* Entries in one package. */
#define PTN_COPY_PACKAGE_MAX PTN_TILE_WIDTH
/* Pieces of evidence kept: one is enough, and each is checked by hand. */
#define PTN_COPY_EVIDENCE_MAX 16u

struct ptn_copy;

/* ---- opening ---- */

/*
 * ptn_copy_open(world, dir, key, ret_copy, reterr):
 * Open the copy of the ledger with that key and name, in the folder dir; made when missing. world
 * is Borrowed until close, key is copied.
 *
 * OK; BUSY when another has it open; CORRUPT when a page fails its checksum or what is proved does
 * not hash to its signed root (set the file aside: a new one can be filled); BAD_INPUT for a key
 * that signs no checkpoints; IO; NO_MEMORY.
 */
PTN_MUST_USE struct ptn_status ptn_copy_open(const struct ptn_world *world, const char *dir,
                                             const struct ptn_vkey *key, struct ptn_copy **ret_copy,
                                             struct ptn_diag *reterr);

/* True when there is one already, whole or not; nothing is opened or made. */
bool ptn_copy_is_there(const struct ptn_world *world, const char *dir, struct ptn_bytes origin);

/* NULL is fine. */
void ptn_copy_close(struct ptn_copy *copy);

/* The copied ledger's name and key; Borrowed until close. */
const char *ptn_copy_origin(const struct ptn_copy *copy);
const struct ptn_vkey *ptn_copy_key(const struct ptn_copy *copy);

/* READY, FULL, STOPPED or BROKEN, with the meanings they have for a ledger; but a copy that STOPPED
 * opens its files again at the next call that writes. BROKEN stays until it is closed. */
enum ptn_ledger_state ptn_copy_state(const struct ptn_copy *copy);

struct ptn_copy_standing {
    uint64_t size;          /* entries proved; only these are read and served */
    uint64_t next;          /* entries held: the next one wanted */
    uint64_t pending_size;  /* of the largest accepted checkpoint: nothing beyond it is taken */
    uint64_t cosigned_size; /* of the checkpoint kept by ptn_copy_cosign; 0: none */
    uint64_t missing;       /* payloads of entries held that are not here */
    size_t waiting_len;     /* bytes of payloads in memory whose entries have not come */
    size_t evidence_count;  /* proofs kept that this ledger forked: more than 0 raises an alarm */
};

void ptn_copy_standing(const struct ptn_copy *copy, struct ptn_copy_standing *ret_standing);

/* ---- checkpoints ---- */

/*
 * ptn_copy_take_checkpoint(copy, note, proof, reterr):
 * Accept a checkpoint that the ledger's key signed. A larger one than any before lets more entries
 * in.
 *
 * proof  From the largest accepted checkpoint (pending_size) to this one; NULL: not at hand, the
 * entries will show it. From size 0 there is none: NULL or empty.
 *
 * OK: accepted, durable; or known already. BUSY: smaller than what is proved, and in it (or smaller
 * than all of many that wait); nothing kept. BAD_INPUT: not a checkpoint of this ledger signed by
 * its key, or the proof does not hold. CORRUPT: a fork, evidence is kept and what is held stays as
 * it is; or entries held did not lead to it and were dropped. IO, NO_MEMORY: see ptn_copy_state.
 */
PTN_MUST_USE struct ptn_status ptn_copy_take_checkpoint(struct ptn_copy *copy,
                                                        struct ptn_bytes note,
                                                        const struct ptn_proof *proof,
                                                        struct ptn_diag *reterr);

/*
 * ptn_copy_accuse(copy, note, size, root, proof, reterr):
 * Somebody holds another history: in the tree of that signed note, the first size entries have that
 * root, as the consistency proof shows (size equal to the note's: no proof, the note's own root).
 * size is that of the standing: what is proved here.
 *
 * OK: no contradiction to the copy. CORRUPT: a fork; evidence is kept. BAD_INPUT: the note or the
 * proof does not hold. NOT_FOUND: another size is proved here by now. IO, NO_MEMORY.
 */
PTN_MUST_USE struct ptn_status ptn_copy_accuse(struct ptn_copy *copy, struct ptn_bytes note,
                                               uint64_t size, const struct ptn_hash *root,
                                               const struct ptn_proof *proof,
                                               struct ptn_diag *reterr);

/* Append the signed checkpoint under which all proved entries are, or the largest accepted one.
 * NOT_FOUND before the first. */
PTN_MUST_USE struct ptn_status ptn_copy_checkpoint(const struct ptn_copy *copy,
                                                   struct ptn_buffer *out, struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status ptn_copy_pending(const struct ptn_copy *copy, struct ptn_buffer *out,
                                                struct ptn_diag *reterr);

/* The root of the first size entries, size at most the proved size: to compare with what others
 * cosigned. NOT_FOUND past it; CORRUPT, IO. */
PTN_MUST_USE struct ptn_status ptn_copy_root_at(struct ptn_copy *copy, uint64_t size,
                                                struct ptn_hash *ret_root, struct ptn_diag *reterr);

/*
 * The root of an accepted or proved checkpoint of exactly that size, or of any size that is proved:
 * what packages may be proved against. NOT_FOUND.
 */
PTN_MUST_USE struct ptn_status ptn_copy_known_root(struct ptn_copy *copy, uint64_t size,
                                                   struct ptn_hash *ret_root,
                                                   struct ptn_diag *reterr);

/* ---- entries ---- */

/*
 * ptn_copy_take_entries(copy, first, leaves, count, reterr):
 * Hold entries from next on; those before it are passed over. Durable on return, proved when an
 * accepted checkpoint is reached.
 *
 * OK. BUSY: entries before first are missing; nothing kept. TOO_BIG: past the largest accepted
 * checkpoint, or more than PTN_LEDGER_BATCH_MAX; nothing kept. BAD_INPUT: something is no entry of
 * a known version, diag's offset tells its place in leaves; nothing kept. CORRUPT: what is held
 * leads to another root than the one signed: it was dropped back to what is proved, ask somebody
 * else (the copy itself is READY; BROKEN is for bytes that came back wrong from the disk). IO,
 * NO_MEMORY: see ptn_copy_state.
 */
PTN_MUST_USE struct ptn_status ptn_copy_take_entries(struct ptn_copy *copy, uint64_t first,
                                                     const struct ptn_bytes *leaves, size_t count,
                                                     struct ptn_diag *reterr);

/*
 * ptn_copy_take_package(copy, first, leaves, count, size, proof, reterr):
 * The same for a package of tlog-mirror: entries first to first + count, inside one run of 256 that
 * starts at a multiple of it, with the proof that the run's entries up to first + count are a
 * subtree of the tree of that size. Only what is proved so is held.
 *
 * The codes of ptn_copy_take_entries, and NOT_FOUND: no checkpoint of that size is known here;
 * BAD_INPUT also when the proof does not hold.
 */
PTN_MUST_USE struct ptn_status ptn_copy_take_package(struct ptn_copy *copy, uint64_t first,
                                                     const struct ptn_bytes *leaves, size_t count,
                                                     uint64_t size, const struct ptn_proof *proof,
                                                     struct ptn_diag *reterr);

/*
 * ptn_copy_verify(copy, key, note, reterr):
 * ptn_note_verify for that key, in a note that is then given to the copy: what was verified last is
 * not verified again. The codes of ptn_note_verify; IO.
 */
PTN_MUST_USE struct ptn_status ptn_copy_verify(struct ptn_copy *copy, const struct ptn_vkey *key,
                                               const struct ptn_note *note,
                                               struct ptn_diag *reterr);

/* ---- payloads ---- */

/*
 * ptn_copy_put_payload(copy, sha256, sealed, reterr):
 * A payload by its name (NULL: by the one it has). Kept durably when an entry held wants it, else
 * it waits in memory for its entry and is durable with it. Again and again is fine.
 *
 * OK; BAD_INPUT when it does not hash to its name; TOO_BIG past PTN_COPY_WAITING_MAX or what any
 * payload can be; IO, NO_MEMORY.
 */
PTN_MUST_USE struct ptn_status ptn_copy_put_payload(struct ptn_copy *copy,
                                                    const struct ptn_hash *sha256,
                                                    struct ptn_bytes sealed,
                                                    struct ptn_diag *reterr);

/*
 * ptn_copy_put_payloads_at(copy, first, sealed, count, reterr):
 * Payloads of the entries from first on, at NULL where there is none to give. All durable on
 * return; what is here already, or belongs to no payload, is passed over.
 *
 * OK; NOT_FOUND past what is held; BAD_INPUT when one does not hash to what its entry says, diag's
 * offset tells its place, nothing kept; TOO_BIG; IO, NO_MEMORY.
 */
PTN_MUST_USE struct ptn_status ptn_copy_put_payloads_at(struct ptn_copy *copy, uint64_t first,
                                                        const struct ptn_bytes *sealed,
                                                        size_t count, struct ptn_diag *reterr);

/* The first entry at or after from that is held without its payload. NOT_FOUND; IO. */
PTN_MUST_USE struct ptn_status ptn_copy_next_missing(struct ptn_copy *copy, uint64_t from,
                                                     uint64_t *ret_index, struct ptn_diag *reterr);

/* ---- erasing ---- */

/* As ptn_ledger_erase and its like. An entry whose payload never came is erased as well: it is not
 * wanted any more. */
PTN_MUST_USE struct ptn_status ptn_copy_erase(struct ptn_copy *copy,
                                              const struct ptn_erasure *erasures, size_t count,
                                              const struct ptn_hash *by, uint64_t *ret_erased,
                                              struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status ptn_copy_erased(struct ptn_copy *copy, uint64_t from,
                                               uint64_t *ret_index, struct ptn_hash *ret_by,
                                               struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status
ptn_copy_find_payloads(struct ptn_copy *copy, const struct ptn_hash *names, size_t name_count,
                       uint64_t from, struct ptn_erasure *ret_found, size_t found_max,
                       size_t *ret_count, uint64_t *ret_next, struct ptn_diag *reterr);

/* ---- reading ---- */

/*
 * ptn_copy_read(copy, index, ret_header, sealed, reterr):
 * Read one proved entry, re-hashed. sealed (may be NULL) gets the sealed payload appended, if the
 * entry names one.
 *
 * OK; NOT_FOUND past what is proved, or when the payload was asked for and is not here; CORRUPT;
 * IO; NO_MEMORY.
 */
PTN_MUST_USE struct ptn_status ptn_copy_read(struct ptn_copy *copy, uint64_t index,
                                             struct ptn_ledger_header *ret_header,
                                             struct ptn_buffer *sealed, struct ptn_diag *reterr);

/* The same with the payload opened, by the vault's reading keys where it is sealed (NULL: only what
 * is not). NOT_FOUND also when no key there opens it; CORRUPT when it does not open. */
PTN_MUST_USE struct ptn_status ptn_copy_open_payload(struct ptn_copy *copy,
                                                     const struct ptn_vault *vault, uint64_t index,
                                                     struct ptn_ledger_header *ret_header,
                                                     struct ptn_buffer *payload,
                                                     struct ptn_diag *reterr);

/*
 * Many reads in a row cost less in one transaction: between these two. Nothing may be written to
 * the copy meanwhile. IO; NO_MEMORY: then each read is one by itself. The end may be called without
 * a begin.
 */
PTN_MUST_USE struct ptn_status ptn_copy_read_begin(struct ptn_copy *copy, struct ptn_diag *reterr);
void ptn_copy_read_end(struct ptn_copy *copy);

/* ---- cosigned checkpoints ---- */

/*
 * ptn_copy_cosign(copy, note, reterr):
 * Keep a checkpoint with cosignature lines: the ledger's own signature and the root must be good
 * here, the cosignatures are the caller's to check. Durable on return.
 *
 * OK; BUSY: one of a larger size is kept; NOT_FOUND: larger than what is proved; BAD_INPUT;
 * CORRUPT: another root than the copy's (a fork: evidence is kept); TOO_BIG past PTN_COPY_NOTE_MAX;
 * IO, NO_MEMORY.
 */
PTN_MUST_USE struct ptn_status ptn_copy_cosign(struct ptn_copy *copy, struct ptn_bytes note,
                                               struct ptn_diag *reterr);

/* Append it. NOT_FOUND before the first. */
PTN_MUST_USE struct ptn_status ptn_copy_cosigned(const struct ptn_copy *copy,
                                                 struct ptn_buffer *out, struct ptn_diag *reterr);

/* ---- evidence, housekeeping ---- */

/* Append piece number index of the evidence kept (evidence.h). NOT_FOUND past the last. */
PTN_MUST_USE struct ptn_status ptn_copy_evidence(struct ptn_copy *copy, size_t index,
                                                 struct ptn_buffer *out, struct ptn_diag *reterr);

/* For when nothing waits: moves the log into the main file. The codes of ptn_ledger_tidy. */
PTN_MUST_USE struct ptn_status ptn_copy_tidy(struct ptn_copy *copy, struct ptn_diag *reterr);
#endif
