#include <assert.h>

#include "ledger/copy_int.h"

static_assert(PTN_COPY_ACCEPTED_MAX >= 2, "dropping the smallest keeps the largest");

/* ---- notes ---- */

/* Append the note's text and those of its signature lines that are by the copied ledger's key. */
static struct ptn_status reduce(const struct ptn_copy *copy, const struct ptn_note *note,
                                struct ptn_buffer *out)
{
    struct ptn_cursor cursor = ptn_cursor_at(note->signatures);
    struct ptn_buffer blob;
    struct ptn_bytes name;
    struct ptn_status status = ptn_buffer_add(out, note->text);

    ptn_buffer_init(&blob, PTN_SIGNATURE_BLOB_MAX);
    if (ptn_ok(status))
        status = ptn_buffer_add_text(out, "\n");
    while (ptn_ok(status)) {
        status = ptn_signature_next(&cursor, &blob, &name, NULL);
        if (ptn_ok(status) && ptn_signature_is_of(&copy->key, name, &blob)) {
            status = ptn_signature_line_write(out, name, ptn_buffer_bytes(&blob));
            break; /* one is enough; all of them are good */
        }
    }
    ptn_buffer_release(&blob);
    return status;
}

struct ptn_status ptn_copy_verify(struct ptn_copy *copy, const struct ptn_vkey *key,
                                  const struct ptn_note *note, struct ptn_diag *reterr)
{
    return ptn_note_verify_again(note, key, copy->base->hasher, &copy->memory, reterr);
}

struct ptn_status ptn_copy_read_note(struct ptn_copy *copy, struct ptn_bytes bytes,
                                     struct ptn_buffer *out, struct ptn_checkpoint *ret_checkpoint,
                                     struct ptn_diag *reterr)
{
    const size_t len = out->len;
    struct ptn_note note;
    struct ptn_note own = { 0 };
    struct ptn_status status = ptn_note_parse(bytes, &note, reterr);

    if (ptn_ok(status))
        status = ptn_copy_verify(copy, &copy->key, &note, reterr);
    if (ptn_ok(status))
        status = reduce(copy, &note, out);
    if (ptn_ok(status))
        status = ptn_note_parse(ptn_bytes_of(out->at + len, out->len - len), &own, reterr);
    if (ptn_ok(status))
        status = ptn_checkpoint_parse(own.text, ret_checkpoint, reterr);
    if (ptn_ok(status) && !ptn_bytes_equal(ret_checkpoint->origin, copy->key.name))
        status = ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "a checkpoint of another ledger");
    /* Whatever is wrong with it, it is the sender's: a fork takes a good signature. */
    if (status.code == PTN_C_CORRUPT || status.code == PTN_C_TOO_BIG)
        status.code = PTN_C_BAD_INPUT;
    if (!ptn_ok(status))
        out->len = len;
    return status;
}

/* ---- the accepted ones ---- */

struct ptn_status ptn_copy_insert_accepted(struct ptn_copy *copy,
                                           const struct ptn_checkpoint *checkpoint,
                                           struct ptn_bytes note)
{
    struct ptn_copy_accepted accepted = { .size = checkpoint->size, .root = checkpoint->root };
    size_t at = copy->accepted_count;
    struct ptn_status status;

    PTN_PRE(copy->accepted_count < PTN_COPY_ACCEPTED_MAX);

    ptn_buffer_init(&accepted.note, PTN_HEAD_NOTE_LEN_MAX);
    status = ptn_buffer_add(&accepted.note, note);
    if (!ptn_ok(status))
        return status;
    while (at > 0 && copy->accepted[at - 1].size > checkpoint->size) {
        copy->accepted[at] = copy->accepted[at - 1];
        at--;
    }
    copy->accepted[at] = accepted;
    copy->accepted_count++;
    return PTN_OK;
}

