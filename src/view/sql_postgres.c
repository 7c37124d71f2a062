/*
 * view/sql_postgres.c -- a view's tables in a PostgreSQL database. The only file here that includes
 * libpq-fe.h.
 *
 * Rows that are put wait in a buffer a table and go over as one COPY, crossings, advice and
 * accesses into the partition of their month; persons, forms and parts by way of a temporary table,
 * since they may be there already. All values are binary. Whole tables come row by row (single-row
 * mode), so that reading one needs no memory for it; other answers have a limit, and come at once.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <libpq-fe.h>

#include "base/date.h"
#include "view/sql_int.h"

#define BUFFER_LEN_MAX  ((size_t)8 << 20) /* of one table's rows */
#define BUFFER_LEN_FULL ((size_t)4 << 20) /* sent from here on */
#define PARAMS_MAX      128u
#define MONTHS_MAX      2400u
#define MONTH_FIRST     200001u /* months from here on have partitions of their own, */
#define MONTH_LAST      209912u /* to here; the others share one */

/* The server's numbers of types. */
#define OID_BYTEA 17u
#define OID_INT8  20u
#define OID_TEXT  25u

/* Tables that are written by COPY, in the order in which they are sent. */
static const struct {
    enum ptn_sql_statement put;
    const char *copy;
    bool merges; /* the put statement then takes the rows over from the temporary table */
    bool by_month;
} tables[] = {
    { PTN_SQL_PUT_FORM, "COPY form_in FROM STDIN (FORMAT binary)", true, false },
    { PTN_SQL_PUT_FORM_KEY, "COPY form_key_in FROM STDIN (FORMAT binary)", true, false },
    { PTN_SQL_PUT_PERSON, "COPY person_in FROM STDIN (FORMAT binary)", true, false },
    { PTN_SQL_PUT_PART, "COPY part_in FROM STDIN (FORMAT binary)", true, false },
    { PTN_SQL_PUT_CROSSING, "COPY crossing FROM STDIN (FORMAT binary)", false, true },
    { PTN_SQL_PUT_DECISION, "COPY decision FROM STDIN (FORMAT binary)", false, true },
    { PTN_SQL_PUT_ACCESS, "COPY access FROM STDIN (FORMAT binary)", false, true },
    { PTN_SQL_PUT_CASE, "COPY case_step FROM STDIN (FORMAT binary)", false, true },
    { PTN_SQL_PUT_SHEET, "COPY sheet FROM STDIN (FORMAT binary)", false, true },
    { PTN_SQL_PUT_LATE, "COPY late FROM STDIN (FORMAT binary)", false, true },
    { PTN_SQL_PUT_PERMIT, "COPY permit FROM STDIN (FORMAT binary)", false, false },
    { PTN_SQL_PUT_IDENTITY, "COPY identity FROM STDIN (FORMAT binary)", false, false },
    { PTN_SQL_PUT_CORRECTION, "COPY correction FROM STDIN (FORMAT binary)", false, false },
    { PTN_SQL_PUT_OTHER, "COPY other FROM STDIN (FORMAT binary)", false, false },
};
#define TABLE_COUNT (sizeof(tables) / sizeof(tables[0]))

static const char temporary[] =
    "CREATE TEMP TABLE IF NOT EXISTS form_in (id BIGINT, sound BYTEA, spelling TEXT, part BYTEA);"
    "CREATE TEMP TABLE IF NOT EXISTS form_key_in (key BIGINT, form BIGINT);"
    "CREATE TEMP TABLE IF NOT EXISTS person_in (key BYTEA, number TEXT, issuer TEXT, birth BIGINT, "
    "cbor BYTEA);"
    "CREATE TEMP TABLE IF NOT EXISTS part_in (form BIGINT, birth BIGINT, person BYTEA)";

static const char empty_temporary[] = "TRUNCATE form_in, form_key_in, person_in, part_in";

