#include "ledger/serving.h"

#include "ledger/copy_int.h"

#define LEVEL_MAX    63u
#define INDEX_MAX    (PTN_TREE_SIZE_MAX / PTN_TILE_WIDTH)
#define PATH_LEN_MAX 128u
#define LEAF_LEN_MAX 65535u

/* ---- paths ---- */

static bool take_word(struct ptn_cursor *cursor, const char *word)
{
    size_t len = strlen(word);

    if (ptn_cursor_left(cursor) < len || memcmp(cursor->bytes.at + cursor->next, word, len) != 0)
        return false;
    cursor->next += len;
    return true;
}

/* Decimal digits, at least one; what form they must have is seen when the path is written again. */
static bool take_digits(struct ptn_cursor *cursor, uint64_t max, uint64_t *value)
{
    size_t start = cursor->next;

    while (ptn_cursor_left(cursor) > 0) {
        uint8_t byte = cursor->bytes.at[cursor->next];

        if (byte < '0' || byte > '9')
            break;
        *value = *value * 10 + (uint64_t)(byte - '0');
        if (*value > max)
            return false;
        cursor->next++;
    }
    return cursor->next > start;
}

/* "x001/x234/067[.p/5]" */
static bool take_tile(struct ptn_cursor *cursor, struct ptn_serving_path *path)
{
    uint64_t width = 0;

    path->index = 0;
    path->width = PTN_TILE_WIDTH;
    while (take_word(cursor, "x"))
        if (!take_digits(cursor, INDEX_MAX, &path->index) || !take_word(cursor, "/"))
            return false;
    if (!take_digits(cursor, INDEX_MAX, &path->index))
        return false;
    if (take_word(cursor, ".p/")) {
        if (!take_digits(cursor, PTN_TILE_WIDTH - 1, &width) || width == 0)
            return false;
        path->width = (unsigned)width;
    }
    return ptn_cursor_left(cursor) == 0;
}

static bool take_name(struct ptn_cursor *cursor, struct ptn_hash *ret_name)
{
    struct ptn_buffer name = { .at = ret_name->at,
                               .capacity = PTN_HASH_LEN,
                               .len_max = PTN_HASH_LEN };
    struct ptn_bytes hex = ptn_bytes_slice(cursor->bytes, cursor->next, cursor->bytes.len);

    return hex.len == (size_t)2 * PTN_HASH_LEN && ptn_ok(ptn_hex_read(hex, &name, NULL));
}

static bool read_path(struct ptn_bytes text, struct ptn_serving_path *path)
{
    struct ptn_cursor cursor = ptn_cursor_at(text);
    uint64_t level = 0;

    if (ptn_bytes_is(text, "checkpoint")) {
        path->kind = PTN_SERVING_CHECKPOINT;
        return true;
    }
    if (take_word(&cursor, "payload/")) {
        path->kind = PTN_SERVING_PAYLOAD;
        return take_name(&cursor, &path->payload);
    }
    if (take_word(&cursor, "tile/entries/")) {
        path->kind = PTN_SERVING_ENTRIES;
        return take_tile(&cursor, path);
    }
    if (!take_word(&cursor, "tile/") || !take_digits(&cursor, LEVEL_MAX, &level) ||
        !take_word(&cursor, "/"))
        return false;
    path->kind = PTN_SERVING_TILE;
    path->level = (unsigned)level;
    return take_tile(&cursor, path);
}

struct ptn_status ptn_serving_path_parse(struct ptn_bytes text, struct ptn_serving_path *ret_path)
{
    struct ptn_serving_path path = { .kind = PTN_SERVING_CHECKPOINT };
    struct ptn_buffer again;
    struct ptn_status status = { PTN_C_BAD_INPUT };

    if (text.len > PATH_LEN_MAX || !read_path(text, &path))
        return status;
    /* The one form of it is the one that is written. */
    ptn_buffer_init(&again, PATH_LEN_MAX);
    status = ptn_serving_path_write(&again, &path);
    if (ptn_ok(status) && !ptn_bytes_equal(text, ptn_buffer_bytes(&again)))
        status.code = PTN_C_BAD_INPUT;
    ptn_buffer_release(&again);
    if (status.code == PTN_C_TOO_BIG)
        status.code = PTN_C_BAD_INPUT;
    if (ptn_ok(status))
        *ret_path = path;
    return status;
}

