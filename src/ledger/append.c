#include "ledger/ledger_int.h"

#include <stdlib.h>

#define MS_PER_DAY 86400000

/* Seal one entry's payload in the scheme that it takes. own is kept from entry to entry: a batch
 * has few days. */
static struct ptn_status seal(struct ptn_ledger *ledger, const struct ptn_ledger_entry *entry,
                              uint64_t index, struct ptn_epoch *own,
                              struct ptn_ledger_header *header)
{
    uint32_t day = (uint32_t)(entry->time_ms / MS_PER_DAY);
    const struct ptn_epoch *epoch;
    struct ptn_status status;

    if (entry->retention == PTN_RETENTION_PUBLIC)
        return ptn_seal_nothing(entry->payload, &ledger->sealed, header->commitment);
    epoch = ptn_sealing_epoch(&ledger->sealing, day, entry->retention);
    if (epoch == NULL && ptn_vault_locked(ledger->vault))
        return (struct ptn_status){ PTN_C_IO }; /* the lock names a key that cannot be sealed to */
    if (epoch == NULL) {
        if (own->day != day || own->retention != entry->retention)
            ptn_epoch_open(ledger->vault, day, entry->retention, own);
        epoch = own;
    }
    ptn_buffer_clear(&ledger->bound);
    status = ptn_ledger_bind(&ledger->bound, ledger->origin, index, header);
    if (!ptn_ok(status))
        return status;
    return ptn_seal(ledger->world, epoch, ptn_buffer_bytes(&ledger->bound), entry->payload,
                    &ledger->sealed, header->commitment);
}

/* Seal one entry's payload, write its leaf and hash both. */
static struct ptn_status prepare_entry(struct ptn_ledger *ledger,
                                       const struct ptn_ledger_entry *entry, uint64_t index,
                                       struct ptn_epoch *own, struct ptn_ledger_item *item)
{
    struct ptn_ledger_header header = { .kind = entry->kind,
                                        .time_ms = entry->time_ms,
                                        .rung = entry->rung,
                                        .retention = entry->retention };
    struct ptn_bytes sealed;
    struct ptn_status status = PTN_OK;

    *item =
        (struct ptn_ledger_item){ .leaf_at = ledger->leaves.len, .sealed_at = ledger->sealed.len };
    if (entry->payload.len > 0) {
        status = seal(ledger, entry, index, own, &header);
        if (!ptn_ok(status))
            return status;
        item->sealed_len = ledger->sealed.len - item->sealed_at;
        sealed = ptn_bytes_of(ledger->sealed.at + item->sealed_at, item->sealed_len);
        status = ptn_hasher_digest(ledger->hasher, &sealed, 1, item->sealed_sha256.at);
        header.has_payload = true;
        header.sealed_len = (uint32_t)item->sealed_len;
        header.sealed_sha256 = item->sealed_sha256;
    }
    if (ptn_ok(status))
        status = ptn_ledger_header_write(&ledger->leaves, &header);
    item->leaf_len = ledger->leaves.len - item->leaf_at;
    if (ptn_ok(status))
        status = ptn_tree_leaf(ledger->hasher,
                               ptn_bytes_of(ledger->leaves.at + item->leaf_at, item->leaf_len),
                               &item->leaf_hash);
    return status;
}

static struct ptn_status make_room(struct ptn_ledger *ledger, size_t count)
{
    struct ptn_ledger_item *items;
    struct ptn_bytes *views;

