#include "ledger/ledger_int.h"

#define LEVEL_COUNT    8u
#define BUNDLE_LEN_MAX ((size_t)PTN_TILE_WIDTH * (2u + PTN_LEDGER_LEAF_LEN_MAX))

/* One tile being filled at each level; level 0 holds leaf hashes. */
struct exporting {
    struct ptn_ledger *ledger;
    ptn_ledger_put_fn put;
    void *context;
    struct ptn_diag *reterr;
    struct ptn_range range;
    struct ptn_buffer bundle;
    struct ptn_buffer path;
    struct ptn_buffer tiles[LEVEL_COUNT];
    uint64_t tile_index[LEVEL_COUNT];
};

static struct ptn_status put_tile(struct exporting *exporting, int level, uint64_t index,
                                  unsigned width, struct ptn_bytes bytes)
{
    struct ptn_status status;

    ptn_buffer_clear(&exporting->path);
    status = ptn_tile_path_write(&exporting->path, level, index, width);
    if (ptn_ok(status))
        status = ptn_buffer_add_u8(&exporting->path, 0);
    if (!ptn_ok(status))
        return ptn_fail(status.code, exporting->reterr, 0, "a tile has no path");
    status = exporting->put(exporting->context, (const char *)exporting->path.at, bytes);
    if (!ptn_ok(status))
        return ptn_fail(status.code, exporting->reterr, 0, "a tile cannot be written");
    return PTN_OK;
}

/* ptn_subtree_fn: hash number index of its level goes into that level's tile; a full tile goes out.
 */
static struct ptn_status put_hash(void *context, unsigned height, uint64_t index,
                                  const struct ptn_hash *hash)
{
    struct exporting *exporting = context;
    unsigned level = height / 8;
    struct ptn_buffer *tile = &exporting->tiles[level];
    struct ptn_status status;

    if (height % 8 != 0)
        return PTN_OK;
    status = ptn_buffer_add(tile, ptn_bytes_of(hash->at, PTN_HASH_LEN));
    if (!ptn_ok(status))
        return ptn_fail(status.code, exporting->reterr, 0, "no memory for a tile");
    if ((index + 1) % PTN_TILE_WIDTH != 0)
        return PTN_OK;
    status = put_tile(exporting, (int)level, index / PTN_TILE_WIDTH, PTN_TILE_WIDTH,
                      ptn_buffer_bytes(tile));
    exporting->tile_index[level] = index / PTN_TILE_WIDTH + 1;
    ptn_buffer_clear(tile);
    return status;
}

static struct ptn_status put_entry(struct exporting *exporting, struct ptn_bytes leaf)
{
    uint64_t size = exporting->range.size;
    struct ptn_status status = ptn_buffer_add_u16(&exporting->bundle, (uint16_t)leaf.len);

    if (ptn_ok(status))
        status = ptn_buffer_add(&exporting->bundle, leaf);
    if (!ptn_ok(status))
        return ptn_fail(status.code, exporting->reterr, 0, "no memory for an entry bundle");
    if (size % PTN_TILE_WIDTH != 0)
        return PTN_OK;
    status = put_tile(exporting, -1, size / PTN_TILE_WIDTH - 1, PTN_TILE_WIDTH,
                      ptn_buffer_bytes(&exporting->bundle));
    ptn_buffer_clear(&exporting->bundle);
    return status;
}

static struct ptn_status put_payload(struct exporting *exporting,
                                     const struct ptn_ledger_header *header,
                                     struct ptn_bytes sealed)
{
    struct ptn_status status =
        ptn_ledger_check_sealed(exporting->ledger->hasher, header, sealed, exporting->reterr);

    if (!ptn_ok(status))
        return status;
    ptn_buffer_clear(&exporting->path);
    status = ptn_buffer_add_text(&exporting->path, "payload/");
    if (ptn_ok(status))
        status = ptn_buffer_add_hex(&exporting->path,
                                    ptn_bytes_of(header->sealed_sha256.at, PTN_HASH_LEN));
    if (ptn_ok(status))
        status = ptn_buffer_add_u8(&exporting->path, 0);
    if (ptn_ok(status))
        status = exporting->put(exporting->context, (const char *)exporting->path.at, sealed);
    if (!ptn_ok(status))
        return ptn_fail(status.code, exporting->reterr, 0, "a payload cannot be written");
    return PTN_OK;
}

/* One row of entries; the payload goes with it when payloads stands at it. */
static struct ptn_status export_row(struct exporting *exporting, sqlite3_stmt *entries,
                                    sqlite3_stmt *payloads, int *payload_rc)
{
    uint64_t seq = exporting->range.size;
    struct ptn_ledger_header header;
    struct ptn_hash hash;
    struct ptn_bytes leaf;
    struct ptn_status status = ptn_store_next(entries, seq);

    if (!ptn_ok(status))
        return ptn_fail(status.code, exporting->reterr, (size_t)seq, "an entry cannot be read");
    leaf = ptn_store_blob(entries, 1);
    status = ptn_ledger_check_leaf(exporting->ledger->hasher, leaf, ptn_store_blob(entries, 2),
                                   &hash, exporting->reterr);
    if (!ptn_ok(status))
        return status;
    if (!ptn_ok(ptn_ledger_header_parse(leaf, &header, NULL)))
        return ptn_fail(PTN_C_CORRUPT, exporting->reterr, (size_t)seq, "an entry is no entry");
    status =
        ptn_range_add(exporting->ledger->hasher, &exporting->range, &hash, put_hash, exporting);
    if (ptn_ok(status))
        status = put_entry(exporting, leaf);
    if (!ptn_ok(status) || *payload_rc != SQLITE_ROW ||
        (uint64_t)sqlite3_column_int64(payloads, 0) != seq)
        return status;
    status = put_payload(exporting, &header, ptn_store_blob(payloads, 1));
    *payload_rc = sqlite3_step(payloads);
    return status;
}

