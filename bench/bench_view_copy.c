/* bench/bench_view_copy.c -- what PostgreSQL itself takes for the rows of a view. */
#include <ctype.h>
#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <libpq-fe.h>

#include "bench_view.h"

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

/* ---- the server's processor time ---- */

struct process {
    long parent;
    double spent, reaped; /* by itself; by its children that have ended */
};

/* What /proc says of it; false: it is gone. */
static bool look_at(const char *pid, struct process *ret)
{
    char path[300];
    char line[1024];
    FILE *file;
    char *next;
    unsigned long times[4] = { 0 };
    double ticks = (double)sysconf(_SC_CLK_TCK);

    (void)snprintf(path, sizeof(path), "/proc/%s/stat", pid);
    file = fopen(path, "r");
    if (file == NULL)
        return false;
    next = fgets(line, sizeof(line), file) == NULL ? NULL : strrchr(line, ')');
    (void)fclose(file);
    if (next == NULL || strlen(next) < 4)
        return false;
    ret->parent = strtol(next + 4, &next, 10);
    for (unsigned field = 5; field <= 13; field++) /* the times are fields 14 to 17 */
        (void)strtoul(next, &next, 10);
    for (unsigned i = 0; i < 4; i++)
        times[i] = strtoul(next, &next, 10);
    ret->spent = (double)(times[0] + times[1]) / ticks;
    ret->reaped = (double)(times[2] + times[3]) / ticks;
    return true;
}

double bench_view_server_s(const char *where)
{
    PGconn *connection = PQconnectdb(where);
    char folder[256];
    char pid[32] = "";
    char path[300];
    struct process process;
    struct dirent *entry;
    double spent = 0;
    FILE *file;
    DIR *processes;

    run(connection, "SELECT setting FROM pg_settings WHERE name = 'data_directory'", folder,
        sizeof(folder));
    (void)snprintf(path, sizeof(path), "%s/postmaster.pid", folder);
    file = fopen(path, "r");
    processes = opendir("/proc");
    if (file == NULL || fgets(pid, sizeof(pid), file) == NULL || processes == NULL) {
        (void)fprintf(stderr, "bench_view: the server's processes cannot be seen\n");
        exit(4);
    }
    pid[strcspn(pid, "\n")] = '\0';
    while ((entry = readdir(processes)) != NULL)
        if (isdigit((unsigned char)entry->d_name[0]) != 0 && look_at(entry->d_name, &process) &&
            process.parent == strtol(pid, NULL, 10))
            spent += process.spent;
    if (look_at(pid, &process))
        spent += process.spent + process.reaped;
    (void)closedir(processes);
    (void)fclose(file);
    PQfinish(connection);
    return spent;
}

/* ---- the limit ---- */

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
        start = bench_view_server_s(where);
        run(connection, text, NULL, 0);
        spent += bench_view_server_s(where) - start;
    }
    PQfinish(connection);
    return spent;
}