    if (count <= ledger->item_max)
        return PTN_OK;
    items = realloc(ledger->items, count * sizeof(*items));
    if (items != NULL)
        ledger->items = items;
    views = realloc(ledger->copy_views, 2 * count * sizeof(*views));
    if (views != NULL)
        ledger->copy_views = views;
    if (items == NULL || views == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    ledger->item_max = count;
    return PTN_OK;
}

/* *ret_ahead: how many epoch entries the batch has in front of the caller's. */
static struct ptn_status prepare_batch(struct ptn_ledger *ledger,
                                       const struct ptn_ledger_entry *entries, size_t count,
                                       size_t *ret_ahead, struct ptn_diag *reterr)
{
    /* A retention class and a day that no entry has: the first one opens its epoch. */
    struct ptn_epoch own = { .day = UINT32_MAX };
    size_t ahead = 0;
    struct ptn_status status;

    ptn_buffer_clear(&ledger->leaves);
    ptn_buffer_clear(&ledger->sealed);
    for (size_t i = 0; i < count; i++)
        if (entries[i].time_ms < 0 || entries[i].time_ms / MS_PER_DAY >= UINT32_MAX)
            return ptn_fail(PTN_C_BAD_INPUT, reterr, i, "the entry has a time that no clock shows");
    status = ptn_sealing_begin(&ledger->sealing, ledger, entries, count, &ahead);
    if (ptn_ok(status))
        status = make_room(ledger, ahead + count);
    if (!ptn_ok(status))
        (void)ptn_fail(status.code, reterr, 0, "no memory for the batch");
    for (size_t i = 0; ptn_ok(status) && i < ahead + count; i++) {
        struct ptn_ledger_entry entry =
            i < ahead ? ptn_sealing_entry(&ledger->sealing, entries, i) : entries[i - ahead];

        status = prepare_entry(ledger, &entry, ledger->range.size + i, &own, &ledger->items[i]);
        if (!ptn_ok(status))
            (void)ptn_fail(status.code, reterr, i < ahead ? 0 : i - ahead,
                           "the entry cannot be sealed and hashed");
    }
    ptn_epoch_forget(&own);
    *ret_ahead = ahead;
    return status;
}

static int put_rows(struct ptn_ledger *ledger, uint64_t seq, const struct ptn_ledger_item *item)
{
    sqlite3_stmt *entry = ledger->statements[PTN_LEDGER_PUT_ENTRY];
    sqlite3_stmt *payload = ledger->statements[PTN_LEDGER_PUT_PAYLOAD];
    int rc;

    (void)sqlite3_bind_int64(entry, 1, (sqlite3_int64)seq);
    (void)sqlite3_bind_blob64(entry, 2, ledger->leaves.at + item->leaf_at, item->leaf_len,
                              SQLITE_STATIC);
    (void)sqlite3_bind_blob(entry, 3, item->leaf_hash.at, PTN_HASH_LEN, SQLITE_STATIC);
    rc = ptn_store_run(entry);
    if (rc != SQLITE_OK || item->sealed_len == 0)
        return rc;
    (void)sqlite3_bind_int64(payload, 1, (sqlite3_int64)seq);
    (void)sqlite3_bind_blob64(payload, 2, ledger->sealed.at + item->sealed_at, item->sealed_len,
                              SQLITE_STATIC);
    return ptn_store_run(payload);
}

/* Everything of the batch up to but without COMMIT. range becomes the tree with the batch in it. */
static struct ptn_status put_batch(struct ptn_ledger_writing *writing, size_t count,
                                   struct ptn_range *range)
{
    struct ptn_ledger *ledger = writing->ledger;
    struct ptn_status status = PTN_OK;

    writing->rc = ptn_store_run(ledger->statements[PTN_LEDGER_BEGIN]);
    for (size_t i = 0; writing->rc == SQLITE_OK && ptn_ok(status) && i < count; i++) {
        writing->rc = put_rows(ledger, range->size, &ledger->items[i]);
        if (writing->rc == SQLITE_OK)
            status = ptn_range_add(ledger->hasher, range, &ledger->items[i].leaf_hash,
                                   ptn_ledger_put_subtree, writing);
    }
    if (writing->rc == SQLITE_OK && ptn_ok(status))
        writing->rc = ptn_ledger_put_head(ledger, range);
    return status;
}

/* Read the rows of the batch back through the other connection and hash them again. */
static struct ptn_status read_back_rows(struct ptn_ledger *ledger, uint64_t first, size_t count)
{
    sqlite3_stmt *entries =
        ptn_store_query(ledger, PTN_LEDGER_GET_ENTRIES, first, first + count, 0);
    sqlite3_stmt *payloads =
        ptn_store_query(ledger, PTN_LEDGER_GET_PAYLOADS, first, first + count, 0);
    struct ptn_status status = PTN_OK;

