/*
 * serve/courier_int.h -- the pure parts of the courier, for its tests.
 */
#ifndef PTN_SERVE_COURIER_INT_H
#define PTN_SERVE_COURIER_INT_H
#include "serve/courier.h"

#define PTN_COURIER_PAUSE_MIN_MS 200u
#define PTN_COURIER_PAUSE_MAX_MS 30000u
#define PTN_COURIER_PROBE_MS     1200u /* from one try to the next where nobody is reached */
#define PTN_COURIER_PROBE_MIN_MS 100u  /* and at least so long from the end of the one */
#define PTN_COURIER_PER_S        500u  /* exchanges a second on one link, at most */
#define PTN_COURIER_BURST        64u

/* The pause after so many failures in a row: doubling from PTN_COURIER_PAUSE_MIN_MS to max_ms, and
 * by the random number anything from half of it to the whole, so that 500 posts do not come back at
 * one moment. */
unsigned ptn_courier_pause_ms(unsigned failures, unsigned max_ms, uint32_t random);

/*
 * The pause after a try that reached nobody: no connection was made, so nothing but a packet or two
 * was spent, and the line may be back at any moment with an order behind it. The first ones are
 * those of ptn_courier_pause_ms; then a try begins every PTN_COURIER_PROBE_MS or, by the random
 * number, after as little as half of that, for as long as it takes. tried_ms is how long this one
 * took.
 */
unsigned ptn_courier_probe_ms(unsigned failures, unsigned max_ms, unsigned tried_ms,
                              uint32_t random);

/* True for "HOST:PORT": a name, an IPv4 address or an IPv6 address in brackets, and 1 to 65535. */
bool ptn_courier_address_good(const char *address);

/* True when a status tells that asking again at once makes no sense. */
bool ptn_courier_refusal(unsigned status);
#endif
