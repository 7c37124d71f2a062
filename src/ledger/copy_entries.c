#include "ledger/copy_int.h"

/* ---- a batch, worked out before anything is written ---- */

struct batch {
    uint64_t first; /* the next entry wanted */
    const struct ptn_bytes *leaves;
    const struct ptn_hash *hashes;
    size_t count;
    struct ptn_range held;   /* the tree with the batch in it */
    size_t fulfilled;        /* accepted checkpoint that it fulfils; accepted_count: none */
    struct ptn_range proved; /* the tree there */
    bool is_wrong;           /* it contradicts the largest */
    size_t payloads;         /* written with their entries */
    size_t missing;          /* and those that have not come */
};

/* Hash the leaves, which must be entries of a known version. */
static struct ptn_status hash_leaves(struct ptn_copy *copy, const struct ptn_bytes *leaves,
                                     size_t count, struct ptn_diag *reterr)
{
    struct ptn_ledger_header header;

    for (size_t i = 0; i < count; i++) {
        struct ptn_status status;

        if (leaves[i].len > PTN_LEDGER_LEAF_LEN_MAX ||
            !ptn_ok(ptn_ledger_header_parse(leaves[i], &header, NULL)))
            return ptn_fail(PTN_C_BAD_INPUT, reterr, i, "not an entry of a known version");
        status = ptn_tree_leaf(copy->base->hasher, leaves[i], &copy->hashes[i]);
        if (!ptn_ok(status))
            return ptn_fail(status.code, reterr, i, "SHA-256 refused");
    }
    return PTN_OK;
}

/* Grow the tree in memory, and see which accepted checkpoints it fulfils on the way. */
static struct ptn_status work_out(struct ptn_copy *copy, struct batch *batch)
{
    struct ptn_hasher *hasher = copy->base->hasher;
    size_t next = 0;
    struct ptn_hash root;

    batch->held = copy->held;
    batch->fulfilled = copy->accepted_count;
    batch->is_wrong = false;
    while (next < copy->accepted_count && copy->accepted[next].size <= copy->held.size)
        next++; /* contradicted before: ptn_copy_settle has to do with them */
    for (size_t i = 0; i < batch->count; i++) {
        struct ptn_status status =
            ptn_range_add(hasher, &batch->held, &batch->hashes[i], NULL, NULL);

        if (!ptn_ok(status))
            return status;
        if (next == copy->accepted_count || batch->held.size != copy->accepted[next].size)
            continue;
        status = ptn_range_root(hasher, &batch->held, &root);
        if (!ptn_ok(status))
            return status;
        if (ptn_hash_equal(&root, &copy->accepted[next].root)) {
            batch->fulfilled = next;
            batch->proved = batch->held;
        } else if (next + 1 == copy->accepted_count) {
            batch->is_wrong = true;
        }
        next++;
    }
    return PTN_OK;
}

/* ---- writing it ---- */

static int put_payload_row(struct ptn_ledger *base, uint64_t seq, struct ptn_bytes sealed)
{
    sqlite3_stmt *statement = base->statements[PTN_LEDGER_PUT_PAYLOAD];

    (void)sqlite3_bind_int64(statement, 1, (sqlite3_int64)seq);
    (void)sqlite3_bind_blob64(statement, 2, sealed.at, sealed.len, SQLITE_STATIC);
    return ptn_store_run(statement);
}

/* One entry with its payload, if that waits. */
static int put_row(struct ptn_copy *copy, uint64_t seq, struct ptn_bytes leaf,
                   const struct ptn_hash *hash, struct batch *batch)
{
    struct ptn_ledger *base = copy->base;
    sqlite3_stmt *statement = base->statements[PTN_LEDGER_PUT_ENTRY];
    struct ptn_ledger_header header;
    struct ptn_bytes sealed;
    int rc;

    (void)sqlite3_bind_int64(statement, 1, (sqlite3_int64)seq);
    (void)sqlite3_bind_blob64(statement, 2, leaf.at, leaf.len, SQLITE_STATIC);
    (void)sqlite3_bind_blob(statement, 3, hash->at, PTN_HASH_LEN, SQLITE_STATIC);
    rc = ptn_store_run(statement);
    if (rc != SQLITE_OK || !ptn_ok(ptn_ledger_header_parse(leaf, &header, NULL)) ||
        !header.has_payload)
        return rc;
    sealed = ptn_waiting_find(copy->waiting, &header.sealed_sha256);
    if (sealed.at != NULL && sealed.len == header.sealed_len) {
        batch->payloads++;
        return put_payload_row(base, seq, sealed);
    }
    batch->missing++;
    return ptn_copy_run_u64(copy, PTN_COPY_PUT_WANTED, seq);
}

