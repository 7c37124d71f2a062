/* Bodies of the shift page: the first byte chooses which. What is taken is an entry that can be
 * told. */
#include <stdlib.h>

#include "serve/shift_int.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ptn_arena *arena = ptn_arena_new(1u << 20);
    struct ptn_shift_entry entry = { 0 };
    struct ptn_shift_second second = { 0 };
    struct ptn_diag diag = { 0 };
    struct ptn_bytes body;
    struct ptn_status status;

    if (arena == NULL || size == 0) {
        ptn_arena_free(arena);
        return 0;
    }
    body = ptn_bytes_of(data + 1, size - 1);
    switch (data[0] % 3) {
    case 0:
        status = ptn_shift_lane_parse(body, arena, &entry, &diag);
        break;
    case 1:
        status = ptn_shift_wait_parse(body, arena, &entry, &diag);
        break;
    default:
        status = ptn_shift_over_parse(body, arena, &entry, &second, &diag);
        if (ptn_ok(status) && (second.user.len == 0 || second.password.len == 0))
            abort();
        entry.second = second.user;
        break;
    }
    if (!ptn_ok(status) && diag.text == NULL)
        abort(); /* a refusal that does not say why */
    entry.id.at[0] = 1;
    entry.time_ms = 1;
    entry.post = PTN_BYTES_LITERAL("p");
    entry.officer = PTN_BYTES_LITERAL("o");
    /* only a text's length, its UTF-8 or a person's own name may still be wrong */
    if (ptn_ok(status) && entry.act == PTN_SHIFT_WAIT &&
        !ptn_ok(ptn_shift_entry_validate(&entry, &diag)))
        abort();
    ptn_arena_free(arena);
    return 0;
}