void ptn_copy_remove_accepted(struct ptn_copy *copy, size_t index)
{
    PTN_PRE(index < copy->accepted_count);

    ptn_buffer_release(&copy->accepted[index].note);
    copy->accepted_count--;
    for (size_t i = index; i < copy->accepted_count; i++)
        copy->accepted[i] = copy->accepted[i + 1];
}

static const struct ptn_copy_accepted *find_accepted(const struct ptn_copy *copy, uint64_t size)
{
    for (size_t i = 0; i < copy->accepted_count; i++)
        if (copy->accepted[i].size == size)
            return &copy->accepted[i];
    return NULL;
}

/* ---- evidence ---- */

/* Keep it (once), and forget the accepted checkpoint of that size with it, 0: none. Evidence that
 * does not hold is a mistake of ours and says nothing of the ledger. COPY-3. */
static struct ptn_status keep_evidence(struct ptn_copy *copy, const struct ptn_evidence *evidence,
                                       uint64_t cut_size, struct ptn_diag *reterr)
{
    sqlite3_stmt *statement = copy->base->statements[PTN_COPY_PUT_EVIDENCE];
    struct ptn_buffer file;
    size_t added = 0;
    int rc = SQLITE_OK;
    struct ptn_status status = ptn_evidence_check(evidence, reterr);

    if (!ptn_ok(status))
        return status;
    ptn_buffer_init(&file, PTN_EVIDENCE_LEN_MAX);
    status = ptn_evidence_write(&file, evidence);
    if (ptn_ok(status))
        status = ptn_copy_begin(copy, reterr);
    if (ptn_ok(status)) {
        if (copy->evidence_count < PTN_COPY_EVIDENCE_MAX) {
            (void)sqlite3_bind_blob64(statement, 1, file.at, file.len, SQLITE_STATIC);
            rc = ptn_store_run(statement);
            (void)sqlite3_clear_bindings(statement);
            added = (size_t)sqlite3_changes(copy->base->writer);
        }
        if (rc == SQLITE_OK && cut_size > 0)
            rc = ptn_copy_run_u64(copy, PTN_COPY_CUT_ACCEPTED, cut_size);
        status = ptn_copy_commit(copy, rc, reterr);
    }
    ptn_buffer_release(&file);
    if (ptn_ok(status))
        copy->evidence_count += added;
    return status;
}

/* Keep the evidence, and say so. */
static struct ptn_status forked(struct ptn_copy *copy, const struct ptn_evidence *evidence,
                                struct ptn_diag *reterr)
{
    struct ptn_status status = keep_evidence(copy, evidence, 0, reterr);

    if (!ptn_ok(status))
        return status;
    return ptn_fail(PTN_C_CORRUPT, reterr, 0, "the ledger signed two histories: evidence is kept");
}

/* The proof, from the own tree, of what the root at size is under the proved checkpoint. */
static struct ptn_status prove_past(struct ptn_copy *copy, uint64_t size,
                                    struct ptn_evidence *evidence)
{
    struct ptn_ledger *base = copy->base;

    if (size == 0 || size == base->range.size)
        return PTN_OK;
    evidence->has_proof = true;
    return ptn_consistency_prove(base->hasher, size, base->range.size, ptn_store_subtree, base,
                                 &evidence->proof);
}

/* A signed checkpoint no larger than what is proved, against the own tree. *ret_evidence is set
 * when the tree has another root there. */
static struct ptn_status compare_past(struct ptn_copy *copy,
                                      const struct ptn_checkpoint *checkpoint,
                                      struct ptn_bytes note, bool *ret_forked,
                                      struct ptn_evidence *ret_evidence, struct ptn_diag *reterr)
{
    struct ptn_bytes proved = ptn_buffer_bytes(&copy->base->note);
    struct ptn_evidence evidence = { .key = copy->key, .first = note, .second = proved };
    struct ptn_status status = ptn_copy_root_at(copy, checkpoint->size, &evidence.root, reterr);

