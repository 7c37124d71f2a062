/*
 * main/workers.h -- lines of standard input worked on by several threads at once and answered in
 * their order: the same bytes, however many threads there are.
 *
 * Memory is bounded: a line and an answer for each worker, and answers that wait for an earlier one
 * up to PTN_WORKERS_WAITING_MAX bytes and PTN_WORKERS_AHEAD_MAX lines. Nobody waits for a line that
 * has not come: an answer is written as soon as all before it are.
 */
#ifndef PTN_MAIN_WORKERS_H
#define PTN_MAIN_WORKERS_H
#include "base/text.h"

#define PTN_WORKERS_MAX         64u
#define PTN_WORKERS_AHEAD_MAX   1024u
#define PTN_WORKERS_WAITING_MAX ((size_t)16 * 1024 * 1024)

/* Processors that this process may use, 1 to PTN_WORKERS_MAX. */
unsigned ptn_workers_count(void);

struct ptn_workers_job {
    /*
     * Work on one line, on any thread: what is to be printed is appended to out, which is empty.
     * too_big: the line was longer than line_len_max, and is empty. What it returns is for a batch
     * that cannot go on; a bad line is an answer.
     */
    struct ptn_status (*work)(void *worker, struct ptn_bytes line, size_t number, bool too_big,
                              struct ptn_buffer *out);
    /* Called after work for each line, in the order of lines, one at a time; may be NULL. A worker
     * waits for it. */
    void (*in_turn)(void *worker);
    void *const *workers; /* each one thread's own, at most PTN_WORKERS_MAX */
    unsigned count;
    size_t line_len_max;
    size_t answer_len_max;
};

/**
 * ptn_workers_run(job):
 * Read standard input to its end and print every answer, each batch of them flushed. Threads that
 * cannot be had are done without.
 *
 * OK; what work returned for the first line that stops the batch: the answers before it are
 * printed, none after it; IO; NO_MEMORY.
 */
PTN_MUST_USE struct ptn_status ptn_workers_run(const struct ptn_workers_job *job);
#endif
