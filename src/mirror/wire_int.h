/*
 * mirror/wire_int.h -- lines and numbers, shared by the parsers of this room. Pure.
 */
#ifndef PTN_MIRROR_WIRE_INT_H
#define PTN_MIRROR_WIRE_INT_H
#include "mirror/wire.h"

/* Take a line that must end in LF; false, and the cursor as before, when there is none. */
bool ptn_wire_line(struct ptn_cursor *cursor, struct ptn_bytes *ret_line);

/* Decimal without leading zeros, at most 2^63 - 1. */
bool ptn_wire_decimal(struct ptn_bytes text, uint64_t *ret_value);

/* Exactly 64 lower-case hex digits; exactly 32 bytes in base64. */
bool ptn_wire_hash_hex(struct ptn_bytes text, struct ptn_hash *ret_hash);
bool ptn_wire_hash_base64(struct ptn_bytes text, struct ptn_hash *ret_hash);

/* Take text off the front of rest when it stands there. */
bool ptn_wire_take(struct ptn_bytes *rest, const char *text);

struct ptn_status ptn_wire_add_hash_hex(struct ptn_buffer *out, const struct ptn_hash *hash);
#endif