struct postgres {
    struct ptn_sql sql;
    PGconn *connection;
    char *block; /* of texts */
    const char *texts[PTN_SQL_COUNT];
    bool prepared[PTN_SQL_COUNT];
    bool writes;
    bool asked;       /* a question is open */
    PGresult *result; /* of the row at hand, */
    int row;          /* which is this one of it */
    struct ptn_buffer rows[TABLE_COUNT];
    unsigned months[MONTHS_MAX]; /* that have partitions */
    size_t month_count;
};

static struct postgres *of(struct ptn_sql *sql)
{
    return (struct postgres *)(void *)sql;
}

/* ---- answers ---- */

/* What the server's five-letter code asks the caller to do. */
static struct ptn_status status_of(const struct postgres *postgres, const PGresult *result,
                                   struct ptn_diag *reterr)
{
    const char *code = PQresultErrorField(result, PG_DIAG_SQLSTATE);

    switch (PQresultStatus(result)) {
    case PGRES_COMMAND_OK:
    case PGRES_TUPLES_OK:
    case PGRES_SINGLE_TUPLE:
    case PGRES_COPY_IN:
        return PTN_OK;
    case PGRES_EMPTY_QUERY:
    case PGRES_COPY_OUT:
    case PGRES_BAD_RESPONSE:
    case PGRES_NONFATAL_ERROR:
    case PGRES_FATAL_ERROR:
    case PGRES_COPY_BOTH:
    case PGRES_PIPELINE_SYNC:
    case PGRES_PIPELINE_ABORTED:
    default:
        break;
    }
    if (code == NULL || PQstatus(postgres->connection) != CONNECTION_OK)
        return ptn_fail(PTN_C_IO, reterr, 0, "the database does not answer");
    if (strncmp(code, "23", 2) == 0 || strncmp(code, "42", 2) == 0 || strncmp(code, "XX", 2) == 0)
        return ptn_fail(PTN_C_CORRUPT, reterr, 0, "the database has other tables than a view");
    if (strncmp(code, "40", 2) == 0 || strncmp(code, "55", 2) == 0)
        return ptn_fail(PTN_C_BUSY, reterr, 0, "another uses the view");
    if (strcmp(code, "53200") == 0)
        return ptn_fail(PTN_C_NO_MEMORY, reterr, 0, "the database is out of memory");
    return ptn_fail(PTN_C_IO, reterr, 0, "the database refuses");
}

static struct ptn_status run_text(struct postgres *postgres, const char *text,
                                  struct ptn_diag *reterr)
{
    PGresult *result = PQexec(postgres->connection, text);
    struct ptn_status status = status_of(postgres, result, reterr);

    PQclear(result);
    return status;
}

/* ---- parameters ---- */

struct params {
    uint8_t numbers[PARAMS_MAX][8];
    const char *at[PARAMS_MAX];
    int lens[PARAMS_MAX];
    int formats[PARAMS_MAX];
};

static void put_number(uint8_t at[8], int64_t number)
{
    for (unsigned i = 0; i < 8; i++)
        at[i] = (uint8_t)((uint64_t)number >> (56 - 8 * i));
}

static void fill(struct params *params, const struct ptn_sql_value *values, size_t count)
{
    PTN_PRE(count <= PARAMS_MAX);
    for (size_t i = 0; i < count; i++) {
        params->formats[i] = 1;
        if (values[i].type == PTN_SQL_NUMBER) {
            put_number(params->numbers[i], values[i].number);
            params->at[i] = (const char *)params->numbers[i];
            params->lens[i] = 8;
        } else {
            params->at[i] = values[i].bytes.at == NULL ? "" : (const char *)values[i].bytes.at;
            params->lens[i] = (int)values[i].bytes.len;
        }
    }
}

/* A statement's name at the server is its number here. */
static const char *name_of(unsigned which, char name[16])
{
    (void)snprintf(name, 16, "s%u", which);
    return name;
}

/* ---- rows on their way ---- */

static struct ptn_status add_value(struct ptn_buffer *out, const struct ptn_sql_value *value)
{
    struct ptn_status status;

