#include "ledger/ledger_int.h"

#define PAGE_READS_MAX 200u /* a page being written meanwhile looks wrong for a moment */
#define MARK_MAX       (PTN_HEAD_SLOT_COUNT + 1)

/* A signed size and root that the tree must pass through. */
struct mark {
    uint64_t size;
    struct ptn_hash root;
};

struct proving {
    struct ptn_ledger *ledger;
    const struct ptn_vkey *key;
    struct ptn_ledger_verdict *verdict;
    struct ptn_diag *reterr;
    struct ptn_range stored; /* the head row's */
    struct ptn_range range;  /* worked out from the leaves */
    struct mark marks[MARK_MAX];
    size_t mark_count;
    struct ptn_file file;
    size_t page_count;
    sqlite3_stmt *edges;
};

/* Not intact, and index is the first entry that is wrong (or PTN_LEDGER_NO_ENTRY). */
static struct ptn_status wrong(struct proving *proving, uint64_t index, const char *text)
{
    proving->verdict->wrong = index;
    return ptn_fail(PTN_C_CORRUPT, proving->reterr,
                    index == PTN_LEDGER_NO_ENTRY ? 0 : (size_t)index, text);
}

/* ---- the signed heads ---- */

static struct ptn_status add_mark(struct proving *proving, struct ptn_bytes bytes)
{
    struct ptn_note note;
    struct ptn_checkpoint checkpoint;
    struct mark *mark = &proving->marks[proving->mark_count];
    size_t good = 0;
    struct ptn_status status = ptn_note_parse(bytes, &note, NULL);

    PTN_PRE(proving->mark_count < MARK_MAX);

    if (!ptn_ok(status))
        return wrong(proving, PTN_LEDGER_NO_ENTRY, "a stored checkpoint is no signed note");
    status = ptn_note_verify(&note, proving->key, 1, &good, NULL);
    if (!ptn_ok(status))
        return wrong(proving, PTN_LEDGER_NO_ENTRY, "a stored checkpoint is not signed by the key");
    status = ptn_checkpoint_parse(note.text, &checkpoint, NULL);
    if (!ptn_ok(status) ||
        !ptn_bytes_equal(checkpoint.origin, ptn_bytes_from_text(proving->ledger->origin)))
        return wrong(proving, PTN_LEDGER_NO_ENTRY, "a stored checkpoint is another ledger's");
    *mark = (struct mark){ .size = checkpoint.size, .root = checkpoint.root };
    proving->mark_count++;
    return PTN_OK;
}

static struct ptn_status read_slots(struct proving *proving)
{
    uint8_t room[PTN_HEAD_SLOT_COUNT * PTN_HEAD_SLOT_LEN];
    struct ptn_head_slot slots[PTN_HEAD_SLOT_COUNT];
    struct ptn_status status = PTN_OK;
    int rc = ptn_head_read(&proving->ledger->head, room, slots);

    if (rc != SQLITE_OK)
        return ptn_store_status(rc, proving->reterr, "ledger.head cannot be read");
    if ((!slots[0].good && !slots[0].blank) || (!slots[1].good && !slots[1].blank))
        return wrong(proving, PTN_LEDGER_NO_ENTRY, "a slot of ledger.head is damaged");
    if (ptn_head_best(slots) == NULL)
        return wrong(proving, PTN_LEDGER_NO_ENTRY, "ledger.head holds no checkpoint");
    for (unsigned i = 0; ptn_ok(status) && i < PTN_HEAD_SLOT_COUNT; i++) {
        if (!slots[i].good)
            continue;
        status = add_mark(proving, slots[i].note);
        if (ptn_ok(status) && proving->marks[proving->mark_count - 1].size != slots[i].size)
            status =
                wrong(proving, PTN_LEDGER_NO_ENTRY, "a slot of ledger.head lies about its size");
    }
    return status;
}

/* The tree has just become this size: does every mark at it have its root? */
static struct ptn_status check_marks(struct proving *proving)
{
    for (size_t i = 0; i < proving->mark_count; i++) {
        const struct mark *mark = &proving->marks[i];
        struct ptn_hash root;
        struct ptn_status status;

        if (mark->size != proving->range.size)
            continue;
        status = ptn_range_root(proving->ledger->hasher, &proving->range, &root);
        if (!ptn_ok(status))
            return ptn_fail(status.code, proving->reterr, 0, "SHA-256 refused");
        if (!ptn_hash_equal(&root, &mark->root))
            return wrong(proving, mark->size == 0 ? PTN_LEDGER_NO_ENTRY : mark->size - 1,
                         "the entries up to here do not hash to the signed root");
    }
    return PTN_OK;
}

