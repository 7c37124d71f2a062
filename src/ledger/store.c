#include "ledger/ledger_int.h"
#include "ledger/log_int.h"

#include <stdio.h>
#include <stdlib.h>

#define URI_SIZE       (3 * PTN_LEDGER_PATH_SIZE + 32)
#define ROW_LEN_MAX    ((int)(PTN_PAYLOAD_LEN_MAX + PTN_SEAL_OVERHEAD + 65536))
#define TEXT_OF(value) #value
#define TEXT(macro)    TEXT_OF(macro)
#define PRAGMA_SIZE    128u

/* docs/format/ledger.md; what stands in a file must be these very words. */
static const char *const tables[] = {
    "CREATE TABLE head (one INTEGER PRIMARY KEY CHECK (one = 1), origin TEXT NOT NULL, "
    "size INTEGER NOT NULL, range BLOB NOT NULL, note BLOB NOT NULL) STRICT",
    PTN_TABLE_ENTRY,
    PTN_TABLE_PAYLOAD,
    PTN_TABLE_SUBTREE,
};

static const struct ptn_store_statement statements[] = { PTN_STORE_STATEMENTS };

const struct ptn_store_plan ptn_ledger_plan = {
    .application_id = 0x50746e4c,
    .schema_version = 1,
    .tables = tables,
    .table_count = sizeof(tables) / sizeof(tables[0]),
    .statements = statements,
    .statement_count = sizeof(statements) / sizeof(statements[0]),
    .writer = "PRAGMA cache_size = -8192",
};

/* ---- SQLite's codes ---- */

struct ptn_status ptn_store_status(int rc, struct ptn_diag *reterr, const char *text)
{
    switch (rc) {
    case SQLITE_OK:
    case SQLITE_ROW:
    case SQLITE_DONE:
        return PTN_OK;
    case SQLITE_IOERR_DATA:
        return ptn_fail(PTN_C_CORRUPT, reterr, 0, "a page of the ledger fails its checksum");
    case SQLITE_IOERR_NOMEM:
        return ptn_fail(PTN_C_NO_MEMORY, reterr, 0, text);
    default:
        break;
    }
    switch (rc & 0xff) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_SCHEMA:
    case SQLITE_ERROR: /* our statements are right: the file is of no format they fit */
        return ptn_fail(PTN_C_CORRUPT, reterr, 0, "the ledger's file is damaged");
    case SQLITE_NOMEM:
        return ptn_fail(PTN_C_NO_MEMORY, reterr, 0, text);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return ptn_fail(PTN_C_BUSY, reterr, 0, text);
    case SQLITE_TOOBIG:
        return ptn_fail(PTN_C_TOO_BIG, reterr, 0, text);
    default:
        return ptn_fail(PTN_C_IO, reterr, 0, text);
    }
}

struct ptn_status ptn_store_path(char path[PTN_LEDGER_PATH_SIZE], const char *dir, const char *file)
{
    int len = snprintf(path, PTN_LEDGER_PATH_SIZE, "%s/%s", dir, file);

    return (struct ptn_status){ len > 0 && (unsigned)len < PTN_LEDGER_PATH_SIZE ? PTN_C_OK
                                                                                : PTN_C_TOO_BIG };
}

int ptn_store_run(sqlite3_stmt *statement)
{
    int rc = sqlite3_step(statement);
    int reset = sqlite3_reset(statement);

    if (rc == SQLITE_ROW)
        return SQLITE_OK;
    return rc == SQLITE_DONE ? reset : rc;
}

struct ptn_bytes ptn_store_blob(sqlite3_stmt *statement, int column)
{
    const void *at = sqlite3_column_blob(statement, column);
    int len = sqlite3_column_bytes(statement, column);

    return at == NULL ? PTN_BYTES_NONE : ptn_bytes_of(at, (size_t)len);
}

/* ---- connections ---- */

/* Run one pragma that answers with a number. */
static int ask_number(sqlite3 *connection, const char *sql, int64_t *ret_value)
{
    sqlite3_stmt *statement = NULL;
    int rc = sqlite3_prepare_v2(connection, sql, -1, &statement, NULL);

    if (rc == SQLITE_OK)
        rc = sqlite3_step(statement);
    if (rc == SQLITE_ROW) {
        *ret_value = sqlite3_column_int64(statement, 0);
        rc = SQLITE_OK;
    } else if (rc == SQLITE_DONE) {
        rc = SQLITE_ERROR;
    }
    (void)sqlite3_finalize(statement);
    return rc;
}

