/*
 * tests/fuzz/fuzz_leaf.c -- a ledger entry's header: what is taken is canonical CBOR to the general
 * reader as well, and writes back to the same bytes.
 */
#include "base/cbor.h"
#include "ledger/ledger.h"

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
    struct ptn_ledger_header header;
    struct ptn_cbor_reader reader = ptn_cbor_reader_at(bytes);
    struct ptn_diag diag = { 0, NULL };
    struct ptn_buffer out;

    if (!ptn_ok(ptn_ledger_header_parse(bytes, &header, &diag))) {
        require(diag.text != NULL && diag.offset <= size);
        return 0;
    }
    require(ptn_ok(ptn_cbor_skip(&reader, NULL)) && ptn_ok(ptn_cbor_end(&reader, NULL)));
    ptn_buffer_init(&out, 256);
    require(ptn_ok(ptn_ledger_header_write(&out, &header)));
    require(ptn_bytes_equal(bytes, ptn_buffer_bytes(&out)));
    ptn_buffer_release(&out);
    return 0;
}
