/* A boarding pass's barcode: what is accepted stays within its bytes and says a flight. */
#include <stdlib.h>

#include "document/bcbp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool is_within(struct ptn_bytes part, const uint8_t *data, size_t size)
{
    return part.len == 0 || (part.at >= data && part.at + part.len <= data + size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct ptn_date today = { 2026, 11, 29 };
    struct ptn_buffer out = { .len_max = 65536 };
    struct ptn_json json = { .out = &out };
    struct ptn_diag diag = { SIZE_MAX, NULL };
    struct ptn_bcbp pass;
    struct ptn_status status = ptn_bcbp_parse(ptn_bytes_of(data, size), &pass, &diag);

    if (!ptn_ok(status)) {
        if (diag.text == NULL || diag.offset > size)
            abort();
        return 0;
    }
    if (pass.leg_count < 1 || pass.leg_count > PTN_BCBP_LEGS_MAX ||
        !is_within(pass.name, data, size))
        abort();
    for (size_t i = 0; i < pass.leg_count; i++) {
        const struct ptn_bcbp_leg *leg = &pass.legs[i];

        if (leg->number.len == 0 || leg->carrier.len < 2 || !is_within(leg->number, data, size) ||
            !is_within(leg->booking, data, size) || !is_within(leg->seat, data, size) ||
            !is_within(leg->sequence, data, size))
            abort();
    }
    ptn_bcbp_write_json(&json, &pass, today);
    if (!ptn_ok(ptn_json_end(&json)))
        abort();
    ptn_buffer_release(&out);
    return 0;
}