/* ---- the database ---- */

/* One number of the edges' row; SQL's NULL (an empty table) is -1. */
static int64_t edge(const struct proving *proving, int column)
{
    return sqlite3_column_type(proving->edges, column) == SQLITE_NULL
               ? -1
               : sqlite3_column_int64(proving->edges, column);
}

static int64_t subtree_count(uint64_t size)
{
    int64_t count = 0;

    for (size >>= 8; size > 0; size >>= 8)
        count += (int64_t)size;
    return count;
}

/* No rows before the first or after the last entry; as many subtree roots as there must be. */
static struct ptn_status check_edges(struct proving *proving, struct ptn_ledger_head_row *row)
{
    int rc = sqlite3_step(proving->edges);
    struct ptn_status status = ptn_store_status(rc, proving->reterr, "the ledger cannot be read");
    int64_t last;

    if (ptn_ok(status))
        status = ptn_store_head(proving->ledger, row, proving->reterr);
    if (!ptn_ok(status)) {
        (void)sqlite3_reset(proving->edges);
        return status;
    }
    last = (int64_t)row->range.size - 1;
    if (edge(proving, 0) != (last < 0 ? -1 : 0) || edge(proving, 1) < last)
        status = wrong(proving, edge(proving, 0) != 0 ? 0 : (uint64_t)edge(proving, 1) + 1,
                       "an entry is missing");
    else if (edge(proving, 1) > last)
        status = wrong(proving, (uint64_t)last + 1, "there are entries past the head");
    else if (edge(proving, 2) < -1 || edge(proving, 3) > last)
        status = wrong(proving, PTN_LEDGER_NO_ENTRY, "there are payloads without entries");
    else if (edge(proving, 4) != subtree_count(row->range.size))
        status =
            wrong(proving, PTN_LEDGER_NO_ENTRY, "stored subtree hashes are missing or too many");
    proving->page_count = (size_t)edge(proving, 5);
    (void)sqlite3_reset(proving->edges);
    return status;
}

static struct ptn_status begin(struct proving *proving)
{
    ptn_pages_renew(proving->ledger->pages);
    return ptn_store_status(ptn_store_run(proving->ledger->statements[PTN_LEDGER_READ_BEGIN]),
                            proving->reterr, "the ledger cannot be read");
}

static void end(struct proving *proving)
{
    if (sqlite3_get_autocommit(proving->ledger->reader) == 0)
        (void)ptn_store_run(proving->ledger->statements[PTN_LEDGER_READ_END]);
}

/* The head row, the edges and the marks, as one transaction sees them. */
static struct ptn_status read_database(struct proving *proving)
{
    struct ptn_ledger_head_row row;
    struct ptn_status status = begin(proving);

    ptn_buffer_init(&row.note, PTN_HEAD_NOTE_LEN_MAX);
    if (ptn_ok(status))
        status = check_edges(proving, &row);
    end(proving);
    if (ptn_ok(status)) {
        proving->stored = row.range;
        proving->verdict->size = row.range.size;
        status = add_mark(proving, ptn_buffer_bytes(&row.note));
    }
    ptn_buffer_release(&row.note);
    for (size_t i = 0; ptn_ok(status) && i < proving->mark_count; i++)
        if (proving->marks[i].size > proving->stored.size)
            status = wrong(proving, proving->stored.size,
                           "the ledger is shorter than its own signed checkpoint");
    return status;
}

/* ptn_subtree_fn: the stored root of a full subtree must be the one worked out. */
static struct ptn_status check_subtree(void *context, unsigned height, uint64_t index,
                                       const struct ptn_hash *hash)
{
    struct proving *proving = context;
    sqlite3_stmt *statement;
    struct ptn_bytes stored;
    bool same;
    int rc;

    if (height == 0 || height % 8 != 0)
        return PTN_OK;
    statement =
        ptn_store_query(proving->ledger, PTN_LEDGER_GET_SUBTREES, index, index + 1, height / 8);
    rc = sqlite3_step(statement);
    stored = rc == SQLITE_ROW ? ptn_store_blob(statement, 1) : PTN_BYTES_NONE;
    same = stored.len == PTN_HASH_LEN && memcmp(stored.at, hash->at, PTN_HASH_LEN) == 0;
    (void)sqlite3_reset(statement);
    if (rc != SQLITE_ROW && rc != SQLITE_DONE)
        return ptn_store_status(rc, proving->reterr, "the ledger cannot be read");
    return same ? PTN_OK
                : wrong(proving, ((index + 1) << height) - 1,
                        "the stored hash of the subtree that ends here is wrong");
}

