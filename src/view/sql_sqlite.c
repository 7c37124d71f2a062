/*
 * view/sql_sqlite.c -- a view's tables in one SQLite file. The only file here that includes
 * sqlite3.h.
 *
 * WAL and synchronous=NORMAL: a view is derived, and its cursors stand in the same transaction as
 * its rows, so that what a power cut takes is asked for again. The log is folded at 192 MiB: each
 * transaction changes the same pages of indexes again, and the writer waits for the disk while they
 * are folded.
 */
#include <stdlib.h>

#include <sqlite3.h>

#include "view/sql_int.h"

#define BUSY_TIMEOUT_MS 5000
#define ROW_LEN_MAX     (1 << 20)

struct sqlite {
    struct ptn_sql sql;
    sqlite3 *connection;
    char *block; /* of texts */
    const char *texts[PTN_SQL_COUNT];
    sqlite3_stmt *statements[PTN_SQL_COUNT];
    sqlite3_stmt *asked; /* the question that is open */
};

static struct sqlite *of(struct ptn_sql *sql)
{
    return (struct sqlite *)(void *)sql;
}

static struct ptn_status status_of(int rc, struct ptn_diag *reterr)
{
    switch (rc & 0xff) {
    case SQLITE_OK:
    case SQLITE_ROW:
    case SQLITE_DONE:
        return PTN_OK;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_SCHEMA:
    case SQLITE_ERROR: /* our statements are right: the file is of no format they fit */
        return ptn_fail(PTN_C_CORRUPT, reterr, 0, "the view's file is damaged: remove and replay");
    case SQLITE_CONSTRAINT:
        return ptn_fail(PTN_C_CORRUPT, reterr, 0, "the view holds a row it cannot hold");
    case SQLITE_NOMEM:
        return ptn_fail(PTN_C_NO_MEMORY, reterr, 0, "out of memory");
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return ptn_fail(PTN_C_BUSY, reterr, 0, "another writes the view");
    default:
        return ptn_fail(PTN_C_IO, reterr, 0, "the view's file cannot be read or written");
    }
}

static void close_sqlite(struct ptn_sql *sql)
{
    struct sqlite *sqlite = of(sql);

    if (sqlite == NULL)
        return;
    for (unsigned i = 0; i < PTN_SQL_COUNT; i++)
        (void)sqlite3_finalize(sqlite->statements[i]);
    (void)sqlite3_close(sqlite->connection);
    free(sqlite->block);
    free(sqlite);
}

static struct ptn_status run_script(struct ptn_sql *sql, enum ptn_sql_statement which,
                                    struct ptn_diag *reterr)
{
    struct sqlite *sqlite = of(sql);

    return status_of(sqlite3_exec(sqlite->connection, sqlite->texts[which], NULL, NULL, NULL),
                     reterr);
}

static struct ptn_status prepare(struct ptn_sql *sql, unsigned first, unsigned end_before,
                                 struct ptn_diag *reterr)
{
    struct sqlite *sqlite = of(sql);
    int rc = SQLITE_OK;

    for (unsigned i = first; rc == SQLITE_OK && i < end_before; i++)
        if (sqlite->statements[i] == NULL)
            rc = sqlite3_prepare_v3(sqlite->connection, sqlite->texts[i], -1,
                                    SQLITE_PREPARE_PERSISTENT, &sqlite->statements[i], NULL);
    return status_of(rc, reterr);
}

static struct ptn_status begin(struct ptn_sql *sql, bool writes, struct ptn_diag *reterr)
{
    const char *text = writes ? "BEGIN IMMEDIATE" : "BEGIN";

    return status_of(sqlite3_exec(of(sql)->connection, text, NULL, NULL, NULL), reterr);
}

static struct ptn_status commit(struct ptn_sql *sql, struct ptn_diag *reterr)
{
    return status_of(sqlite3_exec(of(sql)->connection, "COMMIT", NULL, NULL, NULL), reterr);
}

static void end(struct ptn_sql *sql)
{
    struct sqlite *sqlite = of(sql);

    (void)sqlite3_reset(sqlite->asked);
    sqlite->asked = NULL;
}

static void rollback(struct ptn_sql *sql)
{
    end(sql);
    /* Some failures have rolled back already; then this one says so, and that is all right. */
    if (sqlite3_get_autocommit(of(sql)->connection) == 0)
        (void)sqlite3_exec(of(sql)->connection, "ROLLBACK", NULL, NULL, NULL);
}

static int bind(sqlite3_stmt *statement, const struct ptn_sql_value *values, size_t count)
{
    int rc = SQLITE_OK;

    for (size_t i = 0; rc == SQLITE_OK && i < count; i++) {
        const struct ptn_sql_value *value = &values[i];
        const void *at = value->bytes.at == NULL ? (const void *)"" : value->bytes.at;
        int column = (int)i + 1;

        switch (value->type) {
        case PTN_SQL_NUMBER:
            rc = sqlite3_bind_int64(statement, column, value->number);
            break;
        case PTN_SQL_BLOB:
            rc = sqlite3_bind_blob64(statement, column, at, value->bytes.len, SQLITE_STATIC);
            break;
        case PTN_SQL_TEXT:
            rc = sqlite3_bind_text64(statement, column, at, value->bytes.len, SQLITE_STATIC,
                                     SQLITE_UTF8);
            break;
        default:
            PTN_PRE(false);
        }
    }
    return rc;
}

static struct ptn_status run(struct ptn_sql *sql, enum ptn_sql_statement which,
                             const struct ptn_sql_value *values, size_t count,
                             struct ptn_diag *reterr)
{
    sqlite3_stmt *statement = of(sql)->statements[which];
    int rc = bind(statement, values, count);
    int reset;