    if (value->type == PTN_SQL_NUMBER) {
        status = ptn_buffer_add_u32(out, 8);
        return ptn_ok(status) ? ptn_buffer_add_u64(out, (uint64_t)value->number) : status;
    }
    status = ptn_buffer_add_u32(out, (uint32_t)value->bytes.len);
    return ptn_ok(status) ? ptn_buffer_add(out, value->bytes) : status;
}

static struct ptn_status send_copy(struct postgres *postgres, size_t table, struct ptn_diag *reterr)
{
    static const uint8_t end[] = { 0xff, 0xff };
    struct ptn_buffer *rows = &postgres->rows[table];
    struct ptn_status status = ptn_buffer_add(rows, ptn_bytes_of(end, sizeof(end)));
    struct ptn_status done = PTN_OK;
    PGresult *result;

    if (!ptn_ok(status))
        return ptn_fail(status.code, reterr, 0, "rows cannot be held");
    status = run_text(postgres, tables[table].copy, reterr);
    if (!ptn_ok(status))
        return status;
    if (PQputCopyData(postgres->connection, (const char *)rows->at, (int)rows->len) != 1 ||
        PQputCopyEnd(postgres->connection, NULL) != 1)
        done = ptn_fail(PTN_C_IO, reterr, 0, "the database does not answer");
    while ((result = PQgetResult(postgres->connection)) != NULL) {
        if (ptn_ok(done))
            done = status_of(postgres, result, reterr);
        PQclear(result);
    }
    return done;
}

static struct ptn_status exec_prepared(struct postgres *postgres, unsigned which,
                                       const struct ptn_sql_value *values, size_t count,
                                       struct ptn_diag *reterr)
{
    struct params params;
    char name[16];
    PGresult *result;
    struct ptn_status status;

    fill(&params, values, count);
    result = PQexecPrepared(postgres->connection, name_of(which, name), (int)count, params.at,
                            params.lens, params.formats, 1);
    status = status_of(postgres, result, reterr);
    PQclear(result);
    return status;
}

static struct ptn_status flush(struct postgres *postgres, struct ptn_diag *reterr)
{
    struct ptn_status status = PTN_OK;
    bool merged = false;

    for (size_t i = 0; ptn_ok(status) && i < TABLE_COUNT; i++) {
        if (postgres->rows[i].len == 0)
            continue;
        status = send_copy(postgres, i, reterr);
        ptn_buffer_clear(&postgres->rows[i]);
        if (ptn_ok(status) && tables[i].merges)
            status = exec_prepared(postgres, tables[i].put, NULL, 0, reterr);
        merged = merged || tables[i].merges;
    }
    return ptn_ok(status) && merged ? run_text(postgres, empty_temporary, reterr) : status;
}

/* A month's partitions, made before its first row. */
static struct ptn_status make_month(struct postgres *postgres, int64_t written_ms,
                                    struct ptn_diag *reterr)
{
    struct ptn_date date = ptn_instant_date(written_ms);
    unsigned month = date.year * 100u + date.month;
    struct ptn_date first = { date.year, date.month, 1 };
    struct ptn_date after = ptn_date_first(ptn_date_month_after(date, 1));
    static const int64_t day_ms = 86400000;
    char name[8];
    char bounds[2][24];
    const char *values[] = { name, bounds[0], bounds[1] };
    PGresult *result;
    struct ptn_status status;

    if (month < MONTH_FIRST || month > MONTH_LAST)
        return PTN_OK;
    for (size_t i = postgres->month_count; i > 0; i--)
        if (postgres->months[i - 1] == month)
            return PTN_OK;
    (void)snprintf(name, sizeof(name), "%06u", month % 1000000);
    (void)snprintf(bounds[0], sizeof(bounds[0]), "%" PRId64, ptn_date_to_days(first) * day_ms);
    (void)snprintf(bounds[1], sizeof(bounds[1]), "%" PRId64, ptn_date_to_days(after) * day_ms);
    result = PQexecParams(postgres->connection, "SELECT view_month($1, $2::bigint, $3::bigint)", 3,
                          NULL, values, NULL, NULL, 0);
    status = status_of(postgres, result, reterr);
    PQclear(result);
    if (ptn_ok(status) && postgres->month_count < MONTHS_MAX)
        postgres->months[postgres->month_count++] = month;
    return status;
}