struct ptn_status ptn_serving_path_write(struct ptn_buffer *out,
                                         const struct ptn_serving_path *path)
{
    const size_t len = out->len;
    struct ptn_status status;

    switch (path->kind) {
    case PTN_SERVING_CHECKPOINT:
        return ptn_buffer_add_text(out, "checkpoint");
    case PTN_SERVING_TILE:
        return ptn_tile_path_write(out, (int)path->level, path->index, path->width);
    case PTN_SERVING_ENTRIES:
        return ptn_tile_path_write(out, -1, path->index, path->width);
    case PTN_SERVING_PAYLOAD:
        break;
    }
    status = ptn_buffer_add_text(out, "payload/");
    if (ptn_ok(status))
        status = ptn_buffer_add_hex(out, ptn_bytes_of(path->payload.at, PTN_HASH_LEN));
    if (!ptn_ok(status))
        out->len = len;
    return status;
}

/* ---- files, out of a store whose first size entries may be given ---- */

static struct ptn_status not_there(struct ptn_diag *reterr)
{
    return ptn_fail(PTN_C_NOT_FOUND, reterr, 0, "no such file yet");
}

static struct ptn_status add_tile(struct ptn_ledger *store, const struct ptn_serving_path *path,
                                  uint64_t size, struct ptn_buffer *out, struct ptn_diag *reterr)
{
    uint64_t first = path->index * PTN_TILE_WIDTH;
    uint64_t end = first + path->width;
    sqlite3_stmt *hashes;
    struct ptn_status status = PTN_OK;

    if (path->level >= 8 || end > size >> 8 * path->level)
        return not_there(reterr);
    hashes =
        ptn_store_query(store, path->level == 0 ? PTN_LEDGER_GET_HASHES : PTN_LEDGER_GET_SUBTREES,
                        first, end, path->level);
    for (uint64_t n = first; ptn_ok(status) && n < end; n++) {
        status = ptn_store_next(hashes, n);
        if (ptn_ok(status) && ptn_store_blob(hashes, 1).len != PTN_HASH_LEN)
            status.code = PTN_C_CORRUPT;
        if (ptn_ok(status))
            status = ptn_buffer_add(out, ptn_store_blob(hashes, 1));
    }
    (void)sqlite3_reset(hashes);
    return ptn_ok(status) ? status : ptn_fail(status.code, reterr, 0, "a tile cannot be read");
}

static struct ptn_status add_entries(struct ptn_ledger *store, const struct ptn_serving_path *path,
                                     uint64_t size, struct ptn_buffer *out, struct ptn_diag *reterr)
{
    uint64_t first = path->index * PTN_TILE_WIDTH;
    uint64_t end = first + path->width;
    sqlite3_stmt *entries;
    struct ptn_status status = PTN_OK;

    if (end > size)
        return not_there(reterr);
    entries = ptn_store_query(store, PTN_LEDGER_GET_ENTRIES, first, end, 0);
    for (uint64_t seq = first; ptn_ok(status) && seq < end; seq++) {
        struct ptn_bytes leaf;
        struct ptn_hash hash;

        status = ptn_store_next(entries, seq);
        if (!ptn_ok(status))
            break;
        leaf = ptn_store_blob(entries, 1);
        status =
            ptn_ledger_check_leaf(store->hasher, leaf, ptn_store_blob(entries, 2), &hash, NULL);
        if (ptn_ok(status))
            status = ptn_buffer_add_u16(out, (uint16_t)leaf.len);
        if (ptn_ok(status))
            status = ptn_buffer_add(out, leaf);
    }
    (void)sqlite3_reset(entries);
    return ptn_ok(status) ? status : ptn_fail(status.code, reterr, 0, "entries cannot be read");
}

