#include "ledger/ledger_int.h"

#include <stdlib.h>

struct ptn_status ptn_ledger_last(struct ptn_ledger *ledger, struct ptn_buffer *out,
                                  struct ptn_checkpoint *ret_checkpoint, struct ptn_diag *reterr)
{
    uint8_t room[PTN_HEAD_SLOT_COUNT * PTN_HEAD_SLOT_LEN];
    struct ptn_head_slot slots[PTN_HEAD_SLOT_COUNT];
    const struct ptn_head_slot *best;
    size_t len = out->len;
    struct ptn_note note;
    struct ptn_status status;
    int rc;

    if (ledger->note.len > 0) {
        status = ptn_buffer_add(out, ptn_buffer_bytes(&ledger->note));
    } else {
        rc = ptn_head_read(&ledger->head, room, slots);
        best = rc == SQLITE_OK ? ptn_head_best(slots) : NULL;
        if (rc == SQLITE_OK && best == NULL)
            return ptn_fail(PTN_C_CORRUPT, reterr, 0, "ledger.head holds no checkpoint");
        status = best == NULL ? ptn_store_status(rc, reterr, "ledger.head cannot be read")
                              : ptn_buffer_add(out, best->note);
    }
    if (ptn_ok(status))
        status = ptn_note_parse(ptn_bytes_of(out->at + len, out->len - len), &note, reterr);
    if (ptn_ok(status))
        status = ptn_checkpoint_parse(note.text, ret_checkpoint, reterr);
    if (!ptn_ok(status))
        out->len = len;
    return status;
}

struct ptn_status ptn_ledger_checkpoint(struct ptn_ledger *ledger, struct ptn_buffer *out,
                                        struct ptn_diag *reterr)
{
    struct ptn_checkpoint checkpoint;

    return ptn_ledger_last(ledger, out, &checkpoint, reterr);
}

struct ptn_status ptn_ledger_size(struct ptn_ledger *ledger, uint64_t *ret_size,
                                  struct ptn_diag *reterr)
{
    struct ptn_ledger_head_row row;
    struct ptn_status status;

    if (ledger->writer != NULL) {
        *ret_size = ledger->range.size;
        return PTN_OK;
    }
    ptn_buffer_init(&row.note, PTN_HEAD_NOTE_LEN_MAX);
    status = ptn_store_head(ledger, &row, reterr);
    if (ptn_ok(status))
        *ret_size = row.range.size;
    ptn_buffer_release(&row.note);
    return status;
}

struct ptn_status ptn_ledger_read_header(struct ptn_ledger *ledger, uint64_t index,
                                         struct ptn_ledger_header *ret_header,
                                         struct ptn_diag *reterr)
{
    struct ptn_hash hash;
    sqlite3_stmt *statement;
    struct ptn_status status;
    int rc;

    if (index >= PTN_TREE_SIZE_MAX)
        return ptn_fail(PTN_C_NOT_FOUND, reterr, 0, "no such entry");
    statement = ptn_store_query(ledger, PTN_LEDGER_GET_ENTRIES, index, index + 1, 0);
    rc = sqlite3_step(statement);
    status = ptn_store_status(rc, reterr, "the entry cannot be read");
    if (ptn_ok(status) && rc != SQLITE_ROW)
        status = ptn_fail(PTN_C_NOT_FOUND, reterr, (size_t)index, "no such entry");
    if (ptn_ok(status))
        status = ptn_ledger_check_leaf(ledger->hasher, ptn_store_blob(statement, 1),
                                       ptn_store_blob(statement, 2), &hash, reterr);
    if (ptn_ok(status) &&
        !ptn_ok(ptn_ledger_header_parse(ptn_store_blob(statement, 1), ret_header, NULL)))
        status = ptn_fail(PTN_C_CORRUPT, reterr, (size_t)index, "the entry is no entry");
    (void)sqlite3_reset(statement);
    return status;
}

/* Append the stored payload of the entry. */
static struct ptn_status read_sealed(struct ptn_ledger *ledger, uint64_t index,
                                     struct ptn_buffer *sealed, struct ptn_diag *reterr)
{
    sqlite3_stmt *statement = ptn_store_query(ledger, PTN_LEDGER_GET_PAYLOADS, index, index + 1, 0);
    int rc = sqlite3_step(statement);
    struct ptn_status status = ptn_store_status(rc, reterr, "the payload cannot be read");