static struct ptn_status put(struct ptn_sql *sql, enum ptn_sql_statement which,
                             const struct ptn_sql_value *values, size_t count, bool *ret_new,
                             struct ptn_diag *reterr)
{
    static const uint8_t head[] = { 'P', 'G', 'C', 'O', 'P', 'Y', '\n', 0xff, '\r', '\n',
                                    0,   0,   0,   0,   0,   0,   0,    0,    0 };
    struct postgres *postgres = of(sql);
    struct ptn_status status = PTN_OK;
    struct ptn_buffer *rows;
    size_t table = 0;

    while (table < TABLE_COUNT && tables[table].put != which)
        table++;
    PTN_PRE(table < TABLE_COUNT);
    rows = &postgres->rows[table];
    if (rows->len >= BUFFER_LEN_FULL)
        status = flush(postgres, reterr);
    if (ptn_ok(status) && tables[table].by_month)
        status = make_month(postgres, values[1].number, reterr);
    if (!ptn_ok(status))
        return status;
    if (rows->len == 0)
        status = ptn_buffer_add(rows, ptn_bytes_of(head, sizeof(head)));
    if (ptn_ok(status))
        status = ptn_buffer_add_u16(rows, (uint16_t)count);
    for (size_t i = 0; ptn_ok(status) && i < count; i++)
        status = add_value(rows, &values[i]);
    if (!ptn_ok(status)) /* half a row must not go over: the transaction is given up */
        return ptn_fail(PTN_C_NO_MEMORY, reterr, 0, "rows cannot be held");
    if (ret_new != NULL)
        *ret_new = true; /* as far as is known here */
    return PTN_OK;
}

/* ---- the engine ---- */

static void close_postgres(struct ptn_sql *sql)
{
    struct postgres *postgres = of(sql);

    if (postgres == NULL)
        return;
    PQclear(postgres->result);
    PQfinish(postgres->connection);
    for (size_t i = 0; i < TABLE_COUNT; i++)
        ptn_buffer_release(&postgres->rows[i]);
    free(postgres->block);
    free(postgres);
}

static struct ptn_status run_script(struct ptn_sql *sql, enum ptn_sql_statement which,
                                    struct ptn_diag *reterr)
{
    struct postgres *postgres = of(sql);

    if (which == PTN_SQL_DROP)
        postgres->month_count = 0;
    return run_text(postgres, postgres->texts[which], reterr);
}

static struct ptn_status prepare(struct ptn_sql *sql, unsigned first, unsigned end_before,
                                 struct ptn_diag *reterr)
{
    struct postgres *postgres = of(sql);
    struct ptn_status status = PTN_OK;
    char name[16];

    if (end_before == PTN_SQL_COUNT && postgres->writes)
        status = run_text(postgres, temporary, reterr);
    for (unsigned i = first; ptn_ok(status) && i < end_before; i++) {
        bool merges = false;
        PGresult *result;

        for (size_t table = 0; table < TABLE_COUNT; table++)
            merges = merges || (tables[table].put == i && tables[table].merges);
        if (postgres->prepared[i] || (merges && !postgres->writes))
            continue;
        result = PQprepare(postgres->connection, name_of(i, name), postgres->texts[i], 0, NULL);
        status = status_of(postgres, result, reterr);
        PQclear(result);
        postgres->prepared[i] = ptn_ok(status);
    }
    return status;
}

static struct ptn_status begin(struct ptn_sql *sql, bool writes, struct ptn_diag *reterr)
{
    return run_text(of(sql), writes ? "BEGIN" : "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
                    reterr);
}

static struct ptn_status commit(struct ptn_sql *sql, struct ptn_diag *reterr)
{
    struct postgres *postgres = of(sql);
    struct ptn_status status = flush(postgres, reterr);

