/*
 * node/writer.h -- group commit: many lanes, one durable append.
 *
 * A plain queue. Anyone submits; the owner's turn takes all that waits as one batch, appends it,
 * and answers each request through its function. Nobody blocks here: who waits, and how, is the
 * caller's affair.
 *
 *   submit -> waiting -> (turn: append, fsync, read back, sign) -> done(request)
 */
#ifndef PTN_NODE_WRITER_H
#define PTN_NODE_WRITER_H
#include "base/bytes.h"

struct ptn_node;

/* One record to be written: its kind and retention class as record/ numbers them, and its
 * sealed-to-be bytes. */
struct ptn_writer_record {
    unsigned kind;
    unsigned retention;
    struct ptn_bytes payload; /* Borrowed until done */
};

#define PTN_WRITER_RECORDS_MAX 4u /* records of one request */

/* All records of one request are durable together or not at all. Lives with the caller until done
 * is called. */
struct ptn_writer_request {
    struct ptn_writer_record records[PTN_WRITER_RECORDS_MAX];
    size_t record_count;
    void (*done)(struct ptn_writer_request *request); /* on the owner's thread, no lock held */
    void *context;

    /* Set before done is called. */
    struct ptn_status status; /* OK: durable, read back and signed */
    bool disk_full;           /* the status is IO because the disk is full */
    uint64_t seq;             /* of the first record; the others follow */
    int64_t time_ms;

    struct ptn_writer_request *next; /* the writer's own */
};

/*
 * Queue the request and ring the owner's bell. It is answered exactly once by done, also when the
 * node is stopped (status IO) or closed before its turn (BUSY).
 */
void ptn_writer_submit(struct ptn_node *node, struct ptn_writer_request *request);

/* Owner only: write all that waits as one batch. Returns how many requests were answered. */
size_t ptn_writer_turn(struct ptn_node *node);
#endif
