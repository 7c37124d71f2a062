/*
 * ledger/serving.h -- the files of C2SP tlog-tiles, one by one, out of a live ledger or a copy; and
 * the proofs that go with entries when they are sent.
 *
 * Only what is signed is given: the entries of a ledger's last checkpoint, the proved ones of a
 * copy. Standard: C2SP tlog-tiles; payload/ is ours (docs/format/ledger.md, "The exported tree").
 */
#ifndef PTN_LEDGER_SERVING_H
#define PTN_LEDGER_SERVING_H
#include "ledger/copy.h"

/* ---- paths ---- */

enum ptn_serving_kind {
    PTN_SERVING_CHECKPOINT, /* "checkpoint" */
    PTN_SERVING_TILE,       /* "tile/<L>/<N>[.p/<W>]" */
    PTN_SERVING_ENTRIES,    /* "tile/entries/<N>[.p/<W>]" */
    PTN_SERVING_PAYLOAD,    /* "payload/<sha256 in hex>" */
};

struct ptn_serving_path {
    enum ptn_serving_kind kind;
    unsigned level;          /* of a tile: 0 to 63 */
    uint64_t index;          /* of a tile or bundle */
    unsigned width;          /* 1 to PTN_TILE_WIDTH, which is a full one */
    struct ptn_hash payload; /* the name of a payload */
};

/* BAD_INPUT for anything but the one form of each. */
PTN_MUST_USE struct ptn_status ptn_serving_path_parse(struct ptn_bytes text,
                                                      struct ptn_serving_path *ret_path);
PTN_MUST_USE struct ptn_status ptn_serving_path_write(struct ptn_buffer *out,
                                                      const struct ptn_serving_path *path);

/* ---- files ---- */

/*
 * Append the file to out. A copy's checkpoint is the last with cosignatures if that is of the size
 * proved, else the bare one. A payload by name is looked for through all entries: slow in a long
 * ledger; by index it is not (ptn_ledger_read_sealed, ptn_copy_read).
 *
 * OK; BAD_INPUT for a path of no such file; NOT_FOUND when it is not there (yet); TOO_BIG past
 * out's cap (an entry bundle may have 16 MiB); CORRUPT; IO; NO_MEMORY. out is as before on failure.
 */
PTN_MUST_USE struct ptn_status ptn_serving_ledger_file(struct ptn_ledger *ledger,
                                                       struct ptn_bytes file,
                                                       struct ptn_buffer *out,
                                                       struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status ptn_serving_copy_file(struct ptn_copy *copy, struct ptn_bytes file,
                                                     struct ptn_buffer *out,
                                                     struct ptn_diag *reterr);

/* ---- entries one after another ---- */

enum ptn_serving_payload {
    PTN_SERVING_NONE,    /* it names no payload, or none was asked for */
    PTN_SERVING_HERE,    /* sealed is what it names: hashed again */
    PTN_SERVING_GONE,    /* there is none: erased, lost, or it has not come */
    PTN_SERVING_DAMAGED, /* there is one, and it is not what the entry names */
};

/* Views are Borrowed: they end when the function that is given them returns. */
struct ptn_serving_entry {
    uint64_t index;
    struct ptn_bytes leaf; /* the stored bytes, hashed again */
    struct ptn_ledger_header header;
    enum ptn_serving_payload payload;
    struct ptn_bytes sealed;
};

/* Anything but OK ends the run, which then says that. */
typedef struct ptn_status (*ptn_serving_entry_fn)(void *context,
                                                  const struct ptn_serving_entry *entry);

/*
 * Each entry from first up to but without end, in order, with its sealed payload when asked for: a
 * third of what they cost one by one. take must not use the ledger or the copy.
 *
 * OK; NOT_FOUND past the proved entries of a copy; CORRUPT for an entry that is not there or does
 * not hash to its place; IO; NO_MEMORY; what take said. Entries before that were given.
 */
PTN_MUST_USE struct ptn_status ptn_serving_run(struct ptn_ledger *ledger, uint64_t first,
                                               uint64_t end, bool with_payloads,
                                               ptn_serving_entry_fn take, void *context,
                                               struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status ptn_serving_copy_run(struct ptn_copy *copy, uint64_t first,
                                                    uint64_t end, bool with_payloads,
                                                    ptn_serving_entry_fn take, void *context,
                                                    struct ptn_diag *reterr);

/* ---- one entry's proof ---- */

/*
 * Append the tlog-proof file (C2SP) of one entry: its leaf as the extra data, in base64, its path
 * to the root, and the signed checkpoint that names that root, with its cosignatures where they are
 * at hand. Whoever has the ledger's key checks it offline. It names nobody: a leaf holds the hash
 * of what is sealed.
 *
 * NOT_FOUND past what is signed; TOO_BIG; CORRUPT; IO; NO_MEMORY. out is as before on failure.
 */
PTN_MUST_USE struct ptn_status ptn_serving_proof(struct ptn_ledger *ledger, uint64_t index,
                                                 struct ptn_buffer *out, struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status ptn_serving_copy_proof(struct ptn_copy *copy, uint64_t index,
                                                      struct ptn_buffer *out,
                                                      struct ptn_diag *reterr);

/* ---- roots and proofs of a ledger and of a copy ---- */

/* NOT_FOUND past what is signed; BAD_INPUT for a claim that no proof can have (from a larger size
 * to a smaller one, no subtree). From size 0 the proof is empty. */
PTN_MUST_USE struct ptn_status ptn_serving_root(struct ptn_ledger *ledger, uint64_t size,
                                                struct ptn_hash *ret_root, struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status ptn_serving_consistency(struct ptn_ledger *ledger, uint64_t size1,
                                                       uint64_t size2, struct ptn_proof *ret_proof,
                                                       struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status ptn_serving_subtree(struct ptn_ledger *ledger, uint64_t start,
                                                   uint64_t end, uint64_t size,
                                                   struct ptn_proof *ret_proof,
                                                   struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status ptn_serving_copy_consistency(struct ptn_copy *copy, uint64_t size1,
                                                            uint64_t size2,
                                                            struct ptn_proof *ret_proof,
                                                            struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status ptn_serving_copy_subtree(struct ptn_copy *copy, uint64_t start,
                                                        uint64_t end, uint64_t size,
                                                        struct ptn_proof *ret_proof,
                                                        struct ptn_diag *reterr);
#endif