    if (!ptn_ok(status))
        return status;
    /* The commit of a transaction that has failed succeeds, as a rollback. */
    if (PQtransactionStatus(postgres->connection) != PQTRANS_INTRANS)
        return ptn_fail(PTN_C_IO, reterr, 0, "the database gave the transaction up");
    return run_text(postgres, "COMMIT", reterr);
}

static void end(struct ptn_sql *sql)
{
    struct postgres *postgres = of(sql);

    PQclear(postgres->result);
    postgres->result = NULL;
    while (postgres->asked) {
        PGresult *rest = PQgetResult(postgres->connection);

        postgres->asked = rest != NULL;
        PQclear(rest);
    }
}

static void rollback(struct ptn_sql *sql)
{
    struct postgres *postgres = of(sql);

    end(sql);
    for (size_t i = 0; i < TABLE_COUNT; i++)
        ptn_buffer_clear(&postgres->rows[i]);
    if (postgres->writes)
        postgres->month_count = 0; /* made in what is now undone, maybe */
    (void)run_text(postgres, "ROLLBACK", NULL);
}

static struct ptn_status run(struct ptn_sql *sql, enum ptn_sql_statement which,
                             const struct ptn_sql_value *values, size_t count,
                             struct ptn_diag *reterr)
{
    struct postgres *postgres = of(sql);
    struct ptn_status status = flush(postgres, reterr);

    return ptn_ok(status) ? exec_prepared(postgres, which, values, count, reterr) : status;
}

/* Does it answer with a whole table? */
static bool is_long(enum ptn_sql_statement which)
{
    return which >= PTN_SQL_DIGEST_CROSSING && which <= PTN_SQL_DIGEST_PERSON;
}

static struct ptn_status ask(struct ptn_sql *sql, enum ptn_sql_statement which,
                             const struct ptn_sql_value *values, size_t count,
                             struct ptn_diag *reterr)
{
    struct postgres *postgres = of(sql);
    struct ptn_status status = flush(postgres, reterr);
    struct params params;
    char name[16];

    PTN_PRE(!postgres->asked);
    if (!ptn_ok(status))
        return status;
    fill(&params, values, count);
    if (PQsendQueryPrepared(postgres->connection, name_of(which, name), (int)count, params.at,
                            params.lens, params.formats, 1) != 1)
        return ptn_fail(PTN_C_IO, reterr, 0, "the database does not answer");
    postgres->asked = true;
    return !is_long(which) || PQsetSingleRowMode(postgres->connection) == 1
               ? PTN_OK
               : ptn_fail(PTN_C_IO, reterr, 0, "the database does not answer");
}

static struct ptn_status take(const struct postgres *postgres, int column,
                              struct ptn_sql_value *value, struct ptn_diag *reterr)
{
    static const Oid types[] = {
        [PTN_SQL_NUMBER] = OID_INT8,
        [PTN_SQL_BLOB] = OID_BYTEA,
        [PTN_SQL_TEXT] = OID_TEXT,
    };
    const PGresult *result = postgres->result;
    const uint8_t *at = (const uint8_t *)PQgetvalue(result, postgres->row, column);
    size_t len = (size_t)PQgetlength(result, postgres->row, column);
    uint64_t number = 0;

    if (column >= PQnfields(result) || PQftype(result, column) != types[value->type] ||
        PQgetisnull(result, postgres->row, column) != 0 ||
        (value->type == PTN_SQL_NUMBER && len != 8))
        return ptn_fail(PTN_C_CORRUPT, reterr, 0, "the database holds another type of value");
    for (size_t i = 0; value->type == PTN_SQL_NUMBER && i < 8; i++)
        number = number << 8 | at[i];
    value->number = (int64_t)number;
    if (value->type != PTN_SQL_NUMBER)
        value->bytes = ptn_bytes_of(at, len);
    return PTN_OK;
}

