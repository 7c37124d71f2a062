/*
 * bench_view DIR [CROSSINGS [LEDGERS [again|rebuild]]]: how fast a view takes crossings, beside the
 * same rows put into SQLite by plain statements; then how fast it is searched. With POSTERN_VIEW
 * set the view is in that PostgreSQL database (tests/view/postgres.py starts one), beside one COPY
 * a table. again: only search a view that is there; rebuild: do not search, but read every row for
 * the digest.
 *
 * Crossings are generated (tests/unit/view_made.h), from LEDGERS ledgers in turn, and applied in
 * transactions of BATCH; only applying is timed. The limit is the same rows of the same tables with
 * the same indexes in the same order and batches, bound and stepped and nothing else.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <sqlite3.h>

#include "bench_view.h"

#include "../tests/unit/view_made.h"
#include "view/search.h"
#include "view/sql_int.h"

#define BATCH      32768u /* a centre's, when it has much to take */
#define COLUMN_MAX 27

static double seconds(clockid_t clock)
{
    struct timespec time;

    (void)clock_gettime(clock, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* A question. SQLite: processor time of this thread, what it costs however busy the machine is.
 * PostgreSQL works in processes of its own: by the clock. */
static double now_s(void)
{
    return seconds(getenv("POSTERN_VIEW") == NULL ? CLOCK_THREAD_CPUTIME_ID : CLOCK_MONOTONIC);
}

static _Noreturn void stop(const char *what)
{
    (void)fprintf(stderr, "bench_view: %s\n", what);
    exit(4);
}

/* ---- the view ---- */

static void apply_batch(struct ptn_view *view, struct made *made, size_t count)
{
    if (!ptn_ok(ptn_view_begin(view, NULL)))
        stop("begin");
    for (size_t i = 0; i < count; i++) {
        struct ptn_view_entry entry = made_as_entry(&made[i]);

        if (!ptn_ok(ptn_view_apply(view, &entry, NULL)))
            stop("apply");
    }
    if (!ptn_ok(ptn_view_commit(view, NULL)))
        stop("commit");
}

/* The growth curve: how fast it went between these numbers. */
static const uint64_t steps[] = { 100000,  300000,   1000000,  2000000,
                                  3000000, 10000000, 30000000, 100000000 };

static bool is_step(uint64_t before, uint64_t done)
{
    bool step = false;

    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
        step = step || (before < steps[i] && done >= steps[i]);
    return step;
}

/* Returns the processor time that it took, a server's too; *ret_clock_s by the clock. */
static double fill(const char *path, uint64_t crossings, uint64_t ledgers, double *ret_clock_s)
{
    const char *server = getenv("POSTERN_VIEW");
    struct made *made = calloc(BATCH, sizeof(*made));
    struct ptn_view *view = NULL;
    double server_s = server == NULL ? 0 : bench_view_server_s(server);
    double spent = 0;
    double told_s = 0;
    uint64_t told = 0;
    double start, clock;

    if (made == NULL || !ptn_ok(ptn_view_open(ptn_world_real(), path, PTN_VIEW_WRITE, &view, NULL)))
        stop("the view cannot be opened");
    for (size_t i = 0; i < BATCH; i++)
        ptn_buffer_init(&made[i].payload, 65536);
    *ret_clock_s = 0;
    for (uint64_t done = 0; done < crossings; done += BATCH) {
        size_t count = crossings - done < BATCH ? (size_t)(crossings - done) : BATCH;

        for (size_t i = 0; i < count; i++) {
            uint64_t number = done + i;

            if (!ptn_ok(made_trip(&made[i], number % ledgers, number / ledgers, crossings / 3)))
                stop("no memory");
        }
        start = seconds(CLOCK_THREAD_CPUTIME_ID);
        clock = seconds(CLOCK_MONOTONIC);
        apply_batch(view, made, count);
        spent += seconds(CLOCK_THREAD_CPUTIME_ID) - start;
        *ret_clock_s += seconds(CLOCK_MONOTONIC) - clock;
        if (!is_step(done, done + count))
            continue;
        if (server != NULL) {
            spent -= server_s;
            server_s = bench_view_server_s(server);
            spent += server_s;
        }
        (void)printf("           %8.0f crossings/s from %lu to %lu\n",
                     (double)(done + count - told) / (spent - told_s), told, done + count);
        (void)fflush(stdout);
        told = done + count;
        told_s = spent;
    }
    for (size_t i = 0; i < BATCH; i++)
        ptn_buffer_release(&made[i].payload);
    free(made);
    ptn_view_close(view);
    return server == NULL ? spent : spent + bench_view_server_s(server) - server_s;
}

/* Read every row: what a rebuilt view comes to. */
static void digest(const char *path, uint64_t crossings)
{
    const char *server = getenv("POSTERN_VIEW");
    struct ptn_buffer text = { .len_max = (size_t)16 << 20 };
    struct ptn_view *view = NULL;
    uint8_t sha256[PTN_SHA256_LEN];
    double spent = seconds(CLOCK_THREAD_CPUTIME_ID);

    spent += server == NULL ? 0 : bench_view_server_s(server);
    if (!ptn_ok(ptn_view_open(ptn_world_real(), path, PTN_VIEW_READ, &view, NULL)) ||
        !ptn_ok(ptn_view_digest(view, NULL, 0, &text, sha256, NULL)))
        stop("the digest");
    ptn_view_close(view);
    ptn_buffer_release(&text);
    spent = seconds(CLOCK_THREAD_CPUTIME_ID) - spent;
    spent += server == NULL ? 0 : bench_view_server_s(server);
    (void)printf("digest     %8.0f crossings/s, ", (double)crossings / spent);
    for (size_t i = 0; i < 8; i++)
        (void)printf("%02x", sha256[i]);
    (void)printf("\n");
    (void)fflush(stdout);
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
    double start = seconds(CLOCK_THREAD_CPUTIME_ID);

    (void)sqlite3_exec(to, "BEGIN", NULL, NULL, NULL);
    for (size_t i = 0; i < count; i++) {
        for (int column = 0; column < columns; column++)
            (void)sqlite3_bind_value(insert, column + 1, rows[i * COLUMN_MAX + (size_t)column]);
        if (sqlite3_step(insert) != SQLITE_DONE)
            stop("a plain insert");
        (void)sqlite3_reset(insert);
    }
    (void)sqlite3_exec(to, "COMMIT", NULL, NULL, NULL);
    return seconds(CLOCK_THREAD_CPUTIME_ID) - start;
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
                             "?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, "
                             "?23, ?24, ?25, ?26, ?27)");

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

/* ---- searching ---- */

#define QUESTIONS 400u

static int by_number(const void *a, const void *b)
{
    const double *first = a;
    const double *second = b;

    return *first < *second ? -1 : *first > *second;
}

enum kind {
    WHOLE_NAME,
    NAME_AND_BIRTH,
    SURNAME,
    GIVEN,
    MISSPELLED,
    BEGINNING,
    NUMBER,
    PLATE,
    POST_AND_TIME,
    VOYAGE,
    BOX,
    PAGE,
    KIND_COUNT,
};

static const char *const kinds[] = {
    "given name and surname", "the same and birth",     "surname",           "given name",
    "surname, a letter off",  "beginning of a surname", "document",          "plate",
    "post and hours",         "flight, all its days",   "the box, a number", "a person's page",
};

static size_t ask_persons(struct ptn_view *view, struct ptn_arena *arena, const struct made *made,
                          enum kind kind, struct ptn_view_key *ret_key)
{
    struct ptn_view_who who = { .count = 50 };
    const struct ptn_view_person *rows = NULL;
    char name[160];
    size_t count = 0;
    bool more;

    if (kind == GIVEN)
        (void)snprintf(name, sizeof(name), "%s", made->given);
    else if (kind == SURNAME)
        (void)snprintf(name, sizeof(name), "%s", made->surname);
    else if (kind == MISSPELLED)
        (void)snprintf(name, sizeof(name), "%sN", made->surname);
    else if (kind == BEGINNING)
        (void)snprintf(name, sizeof(name), "%.4s*", made->surname);
    else
        (void)snprintf(name, sizeof(name), "%s %s", made->given, made->surname);
    who.name = ptn_bytes_from_text(name);
    if (kind == NAME_AND_BIRTH)
        who.birth = made->crossing.person.birth;
    if (!ptn_ok(ptn_view_persons(view, &who, arena, &rows, &count, &more, NULL)))
        stop("persons");
    if (count > 0)
        *ret_key = rows[0].key;
    return count;
}

static size_t ask_crossings(struct ptn_view *view, struct ptn_arena *arena, struct made *made,
                            enum kind kind)
{
    struct ptn_view_question question = { .count = 50 };
    const struct ptn_view_crossing *rows;
    size_t count = 0;
    bool more;

    if (kind == NUMBER) {
        question.number = made->crossing.person.document.number;
    } else if (kind == VOYAGE) {
        made->voyage[7] = '\0'; /* "UX 0204": without its day */
        question.voyage = ptn_bytes_from_text(made->voyage);
    } else if (kind == PLATE) {
        question.plate = ptn_bytes_from_text(made->plate);
    } else {
        question.post = ptn_bytes_from_text(made->post);
        question.from_ms = made->crossing.time_ms - 7200000;
        question.to_ms = made->crossing.time_ms + 7200000;
    }
    if (!ptn_ok(ptn_view_crossings(view, &question, arena, &rows, &count, &more, NULL)))
        stop("crossings");
    return count;
}

/* What was typed has a digit: looked for as a document, a plate and a voyage, as the box does. */
static size_t ask_box(struct ptn_view *view, struct ptn_arena *arena, struct made *made)
{
    const struct ptn_view_who who = { .number = made->crossing.person.document.number,
                                      .count = 50 };
    struct ptn_view_question question = { .plate = who.number, .count = 50 };
    const struct ptn_view_person *people;
    const struct ptn_view_crossing *rows;
    size_t found = 0;
    size_t count = 0;
    bool more;

    if (!ptn_ok(ptn_view_persons(view, &who, arena, &people, &found, &more, NULL)) ||
        !ptn_ok(ptn_view_crossings(view, &question, arena, &rows, &count, &more, NULL)))
        stop("the box");
    found += count;
    question = (struct ptn_view_question){ .voyage = who.number, .count = 50 };
    if (!ptn_ok(ptn_view_crossings(view, &question, arena, &rows, &count, &more, NULL)))
        stop("the box");
    return found + count;
}

static size_t ask_page(struct ptn_view *view, struct ptn_arena *arena,
                       const struct ptn_view_key *key)
{
    struct ptn_view_history history;

    if (!ptn_ok(ptn_view_person(view, key, (struct ptn_stay_limit){ 90, 180 },
                                (struct ptn_date){ 2027, 11, 1 }, arena, &history, NULL)))
        stop("a person's page");
    return history.crossing_count;
}

static void search(const char *path, uint64_t crossings, uint64_t ledgers)
{
    struct ptn_arena *arena = ptn_arena_new((size_t)64 << 20);
    struct ptn_view *view = NULL;
    double times[QUESTIONS];
    struct made made = { 0 };
    struct ptn_view_key key = { { 0 } };

    ptn_buffer_init(&made.payload, 65536);
    if (arena == NULL || !ptn_ok(ptn_view_open(ptn_world_real(), path, PTN_VIEW_READ, &view, NULL)))
        stop("the view cannot be opened for reading");
    for (unsigned kind = 0; kind < KIND_COUNT; kind++) {
        size_t answers = 0;

        for (uint64_t i = 0; i < QUESTIONS; i++) {
            uint64_t number = made_mix(i) % crossings;
            double start;

            if (!ptn_ok(made_trip(&made, number % ledgers, number / ledgers, crossings / 3)))
                stop("no memory");
            ptn_arena_clear(arena);
            if (kind == PAGE)
                (void)ask_persons(view, arena, &made, NAME_AND_BIRTH, &key);
            start = now_s();
            answers += kind == PAGE    ? ask_page(view, arena, &key)
                       : kind == BOX   ? ask_box(view, arena, &made)
                       : kind < NUMBER ? ask_persons(view, arena, &made, (enum kind)kind, &key)
                                       : ask_crossings(view, arena, &made, (enum kind)kind);
            times[i] = now_s() - start;
        }
        qsort(times, QUESTIONS, sizeof(times[0]), by_number);
        (void)printf("search     %-24s p50 %7.2f ms, p99 %7.2f ms, %.1f answers\n", kinds[kind],
                     times[QUESTIONS / 2] * 1e3, times[QUESTIONS * 99 / 100] * 1e3,
                     (double)answers / QUESTIONS);
    }
    ptn_buffer_release(&made.payload);
    ptn_view_close(view);
    ptn_arena_free(arena);
}

int main(int argc, char **argv)
{
    uint64_t crossings = argc > 2 ? strtoull(argv[2], NULL, 10) : 1000000;
    uint64_t ledgers = argc > 3 ? strtoull(argv[3], NULL, 10) : 20;
    bool again = argc > 4 && strcmp(argv[4], "again") == 0;
    bool rebuild = argc > 4 && strcmp(argv[4], "rebuild") == 0;
    const char *database = getenv("POSTERN_VIEW");
    char view_path[512];
    char plain_path[512];
    double view_s, clock_s, plain_s;

    if (argc < 2 || crossings < 3 || ledgers == 0 || (argc > 4 && !again && !rebuild))
        stop("usage: bench_view DIR [CROSSINGS [LEDGERS [again|rebuild]]]; DIR is empty");
    (void)snprintf(view_path, sizeof(view_path), "%s/view.sqlite", argv[1]);
    (void)snprintf(plain_path, sizeof(plain_path), "%s/plain.sqlite", argv[1]);
    if (database != NULL)
        (void)snprintf(view_path, sizeof(view_path), "%s", database);
    if (again) {
        search(view_path, crossings, ledgers);
        return 0;
    }
    view_s = fill(view_path, crossings, ledgers, &clock_s);
    (void)printf(
        "apply      %8.0f crossings/s (%llu in %.1f s of processor time, %s; %.1f s by the "
        "clock)\n",
        (double)crossings / view_s, (unsigned long long)crossings, view_s,
        database == NULL ? "SQLite" : "PostgreSQL's processes and this one", clock_s);
    (void)fflush(stdout);
    if (rebuild)
        digest(view_path, crossings);
    else
        search(view_path, crossings, ledgers);
    plain_s = database == NULL ? limit(view_path, plain_path) : bench_view_copy(database);
    (void)printf("limit      %8.0f crossings/s (the same rows, %s, processor time); share %.2f\n",
                 (double)crossings / plain_s,
                 database == NULL ? "plain inserts" : "one COPY a table", plain_s / view_s);
    return 0;
}
