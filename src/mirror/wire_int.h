/*
 * mirror/wire_int.h -- numbers and hashes, shared by the parsers of this room. Pure.
 */
#ifndef PTN_MIRROR_WIRE_INT_H
#define PTN_MIRROR_WIRE_INT_H
#include "mirror/wire.h"

/* Decimal without leading zeros, at most 2^63 - 1. */
bool ptn_wire_decimal(struct ptn_bytes text, uint64_t *ret_value);

/* Exactly 32 bytes in base64. */
bool ptn_wire_hash_base64(struct ptn_bytes text, struct ptn_hash *ret_hash);

/* Take text off the front of rest when it stands there. */
bool ptn_wire_take(struct ptn_bytes *rest, const char *text);

struct ptn_status ptn_wire_add_hash_hex(struct ptn_buffer *out, const struct ptn_hash *hash);
#endif
