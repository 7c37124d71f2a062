#include "ledger/copy_int.h"

#include <stdlib.h>

#define BUCKET_COUNT 4096u
#define SEALED_MAX   (PTN_PAYLOAD_LEN_MAX + PTN_SEAL_OVERHEAD + 64u)

/* ---- payloads that wait in memory for their entries ---- */

/* One of them: in its bucket's chain, and in the line from oldest to newest. */
struct node {
    struct node *chain;
    struct node *older;
    struct node *newer;
    struct ptn_hash sha256;
    size_t len;
    uint8_t at[];
};

struct ptn_waiting {
    struct node *buckets[BUCKET_COUNT];
    struct node *oldest;
    struct node *newest;
    size_t len;
};

struct ptn_waiting *ptn_waiting_new(void)
{
    return calloc(1, sizeof(struct ptn_waiting));
}

size_t ptn_waiting_len(const struct ptn_waiting *waiting)
{
    return waiting->len;
}

/* A digest's own bits are as good as any hash of it. */
static size_t bucket_of(const struct ptn_hash *sha256)
{
    return ((size_t)sha256->at[0] << 8 | sha256->at[1]) % BUCKET_COUNT;
}

static struct node *find(const struct ptn_waiting *waiting, const struct ptn_hash *sha256)
{
    struct node *node = waiting->buckets[bucket_of(sha256)];

    while (node != NULL && !ptn_hash_equal(&node->sha256, sha256))
        node = node->chain;
    return node;
}

struct ptn_bytes ptn_waiting_find(const struct ptn_waiting *waiting, const struct ptn_hash *sha256)
{
    const struct node *node = find(waiting, sha256);

    return node == NULL ? PTN_BYTES_NONE : ptn_bytes_of(node->at, node->len);
}

static void unlink_node(struct ptn_waiting *waiting, struct node *node)
{
    struct node **link = &waiting->buckets[bucket_of(&node->sha256)];

    while (*link != node)
        link = &(*link)->chain;
    *link = node->chain;
    if (node->older != NULL)
        node->older->newer = node->newer;
    else
        waiting->oldest = node->newer;
    if (node->newer != NULL)
        node->newer->older = node->older;
    else
        waiting->newest = node->older;
    waiting->len -= node->len;
    free(node);
}

static void drop_oldest(struct ptn_waiting *waiting)
{
    PTN_PRE(waiting->oldest->older == NULL);

    unlink_node(waiting, waiting->oldest);
}

void ptn_waiting_remove(struct ptn_waiting *waiting, const struct ptn_hash *sha256)
{
    struct node *node = find(waiting, sha256);

    if (node != NULL)
        unlink_node(waiting, node);
}

void ptn_waiting_free(struct ptn_waiting *waiting)
{
    while (waiting != NULL && waiting->oldest != NULL)
        drop_oldest(waiting);
    free(waiting);
}

/* Keep a copy of the bytes as the newest; the oldest go when there is no more room. */
static struct ptn_status add(struct ptn_waiting *waiting, const struct ptn_hash *sha256,
                             struct ptn_bytes sealed, struct ptn_diag *reterr)
{
    struct node *node;
    size_t bucket = bucket_of(sha256);

    if (find(waiting, sha256) != NULL)
        return PTN_OK;
    node = malloc(sizeof(*node) + sealed.len);
    if (node == NULL)
        return ptn_fail(PTN_C_NO_MEMORY, reterr, 0, "no memory for a payload");
    while (waiting->oldest != NULL && waiting->len + sealed.len > PTN_COPY_WAITING_MAX)
        drop_oldest(waiting);
    node->sha256 = *sha256;
    node->len = sealed.len;
    memcpy(node->at, sealed.at, sealed.len);
    node->chain = waiting->buckets[bucket];
    waiting->buckets[bucket] = node;
    node->older = waiting->newest;
    node->newer = NULL;
    if (waiting->newest != NULL)
        waiting->newest->newer = node;
    else
        waiting->oldest = node;
    waiting->newest = node;
    waiting->len += sealed.len;
    return PTN_OK;
}

/* ---- payloads of entries that are held ---- */

/* The header of an entry that is held. */
static struct ptn_status read_header(struct ptn_copy *copy, uint64_t seq,
                                     struct ptn_ledger_header *ret_header)
{
    sqlite3_stmt *entries = ptn_store_query(copy->base, PTN_LEDGER_GET_ENTRIES, seq, seq + 1, 0);
    struct ptn_status status = ptn_store_next(entries, seq);

