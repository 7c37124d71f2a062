#include "ledger/copy_int.h"

/* The payload of a proved entry, as it is sealed. */
static struct ptn_status read_sealed(struct ptn_copy *copy, uint64_t index,
                                     const struct ptn_ledger_header *header,
                                     struct ptn_buffer *sealed, struct ptn_diag *reterr)
{
    struct ptn_ledger *base = copy->base;
    sqlite3_stmt *payloads = ptn_store_query(base, PTN_LEDGER_GET_PAYLOADS, index, index + 1, 0);
    int rc = sqlite3_step(payloads);
    struct ptn_status status = ptn_store_status(rc, reterr, "the payload cannot be read");

    if (ptn_ok(status) && rc != SQLITE_ROW)
        status = ptn_fail(PTN_C_NOT_FOUND, reterr, (size_t)index, "the payload is not here");
    if (ptn_ok(status))
        status = ptn_ledger_check_sealed(base->hasher, header, ptn_store_blob(payloads, 1), reterr);
    if (ptn_ok(status))
        status = ptn_buffer_add(sealed, ptn_store_blob(payloads, 1));
    (void)sqlite3_reset(payloads);
    return status;
}

struct ptn_status ptn_copy_read(struct ptn_copy *copy, uint64_t index,
                                struct ptn_ledger_header *ret_header, struct ptn_buffer *sealed,
                                struct ptn_diag *reterr)
{
    struct ptn_ledger *base = copy->base;
    struct ptn_ledger_header header = { 0 };
    struct ptn_hash hash;
    sqlite3_stmt *entries;
    struct ptn_status status;

    if (index >= base->range.size)
        return ptn_fail(PTN_C_NOT_FOUND, reterr, 0, "no such entry is proved here");
    entries = ptn_store_query(base, PTN_LEDGER_GET_ENTRIES, index, index + 1, 0);
    status = ptn_store_next(entries, index);
    if (ptn_ok(status))
        status = ptn_ledger_check_leaf(base->hasher, ptn_store_blob(entries, 1),
                                       ptn_store_blob(entries, 2), &hash, reterr);
    else
        status = ptn_fail(status.code, reterr, (size_t)index, "the entry cannot be read");
    if (ptn_ok(status) &&
        !ptn_ok(ptn_ledger_header_parse(ptn_store_blob(entries, 1), &header, NULL)))
        status = ptn_fail(PTN_C_CORRUPT, reterr, (size_t)index, "the entry is no entry");
    (void)sqlite3_reset(entries);
    if (ptn_ok(status) && sealed != NULL && header.has_payload)
        status = read_sealed(copy, index, &header, sealed, reterr);
    if (ptn_ok(status))
        *ret_header = header;
    return status;
}

/* ptn_opener_get_fn: an epoch entry. */
static struct ptn_status get_entry(void *context, uint64_t index,
                                   struct ptn_ledger_header *ret_header, struct ptn_buffer *sealed,
                                   struct ptn_diag *reterr)
{
    return ptn_copy_read(context, index, ret_header, sealed, reterr);
}

struct ptn_status ptn_copy_open_payload(struct ptn_copy *copy, const struct ptn_vault *vault,
                                        uint64_t index, struct ptn_ledger_header *ret_header,
                                        struct ptn_buffer *payload, struct ptn_diag *reterr)
{
    struct ptn_ledger *base = copy->base;
    struct ptn_opener *opener = &base->opener;
    struct ptn_ledger_header header;
    struct ptn_status status;

    if (opener->vault != vault)
        ptn_opener_forget(opener);
    opener->vault = vault;
    opener->origin = base->origin;
    opener->hasher = base->hasher;
    opener->get = get_entry;
    opener->context = copy;
    ptn_buffer_clear(&base->opening);
    status = ptn_copy_read(copy, index, &header, &base->opening, reterr);
    if (ptn_ok(status) && header.has_payload)
        status = ptn_opener_open(opener, index, &header, ptn_buffer_bytes(&base->opening), payload,
                                 reterr);
    if (ptn_ok(status))
        *ret_header = header;
    return status;
}

struct ptn_status ptn_copy_read_begin(struct ptn_copy *copy, struct ptn_diag *reterr)
{
    return ptn_store_status(ptn_store_run(copy->base->statements[PTN_LEDGER_READ_BEGIN]), reterr,
                            "the copy cannot be read");
}

void ptn_copy_read_end(struct ptn_copy *copy)
{
    if (sqlite3_get_autocommit(copy->base->reader) == 0)
        (void)ptn_store_run(copy->base->statements[PTN_LEDGER_READ_END]);
}
