/*
 * serve/door.h -- a keeper's door: mutual TLS 1.3, requests as exchanges, answered one by one.
 *
 * Two processes. ptn_door_open forks the front, which parses TLS and HTTP and holds nothing but the
 * TLS key; the caller's process, which may open the vault only after that, answers whole exchanges
 * on one thread. So nothing that parses the network holds a signing key. When the front dies or
 * talks nonsense, ptn_door_run ends with IO and the whole keeper is started anew.
 *
 * Who may come in is a list of key digests. Anybody else -- no certificate, a stranger's, one taken
 * off the list since -- is closed without one byte of an answer (DOOR-1). Standard: RFC 8446;
 * limits and frames: docs/format/door.md.
 */
#ifndef PTN_SERVE_DOOR_H
#define PTN_SERVE_DOOR_H
#include "base/world.h"
#include "vault/tls.h"

#define PTN_DOOR_PEERS_MAX 4096u
#define PTN_DOOR_HOLD_MS   25000u

struct ptn_door; /* opaque */

struct ptn_door_plan {
    const struct ptn_world *world; /* Borrowed */
    const char *dir;               /* whose DIR/vault/tls.* is shown. Borrowed for the call */
    int listen_fd;                 /* Borrowed */
    unsigned hold_ms;              /* how long an exchange is held; 0: PTN_DOOR_HOLD_MS */
    /* Called in the front when it has read its key and before it reads a byte from the network, to
     * give up all it does not need. False ends it. NULL: nothing is given up. */
    bool (*confine)(void);
};

/* Listen on an address of this machine (numbers only; "0.0.0.0" and "::" are all). port 0: any free
 * one. BAD_INPUT for no such address; BUSY when the port is taken; IO. */
PTN_MUST_USE struct ptn_status ptn_door_listen(const char *host, unsigned port, int *ret_fd,
                                               unsigned *ret_port);

/*
 * Fork the front and wait until it listens. Before the caller's secrets are in memory and before it
 * has threads. Nobody is admitted yet. *ret_door is Owned: ptn_door_close.
 *
 * OK; NOT_FOUND when DIR has no certificate; IO; NO_MEMORY.
 */
PTN_MUST_USE struct ptn_status ptn_door_open(const struct ptn_door_plan *plan,
                                             struct ptn_door **ret_door, struct ptn_diag *reterr);

/* Who may come in from now on (copied); everybody else's connections are closed. Before
 * ptn_door_run or from its callbacks. TOO_BIG past PTN_DOOR_PEERS_MAX; IO; NO_MEMORY. */
PTN_MUST_USE struct ptn_status ptn_door_admit(struct ptn_door *door,
                                              const uint8_t (*tls)[PTN_TLS_ID_LEN], size_t count);

/* Who asks. index: the place in the list last given to ptn_door_admit. Borrowed for the call. */
struct ptn_door_peer {
    const uint8_t *tls; /* PTN_TLS_ID_LEN bytes */
    size_t index;
};

struct ptn_door_serving {
    void *context;
    /*
     * Answer: set exchange's status and fill its answer (an empty buffer, at most 16 MiB). status 0
     * closes the connection without a byte. *ret_hold (false as it comes) true: hold the exchange
     * and ask again after the next ptn_door_changed, and when it was held long enough one last time
     * without the path's query; an exchange with a body cannot be held. All on ptn_door_run's
     * thread.
     */
    void (*answer)(void *context, const struct ptn_door_peer *peer, struct ptn_exchange *exchange,
                   bool *ret_hold);
    void (*tick)(void *context); /* about ten times a second; may be NULL */
};

/* Answer until stopped. OK when stopped; IO when the front is gone. */
PTN_MUST_USE struct ptn_status ptn_door_run(struct ptn_door *door,
                                            const struct ptn_door_serving *serving);

/* Something changed: ask what is held again. Any thread; cheap, many become one. */
void ptn_door_changed(struct ptn_door *door);
/* Let ptn_door_run return. Any thread, and a signal handler. */
void ptn_door_stop(struct ptn_door *door);
/* How many exchanges are held and were ever asked. Any thread. */
void ptn_door_counts(struct ptn_door *door, uint64_t *ret_held, uint64_t *ret_asked);
/* Let the front finish its answers (3 s at most), end it, free the rest. NULL is fine. */
void ptn_door_close(struct ptn_door *door);
#endif