static struct ptn_status export_stride(struct exporting *exporting, uint64_t size)
{
    struct ptn_ledger *ledger = exporting->ledger;
    uint64_t first = exporting->range.size;
    uint64_t count = size - first < PTN_LEDGER_STRIDE ? size - first : PTN_LEDGER_STRIDE;
    struct ptn_status status =
        ptn_store_status(ptn_store_run(ledger->statements[PTN_LEDGER_READ_BEGIN]),
                         exporting->reterr, "the ledger cannot be read");
    sqlite3_stmt *entries =
        ptn_store_query(ledger, PTN_LEDGER_GET_ENTRIES, first, first + count, 0);
    sqlite3_stmt *payloads =
        ptn_store_query(ledger, PTN_LEDGER_GET_PAYLOADS, first, first + count, 0);
    int payload_rc = ptn_ok(status) ? sqlite3_step(payloads) : SQLITE_DONE;

    while (ptn_ok(status) && exporting->range.size < first + count)
        status = export_row(exporting, entries, payloads, &payload_rc);
    if (ptn_ok(status) && payload_rc != SQLITE_ROW && payload_rc != SQLITE_DONE)
        status = ptn_store_status(payload_rc, exporting->reterr, "a payload cannot be read");
    (void)sqlite3_reset(entries);
    (void)sqlite3_reset(payloads);
    if (sqlite3_get_autocommit(ledger->reader) == 0)
        (void)ptn_store_run(ledger->statements[PTN_LEDGER_READ_END]);
    return status;
}

/* What is in no full tile. */
static struct ptn_status put_rest(struct exporting *exporting)
{
    uint64_t size = exporting->range.size;
    unsigned width = (unsigned)(size % PTN_TILE_WIDTH);
    struct ptn_status status = PTN_OK;

    if (width > 0)
        status = put_tile(exporting, -1, size / PTN_TILE_WIDTH, width,
                          ptn_buffer_bytes(&exporting->bundle));
    for (unsigned level = 0; ptn_ok(status) && level < LEVEL_COUNT; level++) {
        const struct ptn_buffer *tile = &exporting->tiles[level];

        if (tile->len > 0)
            status = put_tile(exporting, (int)level, exporting->tile_index[level],
                              (unsigned)(tile->len / PTN_HASH_LEN), ptn_buffer_bytes(tile));
    }
    return status;
}

static struct ptn_status export_all(struct exporting *exporting,
                                    const struct ptn_checkpoint *checkpoint, struct ptn_bytes note)
{
    struct ptn_hash root;
    struct ptn_status status = PTN_OK;

    while (ptn_ok(status) && exporting->range.size < checkpoint->size)
        status = export_stride(exporting, checkpoint->size);
    if (ptn_ok(status))
        status = put_rest(exporting);
    if (ptn_ok(status))
        status = ptn_range_root(exporting->ledger->hasher, &exporting->range, &root);
    if (ptn_ok(status) && !ptn_hash_equal(&root, &checkpoint->root))
        return ptn_fail(PTN_C_CORRUPT, exporting->reterr, 0,
                        "the entries do not hash to the signed root");
    if (!ptn_ok(status))
        return status;
    status = exporting->put(exporting->context, "checkpoint", note);
    if (!ptn_ok(status))
        return ptn_fail(status.code, exporting->reterr, 0, "the checkpoint cannot be written");
    return PTN_OK;
}

struct ptn_status ptn_ledger_export(struct ptn_ledger *ledger, ptn_ledger_put_fn put, void *context,
                                    struct ptn_diag *reterr)
{
    struct exporting exporting = {
        .ledger = ledger, .put = put, .context = context, .reterr = reterr
    };
    struct ptn_checkpoint checkpoint = { 0 };
    struct ptn_buffer note;
    struct ptn_status status;

    ptn_buffer_init(&note, PTN_HEAD_NOTE_LEN_MAX);
    ptn_buffer_init(&exporting.bundle, BUNDLE_LEN_MAX);
    ptn_buffer_init(&exporting.path, 256);
    for (unsigned level = 0; level < LEVEL_COUNT; level++)
        ptn_buffer_init(&exporting.tiles[level], (size_t)PTN_TILE_WIDTH * PTN_HASH_LEN);
    status = ptn_ledger_last(ledger, &note, &checkpoint, reterr);
    if (ptn_ok(status))
        status = export_all(&exporting, &checkpoint, ptn_buffer_bytes(&note));
    for (unsigned level = 0; level < LEVEL_COUNT; level++)
        ptn_buffer_release(&exporting.tiles[level]);
    ptn_buffer_release(&exporting.path);
    ptn_buffer_release(&exporting.bundle);
    ptn_buffer_release(&note);
    return status;
}