static int note_log_length(void *context, sqlite3 *connection, const char *name, int pages)
{
    (void)connection;
    (void)name;
    ((struct ptn_ledger *)context)->log_pages = pages;
    return SQLITE_OK;
}

static int open_path(const struct ptn_ledger *ledger, const char *path, int flags,
                     sqlite3 **ret_connection)
{
    int rc =
        sqlite3_open_v2(path, ret_connection, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE,
                        ptn_pages_name(ledger->pages));

    if (rc != SQLITE_OK)
        return rc;
    (void)sqlite3_limit(*ret_connection, SQLITE_LIMIT_LENGTH, ROW_LEN_MAX);
    (void)sqlite3_db_config(*ret_connection, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    (void)sqlite3_db_config(*ret_connection, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    /* Whoever closes last must not fold the log in on the side: the writer does it when it may. */
    (void)sqlite3_db_config(*ret_connection, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    (void)sqlite3_busy_timeout(*ret_connection, PTN_STORE_BUSY_TIMEOUT_MS);
    return sqlite3_exec(*ret_connection,
                        "PRAGMA cell_size_check = ON; PRAGMA foreign_keys = ON; "
                        "PRAGMA mmap_size = 0; PRAGMA temp_store = MEMORY; "
                        "PRAGMA cache_size = -512" /* a reader goes on and on, never back */,
                        NULL, NULL, NULL);
}

static int open_connection(const struct ptn_ledger *ledger, int flags, sqlite3 **ret_connection)
{
    return open_path(ledger, ledger->path, flags, ret_connection);
}

/* "file:PATH?immutable=1", with what has a meaning in a URI escaped. */
static bool immutable_uri(const char *path, char uri[URI_SIZE])
{
    size_t len = (size_t)snprintf(uri, URI_SIZE, "file:");

    for (; *path != '\0'; path++) {
        bool plain = strchr("%?#", *path) == NULL;
        int more =
            snprintf(uri + len, URI_SIZE - len, plain ? "%c" : "%%%02x", (unsigned char)*path);

        if (more < 0 || (size_t)more >= URI_SIZE - len)
            return false;
        len += (size_t)more;
    }
    return (size_t)snprintf(uri + len, URI_SIZE - len, "?immutable=1") < URI_SIZE - len;
}

/* Is there a log with anything in it? When in doubt, yes. */
static bool has_log(const struct ptn_ledger *ledger)
{
    sqlite3_vfs *vfs = ptn_pages_under(ledger->pages);
    char path[PTN_LEDGER_PATH_SIZE + 8];
    struct ptn_file file = { NULL, NULL };
    sqlite3_int64 size = 1;
    bool exists = true;

    (void)snprintf(path, sizeof(path), "%s-wal", ledger->path);
    if (ptn_file_exists(vfs, path, &exists) != SQLITE_OK || !exists)
        return exists;
    if (ptn_file_open(vfs, path, SQLITE_OPEN_READONLY, &file) == SQLITE_OK)
        (void)file.file->pMethods->xFileSize(file.file, &size);
    ptn_file_close(&file);
    return size > 0;
}

/*
 * A reader's connection. SQLite reads a database with a log only where it may write beside it; from
 * a read-only medium a ledger that was closed in order is read as the file that nobody changes any
 * more.
 */
static int open_reader(struct ptn_ledger *ledger)
{
    char uri[URI_SIZE];
    int64_t count = 0;
    int rc = open_connection(ledger, SQLITE_OPEN_READONLY, &ledger->reader);

    if (rc == SQLITE_OK)
        rc = ask_number(ledger->reader, "SELECT count(*) FROM sqlite_schema", &count);
    if ((rc & 0xff) != SQLITE_CANTOPEN || ledger->state != PTN_LEDGER_READING)
        return rc;
    if (has_log(ledger) || !immutable_uri(ledger->path, uri))
        return rc;
    (void)sqlite3_close(ledger->reader);
    ledger->reader = NULL;
    return open_path(ledger, uri, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, &ledger->reader);
}

/* What a durable commit needs, asked back: some builds of SQLite have other defaults. */
static int set_up_writer(struct ptn_ledger *ledger)
{
    int64_t synchronous = -1;
    int64_t is_wal = 0;
    int rc = sqlite3_exec(ledger->writer,
                          "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; "
                          "PRAGMA wal_autocheckpoint = 0",
                          NULL, NULL, NULL);

    if (rc == SQLITE_OK)
        rc = sqlite3_exec(ledger->writer, ledger->plan->writer, NULL, NULL, NULL);
    if (rc == SQLITE_OK)
        rc = ask_number(ledger->writer, "PRAGMA synchronous", &synchronous);
    if (rc == SQLITE_OK)
        rc = ask_number(ledger->writer, "SELECT journal_mode = 'wal' FROM pragma_journal_mode",
                        &is_wal);
    if (rc == SQLITE_OK && (synchronous != 2 || is_wal != 1))
        rc = SQLITE_IOERR;
    (void)sqlite3_wal_hook(ledger->writer, note_log_length, ledger);
    return rc;
}

/* The file is a ledger of this version, with these tables and nothing else. */
static struct ptn_status check_schema(const struct ptn_store_plan *plan, sqlite3 *connection,
                                      struct ptn_diag *reterr)
{
    sqlite3_stmt *statement = NULL;
    int64_t application = 0;
    int64_t version = 0;
    size_t found = 0;
    bool same = true;
    int rc = ask_number(connection, "PRAGMA application_id", &application);

    if (rc == SQLITE_OK)
        rc = ask_number(connection, "PRAGMA user_version", &version);
    if (rc == SQLITE_OK)
        rc = sqlite3_prepare_v2(
            connection, "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY rowid", -1,
            &statement, NULL);
    while (rc == SQLITE_OK || rc == SQLITE_ROW) {
        const char *sql;

        rc = sqlite3_step(statement);
        if (rc != SQLITE_ROW)
            break;
        sql = (const char *)sqlite3_column_text(statement, 0);
        same = same && found <= plan->table_count && sql != NULL &&
               strcmp(sql, found < plan->table_count ? plan->tables[found] : PTN_TABLE_ERASED) == 0;
        found++;
    }
    (void)sqlite3_finalize(statement);
    if (rc != SQLITE_DONE)
        return ptn_store_status(rc, reterr, "the ledger's file cannot be read");
    if (application != plan->application_id || version != plan->schema_version)
        return ptn_fail(PTN_C_CORRUPT, reterr, 0, "the file is no ledger of a known version");
    if (!same || found < plan->table_count)
        return ptn_fail(PTN_C_CORRUPT, reterr, 0, "the file has other tables than a ledger");
    return PTN_OK;
}

static int prepare(struct ptn_ledger *ledger)
{
    int rc = SQLITE_OK;

    PTN_PRE(ledger->plan->statement_count <= PTN_STORE_STATEMENT_MAX);

    for (size_t i = 0; rc == SQLITE_OK && i < ledger->plan->statement_count; i++) {
        const struct ptn_store_statement *statement = &ledger->plan->statements[i];
        sqlite3 *connection = statement->writes ? ledger->writer : ledger->reader;

        if (connection != NULL)
            rc = sqlite3_prepare_v3(connection, statement->text, -1, SQLITE_PREPARE_PERSISTENT,
                                    &ledger->statements[i], NULL);
    }
    return rc;
}

struct ptn_status ptn_store_open(struct ptn_ledger *ledger, struct ptn_diag *reterr)
{
    bool writes = ledger->state != PTN_LEDGER_READING;
    struct ptn_status status;
    int rc = SQLITE_OK;

    if (writes)
        rc = ptn_log_settle(ptn_pages_under(ledger->pages), ledger->path);
    if (writes && rc == SQLITE_OK)
        rc = open_connection(ledger, SQLITE_OPEN_READWRITE, &ledger->writer);
    if (writes && rc == SQLITE_OK)
        rc = set_up_writer(ledger);
    if (rc == SQLITE_OK)
        rc = open_reader(ledger);
    if (rc != SQLITE_OK)
        return ptn_store_status(rc, reterr, "the ledger's file cannot be opened");
    status = check_schema(ledger->plan, ledger->reader, reterr);
    if (!ptn_ok(status))
        return status;
    status = ptn_store_status(prepare(ledger), reterr, "the ledger's file cannot be used");
    return ptn_ok(status) ? ptn_erased_load(ledger, reterr) : status;
}

void ptn_store_close(struct ptn_ledger *ledger)
{
    for (unsigned i = 0; i < PTN_STORE_STATEMENT_MAX; i++) {
        (void)sqlite3_finalize(ledger->statements[i]);
        ledger->statements[i] = NULL;
    }
    (void)sqlite3_close(ledger->reader);
    (void)sqlite3_close(ledger->writer);
    ledger->reader = NULL;
    ledger->writer = NULL;
}

/* All tables and the one row of head, in one transaction. */
static int make_tables(struct ptn_ledger *ledger, struct ptn_bytes note)
{
    const struct ptn_store_plan *plan = ledger->plan;
    sqlite3_stmt *statement = NULL;
    char begin[PRAGMA_SIZE];
    int rc;

    (void)snprintf(begin, sizeof(begin),
                   "BEGIN IMMEDIATE; PRAGMA application_id = %d; PRAGMA user_version = %d",
                   plan->application_id, plan->schema_version);
    rc = sqlite3_exec(ledger->writer, begin, NULL, NULL, NULL);
    for (size_t i = 0; rc == SQLITE_OK && i < plan->table_count; i++)
        rc = sqlite3_exec(ledger->writer, plan->tables[i], NULL, NULL, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_prepare_v2(ledger->writer,
                                "INSERT INTO head (one, origin, size, range, note) "
                                "VALUES (1, ?1, 0, x'', ?2)",
                                -1, &statement, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_bind_text(statement, 1, ledger->origin, -1, SQLITE_STATIC);
    if (rc == SQLITE_OK)
        rc = sqlite3_bind_blob64(statement, 2, note.at, note.len, SQLITE_STATIC);
    if (rc == SQLITE_OK)
        rc = ptn_store_run(statement);
    (void)sqlite3_finalize(statement);
    if (rc == SQLITE_OK)
        rc = sqlite3_exec(ledger->writer, "COMMIT", NULL, NULL, NULL);
    return rc;
}

struct ptn_status ptn_store_create(struct ptn_ledger *ledger, struct ptn_bytes note,
                                   struct ptn_diag *reterr)
{
    int reserved = PTN_PAGE_RESERVED;
    int rc = open_connection(ledger, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, &ledger->writer);

    if (rc == SQLITE_OK)
        rc = sqlite3_exec(ledger->writer, "PRAGMA page_size = " TEXT(PTN_PAGE_LEN), NULL, NULL,
                          NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_file_control(ledger->writer, "main", SQLITE_FCNTL_RESERVE_BYTES, &reserved);
    if (rc == SQLITE_OK)
        rc = set_up_writer(ledger);
    if (rc == SQLITE_OK)
        rc = make_tables(ledger, note);
    /* Into the main file now: the folder is the whole ledger from its first moment on. */
    if (rc == SQLITE_OK)
        rc =
            sqlite3_wal_checkpoint_v2(ledger->writer, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
    ptn_store_close(ledger);
    return ptn_store_status(rc, reterr, "the ledger's file cannot be made");
}

struct ptn_status ptn_store_is_blank(const struct ptn_ledger *ledger, bool *ret_blank,
                                     struct ptn_diag *reterr)
{
    sqlite3 *connection = NULL;
    int64_t count = 0;
    int rc = open_connection(ledger, SQLITE_OPEN_READWRITE, &connection);

    if (rc == SQLITE_OK)
        rc = ask_number(connection, "SELECT count(*) FROM sqlite_schema", &count);
    (void)sqlite3_close(connection);
    if (rc == SQLITE_OK)
        *ret_blank = count == 0;
    return ptn_store_status(rc, reterr, "the ledger's file cannot be read");
}

/* ---- reading ---- */

/* The roots in the blob, lowest first, to the places of size's bits. */
static bool unpack_range(struct ptn_bytes blob, struct ptn_range *range)
{
    size_t at = 0;

    for (unsigned height = 0; height < 63; height++) {
        if ((range->size >> height & 1) == 0)
            continue;
        if (blob.len - at < PTN_HASH_LEN)
            return false;
        memcpy(range->nodes[height].at, blob.at + at, PTN_HASH_LEN);
        at += PTN_HASH_LEN;
    }
    return at == blob.len;
}

struct ptn_status ptn_store_head(struct ptn_ledger *ledger, struct ptn_ledger_head_row *ret_row,
                                 struct ptn_diag *reterr)
{
    sqlite3_stmt *statement = ledger->statements[PTN_LEDGER_GET_HEAD];
    int rc = sqlite3_step(statement);
    struct ptn_status status = ptn_store_status(rc, reterr, "the ledger's head cannot be read");
    struct ptn_bytes origin;

    if (ptn_ok(status) && rc != SQLITE_ROW)
        status = ptn_fail(PTN_C_CORRUPT, reterr, 0, "the ledger has no head");
    if (!ptn_ok(status)) {
        (void)sqlite3_reset(statement);
        return status;
    }
    origin = ptn_store_blob(statement, 0);
    memset(&ret_row->range, 0, sizeof(ret_row->range));
    ret_row->range.size = (uint64_t)sqlite3_column_int64(statement, 1);
    ptn_buffer_clear(&ret_row->note);
    if (!ptn_note_name_good(origin) || ret_row->range.size > PTN_TREE_SIZE_MAX ||
        !unpack_range(ptn_store_blob(statement, 2), &ret_row->range)) {
        status = ptn_fail(PTN_C_CORRUPT, reterr, 0, "the ledger's head makes no sense");
    } else {
        for (size_t i = 0; i < origin.len; i++)
            ledger->origin[i] = (char)origin.at[i];
        ledger->origin[origin.len] = '\0';
        status = ptn_buffer_add(&ret_row->note, ptn_store_blob(statement, 3));
    }
    (void)sqlite3_reset(statement);
    return status;
}

sqlite3_stmt *ptn_store_query(struct ptn_ledger *ledger, enum ptn_ledger_statement which,
                              uint64_t first, uint64_t end, unsigned level)
{
    sqlite3_stmt *statement = ledger->statements[which];

    (void)sqlite3_reset(statement);
    (void)sqlite3_bind_int64(statement, 1, (sqlite3_int64)first);
    (void)sqlite3_bind_int64(statement, 2, (sqlite3_int64)end);
    if (which == PTN_LEDGER_GET_SUBTREES)
        (void)sqlite3_bind_int64(statement, 3, level);
    return statement;
}

static struct ptn_store_known *known_at(struct ptn_ledger *ledger, unsigned height, uint64_t index)
{
    return &ledger->known[(index * 8 + height % 8) % PTN_STORE_KNOWN_COUNT];
}

void ptn_store_forget_known(struct ptn_ledger *ledger)
{
    memset(ledger->known, 0, sizeof(ledger->known));
}

/* Out of the hashes of the level below, count of them from first on. */
static struct ptn_status add_up(struct ptn_ledger *ledger, unsigned level, uint64_t first,
                                uint64_t count, struct ptn_hash *ret_hash)
{
    sqlite3_stmt *statement =
        ptn_store_query(ledger, level == 0 ? PTN_LEDGER_GET_HASHES : PTN_LEDGER_GET_SUBTREES, first,
                        first + count, level);
    struct ptn_range range = { 0 };
    struct ptn_status status = PTN_OK;

    for (uint64_t i = 0; ptn_ok(status) && i < count; i++) {
        struct ptn_bytes hash;
        struct ptn_hash copy;

        status = ptn_store_next(statement, first + i);
        hash = ptn_ok(status) ? ptn_store_blob(statement, 1) : PTN_BYTES_NONE;
        if (ptn_ok(status) && hash.len != PTN_HASH_LEN)
            status.code = PTN_C_CORRUPT;
        if (!ptn_ok(status))
            break;
        memcpy(copy.at, hash.at, PTN_HASH_LEN);
        status = ptn_range_add(ledger->hasher, &range, &copy, NULL, NULL);
    }
    (void)sqlite3_reset(statement);
    return ptn_ok(status) ? ptn_range_root(ledger->hasher, &range, ret_hash) : status;
}

struct ptn_status ptn_store_subtree(void *context, unsigned height, uint64_t index,
                                    struct ptn_hash *ret_hash)
{
    struct ptn_ledger *ledger = context;
    struct ptn_store_known *known = known_at(ledger, height, index);
    struct ptn_status status;

    if (height % 8 == 0)
        return add_up(ledger, height / 8, index, 1, ret_hash);
    if (known->height == height && known->index == index) {
        *ret_hash = known->hash;
        return PTN_OK;
    }
    status = add_up(ledger, height / 8, index << height % 8, (uint64_t)1 << height % 8, ret_hash);
    if (ptn_ok(status))
        *known = (struct ptn_store_known){ index, height, *ret_hash };
    return status;
}

struct ptn_status ptn_store_range(struct ptn_ledger *ledger, uint64_t size,
                                  struct ptn_range *ret_range)
{
    struct ptn_range range = { .size = size };
    uint64_t start = 0;

    for (unsigned height = 63; height-- > 0;) {
        struct ptn_status status;

        if ((size >> height & 1) == 0)
            continue;
        status = ptn_store_subtree(ledger, height, start >> height, &range.nodes[height]);
        if (!ptn_ok(status))
            return status;
        start += (uint64_t)1 << height;
    }
    *ret_range = range;
    return PTN_OK;
}
