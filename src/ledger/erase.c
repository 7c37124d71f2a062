#include "ledger/copy_int.h"

#include <stdlib.h>

/* Deleting payloads by an order's name, and what is remembered of it: docs/format/ledger.md. */

#define STRIDE 4096u

static const char delete_payload[] = "DELETE FROM payload WHERE seq = ?1";
static const char put_erased[] = "INSERT OR IGNORE INTO erased (seq, by) VALUES (?1, ?2)";

/* ---- what is remembered ---- */

/* Is the table there? */
static int find_table(sqlite3 *connection, bool *ret_there)
{
    sqlite3_stmt *statement = NULL;
    int rc = sqlite3_prepare_v2(connection, "SELECT 1 FROM sqlite_schema WHERE name = 'erased'", -1,
                                &statement, NULL);

    if (rc == SQLITE_OK)
        rc = sqlite3_step(statement);
    *ret_there = rc == SQLITE_ROW;
    (void)sqlite3_finalize(statement);
    return rc == SQLITE_ROW || rc == SQLITE_DONE ? SQLITE_OK : rc;
}

static int load_rows(sqlite3_stmt *statement, struct ptn_erased **rows, size_t *count)
{
    size_t max = 0;
    int rc = sqlite3_step(statement);

    for (; rc == SQLITE_ROW; rc = sqlite3_step(statement)) {
        struct ptn_bytes by = ptn_store_blob(statement, 1);

        if (by.len != PTN_HASH_LEN)
            return SQLITE_CORRUPT;
        if (*count == max) {
            struct ptn_erased *more;

            max = max == 0 ? 64 : 2 * max;
            more = realloc(*rows, max * sizeof(*more));
            if (more == NULL)
                return SQLITE_NOMEM;
            *rows = more;
        }
        (*rows)[*count].index = (uint64_t)sqlite3_column_int64(statement, 0);
        memcpy((*rows)[*count].by.at, by.at, PTN_HASH_LEN);
        (*count)++;
    }
    return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

struct ptn_status ptn_erased_load(struct ptn_ledger *ledger, struct ptn_diag *reterr)
{
    sqlite3_stmt *statement = NULL;
    struct ptn_erased *rows = NULL;
    size_t count = 0;
    bool there = false;
    int rc = find_table(ledger->reader, &there);

    if (rc == SQLITE_OK && there)
        rc = sqlite3_prepare_v2(ledger->reader, "SELECT seq, by FROM erased ORDER BY seq", -1,
                                &statement, NULL);
    if (rc == SQLITE_OK && there)
        rc = load_rows(statement, &rows, &count);
    (void)sqlite3_finalize(statement);
    if (rc != SQLITE_OK) {
        free(rows);
        return ptn_store_status(rc, reterr, "what was erased cannot be read");
    }
    free(ledger->erased);
    ledger->erased = rows;
    ledger->erased_count = count;
    ledger->has_erased = there;
    return PTN_OK;
}

/* The first row at or after index; the count when there is none. */
static size_t row_from(const struct ptn_ledger *ledger, uint64_t index)
{
    size_t low = 0;
    size_t high = ledger->erased_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (ledger->erased[middle].index < index)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const struct ptn_hash *ptn_erased_find(const struct ptn_ledger *ledger, uint64_t index)
{
    size_t row = row_from(ledger, index);

    return row < ledger->erased_count && ledger->erased[row].index == index
               ? &ledger->erased[row].by
               : NULL;
}

struct ptn_status ptn_ledger_erased(struct ptn_ledger *ledger, uint64_t from, uint64_t *ret_index,
                                    struct ptn_hash *ret_by, struct ptn_diag *reterr)
{
    struct ptn_status status = PTN_OK;
    size_t row;

    if (ledger->state == PTN_LEDGER_READING)
        status = ptn_erased_load(ledger, reterr);
    if (!ptn_ok(status))
        return status;
    row = row_from(ledger, from);
    if (row == ledger->erased_count)
        return ptn_fail(PTN_C_NOT_FOUND, reterr, 0, "nothing is erased from there on");
    *ret_index = ledger->erased[row].index;
    *ret_by = ledger->erased[row].by;
    return PTN_OK;
}

/* ---- erasing ---- */

/* Every entry is there and names that payload, and none is public. */
static struct ptn_status check_all(struct ptn_ledger *ledger, const struct ptn_erasure *erasures,
                                   size_t count, struct ptn_diag *reterr)
{
    for (size_t i = 0; i < count; i++) {
        struct ptn_ledger_header header = { 0 };
        struct ptn_status status = { PTN_C_NOT_FOUND };

        if (erasures[i].index < ledger->range.size)
            status = ptn_ledger_read_header(ledger, erasures[i].index, &header, reterr);
        if (ptn_ok(status) && (!header.has_payload ||
                               !ptn_hash_equal(&header.sealed_sha256, &erasures[i].sealed_sha256)))
            status.code = PTN_C_NOT_FOUND;
        if (status.code == PTN_C_NOT_FOUND)
            return ptn_fail(status.code, reterr, i, "no entry there names that payload");
        if (!ptn_ok(status))
            return status;
        if (header.retention == PTN_RETENTION_PUBLIC)
            return ptn_fail(PTN_C_BAD_INPUT, reterr, i, "a public payload is not erased");
    }
    return PTN_OK;
}

/* Run a statement for each index; *ret_changed: how many rows it changed. by: ?2, or NULL. */
static int for_each(struct ptn_ledger *ledger, const char *sql, const struct ptn_erasure *erasures,
                    size_t count, const struct ptn_hash *by, uint64_t *ret_changed)
{
    sqlite3_stmt *statement = NULL;
    int rc = sqlite3_prepare_v2(ledger->writer, sql, -1, &statement, NULL);

    *ret_changed = 0;
    if (rc == SQLITE_OK && by != NULL)
        rc = sqlite3_bind_blob(statement, 2, by->at, PTN_HASH_LEN, SQLITE_STATIC);
    for (size_t i = 0; rc == SQLITE_OK && i < count; i++) {
        (void)sqlite3_bind_int64(statement, 1, (sqlite3_int64)erasures[i].index);
        rc = ptn_store_run(statement);
        if (rc == SQLITE_OK)
            *ret_changed += (uint64_t)sqlite3_changes(ledger->writer);
    }
    (void)sqlite3_finalize(statement);
    return rc;
}

/* After the commit: rows of payloads gone, rows of erased there. */
static struct ptn_status read_back(struct ptn_ledger *ledger, const struct ptn_erasure *erasures,
                                   size_t count)
{
    struct ptn_status status = ptn_erased_load(ledger, NULL);

    for (size_t i = 0; ptn_ok(status) && i < count; i++) {
        const uint64_t index = erasures[i].index;
        sqlite3_stmt *payloads =
            ptn_store_query(ledger, PTN_LEDGER_GET_PAYLOADS, index, index + 1, 0);
        int rc = sqlite3_step(payloads);

        (void)sqlite3_reset(payloads);
        status = ptn_store_status(rc, NULL, NULL);
        if (ptn_ok(status) && (rc == SQLITE_ROW || ptn_erased_find(ledger, index) == NULL))
            status.code = PTN_C_CORRUPT;
    }
    return status;
}

/* Out of the log too, if no reader holds it: never wait for one. */
static void clean_log(struct ptn_ledger *ledger)
{
    (void)ptn_ledger_fold(ledger);
    if (ledger->state != PTN_LEDGER_READY)
        return;
    (void)sqlite3_busy_timeout(ledger->writer, 0);
    (void)sqlite3_wal_checkpoint_v2(ledger->writer, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
    (void)sqlite3_busy_timeout(ledger->writer, PTN_STORE_BUSY_TIMEOUT_MS);
}

/* LEDGER-6: all of them, with the order's name, or none. */
struct ptn_status ptn_erase(struct ptn_ledger *ledger, const struct ptn_erasure *erasures,
                            size_t count, const struct ptn_hash *by, const char *also,
                            uint64_t *ret_erased, uint64_t *ret_changed, struct ptn_diag *reterr)
{
    uint64_t erased = 0;
    uint64_t changed = 0;
    uint64_t rows = 0;
    struct ptn_status status = ptn_ledger_may_write(ledger, reterr);
    int rc;

    if (!ptn_ok(status))
        return status;
    if (count > PTN_LEDGER_BATCH_MAX)
        return ptn_fail(PTN_C_TOO_BIG, reterr, PTN_LEDGER_BATCH_MAX, "too many payloads at once");
    status = check_all(ledger, erasures, count, reterr);
    if (!ptn_ok(status))
        return status;
    rc = sqlite3_exec(ledger->writer, "PRAGMA secure_delete = ON", NULL, NULL, NULL);
    if (rc == SQLITE_OK)
        rc = ptn_store_run(ledger->statements[PTN_LEDGER_BEGIN]);
    if (rc == SQLITE_OK && !ledger->has_erased)
        rc = sqlite3_exec(ledger->writer, PTN_TABLE_ERASED, NULL, NULL, NULL);
    if (rc == SQLITE_OK)
        rc = for_each(ledger, delete_payload, erasures, count, NULL, &erased);
    if (rc == SQLITE_OK)
        rc = for_each(ledger, put_erased, erasures, count, by, &rows);
    if (rc == SQLITE_OK && also != NULL)
        rc = for_each(ledger, also, erasures, count, NULL, &changed);
    if (rc == SQLITE_OK)
        rc = ptn_store_run(ledger->statements[PTN_LEDGER_COMMIT]);
    if (rc != SQLITE_OK)
        return ptn_ledger_write_failed(ledger, rc, reterr);
    status = read_back(ledger, erasures, count);
    if (!ptn_ok(status)) {
        ledger->state = status.code == PTN_C_CORRUPT ? PTN_LEDGER_BROKEN : PTN_LEDGER_STOPPED;
        return ptn_fail(status.code, reterr, 0,
                        "what was erased could not be read back: open the ledger again");
    }
    clean_log(ledger);
    *ret_erased = erased;
    *ret_changed = changed;
    return PTN_OK;
}

struct ptn_status ptn_ledger_erase(struct ptn_ledger *ledger, const struct ptn_erasure *erasures,
                                   size_t count, const struct ptn_hash *by, uint64_t *ret_erased,
                                   struct ptn_diag *reterr)
{
    uint64_t changed = 0;

    return ptn_erase(ledger, erasures, count, by, NULL, ret_erased, &changed, reterr);
}

struct ptn_status ptn_copy_erase(struct ptn_copy *copy, const struct ptn_erasure *erasures,
                                 size_t count, const struct ptn_hash *by, uint64_t *ret_erased,
                                 struct ptn_diag *reterr)
{
    uint64_t not_wanted = 0;
    struct ptn_status status = ptn_copy_ready(copy, reterr);

    if (ptn_ok(status))
        status = ptn_erase(copy->base, erasures, count, by, "DELETE FROM wanted WHERE seq = ?1",
                           ret_erased, &not_wanted, reterr);
    if (ptn_ok(status))
        copy->missing -= not_wanted;
    return status;
}

struct ptn_status ptn_copy_erased(struct ptn_copy *copy, uint64_t from, uint64_t *ret_index,
                                  struct ptn_hash *ret_by, struct ptn_diag *reterr)
{
    return ptn_ledger_erased(copy->base, from, ret_index, ret_by, reterr);
}

/* ---- finding ---- */

static int compare_hashes(const void *a, const void *b)
{
    return memcmp(a, b, PTN_HASH_LEN);
}

struct ptn_status ptn_ledger_find_payloads(struct ptn_ledger *ledger, const struct ptn_hash *names,
                                           size_t name_count, uint64_t from,
                                           struct ptn_erasure *ret_found, size_t found_max,
                                           size_t *ret_count, uint64_t *ret_next,
                                           struct ptn_diag *reterr)
{
    uint64_t size = 0;
    uint64_t seq = from;
    size_t count = 0;
    sqlite3_stmt *entries;
    struct ptn_status status = ptn_ledger_size(ledger, &size, reterr);

    if (!ptn_ok(status))
        return status;
    size = size - (from < size ? from : size) > STRIDE ? from + STRIDE : size;
    entries = ptn_store_query(ledger, PTN_LEDGER_GET_ENTRIES, from, size, 0);
    for (; ptn_ok(status) && seq < size && count < found_max; seq++) {
        struct ptn_ledger_header header;

        status = ptn_store_next(entries, seq);
        if (ptn_ok(status) &&
            !ptn_ok(ptn_ledger_header_parse(ptn_store_blob(entries, 1), &header, NULL)))
            status.code = PTN_C_CORRUPT;
        if (ptn_ok(status) && header.has_payload && name_count > 0 &&
            bsearch(&header.sealed_sha256, names, name_count, sizeof(*names), compare_hashes) !=
                NULL)
            ret_found[count++] = (struct ptn_erasure){ seq, header.sealed_sha256 };
    }
    (void)sqlite3_reset(entries);
    if (!ptn_ok(status))
        return ptn_fail(status.code, reterr, (size_t)seq, "an entry cannot be read");
    *ret_count = count;
    *ret_next = seq;
    return PTN_OK;
}

struct ptn_status ptn_copy_find_payloads(struct ptn_copy *copy, const struct ptn_hash *names,
                                         size_t name_count, uint64_t from,
                                         struct ptn_erasure *ret_found, size_t found_max,
                                         size_t *ret_count, uint64_t *ret_next,
                                         struct ptn_diag *reterr)
{
    return ptn_ledger_find_payloads(copy->base, names, name_count, from, ret_found, found_max,
                                    ret_count, ret_next, reterr);
}
