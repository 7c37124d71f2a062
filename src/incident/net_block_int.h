/* incident/net_block_int.h -- networks of addresses, as warning lists name them. */
#ifndef PTN_INCIDENT_NET_BLOCK_INT_H
#define PTN_INCIDENT_NET_BLOCK_INT_H
#include "base/bytes.h"

/* Whether value, an IPv4 address or network, lies in block ("10.0.0.0/8", "10.1.2.3"). */
bool ptn_net_block_holds(struct ptn_bytes block, struct ptn_bytes value);
#endif