    *ret_forked = false;
    if (!ptn_ok(status) || ptn_hash_equal(&evidence.root, &checkpoint->root))
        return status;
    if (proved.len == 0) /* then its size is 0, and it needs no other */
        evidence.second = note;
    status = prove_past(copy, checkpoint->size, &evidence);
    if (!ptn_ok(status))
        return ptn_fail(status.code, reterr, 0, "the stored hashes cannot be read");
    *ret_evidence = evidence;
    *ret_forked = true;
    return PTN_OK;
}

/* ---- taking a checkpoint ---- */

/* The largest checkpoint there is, accepted or proved. */
struct largest {
    uint64_t size;
    struct ptn_hash root;
    struct ptn_bytes note;
};

static struct ptn_status find_largest(struct ptn_copy *copy, struct largest *ret_largest)
{
    struct ptn_ledger *base = copy->base;
    const struct ptn_copy_accepted *last =
        copy->accepted_count == 0 ? NULL : &copy->accepted[copy->accepted_count - 1];

    if (last != NULL) {
        *ret_largest = (struct largest){ last->size, last->root, ptn_buffer_bytes(&last->note) };
        return PTN_OK;
    }
    ret_largest->size = base->range.size;
    ret_largest->note = ptn_buffer_bytes(&base->note);
    return ptn_range_root(base->hasher, &base->range, &ret_largest->root);
}

/* A larger one that comes with a proof from the largest so far. */
static struct ptn_status check_proof(struct ptn_copy *copy, const struct ptn_checkpoint *checkpoint,
                                     struct ptn_bytes note, const struct ptn_proof *proof,
                                     struct ptn_diag *reterr)
{
    struct ptn_evidence evidence = { .key = copy->key, .has_proof = true, .second = note };
    struct ptn_hasher *hasher = copy->base->hasher;
    struct largest largest = { .size = 0 };
    struct ptn_status status = find_largest(copy, &largest);

    if (!ptn_ok(status))
        return ptn_fail(status.code, reterr, 0, "SHA-256 refused");
    if (largest.size == 0)
        return proof->count == 0
                   ? PTN_OK
                   : ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "there is nothing to prove from");
    status = ptn_consistency_check(hasher, largest.size, checkpoint->size, &largest.root,
                                   &checkpoint->root, proof->hashes, proof->count, reterr);
    if (status.code != PTN_C_CORRUPT)
        return status;
    /* A proof that shows another past proves the fork by itself. */
    status = ptn_consistency_past(hasher, largest.size, checkpoint->size, &checkpoint->root,
                                  proof->hashes, proof->count, &evidence.root);
    if (!ptn_ok(status) || ptn_hash_equal(&evidence.root, &largest.root))
        return (struct ptn_status){ PTN_C_BAD_INPUT }; /* reterr says why */
    evidence.first = largest.note;
    evidence.proof = *proof;
    return forked(copy, &evidence, reterr);
}

/* Make room for one more: the smallest goes. */
static int make_room(struct ptn_copy *copy, uint64_t *ret_cut)
{
    *ret_cut = 0;
    if (copy->accepted_count < PTN_COPY_ACCEPTED_MAX)
        return SQLITE_OK;
    *ret_cut = copy->accepted[0].size;
    return ptn_copy_run_u64(copy, PTN_COPY_CUT_ACCEPTED, *ret_cut);
}

static struct ptn_status accept(struct ptn_copy *copy, const struct ptn_checkpoint *checkpoint,
                                struct ptn_bytes note, struct ptn_diag *reterr)
{
    struct ptn_ledger *base = copy->base;
    sqlite3_stmt *statement = base->statements[PTN_COPY_PUT_ACCEPTED];
    bool is_largest = checkpoint->size > ptn_copy_pending_size(copy);
    uint64_t cut = 0;
    struct ptn_status status = ptn_copy_begin(copy, reterr);
    int rc;