/* Which of the first size entries names that payload? */
static struct ptn_status find_payload(struct ptn_ledger *store, const struct ptn_hash *name,
                                      uint64_t size, uint64_t *ret_seq,
                                      struct ptn_ledger_header *ret_header)
{
    sqlite3_stmt *statement = store->statements[PTN_LEDGER_FIND_LEAF];
    bool found = false;
    int rc = SQLITE_ROW;

    (void)sqlite3_bind_blob(statement, 1, name->at, PTN_HASH_LEN, SQLITE_STATIC);
    (void)sqlite3_bind_int64(statement, 2, (sqlite3_int64)size);
    while (!found && (rc = sqlite3_step(statement)) == SQLITE_ROW) {
        *ret_seq = (uint64_t)sqlite3_column_int64(statement, 0);
        found = ptn_ok(ptn_ledger_header_parse(ptn_store_blob(statement, 1), ret_header, NULL)) &&
                ret_header->has_payload && ptn_hash_equal(&ret_header->sealed_sha256, name);
    }
    (void)sqlite3_reset(statement);
    (void)sqlite3_clear_bindings(statement);
    if (found)
        return PTN_OK;
    if (rc == SQLITE_DONE)
        return (struct ptn_status){ PTN_C_NOT_FOUND };
    return ptn_store_status(rc, NULL, NULL);
}

static struct ptn_status add_payload(struct ptn_ledger *store, const struct ptn_hash *name,
                                     uint64_t size, struct ptn_buffer *out, struct ptn_diag *reterr)
{
    struct ptn_ledger_header header;
    uint64_t seq = 0;
    sqlite3_stmt *payloads;
    struct ptn_status status = find_payload(store, name, size, &seq, &header);

    if (!ptn_ok(status))
        return status.code == PTN_C_NOT_FOUND
                   ? not_there(reterr)
                   : ptn_fail(status.code, reterr, 0, "entries cannot be read");
    payloads = ptn_store_query(store, PTN_LEDGER_GET_PAYLOADS, seq, seq + 1, 0);
    status = ptn_store_next(payloads, seq);
    if (status.code == PTN_C_CORRUPT) /* no such row: the payload is gone, or has not come */
        status = not_there(reterr);
    if (ptn_ok(status))
        status =
            ptn_ledger_check_sealed(store->hasher, &header, ptn_store_blob(payloads, 1), reterr);
    if (ptn_ok(status))
        status = ptn_buffer_add(out, ptn_store_blob(payloads, 1));
    (void)sqlite3_reset(payloads);
    return status;
}

static struct ptn_status add_file(struct ptn_ledger *store, const struct ptn_serving_path *path,
                                  uint64_t size, struct ptn_buffer *out, struct ptn_diag *reterr)
{
    const size_t len = out->len;
    struct ptn_status status;

    if (path->kind == PTN_SERVING_TILE)
        status = add_tile(store, path, size, out, reterr);
    else if (path->kind == PTN_SERVING_ENTRIES)
        status = add_entries(store, path, size, out, reterr);
    else
        status = add_payload(store, &path->payload, size, out, reterr);
    if (!ptn_ok(status))
        out->len = len;
    return status;
}

static struct ptn_status signed_size(struct ptn_ledger *ledger, uint64_t *ret_size,
                                     struct ptn_diag *reterr)
{
    struct ptn_checkpoint checkpoint;
    struct ptn_buffer note;
    struct ptn_status status;

    ptn_buffer_init(&note, PTN_HEAD_NOTE_LEN_MAX);
    status = ptn_ledger_last(ledger, &note, &checkpoint, reterr);
    if (ptn_ok(status))
        *ret_size = checkpoint.size;
    ptn_buffer_release(&note);
    return status;
}

struct ptn_status ptn_serving_ledger_file(struct ptn_ledger *ledger, struct ptn_bytes file,
                                          struct ptn_buffer *out, struct ptn_diag *reterr)
{
    struct ptn_serving_path path;
    uint64_t size = 0;
    struct ptn_status status = ptn_serving_path_parse(file, &path);

    if (!ptn_ok(status))
        return ptn_fail(status.code, reterr, 0, "not a path of a ledger's file");
    if (path.kind == PTN_SERVING_CHECKPOINT)
        return ptn_ledger_checkpoint(ledger, out, reterr);
    status = signed_size(ledger, &size, reterr);
    return ptn_ok(status) ? add_file(ledger, &path, size, out, reterr) : status;
}