    if (ptn_ok(status) && rc != SQLITE_ROW)
        status = ptn_fail(PTN_C_NOT_FOUND, reterr, (size_t)index, "the payload is gone");
    if (ptn_ok(status)) {
        status = ptn_buffer_add(sealed, ptn_store_blob(statement, 1));
        if (!ptn_ok(status))
            status = ptn_fail(status.code, reterr, (size_t)index, "no room for the payload");
    }
    (void)sqlite3_reset(statement);
    return status;
}

/* ptn_opener_get_fn: an epoch entry. */
static struct ptn_status get_entry(void *context, uint64_t index,
                                   struct ptn_ledger_header *ret_header, struct ptn_buffer *sealed,
                                   struct ptn_diag *reterr)
{
    struct ptn_status status = ptn_ledger_read_header(context, index, ret_header, reterr);

    return ptn_ok(status) ? read_sealed(context, index, sealed, reterr) : status;
}

/* Open the stored payload of the entry. */
static struct ptn_status read_payload(struct ptn_ledger *ledger, uint64_t index,
                                      const struct ptn_ledger_header *header,
                                      struct ptn_buffer *payload, struct ptn_diag *reterr)
{
    struct ptn_opener *opener = &ledger->opener;
    char dir[PTN_LEDGER_PATH_SIZE];
    struct ptn_status status;

    opener->vault = ledger->vault;
    opener->origin = ledger->origin;
    opener->hasher = ledger->hasher;
    opener->get = get_entry;
    opener->context = ledger;
    opener->world = ledger->world;
    opener->dir = ptn_ledger_dir(ledger, dir) ? dir : NULL;
    ptn_buffer_clear(&ledger->opening);
    status = read_sealed(ledger, index, &ledger->opening, reterr);
    if (ptn_ok(status))
        status = ptn_opener_open(opener, index, header, ptn_buffer_bytes(&ledger->opening), payload,
                                 reterr);
    return status;
}

struct ptn_status ptn_ledger_read(struct ptn_ledger *ledger, uint64_t index,
                                  struct ptn_ledger_header *ret_header, struct ptn_buffer *payload,
                                  struct ptn_diag *reterr)
{
    struct ptn_ledger_header header = { 0 };
    struct ptn_status status = ptn_ledger_read_header(ledger, index, &header, reterr);

    if (ptn_ok(status) && payload != NULL && header.has_payload)
        status = read_payload(ledger, index, &header, payload, reterr);
    if (ptn_ok(status))
        *ret_header = header;
    return status;
}

struct ptn_status ptn_ledger_read_sealed(struct ptn_ledger *ledger, uint64_t index,
                                         struct ptn_ledger_header *ret_header,
                                         struct ptn_buffer *sealed, struct ptn_diag *reterr)
{
    const size_t len = sealed->len;
    struct ptn_ledger_header header = { 0 };
    struct ptn_status status = ptn_ledger_read_header(ledger, index, &header, reterr);

    if (ptn_ok(status) && header.has_payload)
        status = read_sealed(ledger, index, sealed, reterr);
    if (ptn_ok(status) && header.has_payload)
        status = ptn_ledger_check_sealed(ledger->hasher, &header,
                                         ptn_bytes_of(sealed->at + len, sealed->len - len), reterr);
    if (ptn_ok(status))
        *ret_header = header;
    else
        sealed->len = len;
    return status;
}

#define WALK_HEADERS 256u

/* Read and re-hash the headers of some entries from first on; ret_count says how many. */
static struct ptn_status read_headers(struct ptn_ledger *ledger, uint64_t first, uint64_t end,
                                      struct ptn_ledger_header headers[WALK_HEADERS],
                                      size_t *ret_count, struct ptn_diag *reterr)
{
    sqlite3_stmt *statement;
    struct ptn_status status = PTN_OK;
    size_t count = 0;
    int rc = SQLITE_ROW;

    end = end - first > WALK_HEADERS ? first + WALK_HEADERS : end;
    statement = ptn_store_query(ledger, PTN_LEDGER_GET_ENTRIES, first, end, 0);
    while (ptn_ok(status) && count < end - first && (rc = sqlite3_step(statement)) == SQLITE_ROW) {
        struct ptn_hash hash;

        if ((uint64_t)sqlite3_column_int64(statement, 0) != first + count)
            break;
        status = ptn_ledger_check_leaf(ledger->hasher, ptn_store_blob(statement, 1),
                                       ptn_store_blob(statement, 2), &hash, reterr);
        if (ptn_ok(status) &&
            !ptn_ok(ptn_ledger_header_parse(ptn_store_blob(statement, 1), &headers[count], NULL)))
            status =
                ptn_fail(PTN_C_CORRUPT, reterr, (size_t)(first + count), "the entry is no entry");
        count++;
    }
    if (ptn_ok(status) && rc != SQLITE_ROW)
        status = ptn_store_status(rc, reterr, "the entries cannot be read");
    if (ptn_ok(status) && count < end - first)
        status = ptn_fail(PTN_C_CORRUPT, reterr, (size_t)(first + count), "an entry is missing");
    (void)sqlite3_reset(statement);
    *ret_count = count;
    return status;
}