    if (!ptn_ok(status))
        return status;
    rc = make_room(copy, &cut);
    if (rc == SQLITE_OK) {
        (void)sqlite3_bind_int64(statement, 1, (sqlite3_int64)checkpoint->size);
        (void)sqlite3_bind_blob64(statement, 2, note.at, note.len, SQLITE_STATIC);
        rc = ptn_store_run(statement);
        (void)sqlite3_clear_bindings(statement);
    }
    status = ptn_copy_commit(copy, rc, reterr);
    if (!ptn_ok(status))
        return status;
    if (cut > 0)
        ptn_copy_remove_accepted(copy, 0);
    status = ptn_copy_insert_accepted(copy, checkpoint, note);
    if (!ptn_ok(status)) {
        base->state = PTN_LEDGER_STOPPED; /* the file knows more than the memory */
        return ptn_fail(status.code, reterr, 0, "no memory: open the copy again");
    }
    /* A reminder outside the database; it need not be durable to be useful. */
    if (is_largest)
        (void)ptn_head_write(&base->head, checkpoint->size, note);
    return PTN_OK;
}

static struct ptn_status take_past(struct ptn_copy *copy, const struct ptn_checkpoint *checkpoint,
                                   struct ptn_bytes note, struct ptn_diag *reterr)
{
    struct ptn_evidence evidence;
    bool has_forked = false;
    struct ptn_status status = compare_past(copy, checkpoint, note, &has_forked, &evidence, reterr);

    if (has_forked)
        return forked(copy, &evidence, reterr);
    if (ptn_ok(status) && checkpoint->size < copy->base->range.size)
        return ptn_fail(PTN_C_BUSY, reterr, 0, "a smaller checkpoint than what is proved");
    return status;
}

static struct ptn_status take_ahead(struct ptn_copy *copy, const struct ptn_checkpoint *checkpoint,
                                    struct ptn_bytes note, const struct ptn_proof *proof,
                                    struct ptn_diag *reterr)
{
    const struct ptn_copy_accepted *same = find_accepted(copy, checkpoint->size);
    struct ptn_status status = PTN_OK;

    if (same != NULL) {
        const struct ptn_evidence evidence = { .key = copy->key,
                                               .first = ptn_buffer_bytes(&same->note),
                                               .second = note };

        return ptn_hash_equal(&same->root, &checkpoint->root) ? PTN_OK
                                                              : forked(copy, &evidence, reterr);
    }
    if (copy->accepted_count == PTN_COPY_ACCEPTED_MAX && checkpoint->size < copy->accepted[0].size)
        return ptn_fail(PTN_C_BUSY, reterr, 0, "larger checkpoints wait already");
    if (proof != NULL && checkpoint->size > ptn_copy_pending_size(copy))
        status = check_proof(copy, checkpoint, note, proof, reterr);
    if (ptn_ok(status))
        status = accept(copy, checkpoint, note, reterr);
    if (ptn_ok(status) && checkpoint->size <= copy->held.size)
        status = ptn_copy_settle(copy, reterr);
    return status;
}

struct ptn_status ptn_copy_take_checkpoint(struct ptn_copy *copy, struct ptn_bytes note,
                                           const struct ptn_proof *proof, struct ptn_diag *reterr)
{
    struct ptn_checkpoint checkpoint = { 0 };
    struct ptn_buffer own;
    struct ptn_status status;

    ptn_buffer_init(&own, PTN_HEAD_NOTE_LEN_MAX);
    status = ptn_copy_ready(copy, reterr);
    if (ptn_ok(status))
        status = ptn_copy_read_note(copy, note, &own, &checkpoint, reterr);
    if (ptn_ok(status))
        status = checkpoint.size <= copy->base->range.size
                     ? take_past(copy, &checkpoint, ptn_buffer_bytes(&own), reterr)
                     : take_ahead(copy, &checkpoint, ptn_buffer_bytes(&own), proof, reterr);
    ptn_buffer_release(&own);
    return status;
}