struct ptn_status ptn_serving_copy_file(struct ptn_copy *copy, struct ptn_bytes file,
                                        struct ptn_buffer *out, struct ptn_diag *reterr)
{
    struct ptn_serving_path path;
    struct ptn_status status = ptn_serving_path_parse(file, &path);

    if (!ptn_ok(status))
        return ptn_fail(status.code, reterr, 0, "not a path of a ledger's file");
    if (path.kind != PTN_SERVING_CHECKPOINT)
        return add_file(copy->base, &path, copy->base->range.size, out, reterr);
    if (copy->cosigned_size > 0 && copy->cosigned_size == copy->base->range.size)
        return ptn_copy_cosigned(copy, out, reterr);
    return ptn_copy_checkpoint(copy, out, reterr);
}

/* ---- roots and proofs ---- */

static struct ptn_status prove_consistency(struct ptn_ledger *store, uint64_t size, uint64_t size1,
                                           uint64_t size2, struct ptn_proof *ret_proof,
                                           struct ptn_diag *reterr)
{
    struct ptn_status status;

    if (size1 > size2)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "no proof goes to a smaller tree");
    if (size2 > size)
        return ptn_fail(PTN_C_NOT_FOUND, reterr, 0, "no tree of that size is signed here");
    if (size1 == 0) {
        ret_proof->count = 0;
        return PTN_OK;
    }
    status =
        ptn_consistency_prove(store->hasher, size1, size2, ptn_store_subtree, store, ret_proof);
    return ptn_ok(status) ? status
                          : ptn_fail(status.code, reterr, 0, "the stored hashes cannot be read");
}

static struct ptn_status prove_subtree(struct ptn_ledger *store, uint64_t signed_to, uint64_t start,
                                       uint64_t end, uint64_t size, struct ptn_proof *ret_proof,
                                       struct ptn_diag *reterr)
{
    struct ptn_status status;

    if (start >= end || end > size || !ptn_subtree_is(start, end))
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "no such subtree in a tree of that size");
    if (size > signed_to)
        return ptn_fail(PTN_C_NOT_FOUND, reterr, 0, "no tree of that size is signed here");
    status =
        ptn_subtree_prove(store->hasher, start, end, size, ptn_store_subtree, store, ret_proof);
    return ptn_ok(status) ? status
                          : ptn_fail(status.code, reterr, 0, "the stored hashes cannot be read");
}

struct ptn_status ptn_serving_root(struct ptn_ledger *ledger, uint64_t size,
                                   struct ptn_hash *ret_root, struct ptn_diag *reterr)
{
    struct ptn_range range;
    uint64_t signed_to = 0;
    struct ptn_status status = signed_size(ledger, &signed_to, reterr);

    if (!ptn_ok(status))
        return status;
    if (size > signed_to)
        return ptn_fail(PTN_C_NOT_FOUND, reterr, 0, "no tree of that size is signed here");
    status = ptn_store_range(ledger, size, &range);
    if (ptn_ok(status))
        status = ptn_range_root(ledger->hasher, &range, ret_root);
    return ptn_ok(status) ? status
                          : ptn_fail(status.code, reterr, 0, "the stored hashes cannot be read");
}

struct ptn_status ptn_serving_consistency(struct ptn_ledger *ledger, uint64_t size1, uint64_t size2,
                                          struct ptn_proof *ret_proof, struct ptn_diag *reterr)
{
    uint64_t size = 0;
    struct ptn_status status = signed_size(ledger, &size, reterr);

    return ptn_ok(status) ? prove_consistency(ledger, size, size1, size2, ret_proof, reterr)
                          : status;
}

struct ptn_status ptn_serving_subtree(struct ptn_ledger *ledger, uint64_t start, uint64_t end,
                                      uint64_t size, struct ptn_proof *ret_proof,
                                      struct ptn_diag *reterr)
{
    uint64_t signed_to = 0;
    struct ptn_status status = signed_size(ledger, &signed_to, reterr);

