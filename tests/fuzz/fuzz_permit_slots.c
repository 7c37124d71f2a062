/* Slots of a centre's permits: whatever is in them, reading comes to an end, and what opens with a
 * document's key is a record that can be read. */
#include <stdlib.h>

#include "node/permit_slots_int.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct ptn_status count(void *context, const struct ptn_permit *permit)
{
    if (permit != NULL && !ptn_ok(ptn_permit_validate(permit, NULL)))
        abort();
    (*(size_t *)context)++;
    return PTN_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t salt[PTN_SHA256_LEN] = { 1 };
    const struct ptn_person person = {
        .birth = { 1990, 4, 2 },
        .document = { .issuer = "UTO", .number = PTN_BYTES_LITERAL("U1"), .expiry = { 2031, 5, 1 } }
    };
    struct ptn_bytes bytes = ptn_bytes_of(data, size);
    struct ptn_cursor cursor = ptn_cursor_at(bytes);
    struct ptn_permit_slots_part part = { salt, bytes, true };
    struct ptn_permit_slots *slots = NULL;
    struct ptn_permit_slot slot;
    struct ptn_status status;
    size_t slot_count = 0;
    size_t found = 0;

    while (ptn_ok(status = ptn_permit_slot_next(&cursor, &slot)))
        slot_count++;
    if (status.code != PTN_C_NOT_FOUND && status.code != PTN_C_BAD_INPUT)
        abort();
    if (status.code == PTN_C_NOT_FOUND && ptn_ok(ptn_permit_slots_make(&part, 1, &slots))) {
        if (!ptn_ok(ptn_permit_slots_each(slots, &person, false, count, &found)) ||
            found > slot_count + 1)
            abort();
        ptn_permit_slots_leave(slots);
    }
    return 0;
}