    if (rc == SQLITE_OK)
        rc = sqlite3_step(statement);
    reset = sqlite3_reset(statement);
    return status_of(rc == SQLITE_DONE ? reset : rc, reterr);
}

static struct ptn_status put(struct ptn_sql *sql, enum ptn_sql_statement which,
                             const struct ptn_sql_value *values, size_t count, bool *ret_new,
                             struct ptn_diag *reterr)
{
    struct ptn_status status = run(sql, which, values, count, reterr);

    if (ptn_ok(status) && ret_new != NULL)
        *ret_new = sqlite3_changes(of(sql)->connection) > 0;
    return status;
}

static struct ptn_status ask(struct ptn_sql *sql, enum ptn_sql_statement which,
                             const struct ptn_sql_value *values, size_t count,
                             struct ptn_diag *reterr)
{
    struct sqlite *sqlite = of(sql);

    PTN_PRE(sqlite->asked == NULL);
    sqlite->asked = sqlite->statements[which];
    return status_of(bind(sqlite->asked, values, count), reterr);
}

static struct ptn_status take(sqlite3_stmt *statement, int column, struct ptn_sql_value *value,
                              struct ptn_diag *reterr)
{
    static const int types[] = {
        [PTN_SQL_NUMBER] = SQLITE_INTEGER,
        [PTN_SQL_BLOB] = SQLITE_BLOB,
        [PTN_SQL_TEXT] = SQLITE_TEXT,
    };
    const void *at;

    if (sqlite3_column_type(statement, column) != types[value->type])
        return ptn_fail(PTN_C_CORRUPT, reterr, 0, "the view's file holds another type of value");
    if (value->type == PTN_SQL_NUMBER) {
        value->number = sqlite3_column_int64(statement, column);
        return PTN_OK;
    }
    at = value->type == PTN_SQL_BLOB ? sqlite3_column_blob(statement, column)
                                     : (const void *)sqlite3_column_text(statement, column);
    value->bytes = ptn_bytes_of(at, (size_t)sqlite3_column_bytes(statement, column));
    if (at == NULL && value->bytes.len > 0)
        return ptn_fail(PTN_C_NO_MEMORY, reterr, 0, "out of memory");
    return PTN_OK;
}

static struct ptn_status next(struct ptn_sql *sql, struct ptn_sql_value *ret_values, size_t count,
                              bool *ret_row, struct ptn_diag *reterr)
{
    sqlite3_stmt *statement = of(sql)->asked;
    struct ptn_status status = PTN_OK;
    int rc = sqlite3_step(statement);

    if (rc != SQLITE_ROW && rc != SQLITE_DONE)
        return status_of(rc, reterr);
    *ret_row = rc == SQLITE_ROW;
    for (size_t i = 0; *ret_row && ptn_ok(status) && i < count; i++)
        status = take(statement, (int)i, &ret_values[i], reterr);
    return status;
}

static const struct ptn_sql_engine engine = {
    .close = close_sqlite,
    .script = run_script,
    .prepare = prepare,
    .begin = begin,
    .commit = commit,
    .rollback = rollback,
    .put = put,
    .run = run,
    .ask = ask,
    .next = next,
    .end = end,
};

static struct ptn_status connect(struct sqlite *sqlite, const struct ptn_world *world,
                                 const char *path, enum ptn_view_use use, struct ptn_diag *reterr)
{
    bool writes = use == PTN_VIEW_WRITE;
    int flags = writes ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY;
    int rc = sqlite3_open_v2(path, &sqlite->connection,
                             flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE,
                             world->sqlite_vfs_name);

    if ((rc & 0xff) == SQLITE_CANTOPEN && !writes)
        return ptn_fail(PTN_C_BUSY, reterr, 0, "there is no view yet");
    if (rc != SQLITE_OK)
        return status_of(rc, reterr);
    (void)sqlite3_limit(sqlite->connection, SQLITE_LIMIT_LENGTH, ROW_LEN_MAX);
    (void)sqlite3_db_config(sqlite->connection, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    (void)sqlite3_db_config(sqlite->connection, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    (void)sqlite3_busy_timeout(sqlite->connection, BUSY_TIMEOUT_MS);
    rc = sqlite3_exec(sqlite->connection,
                      writes ? "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; "
                               "PRAGMA secure_delete = ON; PRAGMA temp_store = MEMORY; "
                               "PRAGMA wal_autocheckpoint = 49152; PRAGMA cache_size = -131072"
                             : "PRAGMA query_only = ON; PRAGMA temp_store = MEMORY; "
                               "PRAGMA cache_size = -32768",
                      NULL, NULL, NULL);
    if ((rc & 0xff) == SQLITE_CANTOPEN && !writes)
        return ptn_fail(PTN_C_BUSY, reterr, 0, "there is no view yet");
    return status_of(rc, reterr);
}

struct ptn_status ptn_sqlite_open(const struct ptn_world *world, const char *path,
                                  enum ptn_view_use use, struct ptn_sql **ret_sql,
                                  struct ptn_diag *reterr)
{
    struct sqlite *sqlite = calloc(1, sizeof(*sqlite));
    struct ptn_status status;

    if (sqlite == NULL)
        return ptn_fail(PTN_C_NO_MEMORY, reterr, 0, "out of memory");
    sqlite->sql.engine = &engine;
    sqlite->block =
        ptn_sql_texts(ptn_bytes_of(ptn_sqlite_file, ptn_sqlite_file_len), sqlite->texts);
    status = sqlite->block == NULL ? ptn_fail(PTN_C_NO_MEMORY, reterr, 0, "out of memory")
                                   : connect(sqlite, world, path, use, reterr);
    if (!ptn_ok(status)) {
        close_sqlite(&sqlite->sql);
        return status;
    }
    *ret_sql = &sqlite->sql;
    return PTN_OK;
}