/* Everything of the batch up to but without COMMIT. SQLite's code. */
static int put_batch(struct ptn_copy *copy, struct batch *batch)
{
    struct ptn_ledger *base = copy->base;
    struct ptn_ledger_writing writing = { base, SQLITE_OK };
    struct ptn_range range = copy->held;
    int rc = SQLITE_OK;

    batch->payloads = 0;
    batch->missing = 0;
    for (size_t i = 0; rc == SQLITE_OK && i < batch->count; i++) {
        rc = put_row(copy, batch->first + i, batch->leaves[i], &batch->hashes[i], batch);
        if (rc != SQLITE_OK)
            break;
        if (!ptn_ok(ptn_range_add(base->hasher, &range, &batch->hashes[i], ptn_ledger_put_subtree,
                                  &writing)))
            rc = writing.rc != SQLITE_OK ? writing.rc : SQLITE_IOERR;
    }
    if (rc == SQLITE_OK && batch->fulfilled < copy->accepted_count) {
        const struct ptn_copy_accepted *fulfilled = &copy->accepted[batch->fulfilled];

        rc = ptn_ledger_put_head_note(base, &batch->proved, ptn_buffer_bytes(&fulfilled->note));
        if (rc == SQLITE_OK)
            rc = ptn_copy_run_u64(copy, PTN_COPY_CUT_ACCEPTED, fulfilled->size);
    }
    if (rc == SQLITE_OK)
        rc = ptn_copy_run_u64(copy, PTN_COPY_PUT_NEXT, batch->held.size);
    return rc;
}

/* ---- reading it back ---- */

static struct ptn_status read_back_payload(struct ptn_copy *copy, uint64_t seq,
                                           struct ptn_bytes leaf, sqlite3_stmt *payloads, int *rc,
                                           size_t *found)
{
    struct ptn_ledger_header header;
    struct ptn_status status;

    if (*rc == SQLITE_DONE ||
        (*rc == SQLITE_ROW && (uint64_t)sqlite3_column_int64(payloads, 0) != seq))
        return PTN_OK; /* a payload that is wanted still */
    if (*rc != SQLITE_ROW)
        return ptn_store_status(*rc, NULL, NULL);
    status = ptn_ledger_header_parse(leaf, &header, NULL);
    if (!ptn_ok(status))
        return (struct ptn_status){ PTN_C_CORRUPT };
    status =
        ptn_ledger_check_sealed(copy->base->hasher, &header, ptn_store_blob(payloads, 1), NULL);
    *rc = sqlite3_step(payloads);
    (*found)++;
    return status;
}

static struct ptn_status read_back_rows(struct ptn_copy *copy, const struct batch *batch)
{
    struct ptn_ledger *base = copy->base;
    uint64_t end = batch->first + batch->count;
    sqlite3_stmt *entries = ptn_store_query(base, PTN_LEDGER_GET_ENTRIES, batch->first, end, 0);
    sqlite3_stmt *payloads = ptn_store_query(base, PTN_LEDGER_GET_PAYLOADS, batch->first, end, 0);
    struct ptn_status status = PTN_OK;
    size_t found = 0;
    int rc = sqlite3_step(payloads);

    for (size_t i = 0; ptn_ok(status) && i < batch->count; i++) {
        struct ptn_hash hash;

        status = ptn_store_next(entries, batch->first + i);
        if (ptn_ok(status))
            status = ptn_ledger_check_leaf(base->hasher, ptn_store_blob(entries, 1),
                                           ptn_store_blob(entries, 2), &hash, NULL);
        if (ptn_ok(status) && !ptn_hash_equal(&hash, &batch->hashes[i]))
            status.code = PTN_C_CORRUPT;
        if (ptn_ok(status))
            status = read_back_payload(copy, batch->first + i, ptn_store_blob(entries, 1), payloads,
                                       &rc, &found);
    }
    if (ptn_ok(status) && found != batch->payloads)
        status.code = PTN_C_CORRUPT;
    (void)sqlite3_reset(entries);
    (void)sqlite3_reset(payloads);
    return status;
}

static struct ptn_status read_back(struct ptn_copy *copy, const struct batch *batch)
{
    struct ptn_ledger *base = copy->base;
    bool is_proved = batch->fulfilled < copy->accepted_count;
    struct ptn_ledger_head_row row = { 0 };
    uint64_t next = 0;
    int rc = ptn_store_run(base->statements[PTN_LEDGER_READ_BEGIN]);
    struct ptn_status status = ptn_store_status(rc, NULL, NULL);

