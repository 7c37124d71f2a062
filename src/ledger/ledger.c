#include "ledger/ledger_int.h"

/* What opening, appending, reading and proving share. */

#define RANGE_LEN_MAX (63u * PTN_HASH_LEN)

enum ptn_ledger_state ptn_ledger_state(const struct ptn_ledger *ledger)
{
    return ledger->state;
}

void ptn_ledger_on_append(struct ptn_ledger *ledger, ptn_ledger_copy_fn copy, void *context)
{
    ledger->copy = copy;
    ledger->copy_context = context;
}

const char *ptn_ledger_origin(const struct ptn_ledger *ledger)
{
    return ledger->origin;
}

/* Sign the tree as it is in memory into ledger->note. */
struct ptn_status ptn_ledger_sign(struct ptn_ledger *ledger, struct ptn_diag *reterr)
{
    struct ptn_checkpoint checkpoint = { .origin = ptn_bytes_from_text(ledger->origin),
                                         .size = ledger->range.size };
    struct ptn_buffer text;
    struct ptn_status status = ptn_range_root(ledger->hasher, &ledger->range, &checkpoint.root);

    ptn_buffer_init(&text, PTN_HEAD_NOTE_LEN_MAX);
    if (ptn_ok(status))
        status = ptn_checkpoint_write(&text, &checkpoint);
    ptn_buffer_clear(&ledger->note);
    if (ptn_ok(status))
        status = ptn_note_sign(ledger->vault, PTN_ROLE_LEDGER, checkpoint.origin,
                               ptn_buffer_bytes(&text), &ledger->note, reterr);
    else
        status = ptn_fail(status.code, reterr, 0, "the checkpoint cannot be written");
    ptn_buffer_release(&text);
    return status;
}

/* Sign and publish. LEDGER-2. */
struct ptn_status ptn_ledger_publish(struct ptn_ledger *ledger, struct ptn_diag *reterr)
{
    struct ptn_status status = ptn_ledger_sign(ledger, reterr);

    if (!ptn_ok(status))
        return status;
    return ptn_store_status(
        ptn_head_write(&ledger->head, ledger->range.size, ptn_buffer_bytes(&ledger->note)), reterr,
        "the checkpoint cannot be published");
}

struct ptn_status ptn_ledger_bind(struct ptn_buffer *out, const char *origin, uint64_t index,
                                  const struct ptn_ledger_header *header)
{
    struct ptn_ledger_header bare = *header;
    struct ptn_status status = ptn_buffer_add_text(out, "postern.entry/v1\n");

    bare.has_payload = false;
    if (ptn_ok(status))
        status = ptn_buffer_add_text(out, origin);
    if (ptn_ok(status))
        status = ptn_buffer_add_text(out, "\n");
    if (ptn_ok(status))
        status = ptn_buffer_add_decimal(out, (int64_t)index);
    if (ptn_ok(status))
        status = ptn_buffer_add_text(out, "\n");
    if (ptn_ok(status))
        status = ptn_ledger_header_write(out, &bare);
    return status;
}

static size_t pack_range(const struct ptn_range *range, uint8_t ret_blob[RANGE_LEN_MAX])
{
    size_t len = 0;

    for (unsigned height = 0; height < 63; height++) {
        if ((range->size >> height & 1) == 0)
            continue;
        memcpy(ret_blob + len, range->nodes[height].at, PTN_HASH_LEN);
        len += PTN_HASH_LEN;
    }
    return len;
}

int ptn_ledger_put_head(struct ptn_ledger *ledger, const struct ptn_range *range)
{
    return ptn_ledger_put_head_note(ledger, range, ptn_buffer_bytes(&ledger->note));
}

int ptn_ledger_put_head_note(struct ptn_ledger *ledger, const struct ptn_range *range,
                             struct ptn_bytes note)
{
    sqlite3_stmt *statement = ledger->statements[PTN_LEDGER_PUT_HEAD];
    uint8_t blob[RANGE_LEN_MAX];
    size_t len = pack_range(range, blob);
    int rc;

