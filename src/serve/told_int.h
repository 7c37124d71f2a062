/*
 * serve/told_int.h -- how the country stands, as the node's owner last told it, for those who ask.
 * Safe for threads.
 */
#ifndef PTN_SERVE_TOLD_INT_H
#define PTN_SERVE_TOLD_INT_H
#include <pthread.h>

#include "base/bytes.h"

#define PTN_TOLD_MAX       ((size_t)4 << 20)
#define PTN_TOLD_ETAG_SIZE 40u

struct ptn_told {
    pthread_mutex_t lock;
    struct ptn_buffer country;     /* JSON */
    char etag[PTN_TOLD_ETAG_SIZE]; /* of all of it but the time; empty: nothing was told yet */
};

void ptn_told_init(struct ptn_told *told);
void ptn_told_release(struct ptn_told *told);

/* Replace it. The buffer's codes; IO; the former stays on failure. */
PTN_MUST_USE struct ptn_status ptn_told_set(struct ptn_told *told, struct ptn_bytes country);

/*
 * Append it and set its etag. known: what the asker has, or NULL; *ret_same: that is still so, and
 * nothing is appended. NOT_FOUND before anything was told; the buffer's codes.
 */
PTN_MUST_USE struct ptn_status ptn_told_give(struct ptn_told *told, const char *known,
                                             struct ptn_buffer *out,
                                             char ret_etag[PTN_TOLD_ETAG_SIZE], bool *ret_same);
#endif