    if (ptn_ok(status) &&
        !ptn_ok(ptn_ledger_header_parse(ptn_store_blob(entries, 1), ret_header, NULL)))
        status.code = PTN_C_CORRUPT;
    (void)sqlite3_reset(entries);
    return status;
}

/* Every payload given must be the one that its entry names. */
static struct ptn_status check_all(struct ptn_copy *copy, uint64_t first,
                                   const struct ptn_bytes *sealed, size_t count,
                                   struct ptn_diag *reterr)
{
    for (size_t i = 0; i < count; i++) {
        struct ptn_ledger_header header;
        struct ptn_status status;

        if (sealed[i].at == NULL)
            continue;
        status = read_header(copy, first + i, &header);
        if (!ptn_ok(status))
            return ptn_fail(status.code, reterr, i, "an entry held cannot be read");
        if (!header.has_payload)
            return ptn_fail(PTN_C_BAD_INPUT, reterr, i, "that entry has no payload");
        status = ptn_ledger_check_sealed(copy->base->hasher, &header, sealed[i], reterr);
        if (status.code == PTN_C_CORRUPT)
            return ptn_fail(PTN_C_BAD_INPUT, reterr, i, "not the payload that the entry names");
        if (!ptn_ok(status))
            return status;
    }
    return PTN_OK;
}

/* Nothing to keep for this entry: none given, or erased. */
static bool is_passed_over(const struct ptn_copy *copy, uint64_t seq, struct ptn_bytes sealed)
{
    return sealed.at == NULL || ptn_erased_find(copy->base, seq) != NULL;
}

static int put_all(struct ptn_copy *copy, uint64_t first, const struct ptn_bytes *sealed,
                   size_t count, uint64_t *ret_found)
{
    struct ptn_ledger *base = copy->base;
    sqlite3_stmt *statement = base->statements[PTN_COPY_PUT_LATE_PAYLOAD];
    int rc = SQLITE_OK;

    *ret_found = 0;
    for (size_t i = 0; rc == SQLITE_OK && i < count; i++) {
        uint64_t seq = first + i;

        if (is_passed_over(copy, seq, sealed[i]))
            continue;
        (void)sqlite3_bind_int64(statement, 1, (sqlite3_int64)seq);
        (void)sqlite3_bind_blob64(statement, 2, sealed[i].at, sealed[i].len, SQLITE_STATIC);
        rc = ptn_store_run(statement);
        if (rc == SQLITE_OK)
            rc = ptn_copy_run_u64(copy, PTN_COPY_CUT_WANTED, seq);
        if (rc == SQLITE_OK)
            *ret_found += (uint64_t)sqlite3_changes(base->writer);
    }
    (void)sqlite3_clear_bindings(statement);
    return rc;
}

static struct ptn_status read_back(struct ptn_copy *copy, uint64_t first,
                                   const struct ptn_bytes *sealed, size_t count)
{
    sqlite3_stmt *payloads =
        ptn_store_query(copy->base, PTN_LEDGER_GET_PAYLOADS, first, first + count, 0);
    struct ptn_status status = PTN_OK;

    for (size_t i = 0; ptn_ok(status) && i < count; i++) {
        int rc = SQLITE_ROW;

        if (is_passed_over(copy, first + i, sealed[i]))
            continue;
        do { /* rows of entries that were passed over may lie between */
            rc = sqlite3_step(payloads);
        } while (rc == SQLITE_ROW && (uint64_t)sqlite3_column_int64(payloads, 0) < first + i);
        status = ptn_store_status(rc, NULL, NULL);
        if (ptn_ok(status) &&
            (rc != SQLITE_ROW || (uint64_t)sqlite3_column_int64(payloads, 0) != first + i ||
             !ptn_bytes_equal(ptn_store_blob(payloads, 1), sealed[i])))
            status.code = PTN_C_CORRUPT;
    }
    (void)sqlite3_reset(payloads);
    return status;
}

struct ptn_status ptn_copy_put_payloads_at(struct ptn_copy *copy, uint64_t first,
                                           const struct ptn_bytes *sealed, size_t count,
                                           struct ptn_diag *reterr)
{
    uint64_t found = 0;
    struct ptn_status status = ptn_copy_ready(copy, reterr);

