/* Any bytes as the payload of an `erasure` record, and as a note: nothing that nobody signed is in
 * force, and nothing is annulled. */
#include <stdint.h>
#include <stdlib.h>

#include "trust/erasure.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct ptn_bytes bytes = ptn_bytes_of(data, size);
    const struct ptn_roster roster = { .origin = PTN_BYTES_LITERAL("utopia.example/roster"),
                                       .expires = { 2099, 1, 1 },
                                       .quorum_n = 4,
                                       .quorum_q = 3,
                                       .quorum_f = 1,
                                       .authorities_needed = 1 };
    const struct ptn_hash name = { { 7 } };
    struct ptn_erasure_order order;
    int64_t now_ms = 0;

    if (ptn_ok(ptn_erasure_check(&roster, bytes, &order, NULL)) ||
        ptn_ok(ptn_erasure_check_now(&roster, bytes, &now_ms, NULL)) ||
        ptn_erasure_is_annulled(&roster, bytes, &name))
        abort();
    return 0;
}
