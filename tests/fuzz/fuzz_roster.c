/* Any text as a roster; what is accepted is written back the same to the byte. */
#include <stdint.h>
#include <stdlib.h>

#include "trust/roster.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ptn_arena *arena = ptn_arena_new(8u << 20);
    struct ptn_bytes text = ptn_bytes_of(data, size);
    struct ptn_buffer out;
    struct ptn_roster roster;

    if (arena == NULL)
        abort();
    ptn_buffer_init(&out, PTN_ROSTER_TEXT_MAX);
    if (ptn_ok(ptn_roster_parse(text, arena, &roster, NULL)) &&
        (!ptn_ok(ptn_roster_write(&roster, &out)) ||
         !ptn_bytes_equal(text, ptn_buffer_bytes(&out))))
        abort();
    if (ptn_ok(ptn_roster_first(text, arena, &roster, NULL)) && roster.authorities_needed == 0)
        abort();
    ptn_buffer_release(&out);
    ptn_arena_free(arena);
    return 0;
}
