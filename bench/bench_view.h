/* bench/bench_view.h -- the limit of a view in PostgreSQL: one COPY of each table's rows. */
#ifndef PTN_BENCH_VIEW_H
#define PTN_BENCH_VIEW_H

/*
 * Write the rows of the view's tables to files at the server, then time one COPY a table back into
 * tables with the same columns, keys and indexes. where is the database of a superuser. Returns the
 * seconds of that alone; ends the program when the database refuses.
 */
double bench_view_copy(const char *where);

/* Processor time that the server there has taken so far, in all its processes. */
double bench_view_server_s(const char *where);
#endif
