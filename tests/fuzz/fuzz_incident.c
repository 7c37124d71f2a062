/* Any bytes as an incident file, a table of rates and a warning list; what is accepted is compared
 * with itself: all is shared. */
#include <stdint.h>
#include <stdlib.h>

#include "incident/compare.h"

#define IGNORED_MAX 64u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void compare(const struct ptn_incident *a, const struct ptn_incident *b,
                    const struct ptn_compare_with *with, struct ptn_arena *arena)
{
    struct ptn_buffer out = { .len_max = 64u << 20 };
    struct ptn_json json = { .out = &out };
    struct ptn_comparison comparison;

    if (a->clue_count > 200 || b->clue_count > 200)
        return; /* every pair is looked at: long ones only cost time */
    if (!ptn_ok(ptn_compare(a, b, with, arena, &comparison)))
        return;
    for (size_t i = 0; i < comparison.finding_count; i++)
        if (a == b && comparison.findings[i].verdict != PTN_CLUE_SHARED)
            abort();
    ptn_comparison_write(&comparison, &json);
    if (!ptn_ok(ptn_json_end(&json)))
        abort();
    ptn_buffer_release(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ptn_arena *arena = ptn_arena_new(16u << 20);
    struct ptn_bytes text = ptn_bytes_of(data, size);
    struct ptn_incident incidents[8];
    struct ptn_bytes ignored[IGNORED_MAX];
    struct ptn_compare_with with = { .ignored = ignored };
    size_t count = 0;

    if (arena == NULL)
        abort();
    (void)ptn_ok(ptn_rates_read(text, arena, &with.rates, NULL));
    (void)ptn_ok(
        ptn_warning_list_read(text, arena, ignored, IGNORED_MAX, &with.ignored_count, NULL));
    if (ptn_ok(ptn_incidents_read(text, arena, incidents, 8, &count, NULL)) && count > 0) {
        compare(&incidents[0], &incidents[count - 1], &with, arena);
        compare(&incidents[0], &incidents[0], &with, arena);
    }
    ptn_arena_free(arena);
    return 0;
}
