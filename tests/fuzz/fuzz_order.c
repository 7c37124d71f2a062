/* Any text as an order; what is accepted is written back the same to the byte, and can be said. */
#include <stdint.h>
#include <stdlib.h>

#include "trust/order.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ptn_bytes text = ptn_bytes_of(data, size);
    struct ptn_hash name = { { 0 } };
    struct ptn_order order;
    struct ptn_buffer out;

    ptn_buffer_init(&out, (size_t)4 * PTN_ORDER_TEXT_MAX);
    if (ptn_ok(ptn_order_parse(text, &order, NULL))) {
        if (!ptn_ok(ptn_order_write(&order, &out)) ||
            !ptn_bytes_equal(text, ptn_buffer_bytes(&out)))
            abort();
        if (!ptn_ok(ptn_order_name(text, &name)) ||
            !ptn_ok(ptn_order_say(&order, &name, size % 2 == 0, &out)))
            abort();
        (void)ptn_order_is_for(&order, PTN_BYTES_LITERAL("u.example/p"), PTN_ORDER_LAND);
        (void)ptn_order_ends(&order, &name);
    }
    ptn_buffer_release(&out);
    return 0;
}