    ptn_buffer_init(&row.note, PTN_HEAD_NOTE_LEN_MAX);
    if (ptn_ok(status))
        status = ptn_store_head(base, &row, NULL);
    if (ptn_ok(status))
        status = ptn_copy_count(copy, PTN_COPY_GET_STATE, &next);
    if (ptn_ok(status) && (next != batch->held.size ||
                           !ptn_range_equal(&row.range, is_proved ? &batch->proved : &base->range)))
        status.code = PTN_C_CORRUPT;
    if (ptn_ok(status))
        status = read_back_rows(copy, batch);
    ptn_buffer_release(&row.note);
    if (sqlite3_get_autocommit(base->reader) == 0)
        (void)ptn_store_run(base->statements[PTN_LEDGER_READ_END]);
    return status;
}

/* ---- the whole ---- */

/* What waited for these entries is durable now. */
static void release_waiting(struct ptn_copy *copy, const struct batch *batch)
{
    struct ptn_ledger_header header;

    for (size_t i = 0; ptn_waiting_len(copy->waiting) > 0 && i < batch->count; i++)
        if (ptn_ok(ptn_ledger_header_parse(batch->leaves[i], &header, NULL)) && header.has_payload)
            ptn_waiting_remove(copy->waiting, &header.sealed_sha256);
}

/* COPY-2: written, read back, and only then counted. */
static struct ptn_status write_batch(struct ptn_copy *copy, struct batch *batch,
                                     struct ptn_diag *reterr)
{
    struct ptn_ledger *base = copy->base;
    struct ptn_status status = ptn_copy_begin(copy, reterr);

    if (ptn_ok(status))
        status = ptn_copy_commit(copy, put_batch(copy, batch), reterr);
    if (!ptn_ok(status))
        return status;
    status = read_back(copy, batch);
    if (!ptn_ok(status))
        return ptn_copy_read_back_failed(copy, status, reterr);
    copy->held = batch->held;
    copy->missing += batch->missing;
    release_waiting(copy, batch);
    if (batch->fulfilled == copy->accepted_count)
        return PTN_OK;
    base->range = batch->proved;
    ptn_buffer_clear(&base->note);
    status = ptn_buffer_add(&base->note, ptn_buffer_bytes(&copy->accepted[batch->fulfilled].note));
    if (!ptn_ok(status)) {
        base->state = PTN_LEDGER_STOPPED;
        return ptn_fail(status.code, reterr, 0, "no memory: open the copy again");
    }
    ptn_copy_remove_accepted(copy, batch->fulfilled);
    /* Others on the way: fulfilled as well, or contradicted. */
    return batch->fulfilled > 0 ? ptn_copy_settle(copy, reterr) : PTN_OK;
}

/* Entries that lead to another root than the largest checkpoint's: what they proved on the way
 * stays, the rest goes. */
static struct ptn_status refuse(struct ptn_copy *copy, struct batch *batch, struct ptn_diag *reterr)
{
    struct ptn_status status = PTN_OK;

    if (batch->fulfilled < copy->accepted_count) {
        batch->count = (size_t)(batch->proved.size - batch->first);
        batch->held = batch->proved;
        status = write_batch(copy, batch, reterr);
    } else if (copy->held.size > copy->base->range.size) {
        status = ptn_copy_drop(copy, reterr);
    }
    if (!ptn_ok(status))
        return status;
    return ptn_fail(PTN_C_CORRUPT, reterr, 0,
                    "the entries do not lead to the signed root: dropped");
}

/* The hashes of the leaves are in copy->hashes. */
static struct ptn_status take(struct ptn_copy *copy, uint64_t first, const struct ptn_bytes *leaves,
                              size_t count, struct ptn_diag *reterr)
{
    struct batch batch = { .first = copy->held.size };
    size_t skip = (size_t)(copy->held.size - first);
    struct ptn_status status;

    if (skip >= count)
        return PTN_OK;
    batch.leaves = leaves + skip;
    batch.hashes = copy->hashes + skip;
    batch.count = count - skip;
    status = work_out(copy, &batch);
    if (!ptn_ok(status))
        return ptn_fail(status.code, reterr, 0, "SHA-256 refused");
    return batch.is_wrong ? refuse(copy, &batch, reterr) : write_batch(copy, &batch, reterr);
}

static struct ptn_status check_bounds(const struct ptn_copy *copy, uint64_t first, size_t count,
                                      struct ptn_diag *reterr)
{
    if (count > PTN_LEDGER_BATCH_MAX)
        return ptn_fail(PTN_C_TOO_BIG, reterr, PTN_LEDGER_BATCH_MAX, "too many entries in a batch");
    if (first > copy->held.size)
        return ptn_fail(PTN_C_BUSY, reterr, 0, "entries before these are missing");
    if (count > ptn_copy_pending_size(copy) - first) /* first is not past it: held is not */
        return ptn_fail(PTN_C_TOO_BIG, reterr, 0, "entries past the largest accepted checkpoint");
    return PTN_OK;
}