    if (!ptn_ok(status))
        return status;
    if (count > PTN_LEDGER_BATCH_MAX)
        return ptn_fail(PTN_C_TOO_BIG, reterr, PTN_LEDGER_BATCH_MAX, "too many payloads at once");
    if (first > copy->held.size || count > copy->held.size - first)
        return ptn_fail(PTN_C_NOT_FOUND, reterr, 0, "entries of these payloads are not held");
    status = check_all(copy, first, sealed, count, reterr);
    if (ptn_ok(status))
        status = ptn_copy_begin(copy, reterr);
    if (ptn_ok(status))
        status = ptn_copy_commit(copy, put_all(copy, first, sealed, count, &found), reterr);
    if (!ptn_ok(status))
        return status;
    status = read_back(copy, first, sealed, count);
    if (!ptn_ok(status))
        return ptn_copy_read_back_failed(copy, status, reterr);
    copy->missing -= found;
    return PTN_OK;
}

/* Which entry wants a payload of that name? NOT_FOUND: none of the first ones that want any. */
static struct ptn_status find_wanting(struct ptn_copy *copy, const struct ptn_hash *sha256,
                                      uint64_t *ret_seq)
{
    sqlite3_stmt *statement = copy->base->statements[PTN_COPY_GET_WANTED_LEAVES];
    struct ptn_status status = { PTN_C_NOT_FOUND };
    int rc = SQLITE_ROW;

    if (copy->missing == 0)
        return status;
    (void)sqlite3_bind_int64(statement, 1, PTN_COPY_WANTED_STRIDE);
    while (status.code == PTN_C_NOT_FOUND && (rc = sqlite3_step(statement)) == SQLITE_ROW) {
        struct ptn_ledger_header header;

        if (!ptn_ok(ptn_ledger_header_parse(ptn_store_blob(statement, 1), &header, NULL)) ||
            !ptn_hash_equal(&header.sealed_sha256, sha256))
            continue;
        *ret_seq = (uint64_t)sqlite3_column_int64(statement, 0);
        status = PTN_OK;
    }
    (void)sqlite3_reset(statement);
    return rc == SQLITE_ROW || rc == SQLITE_DONE ? status : ptn_store_status(rc, NULL, NULL);
}

struct ptn_status ptn_copy_put_payload(struct ptn_copy *copy, const struct ptn_hash *sha256,
                                       struct ptn_bytes sealed, struct ptn_diag *reterr)
{
    struct ptn_hash hash;
    uint64_t seq = 0;
    struct ptn_status status;

    if (sealed.len == 0 || sealed.len > SEALED_MAX || sealed.len > PTN_COPY_WAITING_MAX)
        return ptn_fail(PTN_C_TOO_BIG, reterr, SEALED_MAX, "no payload is that long");
    status = ptn_copy_ready(copy, reterr);
    if (!ptn_ok(status))
        return status;
    status = ptn_hasher_digest(copy->base->hasher, &sealed, 1, hash.at);
    if (!ptn_ok(status))
        return ptn_fail(status.code, reterr, 0, "SHA-256 refused");
    if (sha256 != NULL && !ptn_hash_equal(&hash, sha256))
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "the payload does not hash to its name");
    status = find_wanting(copy, &hash, &seq);
    if (ptn_ok(status))
        return ptn_copy_put_payloads_at(copy, seq, &sealed, 1, reterr);
    if (status.code != PTN_C_NOT_FOUND)
        return ptn_fail(status.code, reterr, 0, "what is wanted cannot be read");
    return add(copy->waiting, &hash, sealed, reterr);
}

struct ptn_status ptn_copy_next_missing(struct ptn_copy *copy, uint64_t from, uint64_t *ret_index,
                                        struct ptn_diag *reterr)
{
    sqlite3_stmt *statement = copy->base->statements[PTN_COPY_GET_WANTED];
    struct ptn_status status;
    int rc;

    if (copy->missing == 0 || from > PTN_TREE_SIZE_MAX)
        return ptn_fail(PTN_C_NOT_FOUND, reterr, 0, "no payload is missing");
    (void)sqlite3_bind_int64(statement, 1, (sqlite3_int64)from);
    rc = sqlite3_step(statement);
    status = ptn_store_status(rc, reterr, "what is wanted cannot be read");
    if (ptn_ok(status) && rc != SQLITE_ROW)
        status = ptn_fail(PTN_C_NOT_FOUND, reterr, 0, "no payload is missing from there on");
    if (ptn_ok(status))
        *ret_index = (uint64_t)sqlite3_column_int64(statement, 0);
    (void)sqlite3_reset(statement);
    return status;
}
