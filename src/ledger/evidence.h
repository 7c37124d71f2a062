/*
 * ledger/evidence.h -- the proof that a ledger forked: two checkpoints signed by its key of which
 * neither continues the other, and what shows it.
 *
 * Pure. Complete in itself: whoever has the file and knows the key can check it. Layout:
 * docs/format/evidence.md. Standard: C2SP signed-note, tlog-checkpoint; RFC 9162 section 2.1.4.
 */
#ifndef PTN_LEDGER_EVIDENCE_H
#define PTN_LEDGER_EVIDENCE_H
#include "ledger/note.h"

#define PTN_EVIDENCE_LEN_MAX ((size_t)65536)

/* All views are Borrowed from the bytes it was parsed from. */
struct ptn_evidence {
    struct ptn_vkey key;
    bool has_proof;
    struct ptn_hash root;   /* what the first one's root should be, by the second */
    struct ptn_proof proof; /* from root at the first size to the second checkpoint */
    struct ptn_bytes first; /* signed notes, the smaller checkpoint first */
    struct ptn_bytes second;
};

/* The form only. BAD_INPUT with the offset; TOO_BIG past PTN_EVIDENCE_LEN_MAX; NO_MEMORY. */
PTN_MUST_USE struct ptn_status ptn_evidence_parse(struct ptn_bytes bytes,
                                                  struct ptn_evidence *ret_evidence,
                                                  struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status ptn_evidence_write(struct ptn_buffer *out,
                                                  const struct ptn_evidence *evidence);

/* OK: the ledger of that key forked. CORRUPT: that is not proved, reterr says why not. IO,
 * NO_MEMORY. */
PTN_MUST_USE struct ptn_status ptn_evidence_check(const struct ptn_evidence *evidence,
                                                  struct ptn_diag *reterr);
#endif