/* The copy is ready to write. */
static struct ptn_status accuse(struct ptn_copy *copy, struct ptn_bytes note, uint64_t size,
                                const struct ptn_hash *root, const struct ptn_proof *proof,
                                struct ptn_diag *reterr)
{
    struct ptn_ledger *base = copy->base;
    struct ptn_evidence evidence = { .key = copy->key,
                                     .has_proof = true,
                                     .root = *root,
                                     .proof = *proof,
                                     .first = ptn_buffer_bytes(&base->note) };
    struct ptn_checkpoint checkpoint = { 0 };
    struct ptn_hash own_root;
    struct ptn_buffer own;
    struct ptn_status status;

    if (size == 0 || size != base->range.size)
        return ptn_fail(PTN_C_NOT_FOUND, reterr, 0, "no checkpoint of that size is proved here");
    ptn_buffer_init(&own, PTN_HEAD_NOTE_LEN_MAX);
    status = ptn_copy_read_note(copy, note, &own, &checkpoint, reterr);
    if (ptn_ok(status))
        status = ptn_consistency_check(base->hasher, size, checkpoint.size, root, &checkpoint.root,
                                       proof->hashes, proof->count, reterr);
    if (status.code == PTN_C_CORRUPT)
        status.code = PTN_C_BAD_INPUT;
    if (ptn_ok(status))
        status = ptn_copy_root_at(copy, size, &own_root, reterr);
    if (ptn_ok(status) && !ptn_hash_equal(&own_root, root)) {
        evidence.second = ptn_buffer_bytes(&own);
        evidence.has_proof = checkpoint.size != size;
        status = forked(copy, &evidence, reterr);
    }
    ptn_buffer_release(&own);
    return status;
}

struct ptn_status ptn_copy_accuse(struct ptn_copy *copy, struct ptn_bytes note, uint64_t size,
                                  const struct ptn_hash *root, const struct ptn_proof *proof,
                                  struct ptn_diag *reterr)
{
    struct ptn_status status = ptn_copy_ready(copy, reterr);

    return ptn_ok(status) ? accuse(copy, note, size, root, proof, reterr) : status;
}

/* ---- settling ---- */

/* The largest accepted checkpoint that what is held fulfils: its index, or accepted_count. */
static struct ptn_status find_fulfilled(struct ptn_copy *copy, size_t *ret_index,
                                        struct ptn_range *ret_range)
{
    *ret_index = copy->accepted_count;
    for (size_t i = copy->accepted_count; i-- > 0;) {
        struct ptn_range range;
        struct ptn_hash root;
        struct ptn_status status;

        if (copy->accepted[i].size > copy->held.size)
            continue;
        if (copy->accepted[i].size <= copy->base->range.size)
            return PTN_OK; /* passed: never back */
        status = ptn_store_range(copy->base, copy->accepted[i].size, &range);
        if (ptn_ok(status))
            status = ptn_range_root(copy->base->hasher, &range, &root);
        if (!ptn_ok(status))
            return status;
        if (!ptn_hash_equal(&root, &copy->accepted[i].root))
            continue;
        *ret_index = i;
        *ret_range = range;
        return PTN_OK;
    }
    return PTN_OK;
}

/* What is proved moves to the accepted checkpoint of that index. */
static struct ptn_status move_to(struct ptn_copy *copy, size_t index, const struct ptn_range *range,
                                 struct ptn_diag *reterr)
{
    struct ptn_ledger *base = copy->base;
    struct ptn_bytes note = ptn_buffer_bytes(&copy->accepted[index].note);
    struct ptn_status status = ptn_copy_begin(copy, reterr);
    int rc;

    if (!ptn_ok(status))
        return status;
    rc = ptn_ledger_put_head_note(base, range, note);
    if (rc == SQLITE_OK)
        rc = ptn_copy_run_u64(copy, PTN_COPY_CUT_ACCEPTED, range->size);
    status = ptn_copy_commit(copy, rc, reterr);
    if (!ptn_ok(status))
        return status;
    base->range = *range;
    ptn_buffer_clear(&base->note);
    status = ptn_buffer_add(&base->note, note);
    if (!ptn_ok(status)) {
        base->state = PTN_LEDGER_STOPPED;
        return ptn_fail(status.code, reterr, 0, "no memory: open the copy again");
    }
    ptn_copy_remove_accepted(copy, index);
    return PTN_OK;
}