/* A live writer may have erased it since the table was read; both are seen as of one moment. */
static bool is_erased(struct ptn_ledger *ledger, uint64_t seq)
{
    return ptn_erased_find(ledger, seq) != NULL ||
           (ptn_ok(ptn_erased_load(ledger, NULL)) && ptn_erased_find(ledger, seq) != NULL);
}

/* The payload of an entry, or its absence. statement stands at the first payload row not before
 * this entry. */
static struct ptn_status check_payload(struct proving *proving, sqlite3_stmt *payloads,
                                       int *payload_rc, uint64_t seq,
                                       const struct ptn_ledger_header *header)
{
    struct ptn_bytes sealed;
    struct ptn_status status;

    if (*payload_rc != SQLITE_ROW && *payload_rc != SQLITE_DONE)
        return ptn_store_status(*payload_rc, proving->reterr, "a payload cannot be read");
    if (*payload_rc == SQLITE_DONE || (uint64_t)sqlite3_column_int64(payloads, 0) != seq) {
        if (header->has_payload) {
            proving->verdict->erased++;
            proving->verdict->lost += is_erased(proving->ledger, seq) ? 0 : 1;
        }
        return PTN_OK;
    }
    if (!header->has_payload)
        return wrong(proving, seq, "an entry without payload has one");
    sealed = ptn_store_blob(payloads, 1);
    status = ptn_ledger_check_sealed(proving->ledger->hasher, header, sealed, proving->reterr);
    if (!ptn_ok(status))
        return status;
    proving->verdict->payloads++;
    proving->verdict->bytes += sealed.len;
    *payload_rc = sqlite3_step(payloads);
    return PTN_OK;
}

static struct ptn_status check_entry(struct proving *proving, sqlite3_stmt *entries,
                                     sqlite3_stmt *payloads, int *payload_rc)
{
    uint64_t seq = proving->range.size;
    struct ptn_ledger_header header;
    struct ptn_bytes leaf;
    struct ptn_hash hash;
    int rc = sqlite3_step(entries);
    struct ptn_status status = ptn_store_status(rc, proving->reterr, "an entry cannot be read");

    if (!ptn_ok(status))
        return status;
    if (rc != SQLITE_ROW || (uint64_t)sqlite3_column_int64(entries, 0) != seq)
        return wrong(proving, seq, "an entry is missing");
    leaf = ptn_store_blob(entries, 1);
    status = ptn_ledger_check_leaf(proving->ledger->hasher, leaf, ptn_store_blob(entries, 2), &hash,
                                   proving->reterr);
    if (!ptn_ok(status))
        return status;
    if (!ptn_ok(ptn_ledger_header_parse(leaf, &header, NULL)))
        return wrong(proving, seq, "an entry is no entry");
    proving->verdict->bytes += leaf.len;
    status = check_payload(proving, payloads, payload_rc, seq, &header);
    if (ptn_ok(status))
        status =
            ptn_range_add(proving->ledger->hasher, &proving->range, &hash, check_subtree, proving);
    if (ptn_ok(status))
        status = check_marks(proving);
    return status;
}

/* One transaction's worth of entries. */
static struct ptn_status check_stride(struct proving *proving)
{
    uint64_t first = proving->range.size;
    uint64_t left = proving->stored.size - first;
    uint64_t count = left < PTN_LEDGER_STRIDE ? left : PTN_LEDGER_STRIDE;
    struct ptn_status status = begin(proving);
    sqlite3_stmt *entries =
        ptn_store_query(proving->ledger, PTN_LEDGER_GET_ENTRIES, first, first + count, 0);
    sqlite3_stmt *payloads =
        ptn_store_query(proving->ledger, PTN_LEDGER_GET_PAYLOADS, first, first + count, 0);
    int payload_rc = ptn_ok(status) ? sqlite3_step(payloads) : SQLITE_DONE;

    while (ptn_ok(status) && proving->range.size < first + count) {
        status = check_entry(proving, entries, payloads, &payload_rc);
        if (status.code == PTN_C_CORRUPT && proving->verdict->wrong == PTN_LEDGER_NO_ENTRY)
            proving->verdict->wrong = proving->range.size;
    }
    (void)sqlite3_reset(entries);
    (void)sqlite3_reset(payloads);
    end(proving);
    return status;
}

