/* ledger/note_int.h -- signature lines, as notes and cosignatures share them. */
#ifndef PTN_LEDGER_NOTE_INT_H
#define PTN_LEDGER_NOTE_INT_H
#include "ledger/note.h"
#include "ledger/tree.h"

#define PTN_SIGNATURE_START    "\xe2\x80\x94 " /* an em dash and a space */
#define PTN_SIGNATURE_BLOB_MAX 8192u           /* post-quantum signatures are up to about 5 kB */

/*
 * Take the next signature line: its name, and in blob (cleared first) the key id and what follows
 * it, together more than PTN_KEY_ID_LEN bytes. NOT_FOUND at the end; BAD_INPUT; NO_MEMORY.
 */
struct ptn_status ptn_signature_next(struct ptn_cursor *cursor, struct ptn_buffer *blob,
                                     struct ptn_bytes *ret_name, struct ptn_diag *reterr);

/* Does a line with that name and blob claim to be by key? */
bool ptn_signature_is_of(const struct ptn_vkey *key, struct ptn_bytes name,
                         const struct ptn_buffer *blob);

/* The last signature that was found good: key, text and signature in one digest. A note goes
 * through several hands in a row, and a signature that was good stays so. All zeros: none yet. */
struct ptn_signature_memory {
    bool has_good;
    struct ptn_hash good;
};

/* ptn_note_verify for one key, with that memory. IO: SHA-256 refused. */
struct ptn_status ptn_note_verify_again(const struct ptn_note *note, const struct ptn_vkey *key,
                                        struct ptn_hasher *hasher,
                                        struct ptn_signature_memory *memory,
                                        struct ptn_diag *reterr);

/* Append the line. The buffer's codes; as before on failure. */
struct ptn_status ptn_signature_line_write(struct ptn_buffer *out, struct ptn_bytes name,
                                           struct ptn_bytes blob);
#endif
