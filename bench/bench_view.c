/*
 * bench_view DIR [CROSSINGS [LEDGERS]]: how fast a view takes crossings, beside the same rows put
 * into SQLite by plain statements; then how fast it is searched.
 *
 * Crossings are generated (tests/unit/view_made.h), from LEDGERS ledgers in turn, and applied in
 * transactions of BATCH; only applying is timed. The limit is the same rows of the same tables with
 * the same indexes in the same order and batches, bound and stepped and nothing else.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <sqlite3.h>

#include "../tests/unit/view_made.h"
#include "view/sql_int.h"

#define BATCH      5000u
#define COLUMN_MAX 24

/* Processor time of this thread: what it costs, however busy the machine is. */
static double now_s(void)
{
    struct timespec time;

    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static _Noreturn void stop(const char *what)
{
    (void)fprintf(stderr, "bench_view: %s\n", what);
    exit(4);
}

/* ---- the view ---- */

static double apply_batch(struct ptn_view *view, struct made *made, size_t count)
{
    double start = now_s();

    if (!ptn_ok(ptn_view_begin(view, NULL)))
        stop("begin");
    for (size_t i = 0; i < count; i++) {
        struct ptn_view_entry entry = made_as_entry(&made[i]);

        if (!ptn_ok(ptn_view_apply(view, &entry, NULL)))
            stop("apply");
    }
    if (!ptn_ok(ptn_view_commit(view, NULL)))
        stop("commit");
    return now_s() - start;
}

static double fill(const char *path, uint64_t crossings, uint64_t ledgers)
{
    struct made *made = calloc(BATCH, sizeof(*made));
    struct ptn_view *view = NULL;
    double spent = 0;

    if (made == NULL || !ptn_ok(ptn_view_open(ptn_world_real(), path, PTN_VIEW_WRITE, &view, NULL)))
        stop("the view cannot be opened");
    for (size_t i = 0; i < BATCH; i++)
        ptn_buffer_init(&made[i].payload, 65536);
    for (uint64_t done = 0; done < crossings; done += BATCH) {
        for (size_t i = 0; i < BATCH; i++) {
            uint64_t number = done + i;

            if (!ptn_ok(made_trip(&made[i], number % ledgers, number / ledgers, crossings / 3)))
                stop("no memory");
        }
        spent += apply_batch(view, made, BATCH);
    }
    for (size_t i = 0; i < BATCH; i++)
        ptn_buffer_release(&made[i].payload);
    free(made);
    ptn_view_close(view);
    return spent;
}

/* ---- the limit ---- */

static sqlite3 *open_plain(const char *path, bool is_new)
{
    const char *texts[PTN_SQL_COUNT] = { 0 };
    char *block = ptn_sql_texts(ptn_bytes_of(ptn_sqlite_file, ptn_sqlite_file_len), texts);
    sqlite3 *db = NULL;

    if (block == NULL || sqlite3_open(path, &db) != SQLITE_OK)
        stop("SQLite cannot open a file");
    if (is_new && sqlite3_exec(db,
                               "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; "
                               "PRAGMA wal_autocheckpoint = 8192; PRAGMA cache_size = -131072",
                               NULL, NULL, NULL) != SQLITE_OK)
        stop("SQLite cannot be set up");
    if (is_new && sqlite3_exec(db, texts[PTN_SQL_SCHEMA], NULL, NULL, NULL) != SQLITE_OK)
        stop("SQLite cannot make the tables");
    free(block);
    return db;
}

/* Put what was read into the other file; returns the time of that alone. */
static double put_rows(sqlite3 *to, sqlite3_stmt *insert, sqlite3_value **rows, size_t count,
                       int columns)
{
    double start = now_s();

    (void)sqlite3_exec(to, "BEGIN", NULL, NULL, NULL);
    for (size_t i = 0; i < count; i++) {
        for (int column = 0; column < columns; column++)
            (void)sqlite3_bind_value(insert, column + 1, rows[i * COLUMN_MAX + (size_t)column]);
        if (sqlite3_step(insert) != SQLITE_DONE)
            stop("a plain insert");
        (void)sqlite3_reset(insert);
    }
    (void)sqlite3_exec(to, "COMMIT", NULL, NULL, NULL);
    return now_s() - start;
}

static double copy_rows(sqlite3 *from, sqlite3 *to, const char *select, const char *insert)
{
    sqlite3_value **rows = calloc((size_t)BATCH * COLUMN_MAX, sizeof(sqlite3_value *));
    sqlite3_stmt *asked = NULL;
    sqlite3_stmt *put = NULL;
    double spent = 0;
    size_t count = 0;
    bool more = true;

    if (rows == NULL || sqlite3_prepare_v2(from, select, -1, &asked, NULL) != SQLITE_OK ||
        sqlite3_prepare_v2(to, insert, -1, &put, NULL) != SQLITE_OK)
        stop("a plain statement");
    while (more) {
        int columns = sqlite3_column_count(asked);

        more = sqlite3_step(asked) == SQLITE_ROW;
        for (int i = 0; more && i < columns; i++)
            rows[count * COLUMN_MAX + (size_t)i] =
                sqlite3_value_dup(sqlite3_column_value(asked, i));
        count += more ? 1 : 0;
        if (count < BATCH && more)
            continue;
        spent += put_rows(to, put, rows, count, columns);
        for (size_t i = 0; i < count * COLUMN_MAX; i++) {
            sqlite3_value_free(rows[i]);
            rows[i] = NULL;
        }
        count = 0;
    }
    (void)sqlite3_finalize(asked);
    (void)sqlite3_finalize(put);
    free(rows);
    return spent;
}

static double limit(const char *view_path, const char *path)
{
    sqlite3 *from = open_plain(view_path, false);
    sqlite3 *to = open_plain(path, true);
    double spent = copy_rows(from, to, "SELECT * FROM crossing ORDER BY time",
                             "INSERT INTO crossing VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, "
                             "?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21)");

    /* in the order of their numbers, which is none of their keys' */
    spent += copy_rows(from, to, "SELECT * FROM person ORDER BY birth, cbor",
                       "INSERT INTO person VALUES (?1, ?2, ?3, ?4, ?5)");
    spent += copy_rows(from, to, "SELECT * FROM part ORDER BY person",
                       "INSERT INTO part VALUES (?1, ?2, ?3)");
    spent += copy_rows(from, to, "SELECT * FROM form", "INSERT INTO form VALUES (?1, ?2, ?3, ?4)");
    spent += copy_rows(from, to, "SELECT * FROM form_key ORDER BY form",
                       "INSERT INTO form_key VALUES (?1, ?2)");
    (void)sqlite3_close(from);
    (void)sqlite3_close(to);
    return spent;
}

int main(int argc, char **argv)
{
    uint64_t crossings = argc > 2 ? strtoull(argv[2], NULL, 10) : 1000000;
    uint64_t ledgers = argc > 3 ? strtoull(argv[3], NULL, 10) : 20;
    char view_path[512];
    char plain_path[512];
    double view_s;
    double plain_s;

    if (argc < 2 || crossings < BATCH || ledgers == 0)
        stop("usage: bench_view DIR [CROSSINGS [LEDGERS]]; DIR is empty");
    (void)snprintf(view_path, sizeof(view_path), "%s/view.sqlite", argv[1]);
    (void)snprintf(plain_path, sizeof(plain_path), "%s/plain.sqlite", argv[1]);
    view_s = fill(view_path, crossings, ledgers);
    (void)printf("apply      %8.0f crossings/s (%llu in %.1f s of processor time, SQLite)\n",
                 (double)crossings / view_s, (unsigned long long)crossings, view_s);
    plain_s = limit(view_path, plain_path);
    (void)printf("limit      %8.0f crossings/s (the same rows, plain inserts); share %.2f\n",
                 (double)crossings / plain_s, plain_s / view_s);
    return 0;
}
