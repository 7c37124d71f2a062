/*
 * serve/courier_int.h -- the pure parts of the courier, for its tests.
 */
#ifndef PTN_SERVE_COURIER_INT_H
#define PTN_SERVE_COURIER_INT_H
#include "serve/courier.h"

#define PTN_COURIER_PAUSE_MIN_MS 200u
#define PTN_COURIER_PAUSE_MAX_MS 30000u
#define PTN_COURIER_PER_S        500u /* exchanges a second on one link, at most */
#define PTN_COURIER_BURST        64u

/* The pause after so many failures in a row: doubling from PTN_COURIER_PAUSE_MIN_MS to max_ms, and
 * by the random number anything from half of it to the whole, so that 500 posts do not come back at
 * one moment. */
unsigned ptn_courier_pause_ms(unsigned failures, unsigned max_ms, uint32_t random);

/* True for "HOST:PORT": a name, an IPv4 address or an IPv6 address in brackets, and 1 to 65535. */
bool ptn_courier_address_good(const char *address);

/* True when a status tells that asking again at once makes no sense. */
bool ptn_courier_refusal(unsigned status);
#endif
