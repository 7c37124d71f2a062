#include "ledger/serving.h"

#include "ledger/copy_int.h"

/*
 * A run of entries: two questions to the database for all of it. Asked one by one, each entry costs
 * SQLite a transaction, and that is more than what is read in it.
 */

/* The payload of the entry, which lies in the row at hand or in none; *rc is the last step's. */
static struct ptn_status look_at_payload(struct ptn_ledger *store, sqlite3_stmt *payloads, int *rc,
                                         struct ptn_serving_entry *entry, struct ptn_diag *reterr)
{
    struct ptn_status status;

    while (*rc == SQLITE_ROW && (uint64_t)sqlite3_column_int64(payloads, 0) < entry->index)
        *rc = sqlite3_step(payloads); /* a row of an entry that names none */
    if (*rc != SQLITE_ROW && *rc != SQLITE_DONE)
        return ptn_store_status(*rc, reterr, "a payload cannot be read");
    entry->payload = PTN_SERVING_GONE;
    if (*rc == SQLITE_DONE || (uint64_t)sqlite3_column_int64(payloads, 0) > entry->index)
        return PTN_OK;
    entry->sealed = ptn_store_blob(payloads, 1);
    status = ptn_ledger_check_sealed(store->hasher, &entry->header, entry->sealed, reterr);
    entry->payload = ptn_ok(status) ? PTN_SERVING_HERE : PTN_SERVING_DAMAGED;
    return status.code == PTN_C_CORRUPT ? PTN_OK : status;
}

static struct ptn_status run(struct ptn_ledger *store, uint64_t first, uint64_t end,
                             bool with_payloads, ptn_serving_entry_fn take, void *context,
                             struct ptn_diag *reterr)
{
    sqlite3_stmt *entries = ptn_store_query(store, PTN_LEDGER_GET_ENTRIES, first, end, 0);
    sqlite3_stmt *payloads =
        with_payloads ? ptn_store_query(store, PTN_LEDGER_GET_PAYLOADS, first, end, 0) : NULL;
    struct ptn_status status = PTN_OK;
    int rc = SQLITE_ROW;

    for (uint64_t index = first; ptn_ok(status) && index < end; index++) {
        struct ptn_serving_entry entry = { .index = index, .payload = PTN_SERVING_NONE };
        struct ptn_hash hash;

        status = ptn_store_next(entries, index);
        if (!ptn_ok(status)) {
            status = ptn_fail(status.code, reterr, (size_t)index, "the entry cannot be read");
            break;
        }
        if (index == first && with_payloads)
            rc = sqlite3_step(payloads);
        entry.leaf = ptn_store_blob(entries, 1);
        status = ptn_ledger_check_leaf(store->hasher, entry.leaf, ptn_store_blob(entries, 2), &hash,
                                       reterr);
        if (ptn_ok(status) && !ptn_ok(ptn_ledger_header_parse(entry.leaf, &entry.header, NULL)))
            status = ptn_fail(PTN_C_CORRUPT, reterr, (size_t)index, "the entry is no entry");
        if (ptn_ok(status) && with_payloads && entry.header.has_payload)
            status = look_at_payload(store, payloads, &rc, &entry, reterr);
        if (ptn_ok(status))
            status = take(context, &entry);
    }
    (void)sqlite3_reset(entries);
    (void)sqlite3_reset(payloads);
    return status;
}

struct ptn_status ptn_serving_run(struct ptn_ledger *ledger, uint64_t first, uint64_t end,
                                  bool with_payloads, ptn_serving_entry_fn take, void *context,
                                  struct ptn_diag *reterr)
{
    if (first > end || end > PTN_TREE_SIZE_MAX)
        return ptn_fail(PTN_C_NOT_FOUND, reterr, 0, "no such entries");
    return run(ledger, first, end, with_payloads, take, context, reterr);
}

struct ptn_status ptn_serving_copy_run(struct ptn_copy *copy, uint64_t first, uint64_t end,
                                       bool with_payloads, ptn_serving_entry_fn take, void *context,
                                       struct ptn_diag *reterr)
{
    if (first > end || end > copy->base->range.size)
        return ptn_fail(PTN_C_NOT_FOUND, reterr, 0, "no such entries are proved here");
    return run(copy->base, first, end, with_payloads, take, context, reterr);
}