/* Those that what is proved has passed: fulfilled on the way, or contradicted. */
static struct ptn_status pass_by(struct ptn_copy *copy, bool *ret_forked, struct ptn_diag *reterr)
{
    struct ptn_status status = PTN_OK;

    while (ptn_ok(status) && copy->accepted_count > 0 &&
           copy->accepted[0].size <= copy->base->range.size) {
        const struct ptn_copy_accepted *passed = &copy->accepted[0];
        const struct ptn_checkpoint checkpoint = { .size = passed->size, .root = passed->root };
        struct ptn_evidence evidence;
        bool has_forked = false;

        status = compare_past(copy, &checkpoint, ptn_buffer_bytes(&passed->note), &has_forked,
                              &evidence, reterr);
        if (has_forked) {
            *ret_forked = true;
            status = keep_evidence(copy, &evidence, passed->size, reterr);
        } else if (ptn_ok(status)) {
            status = ptn_copy_begin(copy, reterr);
            if (ptn_ok(status))
                status = ptn_copy_commit(
                    copy, ptn_copy_run_u64(copy, PTN_COPY_CUT_ACCEPTED, passed->size), reterr);
        }
        if (ptn_ok(status))
            ptn_copy_remove_accepted(copy, 0);
    }
    return status;
}

struct ptn_status ptn_copy_settle(struct ptn_copy *copy, struct ptn_diag *reterr)
{
    struct ptn_range range;
    bool has_forked = false;
    size_t index = 0;
    struct ptn_status status = find_fulfilled(copy, &index, &range);

    if (!ptn_ok(status))
        return ptn_fail(status.code, reterr, 0, "the stored hashes cannot be read");
    if (index < copy->accepted_count)
        status = move_to(copy, index, &range, reterr);
    if (ptn_ok(status))
        status = pass_by(copy, &has_forked, reterr);
    if (!ptn_ok(status))
        return status;
    if (copy->held.size > copy->base->range.size &&
        copy->held.size >= ptn_copy_pending_size(copy)) {
        status = ptn_copy_drop(copy, reterr);
        if (ptn_ok(status))
            status = ptn_fail(PTN_C_CORRUPT, reterr, 0,
                              "the entries do not lead to the signed root: dropped");
        return status;
    }
    if (has_forked)
        return ptn_fail(PTN_C_CORRUPT, reterr, 0,
                        "the ledger signed two histories: evidence is kept");
    return PTN_OK;
}

/* ---- asking ---- */

struct ptn_status ptn_copy_checkpoint(const struct ptn_copy *copy, struct ptn_buffer *out,
                                      struct ptn_diag *reterr)
{
    if (copy->base->note.len == 0)
        return ptn_fail(PTN_C_NOT_FOUND, reterr, 0, "no checkpoint is proved yet");
    return ptn_buffer_add(out, ptn_buffer_bytes(&copy->base->note));
}

struct ptn_status ptn_copy_pending(const struct ptn_copy *copy, struct ptn_buffer *out,
                                   struct ptn_diag *reterr)
{
    if (copy->accepted_count == 0)
        return ptn_copy_checkpoint(copy, out, reterr);
    return ptn_buffer_add(out, ptn_buffer_bytes(&copy->accepted[copy->accepted_count - 1].note));
}

struct ptn_status ptn_copy_root_at(struct ptn_copy *copy, uint64_t size, struct ptn_hash *ret_root,
                                   struct ptn_diag *reterr)
{
    struct ptn_ledger *base = copy->base;
    struct ptn_range range;
    struct ptn_status status;

