/*
 * serve/serve.h -- a post's web server: every thread and every socket of a running node.
 *
 * The caller's thread becomes the node's owner: ptn_serve_run steps the node there, while a small
 * pool answers browsers and one more thread checks passwords. What lies on a shelf of its own:
 * requests into structs (request.c, pure, fuzzed), answers into JSON (answer.c), who is signed in
 * (session.c), who may ask at all (guard.c), live events (events.c), counts (metrics.c).
 */
#ifndef PTN_SERVE_SERVE_H
#define PTN_SERVE_SERVE_H
#include "node/node.h"

struct ptn_serve; /* opaque */

/* Listen on 127.0.0.1. port 0: any free one. OK; BUSY when the port is taken; IO. The descriptor
 * outlives a server. */
PTN_MUST_USE struct ptn_status ptn_serve_listen(unsigned port, int *ret_fd, unsigned *ret_port);

/* A server that does not run yet: its seams are what ptn_node_open wants. NULL: no memory or no
 * descriptors. */
struct ptn_serve *ptn_serve_new(void);
void ptn_serve_free(struct ptn_serve *serve);
struct ptn_node_seams ptn_serve_seams(struct ptn_serve *serve);

struct ptn_serve_plan {
    struct ptn_node *node; /* Borrowed */
    int listen_fd;         /* Borrowed */
    unsigned port;         /* the one listened on: the Host allow-list names it */
    bool (*asset_find)(struct ptn_bytes path, struct ptn_bytes *ret_bytes, const char **ret_type,
                       const char **ret_etag);
    struct ptn_bytes specimens;  /* the tray as a JSON array; empty: none */
    void (*tick)(void *context); /* on the owner's thread about ten times a second; may be NULL */
    void (*grew)(void *context); /* on the owner's thread as soon as the ledger has grown; may be
                                    NULL */
    void *tick_context;          /* for both */
};

enum ptn_serve_end {
    PTN_SERVE_STOPPED, /* ptn_serve_stop was called: everything accepted is answered and durable */
    PTN_SERVE_AGAIN,   /* the node stopped signing: leave with PTN_NODE_EXIT_AGAIN */
};

/* Run until stopped. OK with *ret_end; IO when the server cannot start. */
PTN_MUST_USE struct ptn_status ptn_serve_run(struct ptn_serve *serve,
                                             const struct ptn_serve_plan *plan,
                                             enum ptn_serve_end *ret_end);

/* Ask ptn_serve_run to return. Safe in a signal handler and from any thread. */
void ptn_serve_stop(struct ptn_serve *serve);

/* Tell every page that other lists are in force. Any thread. */
void ptn_serve_lists_changed(struct ptn_serve *serve);
/* Have every chip reader show its token again: others may be known now. Any thread. */
void ptn_serve_readers_changed(struct ptn_serve *serve);

/* Tell how the country stands, as far as this post knows (docs/format/country.md): the next who
 * asks is told so. Copied; cheap. Any thread. NO_MEMORY, IO: the former stays. */
PTN_MUST_USE struct ptn_status ptn_serve_tell(struct ptn_serve *serve, struct ptn_bytes country);

/* Tell pages of a crossing that no browser made: of a lane without one. Any thread. */
struct ptn_lane_crossing;
void ptn_serve_publish_crossing(struct ptn_serve *serve, const struct ptn_lane_crossing *crossing);

/* The OpenAPI document, as served. Constant. */
struct ptn_bytes ptn_serve_openapi(void);
#endif
