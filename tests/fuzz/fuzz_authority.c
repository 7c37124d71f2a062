/* Any text as an authority's key file; what is accepted is written back the same to the byte. */
#include <stdint.h>
#include <stdlib.h>

#include "vault/authority.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ptn_bytes text = ptn_bytes_of(data, size);
    struct ptn_authority_file file;
    struct ptn_buffer out;

    ptn_buffer_init(&out, PTN_AUTHORITY_FILE_LEN_MAX);
    if (ptn_ok(ptn_authority_parse(text, &file, NULL)) &&
        (!ptn_ok(ptn_authority_write(&out, &file)) ||
         !ptn_bytes_equal(text, ptn_buffer_bytes(&out))))
        abort();
    ptn_buffer_release(&out);
    return 0;
}