    (void)sqlite3_bind_int64(statement, 1, (sqlite3_int64)range->size);
    /* A zero-length blob needs a pointer all the same: NULL would be SQL's NULL. */
    (void)sqlite3_bind_blob(statement, 2, blob, (int)len, SQLITE_STATIC);
    (void)sqlite3_bind_blob64(statement, 3, note.at == NULL ? blob : note.at, note.len,
                              SQLITE_STATIC);
    rc = ptn_store_run(statement);
    (void)sqlite3_clear_bindings(statement);
    return rc;
}

/* LEDGER-5: the tree covers these bytes, as they are stored. */
struct ptn_status ptn_ledger_check_leaf(struct ptn_hasher *hasher, struct ptn_bytes leaf,
                                        struct ptn_bytes stored_hash, struct ptn_hash *ret_hash,
                                        struct ptn_diag *reterr)
{
    struct ptn_status status;

    if (leaf.len > PTN_LEDGER_LEAF_LEN_MAX)
        return ptn_fail(PTN_C_CORRUPT, reterr, 0, "an entry is longer than any can be");
    status = ptn_tree_leaf(hasher, leaf, ret_hash);
    if (!ptn_ok(status))
        return ptn_fail(status.code, reterr, 0, "SHA-256 refused");
    if (stored_hash.len != PTN_HASH_LEN || memcmp(stored_hash.at, ret_hash->at, PTN_HASH_LEN) != 0)
        return ptn_fail(PTN_C_CORRUPT, reterr, 0,
                        "an entry does not hash to what stands beside it");
    return PTN_OK;
}

struct ptn_status ptn_ledger_check_sealed(struct ptn_hasher *hasher,
                                          const struct ptn_ledger_header *header,
                                          struct ptn_bytes sealed, struct ptn_diag *reterr)
{
    struct ptn_hash hash;
    struct ptn_status status;

    if (!header->has_payload || sealed.len != header->sealed_len)
        return ptn_fail(PTN_C_CORRUPT, reterr, 0, "a payload is not as long as its entry says");
    status = ptn_hasher_digest(hasher, &sealed, 1, hash.at);
    if (!ptn_ok(status))
        return ptn_fail(status.code, reterr, 0, "SHA-256 refused");
    if (!ptn_hash_equal(&hash, &header->sealed_sha256))
        return ptn_fail(PTN_C_CORRUPT, reterr, 0, "a payload does not hash to what its entry says");
    return PTN_OK;
}

/* The next row of a range query, which must be number seq. */
struct ptn_status ptn_store_next(sqlite3_stmt *statement, uint64_t seq)
{
    int rc = sqlite3_step(statement);

    if (rc == SQLITE_ROW && (uint64_t)sqlite3_column_int64(statement, 0) == seq)
        return PTN_OK;
    if (rc == SQLITE_ROW || rc == SQLITE_DONE)
        return (struct ptn_status){ PTN_C_CORRUPT };
    return ptn_store_status(rc, NULL, NULL);
}

/* ---- writing ---- */

/*
 * Fold the log in as far as readers allow, and make the last published checkpoint durable. All
 * commits are safe in the log whatever happens here, but for a disk that fails.
 */
int ptn_ledger_fold(struct ptn_ledger *ledger)
{
    int rc = sqlite3_wal_checkpoint_v2(ledger->writer, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);

    if (rc == SQLITE_OK)
        rc = ptn_head_sync(&ledger->head);
    if (rc == SQLITE_OK)
        ledger->log_pages = 0;
    if ((rc & 0xff) == SQLITE_IOERR && rc != SQLITE_IOERR_NOMEM)
        ledger->state = PTN_LEDGER_STOPPED;
    return rc;
}