    for (size_t i = 0; ptn_ok(status) && i < count; i++) {
        const struct ptn_ledger_item *item = &ledger->items[i];
        struct ptn_hash hash;
        struct ptn_bytes sealed;

        status = ptn_store_next(entries, first + i);
        if (ptn_ok(status))
            status = ptn_ledger_check_leaf(ledger->hasher, ptn_store_blob(entries, 1),
                                           ptn_store_blob(entries, 2), &hash, NULL);
        if (ptn_ok(status) && !ptn_hash_equal(&hash, &item->leaf_hash))
            status.code = PTN_C_CORRUPT;
        if (!ptn_ok(status) || item->sealed_len == 0)
            continue;
        status = ptn_store_next(payloads, first + i);
        if (!ptn_ok(status))
            continue;
        sealed = ptn_store_blob(payloads, 1);
        status = ptn_hasher_digest(ledger->hasher, &sealed, 1, hash.at);
        if (ptn_ok(status) && !ptn_hash_equal(&hash, &item->sealed_sha256))
            status.code = PTN_C_CORRUPT;
    }
    (void)sqlite3_reset(entries);
    (void)sqlite3_reset(payloads);
    return status;
}

static struct ptn_status read_back(struct ptn_ledger *ledger, size_t count,
                                   const struct ptn_range *range, struct ptn_diag *reterr)
{
    struct ptn_ledger_head_row row;
    int rc = ptn_store_run(ledger->statements[PTN_LEDGER_READ_BEGIN]);
    struct ptn_status status = ptn_store_status(rc, NULL, NULL);

    ptn_buffer_init(&row.note, PTN_HEAD_NOTE_LEN_MAX);
    if (ptn_ok(status))
        status = ptn_store_head(ledger, &row, NULL);
    if (ptn_ok(status) && !ptn_range_equal(&row.range, range))
        status.code = PTN_C_CORRUPT;
    if (ptn_ok(status))
        status = read_back_rows(ledger, range->size - count, count);
    ptn_buffer_release(&row.note);
    if (sqlite3_get_autocommit(ledger->reader) == 0)
        (void)ptn_store_run(ledger->statements[PTN_LEDGER_READ_END]);
    if (ptn_ok(status))
        return status;
    ledger->state = status.code == PTN_C_CORRUPT ? PTN_LEDGER_BROKEN : PTN_LEDGER_STOPPED;
    if (status.code == PTN_C_CORRUPT)
        return ptn_fail(PTN_C_CORRUPT, reterr, 0, "what was read back is not what was written");
    return ptn_fail(
        PTN_C_IO, reterr, 0,
        "the batch could not be read back: open the ledger again to learn what was kept");
}

static void hand_over(struct ptn_ledger *ledger, uint64_t first, size_t count)
{
    struct ptn_ledger_batch batch = { .origin = ledger->origin,
                                      .first = first,
                                      .count = count,
                                      .leaves = ledger->copy_views,
                                      .sealed = ledger->copy_views + count,
                                      .checkpoint = ptn_buffer_bytes(&ledger->note) };

    if (ledger->copy == NULL)
        return;
    for (size_t i = 0; i < count; i++) {
        const struct ptn_ledger_item *item = &ledger->items[i];

        ledger->copy_views[i] = ptn_bytes_of(ledger->leaves.at + item->leaf_at, item->leaf_len);
        ledger->copy_views[count + i] =
            item->sealed_len == 0
                ? PTN_BYTES_NONE
                : ptn_bytes_of(ledger->sealed.at + item->sealed_at, item->sealed_len);
    }
    ledger->copy(ledger->copy_context, &batch);
}

/* Write the prepared batch, read it back, sign and publish. LEDGER-2, and with it LEDGER-1. */
static struct ptn_status keep_batch(struct ptn_ledger *ledger, size_t count,
                                    struct ptn_diag *reterr)
{
    struct ptn_ledger_writing writing = { ledger, SQLITE_OK };
    struct ptn_range range = ledger->range;
    struct ptn_status status = put_batch(&writing, count, &range);

    if (writing.rc == SQLITE_OK && !ptn_ok(status))
        writing.rc = SQLITE_IOERR; /* SHA-256 refused */
    if (writing.rc == SQLITE_OK)
        writing.rc = ptn_store_run(ledger->statements[PTN_LEDGER_COMMIT]);
    if (writing.rc != SQLITE_OK)
        return ptn_ledger_write_failed(ledger, writing.rc, reterr);

    status = read_back(ledger, count, &range, reterr);
    if (!ptn_ok(status))
        return status;
    ledger->range = range;
    status = ptn_ledger_publish(ledger, reterr);
    if (!ptn_ok(status)) {
        ledger->state = PTN_LEDGER_STOPPED;
        return ptn_fail(PTN_C_IO, reterr, 0,
                        "the batch is kept but its checkpoint is not published");
    }
    return PTN_OK;
}

struct ptn_status ptn_ledger_append(struct ptn_ledger *ledger,
                                    const struct ptn_ledger_entry *entries, size_t count,
                                    uint64_t *ret_first, struct ptn_diag *reterr)
{
    uint64_t first = ledger->range.size;
    size_t ahead = 0;
    struct ptn_status status = ptn_ledger_may_write(ledger, reterr);

    if (!ptn_ok(status))
        return status;
    if (count == 0)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "a batch of no entries");
    if (count > PTN_LEDGER_BATCH_MAX || 2 * (uint64_t)count > PTN_TREE_SIZE_MAX - first)
        return ptn_fail(PTN_C_TOO_BIG, reterr, PTN_LEDGER_BATCH_MAX, "too many entries in a batch");
    status = prepare_batch(ledger, entries, count, &ahead, reterr);
    if (ptn_ok(status))
        status = keep_batch(ledger, ahead + count, reterr);
    ptn_sealing_end(&ledger->sealing, ptn_ok(status));
    if (!ptn_ok(status))
        return status;
    hand_over(ledger, first, ahead + count);
    if (ledger->log_pages > PTN_LEDGER_LOG_PAGES_MAX)
        (void)ptn_ledger_fold(ledger);
    *ret_first = first + ahead;
    return PTN_OK;
}

/* ---- housekeeping ---- */

struct ptn_status ptn_ledger_tidy(struct ptn_ledger *ledger, struct ptn_diag *reterr)
{
    int rc;

    if (ledger->state != PTN_LEDGER_READY && ledger->state != PTN_LEDGER_FULL)
        return ptn_fail(PTN_C_IO, reterr, 0, "the ledger is not writing");
    if (ledger->log_pages == 0)
        return PTN_OK;
    rc = ptn_ledger_fold(ledger);
    if ((rc & 0xff) == SQLITE_FULL)
        return ptn_fail(PTN_C_IO, reterr, 0, "the disk is full: the log stays as it is");
    return ptn_store_status(rc, reterr, "the log cannot be folded in");
}
