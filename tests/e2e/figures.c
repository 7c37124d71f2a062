/* figures: a standing on standard input, its figures on standard output; for tests/cli/figures.py.
 */
#include <stdio.h>

#include "main/figures.h"

int main(void)
{
    static char in[1u << 20];
    struct ptn_buffer out = { .len_max = 1u << 20 };
    size_t len = fread(in, 1, sizeof(in), stdin);
    struct ptn_status status = ptn_figures_write(ptn_bytes_of(in, len), &out);

    if (ptn_ok(status))
        (void)fwrite(out.at, 1, out.len, stdout);
    ptn_buffer_release(&out);
    return ptn_ok(status) ? 0 : 1;
}