static struct ptn_status next(struct ptn_sql *sql, struct ptn_sql_value *ret_values, size_t count,
                              bool *ret_row, struct ptn_diag *reterr)
{
    struct postgres *postgres = of(sql);
    struct ptn_status status = PTN_OK;

    if (postgres->result == NULL || PQresultStatus(postgres->result) == PGRES_SINGLE_TUPLE) {
        PQclear(postgres->result);
        postgres->row = 0;
        postgres->result = PQgetResult(postgres->connection);
        if (postgres->result == NULL)
            return ptn_fail(PTN_C_IO, reterr, 0, "the database does not answer");
        status = status_of(postgres, postgres->result, reterr);
    } else {
        postgres->row++;
    }
    if (!ptn_ok(status))
        return status;
    *ret_row = postgres->row < PQntuples(postgres->result);
    for (size_t i = 0; *ret_row && ptn_ok(status) && i < count; i++)
        status = take(postgres, (int)i, &ret_values[i], reterr);
    return status;
}

static const struct ptn_sql_engine engine = {
    .close = close_postgres,
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

/* ---- connecting ---- */

static void keep_silent(void *context, const PGresult *result)
{
    (void)context; /* the server's notices could name what rows hold */
    (void)result;
}

/* One writes. Who has just gone still holds the lock until the server has noticed: it is waited for
 * a moment. */
static struct ptn_status lock_for_writing(struct postgres *postgres, struct ptn_diag *reterr)
{
    static const char lock_not_available[] = "55P03";
    struct ptn_status status = run_text(postgres, "SET lock_timeout = 5000", reterr);
    const char *state;
    PGresult *result;
    bool busy;

    if (!ptn_ok(status))
        return status;
    result = PQexec(postgres->connection, "SELECT pg_advisory_lock(1349807701, 1)");
    state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    busy = state != NULL && strcmp(state, lock_not_available) == 0;
    status = status_of(postgres, result, reterr);
    PQclear(result);
    if (busy)
        return ptn_fail(PTN_C_BUSY, reterr, 0, "another writes the view");
    return ptn_ok(status) ? run_text(postgres, "SET lock_timeout = 0", reterr) : status;
}

static struct ptn_status connect_to(struct postgres *postgres, const char *where,
                                    struct ptn_diag *reterr)
{
    struct ptn_status status;

    postgres->connection = PQconnectdb(where);
    if (postgres->connection == NULL || PQstatus(postgres->connection) != CONNECTION_OK)
        return ptn_fail(PTN_C_IO, reterr, 0, "the database cannot be reached");
    (void)PQsetNoticeReceiver(postgres->connection, keep_silent, NULL);
    if (PQsetClientEncoding(postgres->connection, "UTF8") != 0)
        return ptn_fail(PTN_C_IO, reterr, 0, "the database does not take UTF-8");
    status = run_text(postgres,
                      "SET synchronous_commit = off; SET client_min_messages = error; "
                      "SET plan_cache_mode = force_custom_plan; SET jit = off",
                      reterr);
    return ptn_ok(status) && postgres->writes ? lock_for_writing(postgres, reterr) : status;
}

struct ptn_status ptn_postgres_open(const char *where, enum ptn_view_use use,
                                    struct ptn_sql **ret_sql, struct ptn_diag *reterr)
{
    struct postgres *postgres = calloc(1, sizeof(*postgres));
    struct ptn_status status;

    if (postgres == NULL)
        return ptn_fail(PTN_C_NO_MEMORY, reterr, 0, "out of memory");
    postgres->sql.engine = &engine;
    postgres->writes = use == PTN_VIEW_WRITE;
    for (size_t i = 0; i < TABLE_COUNT; i++)
        ptn_buffer_init(&postgres->rows[i], BUFFER_LEN_MAX);
    postgres->block =
        ptn_sql_texts(ptn_bytes_of(ptn_postgres_file, ptn_postgres_file_len), postgres->texts);
    status = postgres->block == NULL ? ptn_fail(PTN_C_NO_MEMORY, reterr, 0, "out of memory")
                                     : connect_to(postgres, where, reterr);
    if (!ptn_ok(status)) {
        close_postgres(&postgres->sql);
        return status;
    }
    *ret_sql = &postgres->sql;
    return PTN_OK;
}
