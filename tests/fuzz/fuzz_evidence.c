/*
 * tests/fuzz/fuzz_evidence.c -- evidence of a fork: what is taken writes back to the same bytes,
 * and no input proves anything against a key whose secret nobody has.
 */
#include "ledger/evidence.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
    if (!condition)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ptn_bytes bytes = ptn_bytes_of(data, size);
    struct ptn_evidence evidence;
    struct ptn_diag diag = { 0, NULL };
    struct ptn_buffer out;

    if (!ptn_ok(ptn_evidence_parse(bytes, &evidence, &diag))) {
        require(diag.text != NULL && diag.offset <= size);
        return 0;
    }
    ptn_buffer_init(&out, size);
    require(ptn_ok(ptn_evidence_write(&out, &evidence)));
    require(ptn_bytes_equal(bytes, ptn_buffer_bytes(&out)));
    ptn_buffer_release(&out);
    require(!ptn_ok(ptn_evidence_check(&evidence, &diag)));
    return 0;
}
