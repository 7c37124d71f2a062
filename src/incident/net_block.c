/* incident/net_block.c -- reading IPv4 addresses and networks. */
#include "incident/net_block_int.h"

/* Read an IPv4 address, and the length of its network where one follows ("10.0.0.0/8"). */
static bool read_block(struct ptn_bytes text, uint32_t *ret_address, unsigned *ret_bits)
{
    uint32_t parts[5] = { 0 }; /* four bytes and the length */
    size_t part = 0, digits = 0;

    for (size_t i = 0; i < text.len; i++) {
        uint8_t byte = text.at[i];

        if (byte >= '0' && byte <= '9' && digits < 3) {
            parts[part] = parts[part] * 10 + (uint32_t)(byte - '0');
            digits++;
        } else if (digits > 0 && part < 4 && byte == (part < 3 ? '.' : '/')) {
            part++;
            digits = 0;
        } else {
            return false;
        }
    }
    if (part < 3 || digits == 0 || parts[0] > 255 || parts[1] > 255 || parts[2] > 255 ||
        parts[3] > 255 || parts[4] > 32)
        return false;
    *ret_address = parts[0] << 24 | parts[1] << 16 | parts[2] << 8 | parts[3];
    *ret_bits = part == 4 ? parts[4] : 32;
    return true;
}

bool ptn_net_block_holds(struct ptn_bytes block, struct ptn_bytes value)
{
    uint32_t network, address;
    unsigned bits, value_bits;

    if (!read_block(block, &network, &bits) || !read_block(value, &address, &value_bits) ||
        value_bits < bits)
        return false;
    return bits == 0 || (network ^ address) >> (32 - bits) == 0;
}
