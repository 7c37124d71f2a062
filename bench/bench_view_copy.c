/* bench/bench_view_copy.c -- what PostgreSQL itself takes for the rows of a view. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <libpq-fe.h>

#include "bench_view.h"

static double clock_s(void)
{
    struct timespec time;

    (void)clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* Run one statement; ret_text, when not NULL, gets the first value of its answer. */
static void run(PGconn *connection, const char *text, char *ret_text, size_t size)
{
    PGresult *result = PQexec(connection, text);
    ExecStatusType status = PQresultStatus(result);

    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
        (void)fprintf(stderr, "bench_view: %s", PQerrorMessage(connection));
        exit(4);
    }
    if (ret_text != NULL)
        (void)snprintf(ret_text, size, "%s", PQgetvalue(result, 0, 0));
    PQclear(result);
}

double bench_view_copy(const char *where)
{
    static const char *const tables[] = { "form", "form_key", "person", "part", "crossing" };
    PGconn *connection = PQconnectdb(where);
    char folder[256];
    char text[640];
    double spent = 0;

    run(connection, "SELECT setting FROM pg_settings WHERE name = 'data_directory'", folder,
        sizeof(folder));
    run(connection, "SET synchronous_commit = off", NULL, 0);
    for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
        double start;

        (void)snprintf(text, sizeof(text), "CREATE TABLE plain_%s (LIKE %s INCLUDING ALL)",
                       tables[i], tables[i]);
        run(connection, text, NULL, 0);
        (void)snprintf(text, sizeof(text), "COPY (SELECT * FROM %s) TO '%s/%s' (FORMAT binary)",
                       tables[i], folder, tables[i]);
        run(connection, text, NULL, 0);
        (void)snprintf(text, sizeof(text), "COPY plain_%s FROM '%s/%s' (FORMAT binary)", tables[i],
                       folder, tables[i]);
        start = clock_s();
        run(connection, text, NULL, 0);
        spent += clock_s() - start;
    }
    PQfinish(connection);
    return spent;
}