struct ptn_status ptn_ledger_walk(struct ptn_ledger *ledger, uint64_t first, uint64_t end,
                                  const struct ptn_ledger_walk *walk, struct ptn_diag *reterr)
{
    struct ptn_ledger_header *headers = calloc(WALK_HEADERS, sizeof(*headers));
    struct ptn_buffer payload = { .len_max = PTN_PAYLOAD_LEN_MAX };
    struct ptn_status status = { headers == NULL ? PTN_C_NO_MEMORY : PTN_C_OK };

    while (ptn_ok(status) && first < end) {
        size_t count = 0;

        status = read_headers(ledger, first, end, headers, &count, reterr);
        for (size_t i = 0; ptn_ok(status) && i < count; i++) {
            bool gone = !headers[i].has_payload;

            if (!walk->wants(walk->context, first + i, &headers[i]))
                continue;
            ptn_buffer_clear(&payload);
            if (!gone)
                status = read_payload(ledger, first + i, &headers[i], &payload, reterr);
            if (status.code == PTN_C_NOT_FOUND) {
                status = PTN_OK;
                gone = true;
            }
            if (ptn_ok(status))
                status = walk->take(walk->context, first + i, &headers[i], gone ? NULL : &payload,
                                    reterr);
        }
        first += count;
    }
    ptn_buffer_release(&payload);
    free(headers);
    return status;
}

struct ptn_status ptn_ledger_root_at(struct ptn_ledger *ledger, uint64_t size,
                                     struct ptn_hash *ret_root, struct ptn_diag *reterr)
{
    struct ptn_range range;
    uint64_t all = 0;
    struct ptn_status status = ptn_ledger_size(ledger, &all, reterr);

    if (ptn_ok(status) && size > all)
        status = ptn_fail(PTN_C_NOT_FOUND, reterr, (size_t)all, "there are not so many entries");
    if (ptn_ok(status))
        status = ptn_store_range(ledger, size, &range);
    return ptn_ok(status) ? ptn_range_root(ledger->hasher, &range, ret_root) : status;
}

struct ptn_status ptn_ledger_receipt(struct ptn_ledger *ledger, uint64_t index,
                                     struct ptn_buffer *out, struct ptn_diag *reterr)
{
    struct ptn_buffer note;
    struct ptn_checkpoint checkpoint = { 0 };
    struct ptn_receipt receipt = { .index = index };
    struct ptn_hash leaf;
    struct ptn_status status;

    ptn_buffer_init(&note, PTN_HEAD_NOTE_LEN_MAX);
    status = ptn_ledger_last(ledger, &note, &checkpoint, reterr);
    if (ptn_ok(status) && index >= checkpoint.size)
        status = ptn_fail(PTN_C_NOT_FOUND, reterr, (size_t)checkpoint.size,
                          "the entry is not in the last signed checkpoint");
    if (ptn_ok(status))
        status = ptn_inclusion_prove(ledger->hasher, index, checkpoint.size, ptn_store_subtree,
                                     ledger, &receipt.proof);
    if (ptn_ok(status))
        status = ptn_store_subtree(ledger, 0, index, &leaf);
    /* Nobody gets a receipt that does not hold. */
    if (ptn_ok(status))
        status =
            ptn_inclusion_check(ledger->hasher, index, checkpoint.size, &leaf, receipt.proof.hashes,
                                receipt.proof.count, &checkpoint.root, reterr);
    receipt.checkpoint = ptn_buffer_bytes(&note);
    if (ptn_ok(status))
        status = ptn_receipt_write(out, &receipt);
    ptn_buffer_release(&note);
    return status;
}

struct ptn_status ptn_ledger_vkey(const struct ptn_ledger *ledger, struct ptn_buffer *out)
{
    struct ptn_vkey key;
    struct ptn_status status;

    PTN_PRE(ledger->vault != NULL);

    status = ptn_vkey_make(ptn_bytes_from_text(ledger->origin),
                           ptn_vault_public_key(ledger->vault, PTN_ROLE_LEDGER), &key);
    return ptn_ok(status) ? ptn_vkey_write(out, &key) : status;
}