struct ptn_status ptn_ledger_put_subtree(void *context, unsigned height, uint64_t index,
                                         const struct ptn_hash *hash)
{
    struct ptn_ledger_writing *writing = context;
    sqlite3_stmt *statement = writing->ledger->statements[PTN_LEDGER_PUT_SUBTREE];

    if (height == 0 || height % 8 != 0)
        return PTN_OK;
    (void)sqlite3_bind_int64(statement, 1, height / 8);
    (void)sqlite3_bind_int64(statement, 2, (sqlite3_int64)index);
    (void)sqlite3_bind_blob(statement, 3, hash->at, PTN_HASH_LEN, SQLITE_STATIC);
    writing->rc = ptn_store_run(statement);
    return (struct ptn_status){ writing->rc == SQLITE_OK ? PTN_C_OK : PTN_C_IO };
}

/*
 * A transaction failed with rc: what is known of it, and what state that leaves. Only a full disk,
 * no memory and a busy lock are sure not to have left a committed batch on the disk.
 */
struct ptn_status ptn_ledger_write_failed(struct ptn_ledger *ledger, int rc,
                                          struct ptn_diag *reterr)
{
    if (sqlite3_get_autocommit(ledger->writer) == 0)
        (void)ptn_store_run(ledger->statements[PTN_LEDGER_ROLLBACK]);
    if (sqlite3_get_autocommit(ledger->writer) == 0)
        ledger->state = PTN_LEDGER_STOPPED;
    switch (rc & 0xff) {
    case SQLITE_FULL:
        if (ledger->state == PTN_LEDGER_READY)
            ledger->state = PTN_LEDGER_FULL;
        if (ledger->reserve.file != NULL)
            (void)ptn_reserve_give_up(&ledger->reserve);
        (void)ptn_ledger_fold(ledger);
        return ptn_fail(PTN_C_IO, reterr, 0, "the disk is full: nothing was kept");
    case SQLITE_NOMEM:
        return ptn_fail(PTN_C_NO_MEMORY, reterr, 0, "no memory: nothing was kept");
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return ptn_fail(PTN_C_BUSY, reterr, 0, "the ledger is locked: nothing was kept");
    default:
        break;
    }
    if (rc == SQLITE_IOERR_NOMEM)
        return ptn_fail(PTN_C_NO_MEMORY, reterr, 0, "no memory: nothing was kept");
    ledger->state = PTN_LEDGER_STOPPED;
    return ptn_store_status(rc, reterr,
                            "a write failed: open the ledger again to learn what was kept");
}

bool ptn_range_equal(const struct ptn_range *a, const struct ptn_range *b)
{
    if (a->size != b->size)
        return false;
    for (unsigned height = 0; height < 63; height++)
        if ((a->size >> height & 1) != 0 && !ptn_hash_equal(&a->nodes[height], &b->nodes[height]))
            return false;
    return true;
}

struct ptn_status ptn_ledger_may_write(struct ptn_ledger *ledger, struct ptn_diag *reterr)
{
    switch (ledger->state) {
    case PTN_LEDGER_READY:
        return PTN_OK;
    case PTN_LEDGER_FULL:
        if (ledger->reserve.file != NULL && ptn_reserve_take(&ledger->reserve) != SQLITE_OK)
            return ptn_fail(PTN_C_IO, reterr, 0, "the disk is full: nothing was kept");
        ledger->state = PTN_LEDGER_READY;
        return PTN_OK;
    case PTN_LEDGER_STOPPED:
        return ptn_fail(PTN_C_IO, reterr, 0, "a write failed before: open the ledger again");
    case PTN_LEDGER_BROKEN:
        return ptn_fail(PTN_C_CORRUPT, reterr, 0, "the ledger was found broken");
    case PTN_LEDGER_RETIRED: /* FOLLOW-5 */
        return ptn_fail(PTN_C_IO, reterr, 0,
                        "the ledger went back: it signs nothing more (postern recover)");
    case PTN_LEDGER_READING:
        break;
    }
    return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "the ledger is open for reading");
}
