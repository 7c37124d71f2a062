/* Any bytes as a booking file: it ends, stays inside its bounds, and what it gives is text of the
 * stated length. */
#include <stdint.h>
#include <stdlib.h>

#include "base/text.h"
#include "message/booking.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ptn_arena *arena = ptn_arena_new(4u << 20);
    struct ptn_bookings bookings;
    struct ptn_diag diag = { 0, "" };

    must(arena != NULL);
    if (ptn_ok(ptn_bookings_read(ptn_bytes_of(data, size), arena, &bookings, &diag))) {
        must(bookings.note_count <= bookings.left_out);
        for (size_t i = 0; i < bookings.count; i++) {
            const struct ptn_booking *row = &bookings.rows[i];

            must(row->plate.len > 0 && row->plate.len <= PTN_BOOKING_TEXT_MAX);
            must(row->reference.len > 0 && row->people <= PTN_BOOKING_PEOPLE_MAX);
            must(ptn_utf8_valid(row->plate, NULL) && ptn_utf8_valid(row->reference, NULL));
        }
    } else {
        must(diag.text[0] != '\0');
    }
    ptn_arena_free(arena);
    return 0;
}