static struct ptn_status check_entries(struct proving *proving)
{
    struct ptn_status status = check_marks(proving); /* a mark at size 0 */

    while (ptn_ok(status) && proving->range.size < proving->stored.size)
        status = check_stride(proving);
    if (!ptn_ok(status))
        return status;
    for (unsigned height = 0; height < PTN_PROOF_COUNT_MAX; height++)
        if ((proving->range.size >> height & 1) != 0 &&
            !ptn_hash_equal(&proving->range.nodes[height], &proving->stored.nodes[height]))
            return wrong(proving, PTN_LEDGER_NO_ENTRY, "the stored state of the tree is wrong");
    return PTN_OK;
}

/* ---- the pages that no entry made us read ---- */

static struct ptn_status check_page(struct proving *proving, size_t number)
{
    sqlite3_file *file = proving->file.file;
    uint8_t page[PTN_PAGE_LEN];

    for (unsigned reads = 0; reads < PAGE_READS_MAX; reads++) {
        int rc = file->pMethods->xRead(file, page, PTN_PAGE_LEN,
                                       (sqlite3_int64)(number - 1) * PTN_PAGE_LEN);

        if (rc == SQLITE_IOERR_SHORT_READ) /* so far only in the log */
            return PTN_OK;
        if (rc != SQLITE_OK)
            return ptn_store_status(rc, proving->reterr, "a page cannot be read");
        if (ptn_page_good(page, number))
            return PTN_OK;
    }
    return wrong(proving, PTN_LEDGER_NO_ENTRY,
                 "a page fails its checksum, though every entry is right");
}

static struct ptn_status check_pages(struct proving *proving)
{
    struct ptn_status status = PTN_OK;

    for (size_t number = 1; ptn_ok(status) && number <= proving->page_count; number++)
        if (!ptn_pages_seen(proving->ledger->pages, number))
            status = check_page(proving, number);
    return status;
}

static struct ptn_status start(struct proving *proving)
{
    struct ptn_ledger *ledger = proving->ledger;
    sqlite3_int64 file_size = 0;
    int rc = ptn_file_open(ptn_pages_under(ledger->pages), ledger->path, SQLITE_OPEN_READONLY,
                           &proving->file);

    if (rc == SQLITE_OK)
        rc = proving->file.file->pMethods->xFileSize(proving->file.file, &file_size);
    if (rc == SQLITE_OK)
        rc = sqlite3_prepare_v2(
            ledger->reader,
            "SELECT (SELECT min(seq) FROM entry), (SELECT max(seq) FROM entry), "
            "(SELECT min(seq) FROM payload), (SELECT max(seq) FROM payload), "
            "(SELECT count(*) FROM subtree), (SELECT page_count FROM pragma_page_count)",
            -1, &proving->edges, NULL);
    if (rc != SQLITE_OK)
        return ptn_store_status(rc, proving->reterr, "the ledger cannot be read");
    if (!ptn_pages_watch(ledger->pages, (size_t)(file_size / PTN_PAGE_LEN)))
        return ptn_fail(PTN_C_NO_MEMORY, proving->reterr, 0, "no memory to prove the ledger");
    return PTN_OK;
}

/* LEDGER-4. */
struct ptn_status ptn_ledger_verify(struct ptn_ledger *ledger, const struct ptn_vkey *key,
                                    struct ptn_ledger_verdict *ret_verdict, struct ptn_diag *reterr)
{
    struct ptn_ledger_verdict verdict = { .wrong = PTN_LEDGER_NO_ENTRY };
    struct proving proving = {
        .ledger = ledger, .key = key, .verdict = &verdict, .reterr = reterr
    };
    struct ptn_status status = ptn_erased_load(ledger, reterr);

    if (ptn_ok(status))
        status = start(&proving);
    /* The slots before the database: a writer at work can only have got further in between. */
    if (ptn_ok(status))
        status = read_slots(&proving);
    if (ptn_ok(status))
        status = read_database(&proving);
    if (ptn_ok(status))
        status = check_entries(&proving);
    if (ptn_ok(status))
        status = check_pages(&proving);
    (void)sqlite3_finalize(proving.edges);
    (void)ptn_pages_watch(ledger->pages, 0);
    ptn_file_close(&proving.file);
    if (ptn_ok(status) || status.code == PTN_C_CORRUPT)
        *ret_verdict = verdict;
    return status;
}