    if (size > base->range.size)
        return ptn_fail(PTN_C_NOT_FOUND, reterr, 0, "not proved that far");
    if (size == base->range.size) {
        status = ptn_range_root(base->hasher, &base->range, ret_root);
    } else {
        status = ptn_store_range(base, size, &range);
        if (ptn_ok(status))
            status = ptn_range_root(base->hasher, &range, ret_root);
    }
    if (!ptn_ok(status))
        return ptn_fail(status.code, reterr, 0, "the stored hashes cannot be read");
    return PTN_OK;
}

struct ptn_status ptn_copy_known_root(struct ptn_copy *copy, uint64_t size,
                                      struct ptn_hash *ret_root, struct ptn_diag *reterr)
{
    const struct ptn_copy_accepted *accepted = find_accepted(copy, size);

    if (accepted == NULL)
        return ptn_copy_root_at(copy, size, ret_root, reterr);
    *ret_root = accepted->root;
    return PTN_OK;
}

/* ---- cosigned checkpoints ---- */

static struct ptn_status put_cosigned(struct ptn_copy *copy, const struct ptn_buffer *note,
                                      struct ptn_diag *reterr)
{
    sqlite3_stmt *statement = copy->base->statements[PTN_COPY_PUT_COSIGNED];
    struct ptn_status status = ptn_copy_begin(copy, reterr);
    int rc;

    if (!ptn_ok(status))
        return status;
    (void)sqlite3_bind_blob64(statement, 1, note->at, note->len, SQLITE_STATIC);
    rc = ptn_store_run(statement);
    (void)sqlite3_clear_bindings(statement);
    return ptn_copy_commit(copy, rc, reterr);
}

/* COPY-4. */
struct ptn_status ptn_copy_cosign(struct ptn_copy *copy, struct ptn_bytes note,
                                  struct ptn_diag *reterr)
{
    struct ptn_checkpoint checkpoint = { 0 };
    struct ptn_evidence evidence;
    struct ptn_buffer own;
    struct ptn_buffer kept;
    bool has_forked = false;
    struct ptn_status status;

    if (note.len > PTN_COPY_NOTE_MAX)
        return ptn_fail(PTN_C_TOO_BIG, reterr, PTN_COPY_NOTE_MAX, "the note is too long");
    ptn_buffer_init(&own, PTN_HEAD_NOTE_LEN_MAX);
    ptn_buffer_init(&kept, PTN_COPY_NOTE_MAX);
    status = ptn_copy_ready(copy, reterr);
    if (ptn_ok(status))
        status = ptn_copy_read_note(copy, note, &own, &checkpoint, reterr);
    if (ptn_ok(status) && checkpoint.size > copy->base->range.size)
        status = ptn_fail(PTN_C_NOT_FOUND, reterr, 0, "not proved that far");
    if (ptn_ok(status)) {
        status =
            compare_past(copy, &checkpoint, ptn_buffer_bytes(&own), &has_forked, &evidence, reterr);
        if (has_forked)
            status = forked(copy, &evidence, reterr);
    }
    if (ptn_ok(status) && checkpoint.size < copy->cosigned_size)
        status = ptn_fail(PTN_C_BUSY, reterr, 0, "a larger checkpoint is kept");
    if (ptn_ok(status))
        status = ptn_buffer_add(&kept, note);
    if (ptn_ok(status))
        status = put_cosigned(copy, &kept, reterr);
    if (ptn_ok(status)) {
        ptn_buffer_release(&copy->cosigned);
        copy->cosigned = kept;
        copy->cosigned_size = checkpoint.size;
    } else {
        ptn_buffer_release(&kept);
    }
    ptn_buffer_release(&own);
    return status;
}

struct ptn_status ptn_copy_cosigned(const struct ptn_copy *copy, struct ptn_buffer *out,
                                    struct ptn_diag *reterr)
{
    if (copy->cosigned.len == 0)
        return ptn_fail(PTN_C_NOT_FOUND, reterr, 0, "no cosigned checkpoint is kept yet");
    return ptn_buffer_add(out, ptn_buffer_bytes(&copy->cosigned));
}