struct ptn_status ptn_copy_take_entries(struct ptn_copy *copy, uint64_t first,
                                        const struct ptn_bytes *leaves, size_t count,
                                        struct ptn_diag *reterr)
{
    struct ptn_status status = ptn_copy_ready(copy, reterr);

    if (ptn_ok(status))
        status = check_bounds(copy, first, count, reterr);
    if (ptn_ok(status))
        status = hash_leaves(copy, leaves, count, reterr);
    return ptn_ok(status) ? take(copy, first, leaves, count, reterr) : status;
}

/* ---- packages ---- */

/* The hashes of entries held, from the database. */
static struct ptn_status hash_held(struct ptn_copy *copy, uint64_t start, uint64_t end,
                                   struct ptn_range *range)
{
    struct ptn_ledger *base = copy->base;
    sqlite3_stmt *hashes = ptn_store_query(base, PTN_LEDGER_GET_HASHES, start, end, 0);
    struct ptn_status status = PTN_OK;

    for (uint64_t seq = start; ptn_ok(status) && seq < end; seq++) {
        struct ptn_bytes stored;
        struct ptn_hash hash;

        status = ptn_store_next(hashes, seq);
        stored = ptn_ok(status) ? ptn_store_blob(hashes, 1) : PTN_BYTES_NONE;
        if (ptn_ok(status) && stored.len != PTN_HASH_LEN)
            status.code = PTN_C_CORRUPT;
        if (!ptn_ok(status))
            break;
        memcpy(hash.at, stored.at, PTN_HASH_LEN);
        status = ptn_range_add(base->hasher, range, &hash, NULL, NULL);
    }
    (void)sqlite3_reset(hashes);
    return status;
}

/* The tree of the run's entries from start on: those held, then those that came (their hashes are
 * in copy->hashes, from index first on). A run starts where a full subtree does, so that what is
 * held of the last one is in the tree in memory already. */
static struct ptn_status hash_run(struct ptn_copy *copy, uint64_t start, uint64_t first,
                                  uint64_t end, struct ptn_hash *ret_hash)
{
    struct ptn_hasher *hasher = copy->base->hasher;
    uint64_t seq = copy->held.size < end ? copy->held.size : end;
    struct ptn_range range = { 0 };
    struct ptn_status status = PTN_OK;

    if (seq == copy->held.size && seq - start < PTN_COPY_PACKAGE_MAX) {
        range.size = seq - start;
        for (unsigned height = 0; range.size >> height != 0; height++)
            range.nodes[height] = copy->held.nodes[height];
    } else {
        status = hash_held(copy, start, seq, &range);
    }
    for (; ptn_ok(status) && seq < end; seq++)
        status = ptn_range_add(hasher, &range, &copy->hashes[seq - first], NULL, NULL);
    return ptn_ok(status) ? ptn_range_root(hasher, &range, ret_hash) : status;
}

static struct ptn_status prove_package(struct ptn_copy *copy, uint64_t first, uint64_t end,
                                       uint64_t size, const struct ptn_hash *root,
                                       const struct ptn_proof *proof, struct ptn_diag *reterr)
{
    uint64_t start = first - first % PTN_COPY_PACKAGE_MAX;
    struct ptn_hash subtree;
    struct ptn_status status = hash_run(copy, start, first, end, &subtree);

    if (!ptn_ok(status))
        return ptn_fail(status.code, reterr, 0, "the stored hashes cannot be read");
    status = ptn_subtree_check(copy->base->hasher, start, end, size, &subtree, root, proof->hashes,
                               proof->count, reterr);
    if (status.code == PTN_C_CORRUPT)
        status.code = PTN_C_BAD_INPUT;
    return status;
}

struct ptn_status ptn_copy_take_package(struct ptn_copy *copy, uint64_t first,
                                        const struct ptn_bytes *leaves, size_t count, uint64_t size,
                                        const struct ptn_proof *proof, struct ptn_diag *reterr)
{
    struct ptn_hash root;
    struct ptn_status status = ptn_copy_ready(copy, reterr);

    if (ptn_ok(status))
        status = check_bounds(copy, first, count, reterr);
    if (ptn_ok(status) && (count == 0 || first + count > size ||
                           first % PTN_COPY_PACKAGE_MAX + count > PTN_COPY_PACKAGE_MAX))
        status = ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "not a package of one run of 256");
    if (ptn_ok(status))
        status = ptn_copy_known_root(copy, size, &root, reterr);
    if (ptn_ok(status))
        status = hash_leaves(copy, leaves, count, reterr);
    if (ptn_ok(status))
        status = prove_package(copy, first, first + count, size, &root, proof, reterr);
    return ptn_ok(status) ? take(copy, first, leaves, count, reterr) : status;
}
