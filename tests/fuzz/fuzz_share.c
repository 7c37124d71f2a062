/* Any bytes as a share and as a recovery kit. A share that is read is one, and so is what it is
 * written as; a kit that is read is written as the same bytes. */
#include <stdint.h>
#include <stdlib.h>

#include "vault/share.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct ptn_recovery recovery;
    struct ptn_bytes text = ptn_bytes_of(data, size);
    struct ptn_diag diag = { 0, NULL };
    struct ptn_share share;
    struct ptn_share back;
    struct ptn_buffer out;

    ptn_buffer_init(&out, PTN_RECOVERY_TEXT_MAX);
    if (ptn_ok(ptn_share_parse(text, &share, &diag))) {
        must(share.needed >= PTN_SHARE_COUNT_MIN && share.needed <= share.count);
        must(share.count <= PTN_SHARE_COUNT_MAX && share.index >= 1 && share.index <= share.count);
        must(ptn_ok(ptn_share_write(&share, &out)));
        must(ptn_ok(ptn_share_parse(ptn_buffer_bytes(&out), &back, NULL)));
        must(memcmp(&share, &back, sizeof(share)) == 0);
    } else {
        must(diag.text != NULL && diag.offset <= 6);
    }
    diag = (struct ptn_diag){ 0, NULL };
    ptn_buffer_clear(&out);
    if (ptn_ok(ptn_recovery_parse(text, &recovery, &diag))) {
        must(ptn_ok(ptn_recovery_write(&recovery, &out)));
        must(ptn_bytes_equal(ptn_buffer_bytes(&out), text));
    } else {
        must(diag.text != NULL);
    }
    ptn_buffer_release(&out);
    return 0;
}
