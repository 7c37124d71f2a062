/*
 * Rows and editions of lists: a row that is accepted is written again as the same bytes; records in
 * any order and of any form leave what was there, and what they come to can be built. Input: a byte
 * of kind; 0: one row; else records, each after two bytes of length.
 */
#include "watch/rows.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void one_row(struct ptn_bytes bytes)
{
    struct ptn_arena *arena = ptn_arena_new((size_t)16 << 20);
    struct ptn_buffer out = { .len_max = PTN_ROW_LEN_MAX };
    struct ptn_list_entry entry;
    size_t len = 0;

    if (ptn_ok(ptn_row_parse(bytes, arena, &entry, &len, NULL))) {
        must(ptn_ok(ptn_row_write(&entry, &out, NULL)));
        must(ptn_bytes_equal(ptn_buffer_bytes(&out), ptn_bytes_slice(bytes, 0, len)));
        must(ptn_row_covers(&entry, &entry));
    }
    ptn_buffer_release(&out);
    ptn_arena_free(arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ptn_bytes all = ptn_bytes_of(data, size);
    struct ptn_buffer out = { .len_max = (size_t)64 << 20 };
    struct ptn_rows *rows;
    bool any = false;

    if (size > 0 && data[0] == 0)
        one_row(ptn_bytes_slice(all, 1, size - 1));
    if (size == 0 || data[0] == 0)
        return 0;
    rows = ptn_rows_new();
    must(rows != NULL);
    for (size_t at = 1; at + 2 <= size;) {
        size_t len = (size_t)data[at] << 8 | data[at + 1];
        struct ptn_bytes payload =
            ptn_bytes_slice(all, at + 2, len < size - at - 2 ? len : size - at - 2);
        bool whole = false;

        (void)ptn_ok(ptn_rows_take(rows, data[0] > 1 ? at % 2 : 0, payload, &whole, NULL));
        any = any || whole;
        at += 2 + len;
    }
    if (any)
        must(ptn_ok(ptn_rows_build(rows, ptn_world_real(), &out, NULL)));
    ptn_buffer_release(&out);
    ptn_rows_free(rows);
    return 0;
}
