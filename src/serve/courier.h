/*
 * serve/courier.h -- carries exchanges to keepers: the only place that opens a connection outwards.
 *
 * HTTPS over TLS 1.3 and nothing else. Both ends show self-signed certificates, so no authority and
 * no name counts: the peer is who the roster says when the SHA-256 of its public key is the one the
 * link names, and the library's own check of chains is off on purpose. No proxy, no redirect, no
 * resumed session, nothing from the environment. Standard: RFC 8446; RFC 7469 section 2.4 (pins).
 *
 * One thread carries many links, one exchange at a time on each. Nothing is logged.
 *
 * An order may come the moment a line is back, so a line that reaches nobody is tried again every
 * 0.6 to 1.2 s, or every 1.5 s where packets are lost without a word (two SYNs each; one try of
 * eight waits 5 s for slow lines): at most 14 MB a day and link, be the keeper away for a month. A
 * line that dies under an exchange is found dead within 3 to 4 s: a peer that says nothing for 2 s
 * is probed, which costs a silent link 5 MB a day and none that hears heartbeats. Who was reached
 * and refused, broke off or took too long is asked after pauses that double to 30 s.
 */
#ifndef PTN_SERVE_COURIER_H
#define PTN_SERVE_COURIER_H
#include "base/world.h"
#include "vault/tls.h"

#define PTN_COURIER_ADDRESS_MAX 255u               /* bytes of "HOST:PORT" */
#define PTN_COURIER_LINKS_MAX   256u               /* links of one courier */
#define PTN_COURIER_ANSWER_MAX  ((size_t)16 << 20) /* the answer's cap when next sets no smaller */
#define PTN_COURIER_TIMEOUT_MS  30000              /* an exchange's when next sets no other */
#define PTN_COURIER_IDLE_MS     1000               /* a link with nothing to do is asked again */

/* One keeper as seen from here. The texts are copied; context and functions are called until
 * ptn_courier_free has returned. */
struct ptn_courier_link {
    const char *address;         /* "HOST:PORT", an IPv6 address in brackets */
    uint8_t tls[PTN_TLS_ID_LEN]; /* whose key alone is spoken to */
    unsigned pause_max_ms;       /* the longest pause after failures; 0: 30,000 */
    unsigned bytes_per_s;        /* bound on what is sent and on what is taken; 0: none */
    void *context;
    /*
     * What to carry now. True: exchange's verb, path and body are set and stay valid until take;
     * its answer is an empty buffer of the courier's, whose len_max may be made smaller;
     * *timeout_ms is the longest the whole exchange may take (-1, as it comes:
     * PTN_COURIER_TIMEOUT_MS). False: nothing to do; *timeout_ms is when to ask again unless woken
     * before (-1: PTN_COURIER_IDLE_MS).
     */
    bool (*next)(void *context, struct ptn_exchange *exchange, int *timeout_ms);
    /*
     * What came of it, once for every next that said true, before the next one. status 0: no answer
     * (not reached, another key, cut, too late, too big, or the courier ends). The answer is
     * Borrowed for the call.
     */
    void (*take)(void *context, struct ptn_exchange *exchange);
};

/* Why a link stands still. */
enum ptn_courier_trouble {
    PTN_COURIER_FINE,
    PTN_COURIER_NOT_REACHED, /* no connection, or it was closed */
    PTN_COURIER_OTHER_KEY,   /* somebody else answers at this address */
    PTN_COURIER_TOO_LATE,    /* the time was up */
    PTN_COURIER_REFUSED,     /* answered with a status that trying again at once does not mend */
    PTN_COURIER_BROKEN,      /* an answer that is none, or too long */
};

/* A literal: "fine", "not-reached", "other-key", "too-late", "refused", "broken". */
const char *ptn_courier_trouble_word(enum ptn_courier_trouble trouble);

struct ptn_courier_standing {
    enum ptn_courier_trouble trouble; /* of the last exchange */
    unsigned failures;                /* one after another, to now */
    int64_t answered_us;              /* the world's monotonic clock at the last good answer; 0:
                                         never */
    uint64_t exchanges;               /* answered well, ever */
};

struct ptn_courier; /* opaque */

/*
 * ptn_courier_new(world, dir, ret_courier, reterr):
 * A courier with the certificate of DIR/vault/tls.*, without links and without a thread. world is
 * Borrowed and must be safe for threads; *ret_courier is Owned (ptn_courier_free). The key lies in
 * locked memory and is wiped at the end.
 *
 * OK; NOT_FOUND when there is no certificate; IO; NO_MEMORY.
 */
PTN_MUST_USE struct ptn_status ptn_courier_new(const struct ptn_world *world, const char *dir,
                                               struct ptn_courier **ret_courier,
                                               struct ptn_diag *reterr);

/* Add a link, before the start. *ret_index (may be NULL) counts from 0. BAD_INPUT for an address
 * that is none; TOO_BIG past PTN_COURIER_LINKS_MAX; NO_MEMORY. */
PTN_MUST_USE struct ptn_status ptn_courier_add(struct ptn_courier *courier,
                                               const struct ptn_courier_link *link,
                                               size_t *ret_index, struct ptn_diag *reterr);

/* Start the thread. next and take run on it. OK; NO_MEMORY. */
PTN_MUST_USE struct ptn_status ptn_courier_start(struct ptn_courier *courier);

/* Something may be there to carry: ask every link that had nothing. It does not shorten a pause
 * after failures. From any thread, also before the start; cheap. */
void ptn_courier_wake(struct ptn_courier *courier);

/* How a link stands. From any thread. */
struct ptn_courier_standing ptn_courier_look(struct ptn_courier *courier, size_t index);

/* Stop the thread (exchanges under way end with status 0), wipe the key. NULL is fine. */
void ptn_courier_free(struct ptn_courier *courier);

/*
 * ptn_courier_carry(world, dir, address, tls, timeout_ms, exchange, ret_trouble, reterr):
 * Carry one exchange and wait for it: for commands that hand a note to a keeper. exchange's answer
 * is the caller's initialised buffer. *ret_trouble (may be NULL) is set when no answer came.
 *
 * OK when anything was answered, whatever its status; IO when no answer came; NOT_FOUND when DIR
 * has no certificate; BAD_INPUT for an address that is none; NO_MEMORY.
 */
PTN_MUST_USE struct ptn_status
ptn_courier_carry(const struct ptn_world *world, const char *dir, const char *address,
                  const uint8_t tls[PTN_TLS_ID_LEN], int timeout_ms, struct ptn_exchange *exchange,
                  enum ptn_courier_trouble *ret_trouble, struct ptn_diag *reterr);
#endif
