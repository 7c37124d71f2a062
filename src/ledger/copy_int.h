/* ledger/copy_int.h -- an open copy, as the files copy*.c share it. */
#ifndef PTN_LEDGER_COPY_INT_H
#define PTN_LEDGER_COPY_INT_H
#include <assert.h>

#include "ledger/copy.h"
#include "ledger/evidence.h"
#include "ledger/ledger_int.h"
#include "ledger/note_int.h"

/* Checkpoints ahead of what is proved; of more, the smallest go. */
#define PTN_COPY_ACCEPTED_MAX 32u
/* How many wanted entries a payload without an index is compared with. */
#define PTN_COPY_WANTED_STRIDE 4096

enum ptn_copy_statement {
    PTN_COPY_GET_STATE = PTN_LEDGER_STATEMENT_COUNT,
    PTN_COPY_PUT_NEXT,
    PTN_COPY_PUT_COSIGNED,
    PTN_COPY_GET_ACCEPTED,
    PTN_COPY_PUT_ACCEPTED,
    PTN_COPY_CUT_ACCEPTED,
    PTN_COPY_GET_WANTED,
    PTN_COPY_GET_WANTED_LEAVES,
    PTN_COPY_COUNT_WANTED,
    PTN_COPY_PUT_WANTED,
    PTN_COPY_CUT_WANTED,
    PTN_COPY_PUT_LATE_PAYLOAD,
    PTN_COPY_DROP_ENTRIES,
    PTN_COPY_DROP_PAYLOADS,
    PTN_COPY_DROP_WANTED,
    PTN_COPY_DROP_SUBTREES,
    PTN_COPY_GET_EVIDENCE,
    PTN_COPY_COUNT_EVIDENCE,
    PTN_COPY_PUT_EVIDENCE,
    PTN_COPY_STATEMENT_COUNT,
};

static_assert((unsigned)PTN_COPY_STATEMENT_COUNT <= PTN_STORE_STATEMENT_MAX,
              "all statements have a place");

/* A checkpoint accepted and not proved yet. note holds the ledger's own signature lines only. */
struct ptn_copy_accepted {
    uint64_t size;
    struct ptn_hash root;
    struct ptn_buffer note;
};

struct ptn_waiting; /* payloads in memory: copy_payload.c */

struct ptn_copy {
    const struct ptn_world *world;
    char *dir;
    char origin[PTN_NOTE_NAME_LEN_MAX + 1];
    struct ptn_ledger *base; /* its range and note: what is proved */
    struct ptn_vkey key;     /* its name is origin */
    struct ptn_signature_memory memory;
    struct ptn_range held;
    struct ptn_copy_accepted accepted[PTN_COPY_ACCEPTED_MAX]; /* by size, all above base->range */
    size_t accepted_count;
    struct ptn_buffer cosigned;
    uint64_t cosigned_size;
    uint64_t missing;
    size_t evidence_count;
    struct ptn_waiting *waiting;
    struct ptn_hash *hashes; /* of the leaves of a batch: PTN_LEDGER_BATCH_MAX */
};

static inline uint64_t ptn_copy_pending_size(const struct ptn_copy *copy)
{
    return copy->accepted_count > 0 ? copy->accepted[copy->accepted_count - 1].size
                                    : copy->base->range.size;
}

/* ---- copy.c ---- */

/*
 * May it write now? Every call that writes asks first, before it looks at anything: a copy whose
 * write failed with an outcome unknown is closed and opened again here, which tells what the disk
 * holds.
 */
struct ptn_status ptn_copy_ready(struct ptn_copy *copy, struct ptn_diag *reterr);

/* Start a transaction, if the copy may write. */
struct ptn_status ptn_copy_begin(struct ptn_copy *copy, struct ptn_diag *reterr);
/* Commit when rc is SQLITE_OK, else roll back: the codes of an append. */
struct ptn_status ptn_copy_commit(struct ptn_copy *copy, int rc, struct ptn_diag *reterr);

/* What was read back differs (CORRUPT) or could not be read: the state that leaves. */
struct ptn_status ptn_copy_read_back_failed(struct ptn_copy *copy, struct ptn_status status,
                                            struct ptn_diag *reterr);

/* Bind one or two numbers and run. SQLite's code. */
int ptn_copy_run_u64(struct ptn_copy *copy, enum ptn_copy_statement which, uint64_t value);

/* The number that a counting query gives. */
struct ptn_status ptn_copy_count(struct ptn_copy *copy, enum ptn_copy_statement which,
                                 uint64_t *ret_count);

/* Drop what is held and not proved. */
struct ptn_status ptn_copy_drop(struct ptn_copy *copy, struct ptn_diag *reterr);

/* ---- copy_checkpoint.c ---- */

/* Parse, verify and reduce a note to the ledger's own signature lines (appended to out, which the
 * checkpoint then borrows from). BAD_INPUT; NO_MEMORY. */
struct ptn_status ptn_copy_read_note(struct ptn_copy *copy, struct ptn_bytes bytes,
                                     struct ptn_buffer *out, struct ptn_checkpoint *ret_checkpoint,
                                     struct ptn_diag *reterr);

/* Put it among the accepted ones, in memory; its place must be free. note is copied. */
struct ptn_status ptn_copy_insert_accepted(struct ptn_copy *copy,
                                           const struct ptn_checkpoint *checkpoint,
                                           struct ptn_bytes note);
void ptn_copy_remove_accepted(struct ptn_copy *copy, size_t index);

/*
 * Compare what is held with all accepted checkpoints it reaches: move what is proved, write
 * evidence of those it contradicts, drop back when it contradicts the largest (CORRUPT).
 */
struct ptn_status ptn_copy_settle(struct ptn_copy *copy, struct ptn_diag *reterr);

/* ---- copy_payload.c ---- */

struct ptn_waiting *ptn_waiting_new(void);
void ptn_waiting_free(struct ptn_waiting *waiting);
size_t ptn_waiting_len(const struct ptn_waiting *waiting);
/* Bytes NULL when it is not there; Borrowed until the waiting ones change. */
struct ptn_bytes ptn_waiting_find(const struct ptn_waiting *waiting, const struct ptn_hash *sha256);
void ptn_waiting_remove(struct ptn_waiting *waiting, const struct ptn_hash *sha256);
#endif