    return ptn_ok(status) ? prove_subtree(ledger, signed_to, start, end, size, ret_proof, reterr)
                          : status;
}

struct ptn_status ptn_serving_copy_consistency(struct ptn_copy *copy, uint64_t size1,
                                               uint64_t size2, struct ptn_proof *ret_proof,
                                               struct ptn_diag *reterr)
{
    return prove_consistency(copy->base, copy->base->range.size, size1, size2, ret_proof, reterr);
}

struct ptn_status ptn_serving_copy_subtree(struct ptn_copy *copy, uint64_t start, uint64_t end,
                                           uint64_t size, struct ptn_proof *ret_proof,
                                           struct ptn_diag *reterr)
{
    return prove_subtree(copy->base, copy->base->range.size, start, end, size, ret_proof, reterr);
}

/* ---- one entry's proof ---- */

/* The file of an entry in the tree of that size, under the checkpoint. */
static struct ptn_status write_proof(struct ptn_ledger *store, uint64_t index, uint64_t size,
                                     const struct ptn_ledger_header *header,
                                     struct ptn_bytes checkpoint, struct ptn_buffer *out,
                                     struct ptn_diag *reterr)
{
    struct ptn_buffer leaf = { .len_max = LEAF_LEN_MAX };
    struct ptn_buffer extra = { .len_max = (size_t)2 * LEAF_LEN_MAX };
    struct ptn_receipt receipt = { .index = index, .checkpoint = checkpoint };
    size_t len = out->len;
    struct ptn_status status = ptn_ledger_header_write(&leaf, header);

    if (ptn_ok(status))
        status = ptn_buffer_add_base64(&extra, ptn_buffer_bytes(&leaf));
    receipt.extra = ptn_buffer_bytes(&extra);
    if (ptn_ok(status))
        status = ptn_inclusion_prove(store->hasher, index, size, ptn_store_subtree, store,
                                     &receipt.proof);
    if (ptn_ok(status))
        status = ptn_receipt_write(out, &receipt);
    if (!ptn_ok(status)) {
        out->len = len;
        status = ptn_fail(status.code, reterr, 0, "the proof cannot be written");
    }
    ptn_buffer_release(&leaf);
    ptn_buffer_release(&extra);
    return status;
}

struct ptn_status ptn_serving_proof(struct ptn_ledger *ledger, uint64_t index,
                                    struct ptn_buffer *out, struct ptn_diag *reterr)
{
    struct ptn_buffer checkpoint = { .len_max = PTN_COPY_NOTE_MAX };
    struct ptn_ledger_header header;
    uint64_t size = 0;
    struct ptn_status status = signed_size(ledger, &size, reterr);

    if (ptn_ok(status) && index >= size)
        status = ptn_fail(PTN_C_NOT_FOUND, reterr, 0, "no entry of that index is signed here");
    if (ptn_ok(status))
        status = ptn_ledger_read(ledger, index, &header, NULL, reterr);
    if (ptn_ok(status))
        status =
            ptn_serving_ledger_file(ledger, PTN_BYTES_LITERAL("checkpoint"), &checkpoint, reterr);
    if (ptn_ok(status))
        status =
            write_proof(ledger, index, size, &header, ptn_buffer_bytes(&checkpoint), out, reterr);
    ptn_buffer_release(&checkpoint);
    return status;
}

struct ptn_status ptn_serving_copy_proof(struct ptn_copy *copy, uint64_t index,
                                         struct ptn_buffer *out, struct ptn_diag *reterr)
{
    struct ptn_buffer checkpoint = { .len_max = PTN_COPY_NOTE_MAX };
    struct ptn_ledger_header header;
    struct ptn_status status = ptn_copy_read(copy, index, &header, NULL, reterr);

    if (ptn_ok(status))
        status = ptn_serving_copy_file(copy, PTN_BYTES_LITERAL("checkpoint"), &checkpoint, reterr);
    if (ptn_ok(status))
        status = write_proof(copy->base, index, copy->base->range.size, &header,
                             ptn_buffer_bytes(&checkpoint), out, reterr);
    ptn_buffer_release(&checkpoint);
    return status;
}
